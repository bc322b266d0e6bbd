"""Rich renderables as text. What was patient or criteria data is Text, never markup."""

import re
from collections.abc import Iterable, Iterator
from io import StringIO

from cartscreen.pattern import pattern
from cartscreen.render.paper import (
    Console,
    ConsoleOptions,
    NotPlain,
    Padding,
    RenderableType,
    RenderResult,
    Table,
    Text,
    cell_len,
    plain_lines,
)


def draw(parts: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """The parts as text, without trailing spaces; in colour, or where it must, laid out by rich."""
    text = "".join(_in_colour(parts, width) if colour else _plain(parts, width))
    return "".join([f"{_trimmed(line)}\n" for line in text.splitlines()])


def _trimmed(line: str) -> str:
    return _TRAILING.sub(_codes_alone, line) if "\x1b" in line else line.rstrip(" \t")


def _plain(parts: Iterable[RenderableType], width: int) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Text) and "\n" in part.plain:
            yield f"{part}\n"  # lines that already fit
            continue
        try:
            lines = plain_lines(part, width)
        except NotPlain:
            yield _by_rich(part, width, colour=False)
        else:
            yield "".join(f"{line}\n" for line in lines)


def _in_colour(parts: Iterable[RenderableType], width: int) -> Iterator[str]:
    for part in parts:
        yield _by_rich(part, width, colour=True)


def _by_rich(part: RenderableType, width: int, *, colour: bool) -> str:
    from rich.console import Console as RichConsole

    file = StringIO()
    console = RichConsole(
        file=file,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
        markup=False,
        safe_box=True,
        legacy_windows=False,
        _environ={},
    )
    console.print(part, soft_wrap="\n" in getattr(part, "plain", ""))
    return file.getvalue()


_TRAILING = pattern(r"(?:\x1b\[[0-9;]*m|[ \t])+$")


def _codes_alone(trailing: re.Match[str]) -> str:
    """What ends a line, without its spaces: they may stand before the end of a colour."""
    return re.sub(r"[ \t]", "", trailing[0])


def ruled(*names: str, between: int = 1) -> Table:
    """A table with a rule below its head, and nothing between columns but `between` more spaces."""
    table = Table(between=between, ruled=True)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


class Indented:
    """A part moved to the right, by at most half the width, so that room is left for it."""

    def __init__(self, part: RenderableType, by: int) -> None:
        self.part = part
        self.by = by

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        yield Padding(self.part, (0, 0, 0, min(self.by, options.max_width // 2)))


class Pairs:
    """Names beside their values, or above them where the values would have too little room."""

    def __init__(self, rows: Iterable[tuple[str, str]], *, indent: int = 0) -> None:
        self.rows = [(Text(name, "bold"), Text(value)) for name, value in rows]
        self.indent = indent

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        names = max((cell_len(name.plain) for name, _ in self.rows), default=0)
        if options.max_width - self.indent - names - 2 < _SQUEEZED:
            for name, value in self.rows:
                yield Indented(name, self.indent)
                yield Indented(value, self.indent + 2)
            return
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        yield Indented(table, self.indent)


_SQUEEZED = 24  # columns


class _Item:
    """A text in a column beside its mark; where there is no room for two columns, in one line."""

    def __init__(self, mark: Text, text: Text) -> None:
        self.mark = mark
        self.text = text

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        if options.max_width - self.mark.cell_len - 1 < _NARROWEST:
            yield Text(" ").join([self.mark, self.text])
            return
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(self.mark, self.text)
        yield table


_NARROWEST = 12  # columns


def item(mark: str | Text, text: str | Text) -> RenderableType:
    """A line with a mark before it, wrapped under its own beginning."""
    return _Item(*(Text(part) if isinstance(part, str) else part for part in (mark, text)))
