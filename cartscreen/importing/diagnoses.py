"""Conditions, procedures, vaccines, allergies: facts that are true, and entries of lists."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from cartscreen.codes import SYSTEMS, Codes, Meaning, plain
from cartscreen.importing.draft import Draft, is_before, is_later, one_line
from cartscreen.importing.elements import (
    Resource,
    code_of,
    codes_in,
    codings,
    day_of,
    first_day,
    has_words,
    is_hedged,
    listed,
    name_of,
    names,
    phrase_in,
    source_of,
    status_reasons,
    table,
    text_of,
    words_of,
)
from cartscreen.importing.results import DIFFERENT, FUTURE, HEDGED, NO_DATE
from cartscreen.importing.tally import UNMAPPED, Fate

_VERIFIED = {
    "confirmed": "",
    "unconfirmed": "unconfirmed",
    "provisional": "provisional",
    "differential": "one of several that it may be",
}
_WRONG = {"refuted": "refuted", "entered-in-error": "entered in error"}
_GOES_ON = ("active", "recurrence", "relapse")
_CLINICAL = (*_GOES_ON, "remission", "inactive", "resolved")
_PAST = ("inactive", "resolved")


class Diagnoses:
    """Reads what is neither a result nor a drug of one patient into a draft."""

    def __init__(self, draft: Draft, codes: Codes, today: date) -> None:
        self.draft = draft
        self.codes = codes
        self.today = today

    def condition(self, resource: Resource) -> Fate:
        """What becomes of a Condition.

        One that goes on by its status and is over by its abatement contradicts itself, which the
        rule con-4 of FHIR forbids: https://hl7.org/fhir/R4/condition.html.
        """
        concept = resource.get("code")
        name = name_of(concept)
        verified = _status(resource.get("verificationStatus"), (*_VERIFIED, *_WRONG))
        status = _status(resource.get("clinicalStatus"), _CLINICAL)
        if verified in _WRONG:
            return Fate("not used", _WRONG[verified])
        meanings = self._meanings("condition", concept)
        if not meanings:
            return self._unmapped(concept)
        if is_hedged(resource):
            return Fate("ambiguous", HEDGED, name)
        if verified not in _VERIFIED and not (not verified and _is_problem(resource)):
            return Fate("ambiguous", "nothing says that it is confirmed", name)
        if _VERIFIED.get(verified):
            return Fate("ambiguous", _VERIFIED[verified], name)
        if status not in ("", *_CLINICAL):
            return Fate("ambiguous", "its clinical status is not known", name)
        categories = [text for one in listed(resource.get("category")) for text in names(one)]
        if doubt := self._doubt([*names(concept), *categories], meanings):
            return Fate("ambiguous", f"its text has the word {doubt!r}", name)
        if status in _GOES_ON and _has_abated(resource):
            return Fate("ambiguous", DIFFERENT, name)
        onset = first_day(resource, "onsetDateTime", "onsetPeriod")
        abatement = day_of(resource.get("abatementDateTime")) or day_of(
            table(resource.get("abatementPeriod")).get("end")
        )
        recorded = day_of(resource.get("recordedDate"))
        if any(day and is_later(day, self.today) for day in (onset, abatement, recorded)):
            return Fate("ambiguous", FUTURE, name)
        if onset and abatement and is_before(abatement, onset):
            return Fate("ambiguous", "its end lies before its beginning", name)
        is_past = status in _PAST or bool(abatement) or _has_abated(resource)
        said = _Dated(onset, abatement, recorded or onset, is_past, bool(status))
        return self._written(meanings, said, source_of(resource), name)

    def procedure(self, resource: Resource) -> Fate:
        """What becomes of a Procedure."""
        concept = resource.get("code")
        name = name_of(concept)
        status = text_of(resource.get("status"))
        if status in _NOT_HAPPENED:
            return Fate("not used", _NOT_HAPPENED[status])
        meanings = self._meanings("procedure", concept)
        drug = self._as_treatment(concept) if not meanings else ""
        if not meanings and not drug:
            return self._unmapped(concept)
        if is_hedged(resource):
            return Fate("ambiguous", HEDGED, name)
        if status not in ("completed", "in-progress"):
            return Fate("ambiguous", "its status is not known", name)
        if doubt := self._doubt(names(concept), meanings):
            return Fate("ambiguous", f"its text has the word {doubt!r}", name)
        if word := phrase_in(status_reasons(resource), self.codes.never_given):
            return Fate("ambiguous", f"the reason of its status has the word {word!r}", name)
        start = first_day(resource, "performedDateTime", "performedPeriod")
        end = day_of(table(resource.get("performedPeriod")).get("end"))
        end = end or day_of(resource.get("performedDateTime"))
        if any(day and is_later(day, self.today) for day in (start, end)):
            return Fate("ambiguous", FUTURE, name)
        if drug:
            return self._treated(drug, start, end, source_of(resource), name)
        said = _Dated(start, end, start, is_past=False, has_status=True)
        return self._written(meanings, said, source_of(resource), name)

    def immunization(self, resource: Resource) -> Fate:
        """What becomes of an Immunization."""
        status = text_of(resource.get("status"))
        name = name_of(resource.get("vaccineCode"))
        day = day_of(resource.get("occurrenceDateTime"))
        if status in ("not-done", "entered-in-error"):
            return Fate("not used", status.replace("-", " "))
        if status != "completed" or is_hedged(resource):
            return Fate("ambiguous", HEDGED if status == "completed" else "no known status", name)
        if not day or is_later(day, self.today):
            return Fate("ambiguous", FUTURE if day else NO_DATE, name)
        if "vaccine" not in self.draft.vocabulary.records or not name:
            return Fate("ambiguous", "the vaccine has no name", name)
        entry = {"name": one_line(name), "date": day}
        return self._entered("vaccine", entry, source_of(resource), name)

    def allergy(self, resource: Resource) -> Fate:
        """What becomes of an AllergyIntolerance: a severe reaction to a drug is one, no other."""
        concept = resource.get("code")
        name = name_of(concept)
        verified = _status(resource.get("verificationStatus"), (*_VERIFIED, *_WRONG))
        reactions = [table(item) for item in listed(resource.get("reaction"))]
        severe = any(text_of(item.get("severity")) == "severe" for item in reactions)
        if verified in _WRONG:
            return Fate("not used", _WRONG[verified])
        if any("no known" in plain(text) or "no history" in plain(text) for text in names(concept)):
            return Fate("not used", "it says that none is known, which closes nothing")
        if "medication" not in listed(resource.get("category")):
            return Fate("not used", "no allergy to a drug")
        if not severe and text_of(resource.get("criticality")) != "high":
            return Fate("not used", "no severe reaction is recorded")
        if not severe or verified != "confirmed" or text_of(resource.get("type")) != "allergy":
            return Fate("ambiguous", "severe, confirmed, and an allergy: not all is recorded", name)
        if is_hedged(resource):
            return Fate("ambiguous", HEDGED, name)
        if doubt := self._doubt(names(concept)):
            return Fate("ambiguous", f"its text has the word {doubt!r}", name)
        if _status(resource.get("clinicalStatus"), _CLINICAL) in _PAST:
            return Fate("ambiguous", "it is past", name)
        day = first_day(resource, "onsetDateTime", "onsetPeriod", "recordedDate")
        if day and is_later(day, self.today):
            return Fate("ambiguous", FUTURE, name)
        return self._true("allergy.severe_drug", day, source_of(resource), name)

    # what is written

    def _written(self, meanings: "list[Meaning]", said: "_Dated", source: str, name: str) -> Fate:
        """The facts and entries that a diagnosis makes; the best of their fates."""
        asked = [meaning.ask for meaning in meanings if meaning.ask]
        if asked:
            return Fate("ambiguous", asked[0], name)
        fates = []
        for meaning in meanings:
            if meaning.list:
                dates = {meaning.onset: said.onset, meaning.abatement: said.abatement}
                entry = {**meaning.fields, **{k: day for k, day in dates.items() if k and day}}
                fates.append(self._entered(meaning.list, entry, source, name))
            else:
                fates.append(self._stated(meaning.fact, said, source, name))
        order = ("used", "ambiguous", "not used")
        return min(fates, key=lambda fate: order.index(fate.kind))

    def _stated(self, fact: str, said: "_Dated", source: str, name: str) -> Fate:
        """A fact that is true; one that changes is so only while it is active."""
        lasts = self.draft.vocabulary.facts[fact].speaks.of(True) is None
        if said.is_past:
            return Fate("ambiguous" if lasts else "not used", "it is past", name)
        if not lasts and not said.has_status:
            return Fate("ambiguous", "nothing says that it is active", name)
        return self._true(fact, said.seen, source, name)

    def _true(self, fact: str, day: str, source: str, name: str) -> Fate:
        """A fact that is true, on a day; without one only where it then is so for good."""
        if not day and self.draft.vocabulary.facts[fact].speaks.of(True) is not None:
            return Fate("ambiguous", NO_DATE, name)
        result: dict[str, Any] = {"value": True, **({"date": day} if day else {}), "source": source}
        if fault := self.draft.fault_of(fact, result):
            return Fate("ambiguous", fault, name)
        self.draft.add(fact, result)
        return Fate("used", fact)

    def _entered(self, list_: str, fields: Any, source: str, name: str) -> Fate:
        """An entry of a list. Where `source` is a field of its own, the note says the place."""
        record = self.draft.vocabulary.records[list_]
        place = "note" if "source" in record.fields else "source"
        entry = {**fields, place: source}
        if not fields:
            return Fate("ambiguous", "nothing that the list has room for", name)
        if fault := self.draft.fault_of_entry(list_, entry):
            return Fate("ambiguous", fault, name)
        self.draft.add_entry(list_, entry)
        return Fate("used", list_)

    def _treated(self, drug: str, start: str, end: str, source: str, name: str) -> Fate:
        dates = {key: day for key, day in (("start", start), ("stop", end)) if day}
        return self._entered("treatment", {"drug": drug, **dates, **PURPOSE}, source, name)

    # what it means

    def _meanings(self, kind: str, concept: object) -> "list[Meaning]":
        """What the codes of a concept say, each fact and list once."""
        found: dict[str, Meaning] = {}
        for system in SYSTEMS:
            for code in codes_in(concept, system):
                for meaning in self.codes.meanings(kind, system, code):
                    found.setdefault(meaning.target, meaning)
        return list(found.values())

    def _unmapped(self, concept: object) -> Fate:
        """Not mapped, by name; or known to be none of ours."""
        if any((item.system, item.code) in self.codes.none for item in codings(concept)):
            return Fate("not used", "known to be in no list of ours")
        return Fate("not used", UNMAPPED, name_of(concept) or "without a name", code_of(concept))

    def _doubt(self, texts: Iterable[str], meanings: "Iterable[Meaning]" = ()) -> str:
        """A word of the texts by which it may be no diagnosis of the patient, if they have one.

        It may be denied, not sure, past, or of kin. A word that the name of the code has as well
        is none, nor is one of a phrase that is `undoubted`: "not intractable".
        """
        ours = {word for meaning in meanings for word in words_of(meaning.name)}
        for text in texts:
            left = f" {' '.join(words_of(text))} "
            for phrase in self.codes.undoubted:
                left = left.replace(f" {' '.join(words_of(phrase))} ", " ; ")
            words = (*left.split(), *left.replace("/", " ").split())
            for doubt in self.codes.doubtful:
                is_there = doubt in text if doubt == "?" else has_words(words, words_of(doubt))
                if is_there and not set(words_of(doubt)) <= ours:
                    return doubt
        return ""

    def _as_treatment(self, concept: object) -> str:
        """The procedure of our list of drugs that a concept names as a whole."""
        for text in names(concept):
            drug = self.draft.vocabulary.drug_names.get(plain(text))
            if drug and "procedure" in self.draft.vocabulary.drugs[drug].classes:
                return drug
        return ""


PURPOSE = {"purpose": "unknown"}
"""What a drug was given for, where the chart does not say: a profile would take it to be the
disease of the trial."""

_NOT_HAPPENED = {
    "preparation": "planned",
    "not-done": "not done",
    "on-hold": "on hold",
    "entered-in-error": "entered in error",
}


class _Dated:
    """When a diagnosis was there: its dates as written, and whether it is past."""

    def __init__(
        self, onset: str, abatement: str, seen: str, is_past: bool, has_status: bool
    ) -> None:
        self.onset = onset
        self.abatement = abatement
        self.seen = seen
        self.is_past = is_past
        self.has_status = has_status


def _is_problem(resource: Resource) -> bool:
    """Does it stand in the problem list?"""
    return any(
        "problem-list-item" in (item.code for item in codings(one))
        for one in listed(resource.get("category"))
    )


def _has_abated(resource: Resource) -> bool:
    """Does it say that it is over, with a date or without one?"""
    return any(
        key.startswith("abatement") and value not in (None, "", False)
        for key, value in resource.items()
    )


def _status(concept: object, known: Collection[str]) -> str:
    """The one status of these that is told; empty where none is told, and else what is none.

    Two that differ are none, and so is a text that is not the word of one.
    """
    if isinstance(concept, str):
        return concept
    codes = {item.code for item in codings(concept)}
    told = codes & {*known} or codes or {plain(text) for text in names(concept)}
    return told.pop() if len(told) == 1 else ", ".join(sorted(told))
