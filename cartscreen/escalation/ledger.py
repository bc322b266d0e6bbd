"""The ledger of a study: a TOML file becomes patients, decisions and the sponsor's answers.

A ledger is of a study, not of a patient. Nothing is guessed: a patient whose DLT is not stated is
pending, and a gap that nobody has answered is a question. All faults of a file are reported
together, each with its line, its field and the likely fix.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from cartscreen.dates import PartialDate, shift
from cartscreen.errors import CriteriaError, InputError, Problem
from cartscreen.frozen import frozen
from cartscreen.hashing import sha256
from cartscreen.pack.doses import Doses, Question, dose_of
from cartscreen.pack.files import read_toml
from cartscreen.pack.trial import Trial
from cartscreen.pattern import pattern
from cartscreen.text import did_you_mean, shown
from cartscreen.toml import oddity, place_in, signs
from cartscreen.units import factor, parse_quantity

MAX_BYTES = 1_000_000
_MOST_SIGNS = 50_000
_MOST_PATIENTS = 500
_MOST_FAULTS = 100
_LONGEST_TEXT = 500

_T = TypeVar("_T")


@frozen
class Window:
    """How long after the infusion a DLT counts, to the end of its last day."""

    count: int
    unit: str

    def last_day(self, infusion: date) -> date:
        return shift(infusion, self.count, self.unit)

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"


@frozen
class Patient:
    """One patient of the study.

    number    the place in the file, from 1
    level     the number of the dose level, from 0; None where `dose` is another one
    dose      another dose, in cells per kilogram: in between, or above the levels
    given     the dose given, in cells per kilogram, where the ledger tells it
    dlt       whether there was a DLT; None where that is pending
    occurred  the day of the DLT
    known     the day on which it was known whether there was a DLT
    """

    number: int
    name: str
    level: int | None
    dose: Fraction | None = None
    enrolled: date | None = None
    infusion: date | None = None
    given: Fraction | None = None
    dlt: bool | None = None
    occurred: date | None = None
    known: date | None = None
    term: str = ""
    grade: int | None = None
    evaluable: bool = True
    why: str = ""
    expansion: bool = False
    note: str = ""

    @property
    def known_from(self) -> date | None:
        """From when the result was known, where the ledger tells it."""
        return self.known or self.occurred


@frozen
class Reply:
    """What the sponsor answered to a gap of the page.

    value  what the answer means to the program, where the gap is about something that it counts
    """

    gap: str
    says: str
    source: str
    day: date | None
    value: Window | Fraction | str | None = None


@frozen
class Decision:
    """Which clause was chosen, by whom and when."""

    clause: str
    day: date
    by: str
    note: str = ""


@frozen
class Ledger:
    """The patients of a study in the order of the file, what was decided, and what was answered."""

    patients: tuple[Patient, ...]
    decisions: tuple[Decision, ...]
    replies: Mapping[str, Reply]
    sha256: str

    def reply_about(self, question: Question | None) -> Reply | None:
        return self.replies.get(question.id) if question else None


def parse_ledger(content: bytes, trial: Trial, where: str) -> Ledger:
    """The ledger in these bytes. Raises InputError with every fault."""
    data = _toml(content, where)
    if isinstance(data.get("patient"), str):
        raise InputError(
            f"{where}: this is the profile of a patient, not the ledger of a study; "
            "examples/ledgers/rd06-04-sle.toml is one to begin with."
        )
    reader = _Reader(content.decode(), trial, where)
    ledger = reader.ledger(data, sha256(content).hexdigest())
    if reader.faults:
        raise InputError(*reader.faults[:_MOST_FAULTS])
    return ledger


def _toml(content: bytes, where: str) -> dict[str, Any]:
    text = content.decode("utf-8", "replace")
    if not text.strip():
        raise InputError(
            f"{where}: the file is empty; examples/ledgers/rd06-04-sle.toml is one to begin with."
        )
    if len(content) > MAX_BYTES or signs(text) > _MOST_SIGNS:
        raise InputError(f"{where}: the file is too large for the ledger of one study.")
    if found := oddity(text):
        at, odd = found
        raise InputError(f"{where}: {place_in(text, at)} has {odd}.")
    try:
        return read_toml(content, where)
    except CriteriaError as fault:  # read like a pack's file, and of another kind
        raise InputError(*fault.faults) from None


_PATIENT = (
    "patient", "level", "dose", "enrolled", "infusion", "weight", "cells", "given", "dlt",
    "occurred", "known", "term", "grade", "evaluable", "why", "expansion", "note",
)  # fmt: skip
_ANSWER = ("gap", "says", "value", "source", "date")
_DECISION = ("clause", "date", "by", "note")
_TABLES = {"patient": _PATIENT, "answer": _ANSWER, "decision": _DECISION}
_TOP = ("schema", "trial", "note", *_TABLES)


class _Reader:
    """Reads one ledger and collects its faults."""

    def __init__(self, text: str, trial: Trial, where: str) -> None:
        self.lines = text.split("\n")
        self.trial = trial
        self.doses: Doses = trial.doses
        self.where = where
        self.faults: list[str] = []

    def ledger(self, data: Mapping[str, Any], sha256: str) -> Ledger:
        for key in data:
            if key not in _TOP:
                hint = did_you_mean(key, _TOP) or f" It has {', '.join(_TOP)}."
                self.fault("", 0, key, f"is no key of a ledger.{hint}")
        if data.get("schema") != 1 or isinstance(data.get("schema"), bool):
            self.fault("", 0, "schema", "is missing or not known; write `schema = 1` at the top.")
        named = data.get("trial", self.trial.id)
        if named not in (self.trial.id, self.trial.about.registry):
            self.fault(
                "", 0, "trial", f"{shown(named)} is not the trial asked for, {self.trial.id}."
            )
        patients = [self.patient(n, row) for n, row in self.rows(data, "patient", "patient")]
        replies = [self.reply(n, row) for n, row in self.rows(data, "answer", "gap")]
        decisions = [self.decision(n, row) for n, row in self.rows(data, "decision", "clause")]
        decided = sorted((item for item in decisions if item), key=lambda item: item.day)
        return Ledger(
            tuple(item for item in patients if item),
            tuple(decided),
            {item.gap: item for item in replies if item},
            sha256,
        )

    def rows(self, data: Mapping[str, Any], table: str, key: str) -> Iterator[tuple[int, Any]]:
        """(number, table) of each entry; what is named by `key` stands once, but for decisions."""
        listed = data.get(table, [])
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            self.fault("", 0, table, f"is not a list of tables; write [[{table}]] above each.")
            return
        if len(listed) > _MOST_PATIENTS:
            self.fault("", 0, table, f"stands there more than {_MOST_PATIENTS} times.")
            return
        seen: dict[str, int] = {}
        for number, row in enumerate(listed, start=1):
            for name in row:
                if name not in _TABLES[table]:
                    hint = did_you_mean(name, _TABLES[table])
                    hint = hint or f" There are {', '.join(_TABLES[table])}."
                    self.fault(table, number, name, f"is no key of [[{table}]].{hint}")
            first = seen.setdefault(str(row.get(key)).strip(), number)
            if first != number and table != "decision" and key in row:
                self.fault(table, number, key, self.twice(table, row[key], first))
            yield number, row

    def twice(self, table: str, name: Any, first: int) -> str:
        said = f"{shown(name)} is that of {table} number {first} too"
        if table == "answer":
            return f"{said}; join the two answers."
        asked = self.doses.gap_about("second infusion")
        again = f"; of a second infusion the page says nothing ({asked.id})" if asked else ""
        return f"{said}. Each patient has one entry{again}."

    def fault(self, table: str, number: int, field: str, says: str) -> None:
        line = _line_of(self.lines, table, number, field)
        which = f"{table} number {number}, " if table else ""
        self.faults.append(f"{self.where}: line {line}: {which}{field}: {says}")

    def tried(
        self, table: str, number: int, row: Mapping[str, Any], field: str, read: Callable[[Any], _T]
    ) -> _T | None:
        """The value of a field as `read` reads it; None where it is left out or at fault."""
        if field not in row:
            return None
        try:
            return read(row[field])
        except Problem as problem:
            self.fault(table, number, field, str(problem))
            return None

    def patient(self, number: int, row: Mapping[str, Any]) -> Patient | None:
        before = len(self.faults)

        def read(field: str, how: Callable[[Any], _T]) -> _T | None:
            return self.tried("patient", number, row, field, how)

        name = self.needed("patient", number, row, "patient", _text)
        level = read("level", self.level)
        dose = read("dose", _dose)
        if ("level" in row) == ("dose" in row):
            said = "stand both there" if "level" in row else "are both missing"
            self.fault("patient", number, "level", f"level and dose {said}; write one of them.")
        days = {key: read(key, _day) for key in ("enrolled", "infusion", "occurred", "known")}
        self.check_days(number, row, days)
        dlt = read("dlt", _dlt)
        found = Patient(
            number,
            name or "",
            level,
            dose,
            **days,
            given=self.given(number, row),
            dlt=None if dlt in (None, "pending") else dlt == "yes",
            term=read("term", _text) or "",
            grade=read("grade", _grade),
            evaluable=read("evaluable", _flag) is not False,
            why=read("why", _text) or "",
            expansion=read("expansion", _flag) is True,
            note=read("note", _text) or "",
        )
        if len(self.faults) == before:
            self.check_patient(number, row, found)
        return found if len(self.faults) == before else None

    def level(self, value: Any) -> int:
        if not isinstance(value, str):
            raise Problem(f'{shown(value)} is not the name of a level; write it in quotes, "DL1".')
        return self.doses.number_of(value)

    def given(self, number: int, row: Mapping[str, Any]) -> Fraction | None:
        """The dose given per kilogram: stated, or cells by weight."""
        given = self.tried("patient", number, row, "given", _dose)
        cells = self.tried("patient", number, row, "cells", _cells)
        weight = self.tried("patient", number, row, "weight", _weight)
        if "given" in row and ("cells" in row or "weight" in row):
            self.fault("patient", number, "given", "stands beside cells or weight; write one way.")
        if ("cells" in row) != ("weight" in row):
            missing = "weight" if "cells" in row else "cells"
            has = "cells" if "cells" in row else "weight"
            self.fault("patient", number, has, f"{missing} is missing beside it.")
        return cells / weight if cells and weight else given

    def check_days(
        self, number: int, row: Mapping[str, Any], days: Mapping[str, date | None]
    ) -> None:
        """Enrolled, infused, DLT, known: none lies before the one that it follows."""
        order = [(key, day) for key in _IN_ORDER if (day := days[key]) is not None]
        for (earlier, first), (later, second) in pairwise(order):
            if second < first:
                said = f"{second} lies before {earlier}, {first}; is one of the two a slip?"
                self.fault("patient", number, later, said)
        if "infusion" not in row:
            for key in ("occurred", "known", "dlt", "cells", "given"):
                if key in row:
                    self.fault("patient", number, key, "infusion is missing, its day.")

    def check_patient(self, number: int, row: Mapping[str, Any], found: Patient) -> None:
        if found.dlt is not True:
            for key in ("occurred", "term", "grade"):
                if key in row:
                    self.fault("patient", number, key, "is for a DLT; write `dlt = true`.")
        if found.dlt is None and "known" in row:
            self.fault("patient", number, "known", "is for a result; write dlt = true or false.")
        if not found.evaluable and not found.why:
            self.fault("patient", number, "evaluable", "needs the reason beside it, why = ...")
        if found.evaluable and "why" in row:
            self.fault("patient", number, "why", "is for evaluable = false.")
        if not found.evaluable and found.dlt:
            self.fault("patient", number, "dlt", "a patient with a DLT was evaluated for it.")

    def reply(self, number: int, row: Mapping[str, Any]) -> Reply | None:
        before = len(self.faults)
        gap = self.needed("answer", number, row, "gap", self.gap)
        says = self.needed("answer", number, row, "says", _text)
        source = self.needed("answer", number, row, "source", _text)
        day = self.tried("answer", number, row, "date", _day)
        value = None
        if gap is not None:
            how = _VALUES.get(gap.about)
            if how is None and "value" in row:
                self.fault("answer", number, "value", f"{gap.id} takes no value; write it in says.")
            elif how is not None:
                value = self.tried("answer", number, row, "value", how)
        if len(self.faults) > before or gap is None:
            return None
        return Reply(gap.id, says or "", source or "", day, value)

    def gap(self, value: Any) -> Question:
        if not isinstance(value, str) or value not in self.doses.gap:
            see = f" `cartscreen show {self.trial.id} --doses` lists them."
            raise Problem(f"{shown(value)} is not a gap of the page.{see}")
        return self.doses.gap[value]

    def decision(self, number: int, row: Mapping[str, Any]) -> Decision | None:
        before = len(self.faults)
        clause = self.needed("decision", number, row, "clause", self.clause)
        day = self.needed("decision", number, row, "date", _day)
        by = self.needed("decision", number, row, "by", _text)
        note = self.tried("decision", number, row, "note", _text)
        if len(self.faults) > before or day is None:
            return None
        return Decision(clause or "", day, by or "", note or "")

    def clause(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.doses.clause:
            there = ", ".join(self.doses.clause)
            raise Problem(f"{shown(value)} is not a clause of the page. There are {there}.")
        return value

    def needed(
        self, table: str, number: int, row: Mapping[str, Any], field: str, read: Callable[[Any], _T]
    ) -> _T | None:
        if field not in row:
            self.fault(table, number, field, "is missing.")
        return self.tried(table, number, row, field, read)


_IN_ORDER = ("enrolled", "infusion", "occurred", "known")


def _line_of(lines: list[str], table: str, number: int, field: str) -> int:
    """The line of a field in the so many-th [[table]], or of the table's head; else 1."""
    head = 0
    if table:
        heads = [n for n, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
        if number > len(heads):  # written in one line, patient = [{ ... }]
            return _line_of(lines, "", 0, table)
        head = heads[number - 1] + 1
    for n, line in enumerate(lines[head:], start=head):
        if re.match(r"\s*\[", line):
            if not table and re.match(rf"\s*\[+\s*{re.escape(field)}\s*\]", line):
                return n + 1
            if table:
                break
        if re.match(rf"""\s*["']?{re.escape(field)}["']?\s*=""", line):
            return n + 1
    return max(head, 1)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Problem(f"{shown(value)} is not text; write it in quotes.")
    if len(value) > _LONGEST_TEXT:
        raise Problem(f"it has more than {_LONGEST_TEXT} letters.")
    return value.strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Problem(f"{shown(value)} is neither true nor false.")
    return value


def _dlt(value: Any) -> str:
    if value == "pending":
        return "pending"
    if isinstance(value, bool):
        return "yes" if value else "no"
    raise Problem(f'{shown(value)} is not true, false or "pending".')


def _day(value: Any) -> date:
    day = PartialDate.parse(value)
    if not day.is_exact:
        raise Problem(f"{shown(value)} is not a day; a ledger needs the day, 2026-03-02.")
    return day.earliest


def _number(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Problem(f"{shown(value)} is not a number; write it without quotes, 2.9e7.")
    return Fraction(value)


def _cells(value: Any) -> Fraction:
    number = _number(value)
    if number <= 0:
        raise Problem(f"{shown(value)} is not a number of cells above 0.")
    return number


def _grade(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        raise Problem(f"{shown(value)} is not a grade from 1 to 5.")
    return value


def _weight(value: Any) -> Fraction:
    interval, unit = parse_quantity(value, "kg") if isinstance(value, str) else (None, "")
    times = factor(unit, "kg") if unit else None
    if interval is None or times is None or not interval.is_exact or not interval.low:
        raise Problem(f'{shown(value)} is not a weight; write "58 kg".')
    if interval.low < 0:
        raise Problem(f"{shown(value)} is below 0.")
    return interval.low * times


def _dose(value: Any) -> Fraction:
    if not isinstance(value, str):
        raise Problem(f'{shown(value)} is not a dose in cells per kilogram; write "3e5 cells/kg".')
    return dose_of(value)


_SPAN = pattern(r"([1-9]\d{0,2}) (day|week|month)s?")
_PERCENT = pattern(r"(\d{1,2}(?:\.\d{1,2})?) ?%")


def _window(value: Any) -> Window:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Problem(f'{shown(value)} is not a length of time; write "28 days".')
    return Window(int(found[1]), f"{found[2]}s")


def _tolerance(value: Any) -> Fraction:
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Problem(f'{shown(value)} is not a tolerance; write "20 %".')
    return Fraction(found[1]) / 100


def _counts(value: Any) -> str:
    if value not in ("treated", "enrolled"):
        raise Problem(f'{shown(value)} is neither "treated" nor "enrolled".')
    return str(value)


_VALUES: Mapping[str, Callable[[Any], Window | Fraction | str]] = {
    "window": _window,
    "tolerance": _tolerance,
    "counts": _counts,
}
"""What the answer to a gap may say in figures, by what the gap is about."""

_WHAT_IF = pattern(
    r"\s*(?P<level>[^:]+?)\s*:\s*(?P<dlt>-?\d{1,3})\s+of\s+(?P<treated>-?\d{1,3})\s*"
)


def what_if(texts: Iterable[str], doses: Doses, day: date) -> Iterator[Patient]:
    """Patients of "DL2: 1 of 3", three more at DL2 and one of them with a DLT. Raises Problem."""
    number = 0
    for text in texts:
        found = _WHAT_IF.fullmatch(text)
        if found is None:
            raise Problem(f'{shown(text)} is not of the form "DL2: 1 of 3".')
        dlt, treated = int(found["dlt"]), int(found["treated"])
        if dlt < 0 or treated < 0:
            raise Problem(f"{shown(text)} has a negative count; both are 0 or more.")
        if dlt > treated or not 1 <= treated <= _MOST_PATIENTS:
            raise Problem(f"{shown(text)}: {dlt} of {treated} patients cannot be.")
        level = doses.number_of(found["level"])
        for each in range(treated):
            number += 1
            yield Patient(
                number, f"what if {number}", level, infusion=day, dlt=each < dlt, known=day
            )
