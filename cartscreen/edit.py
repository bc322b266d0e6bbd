"""A value is written into the text of a profile, and every other byte of the text stays.

tomlkit finds the place of a value. It does not write the text back: it loses the space between a
date and the brace behind it. Each changed text is read again, and refused unless it says what the
one before said, and the new value, and nothing else.
"""

import re
import tomllib
from contextlib import suppress
from copy import deepcopy
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from cartscreen.errors import Problem

Steps = tuple[str | int, ...]
"""The way to a value: section and fact; or a list, the index of an entry and its field."""


def data_of(text: str) -> dict[str, Any]:
    """Numbers with a point stay text: 1.50 is not 1.5 here."""
    return tomllib.loads(text, parse_float=str)


def value_at(data: Any, path: Steps) -> Any:
    """What stands at the path; None where nothing does."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def written_as(path: Steps) -> str:
    """A path as a person would write it: an entry of a list is counted from 1."""
    named = ""
    for step in path:
        named += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if named else step
    return named


def quoted(text: str) -> str:
    """Text as TOML writes it."""
    return tomlkit.item(text).as_string()


def with_value(text: str, path: Steps, value: str) -> str:
    """The text with a value, written as TOML, at the path, and nothing else changed.

    Raises Problem where the profile is laid out so that this cannot be done.
    """
    data = data_of(text)
    above = value_at(data, path[:-1])
    key = path[-1]
    if isinstance(above, dict) and key in above:
        start, end = _span(text, path)
        changed = text[:start] + value + text[end:]
    elif isinstance(above, dict) and _is_table(text, path[:-1]):
        changed = _with_line(text, path, value)
    elif isinstance(above, dict) and path[:-1]:
        start, end = _span(text, path[:-1])
        inner = text[start:end].removesuffix("}").rstrip()
        comma = "" if inner == "{" else ","
        changed = f"{text[:start]}{inner}{comma} {_key(key)} = {value} }}{text[end:]}"
    else:
        changed = _with_section(text, path, value)
    return _checked(data, changed, path, value)


def with_result(text: str, path: Steps, result: str) -> str:
    """The text with one more result of a fact before those that it has. Raises Problem."""
    start, end = _span(text, path)
    old, line = text[start:end], _line_end(text)
    if not isinstance(value_at(data_of(text), path), list):
        return with_value(text, path, f"[{line}  {result},{line}  {old},{line}]")
    if opening := re.match(r"\[[ \t]*(#[^\n]*)?\r?\n", old):
        indent = re.search(r"\n([ \t]*)\{", old)
        first = f"{indent[1] if indent else '  '}{result},{line}"
        return with_value(text, path, f"{opening[0]}{first}{old[opening.end() :]}")
    return with_value(text, path, f"[{result}, {old[1:].lstrip()}")


def piece(text: str, path: Steps) -> str:
    """The value at the path, letter by letter."""
    start, end = _span(text, path)
    return text[start:end]


def _checked(before: dict[str, Any], text: str, path: Steps, value: str) -> str:
    """The text, if it says all that was said before, and the value, and nothing else."""
    wanted: Any = deepcopy(before)
    *above, key = path
    table = wanted
    for step in above:
        table = table[step] if isinstance(step, int) else table.setdefault(step, {})
    table[key] = data_of(f"value = {value}")["value"]
    with suppress(tomllib.TOMLDecodeError):
        if data_of(text) == wanted:
            return text
    raise _elsewhere(path, value)


def _elsewhere(path: Steps, value: str = "...") -> Problem:
    written = f"`{written_as(path)} = {value}`"
    return Problem(f"the file is laid out so that {written} cannot be added here; write it there.")


_MARK = "here-is-the-value-that-is-looked-for"


def _span(text: str, path: Steps) -> tuple[int, int]:
    """From where to where the value at the path stands in the text."""
    *above, key = path
    try:
        document = tomlkit.parse(text)
        _node(document, tuple(above))[key] = _MARK
        head, _, tail = document.as_string().partition(f'"{_MARK}"')
        start, end = _covered(text, head), len(text) - _covered(text[::-1], tail[::-1])
    except (TOMLKitError, LookupError, TypeError):
        raise _elsewhere(path) from None
    return start, start + len(text[start:end].rstrip())


def _node(document: Any, path: Steps) -> Any:
    for step in path:
        document = document[step]
    return document


def _is_table(text: str, path: Steps) -> bool:
    """Does the table at the path have a head of its own, and a line for each key?"""
    try:
        return isinstance(_node(tomlkit.parse(text), path), Table)
    except TOMLKitError:
        raise _elsewhere(path) from None


def _covered(text: str, part: str) -> int:
    """How much of the text its beginning covers, from which spaces may have been lost."""
    at = 0
    for letter in part:
        while text[at] != letter:
            if text[at] not in " \t":
                raise LookupError
            at += 1
        at += 1
    return at


def _with_line(text: str, path: Steps, value: str) -> str:
    """A key on a line of its own, below the last one of its table, or below the table's head."""
    *above, key = path
    table = _node(tomlkit.parse(text), tuple(above))
    own = [name for name, item in table.items() if not isinstance(item, Table | AoT)]
    if own:
        start, end = _span(text, (*above, own[-1]))
        sign = _sign(text[:start], str(_key(key)))
    else:
        head = rf"^[ \t]*\[[ \t]*{re.escape('.'.join(map(str, above)))}[ \t]*\]"
        found = re.search(head, text, re.MULTILINE)
        if found is None:
            raise _elsewhere(path, value)
        end, sign = found.end(), f"{_key(key)} ="
    stop = text.find("\n", end) + 1 or len(text)
    before = text[:stop] if text[:stop].endswith("\n") else text[:stop] + _line_end(text)
    return f"{before}{sign} {value}{_line_end(text)}{text[stop:]}"


def _sign(above: str, key: str) -> str:
    """The key with its sign of equality: under those above it, where they stand in one column."""
    lines = above.split("\n")
    columns = set()
    for line in reversed(lines):
        if line.lstrip().startswith("["):
            break
        if found := re.match(r"""[ \t]*(?:[\w-]+|"[^"]*"|'[^']*')[ \t]*(?==)""", line):
            columns.add(found.end())
    indent = re.match(r"[ \t]*", lines[-1])
    assert indent is not None
    width = columns.pop() if len(columns) == 1 else 0
    return f"{indent[0]}{key} ".ljust(width) + "="


def _with_section(text: str, path: Steps, value: str) -> str:
    """A new table at the end of the text."""
    *above, key = path
    line = _line_end(text)
    before = text if not text or text.endswith("\n") else text + line
    head = ".".join(_key(step) for step in above)
    return f"{before}{line}[{head}]{line}{_key(key)} = {value}{line}"


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _key(step: str | int) -> str:
    name = str(step)
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else quoted(name)
