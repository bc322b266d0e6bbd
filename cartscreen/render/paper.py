"""What is laid out in columns: text, indented text and tables, plain or in colour.

The classes are declared as rich's are. In colour they become rich's, which lays them out; plain,
`plain_lines` lays them out in the same way, and rich, which takes as long to import as Typer, is
not needed. What it does not know (a tab, a table in a table) rich lays out in plain text, too:
tests compare the two at every width.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from cartscreen.frozen import slotted
from cartscreen.pattern import pattern

if TYPE_CHECKING:
    from rich.table import Table as RichTable
    from rich.text import Text as RichText

RenderableType = Any
RenderResult = Iterable[Any]
Console = Any
Justify = Literal["left", "right"]


@slotted
class ConsoleOptions:
    """The room that there is, for those that decide by it how they are laid out."""

    max_width: int


class NotPlain(Exception):
    """It is for rich to lay out."""


class Text:
    """Words with their styles."""

    def __init__(self, plain: str = "", style: str = "") -> None:
        self.style = style
        self.parts: list[tuple[str | Text, str]] = [(plain, "")] if plain else []
        self.plain = plain

    @classmethod
    def assemble(cls, *parts: str | tuple[str, str]) -> Self:
        """One text of parts, each plain or (words, style)."""
        text = cls()
        for part in parts:
            text.append(*((part,) if isinstance(part, str) else part))
        return text

    def append(self, words: "str | Text", style: str = "") -> Self:
        """The text, with these words at its end."""
        self.parts.append((words, style))
        self.plain += str(words)
        return self

    def join(self, texts: Iterable["Text"]) -> "Text":
        """The texts, with this one between them."""
        joined = Text()
        for number, text in enumerate(texts):
            joined.append(self if number else "").append(text)
        return joined

    def __str__(self) -> str:
        return self.plain

    def __bool__(self) -> bool:
        return bool(self.plain)

    @property
    def cell_len(self) -> int:
        """The columns that it takes in one line."""
        return cell_len(self.plain)

    def __rich__(self) -> "RichText":
        """What rich makes of it."""
        from rich.text import Text as RichText

        text = RichText(style=self.style)
        for words, style in self.parts:
            if isinstance(words, str):
                text.append(words, style or None)
            else:
                text.append(words.__rich__())
        return text


class Padding:
    """A part with room at its left: (0, 0, 0, 2) is two columns."""

    def __init__(self, part: Any, room: tuple[int, int, int, int]) -> None:
        self.part = part
        self.room = room

    def __rich__(self) -> Any:
        """What rich makes of it."""
        from rich.padding import Padding as RichPadding

        return RichPadding(self.part, self.room)


class Group:
    """Parts one below another."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __rich__(self) -> Any:
        """What rich makes of it."""
        from rich.console import Group as RichGroup

        return RichGroup(*self.parts)


class Column:
    """A column of a table: what does not fit is wrapped, long words are cut, or folded."""

    def __init__(
        self, header: str, no_wrap: bool, fold: bool, justify: Justify, ratio: int | None
    ) -> None:
        self.header = header
        self.no_wrap = no_wrap
        self.fold = fold
        self.justify = justify
        self.ratio = ratio
        self.width: int | None = None
        self.cells: list[Any] = []


class Table:
    """Cells in columns, `between` spaces apart; with a head, and a rule below it, or without."""

    def __init__(self, *, between: int, ruled: bool) -> None:
        self.columns: list[Column] = []
        self.between = between
        self.ruled = ruled
        self.expand = False

    @classmethod
    def grid(cls, *, padding: tuple[int, int]) -> Self:
        """A table without a head."""
        return cls(between=padding[1], ruled=False)

    def add_column(
        self,
        header: str = "",
        *,
        no_wrap: bool = False,
        overflow: Literal["fold", ""] = "",
        justify: Justify = "left",
        ratio: int | None = None,
    ) -> None:
        """A column; of a table that takes the whole width, with its share of what is left."""
        self.columns.append(Column(header, no_wrap, overflow == "fold", justify, ratio))

    def add_row(self, *cells: Any) -> None:
        """A row; it may have fewer cells than the table has columns."""
        lacking = [Text()] * (len(self.columns) - len(cells))
        for column, cell in zip(self.columns, (*cells, *lacking), strict=True):
            column.cells.append(cell)

    @property
    def natural_width(self) -> int:
        """The columns that it takes where nothing has to be wrapped."""
        rooms = _rooms(self)
        each = zip(self.columns, rooms, strict=True)
        widths = sum(_widest(c, room, _ENDLESS, ruled=self.ruled) for c, room in each)
        return widths + self.ruled * (len(rooms) - 1)

    def __rich__(self) -> "RichTable":
        """What rich makes of it."""
        from rich import box
        from rich.table import Table as RichTable

        if self.ruled:
            table = RichTable(
                box=box.SIMPLE_HEAD,
                pad_edge=False,
                show_edge=False,
                padding=(0, self.between, 0, 0),
            )
        else:
            table = RichTable.grid(padding=(0, self.between))
        for column in self.columns:
            table.add_column(
                column.header,
                no_wrap=column.no_wrap,
                overflow="fold" if column.fold else "ellipsis",
                justify=column.justify,
                width=column.width,
                ratio=column.ratio,
            )
        table.expand = self.expand
        for row in zip(*(column.cells for column in self.columns), strict=True):
            table.add_row(*row)
        return table


def cell_len(text: str) -> int:
    """The columns that a text takes: one for each letter of Europe, two for one of East Asia."""
    if (text.isascii() and text.isprintable()) or _is_one_each(text):  # the first are most
        return len(text)
    from rich.cells import cell_len as rich_cell_len

    return rich_cell_len(text)


def _is_one_each(text: str) -> bool:
    """Does each of its letters take one column?"""
    if text.isascii():
        return text.isprintable()
    plain = text.translate(_RULES)
    return (plain.isascii() and plain.isprintable()) or _ONE_EACH.fullmatch(text) is not None


_RULES = {ord("─"): "-", ord("━"): "="}
"""Of what rules are drawn: a table holds no other letter beyond ASCII, mostly."""

_ONE_EACH = pattern(
    "[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2070-\u20cf\u2190-\u22ff\u2500-\u25fc]*"
)


# As rich lays it out


def plain_lines(part: Any, width: int) -> list[str]:
    """The part in lines of at most so many columns; raises NotPlain for what rich must lay out."""
    return _lines(part, width, None, fold=True, no_wrap=False)


def _lines(
    part: Any, width: int, justify: Justify | None, *, fold: bool, no_wrap: bool
) -> list[str]:
    if isinstance(part, _WORDS):
        return _wrapped(str(part), width, justify, fold=fold, no_wrap=no_wrap)
    if isinstance(part, Padding):
        _, right, _, left = part.room
        inside = _lines(part.part, width - left - right, justify, fold=fold, no_wrap=no_wrap)
        return [" " * left + line for line in inside]
    if isinstance(part, Table):
        return _table_lines(part, width)
    if isinstance(part, Group):
        each = (_lines(item, width, justify, fold=fold, no_wrap=no_wrap) for item in part.parts)
        return [line for lines in each for line in lines]
    if not hasattr(part, "__rich_console__") or type(part).__module__.startswith("rich."):
        raise NotPlain
    options = ConsoleOptions(width)
    return [
        line
        for each in part.__rich_console__(None, options)
        for line in _lines(each, width, justify, fold=fold, no_wrap=no_wrap)
    ]


def _wrapped(
    text: str, width: int, justify: Justify | None, *, fold: bool, no_wrap: bool
) -> list[str]:
    if width < 1:
        raise NotPlain
    if not text.isprintable():
        if not text.replace("\n", "").isprintable() and _ODD.search(text):
            raise NotPlain
    elif len(text) <= width and justify != "right" and text.isascii():
        return [text]
    lines = []
    for whole in text.split("\n"):
        for line in [whole] if no_wrap else _divided(whole, width, fold=fold):
            short = line
            if justify == "right":
                short = line.rstrip()
            elif not no_wrap and len(line) > width:
                short = line[: max(width, len(line.rstrip()))]
            if cell_len(short) > width:
                short = _cut(short, width) if fold else f"{_cut(short, width - 1)}…"
            if justify == "right":
                short = " " * (width - cell_len(short)) + short
            lines.append(short)
    return lines


_ODD = pattern(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029\x85]")
_WORD = pattern(r"\s*\S+\s*")


def _cut(text: str, width: int) -> str:
    if not _is_one_each(text):
        raise NotPlain
    return text[:width]


def _divided(text: str, width: int, *, fold: bool) -> Iterator[str]:
    """The text in pieces, broken before a word that does not fit in the rest of a line."""
    length_of = len if _is_one_each(text) else cell_len
    if length_of(text) <= width:
        yield text
        return
    breaks: list[int] = []
    taken = 0
    for found in _WORD.finditer(text):
        start, word = found.start(), found[0]
        length = length_of(word.rstrip())
        if width - taken >= length:
            taken += length_of(word)
        elif length > width:
            if fold:
                pieces = _folded(word, width)
                for number, piece in enumerate(pieces, start=1):
                    if start:
                        breaks.append(start)
                    if number == len(pieces):
                        taken = length_of(piece)
                    else:
                        start += len(piece)
            else:
                if start:
                    breaks.append(start)
                taken = length_of(word)
        elif taken and start:
            breaks.append(start)
            taken = length_of(word)
    ends = [*breaks, len(text)]
    for begin, end in zip((0, *breaks), ends, strict=True):
        yield text[begin:end]


def _folded(word: str, width: int) -> list[str]:
    if not _is_one_each(word):
        raise NotPlain
    return [word[at : at + width] for at in range(0, len(word), width)]


def _rooms(table: Table) -> list[int]:
    """The empty columns at the right of each column."""
    return [table.between] * (len(table.columns) - 1) + [0]


_ENDLESS = 1_000_000


def _table_lines(table: Table, width: int) -> list[str]:
    columns = table.columns
    if not columns or table.expand:
        raise NotPlain
    rooms = _rooms(table)
    apart = 1 if table.ruled else 0
    widths = _widths(columns, rooms, width - apart * (len(columns) - 1), ruled=table.ruled)
    lines: list[str] = []
    rows: list[Sequence[Any]] = list(zip(*(column.cells for column in columns), strict=True))
    if table.ruled:
        lines += _row_lines([c.header for c in columns], columns, widths, rooms, " ", head=True)
        lines.append("─" * (sum(widths) + len(columns) - 1))
    for row in rows:
        lines += _row_lines(row, columns, widths, rooms, " " * apart, head=False)
    return lines


def _row_lines(
    row: Sequence[Any],
    columns: list[Column],
    widths: list[int],
    rooms: list[int],
    apart: str,
    *,
    head: bool,
) -> list[str]:
    cells = [
        _lines(cell, width - room, column.justify, fold=column.fold, no_wrap=column.no_wrap)
        for cell, column, width, room in zip(row, columns, widths, rooms, strict=True)
    ]
    height = max(map(len, cells))
    for cell in cells:
        lacking = [""] * (height - len(cell))
        cell[:] = [*lacking, *cell] if head else [*cell, *lacking]
    return [
        apart.join(
            part + " " * (width - cell_len(part)) for part, width in zip(parts, widths, strict=True)
        )
        for parts in zip(*cells, strict=True)
    ]


def _widths(columns: list[Column], rooms: list[int], most: int, *, ruled: bool) -> list[int]:
    """The width of each column, with the room at its right."""
    wanted = [_widest(c, room, most, ruled=ruled) for c, room in zip(columns, rooms, strict=True)]
    widths = [width or 1 for width in wanted]
    if sum(widths) <= most:
        return widths
    shrinks = [column.width is None and not column.no_wrap for column in columns]
    while any(shrinks) and sum(widths) > most:
        able = [width if can else 0 for width, can in zip(widths, shrinks, strict=True)]
        largest = max(able)
        step = largest - max((width for width in able if width != largest), default=0)
        ratios = [int(can and width == largest) for width, can in zip(widths, shrinks, strict=True)]
        over = sum(widths) - most
        if not step:
            break
        widths = _reduced(over, ratios, [min(over, step)] * len(widths), widths)
    if sum(widths) > most:
        widths = _reduced(sum(widths) - most, [1] * len(widths), widths, widths)
    return [
        _widest(column, room, width, ruled=ruled)
        for column, room, width in zip(columns, rooms, widths, strict=True)
    ]


def _widest(column: Column, room: int, most: int, *, ruled: bool) -> int:
    """The columns that the widest cell takes, with the room at its right; at most so many."""
    if most < 1:
        raise NotPlain
    if column.width is not None:
        return min(column.width + room, most)
    widest = 0
    for cell in [*([column.header] if ruled else ()), *column.cells]:
        if not isinstance(cell, _WORDS):
            is_laid_out = isinstance(cell, Padding | Table | Group)
            if is_laid_out or type(cell).__module__.startswith("rich."):
                raise NotPlain
            return most
        if most - room < 1:
            return most
        words = str(cell)
        if words.isascii() and words.isprintable():  # in one line
            widest = max(widest, len(words))
        else:
            widest = max(widest, *map(cell_len, words.splitlines() or ("",)))
    return min(widest + room, most)


_WORDS = (Text, str)


def _reduced(total: int, ratios: list[int], most: list[int], values: list[int]) -> list[int]:
    """The values, less so much in all, shared out by the ratios."""
    shares = [ratio if limit else 0 for ratio, limit in zip(ratios, most, strict=True)]
    left = sum(shares)
    found = []
    for share, limit, value in zip(shares, most, values, strict=True):
        taken = 0
        if share and left > 0:
            taken = min(limit, round(share * total / left))
            total -= taken
            left -= share
        found.append(value - taken)
    return found
