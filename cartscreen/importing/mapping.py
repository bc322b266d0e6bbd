"""The map of a table: what its columns, or the tests in its rows, say. A person writes it.

A wide table has a column for each value, a long one a row for each result:

    read_by = "AB"                          read_by = "AB"
    pseudonym = "Study no"                  pseudonym = "id"
    date = "Visit"                          test_column = "analyte"
    [column."Creatinine"]                   value = "result"
    fact = "lab.creatinine"                 date = "drawn"
    unit = "mg/dL"                          [test."CREA"]
                                            fact = "lab.creatinine"

Nothing of a table is read by part of a name, and no column that the map does not name.
"""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cartscreen.codes import plain
from cartscreen.entries import only
from cartscreen.errors import CriteriaError, InputError, Problem
from cartscreen.place import Visit, fact_place
from cartscreen.profile.edit import quoted
from cartscreen.text import did_you_mean, shown
from cartscreen.units import parse_quantity
from cartscreen.vocabulary import FactEntry, Vocabulary

DATES = ("YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYY/MM/DD")
"""How the days of a table may be written; a part of a day, as 2026-09, only with hyphens."""
DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t"}
_COLUMNS = ("date", "unit_column", "upper", "lower", "range")
_YES_NO = ("yes", "no")


@dataclass(frozen=True)
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
    words: Mapping[str, str] = field(default_factory=dict)
    specimen: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read for it."""
        beside = (self.date, self.unit_column, self.upper, self.lower, self.range)
        return (self.value, *(name for name in beside if name))


@dataclass(frozen=True)
class TableMap:
    """How a table is read.

    read_by      the initials of the person who has read the map
    patient      the column that tells patients apart; it never leaves the reader
    pseudonym    the column whose text may stand in profiles and name their files
    test         of a long table, the column that names what was measured; `specimen`, of what
    columns      of a wide table: column -> what it is a result of
    tests        of a long one: test, as `plain` has it -> the same, by specimen
    ignore       columns that are left out knowingly
    missing      what stands in a cell without a value
    """

    read_by: str
    patient: str = ""
    pseudonym: str = ""
    test: str = ""
    specimen: str = ""
    columns: Mapping[str, Item] = field(default_factory=dict)
    tests: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    dates: str = DATES[0]
    decimal: str = "."
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""

    @property
    def items(self) -> Iterator[Item]:
        yield from self.columns.values()
        for items in self.tests.values():
            yield from items

    @property
    def named(self) -> frozenset[str]:
        """All columns that the map names."""
        own = (self.patient, self.pseudonym, self.test, self.specimen, *self.ignore)
        read = (name for item in self.items for name in item.columns)
        return frozenset(name for name in (*own, *read) if name)


def table_map(data: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> TableMap:
    """The map in the data of a TOML file. Raises InputError with each fault."""
    return _Reader(data, vocabulary, where).map()


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
        known = (*texts, "sheet", "ignore", "missing", *of_long, "test" if is_long else "column")
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
        if not columns and not tests and not self.faults:
            self.fault(f"it maps nothing; write [{'test' if is_long else 'column'}.NAME] tables.")
        missing = frozenset(plain(text) for text in self.listed("missing"))
        ignore = tuple(self.listed("ignore"))
        for name in ignore:
            if name in columns:
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
        if unit and (fault_ := _unit_fault(entry, unit)):
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

    def words(self, place: str, entry: FactEntry, said: Any) -> dict[str, str]:
        if not isinstance(said, dict):
            self.fault(f'{place}: words: write {{ "neg" = "negative" }}, say.')
            return {}
        if said and entry.kind != "finding":
            self.fault(f"{place}: words: {entry.name} has none.")
            return {}
        known = entry.choices or _YES_NO
        found: dict[str, str] = {}
        for cell, word in said.items():
            if word not in known:
                hint = did_you_mean(str(word), known) or f" It has {', '.join(known)}."
                self.fault(f"{place}: words: {shown(word)} is no word of {entry.name}.{hint}")
            elif found.setdefault(plain(cell), word) != word:
                self.fault(f"{place}: words: {shown(cell)} stands twice.")
        return found

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


def _unit_fault(entry: FactEntry, unit: str) -> str:
    """Why numbers in this unit would not be of the fact; empty where they may be."""
    if entry.kind != "quantity":
        return "" if entry.measured else f"{entry.name} has none."
    try:
        number, found = parse_quantity(f"1 {unit}", entry.unit)
        entry.to_unit(number, found)
    except Problem as problem:
        return str(problem)
    return ""


def draft_map(header: list[str], vocabulary: Vocabulary, delimiter: str) -> str:
    """A map for a person to read and to complete: what a header names for sure.

    A name is sure where it is the whole name of one fact: "lab.creatinine", "Creatinine (mg/dL)".
    All else stands in a comment. Without `read_by` no map is taken.
    """
    names: dict[str, set[str]] = {}
    for name, entry in vocabulary.facts.items():
        for text in (name, name.partition(".")[2].replace("_", " "), entry.label):
            names.setdefault(plain(text), set()).add(name)
    lines = [*_HEAD]
    if delimiter != ",":
        said = next(key for key, letter in DELIMITERS.items() if letter == delimiter)
        lines.append(f"delimiter = {quoted(said)}")
    left: list[str] = []
    sure: list[str] = []
    for column in header:
        told, unit = _with_unit(column)
        found = names.get(plain(column)) or names.get(plain(told), set())
        if len(found) != 1:
            left.append(column)
            continue
        entry = vocabulary.facts[next(iter(found))]
        if isinstance(fact_place(entry.name), Visit):  # which visit a column means, is not sure
            left.append(column)
            continue
        sure += ["", f"[column.{quoted(column)}]", f"fact = {quoted(entry.name)}"]
        if entry.kind == "quantity" and entry.unit != "1":
            is_unit = unit and not _unit_fault(entry, unit)
            sure.append(f"{'' if is_unit else '# '}unit = {quoted(unit if is_unit else '...')}")
        elif entry.kind == "finding":
            sure.append(f"# words = {{ ... }}  # of {', '.join(entry.choices or _YES_NO)}")
    lines += ["", "# Columns that are not known. Map them, or name them in `ignore`:"] * bool(left)
    lines += [f"# {quoted(column)}" for column in left]
    return "\n".join([*lines, *sure]) + "\n"


_HEAD = (
    "# A map that was drafted from the header alone. Compare each line with the table, take away",
    '# the "#" before what holds, and write your initials: no map without them is taken.',
    'read_by = ""',
    '# pseudonym = "..."   # the column whose text may stand in profiles',
    '# patient = "..."     # the column that tells patients apart; it never leaves the reader',
    '# date = "..."        # the column of the day of the results',
    f'# dates = "{DATES[0]}"   # or {", ".join(DATES[1:])}',
    "# ignore = []",
    "# missing = []        # what stands where there is no value",
)


def _with_unit(column: str) -> tuple[str, str]:
    """The name and the unit of "Creatinine (mg/dL)" and "Creatinine [mg/dL]"."""
    for opens, closes in (("(", ")"), ("[", "]")):
        name, _, rest = column.strip().partition(opens)
        if rest.endswith(closes):
            return name.strip(), rest.removesuffix(closes).strip()
    return column, ""
