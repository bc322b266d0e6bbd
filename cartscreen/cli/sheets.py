"""A sheet of a spreadsheet (.xlsx), row by row, each cell as the sheet has it.

A number is a number and a day is a day, however the sheet shows them, but for per cent: of what
shows 65 % the sheet has 0.65, and who typed it has typed 65 %. A cell of which it is not known what
it says keeps why: an error of the sheet, a formula that nobody has computed, one of several merged
cells.
"""

import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from cartscreen.cli.charts import opened_file
from cartscreen.errors import InputError
from cartscreen.importing.cells import EMPTY, Cell
from cartscreen.pattern import pattern
from cartscreen.text import shown

MERGED = Cell("merged cells", "fault")
NOT_COMPUTED = Cell("a formula that was not computed; open the sheet, and save it", "fault")
_MOST_BYTES = 2_000_000_000
_MOST_TEXTS = 200_000_000
_MOST_MERGED = 1_000
_CHUNK = 1_000_000
_DAMAGED = (
    BadZipFile, ParseError, zlib.error, KeyError, ValueError, TypeError, EOFError, AttributeError,
    IndexError, NotImplementedError,
)  # fmt: skip
"""What zipfile, the parser of XML and openpyxl raise of a file that is not what it says."""
_NO_SHEET = "this is no spreadsheet in .xlsx, or it is damaged."


def sheet_rows(path: Path, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """(number, cells) of each row, none narrower than those above. Raises InputError."""
    try:
        with opened_file(path) as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a sheet looks like
            yield from _rows(opened, path, name)
    except _DAMAGED:
        raise InputError(f"{path}: {_NO_SHEET}") from None


def names_of(path: Path) -> list[str]:
    """The names of the sheets. Raises InputError."""
    try:
        with opened_file(path) as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [sheet.title for sheet in _book(opened, path).worksheets]
    except _DAMAGED:
        raise InputError(f"{path}: {_NO_SHEET}") from None


def _book(opened: IO[bytes], path: Path, *, formulas: bool = False) -> Any:
    """The spreadsheet, with the values of its formulas, or else with their texts."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise InputError(
            f"{path}: to read .xlsx, install openpyxl (pip install 'cartscreen[xlsx]'), or save "
            "the sheet as CSV."
        ) from None
    _check_size(opened, path)
    return load_workbook(opened, read_only=True, data_only=not formulas)


def _rows(opened: IO[bytes], path: Path, name: str) -> Iterator[tuple[int, list[Cell]]]:
    sheet = _sheet(_book(opened, path), path, name)
    merged, has_formulas = _looked_through(opened, sheet._worksheet_path)
    if len(merged) > _MOST_MERGED:
        raise InputError(f"{path}: it has too many merged cells to be a table.")
    written: Iterator[tuple[Any, ...]] = repeat(())
    if has_formulas:
        formulas = _book(opened, path, formulas=True)[sheet.title]
        formulas.reset_dimensions()
        written = formulas.iter_rows(min_row=1, min_col=1)
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    width = 0
    for number, (row, as_written) in enumerate(
        zip(sheet.iter_rows(min_row=1, min_col=1), written, strict=False), start=1
    ):
        spans = [span for first, last, *span in merged if first <= number <= last]
        cells = []
        both = zip(row, chain(as_written, repeat(None)), strict=False)
        for at, (cell, formula) in enumerate(both):
            if any(left <= at < right for left, right in spans):
                cells.append(MERGED)
            elif cell.value is None and formula is not None and formula.data_type == "f":
                cells.append(NOT_COMPUTED)
            else:
                cells.append(_cell(cell))
        width = max(width, len(cells))
        yield number, cells + [EMPTY] * (width - len(cells))


def _check_size(opened: IO[bytes], path: Path) -> None:
    """Raises InputError for what unpacks to more than any table, and for what is no .xlsx."""
    opened.seek(0)
    start = opened.read(4)
    if start == b"\xd0\xcf\x11\xe0":
        raise InputError(f"{path}: it has a password, or is an old .xls; save it as .xlsx.")
    with ZipFile(opened) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
    texts = sum(size for name, size in sizes.items() if name.endswith("sharedStrings.xml"))
    if sum(sizes.values()) > _MOST_BYTES or texts > _MOST_TEXTS:
        raise InputError(f"{path}: it is too large when unpacked; save the sheet as CSV.")


def _sheet(book: Any, path: Path, name: str) -> Any:
    """The sheet that the map names; else the only one."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name and name in sheets:
        return sheets[name]
    known = ", ".join(map(shown, sheets))
    if name:
        raise InputError(f"{path}: there is no sheet {shown(name)}; it has {known}.")
    if len(sheets) != 1:
        raise InputError(f'{path}: it has the sheets {known}; write sheet = "..." in the map.')
    return next(iter(sheets.values()))


def _cell(cell: Any) -> Cell:
    """What a cell of the sheet says."""
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "e":
        return Cell(f"an error of the sheet ({str(value)[:20]})", "fault")
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE")
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return Cell(value.isoformat(), "day")
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        match _percents(cell.number_format or ""):
            case ():
                return Cell(format(number, "f"), "number")
            case (1,):
                return Cell(f"{number.scaleb(2):f} %", "percent")
        return Cell("a number that the sheet shows in per cent in one of several ways", "fault")
    if isinstance(value, str):
        return Cell(" ".join(value.split()))
    return Cell("a time without a day", "fault")


@cache
def _percents(shows: str) -> tuple[int, ...]:
    """How many signs of per cent each part of a format has, () where none has any.

    A format has parts for numbers above, below and at 0. What is quoted, or stands behind a
    backslash, is shown as it is and changes no number.
    """
    parts = _LITERAL.sub("", shows).split(";")
    found = {part.count("%") for part in parts if _DIGIT.search(part)}
    return () if found <= {0} else tuple(sorted(found))


_LITERAL = pattern(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DIGIT = pattern(r"[0#?]")
_MERGED = pattern(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_FORMULA = pattern(rb"<(?:\w+:)?f[\s>/]")


def _looked_through(opened: IO[bytes], part: str) -> tuple[list[tuple[int, int, int, int]], bool]:
    """(first row, last row, column, column behind the last) of merged cells; are there formulas?"""
    merged: set[tuple[int, int, int, int]] = set()
    has_formulas = False
    with ZipFile(opened) as archive, archive.open(part.removeprefix("/")) as sheet:
        before = b""
        while chunk := sheet.read(_CHUNK):
            text = before + chunk
            has_formulas = has_formulas or _FORMULA.search(text) is not None
            for left, top, right, bottom in _MERGED.findall(text):
                merged.add((int(top), int(bottom), _column(left) - 1, _column(right)))
            before = text[-200:]
    return sorted(merged), has_formulas


def _column(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
