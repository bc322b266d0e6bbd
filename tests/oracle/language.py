"""The rule language, read anew from its description: text and tables become a tree.

The second evaluator shares no code with the program, so it has a parser of its own. It refuses
nothing: what a rule may not say is the program's to refuse.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Window:
    """So many days, weeks, months, years, half-lives or intervals of doses before a visit."""

    count: int
    unit: str
    anchor: str


@dataclass(frozen=True)
class Present:
    """The finding is there; with a window, the event lies in it."""


@dataclass(frozen=True)
class NotDone:
    """The newest entry says that it was not done."""


@dataclass(frozen=True)
class Is:
    words: tuple[str, ...]


@dataclass(frozen=True)
class Compare:
    """unit: the canonical one of the fact, ULN, LLN, or of time; in_all: pieces are added up."""

    operator: str
    limit: Fraction
    unit: str
    in_all: bool = False


@dataclass(frozen=True)
class Change:
    direction: str
    by: Fraction
    relative: bool


@dataclass(frozen=True)
class Test:
    __test__ = False  # pytest takes classes of this name for its own

    fact: str
    check: Present | NotDone | Is | Compare | Change
    window: Window | None
    some: bool
    """Of several results any may do, and not the newest alone."""
    text: str


@dataclass(frozen=True)
class Group:
    k: int
    rules: tuple["Rule", ...]
    none: bool = False


@dataclass(frozen=True)
class Records:
    name: str
    where: tuple["Rule", ...]
    k: int = 1
    different: str = ""
    despite: bool = False


@dataclass(frozen=True)
class Together:
    parts: tuple["Rule", ...]
    lasted: Compare | None


@dataclass(frozen=True)
class Question:
    text: str


Rule = Test | Group | Records | Together | Question
Convert = Callable[[str, str, str], tuple[Fraction, str]]
"""(fact or list.field, digits, unit as written) -> (number, unit)"""

_WINDOW = re.compile(
    r"(?:^| )within (\d+) (day|week|month|year|half-li|interval)\w*(?: before (\w+))?$", re.ASCII
)
_COMPARED = re.compile(r"([<>]=?) (?:1:)?([\d.]+)(?: (.+?))??( in all)?$")
_CHANGED = re.compile(r"(rose|fell) >= ([\d.]+) (.+)$")


def parsed(written: Any, convert: Convert, records: str = "") -> Rule:
    """The rule that this TOML data is; records: the list in whose `where` it stands."""

    def each(rules: Any) -> tuple[Rule, ...]:
        return tuple(parsed(rule, convert, records) for rule in rules)

    match written:
        case str():
            return _test(written, convert, records)
        case {"ask": text}:
            return Question(text)
        case {"all": rules}:
            return Group(len(rules), each(rules))
        case {"any": rules}:
            return Group(1, each(rules))
        case {"none": rules}:
            return Group(1, each(rules), none=True)
        case {"together": rules}:
            lasted = written.get("lasted")
            check = _test(f"lasted {lasted}", convert, "treatment").check if lasted else None
            assert check is None or isinstance(check, Compare)
            return Together(each(rules), check)
        case {"some": name} | {"of": str(name)}:
            where = tuple(parsed(rule, convert, name) for rule in written.get("where", ()))
            k = written.get("at_least", 1)
            return Records(
                name, where, k, written.get("different", ""), written.get("despite", False)
            )
        case {"at_least": k, "of": rules}:
            return Group(k, each(rules))
    raise ValueError(written)


def _test(text: str, convert: Convert, records: str) -> Test:
    rest, window, some = text, None, False
    if rest.startswith("any "):
        rest, some = rest.removeprefix("any "), True
    if found := _WINDOW.search(rest):
        count, unit, anchor = found.groups()
        unit = {"half-li": "half-lives"}.get(unit, f"{unit}s")
        window = Window(int(count), unit, anchor or "screening")
        rest = rest[: found.start()]
    fact, _, said = rest.partition(" ")
    name = fact if "." in fact or not records else f"{records}.{fact}"
    return Test(fact, _check(said, name, convert), window, some, text)


def _check(said: str, name: str, convert: Convert) -> Present | NotDone | Is | Compare | Change:
    if not said:
        return Present()
    if said == "is not done":
        return NotDone()
    if said.startswith("is "):
        return Is(tuple(said.removeprefix("is ").split(" or ")))
    if found := _CHANGED.match(said):
        direction, by, unit = found.groups()
        if unit in ("%", "percentage points"):
            return Change(direction, Fraction(by), relative=unit == "%")
        return Change(direction, convert(name, by, unit)[0], relative=False)
    found = _COMPARED.match(said)
    assert found, said
    operator, digits, unit, in_all = found.groups()
    limit, unit = convert(name, digits, unit or "")
    return Compare(operator, limit, unit, in_all=bool(in_all))


def walk(rule: Rule) -> Iterator[Rule]:
    """The rule and every rule inside it."""
    yield rule
    match rule:
        case Group():
            parts = rule.rules
        case Records():
            parts = rule.where
        case Together():
            parts = rule.parts
        case _:
            parts = ()
    for part in parts:
        yield from walk(part)


def tests_of(rule: Rule) -> tuple[Test, ...]:
    """Every test in the rule."""
    return tuple(part for part in walk(rule) if isinstance(part, Test))
