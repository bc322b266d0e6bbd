"""What differs between two reports, and the trials side by side, for a person."""

import re
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cartscreen.compare import Cell, Difference, Row
from cartscreen.render.draw import item
from cartscreen.render.text import VERDICTS
from cartscreen.text import visible
from cartscreen.verify import Verification

TABLE_FROM = 120
_COLUMN = 20  # the letters that each trial needs in the table at least
_LEGEND = "+ matched, x failed, ? unknown: the whole criterion, which may ask for more"
_MARK = {"failed": "x ", "unknown": "? ", "matched": "+ ", "": ""}


def difference_lines(found: Difference) -> Iterable[RenderableType]:
    """Verdicts that changed, then criteria, trial by trial."""
    yield from _changes(found, "Nothing changes.")


def _changes(
    found: Difference, nothing: str = "No verdict or status differs."
) -> Iterable[RenderableType]:
    if not found.verdicts and not found.criteria:
        yield Text(nothing)
    for verdict in found.verdicts:
        was, now = (VERDICTS.get(said, said) for said in (verdict.before, verdict.after))
        yield Text(visible(f"{verdict.trial}: {was} -> {now}"), style="bold")
    for change in found.criteria:
        said = f"{change.title}: {change.before} -> {change.after}"
        yield item(visible(f"{change.trial} {change.criterion}"), visible(said))


_SHA256 = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_OUTCOMES = {
    "same": "the report holds to the letter",
    "holds": "every verdict holds",
    "changed": "a verdict no longer holds",
    "altered": "the report is not what was written",
}
_SHOWN_DIFFERING = 10


def verification_lines(found: Iterable[Verification]) -> Iterable[RenderableType]:
    """Of each report whether it holds, what has changed since, what that changes, what is open."""
    for report in found:
        name = report.patient or report.file
        said = f"{name}, judged on {report.screening_date}: {_OUTCOMES[report.outcome]}."
        yield Text(visible(said), style="bold")
        yield from (Padding(line, (0, 0, 0, 2)) for line in _verified(report))


def _verified(report: Verification) -> Iterable[RenderableType]:
    yield Text(visible(f"As the report states: {_stated(report)}."))
    for unmet in report.unmet:
        yield item("!", visible(f"Not as demanded: {unmet}."))
    for since in report.since:
        said = _SHA256.sub(r"\1...", f"{since.was} -> {since.now}")
        yield item(since.what, visible(said))
    if report.outcome != "same":
        yield from _changes(report.difference)
    unexplained = [place for place in report.differing if not place.explained]
    if unexplained:
        yield Text("Nothing that has changed since explains these:")
    elif report.differing:
        number = len(report.differing)
        yield Text(f"{number} place{'s' * (number > 1)} of the report would read otherwise now:")
    listed = unexplained or report.differing
    for place in listed[:_SHOWN_DIFFERING]:
        yield item("-", visible(f"{place.place}: {place.was} -> {place.now}"))
    if len(listed) > _SHOWN_DIFFERING:
        yield Text(f"and {len(listed) - _SHOWN_DIFFERING} more, in `--format json`")
    yield Text("Compared: every key and value of the report, and their order, but for")
    for said in report.not_compared:
        yield item("-", visible(f"{said}."))


def _stated(report: Verification) -> str:
    """The date, the trials and the options of the report, which it was judged by again."""
    trials = ", ".join(report.options.trials) or "all trials"
    options = report.options.model_copy(update={"trials": [], "screening_date": ""}).typed
    return ", ".join(part for part in (f"on {report.screening_date}", trials, options) if part)


def side_by_side_lines(
    rows: Sequence[Row], trials: Sequence[str], width: int
) -> Iterable[RenderableType]:
    """A row for each fact: in columns where there is room for them, else one under another."""
    if not rows:
        yield Text("None of these criteria asks for a fact.")
    if rows and any(cell.status for row in rows for cells in row.cells.values() for cell in cells):
        yield Text(_LEGEND)
        yield Text()
    if width >= max(TABLE_FROM, _COLUMN * (len(trials) + 1)):
        yield _table(rows, trials)
        return
    for row in rows:
        value = f": {row.value}" if row.value else ""
        yield Text(visible(f"{row.label}{value}"), style="bold")
        for trial in trials:
            for cell in row.cells.get(trial, []):
                yield Padding(item(trial, visible(_shown(cell))), (0, 0, 0, 2))


def _table(rows: Sequence[Row], trials: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for name in ("Fact", *trials):
        table.add_column(name, overflow="fold", ratio=1)
    for row in rows:
        fact = [visible(row.label), *([visible(row.value)] if row.value else [])]
        cells = [[visible(_shown(cell)) for cell in row.cells.get(name, [])] for name in trials]
        table.add_row(*(Text("\n".join(lines)) for lines in (fact, *cells)))
    return table


def _shown(cell: Cell) -> str:
    return f"{_MARK[cell.status]}{cell.asks} [{cell.criterion}]"
