"""Differences: two reports criterion by criterion, and the trials' limits side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from cartscreen.contract import Plain
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.screening import screen
from cartscreen.frozen import frozen
from cartscreen.model import Field
from cartscreen.observation import Observation
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import List, Place, fact_place
from cartscreen.rule.english import describe
from cartscreen.rule.tree import Compare, Group, Is, Present, Records, Rule, Test, Together
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
    counted: bool = Field(description="it is counted in one of the reports, or in both")


class VerdictChange(Plain):
    """One trial whose verdict differs."""

    trial: str
    before: str
    after: str


class Difference(Plain):
    """What two reports say differently, trial by trial."""

    verdicts: list[VerdictChange]
    criteria: list[CriterionChange]

    def of_shared_trials(self) -> "Difference":
        """The same without the criteria of trials that only one report is about."""
        alone = {item.trial for item in self.verdicts if ABSENT in (item.before, item.after)}
        shared = [change for change in self.criteria if change.trial not in alone]
        return self.model_copy(update={"criteria": shared})

    def of_counted(self) -> "Difference":
        """The same without the criteria that are counted in neither report."""
        counted = [change for change in self.criteria if change.counted]
        return self.model_copy(update={"criteria": counted})


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
        criteria=[change for name in names for change in _changes(name, old, new)],
    )


def _verdicts(name: str, *sides: Mapping[str, JudgedTrial]) -> list[str]:
    return [side[name].verdict if name in side else ABSENT for side in sides]


def _changes(
    name: str, old: Mapping[str, JudgedTrial], new: Mapping[str, JudgedTrial]
) -> Iterator[CriterionChange]:
    """The criteria of one trial whose status differs; no heading that others explain."""
    before, after = (
        {item.id: item for item in side[name].criteria} if name in side else {}
        for side in (old, new)
    )
    for key in dict.fromkeys([*before, *after]):
        sides = [side.get(key) for side in (before, after)]
        there = [item for item in sides if item is not None]
        was, now = (item.status if item else ABSENT for item in sides)
        counted = any(item.counted for item in there)
        if was != now and (counted or not there[-1].heading):
            title = there[-1].title
            yield CriterionChange(
                trial=name, criterion=key, title=title, before=was, after=now, counted=counted
            )


class Cell(Plain):
    """What one trial asks of one fact, and whether the patient meets it."""

    criterion: str
    asks: str
    answer: str = Field(
        description="is it so of the patient, this test by itself? yes, no, unknown; empty without"
    )
    status: str = Field(description="of the whole criterion for the patient; empty without one")
    applicable: bool = Field(description="does the criterion apply to the patient?")


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
    judged = (
        {
            (trial.id, item.criterion.id): item
            for trial in chosen
            for item in screen(trial, chart, preferred=preferred).criteria
        }
        if chart
        else {}
    )
    rows: dict[str, dict[str, list[Cell]]] = {}
    for trial in chosen:
        for criterion in trial.criteria:
            item = judged.get((trial.id, criterion.id))
            for test in _tests(criterion, pack.vocabulary):
                cell = Cell(
                    criterion=criterion.id,
                    asks=test.asks,
                    answer=_answer(test, chart),
                    status=item.status if item else "",
                    applicable=item.applicable if item else True,
                )
                cells = rows.setdefault(test.name, {}).setdefault(trial.id, [])
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


@frozen
class _Asked:
    """One test of a criterion: of which fact or list, what it asks in words, and the test itself.

    turned   it is asked for the opposite: by an exclusion, or by a `none` of an inclusion
    """

    name: str
    words: str
    rule: Rule
    turned: bool

    @property
    def asks(self) -> str:
        return f"not {self.words}" if self.turned else self.words


def _answer(test: _Asked, chart: Chart | None) -> str:
    """Is what the test asks so of the patient?"""
    if chart is None:
        return ""
    said = evaluate(test.rule, chart).answer
    return (~said if test.turned else said).value


def _tests(criterion: Criterion, vocabulary: Vocabulary) -> Iterator[_Asked]:
    """Each test of a fact or a list in the first reading."""
    for reading in criterion.readings[:1]:
        yield from _tests_in(reading.rule, vocabulary, turned=criterion.kind == "exclusion")


def _tests_in(rule: Rule, vocabulary: Vocabulary, *, turned: bool) -> Iterator[_Asked]:
    match rule:
        case Test(fact=fact, check=Compare() | Is() | Present()) if "." in fact:
            yield _Asked(fact, _shortly(rule.text, fact), rule, turned)
        case Group(rules=rules, none=none):
            for part in rules:
                yield from _tests_in(part, vocabulary, turned=turned != none)
        case Records(name=name):
            lines = [line.strip() for line in describe(rule, vocabulary)[1:]]
            yield _Asked(name, "; ".join(lines) or "any entry", rule, turned)
        case Together(parts=parts):
            for part in parts:
                yield from _tests_in(part, vocabulary, turned=turned)


def _shortly(text: str, fact: str) -> str:
    said = text.removeprefix("any ").removeprefix(fact).strip() or "yes"
    return f"any {said}" if text.startswith("any ") else said
