"""Which build of the program this is, by a hash of its own files; and what it keeps compiled.

Two builds of one version can judge differently: a report says by which of them it was made. Code,
units and templates count; byte code does not, nor do the criteria, whose pack has a hash of its
own. A checkout with other line ends is the same build.

What the program's files say in TOML, `pack/compile.py` keeps in `compiled.bin`, which loads in a
tenth of the time. It is part of an installed program, like code: nothing else is ever unpickled,
and no pack but the one that comes with the program. It is used only while the program's files are
those that it was made by, and its content is what it was; else the TOML is read. Where it is used
it counts, too: whoever compiles something else makes another build.

Whether the files are the same is asked at every start. They are where each is as long as it was,
and has not been changed since `compiled.bin` was written: by when the file system says that its
content, its name or its times were changed last, which `touch` and `cp -p` do not put back (Windows
says it of the content alone, and there they do). Where that does not tell, their content does: by a
CRC-32, which takes a tenth of the time of a sha256 (by accident, one change in four thousand
million has the same), and of the criteria by the sha256. So Python, too, tells by the size and the
time of a file whether its byte code is of it. The folder of `compiled.bin` is the last by its name,
since installers write what is in a wheel in that order. The build is made of the sha256 when it is
compiled, and kept.
"""

import os
from _pickle import Unpickler, loads
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO, FileIO
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

from cartscreen.frozen import EMPTY, slotted

_KINDS = (".py", ".toml", ".jinja")
COMPILED = "start/compiled.bin"
_BUILD, _OWN = "build", "own"
_FOLDER = str(Path(__file__).parent)
Files = Iterable[tuple[str, "os.DirEntry[str]"]]
"""Files by their names, with the folders in which they lie."""


def _own_files(folder: str) -> Iterator[tuple[bytes, bytes]]:
    """(name and length, content) of each file of the program, of which a folder is a copy."""
    for name, path in sorted((name, entry.path) for name, entry in _found(folder, "")):
        with FileIO(path) as file:  # a buffer, of files so many, would take as long as to read them
            content = unix_lines(file.read())
        yield f"{name}\0{len(content)}\0".encode(), content


def _found(folder: str, before: str) -> Files:
    """Each of the files; pathlib would take twice as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{before}{entry.name}"
            if entry.name.startswith("."):  # of an editor: `.#chart.py` is a link to nowhere
                continue
            if name.endswith(_KINDS):
                yield name, entry
            elif name not in ("criteria", "__pycache__") and entry.is_dir():
                yield from _found(entry.path, f"{name}/")  # criteria lie inside where installed


def unix_lines(content: bytes) -> bytes:
    """The content with line ends as on Unix. To look for one byte first is quicker."""
    return content.replace(b"\r\n", b"\n") if b"\r" in content else content


@cache
def build() -> str:
    """The first 12 hexadecimal digits of the sha256 of the program's own files."""
    found = _compiled()
    if found is None:
        return _build_of(_FOLDER, {})
    at, size = found.places[_BUILD]
    return found.content[at : at + size].decode()


def _build_of(folder: str, parts: Mapping[str, bytes]) -> str:
    """The build of the program in a folder, which keeps these parts."""
    from hashlib import sha256

    digest = sha256()
    for said, content in (*_own_files(folder), *((b"", part) for _, part in sorted(parts.items()))):
        digest.update(said)
        digest.update(content)
    return digest.hexdigest()[:12]


def packed(
    parts: Mapping[str, bytes], folder: str, sizes: Mapping[str, Mapping[str, int]] = EMPTY
) -> bytes:
    """The content of the file for these parts, each a pickle, of the program in a folder.

    sizes  how long the files are by which other parts are made: see `is_unchanged`
    """
    from _pickle import dumps

    parts = {**parts, _BUILD: _build_of(folder, parts).encode()}
    begins = [*accumulate(map(len, parts.values()), initial=_SUMS)]
    places = {name: (at, len(parts[name])) for name, at in zip(parts, begins, strict=False)}
    index = places, {_OWN: sizes_of(_found(folder, "")), **sizes}
    payload = b"".join((*parts.values(), dumps(index)))
    sums = _sum_of_own(folder), crc32(payload, _FORM), begins[-1]
    return b"".join(number.to_bytes(_SIZE) for number in sums) + payload


def _sum_of_own(folder: str) -> int:
    """By what it is told that the content of the program in a folder is the same."""
    own = 0
    for said, content in _own_files(folder):
        own = crc32(content, crc32(said, own))
    return own


def sizes_of(files: Files) -> dict[str, int]:
    """How long these files are."""
    return {name: entry.stat().st_size for name, entry in files}


@slotted
class _Compiled:
    """What is kept.

    content  of the file
    places   of each part, by name: where it begins in the content, and how long it is
    sizes    how long each file is by which it was made, by name, of the program and of its criteria
    at       when the file was written, in nanoseconds
    """

    content: bytes
    places: Mapping[str, tuple[int, int]]
    sizes: Mapping[str, Mapping[str, int]]
    at: int

    def is_younger(self, of: str, files: Files) -> bool:
        """Are these the files, each as long as it was, and was each changed last before?

        False says nothing: an installation may write its files in any order, and within a tick of
        the clock of its file system.
        """
        sizes = self.sizes[of]
        left = len(sizes)
        for name, entry in files:
            left -= 1
            if entry.is_symlink():  # where it leads to may have been changed
                return False
            seen = entry.stat()
            changed = max(seen.st_mtime_ns, seen.st_ctime_ns)
            if sizes.get(name) != seen.st_size or changed >= self.at:
                return False
        return left == 0


@cache
def _compiled() -> _Compiled | None:
    """What is kept of these very files; None where they are others, or it is spoilt."""
    path = Path(_FOLDER, COMPILED)
    try:
        content, written = path.read_bytes(), path.stat()
    except OSError:
        return None
    own, payload, end = (
        int.from_bytes(content[first : first + _SIZE]) for first in range(0, _SUMS, _SIZE)
    )
    if len(content) <= _SUMS or payload != crc32(memoryview(content)[_SUMS:], _FORM):
        return None
    places, sizes = loads(memoryview(content)[end:])
    at = min(written.st_mtime_ns, written.st_ctime_ns)  # the first can be set to the future
    found = _Compiled(content, places, sizes, at)
    is_same = found.is_younger(_OWN, _found(_FOLDER, "")) or own == _sum_of_own(_FOLDER)
    return found if is_same else None


_SIZE = 4  # of a number, in bytes
_SUMS = 3 * _SIZE
_FORM = 2  # of the file: another number for any other, so that none is read as what it is not


def is_unchanged(of: str, files: Files) -> bool:
    """Are these for sure the files of this name, as they were when what is kept was written?"""
    found = _compiled()
    return found is not None and of in found.sizes and found.is_younger(of, files)


def kept(name: str) -> Any:
    """What is kept under this name; None where nothing is, or not of these files."""
    found = _compiled()
    if found is None or name not in found.places:
        return None
    return _read(found.content, found.places[name][0])


def _read(content: bytes, first: int = 0) -> Any:
    file = BytesIO(content)
    file.seek(first)
    return _Reader(file).load()


class ReadLater:
    """A record of which some fields are read when they are first asked for, where it is kept.

    LATER  these fields, of which few commands have need; their defaults are made each time
    """

    LATER: ClassVar[tuple[str, ...]] = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name not in self.LATER:
                raise AttributeError(name)
            found = _read(self.__getattribute__(AS_BYTES)[name])
            object.__setattr__(self, name, found)
            return found


AS_BYTES = "_as_bytes"
"""What such a record has in the place of these fields: each as it is kept, by name."""


class _Reader(Unpickler):
    """Reads nothing but our own records, numbers, dates and sets."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "cartscreen" and f"{module}.{name}" not in _OTHERS:
            raise ValueError(f"{module}.{name} is no record of cartscreen")
        return super().find_class(module, name)


_OTHERS = {"builtins.frozenset", "datetime.date", "decimal.Decimal", "fractions.Fraction"}
