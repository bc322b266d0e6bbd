"""How near the entries of a list came to a time or a dose, worked out by hand."""

import pytest
from support import SCREENING, profile_toml, trial_toml

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.plan.outlook import outlook

PACK = bundled_pack()
CRITERION = """
[[inclusion]]
id = "I1"
title = "A course"
source = "page"
rule = {}
"""
COURSE = """{ some = "treatment", where = [
  "drug is glucocorticoid", "prednisone_dose_per_kg >= 1 mg/kg/day", "lasted >= 3 months",
] }"""
REVIEWED = '[reviewed]\ntreatment = 2025-06-01\n[person]\nbirth_date = 1990-01-01\nsex = "male"\n'
WEIGHED = REVIEWED + 'weight = [{ value = "50 kg", date = 2025-01-01 }]\n'


def course(drug: str, start: str, stop: str, dose: str = "") -> str:
    dosed = f'dose = "{dose}"\n' if dose else ""
    return f'[[treatment]]\ndrug = "{drug}"\n{dosed}start = {start}\nstop = {stop}\n'


def near(rule: str, profile: str) -> list[str]:
    """How far the one criterion is from this profile, in words."""
    chart = chart_on(profile_toml(profile), PACK, SCREENING)
    trial = trial_toml(CRITERION.format(rule))
    found = outlook(chart, [trial], file="test.toml", date_from="option")
    assert found.trials[0].verdict == "ineligible"
    return found.trials[0].distances["I1"]


# From 1 January, three months are 90 days (31 + 28 + 31); 40 mg for 50 kg are 0.8 mg/kg.
@pytest.mark.parametrize(
    ("courses", "said"),
    [
        # 1 January to 11 February are 31 + 11 = 42 days
        (
            [course("prednisone", "2025-01-01", "2025-02-11", "40 mg/day")],
            ["42 of 90 days at 0.8 of 1 mg/kg/day (treatment 1)"],
        ),
        # long enough, and too low
        (
            [course("prednisone", "2025-01-01", "2025-04-10", "40 mg/day")],
            ["100 days at 0.8 of 1 mg/kg/day (treatment 1)"],
        ),
        # high enough, and too short: what is above the limit is the limit
        (
            [course("prednisone", "2025-01-01", "2025-02-11", "80 mg/day")],
            ["42 of 90 days at 1 mg/kg/day (treatment 1)"],
        ),
        # 42 days at 0.8 are 0.37 of what was asked for; with 58 more at 0.6 it is 100 days at 0.6
        (
            [
                course("prednisone", "2025-01-01", "2025-02-11", "40 mg/day"),
                course("prednisone", "2025-02-12", "2025-04-10", "30 mg/day"),
            ],
            [
                "100 days at 0.6 of 1 mg/kg/day (treatment 1, 2)",
                "42 of 90 days at 0.8 of 1 mg/kg/day (treatment 1)",
            ],
        ),
        # another drug is no part of it
        ([course("methotrexate", "2025-01-01", "2025-04-10", "2 mg/day")], []),
        ([], []),
    ],
    ids=["short and low", "low", "short", "two that come near", "another drug", "nothing listed"],
)
def test_a_regimen_shows_its_gap(courses: list[str], said: list[str]) -> None:
    """Days of the days asked for, at which dose of the dose asked for; the nearest first."""
    assert near(COURSE, WEIGHED + "".join(courses)) == said


def test_a_time_alone_shows_its_gap() -> None:
    """1 January to 11 February: 42 of the 90 days from there; a break begins a new piece."""
    rule = '{ some = "treatment", where = ["drug is azathioprine", "lasted >= 3 months"] }'
    profile = (
        REVIEWED
        + course("azathioprine", "2024-01-01", "2024-01-10")
        + course("azathioprine", "2025-01-01", "2025-02-11")
    )

    assert near(rule, profile) == ["42 of 90 days (treatment 2)"]


def test_a_time_that_is_to_be_longer_asks_for_a_day_more() -> None:
    """More than 6 weeks are at least 43 days."""
    rule = '{ some = "treatment", where = ["drug is azathioprine", "lasted > 6 weeks"] }'
    profile = REVIEWED + course("azathioprine", "2025-01-01", "2025-02-11")

    assert near(rule, profile) == ["42 of 43 days (treatment 1)"]


def test_of_several_courses_the_next_is_shown() -> None:
    """Of two drugs for 3 months, one was given so long; the other for 42 days."""
    rule = """{ at_least = 2, different = "drug", of = "treatment", where = [
      "drug is azathioprine or methotrexate", "lasted >= 3 months",
    ] }"""
    profile = (
        REVIEWED
        + course("azathioprine", "2025-01-01", "2025-04-10")
        + course("methotrexate", "2025-01-01", "2025-02-11", "2 mg/day")
    )

    assert near(rule, profile) == ["1 of 2, then 42 of 90 days (treatment 2)"]


def test_a_time_together_shows_its_gap() -> None:
    """Both from 1 February to 11 February: 11 of the 89 days to 1 May."""
    rule = """{ lasted = ">= 3 months", together = [
      { some = "treatment", where = ["drug is azathioprine"] },
      { some = "treatment", where = ["drug is prednisone"] },
    ] }"""
    profile = (
        REVIEWED
        + course("azathioprine", "2025-01-01", "2025-02-11")
        + course("prednisone", "2025-02-01", "2025-04-10", "20 mg/day")
    )

    assert near(rule, profile) == ["11 of 89 days (treatment 1, 2)"]
