"""One patient: a TOML file becomes a Profile, every value in its fact's canonical unit.

Nothing is guessed. A name that the vocabulary does not declare, a value of another shape, a unit
that is missing or does not fit are faults, each named by its field; all faults of a file are
reported together. "unknown", "not done" and "indeterminate" may stand for any value.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache, cached_property
from math import floor
from operator import add
from typing import Any, TypeVar

import tomli

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, shift
from cartscreen.errors import InputError, Problem
from cartscreen.frozen import replace
from cartscreen.hashing import sha256
from cartscreen.observation import (
    A_RATE,
    ONGOING,
    Observation,
    OneOf,
    Ongoing,
    Record,
    Step,
    Value,
    is_nothing,
    last_change,
)
from cartscreen.pattern import pattern
from cartscreen.place import Fact, Part, fact_place, is_visit
from cartscreen.profile.model import (
    LONGEST_PSEUDONYM,
    MARK,
    NO_REMARKS,
    STATUSES,
    WITHDRAWN,
    Given,
    Profile,
    Remarks,
)
from cartscreen.schedule import Dose, parse_dose, parse_often
from cartscreen.text import asked, did_you_mean, either, has_figure, shown, slip_of
from cartscreen.toml import another_format, is_deep, not_toml, oddity, place_in, signs
from cartscreen.units import (
    LLN,
    OF_ASSAY,
    ULN,
    Interval,
    decimal,
    factor,
    how_written,
    parse_quantity,
    usual_units,
)
from cartscreen.vocabulary import (
    NOT_KNOWN,
    FactEntry,
    Preparation,
    RecordEntry,
    Vocabulary,
)
from cartscreen.words import meant_by

MAX_BYTES = 10_000_000
_MOST_SIGNS = 100_000  # a patient takes some hundreds; a million may take ten seconds
_MOST_SIGNS_FOR_LINES = 20_000  # finding the lines takes twice as long as reading
_MOST_RESULTS = 20_000  # with these two, a profile is judged in some seconds and little memory
_MOST_ENTRIES = 5_000  # of all lists together
_FEW_BYTES = 2 * _MOST_ENTRIES  # so many hold no more: each takes two at the least
_MOST_FAULTS = 100
_MAX_DEPTH = 10
_MAX_EXPONENT = 15
_LARGEST = 1_000_000_000_000_000
_LONGEST_TEXT = 200
_MOST_KEPT = 5000  # values: some megabytes
_KEPT = (str, bool, int, Decimal)
SINGLE_DOSE = "single dose"

_T = TypeVar("_T")


def parse_profile(
    content: bytes, vocabulary: Vocabulary, where: str, changes: Iterable[str] = ()
) -> Profile:
    """The profile in these bytes, with these changes to it, as `--set` writes them.

    Its sha256 is that of the bytes. Raises InputError with every fault, each naming its field, and
    its line where the bytes are read as they are; for a change that cannot be made, with that one.
    """
    try:
        data = _toml(content)
    except Problem as problem:
        raise InputError(f"{where}: {problem}") from None
    changed = [*changes]
    return _profile(data, content, b"" if changed else content, vocabulary, where, changed)


def parse_line(
    content: bytes, vocabulary: Vocabulary, where: str, changes: Iterable[str] = ()
) -> Profile:
    """The profile in a line of JSON: an object that holds what a profile in TOML holds.

    A date is text. Its sha256 is that of the line. Raises InputError with every fault.
    """
    try:
        data = _json(content)
    except Problem as problem:
        raise InputError(f"{where}: {problem}") from None
    return _profile(data, content, b"", vocabulary, where, [*changes])


def _profile(
    data: dict[str, Any],
    content: bytes,
    lines: bytes,
    vocabulary: Vocabulary,
    where: str,
    changes: list[str],
) -> Profile:
    """The profile of this data; `lines` is the text whose lines faults name, where there is one."""
    if changes:
        from cartscreen.profile.change import apply_changes

        apply_changes(data, changes, _value_set)
    reader = ProfileReader(vocabulary, where, lines)
    profile = reader.profile(data, sha256(content).hexdigest())
    if reader.faults:
        raise InputError(*reader.faults)
    return profile


def _value_set(text: str) -> Any:
    """A value of `--set`: TOML, or else text."""
    try:
        return _toml(f"value = {text}".encode("utf-8", "surrogatepass"))["value"]
    except Problem:
        return text.strip()


def _toml(content: bytes) -> dict[str, Any]:
    """TOML, or a Problem that says what stands in the way; bounded in time and memory."""
    text = check_size(content)
    if found := oddity(text):
        at, odd = found
        raise Problem(f"{place_in(text, at)} has {odd}.")
    try:
        data = tomli.loads(text, parse_float=_exact)
    except ValueError as fault:
        if other := another_format(text):
            report = "cartscreen-report/" in text[:1000] and other == "JSON"
            raise Problem(
                _IS_A_REPORT if report else f"this is {other}, {_NOT_A_PROFILE}"
            ) from None
        raise Problem(not_toml(fault, text)) from None
    except RecursionError:
        raise Problem(_TOO_DEEP) from None
    if is_deep(data, _MAX_DEPTH):
        raise Problem(_TOO_DEEP)
    return data


def _json(content: bytes) -> dict[str, Any]:
    """JSON, or a Problem that says what stands in the way."""
    import json  # a profile in TOML has no need of it

    text = check_size(content)
    try:
        data = json.loads(
            text, parse_float=_exact, parse_constant=_Beyond, object_pairs_hook=_each_once
        )
    except RecursionError:
        raise Problem(_TOO_DEEP) from None
    except ValueError:
        raise Problem("this is not JSON; a profile is an object on one line.") from None
    if not isinstance(data, dict):
        raise Problem(
            'this is no object; a profile is {"schema": 1, "patient": "P-0001"} and so on.'
        )
    if is_deep(data, _MAX_DEPTH):
        raise Problem(_TOO_DEEP)
    return data


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises Problem for what TOML does not have either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem("a name is written twice in an object; keep one.")
    for name, value in pairs:
        each = value if isinstance(value, list) else [value]
        if None in each:
            raise Problem(
                f'{shown(name)} is null; leave out what is not known, or write "unknown".'
            )
        for text in (name, *each):
            if isinstance(text, str) and _HALF.search(text):  # which could not be written again
                raise Problem(f"{shown(name)} has half a character (\\ud800 to \\udfff).")
    return found


_HALF = pattern("[\ud800-\udfff]")


def check_size(content: bytes) -> str:
    """The text of a profile. Raises Problem where it is too large to be one, or is no text."""
    if len(content) > MAX_BYTES:
        raise Problem(f"the file is larger than {MAX_BYTES // 1_000_000} MB; is it a profile?")
    text = _decoded(content)
    if signs(text) > _MOST_SIGNS:
        raise Problem("the file holds too many lines and values for one patient.")
    return text


_FEWER = "Leave out what is old and of no trial's interest, if all are of one patient."
_TOO_DEEP = "lists or tables lie within one another too deeply; a list of tables is enough."


_NOT_A_PROFILE = "not a profile in TOML; `cartscreen template` writes one to fill in."
_IS_A_REPORT = "this is a report, not a profile; `cartscreen verify` reads reports."
_IS_A_TRIAL = "this is a trial, not a patient's profile; --criteria takes the folder of trials."
_IS_A_LEDGER = "this is the ledger of a study, not a profile; `cartscreen escalation` reads it."
_BINARY = (
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet or a document"),
    (b"%PDF-", "a PDF"),
)


def _decoded(content: bytes) -> str:
    """The text of the file, without the byte order mark that some editors write."""
    if not content.removeprefix(BOM_UTF8).strip():
        raise Problem("the file is empty; `cartscreen template` writes one to fill in.")
    for start, kind in _BINARY:
        if content.startswith(start):
            raise Problem(f"this is {kind}, {_NOT_A_PROFILE}")
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise Problem("the file is UTF-16; save it as UTF-8.")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise Problem(f"line {line} has a NUL character; save the file as text in UTF-8.")
    content = content.removeprefix(BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise Problem(f"line {line} is not UTF-8; save the file as UTF-8.") from None


class _Beyond(Decimal):
    """A number larger, smaller or longer than any in medicine: here it is none, and is refused."""

    text: str

    def __new__(cls, text: str) -> "_Beyond":
        number = super().__new__(cls, "NaN")
        number.text = text[:100]
        return number

    def __str__(self) -> str:
        return self.text


def _exact(text: str) -> Decimal:
    """A TOML number with a point or an exponent. (Decimal allows exponents of 18 digits.)"""
    try:
        number = Decimal(text[: 4 * _MAX_EXPONENT])
    except InvalidOperation:
        return _Beyond(text)
    beyond = number.is_finite() and abs(number.adjusted()) > _MAX_EXPONENT
    return _Beyond(text) if beyond or len(text) > 4 * _MAX_EXPONENT else number


class ProfileReader:
    """Reads one profile and collects its faults."""

    def __init__(self, vocabulary: Vocabulary, where: str, content: bytes) -> None:
        self.vocabulary = vocabulary
        self.where = where
        self.content = content
        self.kept = vocabulary.kept_values
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.beside: Mapping[str, Any] = {}  # the result that is being read, with its limits

    def profile(self, data: dict[str, Any], sha256: str) -> Profile:
        facts: dict[str, tuple[Observation, ...]] = {}
        records: dict[str, tuple[Record, ...]] = {}
        reviewed: dict[str, tuple[PartialDate, Remarks]] = {}
        answers: dict[str, Mapping[str, Given]] = {}
        if "trial" in data and "patient" not in data:
            raise InputError(f"{self.where}: {_IS_A_TRIAL}")
        listed = data.get("patient")
        if isinstance(listed, list) and listed and all(isinstance(each, dict) for each in listed):
            raise InputError(f"{self.where}: {_IS_A_LEDGER}")
        is_small = 0 < len(self.content) < _FEW_BYTES
        if not is_small and (found := self.too_many(data)):
            raise InputError(f"{self.where}: {found}")
        if "schema" not in data:
            self.fault("schema", "is missing; write `schema = 1` at the top.")
        if "patient" not in data:
            self.fault("patient", f"is missing; {_PSEUDONYM}.")
        for key, value in data.items():
            match key:
                case "schema":
                    if type(value) is not int or value != 1:
                        self.fault("schema", f"{shown(value)} is not known; write `schema = 1`.")
                case "patient":
                    self.tried("patient", _pseudonym, value)
                case "reviewed":
                    reviewed = dict(self.reviewed(value))
                case "answers":
                    answers = dict(self.answers(value))
                case _ if key in self.vocabulary.records:
                    records[key] = tuple(self.records(key, value))
                case _ if key in self.vocabulary.sections:
                    facts.update(self.section(key, value))
                case _:
                    known = [*self.vocabulary.sections, *self.vocabulary.records]
                    hint = slip_of(key, [*known, "reviewed", "answers", "patient", "schema"])
                    if not isinstance(value, dict | list):  # a fact without its section
                        hint = hint or self.vocabulary.suggestion(key)
                    self.fault(_name(key), f"is not a section of a profile.{hint or _LISTED}")
        self.check_dates(facts)
        self.check_birth(facts, records)
        self.check_lists(records)
        patient = str(data.get("patient", ""))
        return Profile(
            patient,
            facts,
            records,
            {name: day for name, (day, _) in reviewed.items()},
            answers,
            {name: said for name, (_, said) in reviewed.items() if said != NO_REMARKS},
            tuple(self.warnings),
            sha256,
        )

    def too_many(self, data: dict[str, Any]) -> str:
        """What there is too much of to be one patient's; empty if nothing is."""
        sections = [data.get(name) for name in self.vocabulary.sections]
        lists = [data.get(name) for name in self.vocabulary.records]
        entries = [entry for listed in lists if isinstance(listed, list) for entry in listed]
        steps = [value for entry in entries if isinstance(entry, dict) for value in entry.values()]
        values = [one for each in sections if isinstance(each, dict) for one in each.values()]
        results = sum(len(one) if isinstance(one, list) else 1 for one in values)
        if results > _MOST_RESULTS:
            return f"there are {results} results; a profile has at most {_MOST_RESULTS}. {_FEWER}"
        count = len(entries) + sum(len(each) for each in steps if isinstance(each, list))
        if count > _MOST_ENTRIES:
            both = "entries of lists and steps of their doses"
            return f"there are {count} {both}; a profile has at most {_MOST_ENTRIES}. {_FEWER}"
        return ""

    def fault(self, place: str, text: str, at: str = "") -> None:
        """Note a fault. A text that begins with a verb has the place as its subject.

        at: the place on whose line it stands, where that is another.
        """
        verb = text.startswith(("is ", "has ", "lies "))
        line = self.line(at or place)
        self.faults.append(f"{self.where}: {line}{place}{' ' if verb else ': '}{text}")
        if len(self.faults) == _MOST_FAULTS:
            rest = f"{self.where}: these are the first {_MOST_FAULTS} faults; there may be more."
            raise InputError(*self.faults, rest)

    def line(self, place: str) -> str:
        """The line of the place, or of the nearest table around it: "line 12, " or nothing."""
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return f"line {self.lines[place]}, " if place else ""

    @cached_property
    def lines(self) -> dict[str, int]:
        """The line on which each place of the file begins; read only where there is a fault."""
        from cartscreen.profile.edit import lines_of

        text = _decoded(self.content) if self.content else ""
        found = lines_of(text) if signs(text) < _MOST_SIGNS_FOR_LINES else {}
        return {_place_at(path): line for path, line in found.items()}

    def tried(self, place: str, read: Callable[..., _T], *given: Any) -> _T | None:
        """What `read` gives of this; None, and a fault of this place, if it raises Problem."""
        try:
            return read(*given)
        except _NoUnit as lacking:
            self.fault(place, lacking.within(self.beside))
        except Problem as problem:
            self.fault(place, str(problem))
        return None

    def of_key(
        self, place: str, data: Mapping[str, Any], key: str, read: Callable[[Any], _T | None]
    ) -> _T | None:
        """What `read` gives of a key; None where the key is not there, or at fault."""
        return self.tried(f"{place}.{key}", read, data[key]) if key in data else None

    def section(self, section: str, data: Any) -> Iterator[tuple[str, tuple[Observation, ...]]]:
        if not isinstance(data, dict):
            self.fault(section, f"is not a table; write [{section}] on a line of its own.")
            return
        for key, value in data.items():
            name = f"{section}.{key}"
            entry = self.vocabulary.facts.get(name)
            if entry is None:
                hint = slip_of(key, self.vocabulary.sections[section])
                hint = self.apart(section, key) or hint or self.vocabulary.suggestion(name)
                hint = hint or _LISTED
                self.fault(f"{section}.{_name(key)}", f"is not a fact.{hint}")
            elif observations := self.series(name, entry, value):
                yield name, observations

    def apart(self, section: str, key: str) -> str:
        """How `alt_uln`, and what else is written beside a fact, is written: within its value."""
        found = re.fullmatch(r"(\w+)_(\w+)", key)
        entry = self.vocabulary.facts.get(f"{section}.{found[1]}") if found else None
        if found is None or entry is None or entry.kind == "date":
            return ""
        within = _SAME_KEY.get(found[2].casefold(), found[2])
        if within in _UNIT_KEYS:
            return f" {_UNIT_STANDS}."
        if within in (("upper", "lower", "date") if entry.kind == "quantity" else ("date",)):
            return f" Write it beside the value, {found[1]} = {{ value = ..., {within} = ... }}."
        return ""

    def series(self, name: str, entry: FactEntry, value: Any) -> tuple[Observation, ...]:
        """The results of a fact; one, or a list of dated ones."""
        if not isinstance(value, list):
            found = self.observation(name, entry, value)
            return (found,) if found else ()
        if entry.latest:
            self.fault(name, "is a list; this fact is one event, the latest.")
            return ()
        if entry.kind == "date":
            self.fault(name, "is a list; this fact is one date.")
            return ()
        if not value:
            self.fault(name, "is an empty list; leave it out when nothing is recorded.")
        results = [
            self.observation(f"{name}[{number}]", entry, item)
            for number, item in enumerate(value, start=1)
        ]
        kept = [found for found in results if found]
        if len(kept) > 1 and any(found.date is None for found in kept):
            self.fault(name, "has several results, and one without a date; add date = ... to each.")
        return tuple(kept)

    def observation(self, place: str, entry: FactEntry, value: Any) -> Observation | None:
        """One value, plain or { value, upper, lower, date, status }; None if not to be used."""
        if not isinstance(value, dict):
            return self.plain(place, entry, value)
        self.beside = value
        found = self.result(place, entry, value)
        self.beside = {}
        return found

    def result(self, place: str, entry: FactEntry, value: dict[str, Any]) -> Observation | None:
        """One value in a table, which says more beside it."""
        before = len(self.faults)
        self.check_keys(place, entry, value)
        status = self.of_key(place, value, "status", _status)
        if status in WITHDRAWN:
            self.warnings.append(f"{place}: a result marked {status} was left out.")
            return None
        observed = self.of_key(place, value, "date", _day)
        source = self.of_key(place, value, "source", _text) or ""
        note = self.of_key(place, value, "note", _text) or ""
        upper = lower = found = None
        limits = ""
        said = value.get("value")
        if entry.measured and _is_number(entry, said):
            found = self.tried(place, _by_number, entry, said, value)
        else:
            if "upper" in value or "lower" in value:
                upper, lower, limits = self.limits(place, entry, value)
            if said is not None and value.keys().isdisjoint(_UNIT_KEYS):
                found = self.plain(place, entry, said)
        if found is None or len(self.faults) > before:
            return None
        if status == "preliminary":
            self.warnings.append(f"{place}: a preliminary result is used.")
        return Observation(
            found.value,
            found.text,
            observed,
            upper,
            lower,
            limits or found.limits,
            found.unit,
            status == "preliminary",
            found.why_inexact,
            found.missing,
            source=source,
            note=note,
        )

    def plain(self, place: str, entry: FactEntry, value: Any) -> Observation | None:
        """A value alone."""
        return self.once("value", entry, value, self.tried, place, self.recorded, place)

    def recorded(self, place: str, entry: FactEntry, value: Any) -> Observation:
        """What the value says. Raises Problem."""
        if entry.measured and _is_number(entry, value):
            return _by_number(entry, value, {})
        found, text, unit = self.value(place, entry, value)
        return Observation(found, text, unit=unit)

    def once(
        self,
        what: str,
        of: FactEntry | RecordEntry,
        value: Any,
        read: Callable[..., _T],
        *given: Any,
    ) -> _T:
        """What `read` makes of these and of a value of this entry, the same of every patient.

        It is kept, but where there is a fault or a warning: these name the place. A text or a
        number is known again by how it is written: 1.0 is not 1.00, nor is 1 true.
        """
        kind = type(value)
        if kind not in _KEPT:
            return read(*given, of, value)
        key = (what, id(of), kind, str(value) if kind is Decimal else value)
        if key in self.kept:
            return self.kept[key]  # type: ignore[no-any-return]
        told = len(self.faults), len(self.warnings)
        found = read(*given, of, value)
        if told == (len(self.faults), len(self.warnings)):
            if len(self.kept) == _MOST_KEPT:
                self.kept.clear()
            self.kept[key] = found
        return found

    def limits(
        self, place: str, entry: FactEntry, data: dict[str, Any]
    ) -> tuple[Fraction | None, Fraction | None, str]:
        """(the upper limit of normal, the lower one, both as text); a lower limit of 0 is none."""
        upper, lower = (
            self.limit(f"{place}.{key}", entry, data[key]) if key in data else None
            for key in ("upper", "lower")
        )
        if upper == 0:
            self.fault(f"{place}.upper", f"{shown(data['upper'])} is not above 0.")
        if upper is not None and lower is not None and lower > upper:
            above = f"is above the upper limit, {shown(data['upper'])}"
            self.fault(f"{place}.lower", f"{shown(data['lower'])} {above}.")
        lower = lower or None
        ends = ((ULN, "upper", upper), (LLN, "lower", lower))
        said = (f"{word} {_written(data[key])}" for word, key, end in ends if end is not None)
        return upper, lower, ", ".join(said)

    def limit(self, place: str, entry: FactEntry, value: Any) -> Fraction | None:
        return self.once("limit", entry, value, self.tried, place, self.one_limit, place)

    def one_limit(self, place: str, entry: FactEntry, value: Any) -> Fraction | None:
        """A limit of normal; where it is none that a result may be, it is of another unit."""
        if value in NOT_KNOWN or entry.kind != "quantity":
            return None
        interval, unit, limit = _limit(entry, value)
        if limit.low:  # 0 is none
            _check_bounds(entry, interval, unit, limit, value)
            self.check_plausible(place, entry, interval, unit, limit, value)
        return limit.low

    def check_keys(self, place: str, entry: FactEntry, data: dict[str, Any]) -> None:
        known: tuple[str, ...] = _OF_QUANTITY if entry.kind == "quantity" else _KEYS
        if entry.measured:
            known = (*_KEYS, *entry.measured.keys)
        for key in data:
            if key not in known:
                same = _SAME_KEY.get(key.casefold())
                hint = asked([same]) if same in known else did_you_mean(key, known)
                if key in _UNIT_KEYS:
                    hint = f" {_UNIT_STANDS}."
                hint = hint or f" It takes {', '.join(known)}."
                self.fault(place, f"has no key {_name(key)}.{hint}", f"{place}.{_name(key)}")
        if "value" not in data:
            self.fault(place, "is a table without `value`; write { value = ..., date = ... }.")

    def value(self, place: str, entry: FactEntry, value: Any) -> tuple[Value | None, str, str]:
        """(value, the text it was written as, its unit where that is not the fact's)."""
        if value in NOT_KNOWN:
            return None, value, ""
        if value in entry.words and "ongoing" in entry.words:
            return ONGOING, "ongoing", ""
        match entry.kind:
            case "quantity":
                return self.quantity(place, entry, value)
            case "date":
                parsed = _date(value, entry.words)
                return parsed, str(parsed), ""
            case "finding":
                return _finding(entry, value), _plain(value), ""
            case "drug":
                return self.drug(place, _text(value)), value, ""
            case "duration":
                length, unit = _duration(value)
                return length, value, unit
            case "text":
                return _text(value), value, ""
            case "steps":
                raise Problem(f"{shown(value)} is not a list of doses.")

    def quantity(self, place: str, entry: FactEntry, value: Any) -> tuple[Interval, str, str]:
        interval, unit = _measured(entry, value)
        text = _written(value)
        if unit in (ULN, LLN):
            if entry.unit == "titre" or entry.obtain not in ("blood", "urine"):
                raise Problem(f"{shown(value)} does not fit; {how_written(entry.unit)}.")
            if interval.compare(">=", Fraction(0)) is Answer.NO:
                raise Problem(f"{shown(value)} is below 0.")
            return interval, text, unit
        converted = entry.to_unit(interval, unit)
        _check_bounds(entry, interval, unit, converted, value)
        _check_steps(entry, interval, value)
        if interval.is_exact and not converted.is_exact:
            self.warnings.append(
                f"{place}: {shown(value)} may be moles of the molecule or of a part of it, "
                f"{converted} {entry.unit}; write it in {entry.unit}."
            )
        if entry.is_age and converted != (completed := _completed(converted)):
            return completed, f"{text} ({completed} completed years)", ""
        self.check_plausible(place, entry, interval, unit, converted, value)
        return converted, text, ""

    def check_plausible(
        self,
        place: str,
        entry: FactEntry,
        interval: Interval,
        unit: str,
        converted: Interval,
        value: Any,
    ) -> None:
        """Warns of a number that is used, and hardly anybody has."""
        if entry.plausible is None:
            return
        low, high = entry.plausible
        if not converted.overlaps(Interval(_exactly(low), _exactly(high))):
            ends, question = _ends(entry, low, high), _slip(entry, interval, unit)
            self.warnings.append(
                f"{place}: {shown(value)} is outside what is plausible, {ends}.{question}"
            )

    def drug(self, place: str, name: str) -> str | None:
        if drug := self.vocabulary.drug_named(name):
            return drug.name
        few = len(self.warnings) < _MOST_FAULTS  # a suggestion takes time
        hint = self.vocabulary.drug_suggestion(name) if few else ""
        unknown = "is not a drug of the vocabulary; what depends on it stays unknown."
        self.warnings.append(f"{place}: {shown(name)} {unknown}{hint}")
        return None

    def records(self, name: str, data: Any) -> Iterator[Record]:
        entry = self.vocabulary.records[name]
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            self.fault(name, f"is not a list of entries; write [[{name}]] above each.")
            return
        if not data:
            none = f"if there are none, write {name} = <date> under [reviewed]"
            self.fault(name, f"is an empty list; leave it out, and {none}.")
        without_route: dict[str, None] = {}
        for number, item in enumerate(data, start=1):
            place = f"{name}[{number}]"
            remarks = [key for key in _REMARKS if key in item and key not in entry.fields]
            said = {key: self.of_key(place, item, key, _text) or "" for key in remarks}
            rest = {key: value for key, value in item.items() if key not in said}
            fields = dict(self.record(place, entry, rest))
            self.add_schedule(place, entry, fields)
            self.add_route(place, entry, fields)
            self.check_class(place, entry, fields)
            self.check_order(place, entry, fields)
            without_route.update(dict.fromkeys(self.given_locally_too(entry, fields)))
            source, note = (said.get(key, "") for key in _REMARKS)
            yield Record(name, number, fields, source, note)
        if without_route:
            self.warnings.append(
                f"{name}: no route is stated of {', '.join(without_route)}, which may be given "
                "locally; taken to be systemic."
            )

    def record(
        self, place: str, entry: RecordEntry, data: dict[str, Any], every: Any = None
    ) -> Iterator[tuple[str, Observation]]:
        """The fields of an entry, or of a step of it; `every` is what the entry of a step says."""
        if not data:
            self.fault(place, "is empty; write its fields, or take it away.")
        every = every or data.get(entry.roles.get("every", ""))
        every = every if isinstance(every, str) and every not in NOT_KNOWN else None
        for key, value in data.items():
            field_entry = entry.fields.get(key)
            if field_entry is None:
                same = _SAME_FIELD.get(key)
                hint = asked([same]) if same in entry.fields else slip_of(key, entry.fields)
                hint = hint or f" `cartscreen facts {entry.name}` lists its fields."
                self.fault(place, f"has no field {_name(key)}.{hint}", f"{place}.{_name(key)}")
            elif field_entry.kind == "steps":
                if steps := self.steps(f"{place}.{key}", entry, value, every):
                    yield key, steps
            elif isinstance(value, dict | list):
                self.fault(f"{place}.{key}", f"is {shown(value)}; write a plain value.")
            elif every and key in entry.doses and isinstance(value, str):
                at = f"{place}.{key}"
                yield from self.at_intervals(at, entry, field_entry, value, every).items()
            elif entry.has_role(key, "dose") and isinstance(value, str):
                at = f"{place}.{key}"
                yield from self.once("dose", field_entry, value, self.dose, at, entry).items()
            elif entry.has_role(key, "every") and isinstance(value, str):
                if often := self.every(f"{place}.{key}", value):
                    yield key, often
            elif found := self.observation(f"{place}.{key}", field_entry, value):
                yield key, found

    def dose(
        self, place: str, record: RecordEntry, entry: FactEntry, text: str
    ) -> dict[str, Observation]:
        """A dose as people write it: the fields that it fills.

        "20 mg/day" is a dose a day. "10 mg bid" is, too; "10 mg/kg q4w" is a dose per kg, and how
        often; of "500 mg/m2 monthly" the dose a day is not known, but how often it was given.
        """
        name = entry.name
        if text in NOT_KNOWN:
            return {name: Observation(None, text)}
        plain: Observation | None = None
        fault: Problem | None = None
        try:
            value, written, unit = self.quantity(place, entry, text)
            plain = Observation(value, written, unit=unit)
        except Problem as problem:
            fault = problem
        if plain is not None and text.rstrip().endswith("/day"):
            return {name: plain}  # read as a schedule it is that dose, and each day
        try:
            dose = parse_dose(text)
        except Problem as problem:
            if plain is None:
                self.fault(place, str(problem if _AN_AMOUNT.match(text) else fault))
            return {name: plain} if plain else {}
        found = self._as_recorded(place, record, name, dose, " ".join(text.split()))
        every = record.roles.get("every")
        is_rate = "/" in text or " per " in text  # "140 mg/week" may be 20 mg each day
        if plain and is_rate and every in found:
            found[every] = replace(found[every], origin=A_RATE)
        return found | ({name: plain} if plain else {})

    def at_intervals(
        self, place: str, record: RecordEntry, entry: FactEntry, text: str, every: str
    ) -> dict[str, Observation]:
        """A dose in an entry that says how far apart its doses are: so much, once in each interval.

        "1000 mg" with `every = "1 month"` is 1000 mg each month. What says itself how often it is
        given, and otherwise, is at fault.
        """
        if text in NOT_KNOWN:
            return {entry.name: Observation(None, text)}
        try:
            often = parse_often(every)
        except Problem:
            return {}  # that is the fault
        amount = _AMOUNT_ALONE.fullmatch(" ".join(text.split()))
        dose = self.tried(place, parse_dose, f"{text} once" if amount else text)
        if dose is None:
            return {}
        if dose.often is None:
            dose = replace(dose, often=often)
        ends = (dose.often or often).days_between
        is_daily = ends[1] <= 1 and often.days_between[1] <= 1
        if not is_daily and not Interval(*ends).overlaps(Interval(*often.days_between)):
            alone = _AN_AMOUNT.match(text)
            said = f"{shown(text)} says how often, and `every` = {shown(every)} otherwise"
            fix = "write one"
            if alone:
                per = f"/{dose.per}" if dose.per else ""
                fix = f'write the amount of one dose alone, "{alone[0].strip()}{per}"'
            self.fault(place, f"{said}; {fix}, or leave `every` out.")
        return self._as_recorded(place, record, entry.name, dose, " ".join(text.split()))

    def _as_recorded(
        self, place: str, record: RecordEntry, name: str, dose: Dose, text: str
    ) -> dict[str, Observation]:
        found: dict[str, Observation] = {}
        match dose.per:
            case "":
                own = record.fields[name]
                self.tried(place, _check_bounds, own, dose.daily, own.unit, dose.daily, text)
                found[name] = Observation(dose.daily, text)
            case "kg" if per_kg := record.roles.get("dose_per_kg"):
                found[per_kg] = Observation(dose.daily, text)
            case _:
                found[name] = Observation(None, text)
        every = record.roles.get("every")
        if every and dose.often is None:
            found[every] = Observation(None, SINGLE_DOSE)
        elif every and dose.often and dose.often.days_between[1] > 1:
            found[every] = Observation(Interval(*dose.often.days_between), text, unit="days")
        return found

    def every(self, place: str, text: str) -> Observation | None:
        """How often a dose was given: "4 weeks", "q4w", "every 6 months"."""
        if text in NOT_KNOWN:
            return Observation(None, text)
        often = self.tried(place, parse_often, text)
        return Observation(Interval(*often.days_between), text, unit="days") if often else None

    def steps(
        self, place: str, record: RecordEntry, value: Any, every: str | None
    ) -> Observation | None:
        """Doses that took the place of one another: [{ dose = "60 mg/day", from = "2026-01" }]."""
        listed = value if isinstance(value, list) else [None]
        form = '[{ dose = "60 mg/day", from = "2026-01" }, { dose = "40 mg/day", from = ... }]'
        steps: list[Step] = []
        for number, item in enumerate(listed, start=1):
            if not isinstance(item, dict) or "from" not in item or len(item) != 2:
                self.fault(place, f"is not a list of doses, each with its first day; write {form}.")
                return None
            name = next(key for key in item if key != "from")
            if name not in record.doses:
                known = " or ".join(record.doses)
                self.fault(f"{place}[{number}]", f"has no key {_name(name)}; it takes {known}.")
                return None
            at = f"{place}[{number}]"
            since = self.tried(f"{at}.from", PartialDate.parse, item["from"])
            said = dict(self.record(at, record, {name: item[name]}, every))
            if since is None or not said:
                return None
            if steps and since.latest < steps[-1].since.earliest:
                self.fault(f"{at}.from", f"{since} lies before the step above; put them in order.")
            steps.append(Step(since, said))
        told = [f"{next(iter(step.fields.values())).text} from {step.since}" for step in steps]
        return Observation(tuple(steps), ", ".join(told)) if steps else None

    def add_schedule(self, place: str, entry: RecordEntry, fields: dict[str, Observation]) -> None:
        """What follows from how the doses are written: the days of a single dose, of steps."""
        start, stop, every = (entry.roles.get(role, "") for role in ("begins", "ends", "every"))
        if every in fields and fields[every].text == SINGLE_DOSE:
            del fields[every]
            if stop and start in fields and stop not in fields:
                fields[stop] = replace(fields[start], origin="a single dose")
            self.check_single(place, start, stop, fields)
        steps = fields.get(entry.roles.get("steps", ""))
        if steps is None or not isinstance(steps.value, tuple):
            return
        if not fields.keys().isdisjoint(entry.doses):
            self.fault(place, "has a dose and steps; the steps are its doses, so leave dose out.")
        given = [*steps.value]
        while given and is_nothing(given[-1].fields):
            over = given.pop()
            if stop:
                self.end_before(over.since, stop, fields)
        if not given or any(is_nothing(step.fields) for step in given):
            apart = "write what follows on it as an entry of its own" if given else "leave it out"
            at = f"{place}.{entry.roles['steps']}"
            self.fault(at, f"a dose of 0 says that nothing was given; {apart}.")
            return
        steps = fields[entry.roles["steps"]] = replace(steps, value=tuple(given))
        assert isinstance(steps.value, tuple)
        first, since = steps.value[0].since, last_change(steps.value, entry.doses)
        begun = fields.setdefault(start, Observation(first, str(first))).value
        if isinstance(begun, PartialDate) and first.latest < begun.earliest:
            at = f"{place}.{entry.roles['steps']}[1].from"
            self.fault(at, f"{first} lies before the start, {begun}; leave one of them out.")
        elif since is not None and (change := entry.roles.get("last_change")):
            fields.setdefault(change, Observation(since, str(since)))

    def check_single(
        self, place: str, start: str, stop: str, fields: Mapping[str, Observation]
    ) -> None:
        """A single dose has one day."""
        first, last = (fields[name].value if name in fields else None for name in (start, stop))
        is_later = isinstance(last, Ongoing) or (
            isinstance(first, PartialDate)
            and isinstance(last, PartialDate)
            and last.earliest > first.latest
        )
        if isinstance(first, PartialDate) and is_later:
            fix = "say how far apart the doses were, in `every`, or write an entry for each"
            runs = f"it runs from {first} to {last}"
            self.fault(place, f"has a single dose, and {runs}; {fix}.")

    def end_before(self, day: PartialDate, stop: str, fields: dict[str, Observation]) -> None:
        """From the day on which the dose is 0 nothing is given: the last day lies before it."""
        last = PartialDate(shift(day.earliest, -1, "days"), shift(day.latest, -1, "days"))
        stated = fields[stop].value if stop in fields else None
        if not isinstance(stated, PartialDate) or stated.latest > last.latest:
            fields[stop] = Observation(last, str(last), origin=f"the dose is 0 from {day} on")

    def add_route(self, place: str, entry: RecordEntry, fields: dict[str, Observation]) -> None:
        """The route that a drug's name or its form tells ("ointment"), where none is stated."""
        route = entry.roles.get("route")
        if route is None:
            return
        drug, form = (fields.get(entry.roles.get(role, "")) for role in ("drug", "form"))
        said = None
        if drug is not None and drug.value is not None:
            said = self.once("drug", entry, drug.text, self.preparation)
        told: dict[str, str] = {}
        if form is not None and form.value is not None:
            by_form = self.vocabulary.route_of_form(form.text)
            if by_form is None:
                forms = ", ".join(self.vocabulary.wording.told)
                at = f"{place}.{entry.roles['form']}"
                self.fault(at, f"{shown(form.text)} is not a form that is known: {forms}.")
            elif by_form:
                told[by_form] = form.text
        is_usual = said is None or said.route in ("", said.drug.usual_route)
        if drug is not None and said is not None and said.route and not (is_usual and told):
            told[said.route] = drug.text
        stated = fields.get(route)
        if stated is not None and stated.value is not None:
            for name, text in told.items():
                if stated.value != name and not (said and name == said.drug.usual_route):
                    wrong = f"{shown(stated.text)} does not fit {shown(text)}, which is {name}."
                    self.fault(f"{place}.{route}", wrong)
        elif len(told) > 1:
            self.fault(place, f"the drug and its form tell two routes, {' and '.join(told)}.")
        elif told:
            ((name, text),) = told.items()
            fields[route] = Observation(name, text)

    def preparation(self, _: RecordEntry, name: str) -> Preparation | None:
        return self.vocabulary.preparation(name)

    def given_locally_too(
        self, entry: RecordEntry, fields: Mapping[str, Observation]
    ) -> Iterator[str]:
        """The drug of the entry, where it may be given locally and no route is stated."""
        route, drug = entry.of_role("route"), fields.get(entry.roles.get("drug", ""))
        if route is None or not route.local or route.name in fields or drug is None:
            return
        known = self.vocabulary.drugs.get(str(drug.value))
        if known is not None and known.also_local:
            yield known.label

    def check_class(
        self, place: str, entry: RecordEntry, fields: Mapping[str, Observation]
    ) -> None:
        """A drug that is known is of the class that the entry states."""
        name = entry.roles.get("class", "")
        stated, drug = fields.get(name), fields.get(entry.roles.get("drug", ""))
        known = self.vocabulary.drugs.get(str(drug.value)) if drug else None
        if stated is None or stated.value is None or known is None:
            return
        if stated.value not in known.classes:
            classes = " and ".join(known.classes)
            self.fault(
                f"{place}.{name}", f"{shown(stated.text)} does not fit {known.label}, of {classes}."
            )

    def check_order(
        self, place: str, entry: RecordEntry, fields: Mapping[str, Observation]
    ) -> None:
        """Nothing of a course lies before its first day."""
        dated = {name: f.value for name, f in fields.items() if isinstance(f.value, PartialDate)}
        start = dated.get(entry.course_begins or "")
        for name, day in dated.items():
            if start is not None and day.latest < start.earliest:
                self.fault(f"{place}.{name}", f"{day} lies before the start, {start}.")

    def reviewed(self, data: Any) -> Iterator[tuple[str, tuple[PartialDate, Remarks]]]:
        if not isinstance(data, dict):
            self.fault("reviewed", "is not a table; write [reviewed] on a line of its own.")
            return
        for key, value in data.items():
            place = f"reviewed.{_name(key)}"
            if key not in self.vocabulary.records:
                hint = slip_of(key, self.vocabulary.records)
                lists = f" The lists are {', '.join(self.vocabulary.records)}."
                self.fault(place, f"is not a list of entries.{hint or lists}")
            elif review := self.tried(place, _reviewed, value):
                yield key, review

    def answers(self, data: Any) -> Iterator[tuple[str, dict[str, Given]]]:
        if not isinstance(data, dict):
            self.fault("answers", "is not a table; write [answers.<trial>] above the answers.")
            return
        for trial, given in data.items():
            place = f"answers.{_name(trial)}"
            self.tried(place, _text, trial)
            if isinstance(given, dict):
                yield trial, dict(self.answered(place, given))
            else:
                self.fault(place, "is not a table of a trial; write [answers.<trial>] above it.")

    def answered(self, place: str, data: dict[str, Any]) -> Iterator[tuple[str, Given]]:
        for key, value in data.items():
            named = f"{place}.{_name(key)}"
            self.tried(named, _text, key)
            given = self.tried(named, _given, value)
            if given is not None and given.said not in NOT_KNOWN:
                yield key, given

    def check_dates(self, facts: Mapping[str, tuple[Observation, ...]]) -> None:
        """No visit but consent lies before screening, and no birth after it. Of two visits in the
        wrong order a warning tells.
        """
        dated = {
            name: found[0].value
            for name, found in facts.items()
            if isinstance(found[0].value, PartialDate)
        }
        for name, visit in dated.items():
            earlier = self.vocabulary.facts[name].not_before
            while earlier and earlier not in dated:
                earlier = self.vocabulary.facts[earlier].not_before
            if earlier and visit.latest < dated[earlier].earliest:
                both = f"{name}: {visit} lies before {earlier}, {dated[earlier]}"
                self.warnings.append(f"{both}; one of them is wrong.")
        screening = dated.get("dates.screening")
        if screening is None:
            return
        if not screening.is_exact:
            full = "is not a full date; write year, month and day, 2025-06-02 say."
            self.fault("dates.screening", f"{screening} {full}")
        for name, visit in dated.items():
            later = is_visit(name) and name != "dates.consent"
            if later and visit.latest < screening.earliest:
                self.fault(name, f"{visit} lies before the screening date, {screening}.")
        if birth := dated.get("person.birth_date"):
            if birth.earliest > screening.latest:
                after = f"after the screening date, {screening}"
                self.fault("person.birth_date", f"{birth} lies {after}.")
            elif shift(birth.latest, 130, "years") < screening.earliest:
                before = f"more than 130 years before the screening date, {screening}"
                self.fault("person.birth_date", f"{birth} lies {before}.")

    def check_birth(
        self, facts: Mapping[str, Iterable[Observation]], records: Mapping[str, Iterable[Record]]
    ) -> None:
        """No result and no entry lies before birth."""
        birth, screening = (
            next((item.value for item in facts.get(name, ())), None)
            for name in ("person.birth_date", "dates.screening")
        )
        if not isinstance(birth, PartialDate):
            return
        if isinstance(screening, PartialDate) and birth.earliest > screening.latest:
            return  # that is the fault, and everything would follow from it
        said: list[tuple[Any, str, Observation]] = [
            (name, "", item)
            for name, found in facts.items()
            if isinstance(fact_place(name), Fact)
            for item in found
        ]
        said += [
            (record, field, item)
            for entries in records.values()
            for record in entries
            for field, item in record.fields.items()
        ]
        for of, field, item in said:
            for day in (item.value, item.date):
                if isinstance(day, PartialDate) and day.latest < birth.earliest:
                    place = of if isinstance(of, str) else of.place(field).name
                    self.fault(place, f"{day} lies before the date of birth, {birth}.")

    def check_lists(self, records: Mapping[str, Iterable[Record]]) -> None:
        """Warns of what is a treatment here, and belongs in a list of its own, which is empty."""
        for name, listed in records.items():
            entry = self.vocabulary.records[name]
            drug, given = (entry.roles.get(role, "") for role in ("drug", "given"))
            for record in listed if drug else ():
                if drug not in record.fields:
                    continue
                said = record.fields[drug]
                known = self.vocabulary.drugs.get(str(said.value))
                was_given = given not in record.fields or record.fields[given].value is not False
                if was_given and known and known.list not in ("", *records):
                    where = f"belongs in [[{known.list}]], which the rules read"
                    self.warnings.append(f"{record.place(drug).name}: {shown(said.text)} {where}.")


_AMOUNT_ALONE = pattern(
    r"\d[\d.]*(?: ?(?:-|to) ?\d[\d.]*)? ?(?:mg|g|mcg|ug|\u00b5g|\u03bcg)"
    r"(?: ?(?:/|per) ?(?:kg|m2|m²))?",
    re.IGNORECASE,
)
_AN_AMOUNT = pattern(r"\s*\d[\d.\s-]*(?:mg|g|mcg|ug|\u00b5g|\u03bcg)(?![A-Za-z])", re.IGNORECASE)
_SAME_KEY = {
    "uln": "upper",
    "upper_limit": "upper",
    "lln": "lower",
    "lower_limit": "lower",
    "units": "unit",
}
"""What laboratories call a key of a result."""
_SAME_FIELD = {"from": "start", "since": "start", "to": "stop", "until": "stop", "end": "stop"}
"""What charts call the days of an entry."""
_UNIT_KEYS = ("unit", "units")
_UNIT_STANDS = 'The unit stands with the number, "22 U/L" say'
_PSEUDONYM = 'write `patient = "P-0001"` at the top, say'
_LISTED = " `cartscreen facts` lists what a profile may hold."


def _pseudonym(value: Any) -> str:
    """A pseudonym, which cannot pass for more than a name in a table of several patients."""
    if not isinstance(value, str) or not value.strip():
        raise Problem(f"is not a pseudonym in quotes; {_PSEUDONYM}.")
    if value != value.strip() or any(map(str.isspace, map(add, value, value[1:]))):
        single = " ".join(value.split())
        raise Problem(f"has blanks at an end, or several together; write {shown(single)}.")
    if len(value) > LONGEST_PSEUDONYM:
        raise Problem(
            f"is longer than the {LONGEST_PSEUDONYM} characters of a pseudonym; shorten it."
        )
    return value


def _name(key: str) -> str:
    """A key as a message may print it: bare where TOML has it so."""
    is_bare = key.isascii() and len(key) <= 60 and key.replace("-", "_").replace("_", "a").isalnum()
    return key if is_bare else shown(key)


def _place_at(path: tuple[str | int, ...]) -> str:
    """A path as a fault names it: an entry of a list is counted from 1."""
    named = (f"[{step + 1}]" if isinstance(step, int) else f".{_name(step)}" for step in path)
    return "".join(named).removeprefix(".")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Problem(f"{shown(value)} is not text in quotes.")
    if not value.strip():
        raise Problem("is empty; expected text in quotes.")
    if len(value) > _LONGEST_TEXT:
        raise Problem(f"is longer than {_LONGEST_TEXT} characters.")
    return value


_REMARKS = ("source", "note")
"""What a result or an entry may say beside its value: where it stands, and a remark."""
_KEYS = ("value", "date", "status", *_REMARKS)
_OF_QUANTITY = (*_KEYS, "upper", "lower")
"""What a result takes; one that is given as a number takes its fact's own limits, too."""


def _is_number(entry: FactEntry, value: Any) -> bool:
    """Is a finding given as a number, and not by a word of its own?"""
    if isinstance(value, str):
        return value not in entry.choices and has_figure(value)
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _by_number(entry: FactEntry, value: Any, more: Mapping[str, Any]) -> Observation:
    """The finding that a number says, beside the laboratory's limit. Raises Problem."""
    measured = entry.measured
    assert measured is not None
    try:
        number, unit = _plain_quantity(value)
    except Problem as problem:
        raise Problem(f"{problem} Its words are {', '.join(map(repr, entry.choices))}.") from None
    stated = {key: _plain_quantity(more[key]) for key in measured.keys if key in more}
    for key, (limit, of_limit) in stated.items():
        if not limit.is_exact:
            raise Problem(f"{key} {shown(more[key])} is not one number.")
        if factor(of_limit, unit) is None:
            raise Problem(f"{key} {shown(more[key])} is not in the unit of {shown(value)}.")
    if unit == "1" and not stated:  # a bare number may be the number of a choice
        _finding(entry, _plain(value))
    cutoffs = [parse_quantity(cutoff) for cutoff in measured.cutoffs]
    if unit == "S/CO":  # the number is a multiple of the cut-off
        cutoffs.append((Interval.exactly(1), unit))
    ends = [cutoff for cutoff in cutoffs if cutoff[1] == unit]
    if len(ends) > 1 and _lies_among(stated.get("cutoff"), ends):
        ends = []  # the laboratory's own is one of those that laboratories have
    said: set[Answer] = set()
    for operator, (limit, of_limit) in (
        *((">=", cutoff) for cutoff in ends),
        *((_BEYOND[key], limit) for key, limit in stated.items()),
    ):
        times = factor(of_limit, unit)
        assert times is not None and limit.low is not None
        said.add(number.compare(operator, limit.low * times))
    words = measured.words_said(number, said)
    limits = ", ".join(f"{key} {_written(more[key])}" for key in stated)
    found = Observation(words[0] if len(words) == 1 else OneOf(words), _written(value))
    if len(words) == 1 or (said and not (len(ends) > 1 and not stated)):
        return replace(found, limits=limits)
    lacks = (Part(Fact(entry.name), "cutoff" if ends else measured.limit),)
    return replace(found, why_inexact="no_limit", missing=lacks)


def _lies_among(limit: tuple[Interval, str] | None, ends: list[tuple[Interval, str]]) -> bool:
    """Is the limit, in their unit, from the lowest to the highest of these?"""
    if limit is None or limit[1] != ends[0][1] or limit[0].low is None:
        return False
    lows = [end.low for end, _ in ends if end.low is not None]
    return min(lows) <= limit[0].low <= max(lows)


_BEYOND = {"upper": ">", "limit": ">", "lower": "<", "cutoff": ">="}
"""How a number stands to a limit that it is beyond. (From a cut-off on a result is positive.)"""


def _is_beyond(number: int | Decimal) -> bool:
    """Is it none, infinite, or larger or smaller than any number in medicine?"""
    if isinstance(number, Decimal):
        return not number.is_finite()  # as _Beyond is not
    return number > _LARGEST or number < -_LARGEST


def _plain_quantity(value: Any) -> tuple[Interval, str]:
    """A number and its unit, whatever that is."""
    if isinstance(value, str):
        number, unit = parse_quantity(value, OF_ASSAY)
    elif isinstance(value, bool) or not isinstance(value, int | Decimal) or _is_beyond(value):
        raise Problem(f"{shown(value)} is not a value; {how_written(OF_ASSAY)}.")
    else:
        number, unit = Interval.exactly(Fraction(value)), "1"
    if number.compare(">=", Fraction(0)) is Answer.NO:
        raise Problem(f"{shown(value)} is below 0.")
    return number, unit


@cache
def _exactly(number: Decimal | int) -> Fraction:
    """A number of the vocabulary, which has few: each value of a profile is held against some."""
    return Fraction(number)


def _check_steps(entry: FactEntry, interval: Interval, value: Any) -> None:
    """Raises Problem for a number that the instrument does not have, with those next to it."""
    if not interval.is_exact or interval.low is None:
        return
    number, near = interval.low, list[Fraction]()
    if entry.steps and not entry.values:
        step = _exactly(entry.steps)
        below = floor(number / step) * step
        near = [] if below == number else [below, below + step]
        expected = f"a multiple of {_plain(entry.steps)}"
    elif entry.values:
        known = [*map(_exactly, entry.values)]
        around = (
            [max(v for v in known if v < number), min(v for v in known if v > number)]
            if (known[0] < number < known[-1])
            else [known[0], known[-1]]
        )
        near = [] if number in known else around
        expected = f"one of {', '.join(_plain(each) for each in entry.values)}"
    if near:
        likely = " or ".join(decimal(each) for each in near)
        raise Problem(
            f"{shown(value)} is no value of {_inside(entry.label)}; expected {expected}. "
            f"Is it {likely}?"
        )


def _inside(label: str) -> str:
    """A label within a sentence; an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _status(value: Any) -> str:
    if value not in STATUSES:
        known = either(f'"{status}"' for status in STATUSES)
        raise Problem(f"{shown(value)} is not a status; write {known}, or leave it out.")
    return str(value)


def _day(value: Any) -> PartialDate | None:
    """A date, or None where the profile says that it is not known."""
    return None if value in NOT_KNOWN else PartialDate.parse(value)


def _date(value: Any, words: tuple[str, ...]) -> PartialDate:
    try:
        return PartialDate.parse(value)
    except Problem as problem:
        if words and isinstance(value, str):
            raise Problem(f'{problem} "{words[0]}" is understood too.') from None
        raise


def _duration(value: Any) -> tuple[Interval, str]:
    if not isinstance(value, str):
        raise Problem(f'{shown(value)} is not a time; write "8 months" say, in quotes.')
    length, unit = parse_quantity(value, "months")
    if unit not in ("days", "weeks", "months", "years"):
        raise Problem(f'{shown(value)} is not in days, weeks, months or years, as "8 months" is.')
    if length.compare(">=", Fraction(0)) is Answer.NO:
        raise Problem(f"{shown(value)} is below 0.")
    return length, unit


def _measured(entry: FactEntry, value: Any) -> tuple[Interval, str]:
    """(the number, its canonical unit) of a value as it stands in TOML."""
    if isinstance(value, _Beyond) or (isinstance(value, int) and abs(value) > 10**_MAX_EXPONENT):
        raise Problem(f"{shown(value)} is beyond any value in medicine.")
    if isinstance(value, str):
        if "..." in value:
            raise Problem(f"{shown(value)} is the template's placeholder; {_IN_PLACE_OF_DOTS}.")
        if not has_figure(value):
            raise Problem(_no_number(entry, value))
        interval, unit = parse_quantity(value, entry.unit)
    elif isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Problem(f"{shown(value)} is not a value; {how_written(entry.unit)}.")
    elif not Decimal(value).is_finite():
        raise Problem(f"{shown(value)} is not a number; {how_written(entry.unit)}.")
    else:
        interval, unit = Interval.exactly(Fraction(value)), "1"
    if unit == "1" and entry.unit == "titre":
        raise Problem(f'{shown(value)} is not a titre; write "1:8" or "<1:1" say.')
    if unit == "1" and entry.unit != "1":
        raise _NoUnit(entry, interval, value)
    return interval, unit


class _NoUnit(Problem):
    """A number without a unit, where one is due.

    The vocabulary does not tell which it is: 80 may be umol/L or mg/L, and a fix with either would
    make another number of it. What stands beside it may tell: a limit has the unit of its value,
    and a value that of its limits.
    """

    def __init__(self, entry: FactEntry, interval: Interval, value: Any) -> None:
        self.entry = entry
        self.interval = interval
        self.wrong = f"{shown(value)} has no unit"
        fix = f"write it with the number: {units_listed(entry, interval)}, say"
        if entry.unit == "%":
            fix = 'write the number in per cent, with "%"'
        super().__init__(f"{self.wrong}; {fix}.")

    def within(self, result: Mapping[str, Any]) -> str:
        """The sentence, where the number is the value or a limit of this result."""
        for key, name in _IN_ONE_UNIT.items():
            unit = _unit_told(self.entry, result[key]) if key in result else ""
            if not unit or "~" in str(self.interval):  # rounded it would be another number
                continue
            if is_plausible(self.entry, self.entry.to_unit(self.interval, unit)):
                fix = f'write "{self.interval} {unit}" if it is in the unit of {name}'
                return f"{self.wrong}; {fix}."
        return str(self)


_IN_ONE_UNIT = {"value": "the value", "upper": "the upper limit", "lower": "the lower limit"}


def _unit_told(entry: FactEntry, value: Any) -> str:
    """The unit of a value or a limit, where it has one that fits the fact."""
    try:
        interval, unit = _measured(entry, value)
        entry.to_unit(interval, unit)
    except Problem:
        return ""
    return unit


def units_listed(entry: FactEntry, number: Interval) -> str:
    """The units in which a number without one may be: "mg/dL, mg/L or umol/L"."""
    units = [
        unit
        for unit in usual_units(entry.unit, entry.grams_per_mole)
        if unit == entry.unit or is_plausible(entry, entry.to_unit(number, unit))
    ]
    return either(units[:_MOST_UNITS])


_MOST_UNITS = 4


def is_plausible(entry: FactEntry, converted: Interval) -> bool:
    """May it be so, as far as the vocabulary has it? `converted` is in the unit of the fact."""
    ends = entry.plausible or entry.bounds
    return not ends or converted.overlaps(Interval(_exactly(ends[0]), _exactly(ends[1])))


_IN_PLACE_OF_DOTS = "write the number in place of the dots, or take the line away"


def _no_number(entry: FactEntry, text: str) -> str:
    """What is wrong with a word in the place of a number, and what may be written."""
    if meant := meant_by(text, NOT_KNOWN):
        fix = " or ".join(f'"{word}"' for word in meant)
        if meant_by(text, ("not detected",)):
            fix = f'{fix} or, if nothing was detected, "<" and the limit of detection'
        return f"{shown(text)} is not a value; write {fix}."
    return f'{shown(text)} is not a value; {how_written(entry.unit)}, or "unknown" or "not done".'


def _likely(entry: FactEntry, interval: Interval, unit: str) -> list[str]:
    """The same number in other units, or a fraction in per cent, where that would be plausible."""
    if "~" in str(interval) or not interval.is_exact:
        return []
    texts: dict[Interval, str] = {}
    for other in usual_units(entry.unit, entry.grams_per_mole):
        converted = entry.to_unit(interval, other)
        if other != unit and is_plausible(entry, converted):
            texts.setdefault(converted, f"{interval} {other}")
    in_percent = interval.times(Fraction(100))
    if entry.unit == "%" and interval.compare("<=", Fraction(1)) is Answer.YES:
        texts = {in_percent: f"{in_percent} %"} if is_plausible(entry, in_percent) else {}
    return list(texts.values())


def _slip(entry: FactEntry, interval: Interval, unit: str) -> str:
    """The question that a number outside a range raises: is it of another unit?"""
    if entry.unit == "1":
        return ""
    likely = _likely(entry, interval, unit)[:2]
    return f" Is it {' or '.join(likely)}?" if likely else " Is the unit right?"


def _limit(entry: FactEntry, value: Any) -> tuple[Interval, str, Interval]:
    """(the number, its canonical unit, the number in the unit of the fact)."""
    try:
        interval, unit = _measured(entry, value)
        limit = entry.to_unit(interval, unit)
        if not limit.is_exact or limit.low is None or limit.low < 0:
            raise Problem(f"{shown(value)} is not one number above 0.")
    except Problem:
        if isinstance(value, str):
            _check_one_limit(entry, value)
        raise
    return interval, unit, limit


def _check_one_limit(entry: FactEntry, text: str) -> None:
    """Raises Problem for limits as laboratories print them, which say why a text is no limit: with
    a sign, or both in one.
    """
    if one := re.fullmatch(r"\s*(?:<=?|>=?|[≤≥])\s*(\d.*)", text):
        raise Problem(f'{shown(text)} is a limit with a sign; write the number alone, "{one[1]}".')
    number = r"(\d+(?:\.\d+)?)"
    if two := re.fullmatch(rf"[\s(\[]*{number}\s*(?:-|\u2013|~|to)\s*{number}(.*?)[\s)\]]*", text):
        unit = f" {two[3].strip()}" if two[3].strip() else ""
        each = "" if unit or entry.unit == "1" else ", each with its unit"
        fix = f'lower = "{two[1]}{unit}" and upper = "{two[2]}{unit}"'
        raise Problem(f"{shown(text)} is two limits; write {fix}{each}.")


def _completed(age: Interval) -> Interval:
    """An age in completed years: 18.5 years are 18, under 18.5 are 18 or less."""
    low, high = (None if end is None else Fraction(floor(end)) for end in (age.low, age.high))
    return Interval(low, high, age.low_open and low == age.low, age.high_open and high == age.high)


def _check_bounds(
    entry: FactEntry, interval: Interval, unit: str, converted: Interval, value: Any
) -> None:
    """Raises Problem for a value that nobody can have; `converted` is it in the fact's unit."""
    if entry.bounds is None:
        if converted.compare(">=", Fraction(0)) is Answer.NO:
            raise Problem(f"{shown(value)} is below 0.")
        return
    low, high = entry.bounds
    above = converted.compare(">=", _exactly(low))
    if Answer.NO in (above, converted.compare("<=", _exactly(high))):
        question = _slip(entry, interval, unit)
        raise Problem(
            f"{shown(value)} is out of range; expected {_ends(entry, low, high)}.{question}"
        )


def _ends(entry: FactEntry, low: Decimal | int, high: Decimal | int) -> str:
    """The range in words."""
    ends = f"{_plain(low)} to {_plain(high)}"
    return ends if entry.unit == "1" else f"{ends} {entry.unit}"


def _finding(entry: FactEntry, value: Any) -> str | bool:
    if not entry.choices:
        if not isinstance(value, bool):
            words = 'true or false, without quotes, or "unknown" or "not done"'
            raise Problem(f"{shown(value)} is not a finding; write {_yes_or_no(value) or words}.")
        return value
    if isinstance(value, str) and value in entry.synonyms:
        return entry.synonyms[value]
    if not isinstance(value, str) or value not in entry.choices:
        known = (*entry.choices, *NOT_KNOWN)
        words = ", ".join(repr(word) for word in known)
        hint = _meant(value, known) if isinstance(value, str) else ""
        raise Problem(f"{shown(value)} is none of {words}.{hint}")
    return value


def _yes_or_no(value: Any) -> str:
    """How "yes" and "no" are written, if that is what the value says."""
    meant = meant_by(value, ("true", "false", *NOT_KNOWN)) if isinstance(value, str) else []
    if meant and meant[0] in NOT_KNOWN:
        return f'"{meant[0]}"'
    return f"{meant[0]}, without quotes" if meant else ""


def _meant(text: str, known: tuple[str, ...]) -> str:
    """A closing sentence with the words that a text stands for, or else the nearest."""
    return asked(meant_by(text, known)) or slip_of(text, known)


def _given(value: Any) -> Given:
    """An answer: true, false or a label of a reading, alone or in a table with who and when."""
    if not isinstance(value, dict):
        return Given(_said(value))
    if "answer" not in value:
        raise Problem('is a table; a criterion with a point stands in quotes, "I11.a" = true.')
    for key in value:
        if key not in _GIVEN:
            hint = did_you_mean(key, _GIVEN) or f" It takes {', '.join(_GIVEN)}."
            raise Problem(f"has no key {_name(key)}.{hint}")
    said, question = _said(value["answer"]), value.get("question", "")
    if "question" in value and not (isinstance(question, str) and re.fullmatch(MARK, question)):
        again = "leave it out, or answer with `cartscreen ask`, which writes it"
        raise Problem(f"question = {shown(question)} is not the mark of a question; {again}.")
    if question and isinstance(said, str) and said not in NOT_KNOWN:
        raise Problem("question is for true and false; the label of a reading needs none.")
    by = _text(value["by"]) if "by" in value else ""
    return Given(said, question, by, _day(value.get("date", "unknown")))


def _reviewed(value: Any) -> tuple[PartialDate, Remarks] | None:
    """The day of a review, alone or in a table with its source, a note and who made it."""
    table = value if isinstance(value, dict) else {"date": value}
    if "date" not in table:
        raise Problem("is a table without `date`; write { date = ..., source = ... }.")
    for key in table:
        if key not in _REVIEW:
            hint = did_you_mean(key, _REVIEW) or f" It takes {', '.join(_REVIEW)}."
            raise Problem(f"has no key {_name(key)}.{hint}")
    day = _day(table["date"])
    told = {key: _text(table[key]) for key in _REMARKS_OF_REVIEW if key in table}
    return (day, Remarks(**told) if told else NO_REMARKS) if day else None


_REMARKS_OF_REVIEW = ("source", "note", "by")
_REVIEW = ("date", *_REMARKS_OF_REVIEW)
_GIVEN = ("answer", "question", "by", "date")


def _said(value: Any) -> bool | str:
    if not isinstance(value, bool | str):
        raise Problem(f"{shown(value)} is not true, false or the label of a reading in quotes.")
    return value if isinstance(value, bool) else _text(value)


def _written(value: Any) -> str:
    """A quantity as the profile wrote it."""
    return " ".join(value.split()) if isinstance(value, str) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
