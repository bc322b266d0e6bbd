"""The table for a person at a terminal: what stands in the way, then each trial."""

from collections.abc import Iterable, Iterator

from cartscreen.contract import CriterionReport, Failure, TrialReport
from cartscreen.frozen import frozen
from cartscreen.place import is_of_entry
from cartscreen.plan.obstacles import ACTIONS, Obstacle, Outlook, TrialOutlook
from cartscreen.render.colour import STYLES
from cartscreen.render.draw import draw, item, ruled
from cartscreen.render.paper import (
    Console,
    ConsoleOptions,
    Group,
    Padding,
    RenderableType,
    RenderResult,
    Table,
    Text,
    cell_len,
)
from cartscreen.render.summary import (
    LEGEND,
    Summary,
    closing,
    rows_of,
    verdict_text,
)
from cartscreen.render.text import (
    MARKS,
    STATUSES,
    criteria,
    explained,
    hashes,
    heading,
    of_heading,
    program,
    rows,
)
from cartscreen.text import inside_sentence, visible

STACK_BELOW = 60
_SQUEEZED = 20  # columns
_CELL = 39  # columns that a matched criterion takes
_RULE = "━"
_RECORDED = ("no_unit", "future_dated", "censored", "imprecise_date", "conflict")
"""The reasons for which something is recorded that does not settle the criterion, and what to get
does not say so."""


def render(
    item: Outlook | Failure,
    *,
    only: tuple[str, ...] = STATUSES,
    everything: bool = False,
    width: int = 80,
    colour: bool = False,
) -> str:
    """One report as text of at most `width` columns; plain unless `colour`.

    everything: each criterion has a row of its own, with its title and all that was found
    """
    parts = _failure(item) if isinstance(item, Failure) else _report(item, only, everything, width)
    return draw(parts, width=width, colour=colour)


def summary(item: Outlook | Failure, *, width: int = 80, colour: bool = False) -> str:
    """The summary of one report alone."""
    parts = _failure(item) if isinstance(item, Failure) else (*head(item), *foot(item, width))
    return draw(parts, width=width, colour=colour)


def _report(
    report: Outlook, only: tuple[str, ...], everything: bool, width: int
) -> Iterable[RenderableType]:
    yield from head(report)
    for trial in report.ranked:
        yield from _trial(trial, only, everything, width)
    yield from foot(report, width, _hints(everything), everything=everything)


def head(report: Outlook) -> Iterable[RenderableType]:
    """About whom and what it is, and the summary of the trials."""
    first, *others = (line for line in heading(report) if not line.startswith(program(report)))
    yield Text(first, style="bold")
    for line in others:
        yield Text(line)
    yield Text()
    yield Summary(rows_of(report.ranked))
    yield Text(LEGEND)


def _hints(everything: bool) -> str:
    unfold = "" if everything else "Every criterion: --all. "
    return f"{unfold}What next: `cartscreen ask`, `plan` or `show`."


def foot(
    report: Outlook, width: int, hints: str = "", *, everything: bool = False
) -> Iterable[RenderableType]:
    """Warnings, by what it was made, and the answer in one sentence."""
    yield Text()
    for warning in report.warnings:
        yield item("!", visible(warning if everything else _in_two_lines(warning, width)))
    if hints:
        yield Text(hints)
    yield Text(visible(f"{program(report)}, criteria {criteria(report)}"))
    for line in hashes(report):
        yield Text(line)
    yield Text(report.notice)
    yield Text()
    yield Text(visible(closing(rows_of(report.ranked))), style="bold")


def _in_two_lines(warning: str, width: int) -> str:
    """A long list, cut after so many of its words; a warning of several sentences as it is."""
    most = 2 * max(width, STACK_BELOW) - len(_REST)
    _, colon, listed = warning.partition(": ")
    if not colon or ". " in listed or cell_len(warning) <= most + len(_REST):
        return warning
    return warning[:most].rpartition(", ")[0] + _REST if ", " in warning[:most] else warning


_REST = " ... (--all names the rest)"


def _failure(failure: Failure) -> Iterable[RenderableType]:
    yield Text(f"{visible(failure.file)}: not judged", style="bold red")
    yield Text()


# One trial


def _trial(
    trial: TrialOutlook, only: tuple[str, ...], everything: bool, width: int
) -> Iterable[RenderableType]:
    yield Text()
    yield title_line(trial, width)
    for line in trial.warnings:
        yield item("!", visible(line))
    folded = trial.verdict == "ineligible" and not everything
    shown: list[_Row] = []
    below: list[RenderableType] = []
    for status in STATUSES:
        listed = list(rows(trial, status)) if status in only else []
        counted = [criterion for depth, criterion in listed if depth == 0]
        if not counted:
            continue
        if everything:
            shown += [_whole(depth, criterion, trial) for depth, criterion in listed]
        elif status == "failed":
            shown += [_failed(criterion, trial) for criterion in counted]
        elif folded:
            below.append(_ids(status, counted))
        elif status == "unknown":
            shown += _opened(listed, trial)
        else:
            below.append(_matched(counted, trial, width))
    if shown:
        yield _Rows(shown)
    yield from below


def title_line(trial: TrialReport, width: int) -> Text:
    """Id, number in the registry, name where there is room, verdict and registry status."""
    verdict = verdict_text(trial.verdict)
    number = trial.registry or "no registry number"
    status = trial.registry_status or "status not stated"

    def line(*names: str) -> Text:
        text = Text(trial.id, style="bold")
        for name in names:
            text.append(f"  {visible(name)}", "not bold")
        text.append("  ").append(verdict)
        return text.append(f"  {visible(status)} ", "not bold")

    text = line(number, trial.name)
    if text.cell_len + 4 > width:
        text = line(number)
    return text.append(_RULE * max(0, width - text.cell_len), "not bold")


@frozen
class _Row:
    """A criterion of the table: its title, and what stands in the chart or is missing."""

    status: str
    id: str
    title: str
    said: Text


class _Rows:
    """Criteria beside what was found; below it where the columns would be squeezed."""

    def __init__(self, rows: list[_Row]) -> None:
        self.rows = rows

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        ids = max(3, *(cell_len(row.id) for row in self.rows))
        room = options.max_width - ids - 7
        if options.max_width < STACK_BELOW or room < 2 * _SQUEEZED:
            for row in self.rows:
                mark = Text(f"{MARKS[row.status]} ", style=STYLES[row.status])
                yield mark.append(f"{row.id} {row.title}", "default")
                if row.said:
                    yield _Below(row.said)
            return
        table = ruled("", "No.", "Criterion", "In the chart, or missing")
        table.columns[1].no_wrap = True
        longest = max(cell_len(row.title) for row in self.rows)
        table.columns[2].width = titles = min(max(longest, _SQUEEZED), room * 5 // 11)
        table.columns[3].width = room - titles
        for row in self.rows:
            mark = Text(MARKS[row.status], style=STYLES[row.status])
            table.add_row(mark, Text(row.id), Text(row.title), row.said)
        yield table


class _Below:
    """A text moved to the right, by less where there is little room."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        yield Padding(self.text, (0, 0, 0, 4 if options.max_width > 2 * _SQUEEZED else 2))


def _whole(depth: int, criterion: CriterionReport, trial: TrialOutlook) -> _Row:
    """A row with all that was found; the ones below a heading begin with dots."""
    said = of_heading(criterion, trial) if criterion.heading else explained(criterion)
    text = Text(visible(said))
    if criterion.status == "failed":
        _add_distance(text, criterion, trial)
    title = visible(f"{'. ' * depth}{criterion.title}")
    return _Row(criterion.status, criterion.id, title, text)


def _failed(criterion: CriterionReport, trial: TrialOutlook) -> _Row:
    """What rules out, by how much, and what could change that."""
    if criterion.heading:
        text = Text(visible(_alternatives(criterion, trial)))
    else:
        text = Text(visible(_data(criterion)))
    _add_distance(text, criterion, trial)
    return _Row("failed", criterion.id, visible(trial.short[criterion.id]), text)


def _alternatives(heading: CriterionReport, trial: TrialOutlook) -> str:
    """Why each of the criteria below a failed heading has failed: "I2.b ...; I2.c ..."."""
    below = [one for one in trial.criteria if one.parent == heading.id and one.status == "failed"]
    return "; ".join(f"{one.id} {_briefly(one, trial)}" for one in below)


def _briefly(criterion: CriterionReport, trial: TrialOutlook) -> str:
    if criterion.heading:
        return criterion.why
    far = trial.distances.get(criterion.id)
    return ", ".join(far) if far else _data(criterion)


def _data(criterion: CriterionReport) -> str:
    """The data that decide, each with its value and date; of a list that was read as a whole, it.

    Entries of a list stand together: "treatment 4: drug tacrolimus, last dose ongoing".
    """
    deciding = [read for read in criterion.because if read.decides]
    whole = {read.fact for read in deciding}
    parts: dict[str, list[str]] = {}
    for read in deciding:
        name, bracket, _ = read.fact.partition("[")
        if bracket and name in whole:
            continue
        entry, _, field = read.label.rpartition(": ") if is_of_entry(read.fact) else ("", "", "")
        dated = f" ({read.date})" * bool(read.date)
        parts.setdefault(entry, []).append(f"{field or read.label} {read.value}".strip() + dated)
    said = [*parts.pop("", []), *(f"{of}: {', '.join(each)}" for of, each in parts.items())]
    return "; ".join(dict.fromkeys(said))


def _add_distance(text: Text, criterion: CriterionReport, trial: TrialOutlook) -> None:
    far = () if criterion.heading else trial.distances.get(criterion.id, ())
    obstacle = next((one for one in trial.obstacles if one.criterion == criterion.id), None)
    parts = [*far, *([_change(obstacle)] if obstacle else [])]
    if parts:
        text.append("\n" if text else "")
        text.append(visible("; ".join(parts)), STYLES["failed"])


def _change(obstacle: Obstacle) -> str:
    """What could change it, in words."""
    match obstacle.way:
        case "time":
            return f"passes on {obstacle.passes_on} with time alone"
        case "measurement":
            return "may change when measured again"
        case "treatment":
            return "may change with treatment"
        case "decision":
            return "may change by a decision"
    return "nothing foreseen changes it within 2 years"


def _opened(listed: list[tuple[int, CriterionReport]], trial: TrialOutlook) -> Iterator[_Row]:
    """What would settle each open criterion; of those without a row, in that of their heading."""
    rows = {criterion.id for _, criterion in listed}
    above = {criterion.id: criterion.parent for criterion in trial.criteria}
    to_do: dict[str, dict[str, dict[str, None]]] = {}
    for action in trial.actions:
        name = action.criterion
        while name and name not in rows:
            name = above[name]
        to_do.setdefault(name, {}).setdefault(action.kind, {})[action.what] = None
    for depth, criterion in listed:
        text = Text()
        for kind in ACTIONS:
            if named := to_do.get(criterion.id, {}).get(kind):
                text.append("\n" if text else "")
                text.append(f"{kind} ", STYLES["unknown"]).append(visible("; ".join(named)))
        if not text and not criterion.heading:
            text.append(visible(criterion.why))
        elif criterion.reason in _RECORDED and not criterion.heading:
            text.append(f"\n{visible(_recorded(criterion))}")
        title = visible(f"{'. ' * depth}{trial.short[criterion.id]}")
        yield _Row(criterion.status, criterion.id, title, text)


def _recorded(criterion: CriterionReport) -> str:
    """What is recorded already of an open criterion, and why that does not settle it."""
    why = criterion.why.partition("; needs ")[0]
    return f"{data}: {why}" if (data := _data(criterion)) else why


def _ids(status: str, listed: list[CriterionReport]) -> RenderableType:
    """The criteria of a status, folded to their ids."""
    said = {"unknown": "open", "matched": "matched"}[status]
    mark = Text(MARKS[status], style=STYLES[status])
    return item(mark, f"{len(listed)} {said}: {' '.join(one.id for one in listed)}")


def _matched(listed: list[CriterionReport], trial: TrialOutlook, width: int) -> RenderableType:
    """Matched criteria in as many columns as there is room for, read downwards."""
    count = max(1, (width + 2) // (_CELL + 2))
    ids = max(cell_len(one.id) for one in listed)
    each = (width - (count - 1)) // count - ids - 3
    cells = [(one, cell(one, trial, each)) for one in listed]
    if ids + 3 + _SQUEEZED > width:
        return Group(*(item(f"+ {one.id}", said) for one, said in cells))
    table = Table.grid(padding=(0, 1))
    for _ in range(count):
        table.add_column()
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
    rows = -(-len(cells) // count)
    mark = Text(MARKS["matched"], style=STYLES["matched"])
    for at in range(rows):
        line: list[Text] = []
        for one, said in cells[at::rows]:
            line += [mark, Text(one.id), Text(visible(said))]
        table.add_row(*line)
    return table


def cell(criterion: CriterionReport, trial: TrialOutlook, width: int) -> str:
    """A matched criterion in few words: its one datum, or its short title.

    What is excluded and absent never reads as if it were there: "no cardiac insufficiency".
    """
    short = trial.short[criterion.id]
    if not criterion.applicable:
        return f"{short}: does not apply"
    included = criterion.kind == "inclusion"
    data = {(read.label, read.value, read.fact) for read in criterion.because if read.decides}
    label, value, fact = data.pop() if len(data) == 1 else ("", "", "")
    if _says_itself(value) and not is_of_entry(fact):
        datum = f"{label} {value}"
        brief = f"{short}: {value}"
        return brief if included and cell_len(datum) > width >= cell_len(brief) else datum
    return short if included else f"no {inside_sentence(short)}"


def _says_itself(value: str) -> bool:
    """Is it a number, or a negative result, that nobody reads as the presence of what it names?

    A date is none: "Myocardial infarction 2020-01-01" may lie outside the window of an exclusion.
    """
    number, _, titre = value.lstrip("~<>=").partition(" ")[0].partition(":")
    figures = [*number.split("."), titre or "0"]
    return value == "negative" or (len(figures) <= 3 and all(map(str.isdecimal, figures)))
