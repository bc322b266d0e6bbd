"""Where the two evaluators once disagreed, both now give the answer worked out by hand."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from generated import Data
from oracle.comparison import compared, trial_of

TEXT = (Path(__file__).parent / "regressions.toml").read_text("utf-8")
CASES = tomllib.loads(TEXT, parse_float=Decimal)["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_a_case_on_which_they_differed_has_the_answer_of_the_description(case: Data) -> None:
    """Each row holds of both; where the program may be more careful, of each by itself."""
    assert case.keys() <= {"why", "rule", "profile", "expect", "worlds"}
    criterion = {"id": "I1", "title": "An example", "source": "Inclusion 1", "rule": case["rule"]}
    comparison = compared(trial_of(criterion), case["profile"])

    assert comparison.finding.answer.value == case["expect"]
    assert comparison.verdict.answer == case.get("worlds", case["expect"])
    assert comparison.agree
