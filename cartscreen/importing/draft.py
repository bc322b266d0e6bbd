"""A profile that is being made: each value is tried as a profile would read it, then written."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from cartscreen.dates import PartialDate
from cartscreen.errors import Problem
from cartscreen.observation import Observation
from cartscreen.profile.edit import quoted
from cartscreen.profile.read import ProfileReader
from cartscreen.vocabulary import Vocabulary

Result = Mapping[str, str | bool]
"""The keys of a result or an entry, as a profile writes them; dates are text."""


Read = dict[tuple[object, ...], tuple[Observation | None, str]]
"""Fact, value and limits -> what `Draft.tried` says of them; patients may share one."""

_MOST_KEPT = 20_000
_VALUED = ("value", "upper", "lower", "limit")


class Draft:
    """What is known of one patient so far.

    facts       fact -> results;  records   list -> entries;  reviewed   list -> its review
    answers     trial -> question -> what a person has answered
    pseudonym   the one that the source itself gives, if it does
    """

    def __init__(self, vocabulary: Vocabulary, read: "Read | None" = None) -> None:
        self.vocabulary = vocabulary
        self._read: Read = {} if read is None else read
        self.birth: PartialDate | None = None
        self.pseudonym = ""
        self.person: dict[str, Result] = {}
        self.facts: dict[str, list[Result]] = {}
        self.records: dict[str, list[Result]] = {}
        self.reviewed: dict[str, Result] = {}
        self.answers: dict[str, dict[str, Result]] = {}

    def fault_of(self, fact: str, result: Result) -> str:
        """Why the profile would refuse this result, in general words; empty where it would not."""
        return self.tried(fact, result)[1]

    def tried(self, fact: str, result: Result) -> tuple[Observation | None, str]:
        """(the result as the profile has it, why it would be refused)."""
        found, fault = self._value(fact, result)
        if found is not None and self._before_birth((result["value"], result.get("date"))):
            return found, "dated before birth"
        return found, fault

    def _value(self, fact: str, result: Result) -> tuple[Observation | None, str]:
        """The value with its limits. The same text is read once: charts repeat themselves."""
        key = (fact, *map(result.get, _VALUED))
        if key not in self._read:
            said = {key: result[key] for key in _VALUED if key in result}
            entry = self.vocabulary.facts[fact]
            reader = ProfileReader(self.vocabulary, "", b"")
            found = reader.observation(fact, entry, said)
            if len(self._read) > _MOST_KEPT:
                self._read.clear()
            is_read = found is not None and not reader.faults
            self._read[key] = (found, "") if is_read else (None, _why(reader.faults))
        return self._read[key]

    def fault_of_entry(self, name: str, entry: Result) -> str:
        """Why the profile would refuse this entry; empty where it would not."""
        reader = ProfileReader(self.vocabulary, "", b"")
        list(reader.records(name, [dict(entry)]))
        if reader.faults:
            return _NOT_READ
        return "dated before birth" if self._before_birth(entry.values()) else ""

    def _before_birth(self, values: Iterable[object]) -> bool:
        if self.birth is None:
            return False
        for value in values:
            day = _partial(value)
            if day is not None and day.latest < self.birth.earliest:
                return True
        return False

    def add(self, fact: str, result: Result) -> None:
        self.facts.setdefault(fact, []).append(result)

    def add_entry(self, name: str, entry: Result) -> None:
        self.records.setdefault(name, []).append(entry)

    def toml(self, patient: str) -> str:
        """The text of the profile."""
        lines = ["schema = 1", f"patient = {quoted(patient)}"]
        if self.reviewed:
            lines += ["", "[reviewed]"]
            lines += [f"{name} = {braces(review)}" for name, review in self.reviewed.items()]
        sections: dict[str, list[str]] = {}
        known = [*self.person, *(name for name in self.facts if name not in self.person)]
        order = {name: number for number, name in enumerate(self.vocabulary.facts)}
        for name in sorted(known, key=order.__getitem__):
            section, _, short = name.partition(".")
            results = [self.person[name]] if name in self.person else self.facts[name]
            sections.setdefault(section, []).append(f"{short} = {written(results)}")
        for section, facts in sections.items():
            lines += ["", f"[{section}]", *facts]
        for name, entries in self.records.items():
            for entry in entries:
                lines += ["", f"[[{name}]]"]
                lines += [f"{key} = {value_text(key, value)}" for key, value in entry.items()]
        for trial, given in self.answers.items():
            lines += ["", f"[answers.{quoted(trial)}]"]
            lines += [f"{quoted(key)} = {braces(answer)}" for key, answer in given.items()]
        return "\n".join(lines) + "\n"


def written(results: list[Result]) -> str:
    """The results of a fact as TOML: a plain value, one in braces, or a list, a line each."""
    if len(results) == 1:
        return braces(results[0])
    return "[\n" + "".join(f"  {braces(result)},\n" for result in results) + "]"


def braces(result: Result, *, plain: bool = True) -> str:
    """A result as TOML; without braces, where `plain` and there is nothing but a value."""
    if plain and result.keys() == {"value"}:
        return value_text("value", result["value"])
    pairs = (f"{key} = {value_text(key, value)}" for key, value in result.items())
    return f"{{ {', '.join(pairs)} }}"


def value_text(key: str, value: str | bool) -> str:
    """A value as TOML: a full date without quotes, any other text with them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if len(value) != len("2026-10-01") or key in _TEXTS or _partial(value) is None:
        return quoted(value)
    return value


_TEXTS = ("source", "note", "name")
_LONGEST = 200


def one_line(text: str) -> str:
    """A text of others as a profile may hold it: what shows, on one line, and not too long."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    short = " ".join(shown.split())
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 3]}..."


def _partial(value: object) -> PartialDate | None:
    if not isinstance(value, str) or not value[:4].isdecimal() or len(value) > len("2026-10-01"):
        return None
    return _known_date(value)


@lru_cache(_MOST_KEPT)
def _known_date(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text)
    except Problem:
        return None


def is_later(day: str, than: date) -> bool:
    """Lies the first day that it may be after another?"""
    found = _known_date(day) or PartialDate.parse(day)
    return found.earliest > than


def is_before(day: str, other: str) -> bool:
    """Does the one lie before the other, whatever days they are?"""
    return PartialDate.parse(day).latest < PartialDate.parse(other).earliest


_NOT_READ = "its value is not understood"


def _why(faults: list[str]) -> str:
    """The reason in general words: what a report counts holds no value of a patient."""
    said = " ".join(faults)
    if "out of range" in said or "below 0" in said:
        return "its value is out of range; is the unit right?"
    if "the unit" in said or "the value is in" in said or "has no unit" in said:
        return "its unit does not fit"
    return _NOT_READ
