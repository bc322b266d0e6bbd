"""What the user names: files that cannot be read, and folders of criteria."""

import errno
import os
import re
import resource
from pathlib import Path
from typing import Any

import pytest
from program import (
    ADULT,
    FITS,
    PATIENCE,
    Done,
    in_shell,
    profile,
    run,
    started,
    tiny_pack,
)

from cartscreen.profile.read import MAX_BYTES

FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html"]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


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
    """Where one patient is asked for it is refused, named as what it is, with what may be given."""
    inside = re.escape(str(tmp_path / "*.toml"))

    for name in (tmp_path, f"{tmp_path}/"):
        done = run("plan", name)
        assert (done.code, done.out) == (3, "")
        assert re.search(f"this is a folder; name the files in it, {inside}\\.", done.err)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("patiet.toml", "'patient.toml'"),
        ("patient", "'patient.toml'"),
        ("Patient.toml", "'patient.toml'"),
        ("patient.tml", "'patient.toml'"),
        ("somebody.toml", None),
        ("report", None),  # the report is no profile
        ("", None),
    ],
)
def test_a_file_of_a_like_name_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, near: str | None
) -> None:
    """A slip in the name of a file is answered with the names of profiles that are near."""
    profile(tmp_path, **FITS)
    (tmp_path / "reports.txt").touch()
    monkeypatch.chdir(tmp_path)
    hint = f" Did you mean {near}?" if near else ""

    assert (
        check(name).err == f"error: {name or repr(name)}: there is no such file or folder.{hint}\n"
    )


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody writes to it: opening it in the usual way would never end."""
    os.mkfifo(tmp_path / "pipe.toml")

    refused(check(tmp_path / "pipe.toml"), "this is not a file, but a pipe or device\\.")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_is_no_profile(device: str) -> None:
    """/dev/null would be an empty patient, and /dev/zero would never end."""
    refused(check(device), "this is not a file, but a pipe or device\\.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.toml", "none\\.toml: there is no such file or folder\\."),
        ("none/none.toml", "there is no such file or folder\\."),
        ("x" * 300, "this name is too long\\."),
        ("", "'': there is no such file or folder\\."),
        ("a\0b", "'a.x00b': this is not a file name\\."),
        ("caf\udce9.toml", "caf.udce9\\.toml: there is no such file or folder\\."),
        (
            "\x1b[31mred\u202e.toml",
            r"\\u001b\[31mred\\u202e\.toml: there is no such file or folder\.",
        ),
    ],
)
def test_a_name_that_leads_nowhere(name: str, reason: str) -> None:
    """Said in one line that a terminal can show."""
    refused(check(name), reason)


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    """A link to itself is an error, not an endless search."""
    (tmp_path / "a.toml").symlink_to(tmp_path / "a.toml")

    refused(check(tmp_path / "a.toml"), "this link leads to itself\\.")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal is said. (For root there are none: the refusal is played.)"""
    patient, really = profile(tmp_path, **FITS), os.open

    def denied(name: Any, *flags: Any, **more: Any) -> int:
        if name == str(patient):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return really(name, *flags, **more)

    monkeypatch.setattr(os, "open", denied)

    refused(check(patient), "permission is denied\\.")


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

    monkeypatch.setattr("cartscreen.profile.read.tomli.loads", parsed)

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
        out, err = process.communicate(timeout=PATIENCE)
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


def test_output_in_a_batch_with_a_bad_file_is_written(tmp_path: Path, pack: Path) -> None:
    """The others are reported, the bad one is an error, and the status is 3."""
    patient, report = profile(tmp_path, **FITS), tmp_path / "report.txt"
    done = run("check", patient, tmp_path / "none", "--criteria", pack, "--output", report)

    assert done.code == 3
    assert "not judged" in report.read_text("utf-8")
    assert "meets every listed criterion" in report.read_text("utf-8")


def test_a_minus_is_standard_output(
    tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where no file is named; none is written."""
    monkeypatch.chdir(tmp_path)
    command = ("check", profile(tmp_path, **FITS), "--criteria", pack)

    assert run(*command, "-o", "-") == run(*command)
    assert not (tmp_path / "-").exists()


# a folder of criteria


def test_criteria_are_the_toml_files_of_the_folder_alone(tmp_path: Path, pack: Path) -> None:
    """No other file; a TOML file that is not read is named, or is an error."""
    other = (pack / "tiny.toml").read_text("utf-8").replace('"tiny"', '"other"')
    for folder in ("below", "cases", ".git"):
        (pack / folder).mkdir()
        (pack / folder / "other.toml").write_text(other, "utf-8")
    (pack / "notes.txt").write_text("not TOML [", "utf-8")
    done = run("list-trials", "--criteria", pack, "--format", "csv")
    (tmp_path / "outside.toml").write_text(other, "utf-8")
    (pack / "link.toml").symlink_to(tmp_path / "outside.toml")
    (pack / "T3.TOML").write_text(other, "utf-8")
    refused = run("list-trials", "--criteria", pack)

    assert [line.partition(",")[0] for line in done.out.splitlines()] == ["id", "tiny"]
    said = f"{pack / 'below' / 'other.toml'}: it was not read; a trial stands in {pack} itself."
    assert done.err == f"warning: {said}\n"
    assert run("check", profile(tmp_path, **FITS), "--criteria", pack).code == refused.code == 4
    assert f"{pack / 'T3.TOML'}: a file of criteria ends in .toml; rename it." in refused.err
    assert f"{pack / 'link.toml'}: this is a link out of the folder" in refused.err


def test_a_pipe_among_the_criteria_is_not_waited_for(pack: Path) -> None:
    """It is an error of the criteria."""
    os.mkfifo(pack / "pipe.toml")
    done = run("check", ADULT, "--criteria", pack)

    assert done.code == 4
    assert "pipe.toml" in done.err


def test_output_beside_a_profile_that_is_not_there(tmp_path: Path, pack: Path) -> None:
    """What cannot be read is no other name of the report that is replaced."""
    patient, report = profile(tmp_path, **FITS), tmp_path / "report.txt"
    report.write_text("of yesterday", "utf-8")
    files = (tmp_path / "none.toml", patient)
    done = run("check", *files, "--criteria", pack, "--output", report, "--force")

    assert done.code == 3
    assert "meets every listed criterion" in report.read_text("utf-8")
