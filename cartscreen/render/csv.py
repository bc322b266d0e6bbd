"""CSV, a line for each criterion. A cell that a spreadsheet would run begins with an apostrophe.

The first line of a patient has the warnings about the profile; each has those about its trial.
Control and bidirectional characters are made visible, as in the table; JSON keeps the original.
"""

import csv
from collections.abc import Iterable
from functools import lru_cache
from io import StringIO

from cartscreen.contract import CriterionReport, Failure, Report, TrialReport
from cartscreen.pattern import pattern
from cartscreen.render.text import criteria, explained, program
from cartscreen.text import visible

COLUMNS = (
    "file", "patient", "screening_date", "trial", "registry", "verdict", "criterion", "kind",
    "title", "source", "answer", "status", "decisive", "counted", "applicable", "reason", "missing",
    "explanation", "warnings", "tool", "pack", "pack_sha256", "profile_sha256", "options", "error",
    "notice",
)  # fmt: skip

_FORMULA_STARTS = pattern(
    r"""(?:^|(?<=[;\t]))(?=[\s"\0\ufeff]*[-=+@＝＋－＠]|^[\t\r\n\0\ufeff])"""  # noqa: RUF001
)
"""Where a formula may begin: with the cell, and after what some spreadsheets split a line at."""


def render(item: Report | Failure, *, only: tuple[str, ...], header: bool) -> str:
    """One report as lines of CSV."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    if header:
        writer.writerow(COLUMNS)
    for row in _rows(item, only):
        writer.writerow([guarded(row.get(name, "")) for name in COLUMNS])
    return file.getvalue()


@lru_cache(maxsize=4096)  # most cells stand on many lines
def guarded(text: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet would take what follows for a formula.

    A spreadsheet that splits lines at semicolons makes a cell of the second half of "P-1;=1+1".
    """
    return visible(_FORMULA_STARTS.sub("'", text))


def _rows(item: Report | Failure, only: tuple[str, ...]) -> Iterable[dict[str, str]]:
    if isinstance(item, Failure):
        yield {"file": item.file, "error": "; ".join(item.error)}
        return
    of_report = {
        "file": item.file,
        "patient": item.patient,
        "screening_date": item.screening_date,
        "tool": program(item),
        "pack": criteria(item),
        "pack_sha256": item.pack.sha256,
        "profile_sha256": item.profile_sha256,
        "options": item.options.typed,
        "notice": item.notice,
    }
    warnings = item.warnings
    for trial in item.trials:
        for criterion in trial.criteria:
            if criterion.status in only:
                yield of_report | _row(trial, criterion, warnings)
                warnings = []


def _row(trial: TrialReport, criterion: CriterionReport, warnings: list[str]) -> dict[str, str]:
    return {
        "trial": trial.id,
        "registry": trial.registry,
        "verdict": trial.verdict,
        "criterion": criterion.id,
        "kind": criterion.kind,
        "title": criterion.title,
        "source": criterion.source,
        "answer": criterion.answer,
        "status": criterion.status,
        "decisive": _yes(criterion.decisive),
        "counted": _yes(criterion.counted),
        "applicable": _yes(criterion.applicable),
        "reason": criterion.reason,
        "missing": " ".join(criterion.missing),
        "explanation": explained(criterion),
        "warnings": " ".join((*warnings, *trial.warnings)),
    }


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
