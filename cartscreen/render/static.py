"""NDJSON in which what is the same for every patient stands once, on the first line.

That is two fifths of a report: by what it was made, and the texts of trials and criteria.
"""

import json
from collections.abc import Sequence
from typing import Any

from cartscreen import NOTICE
from cartscreen.contract import Failure, Options, Report, as_data
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.report import fixed_readings, of_criterion, of_trial, pack_id, tool


def render(item: Report | Failure) -> str:
    """A report on a line, without what the first line has; a failure has nothing of it."""
    data = as_data(item)
    shorter = _without_static(data) if isinstance(item, Report) else data
    return json.dumps(shorter, allow_nan=False)


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


def _without_static(data: dict[str, Any]) -> dict[str, Any]:
    """A report without what the first line has."""
    rest = {key: value for key, value in data.items() if key not in _OF_A_RUN}
    rest["schema"] = "cartscreen-line/1"
    rest["trials"] = [
        {key: value for key, value in trial.items() if key not in _OF_A_TRIAL}
        | {
            "criteria": [
                {key: value for key, value in item.items() if key not in _OF_A_CRITERION}
                for item in trial["criteria"]
            ]
        }
        for trial in data["trials"]
    ]
    return rest
