"""Suggestions in errors."""

import pytest

from cartscreen.text import did_you_mean, slip_of


def test_the_nearest_names_are_suggested() -> None:
    """The same but for capitals, or one or two that are near."""
    assert did_you_mean("Alt", ["alt", "ast"]) == " Did you mean 'alt'?"
    assert did_you_mean("albumine", ["albumin", "ast"]) == " Did you mean 'albumin'?"
    assert did_you_mean("xyz", ["alt", "ast"]) == ""


def test_among_thousands_of_names_only_the_same_is_suggested() -> None:
    """Comparing with each of them would take seconds."""
    names = [f"name{number}" for number in range(3001)]

    assert did_you_mean("name7x", names[:3000]) != ""
    assert did_you_mean("name7x", names) == ""
    assert did_you_mean("NAME7", names) == " Did you mean 'name7'?"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("PLATELETS", "platelets"),
        ("platelet", "platelets"),  # a letter at the end
        ("paltelets", "platelets"),  # two swapped
        ("egrf", "egfr"),
        ("altt", "alt"),  # one doubled
        ("neutropils", "neutrophils"),  # one left out, of many
        ("telitacicpet", "telitacicept"),
        ("screening_date", "dates.screening"),  # the words in another order
        ("Not_detected", "not detected"),
        ("platelet_count", "platelets"),  # with a word that says no more
    ],
)
def test_a_slip_of_the_pen_is_told(word: str, name: str) -> None:
    assert slip_of(word, [name]) == f" Did you mean {name!r}?"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("detected", "not detected"),  # the opposite
        ("abnormal", "normal"),
        ("active", "inactive"),
        ("clinically significant", "not significant"),
        ("prostate cancer", "localized prostate cancer"),  # less than was said
        ("concussion", "concussion, mild"),
        ("V+III", "III"),
        ("CD20", "CD70"),
        ("c3", "c4"),  # another test
        ("anti_hbs", "hbsag"),
        ("hbsab", "hbsag"),
        ("hcv", "hiv"),
        ("alp", "alt"),
        ("anca", "ana"),
        ("ptga", "pga"),
        ("monocytes", "lymphocytes"),
        ("albumin_creatinine_ratio", "protein_creatinine_ratio"),
        ("creatine", "creatinine"),
        ("creatinine_clearance", "creatinine"),
    ],
)
def test_another_word_is_no_slip_of_the_pen(word: str, name: str) -> None:
    """Whoever followed the hint would have written what the chart does not say."""
    assert slip_of(word, [name]) == slip_of(name, [word]) == ""
