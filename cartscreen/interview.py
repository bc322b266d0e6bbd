"""One question at a time: a session asks for what is missing, and writes the answers down.

A session holds the text of a profile and never a file: it is given lines, and gives back what to
show and the text to keep. What is missing is worked out anew after each answer, so that nothing is
asked that an earlier answer has settled.

    line -> Session -> Reply          the dialogue: commands, half an answer, undo
               |
            _Standing -> _Item        what a text leaves to ask, and where each answer is written
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from cartscreen.contract import EVERYTHING, REASONS, DateFrom, Options, Verdict
from cartscreen.errors import InputError, Problem
from cartscreen.evaluate.again import Screener
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.screening import Screening, judge, status_of
from cartscreen.frozen import frozen, replace
from cartscreen.observation import Observation
from cartscreen.pack.first import DISEASES, NO_FIRST, REVIEWED, First
from cartscreen.pack.trial import Trial
from cartscreen.pattern import pattern
from cartscreen.place import AnswerTo, Fact, Field, List, Part, Place, Visit
from cartscreen.plan.contract import Outcome
from cartscreen.plan.fewest import RulingOut
from cartscreen.plan.obstacles import Outlook, QuestionReport
from cartscreen.plan.outlook import outlook, questions
from cartscreen.plan.plan import outcomes_of
from cartscreen.profile.edit import (
    Steps,
    data_of,
    piece,
    quoted,
    value_at,
    with_entry,
    with_result,
    with_value,
    written_as,
)
from cartscreen.profile.model import WITHDRAWN, Given, question_mark
from cartscreen.profile.read import is_plausible, units_listed
from cartscreen.report import warnings_of
from cartscreen.rounds import ENTRIES, FEW, MANY, PLACES, PROTOCOL, Turn, in_rounds
from cartscreen.text import shown
from cartscreen.typed import DAY, ResultLine, parse_entries, parse_numbers, parse_result
from cartscreen.units import (
    LLN,
    ULN,
    factor,
    how_written,
    parse_quantity,
    unit_if_known,
)
from cartscreen.vocabulary import NOT_KNOWN, FactEntry, RecordEntry
from cartscreen.wanted import (
    Wanted,
    awaited,
    declared,
    in_profile,
    label_of,
    question_for,
    result_lacking,
    wanted,
    wanted_label,
)

Load = Callable[[bytes], tuple[Chart, DateFrom]]
"""From the bytes of a profile to its chart, and where the date comes from. Raises InputError."""


@frozen
class Question:
    """What is asked now, and how it may be answered; it is the `number`th `of` so many."""

    text: str
    place: str
    how: str
    choices: tuple[str, ...] = ()
    recorded: str = ""
    trials: int = 0
    instead: tuple[str, ...] = ()
    number: int = 0
    of: int = 0


@frozen
class Explanation:
    """The criteria that wait for an answer (trial, id, title), and what each value would decide."""

    criteria: tuple[tuple[str, str, str], ...]
    outcomes: tuple[Outcome, ...]


@frozen
class Change:
    """A verdict that an answer has changed; `by` are the criteria that rule the patient out."""

    trial: str
    before: Verdict
    after: Verdict
    by: tuple[str, ...]


@frozen
class Reply:
    """What came of one line: the text to keep, if it has changed, and what to show."""

    content: bytes | None = None
    refused: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    explanation: Explanation | None = None
    left: bool = False


def new_profile(patient: str) -> bytes:
    """A profile with nothing in it but the pseudonym."""
    return f"schema  = 1\npatient = {quoted(' '.join(patient.split()))}\n".encode()


@frozen
class _Item:
    """One thing to ask for.

    name     what it is called: lab.alt, lab.alt.upper, treatment[2].stop, answers.cd19-csle.I1
    subject  the fact, field, list or answer that it is about: what follows up an answer shares it
    lacking  the missing place that it supplies
    path     where the answer stands in the profile
    entry    of what kind the answer is
    mark     of the question that a person answers; it is written beside the answer
    example  an entry of the list, in one line
    several  what each choice stands for, where several may be chosen: facts, a list, or the name
             of a question, with INSTEAD for the facts that its answer follows from
    unit     of the fact, or of the result whose limit is asked for; empty where it has none
    found    where the answer is found, a word of PLACES
    short    what it asks for in a few words, to choose it from others
    offered  the questions from which those are chosen that can be answered
    """

    name: str
    kind: Literal[
        "value", "result", "limit", "date", "field", "list", "answer",
        "diseases", "reviewed", "round",
    ]  # fmt: skip
    subject: Place
    lacking: Place
    path: Steps
    entry: FactEntry
    text: str
    note: str = ""
    mark: str = ""
    unit: str = ""
    example: str = ""
    several: tuple[tuple[str, ...], ...] = ()
    found: str = "chart"
    short: str = ""
    offered: tuple["_Item", ...] = ()


_INSTEAD = "instead"
_Lacks = Literal["unit", "date", "review", "yes", "all"]


@frozen
class _Begun:
    """An answer that one more line must complete: a unit, the date of a result or of a review, yes
    to entries of a list as they were read, or to that these are all.

    line     what was typed, where its unit lacks
    parts    value and limits as TOML, where the date lacks
    content  the text of the profile with what was read, which a yes keeps
    told     what was read, or why the unit is in doubt, in words
    """

    lacks: _Lacks
    line: ResultLine | None = None
    parts: Mapping[str, str] | None = None
    content: str = ""
    told: str = ""


@frozen
class _Passed:
    """What could be chosen in a round, by name, with focus and rounds as they were before."""

    names: frozenset[str]
    focus: tuple[Place, ...]
    rounds: tuple[tuple[bool, str], ...]


class Session:
    """One sitting: the profile as it stands, what was asked already, what can be undone.

    first     what a new profile is begun with
    of_visit  the profile is of a visit after the infusion, and the trials are outcomes: its date is
              that of the visit, and nothing but facts is asked for
    """

    def __init__(
        self,
        content: bytes,
        load: Load,
        trials: Sequence[Trial],
        today: date,
        *,
        where: str,
        options: Options = EVERYTHING,
        of_visit: bool = False,
        first: First = NO_FIRST,
    ) -> None:
        self._first = first
        self.of_visit = of_visit
        self._load = load
        self._options = options
        self._trials = tuple(trials)
        self._today = today
        self._where = where
        self._asked: dict[str, Place] = {}  # the name of each item -> its subject
        self._focus: list[Place] = []  # subjects that come before all others
        self._undo: list[tuple[str, _Item]] = []  # the text before each answer
        self._rounds: list[tuple[bool, str]] = []  # begun, the latest last
        self._shown: set[str] = set()  # the names of what could be chosen in a round
        self._passed: _Passed | None = None  # where the last line chose in a round
        self._begun: _Begun | None = None
        self._list: _Item | None = None  # the list to which entries are being added
        self._mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""  # it stays, as all else
        self._screener = Screener(self._trials, preferred=options.preferred)
        self._ruling_out = RulingOut(preferred=options.preferred)
        self._now = self._standing(content)
        self._items = self._queue()

    @property
    def outlook(self) -> Outlook:
        """What stands in the way of each trial, by the profile as it stands."""
        return self._now.outlook

    @property
    def verdicts(self) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
        """Of each trial: its verdict, and the criteria that rule the patient out."""
        return self._now.verdicts

    @property
    def answers(self) -> int:
        """How many answers were written, and not undone."""
        return len(self._undo)

    @property
    def left(self) -> int:
        """How many questions the next sitting would begin with."""
        return len({item.name for item in self._now.items((), NO_FIRST)})

    @property
    def by_hand(self) -> tuple[str, ...]:
        """What is missing and cannot be asked for, a sentence each."""
        return self._now.by_hand

    @property
    def question(self) -> Question | None:
        """What is asked now: at the end, whether to undo the last answer, which may have been a
        slip; None where nothing was asked.
        """
        if not self._items:
            return _LAST if self._undo or self._passed else None
        item = self._items[0]
        if self._begun is not None:
            return self._to_complete(self._begun, item)
        return Question(
            text=f"{item.text}{_in_brackets(item.note)}",
            place=written_as(item.path),
            how=_how(item) + self._and_its_day(item),
            choices=item.entry.choices if item.kind != "list" else (),
            recorded=self._now.recorded(item) if item.path else "",
            trials=self._now.trial_count(item),
            instead=tuple(label_of(place, self._now.chart) for place in self._sources(item)),
            number=len(self._asked) + 1,
            of=len(self._asked) + len(self._items) - (item.kind == "round"),
        )

    def _to_complete(self, begun: _Begun, item: _Item) -> Question:
        last = self._now.last_review
        match begun.lacks:
            case "unit":
                number = begun.line.value if begun.line else ""
                asked, how = f"{number} in which unit?", f"a unit, {_units(item, number)} say"
                if begun.told:
                    asked = f"{begun.told}: {asked}"
            case "date":
                value = data_of(f"said = {_braces(begun.parts or {})}")["said"]["value"]
                asked, how = f"{item.entry.label}, {value}: of what date is this?", _A_DATE
            case "review":
                found = f"{item.entry.choices[0]} found for '{item.entry.label}'"
                asked, how = f"On what date was the chart read to its end, with {found}?", _A_DATE
            case "yes":
                asked, how = f"Read as: {begun.told}. Is this right?", "yes or no"
            case "all":
                asked = f"Is this all for '{item.entry.label}'?"
                how = "yes and the date on which the chart was read to its end, or no"
                if last:
                    how = f"yes (as of {last}, unless a date follows) or no"
        return Question(asked, written_as(item.path), how)

    def _and_its_day(self, item: _Item) -> str:
        """On which day lists are closed, where none is typed."""
        last = self._now.last_review
        if item.kind not in ("list", "reviewed") or not last:
            return ""
        said = f"{item.entry.choices[0]} is" if item.kind == "list" else "they were read"
        return f"; {said} as of {last}, unless a date follows"

    def answer(self, line: str) -> Reply:
        """What comes of a line: an answer, a command (q, u, ?, i), or nothing, which skips."""
        text = " ".join(line.split())
        if text.casefold() == "q" or not (self._items or text.casefold() == "u"):
            return Reply(left=True)
        if not self._items:
            return self._undone()
        item = self._items[0]
        match text.casefold():
            case "":
                return self._skip(item)
            case "?":
                return Reply(explanation=self._now.explained(item))
            case "u":
                return self._undone()
            case "i":
                return self._ask_instead(item)
        try:
            return self._answered(item, text)
        except Problem as problem:
            return Reply(refused=(str(problem),))
        except InputError as fault:
            where = re.compile(rf"{re.escape(self._where)}: (?:line \d+, )?")
            return Reply(refused=tuple(where.sub("", said, count=1) for said in fault.faults))

    def _standing(self, content: bytes, before: "_Standing | None" = None) -> "_Standing":
        """What follows from a text; `before` is the one that it was made from."""
        chart, origin = self._load(content)
        known = None if before is None else (before.chart, before.screenings)
        return _Standing(
            content.decode("utf-8-sig"),
            chart,
            self._trials,
            self._screener.screen(chart, known),
            origin,
            self._where,
            self._options,
            self.of_visit,
        )

    def _queue(self) -> list[_Item]:
        """What is left to ask, in order: what follows up an answer before all else, then what a new
        profile is begun with, then round by round. Of many questions of a round, the first asks
        which of them can be answered.
        """
        first = [item.name for item in self._now.first_items(self._first)]
        items = {
            name: item
            for item in self._now.items(self._focus, self._first)
            if (name := item.name) not in self._asked
        }
        subjects = {subject: at for at, subject in enumerate(self._focus)}
        dates = [self._now.dated_by.name, *([_INFUSION.name] if self.of_visit else [])]
        early = {name: at for at, name in enumerate([*dates, *first])}
        at_once = sorted(
            (item for item in items.values() if item.subject in subjects or item.name in early),
            key=lambda item: (
                subjects.get(item.subject, len(subjects)), early.get(item.name, len(early)),
            ),
        )  # fmt: skip
        if self._list is not None:
            at_once = [self._list, *(item for item in at_once if item.name != self._list.name)]
        now = {item.name for item in at_once}
        later = [item for name, item in items.items() if name not in now]
        if at_once or not later:  # the order of what comes later is worked out when it comes
            return [*at_once, *later]
        rules_out = {
            screening.trial.id: self._ruling_out.places(screening, self._now.chart)
            for screening in self._now.screenings
        }
        left = in_rounds([self._now.turn(item, rules_out) for item in later], self._rounds)
        queue = [items[turn.name] for turn in left]
        current = left[0].round
        if current not in self._rounds[-1:]:
            self._rounds.append(current)
        new = [turn.name for turn in left if turn.round == current and turn.name not in self._shown]
        if len(new) <= FEW:
            return queue
        chosen = [turn for turn in left if turn.round == current and turn.name in self._shown]
        if chosen:  # they are asked before more is shown to choose from
            return sorted(queue, key=lambda item: item.name not in {turn.name for turn in chosen})
        return [self._round([items[name] for name in new[:MANY]], current[1]), *queue]

    def _round(self, items: Sequence[_Item], found: str) -> _Item:
        """Ask which of these can be answered, before they are asked one by one."""
        choices: list[str] = []
        several: list[tuple[str, ...]] = []
        for item in items:
            choices.append(item.short)
            several.append((item.name,))
            if sources := self._sources(item):
                labels = [label_of(place, self._now.chart) for place in sources[:3]]
                if len(sources) > 3:
                    labels.append(f"{len(sources) - 3} more")
                choices.append(f"instead of {len(choices)}: {'; '.join(labels)}")
                several.append((item.name, _INSTEAD))
        entry = FactEntry(name=found, label=found, kind="finding", choices=tuple(choices))
        text = f"Which of these can be answered {PLACES[found]}?"
        return _Item(
            f"round {found}", "round", items[0].subject, items[0].lacking, (), entry, text,
            several=tuple(several), offered=tuple(items),
        )  # fmt: skip

    def _chosen(self, item: _Item, text: str) -> Reply:
        """The numbers of the questions to be asked; the others of the round are skipped."""
        offered = {found.name: found for found in item.offered}
        numbers = parse_numbers(text, len(item.several)) if text else ()
        chosen = [item.several[number - 1] for number in numbers]
        if text.casefold() == "all":
            chosen = [(name,) for name, *instead in chosen if not instead]
        names = {name for name, *instead in chosen if not instead}
        sources = [
            place
            for name, *instead in chosen
            if instead and name not in names
            for place in self._sources(offered[name])
        ]
        self._shown |= offered.keys()
        skipped = {name: of.subject for name, of in offered.items() if name not in names}
        self._asked |= skipped
        self._passed = _Passed(frozenset(offered), tuple(self._focus), tuple(self._rounds))
        self._focus = [*dict.fromkeys(sources), *self._focus]
        left = len(skipped)
        self._items = self._queue()
        noun = "question" if left == 1 else "questions"
        said = f"{left} {noun} skipped; nothing was written." if left else ""
        return Reply(notes=(said,) if said else ())

    def _sources(self, item: _Item) -> list[Place]:
        """What could be asked instead, because the fact would follow from it."""
        if item.kind not in ("value", "result") or self._begun is not None:
            return []
        below = self._now.chart.pack.closure([item.subject.name]) - {item.subject.name}
        names = below - self._asked.keys()
        return [
            place
            for place in self._now.missing
            if isinstance(place, Fact | Visit) and place.name in names
        ]

    def _ask_instead(self, item: _Item) -> Reply:
        sources = self._sources(item)
        if not sources:
            return Reply(notes=("There is nothing to ask instead.",))
        self._focus = [*sources, *self._focus]
        return self._skip(item)

    def _skip(self, item: _Item) -> Reply:
        if item.kind == "round":
            return self._chosen(item, "")
        self._passed = None
        begun, self._begun = self._begun, None
        if begun is not None and begun.lacks == "yes":
            return Reply(notes=("Nothing was written.",))
        if begun is None and item == self._list:
            return self._waits_for("all")
        self._list = None
        self._asked[item.name] = item.subject
        self._items = self._queue()
        is_open = begun is not None and begun.lacks in ("review", "all")
        note = "The list stays open." if is_open else "Nothing was written."
        return Reply(notes=(note,) if begun else ())

    def _undone(self) -> Reply:
        if self._begun is not None:
            self._begun = None
            return Reply()
        if self._passed:
            return self._offered_again(self._passed)
        if not self._undo:
            return Reply(notes=("There is nothing to undo.",))
        text, item = self._undo.pop()
        before = self._standing(text.encode(), self._now)
        was = self._now.at(item.path)
        if isinstance(was, dict) and "answer" in was:
            was = was["answer"]
        value = "" if isinstance(was, dict | list) else f" = {_as_written(was)}"
        self._asked = {name: of for name, of in self._asked.items() if of != item.subject}
        self._focus = [item.subject, *self._focus]
        if isinstance(item.subject, List):
            others = any(of.subject == item.subject for _, of in self._undo)
            self._list = before.list_of(item.subject) if others else None
        return replace(self._moved_to(before), notes=(f"Undone: {written_as(item.path)}{value}",))

    def _offered_again(self, passed: "_Passed") -> Reply:
        """What could be chosen last, to be chosen again."""
        self._passed, self._focus, self._rounds = None, [*passed.focus], [*passed.rounds]
        self._asked = {name: of for name, of in self._asked.items() if name not in passed.names}
        self._shown -= passed.names
        self._items = self._queue()
        return Reply()

    def _answered(self, item: _Item, text: str) -> Reply:
        if not text.isprintable():
            raise Problem(f"{shown(text)} holds a character that does not show.")
        begun = self._begun
        if begun is not None and begun.lacks in ("yes", "all"):
            return self._said_yes(item, begun, text)
        if item.kind == "round":
            return self._chosen(item, text)
        if item.several:
            return self._answered_several(item, text)
        if item.kind == "list" and begun is None and text.casefold() not in NOT_KNOWN:
            return self._answered_list(item, text)
        if begun is not None and begun.lacks == "review":
            return self._kept(item, self._now.with_answer(item, self._as_date(text)))
        if begun is not None and begun.parts is not None:
            result = _braces({**begun.parts, "date": self._as_date(text)})
            return self._kept(item, self._now.with_answer(item, result))
        line, *others = _lines(item, text)
        if others:
            return self._answered_series(item, [line, *others])
        if begun is not None and begun.line is not None and not _NUMBER.match(line.value):
            line = replace(begun.line, value=f"{begun.line.value} {line.value}")
        try:
            parts, notes = self._parts(item, line)
        except _InDoubt as doubt:
            return self._waits_for("unit", line=line, told=str(doubt))
        if item.kind == "result" and not line.date:
            tried = _braces({**parts, "date": self._now.chart.on.isoformat()})
            self._load(self._now.with_answer(item, tried).encode())
            return self._waits_for("date", parts=parts)
        written = parts["value"] if len(parts) == 1 else _braces(parts)
        kept = self._kept(item, self._now.with_answer(item, written))
        return replace(kept, notes=(*notes, *kept.notes))

    def _answered_series(self, item: _Item, lines: Sequence[ResultLine]) -> Reply:
        """Several results of one fact, each with its date; the newest is written first."""
        results: list[tuple[str, str]] = []
        notes: tuple[str, ...] = ()
        for line in lines:
            try:
                if not line.date:
                    raise _InDoubt
                parts, said = self._parts(item, line)
            except _InDoubt:
                raise Problem(
                    f"{shown(line.value)}: of several results each needs its date, and its unit "
                    "where more than one is plausible: 24 U/L 2026-04-27; 28 U/L 2026-10-05."
                ) from None
            results.append((parts["date"].strip('"'), _braces(parts)))
            notes += said
        (_, oldest), *newer = sorted(results, key=lambda result: result[0])
        content = self._now.with_answer(item, oldest)
        for _, result in newer:
            content = with_result(content, item.path, result)
        kept = self._kept(item, content)
        return replace(kept, notes=(*notes, *kept.notes))

    def _parts(self, item: _Item, line: ResultLine) -> tuple[dict[str, str], tuple[str, ...]]:
        """Value, limits and date of a line as TOML, and how it was taken where that was chosen.

        Raises _InDoubt where the unit of the value has to be asked for.
        """
        value, limits = _with_units(item, line)
        notes = (f"Taken as {value}.",) if value != line.value else ()
        parts = {"value": self._written(item, value)}
        for which, (number, unit) in limits.items():
            is_plain = not unit and _PLAIN_NUMBER.fullmatch(number)
            parts[which] = number if is_plain else quoted(f"{number} {unit}".strip())
        if line.date:
            parts["date"] = self._as_date(line.date)
        return parts, notes

    def _answered_list(self, item: _Item, text: str) -> Reply:
        """An entry in one line, or that there is none (more), with the day of the review."""
        dated = _DATED.fullmatch(text)
        word, day = dated.groups() if dated else (text, "")
        (nothing,) = item.entry.choices
        if word.casefold() == nothing:
            return self._closed(item, day)
        record = self._now.chart.vocabulary.records[item.subject.name]
        if word.casefold() in (*_YES, *_NO) or _DAY.fullmatch(text):
            raise Problem(f"{shown(text)} is neither an entry nor '{nothing}'.")
        entries = parse_entries(text, record, self._now.chart.vocabulary)
        content = self._now.with_entries(record.name, entries)
        self._load(content.encode())
        many = f"{len(entries)} entries. " if len(entries) > 1 else ""
        told = many + " / ".join(self._now.told(record.name, entry) for entry in entries)
        return self._waits_for("yes", content=content, told=told)

    def _answered_several(self, item: _Item, text: str) -> Reply:
        """The numbers of what is so, and a date; what is left out of diseases is not so."""
        dated = _DATED.fullmatch(text)
        word, day = dated.groups() if dated else (text, "")
        numbers = parse_numbers(word, len(item.several))
        day = day and self._as_date(day)
        if item.kind == "reviewed":
            if not numbers:
                return self._skip(item)
            day = day or self._now.last_review
            if not day:
                raise Problem("say on what day, too: all 2025-06-02, say.")
        content, told = self._now.with_several(item, numbers, day)
        self._load(content.encode())
        return self._waits_for("yes", content=content, told=told)

    def _said_yes(self, item: _Item, begun: _Begun, text: str) -> Reply:
        """Yes or no to entries as they were read, or to that these are all."""
        dated = _DATED.fullmatch(text) if begun.lacks == "all" else None
        word, day = dated.groups() if dated else (text, "")
        if word.casefold() in _NO and not day:
            return self._skip(item)
        if word.casefold() not in _YES:
            raise Problem(f"{shown(text)} is not yes or no.")
        if begun.lacks == "all":
            return self._closed(item, day)
        if item.kind == "list":
            name = item.subject.name
            number = len(self._now.chart.profile.records.get(name, ()))
            item = replace(item, path=(name, number))
        return self._kept(item, begun.content)

    def _closed(self, item: _Item, day: str) -> Reply:
        """The list is complete, on the day that was typed, else on that of the last review."""
        day = day or self._now.last_review
        if not day:
            return self._waits_for("review")
        kept = self._kept(item, self._now.with_answer(item, self._as_date(day)))
        return replace(kept, notes=(f"Read to its end on {day}.", *kept.notes))

    def _waits_for(
        self,
        lacks: _Lacks,
        *,
        line: ResultLine | None = None,
        parts: Mapping[str, str] | None = None,
        content: str = "",
        told: str = "",
    ) -> Reply:
        self._begun = _Begun(lacks, line, parts, content, told)
        return Reply()

    def _written(self, item: _Item, text: str) -> str:
        """The answer as a value of TOML; what is none is left to the loader to refuse."""
        low, entry = text.casefold(), item.entry
        if low in NOT_KNOWN:
            return quoted(low)
        if entry.kind == "date":
            return self._as_date(text)
        if entry.choices:
            return quoted(_choice(entry.choices, text, ours=item.kind == "answer"))
        if entry.kind == "finding":
            if low in _YES or low in _NO:
                said = "true" if low in _YES else "false"
                return (
                    f"{{ answer = {said}, question = {quoted(item.mark)} }}" if item.mark else said
                )
            if item.kind == "answer":
                raise Problem(f"{shown(text)} is not yes or no.")
        if entry.kind == "quantity" and entry.unit == "1" and _PLAIN_NUMBER.fullmatch(text):
            return text
        return quoted(text)

    def _as_date(self, text: str) -> str:
        low = text.casefold()
        if low == "today":
            return self._today.isoformat()
        if low in ("ongoing", *NOT_KNOWN):
            return quoted(low)
        try:
            is_day = date.fromisoformat(text).isoformat() == text
        except ValueError:
            is_day = False
        return text if is_day else quoted(text)

    def _kept(self, item: _Item, text: str) -> Reply:
        """The session goes on from this text, if it loads."""
        after = self._standing(text.encode(), self._now)
        self._begun, self._passed = None, None
        self._undo.append((self._now.text, item))
        self._asked[item.name] = item.subject
        if not item.several:
            others = (place for place in self._focus if place != item.subject)
            self._focus = [item.subject, *others]
        is_entry = item.kind == "list" and item.path[0] != "reviewed"
        self._list = after.list_of(List(item.subject.name)) if is_entry else None
        reply = self._moved_to(after)
        follows_up = bool(self._items) and self._items[0].subject == item.subject
        is_known = after.at(item.path) not in NOT_KNOWN
        still = [place for place in after.missing if _of(place) == _of(item.lacking)]
        if still and is_known and not follows_up:
            return replace(reply, notes=(f"Still open: {after.why(still[0])}.",))
        return reply

    def _moved_to(self, after: "_Standing") -> Reply:
        before, self._now = self._now, after
        self._items = self._queue()
        changes = tuple(
            Change(trial, before.verdicts[trial][0], verdict, by)
            for trial, (verdict, by) in after.verdicts.items()
            if before.verdicts[trial][0] != verdict
        )
        new = tuple(said for said in after.warnings if said not in before.warnings)
        return Reply(self._mark + after.text.encode(), changes=changes, warnings=new)


# What a text leaves to ask


@frozen
class _Lack:
    """A test of an open criterion that lacks a name, and why."""

    place: tuple[str, str, str]  # trial, criterion, title
    reason: str
    note: str


_INFUSION = Visit("infusion")
"""Without its date no response is judged, though no rule of an outcome reads it."""


@frozen
class _Standing:
    """The text of a profile, and what follows from it; each is worked out where it is used."""

    text: str
    chart: Chart
    trials: tuple[Trial, ...]
    screenings: list[Screening]
    date_from: DateFrom
    where: str
    options: Options
    of_visit: bool = False

    @property
    def dated_by(self) -> Visit:
        """The date that the profile is of."""
        return Visit("visit" if self.of_visit else "screening")

    @cached_property
    def data(self) -> dict[str, Any]:
        return data_of(self.text)

    @cached_property
    def outlook(self) -> Outlook:
        return outlook(
            self.chart,
            self.trials,
            file=self.where,
            date_from=self.date_from,
            options=self.options,
            dated=False,
        )

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        return tuple(warnings_of(self.chart, self.screenings))

    @cached_property
    def missing(self) -> dict[Place, list[_Lack]]:
        """Every place that could still help to settle a criterion of a trial that is open."""
        places: dict[Place, list[_Lack]] = {}
        for screening in self.screenings:
            if screening.verdict == "undetermined":
                for found in awaited(screening):
                    criterion = found.criterion
                    waits = (screening.trial.id, criterion.id, criterion.title)
                    for named, reason, note in _reasons(found.finding):
                        for place in in_profile([named], self.chart):
                            places.setdefault(place, []).append(_Lack(waits, reason, note))
        return places

    @cached_property
    def wanted(self) -> dict[Place, Wanted]:
        """What to get, best first."""
        return {item.place: item for item in wanted(self.screenings, self.chart)}

    @cached_property
    def verdicts(self) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
        return {
            screening.trial.id: (
                screening.verdict,
                tuple(item.criterion.id for item in screening.counted("failed")),
            )
            for screening in self.screenings
        }

    @property
    def by_hand(self) -> tuple[str, ...]:
        return tuple(
            f"{found.label} ({place.name}){_in_brackets(self.note(place))}"
            for place, found in self.wanted.items()
            if self.item(place) is None
        )

    @property
    def last_review(self) -> str:
        """The latest day on which a list was read to its end; empty where none was."""
        days = [seen.earliest for seen in self.chart.profile.reviewed.values() if seen.is_exact]
        return max(days).isoformat() if days else ""

    def at(self, path: Steps) -> Any:
        return value_at(self.data, path)

    def note(self, place: Place) -> str:
        """What a test says of the missing place, beyond the reason code."""
        return next((lack.note for lack in self.missing.get(place, ()) if lack.note), "")

    def why(self, place: Place) -> str:
        """Why the missing place is still missing, in words."""
        return self.note(place) or REASONS[self.missing[place][0].reason]

    def first_items(self, first: First) -> Iterator[_Item]:
        """What a new profile is begun with, where it is not there and an open trial reads it."""
        open_ = [trial for trial in self.trials if self.verdicts[trial.id][0] == "undetermined"]
        read = {name for trial in open_ for name in trial.names_read}
        pack, lists = self.chart.pack, self.chart.vocabulary.records
        below = pack.closure(read - lists.keys())
        unread = [name for name in lists if name in read and not self.at((REVIEWED, name))]
        for name in first.order:
            if name == DISEASES:
                facts = [of for of in first.diseases if not below.isdisjoint(of)]
                if facts and not any(
                    self.at(_path(fact)) is not None for of in facts for fact in of
                ):
                    yield self.several(DISEASES, facts)
            elif name == REVIEWED:
                if unread:
                    yield self.several(REVIEWED, [(name,) for name in unread])
            elif name in unread:
                yield self.list_of(List(name))
            elif name in below and self.at(_path(name)) is None:
                yield self.value(Fact(name))

    def several(
        self, kind: Literal["diseases", "reviewed"], several: Sequence[tuple[str, ...]]
    ) -> _Item:
        """Ask which diseases there are, or which lists were read to the end."""
        vocabulary = self.chart.vocabulary
        if kind == "diseases":
            subject: Place = Fact(several[0][0])
            path = _path(several[0][0])[:1]
            text = "Which of these has the person? The others are written as not there."
            choices = [vocabulary.facts[facts[0]].label for facts in several]
        else:
            subject, path = List(several[0][0]), (REVIEWED,)
            text = (
                "Which of these lists were read to the end of the chart, with nothing found that "
                "is not in the profile?"
            )
            choices = []
            for (name,) in several:
                count = len(self.chart.profile.records.get(name, ()))
                choices.append(_listed(vocabulary.records[name], count))
        entry = FactEntry(name=kind, label=kind, kind="finding", choices=tuple(choices))
        return _Item(kind, kind, subject, subject, path, entry, text, several=tuple(several))

    def with_several(self, item: _Item, numbers: Sequence[int], day: str) -> tuple[str, str]:
        """The text with what was chosen of several, and this in words. Raises Problem."""
        text, vocabulary = self.text, self.chart.vocabulary
        said: dict[str, list[str]] = {"yes": [], "no": []}
        for number, names in enumerate(item.several, start=1):
            if item.kind == "reviewed":
                if number in numbers:
                    text = with_value(text, (REVIEWED, *names), day)
                    said["yes"].append(vocabulary.records[names[0]].label)
                continue
            there = number in numbers
            for name in names[:1] if there else names:
                parts = {"value": "true" if there else "false"}
                if day:
                    parts["date"] = day
                if not there:
                    parts["note"] = quoted(_NOT_THERE)
                text = with_value(
                    text, _path(name), parts["value"] if there and not day else _braces(parts)
                )
                said["yes" if there else "no"].append(vocabulary.facts[name].label)
        if item.kind == "reviewed":
            return text, f"read to the end on {day}: {'; '.join(said['yes'])}"
        told = "; ".join(f"{word}: {', '.join(labels)}" for word, labels in said.items() if labels)
        return text, told

    def items(self, about: Iterable[Place], first: First) -> Iterator[_Item]:
        """What to ask, in the order of the plan, and about these before."""
        if self.date_from == "today":
            yield self.value(self.dated_by)
        if self.of_visit and self.at(_path(_INFUSION.name)) is None:
            yield self.value(_INFUSION)
        yield from self.first_items(first)
        followed = [place for subject in about for place in self.missing if _of(place) == subject]
        for place in (*followed, *self.wanted):
            if item := self.item(place):
                yield item
        for screening in () if self.of_visit else self.screenings:
            if screening.verdict == "undetermined":
                for question in questions(screening):
                    yield _of_person(screening.trial, question)

    def item(self, place: Place) -> _Item | None:
        """How to ask for a missing place; None where it cannot be asked for."""
        match place:
            case List():
                return self.list_of(place)
            case Field():
                return self.field(place)
            case Part(Fact() as fact, "unit"):
                found = self.fact(fact)
            case Part(Fact(), _):
                found = self.part(place)
            case Fact() | Visit():
                found = self.fact(place)
            case _:
                return None
        return found and replace(
            found, short=wanted_label(place, self.chart), found=declared(place, self.chart).obtain
        )

    def fact(self, place: Fact | Visit) -> _Item | None:
        """Ask for a value, for the date of one that is there, or for a newer result."""
        name = place.name
        reasons = {lack.reason for lack in self.missing.get(place, ())}
        stated = self.chart.profile.facts.get(name, ())
        known = [one for one in stated if one.value is not None or one.text == "indeterminate"]
        if "conflict" in reasons:
            return None
        is_date = self.chart.vocabulary.facts[name].kind == "date"
        if is_date or not (known or isinstance(self.at(_path(name)), list)):
            return self.value(place)
        if any(one.date is None for one in known):  # beside another result each needs a date
            return self.part(Part(place, "date"))
        return replace(self.value(place), kind="result")

    def value(self, place: Fact | Visit) -> _Item:
        path = _path(place.name)
        entry = self.chart.vocabulary.facts[place.name]
        note = self.note(place) if self.at(path) is not None else ""
        unit = entry.unit if entry.kind == "quantity" and entry.unit not in ("1", "titre") else ""
        return _Item(
            place.name, "value", place, place, path, entry, entry.question, note, unit=unit
        )

    def part(self, place: Part) -> _Item | None:
        """Ask for what a result in the profile lacks: a limit of normal, or the date."""
        result = result_lacking(place, self.chart)
        if result is None:
            return None
        entry = self.chart.vocabulary.facts[place.of.name]
        if place.which == "date":
            entry = FactEntry(name=place.name, label=entry.label, kind="date")
        elif entry.kind == "finding":
            entry = FactEntry(name=place.name, label=entry.label, kind="text")
        kind: Literal["date", "limit"] = "date" if place.which == "date" else "limit"
        path = (*self.place_of(place.of.name, result), place.which)
        text = question_for(place, self.chart)
        is_titre = place.which == "cutoff"
        unit = _unit_of(result.text) if kind == "limit" and not is_titre else ""
        return _Item(place.name, kind, place.of, place, path, entry, text, unit=unit)

    def place_of(self, fact: str, result: Observation) -> Steps:
        """Where a result of the fact stands."""
        stands = self.at(_path(fact))
        if not isinstance(stands, list):
            return _path(fact)
        used = [at for at, one in enumerate(stands) if not _is_left_out(one)]
        results = self.chart.profile.facts[fact]
        return (
            *_path(fact),
            next(at for at, one in zip(used, results, strict=True) if one is result),
        )

    def field(self, place: Field) -> _Item | None:
        number, field = place.numbers[0], place.field
        entry = self.chart.vocabulary.records[place.list].fields.get(field)
        if entry is None:
            return None
        fields = self.chart.profile.records[place.list][number - 1].fields
        called = next((one.text for key, one in fields.items() if key != field), "")
        entry_label = f"{place.list.replace('_', ' ').capitalize()} {number}"
        label = entry.question or f"{entry.label[0].lower()}{entry.label[1:]}?"
        text = f"{entry_label}{_in_brackets(called)}: {label}"
        note = self.note(place) if field in fields else ""
        path = (place.list, number - 1, field)
        return _Item(
            place.name, "field", place, place, path, entry, text, note, found=ENTRIES, short=text
        )

    def list_of(self, place: List) -> _Item:
        """Ask whether the list is complete; its entries a person writes."""
        name = place.list
        entry = self.chart.vocabulary.records[name]
        count = len(self.chart.profile.records.get(name, ()))
        text = f"{entry.question} {count or 'None'} listed."
        # "yes" would say that there are some, or that there are none: it is not among the words
        words = ("nothing more",) if count else ("none",)
        given = FactEntry(name=name, label=entry.label, kind="finding", choices=words)
        path = ("reviewed", name)
        return _Item(
            f"reviewed.{name}", "list", place, place, path, given, text,
            example=entry.example, found=entry.obtain, short=_listed(entry, count),
        )  # fmt: skip

    def turn(self, item: _Item, rules_out: Mapping[str, set[Place]]) -> Turn:
        """When the item has its turn; of each trial, the places that alone may rule out."""
        if item.kind == "answer":
            _, trial, key = item.path
            places: dict[str, Place] = {str(trial): AnswerTo(str(key))}
        else:
            places = dict.fromkeys(rules_out, item.lacking)
        found = frozenset(trial for trial, of in places.items() if of in rules_out[trial])
        return Turn(item.name, item.found, self.is_put_off(item), item.kind == "answer", found)

    def is_put_off(self, item: _Item) -> bool:
        """Does the profile say that it is not known, or name a drug that nobody knows?"""
        stands = _plain(self.at(item.path))
        return stands in NOT_KNOWN or (item.entry.kind == "drug" and stands is not None)

    def recorded(self, item: _Item) -> str:
        stands = self.at(item.path)
        if isinstance(stands, list):
            return f"{len(stands)} results"
        stands = _plain(stands)
        return "" if stands is None else _as_written(stands)

    def with_answer(self, item: _Item, written: str) -> str:
        """The text with the answer, written as TOML, in its place. Raises Problem."""
        if item.kind == "result":
            return with_result(self.text, item.path, written)
        *above, key = item.path
        result = tuple(above)
        if item.kind in ("limit", "date") and not isinstance(self.at(result), dict):
            value = piece(self.text, result)
            return with_value(self.text, result, f"{{ value = {value}, {key} = {written} }}")
        return with_value(self.text, item.path, written)

    def with_entries(self, name: str, entries: Iterable[Mapping[str, str]]) -> str:
        """The text with these entries of a list at its end. Raises Problem."""
        text = self.text
        for entry in entries:
            text = with_entry(text, name, entry)
        return text

    def told(self, name: str, entry: Mapping[str, str]) -> str:
        """An entry as it was read: each field by its label."""
        fields = self.chart.vocabulary.records[name].fields
        said = data_of(f"said = {_braces(entry)}")["said"]
        return "; ".join(f"{fields[key].label}: {_as_written(said[key])}" for key in said)

    def trial_count(self, item: _Item) -> int:
        if item.lacking == self.dated_by or (self.of_visit and item.lacking == _INFUSION):
            return len(self.trials)
        return len({trial for trial, _, _ in self.waiting(item)})

    def waiting(self, item: _Item) -> tuple[tuple[str, str, str], ...]:
        """The criteria that wait for the answer: trial, id, title."""
        if item.offered:
            each = (self.waiting(one) for one in item.offered)
            return tuple(dict.fromkeys(place for places in each for place in places))
        if item.kind == "answer":
            trial, asking = self.asking(item)
            return tuple((trial.id, name, trial.by_id[name].title) for name in asking)
        return tuple(dict.fromkeys(lack.place for lack in self.missing.get(item.lacking, ())))

    def asking(self, item: _Item) -> tuple[Trial, Sequence[str]]:
        """The trial that asks a person, and the ids of its criteria that do."""
        _, of, key = item.path
        trial = next(trial for trial in self.trials if trial.id == of)
        name = str(key)
        return trial, trial.choices[name].criteria if name in trial.choices else (name,)

    def explained(self, item: _Item) -> Explanation:
        if item.kind == "answer":
            return Explanation(self.waiting(item), tuple(self.outcomes_of_answer(item)))
        found = None if item.offered else self.wanted.get(item.lacking)
        outcomes: Iterable[Outcome] = ()
        if found and item.kind not in ("date", "limit"):
            outcomes = outcomes_of(found, self.chart, preferred=self.options.preferred)
        return Explanation(self.waiting(item), tuple(outcomes))

    def outcomes_of_answer(self, item: _Item) -> Iterator[Outcome]:
        """What each answer of a person would decide of the criteria that ask."""
        trial, asking = self.asking(item)
        key = str(item.path[-1])
        answers: dict[str, bool | str] = {choice: choice for choice in item.entry.choices}
        for said, value in (answers or {"yes": True, "no": False}).items():
            profile = self.chart.profile
            own = {**profile.answers.get(trial.id, {}), key: Given(value)}
            tried = replace(profile, answers={**profile.answers, trial.id: own})
            chart = chart_on(tried, self.chart.pack, self.chart.on, beside=self.chart)
            rules_out, settles = [], []
            for criterion in map(trial.by_id.__getitem__, asking):
                judged = judge(criterion, trial, chart, preferred=self.options.preferred)
                status = status_of(criterion, judged.finding.answer)
                if status == "failed" and criterion.decisive:
                    rules_out.append(f"{trial.id} {criterion.id}")
                elif status != "unknown":
                    settles.append(f"{trial.id} {criterion.id}")
            if rules_out or settles:
                yield Outcome(value=said, rules_out=rules_out, settles=settles)


def _plain(stands: Any) -> Any:
    """The value or the answer alone, of what may stand in a table with more."""
    return stands.get("value", stands.get("answer")) if isinstance(stands, dict) else stands


def _of(place: Place) -> Place:
    """What a missing place is about: a part, about the value that it goes with."""
    return place.of if isinstance(place, Part) else place


def _reasons(finding: Finding) -> Iterator[tuple[Place, str, str]]:
    """(place, reason, note) of each test that left the finding open."""
    open_ = [part for part in finding.parts if part.reason]
    below = {place for part in open_ for place in part.missing}
    for place in finding.missing:
        if place not in below:
            yield place, finding.reason, finding.note
    for part in open_:
        yield from _reasons(part)


def _of_person(trial: Trial, question: QuestionReport) -> _Item:
    """Ask what only a person can answer."""
    about, found = {
        "judgement": ("the investigator judges", "investigator"),
        "promise": ("the person is asked", "question"),
        "gap": ("the page does not say", PROTOCOL),
        "reading": ("the page can be read in several ways", PROTOCOL),
    }[question.about]
    subject = AnswerTo(f"{trial.id}.{question.key}")
    choices = tuple(question.answers) if question.about == "reading" else ()
    entry = FactEntry(name=subject.name, label=question.key, kind="finding", choices=choices)
    asks = f"{trial.id} {', '.join(question.settles)}"
    text = f"{asks} ({about}): {question.question}"
    path = ("answers", trial.id, question.key)
    mark = "" if choices else question_mark(question.question)
    short = f"{asks}: {trial.by_id[question.settles[0]].brief}"
    return _Item(
        subject.name, "answer", subject, subject, path, entry, text,
        mark=mark, found=found, short=short,
    )  # fmt: skip


def _listed(record: RecordEntry, count: int) -> str:
    return f"{record.label}: {count or 'none'} listed"


def _path(fact: str) -> Steps:
    return tuple(fact.split(".", 1))


def _is_left_out(result: Any) -> bool:
    return isinstance(result, dict) and result.get("status") in WITHDRAWN


# Words


_NOT_THERE = "not among the diseases that the person has, as said when the profile was begun"
_YES = ("yes", "y", "true")
_NO = ("no", "n", "false")
_A_DATE = "a date, 2025-06-02 or 2025-06 say, or today"
_PLAIN_NUMBER = pattern(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_DAY = pattern(rf"{DAY}|today", re.IGNORECASE)
_DATED = pattern(rf"(.*\S)\s+({DAY}|today)", re.IGNORECASE)
_NUMBER = pattern(r"(?:<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)", re.ASCII)


def _how(item: _Item) -> str:
    """How the question may be answered."""
    entry = item.entry
    if item.unit:
        return f"a number in {item.unit}, or a number and its unit"
    if item.kind == "limit":
        return "as the result is written" if item.name.endswith(".cutoff") else "a number"
    if item.kind == "round":
        return "the numbers of those that can, 1-3, 5 say, or all; an empty line skips them all"
    if item.kind == "diseases":
        return "the numbers of all that the person has, 1, 3 say, or none; a date may follow"
    if item.kind == "reviewed":
        return "their numbers and the date, 1-3, 5 2025-06-02 say, or all and the date"
    if item.kind == "list":
        example = f", {item.example} say" if item.example else ""
        return f"an entry in one line{example}; or {entry.choices[0]}"
    if entry.choices:
        return "a number or the word" if are_numbered(entry.choices) else "the word"
    match entry.kind:
        case "finding":
            return "yes or no"
        case "date" if item.lacking == Visit("screening"):
            return "a date, 2025-06-02 say, or today"
        case "date":
            return _A_DATE + "".join(f", or {word}" for word in entry.words)
        case "quantity":
            return how_written(entry.unit).removeprefix("write ").replace('"', "")
        case "duration":
            return "a time, 8 months say"
    assert entry.kind == "drug", "no rule reads a text, so none is missing"
    return "the name of the drug"


_LAST = Question("There is nothing left to ask.", "", "nothing leaves, u undoes the last answer")


def _lines(item: _Item, text: str) -> list[ResultLine]:
    """What was typed, taken apart where it may say more than the value, or several results."""
    is_result = item.kind in ("value", "result") and item.entry.kind in ("quantity", "finding")
    is_word = text.casefold() in (choice.casefold() for choice in item.entry.choices)
    if not is_result or is_word:
        return [ResultLine(text)]
    return [parse_result(part.strip()) for part in text.split(";") if part.strip()] or [
        ResultLine(text)
    ]


# Units that were not typed


class _InDoubt(Problem):
    """Why the unit of a number that was typed without one has to be asked for."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)


def _with_units(item: _Item, line: ResultLine) -> tuple[str, Mapping[str, tuple[str, str]]]:
    """The value and the limits of a line, each with its unit.

    A number without a unit is in that of its limits, and limits without one are in that of their
    value: laboratories print both in one. Where neither has one, it is the unit that the question
    names, unless the number would not be plausible in it.

    Raises _InDoubt where the unit has to be asked for, and Problem for a value and limits in units
    of two kinds, and for limits that would not be plausible in the unit of their value.
    """
    value, limits = line.value, line.limits
    beside = next((unit for _, unit in limits.values() if unit), "")
    is_bare = _NUMBER.fullmatch(value) is not None
    if is_bare and item.entry.kind == "duration":
        raise _InDoubt
    if is_bare and (unit := _unit_meant(item, value, limits, beside)):
        value = f"{value} {unit}"
    unit = _unit_of(value)
    if item.kind == "limit":
        if not _of_one_kind(item.entry, item.unit, unit):
            raise Problem(
                f"the result is in {item.unit}, and {shown(value)} is not; write the limit in the "
                "unit of its result, or correct the result first."
            )
        return value, limits
    if not _of_one_kind(item.entry, unit, beside):
        raise Problem(
            f"the value is in {shown(unit)} and its limits are in {shown(beside)}; write both in "
            "one unit."
        )
    for number, own in limits.values():
        if not own and _is_some(number) and _is_plausible(item.entry, number, unit) is False:
            raise Problem(
                f"a limit of {number} {unit} is outside what is plausible; write its unit, too."
            )
    return value, {which: (number, own or unit) for which, (number, own) in limits.items()}


def _unit_meant(item: _Item, value: str, limits: Mapping[str, tuple[str, str]], beside: str) -> str:
    """The unit of a number that was typed without one; empty where it has none.

    beside  that of its limits, where it was typed. Raises _InDoubt.
    """
    entry = item.entry
    is_measured = entry.measured is not None and not entry.measured.cutoffs
    unit = (beside if item.unit or is_measured else "") or item.unit
    numbers = [value, *(number for number, own in limits.values() if not own and _is_some(number))]
    for number in numbers:
        if unit and _is_plausible(entry, number, unit) is False:
            raise _InDoubt(f"{number} {unit} is outside what is plausible")
    return unit


def _is_some(number: str) -> bool:
    """Is it a number other than 0, which is the same in every unit, and no limit?"""
    found = _NUMBER.fullmatch(number)
    return found is None or Fraction(found[1]) != 0


def _is_plausible(entry: FactEntry, number: str, unit: str) -> bool | None:
    """Would the number, without its comparator, be plausible in this unit? None where that cannot
    be told.
    """
    if entry.kind != "quantity":
        return None
    try:
        found, named = parse_quantity(f"{number.lstrip('<>= ')} {unit}", entry.unit)
        return is_plausible(entry, entry.to_unit(found, named))
    except Problem:
        return None


def _of_one_kind(entry: FactEntry, unit: str, other: str) -> bool:
    """Do two units, as they are written, convert to one another whatever they are of?

    What is no unit is left to the loader to refuse.
    """
    if not unit or not other:
        return True
    one, two = (unit_if_known(spelling, entry.unit) for spelling in (unit, other))
    if one is None or two is None or not {ULN, LLN}.isdisjoint((one, two)):
        return True
    return factor(one, two) is not None


def _units(item: _Item, number: str) -> str:
    """The units that a number without one may be in."""
    if item.entry.kind == "duration":
        return "months"
    return units_listed(item.entry, parse_quantity(number)[0])


def _unit_of(value: str) -> str:
    """The unit of a quantity as it is written; empty where it has none."""
    found = _NUMBER.match(value)
    return value[found.end() :].strip() if found else ""


def _braces(parts: Mapping[str, str]) -> str:
    return f"{{ {', '.join(f'{key} = {value}' for key, value in parts.items())} }}"


def are_numbered(choices: tuple[str, ...]) -> bool:
    """A number stands for a choice, where no choice is itself a number."""
    return not any(choice.isdecimal() for choice in choices)


def _choice(choices: tuple[str, ...], text: str, *, ours: bool) -> str:
    """The choice that the text names; what names none is left to the loader, unless it is ours."""
    for choice in choices:
        if choice.casefold() == text.casefold():
            return choice
    is_number = text.isascii() and text.isdecimal() and len(text) < 4
    if is_number and are_numbered(choices) and 1 <= int(text) <= len(choices):
        return choices[int(text) - 1]
    if ours:
        raise Problem(f"{shown(text)} is none of {', '.join(map(repr, choices))}.")
    return text


def _as_written(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _in_brackets(note: str) -> str:
    return f" ({note})" if note else ""
