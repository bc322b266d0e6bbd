"""The command line: it parses, calls and prints.

The only module that prints, exits, reads today's date, or opens what the user named. Imports that
one command alone needs stand in that command: `list-trials` should not wait for the rest.
"""

import gc
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, NoReturn

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nobody else's code, and 10 ms less

import typer

from cartscreen import NOTICE, __version__
from cartscreen.errors import (
    CartscreenError,
    InputError,
    OutputError,
    shown,
    visible,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cartscreen.profile import Profile
    from cartscreen.report import DateFrom, Failure, Report
    from cartscreen.screen import Chart
    from cartscreen.trial import Pack, Trial

EXITS = (
    "Exit status: 0 evaluation completed, whatever the verdict; 1 internal error; 2 usage; "
    "3 bad input; 4 bad criteria or unknown trial; 5 output could not be written; with --gate "
    "0 eligible for at least one selected trial, 10 ineligible for all, 11 otherwise; "
    "130 interrupted, 141 closed pipe."
)

app = typer.Typer(
    name="cartscreen",
    help=f"Which CAR-T trials could this patient be screened for, and what is missing?\n\n{NOTICE}",
    epilog=EXITS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback could print a patient
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How reports and lists are written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"


class Readings(StrEnum):
    """How ambiguous criteria are judged."""

    CAUTIOUS = "cautious"
    PREFERRED = "preferred"


class SchemaName(StrEnum):
    """The formats that have a JSON Schema."""

    REPORT = "report"
    PROFILE = "profile"
    TRIAL = "trial"


Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Patient profiles (TOML); - is standard input."),
]
Trials = Annotated[
    list[str] | None,
    typer.Option("--trial", metavar="ID", help="Only this trial, by id or registry number."),
]
Criteria = Annotated[
    Path | None,
    typer.Option(
        "--criteria",
        metavar="DIR",
        help="Judge by the trials of this folder; its facts.toml and drugs.toml add to ours.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="PATH", help="Write here instead of standard output."),
]


def _version(wanted: bool) -> None:
    if wanted:
        _write(f"cartscreen {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The options that stand before a command."""


@app.command(epilog=EXITS)
def check(
    files: Files,
    trial: Trials = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write.")] = Format.TABLE,
    output: Output = None,
    only: Annotated[
        str,
        typer.Option(metavar="STATUS,...", help="Criteria to show: failed, unknown, matched."),
    ] = "failed,unknown,matched",
    screening_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Judge on this date instead of the profile's."),
    ] = None,
    criteria: Criteria = None,
    readings: Annotated[
        Readings,
        typer.Option(help="cautious: all readings of an ambiguous text must agree."),
    ] = Readings.CAUTIOUS,
    gate: Annotated[
        bool, typer.Option("--gate", help="Let the exit status tell the verdict (see below).")
    ] = False,
) -> None:
    """Judge patients against the criteria of the trials.

    One report for each patient: matched, failed and unknown criteria of each trial, each with the
    datum it was judged by, and what to get next.
    """
    from cartscreen.report import Failure

    shown_statuses = _statuses(only)
    day = _date(screening_date) if screening_date else None
    pack, chosen = _selected(criteria, trial)
    verdicts: list[str] = []
    failed = False
    with _out(output) as write:
        writer = _Writer(format, shown_statuses, write, output)
        for item in _progress(files):
            judged = _judge(item, pack, chosen, day, preferred=readings is Readings.PREFERRED)
            if isinstance(judged, Failure):
                failed = True
                _complain(*judged.error)
            else:
                verdicts += [found.verdict for found in judged.trials]
            writer.add(judged)
        writer.end()
    if failed:
        raise typer.Exit(InputError.exit_code)
    if gate and "eligible" not in verdicts:
        raise typer.Exit(11 if "undetermined" in verdicts else 10)


@app.command(name="list-trials")
def list_trials(
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write.")] = Format.TABLE,
    criteria: Criteria = None,
) -> None:
    """List the trials: registry number, product, targets, phase, status, ages, size, place."""
    from cartscreen import about
    from cartscreen.render.trials import trial_list, trial_row

    contents = about.files_in(criteria) if criteria else about.bundled_files()
    where = f"{criteria}/" if criteria else "criteria/"
    rows = [trial_row(entry, count) for entry, count in about.heads(contents, where)]
    match format:
        case Format.TABLE:
            _draw(trial_list(rows))
        case Format.JSON:
            _write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        case Format.NDJSON:
            _write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        case Format.CSV:
            _write(_rows_as_csv(rows))
        case Format.MARKDOWN:
            _write(_rows_as_markdown(rows))


@app.command(name="show")
def show_trial(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Its id or registry number.")],
    criteria: Criteria = None,
) -> None:
    """Show a trial: what its page says and lacks, and how we read each criterion, in English."""
    from cartscreen.render import show

    pack, (chosen,) = _selected(criteria, [trial])
    _draw(show.trial_page(chosen, pack.vocabulary))


@app.command()
def template(
    trial: Trials = None,
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="FILE", help="Ask only for what this profile still lacks."),
    ] = None,
    criteria: Criteria = None,
    screening_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="With --for: judge on this date.")
    ] = None,
) -> None:
    """Write a commented profile to fill in, with only what these trials read."""
    from cartscreen.template import template as written

    pack, chosen = _selected(criteria, trial)
    day = _date(screening_date) if screening_date else None
    chart = _chart(for_, pack, day)[0] if for_ else None
    _write(written(chosen, pack, chart))


@app.command()
def facts(
    name: Annotated[
        str | None, typer.Argument(help="A fact, a section, a list of records, or a drug.")
    ] = None,
    criteria: Criteria = None,
) -> None:
    """List the vocabulary, or show one fact: how to write it, how it is derived, who reads it."""
    from cartscreen.render import show

    pack = _pack(criteria)
    if name is None:
        _draw(show.fact_list(pack.vocabulary))
        return
    try:
        _draw(show.fact_page(name, pack))
    except KeyError:
        hint = pack.vocabulary.suggestion(name)
        raise typer.BadParameter(
            f"there is no fact, section, list or drug {shown(name)}.{hint}"
        ) from None


@app.command()
def validate(files: Files, criteria: Criteria = None) -> None:
    """Read patient profiles and name every fault, without judging anything."""
    pack = _pack(criteria)
    failed = False
    for name in files:
        try:
            profile = _profile(name, pack)
        except InputError as fault:
            failed = True
            _complain(*fault.faults)
            continue
        _complain(*(f"{name}: {warning}" for warning in profile.warnings), kind="warning")
        entries = sum(len(found) for found in profile.records.values())
        _write(f"{name}: valid; {len(profile.facts)} facts, {entries} records\n")
    if failed:
        raise typer.Exit(InputError.exit_code)


@app.command()
def schema(
    name: Annotated[SchemaName, typer.Argument(help="report, profile or trial")],
    criteria: Criteria = None,
) -> None:
    """Print the JSON Schema of a report, a patient profile or a trial file."""
    from cartscreen import schema as schemas

    match name:
        case SchemaName.REPORT:
            data = schemas.report_schema()
        case SchemaName.TRIAL:
            data = schemas.trial_schema()
        case SchemaName.PROFILE:
            data = schemas.profile_schema(_pack(criteria).vocabulary)
    _write(json.dumps(data, indent=2) + "\n")


# What the commands share


def _statuses(only: str) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in only.split(","))
    for part in wanted:
        if part not in ("failed", "unknown", "matched"):
            raise typer.BadParameter(
                f"{shown(part)} is not failed, unknown or matched.", param_hint="--only"
            )
    return wanted


def _date(text: str) -> date:
    try:
        if len(text) == len("2025-06-02"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(
        f"{shown(text)} is not a date like 2025-06-02.", param_hint="--screening-date"
    )


def _pack(criteria: Path | None) -> "Pack":
    from cartscreen.trial import bundled_pack, load_pack

    gc.disable()  # a pack lives as long as the program: collecting while it is built is idle work
    try:
        return load_pack(criteria) if criteria else bundled_pack()
    finally:
        gc.freeze()
        gc.enable()


def _selected(criteria: Path | None, trials: list[str] | None) -> "tuple[Pack, Sequence[Trial]]":
    pack = _pack(criteria)
    return pack, pack.select(trials or [])


def _content(name: str) -> bytes:
    """The bytes of a regular file, or of standard input; never more than a profile may have."""
    from cartscreen.profile import MAX_BYTES

    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        # without O_NONBLOCK, opening a FIFO would wait for somebody to write to it
        handle = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InputError(f"{name}: this is not a file, but a folder, pipe or device.")
            return file.read(MAX_BYTES + 1)
    except OSError as fault:
        raise InputError(f"{name}: {fault.strerror}.") from None
    except ValueError:
        raise InputError(f"{shown(name)}: this is not a file name.") from None


def _profile(name: str, pack: "Pack") -> "Profile":
    from cartscreen.profile import parse_profile

    return parse_profile(_content(name), pack.vocabulary, name)


def _chart(name: str, pack: "Pack", day: date | None) -> "tuple[Chart, DateFrom]":
    """The chart of a file, and where its date comes from."""
    from cartscreen.screen import Chart

    profile = _profile(name, pack)
    if day is not None:
        return Chart(profile, pack, day), "option"
    if profile.screening is not None:
        return Chart(profile, pack, profile.screening.earliest), "profile"
    return Chart(profile, pack, date.today()), "today"


def _judge(
    name: str, pack: "Pack", trials: "Sequence[Trial]", day: date | None, *, preferred: bool
) -> "Report | Failure":
    """The report of a file, or why there is none."""
    from cartscreen.report import Failure, report

    try:
        chart, origin = _chart(name, pack, day)
    except InputError as fault:
        return Failure(file=name, error=list(fault.faults))
    return report(chart, trials, file=name, date_from=origin, preferred=preferred)


class _Writer:
    """Writes reports one after another, so that a long batch does not wait in memory."""

    def __init__(
        self,
        format: Format,
        only: tuple[str, ...],
        write: Callable[[str], None],
        output: Path | None,
    ) -> None:
        self.format = format
        self.only = only
        self.write = write
        self.to_terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
        self.count = 0
        self.kept: list[Report | Failure] = []

    def add(self, item: "Report | Failure") -> None:
        self.write(self._text(item))
        self.count += 1

    def _text(self, item: "Report | Failure") -> str:
        match self.format:
            case Format.TABLE:
                self.kept.append(item)  # drawn together, with a table of all patients at the end
                return ""
            case Format.JSON:
                from cartscreen.render import json as renderer

                return ("[\n" if self.count == 0 else ",\n") + renderer.render(item, lines=False)
            case Format.NDJSON:
                from cartscreen.render import json as renderer

                return renderer.render(item, lines=True) + "\n"
            case Format.CSV:
                from cartscreen.render import csv

                return csv.render(item, only=self.only, header=self.count == 0)
            case Format.MARKDOWN:
                from cartscreen.render import markdown

                return ("\n" if self.count else "") + markdown.render(item, only=self.only)

    def end(self) -> None:
        if self.format is Format.JSON:
            self.write("\n]\n")
        if self.format is Format.TABLE:
            from cartscreen.render import table

            text = table.render(
                self.kept,
                only=self.only,
                width=_width(),
                colour=self.to_terminal and _colour(),
                ascii_only=self.to_terminal and not _unicode(),
            )
            self.write(text)


def _width() -> int:
    """Columns of the terminal, or of COLUMNS; 80 where neither says."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    with suppress(OSError, ValueError, AttributeError):
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    return 80


def _colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _unicode() -> bool:
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return encoding.lower().replace("-", "").startswith("utf")


def _draw(parts: "Iterator[RenderableType] | object") -> None:
    from cartscreen.render.draw import draw

    terminal = sys.stdout is not None and sys.stdout.isatty()
    text = draw(
        parts,  # type: ignore[arg-type]
        width=_width(),
        colour=terminal and _colour(),
        ascii_only=not _unicode(),
    )
    _write(text)


def _rows_as_csv(rows: list[dict[str, object]]) -> str:
    import csv
    from io import StringIO

    from cartscreen.render.csv import guarded

    file = StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: guarded(str(value)) for key, value in row.items()} for row in rows])
    return file.getvalue()


def _rows_as_markdown(rows: list[dict[str, object]]) -> str:
    from cartscreen.render.markdown import escaped

    names = list(rows[0])
    lines = [names, ["---"] * len(names)]
    lines += [[escaped(str(value)) for value in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _progress(files: list[str]) -> Iterator[str]:
    """The files, with a count on standard error where a person is watching a long batch."""
    watched = len(files) > 20 and sys.stderr.isatty()
    for number, name in enumerate(files, start=1):
        if watched:
            print(f"\r{number} of {len(files)}", end="", file=sys.stderr)  # noqa: T201
        yield name
    if watched:
        print(file=sys.stderr)  # noqa: T201


def _complain(*sentences: str, kind: str = "error") -> None:
    """Sentences on standard error, control characters made visible."""
    for sentence in sentences:
        with suppress(OSError, ValueError):
            text = f"{kind}: {visible(sentence)}\n"
            encoding = getattr(sys.stderr, "encoding", None) or "ascii"
            sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _write(text: str) -> None:
    """Text to standard output, whole or with exit 5 (141 when the reader has gone)."""
    if sys.stdout is None or sys.stdout.closed:
        raise OutputError("standard output is closed; the report was not written.")
    try:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # what Python would still flush at its end goes nowhere, and says nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(141) from None
    except (OSError, ValueError) as fault:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = getattr(fault, "strerror", None) or "it is closed"
        raise OutputError(f"standard output: {reason}; the report was not written.") from None


@contextmanager
def _out(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Where to write: standard output, or a file that appears whole or not at all."""
    if path is None:
        yield _write
        return
    import tempfile

    _writable(path)
    try:
        handle, name = tempfile.mkstemp(prefix=".cartscreen-", dir=path.parent)
    except OSError as fault:
        raise OutputError(f"{path}: {fault.strerror}.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield _writer_to(file, path)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as fault:
        raise OutputError(f"{path}: {fault.strerror}; nothing was written.") from None
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _writer_to(file: IO[str], path: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        try:
            file.write(text)
        except OSError as fault:
            raise OutputError(f"{path}: {fault.strerror}; nothing was written.") from None

    return write


def _writable(path: Path) -> None:
    """Fail before the work where the file could not be written."""
    if path.is_dir():
        raise OutputError(f"{path}: this is a folder; --output takes a file.")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent}: there is no such folder.")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path.parent}: this folder cannot be written to.")


def main() -> NoReturn:
    """Run the program; every error becomes sentences and an exit code."""
    try:
        app()
    except CartscreenError as fault:
        _complain(*str(fault).splitlines())
        code = fault.exit_code
    except KeyboardInterrupt:
        code = 130
    except MemoryError:
        _complain("out of memory.")
        code = 1
    except Exception as fault:
        frame = fault.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = (
            f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
        )
        _complain(f"internal error ({type(fault).__name__} at {place}). Please report it.")
        code = 1
    else:
        code = 0
    sys.exit(code)
