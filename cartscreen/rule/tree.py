"""A rule is a small immutable tree. It holds no patient, no clock and no function."""

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar, Literal

from cartscreen.dates import Window
from cartscreen.frozen import cached, frozen, replace, slotted
from cartscreen.place import Visit

About = Literal["judgement", "promise", "gap"]
ANCHORS = ("screening", "consent", "enrollment", "leukapheresis", "lymphodepletion", "infusion")
TIMES = ("days", "weeks", "months", "years")
EARLIER = {"baseline": "baseline", "previous": "the previous assessment"}
"""The earlier visits that a rule of an outcome compares with, and how a person calls them: the
first one, and the last one before the visit that is judged."""


class _Asking:
    """What every form of rule has: what it asks of a person, and what it reads."""

    COMPILED: ClassVar[tuple[str, ...]] = ("question", "names")
    """What is kept compiled beside the fields, since it follows from them."""

    @property
    def inside(self) -> "tuple[Rule, ...]":
        """The rules that it is made of."""
        return ()

    @property
    def own_names(self) -> tuple[str, ...]:
        """The facts, lists and visits that it reads by itself, beside those of the rules inside."""
        return ()

    @cached
    def question(self) -> "Question | None":
        """What the rule, or a part of it, asks of a person, if it asks anything."""
        return next((part.question for part in self.inside if part.question), None)

    @cached
    def key(self) -> object:
        """What stands for this rule where something is kept of it, and for no equal one."""
        return object()

    @cached
    def names(self) -> frozenset[str]:
        """The facts, lists and visits that it reads."""
        return frozenset(self.own_names).union(*[part.names for part in self.inside])


@slotted
class Present:
    """The finding is there; with a window, the event lies in it."""


@slotted
class Compare:
    """The value stands so to a limit; unit is the fact's own, ULN, LLN, or one of TIMES.

    in_all   of a time: the pieces of a course added up, and not the longest of them
    """

    operator: str
    limit: Fraction
    unit: str
    in_all: bool = False

    @property
    def asks_for_more(self) -> bool:
        """Does a larger value never speak against it?"""
        return self.operator in (">", ">=")


@slotted
class Is:
    """The finding is one of the words, the drug one of the drugs or of a class.

    any_route   of a drug: given locally counts as well, since the rule asks for the route itself
    """

    words: tuple[str, ...]
    any_route: bool = False


@slotted
class NotDone:
    """The newest entry of the fact says "not done"; a result says no, and "unknown" neither."""


@slotted
class Change:
    """The newest result lies so far above (rose) or below (fell) an earlier one of the window.

    `by` is in the fact's own unit, or in percent of the earlier result if it is relative.
    """

    direction: str
    by: Fraction
    relative: bool
    unit: str


@slotted
class New:
    """At least k of the items that a score or a count counts are new since an earlier visit.

    An item of a score is new where it is there and was not; one of a count of words, where it has
    the word and had another, one of `before` if they are named.
    """

    k: int
    before: tuple[str, ...] = ()


Check = Present | Compare | Is | NotDone | Change | New


@frozen
class Test(_Asking):
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

    @cached
    def is_of_entry(self) -> bool:
        """Is it asked of a field of an entry, and not of a fact?"""
        return "." not in self.fact

    @cached
    def ends_with(self) -> str:
        """The date of the same entry that the window ends on, in place of a visit; or nothing."""
        return self.window.anchor if self.window and self.window.anchor not in ANCHORS else ""

    @property
    def own_names(self) -> tuple[str, ...]:
        own = () if self.is_of_entry else (self.fact,)
        anchor = self.window.anchor if self.window else "screening"
        return own if anchor == "screening" or self.ends_with else (*own, Visit(anchor).name)


@frozen
class Group(_Asking):
    """At least k of the rules hold; `none` turns "any" round."""

    k: int
    rules: tuple["Rule", ...]
    none: bool = False

    @property
    def inside(self) -> tuple["Rule", ...]:
        return self.rules


@frozen
class Records(_Asking):
    """At least k entries of the list, different in a field, satisfy `where`; k is 1 without one.

    despite   an entry whose response is not recorded counts, one that worked leaves it open
    """

    name: str
    where: tuple["Rule", ...]
    k: int = 1
    different: str = ""
    despite: bool = False

    COMPILED: ClassVar[tuple[str, ...]] = (
        "question",
        "names",
        "tests",
        "windows",
        "anchors",
    )

    @property
    def inside(self) -> tuple["Rule", ...]:
        return self.where

    @property
    def own_names(self) -> tuple[str, ...]:
        return (self.name,)

    @cached
    def tests(self) -> tuple[Test, ...]:
        """Every test inside it."""
        return tuple(part for part in walk(self) if isinstance(part, Test))

    @cached
    def windows(self) -> tuple[Window, ...]:
        """The windows of calendar time in which it asks something of the entries, each once."""
        of_entries = (test.window for test in self.tests if test.is_of_entry)
        dated = (window for window in of_entries if window and not window.is_of_drug)
        return tuple(dict.fromkeys(dated))

    @cached
    def anchors(self) -> tuple[str, ...]:
        """The visits on which its windows end, each once."""
        return tuple(dict.fromkeys(test.window.anchor for test in self.tests if test.window))


@frozen
class Together(_Asking):
    """There is a time, so long if `lasted` says how long, at which every part holds.

    Each part is asked of the entries that run at that time.
    """

    parts: tuple[Records, ...]
    lasted: Compare | None = None
    text: str = ""  # of `lasted`, as the criterion writes it

    @property
    def inside(self) -> tuple["Rule", ...]:
        return self.parts


@frozen
class Question(_Asking):
    """What only a person can answer: a judgement, a promise, or what the page lacks."""

    text: str
    about: About = "judgement"

    COMPILED: ClassVar[tuple[str, ...]] = ("names",)

    @property
    def question(self) -> "Question":
        return self


Rule = Test | Group | Records | Together | Question


class Shared:
    """One object for all rules, and parts of rules, that are equal.

    What follows of a rule for a patient is then found once, wherever the rule stands.
    """

    def __init__(self) -> None:
        self._known: dict[object, Rule] = {}

    def rule(self, rule: Rule) -> Rule:
        """The rule, or the equal one that has been seen before it."""
        match rule:
            case Group():
                rules = self._all(rule.rules)
                return self._one(("group", rule.k, rule.none), rules, replace(rule, rules=rules))
            case Records():
                where = self._all(rule.where)
                asks = ("records", rule.name, rule.k, rule.different, rule.despite)
                return self._one(asks, where, replace(rule, where=where))
            case Together():
                parts = tuple(part for part in self._all(rule.parts) if isinstance(part, Records))
                lasts = ("together", rule.lasted, rule.text)
                return self._one(lasts, parts, replace(rule, parts=parts))
        return self._known.setdefault(rule, rule)

    def _all(self, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(map(self.rule, rules))

    def _one(self, of: tuple[object, ...], parts: tuple[Rule, ...], made: Rule) -> Rule:
        return self._known.setdefault((*of, *map(id, parts)), made)


def walk(rule: Rule) -> Iterator[Rule]:
    """The rule and every rule inside it."""
    yield rule
    for part in rule.inside:
        yield from walk(part)


def names_read(rule: Rule) -> tuple[str, ...]:
    """The facts, lists and visits that a rule reads, in order, each once."""
    return tuple(dict.fromkeys(name for part in walk(rule) for name in part.own_names))
