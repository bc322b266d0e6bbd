"""How text reaches the terminal, a pipe or a file: width, colour, encodings, complaints."""

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import typer

from cartscreen.errors import (
    OutputError,
    refusal,
)
from cartscreen.frozen import frozen
from cartscreen.text import escape, visible

if TYPE_CHECKING:
    from cartscreen.contract import Failure, Report
    from cartscreen.plan.obstacles import Outlook
    from cartscreen.render.batch import PatientLine
    from cartscreen.render.html import Page
    from cartscreen.render.log import Row
    from cartscreen.render.paper import RenderableType
    from cartscreen.verdicts import Verdicts


class Format(StrEnum):
    """How reports are written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"
    CHECKLIST = "checklist"
    LOG = "log"
    VERDICTS = "verdicts"


class BriefFormat(StrEnum):
    """How everything else is written."""

    TABLE = "table"
    JSON = "json"


Detail = Literal["summary", "usual", "everything"]
"""How much the table shows."""


MOST_AT_LENGTH = 3
"""The reports of more patients than these are printed only where --all or --only asks for them."""


MANY = 50
"""From so many patients on, all processors judge unless --jobs says otherwise."""


class Static(StrEnum):
    """How often NDJSON has what is the same for every patient: by what it was made, the texts."""

    EACH = "each"
    ONCE = "once"


@frozen
class Part:
    """What is written of one patient, and what the end of the output needs of it.

    patient  the pseudonym; empty of a file that could not be judged, which has an `error`
    text     in pieces; of a long one, each may be made when it is written
    """

    file: str
    patient: str
    error: tuple[str, ...]
    verdicts: frozenset[str]
    text: Iterable[str]
    lines: "tuple[PatientLine, ...]" = ()
    rows: "tuple[Row, ...]" = ()
    page: "Report | Failure | None" = None
    first: "Outlook | Failure | None" = None


@frozen
class Maker:
    """Makes the text of one patient after another, in any process.

    ending  of the file that is written, ".html" say; empty for standard output
    """

    format: Format
    detail: Detail
    only: tuple[str, ...]
    ending: str
    colour: bool
    static: Static = Static.EACH

    def part(self, item: "Report | Outlook | Verdicts | Failure", *, is_first: bool) -> Part:
        """What is written of a patient, the first or another, and what the end needs of it."""
        from cartscreen.contract import Failure, Report

        page: Report | Failure | None = None
        first: Outlook | Failure | None = None
        lines: tuple[PatientLine, ...] = ()
        rows: tuple[Row, ...] = ()
        text: Iterable[str] = ()
        if isinstance(item, Report | Failure) and self.format is Format.HTML:
            page = item
        elif isinstance(item, Report | Failure) and self.is_log_page:
            from cartscreen.render import log

            rows = (*log.rows(item),)
        elif isinstance(item, Report | Failure) and self.format in _JSON:
            text = in_blocks(self._json(item, is_first=is_first))
        else:
            text = (self._text(item, is_first=is_first),)
        if self.format is Format.TABLE:
            from cartscreen.plan import obstacles

            assert isinstance(item, obstacles.Outlook | Failure), "the table shows an outlook"
            if is_first:
                first = item  # which has no line of its own, where it stays alone
            else:
                from cartscreen.render import batch

                lines = (batch.line_of(item),)
        if isinstance(item, Failure):
            return Part(
                item.file, "", tuple(item.error), frozenset(), text, lines, rows, page, first
            )
        verdicts = frozenset(found.verdict for found in item.trials)
        return Part(item.file, item.patient, (), verdicts, text, lines, rows, page, first)

    def _json(self, item: "Report | Failure", *, is_first: bool) -> Iterable[str]:
        if self.static is Static.ONCE:
            from cartscreen.render import static

            return chain(static.render(item), ("\n",))
        from cartscreen.render import json as renderer

        if self.format is Format.NDJSON:
            return chain(renderer.render(item, lines=True), ("\n",))
        return chain(("[\n" if is_first else ",\n",), renderer.render(item, lines=False))

    @property
    def is_log_page(self) -> bool:
        """Is it the screening log as a page, which tells at its beginning how many there are?"""
        return self.format is Format.LOG and self.ending == ".html"

    def _text(self, item: "Report | Outlook | Verdicts | Failure", *, is_first: bool) -> str:
        from cartscreen.contract import Failure, Report

        if self.format is Format.VERDICTS:
            from cartscreen.render import verdicts
            from cartscreen.verdicts import Verdicts

            assert isinstance(item, Verdicts | Failure), "they are lines of verdicts"
            return verdicts.render(item, static=self.static is Static.EACH)
        if self.format is Format.TABLE or not isinstance(item, Report | Failure):
            from cartscreen.plan.obstacles import Outlook

            assert isinstance(item, Outlook | Failure), "the table shows an outlook"
            return self._table(item)
        match self.format:
            case Format.CSV:
                from cartscreen.render import csv

                return csv.render(item, only=self.only, header=is_first)
            case Format.MARKDOWN:
                from cartscreen.render import markdown

                return ("" if is_first else "\n") + markdown.render(item, only=self.only)
            case Format.CHECKLIST:
                return self._checklist(item)
            case _:
                from cartscreen.render import log

                return log.csv(item, header=is_first)

    def _checklist(self, item: "Report | Failure") -> str:
        from cartscreen.contract import Failure
        from cartscreen.render import checklist, html, markdown

        as_markdown = self.ending == ".md"
        if isinstance(item, Failure):
            return markdown.render(item) if as_markdown else html.render([item])
        render = checklist.markdown if as_markdown else checklist.html
        return render(item, item.trials[0])

    def _table(self, item: "Outlook | Failure") -> str:
        if self.detail == "summary":
            return ""
        from cartscreen.render import table

        return table.render(
            item,
            only=self.only,
            everything=self.detail == "everything",
            width=terminal_width(),
            colour=self.colour,
        )


_JSON = (Format.NDJSON, Format.JSON)


def in_blocks(pieces: Iterable[str]) -> Iterator[str]:
    """A text in pieces, some at a time: of the largest report these are some megabytes."""
    left = iter(pieces)
    while block := "".join(islice(left, _AT_A_TIME)):
        yield block


_AT_A_TIME = 20


class ReportWriter:
    """Writes reports one after another, so that a long batch does not wait in memory.

    What it has written when it ends is whole, even where the batch was interrupted.
    """

    def __init__(self, maker: Maker, write: Callable[[str], None]) -> None:
        self.maker = maker
        self.write = write
        self.count = 0
        self.cut = False
        self.lines: list[PatientLine] = []
        self.rows: list[Row] = []
        self.judged = 0
        self.page: Page | None = None
        self.first: Outlook | Failure | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.cut:
            self.write(self._end())

    def put(self, part: Part) -> None:
        """Write the next patient."""
        text = (self._page().put(part.page),) if part.page is not None else part.text
        for block in text:
            self.cut = True
            self.write(block)
        self.cut = False
        self.count += 1
        self.lines += part.lines
        self.rows += part.rows
        self.judged += not part.error
        self.first = self.first or part.first

    def _page(self) -> "Page":
        from cartscreen.render.html import Page

        self.page = self.page or Page(self.maker.only)
        return self.page

    def _end(self) -> str:
        match self.maker.format:
            case Format.JSON:
                return "\n]\n" if self.count else "[]\n"
            case Format.HTML:
                return self._page().end()
            case Format.LOG if self.maker.is_log_page:
                from cartscreen.render import log

                return log.html(self.rows, self.judged)
            case Format.TABLE:
                return self._table_end()
        return ""

    def _table_end(self) -> str:
        width, colour = terminal_width(), self.maker.colour
        if self.count > 1 and self.first is not None:
            from cartscreen.render import batch

            lines = [batch.line_of(self.first), *self.lines]
            return batch.render(lines, width=width, colour=colour)
        if self.maker.detail == "summary" and self.first is not None:
            from cartscreen.render import table

            return table.summary(self.first, width=width, colour=colour)
        return ""


def maker_of(
    format: Format,
    detail: Detail,
    only: tuple[str, ...],
    output: Path | None,
    static: Static = Static.EACH,
) -> Maker:
    """What makes the texts that go to this file, or to standard output."""
    ending = output.suffix.lower() if output else ""
    colour = output is None and sys.stdout.isatty() and _colour()
    return Maker(format, detail, only, ending, colour, static)


def terminal_width() -> int:
    """Columns of the terminal, or of COLUMNS; 80 where neither says."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and len(columns) < 10 else 0
    if width == 0:
        with suppress(OSError, ValueError, AttributeError):
            width = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    return min(max(width or 80, _NARROWEST), _WIDEST)


_NARROWEST = 20  # the longest word that must stay whole is the id of a trial
_WIDEST = 1000  # rich fills lines with spaces before we take them away


def _colour() -> bool:
    """Whether a terminal shows colours: of those of Windows, the one that sets WT_SESSION."""
    terminal = os.environ.get("WT_SESSION") if os.name == "nt" else os.environ.get("TERM") != "dumb"
    return bool(terminal) and not os.environ.get("NO_COLOR")


def put_drawn(parts: "Iterable[RenderableType]") -> None:
    """Print what rich lays out."""
    put(drawn_text(parts))


def drawn_text(parts: "Iterable[RenderableType]", *, to_file: bool = False) -> str:
    """What rich lays out, as text of the terminal's width; coloured where a person watches."""
    from cartscreen.render.draw import draw

    colour = not to_file and sys.stdout.isatty() and _colour()
    return draw(parts, width=terminal_width(), colour=colour)


def as_json(data: object, *, lines: bool = False) -> str:
    """The data as JSON, indented; or a list of it with each element on a line."""
    import json  # a large library, of which the table has no need

    if isinstance(data, list) and lines:
        return "".join(f"{json.dumps(row)}\n" for row in data)
    return f"{json.dumps(data, indent=2)}\n"


def rows_as_csv(rows: list[dict[str, object]]) -> str:
    """Rows of equal keys as CSV."""
    import csv
    from io import StringIO

    from cartscreen.render.csv import guarded

    file = StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: guarded(str(value)) for key, value in row.items()} for row in rows])
    return file.getvalue()


def rows_as_markdown(rows: list[dict[str, object]]) -> str:
    """Rows of equal keys as a Markdown table."""
    from cartscreen.render.markdown import escaped

    names = list(rows[0])
    lines = [names, ["---"] * len(names)]
    lines += [[escaped(str(value)) for value in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_progress(files: list[str]) -> Iterator[str]:
    """The files; where a person is watching a long batch, each is named while it is worked on."""
    watched = len(files) > MOST_AT_LENGTH and sys.stderr is not None and sys.stderr.isatty()
    for number, name in enumerate(files, start=1):
        if watched:
            _PROGRESS.show(f"{number} of {len(files)}: {visible(name)}")
        yield name
    _PROGRESS.clear()


def collect_seldom() -> None:
    """From now on look for objects that are no longer needed; what is there lives to the end."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()


_NEW_OBJECTS = 100_000
"""Objects after which those that are no longer needed are looked for: about as many as a report is
made from. Python's own 700 looks through a patient's objects hundreds of times, for nothing."""


class _Progress:
    """One line on standard error, which is gone before anything else is written."""

    def __init__(self) -> None:
        self.width = 0

    def show(self, text: str) -> None:
        """Show this in place of what was shown, cut where the line ends."""
        self.clear()
        most = terminal_width() - 1
        text = fitted_to(text if len(text) <= most else f"{text[: most - 3]}...", "ascii")[:most]
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
            self.width = len(text)

    def clear(self) -> None:
        """Take it away by spaces, which a terminal without control sequences has as well."""
        if self.width:
            with suppress(OSError, ValueError):
                sys.stderr.write(f"\r{' ' * self.width}\r")
                sys.stderr.flush()
        self.width = 0


_PROGRESS = _Progress()


def complain(*sentences: str, kind: str = "error") -> None:
    """Sentences on standard error, control characters made visible."""
    if sentences:
        _PROGRESS.clear()
    for sentence in sentences:
        with suppress(OSError, ValueError):
            sys.stderr.write(fitted_to(f"{kind}: {visible(sentence)}\n", sys.stderr.encoding))


def put(text: str) -> None:
    """Text to standard output, whole or with exit 5 (141 when the reader has gone)."""
    if text:
        _PROGRESS.clear()
    try:
        sys.stdout.write(fitted_to(text, sys.stdout.encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
        raise typer.Exit(READER_GONE) from None
    except (OSError, ValueError) as fault:
        drop_output()
        reason = refusal(fault, "it is closed")
        raise OutputError(f"standard output: {reason}; the report was not written.") from None


READER_GONE = 141


def drop_output() -> None:
    """Send what Python would still flush at its end nowhere, so that it says nothing."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fitted_to(text: str, encoding: str) -> str:
    """The text, with a likeness or an escape for each letter that the encoding does not have."""
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        odd = {letter for letter in set(text) if not _encodes(letter, encoding)}
        return text.translate({ord(letter): _LIKE.get(letter, escape(letter)) for letter in odd})
    return text


_LIKE = {"─": "-", "–": "-", "≥": ">=", "≤": "<=", "×": "x", "µ": "u", "ö": "oe", "é": "e"}  # noqa: RUF001


def _encodes(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def read_line(prompt: str) -> str | None:
    """The next line of standard input; None at its end. A pipe's line is shown, as typing is."""
    put(prompt)
    stream = sys.stdin
    read = stream.buffer.readline(_LONGEST_LINE) if stream else b""
    more = read
    while len(more) == _LONGEST_LINE and not more.endswith(b"\n"):
        more = stream.buffer.readline(_LONGEST_LINE)
    line = read.decode(stream.encoding, "surrogateescape").strip() if read else None
    if not read or not stream.isatty():
        put(f"{visible(line or '')}\n")
    return line


_LONGEST_LINE = 10_000
