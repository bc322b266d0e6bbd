"""Tables that the user named: CSV, and the sheets of spreadsheets, read in bounded memory.

A table is read once from end to end, so that a fault anywhere is said before anything is written.
Its rows stand meanwhile in a database of its own on disk, which is gone at the end; from there the
rows of each patient are read, patient by patient.
"""

import codecs
import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

import typer

from cartscreen.cli.charts import opened_file
from cartscreen.cli.files import TEXTS, content_of, hash_of, hash_of_all, index_of, is_table
from cartscreen.cli.output import collect_seldom
from cartscreen.errors import CriteriaError, InputError
from cartscreen.importing.cells import Cell, Row
from cartscreen.importing.draft import one_line
from cartscreen.importing.mapping import DELIMITERS, TableMap, table_maps
from cartscreen.importing.proposal import draft_map
from cartscreen.importing.tabular import TableReader
from cartscreen.importing.tally import Fate, Tally
from cartscreen.pattern import pattern
from cartscreen.profile.model import LONGEST_PSEUDONYM
from cartscreen.text import shown
from cartscreen.toml import signs

if TYPE_CHECKING:
    from cartscreen.importing.draft import Draft
    from cartscreen.importing.patient import How
    from cartscreen.importing.redcap import ExportReader
    from cartscreen.pack.model import Pack
    from cartscreen.vocabulary import Vocabulary

_LONGEST_LINE = 1_000_000
_MOST_COLUMNS = 5_000
_MOST_ROWS = 100_000
"""Of one patient: more lines than a profile may have."""
_MANY = 5_000
_MOST_SIGNS = 50_000


@dataclass
class TableFile:
    """A table, and the hash of its bytes, once it was read."""

    path: Path
    sha256: str = ""


def read_map(path: Path, vocabulary: "Vocabulary") -> tuple[tuple[TableMap, ...], TableFile]:
    """The map in a file, one for each of its sheets, and the file.

    Raises InputError with each fault.
    """
    from cartscreen.pack.files import read_toml

    content = content_of(str(path), _LONGEST_LINE)
    if len(content) > _LONGEST_LINE or signs(content.decode("utf-8", "replace")) > _MOST_SIGNS:
        raise InputError(f"{path}: the file is larger than any map.")
    try:
        maps = table_maps(read_toml(content, str(path)), vocabulary, str(path))
    except CriteriaError as fault:
        raise InputError(*fault.faults) from None
    return maps, TableFile(path, sha256(content).hexdigest())


def drafted(path: Path, vocabulary: "Vocabulary") -> str:
    """A map to be read by a person, from the headers of a table. Raises InputError."""
    delimiter, encoding = ",", "utf-8"
    sheets = [""]
    if path.suffix.lower() in TEXTS:
        with opened_file(path) as opened:
            lines = [opened.readline(_LONGEST_LINE) for _ in range(_MOST_TITLES)]
        first = b"".join(lines)
        encoding = _likely_encoding(first)
        delimiter = max(DELIMITERS.values(), key=first.decode("utf-8", "replace").count)
    elif path.suffix.lower() == _XLSX:
        from cartscreen.cli.sheets import names_of

        sheets = names_of(path)
    headers: dict[str, tuple[int, list[str]]] = {}
    for sheet in sheets:
        by = TableMap("", encoding=encoding, delimiter=delimiter, sheet=sheet)
        if found := _likely_header(_rows(TableFile(path), by), path, is_alone=len(sheets) == 1):
            headers[sheet] = found
    if not headers:
        raise InputError(f"{path}: no sheet has a row with names of columns.")
    return draft_map(headers, vocabulary, delimiter, encoding)


def _likely_encoding(content: bytes) -> str:
    """How the first lines may be written: words of Chinese letters in one encoding, or Latin."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if encoding == "utf-8" or re.search("[\u4e00-\u9fff]{2}", text):
                return encoding
    return "cp1252"


def _likely_header(
    rows: Iterator[tuple[int, list[Cell]]], path: Path, *, is_alone: bool
) -> tuple[int, list[str]] | None:
    """Of the first rows, the one that can be a header and has the most names; none in no table.

    Above a header may stand a title. Raises InputError where the only table has none.
    """
    found: dict[int, list[str]] = {}
    fault = InputError(f"{path}: {_NO_NAMES}")
    for number, cells in islice(rows, _MOST_TITLES):
        try:
            found[number] = _header(cells, path)
        except InputError as why:
            fault = why if number == 1 else fault
    if found:
        return max(found.items(), key=lambda row: (len(row[1]), -row[0]))
    if is_alone:
        raise fault
    return None


_MOST_TITLES = 10


def header_of(name: str) -> list[str]:
    """The names of the columns of a table. Raises InputError."""
    return _header(next(_rows(TableFile(Path(name)), TableMap("")), (1, []))[1], Path(name))


_XLSX = ".xlsx"


def _read_by(
    file: TableFile, maps: Sequence[TableMap], tally: Tally
) -> list[tuple[TableFile, TableMap]]:
    """The file with each map that reads one of its tables. Raises InputError where none does."""
    if not maps[0].is_one_of_several:
        return [(file, by) for by in maps]
    if file.path.suffix.lower() == _XLSX:
        from cartscreen.cli.sheets import names_of

        for name in names_of(file.path):
            if name not in (by.sheet for by in maps):
                tally.notes[f"the map does not name the sheet {shown(name)}"] += 1
        return [(file, by) for by in maps]
    found = [(file, by) for by in maps if by.sheet == file.path.stem]
    if not found:
        known = ", ".join(shown(by.sheet) for by in maps)
        raise InputError(
            f"{file.path}: the map has no sheet {shown(file.path.stem)}; it has {known}. A table "
            "of CSV is named like its sheet in the map."
        )
    return found


def by_a_map(
    sources: Sequence[str], how: "How", pack: "Pack", map_: Path, stack: ExitStack
) -> "tuple[Tables, Iterator[Draft], Tally]":
    """Tables and their map, and who reads them."""
    if how.closed:
        raise typer.BadParameter("a table closes no list.", param_hint="--closed")
    for name in sources:
        if not is_table(name):
            raise InputError(f"{name}: --map is of a table, .csv or .xlsx, and this is none.")
    maps, file = read_map(map_, pack.vocabulary)
    nouns = [*dict.fromkeys(noun for by in maps for noun in by.nouns)]
    *most, last = nouns
    reader = TableReader(pack, how, Tally(f"{', '.join(most)} and {last}" if most else last))
    tables = stack.enter_context(Tables(sources, maps, file, reader.tally))
    return tables, tables.drafts(reader), reader.tally


def of_redcap(
    sources: Sequence[str], how: "How", pack: "Pack", stack: ExitStack
) -> "tuple[Tables, Iterator[Draft], Tally]":
    """Raw exports of a REDCap project that our dictionary made, and who reads them."""
    from cartscreen.importing.redcap import RECORD_ID, ExportReader, is_export

    for name in sources:
        if not name.lower().endswith(".csv") or not is_export(header_of(name)):
            raise InputError(
                f"{name}: a table needs a map, --map map.toml; `cartscreen import {name} "
                "--draft-map map.toml` begins one."
            )
    if how.closed:
        raise typer.BadParameter("a project has reviews of its own.", param_hint="--closed")
    reader = ExportReader(pack, how, Tally("fields and entries"))
    by = TableMap("", pseudonym=RECORD_ID)
    tables = stack.enter_context(Tables(sources, [by], None, reader.tally))
    return tables, tables.drafts(reader), reader.tally


class Tables:
    """The patients of tables that a map describes; `map_file` has the map, if a file has."""

    def __init__(
        self,
        sources: Sequence[str],
        maps: Sequence[TableMap],
        map_file: TableFile | None,
        tally: Tally,
    ) -> None:
        self.tally = tally
        named = [TableFile(Path(source)) for source in dict.fromkeys(sources)]
        self.files = [*named, *([map_file] if map_file else [])]
        self.sha256 = ""  # of the table; of several, of their hashes, in order
        self._tables = [table for file in named for table in _read_by(file, maps, tally)]
        read = [by for _, by in self._tables]
        self.left_out = [by.sheet for by in maps if by not in read]
        for name in self.left_out:
            tally.notes[f"no table of the sheet {shown(name)} of the map was named"] += 1
        self._headers: list[list[str]] = []
        self._index = index_of(
            "CREATE TABLE stands (patient TEXT, pseudonym TEXT, file INT, number INT, cells TEXT);"
        )
        try:
            for number, (file, by) in enumerate(self._tables):
                self._read(number, file, by)
            self.sha256 = hash_of_all([file.sha256 for file in named])
            self._index.execute("CREATE INDEX of_patient ON stands (patient)")
            self.count = self._checked()
        except BaseException:
            self._index.close()
            raise
        collect_seldom()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    def drafts(self, reader: "TableReader | ExportReader") -> "Iterator[Draft]":
        """The draft of each patient, in the order in which the tables have them."""
        patients = self._index.execute(
            "SELECT patient, max(pseudonym) FROM stands GROUP BY patient ORDER BY min(rowid)"
        )
        for patient, pseudonym in patients:
            draft = reader.read(self._rows_of(patient))
            draft.pseudonym = pseudonym
            yield draft

    def _rows_of(self, patient: str) -> Iterator[Row]:
        for file, number, cells in self._index.execute(
            "SELECT file, number, cells FROM stands WHERE patient = ? ORDER BY rowid", (patient,)
        ):
            listed = [Cell(*said) if isinstance(said, list) else Cell(said)
                      for said in json.loads(cells)]  # fmt: skip
            yield Row(
                self._place(file, number),
                dict(zip(self._headers[file], listed, strict=True)),
                self._tables[file][1],
            )

    def _place(self, file: int, number: int) -> str:
        table, by = self._tables[file]
        is_sheet = by.is_one_of_several and table.path.suffix.lower() == _XLSX
        sheet = f" {one_line(by.sheet)}" if is_sheet else ""
        return f"{one_line(table.path.name)[-60:]}{sheet} row {number}"

    # the first reading

    def _read(self, number: int, file: TableFile, by: TableMap) -> None:
        rows = _rows(file, by)
        list(islice(rows, by.header - 1))
        header = _header(next(rows, (1, []))[1], file.path)
        if missing := sorted(by.named - {*header}):
            few = ", ".join(map(shown, missing[:5]))
            hint = _hint(header) if len(header) == 1 else ""
            said = f"the header has no column {few}, which the map names."
            raise InputError(f"{file.path}: {said}{hint}")
        self._headers.append(header)
        batch: list[tuple[str, str, int, int, str]] = []
        for at, cells in rows:
            if fate := _unfit(cells, header):
                self.tally.add("Row", fate, self._place(number, at))
                continue
            named = dict(zip(header, cells, strict=True))
            patient = named[by.patient].text if by.patient else ""
            pseudonym = named[by.pseudonym].text if by.pseudonym else ""
            if fate := _nobody(by, patient, pseudonym):
                self.tally.add("Row", fate, self._place(number, at))
                continue
            each = f"{number} {at}"  # without either column a row is a patient
            key = patient or pseudonym or each
            text = json.dumps([[c.text, c.kind] if c.kind != "text" else c.text for c in cells])
            batch.append((key, pseudonym, number, at, text))
            if len(batch) > _MANY:
                self._insert(batch)
        self._insert(batch)

    def _insert(self, rows: list[tuple[str, str, int, int, str]]) -> None:
        self._index.executemany("INSERT INTO stands VALUES (?, ?, ?, ?, ?)", rows)
        rows.clear()

    def _checked(self) -> int:
        """How many patients there are. Raises InputError where they cannot be told apart."""
        ask = self._index.execute
        named = ", ".join(dict.fromkeys(str(file.path) for file, _ in self._tables))
        (count,) = ask("SELECT count(DISTINCT patient) FROM stands").fetchone()
        if not count:
            raise InputError(f"{named}: there is no row of a patient here.")
        twice = ask("SELECT min(file), min(number) FROM stands WHERE pseudonym <> '' "
                    "GROUP BY patient "
                    "HAVING count(DISTINCT pseudonym) > 1").fetchone()  # fmt: skip
        if twice:
            place = self._place(*twice)
            raise InputError(f"{named}: the patient of {place} has two pseudonyms.")
        shared = ask("SELECT patient, lower(pseudonym) AS one, file, number FROM stands "
                     "WHERE one IN (SELECT lower(pseudonym) FROM stands WHERE pseudonym <> '' "
                     "GROUP BY lower(pseudonym) HAVING count(DISTINCT patient) > 1) "
                     "GROUP BY one, patient ORDER BY one, rowid LIMIT 2").fetchall()  # fmt: skip
        if shared:
            first, other = (self._place(file, number) for _, _, file, number in shared)
            raise InputError(
                f"{named}: {first} and {other} have one pseudonym, but for small and capital "
                "letters, and are of two patients; write it alike if they are one, else rename one."
            )
        counts = "SELECT count(*) AS n FROM stands GROUP BY patient"
        (most,) = ask(f"SELECT max(n) FROM ({counts})").fetchone()  # noqa: S608  (ours)
        if most > _MOST_ROWS:
            raise InputError(
                f"{named}: {most} rows are of one patient; does the map name the right column?"
            )
        return int(count)


def _nobody(by: TableMap, patient: str, pseudonym: str) -> Fate | None:
    """Why it is not known of whom a row is, or he cannot be named."""
    if (by.patient and not patient) or (by.pseudonym and not pseudonym):
        return Fate("ambiguous", "nothing says of whom it is")
    if pseudonym and not _PSEUDONYM.fullmatch(pseudonym):
        return Fate("ambiguous", "its pseudonym is not of letters, digits, -, _ and . alone")
    return None


_PSEUDONYM = pattern(rf"\w[\w.-]{{0,{LONGEST_PSEUDONYM - 1}}}")


def _unfit(cells: list[Cell], header: list[str]) -> Fate | None:
    """What becomes of a row as a whole, where its cells are not those of the header."""
    if not any(cell.text for cell in cells):
        return Fate("not used", "an empty row")
    if len(cells) > len(header) and any(cell.text for cell in cells[len(header) :]):
        return Fate("ambiguous", "it has more cells than the header")
    if len(cells) < len(header):
        return Fate("ambiguous", "it has fewer cells than the header")
    del cells[len(header) :]
    return None


_NO_NAMES = "the first row has no names of columns; is the table empty?"


def _header(cells: list[Cell], path: Path) -> list[str]:
    """The names of the columns. Raises InputError where they cannot be told apart."""
    while cells and not cells[-1].text:
        cells.pop()
    if not cells:
        raise InputError(f"{path}: {_NO_NAMES}")
    if len(cells) > _MOST_COLUMNS:
        raise InputError(f"{path}: it has more than {_MOST_COLUMNS} columns.")
    names = [cell.text for cell in cells]
    for at, name in enumerate(names, start=1):
        if not name or cells[at - 1].kind == "fault":
            raise InputError(
                f"{path}: column {at} of the header has no name of its own; if the names stand in "
                "another row, write header = 2, say, in the map."
            )
        if names.index(name) < at - 1:
            raise InputError(f"{path}: two columns are named {shown(name)}; rename one.")
    return names


def _hint(header: list[str]) -> str:
    for said, letter in DELIMITERS.items():
        if letter in header[0]:
            return f' Write delimiter = "{said}" in the map.'
    return ""


def _rows(file: TableFile, by: TableMap) -> Iterator[tuple[int, list[Cell]]]:
    """(number, cells) of each row, the header first. Raises InputError."""
    ending = file.path.suffix.lower()
    if ending in (".xls", ".ods"):
        raise InputError(f"{file.path}: save the spreadsheet as .xlsx or CSV.")
    if ending == _XLSX:
        from cartscreen.cli.sheets import sheet_rows

        if not file.sha256:
            with opened_file(file.path) as opened:
                file.sha256 = hash_of(opened)
        return sheet_rows(file.path, by.sheet)
    return _csv(file, by)


def _csv(file: TableFile, by: TableMap) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(_lines(file, by.encoding), delimiter=by.delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [Cell(" ".join(text.split())) for text in cells]
    except csv.Error as fault:
        said = str(fault)
        why = (
            "a quotation mark is not closed" if "unexpected end" in said
            else "a cell is longer than any value" if "limit" in said
            else "a quotation mark stands where none may"
        )  # fmt: skip
        raise InputError(f"{file.path}: row {number + 1}: {why}.") from None


def _lines(file: TableFile, encoding: str) -> Iterator[str]:
    """The lines of a text. Raises InputError where they are none in this encoding."""
    digest = sha256()
    with opened_file(file.path) as opened:
        for number, line in enumerate(iter(lambda: opened.readline(_LONGEST_LINE + 1), b""), 1):
            digest.update(line)
            if len(line) > _LONGEST_LINE:
                raise InputError(f"{file.path}: line {number} is longer than any row.")
            if number == 1:
                line = _begun(line, file.path, encoding)
            try:
                text = line.decode(encoding)
            except UnicodeDecodeError:
                raise InputError(
                    f"{file.path}: line {number} is not {encoding}; save it as UTF-8, or write "
                    'encoding = "cp1252" or "gb18030", say, in the map.'
                ) from None
            if "\0" in text:
                raise InputError(f"{file.path}: line {number} has a NUL character; is it a text?")
            yield text
    file.sha256 = digest.hexdigest()


def _begun(line: bytes, path: Path, encoding: str) -> bytes:
    """The first line without its mark. Raises InputError for what is no table."""
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path}: the file is UTF-16; save it as CSV in UTF-8.")
    if line.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path}: this is a spreadsheet; name it .xlsx, or save it as CSV.")
    if line.startswith(b"%PDF-"):
        raise InputError(f"{path}: this is a PDF, and no table.")
    return line.removeprefix(codecs.BOM_UTF8) if encoding == "utf-8" else line
