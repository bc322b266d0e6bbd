"""The screening dates on which an answer changes with nothing new happening, found exactly.

The answer of a rule can change only on a day on which a date enters or leaves a window, on a
birthday, or when a time has become long enough. These days follow from the dates in the profile,
from the rule, and from the rules by which the facts it reads are derived or doubted. Each criterion
is judged on these days alone; between two of them its answer stays. Study visits planned for the
screening date or later move with it.
What speaks on the first day, a result or the review of a list, is thought to be repeated with the
same result before it is too old.
"""

from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from math import ceil
from typing import Any, TypeVar

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, shift
from cartscreen.derive import Gap
from cartscreen.derive.formulas import FACT_FORMULAS
from cartscreen.evaluate.chart import Chart, Entry, last_day_alive
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.screening import Judged, Screening, assemble, is_silent, judge
from cartscreen.frozen import frozen
from cartscreen.observation import Observation
from cartscreen.pack.model import Contradiction
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import Visit
from cartscreen.rule.tree import TIMES, Compare, Group, Records, Rule, Test, Together, walk
from cartscreen.units import Interval
from cartscreen.vocabulary import Formula

HORIZON_DAYS = 731
ONE_DAY = timedelta(days=1)
_Made = TypeVar("_Made")
_IN_DAYS = [{"days": 1, "weeks": 7, "months": month, "years": 12 * month} for month in (28, 31)]


@frozen
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
        self._unopposed = {} if chart.contradictions else {chart.on: chart}
        self._known: dict[tuple[str, int], tuple[Rule, Any]] = {}

    def on(self, day: date) -> Chart:
        """The chart on a day."""
        if day not in self._charts:
            held = tuple(c for c in self.chart.pack.contradictions if self._holds(c, day))
            self._charts[day] = self._with(held, day) if held else self._unopposed_on(day)
        return self._charts[day]

    def _unopposed_on(self, day: date) -> Chart:
        """The chart on a day, of which no contradiction has been asked."""
        if day not in self._unopposed:
            self._unopposed[day] = self._with((), day)
        return self._unopposed[day]

    def _with(self, held: tuple[Contradiction, ...], day: date) -> Chart:
        chart = self.chart
        return Chart(chart.profile, chart.pack, day, evaluate, held, self.first, chart)

    def _holds(self, item: Contradiction, day: date) -> bool:
        """Does a contradiction hold on a day? Asked on the days that may change its answer."""
        if self.chart.silent_on(item.rule.names):
            day = self.first
        elif days := self._once("asked", item.rule, lambda: self._passing_any(item.rule)):
            day = days[bisect_right(days, day) - 1]
        return evaluate(item.rule, self._unopposed_on(day)).answer is Answer.YES

    def _passing_any(self, rule: Rule) -> list[date]:
        """The days on which the answer of a rule may change; none where it may on every day."""
        leaves = [*_leaves([rule])]
        if any(self._moves(part) for leaf in leaves for part in self._parts_reached(leaf)):
            return []
        return sorted({day for leaf in leaves for day in self._passing(leaf)})

    def _once(self, what: str, rule: Rule, make: Callable[[], _Made]) -> _Made:
        """What follows of a rule, made once; equal rules are one object, which is kept."""
        key = what, id(rule)
        if key not in self._known:
            self._known[key] = rule, make()
        return self._known[key][1]  # type: ignore[no-any-return]

    def periods(
        self, trial: Trial, *, preferred: bool = False, only: Container[str] | None = None
    ) -> list[Period]:
        """The periods from the first to the last day, in order, without a gap.

        only: ids of criteria; those that are no headings and not among them stay as they are on the
        first day, which saves their time
        """
        steps = {
            criterion.id: self._findings_by_day(criterion, trial, preferred)
            if only is None or criterion.id in only
            else [(self.first, judge(criterion, trial, self.chart, preferred=preferred))]
            for criterion in trial.criteria
            if criterion.gate is None
        }
        days = {day for found in steps.values() for day, _ in found}
        for criterion in trial.criteria:
            if criterion.gate is not None and criterion.applies is not None:
                days.update(self.days_of_change([criterion.applies]))
        found: list[Period] = []
        for day in sorted({self.first, *days}):
            judged = {name: _judged_on(day, by_day) for name, by_day in steps.items()}
            screening = assemble(trial, judged, self.on(day))
            if found and _same_statuses(found[-1].screening, screening):
                continue
            if found:
                found[-1] = Period(found[-1].first, day - ONE_DAY, found[-1].screening)
            found.append(Period(day, self.last, screening))
        return found

    def _findings_by_day(
        self, criterion: Criterion, trial: Trial, preferred: bool
    ) -> list[tuple[date, Judged]]:
        """(day, finding) for the first day and for each on which the answer changes."""
        if is_silent(criterion, trial, self.chart):
            return [(self.first, judge(criterion, trial, self.chart, preferred=preferred))]
        rules = [reading.rule for reading in criterion.readings]
        rules += trial.applies(criterion)
        found: list[tuple[date, Judged]] = []
        for day in self.days_of_change(rules):
            for leaf in _leaves(rules):
                self._carry(leaf, day)
            judged = judge(criterion, trial, self.on(day), preferred=preferred)
            if not found or not _same_answer(found[-1][1], judged):
                found.append((day, judged))
        return found

    def _carry(self, leaf: Rule, day: date) -> None:
        """Let a day find of a leaf what the last day found on which its answer may have changed."""
        days = self._days_of(leaf)
        since = days[bisect_right(days, day) - 1]
        if since < day and leaf.question is None:  # else it depends on whom it is asked for
            self.on(day).kept[id(leaf)] = leaf, evaluate(leaf, self.on(since))

    def days_of_change(self, rules: Iterable[Rule]) -> list[date]:
        """The first day, and those after it on which the answer of a rule may change."""
        days = (day for leaf in _leaves(rules) for day in self._days_of(leaf))
        return sorted({self.first, *days})

    def _days_of(self, leaf: Rule) -> list[date]:
        """The same of one rule that is no group."""
        return self._once("days", leaf, lambda: self._found_days(leaf))

    def _found_days(self, leaf: Rule) -> list[date]:
        days = self._passing(leaf)
        return sorted({*days, *self._days_a_limit_is_crossed(self._parts_reached(leaf), days)})

    def _passing(self, leaf: Rule) -> list[date]:
        """The first day, and those after it on which a date passes that the rule may look at."""
        reached = self._once("reached", leaf, lambda: self._rules_reached(leaf))
        days = {
            day
            for rule in reached
            for day in self._once("boundary", rule, partial(self._boundary_days, rule))
        }
        return sorted({self.first, *(day for day in days if self.first < day <= self.last)})

    def _parts_reached(self, leaf: Rule) -> Iterator[Rule]:
        reached = self._once("reached", leaf, lambda: self._rules_reached(leaf))
        return (part for rule in reached for part in walk(rule))

    def _rules_reached(self, leaf: Rule) -> list[Rule]:
        """The rule, and those by which the facts that it reads are derived or doubted."""
        found = [leaf]
        known = {id(leaf)}  # equal ones are one object
        for rule in found:  # the list grows while it is read
            lists = (part.name for part in walk(rule) if isinstance(part, Records))
            for name in {*self._closure(rule), *lists}:
                more = list(self.chart.pack.rules_of(name))
                more += [c.rule for c in self.chart.pack.contradictions if name in c.doubts]
                for other in more:
                    if id(other) not in known:
                        known.add(id(other))
                        found.append(other)
        return found

    def _boundary_days(self, rule: Rule) -> set[date]:
        """The first and last days of the windows and lengths of time that the rule looks at."""
        lengths, offsets = self._lengths_of_time(rule), self._visit_offsets(rule)
        days = {*self._half_life_days(rule), *self._interval_days(rule)}
        for event in self._dates_read(rule):
            days |= {event, _day_after(event)}
            for count, unit in lengths:
                days |= set(_days_full_and_past(event, count, unit))
        days.update(self._grown(rule, lengths))
        return {shift(day, -offset, "days") for day in days for offset in offsets}

    def _lengths_of_time(self, rule: Rule) -> set[tuple[int, str]]:
        """Every window and length of time in the rule."""
        lengths = set()
        for part in walk(rule):
            if isinstance(part, Together) and part.lasted is not None:
                lengths.add((int(part.lasted.limit), part.lasted.unit))
            if not isinstance(part, Test):
                continue
            if part.window and part.window.unit in TIMES:
                lengths.add((part.window.count, part.window.unit))
            check = part.check
            if isinstance(check, Compare) and check.unit in TIMES and check.limit.denominator == 1:
                lengths.add((int(check.limit), check.unit))
        return lengths

    def _visit_offsets(self, rule: Rule) -> set[int]:
        """How many days after screening each visit lies from which the rule counts back."""
        offsets = {0}
        for name in _visits_counted_from(rule):
            visit = self.chart.visit(name)
            if isinstance(visit, PartialDate):
                ends = [day for day in (visit.earliest, visit.latest) if day != date.max]
                offsets |= {(day - self.first).days for day in ends}
        return offsets

    def _dates_read(self, rule: Rule) -> set[date]:
        """Every date in the profile that the rule may look at, and birthdays."""
        names = self._closure(rule)
        births = {birth for name in names for birth in self._birth_dates(name)}
        events: set[date] = set()
        for name in {*names, *(Visit(anchor).name for anchor in _visits_counted_from(rule))}:
            for item in self.chart.profile.facts.get(name, ()):
                events.update(_dates_of(item))
                if name in births:
                    events.update(*map(self._birthdays, _dates_of(item)))
                if self.chart.vocabulary.facts[name].is_age and (born := self._implied(item)):
                    events.update(*map(self._birthdays, born))
        for part in walk(rule):
            for entry in self._counted(part) if isinstance(part, Records) else ():
                for item in (*entry.own.fields.values(), *entry.record.fields.values()):
                    events.update(_dates_of(item))
        return events

    def _counted(self, rule: Records) -> Iterator[Entry]:
        """The entries that the rule may count; it counts one of another drug on no day."""
        fields = self.chart.vocabulary.records[rule.name].fields
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

    def _grown(self, rule: Rule, lengths: set[tuple[int, str]]) -> Iterator[date]:
        """The days on which a stated time that goes on reaches a length; a month has 28 or 31."""
        for name in {part.name for part in walk(rule) if isinstance(part, Records)}:
            fields = self.chart.vocabulary.records[name].fields
            since = (self.chart.review(name) or self.chart.undated).latest
            for record in self.chart.profile.records.get(name, ()):
                for field, item in record.fields.items():
                    if not fields[field].grows or not isinstance(item.value, Interval):
                        continue
                    for end in {item.value.low, item.value.high} - {None}:
                        assert end is not None
                        for count, unit in lengths:
                            for days in _IN_DAYS:
                                left = ceil(count * days[unit] - end * days[item.unit])
                                yield from (shift(since, left + n, "days") for n in (0, 1))

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
        """The birthdays in the years that the calendar looks at; 1 March for 29 February.

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
        names = [part.fact for part in walk(rule) if isinstance(part, Test) and "." in part.fact]
        for part in walk(rule):
            if isinstance(part, Records):
                names += self.chart.vocabulary.records[part.name].facts_read
        return self.chart.pack.closure(names)

    def _days_a_limit_is_crossed(self, parts: Iterable[Rule], days: list[date]) -> Iterator[date]:
        """The days on which something that moves with every day crosses a limit.

        An estimate moves with age, the pieces of a course that goes on with its last one. Between
        two of `days` each only rises, or only falls.
        """
        daily = [part for part in parts if self._moves(part)]
        for start, end in pairwise([*days, _day_after(self.last)]) if daily else ():
            for part in daily:

                def said(day: date, part: Rule = part) -> Answer:
                    return evaluate(part, self.on(day)).answer

                yield from _days_the_answer_changes(start, end - ONE_DAY, said)

    def _moves(self, rule: Rule) -> bool:
        match rule:
            case Test(fact=fact):
                return "." in fact and self._moves_daily(fact)
            case Together(lasted=lasted):
                return lasted is not None and lasted.in_all
            case Records(where=where):
                checks = (part.check for part in where if isinstance(part, Test))
                return any(isinstance(check, Compare) and check.in_all for check in checks)
        return False

    def _moves_daily(self, fact: str) -> bool:
        """Does the fact follow from a birth date by decimal years, which move every day?"""
        facts, stated = self.chart.vocabulary.facts, self.chart.profile.facts
        return any(
            isinstance(derivation, Formula)
            and FACT_FORMULAS[derivation.name].moves_daily
            and any(birth in stated for birth in self._birth_dates(name))
            for name in self.chart.pack.closure([fact])
            if name in facts
            for derivation in facts[name].derive
        )

    def _interval_days(self, rule: Rule) -> Iterator[date]:
        """The days on which the next dose of a drug that is given at intervals is overdue."""
        for part in walk(rule):
            for entry in self._counted(part) if isinstance(part, Records) else ():
                if (joins := entry.joins) is not None:
                    for event in {day for f in entry.own.fields.values() for day in _dates_of(f)}:
                        for length in (joins.usual, joins.longest):
                            yield from (shift(event, length + n, "days") for n in (0, 1))

    def _half_life_days(self, rule: Rule) -> Iterator[date]:
        """The days on which half-lives since the last dose have passed."""
        for part in walk(rule):
            if not isinstance(part, Records):
                continue
            tests = [inner for inner in walk(part) if isinstance(inner, Test)]
            windows = {t.window for t in tests if t.window and t.window.unit == "half-lives"}
            for entry in self._counted(part) if windows else ():
                half_life = entry.half_life()
                if isinstance(half_life, Gap):
                    continue
                ends = {end for end in (half_life.low, half_life.high) if end is not None}
                days = {day for item in entry.own.fields.values() for day in _dates_of(item)}
                for window in windows:
                    for length in (ceil(window.count * end) for end in ends):
                        yield from (shift(day, length + 1, "days") for day in days)


def _leaves(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The parts of rules whose answers decide theirs: what stands in groups, and is none."""
    for rule in rules:
        if isinstance(rule, Group):
            yield from _leaves(rule.rules)
        else:
            yield rule


def _visits_counted_from(rule: Rule) -> set[str]:
    """The visits that the rule counts back from."""
    tests = [part for part in walk(rule) if isinstance(part, Test)]
    return {test.window.anchor for test in tests if test.window}


def _dates_of(item: Observation) -> Iterator[date]:
    for day in (item.value, item.date):
        if isinstance(day, PartialDate):
            yield from (day.earliest, day.latest)


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


def _same_answer(one: Judged, other: Judged) -> bool:
    return (one.finding.answer, one.applicable) == (other.finding.answer, other.applicable)


def _same_statuses(one: Screening, other: Screening) -> bool:
    return all(
        (a.status, a.applicable) == (b.status, b.applicable)
        for a, b in zip(one.criteria, other.criteria, strict=True)
    )


def _judged_on(day: date, by_day: list[tuple[date, Judged]]) -> Judged:
    return [judged for first, judged in by_day if first <= day][-1]


def _days_the_answer_changes(
    first: date, last: date, said: Callable[[date], Answer]
) -> Iterator[date]:
    """The days on which an answer changes, for one that never returns to what it was."""
    while (now := said(first)) is not said(last):
        low, high = first, last
        while high - low > ONE_DAY:
            middle = low + (high - low) / 2
            low, high = (middle, high) if said(middle) is now else (low, middle)
        yield high
        first = high
