"""What the renderers share: the rows of a trial, and why a criterion has its status, in words."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from cartscreen.contract import Because, CriterionReport, Head, PackId, Tool, TrialReport
from cartscreen.place import is_of_entry
from cartscreen.text import visible

if TYPE_CHECKING:

    class _Made(Protocol):
        """A report of any kind: it says by what it was made."""

        @property
        def tool(self) -> Tool: ...
        @property
        def pack(self) -> PackId: ...


VERDICTS = {
    "eligible": "meets every listed criterion",
    "ineligible": "ineligible",
    "undetermined": "undetermined",
}
STATUSES = ("failed", "unknown", "matched")
MARKS = {
    "matched": "+",
    "failed": "x",
    "unknown": "?",
    "eligible": "+",
    "ineligible": "x",
    "undetermined": "?",
    "yes": "+",
    "no": "x",
}
"""The mark of each status, verdict and answer; of an answer, "yes" is what is asked for."""
ORDER = "what the most trials wait for stands first, then what takes the least effort"
"""How missing facts are sorted."""


def found(criterion: CriterionReport) -> str:
    """What the answer follows from: each datum with its value, limits, date and derivation."""
    return "; ".join(found_parts(criterion))


def found_parts(criterion: CriterionReport) -> list[str]:
    """What the answer follows from: a text for each fact, and for each entry of a list."""
    facts, entries = _read(criterion)
    parts = [*facts, *(f"{entry}: {', '.join(data)}" for entry, data in entries.items())]
    return list(dict.fromkeys(parts))


def found_lines(criterion: CriterionReport) -> list[str]:
    """The same, with the entries of one list that say the same in one line.

    "treatment 2, 5: drug prednisone" stands for two entries.
    """
    facts, entries = _read(criterion)
    alike: dict[tuple[str, str], list[str]] = {}
    for entry, data in entries.items():
        name, _, number = entry.rpartition(" ")
        several = "," in name  # a course of several entries has a line of its own
        alike.setdefault((entry if several else name, ", ".join(data)), []).append(number)
    lines = [
        f"{name if ',' in name else f'{name} ' + ', '.join(numbers)}: {data}"
        for (name, data), numbers in alike.items()
    ]
    return list(dict.fromkeys((*facts, *lines)))


def _read(criterion: CriterionReport) -> tuple[list[str], dict[str, list[str]]]:
    """What decides: a text for each fact, and those of each entry of a list."""
    entries: dict[str, list[str]] = {}
    for item in criterion.because:
        if item.decides:
            entry, _, field = item.label.rpartition(": ")
            listed = is_of_entry(item.fact)
            entries.setdefault(entry if listed else "", []).append(
                _datum(item, field if listed else item.label)
            )
    facts = entries.pop("", [])
    return facts, {entry: [*dict.fromkeys(data)] for entry, data in entries.items()}


def _datum(item: Because, label: str) -> str:
    earlier = f"before: {item.earlier}" if item.earlier else ""
    told = (item.limit, item.date, item.origin, earlier, item.source, item.note)
    details = [detail for detail in told if detail]
    value = f"{label} {item.value}".strip()
    return f"{value} ({', '.join(details)})" if details else value


def explained(criterion: CriterionReport) -> str:
    """Why it is unknown, and what was found."""
    parts = [criterion.why] if criterion.why else []
    if criterion.applicable and (said := found(criterion)):
        parts.append(said if criterion.answer != "unknown" else f"Found: {said}")
    return " ".join(part if part[-1] in ".?" or part is parts[-1] else f"{part}." for part in parts)


def of_heading(heading: CriterionReport, trial: TrialReport) -> str:
    """What a heading shows in place of evidence.

    Of one that does not apply, why it does not; of one that has failed, by which children; of one
    that is matched, by which of its alternatives; else its status.
    """
    if not heading.applicable:
        return heading.why
    if heading.status != "matched":
        return heading.why if heading.status == "failed" else heading.status
    below = [item for item in trial.criteria if item.parent == heading.id and not item.counted]
    return "by " + ", ".join(item.id for item in below if item.status == "matched")


def rows(trial: TrialReport, status: str) -> Iterable[tuple[int, CriterionReport]]:
    """(depth, criterion): the counted ones of a status, each with the alternatives below it."""
    for criterion in trial.criteria:
        if criterion.counted and criterion.status == status:
            yield 0, criterion
            if criterion.heading and status != "matched":
                yield from _alternatives(criterion, _children(trial), 1)


def _children(trial: TrialReport) -> dict[str, list[CriterionReport]]:
    found: dict[str, list[CriterionReport]] = {}
    for criterion in trial.criteria:
        found.setdefault(criterion.parent, []).append(criterion)
    return found


def _alternatives(
    heading: CriterionReport, children: dict[str, list[CriterionReport]], depth: int
) -> Iterable[tuple[int, CriterionReport]]:
    for child in children.get(heading.id, []):
        if child.counted:
            continue
        yield depth, child
        if child.status == "unknown" and _anything_holds(child, children):
            yield from _alternatives(child, children, depth + 1)


def _anything_holds(heading: CriterionReport, children: dict[str, list[CriterionReport]]) -> bool:
    """Is something below the heading matched? If not, its parts are not worth a row each."""
    below = children.get(heading.id, [])
    return any(item.status == "matched" or _anything_holds(item, children) for item in below)


def heading(report: Head) -> list[str]:
    """Who was judged, when, and by what."""
    person = ", ".join(part for part in (report.age, report.sex) if part) or "age not known"
    source = {
        "profile": "the profile's screening date",
        "option": "given on the command line",
        "today": "today; the profile has no screening date",
    }[report.screening_date_from]
    lines = [
        f"Patient {report.patient or '(no pseudonym)'}: {person}",
        f"Judged on {report.screening_date} ({source})",
        f"{program(report)}, criteria {criteria(report)}",
    ]
    if report.options.typed:
        lines.append(f"Options: {report.options.typed}")
    if report.options.preferred:
        lines.append("Ambiguous criteria are judged by their preferred reading alone.")
    if report.fixed_readings:
        lines.append(f"Readings that the site has fixed: {'; '.join(report.fixed_readings)}")
    return [visible(line) for line in lines]


def program(report: "_Made") -> str:
    """The program that made the report: version and build."""
    return f"{report.tool.name} {report.tool.version} (build {report.tool.build})"


def criteria(report: "_Made") -> str:
    """The criteria it was judged by; that they are not the bundled ones, whatever their name."""
    named = f"{report.pack.id} {report.pack.version}"
    return named if report.pack.bundled else f"{named} (a folder's own, not the bundled ones)"


def hashes(report: Head) -> list[str]:
    """The sha256 of the criteria and of the profile, by which a report can be checked."""
    source = [f"Source sha256 {report.source_sha256}"] if report.source_sha256 else []
    return [
        f"Criteria sha256 {report.pack.sha256}",
        f"Profile sha256 {report.profile_sha256}",
        *source,
    ]


def gaps_line(trial: TrialReport) -> str:
    """How many gaps the page has, and where they are listed."""
    if not trial.gaps:
        return ""
    return (
        f"The page has {len(trial.gaps)} gaps and contradictions: "
        f"`cartscreen show {trial.id}` lists them."
    )
