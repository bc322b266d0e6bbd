"""How much of a treatment there was, and when: the entries of a list, laid on the line of days.

An entry of a list is one drug at one dose, from its first day to its last. Several entries describe
one exposure: doses that run on the same day add up, courses that touch are one course, and the
doses of a drug that is given at intervals belong to one course while the next dose is not overdue.

What the entries do not settle stays open. So each answer is given twice: the days on which it is
so for sure, and the days on which it may be so. Knowing more only adds to the first and takes from
the second.

A run of days is (first day, day after the last).
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, shift
from cartscreen.frozen import cached, frozen, replace, slotted
from cartscreen.units import Interval

Run = tuple[date, date]

_DAY = timedelta(days=1)
_NOTHING = Fraction(0)


@frozen
class Joins:
    """How far apart two doses of a drug that is given at intervals belong to one course.

    usual     up to so many days from one dose to the next, it is one course
    longest   beyond so many, it is not; between the two it is open
    goes_on   after the last dose, it may go on till the next would have been due
    """

    usual: int
    longest: int
    goes_on: bool = True


class Steps(tuple[tuple[PartialDate, Interval | None], ...]):
    """Doses that took the place of one another, each from a day on."""

    def on(self, run: Run) -> list[Interval | None]:
        """The doses that may be that of a day of the run."""
        first = bisect_right(self._ended, run[0])
        after = bisect_left(self._begun, run[1])
        return [
            dose
            for (since, dose), until in zip(
                self[first:after], self._until[first:after], strict=True
            )
            if since.earliest < run[1] and until > run[0]
        ]

    @cached
    def _until(self) -> list[date]:
        """Up to which day each dose may last: the latest first day of the next."""
        return [*(since.latest for since, _ in self[1:]), date.max]

    @cached
    def _ended(self) -> list[date]:
        """When each dose and all before it are over, whatever days their dates are."""
        return [*accumulate(self._until, max)]

    @cached
    def _begun(self) -> list[date]:
        """When the first of each dose and all after it may begin."""
        return [*accumulate((since.earliest for since, _ in reversed(self)), min)][::-1]


@slotted
class Stretch:
    """One entry on the line of days.

    number     of the entry in its list
    drug       entries of one drug that overlap may repeat one another; those of two drugs do not
    fits       does the entry satisfy what the rule asks besides time and dose?
    start      the first day
    end        the day after the last; the date judged, for what goes on
    dose       a day, in the unit of the rule; None if it is not recorded
    steps      doses that took the place of `dose` and of one another, each from a day on
    together   taken besides the other entries of its drug, and not in their place
    joins      where the drug is given at intervals
    apart      is the dose given on single days? It is then from nothing to that of such a day
    """

    number: int
    drug: str
    fits: Answer
    start: PartialDate
    end: PartialDate
    dose: Interval | None = None
    together: bool = False
    joins: Joins | None = None
    steps: Steps = Steps()
    apart: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which something may begin or end."""
        return (*self.sure, *self.possible, *(d for s, _ in self.steps for d in _ends(s)))

    @property
    def doses(self) -> tuple[Interval | None, ...]:
        """Its doses, one after another."""
        return tuple(dose for _, dose in self.steps) or (self.dose,)

    def dose_on(self, segment: Run) -> Interval | None:
        """The dose of these days: from the smallest to the largest that it may be."""
        if not self.steps:
            return self.dose
        doses = self.steps.on(segment)
        known = [dose for dose in doses if dose is not None]
        if not known or len(known) < len(doses):
            return None
        lows, highs = [each.low for each in known], [each.high for each in known]
        return Interval(
            None if None in lows else min(low for low in lows if low is not None),
            None if None in highs else max(high for high in highs if high is not None),
        )

    def pieces(self, run: Run) -> Iterable[Run]:
        """The run, parted where the dose may change."""
        if not self.steps:
            return (run,) if _lasts(run) else ()
        inside = {day for since, _ in self.steps for day in _ends(since) if run[0] < day < run[1]}
        return pairwise([run[0], *sorted(inside), run[1]]) if _lasts(run) else ()

    @property
    def sure(self) -> Run:
        """The days on which the entry runs, whatever days its dates are."""
        return self.start.latest, self.end.earliest

    @property
    def possible(self) -> Run:
        """The days on which it may run."""
        return self.start.earliest, self.end.latest


@slotted
class Days:
    """Runs of days on which something is so: for sure, and at most.

    whole   where it may be so on single days only: the days that may be of a longer piece; None
            where all that are possible may be
    """

    sure: tuple[Run, ...]
    possible: tuple[Run, ...]
    whole: tuple[Run, ...] | None = None

    @property
    def pieces(self) -> tuple[Run, ...]:
        """The runs in which it may be so for longer than a week."""
        return self.possible if self.whole is None else self.whole


def running(stretches: Sequence[Stretch]) -> Days:
    """The days on which at least one of the entries runs.

    Doses given at intervals are joined: the course goes on from each dose to the next one that is
    not overdue, and after the last dose it may go on for one interval more.
    """
    sure, possible = _joined(stretches)
    return Days(merged(sure), merged(possible))


def _joined(stretches: Sequence[Stretch]) -> tuple[list[Run], list[Run]]:
    """The runs of the entries, and those between the doses of each drug given at intervals."""
    sure = [item.sure for item in stretches if item.fits is Answer.YES]
    possible = [item.possible for item in stretches if item.fits is not Answer.NO]
    if not any(item.joins for item in stretches):
        return sure, possible
    by_drug: dict[str, list[Stretch]] = {}
    for item in stretches:
        if item.fits is not Answer.NO:
            by_drug.setdefault(item.drug, []).append(item)
    for own in by_drug.values():
        certain = [item for item in own if item.fits is Answer.YES and _lasts(item.sure)]
        begun = sorted(item.sure[0] for item in certain)
        for item in certain:
            if item.joins:
                end = item.sure[1]
                at = bisect_left(begun, end)
                if at < len(begun) and (begun[at] - (end - _DAY)).days <= item.joins.usual:
                    sure.append((end, begun[at]))
        starts = sorted(item.possible[0] for item in own)
        for item in own:
            if item.joins:
                first, end = item.possible
                reach = shift(end, max(item.joins.longest - 1, 0), "days")
                if not item.joins.goes_on:
                    at = bisect_right(starts, reach)
                    reach = max(end, starts[at - 1]) if at else end
                possible.append((first, reach))
    return sure, possible


def _lasts(run: Run) -> bool:
    return run[0] < run[1]


def _ends(day: PartialDate) -> Run:
    return day.earliest, day.latest


@slotted
class Sum:
    """What the doses of the entries that run come to on each day of a run.

    dose     from the least that surely runs to the most that may run; as if all are listed
    is_sure  does an entry surely run?
    steady   the same of what is not given on single days
    """

    run: Run
    dose: Interval
    is_sure: bool
    steady: Interval


def added_up(stretches: Sequence[Stretch]) -> list[Sum]:
    """The sums of the doses of the entries, for the days on which any may run, in order.

    The doses of different drugs add up. Entries of one drug that overlap give from the larger dose
    to the sum, since one may repeat the other; entries taken together give the sum.
    """
    listed = _handed_over([item for item in stretches if item.fits is not Answer.NO])
    edges = sorted({day for item in listed for day in item.days})
    certain, may = _Least(), _Most()
    is_apart = any(item.apart for item in listed)
    steady = _Most() if is_apart else may
    changes: dict[date, list[tuple[_Least | _Most, Stretch, Interval | None, int]]] = {}
    for item in listed:
        kept: list[tuple[_Least | _Most, Run]]
        kept = [(certain, run) for run in item.pieces(item.sure) if item.fits is Answer.YES]
        for doses, run in (*kept, *((may, run) for run in item.pieces(item.possible))):
            for day, by in zip(run, (1, -1), strict=True):
                changes.setdefault(day, []).append((doses, item, item.dose_on(run), by))
                if is_apart and doses is may and not item.apart:
                    changes[day].append((steady, item, item.dose_on(run), by))
    sums: list[Sum] = []
    for segment in pairwise(edges):
        for doses, item, dose, by in changes.get(segment[0], ()):
            doses.change(item, dose, by)
        if may.running:
            least, is_sure = certain.dose, bool(certain.running)
            dose = of_each_day = Interval(least, may.dose)
            if is_apart:
                of_each_day = Interval(least, steady.dose)
            sums.append(Sum(segment, dose, is_sure, of_each_day))
    return sums


def dosed(sums: Iterable[Sum], holds: Callable[[Interval], Answer], *, all_listed: bool) -> Days:
    """The days on which the doses, added up, satisfy a limit.

    holds       does a dose a day satisfy it?
    all_listed  no dose is missing from the list, so that the sum is also the most it can be
    """
    sure: list[Run] = []
    possible: list[Run] = []
    steady: list[Run] = []
    is_apart = False
    for each in sums:
        said = holds(each.dose if all_listed else Interval(each.dose.low, None))
        if said is Answer.YES and each.is_sure:
            sure.append(each.run)
        if said is not Answer.NO:
            possible.append(each.run)
            if all_listed and each.steady is not each.dose and each.steady != each.dose:
                is_apart = True
                said = holds(each.steady)
            if said is not Answer.NO:
                steady.append(each.run)
    days = Days(merged(sure), merged(possible))
    if not is_apart:
        return days
    longer = merged(
        (shift(a, -SINGLE_DAYS, "days"), shift(b, SINGLE_DAYS, "days")) for a, b in steady
    )
    return replace(days, whole=_overlap(longer, days.possible))


SINGLE_DAYS = 7
"""So many in a row may be the single days of several drugs that are given at intervals, and so many
do these add to a piece at most. A convention of ours.
"""


class _Least:
    """At least so much runs: of each drug the largest dose, and what is taken besides.

    It is kept up to date as one entry after another begins, `by` 1, and ends, by -1.
    """

    def __init__(self) -> None:
        self.running = 0
        self.dose = _NOTHING
        self._doses: dict[str, list[Fraction]] = {}  # that run, of each drug, in order

    def change(self, item: Stretch, dose: Interval | None, by: int) -> None:
        self.running += by
        low = _NOTHING if dose is None or dose.low is None else dose.low
        if item.together:
            self.dose = self.dose + low if by > 0 else self.dose - low
            return
        doses = self._doses.setdefault(item.drug, [])
        before = doses[-1] if doses else _NOTHING
        if by > 0:
            insort(doses, low)
        else:
            del doses[bisect_left(doses, low)]
        largest = doses[-1] if doses else _NOTHING
        if largest is not before:
            rest = self.dose if before is _NOTHING else self.dose - before
            self.dose = rest if largest is _NOTHING else rest + largest


class _Most:
    """At most so much may run: all doses together, None while one of them has no end."""

    def __init__(self) -> None:
        self.running = 0
        self._known = _NOTHING
        self._open = 0

    def change(self, _: Stretch, dose: Interval | None, by: int) -> None:
        self.running += by
        if dose is None or dose.high is None:
            self._open += by
        else:
            self._known = self._known + dose.high if by > 0 else self._known - dose.high

    @property
    def dose(self) -> Fraction | None:
        return None if self._open else self._known


def total(
    certain: Iterable[Stretch], may: Iterable[Stretch], segment: Run, *, all_listed: bool
) -> Interval:
    """The dose of each of these days: at least what surely runs gives, at most all that may run."""
    least, most = _Least(), _Most()
    for doses, items in ((least, certain), (most, may)):
        for item in items:
            doses.change(item, item.dose_on(segment), 1)
    return Interval(least.dose, most.dose if all_listed else None)


def _handed_over(stretches: list[Stretch]) -> list[Stretch]:
    """The entries of one drug, without the day on which one dose takes the place of another.

    An entry that stops on the day on which the next one starts is a change of dose on that day.
    """
    begins: dict[tuple[str, date], Answer] = {}
    for item in stretches:
        if item.start.is_exact and not item.together:
            key = item.drug, item.start.earliest
            begins[key] = Answer.YES if begins.get(key) is Answer.YES else item.fits

    def without_last(item: Stretch) -> Stretch:
        if not item.end.is_exact or item.together or item.end.earliest == date.min:
            return item
        last = item.end.earliest - _DAY
        next_fits = begins.get((item.drug, last))
        if next_fits is None or item.start.latest >= last:
            return item
        end = PartialDate(last, last if next_fits is Answer.YES else item.end.latest)
        return replace(item, end=end)

    return [without_last(item) for item in stretches]


def both(one: Days, other: Days) -> Days:
    """The days on which both are so."""
    whole = None
    if one.whole is not None or other.whole is not None:
        whole = _overlap(one.pieces, other.pieces)
    sure, possible = _overlap(one.sure, other.sure), _overlap(one.possible, other.possible)
    return Days(sure, possible, whole)


def _overlap(ones: Sequence[Run], others: Sequence[Run]) -> tuple[Run, ...]:
    found = [(max(a, c), min(b, d)) for a, b in ones for c, d in others]
    return merged(found)


def at_least(k: int, each: Sequence[Days]) -> Days:
    """The days on which at least k of these are so."""
    if k == len(each) == 1:
        return each[0]
    whole = None
    if any(days.whole is not None for days in each):
        whole = _counted(k, [days.pieces for days in each])
    sure, possible = ([days.sure for days in each], [days.possible for days in each])
    return Days(_counted(k, sure), _counted(k, possible), whole)


def _counted(k: int, each: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    if k == 1:
        return merged(run for runs in each for run in runs)
    steps: Counter[date] = Counter()
    for runs in each:
        for start, end in merged(runs):
            steps[start] += 1
            steps[end] -= 1
    days = sorted(steps)
    so_many = accumulate(steps[day] for day in days)
    return merged(run for run, count in zip(pairwise(days), so_many, strict=False) if count >= k)


def merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs that touch or overlap, joined; in order, empty ones left out."""
    listed = [run for run in runs if run[0] < run[1]]
    if len(listed) < 2:
        return tuple(listed)
    joined: list[Run] = []
    for start, end in sorted(listed):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def cut(days: Days, end: date) -> Days:
    """These days, without those from `end` on."""
    whole = None if days.whole is None else _before(end, days.whole)
    return Days(_before(end, days.sure), _before(end, days.possible), whole)


def _before(end: date, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    if not runs or runs[-1][1] <= end:  # the last, as they are in order
        return runs
    return merged((first, min(last, end)) for first, last in runs)


def upto(days: Days, on: date, stops: Answer) -> Days:
    """These days up to the date judged, for a question of how long.

    Of what goes on, time runs to the date judged. Where a course stops on that day (`stops`), it is
    a last day like any other and counts.
    """
    after = on + _DAY if on < date.max else on
    sure = after if stops is Answer.YES else on
    last = on if stops is Answer.NO else after
    whole = None if days.whole is None else _before(last, days.whole)
    return Days(_before(sure, days.sure), _before(last, days.possible), whole)


def on_day(days: Days, day: date) -> Days:
    """The runs among these that hold this day."""
    sure, possible, pieces = (
        tuple(run for run in runs if run[0] <= day < run[1])
        for runs in (days.sure, days.possible, days.pieces)
    )
    return Days(sure, possible, None if days.whole is None else pieces)


def gaps(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The days between runs."""
    return tuple((one[1], other[0]) for one, other in pairwise(runs))
