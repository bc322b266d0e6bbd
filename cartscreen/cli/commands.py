"""The commands: each reads its arguments, calls what does the work, and prints the result.

Here are `check`, what the others share with them, and where each of the others is.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cartscreen import NOTICE, __version__
from cartscreen.errors import InputError, Problem
from cartscreen.text import did_you_mean, shown

if TYPE_CHECKING:
    from cartscreen.cli.batch import Given
    from cartscreen.contract import Failure, Options, Report, Status
    from cartscreen.pack.model import Pack
    from cartscreen.pack.trial import Trial
    from cartscreen.plan.obstacles import Outlook
    from cartscreen.verdicts import Verdicts
from cartscreen.cli.files import (
    Pseudonyms,
    View,
    files_of_criteria,
    is_charts,
    is_table,
    judge_file,
    judge_line,
    output_to,
)
from cartscreen.cli.help import JUDGING, SHOWING, WRITING, App
from cartscreen.cli.output import (
    MANY,
    MOST_AT_LENGTH,
    BriefFormat,
    Detail,
    Format,
    ReportWriter,
    Static,
    complain,
    maker_of,
    put,
    with_progress,
)

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nobody else's code, and 10 ms less

app = App(
    name="cartscreen",
    help="Which CAR-T trials could this patient be screened for, and what is missing?",
    epilog=NOTICE,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: readable in 0 columns, and without colour where not wanted
    pretty_exceptions_enable=False,  # a traceback could print a patient
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _name, _module in {  # in the order of help; a module is imported for a command of it
    "check": "commands",
    "plan": "plans",
    "ask": "profiles",
    "derive": "profiles",
    "diff": "reports",
    "verify": "reports",
    "compare": "trials",
    "list-trials": "trials",
    "show": "trials",
    "template": "profiles",
    "facts": "trials",
    "validate": "profiles",
    "schema": "profiles",
    "help": "commands",
    "escalation": "escalation",
    "import": "imports",
    "response": "response",
}.items():
    app.listed.add(_name, f"cartscreen.cli.{_module}")


def _words(kind: str) -> Callable[[typer.Context, str], "list[tuple[str, str]]"]:
    """What the shell completes: see `complete.py`."""

    def offered(ctx: typer.Context, incomplete: str) -> "list[tuple[str, str]]":
        from cartscreen.cli.complete import offers

        return offers(kind, ctx.params.get("criteria"), incomplete)

    return offered


def folder_option(name: str, said: str) -> Any:
    """An option that names a folder of criteria."""
    return typer.Option(
        name,
        metavar="DIR",
        readable=False,  # said by the loader, as bad criteria
        help=said,
        rich_help_panel=JUDGING,
    )


def date_option(said: str, panel: str = JUDGING) -> Any:
    """An option that takes a date."""
    return typer.Option(metavar="DATE", help=said, rich_help_panel=panel)


FORM = typer.Option("--format", "-f", help="The form of the output.", rich_help_panel=WRITING)


Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="Patient profiles (TOML), or charts as `import` reads them; - is standard input.",
    ),
]
Trials = Annotated[
    list[str] | None,
    typer.Option(
        "--trial",
        metavar="ID",
        help="Only this trial, by id or registry number. May be repeated.",
        autocompletion=_words("trial"),
        rich_help_panel=JUDGING,
    ),
]
Criteria = Annotated[
    Path | None,
    folder_option(
        "--criteria", "Judge by the trials of this folder; its facts and drugs are added to ours."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        readable=False,  # it is written; and what hinders that is not wrong usage
        help="Write to this file; - is standard output, as without it.",
        rich_help_panel=WRITING,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Replace the file of --output if it is there already.",
        rich_help_panel=WRITING,
    ),
]


File = Annotated[
    str, typer.Argument(metavar="FILE", help="A patient profile (TOML); - is standard input.")
]
BriefFormatOption = Annotated[BriefFormat, FORM]
ScreeningDate = Annotated[
    str | None, date_option("Judge on this date, not the profile's screening date.")
]
ReadingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--readings",
        metavar="HOW",
        help="How an ambiguous text is read. cautious, as without: all readings must agree; "
        'preferred: the first; TRIAL:I2.b="label": this one, for every patient. May be repeated.',
        autocompletion=_words("readings"),
        rich_help_panel=JUDGING,
    ),
]

AfterInfusion = Annotated[
    bool,
    typer.Option(
        "--visit",
        help="For a visit after the infusion: only what the outcomes of the trials read.",
        rich_help_panel=SHOWING,
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="FILE",
        readable=False,
        help="What the columns of a table say (TOML), as `import` takes it.",
        rich_help_panel=JUDGING,
    ),
]
PatientOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Of a chart or table of several patients, the one of this pseudonym.",
        rich_help_panel=JUDGING,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="WHAT=VALUE",
        help='Judge with another value: "lab.platelets=25 10^9/L", or of the third entry '
        '"treatment[3].dose=5 mg/day". May be repeated.',
        autocompletion=_words("set"),
        rich_help_panel=JUDGING,
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        put(f"cartscreen {__version__}\n")
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

    A summary of the trials, the one with the least in its way first, then each trial: what rules
    the patient out, by how much, and what could change it; what to get and to ask; what is matched.
    Of more than three patients, the table has a line for each.
    """,
    epilog=NOTICE,
)
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Patient profiles: TOML, a folder of them, or NDJSON, one on each line; or charts "
            "as `import` reads them; - is standard input.",
        ),
    ] = None,
    trial: Trials = None,
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="The form of the output. checklist: one patient and one trial to print and sign, "
            "HTML, or Markdown where --output ends in .md; log: a row for each patient and trial, "
            "CSV, or HTML where --output ends in .html; verdicts: a line of JSON for each patient "
            "and trial, with the verdict and by which criteria.",
            rich_help_panel=WRITING,
        ),
    ] = Format.TABLE,
    output: Output = None,
    files_from: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Judge the files that this list names, a path on each line; - is standard input.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="So many processes judge; the output is the same. From 50 patients on, as many "
            "as there are processors.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    static: Annotated[
        Static,
        typer.Option(
            help="Of ndjson and verdicts: what is the same for every patient stands on each line, "
            "or once on the first.",
            rich_help_panel=WRITING,
        ),
    ] = Static.EACH,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="STATUS,...",
            help="Criteria to show: failed, unknown, matched; without it, all of them.",
            autocompletion=_words("status"),
            rich_help_panel=SHOWING,
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="In the table, every criterion with its title and all that was found, for any "
            "number of patients.",
            rich_help_panel=SHOWING,
        ),
    ] = False,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="Only the summary; of several patients, a line for each.",
            rich_help_panel=SHOWING,
        ),
    ] = False,
    screening_date: ScreeningDate = None,
    set_: SetOption = None,
    map_: MapOption = None,
    patient: PatientOption = None,
    criteria: Criteria = None,
    readings: ReadingsOption = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Let the exit status tell the verdict (see below).",
            rich_help_panel=WRITING,
        ),
    ] = False,
    force: Force = False,
) -> None:
    from cartscreen.cli import batch

    named = batch.inputs(files or [], files_from)
    if not named:
        raise typer.BadParameter("name a FILE, or a list by --files-from.", param_hint="FILE")
    count = batch.patients(named)
    if set_ and count > 1:
        raise typer.BadParameter(
            "it changes one patient; give one FILE with it.", param_hint="--set"
        )
    if static is Static.ONCE and format not in (Format.NDJSON, Format.VERDICTS):
        raise typer.BadParameter("it is for ndjson and verdicts.", param_hint="--static")
    shown_statuses = _EVERY_STATUS if only is None else _statuses(only)
    detail = _detail(count, format, only, everything=everything, summary=summary)
    view: View = "report"
    if format is Format.TABLE:
        alone: View = "whole" if detail == "everything" else "outlook"
        view = alone if count == 1 or detail != "summary" else "brief"
    elif format is Format.VERDICTS:
        view = "verdicts"
    day = _day_given(screening_date)
    options = _options(trial, screening_date, criteria, readings, shown_statuses, set_)
    pack, chosen = _selected(criteria, trial, options)
    _check_format(format, count, chosen, shown_statuses)
    maker = maker_of(format, detail, shown_statuses, output, static)
    run = batch.Run(partial(_judged, map_, patient, pack, chosen, day, options, view), maker)
    jobs = jobs or (batch.processors() if count >= MANY else 1)
    if any(is_charts(name) or is_table(name) for name in named):
        jobs = 1  # a source of charts is read from end to end before its patients are judged
    verdicts: set[str] = set()
    same_patient = Pseudonyms()
    failed = False
    with (
        output_to(output, [*named, *files_of_criteria(criteria)], force) as write,
        ReportWriter(maker, write) as writer,
    ):
        if static is Static.ONCE:
            from cartscreen.render.static import first_line

            write(first_line(pack, chosen, options))
        items = (item for name in with_progress(named) for item in batch.given(name))
        try:
            for part in batch.in_order(run, items, jobs):
                complain(*same_patient.met(part.file, part.patient), kind="warning")
                complain(*part.error)
                failed = failed or bool(part.error)
                verdicts |= part.verdicts
                writer.put(part)
        except (KeyboardInterrupt, SystemExit):
            complain(f"interrupted after {writer.count} of {max(count, len(named))} files.")
            raise
    if failed:
        raise typer.Exit(InputError.exit_code)
    if gate and "eligible" not in verdicts:
        raise typer.Exit(11 if "undetermined" in verdicts else 10)


@app.command(
    name="help",
    help="""Show what the program or a command does.

    The same as --help after it.
    """,
    epilog=NOTICE,
)
def help_(
    ctx: typer.Context,
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="COMMAND",
            help="A command; without it, the program.",
            autocompletion=_words("command"),
        ),
    ] = None,
) -> None:
    root = ctx.find_root()
    commands = root.command.commands  # type: ignore[attr-defined]
    if command is not None and command not in commands:
        hint = did_you_mean(command, commands) or f" The commands are {', '.join(commands)}."
        raise typer.BadParameter(f"there is no command {shown(command)}.{hint}")
    shown_command, parent = (commands[command], root) if command else (root.command, None)
    shown_command.make_context(command or "cartscreen", ["--help"], parent=parent)


# What the commands share


_EVERY_STATUS: "tuple[Status, ...]" = ("failed", "unknown", "matched")


def _detail(
    count: int, format: Format, only: str | None, *, everything: bool, summary: bool
) -> Detail:
    """How much the table of `check` shows. Options that exclude each other are wrong usage."""
    given = {
        "--summary": summary,
        "--all": everything,
        "--only": only is not None,
        f"--format {format}": format is not Format.TABLE,
    }
    for one, other in combinations([option for option, is_given in given.items() if is_given], 2):
        if one == "--summary" or (one == "--all" and other != "--only"):
            raise typer.BadParameter(f"{one} and {other} exclude each other.", param_hint=one)
    if everything:
        return "everything"
    many = count > MOST_AT_LENGTH and only is None
    return "summary" if summary or many else "usual"


def _statuses(only: str) -> "tuple[Status, ...]":
    wanted = [part.strip() for part in only.split(",")]
    for part in wanted:
        if part not in _EVERY_STATUS:
            raise typer.BadParameter(
                f"{shown(part)} is not failed, unknown or matched.", param_hint="--only"
            )
    return tuple(status for status in _EVERY_STATUS if status in wanted)


def _check_format(
    format: Format,
    count: int,
    trials: "Sequence[Trial]",
    shown_statuses: "Sequence[Status]",
) -> None:
    """Refuse what a checklist, log or verdict cannot show: it would be signed or counted so."""
    if format not in (Format.CHECKLIST, Format.LOG, Format.VERDICTS):
        return
    if len(shown_statuses) < len(_EVERY_STATUS):
        said = "verdicts leave" if format is Format.VERDICTS else f"a {format} leaves"
        raise typer.BadParameter(f"{said} out no criterion.", param_hint="--only")
    if format is Format.CHECKLIST and count > 1:
        raise typer.BadParameter(
            "a checklist is of one patient; give one FILE, and run the command again for each.",
            param_hint="--format",
        )
    if format is Format.CHECKLIST and len(trials) > 1:
        listed = ", ".join(trial.id for trial in trials)
        raise typer.BadParameter(
            f"a checklist is of one trial; name it by --trial: {listed}.", param_hint="--format"
        )


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
    from cartscreen.pack.files import left_out
    from cartscreen.pack.pack import bundled_pack, load_pack

    if criteria is None:
        return bundled_pack()
    complain(*left_out(criteria), kind="warning")
    return load_pack(criteria)


def _is_source(name: str, map_: Path | None, patient: str | None) -> bool:
    """Is it a source of charts, of which --map and --patient say more?"""
    if is_charts(name) or is_table(name):
        return True
    for option, given in (("--map", map_), ("--patient", patient)):
        if given is not None:
            raise typer.BadParameter(
                f"{name} is a profile; it is of a chart or a table.", param_hint=option
            )
    return False


def _judged(
    map_: Path | None,
    patient: str | None,
    pack: "Pack",
    trials: "Sequence[Trial]",
    day: date | None,
    options: "Options",
    view: View,
    item: "Given",
) -> "Iterable[Report | Outlook | Verdicts | Failure]":
    """The report of a profile, or those of the patients of a source of charts."""
    if item.line is not None:
        return [judge_line(item.name, item.line, pack, trials, day, options, view)]
    if not _is_source(item.name, map_, patient):
        return [judge_file(item.name, pack, trials, day, options, view)]
    from cartscreen.cli.sources import Source, judge_charts

    return judge_charts(Source(item.name, map_, patient or ""), pack, trials, day, options, view)


def _selected(
    criteria: Path | None, trials: list[str] | None, options: "Options | None" = None
) -> "tuple[Pack, Sequence[Trial]]":
    """The pack with the readings that the options fix, and the chosen trials of it."""
    pack = _pack(criteria)
    if options is not None and options.fixed:
        from cartscreen.pack.trial import fixed_reading

        try:
            pack = pack.reading(map(fixed_reading, options.fixed))
        except Problem as problem:
            raise typer.BadParameter(str(problem), param_hint="--readings") from None
    return pack, pack.select(trials or [])


def _outcomes(pack: "Pack", trials: "Sequence[Trial]") -> "Sequence[Trial]":
    """The outcomes of these trials, each as a trial of its components."""
    from cartscreen.response.visits import outcomes_apart

    found = outcomes_apart(trials, pack.published)
    if not found:
        raise typer.BadParameter(
            "no page of these trials defines a response.", param_hint="--visit"
        )
    return found


_HOW = ("cautious", "preferred")


def _options(
    trials: list[str] | None,
    day: str | None,
    criteria: Path | None,
    readings: list[str] | None,
    only: "Iterable[Status]" = _EVERY_STATUS,
    changes: list[str] | None = None,
) -> "Options":
    """What the command line asked for, as a report says it."""
    from cartscreen.contract import Options
    from cartscreen.pack.trial import fixed_reading

    fixed = list(dict.fromkeys(item for item in readings or [] if item not in _HOW))
    for item in fixed:
        try:
            fixed_reading(item)
        except Problem as problem:
            raise typer.BadParameter(str(problem), param_hint="--readings") from None
    how = {item for item in readings or [] if item in _HOW}
    if len(how) > 1:
        raise typer.BadParameter(
            "cautious and preferred exclude each other.", param_hint="--readings"
        )
    return Options(
        trials=trials or [],
        only=list(only),
        readings="preferred" if "preferred" in how else "cautious",
        fixed=fixed,
        set=changes or [],
        screening_date=day or "",
        criteria=str(criteria or ""),
    )
