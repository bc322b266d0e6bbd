"""The command `escalation`: where a study stands between its dose levels."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from cartscreen import NOTICE
from cartscreen.cli.commands import FORM, Criteria, Force, Output, _selected, app, date_option
from cartscreen.cli.files import content_of, files_of_criteria, output_to
from cartscreen.cli.help import JUDGING, WRITING
from cartscreen.cli.output import as_json, drawn_text, rows_as_csv, terminal_width
from cartscreen.errors import CriteriaError, Problem
from cartscreen.text import shown


class EscalationFormat(StrEnum):
    """How the report on a ledger is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


@app.command(
    help="""Say what the page of a trial says of its dose escalation.

    The ledger is a TOML file of the study: who was treated at which level, and who had a
    dose-limiting toxicity (DLT). Printed are the counts, the clauses of the page that apply with
    their place, what each result of a pending patient would bring, what has gone against the page,
    and what the page leaves open. Nothing is advised. `cartscreen show TRIAL --doses` prints the
    clauses and the whole table; examples/ledgers/rd06-04-sle.toml is a ledger to begin with.
    """,
    epilog=NOTICE,
)
def escalation(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Its id or registry number.")],
    ledger: Annotated[
        str, typer.Argument(metavar="LEDGER", help="The ledger of the study (TOML); - is stdin.")
    ],
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COUNTS",
            help='As if further patients were evaluated: "DL2: 1 of 3" is three more at DL2, one '
            "of them with a DLT. May be repeated.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    as_of: Annotated[str | None, date_option("What was known on this day, not today.")] = None,
    format: Annotated[EscalationFormat, FORM] = EscalationFormat.TABLE,
    output: Output = None,
    criteria: Criteria = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Let the exit status tell the answer (see below).",
            rich_help_panel=WRITING,
        ),
    ] = False,
    force: Force = False,
) -> None:
    """Where a study stands between its dose levels."""
    from cartscreen.escalation.judge import escalation as judged
    from cartscreen.escalation.ledger import MAX_BYTES, parse_ledger
    from cartscreen.escalation.ledger import what_if as supposed
    from cartscreen.render import escalation as renderer

    pack, (chosen,) = _selected(criteria, [trial])
    if not chosen.doses.rules:
        see = f"`cartscreen show {chosen.id} --doses` prints what it gives."
        raise CriteriaError(f"{chosen.id}: the page gives no rule for its dose levels. {see}")
    day = _day(as_of) if as_of is not None else date.today()
    try:
        patients = [*supposed(what_if or [], chosen.doses, day)]
    except Problem as problem:
        raise typer.BadParameter(str(problem), param_hint="--what-if") from None
    report = judged(
        chosen,
        parse_ledger(content_of(ledger, MAX_BYTES), chosen, ledger),
        pack,
        file=ledger,
        as_of=day,
        as_of_from="option" if as_of is not None else "today",
        supposed=patients,
        what_if=what_if or [],
    )
    with output_to(output, [ledger, *files_of_criteria(criteria)], force) as write:
        match format:
            case EscalationFormat.TABLE:
                write(
                    drawn_text(renderer.lines(report, terminal_width()), to_file=output is not None)
                )
            case EscalationFormat.JSON:
                write(as_json(report.model_dump(by_alias=True)))
            case EscalationFormat.CSV:
                write(rows_as_csv(renderer.rows(report)))
            case EscalationFormat.MARKDOWN:
                write(renderer.markdown(report))
            case EscalationFormat.HTML:
                write(renderer.html(report))
    if gate and report.verdict != "one answer":
        raise typer.Exit(10 if report.verdict == "none more" else 11)


def _day(text: str) -> date:
    """The day of --as-of."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or not 1900 <= day.year < 2200:
        raise typer.BadParameter(
            f"{shown(text)} is not a date like 2026-03-02.", param_hint="--as-of"
        )
    return day
