"""`diff` and `compare`: what changes, and the trials side by side."""

import json
import re
from pathlib import Path

import pytest
from draws import thinned
from program import EXAMPLES, FITS, TINY_TRIAL, profile, run, tiny_pack

from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.tree import Records, Test

FILES = sorted(EXAMPLES.glob("*.toml"))
ONE_TEST = {
    (trial.id, criterion.id)
    for trial in bundled_pack().trials
    for criterion in trial.criteria
    if [type(reading.rule) for reading in criterion.readings] in ([Test], [Records])
    and not trial.applies(criterion)
}

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


LEGEND = [
    "+ so, x not so, ? unknown: what this test by itself asks; in brackets the",
    "criterion, and its status",
    "",
]


def lines_of(*arguments: str | Path, width: str = "80") -> list[str]:
    done = run(*arguments, COLUMNS=width)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


# compare


def test_facts_that_several_trials_read_stand_under_one_another(tmp_path: Path, pack: Path) -> None:
    """Where there is no room for columns. 3.2 is above 2 and above 1, and not below 1: each test
    is met, while E1 waits for the malignancies, which are not recorded."""
    assert lines_of("compare", profile(tmp_path, **FITS), "--criteria", pack) == [
        *LEGEND,
        "Neutrophils: 3.2 10^9/L",
        "  + other > 2 10^9/L [I1 matched]",
        "  + other not < 1 10^9/L [E1 unknown]",
        "  + tiny  >= 1 10^9/L [I1 matched]",
    ]


def test_a_wide_terminal_has_a_column_for_each_trial(tmp_path: Path, pack: Path) -> None:
    low = profile(tmp_path, lab={"neutrophils": "0.8 10^9/L"})

    assert [
        re.split("  +", line.rstrip())
        for line in lines_of("compare", low, "--criteria", pack, width="120")[4:]
    ] == [
        ["Neutrophils", "x > 2 10^9/L [I1 failed]", "x >= 1 10^9/L [I1 failed]"],
        ["0.8 10^9/L", "x not < 1 10^9/L [E1 failed]"],
    ]


def test_a_column_too_narrow_for_a_line_has_the_criterion_below(tmp_path: Path) -> None:
    """At 120 columns the five trials have 20 each; the bracket is not broken."""
    patient = profile(tmp_path, person={"age": "30 years"})
    lines = lines_of("compare", patient, width="120")

    age = next(at for at, line in enumerate(lines) if line.startswith("Age "))
    assert [re.split("  +", line.rstrip()) for line in lines[age : age + 2]] == [
        ["Age", "+ >= 18 years", "+ >= 18 years", "+ >= 5 years", "+ >= 18 years", "+ >= 5 years"],
        ["30 years", "[I1 matched]", "[I1 unknown]", "[I1 matched]", "[I2 matched]", "[I1 failed]"],
    ]


def test_of_one_trial_every_fact_and_list_is_shown(tmp_path: Path, pack: Path) -> None:
    """A list with what its entries must be; a patient's list with whether it is complete.

    A treatment is listed, whatever else is; of no malignancy at all, none is cured.
    """
    patient = profile(
        tmp_path, treatment=[{"drug": "azathioprine"}], reviewed={"malignancy": "2026-11-01"}
    )
    other = ("--trial", "other", "--criteria", pack)

    assert lines_of("compare", patient, *other, width="119")[2:] == [
        "Systemic lupus erythematosus, on any basis: not recorded",
        "  ? other yes [I2 unknown]",
        "Neutrophils: not recorded",
        "  ? other > 2 10^9/L [I1 unknown]",
        "  ? other not < 1 10^9/L [E1 unknown]",
        "Treatments for the autoimmune disease, one entry for each drug and dose: 1 listed, not"
        " reviewed",
        "  + other any entry [I2 unknown]",
        "Malignancies, ever: 0 listed",
        "  + other not Considered cured [E1 unknown]",
    ]


def test_a_none_asks_for_the_opposite(tmp_path: Path) -> None:
    """An inclusion that demands that something is not so; an exclusion that rules out its lack.

    The patient has lupus and no nephritis: none of "nephritis" holds, none of "lupus" does not.
    """
    trial = (
        TINY_TRIAL
        + """
[[inclusion]]
id     = "I9"
title  = "No lupus nephritis"
source = "Inclusion 9"
rule   = { none = ["diagnosis.lupus_nephritis"] }

[[exclusion]]
id     = "E9"
title  = "No lupus"
source = "Exclusion 9"
rule   = { none = ["diagnosis.sle"] }
"""
    )
    patient = profile(tmp_path, diagnosis={"sle": True, "lupus_nephritis": False})
    lines = lines_of("compare", patient, "--criteria", tiny_pack(tmp_path, trial))

    assert "  + tiny not yes [I9 matched]" in lines
    assert "  + tiny yes [E9 matched]" in lines


def test_what_does_not_apply_is_named_so(tmp_path: Path) -> None:
    """A test of pregnancy is not met by a man, and the criterion is matched all the same."""
    trial = (
        TINY_TRIAL
        + """
[[inclusion]]
id      = "I9"
title   = "Pregnancy test negative"
source  = "Inclusion 9"
applies = "person.can_become_pregnant"
rule    = "pregnancy.test is negative"
"""
    )
    man = profile(tmp_path, person={"sex": "male"})
    options = ("--criteria", tiny_pack(tmp_path, trial))
    rows = json.loads(run("compare", man, *options, "--format", "json").out)
    (cell,) = (row["cells"]["tiny"][0] for row in rows if row["fact"] == "pregnancy.test")

    assert (cell["status"], cell["applicable"]) == ("matched", False)
    assert f"tiny {cell['asks']} [I9 not applicable]" in run("compare", man, *options).out


@pytest.mark.parametrize("file", thinned(FILES, 4), ids=lambda file: file.stem)
def test_a_test_that_is_its_whole_criterion_has_the_answer_of_the_criterion(file: Path) -> None:
    """What is asked is so where the criterion is matched, and not so where it has failed."""
    rows = json.loads(run("compare", file, "--format", "json").out)
    said = {
        (trial, cell["criterion"], cell["answer"], cell["status"])
        for row in rows
        for trial, cells in row["cells"].items()
        for cell in cells
        if (trial, cell["criterion"]) in ONE_TEST
    }

    assert len(said) > 20
    assert {(answer, status) for *_, answer, status in said} <= {
        ("yes", "matched"),
        ("no", "failed"),
        ("unknown", "unknown"),
    }


def test_without_a_patient_nothing_is_judged(pack: Path) -> None:
    """Neither a value nor a mark, nor a legend of marks."""
    assert lines_of("compare", "--criteria", pack) == [
        "Neutrophils",
        "  other > 2 10^9/L [I1]",
        "  other not < 1 10^9/L [E1]",
        "  tiny  >= 1 10^9/L [I1]",
    ]
    wide = lines_of("compare", "--criteria", pack, width="120")
    assert wide[0].split() == ["Fact", "other", "tiny"]
    assert re.split("  +", wide[2].rstrip()) == [
        "Neutrophils",
        "> 2 10^9/L [I1]",
        ">= 1 10^9/L [I1]",
    ]


def test_compare_writes_json(tmp_path: Path, pack: Path) -> None:
    """A row for each fact, with the criteria of each trial that ask for it."""
    low = profile(tmp_path, lab={"neutrophils": "0.8 10^9/L"})
    rows = json.loads(run("compare", low, "--criteria", pack, "--format", "json").out)

    def cell(criterion: str, asks: str) -> dict[str, object]:
        failed = {"answer": "no", "status": "failed", "applicable": True}
        return {"criterion": criterion, "asks": asks, **failed}

    assert rows == [
        {
            "fact": "lab.neutrophils",
            "label": "Neutrophils",
            "value": "0.8 10^9/L",
            "cells": {
                "other": [cell("I1", "> 2 10^9/L"), cell("E1", "not < 1 10^9/L")],
                "tiny": [cell("I1", ">= 1 10^9/L")],
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
                "counted": True,
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


def test_a_trial_of_one_side_alone_is_one_line(tmp_path: Path) -> None:
    """The first side is judged by our criteria, the second by those of a folder."""
    patient = profile(tmp_path, **FITS)
    command = ("diff", patient, "--criteria", tiny_pack(tmp_path))
    changes = json.loads(run(*command, "--format", "json").out)["criteria"]

    for option in ((), ("--all",)):
        lines = lines_of(*command, *option)
        assert sorted(lines) == sorted(
            [f"{trial.id}: undetermined -> absent" for trial in bundled_pack().trials]
            + ["tiny: absent -> meets every listed criterion"]
        )
    assert [(item["criterion"], item["before"], item["after"]) for item in changes][-2:] == [
        ("I1", "absent", "matched"),
        ("E1", "absent", "matched"),
    ]


EITHER = """
[trial]
id      = "either"
name    = "A trial with alternatives"
source  = "either.txt"
checked = 2026-11-01

[[inclusion]]
id     = "I1"
title  = "Neutrophils or platelets"
source = "Inclusion 1"
needs  = "any"

[[inclusion]]
id     = "I1.a"
title  = "Neutrophils more than 2 x 10^9/L"
source = "Inclusion 1, first"
rule   = "lab.neutrophils > 2 10^9/L"

[[inclusion]]
id     = "I1.b"
title  = "Platelets more than 50 x 10^9/L"
source = "Inclusion 1, second"
rule   = "lab.platelets > 50 10^9/L"
"""


def test_criteria_that_are_not_counted_are_listed_with_all(tmp_path: Path) -> None:
    """Of two alternatives the heading counts: the first fails, and the second holds before and
    after; then the second fails too, and the heading with it."""
    pack = ("--criteria", tiny_pack(tmp_path, EITHER))
    counts = {"neutrophils": "3 10^9/L", "platelets": "80 10^9/L"}
    patient = profile(tmp_path, lab=counts)
    first = (
        "diff",
        patient,
        "--criteria-before",
        *pack[1:],
        *pack,
        "--set",
        "lab.neutrophils=1 10^9/L",
    )
    both = (*first, "--set", "lab.platelets=20 10^9/L")

    alternative = "either I1.a Neutrophils more than 2 x 10^9/L: matched -> failed"
    assert lines_of(*first) == [
        "No verdict and no counted criterion changes.",
        "1 criterion that is not counted changes; --all lists it.",
    ]
    assert lines_of(*first, "--all") == [alternative]
    verdict = "either: meets every listed criterion -> ineligible"
    heading = "either I1 Neutrophils or platelets: matched -> failed"
    assert lines_of(*both) == [
        verdict,
        heading,
        "2 criteria that are not counted change; --all lists them.",
    ]
    assert lines_of(*both, "--all") == [
        verdict,
        heading,
        alternative,
        "either I1.b Platelets more than 50 x 10^9/L: matched -> failed",
    ]
    changes = json.loads(run(*both, "--format", "json").out)["criteria"]
    assert [(item["criterion"], item["counted"]) for item in changes] == [
        ("I1", True),
        ("I1.a", False),
        ("I1.b", False),
    ]


def test_a_heading_that_counts_on_one_side_is_no_absent_one(tmp_path: Path) -> None:
    """The first part is needed, and one of two others: the heading counts, until the first part
    fails and explains it. It is there on both sides, and has failed with its part."""
    needs = 'needs  = { all = ["I1.a", { any = ["I1.b", "I1.c"] }] }'
    third = EITHER[EITHER.rindex("[[inclusion]]") :].replace("I1.b", "I1.c")
    pack = ("--criteria", tiny_pack(tmp_path, EITHER.replace('needs  = "any"', needs) + third))
    patient = profile(tmp_path, lab={"neutrophils": "3 10^9/L", "platelets": "80 10^9/L"})
    change = ("--set", "lab.neutrophils=1 10^9/L")
    lines = lines_of("diff", patient, "--criteria-before", *pack[1:], *pack, *change)

    assert lines == [
        "either: meets every listed criterion -> ineligible",
        "either I1 Neutrophils or platelets: matched -> failed",
        "either I1.a Neutrophils more than 2 x 10^9/L: matched -> failed",
    ]


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
