"""JSON: an array of reports; ndjson: one report a line. Strict, and the same bytes every time.

ASCII, so that it is JSON in every encoding of the terminal, and nothing in it can act on one.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cartscreen.contract import Failure, Report, TrialReport, as_data, encoded


def render(item: Report | Failure, *, lines: bool) -> str:
    """One report as JSON, on one line or indented."""
    if lines and isinstance(item, Report):
        return _object(_report(item))
    return json.dumps(as_data(item), allow_nan=False, indent=None if lines else 2)


def _report(item: Report) -> Iterator[tuple[str, str]]:
    """Each key of a report, with its value as JSON; criteria have their own lines."""
    trials = ", ".join(_object(_trial(trial, item)) for trial in item.trials)
    for key, value in _without(item, "trials").items():
        yield key, f"[{trials}]" if key == "trials" else encoded(value)


def _trial(item: TrialReport, of: Report) -> Iterator[tuple[str, str]]:
    shown = ", ".join(found.line for found in item.criteria if found.status in of.options.only)
    for key, value in _without(item, "criteria").items():
        yield key, f"[{shown}]" if key == "criteria" else encoded(value)


def _without(item: Report | TrialReport, key: str) -> Mapping[str, Any]:
    """The data of a record, with one list of it, the long one, left empty."""
    return item.model_copy(update={key: []}).model_dump(by_alias=True)


def _object(values: Iterator[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{encoded(key)}: {value}' for key, value in values)}}}"
