"""Does a case notice when a criterion changes? Every small change is made, and a case must object.

    python tests/criteria/mutation.py [TRIAL...]

For every criterion of a trial, each part of its readings, of `applies` and of a heading's gate is
changed in turn: a limit moved, a window a day longer, a word left out. Such a mutant is killed if a
case of the criterion, or of a heading above it, then gets another answer than it expects. What
survives is printed, `trial criterion: what was changed`, unless equivalent.toml lists it with a
reason: no patient can tell it from the criterion as it stands (`equivalent`), or a case would have
to decide what the page leaves open (`open`).
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent))  # where support.py is, for the command

from support import Case, cases_of, chart_of

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, Window, shift
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.screening import screen
from cartscreen.frozen import frozen, replace
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Criterion, Gate, Trial
from cartscreen.rule.tree import (
    ANCHORS,
    TIMES,
    Change,
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    Together,
)
from cartscreen.units import LLN, ULN, decimal
from cartscreen.vocabulary import FactEntry, RecordEntry, Vocabulary

Changed = Iterator[tuple[str, Rule]]
"""What was changed, in words, and the rule with that change."""

Named = frozenset[tuple[str, str]]
"""Words of a fact that another member of an `any` around a test names already: to add one of them
to the test, too, changes nothing."""


# Windows


@frozen
class Moved(Window):
    """A window whose far end lies `far` days earlier, and whose near end `near` days later."""

    far: int = 0
    near: int = 0

    def first_day(self, end: date, half_life: Fraction | None = None) -> date:
        return shift(super().first_day(end, half_life), -self.far, "days")

    def holds(
        self, event: PartialDate, anchor: PartialDate, half_life: Fraction | None = None
    ) -> Answer:
        days = anchor.earliest, anchor.latest
        first = [self.first_day(day, half_life) for day in days]
        last = [shift(day, self.near, "days") for day in days]
        if first[1] <= event.earliest and event.latest <= last[0]:
            return Answer.YES
        outside = event.latest < first[0] or event.earliest > last[1]
        return Answer.NO if outside else Answer.UNKNOWN


def _window_mutants(test: Test, entry: FactEntry) -> Iterator[tuple[str, Window | None]]:
    window = test.window
    if window is None:
        return
    own = window.count, window.unit, window.anchor
    yield "window a day longer", Moved(*own, far=1)
    yield "window a day shorter", Moved(*own, far=-1)
    yield "the day of the visit outside", Moved(*own, near=-1)
    if _is_event(entry):
        yield "the day after the visit inside", Moved(*own, near=1)
    event = isinstance(test.check, Present) and (entry.kind == "date" or entry.choices)
    if event or isinstance(test.check, Change):  # these need a window
        yield "window without end", Window(9999, "years", window.anchor)
    else:
        yield "window removed", None
    for anchor in ANCHORS:
        yield f"before {anchor}", replace(window, anchor=anchor)
    for number, unit in _other_calendar(window.count, window.unit):
        yield f"{number} {unit}", Window(number, unit, window.anchor)
    if window.unit == "half-lives":
        yield "one half-life more", replace(window, count=window.count + 1)
        yield "one half-life less", replace(window, count=window.count - 1)


def _is_event(entry: FactEntry) -> bool:
    """Is it a date that can lie after the visit, and be tested against it?

    A result dated after the visit is not read, and a last date after it is judged by when the
    thing began, whatever the window.
    """
    lasts = "ongoing" in entry.words or entry.name == "last_dose"
    return entry.kind == "date" and not lasts


def _other_calendar(number: int, unit: str) -> Iterator[tuple[int, str]]:
    """About the same time in another unit of the calendar: 3 months as 90 days."""
    match unit:
        case "years":
            yield number * 365, "days"
        case "months":
            yield number * 30, "days"
            yield number * 4, "weeks"
        case "weeks" if number % 4 == 0:
            yield number // 4, "months"
        case "days" if number % 30 == 0:
            yield number // 30, "months"


# Tests

_CONTINUOUS = ("activity.pga", "activity.haq_di", "activity.vas_")
"""Scores without a unit that are no whole numbers."""

_STRICT = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
_REVERSED = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}


def _test_mutants(
    test: Test, vocabulary: Vocabulary, record: RecordEntry | None, named: Named
) -> Changed:
    if record is not None and "." not in test.fact:
        entry = record.fields[test.fact]
    else:
        entry = vocabulary.facts[test.fact]
    match test.check:
        case Present():
            yield "negated", Group(1, (test,), none=True)
        case Is() if entry.kind == "date":  # `is ongoing` is its only word
            yield "negated", Group(1, (test,), none=True)
        case Is(words):
            for word in words:
                rest = tuple(other for other in words if other != word)
                yield f"without {word}", replace(test, check=Is(rest))
            for word in _other_words(words, entry, vocabulary):
                if (test.fact, word) not in named:
                    yield f"or {word}", replace(test, check=Is((*words, word)))
        case Compare() as compare:
            for said, compared in _compare_mutants(compare, entry):
                yield said, replace(test, check=compared)
        case Change() as change:
            for said, changed in _change_mutants(change):
                yield said, replace(test, check=changed)
    for said, window in _window_mutants(test, entry):
        yield said, replace(test, window=window)
    if test.any:
        yield "the newest for any", replace(test, any=False)


def _other_words(words: tuple[str, ...], entry: FactEntry, vocabulary: Vocabulary) -> list[str]:
    """The other choices; of drugs, the classes that hold another drug."""
    if entry.kind == "drug":
        return [name for name in vocabulary.classes if not _covered(name, words, vocabulary)]
    return [word for word in entry.choices if word not in words]


def _covered(name: str, words: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    """Do the words already name every drug of the class?"""
    return all(
        drug.name in words or not set(words).isdisjoint(drug.classes)
        for drug in vocabulary.drugs.values()
        if name in drug.classes
    )


def _operator_mutants(check: Compare) -> Iterator[tuple[str, Compare]]:
    for operator in (_STRICT[check.operator], _REVERSED[check.operator]):
        yield f"{operator} for {check.operator}", replace(check, operator=operator)


def _time_mutants(check: Compare) -> Iterator[tuple[str, Compare]]:
    for number, unit in _other_times(int(check.limit), check.unit):
        yield f"{number} {unit}", replace(check, limit=Fraction(number), unit=unit)


def _compare_mutants(check: Compare, entry: FactEntry) -> Iterator[tuple[str, Compare]]:
    yield from _operator_mutants(check)
    if entry.name == "lasted":
        yield _pieces(check), replace(check, in_all=not check.in_all)
    if entry.kind == "duration":
        yield from _time_mutants(check)
        return
    for limit in _other_limits(check, entry):
        yield f"limit {decimal(limit)}", replace(check, limit=limit)
    if check.unit in (ULN, LLN):
        other = LLN if check.unit == ULN else ULN
        yield f"{other} for {check.unit}", replace(check, unit=other)
        yield f"{entry.unit} for {check.unit}", replace(check, unit=entry.unit)


def _pieces(check: Compare) -> str:
    """What the other way of counting a length is called."""
    return "of one piece for in all" if check.in_all else "in all for of one piece"


def _other_limits(check: Compare, entry: FactEntry) -> tuple[Fraction, ...]:
    """A little more and a little less: the next titre, the next whole number, or 5 %."""
    if check.unit == "titre":  # none is written between 1:1 and nothing
        return (check.limit * 2, check.limit / 2) if check.limit > 1 else (check.limit * 2,)
    whole = check.unit == "1" and not entry.name.startswith(_CONTINUOUS)
    if whole or entry.name == "person.age":
        return check.limit + 1, check.limit - 1
    return check.limit * Fraction(105, 100), check.limit * Fraction(95, 100)


def _other_times(number: int, unit: str) -> Iterator[tuple[int, str]]:
    assert unit in TIMES
    match unit:
        case "weeks":
            yield from ((number * 7 + 1, "days"), (number * 7 - 1, "days"))
        case "years":
            yield from ((number * 12 + 1, "months"), (number * 12 - 1, "months"))
        case _:
            yield from ((number + 1, unit), (number - 1, unit))
    yield from _other_calendar(number, unit)


def _change_mutants(check: Change) -> Iterator[tuple[str, Change]]:
    other = "fell" if check.direction == "rose" else "rose"
    yield f"{other} for {check.direction}", replace(check, direction=other)
    for by in (check.by * Fraction(105, 100), check.by * Fraction(95, 100)):
        yield f"by {decimal(by)}", replace(check, by=by)
    kind = "absolute" if check.relative else "relative"
    yield kind, replace(check, relative=not check.relative)


# Rules


def rule_mutants(
    rule: Rule,
    vocabulary: Vocabulary,
    record: RecordEntry | None = None,
    place: str = "",
    named: Named = frozenset(),
) -> Changed:
    """The rule with each part of it changed in turn; `place` counts its way down from the top."""
    match rule:
        case Test():
            for said, changed in _test_mutants(rule, vocabulary, record, named):
                yield f'{place} "{rule.text}": {said}'.strip(), changed
        case Group():
            for said, changed in _group_mutants(rule):
                yield f"{place} {_name(rule)}: {said}".strip(), changed
            for index, part in enumerate(rule.rules):
                at, known = _below(place, index), _named_beside(index, rule, named)
                for said, new in rule_mutants(part, vocabulary, record, at, known):
                    yield said, replace(rule, rules=_with(rule.rules, index, new))
        case Records():
            for said, changed in _records_mutants(rule):
                yield f"{place} {rule.name}: {said}".strip(), changed
            for index, part in enumerate(rule.where):
                fields = vocabulary.records[rule.name]
                for said, new in rule_mutants(part, vocabulary, fields, _below(place, index)):
                    yield said, replace(rule, where=_with(rule.where, index, new))
        case Together():
            for said, changed in _together_mutants(rule):
                yield f"{place} together: {said}".strip(), changed
            for index, records in enumerate(rule.parts):
                for said, new in rule_mutants(records, vocabulary, None, _below(place, index)):
                    yield said, _with_part(rule, index, new)
        case Question():
            pass


def _with_part(rule: Together, index: int, new: Rule) -> Rule:
    """Together with one part changed; what is no list any more cannot be asked at a time."""
    assert isinstance(new, Records)
    return replace(rule, parts=(*rule.parts[:index], new, *rule.parts[index + 1 :]))


def _together_mutants(rule: Together) -> Changed:
    yield "at any times", Group(len(rule.parts), rule.parts)
    for index in range(len(rule.parts)):
        rest = (*rule.parts[:index], *rule.parts[index + 1 :])
        yield f"without {index + 1}", replace(rule, parts=rest)
    if rule.lasted is not None:
        yield "lasted removed", replace(rule, lasted=None)
        lengths = (*_operator_mutants(rule.lasted), *_time_mutants(rule.lasted))
        for said, check in lengths:
            yield f"lasted {said}", replace(rule, lasted=check)
        check = replace(rule.lasted, in_all=not rule.lasted.in_all)
        yield _pieces(rule.lasted), replace(rule, lasted=check)


def _below(place: str, index: int) -> str:
    return f"{place}.{index + 1}" if place else str(index + 1)


def _with(rules: tuple[Rule, ...], index: int, new: Rule) -> tuple[Rule, ...]:
    return (*rules[:index], new, *rules[index + 1 :])


def _named_beside(index: int, group: Group, named: Named) -> Named:
    above = frozenset() if group.none else named
    if group.k > 1:
        return above
    return above | {
        (part.fact, word)
        for other, part in enumerate(group.rules)
        if other != index and isinstance(part, Test) and isinstance(part.check, Is)
        for word in part.check.words
        if part.window is None
    }


def _name(group: Group) -> str:
    """How a group is written: all, any, none, at least 2."""
    return "none" if group.none else _word(group.k, len(group.rules))


def _word(k: int, length: int) -> str:
    return "all" if k == length else "any" if k == 1 else f"at least {k}"


def _group_mutants(group: Group) -> Changed:
    length = len(group.rules)
    if group.none:
        yield "none removed", replace(group, none=False)
    for k in _other_counts(group.k, length):
        yield f"{_word(k, length)} for {_word(group.k, length)}", replace(group, k=k)
    if length > 1:
        for index in range(length):
            rules = group.rules[:index] + group.rules[index + 1 :]
            k = length - 1 if group.k == length else group.k
            yield f"without {index + 1}", replace(group, k=k, rules=rules)


def _other_counts(k: int, length: int) -> list[int]:
    """all for any, any for all, one more and one less; none that holds always or never."""
    others = {1, length, k - 1, k + 1} - {k}
    return sorted(other for other in others if 1 <= other <= length)


def _records_mutants(records: Records) -> Changed:
    for index in range(len(records.where)):
        where = records.where[:index] + records.where[index + 1 :]
        yield f"without {index + 1}", replace(records, where=where)
    if records.different:
        yield "different removed", replace(records, different="")
    if records.despite:
        yield "despite removed", replace(records, despite=False)
    for k in (records.k - 1, records.k + 1):
        if k:
            yield f"at least {k} for {records.k}", replace(records, k=k)


# Criteria


def _gate_mutants(gate: Gate, place: str = "") -> Iterator[tuple[str, Gate]]:
    length = len(gate.parts)
    for k in _other_counts(gate.k, length):
        said = f"{_word(k, length)} for {_word(gate.k, length)}"
        yield f"gate{place}: {said}", replace(gate, k=k)
    for index, part in enumerate(gate.parts):
        rest = gate.parts[:index], gate.parts[index + 1 :]
        if length > 1:
            k = length - 1 if gate.k == length else gate.k
            said = part if isinstance(part, str) else f"part {index + 1}"
            yield f"gate{place}: without {said}", replace(gate, k=k, parts=(*rest[0], *rest[1]))
        if isinstance(part, Gate):
            for said, changed in _gate_mutants(part, f"{place} {index + 1}"):
                yield said, replace(gate, parts=(*rest[0], changed, *rest[1]))


def criterion_mutants(
    criterion: Criterion, vocabulary: Vocabulary
) -> Iterator[tuple[str, Criterion]]:
    """The criterion with each part of its readings, of `applies` and of its gate changed."""
    readings = criterion.readings
    for index, reading in enumerate(readings):
        which = f"reading {index + 1}, " if len(readings) > 1 else ""
        rest = readings[:index], readings[index + 1 :]
        if len(readings) > 1:
            yield f"without reading {index + 1}", replace(criterion, readings=(*rest[0], *rest[1]))
        for said, rule in rule_mutants(reading.rule, vocabulary):
            changed = (*rest[0], replace(reading, rule=rule), *rest[1])
            if rule != reading.rule:
                yield which + said, replace(criterion, readings=changed)
    if criterion.gate is not None:
        for said, gate in _gate_mutants(criterion.gate):
            yield said, replace(criterion, gate=gate)
    if criterion.applies is not None:
        yield "applies dropped", replace(criterion, applies=None)
        for said, rule in rule_mutants(criterion.applies, vocabulary):
            if rule != criterion.applies:
                yield f"applies, {said}", replace(criterion, applies=rule)


# Trials


@dataclass(frozen=True)
class Charted:
    """A case, and the chart of its profile, which serves for every mutant."""

    case: Case
    chart: Chart


class Judge:
    """The cases of one trial, and which of them object to a mutant."""

    def __init__(self, trial: Trial, cases: list[Case]) -> None:
        self.trial = trial
        self.cases: dict[str, list[Charted]] = {criterion.id: [] for criterion in trial.criteria}
        for case in cases:
            self.cases[case.criterion].append(Charted(case, chart_of(case.data, case.on)))

    def survives(self, mutant: Criterion) -> bool:
        """Does every case of the criterion, and of the headings above it, answer as before?"""
        above = [other.id for other in self.trial.criteria if mutant.id in self.below(other)]
        return not any(self._object(mutant, name) for name in (mutant.id, *above))

    @cache  # noqa: B019  (one judge for each trial, as long as the program runs)
    def below(self, criterion: Criterion) -> frozenset[str]:
        """What the gate of a heading names, down to the smallest."""
        if criterion.gate is None:
            return frozenset()
        named = criterion.gate.children
        return frozenset(named).union(*(self.below(self.trial.by_id[name]) for name in named))

    def _object(self, mutant: Criterion, name: str) -> bool:
        wanted = {name, *self.below(self.trial.by_id[name])}
        criteria = tuple(
            mutant if criterion.id == mutant.id else criterion
            for criterion in self.trial.criteria
            if criterion.id in wanted
        )
        small = Trial(self.trial.about, criteria)
        cases = self.cases[name]
        for index, charted in enumerate(cases):
            if _differs(small, charted):
                cases.insert(0, cases.pop(index))  # it may well notice the next one, too
                return True
        return False


def _differs(trial: Trial, charted: Charted) -> bool:
    case = charted.case
    found = screen(trial, charted.chart).criteria
    item = next(item for item in found if item.criterion.id == case.criterion)
    return item.answer.value != case.expect or item.applicable is not case.applicable


@dataclass(frozen=True)
class Outcome:
    """Of one trial: how many mutants there were, and those that no case noticed."""

    mutants: int
    survivors: tuple[str, ...]


def outcome(trial: Trial) -> Outcome:
    """Every mutant of every criterion of the trial, held against the trial's cases."""
    judge = Judge(trial, cases_of(trial.id)[1])
    survivors: list[str] = []
    made: Counter[str] = Counter()
    for criterion in trial.criteria:
        for said, mutant in criterion_mutants(criterion, bundled_pack().vocabulary):
            made[f"{trial.id} {criterion.id}: {said}"] += 1
            if judge.survives(mutant):
                survivors.append(f"{trial.id} {criterion.id}: {said}")
    assert set(made.values()) == {1}, [said for said, times in made.items() if times > 1]
    return Outcome(len(made), tuple(survivors))


def listed(trial: str) -> frozenset[str]:
    """The mutants of a trial that equivalent.toml lists."""
    data = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text("utf-8"))
    assert data.keys() <= {"equivalent", "open"}, data.keys()
    entries = [entry for group in data.values() for entry in group]
    assert all(entry.keys() == {"reason", "mutants"} and entry["reason"] for entry in entries)
    mutants = [mutant for entry in entries for mutant in entry["mutants"]]
    assert len(set(mutants)) == len(mutants), "a mutant is listed twice"
    return frozenset(mutant for mutant in mutants if mutant.startswith(f"{trial} "))


def main(wanted: list[str]) -> int:
    """Print what survives and is not listed, and what is listed and does not survive; 1 if any."""
    faults: list[str] = []
    for trial in bundled_pack().select(wanted):
        began = perf_counter()
        found, known = outcome(trial), listed(trial.id)
        survived = set(found.survivors)
        faults += [mutant for mutant in found.survivors if mutant not in known]
        faults += [f"{mutant} (listed, and no survivor)" for mutant in sorted(known - survived)]
        sys.stderr.write(
            f"# {trial.id}: {found.mutants} mutants, {found.mutants - len(survived)} killed,"
            f" {len(known & survived)} listed, {perf_counter() - began:.1f} s\n"
        )
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
