"""The sha256 of what is small, without OpenSSL.

hashlib loads the library of OpenSSL, which takes 4 MB of memory, and longer than to hash a pack and
a profile; it is for files that may be large.
"""

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashlib import _Hash


def _of_first(*modules: str) -> Any:
    """`sha256` of the first of these modules that this Python has, as its own `random` looks."""
    for name in modules:
        with suppress(ImportError):
            return import_module(name).sha256
    raise AssertionError("hashlib has it")


sha256: "Callable[[bytes], _Hash]" = _of_first("_sha2", "_sha256", "hashlib")  # _sha2: from 3.12 on
