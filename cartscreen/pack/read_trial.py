"""Trials from TOML, one file each; whatever is wrong with one is named, and the likely fix."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from cartscreen.answer import Answer
from cartscreen.errors import CriteriaError, Faults, Problem, placed
from cartscreen.frozen import replace
from cartscreen.model import Field
from cartscreen.pack.doses import NO_DOSES
from cartscreen.pack.files import FileModel, TrialEntry, read_toml
from cartscreen.pack.read_doses import DOSE_TABLES, DosesEntry, doses_of
from cartscreen.pack.trial import Criterion, Gate, Kind, Outcome, Reading, Trial, combinations
from cartscreen.pattern import pattern
from cartscreen.rule.parse import of_one_date, parse_rule
from cartscreen.rule.tree import Question, Rule, walk
from cartscreen.speaks import Length
from cartscreen.text import did_you_mean, sentence_of, shown
from cartscreen.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

LONGEST_SHORT = 30
_CHOICE = r"[a-z0-9][a-z0-9 _-]{0,58}[a-z0-9]"


class CriterionEntry(FileModel):
    """A criterion as a trial file writes it."""

    id: str = Field(
        pattern=r"^[IE]\d+(\.[0-9a-z]+)*$",
        description="I or E and a number, then a dot and letters or digits for each level: I4.a",
    )
    title: str = Field(min_length=3)
    short: str = Field(
        "",
        pattern=rf"^\S.{{1,{LONGEST_SHORT - 2}}}\S$",
        description=f"3 to {LONGEST_SHORT} characters on one line, LVEF >= 55 % say; what does not "
        "fit stands in the title alone",
    )
    source: str = Field(min_length=3)
    note: str = ""
    needs: Any = Field(
        None, description='heading only: "all", "any", a number, or a shape over ids'
    )
    rule: Any = Field(None, description="a test in quotes, or a group")
    readings: list[dict[str, Any]] | None = Field(
        None, description="[{ label, rule }, ...]; a label may be a table, choice = label"
    )
    choice: str | None = Field(
        None,
        pattern=rf"^{_CHOICE}$",
        description="a name in small letters, for the choice between readings: criteria that share "
        "it share the answer",
    )
    applies: Any = Field(None, description="a rule; where it is NO the criterion does not apply")


class ComponentEntry(FileModel):
    """A component of an outcome as a trial file writes it."""

    id: str = Field(
        pattern=r"^([A-DF-HJ-Z]|[A-Z]{2,4})\d{1,2}[a-z]?$",
        description="capital letters and a number, other than the ids of criteria: S1, L5a",
    )
    title: str = Field(min_length=3)
    source: str = Field(min_length=3)
    note: str = ""
    rule: Any = Field(None, description="a test in quotes, or a group")
    readings: list[dict[str, Any]] | None = Field(
        None, description="as of a criterion: [{ label, rule }, ...]"
    )
    choice: str | None = Field(None, pattern=rf"^{_CHOICE}$", description="as of a criterion")


class OutcomeEntry(FileModel):
    """An outcome as a trial file writes it: what makes a response, all components together."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", description="its usual name: SRI-4")
    title: str = Field(min_length=3)
    source: str = Field(min_length=3)
    visit: str = Field("", description='how long after the infusion it is judged: "3 months"')
    published: str = Field(
        "", description="the published definition that it is printed beside, of outcomes.toml"
    )
    notes: list[str] = Field(default=[])
    component: list[ComponentEntry] = Field(min_length=1)


class TrialFile(FileModel):
    """One trial file: the study, its inclusion and exclusion criteria, outcomes, dose levels."""

    trial: TrialEntry
    doses: DosesEntry | None = Field(None, description="dose levels and the rules between them")
    inclusion: list[CriterionEntry] = Field(default=[])
    exclusion: list[CriterionEntry] = Field(default=[])
    outcome: list[OutcomeEntry] = Field(default=[])


class PublishedFile(FileModel):
    """The file of published definitions: outcomes of no trial.

    published  by what `--readings` names them, and when they were read
    """

    published: TrialEntry
    outcome: list[OutcomeEntry] = Field(min_length=1)


_MOST_CRITERIA = 1000  # the longest of the bundled trials has 93


def parse_trial(content: bytes, vocabulary: Vocabulary, where: str) -> Trial:
    """The trial in one file. Raises CriteriaError with file, criterion, fault and likely fix."""
    return trial_of(trial_file(content, where), vocabulary, where)


def trial_file(content: bytes, where: str) -> TrialFile:
    """What one file says; its rules are not read. Raises CriteriaError with each fault."""
    return _file(TrialFile, content, where)


_F = TypeVar("_F", TrialFile, PublishedFile)


def _file(form: type[_F], content: bytes, where: str) -> _F:
    data = read_toml(content, where)
    listed = [data.get(kind) for kind in ("inclusion", "exclusion")]
    if sum(len(criteria) for criteria in listed if isinstance(criteria, list)) > _MOST_CRITERIA:
        raise CriteriaError(f"{where}: the trial has more than {_MOST_CRITERIA} criteria.")
    if "patient" in data and "trial" not in data:
        raise CriteriaError(f"{where}: this is a patient's profile, not a trial.")
    from pydantic import ValidationError

    try:
        return form.model_validate(data)
    except ValidationError as fault:
        said = _said(fault, data, content.decode("utf-8"), form)
        raise CriteriaError(*(f"{where}: {each}" for each in said)) from None


def published_outcomes(content: bytes, vocabulary: Vocabulary, where: str) -> Trial:
    """The published definitions of a file, as a trial without criteria.

    Raises CriteriaError with each fault; they ask nothing, since no trial has the answers.
    """
    file = _file(PublishedFile, content, where)
    outcomes = _outcomes(file.outcome, (), vocabulary, where)
    asked = next((c for o in outcomes for c in o.components if c.question), None)
    if asked is not None:
        raise CriteriaError(
            f"{where}: component {asked.id}: it asks a question, and no trial has the answer; "
            "make it a fact."
        )
    return Trial(file.published, (), outcomes=outcomes)


def trial_of(file: TrialFile, vocabulary: Vocabulary, where: str) -> Trial:
    """The trial that a file states. Raises CriteriaError with each fault."""
    if not file.inclusion and not file.exclusion:
        raise CriteriaError(
            f"{where}: the trial has no criteria; an empty list would fit everyone."
        )
    entries: list[tuple[Kind, CriterionEntry]] = [("inclusion", entry) for entry in file.inclusion]
    entries += [("exclusion", entry) for entry in file.exclusion]
    ids = [entry.id for _, entry in entries]
    numbered = _Ids(ids)
    criteria: list[Criterion] = []
    faults = Faults()
    for kind, entry in entries:
        with faults.gathered(), placed(f"{where}: criterion {entry.id}"):
            criteria.append(_criterion(kind, entry, numbered, vocabulary))
    outcomes: tuple[Outcome, ...] = ()
    with faults.gathered():
        outcomes = _outcomes(file.outcome, ids, vocabulary, where)
    faults.end()
    doses = NO_DOSES
    with placed(f"{where}: [doses]"):
        doses = doses_of(file.doses) if file.doses else NO_DOSES
    with placed(where):
        _check_choices([*criteria, *(item for each in outcomes for item in each.components)])
        return Trial(file.trial, tuple(_decided(criteria)), outcomes=outcomes, doses=doses)


def _outcomes(
    entries: Sequence[OutcomeEntry], ids: Iterable[str], vocabulary: Vocabulary, where: str
) -> tuple[Outcome, ...]:
    """The outcomes that a file states, whose criteria have these ids. Raises CriteriaError."""
    faults = Faults()
    outcomes: list[Outcome] = []
    taken = set(ids)
    for entry in entries:
        place = f"{where}: outcome {entry.id}"
        components = []
        for item in entry.component:
            with faults.gathered(), placed(f"{place}: component {item.id}"):
                if item.id in taken:
                    raise Problem("the id is written twice.")
                taken.add(item.id)
                if (item.rule is None) is (item.readings is None):
                    raise Problem("it needs exactly one of rule and readings.")
                readings = _readings(item, vocabulary)
                components.append(
                    Criterion(item.id, "inclusion", item.title, item.source, item.note, readings)
                )
        with faults.gathered(), placed(place):
            if entry.id in [outcome.id for outcome in outcomes]:
                raise Problem("the id is written twice.")
            visit = Length.parse(entry.visit) if entry.visit else None
            outcomes.append(
                Outcome(
                    entry.id,
                    entry.title,
                    entry.source,
                    tuple(components),
                    visit,
                    entry.published,
                    tuple(entry.notes),
                )
            )
    faults.end()
    return tuple(outcomes)


_LISTS = ("inclusion", "exclusion", "outcome")


def _said(
    fault: "ValidationError", data: Mapping[str, Any], text: str, form: type[FileModel]
) -> Iterator[str]:
    """Each fault of a file's form, with its place; of one table the first."""
    heads = {kind: _heads(text, kind, data.get(kind)) for kind in _LISTS}
    places = set()
    for error in fault.errors(include_input=False, include_url=False):
        place = error["loc"][: 2 if error["loc"][0] in heads else 1]
        if place not in places:
            places.add(place)
            yield _placed_fault(error, data, text, heads, form)


def _placed_fault(
    error: "ErrorDetails",
    data: Mapping[str, Any],
    text: str,
    heads: Mapping[str, list[int]],
    form: type[FileModel],
) -> str:
    match error["loc"]:
        case ("outcome", int(index), "component", int(part), *_):
            written = data["outcome"][index]
            listed = written["component"][part]
            of = written.get("id", f"number {index + 1}")
            named = listed.get("id", f"number {part + 1}") if isinstance(listed, dict) else part + 1
            return f"outcome {of}: component {named}: {sentence_of(error, ComponentEntry, 4)}"
        case ("outcome", int(index), *keys) if isinstance(data["outcome"][index], dict):
            of = data["outcome"][index].get("id", f"number {index + 1}")
            starts = heads["outcome"]
            line = _line(text, starts[index], str(keys[0]), "outcome") if starts else ""
            return f"{line}outcome {of}: {sentence_of(error, OutcomeEntry, 2)}"
        case (("inclusion" | "exclusion" | "outcome") as kind, int(index), *keys):
            written = data[kind][index]
            place = f"{kind} number {index + 1}"
            if not isinstance(written, dict):
                return f"{place} is not a table; write [[{kind}]] above it."
            line = _line(text, heads[kind][index], str(keys[0]), kind) if heads[kind] else ""
            said = sentence_of(error, CriterionEntry, 2)
            return f"{line}criterion {written.get('id', place)}: {said}"
        case (("trial" | "published") as head, _, *_):
            return f"[{head}]: {sentence_of(error, TrialEntry, 1)}"
        case ("doses", str(table), int(index)):
            return f"doses.{table} number {index + 1} is not a table; write [[doses.{table}]]."
        case ("doses", str(table), int(index), *keys):
            found = _heads(text, rf"doses\.{table}", data["doses"][table])
            line = _line(text, found[index], str(keys[0]), f"doses.{table}") if found else ""
            said = sentence_of(error, DOSE_TABLES[table], 3)
            return f"{line}doses.{table} number {index + 1}: {said}"
        case ("doses", _, *_):
            return f"[doses]: {sentence_of(error, DosesEntry, 1)}"
    return sentence_of(error, form)


def _heads(text: str, kind: str, criteria: Any) -> list[int]:
    """Where the tables [[inclusion]] or [[exclusion]] begin; none if they are written otherwise."""
    head = rf"^[ \t]*\[\[[ \t]*{kind}[ \t]*\]\]"
    found = [written.end() for written in re.finditer(head, text, re.MULTILINE)]
    return found if isinstance(criteria, list) and len(found) == len(criteria) else []


_NEXT_HEAD = pattern(r"^[ \t]*\[\[", re.MULTILINE)


def _line(text: str, head: int, key: str, kind: str) -> str:
    """Which line gives the key in the table that begins there: "line 7 (title): ".

    Of a key that is missing it is the line of the head: "line 3 (inclusion): ".
    """
    after = _NEXT_HEAD.search(text, head)
    given = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=", re.MULTILINE)
    found = given.search(text, head, after.start() if after else len(text))
    line = text.count("\n", 0, found.end() if found else head) + 1
    return f"line {line} ({key if found and len(key) <= _LONGEST_SHOWN else kind}): "


_LONGEST_SHOWN = 60


class _Ids:
    """The ids of a trial's criteria: where each stands first, how often, and what is below it."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.listed = ids
        self.place: dict[str, int] = {}
        self.below: dict[str, list[str]] = {}
        self.twice: set[str] = set()
        for at, name in enumerate(ids):
            if self.place.setdefault(name, at) != at:
                self.twice.add(name)
            self.below.setdefault(name.rpartition(".")[0], []).append(name)


def _criterion(kind: Kind, entry: CriterionEntry, ids: _Ids, vocabulary: Vocabulary) -> Criterion:
    if entry.id[0] != ("I" if kind == "inclusion" else "E"):
        raise Problem(f"the id of an {kind} begins with {'I' if kind == 'inclusion' else 'E'}.")
    if entry.id in ids.twice:
        raise Problem("the id is written twice.")
    parent = entry.id.rpartition(".")[0]
    if parent and parent not in ids.place:
        raise Problem(f"its heading {parent} is missing.")
    if parent and ids.place[parent] > ids.place[entry.id]:
        raise Problem(f"its heading {parent} stands below it; a heading comes first.")
    children = ids.below.get(entry.id, [])
    if (
        isinstance(entry.needs, dict) and not children
    ):  # needs names criteria that are not numbered below the heading
        later = ids.listed[ids.place[entry.id] + 1 :]
        children = [other for other in later if other[0] == entry.id[0]]
    given = [key for key in ("rule", "readings") if getattr(entry, key) is not None]
    if children and entry.choice is not None:
        raise Problem("choice is for a criterion with readings, and this one is a heading.")
    if children and given:
        raise Problem(f"a heading over others ({children[0]}) takes no {given[0]}.")
    if not children and len(given) != 1:
        raise Problem("it needs exactly one of rule, readings, or children.")
    if entry.needs is not None and not children:
        raise Problem("needs is for a heading, and this one has no children.")
    readings = () if children else _readings(entry, vocabulary)
    gate = _gate("all" if entry.needs is None else entry.needs, children) if children else None
    applies = parse_rule(entry.applies, vocabulary) if entry.applies is not None else None
    for rule in (*(reading.rule for reading in readings), *([applies] if applies else [])):
        of_one_date(rule)
    if applies is not None and applies.question:
        raise Problem("applies asks a question, which nobody could answer; ask in the rule.")
    return Criterion(
        entry.id,
        kind,
        entry.title,
        entry.source,
        entry.note,
        readings,
        gate,
        applies,
        parent,
        short=entry.short,
    )


def _readings(
    entry: CriterionEntry | ComponentEntry, vocabulary: Vocabulary
) -> tuple[Reading, ...]:
    if entry.readings is None:
        if entry.choice is not None:
            raise Problem(
                "choice is a name for the choice between readings, and there is one rule."
            )
        alone = Reading("", parse_rule(entry.rule, vocabulary))
        _one_question((alone,))
        return (alone,)
    if len(entry.readings) < 2:
        raise Problem("readings are at least two; write rule for one.")
    readings = []
    for item in entry.readings:
        if item.keys() != {"label", "rule"}:
            raise Problem("a reading is { label = ..., rule = ... }.")
        labels = _labels(item["label"], entry)
        text = ", ".join(label for _, label in labels)
        readings.append(Reading(text, parse_rule(item["rule"], vocabulary), labels))
    _one_question(readings)
    unnamed = any(choice == entry.id for reading in readings for choice, _ in reading.labels)
    if unnamed and any(reading.rule.question for reading in readings):
        raise Problem(
            "it asks a question and has readings, so its id is for the answer to the question; "
            'name the choice between the readings, choice = "contraception" say.'
        )
    _check_combinations(readings)
    return tuple(readings)


_LONGEST_LABEL = 200


def _labels(label: Any, entry: CriterionEntry | ComponentEntry) -> tuple[tuple[str, str], ...]:
    """What a reading says of each choice. Plain text is the label of the criterion's one choice."""
    match label:
        case str():
            labels = {entry.choice or entry.id: label}
        case dict() if label and entry.choice is None:
            labels = label
        case dict() if label:
            raise Problem("the labels name their choices in a table; leave out the key choice.")
        case _:
            raise Problem("a reading is { label = ..., rule = ... }.")
    for choice, text in labels.items():
        if isinstance(label, dict) and not re.fullmatch(_CHOICE, choice):
            raise Problem(f"{shown(choice)} is not a name in small letters for a choice.")
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_LABEL:
            raise Problem("each reading needs a label of its own.")
    return tuple(labels.items())


_MOST_COMBINATIONS = 50  # of the bundled criteria, none has more than 4


def _check_combinations(readings: list[Reading]) -> None:
    """Each combination of labels has one reading, and each choice makes a difference."""
    choices = Criterion("", "inclusion", "", "", readings=tuple(readings)).choices
    of_each = [label for labels in choices.values() for label in labels]
    if len(set(of_each)) < len(of_each):
        raise Problem("a label stands under two choices; each needs labels of its own.")
    if prod(map(len, choices.values())) > _MOST_COMBINATIONS:
        raise Problem(f"its choices have more than {_MOST_COMBINATIONS} combinations.")
    rules: dict[tuple[str, ...], Rule] = {}
    for chosen in combinations(choices):
        fitting = [reading for reading in readings if reading.fits(chosen)]
        if len(fitting) != 1:
            if len(choices) == 1:
                raise Problem("each reading needs a label of its own.")
            which = "are two readings" if fitting else "is no reading"
            raise Problem(f"there {which} for {', '.join(map(shown, chosen.values()))}.")
        rules[tuple(chosen.values())] = fitting[0].rule
    for at, (choice, labels) in enumerate(choices.items()):
        for one, other in itertools.combinations(labels, 2):
            pairs = [(key, (*key[:at], other, *key[at + 1 :])) for key in rules if key[at] == one]
            if all(rules[key] == rules[twin] for key, twin in pairs):
                said = f"{shown(one)} and {shown(other)}"
                raise Problem(f"the readings {said} of {choice} are alike: they have one rule.")


def _check_choices(criteria: Iterable[Criterion]) -> None:
    """Criteria that share a choice have the same labels for it."""
    first: dict[str, Criterion] = {}
    for criterion in criteria:
        for choice, labels in criterion.choices.items():
            other = first.setdefault(choice, criterion)
            if set(labels) != set(other.choices[choice]):
                here, there = ({*labels}, {*other.choices[choice]})
                odd = sorted(here ^ there)[0]
                raise Problem(
                    f"criterion {criterion.id}: it shares the choice {shown(choice)} with "
                    f"{other.id}, and {shown(odd)} is a label of one of them only."
                )


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
        yield replace(criterion, decisive=alone)
