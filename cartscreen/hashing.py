"""Hashes of what is small, without OpenSSL.

hashlib loads the library of OpenSSL, which takes 4 MB of memory, and longer than to hash a pack and
a profile; it is for files that may be large.

sha256   names what is told to others: a pack, a profile
blake2b  is as hard to deceive and takes a third of the time: by it we know again what we have kept
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashlib import _Hash


def _of_first(name: str, *modules: str) -> Any:
    """The hash of the first of these modules that this Python has: `random` does the like."""
    for module in modules:
        with suppress(ImportError):
            return getattr(import_module(module), name)
    raise AssertionError("hashlib has it")


_OWN = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
sha256: "Callable[[bytes], _Hash]" = _of_first("sha256", _OWN, "hashlib")  # some lack their own
blake2b: "Callable[[bytes], _Hash]" = _of_first("blake2b", "_blake2", "hashlib")
