"""The three answers: literal truth tables, and that nobody can take an answer for a truth value."""

from itertools import permutations

import pytest

from cartscreen.answer import Answer, answer, at_least

ANSWERS = {"Y": Answer.YES, "N": Answer.NO, "U": Answer.UNKNOWN}


@pytest.mark.parametrize(("said", "opposite"), [("Y", "N"), ("N", "Y"), ("U", "U")])
def test_negation(said: str, opposite: str) -> None:
    """NOT turns YES and NO round, and leaves UNKNOWN."""
    assert ~ANSWERS[said] is ANSWERS[opposite]


ROWS = """
          0 1 2 3 4
    -     Y N N N N
    Y     Y Y N N N
    N     Y N N N N
    U     Y U N N N
    YY    Y Y Y N N
    YN    Y Y N N N
    YU    Y Y U N N
    NN    Y N N N N
    NU    Y U N N N
    UU    Y U U N N
    YYY   Y Y Y Y N
    YYN   Y Y Y N N
    YYU   Y Y Y U N
    YNN   Y Y N N N
    YNU   Y Y U N N
    YUU   Y Y U U N
    NNN   Y N N N N
    NNU   Y U N N N
    NUU   Y U U N N
    UUU   Y U U U N
"""


@pytest.mark.parametrize("row", ROWS.strip().splitlines()[1:])
def test_at_least(row: str) -> None:
    """Every multiset of up to three answers, in every order, against every k from 0 to 4."""
    letters, *expected = row.split()

    for order in set(permutations(letters.strip("-"))):
        actual = [at_least(k, [ANSWERS[letter] for letter in order]) for k in range(5)]
        assert actual == [ANSWERS[letter] for letter in expected]


def test_the_answers_may_come_from_an_iterator() -> None:
    """The gate reads its answers once."""
    assert at_least(2, iter([Answer.YES, Answer.UNKNOWN, Answer.YES])) is Answer.YES


@pytest.mark.parametrize("said", Answer)
def test_an_answer_is_no_truth_value(said: Answer) -> None:
    """`if answer:` and `not answer` raise: each would take UNKNOWN for one of the others."""
    message = "^an Answer is not a truth value: compare it with `is Answer.YES`$"
    with pytest.raises(TypeError, match=message):
        bool(said)
    with pytest.raises(TypeError):
        _ = not said


@pytest.mark.parametrize(("truth", "said"), [(True, Answer.YES), (False, Answer.NO)])
def test_what_is_known_is_yes_or_no(truth: bool, said: Answer) -> None:
    """A statement whose truth is known is never UNKNOWN."""
    assert answer(truth) is said
