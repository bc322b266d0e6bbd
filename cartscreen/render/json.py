"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time.

ASCII, so that it is JSON in every encoding of the terminal, and nothing in it can act on one.
"""

from typing import get_args

from cartscreen.contract import Failure, Report, Status


def render(item: Report | Failure, *, lines: bool) -> str:
    """One report as JSON, on one line or indented."""
    shown = _shown(item) if isinstance(item, Report) else item
    return shown.json(None if lines else 0)


def _shown(item: Report) -> Report:
    """The report, with the criteria that its options ask for."""
    only = item.options.only
    if len(only) == len(get_args(Status)):
        return item
    trials = [
        trial.model_copy(update={"criteria": [one for one in trial.criteria if one.status in only]})
        for trial in item.trials
    ]
    return item.model_copy(update={"trials": trials})
