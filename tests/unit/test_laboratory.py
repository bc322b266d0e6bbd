"""Counts and fractions that a laboratory leaves to the reader, worked out by hand."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from cartscreen.derive.kidney import OutsideDomain
from cartscreen.derive.laboratory import (
    indirect_bilirubin,
    neutrophil_count,
    neutrophil_count_with_bands,
    reticulocyte_count,
)


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda: neutrophil_count(Fraction(4), Fraction(60)), "2.4"),
        (lambda: neutrophil_count(Fraction(4), Fraction(100)), "4"),  # to 100 % is inside
        (lambda: neutrophil_count_with_bands(Fraction(4), Fraction(55), Fraction(5)), "2.4"),
        (lambda: reticulocyte_count(Fraction(4), Fraction(2)), "80"),
        (lambda: indirect_bilirubin(Fraction(20), Fraction(5)), "15"),
        (lambda: indirect_bilirubin(Fraction(20), Fraction(20)), "0"),  # all of it may be direct
    ],
)
def test_lines_of_arithmetic(call: Callable[[], Fraction], result: str) -> None:
    """Each result is right to the last digit."""
    assert call() == Fraction(result)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (
            lambda: neutrophil_count(Fraction(4), Fraction("100.1")),
            "The percentages of neutrophils come to more than 100",
        ),
        (
            lambda: neutrophil_count_with_bands(Fraction(4), Fraction(60), Fraction(41)),
            "The percentages of neutrophils come to more than 100",
        ),
        (
            lambda: indirect_bilirubin(Fraction(5), Fraction("5.1")),
            "Direct bilirubin is above the total",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], Fraction], reason: str) -> None:
    """Nothing is calculated from two values that cannot be of one sample."""
    with pytest.raises(OutsideDomain, match=f"^{reason}$"):
        call()
