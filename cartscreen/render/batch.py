"""Many patients: a line for each, and for each trial the verdict with its reasons and counts."""

from collections.abc import Iterable, Iterator, Sequence

from cartscreen.contract import Failure, Verdict
from cartscreen.frozen import frozen
from cartscreen.plan.obstacles import ACTIONS, Outlook, TrialOutlook
from cartscreen.render.colour import STYLES
from cartscreen.render.draw import draw, ruled
from cartscreen.render.paper import (
    Console,
    ConsoleOptions,
    Padding,
    RenderableType,
    RenderResult,
    Text,
    cell_len,
)
from cartscreen.render.text import MARKS, criteria, hashes, program
from cartscreen.text import visible

_NARROWEST_CELL = 10  # columns
_APART_FROM = 100  # columns from which date and age have columns of their own


@frozen
class Cell:
    """One trial of one patient: the verdict, and what rules out or is still open."""

    verdict: Verdict
    says: str


@frozen
class PatientLine:
    """One patient of a batch; `cells` is empty of a file that was not judged."""

    patient: str
    judged: str
    age: str
    cells: dict[str, Cell]
    made_by: tuple[str, ...] = ()


def line_of(item: Outlook | Failure) -> PatientLine:
    """What is kept of a report for the end of the batch."""
    if isinstance(item, Failure):
        return PatientLine(item.file, "", "", {})
    return PatientLine(
        item.patient or item.file,
        item.screening_date,
        item.age.removesuffix(" years"),
        {trial.id: Cell(trial.verdict, _says(trial)) for trial in item.trials},
        (f"{program(item)}, criteria {criteria(item)}", hashes(item)[0], item.notice),
    )


def _says(trial: TrialOutlook) -> str:
    """The criteria that rule out; else how many things are to get, to ask and to look up."""
    if trial.verdict == "eligible":
        return "meets all"
    if trial.obstacles:
        return " ".join(item.criterion for item in trial.obstacles)
    counts = ((len(trial.to_do(kind)), kind) for kind in ACTIONS)
    return " ".join(f"{count} {kind}" for count, kind in counts if count)


def render(lines: Sequence[PatientLine], *, width: int = 80, colour: bool = False) -> str:
    """The patients by the trials, and how many there are of each kind."""
    return draw(_parts(lines), width=width, colour=colour)


def _parts(lines: Sequence[PatientLine]) -> Iterator[RenderableType]:
    judged = [line for line in lines if line.cells]
    if judged:
        yield Text()
        yield _Matrix(judged)
        yield Text(_LEGEND)
        yield Text()
        for made_by in judged[0].made_by:
            yield Text(visible(made_by))
    yield from _totals(lines, judged)


_LEGEND = (
    "x ineligible, by these criteria; ? undetermined, with how much there is to get, to ask and to "
    "look up in the protocol; + meets every listed criterion."
)


class _Matrix:
    """A column for each trial; where they have no room, a patient's trials one below another."""

    def __init__(self, lines: Sequence[PatientLine]) -> None:
        self.lines = lines

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        trials = list(dict.fromkeys(name for line in self.lines for name in line.cells))
        wide = options.max_width >= _APART_FROM
        taken = max(10, *(cell_len(visible(line.patient)) for line in self.lines)) + 2
        if wide:
            taken += 12 + max(3, *(cell_len(line.age) for line in self.lines)) + 2
        room = (options.max_width - taken) // len(trials) - 2
        if room < _NARROWEST_CELL:
            for line in self.lines:
                yield from _stacked(line)
            return
        heads = [_at_hyphens(name, room) for name in trials]
        table = ruled(*(["Patient", "Judged", "Age"] if wide else ["Patient"]), *heads)
        for line in self.lines:
            who = [visible(line.patient), line.judged, line.age]
            table.add_row(
                *(map(Text, who) if wide else [Text("\n".join(who[:2]))]),
                *(_cell(line.cells[name]) if name in line.cells else Text() for name in trials),
            )
        yield table


def _cell(cell: Cell) -> Text:
    text = Text(f"{MARKS[cell.verdict]} ", style=STYLES[cell.verdict])
    return text.append(visible(cell.says), "default not bold")


def _at_hyphens(name: str, width: int) -> str:
    """The name in lines that end at a hyphen."""
    lines = [""]
    for part in name.replace("-", "-\n").split("\n"):
        if lines[-1] and cell_len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _stacked(line: PatientLine) -> Iterable[RenderableType]:
    yield Text(f"{visible(line.patient)}, judged on {line.judged}", style="bold")
    for name, cell in line.cells.items():
        yield Padding(Text(f"{name} ").append(_cell(cell)), (0, 0, 0, 2))


def _totals(lines: Sequence[PatientLine], judged: Sequence[PatientLine]) -> Iterator[Text]:
    """How many patients there are by the best that a trial holds for them."""
    best = [{cell.verdict for cell in line.cells.values()} for line in judged]
    fits = sum("eligible" in found for found in best)
    opened = sum("undetermined" in found and "eligible" not in found for found in best)
    out = len(best) - fits - opened
    failures = [visible(line.patient) for line in lines if not line.cells]
    if failures:
        yield Text(f"Not judged: {', '.join(failures)}", style="bold red")
    yield Text()
    parts = (
        (fits, "meet{} every listed criterion of a trial", "s"),
        (opened, "open for one or more", ""),
        (out, "ruled out of all", ""),
    )
    said = [f"{n} {words.format(one if n == 1 else '')}" for n, words, one in parts if n]
    files = f"{len(failures)} file{'s' * (len(failures) != 1)} not judged"
    end = f"; {files}" if failures else ""
    patients = f"{len(judged)} patient{'s' * (len(judged) != 1)} judged"
    yield Text(f"{patients}: {', '.join(said)}{end}" if said else files, style="bold")
