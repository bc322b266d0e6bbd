"""Exact numbers, and the units they may come in.

A number is a Fraction, or an open or half-open Interval of them: `<0.1` is every value below 0.1.
A unit is composed of the parts that units.toml lists, and of nothing else: `x10^3/uL`, `K/mm3` and
`10*3.{cells}/uL` are one unit. Powers of ten are counted here; between base units of one kind (a
pound and a gram) pint converts, in Fractions. It never sees what a user wrote (its parser reads
`10*9/L` as 90 per litre, and does not return from `10**10**10`), and what it says is kept compiled:
it is imported only where nothing is kept.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

import tomli

from cartscreen.answer import Answer
from cartscreen.build import kept
from cartscreen.errors import Problem
from cartscreen.frozen import frozen, slotted
from cartscreen.pattern import pattern
from cartscreen.text import compatible, did_you_mean, shown

ULN, LLN = "ULN", "LLN"  # multiples of the result's own limits; not in the table
OF_ASSAY = "of the assay"  # where a result is wanted in whatever unit, or as a titre


@slotted
class Interval:
    """Every number from `low` to `high`; None is no bound. An open end is not itself included."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def exactly(cls, number: Fraction | int) -> Self:
        exact = number if type(number) is Fraction else Fraction(number)
        return cls(exact, exact)

    @property
    def is_exact(self) -> bool:
        low, high = self.low, self.high
        return low is not None and (low is high or low == high)

    def compare(self, operator: str, limit: Fraction) -> Answer:
        """Does every number of the interval stand so to the limit, or none, or some?"""
        low, high, strict = self.low, self.high, operator in (">", "<=")  # above it, or not
        if low is not None and _over(low, limit) >= (strict and not self.low_open):
            said = Answer.YES
        elif high is not None and (high is low or _over(high, limit) < (strict or self.high_open)):
            said = Answer.NO
        else:
            said = Answer.UNKNOWN
        return said if operator in (">", ">=") else ~said

    def times(self, factor: Fraction) -> "Interval":
        """The interval with every number multiplied by a factor above 0."""
        low = None if self.low is None else self.low * factor
        high = self.high
        if high is not None:
            high = low if high is self.low else high * factor
        return Interval(low, high, self.low_open, self.high_open)

    def between(self, least: Fraction, most: Fraction) -> "Interval":
        """Every number of the interval, multiplied by any factor from the least to the most."""
        low, high = self.times(least), self.times(most)
        return Interval(low.low, high.high, self.low_open, self.high_open)

    def overlaps(self, other: "Interval") -> bool:
        """Have the two intervals, ends included, a number in common?"""
        return _in_order(self.low, other.high) and _in_order(other.low, self.high)

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


def _in_order(low: Fraction | None, high: Fraction | None) -> bool:
    return low is None or high is None or _over(low, high) <= 0


def _over(one: Fraction, other: Fraction) -> int:
    """Above 0 where one number is above the other, and then at least 1; 0 where they are equal.

    So Fractions compare, in a third of the time.
    """
    above, below = one.as_integer_ratio()
    other_above, other_below = other.as_integer_ratio()
    return above * other_below - other_above * below


def decimal(number: Fraction) -> str:
    """The number in decimals: in full where that takes at most 6 places, else to 4 with "~"."""
    if number.denominator == 1:
        return str(number.numerator)
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


@frozen
class _Unit:
    """A unit: its name, its parts (base unit, 1 above the stroke or -1 below), and how many of
    the unit that these alone make it is: 10^-1 for mg/dL, of g and 1/L.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    size: Fraction = Fraction(1)


@frozen
class _Table:
    """What units.toml lists, by spelling.

    bases      spelling -> (base unit, prefix); `words`, in small letters, likewise
    powers     prefix -> its power of ten
    whole      spelling -> a unit that is composed of nothing
    """

    bases: Mapping[str, tuple[str, str]]
    words: Mapping[str, tuple[str, str]]
    powers: Mapping[str, int]
    whole: Mapping[str, str]
    data: Mapping[str, Any]

    def kind(self, base: str) -> str:
        """What a base unit measures."""
        return str(self.data["base"][base]["kind"]) if base in self.data["base"] else base


@cache
def _table() -> _Table:
    found: _Table | None = kept(KEPT_TABLE)
    return table_of_file() if found is None else found


KEPT_TABLE = "units"
"""The name under which the table is kept compiled."""


def table_of_file() -> _Table:
    """The table in units.toml."""
    data = tomli.loads(Path(__file__).with_name("units.toml").read_bytes().decode())
    bases: dict[str, tuple[str, str]] = {}
    words: dict[str, tuple[str, str]] = {}
    prefixes = {"": {"power": 0, "words": [""]}, **data["prefix"]}
    for base, entry in data["base"].items():
        for prefix in ("", *entry.get("prefixes", ())):
            for sign in (prefix, *prefixes[prefix].get("symbols", ())):
                for symbol in entry.get("symbols", ()):
                    _add(bases, f"{sign}{symbol}", (base, prefix))
            for word in prefixes[prefix]["words"]:
                for name in entry.get("words", ()):
                    _add(words, f"{word}{name}", (base, prefix))
        for spelling in entry.get("also", ()):
            _add(bases, spelling, (base, ""))
    for name, spellings in data["alias"].items():
        for spelling in spellings:
            _add(bases, spelling, bases[name])
    return _Table(
        bases,
        words,
        {prefix: entry["power"] for prefix, entry in prefixes.items()},
        {
            spelling: name
            for name, entry in data["whole"].items()
            for spelling in (name, *entry.get("spellings", ()))
        },
        data,
    )


def _add(names: dict[str, tuple[str, str]], spelling: str, base: tuple[str, str]) -> None:
    there = names.setdefault(spelling, base)
    assert there == base, f"units.toml has {spelling!r} twice"


def _plain(text: str) -> str:
    """The text in plain letters: µ as u, full-width letters as others, ⁹ as ^9."""
    if text.isascii():
        return text
    text = re.sub(r"[\uff01-\uff5e\u3000\u3380-\u33df]+", _compatible, text)
    text = re.sub(r"[⁰¹²³⁴-⁹⁻]+", lambda found: f"^{_compatible(found)}", text)
    for odd, plain in _table().data["alike"].items():
        text = text.replace(odd, plain)
    return text


def _compatible(found: re.Match[str]) -> str:
    return compatible(found[0]).replace("\u2212", "-")


class _NotUnderstood(Exception):
    """The part of a spelling that is no part of a unit."""


@cache
def _known() -> Mapping[str, _Unit]:
    return kept(KEPT_UNITS) or {}


KEPT_UNITS = "units read"
"""The name under which the units are kept compiled that most charts are in."""


def units_read() -> Mapping[str, _Unit]:
    """The units that most charts are in, by their spelling."""
    usual = _table().data["usual"]
    return {text: _read(text) for text in sorted({*usual["units"], *usual["spellings"]})}


@lru_cache(maxsize=10_000)
def _read(text: str) -> _Unit:
    """The unit of a spelling in plain letters. Raises _NotUnderstood."""
    if unit := _known().get(text):
        return unit
    table = _table()
    text = table.data["same"].get(text, text)
    if text in table.whole:
        return _Unit(table.whole[text], ((table.whole[text], 1),))
    tidy = _tidy(text)
    try:
        return _composed(tidy)
    except _NotUnderstood:
        if tidy.isupper() and not _IN_CAPITALS.search(tidy):
            with suppress(_NotUnderstood):
                return _composed(tidy.lower())
        raise


_IN_CAPITALS = pattern(r"(?<![A-Z])(?:M|MU|MIU)(?![A-Z0-9])")
"""What is not read in capitals, where M may be a million, a thousandth or a metre."""


def _tidy(text: str) -> str:
    """A spelling with strokes alone between its parts: g.L-1, g per L and {cells}/uL have them."""
    text = f" {text}"
    for ending, meaning in _table().data["ending"].items():
        text = text.replace(ending, meaning, 1)
    if "{" in text:  # each expression takes longer to compile than all of this
        text = re.sub(r"\{([^{}]*)\}", r" \1", text)
    text = "/".join(map(str.strip, text.split("/")))
    if "/(" in text:
        text = re.sub(r"/\(([^()]*)\)", _apart, text)
    if "-" not in text:
        return text
    return re.sub(
        r"[ .]*((?:1\.73[ .]?)?[A-Za-z]+)\^?-([12])(?!\d)",
        lambda found: f"/{found[1]}{found[2].removeprefix('1')}",
        text,
    )


def _apart(found: re.Match[str]) -> str:
    """`/(kg.d)` as `/kg/d`; `/(24.h)` as `/24 h`."""
    return "/" + re.sub(r"(?<=[A-Za-z])[ .](?=[A-Za-z])", "/", found[1])


_POWER = pattern(
    r"""(?:[xX*]\s?)?(?:
        10(?:\^|\*\*?|[eE])(?P<a>\d{1,2})       # 10^3 10*3 10**3 10E3, which is no 10 times 10^3
      | 10(?:\^|\*)?\((?P<b>\d{1,2})\)         # 10(3) 10^(3)
      | 1?[eE](?P<c>\d{1,2})                    # 1e3 E3
    )(?!\d)
    | [xX*]\s?(?:10\s(?P<d>\d{1,2})(?!\d) | 1(?P<zeros>0+)(?!\d))    # x10 3, x1000
    | 1(?=$|\s?(?:\#|cell))                      # 1/mm3
    """,
    re.VERBOSE | re.ASCII,
)


def _composed(text: str) -> _Unit:
    """Unit  = above {"/" below}
    above = [power | thousands] [base]    a base, or else a count: 10^9/L, K/uL, /uL, cells/uL
    below = [number] base [creatinine]    a number of times only, 24 h
    """
    above, *rest = text.split("/")
    below = [_below(part) for part in rest]
    power, base, prefix = _above(above.strip(" ."), below)
    seen = [name for _, name, _ in below]
    is_repeated = len(seen) != len(set(seen)) or (base in seen and base not in ("g", "mol"))
    if is_repeated or len(below) > 2 or (base == "cells" and not below):
        raise _NotUnderstood(text)
    powers = _table().powers
    size = Fraction(10) ** (power + powers[prefix])
    for times, _, under in below:
        size /= times * Fraction(10) ** powers[under]
    parts = ((base, 1), *sorted((name, -1) for name in seen))
    return _Unit(_name(power, base, prefix, below), parts, size)


_Below = tuple[int, str, str]  # how many, of which base unit, with which prefix


def _below(text: str) -> _Below:
    if found := _base(text):
        return (1, "kg", "") if found == ("g", "k") else (1, *found)
    if timed := re.fullmatch(r"(\d{1,3})[ .]?(\D+)", text, re.ASCII):
        number, found = int(timed[1]), _base(timed[2])
        if number and found and _table().kind(found[0]) == "time":
            return _longest(number, *found)
    words = "|".join(map(re.escape, _table().data["creatinine"]["words"]))
    if ratio := re.fullmatch(rf"(\w+?)[ .-]{{0,3}}(?:{words})\.?", text, re.IGNORECASE):
        found = _base(ratio[1])
        if found and found[0] in ("g", "mol"):
            return (1, *found)
    raise _NotUnderstood(text)


def _longest(number: int, base: str, prefix: str) -> _Below:
    """24 h are a day, and 14 days 2 weeks."""
    for short, many, long in (("h", 24, "day"), ("day", 7, "week")):
        if base == short and number % many == 0:
            number, base = number // many, long
    return number, base, prefix


def _above(text: str, below: list[_Below]) -> tuple[int, str, str]:
    """(power of ten, base unit, prefix)."""
    if found := _base(text):
        return (0, *found)
    if match := _POWER.match(text):
        power = int(next(filter(None, match.group("a", "b", "c", "d")), len(match["zeros"] or "")))
        rest = text[match.end() :].strip(" .x*")
        if power <= _MOST_POWER and (found := _base(rest) if rest else ("cells", "")):
            return (power, *found)
        raise _NotUnderstood(rest or text)
    word, _, rest = text.removeprefix("x").partition(" ")
    entry = _table().data["thousands"].get(word) or (
        _table().data["thousands"].get(word.casefold()) if len(word) > 2 else None
    )
    volume = [f"{prefix}{base}" for _, base, prefix in below]
    is_count = not rest or _base(rest) == ("cells", "")
    if entry and is_count and entry.get("below", "") in ("", *volume):
        return entry["power"], "cells", ""
    if not text and below:
        return 0, "cells", ""
    raise _NotUnderstood(text)


_MOST_POWER = 15


def _base(text: str) -> tuple[str, str] | None:
    """(base unit, prefix) of a spelling: a symbol in its own case, or a word in any."""
    text = text.strip()
    return _table().bases.get(text) or _table().words.get(text.casefold())


def _name(power: int, base: str, prefix: str, below: list[_Below]) -> str:
    """The one way to write a unit: 10^9/L, mg/2 weeks, years."""
    alone = {name: entry.get("alone", name) for name, entry in _table().data["base"].items()}
    over = f"{prefix}{base}" if below else f"{prefix}{alone[base]}"
    if base == "cells":
        over = f"10^{power}" if power else ""
    elif power:
        over = f"10^{power} {over}"
    under = (
        f"/{sign}{name}" if times == 1 else f"/{times} {sign}{alone[name]}"
        for times, name, sign in below
    )
    return over + "".join(under)


def unit_named(spelling: str, wanted: str = "") -> str:
    """The name of the unit that is spelled so. Raises Problem, with the part that is not known.

    `wanted` is the unit that the place is in, where it is known: `IU/L` is the U/L of an enzyme,
    but where international units are wanted, or those of an assay.
    """
    if spelling in (ULN, LLN):
        return spelling
    text = _plain(spelling[:_LONGEST])
    try:
        if len(spelling) > _LONGEST:
            raise _NotUnderstood(text)
        unit = _read(text)
    except _NotUnderstood as fault:
        known = f"the unit {shown(spelling)} is not known"
        raise Problem(f"{known}{_expected(wanted)}.{_why(text, str(fault), wanted)}") from None
    if unit.name in _table().data["enzyme"] and not (
        wanted == OF_ASSAY or _is_alike(unit.name, wanted)
    ):
        return str(_table().data["enzyme"][unit.name])
    return unit.name


def unit_if_known(spelling: str, wanted: str = "") -> str | None:
    """The same; None where it is no unit."""
    try:
        return unit_named(spelling, wanted)
    except Problem:
        return None


def _why(text: str, part: str, wanted: str) -> str:
    """A closing sentence: why a unit is refused, or what is meant if only its case is odd."""
    for word in re.split(r"[^\w]+", text):
        if reason := _table().data["refused"].get(word):
            return f" Of {word!r}: {reason}."
    if re.match(r"[xX*]?\s?10 ?\d{1,2}/", text):
        return " Its power is written 10^9, 10^3, say."
    if not _IN_CAPITALS.search(_tidy(text).upper()):
        try:
            name = _read(text.lower()).name
        except _NotUnderstood:
            pass
        else:
            if _is_alike(name, wanted) or wanted in ("", OF_ASSAY):
                return f" Did you mean {name!r}?"
    if hint := did_you_mean(text, (ULN, LLN)):
        return hint
    short = 0 < len(part) <= _SHORT and part != text and part.isprintable()
    return f" {part!r} is not understood." if short else ""


_SHORT = 20


def usual_units(unit: str, molar_mass: Fraction | None = None) -> Iterator[str]:
    """The units that laboratories use for what comes in this one."""
    yield unit
    for other in _table().data["usual"]["units"]:
        if other != unit and factor(other, unit, molar_mass) is not None:
            yield other


def _expected(unit: str) -> str:
    if unit == OF_ASSAY:
        return "; expected the laboratory's own unit alone"
    match unit:
        case "":
            return ""
        case "1":
            return "; expected a number without a unit"
        case "titre":
            return '; expected a titre, "1:8" say'
    return f"; expected {unit} or a unit that converts to it"


_NUMBER = r"[+-]?\d{1,15}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?"
_QUANTITY = pattern(
    rf"""\s*(?P<sign><=|>=|<|>)?\s*(?P<number>{_NUMBER})
    (?: \s+(?P<unit>\S.*?)
      | (?P<joined>(?![eE][+-]?\d)(?:[A-Za-z%/*#(\[{{]|[^\x00-\x7f]).*?) )?\s*""",
    re.ASCII | re.VERBOSE,
)
_TITRE = pattern(r"\s*(?P<sign><=|>=|<|>)?\s*1\s?:\s?(?P<number>[1-9]\d{0,8})\s*", re.ASCII)
_LONGEST = 100


@lru_cache(maxsize=10_000)  # a chart repeats its limits of normal
def parse_quantity(text: str, wanted: str = "g/L") -> tuple[Interval, str]:
    """Read "22 U/L", "<0.1 IU/mL" or the titre "1:8"; (interval, canonical unit).

    A number alone has the unit "1". Raises Problem for anything else; its message gives an example
    in the unit `wanted`.
    """
    if len(text) > _LONGEST:
        raise Problem(f"{shown(text)} is too long for a value; {how_written(wanted)}.")
    plain = _plain(text)
    if ":" in plain and (match := _TITRE.fullmatch(plain)):
        return _interval(match["sign"], Fraction(match["number"])), "titre"
    match = _QUANTITY.fullmatch(plain)
    if match is None or _is_odd(match["joined"] or ""):
        raise Problem(f"{shown(text)} is not a value; {_hint(text) or how_written(wanted)}.")
    spelling = match["unit"] or match["joined"] or ""
    unit = unit_named(spelling, wanted)
    written = match["number"]
    number = Fraction(int(written) if written.isdecimal() else written)  # a half of the time
    if _is_in_cells(unit) and (number.denominator != 1 or _is_grouped(written)):
        raise Problem(_part_of_a_cell(text))
    return _interval(match["sign"], number), unit


def _is_odd(joined: str) -> bool:
    """Does what is joined to a number begin with a letter neither Latin nor East Asian?

    `_QUANTITY` does not say so: a class of so many letters takes a millisecond to compile.
    """
    return joined[:1] > "\x7f" and not "\u3040" <= joined[0] <= "\u9fff"


def _is_in_cells(unit: str) -> bool:
    """Is the unit a number of cells in a volume that holds many, and of cells themselves, no
    thousands? In a nanolitre there may be a part of one: 0.4 /nL are 400 /uL.
    """
    return unit.startswith("/") and unit not in ("/nL", "/pL", "/fL")


def _is_grouped(number: str) -> bool:
    """Has it a point where thousands may be meant, as in 1.500?"""
    return re.search(r"\.\d{3}$", number) is not None


def _part_of_a_cell(text: str) -> str:
    return (
        f"{shown(text)} is a part of a cell. A point for thousands is left out, 1500 /uL; a count "
        "in thousands is in 10^3/uL, and a calculated one in 10^6/L."
    )


def how_written(unit: str) -> str:
    """How a value in this unit is written, as the end of a message."""
    if unit == OF_ASSAY:
        return "write the number and its unit alone, as the laboratory gives them, or the titre"
    match unit:
        case "1":
            return "write a number, 1.5 say"
        case "titre":
            return 'write a titre, "1:8" or "<1:1" say'
    return f'write a number and its unit, "1.5 {unit}" or "<1.5 {unit}" say'


def _hint(text: str) -> str:
    """The likely slip, as the end of a message."""
    if not text.isprintable():
        return "it holds a character that does not show"
    if re.search(r"\d,\d", text):
        return "write a decimal point and no thousands separator, 1.5 or 1500"
    if re.search(r"\d{16}", text):
        return "it has more than 15 digits before the point, or 30 after it"
    if re.match(r"\s*[≤≥]", text):
        return 'write "<=" or ">="'
    return ""


def _interval(sign: str | None, number: Fraction) -> Interval:
    match sign:
        case "<" | "<=":
            return Interval(None, number, high_open=sign == "<")
        case ">" | ">=":
            return Interval(number, None, low_open=sign == ">")
        case _:
            return Interval.exactly(number)


@lru_cache(maxsize=10_000)
def factor(unit: str, to: str, molar_mass: Fraction | None = None) -> Fraction | None:
    """What a number in one named unit is multiplied by to be in another; None if nothing is.

    molar_mass, in g/mol, lets grams become moles and moles grams: those below the stroke, where
    there are any (of a protein-creatinine ratio it is the mass of creatinine), else those above.
    """
    if unit == to:
        return Fraction(1)
    if not {unit, to}.isdisjoint((ULN, LLN)):
        return None
    here, there = _read(unit), _read(to)
    if not _is_alike(unit, to) and molar_mass is not None:
        here, there = (_in_grams(one, molar_mass) for one in (here, there))
    if _kinds(here) != _kinds(there):
        return None
    times = here.size / there.size
    for (one, exponent), (other, _) in zip(_by_kind(here), _by_kind(there), strict=True):
        if one != other:
            times *= _ratio(one, other) ** exponent
    return times


def _by_kind(unit: _Unit) -> list[tuple[str, int]]:
    return sorted(unit.parts, key=lambda part: (_table().kind(part[0]), part[1]))


def _kinds(unit: _Unit) -> list[tuple[str, int]]:
    """What a unit measures, above and below: a ratio of masses is none of moles, and no number."""
    same = {"percentage points": "%"}  # two names of one unit
    return [(same.get(kind := _table().kind(base), kind), e) for base, e in _by_kind(unit)]


def _is_alike(unit: str, other: str) -> bool:
    """Do the two named units measure the same, so that one converts to the other?"""
    if not {unit, other}.isdisjoint(("", ULN, LLN, OF_ASSAY)):
        return unit == other
    return _kinds(_read(unit)) == _kinds(_read(other))


def _in_grams(unit: _Unit, molar_mass: Fraction) -> _Unit:
    """The unit with its moles as grams: those below, or those above if nothing below weighs."""
    weighed = [part for part in unit.parts if part[0] in ("g", "mol")]
    if not weighed or (moles := min(weighed, key=lambda part: part[1]))[0] != "mol":
        return unit
    _, exponent = moles
    parts = tuple(("g", exponent) if part == moles else part for part in unit.parts)
    return _Unit(unit.name, parts, unit.size * molar_mass**exponent)


def _ratio(base: str, other: str) -> Fraction:
    """How many of the other base unit, of the same kind, one is; two names of one are 1."""
    return _ratios().get((base, other), Fraction(1))


@cache
def _ratios() -> Mapping[tuple[str, str], Fraction]:
    found: Mapping[tuple[str, str], Fraction] | None = kept(KEPT_RATIOS)
    return ratios_of_pint() if found is None else found


KEPT_RATIOS = "ratios"
"""The name under which they are kept compiled."""


def ratios_of_pint() -> Mapping[tuple[str, str], Fraction]:
    """By two base units of one kind, how many of the second the first is.

    Pint has our definitions and no others, in exact arithmetic.
    """
    import pint  # 0.14 s

    data = table_of_file().data
    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction)
    for line in data["define"]["lines"]:
        registry.define(line)

    def quantity(name: str) -> Any:
        return registry.Quantity(Fraction(1), data["base"][name]["words"][0])

    return {
        (name, other): Fraction((quantity(name) / quantity(other)).to("").magnitude)
        for name, base in data["base"].items()
        for other, of in data["base"].items()
        if base["kind"] == of["kind"] and name != other
    }
