"""What can go wrong, and the exit code it ends with.

    CartscreenError
    ├── Problem              one value is wrong; the loader that catches it adds the place
    ├── InputError      3    a patient profile cannot be used
    ├── CriteriaError   4    a criteria file cannot be used, or a trial is not known
    └── OutputError     5    a report could not be written

Each message is one or two sentences for the person at the keyboard: file, field, value, what was
expected, the likely fix. The program prints them without a traceback.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager


class CartscreenError(Exception):
    """Base of every error that is shown to the user: one sentence for each fault."""

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
        super().__init__(*map(_shortened, faults))


def _shortened(fault: str) -> str:
    """The fault as it is, or without its middle where a name or a value makes it far too long."""
    return fault if len(fault) <= 2000 else f"{fault[:1000]} ... {fault[-900:]}"


_MOST_FAULTS = 100


class Faults:
    """Faults of a pack, found one after another and raised together, at most 100."""

    def __init__(self) -> None:
        self.found: list[str] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is done inside may raise CriteriaError: its faults are kept, and the next begins."""
        try:
            yield
        except CriteriaError as fault:
            self.found.extend(said for said in fault.faults if said not in self.found)
        if len(self.found) > _MOST_FAULTS:
            self.end()

    def end(self) -> None:
        """Raises CriteriaError with all that were found, if any was."""
        if self.found:
            more = len(self.found) - _MOST_FAULTS
            tail = (f"and {more} more faults, at least.",) if more > 0 else ()
            raise CriteriaError(*self.found[:_MOST_FAULTS], *tail)


@contextmanager
def placed(where: str) -> Iterator[None]:
    """A Problem that is found inside is a fault of the criteria at this place."""
    try:
        yield
    except Problem as problem:
        raise CriteriaError(f"{where}: {problem}") from None


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

    otherwise: what is said of an exception without a number. The exception's own text is never
    shown, since it may hold patient data.
    """
    number = fault.errno if isinstance(fault, OSError) else None
    return otherwise if number is None else _REFUSALS.get(number) or os.strerror(number)
