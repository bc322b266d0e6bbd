"""What people write for the words of a profile: the table words.toml, for hints only."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import tomli


@cache
def _said() -> dict[str, frozenset[str]]:
    data = tomli.loads(Path(__file__).with_name("words.toml").read_bytes().decode())
    return {word: frozenset(spellings) for word, spellings in data["said"].items()}


def meant_by(text: str, known: Iterable[str]) -> list[str]:
    """Those of the known words that the text stands for: "iv" for intravenous."""
    said = " ".join(text.split()).casefold()
    return [word for word in known if said == word or said in _said().get(word, ())]
