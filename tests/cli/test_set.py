"""`--set`: the patient with other values, of `check`, `plan` and `diff`."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from program import EXAMPLES, FITS, profile, run, tiny_pack

from cartscreen.errors import InputError
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile

CHILD = str(EXAMPLES / "sle-child-refractory.toml")
LUPUS = """
schema = 1
patient = "P-0001"

[lab]
platelets = [{ value = "90 10^9/L", date = 2026-05-02 }, { value = "40 10^9/L", date = 2026-03-02 }]
creatinine = { value = "80 umol/L", date = 2026-05-02 }

[answers.cd19-csle]
E13 = false

[[treatment]]
drug = "prednisone"
dose = "10 mg/day"
start = 2026-01-01

[[treatment]]
drug = "azathioprine"
start = 2026-02-01
steps = [{ dose = "50 mg/day", from = 2026-02-01 }, { dose = "100 mg/day", from = 2026-03-01 }]
"""


def read(text: str, *changes: str) -> Profile:
    return parse_profile(text.encode(), bundled_pack().vocabulary, "p.toml", changes)


@pytest.mark.parametrize(
    ("change", "written", "instead"),
    [
        ("treatment[1].dose=20 mg/day", '"10 mg/day"', '"20 mg/day"'),
        ('treatment[1].dose="20 mg/day"', '"10 mg/day"', '"20 mg/day"'),
        ("treatment[2].start=2026-02", "start = 2026-02-01", 'start = "2026-02"'),
        ("treatment[2].stop=ongoing", "2026-02-01\nsteps", '2026-02-01\nstop = "ongoing"\nsteps'),
        ("treatment[2].steps[2].dose=75 mg/day", '"100 mg/day"', '"75 mg/day"'),
        ("lab.platelets[2].value=30 10^9/L", "40 10^9/L", "30 10^9/L"),
        ("lab.creatinine.date=2026-05-03", "2026-05-02 }\n\n", "2026-05-03 }\n\n"),
        ("lab.creatinine=80 umol/L", '{ value = "80 umol/L", date = 2026-05-02 }', '"80 umol/L"'),
        ("answers.cd19-csle.E13=true", "E13 = false", "E13 = true"),
        (" lab . alt = 20 U/L", "[lab]", '[lab]\nalt = "20 U/L"'),
        ("answers.tiny.I9.3.a=true", "[lab]", "[answers.tiny]\n\"I9.3.a\" = true\n[lab]"),
    ],
)  # fmt: skip
def test_a_change_is_the_file_written_so(change: str, written: str, instead: str) -> None:
    """The profile is the one of the file in which that value stands; its hash stays the file's."""
    assert LUPUS.count(written) == 1
    changed, by_hand = read(LUPUS, change), read(LUPUS.replace(written, instead))

    assert (changed.facts, changed.records, changed.answers) == (
        by_hand.facts,
        by_hand.records,
        by_hand.answers,
    )
    assert changed != read(LUPUS)
    assert changed.sha256 == read(LUPUS).sha256


def test_changes_are_made_in_their_order() -> None:
    changed = read(LUPUS, "treatment[1].dose=20 mg/day", "treatment[1].dose=30 mg/day")

    assert changed.records["treatment"][0].fields["dose"].text == "30 mg/day"


WRITE = "write FACT=VALUE or LIST[NUMBER].FIELD=VALUE"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lab.neutrophils", WRITE),
        ("neutrophils=1", WRITE),
        ("treatment[1]=1", WRITE),
        ("treatment[one].dose=1 mg/day", WRITE),
        ("treatment[-1].dose=1 mg/day", WRITE),
        ("treatment[1.dose=1 mg/day", WRITE),
        ("treatment[3].dose=1 mg/day", "treatment has 2 entries, counted from 1."),
        ("treatment[0].dose=1 mg/day", "treatment has 2 entries, counted from 1."),
        ("lab.platelets[3].value=1 10^9/L", "platelets has 2 entries, counted from 1."),
        ("treatment.dose=1 mg/day", "treatment has 2 entries; say which of them, treatment[1]."),
        ("treatmant[1].dose=1", "the profile has no list treatmant. Did you mean 'treatment'?"),
        ("malignancy[1].cured=true", "the profile has no list malignancy."),
        ("lab.creatinine[1].value=1", "creatinine is not a list."),
        ("treatment[1].dose.value=1", "dose is not a table."),
    ],
)
def test_a_change_that_cannot_be_made_is_named(change: str, said: str) -> None:
    """With what there is in its place."""
    with pytest.raises(InputError) as refused:
        read(LUPUS, change)

    assert [fault[: len(f"--set {change!r}: {said}")] for fault in refused.value.faults] == [
        f"--set {change!r}: {said}"
    ]


def test_a_value_that_is_none_is_named_by_its_field() -> None:
    with pytest.raises(InputError) as refused:
        read(LUPUS, "treatment[2].dos=1 mg/day", "treatment[1].dose=1 mile")

    assert [fault.split(";")[0] for fault in refused.value.faults] == [
        "p.toml: treatment[1].dose: the unit 'mile' is not known",
        "p.toml: treatment[2] has no field dos. Did you mean 'dose'?",
    ]


# the commands


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


CHANGE = "lab.neutrophils=0.4 10^9/L"


@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_report_with_other_values_says_so(tmp_path: Path, pack: Path, command: str) -> None:
    """In every format: 0.4 is below 1, so that the patient who fits is ruled out."""
    page = (command, profile(tmp_path, **FITS), "--criteria", pack, "--set", CHANGE)
    formats = (
        "table",
        "json",
        "markdown",
        "html",
        *(("ndjson", "csv") if command == "check" else ()),
    )
    for form in formats:
        said = run(*page, "--format", form).out.replace("\\", "")
        assert "What if: judged with other values than the profile has" in said.replace(
            "\n  ", " "
        ), form
        assert CHANGE in said, form
    found = json.loads(run(*page, "--format", "json").out)
    report: dict[str, Any] = found[0] if command == "check" else found
    assert report["options"]["set"] == [CHANGE]
    assert report["trials"][0]["verdict"] == "ineligible"


def test_check_changes_one_patient_only(tmp_path: Path, pack: Path) -> None:
    patient = profile(tmp_path, **FITS)
    done = run("check", patient, patient, "--criteria", pack, "--set", CHANGE)

    assert (done.code, done.out) == (2, "")
    assert "give one FILE with it" in done.err


def test_diff_changes_the_second_side(tmp_path: Path, pack: Path) -> None:
    page = ("--criteria-before", pack, "--criteria", pack, "--set", CHANGE)
    done = run("diff", profile(tmp_path, **FITS), *page)

    assert done.out.splitlines() == [
        "tiny: meets every listed criterion -> ineligible",
        "tiny I1 Neutrophils at least 1 x 10^9/L: matched -> failed",
    ]


def test_a_dose_decides() -> None:
    """The regimen of cd19-csle I2.b asks for glucocorticoid of at least 1 mg/kg/day; with every
    dose of the refractory child at 1 mg/day nothing comes near."""
    page = ("diff", CHILD, "--trial", "cd19-csle", "--format", "json")
    derived = json.loads(run("derive", CHILD, "treatment", "--format", "json").out)
    steroids = [item["fact"] for item in derived if item["fact"].endswith(".prednisone_dose")]
    changes = [
        part
        for place in steroids
        for part in ("--set", f"{place.removesuffix('prednisone_dose')}dose=1 mg/day")
    ]
    found = json.loads(run(*page, *changes).out)

    assert steroids
    assert ("I2.b", "matched", "failed") in [
        (item["criterion"], item["before"], item["after"]) for item in found["criteria"]
    ]


def test_verify_judges_with_the_values_of_the_report(tmp_path: Path, pack: Path) -> None:
    """It holds to the letter, and names them; without the entry it cannot be judged again."""
    treated = {"treatment": [{"drug": "prednisone", "dose": "5 mg/day", "start": date(2026, 1, 1)}]}
    patient = profile(tmp_path, **FITS, **treated)
    report = tmp_path / "report.json"
    change = "treatment[1].dose=20 mg/day"
    options = ("--criteria", pack, "--set", change, "--set", CHANGE)
    report.write_text(run("check", patient, *options, "--format", "json").out, "utf-8")
    again = ("verify", report, patient, "--criteria", pack)
    done = run(*again, COLUMNS="200")

    assert done.code == 0
    assert "holds to the letter" in done.out
    assert f"--set '{change}' --set '{CHANGE}'" in done.out
    data = json.loads(report.read_text("utf-8"))
    data[0]["options"]["set"] = []  # as if the profile had been judged as it is
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(data), "utf-8")
    assert run("verify", forged, patient, "--criteria", pack).code == 10
    profile(tmp_path, **FITS)
    done = run(*again)
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"error: {report}: judged with other values: --set '{change}': "
        "the profile has no list treatment.\n"
    )
