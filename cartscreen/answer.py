"""The whole logic: three answers, one negation, and one gate, at_least.

Strong Kleene logic (S. C. Kleene, Introduction to Metamathematics, 1952, section 64): an answer is
YES or NO only where it is the same whatever the unknown answers turn out to be.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class Answer(Enum):
    """Is the statement true of this patient?"""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # that of Enum takes the hash of the name, each time

    def __invert__(self) -> "Answer":
        return _NEGATION[self]

    def __bool__(self) -> NoReturn:
        raise TypeError("an Answer is not a truth value: compare it with `is Answer.YES`")


YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN

_NEGATION = {
    Answer.YES: Answer.NO,
    Answer.NO: Answer.YES,
    Answer.UNKNOWN: Answer.UNKNOWN,
}


def at_least(k: int, answers: Iterable[Answer]) -> Answer:
    """Are at least k of these statements true?

    YES if k or more are YES; NO if even with every UNKNOWN there are fewer than k; else UNKNOWN.
    """
    listed = [*answers]
    true = listed.count(YES)
    if true >= k:
        return YES
    return NO if true + listed.count(UNKNOWN) < k else UNKNOWN


def answer(statement: bool) -> Answer:
    """The answer to a statement whose truth is known."""
    return YES if statement else NO
