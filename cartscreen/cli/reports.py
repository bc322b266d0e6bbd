"""The commands on reports that were written: diff, verify."""

from pathlib import Path
from typing import Annotated

import typer

from cartscreen import NOTICE
from cartscreen.cli.commands import (
    BriefFormatOption,
    File,
    ReadingsOption,
    SetOption,
    Trials,
    _day_given,
    _options,
    _pack,
    _selected,
    _words,
    app,
    date_option,
    folder_option,
)
from cartscreen.cli.files import (
    changed_profile,
    chart_of_file,
    chart_of_profile,
    content_of,
    contents_of,
)
from cartscreen.cli.help import DEMANDS, SHOWING
from cartscreen.cli.output import (
    BriefFormat,
    as_json,
    complain,
    put,
    put_drawn,
)


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
        str | None, date_option("Judge the second side on this date.")
    ] = None,
    criteria: Annotated[
        Path | None,
        folder_option("--criteria", "Judge the second side by the trials of this folder."),
    ] = None,
    criteria_before: Annotated[
        Path | None,
        folder_option("--criteria-before", "Judge the first side by the trials of this folder."),
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
        folder_option(
            "--criteria", "Judge by the trials of this folder; needed where the report was."
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
        str | None, date_option("Demand that it was judged on this date.", DEMANDS)
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


def _of_side(readings: list[str] | None, folder: Path | None, other: Path | None) -> list[str]:
    """The readings that one side of a comparison knows; a trial of the other side alone is not."""
    ours, theirs = ({trial.id for trial in _pack(side).trials} for side in (folder, other))
    return [item for item in readings or [] if item.partition(":")[0] not in theirs - ours]
