"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time."""

import json

from cartscreen.report import Failure, Report


def render(item: Report | Failure, *, lines: bool) -> str:
    """One report as JSON, on one line or indented."""
    data = item.model_dump(by_alias=True, mode="json")
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=None if lines else 2)
    # a lone surrogate, from a file name that is not UTF-8, has no UTF-8 of its own
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
