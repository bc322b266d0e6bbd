"""Which build of the program this is: a hash of its own files.

Two builds of one version can judge differently: a report says by which of them it was made. Code,
units and templates count; byte code and what is generated from these files do not, nor do the
criteria, whose pack has a hash of its own. A checkout with other line ends is the same build.
"""

import hashlib
from functools import cache
from pathlib import Path

_KINDS = (".py", ".toml", ".jinja")


@cache
def build() -> str:
    """The first 12 hexadecimal digits of the sha256 of the program's own files."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix in _KINDS)
    own = (name for name in names if name.parts[0] != "criteria")  # they lie inside where installed
    for name in sorted(own, key=lambda name: name.as_posix()):
        content = (folder / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
