"""What the user named is opened, read and written here."""

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import typer

from cartscreen.errors import InputError, OutputError, Problem, refusal
from cartscreen.pattern import pattern
from cartscreen.text import did_you_mean, shown, visible

if TYPE_CHECKING:
    import sqlite3

    from cartscreen.contract import DateFrom, Failure, Options, Report
    from cartscreen.evaluate.chart import Chart
    from cartscreen.evaluate.compiled import Compiled
    from cartscreen.pack.model import Pack
    from cartscreen.pack.trial import Trial
    from cartscreen.plan.obstacles import Outlook
    from cartscreen.profile.model import Profile
    from cartscreen.verdicts import Verdicts
from cartscreen.cli.output import complain, put, read_line

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]


def content_of(name: str, most: int | None = None) -> bytes:
    """The bytes of a regular file, or of standard input, up to the first beyond what is allowed.

    most: how many are allowed; without it, as many as in a profile.
    """
    if most is None:
        from cartscreen.profile.read import MAX_BYTES

        most = MAX_BYTES
    try:
        if name == "-":
            if sys.stdin is None:
                raise InputError("-: standard input is closed.")
            return sys.stdin.buffer.read(most + 1)
        with regular(name) as file:
            return file.read(most + 1)
    except OSError as fault:
        if _is_folder(name, fault):
            inside = Path(name) / "*.toml"
            raise InputError(f"{name}: this is a folder; name the files in it, {inside}.") from None
        near = file_of_a_like_name(name) if isinstance(fault, FileNotFoundError) else ""
        raise InputError(f"{name or shown(name)}: {refusal(fault)}.{near}") from None
    except ValueError:
        raise InputError(f"{shown(name)}: this is not a file name.") from None


def regular(name: str) -> BufferedReader:
    """A regular file, open to read. Raises InputError for another, OSError if it is refused."""
    # without O_NONBLOCK, opening a FIFO would wait for somebody to write to it
    file = os.fdopen(os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError(f"{name}: this is not a file, but a pipe or device.")
    return file


def hash_of(file: BufferedReader) -> str:
    """The sha256 of an open file, read from where it stands to its end."""
    from hashlib import file_digest

    return file_digest(file, "sha256").hexdigest()


def hash_of_all(hashes: Sequence[str]) -> str:
    """The hash of a source: of its one file, or of the hashes of its files, in order."""
    from cartscreen.hashing import sha256

    return hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()


def index_of(tables: str) -> "sqlite3.Connection":
    """A database with these tables, on disk, that is of nobody else and is gone at the end."""
    import sqlite3

    index = sqlite3.connect("")  # a file of its own, which the system takes away
    index.executescript(
        f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000; {tables}"
    )
    return index


def _is_folder(name: str, fault: OSError) -> bool:
    """Is that why it could not be opened? Windows says that permission is denied."""
    return isinstance(fault, IsADirectoryError) or (
        isinstance(fault, PermissionError) and Path(name).is_dir()
    )


def file_of_a_like_name(name: str) -> str:
    """The sentence " Did you mean 'patient.toml'?" where the folder has a file named much so."""
    path = Path(name)
    with suppress(OSError, ValueError):
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in islice(entries, _MOST_FILES)]
        ends = (".toml", path.suffix or ".toml")
        names = [item for item in names if visible(item) == item and len(item) < 60]
        near = [item for item in names if item.endswith(ends)]
        whole = f"{path.name}.toml"
        return f" Did you mean {whole!r}?" if whole in near else did_you_mean(path.name, near)
    return ""


_MOST_FILES = 1000  # of a folder are looked at


def contents_of(names: Sequence[str]) -> dict[str, bytes]:
    """What stands in each of these profiles."""
    return {name: content_of(name) for name in names}


def profile_of_file(name: str, pack: "Pack", changes: Sequence[str] = ()) -> "Profile":
    """The profile in a file, with these changes to it."""
    from cartscreen.profile.read import parse_profile

    return parse_profile(content_of(name), pack.vocabulary, name, changes)


def changed_profile(
    content: bytes, pack: "Pack", name: str, changes: Sequence[str], report: str
) -> "Profile":
    """The profile in these bytes, with the changes that a report says it was judged with."""
    from cartscreen.profile.read import parse_profile

    try:
        return parse_profile(content, pack.vocabulary, name, changes)
    except InputError as fault:
        said = (f"{report}: judged with other values: {line}" for line in fault.faults)
        raise InputError(*said) from None


def chart_of_file(
    name: str, pack: "Pack", day: date | None, changes: Sequence[str] = ()
) -> "tuple[Chart, DateFrom]":
    """The chart of a file, and where its date comes from."""
    return chart_of_profile(profile_of_file(name, pack, changes), name, pack, day)


def chart_of_profile(
    profile: "Profile", name: str, pack: "Pack", day: date | None, *, dead_too: bool = False
) -> "tuple[Chart, DateFrom]":
    """The chart of a profile that was read from a file, and where its date comes from.

    Raises InputError for a date outside the person's life; with `dead_too`, only for one before
    birth.
    """
    from cartscreen.evaluate.evaluator import chart_on

    origin, on = _day_judged(profile, name, day, dead_too=dead_too)
    with _refused_for(name):
        return chart_on(profile, pack, on), origin


def _day_judged(
    profile: "Profile", name: str, day: date | None, *, dead_too: bool = False
) -> "tuple[DateFrom, date]":
    """The date judged, and where it comes from."""
    origin: DateFrom = "option" if day else "profile" if profile.screening else "today"
    if day is None:
        day = profile.screening.earliest if profile.screening else date.today()
    if not dead_too and (told := has_died(profile, day)):
        raise InputError(f"{name}: {told}")
    return origin, day


@contextmanager
def _refused_for(name: str) -> Iterator[None]:
    """A date that is refused is named with the file."""
    try:
        yield
    except Problem as problem:
        raise InputError(f"{name}: {problem}") from None


_COMPILED: "list[Compiled]" = []
"""The trials that this run judges for verdicts."""


def _compiled(pack: "Pack", trials: "Sequence[Trial]", *, preferred: bool) -> "Compiled":
    """The trials, compiled once for all patients of a run."""
    from cartscreen.evaluate.compiled import Compiled

    if not any(item.is_of(pack, trials, preferred=preferred) for item in _COMPILED):
        _COMPILED[:] = [Compiled(pack, trials, preferred=preferred)]
    return _COMPILED[0]


def chart_of_visit(profile: "Profile", name: str, pack: "Pack") -> "tuple[Chart, DateFrom]":
    """The chart of a visit after the infusion, and where its date comes from."""
    from cartscreen.response.visits import chart_of_visit, stated_visit

    day = stated_visit(profile)
    return chart_of_visit(name, profile, pack, day or date.today()), "profile" if day else "today"


def has_died(profile: "Profile", day: date) -> str:
    """That the person has died by that day, in a sentence; empty where that is not recorded."""
    died = profile.died
    if died is None or died.earliest > day:
        return ""
    return f"person.died {died} is not after the date judged, {day}; who has died is not screened."


View = Literal["report", "whole", "outlook", "brief", "verdicts"]
"""What is made of a profile: a report; what the table shows of one, with what stands in the way,
and from when on it would not, whole or with what is listed by its ids folded; of many, without the
days; or by which criteria it has its verdicts.
"""


def judge_file(
    name: str,
    pack: "Pack",
    trials: "Sequence[Trial]",
    day: date | None,
    options: "Options",
    view: View = "report",
) -> "Report | Outlook | Verdicts | Failure":
    """The report of a file, or why there is none."""
    from cartscreen.contract import Failure

    try:
        profile = profile_of_file(name, pack, options.set)
        return judge(profile, name, pack, trials, day, options, view)
    except InputError as fault:
        return Failure(file=name, error=list(fault.faults))


def judge_line(
    where: str,
    line: bytes,
    pack: "Pack",
    trials: "Sequence[Trial]",
    day: date | None,
    options: "Options",
    view: View,
) -> "Report | Outlook | Verdicts | Failure":
    """The report of a profile that is a line of JSON, or why there is none."""
    from cartscreen.contract import Failure
    from cartscreen.profile.read import parse_line

    try:
        profile = parse_line(line, pack.vocabulary, where, options.set)
        return judge(profile, where, pack, trials, day, options, view)
    except InputError as fault:
        return Failure(file=where, error=list(fault.faults))


def judge(
    profile: "Profile",
    name: str,
    pack: "Pack",
    trials: "Sequence[Trial]",
    day: date | None,
    options: "Options",
    view: View,
) -> "Report | Outlook | Verdicts":
    """The report of a profile that was read from a file, or what is shown of it instead.

    Raises InputError for a date outside the person's life.
    """
    if view == "verdicts":
        from cartscreen.verdicts import verdicts

        compiled = _compiled(pack, trials, preferred=options.preferred)
        origin, on = _day_judged(profile, name, day)
        with _refused_for(name):
            bare = compiled.chart_on(profile, on)
        stands = verdicts(bare, compiled, file=name, date_from=origin, options=options)
        bare.end()
        return stands
    from cartscreen.report import report

    found: Report | Outlook
    chart, origin = chart_of_profile(profile, name, pack, day)
    if view != "report":
        from cartscreen.plan.outlook import outlook

        found = outlook(
            chart,
            trials,
            file=name,
            date_from=origin,
            options=options,
            dated=view != "brief",
            folded=view != "whole",
        )
    else:
        found = report(chart, trials, file=name, date_from=origin, options=options)
    chart.end()
    return found


CHARTS = (".json", ".ndjson", ".jsonl")
"""How files of charts of other systems end."""


LINES = (".ndjson", ".jsonl")
"""Which of them have a resource, or a profile, on each line."""


def is_lines(name: str) -> bool:
    """Is it a file of profiles, one on each line? Of charts, each line has its type."""
    if not name.lower().endswith(LINES):
        return False
    with suppress(OSError, ValueError, InputError), regular(name) as file:
        lines = iter(lambda: file.readline(65536), b"")
        return b'"resourceType"' not in next((line for line in lines if line.strip()), b"")
    return False


CDM_TABLES = (".csv", ".parquet")
"""How files end that hold a table of an OMOP CDM each."""
CDM_DATABASE = ".duckdb"


def is_charts(name: str) -> bool:
    """Is it a file of charts by its ending, or a folder that holds one, or an OMOP CDM?"""
    if name.lower().endswith(CHARTS):
        return not is_lines(name)
    return any(path.suffix.lower() in CHARTS for path in inside(name)) or is_omop(name)


def is_omop(name: str) -> bool:
    """Is it a DuckDB database by its ending, or a folder that holds the table PERSON?"""
    if name.lower().endswith(CDM_DATABASE):
        return True
    persons = [f"person{ending}" for ending in CDM_TABLES]
    return any(path.name.lower() in persons for path in inside(name))


def inside(name: str) -> list[Path]:
    """The files of a folder, in order; none, if it is no folder."""
    with suppress(OSError, ValueError):  # what is no file name is refused when it is opened
        if name != "-" and os.path.isdir(name):  # noqa: PTH112 (asked of each file of a batch)
            return sorted(Path(name).iterdir())
    return []


TEXTS = (".csv", ".tsv", ".txt")
"""How files of tables end that are text."""


def is_table(name: str) -> bool:
    """Is it a table by its ending?"""
    return name.lower().endswith((*TEXTS, ".xlsx", ".xls", ".ods"))


class Pseudonyms:
    """The files of a batch by pseudonym, to name two that have one: it may be a slip of names."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def met(self, name: str, patient: str) -> Iterator[str]:
        """A warning where an earlier file has the pseudonym of this one; one of none is empty."""
        if not patient:
            return
        first = self._first.setdefault(patient, name)
        if first != name:
            yield f"{first} and {name} have one pseudonym; are they of one patient?"


class KeptFile:
    """A profile that is saved after each answer, if it is still the file that was read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.content = content_of(name) if os.path.lexists(name) or not name else None
        self.path = Path(name).resolve()  # a link stays a link
        if not self.path.parent.is_dir():
            raise OutputError(f"{self.path.parent}: there is no such folder.")
        places = [self.path.parent] if self.content is None else [self.path.parent, self.path]
        if not all(os.access(place, os.W_OK) for place in places):
            raise OutputError(f"{name}: answers cannot be saved here; it may only be read.")
        _sweep(self.path.parent)

    def save(self, content: bytes) -> None:
        """The file is replaced in one step, or stays as it was.

        Of two programs that save at once, one waits, and then finds the file changed.
        """
        self._check_unchanged()
        try:
            with _temporary(self.path.parent) as (handle, path):
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    if self.content is not None:
                        _make_like(path, self.path.stat())
                    os.fsync(handle)
                with _locked(self.path.parent):
                    self._check_unchanged()
                    path.replace(self.path)
        except OSError as fault:
            raise OutputError(f"{self.name}: {refusal(fault)}; the answer was not saved.") from None
        self.content = content

    def _check_unchanged(self) -> None:
        if self.content is None:
            found, said = os.path.lexists(self.path), "was made"
        else:
            said = "was changed or taken away"
            try:
                found = content_of(self.name) != self.content
            except InputError:
                found = True
        if found:
            raise OutputError(
                f"{self.name}: the file {said} by somebody else meanwhile; the last answer was not "
                "saved. Start again."
            )


_PREFIX = ".cartscreen-"
_OURS = pattern(r"\.cartscreen-[a-z0-9_]{8}")
_YOUNG, _OLD = 60, 86_400
"""In seconds: a younger file may not be locked yet, or no more; an older one is abandoned."""


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[int, Path]]:
    """A file of a name of its own, open to write, which is gone at the end unless it was renamed.

    It is locked while this program runs, so that `_sweep` knows one that was killed.
    """
    import tempfile

    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
    try:
        _try_lock(handle)
        yield handle, Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _sweep(folder: Path) -> None:
    """Remove what programs of this user that were killed have left in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name):
                with suppress(OSError):
                    if _is_abandoned(Path(entry.path)):
                        Path(entry.path).unlink()


def _is_abandoned(path: Path) -> bool:
    found = path.lstat()
    age = time.time() - found.st_mtime
    own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not stat.S_ISREG(found.st_mode) or not own or age < _YOUNG:
        return False
    handle = os.open(path, os.O_RDONLY)
    try:
        return _try_lock(handle) or age > _OLD
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    """Lock a file or folder until it is closed; False where another has it, or none can."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """No other program of ours saves in this folder meanwhile, where the system can lock one."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(_TRIES):
            if _try_lock(handle):
                break
            time.sleep(_PAUSE)
        yield  # a folder of a network that cannot be locked is written to all the same
    finally:
        os.close(handle)


_TRIES, _PAUSE = 200, 0.01


def _make_like(path: Path, model: os.stat_result) -> None:
    """Permissions and, where that is allowed, owner and group of another file."""
    with suppress(OSError, AttributeError):
        os.chown(path, model.st_uid, model.st_gid)
    path.chmod(stat.S_IMODE(model.st_mode))


def begun_file(kept: KeptFile, load: "Callable[[bytes], object]") -> bytes:
    """A new profile, saved, once its pseudonym is known."""
    from cartscreen.interview import new_profile

    near = file_of_a_like_name(kept.name)
    put(f"There is no file {visible(kept.name)} yet.{near} A new profile needs a pseudonym.\n")
    while True:
        line = read_line("Pseudonym, P-0001 say (q leaves): ")
        if line is None or line.casefold() == "q":
            raise typer.Exit
        try:
            if not line.isprintable():
                raise InputError(f"{shown(line)} holds a character that does not show.")
            load(content := new_profile(line))
        except InputError as fault:
            complain(*fault.faults)
        else:
            kept.save(content)
            return content


@contextmanager
def output_to(
    path: Path | None, inputs: Sequence[str], force: bool
) -> Iterator[Callable[[str], None]]:
    """Where to write: standard output (no path, or "-"), or a file, whole or not at all."""
    if path is None or str(path) == "-":
        yield put
        return
    _check_output(path, inputs, force)
    _sweep(path.parent)
    try:
        with _temporary(path.parent) as (handle, temporary):
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                yield _writer_to(file, path)
                file.flush()
                os.fsync(handle)
            _check_output(path, inputs, force)  # a batch takes time; there may be a file by now
            temporary.replace(path)
    except OSError as fault:
        raise OutputError(f"{path}: {refusal(fault)}; nothing was written.") from None


def put_file(path: Path, text: str) -> None:
    """A file of a folder of many, which appears whole or not at all."""
    try:
        with _temporary(path.parent) as (handle, temporary):
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            temporary.replace(path)
    except OSError as fault:
        raise OutputError(f"{path}: {refusal(fault)}; it was not written.") from None


def _writer_to(file: IO[str], path: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        try:
            file.write(text)
        except OSError as fault:
            raise OutputError(f"{path}: {refusal(fault)}; nothing was written.") from None

    return write


def _check_output(path: Path, inputs: Sequence[str], force: bool) -> None:
    """Fail before the work where the file could not be written, or should not be replaced."""
    try:
        if not path.parent.is_dir():
            raise OutputError(f"{path.parent}: there is no such folder.")
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"{path.parent}: this folder cannot be written to.")
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise OutputError(f"{path}: this is a folder; --output takes a file.")
        if not stat.S_ISREG(mode):
            raise OutputError(f"{path}: this is a link, pipe or device; write to it with `>`.")
        if not os.access(path, os.W_OK):
            raise OutputError(f"{path}: this file cannot be written to.")
        if any(_is_same(path, name) for name in inputs):
            raise OutputError(f"{path}: this file is to be read; give another name to write to.")
        if not force:
            raise OutputError(f"{path}: this file is there already; --force replaces it.")
    except FileNotFoundError:
        return
    except (OSError, ValueError) as fault:
        reason = refusal(fault, "this is not a file name")
        raise OutputError(f"{path}: {reason}.") from None


def files_of_criteria(folder: Path | None) -> list[str]:
    """The files of a pack, which an output must not replace."""
    from cartscreen.pack.files import paths_in

    with suppress(OSError):  # what is no folder is refused when it is read
        return [str(path) for path in paths_in(folder).values()] if folder else []
    return []


def _is_same(path: Path, name: str) -> bool:
    with suppress(OSError, ValueError):
        return path.samefile(name)
    return False
