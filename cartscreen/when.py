"""When: the days on which an answer changes with nothing new happening, found exactly.

Every rule is constant between the days on which a window, a birthday or a length of treatment
passes. Those days follow from the rule and from the dates in the profile; each criterion is judged
on them alone, and the verdict of every stretch between follows. Study visits planned for the
screening date or later move with it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cartscreen.dates import PartialDate, Window, shift
from cartscreen.derive import Gap
from cartscreen.profile import Observation
from cartscreen.rule import TIMES, Compare, Records, Rule, Test, walk
from cartscreen.screen import Chart, Entry, Judged, Screening, assemble, judge
from cartscreen.trial import Criterion, Trial
from cartscreen.vocabulary import Formula, reads

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
        self.last = chart.on + timedelta(days=days - 1)
        self._charts = {chart.on: chart}

    def on(self, day: date) -> Chart:
        """The chart on a day."""
        if day not in self._charts:
            self._charts[day] = Chart(self.chart.profile, self.chart.pack, day)
        return self._charts[day]

    def periods(self, trial: Trial, *, preferred: bool = False) -> list[Period]:
        """The stretches from the first to the last day, in order, without a gap."""
        steps = {
            criterion.id: self._steps(criterion, trial, preferred)
            for criterion in trial.criteria
            if criterion.gate is None
        }
        days = {self.first, *(day for found in steps.values() for day, _ in found)}
        for criterion in trial.criteria:
            if criterion.gate is not None and criterion.applies is not None:
                days |= self._turns([criterion.applies])
        found: list[Period] = []
        for day in sorted(days):
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
        rules += [criterion.applies] if criterion.applies is not None else []

        def judged(day: date) -> Judged:
            return judge(criterion, trial, self.on(day), preferred=preferred)

        days = sorted({self.first, *self._turns(rules)})
        found: list[tuple[date, Judged]] = []
        for day, end in zip(
            days, [*(later - ONE_DAY for later in days[1:]), self.last], strict=True
        ):
            now = judged(day)
            if not found or not _same(found[-1][1], now):
                found.append((day, now))
            if any(self._reads_decimal_age(rule) for rule in rules):
                found += _bisected(day, end, now, judged)
        return found

    def _turns(self, rules: Iterable[Rule]) -> set[date]:
        """The days after the first on which the answer of a rule may change."""
        days: set[date] = set()
        for rule in rules:
            lengths, offsets = self._lengths(rule), self._offsets(rule)
            for event in self._events(rule):
                turns = {event, event + ONE_DAY}
                for count, unit in lengths:
                    turns |= set(_passing(event, count, unit))
                days |= {turn - offset for turn in turns for offset in offsets}
            days |= set(self._half_lives(rule, offsets))
        return {day for day in days if self.first < day <= self.last}

    def _lengths(self, rule: Rule) -> set[tuple[int, str]]:
        """Every window and length of time in the rule."""
        lengths = set()
        for part in walk(rule):
            if isinstance(part, Test) and part.window and part.window.unit in TIMES:
                lengths.add((part.window.count, part.window.unit))
            if isinstance(part, Test) and isinstance(part.check, Compare):
                if part.check.unit in TIMES and part.check.limit.denominator == 1:
                    lengths.add((int(part.check.limit), part.check.unit))
        return lengths

    def _offsets(self, rule: Rule) -> set[timedelta]:
        """How many days after screening the visits lie that the rule counts back from."""
        offsets = {timedelta(0)}
        for part in walk(rule):
            if isinstance(part, Test) and part.window:
                visit = self.chart.visit(part.window.anchor)
                if isinstance(visit, PartialDate) and visit.latest != date.max:
                    offsets |= {visit.earliest - self.first, visit.latest - self.first}
        return offsets

    def _events(self, rule: Rule) -> set[date]:
        """Every date in the profile that the rule may look at, and birthdays."""
        events: set[date] = set()
        for name in self._closure(rule):
            for item in self.chart.profile.facts.get(name, ()):
                events |= set(_dates_of(item))
            if name == "person.birth_date":
                events |= {
                    birthday for event in tuple(events) for birthday in self._birthdays(event)
                }
        lists = [part.name for part in walk(rule) if isinstance(part, Records)]
        for name in lists:
            for record in self.chart.profile.records.get(name, ()):
                for item in record.fields.values():
                    events |= set(_dates_of(item))
        return events

    def _birthdays(self, birth: date) -> Iterator[date]:
        for year in range(self.first.year, self.last.year + 1):
            try:
                yield birth.replace(year=year)
            except ValueError:
                yield date(year, 3, 1)

    def _closure(self, rule: Rule) -> set[str]:
        """The facts a rule reads, and those they may be derived from."""
        names = [part.fact for part in walk(rule) if isinstance(part, Test) and "." in part.fact]
        if any(isinstance(part, Records) for part in walk(rule)):
            names.append("person.weight")  # for a dose per kg
        return closure(names, self.chart)

    def _reads_decimal_age(self, rule: Rule) -> bool:
        """Does the rule read an estimate that moves with every day of age?"""
        return any(
            isinstance(derivation, Formula) and derivation.name == "ckid_u25"
            for name in self._closure(rule)
            for derivation in self.chart.vocabulary.facts[name].derive
        )

    def _half_lives(self, rule: Rule, offsets: set[timedelta]) -> Iterator[date]:
        for part in walk(rule):
            if not isinstance(part, Test) or not part.window or part.window.unit != "half-lives":
                continue
            for record in self.chart.profile.records.get("treatment", ()):
                half_life = Entry(record, "treatment", self.chart).half_life()
                for item in (record.fields.get("last_dose"), record.fields.get("stop")):
                    if isinstance(half_life, Gap) or item is None:
                        continue
                    for event in _dates_of(item):
                        window = Window(part.window.count, "half-lives")
                        length = event - window.first_day(event, half_life)
                        yield from (event + length + ONE_DAY - offset for offset in offsets)


def closure(names: Iterable[str], chart: Chart) -> set[str]:
    """These facts, and all those that they may be derived from."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        entry = chart.vocabulary.facts.get(name)
        for derivation in entry.derive if entry else ():
            todo += reads(derivation)
        for rule in chart.pack.derived_rules.get(name, ()):
            todo += [part.fact for part in walk(rule) if isinstance(part, Test)]
    return found


def _dates_of(item: Observation) -> Iterator[date]:
    for day in (item.value, item.date):
        if isinstance(day, PartialDate):
            yield from (day.earliest, day.latest)


def _passing(event: date, count: int, unit: str) -> Iterator[date]:
    """The days on which `count` units since the event are full, and are past."""
    full = shift(event, count, unit)
    yield from (full, full + ONE_DAY)
    inside = full
    while shift(inside + ONE_DAY, -count, unit) <= event:  # a month's end is clamped
        inside += ONE_DAY
    yield inside + ONE_DAY


def _same(one: Judged, other: Judged) -> bool:
    return (one.finding.answer, one.applicable) == (other.finding.answer, other.applicable)


def _alike(one: Screening, other: Screening) -> bool:
    return all(
        (a.status, a.applicable) == (b.status, b.applicable)
        for a, b in zip(one.criteria, other.criteria, strict=True)
    )


def _at(day: date, stairs: list[tuple[date, Judged]]) -> Judged:
    return [judged for first, judged in stairs if first <= day][-1]


def _bisected(
    first: date, last: date, now: Judged, judged: Callable[[date], Judged]
) -> list[tuple[date, Judged]]:
    """The one change between two days of a formula that only rises or only falls, if there is one."""
    then = judged(last)
    if _same(now, then):
        return []
    low, high = first, last
    while high - low > ONE_DAY:
        middle = low + (high - low) / 2
        low, high = (middle, high) if _same(judged(middle), now) else (low, middle)
    return [(high, judged(high))]
