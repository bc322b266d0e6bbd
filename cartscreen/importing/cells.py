"""What stands in the cells of a table: numbers, days, and why it is not known what they say."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from cartscreen.codes import plain
from cartscreen.dates import PartialDate
from cartscreen.errors import Problem
from cartscreen.frozen import frozen
from cartscreen.importing.draft import is_later
from cartscreen.importing.mapping import TableMap
from cartscreen.importing.results import FUTURE, NotRead
from cartscreen.pattern import pattern
from cartscreen.units import unit_if_known

UNITS_DIFFER = "units that differ are written with it"

IN_PER_CENT = "the sheet shows it in per cent, which is not its unit"

Kind = Literal["text", "number", "percent", "day", "fault"]


@frozen
class Cell:
    """What stands in a cell; a spreadsheet says of it what it is.

    number   as the sheet has it, with a decimal point;  percent   as the sheet shows it, "65 %"
    day      2026-10-01
    fault    why there is no value to be read: an error of the sheet, say
    """

    text: str
    kind: Kind = "text"


EMPTY = Cell("")


@frozen
class Row:
    """One row: where it stands, "labs.csv row 12", its cells by column, and how it is read."""

    source: str
    cells: Mapping[str, Cell]
    by: TableMap

    def is_empty(self, cell: Cell) -> bool:
        """Has it no value, or what the map says stands for none?"""
        return not cell.text or plain(cell.text) in self.by.missing

    def number(self, cell: Cell) -> "Number | None":
        """A number with what stands around it; None for a text that is none."""
        if cell.kind == "number":
            return Number("", cell.text, "")
        if cell.kind == "percent":
            return Number("", cell.text.removesuffix(" %"), "%", is_percent=True)
        text = cell.text.translate(_PLAIN) if cell.kind == "text" else ""
        match = _NUMBERS[self.by.decimal].fullmatch(text)
        if match is None:
            return None
        number = match["number"].replace(self.by.decimal, ".")
        return Number(match["compared"] or "", number, (match["unit"] or "").strip())

    def unit(self, found: "Number", unit_column: str, unit: str) -> str:
        """The unit of a number: beside it, in its column, or that of the map. Raises NotRead.

        What the sheet shows in per cent is so only where its unit is told to be per cent.
        """
        unit_cell = self.cells[unit_column].text if unit_column else ""
        if found.is_percent:
            if not is_per_cent(unit_cell or unit):
                raise NotRead(IN_PER_CENT)
            return "%"
        told = {text for text in (found.unit, unit_cell) if text}
        if found.unit and not unit_cell and unit:
            told.add(unit)
        if len(told) > 1:
            raise NotRead(UNITS_DIFFER)
        unit = told.pop() if told else unit
        return unit.replace(",", ".") if self.by.decimal == "," else unit  # mL/min/1,73 m2

    def day(self, cell: Cell) -> str:
        """The day in a cell, in the one way of writing that the map names. Raises NotRead."""
        if cell.kind == "day":
            try:  # a sheet may have days that no profile has: in 1890 say
                return str(PartialDate.parse(cell.text))
            except Problem:
                raise NotRead("its date is none that a profile may have") from None
        text = cell.text if cell.kind in ("text", "number") else ""
        form = _YEAR if cell.kind == "number" else _DAYS[self.by.dates]
        if (match := form.fullmatch(text)) is not None:
            parts = match.groupdict()
            told = "-".join(parts[key].zfill(2) for key in ("y", "m", "d") if parts.get(key))
            try:
                return str(PartialDate.parse(told))
            except Problem:
                pass
        raise NotRead("its date is not written as the map says")

    def day_that_has_come(self, cell: Cell, today: date) -> str:
        """The day in a cell. Raises NotRead where it is none, or lies in the future."""
        day = self.day(cell)
        if is_later(day, today):
            raise NotRead(FUTURE)
        return day


@frozen
class Number:
    """A number as a decimal point writes it, its comparator, and the unit that stands beside it.

    is_percent  a sheet shows it in per cent
    """

    comparator: str
    number: str
    unit: str
    is_percent: bool = False


def is_per_cent(unit: str) -> bool:
    """Is the unit that is spelled so per cent?"""
    return unit_if_known(unit) == "%"


_PLAIN = str.maketrans(
    {"\u2264": "<=", "\u2265": ">=", "\uff1c": "<", "\uff1e": ">", "\uff0e": "."}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)
"""What laboratories write for a comparator, a point, a digit."""
_NUMBERS = {
    point: pattern(
        rf"(?P<compared>[<>]=?)?\s*(?P<number>\d{{1,20}}(?:{re.escape(point)}\d{{1,20}})?)"
        r"(?:\s*(?P<unit>[^\s\d.,:<>=~-][^<>=~]{0,30}|10[*^][^<>=~]{1,30}))?",
        re.ASCII,
    )
    for point in (".", ",")
}
_TIME = r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR = pattern(r"(?P<y>(?:19|20)\d\d)", re.ASCII)
"""The one number that is a day: no sheet means the 1900s days that its own count would make it."""
_DAYS: Mapping[str, re.Pattern[str]] = {
    written: pattern(form + _TIME, re.ASCII)
    for written, form in {
        "YYYY-MM-DD": r"(?P<y>\d{4})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?",
        "DD.MM.YYYY": r"(?:(?:(?P<d>\d{1,2})\.)?(?P<m>\d{1,2})\.)?(?P<y>\d{4})",
        "DD/MM/YYYY": r"(?:(?:(?P<d>\d{1,2})/)?(?P<m>\d{1,2})/)?(?P<y>\d{4})",
        "MM/DD/YYYY": r"(?:(?P<m>\d{1,2})/(?:(?P<d>\d{1,2})/)?)?(?P<y>\d{4})",
        "YYYY/MM/DD": r"(?P<y>\d{4})(?:/(?P<m>\d{1,2})(?:/(?P<d>\d{1,2}))?)?",
    }.items()
}
