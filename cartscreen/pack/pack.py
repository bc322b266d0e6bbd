"""A pack: a vocabulary and trials, and the rules that stand in the vocabulary."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import field as attribute
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from cartscreen.build import kept
from cartscreen.codes import NO_CODES, Codes
from cartscreen.entries import pack_table
from cartscreen.errors import CriteriaError, Faults, Problem, placed
from cartscreen.frozen import frozen
from cartscreen.pack.files import (
    PUBLISHED,
    TrialEntry,
    bundled_files,
    files_in,
    hash_of,
    in_order,
    is_trial,
    read_toml,
)
from cartscreen.pack.first import NO_FIRST, First
from cartscreen.pack.lint import check_limits
from cartscreen.pack.trial import Trial, TrialFile, published_outcomes, trial_file, trial_of
from cartscreen.rule.parse import entry_named, of_one_date, parse_rule
from cartscreen.rule.tree import Rule, Shared, Test, names_read, walk
from cartscreen.text import did_you_mean, shown
from cartscreen.vocabulary import ContradictionEntry, Formula, Ruled, Vocabulary, reads

_Made = TypeVar("_Made")


@frozen
class Contradiction:
    """A rule that holds of no patient; where it does, what is in `doubts` is in conflict.

    doubts facts, and lists: of one in doubt, that no entry is of a kind is not known

    list   the list of whose entries the rule holds of none; `doubts` are then fields of it
    """

    says: str
    rule: Rule
    doubts: tuple[str, ...]
    list: str = ""


@frozen
class Pack:
    """A vocabulary and trials, with the version and the hash of the files they came from.

    derived_rules    fact -> the rules it is derived by, in order
    conditions       fact -> the rules under which its formulas do not hold: one for each formula,
                     None where it always holds
    contradictions   of facts with one another
    of_entries       list -> the contradictions of the fields of an entry with one another
    published        the published definitions of response, as a trial without criteria
    codes            what the codes of other people's charts say
    first            what `ask` begins a new profile with
    """

    id: str
    version: str
    sha256: str
    vocabulary: Vocabulary
    trials: tuple[Trial, ...]
    derived_rules: Mapping[str, tuple[Rule, ...]]
    contradictions: tuple[Contradiction, ...]
    conditions: Mapping[str, tuple[Rule | None, ...]] = attribute(default_factory=dict)
    of_entries: Mapping[str, tuple[Contradiction, ...]] = attribute(default_factory=dict)
    published: Trial | None = None
    codes: Codes = NO_CODES
    first: First = NO_FIRST

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """What has been worked out of the pack, whoever the patient is."""
        return {}

    def once(self, rule: Rule, make: Callable[[], _Made]) -> _Made:
        """What follows of a rule for every patient, made once.

        The rule is held with it, for an object that is gone may leave its identity to another.
        """
        known = self.memo.get(id(rule))
        if known is None or known[0] is not rule:
            known = self.memo[id(rule)] = rule, make()
        made: _Made = known[1]
        return made

    @cached_property
    def read_for(self) -> Mapping[str, frozenset[str]]:
        """Each fact, with the facts and lists that it may follow from in one step."""
        return {
            name: frozenset(fact for by in entry.derive for fact in reads(by)).union(
                *(rule.names for rule in self.rules_of(name))
            )
            for name, entry in self.vocabulary.facts.items()
        }

    @cached_property
    def _readers(self) -> Mapping[str, tuple[str, ...]]:
        """Each fact and list, with the facts and lists that may follow from it in one step."""
        found: dict[str, dict[str, None]] = {}
        for name, read in self.read_for.items():
            for other in read:
                found.setdefault(other, {})[name] = None
        for name, record in self.vocabulary.records.items():
            for other in record.empties:
                found.setdefault(name, {})[other] = None
            for fact in record.facts_read:
                found.setdefault(fact, {})[name] = None
        return {name: tuple(others) for name, others in found.items()}

    def heard_of(self, names: Iterable[str]) -> frozenset[str]:
        """These facts and lists, and all those that may follow from them."""
        found = set(names)
        todo = list(found)
        while todo:
            for name in self._readers.get(todo.pop(), ()):
                if name not in found:
                    found.add(name)
                    todo.append(name)
        return frozenset(found)

    def rules_of(self, name: str) -> tuple[Rule, ...]:
        """Every rule that decides what follows for a fact."""
        under = (rule for rule in self.conditions.get(name, ()) if rule is not None)
        return (*self.derived_rules.get(name, ()), *under)

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
            for rule in self.rules_of(name):
                todo += [p.fact for p in walk(rule) if isinstance(p, Test) and "." in p.fact]
        return found

    def select(self, wanted: list[str]) -> tuple[Trial, ...]:
        """The trials of these ids or registry numbers, in the pack's order; all for none.

        Raises CriteriaError for one that is not in the pack.
        """
        names = {trial.about.registry: trial for trial in self.trials if trial.about.registry}
        names |= {trial.id: trial for trial in self.trials}
        for name in wanted:
            if name not in names:
                hint = did_you_mean(name, names) or " `cartscreen list-trials` lists them."
                raise CriteriaError(f"there is no trial {shown(name)}.{hint}")
        chosen = {names[name].id for name in wanted}
        return tuple(trial for trial in self.trials if not wanted or trial.id in chosen)

    def reading(self, fixed: Iterable[tuple[str, str, str]]) -> "Pack":
        """The pack with readings fixed for all patients: (trial, criterion or choice, label).

        Raises Problem for what is not there, with what there is.
        """
        by_trial: dict[str, list[tuple[str, str]]] = {}
        published = self.published
        for name, key, label in fixed:
            try:
                (trial,) = (
                    [published] if published and name == published.id else self.select([name])
                )
            except CriteriaError as fault:
                raise Problem(str(fault)) from None
            by_trial.setdefault(trial.id, []).append((key, label))
        if not by_trial:
            return self
        trials = (trial.reading(by_trial.get(trial.id, ())) for trial in self.trials)
        if published is not None:
            published = published.reading(by_trial.get(published.id, ()))
        return replace(self, trials=tuple(trials), published=published)


@cache
def bundled_pack() -> Pack:
    """The five trials that come with cartscreen, kept compiled where they are of these files."""
    contents = bundled_files()
    found: Pack | None = kept(kept_pack(hash_of(contents)))
    return pack_of(contents, "criteria/") if found is None else found


def kept_pack(sha256: str) -> str:
    """The name under which the bundled pack is kept."""
    return f"pack {sha256}"


def load_pack(directory: Path) -> Pack:
    """The trials of a directory; its own facts and drugs are added to the bundled ones.

    Raises CriteriaError.
    """
    return pack_of(files_in(directory), f"{directory}/", bundled_pack())


def pack_of(contents: Mapping[str, bytes], where: str, base: Pack | None = None) -> Pack:
    """The pack of these files. All its faults are named at once.

    The rules are read only where the vocabulary has no fault: they would have its faults again.
    """
    faults = Faults()
    files: dict[str, dict[str, Any]] = {}
    written: dict[str, TrialFile] = {}
    for name, content in sorted(contents.items()):
        with faults.gathered():
            if is_trial(name):
                written[name] = trial_file(content, f"{where}{name}")
            elif name != PUBLISHED:
                files[name] = read_toml(content, f"{where}{name}")
    if not any(map(is_trial, contents)):
        raise CriteriaError(f"{where}: there is no trial file (*.toml) here.")
    if any(name not in files for name in contents if not is_trial(name) and name != PUBLISHED):
        faults.end()
    vocabulary, head = None, {}
    with faults.gathered():
        if base and not files:  # trials alone add nothing to the vocabulary
            vocabulary = base.vocabulary
        else:
            own = Vocabulary.parse(files, where, base.vocabulary if base else None)
            vocabulary = base.vocabulary.plus(own, where) if base else own
        head = pack_table(files, where)
    if vocabulary is None:
        faults.end()
    assert vocabulary is not None
    trials: dict[str, Trial] = {}
    for name, file in written.items():
        with faults.gathered():
            trials[name] = trial_of(file, vocabulary, f"{where}{name}")
            if base:
                check_limits(trials[name], vocabulary, f"{where}{name}")
    rules: tuple[_Rules, tuple[Contradiction, ...], _Conditions, _OfEntries] = ({}, (), {}, {})
    with faults.gathered():
        if base and vocabulary is base.vocabulary:
            rules = base.derived_rules, base.contradictions, base.conditions, base.of_entries
        else:
            rules = _vocabulary_rules(vocabulary, where)
    codes = NO_CODES
    with faults.gathered():
        codes = Codes.parse(files.get(_CODES, {}), vocabulary, f"{where}{_CODES}")
        codes = base.codes.plus(codes, f"{where}{_CODES}") if base else codes
    first = NO_FIRST
    with faults.gathered():
        first = First.parse(files.get(_HEAD, {}).get("ask", {}), vocabulary, f"{where}{_HEAD}")
    with faults.gathered():
        _check_names({name: file.trial for name, file in written.items()}, where)
    published = base.published if base else None
    if PUBLISHED in contents:
        with faults.gathered():
            published = _published(contents[PUBLISHED], vocabulary, f"{where}{PUBLISHED}", base)
    with faults.gathered():
        _check_published(trials, published, where)
    faults.end()
    pack = _shared(
        Pack(
            str(head.get("id", Path(where).name or "pack")),
            str(head.get("version", "not stated")),
            hash_of(contents, base.sha256 if base else ""),
            vocabulary,
            tuple(sorted(trials.values(), key=lambda trial: in_order(trial.about))),
            *rules,
            published,
            codes,
            first,
        )
    )
    try:
        return pack.reading(_fixed(files.get(_HEAD, {})))
    except Problem as problem:
        raise CriteriaError(f"{where}{_HEAD}: [readings]: {problem}") from None


def _shared(pack: Pack) -> Pack:
    """The pack, with one object for all of its rules that are equal."""
    shared = Shared()

    def contradiction(item: Contradiction) -> Contradiction:
        return replace(item, rule=shared.rule(item.rule))

    return replace(
        pack,
        trials=tuple(trial.with_rules(shared.rule) for trial in pack.trials),
        derived_rules={
            name: tuple(map(shared.rule, rules)) for name, rules in pack.derived_rules.items()
        },
        conditions={
            name: tuple(rule and shared.rule(rule) for rule in rules)
            for name, rules in pack.conditions.items()
        },
        contradictions=tuple(map(contradiction, pack.contradictions)),
        of_entries={
            name: tuple(map(contradiction, items)) for name, items in pack.of_entries.items()
        },
        published=pack.published and pack.published.with_rules(shared.rule),
    )


def _published(content: bytes, vocabulary: Vocabulary, where: str, base: Pack | None) -> Trial:
    """The published definitions of a file, beside those of the bundled pack."""
    own = published_outcomes(content, vocabulary, where)
    if base is None or base.published is None:
        return own
    check_limits(own, vocabulary, where)
    there = [outcome.id for outcome in base.published.outcomes]
    for outcome in own.outcomes:
        if outcome.id in there or not base.published.by_id.keys().isdisjoint(own.by_id):
            raise CriteriaError(
                f"{where}: outcome {outcome.id}: its id, or that of a component, is bundled "
                "already; give another."
            )
    return replace(base.published, outcomes=(*base.published.outcomes, *own.outcomes))


def _check_published(trials: Mapping[str, Trial], published: Trial | None, where: str) -> None:
    """Every published definition that an outcome names is there."""
    known = [outcome.id for outcome in published.outcomes] if published else []
    for file, trial in trials.items():
        for outcome in trial.outcomes:
            if outcome.published and outcome.published not in known:
                raise CriteriaError(
                    f"{where}{file}: outcome {outcome.id}: there is no published definition "
                    f"{shown(outcome.published)}.{did_you_mean(outcome.published, known)}"
                )


_HEAD = "pack.toml"
_CODES = "codes.toml"


def _fixed(head: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The readings that [readings.<trial>] of pack.toml fixes. Raises Problem."""
    written = head.get("readings", {})
    for trial, given in written.items() if isinstance(written, dict) else [("", written)]:
        if not isinstance(given, dict):
            raise Problem('write [readings.my-trial] above "I2.b" = "label".')
        for key, label in given.items():
            if not isinstance(label, str):
                raise Problem(f"{trial}: {shown(key)} = {shown(label)} is no label in quotes.")
            yield trial, key, label


_Rules = Mapping[str, tuple[Rule, ...]]
_Conditions = Mapping[str, tuple[Rule | None, ...]]
_OfEntries = Mapping[str, tuple[Contradiction, ...]]


def _check_names(trials: Mapping[str, TrialEntry], where: str) -> None:
    """No two files have one id, or one registry number."""
    faults = Faults()
    for field in ("id", "registry"):
        files: dict[str, list[str]] = {}
        for file, about in trials.items():
            if name := getattr(about, field):
                files.setdefault(name, []).append(f"{where}{file}")
        for name, sharing in files.items():
            with faults.gathered():
                if len(sharing) > 1:
                    raise CriteriaError(f"{' and '.join(sharing)} have the same {field}, {name!r}.")
    faults.end()


def _vocabulary_rules(
    vocabulary: Vocabulary, where: str
) -> tuple[_Rules, tuple[Contradiction, ...], _Conditions, _OfEntries]:
    """The rules that stand in a vocabulary, as the fields of a Pack hold them."""
    rules: dict[str, tuple[Rule, ...]] = {}
    conditions: dict[str, tuple[Rule | None, ...]] = {}
    contradictions: list[Contradiction] = []
    faults = Faults()
    for name, entry in vocabulary.facts.items():
        place = f"{where}{vocabulary.file_of(f'fact {name}')}: fact {name}"
        ruled = [item for item in entry.derive if isinstance(item, Ruled)]
        formulas = [item for item in entry.derive if isinstance(item, Formula)]
        with faults.gathered(), placed(place):
            rules[name] = tuple(of_one_date(parse_rule(item.rule, vocabulary)) for item in ruled)
            conditions[name] = tuple(
                None if item.unless is None else of_one_date(parse_rule(item.unless, vocabulary))
                for item in formulas
            )
    for stated in vocabulary.contradictions:
        file = vocabulary.file_of(f"contradiction {stated.says}")
        with faults.gathered(), placed(f"{where}{file}: contradiction"):
            contradictions.append(_contradiction(stated, vocabulary))
    faults.end()
    of_facts = {
        name: (*rules[name], *(rule for rule in conditions[name] if rule is not None))
        for name in rules
    }
    _check_chains(vocabulary, of_facts, where)
    of_entries: dict[str, tuple[Contradiction, ...]] = {}
    for item in contradictions:
        if item.list:
            of_entries[item.list] = (*of_entries.get(item.list, ()), item)
    return rules, tuple(c for c in contradictions if not c.list), conditions, of_entries


def _contradiction(stated: ContradictionEntry, vocabulary: Vocabulary) -> Contradiction:
    """The contradiction with its rule. Raises Problem."""
    if not stated.list:
        doubts = tuple(
            name if name in vocabulary.records else vocabulary.fact(name).name
            for name in stated.doubts
        )
        rule = of_one_date(parse_rule(stated.rule, vocabulary))
        return Contradiction(stated.says, rule, doubts)
    record = vocabulary.records.get(stated.list)
    if record is None:
        hint = did_you_mean(stated.list, vocabulary.records)
        raise Problem(f"there is no list of records {shown(stated.list)}.{hint}")
    rule = of_one_date(parse_rule(stated.rule, vocabulary, record))
    doubts = tuple(entry_named(name, vocabulary, record).name for name in stated.doubts)
    return Contradiction(stated.says, rule, doubts, stated.list)


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
