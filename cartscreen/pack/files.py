"""The files of a pack, and what each trial says of itself, before any rule is read."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar

from cartscreen.build import Files, is_unchanged, kept, unix_lines
from cartscreen.errors import CriteriaError, Faults, Problem, refusal
from cartscreen.frozen import frozen
from cartscreen.hashing import sha256
from cartscreen.model import Field, Model
from cartscreen.text import sentence, shown
from cartscreen.toml import is_deep, not_toml, oddity, place_in, signs

PUBLISHED = "outcomes.toml"
"""The file of published definitions of response: outcomes of no trial."""

_VOCABULARY_FILES = ("pack.toml", "facts.toml", "drugs.toml", "codes.toml")
_VOCABULARY_FOLDERS = ("facts", "scores")
_CASES = "cases"  # worked cases of the trials, for tests alone
_MOST_LEFT_OUT = 20
_MAX_FILES = 1000
_MAX_BYTES = 50_000_000  # of all files together; 500 trials like the largest bundled one take 30 MB
_MOST_SIGNS = 3_000_000  # of all files together; 500 trials like the bundled ones have 1 million
_MAX_DEPTH = 30
_MAX_EXPONENT = 15
_LONGEST_NUMBER = 60


class FileModel(Model):
    """A table of a pack's file: its keys are checked, and nothing is converted."""

    model_config: ClassVar = {"strict": True, "extra": "forbid", "hide_input_in_errors": True}


_ID = r"^([0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_REGISTRY = r"^$|[^a-z0-9-]|^[0-9-]+$"
"""No registry number has the form of an id: `--trial` never takes one for the other."""


class TrialEntry(FileModel):
    """What a trial file says of the study: only what the page gives."""

    id: str = Field(
        pattern=_ID,
        description="small letters, digits and hyphens between, with a letter: cd19-csle",
    )
    name: str = Field(min_length=3, max_length=70)
    source: str = Field(min_length=3)
    checked: date
    registry: str = Field(
        default="",
        pattern=_REGISTRY,
        description="as its registry writes it, NCT06222853 say; it may not look like an id",
    )
    registry_basis: str = ""
    title: str = ""
    phase: str = ""
    status: str = ""
    study_type: str = ""
    intervention_type: str = ""
    sponsor: str = ""
    funding: str = ""
    sites: list[str] = Field(default=[])
    city: str = ""
    conditions: list[str] = Field(default=[])
    product: str = ""
    targets: list[str] = Field(default=[])
    cell_source: str = ""
    lymphodepletion: str = ""
    dosing: str = ""
    design: str = ""
    enrollment: str = ""
    dose_levels: list[str] = Field(
        default=[], description="in words, where there is no table [doses]"
    )
    ages: str = ""
    sex: str = ""
    start: str = ""
    completion: str = ""
    aims: list[str] = Field(default=[])
    outcomes_primary: list[str] = Field(default=[])
    outcomes_secondary: list[str] = Field(default=[])
    gaps: list[str] = Field(default=[])


def is_trial(name: str) -> bool:
    """Is a pack's file of this name a trial, and not part of what its trials share?"""
    return name not in (*_VOCABULARY_FILES, PUBLISHED) and "/" not in name


def paths_in(directory: Path) -> dict[str, Path]:
    """The TOML files of a pack, by name: "drugs.toml", "facts/lab.toml" and so on.

    They stand in the folder itself and in its folders `facts` and `scores`; no other folder, as
    `cases`, is part of the pack. Raises OSError for what is no folder.
    """
    found = {path.name: path for path in _toml_files(directory)}
    for folder in _VOCABULARY_FOLDERS:
        inside = directory / folder
        if inside.is_dir():
            found |= {f"{folder}/{path.name}": path for path in _toml_files(inside)}
    return dict(sorted(found.items()))


def _toml_files(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.suffix.lower() == ".toml"]


def left_out(directory: Path) -> list[str]:
    """The TOML files in other folders of a pack's folder, which are no part of it, in words."""
    read = (*_VOCABULARY_FOLDERS, _CASES)
    said = []
    with suppress(OSError):  # what is no folder is refused when it is read
        for folder in sorted(directory.iterdir()):
            if folder.is_dir() and folder.name not in read and not folder.name.startswith("."):
                said += [
                    f"{path}: it was not read; a trial stands in {directory} itself."
                    for path in sorted(_toml_files(folder))[:_MOST_LEFT_OUT]
                ]
    return said[:_MOST_LEFT_OUT]


def bundled_files() -> dict[str, bytes]:
    """The TOML files of the bundled pack, by name."""
    return {name: path.read_bytes() for name, path in paths_in(bundled_folder()).items()}


def bundled_folder() -> Path:
    """Where the bundled pack lies: inside an installed program, and beside that of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "criteria"
    return inside if inside.is_dir() else package.parent / "criteria"


def kept_of_bundled(name: str) -> Any:
    """What is kept compiled under this name of the bundled files; None where it is of others."""
    known = kept(KEPT_HASH)
    if known is None:
        return None
    same = is_unchanged(KEPT_HASH, toml_files(bundled_folder()))
    return kept(name) if same or known == hash_of(bundled_files()) else None


KEPT_HASH = "sha256"
"""The name under which the hash of the bundled files is kept."""
KEPT_HEADS = "heads"


def toml_files(directory: Path) -> Files:
    """The files of a pack that are named as they should be; pathlib would take twice as long."""
    for before in ("", *(f"{folder}/" for folder in _VOCABULARY_FOLDERS)):
        with suppress(FileNotFoundError), os.scandir(f"{directory}/{before}") as entries:
            yield from ((f"{before}{e.name}", e) for e in entries if e.name.endswith(".toml"))


def hash_of(contents: Mapping[str, bytes], base: str = "") -> str:
    """A hash of the files, and of the pack that they add to; line ends do not matter."""
    digest = sha256(bytes.fromhex(base))
    for name, content in sorted(contents.items()):
        text = unix_lines(content)
        digest.update(f"{name}\0{len(text)}\0".encode("utf-8", "surrogateescape"))
        digest.update(text)
    return digest.hexdigest()


def files_in(directory: Path) -> dict[str, bytes]:
    """The TOML files of the pack in a directory, by name.

    Raises CriteriaError for what is no folder, for a link out of it, for a file whose name ends in
    .TOML, for too many files and for one too large.
    """
    contents: dict[str, bytes] = {}
    left = _MAX_BYTES
    for name, path in _paths_inside(directory).items():
        contents[name] = _content(path, left)
        left -= len(contents[name])
    check_bounded(contents, directory)
    return contents


def _paths_inside(directory: Path) -> dict[str, Path]:
    """The files of a pack in a directory by name; none is left out without a word."""
    try:
        found = paths_in(directory)
        if len(found) > _MAX_FILES:
            raise CriteriaError(f"{directory}: more than {_MAX_FILES} TOML files.")
        # unlike Path.resolve, this takes a link that leads to itself for a file of its folder
        real = Path(os.path.realpath(directory))
        faults = Faults()
        for name, path in found.items():
            with faults.gathered():
                if path.suffix != ".toml":
                    raise CriteriaError(f"{path}: a file of criteria ends in .toml; rename it.")
                if Path(os.path.realpath(path)).parent != (real / name).parent:
                    raise CriteriaError(
                        f"{path}: this is a link out of the folder; put the file itself here."
                    )
        faults.end()
        return found
    except OSError as fault:
        said = refusal(fault)
        raise CriteriaError(f"{directory}: {said}; --criteria takes a folder.") from None


def _content(path: Path, left: int) -> bytes:
    """The bytes of a file, of which there may be so many left."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise CriteriaError(f"{path}: this is not a file.")
        if found.st_size > left:
            raise CriteriaError(
                f"{path}: the files of this folder are together larger than "
                f"{_MAX_BYTES // 1_000_000} MB."
            )
        return path.read_bytes()
    except OSError as fault:
        raise CriteriaError(f"{path}: {refusal(fault)}.") from None


def check_bounded(contents: Mapping[str, bytes], directory: Path) -> None:
    """Refuse what may take minutes to read."""
    left = _MOST_SIGNS
    for name, content in contents.items():
        text = content.decode("utf-8-sig", "replace")
        left -= signs(text)
        if left < 0:
            raise CriteriaError(f"{directory}: the files hold too many lines and values together.")
        if found := oddity(text):
            at, odd = found
            raise CriteriaError(f"{directory}/{name}: {place_in(text, at)} has {odd}.")


def read_toml(content: bytes, where: str) -> dict[str, Any]:
    """TOML of the pack, numbers exact. Raises CriteriaError."""
    import tomli  # which takes a start longer than to load a pack that is kept compiled

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CriteriaError(f"{where}: this is not UTF-8; save the file as UTF-8.") from None
    try:
        data = tomli.loads(text, parse_float=_exact)
    except RecursionError:
        raise CriteriaError(f"{where}: {_TOO_DEEP}") from None
    except Problem as problem:
        raise CriteriaError(f"{where}: {problem}") from None
    except ValueError as fault:
        raise CriteriaError(f"{where}: {not_toml(fault, text)}") from None
    if is_deep(data, _MAX_DEPTH):
        raise CriteriaError(f"{where}: {_TOO_DEEP}")
    return data


_TOO_DEEP = f"groups, lists or tables lie within one another more than {_MAX_DEPTH} times."


def _exact(text: str) -> Decimal:
    """A number with a point or an exponent. (Decimal allows exponents of 18 digits.)"""
    try:
        number = Decimal(text[:_LONGEST_NUMBER])
    except InvalidOperation:
        number = Decimal("NaN")
    beyond = not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT
    if beyond or len(text) > _LONGEST_NUMBER:
        raise Problem(f"{shown(text)} is beyond any number of a rule.")
    return number


@frozen
class Head:
    """What a trial file says without its rules being read.

    criteria, levels  how many criteria and how many dose levels it has
    outcomes          the ids of its outcomes
    """

    about: TrialEntry
    criteria: int
    outcomes: tuple[str, ...]
    levels: int


def heads(contents: Mapping[str, bytes], where: str) -> Iterator[Head]:
    """What each trial file says of its study, and what it has; rules are not read.

    In the order of the source pages. Raises CriteriaError.
    """
    from pydantic import ValidationError

    found = []
    for name, content in contents.items():
        if is_trial(name):
            data = read_toml(content, f"{where}{name}")
            try:
                entry = TrialEntry.model_validate(data.get("trial", {}))
            except ValidationError as fault:
                said = sentence(fault, TrialEntry)
                raise CriteriaError(f"{where}{name}: [trial]: {said}") from None
            listed = [data.get(kind, []) for kind in ("inclusion", "exclusion")]
            if not all(isinstance(criteria, list) for criteria in listed):
                lists = "write [[inclusion]] and [[exclusion]] above each criterion"
                raise CriteriaError(f"{where}{name}: the criteria are not lists; {lists}.")
            found.append(
                Head(entry, sum(map(len, listed)), tuple(_outcome_ids(data)), _levels(data))
            )
    yield from sorted(found, key=lambda head: in_order(head.about))


def bundled_heads() -> tuple[Head, ...]:
    """The same of the bundled trials, as it is kept compiled where it is of these files."""
    found: tuple[Head, ...] | None = kept_of_bundled(KEPT_HEADS)
    return tuple(heads(bundled_files(), "criteria/")) if found is None else found


def _outcome_ids(data: Mapping[str, Any]) -> list[str]:
    written = data.get("outcome", [])
    named = [item.get("id") for item in written if isinstance(item, dict)]
    return [name for name in named if isinstance(name, str)]


def _levels(data: Mapping[str, Any]) -> int:
    doses = data.get("doses", {})
    levels = doses.get("level", []) if isinstance(doses, dict) else []
    return len(levels) if isinstance(levels, list) else 0


def in_order(entry: TrialEntry) -> tuple[str, str]:
    """Sorts trials by their source page, so that the bundled ones keep one order."""
    return entry.source, entry.id
