"""4. Windows: a stretch of time that ends on a study visit, both ends included.

Every example is judged on 2 June 2025, where it does not say otherwise.
"""

from datetime import date

import pytest
from support import SCREENING, profile_toml, says

from cartscreen.errors import InputError

BIOPSY = "renal.biopsy_date"  # a fact that is itself a date
RELAPSE = "ms.relapse"  # a finding with a date: an event


@pytest.mark.parametrize(
    ("window", "on", "day_before", "first_day"),
    [
        ("1 day", SCREENING, "2025-05-31", "2025-06-01"),
        ("7 days", SCREENING, "2025-05-25", "2025-05-26"),
        ("60 days", SCREENING, "2025-04-02", "2025-04-03"),  # 2 in June, 31 May, 27 of April
        ("1 week", SCREENING, "2025-05-25", "2025-05-26"),
        ("2 weeks", SCREENING, "2025-05-18", "2025-05-19"),  # a week is 7 days
        ("1 month", SCREENING, "2025-05-01", "2025-05-02"),
        ("6 months", SCREENING, "2024-12-01", "2024-12-02"),
        ("18 months", SCREENING, "2023-12-01", "2023-12-02"),
        ("1 year", SCREENING, "2024-06-01", "2024-06-02"),
        ("5 years", SCREENING, "2020-06-01", "2020-06-02"),
        # the calendar is clamped to the end of the month: there is no 31 February
        ("6 months", date(2025, 8, 31), "2025-02-27", "2025-02-28"),
        ("6 months", date(2024, 8, 31), "2024-02-28", "2024-02-29"),
        ("1 month", date(2025, 3, 31), "2025-02-27", "2025-02-28"),
        ("1 month", date(2025, 3, 28), "2025-02-27", "2025-02-28"),
        ("1 month", date(2025, 7, 31), "2025-06-29", "2025-06-30"),
        ("1 year", date(2024, 2, 29), "2023-02-27", "2023-02-28"),
        ("4 years", date(2024, 2, 29), "2020-02-28", "2020-02-29"),
        ("2 weeks", date(2024, 3, 7), "2024-02-21", "2024-02-22"),  # over a leap day
    ],
)
def test_both_ends_of_a_window_lie_inside(
    window: str, on: date, day_before: str, first_day: str
) -> None:
    """Days and weeks are counted, months and years follow the calendar; both end days count."""
    rule = f"{BIOPSY} within {window}"
    day_after = date.fromordinal(on.toordinal() + 1)

    assert says(rule, f"{BIOPSY} = {day_before}", on) == "no"
    assert says(rule, f"{BIOPSY} = {first_day}", on) == "yes"
    assert says(rule, f"{BIOPSY} = {on}", on) == "yes"
    assert says(rule, f"{BIOPSY} = {day_after}", on) == "no"


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("{ value = true, date = 2025-05-20 }", "yes"),
        ("{ value = true, date = 2024-12-02 }", "yes"),
        ("{ value = true, date = 2024-12-01 }", "no"),
        ("true", "unknown, not_dated: ms.relapse"),
        ("false", "no"),
        ("{ value = false, date = 2025-05-20 }", "no"),
        ("{ value = true, date = 2025-06-03 }", "unknown, future_dated: ms.relapse"),
    ],
)
def test_an_event_happened_in_the_window_or_not(profile: str, answer: str) -> None:
    """A finding within a window asks for its date; what is not there has not happened."""
    assert says(f"{RELAPSE} within 6 months", f"{RELAPSE} = {profile}") == answer


@pytest.mark.parametrize(
    ("rule", "result", "answer"),
    [
        ("lab.alt <= 40 U/L within 7 days", '{ value = "22 U/L", date = 2025-05-26 }', "yes"),
        ("lab.alt <= 40 U/L within 7 days", '{ value = "41 U/L", date = 2025-05-26 }', "no"),
        ("lab.alt <= 40 U/L within 7 days", '{ value = "22 U/L", date = 2025-06-02 }', "yes"),
        (
            "lab.alt <= 40 U/L within 7 days",
            '{ value = "22 U/L", date = 2025-05-25 }',
            "unknown, not_recorded: lab.alt",
        ),
        (
            "lab.alt <= 40 U/L within 7 days",
            '{ value = "41 U/L", date = 2025-05-25 }',
            "unknown, not_recorded: lab.alt",
        ),
        ("lab.alt <= 40 U/L within 7 days", '"22 U/L"', "unknown, not_dated: lab.alt"),
        (
            "lab.alt <= 40 U/L within 7 days",
            '{ value = "22 U/L", date = 2025-06-03 }',
            "unknown, future_dated: lab.alt",
        ),
        ("heart.ecg is normal within 2 weeks", '{ value = "normal", date = 2025-05-19 }', "yes"),
        (
            "heart.ecg is normal within 2 weeks",
            '{ value = "normal", date = 2025-05-18 }',
            "unknown, not_recorded: heart.ecg",
        ),
    ],
)
def test_a_result_outside_the_window_is_no_result(rule: str, result: str, answer: str) -> None:
    """A comparison or `is` with a window takes a result from the window, and no older one."""
    assert says(rule, f"{rule.split(' ')[0]} = {result}") == answer


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ('{ value = "22 U/L", date = 2025-05-26 }', "yes"),
        ('{ value = "22 U/L", date = 2025-05-25 }', "no"),
        ('"22 U/L"', "unknown, not_dated: lab.alt"),
    ],
)
def test_a_fact_alone_asks_for_the_date_of_its_newest_result(result: str, answer: str) -> None:
    """`lab.alt within 7 days` asks whether there is a result of the last 7 days."""
    assert says("lab.alt within 7 days", f"lab.alt = {result}") == answer


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ('"2025-03"', "yes"),  # every day of March lies inside
        ('"2024-11"', "no"),  # no day of November does
        ('"2024-12"', "unknown, imprecise_date: renal.biopsy_date"),  # the window begins on the 2nd
        ('"2025-06"', "unknown, imprecise_date: renal.biopsy_date"),  # it ends on the 2nd
        ('"2024"', "unknown, imprecise_date: renal.biopsy_date"),
        ('"2023"', "no"),
        ('"2025-05-20"', "yes"),
        ('"2025-07"', "no"),
    ],
)
def test_a_date_known_in_part_is_each_of_its_days(day: str, answer: str) -> None:
    """2025-03 is every day of March: the answer is decided only if all of them agree."""
    assert says(f"{BIOPSY} within 6 months", f"{BIOPSY} = {day}") == answer


def test_a_result_of_a_date_known_in_part() -> None:
    """A result of some day in May is of the last month or not; it is never taken to be."""
    profile = 'lab.alt = { value = "22 U/L", date = "2025-05" }'

    assert says("lab.alt <= 40 U/L within 1 month", profile) == "unknown, imprecise_date: lab.alt"
    assert says("lab.alt <= 40 U/L within 2 months", profile) == "yes"


@pytest.mark.parametrize(
    ("anchor", "day_before", "first_day"),
    [
        ("consent", "2025-05-12", "2025-05-13"),
        ("screening", "2025-05-25", "2025-05-26"),
        ("enrollment", "2025-06-01", "2025-06-02"),
        ("leukapheresis", "2025-06-08", "2025-06-09"),
        ("lymphodepletion", "2025-06-23", "2025-06-24"),
        ("infusion", "2025-06-28", "2025-06-29"),
    ],
)
def test_a_window_counts_back_from_the_visit_it_names(
    anchor: str, day_before: str, first_day: str
) -> None:
    """`before enrollment` ends the window on the day of enrolment; screening is the default."""
    visits = """
    dates.consent         = 2025-05-20
    dates.screening       = 2025-06-02
    dates.enrollment      = 2025-06-09
    dates.leukapheresis   = 2025-06-16
    dates.lymphodepletion = 2025-07-01
    dates.infusion        = 2025-07-06
    """
    rule = f"{BIOPSY} within 7 days before {anchor}"

    assert says(rule, f"{visits}\n{BIOPSY} = {day_before}") == "no"
    assert says(rule, f"{visits}\n{BIOPSY} = {first_day}") == "yes"


def test_a_result_up_to_a_later_visit_counts_for_that_visit() -> None:
    """The newest result before enrolment may be newer than screening."""
    profile = """
    dates.enrollment = 2025-06-09
    pregnancy.test = [
      { value = "negative", date = 2025-06-01 }, { value = "positive", date = 2025-06-09 },
    ]
    """

    assert says("pregnancy.test is negative within 7 days before enrollment", profile) == "no"
    assert says("pregnancy.test is negative within 7 days", profile) == "yes"


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("lab.alt within 7 days before consent", "yes"),
        ("lab.alt <= 40 U/L within 7 days before consent", "yes"),
        ("lab.alt <= 40 U/L within 7 days", "no"),
    ],
)
def test_a_result_after_an_earlier_visit_does_not_hide_one_before_it(
    rule: str, answer: str
) -> None:
    """For a window that ends on the consent of 20 May, the result of June is in the future."""
    profile = """
    dates.consent = 2025-05-20
    lab.alt = [{ value = "22 U/L", date = 2025-05-18 }, { value = "60 U/L", date = 2025-06-01 }]
    """

    assert says(rule, profile) == answer


def test_an_event_after_an_earlier_visit_says_nothing_of_the_time_before_it() -> None:
    """The latest relapse came after consent: whether there was one before is not recorded."""
    profile = "dates.consent = 2025-05-20\nms.relapse = { value = true, date = 2025-06-01 }"

    assert says("ms.relapse within 6 months before consent", profile) == (
        "unknown, future_dated: ms.relapse"
    )


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2025-05-20", "unknown, not_recorded: dates.enrollment"),  # in time or not, by the day
        ("2024-12-02", "unknown, not_recorded: dates.enrollment"),
        ("2024-12-01", "no"),  # too old today, and no younger on any later day
        ("2025-06-20", "unknown, not_recorded: dates.enrollment"),
    ],
)
def test_a_visit_without_a_date_lies_on_the_date_judged_or_later(day: str, answer: str) -> None:
    """Before a visit that has no date yet, only what is too old already is decided."""
    assert says(f"{BIOPSY} within 6 months before enrollment", f"{BIOPSY} = {day}") == answer


def test_an_event_that_is_planned_waits_for_the_visit() -> None:
    """An event after screening is before an undated infusion or not: that is for its date."""
    rule = "ms.relapse within 7 days before infusion"
    event = "ms.relapse = { value = true, date = 2025-06-20 }"

    assert says(rule, event) == "unknown, not_recorded: dates.infusion"
    assert says(rule, f"dates.infusion = 2025-06-27\n{event}") == "yes"
    assert says(rule, f"dates.infusion = 2025-06-28\n{event}") == "no"
    assert (
        says(rule, f"dates.infusion = 2025-06-19\n{event}") == "unknown, future_dated: ms.relapse"
    )


# 60 days before 2 June is 3 April, and 6 months before that 3 October
@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2024-10-02", "no"),
        ("2024-10-03", "unknown, not_recorded: dates.consent"),
        ("2025-04-03", "unknown, not_recorded: dates.consent"),
    ],
)
def test_consent_without_a_date_lies_at_most_60_days_before_screening(
    day: str, answer: str
) -> None:
    """Or any time after; the 60 days are a convention of ours, which the vocabulary states."""
    assert says(f"{BIOPSY} within 6 months before consent", f"{BIOPSY} = {day}") == answer


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2024-12-31", "no"),  # the day before 6 months before 1 July
        ("2025-01-01", "unknown, imprecise_date: dates.enrollment"),
        ("2025-01-30", "unknown, imprecise_date: dates.enrollment"),
        ("2025-01-31", "yes"),  # 6 months before 31 July, the last day it may be
        ("2025-07-01", "yes"),
        ("2025-07-02", "unknown, imprecise_date: dates.enrollment"),
        ("2025-07-31", "unknown, imprecise_date: dates.enrollment"),
        ("2025-08-01", "no"),
    ],
)
def test_a_visit_known_in_part_is_each_of_its_days(day: str, answer: str) -> None:
    """Enrolment some time in July: decided only if it is so for the 1st and for the 31st."""
    profile = f'dates.enrollment = "2025-07"\n{BIOPSY} = {day}'

    assert says(f"{BIOPSY} within 6 months before enrollment", profile) == answer


@pytest.mark.parametrize(
    ("birth", "on", "answer"),
    [
        ("2000-01-01", date(2017, 12, 31), "no"),
        ("2000-01-01", date(2018, 1, 1), "yes"),
        # born on 29 February: the birthday of a common year is 1 March
        ("2008-02-29", date(2026, 2, 27), "no"),
        ("2008-02-29", date(2026, 2, 28), "no"),
        ("2008-02-29", date(2026, 3, 1), "yes"),
        ("2008-02-29", date(2028, 2, 29), "yes"),
        ('"2007-06"', SCREENING, "unknown, imprecise_date: person.birth_date"),
        ('"2007-05"', SCREENING, "yes"),
        ('"2007-07"', SCREENING, "no"),
        ('"2006"', SCREENING, "yes"),
        ('"2007"', SCREENING, "unknown, imprecise_date: person.birth_date"),
    ],
)
def test_age_is_in_completed_years(birth: str, on: date, answer: str) -> None:
    """The age turns on the birthday; a birthday known in part is each of its days."""
    assert says("person.age >= 18 years", f"person.birth_date = {birth}", on) == answer


@pytest.mark.parametrize(
    "day", ["0", "20250501", '"01/02/1950"', '"2025-02-30"', '"2025-13"', '"soon"']
)
def test_what_is_no_date_is_refused(day: str) -> None:
    """A number, a date in another order and a day that is not in the calendar are errors."""
    with pytest.raises(InputError, match=r"test.toml: line 3, renal.biopsy_date: "):
        profile_toml(f"{BIOPSY} = {day}")


@pytest.mark.parametrize(
    ("birth", "screening", "words"),
    [
        ("2025-06-03", "2025-06-02", "after the screening date"),
        ("1900-06-01", "2030-06-02", "130 years"),
    ],
)
def test_a_birth_that_cannot_be_is_refused(birth: str, screening: str, words: str) -> None:
    """Nobody is born after the screening date, or more than 130 years before it."""
    with pytest.raises(InputError, match=f"person.birth_date.*{words}"):
        profile_toml(f"dates.screening = {screening}\nperson.birth_date = {birth}")


def test_a_time_of_day_keeps_the_date_of_the_place_that_wrote_it() -> None:
    """Half past midnight on 1 December at +08:00 is 1 December, wherever the program runs."""
    assert says(f"{BIOPSY} within 6 months", f"{BIOPSY} = 2024-12-02T00:30:00+08:00") == "yes"
    assert says(f"{BIOPSY} within 6 months", f"{BIOPSY} = 2024-12-01T23:30:00-05:00") == "no"
