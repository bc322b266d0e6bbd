"""Acceptance checks 73-77 and 79-83: files, signals and exit codes."""

import csv
import errno
import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from program import (
    ADULT,
    EXAMPLES,
    FITS,
    OPEN,
    PATIENCE,
    PROGRAM,
    RULED_OUT,
    environment_of,
    in_shell,
    let_it_wait,
    profile,
    run,
    started,
    tiny_pack,
)

from cartscreen.cli import commands

STREAMED = ["table", "json", "ndjson", "csv", "markdown", "log"]
FORMATS = [*STREAMED, "html"]
OF_ONE = [*FORMATS, "checklist"]  # a checklist is of one patient and one trial
REPLACING = ("--force",)
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


def is_kept(report: Path) -> bool:
    """The old report is as it was, and nothing lies beside it."""
    return report.read_bytes() == OLD and names_in(report.parent) == {report.name}


# 73: the old report stays


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_73_a_signal_in_the_middle_of_a_report_leaves_the_old_one(
    tmp_path: Path, pack: Path, report: Path, number: int, code: int
) -> None:
    """A signal or a full disk in the middle of a report leaves the old one byte for byte."""
    patient = profile(tmp_path, **FITS)
    command = ["check", patient, "-", "--criteria", pack, "--output", report, *REPLACING]
    with started(*command) as process:
        while len(names_in(report.parent)) == 1 and process.poll() is None:
            time.sleep(0.01)
        let_it_wait(process)  # it has begun to write, and reads standard input
        assert report.read_bytes() == OLD
        process.send_signal(number)
        assert process.wait(PATIENCE) == code

    assert report.read_bytes() == OLD
    # only SIGKILL, which no program survives, leaves a temporary file
    assert is_kept(report) == (number != signal.SIGKILL)
    for left in report.parent.iterdir():
        assert "P-1" not in left.name
        assert stat.S_IMODE(left.stat().st_mode) & 0o077 == 0 or left == report


@pytest.mark.parametrize("command", ["check", "plan"])
def test_73_a_limit_of_the_system_is_met_in_the_middle(report: Path, command: str) -> None:
    """A real fault, not a played one: files may grow to 10 kB, and the report is larger."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    done = subprocess.run(
        [
            *PROGRAM,
            command,
            ADULT,
            "--trial",
            "rd06-04-sle",
            "--format",
            "json",
            "--output",
            report,
            *REPLACING,
        ],
        capture_output=True,
        text=True,
        env=environment_of(PYTHONDONTWRITEBYTECODE="1"),
        preexec_fn=limited,
        check=False,
    )

    assert done.returncode == 5
    assert done.stderr == f"error: {report}: File too large; nothing was written.\n"
    assert is_kept(report)


def test_73_an_internal_error_while_it_is_written(
    tmp_path: Path, pack: Path, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a fault of the program leaves the old report."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cartscreen.render.table.render", broken)
    patient = profile(tmp_path, **FITS)
    done = run("check", patient, "--criteria", pack, "--output", report, *REPLACING)

    assert done.code == 1
    assert is_kept(report)


# 74: an interrupted batch


@pytest.mark.parametrize(
    ("form", "number", "code"),
    [
        ("table", signal.SIGINT, 130),
        ("json", signal.SIGTERM, 143),
        ("ndjson", signal.SIGHUP, 129),
        ("csv", signal.SIGINT, 130),
        ("markdown", signal.SIGTERM, 143),
    ],
)
def test_74_an_interrupted_batch_keeps_what_was_judged(
    tmp_path: Path, pack: Path, form: str, number: int, code: int
) -> None:
    """A signal in a batch leaves finished reports whole, counts the files, exits 130 or 143."""
    patient = profile(tmp_path, **FITS)
    options = ("--criteria", pack, "--format", form)
    with started("check", patient, "-", *options) as process:
        assert process.stdout and process.stderr
        begun = process.stdout.read1()
        let_it_wait(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == code
    assert (begun + out).decode() == run("check", patient, *options).out
    assert err == b"error: interrupted after 1 of 2 files.\n"


def test_74_an_interrupted_page_holds_what_was_judged(
    tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page, which is written at the end, is that of the files that were judged."""
    files = [
        profile(tmp_path, f"{n}.toml", patient=f"P-{n}", **data)
        for n, data in enumerate([FITS, OPEN, FITS])
    ]
    options = ("--criteria", pack, "--format", "html")
    whole = run("check", *files[:2], *options)
    judge = commands.judge_file

    def interrupted(name: str, *arguments: Any, **named: Any) -> Any:
        if name == str(files[2]):
            raise KeyboardInterrupt
        return judge(name, *arguments, **named)

    monkeypatch.setattr(commands, "judge_file", interrupted)
    done = run("check", *files, *options)

    assert done.code == 130
    assert done.out == whole.out
    assert done.err == "error: interrupted after 2 of 3 files.\n"


# 75, 76: standard output


@pytest.mark.parametrize(
    "arguments",
    [["check", ADULT], ["check", ADULT, ADULT, "--format", "ndjson"], ["facts"], ["--help"]],
    ids=["table", "ndjson", "facts", "help"],
)
def test_75_the_reader_of_the_pipe_has_gone(arguments: list[str]) -> None:
    """`cartscreen ... | head -1` ends with 141, and nothing is said on standard error."""
    with started(*arguments) as process:
        assert process.stdout and process.stderr
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 141


def test_75_after_the_first_line() -> None:
    """The reader may go in the middle of a report."""
    done = in_shell("| head -n 1; exit 0", "check", ADULT, ADULT, ADULT, "--format", "ndjson")

    assert done.out.count("\n") == 1
    assert done.err == ""


PRINTING = [
    ["check", ADULT],
    *(["check", ADULT, "--format", name] for name in FORMATS[1:]),
    ["plan", ADULT, "--trial", "rd06-04-sle"],
    ["derive", ADULT],
    ["diff", ADULT, str(EXAMPLES / "sle-man.toml")],
    ["compare"],
    ["ask", ADULT],
    ["list-trials"],
    ["show", "cd19-csle"],
    ["template"],
    ["facts"],
    ["validate", ADULT],
    ["schema", "profile"],
    ["--version"],
    ["--help"],
    ["check", "--help"],
]
PRINTING_IDS = [" ".join(command).replace(f"{EXAMPLES}/", "") for command in PRINTING]


@pytest.mark.usefixtures("judged_once")
@pytest.mark.parametrize("arguments", PRINTING, ids=PRINTING_IDS)
def test_76_standard_output_is_closed(arguments: list[str]) -> None:
    """A closed standard output, or a full disk behind it, is exit 5 and one line, never 0."""
    in_a_shell = arguments[0] in ("facts", "--help") or arguments == ["check", ADULT]
    closed = in_shell(">&-", *arguments) if in_a_shell else run(*arguments, redirected=">&-")

    assert closed.code == 5
    assert re.fullmatch(r"error: standard output: it is closed.*\.\n", closed.err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [["check", ADULT], ["validate", ADULT], ["facts"], ["--help"]],
    ids=["check", "validate", "facts", "help"],
)
def test_76_the_disk_is_full(arguments: list[str]) -> None:
    """So it is where nothing more can be written."""
    done = in_shell("> /dev/full", *arguments)

    assert done.code == 5
    assert re.fullmatch(r"error: standard output: the disk is full.*\.\n", done.err)


def test_76_output_to_a_file_needs_no_standard_output(tmp_path: Path, pack: Path) -> None:
    """With --output, closed streams are no error."""
    patient, report = profile(tmp_path, **FITS), tmp_path / "report.txt"
    done = in_shell("<&- >&- 2>&-", "check", patient, "--criteria", pack, "--output", report)

    assert done.code == 0
    assert "meets every listed criterion" in report.read_text("utf-8")


# 77: what --output may not be

WRITING = ["check", "plan"]


@pytest.fixture
def never_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """No patient is judged."""

    def begun(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("cartscreen.report.screen", begun)
    monkeypatch.setattr("cartscreen.plan.plan.plan", begun)


@pytest.mark.usefixtures("never_begun")
@pytest.mark.parametrize("name", ["", "none/report.txt", "file/report.txt", "x" * 300])
@pytest.mark.parametrize("command", WRITING)
def test_77_output_that_cannot_be_is_refused_before_the_work(
    tmp_path: Path, pack: Path, command: str, name: str
) -> None:
    """A folder, a read-only place, a link or a device as output fails first, and stays as it is."""
    (tmp_path / "file").touch()
    before = names_in(tmp_path)
    done = run(command, ADULT, "--criteria", pack, "--output", f"{tmp_path}/{name}", *REPLACING)

    assert (done.code, done.out) == (5, "")
    assert re.fullmatch("error: .*\\.\n", done.err)
    assert names_in(tmp_path) == before


@pytest.mark.usefixtures("never_begun")
@pytest.mark.parametrize("protected", ["folder", "file"])
def test_77_output_that_may_not_be_written(
    report: Path, pack: Path, protected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only folder, and a read-only file too. (Root may write: the answer is played.)"""
    wanted = report if protected == "file" else report.parent
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != wanted)
    done = run("check", ADULT, "--criteria", pack, "--output", report, *REPLACING)

    assert done.code == 5
    assert "cannot be written to" in done.err
    assert is_kept(report)


@pytest.mark.usefixtures("never_begun")
@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize("target", ["report.txt", "none.txt", "."])
def test_77_output_does_not_follow_a_link(
    pack: Path, report: Path, command: str, target: str
) -> None:
    """What a link points to is untouched, and so is the link; one that leads nowhere, too."""
    link = report.parent / "link"
    link.symlink_to(target)
    done = run(command, ADULT, "--criteria", pack, "--output", link, *REPLACING)

    assert done.code == 5
    assert report.read_bytes() == OLD
    assert names_in(report.parent) == {report.name, "link"}
    assert str(link.readlink()) == target


@pytest.mark.usefixtures("never_begun")
def test_77_output_never_replaces_a_pipe_or_device(tmp_path: Path, pack: Path) -> None:
    """Run by root, --output /dev/null must not make a file of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run("check", ADULT, "--criteria", pack, "--output", pipe, *REPLACING)

    assert done.code == 5
    assert pipe.is_fifo()


@pytest.mark.usefixtures("never_begun")
@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize("way", ["itself", "another spelling", "a hard link", "behind a link"])
def test_77_output_never_replaces_a_profile_that_is_read(
    tmp_path: Path, pack: Path, command: str, way: str
) -> None:
    """A slip of the hand must not cost the patient's file, whichever way it is named."""
    patient = profile(tmp_path, **FITS)
    content = patient.read_bytes()
    read, written = patient, patient
    match way:
        case "another spelling":
            written = pack / ".." / patient.name
        case "a hard link":
            written = tmp_path / "same.toml"
            written.hardlink_to(patient)
        case "behind a link":
            read = tmp_path / "link.toml"
            read.symlink_to(patient)
    before = names_in(tmp_path)
    done = run(command, read, "--criteria", pack, "--output", written, *REPLACING)

    assert done.code == 5
    assert "this file is to be read" in done.err
    assert patient.read_bytes() == content
    assert names_in(tmp_path) == before


@pytest.mark.usefixtures("never_begun")
@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize("name", ["tiny.toml", "facts.toml"])
def test_77_output_never_replaces_criteria_that_are_read(
    pack: Path, command: str, name: str
) -> None:
    """Nor does it cost a trial or the vocabulary of the folder of --criteria."""
    (pack / "facts.toml").write_text("[fact]\n", "utf-8")
    content = (pack / name).read_bytes()
    done = run(command, ADULT, "--criteria", pack, "--output", pack / name, *REPLACING)

    assert done.code == 5
    assert "this file is to be read" in done.err
    assert (pack / name).read_bytes() == content


# 79, 80: large batches


@pytest.mark.parametrize("form", ["json", "csv"])
def test_79_one_bad_file_in_a_batch(tmp_path: Path, pack: Path, form: str) -> None:
    """Of 300 patients one bad file is an error without a verdict; 299 are judged; exit 3."""
    files = [profile(tmp_path, f"{n}.toml", patient=f"P-{n}", **FITS) for n in range(300)]
    files[150].write_text('schema = 1\npatient = "P-150"\n[lab]\nneutrophils = 3\n', "utf-8")
    done = run("check", *files, "--criteria", pack, "--format", form)

    assert done.code == 3
    assert done.err.startswith(f"error: {files[150]}: line 4, lab.neutrophils: 3 has no unit")
    assert done.err.count("\n") == 1
    if form == "json":
        found = json.loads(done.out)
        bad = [item for item in found if "error" in item]
        judged = [item["trials"][0]["verdict"] for item in found if "error" not in item]
    else:
        rows = list(csv.DictReader(StringIO(done.out)))
        bad = [row for row in rows if row["error"]]
        judged = [row["verdict"] for row in rows if row["criterion"] == "I1"]
        assert bad[0]["verdict"] == ""
    assert [item["file"] for item in bad] == [str(files[150])]
    assert judged == ["eligible"] * 299


MEASURED = """
import resource, sys
from cartscreen.cli.main import main
patient, *options = sys.argv[1:]
for count in (20, 300):
    sys.argv = ["cartscreen", "check", *[patient] * count, *options]
    try:
        main()
    except SystemExit as end:
        print(end.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.parametrize("form", STREAMED)
def test_80_memory_does_not_grow_with_the_batch(tmp_path: Path, pack: Path, form: str) -> None:
    """A batch takes no more memory for being long, and each file is reported or failed."""
    patient = profile(tmp_path, **FITS)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, patient, "--criteria", pack, "--format", form],
        capture_output=True,
        text=True,
        env=environment_of(),
        check=True,
    )
    short, long = (int(line.removeprefix("0 ")) for line in done.stderr.splitlines())
    told = {"table": "+ meets all", "markdown": "A tiny trial"}.get(form, "NCT00000001")

    assert long < short * 1.05, "some 2 MB; to keep 280 reports would take 5"
    assert done.stdout.count(told) >= 320


# 81: verdicts and exit codes


@pytest.mark.parametrize("data", [FITS, RULED_OUT, OPEN], ids=["fits", "ruled out", "open"])
@pytest.mark.parametrize("form", OF_ONE)
def test_81_a_verdict_is_no_error(
    tmp_path: Path, pack: Path, form: str, data: dict[str, Any]
) -> None:
    """Without --gate every verdict exits 0; with it, 0, 10 or 11, never 1 or 2."""
    command = ("check", profile(tmp_path, **data), "--criteria", pack, "--format", form)
    done, gated = run(*command), run(*command, "--gate")

    assert (done.code, done.err) == (0, "")
    assert gated.code == {str(FITS): 0, str(RULED_OUT): 10, str(OPEN): 11}[str(data)]
    assert gated.out == done.out


# 82: permissions


@pytest.mark.parametrize("mask", [0o022, 0, 0o077])
def test_82_output_is_for_its_owner_alone(tmp_path: Path, pack: Path, mask: int) -> None:
    """Whatever the umask, a report has mode 0600, and no folder is made."""
    patient, folder = profile(tmp_path, **FITS), tmp_path / "new"
    folder.mkdir()
    before = names_in(tmp_path)
    for name in OF_ONE:
        command = ("check", patient, "--criteria", pack, "--format", name)
        old = os.umask(mask)
        try:
            done = run(*command, "--output", folder / name)
        finally:
            os.umask(old)
        assert (done.code, done.out, done.err) == (0, "", "")
        assert (folder / name).read_text("utf-8") == run(*command).out
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert names_in(folder) == set(OF_ONE)
    assert names_in(tmp_path) == before


def test_82_output_replaces_the_whole_file(tmp_path: Path, pack: Path, report: Path) -> None:
    """A longer old report leaves no end behind, and its wider permissions go."""
    report.write_bytes(b"x" * 100_000)
    report.chmod(0o666)
    patient = profile(tmp_path, **FITS)
    done = run("check", patient, "--criteria", pack, "--output", report, *REPLACING)

    assert done.code == 0
    assert b"xxx" not in report.read_bytes()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


# 83: every step of writing fails in turn


class Steps:
    """What writing a file asks of the system, counted; the given one raises."""

    def __init__(self, patch: pytest.MonkeyPatch, failing: int, fault: BaseException) -> None:
        self.failing = failing
        self.fault = fault
        self.taken: list[str] = []
        for owner, name in (
            (tempfile, "mkstemp"),
            (os, "fsync"),
            (os, "replace"),
            (os, "chmod"),
            (os, "chown"),
            (os, "unlink"),
        ):
            patch.setattr(owner, name, self._counted(name, getattr(owner, name)))
        patch.setattr(os, "fdopen", self._opened(os.fdopen))

    def _reached(self, name: str) -> None:
        self.taken.append(name)
        if len(self.taken) == self.failing:
            raise self.fault

    def _counted(self, name: str, really: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            self._reached(name)
            return really(*arguments, **named)

        return step

    def _opened(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def opened(handle: int, mode: str = "r", *more: Any, **named: Any) -> Any:
            file = really(handle, mode, *more, **named)
            if "w" in mode:
                for name in ("write", "flush"):
                    setattr(file, name, self._counted(name, getattr(file, name)))
                closed = file.close

                def close() -> None:
                    closed()
                    self._reached("close")

                file.close = close
            return file

        return opened


def steps_of(work: Callable[[], Any]) -> list[str]:
    """The steps that the work takes where none fails."""
    with pytest.MonkeyPatch.context() as patch:
        steps = Steps(patch, 0, OSError())
        work()
    return steps.taken


FAULTS = {
    "full": (lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 5),
    "SIGINT": (KeyboardInterrupt, 130),
    "SIGTERM": (lambda: SystemExit(143), 143),
    "memory": (MemoryError, 1),
}
CASES = [
    *(("check", form, "full", OLD) for form in FORMATS),
    *(("plan", form, "full", OLD) for form in ("table", "json", "markdown", "html")),
    *((command, "json", fault, OLD) for command in WRITING for fault in list(FAULTS)[1:]),
    *((command, "json", "full", None) for command in WRITING),
]


@pytest.mark.parametrize(("command", "form", "fault", "old"), CASES)
def test_83_each_step_of_writing_a_report_fails(
    tmp_path: Path,
    pack: Path,
    report: Path,
    command: str,
    form: str,
    fault: str,
    old: bytes | None,
) -> None:
    """Whichever write, flush, fsync or rename fails: the old report is whole, or the new one is."""
    files = [
        profile(tmp_path, f"{n}.toml", patient=f"P-{n}", **data)
        for n, data in enumerate([FITS, OPEN])
    ]
    judged = files if command == "check" else files[:1]
    options = ("--criteria", pack, "--format", form)
    new = run(command, *judged, *options).out.encode()
    made, expected_code = FAULTS[fault]

    def work() -> Any:
        return run(command, *judged, *options, "--output", report, *REPLACING)

    steps = steps_of(work)
    assert {"mkstemp", "write", "flush", "fsync", "close", "replace", "unlink"} <= set(steps)
    for number, name in enumerate(steps, start=1):
        report.unlink(missing_ok=True)
        if old is not None:
            report.write_bytes(old)
        with pytest.MonkeyPatch.context() as patch:
            Steps(patch, number, made())
            done = work()
        harmless = name == "unlink" and fault == "full"  # the report stands already
        assert done.code == (0 if harmless else expected_code), (number, name)
        if fault == "full" and not harmless:
            assert re.fullmatch(f"error: {report}: the disk is full.*\\.\n", done.err)
        found = report.read_bytes() if report.exists() else None
        assert found == (new if name == "unlink" else old), (number, name)
        assert names_in(report.parent) <= {report.name}, (number, name)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("begun", [False, True], ids=["a new file", "a file"])
def test_83_each_step_of_saving_an_answer_fails(
    tmp_path: Path, pack: Path, begun: bool, fault: str
) -> None:
    """So it is with the profile that `ask` writes: it holds all answers, or all but the last.

    A full disk is met at each step; of the other faults each at every third.
    """
    folder = tmp_path / "patients"
    folder.mkdir()
    path = folder / "patient.toml"
    first = b'schema = 1\npatient = "P-7" # ours\n[dates]\nscreening = 2026-11-02\n'
    made, expected_code = FAULTS[fault]
    typed = b"no\n3 10^9/L\nq\n" if begun else b"P-7\n2026-11-02\nno\nq\n"

    def prepare() -> None:
        path.unlink(missing_ok=True)
        if begun:
            path.write_bytes(first)

    def work() -> Any:
        return run("ask", path, "--criteria", pack, stdin=typed)

    states: list[bytes | None] = [first if begun else None]
    with pytest.MonkeyPatch.context() as patch:
        really = os.replace

        def watched(source: Any, target: Any) -> None:
            really(source, target)
            states.append(path.read_bytes())

        patch.setattr(os, "replace", watched)
        prepare()
        assert work().code == 0
    assert len(states) == (3 if begun else 4)

    prepare()
    steps = steps_of(work)
    for number, name in enumerate(steps, start=1):
        if fault != "full" and (number + list(FAULTS).index(fault)) % 3:
            continue
        prepare()
        with pytest.MonkeyPatch.context() as patch:
            Steps(patch, number, made())
            done = work()
        harmless = name in ("unlink", "chown") and fault == "full"
        saved = steps[: number - 1].count("replace")
        assert done.code == (0 if harmless else expected_code), (number, name)
        content = path.read_bytes() if path.exists() else None
        assert content == states[-1 if harmless else saved], (number, name)
        assert names_in(folder) <= {path.name}, (number, name)
