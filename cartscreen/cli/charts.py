"""Charts of other systems that the user named: read patient by patient, in bounded memory.

Every file is read once from end to end, so that a fault anywhere is said before anything is
written. What is noted of it is where each resource of a patient stands, in a database of its own on
disk that holds nothing else and is gone at the end. Then the resources of each patient are read
again.
"""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from cartscreen.cli.files import CHARTS, LINES, hash_of_all, index_of, is_omop, regular
from cartscreen.cli.output import collect_seldom
from cartscreen.errors import InputError, refusal
from cartscreen.importing.elements import Resource, reference_of, source_of, text_of
from cartscreen.importing.formats import (
    LONGEST_LINE,
    MOST_BYTES,
    Bundle,
    bundle,
    line_of,
    parsed,
)
from cartscreen.importing.patient import PatientReader, settled_alone
from cartscreen.importing.tally import Fate, Tally

if TYPE_CHECKING:
    from cartscreen.cli.omop import Omop
    from cartscreen.codes import Codes
    from cartscreen.importing.draft import Draft


@dataclass
class _File:
    """A file of resources; `parsed` holds those of a file of JSON while it is the one at hand."""

    path: Path
    is_lines: bool
    sha256: str = ""
    parsed: list[Resource] | None = field(default=None, repr=False)


def charts_of(sources: Sequence[str], codes: "Codes", tally: Tally) -> "Charts | Omop":
    """The patients of an OMOP CDM, or else of files of FHIR R4."""
    if not is_omop(sources[0]):
        return Charts(sources, codes, tally)
    from cartscreen.cli.omop import Omop

    return Omop(sources, codes, tally)


class Charts:
    """The patients of files of FHIR R4."""

    def __init__(self, sources: Sequence[str], codes: "Codes", tally: Tally) -> None:
        self.codes = codes
        self.tally = tally
        self.files = [_File(path, path.suffix.lower() in LINES) for path in _paths(sources)]
        self.count = 0  # of patients
        self.types: set[str] = set()
        self.has_next = False
        self._aliases: dict[str, str] = {}  # of the file of JSON that is being read
        self._at_hand: _File | None = None
        self._open: tuple[_File, IO[bytes]] | None = None
        self._index = index_of(
            "CREATE TABLE stands (patient TEXT, type TEXT, file INT, at INT, size INT);"
            "CREATE TABLE named (key TEXT PRIMARY KEY, file INT, at INT, size INT) WITHOUT ROWID;"
            "CREATE TABLE alias (address TEXT PRIMARY KEY, key TEXT) WITHOUT ROWID;"
        )
        try:
            self._read_all(", ".join(sources))
        except BaseException:
            self._index.close()
            raise
        collect_seldom()  # what a file of JSON holds lives to the end

    def _read_all(self, named: str) -> None:
        """The first reading. Raises InputError for what is no FHIR R4, or has no patient."""
        for number, file in enumerate(self.files):
            (self._index_lines if file.is_lines else self._index_json)(number, file)
        self._index.execute("CREATE INDEX of_patient ON stands (patient)")
        (self.count,) = self._index.execute(
            "SELECT count(DISTINCT patient) FROM stands WHERE type = 'Patient'"
        ).fetchone()
        if not self.count:
            raise InputError(f"{named}: there is no Patient here; export the Patient, too.")
        self._count_strangers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._index.close()

    @property
    def sha256(self) -> str:
        """The hash of the file; of several, the hash of theirs, in order."""
        return hash_of_all([file.sha256 for file in self.files])

    def drafts(self, reader: PatientReader) -> "Iterator[Draft]":
        """The draft of each patient, in the order in which the source has them."""
        patients = self._index.execute(
            "SELECT patient FROM stands WHERE type = 'Patient' GROUP BY patient ORDER BY min(rowid)"
        )
        for (patient,) in patients:
            places = self._index.execute(
                "SELECT file, at, size FROM stands WHERE patient = ? ORDER BY rowid", (patient,)
            ).fetchall()
            resources = [self._resource(*place) for place in places]
            self._check_one_person(resources)
            yield reader.read(resources, self._lookup)

    # the first reading

    def _index_lines(self, number: int, file: _File) -> None:
        digest = sha256()
        with opened_file(file.path) as opened:
            rows: list[tuple[str, str, int, int, int]] = []
            at = 0
            for count, line in enumerate(iter(lambda: opened.readline(LONGEST_LINE + 1), b""), 1):
                if len(line) > LONGEST_LINE:
                    raise InputError(f"{file.path}: line {count} is longer than any resource.")
                digest.update(line)
                if line.strip():
                    resource = line_of(line, f"{file.path}: line {count}")
                    self._note(rows, resource, number, at, len(line))
                at += len(line)
                if len(rows) > _MANY:
                    self._insert(rows)
            self._insert(rows)
        file.sha256 = digest.hexdigest()

    def _index_json(self, number: int, file: _File) -> None:
        with opened_file(file.path) as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(
                f"{file.path}: the file is larger than {MOST_BYTES // 1_000_000} MB; export NDJSON,"
                " a resource in each line, which is read line by line."
            )
        file.sha256 = sha256(content).hexdigest()
        found = self._bundle(content, file)
        self.has_next = self.has_next or found.has_next
        file.parsed = [resource for _, resource in found.resources]
        self._keep_at_hand(file)
        aliases = [
            (address, source_of(resource))
            for address, resource in found.resources
            if address and text_of(resource.get("resourceType")) in _NAMED
        ]
        self._index.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?)", aliases)
        self._aliases = dict(aliases)
        rows: list[tuple[str, str, int, int, int]] = []
        for at, resource in enumerate(file.parsed):
            self._note(rows, resource, number, at, 0)
        self._insert(rows)

    def _bundle(self, content: bytes, file: _File) -> Bundle:
        """The resources of a file of JSON."""
        collects = gc.isenabled()
        gc.disable()  # a parser makes nothing that could be collected, and would be asked often
        try:
            return bundle(parsed(content, str(file.path)), str(file.path))
        finally:
            if collects:
                gc.enable()

    def _note(
        self,
        rows: list[tuple[str, str, int, int, int]],
        resource: Resource,
        file: int,
        at: int,
        size: int,
    ) -> None:
        """Where a resource of a patient stands; what is settled without the patient is counted."""
        type_ = text_of(resource.get("resourceType"))
        self.types.add(type_)
        if type_ in _NAMED[1:]:  # orders and results refer to them by their names
            self._index.execute(
                "INSERT OR REPLACE INTO named VALUES (?, ?, ?, ?)",
                (source_of(resource), file, at, size),
            )
        if (fate := settled_alone(resource, self.codes)) is not None:
            self.tally.add(type_, fate)
            return
        if type_ == "Patient":
            patient = source_of(resource)
            if "/" not in patient:
                raise InputError("a Patient has no id, so that nothing can refer to it.")
        else:
            reference = reference_of(resource.get("subject") or resource.get("patient"))
            patient = self._key(reference)
            if not patient.startswith("Patient/"):
                fate = Fate("not used", "about nobody, or no patient, that it names")
                self.tally.add(type_, fate, source_of(resource))
                return
        rows.append((patient, type_, file, at, size))

    def _key(self, reference: str) -> str:
        """The type and id that a reference means."""
        if not reference or reference.startswith("#"):
            return ""
        if reference in self._aliases:
            return self._aliases[reference]
        if reference.startswith("urn:"):
            found = self._index.execute("SELECT key FROM alias WHERE address = ?", (reference,))
            return (found.fetchone() or ("",))[0]
        return "/".join(reference.split("/")[-2:])

    def _insert(self, rows: list[tuple[str, str, int, int, int]]) -> None:
        self._index.executemany("INSERT INTO stands VALUES (?, ?, ?, ?, ?)", rows)
        rows.clear()

    def _count_strangers(self) -> None:
        """What is about patients that the source does not have."""
        strangers = self._index.execute(
            "SELECT type, count(*) FROM stands WHERE patient NOT IN "
            "(SELECT patient FROM stands WHERE type = 'Patient') GROUP BY type"
        )
        for type_, count in strangers:
            for _ in range(count):
                self.tally.add(type_, Fate("not used", "its patient is not in the source"))

    # the second reading

    def _resource(self, number: int, at: int, size: int) -> Resource:
        file = self.files[number]
        if file.is_lines:
            if self._open is None or self._open[0] is not file:
                self._close()
                self._open = (file, opened_file(file.path))
            opened = self._open[1]
            opened.seek(at)
            return line_of(opened.read(size), str(file.path))
        if file.parsed is None:
            with opened_file(file.path) as opened:
                content = opened.read(MOST_BYTES + 1)
            if sha256(content).hexdigest() != file.sha256:
                raise InputError(f"{file.path}: the file was changed meanwhile; start again.")
            found = self._bundle(content, file)
            file.parsed = [resource for _, resource in found.resources]
            self._keep_at_hand(file)
        return file.parsed[at]

    def _keep_at_hand(self, file: _File) -> None:
        """Of files of JSON one at a time is in memory."""
        if self._at_hand is not None and self._at_hand is not file:
            self._at_hand.parsed = None
        self._at_hand = file

    def _lookup(self, reference: str) -> Resource | None:
        place = self._index.execute(
            "SELECT file, at, size FROM named WHERE key = ?", (self._key(reference),)
        ).fetchone()
        return self._resource(*place) if place else None

    def _check_one_person(self, resources: list[Resource]) -> None:
        """Raises InputError where two patients have one id: nobody knows whose the rest is."""
        persons = [
            {key: value for key, value in item.items() if key not in ("meta", "text")}
            for item in resources
            if item.get("resourceType") == "Patient"
        ]
        if any(person != persons[0] for person in persons):
            raise InputError(
                "two Patients that differ have one id; whose the rest is, nobody knows."
            )

    def _close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


_NAMED = ("Patient", "Medication", "Condition", "Specimen")
_MANY = 5_000


def _paths(sources: Sequence[str]) -> list[Path]:
    """The files that were named, and those of the folders that were."""
    found: list[Path] = []
    for source in sources:
        path = Path(source)
        with _said(source):
            if not path.is_dir():
                found.append(path)
                continue
            inside = sorted(
                item
                for item in path.iterdir()
                if item.suffix.lower() in CHARTS and not item.name.startswith(".")
            )
            if not inside:
                raise InputError(f"{source}: there is no .json and no .ndjson in this folder.")
            found += inside
    return list(dict.fromkeys(found))


def opened_file(path: Path) -> BufferedReader:
    """A regular file, open to read. Raises InputError."""
    with _said(str(path)):
        return regular(str(path))


class _said:  # noqa: N801  (a context, read like a word)
    """What the system refuses is said of this name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: Any, fault: BaseException | None, __: Any) -> None:
        if isinstance(fault, OSError):
            raise InputError(f"{self.name}: {refusal(fault)}.") from None
        if isinstance(fault, ValueError):
            raise InputError(f"{self.name!r}: this is not a file name.") from None
