"""Laws of the logic."""

from itertools import product

from generated import RULES, profiles
from hypothesis import given
from hypothesis import strategies as st
from support import chart_of

from cartscreen.answer import Answer, answer, at_least
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule

VOCABULARY = bundled_pack().vocabulary
ANSWERS = st.lists(st.sampled_from(Answer), max_size=6)


def said(rule: object, data: dict) -> Answer:
    return evaluate(parse_rule(rule, VOCABULARY), chart_of(data)).answer


@given(ANSWERS, st.integers(0, 7))
def test_at_least_is_what_every_completion_agrees_on(answers: list[Answer], k: int) -> None:
    """at_least(k) is YES or NO exactly where every way to fill in the unknowns gives that."""
    choices = [(True, False) if a is Answer.UNKNOWN else (a is Answer.YES,) for a in answers]
    outcomes = {answer(sum(completion) >= k) for completion in product(*choices)}

    assert at_least(k, answers) is (outcomes.pop() if len(outcomes) == 1 else Answer.UNKNOWN)


@given(ANSWERS, st.integers(0, 7), st.randoms())
def test_the_order_of_answers_does_not_matter(answers: list[Answer], k: int, random) -> None:
    """at_least(k) counts, whatever the order."""
    shuffled = list(answers)
    random.shuffle(shuffled)

    assert at_least(k, shuffled) is at_least(k, answers)


@given(st.lists(st.sampled_from(Answer), min_size=1, max_size=6), st.integers(1, 6))
def test_at_least_turned_round(answers: list[Answer], k: int) -> None:
    """Not at least k of n is at least n - k + 1 of the opposites."""
    opposites = [~each for each in answers]

    assert ~at_least(k, answers) is at_least(len(answers) - k + 1, opposites)


@given(RULES, profiles())
def test_a_double_negation_says_the_same(rule: object, data: dict) -> None:
    """`none` of `none` of a rule has the answer of the rule."""
    assert said({"none": [{"none": [rule]}]}, data) is said(rule, data)


@given(RULES, profiles())
def test_a_negation_is_the_opposite(rule: object, data: dict) -> None:
    """`none` of a rule is YES where the rule is NO, NO where it is YES, UNKNOWN where it is."""
    assert said({"none": [rule]}, data) is ~said(rule, data)


@given(RULES)
def test_a_blank_profile_decides_nothing(rule: object) -> None:
    """Of a patient of whom nothing is recorded every rule is UNKNOWN, and says what is missing."""
    finding = evaluate(parse_rule(rule, VOCABULARY), chart_of({}))

    assert finding.answer is Answer.UNKNOWN
    assert finding.reason
    assert finding.missing
