"""`diff` and `compare`: what changes, and the trials side by side."""

import json
from pathlib import Path

import pytest
from program import FITS, profile, run, tiny_pack

OTHER_TRIAL = """
[trial]
id      = "other"
name    = "Another trial"
source  = "other.txt"
checked = 2026-11-01

[[inclusion]]
id     = "I1"
title  = "Neutrophils more than 2 x 10^9/L"
source = "Inclusion 1"
rule   = "lab.neutrophils > 2 10^9/L"

[[inclusion]]
id     = "I2"
title  = "Lupus that was treated"
source = "Inclusion 2"
rule   = { all = ["diagnosis.sle", { some = "treatment" }] }

[[exclusion]]
id     = "E1"
title  = "Low neutrophils, or cancer"
source = "Exclusion 1"
rule.any = [
  "lab.neutrophils < 1 10^9/L",
  { some = "malignancy", where = ["cured"] },
  "lab.neutrophils < 1 10^9/L", # what is asked twice is shown once
]

[[exclusion]]
id     = "E2"
title  = "Another reason"
source = "Exclusion 2"
rule   = { ask = "Is there another reason?" }
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The tiny trial and another."""
    folder = tiny_pack(tmp_path)
    (folder / "other.toml").write_text(OTHER_TRIAL, encoding="utf-8")
    return folder


LEGEND = "+ matched, x failed, ? unknown: the whole criterion, which may ask for more"


def lines_of(*arguments: str | Path, width: str = "80") -> list[str]:
    done = run(*arguments, COLUMNS=width)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


# compare


def test_facts_that_several_trials_read_stand_under_one_another(tmp_path: Path, pack: Path) -> None:
    """Where there is no room for columns; 3.2 is above 2 and above 1, and not below 1."""
    assert lines_of("compare", profile(tmp_path, **FITS), "--criteria", pack) == [
        LEGEND,
        "",
        "Neutrophils: 3.2 10^9/L",
        "  other + > 2 10^9/L [I1]",
        "  other ? not < 1 10^9/L [E1]",  # by the malignancies, which are not recorded
        "  tiny + >= 1 10^9/L [I1]",
    ]


def test_a_wide_terminal_has_a_column_for_each_trial(tmp_path: Path, pack: Path) -> None:
    low = profile(tmp_path, lab={"neutrophils": "0.8 10^9/L"})

    assert [
        line.split() for line in lines_of("compare", low, "--criteria", pack, width="120")[4:]
    ] == [
        ["Neutrophils", "x", ">", "2", "10^9/L", "[I1]", "x", ">=", "1", "10^9/L", "[I1]"],
        ["0.8", "10^9/L", "x", "not", "<", "1", "10^9/L", "[E1]"],
    ]


def test_of_one_trial_every_fact_and_list_is_shown(tmp_path: Path, pack: Path) -> None:
    """A list with what its entries must be; a patient's list with whether it is complete."""
    patient = profile(
        tmp_path, treatment=[{"drug": "azathioprine"}], reviewed={"malignancy": "2026-11-01"}
    )
    other = ("--trial", "other", "--criteria", pack)

    assert lines_of("compare", patient, *other, width="119")[2:] == [
        "Systemic lupus erythematosus, on any basis: not recorded",
        "  other ? yes [I2]",
        "Neutrophils: not recorded",
        "  other ? > 2 10^9/L [I1]",
        "  other ? not < 1 10^9/L [E1]",
        "Treatments for the autoimmune disease, one entry for each drug and dose: 1 listed, not"
        " reviewed",
        "  other ? any entry [I2]",
        "Malignancies, ever: 0 listed",
        "  other ? not Considered cured [E1]",
    ]


def test_without_a_patient_nothing_is_judged(pack: Path) -> None:
    """Neither a value nor a mark, nor a legend of marks."""
    assert lines_of("compare", "--criteria", pack) == [
        "Neutrophils",
        "  other > 2 10^9/L [I1]",
        "  other not < 1 10^9/L [E1]",
        "  tiny >= 1 10^9/L [I1]",
    ]
    wide = lines_of("compare", "--criteria", pack, width="120")
    assert wide[0].split() == ["Fact", "other", "tiny"]
    assert wide[2].split() == [
        "Neutrophils",
        ">",
        "2",
        "10^9/L",
        "[I1]",
        ">=",
        "1",
        "10^9/L",
        "[I1]",
    ]


def test_compare_writes_json(tmp_path: Path, pack: Path) -> None:
    """A row for each fact, with the criteria of each trial that ask for it."""
    low = profile(tmp_path, lab={"neutrophils": "0.8 10^9/L"})
    rows = json.loads(run("compare", low, "--criteria", pack, "--format", "json").out)

    assert rows == [
        {
            "fact": "lab.neutrophils",
            "label": "Neutrophils",
            "value": "0.8 10^9/L",
            "cells": {
                "other": [
                    {"criterion": "I1", "asks": "> 2 10^9/L", "status": "failed"},
                    {"criterion": "E1", "asks": "not < 1 10^9/L", "status": "failed"},
                ],
                "tiny": [{"criterion": "I1", "asks": ">= 1 10^9/L", "status": "failed"}],
            },
        }
    ]


# diff


def test_what_a_value_changes(tmp_path: Path) -> None:
    """The trial is for 5 to 18 years: at 80 the patient is ruled out by the age alone."""
    patient = profile(tmp_path, person={"age": "12 years"})
    change = ("diff", patient, "--set", "person.age=80 years", "--trial", "cd19-csle")

    assert lines_of(*change) == [
        "cd19-csle: undetermined -> ineligible",
        "cd19-csle I1 5 to 18 years old, both ends included: matched -> failed",
    ]
    assert json.loads(run(*change, "--format", "json").out) == {
        "verdicts": [{"trial": "cd19-csle", "before": "undetermined", "after": "ineligible"}],
        "criteria": [
            {
                "trial": "cd19-csle",
                "criterion": "I1",
                "title": "5 to 18 years old, both ends included",
                "before": "matched",
                "after": "failed",
            }
        ],
    }


def test_nothing_changes(tmp_path: Path) -> None:
    patient = profile(tmp_path, **FITS)

    assert lines_of("diff", patient) == ["Nothing changes."]
    assert json.loads(run("diff", patient, "--format", "json").out) == {
        "verdicts": [],
        "criteria": [],
    }


def test_a_trial_of_one_side_alone_is_absent_from_the_other(tmp_path: Path) -> None:
    """The first side is judged by our criteria, the second by those of a folder."""
    patient = profile(tmp_path, **FITS)
    lines = lines_of("diff", patient, "--criteria", tiny_pack(tmp_path), width="120")

    assert "cd19-csle: undetermined -> absent" in lines
    assert "tiny: absent -> meets every listed criterion" in lines
    assert lines[-2:] == [
        "tiny I1 Neutrophils at least 1 x 10^9/L: absent -> matched",
        "tiny E1 Lupus nephritis: absent -> matched",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lab.neutrophils", "write FACT=VALUE"),
        ("neutrophils=1", "write FACT=VALUE"),
        ("lab.neutrophils.value=1", "neutrophils is not a table."),
    ],
)
def test_a_change_that_cannot_be_made_is_named(tmp_path: Path, change: str, said: str) -> None:
    done = run("diff", profile(tmp_path, **FITS), "--set", change)

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"error: --set '{change}': {said}")


def test_a_change_of_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "patient.toml"
    path.write_text("schema =", encoding="utf-8")
    done = run("diff", profile(tmp_path, "fits.toml", **FITS), path, "--set", "person.age=8 years")

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"error: {path}: ")


def test_both_sides_by_criteria_of_a_folder(tmp_path: Path, pack: Path) -> None:
    """What a change of criteria changes, where neither are the bundled ones."""
    before = tmp_path / "before"
    before.mkdir()
    for path in pack.iterdir():
        text = path.read_text("utf-8")
        (before / path.name).write_text(text.replace("> 2 10^9/L", "> 4 10^9/L"), "utf-8")
    other = before / "other.toml"
    other.write_text(other.read_text("utf-8").replace("more than 2", "more than 4"), "utf-8")
    patient = profile(tmp_path, **FITS)
    done = run("diff", patient, "--criteria-before", before, "--criteria", pack, "--format", "json")

    assert done.code == 0, done.err
    assert [
        (change["trial"], change["criterion"], change["before"], change["after"])
        for change in json.loads(done.out)["criteria"]
    ] == [("other", "I1", "failed", "matched")]
