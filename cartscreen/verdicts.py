"""One patient in lines: of each trial the verdict, what rules out, and what is open."""

from cartscreen.contract import EVERYTHING, DateFrom, Options, PackId, Tool
from cartscreen.evaluate.compiled import BareChart, Compiled
from cartscreen.evaluate.screening import Standing
from cartscreen.frozen import frozen
from cartscreen.report import pack_id, profile_warnings, tool, what_if


@frozen
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
    chart: BareChart,
    compiled: Compiled,
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
) -> Verdicts:
    """Where each of the compiled trials stands for the patient of a chart."""
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
        (*what_if(options), *profile_warnings(chart, compiled.trials)),
        compiled.standings(chart),
    )
