"""Completions of what a profile leaves open, one after the other."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

MOST_WORLDS = 400


class TooManyWorlds(Exception):
    """The case has more completions than anybody would wait for."""


class NoSuchWorld(Exception):
    """The choices made so far do not agree with the profile."""


class NotCovered(Exception):
    """The second evaluator leaves the construct out."""


@dataclass(frozen=True)
class Verdict:
    """The answer that the worlds agree on, "unknown" if they do not; exact: law (b) applies."""

    answer: str
    exact: bool
    worlds: int


class Worlds:
    """The choices of one run, and who made use of which."""

    def __init__(self) -> None:
        self.script: list[tuple[int, int]] = []
        self.readers: dict[Any, set[Any]] = {}
        self.only_a = False
        self.restart()

    def restart(self) -> None:
        self.chosen: dict[Any, Any] = {}
        self.depth = 0
        self.leaf: Any = None

    def choose(self, key: Any, options: Iterable[Any] = (True, False)) -> Any:
        """One of the options for what this key names; the same one throughout a world."""
        if key not in self.chosen:
            listed = list(dict.fromkeys(options))
            if len(listed) == 1:
                return listed[0]
            if not listed:
                raise NoSuchWorld
            if self.depth == len(self.script):
                self.script.append((0, len(listed)))
            self.chosen[key] = listed[self.script[self.depth][0]]
            self.depth += 1
        self.readers.setdefault(key, set()).add(self.leaf)
        return self.chosen[key]

    def next(self) -> bool:
        """Turn to the next world; False if there is none."""
        del self.script[self.depth :]
        while self.script:
            index, count = self.script.pop()
            if index + 1 < count:
                self.script.append((index + 1, count))
                self.restart()
                return True
        return False


def enumerated(evaluate: Callable[[Worlds], Any]) -> tuple[Any, Verdict]:
    """What all worlds agree on, None if they do not; and the same as an answer."""
    worlds, count, more = Worlds(), 0, True
    seen: set[Any] = set()
    while more and len(seen) < 2:
        count += 1
        if count > MOST_WORLDS:
            raise TooManyWorlds
        with suppress(NoSuchWorld):
            seen.add(evaluate(worlds))
        more = worlds.next()
    assert seen, "some world agrees with the profile"
    exact = not worlds.only_a and all(len(leaves) == 1 for leaves in worlds.readers.values())
    agreed = next(iter(seen)) if len(seen) == 1 else None
    answer = {True: "yes", False: "no"}.get(agreed, "unknown") if agreed is not None else "unknown"
    return agreed, Verdict(answer, exact, count)
