"""The elements of a FHIR resource that an importer reads, whatever stands in their place.

Nothing here trusts the shape of the data: a resource of another system may have anything anywhere,
and what is not of its shape is as if it were not there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cartscreen.codes import plain
from cartscreen.dates import PartialDate
from cartscreen.errors import Problem
from cartscreen.frozen import frozen
from cartscreen.pattern import pattern

SYSTEMS = {
    "http://loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://snomed.info/sct": "snomed",
    "http://www.whocc.no/atc": "atc",
    "http://unitsofmeasure.org": "ucum",
}
"""The address of a system of codes -> our name for it."""

Resource = Mapping[str, Any]


@frozen
class Coding:
    """One code; `system` is our name for its system, or its address where we have none."""

    system: str
    code: str
    display: str


class TableRow(dict[str, Any]):
    """What a row of a table says, as a resource: `table` and `source` say where it stands."""

    def __init__(self, resource: Resource, table: str, source: str) -> None:
        super().__init__(resource)
        self.table = table
        self.source = source


def text_of(value: object) -> str:
    """A text on one line; empty for anything else."""
    if not isinstance(value, str):
        return ""
    return _known_line(value) if len(value) <= _SHORT else _one_line(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


_MOST_KEPT = 10_000
_SHORT = 100
_known_line = lru_cache(_MOST_KEPT)(_one_line)
"""Charts repeat codes, units and addresses a thousand times."""


def table(value: object) -> Resource:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def codings(concept: object) -> list[Coding]:
    """The codes of a CodeableConcept."""
    found = []
    for item in map(table, listed(table(concept).get("coding"))):
        system = text_of(item.get("system"))
        code = text_of(item.get("code"))
        if code or item.get("display"):
            found.append(Coding(SYSTEMS.get(system, system), code, text_of(item.get("display"))))
    return found


def codes_in(concept: object, system: str) -> list[str]:
    """The codes of one system."""
    if not isinstance(concept, dict):
        return []
    found = []
    for item in listed(concept.get("coding")):
        if isinstance(item, dict):
            address = item.get("system")
            if isinstance(address, str) and SYSTEMS.get(address) == system:
                found.append(text_of(item.get("code")))
    return [*filter(None, found)]


def plain_code(concept: object) -> str:
    """The code of a concept whose values FHIR itself lists: "confirmed", "active"."""
    if isinstance(concept, str):
        return concept
    found = {item.code for item in codings(concept)}
    return found.pop() if len(found) == 1 else ""


def names(concept: object) -> list[str]:
    """What a concept is called: by its codes, then by its own text."""
    told = [item.display for item in codings(concept)] + [text_of(table(concept).get("text"))]
    return list(dict.fromkeys(name for name in told if name))


def name_of(concept: object) -> str:
    """What a concept is called by its codes; by its own text only where it has no code."""
    found = codings(concept)
    named = next((item.display for item in found if item.display), "")
    if named or found:
        return (named or found[0].code)[:100]
    return text_of(table(concept).get("text"))[:100]


@lru_cache(_MOST_KEPT)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, whatever stands between them: "no" is none of "nodular"."""
    return tuple(
        "".join(
            letter if letter.isalnum() or letter in "/?" else " " for letter in plain(text)
        ).split()
    )


def has_words(words: tuple[str, ...], some: tuple[str, ...]) -> bool:
    """Do the words stand there one after another?"""
    return any(words[at : at + len(some)] == some for at in range(len(words) - len(some) + 1))


def phrase_in(texts: Iterable[str], phrases: Iterable[str]) -> str:
    """The first of the phrases that stands in one of the texts, as whole words; else nothing."""
    all_words = [words_of(text) for text in texts]
    return next(
        (
            phrase
            for phrase in phrases
            if any(has_words(words, words_of(phrase)) for words in all_words)
        ),
        "",
    )


def status_reasons(resource: Resource) -> list[str]:
    """Why a resource has its status, in words: one reason, or a list of them."""
    told = resource.get("statusReason")
    return [text for one in (listed(told) or [told]) for text in names(one)]


def code_of(concept: object) -> str:
    """The first code of a concept, with its system, for a list of what is not mapped."""
    return next((f"{item.system} {item.code}"[:80] for item in codings(concept) if item.code), "")


_DAY = pattern(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def day_of(value: object) -> str:
    """The local day of a date, as it was written: no time zone moves it. Empty for no date."""
    return _known_day(value) if isinstance(value, str) and len(value) <= _SHORT else ""


@lru_cache(_MOST_KEPT)
def _known_day(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        return ""
    try:
        PartialDate.parse(found[1])
    except Problem:
        return ""
    return found[1]


def first_day(resource: Resource, *keys: str) -> str:
    """The day of the first of these elements that has one: a date, or the start of a period."""
    for key in keys:
        value = resource.get(key)
        if day := day_of(value) or day_of(table(value).get("start")):
            return day
    return ""


def number(value: object) -> str:
    """A number as JSON wrote it, without an exponent; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < _MOST else ""
    return str(value) if abs(value) < 10**_MOST else ""


_MOST = 16


def units(quantity: Resource) -> Iterator[str]:
    """The units that a quantity states: its code, where that is of UCUM, and its text."""
    return iter(_known_units(*map(text_of, map(quantity.get, ("system", "code", "unit")))))


@lru_cache(_MOST_KEPT)
def _known_units(system: str, code: str, unit: str) -> tuple[str, ...]:
    told = [code] if code and SYSTEMS.get(system, "" if system else "ucum") == "ucum" else []
    texts = dict.fromkeys((*told, unit))
    return tuple(text for text in texts if text and not re.fullmatch(r"\{[^{}]*\}|1", text))


def is_hedged(resource: Resource) -> bool:
    """Has it an extension that may change its meaning, which a reader has to know?"""
    return bool(resource.get("modifierExtension") or resource.get("implicitRules"))


_ID = pattern(r"[A-Za-z0-9.-]{1,64}", re.ASCII)


def source_of(resource: Resource) -> str:
    """Where a resource stands: "Observation/123"; its type alone, where it has no id."""
    if isinstance(resource, TableRow):
        return resource.source
    type_, id_ = text_of(resource.get("resourceType")), resource.get("id")
    return f"{type_}/{id_}" if isinstance(id_, str) and _ID.fullmatch(id_) else type_


def reference_of(value: object) -> str:
    """The reference in an element, without the version that it may name."""
    return text_of(table(value).get("reference")).partition("/_history/")[0]


def kind_of(resource: Resource) -> str:
    """What a resource is counted as: its type, or the table that it is a row of."""
    if isinstance(resource, TableRow):
        return resource.table
    return text_of(resource.get("resourceType"))
