"""What a trial's rules say of counts, and every state that following them can lead to.

A state has for each dose level how many patients have been evaluated for dose-limiting toxicity
(DLT) and how many of them had one. Nothing is pending in a state, and nobody has a name: what is
open in a study is tried in every way, as states, by judge.py.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from cartscreen.frozen import frozen, replace
from cartscreen.pack.doses import OPTIONS, Doses, Kind, Rule, Test


@frozen
class Count:
    """A level: patients evaluated for DLT, those with one, and whether anybody was treated."""

    treated: int = 0
    dlt: int = 0
    opened: bool = False

    def __post_init__(self) -> None:
        assert 0 <= self.dlt <= self.treated, "no more patients with a DLT than patients"

    def with_one(self, *, dlt: bool) -> "Count":
        return Count(self.treated + 1, self.dlt + dlt, opened=True)

    @property
    def text(self) -> str:
        """How tables write it: 1/6 is one DLT among six."""
        return f"{self.dlt}/{self.treated}"


State = tuple[Count, ...]


@frozen
class Said:
    """What a rule says: of one level, or of several where the rule says it of each."""

    kind: Kind
    levels: tuple[int, ...]
    to: int
    rule: Rule

    @property
    def key(self) -> tuple[Kind, tuple[int, ...], int]:
        """What is said, by whatever rule."""
        return self.kind, self.levels, self.to

    @property
    def is_option(self) -> bool:
        """Something that may come next, within what the page expects."""
        return self.kind in OPTIONS and not self.rule.beyond


def empty(doses: Doses) -> State:
    """Nobody treated."""
    return (Count(),) * len(doses.levels)


def patients(state: State) -> int:
    """How many were evaluated at all levels together."""
    return sum(count.treated for count in state)


_SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


_NEEDS: Mapping[Kind, int] = {"open": 1, "between": -1}
"""Nothing is opened above the highest level, and no dose lies between the lowest and one below."""


class _Reading:
    """A state as tests see it: which levels exceed the MTD, whether the evaluation is complete."""

    def __init__(self, doses: Doses, state: State) -> None:
        self.state = state
        self.exceeded: frozenset[int] = frozenset()
        self.complete = False
        opened = [number for number, count in enumerate(state) if count.opened]
        self.looked_at = opened or [0]
        self.exceeded = frozenset(self._where(doses, ("exceeds",)))
        self.complete = bool(set(self._where(doses, ("mtd", "complete"))))

    def _where(self, doses: Doses, kinds: Iterable[Kind]) -> Iterator[int]:
        for rule in doses.rules:
            if rule.kind in kinds:
                yield from (level for level in self.looked_at if self.holds(rule, level))

    def holds(self, rule: Rule, level: int) -> bool:
        """Do all tests of a rule hold of a level, and can what follows be done there?

        There is room for a patient, or there is the other level that it needs.
        """
        other = level + _NEEDS.get(rule.kind, 0)
        is_full = rule.kind == "treat" and self.state[level].treated >= rule.to
        return (
            not is_full
            and 0 <= other < len(self.state)
            and all(self._is(test, level) for test in rule.when)
        )

    def _is(self, test: Test, level: int) -> bool:
        level += {"above": 1, "below": -1}.get(test.where, 0)
        exists = 0 <= level < len(self.state)
        if test.sign:
            count = self.state[level] if exists else None
            return count is not None and bool(
                _SIGNS[test.sign](getattr(count, test.what), test.number)
            )
        words = {
            "lowest": level == 0,
            "highest": level == len(self.state) - 1,
            "opened": exists and self.state[level].opened,
            "exceeded": level in self.exceeded,
            "complete": self.complete,
        }
        return words[test.what] is not test.negated


def said_of(doses: Doses, state: State) -> tuple[Said, ...]:
    """Everything that the rules say of a state, in the order of the rules."""
    reading = _Reading(doses, state)
    found: list[Said] = []
    for rule in doses.rules:
        levels = tuple(level for level in reading.looked_at if reading.holds(rule, level))
        if rule.kind == "expand" and levels:
            found.append(Said(rule.kind, levels, rule.to, rule))
        elif rule.kind != "expand":
            found += [Said(rule.kind, (level,), rule.to, rule) for level in levels]
    return tuple(found)


def exceeded(doses: Doses, state: State) -> frozenset[int]:
    """The levels that exceed the MTD."""
    return _Reading(doses, state).exceeded


def next_level(said: Said) -> int | None:
    """The level at which the next patient is treated, where what is said names one."""
    match said.kind:
        case "treat":
            return said.levels[0]
        case "open":
            return said.levels[0] + 1
    return None


def moves(doses: Doses, state: State) -> Mapping[int, Said]:
    """Level -> what lets the next patient be treated there; what the page expects stands first."""
    found: dict[int, Said] = {}
    for said in sorted(said_of(doses, state), key=lambda said: said.rule.beyond):
        level = next_level(said)
        if level is not None:
            found.setdefault(level, said)
    return found


def after(doses: Doses, state: State) -> Iterator[State]:
    """Every state that the next patients lead to, by what the rules allow.

    No rule makes anybody wait for the result of the patient before: all three of a level may have a
    DLT, though two would have shown that it exceeds the MTD, and a patient already there may turn
    out to have had one.
    """
    left = None if doses.most is None else doses.most - patients(state)
    for level, said in moves(doses, state).items():
        there = replace(state[level], opened=True)
        if said.kind == "open":  # how many are treated there is for another rule to say
            said = moves(doses, _changed(state, level, there)).get(level, said)
        room = said.to - there.treated
        for more in range(1, (room if left is None else min(room, left)) + 1):
            treated = there.treated + more
            for dlt in range(there.dlt, treated + 1):
                yield _changed(state, level, Count(treated, dlt, opened=True))


def _changed(state: State, level: int, count: Count) -> State:
    return (*state[:level], count, *state[level + 1 :])


def reachable(doses: Doses) -> Iterator[State]:
    """Every state that following the rules leads to, fewest patients first."""
    layers: dict[int, dict[State, None]] = {0: {empty(doses): None}}
    while layers:
        layer = layers.pop(min(layers))
        yield from layer
        for state in (each for before in layer for each in after(doses, before)):
            layers.setdefault(patients(state), {})[state] = None


_MOST_LOOKED_AT = 10_000
"""States, on the way to one: with two levels there are a few hundred; these take some seconds."""


@lru_cache(maxsize=1000)
def follows(doses: Doses, state: State) -> bool:
    """Was a way found by which following the rules leads to these counts?

    A level at which the only patients could not be evaluated counts like one not opened.
    """
    aim = tuple(Count(count.treated, count.dlt, count.treated > 0) for count in state)
    seen = {empty(doses)}
    ahead = [empty(doses)]  # the last is looked at first: the one with the most patients
    while ahead and len(seen) < _MOST_LOOKED_AT:
        here = ahead.pop()
        if here == aim:
            return True
        found = {each for each in after(doses, here) if _may_become(each, aim)} - seen
        seen |= found
        ahead += sorted(found, key=_size)
    return False


def _size(state: State) -> tuple[tuple[int, int], ...]:
    return ((patients(state), 0), *((count.treated, count.dlt) for count in state))


def _may_become(state: State, aim: State) -> bool:
    """Has no level more patients or DLTs, nor as many patients with other DLTs?"""
    return all(
        count == goal or (count.treated < goal.treated and count.dlt <= goal.dlt)
        for count, goal in zip(state, aim, strict=True)
    )
