"""How much of a treatment there was, and when: the entries of a list, laid on the line of days.

An entry of a list is one drug at one dose, from its first day to its last. Several entries describe
one exposure: doses that run on the same day add up, courses that touch are one course, and the
doses of a drug that is given at intervals belong to one course while the next dose is not overdue.

What the entries do not settle stays open. So each answer is given twice: the days on which it is
so for sure, and the days on which it may be so. Knowing more only adds to the first and takes from
the second.

A run of days is (first day, day after the last).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate
from cartscreen.units import Interval

Run = tuple[date, date]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Joins:
    """How far apart two doses of a drug that is given at intervals belong to one course.

    usual     up to so many days from one dose to the next, it is one course
    longest   beyond so many, it is not; between the two it is open
    """

    usual: int
    longest: int


@dataclass(frozen=True)
class Stretch:
    """One entry on the line of days.

    number     of the entry in its list
    drug       entries of one drug that overlap may repeat one another; those of two drugs do not
    fits       does the entry satisfy what the rule asks besides time and dose?
    start      the first day
    end        the day after the last; the date judged, for what goes on
    dose       a day, in the unit of the rule; None if it is not recorded
    together   taken besides the other entries of its drug, and not in their place
    joins      where the drug is given at intervals
    still      does it go on at the date judged?
    """

    number: int
    drug: str
    fits: Answer
    start: PartialDate
    end: PartialDate
    dose: Interval | None = None
    together: bool = False
    joins: Joins | None = None
    still: Answer = Answer.NO

    @property
    def sure(self) -> Run:
        """The days on which the entry runs, whatever days its dates are."""
        return self.start.latest, self.end.earliest

    @property
    def possible(self) -> Run:
        """The days on which it may run."""
        return self.start.earliest, self.end.latest


@dataclass(frozen=True)
class Days:
    """Runs of days on which something is so: for sure, and at most."""

    sure: tuple[Run, ...]
    possible: tuple[Run, ...]


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
    for drug in {item.drug: None for item in stretches}:
        own = [item for item in stretches if item.drug == drug and item.fits is not Answer.NO]
        certain = sorted(
            (item.sure, item.joins) for item in own if item.fits is Answer.YES and _lasts(item.sure)
        )
        for (one, joins), (other, _) in pairwise(certain):
            if joins and (other[0] - (one[1] - _DAY)).days <= joins.usual:
                sure.append((one[1], other[0]))
        for item in own:
            if item.joins:
                first, end = item.possible
                possible.append((first, _later(end, item.joins.longest - 1)))
    return sure, possible


def _lasts(run: Run) -> bool:
    return run[0] < run[1]


def _later(day: date, days: int) -> date:
    return day + timedelta(days=min(max(days, 0), (date.max - day).days))


def dosed(
    stretches: Sequence[Stretch], holds: Callable[[Interval], Answer], *, all_listed: bool
) -> Days:
    """The days on which the doses of the entries that run, added up, satisfy a limit.

    holds       does a dose a day satisfy it?
    all_listed  no dose is missing from the list, so that the sum is also the most it can be

    The doses of different drugs add up. Entries of one drug that overlap give from the larger dose
    to the sum, since one may repeat the other; entries taken together give the sum.
    """
    listed = _handed_over([item for item in stretches if item.fits is not Answer.NO])
    edges = sorted({day for item in listed for day in (*item.sure, *item.possible)})
    sure: list[Run] = []
    possible: list[Run] = []
    for segment in pairwise(edges):
        certain = [
            item for item in listed if item.fits is Answer.YES and _covers(item.sure, segment)
        ]
        may = [item for item in listed if _covers(item.possible, segment)]
        if not may:
            continue
        said = holds(total(certain, may, all_listed=all_listed))
        if said is Answer.YES and certain:
            sure.append(segment)
        if said is not Answer.NO:
            possible.append(segment)
    return Days(merged(sure), merged(possible))


def total(certain: Iterable[Stretch], may: Iterable[Stretch], *, all_listed: bool) -> Interval:
    """The dose of one day: at least what surely runs gives, at most all that may run."""
    least: dict[str, tuple[Fraction, Fraction]] = {}
    for item in certain:
        low = _low(item.dose)
        largest, besides = least.get(item.drug, (Fraction(0), Fraction(0)))
        if item.together:
            least[item.drug] = largest, besides + low
        else:
            least[item.drug] = max(largest, low), besides
    most: Fraction | None = Fraction(0)
    for item in may:
        high = item.dose.high if item.dose else None
        most = None if most is None or high is None else most + high
    low = sum((largest + besides for largest, besides in least.values()), Fraction(0))
    return Interval(low, most if all_listed else None)


def _low(dose: Interval | None) -> Fraction:
    return (dose.low or Fraction(0)) if dose else Fraction(0)


def _covers(run: Run, segment: Run) -> bool:
    return run[0] <= segment[0] and segment[1] <= run[1]


def _handed_over(stretches: list[Stretch]) -> list[Stretch]:
    """The entries of one drug, without the day on which one dose takes the place of another.

    An entry that stops on the day on which the next one starts is a change of dose on that day.
    """
    begins = {
        (item.drug, item.start.earliest)
        for item in stretches
        if item.start.is_exact and not item.together
    }

    def without_last(item: Stretch) -> Stretch:
        last = item.end.earliest - _DAY
        changes = item.end.is_exact and not item.together and item.still is not Answer.YES
        if changes and (item.drug, last) in begins and item.start.latest < last:
            return replace(item, end=PartialDate.day(last))
        return item

    return [without_last(item) for item in stretches]


def both(one: Days, other: Days) -> Days:
    """The days on which both are so."""
    return Days(_overlap(one.sure, other.sure), _overlap(one.possible, other.possible))


def _overlap(ones: Sequence[Run], others: Sequence[Run]) -> tuple[Run, ...]:
    found = [(max(a, c), min(b, d)) for a, b in ones for c, d in others]
    return merged(found)


def at_least(k: int, each: Sequence[Days]) -> Days:
    """The days on which at least k of these are so."""
    return Days(
        _counted(k, [days.sure for days in each]), _counted(k, [days.possible for days in each])
    )


def _counted(k: int, each: Sequence[Sequence[Run]]) -> tuple[Run, ...]:
    edges = sorted({day for runs in each for run in runs for day in run})
    return merged(
        segment
        for segment in pairwise(edges)
        if sum(any(_covers(run, segment) for run in runs) for runs in each) >= k
    )


def merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs that touch or overlap, joined; in order, empty ones left out."""
    joined: list[Run] = []
    for start, end in sorted(run for run in runs if _lasts(run)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def gaps(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The days between runs."""
    return tuple((one[1], other[0]) for one, other in pairwise(runs))
