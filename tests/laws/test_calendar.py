"""The calendar repeats itself every 28 years (10 227 days) from 1901 to 2099; so do the answers."""

from datetime import date

from generated import RULES, Data, profiles
from hypothesis import given
from patients import CYCLE, later
from support import SCREENING, chart_of

from cartscreen.evaluate.evaluator import evaluate
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule


def test_the_cycle_is_28_years() -> None:
    """10 227 days are 28 years to the day, leap days and days of the week included."""
    for day in (date(2000, 2, 29), date(2025, 6, 2), date(1999, 12, 31)):
        assert day + CYCLE == day.replace(year=day.year + 28)
        assert (day + CYCLE).weekday() == day.weekday()


@given(RULES, profiles())
def test_a_patient_28_years_later_gets_the_same_answers(rule: object, data: Data) -> None:
    """No answer depends on the year that it is."""
    parsed = parse_rule(rule, bundled_pack().vocabulary)
    now = evaluate(parsed, chart_of(data, SCREENING))
    then = evaluate(parsed, chart_of(later(data), SCREENING + CYCLE))

    assert (then.answer, then.reason, then.missing) == (now.answer, now.reason, now.missing)
