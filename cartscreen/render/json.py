"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time.

ASCII, so that it is JSON in every encoding of the terminal, and nothing in it can act on one.
"""

import json

from cartscreen.contract import Failure, Report
from cartscreen.render.text import STATUSES


def render(item: Report | Failure, *, only: tuple[str, ...] = STATUSES, lines: bool) -> str:
    """One report as JSON, on one line or indented."""
    data = item.model_dump(by_alias=True)
    for trial in data.get("trials", ()):
        trial["criteria"] = [found for found in trial["criteria"] if found["status"] in only]
    return json.dumps(data, allow_nan=False, indent=None if lines else 2)
