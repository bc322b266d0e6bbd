"""Acceptance checks 78 and 88 to 90: what a report says of itself, and whether it still holds."""

import csv
import io
import json
import re
import shlex
from hashlib import sha256
from pathlib import Path

import pytest
from program import ADULT, EXAMPLES, OPEN, TINY_TRIAL, profile, run, tiny_pack

from cartscreen import __version__
from cartscreen.pack.files import bundled_files

FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html", "checklist", "log"]
WHOLE = ["checklist", "log"]  # they take no --only


def plain(text: str) -> str:
    """The text without the marks of Markdown, HTML and wrapped lines."""
    return re.sub(r"\s+", " ", text.replace("\\", "")).replace("&#8209;", "-")


def test_78_an_existing_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    """An output file that is there already stays, unless --force is given."""
    pack, patient, report = tiny_pack(tmp_path), profile(tmp_path, **OPEN), tmp_path / "report"
    report.write_bytes(b"of yesterday\n")
    for command in (["check"], ["plan"]):
        kept = run(*command, patient, "--criteria", pack, "--output", report)

        assert (kept.code, kept.out) == (5, "")
        assert kept.err == f"error: {report}: this file is there already; --force replaces it.\n"
        assert report.read_bytes() == b"of yesterday\n"
        assert run(*command, patient, "--criteria", pack, "-o", report, "--force").code == 0
        assert "P-1" in report.read_text("utf-8")
        report.write_bytes(b"of yesterday\n")


def test_78_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a file that somebody puts there while the patients are judged."""
    pack, patient, report = tiny_pack(tmp_path), profile(tmp_path, **OPEN), tmp_path / "report"
    from cartscreen.plan.outlook import outlook as really

    def slow(*arguments: object, **more: object) -> object:
        report.write_bytes(b"somebody else's\n")
        return really(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("cartscreen.plan.outlook.outlook", slow)
    done = run("check", patient, "--criteria", pack, "--output", report)

    assert done.code == 5
    assert report.read_bytes() == b"somebody else's\n"
    assert {path.name for path in tmp_path.iterdir()} == {"pack", "patient.toml", "report"}


@pytest.mark.parametrize("format", FORMATS)
def test_88_a_report_says_by_what_it_was_made(format: str) -> None:
    """Tool, pack, profile (with sha256), date and options stand in a report of each format."""
    only = [] if format in WHOLE else ["--only", "failed,unknown"]
    options = ["--trial", "cd19-csle", *only, "--readings", "preferred"]
    options += ["--screening-date", "2026-10-13"]
    text = run("check", ADULT, "--format", format, *options).out
    said = plain(text)
    pack = sha256()
    for name, content in sorted(bundled_files().items()):
        pack.update(f"{name}\0{len(content)}\0".encode() + content)

    assert __version__ in said
    assert "cartscreen 2026.11" in said or '"version": "2026.11"' in said
    assert pack.hexdigest() in said.replace(" ", "")
    assert sha256(Path(ADULT).read_bytes()).hexdigest() in said.replace(" ", "")
    assert "2026-10-13" in said
    if "json" in format:
        data = json.loads(text)
        (item,) = data if isinstance(data, list) else [data]
        assert item["options"] == {
            "trials": ["cd19-csle"],
            "only": ["failed", "unknown"],
            "readings": "preferred",
            "fixed": [],
            "set": [],
            "screening_date": "2026-10-13",
            "criteria": "",
        }
    else:
        assert " ".join(sorted(options)) == " ".join(sorted(shlex.split(found_options(said))))


def found_options(said: str) -> str:
    """The options that a report prints, up to what follows them."""
    found = re.search(r"--trial cd19-csle --.*? --screening-date 2026-10-13", said)
    assert found
    return found[0]


@pytest.mark.parametrize("format", FORMATS)
def test_88_what_a_report_says_gives_the_same_report(tmp_path: Path, format: str) -> None:
    """Judged again by file, date and options that the report names, it comes out the same."""
    pack = tiny_pack(tmp_path)
    only = () if format in WHOLE else ("--only", "unknown")
    command = ("check", profile(tmp_path, **OPEN), "--criteria", pack, *only)
    (data,) = json.loads(run(*command, "--format", "json").out)
    options = data["options"]
    again = ["check", data["file"], "--criteria", options["criteria"]]
    again += ["--only", ",".join(options["only"])]
    again += ["--screening-date", data["screening_date"]]

    first = run(*command, "--screening-date", data["screening_date"], "--format", format)
    assert first.code == 0
    assert run(*again, "--format", format).out == first.out


def test_89_a_changed_byte_of_the_criteria_changes_the_hashes(tmp_path: Path) -> None:
    """One byte of a criteria file changes the pack's hash in the report, and verify says so."""
    pack, report = tiny_pack(tmp_path), tmp_path / "report.json"
    patient = profile(tmp_path, **OPEN)
    command = ("check", patient, "--criteria", pack, "--format", "json")
    run(*command, "--output", report)
    (before,) = json.loads(report.read_text("utf-8"))
    same = run("verify", report, patient, "--criteria", pack)
    (pack / "tiny.toml").write_text(TINY_TRIAL + "\n", "utf-8")
    (after,) = json.loads(run(*command).out)
    done = run("verify", report, patient, "--criteria", pack)

    assert (same.code, "holds to the letter" in same.out) == (0, True)
    assert before["pack"]["sha256"] != after["pack"]["sha256"]
    assert before["pack"]["sha256"][:12] in done.out
    assert after["pack"]["sha256"][:12] in done.out
    assert (done.code, "every verdict holds" in done.out) == (0, True)


# The page of the tiny trial was read on 2026-11-01: 12 months later is 2027-11-01.
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("day", "old"), [("2027-11-01", False), ("2027-11-02", True)])
def test_90_old_criteria_are_warned_about(tmp_path: Path, format: str, day: str, old: bool) -> None:
    """A page that was read over 12 months before the date judged is warned about in each format."""
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, **OPEN)
    command = (patient, "--criteria", pack, "--screening-date", day, "--format", format)
    said = [run("check", *command).out]
    if format in ("table", "json", "markdown", "html"):
        said.append(run("plan", *command).out)
    for text in map(plain, said):
        assert ("The criteria may be out of date" in text) == old
        assert ("was read on 2026-11-01, 366 days (more than 12 months) before" in text) == old


def test_90_a_csv_row_has_the_warnings_of_its_trial() -> None:
    """In CSV the warnings stand in a column of each row."""
    command = ("check", str(EXAMPLES / "sle-man.toml"), "--format", "csv")
    rows = [*csv.DictReader(io.StringIO(run(*command, "--screening-date", "2030-01-01").out))]

    assert rows
    assert all("The criteria may be out of date" in row["warnings"] for row in rows)
