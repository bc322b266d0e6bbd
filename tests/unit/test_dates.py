"""Partial dates, calendar arithmetic, windows and spans, worked out on a calendar by hand."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, Span, Window, completed_years, shift
from cartscreen.errors import Problem


def day(text: str) -> PartialDate:
    return PartialDate.parse(text)


@pytest.mark.parametrize(
    ("written", "earliest", "latest", "shown"),
    [
        (date(2025, 3, 1), date(2025, 3, 1), date(2025, 3, 1), "2025-03-01"),
        ("2025-03-01", date(2025, 3, 1), date(2025, 3, 1), "2025-03-01"),
        ("2025-03", date(2025, 3, 1), date(2025, 3, 31), "2025-03"),
        ("2025-02", date(2025, 2, 1), date(2025, 2, 28), "2025-02"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("2025-04", date(2025, 4, 1), date(2025, 4, 30), "2025-04"),
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "2025"),
        ("1900", date(1900, 1, 1), date(1900, 12, 31), "1900"),
        (datetime(2025, 3, 1, 23, 59), date(2025, 3, 1), date(2025, 3, 1), "2025-03-01"),
    ],
)
def test_a_date_is_known_to_the_day_the_month_or_the_year(
    written: object, earliest: date, latest: date, shown: str
) -> None:
    """What is not known is every day it may be, and is printed as it was written."""
    parsed = PartialDate.parse(written)

    assert (parsed.earliest, parsed.latest, str(parsed)) == (earliest, latest, shown)
    assert parsed.is_exact is (earliest == latest)


NO_DATE = (
    'is not a date; write 2025-03-01, or in quotes "2025-03" or "2025" when the day is not known.'
)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2025-02-29", "'2025-02-29' is not a day of the calendar."),
        ("2025-13", "'2025-13' is not a day of the calendar."),
        ("2025-00", "'2025-00' is not a day of the calendar."),
        ("01/02/2025", f"'01/02/2025' {NO_DATE}"),
        ("2025-3-1", f"'2025-3-1' {NO_DATE}"),
        ("25-03-01", f"'25-03-01' {NO_DATE}"),
        ("2025-03-01T10:00", f"'2025-03-01T10:00' {NO_DATE}"),
        ("٢٠٢٥", f"'٢٠٢٥' {NO_DATE}"),
        ("", f"'' {NO_DATE}"),
        (0, f"0 {NO_DATE}"),
        (20250301, f"20250301 {NO_DATE}"),
        (2025.5, f"2025.5 {NO_DATE}"),
        (True, f"true {NO_DATE}"),
        (None, f"None {NO_DATE}"),
        ("1899-12-31", "the year 1899 lies before 1900; is it a slip?"),
        (date(1825, 6, 2), "the year 1825 lies before 1900; is it a slip?"),
    ],
)
def test_anything_else_is_no_date(written: object, message: str) -> None:
    """Numbers, other orders, days that are not in the calendar and slips of the century."""
    with pytest.raises(Problem) as error:
        PartialDate.parse(written)

    assert str(error.value) == message


def test_an_open_end_reads_as_such() -> None:
    """A visit that has no date yet is some day or later."""
    assert str(PartialDate(date(2025, 6, 2), date.max)) == "2025-06-02 or later"


@pytest.mark.parametrize(
    ("start", "count", "unit", "end"),
    [
        (date(2025, 6, 2), 1, "days", date(2025, 6, 3)),
        (date(2025, 6, 2), -2, "days", date(2025, 5, 31)),
        (date(2025, 6, 2), -1, "weeks", date(2025, 5, 26)),
        (date(2025, 6, 2), 2, "weeks", date(2025, 6, 16)),
        (date(2025, 6, 2), -6, "months", date(2024, 12, 2)),
        (date(2025, 6, 2), -5, "months", date(2025, 1, 2)),
        (date(2025, 6, 2), 7, "months", date(2026, 1, 2)),
        (date(2025, 12, 31), 2, "months", date(2026, 2, 28)),
        (date(2023, 12, 31), 2, "months", date(2024, 2, 29)),
        (date(2025, 8, 31), -6, "months", date(2025, 2, 28)),
        (date(2025, 3, 31), -1, "months", date(2025, 2, 28)),
        (date(2025, 5, 31), 1, "months", date(2025, 6, 30)),
        (date(2024, 2, 29), 1, "years", date(2025, 2, 28)),
        (date(2024, 2, 29), -4, "years", date(2020, 2, 29)),
        (date(2025, 6, 2), -18, "years", date(2007, 6, 2)),
        # beyond the calendar of Python
        (date(2025, 6, 2), -9999, "years", date.min),
        (date(2025, 6, 2), 9999, "years", date.max),
        (date(9999, 12, 31), 1, "days", date.max),
        (date(1, 1, 1), -1, "days", date.min),
    ],
)
def test_shift(start: date, count: int, unit: str, end: date) -> None:
    """Weeks are 7 days; months and years follow the calendar, clamped to the month's end."""
    assert shift(start, count, unit) == end


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2000, 1, 1), date(2017, 12, 31), 17),
        (date(2000, 1, 1), date(2018, 1, 1), 18),
        (date(2000, 6, 15), date(2025, 6, 14), 24),
        (date(2000, 6, 15), date(2025, 6, 15), 25),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2025, 6, 2), date(2025, 6, 2), 0),
    ],
)
def test_completed_years(birth: date, on: date, years: int) -> None:
    """The age turns on the birthday; of 29 February, on 1 March of a common year."""
    assert completed_years(birth, on) == years


@pytest.mark.parametrize(
    ("window", "first"),
    [
        (Window(7, "days"), date(2025, 5, 26)),
        (Window(2, "weeks"), date(2025, 5, 19)),
        (Window(6, "months"), date(2024, 12, 2)),
        (Window(5, "years"), date(2020, 6, 2)),
    ],
)
def test_the_first_day_of_a_window(window: Window, first: date) -> None:
    """The first day inside the window that ends on 2 June 2025."""
    assert window.first_day(date(2025, 6, 2)) == first


@pytest.mark.parametrize(
    ("count", "days", "first"),
    [
        (5, Fraction(10), date(2025, 4, 13)),  # 50 days
        (5, Fraction(1, 2), date(2025, 5, 30)),  # 2.5 days count as 3
        (5, Fraction(4, 24), date(2025, 6, 1)),  # 20 hours count as a day
        (1, Fraction(1), date(2025, 6, 1)),
    ],
)
def test_half_lives_that_end_within_a_day_count_to_its_end(
    count: int, days: Fraction, first: date
) -> None:
    """The hour of a dose is not known, so a part of a day is a day."""
    assert Window(count, "half-lives").first_day(date(2025, 6, 2), days) == first


@pytest.mark.parametrize(
    ("event", "anchor", "answer"),
    [
        ("2025-05-26", "2025-06-02", Answer.YES),
        ("2025-05-25", "2025-06-02", Answer.NO),
        ("2025-06-02", "2025-06-02", Answer.YES),
        ("2025-06-03", "2025-06-02", Answer.NO),
        ("2025-05", "2025-06-02", Answer.UNKNOWN),
        ("2025-04", "2025-06-02", Answer.NO),
        ("2025-07", "2025-06-02", Answer.NO),
        ("2025-06-01", "2025-06", Answer.UNKNOWN),
        ("2025-05-24", "2025-06", Answer.NO),  # 7 days before 1 June are 25 May
        ("2025-05-25", "2025-06", Answer.UNKNOWN),
        ("2025-07-01", "2025-06", Answer.NO),
    ],
)
def test_a_window_holds_an_event_if_each_day_of_both_says_so(
    event: str, anchor: str, answer: Answer
) -> None:
    """7 days that end on the anchor: both dates may be known in part."""
    assert Window(7, "days").holds(day(event), day(anchor)) is answer


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window(1, "days"), "within 1 day before screening"),
        (Window(2, "weeks", "enrollment"), "within 2 weeks before enrollment"),
        (Window(1, "months", "infusion"), "within 1 month before infusion"),
        (Window(1, "years"), "within 1 year before screening"),
        (Window(5, "half-lives"), "within 5 half-lives before screening"),
        (Window(1, "half-lives"), "within 1 half-life before screening"),
    ],
)
def test_a_window_in_words(window: Window, text: str) -> None:
    """A window reads as the language writes it."""
    assert str(window) == text


@pytest.mark.parametrize(
    ("start", "end", "operator", "count", "unit", "answer"),
    [
        ("2025-01-01", "2025-04-01", ">=", 3, "months", Answer.YES),
        ("2025-01-01", "2025-03-31", ">=", 3, "months", Answer.NO),
        ("2025-01-01", "2025-04-01", ">", 3, "months", Answer.NO),
        ("2025-01-01", "2025-04-02", ">", 3, "months", Answer.YES),
        ("2025-01-01", "2025-04-01", "<=", 3, "months", Answer.YES),
        ("2025-01-01", "2025-04-02", "<=", 3, "months", Answer.NO),
        ("2025-01-01", "2025-03-31", "<", 3, "months", Answer.YES),
        ("2025-01-01", "2025-04-01", "<", 3, "months", Answer.NO),
        ("2025-01-31", "2025-02-28", ">=", 1, "months", Answer.YES),
        ("2025-05-19", "2025-06-02", ">=", 2, "weeks", Answer.YES),
        ("2025-05-20", "2025-06-02", ">=", 2, "weeks", Answer.NO),
        ("2025-03", "2025-06-02", ">=", 3, "months", Answer.UNKNOWN),
        ("2025-03", "2025-06-02", ">=", 2, "months", Answer.YES),
        ("2025-03", "2025-06-02", ">=", 4, "months", Answer.NO),
        ("2025-01-01", "2025-04", ">=", 3, "months", Answer.YES),
        ("2025-01-02", "2025-04", ">=", 3, "months", Answer.UNKNOWN),
    ],
)
def test_a_span_is_compared_by_the_calendar(
    start: str, end: str, operator: str, count: int, unit: str, answer: Answer
) -> None:
    """From the shortest to the longest it may be, the span stands on one side of the limit."""
    assert Span(day(start), day(end)).compare(operator, count, unit) is answer


def test_a_span_in_words() -> None:
    """A span reads from its start to its end."""
    assert str(Span(day("2025-03"), day("2025-06-02"))) == "2025-03 to 2025-06-02"
