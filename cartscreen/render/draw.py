"""Rich renderables as text. What was patient or criteria data is Text, never markup."""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console, RenderableType
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
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def item(mark: str, text: str, style: str = "") -> RenderableType:
    """A line with a mark before it, wrapped under its own beginning."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(mark, style=style), Text(text))
    return table
