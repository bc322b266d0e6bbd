"""A rule is a small immutable tree. It holds no patient, no clock and no function."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from cartscreen.dates import Window
from cartscreen.place import Visit

About = Literal["judgement", "promise", "gap"]
ANCHORS = ("screening", "consent", "enrollment", "leukapheresis", "lymphodepletion", "infusion")
TIMES = ("days", "weeks", "months", "years")
EARLIER = {"baseline": "baseline", "previous": "the previous assessment"}
"""The earlier visits that a rule of an outcome compares with, and how a person calls them: the
first one, and the last one before the visit that is judged."""


@dataclass(frozen=True)
class Present:
    """The finding is there; with a window, the event lies in it."""


@dataclass(frozen=True)
class Compare:
    """The value stands so to a limit; unit is the fact's own, ULN, LLN, or one of TIMES.

    in_all   of a time: the pieces of a course added up, and not the longest of them
    """

    operator: str
    limit: Fraction
    unit: str
    in_all: bool = False


@dataclass(frozen=True)
class Is:
    """The finding is one of the words, the drug one of the drugs or of a class.

    any_route   of a drug: given locally counts as well, since the rule asks for the route itself
    """

    words: tuple[str, ...]
    any_route: bool = False


@dataclass(frozen=True)
class NotDone:
    """The newest entry of the fact says "not done"; a result says no, and "unknown" neither."""


@dataclass(frozen=True)
class Change:
    """The newest result lies so far above (rose) or below (fell) an earlier one of the window.

    `by` is in the fact's own unit, or in percent of the earlier result if it is relative.
    """

    direction: str
    by: Fraction
    relative: bool
    unit: str


@dataclass(frozen=True)
class New:
    """At least k of the items that a score or a count counts are new since an earlier visit.

    An item of a score is new where it is there and was not; one of a count of words, where it has
    the word and had another, one of `before` if they are named.
    """

    k: int
    before: tuple[str, ...] = ()


Check = Present | Compare | Is | NotDone | Change | New


@dataclass(frozen=True)
class Test:
    """One question about one fact; `text` is the leaf as the criterion writes it.

    any    some result satisfies the check, of the window or ever; otherwise the newest decides
    since  the earlier visit, one of EARLIER, that the test compares with, in a rule of an outcome:
           a number rose or fell, items are new, a time has lasted since
    """

    __test__ = False  # pytest takes classes of this name for its own

    fact: str
    check: Check
    window: Window | None
    text: str
    any: bool = False
    since: str = ""


@dataclass(frozen=True)
class Group:
    """At least k of the rules hold; `none` turns "any" round."""

    k: int
    rules: tuple["Rule", ...]
    none: bool = False


@dataclass(frozen=True)
class Records:
    """At least k entries of the list, different in a field, satisfy `where`; k is 1 without one.

    despite   an entry whose response is not recorded counts, one that worked leaves it open
    """

    name: str
    where: tuple["Rule", ...]
    k: int = 1
    different: str = ""
    despite: bool = False


@dataclass(frozen=True)
class Together:
    """There is a time, so long if `lasted` says how long, at which every part holds.

    Each part is asked of the entries that run at that time.
    """

    parts: tuple[Records, ...]
    lasted: Compare | None = None
    text: str = ""  # of `lasted`, as the criterion writes it


@dataclass(frozen=True)
class Question:
    """What only a person can answer: a judgement, a promise, or what the page lacks."""

    text: str
    about: About = "judgement"


Rule = Test | Group | Records | Together | Question


def walk(rule: Rule) -> Iterator[Rule]:
    """The rule and every rule inside it."""
    yield rule
    match rule:
        case Group():
            for part in rule.rules:
                yield from walk(part)
        case Records():
            for part in rule.where:
                yield from walk(part)
        case Together():
            for records in rule.parts:
                yield from walk(records)


def names_read(rule: Rule) -> tuple[str, ...]:
    """The facts and record lists that a rule reads, in order, each once."""
    names = []
    for part in walk(rule):
        match part:
            case Test(fact=fact) if "." in fact:
                names.append(fact)
            case Records(name=name):
                names.append(name)
        if isinstance(part, Test) and part.window and part.window.anchor != "screening":
            names.append(Visit(part.window.anchor).name)
    return tuple(dict.fromkeys(names))


def question_of(rule: Rule) -> Question | None:
    """The question a rule asks of a person, if it asks one."""
    return next((part for part in walk(rule) if isinstance(part, Question)), None)
