"""Kidney function from serum creatinine: four published formulas, exact where the formula is.

Every argument and every result is a Fraction. Creatinine is in mg/dL, weight in kg, height in cm.
Each docstring says in which direction the result moves with each argument: the range of results
for a range of inputs is worked out from its ends alone.
"""

from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Literal

Sex = Literal["female", "male"]

# An irrational power is rounded to this many significant digits, far below any threshold.
DIGITS = 40

# Cockcroft DW, Gault MH. Nephron 1976;16:31-41.
COCKCROFT_GAULT_AGE = 140
COCKCROFT_GAULT_DIVISOR = 72
COCKCROFT_GAULT_SEX: dict[Sex, Fraction] = {"female": Fraction("0.85"), "male": Fraction(1)}

# Inker LA et al. N Engl J Med 2021;385:1737-49: the 2021 creatinine equation, without race.
CKD_EPI_FACTOR = 142
CKD_EPI_KAPPA: dict[Sex, Fraction] = {"female": Fraction("0.7"), "male": Fraction("0.9")}
CKD_EPI_ALPHA: dict[Sex, Fraction] = {"female": Fraction("-0.241"), "male": Fraction("-0.302")}
CKD_EPI_ABOVE_KAPPA = Fraction("-1.200")
CKD_EPI_PER_YEAR = Fraction("0.9938")
CKD_EPI_SEX: dict[Sex, Fraction] = {"female": Fraction("1.012"), "male": Fraction(1)}

# Pierce CB et al. Kidney Int 2021;99:948-56: the sex- and age-dependent K of creatinine.
U25_K_AT_12: dict[Sex, Fraction] = {"female": Fraction("36.1"), "male": Fraction("39.0")}
U25_PER_YEAR_TO_12: dict[Sex, Fraction] = {"female": Fraction("1.008"), "male": Fraction("1.008")}
U25_PER_YEAR_TO_18: dict[Sex, Fraction] = {"female": Fraction("1.023"), "male": Fraction("1.045")}
U25_K_FROM_18: dict[Sex, Fraction] = {"female": Fraction("41.4"), "male": Fraction("50.8")}

# Schwartz GJ et al. J Am Soc Nephrol 2009;20:629-37.
SCHWARTZ_K = Fraction("0.413")


class OutsideDomain(ValueError):
    """The formula does not hold for these values; the message says why in one sentence."""


def cockcroft_gault(age: Fraction, sex: Sex, weight: Fraction, creatinine: Fraction) -> Fraction:
    """Creatinine clearance by Cockcroft and Gault, in mL/min (not per 1.73 m2).

    140 less the age, times the weight, over 72 times creatinine; times 0.85 for a woman.

    Units: age in completed years, actual weight in kg, creatinine in mg/dL.
    Domain: from 18 years to under 140, at which the formula gives 0.
    Monotone: falls with age, rises with weight, falls with creatinine.
    Source: Cockcroft DW, Gault MH. Nephron 1976;16:31-41.
    """
    if age < 18:
        raise OutsideDomain("Cockcroft-Gault holds from 18 years")
    if age >= COCKCROFT_GAULT_AGE:
        raise OutsideDomain("Cockcroft-Gault holds to under 140 years")
    _require_positive(creatinine, "Creatinine")
    _require_positive(weight, "Weight")
    clearance = (COCKCROFT_GAULT_AGE - age) * weight / (COCKCROFT_GAULT_DIVISOR * creatinine)
    return clearance * COCKCROFT_GAULT_SEX[sex]


def ckd_epi_2021(age: Fraction, sex: Sex, creatinine: Fraction) -> Fraction:
    """Estimated GFR by the CKD-EPI creatinine equation of 2021, in mL/min/1.73 m2.

    142, times (creatinine over kappa) to the power alpha where creatinine is below kappa and to
    the power -1.200 where it is above, times 0.9938 for each year of age; times 1.012 for a woman.
    Kappa is 0.7 and alpha -0.241 for a woman, 0.9 and -0.302 for a man.

    Units: age in completed years, creatinine in mg/dL.
    Domain: from 18 years.
    Monotone: falls with age, falls with creatinine.
    Source: Inker LA et al. N Engl J Med 2021;385:1737-49.
    """
    if age < 18:
        raise OutsideDomain("CKD-EPI 2021 holds from 18 years")
    _require_positive(creatinine, "Creatinine")
    relative = creatinine / CKD_EPI_KAPPA[sex]
    exponent = CKD_EPI_ALPHA[sex] if relative < 1 else CKD_EPI_ABOVE_KAPPA
    by_creatinine = _power(relative, exponent)
    return CKD_EPI_FACTOR * by_creatinine * _power(CKD_EPI_PER_YEAR, age) * CKD_EPI_SEX[sex]


def ckid_u25(age: Fraction, sex: Sex, height: Fraction, creatinine: Fraction) -> Fraction:
    """Estimated GFR by the CKiD U25 creatinine equation, in mL/min/1.73 m2.

    K times the height in metres over creatinine. K is 36.1 for a girl and 39.0 for a boy of 12;
    below 12 it changes by the factor 1.008 a year, from 12 to under 18 by 1.023 (girl) or 1.045
    (boy); from 18 it is 41.4 or 50.8.

    Units: age in decimal years, height in cm, creatinine in mg/dL.
    Domain: from 1 year to under 25.
    Monotone: rises with age (constant from 18), rises with height, falls with creatinine.
    Source: Pierce CB et al. Kidney Int 2021;99:948-56.
    """
    if not 1 <= age < 25:
        raise OutsideDomain("CKiD U25 holds from 1 year to under 25 years")
    _require_positive(creatinine, "Creatinine")
    _require_positive(height, "Height")
    return _u25_k(age, sex) * (height / 100) / creatinine


def bedside_schwartz(age: Fraction, height: Fraction, creatinine: Fraction) -> Fraction:
    """Estimated GFR by the bedside Schwartz equation, in mL/min/1.73 m2.

    0.413 times the height over creatinine.

    Units: age in years (it only sets the domain), height in cm, creatinine in mg/dL (enzymatic).
    Domain: from 1 year to under 18.
    Monotone: does not move with age, rises with height, falls with creatinine.
    Source: Schwartz GJ et al. J Am Soc Nephrol 2009;20:629-37.
    """
    if not 1 <= age < 18:
        raise OutsideDomain("Bedside Schwartz holds from 1 year to under 18 years")
    _require_positive(creatinine, "Creatinine")
    _require_positive(height, "Height")
    return SCHWARTZ_K * height / creatinine


def _u25_k(age: Fraction, sex: Sex) -> Fraction:
    if age >= 18:
        return U25_K_FROM_18[sex]
    per_year = (U25_PER_YEAR_TO_12 if age < 12 else U25_PER_YEAR_TO_18)[sex]
    return U25_K_AT_12[sex] * _power(per_year, age - 12)


@lru_cache(maxsize=4096)  # of many patients, years of age and creatinines of two digits recur
def _power(base: Fraction, exponent: Fraction) -> Fraction:
    with localcontext(Context(prec=DIGITS)):
        return Fraction(_decimal(base) ** _decimal(exponent))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _require_positive(value: Fraction, name: str) -> None:
    if value <= 0:
        raise OutsideDomain(f"{name} must be above 0")
