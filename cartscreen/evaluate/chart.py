"""One profile on one date, read through the vocabulary: stated facts first, then derived.

How a rule is evaluated is handed in, so that derived findings may be rules.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from cartscreen import scores
from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer
from cartscreen.dates import PartialDate, shift
from cartscreen.derive import Call, Gap
from cartscreen.derive import treatment as courses
from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, FieldFormula
from cartscreen.derive.treatment import Course, Equivalent, FieldCall
from cartscreen.errors import Problem
from cartscreen.evaluate.course import joined, joins_of, was_given
from cartscreen.evaluate.exposure import Joins
from cartscreen.evaluate.finding import Finding
from cartscreen.observation import Observation, Ongoing, Record
from cartscreen.pack.pack import Contradiction, Pack
from cartscreen.place import (
    Fact,
    Part,
    Place,
    Value,
    Visit,
    fact_place,
)
from cartscreen.profile.model import Profile
from cartscreen.rule.tree import Rule, Test
from cartscreen.units import Interval
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

_LONGEST_LIFE = 130
"""Years. Our choice: a patient who would be older has a slip in the date of birth."""


def last_day_alive(born: PartialDate) -> date:
    """The last day on which somebody of this date of birth is judged."""
    return shift(born.latest, _LONGEST_LIFE, "years")


class Chart:
    """One profile on one date, read through the vocabulary: stated facts first, then derived.

    Raises Problem for a date before the patient's birth, or more than 130 years after it.

    evaluate        gives the finding of a rule; findings may be derived by rules
    contradictions  those of the pack that hold of this patient
    """

    def __init__(
        self,
        profile: Profile,
        pack: Pack,
        on: date,
        evaluate: "Evaluate",
        contradictions: tuple[Contradiction, ...] = (),
    ) -> None:
        self.profile = profile
        self.pack = pack
        self.vocabulary = pack.vocabulary
        self.on = on
        self.today = PartialDate.day(on)
        self._check_lifetime()
        self._derived: dict[str, Observation | Gap] = {}
        self._kept: dict[object, Finding] = {}
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._evaluate = evaluate
        self.contradictions = tuple(item.says for item in contradictions)
        self.conflicts = {name: item.says for item in contradictions for name in item.doubts}

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
        latest = newest_of(found, self.on)
        if len({item.value for item in latest}) > 1:
            return _differing(name, latest)
        if latest[0].value is None:
            return Gap("not_recorded", (fact_place(name),), f"recorded as {latest[0].text}")
        return latest[0]

    def entries(self, name: str) -> "tuple[Entry, ...]":
        """The entries of a list; of touching ones that are one course, each has its dates."""
        if name not in self._entries:
            own = self.profile.records.get(name, ())
            whole = joined(own, self.vocabulary.records[name], self.vocabulary)
            self._entries[name] = tuple(
                Entry(_with_doses(record, self.vocabulary.records[name]), name, self, one)
                for one, record in zip(own, whole, strict=True)
            )
        return self._entries[name]

    def evaluate(
        self, rule: Rule, asked: "Asked | None" = None, entry: "Entry | None" = None
    ) -> Finding:
        """The finding of a rule, of an entry if it is asked of one."""
        return self._evaluate(rule, self, asked, entry)

    def kept(self, test: Test, entry: "Entry | None", make: Callable[[], Finding]) -> Finding:
        """The finding of a test, of an entry if it is asked of one; made once."""
        key = test, (entry.list_name, entry.record.number) if entry else None
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

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
                finding = self.evaluate(rule)
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


def newest_of(results: Iterable[Observation], upto: date) -> list[Observation]:
    """The results that may be the newest: no other that surely lies before `upto` is newer."""
    listed = list(results)
    dates = [item.date for item in listed if item.date is not None]
    starts = [day.earliest for day in dates if day.latest <= upto]
    starts = starts or [day.earliest for day in dates]
    return [item for item in listed if item.date is None or item.date.latest >= max(starts)]


def _differing(name: str, results: list[Observation]) -> Gap:
    """The gap where nothing follows, because results differ; what reads it does not show them."""
    reason, missing, note = disagreement(fact_place(name), (item.date for item in results))
    values = ", ".join(dict.fromkeys(item.text for item in results))
    return Gap(reason, missing, f"{note}: {name} {values}")


def disagreement(
    place: Value, dates: Iterable[PartialDate | None]
) -> tuple[str, tuple[Place, ...], str]:
    """(reason, missing, note) where results that may be the newest differ."""
    if all(day is None or day.is_exact for day in dates):
        return "conflict", (place,), "results of the same day differ"
    newest = "which result is the newest depends on an inexact date"
    return "imprecise_date", (Part(place, "date"),), newest


@dataclass(frozen=True)
class Entry:
    """One record entry while `where` is asked of it.

    record  with the dates of the course that it is part of
    own     as it stands in the profile
    """

    record: Record
    list_name: str
    chart: Chart
    own: Record

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

    @property
    def drug_class(self) -> str:
        """The class that the entry states; empty without one."""
        found = self.course.stated("class")
        return str(found.value) if isinstance(found, Observation) else ""

    @property
    def was_given(self) -> Answer:
        """Was it given, or only planned or ruled out?"""
        return was_given(self.own, self.declared)

    @property
    def is_local(self) -> Answer:
        """Does it act only where it is given? Without a stated route it does not."""
        declared, name = self.declared.of_role("route"), self.declared.roles.get("route")
        found = self.record.fields.get(name) if name else None
        if declared is None or not declared.local or found is None:
            return NO
        return UNKNOWN if found.value is None else answer(found.value in declared.local)

    @property
    def joins(self) -> Joins | None:
        """How its doses belong together, where it is given at intervals."""
        return joins_of(self.own, self.declared, self.drug)

    def going(self) -> Answer:
        """Does it go on at the date judged?"""
        on = self.chart.on
        if self.begins is not None and self.begins.earliest > on:
            return NO
        stop = self.course.when("ends")
        if isinstance(stop, Ongoing):
            return YES
        if isinstance(stop, Gap) or stop.earliest < on <= stop.latest:
            return UNKNOWN
        if stop.earliest >= on:
            return YES
        joins = self.joins
        is_due = joins is not None and joins.goes_on and (on - stop.latest).days <= joins.longest
        return UNKNOWN if is_due else NO

    def read(self, field: str, entry: FactEntry) -> Observation | Gap:
        """The field, stated or derived; left out, what it then means."""
        if entry.default is not None and field not in self.record.fields:
            said = entry.default
            text = said if isinstance(said, str) else "yes" if said else "no"
            return Observation(said, text, origin="nothing else is stated")
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
            Equivalent(drug.label, drug.prednisone_equivalent) if drug else self._by_class(),
            self.is_local is YES,
            self.chart.on,
            self.chart.nearest,
        )

    def _by_class(self) -> Equivalent | None:
        """What is known of the dose by the stated class: none of its drugs is a steroid."""
        stated = self.drug_class
        steroids = (
            stated in drug.classes
            for drug in self.chart.vocabulary.drugs.values()
            if drug.prednisone_equivalent
        )
        return Equivalent(stated, None) if stated and not any(steroids) else None

    def half_life(self) -> Interval | Gap:
        """Of the drug, in days: as the chart states it, or from the shortest to the longest."""
        stated = self.course.stated("half_life")
        place = self.course.place("half_life")
        if isinstance(stated, Observation):
            assert isinstance(stated.value, Interval)
            return stated.value
        if self.drug is None or self.drug.half_life is None:
            return Gap("not_recorded", (place,), "no half-life is known")
        known = self.drug.half_life
        return Interval(known.shortest_days, known.longest_days)


def _with_doses(record: Record, declared: RecordEntry) -> Record:
    """The entry; one whose dose changed in steps has the doses of all of them, as a range."""
    steps = record.fields.get(declared.roles.get("steps", ""))
    if steps is None or not isinstance(steps.value, tuple):
        return record
    fields = dict(record.fields)
    for name in {name for step in steps.value for name in step.fields}:
        doses = [step.fields[name].value for step in steps.value if name in step.fields]
        known = [dose for dose in doses if isinstance(dose, Interval)]
        lows = [dose.low for dose in known if dose.low is not None]
        highs = [dose.high for dose in known if dose.high is not None]
        is_whole = len(known) == len(steps.value)
        fields[name] = Observation(
            Interval(
                min(lows) if is_whole and len(lows) == len(known) else None,
                max(highs) if is_whole and len(highs) == len(known) else None,
            ),
            steps.text,
        )
    return replace(record, fields=fields)


@dataclass(frozen=True)
class Asked:
    """Which criterion a rule belongs to, and what a person has answered to its question."""

    criterion: str
    given: bool | str | None = None


Evaluate = Callable[[Rule, Chart, Asked | None, Entry | None], Finding]
"""How a rule is evaluated: cartscreen.evaluate.evaluator.evaluate."""
