"""A draft is written into a profile that is there: what is missing, and never over what stands.

By `source` the same result or entry is known again, so that importing twice changes nothing. What
the file says otherwise is listed. What a person has typed keeps every byte.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cartscreen.errors import InputError, Problem
from cartscreen.importing.draft import Draft, Result, braces, value_text, written
from cartscreen.profile.edit import Steps, data_of, value_at, with_result, with_value
from cartscreen.vocabulary import RecordEntry, Vocabulary

_SAME_PERSON = ("person.birth_date", "person.sex")


@dataclass
class Merged:
    """The text of the profile, how much was added and how much stood there, and what differs."""

    text: str
    added: int = 0
    there: int = 0
    differs: list[str] = field(default_factory=list)


def merge(text: str, draft: Draft) -> Merged:
    """The profile with what the draft knows beyond it. Raises InputError for another person."""
    found = Merged(text)
    for fact, result in draft.person.items():
        stated = value_at(data_of(found.text), tuple(fact.split(".")))
        if fact in _SAME_PERSON and stated is not None:
            _check_same(fact, _result(stated), result)
    for fact in (*draft.person, *draft.facts):
        results = [draft.person[fact]] if fact in draft.person else draft.facts[fact]
        _merge_fact(found, draft, fact, results)
    for name, entries in draft.records.items():
        for entry in entries:
            _merge_entry(found, draft.vocabulary, name, entry)
    for name, review in draft.reviewed.items():
        if value_at(data_of(found.text), ("reviewed", name)) is not None:
            found.there += 1
        else:
            _write(found, ("reviewed", name), braces(review), name)
    for trial, given in draft.answers.items():
        for key, answer in given.items():
            stated = value_at(data_of(found.text), ("answers", trial, key))
            if stated is None:
                _write(found, ("answers", trial, key), braces(answer), f"answers.{trial}.{key}")
            elif (stated if isinstance(stated, bool | str) else _entry(stated).get("answer")) == (
                answer["answer"]
            ):
                found.there += 1
            else:
                found.differs.append(f"answers.{trial}.{key}: the source answers otherwise")
    return found


def _check_same(fact: str, stated: Result, imported: Result) -> None:
    said, other = str(stated.get("value", "")), str(imported["value"])
    if not (said.startswith(other) or other.startswith(said)):
        raise InputError(
            f"{fact} of the profile is not that of the source: this may be another person; "
            "nothing was written."
        )


def _merge_fact(found: Merged, draft: Draft, fact: str, results: list[Result]) -> None:
    path: Steps = tuple(fact.split("."))
    stated = value_at(data_of(found.text), path)
    if stated is None:
        _write(found, path, written(results), fact, many=len(results))
        return
    known = [_result(item) for item in (stated if isinstance(stated, list) else [stated])]
    entry = draft.vocabulary.facts[fact]
    for result in results:
        like = next((item for item in known if _is_of(item, result)), None)
        if like is None and all("date" in item for item in known) and entry.kind != "date":
            _write(found, path, braces(result, plain=False), fact, one_more=True)
            known.append(result)
        elif like is not None and _says_the_same(draft, fact, like, result):
            found.there += 1
        else:
            said = like or known[0]
            found.differs.append(
                f"{fact}: the profile says {_told(said)}, the source {_told(result)}"
            )


def _write(
    found: Merged, path: Steps, value: str, what: str, *, many: int = 1, one_more: bool = False
) -> None:
    """A value at a place of the text that has none, or one more result at a place that has."""
    try:
        found.text = (with_result if one_more else with_value)(found.text, path, value)
        found.added += many
    except Problem:
        found.differs.append(_no_room(what, value.split("\n")[0]))


def _no_room(what: str, value: str) -> str:
    return f"{what}: the profile is laid out so that {value} cannot be added; write it there"


def _is_of(item: Result, result: Result) -> bool:
    """Is it the same result: of one source, or where one was typed, of one day?"""
    sources = item.get("source"), result.get("source")
    if all(sources):
        return sources[0] == sources[1]
    return item.get("date") == result.get("date")


def _says_the_same(draft: Draft, fact: str, item: Result, result: Result) -> bool:
    one, other = (draft.tried(fact, each)[0] for each in (item, result))
    same_day = item.get("date") == result.get("date")
    return one is not None and other is not None and one.value == other.value and same_day


def _merge_entry(found: Merged, vocabulary: Vocabulary, name: str, entry: Result) -> None:
    data = data_of(found.text).get(name, [])
    known = [_entry(item) for item in data if isinstance(item, dict)]
    place = "note" if "source" in vocabulary.records[name].fields else "source"
    for number, item in enumerate(known):
        if item.get(place) == entry[place]:
            _merge_fields(found, name, number, item, entry)
            return
    for number, item in enumerate(known, start=1):
        if place not in item and _may_be(vocabulary.records[name], item, entry):
            found.differs.append(
                f"{name}: entry {number} of the profile may be {_told(entry)} of the source, "
                "which was not added"
            )
            return
    lines = [f"{key} = {value_text(key, value)}" for key, value in entry.items()]
    end = "" if found.text.endswith("\n") else "\n"
    text = "\n".join((f"{found.text}{end}", f"[[{name}]]", *lines)) + "\n"
    if _adds_one(found.text, text, name):
        found.text = text
        found.added += 1
    else:
        found.differs.append(_no_room(name, _told(entry)))


def _may_be(record: RecordEntry, item: Result, entry: Result) -> bool:
    """May an entry that was typed be this one of the source?

    Of one drug any: doses of two entries that are one would add up. Else of one kind, unless the
    two began on different days.
    """
    first = next(iter(entry))
    if item.get(first) != entry[first]:
        return False
    days = [each.get(record.first_date or "") for each in (item, entry)]
    return record.tells_of_drugs or not all(days) or days[0] == days[1]


def _merge_fields(found: Merged, name: str, number: int, item: Result, entry: Result) -> None:
    """Fields that the entry lacks are written; what it says otherwise is listed."""
    lacks = [key for key in entry if key not in item]
    for key in lacks:
        _write(found, (name, number, key), value_text(key, entry[key]), name)
    for key, value in entry.items():
        if key not in lacks and item[key] != value:
            found.differs.append(
                f"{name}: entry {number + 1} says {key} {item[key]}, the source {value}"
            )
    found.there += not lacks


def _adds_one(before: str, after: str, name: str) -> bool:
    """Says the text after what the one before says, and one more entry of the list?"""
    try:
        old, new = data_of(before), data_of(after)
    except ValueError:
        return False
    entries = new.get(name)
    return isinstance(entries, list) and {**old, name: [*old.get(name, []), entries[-1]]} == new


def _result(value: Any) -> Result:
    """A result of a profile as a draft has it."""
    return _entry(value) if isinstance(value, dict) else {"value": _text(value)}


def _entry(data: Mapping[str, Any]) -> Result:
    return {key: _text(value) for key, value in data.items()}


def _text(value: Any) -> str | bool:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool) else str(value)


def _told(result: Result) -> str:
    """A result or an entry in a few words."""
    first = str(next(iter(result.values())))
    more = [result[key] for key in ("date", "start", "source") if key in result]
    return f"{first} ({', '.join(map(str, more))})" if more else first


def lines(found: Merged) -> Iterator[str]:
    """What was merged, for the person at the keyboard."""
    yield f"Into the profile: {found.added} added, {found.there} there already."
    if found.differs:
        yield "What differs, and was not written:"
        yield from (f"  {said}" for said in found.differs)
