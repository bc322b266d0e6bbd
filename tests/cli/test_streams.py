"""Streams and signals played in this process: closed, full, without a reader, at a terminal.

Processes of their own are held to the same in the other files here; these reach each line of it.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from program import FITS, OPEN, Done, profile, run, tiny_pack

from cartscreen.cli import commands, profiles, trials
from cartscreen.cli import files as cli_files
from cartscreen.cli import main as cli_main

Played = Callable[..., None]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """The next run begins with these streams in place of its own."""
    used: list[Any] = []

    def play(**streams: Any) -> None:
        opened = cli_main._open_streams

        def open_streams() -> None:
            for name, stream in streams.items():
                setattr(sys, name, stream)
            opened()
            used.extend(getattr(sys, name) for name in streams)

        monkeypatch.setattr(cli_main, "_open_streams", open_streams)

    yield play
    for stream in filter(None, used):
        with suppress(OSError):  # nobody reads what it would still write
            stream.close()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, typed: bytes = b"") -> None:
        self.raw_bytes = io.BytesIO(typed)
        super().__init__(self.raw_bytes, encoding="utf-8", newline="\n", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return self.raw_bytes.getvalue().decode()


# standard output


@pytest.mark.parametrize("command", [["list-trials"], ["--help"]])
def test_nobody_reads_the_pipe(played: Played, command: list[str]) -> None:
    """Exit 141, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    played(stdout=os.fdopen(writer, "w", encoding="utf-8"))

    assert run(*command) == Done(141, "", "")


@pytest.mark.parametrize(
    ("command", "more"), [(["list-trials"], "; the report was not written"), (["--help"], "")]
)
def test_the_disk_is_full(played: Played, command: list[str], more: str) -> None:
    """Exit 5, in one line."""
    played(stdout=os.fdopen(os.open("/dev/full", os.O_WRONLY), "w", encoding="utf-8"))

    assert run(*command) == Done(5, "", f"error: standard output: the disk is full{more}.\n")


def test_standard_output_is_closed(played: Played) -> None:
    """Python has None for it."""
    played(stdout=None)

    assert run("list-trials") == Done(
        5, "", "error: standard output: it is closed; the report was not written.\n"
    )


# standard error and standard input


def test_standard_error_is_closed(played: Played, tmp_path: Path) -> None:
    """What cannot be said there changes no exit code."""
    played(stderr=None)

    assert run("check", tmp_path / "none.toml").code == 3


def test_standard_input_is_closed(played: Played, pack: Path) -> None:
    played(stdin=None)
    done = run("check", "-", "--criteria", pack)

    assert (done.code, done.err) == (3, "error: -: standard input is closed.\n")


def test_a_closed_input_ends_the_questions(played: Played, tmp_path: Path, pack: Path) -> None:
    """As leaving does."""
    played(stdin=None)
    done = run("ask", profile(tmp_path, **OPEN), "--criteria", pack)

    assert (done.code, done.err) == (0, "")
    assert "0 answers saved in" in done.out


# terminals


def test_what_is_typed_is_not_printed_again(played: Played, tmp_path: Path, pack: Path) -> None:
    """A terminal shows it already."""
    played(stdin=Terminal(b"no\nq\n"))
    done = run("ask", profile(tmp_path, **OPEN), "--criteria", pack)

    assert (done.code, done.err) == (0, "")
    assert "> no" not in done.out
    assert "tiny: undetermined -> meets every listed criterion" in done.out


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal_that_has_it(
    played: Played, tmp_path: Path, pack: Path, environment: dict[str, str], coloured: bool
) -> None:
    screen = Terminal()
    played(stdout=screen)
    done = run("check", profile(tmp_path, **FITS), "--criteria", pack, **environment)

    assert done.code == 0
    assert "meets every listed criterion" in screen.text
    assert ("\x1b[" in screen.text) == coloured


@pytest.mark.parametrize(("count", "watched"), [(3, False), (4, True)])
def test_a_long_batch_is_counted_for_who_watches(
    played: Played, tmp_path: Path, pack: Path, count: int, watched: bool
) -> None:
    """From four files on each is named; the line is gone before what comes next is written."""
    screen = Terminal()
    played(stderr=screen)
    patient = profile(tmp_path, **FITS)
    done = run("check", *[patient] * count, "--criteria", pack, "--format", "ndjson")
    shown = [line for line in screen.text.split("\r") if line.strip()]

    assert done.code == 0
    assert [line[:8] for line in shown] == [f"{n} of 4: " for n in range(1, 5)] * watched
    assert not watched or screen.text.endswith("\r")


# signals


def sends(number: int) -> Callable[..., Any]:
    """A step of the program in whose middle this process gets a signal."""
    really = commands.judge_file

    def judge(*arguments: Any, **options: Any) -> Any:
        os.kill(os.getpid(), number)
        return really(*arguments, **options)

    return judge


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_a_batch(
    tmp_path: Path, pack: Path, number: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its own exit code, and how far it came."""
    monkeypatch.setattr(commands, "judge_file", sends(number))
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup lets the tests ignore it
    try:
        done = run("check", profile(tmp_path, **FITS), "--criteria", pack)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert (done.code, done.err) == (code, "error: interrupted after 0 of 1 files.\n")


def test_a_hang_up_that_is_ignored_stays_ignored(
    tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(commands, "judge_file", sends(signal.SIGHUP))
    try:
        done = run("check", profile(tmp_path, **FITS), "--criteria", pack)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert (done.code, done.err) == (0, "")


def test_an_interrupted_sitting_says_where_it_stands(
    tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(profiles, "read_line", interrupted)
    done = run("ask", profile(tmp_path, **OPEN), "--criteria", pack)

    assert (done.code, done.err) == (130, "")
    assert "0 answers saved in" in done.out
    assert done.out.endswith("tiny: undetermined, 1 to get\n")


def test_an_interrupt_before_the_command_line_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_main, "app", interrupted)

    assert run("list-trials") == Done(130, "", "")


# what an answer meets on its way to the file


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "tempfile.mkstemp"])
def test_an_answer_that_cannot_be_saved(
    tmp_path: Path, pack: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 5, in one line; the profile is what it was, and no temporary file stays."""
    patient = profile(tmp_path, **OPEN)
    before = patient.read_bytes()
    monkeypatch.setattr(step, full)
    done = run("ask", patient, "--criteria", pack, stdin=b"no\n")

    assert done.code == 5
    assert done.err == (f"error: {patient}: the disk is full; the answer was not saved.\n")
    assert patient.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pack", "patient.toml"]


@pytest.mark.parametrize("protected", ["folder", "file"])
def test_a_profile_that_may_not_be_written_is_not_asked_about(
    tmp_path: Path, pack: Path, protected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first question. (Root may write: the answer is played.)"""
    patient = profile(tmp_path, **OPEN)
    kept = patient if protected == "file" else tmp_path
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != kept)

    assert run("ask", patient, "--criteria", pack, stdin=b"no\n") == Done(
        5, "", f"error: {patient}: answers cannot be saved here; it may only be read.\n"
    )


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"# by hand\n")


@pytest.mark.parametrize(
    ("existing", "change", "said"),
    [
        (True, edited, "was changed or taken away"),
        (True, Path.unlink, "was changed or taken away"),
        (False, Path.touch, "was made"),
    ],
    ids=["edited", "gone", "made"],
)
def test_somebody_else_has_the_file_meanwhile(
    tmp_path: Path,
    pack: Path,
    existing: bool,
    change: Callable[[Path], None],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a question waits; what they did stays, and the answer is refused."""
    patient = profile(tmp_path, **OPEN) if existing else tmp_path / "patient.toml"

    def typed(_: str) -> str:
        change(patient)
        return "no"

    for module in (profiles, cli_files):
        monkeypatch.setattr(module, "read_line", typed)
    done = run("ask", patient, "--criteria", pack)

    assert done.code == 5
    assert done.err.startswith(f"error: {patient}: the file {said} by somebody else meanwhile;")
    assert not patient.exists() or b"lupus_nephritis" not in patient.read_bytes()


# faults


def test_a_file_of_the_program_that_is_missing_is_an_internal_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not one of standard output; the name is not shown."""

    def broken(_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "units.toml")

    monkeypatch.setattr(trials, "_pack", broken)
    done = run("facts")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: internal error (FileNotFoundError at test_streams.py:")
    assert "units.toml" not in done.err


@pytest.mark.parametrize("columns", [40, 100])
def test_the_width_is_that_of_the_terminal(
    columns: int, tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where COLUMNS does not say otherwise; no line is longer, and the room is used."""
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, 24)))
    patient = profile(tmp_path, **OPEN)
    done = run("check", patient, "--criteria", pack, COLUMNS="")
    longest = max(map(len, done.out.splitlines()))

    assert columns - 20 < longest <= columns
