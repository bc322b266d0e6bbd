"""The days on which a date passes that a rule may look at.

The answer of a rule can change only on a day on which a date enters or leaves a window, on a
birthday, or when a time has become long enough. These days follow from the dates in the profile,
from the rule, and from the rules by which the facts it reads are derived or doubted. What moves
with every day, an age in decimals say, may cross a limit on other days as well.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from math import ceil
from typing import Any, TypeVar

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, Window, shift
from cartscreen.derive import Gap
from cartscreen.derive.formulas import FACT_FORMULAS
from cartscreen.evaluate.chart import Chart, Entry
from cartscreen.evaluate.records import asks_of
from cartscreen.frozen import once
from cartscreen.observation import Observation, Record
from cartscreen.pack.model import Contradiction
from cartscreen.place import Visit
from cartscreen.rule.tree import TIMES, Compare, Group, Records, Rule, Test, Together, walk
from cartscreen.units import Interval
from cartscreen.vocabulary import FactEntry, Formula

_Made = TypeVar("_Made")
_Lengths = frozenset[tuple[int, str]]
_Offsets = frozenset[int]
_LEAST_DAYS, _MOST_DAYS = (
    {"days": 1, "weeks": 7, "months": month, "years": 12 * month} for month in (28, 31)
)
_CLAMPED = 4  # days at most by which a month's end is clamped, and the day after


class Boundaries:
    """Of one profile, from the first day, that of the chart, to the last.

    contradictions  those that may put in doubt on some day what a rule reads
    """

    def __init__(
        self, chart: Chart, last: date, contradictions: Sequence[Contradiction] = ()
    ) -> None:
        self.chart = chart
        self.contradictions = contradictions
        self.first = chart.on
        self.last = last
        self._known: dict[tuple[str, int], Any] = {}
        self._derived_from: dict[str, set[str]] = {}
        self._days: dict[object, frozenset[date]] = {}

    def of(self, leaf: Rule) -> list[date]:
        """The first day, and those after it on which a date passes that the rule may look at."""
        return self._once("days", leaf, lambda: self._in_order(self._all(leaf)))

    def of_entry(self, rule: Records, entry: Entry) -> list[date]:
        """The same of what the rule asks of one entry by itself."""
        windows = self._once("windows of drugs", rule, partial(_of_drugs, rule))
        lengths, offsets = self._lengths_of_each(rule), self._offsets(rule)
        days = self._of_dates_of(entry, lengths, windows, offsets)
        return self._in_order({*self.beside_entries(rule), *days})

    def beside_entries(self, rule: Records) -> list[date]:
        """Those of these days that no entry's own dates bring about."""
        return self._once("beside", rule, lambda: self._in_order(self._beside_entries(rule)))

    def counted(self, rule: Records) -> list[Entry]:
        """The entries that the rule may count; it counts one of another drug on no day."""
        return self._once("counted", rule, lambda: [*self._counted(rule)])

    def moving(self, leaf: Rule) -> list[Rule]:
        """The parts that may cross their limit on any day, of the rule and of those it rests on."""
        return self._once("moving", leaf, lambda: [*self._moving(leaf)])

    def _moving(self, leaf: Rule) -> Iterator[Rule]:
        for part in (part for rule in self._reached(leaf) for part in self._parts(rule)):
            match part:
                case Test() if not part.is_of_entry and self._moves_daily(part.fact):
                    yield part
                case Together(lasted=Compare(in_all=True)):
                    yield part
                case Records(where=where):
                    checks = (test.check for test in where if isinstance(test, Test))
                    if any(isinstance(check, Compare) and check.in_all for check in checks):
                        yield part

    def _once(self, what: str, rule: Rule, make: Callable[[], _Made]) -> _Made:
        """What follows of a rule, made once; equal rules are one object, which is kept."""
        return once(self._known, (what, id(rule)), make, rule)

    def _in_order(self, days: Iterable[date]) -> list[date]:
        return sorted({self.first, *days})

    def _all(self, leaf: Rule) -> Iterator[date]:
        for rule in self._reached(leaf):
            yield from self._once("of rule", rule, partial(self._of_rule, rule))

    def _beside_entries(self, rule: Records) -> Iterator[date]:
        lengths, offsets = self._lengths_of_each(rule), self._offsets(rule)
        if not self._reads_facts(rule):
            yield from self._of_facts(self._visits(rule), lengths, offsets)
            return
        yield from self._of_facts(self._names(rule), lengths, offsets)
        for other in self._reached(rule):
            if other is not rule:
                yield from self._once("of rule", other, partial(self._of_rule, other))

    def _reads_facts(self, rule: Records) -> bool:
        """Does what is asked of each entry, or its dose, follow from any fact?"""
        where, fields = asks_of(rule, self.chart.pack).where, self._fields(rule)
        asked = (part for each in (*where.each, *where.doses) for part in self._parts(each))
        names = [part.fact for part in asked if isinstance(part, Test)]
        return any(name not in fields or fields[name].derive for name in names)

    def _fields(self, rule: Records) -> Mapping[str, FactEntry]:
        return self.chart.vocabulary.records[rule.name].fields

    def _reached(self, leaf: Rule) -> list[Rule]:
        return self._once("reached", leaf, lambda: self._rules_reached(leaf))

    def _rules_reached(self, leaf: Rule) -> list[Rule]:
        """The rule, and those by which the facts that it reads are derived or doubted."""
        found = {id(leaf): leaf}  # equal ones are one object
        seen: set[str] = set()
        todo = [leaf]
        while todo:
            rule = todo.pop()
            lists = {part.name for part in self._parts(rule) if isinstance(part, Records)}
            names = (self._closure(rule) | lists) - seen
            seen |= names
            for other in (other for name in names for other in self._rules_about(name)):
                if id(other) not in found:
                    found[id(other)] = other
                    todo.append(other)
        return [*found.values()]

    def _rules_about(self, name: str) -> tuple[Rule, ...]:
        """The rules by which a fact or a list is derived or doubted."""
        doubts = (item.rule for item in self.contradictions if name in item.doubts)
        return (*self.chart.pack.rules_of(name), *doubts)

    def _of_rule(self, rule: Rule) -> set[date]:
        """The first and last days of the windows and lengths of time that the rule looks at."""
        lengths, offsets = self._lengths(rule), self._offsets(rule)
        days = {*self._of_facts(self._names(rule), lengths, offsets)}
        for part in self._parts(rule):
            if isinstance(part, Records):
                windows = _of_drugs(part)
                for entry in self.counted(part):
                    days.update(self._of_dates_of(entry, lengths, windows, offsets))
        return days

    def _of_facts(
        self, names: frozenset[str], lengths: _Lengths, offsets: _Offsets
    ) -> frozenset[date]:
        """Those of the dates of facts and visits, and of birthdays."""
        return self._same(
            (names, lengths, offsets),
            lambda: self._passing(self._dates_of_facts(names), lengths, (), offsets),
        )

    def _names(self, rule: Rule) -> frozenset[str]:
        """The facts and visits that a rule looks at."""
        return self._visits(rule) | self._closure(rule)

    def _visits(self, rule: Rule) -> frozenset[str]:
        anchors = _visits_counted_from(self._parts(rule))
        return frozenset(Visit(anchor).name for anchor in anchors)

    def _of_dates_of(
        self, entry: Entry, lengths: _Lengths, windows: frozenset[Window], offsets: _Offsets
    ) -> frozenset[date]:
        """Those of the dates of an entry; `windows` are those of half-lives and intervals."""

        def found() -> frozenset[date]:
            own = {*_dates_in(entry.own)}
            days = {*self._days_of_drug(entry, windows, own), *self._interval_days(entry, own)}
            days.update(self._grown(entry, lengths))
            days.update(self._full_on_a_last_day(entry, own, lengths))
            return self._passing({*own, *_dates_in(entry.record)}, lengths, days, offsets)

        key = entry.list_name, entry.record.number, windows, lengths, offsets
        return self._same(key, found)

    def _same(self, key: object, make: Callable[[], frozenset[date]]) -> frozenset[date]:
        """Days that are the same for all rules that ask for the same."""
        if key not in self._days:
            self._days[key] = make()
        return self._days[key]

    def _passing(
        self, events: Iterable[date], lengths: _Lengths, days: Iterable[date], offsets: _Offsets
    ) -> frozenset[date]:
        """These days, and those on which an event comes to lie inside a window or leaves it.

        Each as often as a rule counts back from a visit that moves with the screening date.
        """
        found = {*days}
        first = shift(self.first, min(offsets), "days")
        for event in events:
            found |= {event, _day_after(event)}
            for count, unit in lengths:
                if (first - event).days <= count * _MOST_DAYS[unit] + _CLAMPED:
                    found.update(_days_full_and_past(event, count, unit))
        moved = (shift(day, -offset, "days") for day in found for offset in offsets)
        return frozenset(day for day in moved if self.first < day <= self.last)

    def _lengths(self, rule: Rule) -> _Lengths:
        return self._once("lengths", rule, lambda: _lengths_of_time(self._parts(rule)))

    def _lengths_of_each(self, rule: Records) -> _Lengths:
        """Those that are asked of each entry by itself."""

        def found() -> _Lengths:
            each = asks_of(rule, self.chart.pack).where.each
            return frozenset(length for part in each for length in self._lengths(part))

        return self._once("lengths of each", rule, found)

    def _offsets(self, rule: Rule) -> _Offsets:
        return self._once("offsets", rule, lambda: self._visit_offsets(rule))

    def _visit_offsets(self, rule: Rule) -> _Offsets:
        """How many days after screening each visit lies from which the rule counts back."""
        offsets = {0}
        for name in _visits_counted_from(self._parts(rule)):
            visit = self.chart.visit(name)
            if isinstance(visit, PartialDate):
                ends = [day for day in (visit.earliest, visit.latest) if day != date.max]
                offsets |= {(day - self.first).days for day in ends}
        return frozenset(offsets)

    def _dates_of_facts(self, names: Iterable[str]) -> set[date]:
        """Every date of these facts and visits, and birthdays."""
        births = {birth for name in names for birth in self._birth_dates(name)}
        events: set[date] = set()
        for name in names:
            for item in self.chart.profile.facts.get(name, ()):
                events.update(_dates_of(item))
                if name in births:
                    events.update(*map(self._birthdays, _dates_of(item)))
                if self.chart.vocabulary.facts[name].is_age and (born := self._implied(item)):
                    events.update(*map(self._birthdays, born))
        return events

    def _counted(self, rule: Records) -> Iterator[Entry]:
        fields = self._fields(rule)
        drugs = [
            part
            for part in rule.where
            if isinstance(part, Test) and part.fact in fields and fields[part.fact].kind == "drug"
        ]
        for entry in self.chart.entries(rule.name):
            if all(entry.says(test) is not Answer.NO for test in drugs):
                yield entry

    def _implied(self, item: Observation) -> list[date]:
        """When somebody of a stated age was born, at the earliest and at the latest."""
        born = self.chart.implied_birth(item)
        return [day for day in (born.earliest, born.latest) if day.year > 1] if born else []

    def _grown(self, entry: Entry, lengths: _Lengths) -> Iterator[date]:
        """The days on which a stated time that goes on reaches a length; a month has 28 or 31."""
        name = entry.list_name
        fields = self.chart.vocabulary.records[name].fields
        since = (self.chart.review(name) or self.chart.undated).latest
        for field, item in entry.own.fields.items():
            if not fields[field].grows or not isinstance(item.value, Interval):
                continue
            for end in {item.value.low, item.value.high} - {None}:
                assert end is not None
                for count, unit in lengths:
                    for days in (_LEAST_DAYS, _MOST_DAYS):
                        left = ceil(count * days[unit] - end * days[item.unit])
                        yield from (shift(since, left + n, "days") for n in (0, 1))

    def _full_on_a_last_day(
        self, entry: Entry, dates: Iterable[date], lengths: _Lengths
    ) -> Iterator[date]:
        """The days with which a course becomes long enough if its last day, not known, is that day.

        The day judged counts where a course may stop on it: in that of this entry, or of another
        that goes on with it.
        """
        if self._may_stop_on_any_day(entry.list_name):
            for event in dates:
                for count, unit in lengths:
                    yield shift(shift(event, count, unit), -1, "days")

    def _may_stop_on_any_day(self, name: str) -> bool:
        """Is the last day of some entry of the list not known?"""

        def found() -> bool:
            ends = (entry.own_course.when("ends") for entry in self.chart.entries(name))
            return any(not isinstance(day, PartialDate) or not day.is_exact for day in ends)

        return once(self._known, (f"stops of {name}", 0), found)

    def _birth_dates(self, name: str) -> Iterator[str]:
        """The birth dates that the fact is derived from, if it is an age or follows from one."""
        entry = self.chart.vocabulary.facts.get(name)
        for derivation in entry.derive if entry else ():
            if isinstance(derivation, Formula):
                takes = FACT_FORMULAS[derivation.name].takes
                yield from (
                    fact for argument, fact in derivation.inputs if takes[argument].kind == "date"
                )

    def _birthdays(self, birth: date) -> Iterator[date]:
        """The birthdays in the years that are looked at; 1 March for 29 February.

        An age in decimal years becomes a whole number on the birthday or on the day after it.
        """
        for year in range(self.first.year, self.last.year + 1):
            try:
                yield birth.replace(year=year)
            except ValueError:
                yield date(year, 3, 1)

    def _closure(self, rule: Rule) -> set[str]:
        """The facts a rule reads, and those they may be derived from."""
        return self._once("closure", rule, lambda: self._found_closure(rule))

    def _found_closure(self, rule: Rule) -> set[str]:
        names: list[str] = []
        for part in self._parts(rule):
            if isinstance(part, Test) and not part.is_of_entry:
                names.append(part.fact)
            if isinstance(part, Records):
                names += self.chart.vocabulary.records[part.name].facts_read
        return {name for one in names for name in self._followed(one)}

    def _parts(self, rule: Rule) -> tuple[Rule, ...]:
        return self._once("parts", rule, lambda: tuple(walk(rule)))

    def _followed(self, name: str) -> set[str]:
        """A fact, and those that it may be derived from; of what nothing is known, no day comes."""
        if name not in self._derived_from:
            self._derived_from[name] = self.chart.pack.closure([name]) & self._matter
        return self._derived_from[name]

    @cached_property
    def _matter(self) -> frozenset[str]:
        """What the profile says something of, or what a contradiction may put in doubt."""
        return self.chart.heard.union(*(item.doubts for item in self.contradictions))

    def _moves_daily(self, fact: str) -> bool:
        """Does the fact follow from a birth date by decimal years, which move every day?"""
        facts, stated = self.chart.vocabulary.facts, self.chart.profile.facts
        return any(
            isinstance(derivation, Formula)
            and FACT_FORMULAS[derivation.name].moves_daily
            and any(birth in stated for birth in self._birth_dates(name))
            for name in self._followed(fact)
            if name in facts
            for derivation in facts[name].derive
        )

    def _interval_days(self, entry: Entry, dates: Iterable[date]) -> Iterator[date]:
        """The days on which the next dose of a drug that is given at intervals is overdue."""
        if (joins := entry.joins) is not None:
            for event in dates:
                for length in (joins.usual, joins.longest):
                    yield from (shift(event, length + n, "days") for n in (0, 1))

    def _days_of_drug(
        self, entry: Entry, windows: Iterable[Window], dates: Iterable[date]
    ) -> Iterator[date]:
        """The days on which half-lives or intervals since the last dose have passed."""
        for window in windows:
            known = entry.half_life() if window.unit == "half-lives" else entry.longest_interval()
            if isinstance(known, Gap):
                continue
            ends = {known.low, known.high} if isinstance(known, Interval) else {known}
            for length in (ceil(window.count * end) for end in ends if end is not None):
                yield from (shift(day, length + 1, "days") for day in dates)


def leaves_of(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The parts of rules whose answers decide theirs: what stands in groups, and is none."""
    for rule in rules:
        if isinstance(rule, Group):
            yield from leaves_of(rule.rules)
        else:
            yield rule


def _lengths_of_time(parts: Iterable[Rule]) -> _Lengths:
    """Every window and length of time in these parts of a rule."""
    lengths = set()
    for part in parts:
        if isinstance(part, Together) and part.lasted is not None:
            lengths.add((int(part.lasted.limit), part.lasted.unit))
        if not isinstance(part, Test):
            continue
        if part.window and part.window.unit in TIMES:
            lengths.add((part.window.count, part.window.unit))
        check = part.check
        if isinstance(check, Compare) and check.unit in TIMES and check.limit.denominator == 1:
            lengths.add((int(check.limit), check.unit))
    return frozenset(lengths)


def _of_drugs(rule: Records) -> frozenset[Window]:
    """The windows of half-lives and of intervals in which it asks for a dose."""
    windows = (test.window for test in rule.tests)
    return frozenset(window for window in windows if window and window.is_of_drug)


def _visits_counted_from(parts: Iterable[Rule]) -> set[str]:
    """The visits that these parts of a rule count back from."""
    return {part.window.anchor for part in parts if isinstance(part, Test) and part.window}


def _dates_of(item: Observation) -> Iterator[date]:
    steps = item.value if isinstance(item.value, tuple) else ()
    for day in (item.value, item.date, *(step.since for step in steps)):
        if isinstance(day, PartialDate):
            yield from (day.earliest, day.latest)


def _dates_in(record: Record) -> Iterator[date]:
    return (day for item in record.fields.values() for day in _dates_of(item))


def _day_after(day: date) -> date:
    return shift(day, 1, "days")


def _days_full_and_past(event: date, count: int, unit: str) -> Iterator[date]:
    """The days on which an event comes to lie `count` units back, and just leaves that window.

    6 months from 28 February are full on 28 August, and over on 29 August. Counted back from 29, 30
    and 31 August, 6 months end on 28 February too; so 1 September is the third such day.
    """
    full = shift(event, count, unit)
    yield from (full, _day_after(full))
    inside = full
    while inside != date.max and shift(_day_after(inside), -count, unit) <= event:
        inside = _day_after(inside)  # a month's end is clamped
    yield _day_after(inside)
