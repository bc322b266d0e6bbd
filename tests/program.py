"""How tests run the program: in this process where they can, in one of its own where they must."""

import fcntl
import gc
import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import tomli_w
import typer.main
from support import ROOT

from cartscreen.cli.commands import app
from cartscreen.cli.main import main
from cartscreen.cli.output import Format

EXAMPLES = ROOT / "examples"
ADULT = str(EXAMPLES / "sle-nephritis-adult.toml")
PROGRAM = [sys.executable, "-c", "from cartscreen.cli.main import main; main()"]
WITH_DATA = [name for name in Format if name is not Format.VERDICTS]
"""The formats that show data; verdicts name criteria alone."""
IN_FULL = [name for name in WITH_DATA if name is not Format.LOG]
"""The formats that list every criterion with its data (see `in_full`); the log has a row."""
COMMAND = typer.main.get_command(app)
"""The commands as they are parsed, made once: each start of the program makes them anew."""
PATIENCE = 120
"""Seconds after which a process that a test waits for is taken to hang. No speed is asked for by
it: on a machine with much else to do, a start may take half a minute.
"""
PLAIN = {"COLUMNS": "80", "TERM": "xterm-256color", "NO_COLOR": "", "PYTHONIOENCODING": "utf-8"}

TINY_TRIAL = """
[trial]
id       = "tiny"
name     = "A tiny trial"
registry = "NCT00000001"
source   = "tiny.txt"
checked  = 2026-11-01

[[inclusion]]
id     = "I1"
title  = "Neutrophils at least 1 x 10^9/L"
source = "Inclusion 1"
rule   = "lab.neutrophils >= 1 10^9/L"

[[exclusion]]
id     = "E1"
title  = "Lupus nephritis"
source = "Exclusion 1"
rule   = "diagnosis.lupus_nephritis"
"""

# for the tiny trial: both criteria matched; the exclusion failed; nothing known of the exclusion
FITS = {"lab": {"neutrophils": "3.2 10^9/L"}, "diagnosis": {"lupus_nephritis": False}}
RULED_OUT = {"diagnosis": {"lupus_nephritis": True}}
OPEN = {"lab": {"neutrophils": "3.2 10^9/L"}}


@dataclass(frozen=True)
class Done:
    """What the program left behind."""

    code: int
    out: str
    err: str


class _Stream(io.TextIOWrapper):
    """A standard stream on a buffer that outlives it."""

    def close(self) -> None:
        self.flush()


def run(
    *arguments: str | Path,
    stdin: bytes = b"",
    encoding: str = "utf-8",
    redirected: str = "",
    **environment: str,
) -> Done:
    """`cartscreen arguments` in this process. Standard output and error take this encoding.

    redirected: ">&-" closes standard output, as Python then shows it; "> /dev/full" fills its disk.
    """
    out, err = io.BytesIO(), io.BytesIO()
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"),
        "stdout": _Stream(out, encoding=encoding, newline="\n"),
        "stderr": _Stream(err, encoding=encoding, newline="\n", errors="backslashreplace"),
        "argv": ["cartscreen", *map(str, arguments)],
    }
    if redirected:
        streams["stdout"] = None if redirected == ">&-" else open(redirected[2:], "w")  # noqa: PTH123, SIM115
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    handlers = {number: signal.getsignal(number) for number in numbers}
    # a shell that runs the tests in the background lets them ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        mock.patch.multiple(sys, **streams),
        mock.patch.dict(os.environ, PLAIN | environment),
        mock.patch.object(typer.main, "get_command", return_value=COMMAND),
        # with `python -m pytest` the program would be named after pytest
        mock.patch.object(sys.modules["__main__"], "__package__", None, create=True),
    ):
        try:
            gc.disable()  # as __main__.py does, for a program that ends soon; the tests go on
            with pytest.raises(SystemExit) as ended:
                main()
            if redirected:
                sys.stdout.close()  # for a closed one, the program has opened another
        finally:
            gc.enable()
            for number, handler in handlers.items():
                signal.signal(number, handler)
        if not redirected:
            streams["stdout"].flush()
        streams["stderr"].flush()
    code = ended.value.code
    assert isinstance(code, int)
    return Done(code, out.getvalue().decode(encoding), err.getvalue().decode(encoding))


def environment_of(**more: str) -> dict[str, str]:
    """The environment of a process that `spawned` or a test starts."""
    return {**os.environ, **PLAIN, **more}


def spawned(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Done:
    """`cartscreen arguments` as a process of its own, its output in pipes."""
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment_of(**environment),
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_shell(redirected: str, *arguments: str | Path) -> Done:
    """`cartscreen arguments` in a shell that redirects its streams."""
    done = subprocess.run(
        ["sh", "-c", f'"$@" {redirected}', "sh", *PROGRAM, *map(str, arguments)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment_of(),
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def started(*arguments: str | Path, **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """`cartscreen arguments`, still running; it is killed if the test leaves it so."""
    given = {
        **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
        # a shell that runs the tests in the background, or nohup, lets its children ignore them
        "preexec_fn": lambda: [
            signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)
        ],
    }
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], env=environment_of(), **(given | options)
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def let_it_wait(process: "subprocess.Popen[bytes]") -> None:
    """Until a process waits for its input; where the system does not show it, for a second."""
    state = Path(f"/proc/{process.pid}/stat")
    asleep = 0
    while state.exists() and asleep < 5 and process.poll() is None:
        asleep = asleep + 1 if state.read_text().rpartition(")")[2].split()[0] == "S" else 0
        time.sleep(0.02)
    if not state.exists():
        time.sleep(1)


def on_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What the program writes to a terminal."""
    master, slave = pty.openpty()
    more = {"PYTHONIOENCODING": "utf-8", **environment}
    given = {name: text for name, text in environment_of(**more).items() if name != "COLUMNS"}
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=slave, stdout=slave, stderr=slave, env=given
    )
    os.close(slave)
    parts = list(chunks(master))
    os.close(master)
    process.wait(PATIENCE)
    return b"".join(parts).decode().replace("\r\n", "\n")


def chunks(handle: int) -> Iterator[bytes]:
    with suppress(OSError):  # Linux says EIO when the other side is closed
        while select.select([handle], [], [], PATIENCE)[0] and (part := os.read(handle, 65536)):
            yield part


WATCHED = """
import ast, io, sys
events = []
def watch(event, arguments):
    if event.partition(".")[0] in ("socket", "urllib", "http", "ftplib", "smtplib", "subprocess") \\
            or event in ("os.system", "os.exec", "os.posix_spawn", "os.fork"):
        events.append(event)
        raise OSError("no network here")
sys.addaudithook(watch)
from cartscreen.cli.main import main
codes, texts, out = [], [], sys.stdout
for command in ast.literal_eval(sys.argv[1]):
    sys.argv = ["cartscreen", *command]
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        main()
    except SystemExit as end:
        codes.append(end.code)
    texts.append(sys.stdout.buffer.getvalue().decode())
modules = sorted(sys.modules)
import json
print(json.dumps([codes, texts, events, modules]), file=out)
"""


@dataclass(frozen=True)
class Watched:
    """Of several commands: exit codes, standard outputs, network events; the modules imported."""

    codes: list[int]
    texts: list[str]
    events: list[str]
    modules: set[str]


def watched(*commands: list[str], cwd: Path | None = None, **environment: str) -> Watched:
    """The commands one after another in one new process, in which sockets raise."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(commands)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment_of(**environment),
        timeout=PATIENCE,
        check=True,
    )
    codes, texts, events, modules = json.loads(done.stdout)
    return Watched(codes, texts, events, set(modules))


def profile(folder: Path, name: str = "patient.toml", **data: Any) -> Path:
    """A patient file in the folder; screened on 2026-11-02 unless the data says otherwise."""
    path = folder / name
    dates = {"screening": "2026-11-02"}
    path.write_text(
        tomli_w.dumps({"schema": 1, "patient": "P-1", "dates": dates, **data}), encoding="utf-8"
    )
    return path


def tiny_pack(folder: Path, trial: str = TINY_TRIAL) -> Path:
    """A folder of criteria with one small trial."""
    pack = folder / "pack"
    pack.mkdir()
    (pack / "tiny.toml").write_text(trial, encoding="utf-8")
    return pack


def in_full(format: str) -> list[str]:
    """The options with which `check` writes every criterion with all that was found."""
    return ["--format", format, *(["--all"] if format == "table" else [])]


def flat(text: str) -> str:
    return " ".join(text.split())


def is_whole(word: str, text: str) -> bool:
    """The word stands in the text between other words, and is not broken by a line's end."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) is not None


NASTY = {
    "markup": ("[red]x[/red]", "[red]x[/red]"),
    "end of markup": ("[/red]", "[/red]"),
    "emoji code": (":x: :smile:", ":x: :smile:"),
    "link": ("[link=javascript:alert(1)]x[/link]", "[link=javascript:alert(1)]x[/link]"),
    "ESC": ("a\x1b[31mb", "a\\u001b[31mb"),
    "OSC 8": ("\x1b]8;;http://x\x07y", "\\u001b]8;;http://x\\u0007y"),
    "C1": ("a\x9b31mb", "a\\u009b31mb"),
    "bidi": ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    "zero width": ("a\u200bb\u200dc\ufeffd", "a\\u200bb\\u200dc\\ufeffd"),
    "NUL": ("a\0b", "a\\u0000b"),
    "CR": ("a\rb", "a\\u000db"),
    "line end": ("a\nb", "a\\u000ab"),
    "line separator": ("a\u2028b\x85c", "a\\u2028b\\u0085c"),
    "DEL": ("a\x7fb", "a\\u007fb"),
    "tag": ("a\U000e0041b", "a\\U000e0041b"),
    "blank": ("a\u3164b\u034fc\ufe0fd", "a\\u3164b\\u034fc\\ufe0fd"),
}
CANNOT_BE_SEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u034f\u200b-\u200f\u2028-\u202e\u2066-\u2069\u3164"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
