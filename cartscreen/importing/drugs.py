"""Orders, statements and administrations of drugs: treatments, each drug by its whole name.

A drug is known by the code of its ingredient or by a name of which every other word is known too.
What is given locally says so by its name, form or route; where nothing says it of a drug that is
also given locally, nothing is written.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from cartscreen.codes import SYSTEMS, Codes, plain
from cartscreen.errors import Problem
from cartscreen.frozen import frozen
from cartscreen.importing.doses import Course, dose_of
from cartscreen.importing.draft import Draft, is_later
from cartscreen.importing.elements import (
    Resource,
    code_of,
    codes_in,
    day_of,
    is_hedged,
    listed,
    name_of,
    names,
    phrase_in,
    reference_of,
    source_of,
    status_reasons,
    table,
    text_of,
)
from cartscreen.importing.results import FUTURE, HEDGED, Lookup, NotRead
from cartscreen.importing.tally import UNMAPPED, Fate
from cartscreen.vocabulary import OF_NO_CLASS, Drug, Preparation, Vocabulary

_NOT_TAKEN = {
    "entered-in-error": "entered in error",
    "cancelled": "cancelled before it was given",
    "draft": "planned",
    "not-taken": "not taken",
    "not-done": "not given",
}
_OPEN = {
    "intended": "planned",
    "proposal": "planned",
    "plan": "planned",
    "option": "planned",
    "on-hold": "on hold",
}
"""A status or an intent that does not say whether a dose was ever given -> what it says."""
_TAKEN = ("active", "completed", "stopped", "in-progress")

ByAtc = Mapping[str, list[str]]
"""Code of the ATC -> the drugs that have it."""


@frozen
class _Named:
    """What a drug is called: its concept, its form, and more than one ingredient."""

    concept: object
    form: object = None
    ingredients: tuple[object, ...] = ()


class Drugs:
    """Reads the drugs of one patient into a draft."""

    def __init__(
        self, draft: Draft, codes: Codes, today: date, lookup: Lookup, by_atc: ByAtc
    ) -> None:
        self.draft = draft
        self.codes = codes
        self.today = today
        self.lookup = lookup
        self.by_atc = by_atc

    def read(self, resource: Resource) -> Fate:
        """What becomes of an order, a statement or an administration."""
        status, intent = text_of(resource.get("status")), text_of(resource.get("intent"))
        if status in _NOT_TAKEN:
            return Fate("not used", _NOT_TAKEN[status])
        if resource.get("doNotPerform"):
            return Fate("not used", "an order not to give it")
        named = self._named(resource)
        if named is None:
            return Fate("ambiguous", "the drug it refers to is not in the source")
        name = name_of(named.concept)
        try:
            found = self._drug(named)
            if found is None:
                code = code_of(named.concept)
                return Fate("not used", UNMAPPED, name or "without a name", code)
            if is_hedged(resource):
                raise NotRead(HEDGED)
            if status in _OPEN or intent in _OPEN:
                raise NotRead(_OPEN[status if status in _OPEN else intent])
            if said := phrase_in(status_reasons(resource), self.codes.never_given):
                raise NotRead(f"the reason of its status has the word {said!r}")
            if status not in _TAKEN:
                raise NotRead("its status is not known")
            if is_of_no_class(found.drug):
                return Fate("not used", NO_CLASS, name)
            return self._written(resource, named, found, name)
        except NotRead as fault:
            return Fate("ambiguous", str(fault), name)

    def _written(self, resource: Resource, named: _Named, found: Preparation, name: str) -> Fate:
        instructions = [
            table(item)
            for key in ("dosageInstruction", "dosage")
            for item in (
                [resource[key]]
                if isinstance(resource.get(key), dict)
                else listed(resource.get(key))
            )
        ]
        route = self._route(named, found, instructions)
        entry: dict[str, str | bool] = {"drug": found.drug.name}
        entry |= {"route": route} if route else {}
        entry |= self._dates(resource, instructions)
        entry["purpose"] = self._purpose(resource)
        entry["source"] = source_of(resource)
        course = Course(str(entry.get("start", "")), str(entry.get("stop", "")), self.today)
        dose = dose_of(
            resource, instructions, names(named.concept), course, self.codes.plain_instructions
        )
        for more in ({"dose": dose}, {}) if dose else ({},):
            whole = {**entry, **more}
            if not (fault := self.draft.fault_of_entry("treatment", whole)):
                if not more and any(item.keys() - {"route"} for item in instructions):
                    whole["note"] = "its dose is in the source"
                self.draft.add_entry("treatment", whole)
                return Fate("used", "treatment")
        return Fate("ambiguous", fault, name)

    # which drug

    def named(self, text: str) -> Preparation | None:
        """The drug of a written name; None if it is none of ours. Raises NotRead."""
        return self._drug(_Named({"text": text}))

    def _named(self, resource: Resource) -> _Named | None:
        if "medicationReference" not in resource:
            return _Named(resource.get("medicationCodeableConcept"))
        reference = reference_of(resource["medicationReference"])
        found: Resource | None = next(
            (
                item
                for item in map(table, listed(resource.get("contained")))
                if reference == f"#{item.get('id')}"
            ),
            None,
        )
        found = found or self.lookup(reference)
        if found is None:
            shown = table(resource["medicationReference"]).get("display")
            return _Named({"text": shown}) if shown else None
        parts = tuple(
            table(item).get("itemCodeableConcept") for item in listed(found.get("ingredient"))
        )
        concept = found.get("code") or (parts[0] if len(parts) == 1 else None)
        return _Named(concept, found.get("form"), parts)

    def _drug(self, named: _Named) -> Preparation | None:
        """The drug; None if it is none of ours. Raises NotRead where it is not sure."""
        vocabulary = self.draft.vocabulary
        concepts = [named.concept, *named.ingredients]
        coded = {
            self.codes.drugs[code]
            for concept in concepts
            for code in codes_in(concept, "rxnorm")
            if code in self.codes.drugs
        }
        coded |= {
            drug
            for concept in concepts
            for code in codes_in(concept, "atc")
            for drug in self.by_atc.get(code, ())
        }
        texts = [text for concept in concepts for text in names(concept)]
        prepared = [found for text in texts if (found := self._prepared(text)) is not None]
        drugs = coded | {found.drug.name for found in prepared}
        if len(named.ingredients) > 1 and drugs:
            raise NotRead("a combination of drugs")
        if len(drugs) > 1:
            raise NotRead("its codes and names say different drugs")
        if not drugs:
            if any(self._has_a_drug(text) for text in texts):
                raise NotRead("a drug of ours among words that are not known")
            return None
        drug = vocabulary.drugs[drugs.pop()]
        routes = {found.route for found in prepared if found.route}
        if len(routes) > 1:
            raise NotRead("its names say different routes")
        return Preparation(drug, routes.pop() if routes else "")

    def _prepared(self, text: str) -> Preparation | None:
        """The drug of a name as a whole. Raises NotRead for a combination and for two drugs."""
        whole = re.sub(r"\[[^\[\]]*\]", " ", text)
        parts = [part for part in re.split(r"\s[/+&]\s|\sand\s", whole) if part.strip()]
        if len(parts) > 1 and any(self._has_a_drug(part) for part in parts):
            raise NotRead("a combination of drugs")
        try:
            return self.draft.vocabulary.preparation(whole)
        except Problem:
            raise NotRead("its name stands for several drugs") from None

    def _has_a_drug(self, text: str) -> bool:
        """Has the text a name of a drug that a criterion may ask for, as words of their own?"""
        vocabulary = self.draft.vocabulary
        words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", plain(text))
        for length in (1, 2, 3):
            for at in range(len(words) - length + 1):
                drug = vocabulary.drug_names.get(" ".join(words[at : at + length]))
                if drug and not is_of_no_class(vocabulary.drugs[drug]):
                    return True
        return False

    # by which route

    def _route(self, named: _Named, found: Preparation, instructions: list[Resource]) -> str:
        """The route that is told; empty where none is, of a drug that is never given locally."""
        told = {found.route} - {""}
        for text in [*names(named.form), *names(named.concept)]:
            told |= set(self._routes_in(text))
        for instruction in instructions:
            for text in names(instruction.get("route"))[:1]:
                route = self._route_named(text)
                if not route:
                    raise NotRead("its route is not known")
                told.add(route)
        if len(told) > 1:
            raise NotRead("its name, form and route differ")
        if not told and found.drug.also_local:
            raise NotRead(LOCAL_TOO)
        return told.pop() if told else ""

    def _routes_in(self, text: str) -> Iterator[str]:
        """The routes that words of a name or a form tell: "cream", "eye drops"."""
        found = re.findall(r"[^\W_]+(?:[.-][^\W_]+)*", plain(text))
        words = f" {' '.join(found)} "
        for phrase, route in self.draft.vocabulary.wording.word_routes.items():
            if route and f" {phrase.replace('_', ' ')} " in words:
                yield route

    def _route_named(self, text: str) -> str:
        said = plain(text).removesuffix("(qualifier value)").strip()
        said = (
            said.removesuffix(" route")
            .removesuffix(" use")
            .removesuffix(" route of administration")
        )
        route = self.draft.vocabulary.records["treatment"].of_role("route")
        if route and said in route.choices:
            return said
        return self.draft.vocabulary.wording.word_routes.get(said.replace(" ", "_"), "")

    # when, and what for

    def _dates(self, resource: Resource, instructions: list[Resource]) -> dict[str, str]:
        """The first and the last day, where they are said. No end is no end. Raises NotRead."""
        if resource.get("resourceType") == "MedicationRequest":
            bounds = [
                table(table(table(item.get("timing")).get("repeat")).get("boundsPeriod"))
                for item in instructions
            ]
            period = bounds[0] if len(bounds) == 1 else {}
            start = day_of(period.get("start")) or day_of(resource.get("authoredOn"))
            stop = day_of(period.get("end"))
        else:
            period = table(resource.get("effectivePeriod"))
            start, stop = day_of(period.get("start")), day_of(period.get("end"))
            if resource.get("resourceType") == "MedicationAdministration":
                start = start or day_of(resource.get("effectiveDateTime"))
                stop = stop or day_of(resource.get("effectiveDateTime"))
        if start and is_later(start, self.today):
            raise NotRead(FUTURE)
        if stop and is_later(stop, self.today):
            stop = ""
        return {key: day for key, day in (("start", start), ("stop", stop)) if day}

    def _purpose(self, resource: Resource) -> str:
        """What it was given for, where a coded reason says so; else it is not known."""
        reasons = [*listed(resource.get("reasonCode"))]
        for reference in map(reference_of, listed(resource.get("reasonReference"))):
            if reason := self.lookup(reference):
                reasons.append(reason.get("code"))
        for purpose, facts in self.codes.purposes.items():
            for reason in reasons:
                for system in SYSTEMS:
                    for code in codes_in(reason, system):
                        said = self.codes.meanings("condition", system, code)
                        if any(meaning.fact in facts for meaning in said):
                            return purpose
        return "unknown"


NO_CLASS = "of no class of drugs that a criterion asks for"
LOCAL_TOO = "nothing says whether it is given locally"


def is_of_no_class(drug: Drug) -> bool:
    """Is it a drug that is known, so that nobody looks it up, and that no criterion asks for?"""
    return set(drug.classes) == {OF_NO_CLASS}


def drugs_by_atc(vocabulary: Vocabulary) -> ByAtc:
    """Code of the ATC -> the drugs that have it."""
    found: dict[str, list[str]] = {}
    for drug in vocabulary.drugs.values():
        for code in drug.atc:
            found.setdefault(code, []).append(drug.name)
    return found
