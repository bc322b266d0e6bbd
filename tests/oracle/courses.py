"""What was given from which day to which: plain days, in which nothing is open.

A course is made of administrations and of entries that touch; doses of one day add up; what must
have been given at one time is a meeting of days. All of it as the description of treatments says.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from oracle.data import DAY, Span, moved
from oracle.language import Compare


@dataclass(frozen=True)
class Given:
    """One entry: what was given from the first day to the last.

    amount  its dose, in the unit asked about; besides: taken besides the others of this drug
    """

    number: int
    drug: str
    days: Span
    amount: Fraction = Fraction(0)
    besides: bool = False


def merged(stretches: Iterable[Span]) -> list[Span]:
    """Stretches that overlap, or touch from one day to the next, as one."""
    found: list[Span] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def courses(
    given: list[Given], joins: Callable[[str, date, date], bool], more: Callable[[str, date], date]
) -> list[Span]:
    """The days covered by these, drug by drug, administrations joined.

    joins: does a dose on the later day go on with the course whose last dose the earlier was?
    more: the last day of a course whose last dose this was.
    """
    found = []
    by_drug = defaultdict(list)
    for each in given:
        by_drug[each.drug].append(each.days)
    for drug, days in by_drug.items():
        course: list[Span] = []
        for first, last in merged(days):
            if course and joins(drug, course[-1][1], first):
                course[-1] = (course[-1][0], last)
            else:
                course.append((first, last))
        found += [(first, more(drug, last)) for first, last in course]
    return merged(found)


def summed(
    given: list[Given],
    day: date,
    larger: Callable[[str], bool],
) -> Fraction:
    """The dose of a day: over different drugs the sum; of one drug that runs twice, as marked.

    larger: of the entries of this drug that run together, unmarked, the larger counts alone.
    """
    running = [each for each in given if each.days[0] <= day <= each.days[1]]
    by_drug = defaultdict(list)
    for each in running:
        # a change of dose on one day is no overlap
        follows = any(
            other.drug == each.drug
            and other.number != each.number
            and other.days[0] == each.days[1] == day
            and other.days[0] > each.days[0]
            and not (each.besides or other.besides)
            for other in running
        )
        if not follows:
            by_drug[each.drug].append(each)
    total = Fraction(0)
    for drug, same in by_drug.items():
        apart = [each.amount for each in same if not each.besides]
        total += sum((each.amount for each in same if each.besides), Fraction(0))
        if len(apart) > 1 and larger(drug):
            total += max(apart)
        else:
            total += sum(apart, Fraction(0))
    return total


def pieces(stretches: Iterable[Span], cuts: Iterable[date]) -> list[Span]:
    """The same days, in pieces between which something may change."""
    found = []
    edges = sorted(set(cuts))
    for first, last in merged(stretches):
        at = first
        for edge in edges:
            if at < edge <= last:
                found.append((at, edge - DAY))
                at = edge
        found.append((at, last))
    return found


def meeting(parts: list[list[Span]]) -> list[Span]:
    """The days that are in every part."""
    found = parts[0]
    for other in parts[1:]:
        found = [
            (max(a, c), min(b, d)) for a, b in found for c, d in other if max(a, c) <= min(b, d)
        ]
    return merged(found)


def days_with(k: int, by_kind: list[list[Span]]) -> list[Span]:
    """The days on which at least k of these run."""
    edges = sorted({day for spans in by_kind for a, b in spans for day in (a, b + DAY)})
    found = []
    for first, after in pairwise(edges):
        running = sum(any(a <= first <= b for a, b in spans) for spans in by_kind)
        if running >= k:
            found.append((first, after - DAY))
    return merged(found)


def has_lasted(check: Compare, first: date, after: date) -> bool:
    """From the first day to the day after the last."""
    then = moved(first, int(check.limit), check.unit)
    if first >= after:
        return False
    return {">": then < after, ">=": then <= after, "<": then > after, "<=": then >= after}[
        check.operator
    ]


def lasted_in_all(check: Compare, stretches: list[Span]) -> bool | None:
    """Whether the pieces add up; None where it depends on which months are meant."""
    days = sum((last - first + DAY).days for first, last in stretches)
    starts = [date(2023, month, 1) for month in range(1, 13)]
    starts += [date(2024, month, 1) for month in range(1, 13)]
    lengths = [(moved(s, int(check.limit), check.unit) - s).days for s in starts]
    said = {
        {">": days > n, ">=": days >= n, "<": days < n, "<=": days <= n}[check.operator]
        for n in lengths
    }
    return said.pop() if len(said) == 1 else None
