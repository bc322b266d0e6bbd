"""1. Answers: YES, NO and UNKNOWN; and nothing that is not recorded is a NO."""

import re
from pathlib import Path

import pytest
from support import asked, says

from cartscreen.answer import Answer
from cartscreen.contract import REASONS
from cartscreen.place import texts


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("diagnosis.sle = true", "yes"),
        ("diagnosis.sle = false", "no"),
        ("", "unknown, not_recorded: diagnosis.sle"),
    ],
)
def test_a_finding_is_there_or_not_or_not_recorded(profile: str, answer: str) -> None:
    """A finding is true, or false, or not recorded; then the answer names what is missing."""
    assert says("diagnosis.sle", profile) == answer


@pytest.mark.parametrize("word", ["unknown", "not done", "indeterminate"])
@pytest.mark.parametrize(
    "rule",
    [
        "diagnosis.sle",
        "heart.ecg is normal",
        "lab.hemoglobin >= 60 g/L",
        "renal.biopsy_date within 6 months",
    ],
)
def test_unknown_may_be_written_in_place_of_any_value(rule: str, word: str) -> None:
    """Whatever is written as unknown is as open as what is not written, and the report says so."""
    fact = rule.split(" ")[0]
    finding = asked(rule, f'{fact} = "{word}"')

    assert finding.answer is Answer.UNKNOWN
    assert (finding.reason, texts(finding.missing)) == ("not_recorded", (fact,))
    assert finding.note == f"recorded as {word}"


def test_a_fact_beside_the_point_settles_nothing() -> None:
    """What the rule does not read does not change its answer."""
    profile = "diagnosis.ild = true\nlab.hemoglobin = '120 g/L'"

    assert says("diagnosis.sle", profile) == "unknown, not_recorded: diagnosis.sle"


def test_zero_is_a_value() -> None:
    """A zero, and a score of zero, is recorded, and is no gap."""
    assert says("lab.neutrophils < 0.5 10^9/L", 'lab.neutrophils = "0 10^9/L"') == "yes"
    assert says("activity.sledai_2k >= 8", "activity.sledai_2k = 0") == "no"


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("diagnosis.sle = true", "no"),
        ("diagnosis.sle = false", "yes"),
        ("", "unknown, not_recorded: diagnosis.sle"),
    ],
)
def test_the_opposite_of_unknown_is_unknown(profile: str, answer: str) -> None:
    """`none` turns YES and NO round, and leaves UNKNOWN as it is."""
    assert says('{ none = ["diagnosis.sle"] }', profile) == answer


def test_an_answer_shows_what_it_read() -> None:
    """Each answer shows the datum: fact, value, date, limits, the test, and what it said."""
    profile = 'lab.alt = { value = "22 U/L", upper = "40 U/L", date = 2025-05-30 }'
    (read,) = asked("lab.alt <= 3 ULN", profile).evidence()

    assert (str(read.place), read.value, str(read.date)) == ("lab.alt", "22 U/L", "2025-05-30")
    assert (read.limit, read.test, read.answer) == ("ULN 40 U/L", "lab.alt <= 3 ULN", Answer.YES)


def test_every_reason_has_an_example_in_this_manual() -> None:
    """Each reason code stands in a row of these files, and these files know no other."""
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert set(re.findall(r"unknown, (\w+):", text)) == REASONS.keys()
