"""No patient beyond a limit of a decisive criterion is eligible; at the limit the complete one is.

The limits are found in the rules themselves: every test of a number, of every reading of every
criterion that decides alone. The complete patient of the trial's cases is made one for whom this
test decides - what stands beside it in an `any` does not hold, what stands beside it in an `all`
does - and the number is put on either side of the limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from draws import thinned
from patients import BY_ID, VOCABULARY, Data, complete, seen
from support import TRIALS

from cartscreen.dates import shift
from cartscreen.pack.trial import Criterion
from cartscreen.rule.tree import Compare, Group, Is, Present, Question, Records, Rule, Test
from cartscreen.units import LLN, ULN
from cartscreen.vocabulary import FactEntry

STEP = Fraction(1, 10**15)
"""The last of the fifteen decimals that a profile may write; where a score has steps, its own."""

NORMAL = 10
"""The upper or the lower limit of normal, in whatever unit."""

TIMES = "a time that follows from the dates of a list"
BIRTHDAY = "beside it, a day of birth lets the birthday itself pass"
NOT_BROKEN = {
    ("auto-cd19-bcma-aid", "E1", "disease_free >= 2 years"): TIMES,
    ("auto-cd19-bcma-aid", "E7.c", "lasted >= 14 days"): TIMES,
    ("auto-cd19-bcma-aid", "I4", "lasted >= 3 months"): TIMES,
    ("auto-cd19-bcma-aid", "I4", "lasted >= 3 months in all"): TIMES,
    ("rd06-04-sle", "I4.a", "lasted >= 2 months"): TIMES,
    ("rd06-04-sle", "I4.b", "unchanged <= 2 weeks"): TIMES,
    ("cd19-csle", "I1", "person.age < 18 years"): BIRTHDAY,
    ("rd06-04-sle", "I2", "person.age <= 69 years"): BIRTHDAY,
}
"""Tests that this file does not put beyond their limit, and why; the cases of the trial do."""

LAST_YEAR = "whether the last year of age runs to its end depends on the reading"
NO_TRANSPLANT = "the disease of the graft contradicts the empty list of transplants"
NOT_ELIGIBLE = {
    ("bcma-cd70-csle", "E6.c", "grade >= 2"): NO_TRANSPLANT,
    ("cd19-csle", "E7.c", "grade >= 2"): NO_TRANSPLANT,
    ("cd19-csle", "I1", "person.age <= 18 years"): LAST_YEAR,
    ("rd06-04-sle", "I2", "person.age <= 70 years"): LAST_YEAR,
}
"""Tests at whose limit the complete patient is not eligible, and why."""

Beside = tuple[tuple[Rule, bool], ...]
"""Other parts of the rule, and whether they are to hold."""


@dataclass(frozen=True)
class Limit:
    """A test of a number that decides its criterion if what stands beside it is as said.

    holds   does the criterion ask that the test holds
    list    the list whose entry is tested, and the rest of its conditions
    """

    trial: str
    criterion: str
    reading: str
    test: Test
    holds: bool
    beside: Beside
    list: Records | None = None

    @property
    def entry(self) -> FactEntry:
        """The declaration of the fact, or of the field of the list."""
        if self.list is None:
            return VOCABULARY.facts[self.test.fact]
        return VOCABULARY.records[self.list.name].fields[self.test.fact]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.trial, self.criterion, self.test.text

    def __str__(self) -> str:
        return " ".join(part for part in (*self.key, self.reading) if part)


def limits_in(
    rule: Rule, holds: bool, beside: Beside = ()
) -> Iterator[tuple[Test, bool, Beside, Records | None]]:
    match rule:
        case Test(check=Compare()):
            yield rule, holds, beside, None
        case Group(k, rules, none):
            for number, part in enumerate(rules):
                others = enumerate(rules[:number] + rules[number + 1 :])
                told = [(other, place < k - 1) for place, other in others]
                yield from limits_in(part, holds is not none, (*beside, *told))
        case Records(where=where):
            for part in where:
                for test, turned, more, _ in limits_in(part, holds):
                    yield test, turned, (*beside, *more), rule


def limits_of(trial: str, criterion: Criterion) -> Iterator[Limit]:
    applies: Beside = ((criterion.applies, True),) if criterion.applies else ()
    for reading in criterion.readings:
        holds = criterion.kind == "inclusion"
        for test, turned, beside, within in limits_in(reading.rule, holds, applies):
            yield Limit(trial, criterion.id, reading.label, test, turned, beside, within)


LIMITS = [
    limit
    for trial in TRIALS
    for criterion in BY_ID[trial].criteria
    if criterion.decisive
    for limit in limits_of(trial, criterion)
]
BROKEN = [limit for limit in LIMITS if limit.key not in NOT_BROKEN]


# Numbers


def exact(number: Fraction) -> str:
    text = Context(prec=40).divide(Decimal(number.numerator), Decimal(number.denominator))
    return format(text, "f")


def numbers(check: Compare, *, holds: bool, entry: FactEntry) -> list[Fraction]:
    """Numbers for which the test holds, or does not: the nearest to the limit first."""
    limit = check.limit * (NORMAL if check.unit in (ULN, LLN) else 1)
    if entry.unit == "titre":
        return (
            [limit, limit * 2, limit * 64] if holds else [limit / 2 if limit > 1 else Fraction(0)]
        )
    step = Fraction(entry.steps) if entry.steps else STEP
    inside = check.operator in (">=", "<=")
    above = (check.operator in (">", ">=")) is holds
    sign = 1 if above else -1
    low, high = entry.bounds or (0, 10 * limit + 1000)
    nearest = limit if inside is holds else limit + sign * step
    return [
        nearest,
        *(n for n in (limit + sign, Fraction(high if above else low)) if low <= n <= high),
    ]


def births(check: Compare, on: date, *, holds: bool) -> list[date]:
    """Days of birth for which a test of the age holds, or does not: the nearest first.

    The youngest is a year younger: nothing may be dated before the birth, and the complete patient
    has a past.
    """
    years = int(check.limit) + (check.operator in (">", "<="))  # completed years
    birthday = shift(on, -years, "years")
    old = (check.operator in (">", ">=")) is holds
    if old:
        return [birthday, shift(on, -100, "years")]
    return [birthday + timedelta(days=1), shift(birthday, 1, "years")]


# The patient


def is_now(data: Data, rule: Rule, said: bool, limit: Limit) -> bool:
    """Make the rule hold, or not hold; tests of the limit's own fact are left to its value."""
    match rule:
        case Test(fact=fact):
            return fact == limit.test.fact or put(data, rule, said)
        case Group(k, rules, none):
            inner = said is not none
            needed = k if inner else len(rules) - k + 1
            own_last = sorted(
                rules, key=lambda r: isinstance(r, Test) and r.fact == limit.test.fact
            )
            for part in own_last:
                needed -= needed > 0 and is_now(data, part, inner, limit)
            return needed == 0
        case Question():
            data.setdefault("answers", {}).setdefault(limit.trial, {})[limit.criterion] = said
            return True
        case Records(name=name) if not said and limit.list is None:
            data.pop(name, None)
            data.setdefault("reviewed", {})[name] = data["dates"]["screening"]
            return True
    return False


def put(data: Data, test: Test, said: bool) -> bool:
    """Make a test of a fact hold, or not hold, if it is of a kind for which that is plain."""
    if "." not in test.fact:
        return False
    entry, on = VOCABULARY.facts[test.fact], data["dates"]["screening"]
    section, _, key = test.fact.partition(".")
    value: Any
    match test.check:
        case Present() if entry.kind == "date":
            value = on if said else shift(on, -50, "years")
        case Present() if not entry.choices:
            value = {"value": said, "date": on}
        case Is(words):
            others = [word for word in entry.choices if word not in words]
            value = {"value": words[0] if said else others[0], "date": on}
        case Compare() as check if test.fact != "person.age":
            number = numbers(check, holds=said, entry=entry)[-1]
            value = {**written(number, check, entry), "date": on}
        case _:
            return False
    data.setdefault(section, {})[key] = value
    return True


def written(number: Fraction, check: Compare, entry: FactEntry) -> Data:
    """{ value, and its limit of normal if the rule asks for one }."""
    if entry.unit == "titre":
        return {"value": f"1:{number}" if number else "<1:1"}
    unit = "" if entry.unit == "1" else f" {entry.unit}"
    side = {ULN: "upper", LLN: "lower"}.get(check.unit)
    return {"value": f"{exact(number)}{unit}"} | ({side: f"{NORMAL}{unit}"} if side else {})


def values(limit: Limit, *, holds: bool) -> list[Any]:
    """What a profile writes for the test to hold, or not: the nearest to the limit first."""
    check, on = limit.test.check, complete(limit.trial)["dates"]["screening"]
    assert isinstance(check, Compare)
    if limit.test.fact == "person.age":
        return births(check, on, holds=holds)
    found = numbers(check, holds=holds, entry=limit.entry)
    results = [written(number, check, limit.entry) for number in found]
    return (
        [result["value"] for result in results]
        if limit.list
        else [{**result, "date": on} for result in results]
    )


def made(limit: Limit, value: Any, *, alone: bool) -> Data | None:
    """The complete patient with this value; `alone`, as one for whom this test decides."""
    data = complete(limit.trial)
    if alone and not all(is_now(data, *part, limit) for part in limit.beside):
        return None
    if limit.list is not None:
        return with_field(data, limit.list, limit, value)
    fact = "person.birth_date" if limit.test.fact == "person.age" else limit.test.fact
    section, _, key = fact.partition(".")
    data.setdefault(section, {})[key] = value
    return data


def with_field(data: Data, rule: Records, limit: Limit, value: Any) -> Data:
    """With the field in every entry of the list, or in one more that fits the other conditions."""
    entries = data.setdefault(rule.name, [])
    if limit.holds:
        for entry in entries:
            if limit.test.fact == "prednisone_dose":
                entry.pop("dose", None)  # of which another would follow
            entry[limit.test.fact] = value
        return data
    on, fields = data["dates"]["screening"], VOCABULARY.records[rule.name].fields
    entry = {"start": shift(on, -1, "years")} if "start" in fields else {}
    for test in rule.where:
        assert isinstance(test, Test)
        match test.check:
            case Is(words):
                entry[test.fact] = words[0]
            case Present():
                entry["stop" if test.fact == "last_dose" else test.fact] = on
            case Compare() if test.fact == "lasted":
                entry["stop"] = on
    return {**data, rule.name: [*entries, {**entry, limit.test.fact: value}]}


# The laws


def verdicts(limit: Limit, value: Any) -> Iterator[str]:
    """The verdict with what stands beside the test as it needs, if that can be; and as it is."""
    for alone in (True, False) if limit.beside else (True,):
        if data := made(limit, value, alone=alone):
            yield seen(limit.trial, data).verdict


@pytest.mark.parametrize("limit", BROKEN, ids=str)
def test_nobody_beyond_a_limit_is_eligible(limit: Limit) -> None:
    """Beyond the limit by the smallest step that can be written, or far, or by one: never eligible.

    By one only with DRAWS=10000.
    """
    nearest, *further = values(limit, holds=not limit.holds)
    for value in (nearest, *thinned(further[::-1], 2)):
        assert next(verdicts(limit, value)) != "eligible", value


@pytest.mark.parametrize(
    "limit", [limit for limit in BROKEN if limit.key not in NOT_ELIGIBLE], ids=str
)
def test_at_the_limit_the_complete_patient_is_eligible(limit: Limit) -> None:
    """On the side that is allowed, at the limit or by the smallest step, nothing else matters."""
    value, *_ = values(limit, holds=limit.holds)

    assert "eligible" in verdicts(limit, value), value


def test_what_is_listed_cannot_be_done() -> None:
    """Each entry of the two lists names a test that is there; no limit is excused twice."""
    keys = {limit.key for limit in LIMITS}

    assert NOT_BROKEN.keys() <= keys
    assert NOT_ELIGIBLE.keys() <= keys - NOT_BROKEN.keys()
    eligible = [
        str(limit)
        for limit in BROKEN
        if limit.key in NOT_ELIGIBLE
        and "eligible" in verdicts(limit, values(limit, holds=limit.holds)[0])
    ]
    assert eligible == []
