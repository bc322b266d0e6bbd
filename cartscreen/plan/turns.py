"""What a rule answers from which day on, with nothing new happening: answers without reasons.

Rules are compiled (`evaluate/compiled.py`) and asked of the charts of the days on which their
answer may change. Most answers never change; so that few days are asked, a group is followed no
longer than until it is decided, and a rule about lists as `_OfList` says.
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.evaluate.chart import Chart, Entry
from cartscreen.evaluate.compiled import Asks, AsksOfMembers, BareChart, Compiled, Members
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.lasting import Where, ends_of, stretch
from cartscreen.evaluate.records import asks_of, review_of
from cartscreen.frozen import once, replace
from cartscreen.observation import Observation, Record
from cartscreen.pack.model import Contradiction, Pack
from cartscreen.plan.boundaries import Boundaries
from cartscreen.rule.tree import Compare, Group, Question, Records, Rule, Test, Together

_Made = TypeVar("_Made")
_Said = TypeVar("_Said")
ONE_DAY = timedelta(days=1)
Steps = list[tuple[date, Answer]]
"""An answer from each of these days on, in order; neighbours differ."""

Fits = list[tuple[int, Steps]]
"""The entries of a list that may fit what a rule asks of each, by place in the list: from when."""

_EVER = ("course", "begins", "drug", "kinds", "drug_class", "was_given", "is_local", "joins")
"""What is the same of an entry on every day."""

_RANK = {NO: 0, UNKNOWN: 1, YES: 2}


class DayChart(BareChart):
    """The chart of a later day. What is not of this day is kept for all days together."""

    def __init__(
        self, turns: "Turns", on: date, contradictions: tuple[Contradiction, ...] = ()
    ) -> None:
        first = turns.chart
        super().__init__(
            first.profile, turns.compiled, on, contradictions, first, spoken_on=first.on
        )
        self._turns = turns
        self._of_lists: dict[tuple[str, int], Entry] = {}

    @property
    def first(self) -> Chart:
        return self._turns.chart

    def at(self, day: date) -> Chart:
        if day == self.on:
            return self
        return self._turns.once(
            ("at", day, tuple(map(id, self.contradictions))), lambda: super(DayChart, self).at(day)
        )

    def entry(self, name: str, at: int) -> Entry:
        """One entry of a list: most days bear on few of many."""
        key = name, at
        found = self._of_lists.get(key)
        if found is None:
            own, record = self._courses_once(name)[at]
            found = self._of_lists[key] = Entry(record, name, self, own)
            before = self._turns.entries.setdefault(key, found).__dict__
            found.__dict__.update({kept: before[kept] for kept in _EVER if kept in before})
            if self._turns.is_planned and not self.contradictions:
                # else an entry may contradict itself on one day and not on another
                found.__dict__["answers_ever"] = self._turns.answers_ever.setdefault(key, {})
        return found

    def entries(self, name: str) -> tuple[Entry, ...]:
        if name not in self._entries:
            count = len(self._courses_once(name))
            self._entries[name] = tuple(self.entry(name, at) for at in range(count))
        return self._entries[name]

    def _courses_once(self, name: str) -> tuple[tuple[Record, Record], ...]:
        return self.once(("courses", name), lambda: self.courses(name))


class Turns:
    """Of one profile, from the first day, that of the chart, to the last."""

    def __init__(self, chart: Chart, last: date, beside: "Turns | None" = None) -> None:
        self.chart = chart
        self.last = last
        self.compiled: Compiled = beside.compiled if beside else Compiled(chart.pack, ())
        self._charts: dict[date, DayChart] = {}
        self._known: dict[object, object] = {}
        self.answers_ever: dict[tuple[str, int], dict[int, Answer]] = {}
        self.entries: dict[tuple[str, int], Entry] = {}
        planned = chart.profile.screening
        self.is_planned = planned is not None and chart.judged_on(planned.earliest) is not None

    def end(self) -> None:
        """Nothing more is asked of it, or of its days."""
        for chart in self._charts.values():
            chart.end()
        if "_unopposed" in vars(self):
            self._unopposed.end()
        vars(self).clear()

    def of(self, rule: Rule, said: Answer = UNKNOWN) -> Steps:
        """The answer of a rule, from each day on which it changes.

        said  what a person has answered, where the rule asks
        """
        asked = said if rule.question else UNKNOWN
        return self.once(("turns", id(rule), asked), lambda: self._found(rule, asked), rule)

    def may_change(self, leaf: Rule) -> list[date]:
        """The first day, and those after it on which the answer of a rule may change."""
        return self.once(("days", id(leaf)), lambda: self._days(leaf), leaf)

    def once(self, key: Hashable, make: Callable[[], _Made], held: object = None) -> _Made:
        """What is worked out once for all days: see `once` of frozen.py."""
        return once(self._known, key, make, held)

    def on(self, day: date) -> DayChart:
        """The chart on a day."""
        if day not in self._charts:
            self._charts[day] = self.made(day)
        return self._charts[day]

    def made(self, day: date) -> DayChart:
        """A new chart of a day."""
        return DayChart(self, day, tuple(self._held(day)))

    def _held(self, day: date) -> Iterator[Contradiction]:
        """The contradictions that hold on a day."""
        for item in self.contradictions:
            if said_on(self._unopposed.of(item.rule), day) is YES:
                yield item

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        """Those about which the profile says something, and that hold on some day."""
        return [
            item
            for item in self.chart.pack.contradictions
            if not self.chart.silent_on(item.rule.names)
            and any(said is YES for _, said in self._unopposed.of(item.rule))
        ]

    @cached_property
    def boundaries(self) -> Boundaries:
        """The days on which a date passes; few profiles contradict themselves on any of them."""
        if not self.contradictions:
            return self._unopposed.boundaries
        return Boundaries(self.chart, self.last, self.contradictions)

    @cached_property
    def _unopposed(self) -> "_Unopposed":
        return _Unopposed(self)

    def _found(self, rule: Rule, said: Answer) -> Steps:
        match rule:
            case Question():
                return [(self.chart.on, said)]
            case Group():
                return self._of_group(rule, said)
        if rule.question is None and self._never_changes(rule):
            return [(self.chart.on, self.first(rule))]
        if isinstance(rule, Records | Together) and (found := _OfList.of(rule, self)):
            return found.steps()
        ask = self.compiled.rule(rule)
        later = ((day, ask(self.on(day), said)) for day in self.may_change(rule)[1:])
        first = ask(self.on(self.chart.on), said) if rule.question else self.first(rule)
        return changes([(self.chart.on, first), *later])

    def _never_changes(self, leaf: Rule) -> bool:
        return len(self.boundaries.of(leaf)) == 1 and not self.boundaries.moving(leaf)

    def first(self, rule: Rule) -> Answer:
        """The answer on the first day, of which the reasons are asked as well."""
        return evaluate(rule, self.chart).answer

    def _of_group(self, group: Group, said: Answer) -> Steps:
        """No part is followed any more once those that never change decide the group."""
        each: list[Steps] = []
        never: list[Answer] = []
        for part in sorted(group.rules, key=lambda part: self._may_decide(part, group)):
            each.append(self.of(part, said))
            if len(each[-1]) == 1:
                never.append(each[-1][0][1])
            if never.count(YES) >= group.k or never.count(NO) > len(group.rules) - group.k:
                return [(self.chart.on, answer((never.count(YES) >= group.k) is not group.none))]
        days = sorted({day for steps in each for day, _ in steps})
        gate = ((day, at_least(group.k, [said_on(one, day) for one in each])) for day in days)
        return changes((day, ~found if group.none else found) for day, found in gate)

    def _may_decide(self, part: Rule, group: Group) -> tuple[bool, bool]:
        """By what decides the group on the first day, and lists last."""
        whole, known = (self.chart.kept.get(id(rule)) for rule in (group, part))
        said = known[1].answer if known else UNKNOWN
        decides = whole is not None and (whole[1].answer is said) is not group.none
        return not decides or said is UNKNOWN, isinstance(part, Records | Together)

    def _days(self, leaf: Rule) -> list[date]:
        days = self.boundaries.of(leaf)
        moving = self.boundaries.moving(leaf)
        return sorted({*days, *self._days_a_limit_is_crossed(moving, days)}) if moving else days

    def _days_a_limit_is_crossed(self, parts: Iterable[Rule], days: list[date]) -> Iterator[date]:
        """The days on which something that moves with every day crosses a limit.

        An estimate moves with age, the pieces of a course that goes on with its last one. Between
        two of `days` each only rises, or only falls.
        """
        for part in parts:
            ask = self.compiled.rule(part)

            def said(day: date, ask: Asks = ask) -> Answer:
                return ask(self.on(day), UNKNOWN)

            for start, end in pairwise([*days, self.last + ONE_DAY]):
                yield from _days_the_answer_changes(start, end - ONE_DAY, said)


class _Unopposed(Turns):
    """The same, where no contradiction has been asked of the charts; that is asked of these."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(turns.chart, turns.last, beside=turns)

    def _held(self, day: date) -> Iterator[Contradiction]:  # noqa: ARG002
        return iter(())

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        return []

    @cached_property
    def boundaries(self) -> Boundaries:
        return Boundaries(self.chart, self.last)

    def first(self, rule: Rule) -> Answer:
        if self.chart.contradictions:
            return self.compiled.rule(rule)(self.on(self.chart.on), UNKNOWN)
        return super().first(rule)


class _OfList:
    """A rule that asks about entries of lists for at least so many, so long, or so much.

    What ran up to a day has run on every later day as well. So the answer on the days of a stretch
    lies between two: that on the first of them, with each entry fitting as little as on any of
    them, and that on the last, with each fitting as well as on any. (NO is the least, YES the
    most.) Where the two are the same, no day between is asked; else the stretch is parted.

    Of twelve courses of two weeks, which end one after another, none lasts three months: asked
    once, with all of them ended. Not of this kind is a rule that asks for less than a limit, one
    that asks a person, and one of doses that change with the days.
    """

    def __init__(self, leaf: Records | Together, turns: Turns) -> None:
        self.leaf = leaf
        self.turns = turns
        self.parts = (leaf,) if isinstance(leaf, Records) else leaf.parts
        self.where = [asks_of(part, turns.chart.pack).where for part in self.parts]
        self.days = turns.boundaries.of(leaf)
        self.moves = bool(turns.boundaries.moving(leaf))
        reviews = (review_of(part, turns.chart).answer for part in self.parts)
        self.least = NO if all(said is YES for said in reviews) else UNKNOWN
        self.fits = [self._fits(part) for part in self.parts]
        self.is_of_one = isinstance(leaf, Records) and leaf.k == 1 and not leaf.different
        self.is_of_one &= not self.where[0].is_of_several
        self.first = turns.first(leaf)
        self._ask = self._ask_least = self._ask_most = turns.compiled.of_members(leaf)
        self.is_of_now = any(where.ongoing for where in self.where)
        pack = turns.chart.pack
        if self.moves:
            self._ask_least = turns.compiled.of_members(_varied(leaf, pack, eased=False))
        if self.moves or self.is_of_now:
            self._ask_most = turns.compiled.of_members(_varied(leaf, pack, eased=True))

    @staticmethod
    def of(leaf: Records | Together, turns: Turns) -> "_OfList | None":
        """The rule, where what is said above is true of it."""
        parts = (leaf,) if isinstance(leaf, Records) else leaf.parts
        if leaf.question is not None:
            return None
        if isinstance(leaf, Together) and leaf.lasted and not leaf.lasted.asks_for_more:
            return None
        moving = turns.boundaries.moving(leaf)
        if any(part is not leaf for part in moving):
            return None
        names = {part.name for part in parts}
        if any(not names.isdisjoint(item.doubts) for item in turns.contradictions):
            return None
        found = _OfList(leaf, turns)
        return found if all(map(found._rises, parts, found.where, found.fits)) else None

    def _fits(self, part: Records) -> Fits:
        """The entries that fit on some day, or may."""
        turns = self.turns
        number = turns.compiled.members_number(part)
        return turns.once(("fits", number), lambda: [*self._fitting(part)])

    def _fitting(self, part: Records) -> Iterator[tuple[int, Steps]]:
        fits, on = self.turns.compiled.fits(part), self.turns.on
        for entry in self.turns.boundaries.counted(part):
            at = entry.record.number - 1
            days = self.turns.boundaries.of_entry(part, entry)
            steps = changes(
                (day, fits(on(day), on(day).entry(part.name, at), UNKNOWN)) for day in days
            )
            if [said for _, said in steps] != [NO]:
                yield at, steps

    def _rises(self, part: Records, where: Where, fits: Fits) -> bool:
        """Do more entries, and more time, never speak against it?"""
        checks = (test.check for test in (*where.lasted, *where.doses))
        if not all(isinstance(check, Compare) and check.asks_for_more for check in checks):
            return False
        chart = self.turns.on(self.turns.chart.on)
        for at, _ in fits:
            entry = chart.entry(part.name, at)
            if where.lasted and isinstance(entry.course.stated("lasted"), Observation):
                return False
            if not all(self._dose_stays(part, at, test) for test in where.doses):
                return False
        return True

    def _dose_stays(self, part: Records, at: int, test: Test) -> bool:
        """Is the dose of an entry the same on every day? It may be by weight, and new ones come."""
        turns = self.turns

        def stays() -> bool:
            charts = map(turns.on, turns.boundaries.beside_entries(part))
            laid = (stretch(chart.entry(part.name, at), YES, test) for chart in charts)
            return len({(item.dose, item.steps) for item in laid}) == 1

        return turns.once(("dose", part.name, at, test.fact), stays)

    def steps(self) -> Steps:
        """The answer from each day on which it changes."""
        return changes(self._between(0, len(self.days) - 1))

    def _between(self, first: int, last: int) -> Iterator[tuple[date, Answer]]:
        """Of the days from one boundary on to the day before the one after another."""
        if first == last:
            yield from self._after(first)
            return
        least, most = self._bounds(self.days[first], self._end(last))
        if least is most:
            yield self.days[first], least
            return
        middle = (first + last) // 2
        yield from self._between(first, middle)
        yield from self._between(middle + 1, last)

    def _after(self, at: int) -> Iterator[tuple[date, Answer]]:
        """From one boundary to the next no entry fits otherwise; only time goes on."""
        start = self.days[at]
        each = [[(n, said_on(steps, start)) for n, steps in fits] for fits in self.fits]
        said = self._asked(start, each)
        yield start, said
        if self.moves:
            for day in _days_the_answer_changes(
                start, self._end(at), lambda day: self._asked(day, each)
            ):
                yield day, self._asked(day, each)

    def _end(self, at: int) -> date:
        """The last day after a boundary that may differ from it."""
        if not self.moves:
            return self.days[at]
        return self.days[at + 1] - ONE_DAY if at + 1 < len(self.days) else self.turns.last

    def _bounds(self, first: date, last: date) -> tuple[Answer, Answer]:
        """The least and the most that it answers on the days of a stretch."""
        each = [[(n, _between(steps, first, last)) for n, steps in fits] for fits in self.fits]
        for where, said in zip(self.where, each, strict=True):
            if where.doses and not self._fit_alike(said):
                return self.least, YES
        high = YES
        if self.first is not YES or first != self.days[0]:
            most = [[(n, max(said, key=_RANK.__getitem__)) for n, said in fits] for fits in each]
            high = self._asked(last, most, self._ask_most)
        if high is self.least or self.is_of_now:
            return self.least, high
        least = [[(n, min(said, key=_RANK.__getitem__)) for n, said in fits] for fits in each]
        return self._asked(first, least, self._ask_least), high

    def _fit_alike(self, said: Sequence[tuple[int, list[Answer]]]) -> bool:
        """Does no entry fit on one day and not on another? One dose takes the place of another."""
        if self.least is NO:
            return all(len({*each}) == 1 for _, each in said)
        return all(NO not in each or {*each} == {NO} for _, each in said)

    def _asked(
        self,
        day: date,
        each: Sequence[Sequence[tuple[int, Answer]]],
        ask: AsksOfMembers | None = None,
    ) -> Answer:
        """The answer on a day, of entries that fit so."""
        if self.is_of_one:
            found = at_least(1, (said for _, said in each[0]))
            return self.least if found is NO else found
        chart = self.turns.on(day)
        members: list[Members] = [
            [(chart.entry(part.name, at), said) for at, said in fits if said is not NO]
            for part, fits in zip(self.parts, each, strict=True)
        ]
        return (ask or self._ask)(chart, members)


def _varied(leaf: Records | Together, pack: Pack, *, eased: bool) -> Records | Together:
    """A rule that is easier to satisfy than this one, or harder; made once.

    In all three months are 89 to 92 days, by how the pieces lie: easier 89, harder 92. The easier
    one does not ask either that what lasts, or the dose, goes on.
    """
    key = "varied", id(leaf), eased
    _, made = pack.always(key, lambda: (leaf, _made_varied(leaf, pack, eased=eased)))
    return made


def _made_varied(leaf: Records | Together, pack: Pack, *, eased: bool) -> Records | Together:
    if isinstance(leaf, Records):
        return _list_varied(leaf, pack, eased=eased)
    parts = tuple(_list_varied(part, pack, eased=eased) for part in leaf.parts)
    return replace(leaf, parts=parts, lasted=leaf.lasted and _in_days(leaf.lasted, eased=eased))


def _list_varied(rule: Records, pack: Pack, *, eased: bool) -> Records:
    dropped = asks_of(rule, pack).where.ongoing if eased else ()
    kept = (part for part in rule.where if part not in dropped)
    where = tuple(
        replace(part, check=_in_days(part.check, eased=eased))
        if isinstance(part, Test) and isinstance(part.check, Compare)
        else part
        for part in kept
    )
    return replace(rule, where=where)


def _in_days(check: Compare, *, eased: bool) -> Compare:
    if not check.in_all:
        return check
    least, most = ends_of(int(check.limit), check.unit)
    return replace(check, limit=Fraction(least if eased else most), unit="days")


def changes(said: Iterable[tuple[date, Answer]]) -> Steps:
    """The first of these days, and those on which the answer is another than on the one before."""
    found: Steps = []
    for day, one in said:
        if not found or found[-1][1] is not one:
            found.append((day, one))
    return found


def said_on(steps: Sequence[tuple[date, _Said]], day: date) -> _Said:
    """What is so on a day, of what changes on each of these days."""
    return steps[bisect_right(steps, day, key=_day) - 1][1]


def _day(step: tuple[date, object]) -> date:
    return step[0]


def _between(steps: Steps, first: date, last: date) -> list[Answer]:
    """The answers from one day to another."""
    start = bisect_right(steps, first, key=_day) - 1
    return [said for _, said in steps[start : bisect_right(steps, last, key=_day)]]


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
