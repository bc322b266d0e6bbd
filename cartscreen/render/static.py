"""NDJSON in which what is the same for every patient stands once, on the first line.

That is two fifths of a report: by what it was made, and the texts of trials and criteria.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from cartscreen import NOTICE
from cartscreen.contract import (
    CriterionReport,
    Failure,
    Options,
    Plain,
    Report,
    TrialReport,
    as_asked,
)
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.report import fixed_readings, of_criterion, of_trial, pack_id, tool


def render(item: Report | Failure) -> Iterator[str]:
    """A report on a line, in pieces, without what the first line has; a failure as it is."""
    asked = as_asked(item)
    if isinstance(asked, Failure):
        yield asked.json()
        return
    rest = _without(("schema_", *_OF_A_RUN), asked)
    yield from _pieces({"schema": "cartscreen-line/1"} | rest, "trials", _pieces_of_trial)


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


def _pieces_of_trial(trial: TrialReport) -> Iterator[str]:
    return _pieces(_without(_OF_A_TRIAL, trial), "criteria", _pieces_of_criterion)


def _pieces_of_criterion(item: CriterionReport) -> Iterator[str]:
    yield _encoded(_without(_OF_A_CRITERION, item))


def _pieces(
    data: Mapping[str, Any], name: str, pieces_of: Callable[[Any], Iterator[str]]
) -> Iterator[str]:
    """The data as JSON, the list of this name in pieces: what is long is never whole."""
    before = "{"
    for key, value in data.items():
        yield f'{before}"{key}": '
        before = ", "
        if key != name:
            yield _encoded(value)
            continue
        for at, member in enumerate(value):
            yield ", " if at else "["
            yield from pieces_of(member)
        yield "]" if value else "[]"
    yield "}"


def _without(names: Collection[str], record: Plain) -> dict[str, Any]:
    return {name: value for name, value in record if name not in names}
