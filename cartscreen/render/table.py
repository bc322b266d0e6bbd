"""The table for a person at a terminal: wide, or stacked where it would be squeezed."""

from collections.abc import Iterable
from io import StringIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cartscreen.render.text import (
    STATUSES,
    VERDICTS,
    explained,
    gaps_line,
    heading,
    of_heading,
    rows,
    visible,
)
from cartscreen.report import CriterionReport, Failure, Next, Report, TrialReport

STACK_BELOW = 72
_SHOWN_NEXT = 10
_STYLE = {
    "failed": "red",
    "unknown": "yellow",
    "matched": "green",
    "ineligible": "bold red",
    "undetermined": "bold yellow",
    "eligible": "bold green",
}
_MARK = {"failed": "x", "unknown": "?", "matched": "+"}


def render(
    reports: Iterable[Report | Failure],
    *,
    only: tuple[str, ...] = STATUSES,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
) -> str:
    """The reports as text of at most `width` columns; plain unless `colour`."""
    listed = list(reports)
    parts: list[RenderableType] = []
    for item in listed:
        parts += _failure(item) if isinstance(item, Failure) else _report(item, only, width)
    if len(listed) > 1:
        parts += _overview(listed, width)
    return draw(parts, width=width, colour=colour, ascii_only=ascii_only)


def draw(
    parts: Iterable[RenderableType], *, width: int, colour: bool, ascii_only: bool = False
) -> str:
    """Rich renderables as text, without trailing spaces."""
    file = StringIO()
    console = Console(
        file=file,
        width=max(width, 20),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
        markup=False,
        safe_box=True,
        legacy_windows=False,
        _environ={},
    )
    for part in parts:
        console.print(part)
    text = file.getvalue()
    if ascii_only:
        text = text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


_ASCII = str.maketrans({"─": "-", "×": "x", "≥": ">=", "≤": "<=", "ö": "oe", "–": "-", "’": "'"})


def _report(report: Report, only: tuple[str, ...], width: int) -> Iterable[RenderableType]:
    for line in heading(report):
        yield Text(line, style="bold" if line.startswith("Patient") else "")
    yield Text()
    yield _summary(report, width)
    for warning in report.warnings:
        yield _item("!", visible(warning))
    for trial in report.trials:
        yield from _trial(trial, only, width)
    yield from _next(report.next)
    yield Text()
    yield Text(report.notice)


def _summary(report: Report, width: int) -> RenderableType:
    if width < STACK_BELOW:
        return Group(*(_summary_lines(trial) for trial in report.trials))
    table = _table("Trial", "Matched", "Failed", "Unknown", "Verdict", "Registry status")
    for column in table.columns[1:4]:
        column.justify = "right"
    for trial in report.trials:
        counts = trial.counts
        table.add_row(
            Text(trial.id),
            *(Text(str(count)) for count in (counts.matched, counts.failed, counts.unknown)),
            Text(VERDICTS[trial.verdict], style=_STYLE[trial.verdict]),
            Text(visible(trial.registry_status or "not stated")),
        )
    return table


def _summary_lines(trial: TrialReport) -> RenderableType:
    counts = trial.counts
    said = f"{counts.matched} matched, {counts.failed} failed, {counts.unknown} unknown"
    return Group(
        Text(trial.id, style="bold"),
        Padding(Text(VERDICTS[trial.verdict], style=_STYLE[trial.verdict]), (0, 0, 0, 2)),
        Padding(Text(said), (0, 0, 0, 2)),
    )


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _item(mark: str, text: str, style: str = "") -> RenderableType:
    """A line with a mark before it, wrapped under its own beginning."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(mark, style=style), Text(text))
    return table


def _trial(trial: TrialReport, only: tuple[str, ...], width: int) -> Iterable[RenderableType]:
    title = " ".join(part for part in (trial.id, trial.registry) if part)
    yield Text()
    yield Text(f"{title}: {visible(trial.name)}", style="bold")
    yield Text(VERDICTS[trial.verdict], style=_STYLE[trial.verdict])
    for line in (*trial.warnings, gaps_line(trial)):
        if line:
            yield _item("!", visible(line))
    for status in STATUSES:
        shown = list(rows(trial, status))
        if status in only and shown:
            yield Text()
            count = sum(depth == 0 for depth, _ in shown)
            yield Text(f"{status.upper()} ({count})", style=_STYLE[status])
            yield _stacked(shown, trial) if width < STACK_BELOW else _wide(shown, trial, width)


def _wide(
    shown: list[tuple[int, CriterionReport]], trial: TrialReport, width: int
) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, min_width=4)
    table.add_column(overflow="fold", ratio=5)
    table.add_column(overflow="fold", ratio=6)
    table.width = width
    for depth, criterion in shown:
        table.add_row(
            Text(_MARK[criterion.status], style=_STYLE[criterion.status]),
            Text(criterion.id),
            Text(visible(_title(depth, criterion))),
            Text(visible(_said(criterion, trial))),
        )
    return table


def _stacked(shown: list[tuple[int, CriterionReport]], trial: TrialReport) -> RenderableType:
    lines: list[RenderableType] = []
    for depth, criterion in shown:
        mark = f"{_MARK[criterion.status]} {criterion.id}"
        lines.append(_item(mark, visible(_title(depth, criterion)), _STYLE[criterion.status]))
        if said := _said(criterion, trial):
            lines.append(Padding(Text(visible(said)), (0, 0, 0, 4)))
    return Group(*lines)


def _title(depth: int, criterion: CriterionReport) -> str:
    return f"{'. ' * depth}{criterion.title}"


def _said(criterion: CriterionReport, trial: TrialReport) -> str:
    return of_heading(criterion, trial) if criterion.heading else explained(criterion)


def _next(listed: list[Next]) -> Iterable[RenderableType]:
    if not listed:
        return
    yield Text()
    yield Text("WHAT TO GET NEXT: missing facts, by the trials still open that they bear on")
    for number, item in enumerate(listed[:_SHOWN_NEXT], start=1):
        trials = f"{len(item.trials)} trial{'s' * (len(item.trials) > 1)}"
        criteria = f"{item.criteria} criteri{'a' if item.criteria > 1 else 'on'}"
        yield _item(f"{number:2}.", f"{item.label} ({item.obtain}; {trials}, {criteria})")
    if len(listed) > _SHOWN_NEXT:
        yield Text(f"    and {len(listed) - _SHOWN_NEXT} more, in `--format json`")


def _failure(failure: Failure) -> Iterable[RenderableType]:
    yield Text(f"{visible(failure.file)}: not judged", style="bold red")
    for fault in failure.error:
        yield _item("x", visible(fault))
    yield Text()


def _overview(listed: list[Report | Failure], width: int) -> Iterable[RenderableType]:
    """Patients by trials, one letter each."""
    reports = [item for item in listed if isinstance(item, Report)]
    if not reports:
        return
    yield Text()
    yield Text(f"{len(reports)} patients judged, {len(listed) - len(reports)} files not judged")
    trials = [trial.id for trial in reports[0].trials]
    for number, name in enumerate(trials, start=1):
        yield Text(f"  ({number}) {name}")
    yield Text("  E meets every listed criterion, N ineligible, ? undetermined")
    table = _table("Patient", *(f"({number})" for number in range(1, len(trials) + 1)))
    letter = {"eligible": "E", "ineligible": "N", "undetermined": "?"}
    for report in reports:
        cells = (Text(letter[t.verdict], style=_STYLE[t.verdict]) for t in report.trials)
        table.add_row(Text(visible(report.patient or report.file)), *cells)
    yield table
