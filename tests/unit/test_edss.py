"""Confirmed progression of the EDSS, by inclusion 3.6 (2)(c) of auto-cd19-bcma-aid."""

from datetime import date
from fractions import Fraction

import pytest
from support import chart_of

from cartscreen.derive.edss import is_progression
from cartscreen.observation import Observation

JAN, APR, JUL, OCT = (date(2024, month, 1) for month in (1, 4, 7, 10))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(JAN, "2"), (APR, "3"), (OCT, "3")], True),  # +1.0, confirmed after exactly 6 months
        ([(JAN, "2"), (APR, "3"), (date(2024, 9, 30), "3")], None),  # a day short
        ([(JAN, "2"), (APR, "3")], None),  # nothing confirms it yet
        ([(JAN, "2"), (APR, "2.5"), (OCT, "2.5")], False),  # +0.5 is not enough
        ([(JAN, "2"), (APR, "3"), (JUL, "2"), (OCT, "3")], None),  # not sustained
        ([(JAN, "0"), (APR, "1.5"), (OCT, "1.5")], True),  # from 0 it takes 1.5
        ([(JAN, "0"), (APR, "1"), (OCT, "1")], False),
        ([(JAN, "1"), (APR, "2"), (OCT, "2")], True),  # from exactly 1.0 it takes 1.0
        ([(JAN, "0.5"), (APR, "6"), (OCT, "6")], None),  # the scale has no 0.5
        ([(JAN, "2")], None),
        ([], None),
    ],
)
def test_progression(points: list[tuple[date, str]], expected: bool | None) -> None:
    """A rise counts from the first result, and is confirmed 6 calendar months later."""
    assert is_progression([(day, Fraction(number)) for day, number in points]) is expected


@pytest.mark.parametrize(("relapse", "expected"), [(False, True), (True, False), (None, None)])
def test_attribution_to_a_single_relapse_is_asked(
    relapse: bool | None, expected: bool | None
) -> None:
    """A confirmed rise counts only once somebody has said that it is not a single relapse."""
    series = [{"value": v, "date": d} for v, d in ((2, JAN), (3, APR), (3, OCT))]
    data = {"ms": {"edss": series, **({} if relapse is None else {"single_relapse": relapse})}}
    found = chart_of(data).newest("ms.progression")

    assert (found.value if isinstance(found, Observation) else None) is expected


@pytest.mark.parametrize(
    "last",
    [
        {"value": ">3", "date": OCT},  # higher than 3, by how much is not known
        {"value": 3, "date": "2024-10"},  # some day of October
        {"value": "unknown", "date": OCT},
    ],
)
def test_a_result_that_is_not_exact_confirms_nothing(last: dict[str, object]) -> None:
    """A point on a day each, or no progression is shown."""
    series = [{"value": 2, "date": JAN}, {"value": 3, "date": APR}]
    exact = {"value": 3, "date": OCT}
    shown = chart_of({"ms": {"edss": [*series, exact], "single_relapse": False}})
    open_ = chart_of({"ms": {"edss": [*series, last], "single_relapse": False}})

    assert isinstance(shown.newest("ms.progression"), Observation)
    assert not isinstance(open_.newest("ms.progression"), Observation)


def test_unstable_creatinine_refuses_every_estimate() -> None:
    """No formula for clearance or GFR holds while creatinine is not in steady state."""
    data = {
        "person": {"birth_date": date(1985, 1, 1), "sex": "female", "weight": "60 kg"},
        "lab": {"creatinine": "0.9 mg/dL"},
    }
    steady = chart_of(data)
    unsteady = chart_of({**data, "renal": {"unstable_creatinine": True}})

    for name in ("renal.creatinine_clearance", "renal.egfr"):
        assert isinstance(steady.newest(name), Observation)
        assert not isinstance(unsteady.newest(name), Observation)


def test_gfr_without_index() -> None:
    """90 mL/min/1.73 m2 in a body of 2.00 m2 (180 cm, 80 kg) are 90 x 2.00 / 1.73 mL/min."""
    data = {
        "person": {"height": "180 cm", "weight": "80 kg"},
        "renal": {"egfr": "90 mL/min/1.73 m2"},
    }
    found = chart_of(data).newest("renal.gfr_absolute")

    assert isinstance(found, Observation)
    assert found.value.low == Fraction(18000, 173)  # type: ignore[union-attr]
