"""Many patients: where their profiles stand, and the processes that judge them.

What is judged is a file, or a line of a file of profiles (NDJSON). The order of the output is that
of the input, whatever process is done first, and its bytes are the same with any number of them.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import typer

from cartscreen.cli.files import CHARTS, content_of, is_charts, is_lines, regular
from cartscreen.cli.output import MANY, Maker, Part, collect_seldom, complain
from cartscreen.errors import InputError
from cartscreen.frozen import frozen, replace

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from cartscreen.contract import Failure, Report
    from cartscreen.plan.obstacles import Outlook
    from cartscreen.verdicts import Verdicts

_MOST_OF_LIST = 100_000_000  # bytes of --files-from: some million paths
_LONGEST_LINE = 10_000_000  # of a profile; one in TOML may be as large


@frozen
class Given:
    """A patient to be judged: the file, or the line of a file that is named before it."""

    name: str
    line: bytes | None = None


def inputs(named: Sequence[str], files_from: str | None) -> list[str]:
    """The files that are to be judged: those that were named, and those of folders and of a list.

    Of a folder, its TOML files in the order of their names; a folder of charts stays as it is.
    Raises InputError for a folder or a list without any.
    """
    listed = list(named)
    if files_from is not None:
        content = content_of(files_from, _MOST_OF_LIST)
        if len(content) > _MOST_OF_LIST:
            raise InputError(f"{files_from}: the list is larger than 100 MB.")
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            if path := os.fsdecode(line.removesuffix(b"\r")).strip():
                if "\0" in path:
                    raise InputError(f"{files_from}: line {number} is not a file name.")
                listed.append(path)
        if not listed:
            raise InputError(f"{files_from}: the list names no file; write a path on each line.")
    return list(chain.from_iterable(_inside(name) for name in listed))


def _inside(name: str) -> list[str]:
    """The profiles of a folder; whatever else is named, itself."""
    found: list[str] = []
    with suppress(OSError, ValueError):  # what cannot be read is refused when it is opened
        if name in ("", "-") or not Path(name).is_dir() or is_charts(name):
            return [name]
        found = sorted(
            str(path)
            for path in Path(name).iterdir()
            if path.suffix.lower() == ".toml" and not path.name.startswith(".")
        )
        if not found:
            ends = ", ".join(CHARTS)
            raise InputError(f"{name}: there is no profile (*.toml, or charts, {ends}) in it.")
    return found or [name]


def patients(names: Sequence[str]) -> int:
    """How many patients there are, or MANY where they are at least so many."""
    count = 0
    for name in names:
        count += sum(1 for _ in islice(given(name), MANY)) if is_lines(name) else 1
        if count >= MANY:
            return MANY
    return count


def given(name: str) -> Iterator[Given]:
    """What is judged of a file."""
    if not is_lines(name):
        yield Given(name)
        return
    with regular(name) as file:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                yield Given(f"{name}: line {number}", line.strip())


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file; of one that is too long, so much that this can be told."""
    while line := file.readline(_LONGEST_LINE):
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(_LONGEST_LINE)
            line = line[:_LONGEST_LINE] + rest[:1]
        yield line


@frozen
class Run:
    """What is done with each patient.

    judge  gives what is told of each; `maker` makes it the text of its format
    """

    judge: "Callable[[Given], Iterable[Report | Outlook | Verdicts | Failure]]"
    maker: Maker

    def parts(self, item: Given, *, is_first: bool) -> Iterator[Part]:
        """What is written of an item, one patient after another."""
        for judged in self.judge(item):
            yield self.maker.part(judged, is_first=is_first)
            is_first = False


def in_order(run: Run, items: Iterable[Given], jobs: int) -> Iterator[Part]:
    """What is written of each item, in their order, made by so many processes."""
    pool = _pool(run, jobs) if jobs > 1 else None
    if pool is not None:
        yield from _made_by(pool, items, jobs)
        return
    for number, item in enumerate(items):
        yield from run.parts(item, is_first=number == 0)
        if number == 0:
            collect_seldom()


_AT_ONCE = 8  # items that a process is given at a time
_AHEAD = 3  # times that, for each process, are on their way: it bounds the memory


def _pool(run: Run, jobs: int) -> "ProcessPoolExecutor | None":
    """The processes; None on a system that has no means for them."""
    try:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # a fork has the criteria already; elsewhere than on Linux it is not safe
        context = get_context("fork" if sys.platform == "linux" else None)
        return ProcessPoolExecutor(jobs, context, _begin, (run,))
    except (ImportError, NotImplementedError, OSError):  # no semaphores, say
        return None


def _made_by(pool: "ProcessPoolExecutor", items: Iterable[Given], jobs: int) -> Iterator[Part]:
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children

    waiting: deque[Future[list[Part]]] = deque()
    ahead = iter(items)
    is_first, is_done = True, False
    try:
        while True:
            while len(waiting) < _AHEAD * jobs and (chunk := list(islice(ahead, _AT_ONCE))):
                waiting.append(pool.submit(_work, chunk, is_first=is_first))
                is_first = False
            if not waiting:
                is_done = True
                return
            yield from waiting.popleft().result()
    except BrokenProcessPool:
        complain("a process that judged was ended, for want of memory perhaps; try --jobs 1.")
        raise typer.Exit(1) from None
    except BaseException:
        for process in active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=is_done, cancel_futures=True)


_RUN: list[Run] = []
"""In a process that judges: what is done with each patient."""


def _begin(run: Run) -> None:
    """A process that judges: what ends the batch is for the first one to say."""
    _RUN[:] = [run]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_DFL)
    collect_seldom()


def _work(items: list[Given], *, is_first: bool) -> list[Part]:
    parts: list[Part] = []
    for item in items:
        for part in _RUN[0].parts(item, is_first=is_first and not parts):
            parts.append(replace(part, text=tuple(part.text)))
    return parts


def processors() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
