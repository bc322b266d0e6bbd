"""A pack: a vocabulary and trials, and the rules that stand in the vocabulary."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cartscreen.entries import pack_table
from cartscreen.errors import CriteriaError, Faults, placed
from cartscreen.pack.files import (
    TrialEntry,
    bundled_files,
    files_in,
    in_order,
    is_trial,
    read_toml,
)
from cartscreen.pack.lint import check_limits
from cartscreen.pack.trial import Trial, TrialFile, trial_file, trial_of
from cartscreen.rule.parse import parse_rule
from cartscreen.rule.tree import Rule, Test, names_read, walk
from cartscreen.text import did_you_mean, shown
from cartscreen.vocabulary import Ruled, Vocabulary, reads


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
        names = {trial.about.registry: trial for trial in self.trials if trial.about.registry}
        names |= {trial.id: trial for trial in self.trials}
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
            else:
                files[name] = read_toml(content, f"{where}{name}")
    if not any(map(is_trial, contents)):
        raise CriteriaError(f"{where}: there is no trial file (*.toml) here.")
    if any(name not in files for name in contents if not is_trial(name)):
        faults.end()
    vocabulary, head = None, {}
    with faults.gathered():
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
    rules: tuple[Mapping[str, tuple[Rule, ...]], tuple[Contradiction, ...]] = ({}, ())
    with faults.gathered():
        rules = _vocabulary_rules(vocabulary, where)
    with faults.gathered():
        _check_names({name: file.trial for name, file in written.items()}, where)
    faults.end()
    return Pack(
        str(head.get("id", Path(where).name or "pack")),
        str(head.get("version", "not stated")),
        _hash(contents, base),
        vocabulary,
        tuple(sorted(trials.values(), key=lambda trial: in_order(trial.about))),
        *rules,
    )


def _hash(contents: Mapping[str, bytes], base: Pack | None) -> str:
    """A hash of the files, and of the pack that they add to; line ends do not matter."""
    digest = hashlib.sha256(bytes.fromhex(base.sha256) if base else b"")
    for name, content in sorted(contents.items()):
        text = content.replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(text)}\0".encode("utf-8", "surrogateescape") + text)
    return digest.hexdigest()


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
) -> tuple[Mapping[str, tuple[Rule, ...]], tuple[Contradiction, ...]]:
    """The rules that stand in a vocabulary: of derived findings, in order, of contradictions."""
    rules: dict[str, tuple[Rule, ...]] = {}
    contradictions: list[Contradiction] = []
    faults = Faults()
    for name, entry in vocabulary.facts.items():
        place = f"{where}{vocabulary.file_of(f'fact {name}')}: fact {name}"
        ruled = [item for item in entry.derive if isinstance(item, Ruled)]
        with faults.gathered(), placed(place):
            rules[name] = tuple(parse_rule(item.rule, vocabulary) for item in ruled)
    for stated in vocabulary.contradictions:
        file = vocabulary.file_of(f"contradiction {stated.says}")
        with faults.gathered(), placed(f"{where}{file}: contradiction"):
            rule = parse_rule(stated.rule, vocabulary)
            doubts = tuple(vocabulary.fact(name).name for name in stated.doubts)
            contradictions.append(Contradiction(stated.says, rule, doubts))
    faults.end()
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
