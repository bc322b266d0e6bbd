"""The commands on what trials and criteria say: list-trials, show, compare, facts."""

from enum import StrEnum
from typing import Annotated

import typer

from cartscreen import NOTICE
from cartscreen.cli.commands import (
    FORM,
    BriefFormatOption,
    Criteria,
    ReadingsOption,
    ScreeningDate,
    Trials,
    _day_given,
    _options,
    _pack,
    _selected,
    _words,
    app,
)
from cartscreen.cli.files import chart_of_file
from cartscreen.cli.help import SHOWING
from cartscreen.cli.output import (
    BriefFormat,
    as_json,
    complain,
    put,
    put_drawn,
    rows_as_csv,
    rows_as_markdown,
    terminal_width,
)
from cartscreen.errors import CriteriaError, Problem
from cartscreen.text import shown, slip_of


class ListFormat(StrEnum):
    """How the list of trials is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"


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
    format: Annotated[ListFormat, FORM] = ListFormat.TABLE,
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
            or slip_of(wanted, others)
            or vocabulary.drug_suggestion(wanted)
        )
        raise typer.BadParameter(
            f"there is no fact, section, list or drug {shown(wanted)}, and none has it in its "
            f"name.{hint}"
        ) from None
    put_drawn(page)
