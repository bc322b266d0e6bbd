"""The kidney formulas against published worked examples, and the laws their callers rely on."""

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest

from cartscreen.derive.kidney import (
    OutsideDomain,
    Sex,
    bedside_schwartz,
    ckd_epi_2021,
    ckid_u25,
    cockcroft_gault,
)

SEXES: tuple[Sex, ...] = ("female", "male")
ADMIRAL = "pharmaverse admiral, unit tests"
CKID = "github ckidstudy/CKiD_U25"


def number(text: str) -> Fraction:
    """An exact number; "85/88.42" is 85 umol/L in mg/dL, by the divisor that the source uses."""
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below or 1)


def rounded_as(published: str, value: Fraction) -> Fraction:
    return round(value, len(published.partition(".")[2]))


@pytest.mark.parametrize(
    ("sex", "age", "weight", "creatinine", "published", "source"),
    [
        ("male", "55", "90", "1.09", "97", ADMIRAL),
        ("female", "65", "60", "85/88.4", "55", ADMIRAL),
        ("male", "65", "70", "1.4", "52.1", "superglobalcalculator"),
        ("female", "45", "60", "0.9", "74.8", "superglobalcalculator"),
        ("male", "50", "80", "1.0", "100", "theprimecalculator"),
    ],
)
def test_cockcroft_gault_gives_the_published_result(
    sex: Sex, age: str, weight: str, creatinine: str, published: str, source: str
) -> None:
    """Worked examples, rounded as their source prints them."""
    actual = cockcroft_gault(number(age), sex, number(weight), number(creatinine))

    assert number(published) == rounded_as(published, actual), source


@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "published", "source"),
    [
        ("male", "55", "1.09", "80", f"{ADMIRAL}, from the NKF calculator"),
        ("female", "65", "85/88.4", "66", ADMIRAL),
        ("male", "55", "96.3/88.42", "80.2293", ADMIRAL),
        ("female", "52", "70/88.42", "89.7175", ADMIRAL),
        ("male", "67", "77/88.42", "94.5453", ADMIRAL),
        ("female", "76", "65/88.42", "84.4646", ADMIRAL),
        ("male", "55", "1.2", "71", "kidney.org, quoted in a public repository"),
    ],
)
def test_ckd_epi_2021_gives_the_published_result(
    sex: Sex, age: str, creatinine: str, published: str, source: str
) -> None:
    """Worked examples, rounded as their source prints them."""
    actual = ckd_epi_2021(number(age), sex, number(creatinine))

    assert number(published) == rounded_as(published, actual), source


@pytest.mark.parametrize(
    ("sex", "age", "height", "creatinine", "published", "source"),
    [
        ("male", "11", "120", "0.9", "51.6", CKID),
        ("female", "11", "120", "0.9", "47.8", CKID),
        ("male", "15", "160", "1.9", "37.5", CKID),
        ("female", "15", "160", "1.9", "32.5", CKID),
        ("male", "20", "181", "2.1", "43.8", CKID),
        ("female", "20", "181", "2.1", "35.7", CKID),
    ],
)
def test_ckid_u25_gives_the_published_result(
    sex: Sex, age: str, height: str, creatinine: str, published: str, source: str
) -> None:
    """Worked examples, rounded as their source prints them."""
    actual = ckid_u25(number(age), sex, number(height), number(creatinine))

    assert number(published) == rounded_as(published, actual), source


@pytest.mark.parametrize(
    ("height", "creatinine", "published", "source"),
    [("100", "0.4", "103", "doctaverse"), ("100", "0.5", "82.6", "calculatorlib")],
)
def test_bedside_schwartz_gives_the_published_result(
    height: str, creatinine: str, published: str, source: str
) -> None:
    """Worked examples, rounded as their source prints them; the age does not enter."""
    actual = bedside_schwartz(Fraction(5), number(height), number(creatinine))

    assert number(published) == rounded_as(published, actual), source


ONE = Fraction(1)
CM = Fraction(120)
KG = Fraction(60)


U25 = "CKiD U25 holds from 1 year to under 25 years"
SCHWARTZ = "Bedside Schwartz holds from 1 year to under 18 years"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (
            lambda: cockcroft_gault(number("17.99"), "male", KG, ONE),
            "Cockcroft-Gault holds from 18 years",
        ),
        (
            lambda: cockcroft_gault(Fraction(140), "male", KG, ONE),
            "Cockcroft-Gault holds to under 140 years",
        ),
        (
            lambda: cockcroft_gault(Fraction(40), "male", KG, Fraction(0)),
            "Creatinine must be above 0",
        ),
        (lambda: cockcroft_gault(Fraction(40), "male", Fraction(0), ONE), "Weight must be above 0"),
        (lambda: ckd_epi_2021(Fraction(17), "female", ONE), "CKD-EPI 2021 holds from 18 years"),
        (lambda: ckd_epi_2021(Fraction(40), "female", -ONE), "Creatinine must be above 0"),
        (lambda: ckid_u25(number("0.99"), "male", CM, ONE), U25),
        (lambda: ckid_u25(Fraction(25), "male", CM, ONE), U25),
        (lambda: ckid_u25(Fraction(10), "male", CM, Fraction(0)), "Creatinine must be above 0"),
        (lambda: ckid_u25(Fraction(10), "male", Fraction(0), ONE), "Height must be above 0"),
        (lambda: bedside_schwartz(number("0.99"), CM, ONE), SCHWARTZ),
        (lambda: bedside_schwartz(Fraction(18), CM, ONE), SCHWARTZ),
        (lambda: bedside_schwartz(Fraction(10), CM, Fraction(0)), "Creatinine must be above 0"),
        (lambda: bedside_schwartz(Fraction(10), Fraction(0), ONE), "Height must be above 0"),
    ],
)
def test_outside_its_domain_a_formula_says_why(call: Callable[[], Fraction], reason: str) -> None:
    """Nothing is extrapolated: the error names the formula's limit or the impossible value."""
    with pytest.raises(OutsideDomain, match=f"^{re.escape(reason)}$"):
        call()


def test_a_formula_holds_at_the_ends_of_its_domain() -> None:
    """Exactly 18 and exactly 1 are inside; the last day before 25 and before 18 too."""
    assert cockcroft_gault(Fraction(18), "male", KG, ONE) > 0
    assert ckd_epi_2021(Fraction(18), "male", ONE) > 0
    assert ckid_u25(ONE, "male", CM, ONE) > 0
    assert ckid_u25(number("24.99"), "male", CM, ONE) > 0
    assert bedside_schwartz(ONE, CM, ONE) > 0
    assert bedside_schwartz(number("17.99"), CM, ONE) > 0


def test_powers_have_40_digits() -> None:
    """At kappa, CKD-EPI is 142 x 0.9938 to the age x 1.012 for a woman: 30 factors, exactly."""
    exactly = 142 * Fraction("0.9938") ** 30 * Fraction("1.012")

    assert abs(ckd_epi_2021(Fraction(30), "female", number("0.7")) - exactly) < Fraction(1, 10**36)


# Steps that straddle kappa (0.7, 0.9) and the joints of K (12, 18).
CREATININE = [number(text) for text in ("0.2", "0.69", "0.7", "0.71", "0.9", "0.91", "1.4", "9")]
ADULT = [number(text) for text in ("18", "18.5", "40", "65", "99")]
YOUNG = [number(text) for text in ("1", "5", "11.99", "12", "12.01", "17.999", "18")]
SIZE = [number(text) for text in ("20", "60.5", "120", "181")]


def rises(values: list[Fraction]) -> bool:
    return all(before < after for before, after in pairwise(values))


def falls(values: list[Fraction]) -> bool:
    return all(before > after for before, after in pairwise(values))


@pytest.mark.parametrize("sex", SEXES)
def test_cockcroft_gault_is_monotone(sex: Sex) -> None:
    """It falls with age and creatinine and rises with weight."""
    assert falls([cockcroft_gault(age, sex, KG, ONE) for age in ADULT])
    assert rises([cockcroft_gault(Fraction(40), sex, weight, ONE) for weight in SIZE])
    assert falls([cockcroft_gault(Fraction(40), sex, KG, value) for value in CREATININE])


@pytest.mark.parametrize("sex", SEXES)
def test_ckd_epi_2021_is_monotone(sex: Sex) -> None:
    """It falls with age and with creatinine, also across kappa."""
    assert falls([ckd_epi_2021(age, sex, ONE) for age in ADULT])
    assert falls([ckd_epi_2021(Fraction(40), sex, value) for value in CREATININE])


@pytest.mark.parametrize("sex", SEXES)
def test_ckid_u25_is_monotone(sex: Sex) -> None:
    """It rises with age to 18, also across the joints, then stands; rises with height."""
    assert rises([ckid_u25(age, sex, CM, ONE) for age in YOUNG])
    assert ckid_u25(Fraction(18), sex, CM, ONE) == ckid_u25(Fraction(24), sex, CM, ONE)
    assert rises([ckid_u25(Fraction(10), sex, height, ONE) for height in SIZE])
    assert falls([ckid_u25(Fraction(10), sex, CM, value) for value in CREATININE])


def test_bedside_schwartz_is_monotone() -> None:
    """It rises with height, falls with creatinine, and does not move with age."""
    assert rises([bedside_schwartz(Fraction(10), height, ONE) for height in SIZE])
    assert falls([bedside_schwartz(Fraction(10), CM, value) for value in CREATININE])
    assert bedside_schwartz(ONE, CM, ONE) == bedside_schwartz(Fraction(17), CM, ONE)


def test_cockcroft_gault_of_a_woman_is_exactly_0_85_of_a_man() -> None:
    """No float has been near it: 17/20 is the ratio to the last digit."""
    man = cockcroft_gault(Fraction(41), "male", KG, number("1.3"))
    woman = cockcroft_gault(Fraction(41), "female", KG, number("1.3"))

    assert Fraction(17, 20) == woman / man
    assert Fraction(4950, 78) == man


def test_ckd_epi_2021_of_a_woman_is_exactly_1_012_of_a_man_at_the_same_multiple_of_kappa() -> None:
    """Above kappa only the factor for sex differs, and it is applied exactly."""
    man = ckd_epi_2021(Fraction(41), "male", 2 * Fraction("0.9"))
    woman = ckd_epi_2021(Fraction(41), "female", 2 * Fraction("0.7"))

    assert Fraction("1.012") == woman / man


def test_ckid_u25_is_exact_where_no_power_is_left() -> None:
    """At 12 and from 18, K is the constant itself."""
    assert Fraction("39.0") * 2 == ckid_u25(Fraction(12), "male", Fraction(200), ONE)
    assert Fraction("41.4") * 2 == ckid_u25(Fraction(18), "female", Fraction(200), ONE)
