"""An OMOP CDM that the user named: tables as CSV or Parquet, or a DuckDB database (extra omop).

Every table is read from end to end, so that a fault anywhere is said before anything is written.
What may be of use stands meanwhile in a database of its own on disk, which is gone at the end; from
there the rows of each person are read, person by person. Memory does not grow with their number.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cartscreen.cli.files import CDM_TABLES, hash_of, hash_of_all, index_of, inside
from cartscreen.cli.output import collect_seldom, complain
from cartscreen.errors import InputError, refusal
from cartscreen.frozen import frozen
from cartscreen.importing.omop import CONCEPT, CONCEPT_ANCESTOR, HOLDS, TABLES, Cdm, Concept, Table
from cartscreen.importing.patient import PatientReader, check_exported, settled_alone
from cartscreen.importing.tally import Fate, Tally
from cartscreen.pattern import pattern
from cartscreen.text import shown

if TYPE_CHECKING:
    import duckdb

    from cartscreen.codes import Codes
    from cartscreen.importing.draft import Draft
    from cartscreen.importing.elements import Resource

_KNOWN = {**TABLES, "concept": CONCEPT, "concept_ancestor": CONCEPT_ANCESTOR}
_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_LINE = 1_000_000
_MANY = 5_000
_MEMORY = "256MB"  # what DuckDB may take; it reads in a stream, and sorts nothing


@dataclass
class _File:
    path: Path
    sha256: str = ""


@frozen
class _Held:
    """Where a table is held: `sql` selects from it, and `columns` are its own names, by ours."""

    table: Table
    file: _File
    sql: str
    columns: Mapping[str, str]

    def cell(self, column: str) -> str:
        """SQL for the text of a cell: empty where there is no value, or the concept 0."""
        if column not in self.columns:
            return "''"
        text = f"trim(CAST({_quoted(self.columns[column])} AS VARCHAR))"
        missing = ["", "NULL", "\\N"]
        if column.endswith("_id") and column not in _TEXT_IDS:
            text = f"regexp_replace({text}, '\\.0*$', '')"  # 7.0, where a column had gaps
            missing += ["NA", "NAN", *(["0"] if column.endswith("_concept_id") else [])]
        elif not column.endswith(("_value", "_name", "_code", "_string", "sig", "_id")):
            missing += ["NA", "NAN"]
        listed = ", ".join(f"'{said}'" for said in missing)
        return f"CASE WHEN upper({text}) IN ({listed}) THEN '' ELSE coalesce({text}, '') END"

    def select(self, columns: Sequence[str]) -> str:
        """SQL for the texts of these columns, each under its own name."""
        cells = ", ".join(f"{self.cell(column)} AS {column}" for column in columns)
        return f"SELECT {cells} FROM {self.sql}"


_TEXT_IDS = ("domain_id", "vocabulary_id", "concept_class_id")


class Omop:
    """The persons of an OMOP CDM, which may stand in several folders or databases together."""

    def __init__(self, sources: Sequence[str], codes: "Codes", tally: Tally) -> None:
        self.codes = codes
        self.tally = tally
        self.named = ", ".join(sources)
        self.files: list[_File] = []
        self.types: set[str] = set()  # the tables that have rows
        self._held: dict[str, _Held] = {}
        self._index = index_of("CREATE TABLE stands (person TEXT, part TEXT, id TEXT, cells TEXT);")
        try:
            database = _connected(self.named)
            try:
                for source in sources:
                    self._find(database, source)
                self._check_tables()
                self._read(database)
            finally:
                database.close()
            self._index.execute("CREATE INDEX of_person ON stands (person)")
            self.count = self._checked()
        except BaseException:
            self._index.close()
            raise
        collect_seldom()  # what start-up makes lives to the end; what each person makes does not

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    @property
    def sha256(self) -> str:
        """The hash of the file; of several, the hash of theirs, in order."""
        return hash_of_all([file.sha256 for file in self.files])

    def check_closed(self, closed: Mapping[str, str]) -> None:
        """Raises InputError where the CDM has not all that is said to be complete."""
        check_exported(closed, self.types, HOLDS)
        if "problem-list" in closed and "observation" not in self._held:
            raise InputError(
                "--closed problem-list: there is no table OBSERVATION, where a CDM keeps past "
                "diagnoses; what was not exported closes no list."
            )

    def drafts(self, reader: PatientReader) -> "Iterator[Draft]":
        """The draft of each person, in the order of person_id."""
        persons = self._index.execute(
            "SELECT person FROM stands WHERE part = 'person' ORDER BY length(person), person"
        )
        for (person,) in persons:
            yield reader.read(self._resources(person, reader), lambda _: None)

    def _resources(self, person: str, reader: PatientReader) -> "Iterator[Resource]":
        """What the rows of a person say; those of DEATH with that of PERSON."""
        rows: dict[str, list[dict[str, str]]] = {}
        for part, cells in self._index.execute(
            "SELECT part, cells FROM stands WHERE person = ? ORDER BY part, length(id), id, cells",
            (person,),
        ):
            rows.setdefault(part, []).append(json.loads(cells))
        deaths = rows.pop("death", [])
        for _ in deaths:
            self.tally.add("death", Fate("used", "person"))
        (row,) = rows.pop("person")
        yield self._cdm.person(row, deaths, reader.how.today)
        for part, listed in rows.items():
            for cells in listed:
                yield self._cdm.resource(part, cells)

    # where the tables are

    def _find(self, database: "duckdb.DuckDBPyConnection", source: str) -> None:
        """The tables of a folder, or of a database."""
        if not Path(source).is_dir():
            self._find_in_database(database, source)
            return
        for path in inside(source):
            name = path.stem.lower()
            if name in _KNOWN and path.suffix.lower() in CDM_TABLES and path.is_file():
                file = _File(path)
                with _said_of(path):
                    if path.suffix.lower() == ".csv":
                        self._hold(name, file, *_of_csv(path, is_vocabulary=name not in TABLES))
                    else:
                        self._hold(name, file, *_of_parquet(database, path))
                self.files.append(file)

    def _find_in_database(self, database: "duckdb.DuckDBPyConnection", source: str) -> None:
        path = Path(source)
        if not path.is_file():
            raise InputError(f"{source}: there is no such file or folder.")
        if path.with_name(f"{path.name}.wal").exists():
            raise InputError(f"{source}: it is open elsewhere, or was not closed; close it first.")
        catalog = f"cdm{len(self.files)}"
        with _said_of(path, "this is no DuckDB database that the installed duckdb can read"):
            database.execute(f"ATTACH {_text(path)} AS {catalog} (READ_ONLY)")
            found = database.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 "
                "UNION ALL SELECT schema_name, view_name FROM duckdb_views() "
                "WHERE database_name = $1 AND NOT internal ORDER BY ALL",
                [catalog],
            ).fetchall()
        file = _File(path)
        for schema, table in found:
            if table.lower() in _KNOWN:
                place = f"{catalog}.{_quoted(schema)}.{_quoted(table)}"
                with _said_of(path):
                    self._hold(table.lower(), file, place, _columns(database, place))
        self.files.append(file)

    def _hold(self, name: str, file: _File, sql: str, columns: Mapping[str, str]) -> None:
        """Note where a table is held. Raises InputError if it is no table of the CDM, or twice."""
        if name in self._held:
            other = self._held[name].file
            where = "two schemas have" if other is file else f"{other.path} has, too,"
            raise InputError(f"{file.path}: {where} the table {name}; name one CDM alone.")
        table = _KNOWN[name]
        if name == "person" and "death_datetime" in columns:
            raise InputError(
                f"{file.path}: this is an OMOP CDM 6; cartscreen reads 5.4 and 5.3, which keep "
                "deaths in a table of their own."
            )
        needed = (table.id, *table.columns)
        if name in TABLES:
            needed = ("person_id", *needed)
        missing = [column for column in dict.fromkeys(needed) if column not in columns]
        if missing:
            raise InputError(
                f"{file.path}: {name} has no column {', '.join(missing[:5])}; cartscreen reads "
                "releases 5.4 and 5.3 of the OMOP CDM, which have it."
            )
        for column in table.newer:
            if column not in columns:
                complain(
                    f"{file.path}: {name} has no column {column}, as in release 5.3 of the CDM; "
                    "it is read without.",
                    kind="note",
                )
        self._held[name] = _Held(table, file, sql, columns)

    def _check_tables(self) -> None:
        if "person" not in self._held:
            raise InputError(
                f"{self.named}: there is no table PERSON of an OMOP CDM here, as person.csv, "
                "person.parquet, or in a DuckDB database."
            )
        if "concept" not in self._held:
            raise InputError(
                f"{self.named}: there is no table CONCEPT, and without it no id of a concept says "
                "which test, diagnosis or drug it is; download the vocabularies from "
                "athena.ohdsi.org, and put CONCEPT.csv beside the other tables."
            )
        if absent := [name for name in TABLES if name not in self._held]:
            complain(
                f"{self.named}: there is no table {', '.join(absent)}; what would stand there is "
                "not known.",
                kind="note",
            )

    # what is in them

    def _read(self, database: "duckdb.DuckDBPyConnection") -> None:
        if not any(each.file.path.suffix.lower() in CDM_TABLES for each in self._held.values()):
            database.execute("SET enable_external_access = false")  # a view may name any file
        wanted: set[str] = set()
        groups: dict[str, Counter[tuple[str, ...]]] = {}
        held = [self._held[name] for name in TABLES if name in self._held]
        for each in held:
            groups[each.table.name] = self._grouped(database, each, wanted)
        self._cdm = Cdm(
            {each.table.name: each.file.path.name[-60:] for each in held},
            *self._concepts(database, wanted),
        )
        for each in held:
            self._index_rows(database, each, groups[each.table.name])
        for file in self.files:
            with _said_of(file.path), file.path.open("rb") as opened:
                file.sha256 = hash_of(opened)

    def _grouped(
        self, database: "duckdb.DuckDBPyConnection", held: _Held, wanted: set[str]
    ) -> Counter[tuple[str, ...]]:
        """How many rows share what settles them; the concepts of all rows are noted as wanted."""
        table = held.table
        columns = table.concepts
        found: Counter[tuple[str, ...]] = Counter()
        at = [columns.index(name) for name in table.settles]
        listed = ", ".join((*columns, "count(*)"))
        sql = f"SELECT {listed} FROM ({held.select((*columns, table.id))}) GROUP BY ALL"
        for *ids, count in _rows(database, held, sql):
            if count:
                self.types.add(table.name)
                wanted.update(ids)
                found[tuple(ids[each] for each in at)] += count
        return found

    def _concepts(
        self, database: "duckdb.DuckDBPyConnection", wanted: set[str]
    ) -> tuple[dict[str, Concept], dict[str, tuple[Concept, ...]]]:
        """The concepts that are wanted, and the ingredients of those that are drugs."""
        wanted.discard("")
        held = self._held["concept"]
        database.execute("CREATE TEMP TABLE wanted (id VARCHAR)")
        ids = sorted(wanted)
        for first in range(0, len(ids), _MANY):
            database.execute("INSERT INTO wanted SELECT unnest($1)", [ids[first : first + _MANY]])
        columns = (CONCEPT.id, *CONCEPT.columns)
        sql = (
            f"CREATE TEMP TABLE found AS SELECT * FROM ({held.select(columns)}) WHERE concept_id "
            "IN (SELECT id FROM wanted) OR (concept_class_id = 'Ingredient' "
            "AND vocabulary_id = 'RxNorm')"
        )
        with _said_of(held.file.path):
            database.execute(sql)
        asked = "SELECT * FROM found WHERE concept_id IN (SELECT id FROM wanted)"
        concepts: dict[str, Concept] = {}
        for id_, *cells in _rows(database, held, asked):
            if concepts.setdefault(id_, Concept(*cells)) != Concept(*cells):
                raise InputError(f"{held.file.path}: CONCEPT says two things of concept {id_}.")
        if wanted and not concepts:
            raise InputError(
                f"{held.file.path}: CONCEPT has none of the concepts that the other tables name; "
                "is it of these tables?"
            )
        if unknown := len(wanted - concepts.keys()):
            complain(
                f"{held.file.path}: {unknown} of {len(wanted)} concepts that the other tables name "
                "are not in CONCEPT; what has them is listed by its number.",
                kind="note",
            )
        return concepts, self._ingredients(database)

    def _ingredients(self, database: "duckdb.DuckDBPyConnection") -> dict[str, tuple[Concept, ...]]:
        """The ingredients of each drug, by CONCEPT_ANCESTOR."""
        found: dict[str, tuple[Concept, ...]] = {}
        if held := self._held.get("concept_ancestor"):
            columns = (CONCEPT_ANCESTOR.id, *CONCEPT_ANCESTOR.columns)
            sql = (
                "SELECT descendant_concept_id, found.* EXCLUDE (concept_id) FROM "
                f"({held.select(columns)}) JOIN found ON concept_id = ancestor_concept_id "
                "WHERE concept_class_id = 'Ingredient' AND vocabulary_id = 'RxNorm' "
                "AND descendant_concept_id IN (SELECT id FROM wanted)"
            )
            for drug, *cells in _rows(database, held, sql):
                found[drug] = (*found.get(drug, ()), Concept(*cells))
        if not found and "drug_exposure" in self.types:
            complain(
                f"{self.named}: no table CONCEPT_ANCESTOR says which ingredients the drugs have; "
                "they are known by the code of their ingredient or by their whole names alone.",
                kind="note",
            )
        return {
            drug: tuple(sorted({*parts}, key=lambda part: part.code))
            for drug, parts in found.items()
        }

    def _index_rows(
        self,
        database: "duckdb.DuckDBPyConnection",
        held: _Held,
        groups: Counter[tuple[str, ...]],
    ) -> None:
        """The rows of a table stand in the index, but for those that are settled by their codes."""
        table = held.table
        columns = [*dict.fromkeys(("person_id", table.id, *table.columns, *table.newer))]
        sql = held.select(columns)
        if table.settles:
            unsettled = list(self._unsettled(table, groups))
            if not unsettled:
                return
            named = ", ".join(f"{name} VARCHAR" for name in table.settles)
            marks = ", ".join("?" * len(table.settles))
            database.execute(f"CREATE OR REPLACE TEMP TABLE unsettled ({named})")
            database.executemany(f"INSERT INTO unsettled VALUES ({marks})", unsettled)
            shared = ", ".join(table.settles)
            sql = f"SELECT * FROM ({sql}) SEMI JOIN unsettled USING ({shared})"
        batch: list[tuple[str, str, str, str]] = []
        for cells in _rows(database, held, sql):
            row = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
            person = row.pop("person_id", "")
            batch.append((person, table.name, row.get(table.id, ""), json.dumps(row)))
            if len(batch) > _MANY:
                self._insert(batch)
        self._insert(batch)

    def _unsettled(
        self, table: Table, groups: Counter[tuple[str, ...]]
    ) -> Iterator[tuple[str, ...]]:
        """The ids of concepts whose rows may be of use; the others are counted."""
        for ids, count in groups.items():
            row = dict(zip(table.settles, ids, strict=True))
            fate = settled_alone(self._cdm.resource(table.name, row), self.codes)
            if fate is None:
                yield ids
            else:
                self.tally.add(table.name, fate, count=count)

    def _insert(self, rows: list[tuple[str, str, str, str]]) -> None:
        self._index.executemany("INSERT INTO stands VALUES (?, ?, ?, ?)", rows)
        rows.clear()

    def _checked(self) -> int:
        """How many persons there are. Raises InputError where they cannot be told apart."""
        ask = self._index.execute
        (count, different, nobody) = ask(
            "SELECT count(*), count(DISTINCT person), count(*) FILTER (WHERE person = '') "
            "FROM stands WHERE part = 'person'"
        ).fetchone()
        place = self._held["person"].file.path
        if not count:
            raise InputError(f"{place}: the table PERSON has no row.")
        if nobody or different < count:
            raise InputError(f"{place}: rows of PERSON have no person_id, or one for two of them.")
        strangers = ask(
            "SELECT part, count(*) FROM stands WHERE person NOT IN "
            "(SELECT person FROM stands WHERE part = 'person') GROUP BY part"
        )
        for part, rows in strangers:
            self.tally.add(part, Fate("not used", "its person is not in PERSON"), count=rows)
        return int(count)


def _connected(named: str) -> "duckdb.DuckDBPyConnection":
    """A database in memory that reads what it is told to, and fetches nothing from anywhere."""
    try:
        import duckdb
    except ImportError:
        raise InputError(
            f"{named}: to read an OMOP CDM, install duckdb (pip install 'cartscreen[omop]')."
        ) from None
    return duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": _MEMORY,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def _rows(
    database: "duckdb.DuckDBPyConnection", held: _Held, sql: str
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query over a table, in a stream. Raises InputError."""
    with _said_of(held.file.path):
        found = database.execute(sql)
        while rows := found.fetchmany(_MANY):
            yield from rows


def _of_csv(path: Path, *, is_vocabulary: bool) -> tuple[str, dict[str, str]]:
    """SQL for a table in CSV, every cell as text, and its columns. Raises InputError.

    The vocabularies come with tabs between cells, in which quotation marks mean nothing.
    """
    with path.open("rb") as opened:
        first = opened.readline(_LONGEST_LINE)
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: the first line is not UTF-8.") from None
    delimiter = max(_DELIMITERS, key=line.count)
    names = next(csv.reader([line], delimiter=delimiter), [])
    columns = [name.strip().lower() or f"column {at}" for at, name in enumerate(names, 1)]
    if len({*columns}) < len(names):
        raise InputError(f"{path}: two columns of the header have one name.")
    quote = "" if is_vocabulary and delimiter == "\t" else '"'
    listed = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in columns)
    sql = (
        f"read_csv({_path(path)}, auto_detect = false, header = true, delim = {_text(delimiter)}, "
        f"quote = '{quote}', escape = '{quote}', columns = {{{listed}}}, "
        f"buffer_size = {4 * _LONGEST_LINE}, max_line_size = {_LONGEST_LINE})"
    )
    return sql, {name: name for name in columns}


def _of_parquet(database: "duckdb.DuckDBPyConnection", path: Path) -> tuple[str, dict[str, str]]:
    sql = f"read_parquet({_path(path)})"
    return sql, _columns(database, sql)


def _columns(database: "duckdb.DuckDBPyConnection", sql: str) -> dict[str, str]:
    """Our names of the columns -> their own. Raises InputError for a day that has a time zone."""
    found = {}
    for name, type_, *_ in database.execute(f"DESCRIBE SELECT * FROM {sql}").fetchall():
        if name.lower().endswith("_date") and "TIME ZONE" in type_.upper():
            raise InputError(
                f"{shown(name)} has a time zone, so that its day is not sure; write it as DATE."
            )
        found[name.lower()] = name
    return found


def _text(said: object) -> str:
    """A text in SQL."""
    return "'" + str(said).replace("'", "''") + "'"


def _path(path: Path) -> str:
    """A file in SQL, whose name stands for no other."""
    return _text(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


_LINE = pattern(r"on line:? (\d+)", re.IGNORECASE)
_WHY = {
    "expected number of columns": "it has not as many cells as the header",
    "unterminated quote": "a quotation mark is not closed",
    "unicode": "it is not UTF-8",
    "utf-8": "it is not UTF-8",
    "memory": f"it needs more memory than {_MEMORY}",
}


@contextmanager
def _said_of(path: Path, otherwise: str = "it cannot be read; is it cut off?") -> Iterator[None]:
    """What the system or DuckDB refuses is said of this file, without a word of its content."""
    import duckdb

    try:
        yield
    except OSError as fault:
        raise InputError(f"{path}: {refusal(fault)}.") from None
    except duckdb.Error as fault:
        said = str(fault)
        line = _LINE.search(said)
        why = next((why for mark, why in _WHY.items() if mark in said.lower()), otherwise)
        raise InputError(f"{path}: {f'line {line[1]}: ' if line else ''}{why}.") from None
    except InputError as fault:
        if any(str(path) in each for each in fault.faults):
            raise
        raise InputError(*(f"{path}: {each}" for each in fault.faults)) from None
