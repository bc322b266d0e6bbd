"""Which build the program is, and when what it keeps compiled is used."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from pickle import dumps
from typing import Any

import pytest
from support import ROOT

from cartscreen import build as builds
from cartscreen.build import COMPILED, build, kept, packed
from cartscreen.pack.compile import compile_into, pickled
from cartscreen.pack.files import bundled_files, bundled_heads, heads, kept_heads, key_of
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import kept_pack
from cartscreen.pack.read import pack_of
from cartscreen.rule.tree import walk
from cartscreen.units import KEPT_TABLE, KEPT_UNITS, table_of_file, units_read

CONTENTS = bundled_files()
KEY = key_of(CONTENTS)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the program, which says of which build it is and what it keeps."""
    folder = tmp_path / "cartscreen"
    shutil.copytree(ROOT / "cartscreen", folder, ignore=shutil.ignore_patterns("*.pyc", COMPILED))
    monkeypatch.setattr(builds, "_FOLDER", str(folder))
    forget()
    yield folder
    forget()


def forget() -> None:
    """As in a new process."""
    for found in (builds.build, builds._parts):
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
    pack, read = kept(kept_pack(KEY)), pack_of(CONTENTS, "criteria/")

    assert pack == read
    for one, other in zip(_parts(pack), _parts(read), strict=True):
        assert {*one.COMPILED} <= vars(one).keys()
        assert [vars(one)[name] for name in one.COMPILED] == [
            getattr(other, name) for name in one.COMPILED
        ]
    assert kept(kept_heads(KEY)) == tuple(heads(CONTENTS, "criteria/"))
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


@pytest.mark.slow
def test_other_criteria_are_not_what_is_kept(package: Path) -> None:
    """The name is by the hash of the files, so that an edit of one is read."""
    compile_into(package, ROOT / "criteria")
    forget()
    edited = {**CONTENTS, "drugs.toml": CONTENTS["drugs.toml"] + b"# edited"}

    assert kept(kept_pack(key_of(edited))) is None


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
def test_an_edit_of_the_program_ends_the_use_of_what_is_kept(package: Path, name: str) -> None:
    """Until it is compiled again: what was made by other code may not be what this code makes."""
    (package / COMPILED).write_bytes(content_of({KEPT_TABLE: pickled(())}, package))
    before = build()
    with (package / name).open("a") as file:
        file.write("# edited")
    forget()

    assert kept(KEPT_TABLE) is None
    assert build() != before


def test_who_changes_what_is_kept_makes_another_build(package: Path) -> None:
    """Even where its hash is made to fit: no report of this build was judged by that pack."""
    builds_seen = [build()]
    for said in ("neutrophils >= 1", "neutrophils >= 2"):
        parts = {kept_pack(KEY): pickled(said)}
        (package / COMPILED).write_bytes(content_of(parts, package))
        forget()
        assert kept(kept_pack(KEY)) == said
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


def test_line_ends_and_byte_code_make_no_other_build(package: Path) -> None:
    before = build()
    for path in (package / "units.toml", package / "answer.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "answer.py").write_text("x = 1")
    (package / "criteria").mkdir()
    (package / "criteria" / "trial.toml").write_text("x = 1")
    forget()

    assert build() == before
