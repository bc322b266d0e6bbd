"""Rule meets profile: the only place where the two do.

    ask(rule, of one patient on one date) -> Finding        an answer, and the tree of answers below
    screen(trial, chart)                  -> Screening      a finding for each criterion, a verdict

No clock is read and nothing is changed: the date judged is an argument, and the same arguments give
the same result.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import inf
from typing import Literal

from cartscreen import scores
from cartscreen.answer import Answer, answer, at_least
from cartscreen.dates import PartialDate, Span, Window, shift
from cartscreen.derive import Call, Gap
from cartscreen.derive import treatment as courses
from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, FieldFormula
from cartscreen.derive.treatment import Course, Equivalent, FieldCall
from cartscreen.errors import Problem
from cartscreen.observation import Observation, Ongoing, Record
from cartscreen.place import (
    AnswerTo,
    Fact,
    Field,
    List,
    Part,
    Place,
    Value,
    Visit,
    fact_place,
)
from cartscreen.profile import Profile
from cartscreen.rule import (
    Change,
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    walk,
)
from cartscreen.trial import Criterion, Pack, Trial
from cartscreen.units import LLN, ULN, Interval
from cartscreen.vocabulary import (
    Count,
    Derivation,
    Drug,
    FactEntry,
    Formula,
    RecordEntry,
    Ruled,
    Score,
    Stated,
)

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
Verdict = Literal["eligible", "ineligible", "undetermined"]
Status = Literal["matched", "failed", "unknown"]


@dataclass(frozen=True)
class Margin:
    """How far a value lies above (below, when negative) the limit of its test, in one unit."""

    by: Fraction
    limit: Fraction
    unit: str


@dataclass(frozen=True)
class Evidence:
    """One datum that a test read, and what the test said of it."""

    place: Place
    value: str
    test: str
    answer: Answer
    date: PartialDate | None = None
    limit: str = ""
    origin: str = ""
    earlier: str = ""  # the newest older result by which the test would have the opposite answer
    margin: Margin | None = field(default=None, compare=False)  # it follows from the rest


@dataclass(frozen=True)
class Finding:
    """An answer with its reasons.

    reason   why it is UNKNOWN: a reason code; empty when it is decided
    missing  the places that would settle it
    note     the reason in words, where there is more to say than the code does
    because  what was read
    parts    the findings it was made from, in the order of the rule
    negated  it holds where its parts do not: the finding of a `none`
    """

    answer: Answer
    reason: str = ""
    missing: tuple[Place, ...] = ()
    note: str = ""
    because: tuple[Evidence, ...] = ()
    parts: tuple["Finding", ...] = ()
    negated: bool = False

    def evidence(self) -> tuple[Evidence, ...]:
        """Everything read in the tree, in order, each datum and test once."""
        return tuple(dict.fromkeys(self._read()))

    def _read(self) -> Iterator[Evidence]:
        yield from self.because
        for part in self.parts:
            yield from part._read()


def _unknown(reason: str, *missing: Place, note: str = "") -> Finding:
    return Finding(UNKNOWN, reason, missing, note)


def _from_gap(gap: Gap) -> Finding:
    return _unknown(gap.reason, *gap.missing, note=gap.note)


def combine(k: int, parts: tuple[Finding, ...], *, none: bool = False) -> Finding:
    """The gate over findings: at least k hold, or none of them does."""
    said = at_least(k, (part.answer for part in parts))
    return _gathered(~said if none else said, parts, negated=none)


def _gathered(said: Answer, parts: tuple[Finding, ...], *, negated: bool = False) -> Finding:
    """The finding of a gate; where it is open, why its first open part is, and what is missing."""
    if said is not UNKNOWN:
        return Finding(said, parts=parts, negated=negated)
    open_ = [part for part in parts if part.answer is UNKNOWN]
    missing = dict.fromkeys(place for part in open_ for place in part.missing)
    notes = [part.note for part in open_ if part.note]
    return Finding(UNKNOWN, open_[0].reason, tuple(missing), notes[0] if notes else "", (), parts)


_LONGEST_LIFE = 130
"""Years. Our choice: a patient who would be older has a slip in the date of birth."""


def last_day_alive(born: PartialDate) -> date:
    """The last day on which somebody of this date of birth is judged."""
    return shift(born.latest, _LONGEST_LIFE, "years")


class Chart:
    """One profile on one date, read through the vocabulary: stated facts first, then derived.

    Raises Problem for a date before the patient's birth, or more than 130 years after it.
    """

    def __init__(self, profile: Profile, pack: Pack, on: date) -> None:
        self.profile = profile
        self.pack = pack
        self.vocabulary = pack.vocabulary
        self.on = on
        self.today = PartialDate.day(on)
        self._check_lifetime()
        self._derived: dict[str, Observation | Gap] = {}
        self._tested: dict[tuple[Test, tuple[str, int] | None], Finding] = {}
        self.conflicts: dict[str, str] = {}
        held = [item for item in pack.contradictions if ask(item.rule, self).answer is YES]
        self.contradictions = tuple(item.says for item in held)
        self.conflicts = {name: item.says for item in held for name in item.doubts}
        self._derived.clear()
        self._tested.clear()

    def _check_lifetime(self) -> None:
        born = self.profile.birth
        if born is not None and not born.earliest <= self.on <= last_day_alive(born):
            raise Problem(f"person.birth_date {born} does not fit the date judged, {self.on}.")

    def visit(self, name: str) -> PartialDate | Gap:
        """The date of a study visit. A later visit that is not dated lies on `on` or after it."""
        if name == "screening":
            return self.today
        stated = self.profile.facts.get(Visit(name).name)
        if stated and isinstance(stated[0].value, PartialDate):
            return self._moved(stated[0].value)
        if name == "consent":
            return Gap("not_recorded", (Visit(name),))
        return PartialDate(self.on, date.max)

    @cached_property
    def moved(self) -> timedelta:
        """How far the date judged lies from the profile's own screening date."""
        planned = self.profile.screening
        return self.on - planned.earliest if planned else timedelta(0)

    def _moved(self, visit: PartialDate) -> PartialDate:
        """A visit planned for the screening date or later moves with it; an earlier one is past."""
        planned = self.profile.screening
        if planned is None or visit.earliest < planned.earliest:
            return visit
        days = self.moved.days
        return PartialDate(shift(visit.earliest, days, "days"), shift(visit.latest, days, "days"))

    def results(self, name: str, upto: date) -> tuple[Observation, ...] | Gap:
        """What the profile states of the fact, or what follows from it; nothing after `upto`."""
        if name in self.conflicts:
            return Gap(
                "conflict", (fact_place(name),), f"the profile says that {self.conflicts[name]}"
            )
        stated = self.profile.facts.get(name, ())
        known = tuple(item for item in stated if item.value is not None or _is_result(item))
        usable = tuple(item for item in known if item.date is None or item.date.earliest <= upto)
        if usable:
            return usable
        if stands_in := self._stated_elsewhere(name, upto):
            return stands_in
        derived = self.derived(name)
        if isinstance(derived, Observation):
            return (derived,)
        if known:
            return Gap(
                "future_dated", (fact_place(name),), f"the only result is dated after {upto}"
            )
        if stated:
            missing = dict.fromkeys((fact_place(name), *derived.missing))
            return Gap("not_recorded", tuple(missing), f"recorded as {stated[0].text}")
        return derived

    def _stated_elsewhere(self, name: str, upto: date) -> tuple[Observation, ...]:
        """The results of the fact that this one follows from as it stands, if it does."""
        for derivation in self.vocabulary.facts[name].derive:
            if isinstance(derivation, Stated) and derivation.fact in self.profile.facts:
                found = self.results(derivation.fact, upto)
                if not isinstance(found, Gap):
                    origin = f"as {self.vocabulary.facts[derivation.fact].label}"
                    return tuple(replace(item, origin=item.origin or origin) for item in found)
        return ()

    def newest(self, name: str) -> Observation | Gap:
        """The newest result on the date judged, where one alone is newest."""
        found = self.results(name, self.on)
        if isinstance(found, Gap):
            return found
        latest = _newest(found, self.on)
        if len({item.value for item in latest}) > 1:
            return _differing(name, latest)
        if latest[0].value is None:
            return Gap("not_recorded", (fact_place(name),), f"recorded as {latest[0].text}")
        return latest[0]

    def tested(self, test: Test, entry: "Entry | None") -> Finding:
        """The finding of a test, of an entry if it is asked of one; made once."""
        key = test, (entry.list_name, entry.record.number) if entry else None
        if key not in self._tested:
            self._tested[key] = _test(test, self, entry)
        return self._tested[key]

    def derived(self, name: str) -> Observation | Gap:
        """What follows for the fact from others, by the first derivation that gives a value."""
        if name not in self._derived:
            self._derived[name] = self._derive(self.vocabulary.facts[name])
        return self._derived[name]

    def followed(self, entry: FactEntry) -> Iterator[tuple[Derivation, Observation | Gap]]:
        """Each derivation of the fact, in order, with what it gives."""
        rules = iter(self.pack.derived_rules[entry.name])
        for derivation in entry.derive:
            by = next(rules) if isinstance(derivation, Ruled) else derivation
            yield derivation, self._derive_by(entry, by)

    def _derive(self, entry: FactEntry) -> Observation | Gap:
        gaps: list[Gap] = []
        for _, found in self.followed(entry):
            if isinstance(found, Observation):
                return self._bounded(entry, found)
            gaps.append(found)
            if found.reason == "imprecise_date":
                break  # whether this derivation or the next one holds is not known
        own = fact_place(entry.name)
        useful = [gap for gap in gaps if gap.missing != (own,)]
        if not useful:
            return gaps[0] if gaps else Gap("not_recorded", (own,))
        first = min(useful, key=lambda gap: len(gap.missing))
        return replace(first, missing=tuple(dict.fromkeys((own, *first.missing))))

    def _bounded(self, entry: FactEntry, found: Observation) -> Observation:
        """A part of a score, known in part itself, is not more than the total either."""
        for derivation in entry.derive:
            if isinstance(derivation, Formula) and FACT_FORMULAS[derivation.name].is_upper_bound:
                total = self._derive_by(entry, derivation)
                if isinstance(total, Observation):
                    return _cut(found, total)
        return found

    def _derive_by(
        self, entry: FactEntry, derivation: Stated | Rule | Score | Count | Formula
    ) -> Observation | Gap:
        match derivation:
            case Stated():  # read by `results`, with its whole series
                return Gap("not_recorded", (fact_place(entry.name),))
            case Formula(name, inputs):
                call = Call(
                    entry.name,
                    entry.unit,
                    dict(inputs),
                    self.vocabulary.factors(derivation, entry),
                    self.on,
                    self.newest,
                    lambda fact: self.results(fact, self.on),
                )
                return FACT_FORMULAS[name].function(call)
            case Score() | Count():
                return scores.derive(entry, derivation, self.newest, self.vocabulary.facts)
            case rule:
                finding = ask(rule, self)
                if finding.answer is UNKNOWN:
                    return Gap(finding.reason, finding.missing, finding.note)
                found_yes = finding.answer is YES
                read = ", ".join(f"{e.place} {e.value}" for e in finding.evidence())
                return Observation(found_yes, "yes" if found_yes else "no", origin=f"from {read}")

    def nearest(self, fact: str, days: PartialDate) -> tuple[Observation | Gap, ...]:
        """The results of a fact that may be the nearest to a day, of two as near the earlier."""
        found = self.results(fact, self.on)
        if isinstance(found, Gap) or len(found) == 1:
            return (self.newest(fact),)
        dates = [item.date.earliest for item in found if item.date is not None]

        def nearest(day: date) -> date:
            return min(dates, key=lambda other: (abs((other - day).days), other))

        first, last = nearest(days.earliest), nearest(days.latest)
        inside = [item for item in found if item.date and first <= item.date.earliest <= last]
        near = {item.value: item for item in inside}
        if None in near:
            return (Gap("not_recorded", (Fact(fact),), f"recorded as {near[None].text}"),)
        if first == last and len(near) > 1:
            return (_differing(fact, inside),)
        return tuple(near.values())


def _cut(part: Observation, total: Observation) -> Observation:
    """The part, not more than the total where the two can both be so."""
    own, most = part.value, total.value
    assert isinstance(own, Interval) and isinstance(most, Interval)
    if most.high is None or own.compare("<=", most.high) is YES or not own.overlaps(most):
        return part
    kept = Interval(own.low, most.high)
    return replace(part, value=kept, text=str(kept))


def _is_result(item: Observation) -> bool:
    """Does it say something of the patient, even if it has no value?"""
    return item.text == "indeterminate"


def _newest(results: Iterable[Observation], upto: date) -> list[Observation]:
    """The results that may be the newest: no other that surely lies before `upto` is newer."""
    listed = list(results)
    dates = [item.date for item in listed if item.date is not None]
    starts = [day.earliest for day in dates if day.latest <= upto]
    starts = starts or [day.earliest for day in dates]
    return [item for item in listed if item.date is None or item.date.latest >= max(starts)]


def _differing(name: str, results: list[Observation]) -> Gap:
    """The gap where nothing follows, because results differ; what reads it does not show them."""
    reason, missing, note = _disagreement(fact_place(name), (item.date for item in results))
    values = ", ".join(dict.fromkeys(item.text for item in results))
    return Gap(reason, missing, f"{note}: {name} {values}")


def _disagreement(
    place: Value, dates: Iterable[PartialDate | None]
) -> tuple[str, tuple[Place, ...], str]:
    """(reason, missing, note) where results that may be the newest differ."""
    if all(day is None or day.is_exact for day in dates):
        return "conflict", (place,), "results of the same day differ"
    newest = "which result is the newest depends on an inexact date"
    return "imprecise_date", (Part(place, "date"),), newest


@dataclass(frozen=True)
class Entry:
    """One record entry while `where` is asked of it."""

    record: Record
    list_name: str
    chart: Chart

    @property
    def declared(self) -> RecordEntry:
        """The list, as the vocabulary declares it."""
        return self.chart.vocabulary.records[self.list_name]

    @property
    def course(self) -> Course:
        """Its fields, by their roles."""
        return Course(self.record, self.declared.roles)

    @property
    def begins(self) -> PartialDate | None:
        """When it began, where the list has a field for that and the entry fills it."""
        first = self.declared.first_date
        found = self.record.fields.get(first) if first else None
        return found.value if found and isinstance(found.value, PartialDate) else None

    def has_begun_by(self, last: PartialDate) -> Answer:
        """Has it begun by that day? An entry without a beginning has."""
        if self.begins is None or self.begins.earliest <= last.earliest:
            return YES
        return NO if self.begins.earliest > last.latest else UNKNOWN

    @property
    def drug(self) -> Drug | None:
        found = self.course.stated("drug")
        name = found.value if isinstance(found, Observation) else None
        return self.chart.vocabulary.drugs[name] if isinstance(name, str) else None

    def read(self, field: str, entry: FactEntry) -> Observation | Gap:
        """The field, stated or derived."""
        found = courses.stated(self.record, field)
        return self.derived(entry) if isinstance(found, Gap) and entry.derive else found

    def derived(self, entry: FactEntry) -> Observation | Gap:
        """What follows for a field from the others, by the first derivation that gives a value."""
        gaps: list[Gap] = []
        for _, found in self.followed(entry):
            if isinstance(found, Observation):
                return found
            gaps.append(found)
        missing = dict.fromkeys(name for gap in gaps for name in gap.missing)
        return replace(gaps[0], missing=tuple(missing))

    def followed(self, entry: FactEntry) -> Iterator[tuple[FieldFormula, Observation | Gap]]:
        """Each formula of the field, in order, with what it gives."""
        for derivation in entry.derive:
            assert isinstance(derivation, Formula)
            formula = FIELD_FORMULAS[derivation.name]
            yield formula, formula.function(self._call(entry, derivation))

    def _call(self, entry: FactEntry, formula: Formula) -> FieldCall:
        drug, vocabulary = self.drug, self.chart.vocabulary
        return FieldCall(
            entry.name,
            dict(formula.inputs),
            vocabulary.field_factors(formula),
            self.course,
            Equivalent(drug.label, drug.prednisone_equivalent) if drug else None,
            self.chart.on,
            self.chart.nearest,
        )

    def half_life(self) -> Fraction | Gap:
        """Of the drug, in days: as the chart states it, or the longest published."""
        stated = self.course.stated("half_life")
        place = self.course.place("half_life")
        if isinstance(stated, Observation):
            assert isinstance(stated.value, Interval)
            return stated.value.high if stated.value.high is not None else Gap("censored", (place,))
        if self.drug is None or self.drug.half_life is None:
            return Gap("not_recorded", (place,), "no half-life is known")
        return self.drug.half_life.longest_days


@dataclass(frozen=True)
class Asked:
    """Which criterion a rule belongs to, and what a person has answered to its question."""

    criterion: str
    given: bool | str | None = None


def ask(
    rule: Rule, chart: Chart, asked: Asked | None = None, entry: Entry | None = None
) -> Finding:
    """The finding of a rule, for the chart's patient on the chart's date."""
    match rule:
        case Test():
            return chart.tested(rule, entry)
        case Group(k, rules, none):
            parts = tuple(ask(part, chart, asked, entry) for part in rules)
            return combine(k, parts, none=none)
        case Records():
            return _records(rule, chart, asked)
        case Question():
            return _question(rule, asked)


def _question(question: Question, asked: Asked | None) -> Finding:
    if asked is not None and isinstance(asked.given, bool):
        said = answer(asked.given)
        text = "yes" if asked.given else "no"
        read = Evidence(AnswerTo(asked.criterion), text, question.text, said)
        return Finding(said, because=(read,))
    reason = "source_gap" if question.about == "gap" else "needs_person"
    missing = (AnswerTo(asked.criterion),) if asked else ()
    return _unknown(reason, *missing, note=question.text)


# Tests


def _test(test: Test, chart: Chart, entry: Entry | None) -> Finding:
    own = entry if "." not in test.fact else None
    place: Value
    if own:
        declared = chart.vocabulary.records[own.list_name].fields[test.fact]
        place = own.record.place(test.fact)
    else:
        declared, place = chart.vocabulary.facts[test.fact], fact_place(test.fact)
    anchor = chart.visit(test.window.anchor) if test.window else chart.today
    if isinstance(anchor, Gap):
        return _from_gap(anchor)
    upto = anchor.latest
    found: tuple[Observation, ...] | Gap
    if own:
        is_last = own.declared.has_role(test.fact, "last")
        field = _last_dose(own) if is_last else own.read(test.fact, declared)
        found = field if isinstance(field, Gap) else (field,)
    else:
        found = chart.results(test.fact, upto)
    if isinstance(found, Gap):
        return _from_gap(found)
    leaf = LeafTest(test, declared, place, chart, own, anchor)
    newest = _newest(found, upto)
    if isinstance(test.check, Change):
        return leaf.change(found, newest)
    return leaf.with_earlier(_agreed([leaf.one(item) for item in newest], place), found, newest)


def _last_dose(entry: Entry) -> Observation | Gap:
    found = courses.last_dose(entry.course)
    return found if isinstance(found, Gap) else Observation(found, str(found))


def _agreed(findings: list[Finding], place: Value) -> Finding:
    """One finding of results that are equally new; a conflict where they differ."""
    if len(findings) == 1:
        return findings[0]
    because = tuple(dict.fromkeys(read for finding in findings for read in finding.because))
    if len({finding.answer for finding in findings}) > 1:
        reason, missing, note = _disagreement(place, (read.date for read in because))
        return Finding(UNKNOWN, reason, missing, note, because)
    return replace(findings[0], because=because)


@dataclass(frozen=True)
class LeafTest:
    """One test, asked of one result after another."""

    test: Test
    entry: FactEntry
    place: Value
    chart: Chart
    record: Entry | None
    anchor: PartialDate

    def one(self, item: Observation) -> Finding:
        finding = self._judged(item)
        origin = item.origin
        if self.test.window and self.test.window.unit == "half-lives":
            origin = self._half_life_used()
        read = Evidence(
            self.place,
            item.text,
            self.test.text,
            finding.answer,
            item.date,
            item.limits,
            origin,
            margin=self._margin(item),
        )
        return Finding(finding.answer, finding.reason, finding.missing, finding.note, (read,))

    def with_earlier(
        self, finding: Finding, results: tuple[Observation, ...], newest: list[Observation]
    ) -> Finding:
        """The finding, shown beside the newest older result that says the opposite, if one does.

        That an event lies outside a window says nothing against the one inside.
        """
        is_event = isinstance(self.test.check, Present) and self.test.window is not None
        if finding.answer is UNKNOWN or is_event:
            return finding
        opposite = [
            (item.date.latest, f"{item.text} on {item.date}")
            for item in results
            if item not in newest
            and item.date is not None
            and self._judged(item).answer is ~finding.answer
        ]
        if not opposite:
            return finding
        _, told = max(opposite)
        return replace(
            finding, because=tuple(replace(read, earlier=told) for read in finding.because)
        )

    def _judged(self, item: Observation) -> Finding:
        if item.value is None:
            return _unknown("not_recorded", self.place, note=f"recorded as {item.text}")
        if self.test.window is None:
            return self._value(item)
        if isinstance(self.test.check, Present):
            return self._event(item)
        if item.date is None:
            return _unknown("not_dated", Part(self.place, "date"))
        match self.holds(self.test.window, item.date):
            case Answer.YES:
                return self._value(item)
            case Answer.NO:
                note = f"no result {self.test.window}; the newest is of {item.date}"
                return _unknown("not_recorded", self.place, note=note)
            case _:
                return self._vague_date(item.date, Part(self.place, "date"))

    def holds(self, window: Window, day: PartialDate) -> Answer:
        return window.holds(day, self.anchor)

    def _vague_date(self, day: PartialDate, place: Place) -> Finding:
        """Why a window is open: its visit has no date, or the date that `place` holds is vague."""
        assert self.test.window is not None
        visit = Visit(self.test.window.anchor)
        if self.anchor.latest == date.max:
            return _unknown("not_recorded", visit)
        return _unknown("imprecise_date", visit if day.is_exact else place)

    def _event(self, item: Observation) -> Finding:
        """Does the event itself lie in the window?"""
        window = self.test.window
        assert window is not None
        if item.value is False:
            return Finding(NO)
        is_date = isinstance(item.value, PartialDate | Ongoing)
        day = item.value if isinstance(item.value, PartialDate | Ongoing) else item.date
        if day is None:
            return _unknown("not_dated", Part(self.place, "date"))
        if isinstance(day, Ongoing):
            return self._going_on()
        record = self.record if window.unit == "half-lives" else None
        half_life = record.half_life() if record else None
        if isinstance(half_life, Gap):
            # what still goes on at the visit is in the window, however long it is
            goes_on = day.earliest >= self.anchor.latest
            return self._going_on() if goes_on else _from_gap(half_life)
        if self._may_go_on() and day.latest > self.anchor.earliest:
            first = window.first_day(self.anchor.latest, half_life)
            if day.earliest >= first:
                return self._going_on()
        said = window.holds(day, self.anchor, half_life)
        if said is not UNKNOWN:
            return Finding(said)
        return self._vague_date(day, self.place if is_date else Part(self.place, "date"))

    def _may_go_on(self) -> bool:
        """Is the date the last of something, which still goes on if it lies after the visit?"""
        own = self.record
        is_last = own is not None and own.declared.has_role(self.entry.name, "last")
        return "ongoing" in self.entry.words or is_last

    def _going_on(self) -> Finding:
        """What goes on at the visit is in the window, unless it only begins after the visit."""
        begins = self.record.begins if self.record else None
        if begins is None or begins.earliest <= self.anchor.earliest:
            return Finding(YES)
        if begins.earliest > self.anchor.latest:
            return Finding(NO)
        return self._vague_date(begins, self.place)

    def _half_life_used(self) -> str:
        assert self.record is not None
        drug = self.record.drug
        if isinstance(self.record.course.stated("half_life"), Observation):
            return "half-life as the chart states it"
        return f"half-life {drug.half_life}, the longer end" if drug and drug.half_life else ""

    def _value(self, item: Observation) -> Finding:
        """The check, of this value."""
        match self.test.check, item.value:
            case Present(), bool() as present:
                return Finding(answer(present))
            case Is(words), str() as word:
                return self._is(words, word)
            case Is(), PartialDate() | Ongoing() as stop:
                return self._is_ongoing(stop)
            case Compare() as check, Span() as span:
                assert check.limit.denominator == 1
                said = span.compare(check.operator, int(check.limit), check.unit)
                return self._decided(said, item)
            case Compare() as check, Interval() as value:
                return self._compare(check, item, value)
        raise AssertionError(f"{self.test.text} does not fit its fact")

    def _decided(self, said: Answer, item: Observation) -> Finding:
        if said is not UNKNOWN:
            return Finding(said)
        return _unknown(item.vague, *(item.missing or (self.place,)))

    def _is(self, words: tuple[str, ...], word: str) -> Finding:
        if self.entry.kind != "drug":
            return Finding(answer(word in words))
        drug = self.chart.vocabulary.drugs[word]
        route = self.record.course.stated("route") if self.record else None
        given = route.value if isinstance(route, Observation) else None
        classes = {
            name
            for name in drug.classes
            if given is None
            or not self.chart.vocabulary.classes[name].routes
            or given in self.chart.vocabulary.classes[name].routes
        }
        return Finding(answer(drug.name in words or not classes.isdisjoint(words)))

    def _margin(self, item: Observation) -> Margin | None:
        """How far the value is from the limit, where both are numbers of one unit."""
        check, value = self.test.check, item.value
        if isinstance(check, Present) and self.test.window is not None:
            return self._days_outside(item, self.test.window)
        if not isinstance(check, Compare) or self.entry.kind != "quantity":
            return None
        if not isinstance(value, Interval) or not value.is_exact:
            return None
        assert value.low is not None
        limit, unit = check.limit, item.unit or self.entry.unit
        if check.unit in (ULN, LLN) and not item.unit:
            own = item.upper if check.unit == ULN else item.lower
            if own is None:
                return None
            limit *= own
        elif check.unit != unit:
            return None
        return Margin(value.low - limit, limit, unit)

    def _days_outside(self, item: Observation, window: Window) -> Margin | None:
        """How many days before the window an event lies; what did not happen lies nowhere."""
        day = item.value if isinstance(item.value, PartialDate) else item.date
        if day is None or item.value is False or window.unit == "half-lives":
            return None
        short = (window.first_day(self.anchor.earliest) - day.latest).days
        return Margin(Fraction(-short), Fraction(0), "days") if short > 0 else None

    def _is_ongoing(self, stop: PartialDate | Ongoing) -> Finding:
        """Has it not stopped before the date judged?"""
        begins = self.record.begins if self.record else None
        if begins is not None and begins.earliest > self.chart.on:
            return Finding(NO)
        if isinstance(stop, Ongoing):
            return Finding(YES)
        if (stop.earliest >= self.chart.on) is (stop.latest >= self.chart.on):
            return Finding(answer(stop.earliest >= self.chart.on))
        return _unknown("imprecise_date", self.place)

    def _compare(self, check: Compare, item: Observation, value: Interval) -> Finding:
        if self.entry.kind == "duration":
            return self._decided(_stated_time(value, item.unit, check), item)
        if check.unit in (ULN, LLN):
            if item.unit != check.unit:
                limit = item.upper if check.unit == ULN else item.lower
                if item.unit or limit is None:
                    limited = Part(self.place, "upper" if check.unit == ULN else "lower")
                    note = f"the result has no {limited.which} limit of normal"
                    return _unknown("no_limit", limited, note=note)
                value = value.times(1 / limit)
        elif item.unit:
            note = f"given only as a multiple of {item.unit}"
            return _unknown("no_unit", Part(self.place, "unit"), note=note)
        return self._decided(value.compare(check.operator, check.limit), item)

    def change(self, results: tuple[Observation, ...], newest: list[Observation]) -> Finding:
        """The newest result against each earlier one of the window."""
        dated = [(item.date, item) for item in results if item.date is not None]
        if len(dated) < len(results):
            return _unknown("not_dated", Part(self.place, "date"))
        dated.sort(key=lambda pair: pair[0].earliest)
        read = [Evidence(self.place, i.text, self.test.text, UNKNOWN, day) for day, i in dated]
        findings = []
        for now in newest:
            pairs = [self._changed(then, now) for then in results if then is not now]
            said = self._any_pair([found for found in pairs if found is not None])
            findings.append(
                replace(said, because=tuple(replace(item, answer=said.answer) for item in read))
            )
        if len({found.answer for found in findings}) > 1:
            reason, missing, note = _disagreement(self.place, (item.date for item in newest))
            return Finding(UNKNOWN, reason, missing, note, tuple(read))
        return findings[0]

    def _any_pair(self, inside: list[Finding]) -> Finding:
        if not inside:
            note = f"no two results {self.test.window}"
            return _unknown("not_recorded", self.place, note=note)
        said = at_least(1, (found.answer for found in inside))
        return next(found for found in inside if found.answer is said)

    def _changed(self, then: Observation, now: Observation) -> Finding | None:
        """Did it rise or fall enough from `then` to `now`? None if they are no pair to compare."""
        check, window = self.test.check, self.test.window
        assert isinstance(check, Change) and window is not None
        assert then.date is not None and now.date is not None
        within = [self.holds(window, item.date) for item in (then, now) if item.date]
        if NO in within or (then.date == now.date and now.date.is_exact):
            return None
        if UNKNOWN in within or then.date.latest >= now.date.earliest:
            return _unknown("imprecise_date", Part(self.place, "date"))
        first, last = then.value, now.value
        if not isinstance(first, Interval) or not isinstance(last, Interval):
            return _unknown("not_recorded", self.place)
        if not (first.is_exact and last.is_exact) or then.unit or now.unit:
            return _unknown("censored", self.place)
        assert first.low is not None and last.low is not None
        change = last.low - first.low if check.direction == "rose" else first.low - last.low
        needed = check.by * first.low / 100 if check.relative else check.by
        return Finding(answer(change > 0 and change >= needed))


def _stated_time(value: Interval, unit: str, check: Compare) -> Answer:
    """A stated length of time against a limit; a month is 28 to 31 days."""
    said = set()
    for month in (28, 31):
        days = {"days": 1, "weeks": 7, "months": month, "years": 12 * month}
        limit = check.limit * days[check.unit]
        said.add(value.times(Fraction(days[unit])).compare(check.operator, limit))
    return said.pop() if len(said) == 1 else UNKNOWN


# Records


def _records(rule: Records, chart: Chart, asked: Asked | None) -> Finding:
    """At least k entries, different in one field if it is named, satisfy `where`."""
    last, visit = _last_visit(rule, chart)
    records = chart.profile.records.get(rule.name, ())
    entries = [Entry(record, rule.name, chart) for record in records]
    tests = [part for part in rule.where if isinstance(part, Test)]
    declared = chart.vocabulary.records[rule.name]
    timed = tuple(part for part in tests if declared.has_role(part.fact, "lasted"))
    if timed:  # the course, of one or more entries, must be the one that goes on
        timed += tuple(part for part in tests if _asks_ongoing(part, declared))
    rest = tuple(part for part in rule.where if part not in timed)
    groups: dict[object, tuple[_Told, list[tuple[Entry, Finding]]]] = {}
    for entry in entries:
        finding = _where(rest, chart, asked, entry)
        if finding.answer is YES:
            finding = _begun(entry, finding, last, visit)
        told = _told(entry, rule, timed=bool(timed))
        groups.setdefault(told.key, (told, []))[1].append((entry, finding))
    joined = [(told, _joined(more, told, groups, timed, chart)) for told, more in groups.values()]
    found = _distinct(joined) if rule.different else [finding for _, finding in joined]
    open_list = rule.name not in chart.profile.reviewed
    yes = sum(item.answer is YES for item in found)
    maybe = [item for item in found if item.answer is UNKNOWN]
    parts = tuple(item for item in found if item.answer is not NO) or tuple(found)
    if yes >= rule.k:
        return Finding(YES, parts=tuple(item for item in found if item.answer is YES))
    if yes + len(maybe) < rule.k and not open_list:
        none = Evidence(
            List(rule.name), _listed(entries), "is reviewed to the end of the chart", NO
        )
        seen = chart.profile.reviewed[rule.name]
        return Finding(NO, because=(replace(none, date=seen),), parts=parts)
    if maybe:
        named = [place for item in maybe for place in item.missing]
        missing = dict.fromkeys([*named, List(rule.name)] if open_list else named)
        return Finding(UNKNOWN, maybe[0].reason, tuple(missing), maybe[0].note, (), parts)
    return Finding(UNKNOWN, "list_not_reviewed", (List(rule.name),), "", (), parts)


def _asks_ongoing(test: Test, declared: RecordEntry) -> bool:
    return declared.has_role(test.fact, "ends") and isinstance(test.check, Is)


def _listed(entries: list[Entry]) -> str:
    return f"{len(entries)} listed, too few fit" if entries else "none listed"


def _begun(entry: Entry, finding: Finding, last: PartialDate, visit: str) -> Finding:
    """The finding, unless the entry begins only after the last day that the rule is about."""
    match entry.has_begun_by(last):
        case Answer.YES:
            return finding
        case Answer.NO:
            first = entry.declared.first_date
            assert first is not None
            ahead = _unknown(
                "future_dated", entry.record.place(first), note=f"it begins after {last}"
            )
            return replace(ahead, parts=(finding,))
    return replace(_unknown("not_recorded", Visit(visit)), parts=(finding,))


def _last_visit(rule: Records, chart: Chart) -> tuple[PartialDate, str]:
    """The last day that the rule's windows reach to, and whose it is."""
    visits = {"screening": chart.today}
    for part in walk(rule):
        if isinstance(part, Test) and part.window:
            visit = chart.visit(part.window.anchor)
            if isinstance(visit, PartialDate):
                visits[part.window.anchor] = visit
    name = max(visits, key=lambda name: visits[name].latest)
    return visits[name], name


@dataclass(frozen=True)
class _Told:
    """What an entry says in the field in which entries must differ; without one, nothing."""

    place: Field
    value: object = None
    unit: str = ""
    why_inexact: str = ""  # the reason code; empty where it is one value

    @property
    def key(self) -> object:
        """Entries of one key surely say the same."""
        return self.place if self.why_inexact else (self.unit, self.value)

    def may_repeat(self, other: "_Told") -> bool:
        """May the two entries say the same?

        "2026-05" may be 10 May 2026, and may be another "2026-05" too.
        """
        match self.value, other.value:
            case None, _:
                return True
            case _, None:
                return True
            case Interval() as one, Interval() as two if self.unit == other.unit:
                return not (_below(one, two) or _below(two, one))
            case Interval(), Interval():
                return True
            case PartialDate() as one, PartialDate() as two:
                return one.earliest <= two.latest and two.earliest <= one.latest
        return self.value == other.value

    def order(self) -> tuple[bool, float | Fraction, bool]:
        """By the latest or highest that it may be; what says nothing comes last."""
        match self.value:
            case PartialDate(latest=end):
                return False, Fraction(end.toordinal()), bool(self.why_inexact)
            case Interval(high=Fraction() as high):
                return False, high, bool(self.why_inexact)
            case Interval():
                return False, inf, True
        return self.value is None, 0, True


def _below(one: Interval, other: Interval) -> bool:
    """Is every number of the one below every number of the other?"""
    if one.high is None or other.low is None:
        return False
    open_end = one.high_open or other.low_open
    return one.high < other.low or (one.high == other.low and open_end)


def _told(entry: Entry, rule: Records, *, timed: bool) -> _Told:
    """By what the entry is the same as another, or counts apart from it."""
    if not rule.different:  # all entries are one run of time, or each counts by itself
        return _Told(entry.record.place(), None if timed else entry.record.number)
    place = entry.record.place(rule.different)
    item = entry.record.fields.get(rule.different)
    match item.value if item else None:
        case None:
            return _Told(place, why_inexact="not_recorded")
        case Interval() as length if item and item.unit in _DAYS:
            low, high = (length.times(Fraction(days)) for days in _DAYS[item.unit])
            length = Interval(low.low, high.high, length.low_open, length.high_open)
            return _Told(place, length, "", "" if length.is_exact else item.vague)
        case Interval() as number if item:
            return _Told(place, number, item.unit, "" if number.is_exact else item.vague)
        case PartialDate() as day:
            return _Told(place, day, why_inexact="" if day.is_exact else "imprecise_date")
        case word:
            return _Told(place, word)


_DAYS = {"days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (12 * 28, 12 * 31)}


def _distinct(found: list[tuple[_Told, Finding]]) -> list[Finding]:
    """Those that count: of entries that may say the same, only one does so for sure.

    As many are left as there are different ones at least; the others stay open. (The first of
    those that end first has to be one; what may repeat it may be no other, and so on.)
    """
    sure: list[_Told] = []
    counted: dict[object, Finding] = {}
    for told, finding in sorted(found, key=lambda item: item[0].order()):
        said = finding
        if finding.answer is YES:
            if any(told.may_repeat(other) for other in sure):
                doubt = _unknown(told.why_inexact or "no_unit", told.place)
                said = replace(doubt, parts=(finding,))
            else:
                sure.append(told)
        counted[told.key] = said
    listed = sorted(found, key=lambda item: item[0].value is None)
    return [counted[told.key] for told, _ in listed]


def _joined(
    members: list[tuple[Entry, Finding]],
    told: _Told,
    groups: Mapping[object, tuple[_Told, list[tuple[Entry, Finding]]]],
    timed: tuple[Test, ...],
    chart: Chart,
) -> Finding:
    """The finding of entries that say the same; open, where with others that may say it, it holds.

    A course of 2 months of a drug does not last 3 months; with 2 more, of a drug that is not
    recorded and may be the same, it may.
    """
    finding = _group(members, timed, chart)
    fits = any(found.answer is not NO for _, found in members)
    if not (timed and fits) or finding.answer is not NO:
        return finding
    others = [
        (other, more)
        for other, more in groups.values()
        if other is not told
        and (told.why_inexact or other.why_inexact)
        and told.may_repeat(other)
        and any(found.answer is not NO for _, found in more)
    ]
    together = [*members, *(member for _, more in others for member in more)]
    if not others or _group(together, timed, chart).answer is NO:
        return finding
    doubtful = [each for each in (told, *(other for other, _ in others)) if each.why_inexact]
    places = tuple(dict.fromkeys(each.place for each in doubtful))
    return replace(_unknown(doubtful[0].why_inexact, *places), parts=(finding,))


def _where(rules: tuple[Rule, ...], chart: Chart, asked: Asked | None, entry: Entry) -> Finding:
    if not rules:
        read = Evidence(entry.record.place(), _shown(entry), "is listed", YES)
        return Finding(YES, because=(read,))
    parts = []
    for rule in rules:
        part = ask(rule, chart, asked, entry)
        if part.answer is NO:  # this alone decides; the rest would only add noise to the report
            return Finding(NO, parts=(part,))
        parts.append(part)
    return combine(len(parts), tuple(parts))


def _shown(entry: Entry) -> str:
    return ", ".join(item.text for item in entry.record.fields.values())


def _group(members: list[tuple[Entry, Finding]], timed: tuple[Test, ...], chart: Chart) -> Finding:
    """Entries that count as one: does one of them hold, and, if time is asked, for long enough?"""
    sure = [(entry, finding) for entry, finding in members if finding.answer is YES]
    possible = [(entry, finding) for entry, finding in members if finding.answer is not NO]
    if not timed or not possible:
        return combine(1, tuple(finding for _, finding in members))
    going = any(_asks_ongoing(test, possible[0][0].declared) for test in timed)
    findings = [
        _lasted(test, test.check, sure, possible, chart, going)
        for test in timed
        if isinstance(test.check, Compare)
    ]
    parts = tuple(finding for _, finding in possible)
    open_parts = tuple(p for p in parts if p.answer is UNKNOWN)
    whole = combine(len(findings), tuple(findings))
    if whole.answer is UNKNOWN:
        below = (place for part in open_parts for place in part.missing)
        missing = dict.fromkeys((*whole.missing, *below))
        whole = replace(whole, missing=tuple(missing), reason=whole.reason or open_parts[0].reason)
    return replace(whole, parts=(*parts, *findings))


def _lasted(
    test: Test,
    check: Compare,
    sure: list[tuple[Entry, Finding]],
    possible: list[tuple[Entry, Finding]],
    chart: Chart,
    going: bool,
) -> Finding:
    """The longest time without a gap covered by the entries: surely, and at most.

    going: only of a course that reaches the date judged.
    """
    missing: list[Place] = []
    told: list[Evidence] = []
    spans: dict[int, Span] = {}
    for entry, _ in possible:
        stated = entry.course.stated("lasted")
        found = courses.course_of(entry.course, chart.on)
        if isinstance(found, Span):
            spans[entry.record.number] = found
        elif isinstance(stated, Observation):
            assert isinstance(stated.value, Interval)
            said = _stated_time(stated.value, stated.unit, check)
            if going:
                said = at_least(2, (said, _still_going(entry, chart)))
            read = Evidence(entry.record.place(test.fact), stated.text, test.text, said)
            if said is YES and any(entry is other for other, _ in sure):
                return Finding(YES, because=(read,))
            told.append(read)
            if said is not NO or len(possible) > 1:
                missing += found.missing
        else:
            missing += found.missing
    known = [spans[e.record.number] for e, _ in sure if e.record.number in spans]
    longest = courses.runs((span.start.earliest, span.end.latest) for span in spans.values())
    shortest = courses.runs((span.start.latest, span.end.earliest) for span in known)
    if going:
        still = {e.record.number: _still_going(e, chart) for e, _ in possible}
        may = [span.start.earliest for number, span in spans.items() if still[number] is not NO]
        does = [
            spans[e.record.number].start.latest
            for e, _ in sure
            if e.record.number in spans and still[e.record.number] is YES
        ]
        longest = [run for run in longest if any(run[0] <= day <= run[1] for day in may)]
        shortest = [run for run in shortest if any(run[0] <= day <= run[1] for day in does)]
    because = (*told, *_run_evidence(test, longest, possible))
    if any(_long_enough(run, check) for run in shortest):
        return Finding(YES, because=tuple(replace(read, answer=YES) for read in because))
    if missing:
        return Finding(UNKNOWN, "not_recorded", tuple(missing), because=because)
    if not any(_long_enough(run, check) for run in longest):
        return Finding(NO, because=tuple(replace(read, answer=NO) for read in because))
    if len(known) < len(spans):
        return Finding(UNKNOWN, because=because)  # for the reason that an entry may not fit
    vague = [place for e, _ in possible for place in courses.vague_dates(e.course)]
    return Finding(UNKNOWN, "imprecise_date", tuple(vague), because=because)


def _still_going(entry: Entry, chart: Chart) -> Answer:
    """Does the course reach the date judged?"""
    stop = entry.course.when("ends")
    if isinstance(stop, Ongoing):
        return YES
    if isinstance(stop, Gap) or stop.earliest < chart.on <= stop.latest:
        return UNKNOWN
    return answer(stop.earliest >= chart.on)


def _run_evidence(
    test: Test, longest: list[tuple[date, date]], possible: list[tuple[Entry, Finding]]
) -> tuple[Evidence, ...]:
    if not longest:
        return ()
    start, end = max(longest, key=lambda run: run[1] - run[0])
    numbers = tuple(entry.record.number for entry, _ in possible)
    place = Field(possible[0][0].list_name, numbers, test.fact)
    return (Evidence(place, f"{(end - start).days} days from {start}", test.text, UNKNOWN),)


def _long_enough(run: tuple[date, date], check: Compare) -> bool:
    span = Span(PartialDate.day(run[0]), PartialDate.day(run[1]))
    return span.compare(check.operator, int(check.limit), check.unit) is YES


# Trials


@dataclass(frozen=True)
class CriterionFinding:
    """One criterion of one patient.

    answer      is the statement, as the page writes it, true of this patient
    status      matched, failed or unknown: what the answer means for an inclusion or exclusion
    counted     it decides by itself, no smaller criterion below it explains it, and the headings
                above it apply
    readings    the finding under each reading, by label, where there are several
    """

    criterion: Criterion
    finding: Finding
    status: Status
    applicable: bool
    counted: bool
    readings: tuple[tuple[str, Finding], ...] = ()

    @property
    def answer(self) -> Answer:
        return self.finding.answer


@dataclass(frozen=True)
class Screening:
    """One trial, one patient, one date."""

    trial: Trial
    criteria: tuple[CriterionFinding, ...]
    verdict: Verdict

    def counted(self, status: Status) -> tuple[CriterionFinding, ...]:
        """The criteria that count, of this status."""
        return tuple(item for item in self.criteria if item.counted and item.status == status)


def status_of(criterion: Criterion, said: Answer) -> Status:
    """An inclusion is matched by YES, an exclusion by NO; the opposite fails."""
    if said is UNKNOWN:
        return "unknown"
    return "matched" if (said is YES) == (criterion.kind == "inclusion") else "failed"


@dataclass(frozen=True)
class Judged:
    """One criterion before its heading is known: its finding, and that of each reading."""

    finding: Finding
    applicable: bool
    readings: tuple[tuple[str, Finding], ...] = ()


def screen(trial: Trial, chart: Chart, *, preferred: bool = False) -> Screening:
    """Every criterion of the trial, and the verdict.

    preferred takes the first reading of an ambiguous criterion instead of asking that all agree.
    """
    return assemble(
        trial,
        {
            criterion.id: judge(criterion, trial, chart, preferred=preferred)
            for criterion in trial.criteria
            if criterion.gate is None
        },
        chart,
    )


def judge(criterion: Criterion, trial: Trial, chart: Chart, *, preferred: bool = False) -> Judged:
    """One criterion that is no heading."""
    given = chart.profile.answers.get(trial.id, {}).get(criterion.id)
    asked = Asked(criterion.id, given)
    readings = tuple(
        (reading.label, ask(reading.rule, chart, asked)) for reading in criterion.readings
    )
    finding = _one_reading(criterion, readings, given, preferred)
    judged = _applied(criterion, finding, trial, chart)
    return Judged(*judged, readings if len(readings) > 1 else ())


def assemble(trial: Trial, judged: Mapping[str, Judged], chart: Chart) -> Screening:
    """The screening that follows from the criteria that are no headings."""
    found = dict(judged)
    for criterion in reversed(trial.criteria):  # children before their heading
        if criterion.gate is not None:
            heading = _heading(criterion, {name: item.finding for name, item in found.items()})
            found[criterion.id] = Judged(*_applied(criterion, heading, trial, chart))
    statuses = {
        name: status_of(trial.by_id[name], item.finding.answer) for name, item in found.items()
    }
    applicable = {name for name, item in found.items() if item.applicable}
    criteria = tuple(
        CriterionFinding(
            criterion,
            found[criterion.id].finding,
            statuses[criterion.id],
            found[criterion.id].applicable,
            _counts(criterion, trial, statuses, applicable),
            found[criterion.id].readings,
        )
        for criterion in trial.criteria
    )
    top = [item.status for item in criteria if not item.criterion.parent]
    return Screening(trial, criteria, _verdict(top))


def _verdict(top: list[Status]) -> Verdict:
    if "failed" in top:
        return "ineligible"
    return "undetermined" if "unknown" in top else "eligible"


def _heading(criterion: Criterion, below: Mapping[str, Finding]) -> Finding:
    assert criterion.gate is not None
    named = criterion.gate.children
    said = criterion.gate.answer({name: below[name].answer for name in named})
    parts = tuple(below[name] for name in named)
    return _gathered(said, parts)


def _one_reading(
    criterion: Criterion,
    readings: tuple[tuple[str, Finding], ...],
    given: bool | str | None,
    preferred: bool,
) -> Finding:
    """The finding that all readings share, that a person chose, or that is preferred."""
    for label, finding in readings:
        if isinstance(given, str) and label == given:
            own = AnswerTo(criterion.id)
            chosen = Evidence(own, label, "the reading a person chose", finding.answer)
            return replace(finding, because=(chosen, *finding.because))
    first = readings[0][1]
    if preferred or len({finding.answer for _, finding in readings}) == 1:
        return first
    said = "; ".join(f"{label}: {finding.answer.value}" for label, finding in readings)
    named = [place for _, finding in readings for place in finding.missing]
    missing = dict.fromkeys([*named, AnswerTo(criterion.id)])
    return Finding(
        UNKNOWN,
        "depends_on_reading",
        tuple(missing),
        said,
        parts=tuple(finding for _, finding in readings),
    )


def _applied(
    criterion: Criterion, finding: Finding, trial: Trial, chart: Chart
) -> tuple[Finding, bool]:
    """The finding, or that the criterion does not apply to this patient."""
    rules = trial.applies(criterion)
    if not rules:
        return finding, True
    found = tuple(ask(rule, chart) for rule in rules)
    applies = combine(len(found), found) if len(found) > 1 else found[0]
    passed = YES if criterion.kind == "inclusion" else NO
    match applies.answer:
        case Answer.YES:
            return finding, True
        case Answer.NO:
            return Finding(passed, note="does not apply", parts=(applies,)), False
        case _ if finding.answer is passed:
            return finding, True
    missing = tuple(dict.fromkeys((*applies.missing, *finding.missing)))
    note = applies.note or "it may not apply"
    return Finding(UNKNOWN, applies.reason, missing, note, parts=(applies, finding)), True


def _counts(
    criterion: Criterion, trial: Trial, statuses: Mapping[str, Status], applicable: Set[str]
) -> bool:
    """Decisive, and not explained by smaller decisive criteria below it.

    Of headings that do not apply the topmost counts, as one criterion, and nothing below it.
    """
    if any(above.id not in applicable for above in trial.above(criterion)):
        return False
    if not criterion.decisive or criterion.gate is None or criterion.id not in applicable:
        return criterion.decisive
    below = [trial.by_id[name] for name in criterion.gate.children]
    smaller = [child for child in below if child.decisive]
    if len(smaller) == len(below):
        return False
    return not any(statuses[child.id] == "failed" for child in smaller)
