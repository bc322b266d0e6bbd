"""What a trial is: its study, criteria and outcomes, and what follows of them for every patient."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from cartscreen.answer import Answer, at_least
from cartscreen.build import ReadLater
from cartscreen.errors import Problem
from cartscreen.frozen import EMPTY, field, frozen, replace
from cartscreen.pack.files import TrialEntry
from cartscreen.rule.tree import Question, Rule, names_read
from cartscreen.speaks import Length
from cartscreen.text import did_you_mean, shown

if TYPE_CHECKING:
    from cartscreen.pack.doses import Doses

Kind = Literal["inclusion", "exclusion"]


@frozen
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
            [
                answers[part] if isinstance(part, str) else part.answer(answers)
                for part in self.parts
            ],
        )

    @cached_property
    def children(self) -> tuple[str, ...]:
        """The ids that the gate names."""
        named: list[str] = []
        for part in self.parts:
            named += [part] if isinstance(part, str) else part.children
        return tuple(named)


@frozen
class Reading:
    """One way to read a criterion; the label is empty where there is only one.

    labels  what it says of each choice: (name of the choice, label). It fits every label of a
            choice that it does not name.
    """

    label: str
    rule: Rule
    labels: tuple[tuple[str, str], ...] = ()

    def fits(self, chosen: Mapping[str, str]) -> bool:
        """Is it among the readings that are left, once these labels are chosen by choice?"""
        return all(chosen.get(choice, label) == label for choice, label in self.labels)


@frozen
class Choice:
    """One ambiguity of the page, in one criterion or in several: a label of it holds for all.

    name      as criteria name it; the id of the criterion where they name none
    labels    the preferred one first: that of the first reading of the first criterion
    criteria  the ids of those that stand under it
    """

    name: str
    labels: tuple[str, ...]
    criteria: tuple[str, ...]


@frozen
class Criterion:
    """One numbered statement of the page: a heading with a gate, or readings of a rule.

    short  a title for one line of a table; empty where the trial's file writes none
    """

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
    short: str = ""

    COMPILED = ("question", "choices")

    @property
    def brief(self) -> str:
        """The short title; where there is none, the title itself, however long it is."""
        return self.short or self.title

    @cached_property
    def question(self) -> Question | None:
        """What the criterion asks of a person, if it asks anything."""
        asked = (reading.rule.question for reading in self.readings)
        return next((question for question in asked if question), None)

    @cached_property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The labels of each choice that the criterion stands under, in the order written."""
        found: dict[str, dict[str, None]] = {}
        for reading in self.readings:
            for choice, label in reading.labels:
                found.setdefault(choice, {})[label] = None
        return {choice: tuple(labels) for choice, labels in found.items()}

    def with_rules(self, made: Callable[[Rule], Rule]) -> "Criterion":
        """The criterion with each of its rules made into another."""
        readings = tuple(replace(item, rule=made(item.rule)) for item in self.readings)
        applies = self.applies and made(self.applies)
        return replace(self, readings=readings, applies=applies)


def combinations(choices: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Every way to choose one label of each choice."""
    for labels in product(*choices.values()):
        yield dict(zip(choices, labels, strict=True))


@frozen
class Outcome:
    """What makes a response: it is met where every component holds.

    visit      how long after the infusion it is judged; None where the text does not say
    published  the id of the published definition that it is printed beside, or empty
    """

    id: str
    title: str
    source: str
    components: tuple[Criterion, ...]
    visit: Length | None = None
    published: str = ""
    notes: tuple[str, ...] = ()


def _no_doses() -> "Doses":
    from cartscreen.pack.doses import NO_DOSES

    return NO_DOSES


@frozen
class Trial(ReadLater):
    """A study, its criteria and its outcomes, in the order of the page.

    fixed  the readings that a site has fixed for all its patients: choice -> label
    doses  its dose levels, and the rules between them
    """

    about: TrialEntry
    criteria: tuple[Criterion, ...]
    fixed: Mapping[str, str] = EMPTY
    outcomes: tuple[Outcome, ...] = ()
    doses: "Doses" = field(default_factory=_no_doses)

    LATER = ("doses",)

    COMPILED = (
        "choices",
        "names_of",
        "keys_of",
        "ids_above",
        "among",
        "read_by",
        "answered_by",
        "_applies",
    )

    @property
    def id(self) -> str:
        return self.about.id

    @cached_property
    def by_id(self) -> Mapping[str, Criterion]:
        """The criteria, and the components of outcomes, by id."""
        components = (item for outcome in self.outcomes for item in outcome.components)
        return {item.id: item for item in (*self.criteria, *components)}

    @cached_property
    def choices(self) -> Mapping[str, Choice]:
        """The choices between readings, by name, in the order of the page."""
        found: dict[str, Choice] = {}
        for criterion in self.by_id.values():
            for name, labels in criterion.choices.items():
                known = found.get(name, Choice(name, labels, ()))
                found[name] = Choice(name, known.labels, (*known.criteria, criterion.id))
        return found

    def choice_of(self, key: str, label: str) -> Choice:
        """The choice that a label decides; the key is its name, or the id of a criterion under it.

        Raises Problem with the labels that there are.
        """
        names = (
            (key,) if key in self.choices else self.by_id[key].choices if self.is_id(key) else ()
        )
        choices = [self.choices[name] for name in names]
        for choice in choices:
            if label in choice.labels:
                return choice
        if choices:
            listed = ", ".join(shown(each) for choice in choices for each in choice.labels)
            raise Problem(f"{key} has no reading {shown(label)}. It has {listed}.")
        if self.is_id(key):
            raise Problem(f"{key} is read in one way; there is no reading to choose.")
        known = [*self.choices, *(name for name in self.by_id if self.by_id[name].choices)]
        hint = did_you_mean(key, known)
        hint = hint or (f" There are {', '.join(self.choices)}." if self.choices else "")
        raise Problem(f"{self.id} has no criterion or choice {shown(key)}.{hint}")

    def is_id(self, key: str) -> bool:
        """Is it the id of a criterion?"""
        return key in self.by_id

    def reading(self, fixed: Iterable[tuple[str, str]]) -> "Trial":
        """The trial with these readings fixed (key, label), beside those that are.

        Raises Problem for a key or label that is not there, and for two labels of one choice.
        """
        added: dict[str, str] = {}
        for key, label in fixed:
            name = self.choice_of(key, label).name
            if added.setdefault(name, label) != label:
                raise Problem(f"{key} is read in two ways: {shown(added[name])}, {shown(label)}.")
        return replace(self, fixed={**self.fixed, **added}) if added else self

    def with_rules(self, made: Callable[[Rule], Rule]) -> "Trial":
        """The trial with each rule of its criteria and outcomes made into another."""
        criteria = tuple(item.with_rules(made) for item in self.criteria)
        outcomes = tuple(
            replace(each, components=tuple(item.with_rules(made) for item in each.components))
            for each in self.outcomes
        )
        return replace(self, criteria=criteria, outcomes=outcomes)

    def above(self, criterion: Criterion) -> tuple[Criterion, ...]:
        """The headings above a criterion, the nearest first."""
        found: list[Criterion] = []
        while heading := self.by_id.get((found[-1] if found else criterion).parent):
            found.append(heading)
        return tuple(found)

    @cached_property
    def ids_above(self) -> Mapping[str, frozenset[str]]:
        """The ids of the headings above each criterion."""
        return {
            item.id: frozenset(above.id for above in self.above(item)) for item in self.criteria
        }

    def applies(self, criterion: Criterion) -> tuple[Rule, ...]:
        """The rules that must all hold for a criterion to apply: its own, and its headings'."""
        return self._applies[criterion.id]

    @cached_property
    def _applies(self) -> Mapping[str, tuple[Rule, ...]]:
        each = {item.id: (item, *self.above(item)) for item in self.by_id.values()}
        return {
            name: tuple(item.applies for item in items if item.applies is not None)
            for name, items in each.items()
        }

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """What has been worked out of the trial, whoever the patient is."""
        return {}

    @cached_property
    def names_of(self) -> Mapping[str, frozenset[str]]:
        """The facts, lists and visits that each criterion reads, and the rules by which it applies.

        By the id of the criterion or component; of a heading, without those of its children.
        """
        return {
            item.id: frozenset[str]().union(
                *(reading.rule.names for reading in item.readings),
                *(rule.names for rule in self.applies(item)),
            )
            for item in self.by_id.values()
        }

    @cached_property
    def among(self) -> Mapping[str, tuple[str, ...]]:
        """The id of each criterion, with those of the criteria by which it is answered, itself
        first: of a heading, those that its gate names, and so on.
        """
        found: dict[str, tuple[str, ...]] = {}

        def of(criterion: Criterion) -> tuple[str, ...]:
            if criterion.id not in found:
                named = criterion.gate.children if criterion.gate else ()
                below = (one for name in named for one in of(self.by_id[name]))
                found[criterion.id] = (criterion.id, *dict.fromkeys(below))
            return found[criterion.id]

        return {criterion.id: of(criterion) for criterion in self.criteria}

    @cached_property
    def read_by(self) -> Mapping[str, Set[str]]:
        """The ids of the criteria that are answered by a fact, list or visit."""
        return self._criteria_by(self.names_of)

    @cached_property
    def answered_by(self) -> Mapping[str, Set[str]]:
        """The ids of the criteria that a person's answer under this key bears on."""
        return self._criteria_by(self.keys_of)

    def _criteria_by(self, of: Mapping[str, frozenset[str]]) -> Mapping[str, Set[str]]:
        found: dict[str, set[str]] = {}
        for criterion, among in self.among.items():
            for one in among:
                for name in sorted(of[one]):
                    found.setdefault(name, set()).add(criterion)
        return {name: frozenset(criteria) for name, criteria in found.items()}

    @cached_property
    def keys_of(self) -> Mapping[str, frozenset[str]]:
        """The keys of the answers that may say something of each criterion or component, by id."""
        return {
            item.id: frozenset(
                (
                    item.id,
                    *item.choices,
                    *(other for name in item.choices for other in self.choices[name].criteria),
                )
            )
            for item in self.by_id.values()
        }

    @cached_property
    def names_read(self) -> tuple[str, ...]:
        """Every fact and list that the trial's rules read, in order, each once."""
        names: dict[str, None] = {}
        for criterion in self.criteria:
            rules = [reading.rule for reading in criterion.readings]
            for rule in [*([criterion.applies] if criterion.applies else []), *rules]:
                names.update(dict.fromkeys(names_read(rule)))
        return tuple(names)


def leaves_of(criterion: Criterion, trial: Trial) -> Iterator[str]:
    """The ids of the criteria below it that are no headings; its own, if it is none."""
    if criterion.gate is None:
        yield criterion.id
        return
    for name in criterion.gate.children:
        yield from leaves_of(trial.by_id[name], trial)


def fixed_reading(text: str) -> tuple[str, str, str]:
    """(trial, criterion or choice, label) of TRIAL:CHOICE=LABEL. Raises Problem."""
    trial, colon, rest = text.partition(":")
    key, equals, label = (part.strip() for part in rest.partition("="))
    if not (trial.strip() and colon and key and equals and label):
        raise Problem(
            f'{shown(text)} is not cautious, preferred, or TRIAL:I2.b="label of the reading".'
        )
    return trial.strip(), key, label
