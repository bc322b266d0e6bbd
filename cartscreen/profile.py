"""One patient: a TOML file becomes a Profile, every value in its fact's canonical unit.

Nothing is guessed. A name that the vocabulary does not declare, a value of another shape, a unit
that is missing or does not fit are faults, each named by its field; all faults of a file are
reported together. "unknown", "not done" and "indeterminate" may stand for any value.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, Span, shift
from cartscreen.errors import InputError, Problem, did_you_mean, shown
from cartscreen.units import LLN, ULN, Interval, parse_quantity
from cartscreen.vocabulary import NOT_KNOWN, FactEntry, RecordEntry, Vocabulary

MAX_BYTES = 10_000_000
_MAX_DEPTH = 20
_MAX_EXPONENT = 15


class Ongoing:
    """The value of a date that has not come yet: still going on."""

    def __str__(self) -> str:
        return "ongoing"


ONGOING = Ongoing()

Value = Interval | PartialDate | Ongoing | Span | str | bool
"""A quantity, a date, a time that is derived, a word or drug or free text, yes or no."""


@dataclass(frozen=True)
class Observation:
    """One recorded value of a fact, or of a field of a record.

    value    None when the profile says "unknown" or "not done", or the drug is not recognised
    text     the value as the profile wrote it
    date     when it was observed; None when not stated
    upper    the result's own upper limit of normal, in the fact's unit; `lower` likewise
    unit     where it is not the fact's own: ULN or LLN for a multiple of that limit; the unit of a time
    vague    why an Interval is not one number (a reason code), and `missing`, what would settle it
    origin   the derivation in words, for a derived value
    inputs   the observations a derived value was made from, by fact
    """

    value: Value | None
    text: str
    date: PartialDate | None = None
    upper: Fraction | None = None
    lower: Fraction | None = None
    unit: str = ""
    preliminary: bool = False
    vague: str = "censored"
    missing: tuple[str, ...] = ()
    origin: str = ""
    inputs: tuple[tuple[str, "Observation"], ...] = ()


@dataclass(frozen=True)
class Record:
    """One entry of a record list: `number` counts from 1, as a person would."""

    number: int
    fields: Mapping[str, Observation]


@dataclass(frozen=True)
class Profile:
    """One patient: pseudonym, facts, records, lists that were reviewed, answers by trial."""

    patient: str
    facts: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    reviewed: Mapping[str, PartialDate] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, bool | str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def screening(self) -> PartialDate | None:
        """The screening date, if the profile states one."""
        stated = self.facts.get("dates.screening")
        value = stated[0].value if stated else None
        return value if isinstance(value, PartialDate) else None


def parse_profile(content: bytes, vocabulary: Vocabulary, where: str) -> Profile:
    """The profile in these bytes. Raises InputError with every fault, each naming its field."""
    data = _toml(content, where)
    reader = _Reader(vocabulary)
    profile = reader.profile(data, hashlib.sha256(content).hexdigest())
    if reader.faults:
        raise InputError(*(f"{where}: {fault}" for fault in reader.faults))
    return profile


def _toml(content: bytes, where: str) -> dict[str, Any]:
    """TOML, or an InputError that says what stands in the way; bounded in time and memory."""
    if len(content) > MAX_BYTES:
        raise InputError(f"{where}: the file is larger than {MAX_BYTES // 1_000_000} MB.")
    if not content.strip():
        raise InputError(
            f"{where}: the file is empty. `cartscreen template` writes one to fill in."
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{where}: the file is UTF-16. Save it as UTF-8.")
    if content.startswith(b"\xef\xbb\xbf"):
        raise InputError(
            f"{where}: the file begins with a byte order mark. Save it as UTF-8 without."
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise InputError(
            f"{where}: byte {fault.start + 1} is not UTF-8. Save it as UTF-8."
        ) from None
    if _DEEP_KEY.search(text):
        raise InputError(f"{where}: a key has more than {_MAX_DEPTH} parts.")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{where}: this is not TOML: {_toml_fault(str(fault))}") from None
    except ValueError:
        raise InputError(f"{where}: a number has thousands of digits.") from None
    except RecursionError:
        raise InputError(f"{where}: tables or lists are nested too deeply.") from None


# tomllib takes seconds and hundreds of megabytes for a dotted key of ten thousand parts
_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?>[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % _MAX_DEPTH
)


def _toml_fault(message: str) -> str:
    """Tomllib's message, without the piece of the file that it may quote."""
    place = re.search(r"\(at [^)]*\)\s*$", message)
    known = (
        ("Cannot overwrite a value", "a name is written twice"),
        ("Cannot declare", "a table is written twice"),
        ("Cannot mutate immutable", "a table is written twice"),
        ("Duplicate inline table key", "a name is written twice in one table"),
        ("Illegal character", "there is a control character"),
        ("Invalid date", "a date is not in the calendar"),
        ("Unterminated string", "a quotation mark is missing"),
        ("Expected '=' after a key", "a name has no `=` and value"),
        ("Unclosed array", "a `]` is missing"),
        ("Unclosed inline table", "a `}` is missing"),
        (
            "Invalid value",
            "a value is not TOML (text stands in quotes, a decimal point is a point)",
        ),
        ("Expected newline", "something follows a value on its line (text stands in quotes)"),
    )
    said = next((ours for theirs, ours in known if message.startswith(theirs)), "it does not parse")
    return f"{said} {place[0]}." if place else f"{said}."


class _Reader:
    """Reads one profile and collects its faults."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def profile(self, data: dict[str, Any], sha256: str) -> Profile:
        facts: dict[str, tuple[Observation, ...]] = {}
        records: dict[str, tuple[Record, ...]] = {}
        reviewed: dict[str, PartialDate] = {}
        answers: dict[str, Mapping[str, bool | str]] = {}
        patient = ""
        if "schema" not in data:
            self.fault("schema", "is missing; write `schema = 1` at the top.")
        for key, value in data.items():
            match key:
                case "schema":
                    if value is True or value != 1:
                        self.fault("schema", f"{shown(value)} is not known; this program reads 1.")
                case "patient":
                    patient = value if isinstance(value, str) else ""
                    if not patient.strip() or len(patient) > 200:
                        self.fault(
                            "patient", "is not a pseudonym: text in quotes, up to 200 letters."
                        )
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
                    hint = did_you_mean(key, [*known, "reviewed", "answers", "patient", "schema"])
                    self.fault(shown(key), f"is not a section of the vocabulary.{hint}")
        self.check_dates(facts)
        return Profile(patient, facts, records, reviewed, answers, tuple(self.warnings), sha256)

    def fault(self, place: str, text: str) -> None:
        self.faults.append(f"{place}: {text}" if not text.startswith("is ") else f"{place} {text}")

    def section(self, section: str, data: Any) -> Iterator[tuple[str, tuple[Observation, ...]]]:
        if not isinstance(data, dict):
            self.fault(section, f"is not a table; write [{section}] on a line of its own.")
            return
        for key, value in data.items():
            name = f"{section}.{key}"
            entry = self.vocabulary.facts.get(name)
            if entry is None:
                hint = did_you_mean(key, self.vocabulary.sections[section])
                hint = hint or self.vocabulary.suggestion(name)
                self.fault(f"{section}.{shown(key).strip(chr(39))}", f"is not a fact.{hint}")
            elif observations := self.series(name, entry, value):
                yield name, observations

    def series(self, name: str, entry: FactEntry, value: Any) -> tuple[Observation, ...]:
        """The results of a fact; one, or a list of dated ones."""
        if not isinstance(value, list):
            found = self.observation(name, entry, value)
            return (found,) if found else ()
        if not value:
            self.fault(name, "is an empty list; leave it out when nothing is recorded.")
        if entry.kind == "date":
            self.fault(name, "is a list; this fact is one date.")
            return ()
        results = [
            self.observation(f"{name}[{number}]", entry, item)
            for number, item in enumerate(value, start=1)
        ]
        kept = [found for found in results if found]
        if len(kept) > 1 and any(found.date is None for found in kept):
            self.fault(name, "is a series in which a result has no date; add date = ... to each.")
        return tuple(kept)

    def observation(self, place: str, entry: FactEntry, value: Any) -> Observation | None:
        """One value, plain or { value, upper, lower, date, status }; None if withdrawn or faulty."""
        more: dict[str, Any] = {}
        if isinstance(value, dict):
            known = ["value", "date", "status"] + (
                ["upper", "lower"] if entry.kind == "quantity" else []
            )
            for key in value:
                if key not in known:
                    hint = did_you_mean(key, known)
                    self.fault(place, f"has no key {shown(key)}.{hint or f' It takes {known}.'}")
            if "value" not in value:
                self.fault(place, "is a table without `value`.")
                return None
            more, value = value, value["value"]
        try:
            observed = PartialDate.parse(more["date"]) if "date" in more else None
            preliminary, withdrawn = self.status(place, more.get("status", "final"))
            parsed, text, unit = self.value(place, entry, value)
            upper = self.limit(entry, more.get("upper"), "upper")
            lower = self.limit(entry, more.get("lower"), "lower")
            if upper is not None and lower is not None and lower > upper:
                raise Problem("the lower limit is above the upper limit.")
        except Problem as problem:
            self.fault(place, str(problem))
            return None
        if withdrawn:
            self.warnings.append(f"{place}: a result marked entered-in-error was left out.")
            return None
        return Observation(parsed, text, observed, upper, lower, unit, preliminary)

    def status(self, place: str, status: Any) -> tuple[bool, bool]:
        """(preliminary, withdrawn)."""
        if status not in ("final", "preliminary", "entered-in-error"):
            raise Problem('the status is not "final", "preliminary" or "entered-in-error".')
        if status == "preliminary":
            self.warnings.append(f"{place}: a preliminary result is used.")
        return status == "preliminary", status == "entered-in-error"

    def value(self, place: str, entry: FactEntry, value: Any) -> tuple[Value | None, str, str]:
        """(value, the text it was written as, its unit where that is not the fact's)."""
        if isinstance(value, str) and value in NOT_KNOWN:
            return None, value, ""
        if value in entry.words and "ongoing" in entry.words:
            return ONGOING, "ongoing", ""
        match entry.kind:
            case "quantity":
                return self.quantity(place, entry, value)
            case "date":
                parsed = PartialDate.parse(value)
                return parsed, str(parsed), ""
            case "finding":
                return self.finding(entry, value), _plain(value), ""
            case "drug":
                if not isinstance(value, str) or not value.strip():
                    raise Problem("the drug is not a name in quotes.")
                return self.drug(place, value), value, ""
            case "duration":
                if not isinstance(value, str):
                    raise Problem('is not a time in quotes, "8 months" say.')
                length, unit = parse_quantity(value)
                if unit not in ("days", "weeks", "months", "years"):
                    raise Problem('is not in days, weeks, months or years: "8 months", say.')
                return length, value, unit
            case "text":
                if not isinstance(value, str):
                    raise Problem("is not text in quotes.")
                return value, value, ""

    def quantity(self, place: str, entry: FactEntry, value: Any) -> tuple[Interval, str, str]:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise Problem(f"{shown(value)} is not a number with a unit.")
        text = value if isinstance(value, str) else _plain(value)
        if isinstance(value, Decimal) and not value.is_finite():
            raise Problem(f"{shown(text)} is not a number.")
        if isinstance(value, str):
            interval, unit = parse_quantity(value)
        else:
            if abs(Decimal(value).adjusted()) > _MAX_EXPONENT:
                raise Problem("is beyond any value in medicine.")
            interval, unit = Interval.exactly(Fraction(value)), "1"
        if unit == "1" and entry.unit != "1":
            wrong = f"{shown(value)} has no unit; write {_example(text, entry.unit)}"
            raise Problem(f"{wrong} if that is its unit.")
        if unit in (ULN, LLN):
            if entry.unit == "titre" or interval.compare(">=", Fraction(0)) is not Answer.YES:
                raise Problem(f"{shown(value)} does not fit this fact.")
            return interval, text, unit
        converted = entry.to_unit(interval, unit)
        self.bounds(place, entry, converted, text)
        return converted, text, ""

    def bounds(self, place: str, entry: FactEntry, value: Interval, text: str) -> None:
        if entry.bounds is not None:
            low, high = Fraction(entry.bounds[0]), Fraction(entry.bounds[1])
            if not value.overlaps(Interval(low, high)) or (
                value.is_exact and not _within(value, low, high)
            ):
                unit = "" if entry.unit == "1" else f" {entry.unit}"
                raise Problem(f"{shown(text)} is out of range; expected {low} to {high}{unit}.")
        if entry.plausible is not None:
            low, high = Fraction(entry.plausible[0]), Fraction(entry.plausible[1])
            if not value.overlaps(Interval(low, high)):
                ends = f"{_plain(entry.plausible[0])} to {_plain(entry.plausible[1])} {entry.unit}"
                self.warnings.append(
                    f"{place}: {text} is outside what is plausible ({ends}); is the unit right?"
                )

    def limit(self, entry: FactEntry, value: Any, which: str) -> Fraction | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise Problem(f"the {which} limit is not a number with a unit.")
        interval, unit = parse_quantity(value if isinstance(value, str) else _plain(value))
        if unit == "1" and entry.unit != "1":
            raise Problem(f"the {which} limit {shown(value)} has no unit.")
        converted = entry.to_unit(interval, unit)
        if not converted.is_exact or converted.low is None or converted.low <= 0:
            raise Problem(f"the {which} limit {shown(value)} is not a number above 0.")
        return converted.low

    def finding(self, entry: FactEntry, value: Any) -> str | bool:
        if not entry.choices:
            if not isinstance(value, bool):
                raise Problem(f"{shown(value)} is not true or false.")
            return value
        if not isinstance(value, str) or value not in entry.choices:
            words = ", ".join(repr(word) for word in entry.choices)
            hint = did_you_mean(value, entry.choices) if isinstance(value, str) else ""
            raise Problem(f"{shown(value)} is none of {words}.{hint}")
        return value

    def drug(self, place: str, name: str) -> str | None:
        if drug := self.vocabulary.drug_named(name):
            return drug.name
        hint = did_you_mean(name, self.vocabulary.drug_names)
        self.warnings.append(
            f"{place}: the drug {shown(name)} is not recognised; what depends on it stays unknown.{hint}"
        )
        return None

    def records(self, name: str, data: Any) -> Iterator[Record]:
        entry = self.vocabulary.records[name]
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            self.fault(name, f"is not a list of entries; write [[{name}]] above each.")
            return
        for number, item in enumerate(data, start=1):
            yield Record(number, dict(self.record(f"{name}[{number}]", entry, item)))

    def record(
        self, place: str, entry: RecordEntry, data: dict[str, Any]
    ) -> Iterator[tuple[str, Observation]]:
        if not data:
            self.fault(place, "is empty.")
        for key, value in data.items():
            field_entry = entry.fields.get(key)
            if field_entry is None:
                hint = did_you_mean(key, entry.fields) or f" It has {', '.join(entry.fields)}."
                self.fault(place, f"has no field {shown(key)}.{hint}")
            elif isinstance(value, dict | list):
                self.fault(f"{place}.{key}", "is a table or a list; write a plain value.")
            elif found := self.observation(f"{place}.{key}", field_entry, value):
                yield key, found

    def reviewed(self, data: Any) -> Iterator[tuple[str, PartialDate]]:
        if not isinstance(data, dict):
            self.fault("reviewed", "is not a table; write [reviewed] on a line of its own.")
            return
        for key, value in data.items():
            if key not in self.vocabulary.records:
                hint = did_you_mean(key, self.vocabulary.records)
                self.fault(f"reviewed.{key}", f"is not a list of records.{hint}")
                continue
            try:
                yield key, PartialDate.parse(value)
            except Problem as problem:
                self.fault(f"reviewed.{key}", str(problem))

    def answers(self, data: Any) -> Iterator[tuple[str, dict[str, bool | str]]]:
        if not isinstance(data, dict) or not all(isinstance(v, dict) for v in data.values()):
            self.fault("answers", "is not a table for each trial; write [answers.<trial>].")
            return
        for trial, given in data.items():
            for criterion, value in given.items():
                if not isinstance(value, bool | str):
                    self.fault(
                        f"answers.{trial}.{shown(criterion)}",
                        f"{shown(value)} is not true, false or the label of a reading.",
                    )
            yield trial, {k: v for k, v in given.items() if v not in NOT_KNOWN}

    def check_dates(self, facts: Mapping[str, tuple[Observation, ...]]) -> None:
        """No visit but consent lies before screening, and no birth after it."""
        dated = {
            name: found[0].value
            for name, found in facts.items()
            if name.startswith("dates.") and isinstance(found[0].value, PartialDate)
        }
        screening = dated.get("dates.screening")
        birth = facts.get("person.birth_date")
        if screening is not None and not screening.is_exact:
            self.fault("dates.screening", "is not a full date, year-month-day.")
        for name, visit in dated.items():
            if name == "dates.consent" or screening is None:
                continue
            if visit.latest < screening.earliest:
                self.fault(name, f"{visit} lies before the screening date, {screening}.")
        if screening and birth and isinstance(birth[0].value, PartialDate):
            if birth[0].value.earliest > screening.latest:
                self.fault("person.birth_date", "lies after the screening date.")
            elif shift(birth[0].value.latest, 130, "years") < screening.earliest:
                self.fault("person.birth_date", "would make the person older than 130 years.")


def _within(value: Interval, low: Fraction, high: Fraction) -> bool:
    return value.low is not None and value.high is not None and low <= value.low <= high


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _example(text: str, unit: str) -> str:
    return '"1:8"' if unit == "titre" else f'"{text} {unit}"'
