"""Numbers and units: the closed table against pint's own definitions, and hostile strings."""

import re
import tomllib
from fractions import Fraction
from functools import cache
from importlib.resources import files
from time import process_time
from typing import Any

import pint
import pytest

from cartscreen.answer import Answer
from cartscreen.errors import Problem, shown
from cartscreen.units import LLN, ULN, Interval, about, decimal, factor, parse_quantity, unit_named

TABLE: dict[str, Any] = tomllib.loads(
    files("cartscreen").joinpath("units.toml").read_text("utf-8")
)["unit"]
SPELLINGS = {
    spelling: canonical
    for canonical, entry in TABLE.items()
    for spelling in (canonical, *entry.get("spellings", ()))
}

# What pint would take for the same thing, and we keep apart, or does not know at all.
KINDS = {
    "1": "number", "%": "percent", "percentage points": "percent", "titre": "titre",
    "g/g": "ratio", "mg/g": "ratio", "years": "calendar", "months": "calendar",
    "mL/min/1.73 m2": "normalized", "IU/mL": "activity", "copies/mL": "copies",
}  # fmt: skip

# Spellings that pint does not read, or reads as something else (K as kelvin, 24 h after the stroke
# as a factor above it), in pint's own words.
MEANS = {
    "": "dimensionless", "point": "dimensionless", "points": "dimensionless",
    "score": "dimensionless", "{score}": "dimensionless",
    "pct": "percent", "%O2": "percent", "% predicted": "percent", "percentage points": "percent",
    "titre": "dimensionless",
    "gm/L": "g/L", "gm/dL": "g/dL", "gm/dl": "g/dL",
    "g/100mL": "g/(100 mL)", "g%": "g/(100 mL)", "mg/100mL": "mg/(100 mL)", "mg%": "mg/(100 mL)",
    "G/L": "1e9/L", "giga/L": "1e9/L", "T/L": "1e12/L",
    "K/uL": "1000/uL", "k/uL": "1000/uL", "K/ul": "1000/uL", "thou/uL": "1000/uL",
    "thousand/uL": "1000/uL", "K/mm3": "1000/uL", "k/mm3": "1000/uL", "K/cumm": "1000/uL",
    "k/cumm": "1000/uL",
    "M/uL": "1000000/uL", "million/uL": "1000000/uL", "million/mm3": "1000000/uL",
    "/uL": "1/uL", "/ul": "1/uL", "cells/uL": "1/uL", "cells/ul": "1/uL", "{cells}/uL": "1/uL",
    "#/uL": "1/uL", "/mm3": "1/uL", "cells/mm3": "1/uL", "#/mm3": "1/uL", "/cumm": "1/uL",
    "cells/cumm": "1/uL", "per uL": "1/uL",
    "u/L": "U/L", "IU/L": "U/L", "iU/L": "U/L", "[IU]/L": "U/L", "[iU]/L": "U/L",
    "UNITS/L": "U/L", "units/L": "U/L",
    "mL/5 min": "mL/(5 min)", "ml/5 min": "mL/(5 min)", "mL/5min": "mL/(5 min)",
    "ml/5min": "mL/(5 min)", "mL/15 min": "mL/(15 min)", "ml/15 min": "mL/(15 min)",
    "mL/15min": "mL/(15 min)", "ml/15min": "mL/(15 min)",
    "g/g Cr": "g/g", "g/g creatinine": "g/g", "mg/mg Cr": "mg/mg", "mg/g Cr": "mg/g",
    "mg/g creatinine": "mg/g", "mcg/mg Cr": "ug/mg", "mg/g{creat}": "mg/g",
    "mg/mmol Cr": "mg/mmol", "mg/mmol creatinine": "mg/mmol",
    "g/24 h": "g/(24 h)", "g/24h": "g/(24 h)", "g/24 hours": "g/(24 h)", "g/24 hr": "g/(24 h)",
    "g/(24.h)": "g/(24 h)", "g/24.h": "g/(24 h)", "mg/24 h": "mg/(24 h)", "mg/24h": "mg/(24 h)",
    "mg/24 hours": "mg/(24 h)", "mg/(24.h)": "mg/(24 h)", "mg daily": "mg/day", "mg qd": "mg/day",
    "mg/(kg.d)": "mg/(kg*d)",  # pint 0.26 takes a dot for no product
    "mg/wk": "mg/week", "mg/w": "mg/week", "mg weekly": "mg/week", "g/wk": "g/week",
    "mg/2 weeks": "mg/(2 weeks)", "mg every 2 weeks": "mg/(2 weeks)", "mg/14 days": "mg/(14 days)",
    "mg/4 weeks": "mg/(4 weeks)", "mg every 4 weeks": "mg/(4 weeks)", "mg/28 days": "mg/(28 days)",
    "Kg": "kg", "kgs": "kg", "[lb_av]": "lb", "[in_i]": "in",
    "m2": "m**2", "m^2": "m**2", "sqm": "m**2", "sq m": "m**2",
    "mm Hg": "mmHg", "mm[Hg]": "mmHg",
    "IU/mL": "1/mL", "IU/ml": "1/mL", "[IU]/mL": "1/mL", "iU/mL": "1/mL",
    "copies/mL": "1/mL", "copies/ml": "1/mL", "{copies}/mL": "1/mL", "cp/mL": "1/mL",
    "y": "year", "mo": "month", "mos": "month", "wk": "week", "wks": "week",
}  # fmt: skip
COUNT = re.compile(r"x? ?(?:10\^|10\*\*|10\*|1e)(\d+)(?: cells)?/(L|l|uL|ul|mm3|cumm)")
PER_SURFACE = re.compile(r"(mL|ml)/min/\{?1\.73[ _.]?(m2|m\^2|sqm)\}?")


@cache
def pint_itself() -> Any:
    """The default registry of pint, which shares nothing with units.toml."""
    return pint.UnitRegistry(non_int_type=Fraction)


def known_to_pint(spelling: str) -> Any:
    """The quantity that a spelling means, by pint's own definitions."""
    ureg = pint_itself()
    if match := COUNT.fullmatch(spelling):
        volume = "L" if match[2] in "Ll" else "uL"
        return ureg.Quantity(Fraction(10 ** int(match[1])), f"1/{volume}")
    if PER_SURFACE.fullmatch(spelling):
        return ureg.Quantity(Fraction(1), "mL/min")
    return ureg.Quantity(Fraction(1), "") * ureg.parse_expression(MEANS.get(spelling, spelling))


@pytest.mark.slow
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_is_the_unit_that_pint_says_it_is(spelling: str) -> None:
    """A spelling converts to each unit of its kind by pint's exact factor, and to no other."""
    meant, canonical = known_to_pint(spelling), SPELLINGS[spelling]

    assert unit_named(spelling) == canonical
    for other in TABLE:
        ratio = meant / known_to_pint(other)
        alike = KINDS.get(canonical) == KINDS.get(other) and ratio.dimensionless
        expected = Fraction(ratio.to("").magnitude) if alike else None
        assert factor(canonical, other) == expected, other


def test_every_odd_spelling_is_still_in_the_table() -> None:
    """The list above names nothing that units.toml no longer has."""
    assert MEANS.keys() | KINDS.keys() <= SPELLINGS.keys()


@pytest.mark.parametrize(
    ("unit", "to", "molar_mass", "expected"),
    [
        # 1 umol/L of creatinine is 113.12 ug/L = 0.0113 mg/dL
        ("umol/L", "mg/dL", "113.12", Fraction("0.011312")),
        ("mg/dL", "umol/L", "113.12", 1 / Fraction("0.011312")),
        ("mmol/L", "g/L", "180", Fraction("0.18")),
        ("g/g", "mg/mmol", "113.12", Fraction("113.12")),
        ("mg/mmol", "g/g", "113.12", 1 / Fraction("113.12")),
        ("umol/L", "mL/min", "113.12", None),
        ("umol/L", "10^9/L", "113.12", None),
        ("g/L", "mg/dL", "113.12", Fraction(100)),
    ],
)
def test_grams_and_moles(unit: str, to: str, molar_mass: str, expected: Fraction | None) -> None:
    """The molar mass bridges grams and moles above or below the stroke, and nothing else."""
    assert factor(unit, to, Fraction(molar_mass)) == expected


def test_without_a_molar_mass_grams_are_no_moles() -> None:
    """No molar mass is assumed."""
    assert factor("umol/L", "mg/dL") is None


@pytest.mark.parametrize("limit", [ULN, LLN])
def test_a_limit_of_normal_converts_to_nothing(limit: str) -> None:
    """A multiple of a limit is a multiple of that limit."""
    assert unit_named(limit) == limit
    assert factor(limit, limit) == 1
    assert factor(limit, "U/L") is None
    assert factor("U/L", limit) is None


@pytest.mark.parametrize(
    "unit",
    [
        "Mg/dL", "MG/DL", "mg/Dl", "K", "c", "unit", "Min", "ML/min", "pa", "degC", "G/l", "gl",
        "g / L", "g/L/L", "g/L g/L", "10^9", "10^9/mL", "ULNN", "uln", "x ULN", "5", "1e9", "-g/L",
        "g/L\x00", "\u202eL/g", "g/L\u200b", "g\u2215L",
        "\uff47/L", "\u03b3/L", "1/0", "g**2", "(g/L)",
    ],
)  # fmt: skip
def test_a_unit_that_is_not_listed_is_refused(unit: str) -> None:
    """Another case, a look-alike character or an expression is no spelling of any unit."""
    with pytest.raises(Problem, match="is not known"):
        unit_named(unit)


@pytest.mark.parametrize(("length", "fits"), [(100, True), (101, False)])
def test_a_value_has_a_hundred_characters_at_most(length: int, fits: bool) -> None:
    """What is longer is not looked at."""
    text = "5 g/L".ljust(length)
    if fits:
        assert parse_quantity(text)[1] == "g/L"
    else:
        with pytest.raises(Problem, match="is too long for a value"):
            parse_quantity(text)


def test_a_refused_unit_comes_with_a_suggestion() -> None:
    """The error names the nearest spellings, first of all the one that differs in case alone."""
    with pytest.raises(Problem, match=r"expected g/L .* Did you mean 'mg/d[lL]'"):
        unit_named("MG/DL", "g/L")
    with pytest.raises(Problem, match=r"expected g/L .* Did you mean .*'gm/L'"):
        unit_named("gr/L", "g/L")
    with pytest.raises(Problem, match=r"Did you mean 'mg/d[lL]'"):
        unit_named("MG/DL")


@pytest.mark.parametrize(
    "hostile",
    [
        "10**10**10", "9**9**9", "10^10^10", "g**(10**10**10)", "1" * 10_000, "9" * 16 + " g/L",
        "a" * 100_000, "5 " + "g" * 100_000, "(" * 5000, "5 " + "*g" * 5000, "1+" * 5000 + "1",
        "5 g" + " " * 100_000, " " * 100_000, "5" + "." * 50_000, "1:" + "9" * 10_000,
        "9e999999 g/L", "1e-400 g/L", "nan", "NaN mg/dL", "inf", "infinity g/L",
        '__import__("os").system("x") g', "().__class__", "5 {x!r} g",
        "\x1b[31m5 g/L", "5 g\x00/L", "\u0665 g/L", "5\u00a0g/L", "\uff15 g/L", "½ g/L", "5 g/L;rm",
    ],
)  # fmt: skip
def test_a_hostile_value_is_refused_at_once(hostile: str) -> None:
    """No value takes 50 ms, and no error repeats a long or unprintable one."""
    unit_named("g/L")  # the table is read before the clock starts
    start = process_time()
    with pytest.raises(Problem) as error:
        parse_quantity(hostile)

    assert process_time() - start < 0.05
    assert len(str(error.value)) < 250
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "hostile", ["a" * 100_000, "10**10**10", "g" + "/L" * 50_000, "µ" * 100_000]
)
def test_a_hostile_unit_is_refused_at_once(hostile: str) -> None:
    """A unit of a criteria file is looked up as fast."""
    unit_named("g/L")
    start = process_time()
    with pytest.raises(Problem):
        unit_named(hostile)

    assert process_time() - start < 0.05


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("22 U/L", 22, 22, "U/L"),
        ("3.2 10^9/L", "3.2", "3.2", "10^9/L"),
        ("  5   g/L  ", 5, 5, "g/L"),
        ("45 %", 45, 45, "%"),
        ("45%", 45, 45, "%"),
        ("95 %O2", 95, 95, "%"),
        ("8", 8, 8, "1"),
        ("0 g/L", 0, 0, "g/L"),
        ("+5 g/L", 5, 5, "g/L"),
        ("-5 g/L", -5, -5, "g/L"),
        ("1e3 /uL", 1000, 1000, "10^6/L"),
        ("0.30000000000001 g/L", "0.30000000000001", "0.30000000000001", "g/L"),
        ("<0.1 g/L", None, "0.1", "g/L"),
        ("< 0.1 g/L", None, "0.1", "g/L"),
        ("<=0.1 g/L", None, "0.1", "g/L"),
        (">1000 g/L", 1000, None, "g/L"),
        (">= 1000 g/L", 1000, None, "g/L"),
        ("2.5 ULN", "2.5", "2.5", "ULN"),
        ("1:8", 8, 8, "titre"),
        ("1 : 8", 8, 8, "titre"),
        ("<1:8", None, 8, "titre"),
        (">=1:128", 128, None, "titre"),
        ("8 months", 8, 8, "months"),
    ],
)
def test_a_value_is_read_exactly(text: str, low: Any, high: Any, unit: str) -> None:
    """A number, with or without a sign, and its unit; nothing is rounded."""
    ends = [None if end is None else Fraction(end) for end in (low, high)]
    interval, named = parse_quantity(text)

    assert ([interval.low, interval.high], named) == (ends, unit)
    assert interval.low_open is (text.strip().startswith(">") and "=" not in text)
    assert interval.high_open is (text.strip().startswith("<") and "=" not in text)


COMMA = "write a decimal point and no thousands separator, 1.5 or 1500"
SPACE = "put a space between the number and its unit"
NUMBER = 'write a number and its unit, "1.5 g/L" or "<1.5 g/L" say'


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("1,5 g/L", COMMA),
        ("1,500 g/L", COMMA),
        ("1.500,0 g/L", COMMA),
        ("5g/L", SPACE),
        ("<5g/L", SPACE),
        ("5G/L", SPACE),
        ("≤5 g/L", 'write "<=" or ">="'),
        ("1234567890123456 g/L", "it has more than 15 digits before or after the point"),
        ("5\u200b g/L", "it holds a character that does not show"),
        ("about 5 g/L", NUMBER),
        ("~5 g/L", NUMBER),
        (".5 g/L", NUMBER),
        ("5. g/L", NUMBER),
        ("5-6 g/L", NUMBER),
        ("--5 g/L", NUMBER),
        ("1:0", NUMBER),
        ("", NUMBER),
    ],
)
def test_what_is_no_value_is_refused_with_the_likely_fix(text: str, fix: str) -> None:
    """A comma, a missing space, an estimate: each error says how the value is written."""
    with pytest.raises(Problem) as error:
        parse_quantity(text)

    assert str(error.value) == f"{shown(text)} is not a value; {fix}."


@pytest.mark.parametrize("text", ["5 ± 1 g/L", "5 1 g/L"])
def test_what_follows_the_number_is_taken_for_a_unit(text: str) -> None:
    """A second number is no unit."""
    with pytest.raises(Problem, match="is not known"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("wanted", "example"),
    [
        ("mg/dL", 'write a number and its unit, "1.5 mg/dL" or "<1.5 mg/dL" say'),
        ("1", "write a number, 1.5 say"),
        ("titre", 'write a titre, "1:8" say'),
    ],
)
def test_a_refused_value_comes_with_an_example_in_the_unit_of_its_place(
    wanted: str, example: str
) -> None:
    """Whether it is no value at all, or too long for one."""
    with pytest.raises(Problem) as error:
        parse_quantity("high", wanted)
    assert str(error.value) == f"'high' is not a value; {example}."

    with pytest.raises(Problem) as error:
        parse_quantity("5" * 101, wanted)
    assert str(error.value) == f"'{'5' * 55}...' is too long for a value; {example}."


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("", ""),
        ("1", "; expected a number without a unit"),
        ("titre", '; expected a titre, "1:8" say'),
        ("mg/dL", "; expected mg/dL or a unit that converts to it"),
    ],
)
def test_a_refused_unit_comes_with_what_was_expected(wanted: str, expected: str) -> None:
    """The unit of the place, where it is known."""
    with pytest.raises(Problem) as error:
        unit_named("qqqq", wanted)
    assert str(error.value) == f"the unit 'qqqq' is not known{expected}."

    with pytest.raises(Problem) as error:
        parse_quantity("5 qqqq", wanted)
    assert str(error.value) == f"the unit 'qqqq' is not known{expected}."


def test_no_unit_is_expected_where_none_is_named() -> None:
    """Without a place, the message says only that the unit is not known."""
    with pytest.raises(Problem) as error:
        unit_named("qqqq")

    assert str(error.value) == "the unit 'qqqq' is not known."


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("7.95", "7.95"),  # never 8.0 below a limit of 8
        ("59.99999", "59.99999"),
        ("7.999999", "7.999999"),
        ("8", "8"),
        ("8.10", "8.1"),
        ("0", "0"),
        ("-0.5", "-0.5"),
        ("1000000", "1000000"),
        ("1/3", "~0.3333"),
        ("-1/3", "~-0.3333"),
        # what is beside 30 is not shown as ~30.0000
        ("89999/3000", "~29.9997"),
        ("8999999/300000", "~29.999997"),
        ("9000001/300000", "~30.000003"),
    ],
)
def test_a_number_is_shown_in_full_or_marked(number: str, text: str) -> None:
    """Up to six places in full; what is rounded for display carries a "~"."""
    assert decimal(Fraction(number)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5 g/L", "5"), ("<0.1 g/L", "<0.1"), ("<=0.1 g/L", "<=0.1"), (">5 g/L", ">5"),
        (">=5 g/L", ">=5"),
    ],
)  # fmt: skip
def test_an_interval_in_words(text: str, said: str) -> None:
    """An interval reads as it was written."""
    assert str(parse_quantity(text)[0]) == said


def test_a_range_in_words() -> None:
    """A score known in part reads from its least to its most."""
    assert str(Interval(Fraction(4), Fraction(12))) == "4 to 12"


OPERATORS = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("low_open", [True, False])
@pytest.mark.parametrize("high_open", [True, False])
def test_an_interval_is_compared_by_each_of_its_numbers(
    operator: str, low_open: bool, high_open: bool
) -> None:
    """Against every number of a fine grid: YES if all stand so, NO if none does."""
    grid = [Fraction(number, 4) for number in range(41)]
    for low, high in [(None, 4), (4, None), (4, 6), (None, None), (5, 5)]:
        if low == high is not None and (low_open or high_open):
            continue
        numbers = [
            number
            for number in grid
            if (low is None or number > low or (number == low and not low_open))
            and (high is None or number < high or (number == high and not high_open))
        ]
        interval = Interval(
            None if low is None else Fraction(low),
            None if high is None else Fraction(high),
            low_open,
            high_open,
        )
        for limit in range(2, 9):
            said = {OPERATORS[operator](number, limit) for number in numbers}
            expected = (
                Answer.UNKNOWN if len(said) > 1 else Answer.YES if True in said else Answer.NO
            )
            assert interval.compare(operator, Fraction(limit)) is expected, (low, high, limit)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ((1, 3), (3, 5), True),
        ((1, 3), (4, 5), False),
        ((None, 3), (3, None), True),
        ((None, 3), (4, None), False),
        ((None, None), (4, 5), True),
        ((1, 9), (4, 5), True),
    ],
)
def test_intervals_overlap_ends_included(one: Any, other: Any, common: bool) -> None:
    """Two ranges have a number in common, whichever is asked first."""
    a, b = (
        Interval(*(None if end is None else Fraction(end) for end in ends)) for ends in (one, other)
    )

    assert a.overlaps(b) is common
    assert b.overlaps(a) is common


def test_a_rounded_number_takes_no_more_places_than_it_needs() -> None:
    """29.996 to two places would be 30.00, which it is below: it has three."""
    assert about(Fraction("29.996"), 2) == "~29.996"
