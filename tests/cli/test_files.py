"""What the user names: files that cannot be read, and reports that appear whole or not at all."""

import errno
import os
import re
import resource
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import (
    ADULT,
    FITS,
    OPEN,
    PROGRAM,
    Done,
    environment_of,
    in_shell,
    profile,
    run,
    started,
    tiny_pack,
)

from cartscreen.profile import MAX_BYTES

FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html"]
OLD = b"the report of yesterday\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report that is there already, in a folder of its own."""
    folder = tmp_path / "reports"
    folder.mkdir()
    path = folder / "report.txt"
    path.write_bytes(OLD)
    return path


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def refused(done: Done, reason: str) -> None:
    """The file is an error in one line, and has no verdict."""
    assert done.code == 3
    assert re.fullmatch(rf"error: .*{reason}\n", done.err)
    assert '"trials"' not in done.out
    assert '"error"' in done.out


def check(*files: str | Path) -> Done:
    return run("check", *files, "--format", "json")


# what is read


def test_a_folder_is_no_profile(tmp_path: Path) -> None:
    """A folder is refused, and named as what it is."""
    refused(check(tmp_path), "(Is a directory|this is not a file, but a folder, pipe or device)\\.")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody writes to it: opening it in the usual way would never end."""
    os.mkfifo(tmp_path / "pipe.toml")

    refused(check(tmp_path / "pipe.toml"), "this is not a file, but a folder, pipe or device\\.")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_is_no_profile(device: str) -> None:
    """/dev/null would be an empty patient, and /dev/zero would never end."""
    refused(check(device), "this is not a file, but a folder, pipe or device\\.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.toml", "none\\.toml: No such file or directory\\."),
        ("none/none.toml", "No such file or directory\\."),
        ("x" * 300, "File name too long\\."),
        ("", "'': No such file or directory\\."),
        ("a\0b", "'a.x00b': this is not a file name\\."),
        ("caf\udce9.toml", "caf.udce9\\.toml: No such file or directory\\."),
        ("\x1b[31mred\u202e.toml", r"\\u001b\[31mred\\u202e\.toml: No such file or directory\."),
    ],
)
def test_a_name_that_leads_nowhere(name: str, reason: str) -> None:
    """Said in one line that a terminal can show."""
    refused(check(name), reason)


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    """A link to itself is an error, not an endless search."""
    (tmp_path / "a.toml").symlink_to(tmp_path / "a.toml")

    refused(check(tmp_path / "a.toml"), "Too many levels of symbolic links\\.")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions are said by the system. (For root there are none: the refusal is played.)"""
    patient, really = profile(tmp_path, **FITS), os.open

    def denied(name: Any, *flags: Any, **more: Any) -> int:
        if name == str(patient):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return really(name, *flags, **more)

    monkeypatch.setattr(os, "open", denied)

    refused(check(patient), "Permission denied\\.")


def test_a_file_whose_name_is_not_utf8(tmp_path: Path, pack: Path) -> None:
    """It is judged; its name is shown with an escape in every format, and in a file too."""
    odd = os.fsencode(tmp_path) + b"/caf\xe9.toml"
    try:
        Path(os.fsdecode(odd)).write_bytes(profile(tmp_path, **FITS).read_bytes())
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    for name in FORMATS:
        command = ("check", os.fsdecode(odd), "--criteria", pack, "--format", name)
        done, kept = run(*command), tmp_path / f"out.{name}"
        assert run(*command, "--output", kept).code == done.code == 0
        assert kept.read_text("utf-8") == done.out
        assert ("\\udce9" in done.out) == (name in ("json", "ndjson", "csv", "html"))


@pytest.mark.parametrize("size", [0, 1])
def test_an_empty_file_is_no_patient(tmp_path: Path, size: int) -> None:
    """Nor one that holds a single line's end."""
    (tmp_path / "empty.toml").write_text("\n" * size, "utf-8")

    refused(check(tmp_path / "empty.toml"), "the file is empty; .*")


def test_empty_standard_input_is_no_patient() -> None:
    """`cat none.toml | cartscreen check -` must not judge a blank patient."""
    done = run("check", "-", "--format", "json")

    refused(done, "the file is empty; .*")


def test_a_file_of_more_than_10_mb_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no more than that of standard input is taken."""
    large = tmp_path / "large.toml"
    content = b'schema = 1\npatient = "P-1"\n'
    large.write_bytes(content + b"#" * (MAX_BYTES + 1 - len(content)))

    def parsed(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("cartscreen.profile.tomllib.loads", parsed)

    refused(check(large), "the file is larger than 10 MB; .*")
    refused(run("check", "-", "--format", "json", stdin=large.read_bytes()), ".*10 MB; .*")


def test_a_file_without_end_is_cut(tmp_path: Path) -> None:
    """Of a file of 4 GB, no more is read than a profile may have."""
    huge = tmp_path / "huge.toml"
    with huge.open("wb") as file:
        file.truncate(4_000_000_000)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))

    with started("check", huge, "--format", "json", preexec_fn=limited) as process:
        out, err = process.communicate(timeout=30)
    refused(Done(process.returncode, out.decode(), err.decode()), ".*10 MB; .*")


def test_a_file_of_10_mb_is_read(tmp_path: Path, pack: Path) -> None:
    """The limit itself is inside."""
    largest = profile(tmp_path, **FITS)
    content = largest.read_bytes()
    largest.write_bytes(content + b"#" * (MAX_BYTES - len(content)))

    assert run("check", largest, "--criteria", pack).code == 0


def test_standard_input_without_end_is_cut() -> None:
    """Reading stops above the limit."""
    done = in_shell("< /dev/zero", "check", "-", "--format", "json")

    refused(done, "the file is larger than 10 MB; .*")


# what is written


def test_output_is_the_report_and_for_its_owner_alone(tmp_path: Path, pack: Path) -> None:
    """The file holds what standard output would, has mode 0600, and nothing stays beside it."""
    patient, folder = profile(tmp_path, **FITS), tmp_path / "new"
    folder.mkdir()
    for name in FORMATS:
        command = ("check", patient, "--criteria", pack, "--format", name)
        done = run(*command, "--output", folder / name)
        assert (done.code, done.out, done.err) == (0, "", "")
        assert (folder / name).read_text("utf-8") == run(*command).out
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert names_in(folder) == set(FORMATS)


def test_output_replaces_the_whole_file(tmp_path: Path, pack: Path, report: Path) -> None:
    """A longer old report leaves no end behind, and its wider permissions go."""
    report.write_bytes(b"x" * 100_000)
    report.chmod(0o666)
    patient = profile(tmp_path, **FITS)
    done = run("check", patient, "--criteria", pack, "--output", report, "--force")

    assert done.code == 0
    assert b"xxx" not in report.read_bytes()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_output_does_not_replace_a_file_unasked(tmp_path: Path, pack: Path, report: Path) -> None:
    """A report of yesterday stays, and --force is named as the way to replace it."""
    done = run("check", profile(tmp_path, **FITS), "--criteria", pack, "--output", report)

    assert done.code == 5
    assert done.err == f"error: {report}: this file is there already; --force replaces it.\n"
    assert report.read_bytes() == OLD


def test_output_in_a_batch_with_a_bad_file_is_written(
    tmp_path: Path, pack: Path, report: Path
) -> None:
    """The others are reported, the bad one is an error, and the status is 3."""
    patient = profile(tmp_path, **FITS)
    done = run(
        "check", patient, tmp_path / "none", "--criteria", pack, "--output", report, "--force"
    )

    assert done.code == 3
    assert "not judged" in report.read_text("utf-8")
    assert "meets every listed criterion" in report.read_text("utf-8")


def is_kept(report: Path) -> bool:
    """The old report is as it was, and nothing lies beside it."""
    return report.read_bytes() == OLD and names_in(report.parent) == {report.name}


def test_output_does_not_follow_a_link(tmp_path: Path, pack: Path, report: Path) -> None:
    """What the link points to is untouched, and so is the link."""
    link = tmp_path / "link"
    link.symlink_to(report)
    done = run("check", profile(tmp_path, **FITS), "--criteria", pack, "--output", link)

    assert done.code == 5
    assert is_kept(report)
    assert link.is_symlink()


def test_output_never_replaces_a_pipe_or_device(tmp_path: Path, pack: Path) -> None:
    """Run by root, --output /dev/null must not make a file of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run("check", profile(tmp_path, **FITS), "--criteria", pack, "--output", pipe)

    assert done.code == 5
    assert pipe.is_fifo()


def test_output_never_replaces_a_profile_that_is_read(tmp_path: Path, pack: Path) -> None:
    """A slip of the hand must not cost the patient's file."""
    patient = profile(tmp_path, **FITS)
    content = patient.read_bytes()
    same = tmp_path / "pack" / ".." / patient.name
    done = run("check", patient, "--criteria", pack, "--output", same)

    assert done.code == 5
    assert patient.read_bytes() == content


@pytest.mark.parametrize("name", ["", "none/report.txt", "file/report.txt", "x" * 300])
def test_output_that_cannot_be_is_refused_before_the_work(
    tmp_path: Path, pack: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder, no folder, no possible name: exit 5, one line, and no patient is read."""
    (tmp_path / "file").touch()
    monkeypatch.setattr("cartscreen.cli._judge", None)
    done = run("check", ADULT, "--criteria", pack, "--output", f"{tmp_path}/{name}")

    assert (done.code, done.out) == (5, "")
    assert re.fullmatch("error: .*\\.\n", done.err)


@pytest.mark.parametrize("protected", ["folder", "file"])
def test_output_that_may_not_be_written_is_refused_before_the_work(
    report: Path, pack: Path, protected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only folder, and a read-only file too. (Root may write: the answer is played.)"""
    wanted = report if protected == "file" else report.parent
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != wanted)
    monkeypatch.setattr("cartscreen.cli._judge", None)
    done = run("check", ADULT, "--criteria", pack, "--output", report, "--force")

    assert done.code == 5
    assert "cannot be written to" in done.err
    assert is_kept(report)


# faults while it is written: the old report stays, and no temporary file


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def failing_write(number: int) -> Callable[..., Any]:
    """os.fdopen, whose files fail at the given write."""
    really = os.fdopen

    def opened(handle: int, mode: str = "r", *more: Any, **options: Any) -> Any:
        file = really(handle, mode, *more, **options)
        if "w" in mode:
            written, count = file.write, 0

            def write(text: str) -> int:
                nonlocal count
                count += 1
                return full() if count == number else written(text)

            file.write = write
        return file

    return opened


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_write_fails(
    tmp_path: Path, pack: Path, report: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the four writes of a batch of three, any one: exit 5, in one line."""
    files = [profile(tmp_path, f"{n}.toml", **data) for n, data in enumerate([FITS, OPEN, FITS])]
    monkeypatch.setattr(os, "fdopen", failing_write(number))
    command = (
        "check",
        *files,
        "--criteria",
        pack,
        "--format",
        "json",
        "--output",
        report,
        "--force",
    )
    done = run(*command)

    assert done.code == 5
    assert done.err == f"error: {report}: No space left on device; nothing was written.\n"
    assert is_kept(report)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "tempfile.mkstemp"])
def test_a_last_step_fails(
    tmp_path: Path, pack: Path, report: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making the file, bringing it to the disk and giving it its name: exit 5, in one line."""
    patient = profile(tmp_path, **FITS)
    monkeypatch.setattr(step, full)
    done = run("check", patient, "--criteria", pack, "--output", report, "--force")

    assert done.code == 5
    assert re.fullmatch(f"error: {report}: No space left on device.*\\.\n", done.err)
    assert is_kept(report)


def test_a_limit_of_the_system_is_met_in_the_middle(report: Path) -> None:
    """A real fault, not a played one: files may grow to 100 kB, and the report is larger."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [*PROGRAM, "check", ADULT, "--format", "json", "--output", report, "--force"],
        capture_output=True,
        text=True,
        env=environment_of(PYTHONDONTWRITEBYTECODE="1"),
        preexec_fn=limited,
        check=False,
    )

    assert done.returncode == 5
    assert done.stderr == f"error: {report}: File too large; nothing was written.\n"
    assert is_kept(report)


def test_an_internal_error_while_it_is_written(
    tmp_path: Path, pack: Path, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a fault of the program leaves the old report."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cartscreen.render.table.render", broken)
    done = run(
        "check", profile(tmp_path, **FITS), "--criteria", pack, "--output", report, "--force"
    )

    assert done.code == 1
    assert is_kept(report)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_a_signal_while_it_is_written(
    tmp_path: Path, pack: Path, report: Path, number: int, code: int
) -> None:
    """The old report stays; only SIGKILL, which no program survives, leaves a temporary file."""
    patient = profile(tmp_path, **FITS)
    command = ["check", patient, "-", "--criteria", pack, "--output", report, "--force"]
    with started(*command) as process:
        for _ in range(1000):  # until it has begun to write; then it waits for standard input
            if len(names_in(report.parent)) > 1:
                break
            time.sleep(0.01)
        time.sleep(0.2)
        assert report.read_bytes() == OLD
        process.send_signal(number)
        assert process.wait(30) == code

    assert report.read_bytes() == OLD
    assert is_kept(report) == (number != signal.SIGKILL)
    for left in report.parent.iterdir():
        assert "P-1" not in left.name
        assert stat.S_IMODE(left.stat().st_mode) & 0o077 == 0 or left == report


# a folder of criteria


def test_criteria_are_the_toml_files_of_the_folder_alone(tmp_path: Path, pack: Path) -> None:
    """No folder below it, no link out of it, no other file."""
    other = (pack / "tiny.toml").read_text("utf-8").replace('"tiny"', '"other"')
    (pack / "below").mkdir()
    (pack / "below" / "other.toml").write_text(other, "utf-8")
    (tmp_path / "outside.toml").write_text(other, "utf-8")
    (pack / "link.toml").symlink_to(tmp_path / "outside.toml")
    (pack / "notes.txt").write_text("not TOML [", "utf-8")
    done = run("list-trials", "--criteria", pack, "--format", "csv")

    assert [line.partition(",")[0] for line in done.out.splitlines()] == ["id", "tiny"]


def test_a_pipe_among_the_criteria_is_not_waited_for(pack: Path) -> None:
    """It is an error of the criteria."""
    os.mkfifo(pack / "pipe.toml")
    done = run("check", ADULT, "--criteria", pack)

    assert done.code == 4
    assert "pipe.toml" in done.err
