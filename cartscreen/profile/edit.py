"""A value is written into the text of a profile, and every other byte of the text stays.

    text -> _Places (where each value stands, where a table may go on) -> one piece of text replaced

tomlkit, which is made for this, does not keep a text as it was: it loses the space between a date
and a brace, and joins the entries of a list that stand apart. So the places are found here, in text
that tomli has read; and the changed text is read again, and refused unless it says what the one
before said, and the new value, and nothing else.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

import tomli

from cartscreen.errors import Problem
from cartscreen.pattern import pattern

Steps = tuple[str | int, ...]
"""The way to a value: section and fact; or a list, the index of an entry and its field."""


def data_of(text: str) -> dict[str, Any]:
    """What the text says. Numbers with a point stay text: 1.50 is not 1.5 here."""
    return tomli.loads(text, parse_float=str)


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
    """Text that shows on one line, as TOML writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def lines_of(text: str) -> dict[Steps, int]:
    """The line on which each value and each table begins, by its path.

    Empty where the text is laid out so that it cannot be told.
    """
    try:
        begins = _Places(text).begins
    except Problem:
        return {}
    lines: dict[Steps, int] = {}
    line, last = 1, 0
    for path, at in sorted(begins.items(), key=lambda item: item[1]):
        line, last = line + text.count("\n", last, at), at
        lines[path] = line
    return lines


def with_value(text: str, path: Steps, value: str) -> str:
    """The text with a value, written as TOML, at the path.

    Raises Problem where the profile is laid out so that this cannot be done.
    """
    places = _Places(text)
    above, key = path[:-1], path[-1]
    if path in places.values:
        start, end = places.values[path]
        changed = text[:start] + value + text[end:]
    elif above in places.values:
        changed = _with_key_in_braces(text, places.values[above], f"{_key(key)} = {value}")
    elif above in places.tables:
        changed = _with_line(text, places.tables[above], _key(key), value)
    else:
        changed = _with_table(text, above, f"{_key(key)} = {value}")
    return _checked(text, changed, path, value)


def with_result(text: str, path: Steps, result: str) -> str:
    """The text with one more result of a fact, before those that it has. Raises Problem."""
    old, line = piece(text, path), _line_end(text)
    if not isinstance(value_at(data_of(text), path), list):
        return with_value(text, path, f"[{line}  {result},{line}  {old},{line}]")
    if opening := re.match(r"\[[ \t]*(#[^\n]*)?\r?\n", old):
        indent = re.search(r"\n([ \t]*)\{", old)
        first = f"{indent[1] if indent else '  '}{result},{line}"
        return with_value(text, path, f"{opening[0]}{first}{old[opening.end() :]}")
    return with_value(text, path, f"[{result}, {old[1:].lstrip()}")


def with_entry(text: str, name: str, fields: Mapping[str, str]) -> str:
    """The text with one more entry of a list, at the end. Raises Problem.

    fields  field -> value, written as TOML
    """
    end = _line_end(text)
    before = text if text.endswith("\n") else text + end
    width = max(map(len, fields))
    lines = (f"{key.ljust(width)} = {value}" for key, value in fields.items())
    after = f"{before}{end}[[{_key(name)}]]{end}{end.join(lines)}{end}"
    with suppress(tomli.TOMLDecodeError, AttributeError):
        wanted = data_of(text)
        new = {key: data_of(f"value = {value}")["value"] for key, value in fields.items()}
        wanted.setdefault(name, []).append(new)
        if data_of(after) == wanted:
            return after
    raise _elsewhere((name, len(value_at(data_of(text), (name,)) or ())))


def piece(text: str, path: Steps) -> str:
    """The value at the path, letter by letter. Raises Problem."""
    values = _Places(text).values
    if path not in values:
        raise _elsewhere(path)
    start, end = values[path]
    return text[start:end]


def _checked(before: str, after: str, path: Steps, value: str) -> str:
    """The text after, if it says all that was said before, and the value, and nothing else."""
    *above, key = path
    with suppress(tomli.TOMLDecodeError, TypeError, LookupError):
        wanted = deepcopy(data_of(before))
        table: Any = wanted
        for step in above:
            table = table[step] if isinstance(step, int) else table.setdefault(step, {})
        table[key] = data_of(f"value = {value}")["value"]
        if data_of(after) == wanted:
            return after
    raise _elsewhere(path, value)


def _elsewhere(path: Steps, value: str = "...") -> Problem:
    written = f"`{written_as(path)} = {value}`"
    return Problem(f"the file is laid out so that {written} cannot be added here; write it there.")


def _with_key_in_braces(text: str, braces: tuple[int, int], added: str) -> str:
    start, end = braces
    inner = text[start:end].removesuffix("}").rstrip()
    comma = "" if inner == "{" else ","
    return f"{text[:start]}{inner}{comma} {added} }}{text[end:]}"


def _with_line(text: str, last: tuple[int, int], key: str, value: str) -> str:
    """A line below the last one of a table, or below its head."""
    start, end = last
    stop = text.find("\n", end) + 1 or len(text)
    before = text[:stop] if text[:stop].endswith("\n") else text[:stop] + _line_end(text)
    sign = _sign(text[:start], key) if start < end else f"{key} ="
    return f"{before}{sign} {value}{_line_end(text)}{text[stop:]}"


def _sign(above: str, key: str) -> str:
    """The key and its sign of equality, in the column of those above where they share one."""
    lines = above.split("\n")
    columns = set()
    for line in reversed(lines):
        if line.lstrip().startswith("["):
            break
        if found := re.match(rf"[ \t]*{_NAME}[ \t]*(?==)", line):
            columns.add(found.end())
    indent = re.match(r"[ \t]*", lines[-1])
    assert indent is not None
    width = columns.pop() if len(columns) == 1 else 0
    return f"{indent[0]}{key} ".ljust(width) + "="


def _with_table(text: str, path: Steps, line: str) -> str:
    """A new table at the end."""
    end = _line_end(text)
    before = text if text.endswith("\n") else text + end
    return f"{before}{end}[{'.'.join(map(_key, path))}]{end}{line}{end}"


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _key(step: str | int) -> str:
    name = str(step)
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else quoted(name)


_NAME = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_HEAD = pattern(rf"\[(\[)?[ \t]*({_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*\]")
_KEYS = pattern(rf"({_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*=[ \t]*")
_BETWEEN = pattern(r"(?>(?:[\s,]|\#[^\n]*)*)")
_PLAIN = pattern(
    r"""
    \"{3} (?> (?: [^"\\] | \\[\s\S] | "(?!"") )* ) \"{3,5}
    | '{3} (?> (?: [^'] | '(?!'') )* ) '{3,5}
    | " (?> (?: [^"\\\n] | \\. )* ) "
    | ' [^'\n]*+ '
    | \d{4}-\d\d-\d\d [ ] \d\d:[^\s,\]}\#]++
    | [^\s,\[\]{}\#]++
    """,
    re.VERBOSE,
)


class _Places:
    """Where everything stands in a text that is TOML.

    values   path -> from where to where
    tables   path of a table with a head -> from where its last line's value begins to where it
             ends; for a table without lines twice where its head ends
    begins   path of a value or a table, with a head or without -> where its key or head begins
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.values: dict[Steps, tuple[int, int]] = {}
        self.tables: dict[Steps, tuple[int, int]] = {}
        self.begins: dict[Steps, int] = {}
        self._entries: dict[Steps, int] = {}  # how many a list has, by its path
        try:
            self._read()
        except IndexError:
            raise _elsewhere(()) from None

    def _read(self) -> None:
        table: Steps = ()
        at = self._next(0)
        while at < len(self.text):
            if head := _HEAD.match(self.text, at):
                table = self._table(_parts(head[2]), is_entry=head[1] is not None)
                self.tables[table] = (head.end(), head.end())
                self._note(table, at)
                at = head.end() + (head[1] is not None)
            else:
                start, at = self._pair(table, at)
                self.tables[table] = (start, at)
            at = self._next(at)

    def _table(self, names: Steps, *, is_entry: bool) -> Steps:
        """The path that a head names: of the last entry, where it runs through a list."""
        path: Steps = ()
        for name in names[:-1]:
            path = (*path, name)
            if path in self._entries:
                path = (*path, self._entries[path] - 1)
        path = (*path, names[-1])
        if is_entry:
            self._entries[path] = self._entries.get(path, 0) + 1
            path = (*path, self._entries[path] - 1)
        return path

    def _pair(self, table: Steps, at: int) -> tuple[int, int]:
        """Key and value from here on; from where to where the value stands."""
        found = _KEYS.match(self.text, at)
        if found is None:
            raise _elsewhere(table)
        path = (*table, *_parts(found[1]))
        self._note(path, at)
        return found.end(), self._value(path, found.end())

    def _note(self, path: Steps, at: int) -> None:
        while path and path not in self.begins:
            self.begins[path] = at
            path = path[:-1]

    def _value(self, path: Steps, start: int) -> int:
        """A value from here on, and those within it; where it ends."""
        opening, at = self.text[start], self._next(start + 1)
        if opening not in "[{":
            found = _PLAIN.match(self.text, start)
            if found is None:
                raise _elsewhere(path)
            at = found.end()
        else:
            count = 0
            while self.text[at] not in "]}":
                if opening == "[":
                    self._note((*path, count), at)
                    at = self._value((*path, count), at)
                else:
                    at = self._pair(path, at)[1]
                at = self._next(at)
                count += 1
            at += 1
        self.values[path] = (start, at)
        return at

    def _next(self, at: int) -> int:
        """The next letter that is no space, comma or comment."""
        found = _BETWEEN.match(self.text, at)
        assert found is not None
        return found.end()


def _parts(key: str) -> Steps:
    """The names of a dotted key, without their quotation marks."""
    if re.fullmatch(r"[\w-]+", key):
        return (key,)
    data: Any = data_of(f"{key} = 0")
    names: list[str] = []
    while isinstance(data, dict):
        ((name, data),) = data.items()
        names.append(name)
    return tuple(names)
