"""One profile on one date, read through the vocabulary: stated facts first, then derived.

How a rule is evaluated is handed in, so that derived findings may be rules.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from cartscreen import scores
from cartscreen.answer import NO, UNKNOWN, YES, Answer
from cartscreen.dates import PartialDate, Span, shift
from cartscreen.derive import Call, Gap
from cartscreen.derive import treatment as courses
from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, FieldFormula
from cartscreen.derive.treatment import Course, Equivalent, FieldCall
from cartscreen.errors import Problem
from cartscreen.evaluate.finding import Evidence, Finding
from cartscreen.observation import Observation, Record
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
from cartscreen.units import Interval, decimal
from cartscreen.vocabulary import (
    NOT_DONE,
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
        self._others: dict[date, Chart | None] = {}
        self._evaluate = evaluate
        self.contradictions = contradictions
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

    def evaluate(
        self, rule: Rule, asked: "Asked | None" = None, entry: "Entry | None" = None
    ) -> Finding:
        """The finding of a rule, of an entry if it is asked of one."""
        return self._evaluate(rule, self, asked, entry)

    def kept(self, test: Test, entry: "Entry | None", make: Callable[[], Finding]) -> Finding:
        """The finding of a test, of an entry if it is asked of one; made once."""
        of = (entry.list_name, entry.record.number, entry.is_believed) if entry else None
        key = test, of
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
        conditions = iter(self.pack.conditions[entry.name])
        for derivation in entry.derive:
            match derivation:
                case Ruled():
                    found = self._derive_by_rule(entry, derivation, next(rules))
                case Formula():
                    found = self._derive_by(entry, derivation)
                    unless = next(conditions)
                    if unless is not None:
                        found = self._unless(entry, unless, found)
                case _:
                    found = self._derive_by(entry, derivation)
            yield derivation, found

    def _unless(self, entry: FactEntry, rule: Rule, found: Observation | Gap) -> Observation | Gap:
        """What a formula gives, unless the rule says that it does not hold.

        The rule is asked of the day judged, and of the day of each number that the formula took:
        who is on dialysis today has no clearance by a creatinine of last month, nor by one that
        was measured during dialysis last month.
        """
        inputs = found.inputs if isinstance(found, Observation) else ()
        days = {item.date.earliest for _, item in inputs if item.date is not None}
        for day in sorted({day for day in days if day < self.on} | {self.on}, reverse=True):
            chart = self.judged_on(day)
            finding = chart.evaluate(rule) if chart else None
            if finding is not None and finding.answer is YES:
                read = ", ".join(f"{e.place} {e.value}" for e in finding.evidence() if _holds(e))
                note = f"the formula does not hold ({read})"
                return Gap("not_recorded", (fact_place(entry.name),), note)
        return found

    def judged_on(self, day: date) -> "Chart | None":
        """The same profile, judged on another day; None for a day outside the patient's life."""
        if day == self.on:
            return self
        if day not in self._others:
            try:
                self._others[day] = Chart(self.profile, self.pack, day, self._evaluate)
            except Problem:
                self._others[day] = None
        return self._others[day]

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
            told = (gap for gap in gaps if gap.note)
            return next(told, gaps[0] if gaps else Gap("not_recorded", (own,)))
        first = min(useful, key=lambda gap: len(gap.missing))
        return replace(first, missing=tuple(dict.fromkeys((own, *first.missing))))

    def _bounded(self, entry: FactEntry, found: Observation) -> Observation:
        """A part of a score, known in part itself, lies between what its total leaves, too."""
        for derivation in entry.derive:
            if isinstance(derivation, Formula) and FACT_FORMULAS[derivation.name].is_upper_bound:
                total = self._derive_by(entry, derivation)
                if isinstance(total, Observation):
                    return _cut(found, total)
        return found

    def _derive_by(
        self, entry: FactEntry, derivation: Stated | Score | Count | Formula
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
                result = FACT_FORMULAS[name].function(call)
                if FACT_FORMULAS[name].is_upper_bound and isinstance(result, Observation):
                    return self._from_below(entry, dict(inputs)["of"], result)
                return result
            case Score() | Count():
                return scores.derive(
                    entry, derivation, self.newest, self.vocabulary.facts, self.is_not_done
                )

    def _from_below(self, entry: FactEntry, whole: str, part: Observation) -> Observation:
        """A part of a score is not below its total less the most that the other items can add."""
        facts = self.vocabulary.facts
        own, all_ = (
            next((by for by in fact.derive if isinstance(by, Score)), None)
            for fact in (entry, facts[whole])
        )
        _, total = part.inputs[0]
        if own is None or all_ is None or not isinstance(total.value, Interval):
            return part
        rest = scores.most_besides(own, all_, facts)
        if rest is None or total.value.low is None or total.value.low <= rest:
            return part
        assert isinstance(part.value, Interval)
        value = replace(part.value, low=total.value.low - rest, low_open=total.value.low_open)
        origin = f"{part.origin}; the other items add at most {decimal(rest)}"
        return replace(part, value=value, text=str(value), origin=origin)

    def is_not_done(self, name: str) -> bool:
        """Does the newest entry of the fact say that it was not done?"""
        stated = self.profile.facts.get(name, ())
        known = [item for item in stated if item.date is None or item.date.earliest <= self.on]
        return bool(known) and all(item.text == NOT_DONE for item in newest_of(known, self.on))

    def _derive_by_rule(self, entry: FactEntry, by: Ruled, rule: Rule) -> Observation | Gap:
        """The value that the answer to the rule gives; a Gap where it gives none."""
        finding = self.evaluate(rule)
        if finding.answer is UNKNOWN:
            return Gap(finding.reason, finding.missing, finding.note)
        value = by.yes if finding.answer is YES else by.no
        if value is None:
            return Gap("not_recorded", (fact_place(entry.name),))
        text = value if isinstance(value, str) else "yes" if value else "no"
        read = ", ".join(f"{e.place} {e.value}" for e in finding.evidence())
        return Observation(value, text, origin=f"from {read}")

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


def _cut(part: Observation, by_total: Observation) -> Observation:
    """The part, within what its total leaves it, where the two can both be so."""
    own, left = part.value, by_total.value
    assert isinstance(own, Interval) and isinstance(left, Interval)
    if not own.overlaps(left):
        return part
    kept = own
    if left.high is not None and own.compare("<=", left.high) is not YES:
        kept = replace(kept, high=left.high, high_open=left.high_open)
    if left.low is not None and own.compare(">=", left.low) is not YES:
        kept = replace(kept, low=left.low, low_open=left.low_open)
    return part if kept == own else replace(part, value=kept, text=str(kept))


def _holds(read: Evidence) -> bool:
    """Is it among what made a rule say yes?"""
    return read.answer is YES


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

    is_believed   its fields are not held against one another: so is it while just that is done
    """

    record: Record
    list_name: str
    chart: Chart
    is_believed: bool = False

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
        """The field, stated or derived; a Gap where the entry contradicts itself."""
        if conflict := self.conflict(field):
            return conflict
        found = courses.stated(self.record, field)
        return self.derived(entry) if isinstance(found, Gap) and entry.derive else found

    def conflict(self, field: str) -> Gap | None:
        """How the entry contradicts itself in what it says of the field, if it does.

        Asked of the day on which the profile was written: what was so then is no contradiction
        later, when a drug that went on may have gone on without a further dose being written down.
        """
        if self.is_believed:
            return None
        planned = self.chart.profile.screening
        then = (planned and self.chart.judged_on(planned.earliest)) or self.chart
        believed = replace(self, chart=then, is_believed=True)
        for item in self.chart.pack.of_entries.get(self.list_name, ()):
            if field in item.doubts and then.evaluate(item.rule, None, believed).answer is YES:
                places = tuple(
                    self.record.place(name) for name in item.doubts if name in self.record.fields
                )
                return Gap("conflict", places, f"the entry says that {item.says}")
        declared, stated = self.declared.fields[field], courses.stated(self.record, field)
        if not declared.derive or isinstance(stated, Gap):
            return None
        follows = believed.derived(declared)
        if isinstance(follows, Gap) or not _are_apart(stated, follows):
            return None
        told = f"{stated.text} is stated, and {follows.text} follows from the rest of the entry"
        return Gap("conflict", (self.record.place(field),), told)

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


def _are_apart(stated: Observation, follows: Observation) -> bool:
    """Can what an entry states of a field and what follows for it not both be so?

    A stated time is rounded to its unit, and a number to its last digit.
    """
    if not isinstance(stated.value, Interval):
        return False
    low, high = stated.value.low, stated.value.high
    if isinstance(follows.value, Span):
        least, most = _DAYS_IN[stated.unit]
        shortest = (follows.value.end.earliest - follows.value.start.latest).days
        longest = (follows.value.end.latest - follows.value.start.earliest).days
        is_too_long = low is not None and longest < (low - 1) * least
        is_too_short = high is not None and shortest > (high + 1) * most
        is_at_most = follows.why_inexact == "not_recorded"  # since the start, at the longest
        return is_too_long or (is_too_short and not is_at_most)
    if not isinstance(follows.value, Interval) or stated.unit:
        return False
    written = stated.text.split(" ")[0]
    half = Fraction(1, 2 * 10 ** len(written.partition(".")[2]))
    near = Interval(None if low is None else low - half, None if high is None else high + half)
    return not near.overlaps(follows.value)


_DAYS_IN = {"days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (365, 366)}
"""How many days a calendar unit has, at the least and at the most."""


@dataclass(frozen=True)
class Asked:
    """Which criterion a rule belongs to, and what a person has answered to its question."""

    criterion: str
    given: bool | str | None = None


Evaluate = Callable[[Rule, Chart, Asked | None, Entry | None], Finding]
"""How a rule is evaluated: cartscreen.evaluate.evaluator.evaluate."""
