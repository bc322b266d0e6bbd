"""Dose levels, and how the page moves between them.

Python knows no number of any design, and the name of no level: `read_doses.py` has the form.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Literal

from cartscreen.errors import Problem
from cartscreen.frozen import frozen
from cartscreen.text import did_you_mean, shown
from cartscreen.units import decimal, factor, parse_quantity

PER_KG = "/kg"
"""The unit of every dose, cells per kilogram, as units.py names it."""
Kind = Literal["treat", "open", "between", "higher", "expand", "exceeds", "mtd", "complete", "ask"]
OPTIONS: tuple[Kind, ...] = ("treat", "open", "between", "higher", "expand")
"""What may be done next; the other kinds are conclusions and questions."""
About = Literal[
    "window", "counts", "tolerance", "more than expected", "known late", "waiting", "size",
    "early expansion", "another dose", "second infusion", "not evaluable",
]  # fmt: skip
"""What the program must know a gap by, to name it where it arises."""
Basis = Literal["stated", "implied", "certain"]


@frozen
class Level:
    """A dose level: its dose in cells per kilogram, exact."""

    id: str
    dose: Fraction
    source: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.id} ({dose_text(self.dose)})"


@frozen
class Test:
    """One condition on the counts at a level, or at the one above or below it."""

    where: str
    what: str
    sign: str = ""
    number: int = 0
    negated: bool = False


@frozen
class Rule:
    """All tests hold: then this follows, by these clauses."""

    when: tuple[Test, ...]
    kind: Kind
    to: int
    by: tuple[str, ...]
    gaps: tuple[str, ...]
    basis: Basis
    beyond: bool


@frozen
class Clause:
    """What the page says, restated, and where."""

    id: str
    says: str
    source: str


@frozen
class Question:
    """What the page leaves open."""

    id: str
    asks: str
    about: str


@frozen
class Doses:
    """Levels from the lowest dose up, the most patients, and the rules; as far as the page goes."""

    design: str = ""
    source: str = ""
    most: int | None = None
    most_source: str = ""
    per_level: int | None = None
    tolerance: Fraction | None = None
    levels: tuple[Level, ...] = ()
    clauses: tuple[Clause, ...] = ()
    gaps: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()

    @cached_property
    def clause(self) -> Mapping[str, Clause]:
        return {clause.id: clause for clause in self.clauses}

    @cached_property
    def gap(self) -> Mapping[str, Question]:
        return {gap.id: gap for gap in self.gaps}

    def gap_about(self, about: About) -> Question | None:
        """The gap that the trial's file declares for this, if it does."""
        return next((gap for gap in self.gaps if gap.about == about), None)

    def number_of(self, level: str) -> int:
        """The place of a level, from 0. Raises Problem with the levels that there are."""
        ids = [item.id for item in self.levels]
        if level not in ids:
            hint = did_you_mean(level, ids) or f" There are {', '.join(ids)}."
            raise Problem(f"{shown(level)} is not a dose level of this trial.{hint}")
        return ids.index(level)


NO_DOSES = Doses()
"""A trial whose page gives neither levels nor rules."""


def dose_of(text: str) -> Fraction:
    """Cells per kilogram of "1e5 cells/kg" or "1 10^5/kg". Raises Problem."""
    interval, unit = parse_quantity(text, PER_KG)
    times = factor(unit, PER_KG)
    if times is None or interval.low is None or not interval.is_exact or interval.low <= 0:
        raise Problem(f'{shown(text)} is not a dose in cells per kilogram; write "1e5 cells/kg".')
    return interval.low * times


def dose_text(dose: Fraction) -> str:
    """A dose per kilogram as people write it: 5 x 10^5 cells/kg."""
    return f"{cells_text(dose)} cells/kg"


def cells_text(number: Fraction) -> str:
    """A number of cells as people write it: 2.9 x 10^7; three places at most, then "~"."""
    power = 0
    while round(number * 1000 / 10**power) >= 10_000:
        power += 1
    scaled = number / 10**power
    near = Fraction(round(scaled * 1000), 1000)
    return f"{'' if near == scaled else '~'}{decimal(near)} x 10^{power}"
