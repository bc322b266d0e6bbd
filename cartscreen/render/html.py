"""HTML: one page for reports or plans."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from cartscreen.contract import (
    CriterionReport,
    Failure,
    ReadingReport,
    Report,
    TrialReport,
    Verdict,
)
from cartscreen.frozen import frozen, replace
from cartscreen.place import AnswerTo
from cartscreen.plan.contract import Plan, TrialPlan
from cartscreen.plan.obstacles import Obstacle
from cartscreen.render.page import TONES, page
from cartscreen.render.plan import FEWEST, WAYS, outcome_line
from cartscreen.render.text import (
    MARKS,
    ORDER,
    STATUSES,
    VERDICTS,
    criteria,
    found_lines,
    heading,
    of_heading,
    program,
)

SHOWN = 12  # what to get, before the rest is folded
_SEVERAL = 2


def render(items: Iterable[Report | Plan | Failure], *, only: tuple[str, ...] = STATUSES) -> str:
    """The page of these reports, or of these plans with what comes next for each patient."""
    page_of_items = Page(only)
    pieces = [page_of_items.put(item) for item in items]
    return "".join([*pieces, page_of_items.end()])


@frozen
class Line:
    """A patient in the overview, or a file that was not judged: it has no date."""

    name: str
    judged_on: str
    verdicts: dict[str, Verdict]


class Page:
    """A page that is written while its patients come, so that they do not wait in memory.

    The page of one patient says at its beginning whose it is; that of several ends with what the
    pages of the trials lack, and with the overview. So the first patient waits for the second, and
    of those that are written only the line of the overview is kept.
    """

    def __init__(self, only: tuple[str, ...] = STATUSES) -> None:
        self.only = [status for status in STATUSES if status in only]
        self.waiting: Report | Plan | Failure | None = None
        self.lines: list[Line] = []
        self.gaps: dict[str, list[str]] = {}
        self.open_gaps: set[str] = set()

    def put(self, item: Report | Plan | Failure) -> str:
        """What is to be written now that there is this one, too."""
        self._keep(item)
        number = len(self.lines)
        if number == 1:
            self.waiting = item
            return ""
        first, self.waiting = self.waiting, None
        begun = self._piece(first, 1, begins=True) if first is not None else ""
        return begun + self._piece(item, number)

    def end(self) -> str:
        """What ends the page; all of it where there is at most one patient."""
        return self._piece(self.waiting, 1, begins=len(self.lines) < _SEVERAL, ends=True)

    def _keep(self, item: Report | Plan | Failure) -> None:
        if isinstance(item, Failure):
            self.lines.append(Line(item.file, "", {}))
            return
        for trial in item.trials:
            self.gaps.setdefault(trial.id, trial.gaps)
            if _waits_for_the_page(trial):
                self.open_gaps.add(trial.id)
        verdicts = {trial.id: trial.verdict for trial in item.trials}
        self.lines.append(Line(item.patient or item.file, item.screening_date, verdicts))

    def _piece(
        self,
        item: Report | Plan | Failure | None,
        number: int,
        *,
        begins: bool = False,
        ends: bool = False,
    ) -> str:
        return page(
            "report.html.jinja",
            begins=begins,
            ends=ends,
            item=item,
            number=number,
            several=len(self.lines) >= _SEVERAL,
            only=self.only,
            lines=self.lines,
            failures=sum(not line.judged_on for line in self.lines) if ends else 0,
            columns=[*self.gaps],
            gaps=self.gaps,
            open_gaps=self.open_gaps,
            WAYS=WAYS,
            FEWEST=FEWEST,
            ORDER=ORDER,
            SHOWN=SHOWN,
            failed=lambda item: isinstance(item, Failure),
            planned=lambda item: isinstance(item, Plan),
            heading=heading,
            program=program,
            criteria=criteria,
            labels=_labels,
            obstacles=_obstacles,
            outcome_line=outcome_line,
            sections=_sections,
            timeline=timeline,
            verdict_turns=_verdict_turns,
        )


def _waits_for_the_page(trial: TrialReport) -> bool:
    """Is a criterion unknown because of what the page lacks, or of how it can be read?"""
    return any(
        item.counted and item.reason in ("source_gap", "depends_on_reading")
        for item in trial.criteria
    )


# The criteria


@frozen
class Row:
    """One criterion in a list, and below it the alternatives that it depends on."""

    under: list[CriterionReport]
    criterion: CriterionReport
    why: str
    found: list[str]
    readings: list[ReadingReport]
    below: list["Row"]


@frozen
class Section:
    """The criteria of one status."""

    status: str
    count: int
    rows: list[Row]


def _sections(trial: TrialReport, only: list[str]) -> list[Section]:
    """The counted criteria by status, then those that are shown for information alone."""
    children: dict[str, list[CriterionReport]] = {}
    for criterion in trial.criteria:
        children.setdefault(criterion.parent, []).append(criterion)
    by_id = {criterion.id: criterion for criterion in trial.criteria}

    def row(criterion: CriterionReport) -> Row:
        why = of_heading(criterion, trial) if criterion.heading else criterion.why
        return Row(
            [],
            criterion,
            "" if why == criterion.status else why,
            found_lines(criterion) if criterion.applicable and not criterion.heading else [],
            _differing(criterion),
            [row(child) for child in children.get(criterion.id, []) if not child.counted],
        )

    def listed(status: str, criteria: list[CriterionReport]) -> Section:
        """The criteria as rows; a heading above them is named once, at the first of its rows."""
        named: set[str] = set()
        rows = []
        for criterion in criteria:
            above = [item for item in parents(criterion) if item.id not in named]
            named |= {item.id for item in above}
            rows.append(replace(row(criterion), under=above))
        return Section(status, len(rows), rows)

    def parents(criterion: CriterionReport) -> list[CriterionReport]:
        above = by_id.get(criterion.parent)
        return [*parents(above), above] if above else []

    def beside(parent: str) -> Iterator[CriterionReport]:
        """The criteria that are not counted, and have no counted one above or below them."""
        for criterion in children.get(parent, []):
            if criterion.id in children and not criterion.counted:
                yield from beside(criterion.id)
            elif not criterion.counted and criterion.status in only:
                yield criterion

    found = [
        listed(status, [c for c in trial.criteria if c.counted and c.status == status])
        for status in only
    ]
    return [*found, listed("beside", [*beside("")])]


def _differing(criterion: CriterionReport) -> list[ReadingReport]:
    """The readings, where their answers differ and the reason does not already say so."""
    differ = len({reading.answer for reading in criterion.readings}) > 1
    return criterion.readings if differ and criterion.reason != "depends_on_reading" else []


def _obstacles(trial: TrialReport) -> dict[str, Obstacle]:
    """Criterion id -> how far it is from being matched; empty for a report without a plan."""
    if not isinstance(trial, TrialPlan):
        return {}
    return {obstacle.criterion: obstacle for obstacle in trial.obstacles}


def _labels(names: list[str], report: Plan) -> list[str]:
    """Missing facts and answers as a person would call them."""
    labels = {fact.fact: fact.label for fact in report.wanted}
    for trial in report.trials:
        keys = [question.key for question in trial.questions]
        labels.update({AnswerTo(key).name: f"the answer to {key}" for key in keys})
    return [labels.get(name, name) for name in names]


# The timeline


@frozen
class Stretch:
    """Days on which one thing stays as it is; `x` and `width` are percent of all the days."""

    x: str
    width: str
    tone: str
    says: str
    narrow: str
    wide: str


@frozen
class Lane:
    """The verdict, or one criterion, through time."""

    id: str
    title: str
    stretches: list[Stretch]


@frozen
class Label:
    """A date above the lanes, on a line of its own where it would meet another."""

    x: str
    line: int
    anchor: str
    text: str


@frozen
class Timeline:
    """The picture of a trial's periods."""

    lanes: list[Lane]
    labels: list[Label]
    lines: int


def timeline(trial: TrialPlan) -> Timeline:
    """The verdict, and below it each criterion that changes, over the days looked at."""
    days = _Days(trial.periods[0].first, trial.periods[-1].last)
    verdicts = [
        days.stretch(item.first, item.last, VERDICTS[item.verdict], TONES[item.verdict])
        for item in trial.periods
    ]
    turning = {turn.criterion for period in trial.periods for turn in period.turns}
    bars = [_lane(item, trial, days) for item in trial.criteria if item.id in turning]
    lanes = [Lane("", "Verdict", verdicts), *bars]
    labels = days.labels([period.first for period in trial.periods])
    return Timeline(lanes, labels, max(label.line for label in labels) + 1)


def _lane(criterion: CriterionReport, trial: TrialPlan, days: "_Days") -> Lane:
    """The bar of one criterion, in a new stretch from each day on which its status changes."""
    turns = [
        (period.first, turn)
        for period in trial.periods
        for turn in period.turns
        if turn.criterion == criterion.id
    ]
    ends = [*(_day_before(first) for first, _ in turns), trial.periods[-1].last]
    starts = [trial.periods[0].first, *(first for first, _ in turns)]
    after = [criterion.status, *(turn.after for _, turn in turns)]
    before = [*(turn.before for _, turn in turns), after[-1]]
    stretches = []
    for first, last, begins, closes in zip(starts, ends, after, before, strict=True):
        # the plan lists no change of a heading while smaller criteria below it explain it
        said = begins if begins == closes else f"{begins}, then {closes}"
        stretches.append(days.stretch(first, last, said, begins if begins == closes else "unknown"))
    return Lane(criterion.id, criterion.title, stretches)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


_NARROW, _WIDE = 300, 580  # px that a lane has at least on a phone, and on a desk or on paper
_LETTER, _DATE = 7, 70  # px that a letter, and a date with the space around it, take at most


class _Days:
    """The days looked at, as places from 0 to 100 %."""

    def __init__(self, first: str, last: str) -> None:
        self.first = date.fromisoformat(first)
        self.last = date.fromisoformat(last)
        self.count = (self.last - self.first).days + 1

    def percent(self, day: str) -> float:
        return 100 * (date.fromisoformat(day) - self.first).days / self.count

    def place(self, day: str) -> str:
        return f"{self.percent(day):.2f}%"

    def stretch(self, first: str, last: str, word: str, tone: str) -> Stretch:
        width = self.percent(last) - self.percent(first) + 100 / self.count

        def fitting(px: int) -> str:
            """The word, its mark, or nothing: what the width holds."""
            room = width * px / 100
            return next((t for t in (word, MARKS[tone]) if room > _LETTER * (len(t) + 1)), "")

        return Stretch(
            self.place(first),
            f"{width:.2f}%",
            tone,
            f"{word} from {first} to {last}",
            fitting(_NARROW),
            fitting(_WIDE),
        )

    def labels(self, days: list[str]) -> list[Label]:
        """A label for each day and for the last; no two overlap, even on a narrow screen."""
        free: list[float] = []  # the percent up to which each line is taken
        found = []
        wide = 100 * _DATE / _NARROW
        for day in [*days, self.last.isoformat()]:
            at = 100.0 if day == self.last.isoformat() else self.percent(day)
            anchor = "start" if at < wide / 2 else "end" if at > 100 - wide / 2 else "middle"
            left = {"start": at, "middle": at - wide / 2, "end": at - wide}[anchor]
            line = next((n for n, taken in enumerate(free) if taken <= left), len(free))
            free[line : line + 1] = [left + wide]
            found.append(Label(f"{at:.2f}%", line, anchor, day))
        return found


def _verdict_turns(trial: TrialPlan) -> list[tuple[str, str]]:
    """(from which day, verdict) for each change of the verdict."""
    return [
        (after.first, after.verdict)
        for before, after in pairwise(trial.periods)
        if after.verdict != before.verdict
    ]
