"""Many patients: folders, lists of files, profiles in NDJSON, several processes."""

import json
import os
import signal
from pathlib import Path

import pytest
from program import ADULT, EXAMPLES, FITS, OPEN, RULED_OUT, Done, profile, run, started, tiny_pack

FORMATS = ["table", "json", "csv", "html", "verdicts"]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three patients and one broken file, beside what is no profile."""
    made = tmp_path / "patients"
    made.mkdir()
    for name, patient, data in (("b", "P-2", OPEN), ("a", "P-1", FITS), ("d", "P-4", RULED_OUT)):
        profile(made, f"{name}.toml", patient=patient, **data)
    (made / "c.toml").write_text("schema = 1\n")
    (made / "notes.txt").write_text("no profile")
    (made / ".e.toml").write_text("hidden")
    return made


def lines(done: Done) -> list[dict]:
    return [json.loads(line) for line in done.out.splitlines()]


def files(done: Done) -> list[str]:
    return [Path(line["file"]).name for line in lines(done)]


def test_a_folder_is_its_profiles(folder: Path, pack: Path) -> None:
    """Its TOML files in the order of their names, hidden ones left out; a broken one is told."""
    done = run("check", folder, "--criteria", pack, "--format", "verdicts")

    assert files(done) == ["a.toml", "b.toml", "c.toml", "d.toml"]
    assert (done.code, "c.toml" in done.err) == (3, True)


def test_a_folder_without_profiles_is_refused(pack: Path) -> None:
    """It is told before anything is judged."""
    done = run("check", pack.parent, "--criteria", pack)

    assert (done.code, done.out) == (3, "")
    assert "there is no profile (*.toml" in done.err


def test_a_list_names_files_and_folders(folder: Path, pack: Path, tmp_path: Path) -> None:
    """A path on each line; empty lines and the ends of lines of Windows do not matter."""
    told = f"\ufeff{folder / 'd.toml'}\r\n\n{folder}\n"
    (tmp_path / "list.txt").write_bytes(told.encode())
    options = ("--criteria", pack, "--format", "verdicts")
    by_file = run("check", "--files-from", tmp_path / "list.txt", *options)
    by_stream = run("check", "--files-from", "-", *options, stdin=told.encode())

    assert files(by_file) == ["d.toml", "a.toml", "b.toml", "c.toml", "d.toml"]
    assert by_file == by_stream


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [("", 3, "the list names no file"), ("a\0b\n", 3, "line 1"), (None, 3, "list.txt: ")],
)
def test_a_list_that_names_nothing(
    told: str | None, code: int, said: str, tmp_path: Path, pack: Path
) -> None:
    """It is refused, with its line where one is at fault."""
    if told is not None:
        (tmp_path / "list.txt").write_text(told)
    done = run("check", "--files-from", tmp_path / "list.txt", "--criteria", pack)

    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_nobody_named_is_wrong_usage() -> None:
    """Neither a file nor a list."""
    done = run("check")

    assert (done.code, done.out) == (2, "")
    assert "--files-from" in done.err


def test_lines_of_json_are_profiles(folder: Path, pack: Path, tmp_path: Path) -> None:
    """The same patient on a line of JSON and in a file of TOML has the same report."""
    ours = tmp_path / "profiles.ndjson"
    data = {"schema": 1, "patient": "P-1", "dates": {"screening": "2026-11-02"}, **FITS}
    ours.write_text(f"\n{json.dumps(data)}\n\n{json.dumps({**data, 'patient': 'P-2'})}")
    (toml,) = lines(run("check", folder / "a.toml", "--criteria", pack, "--format", "ndjson"))
    first, second = lines(run("check", ours, "--criteria", pack, "--format", "ndjson"))

    assert (first["file"], second["file"]) == (f"{ours}: line 2", f"{ours}: line 4")
    for report in (toml, first):
        assert report.pop("file")
        assert report.pop("profile_sha256")
    assert first == toml


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"schema": 1, "patient": "P-1", "lab": {"neutrophil": "1 10^9/L"}}', "lab.neutrophil"),
        ('{"schema": 1, "patient": "P-1", "lab": {"neutrophils": null}}', "is null"),
        ('{"schema": 1, "patient": "P-1", "patient": "P-2"}', "written twice"),
        ('{"schema": 1, "patient": "\\ud800"}', "half a character"),
        ('{"schema": 1, "patient": "P-1", "lab": {"neutrophils": NaN}}', "lab.neutrophils"),
        ("[" * 50_000, "too deeply"),
        ("[1]", "no object"),
        ("{", "not JSON"),
        ("é".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_a_line_that_is_no_profile_is_told(
    line: str | bytes, said: str, tmp_path: Path, pack: Path
) -> None:
    """With its file, its line and what is wrong; the other lines are judged."""
    ours = tmp_path / "profiles.jsonl"
    good = json.dumps({"schema": 1, "patient": "P-9", **FITS}).encode()
    ours.write_bytes(b"\n".join([good, line if isinstance(line, bytes) else line.encode(), good]))
    done = run("check", ours, "--criteria", pack, "--format", "verdicts")

    assert done.code == 3
    assert [line.get("patient") for line in lines(done)] == ["P-9", None, "P-9"]
    assert f"{ours}: line 2: " in done.err
    assert said in done.err


def test_lines_of_charts_stay_charts(tmp_path: Path, pack: Path) -> None:
    """NDJSON whose lines have a resourceType is read as FHIR."""
    chart = tmp_path / "chart.ndjson"
    chart.write_text('{"resourceType": "Patient", "id": "1", "gender": "female"}\n')
    done = run("check", chart, "--criteria", pack, "--format", "verdicts")

    assert "1 resources read" in done.err
    assert lines(done)[0]["source_sha256"]


def test_the_output_is_the_same_with_any_number_of_processes(folder: Path, pack: Path) -> None:
    """Its bytes, what is said on standard error, and the exit status, in every format."""
    more = [folder] * 4
    for name in FORMATS:
        options = ("--criteria", pack, "--format", name)
        alone = run("check", *more, *options, "--jobs", "1")
        assert alone.code == 3
        assert run("check", *more, *options, "--jobs", "3") == alone, name


def test_an_interruption_ends_all_processes() -> None:
    """Ctrl-C reaches every process: the batch ends with 130, and finished reports are whole."""
    batch = ["check", *[ADULT] * 200, "--jobs", "2", "--format", "verdicts"]
    with started(*batch, start_new_session=True, bufsize=0) as process:
        first = process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"interrupted after " in err
    assert b"Traceback" not in err
    written = (first + out).splitlines()  # the last may have been cut while it was written
    assert all(json.loads(line) for line in written[:-1])
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("format", ["ndjson", "verdicts"])
def test_what_is_the_same_for_all_stands_once(format: str) -> None:
    """The first line and any other make the line that stands for itself; most bytes are spared."""
    options = [*sorted(map(str, EXAMPLES.glob("*.toml")))[:3], "--format", format]
    whole, parts = run("check", *options), run("check", *options, "--static", "once")
    static, *rest = lines(parts)
    trials = {trial["id"]: trial for trial in static.pop("trials")}

    assert static.pop("schema") == "cartscreen-static/1"
    for full, line in zip(lines(whole), rest, strict=True):
        assert line["schema"] == "cartscreen-line/1"
        put = {**line, **static, "schema": full["schema"]}
        if format == "verdicts":
            del put["fixed_readings"]
            assert {**put, "registry": trials[line["trial"]]["registry"]} == full
            continue
        for trial in put["trials"]:
            of = {item["id"]: item for item in trials[trial["id"]]["criteria"]}
            trial["criteria"] = [{**of[item["id"]], **item} for item in trial["criteria"]]
            trial |= {**trials[trial["id"]], **trial}
        assert put == full
    assert len(parts.out) - len(parts.out.splitlines()[0]) < 0.65 * len(whole.out)


def test_static_is_for_lines() -> None:
    """In another format nothing stands on lines."""
    done = run("check", ADULT, "--static", "once", "--format", "json")

    assert (done.code, done.out) == (2, "")
