"""Verdicts as NDJSON: a line for each patient and trial, or for a file that could not be read.

ASCII, as all of our JSON.
"""

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as as_text

from cartscreen import NOTICE
from cartscreen.contract import Failure
from cartscreen.verdicts import Verdicts


def render(item: Verdicts | Failure, *, static: bool = True) -> str:
    """The lines of one file.

    static  with what is the same for every patient, or without what the first line says of it
    """
    if isinstance(item, Failure):
        return f"{json.dumps(item.model_dump(by_alias=True))}\n"
    run = {
        "tool": item.tool.model_dump(),
        "pack": item.pack.model_dump(),
        "options": item.options.model_dump(),
        "notice": NOTICE,
    }
    patient = _members(
        {
            "schema": "cartscreen-verdict/1" if static else "cartscreen-line/1",
            **(run if static else {}),
            "file": item.file,
            "patient": item.patient,
            "profile_sha256": item.profile_sha256,
            "source_sha256": item.source_sha256,
            "screening_date": item.screening_date,
            "screening_date_from": item.screening_date_from,
            "warnings": item.warnings,
        }
    )
    lines = []
    for found in item.trials:  # five for a patient: written out, as `json` takes longer to call
        registry = f'"registry": {as_text(found.trial.about.registry)}, ' if static else ""
        counts = (
            f'{{"matched": {found.matched}, "failed": {len(found.failed)}, '
            f'"unknown": {len(found.unknown)}}}'
        )
        lines.append(
            f'{{{patient}, "trial": {as_text(found.trial.id)}, {registry}'
            f'"verdict": "{found.verdict}", "counts": {counts}, '
            f'"failed": {_list(found.failed)}, "unknown": {_list(found.unknown)}}}\n'
        )
    return "".join(lines)


def _list(ids: Sequence[str]) -> str:
    return f"[{', '.join(map(as_text, ids))}]"


def _members(data: Mapping[str, object]) -> str:
    """The members of a JSON object, without its braces."""
    return json.dumps(data)[1:-1]
