"""The dates on which somebody can be judged: from birth on, and not 130 years later."""

from datetime import date, timedelta

import pytest
from support import chart_of, profile_of

from cartscreen.errors import Problem
from cartscreen.evaluate.chart import last_day_alive
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.plan.plan import plan

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("born", "first", "last"),
    [
        (date(1990, 3, 15), date(1990, 3, 15), date(2120, 3, 15)),
        ("1990-03", date(1990, 3, 1), date(2120, 3, 31)),
        ("1990", date(1990, 1, 1), date(2120, 12, 31)),
    ],
)
def test_a_chart_is_of_a_day_of_the_patients_life(
    born: date | str, first: date, last: date
) -> None:
    """Of a date of birth that is known in part, every day that may be one; no file is named."""
    data = {"person": {"birth_date": born}}

    assert chart_of(data, first).on == first
    assert chart_of(data, last).on == last
    for day in (first - DAY, last + DAY):
        with pytest.raises(Problem) as fault:
            chart_of(data, day)
        assert str(fault.value) == (
            f"person.birth_date {born} does not fit the date judged, {day}."
        )


def test_without_a_date_of_birth_any_day_will_do() -> None:
    """Without a date of birth no day judged can be refused."""
    assert chart_of({}, date(1900, 1, 1)).on == date(1900, 1, 1)


def test_a_plan_ends_where_a_life_does() -> None:
    """A plan looks no further than the last day on which the patient can be judged."""
    profile = profile_of({"person": {"birth_date": date(1900, 1, 10)}})
    chart = chart_on(profile, bundled_pack(), date(2029, 12, 1))
    found = plan(chart, bundled_pack().trials[:1], file="", date_from="profile")

    assert profile.birth is not None
    assert last_day_alive(profile.birth) == date(2030, 1, 10)
    assert found.trials[0].periods[-1].last == "2030-01-10"
