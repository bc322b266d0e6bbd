"""Entries on the line of days: which days a course covers, and what dose they add up to."""

from datetime import date
from fractions import Fraction
from itertools import permutations

import pytest

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate
from cartscreen.evaluate.exposure import (
    Days,
    Joins,
    Stretch,
    added_up,
    at_least,
    both,
    dosed,
    gaps,
    merged,
    running,
)
from cartscreen.units import Interval

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
MONTHLY = Joins(usual=28, longest=56)


def days(text: str) -> PartialDate:
    return PartialDate.parse(text)


def stretch(
    start: str,
    end: str,
    dose: int | None = None,
    *,
    drug: str = "prednisone",
    fits: Answer = YES,
    together: bool = False,
    joins: Joins | None = None,
) -> Stretch:
    """An entry from its first day to the day after its last."""
    amount = None if dose is None else Interval.exactly(dose)
    return Stretch(1, drug, fits, days(start), days(end), amount, together, joins)


def shown(runs: Days) -> tuple[list[str], list[str]]:
    return tuple([f"{a}/{b}" for a, b in each] for each in (runs.sure, runs.possible))


def at_least_dose(limit: int, *entries: Stretch, all_listed: bool = True) -> Days:
    return dosed(
        added_up(entries), lambda dose: dose.compare(">=", Fraction(limit)), all_listed=all_listed
    )


def test_touching_courses_are_one_run_and_a_day_between_ends_it() -> None:
    """A course to 14 March (inclusive) and one from 15 March are one; from 16 March, two."""
    one, next_day, later = (
        stretch("2026-01-15", "2026-03-15"),
        stretch("2026-03-15", "2026-06-15"),
        stretch("2026-03-16", "2026-06-15"),
    )

    assert shown(running([one, next_day])) == (["2026-01-15/2026-06-15"],) * 2
    assert gaps(running([one, later]).sure) == ((date(2026, 3, 15), date(2026, 3, 16)),)


def test_doses_on_one_day_are_joined_to_the_next_in_any_order() -> None:
    """An infusion of 1 March, of which the interval is open in a second entry, and one of 20 March.

    The day after the first to the second are 19 days, fewer than 28: one run, in whatever order the
    entries stand.
    """
    entries = [
        stretch("2026-03-01", "2026-03-02", drug="rituximab", joins=MONTHLY),
        stretch("2026-03-01", "2026-03-02", drug="rituximab"),
        stretch("2026-03-20", "2026-03-21", drug="rituximab"),
    ]

    for listed in permutations(entries):
        assert shown(running(listed))[0] == ["2026-03-01/2026-03-21"]


def test_vague_dates_cover_less_for_sure_than_they_may() -> None:
    """From some day of March to some day of May: April is sure, March to May possible."""
    entry = stretch("2026-03", "2026-05")

    assert shown(running([entry])) == (["2026-03-31/2026-05-01"], ["2026-03-01/2026-05-31"])


def test_an_entry_that_may_not_fit_runs_at_most() -> None:
    """What may be another drug adds to the possible days only; what does not fit, to none."""
    entries = [
        stretch("2026-01-01", "2026-02-01", fits=UNKNOWN),
        stretch("2026-03-01", "2026-04-01", fits=NO),
    ]

    assert shown(running(entries)) == ([], ["2026-01-01/2026-02-01"])


@pytest.mark.parametrize(
    ("second", "sure", "possible"),
    [
        # doses of one day on 4 August and 28, 29, 56, 57 days later; 55 days may follow the last
        ("2025-09-01", ["2025-08-04/2025-09-02"], ["2025-08-04/2025-10-27"]),
        (
            "2025-09-02",
            ["2025-08-04/2025-08-05", "2025-09-02/2025-09-03"],
            ["2025-08-04/2025-10-28"],
        ),
        (
            "2025-09-29",
            ["2025-08-04/2025-08-05", "2025-09-29/2025-09-30"],
            ["2025-08-04/2025-11-24"],
        ),
        (
            "2025-09-30",
            ["2025-08-04/2025-08-05", "2025-09-30/2025-10-01"],
            ["2025-08-04/2025-09-29", "2025-09-30/2025-11-25"],
        ),
    ],
)
def test_doses_at_intervals_join(second: str, sure: list[str], possible: list[str]) -> None:
    """Up to the usual interval it is one course, up to the longest it may be, beyond it is not."""
    after = str(date.fromordinal(date.fromisoformat(second).toordinal() + 1))
    entries = [
        stretch("2025-08-04", "2025-08-05", drug="belimumab", joins=MONTHLY),
        stretch(second, after, drug="belimumab", joins=MONTHLY),
    ]

    assert shown(running(entries)) == (sure, possible)


def test_doses_of_two_drugs_do_not_join() -> None:
    """An infusion of one drug is not followed by that of another."""
    entries = [
        stretch("2025-08-04", "2025-08-05", drug="belimumab", joins=MONTHLY),
        stretch("2025-09-01", "2025-09-02", drug="tocilizumab", joins=MONTHLY),
    ]

    assert len(running(entries).sure) == 2


def test_doses_of_two_drugs_add_up() -> None:
    """30 mg and 30 mg of two drugs are 60 on the days on which both run."""
    entries = [
        stretch("2026-03-01", "2026-07-16", 30),
        stretch("2026-04-01", "2026-08-01", 30, drug="methylprednisolone"),
    ]

    assert shown(at_least_dose(60, *entries)) == (["2026-04-01/2026-07-16"],) * 2
    assert shown(at_least_dose(61, *entries)) == ([], [])


def test_entries_of_one_drug_may_repeat_one_another() -> None:
    """30 and 20 mg of prednisone: at least 30, at most 50; 50 for sure if taken together."""
    entries = [stretch("2026-03-01", "2026-07-16", 30), stretch("2026-03-01", "2026-07-16", 20)]
    whole = ["2026-03-01/2026-07-16"]
    marked = [stretch("2026-03-01", "2026-07-16", dose, together=True) for dose in (30, 20)]

    assert shown(at_least_dose(30, *entries)) == (whole, whole)
    assert shown(at_least_dose(50, *entries)) == ([], whole)
    assert shown(at_least_dose(51, *entries)) == ([], [])
    assert shown(at_least_dose(50, *marked)) == (whole, whole)


def test_a_shared_day_is_a_change_of_dose() -> None:
    """60 mg to 14 March and 40 mg from 14 March are never 100."""
    entries = [stretch("2026-01-01", "2026-03-15", 60), stretch("2026-03-14", "2026-06-01", 40)]

    assert shown(at_least_dose(61, *entries)) == ([], [])
    assert shown(at_least_dose(40, *entries)) == (["2026-01-01/2026-06-01"],) * 2


def test_a_dose_that_is_not_recorded_may_be_any() -> None:
    """10 mg and an unknown dose: at least 10 for sure, at least 1000 possibly."""
    entries = [
        stretch("2026-03-01", "2026-07-16", 10),
        stretch("2026-03-01", "2026-07-16", drug="hydrocortisone"),
    ]
    whole = ["2026-03-01/2026-07-16"]

    assert shown(at_least_dose(10, *entries)) == (whole, whole)
    assert shown(at_least_dose(1000, *entries)) == ([], whole)


def test_a_sum_is_an_upper_bound_only_where_all_is_listed() -> None:
    """In a list that may lack an entry, no dose is surely below a limit."""
    entry = stretch("2026-03-01", "2026-07-16", 10)

    def below(all_listed: bool) -> Days:
        return dosed(
            added_up([entry]), lambda d: d.compare("<", Fraction(20)), all_listed=all_listed
        )

    assert below(True).sure
    assert not below(False).sure
    assert below(False).possible


def test_two_courses_at_the_same_time() -> None:
    """A common time has the later start and the earlier end."""
    one = running([stretch("2015-01-01", "2016-01-01")])
    other = running([stretch("2015-06-01", "2025-01-01", drug="mycophenolate")])

    assert shown(both(one, other)) == (["2015-06-01/2016-01-01"],) * 2


def test_at_least_two_of_three() -> None:
    """Two of three run from the second's start to the end of the last but one."""
    each = [
        running([stretch(start, end)])
        for start, end in (
            ("2025-01-01", "2025-06-01"),
            ("2025-03-01", "2025-09-01"),
            ("2025-08-01", "2025-12-01"),
        )
    ]

    assert shown(at_least(2, each))[0] == ["2025-03-01/2025-06-01", "2025-08-01/2025-09-01"]
    assert shown(at_least(3, each)) == ([], [])


def test_merged_leaves_out_what_is_empty() -> None:
    """A run that ends before it begins is none."""
    one = date(2025, 1, 1)
    assert merged([(one, one), (date(2025, 2, 1), one)]) == ()
