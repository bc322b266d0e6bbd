"""The dose of an instruction, where every part of it is read and no two of them differ.

A dose is written where it is a mass and says how often. What an instruction says twice, by a unit
and its code, by a code and a schedule, by a schedule and its times of the day, or by a text beside
all that, it has to say alike; a part that is not understood may change the dose; and its bounds
have to hold for the whole time of the entry. Else there is no dose: 60 mg a day for five days, in
an entry of half a year, are not 60 mg a day for half a year.

What the parts mean: https://hl7.org/fhir/R4/dosage.html, https://hl7.org/fhir/R4/datatypes.html.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal

from cartscreen.codes import plain
from cartscreen.errors import Problem
from cartscreen.frozen import frozen
from cartscreen.importing.draft import is_before, is_later
from cartscreen.importing.elements import (
    Resource,
    codings,
    day_of,
    listed,
    names,
    number,
    table,
    text_of,
)
from cartscreen.pattern import pattern
from cartscreen.schedule import Dose, parse_dose
from cartscreen.units import parse_quantity


@frozen
class Course:
    """The days of the entry that a dose is of, where they are known; and that of the import."""

    start: str
    stop: str
    today: date


def dose_of(
    resource: Resource,
    instructions: Sequence[Resource],
    drug_names: Sequence[str],
    course: Course,
    plain_words: Collection[str],
) -> str:
    """The dose as a profile writes it: "20 mg every 1 days"; empty where it is not sure.

    `plain_words` are the words of a text that change no dose: "take", "by mouth".
    """
    if len(instructions) != 1:
        return ""
    (instruction,) = instructions
    if resource.get("resourceType") == "MedicationAdministration":
        quantity, often = table(instruction.get("dose")), "once"
        if instruction.keys() - _OF_ADMINISTRATION:
            return ""
    else:
        given = [table(item) for item in listed(instruction.get("doseAndRate"))]
        as_needed = instruction.get("asNeededBoolean") or instruction.keys() - _OF_INSTRUCTION
        if len(given) != 1 or as_needed:
            return ""
        timing = table(instruction.get("timing"))
        quantity, often = table(given[0].get("doseQuantity")), _often(timing)
        bounds = table(table(timing.get("repeat")).get("boundsPeriod"))
        if not _hold_throughout(bounds, course):
            return ""
    amount, pieces = _amount(quantity, drug_names)
    dose = _read(f"{amount} {often}") if amount and often else None
    if dose is None:
        return ""
    if not all(_says_no_more(text, dose, pieces, plain_words) for text in _texts(instruction)):
        return ""
    return f"{amount} {often}"


_SAYS_NOTHING = frozenset({"id", "extension"})
"""An extension that changes what an element means stands elsewhere, in modifierExtension."""
_TOLD = _SAYS_NOTHING | {"text", "route", "method"}
_OF_ADMINISTRATION = _TOLD | {"dose", "rateRatio", "rateQuantity"}
_OF_INSTRUCTION = _TOLD | {
    *("sequence", "patientInstruction", "additionalInstruction", "timing", "doseAndRate"),
    "asNeededBoolean",
}


# how much

_MASS = pattern(r"(?:mg|g|ug|mcg|\u00b5g)(?:/(?:kg|m2))?", re.ASCII)
_PIECES = (
    "tablet",
    "tablets",
    "tab",
    "tabs",
    "{tbl}",
    "capsule",
    "capsules",
    "cap",
    "caps",
    "{cap}",
)


def _amount(quantity: Resource, texts: Sequence[str]) -> tuple[str, Decimal | None]:
    """(A mass, how many tablets or capsules it is, if that is known).

    Of tablets, the mass follows from the one strength that the name gives.
    """
    said = number(quantity.get("value"))
    told = [unit for key in ("unit", "code") if (unit := text_of(quantity.get(key)))]
    pieces = [unit for unit in told if plain(unit) in _PIECES]
    measured = [found for unit in told if unit not in pieces and (found := _measure(unit))]
    masses = [unit for unit in measured if _MASS.fullmatch(unit)]
    if not said or quantity.get("comparator") or (measured and (pieces or measured != masses)):
        return "", None
    strengths = {
        Decimal(found)
        for text in texts
        for found in re.findall(r"(?<![\w./])(\d+(?:\.\d+)?) ?mg(?![\w/])", text, re.IGNORECASE)
    }
    strength = strengths.pop() if len(strengths) == 1 else None
    if pieces and strength is not None:
        return f"{format(Decimal(said) * strength, 'f')} mg", Decimal(said)
    sizes = [_read(f"1 {mass} once") for mass in masses]
    if not masses or any(size != sizes[0] for size in sizes):
        return "", None
    count = Decimal(said) / strength if strength and masses[0] == "mg" else None
    return f"{said} {masses[0]}", count


def _measure(unit: str) -> str:
    """A unit that is known, as a dose has it: "MG" is mg; empty for any other word."""
    if _MASS.fullmatch(unit):
        return unit
    try:
        return parse_quantity(f"1 {unit}", "mg")[1]
    except Problem:
        return ""


# how often

_SPANS = {"h": "hours", "d": "days", "wk": "weeks", "mo": "months", "a": "years"}
_CODED = ("QD", "BID", "TID", "QID")
_SCHEDULES = ("", "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation")
_ANY_MEAL = {"C", "AC", "PC"}
"""Codes of https://hl7.org/fhir/R4/valueset-event-timing.html that do not say how many meals."""


def _often(timing: Resource) -> str:
    """How often: "every 12 hours", "3 times a day"; empty where it is not plain."""
    if timing.keys() - _SAYS_NOTHING - {"code", "repeat"}:
        return ""
    codes = {item.code for item in codings(timing.get("code")) if item.code}
    ours = {item.code for item in codings(timing.get("code")) if item.system in _SCHEDULES} - {""}
    repeat = table(timing.get("repeat"))
    if not repeat.keys() - _SAYS_NOTHING - {"boundsPeriod"}:
        return min(codes).lower() if len(codes) == 1 and codes <= {*_CODED} else ""
    often = _repeated(repeat)
    said = [_read(f"1 mg {each.lower()}") for each in ours]
    wanted = _read(f"1 mg {often}") if often else None
    return often if all(_are_alike(wanted, other) for other in said) else ""


def _repeated(repeat: Resource) -> str:
    """The rhythm of a schedule. Times of the day count as often as it says that it is given."""
    known = {"boundsPeriod", "frequency", "period", "periodUnit", "when", "timeOfDay"}
    if repeat.keys() - _SAYS_NOTHING - known:
        return ""
    times, count = (_whole(repeat.get(key)) for key in ("frequency", "period"))
    unit = _SPANS.get(text_of(repeat.get("periodUnit")), "")
    if not unit or not count or ("frequency" in repeat and not times):
        return ""
    times = times or 1
    moments = [
        text_of(item) for item in (*listed(repeat.get("when")), *listed(repeat.get("timeOfDay")))
    ]
    if moments and (len(moments) != times or _ANY_MEAL & {*moments}):
        return ""
    if times == 1:
        return f"every {count} {unit}"
    return f"{times} times a {unit[:-1]}" if count == 1 and unit != "hours" else ""


def _whole(value: object) -> int:
    said = number(value)
    whole, _, rest = said.partition(".")
    return int(whole) if whole.isdecimal() and not rest.strip("0") and len(whole) < 4 else 0


def _hold_throughout(bounds: Resource, course: Course) -> bool:
    """Do the bounds of a schedule leave no day of the entry without it?"""
    first, last = day_of(bounds.get("start")), day_of(bounds.get("end"))
    if bounds.keys() - _SAYS_NOTHING - {"start", "end"}:
        return False
    if (bounds.get("start") and not first) or (bounds.get("end") and not last):
        return False
    if first and not (course.start and _is_by(first, course.start)):
        return False
    is_open = not last or is_later(last, course.today)
    return is_open or bool(course.stop and _is_by(course.stop, last))


def _is_by(day: str, other: str) -> bool:
    return day == other or is_before(day, other)


# and what a text says beside

_MOST_WORDS = 6
_MARKS = pattern(r"[()\[\],;:]|\.(?!\d)")


def _texts(instruction: Resource) -> Iterator[str]:
    """All that an instruction says in words of how much and how often."""
    yield text_of(instruction.get("text"))
    yield text_of(instruction.get("patientInstruction"))
    for item in listed(instruction.get("additionalInstruction")):
        yield from names(item)
    yield from names(table(instruction.get("timing")).get("code"))


def _says_no_more(
    text: str, dose: Dose, pieces: Decimal | None, plain_words: Collection[str]
) -> bool:
    """Is a text made of this dose, its parts and plain words alone: "Take 2 tablets daily"?"""
    words = plain(_MARKS.sub(" ", text)).split()
    at = 0
    while at < len(words):
        for length in range(_MOST_WORDS, 0, -1):
            phrase = " ".join(words[at : at + length])
            if phrase in plain_words or _is_part(phrase, dose, pieces):
                break
        else:
            return False
        at += length
    return True


def _is_part(phrase: str, dose: Dose, pieces: Decimal | None) -> bool:
    """Is it the dose, its amount, how often it is given, or as many tablets as it is?"""
    count, _, unit = phrase.partition(" ")
    if unit in _PIECES:
        return pieces is not None and bool(_COUNT.fullmatch(count)) and Decimal(count) == pieces
    if _are_alike(_read(phrase), dose):
        return True
    amount = _read(f"{phrase} once")
    if amount is not None and (amount.amount, amount.per) == (dose.amount, dose.per):
        return amount.often is None
    often = _read(f"1 mg {phrase}")
    return often is not None and _between(often) == _between(dose)


_COUNT = pattern(r"\d+(?:\.\d+)?", re.ASCII)


def _are_alike(one: Dose | None, other: Dose | None) -> bool:
    """Are both the same amount, given as often: "bid" and "every 12 hours" are alike?"""
    if one is None or other is None:
        return False
    return (one.amount, one.per, _between(one)) == (other.amount, other.per, _between(other))


def _between(dose: Dose) -> object:
    return dose.often and dose.often.days_between


def _read(text: str) -> Dose | None:
    try:
        return parse_dose(text)
    except Problem:
        return None
