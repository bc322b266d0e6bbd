"""The calendar repeats itself every 28 years (10 227 days) from 1901 to 2099; so do the answers."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from generated import RULES, Data, profiles
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SCREENING, TRIALS, Case, cases_of, chart_of

from cartscreen.rule import parse_rule
from cartscreen.screen import ask, screen
from cartscreen.trial import bundled_pack

CYCLE = timedelta(days=10_227)
PACK = {trial.id: trial for trial in bundled_pack().trials}
CASES = {trial: cases_of(trial)[1] for trial in TRIALS}
PARTIAL = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?")


def later(value: Any) -> Any:
    """The data with every date 28 years later."""
    match value:
        case dict():
            return {key: later(item) for key, item in value.items()}
        case list():
            return [later(item) for item in value]
        case date():
            return value + CYCLE
        case str() if match := PARTIAL.fullmatch(value):
            return f"{int(match[1]) + 28}{match[2] or ''}{match[3] or ''}"
    return value


def test_the_cycle_is_28_years() -> None:
    """10 227 days are 28 years to the day, leap days and days of the week included."""
    for day in (date(2000, 2, 29), date(2025, 6, 2), date(1999, 12, 31)):
        assert day + CYCLE == day.replace(year=day.year + 28)
        assert (day + CYCLE).weekday() == day.weekday()


@settings(max_examples=200)
@given(RULES, profiles())
def test_a_patient_28_years_later_gets_the_same_answers(rule: object, data: Data) -> None:
    """No answer depends on the year that it is."""
    parsed = parse_rule(rule, bundled_pack().vocabulary)
    now = ask(parsed, chart_of(data, SCREENING))
    then = ask(parsed, chart_of(later(data), SCREENING + CYCLE))

    assert (then.answer, then.reason, then.missing) == (now.answer, now.reason, now.missing)


@pytest.mark.parametrize("trial", TRIALS)
@settings(max_examples=60)
@given(data=st.data())
def test_a_case_28_years_later_gets_the_same_verdict(trial: str, data: st.DataObject) -> None:
    """Nor does any criterion of any trial, for the cases that stand beside it."""
    case: Case = data.draw(st.sampled_from(CASES[trial]))
    now = screen(PACK[trial], chart_of(case.data, case.on))
    then = screen(PACK[trial], chart_of(later(case.data), case.on + CYCLE))

    assert then.verdict == now.verdict
    assert [(item.answer, item.finding.reason) for item in then.criteria] == [
        (item.answer, item.finding.reason) for item in now.criteria
    ]
