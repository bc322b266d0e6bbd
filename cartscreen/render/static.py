"""NDJSON in which what is the same for every patient stands once, on the first line.

That is two fifths of a report: by what it was made, and the texts of trials and criteria.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from cartscreen import NOTICE
from cartscreen.contract import Failure, Options, Plain, Report, as_asked
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.report import fixed_readings, of_criterion, of_trial, pack_id, tool


def render(item: Report | Failure) -> str:
    """A report on a line, without what the first line has; a failure has nothing of it."""
    asked = as_asked(item)
    return asked.json() if isinstance(asked, Failure) else _encoded(_without_static(asked))


_encoded = json.JSONEncoder(allow_nan=False, default=dict).encode  # a record as its fields
_OF_A_RUN = ("tool", "pack", "options", "notice", "fixed_readings")
_OF_A_TRIAL = ("registry", "name", "registry_status", "gaps")
_OF_A_CRITERION = (
    "kind", "parent", "heading", "title", "source", "note", "decisive", "question",
)  # fmt: skip


def first_line(pack: Pack, trials: Sequence[Trial], options: Options) -> str:
    """What is the same for every patient of a run (`cartscreen-static/1`)."""
    data = {
        "schema": "cartscreen-static/1",
        "tool": tool().model_dump(),
        "pack": pack_id(pack).model_dump(),
        "options": options.model_dump(),
        "notice": NOTICE,
        "fixed_readings": fixed_readings(trials),
        "trials": [_trial(trial) for trial in trials],
    }
    return f"{json.dumps(data, allow_nan=False)}\n"


def _trial(trial: Trial) -> dict[str, Any]:
    return of_trial(trial) | {"criteria": [of_criterion(item) for item in trial.criteria]}


def _without_static(report: Report) -> dict[str, Any]:
    """A report without what the first line has."""
    trials = [
        _without(_OF_A_TRIAL, trial)
        | {"criteria": [_without(_OF_A_CRITERION, item) for item in trial.criteria]}
        for trial in report.trials
    ]
    rest = _without(("schema_", *_OF_A_RUN), report)
    return {"schema": "cartscreen-line/1"} | rest | {"trials": trials}


def _without(names: Collection[str], record: Plain) -> dict[str, Any]:
    return {name: value for name, value in record if name not in names}
