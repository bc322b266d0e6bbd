"""3. Choices: a finding that takes one of the words of its fact."""

from pathlib import Path

import pytest
from support import says

from cartscreen.pack.pack import load_pack


@pytest.mark.parametrize(
    ("word", "answer"),
    [("normal", "yes"), ("not significant", "yes"), ("significant", "no")],
)
def test_a_choice_is_one_of_the_words_of_the_rule(word: str, answer: str) -> None:
    """`is` names the words that fit; any other word of the fact is a NO. Words may hold spaces."""
    assert says("heart.ecg is normal or not significant", f'heart.ecg = "{word}"') == answer


def test_a_choice_that_is_not_recorded_is_unknown() -> None:
    """No word is assumed: no result is not "normal"."""
    assert says("heart.ecg is normal") == "unknown, not_recorded: heart.ecg"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("I", "no"),
        ("II", "yes"),
        ("III or II", "yes"),
        ("III or IV", "no"),
        ("no heart disease", "no"),
    ],
)
def test_words_are_whole_words(words: str, answer: str) -> None:
    """NYHA class II is not class I, though the letter stands in it."""
    assert says(f"heart.nyha is {words}", 'heart.nyha = "II"') == answer


@pytest.mark.parametrize(
    ("date", "answer"),
    [("", "yes"), (", date = 2025-06-02", "yes"), (", date = 1999-01-01", "yes")],
)
def test_a_finding_may_be_dated(date: str, answer: str) -> None:
    """Without a window, the date of a finding does not enter."""
    assert says("diagnosis.sle", f"diagnosis.sle = {{ value = true{date} }}") == answer


def test_positive_and_negative_are_opposites_only_where_one_is_stated() -> None:
    """A test without a result is neither negative nor positive."""
    assert says("infection.hbsag is negative", 'infection.hbsag = "negative"') == "yes"
    assert says("infection.hbsag is positive", 'infection.hbsag = "negative"') == "no"
    assert says("infection.hbsag is negative") == "unknown, not_recorded: infection.hbsag"
    assert says("infection.hbsag is positive") == "unknown, not_recorded: infection.hbsag"


OWN_FACTS = """
[fact.own.flare]
label    = "A flare, or when the last one was"
kind     = "date"
words    = ["ongoing"]
question = "When was the last flare?"

[fact.own.steroid]
label    = "The steroid taken"
kind     = "drug"
question = "Which steroid is taken?"
"""


@pytest.mark.parametrize(
    ("rule", "value", "answer"),
    [
        ("own.flare is ongoing", "ongoing", "yes"),
        ("own.flare is ongoing", "2025-06-01", "no"),
        ("own.flare within 2 weeks", "ongoing", "yes"),
        ("own.flare within 2 weeks", "2025-05-19", "yes"),
        ("own.flare within 2 weeks", "2025-05-18", "no"),
        ("own.steroid is glucocorticoid", "prednisone", "yes"),
        ("own.steroid is prednisone", "dexamethasone", "no"),
    ],
)
def test_a_fact_of_ones_own_may_go_on_or_be_a_drug(
    tmp_path: Path, rule: str, value: str, answer: str
) -> None:
    """What a field of a list can be, a fact of the patient that a pack declares can be too."""
    (tmp_path / "facts.toml").write_text(OWN_FACTS, "utf-8")
    trial = f"""
    trial = {{ id = "own", name = "Own", source = "own.txt", checked = 2025-06-01 }}
    inclusion = [{{ id = "I1", title = "Own", source = "Inclusion 1", rule = "{rule}" }}]
    """
    (tmp_path / "own.toml").write_text(trial, "utf-8")

    assert says(rule, f'{rule.split(" ")[0]} = "{value}"', pack=load_pack(tmp_path)) == answer
