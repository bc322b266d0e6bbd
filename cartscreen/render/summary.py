"""The summary of a patient's trials: one line for each, with what stands in the way.

`rows_of` makes the lines of a check; `plan` has the same table, from its own obstacles and
questions. A colour never stands alone: beside it there is always the mark, or the word itself.
"""

from collections.abc import Iterable, Mapping, Sequence

from cartscreen.contract import Counts, Verdict
from cartscreen.frozen import frozen
from cartscreen.plan.obstacles import ACTIONS, WAYS, Obstacle, TrialOutlook
from cartscreen.render.colour import STYLES
from cartscreen.render.draw import ruled
from cartscreen.render.paper import (
    Console,
    ConsoleOptions,
    Padding,
    RenderableType,
    RenderResult,
    Text,
    cell_len,
)
from cartscreen.render.text import MARKS, VERDICTS
from cartscreen.text import visible

LEGEND = "x failed, ? unknown, + matched (of an exclusion: it does not apply)."
_SQUEEZED = 24  # columns
_WORDS_FROM = 100  # columns from which the counts have words above them, not marks


@frozen
class Row:
    """One trial: its verdict, how many criteria have each status, and what stands in the way."""

    trial: str
    verdict: Verdict
    counts: Counts
    says: str


def rows_of(trials: Iterable[TrialOutlook]) -> list[Row]:
    """The line of each trial."""
    return [Row(trial.id, trial.verdict, trial.counts, in_the_way(trial)) for trial in trials]


def in_the_way(trial: TrialOutlook) -> str:
    """What rules the patient out, and by how much; or how much is still open."""
    if trial.obstacles:
        return ruled_out_by(trial.obstacles, trial.short)
    to_do = (len(trial.to_do(kind)) for kind in ACTIONS)
    return still_open(*to_do)


def ruled_out_by(obstacles: Sequence[Obstacle], short: Mapping[str, str]) -> str:
    """The hardest obstacle and how far it is off, then the others by their ids.

    "I1 16 years above 18 years; also I2", "E4 applies: Cardiac insufficiency"
    """
    first = max(obstacles, key=lambda item: WAYS.index(item.way))
    title = short.get(first.criterion, first.title)
    said = "not met" if first.criterion.startswith("I") else "applies"
    far = first.distances[0].by if first.distances else f"{said}: {title}"
    others = [item.criterion for item in obstacles if item is not first]
    return f"{first.criterion} {far}" + (f"; also {', '.join(others)}" if others else "")


def still_open(get: int, ask: int, protocol: int) -> str:
    """How much there is to do: "3 to get, 2 to ask, 1 for the protocol"."""
    counted = ((get, "to get"), (ask, "to ask"), (protocol, "for the protocol"))
    return ", ".join(f"{count} {what}" for count, what in counted if count)


def verdict_text(verdict: Verdict) -> Text:
    """The verdict in words, with its mark and colour."""
    return Text(f"{MARKS[verdict]} {VERDICTS[verdict]}", style=STYLES[verdict])


class Summary:
    """The table of these lines; each trial below the other where there is no room for columns."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        wide = options.max_width >= _WORDS_FROM
        heads = ("Matched", "Failed", "Unknown") if wide else ("+", "x", "?")
        taken = [max(cell_len(row.trial) for row in self.rows)]
        taken += [max(verdict_text(row.verdict).cell_len for row in self.rows)]
        taken += [max(3, len(head)) for head in heads]
        if options.max_width - sum(taken) - 2 * len(taken) < _SQUEEZED:
            for row in self.rows:
                yield from _stacked(row)
            return
        table = ruled("Trial", "Verdict", *heads, "Ruled out by, or still open")
        for column in table.columns[:5]:
            column.no_wrap = True
        for column in table.columns[2:5]:
            column.justify = "right"
        for row in self.rows:
            counts = (row.counts.matched, row.counts.failed, row.counts.unknown)
            table.add_row(
                Text(row.trial),
                verdict_text(row.verdict),
                *(Text(str(count)) for count in counts),
                Text(visible(row.says)),
            )
        yield table


def _stacked(row: Row) -> Iterable[RenderableType]:
    counts = row.counts
    yield Text(row.trial, style="bold")
    yield Padding(verdict_text(row.verdict), (0, 0, 0, 2))
    said = f"{counts.matched} matched, {counts.failed} failed, {counts.unknown} unknown"
    yield Padding(Text(said), (0, 0, 0, 2))
    if row.says:
        yield Padding(Text(visible(row.says)), (0, 0, 0, 2))


def closing(rows: Sequence[Row]) -> str:
    """The answer in one sentence: what fits, what is open, and how many rule the patient out.

    "1 open: ucar-cd19-bcma-sle, 3 to ask, 1 for the protocol; 4 ruled out"
    """
    by_verdict: dict[Verdict, list[Row]] = {"eligible": [], "undetermined": [], "ineligible": []}
    for row in rows:
        by_verdict[row.verdict].append(row)
    fits, opened, out = by_verdict.values()
    parts = []
    if fits:
        named = ", ".join(row.trial for row in fits)
        verb = "meets" if len(fits) == 1 else "meet"
        parts.append(f"{len(fits)} {verb} every listed criterion: {named}")
    if opened:
        each = "; ".join(", ".join(filter(None, (row.trial, row.says))) for row in opened)
        parts.append(f"{len(opened)} open: {each}")
    if out:
        parts.append(f"{len(out)} ruled out")
    return "; ".join(parts)
