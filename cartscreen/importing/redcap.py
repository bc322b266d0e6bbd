"""A profile as a REDCap project: the data dictionary, and its raw export back as a profile.

    section            a form; each finding and each date a field, with its day beside it
    result             a repeating form: any fact, with limits, day, status: numbers, and series
    a list             a repeating form, an entry in each
    reviewed           the days on which lists were read to their end
    answers_...        a form for each trial; a field belongs to one wording of its question

The codes of choices are words, so that they stay what they are when a vocabulary grows.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cartscreen.dates import PartialDate
from cartscreen.errors import Problem
from cartscreen.importing.cells import Row
from cartscreen.importing.draft import Draft, Read, Result, one_line
from cartscreen.importing.lists import NO_VALUE
from cartscreen.importing.patient import How
from cartscreen.importing.results import BEFORE_SINCE
from cartscreen.importing.tabular import DIFFER
from cartscreen.importing.tally import Fate, Tally
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.profile.model import STATUSES, question_mark
from cartscreen.vocabulary import NOT_KNOWN, FactEntry, RecordEntry

RECORD_ID = "record_id"
COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
RESULT_KEYS = ("value", "upper", "lower", "limit", "date", "status", "source", "note")
_DAY = "YYYY-MM-DD, YYYY-MM or YYYY"
_YES_NO = ("yes", "no")


def slug(text: str) -> str:
    """A name or a word as REDCap takes it: small letters, digits and single underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def is_field(entry: FactEntry) -> bool:
    """Has the fact a field of its own? All others, and series, are rows of the form `result`."""
    return entry.kind == "date" or (entry.kind == "finding" and entry.measured is None)


def has_day(entry: FactEntry) -> bool:
    """Has the field of the fact one for its day beside it?"""
    changes = any(length for _, length in entry.speaks.lengths)
    return is_field(entry) and entry.kind != "date" and changes


def fields_of(record: RecordEntry) -> Iterator[FactEntry]:
    """The fields of a list that a form has: not what follows from others, and no doses in a row."""
    for entry in record.fields.values():
        if record.is_written(entry.name) and entry.kind != "steps":
            yield entry


def words_of(entry: FactEntry) -> tuple[str, ...]:
    """The words of a finding, yes and no where it has none, and those for what is not known."""
    return (*(entry.choices or _YES_NO), *NOT_KNOWN)


def questions(trial: Trial) -> Iterator[tuple[str, str, str]]:
    """(variable, criterion, text of the question) of each; the variable has the question's mark."""
    for criterion in trial.criteria:
        if criterion.question is not None:
            text = criterion.question.text
            yield f"{slug(trial.id)}_{slug(criterion.id)}_{question_mark(text)}", criterion.id, text


def choices(trial: Trial) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """(variable, name, code -> label) of each choice between readings."""
    for choice in trial.choices.values():
        labels = {f"r_{question_mark(label)}": label for label in choice.labels}
        yield f"{slug(trial.id)}_reading_{slug(choice.name)}", choice.name, labels


# the dictionary


def dictionary(pack: Pack, trials: Sequence[Trial], wanted: Collection[str]) -> str:
    """The data dictionary of a project with these facts, lists and trials, as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for one in _Dictionary(pack, trials, wanted).rows():
        writer.writerow(one)
    return text.getvalue()


_Line = dict[str, str]


class _Dictionary:
    def __init__(self, pack: Pack, trials: Sequence[Trial], wanted: Collection[str]) -> None:
        self.pack = pack
        self.trials = trials
        facts = pack.vocabulary.facts.items()
        self.facts = [entry for name, entry in facts if name in wanted]
        self.lists = [e for name, e in pack.vocabulary.records.items() if name in wanted]

    def rows(self) -> Iterator[_Line]:
        yield _line(RECORD_ID, "patient", "Pseudonym", note="no name, no number of the hospital")
        by_section: dict[str, list[FactEntry]] = {}
        for entry in filter(is_field, self.facts):
            by_section.setdefault(entry.name.partition(".")[0], []).append(entry)
        for section, entries in by_section.items():
            for entry in entries:
                yield from self._fact(f"about_{slug(section)}", entry)
        yield from self._result()
        for record in self.lists:
            for entry in fields_of(record):
                name = f"{slug(record.name)}_{slug(entry.name)}"
                yield _field(name, slug(record.name), entry, f"{record.name}.{entry.name}")
            for key in _remarks(record):
                yield _line(f"{slug(record.name)}_{key}", slug(record.name), key.capitalize())
        for record in self.lists:
            label = f"{record.label}: the chart was read to its end on"
            yield _line(f"reviewed_{slug(record.name)}", "reviewed", label, note=_DAY)
        for trial in self.trials:
            form = f"answers_{slug(trial.id)}"
            for name, criterion, text in questions(trial):
                yield _line(name, form, f"{criterion}: {text}", _coded((*_YES_NO, *NOT_KNOWN)))
            for name, choice, labels in choices(trial):
                said = " | ".join(f"{code}, {_label(label)}" for code, label in labels.items())
                yield _line(name, form, f"Which reading holds for {choice}?", said)

    def _fact(self, form: str, entry: FactEntry) -> Iterator[_Line]:
        yield _field(slug(entry.name), form, entry, entry.name, entry.question)
        if has_day(entry):
            name = slug(entry.name)
            day = _line(f"{name}_d", form, f"{entry.label}: date", note=_DAY)
            yield day | {COLUMNS[11]: f"[{name}] <> ''"}

    def _result(self) -> Iterator[_Line]:
        coded = " | ".join(f"{slug(entry.name)}, {_label(entry.label)}" for entry in self.facts)
        fact = _line("result_fact", "result", "Of what", coded, kind="dropdown")
        yield fact | {COLUMNS[7]: "autocomplete"}
        notes = {"value": "a number with its unit, as 22 U/L, or the word", "date": _DAY}
        for key in RESULT_KEYS:
            if key == "status":
                yield _line("result_status", "result", "Status", _coded(STATUSES), kind="dropdown")
            else:
                note = notes.get(key, "with its unit" if key in RESULT_KEYS[1:4] else "")
                label = (
                    "Limit of detection" if key == "limit" else _LABELS.get(key, key).capitalize()
                )
                yield _line(f"result_{key}", "result", label, note=note)


_LABELS = {
    "upper": "Upper limit of normal",
    "lower": "Lower limit of normal",
    "limit": "Limit of detection",
}


def _remarks(record: RecordEntry) -> list[str]:
    return [key for key in ("source", "note") if key not in record.fields]


def _line(
    name: str, form: str, label: str, coded: str = "", *, note: str = "", kind: str = ""
) -> _Line:
    values = (name, form, "", kind or ("radio" if coded else "text"), label, coded, note)
    return dict(zip(COLUMNS, values, strict=False))


def _field(name: str, form: str, entry: FactEntry, annotation: str, note: str = "") -> _Line:
    coded = _coded(words_of(entry)) if entry.kind == "finding" else ""
    if entry.kind == "date":
        note = ", ".join((_DAY, *entry.words))
    elif entry.kind == "quantity":
        note = "with its unit" if entry.unit != "1" else ""
    kind = "dropdown" if entry.choices and coded else ""
    line = _line(name, form, entry.label or entry.name, coded, note=note, kind=kind)
    return line | {COLUMNS[17]: annotation}


def _coded(words: Iterable[str]) -> str:
    return " | ".join(f"{slug(word)}, {_label(word)}" for word in words)


def _label(text: str) -> str:
    """A label of a choice, which a bar would end."""
    return text.replace("|", "/")


# the export


def is_export(header: Sequence[str]) -> bool:
    """Is it the raw export of a project that the dictionary made?"""
    return RECORD_ID in header


@dataclass
class _Said:
    """What the rows of one patient say, and where each stands.

    facts   fact -> its results
    once    ("answers", trial, question) or ("reviewed", list) -> what may be said once
    """

    facts: dict[str, list[tuple[dict[str, str | bool], str]]] = field(default_factory=dict)
    once: dict[tuple[str, ...], list[tuple[Result, str]]] = field(default_factory=dict)


class ExportReader:
    """Reads the rows of a raw export, one patient after another.

    What a person has chosen or typed in a form of ours is what the profile says: no, and reviews
    and answers, too.
    """

    def __init__(self, pack: Pack, how: How, tally: Tally) -> None:
        self.pack = pack
        self.how = how
        self.tally = tally
        self._seen: Read = {}

    @cached_property
    def _facts(self) -> Mapping[str, FactEntry]:
        return {slug(name): entry for name, entry in self.pack.vocabulary.facts.items()}

    @cached_property
    def _answers(self) -> Mapping[str, tuple[str, str, Mapping[str, str | bool], str]]:
        """Variable -> (trial, criterion or choice, code -> answer, mark of the question)."""
        yes_no: dict[str, str | bool] = {"yes": True, "no": False}
        yes_no |= {slug(word): word for word in NOT_KNOWN}
        found: dict[str, tuple[str, str, Mapping[str, str | bool], str]] = {}
        for trial in self.pack.trials:
            for name, criterion, text in questions(trial):
                found[name] = (trial.id, criterion, yes_no, question_mark(text))
            for name, choice, labels in choices(trial):
                found[name] = (trial.id, choice, labels, "")
        return found

    def read(self, rows: Iterable[Row]) -> Draft:
        """The draft of the one patient of whom these are the rows."""
        draft = Draft(self.pack.vocabulary, self._seen)
        said = _Said()
        for row in rows:
            filled = {name: cell.text for name, cell in row.cells.items() if cell.text}
            number = filled.get("redcap_repeat_instance", "1")
            for record in self.pack.vocabulary.records.values():
                self._entry(draft, record, filled, number)
            self._result(said, filled, number)
            self._fields(said, filled)
        self._settle(draft, said)
        self._settle_once(draft, said)
        self.tally.patients += 1
        return draft

    def _count(self, type_: str, fate: Fate, source: str = "") -> None:
        self.tally.add(type_, fate, source)

    def _entry(
        self, draft: Draft, record: RecordEntry, filled: dict[str, str], number: str
    ) -> None:
        """An entry of a list; its fields are taken out of those that are filled in."""
        entry: dict[str, str | bool] = {}
        fault = ""
        for one in fields_of(record):
            text = filled.pop(f"{slug(record.name)}_{slug(one.name)}", "")
            if text:
                value = _decoded(one, text)
                fault = fault if value is not None else "a code that the dictionary does not have"
                entry[one.name] = "" if value is None else value
        told = {key: filled.pop(f"{slug(record.name)}_{key}", "") for key in _remarks(record)}
        if not entry:
            return
        source = f"REDCap {record.name} {number}"
        place = "source" if "source" in told else "note"
        entry |= {place: source} | {key: one_line(text) for key, text in told.items() if text}
        if fault := fault or draft.fault_of_entry(record.name, entry):
            self._count("Entry", Fate("ambiguous", fault, record.name), source)
        else:
            draft.add_entry(record.name, entry)
            self._count("Entry", Fate("used", record.name))

    def _result(self, said: _Said, filled: dict[str, str], number: str) -> None:
        """A row of the form `result`."""
        code = filled.pop("result_fact", "")
        told = {key: filled.pop(f"result_{key}", "") for key in RESULT_KEYS}
        if not code and not any(told.values()):
            return
        source = f"REDCap result {number}"
        entry = self._facts.get(code)
        status = {slug(word): word for word in STATUSES}.get(told["status"] or "final")
        if entry is None or status is None or not told["value"]:
            why = NO_VALUE if entry and status else "a code that the dictionary does not have"
            self._count("Entry", Fate("ambiguous", why, "result"), source)
            return
        result: dict[str, str | bool] = {key: text for key, text in told.items() if text}
        result["value"] = _typed(entry, told["value"])
        result["source"] = one_line(told["source"]) or source
        if told["note"]:
            result["note"] = one_line(told["note"])
        if told["status"]:
            result["status"] = status
        said.facts.setdefault(entry.name, []).append((result, source))

    def _fields(self, said: _Said, filled: dict[str, str]) -> None:
        """Fields that stand once: facts, reviews, answers."""
        for name, text in filled.items():
            entry = self._facts.get(name)
            source = f"REDCap {name}"
            if entry is not None and is_field(entry):
                value = _decoded(entry, text)
                if value is None:
                    fate = Fate("ambiguous", "a code that the dictionary does not have", entry.name)
                    self._count("Field", fate, source)
                    continue
                result: dict[str, str | bool] = {"value": value}
                if has_day(entry) and (day := filled.get(f"{name}_d")):
                    result["date"] = day
                said.facts.setdefault(entry.name, []).append((result | {"source": source}, source))
            elif name in self._answers:
                self._answer(said, name, text)
            elif name.startswith("reviewed_"):
                self._review(said, name, text)
            elif name.endswith("_d") and self._is_day(name):
                if name.removesuffix("_d") not in filled:
                    fate = Fate("not used", "a day without its value", name)
                    self._count("Field", fate, source)
            elif not _is_of_redcap(name):
                self._count("Field", Fate("not used", "no field of ours", one_line(name)[:100]))

    def _is_day(self, name: str) -> bool:
        """Is it the day of a field?"""
        entry = self._facts.get(name.removesuffix("_d"))
        return entry is not None and has_day(entry)

    def _answer(self, said: _Said, name: str, code: str) -> None:
        trial, key, codes, mark = self._answers[name]
        if code not in codes:
            fate = Fate("ambiguous", "a code that the dictionary does not have", name)
            self._count("Field", fate, f"REDCap {name}")
            return
        answer: Result = {"answer": codes[code], **({"question": mark} if mark else {})}
        said.once.setdefault(("answers", trial, key), []).append((answer, name))

    def _review(self, said: _Said, name: str, text: str) -> None:
        names = {slug(known): known for known in self.pack.vocabulary.records}
        known = names.get(name.removeprefix("reviewed_"))
        if known is None:
            self._count("Field", Fate("not used", "no field of ours", one_line(name)[:100]))
        elif _day(text) is None:
            fate = Fate("ambiguous", "its date is not understood", name)
            self._count("Field", fate, f"REDCap {name}")
        else:
            said.once.setdefault(("reviewed", known), []).append(({"date": text}, name))

    def _settle_once(self, draft: Draft, said: _Said) -> None:
        """Answers and reviews, where no two rows differ."""
        for place, found in said.once.items():
            first = found[0][0]
            differ = any(other != first for other, _ in found)
            for _, name in found:
                fate = Fate("ambiguous", DIFFER, name) if differ else Fate("used", place[0])
                self._count("Field", fate, f"REDCap {name}")
            if differ:
                continue
            match place:
                case ("answers", trial, key):
                    draft.answers.setdefault(trial, {})[key] = first
                case _:
                    draft.reviewed[place[1]] = first

    def _settle(self, draft: Draft, said: _Said) -> None:
        """The results of each fact, birth first, where a profile may hold them together."""
        for fact in sorted(said.facts, key=lambda name: name != _BIRTH):
            results = said.facts[fact]
            entry = draft.vocabulary.facts[fact]
            alone = entry.kind == "date" or entry.latest
            undated = any("date" not in result for result, _ in results)
            several = len(results) > 1 and (alone or undated)
            for result, source in results:
                fault = "several values, and one without a day" if several else ""
                if self.how.since and str(result.get("date", "9")) < self.how.since:
                    self._count("Field", Fate("not used", BEFORE_SINCE))
                    continue
                if fault := fault or _fault(draft, fact, result):
                    self._count("Field", Fate("ambiguous", fault, fact), source)
                    continue
                draft.add(fact, result)
                self._count("Field", Fate("used", fact))
                if fact == _BIRTH and (day := _day(str(result["value"]))):
                    draft.birth = day


_BIRTH = "person.birth_date"


def _fault(draft: Draft, fact: str, result: Mapping[str, str | bool]) -> str:
    """Why the profile would refuse the result."""
    day = result.get("date")
    if isinstance(day, str) and day not in NOT_KNOWN and _day(day) is None:
        return "its date is not understood"
    return draft.tried(fact, result)[1]


def _day(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text)
    except Problem:
        return None


def _is_of_redcap(name: str) -> bool:
    """Is it the id, or what REDCap adds by itself?"""
    return name == RECORD_ID or name.startswith("redcap_") or name.endswith("_complete")


def _decoded(entry: FactEntry, text: str) -> str | bool | None:
    """What was chosen or typed in a field; None for a code that the field does not have."""
    if entry.kind != "finding":
        return text
    said = {slug(word): word for word in words_of(entry)}.get(text)
    return said if said is None else _typed(entry, said)


def _typed(entry: FactEntry, text: str) -> str | bool:
    """Yes and no of a finding that has no words; else the text."""
    if entry.kind == "finding" and not entry.choices and text in _YES_NO:
        return text == "yes"
    return text
