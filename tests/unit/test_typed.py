"""Lines that people type, taken apart."""

import pytest

from cartscreen.errors import Problem
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.edit import with_entry
from cartscreen.profile.read import parse_profile
from cartscreen.typed import ResultLine, parse_entries, parse_result

VOCABULARY = bundled_pack().vocabulary
EMPTY = 'schema  = 1\npatient = "P-1"\n'


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("18 U/L", ResultLine("18 U/L")),
        ("18 U/L (0-40)", ResultLine("18 U/L", {"lower": ("0", ""), "upper": ("40", "")})),
        ("5 (1~9 g/L)", ResultLine("5", {"lower": ("1", "g/L"), "upper": ("9", "g/L")})),
        ("6.4 (LLN 7.0)", ResultLine("6.4", {"lower": ("7.0", "")})),
        ("22 (<=35) 2026-10", ResultLine("22", {"upper": ("35", "")}, "2026-10")),
        ("<20 (limit 20)", ResultLine("<20", {"limit": ("20", "")})),
        ("negative Today", ResultLine("negative", {}, "Today")),
        ("2026-10-09", ResultLine("2026-10-09")),
        ("90 mL/min/(1.73 m2)", ResultLine("90 mL/min/(1.73 m2)")),
    ],
    ids=str,
)  # fmt: skip
def test_a_result(line: str, read: ResultLine) -> None:
    assert parse_result(line) == read


def entries(line: str, name: str) -> list[str]:
    """The entries of a line, each as its fields in TOML."""
    read = parse_entries(line, VOCABULARY.records[name], VOCABULARY)
    return ["; ".join(f"{key} = {value}" for key, value in entry.items()) for entry in read]


@pytest.mark.parametrize(
    ("name", "line", "read"),
    [
        (
            "treatment",
            "prednisone 60 mg/day 2026-03-08..2026-04-19 inadequate",
            [
                'drug = "prednisone"; dose = "60 mg/day"; start = 2026-03-08; stop = 2026-04-19; '
                'response = "inadequate"'
            ],
        ),
        (
            "treatment",
            "rituximab 1000 mg 2025-02-03 2025-02-17",
            [
                f'drug = "rituximab"; dose = "1000 mg once"; start = {day}; stop = {day}'
                for day in ("2025-02-03", "2025-02-17")
            ],
        ),
        (
            "treatment",
            "inadequate, mycophenolate mofetil 1 g bid oral 2021-06..ongoing together",
            [
                'drug = "mycophenolate mofetil"; dose = "1 g bid"; route = "oral"; '
                'start = "2021-06"; stop = "ongoing"; response = "inadequate"; together = true'
            ],
        ),
        (
            "treatment",
            "belimumab 10 mg/kg monthly 2023.. last_dose=2025-12-04",
            [
                'drug = "belimumab"; dose = "10 mg/kg monthly"; start = "2023"; '
                "last_dose = 2025-12-04"
            ],
        ),
        (
            "treatment",
            'drug="study drug X" ..2024-05 not given',
            ['drug = "study drug X"; stop = "2024-05"; given = false'],
        ),
        (
            "malignancy",
            "basal cell skin cancer, noninvasive curative surgery 2019-05 cured",
            [
                'kind = "basal cell skin cancer, noninvasive"; treatment = "curative surgery"; '
                'diagnosed = "2019-05"; cured = true'
            ],
        ),
        (
            "vaccine",
            "influenza 2026-09 not live",
            ['name = "influenza"; live = false; date = "2026-09"'],
        ),
        ("gvhd", "grade=2 2024-01..", ['grade = 2; start = "2024-01"']),
        (
            "cns_event",
            "seizure severe=no ..2020-05-01",
            ['kind = "seizure"; severe = false; last_active = 2020-05-01'],
        ),
    ],
)
def test_entries(name: str, line: str, read: list[str]) -> None:
    assert entries(line, name) == read


@pytest.mark.parametrize("name", VOCABULARY.records)
def test_every_list_has_an_example_that_is_read_whole(name: str) -> None:
    """And the profile loads without a warning of an entry that it does not know."""
    text = EMPTY
    for entry in parse_entries(
        VOCABULARY.records[name].example, VOCABULARY.records[name], VOCABULARY
    ):
        text = with_entry(text, name, entry)
    profile = parse_profile(text.encode(), VOCABULARY, "p.toml")

    assert len(profile.records[name]) == 1
    assert profile.warnings == ()


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("treatment", "prednisolon 5 mg/day", "'prednisolon' is not a drug of the vocabulary"),
        ("treatment", "prednisone 5 mg/day 2026-03-08", "may be the first day or the last"),
        ("treatment", "rituximab 2026-03-08", "may be the first day or the last"),
        ("treatment", "rituximab 1 g 2026-03-08 ..2026-04", "may be the first day or the last"),
        ("treatment", "prednisone relapse inadequate", "says response twice"),
        ("treatment", "prednisone dosis=5", "'dosis' is no field; Write FIELD=VALUE; the fields"),
        ("treatment", "drug=MMF after a meal", "'after a meal' is not understood"),
        (
            "treatment",
            "azathioprine 50 mg bid 2020-01..2021 stopped for intolerance",
            "'stopped for', beside azathioprine, is not understood. A field may say what it",
        ),
        (
            "treatment",
            "prednisone 20 mg/day 2025-01..2025-03 for asthma",
            "'for asthma', beside prednisone, is not understood. A field may say what it means: "
            "effective_dose=yes or no; response=adequate, inadequate, intolerance, "
            'contraindication or relapse; purpose="this disease" or "other disease"; given=yes '
            "or no; together=yes or no. `cartscreen facts treatment` lists all fields.",
        ),
        (
            "treatment",
            "azathioprine contraindicated",
            "'contraindicated', beside azathioprine, is not understood. Did you mean "
            "'contraindication'?",
        ),
        ("treatment", "MMF 1 g bid 2025-01.. no response", "Did you mean 'inadequate'?"),
        ("treatment", "MMF not tolerated", "Did you mean 'intolerance'?"),
        (
            "treatment",
            "methotrexate 15 mg weekly sc",
            "'sc' is no part of a dose. Did you mean 'subcutaneous'?",
        ),
        ("treatment", "drug=MMF iv", "Did you mean 'intravenous'?"),
        ("malignancy", "other 2019-01..2020-01", "an entry of this list has no such dates"),
        ("malignancy", "other none 2019-01 2020-01", "does not say what the date is of"),
        ("infection_episode", "viral 2024-05", "write start=DATE, last_treated=DATE"),
        ("cns_event", "fits", "'fits' is not understood"),
        ("malignancy", "curative intent", "'curative intent' is not understood"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, line: str, sentence: str) -> None:
    """No word is left out, and none guessed."""
    with pytest.raises(Problem) as refused:
        entries(line, name)

    assert sentence in str(refused.value)


def test_an_entry_is_added_and_every_byte_stays() -> None:
    text = f'{EMPTY}[[vaccine]]  # last year\r\nname = "a"'
    after = with_entry(text, "vaccine", {"name": '"b"', "live": "true"})

    assert after == f'{text}\r\n\r\n[[vaccine]]\r\nname = "b"\r\nlive = true\r\n'
    with pytest.raises(Problem, match="laid out so that"):
        with_entry(f"{EMPTY}vaccine = []\n", "vaccine", {"live": "true"})
