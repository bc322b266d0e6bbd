"""2. Comparisons: a number against a limit, exactly, in any unit of its kind."""

import pytest
from support import profile_toml, says

from cartscreen.errors import InputError


@pytest.mark.parametrize(
    ("operator", "below", "on", "above"),
    [
        ("<", "yes", "no", "no"),
        ("<=", "yes", "yes", "no"),
        (">", "no", "no", "yes"),
        (">=", "no", "yes", "yes"),
    ],
)
def test_four_operators(operator: str, below: str, on: str, above: str) -> None:
    """<= and >= hold on the limit itself; < and > do not."""
    rule = f"lab.hemoglobin {operator} 80 g/L"

    assert says(rule, 'lab.hemoglobin = "79.9 g/L"') == below
    assert says(rule, 'lab.hemoglobin = "80 g/L"') == on
    assert says(rule, 'lab.hemoglobin = "80.1 g/L"') == above


@pytest.mark.parametrize(
    ("value", "rule", "answer"),
    [
        ("6.0 g/dL", "lab.hemoglobin >= 60 g/L", "yes"),  # floating point says it is less
        ("6.0 g/dL", "lab.hemoglobin <= 60 g/L", "yes"),
        ("5.99 g/dL", "lab.hemoglobin >= 60 g/L", "no"),
        ("60 g/L", "lab.hemoglobin >= 6 g/dL", "yes"),
        ("7.9 g/dL", "lab.hemoglobin >= 8.0 g/dL", "no"),
        ("7.99 g/dL", "lab.hemoglobin >= 8.0 g/dL", "no"),
        ("7.999999999999 g/dL", "lab.hemoglobin >= 8.0 g/dL", "no"),
        ("8.0 g/dL", "lab.hemoglobin >= 8.0 g/dL", "yes"),
        ("8.01 g/dL", "lab.hemoglobin >= 8.0 g/dL", "yes"),
        ("20 10*3/uL", "lab.platelets >= 20 10^9/L", "yes"),
        ("19999 /uL", "lab.platelets >= 20 10^9/L", "no"),
        ("20000 /uL", "lab.platelets >= 20 10^9/L", "yes"),
        ("500 mg/g", "renal.protein_creatinine_ratio > 0.5 g/g", "no"),
        ("501 mg/g", "renal.protein_creatinine_ratio > 0.5 g/g", "yes"),
        ("1000 mg/24 h", "renal.protein_24h >= 1 g/day", "yes"),
        ("999 mg/24 h", "renal.protein_24h >= 1 g/day", "no"),
        ("0.5 mL/s", "renal.creatinine_clearance >= 30 mL/min", "yes"),  # 0.5 x 60
        ("29.9 mL/min", "renal.creatinine_clearance >= 0.5 mL/s", "no"),
        ("1 ukat/L", "lab.alt >= 60 U/L", "yes"),  # 1 katal is 60 000 000 U
        ("0.99 ukat/L", "lab.alt >= 60 U/L", "no"),
        ("2 years", "judgement.life_expectancy >= 24 months", "yes"),
        ("23 months", "judgement.life_expectancy >= 2 years", "no"),
    ],
)
def test_units_of_one_kind_convert_exactly(value: str, rule: str, answer: str) -> None:
    """A value is compared in any unit of its kind, in fractions: it is never rounded."""
    assert says(rule, f'{rule.split(" ")[0]} = "{value}"') == answer


@pytest.mark.parametrize(
    "value",
    [
        "50 10^9/L",
        "50 K/uL",
        "50 10*3/uL",
        "50 x10^9/L",
        "50 \u00d710⁹/L",
        "50 10*9/L",
        "50 10³/µL",
        "50 10³/μL",
        "50000 /mm3",
        "50000 cells/uL",
    ],
)
def test_the_spelling_of_a_unit_does_not_matter(value: str) -> None:
    """Platelets of 50, however their unit is written, are at least 50 and at most 50."""
    assert says("lab.platelets >= 50 10^9/L", f'lab.platelets = "{value}"') == "yes"
    assert says("lab.platelets <= 50 10^9/L", f'lab.platelets = "{value}"') == "yes"


@pytest.mark.parametrize(
    ("value", "rule", "answer"),
    [
        # creatinine is 113.12 g/mol: 1 mg/dL is 10 mg/L, and 10000 / 113.12 = 88.40... umol/L
        ("88.4 umol/L", "lab.creatinine >= 1 mg/dL", "no"),
        ("88.41 umol/L", "lab.creatinine >= 1 mg/dL", "yes"),
        # bilirubin is 584.66 g/mol: 10000 / 584.66 = 17.103... umol/L
        ("1 mg/dL", "lab.bilirubin >= 17.1 umol/L", "yes"),
        ("1 mg/dL", "lab.bilirubin >= 17.11 umol/L", "no"),
        # the ratio to creatinine: 1 g/g is 113.12 mg/mmol
        ("113.12 mg/mmol", "renal.protein_creatinine_ratio >= 1 g/g", "yes"),
        ("113.11 mg/mmol", "renal.protein_creatinine_ratio >= 1 g/g", "no"),
    ],
)
def test_grams_become_moles_by_the_molar_mass_of_the_fact(
    value: str, rule: str, answer: str
) -> None:
    """Where a fact declares its molar mass, it may come in grams or in moles."""
    assert says(rule, f'{rule.split(" ")[0]} = "{value}"') == answer


@pytest.mark.parametrize(
    ("value", "answer"),
    [(0, "no"), (7, "no"), (8, "yes"), (9, "yes"), (105, "yes")],
)
def test_a_score_takes_no_unit(value: int, answer: str) -> None:
    """A fact without a unit is compared as a plain number."""
    assert says("activity.sledai_2k >= 8", f"activity.sledai_2k = {value}") == answer


@pytest.mark.parametrize(
    ("result", "rule", "answer"),
    [
        ('{ value = "60 U/L", upper = "40 U/L" }', "lab.alt <= 1.5 ULN", "yes"),
        ('{ value = "60.1 U/L", upper = "40 U/L" }', "lab.alt <= 1.5 ULN", "no"),
        ('{ value = "59.9 U/L", upper = "40 U/L" }', "lab.alt < 1.5 ULN", "yes"),
        ('{ value = "60 U/L", upper = "40 U/L" }', "lab.alt < 1.5 ULN", "no"),
        ('{ value = "60 U/L", upper = "40 U/L" }', "lab.alt > 1.5 ULN", "no"),
        ('{ value = "60 U/L", upper = "40 U/L" }', "lab.alt >= 1.5 ULN", "yes"),
        # 3 x 1.1 is 3.3, which floating point does not find
        ('{ value = "3.3 mg/dL", upper = "1.1 mg/dL" }', "lab.bilirubin <= 3 ULN", "yes"),
        ('{ value = "3.31 mg/dL", upper = "1.1 mg/dL" }', "lab.bilirubin <= 3 ULN", "no"),
        ('{ value = "1 ukat/L", upper = "40 U/L" }', "lab.alt <= 1.5 ULN", "yes"),  # 60 U/L
        ('{ value = "5.9 g/L", lower = "6 g/L" }', "lab.igg < 1 LLN", "yes"),
        ('{ value = "6 g/L", lower = "6 g/L" }', "lab.igg < 1 LLN", "no"),
        ('{ value = "6 g/L", lower = "6 g/L" }', "lab.igg >= 1 LLN", "yes"),
    ],
)
def test_uln_and_lln_are_multiples_of_the_limit_of_that_result(
    result: str, rule: str, answer: str
) -> None:
    """ULN is the upper, LLN the lower limit of normal that stands beside the very result."""
    assert says(rule, f"{rule.split(' ')[0]} = {result}") == answer


@pytest.mark.parametrize(
    ("result", "rule", "missing"),
    [
        ('"22 U/L"', "lab.alt <= 3 ULN", "lab.alt.upper"),
        ('{ value = "22 U/L", lower = "5 U/L" }', "lab.alt <= 3 ULN", "lab.alt.upper"),
        ('{ value = "22 U/L", upper = "40 U/L" }', "lab.alt >= 1 LLN", "lab.alt.lower"),
    ],
)
def test_a_limit_that_is_missing_is_never_assumed(result: str, rule: str, missing: str) -> None:
    """Without the limit of that result a multiple of it is UNKNOWN (no_limit)."""
    assert says(rule, f"lab.alt = {result}") == f"unknown, no_limit: {missing}"


@pytest.mark.parametrize(
    ("value", "rule", "answer"),
    [
        ("2.9 ULN", "lab.alt <= 3 ULN", "yes"),
        ("3 ULN", "lab.alt <= 3 ULN", "yes"),
        ("3.1 ULN", "lab.alt <= 3 ULN", "no"),
        ("0.9 LLN", "lab.alt < 1 LLN", "yes"),
        ("2.9 ULN", "lab.alt >= 1 LLN", "unknown, no_limit: lab.alt.lower"),
        ("2.9 ULN", "lab.alt <= 120 U/L", "unknown, no_unit: lab.alt"),
    ],
)
def test_a_result_may_be_a_multiple_of_its_limit(value: str, rule: str, answer: str) -> None:
    """A result given only as a multiple of a limit answers about that limit alone (no_unit)."""
    assert says(rule, f'lab.alt = "{value}"') == answer


@pytest.mark.parametrize(
    ("titre", "answer"),
    [
        ("1:4", "no"),
        ("1:8", "yes"),
        ("1:16", "yes"),
        ("<1:8", "no"),
        (">1:8", "yes"),
        (">1:4", None),
    ],
)
def test_a_titre_is_written_one_to_something(titre: str, answer: str | None) -> None:
    """1:16 is a higher titre than 1:8; one above 1:4 may be 1:5 or 1:8."""
    said = says("infection.syphilis_titre >= 1:8", f'infection.syphilis_titre = "{titre}"')

    assert said == (answer or "unknown, censored: infection.syphilis_titre")


CENSORED = "unknown, censored: lab.neutrophils"


@pytest.mark.parametrize(
    ("value", "rule", "answer"),
    [
        ("<0.1", "< 0.2", "yes"),
        ("<0.1", "< 0.1", "yes"),
        ("<0.1", "<= 0.1", "yes"),
        ("<0.1", ">= 0.1", "no"),
        ("<0.1", "> 0.1", "no"),
        ("<0.1", "< 0.05", CENSORED),
        ("<0.1", ">= 0.05", CENSORED),
        ("<=0.1", "<= 0.1", "yes"),
        ("<=0.1", "> 0.1", "no"),
        ("<=0.1", "< 0.1", CENSORED),
        ("<=0.1", ">= 0.1", CENSORED),
        (">100", "<= 50", "no"),
        (">100", "> 100", "yes"),
        (">100", ">= 100", "yes"),
        (">100", "<= 100", "no"),
        (">100", "< 100", "no"),
        (">100", "<= 120", CENSORED),
        (">100", "> 120", CENSORED),
        (">=100", ">= 100", "yes"),
        (">=100", "< 100", "no"),
        (">=100", "> 100", CENSORED),
        (">=100", "<= 100", CENSORED),
    ],
)
def test_a_value_below_or_above_a_limit_of_detection(value: str, rule: str, answer: str) -> None:
    """<0.1 is every value below 0.1: the answer is decided only if each of them gives it."""
    said = says(f"lab.neutrophils {rule} 10^9/L", f'lab.neutrophils = "{value} 10^9/L"')

    assert said == answer


@pytest.mark.parametrize(
    ("value", "answer"),
    [("<10 U/L", "yes"), ("<150 U/L", "unknown, censored: lab.alt"), (">120 U/L", "no")],
)
def test_a_censored_value_is_compared_with_its_own_limit(value: str, answer: str) -> None:
    """With a limit of 40: <10 is below 3 x 40, >120 above it, and <150 may be either."""
    profile = f'lab.alt = {{ value = "{value}", upper = "40 U/L" }}'

    assert says("lab.alt <= 3 ULN", profile) == answer


def test_percent_is_not_a_fraction() -> None:
    """An ejection fraction of 0.45 % is never read as 45 %."""
    assert says("heart.lvef >= 45 %", 'heart.lvef = "0.45 %"') == "no"
    assert says("heart.lvef >= 45 %", 'heart.lvef = "45 %"') == "yes"


def test_an_implausible_value_is_used_as_it_stands_with_a_warning() -> None:
    """0.45 % is likely a slip; the report asks whether the unit is right."""
    (warning,) = profile_toml('heart.lvef = "0.45 %"').warnings

    assert warning.startswith("heart.lvef: ")
    assert "plausible" in warning


@pytest.mark.parametrize(
    "unit", ["", " Mg/dL", " mg/Dl", " K", " c", " unit", " Min", " g/M", " %"]
)
def test_a_unit_is_never_assumed_nor_reinterpreted(unit: str) -> None:
    """A value without a unit, or with one that is not listed or of another kind, is refused."""
    with pytest.raises(InputError, match=r"test.toml: line 3, lab.hemoglobin: "):
        profile_toml(f'lab.hemoglobin = "12{unit}"')


def test_a_missing_unit_is_named_and_never_chosen() -> None:
    """The error names the field, and the units in which the number is plausible, or the fact's."""
    with pytest.raises(InputError) as error:
        profile_toml("lab.hemoglobin = 12")

    assert str(error.value) == (
        "test.toml: line 3, lab.hemoglobin: 12 has no unit; "
        "write it with the number: g/L, g/dL or mmol/L, say."
    )
