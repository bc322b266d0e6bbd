"""How units are written, what each spelling means, and what is refused: spellings.toml."""

import tomllib
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

UNITS: dict[str, list[str]] = _DATA["units"]
"""The program's name for a unit -> the spellings that mean just as much."""

REFUSED: dict[str, str] = _DATA["refused"]
"""Spelling -> why it is refused."""
