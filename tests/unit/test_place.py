"""Places: what a finding names, and what a report writes of it."""

import pickle
from copy import copy
from itertools import combinations

import pytest
from support import asked, chart_of, trial_toml

from cartscreen.evaluate.screening import screen
from cartscreen.place import (
    AnswerTo,
    Fact,
    Field,
    List,
    Part,
    Place,
    Visit,
    fact_place,
    is_of_entry,
    texts,
)
from cartscreen.wanted import label_of, wanted, wanted_label

ALT = Fact("lab.alt")
NAMES: list[tuple[Place, str]] = [
    (ALT, "lab.alt"),
    (Field("treatment", (2,), "stop"), "treatment[2].stop"),
    (Field("treatment", (1, 3), "lasted"), "treatment[1, 3].lasted"),
    (Field("treatment", (2,)), "treatment[2]"),
    (List("treatment"), "treatment"),
    (Visit("consent"), "dates.consent"),
    (AnswerTo("E19"), "answers.E19"),
    (Part(ALT, "upper"), "lab.alt.upper"),
    (Part(ALT, "lower"), "lab.alt.lower"),
    (Part(ALT, "date"), "lab.alt.date"),
    (Part(ALT, "unit"), "lab.alt.unit"),
    (Part(Field("treatment", (1,), "dose"), "unit"), "treatment[1].dose.unit"),
]


@pytest.mark.parametrize(("place", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_place_has_a_name(place: Place, name: str) -> None:
    """The names are those of the module's docstring."""
    assert place.name == name


def test_no_two_places_have_one_name() -> None:
    """Places that differ have different names, and are not equal."""
    for (one, name), (other, another) in combinations(NAMES, 2):
        assert one != other
        assert name != another


@pytest.mark.parametrize(("place", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_report_names_a_date_and_a_unit_by_their_value(place: Place, name: str) -> None:
    """`missing` of the JSON has no word for the date of a value; a limit has its own name."""
    is_of_value = isinstance(place, Part) and place.which in ("date", "unit")

    assert str(place) == (name.rpartition(".")[0] if is_of_value else name)


def test_each_text_stands_once() -> None:
    """Texts stand in the order of the places; two places with one text give it once."""
    places = (Part(ALT, "date"), List("treatment"), ALT, Part(ALT, "upper"), ALT)

    assert texts(places) == ("lab.alt", "treatment", "lab.alt.upper")


def test_the_dates_of_visits_are_visits() -> None:
    """Whether a rule reads one as a fact or counts back from it, it is one place."""
    assert fact_place("dates.consent") == Visit("consent")
    assert fact_place("lab.alt") == ALT


@pytest.mark.parametrize(("place", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_field_of_an_entry_is_known_by_its_name(place: Place, name: str) -> None:
    """A renderer has no more of a place than that."""
    inside = place.of if isinstance(place, Part) else place

    assert is_of_entry(name) == (isinstance(inside, Field) and bool(inside.field))


# what a value lacks


@pytest.mark.parametrize(
    ("rule", "profile", "missing"),
    [
        # no date, a date that is known in part, and one that leaves open which result is newest
        ("lab.alt < 1 U/L within 7 days", 'lab.alt = "22 U/L"', Part(ALT, "date")),
        (
            "lab.alt < 1 U/L within 7 days",
            'lab.alt = { value = "22 U/L", date = "2025-05" }',
            Part(ALT, "date"),
        ),
        (
            "lab.alt < 30 U/L",
            'lab.alt = [{ value = "22 U/L", date = "2025-05" }, '
            '{ value = "40 U/L", date = 2025-05-10 }]',
            Part(ALT, "date"),
        ),
        ("lab.alt < 3 ULN", 'lab.alt = "22 U/L"', Part(ALT, "upper")),
        ("lab.alt > 1 LLN", 'lab.alt = "22 U/L"', Part(ALT, "lower")),
        ("lab.alt < 30 U/L", 'lab.alt = "2 ULN"', Part(ALT, "unit")),
        # an event is itself the date; what is outside the window is another result
        (
            "renal.biopsy_date within 2 weeks",
            'renal.biopsy_date = "2025-05"',
            Fact("renal.biopsy_date"),
        ),
        (
            "lab.alt < 30 U/L within 7 days",
            'lab.alt = { value = "22 U/L", date = 2025-05-01 }',
            ALT,
        ),
        ("lab.alt < 30 U/L", "", ALT),
    ],
)
def test_a_value_without_date_limit_or_unit_lacks_just_that(
    rule: str, profile: str, missing: Place
) -> None:
    """The value itself is missing only where it is not recorded, or older than the window."""
    assert asked(rule, profile).missing == (missing,)


TRIAL = """
[[inclusion]]
id = "I1"
title = "title"
source = "page"
rule = "{rule}"
"""
KIDNEY = {
    "person": {"age": "40 years", "sex": "male", "weight": "60 kg"},
    "lab": {"creatinine": "1.1 mg/dL"},
}


@pytest.mark.parametrize(
    ("rule", "data", "name", "label"),
    [
        (
            "lab.creatinine < 2 mg/dL within 8 weeks",
            {"lab": {"creatinine": "1.1 mg/dL"}},
            "lab.creatinine.date",
            "the date of serum creatinine 1.1 mg/dL",
        ),
        (
            "lab.creatinine < 2 mg/dL within 2 weeks",
            {"lab": {"creatinine": {"value": "1.1 mg/dL", "date": "2025-05"}}},
            "lab.creatinine.date",
            "the exact date of serum creatinine 1.1 mg/dL (2025-05)",
        ),
        # (140 - 40) x 60 / (72 x 1.1) is 75.8 mL/min; it is as old as the creatinine
        (
            "renal.creatinine_clearance >= 30 mL/min within 8 weeks",
            KIDNEY,
            "lab.creatinine.date",
            "the date of serum creatinine 1.1 mg/dL",
        ),
        (
            "lab.igg >= 4 g/L within 8 weeks",
            {"lab": {"igg": "9 g/L"}},
            "lab.igg.date",
            "the date of immunoglobulin G 9 g/L",
        ),
        (
            "lab.alt < 30 U/L",
            {"lab": {"alt": "2 ULN"}},
            "lab.alt.unit",
            "alanine aminotransferase (ALT) 2 ULN in U/L",
        ),
        (
            "lab.alt < 3 ULN",
            {"lab": {"alt": "40 U/L"}},
            "lab.alt.upper",
            "Alanine aminotransferase (ALT): upper limit of normal",
        ),
    ],
)
def test_what_to_get_is_what_the_value_lacks(
    rule: str, data: dict[str, object], name: str, label: str
) -> None:
    """Nobody draws blood for a date: it stands in the chart, where the value was found."""
    chart = chart_of(data)
    (only,) = wanted([screen(trial_toml(TRIAL.format(rule=rule)), chart)], chart)

    assert (only.place.name, only.label, only.obtain) == (name, label, "chart")
    assert only.label == wanted_label(only.place, chart)


@pytest.mark.parametrize(
    ("place", "label"),
    [
        (Part(ALT, "date"), "Alanine aminotransferase (ALT)"),
        (Part(ALT, "upper"), "Alanine aminotransferase (ALT): upper limit of normal"),
        (Field("treatment", (1, 3), "lasted"), "treatment 1, 3: time on this drug and dose"),
        (List("treatment"), "treatment list"),
        (AnswerTo("E19"), "answer to E19"),
        (Visit("consent"), "Consent date"),
    ],
)
def test_a_place_in_words(place: Place, label: str) -> None:
    """The words are those of a report's evidence and reasons."""
    assert label_of(place, chart_of({})) == label


def test_facts_of_one_name_are_one_object() -> None:
    """However a fact is made, copied or brought from another process, it is known by itself."""
    for made in (Fact("lab.alt"), copy(ALT), pickle.loads(pickle.dumps(ALT))):
        assert made is ALT
