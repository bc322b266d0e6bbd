"""What a pack is: a vocabulary and trials, and the rules that stand in the vocabulary."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache, cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

from cartscreen.build import ReadLater
from cartscreen.errors import CriteriaError, Problem
from cartscreen.frozen import EMPTY, field, frozen, once, replace
from cartscreen.pack.trial import Trial
from cartscreen.place import Place
from cartscreen.rule.tree import Rule, Test, walk
from cartscreen.text import did_you_mean, shown
from cartscreen.vocabulary import Vocabulary, reads

if TYPE_CHECKING:
    from cartscreen.codes import Codes
    from cartscreen.pack.first import First

_Made = TypeVar("_Made")
_MOST_KEPT = 2000  # tuples of places: about a megabyte
_MANY_PLACES = 50  # a tuple of more is one patient's


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

    @property
    def told(self) -> str:
        """What holds, and what it leaves open: what is decided without a fact in doubt stays."""
        alone = f" What rests on {' or '.join(self.doubts)} alone stays unknown."
        return f"{self.says}.{alone if self.doubts else ''}"


def _no_codes() -> "Codes":
    from cartscreen.codes import NO_CODES

    return NO_CODES


def _no_first() -> "First":
    from cartscreen.pack.first import NO_FIRST

    return NO_FIRST


@frozen
class Pack(ReadLater):
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
    conditions: Mapping[str, tuple[Rule | None, ...]] = EMPTY
    of_entries: Mapping[str, tuple[Contradiction, ...]] = EMPTY
    published: Trial | None = field(default_factory=lambda: None)
    codes: "Codes" = field(default_factory=_no_codes)
    first: "First" = field(default_factory=_no_first)

    LATER = ("published", "codes", "first")

    COMPILED = ("read_for", "_readers")

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """What has been worked out of the pack, whoever the patient is."""
        return {}

    def always(self, key: Hashable, make: Callable[[], _Made], held: object = None) -> _Made:
        """What is so whoever the patient is, made once for each key: see `once` of frozen.py."""
        return once(self.memo, key, make, held)

    def of_places(self, what: str, places: tuple[Place, ...], make: Callable[[], _Made]) -> _Made:
        """What follows of these places for every patient, made once while not too much is kept."""
        if len(places) > _MANY_PLACES:
            return make()
        known: dict[tuple[Place, ...], _Made] = self.memo.setdefault(what, {})
        found = known.get(places)
        if found is None:
            if len(known) == _MOST_KEPT:
                known.clear()
            found = known[places] = make()
        return found

    @cached_property
    def emptied_by(self) -> Mapping[str, tuple[str, ...]]:
        """Each list, with those that leave it empty where they are reviewed and empty."""
        found: dict[str, tuple[str, ...]] = {}
        for name, record in self.vocabulary.records.items():
            for other in record.empties:
                found[other] = (*found.get(other, ()), name)
        return found

    @cached_property
    def suspicions(self) -> "Mapping[str, tuple[frozenset[str], ...]]":
        """Each list, with sets of fields; an entry that contradicts itself states one of them."""
        return {
            name: (
                *(
                    frozenset(two)
                    for item in self.of_entries.get(name, ())
                    for two in combinations(item.doubts, min(2, len(item.doubts)))
                ),
                *(frozenset(pair) for pair in record.not_before.items()),
                *(frozenset((made, of)) for made, each in record.made_of.items() for of in each),
            )
            for name, record in self.vocabulary.records.items()
        }

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
        return {name: tuple(others) for name, others in sorted(found.items())}

    def heard_of(self, names: Iterable[str]) -> frozenset[str]:
        """These facts and lists, and all those that may follow from them."""
        heard_of = self.always("heard of", lambda: cache(self._heard_of))
        return frozenset().union(*map(heard_of, names))

    def _heard_of(self, of: str) -> frozenset[str]:
        found, todo = {of}, [of]
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
                todo += [p.fact for p in walk(rule) if isinstance(p, Test) and not p.is_of_entry]
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
