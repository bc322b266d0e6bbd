"""H. The test suite itself."""

from collections import Counter

import pytest
from generated import Data, cases
from hypothesis import given, seed, settings
from oracle.comparison import compared, trial_of
from oracle.evaluator import NotCovered, TooManyWorlds

from cartscreen.report import REASONS
from cartscreen.rule import (
    ANCHORS,
    Change,
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Test,
    walk,
)
from cartscreen.screen import Finding
from cartscreen.trial import bundled_pack
from cartscreen.vocabulary import Kind

PARTS = 4
CASES = 10_000


@pytest.mark.parametrize("part", range(PARTS))
def test_97_an_independent_evaluator_agrees_on_10000_random_patients(part: int) -> None:
    """Two evaluators that share only the parsed rule say the same of every random patient.

    (a) Wherever the program decides, enumeration of all completions decides the same. (b) Where no
    unknown is read by two leaves of the rule, enumeration decides nothing that the program does
    not. Few cases are too large to enumerate, and more than half of them are under (b).
    """
    seen: Counter[str] = Counter()

    @seed(part)
    @settings(max_examples=CASES // PARTS // 2)
    @given(cases())
    def agree(case: tuple[Data, list[Data]]) -> None:
        criterion, patients = case
        trial = trial_of(criterion)
        for data in patients:
            try:
                comparison = compared(trial, data)
            except (NotCovered, TooManyWorlds) as left_out:
                seen[type(left_out).__name__] += 1
                continue
            seen["exact" if comparison.verdict.exact else "one-sided"] += 1
            assert comparison.agree, str(comparison)

    agree()

    assert seen["NotCovered"] + seen["TooManyWorlds"] < 0.02 * seen.total(), seen
    assert seen["exact"] > seen.total() / 2, seen
