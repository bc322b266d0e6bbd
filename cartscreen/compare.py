"""Differences: two reports criterion by criterion, and the trials' limits side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from pydantic import Field

from cartscreen.contract import Plain
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.screening import screen
from cartscreen.observation import Observation
from cartscreen.pack.pack import Pack
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import List, Place, fact_place
from cartscreen.rule.english import describe
from cartscreen.rule.tree import Compare, Is, Present, Records, Test, walk
from cartscreen.vocabulary import Vocabulary
from cartscreen.wanted import outdated

ABSENT = "absent"


class JudgedCriterion(Protocol):
    """What is compared of one criterion."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def counted(self) -> bool: ...
    @property
    def heading(self) -> bool: ...


class JudgedTrial(Protocol):
    """What is compared of one trial."""

    @property
    def id(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def criteria(self) -> Sequence[JudgedCriterion]: ...


class Judged(Protocol):
    """A report, by this build or as another wrote it."""

    @property
    def trials(self) -> Sequence[JudgedTrial]: ...


class CriterionChange(Plain):
    """One criterion that differs between two reports."""

    trial: str
    criterion: str
    title: str
    before: str = Field(description="status in the first report, or absent")
    after: str


class VerdictChange(Plain):
    """One trial whose verdict differs."""

    trial: str
    before: str
    after: str


class Difference(Plain):
    """What two reports say differently, trial by trial."""

    verdicts: list[VerdictChange]
    criteria: list[CriterionChange]


def difference(before: Judged, after: Judged) -> Difference:
    """Verdicts and statuses that differ; trials and criteria of only one report count as absent."""
    old = {trial.id: trial for trial in before.trials}
    new = {trial.id: trial for trial in after.trials}
    names = list(dict.fromkeys([*old, *new]))
    return Difference(
        verdicts=[
            VerdictChange(trial=name, before=was, after=now)
            for name in names
            for was, now in [_verdicts(name, old, new)]
            if was != now
        ],
        criteria=[
            CriterionChange(trial=name, criterion=key, title=title, before=was, after=now)
            for name in names
            for key, title, was, now in _statuses(name, old, new)
            if was != now
        ],
    )


def _verdicts(name: str, *sides: Mapping[str, JudgedTrial]) -> list[str]:
    return [side[name].verdict if name in side else ABSENT for side in sides]


def _statuses(
    name: str, old: Mapping[str, JudgedTrial], new: Mapping[str, JudgedTrial]
) -> Iterator[tuple[str, str, str, str]]:
    """(criterion, title, status before, status after) of one trial."""
    before, after = (
        {item.id: item for item in side[name].criteria if item.counted or not item.heading}
        if name in side
        else {}
        for side in (old, new)
    )
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        title = now.title if now else was.title if was else ""
        yield key, title, was.status if was else ABSENT, now.status if now else ABSENT


class Cell(Plain):
    """What one trial asks of one fact, and whether the patient meets it."""

    criterion: str
    asks: str
    status: str = Field(description="of that criterion for the patient; empty without one")


class Row(Plain):
    """One fact or list, and what each trial asks of it."""

    fact: str
    label: str
    value: str = Field(description="the patient's; empty without one")
    cells: dict[str, list[Cell]]


def side_by_side(
    trials: Iterable[Trial], pack: Pack, chart: Chart | None = None, *, preferred: bool = False
) -> list[Row]:
    """A row for each fact that at least two trials read, in the order of the vocabulary.

    preferred takes the first reading of an ambiguous criterion instead of asking that all agree.
    """
    chosen = tuple(trials)
    statuses = (
        {
            (trial.id, item.criterion.id): str(item.status)
            for trial in chosen
            for item in screen(trial, chart, preferred=preferred).criteria
        }
        if chart
        else {}
    )
    rows: dict[str, dict[str, list[Cell]]] = {}
    for trial in chosen:
        for criterion in trial.criteria:
            for name, asks in _asks(criterion, pack.vocabulary):
                status = statuses.get((trial.id, criterion.id), "")
                cell = Cell(criterion=criterion.id, asks=asks, status=status)
                cells = rows.setdefault(name, {}).setdefault(trial.id, [])
                if cell not in cells:
                    cells.append(cell)
    order = [*pack.vocabulary.facts, *pack.vocabulary.records]
    return [
        Row(fact=name, label=_label(name, pack), value=_value(name, chart), cells=rows[name])
        for name in sorted(rows, key=order.index)
        if len(rows[name]) > 1 or len(chosen) == 1
    ]


def _label(name: str, pack: Pack) -> str:
    facts = pack.vocabulary.facts
    return facts[name].label if name in facts else pack.vocabulary.records[name].label


def _value(name: str, chart: Chart | None) -> str:
    if chart is None:
        return ""
    if name in chart.vocabulary.records:
        found = chart.profile.records.get(name, ())
        closed = "" if chart.review(name) else ", not reviewed"
        listed = f"{len(found)} listed{closed}" if found or closed == "" else "not recorded"
        return f"{listed}{_too_old(List(name), chart)}"
    item = chart.newest(name)
    if not isinstance(item, Observation):
        return "not recorded"
    return f"{item.text}{_too_old(fact_place(name), chart)}"


def _too_old(place: Place, chart: Chart) -> str:
    said = outdated(place, chart)
    return f" ({said})" if said else ""


def _asks(criterion: Criterion, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """(fact, what is asked of it) for each test of the first reading."""
    turned = "not " if criterion.kind == "exclusion" else ""
    for reading in criterion.readings[:1]:
        for part in walk(reading.rule):
            match part:
                case Test(fact=fact, check=Compare() | Is() | Present()) if "." in fact:
                    yield fact, turned + _shortly(part.text, fact)
                case Records(name=name):
                    lines = [line.strip() for line in describe(part, vocabulary)[1:]]
                    yield name, turned + ("; ".join(lines) or "any entry")


def _shortly(text: str, fact: str) -> str:
    said = text.removeprefix("any ").removeprefix(fact).strip() or "yes"
    return f"any {said}" if text.startswith("any ") else said
