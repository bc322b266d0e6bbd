"""Days on which an answer changes with nothing new happening, worked out on a calendar by hand."""

from datetime import date, timedelta

import pytest
from support import SCREENING, profile_toml, rule_toml, trial_toml

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial
from cartscreen.plan.calendar import HORIZON_DAYS, Calendar, Period

Turns = list[tuple[str, str]]


def calendar(profile: str, on: date = SCREENING, days: int = HORIZON_DAYS) -> Calendar:
    return Calendar(chart_on(profile_toml(profile), bundled_pack(), on), days)


def one(rule: str, more: str = "") -> Trial:
    """A trial of one inclusion."""
    written = rule if rule.startswith("{") else f'"{rule}"'
    return trial_toml(
        f'[[inclusion]]\nid = "I1"\ntitle = "one"\nsource = "page"\nrule = {written}\n{more}'
    )


def answers(periods: list[Period], criterion: str = "I1") -> Turns:
    """(first day, answer) of each period; "yes*" where the criterion does not apply."""
    said = []
    for period in periods:
        item = next(i for i in period.screening.criteria if i.criterion.id == criterion)
        star = "" if item.applicable else "*"
        said.append((period.first.isoformat(), f"{item.answer.value}{star}"))
    return said


def turns(rule: str, profile: str, on: date = SCREENING, more: str = "") -> Turns:
    """The answer on the first day, and each later day on which it changes, with the new one."""
    (_, first), *later = answers(calendar(profile, on).periods(one(rule, more)))
    return [("", first), *later]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("window", "seen", "on", "out"),
    [
        # days and weeks: so many days later is the last day inside
        ("7 days", "2025-05-30", "2025-06-02", "2025-06-07"),
        ("1 day", "2025-06-01", "2025-06-02", "2025-06-03"),
        ("30 days", "2025-05-20", "2025-06-02", "2025-06-20"),
        ("2 weeks", "2025-05-30", "2025-06-02", "2025-06-14"),
        ("8 weeks", "2024-01-05", "2024-01-10", "2024-03-02"),  # over a 29 February
        # months and years: the same day of a later month is the last day inside
        ("6 months", "2025-03-15", "2025-06-02", "2025-09-16"),
        ("3 months", "2025-04-30", "2025-06-02", "2025-08-01"),  # 31 July goes to 30 April
        ("1 year", "2024-07-01", "2025-06-02", "2025-07-02"),
        ("2 years", "2024-02-29", "2025-06-02", "2026-03-01"),
        # a month's end is clamped backwards: 29, 30 and 31 August less 6 months are 28 February
        ("6 months", "2025-02-27", "2025-06-02", "2025-08-28"),
        ("6 months", "2025-02-28", "2025-06-02", "2025-09-01"),
        # 30 June less 6 months is 30 December, 1 July 1 January: the 31st is no day's first
        ("6 months", "2024-12-29", "2025-06-02", "2025-06-30"),
        ("6 months", "2024-12-30", "2025-06-02", "2025-07-01"),
        ("6 months", "2024-12-31", "2025-06-02", "2025-07-01"),
        ("6 months", "2025-01-31", "2025-06-02", "2025-08-01"),
        ("1 month", "2025-05-31", "2025-06-02", "2025-07-01"),
        ("3 months", "2024-11-28", "2025-01-10", "2025-03-01"),  # 28 February goes to 28 November
        ("3 months", "2024-11-30", "2025-01-10", "2025-03-01"),
        # leap years: 29 February 2024 goes to 29 August, and by a year to 28 February 2023
        ("6 months", "2023-08-28", "2024-01-10", "2024-02-29"),
        ("6 months", "2023-08-29", "2024-01-10", "2024-03-01"),
        ("6 months", "2023-08-31", "2024-01-10", "2024-03-01"),
        ("1 year", "2023-02-27", "2024-01-10", "2024-02-28"),
        ("1 year", "2023-02-28", "2024-01-10", "2024-03-01"),
        ("1 year", "2024-02-29", "2025-01-10", "2025-03-01"),
    ],
)
def test_a_window_ends_on_the_day_after_its_last(window: str, seen: str, on: str, out: str) -> None:
    """The event lies in it up to and with the last day, and from the next day outside."""
    rule, profile = f"renal.biopsy_date within {window}", f"renal.biopsy_date = {seen}"

    assert turns(rule, profile, day(on)) == [("", "yes"), (out, "no")]


def test_a_result_that_grows_too_old_leaves_the_answer_open() -> None:
    """Unlike an event, a result outside its window says neither yes nor no."""
    profile = 'pregnancy.blood_test = { value = "negative", date = 2025-05-30 }'

    assert turns("pregnancy.blood_test is negative within 7 days", profile) == [
        ("", "yes"),
        ("2025-06-07", "unknown"),
    ]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        # 1 to 31 March: on 1 June the first of them is the last day inside, on 1 July none is left
        ("2025-05-20", [("", "yes"), ("2025-06-02", "unknown"), ("2025-07-01", "no")]),
        ("2025-06-02", [("", "unknown"), ("2025-07-01", "no")]),
        ("2025-07-01", [("", "no")]),
    ],
)
def test_an_event_known_to_the_month_leaves_its_window_day_by_day(on: str, expected: Turns) -> None:
    """YES while every day of the month lies inside, UNKNOWN while some do, then NO."""
    rule = "renal.biopsy_date within 3 months"

    assert turns(rule, 'renal.biopsy_date = "2025-03"', day(on)) == expected


# Birthdays


@pytest.mark.parametrize(
    ("rule", "birth", "on", "expected"),
    [
        ("person.age >= 18 years", "2007-07-10", "2025-06-02", [("", "no"), ("2025-07-10", "yes")]),
        ("person.age <= 18 years", "2007-07-10", "2025-06-02", [("", "yes"), ("2026-07-10", "no")]),
        ("person.age < 18 years", "2007-07-10", "2025-06-02", [("", "yes"), ("2025-07-10", "no")]),
        ("person.age >= 18 years", "2007-06-02", "2025-06-02", [("", "yes")]),
        ("person.age >= 18 years", "2007-06-03", "2025-06-02", [("", "no"), ("2025-06-03", "yes")]),
        # born on 29 February: 1 March in a common year, 29 February in a leap year
        ("person.age >= 18 years", "2008-02-29", "2025-06-02", [("", "no"), ("2026-03-01", "yes")]),
        ("person.age >= 16 years", "2008-02-29", "2024-01-10", [("", "no"), ("2024-02-29", "yes")]),
        # 1 to 31 July: 18 for the eldest of them on the 1st, for all on the 31st
        (
            "person.age >= 18 years",
            '"2007-07"',
            "2025-06-02",
            [("", "no"), ("2025-07-01", "unknown"), ("2025-07-31", "yes")],
        ),
        (
            "person.age >= 18 years",
            '"2007"',
            "2025-06-02",
            [("", "unknown"), ("2025-12-31", "yes")],
        ),
        (
            "person.age >= 18 years",
            '"2008-02"',
            "2025-06-02",
            [("", "no"), ("2026-02-01", "unknown"), ("2026-03-01", "yes")],
        ),
    ],
)
def test_an_age_changes_on_the_birthday(rule: str, birth: str, on: str, expected: Turns) -> None:
    """Completed years; of a date known in part, from the first birthday it may be to the last."""
    assert turns(rule, f"person.birth_date = {birth}", day(on)) == expected


def test_an_age_within_years_opens_and_closes() -> None:
    """5 to 6 years, both ends included: from the 5th birthday to the day before the 7th."""
    rule = '{ all = ["person.age >= 5 years", "person.age <= 6 years"] }'

    assert turns(rule, "person.birth_date = 2020-08-15") == [("", "no"), ("2025-08-15", "yes")]
    assert turns(rule, "person.birth_date = 2019-08-15") == [("", "yes"), ("2026-08-15", "no")]


@pytest.mark.parametrize(
    ("birth", "on", "expected"),
    [
        ("1956-07-10", "2025-06-02", [("", "yes"), ("2025-07-10", "no")]),
        ("1956-02-29", "2025-01-10", [("", "yes"), ("2025-03-01", "no")]),
    ],
)
def test_an_estimate_by_completed_years_changes_on_the_birthday(
    birth: str, on: str, expected: Turns
) -> None:
    """Cockcroft-Gault: (140 - age) x 60 kg / (72 x 1 mg/dL) is 60 at 68 years, and less at 69."""
    profile = (
        f'[person]\nbirth_date = {birth}\nsex = "male"\nweight = "60 kg"\n'
        '[lab]\ncreatinine = "1 mg/dL"'
    )

    assert turns("renal.creatinine_clearance >= 60 mL/min", profile, day(on)) == expected


# Courses of treatment

PREDNISONE = """
[[treatment]]
drug = "prednisone"
{fields}
[reviewed]
treatment = 2025-06-02
"""


def course(**fields: str) -> str:
    written = {key: f'"{value}"' if value == "ongoing" else value for key, value in fields.items()}
    return PREDNISONE.format(fields="\n".join(f"{key} = {v}" for key, v in written.items()))


def some(*tests: str) -> str:
    listed = ", ".join(f'"{test}"' for test in ("drug is prednisone", *tests))
    return f'{{ some = "treatment", where = [{listed}] }}'


@pytest.mark.parametrize(
    ("test", "start", "on", "reached"),
    [
        ("lasted >= 3 months", "2025-04-10", "2025-06-02", "2025-07-10"),
        ("lasted > 3 months", "2025-04-10", "2025-06-02", "2025-07-11"),
        ("lasted >= 3 months", "2024-11-30", "2025-01-10", "2025-02-28"),
        ("lasted >= 3 months", "2023-11-30", "2024-01-10", "2024-02-29"),
        ("lasted >= 8 weeks", "2025-05-01", "2025-06-02", "2025-06-26"),
        ("lasted > 2 weeks", "2025-05-25", "2025-06-02", "2025-06-09"),
        ("lasted > 6 months", "2025-02-28", "2025-06-02", "2025-08-29"),
        ("lasted >= 1 year", "2024-02-29", "2025-01-10", "2025-02-28"),
    ],
)
def test_a_course_that_goes_on_reaches_its_length(
    test: str, start: str, on: str, reached: str
) -> None:
    """On the first day before which the time is full; the day judged itself does not count."""
    assert turns(some(test), course(start=start, stop="ongoing"), day(on)) == [
        ("", "no"),
        (reached, "yes"),
    ]


def test_each_planned_step_may_change_the_answer() -> None:
    """5 mg from 1 July on, 15 mg from 1 August: each step has its day, and not the last alone."""
    steps = ", ".join(
        f'{{ dose = "{dose} mg/day", from = {since} }}'
        for dose, since in ((20, "2025-01-01"), (5, "2025-07-01"), (15, "2025-08-01"))
    )
    profile = (
        "reviewed.treatment = 2025-06-02\n"
        f'treatment = [{{ drug = "prednisone", steps = [{steps}], stop = "ongoing" }}]'
    )
    rule = some("prednisone_dose >= 10 mg/day", "stop is ongoing")

    assert turns(rule, profile)[:3] == [("", "yes"), ("2025-07-01", "no"), ("2025-08-01", "yes")]


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("2025-07-08", [("", "no")]),  # a day short of three months
        ("2025-07-09", [("", "no"), ("2025-07-09", "yes")]),  # its last day is inside
        ("2026-01-01", [("", "no"), ("2025-07-10", "yes")]),
    ],
)
def test_a_planned_stop_ends_the_growth_of_a_course(stop: str, expected: Turns) -> None:
    """From 10 April on, three months are full with 9 July as the last day, else on 10 July."""
    assert turns(some("lasted >= 3 months"), course(start="2025-04-10", stop=stop)) == expected


def test_a_course_goes_on_to_the_day_of_its_planned_stop() -> None:
    """The last day belongs to it; on the next it has stopped."""
    profile = course(start="2025-04-10", stop="2025-07-01")

    assert turns(some("stop is ongoing"), profile) == [("", "yes"), ("2025-07-02", "no")]


def test_a_course_begins_on_its_planned_start() -> None:
    """A treatment of the future does not go on before it has begun."""
    profile = course(start="2025-06-20", stop="ongoing")

    assert turns(some("stop is ongoing"), profile) == [("", "no"), ("2025-06-20", "yes")]


def test_a_course_that_goes_on_and_is_long_enough_ends_with_its_stop() -> None:
    """Long enough from 10 July, going on to 31 August."""
    rule = some("lasted >= 3 months", "stop is ongoing")

    assert turns(rule, course(start="2025-04-10", stop="2025-08-31")) == [
        ("", "no"),
        ("2025-07-10", "yes"),
        ("2025-09-01", "no"),
    ]


def test_a_dose_has_been_unchanged_for_more_than_two_weeks_on_the_fifteenth_day() -> None:
    """Changed on 25 May: 14 days are full on 8 June, more than 14 on 9 June."""
    profile = course(start="2025-04-10", stop="ongoing", last_change="2025-05-25")

    assert turns(some("unchanged > 2 weeks"), profile) == [("", "no"), ("2025-06-09", "yes")]
    assert turns(some("unchanged >= 2 weeks"), profile) == [("", "no"), ("2025-06-08", "yes")]


def test_a_time_free_of_disease_grows() -> None:
    """Free since 30 June 2023: two years are full on 30 June 2025."""
    rule = '{ some = "malignancy", where = ["disease_free >= 2 years"] }'
    profile = (
        '[[malignancy]]\nkind = "other"\ndisease_free_since = 2023-06-30\n'
        "[reviewed]\nmalignancy = 2025-06-02"
    )

    assert turns(rule, profile) == [("", "no"), ("2025-06-30", "yes")]


def test_a_dose_per_kg_changes_with_a_weight_nearer_to_the_start() -> None:
    """60 mg on 58 kg are more than 1 mg/kg; on 62 kg, known from 15 June, they are less."""
    profile = course(start="2025-05-20", stop="ongoing", dose='"60 mg/day"') + (
        '[person]\nweight = [{ value = "58 kg", date = 2025-03-01 }, '
        '{ value = "62 kg", date = 2025-06-15 }]'
    )

    assert turns(some("prednisone_dose_per_kg >= 1 mg/kg/day"), profile) == [
        ("", "yes"),
        ("2025-06-15", "no"),
    ]


# Half-lives


@pytest.mark.parametrize(
    ("fields", "turning"),
    [
        # rituximab, 18 to 22 days: 10 March and 5 x 18 days are 8 June, and 5 x 22 days 28 June
        (
            'drug = "rituximab"\nlast_dose = 2025-03-10',
            [("2025-06-09", "unknown"), ("2025-06-29", "no")],
        ),
        # the last day of the course is its last dose
        (
            'drug = "rituximab"\nstop = 2025-03-10',
            [("2025-06-09", "unknown"), ("2025-06-29", "no")],
        ),
        # as the chart states it: 5 x 10 days after 1 May are 20 June
        (
            'drug = "rituximab"\nlast_dose = 2025-05-01\nhalf_life = "10 days"',
            [("2025-06-21", "no")],
        ),
        # a planned stop: to its day the course goes on; then 5 x 4 hours, which end within a day
        ('drug = "prednisone"\nstart = 2025-01-01\nstop = 2025-06-10', [("2025-06-12", "no")]),
    ],
)
def test_half_lives_end_a_washout(fields: str, turning: list[tuple[str, str]]) -> None:
    """Inside the shorter time, open till the longer is over, and on the next day no more."""
    rule = '{ some = "treatment", where = ["last_dose within 5 half-lives"] }'
    profile = f"[[treatment]]\n{fields}\n[reviewed]\ntreatment = 2025-06-02"

    assert turns(rule, profile) == [("", "yes"), *turning]


def test_half_lives_before_a_visit_that_moves() -> None:
    """Enrolment a week after screening: the washout is over for it a week earlier."""
    rule = '{ some = "treatment", where = ["last_dose within 5 half-lives before enrollment"] }'
    profile = (
        "[dates]\nscreening = 2025-06-02\nenrollment = 2025-06-09\n"
        '[[treatment]]\ndrug = "rituximab"\n'
        "last_dose = 2025-03-17\n[reviewed]\ntreatment = 2025-06-02"
    )

    # 15 June is 90 days, 5 July 110 days after the last dose; a week earlier for enrolment
    assert turns(rule, profile) == [("", "yes"), ("2025-06-09", "unknown"), ("2025-06-29", "no")]


# Results


def test_a_result_of_the_future_is_used_from_its_day() -> None:
    """Dated 10 June, it is not known on 9 June."""
    profile = 'lab.neutrophils = { value = "2 10^9/L", date = 2025-06-10 }'

    assert turns("lab.neutrophils >= 1 10^9/L", profile) == [("", "unknown"), ("2025-06-10", "yes")]


NEUTROPHILS = """
[lab]
neutrophils = [
  {{ value = "2 10^9/L", date = 2025-05-20 }},
  {{ value = "0.5 10^9/L", date = {newer} }},
]
"""


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        ("2025-06-10", [("", "yes"), ("2025-06-10", "no")]),
        # some day of July: it may be the newest from the 1st, and is on the 31st
        ('"2025-07"', [("", "yes"), ("2025-07-01", "unknown"), ("2025-07-31", "no")]),
    ],
)
def test_a_newer_result_takes_over_on_its_day(newer: str, expected: Turns) -> None:
    """The newest result on or before the date judged counts."""
    profile = NEUTROPHILS.format(newer=newer)

    assert turns("lab.neutrophils >= 1 10^9/L", profile) == expected


def test_an_earlier_result_leaves_the_window_of_a_change() -> None:
    """A fall from 100 (10 January) to 80 (1 June): six months after 10 January there is no pair."""
    profile = (
        '[lab]\nhemoglobin = [{ value = "100 g/L", date = 2025-01-10 }, '
        '{ value = "80 g/L", date = 2025-06-01 }]'
    )

    assert turns("lab.hemoglobin fell >= 10 % within 6 months", profile) == [
        ("", "yes"),
        ("2025-07-11", "unknown"),
    ]


def test_a_derived_finding_changes_with_the_window_of_its_own_rule() -> None:
    """Platelets within 30 days make the item of the SLEDAI-2K: of 20 May, to 19 June."""
    profile = (
        'lab.platelets = { value = "80 10^9/L", date = 2025-05-20 }\n'
        "sledai.thrombocytopenia_due_to_lupus = true"
    )

    assert turns("sledai.thrombocytopenia", profile) == [("", "yes"), ("2025-06-20", "unknown")]


def test_a_contradiction_begins_with_the_result_that_makes_it() -> None:
    """HBV DNA found on 20 June puts the negative HBsAg in doubt; no rule of the trial reads it."""
    profile = (
        'infection.hbsag = { value = "negative", date = 2025-05-20 }\n'
        'infection.hbcab = { value = "negative", date = 2025-05-20 }\n'
        'infection.hbv_dna = { value = "above limit", date = 2025-06-20 }'
    )

    assert turns("infection.hbsag is negative", profile) == [("", "yes"), ("2025-06-20", "unknown")]


# Visits

VISITS = "[dates]\nscreening = 2025-06-02\n{more}\n[renal]\nbiopsy_date = {biopsy}\n"


@pytest.mark.parametrize(
    ("more", "biopsy", "expected"),
    [
        # planned for a week after screening, it moves: 15 March leaves its window a week earlier
        ("enrollment = 2025-06-09", "2025-03-15", [("", "yes"), ("2025-09-09", "no")]),
        # not dated: on the day of screening or any day after; never surely inside
        ("", "2025-03-15", [("", "unknown"), ("2025-09-16", "no")]),
        # some day of July: 31 July is the last day for which 31 January is inside, and 1 July moved
        # by 31 days is the first for which no day is
        (
            'enrollment = "2025-07"',
            "2025-01-31",
            [("", "yes"), ("2025-06-03", "unknown"), ("2025-07-03", "no")],
        ),
        # 10 February is inside to 10 August: 31 July moved by 10 days, 1 July moved by 40
        (
            'enrollment = "2025-07"',
            "2025-02-10",
            [("", "yes"), ("2025-06-13", "unknown"), ("2025-07-13", "no")],
        ),
    ],
)
def test_a_visit_to_come_moves_with_screening(more: str, biopsy: str, expected: Turns) -> None:
    """It stays as many days after screening as the profile plans."""
    profile = VISITS.format(more=more, biopsy=biopsy)

    assert turns("renal.biopsy_date within 6 months before enrollment", profile) == expected


def test_a_consent_that_is_given_stays_where_it_is() -> None:
    """An event six months before it stays six months before it."""
    profile = VISITS.format(more="consent = 2025-05-20", biopsy="2024-12-01")

    assert turns("renal.biopsy_date within 6 months before consent", profile) == [("", "yes")]


def test_a_consent_known_to_the_month_ends_with_it() -> None:
    """An infection that begins on 25 June has begun by a consent of June, or by 30 June at last."""
    rule = """{ some = "infection_episode", where = [
  { any = ["certainty is proven", "last_active within 6 months before consent"] }] }"""
    profile = (
        '[dates]\nscreening = 2025-06-10\nconsent = "2025-06"\n'
        '[[infection_episode]]\ncertainty = "proven"\nstart = 2025-06-25'
    )

    assert turns(rule.replace("\n", ""), profile, day("2025-06-10")) == [
        ("", "unknown"),
        ("2025-06-30", "yes"),
    ]


def test_without_a_screening_date_no_visit_moves() -> None:
    """An enrolment on 30 June is on 30 June, whichever day is judged."""
    profile = "dates.enrollment = 2025-06-30\nrenal.biopsy_date = 2025-01-10"

    assert turns("renal.biopsy_date within 6 months before enrollment", profile) == [("", "yes")]


def test_a_pregnancy_test_is_too_old_where_enrolment_is_more_than_a_week_later() -> None:
    """Of 2 June, for an enrolment on 9 June: on the next day already the test is to be repeated."""
    profile = (
        "[dates]\nscreening = 2025-06-02\nenrollment = 2025-06-09\n"
        '[pregnancy]\nblood_test = { value = "negative", date = 2025-06-02 }'
    )
    rule = "pregnancy.blood_test is negative within 7 days before enrollment"

    assert turns(rule, profile) == [("", "yes"), ("2025-06-03", "unknown")]


# An estimate that moves every day

GIRL = """
[person]
birth_date = {birth}
sex = "female"
height = "120 cm"
[lab]
creatinine = {{ value = "1.427 mg/dL", date = 2025-06-02 }}
"""


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        # CKiD U25: 36.1 x 1.008^(age - 12) x 1.20 / 1.427 reaches 30 where 1.008^(age - 12) is
        # 35.675 / 36.1, that is at 12 - 1.48625 = 10.51375 years, which are 3840.15 days: on day
        # 3841. 1 January 2015 and 3653 days are 1 January 2025; 188 more are 8 July.
        ("2015-01-01", [("", "no"), ("2025-07-08", "yes")]),
        # the same for the eldest of a month, and 30 days later for the youngest
        ('"2015-01"', [("", "no"), ("2025-07-08", "unknown"), ("2025-08-07", "yes")]),
    ],
)
def test_an_egfr_of_a_child_passes_a_limit_between_birthdays(birth: str, expected: Turns) -> None:
    """CKiD U25 takes age in decimal years: it rises every day."""
    assert turns("renal.egfr >= 30 mL/min/1.73 m2", GIRL.format(birth=birth)) == expected


def test_an_egfr_of_an_infant_begins_at_one_year_and_rises() -> None:
    """Born in July 2024: the youngest of the month is 1 year, 365.25 days, old on 1 August 2025.

    36.1 x 1.008^(age - 12) x 0.80 / 0.5 reaches 53.713 at 2.88355 years, 1053.21 days: of the
    eldest on day 1054, 21 May 2027; of the youngest after the last day looked at.
    """
    profile = (
        '[person]\nbirth_date = "2024-07"\nsex = "female"\nheight = "80 cm"\n'
        '[lab]\ncreatinine = { value = "0.5 mg/dL", date = 2025-06-02 }'
    )

    assert turns("renal.egfr >= 53.713 mL/min/1.73 m2", profile) == [
        ("", "unknown"),
        ("2025-08-01", "no"),
        ("2027-05-21", "unknown"),
    ]


def test_an_egfr_passes_two_limits_of_one_rule_between_birthdays() -> None:
    """30, on 8 July, and 30.1: at 10.93163 years, 3992.78 days: on day 3993, 7 December."""
    unit = "mL/min/1.73 m2"
    rule = f'{{ all = ["renal.egfr >= 30 {unit}", "renal.egfr < 30.1 {unit}"] }}'

    assert turns(rule, GIRL.format(birth="2015-01-01")) == [
        ("", "no"),
        ("2025-07-08", "yes"),
        ("2025-12-07", "no"),
    ]


# Trials

HEADING = """
[[inclusion]]
id = "I1"
title = "heading"
source = "page"
needs = "any"
{applies}

[[inclusion]]
id = "I1.a"
title = "biopsy"
source = "page"
rule = "renal.biopsy_date within 6 months"

[[inclusion]]
id = "I1.b"
title = "age"
source = "page"
rule = "person.age >= 18 years"
"""
BOTH = "renal.biopsy_date = 2025-03-15\nperson.birth_date = {birth}"


def test_a_heading_changes_with_its_children() -> None:
    """Yes by the biopsy to 15 September, no after it, and yes by age from 1 December."""
    periods = calendar(BOTH.format(birth="2007-12-01")).periods(
        trial_toml(HEADING.format(applies=""))
    )

    assert answers(periods) == [
        ("2025-06-02", "yes"),
        ("2025-09-16", "no"),
        ("2025-12-01", "yes"),
    ]
    assert [period.screening.verdict for period in periods] == [
        "eligible",
        "ineligible",
        "eligible",
    ]


def test_a_heading_changes_with_what_it_applies_to() -> None:
    """It applies from the 16th birthday, on 1 October; the biopsy is too old by then.

    That it became so on 16 September changed nothing: till then nothing below the heading applies.
    """
    applies = 'applies = "person.age >= 16 years"'
    periods = calendar(BOTH.format(birth="2009-10-01")).periods(
        trial_toml(HEADING.format(applies=applies))
    )

    assert answers(periods) == [
        ("2025-06-02", "yes*"),
        ("2025-10-01", "no"),
    ]


def test_a_criterion_changes_with_what_it_applies_to() -> None:
    """It does not apply up to an age; then it applies, and has failed."""
    more = 'applies = "person.age >= 18 years"'
    profile = "person.birth_date = 2007-07-10\nheart.lvef_by_echo = false"

    assert turns("heart.lvef_by_echo", profile, more=more) == [("", "yes*"), ("2025-07-10", "no")]


READINGS = """
[[inclusion]]
id = "I1"
title = "one"
source = "page"
readings = [
  { label = "three", rule = "renal.biopsy_date within 3 months" },
  { label = "six", rule = "renal.biopsy_date within 6 months" },
]
"""


def test_readings_disagree_between_their_windows() -> None:
    """Both to 15 June, neither from 16 September; by the preferred one alone, the first decides."""
    found = calendar("renal.biopsy_date = 2025-03-15")
    trial = trial_toml(READINGS)

    assert answers(found.periods(trial)) == [
        ("2025-06-02", "yes"),
        ("2025-06-16", "unknown"),
        ("2025-09-16", "no"),
    ]
    assert answers(found.periods(trial, preferred=True)) == [
        ("2025-06-02", "yes"),
        ("2025-06-16", "no"),
    ]


def test_a_reading_that_a_person_chose_decides() -> None:
    """The answer names the window of six months."""
    profile = 'renal.biopsy_date = 2025-03-15\n[answers.example]\nI1 = "six"'

    assert answers(calendar(profile).periods(trial_toml(READINGS))) == [
        ("2025-06-02", "yes"),
        ("2025-09-16", "no"),
    ]


def test_periods_reach_to_the_horizon_without_a_gap() -> None:
    """Two years, both ends included: 2 June 2025 to 2 June 2027; or as far as one asks."""
    periods = calendar("renal.biopsy_date = 2025-03-15").periods(
        one("renal.biopsy_date within 6 months")
    )

    assert [(str(p.first), str(p.last)) for p in periods] == [
        ("2025-06-02", "2025-09-15"),
        ("2025-09-16", "2027-06-02"),
    ]
    (only,) = calendar("", days=10).periods(one("renal.biopsy_date within 6 months"))
    assert (only.first, only.last) == (SCREENING, SCREENING + timedelta(days=9))


def test_what_changes_beyond_the_horizon_is_not_looked_for() -> None:
    """The 18th birthday lies three years ahead."""
    assert turns("person.age >= 18 years", "person.birth_date = 2010-07-10") == [("", "no")]


def test_a_chart_is_made_once_for_each_date() -> None:
    """The chart of the first date is the one that was given."""
    found = calendar("")

    assert found.on(SCREENING) is found.chart
    assert found.on(day("2025-07-01")) is found.on(day("2025-07-01"))
    assert found.on(day("2025-07-01")).on == day("2025-07-01")


def test_a_rule_changes_on_the_days_of_its_parts() -> None:
    """Each part is asked on its own days alone, and the whole on those of all its parts."""
    found = calendar("renal.biopsy_date = 2025-03-15\nperson.birth_date = 2008-07-10")
    biopsy, age = "renal.biopsy_date within 6 months", "person.age >= 18 years"
    parts = [set(found.days_of_change([rule_toml(part)])) for part in (biopsy, age)]
    whole = found.days_of_change([rule_toml(f"{{ all = ['{biopsy}', '{age}'] }}")])

    assert day("2025-09-16") in parts[0] - parts[1]
    assert day("2026-07-10") in parts[1] - parts[0]
    assert set(whole) == parts[0] | parts[1]


def test_the_dates_of_another_drug_change_nothing() -> None:
    """A rule on prednisone looks at no date of a course of azathioprine."""
    rule = rule_toml(some("lasted >= 3 months"))
    own = course(start="2025-04-10", stop="ongoing")
    other = own.replace("prednisone", "azathioprine").replace("04-10", "05-20")
    alone, beside = calendar(own), calendar(other.partition("[reviewed]")[0] + own)

    assert beside.days_of_change([rule]) == alone.days_of_change([rule])
    assert day("2025-07-10") in beside.days_of_change([rule])


@pytest.mark.parametrize(
    ("rule", "profile"),
    [
        (some("lasted >= 3 months"), course(start="2025-01-01", stop="9999-12-31")),
        (some("last_dose within 5 half-lives"), course(start="2025-01-01", stop="9999-12-31")),
        ("renal.biopsy_date within 9999 years", "renal.biopsy_date = 2025-01-01"),
        (some("stop is ongoing"), course(start="2025-01-01", stop="9999-12-31")),
        (
            "renal.biopsy_date within 6 months before enrollment",
            VISITS.format(more="enrollment = 9999-12-31", biopsy="2025-01-01"),
        ),
    ],
)
def test_a_date_at_the_end_of_the_calendar_is_only_a_date(rule: str, profile: str) -> None:
    """Some systems write 9999-12-31 for what has no end."""
    assert len(turns(rule, profile)) == 1


def test_the_calendar_may_end_before_the_horizon() -> None:
    """Judged in its last year, a patient has as many days as there are."""
    (only,) = calendar("", date(9999, 6, 1)).periods(one("renal.biopsy_date within 6 months"))

    assert only.last == date.max
