"""The warnings of a report: about the trial, its page, and answers that were not used."""

from datetime import date

import pytest
from support import SCREENING, TRIAL_HEAD, profile_toml, trial_toml

from cartscreen.contract import Report
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.report import report

CRITERIA = """
[[inclusion]]
id     = "I1"
title  = "A recent biopsy"
source = "Inclusion 1"
readings = [
  { label = "three", rule = "renal.biopsy_date within 3 months" },
  { label = "six", rule = "renal.biopsy_date within 6 months" },
]

[[exclusion]]
id     = "E1"
title  = "Another reason"
source = "Exclusion 1"
rule   = { ask = "Is there another reason?" }
"""


def reported(profile: str = "", more: str = "", on: date = SCREENING) -> Report:
    trial = trial_toml(CRITERIA, f"{TRIAL_HEAD}{more}")
    chart = chart_on(profile_toml(profile), bundled_pack(), on)
    return report(chart, [trial], file="test.toml", date_from="profile")


def of_trial(profile: str = "", more: str = "", on: date = SCREENING) -> list[str]:
    (trial,) = reported(profile, more, on).trials
    return list(trial.warnings)


@pytest.mark.parametrize(
    ("status", "warnings"),
    [
        ("Recruiting", []),
        (
            "Active, not recruiting",
            [
                "The registry status is 'Active, not recruiting': the verdict is on the criteria "
                "alone."
            ],
        ),
    ],
)
def test_a_trial_that_does_not_recruit_is_judged_with_a_warning(
    status: str, warnings: list[str]
) -> None:
    assert of_trial(more=f'status = "{status}"') == warnings


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        ('I1 = "three"', ""),
        ("E1 = true", ""),
        ("I9 = true", "I9 (the trial has no such criterion or choice)"),
        ('I1 = "nine"', "I1 (there is no reading of that label)"),
        ("I1 = true", "I1 (the criterion asks no question)"),
        ('E1 = "yes"', "E1 (there is no reading of that label; its question takes true or false)"),
        (
            'E1 = { answer = true, question = "000000" }',
            "E1 (its question has changed since)",
        ),
    ],
)
def test_an_answer_that_is_not_used_is_named(answer: str, warning: str) -> None:
    """It may be meant for another criterion; what is used is not mentioned."""
    expected = [f"Answers that were not used: answers.example.{warning}."] if warning else []
    found = reported(f"[answers.example]\n{answer}").warnings

    assert [line for line in found if line.startswith("Answers that were not")] == expected


def test_one_line_names_all_answers_that_are_not_used_and_one_those_without_question() -> None:
    """However many there are; the answers that say to which question are not mentioned."""
    answers = """
    [answers.example]
    I8 = true
    I9 = true
    E1 = true
    [answers.csle]
    E1 = true
    """
    assert list(reported(answers).warnings) == [
        "Answers that were not used: answers.csle (there is no such trial in the pack), "
        "answers.example.I8 (the trial has no such criterion or choice), "
        "answers.example.I9 (the trial has no such criterion or choice).",
        "Answers that do not say to which wording of their question: answers.example.E1. "
        "They count; `cartscreen ask` writes answers that say it.",
    ]


def test_answers_to_a_trial_that_is_not_there_are_named() -> None:
    """Of the pack's own trials nothing is said, though they are not judged now."""
    answers = "[answers.cd19-csle]\nE1 = true\n[answers.csle]\nE1 = true"

    assert list(reported(answers).warnings) == [
        "Answers that were not used: answers.csle (there is no such trial in the pack)."
    ]


@pytest.mark.parametrize(
    ("stated", "warns"), [("51 mL/min", False), ("90 mL/min", True), ("1.2 ULN", False)]
)
def test_a_stated_value_far_from_the_computed_one_is_named(stated: str, warns: bool) -> None:
    """(140 - 60) x 60 / (72 x 1.3) is 51.28; a multiple of a limit cannot be compared with it."""
    profile = f'''
    person.age = "60 years"
    person.sex = "male"
    person.weight = "60 kg"
    lab.creatinine = "1.3 mg/dL"
    renal.creatinine_clearance = "{stated}"
    '''
    warnings = [said for said in reported(profile).warnings if "is stated as" in said]

    assert [said.split(" (")[0] for said in warnings] == ["Creatinine clearance"] * warns


@pytest.mark.parametrize(
    ("day", "warnings"),
    [
        ("2025-06-01", ["Lists reviewed before the date judged: treatment (1 day)."]),
        ("2025-05-02", ["Lists reviewed before the date judged: treatment (31 days)."]),
        ("2025-06-02", []),
        (
            "2025-06-03",
            ["treatment: the list was reviewed on 2025-06-03, after the date judged."],
        ),
    ],
)
def test_a_report_says_how_old_reviews_are(day: str, warnings: list[str]) -> None:
    """And which of them are still to come."""
    assert reported(f"reviewed.treatment = {day}").warnings == warnings


def test_a_report_says_on_what_a_review_rests() -> None:
    """A list that the site has closed is named with its basis."""
    closed = 'reviewed.malignancy = { date = 2025-06-02, source = "problem list", by = "AB" }'

    assert reported(closed).warnings == [
        "On what reviews of lists rest: malignancy (problem list, AB)."
    ]


def test_one_line_lists_what_has_no_date() -> None:
    """Of what was read and would grow too old; a birth date and a diagnosis do not."""
    profile = """
    person.sex = "female"
    diagnosis.sle = true
    lab.neutrophils = "2 10^9/L"
    lab.platelets = { value = "200 10^9/L", date = 2025-06-01 }
    lab.hemoglobin = "120 g/L"
    """
    chart = chart_on(profile_toml(profile), bundled_pack(), SCREENING)
    ours = report(chart, bundled_pack().trials, file="-", date_from="option")
    listed = [said for said in ours.warnings if said.startswith("Without a date")]

    assert listed == ["Without a date, and taken as of 2025-06-02: Neutrophils, Haemoglobin."]
