"""What a derived value says of itself: its text, where it comes from, and why there is none."""

from datetime import date
from typing import Any

import pytest
from support import chart_of

from cartscreen.derive import Gap
from cartscreen.observation import Observation

SYSTEMS = (
    "constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory",
    "gastrointestinal", "ophthalmic", "renal", "haematological",
)  # fmt: skip
OF_VISIT = "of the 30 days before 2025-06-02"
ALL_C = dict.fromkeys(SYSTEMS, "C")
EDSS = [{"value": v, "date": date(2024, month, 1)} for v, month in ((2, 1), (3, 4), (3, 10))]
MAN = {
    "person": {"birth_date": date(1975, 6, 2), "sex": "male", "weight": "80 kg"},
    "lab": {"creatinine": "1.0 mg/dL"},
}


@pytest.mark.parametrize(
    ("fact", "data", "text", "origin"),
    [
        ("activity.bilag_a", {"bilag": {**ALL_C, "renal": "A"}}, "1",
         f"count of A in 9 of 9 {OF_VISIT}"),
        ("activity.bilag_a", {"bilag": {"renal": "A"}}, "1 to 9",
         f"count of A in 1 of 9 {OF_VISIT}"),
        ("activity.sledai_2k", {"sledai": {"rash": True}}, "2 to 105",
         f"from 1 of 24 items {OF_VISIT}"),
        ("activity.sledai_2k_clinical", {"activity": {"sledai_2k": 3}}, "0 to 3",
         "not above activity.sledai_2k, which is 3"),
        ("ms.progression", {"ms": {"edss": EDSS, "single_relapse": False}}, "yes",
         "EDSS 2 on 2024-01-01; 3 on 2024-04-01; 3 on 2024-10-01"),
        ("ms.progression", {"ms": {"edss": EDSS, "single_relapse": True}}, "no",
         "EDSS 2 on 2024-01-01; 3 on 2024-04-01; 3 on 2024-10-01"),
        ("lab.reticulocytes",
         {"lab": {"red_cells": "4.1152 T/L", "reticulocytes_percent": "30 %"}}, "1234.56 10^9/L",
         "red cells times percentage from red cells 4.1152 T/L, percent 30 %"),
        ("lab.bilirubin_mostly_indirect",
         {"lab": {"bilirubin": "34 umol/L", "bilirubin_indirect": "18 umol/L"}}, "yes",
         "18 umol/L of 34 umol/L"),
    ],
)  # fmt: skip
def test_a_derived_value_says_what_it_is_and_where_it_comes_from(
    fact: str, data: dict[str, Any], text: str, origin: str
) -> None:
    """A range where items are open; a number of two places is shown in full."""
    found = chart_of(data).derived(fact)

    assert isinstance(found, Observation)
    assert (text, origin) == (found.text, found.origin)


@pytest.mark.parametrize(
    ("fact", "data", "reason", "note"),
    [
        ("lab.reticulocytes",
         {"lab": {"red_cells": {"value": "4 T/L", "date": date(2025, 5, 1)},
                  "reticulocytes_percent": {"value": "3 %", "date": date(2025, 5, 2)}}},
         "not_recorded", "its inputs are not of one day"),
        ("lab.bilirubin_indirect",
         {"lab": {"bilirubin": "30 umol/L", "bilirubin_direct": "<5 umol/L"}},
         "censored", "total less direct needs lab.bilirubin_direct as a number"),
        ("lab.bilirubin_mostly_indirect",
         {"lab": {"bilirubin": "34 umol/L", "bilirubin_indirect": "<20 umol/L"}},
         "censored", "a value is only a range"),
        ("ms.progression", {"ms": {"edss": EDSS[:2], "single_relapse": False}},
         "not_recorded", "the EDSS results show no confirmed progression"),
        ("renal.creatinine_clearance", {**MAN, "renal": {"unstable_creatinine": True}},
         "not_recorded", "the formula does not hold (renal.unstable_creatinine yes)"),
    ],
)  # fmt: skip
def test_what_does_not_follow_says_why(
    fact: str, data: dict[str, Any], reason: str, note: str
) -> None:
    """A reason, the same in words, and the fact itself among what would settle it."""
    found = chart_of(data).derived(fact)

    assert isinstance(found, Gap)
    assert (reason, note) == (found.reason, found.note)
    assert str(found.missing[0]) == fact
