"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time.

ASCII, so that it is JSON in every encoding of the terminal, and nothing in it can act on one.
"""

from collections.abc import Iterator

from cartscreen.contract import Failure, Report, as_asked


def render(item: Report | Failure, *, lines: bool) -> Iterator[str]:
    """One report as JSON, on one line or indented, in pieces."""
    asked, depth = as_asked(item), None if lines else 0
    if isinstance(asked, Failure):
        return iter((asked.json(depth),))
    return asked.pieces(depth, "trials", "criteria", "because")
