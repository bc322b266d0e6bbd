"""Numbers and units: composed units against pint's own definitions, and hostile strings."""

import re
from fractions import Fraction
from functools import cache
from random import Random
from time import process_time
from typing import Any

import pint
import pytest
from spellings import REFUSED, UNITS

from cartscreen.answer import Answer
from cartscreen.errors import Problem
from cartscreen.text import shown
from cartscreen.units import (
    LLN,
    OF_ASSAY,
    ULN,
    Interval,
    about,
    decimal,
    factor,
    parse_quantity,
    unit_named,
)


@cache
def pint_itself() -> Any:
    """The default registry of pint, which shares nothing with units.toml."""
    return pint.UnitRegistry(non_int_type=Fraction)


@pytest.mark.parametrize(("name", "spellings"), UNITS.items())
def test_a_spelling_is_the_unit_that_it_means(name: str, spellings: list[str]) -> None:
    """Each spelling is as much as the unit that it stands for, and each name names itself."""
    assert unit_named(name) == name
    assert {s: factor(unit_named(s), name) for s in spellings} == dict.fromkeys(spellings, 1)


@pytest.mark.parametrize("spelling", REFUSED)
def test_what_may_be_read_in_two_ways_is_refused(spelling: str) -> None:
    """None is misread: REFUSED says why each is no unit."""
    with pytest.raises(Problem, match="is not known"):
        unit_named(spelling)


# The parts of units: how they are written -> what they are, in pint's words.
MASSES = {
    "kg": "kg", "g": "g", "gm": "g", "gram": "g", "mg": "mg", "milligrams": "mg", "ug": "ug",
    "µg": "ug", "mcg": "ug", "micrograms": "ug", "ng": "ng", "pg": "pg",
}  # fmt: skip
MOLES = {
    "mol": "mol", "mmol": "mmol", "umol": "umol", "μmol": "umol", "mcmol": "umol", "nmol": "nmol",
    "pmol": "pmol", "micromoles": "umol",
}  # fmt: skip
CATALYSIS = {"U": "U", "units": "U", "mU": "mU", "kU": "kU", "ukat": "ukat", "nkat": "nkat"}
COUNTS = {
    "10^3": "1e3", "10*6": "1e6", "10**9": "1e9", "x10E3": "1e3", "\u00d710\u2079": "1e9",
    "E9": "1e9",
    "10^4 cells": "1e4", "x 10^3": "1e3", "10*3.{cells}": "1e3", "万": "1e4", "thousand": "1e3",
    "million": "1e6", "": "1", "cells": "1", "#": "1",
}  # fmt: skip
VOLUMES = {
    "L": "L", "l": "L", "litre": "L", "dL": "dL", "dl": "dL", "100 mL": "dL", "mL": "mL",
    "ml": "mL", "cc": "mL", "uL": "uL", "µL": "uL", "mcL": "uL", "mm3": "uL", "mm^3": "uL",
    "mm³": "uL", "cumm": "uL", "cmm": "uL", "nL": "nL", "\uff4d\uff4c": "mL",
}  # fmt: skip
TIMES = {
    "day": "day", "d": "day", "24h": "day", "24 h": "day", "24hr": "day", "(24.h)": "day",
    "h": "hour", "hr": "hour", "12 h": "(12 hour)", "min": "min", "minute": "min",
    "5 min": "(5 min)", "week": "week", "wk": "week", "2 weeks": "(14 day)", "14 days": "(14 day)",
    "s": "s",
}  # fmt: skip
AREAS = {"m2": "m**2", "m^2": "m**2", "m²": "m**2", "sqm": "m**2"}
FORMS = [
    (MASSES, VOLUMES), (MOLES, VOLUMES), (CATALYSIS, VOLUMES), (COUNTS, VOLUMES), (MASSES, TIMES),
    (VOLUMES, TIMES), (MASSES, AREAS), (MASSES, AREAS, TIMES), (MOLES, TIMES),
]  # fmt: skip


def composed(draw: Random, form: tuple[dict[str, str], ...]) -> tuple[str, Any]:
    """A unit of this form as somebody writes it, and as pint has it."""
    parts = [draw.choice(sorted(names.items())) for names in form]
    meant = pint_itself().Quantity(Fraction(1), "") * pint_itself().parse_expression(parts[0][1])
    for _, below in parts[1:]:
        meant = meant / pint_itself().parse_expression(below)
    return draw.choice(["/", "/", " / "]).join(written for written, _ in parts), meant


@pytest.mark.slow
def test_a_unit_composed_of_its_parts_converts_as_pint_says() -> None:
    """Any two units of a form, in any spellings of their parts: the factor is pint's, exactly."""
    draw = Random(10)
    for _ in range(1000):
        form = draw.choice(FORMS)
        (one, meant), (other, also_meant) = composed(draw, form), composed(draw, form)

        expected = Fraction((meant / also_meant).to("").magnitude)
        assert factor(unit_named(one), unit_named(other)) == expected, (one, other)


def test_units_of_two_forms_do_not_convert() -> None:
    """Mass by volume is no mass by time, nor by area, nor a count."""
    draw = Random(11)
    for _ in range(200):
        form, other = draw.sample(FORMS, 2)
        names = [unit_named(composed(draw, each)[0]) for each in (form, other)]

        assert factor(*names) is None, names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mmol/mol", "mg/g"),  # pint takes both for a plain number
        ("mg/kg", "mg/g"),  # of the patient, and of creatinine
        ("g/g", "1"),
        ("g/g", "%"),
        ("copies/mL", "10^6/mL"),
        ("IU/mL", "U/mL"),
        ("mL/min/1.73 m2", "mL/min"),
        ("mL/min/1.73 m2", "mL/min/m2"),
        ("mEq/L", "mmol/L"),
        ("months", "days"),
    ],
)
def test_what_looks_alike_is_kept_apart(one: str, other: str) -> None:
    """A ratio is of what it is of; a name is no dimension."""
    assert factor(unit_named(one), unit_named(other)) is None


def test_international_units_per_litre_are_those_of_enzymes_unless_others_are_wanted() -> None:
    """Laboratories print IU/L for enzymes; FSH, too, is in IU/L, where 1 IU/L is 1 mIU/mL."""
    assert unit_named("IU/L") == unit_named("IU/L", "U/L") == "U/L"
    assert factor(unit_named("IU/L", "mIU/mL"), "mIU/mL") == 1
    assert factor(unit_named("IU/L"), "mIU/mL") is None


def test_omop_writes_the_unit_of_enzymes_in_brackets() -> None:
    """Its concept 8645, unit per liter, has the code [U]/L, and 8810, kilounit, 10*3.[U]/L."""
    assert unit_named("[U]/L") == "U/L"
    assert factor(unit_named("10*3.[U]/L"), "U/L") == 1000
    assert factor(unit_named("[U]/mL"), unit_named("[IU]/mL")) is None


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
        "Mg/dL", "mg/Dl", "K", "c", "Min", "ML/min", "pa", "degC", "gl", "g/L/L", "g/L g/L",
        "10^9", "ULNN", "uln", "x ULN", "5", "1e9", "-g/L",
        "g/L\x00", "\u202eL/g", "g/L\u200b", "g\u2215L",
        "\u03b3/L", "1/0", "g**2", "(g/L)", "/", "//", "g/", "/L/L", "g//L", "1 g/L",
    ],
)  # fmt: skip
def test_a_unit_that_is_not_listed_is_refused(unit: str) -> None:
    """Another case, a look-alike character or an expression is no spelling of any unit."""
    with pytest.raises(Problem, match="is not known"):
        unit_named(unit)


@pytest.mark.parametrize(("length", "fits"), [(100, True), (101, False)])
def test_a_value_has_a_hundred_characters_at_most(length: int, fits: bool) -> None:
    """A longer one is refused without being read."""
    text = "5 g/L".ljust(length)
    if fits:
        assert parse_quantity(text)[1] == "g/L"
    else:
        with pytest.raises(Problem, match="is too long for a value"):
            parse_quantity(text)


@pytest.mark.parametrize(
    ("spelling", "wanted", "said"),
    [
        # another case, where that is what is asked for, and with M only where it is no million
        ("Mg/dL", "mg/dL", " Did you mean 'mg/dL'?"),
        ("G/dL", "g/L", " Did you mean 'g/dL'?"),
        ("ML/min", "", " Did you mean 'mL/min'?"),
        ("Mg/dL", "U/L", " 'Mg' is not understood."),
        ("MU/L", "U/L", " Of 'MU': M is a million or a thousandth."),
        ("Mu/L", "U/L", " 'Mu' is not understood."),
        # which part is not understood, and why
        ("U/LL", "U/L", " 'LL' is not understood."),
        ("gr/L", "g/L", " Of 'gr': it is a gram or a grain."),
        ("mil/mm3", "10^9/L", " Of 'mil': it is a thousand in Spanish and a million in English."),
        ("x109/L", "10^9/L", " Its power is written 10^9, 10^3, say."),
        ("mg/m3", "mg/day", " 'm3' is not understood."),
        ("uln", "U/L", " Did you mean 'ULN'?"),
        ("x ULN", "U/L", " Did you mean 'ULN'?"),
    ],
)
def test_a_refused_unit_comes_with_the_reason(spelling: str, wanted: str, said: str) -> None:
    """What is not understood; what is meant only where nothing but the case is odd."""
    with pytest.raises(Problem) as error:
        unit_named(spelling, wanted)

    assert str(error.value).endswith(f".{said}")


@pytest.mark.parametrize("spelling", REFUSED)
@pytest.mark.parametrize("wanted", ["10^9/L", "mg/day", "U/L", "mL/min"])
def test_no_hint_is_of_another_dimension(spelling: str, wanted: str) -> None:
    """A unit that a message proposes converts to the one that is wanted."""
    with pytest.raises(Problem) as error:
        unit_named(spelling, wanted)

    said = re.search(r"Did you mean '(.*?)'", str(error.value))
    assert said is None or factor(said[1], wanted) is not None or said[1] == ULN


@pytest.mark.parametrize("text", ["2.650 /uL", "152.000 /uL", "0.5 cells/mm3", "889.6 /uL"])
def test_a_part_of_a_cell_is_refused(text: str) -> None:
    """In so many cells per microlitre a point stands for thousands, or 10^3 is left out."""
    with pytest.raises(Problem, match=r"is a part of a cell\. A point for thousands is left out"):
        parse_quantity(text, "10^9/L")


@pytest.mark.parametrize(
    "text", ["2650 /uL", "2650.0 /uL", "2.65e3 /uL", "2.650 10^3/uL", "2.65 /nL"]
)
def test_whole_cells_are_read(text: str) -> None:
    """Thousands of cells may have decimals, and so may those in a nanolitre."""
    interval, unit = parse_quantity(text, "10^9/L")

    assert interval.low is not None
    assert interval.low * (factor(unit, "10^9/L") or 0) == Fraction("2.65")


@pytest.mark.parametrize(
    "hostile",
    [
        "10**10**10", "9**9**9", "10^10^10", "g**(10**10**10)", "1" * 10_000, "9" * 16 + " g/L",
        "a" * 100_000, "5 " + "g" * 100_000, "(" * 5000, "5 " + "*g" * 5000, "1+" * 5000 + "1",
        "5 g" + " " * 100_000, " " * 100_000, "5" + "." * 50_000, "1:" + "9" * 10_000,
        "9e999999 g/L", "1e-400 g/L", "nan", "NaN mg/dL", "inf", "infinity g/L",
        '__import__("os").system("x") g', "().__class__", "5 {x!r} g",
        "\x1b[31m5 g/L", "5 g\x00/L", "\u0665 g/L", "5\u00a0g/L", "½ g/L", "5 g/L;rm",
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


DOUBLE = "0.800000000000000044408920985006"  # 0.8, as a double is


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
        ("1e3 /uL", 1000, 1000, "/uL"),
        ("22U/L", 22, 22, "U/L"),
        ("<5g/L", None, 5, "g/L"),
        ("172\u00d710^9/L", 172, 172, "10^9/L"),
        ("172E9/L", 172 * 10**9, 172 * 10**9, "/L"),
        ("15.2\u4e07/uL", "15.2", "15.2", "10^4/uL"),
        ("\uff11\uff15\uff0e\uff12 g/L", "15.2", "15.2", "g/L"),
        # a double written in full, to 30 decimals
        ("0.800000000000000044408920985006 mg/dL",)
        + ("0.800000000000000044408920985006",) * 2
        + ("mg/dL",),
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
DIGITS = "it has more than 15 digits before the point, or 30 after it"
NUMBER = 'write a number and its unit, "1.5 g/L" or "<1.5 g/L" say'


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("1,5 g/L", COMMA),
        ("1,500 g/L", COMMA),
        ("1.500,0 g/L", COMMA),
        ("≤5 g/L", 'write "<=" or ">="'),
        ("1234567890123456 g/L", DIGITS),
        (f"0.{'3' * 31} g/L", DIGITS),
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
        ("titre", 'write a titre, "1:8" or "<1:1" say'),
        (
            OF_ASSAY,
            "write the number and its unit alone, as the laboratory gives them, or the titre",
        ),
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
        (OF_ASSAY, "; expected the laboratory's own unit alone"),
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
