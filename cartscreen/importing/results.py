"""Observations: a result becomes a value of a fact, or it is said why it does not."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from cartscreen.codes import Codes, plain
from cartscreen.errors import Problem
from cartscreen.frozen import field, frozen
from cartscreen.importing.draft import Draft, Result, is_later, one_line
from cartscreen.importing.elements import (
    Resource,
    codes_in,
    codings,
    day_of,
    has_words,
    is_hedged,
    listed,
    name_of,
    names,
    number,
    plain_code,
    reference_of,
    source_of,
    table,
    text_of,
    units,
    words_of,
)
from cartscreen.importing.tally import Fate
from cartscreen.observation import OneOf
from cartscreen.pattern import pattern
from cartscreen.units import parse_quantity
from cartscreen.vocabulary import FactEntry

HEDGED = "it has an extension that may change its meaning"
FUTURE = "dated in the future"
NO_DATE = "no date"
BEFORE_SINCE = "dated before --since"
NOT_OURS = "no code of ours"
_NOT_OURS = Fate("not used", NOT_OURS)
NOT_UPHELD = "its interpretation is not known, or does not let it stand"
OTHER_MATERIAL = "its specimen is not that of its code"
NO_WORD = "its word is none that we know"
DIFFERENT = "what it says differs in itself"

_STATUSES = {
    "final": "",
    "amended": "",
    "corrected": "",
    "preliminary": "",
    "entered-in-error": "entered in error",
    "cancelled": "cancelled",
    "registered": "registered, without a result yet",
}
"""Status -> why it is not used; empty where it is."""


def settled(resource: Resource, codes: Codes) -> Fate | None:
    """What becomes of an Observation, where its codes alone decide that it is not used."""
    looks: list[str] = []
    for part in _parts(resource):
        for code in codes_in(part.get("code"), "loinc"):
            if code in codes.results:
                return None
            if code in codes.unlike:
                looks.append(codes.unlike[code])
    if looks:
        return Fate("not used", f"looks like one of ours, and is {looks[0]}")
    return _NOT_OURS


def _parts(resource: Resource) -> list[Resource]:
    """The Observation and its components."""
    if "component" not in resource:
        return [resource]
    return [resource, *map(table, listed(resource.get("component")))]


@frozen
class Day:
    """The day of a result, or why there is none."""

    text: str = ""
    fault: str = ""


def effective(resource: Resource, today: date) -> Day:
    """The local day on which a result was obtained; of a collection over a day, its last."""
    if period := table(resource.get("effectivePeriod")):
        first, last = day_of(period.get("start")), day_of(period.get("end"))
        if not last or not first:
            return Day(fault="a period without its end or its beginning")
        if first != last and not _is_next(first, last):
            return Day(fault="a period of more than a day")
        day = last
    else:
        day = day_of(resource.get("effectiveDateTime")) or day_of(resource.get("effectiveInstant"))
    if not day:
        return Day(fault=NO_DATE)
    return Day(fault=FUTURE) if is_later(day, today) else Day(day)


def _is_next(first: str, last: str) -> bool:
    if len(first) < len("2026-10-01") or len(last) < len("2026-10-01"):
        return False
    return (date.fromisoformat(last) - date.fromisoformat(first)).days == 1


def _ambiguous(reason: str, part: Resource) -> Fate:
    """Of an Observation or a component: the fate that somebody has to look at."""
    return Fate("ambiguous", reason, name_of(part.get("code")))


Lookup = Callable[[str], Resource | None]
"""The resource of a reference, if the source has it."""


class NotRead(Exception):
    """Why a value is not written."""


class Results:
    """Reads the Observations of one patient into a draft."""

    def __init__(
        self,
        draft: Draft,
        codes: Codes,
        today: date,
        since: str = "",
        lookup: Lookup = lambda _: None,
    ) -> None:
        self.lookup = lookup
        self.draft = draft
        self.codes = codes
        self.today = today
        self.since = since

    def read(self, resource: Resource) -> Iterator[Fate]:
        """What becomes of an Observation that is not settled: of each part with a code of ours."""
        status = text_of(resource.get("status"))
        day = effective(resource, self.today)
        if is_hedged(resource):
            yield _ambiguous(HEDGED, resource)
        elif status not in _STATUSES:
            yield _ambiguous("its status is not known", resource)
        elif _STATUSES[status]:
            yield Fate("not used", _STATUSES[status])
        elif resource.get("focus"):
            yield Fate("not used", "about somebody or something else than the patient")
        elif day.fault:
            yield _ambiguous(day.fault, resource)
        elif self.since and day.text < self.since:
            yield Fate("not used", BEFORE_SINCE)
        else:
            more = {"date": day.text}
            if status == "preliminary":
                more["status"] = status
            for part in _parts(resource):
                codes = codes_in(part.get("code"), "loinc")
                if not self.codes.results.keys().isdisjoint(codes):
                    yield self._part(part, codes, more, resource)

    def _part(self, part: Resource, codes: list[str], more: Result, whole: Resource) -> Fate:
        """What becomes of an Observation, or of one component of it, that has these codes."""
        source = source_of(whole)
        known = self.codes.results
        fact = next(known[code].fact for code in codes if code in known)
        if len(codes) > 1 and any(
            known[code].fact != fact if code in known else code in self.codes.unlike
            for code in codes
        ):
            return _ambiguous("its codes say different things", part)
        if not _has_value(part) and not part.get("interpretation"):
            absent = plain_code(part.get("dataAbsentReason"))
            return Fate("not used", f"no value ({absent})" if absent else "no value")
        if part.get("dataAbsentReason"):
            return _ambiguous(DIFFERENT, part)
        try:
            self._check_upheld(part)
            self._check_upheld(whole)
            self._check_material(part, codes, whole)
            value = self.value(fact, part, more)
        except NotRead as fault:
            return _ambiguous(str(fault), part)
        self.draft.add(fact, {**value, **more, "source": source})
        for code in codes:
            for said in self.codes.says.get(code, ()):
                self.draft.add(said, {"value": True, "date": more["date"], "source": source})
        return Fate("used", fact)

    def _check_upheld(self, part: Resource) -> None:
        """Raises NotRead where the laboratory's interpretation may take the value back.

        Interpretations that say how high or low a value is are listed, by code and in words. Any
        other, such as a failure of quality control, may say that it is none.
        """
        quantity = table(part.get("valueQuantity"))
        compared = text_of(quantity.get("comparator") or part.get("valueString"))[:1]
        for concept in _interpretations(part):
            told = [item.display or item.code for item in codings(concept)]
            told += [item.code for item in codings(concept) if item.system in _INTERPRETATIONS]
            told.append(text_of(table(concept).get("text")))
            for text in map(plain, filter(None, told)):
                if compared and _OFF_SCALE.get(text, text) == compared:
                    continue
                if text not in self.codes.interpretations:
                    raise NotRead(NOT_UPHELD)

    def _check_material(self, part: Resource, codes: list[str], whole: Resource) -> None:
        """Raises NotRead where what was examined is not what the code says: creatinine of urine."""
        wanted = {
            material
            for code in codes
            if code in self.codes.results
            for material in self._materials(self.codes.results[code].name)
        }
        specimen = table(whole.get("specimen"))
        reference = reference_of(specimen)
        contained = (table(item) for item in listed(whole.get("contained")))
        found = next((item for item in contained if f"#{item.get('id')}" == reference), None)
        found = found or (self.lookup(reference) if reference else None)
        told = [text_of(specimen.get("display")), *names(part.get("code"))]
        told += names(table(found).get("type"))
        for text in filter(None, told):
            materials = self._materials(text)
            if wanted and materials and not wanted & materials:
                raise NotRead(OTHER_MATERIAL)

    def _materials(self, text: str) -> frozenset[str]:
        """What was examined, as far as a text names it: blood, urine."""
        return _materials_in(text, self.codes.materials)

    def value(self, fact: str, part: Resource, more: Result) -> Result:
        """The value and its limits, as the profile takes them. Raises NotRead."""
        entry = self.draft.vocabulary.facts[fact]
        if entry.kind == "quantity":
            return self._measured(entry, part, more)
        word = self._word(entry, part)
        told = self._interpreted(entry, part)
        if word:
            if told not in ("", word):
                raise NotRead(DIFFERENT)
            return {"value": word}
        if entry.measured is None or not _has_number(part):
            if told and not _has_value(part):
                return {"value": told}
            raise NotRead(NO_WORD)
        found = self._measured(entry, part, more)
        seen, _ = self.draft.tried(fact, {**found, **more})
        if told and seen is not None and isinstance(seen.value, OneOf):
            return {"value": told, "note": one_line(f"{found['value']}, as it was interpreted")}
        if told and seen is not None and seen.value != told:
            raise NotRead(DIFFERENT)
        return found

    def _word(self, entry: FactEntry, part: Resource) -> str:
        """The word of the fact that a coded or a written value says. Raises NotRead for two."""
        told = [*names(part.get("valueCodeableConcept")), text_of(part.get("valueString"))]
        found: set[str] = set()
        for text in filter(None, told):
            said = plain(text.removesuffix("(qualifier value)"))
            found |= {
                word
                for word in entry.choices
                if said == plain(word) or said in self.codes.words.get(word, ())
            }
        if len(found) > 1:
            raise NotRead(DIFFERENT)
        return found.pop() if found else ""

    def _interpreted(self, entry: FactEntry, part: Resource) -> str:
        """The word that the laboratory's interpretation says. Raises NotRead for two."""
        told = {
            _INTERPRETED[item.code]
            for one in _interpretations(part)
            for item in codings(one)
            if item.code in _INTERPRETED
        }
        said = {
            word
            for word in entry.choices
            for text in told
            if text == plain(word) or text in self.codes.words.get(word, ())
        }
        if len(said) > 1:
            raise NotRead(DIFFERENT)
        return said.pop() if said else ""

    def _measured(self, entry: FactEntry, part: Resource, more: Result) -> Result:
        """A number with its unit and the limits that fit it. Raises NotRead."""
        values = _numbers(entry, part)
        limits = _limits(entry, part) if part.get("referenceRange") else {}
        if len(values) > 1 and len({_size(entry, value) for value in values} - {None}) > 1:
            raise NotRead("its unit and the code of its unit differ")
        fault = ""
        for value in values:
            if said := self._fault(entry, {"value": value, **more}):
                fault = fault or said
                continue
            return {"value": value, **self._kept(entry, value, limits, more)}
        raise NotRead(fault)

    def _kept(self, entry: FactEntry, value: str, limits: Result, more: Result) -> Result:
        """The limits that fit: of two that fit alone and not together, none.

        An upper limit below the lower one is a slip of which nobody knows what was meant.
        """
        if not limits or not self._fault(entry, {"value": value, **limits, **more}):
            return limits
        alone = {
            key: limit
            for key, limit in limits.items()
            if not self._fault(entry, {"value": value, key: limit, **more})
        }
        return alone if len(alone) < len(limits) else {}

    def _fault(self, entry: FactEntry, result: Result) -> str:
        return self.draft.fault_of(entry.name, result)


def _size(entry: FactEntry, value: str) -> str | None:
    """The number in the unit of the fact, where its unit is known; "" where it does not convert."""
    try:
        found, unit = parse_quantity(value, entry.unit)
        if entry.kind != "quantity":
            return f"{found} {unit}"
    except Problem:
        return None
    try:
        return str(entry.to_unit(found, unit))
    except Problem:
        return ""


_INTERPRETED = {
    "POS": "positive",
    "NEG": "negative",
    "DET": "detected",
    "ND": "not detected",
    "RR": "reactive",
    "NR": "non-reactive",
}
"""A code of HL7 for how the laboratory interprets a result -> what it is called, in small letters:
https://terminology.hl7.org/CodeSystem-v3-ObservationInterpretation.html."""
_OFF_SCALE = {"off scale low": "<", "off scale high": ">"}
"""The two interpretations that a comparator has to say as well, since the value is none."""
_INTERPRETATIONS = (
    "",
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "http://terminology.hl7.org/CodeSystem/v2-0078",
)


def _interpretations(part: Resource) -> list[object]:
    """A list of them, or one alone, as older releases have it."""
    told = part.get("interpretation")
    return [told] if isinstance(told, dict) else listed(told)


_Materials = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(1_000)
def _materials_in(text: str, known: _Materials) -> frozenset[str]:
    """The same few names stand in all results of a laboratory, so that each is read once."""
    words = words_of(text.replace("/", " "))
    return frozenset(
        material
        for material, called in known
        if any(has_words(words, words_of(each)) for each in called)
    )


_COMPARATORS = ("", "<", "<=", ">", ">=")
_NOUGHT = pattern(r"0+(?:\.0+)?(?!\d|\.\d)")
_WRITTEN = pattern(r"(?:[<>]=?)?\s*\d+(?:\.\d+)?(?::\d+)?(?:\s*[^\s\d].{0,30})?", re.ASCII)
_RANGE = pattern(
    r"\(?\s*(?:(?P<low>\d+(?:\.\d+)?)\s*(?:-|~|\uff5e|\u2013|to)\s*(?P<high>\d+(?:\.\d+)?)"
    r"|<=?\s*(?P<under>\d+(?:\.\d+)?)|>=?\s*(?P<over>\d+(?:\.\d+)?))\s*\)?\s*(?P<unit>\D\S{0,20})?",
    re.ASCII,
)


def _has_value(part: Resource) -> bool:
    return "valueQuantity" in part or any(key.startswith("value") for key in part)


def _has_number(part: Resource) -> bool:
    """Is the value a number, or a text that begins with one?"""
    text = text_of(part.get("valueString"))
    return any(key in part for key in ("valueQuantity", "valueInteger", "valueRatio")) or bool(
        text and _WRITTEN.fullmatch(text)
    )


def _numbers(entry: FactEntry, part: Resource) -> list[str]:
    """The number as a profile writes it, in each of the units that it states. Raises NotRead."""
    is_titre = entry.unit == "titre" or bool(entry.measured and entry.measured.cutoffs)
    if "valueQuantity" in part:
        quantity = table(part["valueQuantity"])
        said, compared = number(quantity.get("value")), text_of(quantity.get("comparator"))
        if not said:
            raise NotRead("its value is no number")
        if compared not in _COMPARATORS:
            raise NotRead("its comparator is not known")
        stated = list(units(quantity))
        if not stated and (is_titre or entry.unit == "1"):
            return [f"{compared}{'1:' if is_titre else ''}{_short(said)}"]
        if not stated:
            raise NotRead("no unit")
        return [f"{compared}{said} {unit}" for unit in stated]
    if said := number(part.get("valueInteger")):
        if entry.unit != "1":
            raise NotRead("no unit")
        return [said]
    if ratio := table(part.get("valueRatio")):
        low, high = (
            _short(number(table(ratio.get(key)).get("value")))
            for key in ("numerator", "denominator")
        )
        if not is_titre or low != "1" or not high:
            raise NotRead("its value is a ratio, and no titre")
        return [f"1:{high}"]
    text = text_of(part.get("valueString"))
    if not _WRITTEN.fullmatch(text):
        raise NotRead("its value is no number")
    return [text]


def _short(said: str) -> str:
    """A whole number without the point that JSON may have written: 320.0 is 320."""
    whole, _, rest = said.partition(".")
    return said if rest.strip("0") else whole


def _is_normal(range_: Resource) -> bool:
    """Is it the range of what is normal, for everybody?"""
    if range_.get("appliesTo") or range_.get("age"):
        return False
    return not range_.get("type") or plain_code(range_["type"]) in ("", "normal")


def _limits(entry: FactEntry, part: Resource) -> Result:
    """The limits of normal of a result: of the one range that is the normal one."""
    known = entry.measured.keys if entry.measured else ("upper", "lower")
    unit = next(units(table(part.get("valueQuantity"))), "")
    ranges = _Ranges(repr(part["referenceRange"]), part["referenceRange"])
    return _limits_of(ranges, unit, known)


@frozen
class _Ranges:
    """The ranges of a result; two that are written alike are one."""

    text: str
    stated: object = field(compare=False)


_ENDS = {"upper": "high", "lower": "low"}
"""A limit of a profile -> the end of a range that it is."""


@lru_cache(1_000)
def _limits_of(stated: _Ranges, unit: str, known: Collection[str]) -> Result:
    """A laboratory has the same ranges in all its results, so that each is read once."""
    ranges = [*filter(_is_normal, map(table, listed(stated.stated)))]
    if len(ranges) != 1:
        return {}
    found: dict[str, str] = {}
    for key, end in _ENDS.items():
        if (limit := table(ranges[0].get(end))) and (said := number(limit.get("value"))):
            found[key] = f"{said} {next(units(limit), unit)}".strip()
    if not found and (told := _RANGE.fullmatch(text_of(ranges[0].get("text")))):
        of = told["unit"] or unit
        ends = {"upper": told["high"] or told["under"], "lower": told["low"] or told["over"]}
        found = {key: f"{said} {of}".strip() for key, said in ends.items() if said}
    limits = {key: said for key, said in found.items() if not _is_nought(said)}
    if len(limits) == len(_ENDS) and _are_reversed(limits["lower"], limits["upper"]):
        return {}
    return {key: said for key, said in limits.items() if key in known}


def _is_nought(limit: str) -> bool:
    return limit[0] == "0" and bool(_NOUGHT.match(limit))


def _are_reversed(lower: str, upper: str) -> bool:
    """Does the upper limit lie below the lower one, in one unit? Of two units the fact decides."""
    (low, low_unit), (high, high_unit) = (
        (number, unit) for number, _, unit in (limit.partition(" ") for limit in (lower, upper))
    )
    return low_unit == high_unit and Decimal(high) < Decimal(low)
