"""Whether a report still holds: what is read, whose report it is, what has changed since."""

import json
from pathlib import Path
from typing import Any

import pytest
from program import FITS, OPEN, RULED_OUT, TINY_TRIAL, Done, profile, run, tiny_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def written(folder: Path, *arguments: str | Path, format: str = "json") -> Path:
    """The report that `check` writes of these files, with these options."""
    path = folder / f"report.{format}"
    done = run("check", *arguments, "--format", format, "--output", path, "--force")
    assert done.code == 0, done.err
    return path


def outcomes(done: Done) -> list[str]:
    return [item["outcome"] for item in json.loads(done.out)]


@pytest.mark.parametrize("format", ["json", "ndjson"])
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--only", "failed"],
        ["--only", "matched,unknown"],
        ["--readings", "preferred"],
        ["--screening-date", "2026-12-24"],
        ["--trial", "NCT00000001"],
    ],
    ids=" ".join,
)
def test_the_same_again(tmp_path: Path, pack: Path, format: str, options: list[str]) -> None:
    """Whatever the options, the same profile and criteria give the same report to the letter."""
    patient = profile(tmp_path, **OPEN)
    report = written(tmp_path, patient, "--criteria", pack, *options, format=format)
    done = run("verify", report)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("P-1, judged on 2026-1")
    assert "the report holds to the letter" in done.out


def test_a_profile_that_rules_out_now(tmp_path: Path, pack: Path) -> None:
    """A verdict that no longer holds is named, with the criterion, and ends with 10."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    profile(tmp_path, lab={"neutrophils": "0.9 10^9/L"}, diagnosis={"lupus_nephritis": False})
    done = run("verify", report)

    assert done.code == 10
    assert "a verdict no longer holds" in done.out
    assert "profile sha256" in done.out
    assert "tiny: meets every listed criterion -> ineligible" in done.out
    assert "Neutrophils at least 1 x 10^9/L: matched -> failed" in " ".join(done.out.split())


def test_a_profile_in_which_nothing_changes_but_a_number(tmp_path: Path, pack: Path) -> None:
    """The profile has changed, and every verdict holds."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    profile(tmp_path, **{**FITS, "lab": {"neutrophils": "3.3 10^9/L"}})
    done = run("verify", report)

    assert done.code == 0
    assert "every verdict holds" in done.out
    assert "No verdict or status differs." in done.out


def test_criteria_that_are_another_version(tmp_path: Path, pack: Path) -> None:
    """A limit that has moved changes the pack's hash and the verdict."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    (pack / "tiny.toml").write_text(TINY_TRIAL.replace(">= 1 10", ">= 4 10"), "utf-8")
    done = run("verify", report, "--format", "json")
    (found,) = json.loads(done.out)

    assert done.code == 10
    assert found["outcome"] == "changed"
    assert [since["what"] for since in found["since"]] == ["pack"]
    assert found["difference"]["verdicts"] == [
        {"trial": "tiny", "before": "eligible", "after": "ineligible"}
    ]


def test_a_trial_that_is_gone(tmp_path: Path, pack: Path) -> None:
    """Held against other criteria, its verdict is absent."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    other = tmp_path / "other"
    other.mkdir()
    (other / "tiny.toml").write_text(TINY_TRIAL.replace('"tiny"', '"small"'), "utf-8")
    done = run("verify", report, "--criteria", other)

    assert done.code == 10
    assert "tiny: meets every listed criterion -> absent" in done.out


def test_criteria_may_have_moved(tmp_path: Path, pack: Path) -> None:
    """The folder that the report names is used, and --criteria where it is elsewhere now."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    pack.rename(tmp_path / "moved")
    gone = run("verify", report)
    found = run("verify", report, "--criteria", tmp_path / "moved", "--format", "json")

    assert gone.code == 4
    assert outcomes(found) == ["holds"]  # a pack is named after its folder
    assert json.loads(found.out)[0]["difference"] == {"verdicts": [], "criteria": []}


def test_another_version_of_the_program(tmp_path: Path, pack: Path) -> None:
    """The tool is named with both versions."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    report.write_text(report.read_text("utf-8").replace('"0.1.0"', '"0.0.9"'), "utf-8")
    done = run("verify", report)

    assert done.code == 0
    assert "tool cartscreen 0.0.9 -> cartscreen 0.1.0" in done.out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"verdict": "ineligible"', '"verdict": "eligible"'),
        ('"status": "failed"', '"status": "matched"'),
        ('"value": "0.5 10^9/L"', '"value": "5 10^9/L"'),
        ('"matched": 0', '"matched": 1'),
    ],
)
def test_a_report_that_was_altered(tmp_path: Path, pack: Path, old: str, new: str) -> None:
    """By the same tool, criteria and profile the report would say something else."""
    patient = profile(tmp_path, lab={"neutrophils": "0.5 10^9/L"}, **RULED_OUT)
    report = written(tmp_path, patient, "--criteria", pack)
    text = report.read_text("utf-8")
    assert old in text
    report.write_text(text.replace(old, new), "utf-8")
    done = run("verify", report)

    assert done.code == 10
    assert "is not what was written" in " ".join(done.out.split())


# whose report it is


def test_a_profile_under_another_name(tmp_path: Path, pack: Path) -> None:
    """The pseudonym says whose report it is."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    moved = (tmp_path / "patient.toml").rename(tmp_path / "moved.toml")

    assert run("verify", report).code == 3
    assert outcomes(run("verify", report, moved, "--format", "json")) == ["same"]


def test_a_profile_of_somebody_else(tmp_path: Path, pack: Path) -> None:
    """A report is never held against another patient."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    other = profile(tmp_path, "other.toml", patient="P-2", **FITS)
    done = run("verify", report, other)

    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"error: {other}: {report} has no report about the pseudonym in this profile.\n"
    )


def test_a_batch(tmp_path: Path, pack: Path) -> None:
    """Each report is held against its own profile; a file that failed then is no report."""
    one = profile(tmp_path, "one.toml", **FITS)
    two = profile(tmp_path, "two.toml", **RULED_OUT, patient="P-2")
    report = tmp_path / "reports.json"
    command = ("check", one, "none.toml", two, "--criteria", pack, "--format", "json")
    run(*command, "--output", report)
    whole = run("verify", report)
    part = run("verify", report, two)

    assert whole.code == part.code == 0
    assert [line.partition(",")[0] for line in whole.out.splitlines()] == ["P-1", "P-2"]
    assert part.out.splitlines() == [
        "P-2, judged on 2026-11-02: the report holds to the letter.",
        "1 report not verified: no profile of the patient given.",
    ]


def test_one_pseudonym_of_two_files(tmp_path: Path, pack: Path) -> None:
    """They are told apart by the names of their files, or not at all."""
    one = profile(tmp_path, "one.toml", **FITS)
    two = profile(tmp_path, "two.toml", **RULED_OUT)
    report = written(tmp_path, one, two, "--criteria", pack)
    moved = [path.rename(path.with_suffix(".old")) for path in (one, two)]
    done = run("verify", report, *moved)

    assert done.code == 3
    assert "have one pseudonym; verify them apart" in done.err
    for path in moved:
        path.rename(path.with_suffix(".toml"))
    assert outcomes(run("verify", report, "--format", "json")) == ["same", "same"]


def test_reports_of_two_packs(tmp_path: Path, pack: Path) -> None:
    """Reports of different criteria in one file are verified apart."""
    patient = profile(tmp_path, **FITS)
    first = written(tmp_path, patient, "--criteria", pack, format="ndjson").read_text("utf-8")
    second = written(tmp_path, patient, "--trial", "cd19-csle", format="ndjson")
    second.write_text(first + second.read_text("utf-8"), "utf-8")
    done = run("verify", second)

    assert done.code == 3
    assert "its reports are of different criteria; verify them apart" in done.err


# what is no report


def spoilt(report: Path, change: dict[str, Any]) -> None:
    (data,) = json.loads(report.read_text("utf-8"))
    report.write_text(json.dumps([data | change]), "utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no report here of a patient who was judged"),
        (b"[]", "there is no report here of a patient who was judged"),
        (b"[1]", "item 1 is no cartscreen-report/1"),
        (b'[{"schema": "other"}]', "item 1 is no cartscreen-report/1"),
        (b"schema = 1", "this is not JSON"),
        (b'[{"a": 1, "a": 2}]', "this is not JSON"),
        (b"[NaN]", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b"[" + b"9" * 5000 + b"]", "this is not JSON"),
        (b"\xff\xfe", "this is not a report; it is not UTF-8"),
    ],
)
def test_what_is_no_report(tmp_path: Path, content: bytes, said: str) -> None:
    """An error in one line, and nothing of what the file holds."""
    report = tmp_path / "report.json"
    report.write_bytes(content)
    done = run("verify", report)

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"error: {report}: {said}")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"trials": "none"}, "trials"),
        ({"Canary": 1}, "Canary"),
        ({"options": {"only": ["Canary"]}}, "options.only.0"),
        ({"tool": {"name": "cartscreen", "version": 2}}, "tool.version"),
        ({"tool": "Canary"}, "tool"),
        ({"screening_date": "Canary"}, "screening_date"),
    ],
)
def test_a_report_of_another_form(
    tmp_path: Path, pack: Path, change: dict[str, Any], place: str
) -> None:
    """The first key that does not fit is named, and no value of the report."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    spoilt(report, change)
    done = run("verify", report)

    assert (done.code, done.out) == (3, "")
    assert f"is not a report as this version writes it, at '{place}'" in done.err
    assert "Canary" not in done.err.replace(f"at '{place}'", "")


def test_a_report_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than may be is refused before it is read as JSON."""
    monkeypatch.setattr("cartscreen.verify.MAX_BYTES", 2_000_000)
    report = tmp_path / "report.json"
    report.write_bytes(b" " * 3_000_000)
    done = run("verify", report)

    assert done.err == f"error: {report}: the file is larger than 2 MB.\n"


@pytest.mark.parametrize("indent", [None, 1, 2], ids=["one line", "indented", "more"])
def test_one_report_may_be_spread_over_lines(
    tmp_path: Path, pack: Path, indent: int | None
) -> None:
    """A report is JSON, however it is laid out; taken out of its array too."""
    patient = profile(tmp_path, **OPEN)
    report = written(tmp_path, patient, "--criteria", pack)
    (data,) = json.loads(report.read_text("utf-8"))
    report.write_text(json.dumps(data, indent=indent), "utf-8")

    assert outcomes(run("verify", report, "--format", "json")) == ["same"]


def test_several_reports_one_after_another(tmp_path: Path, pack: Path) -> None:
    """Objects that follow one another, of which each takes several lines, are as many reports."""
    patient = profile(tmp_path, **OPEN)
    report = written(tmp_path, patient, "--criteria", pack)
    (data,) = json.loads(report.read_text("utf-8"))
    report.write_text("\n".join([json.dumps(data, indent=2), json.dumps(data), ""]), "utf-8")

    assert outcomes(run("verify", report, "--format", "json")) == ["same", "same"]

    report.write_text(json.dumps(data, indent=2) + "\n{", "utf-8")
    done = run("verify", report)
    assert done.code == 3
    assert "this is not JSON" in done.err


def test_a_plan_is_no_report(tmp_path: Path, pack: Path) -> None:
    """The schema of a plan tells it from a report."""
    found = run("plan", profile(tmp_path, **OPEN), "--criteria", pack, "--format", "json").out
    path = tmp_path / "plan.json"
    path.write_text(found, "utf-8")
    done = run("verify", path)

    assert done.code == 3
    assert "item 1 is no cartscreen-report/1" in done.err
