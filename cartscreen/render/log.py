"""The screening log: a row for each patient and trial, as data, as CSV and as a page to print."""

import csv as csv_format
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Literal

from cartscreen.contract import CriterionReport, Failure, Report, TrialReport
from cartscreen.frozen import fields, frozen
from cartscreen.render.csv import guarded
from cartscreen.render.page import page
from cartscreen.render.text import criteria, explained, of_heading, program

Action = Literal["get", "ask", "protocol"]
ACTIONS: tuple[Action, ...] = ("get", "ask", "protocol")


@frozen
class Row:
    """One patient and one trial; or a file that could not be judged, with an error and no trial."""

    file: str
    patient: str = ""
    screening_date: str = ""
    trial: str = ""
    registry: str = ""
    registry_status: str = ""
    verdict: str = ""
    matched: int | None = None
    failed: int | None = None
    unknown: int | None = None
    """How many of the counted criteria."""
    ruled_out_by: tuple[str, ...] = ()
    """The counted criteria that have failed: id, title, and the data that say so."""
    get: tuple[str, ...] = ()
    """The ids of the counted criteria that are unknown and wait for facts."""
    ask: tuple[str, ...] = ()
    """Of those that wait for what only a person can answer."""
    protocol: tuple[str, ...] = ()
    """Of those that wait for what the page lacks, or for how it is to be read."""
    missing: tuple[str, ...] = ()
    """The labels of what is missing and can still decide this trial, the best first."""
    warnings: tuple[str, ...] = ()
    tool: str = ""
    pack: str = ""
    pack_sha256: str = ""
    profile_sha256: str = ""
    options: str = ""
    error: tuple[str, ...] = ()
    notice: str = ""


COLUMNS = tuple(field.name for field in fields(Row))


def rows(item: Report | Failure) -> list[Row]:
    """The rows of one file, a trial each, in the order of the report."""
    if isinstance(item, Failure):
        return [Row(item.file, error=tuple(item.error))]
    return [_row(item, trial) for trial in item.trials]


def _row(report: Report, trial: TrialReport) -> Row:
    counted = [item for item in trial.criteria if item.counted]
    waiting: dict[Action, tuple[str, ...]] = {
        action: tuple(
            item.id for item in counted if item.status == "unknown" and _action(item) == action
        )
        for action in ACTIONS
    }
    return Row(
        file=report.file,
        patient=report.patient,
        screening_date=report.screening_date,
        trial=trial.id,
        registry=trial.registry,
        registry_status=trial.registry_status,
        verdict=trial.verdict,
        matched=trial.counts.matched,
        failed=trial.counts.failed,
        unknown=trial.counts.unknown,
        ruled_out_by=tuple(_failed(item, trial) for item in counted if item.status == "failed"),
        get=waiting["get"],
        ask=waiting["ask"],
        protocol=waiting["protocol"],
        missing=tuple(fact.label for fact in report.next if trial.id in fact.trials),
        warnings=(*report.warnings, *trial.warnings),
        tool=program(report),
        pack=criteria(report),
        pack_sha256=report.pack.sha256,
        profile_sha256=report.profile_sha256,
        options=report.options.typed,
        notice=report.notice,
    )


def _failed(criterion: CriterionReport, trial: TrialReport) -> str:
    said = of_heading(criterion, trial) if criterion.heading else explained(criterion)
    return f"{criterion.id} {criterion.title}: {said}"


def _action(criterion: CriterionReport) -> Action:
    """What an unknown criterion waits for."""
    match criterion.reason:
        case "needs_person":
            return "ask"
        case "source_gap" | "depends_on_reading":
            return "protocol"
        case _:
            return "get"


def csv(item: Report | Failure, *, header: bool) -> str:
    """The rows of one file as CSV."""
    file = StringIO()
    writer = csv_format.DictWriter(file, COLUMNS, lineterminator="\n")
    if header:
        writer.writeheader()
    for row in rows(item):
        writer.writerow({name: guarded(_cell(getattr(row, name))) for name in COLUMNS})
    return file.getvalue()


def _cell(value: str | int | tuple[str, ...] | None) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return "; ".join(value)
        case _:
            return str(value)


_SHOWN = 3  # of the facts that are missing, on paper


def html(rows: Sequence[Row], judged: int) -> str:
    """The rows of all files as a page to print; so many of the files could be judged."""
    return page(
        "log.html.jinja",
        rows=rows,
        SHOWN=_SHOWN,
        judged=judged,
        failures=sum(bool(row.error) for row in rows),
        warnings=_warnings(rows),
        made=[*dict.fromkeys(_made(row) for row in rows if row.trial)],
    )


def _warnings(found: Sequence[Row]) -> dict[str, list[str]]:
    """Each warning once, with the patients whom it is about."""
    about: dict[str, dict[str, None]] = {}
    for row in found:
        for warning in row.warnings:
            about.setdefault(warning, {})[row.patient or row.file] = None
    return {warning: [*patients] for warning, patients in about.items()}


def _made(row: Row) -> tuple[str, ...]:
    options = f"Options: {row.options}" if row.options else ""
    lines: Iterable[str] = (f"{row.tool}, criteria {row.pack}", options)
    return (*filter(None, lines), f"Criteria sha256 {row.pack_sha256}")
