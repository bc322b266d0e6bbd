"""The table for a person at a terminal: wide, or stacked where it would be squeezed."""

from collections.abc import Iterable
from itertools import zip_longest

from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cartscreen.contract import CriterionReport, Failure, Next, Report, TrialReport, Verdict
from cartscreen.render.draw import draw, item
from cartscreen.render.text import (
    ORDER,
    STATUSES,
    VERDICTS,
    explained,
    gaps_line,
    hashes,
    heading,
    of_heading,
    rows,
)
from cartscreen.text import visible

STACK_BELOW = 72
_SQUEEZED = 20  # columns
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
    item: Report | Failure,
    *,
    only: tuple[str, ...] = STATUSES,
    width: int = 80,
    colour: bool = False,
) -> str:
    """One report as text of at most `width` columns; plain unless `colour`."""
    parts = _failure(item) if isinstance(item, Failure) else _report(item, only, width)
    return draw(parts, width=width, colour=colour)


def verdicts(item: Report | Failure) -> tuple[str, dict[str, Verdict]] | None:
    """(patient, the verdict of each trial): what `overview` needs of a report."""
    if isinstance(item, Failure):
        return None
    return item.patient or item.file, {trial.id: trial.verdict for trial in item.trials}


def overview(
    judged: list[tuple[str, dict[str, Verdict]]], failures: int, *, width: int, colour: bool
) -> str:
    """Patients by trials, one letter each; nothing where no patient was judged."""
    parts = _overview(judged, failures, width)
    return draw(parts, width=width, colour=colour) if judged else ""


def _report(report: Report, only: tuple[str, ...], width: int) -> Iterable[RenderableType]:
    for line in heading(report):
        yield Text(line, style="bold" if line.startswith("Patient") else "")
    yield Text()
    yield _summary(report, width)
    for warning in report.warnings:
        yield item("!", visible(warning))
    for trial in report.trials:
        yield from _trial(trial, only, width)
    yield from _next(report.next)
    yield Text()
    for line in hashes(report):
        yield Text(line)
    yield Text(report.notice)


def _summary(report: Report, width: int) -> RenderableType:
    if width < STACK_BELOW:
        return Group(*(_summary_lines(trial) for trial in report.trials))
    table = _table("Trial", "Matched", "Failed", "Unknown", "Verdict", "Registry status")
    table.columns[0].no_wrap = True
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
        Padding(Text(visible(f"registry: {trial.registry_status or 'not stated'}")), (0, 0, 0, 2)),
    )


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _trial(trial: TrialReport, only: tuple[str, ...], width: int) -> Iterable[RenderableType]:
    title = " ".join(part for part in (trial.id, trial.registry) if part)
    yield Text()
    yield Text(visible(f"{title}: {trial.name}"), style="bold")
    yield Text(VERDICTS[trial.verdict], style=_STYLE[trial.verdict])
    for line in (*trial.warnings, gaps_line(trial)):
        if line:
            yield item("!", visible(line))
    for status in STATUSES:
        shown = list(rows(trial, status))
        if status in only and shown:
            yield Text()
            count = sum(depth == 0 for depth, _ in shown)
            yield Text(f"{status.upper()} ({count})", style=_STYLE[status])
            yield _rows(shown, trial, width)


def _rows(
    shown: list[tuple[int, CriterionReport]], trial: TrialReport, width: int
) -> RenderableType:
    """Criteria side by side with what was found, or above it where that would squeeze them.

    Wrapped here and not by a rich Table, which takes four times as long for hundreds of rows.
    """
    text = Text()
    ids = max(len(criterion.id) for _, criterion in shown)
    title_width = (width - ids - 5) * 5 // 11
    for depth, criterion in shown:
        title = visible(f"{'. ' * depth}{criterion.title}")
        said = visible(_said(criterion, trial))
        if width < STACK_BELOW or title_width < _SQUEEZED:
            first, *others = wrapped(f"{criterion.id} {title}", width - 5)
            lines = [first, *_indented([*others, *(wrapped(said, width - 6) if said else ())], 3)]
        else:
            lines = [
                f"{name:{ids}} {left}{' ' * (title_width - cell_len(left))}  {right}"
                for name, left, right in zip_longest(
                    [criterion.id],
                    wrapped(title, title_width),
                    wrapped(said, width - ids - title_width - 5),
                    fillvalue="",
                )
            ]
        text.append(f"{_MARK[criterion.status]} ", _STYLE[criterion.status])
        text.append("\n  ".join(lines) + "\n")
    text.right_crop(1)
    return text


def _indented(lines: list[str], by: int) -> list[str]:
    return [" " * by + line for line in lines]


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns; a longer word is cut."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, max(width, 2)) or [""]
        lines += full
    return [*lines, line]


def _said(criterion: CriterionReport, trial: TrialReport) -> str:
    return of_heading(criterion, trial) if criterion.heading else explained(criterion)


def _next(listed: list[Next]) -> Iterable[RenderableType]:
    if not listed:
        return
    yield Text()
    yield Text(f"WHAT TO GET NEXT: {ORDER}")
    for number, fact in enumerate(listed[:_SHOWN_NEXT], start=1):
        trials = f"{len(fact.trials)} trial{'s' * (len(fact.trials) > 1)}"
        criteria = f"{fact.criteria} criteri{'a' if fact.criteria > 1 else 'on'}"
        yield item(f"{number:2}.", visible(f"{fact.label} ({fact.obtain}; {trials}, {criteria})"))
    if len(listed) > _SHOWN_NEXT:
        yield Text(f"    `--format json` lists {len(listed) - _SHOWN_NEXT} more")


def _failure(failure: Failure) -> Iterable[RenderableType]:
    yield Text(f"{visible(failure.file)}: not judged", style="bold red")
    yield Text()


def _overview(
    judged: list[tuple[str, dict[str, Verdict]]], failures: int, width: int
) -> Iterable[RenderableType]:
    yield Text()
    yield Text(f"{len(judged)} patients judged, {failures} files not judged")
    trials = [*judged[0][1]]
    for number, name in enumerate(trials, start=1):
        yield Text(f"  ({number}) {name}")
    yield Text("  E meets every listed criterion, N ineligible, ? undetermined")
    heads = [f"({number})" for number in range(1, len(trials) + 1)]
    letter = {"eligible": "E", "ineligible": "N", "undetermined": "?"}
    if width < _SQUEEZED + len(" ".join(heads)):
        for name, found in judged:
            line = Text(visible(name))
            for head, verdict in zip(heads, found.values(), strict=True):
                line.append(f" {head}").append(letter[verdict], _STYLE[verdict])
            yield line
        return
    table = _table("Patient", *heads)
    for name, found in judged:
        cells = (Text(letter[verdict], style=_STYLE[verdict]) for verdict in found.values())
        table.add_row(Text(visible(name)), *cells)
    yield table
