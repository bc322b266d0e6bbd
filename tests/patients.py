"""Random patients of the bundled trials, and ways to write the same patient otherwise.

A patient starts as the complete one of a trial's cases, as one of the cases, or as an example, and
some things are then changed: numbers moved about the limits of the trial's rules, dates about its
windows, findings turned, entries added, answers and reviews left out. The same trial and seed make
the same patient.

    python tests/patients.py [SECONDS]

tries the laws on new patients for so long (a minute), and prints the first one that breaks one.
"""

import pickle
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import ceil
from random import Random
from time import monotonic
from typing import Any, NamedTuple

import tomli_w
from draws import DRAWS
from generated import removable, with_vaguer_dates, without
from spellings import UNITS
from support import ROOT, TRIALS, cases_of, profile_of

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate, shift
from cartscreen.errors import InputError, Problem
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import judge, screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import texts
from cartscreen.rule.tree import ANCHORS, Compare, Group, Records, Rule, Test, names_read
from cartscreen.units import LLN, ULN, decimal, factor, parse_quantity, unit_named
from cartscreen.vocabulary import FactEntry, Formula, RecordEntry, reads

Data = dict[str, Any]
"""A profile as TOML data."""

PAIRS = 3
"""Pairs of one of whom less, and one of whom more is known, that each of them makes."""

COUNT = ceil(DRAWS / PAIRS / len(TRIALS))
"""Patients of each trial, for each law; all their pairs together are DRAWS."""

PACK = bundled_pack()
VOCABULARY = PACK.vocabulary
BY_ID = {trial.id: trial for trial in PACK.trials}

# What a trial reads


def rules_of(trial: Trial) -> Iterator[Rule]:
    for criterion in trial.criteria:
        yield from rules_of_criterion(criterion)


def rules_of_criterion(criterion: Criterion) -> Iterator[Rule]:
    if criterion.applies is not None:
        yield criterion.applies
    for reading in criterion.readings:
        yield reading.rule


def leaves_of(rule: Rule, record: str = "") -> Iterator[tuple[str, Test]]:
    """Each test of the rule, with the list whose field it reads, if it reads one."""
    match rule:
        case Test():
            yield "" if "." in rule.fact else record, rule
        case Group():
            for part in rule.rules:
                yield from leaves_of(part, record)
        case Records():
            for part in rule.where:
                yield from leaves_of(part, rule.name)


def with_sources(names: Iterable[str]) -> set[str]:
    """These facts and lists, and all that they may follow from."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        found.add(name)
        if entry := VOCABULARY.facts.get(name):
            ahead += [fact for derivation in entry.derive for fact in reads(derivation)]
            told = " ".join(str(d.unless) for d in entry.derive if isinstance(d, Formula))
            ahead += [fact for fact in VOCABULARY.facts if fact in told]
            ahead += [fact for rule in PACK.derived_rules[name] for fact in names_read(rule)]
        if name == "treatment":
            ahead.append("person.weight")  # for the dose per kilogram
        ahead += [other for other, entry in VOCABULARY.records.items() if name in entry.empties]
    return found


DOUBTED = with_sources(
    name for item in PACK.contradictions for name in (*names_read(item.rule), *item.doubts)
)
"""What may be part of a contradiction."""


@dataclass(frozen=True)
class Reads:
    """What the rules of a trial are about."""

    facts: tuple[str, ...]
    sources: tuple[str, ...]
    lists: tuple[str, ...]
    limits: dict[str, tuple[Compare, ...]]
    lengths: tuple[tuple[int, str], ...]
    drugs: tuple[str, ...]
    every: frozenset[str]


@cache
def reads_of(trial: str) -> Reads:
    every = with_sources(BY_ID[trial].names_read)
    derived = [rule for name in sorted(every) for rule in PACK.derived_rules.get(name, ())]
    limits: dict[str, list[Compare]] = {}
    lengths = [(0, "days"), (1, "months")]
    drugs = ["prednisone", "Zorkine"]  # one that every chart holds, and one that nobody knows
    for rule in [*rules_of(BY_ID[trial]), *derived]:
        for record, test in leaves_of(rule):
            name = f"{record}.{test.fact}" if record else test.fact
            if test.window and test.window.unit != "half-lives":
                lengths.append((test.window.count, test.window.unit))
            if isinstance(test.check, Compare):
                limits.setdefault(name, []).append(test.check)
                if test.check.unit in ("days", "weeks", "months", "years") and record:
                    lengths.append((int(test.check.limit), test.check.unit))
            if test.fact == "drug":
                words = set(test.check.words)  # type: ignore[union-attr]
                drugs += [
                    drug.name
                    for drug in VOCABULARY.drugs.values()
                    if drug.name in words or words & set(drug.classes)
                ]
    facts = [name for name in BY_ID[trial].names_read if name in VOCABULARY.facts]
    return Reads(
        tuple(name for name in facts if not name.startswith("dates.")),
        tuple(sorted(name for name in every if name in VOCABULARY.facts and "dates." not in name)),
        tuple(sorted(name for name in every if name in VOCABULARY.records)),
        {name: tuple(checks) for name, checks in limits.items()},
        tuple(sorted(set(lengths))),
        tuple(dict.fromkeys(drugs)),
        frozenset(every),
    )


# Patients


@cache
def starts_of(trial: str) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """The complete patient, the cases, the examples: pickled, to copy them fast."""
    full, cases = cases_of(trial)
    paths = sorted((ROOT / "examples").glob("*.toml"))
    examples = [tomllib.loads(path.read_text("utf-8")) for path in paths]
    kept = [{k: v for k, v in data.items() if k not in ("schema", "patient")} for data in examples]
    cased = [case.data for case in cases]
    return [pickle.dumps(full)], list(map(pickle.dumps, cased)), list(map(pickle.dumps, kept))


def complete(trial: str) -> Data:
    """The patient who matches every criterion of the trial, to be changed at will."""
    return pickle.loads(starts_of(trial)[0][0])  # type: ignore[no-any-return]


ORDER = ("start", "diagnosed", "disease_free_since", "last_change", "last_dose", "stop")
NOT_KNOWN = ("unknown", "not done", "indeterminate")


class Chance:
    """Random days, values and entries for a patient of a trial."""

    def __init__(self, trial: str, data: Data, rng: Random) -> None:
        self.rng = rng
        self.trial = trial
        self.reads = reads_of(trial)
        self.data = data
        self.on: date = data["dates"]["screening"]

    def near(self) -> date:
        """A day about the far end of a window, or soon after the day judged."""
        visits = [day for day in self.data["dates"].values() if isinstance(day, date)]
        anchor = self.rng.choice([self.on, self.on, *visits])
        if self.rng.random() < 0.15:
            return anchor + timedelta(days=self.rng.randint(0, 60))
        count, unit = self.rng.choice(self.reads.lengths)
        off = self.rng.choice((-1, 0, 0, 1, self.rng.randint(-40, 40)))
        return max(shift(anchor, -count, unit), date(1930, 1, 1)) + timedelta(days=off)

    def written(self, day: date) -> date | str:
        """To the day, the month or the year."""
        part = self.rng.random()
        return day if part < 0.85 else f"{day:%Y-%m}" if part < 0.95 else f"{day:%Y}"

    def number(self, name: str, entry: FactEntry) -> Data:
        """{ value, and the limits of normal }: about a limit of a rule, or anywhere."""
        check = self.rng.choice(self.reads.limits.get(name, (None,)))
        result: Data = {}
        limit = check.limit if check else self.anywhere(entry)
        if entry.obtain in ("blood", "urine") and entry.unit != "titre":
            own = Fraction(round(self.anywhere(entry) * 10) + 1, 10)
            sides = {ULN: own, LLN: own / 2}
            if check and check.unit in sides:
                limit *= sides[check.unit]
            if self.rng.random() < 0.85:
                result["upper"] = f"{decimal(sides[ULN])} {entry.unit}".removesuffix(" 1")
            if self.rng.random() < 0.5:
                result["lower"] = f"{decimal(sides[LLN])} {entry.unit}".removesuffix(" 1")
            if self.rng.random() < 0.03:
                return {"value": f"{self.rng.choice((0.5, 1, 1.5, 2, 3, 3.01, 5, 6))} ULN"}
        whole = entry.unit in ("1", "years", "days")
        step = Fraction(1) if whole else Fraction(1, 10 ** self.rng.randint(0, 4))
        number = self.rng.choice(
            (limit, limit - step, limit + step, limit * Fraction(self.rng.randint(0, 300), 100))
        )
        if entry.steps:
            number = round(number / Fraction(entry.steps)) * Fraction(entry.steps)
        if entry.bounds:
            low, high = (Fraction(end) for end in entry.bounds)
            number = min(max(number, low), high)
        at_an_end = entry.bounds is not None and number in map(Fraction, entry.bounds)
        result["value"] = self.text(max(number, Fraction(0)), entry.unit, plain=at_an_end)
        return result

    def anywhere(self, entry: FactEntry) -> Fraction:
        low, high = entry.plausible or entry.bounds or (0, 100)
        return Fraction(low) + Fraction(high - low) * Fraction(
            int(1000 * self.rng.random() ** 2), 1000
        )

    def text(self, number: Fraction, unit: str, *, plain: bool) -> str | int:
        ranged = number > 0 and not plain and self.rng.random() < 0.05
        sign = self.rng.choice(("<", ">")) if ranged else ""
        if unit == "titre":
            return f"{sign}1:{self.rng.choice((1, 2, 4, 8, 16, 32))}"
        number = Fraction(round(number * 10**4), 10**4)
        if unit == "1":
            return (
                int(number) if number.denominator == 1 and not sign else f"{sign}{decimal(number)}"
            )
        return f"{sign}{decimal(number)} {unit}"

    def value(self, name: str, entry: FactEntry) -> Data:
        """{ value, and limits }, of any kind of fact or field."""
        if self.rng.random() < 0.04:
            return {"value": self.rng.choice(NOT_KNOWN)}
        match entry.kind:
            case "quantity":
                return self.number(name, entry)
            case "date":
                return {"value": self.written(self.near())}
            case "drug":
                return {"value": self.rng.choice(self.reads.drugs)}
            case "duration":
                count, unit = self.rng.choice(self.reads.lengths)
                return {"value": f"{max(count + self.rng.choice((-1, 0, 1)), 0)} {unit}"}
            case "text":
                return {"value": "of some name"}
        choices = entry.choices or (True, False)
        return {"value": self.rng.choice(choices)}

    def record(self, entry: RecordEntry) -> Data:
        made: Data = {}
        ahead = self.near()
        for name in sorted(entry.fields, key=lambda n: ORDER.index(n) if n in ORDER else 9):
            field = entry.fields[name]
            rare = field.derive or name in ("half_life", "last_dose", "dose_per_kg", "route")
            if self.rng.random() < (0.93 if rare else 0.15):
                continue
            if field.kind == "date":
                ongoing = bool(field.words) and self.rng.random() < 0.4
                ahead = max(ahead, self.near())
                made[name] = field.words[0] if ongoing else self.written(ahead)
            else:
                made[name] = self.value(f"{entry.name}.{name}", field)["value"]
        return made


class Made(Chance):
    """A random patient of a trial, in the making."""

    def __init__(self, trial: str, rng: Random) -> None:
        kind = rng.choices(starts_of(trial), (7, 4, 1))[0]
        super().__init__(trial, pickle.loads(rng.choice(kind)), rng)
        for _ in range(rng.choice((1, 1, 2, 2, 3, 4, 6, 9, 14))):
            rng.choices(CHANGES, WEIGHTS)[0](self)
        self.data = {key: value for key, value in self.data.items() if value != []}

    def set(self, name: str, value: Any) -> None:
        section, _, key = name.partition(".")
        self.data.setdefault(section, {})[key] = value

    def fact_read(self) -> str:
        some = self.rng.random()
        limits = [name for name in self.reads.limits if name in VOCABULARY.facts]
        if some < 0.4 and limits:
            return self.rng.choice(limits)
        return self.rng.choice(self.reads.facts if some < 0.8 else self.reads.sources)

    def fact(self) -> None:
        """A fact that the trial reads, with another value."""
        name = self.fact_read()
        entry = VOCABULARY.facts[name]
        found = self.value(name, entry)
        if entry.kind == "date":
            found = found["value"]
        elif self.rng.random() < 0.45:
            found["date"] = self.written(self.near())
            if self.rng.random() < 0.05:
                found["status"] = self.rng.choice(("preliminary", "entered-in-error"))
        elif found.keys() == {"value"}:
            found = found["value"]
        self.set(name, found)

    def turn(self) -> None:
        """A finding that the trial reads, with another word."""
        entries = [VOCABULARY.facts[name] for name in self.reads.facts]
        entry = self.rng.choice([entry for entry in entries if entry.kind == "finding"])
        self.set(entry.name, self.rng.choice(entry.choices or (True, False)))

    def series(self) -> None:
        """A fact with two or three dated results, the one that it had among them."""
        name = self.fact_read()
        entry = VOCABULARY.facts[name]
        if entry.kind == "date" or entry.latest:
            return
        section, _, key = name.partition(".")
        had = self.data.get(section, {}).get(key, [])
        listed = (
            had if isinstance(had, list) else [had if isinstance(had, dict) else {"value": had}]
        )
        results = [{"date": self.near(), **item} for item in listed]
        days = [self.near() for _ in range(self.rng.choice((1, 1, 2)))]
        days = [self.rng.choice([day, *(item["date"] for item in results)]) for day in days]
        self.set(
            name,
            [
                *results,
                *(
                    {**self.value(name, entry), "date": self.written(d)}
                    if isinstance(d, date)
                    else {**self.value(name, entry), "date": d}
                    for d in days
                ),
            ],
        )

    def no_fact(self) -> None:
        section, _, key = self.fact_read().partition(".")
        self.data.get(section, {}).pop(key, None)

    def person(self) -> None:
        """About a limit of age, or another sex, fertility, weight."""
        ages = [int(check.limit) for check in self.reads.limits.get("person.age", ())]
        match self.rng.randrange(4):
            case 0 | 1:
                years = self.rng.choice([18, 30, *(age + n for age in ages for n in (0, 1))])
                born = shift(self.on, -years, "years") + timedelta(days=self.rng.randint(-2, 2))
                if self.rng.random() < 0.1:
                    born = date(born.year // 4 * 4, 2, 29)
                self.set("person.birth_date", self.written(min(born, self.on)))
            case 2:
                self.set("person.sex", self.rng.choice(("female", "male")))
                words = VOCABULARY.facts["person.fertility"].choices
                self.set("person.fertility", self.rng.choice(words))
            case 3:
                count = self.rng.choice((1, 2, 3))
                kilos = [
                    f"{self.rng.choice((20, 40, 50, 59.9, 60, 61, 80))} kg" for _ in range(count)
                ]
                self.set("person.weight", [{"value": kg, "date": self.near()} for kg in kilos])

    def day(self) -> None:
        """One of the dates moved."""
        dated = [
            (table, key)
            for table in _tables(self.data)
            for key, value in table.items()
            if isinstance(value, date) and key != "screening"
        ]
        if dated:
            table, key = self.rng.choice(dated)
            table[key] = self.written(self.near())

    def vaguer(self) -> None:
        """One kind of date known only to the month."""
        keys = {k for t in _tables(self.data) for k, v in t.items() if isinstance(v, date)}
        if keys := keys - {"screening"}:
            self.data = with_vaguer_dates(self.data, {self.rng.choice(sorted(keys))})

    def limit(self) -> None:
        """A limit of normal left out."""
        tables = [table for table in _tables(self.data) if "upper" in table]
        if tables:
            self.rng.choice(tables).pop("upper")

    def entry(self) -> None:
        """An entry of a list added."""
        if not self.reads.lists:
            return
        name = self.rng.choice(self.reads.lists)
        made = self.record(VOCABULARY.records[name])
        if made:
            listed = self.data.setdefault(name, [])
            listed.insert(self.rng.randint(0, len(listed)), made)

    def listed(self) -> tuple[str, list[Data]] | None:
        names = [name for name in self.data if name in VOCABULARY.records and self.data[name]]
        if not names:
            return None
        name = self.rng.choice(names)
        return name, self.data[name]

    def no_entry(self) -> None:
        if found := self.listed():
            found[1].pop(self.rng.randrange(len(found[1])))

    def same_entry(self) -> None:
        if found := self.listed():
            found[1].append(dict(self.rng.choice(found[1])))

    def field(self) -> None:
        """A field of an entry changed, or added."""
        if found := self.listed():
            name, entries = found
            key, field = self.rng.choice(list(VOCABULARY.records[name].fields.items()))
            value = self.value(f"{name}.{key}", field)["value"]
            if field.words and self.rng.random() < 0.4:
                value = field.words[0]
            self.rng.choice(entries)[key] = value

    def no_field(self) -> None:
        if found := self.listed():
            entry = self.rng.choice(found[1])
            if len(entry) > 1:
                entry.pop(self.rng.choice(list(entry)))

    def review(self) -> None:
        """A list that was not reviewed, or on another day, or a list that was."""
        if self.reads.lists:
            reviewed = self.data.setdefault("reviewed", {})
            name = self.rng.choice(self.reads.lists)
            if self.rng.random() < 0.5:
                reviewed.pop(name, None)
            else:
                reviewed[name] = self.written(self.near())

    def answer(self) -> None:
        """Another answer of a person, one of the readings, or none."""
        given = self.data.setdefault("answers", {}).setdefault(self.trial, {})
        criteria = [c for c in BY_ID[self.trial].criteria if c.question or len(c.readings) > 1]
        criterion = self.rng.choice(criteria)
        labels = [reading.label for reading in criterion.readings if reading.label]
        said = self.rng.choice([True, False, None, *labels[:2]])
        if said is None:
            given.pop(criterion.id, None)
        else:
            given[criterion.id] = said

    def visit(self) -> None:
        name = self.rng.choice(ANCHORS[1:])
        if self.rng.random() < 0.4:
            self.data["dates"].pop(name, None)
        else:
            days = self.rng.choice((0, 1, 7, 14, 28, 60))
            days = -days if name == "consent" else days
            self.data["dates"][name] = self.written(self.on + timedelta(days=days))

    def units(self) -> None:
        self.data = respelled(self.data, self.rng)


_OFTEN: dict[Callable[[Made], None], int] = {
    Made.fact: 7, Made.turn: 4, Made.series: 3, Made.no_fact: 2, Made.person: 2, Made.day: 4,
    Made.vaguer: 1, Made.limit: 1, Made.entry: 4, Made.no_entry: 1, Made.same_entry: 1,
    Made.field: 3, Made.no_field: 2, Made.review: 1, Made.answer: 4, Made.visit: 1, Made.units: 1,
}  # fmt: skip
CHANGES, WEIGHTS = tuple(_OFTEN), tuple(_OFTEN.values())


def _tables(data: Any) -> Iterator[Data]:
    """Every table of the data; reviews and answers apart."""
    if isinstance(data, dict):
        yield data
        for key, value in data.items():
            if key not in ("reviewed", "answers"):
                yield from _tables(value)
    elif isinstance(data, list):
        for value in data:
            yield from _tables(value)


@cache
def line(*said: Any) -> "Line":
    """The same is said of many a patient: one is kept."""
    return Line(*said)


class Line(NamedTuple):
    """What is said of one criterion."""

    answer: Answer
    reason: str
    missing: tuple[str, ...]
    applicable: bool
    status: str
    decisive: bool


@dataclass(frozen=True, eq=False)
class Seen:
    """What one trial says of one patient."""

    verdict: str
    lines: dict[str, Line]
    contradicts: bool
    """Does the profile contradict itself, or do results of one day?"""
    undated: frozenset[str]
    """The facts without a date to the day."""

    @property
    def answers(self) -> dict[str, Answer]:
        return {name: line.answer for name, line in self.lines.items()}

    @property
    def reasons(self) -> dict[str, tuple[Answer, str, tuple[str, ...], bool]]:
        return {name: line[:4] for name, line in self.lines.items()}


def seen(trial: str, data: Data) -> Seen:
    """The screening of this TOML data on its own screening date. Raises InputError."""
    found = chart(data)
    screening = screen(BY_ID[trial], found)
    lines = {
        item.criterion.id: line(
            item.answer, item.finding.reason, texts(item.finding.missing), item.applicable,
            item.status, item.criterion.decisive,
        )
        for item in screening.criteria
    }  # fmt: skip
    contradicts = any(said.reason == "conflict" for said in lines.values())
    stated = found.profile.facts.items()
    undated = {name for name, items in stated if not all(i.date and i.date.is_exact for i in items)}
    contradicts = contradicts or bool(found.contradictions)
    return Seen(screening.verdict, lines, contradicts, frozenset(undated))


def chart(data: Data) -> Chart:
    return chart_on(profile_of(data), PACK, data["dates"]["screening"])


@dataclass(frozen=True, eq=False)
class Patient:
    """A random patient of a trial, with what the trial says."""

    trial: str
    seed: int
    data: Data
    seen: Seen

    def __str__(self) -> str:
        return f"{self.trial}, seed {self.seed}"

    def rng(self, what: str) -> Random:
        """Chance of its own for each thing that is done with the patient."""
        return Random(f"{self} {what}")


@cache
def patient(trial: str, seed: int) -> Patient:
    """The random patient of this number; one that the loader refuses is drawn again."""
    for attempt in range(1000):
        data = Made(trial, Random(f"{trial} {seed} {attempt}")).data
        try:
            return Patient(trial, seed, data, seen(trial, data))
        except InputError:
            continue
    raise AssertionError("the loader refuses every patient")


def patients(trial: str, count: int) -> list[Patient]:
    """The first so many; each made once for all the laws."""
    return [patient(trial, seed) for seed in range(count)]


# The same patient, written otherwise


@cache
def spellings(unit: str, to: str, molar_mass: Fraction | None) -> list[tuple[str, Fraction]]:
    """Each spelling that may stand for this unit where `to` is asked for, and its factor."""
    return [
        (spelling, times)
        for other, written in UNITS.items()
        if (times := factor(unit, other, molar_mass)) is not None
        and factor(other, to, molar_mass) is not None
        for spelling in (other if other != "1" else "", *written)
    ]


def respelled_value(value: Any, entry: FactEntry, rng: Random) -> Any:
    """The same amount in another unit or spelling, where decimals can write it exactly."""
    if isinstance(value, bool) or value in (*NOT_KNOWN, "ongoing"):
        return value
    number, unit = parse_quantity(str(value))
    if unit == "titre":
        return re.sub(r"\s*:\s*", rng.choice((":", " : ")), value)
    if unit in (ULN, LLN):
        spelling, times = unit, Fraction(1)
    elif entry.kind == "duration":  # a month is no number of weeks
        spelling, times = rng.choice([unit, *UNITS[unit]]), Fraction(1)
    else:
        # little haemoglobin in moles may be of another mass: grams stay grams
        mass = None if entry.molar_mass_below else entry.grams_per_mole
        known = spellings(unit, entry.unit, mass)
        if "dose" in entry.name:  # "140 mg weekly" is a dose a week, and no rate
            known = [each for each in known if not re.search(" (weekly|every) ?", each[0])]
        spelling, times = rng.choice(known)
    end = number.low if number.low is not None else number.high
    assert end is not None
    text = decimal(end * times)
    if text.startswith("~") or ("." in text and unit_named(spelling).startswith("/")):
        return value  # not in decimals, or a part of a cell
    if len(text.partition(".")[0]) > 15:
        return value  # a weight in pg, say
    if "." not in text and rng.random() < 0.2:
        text = f"{text}.0"
    sign = re.match("[<>]?=?", str(value).strip())
    return f"{sign[0] if sign else ''}{text} {spelling}".strip()


def respelled(data: Data, rng: Random) -> Data:
    """The data with every amount in another unit, or another spelling of it."""
    return {section: _respelled_section(section, content, rng) for section, content in data.items()}


def _respelled_section(section: str, content: Any, rng: Random) -> Any:
    if section in VOCABULARY.records:
        fields = VOCABULARY.records[section].fields
        return [
            {
                key: value if key == "every" else _respelled_result(value, fields[key], rng)
                for key, value in entry.items()  # how often has words of its own
            }
            for entry in content
        ]
    if section in VOCABULARY.sections:
        return {
            key: _respelled_result(value, VOCABULARY.facts[f"{section}.{key}"], rng)
            for key, value in content.items()
        }
    return content


def _respelled_result(value: Any, entry: FactEntry, rng: Random) -> Any:
    if entry.kind not in ("quantity", "duration"):
        return value
    if isinstance(value, list):
        return [_respelled_result(item, entry, rng) for item in value]
    if isinstance(value, dict):
        return {
            key: respelled_value(part, entry, rng) if key in ("value", "upper", "lower") else part
            for key, part in value.items()
        }
    return respelled_value(value, entry, rng)


def reordered(value: Any, rng: Random, *, records: bool = True) -> Any:
    """The data with its keys and its series in another order; its lists of records too."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: reordered(value[key], rng, records=records) for key in keys}
    if isinstance(value, list):
        listed = [reordered(item, rng, records=records) for item in value]
        is_series = all(isinstance(item, dict) and "value" in item for item in value)
        if is_series or records:
            rng.shuffle(listed)
        return listed
    return value


def repeated(data: Data, rng: Random) -> Data:
    """The data with dated results, and entries of lists, written twice.

    Two treatments without a known drug or a start may be two drugs, or two courses; such an entry
    is not repeated.
    """
    return {section: _repeated_section(section, content, rng) for section, content in data.items()}


def _repeated_section(section: str, content: Any, rng: Random) -> Any:
    if section in VOCABULARY.records:
        listed = list(content)
        for entry in content:
            if rng.random() < 0.5 and (section != "treatment" or _is_one_course(entry)):
                listed.insert(rng.randint(0, len(listed)), dict(entry))
        return listed
    if section in VOCABULARY.sections:
        return {
            key: _repeated_result(value, VOCABULARY.facts[f"{section}.{key}"], rng)
            for key, value in content.items()
        }
    return content


def _is_one_course(entry: Data) -> bool:
    return "start" in entry and VOCABULARY.drug_named(entry.get("drug", "")) is not None


def _repeated_result(value: Any, entry: FactEntry, rng: Random) -> Any:
    if entry.kind == "date" or entry.latest or rng.random() < 0.5:
        return value
    if isinstance(value, dict) and "date" in value:
        return [value, dict(value)]
    if isinstance(value, list):
        return [*value, dict(rng.choice(value))]
    return value


@cache
def _beside(trial: str) -> tuple[list[str], list[str]]:
    """The facts and the lists that the trial does not read, nor any contradiction."""
    read = reads_of(trial).every | DOUBTED
    facts = [name for name in VOCABULARY.facts if name not in read and "dates." not in name]
    return facts, [name for name in VOCABULARY.records if name not in read]


def beside(data: Data, trial: str, rng: Random) -> Data:
    """The data with facts, a list and an answer that the trial does not read."""
    for _ in range(100):
        more = _with_more(data, trial, rng)
        try:
            chart(more)
        except InputError:
            continue  # an entry that ends before its start, say
        return more
    raise AssertionError("the loader refuses whatever stands beside")


def _with_more(data: Data, trial: str, rng: Random) -> Data:
    chance = Chance(trial, data, rng)
    facts, lists = _beside(trial)
    more = {**data, "answers": {**data.get("answers", {}), "another-trial": {"I1": True}}}
    for name in rng.sample(facts, 3):
        section, _, key = name.partition(".")
        entry = VOCABULARY.facts[name]
        found = chance.value(name, entry)
        stated = found["value"] if entry.kind == "date" else found
        more[section] = {key: stated, **more.get(section, {})}
    for name in rng.sample(lists, min(len(lists), 1)):
        if made := chance.record(VOCABULARY.records[name]):
            more.setdefault(name, [made])
    return more


CYCLE = timedelta(days=10_227)
"""28 years: from 1901 to 2099 the calendar repeats itself, leap days and days of the week too."""

_PARTIAL = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?")


def later(value: Any) -> Any:
    """The data with every date 28 years later."""
    match value:
        case dict():
            return {key: later(item) for key, item in value.items()}
        case list():
            return [later(item) for item in value]
        case date():
            return value + CYCLE
        case str() if match := _PARTIAL.fullmatch(value):
            return f"{int(match[1]) + 28}{match[2] or ''}{match[3] or ''}"
    return value


# The same patient, of whom less is known


DEFAULTED = ("route", "half_life", "dose_per_kg", "last_change", "last_dose")
"""Fields of a treatment that something stands for: its drug's usual route, the published half-life,
the dose over the weight, the first day at the dose, the last one. So a stated time, too, stands for
a start or a stop."""


def removable_from(data: Data) -> list[tuple[str, ...]]:
    """What might not have been recorded, and has no default.

    Not offered, since something else stands for it where it is left out: a fact or field that may
    also follow from others; DEFAULTED; a day after the day judged, since what is recorded without
    one lies before it. Nor what a stated fact follows from: it is not missing where that is stated,
    and may contradict it, as a date of birth does an age.
    """
    return [path for path in removable(data) if not _has_default(path, data)]


def _has_default(path: tuple[str, ...], data: Data) -> bool:
    section, *rest = path
    on = data["dates"]["screening"]
    if path == ("dates", "screening") or rest[1:] == ["status"]:
        return True
    if len(rest) == 2 and section in VOCABULARY.records:
        entry, key = data[section][int(rest[0])], rest[1]
        timed = key in ("start", "stop") and "lasted" in entry
        stands_in = VOCABULARY.records[section].fields[key].derive or key in DEFAULTED
        return bool(stands_in) or timed or _is_ahead(entry[key], on)
    if len(rest) == 2 and section in VOCABULARY.sections:
        return _is_ahead(data[section][rest[0]][rest[1]], on)
    name = ".".join(path)
    alone = len(rest) == 1 and section in VOCABULARY.sections
    return alone and (may_follow(name, data) or is_behind_stated(name, data))


def is_behind_stated(name: str, data: Data) -> bool:
    """Is a fact stated that a formula makes of this one?"""
    return any(
        fact.partition(".")[2] in data.get(fact.partition(".")[0], {})
        for fact, entry in VOCABULARY.facts.items()
        for derivation in entry.derive
        if isinstance(derivation, Formula) and name in dict(derivation.inputs).values()
    )


def may_follow(name: str, data: Data) -> bool:
    """Is enough recorded for the fact to follow from?"""

    def known(fact: str) -> bool:
        section, _, key = fact.partition(".")
        return key in data.get(section, {}) or fact in data or may_follow(fact, data)

    for derivation in VOCABULARY.facts[name].derive if name in VOCABULARY.facts else ():
        match derivation:
            case Formula(inputs=inputs):
                if all(known(fact) for argument, fact in inputs if argument != "unless"):
                    return True
            case _ if any(known(fact) for fact in reads(derivation)):
                return True
    return any(
        known(fact) for rule in PACK.derived_rules.get(name, ()) for fact in names_read(rule)
    )


def _is_ahead(value: Any, on: date) -> bool:
    """Is it a day that may lie after the day judged?"""
    try:
        return PartialDate.parse(value).latest > on
    except Problem:
        return False


DATES = ("date", "start", "stop", "last_change", "last_active", "last_treated", "last_session",
         "birth_date", "biopsy_date", "ild_date", "enrollment", "consent", "infusion")  # fmt: skip


def with_less(data: Data, rng: Random) -> Data:
    """The same patient, of whom less is recorded, or less exactly."""
    paths = removable_from(data)
    count = min(rng.choice((1, 1, 1, 2, 3, 5, 10, len(paths) // 2)), len(paths))
    less = without(data, rng.sample(paths, count))
    if rng.random() < 0.3:
        less = _vaguer(less, set(rng.sample(DATES, 2)), data["dates"]["screening"])
    return less


def _vaguer(data: Any, keys: set[str], on: date) -> Any:
    """The data with the days under these keys known to the month, unless that may lie ahead."""
    if isinstance(data, list):
        return [_vaguer(item, keys, on) for item in data]
    if not isinstance(data, dict):
        return data
    month = f"{on:%Y-%m}"
    return {
        key: f"{value:%Y-%m}"
        if key in keys and isinstance(value, date) and (f"{value:%Y-%m}" < month or key in ANCHORS)
        else _vaguer(value, keys, on)
        for key, value in data.items()
    }


# The laws, of one patient: each gives what breaks it


def flips(less: Seen, more: Seen) -> list[str]:
    """Criteria, or the verdict, decided with less known and decided otherwise with more."""
    turned = [
        f"{name}: {before.value}, and {after.value} with more known"
        for name, before in less.answers.items()
        if (after := more.answers[name]) is ~before and before is not Answer.UNKNOWN
    ]
    if {less.verdict, more.verdict} == {"eligible", "ineligible"}:
        turned.append(f"verdict: {less.verdict}, and {more.verdict} with more known")
    return turned


def left_open(less: Seen, more: Seen) -> list[str]:
    """Criteria decided with less known, and open with more that does not contradict itself.

    A value without a date is taken as of the screening date. Its own date may lie too far back for
    the value to say what is so; that is no new fact, and no fault.
    """
    return [
        f"{name}: {said.answer.value}, and {more.lines[name].reason} with more known"
        for name, said in less.lines.items()
        if said.answer is not Answer.UNKNOWN
        and more.answers[name] is Answer.UNKNOWN
        and not more.contradicts
        and not (
            more.lines[name].reason == "too_old" and less.undated & {*more.lines[name].missing}
        )
    ]


def _only_dated_too_far_back(less: Seen, line: Line) -> bool:
    return line.reason == "too_old" and not less.undated.isdisjoint(line.missing)


def with_less_seen(trial: str, data: Data, rng: Random) -> tuple[Data, Seen]:
    """The same patient, of whom less is known, and what is said then."""
    while True:
        less = with_less(data, rng)
        try:
            return less, seen(trial, less)
        except InputError:
            continue  # an entry of which nothing is left, say


@cache
def less_known(patient: Patient) -> list[tuple[list[str], list[str]]]:
    """What flips, and what is left open, of what is decided where less is known; found once.

    Something is left out, and then more of the rest: that makes three pairs.
    """
    rng = patient.rng("less")
    data, less = with_less_seen(patient.trial, patient.data, rng)
    _, least = with_less_seen(patient.trial, data, rng)
    pairs = ((less, patient.seen), (least, patient.seen), (least, less))
    return [(flips(*pair), left_open(*pair)) for pair in pairs]


def decided_of_nothing(patient: Patient) -> list[str]:
    """One of the criteria, where it is decided although nothing that it reads is recorded."""
    trial = BY_ID[patient.trial]
    rng = patient.rng("nothing")
    criterion = rng.choice([criterion for criterion in trial.criteria if criterion.gate is None])
    read = {name for rule in rules_of_criterion(criterion) for name in names_read(rule)}
    data = without_names(patient.data, with_sources(read))
    given = data.get("answers", {})
    own = {name: said for name, said in given.get(trial.id, {}).items() if name != criterion.id}
    data["answers"] = {**given, trial.id: own}
    found = judge(criterion, trial, chart(data)).finding
    return [] if found.answer is Answer.UNKNOWN else [f"{criterion.id}: {found.answer.value}"]


def without_names(data: Data, names: set[str]) -> Data:
    """The data without these facts and lists, and without reviews of the lists."""
    less = {
        section: {key: value for key, value in content.items() if f"{section}.{key}" not in names}
        if section in VOCABULARY.sections
        else content
        for section, content in data.items()
        if section not in names
    }
    reviewed = {name: day for name, day in data.get("reviewed", {}).items() if name not in names}
    return {**less, "reviewed": reviewed}


OTHERWISE: dict[str, Callable[[Patient, Data], Data]] = {
    "units": lambda patient, data: respelled(data, patient.rng("units")),
    "order": lambda patient, data: reordered(data, patient.rng("order"), records=False),
    "entries": lambda patient, data: reordered(data, patient.rng("entries"), records=True),
    "twice": lambda patient, data: repeated(data, patient.rng("twice")),
    "beside": lambda patient, data: beside(data, patient.trial, patient.rng("beside")),
    "later": lambda _, data: later(data),
}
"""The ways to write a patient otherwise."""

NUMBERED = ("entries", "twice")
"""Ways that give entries other numbers: what is missing has another name, and the first reason of
several may be another."""


def said_otherwise(patient: Patient, *ways: str) -> list[str]:
    """Criteria, and the verdict, of which another thing is said where this is written otherwise."""
    data = patient.data
    for way in ways:
        data = OTHERWISE[way](patient, data)
    other = seen(patient.trial, data)
    exact = not set(ways) & set(NUMBERED)
    one, two = (s.reasons if exact else s.answers for s in (patient.seen, other))
    told = [f"{name}: {one[name]}, and then {two[name]}" for name in one if one[name] != two[name]]
    if patient.seen.verdict != other.verdict:
        told.append(f"verdict: {patient.seen.verdict}, and then {other.verdict}")
    return told


def failed_without_verdict(patient: Patient) -> list[str]:
    """Decisive criteria that fail of a patient who is not ineligible."""
    failed = [
        name
        for name, line in patient.seen.lines.items()
        if line.decisive and line.status == "failed"
    ]
    return [] if patient.seen.verdict == "ineligible" else failed


# The command


def broken(patient: Patient) -> Iterator[str]:
    """Every law that this patient breaks."""
    for number, (flipped, opened) in enumerate(less_known(patient)):
        yield from (f"knowing less, {number}: {said}" for said in (*flipped, *opened))
    yield from (f"of nothing: {said}" for said in decided_of_nothing(patient))
    yield from (f"failed: {said}" for said in failed_without_verdict(patient))
    if said_otherwise(patient, *OTHERWISE):
        for way in OTHERWISE:
            yield from (f"{way}: {said}" for said in said_otherwise(patient, way))


def main(arguments: list[str]) -> int:
    """New patients for so many seconds; 1, and the patient, at the first broken law."""
    end = monotonic() + float(arguments[0] if arguments else 60)
    start = count = Random().randrange(10**9)
    while monotonic() < end:
        for trial in TRIALS:
            found = patient(trial, count)
            if faults := list(broken(found)):
                print(f"{found}\n{tomli_w.dumps(found.data)}")
                print("\n".join(faults))
                return 1
        count += 1
    print(f"{(count - start) * len(TRIALS)} patients from seed {start}: no law is broken")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
