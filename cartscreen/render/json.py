"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time.

ASCII, so that it is JSON in every encoding of the terminal, and nothing in it can act on one.
"""

from cartscreen.contract import Failure, Report, as_asked


def render(item: Report | Failure, *, lines: bool) -> str:
    """One report as JSON, on one line or indented."""
    return as_asked(item).json(None if lines else 0)
