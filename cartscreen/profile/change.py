"""`--set`: the profile with other values, as if they stood in the file.

    change = place "=" value
    place  = section "." fact                 lab.platelets
           | list "[" number "]" "." field    treatment[3].dose
           | "answers" "." trial "." key      answers.cd19-csle.I2.b

Entries are counted from 1, as errors and reports count them. So are the results of a fact that has
several: `lab.platelets[2].value`. The value is TOML, or else text.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from cartscreen.errors import InputError, Problem
from cartscreen.pattern import pattern
from cartscreen.text import entries, shown, slip_of

_STEP = pattern(r"([^\[\]]+)(?:\[(\d{1,6})\])?")
_DEPTH = 3
_USAGE = (
    'write FACT=VALUE or LIST[NUMBER].FIELD=VALUE: lab.platelets="25 10^9/L", '
    'treatment[3].dose="5 mg/day".'
)


def apply_changes(
    data: dict[str, Any], changes: Iterable[str], value_of: Callable[[str], Any]
) -> None:
    """Set in the data of a profile what each change says; `value_of` reads its value.

    Raises InputError for a change that is written otherwise, or names what the profile has not.
    """
    for change in changes:
        place, equals, text = change.partition("=")
        steps = [_STEP.fullmatch(part.strip()) for part in place.split(".", _DEPTH - 1)]
        try:
            if not equals or len(steps) < 2:
                raise Problem(_USAGE)
            _set(data, [_step(step) for step in steps], value_of(text))
        except Problem as problem:
            raise InputError(f"--set {shown(change)}: {problem}") from None


_Step = tuple[str, int | None]
"""A name, and the number of an entry below it."""


def _step(found: re.Match[str] | None) -> _Step:
    if found is None:
        raise Problem(_USAGE)
    return found[1].strip(), int(found[2]) if found[2] else None


def _set(data: dict[str, Any], steps: list[_Step], value: Any) -> None:
    *above, (name, number) = steps
    table = data
    for step in above:
        table = _below(table, step)
    if number is None:
        table[name] = value
    else:
        _entries(table, name, number)[number - 1] = value


def _below(table: dict[str, Any], step: _Step) -> dict[str, Any]:
    """The table that a step leads to; a new one where a name stands for none yet."""
    name, number = step
    found = table.setdefault(name, {}) if number is None else _entries(table, name, number)
    if isinstance(found, list) and number is not None:
        name, found = f"{name}[{number}]", found[number - 1]
    if isinstance(found, list):
        raise Problem(f"{_quoted(name)} has {entries(len(found))}; say which of them, {name}[1].")
    if not isinstance(found, dict):
        raise Problem(f"{_quoted(name)} is not a table.")
    return found


def _entries(table: dict[str, Any], name: str, number: int) -> list[Any]:
    """The list of this name, which has an entry of this number."""
    found = table.get(name)
    if found is None:
        lists = [key for key, value in table.items() if isinstance(value, list)]
        raise Problem(f"the profile has no list {_quoted(name)}.{slip_of(name, lists)}")
    if not isinstance(found, list):
        raise Problem(f"{_quoted(name)} is not a list.")
    if not 1 <= number <= len(found):
        raise Problem(f"{_quoted(name)} has {entries(len(found))}, counted from 1.")
    return found


def _quoted(name: str) -> str:
    """A name as a message may print it: bare where TOML has it so."""
    return name if re.fullmatch(r"[\w\[\]-]{1,60}", name, re.ASCII) else shown(name)
