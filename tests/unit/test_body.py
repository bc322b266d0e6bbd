"""Body surface, and the GFR of a body, worked out by hand."""

from fractions import Fraction

import pytest

from cartscreen.derive.body import deindexed, mosteller
from cartscreen.derive.kidney import OutsideDomain


def test_body_surface_by_mosteller() -> None:
    """180 cm x 80 kg / 3600 is 4, whose root is 2."""
    assert mosteller(Fraction(180), Fraction(80)) == 2


@pytest.mark.parametrize(("height", "weight"), [(0, 80), (180, 0), (-180, -80)])
def test_nobody_has_no_surface(height: int, weight: int) -> None:
    with pytest.raises(OutsideDomain, match="Height and weight must be above 0"):
        mosteller(Fraction(height), Fraction(weight))


@pytest.mark.parametrize(
    ("surface", "indexed", "gfr"), [("1.73", 90, "90"), ("0.865", 90, "45"), ("3.46", 45, "90")]
)
def test_the_gfr_of_a_body(surface: str, indexed: int, gfr: str) -> None:
    """An index is by 1.73 m2: half the surface has half the GFR."""
    assert deindexed(Fraction(surface), Fraction(indexed)) == Fraction(gfr)


def test_a_surface_of_nothing_has_no_gfr() -> None:
    with pytest.raises(OutsideDomain, match="Body surface must be above 0"):
        deindexed(Fraction(0), Fraction(90))
