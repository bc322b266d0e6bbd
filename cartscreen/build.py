"""Which build of the program this is, by a hash of its own files; and what it keeps compiled.

Two builds of one version can judge differently: a report says by which of them it was made. Code,
units and templates count; byte code does not, nor do the criteria, whose pack has a hash of its
own. A checkout with other line ends is the same build.

What the program's files say in TOML, `pack/compile.py` keeps in `compiled.bin`, which loads in a
tenth of the time. It is part of an installed program, like code: nothing else is ever unpickled,
and no pack but the one that comes with the program. It is used only while the program's files are
those that it was made by, and its content is what it was; else the TOML is read. Where it is used
it counts, too: whoever compiles something else makes another build.

Whether the files are the same is asked at every start, and told by a CRC-32, which takes a tenth
of the time of a sha256: by accident, one change in four thousand million has the same. (Python
takes a module for unchanged by the size and the time of its file alone.) The build is made of the
sha256 when it is compiled, and kept. Of the criteria a BLAKE2b is taken at every start.
"""

import os
from _pickle import Unpickler, loads
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any
from zlib import crc32

_KINDS = (".py", ".toml", ".jinja")
COMPILED = "compiled.bin"
_BUILD = "build"
_FOLDER = str(Path(__file__).parent)


def _own_files(folder: str) -> Iterator[tuple[bytes, bytes]]:
    """(name and length, content) of each file of the program, of which a folder is a copy."""
    for name, path in sorted(_found(folder, "")):
        with FileIO(path) as file:  # a buffer, of files so many, would take as long as to read them
            content = unix_lines(file.read())
        yield f"{name}\0{len(content)}\0".encode(), content


def _found(folder: str, before: str) -> Iterator[tuple[str, str]]:
    """(name with its folders, path) of each of the files; pathlib would take twice as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{before}{entry.name}"
            if name.endswith(_KINDS):
                yield name, entry.path
            elif name not in ("criteria", "__pycache__") and entry.is_dir():
                yield from _found(entry.path, f"{name}/")  # criteria lie inside where installed


def unix_lines(content: bytes) -> bytes:
    """The content with line ends as on Unix. To look for one byte first is quicker."""
    return content.replace(b"\r\n", b"\n") if b"\r" in content else content


@cache
def build() -> str:
    """The first 12 hexadecimal digits of the sha256 of the program's own files."""
    kept_of = _parts().get(_BUILD)
    return _build_of(_FOLDER, {}) if kept_of is None else kept_of.decode()


def _build_of(folder: str, parts: Mapping[str, bytes]) -> str:
    """The build of the program in a folder, which keeps these parts."""
    from hashlib import sha256

    digest = sha256()
    for said, content in (*_own_files(folder), *((b"", part) for _, part in sorted(parts.items()))):
        digest.update(said)
        digest.update(content)
    return digest.hexdigest()[:12]


def packed(parts: Mapping[str, bytes], folder: str) -> bytes:
    """The content of the file for these parts, each a pickle, of the program in a folder."""
    from _pickle import dumps

    payload = dumps({**parts, _BUILD: _build_of(folder, parts).encode()}, protocol=5)
    return _sums(folder, payload) + payload


def _sums(folder: str, payload: bytes | memoryview) -> bytes:
    """By what it is told that the program in a folder is the same, and what it keeps."""
    own = 0
    for said, content in _own_files(folder):
        own = crc32(content, crc32(said, own))
    return own.to_bytes(4) + crc32(payload).to_bytes(4)


@cache
def _parts() -> Mapping[str, bytes]:
    """What is kept of these very files, by name; nothing where they are others, or it is spoilt."""
    try:
        content = memoryview(Path(_FOLDER, COMPILED).read_bytes())
    except OSError:
        return {}
    sums, payload = content[:_SIZE], content[_SIZE:]
    found: Mapping[str, bytes] = loads(payload) if sums == _sums(_FOLDER, payload) else {}
    return found


_SIZE = 8  # of the two sums


def kept(name: str) -> Any:
    """What is kept under this name; None where nothing is, or not of these files."""
    content = _parts().get(name)
    return None if content is None else _Reader(BytesIO(content)).load()


class _Reader(Unpickler):
    """Reads nothing but our own records, numbers, dates and sets."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "cartscreen" and f"{module}.{name}" not in _OTHERS:
            raise ValueError(f"{module}.{name} is no record of cartscreen")
        return super().find_class(module, name)


_OTHERS = {"builtins.frozenset", "datetime.date", "decimal.Decimal", "fractions.Fraction"}
