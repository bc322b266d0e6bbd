"""The map of a table: what its columns, or the tests in its rows, say. A person writes it.

A wide table has a column for each value, a long one a row for each result:

    read_by = "AB"                          read_by = "AB"
    pseudonym = "Study no"                  pseudonym = "id"
    date = "Visit"                          test_column = "analyte"
    [column."Creatinine"]                   value = "result"
    fact = "lab.creatinine"                 date = "drawn"
    unit = "mg/dL"                          [test."CREA"]
                                            fact = "lab.creatinine"

A row may also have entries of lists, a field in each column:

    [[treatment]]
    drug  = "Medication"
    dose  = { column = "Dose", unit = "mg/day" }
    start = "From"

Nothing of a table is read by part of a name, and no column that the map does not name.
"""

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from cartscreen.codes import plain
from cartscreen.entries import only
from cartscreen.errors import CriteriaError, InputError, Problem
from cartscreen.frozen import EMPTY, frozen, replace
from cartscreen.importing.draft import Draft
from cartscreen.text import did_you_mean, shown
from cartscreen.units import parse_quantity
from cartscreen.vocabulary import FactEntry, RecordEntry, Vocabulary

DATES = ("YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYY/MM/DD")
"""How the days of a table may be written; a part of a day, as 2026-09, only with hyphens."""
DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t"}
MOST_ABOVE = 50
"""So far down the row may stand that has the names of the columns."""
_COLUMNS = ("date", "unit_column", "upper", "lower", "range")
YES_NO = ("yes", "no")


@frozen
class Item:
    """What a column, or a test, is a result of, and in which columns the rest of it stands.

    value, date, unit_column, upper, lower, range    columns
    unit       that of a number beside which the table has none
    words      what a cell says, as `plain` has it -> the word of the fact; yes or no
    specimen   of a test: only rows of this specimen are results of the fact
    """

    fact: FactEntry
    value: str
    date: str = ""
    unit_column: str = ""
    upper: str = ""
    lower: str = ""
    range: str = ""
    unit: str = ""
    words: Mapping[str, str] = EMPTY
    specimen: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read for it."""
        beside = (self.date, self.unit_column, self.upper, self.lower, self.range)
        return (self.value, *(name for name in beside if name))


@frozen
class Field:
    """A field of the entries of a list: the column that has it, or what is so of all of them.

    unit       that of a number beside which the table has none; unit_column has it otherwise
    words      what a cell says, as `plain` has it -> the word of the field, yes or no, a drug; of
               a number what its unit says -> a unit
    fixed      what every entry says; there is no column then
    is_dose    it says how much of a drug, and so how often, too
    """

    entry: FactEntry
    column: str = ""
    unit: str = ""
    unit_column: str = ""
    words: Mapping[str, str] = EMPTY
    fixed: str | bool = ""
    is_dose: bool = False


@frozen
class EntryMap:
    """An entry of a list that each row may have.

    place   the column by which it is told from other entries of the row
    own     the columns of which one has a value where there is an entry: no others read them
    """

    record: RecordEntry
    fields: tuple[Field, ...]
    own: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read for it."""
        named = (name for one in self.fields for name in (one.column, one.unit_column))
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def place(self) -> str:
        return next(one.column for one in self.fields if one.column in self.own)


@frozen
class TableMap:
    """How a table is read.

    read_by      the initials of the person who has read the map
    patient      the column that tells patients apart; it never leaves the reader
    pseudonym    the column whose text may stand in profiles and name their files
    test         of a long table, the column that names what was measured; `specimen`, of what
    columns      of a wide table: column -> what it is a result of
    tests        of a long one: test, as `plain` has it -> the same, by specimen
    entries      the entries of lists that a row may have
    ignore       columns that are left out knowingly
    missing      what stands in a cell without a value
    header       the row that has the names of the columns
    sheet        which sheet of a spreadsheet; of several, a text file of that name, too
    """

    read_by: str
    patient: str = ""
    pseudonym: str = ""
    test: str = ""
    specimen: str = ""
    columns: Mapping[str, Item] = EMPTY
    tests: Mapping[str, tuple[Item, ...]] = EMPTY
    ignore: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    dates: str = DATES[0]
    decimal: str = "."
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    header: int = 1
    entries: tuple[EntryMap, ...] = ()
    is_one_of_several: bool = False

    @property
    def nouns(self) -> Iterator[str]:
        """What is counted of a table: its rows, its cells, the entries that its rows may have."""
        if self.test:
            yield "rows"
        if self.columns:
            yield "cells"
        if self.entries:
            yield "entries"

    @property
    def items(self) -> Iterator[Item]:
        yield from self.columns.values()
        for items in self.tests.values():
            yield from items

    @cached_property
    def named(self) -> frozenset[str]:
        """All columns that the map names."""
        own = (self.patient, self.pseudonym, self.test, self.specimen, *self.ignore)
        read = [*(item.columns for item in self.items), *(one.columns for one in self.entries)]
        return frozenset(filter(None, (*own, *chain(*read))))


_OF_ALL = (
    "read_by", "patient", "pseudonym", "dates", "decimal", "encoding", "delimiter", "missing"
)  # fmt: skip
"""What a map may say once for all its sheets."""


def table_maps(data: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> tuple[TableMap, ...]:
    """The map in the data of a TOML file: of one table, or one for each [sheet.NAME].

    Raises InputError with each fault.
    """
    sheets = data.get("sheet")
    if not isinstance(sheets, dict):
        return (_Reader(data, vocabulary, where).map(),)
    faults: list[str] = []
    for key in data:
        if key not in (*_OF_ALL, "sheet"):
            faults.append(f"{where}: {shown(key)}: write it in a sheet, below [sheet.NAME].")
    of_all = {key: value for key, value in data.items() if key in _OF_ALL}
    found: list[TableMap] = []
    for name, said in sheets.items():
        place = f"{where}: sheet {shown(name)}"
        try:
            if not isinstance(said, dict):
                raise InputError(f"{place}: write [sheet.NAME] above what is said of it.")
            one = _Reader({**of_all, **said, "sheet": name}, vocabulary, place).map()
            if not one.patient and not one.pseudonym:
                raise InputError(f"{place}: patient: name the column that says of whom a row is.")
            found.append(replace(one, is_one_of_several=True))
        except InputError as fault:
            faults += fault.faults
    if faults:
        raise InputError(*dict.fromkeys(faults))
    return tuple(found)


class _Reader:
    def __init__(self, data: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> None:
        self.data = data
        self.vocabulary = vocabulary
        self.where = where
        self.faults: list[str] = []

    def map(self) -> TableMap:
        data = self.data
        is_long = "test" in data
        texts = ("read_by", "patient", "pseudonym", "dates", "decimal", "encoding", "delimiter")
        of_long = ("test_column", "value", "specimen", *_COLUMNS) if is_long else ("date",)
        lists = () if is_long else tuple(self.vocabulary.records)
        mapped = ("test",) if is_long else ("column", *lists)
        known = (*texts, "sheet", "header", "ignore", "missing", *of_long, *mapped)
        try:
            only(data, known, self.where)
        except CriteriaError as fault:
            self.faults += fault.faults
        told = {key: self.text(data, key) for key in (*texts, "sheet", *of_long) if key in data}
        if not told.get("read_by"):
            self.fault("read_by: write the initials of who has read this map, line by line.")
        dates = self.one_of(told, "dates", DATES)
        decimal = self.one_of(told, "decimal", (".", ","))
        delimiter = DELIMITERS.get(self.one_of(told, "delimiter", tuple(DELIMITERS)), ",")
        columns: dict[str, Item] = {}
        tests: dict[str, tuple[Item, ...]] = {}
        if is_long:
            for key, says in (("test_column", "says what was measured"), ("value", "has results")):
                if not told.get(key):
                    self.fault(f"{key}: name the column that {says}.")
            for name, said in self.table(data, "test").items():
                place = f"test {shown(name)}"
                listed = said if isinstance(said, list) else [said]
                items = [self.item(place, one, told, is_long) for one in listed]
                if plain(name) in tests:
                    self.fault(f"{place}: this test stands twice.")
                tests[plain(name)] = tuple(filter(None, items))
        else:
            for name, said in self.table(data, "column").items():
                told["value"] = name
                if item := self.item(f"column {shown(name)}", said, told, is_long):
                    columns[name] = item
        of_lists = [one for name in lists if name in data for one in self.entries(name, told)]
        if not columns and not tests and not of_lists and not self.faults:
            self.fault(f"it maps nothing; write [{'test' if is_long else 'column'}.NAME] tables.")
        header = data.get("header", 1)
        if isinstance(header, bool) or not isinstance(header, int) or not 0 < header <= MOST_ABOVE:
            self.fault(f"header: {shown(header)}: write which row has the names, 2 say.")
        missing = frozenset(plain(text) for text in self.listed("missing"))
        ignore = tuple(self.listed("ignore"))
        for name in ignore:
            if name in columns or any(name in one.columns for one in of_lists):
                self.fault(f"ignore: {shown(name)} is mapped, too.")
        if is_long and not (told.get("patient") or told.get("pseudonym")):
            self.fault("patient: name the column that tells patients apart.")
        if self.faults:
            raise InputError(*self.faults)
        return TableMap(
            told["read_by"],
            told.get("patient", ""),
            told.get("pseudonym", ""),
            told.get("test_column", ""),
            told.get("specimen", ""),
            columns,
            tests,
            ignore,
            missing,
            dates,
            decimal,
            self.encoding(told.get("encoding", "utf-8")),
            delimiter,
            told.get("sheet", ""),
            header,
            tuple(of_lists),
        )

    def item(self, place: str, said: Any, told: Mapping[str, str], is_long: bool) -> Item | None:
        """One [column.NAME] or [test.NAME]; `told` are the columns named for all."""
        keys = ("fact", "unit", "words", *(("specimen",) if is_long else _COLUMNS))
        if not isinstance(said, dict):
            self.fault(f'{place}: this is no table; write fact = "lab.alt" below its name.')
            return None
        before = len(self.faults)
        try:
            only(said, keys, f"{self.where}: {place}")
        except CriteriaError as fault:
            self.faults += fault.faults
        try:
            entry = self.vocabulary.fact(self.text(said, "fact", place))
        except Problem as problem:
            self.fault(f"{place}: {problem}")
            return None
        beside = {key: told.get(key, "") for key in _COLUMNS}
        beside |= {key: self.text(said, key, place) for key in _COLUMNS if key in said}
        unit = self.text(said, "unit", place) if "unit" in said else ""
        if unit and (fault_ := unit_fault(entry, unit)):
            self.fault(f"{place}: unit: {fault_}")
        needs_date = entry.kind != "date" and any(length for _, length in entry.speaks.lengths)
        if needs_date and not beside["date"]:
            self.fault(
                f"{place}: {entry.name} does not stay as it is; name the column of its day, "
                'date = "..."'
            )
        words = self.words(place, entry, said.get("words", {}))
        if len(self.faults) > before:
            return None
        specimen = plain(self.text(said, "specimen", place)) if "specimen" in said else ""
        if specimen and not told.get("specimen"):
            self.fault(f"{place}: name the column of the specimen at the top, too.")
        value = told.get("value", "")
        return Item(entry, value, unit=unit, words=words, specimen=specimen, **beside)

    def words(
        self, place: str, entry: FactEntry, said: Any, others: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """What cells say for the words of a finding, or for `others`."""
        if not isinstance(said, dict):
            self.fault(f'{place}: words: write {{ "neg" = "negative" }}, say.')
            return {}
        known = entry.choices or (YES_NO if entry.kind == "finding" else others)
        if said and not known:
            self.fault(f"{place}: words: {entry.name} has none.")
            return {}
        found: dict[str, str] = {}
        for cell, word in said.items():
            if word not in known:
                hint = did_you_mean(str(word), known) or f" It has {', '.join(known)}."
                self.fault(f"{place}: words: {shown(word)} is no word of {entry.name}.{hint}")
            elif found.setdefault(plain(cell), word) != word:
                self.fault(f"{place}: words: {shown(cell)} stands twice.")
        return found

    def entries(self, name: str, told: Mapping[str, str]) -> list[EntryMap]:
        """The entries of one list: of each [[LIST]], one, or with `repeat` so many."""
        record, said = self.vocabulary.records[name], self.data[name]
        if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
            self.fault(f"{name}: write [[{name}]] above the columns of an entry.")
            return []
        found = []
        for number, one in enumerate(said, start=1):
            place = name if len(said) == 1 else f"{name} {number}"
            repeat = one.get("repeat", 1)
            if isinstance(repeat, bool) or not isinstance(repeat, int) or not 0 < repeat <= 100:
                self.fault(f"{place}: repeat: write how many entries a row may have, 3 say.")
                continue
            if "repeat" in one and "{n}" not in str(one):
                self.fault(f'{place}: repeat: write {{n}} for the number, drug = "drug{{n}}" say.')
                continue
            for n in range(1, repeat + 1):
                fields = [
                    self.field(f"{place}: {key}", record, key, value, str(n))
                    for key, value in one.items()
                    if key != "repeat"
                ]
                found.append((place, EntryMap(record, tuple(filter(None, fields)))))
                if len(fields) > len(found[-1][1].fields):
                    break  # its faults are those of all
        return self.with_own(found, told)

    def with_own(
        self, found: Sequence[tuple[str, EntryMap]], told: Mapping[str, str]
    ) -> list[EntryMap]:
        """The same entries, each with the columns that say by themselves that there is one."""
        times = Counter(column for _, one in found for column in set(one.columns))
        others = {told.get(key, "") for key in ("patient", "pseudonym", "date")}
        whole = []
        for place, one in found:
            values = {each.column for each in one.fields if each.column}
            own = frozenset(name for name in values if times[name] == 1) - others
            if one.fields and not own:
                self.fault(
                    f"{place}: name the columns of its fields; each entry has one of its own."
                )
            whole.append(replace(one, own=own))
        return whole

    def field(
        self, place: str, record: RecordEntry, key: str, said: Any, number: str
    ) -> Field | None:
        """What is said of a field: a column, or a table with more."""
        entry = record.fields.get(key)
        if entry is None or entry.kind == "steps":
            hint = did_you_mean(key, record.fields) if entry is None else " Map an entry for each."
            hint = hint or f" `cartscreen facts {record.name}` lists its fields."
            self.fault(f"{place}: {record.name} has no such field to map.{hint}")
            return None
        data = {"column": said} if isinstance(said, str) else said
        if not isinstance(data, dict):
            self.fault(f'{place}: write the name of its column, "Dose" say.')
            return None
        before = len(self.faults)
        try:
            only(data, ("column", "unit", "unit_column", "words", "is"), f"{self.where}: {place}")
        except CriteriaError as fault:
            self.faults += fault.faults
        texts = {
            each: self.text(data, each, place).replace("{n}", number)
            for each in ("column", "unit", "unit_column")
        }
        fixed = data.get("is", "")
        if bool(texts["column"]) is ("is" in data):
            self.fault(f'{place}: write column = "..." for what a cell says, or is = ... for all.')
        elif "is" in data and not self.is_of(record, key, fixed):
            self.fault(f"{place}: is: {shown(fixed)} is no value of this field.")
        elif "is" in data and entry.kind == "drug":
            self.check_drug(f"{place}: is", fixed)
        is_dose = record.has_role(key, "dose")
        if texts["unit"] and (said_of_unit := self.unit_of_field(record, entry, texts["unit"])):
            self.fault(f"{place}: unit: {said_of_unit}")
        words = self.words_of_field(place, record, entry, data.get("words", {}))
        if len(self.faults) > before:
            return None
        return Field(entry, **texts, words=words, fixed=fixed, is_dose=is_dose)

    def is_of(self, record: RecordEntry, key: str, value: Any) -> bool:
        """May every entry say this?"""
        if not isinstance(value, str | bool):
            return False
        return not Draft(self.vocabulary).fault_of_entry(record.name, {key: value})

    def unit_of_field(self, record: RecordEntry, entry: FactEntry, unit: str) -> str:
        """Why numbers in this unit would not be of the field; empty where they may be."""
        if entry.kind not in ("quantity", "duration"):
            return f"{entry.name} has none."
        if self.is_of(record, entry.name, f"1 {unit}"):
            return ""
        if record.has_role(entry.name, "dose"):
            return f'{shown(unit)}: write a mass and how often, "mg/day", "mg weekly", "mg once".'
        return f"{shown(unit)} does not fit {entry.name}."

    def words_of_field(
        self, place: str, record: RecordEntry, entry: FactEntry, said: Any
    ) -> dict[str, str]:
        if entry.kind in ("quantity", "duration") and isinstance(said, dict):
            for unit in said.values():
                if fault := self.unit_of_field(record, entry, str(unit)):
                    self.fault(f"{place}: words: {fault}")
            return {plain(cell): str(unit) for cell, unit in said.items()}
        if entry.kind == "drug" and isinstance(said, dict):
            for name in said.values():
                self.check_drug(f"{place}: words", name)
            return {plain(cell): str(name) for cell, name in said.items()}
        return self.words(place, entry, said, entry.words)

    def check_drug(self, place: str, name: Any) -> None:
        try:
            if not isinstance(name, str) or self.vocabulary.drug_named(name) is None:
                hint = self.vocabulary.drug_suggestion(str(name))
                self.fault(f"{place}: {shown(name)} is no drug of ours.{hint}")
        except Problem as problem:  # a name of several
            self.fault(f"{place}: {problem}")

    def one_of(self, told: Mapping[str, str], key: str, known: tuple[str, ...]) -> str:
        said = told.get(key, known[0])
        if said not in known:
            self.fault(f"{key}: {shown(said)} is none of {', '.join(map(repr, known))}.")
        return said

    def encoding(self, said: str) -> str:
        try:
            name = codecs.lookup(said).name
        except (LookupError, ValueError):
            raise InputError(
                f"{self.where}: encoding: {shown(said)} is not known; utf-8, gb18030, cp1252 are."
            ) from None
        if name.startswith(("utf-16", "utf-32")):
            raise InputError(f"{self.where}: encoding: {shown(said)}: save the table as UTF-8.")
        return name

    def text(self, data: Mapping[str, Any], key: str, place: str = "") -> str:
        said = data.get(key, "")
        if isinstance(said, str):
            return said
        self.fault(f"{place}{': ' * bool(place)}{key}: {shown(said)} is no text; quote it.")
        return ""

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        said = data.get(key, {})
        if isinstance(said, dict):
            return said
        self.fault(f"{key}: this is no table; write [{key}.NAME] above what is said of NAME.")
        return {}

    def listed(self, key: str) -> list[str]:
        said = self.data.get(key, [])
        if isinstance(said, list) and all(isinstance(item, str) for item in said):
            return said
        self.fault(f'{key}: write a list of texts, ["A", "B"] say.')
        return []

    def fault(self, said: str) -> None:
        self.faults.append(f"{self.where}: {said}")


def unit_fault(entry: FactEntry, unit: str) -> str:
    """Why numbers in this unit would not be of the fact; empty where they may be."""
    if entry.kind != "quantity":
        return "" if entry.measured else f"{entry.name} has none."
    try:
        number, found = parse_quantity(f"1 {unit}", entry.unit)
        entry.to_unit(number, found)
    except Problem as problem:
        return str(problem)
    return ""
