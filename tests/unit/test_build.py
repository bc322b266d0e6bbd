"""Which build the program is, and when what it keeps compiled is used."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from pickle import dumps
from typing import Any

import pytest
from support import ROOT

from cartscreen import build as builds
from cartscreen.build import COMPILED, build, kept, packed
from cartscreen.pack import files
from cartscreen.pack.compile import compile_into, pickled
from cartscreen.pack.files import (
    KEPT_HASH,
    KEPT_HEADS,
    bundled_files,
    bundled_heads,
    hash_of,
    heads,
    kept_of_bundled,
)
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import KEPT_PACK
from cartscreen.pack.read import pack_of
from cartscreen.rule.tree import walk
from cartscreen.units import KEPT_TABLE, KEPT_UNITS, table_of_file, units_read

CONTENTS = bundled_files()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the program, which says of which build it is and what it keeps."""
    folder = tmp_path / "cartscreen"
    shutil.copytree(ROOT / "cartscreen", folder, ignore=shutil.ignore_patterns("*.pyc", "*.bin"))
    (folder / COMPILED).parent.mkdir(exist_ok=True)
    monkeypatch.setattr(builds, "_FOLDER", str(folder))
    forget()
    yield folder
    forget()


def forget() -> None:
    """As in a new process."""
    for found in (builds.build, builds._compiled):
        found.cache_clear()


def content_of(parts: dict[str, bytes], package: Path) -> bytes:
    return packed(parts, str(package))


@pytest.mark.slow
def test_what_is_kept_is_what_the_files_say(package: Path) -> None:
    """Every value of the pack, of the list of trials and of the units equals the TOML's.

    So does what is kept beside the fields, since it follows from them.
    """
    compile_into(package, ROOT / "criteria")
    forget()
    pack, read = kept(KEPT_PACK), pack_of(CONTENTS, "criteria/")

    assert pack == read
    for one, other in zip(_parts(pack), _parts(read), strict=True):
        assert {*one.COMPILED} <= vars(one).keys()
        assert [vars(one)[name] for name in one.COMPILED] == [
            getattr(other, name) for name in one.COMPILED
        ]
    assert kept(KEPT_HEADS) == tuple(heads(CONTENTS, "criteria/"))
    assert kept(KEPT_TABLE) == table_of_file()
    assert kept(KEPT_UNITS) == units_read()


def _parts(pack: Pack) -> Iterator[Any]:
    """What has more kept of it than its fields: the pack, its vocabulary, its trials and rules."""
    yield pack
    yield pack.vocabulary
    for trial in pack.trials:
        yield trial
        for criterion in trial.criteria:
            yield criterion
            for reading in criterion.readings:
                yield from walk(reading.rule)


@pytest.mark.usefixtures("package")
def test_without_what_is_kept_the_files_are_read() -> None:
    assert kept(KEPT_TABLE) is None
    assert bundled_heads() == tuple(heads(CONTENTS, "criteria/"))


def changed(path: Path, old: bytes, new: bytes) -> None:
    """Other content of the same length, with the times of the old one, as `cp -p` leaves it."""
    assert len(old) == len(new)
    content, seen = path.read_bytes(), path.stat()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


TICK = 0.02
"""Seconds; longer than a tick of the clock of a file system, which is 4 or 10 ms."""


@pytest.fixture
def criteria(package: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of criteria, small ones, of which something is kept."""
    folder = package / "criteria"
    (folder / "facts").mkdir(parents=True)
    (folder / "drugs.toml").write_text("limit = 10")
    (folder / "facts" / "lab.toml").write_text("limit = 20")
    monkeypatch.setattr(files, "bundled_folder", lambda: folder)
    keep(package, folder)
    return folder


def keep(package: Path, folder: Path) -> None:
    """Keep the name of these criteria's pack."""
    time.sleep(TICK)
    parts = {KEPT_HASH: pickled(hash_of(bundled_files())), KEPT_PACK: pickled("of these")}
    sizes = {KEPT_HASH: builds.sizes_of(files.toml_files(folder))}
    (package / COMPILED).write_bytes(packed(parts, str(package), sizes))
    forget()


def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no content be asked for."""

    def read(*_: object) -> Any:
        raise AssertionError("a file was read")

    monkeypatch.setattr(files, "bundled_files", read)
    monkeypatch.setattr(builds, "_own_files", read)


@pytest.mark.usefixtures("criteria")
def test_of_what_was_not_changed_since_no_content_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    time.sleep(TICK)
    unread(monkeypatch)

    assert kept_of_bundled(KEPT_PACK) == "of these"


def test_what_was_written_again_is_told_by_its_content(criteria: Path) -> None:
    """A checkout, or a copy: all times are new, and the content is what it was."""
    (criteria / "drugs.toml").write_text("limit = 10")

    assert kept_of_bundled(KEPT_PACK) == "of these"


EDITS: dict[str, Callable[[Path], object]] = {
    "longer": lambda folder: (folder / "drugs.toml").write_text("limit = 100"),
    "as long, with the old times": lambda folder: changed(folder / "drugs.toml", b"10", b"11"),
    "in a folder": lambda folder: changed(folder / "facts" / "lab.toml", b"20", b"21"),
    "added": lambda folder: (folder / "facts" / "more.toml").write_text(""),
    "taken away": lambda folder: (folder / "facts" / "lab.toml").unlink(),
    "renamed": lambda folder: (folder / "drugs.toml").rename(folder / "other.toml"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("wait", [0, TICK], ids=["at once", "later"])
def test_other_criteria_are_not_what_is_kept(
    criteria: Path, edit: Callable[[Path], object], wait: float
) -> None:
    """However they were changed, and however soon."""
    time.sleep(wait)
    edit(criteria)

    assert kept_of_bundled(KEPT_PACK) is None


def test_a_time_in_the_future_makes_nothing_younger(package: Path, criteria: Path) -> None:
    """An archive may have set it; what is changed from now on would look older."""
    ahead = time.time_ns() + 10**12
    os.utime(package / COMPILED, ns=(ahead, ahead))
    changed(criteria / "drugs.toml", b"10", b"11")
    forget()

    assert kept_of_bundled(KEPT_PACK) is None


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut short": lambda content: content[:-1],
    "cut in its head": lambda content: content[:40],
    "a letter changed": lambda content: content.replace(b"Lupus", b"Lepus", 1),
    "longer": lambda content: content + b"x",
    "no pickle": lambda _: b"schema = 1",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_file_is_not_used_and_counts_for_nothing(
    package: Path, spoil: Callable[[bytes], bytes]
) -> None:
    without = build()
    content = content_of({KEPT_TABLE: pickled({"a": "Lupus"})}, package)
    (package / COMPILED).write_bytes(content)
    forget()
    assert kept(KEPT_TABLE) == {"a": "Lupus"}
    (package / COMPILED).write_bytes(spoil(content))
    forget()

    assert kept(KEPT_TABLE) is None
    assert build() == without


@pytest.mark.parametrize("name", ["units.toml", "rule/parse.py", "render/report.html.jinja"])
@pytest.mark.parametrize("wait", [0, TICK], ids=["at once", "later"])
def test_an_edit_of_the_program_ends_the_use_of_what_is_kept(
    package: Path, name: str, wait: float
) -> None:
    """Until it is compiled again: what was made by other code may not be what this code makes."""
    (package / COMPILED).write_bytes(content_of({KEPT_TABLE: pickled(())}, package))
    before = build()
    time.sleep(wait)
    changed(package / name, b"e", b"E")
    forget()

    assert kept(KEPT_TABLE) is None
    assert build() != before


def test_who_changes_what_is_kept_makes_another_build(package: Path) -> None:
    """Even where its hash is made to fit: no report of this build was judged by that pack."""
    builds_seen = [build()]
    for said in ("neutrophils >= 1", "neutrophils >= 2"):
        parts = {KEPT_PACK: pickled(said)}
        (package / COMPILED).write_bytes(content_of(parts, package))
        forget()
        assert kept(KEPT_PACK) == said
        builds_seen.append(build())

    assert len(set(builds_seen)) == 3


class Odd:
    """An object that runs something when it is read."""

    def __reduce__(self) -> Any:
        return eval, ("1 + 1",)


def test_nothing_is_read_but_records(package: Path) -> None:
    (package / COMPILED).write_bytes(content_of({KEPT_TABLE: dumps(Odd())}, package))
    forget()

    with pytest.raises(ValueError, match=r"builtins\.eval is no record"):
        kept(KEPT_TABLE)


@pytest.mark.slow
def test_the_same_bytes_in_every_process() -> None:
    """Neither the order of a set nor which texts are one object shows."""
    command = [
        sys.executable, "-c",
        "import hashlib; from cartscreen.pack.compile import *\n"
        "from cartscreen.pack.files import bundled_files\n"
        "pack = pack_of(bundled_files(), 'criteria/'); pack.vocabulary.sections\n"
        "print(hashlib.sha256(pickled(pack)).hexdigest())",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    here = hashlib.sha256(pickled(pack_of(CONTENTS, "criteria/"))).hexdigest()

    assert done.stdout.strip() == here
    assert pickled({"a": frozenset({"x", "y"}), "b": "".join(("a",))}) == pickled(
        {"a": frozenset({"y", "x"}), "b": "a"}
    )


def test_a_record_is_read_as_it_was(package: Path) -> None:
    """Dates, sets in a set, None and truth in the place of a default that is another."""
    values = (date(2026, 11, 28), frozenset({frozenset({"a"})}), None, True, 1)
    (package / COMPILED).write_bytes(content_of({"x": pickled(values)}, package))

    assert kept("x") == values


def test_line_ends_byte_code_and_what_editors_leave_make_no_other_build(package: Path) -> None:
    before = build()
    (package / ".#chart.py").symlink_to("somebody@nowhere.1")
    for path in (package / "units.toml", package / "answer.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "answer.py").write_text("x = 1")
    (package / "criteria").mkdir()
    (package / "criteria" / "trial.toml").write_text("x = 1")
    forget()

    assert build() == before
