"""The command line: it parses, calls and prints.

The only module that prints, exits, reads today's date, or opens what the user named. Imports that
one command alone needs stand in that command: `list-trials` should not wait for the rest.
"""

import gc
import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Annotated, Any, NoReturn, Self

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nobody else's code, and 10 ms less

import typer

from cartscreen import NOTICE, __version__
from cartscreen.errors import (
    CartscreenError,
    CriteriaError,
    InputError,
    OutputError,
    Problem,
    did_you_mean,
    escape,
    refusal,
    shown,
    visible,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cartscreen.ask import Session
    from cartscreen.profile import Profile
    from cartscreen.report import DateFrom, Failure, Options, Report
    from cartscreen.screen import Chart, Status, Verdict
    from cartscreen.trial import Pack, Trial

EXITS = (
    "Exit status: 0 evaluation completed, whatever the verdict; 1 internal error; 2 usage; "
    "3 bad input; 4 bad criteria or unknown trial; 5 output could not be written; with --gate "
    "0 eligible for at least one selected trial, 10 ineligible for all, 11 otherwise; of verify "
    "0 every verdict holds, 10 one does not; "
    "130 interrupted, 141 closed pipe, 143 terminated."
)

app = typer.Typer(
    name="cartscreen",
    help=f"Which CAR-T trials could this patient be screened for, and what is missing?\n\n{NOTICE}",
    epilog=EXITS,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: readable in 0 columns, and without colour where not wanted
    pretty_exceptions_enable=False,  # a traceback could print a patient
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How reports are written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


class ListFormat(StrEnum):
    """How the list of trials is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"


class PlanFormat(StrEnum):
    """How plans are written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class BriefFormat(StrEnum):
    """How everything else is written."""

    TABLE = "table"
    JSON = "json"


class Readings(StrEnum):
    """How ambiguous criteria are judged."""

    CAUTIOUS = "cautious"
    PREFERRED = "preferred"


class SchemaName(StrEnum):
    """The formats that have a JSON Schema."""

    REPORT = "report"
    PLAN = "plan"
    PROFILE = "profile"
    TRIAL = "trial"


Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE", help="Patient profiles (TOML); - is standard input."),
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
        readable=False,  # said by the loader, as bad criteria
        help="Judge by the trials of this folder; its facts and drugs add to ours.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        readable=False,  # it is written; and what hinders that is not wrong usage
        help="Write here instead of standard output.",
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace the file of --output if it is there already.")
]


File = Annotated[
    str, typer.Argument(metavar="FILE", help="A patient profile (TOML); - is standard input.")
]
BriefFormatOption = Annotated[BriefFormat, typer.Option("--format", "-f", help="How to write.")]
ScreeningDate = Annotated[
    str | None, typer.Option(metavar="DATE", help="Judge on this date instead of the profile's.")
]
ReadingsOption = Annotated[
    Readings, typer.Option(help="cautious: all readings of an ambiguous text must agree.")
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


@app.command(
    help="""Judge patients against the criteria of the trials.

    One report for each patient: matched, failed and unknown criteria of each trial, each with the
    datum it was judged by, and what to get next.
    """,
    epilog=f"{EXITS}\n\n{NOTICE}",
)
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
    force: Force = False,
) -> None:
    from cartscreen.report import Failure

    shown_statuses = _statuses(only)
    day = _day_given(screening_date)
    pack, chosen = _selected(criteria, trial)
    options = _options(trial, screening_date, criteria, readings, shown_statuses)
    verdicts: set[str] = set()
    failed = False
    with (
        _out(output, [*files, *_criteria_files(criteria)], force) as write,
        _Writer(format, shown_statuses, write, output) as writer,
    ):
        try:
            for item in _progress(files):
                judged = _judge(item, pack, chosen, day, options)
                if isinstance(judged, Failure):
                    failed = True
                    _complain(*judged.error)
                else:
                    verdicts.update(found.verdict for found in judged.trials)
                writer.add(judged)
        except (KeyboardInterrupt, SystemExit):
            _complain(f"interrupted after {writer.count} of {len(files)} files.")
            raise
    if failed:
        raise typer.Exit(InputError.exit_code)
    if gate and "eligible" not in verdicts:
        raise typer.Exit(11 if "undetermined" in verdicts else 10)


@app.command(
    help="""Say what comes next for a patient.

    When the patient fits, how far from it, what to get, what to ask. Looks two years ahead with
    nothing new happening; study visits move with the screening date. Trials stand first that least
    stands in the way of.
    """,
    epilog=NOTICE,
)
def plan(
    file: File,
    trial: Trials = None,
    format: Annotated[
        PlanFormat, typer.Option("--format", "-f", help="How to write.")
    ] = PlanFormat.TABLE,
    output: Output = None,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
    readings: ReadingsOption = Readings.CAUTIOUS,
    force: Force = False,
) -> None:
    from cartscreen.plan import plan as planned

    pack, chosen = _selected(criteria, trial)
    chart, origin = _chart(file, pack, _day_given(screening_date))
    options = _options(trial, screening_date, criteria, readings)
    with _out(output, [file, *_criteria_files(criteria)], force) as write:
        found = planned(chart, chosen, file=file, date_from=origin, options=options)
        if format is PlanFormat.JSON:
            write(json.dumps(found.model_dump(by_alias=True), indent=2) + "\n")
        elif format is PlanFormat.HTML:
            from cartscreen.render import html

            write(html.render([found]))
        else:
            from cartscreen.render import plan as renderer

            if format is PlanFormat.MARKDOWN:
                write(renderer.markdown(found))
            else:
                write(_drawn(renderer.lines(found), to_file=output is not None))


@app.command(
    help="""Ask for what is missing, the best first.

    One question at a time. Each answer is checked and written into the profile at once, beside
    what stands there, and the verdicts that it changes are shown. Leave when you like, and start
    again later.
    """,
    epilog=NOTICE,
)
def ask(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A patient profile (TOML); begun where there is none."),
    ],
    trial: Trials = None,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
) -> None:
    from cartscreen.ask import Session
    from cartscreen.profile import parse_profile

    if file == "-":
        raise typer.BadParameter("answers are saved in a file; - is none.", param_hint="FILE")
    pack, chosen = _selected(criteria, trial)
    day = _day_given(screening_date)

    def load(content: bytes) -> "tuple[Chart, DateFrom]":
        return _charted(parse_profile(content, pack.vocabulary, file), file, pack, day)

    kept = _Kept(file)
    content = _begun(kept, load) if kept.content is None else kept.content
    _converse(Session(content, load, chosen, date.today(), where=file), kept)


@app.command(
    help="""Show what follows from a profile.

    Value, formula in words, inputs, validity and source; and what could not be derived, with what
    it lacks. A stated value is used before a derived one.
    """,
    epilog=NOTICE,
)
def derive(
    file: File,
    fact: Annotated[
        list[str] | None, typer.Argument(help="Only these facts, or `treatment`; without: all.")
    ] = None,
    format: BriefFormatOption = BriefFormat.TABLE,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
) -> None:
    from cartscreen.explain import derived_facts, explained_lists

    pack = _pack(criteria)
    derivable = [name for name, entry in pack.vocabulary.facts.items() if entry.derive]
    lists = explained_lists(pack.vocabulary)
    for name in fact or []:
        if name not in (*derivable, *lists):
            hint = did_you_mean(name, derivable)
            raise typer.BadParameter(f"{shown(name)} is no derived fact.{hint}", param_hint="FACT")
    chart, _ = _chart(file, pack, _day_given(screening_date))
    found = list(derived_facts(chart, fact or []))
    if format is BriefFormat.JSON:
        rows = [item.model_dump() for item in found]
        _write(json.dumps(rows, indent=2) + "\n")
    else:
        from cartscreen.render import explain as renderer

        _draw(renderer.lines(found))


@app.command(
    help="""Say what changes between two profiles.

    Or of one profile, with other values, another date or other criteria.
    """,
    epilog=NOTICE,
)
def diff(
    file: File,
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="A second profile; without: the same.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FACT=VALUE",
            help='On the second side: --set lab.platelets="25 10^9/L".',
        ),
    ] = None,
    screening_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="On the second side: judge on this date.")
    ] = None,
    criteria: Annotated[
        Path | None, typer.Option(metavar="DIR", help="On the second side: judge by these trials.")
    ] = None,
    trial: Trials = None,
    format: BriefFormatOption = BriefFormat.TABLE,
) -> None:
    from cartscreen.compare import difference
    from cartscreen.report import report

    sides = []
    for name, changes, day, folder in (
        (file, [], None, None),
        (other or file, set_ or [], screening_date, criteria),
    ):
        pack, chosen = _selected(folder, trial)
        chart, origin = _chart(name, pack, _day_given(day), changes)
        sides.append(report(chart, chosen, file=name, date_from=origin))
    found = difference(*sides)
    if format is BriefFormat.JSON:
        _write(json.dumps(found.model_dump(), indent=2) + "\n")
    else:
        from cartscreen.render import compare as renderer

        _draw(renderer.difference_lines(found))


@app.command(
    help="""Say whether a report still holds.

    Each patient of the report is judged again, on the same date and with the same options: whether
    each verdict still holds, and what has changed since: profile, criteria or program.
    """,
    epilog=f"{EXITS}\n\n{NOTICE}",
)
def verify(
    report: Annotated[
        str,
        typer.Argument(metavar="REPORT", help="What `check --format json` or ndjson wrote."),
    ],
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="The profiles; without: those it names."),
    ] = None,
    criteria: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", readable=False, help="Judge by these trials; without: those it names."
        ),
    ] = None,
    format: BriefFormatOption = BriefFormat.TABLE,
) -> None:
    from cartscreen.verify import MAX_BYTES, judged_in, matched, read_reports
    from cartscreen.verify import verify as verified

    written = read_reports(_content(report, MAX_BYTES), report)
    pack = _pack(criteria or judged_in(written, report))
    names = files or list(dict.fromkeys(item.file for item in written))
    pairs = matched(written, {name: _profile(name, pack) for name in names}, report)
    found = [
        verified(item, _charted(profile, name, pack, date.fromisoformat(item.screening_date))[0])
        for item, name, profile in pairs
    ]
    if format is BriefFormat.JSON:
        _write(json.dumps([item.model_dump() for item in found], indent=2) + "\n")
    else:
        from cartscreen.render import compare as renderer

        _draw(renderer.verification_lines(found, len(written) - len(found)))
    if any(item.outcome in ("changed", "altered") for item in found):
        raise typer.Exit(10)


@app.command(
    help="""Put the trials side by side.

    What each asks of a fact, and whether the patient meets it.
    """,
    epilog=NOTICE,
)
def compare(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A patient profile; - is standard input.")
    ] = None,
    trial: Trials = None,
    format: BriefFormatOption = BriefFormat.TABLE,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
) -> None:
    from cartscreen.compare import side_by_side

    pack, chosen = _selected(criteria, trial)
    day = _day_given(screening_date)
    rows = side_by_side(chosen, pack, _chart(file, pack, day)[0] if file else None)
    if format is BriefFormat.JSON:
        data = [row.model_dump() for row in rows]
        _write(json.dumps(data, indent=2) + "\n")
    else:
        from cartscreen.render import compare as renderer

        _draw(renderer.side_by_side_lines(rows, [item.id for item in chosen], _width()))


@app.command(
    help="""List the trials.

    Registry number, product, targets, phase, status, ages, size and place of each, and how many
    criteria and gaps its page has.
    """,
    name="list-trials",
    epilog=NOTICE,
)
def list_trials(
    format: Annotated[
        ListFormat, typer.Option("--format", "-f", help="How to write.")
    ] = ListFormat.TABLE,
    criteria: Criteria = None,
) -> None:
    from cartscreen import about
    from cartscreen.render.trials import trial_list, trial_row

    contents = about.files_in(criteria) if criteria else about.bundled_files()
    where = f"{criteria}/" if criteria else "criteria/"
    rows = [trial_row(entry, count) for entry, count in about.heads(contents, where)]
    if not rows:
        raise CriteriaError(f"{where}: there is no trial file (*.toml) here.")
    match format:
        case ListFormat.TABLE:
            _draw(trial_list(rows))
        case ListFormat.JSON:
            _write(json.dumps(rows, indent=2) + "\n")
        case ListFormat.NDJSON:
            _write("".join(json.dumps(row) + "\n" for row in rows))
        case ListFormat.CSV:
            _write(_rows_as_csv(rows))
        case ListFormat.MARKDOWN:
            _write(_rows_as_markdown(rows))


@app.command(
    help="""Show a trial, and how we read its criteria.

    What its page says and lacks, and each criterion with its place on the page and our reading of
    it in plain English.
    """,
    name="show",
    epilog=NOTICE,
)
def show_trial(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Its id or registry number.")],
    criteria: Criteria = None,
) -> None:
    from cartscreen.render import show

    pack, (chosen,) = _selected(criteria, [trial])
    _draw(show.trial_page(chosen, pack.vocabulary))


@app.command(
    help="""Write a commented profile to fill in.

    It asks only for what these trials read; with --for, only for what is still missing.
    """,
    epilog=NOTICE,
)
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
    from cartscreen.template import template as written

    pack, chosen = _selected(criteria, trial)
    day = _day_given(screening_date)
    chart = _chart(for_, pack, day)[0] if for_ else None
    _write(written(chosen, pack, chart))


@app.command(
    help="""List the vocabulary, or show one fact.

    How a profile writes it, how it is derived, and which criteria read it.
    """,
    epilog=NOTICE,
)
def facts(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A fact, a section, a list of records, or a drug."),
    ] = None,
    criteria: Criteria = None,
) -> None:
    from cartscreen.render import show

    pack = _pack(criteria)
    if name is None:
        _draw(show.fact_list(pack.vocabulary))
        return
    try:
        page = show.fact_page(name, pack)
    except Problem as ambiguous:
        raise typer.BadParameter(str(ambiguous)) from None
    except KeyError:
        vocabulary = pack.vocabulary
        others = (*vocabulary.records, *vocabulary.sections)
        hint = (
            vocabulary.suggestion(name)
            or did_you_mean(name, others)
            or vocabulary.drug_suggestion(name)
        )
        raise typer.BadParameter(
            f"there is no fact, section, list or drug {shown(name)}.{hint}"
        ) from None
    _draw(page)


@app.command(
    help="""Name every fault of patient profiles.

    Nothing is judged.
    """,
    epilog=NOTICE,
)
def validate(files: Files, criteria: Criteria = None) -> None:
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
        _write(f"{visible(name)}: valid; {len(profile.facts)} facts, {entries} records\n")
    if failed:
        raise typer.Exit(InputError.exit_code)


@app.command(
    help="""Print a JSON Schema.

    Of the reports of `check --format json`, of the plan of `plan --format json`, of a patient
    profile, or of a trial file.
    """,
    epilog=NOTICE,
)
def schema(
    name: Annotated[
        SchemaName, typer.Argument(metavar="NAME", help="report, plan, profile or trial")
    ],
    criteria: Criteria = None,
) -> None:
    from cartscreen import schema as schemas

    match name:
        case SchemaName.REPORT:
            data = schemas.report_schema()
        case SchemaName.PLAN:
            data = schemas.plan_schema()
        case SchemaName.TRIAL:
            data = schemas.trial_schema()
        case SchemaName.PROFILE:
            data = schemas.profile_schema(_pack(criteria).vocabulary)
    _write(json.dumps(data, indent=2) + "\n")


# What the commands share


_EVERY_STATUS: "tuple[Status, ...]" = ("failed", "unknown", "matched")


def _statuses(only: str) -> "tuple[Status, ...]":
    wanted = [part.strip() for part in only.split(",")]
    for part in wanted:
        if part not in _EVERY_STATUS:
            raise typer.BadParameter(
                f"{shown(part)} is not failed, unknown or matched.", param_hint="--only"
            )
    return tuple(status for status in _EVERY_STATUS if status in wanted)


def _day_given(text: str | None) -> date | None:
    """The day of --screening-date, which may be left out but not empty."""
    if text is None:
        return None
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text and 1900 <= day.year < 2200:  # Python takes 2025-W23-1 as well
            return day
    raise typer.BadParameter(
        f"{shown(text)} is not a date like 2025-06-02.", param_hint="--screening-date"
    )


def _pack(criteria: Path | None) -> "Pack":
    from cartscreen.trial import bundled_pack, load_pack

    return load_pack(criteria) if criteria else bundled_pack()


def _selected(criteria: Path | None, trials: list[str] | None) -> "tuple[Pack, Sequence[Trial]]":
    pack = _pack(criteria)
    return pack, pack.select(trials or [])


def _options(
    trials: list[str] | None,
    day: str | None,
    criteria: Path | None,
    readings: Readings,
    only: "Iterable[Status]" = _EVERY_STATUS,
) -> "Options":
    """What the command line asked for, as a report says it."""
    from cartscreen.report import Options

    return Options(
        trials=trials or [],
        only=list(only),
        readings=readings.value,
        screening_date=day or "",
        criteria=str(criteria or ""),
    )


def _content(name: str, most: int | None = None) -> bytes:
    """The bytes of a regular file, or of standard input, up to the first beyond what is allowed.

    most: how many are allowed; without it, as many as in a profile.
    """
    if most is None:
        from cartscreen.profile import MAX_BYTES

        most = MAX_BYTES
    try:
        if name == "-":
            if sys.stdin is None:
                raise InputError("-: standard input is closed.")
            return sys.stdin.buffer.read(most + 1)
        # without O_NONBLOCK, opening a FIFO would wait for somebody to write to it
        handle = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InputError(f"{name}: this is not a file, but a folder, pipe or device.")
            return file.read(most + 1)
    except OSError as fault:
        raise InputError(f"{name or shown(name)}: {refusal(fault)}.") from None
    except ValueError:
        raise InputError(f"{shown(name)}: this is not a file name.") from None


def _profile(name: str, pack: "Pack", changes: Sequence[str] = ()) -> "Profile":
    from cartscreen.profile import changed, parse_profile

    content = _content(name)
    return parse_profile(
        changed(content, changes, name) if changes else content, pack.vocabulary, name
    )


def _chart(
    name: str, pack: "Pack", day: date | None, changes: Sequence[str] = ()
) -> "tuple[Chart, DateFrom]":
    """The chart of a file, and where its date comes from."""
    return _charted(_profile(name, pack, changes), name, pack, day)


def _charted(
    profile: "Profile", name: str, pack: "Pack", day: date | None
) -> "tuple[Chart, DateFrom]":
    """The chart of a profile that was read from a file, and where its date comes from."""
    from cartscreen.screen import Chart

    origin: DateFrom = "option" if day else "profile" if profile.screening else "today"
    if day is None:
        day = profile.screening.earliest if profile.screening else date.today()
    try:
        return Chart(profile, pack, day), origin
    except Problem as problem:
        raise InputError(f"{name}: {problem}") from None


def _judge(
    name: str, pack: "Pack", trials: "Sequence[Trial]", day: date | None, options: "Options"
) -> "Report | Failure":
    """The report of a file, or why there is none."""
    from cartscreen.report import Failure, report

    try:
        chart, origin = _chart(name, pack, day)
    except InputError as fault:
        return Failure(file=name, error=list(fault.faults))
    return report(chart, trials, file=name, date_from=origin, options=options)


class _Kept:
    """A profile that is saved after each answer, if it is still the file that was read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.content = _content(name) if os.path.lexists(name) or not name else None
        self.path = Path(name).resolve()  # a link stays a link
        if not self.path.parent.is_dir():
            raise OutputError(f"{self.path.parent}: there is no such folder.")
        places = [self.path.parent] if self.content is None else [self.path.parent, self.path]
        if not all(os.access(place, os.W_OK) for place in places):
            raise OutputError(f"{name}: answers cannot be saved here; it may only be read.")

    def save(self, content: bytes) -> None:
        """The file is replaced in one step, or stays as it was."""
        import tempfile

        self._check_unchanged()
        try:
            handle, name = tempfile.mkstemp(prefix=".cartscreen-", dir=self.path.parent)
        except OSError as fault:
            raise OutputError(f"{self.name}: {refusal(fault)}; the answer was not saved.") from None
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                if self.content is not None:
                    _make_like(Path(name), self.path.stat())
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except OSError as fault:
            raise OutputError(f"{self.name}: {refusal(fault)}; the answer was not saved.") from None
        finally:
            with suppress(OSError):
                Path(name).unlink()
        self.content = content

    def _check_unchanged(self) -> None:
        if self.content is None:
            found, said = os.path.lexists(self.path), "was made"
        else:
            said = "was changed or taken away"
            try:
                found = _content(self.name) != self.content
            except InputError:
                found = True
        if found:
            raise OutputError(
                f"{self.name}: the file {said} by somebody else meanwhile; the last answer was not "
                "saved. Start again."
            )


def _make_like(path: Path, model: os.stat_result) -> None:
    """Permissions and, where that is allowed, owner and group of another file."""
    with suppress(OSError, AttributeError):
        os.chown(path, model.st_uid, model.st_gid)
    path.chmod(stat.S_IMODE(model.st_mode))


def _begun(kept: _Kept, load: "Callable[[bytes], object]") -> bytes:
    """A new profile, saved, once its pseudonym is known."""
    from cartscreen.ask import new_profile

    _write(f"There is no file {visible(kept.name)} yet. A new profile needs a pseudonym.\n")
    while True:
        line = _line("Pseudonym, P-0001 say (q leaves): ")
        if line is None or line.casefold() == "q":
            raise typer.Exit
        try:
            if not line.isprintable():
                raise InputError(f"{shown(line)} holds a character that does not show.")
            load(content := new_profile(line))
        except InputError as fault:
            _complain(*fault.faults)
        else:
            kept.save(content)
            return content


def _converse(session: "Session", kept: _Kept) -> None:
    """Question and answer, to the last question or until somebody leaves."""
    from cartscreen.render import ask as renderer

    _draw(renderer.opening(session))
    try:
        while asked := session.question:
            _draw(renderer.question(asked))
            line = _line("> ")
            reply = session.answer("q" if line is None else line)
            if reply.content is not None:
                kept.save(reply.content)
            _complain(*reply.refused)
            _draw(renderer.reply(reply))
            if reply.left:
                break
    except KeyboardInterrupt:
        _draw(renderer.closing(session, kept.name))
        raise
    _draw(renderer.closing(session, kept.name))


def _line(prompt: str) -> str | None:
    """The next line of standard input; None at its end. A pipe's line is shown, as typing is."""
    _write(prompt)
    stream = sys.stdin
    read = stream.buffer.readline(_LONGEST_LINE) if stream else b""
    more = read
    while len(more) == _LONGEST_LINE and not more.endswith(b"\n"):
        more = stream.buffer.readline(_LONGEST_LINE)
    line = read.decode(stream.encoding, "surrogateescape").strip() if read else None
    if not read or not stream.isatty():
        _write(f"{visible(line or '')}\n")
    return line


_LONGEST_LINE = 10_000


class _Writer:
    """Writes reports one after another, so that a long batch does not wait in memory.

    What it has written when it ends is whole, even where the batch was interrupted.
    """

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
        self.colour = output is None and sys.stdout.isatty() and _colour()
        self.count = 0
        self.cut = False
        self.judged: list[tuple[str, dict[str, Verdict]]] = []
        self.items: list[Report | Failure] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.cut:
            self.write(self._end())

    def add(self, item: "Report | Failure") -> None:
        text = self._text(item)
        self.cut = True
        self.write(text)
        self.cut = False
        self.count += 1

    def _text(self, item: "Report | Failure") -> str:
        match self.format:
            case Format.TABLE:
                from cartscreen.render import table

                if verdicts := table.verdicts(item):
                    self.judged.append(verdicts)
                return table.render(item, only=self.only, width=_width(), colour=self.colour)
            case Format.JSON:
                from cartscreen.render import json as renderer

                text = renderer.render(item, only=self.only, lines=False)
                return f"{',' if self.count else '['}\n{text}"
            case Format.NDJSON:
                from cartscreen.render import json as renderer

                return renderer.render(item, only=self.only, lines=True) + "\n"
            case Format.CSV:
                from cartscreen.render import csv

                return csv.render(item, only=self.only, header=self.count == 0)
            case Format.MARKDOWN:
                from cartscreen.render import markdown

                return ("\n" if self.count else "") + markdown.render(item, only=self.only)
            case Format.HTML:
                self.items.append(item)  # the overview that the page begins with needs them all
                return ""

    def _end(self) -> str:
        if self.format is Format.JSON:
            return "\n]\n" if self.count else "[]\n"
        if self.format is Format.HTML:
            from cartscreen.render import html

            return html.render(self.items, only=self.only)
        if self.format is Format.TABLE and self.count > 1:
            from cartscreen.render import table

            return table.overview(
                self.judged, self.count - len(self.judged), width=_width(), colour=self.colour
            )
        return ""


def _width() -> int:
    """Columns of the terminal, or of COLUMNS; 80 where neither says."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and len(columns) < 10 else 0
    if width == 0:
        with suppress(OSError, ValueError, AttributeError):
            width = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    return min(max(width or 80, _NARROWEST), _WIDEST)


_NARROWEST = 20  # the longest word that must stay whole is the id of a trial
_WIDEST = 1000  # rich fills lines with spaces before we take them away


def _colour() -> bool:
    """Whether a terminal shows colours: of those of Windows, the one that sets WT_SESSION."""
    terminal = os.environ.get("WT_SESSION") if os.name == "nt" else os.environ.get("TERM") != "dumb"
    return bool(terminal) and not os.environ.get("NO_COLOR")


def _draw(parts: "Iterable[RenderableType]") -> None:
    _write(_drawn(parts))


def _drawn(parts: "Iterable[RenderableType]", *, to_file: bool = False) -> str:
    from cartscreen.render.draw import draw

    colour = not to_file and sys.stdout.isatty() and _colour()
    return draw(parts, width=_width(), colour=colour)


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
        if number == 1:
            gc.freeze()
            gc.enable()
    if watched:
        print(file=sys.stderr)  # noqa: T201


def _complain(*sentences: str, kind: str = "error") -> None:
    """Sentences on standard error, control characters made visible."""
    for sentence in sentences:
        with suppress(OSError, ValueError):
            sys.stderr.write(_fitted(f"{kind}: {visible(sentence)}\n", sys.stderr.encoding))


def _write(text: str) -> None:
    """Text to standard output, whole or with exit 5 (141 when the reader has gone)."""
    try:
        sys.stdout.write(_fitted(text, sys.stdout.encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit(_READER_GONE) from None
    except (OSError, ValueError) as fault:
        _drop_output()
        reason = refusal(fault, "it is closed")
        raise OutputError(f"standard output: {reason}; the report was not written.") from None


_READER_GONE = 141


def _drop_output() -> None:
    """Send what Python would still flush at its end nowhere, so that it says nothing."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fitted(text: str, encoding: str) -> str:
    """The text, with a likeness or an escape for each letter that the encoding does not have."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        odd = {letter for letter in set(text) if not _encodes(letter, encoding)}
        return text.translate({ord(letter): _LIKE.get(letter, escape(letter)) for letter in odd})
    return text


_LIKE = {"─": "-", "–": "-", "≥": ">=", "≤": "<=", "×": "x", "µ": "u", "ö": "oe", "é": "e"}  # noqa: RUF001


def _encodes(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _out(path: Path | None, inputs: Sequence[str], force: bool) -> Iterator[Callable[[str], None]]:
    """Where to write: standard output, or a file that appears whole or not at all."""
    if path is None:
        yield _write
        return
    import tempfile

    _check_output(path, inputs, force)
    try:
        handle, name = tempfile.mkstemp(prefix=".cartscreen-", dir=path.parent)
    except OSError as fault:
        raise OutputError(f"{path}: {refusal(fault)}.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield _writer_to(file, path)
            file.flush()
            os.fsync(file.fileno())
        _check_output(path, inputs, force)  # a batch takes time; somebody may have put a file there
        Path(name).replace(path)
    except OSError as fault:
        raise OutputError(f"{path}: {refusal(fault)}; nothing was written.") from None
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _writer_to(file: IO[str], path: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        try:
            file.write(text)
        except OSError as fault:
            raise OutputError(f"{path}: {refusal(fault)}; nothing was written.") from None

    return write


def _check_output(path: Path, inputs: Sequence[str], force: bool) -> None:
    """Fail before the work where the file could not be written, or should not be replaced."""
    try:
        if not path.parent.is_dir():
            raise OutputError(f"{path.parent}: there is no such folder.")
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"{path.parent}: this folder cannot be written to.")
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise OutputError(f"{path}: this is a folder; --output takes a file.")
        if not stat.S_ISREG(mode):
            raise OutputError(f"{path}: this is a link, pipe or device; write to it with `>`.")
        if not os.access(path, os.W_OK):
            raise OutputError(f"{path}: this file cannot be written to.")
        if any(_is_same(path, name) for name in inputs):
            raise OutputError(f"{path}: this file is to be read; give another name to write to.")
        if not force:
            raise OutputError(f"{path}: this file is there already; --force replaces it.")
    except FileNotFoundError:
        return
    except (OSError, ValueError) as fault:
        reason = refusal(fault, "this is not a file name")
        raise OutputError(f"{path}: {reason}.") from None


def _criteria_files(folder: Path | None) -> list[str]:
    from cartscreen.about import paths_in

    with suppress(OSError):  # what is no folder is refused when it is read
        return [str(path) for path in paths_in(folder).values()] if folder else []
    return []


def _is_same(path: Path, name: str) -> bool:
    with suppress(OSError, ValueError):
        return path.samefile(name)
    return False


def main() -> NoReturn:
    """Run the program; every error becomes sentences and an exit code."""
    gc.disable()  # until a batch goes on (see _progress): what start-up makes lives to the end
    try:
        _open_streams()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _terminated)
        code = _exit_code()
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
        _complain(*fault.faults)  # not lines: the name of a file may hold an end of line
        return fault.exit_code
    except _UsageError as fault:
        return _usage(fault)
    except (KeyboardInterrupt, typer.Abort):  # Typer makes the end of input an Abort
        return 130
    except SystemExit as fault:
        if isinstance(fault.__context__, BrokenPipeError):  # Typer ends so where it prints help
            return _READER_GONE
        return fault.code if isinstance(fault.code, int) else 0
    except OSError as fault:
        if fault.filename is not None:
            return _internal(fault)
        _drop_output()  # help, which Typer prints
        _complain(f"standard output: {refusal(fault, 'it is closed')}.")
        return OutputError.exit_code
    except MemoryError:
        _complain("out of memory.")
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
        sys.stderr.write(_fitted(f"{visible(line)}\n", sys.stderr.encoding))
    return int(fault.exit_code)


def _internal(fault: Exception) -> int:
    """Where the program is wrong: type and place, and never a value."""
    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    _complain(f"internal error ({type(fault).__name__} at {place}). Please report it.")
    return 1
