"""The commands: each reads its arguments, calls what does the work, and prints the result.

Annotations are not evaluated here: Typer evaluates those of the command that is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from enum import StrEnum
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cartscreen import NOTICE, __version__
from cartscreen.errors import CriteriaError, InputError, Problem
from cartscreen.text import did_you_mean, entries, shown, visible

if TYPE_CHECKING:
    from cartscreen.cli.batch import Given
    from cartscreen.contract import DateFrom, Failure, Options, Report, Status
    from cartscreen.evaluate.chart import Chart
    from cartscreen.interview import Session
    from cartscreen.pack.pack import Pack
    from cartscreen.pack.trial import Trial
    from cartscreen.plan.contract import Outlook
    from cartscreen.verdicts import Verdicts
from cartscreen.cli.files import (
    KeptFile,
    Pseudonyms,
    View,
    begun_file,
    changed_profile,
    chart_of_file,
    chart_of_profile,
    chart_of_visit,
    content_of,
    contents_of,
    files_of_criteria,
    has_died,
    is_charts,
    is_table,
    judge_file,
    judge_line,
    output_to,
    profile_of_file,
)
from cartscreen.cli.help import DEMANDS, JUDGING, SHOWING, WRITING, App
from cartscreen.cli.output import (
    MANY,
    MOST_AT_LENGTH,
    BriefFormat,
    Detail,
    Format,
    ListFormat,
    PlanFormat,
    ReportWriter,
    Static,
    as_json,
    complain,
    drawn_text,
    maker_of,
    put,
    put_drawn,
    read_line,
    rows_as_csv,
    rows_as_markdown,
    terminal_width,
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


class TemplateFormat(StrEnum):
    """What a template is for."""

    TOML = "toml"
    REDCAP = "redcap"


class SchemaName(StrEnum):
    """The formats that have a JSON Schema."""

    REPORT = "report"
    PLAN = "plan"
    RESPONSE = "response"
    PROFILE = "profile"
    TRIAL = "trial"
    VERDICT = "verdict"
    ESCALATION = "escalation"
    LEDGER = "ledger"


def _words(kind: str) -> Callable[[typer.Context, str], list[tuple[str, str]]]:
    """What the shell completes: see `complete.py`."""

    def offered(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        from cartscreen.cli.complete import offers

        return offers(kind, ctx.params.get("criteria"), incomplete)

    return offered


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
    typer.Option(
        "--criteria",
        metavar="DIR",
        readable=False,  # said by the loader, as bad criteria
        help="Judge by the trials of this folder; its facts and drugs are added to ours.",
        rich_help_panel=JUDGING,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        readable=False,  # it is written; and what hinders that is not wrong usage
        help="Write to this file, not to standard output.",
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
BriefFormatOption = Annotated[
    BriefFormat,
    typer.Option("--format", "-f", help="The form of the output.", rich_help_panel=WRITING),
]
ScreeningDate = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Judge on this date, not the profile's screening date.",
        rich_help_panel=JUDGING,
    ),
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
    view = View.REPORT
    if format is Format.TABLE:
        alone = count == 1 or detail is not Detail.SUMMARY
        view = View.OUTLOOK if alone else View.BRIEF
    elif format is Format.VERDICTS:
        view = View.VERDICTS
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
    help="""Say what comes next for a patient.

    For each trial: on which screening dates the patient would match, what rules the patient out and
    by how much, what must be repeated by when, which questions people have to answer; and which
    missing facts to get first. It looks two years ahead, as if nothing new happened; study visits
    move with the screening date. The trial with the least in its way stands first.
    """,
    epilog=NOTICE,
)
def plan(
    file: File,
    trial: Trials = None,
    format: Annotated[
        PlanFormat,
        typer.Option("--format", "-f", help="The form of the output.", rich_help_panel=WRITING),
    ] = PlanFormat.TABLE,
    output: Output = None,
    screening_date: ScreeningDate = None,
    set_: SetOption = None,
    map_: MapOption = None,
    patient: PatientOption = None,
    criteria: Criteria = None,
    readings: ReadingsOption = None,
    force: Force = False,
) -> None:
    from cartscreen.plan.plan import plan_and_outlook

    options = _options(trial, screening_date, criteria, readings, changes=set_)
    pack, chosen = _selected(criteria, trial, options)
    source, day = "", _day_given(screening_date)
    if _is_source(file, map_, patient):
        from cartscreen.cli.sources import Source, only_chart

        of = Source(file, map_, patient or "")
        chart, origin, source = only_chart(of, pack, day, options.set)
    else:
        chart, origin = chart_of_file(file, pack, day, options.set)
    with output_to(output, [file, *files_of_criteria(criteria)], force) as write:
        found, outlook = plan_and_outlook(
            chart, chosen, file=file, date_from=origin, options=options
        )
        found = found.model_copy(update={"source_sha256": source})
        if format is PlanFormat.JSON:
            write(as_json(found.model_dump(by_alias=True)))
        elif format is PlanFormat.HTML:
            from cartscreen.render import html

            write(html.render([found]))
        else:
            from cartscreen.render import plan as renderer

            if format is PlanFormat.MARKDOWN:
                write(renderer.markdown(found))
            else:
                lines = renderer.lines(found, outlook, terminal_width())
                write(drawn_text(lines, to_file=output is not None))


@app.command(
    help="""Ask for what is missing, the most useful first.

    One question at a time, in one place after another: blood results, imaging, the chart, the
    person; first where the most trials may be ruled out. Each answer is checked and written into
    the profile at once, beside what stands there, and the verdicts that it changes are shown.
    Leave when you like, and start again later. A new file is begun with what decides most: birth
    date, sex, diseases, biopsy, treatments, and which lists were read to the end of the chart.
    """,
    epilog=NOTICE,
)
def ask(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A patient profile (TOML); a new one is begun if there is none."
        ),
    ],
    trial: Trials = None,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
    readings: ReadingsOption = None,
    visit: AfterInfusion = False,
) -> None:
    from cartscreen.interview import Session
    from cartscreen.pack.first import NO_FIRST
    from cartscreen.profile.read import parse_profile

    if file == "-":
        raise typer.BadParameter("answers are saved in a file; - is none.", param_hint="FILE")
    if visit and screening_date:
        raise typer.BadParameter("a visit has no screening date.", param_hint="--screening-date")
    options = _options(trial, screening_date, criteria, readings)
    pack, chosen = _selected(criteria, trial, options)
    chosen = _outcomes(pack, chosen) if visit else chosen
    day = _day_given(screening_date)

    def load(content: bytes) -> tuple[Chart, DateFrom]:
        profile = parse_profile(content, pack.vocabulary, file)
        if visit:
            return chart_of_visit(profile, file, pack)
        return chart_of_profile(profile, file, pack, day)

    kept = KeptFile(file)
    is_new = kept.content is None
    content = begun_file(kept, load) if kept.content is None else kept.content
    session = Session(
        content,
        load,
        chosen,
        date.today(),
        where=file,
        options=options,
        of_visit=visit,
        first=pack.first if is_new and not visit else NO_FIRST,
    )
    _converse(session, kept)


@app.command(
    help="""Show what follows from a profile.

    Each derived value is shown with its formula in words, its inputs, where the formula holds and
    its source; each that could not be derived, with what it lacks. Where the profile states a
    value, the stated one is used. `treatment` is a ledger: of each entry drug, dose, dates, days,
    dose as prednisone, and from when no washout of a trial counts the drug; "treatment[3]" shows
    how what is derived of the third entry follows.
    """,
    epilog=NOTICE,
)
def derive(
    file: File,
    fact: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FACT",
            help='Only these facts, `treatment`, or "treatment[3]"; all if none is named.',
            autocompletion=_words("derived"),
        ),
    ] = None,
    format: BriefFormatOption = BriefFormat.TABLE,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
) -> None:
    from cartscreen.explain import derived_facts, explained_lists, list_of_entry, not_listed

    pack = _pack(criteria)
    derivable = [name for name, entry in pack.vocabulary.facts.items() if entry.derive]
    lists = explained_lists(pack.vocabulary)
    names = fact or []
    for name in names:
        if name not in (*derivable, *lists) and list_of_entry(name) not in lists:
            same = [fact for fact in derivable if fact.partition(".")[2] == name]
            near = did_you_mean(name, [*derivable, *lists])
            hint = f" Did you mean {same[0]!r}?" if same else near
            raise typer.BadParameter(f"{shown(name)} is no derived fact.{hint}", param_hint="FACT")
    profile = profile_of_file(file, pack)
    day = _day_given(screening_date)
    chart, _ = chart_of_profile(profile, file, pack, day, dead_too=True)
    if told := has_died(profile, chart.on):
        complain(f"{file}: {told}", kind="warning")
    if missing := [f"{file}: {said}" for said in not_listed(names, chart)]:
        raise InputError(*missing)
    if format is BriefFormat.JSON:
        rows = [item.model_dump() for item in derived_facts(chart, names)]
        put(as_json(rows))
    else:
        from cartscreen.ledger import ledger
        from cartscreen.render import explain as renderer
        from cartscreen.render import ledger as ledgers

        others = [name for name in names if name not in lists]
        if others or not names:
            put_drawn(renderer.lines(derived_facts(chart, others)))
        for name in dict.fromkeys(name for name in names if name in lists):
            put_drawn(ledgers.lines(ledger(name, chart)))


@app.command(
    help="""Say what changes between two profiles.

    With one profile, the second side is the same profile with other values, on another date or by
    other criteria; --set and --screening-date are of the second side. Verdicts that change are
    listed, and counted criteria whose status changes. A trial of one side alone has one line.
    """,
    epilog=NOTICE,
)
def diff(
    file: File,
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="The second profile; the same one if left out."),
    ] = None,
    set_: SetOption = None,
    screening_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Judge the second side on this date.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    criteria: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            readable=False,
            help="Judge the second side by the trials of this folder.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    criteria_before: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            readable=False,
            help="Judge the first side by the trials of this folder.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    trial: Trials = None,
    readings: ReadingsOption = None,
    all_: Annotated[
        bool,
        typer.Option(
            "--all",
            help="List criteria that are not counted, too, as JSON always does.",
            rich_help_panel=SHOWING,
        ),
    ] = False,
    format: BriefFormatOption = BriefFormat.TABLE,
) -> None:
    from cartscreen.compare import difference
    from cartscreen.report import report

    sides = []
    for name, changes, day, folder in (
        (file, [], None, criteria_before),
        (other or file, set_ or [], screening_date, criteria),
    ):
        there = _of_side(readings, folder, None if folder else criteria)
        options = _options(trial, day, folder, there)
        pack, chosen = _selected(folder, trial, options)
        chart, origin = chart_of_file(name, pack, _day_given(day), changes)
        sides.append(report(chart, chosen, file=name, date_from=origin, options=options))
    found = difference(*sides)
    if format is BriefFormat.JSON:
        put(as_json(found.model_dump()))
    else:
        from cartscreen.render import compare as renderer

        put_drawn(renderer.difference_lines(found, every=all_))


@app.command(
    help="""Say whether a report still holds.

    Each patient of the report is judged again by the profiles and criteria given here, on the
    date, for the trials and with the options that the report states: does each verdict still hold,
    what has changed since (profile, criteria or program), and does the report say anything else?
    """,
    epilog=NOTICE,
)
def verify(
    report: Annotated[
        str,
        typer.Argument(metavar="REPORT", help="What `check --format json` or ndjson wrote."),
    ],
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="The profiles of its patients."),
    ],
    criteria: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            readable=False,
            help="Judge by the trials of this folder; needed where the report was.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    trial: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Demand that the report is about this trial. May be repeated.",
            autocompletion=_words("trial"),
            rich_help_panel=DEMANDS,
        ),
    ] = None,
    screening_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Demand that it was judged on this date.",
            rich_help_panel=DEMANDS,
        ),
    ] = None,
    format: BriefFormatOption = BriefFormat.TABLE,
) -> None:
    from cartscreen.profile.read import parse_profile
    from cartscreen.verify import MAX_BYTES, Demands, folder_needed, left_out, matched, read_reports
    from cartscreen.verify import verify as verified

    written = read_reports(content_of(report, MAX_BYTES), report)
    pack, demanded = _selected(criteria, trial)
    folder_needed(written.reports, criteria is not None, report)
    day = _day_given(screening_date)
    demands = Demands(tuple(item.id for item in demanded) if trial else (), day)
    contents = contents_of(files)
    profiles = {name: parse_profile(contents[name], pack.vocabulary, name) for name in files}
    found = []
    for item, name, profile in matched(written.reports, profiles, report):
        judged = profile
        if changes := item.said.options.set:
            judged = changed_profile(contents[name], pack, name, changes, report)
        chart, _ = chart_of_profile(judged, name, pack, item.said.on)
        found.append(verified(item, chart, demands))
    left = left_out(written, len(found))
    if format is BriefFormat.JSON:
        put(as_json([item.model_dump() for item in found]))
    else:
        from cartscreen.render import compare as renderer

        put_drawn(renderer.verification_lines(found))
    complain(*(f"{report}: {said}" for said in left), kind="warning")
    if any(item.outcome in ("changed", "altered") or item.unmet for item in found):
        raise typer.Exit(10)
    if left:
        raise typer.Exit(11)


@app.command(
    help="""Put the trials side by side.

    A row for each fact: what each trial asks of it, and whether the patient meets that.
    """,
    epilog=NOTICE,
)
def compare(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A patient profile; - is standard input.")
    ] = None,
    trial: Trials = None,
    format: BriefFormatOption = BriefFormat.TABLE,
    screening_date: ScreeningDate = None,
    criteria: Criteria = None,
    readings: ReadingsOption = None,
) -> None:
    from cartscreen.compare import side_by_side

    options = _options(trial, screening_date, criteria, readings)
    pack, chosen = _selected(criteria, trial, options)
    day = _day_given(screening_date)
    chart = chart_of_file(file, pack, day)[0] if file else None
    rows = side_by_side(chosen, pack, chart, preferred=options.preferred)
    if format is BriefFormat.JSON:
        data = [row.model_dump() for row in rows]
        put(as_json(data))
    else:
        from cartscreen.render import compare as renderer

        put_drawn(renderer.side_by_side_lines(rows, [item.id for item in chosen], terminal_width()))


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
        ListFormat,
        typer.Option("--format", "-f", help="The form of the output.", rich_help_panel=WRITING),
    ] = ListFormat.TABLE,
    criteria: Criteria = None,
) -> None:
    from cartscreen.pack.files import bundled_heads, files_in, heads, left_out
    from cartscreen.render.trials import trial_list, trial_row

    complain(*(left_out(criteria) if criteria else ()), kind="warning")
    listed = heads(files_in(criteria), f"{criteria}/") if criteria else bundled_heads()
    rows = [trial_row(head) for head in listed]
    if not rows:
        raise CriteriaError(f"{criteria}/: there is no trial file (*.toml) here.")
    match format:
        case ListFormat.TABLE:
            put_drawn(trial_list(rows))
        case ListFormat.JSON:
            put(as_json(rows))
        case ListFormat.NDJSON:
            put(as_json(rows, lines=True))
        case ListFormat.CSV:
            put(rows_as_csv(rows))
        case ListFormat.MARKDOWN:
            put(rows_as_markdown(rows))


@app.command(
    help="""Show a trial, and how we read its criteria.

    What its page says and lacks, and each criterion with its place on the page and our reading of
    it in plain English.
    """,
    name="show",
    epilog=NOTICE,
)
def show_trial(
    trial: Annotated[
        str,
        typer.Argument(
            metavar="TRIAL",
            help="Its id or registry number.",
            autocompletion=_words("trial"),
        ),
    ],
    criteria: Criteria = None,
    doses: Annotated[
        bool,
        typer.Option(
            "--doses",
            help="Its dose levels, and what the page says after which DLTs.",
            rich_help_panel=SHOWING,
        ),
    ] = False,
) -> None:
    from cartscreen.render import escalation, show

    pack = _pack(criteria)
    if pack.published is not None and trial == pack.published.id:
        if doses:
            raise typer.BadParameter("published definitions have no dose levels.")
        put_drawn(show.published_page(pack.published, pack.vocabulary))
        return
    (chosen,) = pack.select([trial])
    page = escalation.doses_page(chosen) if doses else show.trial_page(chosen, pack.vocabulary)
    put_drawn(page)


@app.command(
    help="""Write a commented profile to fill in.

    It asks only for what these trials read; with --for, only for what is still missing. With
    --format redcap it is the data dictionary of a REDCap project, whose raw export `import` reads.
    """,
    epilog=NOTICE,
)
def template(
    trial: Trials = None,
    for_: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="FILE",
            help="Ask only for what this profile still lacks.",
            rich_help_panel=SHOWING,
        ),
    ] = None,
    criteria: Criteria = None,
    screening_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="With --for: judge that profile on this date.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    readings: ReadingsOption = None,
    visit: AfterInfusion = False,
    format_: Annotated[
        TemplateFormat,
        typer.Option(
            "--format",
            "-f",
            help="A profile, or the data dictionary of a REDCap project.",
            rich_help_panel=WRITING,
        ),
    ] = TemplateFormat.TOML,
) -> None:
    from cartscreen.template import names_wanted
    from cartscreen.template import template as written

    if visit and screening_date:
        raise typer.BadParameter("a visit has no screening date.", param_hint="--screening-date")
    options = _options(trial, screening_date, criteria, readings)
    pack, chosen = _selected(criteria, trial, options)
    if format_ is TemplateFormat.REDCAP:
        from cartscreen.importing.redcap import dictionary

        if for_ or visit:
            raise typer.BadParameter("a project is for all patients.", param_hint="--for, --visit")
        put(dictionary(pack, chosen, names_wanted(chosen, pack, ["screening"])))
        return
    if visit:
        chosen = _outcomes(pack, chosen)
        chart = chart_of_visit(profile_of_file(for_, pack), for_, pack)[0] if for_ else None
        visits = ("visit", "infusion")
        put(written(chosen, pack, chart, preferred=options.preferred, visits=visits))
        return
    day = _day_given(screening_date)
    chart = chart_of_file(for_, pack, day)[0] if for_ else None
    put(written(chosen, pack, chart, preferred=options.preferred))


@app.command(
    help="""List the vocabulary, show one fact, or find facts by words.

    Of a fact: how a profile writes it, how it is derived, and which criteria read it. Words that
    are no name are looked for in the labels and synonyms of facts, lists and drugs.
    """,
    epilog=NOTICE,
)
def facts(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="A fact, a section, a list or a drug; or words to look for.",
            autocompletion=_words("name"),
        ),
    ] = None,
    criteria: Criteria = None,
) -> None:
    from cartscreen.render import search, show

    pack = _pack(criteria)
    if not name:
        put_drawn(show.fact_list(pack.vocabulary))
        return
    wanted = " ".join(name)
    try:
        page = show.fact_page(wanted, pack)
    except Problem as ambiguous:
        raise typer.BadParameter(str(ambiguous)) from None
    except KeyError:
        vocabulary = pack.vocabulary
        if found := search.found(vocabulary, pack.codes, wanted):
            put_drawn(search.lines(wanted, found))
            return
        others = (*vocabulary.records, *vocabulary.sections)
        hint = (
            vocabulary.suggestion(wanted)
            or did_you_mean(wanted, others)
            or vocabulary.drug_suggestion(wanted)
        )
        raise typer.BadParameter(
            f"there is no fact, section, list or drug {shown(wanted)}, and none has it in its "
            f"name.{hint}"
        ) from None
    put_drawn(page)


@app.command(
    help="""Name every fault of patient profiles.

    Nothing is judged.
    """,
    epilog=NOTICE,
)
def validate(files: Files, criteria: Criteria = None) -> None:
    from cartscreen.evaluate.answers import answer_faults

    pack = _pack(criteria)
    failed = False
    for name in files:
        try:
            profile = profile_of_file(name, pack)
        except InputError as fault:
            failed = True
            complain(*fault.faults)
            continue
        said = [*profile.warnings, *answer_faults(profile, pack.trials)]
        complain(*(f"{name}: {warning}" for warning in said), kind="warning")
        count = len(profile.facts)
        of_lists = entries(sum(len(found) for found in profile.records.values()))
        put(f"{visible(name)}: valid; {count} fact{'s' * (count != 1)}, {of_lists}\n")
    if failed:
        raise typer.Exit(InputError.exit_code)


@app.command(
    help="""Print a JSON Schema.

    It describes the reports of `check --format json`, the plan of `plan --format json`, what
    `response --format json` writes, a patient profile, a trial file, a line of
    `check --format verdicts`, what `escalation --format json` writes, or a ledger.
    """,
    epilog=NOTICE,
)
def schema(
    name: Annotated[
        SchemaName,
        typer.Argument(
            metavar="NAME",
            help="report, plan, response, profile, trial, verdict, escalation or ledger.",
        ),
    ],
    criteria: Criteria = None,
) -> None:
    from cartscreen import schema as schemas

    match name:
        case SchemaName.REPORT:
            data = schemas.report_schema()
        case SchemaName.PLAN:
            data = schemas.plan_schema()
        case SchemaName.RESPONSE:
            data = schemas.response_schema()
        case SchemaName.TRIAL:
            data = schemas.trial_schema()
        case SchemaName.VERDICT:
            data = schemas.verdict_schema()
        case SchemaName.ESCALATION:
            data = schemas.escalation_schema()
        case SchemaName.LEDGER:
            data = schemas.ledger_schema()
        case SchemaName.PROFILE:
            data = schemas.profile_schema(_pack(criteria).vocabulary)
    put(as_json(data))


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


for _name, _module in (
    ("escalation", "escalation"),
    ("import", "imports"),
    ("response", "response"),
):
    app.listed.add(_name, f"cartscreen.cli.{_module}")


# What the commands share


_EVERY_STATUS: tuple[Status, ...] = ("failed", "unknown", "matched")


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
        return Detail.EVERYTHING
    many = count > MOST_AT_LENGTH and only is None
    return Detail.SUMMARY if summary or many else Detail.USUAL


def _statuses(only: str) -> tuple[Status, ...]:
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
    trials: Sequence[Trial],
    shown_statuses: Sequence[Status],
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


def _pack(criteria: Path | None) -> Pack:
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
    pack: Pack,
    trials: Sequence[Trial],
    day: date | None,
    options: Options,
    view: View,
    item: Given,
) -> Iterable[Report | Outlook | Verdicts | Failure]:
    """The report of a profile, or those of the patients of a source of charts."""
    if item.line is not None:
        return [judge_line(item.name, item.line, pack, trials, day, options, view)]
    if not _is_source(item.name, map_, patient):
        return [judge_file(item.name, pack, trials, day, options, view)]
    from cartscreen.cli.sources import Source, judge_charts

    return judge_charts(Source(item.name, map_, patient or ""), pack, trials, day, options, view)


def _selected(
    criteria: Path | None, trials: list[str] | None, options: Options | None = None
) -> tuple[Pack, Sequence[Trial]]:
    """The pack with the readings that the options fix, and the chosen trials of it."""
    pack = _pack(criteria)
    if options is not None and options.fixed:
        from cartscreen.pack.trial import fixed_reading

        try:
            pack = pack.reading(map(fixed_reading, options.fixed))
        except Problem as problem:
            raise typer.BadParameter(str(problem), param_hint="--readings") from None
    return pack, pack.select(trials or [])


def _of_side(readings: list[str] | None, folder: Path | None, other: Path | None) -> list[str]:
    """The readings that one side of a comparison knows; a trial of the other side alone is not."""
    ours, theirs = ({trial.id for trial in _pack(side).trials} for side in (folder, other))
    return [item for item in readings or [] if item.partition(":")[0] not in theirs - ours]


def _outcomes(pack: Pack, trials: Sequence[Trial]) -> Sequence[Trial]:
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
    only: Iterable[Status] = _EVERY_STATUS,
    changes: list[str] | None = None,
) -> Options:
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


def _converse(session: Session, kept: KeptFile) -> None:
    """Question and answer, to the last question or until somebody leaves."""
    from cartscreen.render import interview as renderer

    put_drawn(renderer.opening(session))
    try:
        while asked := session.question:
            put_drawn(renderer.question(asked, of_visit=session.of_visit))
            line = read_line("> ")
            reply = session.answer("q" if line is None else line)
            if reply.content is not None:
                kept.save(reply.content)
            complain(*reply.refused)
            put_drawn(renderer.reply(reply, of_visit=session.of_visit))
            if reply.left:
                break
    except KeyboardInterrupt:
        put_drawn(renderer.closing(session, kept.name))
        raise
    put_drawn(renderer.closing(session, kept.name))
