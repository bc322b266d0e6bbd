"""One patient in lines: of each trial the verdict, what rules out, and what is open."""

from collections.abc import Iterable
from dataclasses import dataclass

from cartscreen.contract import EVERYTHING, DateFrom, Options, PackId, Tool
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.screening import Standing, screen, standing_of
from cartscreen.pack.trial import Trial
from cartscreen.report import pack_id, tool, warnings_of


@dataclass(frozen=True)
class Verdicts:
    """One patient on one date, and where the trials stand; the fields are those of a report."""

    tool: Tool
    pack: PackId
    options: Options
    file: str
    patient: str
    profile_sha256: str
    source_sha256: str
    screening_date: str
    screening_date_from: DateFrom
    warnings: tuple[str, ...]
    trials: tuple[Standing, ...]


def verdicts(
    chart: Chart,
    trials: Iterable[Trial],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
) -> Verdicts:
    """Where each of these trials stands for the patient of a chart."""
    chosen = tuple(trials)
    return Verdicts(
        tool(),
        pack_id(chart.pack),
        options,
        file,
        chart.profile.patient,
        chart.profile.sha256,
        "",
        chart.on.isoformat(),
        date_from,
        tuple(warnings_of(chart, chosen, options)),
        tuple(standing_of(screen(trial, chart, preferred=options.preferred)) for trial in chosen),
    )
