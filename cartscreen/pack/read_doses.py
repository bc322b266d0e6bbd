"""Dose levels, and how the page moves between them: data of a trial's file.

A page's sentences are clauses, each with its place; what it leaves open are gaps, each a question.
A rule says when which clause speaks: `when` it holds of the counts at a level, `then` follows, `by`
these clauses. Python knows no number of any design, and the name of no level.

    test = ["above:" | "below:"] ( ["not"] word | count sign number )
    word = "lowest" | "highest" | "opened" | "exceeded" | "complete"
    count = "treated" | "dlt"               sign = "<" | "<=" | "=" | ">=" | ">"

`treated` are the patients of a level whose evaluation for dose-limiting toxicity has ended, `dlt`
those of them who had one. A level is opened once anybody was treated at it, and exceeded where a
rule concludes that it exceeds the maximum tolerated dose; the evaluation is complete where a rule
concludes that. A level above the highest, or below the lowest, is not opened and not exceeded, and
nothing holds of its counts.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from cartscreen.errors import Problem
from cartscreen.model import Field
from cartscreen.pack.doses import (
    About,
    Basis,
    Clause,
    Doses,
    Kind,
    Level,
    Question,
    Rule,
    Test,
    dose_of,
)
from cartscreen.pack.files import FileModel
from cartscreen.pattern import pattern
from cartscreen.text import did_you_mean, shown

_THEN: Mapping[str, Kind] = {
    "open the level above": "open",
    "dose between this level and the one below": "between",
    "dose above this level": "higher",
    "expansion": "expand",
    "exceeds the MTD": "exceeds",
    "is the MTD": "mtd",
    "evaluation is complete": "complete",
    "ask": "ask",
}
_TREAT = pattern(r"treat to ([1-9]\d?)")
_TEST = pattern(
    r"(?:(?P<where>above|below): )?"
    r"(?:(?P<not>not )?(?P<word>lowest|highest|opened|exceeded|complete)"
    r"|(?P<count>treated|dlt) (?P<sign><=?|>=?|=) (?P<number>\d{1,2}))"
)


class LevelEntry(FileModel):
    """A dose level as a trial file writes it."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,19}$", description="letters and digits, DL1")
    dose: str = Field(description='cells per kilogram, "1e5 cells/kg"')
    source: str = Field(min_length=3, description="its place on the page")
    note: str = ""


class ClauseEntry(FileModel):
    """What the page says about moving between levels, restated, with its place."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9.]{0,9}$", description="letters and digits, P2a")
    says: str = Field(min_length=3)
    source: str = Field(min_length=3)


class GapEntry(FileModel):
    """What the page leaves open, as a question to the sponsor."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9.]{0,9}$", description="letters and digits, G1")
    asks: str = Field(min_length=3)
    about: About | None = Field(None, description="what the program names the gap for")


class RuleEntry(FileModel):
    """When a clause speaks, and what follows."""

    when: list[str] = Field(min_length=1, description='tests that all hold: "dlt = 1"')
    then: str = Field(description='"treat to 6", or what follows otherwise')
    by: list[str] = Field(default=[], description="ids of clauses")
    gaps: list[str] = Field(default=[], description="ids of gaps that come with it")
    basis: Basis = Field(
        "stated",
        description="stated on the page; implied by it; or certain, as no further patient of the "
        "level could change it",
    )
    beyond: bool = Field(
        False, description="the page allows it, beyond what it expects: it is warned about"
    )


class DosesEntry(FileModel):
    """Dose levels, size and rules as a trial file writes them; only what the page gives."""

    design: str = ""
    source: str = ""
    most: int | None = Field(None, ge=1, le=1000, description="patients in all, never more")
    most_source: str = ""
    per_level: int | None = Field(None, ge=1, le=20, description="evaluated at a level, at most")
    tolerance: str = Field("", pattern=r"^$|^\d{1,2}(\.\d)? %$", description='of a dose, "20 %"')
    level: list[LevelEntry] = Field(default=[], max_length=20)
    clause: list[ClauseEntry] = Field(default=[])
    gap: list[GapEntry] = Field(default=[])
    rule: list[RuleEntry] = Field(default=[])


DOSE_TABLES: Mapping[str, type[FileModel]] = {
    "level": LevelEntry,
    "clause": ClauseEntry,
    "gap": GapEntry,
    "rule": RuleEntry,
}
"""The tables below [doses], by name."""


def doses_of(entry: DosesEntry) -> Doses:
    """The doses that a trial file states. Raises Problem for what cannot be meant."""
    levels = tuple(_level(item) for item in entry.level)
    for lower, higher in pairwise(levels):
        if higher.dose <= lower.dose:
            raise Problem(f"level {higher.id}: its dose is not above that of {lower.id}.")
    _once("level", [item.id for item in levels])
    _once("clause", [item.id for item in entry.clause])
    _once("gap", [item.id for item in entry.gap])
    abouts = [item.about for item in entry.gap if item.about]
    for about in abouts:
        if abouts.count(about) > 1:
            raise Problem(f"two gaps are about {shown(about)}; one question is enough.")
    if entry.rule and not (levels and entry.most and entry.per_level):
        raise Problem("rules need levels, most (patients in all) and per_level.")
    rules = []
    for number, item in enumerate(entry.rule, start=1):
        try:
            rules.append(_rule(item, entry))
        except Problem as problem:
            raise Problem(f"rule number {number}: {problem}") from None
    tolerance = Fraction(entry.tolerance.removesuffix(" %")) / 100 if entry.tolerance else None
    return Doses(
        entry.design,
        entry.source,
        entry.most,
        entry.most_source,
        entry.per_level,
        tolerance,
        levels,
        tuple(Clause(item.id, item.says, item.source) for item in entry.clause),
        tuple(Question(item.id, item.asks, item.about or "") for item in entry.gap),
        tuple(rules),
    )


def _once(what: str, ids: list[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise Problem(f"{what} {name} is written twice.")


def _level(entry: LevelEntry) -> Level:
    try:
        return Level(entry.id, dose_of(entry.dose), entry.source, entry.note)
    except Problem as problem:
        raise Problem(f"level {entry.id}: {problem}") from None


def _rule(entry: RuleEntry, doses: DosesEntry) -> Rule:
    kind, to = _then(entry.then)
    if to > (doses.per_level or to):
        raise Problem(f"{shown(entry.then)} is more than per_level, {doses.per_level}.")
    tests = tuple(_test(text) for text in entry.when)
    _check_order(kind, tests)
    _known("clause", entry.by, [item.id for item in doses.clause])
    _known("gap", entry.gaps, [item.id for item in doses.gap])
    if kind == "ask" and not entry.gaps:
        raise Problem('"ask" needs the gap that it asks about.')
    if kind != "ask" and not entry.by:
        raise Problem("it needs the clauses of the page that it follows from, by = [...].")
    if entry.beyond and kind != "treat":
        raise Problem('beyond is for "treat to ..." alone.')
    return Rule(tests, kind, to, tuple(entry.by), tuple(entry.gaps), entry.basis, entry.beyond)


def _then(text: str) -> tuple[Kind, int]:
    if found := _TREAT.fullmatch(text):
        return "treat", int(found[1])
    if text not in _THEN:
        hint = did_you_mean(text, _THEN) or f' There are "treat to 6" and {", ".join(_THEN)}.'
        raise Problem(f"then = {shown(text)} is not known.{hint}")
    return _THEN[text], 0


def _test(text: Any) -> Test:
    found = _TEST.fullmatch(text)
    if found is None:
        raise Problem(
            f'{shown(text)} is not a test; write "treated < 3", "dlt = 1", "above: not opened".'
        )
    if found["word"]:
        return Test(found["where"] or "", found["word"], negated=bool(found["not"]))
    return Test(found["where"] or "", found["count"], found["sign"], int(found["number"]))


_FIRST = ("treated", "dlt", "lowest", "highest", "opened")


def _check_order(kind: Kind, tests: Iterable[Test]) -> None:
    """What is concluded first does not ask for what is concluded later, so there is no circle."""
    for test in tests:
        if kind == "exceeds" and test.what not in _FIRST:
            raise Problem(f"what exceeds the MTD is concluded before what is {test.what}.")
        if kind in ("mtd", "complete") and test.what == "complete":
            raise Problem("that the evaluation is complete cannot follow from itself.")
        if test.what == "complete" and test.where:
            raise Problem("the evaluation is complete as a whole; leave out above and below.")


def _known(what: str, ids: Iterable[str], known: list[str]) -> None:
    for name in ids:
        if name not in known:
            hint = did_you_mean(name, known) or f" There are {', '.join(known) or 'none'}."
            raise Problem(f"there is no {what} {shown(name)}.{hint}")
