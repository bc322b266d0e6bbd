"""Partial dates and calendar windows.

A date is known to the day, the month or the year, and is kept as the days that it may be: "2025-03"
is some day from 1 to 31 March. A question about it is decided only if each of these days gives the
same answer.

Weeks are 7 days. Months and years follow the calendar, clamped to the month's end: 31 August less
6 months is 28 or 29 February. Both ends of a window lie inside it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from math import ceil
from operator import ge, gt, le, lt
from typing import Self

from cartscreen.answer import Answer, answer
from cartscreen.errors import Problem
from cartscreen.frozen import slotted
from cartscreen.pattern import pattern
from cartscreen.text import shown

_PARTIAL = pattern(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_FIRST_YEAR = 1900


@slotted
class PartialDate:
    """The days that a date may be, from `earliest` to `latest`, both included."""

    earliest: date
    latest: date

    @classmethod
    def day(cls, day: date) -> Self:
        return cls(day, day)

    @staticmethod
    def parse(value: object) -> "PartialDate":
        """Read a TOML date, or the text "2025-03-01", "2025-03" or "2025".

        Raises Problem for anything else, and for a year before 1900.
        """
        if isinstance(value, datetime):
            value = value.date()  # the calendar date at the place that wrote it
        if isinstance(value, date):
            return _checked(value, value)
        match = _PARTIAL.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise Problem(
                f"{shown(value)} is not a date; write 2025-03-01, or in quotes "
                '"2025-03" or "2025" when the day is not known.'
            )
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        try:
            if month is None:
                return _checked(date(year, 1, 1), date(year, 12, 31))
            if day is None:
                return _checked(date(year, month, 1), _month_end(year, month))
            return _checked(date(year, month, day), date(year, month, day))
        except ValueError:
            raise Problem(f"{shown(value)} is not a day of the calendar.") from None

    @property
    def is_exact(self) -> bool:
        return self.earliest == self.latest

    def __str__(self) -> str:
        if self.is_exact:
            return self.earliest.isoformat()
        if self.latest == date.max:
            return f"{self.earliest.isoformat()} or later"
        same_month = (self.earliest.year, self.earliest.month) == (
            self.latest.year,
            self.latest.month,
        )
        return f"{self.earliest:%Y-%m}" if same_month else f"{self.earliest:%Y}"


@lru_cache(maxsize=4096)  # most of what a patient has is of few days
def _checked(earliest: date, latest: date) -> PartialDate:
    if earliest.year < _FIRST_YEAR:
        raise Problem(f"the year {earliest.year} lies before {_FIRST_YEAR}; is it a slip?")
    return PartialDate(earliest, latest)


def _month_end(year: int, month: int) -> date:
    return date(year, month, _days_of(year, month))


def _days_of(year: int, month: int) -> int:
    """How many days the month has. (`calendar` would say it, and is slow to import.)"""
    return 31 if month == 12 else (date(year, month + 1, 1) - date(year, month, 1)).days


@lru_cache(maxsize=4096)  # a patient's windows end on few days
def shift(day: date, count: int, unit: str) -> date:
    """The day `count` days, weeks, months or years later (earlier, when negative).

    Days beyond the calendar of Python (years 1 to 9999) become its first or last day.
    """
    try:
        if unit in ("days", "weeks"):
            return day + timedelta(days=count * (7 if unit == "weeks" else 1))
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "years" else 1)
        year, month = divmod(months, 12)
        if day.day <= _SHORTEST_MONTH:
            return date(year, month + 1, day.day)
        return date(year, month + 1, min(day.day, _days_of(year, month + 1)))
    except (OverflowError, ValueError):
        return date.max if count > 0 else date.min


_SHORTEST_MONTH = 28  # days


def completed_years(birth: date, on: date) -> int:
    """Completed years of age; someone born on 29 February has the birthday on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


@slotted
class Window:
    """The `count` days, weeks, months or years that end on the day `anchor`.

    Of a dose in an entry also half-lives, and intervals from one dose to the next.
    """

    count: int
    unit: str
    anchor: str = "screening"

    @property
    def is_of_drug(self) -> bool:
        """Is its unit a time that depends on the drug?"""
        return self.unit in ("half-lives", "intervals")

    def first_day(self, end: date, length: Fraction | None = None) -> date:
        """The first day inside the window that ends on `end`; length of the drug's unit, in days.

        Half-lives that end within a day count to its end: the hour of a dose is not known.
        """
        if self.is_of_drug:
            assert length is not None
            return shift(end, -ceil(self.count * length), "days")
        return shift(end, -self.count, self.unit)

    def holds(
        self, event: PartialDate, anchor: PartialDate, length: Fraction | None = None
    ) -> Answer:
        """Does the event lie in the window that ends on the day `anchor`, both ends included?

        UNKNOWN where that depends on the days that either date may be; length as in first_day.
        """
        first = self.first_day(anchor.latest, length)
        if first <= event.earliest and event.latest <= anchor.earliest:
            return Answer.YES
        if not anchor.is_exact:
            first = self.first_day(anchor.earliest, length)
        outside = event.latest < first or event.earliest > anchor.latest
        return Answer.NO if outside else Answer.UNKNOWN

    def __str__(self) -> str:
        unit = self.unit if self.count != 1 else _SINGULAR[self.unit]
        return f"within {self.count} {unit} before {self.anchor}"


_SINGULAR = {
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "half-lives": "half-life",
    "intervals": "interval",
}


@slotted
class Span:
    """A stretch of time from the start of one day to the start of another."""

    start: PartialDate
    end: PartialDate

    def compare(self, operator: str, count: int, unit: str) -> Answer:
        """Is the span >, >=, < or <= (`operator`) `count` days, weeks, months or years?

        UNKNOWN where the shortest and the longest span that it may be differ in this.
        """
        shortest = compare_days(self.start.latest, self.end.earliest, operator, count, unit)
        longest = compare_days(self.start.earliest, self.end.latest, operator, count, unit)
        return answer(shortest) if shortest is longest else Answer.UNKNOWN

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


def compare_days(start: date, end: date, operator: str, count: int, unit: str) -> bool:
    """Is the time from the start of one day to that of another so long: as Span.compare."""
    return _COMPARISONS[operator](end, shift(start, count, unit))


_COMPARISONS: Mapping[str, Callable[[date, date], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}
