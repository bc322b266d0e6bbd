"""The sha256 of what is small, without OpenSSL: it names a pack, and a profile, in reports.

hashlib loads the library of OpenSSL, which takes 4 MB of memory, and longer than to hash a pack and
a profile; it is for files that may be large.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

sha256: "Callable[[bytes], _Hash]"
try:
    sha256 = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
except ImportError:  # some Pythons lack their own, as `random` knows
    sha256 = import_module("hashlib").sha256
