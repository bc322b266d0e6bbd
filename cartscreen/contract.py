"""The report as plain values: the JSON contract, and all that a renderer sees."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache
from itertools import chain, repeat
from operator import attrgetter, methodcaller
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    Self,
    TypeVar,
    get_args,
    get_origin,
)

from cartscreen import NOTICE
from cartscreen.frozen import slotted
from cartscreen.model import Field, Model, compact

Verdict = Literal["eligible", "ineligible", "undetermined"]
Status = Literal["matched", "failed", "unknown"]

REASONS = {
    "not_recorded": "not recorded",
    "no_unit": "recorded only as a multiple of a limit",
    "no_limit": "the result has no limit of normal",
    "not_dated": "no date is recorded",
    "future_dated": "dated after the date judged",
    "too_old": "too old to say what is so now",
    "censored": "the value is only a range",
    "imprecise_date": "a date is not exact enough",
    "conflict": "the profile contradicts itself",
    "list_not_reviewed": "nothing says that the list is complete",
    "needs_person": "a person must answer",
    "source_gap": "the page does not say",
    "depends_on_reading": "depends on how the page is read",
}


class Plain(Model):
    """A record of plain values, which JSON can hold; it refuses a key that it does not declare.

    kept  of a record that many others have, its JSON and how deep that stands; else None or not set
    by    what it is written by: the values that it has in common with others, or its kind
    """

    __slots__ = ("_kept",)
    _by: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._by = cls

    def json(self, depth: int | None = None) -> str:
        """It as JSON: on one line, or indented, where it stands so deep inside a whole."""
        kept: tuple[int | None, str] | None = getattr(self, "_kept", None)
        if kept is not None and kept[0] == depth:
            return kept[1]
        text: str = self._by.writer(depth).write(self)
        if kept is not None:
            _set(self, "_kept", (depth, text))
        return text

    def pieces(self, depth: int | None, name: str, *inside: str) -> Iterator[str]:
        """The same JSON, made in pieces: of the list of this name, one member after another.

        inside  of each member likewise the list of that name, of the last only where it is long
                in some: what is long is never whole
        """
        return chain.from_iterable(self._parts(depth, name, *inside))

    def _parts(self, depth: int | None, name: str, *inside: str) -> Iterator[Iterable[str]]:
        by: _Writer = self._by.writer(depth)
        deeper = None if depth is None else depth + 2
        for text, (field, write) in zip(by.texts, by.writers.items(), strict=False):
            value = getattr(self, field)
            yield (text,)
            if field == name and value:
                before, between, end = _around(None if depth is None else depth + 1)
                marks = chain((before,), repeat(between))
                if len(inside) > 1 or (inside and _longest(inside[0], value) > _LONG):
                    for mark, member in zip(marks, value, strict=False):
                        yield (mark,)
                        yield member.pieces(deeper, *inside)
                else:
                    members = map(methodcaller("json", deeper), value)
                    yield chain.from_iterable(zip(marks, members, strict=False))
                yield (end,)
            else:
                yield (write(value),)
        yield by.texts[-1:]

    def shared(self) -> Self:
        """The record; many others will have it, and its JSON is kept."""
        _set(self, "_kept", _NOT_YET)
        return self

    @classmethod
    @cache
    def writer(cls, depth: int | None) -> "_Writer":
        """What writes records of this kind."""
        return _writer_of(cls, {}, depth)


def _longest(name: str, records: Iterable[Any]) -> int:
    """How long the list of this name is, in the record in which it is longest."""
    return max(map(len, map(attrgetter(name), records)))


_LONG = 1000  # data or so: half a megabyte of JSON
_set = object.__setattr__  # what is no field
_NOT_YET = (-1, "")

_P = TypeVar("_P", bound=Plain)


class Common(Generic[_P]):
    """Values that many records of a kind have in common: they are written as JSON once.

        adults = Common(CriterionReport, id="I1", title="Adults", ...)
        adults.record(answer="yes", ...)

    The record is equal to one that was made of all its values, and has the same JSON.
    """

    def __init__(self, kind: type[_P], /, **values: Any) -> None:
        self.kind = kind
        self.values = values
        self.others: Set[str] = _others(kind, (*values,))  # type: ignore[arg-type]
        self._shared = {**values, "_by": self}
        self._writers: dict[int | None, _Writer] = {}
        self._met: set[int | None] = set()

    def record(self, /, **others: Any) -> _P:
        """The record with these values and the other ones."""
        if others.keys() != self.others:
            others = dict(self.kind(**self.values, **others))  # defaults, or it refuses them
        made = self.kind.__new__(self.kind)
        _set(made, "__dict__", self._shared | others)
        _set(made, "_kept", None)
        return made

    def writer(self, depth: int | None) -> "_Writer":
        """What writes such records: the first as any other, since there may be no second."""
        known = self._writers.get(depth)
        if known is not None:
            return known
        if depth not in self._met:
            self._met.add(depth)
            return self.kind.writer(depth)
        made = self._writers[depth] = _writer_of(self.kind, self.values, depth)
        return made


@cache
def _others(kind: Any, names: tuple[str, ...]) -> Set[str]:
    """The fields of a kind beside these."""
    return {*kind.model_fields} - {*names}


@slotted
class _Writer:
    """What writes records of a kind.

    texts    what stands before each value that may differ, and after the last
    writers  what writes these values, by field
    write    all of it
    """

    texts: list[str]
    writers: Mapping[str, Callable[[Any], str]]
    write: Callable[[Any], str]


def _writer_of(kind: Any, common: Mapping[str, Any], depth: int | None) -> _Writer:
    """What writes a record as its kind is declared; `common` has the values that do not differ."""
    pieces, writers, text = [], {}, ""
    for name, key, write in _members(kind, depth):
        text += key
        if name in common:
            text += write(common[name])
        else:
            pieces.append(text)
            writers[name] = write
            text = ""
    pieces.append(f"{text}{'' if depth is None else _line(depth)}}}")
    return _Writer(pieces, writers, _compiled(*writers)("".join, pieces, writers.values()))


@cache
def _members(kind: Any, depth: int | None) -> list[tuple[str, str, Callable[[Any], str]]]:
    """(field, what stands before its value, what writes that)."""
    inside, line = (None, "") if depth is None else (depth + 1, _line(depth + 1))
    start, found = f"{{{line}", []
    for name, field in kind.model_fields.items():
        key = _as_text()(field.more.get("serialization_alias", name))
        found.append((name, f"{start}{key}: ", _writer(field.annotation, inside)))
        start = f",{line}" if line else ", "
    return found


def _line(depth: int) -> str:
    return "\n" + "  " * depth


@cache
def _compiled(*names: str) -> Callable[..., Callable[[Any], str]]:
    """What makes a function that writes a record: the values of these fields between pieces.

    It is compiled, for it runs a thousand times a patient. For `answer` and `missing`:

        lambda record: join((piece0, write0(record.answer), piece1, write1(record.missing), end))
    """
    known: dict[str, Any] = {}
    count = range(len(names))
    parts = "".join(f"piece{n}, write{n}(record.{name}), " for n, name in enumerate(names))
    source = (
        f"def make(join, pieces, writers):\n"
        f"    [{', '.join(f'piece{n}' for n in count)}, end] = pieces\n"
        f"    [{', '.join(f'write{n}' for n in count)}] = writers\n"
        f"    return lambda record: join(({parts}end,))"
    )
    exec(source, known)  # noqa: S102 (our fields)
    return known["make"]  # type: ignore[no-any-return]


def _writer(kind: Any, depth: int | None) -> Callable[[Any], str]:
    """What makes a value of this kind JSON, where it stands so deep inside a whole."""
    if kind is bool:
        return {True: "true", False: "false"}.__getitem__
    if kind is int:
        return str
    if get_origin(kind) is list:
        (of,) = get_args(kind)
        write = _writer(of, None if depth is None else depth + 1)
        before, between, end = _around(depth)
        return lambda values: f"{before}{between.join(map(write, values))}{end}" if values else "[]"
    if isinstance(kind, type) and issubclass(kind, Plain):
        return methodcaller("json", depth)
    assert kind is str or get_origin(kind) is Literal, f"a report has no {kind}"
    return _as_text()


def _as_text() -> Callable[[str], str]:
    """What makes a text JSON. Tables have no need of it; json itself would import its decoder."""
    from _json import encode_basestring_ascii

    return encode_basestring_ascii


@cache
def _around(depth: int | None) -> tuple[str, str, str]:
    """What stands before, between and after the members of a list."""
    if depth is None:
        return "[", ", ", "]"
    line = _line(depth + 1)
    return f"[{line}", f",{line}", f"{_line(depth)}]"


class Tool(Plain):
    """The program that made the report."""

    name: Literal["cartscreen"] = "cartscreen"
    version: str
    build: str = Field(description="a hash of the program's own files")


class PackId(Plain):
    """The criteria and vocabulary it was judged by."""

    id: str
    version: str
    sha256: str
    bundled: bool = Field(
        description="these are the criteria that come with the program, known by their hash"
    )


class Options(Plain):
    """The options of the command line: with profile, date and pack, they give the report again."""

    trials: list[str] = Field(default=[], description="as --trial named them; empty for all")
    only: list[Status] = Field(
        default=["failed", "unknown", "matched"], description="criteria shown"
    )
    readings: Literal["cautious", "preferred"] = "cautious"
    fixed: list[str] = Field(
        default=[], description="readings that --readings fixed, TRIAL:CHOICE=LABEL each"
    )
    set: list[str] = Field(
        default=[], description="other values than the profile has, as --set gave them"
    )
    screening_date: str = Field(default="", description="as --screening-date gave it, or empty")
    criteria: str = Field(
        default="", description="the folder of --criteria; empty for the bundled pack"
    )

    @property
    def preferred(self) -> bool:
        """Is an ambiguous criterion judged by its first reading alone?"""
        return self.readings == "preferred"

    @property
    def typed(self) -> str:
        """The options that differ from their defaults, as somebody would type them."""
        changed = {
            "--only": ",".join(self.only)
            if set(self.only) < {"failed", "unknown", "matched"}
            else "",
            "--readings": self.readings if self.preferred else "",
            "--screening-date": self.screening_date,
            "--criteria": self.criteria,
        }
        named = [("--trial", trial) for trial in self.trials]
        named += [("--readings", f'"{item}"') for item in self.fixed]
        if self.set:
            from shlex import quote

            named += [("--set", quote(item)) for item in self.set]
        named += [(option, value) for option, value in changed.items() if value]
        return " ".join(f"{option} {value}" for option, value in named)


@compact
class Because(Plain):
    """One datum that was read."""

    fact: str = Field(description="the fact, or list[number].field")
    label: str
    value: str = Field(description="as the profile wrote it, or as it was derived")
    limit: str = Field(description="the result's own limits of normal")
    date: str = Field(description="ISO date, or a part of one; empty when not dated")
    origin: str = Field(description="how it was derived; empty for a stated value")
    earlier: str = Field(description="the newest older result that says the opposite, if one does")
    test: str = Field(description="the test of the rule that read it")
    answer: Literal["yes", "no", "unknown"]
    decides: bool = Field(description="the criterion's answer follows from this one")
    source: str = Field(default="", description="where it stands in the chart, by the profile")
    note: str = Field(default="", description="a remark of the profile on it")


class ReadingReport(Plain):
    """The answer under one reading of an ambiguous text."""

    label: str
    answer: Literal["yes", "no", "unknown"]
    reason: str


class CriterionReport(Plain):
    """One criterion."""

    id: str
    kind: Literal["inclusion", "exclusion"]
    parent: str = Field(description="the id of its heading, or empty")
    heading: bool
    title: str
    source: str = Field(description="where it stands on the page")
    note: str
    answer: Literal["yes", "no", "unknown"] = Field(description="is the statement true?")
    status: Status = Field(description="what the answer means for an inclusion or an exclusion")
    decisive: bool = Field(description="if it alone has failed, the patient is ruled out")
    counted: bool = Field(description="decisive, and not explained by a smaller one below it")
    applicable: bool
    reason: str = Field(description="why it is unknown", json_schema_extra={"enum": ["", *REASONS]})
    why: str = Field(description="the reason in words, with what would settle it")
    missing: list[str] = Field(description="what would settle it, by name")
    because: list[Because]
    readings: list[ReadingReport]
    question: str = Field(description="what it asks of a person, if anything")


class Counts(Plain):
    """How many of the counted criteria have each status."""

    matched: int
    failed: int
    unknown: int


class TrialReport(Plain):
    """One trial."""

    id: str
    registry: str
    name: str
    registry_status: str
    verdict: Verdict
    counts: Counts
    gaps: list[str]
    warnings: list[str]
    criteria: list[CriterionReport]


@compact
class Next(Plain):
    """What is missing and can still decide: a fact, the review of a list, the date of a value."""

    fact: str = Field(description="its name; lab.creatinine.date is the date of a recorded value")
    label: str
    question: str
    obtain: str
    or_from: list[str] = Field(
        default=[], description="missing facts that it could be derived from instead"
    )
    trials: list[str] = Field(description="trials not yet ruled out that wait for it")
    criteria: int = Field(description="how many of their criteria wait for it")


class Head(Plain):
    """What a report and a plan both begin with: program, pack, patient and the date judged."""

    schema_: str = Field(validation_alias="schema", serialization_alias="schema")
    tool: Tool
    pack: PackId
    file: str
    patient: str
    profile_sha256: str
    source_sha256: str = Field(
        default="", description="of the charts that the profile was made from; empty for a profile"
    )
    age: str
    sex: str
    screening_date: str
    screening_date_from: Literal["profile", "option", "today"]
    options: Options
    notice: str = NOTICE
    fixed_readings: list[str] = Field(
        default=[], description="that the site has fixed for all patients, TRIAL CHOICE: LABEL"
    )
    warnings: list[str]


class Report(Head):
    """One patient on one date."""

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    trials: list[TrialReport]
    next: list[Next]


class Failure(Plain):
    """A file that could not be read: it has an error in place of verdicts."""

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    file: str
    error: list[str]


class VerdictLine(Plain):
    """One patient and one trial, a line of `--format verdicts`."""

    schema_: Literal["cartscreen-verdict/1"] = Field(
        default="cartscreen-verdict/1", validation_alias="schema", serialization_alias="schema"
    )
    tool: Tool
    pack: PackId
    options: Options
    notice: str = NOTICE
    file: str
    patient: str
    profile_sha256: str
    source_sha256: str = Field(
        default="", description="of the charts that the profile was made from; empty for a profile"
    )
    screening_date: str
    screening_date_from: Literal["profile", "option", "today"]
    warnings: list[str] = Field(
        description="those of the report, but for which values that were used have no date"
    )
    trial: str
    registry: str
    verdict: Verdict
    counts: Counts
    failed: list[str] = Field(description="the ids of the counted criteria that rule out")
    unknown: list[str] = Field(description="the ids of the counted criteria that are open")


def as_asked(item: Report | Failure) -> Report | Failure:
    """The report, with the criteria that its options ask for."""
    if isinstance(item, Failure) or {*item.options.only} == {*get_args(Status)}:
        return item
    only = item.options.only
    trials = [
        trial.model_copy(update={"criteria": [one for one in trial.criteria if one.status in only]})
        for trial in item.trials
    ]
    return item.model_copy(update={"trials": trials})


def as_data(item: Report | Failure) -> dict[str, Any]:
    """The report as JSON has it."""
    return as_asked(item).model_dump(by_alias=True)


DateFrom = Literal["profile", "option", "today"]
EVERYTHING = Options()
"""No option was given: all trials, all criteria, all readings must agree."""
