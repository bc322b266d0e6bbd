"""The size of the body. Every argument and every result is a Fraction."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

from cartscreen.derive.kidney import DIGITS, OutsideDomain

MOSTELLER_DIVISOR = 3600


def mosteller(height: Fraction, weight: Fraction) -> Fraction:
    """Body surface area by Mosteller, in m2: the root of height times weight over 3600.

    Units: height in cm, weight in kg.
    Domain: height and weight above 0.
    Monotone: rises with each argument.
    Source: Mosteller RD. N Engl J Med 1987;317:1098.
    """
    if height <= 0 or weight <= 0:
        raise OutsideDomain("Height and weight must be above 0")
    square = height * weight / MOSTELLER_DIVISOR
    with localcontext(Context(prec=DIGITS)):
        return Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


STANDARD_SURFACE = Fraction("1.73")


def deindexed(surface: Fraction, gfr: Fraction) -> Fraction:
    """GFR of this body, in mL/min: the indexed GFR times the body surface, over 1.73.

    Units: body surface in m2, GFR in mL/min/1.73 m2.
    Domain: body surface above 0.
    Monotone: rises with each argument.
    Source: the definition of the index, mL/min per 1.73 m2 of body surface.
    """
    if surface <= 0:
        raise OutsideDomain("Body surface must be above 0")
    return gfr * surface / STANDARD_SURFACE
