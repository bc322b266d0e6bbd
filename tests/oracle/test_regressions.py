"""Cases with an answer worked out by hand: both evaluators give it."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from generated import Data
from oracle.comparison import compared, trial_of


def _cases(name: str) -> list[Data]:
    text = (Path(__file__).parent / name).read_text("utf-8")
    cases: list[Data] = tomllib.loads(text, parse_float=Decimal)["case"]
    return cases


ONCE, WORKED = _cases("regressions.toml"), _cases("worked.toml")


@pytest.mark.parametrize("case", ONCE, ids=[case["why"] for case in ONCE])
def test_a_case_on_which_they_differed_has_the_answer_of_the_description(case: Data) -> None:
    """Each row holds of both; where the program may be more careful, of each by itself."""
    _holds_of_both(case)


@pytest.mark.parametrize("case", WORKED, ids=[case["why"] for case in WORKED])
def test_a_case_worked_out_from_the_description_has_its_answer(case: Data) -> None:
    """The same of the cases that were written from the description, before any difference."""
    _holds_of_both(case)


def _holds_of_both(case: Data) -> None:
    assert case.keys() <= {"why", "rule", "profile", "expect", "worlds"}
    criterion = {"id": "I1", "title": "An example", "source": "Inclusion 1", "rule": case["rule"]}
    comparison = compared(trial_of(criterion), criterion, case["profile"])

    assert comparison.finding.answer.value == case["expect"]
    assert comparison.verdict.answer == case.get("worlds", case["expect"])
    assert comparison.agree
