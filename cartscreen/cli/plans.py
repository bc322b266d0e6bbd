"""The command on the days to come: plan."""

from enum import StrEnum
from typing import Annotated

from cartscreen import NOTICE
from cartscreen.cli.commands import (
    FORM,
    Criteria,
    File,
    Force,
    MapOption,
    Output,
    PatientOption,
    ReadingsOption,
    ScreeningDate,
    SetOption,
    Trials,
    _day_given,
    _is_source,
    _options,
    _selected,
    app,
)
from cartscreen.cli.files import chart_of_file, files_of_criteria, output_to
from cartscreen.cli.output import as_json, drawn_text, terminal_width


class PlanFormat(StrEnum):
    """How plans are written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


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
    format: Annotated[PlanFormat, FORM] = PlanFormat.TABLE,
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
