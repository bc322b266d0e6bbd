"""The checklist of one patient and one trial, to print, compare with source documents and sign.

A box is ticked where the report has decided the criterion, and only there: Yes where the statement
holds, No where it does not, NA where it does not apply to this patient. What is unknown has no
tick. Nothing is computed here: values, dates, limits and derivations are those of the report.
"""

from collections.abc import Iterable
from typing import Literal

from cartscreen.contract import CriterionReport, Report, TrialReport
from cartscreen.frozen import frozen
from cartscreen.pattern import pattern
from cartscreen.render.markdown import escaped
from cartscreen.render.page import page
from cartscreen.render.text import (
    VERDICTS,
    criteria,
    found_lines,
    gaps_line,
    hashes,
    heading,
    of_heading,
    program,
)

Box = Literal["Yes", "No", "NA"]
BOXES: tuple[Box, ...] = ("Yes", "No", "NA")

PARTS = {
    "inclusion": "INCLUSION: each must be Yes or NA",
    "exclusion": "EXCLUSION: each must be No or NA",
}
VALUE = "Chart: value, date"
SOURCE = "Source document; initials, date"
NOT_ALONE = "does not decide by itself"
TICKED = (
    "Boxes are ticked by the data of the profile that stand beside them; each is to be compared "
    "with its source document. Where none is ticked, the criterion is open: that is not No. In "
    "brackets: limits of normal, date, and what a value follows from where it is derived. A "
    "criterion that does not decide by itself counts through another, or is for information."
)
OUTCOMES = ("goes to screening", "not screened, by criterion", "pending")
SIGNATURES = (
    "Completed by",
    "Investigator: I have compared each item with source documents",
)


@frozen
class Line:
    """One criterion on the checklist."""

    criterion: CriterionReport
    boxes: tuple[Box, ...]
    """Those it has: none where each criterion below it decides by itself."""
    ticked: Box | None
    alone: bool
    """Does it decide by itself?"""
    found: list[str]
    open: str
    """What is missing, where no box is ticked."""
    sources: list[str]


def lines(trial: TrialReport) -> list[Line]:
    """Every criterion of the trial once, in the order of the page."""
    return [_line(criterion, trial) for criterion in trial.criteria]


def ticked(criterion: CriterionReport) -> Box | None:
    """The box that the report has decided; None where the criterion is unknown."""
    if not criterion.applicable:
        return "NA"
    match criterion.answer:
        case "yes":
            return "Yes"
        case "no":
            return "No"
        case "unknown":
            return None


def _line(criterion: CriterionReport, trial: TrialReport) -> Line:
    below = [item for item in trial.criteria if item.parent == criterion.id]
    boxes = () if below and all(item.decisive for item in below) else BOXES
    tick = ticked(criterion)
    unsourced = [item.model_copy(update={"source": ""}) for item in criterion.because]
    found = found_lines(criterion.model_copy(update={"because": unsourced}))
    if not criterion.applicable:
        found = [criterion.why]
    elif criterion.heading:
        found = [of_heading(criterion, trial)] if tick else []
    return Line(
        criterion,
        boxes,
        tick if boxes else None,
        criterion.decisive,
        found if boxes else [],
        criterion.why if boxes and not tick and not criterion.heading else "",
        list(dict.fromkeys(item.source for item in criterion.because if item.source)),
    )


def html(report: Report, trial: TrialReport) -> str:
    """The checklist as a page to print."""
    return page(
        "checklist.html.jinja",
        report=report,
        trial=trial,
        lines=lines(trial),
        facts=[*_facts(report, trial)],
        warnings=[*report.warnings, *trial.warnings],
        gaps=gaps_line(trial),
        made=_made(report),
        hashes=hashes(report),
        parted=_DATE.split,
        BOXES=BOXES,
        PARTS=PARTS,
        VALUE=VALUE,
        SOURCE=SOURCE,
        NOT_ALONE=NOT_ALONE,
        TICKED=TICKED,
        OUTCOMES=OUTCOMES,
        SIGNATURES=SIGNATURES,
    )


_DATE = pattern(r"(\d{4}-\d\d-\d\d)")
"""A day, at which no line of the page is broken."""


def markdown(report: Report, trial: TrialReport) -> str:
    """The checklist as Markdown."""
    return "\n".join(_markdown(report, trial)) + "\n"


def _markdown(report: Report, trial: TrialReport) -> Iterable[str]:
    yield "# Eligibility checklist, pre-screening"
    yield ""
    for name, value in _facts(report, trial):
        yield f"- {name}: {escaped(value) or _RULED}"
    yield from ("", escaped(TICKED))
    kind = ""
    for line in lines(trial):
        criterion = line.criterion
        if criterion.kind != kind:
            kind = criterion.kind
            yield from ("", f"## {PARTS[kind]}", "")
            yield f"| No. | Criterion | {' | '.join(BOXES)} | {VALUE} | {SOURCE} |"
            yield "|---|---|:-:|:-:|:-:|---|---|"
        place = criterion.source if line.alone else f"{criterion.source}; {NOT_ALONE}"
        title = escaped(criterion.title)
        boxes = ["" if name not in line.boxes else _BOX[name == line.ticked] for name in BOXES]
        told = [*map(escaped, line.found), *([f"*{escaped(line.open)}*"] if line.open else [])]
        cells = [
            escaped(criterion.id),
            f"{title if line.boxes else f'**{title}**'} ({escaped(place)})",
            *boxes,
            "; ".join(told),
            escaped("; ".join(line.sources)),
        ]
        yield f"| {' | '.join(cells)} |"
    if report.warnings or trial.warnings:
        yield ""
        yield from (f"- Warning: {escaped(item)}" for item in (*report.warnings, *trial.warnings))
    yield from ("", escaped(gaps_line(trial)))
    yield ""
    yield from (f"- [ ] {outcome}: {_RULED}" for outcome in OUTCOMES)
    yield ""
    yield from (f"{signature} (name, signature, date): {_RULED}  " for signature in SIGNATURES)
    yield ""
    yield from (f"{escaped(line)}  " for line in (*_made(report), *hashes(report)))
    yield from ("", f"*{escaped(report.notice)}*")


_BOX = {True: "[x]", False: "[ ]"}
_RULED = "\\_" * 30  # room to write


def _facts(report: Report, trial: TrialReport) -> Iterable[tuple[str, str]]:
    """The head of the checklist; what has no value is to be written by hand."""
    counts = trial.counts
    person = ", ".join(part for part in (report.age, report.sex) if part)
    status = f"registry status: {trial.registry_status or 'not stated'}"
    yield "Trial", f"{trial.id}: {trial.name} ({', '.join(filter(None, (trial.registry, status)))})"
    yield "Patient", ", ".join(part for part in (report.patient or report.file, person) if part)
    yield "Judged on", heading(report)[1].removeprefix("Judged on ")
    yield "Protocol version and date", ""
    yield "Consent date", ""
    yield (
        "Verdict on the page's criteria",
        f"{VERDICTS[trial.verdict]}; {counts.matched} matched, {counts.failed} failed, "
        f"{counts.unknown} unknown",
    )


def _made(report: Report) -> list[str]:
    """By what it was made, and which options change what it says."""
    return [f"{program(report)}, criteria {criteria(report)}", *heading(report)[3:]]
