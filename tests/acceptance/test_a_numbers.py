"""Acceptance checks 1 to 20: numbers and units. What cannot be met stands in not_taken.py."""

import json
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

import pint
import pytest
from program import WITH_DATA, in_full, profile, run, tiny_pack
from spellings import UNITS as SPELLINGS
from support import profile_toml, rule_toml, says

from cartscreen.answer import Answer
from cartscreen.errors import InputError
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.tree import Compare, Test
from cartscreen.units import Interval, factor, parse_quantity, unit_named
from cartscreen.vocabulary import FactEntry

UNITS = sorted(SPELLINGS)


def trial_of(*rules: str) -> str:
    """A trial of inclusion criteria with these rules, each named by its fact."""
    head = '[trial]\nid = "tiny"\nname = "Tiny"\nsource = "tiny.txt"\nchecked = 2026-11-01\n'
    criteria = (
        f'[[inclusion]]\nid = "I{number}"\ntitle = "The test of {rule.split(" ")[0]}"\n'
        f"source = \"Inclusion {number}\"\nrule = '{rule}'\n"
        for number, rule in enumerate(rules, start=1)
    )
    return head + "".join(criteria)


def refusal(toml: str) -> str:
    """Why a profile with these lines is not read."""
    with pytest.raises(InputError) as error:
        profile_toml(toml)
    return str(error.value)


def test_01_six_grams_per_decilitre_are_sixty_per_litre() -> None:
    """Haemoglobin of 6.0 g/dL meets a limit of at least 60 g/L."""
    assert says("lab.hemoglobin >= 60 g/L", 'lab.hemoglobin = "6.0 g/dL"') == "yes"


@pytest.mark.parametrize(
    ("value", "answer"), [("8.0", "yes"), ("7.9", "no"), ("7.99", "no"), ("8.01", "yes")]
)
def test_02_a_limit_is_not_rounded_to(value: str, answer: str) -> None:
    """At least 8.0 g/dL: 8.0 and 8.01 meet it, 7.9 and 7.99 do not."""
    assert says("lab.hemoglobin >= 8.0 g/dL", f'lab.hemoglobin = "{value} g/dL"') == answer


PLATELETS = [
    "50 K/uL",
    "50 10*3/uL",
    "50 x10^9/L",
    "50 \u00d710\u2079/L",
    "50 10*9/L",
    "50000 /mm3",
]


@pytest.mark.parametrize("value", PLATELETS)
def test_03_six_ways_to_write_platelets_of_50(value: str) -> None:
    """Platelets of 50, in six spellings of the unit, are one value and answer alike."""
    toml = f'lab.platelets = "{value}"'

    assert profile_toml(toml).facts["lab.platelets"][0].value == Interval.exactly(50)
    assert says("lab.platelets >= 50 10^9/L", toml) == "yes"
    assert says("lab.platelets <= 50 10^9/L", toml) == "yes"
    assert says("lab.platelets > 50 10^9/L", toml) == "no"
    assert says("lab.platelets < 50 10^9/L", toml) == "no"


def quantities() -> dict[tuple[str, Fraction | None], FactEntry]:
    """A fact or field for each pair of unit and molar mass in the vocabulary."""
    vocabulary = bundled_pack().vocabulary
    fields = [field for record in vocabulary.records.values() for field in record.fields.values()]
    return {
        (entry.unit, entry.grams_per_mole): entry
        for entry in [*vocabulary.facts.values(), *fields]
        if entry.kind == "quantity"
    }


QUANTITIES = quantities()
QUANTITY_IDS = [f"{unit} {float(mass or 0):g}".removesuffix(" 0") for unit, mass in QUANTITIES]


FAMILIES = {
    (tuple(u for u in UNITS if factor(u, unit, mass) is not None), mass): entry
    for (unit, mass), entry in QUANTITIES.items()
}
"""One fact for each set of units that convert to one another."""


def taken_by(entry: FactEntry) -> list[str]:
    """The units that a value of the fact may come in, and has one meaning in."""
    mass = None if entry.molar_mass_below else entry.grams_per_mole
    return [unit for unit in UNITS if factor(unit, entry.unit, mass) is not None]


@pytest.mark.parametrize("entry", FAMILIES.values(), ids=lambda entry: entry.name)
def test_04_equal_quantities_are_equal_in_any_two_units(entry: FactEntry) -> None:
    """In any two units of a fact, 200 equal values each are at least and at most the other.

    Reworded (it said 2000): each pair of units takes every tenth of 2000 values, the next pair the
    next ones.
    """
    numbers = [Interval.exactly(Fraction(tenths, 10)) for tenths in range(1, 2001)]
    wrong = []
    for pair, (one, other) in enumerate(product(taken_by(entry), repeat=2)):
        ratio = factor(one, other, entry.grams_per_mole)
        assert ratio is not None
        for number in numbers[pair % 10 :: 10]:
            value, same = entry.to_unit(number, one), entry.to_unit(number.times(ratio), other).low
            assert same is not None
            if not value.compare(">=", same) is value.compare("<=", same) is Answer.YES:
                wrong.append((number, one, other))

    assert wrong == []


@pytest.mark.parametrize("entry", QUANTITIES.values(), ids=QUANTITY_IDS)
def test_04_equal_quantities_are_equal_in_any_two_spellings(entry: FactEntry) -> None:
    """In any two spellings of a unit, as text, a value is at least and at most the other."""
    if entry.unit == "titre":
        texts = {"": ["1:8", "1 : 8"]}
    else:
        texts = {
            unit: [f"73 {name}" for name in (unit if unit != "1" else "", *SPELLINGS[unit])]
            for unit in taken_by(entry)
        }
    for spelled in texts.values():
        values = [entry.to_unit(*parse_quantity(text, entry.unit)) for text in spelled]
        for value, other in product(values, repeat=2):
            assert other.low is not None
            assert value.compare(">=", other.low) is value.compare("<=", other.low) is Answer.YES


@pytest.mark.parametrize(("value", "unit"), [("6.0", "g/dL"), ("60", "g/L"), ("6000", "mg/dL")])
@pytest.mark.parametrize("limit", ["6.0 g/dL", "60 g/L", "6000 mg/dL", "60000 mg/L"])
def test_04_a_rule_converts_its_limit_as_a_profile_its_value(
    value: str, unit: str, limit: str
) -> None:
    """A limit is converted as exactly as a value, whichever of the two is in another unit."""
    toml = f'lab.hemoglobin = "{value} {unit}"'
    rule = rule_toml(f"lab.hemoglobin >= {limit}")

    assert isinstance(rule, Test)
    assert rule.check == Compare(">=", Fraction(60), "g/L")
    assert says(f"lab.hemoglobin >= {limit}", toml) == "yes"
    assert says(f"lab.hemoglobin <= {limit}", toml) == "yes"


@pytest.mark.parametrize(
    ("toml", "rule", "answer"),
    [
        ('lab.alt = { value = "60 U/L", upper = "40 U/L" }', "lab.alt <= 1.5 ULN", "yes"),
        ('lab.alt = { value = "60.1 U/L", upper = "40 U/L" }', "lab.alt <= 1.5 ULN", "no"),
        (
            'lab.bilirubin = { value = "3.3 mg/dL", upper = "1.1 mg/dL" }',
            "lab.bilirubin <= 3 ULN",
            "yes",
        ),
    ],
)
def test_05_limits_are_of_the_result_itself(toml: str, rule: str, answer: str) -> None:
    """A multiple of the upper limit of normal is of the limit beside that very result, exactly."""
    assert says(rule, toml) == answer


@pytest.mark.parametrize("format", WITH_DATA)
def test_06_no_format_rounds_a_value_onto_its_limit(tmp_path: Path, format: str) -> None:
    """7.95 below a limit of 8 is printed as 7.95, and as 8.0 by no output format."""
    pack = tiny_pack(tmp_path, trial_of("lab.hemoglobin >= 8 g/dL"))
    patient = profile(tmp_path, lab={"hemoglobin": "7.95 g/dL"})
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert done.code == 0
    assert "7.95 g/dL" in done.out
    assert "8.0" not in done.out


# (140 - 60) x 60.1 / (72 x 2.2262) = 4808 / 160.2864 = 29.9963..., which two places make 30.00;
# 60 mg/day / 60.001 kg = 0.99998..., which four places make 1.0000
BESIDE = {
    "person": {"birth_date": "1966-01-01", "sex": "male", "weight": "60.1 kg"},
    "lab": {"creatinine": "2.2262 mg/dL"},
}
DOSED = {
    "person": {"weight": "60.001 kg"},
    "treatment": [{"drug": "prednisone", "dose": "60 mg/day", "start": "2026-10-01"}],
    "reviewed": {"treatment": "2026-11-02"},
}
DOSE = '{ some = "treatment", where = ["prednisone_dose_per_kg >= 1 mg/kg/day"] }'


@pytest.mark.parametrize("format", WITH_DATA)
@pytest.mark.parametrize(
    ("rule", "data", "shown", "rounded"),
    [
        ("renal.creatinine_clearance >= 30 mL/min", BESIDE, "29.996 mL/min", "30.0"),
        (DOSE, DOSED, "0.99998 mg/kg/day", "1.00"),
    ],
)
def test_06_a_derived_value_is_not_rounded_onto_its_limit(
    tmp_path: Path, format: str, rule: str, data: dict[str, Any], shown: str, rounded: str
) -> None:
    """A derived value just below its limit is not printed as the limit by any output format."""
    trial = trial_of("lab.hemoglobin >= 8 g/dL").replace(
        "'lab.hemoglobin >= 8 g/dL'", rule if "{" in rule else f'"{rule}"'
    )
    done = run(
        "check",
        profile(tmp_path, **data),
        "--criteria",
        tiny_pack(tmp_path, trial),
        *in_full(format),
    )

    assert done.code == 0
    assert "ineligible" in done.out
    assert shown in " ".join(done.out.replace("\\~", "~").split())
    assert rounded not in done.out


@pytest.mark.parametrize("value", [12, "12", "12 "])
def test_07_a_number_without_a_unit_is_an_error(tmp_path: Path, value: object) -> None:
    """A quantity without a unit is an error that names the field; no unit is ever assumed."""
    done = run("check", profile(tmp_path, lab={"hemoglobin": value}), "--format", "json")
    (report,) = json.loads(done.out)

    assert done.code == 3
    assert "verdict" not in done.out
    assert "trials" not in report
    (fault,) = report["error"]
    assert " line 8, lab.hemoglobin: " in fault
    assert "has no unit" in fault
    assert "write it with the number: g/L, g/dL or mmol/L, say." in fault


@pytest.mark.parametrize("unit", ["Mg/dL", "mg/Dl", "K", "c", "Min", "degC", "degF"])
def test_08_a_unit_is_not_reinterpreted(unit: str) -> None:
    """A unit in another case, or that means something else, is refused with its name."""
    assert f"lab.hemoglobin: the unit '{unit}' is not known" in refusal(
        f'lab.hemoglobin = "12 {unit}"'
    )


@pytest.mark.parametrize("number", ["1,5", "1.500,0", "1,500"])
@pytest.mark.parametrize("quoted", [True, False])
def test_09_a_comma_is_no_decimal_point(number: str, quoted: bool) -> None:
    """A number with a comma is an error that names the field and says how numbers are written."""
    said = refusal(f'lab.hemoglobin = "{number} g/L"' if quoted else f"lab.hemoglobin = {number}")

    assert "lab.hemoglobin" in said
    assert "write a decimal point and no thousands separator, 1.5 or 1500" in said


@pytest.mark.parametrize("number", ["nan", "inf", "1e999", "9e999999", "-inf", "+nan"])
@pytest.mark.parametrize(
    "toml",
    [
        "activity.sledai_2k = {}",
        "lab.hemoglobin = {}",
        'lab.hemoglobin = "{} g/L"',
        'lab.hemoglobin = "<{} g/L"',
        'lab.hemoglobin = {{ value = "80 g/L", upper = "{} g/L" }}',
        "lab.hemoglobin = [{{ value = {}, date = 2025-05-30 }}]",
        'treatment = [{{ drug = "prednisone", dose = "{} mg/day" }}]',
    ],
)
def test_10_what_is_no_finite_number_is_refused(tmp_path: Path, toml: str, number: str) -> None:
    """NaN, infinity and numbers of absurd size are a load error: no verdict, not even unknown."""
    file = tmp_path / "patient.toml"
    file.write_text(f'schema = 1\npatient = "P-1"\n{toml.format(number)}\n', encoding="utf-8")
    done = run("check", file, "--format", "json")

    assert done.code == 3
    assert "verdict" not in done.out
    assert json.loads(done.out)[0]["error"]


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("lab.hemoglobin = true", "lab.hemoglobin"),
        ("activity.sledai_2k = true", "activity.sledai_2k"),
        ('lab.alt = { value = "22 U/L", upper = true }', "lab.alt.upper"),
        ('diagnosis.sle = "yes"', "diagnosis.sle"),
        ('diagnosis.sle = "true"', "diagnosis.sle"),
        ("diagnosis.sle = 1", "diagnosis.sle"),
        ("diagnosis.sle = 0", "diagnosis.sle"),
        ('answers.rd06-04-sle = { "I11.a" = 1 }', "answers.rd06-04-sle.'I11.a'"),
    ],
)
def test_11_a_truth_is_no_number_and_a_word_no_truth(toml: str, field: str) -> None:
    """True in place of a number, and "yes" or 1 in place of true, are errors."""
    assert refusal(toml).startswith(f"test.toml: line 3, {field}: ")


@pytest.mark.parametrize(
    "value", ["10**10**10", "9" * 10_000, "9" * 10_000 + " g/L", "5 " + "g" * 100_000]
)
def test_12_a_hostile_value_is_refused_at_once(value: str) -> None:
    """A tower of powers, 10 000 digits, a unit of 100 000 letters: each is refused in 50 ms."""
    refusal('lab.hemoglobin = "5 glug"')  # what is read once is read before the clock starts
    start = process_time()
    said = refusal(f'lab.hemoglobin = "{value}"')

    assert process_time() - start < 0.05
    assert said.startswith("test.toml: line 3, lab.hemoglobin: ")
    assert len(said) < 300


def test_12_ten_thousand_digits_without_quotes_are_refused_at_once() -> None:
    """A bare number of 10 000 digits is refused as fast, with its line and name."""
    refusal("lab.hemoglobin = 5")
    start = process_time()
    said = refusal(f"lab.hemoglobin = {'9' * 10_000}")

    assert process_time() - start < 0.05
    assert "lab.hemoglobin" in said


@pytest.mark.parametrize(
    ("test", "answer"),
    [("< 0.2", "yes"), (">= 0.1", "no"), ("< 0.05", "unknown, censored: lab.neutrophils")],
)
def test_13_below_a_limit_of_detection_is_every_value_below_it(test: str, answer: str) -> None:
    """<0.1 is below 0.2, is not at least 0.1, and may be below 0.05 or not."""
    toml = 'lab.neutrophils = "<0.1 10^9/L"'

    assert says(f"lab.neutrophils {test} 10^9/L", toml) == answer


@pytest.mark.parametrize(
    ("test", "answer"), [("<= 500", "no"), ("<= 2000", "unknown, censored: lab.haptoglobin")]
)
def test_14_above_a_limit_of_detection_is_every_value_above_it(test: str, answer: str) -> None:
    """>1000 is not at most 500, and may be at most 2000 or not."""
    assert says(f"lab.haptoglobin {test} mg/L", 'lab.haptoglobin = ">1000 mg/L"') == answer


@pytest.mark.parametrize(
    ("value", "answer"),
    [("88.40 umol/L", "no"), ("88.41 umol/L", "yes")],  # 10000 / 113.12 = 88.4017
)
def test_15_grams_and_moles_need_the_molar_mass_of_the_fact(value: str, answer: str) -> None:
    """Creatinine in umol/L is judged in mg/dL by its molar mass; without one it is an error."""
    assert says("lab.creatinine >= 1 mg/dL", f'lab.creatinine = "{value}"') == answer
    assert refusal('lab.igg = "60 umol/L"') == (
        "test.toml: line 3, lab.igg: the value is in 'umol/L'; "
        "expected 'g/L' or a unit that converts to it."
    )


@pytest.mark.parametrize("format", ["table", "json", "ndjson", "markdown", "html"])
def test_16_less_than_one_percent_is_never_a_fraction(tmp_path: Path, format: str) -> None:
    """An ejection fraction of 0.45 % fails 45 %, and a warning asks whether the unit is right."""
    pack = tiny_pack(tmp_path, trial_of("heart.lvef >= 45 %"))
    patient = profile(tmp_path, heart={"lvef": "0.45 %"})
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert done.code == 0
    assert "ineligible" in done.out
    assert "is outside what is plausible" in " ".join(done.out.split())
    assert says("heart.lvef >= 45 %", 'heart.lvef = "0.45 %"') == "no"
    assert "has no unit" in refusal("heart.lvef = 0.45")


@pytest.mark.parametrize(
    ("fact", "zero", "limit"),
    [
        ("lab.neutrophils", '"0 10^9/L"', "0.5 10^9/L"),
        ("lab.neutrophils_percent", '"0 %"', "5 %"),
        ("renal.protein_24h", '"0.0 g/day"', "0.5 g/day"),
        ("activity.sledai_2k", "0", "8"),
        ("activity.sledai_2k", "0.0", "8"),
    ],
)
def test_18_zero_is_a_value(fact: str, zero: str, limit: str) -> None:
    """A result of 0 is used as zero: it is below a limit, and not missing."""
    assert says(f"{fact} < {limit}", f"{fact} = {zero}") == "yes"
    assert says(f"{fact} >= {limit}", f"{fact} = {zero}") == "no"
    assert says(f"{fact} <= 0 {limit.partition(' ')[2]}", f"{fact} = {zero}") == "yes"


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ('lab.neutrophils = "-1 10^9/L"', "lab.neutrophils"),
        ('lab.neutrophils = "<-1 10^9/L"', "lab.neutrophils"),
        ('lab.igg = "-0.1 g/L"', "lab.igg"),
        ('lab.alt = "-1 ULN"', "lab.alt"),
        ('lab.alt = { value = "22 U/L", upper = "-40 U/L" }', "lab.alt.upper"),
        ("activity.sledai_2k = -1", "activity.sledai_2k"),
        ('treatment = [{ drug = "prednisone", dose = "-5 mg/day" }]', "treatment[1].dose"),
        ('treatment = [{ drug = "prednisone", lasted = "-3 months" }]', "treatment[1].lasted"),
    ],
)
def test_19_a_negative_amount_is_refused(toml: str, field: str) -> None:
    """A count, a concentration, a score, a dose or a time below 0 is a load error."""
    assert refusal(toml).startswith(f"test.toml: line 3, {field}: ")


def test_19_no_quantity_may_be_below_zero() -> None:
    """There is no fact of the vocabulary whose bounds let it be negative."""
    assert [e.name for e in QUANTITIES.values() if e.bounds and e.bounds[0] < 0] == []


# Units in the words of pint's own definitions, which share nothing with units.toml.
PINT = {
    "%": "percent", "percentage points": "percent",
    "g/L": "g/L", "g/dL": "g/dL", "mg/dL": "mg/dL", "mg/L": "mg/L", "ug/L": "ug/L",
    "umol/L": "umol/L", "mmol/L": "mmol/L", "nmol/L": "nmol/L",
    "10^9/L": "1e9/L", "10^12/L": "1e12/L", "10^6/L": "1e6/L",
    "U/L": "enzyme_unit/L", "ukat/L": "microkatal/L", "nkat/L": "nanokatal/L",
    "mL/min": "mL/min", "mL/5 min": "mL/(5 min)", "mL/15 min": "mL/(15 min)", "mL/s": "mL/s",
    "g/g": "g/g", "mg/g": "mg/g", "mg/mmol": "mg/mmol", "g/mmol": "g/mmol",
    "g/day": "g/day", "mg/day": "mg/day", "ug/day": "ug/day", "mg/week": "mg/week",
    "g/week": "g/week", "mg/2 weeks": "mg/(2 week)", "mg/4 weeks": "mg/(4 week)",
    "mg/kg/day": "mg/kg/day",
    "kg": "kg", "g": "g", "lb": "pound", "cm": "cm", "m": "m", "mm": "mm", "in": "inch",
    "m2": "m**2", "mmHg": "mmHg",
    "years": "year", "months": "month", "weeks": "week", "days": "day", "hours": "hour",
    "s": "s", "min": "min", "ms": "ms", "fL": "fL", "pg": "pg", "pg/mL": "pg/mL", "mm/h": "mm/hour",
    "U/mL": "enzyme_unit/mL", "mg/m2": "mg/m**2", "kg/m2": "kg/m**2", "mg/m2/day": "mg/m**2/day",
    "mmol/day": "mmol/day", "10^6/kg": "1e6/kg",
    "IU/mL": "ampere/mL", "mIU/mL": "milliampere/mL",  # a stand-in: pint takes IU for U
}  # fmt: skip

# What pint has no such unit for. Each is the only unit of its kind.
ALONE = {
    "1": "a score: a ratio of masses is a plain number for pint, and must not become one",
    "titre": "a dilution, 1:8",
    "copies/mL": "copies of a nucleic acid; a plain number for pint",
    "mEq/L": "equivalents: by the charge of the ion, which pint does not know",
    "mOsm/kg": "osmoles, likewise",
    "mmol/mol": "a ratio of moles, which is none of masses",
    "mL/min/1.73 m2": "per standard body surface: not mL/min, though the area would cancel",
}

# Kinds that pint converts into one another, and we do not.
APART = [
    ({"%", "percentage points"}, "a percentage of something is no ratio of other things"),
    ({"years", "months"}, "of the calendar: no number of days is a month"),
]


@cache
def pint_itself() -> Any:
    """Pint with its own definitions, exact."""
    return pint.UnitRegistry(non_int_type=Fraction)


@pytest.mark.parametrize("unit", UNITS)
def test_20_factors_are_those_of_pints_own_definitions(unit: str) -> None:
    """Each factor between two units of the table is pint's exact one, or has its reason here."""
    registry = pint_itself()

    assert not PINT.keys() & ALONE.keys()
    assert {*PINT, *ALONE} == set(UNITS)
    for other in UNITS:
        expected = Fraction(1) if unit == other else None
        is_apart = any((unit in kind) != (other in kind) for kind, _ in APART)
        if unit in PINT and other in PINT and not is_apart:
            ratio = registry.Quantity(PINT[unit]) / registry.Quantity(PINT[other])
            if ratio.dimensionless:
                expected = Fraction(ratio.to("").magnitude)
        assert factor(unit, other) == expected, other


@pytest.mark.parametrize(
    ("unit", "to", "expected"),
    [
        ("U/L", "ukat/L", Fraction(1, 60)),  # U is 1 umol/min; a katal is 1 mol/s
        ("ukat/L", "U/L", Fraction(60)),
        ("percentage points", "%", Fraction(1)),  # a change of a percentage, in percent
        ("years", "months", Fraction(12)),
        ("months", "days", None),
        ("IU/mL", "U/L", None),
        ("mL/min/1.73 m2", "mL/min", None),
        ("g/g", "%", None),
    ],
)
def test_20_factors_that_a_person_knows(unit: str, to: str, expected: Fraction | None) -> None:
    """An enzyme unit is a micromole a minute; a month has no number of days."""
    assert factor(unit, to) == expected


@pytest.mark.parametrize("spelling", ["K/uL", "10*9/L", "G/L", "M/uL"])
def test_20_what_pint_misreads_is_a_count(spelling: str) -> None:
    """K/uL is thousands and not kelvin, 10*9/L is 10^9 and not 90, G/L is 10^9 and not gauss."""
    assert factor(unit_named(spelling), "10^9/L") == (1000 if spelling == "M/uL" else 1)
