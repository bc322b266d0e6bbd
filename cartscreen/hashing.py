"""The sha256 of what is small, without OpenSSL.

hashlib loads the library of OpenSSL, which takes 4 MB of memory, and longer than to hash a pack and
a profile; it is for files that may be large.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashlib import _Hash


def _of_first(*modules: str) -> Any:
    """`sha256` of the first of these modules that this Python has: `random` does the like."""
    for name in modules:
        with suppress(ImportError):
            return import_module(name).sha256
    raise AssertionError("hashlib has it")


_OWN = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
sha256: "Callable[[bytes], _Hash]" = _of_first(_OWN, "hashlib")  # some are built without their own
