"""Trials: one TOML file each, linted as hard as a compiler would, and the packs they come in."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from cartscreen.about import (
    FileModel,
    TrialEntry,
    bundled_files,
    files_in,
    in_order,
    is_trial,
    read_toml,
    sentence,
)
from cartscreen.answer import Answer, at_least
from cartscreen.entries import pack_table
from cartscreen.errors import CriteriaError, Problem, did_you_mean, shown
from cartscreen.rule import Question, Rule, Test, names_read, parse_rule, question_of, walk
from cartscreen.vocabulary import Ruled, Vocabulary, reads

Kind = Literal["inclusion", "exclusion"]


@dataclass(frozen=True)
class Gate:
    """How the children of a heading combine: at least k of the parts hold."""

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
        """The headings that a criterion stands under, the nearest first."""
        found: list[Criterion] = []
        while heading := self.by_id.get((found[-1] if found else criterion).parent):
            found.append(heading)
        return tuple(found)

    def applies(self, criterion: Criterion) -> tuple[Rule, ...]:
        """The rules that all hold where a criterion applies: its own, and those of its headings."""
        each = (criterion, *self.above(criterion))
        return tuple(item.applies for item in each if item.applies is not None)

    @cached_property
    def names_read(self) -> tuple[str, ...]:
        """Every fact and record list that the trial's rules read, in order, each once."""
        names: dict[str, None] = {}
        for criterion in self.criteria:
            rules = [reading.rule for reading in criterion.readings]
            for rule in [*([criterion.applies] if criterion.applies else []), *rules]:
                names.update(dict.fromkeys(names_read(rule)))
        return tuple(names)


@dataclass(frozen=True)
class Contradiction:
    """A rule that holds of no patient; where it does, the facts in `doubts` are in conflict."""

    says: str
    rule: Rule
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """A vocabulary and trials, with the version and the hash of the files they came from."""

    id: str
    version: str
    sha256: str
    vocabulary: Vocabulary
    trials: tuple[Trial, ...]
    derived_rules: Mapping[str, tuple[Rule, ...]]
    contradictions: tuple[Contradiction, ...]

    def closure(self, names: Iterable[str]) -> set[str]:
        """These facts, and all those that they may be derived from."""
        found: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            entry = self.vocabulary.facts.get(name)
            for derivation in entry.derive if entry else ():
                todo += reads(derivation)
            for rule in self.derived_rules.get(name, ()):
                todo += [p.fact for p in walk(rule) if isinstance(p, Test) and "." in p.fact]
        return found

    def select(self, wanted: list[str]) -> tuple[Trial, ...]:
        """The trials of these ids or registry numbers, in the pack's order; all for none.

        Raises CriteriaError for one that is not in the pack.
        """
        names = {trial.id: trial for trial in self.trials}
        names |= {trial.about.registry: trial for trial in self.trials if trial.about.registry}
        for name in wanted:
            if name not in names:
                hint = did_you_mean(name, names) or " `cartscreen list-trials` lists them."
                raise CriteriaError(f"there is no trial {shown(name)}.{hint}")
        chosen = {names[name].id for name in wanted}
        return tuple(trial for trial in self.trials if not wanted or trial.id in chosen)


@cache
def bundled_pack() -> Pack:
    """The five trials that come with cartscreen."""
    return _pack(bundled_files(), "criteria/")


def load_pack(directory: Path) -> Pack:
    """The trials of a directory; its own facts and drugs are added to the bundled ones.

    Raises CriteriaError.
    """
    return _pack(files_in(directory), f"{directory}/", bundled_pack())


def _pack(contents: Mapping[str, bytes], where: str, base: Pack | None = None) -> Pack:
    files = {
        name: read_toml(content, f"{where}{name}")
        for name, content in sorted(contents.items())
        if not is_trial(name)
    }
    own = Vocabulary.parse(files, where, base.vocabulary if base else None)
    vocabulary = base.vocabulary.plus(own, where) if base else own
    head = pack_table(files, where)
    digest = hashlib.sha256(bytes.fromhex(base.sha256) if base else b"")
    for name, content in sorted(contents.items()):
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    trials = tuple(
        parse_trial(content, vocabulary, f"{where}{name}")
        for name, content in sorted(contents.items())
        if is_trial(name)
    )
    if not trials:
        raise CriteriaError(f"{where}: there is no trial file (*.toml) here.")
    for field in ("id", "registry"):
        names = [getattr(trial.about, field) for trial in trials if getattr(trial.about, field)]
        if twice := [name for name in names if names.count(name) > 1]:
            raise CriteriaError(f"{where}: two trials have the {field} {twice[0]!r}.")
    return Pack(
        str(head.get("id", Path(where).name or "pack")),
        str(head.get("version", "not stated")),
        digest.hexdigest(),
        vocabulary,
        tuple(sorted(trials, key=lambda trial: in_order(trial.about))),
        *_vocabulary_rules(vocabulary, where),
    )


def _vocabulary_rules(
    vocabulary: Vocabulary, where: str
) -> tuple[Mapping[str, tuple[Rule, ...]], tuple[Contradiction, ...]]:
    """The rules that stand in a vocabulary: of derived findings, in order, of contradictions."""
    rules: dict[str, tuple[Rule, ...]] = {}
    contradictions: list[Contradiction] = []
    place = file = ""
    try:
        for name, entry in vocabulary.facts.items():
            place, file = f"fact {name}", vocabulary.file_of(f"fact {name}")
            ruled = [item for item in entry.derive if isinstance(item, Ruled)]
            rules[name] = tuple(parse_rule(item.rule, vocabulary) for item in ruled)
        for stated in vocabulary.contradictions:
            place, file = "contradiction", vocabulary.file_of(f"contradiction {stated.says}")
            rule = parse_rule(stated.rule, vocabulary)
            doubts = tuple(vocabulary.fact(name).name for name in stated.doubts)
            contradictions.append(Contradiction(stated.says, rule, doubts))
    except Problem as problem:
        raise CriteriaError(f"{where}{file}: {place}: {problem}") from None
    _check_chains(vocabulary, rules, where)
    return rules, tuple(contradictions)


_LONGEST_CHAIN = 20  # of the bundled facts, none takes more than 4 steps


def _check_chains(
    vocabulary: Vocabulary, rules: Mapping[str, tuple[Rule, ...]], where: str
) -> None:
    """No fact derives from itself, nor over more steps than anybody could follow."""
    steps: dict[str, int] = {}
    for first in vocabulary.facts:
        way = {first: _read_by(first, vocabulary, rules)}
        while way:
            name, left = next(reversed(way.items()))
            fact = next((fact for fact in left if fact not in steps), None)
            file = f"{where}{vocabulary.file_of(f'fact {name}')}"
            if fact in way:
                raise CriteriaError(f"{file}: fact {name} derives from itself, by {fact}.")
            if fact is not None:
                way[fact] = _read_by(fact, vocabulary, rules)
                continue
            del way[name]
            below = _read_by(name, vocabulary, rules)
            steps[name] = 1 + max((steps[fact] for fact in below), default=0)
            if steps[name] > _LONGEST_CHAIN:
                raise CriteriaError(
                    f"{file}: fact {name} derives over more than {_LONGEST_CHAIN} steps."
                )


def _read_by(
    name: str, vocabulary: Vocabulary, rules: Mapping[str, tuple[Rule, ...]]
) -> Iterator[str]:
    """What a fact derives from."""
    if entry := vocabulary.facts.get(name):
        for derivation in entry.derive:
            yield from reads(derivation)
    for rule in rules.get(name, ()):
        yield from names_read(rule)


_MOST_CRITERIA = 1000  # the longest of the bundled trials has 93


def parse_trial(content: bytes, vocabulary: Vocabulary, where: str) -> Trial:
    """The trial in one file. Raises CriteriaError with file, criterion, fault and likely fix."""
    data = read_toml(content, where)
    try:
        file = TrialFile.model_validate(data)
    except ValidationError as fault:
        raise CriteriaError(f"{where}: {_place(fault, data)}") from None
    if not file.inclusion and not file.exclusion:
        raise CriteriaError(
            f"{where}: the trial has no criteria; an empty list would fit everyone."
        )
    entries = [("inclusion", entry) for entry in file.inclusion]
    entries += [("exclusion", entry) for entry in file.exclusion]
    if len(entries) > _MOST_CRITERIA:
        raise CriteriaError(f"{where}: the trial has more than {_MOST_CRITERIA} criteria.")
    ids = [entry.id for _, entry in entries]
    criteria: list[Criterion] = []
    for kind, entry in entries:
        try:
            criteria.append(_criterion(kind, entry, ids, vocabulary))  # type: ignore[arg-type]
        except Problem as problem:
            raise CriteriaError(f"{where}: criterion {entry.id}: {problem}") from None
    try:
        return Trial(file.trial, tuple(_decided(criteria)))
    except Problem as problem:
        raise CriteriaError(f"{where}: {problem}") from None


def _place(fault: ValidationError, data: Mapping[str, Any]) -> str:
    loc = fault.errors(include_input=False, include_url=False)[0]["loc"]
    match loc:
        case (("inclusion" | "exclusion") as kind, int(index), *_):
            written = data[kind][index]
            place = f"{kind} number {index + 1}"
            if not isinstance(written, dict):
                return f"{place} is not a table; write [[{kind}]] above it."
            return f"criterion {written.get('id', place)}: {sentence(fault, CriterionEntry, 2)}"
        case ("trial", _, *_):
            return f"[trial]: {sentence(fault, TrialEntry, 1)}"
    return sentence(fault, TrialFile)


def _criterion(
    kind: Kind, entry: CriterionEntry, ids: list[str], vocabulary: Vocabulary
) -> Criterion:
    if entry.id[0] != ("I" if kind == "inclusion" else "E"):
        raise Problem(f"an {kind} begins with {'I' if kind == 'inclusion' else 'E'}.")
    if ids.count(entry.id) > 1:
        raise Problem("the id is written twice.")
    parent = entry.id.rpartition(".")[0]
    if parent and parent not in ids:
        raise Problem(f"its heading {parent} is missing.")
    if parent and ids.index(parent) > ids.index(entry.id):
        raise Problem(f"its heading {parent} stands below it; a heading comes first.")
    children = [other for other in ids if other.rpartition(".")[0] == entry.id]
    if isinstance(entry.needs, dict) and not children:  # a heading over criteria numbered apart
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
