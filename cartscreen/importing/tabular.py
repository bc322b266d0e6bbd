"""Rows of a table become a draft, by a map that a person has written.

Each cell that a wide map reads, each row of a long table, ends used, not used or ambiguous.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial

from cartscreen.codes import plain
from cartscreen.dates import PartialDate
from cartscreen.frozen import frozen
from cartscreen.importing.cells import EMPTY, UNITS_DIFFER, Cell, Row
from cartscreen.importing.draft import Draft, Read, Result, is_later, one_line
from cartscreen.importing.elements import Resource
from cartscreen.importing.lists import AGAIN, NO_VALUE, Lists
from cartscreen.importing.mapping import Item
from cartscreen.importing.patient import How
from cartscreen.importing.results import BEFORE_SINCE, FUTURE, NO_DATE, NO_WORD, NotRead, Results
from cartscreen.importing.tally import Fate, Tally
from cartscreen.pack.model import Pack
from cartscreen.pattern import pattern
from cartscreen.place import is_visit
from cartscreen.units import unit_if_known
from cartscreen.vocabulary import FactEntry

NO_MAP = "the map does not name it"
IGNORED = "the map leaves it out"
ABSENT = "it says that there is none, and an import writes nothing as absent"
DIFFER = "its rows say different things"


@frozen
class _Found:
    """A result that can be written."""

    item: Item
    name: str
    result: Result
    source: str
    type: str
    speaks_always: bool


class TableReader:
    """Reads the rows of patients, one patient after another."""

    def __init__(self, pack: Pack, how: How, tally: Tally) -> None:
        self.pack = pack
        self.how = how
        self.tally = tally
        self.lists = Lists(pack, how.today, tally)
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
        self.lists.read(draft, listed)
        for row in listed:
            self._count_others(row)
        self.tally.patients += 1
        return draft

    def _items(self, row: Row, is_birth: bool) -> Iterator[tuple[Item, str]]:
        """What a row has results of, with the name of each: birth first, then all else."""
        if row.by.test:
            name = row.cells[row.by.test].text
            items = [(item, name) for item in self._tests(row)]
        else:
            items = [(item, name) for name, item in row.by.columns.items()]
        for item, name in items:
            if (item.fact.name == "person.birth_date") is is_birth:
                yield item, name

    def _tests(self, row: Row) -> list[Item]:
        """What the test of a row is a result of, in its specimen."""
        items = row.by.tests.get(plain(row.cells[row.by.test].text), ())
        specimen = plain(row.cells[row.by.specimen].text) if row.by.specimen else ""
        fits = [item for item in items if item.specimen in ("", specimen)]
        return fits[:1]

    def _count_others(self, row: Row) -> None:
        """What the map does not read: columns of a wide table, rows of a long one."""
        if row.by.test:
            name = row.cells[row.by.test].text
            if not self._tests(row):
                known = plain(name) in row.by.tests
                reason = "of another specimen" if known else NO_MAP
                self.tally.add("Row", Fate("not used", reason, self._listed(name)))
            return
        for column in row.cells:
            if column in row.by.ignore:
                self.tally.add("Cell", Fate("not used", IGNORED, one_line(column)))
            elif column not in row.by.named:
                self.tally.add("Cell", Fate("not used", NO_MAP, one_line(column)))

    def _listed(self, name: str) -> str:
        """A name of a list of what is not mapped; of very many, the first are told."""
        if len(self._names) < _MOST_NAMES:
            self._names.add(name)
        return one_line(name)[:100] if name in self._names else ""

    def _found(self, draft: Draft, row: Row, item: Item, name: str) -> _Found | None:
        """The result in a cell, tried as a profile would read it; None, and counted, if none."""
        shown = one_line(name)[:100]
        type_ = _type(row)
        source = row.source if row.by.test else f"{row.source}, {shown}"[:120]
        try:
            value = self._value(draft, row, item)
            if isinstance(value, Fate):
                self.tally.add(type_, value, row.source)
                return None
            result: dict[str, str | bool] = {**value}
            if not _stays(item.fact) and (day := self._day_beside(row, item)):
                if self.how.since and day < self.how.since:
                    self.tally.add(type_, Fate("not used", BEFORE_SINCE), row.source)
                    return None
                result["date"] = day
            result["source"] = source
            seen, fault = draft.tried(item.fact.name, result)
            if fault or seen is None:
                raise NotRead(fault or NO_VALUE)
            if item.fact.is_negative(seen.value):
                self.tally.add(type_, Fate("not used", ABSENT, shown), row.source)
                return None
            always = _stays(item.fact) or _speaks_always(item.fact, seen.value)
            if "date" not in result and not always:
                raise NotRead(NO_DATE)
        except NotRead as fault:
            self.tally.add(type_, Fate("ambiguous", str(fault), shown), row.source)
            return None
        return _Found(item, shown, result, row.source, type_, always)

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
                self.tally.add(one.type, fate, one.source)

    # one value

    def _value(self, draft: Draft, row: Row, item: Item) -> Result | Fate:
        """The value in a cell with its limits, or what becomes of it. Raises NotRead."""
        cell = row.cells[item.value]
        if cell.kind == "fault":
            raise NotRead(cell.text)
        if row.is_empty(cell):
            return Fate("not used", NO_VALUE)
        entry = item.fact
        if entry.kind == "date":
            day = row.day(cell)
            if is_later(day, self.how.today) and not is_visit(entry.name):
                raise NotRead(FUTURE)
            return {"value": day}
        word = item.words.get(plain(cell.text), "")
        if entry.kind == "finding" and not entry.choices:
            if item.date == item.value:  # "SLE since": it is so, from the day in the cell
                return {"value": True}
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
        found = row.number(cell)
        if found is None:
            if item.fact.kind == "quantity" and item.fact.unit != "titre":
                raise NotRead("its value is no number")
            return {"valueString": cell.text}
        unit = row.unit(found, item.unit_column, item.unit)
        quantity = {"value": Decimal(found.number), "comparator": found.comparator, "unit": unit}
        limits: dict[str, object] = {}
        for key, column in (("high", item.upper), ("low", item.lower)):
            limit = row.number(row.cells[column]) if column else None
            if column:
                _refuse_other_units(row.cells[column].text, unit, item.fact)
            if limit is not None and found.is_percent and row.cells[column].kind == "number":
                raise NotRead(UNITS_DIFFER)  # 0.5 beside 65 % may be 50 %
            if limit is not None and not limit.comparator:
                limits[key] = {"value": Decimal(limit.number), "unit": limit.unit or unit}
        if item.range and (text := row.cells[item.range].text):
            text = text.replace(",", ".") if row.by.decimal == "," else text
            _refuse_other_units(text, unit, item.fact)
            limits["text"] = text
        return {"valueQuantity": quantity, "referenceRange": [limits] if limits else []}

    def _day_beside(self, row: Row, item: Item) -> str:
        """The day of a result; empty where none is written. Raises NotRead."""
        cell = row.cells[item.date] if item.date else EMPTY
        if cell.kind == "fault":
            raise NotRead(f"its date: {cell.text}")
        return "" if row.is_empty(cell) else row.day_that_has_come(cell, self.how.today)


_MOST_NAMES = 1_000


def _refuse_other_units(limits: str, unit: str, entry: FactEntry) -> None:
    """Raises NotRead where limits are written with another unit than their value has.

    A laboratory prints both in one: beside "0.2-1.2 mg/dL" a bilirubin of 5 is none in umol/L. Two
    spellings of one unit are one, and what stands in brackets and is no unit is a remark.
    """
    if unit:
        limits = re.sub(rf"(?<![^\s\d(]){re.escape(unit)}(?![^\s),;])", "", limits).strip()
    after = _AFTER_LIMITS.fullmatch(limits)
    beside = (after["unit"] or "").strip() if after else ""
    named = partial(unit_if_known, wanted=entry.unit)
    remark = beside.startswith("(") and named(beside.strip("()")) is None
    told = {beside.strip("()")} if beside and not remark else set()
    told |= {word for word in limits.split() if "/" in word and named(word.strip("(),;"))}
    own = named(unit)
    if any((name := named(one.strip("(),;"))) is None or name != own for one in told):
        raise NotRead(UNITS_DIFFER)


_LIMIT = r"[<>]?=?\s*\d[\d.,]*"
_AFTER_LIMITS = pattern(
    rf"\(?\s*{_LIMIT}(?:\s*(?:-|~|\uff5e|\u2013|to)\s*{_LIMIT})?\s*\)?(?P<unit>\s*\D.*)?", re.ASCII
)
"""One limit of normal or two, and what stands behind."""


def _type(row: Row) -> str:
    """What is counted of this row: itself, as of a long table, or each cell."""
    return "Row" if row.by.test else "Cell"


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
