"""Every seed, and thousands of inputs made from them: declared errors alone, within bounds."""

import sys
from functools import cache

import pytest
from draws import DRAWS
from fuzz.targets import (
    MOST_MEMORY,
    RULE_TOKENS,
    TARGETS,
    attempt,
    bombs,
    little_memory,
    seeds,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TAKE_LONG = {"facts": 8, "drugs": 8, "change": 8, "chart": 40, "ask": 80}
"""Targets of which fewer inputs are read, by how many times fewer than DRAWS."""


@pytest.mark.skipif(sys.platform != "linux", reason="no other system keeps to RLIMIT_AS")
def test_the_bound_of_memory_bounds_it() -> None:
    """Else no test below would notice an input that takes a gigabyte."""
    with little_memory(), pytest.raises(MemoryError):
        bytearray(2 * MOST_MEMORY)


def test_an_undeclared_error_and_a_slow_reader_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every test below would pass."""
    monkeypatch.setitem(TARGETS, "broken", lambda content: {}[content])
    monkeypatch.setitem(TARGETS, "slow", lambda _: sum(range(10**7)))
    monkeypatch.setattr("fuzz.targets.MOST_SECONDS", 0.01)
    with pytest.raises(KeyError):
        attempt("broken", b"")
    with pytest.raises(AssertionError, match=r"slow took .* s for 0 bytes"):
        attempt("slow", b"")


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_is_read_or_refused(target: str) -> None:
    """What has ever hurt a reader, here or elsewhere, is answered at once."""
    with little_memory():
        for name, content in [*seeds(target), *bombs(target)]:
            try:
                attempt(target, content)
            except BaseException as found:
                found.add_note(f"{target}, {name}")
                raise


def test_what_the_mutations_start_from_is_valid() -> None:
    """Else they would all be refused for one reason only."""
    for target in ("profile", "chart", "trial", "facts", "drugs"):
        TARGETS[target](dict(seeds(target))["whole.toml"])
    for target, name in {"unit": "line 1", "rule": "line 1", "day": "line 1"}.items():
        TARGETS[target](dict(seeds(target))[name])


@cache
def starts(target: str) -> list[bytes]:
    """The seeds, the shorter first, so that a failure is shown by a short one."""
    return sorted((content for _, content in seeds(target)), key=len)


PIECES = (
    st.sampled_from([token.encode("utf-8", "surrogatepass") for token in RULE_TOKENS])
    | st.binary(max_size=4)
    | st.text(max_size=5).map(str.encode)
    | st.integers(1, 800).map(lambda digits: b"9" * digits)
)
LENGTHS = st.sampled_from([0, 0, 1, 2, 5, 10, 40])


@st.composite
def mutated(draw: st.DrawFn, target: str) -> bytes:
    """A seed of which pieces are cut out, doubled, or replaced: by a piece of another seed, by
    what may hurt, by any bytes or text, or by a number of any length.
    """
    content = draw(st.sampled_from(starts(target)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        end = start + draw(LENGTHS)
        match draw(st.integers(0, 6)):
            case 0:
                piece = b""
            case 1:
                piece = content[start:end] * 2
            case 2:
                other = draw(st.sampled_from(starts(target)))
                cut = draw(st.integers(0, len(other)))
                piece = other[cut : cut + 40]
            case _:
                piece = draw(PIECES)
        content = content[:start] + piece + content[end:]
    return content


@pytest.mark.parametrize("target", TARGETS)
def test_a_mutated_seed_is_read_or_refused(target: str) -> None:
    """Nothing but a declared error comes of it, within three seconds and 200 MB."""

    @settings(
        max_examples=DRAWS // TAKE_LONG.get(target, 2), suppress_health_check=list(HealthCheck)
    )
    @given(mutated(target))
    def read(content: bytes) -> None:
        with little_memory():  # only here: what draws the content needs some, too
            attempt(target, content)

    read()
