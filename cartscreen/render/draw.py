"""Rich renderables as text. What was patient or criteria data is Text, never markup."""

import re
from collections.abc import Iterable
from io import StringIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


def draw(parts: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """Rich renderables as text, without trailing spaces."""
    file = StringIO()
    console = Console(
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
    for part in parts:
        laid_out = isinstance(part, Text) and "\n" in part.plain
        if laid_out and not colour:
            file.write(f"{part}\n")  # plain lines that already fit need no console
        else:
            console.print(part, soft_wrap=laid_out)
    text = file.getvalue()
    return "".join(f"{_TRAILING.sub(_codes_alone, line)}\n" for line in text.splitlines())


_TRAILING = re.compile(r"(?:\x1b\[[0-9;]*m|[ \t])+$")


def _codes_alone(trailing: re.Match[str]) -> str:
    """What ends a line, without its spaces: they may stand before the end of a colour."""
    return re.sub(r"[ \t]", "", trailing[0])


def ruled(*names: str, between: int = 1) -> Table:
    """A table with a rule below its head, and nothing between columns but `between` more spaces."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, between, 0, 0))
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
