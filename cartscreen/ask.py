"""One question at a time: a session asks for what is missing, and writes the answers down.

A session holds the text of a profile and never a file: it is given lines, and gives back what to
show and the text to keep. What is missing is worked out anew after each answer, so that nothing is
asked that an earlier answer has settled. An answer is one change of the text; every other byte of it
stays as it was.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from cartscreen.errors import InputError, Problem, shown
from cartscreen.plan import Outcome, Plan, QuestionReport, awaited, plan
from cartscreen.profile import Observation
from cartscreen.report import REASONS, DateFrom, label_of
from cartscreen.screen import Chart, Finding, Verdict, judge, screen, status_of
from cartscreen.template import entry_lines
from cartscreen.trial import Trial
from cartscreen.units import how_written
from cartscreen.vocabulary import NOT_KNOWN, FactEntry, Stated
from cartscreen.when import closure

Steps = tuple[str | int, ...]
"""The way to a value: section and fact, a list and the index of an entry and its field."""

Load = Callable[[bytes], tuple[Chart, DateFrom]]
"""From the bytes of a profile to the chart, and where its date comes from. Raises InputError."""


@dataclass(frozen=True)
class Question:
    """What is asked now."""

    text: str
    place: str
    how: str
    choices: tuple[str, ...] = ()
    recorded: str = ""
    trials: int = 0
    instead: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Explanation:
    """Why a question is asked: the criteria that wait for it, and what each value would decide."""

    criteria: tuple[tuple[str, str, str], ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Change:
    """A verdict that an answer has changed; `by` are the criteria that rule the patient out."""

    trial: str
    before: Verdict
    after: Verdict
    by: tuple[str, ...]


@dataclass(frozen=True)
class Reply:
    """What came of one line: the text to keep, if it has changed, and what to show."""

    content: bytes | None = None
    refused: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    explanation: Explanation | None = None
    left: bool = False


Kind = Literal["value", "result", "limit", "date", "field", "list", "answer"]


@dataclass(frozen=True)
class _Item:
    """One thing to ask for.

    name     what it is called: lab.alt, lab.alt.upper, treatment[2].stop, answers.cd19-csle.I1
    subject  the fact, list or answer that it is about: what follows up an answer shares it
    lacking  the missing name that it supplies
    path     where the answer stands in the profile
    entry    of what kind the answer is
    """

    name: str
    kind: Kind
    subject: str
    lacking: str
    path: Steps
    entry: FactEntry
    text: str
    note: str = ""


@dataclass(frozen=True)
class _Begun:
    """An answer that one more line must complete: a unit, the date of a result or of a review."""

    lacks: Literal["unit", "date", "review"]
    written: str = ""


@dataclass(frozen=True)
class _State:
    """A text, and what follows from it. missing: names, each with (reason, note) of every test."""

    text: str
    chart: Chart
    origin: DateFrom
    plan: Plan
    missing: dict[str, list[tuple[str, str]]]

    @cached_property
    def data(self) -> dict[str, Any]:
        return _data(self.text)

    @cached_property
    def verdicts(self) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
        """Of each trial: its verdict, and the criteria that rule the patient out."""
        return {
            trial.id: (
                trial.verdict,
                tuple(c.id for c in trial.criteria if c.counted and c.status == "failed"),
            )
            for trial in self.plan.trials
        }

    def at(self, path: Steps) -> Any:
        """What stands at the path; None where nothing does."""
        found: Any = self.data
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found


class Session:
    """The state of one sitting: text, what was asked already, what can be undone."""

    def __init__(
        self, content: bytes, load: Load, trials: Sequence[Trial], today: date, *, where: str
    ) -> None:
        self._load = load
        self._trials = tuple(trials)
        self._today = today
        self._where = where
        self._state = self._read(content)
        self._asked: dict[str, str] = {}
        self._focus: list[str] = []
        self._undo: list[tuple[_State, _Item]] = []
        self._begun: _Begun | None = None
        self._items = self._queue()

    # What a caller sees

    @property
    def plan(self) -> Plan:
        """The plan of the profile as it stands."""
        return self._state.plan

    @property
    def verdicts(self) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
        """The verdict of each trial, and the criteria that rule the patient out."""
        return self._state.verdicts

    @property
    def answers(self) -> int:
        """How many answers were written, and not undone."""
        return len(self._undo)

    @property
    def question(self) -> Question | None:
        """What is asked now; None when nothing is left to ask."""
        if not self._items:
            return None
        item = self._items[0]
        if self._begun is not None:
            return _question_to_complete(self._begun, item)
        return Question(
            text=f"{item.text}{_sentence(item.note)}",
            place=_place(item.path),
            how=_how(item),
            choices=item.entry.choices,
            recorded=self._recorded(item),
            trials=self._trial_count(item),
            instead=tuple(label_of(name, self._state.chart) for name in self._sources(item)),
            more=len(self._items) - 1,
        )

    @property
    def by_hand(self) -> tuple[str, ...]:
        """What is missing and cannot be asked for here, a sentence each."""
        named = [wanted for wanted in self.plan.wanted if self._item(wanted.fact) is None]
        return tuple(
            f"{wanted.label} ({wanted.fact}){_sentence(self._note(wanted.fact))}"
            for wanted in named
        )

    def answer(self, line: str) -> Reply:
        """What comes of a line: an answer, or one of the commands q, u, ?, i, and nothing to skip."""
        text = " ".join(line.split())
        if not self._items or text.casefold() == "q":
            return Reply(left=True)
        item = self._items[0]
        match text.casefold():
            case "":
                return self._skip(item)
            case "?":
                return Reply(explanation=self._explained(item))
            case "u":
                return self._undone()
            case "i" if self._sources(item):
                self._focus = [*self._sources(item), *self._focus]
                return self._skip(item)
        try:
            return self._answered(item, text)
        except Problem as problem:
            return Reply(refused=(str(problem),))
        except InputError as fault:
            return Reply(refused=tuple(f.removeprefix(f"{self._where}: ") for f in fault.faults))

    # From a line to a text

    def _skip(self, item: _Item) -> Reply:
        begun, self._begun = self._begun, None
        self._asked[item.name] = item.subject
        self._items = self._queue()
        return Reply(notes=("Nothing was written.",) if begun else ())

    def _undone(self) -> Reply:
        if self._begun is not None:
            self._begun = None
            return Reply()
        if not self._undo:
            return Reply(notes=("There is nothing to undo.",))
        state, item = self._undo.pop()
        was = self._state.at(item.path)
        self._asked = {name: of for name, of in self._asked.items() if of != item.subject}
        self._focus = [item.subject, *self._focus]
        reply = self._moved_to(state)
        value = "" if isinstance(was, dict | list) else f" = {_as_written(was)}"
        return replace(reply, notes=(f"Undone: {_place(item.path)}{value}",))

    def _answered(self, item: _Item, text: str) -> Reply:
        if not text.isprintable():
            raise Problem(f"{shown(text)} holds a character that does not show.")
        begun = self._begun
        if item.kind == "list" and begun is None:
            if text.casefold() in _NO:
                return replace(self._skip(item), notes=self._how_an_entry_is_written(item))
            if text.casefold() in _YES:
                self._begun = _Begun("review")
                return Reply()
        if begun is not None and begun.lacks == "date":
            written = f"{{ value = {begun.written}, date = {self._as_date(text)} }}"
            return self._kept(item, self._placed(item, written))
        if item.entry.kind in ("quantity", "duration") and _is_bare(text, item.entry):
            self._begun = _Begun("unit", text)
            return Reply()
        if begun is not None and begun.lacks == "unit" and not _WITH_UNIT.fullmatch(text):
            text = f"{begun.written} {text}"
        written = self._written(item, text)
        if item.kind == "result":
            tried = f"{{ value = {written}, date = {self._state.chart.on.isoformat()} }}"
            self._load(self._placed(item, tried).encode())
            self._begun = _Begun("date", written)
            return Reply()
        return self._kept(item, self._placed(item, written))

    def _written(self, item: _Item, text: str) -> str:
        """The answer as a value of TOML; what is none is left to the loader to refuse."""
        low, entry = text.casefold(), item.entry
        if low in NOT_KNOWN:
            return _quoted(low)
        if entry.kind == "date":
            return self._as_date(text)
        if entry.choices:
            return _quoted(_choice(entry.choices, text, ours=item.kind == "answer"))
        if entry.kind == "finding":
            if low in _YES or low in _NO:
                return "true" if low in _YES else "false"
            if item.kind == "answer":
                raise Problem(f"{shown(text)} is not yes or no.")
        if entry.kind == "quantity" and entry.unit == "1" and _PLAIN_NUMBER.fullmatch(text):
            return text
        return _quoted(text)

    def _as_date(self, text: str) -> str:
        low = text.casefold()
        if low == "today":
            return self._today.isoformat()
        if low in ("ongoing", *NOT_KNOWN):
            return _quoted(low)
        try:
            is_day = date.fromisoformat(text).isoformat() == text
        except ValueError:
            is_day = False
        return text if is_day else _quoted(text)

    def _placed(self, item: _Item, written: str) -> str:
        """The text with the answer in its place."""
        text, state = self._state.text, self._state
        if item.kind == "result":
            return with_result(text, item.path, written)
        above = item.path[:-1]
        if item.kind in ("limit", "date") and not isinstance(state.at(above), dict):
            value = piece(text, above)
            return with_value(text, above, f"{{ value = {value}, {item.path[-1]} = {written} }}")
        return with_value(text, item.path, written)

    def _kept(self, item: _Item, text: str) -> Reply:
        """The session goes on from this text, if it loads."""
        state = self._read(text.encode())
        self._begun = None
        self._undo.append((self._state, item))
        self._asked[item.name] = item.subject
        self._focus = [item.subject, *(name for name in self._focus if name != item.subject)]
        reply = self._moved_to(state)
        follows_up = bool(self._items) and self._items[0].subject == item.subject
        given = state.at(item.path) not in NOT_KNOWN
        if item.lacking in state.missing and given and not follows_up:
            return replace(reply, notes=(f"Still open: {self._still_open(item.lacking)}.",))
        return reply

    def _moved_to(self, state: _State) -> Reply:
        old, self._state = self._state, state
        self._items = self._queue()
        changes = tuple(
            Change(trial, old.verdicts[trial][0], verdict, by if verdict == "ineligible" else ())
            for trial, (verdict, by) in state.verdicts.items()
            if old.verdicts[trial][0] != verdict
        )
        new = [said for said in state.plan.warnings if said not in old.plan.warnings]
        return Reply(state.text.encode(), changes=changes, warnings=tuple(new))

    def _read(self, content: bytes) -> _State:
        chart, origin = self._load(content)
        planned = plan(chart, self._trials, file=self._where, date_from=origin, days=1)
        missing: dict[str, list[tuple[str, str]]] = {}
        for trial in self._trials:
            screening = screen(trial, chart)
            if screening.verdict == "undetermined":
                for found in awaited(screening):
                    for name, why in _reasons(found.finding):
                        missing.setdefault(name, []).append(why)
        return _State(content.decode(), chart, origin, planned, missing)

    # What to ask

    def _queue(self) -> list[_Item]:
        """The questions, best first: what follows up an answer before all else, and what the
        profile says is not known after all others.
        """
        items = {item.name: item for item in self._candidates() if item.name not in self._asked}
        order = {name: at for at, name in enumerate(self._focus)}

        def rank(item: _Item) -> tuple[int, bool]:
            return order.get(item.subject, len(order)), self._is_said_not_known(item)

        return sorted(items.values(), key=rank)

    def _candidates(self) -> Iterator[_Item]:
        if self._state.origin == "today" and not self._state.chart.profile.screening:
            yield self._value("dates.screening")
        followed = [name for name in self._focus if name in self._state.missing]
        for name in (*followed, *(wanted.fact for wanted in self.plan.wanted)):
            if item := self._item(name):
                yield item
        for trial in self.plan.trials:
            if trial.verdict == "undetermined":
                for question in trial.questions:
                    yield _person_asked(trial.id, question)

    def _is_said_not_known(self, item: _Item) -> bool:
        stands = self._state.at(item.path)
        if isinstance(stands, dict):
            stands = stands.get("value")
        return stands in NOT_KNOWN or (item.entry.kind == "drug" and stands is not None)

    def _item(self, name: str) -> _Item | None:
        """How to ask for what is missing under this name; None where it cannot be asked for."""
        vocabulary = self._state.chart.vocabulary
        if name in vocabulary.records:
            return self._list(name)
        if field := _FIELD.fullmatch(name):
            return self._field(name, field[1], int(field[2]), field[3])
        fact, _, which = name.rpartition(".")
        if which in ("upper", "lower") and fact in vocabulary.facts:
            return self._of_result(name, fact, "limit", which)
        return self._fact(name) if name in vocabulary.facts else None

    def _fact(self, name: str) -> _Item | None:
        profile, entry = self._state.chart.profile, self._state.chart.vocabulary.facts[name]
        reasons = {reason for reason, _ in self._state.missing.get(name, ())}
        stated = profile.facts.get(name, ())
        known = [one for one in stated if one.value is not None or one.text == "indeterminate"]
        if "conflict" in reasons:
            return None
        if entry.kind == "date" or (
            not known and not isinstance(self._state.at(_path(name)), list)
        ):
            if "not_dated" in reasons and not stated:
                return self._of_result(name, name, "date", "date")
            return self._value(name)
        if any(one.date is None for one in known):
            return self._of_result(name, name, "date", "date")
        newest = max(known, key=_earliest, default=None)
        if "imprecise_date" in reasons and newest and newest.date and not newest.date.is_exact:
            return self._of_result(name, name, "date", "date")
        return replace(self._value(name), kind="result")

    def _value(self, name: str) -> _Item:
        entry = self._state.chart.vocabulary.facts[name]
        note = self._note(name) if self._state.at(_path(name)) is not None else ""
        return _Item(name, "value", name, name, _path(name), entry, entry.question, note)

    def _of_result(
        self, name: str, fact: str, kind: Literal["limit", "date"], key: str
    ) -> _Item | None:
        """The limit or the date of the result that was judged, of this fact or as it is stated."""
        fact = self._stated_for(fact)
        found = self._judged(fact, undated=key == "date")
        if found is None:
            return None
        path, result = found
        entry = self._state.chart.vocabulary.facts[fact]
        if kind == "date":
            text = f"{entry.label}, {result.text}: of what date is this result?"
            entry = FactEntry(name=f"{fact}.date", label="Date", kind="date")
        else:
            text = (
                f"{entry.label}, {result.text}: what is the {key} limit of normal of this result?"
            )
        return _Item(f"{fact}.{key}", kind, fact, name, (*path, key), entry, text)

    def _stated_for(self, fact: str) -> str:
        """The fact itself, or the one that the profile states in its place."""
        facts = self._state.chart.profile.facts
        if fact in facts:
            return fact
        entry = self._state.chart.vocabulary.facts[fact]
        sources = (by.fact for by in entry.derive if isinstance(by, Stated))
        return next((source for source in sources if source in facts), fact)

    def _judged(self, fact: str, *, undated: bool) -> tuple[Steps, Observation] | None:
        """(where it stands, the newest result), or the first without a date."""
        results = self._state.chart.profile.facts.get(fact, ())
        if not results:
            return None
        on = self._state.chart.on
        past = [one for one in results if _earliest(one) <= on or one.date is None] or [*results]
        result = max(past, key=_earliest)
        if undated:
            result = next((one for one in results if one.date is None), result)
        stands = self._state.at(_path(fact))
        if not isinstance(stands, list):
            return _path(fact), result
        used = [at for at, one in enumerate(stands) if not _is_left_out(one)]
        at = next(at for at, one in zip(used, results, strict=True) if one is result)
        return (*_path(fact), at), result

    def _field(self, name: str, list_name: str, number: int, field: str) -> _Item | None:
        chart = self._state.chart
        entry = chart.vocabulary.records[list_name].fields.get(field)
        if entry is None:
            return None
        fields = chart.profile.records[list_name][number - 1].fields
        called = next((one.text for key, one in fields.items() if key != field), "")
        text = label_of(name, chart)
        text = f"{text[0].upper()}{text[1:]}" + (f" ({called})" if called else "") + "?"
        if entry.question:
            text = f"{text} {entry.question}"
        path = (list_name, number - 1, field)
        note = self._note(name) if field in fields else ""
        return _Item(name, "field", name, name, path, entry, text, note)

    def _list(self, name: str) -> _Item:
        entry = self._state.chart.vocabulary.records[name]
        count = len(self._state.chart.profile.records.get(name, ()))
        listed = f"{count} listed, nothing more" if count else "none"
        text = f"{entry.label}: {listed}, and the list is complete?"
        when = FactEntry(name=name, label="Reviewed", kind="date")
        path = ("reviewed", name)
        return _Item(f"reviewed.{name}", "list", name, name, path, when, text)

    def _trial_count(self, item: _Item) -> int:
        if item.kind == "answer":
            return 1
        if item.name == "dates.screening":
            return len(self._trials)
        return len({trial for trial, _, _ in self._waiting(item.lacking)})

    def _waiting(self, name: str) -> list[tuple[str, str, str]]:
        """The criteria that the name would help to settle: trial, id and title."""
        return [
            (trial.id, criterion.id, criterion.title)
            for trial in self.plan.trials
            for criterion in trial.criteria
            if trial.verdict == "undetermined"
            and criterion.status == "unknown"
            and not criterion.heading
            and name in criterion.missing
        ]

    def _sources(self, item: _Item) -> list[str]:
        """What could be asked instead, because the fact would follow from it."""
        if item.kind not in ("value", "result") or self._begun is not None:
            return []
        below = closure([item.subject], self._state.chart) - {item.subject}
        return [name for name in self._state.missing if name in below and name not in self._asked]

    # What to say

    def _recorded(self, item: _Item) -> str:
        stands = self._state.at(item.path)
        if isinstance(stands, list):
            return f"{len(stands)} results"
        if isinstance(stands, dict):
            stands = stands.get("value")
        return "" if stands is None else _as_written(stands)

    def _note(self, name: str) -> str:
        return next((note for _, note in self._state.missing.get(name, ()) if note), "")

    def _still_open(self, name: str) -> str:
        return self._note(name) or REASONS[self._state.missing[name][0][0]]

    def _explained(self, item: _Item) -> Explanation:
        if item.kind == "answer":
            return self._explained_answer(item)
        wanted = next((found for found in self.plan.wanted if found.fact == item.lacking), None)
        outcomes = wanted.outcomes if wanted and item.kind != "date" else ()
        return Explanation(tuple(self._waiting(item.lacking)), tuple(outcomes))

    def _explained_answer(self, item: _Item) -> Explanation:
        _, trial_id, name = item.path
        trial = next(trial for trial in self._trials if trial.id == trial_id)
        criterion = trial.by_id[str(name)]
        given = {choice: choice for choice in item.entry.choices} or {"yes": True, "no": False}
        profile = self._state.chart.profile
        outcomes = []
        for said, value in given.items():
            own = {**profile.answers.get(trial.id, {}), criterion.id: value}
            chart = self._state.chart
            tried = replace(profile, answers={**profile.answers, trial.id: own})
            judged = judge(criterion, trial, Chart(tried, chart.pack, chart.on))
            status = status_of(criterion, judged.finding.answer)
            place = [f"{trial.id} {criterion.id}"]
            ruled_out = status == "failed" and criterion.decisive
            if ruled_out or status != "unknown":
                settles = [] if ruled_out else place
                out = place if ruled_out else []
                outcomes.append(Outcome(value=said, rules_out=out, settles=settles))
        return Explanation(((trial.id, criterion.id, criterion.title),), tuple(outcomes))

    def _how_an_entry_is_written(self, item: _Item) -> tuple[str, ...]:
        entry = self._state.chart.vocabulary.records[item.subject]
        first = "Nothing was written. Leave with q, and write an entry into the file:"
        return (first, *entry_lines(entry))


def _person_asked(trial: str, question: QuestionReport) -> _Item:
    choices = tuple(question.answers) if question.about == "reading" else ()
    said = {
        "judgement": "the investigator judges",
        "promise": "the person is asked",
        "gap": "the page does not say",
        "reading": "the page can be read in more ways than one",
    }[question.about]
    name = f"answers.{trial}.{question.criterion}"
    return _Item(
        name,
        "answer",
        name,
        name,
        ("answers", trial, question.criterion),
        FactEntry(name=name, label=question.criterion, kind="finding", choices=choices),
        f"{trial} {question.criterion} ({said}): {question.question}",
    )


def _question_to_complete(begun: _Begun, item: _Item) -> Question:
    match begun.lacks:
        case "unit":
            unit = "months" if item.entry.kind == "duration" else item.entry.unit
            asked, how = f"{begun.written} in which unit?", f"a unit, {unit} say"
        case "date":
            asked, how = f"{begun.written.strip(chr(34))} of what date?", _HOW_DATE
        case "review":
            asked, how = "On what date was the chart read to its end for this?", _HOW_DATE
    return Question(asked, _place(item.path), how)


_FIELD = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_BARE_NUMBER = re.compile(r"(<=|>=|<|>)?\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_WITH_UNIT = re.compile(rf"{_BARE_NUMBER.pattern}\s+\S.*", re.ASCII)
_YES = ("yes", "y", "true")
_NO = ("no", "n", "false")
_HOW_DATE = "a date, 2025-06-02 or 2025-06 say, or today"


def _how(item: _Item) -> str:
    """How the question may be answered."""
    entry = item.entry
    match entry.kind:
        case _ if item.kind == "list":
            return "the date on which the chart was read to its end for this, or yes, or no"
        case _ if entry.choices:
            return "a number or the word" if _are_numbered(entry.choices) else "the word"
        case "finding":
            return "yes or no"
        case "date":
            words = "".join(f", or {word}" for word in entry.words)
            return f"{_HOW_DATE}{words}"
        case "quantity":
            return how_written(entry.unit).removeprefix("write ").replace('"', "")
        case "duration":
            return "a time, 8 months say"
        case "drug":
            return "the name of the drug"
        case "text":
            return "text"


def _is_bare(text: str, entry: FactEntry) -> bool:
    """Is it a number that lacks a unit?"""
    return entry.unit not in ("1", "titre") and _BARE_NUMBER.fullmatch(text) is not None


def _are_numbered(choices: tuple[str, ...]) -> bool:
    """A number stands for a choice where no choice is itself a number."""
    return not any(choice.isdecimal() for choice in choices)


def _choice(choices: tuple[str, ...], text: str, *, ours: bool) -> str:
    """The choice that the text names; what names none is left to the loader, unless it is ours."""
    for choice in choices:
        if choice.casefold() == text.casefold():
            return choice
    if _are_numbered(choices) and text.isdecimal() and 1 <= int(text[:4]) <= len(choices):
        return choices[int(text) - 1]
    if ours:
        raise Problem(f"{shown(text)} is none of the readings.")
    return text


def _reasons(finding: Finding) -> Iterator[tuple[str, tuple[str, str]]]:
    """(name, (reason, note)) for each test that left the finding open."""
    open_ = [part for part in finding.parts if part.reason]
    below = {name for part in open_ for name in part.missing}
    for name in finding.missing:
        if name not in below:
            yield name, (finding.reason, finding.note)
    for part in open_:
        yield from _reasons(part)


def _path(fact: str) -> Steps:
    return tuple(fact.split(".", 1))


def _place(path: Steps) -> str:
    """A path as a person would write it."""
    named = ""
    for step in path:
        named += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if named else step
    return named


def _earliest(result: Observation) -> date:
    return result.date.earliest if result.date else date.min


def _is_left_out(result: Any) -> bool:
    return isinstance(result, dict) and result.get("status") == "entered-in-error"


def _as_written(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _sentence(note: str) -> str:
    return f" ({note})" if note else ""


# The text


def new_profile(patient: str) -> bytes:
    """A profile with nothing in it but the pseudonym."""
    return f"schema  = 1\npatient = {_quoted(' '.join(patient.split()))}\n".encode()


def with_value(text: str, path: Steps, value: str) -> str:
    """The text with a value, written as TOML, at the path, and nothing else changed.

    Raises Problem where the profile is laid out so that this cannot be done.
    """
    data = _data(text)
    above = _found(data, path[:-1])
    key = path[-1]
    if isinstance(above, dict) and key in above:
        start, end = _span(text, path)
        changed = text[:start] + value + text[end:]
    elif isinstance(above, dict) and _is_table(text, path[:-1]):
        changed = _with_line(text, path, value)
    elif isinstance(above, dict) and path[:-1]:
        start, end = _span(text, path[:-1])
        inner = text[start:end].removesuffix("}").rstrip()
        comma = "" if inner == "{" else ","
        changed = f"{text[:start]}{inner}{comma} {_key(key)} = {value} }}{text[end:]}"
    else:
        changed = _with_section(text, path, value)
    return _checked(data, changed, path, value)


def with_result(text: str, path: Steps, result: str) -> str:
    """The text with one more result of a fact before those that it has. Raises Problem."""
    start, end = _span(text, path)
    old, line = text[start:end], _line_end(text)
    if not isinstance(_found(_data(text), path), list):
        return with_value(text, path, f"[{line}  {result},{line}  {old},{line}]")
    if opening := re.match(r"\[[ \t]*(#[^\n]*)?\r?\n", old):
        indent = re.search(r"\n([ \t]*)\{", old)
        first = f"{indent[1] if indent else '  '}{result},{line}"
        return with_value(text, path, f"{opening[0]}{first}{old[opening.end() :]}")
    return with_value(text, path, f"[{result}, {old[1:].lstrip()}")


def piece(text: str, path: Steps) -> str:
    """The value at the path, letter by letter."""
    start, end = _span(text, path)
    return text[start:end]


def _data(text: str) -> dict[str, Any]:
    """Numbers with a point stay text: 1.50 is not 1.5 here."""
    return tomllib.loads(text, parse_float=str)


def _found(data: Any, path: Steps) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _checked(before: dict[str, Any], text: str, path: Steps, value: str) -> str:
    """The text, if it says all that was said before, and the value, and nothing else."""
    wanted: Any = deepcopy(before)
    *above, key = path
    table = wanted
    for step in above:
        table = table[step] if isinstance(step, int) else table.setdefault(step, {})
    table[key] = _data(f"value = {value}")["value"]
    with suppress(tomllib.TOMLDecodeError):
        if _data(text) == wanted:
            return text
    raise _elsewhere(path, value)


def _elsewhere(path: Steps, value: str = "...") -> Problem:
    written = f"{_place(path)} = {value}"
    return Problem(
        f"the file is laid out so that `{written}` cannot be added here; write it there."
    )


_MARK = "here-is-the-value-that-is-looked-for"


def _span(text: str, path: Steps) -> tuple[int, int]:
    """From where to where the value at the path stands in the text.

    tomlkit finds it, and does not write it back: it loses the space between a date and a brace.
    """
    *above, key = path
    try:
        document = tomlkit.parse(text)
        _node(document, tuple(above))[key] = _MARK
        head, _, tail = document.as_string().partition(f'"{_MARK}"')
        start, end = _covered(text, head), len(text) - _covered(text[::-1], tail[::-1])
    except (TOMLKitError, LookupError, TypeError):
        raise _elsewhere(path) from None
    return start, start + len(text[start:end].rstrip())


def _node(document: Any, path: Steps) -> Any:
    for step in path:
        document = document[step]
    return document


def _is_table(text: str, path: Steps) -> bool:
    """Does the table at the path have a head of its own, and a line for each key?"""
    try:
        return isinstance(_node(tomlkit.parse(text), path), Table)
    except TOMLKitError:
        raise _elsewhere(path) from None


def _covered(text: str, part: str) -> int:
    """How much of the text its beginning covers, from which spaces may have been lost."""
    at = 0
    for letter in part:
        while text[at] != letter:
            if text[at] not in " \t":
                raise LookupError
            at += 1
        at += 1
    return at


def _with_line(text: str, path: Steps, value: str) -> str:
    """A key on a line of its own, below the last one of its table, or below the table's head."""
    *above, key = path
    table = _node(tomlkit.parse(text), tuple(above))
    own = [name for name, item in table.items() if not isinstance(item, Table | AoT)]
    if own:
        start, end = _span(text, (*above, own[-1]))
        sign = _sign(text[:start], str(_key(key)))
    else:
        head = rf"^[ \t]*\[[ \t]*{re.escape('.'.join(map(str, above)))}[ \t]*\]"
        found = re.search(head, text, re.MULTILINE)
        if found is None:
            raise _elsewhere(path, value)
        end, sign = found.end(), f"{_key(key)} ="
    stop = text.find("\n", end) + 1 or len(text)
    before = text[:stop] if text[:stop].endswith("\n") else text[:stop] + _line_end(text)
    return f"{before}{sign} {value}{_line_end(text)}{text[stop:]}"


def _sign(above: str, key: str) -> str:
    """The key with its sign of equality: under those above it, where they stand in one column."""
    lines = above.split("\n")
    columns = set()
    for line in reversed(lines):
        if line.lstrip().startswith("["):
            break
        if found := re.match(r"""[ \t]*(?:[\w-]+|"[^"]*"|'[^']*')[ \t]*(?==)""", line):
            columns.add(found.end())
    indent = re.match(r"[ \t]*", lines[-1])
    assert indent is not None
    width = columns.pop() if len(columns) == 1 else 0
    return f"{indent[0]}{key} ".ljust(width) + "="


def _with_section(text: str, path: Steps, value: str) -> str:
    """A new table at the end of the text."""
    *above, key = path
    line = _line_end(text)
    before = text if not text or text.endswith("\n") else text + line
    head = ".".join(_key(step) for step in above)
    return f"{before}{line}[{head}]{line}{_key(key)} = {value}{line}"


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _key(step: str | int) -> str:
    name = str(step)
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else _quoted(name)


def _quoted(text: str) -> str:
    return tomlkit.item(text).as_string()
