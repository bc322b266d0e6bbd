"""What is typed in one line, taken apart: a result with limits and date, an entry of a list.

    18 U/L (0-40) 2026-10-09     value, lower and upper limit, date
    negative 2026-10-09          no limit
    22 (ULN 35 U/L)              the upper limit alone; whoever asked says what unit 22 is in

    prednisone 60 mg/day 2026-03-08..2026-04-19 inadequate      drug, dose, dates, response
    rituximab 1000 mg 2025-02-03 2025-02-17                     two single doses: two entries

Values stay text: whoever reads profiles says whether they are any.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from cartscreen.errors import Problem
from cartscreen.frozen import EMPTY, frozen
from cartscreen.pattern import pattern
from cartscreen.profile.edit import data_of, quoted
from cartscreen.schedule import parse_dose
from cartscreen.text import asked, either, shown
from cartscreen.vocabulary import FactEntry, RecordEntry, Vocabulary
from cartscreen.words import meant_by

DAY = r"\d{4}-\d{2}(?:-\d{2})?"
"""A day or a month, as a profile writes it."""

_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = r"(?:\s*(?P<unit>[^\s\d(),-][^(),]*?))?"
_LIMITS = (
    pattern(rf"(?P<lower>{_NUMBER})\s*[-\u2013~]\s*(?P<upper>{_NUMBER}){_UNIT}"),
    pattern(rf"(?:ULN|<=?|\u2264)\s*(?P<upper>{_NUMBER}){_UNIT}", re.IGNORECASE),
    pattern(rf"(?:LLN|>=?|\u2265)\s*(?P<lower>{_NUMBER}){_UNIT}", re.IGNORECASE),
    pattern(rf"limit\s*(?P<limit>{_NUMBER}){_UNIT}", re.IGNORECASE),
)
_LINE = pattern(
    rf"(?P<value>.*?\S)(?:\s+\((?P<limits>[^()]*)\))?(?:\s+(?P<date>{DAY}|today))?", re.IGNORECASE
)


@frozen
class ResultLine:
    """A line that says a result.

    limits  upper, lower, or limit (of detection) -> its number, and its unit where one is written
    date    as typed; empty where none is
    """

    value: str
    limits: Mapping[str, tuple[str, str]] = EMPTY
    date: str = ""


def parse_result(text: str) -> ResultLine:
    """Result: VALUE [ "(" LIMITS ")" ] [ DATE ].

    LIMITS is "0-40", "<= 40" or "ULN 40", ">= 7" or "LLN 7", "limit 20" (of detection); their unit
    may follow. Raises Problem for other words in brackets.
    """
    found = _LINE.fullmatch(text)
    if found is None:
        return ResultLine(text)
    limits: dict[str, tuple[str, str]] = {}
    if found["limits"] is not None:
        limits = _limits(found["limits"].strip())
    return ResultLine(found["value"], limits, found["date"] or "")


def _limits(text: str) -> dict[str, tuple[str, str]]:
    for form in _LIMITS:
        if found := form.fullmatch(text):
            unit = found["unit"] or ""
            said = found.groupdict().items()
            return {key: (number, unit) for key, number in said if key != "unit"}
    raise Problem(
        f"{shown(f'({text})')} is not a normal range; write (0-40), (ULN 40), (LLN 7), or "
        "(limit 20) for a limit of detection."
    )


# Entries of lists


_ONE_DATE = pattern(DAY)
_RANGE = pattern(r"(?P<first>\d{4}(?:-\d{2}){0,2})?\.\.(?P<last>\d{4}(?:-\d{2}){0,2}|[a-z]+)?")
_WORD = pattern(r'\w+="[^"]*"|\S+')
_KEYED = pattern(r'(?P<field>\w+)=(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
_LONGEST = 6  # words of one choice that are looked at together
_FEW_CHOICES = 6  # of a field, to be written out in a message
_YES_NO = {"yes": "true", "no": "false", "true": "true", "false": "false"}


def parse_entries(
    text: str, record: RecordEntry, vocabulary: Vocabulary
) -> list[Mapping[str, str]]:
    """The entries of a line: WHAT [ DOSE ] { DATE | [DATE]..[DATE] } { WORD } { FIELD=VALUE }.

    Each is field -> value as TOML. WHAT is the drug, else the text that the list has, a name say;
    WORD is one of the choices of a field ("inadequate"), or a field that is yes or no ("severe",
    "not severe"). A drug with one amount and single dates is a single dose on each of them, an
    entry each. Raises Problem, with a sentence, for every word that cannot be read, and for what
    could be read in two ways: nothing is left out, and nothing guessed.
    """
    line = _EntryLine([found[0] for found in _WORD.finditer(text)], record, vocabulary)
    line.read_keyed()
    line.read_choices()
    line.read_dates()
    line.read_dose()
    line.read_what()
    order = list(record.fields)
    return [dict(sorted(one.items(), key=lambda of: order.index(of[0]))) for one in line.entries()]


class _EntryLine:
    """A line as it is taken apart: words that are read are taken out, and become fields.

    words   what is left, None where a word has been read
    fields  field -> value as TOML
    days    single dates
    """

    def __init__(self, words: list[str], record: RecordEntry, vocabulary: Vocabulary) -> None:
        self.words: list[str | None] = list(words)
        self.record = record
        self.vocabulary = vocabulary
        self.fields: dict[str, str] = {}
        self.days: list[str] = []

    def say(self, name: str, value: str) -> None:
        if name in self.fields:
            raise Problem(f"the line says {name} twice, {self.fields[name]} and {value}.")
        self.fields[name] = value

    def read_keyed(self) -> None:
        """FIELD=VALUE, in quotation marks where it has blanks."""
        for at, word in enumerate(self.words):
            if word and (found := _KEYED.fullmatch(word)):
                name, value = found["field"], found["quoted"] or found["plain"] or ""
                if name not in self.record.fields:
                    raise Problem(f"{shown(name)} is no field; {self._fields()}.")
                self.say(name, _as_toml(self.record.fields[name], value))
                self.words[at] = None

    def read_choices(self) -> None:
        at = 0
        while at < len(self.words):
            at = self._choice_from(at)

    def _choice_from(self, at: int) -> int:
        """Read a choice that begins here, the longest; where to go on."""
        for length in range(min(_LONGEST, len(self.words) - at), 0, -1):
            words = [word for word in self.words[at : at + length] if word is not None]
            if len(words) < length:
                continue
            phrase = " ".join(words).casefold()
            meant = self._meant(phrase) or self._meant(phrase.rstrip(",;"))
            if len({name for name, _ in meant}) > 1:
                ways = " or ".join(f"{name}={value}" for name, value in meant)
                raise Problem(f"{shown(phrase)} may be more than one thing; write {ways}.")
            if meant:
                self.say(*meant[0])
                self.words[at : at + length] = [None] * length
                return at + length
        return at + 1

    def _meant(self, phrase: str) -> list[tuple[str, str]]:
        """The fields, each with its value, for which the words stand."""
        meant = []
        for name, entry in self.record.fields.items():
            plain = name.replace("_", " ")
            for choice in entry.choices:
                if phrase == choice.casefold():
                    meant.append((name, quoted(choice)))
            if entry.kind == "finding" and not entry.choices:
                if phrase == plain:
                    meant.append((name, "true"))
                elif phrase == f"not {plain}":
                    meant.append((name, "false"))
        return meant

    def read_dates(self) -> None:
        for at, word in enumerate(self.words):
            bare = (word or "").rstrip(",;")
            if found := _RANGE.fullmatch(bare):
                self._range(found["first"] or "", found["last"] or "", bare)
            elif _ONE_DATE.fullmatch(bare):
                self.days.append(bare)
            else:
                continue
            self.words[at] = None

    def _range(self, first: str, last: str, said: str) -> None:
        begins, ends = self.record.of_role("begins"), self.record.of_role("ends")
        for entry, day in ((begins, first), (ends, last)):
            if day and entry is None:
                dates = self._dates()
                raise Problem(f"{shown(said)}: an entry of this list has no such dates; {dates}.")
            if day and entry is not None:
                self.say(entry.name, _as_toml(entry, day))

    def read_dose(self) -> None:
        """From the first word that begins with a digit to the next word that was read."""
        dose = self.record.of_role("dose")
        if dose is None or dose.name in self.fields:
            return
        start = next((at for at, word in enumerate(self.words) if word and word[0].isdigit()), None)
        if start is None:
            return
        words: list[str] = []
        for at in range(start, len(self.words)):
            word = self.words[at]
            if word is None:
                break
            words.append(word)
            self.words[at] = None
        said = " ".join(words).rstrip(",;")
        try:
            parse_dose(said)
        except Problem:  # for a word that is of another field, perhaps; else the loader says what
            for word in words:
                if meant := self._word_meant(word):
                    raise Problem(f"{shown(word)} is no part of a dose.{meant}") from None
        self.say(dose.name, quoted(said))

    def read_what(self) -> None:
        """The drug, or the one text of the list, from all words that are left."""
        left = " ".join(word for word in self.words if word is not None).strip(",;")
        if not left:
            return
        drug = self.record.of_role("drug")
        if drug is not None and drug.name not in self.fields:
            if self.vocabulary.preparation(left) is None:
                self._refuse_beside_drug(left.split(" "))
                hint = self.vocabulary.drug_suggestion(left)
                keep = f'{drug.name}="{left}" keeps the words as they are'
                raise Problem(f"{shown(left)} is not a drug of the vocabulary.{hint} {keep}.")
            self.fields[drug.name] = quoted(left)
            return
        texts = [name for name, entry in self.record.fields.items() if entry.kind == "text"]
        if drug is None and len(texts) == 1 and texts[0] not in self.fields:
            self.fields[texts[0]] = quoted(left)
            return
        hint = self._word_meant(left) or f" {self._fields()}."
        raise Problem(f"{shown(left)} is not understood.{hint}")

    def _word_meant(self, text: str) -> str:
        """A closing sentence with the one word of a field that the text stands for."""
        words = (choice for entry in self.record.fields.values() for choice in entry.choices)
        meant = meant_by(text, list(dict.fromkeys(words)))
        return asked(meant) if len(meant) == 1 else ""

    def _refuse_beside_drug(self, words: list[str]) -> None:
        """Raise Problem for what follows the name of a drug: kept with it, it hides the drug."""
        for end in range(len(words) - 1, 0, -1):
            drug, rest = " ".join(words[:end]), " ".join(words[end:])
            if self.vocabulary.preparation(drug) is not None:
                hint = self._word_meant(rest) or f" {self._saying()}."
                raise Problem(f"{shown(rest)}, beside {drug}, is not understood.{hint}")

    def _saying(self) -> str:
        """The fields of few words, which say what others may mean: that the drug was given for
        another disease, or not at all. Such a word cannot be left out, so nobody is told to.
        """
        said = [
            f"{name}={either(map(_unbroken, entry.choices or ('yes', 'no')))}"
            for name, entry in self.record.fields.items()
            if name not in self.fields and entry.kind == "finding"
            if len(entry.choices) <= _FEW_CHOICES
        ]
        every = f"`cartscreen facts {self.record.name}` lists all fields"
        return f"A field may say what it means: {'; '.join(said)}. {every}"

    def entries(self) -> list[dict[str, str]]:
        """One, or one for each day of a drug that was given in single doses."""
        begins, ends = self.record.of_role("begins"), self.record.of_role("ends")
        dose = self.record.of_role("dose")
        if not self.days:
            return [self.fields]
        if begins and ends and dose:
            given = data_of(f"dose = {self.fields.get(dose.name, quoted(''))}")["dose"]
            written = given if _is_single(given) else f"{given} once"
            if not _is_single(written) or {begins.name, ends.name} & self.fields.keys():
                raise Problem(
                    f"{self.days[0]} may be the first day or the last; write {self.days[0]}.. or "
                    f"..{self.days[0]}, or both days, as in 2025-03-08..2025-04-19."
                )
            once = {**self.fields, dose.name: quoted(written)}
            return [
                once | {role.name: _as_toml(role, day) for role in (begins, ends)}
                for day in self.days
            ]
        dates = [name for name, entry in self.record.fields.items() if entry.kind == "date"]
        roles = [entry.name for entry in (begins, ends) if entry]
        fitting = roles or dates
        if len(self.days) > 1 or len(fitting) != 1 or set(fitting) & self.fields.keys():
            raise Problem(f"{self.days[0]}: it does not say what the date is of; {self._dates()}.")
        self.say(fitting[0], _as_toml(self.record.fields[fitting[0]], self.days[0]))
        return [self.fields]

    def _dates(self) -> str:
        dates = [name for name, entry in self.record.fields.items() if entry.kind == "date"]
        return "write " + ", ".join(f"{name}=DATE" for name in dates)

    def _fields(self) -> str:
        return f"Write FIELD=VALUE; the fields are {', '.join(self.record.fields)}"


def _unbroken(word: str) -> str:
    """A word as a field takes it: in quotation marks where it has blanks."""
    return quoted(word) if " " in word else word


def _is_single(dose: str) -> bool:
    """Is it an amount that was given once?"""
    try:
        return parse_dose(dose).often is None
    except Problem:
        return False


def _as_toml(entry: FactEntry, text: str) -> str:
    """The value of a field as TOML; what is none is left to the loader to refuse."""
    if entry.kind == "finding" and not entry.choices and text.casefold() in _YES_NO:
        return _YES_NO[text.casefold()]
    if entry.kind == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with suppress(ValueError):
            return date.fromisoformat(text).isoformat()
    if entry.unit == "1" and re.fullmatch(r"(0|[1-9]\d*)(\.\d+)?", text, re.ASCII):
        return text
    return quoted(text)


# Several of a list


def parse_numbers(text: str, count: int) -> tuple[int, ...]:
    """Which of the choices 1 to `count` are named: "1, 3", "2-5 7", "all" or "none".

    Raises Problem for anything else.
    """
    if text.casefold() in ("all", "none"):
        return tuple(range(1, count + 1)) if text.casefold() == "all" else ()
    numbers: set[int] = set()
    for part in re.split(r"[,\s]+", text):
        found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", part, re.ASCII)
        low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= low <= high <= count:
            raise Problem(
                f"{shown(part)} is none of the numbers 1 to {count}; write 1, 3 or 2-5 say, "
                "all or none."
            )
        numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))
