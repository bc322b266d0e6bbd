"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time.

ASCII, so that it is JSON in every encoding of the terminal, and nothing in it can act on one.
"""

import json

from cartscreen.contract import Failure, Report, as_data


def render(item: Report | Failure, *, lines: bool) -> str:
    """One report as JSON, on one line or indented."""
    if not lines:
        return json.dumps(as_data(item), allow_nan=False, indent=2)
    return _shown(item)._line() if isinstance(item, Report) else item.line


def _shown(item: Report) -> Report:
    """The report, with the criteria that its options ask for."""
    only = item.options.only
    trials = [
        trial.model_copy(update={"criteria": [one for one in trial.criteria if one.status in only]})
        for trial in item.trials
    ]
    return item.model_copy(update={"trials": trials})
