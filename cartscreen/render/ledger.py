"""A ledger of drugs for a person: a table, or entries one under another where it has no room."""

from collections.abc import Iterable, Iterator, Sequence

from cartscreen.ledger import OVER, Clear, Ledger, Line
from cartscreen.render.colour import STYLES, painted
from cartscreen.render.draw import item, ruled
from cartscreen.render.paper import (
    Console,
    ConsoleOptions,
    Justify,
    RenderableType,
    RenderResult,
    Table,
    Text,
    cell_len,
)

_UNITS = (
    "Doses and prednisone in mg/day, per kg in mg/kg/day, rounded, unless a unit is given; "
    "? is not known."
)
_MISSED = "Criteria that these entries miss, and how near they come:"
_CLEAR = (
    "Clear from: the first screening date on which no washout of a trial counts the drug any more, "
    "with nothing new happening"
)
_DRUG = 12  # the letters that a drug needs at least to stand in the table


def lines(found: Ledger) -> Iterable[RenderableType]:
    """Each entry in a line, below what they miss, and when the washouts of each trial are over."""
    yield painted((found.label, "bold"))
    if not found.lines:
        yield Text("No entry is listed.")
        return
    yield Text(_UNITS)
    yield Text()
    yield _Entries(found)
    if found.missed:
        yield Text()
        yield Text(_MISSED)
    for missed in found.missed:
        name = painted(f"{missed.trial} {missed.criterion}")
        by = ("; ".join(missed.by), STYLES["failed"])
        yield item(name, painted(f"{missed.title}: ", by))
    if found.washouts:
        yield Text()
        yield Text(_CLEAR)
    for washout in found.washouts:
        name = painted(f"{washout.trial} {washout.criterion}")
        yield item(name, painted(f"{washout.title}: ", *_said_of(washout.drugs)))


def _said_of(drugs: Sequence[Clear]) -> Iterator[str | tuple[str, str]]:
    """First what is not clear yet: "tacrolimus 2026-10-25 (perhaps 2026-10-18); now: rituximab"."""
    later = [drug for drug in drugs if drug.clear_from != OVER]
    over = [drug for drug in drugs if drug.clear_from == OVER]
    for number, drug in enumerate(later):
        yield f"{'; ' if number else ''}{drug.written} "
        yield _clear(drug.clear_from)
        yield f" (perhaps {drug.perhaps_from})" if drug.perhaps_from else ""
        yield _by_reading(drug)
    if over:
        yield "; " if later else ""
        yield _clear(OVER)
        yield f": {', '.join(f'{drug.written}{_by_reading(drug)}' for drug in over)}"


def _by_reading(drug: Clear) -> str:
    named = " or ".join(repr(label) for label in drug.readings)
    return f" (counted only by the reading {named})" if named else ""


def _clear(said: str) -> tuple[str, str]:
    return said, STYLES["matched"] if said == OVER else STYLES["unknown"] if said else ""


class _Entries:
    """The entries as a table, if it has room for them."""

    def __init__(self, found: Ledger) -> None:
        self.lines = found.lines
        self.with_washouts = bool(found.washouts)

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls with the width that there is."""
        for between, folds in ((1, 0), (0, 0), (0, self._spare())):
            table = self._table(between)
            if table.natural_width - folds <= options.max_width:
                yield table
                return
        for line in self.lines:
            yield item(f"{line.number:2}", painted(*self._in_words(line)))

    def _spare(self) -> int:
        """By how many letters the columns that may fold can be narrower."""
        spare = max(0, *(cell_len(line.drug) - _DRUG for line in self.lines))
        for texts in ([line.dose for line in self.lines], [line.days for line in self.lines]):
            words = [word for text in texts for word in text.split()]
            spare += max(map(cell_len, texts)) - max(map(cell_len, words), default=0)
        return spare

    def _table(self, between: int) -> Table:
        table = ruled(between=between)
        for name, justify in _COLUMNS:
            if self.with_washouts or name != _COLUMNS[-1][0]:
                table.add_column(
                    name, justify=justify, no_wrap=name not in _MAY_FOLD, overflow="fold"
                )
        for line in self.lines:
            cells = [painted(str(part)) for part in (*line.model_dump().values(),)[:-1]]
            clear = [painted(_clear(line.clear_from))] if self.with_washouts else []
            table.add_row(*cells, *clear)
        return table

    def _in_words(self, line: Line) -> Iterator[str | tuple[str, str]]:
        dose = f" {line.dose}" if line.dose else ""
        yield f"{line.drug}{dose}; {line.begins} to {line.ends}, {line.days} days"
        if line.as_prednisone:
            yield f"; as prednisone {line.as_prednisone}, per kg {line.per_kg}"
        if line.clear_from:
            yield "; clear from "
            yield _clear(line.clear_from)


_MAY_FOLD = ("Drug", "Dose", "Days")
_COLUMNS: Sequence[tuple[str, Justify]] = (
    ("No", "right"),
    ("Drug", "left"),
    ("Dose", "right"),
    ("From", "left"),
    ("To", "left"),
    ("Days", "right"),
    ("Predni-\nsone", "right"),
    ("Per kg", "right"),
    ("Clear from", "left"),
)
