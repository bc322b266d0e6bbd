"""How many random cases a law takes: the one number that all of them are cut from."""

import os
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

DRAWS = int(os.environ.get("DRAWS", "200"))
"""Cases of a law that is dear to us; `DRAWS=10000 pytest` takes fifty times as many."""


def thinned(items: Sequence[Item], one_of: int) -> Sequence[Item]:
    """One of so many of the items of a law; with DRAWS=10000, each."""
    return items if DRAWS >= 10_000 else items[::one_of]
