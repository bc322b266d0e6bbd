"""Trials, one TOML file each; the loader names whatever is wrong with one, and the likely fix."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationError

from cartscreen.answer import Answer, at_least
from cartscreen.errors import CriteriaError, Faults, Problem, placed
from cartscreen.pack.files import FileModel, TrialEntry, read_toml
from cartscreen.rule.parse import parse_rule
from cartscreen.rule.tree import Question, Rule, names_read, question_of, walk
from cartscreen.text import did_you_mean, sentence, shown
from cartscreen.vocabulary import Vocabulary

Kind = Literal["inclusion", "exclusion"]


@dataclass(frozen=True)
class Gate:
    """How the children of a heading combine: at least k of the parts must hold.

    A part is the id of a child or a gate of its own: I2.a and one of I2.b, I2.c is
    Gate(2, ("I2.a", Gate(1, ("I2.b", "I2.c")))).
    """

    k: int
    parts: tuple["str | Gate", ...]

    def answer(self, answers: Mapping[str, Answer]) -> Answer:
        return at_least(
            self.k,
            (
                answers[part] if isinstance(part, str) else part.answer(answers)
                for part in self.parts
            ),
        )

    @cached_property
    def children(self) -> tuple[str, ...]:
        """The ids that the gate names."""
        named: list[str] = []
        for part in self.parts:
            named += [part] if isinstance(part, str) else part.children
        return tuple(named)


@dataclass(frozen=True)
class Reading:
    """One way to read a criterion; the label is empty where there is only one."""

    label: str
    rule: Rule


@dataclass(frozen=True)
class Criterion:
    """One numbered statement of the page: a heading with a gate, or readings of a rule."""

    id: str
    kind: Kind
    title: str
    source: str
    note: str = ""
    readings: tuple[Reading, ...] = ()
    gate: Gate | None = None
    applies: Rule | None = None
    parent: str = ""
    decisive: bool = True

    @property
    def question(self) -> Question | None:
        """What the criterion asks of a person, if it asks anything."""
        asked = (question_of(reading.rule) for reading in self.readings)
        return next((question for question in asked if question), None)


class CriterionEntry(FileModel):
    """A criterion as a trial file writes it."""

    id: str = Field(
        pattern=r"^[IE]\d+(\.[0-9a-z]+)*$",
        description="I or E and a number, then a dot and letters or digits for each level: I4.a",
    )
    title: str = Field(min_length=3)
    source: str = Field(min_length=3)
    note: str = ""
    needs: Any = Field(
        None, description='heading only: "all", "any", a number, or a shape over ids'
    )
    rule: Any = Field(None, description="a test in quotes, or a group")
    readings: list[dict[str, Any]] | None = Field(None, description="[{ label, rule }, ...]")
    applies: Any = Field(None, description="a rule; where it is NO the criterion does not apply")


class TrialFile(FileModel):
    """One trial file: the study, its inclusion and its exclusion criteria."""

    trial: TrialEntry
    inclusion: list[CriterionEntry] = Field(default=[])
    exclusion: list[CriterionEntry] = Field(default=[])


@dataclass(frozen=True)
class Trial:
    """A study and its criteria, in the order of the page."""

    about: TrialEntry
    criteria: tuple[Criterion, ...]

    @property
    def id(self) -> str:
        return self.about.id

    @cached_property
    def by_id(self) -> Mapping[str, Criterion]:
        return {criterion.id: criterion for criterion in self.criteria}

    def above(self, criterion: Criterion) -> tuple[Criterion, ...]:
        """The headings above a criterion, the nearest first."""
        found: list[Criterion] = []
        while heading := self.by_id.get((found[-1] if found else criterion).parent):
            found.append(heading)
        return tuple(found)

    def applies(self, criterion: Criterion) -> tuple[Rule, ...]:
        """The rules that must all hold for a criterion to apply: its own, and its headings'."""
        each = (criterion, *self.above(criterion))
        return tuple(item.applies for item in each if item.applies is not None)

    @cached_property
    def names_read(self) -> tuple[str, ...]:
        """Every fact and list that the trial's rules read, in order, each once."""
        names: dict[str, None] = {}
        for criterion in self.criteria:
            rules = [reading.rule for reading in criterion.readings]
            for rule in [*([criterion.applies] if criterion.applies else []), *rules]:
                names.update(dict.fromkeys(names_read(rule)))
        return tuple(names)


_MOST_CRITERIA = 1000  # the longest of the bundled trials has 93


def parse_trial(content: bytes, vocabulary: Vocabulary, where: str) -> Trial:
    """The trial in one file. Raises CriteriaError with file, criterion, fault and likely fix."""
    return trial_of(trial_file(content, where), vocabulary, where)


def trial_file(content: bytes, where: str) -> TrialFile:
    """What one file says; its rules are not read. Raises CriteriaError with each fault."""
    data = read_toml(content, where)
    try:
        return TrialFile.model_validate(data)
    except ValidationError as fault:
        raise CriteriaError(*(f"{where}: {said}" for said in _said(fault, data))) from None


def trial_of(file: TrialFile, vocabulary: Vocabulary, where: str) -> Trial:
    """The trial that a file states. Raises CriteriaError with each fault."""
    if not file.inclusion and not file.exclusion:
        raise CriteriaError(
            f"{where}: the trial has no criteria; an empty list would fit everyone."
        )
    entries: list[tuple[Kind, CriterionEntry]] = [("inclusion", entry) for entry in file.inclusion]
    entries += [("exclusion", entry) for entry in file.exclusion]
    if len(entries) > _MOST_CRITERIA:
        raise CriteriaError(f"{where}: the trial has more than {_MOST_CRITERIA} criteria.")
    ids = [entry.id for _, entry in entries]
    criteria: list[Criterion] = []
    faults = Faults()
    for kind, entry in entries:
        with faults.gathered(), placed(f"{where}: criterion {entry.id}"):
            criteria.append(_criterion(kind, entry, ids, vocabulary))
    faults.end()
    with placed(where):
        return Trial(file.trial, tuple(_decided(criteria)))


def _said(fault: ValidationError, data: Mapping[str, Any]) -> Iterator[str]:
    """Each fault of a trial file's form, with its place; of one table the first."""
    places = set()
    for number, error in enumerate(fault.errors(include_input=False, include_url=False)):
        place = error["loc"][: 2 if error["loc"][0] in ("inclusion", "exclusion") else 1]
        if place not in places:
            places.add(place)
            yield _placed_fault(fault, number, data)


def _placed_fault(fault: ValidationError, number: int, data: Mapping[str, Any]) -> str:
    loc = fault.errors(include_input=False, include_url=False)[number]["loc"]
    match loc:
        case (("inclusion" | "exclusion") as kind, int(index), *_):
            written = data[kind][index]
            place = f"{kind} number {index + 1}"
            if not isinstance(written, dict):
                return f"{place} is not a table; write [[{kind}]] above it."
            said = sentence(fault, CriterionEntry, 2, number)
            return f"criterion {written.get('id', place)}: {said}"
        case ("trial", _, *_):
            return f"[trial]: {sentence(fault, TrialEntry, 1, number)}"
    return sentence(fault, TrialFile, 0, number)


def _criterion(
    kind: Kind, entry: CriterionEntry, ids: list[str], vocabulary: Vocabulary
) -> Criterion:
    if entry.id[0] != ("I" if kind == "inclusion" else "E"):
        raise Problem(f"the id of an {kind} begins with {'I' if kind == 'inclusion' else 'E'}.")
    if ids.count(entry.id) > 1:
        raise Problem("the id is written twice.")
    parent = entry.id.rpartition(".")[0]
    if parent and parent not in ids:
        raise Problem(f"its heading {parent} is missing.")
    if parent and ids.index(parent) > ids.index(entry.id):
        raise Problem(f"its heading {parent} stands below it; a heading comes first.")
    children = [other for other in ids if other.rpartition(".")[0] == entry.id]
    if (
        isinstance(entry.needs, dict) and not children
    ):  # needs names criteria that are not numbered below the heading
        later = ids[ids.index(entry.id) + 1 :]
        children = [other for other in later if other[0] == entry.id[0]]
    given = [key for key in ("rule", "readings") if getattr(entry, key) is not None]
    if children and given:
        raise Problem(f"a heading over others ({children[0]}) takes no {given[0]}.")
    if not children and len(given) != 1:
        raise Problem("it needs exactly one of rule, readings, or children.")
    if entry.needs is not None and not children:
        raise Problem("needs is for a heading, and this one has no children.")
    readings = () if children else _readings(entry, vocabulary)
    gate = _gate("all" if entry.needs is None else entry.needs, children) if children else None
    applies = parse_rule(entry.applies, vocabulary) if entry.applies is not None else None
    if applies is not None and question_of(applies):
        raise Problem("applies asks a question, which nobody could answer; ask in the rule.")
    return Criterion(
        entry.id, kind, entry.title, entry.source, entry.note, readings, gate, applies, parent
    )


def _readings(entry: CriterionEntry, vocabulary: Vocabulary) -> tuple[Reading, ...]:
    if entry.readings is None:
        alone = Reading("", parse_rule(entry.rule, vocabulary))
        _one_question((alone,))
        return (alone,)
    if len(entry.readings) < 2:
        raise Problem("readings are at least two; write rule for one.")
    readings = []
    for item in entry.readings:
        if item.keys() != {"label", "rule"} or not isinstance(item["label"], str):
            raise Problem("a reading is { label = ..., rule = ... }.")
        readings.append(Reading(item["label"], parse_rule(item["rule"], vocabulary)))
    labels = [reading.label for reading in readings]
    if len(set(labels)) < len(labels) or not all(labels):
        raise Problem("each reading needs a label of its own.")
    _one_question(readings)
    return tuple(readings)


def _one_question(readings: Iterable[Reading]) -> None:
    asked = {part for r in readings for part in walk(r.rule) if isinstance(part, Question)}
    if len(asked) > 1:
        raise Problem("it asks different questions; one answer could not serve both.")


def _gate(needs: Any, children: list[str]) -> Gate:
    match needs:
        case "all":
            return Gate(len(children), tuple(children))
        case "any":
            return Gate(1, tuple(children))
        case int(k) if not isinstance(k, bool):
            if not 1 <= k <= len(children):
                raise Problem(f"needs = {k}, and there are {len(children)} children.")
            return Gate(k, tuple(children))
        case dict():
            gate = _shape(needs, children)
            if len(set(gate.children)) < len(gate.children):
                raise Problem("needs names a child twice.")
            return gate
    raise Problem(f'needs = {shown(needs)} is not "all", "any", a number or a shape.')


def _shape(data: Any, children: list[str]) -> Gate:
    match data:
        case {"all": list(parts), **rest} if parts and not rest:
            k = len(parts)
        case {"any": list(parts), **rest} if parts and not rest:
            k = 1
        case {"at_least": int(k), "of": list(parts), **rest} if parts and not rest:
            if not 1 <= k <= len(parts):
                raise Problem(f"at_least = {k} of {len(parts)} children.")
        case _:
            raise Problem("needs is not a shape of all, any, and at_least ... of.")
    for part in parts:
        if isinstance(part, str) and part not in children:
            raise Problem(f"needs names {shown(part)}, no child.{did_you_mean(part, children)}")
    return Gate(
        k, tuple(part if isinstance(part, str) else _shape(part, children) for part in parts)
    )


def _decided(criteria: list[Criterion]) -> Iterator[Criterion]:
    """Each criterion with `decisive`: would its failing alone rule the patient out?"""
    decisive: dict[str, bool] = {}
    by_id = {criterion.id: criterion for criterion in criteria}
    for criterion in criteria:
        alone = True
        if heading := by_id.get(criterion.parent):
            gate = heading.gate
            assert gate is not None
            fails = Answer.NO if criterion.kind == "inclusion" else Answer.YES
            answers = dict.fromkeys(gate.children, ~fails)
            alone = criterion.id in answers and decisive[heading.id]
            alone = alone and gate.answer({**answers, criterion.id: fails}) is fails
            if criterion.id not in answers and not criterion.note:
                raise Problem(
                    f"criterion {criterion.id}: its heading's needs does not name it; "
                    "say in a note what it is for."
                )
        decisive[criterion.id] = alone
        yield Criterion(**{**vars(criterion), "decisive": alone})
