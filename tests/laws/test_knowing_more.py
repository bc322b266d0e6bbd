"""What is decided stays decided: to fill in a fact that was missing never flips an answer."""

import pytest
from draws import DRAWS, thinned
from generated import RULES, Data, profiles, removable, with_less, without
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TRIALS, cases_of, chart_of

from cartscreen.answer import Answer
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule

PACK = {trial.id: trial for trial in bundled_pack().trials}
FULL = {trial: cases_of(trial)[0] for trial in TRIALS}


@settings(max_examples=DRAWS // 4)
@given(RULES, profiles().flatmap(lambda data: st.tuples(st.just(data), with_less(data))))
def test_a_fact_filled_in_never_flips_an_answer(rule: object, pair: tuple[Data, Data]) -> None:
    """A YES with less recorded, or less exactly, is no NO with more, nor is a NO a YES."""
    more, less = pair
    parsed = parse_rule(rule, bundled_pack().vocabulary)
    before, after = evaluate(parsed, chart_of(less)).answer, evaluate(parsed, chart_of(more)).answer

    assert before is Answer.UNKNOWN or after is not ~before


@pytest.mark.parametrize("trial", TRIALS)
def test_one_fact_taken_out_never_flips_a_criterion(trial: str) -> None:
    """The same for single facts, lists, limits, dates and fields of the [full] profile.

    One of five; with DRAWS=10000, each.
    """
    full = FULL[trial]
    on = full["dates"]["screening"]
    after = {
        item.criterion.id: item.answer for item in screen(PACK[trial], chart_of(full, on)).criteria
    }
    flipped = [
        f"without {'.'.join(path)}: {item.criterion.id} is {item.answer.value}"
        for path in thinned(removable(full), 5)
        for item in screen(PACK[trial], chart_of(without(full, [path]), on)).criteria
        if item.answer is not Answer.UNKNOWN and item.answer is not after[item.criterion.id]
    ]

    assert flipped == []
