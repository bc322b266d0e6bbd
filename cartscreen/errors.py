"""What can go wrong, and the exit code it ends with.

    CartscreenError
    ├── Problem              one value is wrong; the loader that catches it adds the place
    ├── InputError      3    a patient profile cannot be used
    ├── CriteriaError   4    a criteria file cannot be used, or a trial is not known
    └── OutputError     5    a report could not be written

Each message is one or two sentences for the person at the keyboard: file, field, value, what was
expected, the likely fix. The program prints them without a traceback.
"""

import difflib
import errno
import os
import unicodedata
from collections.abc import Iterable
from datetime import date, time


class CartscreenError(Exception):
    """Base of every error that is shown as a sentence, or as one for each fault."""

    exit_code = 1

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Problem(CartscreenError):
    """What is wrong with one value, before anyone knows where it stands."""


class InputError(CartscreenError):
    """A patient profile that cannot be used."""

    exit_code = 3


class CriteriaError(CartscreenError):
    """A criteria file that cannot be used, or a trial that is not known."""

    exit_code = 4

    def __init__(self, *faults: str) -> None:
        super().__init__(*map(_in_few_words, faults))


def _in_few_words(fault: str) -> str:
    """A fault without its middle, where a name or a value in it is endless."""
    return fault if len(fault) <= 2000 else f"{fault[:1000]} ... {fault[-900:]}"


class OutputError(CartscreenError):
    """A report that could not be written."""

    exit_code = 5


_REFUSALS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EROFS: "this place can only be read",
    errno.ENOSPC: "the disk is full",
    errno.EISDIR: "this is a folder",
    errno.ENOTDIR: "this is not a folder",
    errno.ELOOP: "this link leads to itself",
    errno.ENAMETOOLONG: "this name is too long",
    errno.EBADF: "it is closed",
}


def refusal(fault: Exception, otherwise: str = "the system refused it") -> str:
    """Why the system refused, by the number of its error: "the disk is full".

    otherwise: what is said of an exception without a number. The text of the exception is never
    shown: whoever raised it may have put anything there.
    """
    number = fault.errno if isinstance(fault, OSError) else None
    return otherwise if number is None else _REFUSALS.get(number) or os.strerror(number)


_MOST_NAMES = 3000  # to find the nearest of so many names takes 0.05 s


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A closing sentence that names the nearest known words, or nothing.

    Suggestions only: no caller ever takes one without asking.
    """
    lowered = {name.casefold(): name for name in known}
    if same := lowered.get(word.casefold()):
        return f" Did you mean {same!r}?"
    if len(lowered) > _MOST_NAMES:
        return ""
    near = difflib.get_close_matches(word[:60].casefold(), lowered, n=2, cutoff=0.7)
    return f" Did you mean {' or '.join(repr(lowered[name]) for name in near)}?" if near else ""


def shown(value: object) -> str:
    """A value as an error may print it: as in TOML, at most 60 characters, none of them invisible.

    What stands in a table or a list is not shown: it may be about more than the fault.
    """
    match value:
        case str():
            return _quoted(value)
        case bool():
            return "true" if value else "false"
        case dict():
            return "a table"
        case list():
            return "a list"
        case date() | time():
            return value.isoformat()
    try:
        text = str(value)
    except ValueError:  # an integer of more than 4300 digits has no decimal text
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _quoted(text: str) -> str:
    short = text if len(text) <= 58 else f"{text[:55]}..."
    while len(repr(short)) > 60:  # escapes take room
        short = f"{short[:-4]}..."
    return repr(short)


_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = {  # letters and marks that show nothing: two patients could look like one
    *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
    *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
}


def visible(text: str) -> str:
    """The text with every control, bidirectional, zero-width and blank character as its escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        escape(letter) if letter in _BLANK or unicodedata.category(letter) in _INVISIBLE else letter
        for letter in text
    )


def escape(letter: str) -> str:
    """A letter as Python and TOML escape it."""
    return f"\\u{ord(letter):04x}" if letter <= "\uffff" else f"\\U{ord(letter):08x}"
