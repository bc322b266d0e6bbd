"""A second evaluator of the rule language, against which the program's own is held.

It was written from the description of the language in CONTRIBUTING.md and its manual in tests/spec,
before the program's evaluator was read, and shares nothing with the program but the parsed rule.
It knows no UNKNOWN: what a profile leaves open is filled in, in every way that can
make a difference, and the rule is evaluated in each such *world* with plain Python booleans. If all
worlds agree, that is the answer; if not, it is UNKNOWN.

A world is not built beforehand. Evaluation asks `Worlds.choose` for what is not known, and is run
again for every other choice (`_enumerated`). So only what the rule reads is ever enumerated.

Two laws relate this to the program, which uses strong Kleene logic:

(a) Wherever the program decides, enumeration decides the same.
(b) Where no unknown is read by two leaves (`Verdict.exact`), both give the same answer.

In `x or not x` enumeration decides and Kleene's logic does not: there only (a) holds. So it is
where `Worlds.only_a` is set, with a comment that says what the program is more careful about.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

from cartscreen.dates import Window
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule
from cartscreen.rule.tree import (
    Change,
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    walk,
)

Data = dict[str, Any]
"""A profile as TOML data."""

MOST_WORLDS = 300
FAR = timedelta(days=365 * 60)
LONG_AGO = date(1000, 1, 1)
NOT_A_RESULT = ("unknown", "not done")
CRITERIA = Path(__file__).parent.parent.parent / "criteria"


class TooManyWorlds(Exception):
    """The case has more completions than anybody would wait for."""


class NoSuchWorld(Exception):
    """The choices made so far do not agree with the profile."""


class NotCovered(Exception):
    """This evaluator leaves the construct out."""


@dataclass(frozen=True)
class Verdict:
    """The answer that the worlds agree on, "unknown" if they do not; exact: law (b) applies."""

    answer: str
    exact: bool
    worlds: int


# ----------------------------------------------------------------------
# What there is to know of facts, lists and drugs: the data of the pack, read anew.


@cache
def _pack() -> tuple[Data, Data]:
    """(facts, records and contradictions; drugs and classes), with defaults filled in."""
    paths = [*CRITERIA.glob("facts/*.toml"), *CRITERIA.glob("scores/*.toml")]
    found: Data = {"fact": {}, "record": {}, "contradiction": []}
    weights: Data = {}
    for data in map(_toml, paths):
        for kind in ("fact", "item"):
            for section, entries in data.get(kind, {}).items():
                for name, entry in entries.items():
                    full = {**data.get("default", {}).get(section, {}), **entry}
                    found["fact"].setdefault(section, {})[name] = full
                    if kind == "item":
                        weights.setdefault(section, {})[name] = full["weight"]
        found["record"].update(data.get("record", {}))
        found["contradiction"] += data.get("contradiction", [])
    for entries in found["fact"].values():
        for entry in entries.values():
            if "derive" in entry:
                entry["derive"] = [_by_items(each, weights) for each in _listed(entry["derive"])]
    return found, _toml(CRITERIA / "drugs.toml")


def _toml(path: Path) -> Data:
    return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)


def _by_items(derive: Data, weights: Data) -> Data:
    """A sum over a section, as the list of its items; anything else as it is."""
    if "sum" not in derive:
        return derive
    section = derive["sum"]
    items = []
    for name, weight in weights[section].items():
        if name in derive.get("without", ()) or name not in derive.get("only", (name,)):
            continue
        alone = weight.get(derive["weight"]) if "weight" in derive else weight
        if alone is not None:
            items.append({"fact": f"{section}.{name}", "weight": alone})
    return {"sum": items}


def _fact_entry(name: str) -> Data:
    section, _, key = name.partition(".")
    return _pack()[0]["fact"][section][key]


def _field_entry(records: str, name: str) -> Data:
    return _pack()[0]["record"][records]["field"][name]


@cache
def _first_date(records: str) -> str | None:
    """The field that says when an entry began."""
    begins: str | None = _pack()[0]["record"][records].get("begins")
    return begins


@cache
def _drug_by_name() -> dict[str, str]:
    return {
        spelling.lower(): name
        for name, drug in _pack()[1]["drug"].items()
        for spelling in (name, *drug.get("names", ()))
    }


@cache
def _ruled() -> dict[str, Rule]:
    """The facts that follow from a rule, with the rule."""
    return {
        f"{section}.{key}": parse_rule(derive[0]["rule"], bundled_pack().vocabulary)
        for section, facts in _pack()[0]["fact"].items()
        for key, entry in facts.items()
        if len(derive := entry.get("derive", ())) == 1 and "rule" in derive[0]
    }


@cache
def _contradictions() -> list[tuple[Rule, list[str]]]:
    """What no patient can be, and the facts that it puts in doubt."""
    return [
        (parse_rule(item["rule"], bundled_pack().vocabulary), item["doubts"])
        for item in _pack()[0]["contradiction"]
    ]


# ----------------------------------------------------------------------
# Numbers

FACTORS = {
    "g/L": {"g/L": Fraction(1), "g/dL": Fraction(10)},
    "U/L": {"U/L": Fraction(1), "ukat/L": Fraction(60)},
    "10^9/L": {"10^9/L": Fraction(1), "/uL": Fraction(1, 1000)},
    "umol/L": {"umol/L": Fraction(1), "mg/dL": Fraction(10_000) / Fraction("584.66")},  # bilirubin
    "%": {"%": Fraction(1)},
    "kg": {"kg": Fraction(1), "lb": Fraction("0.45359237")},
    "years": {"years": Fraction(1)},
    "months": {"months": Fraction(1), "years": Fraction(12)},
    "mg/day": {"mg/day": Fraction(1), "mg/week": Fraction(1, 7)},
    "mg/kg/day": {"mg/kg/day": Fraction(1)},
    "days": {"days": Fraction(1), "hours": Fraction(1, 24)},
    "1": {"": Fraction(1)},
    "titre": {"": Fraction(1)},
}
"""For each canonical unit, what a value in another unit is multiplied by."""

_QUANTITY = re.compile(r"([<>]=?)?(?:1:)?(\d+(?:\.\d+)?)(?: (.+))?")


@dataclass(frozen=True)
class Range:
    """The numbers that a value may be; None is no end."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool = True
    high_in: bool = True

    def __contains__(self, number: Fraction) -> bool:
        above = self.low is None or number > self.low or (self.low_in and number == self.low)
        below = self.high is None or number < self.high or (self.high_in and number == self.high)
        return above and below

    def points(self, critical: Iterable[Fraction]) -> list[Fraction]:
        """A number at, below and above each critical one, as far as they lie in the range."""
        ends = [end for end in (self.low, self.high) if end is not None]
        cuts = sorted({*ends, *critical}) or [Fraction(1)]
        between = [(a + b) / 2 for a, b in pairwise(cuts)]
        below = cuts[0] / 2 if cuts[0] > 0 else cuts[0] - 1
        return [n for n in (*cuts, *between, below, cuts[-1] * 2 + 1) if n in self]


ANY_NUMBER = Range(None, None)


def _quantity(written: Any, unit: str) -> tuple[Range, str]:
    """The numbers that this may be, and "ULN" or "LLN" if it is a multiple of such a limit."""
    if not isinstance(written, str):
        number = Fraction(written)
        return Range(number, number), ""
    match = _QUANTITY.fullmatch(written)
    assert match, written
    sign, digits, spelled = match.groups()
    multiple = spelled if spelled in ("ULN", "LLN") else ""
    number = Fraction(digits) * (1 if multiple else FACTORS[unit][spelled or ""])
    ends = {
        None: Range(number, number),
        "<": Range(None, number, high_in=False),
        "<=": Range(None, number),
        ">": Range(number, None, low_in=False),
        ">=": Range(number, None),
    }
    return ends[sign], multiple


def _holds(value: Fraction, operator: str, limit: Fraction) -> bool:
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
    }[operator]


# ----------------------------------------------------------------------
# Dates

Span = tuple[date, date]
"""The days that a date may be, first and last."""


def _last_of_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _span(written: Any) -> Span:
    if isinstance(written, date):
        return written, written
    year, *rest = (int(part) for part in written.split("-"))
    if not rest:
        return date(year, 1, 1), date(year, 12, 31)
    if len(rest) == 1:
        return date(year, rest[0], 1), _last_of_month(year, rest[0])
    return date(year, *rest), date(year, *rest)


def _moved(day: date, count: int, unit: str) -> date:
    """The day so many calendar units later; in months and years, at most the month's last day."""
    if unit in ("days", "weeks"):
        return day + timedelta(days=count * (7 if unit == "weeks" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "years" else 1)
    last = _last_of_month(months // 12, months % 12 + 1)
    return last.replace(day=min(day.day, last.day))


def _completed_years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


# ----------------------------------------------------------------------
# Worlds


class Worlds:
    """The choices of one run, and who made use of which."""

    def __init__(self) -> None:
        self.script: list[tuple[int, int]] = []
        self.readers: dict[Any, set[Any]] = {}
        self.only_a = False
        self.restart()

    def restart(self) -> None:
        self.chosen: dict[Any, Any] = {}
        self.depth = 0
        self.leaf: Any = None

    def choose(self, key: Any, options: Iterable[Any] = (True, False)) -> Any:
        """One of the options for what this key names; the same one throughout a world."""
        if key not in self.chosen:
            listed = list(dict.fromkeys(options))
            if len(listed) == 1:
                return listed[0]
            if not listed:
                raise NoSuchWorld
            if self.depth == len(self.script):
                self.script.append((0, len(listed)))
            self.chosen[key] = listed[self.script[self.depth][0]]
            self.depth += 1
        self.readers.setdefault(key, set()).add(self.leaf)
        return self.chosen[key]

    def next(self) -> bool:
        """Turn to the next world; False if there is none."""
        del self.script[self.depth :]
        while self.script:
            index, count = self.script.pop()
            if index + 1 < count:
                self.script.append((index + 1, count))
                self.restart()
                return True
        return False


def _enumerated(evaluate: Callable[[Worlds], bool]) -> Verdict:
    """What all worlds agree on."""
    worlds, seen, count, more = Worlds(), set(), 0, True
    while more and len(seen) < 2:
        count += 1
        if count > MOST_WORLDS:
            raise TooManyWorlds
        with suppress(NoSuchWorld):
            seen.add(evaluate(worlds))
        more = worlds.next()
    assert seen, "some world agrees with the profile"
    exact = not worlds.only_a and all(len(leaves) == 1 for leaves in worlds.readers.values())
    answer = {(True,): "yes", (False,): "no"}.get(tuple(seen), "unknown")
    return Verdict(answer, exact, count)


# ----------------------------------------------------------------------
# A patient in one world


@dataclass(frozen=True)
class Result:
    """A recorded result; `value` is None where it is indeterminate."""

    number: int
    value: Any
    span: Span | None
    upper: Any = None
    lower: Any = None


@dataclass(frozen=True)
class Entry:
    """An entry of a list of records; `data` is None for the entry that might yet be added."""

    records: str
    number: int
    data: Data | None

    @property
    def key(self) -> tuple[str, int]:
        return self.records, self.number


@dataclass
class Patient:
    """The facts of a profile on a date, completed by the choices of a world."""

    data: Data
    on: date
    tests: tuple[Test, ...]
    worlds: Worlds
    answers: Data = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()

    # -- rules

    def holds(self, rule: Rule, path: tuple[int, ...], entry: Entry | None = None) -> bool:
        """Is the rule true? path: where the rule stands."""
        match rule:
            case Group(k, rules, none):
                found = 0
                for number, part in enumerate(rules):
                    found += self.holds(part, (*path, number), entry)
                    if found == k or found + len(rules) - number - 1 < k:
                        break
                return (found >= k) is not none
            case Question():
                self.worlds.leaf = path
                given = self.answers.get("answer")
                return given if isinstance(given, bool) else self.worlds.choose("answer")
            case Records():
                return self._records(rule, path)
            case Test(fact=fact) if "." in fact or entry is None:
                self.worlds.leaf = (path, entry and entry.number)
                return self._fact_test(rule)
            case Test():
                self.worlds.leaf = (path, entry.number)
                return self._field_test(rule, entry)

    # -- visits and windows

    def _visit(self, name: str, critical: Iterable[date]) -> date:
        """The day of a visit. One that is planned and has no date lies on this day or later."""
        written = self._plain(self.data.get("dates", {}).get(name))
        if name == "screening":
            return self.on
        if written is not None:
            span = _span(written)
        elif name == "consent":
            # of a window before a consent without a date the program decides nothing at all
            self.worlds.only_a = True
            span = (self.on - FAR, self.on)
        else:
            span = (self.on, self.on + FAR)
        return self._day(f"dates.{name}", span, critical)

    def _day(self, key: Any, span: Span, critical: Iterable[date]) -> date:
        """A day of the span: first, last, or one about a critical day."""
        one = timedelta(days=1)
        near = (day + step for day in critical for step in (-one, timedelta(), one))
        return self.worlds.choose(key, [*span, *(d for d in near if span[0] <= d <= span[1])])

    def _edges(self, window: Window, spans: list[Span]) -> tuple[date, date]:
        """The first and the last day of the window."""
        anchor = self._visit(window.anchor, [day for span in spans for day in span])
        return _moved(anchor, -window.count, window.unit), anchor

    def _result_edges(self, window: Window, results: list[Result]) -> tuple[date, date]:
        """The edges of a window in which one of the results is looked for."""
        spans = [result.span for result in results if result.span]
        edges = self._edges(window, spans)
        # where it is not known which of several results is the newest, by the day of the visit or
        # their own, the program asks that each that may be would do
        vague = f"dates.{window.anchor}" in self.worlds.chosen
        vague |= any(first != last for first, last in spans)
        self.worlds.only_a |= vague and len(spans) > 1
        return edges

    @staticmethod
    def _plain(written: Any) -> Any:
        value = written["value"] if isinstance(written, dict) else written
        return None if value in (*NOT_A_RESULT, "indeterminate") else value

    # -- facts of the patient

    def _results(self, fact: str) -> list[Result]:
        """What is recorded of the fact, apart from what was withdrawn, not done or not known."""
        section, _, key = fact.partition(".")
        written = self.data.get(section, {}).get(key)
        listed = written if isinstance(written, list) else [written] if written is not None else []
        results = []
        for number, item in enumerate(listed):
            row = item if isinstance(item, dict) else {"value": item}
            if row["value"] in NOT_A_RESULT or row.get("status") == "entered-in-error":
                continue
            span = _span(row["date"]) if "date" in row else None
            value = None if row["value"] == "indeterminate" else row["value"]
            results.append(Result(number, value, span, row.get("upper"), row.get("lower")))
        return results

    def _dated(
        self, fact: str, first: date, last: date, *, obtained: bool
    ) -> list[tuple[date, Result]]:
        """The results up to the last day, by day.

        obtained: a result that is recorded has been obtained; where it is the only one that can be
        of use, its day, known in part, is none after the last. In a window the day is in question.
        """
        results = [result for result in self._results(fact) if result.span]
        days = [day for result in results for day in result.span] + [first, last]
        dated = [(self._day((fact, r.number, "day"), r.span, days), r) for r in results]
        usable = [pair for pair in dated if pair[0] <= last]
        if obtained and not usable and any(result.span[0] <= last for result in results):
            raise NoSuchWorld
        return sorted(usable, key=lambda pair: pair[0])

    def _newest(
        self, fact: str, first: date, last: date, *, obtained: bool = False
    ) -> Result | None:
        """The newest result of these days; of several on one day, one of them."""
        dated = self._dated(fact, first, last, obtained=obtained)
        if not dated or dated[-1][0] < first:
            return None
        day = dated[-1][0]
        same = [result for other, result in dated if other == day]
        return same[self.worlds.choose((fact, "which", day), range(len(same)))]

    def _fact_test(self, test: Test) -> bool:
        entry = _fact_entry(test.fact)
        match test.check:
            case Present() if test.window and entry["kind"] == "date":
                return self._date_in_window(test.fact, test.window)
            case Present() if test.window:
                return self._event_in_window(test.fact, test.window, entry)
            case Change():
                return self._changed(test.fact, test.check, test.window)
        fact, found = self._used(test.fact, test.window)
        if found is None and test.window and "derive" in entry:
            formulas = {each["formula"] for each in _listed(entry["derive"]) if "formula" in each}
            if formulas - {"age", "at_most"}:
                raise NotCovered
            # an age has no date, nor have the items of a score that are not results
            return self.worlds.choose((fact, test.text))
        match test.check:
            case Present():
                return self._finding(fact, found)
            case Is(words):
                return self._finding(fact, found) in words
            case Compare():
                return self._compared(fact, found, test.check)
        raise NotCovered

    def _used(self, fact: str, window: Window | None) -> tuple[str, Result | None]:
        """The result that a test without a window, or with one, is about; None if it is open.

        Of a fact that has none of use, another fact may stand for it: that one is named then.
        """
        for name in (fact, *self._stand_ins(fact)):
            if fact in self.doubted:
                break
            results = self._results(name)
            first, last = self._result_edges(window, results) if window else (LONG_AGO, self.on)
            if name in self.doubted or all(r.span and r.span[0] > last for r in results):
                continue
            if window is None and results[0].span is None:
                return name, results[0]
            return name, self._newest(name, first, last, obtained=window is None)
        return fact, None

    @staticmethod
    def _stand_ins(fact: str) -> list[str]:
        derivations = _listed(_fact_entry(fact).get("derive", []))
        return [derive["stated"] for derive in derivations if "stated" in derive]

    def _finding(self, fact: str, found: Result | None) -> Any:
        """True, False or a word; what is not stated follows from a rule, or is open."""
        if found and found.value is not None:
            return found.value
        if found is None and fact not in self.doubted and fact in _ruled():
            return self._within(self.worlds.leaf, _ruled()[fact])
        if any("formula" in each for each in _listed(_fact_entry(fact).get("derive", []))):
            raise NotCovered
        return self.worlds.choose(fact, _fact_entry(fact).get("choices", (True, False)))

    def _within(self, leaf: Any, rule: Rule) -> bool:
        """A rule of the vocabulary, all of it within the leaf that asks."""
        if isinstance(rule, Group):
            found = sum(self._within(leaf, part) for part in rule.rules)
            return (found >= rule.k) is not rule.none
        assert isinstance(rule, Test)
        self.worlds.leaf = leaf
        return self._fact_test(rule)

    def _critical(self, fact: str) -> list[Fraction]:
        """The numbers on which a test of this fact turns, in its own unit."""
        numbers: set[Fraction] = set()
        results = self._results(fact)
        for test in self._tests(fact):
            if isinstance(test.check, Compare):
                if test.check.unit not in ("ULN", "LLN"):
                    numbers.add(test.check.limit)
                for result in results:
                    limit = {"ULN": result.upper, "LLN": result.lower}.get(test.check.unit)
                    if limit is not None:
                        unit = _fact_entry(fact)["unit"]
                        numbers.add(test.check.limit * _quantity(limit, unit)[0].low)
            elif isinstance(test.check, Change):
                numbers |= self._critical_of_change(fact, test.check, results)
        return sorted(numbers)

    def _critical_of_change(self, fact: str, change: Change, results: list[Result]) -> set:
        ranges = [_quantity(r.value, _fact_entry(fact)["unit"])[0] for r in results if r.value]
        ends = {end for span in ranges for end in (span.low, span.high) if end is not None}
        if not change.relative:
            return {end + step for end in ends for step in (-change.by, 0, change.by)}
        part = change.by / 100
        factors = {1 - part, 1, 1 + part, 1 / (1 + part)} | (
            {1 / (1 - part)} if part != 1 else set()
        )
        return {end * each for end in ends for each in factors}

    def _tests(self, fact: str) -> Iterator[Test]:
        """The tests of the rule that are about this fact, or this field."""
        return (test for test in self.tests if test.fact == fact)

    def _number(self, fact: str, result: Result | None) -> tuple[Fraction, str]:
        """The value of a result, and "ULN" or "LLN" if it is a multiple of such a limit."""
        critical = self._critical(fact)
        if result is None or result.value is None:
            return self.worlds.choose(fact, ANY_NUMBER.points(critical)), ""
        span, multiple = _quantity(result.value, _fact_entry(fact)["unit"])
        return self.worlds.choose((fact, result.number, "value"), span.points(critical)), multiple

    def _limit(self, fact: str, result: Result | None, unit: str, about: Fraction) -> Fraction:
        """The upper or lower limit of normal of a result; about: the number on which it turns."""
        written = result and (result.upper if unit == "ULN" else result.lower)
        if written is not None:
            return _quantity(written, _fact_entry(fact)["unit"])[0].low
        number = result.number if result else "open"
        positive = Range(Fraction(0), None, low_in=False)
        return self.worlds.choose((fact, number, unit), positive.points([about]))

    def _told_by_limit(self, result: Result | None, multiple: str) -> None:
        """A result that is a multiple of a limit answers the program about that limit alone."""
        stated = result and (result.upper if multiple == "ULN" else result.lower)
        self.worlds.only_a |= stated is not None

    def _compared(self, fact: str, result: Result | None, check: Compare) -> bool:
        if result is None and fact not in self.doubted and "derive" in _fact_entry(fact):
            return _holds(self._derived_number(fact), check.operator, check.limit)
        value, multiple = self._number(fact, result)
        if check.unit not in ("ULN", "LLN"):
            if multiple:
                self._told_by_limit(result, multiple)
                value *= self._limit(fact, result, multiple, check.limit / value)
            return _holds(value, check.operator, check.limit)
        if check.unit == multiple:
            return _holds(value, check.operator, check.limit)
        if multiple:
            self._told_by_limit(result, multiple)
            value *= self._limit(fact, result, multiple, Fraction(1))
        limit = self._limit(fact, result, check.unit, value / check.limit)
        return _holds(value, check.operator, check.limit * limit)

    def _derived_number(self, fact: str) -> Fraction:
        """A number that the profile does not state, from what it follows from."""
        match _listed(_fact_entry(fact)["derive"]):
            case [{"formula": "age"}]:
                return self._age()
            case [{"sum": items}]:
                return self._score(fact, items)
            case [{"sum": items}, {"formula": "at_most", "of": total}]:
                _, whole = self._used(total, None)
                score = self._score(fact, items)
                return min(score, self._number(total, whole)[0]) if whole else score
        raise NotCovered

    def _age(self) -> Fraction:
        limits = self._critical("person.age")
        birth = self._plain(self.data.get("person", {}).get("birth_date"))
        if birth is None:
            return self.worlds.choose("person.birth_date", ANY_NUMBER.points(limits))
        birthdays = [_moved(self.on, -ceil(limit), "years") for limit in limits]
        day = self._day("person.birth_date", _span(birth), birthdays)
        return Fraction(_completed_years(day, self.on))

    def _score(self, fact: str, items: list[Data]) -> Fraction:
        """The sum in the world where nothing of what is open is present, or where all of it is."""
        total = Fraction(0)
        for item in items:
            name = item["fact"]
            _, found = self._used(name, None)
            if found and found.value is not None:
                present = found.value
            elif name in self.worlds.chosen:
                present = self.worlds.choose(name)
            else:
                present = self.worlds.choose((fact, "open items"))
                self.worlds.chosen[name] = present
                self.worlds.choose(name)
            total += Fraction(item["weight"]) * present
        return total

    # -- windows on facts

    def _date_in_window(self, fact: str, window: Window) -> bool:
        written = self._plain(self.data.get(fact.split(".")[0], {}).get(fact.split(".")[1]))
        span = (self.on - FAR, self.on + FAR) if written is None else _span(written)
        first, last = self._edges(window, [span])
        return first <= self._day(fact, span, [first, last]) <= last

    def _event_in_window(self, fact: str, window: Window, entry: Data) -> bool:
        """Whether the event, or the newest result, is of the window."""
        if "derive" in entry:
            raise NotCovered
        results = self._results(fact)
        is_event = entry["kind"] == "finding" and "choices" not in entry
        if fact in self.doubted or not results:
            return self.worlds.choose((fact, "in", window))
        if is_event and len(results) > 1:
            raise NotCovered
        spans = [result.span for result in results if result.span]
        first, last = self._result_edges(window, results)
        if is_event and results[0].value is False:
            # what is absent has not happened before either; of a result that is dated after the
            # visit, known to be so, the program makes nothing
            self.worlds.only_a |= any(span[1] > last for span in spans)
            return False
        if not spans:
            return self.worlds.choose((fact, "in", window))
        dated = self._dated(fact, first, last, obtained=False)
        if not dated:
            return self.worlds.choose((fact, "in", window))
        newest = [result for day, result in dated if day == dated[-1][0]]
        if (
            newest[self.worlds.choose((fact, "which", dated[-1][0]), range(len(newest)))].value
            is None
        ):
            return self.worlds.choose((fact, "in", window))
        return dated[-1][0] >= first

    def _changed(self, fact: str, change: Change, window: Window) -> bool:
        results = self._results(fact)
        first, last = self._result_edges(window, results)
        known = self._dated(fact, first, last, obtained=False)
        dated = [pair for pair in known if pair[0] >= first]
        newest = dated[-1][0] if dated else None
        earlier = [result for day, result in dated if day < newest]
        if not earlier:
            return self.worlds.choose((fact, "changed", change, window))
        # of a change the program decides nothing where only a range of a value is known
        self.worlds.only_a |= any(self._is_range(fact, result) for _, result in dated)
        same = [result for day, result in dated if day == newest]
        now, _ = self._number(
            fact, same[self.worlds.choose((fact, "which", newest), range(len(same)))]
        )
        return any(_has_changed(change, self._number(fact, result)[0], now) for result in earlier)

    @staticmethod
    def _is_range(fact: str, result: Result) -> bool:
        if result.value is None:
            return True
        numbers, multiple = _quantity(result.value, _fact_entry(fact)["unit"])
        return numbers.low != numbers.high or bool(multiple)

    # -- lists of records

    def _records(self, rule: Records, path: tuple[int, ...]) -> bool:
        name = rule.name
        listed = [Entry(name, n, row) for n, row in enumerate(self.data.get(name, ()))]
        lasted = [part for part in rule.where if isinstance(part, Test) and part.fact == "lasted"]
        nested = [
            part
            for where in rule.where
            for part in walk(where)
            if isinstance(part, Test) and part.fact == "lasted" and part not in lasted
        ]
        if nested:
            raise NotCovered
        if self._enough(rule, path, listed, lasted):
            return True
        self.worlds.leaf = path
        if name in self.data.get("reviewed", {}) or not self.worlds.choose((name, "more")):
            return False
        # an entry more that fits: its fields say whatever the tests ask for
        fits = all(
            self.holds(part, (*path, number), Entry(name, -1, None))
            for number, part in enumerate(rule.where)
        )
        # the program leaves a list open even where facts of the patient let no entry fit
        self.worlds.only_a |= not fits
        return fits

    def _enough(
        self, rule: Records, path: tuple[int, ...], listed: list[Entry], lasted: list[Test]
    ) -> bool:
        if lasted:
            goes_on = any(
                isinstance(part, Test) and part.text == "stop is ongoing" for part in rule.where
            )
            fitting = [e for e in listed if self._fits(rule, path, e, but=("lasted", "stop"))]
            if not rule.different:
                return self._course(fitting, lasted, path, goes_on=goes_on)
            drugs = [self._identity(entry, rule.different, listed) for entry in fitting]
            long = 0
            for drug in dict.fromkeys(drugs):
                same = [e for e, other in zip(fitting, drugs, strict=True) if other == drug]
                long += self._course(same, lasted, path, goes_on=goes_on)
            return long >= rule.k
        found: set[Any] = set()
        for entry in listed:
            if self._fits(rule, path, entry):
                self.worlds.leaf = (path, entry.number)
                found.add(
                    self._identity(entry, rule.different, listed) if rule.different else entry.key
                )
                if len(found) >= rule.k:
                    return True
        return False

    def _fits(
        self, rule: Records, path: tuple[int, ...], entry: Entry, but: tuple[str, ...] = ()
    ) -> bool:
        """Whether all conditions hold of the entry, those `but` apart."""
        for number, part in enumerate(rule.where):
            left_out = isinstance(part, Test) and (
                (part.fact == "lasted" and "lasted" in but)
                or (part.text == "stop is ongoing" and "stop" in but)
            )
            if not left_out and not self.holds(part, (*path, number), entry):
                return False
        if but:
            return True
        # what begins after the last visit that the rule names, or after today, has not happened,
        # and whether it will is open
        self.worlds.leaf = (path, entry.number)
        begins = self._begins(entry)
        visits = [
            self._visit(part.window.anchor, [begins])
            for where in rule.where
            for part in walk(where)
            if isinstance(part, Test) and part.window
        ]
        if begins > max([self.on, *visits]):
            return self.worlds.choose((*entry.key, "will be"))
        return True

    def _begins(self, entry: Entry) -> date:
        """The first day of an entry.

        An entry that is listed has begun, if it has no first day, or one that, known in part, may
        have been.
        """
        name = _first_date(entry.records)
        written = self._plain(entry.data.get(name)) if name else None
        return LONG_AGO if written is None else _span(written)[0]

    def _drug(self, entry: Entry, listed: list[Entry]) -> str:
        """The drug of an entry by its proper name; one that is not recognised may be any."""
        written = entry.data.get("drug")
        known = _drug_by_name().get(str(written).lower())
        if known:
            return known
        others = [_drug_by_name().get(str(e.data.get("drug")).lower()) for e in listed if e.data]
        named = [
            word
            for test in self._tests("drug")
            if isinstance(test.check, Is)
            for word in test.check.words
            if word in _pack()[1]["drug"]
        ]
        key = (written or entry.key, "drug")
        strange = [f"? {e.data.get('drug') or e.key}" for e in listed if e.data]
        return self.worlds.choose(
            key, [f"? {written or entry.key}", *strange, *filter(None, others), *named]
        )

    def _identity(self, entry: Entry, name: str, listed: list[Entry]) -> Any:
        """What the field by which entries must differ is."""
        kind = _field_entry(entry.records, name)["kind"]
        if kind == "drug":
            # the program does not take two entries of one name that it does not know for one drug
            same = [each for each in listed if each.data.get("drug") == entry.data.get("drug")]
            drug = self._drug(entry, listed)
            known = str(entry.data.get("drug")).lower() in _drug_by_name()
            self.worlds.only_a |= len(same) > 1 and not known
            return drug
        if kind == "finding":
            return self._field_finding(entry, name)
        raise NotCovered

    def _is_of_class(self, drug: str, name: str, route: str | None) -> bool:
        routes = _pack()[1]["class"][name].get("routes")
        if routes and route and route not in routes:
            return False
        if drug.startswith("? "):
            return self.worlds.choose((drug, "is", name))
        return name in _pack()[1]["drug"][drug]["classes"]

    def _field_finding(self, entry: Entry, name: str) -> Any:
        value = self._plain(entry.data.get(name))
        if value is not None:
            return value
        choices = _field_entry(entry.records, name).get("choices", (True, False))
        return self.worlds.choose((*entry.key, name), choices)

    def _siblings(self, entry: Entry) -> list[Entry]:
        rows = self.data.get(entry.records, ())
        return [Entry(entry.records, number, row) for number, row in enumerate(rows)]

    def _field_test(self, test: Test, entry: Entry) -> bool:
        name = test.fact
        if entry.data is None:
            return self.worlds.choose((*entry.key, test.text))
        kind = _field_entry(entry.records, name)["kind"]
        match test.check, kind:
            case Present(), "date":
                return self._field_in_window(entry, name, test.window)
            case Present(), _:
                return self._field_finding(entry, name)
            case Is(words), "drug":
                drug = self._drug(entry, self._siblings(entry))
                route = self._plain(entry.data.get("route"))
                return any(
                    self._is_of_class(drug, word, route)
                    if word in _pack()[1]["class"]
                    else word == drug
                    for word in words
                )
            case Is(words), "date":
                assert words == ("ongoing",)
                return self._goes_on(entry, name)
            case Is(words), _:
                return self._field_finding(entry, name) in words
            case Compare(operator, limit, unit), "duration":
                return self._since(entry, name, operator, limit, unit)
            case Compare(operator, limit, _), _:
                return _holds(self._field_number(entry, name, limit), operator, limit)
        raise NotCovered

    # -- fields: dates

    def _goes_on(self, entry: Entry, name: str) -> bool:
        """Whether it is going on on the date judged."""
        if self._begins(entry) > self.on:
            return False
        written = self._plain(entry.data.get(name))
        if written is None:
            return self.worlds.choose((*entry.key, name, "goes on"))
        if written == "ongoing":
            return True
        return self._day((*entry.key, name), _span(written), [self.on]) >= self.on

    def _field_in_window(self, entry: Entry, name: str, window: Window) -> bool:
        """Whether a date of the entry is of the window.

        A last date that is "ongoing" or still to come stands for every day since the beginning.
        """
        lasting = "last" in name or "words" in _field_entry(entry.records, name)
        written = self._plain(entry.data.get(name))
        if written is None and name == "last_dose":
            name, written = "stop", self._plain(entry.data.get("stop"))
        span = (self.on - FAR, self.on + FAR) if written is None else None
        if span is None and written != "ongoing":
            span = _span(written)
        begun = _first_date(entry.records)
        start = self._plain(entry.data.get(begun)) if begun else None
        spans = [span] if span else []
        if lasting and start is not None:
            spans.append(_span(start))
        if window.unit == "half-lives":
            anchor = self._visit(window.anchor, [day for each in spans for day in each])
            first = self._after_half_lives(entry, window.count, anchor, span)
        else:
            first, anchor = self._edges(window, spans)
        if span:
            day = self._day((*entry.key, name), span, [first, anchor])
            if day <= anchor:
                return day >= first
        if not lasting:
            return False
        # an entry without a first day is taken to have begun, by an earlier visit as well
        return self._begins(entry) <= anchor

    def _after_half_lives(self, entry: Entry, count: int, anchor: date, span: Span | None) -> date:
        """The first day of a window of so many half-lives, the longest that is published."""
        stated = self._plain(entry.data.get("half_life"))
        written = entry.data.get("drug")
        if stated is None and _drug_by_name().get(str(written).lower()):
            drug = _pack()[1]["drug"][_drug_by_name()[written.lower()]]
            stated = drug.get("half_life", {}).get("high")
        numbers = _quantity(stated, "days")[0] if stated else Range(Fraction(0), None)
        critical = [Fraction((anchor - day).days, count) for day in span or ()]
        # the published one, where none is stated, is the one to use, and not a thing unknown
        days = (
            numbers.high
            if numbers.low == numbers.high
            else self.worlds.choose((*entry.key, "half_life"), numbers.points(critical))
        )
        return anchor - timedelta(days=ceil(min(days * count, Fraction(FAR.days))))

    def _since(self, entry: Entry, name: str, operator: str, limit: Fraction, unit: str) -> bool:
        """The time since the last change, or since another date of the entry."""
        derive = _field_entry(entry.records, name)["derive"]["formula"]
        fields = {"time_since_change": ("last_change", "start")}.get(derive)
        if fields is None:
            fields = (_field_entry(entry.records, name)["derive"]["since"],)
        stated = self._plain(entry.data.get(name))
        if stated is not None:
            return self._stated_time(entry, name, operator, limit, unit)
        for source in fields:
            written = self._plain(entry.data.get(source))
            if written is not None:
                edge = _moved(self.on, -int(limit), unit)
                day = self._day((*entry.key, source), _span(written), [edge, self.on])
                then = _moved(day, int(limit), unit)
                return {
                    ">": then < self.on,
                    ">=": then <= self.on,
                    "<": then > self.on,
                    "<=": then >= self.on,
                }[operator]
        return self.worlds.choose((*entry.key, name, operator, limit, unit))

    def _stated_time(
        self, entry: Entry, name: str, operator: str, limit: Fraction, unit: str
    ) -> bool:
        """A stated time against a limit; a month is 28 to 31 days where the units differ."""
        count, spelled = entry.data[name].split(" ")
        spelled = spelled if spelled.endswith("s") else f"{spelled}s"
        months = {"months": 1, "years": 12}
        days = {"days": 1, "weeks": 7}
        kind = months if spelled in months else days
        value = int(count) * kind[spelled]
        if unit in kind:
            return _holds(Fraction(value), operator, limit * kind[unit])
        length = self.worlds.choose((*entry.key, name, "month"), (28, 31))
        if kind is months:
            return _holds(Fraction(value * length), operator, limit * days[unit])
        return _holds(Fraction(value), operator, limit * months[unit] * length)

    def _course(
        self, entries: list[Entry], lasted: list[Test], path: tuple[int, ...], *, goes_on: bool
    ) -> bool:
        """Whether a stretch that these entries cover without a gap is as long as that.

        Days to come do not count: what goes on has lasted up to the date judged.
        """
        stretches = []
        for entry in entries:
            self.worlds.leaf = (path, entry.number, "lasted")
            dated = self._known_span(entry, "start") and self._plain(entry.data.get("stop"))
            if "lasted" in entry.data and not dated:
                # it counts for itself; where there are others, it may join them
                long = all(
                    self._stated_time(
                        entry, "lasted", test.check.operator, test.check.limit, test.check.unit
                    )
                    for test in lasted
                )
                if long and (not goes_on or self._goes_on(entry, "stop")):
                    return True
                if len(entries) > 1 and self.worlds.choose((*entry.key, "joined")):
                    return True
                continue
            # the program derives nothing from a date that is not there, not even what is too short
            self.worlds.only_a |= not dated
            # the more days, the longer: the first and the last day that each may be will do
            span = self._known_span(entry, "start") or (self.on - FAR, self.on)
            first = self.worlds.choose((*entry.key, "start"), span)
            last = self.on + FAR
            if self._plain(entry.data.get("stop")) != "ongoing":
                known = self._known_span(entry, "stop")
                span = (max(known[0], first), known[1]) if known else (first, last)
                last = self.worlds.choose((*entry.key, "stop"), span)
            if last >= first:
                stretches.append((first, last))
        return any(
            all(
                _has_lasted(test.check, first, min(last + timedelta(days=1), self.on))
                for test in lasted
            )
            and (not goes_on or first <= self.on <= last)
            for first, last in _merged(stretches)
        )

    def _known_span(self, entry: Entry, name: str) -> Span | tuple[()]:
        written = self._plain(entry.data.get(name))
        return () if written in (None, "ongoing") else _span(written)

    # -- fields: numbers

    def _field_number(self, entry: Entry, name: str, limit: Fraction) -> Fraction:
        if name == "prednisone_dose":
            return self._as_prednisone(entry, limit, per_kg=False)
        if name == "prednisone_dose_per_kg":
            return self._as_prednisone(entry, limit, per_kg=True)
        written = self._plain(entry.data.get(name))
        unit = _field_entry(entry.records, name)["unit"]
        numbers = ANY_NUMBER if written is None else _quantity(written, unit)[0]
        limits = [t.check.limit for t in self._tests(name) if isinstance(t.check, Compare)]
        return self.worlds.choose((*entry.key, name), numbers.points([*limits, limit]))

    def _as_prednisone(self, entry: Entry, limit: Fraction, *, per_kg: bool) -> Fraction:
        """The dose as prednisone; of what is no systemic glucocorticoid it is nothing."""
        if {"prednisone_dose", "prednisone_dose_per_kg"} & entry.data.keys():
            raise NotCovered
        drug = self._drug(entry, self._siblings(entry))
        if not self._is_of_class(drug, "glucocorticoid", self._plain(entry.data.get("route"))):
            return Fraction(0)
        if drug.startswith("? "):
            factors = Range(Fraction(0), None, low_in=False)
        else:
            stated = _listed(_pack()[1]["drug"][drug]["prednisone_equivalent"])
            factors = Range(*(end(Fraction(each) for each in stated) for end in (min, max)))
        if per_kg and "dose_per_kg" in entry.data:
            dose, weight = "dose_per_kg", Fraction(1)
        else:
            dose, weight = "dose", self._weight(entry, limit, factors) if per_kg else Fraction(1)
        written = self._plain(entry.data.get(dose))
        unit = _field_entry(entry.records, dose)["unit"]
        doses = ANY_NUMBER if written is None else _quantity(written, unit)[0]
        ends = [end for end in (doses.low, doses.high) if end]
        factor = self.worlds.choose(
            (*entry.key, "factor"), factors.points([limit * weight / end for end in ends])
        )
        limits = [t.check.limit for t in self._tests(dose) if isinstance(t.check, Compare)]
        amount = self.worlds.choose(
            (*entry.key, dose), doses.points([*limits, limit * weight / factor])
        )
        return amount * factor / weight

    def _weight(self, entry: Entry, limit: Fraction, factors: Range) -> Fraction:
        results = self._results("person.weight")
        if len(results) > 1 or any(result.span for result in results):
            raise NotCovered
        written = self._plain(entry.data.get("dose"))
        doses = Range(None, None) if written is None else _quantity(written, "mg/day")[0]
        turning = [
            dose * factor / limit
            for dose in (doses.low, doses.high)
            for factor in (factors.low, factors.high)
            if dose and factor
        ]
        if not results or results[0].value is None:
            positive = Range(Fraction(0), None, low_in=False)
            return self.worlds.choose("person.weight", positive.points(turning))
        numbers = _quantity(results[0].value, "kg")[0]
        return self.worlds.choose("person.weight", numbers.points(turning))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _has_changed(change: Change, then: Fraction, now: Fraction) -> bool:
    step = now - then if change.direction == "rose" else then - now
    return step > 0 and step >= (then * change.by / 100 if change.relative else change.by)


def _has_lasted(check: Compare, first: date, after: date) -> bool:
    """From the first day to the day after the last."""
    then = _moved(first, int(check.limit), check.unit)
    return first < after and (then < after if check.operator == ">" else then <= after)


def _merged(stretches: list[Span]) -> list[Span]:
    """Stretches that overlap, or touch from one day to the next, as one."""
    merged: list[Span] = []
    for first, last in sorted(stretches):
        if merged and first <= merged[-1][1] + timedelta(days=1):
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


# ----------------------------------------------------------------------
# The evaluator


def _tests(rule: Rule) -> tuple[Test, ...]:
    return tuple(part for part in walk(rule) if isinstance(part, Test))


def _doubted(data: Data, on: date) -> frozenset[str]:
    """The facts that a contradiction of the profile puts in doubt."""
    return frozenset(
        name
        for rule, doubts in _contradictions()
        # what is not recorded contradicts nothing; this saves the time to look
        if any(name.split(".")[0] in data for name in doubts)
        if _enumerated(
            lambda worlds, rule=rule: Patient(data, on, _tests(rule), worlds).holds(rule, ())
        ).answer
        == "yes"
        for name in doubts
    )


def decide(
    rules: tuple[Rule, ...], data: Data, on: date, answer: bool | str | None = None
) -> Verdict:
    """What enumeration says of a rule, of which there may be several readings.

    Which of the readings is meant is one more thing that is not known. answer: what a person has
    said to the question that the rule asks.
    """
    doubted = _doubted(data, on)
    tests = tuple(test for rule in rules for test in _tests(rule))

    def evaluate(worlds: Worlds) -> bool:
        patient = Patient(data, on, tests, worlds, {"answer": answer}, doubted)
        reading = worlds.choose("reading", range(len(rules)))
        return patient.holds(rules[reading], (reading,))

    return _enumerated(evaluate)
