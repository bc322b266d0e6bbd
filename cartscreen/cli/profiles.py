"""The commands on the profile itself: ask, derive, template, validate, schema."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cartscreen import NOTICE
from cartscreen.errors import InputError
from cartscreen.text import asked, entries, shown, slip_of, visible

if TYPE_CHECKING:
    from cartscreen.contract import DateFrom
    from cartscreen.evaluate.chart import Chart
    from cartscreen.interview import Session
from cartscreen.cli.commands import (
    AfterInfusion,
    BriefFormatOption,
    Criteria,
    File,
    Files,
    ReadingsOption,
    ScreeningDate,
    Trials,
    _day_given,
    _options,
    _outcomes,
    _pack,
    _selected,
    _words,
    app,
    date_option,
)
from cartscreen.cli.files import (
    KeptFile,
    begun_file,
    chart_of_file,
    chart_of_profile,
    chart_of_visit,
    has_died,
    profile_of_file,
)
from cartscreen.cli.help import SHOWING, WRITING
from cartscreen.cli.output import (
    BriefFormat,
    as_json,
    complain,
    put,
    put_drawn,
    read_line,
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

    def load(content: bytes) -> "tuple[Chart, DateFrom]":
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
            hint = asked(same[:1]) or slip_of(name, [*derivable, *lists])
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
        str | None, date_option("With --for: judge that profile on this date.")
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


def _converse(session: "Session", kept: KeptFile) -> None:
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
