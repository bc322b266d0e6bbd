"""A pack from its files: all of its faults are named at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cartscreen.codes import NO_CODES, Codes
from cartscreen.entries import pack_table
from cartscreen.errors import CriteriaError, Faults, Problem, placed
from cartscreen.frozen import replace
from cartscreen.pack.files import PUBLISHED, TrialEntry, hash_of, in_order, is_trial, read_toml
from cartscreen.pack.first import NO_FIRST, First
from cartscreen.pack.lint import check_limits
from cartscreen.pack.model import Contradiction, Pack
from cartscreen.pack.read_trial import TrialFile, published_outcomes, trial_file, trial_of
from cartscreen.pack.trial import Trial
from cartscreen.rule.parse import entry_named, of_one_date, parse_rule
from cartscreen.rule.tree import Rule, Shared, names_read
from cartscreen.text import did_you_mean, shown
from cartscreen.vocabulary import ContradictionEntry, Formula, Ruled, Vocabulary, reads


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
