"""Does a report still hold? Its patient is judged again, and what differs is named.

A report says by what it was made: tool, pack, profile, date and options. Judged again by these it
comes out the same to the letter; what does not is told apart: a profile, a pack or a tool that has
changed since, or a report that is not as it was written.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from cartscreen.compare import Difference, difference
from cartscreen.contract import Failure, Plain, Report
from cartscreen.errors import InputError
from cartscreen.evaluate.chart import Chart
from cartscreen.pack.trial import fixed_reading
from cartscreen.profile.model import Profile
from cartscreen.report import report
from cartscreen.text import shown

MAX_BYTES = 200_000_000  # a batch of some hundred patients; a report takes half a megabyte

What = Literal["tool", "pack", "profile"]
Outcome = Literal["same", "holds", "changed", "altered"]


class Since(Plain):
    """What a report was made by, and what it was judged by again."""

    what: What
    was: str
    now: str


class Verification(Plain):
    """One report, and what came out when its patient was judged again."""

    file: str
    patient: str
    screening_date: str
    outcome: Outcome = Field(
        description="same: to the letter; holds: every verdict does; changed: a verdict does not; "
        "altered: by the same tool, pack and profile the report says something else"
    )
    since: list[Since] = Field(description="what has changed since")
    difference: Difference


def read_reports(content: bytes, where: str) -> list[Report]:
    """The reports in the output of `check --format json` or `ndjson`; no files that failed.

    Raises InputError.
    """
    if len(content) > MAX_BYTES:
        raise InputError(f"{where}: the file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: this is not a report; it is not UTF-8.") from None
    items = [_item(data, number, where) for number, data in enumerate(_values(text, where), 1)]
    found = [item for item in items if isinstance(item, Report)]
    if not found:
        raise InputError(f"{where}: there is no report here of a patient who was judged.")
    return found


def _values(text: str, where: str) -> Iterator[Any]:
    """The items of an array, or objects one after another, each on one line or over several."""
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
    at = _after_blanks(text, 0)
    while at < len(text):
        try:
            data, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            wanted = "verify takes what `check --format json` or ndjson wrote"
            raise InputError(f"{where}: this is not JSON; {wanted}.") from None
        yield from data if isinstance(data, list) else [data]
        at = _after_blanks(text, at)


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    assert found is not None
    return found.end()


_BLANKS = re.compile(r"[ \t\r\n]*")  # what JSON allows between two values


def _item(data: Any, number: int, where: str) -> Report | Failure:
    """A report; of what is none, the first key that does not fit is named, and no value."""
    if not isinstance(data, dict) or data.get("schema") != "cartscreen-report/1":
        raise InputError(f"{where}: item {number} is no cartscreen-report/1.")
    model = Failure if "error" in data else Report
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        place = ".".join(map(str, fault.errors(include_input=False, include_url=False)[0]["loc"]))
        tool = data.get("tool")
        version = tool.get("version") if isinstance(tool, dict) else None
        raise InputError(
            f"{where}: item {number} is not a report as this version writes it, at {shown(place)}; "
            f"it says that cartscreen {shown(version)} wrote it."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key is written twice")
    return data


def _no_number(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def judged_in(written: Iterable[Report], where: str) -> Path | None:
    """The folder of the criteria that the reports were judged by; None for the bundled ones."""
    folders = {item.options.criteria for item in written}
    if len(folders) > 1:
        raise InputError(f"{where}: its reports are of different criteria; verify them apart.")
    folder = folders.pop()
    return Path(folder) if folder else None


def matched(
    written: Iterable[Report], profiles: Mapping[str, Profile], where: str
) -> list[tuple[Report, str, Profile]]:
    """Each report with the file and profile of its patient, those without one left out.

    A report is about the profile of its pseudonym; of several, about the one of its file name.
    Raises InputError for profiles that cannot be told apart, and for one without a report.
    """
    found: list[tuple[Report, str, Profile]] = []
    for item in written:
        named = [name for name, profile in profiles.items() if profile.patient == item.patient]
        names = [name for name in named if name == item.file] if len(named) > 1 else named
        if named and not names:
            raise InputError(
                f"{where}: {' and '.join(named)} have one pseudonym; verify them apart."
            )
        found += [(item, name, profiles[name]) for name in names]
    for name in profiles:
        if all(name != other for _, other, _ in found):
            raise InputError(f"{name}: {where} has no report about the pseudonym in this profile.")
    return found


def verify(written: Report, chart: Chart) -> Verification:
    """The report held against the chart of its patient, on the date that it was judged on."""
    names = {trial.id for trial in written.trials}
    pack = chart.pack.reading(map(fixed_reading, written.options.fixed))
    again = report(
        chart,
        [trial for trial in pack.trials if trial.id in names],
        file=written.file,
        date_from=written.screening_date_from,
        options=written.options,
    )
    before, after = _made_by(written), _made_by(again)
    since = [
        Since(what=what, was=was, now=after[what])
        for what, was in before.items()
        if was != after[what]
    ]
    shown_before = {trial.id: [item.id for item in trial.criteria] for trial in written.trials}
    found = difference(written, _kept(again, shown_before))
    return Verification(
        file=written.file,
        patient=written.patient,
        screening_date=written.screening_date,
        outcome=_outcome(written, again, since, found),
        since=since,
        difference=found,
    )


def _made_by(item: Report) -> dict[What, str]:
    return {
        "tool": f"{item.tool.name} {item.tool.version}",
        "pack": f"{item.pack.id} {item.pack.version}, sha256 {item.pack.sha256}",
        "profile": f"sha256 {item.profile_sha256}",
    }


def _outcome(written: Report, again: Report, since: Sequence[Since], found: Difference) -> Outcome:
    if _kept(again, {}) == written:
        return "same"
    if not since:
        return "altered"
    return "changed" if found.verdicts else "holds"


def _kept(item: Report, beside: Mapping[str, Iterable[str]]) -> Report:
    """The report with the criteria that its options ask for, and with those named beside."""
    trials = [
        trial.model_copy(
            update={
                "criteria": [
                    criterion
                    for criterion in trial.criteria
                    if criterion.status in item.options.only
                    or criterion.id in beside.get(trial.id, ())
                ]
            }
        )
        for trial in item.trials
    ]
    return item.model_copy(update={"trials": trials})
