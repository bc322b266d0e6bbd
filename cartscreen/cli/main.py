"""The program from start to end: streams, signals, exit codes, faults in one sentence."""

import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import typer

from cartscreen.cli.commands import app
from cartscreen.cli.output import READER_GONE, complain, drop_output, fitted_to
from cartscreen.errors import (
    CartscreenError,
    OutputError,
    refusal,
)
from cartscreen.text import visible


def main() -> NoReturn:
    """Run the program; every error becomes sentences and an exit code."""
    try:
        _open_streams()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _terminated)
        code = _exit_code()
        sys.stdout.flush()
    except BaseException as fault:  # saying what is wrong went wrong; a traceback might show values
        code = 130 if isinstance(fault, KeyboardInterrupt) else 1
    sys.exit(code)


def _open_streams() -> None:
    """Python has None for a stream that was closed; put a file there on which writing fails.

    Standard output has the same bytes on every system: Windows would end lines in its own way.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(newline="\n")
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 (open to the end)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (open to the end)


def _terminated(number: int, _: FrameType | None) -> NoReturn:
    """End as an error would, so that no temporary file stays."""
    raise SystemExit(128 + number)


def _exit_code() -> int:
    try:
        return app(prog_name="cartscreen", standalone_mode=False) or 0
    except CartscreenError as fault:
        complain(*fault.faults)  # not lines: the name of a file may hold an end of line
        return fault.exit_code
    except _UsageError as fault:
        return _usage(fault)
    except (KeyboardInterrupt, typer.Abort):  # Typer makes the end of input an Abort
        return 130
    except SystemExit as fault:
        if isinstance(fault.__context__, BrokenPipeError):  # Typer ends so where it prints help
            return READER_GONE
        return fault.code if isinstance(fault.code, int) else 0
    except OSError as fault:
        if fault.filename is not None:
            return _internal(fault)
        drop_output()  # help, which Typer prints
        complain(f"standard output: {refusal(fault, 'it is closed')}.")
        return OutputError.exit_code
    except MemoryError:
        complain("out of memory.")
        return 1
    except Exception as fault:
        return _internal(fault)


_UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # it has no public name


def _usage(fault: Any) -> int:
    """What is wrong with the command line, below the usage of the command."""
    from io import StringIO

    text = StringIO()
    fault.show(text)
    for line in text.getvalue().expandtabs(2).splitlines():
        said = visible(line.replace(": Value error, ", ": "))  # so Typer begins with what we know
        sys.stderr.write(fitted_to(f"{said}\n", sys.stderr.encoding))
    return int(fault.exit_code)


def _internal(fault: Exception) -> int:
    """Where the program is wrong: type and place, and never a value."""
    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    complain(f"internal error ({type(fault).__name__} at {place}). Please report it.")
    return 1
