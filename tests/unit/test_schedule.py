"""Doses as people write them."""

from fractions import Fraction

import pytest

from cartscreen.errors import Problem
from cartscreen.schedule import parse_dose


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("60 mg/day", "60"),
        ("60 mg daily", "60"),
        ("60mg qd", "60"),
        ("0.5 g/d", "500"),
        ("10 mg bid", "20"),
        ("10 mg b.i.d.", "20"),
        ("10 mg twice daily", "20"),
        ("10 mg twice a day", "20"),
        ("10 mg 3 times a day", "30"),
        ("10 mg q12h", "20"),
        ("10 mg every 8 hours", "30"),
        ("10 mg every other day", "5"),
        ("10 mg qod", "5"),
        ("10 mg on alternate days", "5"),
        ("10 mg every 2 days", "5"),
        ("14 mg weekly", "2"),
        ("14 mg/week", "2"),
        ("14 mg once a week", "2"),
        ("14 mg twice weekly", "4"),
        ("28 mg q4w", "1"),
        ("28 mg every 4 weeks", "1"),
        ("1000 mg once", "1000"),
        ("1 g single dose", "1000"),
        ("5-10 mg/day", "5 to 10"),
        ("5 to 10 mg daily", "5 to 10"),
        ("620 mg monthly", "20 to 22.142857"),  # 620 over 31 and over 28 days
        ("50 mcg daily", "0.05"),
        ("\uff11\uff10 mg/day", "10"),
    ],
)
def test_daily_dose(text: str, daily: str) -> None:
    """The average a day; by the month, from 31 to 28 days."""
    low, _, high = daily.partition(" to ")

    found = parse_dose(text).daily

    assert found.low == Fraction(low)
    assert round(found.high * 10**6) == round(Fraction(high or low) * 10**6)


@pytest.mark.parametrize(
    ("text", "per", "between"),
    [
        ("10 mg/kg monthly", "kg", (28, 31)),
        ("10 mg/kg q4w", "kg", (28, 28)),
        ("500 mg/m2 every 2 weeks", "m2", (14, 14)),
        ("750 mg/m^2 q1mo", "m2", (28, 31)),
        ("1000 mg every 6 months", "", (168, 186)),
        ("1 mg/kg/day", "kg", (1, 1)),
        ("375 mg/m² weekly", "m2", (7, 7)),
    ],
)
def test_what_it_is_measured_by_and_how_far_apart(
    text: str, per: str, between: tuple[int, int]
) -> None:
    """A dose by weight or surface keeps that, and the days from one dose to the next."""
    dose = parse_dose(text)

    assert dose.per == per
    assert dose.often is not None
    assert dose.often.days_between == between


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("60 mg", "does not say how often"),
        ("60", "is not a dose"),
        ("60 tablets daily", "is not a dose"),
        ("60 ml/day", "is not a dose"),
        ("10 mg biweekly", "'biweekly' does not say how often for sure"),
        ("10 mg prn", "'prn' does not say how often for sure"),
        ("10 mg when the moon is full", "does not say how often"),
        ("10-5 mg/day", "the larger number first"),
        ("10,5 mg/day", "is not a dose"),
        ("10 mg every 0 days", "does not say how often"),
        ("10 mg/kgs daily", "does not say how often"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, said: str) -> None:
    """Nothing of a dose is dropped: the message says what was not understood."""
    with pytest.raises(Problem, match=said):
        parse_dose(text)
