"""What differs between two reports, and the trials side by side, for a person."""

from collections.abc import Iterable, Sequence

from cartscreen.compare import Cell, Difference, Row
from cartscreen.pattern import pattern
from cartscreen.render.colour import mark, painted, word
from cartscreen.render.draw import item, ruled
from cartscreen.render.paper import Padding, RenderableType, Table, Text
from cartscreen.render.text import VERDICTS
from cartscreen.text import visible
from cartscreen.verify import Verification

TABLE_FROM = 120
_COLUMN = 20  # the letters that each trial needs in the table at least
_BETWEEN = 2  # columns of the table are so far apart: a space of the cell, and one of the box
_LEGEND = (
    "+ so, x not so, ? unknown: what this test by itself asks; in brackets the criterion, and its "
    "status"
)


def difference_lines(found: Difference, *, every: bool = False) -> Iterable[RenderableType]:
    """Verdicts that changed, then criteria, trial by trial; `every` criterion, or the counted."""
    shared = found.of_shared_trials()
    listed = shared if every else shared.of_counted()
    left = len(shared.criteria) - len(listed.criteria)
    if listed.verdicts or listed.criteria or not left:
        yield from _changes(listed, "Nothing changes.")
    else:
        yield Text("No verdict and no counted criterion changes.")
    if left:
        said = "1 criterion that is not counted changes; --all lists it."
        if left > 1:
            said = f"{left} criteria that are not counted change; --all lists them."
        yield Text(said)


def _changes(
    found: Difference, nothing: str = "No verdict or status differs."
) -> Iterable[RenderableType]:
    if not found.verdicts and not found.criteria:
        yield Text(nothing)
    for verdict in found.verdicts:
        was, now = (word(said, VERDICTS.get(said, "")) for said in (verdict.before, verdict.after))
        yield painted((f"{verdict.trial}: ", "bold"), was, (" -> ", "bold"), now)
    for change in found.criteria:
        statuses = word(change.before), " -> ", word(change.after)
        name = painted(f"{change.trial} {change.criterion}")
        yield item(name, painted(f"{change.title}: ", *statuses))


_SHA256 = pattern(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
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
        yield from _changes(report.difference.of_shared_trials())
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
    if rows and any(cell.answer for row in rows for cells in row.cells.values() for cell in cells):
        yield Text(_LEGEND)
        yield Text()
    names, column = max(map(len, trials)), width // (len(trials) + 1) - _BETWEEN
    if width >= max(TABLE_FROM, _COLUMN * (len(trials) + 1)) and names <= column:
        yield _table(rows, trials, column)
        return
    for row in rows:
        value = f": {row.value}" if row.value else ""
        yield painted((f"{row.label}{value}", "bold"))
        for trial in trials:
            for cell in row.cells.get(trial, []):
                said = painted(f"{cell.asks} ", *_of_criterion(cell))
                yield Padding(item(_named(trial, cell, names), said), (0, 0, 0, 2))


def _named(trial: str, cell: Cell, names: int) -> Text:
    """The mark, where a patient is judged, and the trial in a column of so many letters."""
    marked = (mark(cell.answer), " ") if cell.answer else ()
    return painted(*marked, trial.ljust(names))


def _table(rows: Sequence[Row], trials: Sequence[str], column: int) -> Table:
    table = ruled()
    table.expand = True
    for name in ("Fact", *trials):
        table.add_column(name, overflow="fold", ratio=1)
    lines = Text("\n")
    for row in rows:
        fact = [painted((row.label, "bold")), *([painted(row.value)] if row.value else [])]
        cells = [[_in_column(cell, column) for cell in row.cells.get(name, [])] for name in trials]
        table.add_row(*(lines.join(each) for each in (fact, *cells)))
    return table


def _in_column(cell: Cell, column: int) -> Text:
    """The mark, what is asked, and the criterion: below it where one line is too long."""
    said = painted(*((mark(cell.answer), " ") if cell.answer else ()), cell.asks)
    of = painted(*_of_criterion(cell))
    fits = said.cell_len + 1 + of.cell_len <= column
    return Text(" " if fits else "\n  ").join([said, of])


def _of_criterion(cell: Cell) -> tuple[str | tuple[str, str], ...]:
    """The criterion with its status: "[I1 matched]"."""
    if not cell.status:
        return (f"[{cell.criterion}]",)
    status = word(cell.status) if cell.applicable else ("not applicable", "")
    return (f"[{cell.criterion} ", status, "]")
