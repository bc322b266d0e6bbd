"""When: the days on which an answer changes with nothing new happening, found exactly.

Every rule is constant between the days on which a window, a birthday or a length of treatment
passes. Those days follow from the rule, from the rules by which what it reads is derived or put in
doubt, and from the dates in the profile; each criterion is judged on them alone, and the verdict of
every stretch between follows. Study visits planned for the screening date or later move with it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, shift
from cartscreen.derive import Gap
from cartscreen.derive.formulas import FACT_FORMULAS
from cartscreen.evaluate.chart import Chart, Entry, last_day_alive
from cartscreen.evaluate.evaluator import chart_on, evaluate
from cartscreen.evaluate.screening import Judged, Screening, assemble, judge
from cartscreen.observation import Observation
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import Visit
from cartscreen.rule.tree import TIMES, Compare, Records, Rule, Test, walk
from cartscreen.vocabulary import Formula

HORIZON_DAYS = 731
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A stretch of screening dates, both included, on which every criterion answers the same."""

    first: date
    last: date
    screening: Screening


class Calendar:
    """One profile on many dates; charts are made once for each date."""

    def __init__(self, chart: Chart, days: int = HORIZON_DAYS) -> None:
        self.chart = chart
        self.first = chart.on
        last = shift(chart.on, days - 1, "days")
        born = chart.profile.birth
        self.last = min(last, last_day_alive(born)) if born else last
        self._charts = {chart.on: chart}

    def on(self, day: date) -> Chart:
        """The chart on a day."""
        if day not in self._charts:
            self._charts[day] = chart_on(self.chart.profile, self.chart.pack, day)
        return self._charts[day]

    def periods(self, trial: Trial, *, preferred: bool = False) -> list[Period]:
        """The stretches from the first to the last day, in order, without a gap."""
        steps = {
            criterion.id: self._steps(criterion, trial, preferred)
            for criterion in trial.criteria
            if criterion.gate is None
        }
        days = {day for found in steps.values() for day, _ in found}
        for criterion in trial.criteria:
            if criterion.gate is not None and criterion.applies is not None:
                days.update(self._turns([criterion.applies]))
        found: list[Period] = []
        for day in sorted({self.first, *days}):
            judged = {name: _at(day, stairs) for name, stairs in steps.items()}
            screening = assemble(trial, judged, self.on(day))
            if found and _alike(found[-1].screening, screening):
                continue
            if found:
                found[-1] = Period(found[-1].first, day - ONE_DAY, found[-1].screening)
            found.append(Period(day, self.last, screening))
        return found

    def _steps(
        self, criterion: Criterion, trial: Trial, preferred: bool
    ) -> list[tuple[date, Judged]]:
        """(day, finding) for the first day and for each on which the answer changes."""
        rules = [reading.rule for reading in criterion.readings]
        rules += trial.applies(criterion)
        found: list[tuple[date, Judged]] = []
        for day in self._turns(rules):
            judged = judge(criterion, trial, self.on(day), preferred=preferred)
            if not found or not _same(found[-1][1], judged):
                found.append((day, judged))
        return found

    def _turns(self, rules: Iterable[Rule]) -> list[date]:
        """The first day, and those after it on which the answer of a rule may change."""
        reached = self._reached(rules)
        passing = {day for rule in reached for day in self._passing(rule)}
        days = {self.first, *(day for day in passing if self.first < day <= self.last)}
        return sorted(days.union(self._crossings(reached, sorted(days))))

    def _reached(self, rules: Iterable[Rule]) -> list[Rule]:
        """The rules, and those by which what they read is derived or put in doubt."""
        found = list(rules)
        for rule in found:  # grows
            for name in self._closure(rule):
                more = list(self.chart.pack.rules_of(name))
                more += [c.rule for c in self.chart.pack.contradictions if name in c.doubts]
                found += [other for other in more if other not in found]
        return found

    def _passing(self, rule: Rule) -> set[date]:
        """The days on which something passes that the rule looks at."""
        lengths, offsets = self._lengths(rule), self._offsets(rule)
        days = set(self._half_lives(rule))
        for event in self._events(rule):
            days |= {event, _after(event)}
            for count, unit in lengths:
                days |= set(_full(event, count, unit))
        return {shift(day, -offset, "days") for day in days for offset in offsets}

    def _lengths(self, rule: Rule) -> set[tuple[int, str]]:
        """Every window and length of time in the rule."""
        lengths = set()
        for part in walk(rule):
            if not isinstance(part, Test):
                continue
            if part.window and part.window.unit in TIMES:
                lengths.add((part.window.count, part.window.unit))
            check = part.check
            if isinstance(check, Compare) and check.unit in TIMES and check.limit.denominator == 1:
                lengths.add((int(check.limit), check.unit))
        return lengths

    def _offsets(self, rule: Rule) -> set[int]:
        """How many days after screening the visits lie that the rule counts back from."""
        offsets = {0}
        for name in _anchors(rule):
            visit = self.chart.visit(name)
            if isinstance(visit, PartialDate) and visit.latest != date.max:
                offsets |= {(day - self.first).days for day in (visit.earliest, visit.latest)}
        return offsets

    def _events(self, rule: Rule) -> set[date]:
        """Every date in the profile that the rule may look at, and birthdays."""
        names = self._closure(rule)
        births = {birth for name in names for birth in self._births(name)}
        events: set[date] = set()
        for name in {*names, *(Visit(anchor).name for anchor in _anchors(rule))}:
            for item in self.chart.profile.facts.get(name, ()):
                events.update(_dates_of(item))
                if name in births:
                    events.update(*map(self._birthdays, _dates_of(item)))
        lists = [part.name for part in walk(rule) if isinstance(part, Records)]
        for name in lists:
            for record in self.chart.profile.records.get(name, ()):
                for item in record.fields.values():
                    events.update(_dates_of(item))
        return events

    def _births(self, name: str) -> Iterator[str]:
        """The birth dates that the fact is derived from, if it is an age or follows from one."""
        entry = self.chart.vocabulary.facts.get(name)
        for derivation in entry.derive if entry else ():
            if isinstance(derivation, Formula):
                takes = FACT_FORMULAS[derivation.name].takes
                yield from (
                    fact for argument, fact in derivation.inputs if takes[argument].kind == "date"
                )

    def _birthdays(self, birth: date) -> Iterator[date]:
        """The age in decimal years is a whole number on the birthday or on the day after it."""
        for year in range(self.first.year, self.last.year + 1):
            try:
                yield birth.replace(year=year)
            except ValueError:
                yield date(year, 3, 1)

    def _closure(self, rule: Rule) -> set[str]:
        """The facts a rule reads, and those they may be derived from."""
        names = [part.fact for part in walk(rule) if isinstance(part, Test) and "." in part.fact]
        for part in walk(rule):
            if isinstance(part, Records):
                names += self.chart.vocabulary.records[part.name].facts_read
        return self.chart.pack.closure(names)

    def _crossings(self, rules: Iterable[Rule], days: list[date]) -> Iterator[date]:
        """The days between on which an estimate that moves with every day of age passes a limit.

        Between two of `days` it only rises, or only falls.
        """
        tests = [part for rule in rules for part in walk(rule) if isinstance(part, Test)]
        daily = [test for test in tests if "." in test.fact and self._moves_daily(test.fact)]
        for start, end in pairwise([*days, _after(self.last)]) if daily else ():
            for test in daily:

                def said(day: date, test: Test = test) -> Answer:
                    return evaluate(test, self.on(day)).answer

                yield from _changes(start, end - ONE_DAY, said)

    def _moves_daily(self, fact: str) -> bool:
        """Does the fact follow from a birth date by decimal years, which move every day?"""
        facts, stated = self.chart.vocabulary.facts, self.chart.profile.facts
        return any(
            isinstance(derivation, Formula)
            and FACT_FORMULAS[derivation.name].moves_daily
            and any(birth in stated for birth in self._births(name))
            for name in self.chart.pack.closure([fact])
            if name in facts
            for derivation in facts[name].derive
        )

    def _half_lives(self, rule: Rule) -> Iterator[date]:
        """The days on which half-lives since the last dose have passed."""
        for part in walk(rule):
            if not isinstance(part, Records):
                continue
            tests = [inner for inner in walk(part) if isinstance(inner, Test)]
            windows = {t.window for t in tests if t.window and t.window.unit == "half-lives"}
            for record in self.chart.profile.records.get(part.name, ()) if windows else ():
                half_life = Entry(record, part.name, self.chart).half_life()
                if isinstance(half_life, Gap):
                    continue
                for window in windows:
                    for item in record.fields.values():
                        for event in _dates_of(item):
                            length = ceil(window.count * half_life)
                            yield shift(event, length + 1, "days")


def _anchors(rule: Rule) -> set[str]:
    """The visits that the rule counts back from."""
    tests = [part for part in walk(rule) if isinstance(part, Test)]
    return {test.window.anchor for test in tests if test.window}


def _dates_of(item: Observation) -> Iterator[date]:
    for day in (item.value, item.date):
        if isinstance(day, PartialDate):
            yield from (day.earliest, day.latest)


def _after(day: date) -> date:
    return shift(day, 1, "days")


def _full(event: date, count: int, unit: str) -> Iterator[date]:
    """The days on which `count` units since the event are full, and are past."""
    full = shift(event, count, unit)
    yield from (full, _after(full))
    inside = full
    while inside != date.max and shift(_after(inside), -count, unit) <= event:
        inside = _after(inside)  # a month's end is clamped
    yield _after(inside)


def _same(one: Judged, other: Judged) -> bool:
    return (one.finding.answer, one.applicable) == (other.finding.answer, other.applicable)


def _alike(one: Screening, other: Screening) -> bool:
    return all(
        (a.status, a.applicable) == (b.status, b.applicable)
        for a, b in zip(one.criteria, other.criteria, strict=True)
    )


def _at(day: date, stairs: list[tuple[date, Judged]]) -> Judged:
    return [judged for first, judged in stairs if first <= day][-1]


def _changes(first: date, last: date, said: Callable[[date], Answer]) -> Iterator[date]:
    """The days on which an answer changes that never comes back to what it was."""
    while (now := said(first)) is not said(last):
        low, high = first, last
        while high - low > ONE_DAY:
            middle = low + (high - low) / 2
            low, high = (middle, high) if said(middle) is now else (low, middle)
        yield high
        first = high
