"""Exact numbers, and the units they may come in.

A number is a Fraction, or an open or half-open Interval of them: `<0.1` is every value below 0.1.
Units are the closed table of units.toml. pint converts between its entries, in Fractions, and is
imported only when a value is not already in the unit that is asked for; it never sees what a user
wrote (its parser reads `10*9/L` as 90 per litre, and does not return from `10**10**10`).
"""

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Self

from cartscreen.answer import Answer
from cartscreen.errors import Problem
from cartscreen.text import did_you_mean, shown

ULN, LLN = "ULN", "LLN"  # multiples of the result's own limits; not in the table


@dataclass(frozen=True)
class Interval:
    """Every number from `low` to `high`; None is no bound. An open end is not itself included."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def exactly(cls, number: Fraction | int) -> Self:
        return cls(Fraction(number), Fraction(number))

    @property
    def is_exact(self) -> bool:
        return self.low is not None and self.low == self.high

    def compare(self, operator: str, limit: Fraction) -> Answer:
        """Does every number of the interval stand so to the limit, or none, or some?"""
        if operator in ("<", "<="):
            return ~self.compare(">=" if operator == "<" else ">", limit)
        strict = operator == ">"
        if self.low is not None and (
            self.low > limit or (self.low == limit and (not strict or self.low_open))
        ):
            return Answer.YES
        if self.high is not None and (
            self.high < limit or (self.high == limit and (strict or self.high_open))
        ):
            return Answer.NO
        return Answer.UNKNOWN

    def times(self, factor: Fraction) -> "Interval":
        """The interval with every number multiplied by a factor above 0."""
        return Interval(
            None if self.low is None else self.low * factor,
            None if self.high is None else self.high * factor,
            self.low_open,
            self.high_open,
        )

    def overlaps(self, other: "Interval") -> bool:
        """Have the two intervals, ends included, a number in common?"""
        ends = (self.low, other.high), (other.low, self.high)
        return not any(low is not None and high is not None and low > high for low, high in ends)

    def __str__(self) -> str:
        if self.is_exact:
            assert self.low is not None
            return decimal(self.low)
        if self.low is None:
            assert self.high is not None
            return f"{'<' if self.high_open else '<='}{decimal(self.high)}"
        if self.high is None:
            return f"{'>' if self.low_open else '>='}{decimal(self.low)}"
        return f"{decimal(self.low)} to {decimal(self.high)}"


def decimal(number: Fraction) -> str:
    """The number in decimals: in full where that takes at most 6 places, else to 4 with "~"."""
    scaled = number * 10**6
    if scaled.denominator == 1:
        return _in_decimals(scaled.numerator, 6).rstrip("0").rstrip(".")
    return about(number, 4)


def about(number: Fraction, places: int) -> str:
    """A number of more places, rounded to so many, with "~"; to more, where the last would be a 0.

    A limit has few places: 29.9996, which is below 30, must not be printed as ~30.00.
    """
    while (near := round(number * 10**places)) % 10 == 0:
        places += 1
    return f"~{_in_decimals(near, places)}"


def _in_decimals(scaled: int, places: int) -> str:
    whole, rest = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{places}d}"


@cache
def _table() -> tuple[dict[str, str], dict[str, str], tuple[str, ...], dict[str, str]]:
    """(spelling -> canonical unit, canonical unit -> pint's unit, definitions, alike)."""
    data = tomllib.loads(Path(__file__).with_name("units.toml").read_bytes().decode())
    spellings: dict[str, str] = {}
    for canonical, entry in data["unit"].items():
        for spelling in (canonical, *entry.get("spellings", ())):
            assert spelling not in spellings, f"units.toml has {spelling!r} twice"
            spellings[spelling] = canonical
    pint_units = {canonical: entry["pint"] for canonical, entry in data["unit"].items()}
    return spellings, pint_units, tuple(data["define"]["lines"]), data["alike"]


def unit_named(spelling: str, wanted: str = "") -> str:
    """The canonical unit of a spelling. Raises Problem, with a suggestion, if it is not listed.

    `wanted` is the canonical unit that the place is in, where it is known, for the message.
    """
    spellings, _, _, alike = _table()
    if spelling in (ULN, LLN):
        return spelling
    text = spelling[:_LONGEST]
    for odd, plain in alike.items():
        text = text.replace(odd, plain)
    if text in spellings and len(spelling) <= _LONGEST:
        return spellings[text]
    same = [name for name in spellings if name.casefold() == text.casefold()]
    near = same or [name for name, unit in spellings.items() if not wanted or unit == wanted]
    wrong = f"the unit {shown(spelling)} is not known{_expected(wanted)}."
    raise Problem(f"{wrong}{did_you_mean(text, [*near, ULN, LLN])}")


def _expected(unit: str) -> str:
    match unit:
        case "":
            return ""
        case "1":
            return "; expected a number without a unit"
        case "titre":
            return '; expected a titre, "1:8" say'
    return f"; expected {unit} or a unit that converts to it"


_NUMBER = r"[+-]?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?"
_QUANTITY = re.compile(
    rf"\s*(?P<sign><=|>=|<|>)?\s*(?P<number>{_NUMBER})(?:\s*(?P<percent>%)|\s+(?P<unit>\S.*?))?\s*",
    re.ASCII,
)
_TITRE = re.compile(r"\s*(?P<sign><=|>=|<|>)?\s*1\s?:\s?(?P<number>[1-9]\d{0,8})\s*", re.ASCII)
_LONGEST = 100


def parse_quantity(text: str, wanted: str = "g/L") -> tuple[Interval, str]:
    """Read "22 U/L", "<0.1 IU/mL" or the titre "1:8"; (interval, canonical unit).

    A number alone has the unit "1". Raises Problem for anything else; its message gives an example
    in the unit `wanted`.
    """
    if len(text) > _LONGEST:
        raise Problem(f"{shown(text)} is too long for a value; {how_written(wanted)}.")
    if match := _TITRE.fullmatch(text):
        return _interval(match["sign"], Fraction(match["number"])), "titre"
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise Problem(f"{shown(text)} is not a value; {_hint(text) or how_written(wanted)}.")
    unit = unit_named(match["percent"] or match["unit"] or "", wanted)
    return _interval(match["sign"], Fraction(match["number"])), unit


def how_written(unit: str) -> str:
    """How a value in this unit is written, as the end of a message."""
    match unit:
        case "1":
            return "write a number, 1.5 say"
        case "titre":
            return 'write a titre, "1:8" say'
    return f'write a number and its unit, "1.5 {unit}" or "<1.5 {unit}" say'


def _hint(text: str) -> str:
    """The likely slip, as the end of a message."""
    if not text.isprintable():
        return "it holds a character that does not show"
    if re.search(r"\d,\d", text):
        return "write a decimal point and no thousands separator, 1.5 or 1500"
    if re.search(r"\d{16}", text):
        return "it has more than 15 digits before or after the point"
    if re.match(r"\s*[≤≥]", text):
        return 'write "<=" or ">="'
    if re.match(r"\s*[<>]?=?\s*[\d.]+[A-Za-zµμ%/]", text):
        return "put a space between the number and its unit"
    return ""


def _interval(sign: str | None, number: Fraction) -> Interval:
    match sign:
        case "<" | "<=":
            return Interval(None, number, high_open=sign == "<")
        case ">" | ">=":
            return Interval(number, None, low_open=sign == ">")
        case _:
            return Interval.exactly(number)


@cache
def factor(unit: str, to: str, molar_mass: Fraction | None = None) -> Fraction | None:
    """What a number in one canonical unit is multiplied by to be in another; None if nothing is.

    molar_mass, in g/mol, lets grams become moles and moles grams, above or below the stroke.
    """
    if unit == to:
        return Fraction(1)
    if not {unit, to}.isdisjoint((ULN, LLN, "1")):
        return None  # a score is no ratio of masses, though neither has a dimension
    _, pint_units, _, _ = _table()
    if pint_units[unit] == pint_units[to]:  # two names of one unit: % and percentage points
        return Fraction(1)
    registry = _registry()
    here, there = (registry.Quantity(pint_units[name]) for name in (unit, to))
    bridges = [registry.Quantity(Fraction(1), "")]
    if molar_mass is not None:
        per_mole = registry.Quantity(molar_mass, "gram / mole")
        bridges += [per_mole, 1 / per_mole]
    for bridge in bridges:
        ratio = here * bridge / there
        if ratio.dimensionless:
            return Fraction(ratio.to("").magnitude)
    return None


@cache
def _registry() -> Any:
    """Pint with our definitions and no others, in exact arithmetic."""
    import pint  # 0.14 s: only where a value is in another unit than the one asked for

    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction)
    for line in _table()[2]:
        registry.define(line)
    return registry
