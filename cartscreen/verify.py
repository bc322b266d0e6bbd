"""Does a report still hold? Its patient is judged again, and all that the report says is compared.

The profile and the criteria are those that the reader names, never those that the report names:
a report could name others. The date, the options and the trials are the report's, since they are
what it is about; they are printed as such, and the reader may demand others.

By the same build, criteria and profile a report comes out the same to the letter, key by key. What
does not was altered, unless something has changed since that it could follow from: titles follow
from the criteria alone, a date from the profile, evidence from each of the three.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, ClassVar, Literal

from cartscreen.compare import Difference, difference
from cartscreen.contract import (
    EVERYTHING,
    DateFrom,
    Failure,
    Options,
    Plain,
    Status,
    Verdict,
    as_data,
)
from cartscreen.errors import InputError, Problem
from cartscreen.evaluate.chart import Chart
from cartscreen.frozen import frozen
from cartscreen.model import Field, Model
from cartscreen.pack.trial import fixed_reading
from cartscreen.profile.model import Profile
from cartscreen.report import report
from cartscreen.text import shown
from cartscreen.toml import is_deep

MAX_BYTES = 200_000_000  # a batch of some hundred patients; a report takes half a megabyte

What = Literal["program", "criteria", "profile"]
Outcome = Literal["same", "holds", "changed", "altered"]

_Path = tuple[str | int, ...]


class _Written(Model):
    """What is read of a report; what else it holds is compared as it stands."""

    model_config: ClassVar = {"strict": True, "hide_input_in_errors": True}


class WrittenTool(_Written):
    """The program that wrote it; earlier versions did not say which build of it they were."""

    name: str
    version: str
    build: str = ""


class WrittenPack(_Written):
    """The criteria that it was judged by; earlier versions did not say whether they are bundled."""

    id: str
    version: str
    sha256: str
    bundled: bool | None = None


class WrittenCriterion(_Written):
    """What a report says of one criterion."""

    id: str
    title: str
    status: Status
    counted: bool
    heading: bool


class WrittenTrial(_Written):
    """What a report says of one trial."""

    id: str
    verdict: Verdict
    criteria: list[WrittenCriterion]


class WrittenReport(_Written):
    """A report as it was written, by this build or another."""

    tool: WrittenTool
    pack: WrittenPack
    file: str
    patient: str
    profile_sha256: str
    screening_date: str
    screening_date_from: DateFrom
    options: Options
    trials: list[WrittenTrial]

    @property
    def on(self) -> date:
        """The date judged."""
        return date.fromisoformat(self.screening_date)


@frozen
class Written:
    """One report of the file.

    data   all that it says, keys in the order in which they stand
    said   what is read of it
    """

    data: Mapping[str, Any]
    said: WrittenReport


@frozen
class Demands:
    """What the reader expects the report to be about; nothing, unless it is said."""

    trials: tuple[str, ...] = ()
    day: date | None = None


NO_DEMANDS = Demands()


class Since(Plain):
    """What a report was made by, and what it was judged by again."""

    what: What
    was: str
    now: str


class Differing(Plain):
    """A place of the report that says something else when the patient is judged again."""

    place: str = Field(description="keys, numbers of lists from 0, ids of trials and criteria")
    was: str
    now: str
    explained: bool = Field(description="something has changed since that it can follow from")


class Verification(Plain):
    """One report, and what came out when its patient was judged again."""

    file: str
    patient: str
    screening_date: str
    options: Options = Field(description="as the report states them, date and trials among them")
    outcome: Outcome = Field(
        description="same: to the letter; holds: every verdict does; changed: a verdict does not; "
        "altered: nothing that has changed since explains what the report says"
    )
    since: list[Since] = Field(description="what has changed since")
    difference: Difference
    differing: list[Differing] = Field(description="every place that differs")
    not_compared: list[str] = Field(description="what could not be compared, in words")
    unmet: list[str] = Field(description="what the reader demands, and the report is not about")


@frozen
class ReportFile:
    """What a file of reports holds.

    reports   of each patient who was judged
    failures  the files that could not be judged, of which there is nothing to verify
    """

    reports: tuple[Written, ...]
    failures: tuple[str, ...]


def read_reports(content: bytes, where: str) -> ReportFile:
    """What `check --format json` or `ndjson` wrote, indented or not. Raises InputError."""
    if len(content) > MAX_BYTES:
        raise InputError(f"{where}: the file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{where}: this is not a report; it is not UTF-8.") from None
    items = [_item(item, number, where) for number, item in enumerate(_items(text, where), start=1)]
    reports = tuple(item for item in items if isinstance(item, Written))
    if not reports:
        raise InputError(f"{where}: there is no report here of a patient who was judged.")
    return ReportFile(reports, tuple(item for item in items if isinstance(item, str)))


def _items(text: str, where: str) -> Iterator[Any]:
    """The values in a text, one after another; those of a list one by one."""
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
    at = _after_space(text, 0)
    while at < len(text):
        try:
            data, at = decoder.raw_decode(text, at)
        except _Twice as fault:
            raise InputError(
                f"{where}: the key {shown(fault.key)} is written twice in one place, which "
                "cartscreen never writes; the report was altered."
            ) from None
        except (ValueError, RecursionError):
            wanted = "verify takes what `check --format json` or ndjson wrote"
            raise InputError(f"{where}: this is not JSON; {wanted}.") from None
        yield from data if isinstance(data, list) else [data]
        at = _after_space(text, at)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


class _Twice(Exception):
    """A key that is written twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            raise _Twice(key)
        data[key] = value
    return data


def _no_number(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def _item(data: Any, number: int, where: str) -> Written | str:
    """A report, or the name of a file that could not be judged.

    Of what is neither, the first key that does not fit is named, and no value.
    """
    if not isinstance(data, dict) or data.get("schema") != "cartscreen-report/1":
        raise InputError(f"{where}: item {number} is no cartscreen-report/1.")
    if is_deep(data, _MOST_DEPTH):
        raise InputError(
            f"{where}: item {number}: lists or objects lie within one another more than "
            f"{_MOST_DEPTH} times, which cartscreen never writes."
        )
    from pydantic import ValidationError

    try:
        if "error" in data:
            return Failure.model_validate(data, strict=True).file
        said = WrittenReport.model_validate(data, strict=True)
        if said.on.isoformat() == said.screening_date:
            return Written(data, said)
        place = "screening_date"
    except ValidationError as fault:
        place = ".".join(map(str, fault.errors(include_input=False, include_url=False)[0]["loc"]))
    except ValueError:
        place = "screening_date"
    tool = data.get("tool")
    version = tool.get("version") if isinstance(tool, dict) else None
    raise InputError(
        f"{where}: item {number} is not a report as this version reads it, at {shown(place)}; "
        f"it says that cartscreen {shown(version)} wrote it."
    )


_MOST_DEPTH = 12  # a report has 7


def folder_needed(written: Iterable[Written], is_given: bool, where: str) -> None:
    """Raises InputError where reports were judged by criteria of a folder, and none is given.

    Nor can reports of different criteria be verified by one folder.
    """
    folders = {item.said.options.criteria for item in written}
    if len(folders) > 1:
        raise InputError(f"{where}: its reports are of different criteria; verify them apart.")
    if (folder := folders.pop()) and not is_given:
        raise InputError(
            f"{where}: it was judged by the criteria of the folder {shown(folder)}; give the "
            "folder by --criteria, if you trust it."
        )


def matched(
    written: Iterable[Written], profiles: Mapping[str, Profile], where: str
) -> list[tuple[Written, str, Profile]]:
    """Each report with the file and profile of its patient, those without one left out.

    A report is about a profile of its pseudonym: of several, about the one that it was made from,
    by its hash, else about the one of its file name. A profile that one report is about by hash or
    name is not held against a report about another file.

    Raises InputError for profiles that cannot be told apart, and for one without a report.
    """
    reports = [*written]
    sure = [_surely(item.said, profiles) for item in reports]
    found: list[tuple[Written, str, Profile]] = []
    for item, name in zip(reports, sure, strict=True):
        free = [
            other
            for other, profile in profiles.items()
            if profile.patient == item.said.patient and other not in sure
        ]
        if not name and len(free) > 1:
            raise InputError(
                f"{where}: {' and '.join(free)} have one pseudonym; verify them apart."
            )
        if name := name or (free[0] if free else ""):
            found.append((item, name, profiles[name]))
    for name in profiles:
        if all(name != other for _, other, _ in found):
            raise InputError(f"{name}: {where} has no report about the pseudonym in this profile.")
    return found


def _surely(said: WrittenReport, profiles: Mapping[str, Profile]) -> str:
    """The file that a report is about by the hash or the name of its profile, or nothing."""
    named = [name for name, profile in profiles.items() if profile.patient == said.patient]
    same = [name for name in named if profiles[name].sha256 == said.profile_sha256]
    by_name = [name for name in same or named if name == said.file]
    return (by_name or same or [""])[0]


def left_out(file: ReportFile, compared: int) -> list[str]:
    """What of the file was not verified, in words, where so many of its reports were."""
    said = []
    if number := len(file.reports) - compared:
        said.append(f"{_many(number, 'report')} not verified: no profile of the patient is given.")
    if number := len(file.failures):
        said.append(f"{_many(number, 'file')} not judged then: there is nothing of it to verify.")
    return said


def _many(number: int, what: str) -> str:
    return f"1 {what} was" if number == 1 else f"{number} {what}s were"


def verify(written: Written, chart: Chart, demands: Demands = NO_DEMANDS) -> Verification:
    """The report held against the chart of its patient, on the date that it was judged on."""
    return compared(written, judged_again(written.said, chart), demands)


def judged_again(said: WrittenReport, chart: Chart) -> Written:
    """What a report of this chart, made with the options that the report states, says.

    Where the report's own options and date do not fit one another, the profile or the criteria,
    there are those that would.
    """
    options = said.options
    known = {trial.id for trial in chart.pack.trials}
    known |= {trial.about.registry for trial in chart.pack.trials if trial.about.registry}
    trials = [name for name in options.trials if name in known]
    pack = chart.pack
    fixed = []
    for reading in options.fixed:
        with suppress(Problem):
            pack = pack.reading([fixed_reading(reading)])
            fixed.append(reading)
    fitting = options.model_copy(
        update={
            "trials": trials,
            "fixed": fixed,
            "only": [status for status in EVERYTHING.only if status in options.only],
            "screening_date": options.screening_date and said.screening_date,
            "criteria": _folder(said),
        }
    )
    again = report(
        chart,
        pack.select(trials) if trials or not options.trials else (),
        file=said.file,
        date_from=_date_from(chart, options),
        options=fitting,
    )
    data = as_data(again)
    if chart.profile.screening and not options.screening_date:
        data["screening_date"] = chart.profile.screening.earliest.isoformat()
    return Written(data, WrittenReport.model_validate(data, strict=True))


def compared(written: Written, again: Written, demands: Demands = NO_DEMANDS) -> Verification:
    """What a report says, held against what a report says now."""
    said = written.said
    since = [*_since(said, again.said)]
    changed = _changed(said, again.said)
    apart = (*_APART, *(_KEYS[what] for what in changed))
    differing = [
        Differing(
            place=_named(place, written.data),
            was=_brief(was),
            now=_brief(now),
            explained=not changed.isdisjoint(_follows_from(place)),
        )
        for place, was, now in _differing(written.data, again.data, apart)
    ]
    verdicts = difference(said, again.said)
    return Verification(
        file=said.file,
        patient=said.patient,
        screening_date=said.screening_date,
        options=said.options,
        outcome=_outcome(since, differing, verdicts),
        since=since,
        difference=verdicts,
        differing=differing,
        not_compared=[*_not_compared(said, changed)],
        unmet=[*_unmet(said, demands)],
    )


def _folder(said: WrittenReport) -> str:
    """The folder of the options: none for bundled criteria, some for others."""
    match said.pack.bundled:
        case True:
            return ""
        case False:
            return said.options.criteria or "the folder of the criteria"
    return said.options.criteria


def _date_from(chart: Chart, options: Options) -> DateFrom:
    if options.screening_date:
        return "option"
    return "profile" if chart.profile.screening else "today"


def _changed(said: WrittenReport, again: WrittenReport) -> set[What]:
    """What is another one since, by its hash; an earlier version stated no build."""
    changes: dict[What, bool] = {
        "program": said.tool.build != again.tool.build,
        "criteria": said.pack.sha256 != again.pack.sha256,
        "profile": said.profile_sha256 != again.profile_sha256,
    }
    return {what for what, is_changed in changes.items() if is_changed}


def _since(said: WrittenReport, again: WrittenReport) -> Iterator[Since]:
    """What a report was made by, where it names something else than what it is judged by again."""
    now = _made_by(again)
    for what, was in _made_by(said).items():
        if was != now[what]:
            yield Since(what=what, was=was, now=now[what])


def _made_by(item: WrittenReport) -> dict[What, str]:
    tool = item.tool
    bundled = "" if item.pack.bundled is not False else " (not the bundled ones)"
    return {
        "program": f"{tool.name} {tool.version}, build {tool.build or 'not stated'}",
        "criteria": f"{item.pack.id} {item.pack.version}{bundled}, sha256 {item.pack.sha256}",
        "profile": f"sha256 {item.profile_sha256}",
    }


def _outcome(since: Sequence[Since], differing: Sequence[Differing], found: Difference) -> Outcome:
    if not all(item.explained for item in differing):
        return "altered"
    if not since:
        return "same"
    return "changed" if found.verdicts else "holds"


def _unmet(said: WrittenReport, demands: Demands) -> Iterator[str]:
    about = {trial.id for trial in said.trials}
    for name in demands.trials:
        if name not in about:
            yield f"the report is not about {name}"
    if demands.day is not None and said.on != demands.day:
        yield f"it was judged on {said.screening_date}, not on {demands.day}"


def _not_compared(said: WrittenReport, changed: Collection[What]) -> Iterator[str]:
    yield "the name of the profile's file, which may have moved"
    if said.options.criteria:
        yield "the name of the criteria's folder, which may have moved"
    if said.screening_date_from == "today":
        yield "the date judged: the profile has none, and only the report says which day it was"
    if changed:
        named = " and ".join(what for what in _KEYS if what in changed)
        yield (
            f"whether the report was made by the {named} that it names: it says so itself, and "
            "what follows from that cannot be told from an alteration"
        )


# All that is said, key by key

_APART: tuple[_Path, ...] = (("file",), ("pack", "id"))
"""Profile and criteria may have moved since; a pack that states no id is named after its folder."""

_KEYS: Mapping[What, _Path] = {
    "program": ("tool",),
    "criteria": ("pack",),
    "profile": ("profile_sha256",),
}
"""What a report was made by: where that has changed since, it is told as such."""


def _differing(
    was: Any, now: Any, apart: tuple[_Path, ...], place: _Path = ()
) -> Iterator[tuple[_Path, Any, Any]]:
    """Every place in which the two are not the same value of the same type, keys in order.

    apart: places that are not compared
    """
    if place in apart:
        return
    if type(was) is not type(now):
        yield place, was, now
    elif isinstance(was, dict):
        if [*was] != [*now]:
            yield (*place, "keys"), [*was], [*now]
        for key in was:
            if key in now:
                yield from _differing(was[key], now[key], apart, (*place, key))
    elif isinstance(was, list):
        if len(was) != len(now) or _ids(was) != _ids(now):
            yield (*place, "entries"), _ids(was), _ids(now)
        others = dict(zip(_ids(now), now, strict=True))
        for number, (name, item) in enumerate(zip(_ids(was), was, strict=True)):
            if name in others:
                yield from _differing(item, others[name], apart, (*place, number))
    elif was != now:
        yield place, was, now


def _ids(items: Sequence[Any]) -> list[str]:
    """What the entries of a list are known by: their ids, or their numbers."""
    return [
        str(item["id"]) if isinstance(item, dict) and "id" in item else str(number)
        for number, item in enumerate(items)
    ]


_OF_PROFILE = ("screening_date", "screening_date_from", "patient")
_OF_CRITERIA = (
    "id", "registry", "name", "registry_status", "gaps",
    "kind", "parent", "heading", "title", "source", "note", "question",
)  # fmt: skip


def _follows_from(place: _Path) -> set[What]:
    """What this part of a report follows from."""
    keys = [part for part in place if isinstance(part, str)]
    if place[:2] in (("options", "trials"), ("options", "fixed")):
        return {"criteria"}
    if place[0] in ("schema", "options", "notice") or keys[-1] == "keys":
        return {"program"}
    if place[0] in _OF_PROFILE:
        return {"profile"}
    if place == ("trials", "entries") or (place[0] == "trials" and keys[-1] in _OF_CRITERIA):
        return {"criteria"}
    return {"program", "criteria", "profile"}


def _named(place: _Path, was: Mapping[str, Any]) -> str:
    """The place in words: trials.cd19-csle.criteria.I4.a.status, say."""
    names: list[str] = []
    item: Any = was
    for part in place:
        match item:
            case dict():
                item = item.get(str(part))
            case list() if isinstance(part, int):
                item = item[part]
        known = isinstance(part, int) and isinstance(item, dict) and "id" in item
        names.append(str(item["id"]) if known else str(part))
    return ".".join(names)


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:180]} ... {text[-10:]}"
