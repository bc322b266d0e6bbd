"""Which build of the program this is, by a hash of its own files; and what it keeps compiled.

Two builds of one version can judge differently: a report says by which of them it was made. Code,
units and templates count; byte code does not, nor do the criteria, whose pack has a hash of its
own. A checkout with other line ends is the same build.

What the program's files say in TOML, `pack/compile.py` keeps in `compiled.bin`, which loads in a
tenth of the time. It is part of an installed program, like code: nothing else is ever unpickled,
and no pack but the one that comes with the program. It is used only while the program's files are
those that it was made by, and its content is what it was; else the TOML is read. Where it is used
it counts, too: whoever changed it has made another build.
"""

import os
from _pickle import Unpickler, loads
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any

_KINDS = (".py", ".toml", ".jinja")
COMPILED = "compiled.bin"
_FOLDER = str(Path(__file__).parent)


def own_files(folder: str) -> bytes:
    """The sha256 of the program's own files, in a folder that is a copy of the package."""
    digest = sha256()
    for name, path in sorted(_found(folder, "")):
        with FileIO(path) as file:  # a buffer, of files so many, would take as long as to hash them
            content = unix_lines(file.read())
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.digest()


def unix_lines(content: bytes) -> bytes:
    """The content with line ends as on Unix. To look for one byte first is quicker."""
    return content.replace(b"\r\n", b"\n") if b"\r" in content else content


def _found(folder: str, before: str) -> Iterator[tuple[str, str]]:
    """(name with its folders, path) of each of the files; pathlib would take twice as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{before}{entry.name}"
            if name.endswith(_KINDS):
                yield name, entry.path
            elif name not in ("criteria", "__pycache__") and entry.is_dir():
                yield from _found(entry.path, f"{name}/")  # criteria lie inside where installed


@cache
def build() -> str:
    """The first 12 hexadecimal digits of the sha256 of the program's own files."""
    own, compiled = _own()
    return sha256(own + compiled[: 2 * _SIZE]).hexdigest()[:12]  # its head has its sha256


@cache
def _own() -> tuple[bytes, bytes]:
    """The sha256 of the program's own files; what is kept compiled of them, or nothing."""
    own = own_files(_FOLDER)
    try:
        content = Path(_FOLDER, COMPILED).read_bytes()
    except OSError:
        return own, b""
    payload = memoryview(content)[2 * _SIZE :]
    is_whole = content[_SIZE : 2 * _SIZE] == sha256(payload).digest()
    return own, content if content[:_SIZE] == own and is_whole else b""


_SIZE = 32  # of a sha256


def packed(parts: Mapping[str, bytes], own: bytes) -> bytes:
    """The content of the file for these parts, each of them a pickle, and these files."""
    from _pickle import dumps

    payload = dumps(dict(parts), protocol=5)
    return own + sha256(payload).digest() + payload


@cache
def _parts() -> Mapping[str, bytes]:
    _, compiled = _own()
    found: Mapping[str, bytes] = loads(memoryview(compiled)[2 * _SIZE :]) if compiled else {}
    return found


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
