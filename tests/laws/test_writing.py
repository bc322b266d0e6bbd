"""How something is written down never matters: units, order, TOML, inclusion or exclusion."""

import tomllib
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
import tomli_w
from generated import RULES, Data, profiles
from hypothesis import given
from hypothesis import strategies as st
from patients import reordered, respelled
from support import TRIAL_HEAD, chart_of, trial_toml

from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule, rule_to_toml
from cartscreen.units import decimal, factor, parse_quantity

VOCABULARY = bundled_pack().vocabulary


def found(rule: object, data: Data) -> Finding:
    return evaluate(parse_rule(rule, VOCABULARY), chart_of(data))


@given(RULES, profiles(), st.randoms(use_true_random=False))
def test_the_spelling_of_a_unit_never_changes_an_answer(
    rule: object, data: Data, random: Random
) -> None:
    """The same amount, in whatever unit and spelling, gets the same answer for the same reason."""
    before, after = found(rule, data), found(rule, respelled(data, random))

    assert (after.answer, after.reason, after.missing) == (
        before.answer, before.reason, before.missing,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "other", "times"),
    [
        ("g/dL", "g/L", 10),
        ("g/L", "g/dL", Fraction(1, 10)),
        ("mg/dL", "mg/L", 10),
        ("mg/dL", "g/L", Fraction(1, 100)),
        ("ng/mL", "ug/L", 1),
        ("10^6/L", "10^9/L", Fraction(1, 1000)),
        ("10^9/L", "/mm3", 1000),
    ],
)
def test_equal_amounts_are_equal(unit: str, other: str, times: Fraction) -> None:
    """0.1 to 200.0 of one unit is at least and at most the same in the other (floats fail here)."""
    for tenths in range(1, 2001):
        number = Fraction(tenths, 10)
        here, its_unit = parse_quantity(f"{float(number):.1f} {unit}")
        there, to = parse_quantity(f"{decimal(number * times)} {other}")
        converted = here.times(factor(its_unit, to) or Fraction(0))

        assert there.low is not None
        assert converted.compare(">=", there.low).value == "yes"
        assert converted.compare("<=", there.low).value == "yes"


@given(RULES, profiles(), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_results_never_matters(
    rule: object, data: Data, random: Random
) -> None:
    """Sections, facts and the results of a series may stand in any order."""
    before, after = found(rule, data), found(rule, reordered(data, random, records=False))

    assert (after.answer, after.reason, after.missing) == (
        before.answer, before.reason, before.missing,
    )  # fmt: skip


@given(RULES, profiles(), st.randoms(use_true_random=False))
def test_the_order_of_records_never_matters(rule: object, data: Data, random: Random) -> None:
    """The entries of a list may stand in any order; only the numbers they are named by change."""
    before, after = found(rule, data), found(rule, reordered(data, random, records=True))

    assert after.answer is before.answer
    assert len(after.missing) == len(before.missing)


@given(RULES)
def test_a_rule_survives_toml(rule: object) -> None:
    """Written as a TOML file and read again, a rule is the same tree."""
    parsed = parse_rule(rule, VOCABULARY)
    written = tomli_w.dumps({"rule": rule_to_toml(parsed)})

    assert parse_rule(tomllib.loads(written, parse_float=Decimal)["rule"], VOCABULARY) == parsed


def trial_with(kind: str, rule: object) -> str:
    entry = {"id": "I1" if kind == "inclusion" else "E1", "title": "title", "source": "source"}
    return tomli_w.dumps({kind: [entry | {"rule": rule}]})


@given(RULES, profiles())
def test_an_exclusion_is_the_opposite_inclusion(rule: object, data: Data) -> None:
    """To exclude whom a rule fits, and to include whom it does not fit, is the same."""
    chart = chart_of(data)
    excluded = trial_toml(TRIAL_HEAD, head=trial_with("exclusion", rule))
    included = trial_toml(TRIAL_HEAD, head=trial_with("inclusion", {"none": [rule]}))

    assert screen(excluded, chart).verdict == screen(included, chart).verdict


@given(RULES, profiles())
def test_the_same_question_gets_the_same_answer(rule: object, data: Data) -> None:
    """Nothing is kept from one evaluation to the next: a second one finds the very same."""
    chart, parsed = chart_of(data), parse_rule(rule, VOCABULARY)

    assert evaluate(parsed, chart) == evaluate(parsed, chart) == found(rule, data)


@given(RULES, profiles())
def test_what_a_rule_does_not_read_changes_nothing(rule: object, data: Data) -> None:
    """A result beside the point leaves the finding as it is."""
    beside = {**data, "lab": {**data.get("lab", {}), "ck": {"value": "99 U/L", "upper": "170 U/L"}}}

    assert found(rule, beside) == found(rule, data)
