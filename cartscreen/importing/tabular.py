"""Rows of a table become a draft, by a map that a person has written.

Each cell that a wide map reads, each row of a long table, ends used, not used or ambiguous.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cartscreen.codes import plain
from cartscreen.dates import PartialDate
from cartscreen.errors import Problem
from cartscreen.importing.draft import Draft, Read, Result, is_later, one_line
from cartscreen.importing.elements import Resource
from cartscreen.importing.mapping import Item, TableMap
from cartscreen.importing.patient import How
from cartscreen.importing.results import BEFORE_SINCE, FUTURE, NO_DATE, NO_WORD, NotRead, Results
from cartscreen.importing.tally import Fate, Tally
from cartscreen.pack.pack import Pack
from cartscreen.place import Visit, fact_place
from cartscreen.vocabulary import FactEntry

Kind = Literal["text", "number", "day", "fault"]


@dataclass(frozen=True)
class Cell:
    """What stands in a cell; a spreadsheet says of it what it is.

    number   as the sheet has it, with a decimal point;  day   2026-10-01
    fault    why there is no value to be read: an error of the sheet, say
    """

    text: str
    kind: Kind = "text"


EMPTY = Cell("")


@dataclass(frozen=True)
class Row:
    """One row: where it stands, "labs.csv row 12", and its cells by column."""

    source: str
    cells: Mapping[str, Cell]


NO_MAP = "the map does not name it"
IGNORED = "the map leaves it out"
NO_VALUE = "no value"
ABSENT = "it says that there is none, and an import writes nothing as absent"
AGAIN = "the same again"
DIFFER = "its rows say different things"


@dataclass(frozen=True)
class _Found:
    """A result that can be written."""

    item: Item
    name: str
    result: Result
    source: str
    speaks_always: bool


class TableReader:
    """Reads the rows of patients, one patient after another."""

    def __init__(self, pack: Pack, how: How, tally: Tally, by: TableMap) -> None:
        self.pack = pack
        self.how = how
        self.tally = tally
        self.map = by
        self.type = "Row" if by.test else "Cell"
        self._seen: Read = {}
        self._names: set[str] = set()

    def read(self, rows: Iterable[Row]) -> Draft:
        """The draft of the one patient of whom these are the rows."""
        draft = Draft(self.pack.vocabulary, self._seen)
        listed = [*rows]
        for is_birth in (True, False):
            found = [
                one
                for row in listed
                for item, name in self._items(row, is_birth)
                if (one := self._found(draft, row, item, name)) is not None
            ]
            self._settle(draft, found)
            birth = draft.person.get("person.birth_date")
            draft.birth = PartialDate.parse(birth["value"]) if birth else None
        for row in listed:
            self._count_others(row)
        self.tally.patients += 1
        return draft

    def _items(self, row: Row, is_birth: bool) -> Iterator[tuple[Item, str]]:
        """What a row has results of, with the name of each: birth first, then all else."""
        if self.map.test:
            name = row.cells[self.map.test].text
            items = [(item, name) for item in self._tests(row)]
        else:
            items = [(item, name) for name, item in self.map.columns.items()]
        for item, name in items:
            if (item.fact.name == "person.birth_date") is is_birth:
                yield item, name

    def _tests(self, row: Row) -> list[Item]:
        """What the test of a row is a result of, in its specimen."""
        items = self.map.tests.get(plain(row.cells[self.map.test].text), ())
        specimen = plain(row.cells[self.map.specimen].text) if self.map.specimen else ""
        fits = [item for item in items if item.specimen in ("", specimen)]
        return fits[:1]

    def _count_others(self, row: Row) -> None:
        """What the map does not read: columns of a wide table, rows of a long one."""
        if self.map.test:
            name = row.cells[self.map.test].text
            if not self._tests(row):
                known = plain(name) in self.map.tests
                reason = "of another specimen" if known else NO_MAP
                self.tally.add(self.type, Fate("not used", reason, self._listed(name)))
            return
        for column in row.cells:
            if column in self.map.ignore:
                self.tally.add(self.type, Fate("not used", IGNORED, one_line(column)))
            elif column not in self.map.named:
                self.tally.add(self.type, Fate("not used", NO_MAP, one_line(column)))

    def _listed(self, name: str) -> str:
        """A name of a list of what is not mapped; of very many, the first are told."""
        if len(self._names) < _MOST_NAMES:
            self._names.add(name)
        return one_line(name)[:100] if name in self._names else ""

    def _found(self, draft: Draft, row: Row, item: Item, name: str) -> _Found | None:
        """The result in a cell, tried as a profile would read it; None, and counted, if none."""
        shown = one_line(name)[:100]
        source = row.source if self.map.test else f"{row.source}, {shown}"[:120]
        try:
            value = self._value(draft, row, item)
            if isinstance(value, Fate):
                self.tally.add(self.type, value, row.source)
                return None
            result: dict[str, str | bool] = {**value}
            if not _stays(item.fact) and (day := self._day_beside(row, item)):
                if self.how.since and day < self.how.since:
                    self.tally.add(self.type, Fate("not used", BEFORE_SINCE), row.source)
                    return None
                result["date"] = day
            result["source"] = source
            seen, fault = draft.tried(item.fact.name, result)
            if fault or seen is None:
                raise NotRead(fault or NO_VALUE)
            if item.fact.is_negative(seen.value):
                self.tally.add(self.type, Fate("not used", ABSENT, shown), row.source)
                return None
            always = _stays(item.fact) or _speaks_always(item.fact, seen.value)
            if "date" not in result and not always:
                raise NotRead(NO_DATE)
        except NotRead as fault:
            self.tally.add(self.type, Fate("ambiguous", str(fault), shown), row.source)
            return None
        return _Found(item, shown, result, row.source, always)

    def _settle(self, draft: Draft, found: Sequence[_Found]) -> None:
        """Results that repeat one another count once; of what can be only one, none may differ."""
        by_fact: dict[str, list[_Found]] = {}
        for one in found:
            by_fact.setdefault(one.item.fact.name, []).append(one)
        for fact, results in by_fact.items():
            entry = draft.vocabulary.facts[fact]
            kept = {_said(one.result): one for one in reversed(results)}
            undated = [one for one in kept.values() if "date" not in one.result]
            only_one = entry.kind == "date" or entry.latest
            fault = DIFFER if len(kept) > 1 and (only_one or len(undated) > 1) else ""
            for one in results:
                if fault:
                    fate = Fate("ambiguous", fault, one.name)
                elif one is not kept[_said(one.result)]:
                    fate = Fate("not used", AGAIN)
                elif one in undated and len(kept) > 1:
                    fate = Fate("not used", "said with its day elsewhere")
                else:
                    fate = Fate("used", fact)
                    if fact.startswith("person.") and "date" not in one.result:
                        draft.person[fact] = one.result
                    else:
                        draft.add(fact, one.result)
                self.tally.add(self.type, fate, one.source)

    # one value

    def _value(self, draft: Draft, row: Row, item: Item) -> Result | Fate:
        """The value in a cell with its limits, or what becomes of it. Raises NotRead."""
        cell = row.cells[item.value]
        if cell.kind == "fault":
            raise NotRead(cell.text)
        if not cell.text or plain(cell.text) in self.map.missing:
            return Fate("not used", NO_VALUE)
        entry = item.fact
        if entry.kind == "date":
            day = self._day(cell)
            is_visit = isinstance(fact_place(entry.name), Visit)
            if is_later(day, self.how.today) and not is_visit:
                raise NotRead(FUTURE)
            return {"value": day}
        word = item.words.get(plain(cell.text), "")
        if entry.kind == "finding" and not entry.choices:
            if not word:
                raise NotRead(NO_WORD)
            return {"value": True} if word == "yes" else Fate("not used", ABSENT)
        if cell.kind == "day":
            raise NotRead("its value is a day")
        part: Resource = {"valueString": word} if word else self._part(row, item, cell)
        results = Results(draft, self.pack.codes, self.how.today)
        return results.value(entry.name, part, {})

    def _part(self, row: Row, item: Item, cell: Cell) -> Resource:
        """A cell as an Observation would have it. Raises NotRead."""
        found = self._number(cell)
        if found is None:
            if item.fact.kind == "quantity" and item.fact.unit != "titre":
                raise NotRead("its value is no number")
            return {"valueString": cell.text}
        unit_cell = row.cells[item.unit_column].text if item.unit_column else ""
        units = {text for text in (found.unit, unit_cell) if text}
        if found.unit and not unit_cell and item.unit:
            units.add(item.unit)
        if len(units) > 1:
            raise NotRead("units that differ are written with it")
        unit = units.pop() if units else item.unit
        quantity = {"value": Decimal(found.number), "comparator": found.comparator, "unit": unit}
        limits: dict[str, object] = {}
        for key, column in (("high", item.upper), ("low", item.lower)):
            limit = self._number(row.cells[column]) if column else None
            if limit is not None and not limit.comparator:
                limits[key] = {"value": Decimal(limit.number), "unit": limit.unit or unit}
        if item.range and (text := row.cells[item.range].text):
            limits["text"] = text.replace(",", ".") if self.map.decimal == "," else text
        return {"valueQuantity": quantity, "referenceRange": [limits] if limits else []}

    def _number(self, cell: Cell) -> "_Number | None":
        """A number with what stands around it; None for a text that is none."""
        if cell.kind == "number":
            return _Number("", cell.text, "")
        text = cell.text.translate(_PLAIN) if cell.kind == "text" else ""
        match = _NUMBERS[self.map.decimal].fullmatch(text)
        if match is None:
            return None
        number = match["number"].replace(self.map.decimal, ".")
        return _Number(match["compared"] or "", number, (match["unit"] or "").strip())

    def _day_beside(self, row: Row, item: Item) -> str:
        """The day of a result; empty where none is written. Raises NotRead."""
        cell = row.cells[item.date] if item.date else EMPTY
        if cell.kind == "fault":
            raise NotRead(f"its date: {cell.text}")
        if not cell.text or plain(cell.text) in self.map.missing:
            return ""
        day = self._day(cell)
        if is_later(day, self.how.today):
            raise NotRead(FUTURE)
        return day

    def _day(self, cell: Cell) -> str:
        """The day in a cell, in the one way of writing that the map names. Raises NotRead."""
        if cell.kind == "day":
            return cell.text
        match = _DAYS[self.map.dates].fullmatch(cell.text) if cell.kind == "text" else None
        if match is not None:
            parts = match.groupdict()
            text = "-".join(parts[key] for key in ("y", "m", "d") if parts.get(key))
            try:
                return str(PartialDate.parse(_padded(text)))
            except Problem:
                pass
        raise NotRead("its date is not written as the map says")


_MOST_NAMES = 1_000


@dataclass(frozen=True)
class _Number:
    comparator: str
    number: str
    unit: str


def _padded(text: str) -> str:
    """2026-3-1 as 2026-03-01."""
    return "-".join(part.zfill(2) for part in text.split("-"))


_PLAIN = str.maketrans(
    {"\u2264": "<=", "\u2265": ">=", "\uff1c": "<", "\uff1e": ">", "\uff0e": "."}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)
"""What laboratories write for a comparator, a point, a digit."""
_NUMBERS = {
    point: re.compile(
        rf"(?P<compared>[<>]=?)?\s*(?P<number>\d{{1,20}}(?:{re.escape(point)}\d{{1,20}})?)"
        r"(?:\s*(?P<unit>[^\s\d.,:<>=~-][^<>=~]{0,30}|10[*^][^<>=~]{1,30}))?",
        re.ASCII,
    )
    for point in (".", ",")
}
_TIME = r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_DAYS: Mapping[str, re.Pattern[str]] = {
    written: re.compile(pattern + _TIME, re.ASCII)
    for written, pattern in {
        "YYYY-MM-DD": r"(?P<y>\d{4})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?",
        "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
        "MM/DD/YYYY": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
        "YYYY/MM/DD": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
    }.items()
}


def _said(result: Result) -> tuple[tuple[str, object], ...]:
    """What a result says, wherever it stands."""
    return tuple((key, value) for key, value in result.items() if key != "source")


def _stays(entry: FactEntry) -> bool:
    """Has it no day of its own: a date, or what a person is for life?"""
    of_person = entry.name.startswith("person.") and entry.changes == "never"
    return entry.kind == "date" or (of_person and _speaks_always(entry, None))


def _speaks_always(entry: FactEntry, value: object) -> bool:
    """Does the value hold whenever it was recorded, so that it needs no day?"""
    lengths = dict(entry.speaks.lengths)
    if all(length is None for length in lengths.values()):
        return True
    word = "yes" if value is True else value
    return word in lengths and lengths[str(word)] is None
