"""Suggestions in errors."""

from cartscreen.text import did_you_mean


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
