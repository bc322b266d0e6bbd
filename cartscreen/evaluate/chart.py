"""One profile on one date, read through the vocabulary: stated facts first, then derived.

How a rule is evaluated is handed in, so that derived findings may be rules.
"""

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from cartscreen import scores
from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer
from cartscreen.dates import PartialDate, Span, completed_years, shift
from cartscreen.derive import Call, Gap
from cartscreen.derive import treatment as courses
from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, FieldFormula
from cartscreen.derive.treatment import Course, Equivalent, FieldCall, Role
from cartscreen.errors import Problem
from cartscreen.evaluate.course import denied, joined, joins_of, was_given
from cartscreen.evaluate.exposure import Joins, Steps, Stretch
from cartscreen.evaluate.finding import Evidence, Finding
from cartscreen.frozen import EMPTY, cached, frozen, once, replace, slotted
from cartscreen.observation import A_RATE, Observation, Ongoing, Record
from cartscreen.pack.model import Contradiction, Pack
from cartscreen.place import (
    Fact,
    Field,
    Part,
    Place,
    Value,
    Visit,
    fact_place,
)
from cartscreen.profile.model import BLANK, NO_REMARKS, Given, Profile, Remarks
from cartscreen.rule.tree import Rule
from cartscreen.speaks import Length
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
    reads,
)

_Made = TypeVar("_Made")

_LONGEST_LIFE = 130
"""Years. Our choice: a patient who would be older has a slip in the date of birth."""


_BLANK = "blank"
_MOST_KEPT = 20_000  # rules: the bundled pack has some 1,000; more are made and thrown away


def last_day_alive(born: PartialDate) -> date:
    """The last day on which somebody of this date of birth is judged."""
    return shift(born.latest, _LONGEST_LIFE, "years")


class Chart:
    """One profile on one date, read through the vocabulary: stated facts first, then derived.

    Raises Problem for a date before the patient's birth, or more than 130 years after it.

    evaluate        gives the finding of a rule; findings may be derived by rules
    contradictions  those of the pack that hold of this patient
    heard           the facts and lists of which the profile says something, or something may follow
    blank           the chart of a patient of whom nothing is known, for what this profile is silent
                    on: what it says of a fact or a rule is the same on every day, and of all such
                    patients. None of itself, and of a visit that is compared with earlier ones
    spoken_on       the day on which it is asked whether a value still speaks: the date judged, or
                    in a plan the first day, as all that speaks then is thought to be repeated
    beside          a chart of this pack, on another day or with other values, which has joined
                    the entries to courses already if they are the same entries
    earlier         the charts of earlier visits, "baseline" and "previous", that a rule of an
                    outcome compares with
    """

    def __init__(
        self,
        profile: Profile,
        pack: Pack,
        on: date,
        evaluate: "Evaluate",
        contradictions: tuple[Contradiction, ...] = (),
        spoken_on: date | None = None,
        beside: "Chart | None" = None,
        earlier: "Mapping[str, Chart] | None" = None,
    ) -> None:
        self.profile = profile
        self.pack = pack
        self.earlier = earlier or {}
        self.vocabulary = pack.vocabulary
        self.on = on
        self.today = PartialDate.day(on)
        self.spoken_on = spoken_on or on
        self._check_lifetime()
        self._derived: dict[str, Observation | Gap] = {}
        self.kept: Kept = {}
        self._once: dict[Hashable, Any] = {}
        self._believed: dict[tuple[str, int], Entry] = {}
        self._ends: dict[tuple[str, int], tuple[Observation, PartialDate | None]] = {}
        self._visits: dict[str, PartialDate | Gap] = {}
        self._results: dict[tuple[str, date], tuple[Observation, ...] | Gap] = {}
        self._newest: dict[str, Observation | Gap] = {}
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._courses: dict[object, tuple[tuple[Record, Record], ...]]
        same = beside is not None and beside.profile.records is profile.records
        self._courses = beside._courses if beside and same else {}
        self._evaluate = evaluate
        self._charts: dict[date, Chart] = {}
        self.contradictions = contradictions
        self.conflicts = {name: item.says for item in contradictions for name in item.doubts}
        is_same = beside and beside.profile is profile and beside.contradictions == contradictions
        told = (*profile.facts, *profile.records, *profile.reviewed, *self.conflicts)
        self.heard: frozenset[str] = beside.heard if beside and is_same else pack.heard_of(told)
        self.is_blank = profile is BLANK
        is_alone = self.is_blank or earlier
        self.blank = None if is_alone else Chart.of_nobody(pack, evaluate)

    def _check_lifetime(self) -> None:
        born = self.profile.birth
        if born is not None and not born.earliest <= self.on <= last_day_alive(born):
            raise Problem(f"person.birth_date {born} does not fit the date judged, {self.on}.")

    def end(self) -> None:
        """Nothing more is asked of this chart: what it has worked out is gone at once.

        It knows its entries, and they know it. What stands in such a circle stays until the next
        search for what is no longer needed, which would take a tenth of a large batch.
        """
        for chart in self._charts.values():
            chart.end()
        vars(self).clear()

    def once(self, key: Hashable, make: Callable[[], _Made], held: object = None) -> _Made:
        """What follows of this chart, made once for each key: see `once` of frozen.py."""
        return once(self._once, key, make, held)

    def visit(self, name: str) -> PartialDate | Gap:
        """The date of a study visit. A later visit that is not dated lies on `on` or after it.

        Consent may have been given so long before as the vocabulary says; where it says nothing,
        its date is missing.
        """
        if name not in self._visits:
            self._visits[name] = self._visit(name)
        return self._visits[name]

    def _visit(self, name: str) -> PartialDate | Gap:
        if name == "screening":
            return self.today
        stated = self.profile.facts.get(Visit(name).name)
        if stated and isinstance(stated[0].value, PartialDate):
            return self._moved(stated[0].value)
        entry = self.vocabulary.facts.get(Visit(name).name)
        before = entry.days_before_screening if entry else None
        if before is not None:
            return PartialDate(shift(self.on, -before.count, before.unit), date.max)
        if name == "consent":
            return Gap("not_recorded", (Visit(name),))
        return PartialDate(self.on, date.max)

    @cached
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
        if self.blank is not None and name not in self.heard:
            return self.blank.results(name, self.blank.on)
        key = name, upto
        if key not in self._results:
            self._results[key] = self._result(name, upto)
        return self._results[key]

    def _result(self, name: str, upto: date) -> tuple[Observation, ...] | Gap:
        if name in self.conflicts:
            return Gap(
                "conflict", (fact_place(name),), f"the profile says that {self.conflicts[name]}"
            )
        stated = self.profile.facts.get(name, ())
        usable, elsewhere = self._usable(name, upto), self._stated_elsewhere(name, upto)
        if usable:
            return self._beside_derived(self.vocabulary.facts[name], (*usable, *elsewhere))
        if elsewhere:
            return elsewhere
        derived = self.derived(name)
        if isinstance(derived, Observation):
            return (derived,)
        if any(item.value is not None or _is_result(item) for item in stated):
            return Gap(
                "future_dated", (fact_place(name),), f"the only result is dated after {upto}"
            )
        if stated:
            missing = dict.fromkeys((fact_place(name), *derived.missing))
            return Gap("not_recorded", tuple(missing), f"recorded as {stated[0].text}")
        return derived

    def _usable(self, name: str, upto: date) -> tuple[Observation, ...]:
        """The results that the profile states, and that are not after a day."""
        stated = self.profile.facts.get(name)
        if not stated:
            return ()
        entry = self.vocabulary.facts.get(name)
        found = tuple(
            [
                item
                for item in stated
                if (item.value is not None or _is_result(item))
                and (item.date is None or item.date.earliest <= upto)
            ]
        )
        return tuple(map(self._aged, found)) if entry and entry.grows else found

    def stated(self, name: str) -> Observation | None:
        """The newest result that the profile states, where one alone is newest."""
        found = newest_of(self._usable(name, self.on), self.on)
        is_one = len(found) == 1 or len({item.value for item in found}) == 1
        return found[0] if is_one and found[0].value is not None else None

    def _aged(self, item: Observation) -> Observation:
        """A stated age on the date judged: whoever was 17 two years ago is 18 to 19 by now."""
        born, stated = self.implied_birth(item), self.as_of(item)
        if born is None or stated == self.today or not isinstance(item.value, Interval):
            return item
        low, high = (completed_years(day, self.on) for day in (born.latest, born.earliest))
        value = Interval(
            None if item.value.low is None else Fraction(max(low, 0)),
            None if item.value.high is None else Fraction(high),
        )
        ends = " to ".join(str(end) for end in dict.fromkeys((value.low, value.high)) if end)
        return replace(
            item,
            value=value,
            text=f"{ends} years",
            why_inexact="imprecise_date",
            missing=self._births,
            origin=f"stated as {item.text} on {stated}",
        )

    @cached
    def _births(self) -> tuple[Place, ...]:
        """The facts from which the age follows."""
        entry = self.vocabulary.age
        return tuple(fact_place(fact) for by in entry.derive for fact in reads(by)) if entry else ()

    def implied_birth(self, item: Observation) -> PartialDate | None:
        """When somebody was born who is of this age on the day for which it is stated."""
        value, stated = item.value, self.as_of(item)
        if not isinstance(value, Interval):
            return None
        youngest = date.max
        oldest = date.min
        if value.low is not None:
            youngest = shift(stated.latest, -int(value.low), "years")
        if value.high is not None:
            years_ago = shift(stated.earliest, -int(value.high) - 1, "years")
            oldest = shift(years_ago, 1, "days")
        return PartialDate(oldest, youngest)

    @cached
    def born(self) -> PartialDate | None:
        """The date of birth as stated, or as it follows from the stated age."""
        if self.profile.birth is not None:
            return self.profile.birth
        entry = self.vocabulary.age
        stated = self.profile.facts.get(entry.name, ()) if entry else ()
        known = [item for item in stated if item.value is not None]
        return self.implied_birth(known[0]) if known else None

    def _is_adult(self, day: PartialDate) -> bool:
        """Was the person surely an adult on that day?"""
        return self._adult_from is not None and self._adult_from <= day.earliest

    @cached
    def _adult_from(self) -> date | None:
        """The first day on which the person surely was an adult; None where that is not known."""
        entry = self.vocabulary.age
        if entry is None or entry.adult_from is None or self.born is None:
            return None
        return shift(self.born.latest, entry.adult_from, "years")

    @cached
    def undated(self) -> PartialDate:
        """The day for which a value without a date is taken: the profile's screening date."""
        planned = self.profile.screening
        day = planned.earliest if planned else self.spoken_on
        return PartialDate.day(min(day, self.on))

    def as_of(self, item: Observation) -> PartialDate:
        """The day for which a value says what is so."""
        return item.date or self.undated

    def length(self, entry: FactEntry, item: Observation) -> Length | None:
        """How long the value speaks; None for always."""
        speaks = entry.speaks
        is_adult = speaks.by_age and self._is_adult(self.as_of(item))
        return speaks.of(item.value, is_adult=is_adult)

    def speaks_until(self, entry: FactEntry, item: Observation) -> PartialDate | None:
        """The last day on which the value says what is so; None where it always does.

        A derived value ends with the first of its changing inputs, or by itself.
        """
        key = entry.name, id(item)
        known = self._ends.get(key)
        if known is None:
            known = self._ends[key] = item, self._end(entry, item)
        return known[1]

    def _end(self, entry: FactEntry, item: Observation) -> PartialDate | None:
        length = self.length(entry, item)
        if length is None:
            return item.until
        end = length.after(self.as_of(item))
        return _first([end, item.until]) if item.until else end

    def speaks(self, entry: FactEntry, item: Observation) -> Answer:
        """Does the value still say what is so?"""
        until = self.speaks_until(entry, item)
        if until is None or until.earliest >= self.spoken_on:
            return YES
        return NO if until.latest < self.spoken_on else UNKNOWN

    def stopped(self, item: Observation) -> tuple[Place, ...]:
        """The inputs of a derived value that no longer say what is so."""
        return tuple(
            fact_place(name)
            for name, read in item.inputs
            if name in self.vocabulary.facts
            and self.speaks(self.vocabulary.facts[name], read) is not YES
        )

    @staticmethod
    def of_nobody(pack: Pack, evaluate: "Evaluate") -> "Chart":
        """The blank chart of a pack."""
        found: Chart | None = pack.memo.get(_BLANK)
        if found is None or len(found.kept) > _MOST_KEPT:
            day = date(2000, 1, 1)  # whichever
            found = pack.memo[_BLANK] = Chart(BLANK, pack, day, evaluate)
        return found

    def silent_on(self, names: frozenset[str]) -> bool:
        """Does the profile say nothing that these facts and lists may follow from?"""
        return self.blank is not None and names.isdisjoint(self.heard)

    @property
    def first(self) -> "Chart":
        """The chart on the first day of a plan, which this one belongs to; or else itself."""
        return self.at(self.spoken_on)

    def at(self, day: date) -> "Chart":
        """The same profile on another day, the day of a visit say."""
        if day == self.on:
            return self
        if day not in self._charts:
            self._charts[day] = self._on(day)
        return self._charts[day]

    def _on(self, day: date) -> "Chart":
        return Chart(self.profile, self.pack, day, self._evaluate, self.contradictions, beside=self)

    def _beside_derived(
        self, entry: FactEntry, stated: tuple[Observation, ...]
    ) -> tuple[Observation, ...] | Gap:
        """What is stated, or what follows from newer data; both, where neither is the newer.

        A range displaces no stated value; it stands beside an older one that does not lie in it. A
        birth date beats an age. Of a fact that stays as it is, a difference is a conflict.
        """
        if not entry.derive or all(isinstance(by, Stated) for by in entry.derive):
            return stated
        derived = self.derived(entry.name)
        if isinstance(derived, Gap):
            return stated
        newest = newest_of(stated, self.on)
        differs = any(item.value is not None and item.value != derived.value for item in newest)
        is_range = isinstance(derived.value, Interval) and not derived.value.is_exact
        if entry.is_age:
            both = [item.value for item in newest if isinstance(item.value, Interval)]
            assert isinstance(derived.value, Interval)
            fits = all(value.overlaps(derived.value) for value in both)
            return stated if is_range and fits else (derived,)
        if not differs or (is_range and any(_may_be_one(item, derived) for item in newest)):
            return stated
        last = derived.date or self.undated
        first = derived.since or last
        days = [self.as_of(item) for item in newest]
        is_older = all(day.latest < first.earliest for day in days)
        if all(day.earliest >= last.latest for day in days):
            older, kept = derived, stated
        elif is_older and not is_range:
            dated = () if derived.date is None else tuple(item for item in stated if item.date)
            older, kept = newest[0], (*dated, derived)
        else:
            since = min([first.earliest, *(day.latest for day in days if is_older)])
            span = PartialDate(since, last.latest)
            older, kept = newest[0], (*stated, replace(derived, date=span))
            if not is_older:
                return kept
        if entry.changes == "never" and self.length(entry, older) is None:
            either = f"{newest[0].text} is stated, and {derived.text} follows"
            return Gap("conflict", (fact_place(entry.name),), f"{either} ({derived.origin})")
        return kept

    def every(self, name: str, upto: date) -> tuple[Observation, ...] | Gap:
        """All results of a fact; of one that is measured by another, one from each result of that.

        A result that is stated for the same day stands in place of what would follow.
        """
        entry = self.vocabulary.facts[name]
        if name in self.conflicts:
            return self.results(name, upto)
        found = list(self._usable(name, upto))
        days = {item.date for item in found}
        for by in entry.derive:
            match by:
                case Stated(fact):
                    more = self.every(fact, upto)
                    found += () if isinstance(more, Gap) else _by_its_cutoffs(entry, more)
                case Formula() if entry.kind == "quantity" and not entry.is_age:
                    formulas = [one for one in entry.derive if isinstance(one, Formula)]
                    unless = self.pack.conditions[name][formulas.index(by)]
                    more = self.every(measured(by), upto)
                    for result in () if isinstance(more, Gap) else more:
                        made = self._derive_by(entry, by, result)
                        if unless is not None:
                            made = self._unless(entry, unless, made, then_alone=True)
                        if isinstance(made, Observation) and result.date not in days:
                            found.append(made)
                            days.add(result.date)
        return tuple(found) or self.results(name, upto)

    def _stated_elsewhere(self, name: str, upto: date) -> tuple[Observation, ...]:
        """The results of the fact that this one follows from as it stands, if it does."""
        for derivation in self.vocabulary.facts[name].derive:
            if isinstance(derivation, Stated) and derivation.fact in self.profile.facts:
                found = self.results(derivation.fact, upto)
                if not isinstance(found, Gap):
                    origin = f"as {self.vocabulary.facts[derivation.fact].label}"
                    found = _by_its_cutoffs(self.vocabulary.facts[name], found)
                    return tuple(replace(item, origin=item.origin or origin) for item in found)
        return ()

    def review(self, name: str) -> PartialDate | None:
        """Up to which day a list is complete: by its own review, or of a list that empties it."""
        return self.once(
            ("reviewed", name), lambda: self.profile.reviewed.get(self._last_reviewed_by(name))
        )

    def review_remarks(self, name: str) -> Remarks:
        """What the review by which a list is complete says beside its date."""
        return self.profile.reviews.get(self._last_reviewed_by(name), NO_REMARKS)

    def _last_reviewed_by(self, name: str) -> str:
        """The list whose review is the last to say that this one is complete; empty for none."""
        seen = self.profile.reviewed
        return max(self._reviewed_by(name), key=lambda other: seen[other].earliest, default="")

    def _reviewed_by(self, name: str) -> Iterator[str]:
        """The lists whose review says that this one is complete."""
        records, seen = self.profile.records, self.profile.reviewed
        if name in seen:
            yield name
        for other in self.pack.emptied_by.get(name, ()):
            listed = records.get(name) or records.get(other)
            if other in seen and not listed:
                yield other

    def doubts(self, name: str) -> Mapping[int, Mapping[str, Gap]]:
        """How entries of a list contradict themselves: the entry's number -> field -> why.

        Asked of the day on which the profile was written: what was so then is no contradiction
        later, when a drug that went on may have gone on without a further dose being written down.
        """
        return self.once(("doubts", name), lambda: self._doubts(name))

    def _doubts(self, name: str) -> Mapping[int, Mapping[str, Gap]]:
        kinds, listed = self.pack.suspicions[name], self.profile.records.get(name, ())
        suspects = [
            record for record in listed if any(names <= record.fields.keys() for names in kinds)
        ]
        found = denied(listed, self.vocabulary.records[name], self.vocabulary)
        if not suspects:
            return found
        planned = self.profile.screening
        then = (planned and self.judged_on(planned.earliest)) or self

        def held() -> Mapping[int, Mapping[str, Gap]]:
            each = ((item, then.believed(name, item).contradictions()) for item in suspects)
            of_each = {item.number: doubts for item, doubts in each if doubts}
            return of_each | {n: {**of, **of_each.get(n, {})} for n, of in found.items()}

        return then.once(("contradictions", name), held)

    def records(self, name: str) -> tuple[Record, ...]:
        """The entries of a list. What contradicts itself is not known.

        What goes on does so up to the list's review. Where that is too long ago, or the screening
        date where there is no review, "ongoing" may have ended on any day since.
        """
        found, since = self.profile.records.get(name, ()), self._went_on_until(name)
        if doubts := self.doubts(name):
            found = tuple(_without(record, doubts.get(record.number, EMPTY)) for record in found)
        return tuple(_going_on_since(record, since) for record in found) if since else found

    def _went_on_until(self, name: str) -> PartialDate | None:
        """The days on which what goes on in a list may have ended; None where nothing has."""
        found = self.profile.records.get(name, ())
        if not any(_goes_on(item) for record in found for item in record.fields.values()):
            return None
        length = self.vocabulary.records[name].speaks.of(None)
        seen = self.review(name) or self.undated
        if length is None or length.after(seen).earliest >= self.spoken_on:
            return None
        return PartialDate(min(seen.earliest, self.on), date.max)

    def newest(self, name: str) -> Observation | Gap:
        """The newest result on the date judged, where one alone is newest."""
        if self.blank is not None and name not in self.heard:
            return self.blank.newest(name)
        if name not in self._newest:
            self._newest[name] = self._newest_result(name)
        return self._newest[name]

    def _newest_result(self, name: str) -> Observation | Gap:
        found = self.results(name, self.on)
        if isinstance(found, Gap):
            return found
        latest = newest_of(found, self.on)
        if len(latest) > 1 and len({item.value for item in latest}) > 1:
            return _differing(name, latest)
        if latest[0].value is None:
            return Gap("not_recorded", (fact_place(name),), f"recorded as {latest[0].text}")
        return latest[0]

    def spoken(self, name: str) -> Observation | Gap:
        """The newest result, if it still says what is so."""
        return self._spoken(self.vocabulary.facts[name], self.newest(name))

    def entries(self, name: str) -> "tuple[Entry, ...]":
        """The entries of a list; of touching ones that are one course, each has its dates."""
        if name not in self._entries:
            self._entries[name] = tuple(
                Entry(record, name, self, own) for own, record in self.courses(name)
            )
        return self._entries[name]

    def courses(self, name: str) -> tuple[tuple[Record, Record], ...]:
        """Each entry of a list as it stands in the profile, and with the dates of its course."""
        doubted = frozenset((n, field) for n, of in self.doubts(name).items() for field in of)
        key = name, self._went_on_until(name), doubted
        if key not in self._courses:
            own, declared = self.records(name), self.vocabulary.records[name]
            whole = joined(own, declared, self.vocabulary)
            dosed = (_with_doses(record, declared) for record in whole)
            self._courses[key] = tuple(zip(own, dosed, strict=True))
        return self._courses[key]

    def believed(self, name: str, own: Record) -> "Entry":
        """An entry of a list as it stands in the profile, its fields not held against one another.

        One for all days and courses of which the entry is asked, for it is the same.
        """
        key = name, id(own)
        if key not in self._believed:
            self._believed[key] = Entry(own, name, self, own, is_believed=True)
        return self._believed[key]

    def evaluate(
        self, rule: Rule, asked: "Asked | None" = None, entry: "Entry | None" = None
    ) -> Finding:
        """The finding of a rule, of an entry if it is asked of one."""
        return self._evaluate(rule, self, asked, entry)

    def says(self, rule: Rule, entry: "Entry | None" = None) -> Answer:
        """Does the rule hold, of an entry if it is asked of one?"""
        return self.evaluate(rule, None, entry).answer

    def derived(self, name: str) -> Observation | Gap:
        """What follows for the fact from others, by the first derivation that gives a value."""
        if self.blank is not None and self.heard.isdisjoint(self.pack.read_for[name]):
            return self.blank.derived(name)
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

    def _unless(
        self, entry: FactEntry, rule: Rule, found: Observation | Gap, *, then_alone: bool = False
    ) -> Observation | Gap:
        """What a formula gives, unless the rule says that it does not hold.

        The rule is asked of the day judged, and of the day of each number that the formula took:
        who is on dialysis today has no clearance by a creatinine of last month, nor by one that
        was measured during dialysis last month. With `then_alone`, of the latter days alone.
        """
        inputs = found.inputs if isinstance(found, Observation) else ()
        days = {item.date.earliest for _, item in inputs if item.date is not None}
        today = set() if then_alone and days else {self.on}
        for day in sorted({day for day in days if day < self.on} | today, reverse=True):
            chart = self.judged_on(day)
            if chart is not None and chart.says(rule) is YES:
                finding = chart.evaluate(rule)
                read = ", ".join(f"{e.place} {e.value}" for e in finding.evidence() if _holds(e))
                note = f"the formula does not hold ({read})"
                return Gap("not_recorded", (fact_place(entry.name),), note)
        return found

    def judged_on(self, day: date) -> "Chart | None":
        """The same profile, judged on another day; None for a day outside the patient's life."""
        try:
            return self.at(day)
        except Problem:
            return None

    def _derive(self, entry: FactEntry) -> Observation | Gap:
        gaps: list[Gap] = []
        for by, found in self.followed(entry):
            if isinstance(found, Observation):
                return self._bounded(entry, by, found)
            gaps.append(found)
            if found.reason == "imprecise_date":
                break  # whether this derivation or the next one holds is not known
        return self._no_value(entry, gaps)

    def _no_value(self, entry: FactEntry, gaps: list[Gap]) -> Gap:
        """Why nothing follows for a fact, by why nothing does by each of its derivations."""
        own = fact_place(entry.name)
        useful = [gap for gap in gaps if gap.missing != (own,)]
        if not useful:
            told = (gap for gap in gaps if gap.note)
            return next(told, gaps[0] if gaps else Gap("not_recorded", (own,)))
        first = min(useful, key=lambda gap: len(gap.missing))
        return Gap(first.reason, tuple(dict.fromkeys((own, *first.missing))), first.note)

    def _bounded(self, entry: FactEntry, by: Derivation, found: Observation) -> Observation:
        """A part of a score, known in part itself, lies between what its total leaves, too."""
        for derivation in entry.derive:
            if derivation is by or not isinstance(derivation, Formula):
                continue
            if FACT_FORMULAS[derivation.name].is_upper_bound:
                total = self._derive_by(entry, derivation)
                if isinstance(total, Observation):
                    return _cut(found, total)
        return found

    def _derive_by(
        self,
        entry: FactEntry,
        derivation: Stated | Score | Count | Formula,
        result: Observation | None = None,
    ) -> Observation | Gap:
        """What follows by one derivation; `result` in place of the newest of its measured input."""
        match derivation:
            case Stated():  # read by `results`, with its whole series
                return Gap("not_recorded", (fact_place(entry.name),))
            case Formula(name, inputs):
                reading = _Reading(self, derivation, result)
                call = Call(
                    entry.name,
                    entry.unit,
                    dict(inputs),
                    self._factors(derivation, entry),
                    result.date.latest if result and result.date else self.on,
                    reading.read,
                    lambda fact: self.results(fact, self.on),
                )
                made = FACT_FORMULAS[name].function(call)
                if FACT_FORMULAS[name].is_upper_bound and isinstance(made, Observation):
                    made = self._from_below(entry, dict(inputs)["of"], made)
                return made if isinstance(made, Gap) else self._dated(made, reading.seen)
            case Score() | Count():
                found, visit = self.items(derivation)
                made = scores.derive(
                    entry,
                    derivation,
                    found,
                    self.vocabulary.facts,
                    self._most_of,
                    visit,
                    self.is_not_done,
                )
                if isinstance(made, Gap):
                    return made
                read = ((fact, found[fact]) for fact in made.dated_by)
                seen = {fact: item for fact, item in read if isinstance(item, Observation)}
                return self._dated(made, seen)

    def _most_of(self, score: Score) -> scores.Most:
        made = partial(scores.most_of, score, self.vocabulary.facts)
        return self.pack.always(("most", id(score)), made, score)

    def _factors(self, formula: Formula, entry: FactEntry) -> Mapping[str, Fraction]:
        """As `factors` of the vocabulary."""
        made = partial(self.vocabulary.factors, formula, entry)
        return self.pack.always(("factors", id(formula)), made, formula)

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
        key = "besides", entry.name, whole
        rest = self.pack.always(key, partial(scores.most_besides, own, all_, facts))
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
        evidence = finding.evidence()
        days = [e.date for e in evidence if e.date is not None]
        read = dict.fromkeys(f"{e.place} {e.value}" for e in evidence)  # a datum of two tests: once
        return Observation(
            value,
            text,
            max(days, key=lambda day: day.latest, default=None),
            origin=f"from {', '.join(read)}",
            since=min(days, key=lambda day: day.earliest, default=None),
        )

    def _dated(self, made: Observation, seen: Mapping[str, Observation]) -> Observation:
        """The derived value, with the oldest date of its changing inputs, and how long they speak.

        An input without a date makes no dated one younger. What was read for the day of the
        measured input, a weight, ends with that.
        """
        facts, days, ends = self.vocabulary.facts, [], []
        for name, item in seen.items():
            until = self.speaks_until(facts[name], item)
            if until is None:
                continue
            if day := item.since or item.date:
                days.append(day)
            if not facts[name].speaks.by_age or name in made.dated_by:
                ends.append(until)
        oldest = min(days, key=lambda day: day.earliest, default=None)
        return replace(made, since=oldest or made.since, until=_first(ends))

    def items(
        self, score: Score | Count
    ) -> tuple[dict[str, Observation | Gap], PartialDate | None]:
        """What is known of each item, and the visit that ends the window of a score of activity.

        The visit is the newest day of an item that is scored by examination; the score is read as
        it was on that day.
        """
        facts, found = self.vocabulary.facts, dict(self._silent_items(score))
        names = found.keys() & self.heard if found else reads(score)
        if score.window is None:
            found.update({name: self.spoken(name) for name in names})
            return found, None
        stated = {name: self.newest(name) for name in names if name in self.profile.facts}
        days = {
            name: self.as_of(item).latest
            for name, item in stated.items()
            if isinstance(item, Observation) and not item.origin
        }
        examined = [day for name, day in days.items() if facts[name].obtain == "examination"]
        visit = min(max(examined or days.values(), default=self.on), self.on)
        chart, first = self.at(visit), shift(visit, -score.window.count, score.window.unit)
        for name in names:
            item = chart.newest(name)
            if isinstance(item, Observation) and not item.origin:
                day = chart.as_of(item)
                if day.earliest < first:
                    reason = "too_old" if day.latest < first else "imprecise_date"
                    item = Gap(reason, (Fact(name),))
            found[name] = item
        return found, PartialDate.day(visit)

    def _silent_items(self, score: Score | Count) -> Mapping[str, Observation | Gap]:
        """What is known of each item of a patient of whom nothing is known; nothing of that one."""
        blank = self.blank
        if blank is None:
            return {}
        made = lambda: {name: blank.newest(name) for name in reads(score)}  # noqa: E731
        return self.pack.always(("items", id(score)), made, score)

    def _spoken(self, entry: FactEntry, found: Observation | Gap) -> Observation | Gap:
        """The value, if it still says what is so."""
        if isinstance(found, Gap) or self.speaks(entry, found) is YES:
            return found
        return Gap("too_old", (fact_place(entry.name), *self.stopped(found)))

    def nearest(self, fact: str, days: PartialDate) -> tuple[Observation | Gap, ...]:
        """The results of a fact that may be the nearest to a day, of two as near the earlier.

        One speaks for the days before it, too, and is not there for a day that is too far away.
        """
        found = self.results(fact, self.on)
        if isinstance(found, Gap) or len(found) == 1:
            return (self._near(fact, self.newest(fact), days),)
        dates = sorted({item.date.earliest for item in found if item.date is not None})

        def nearest(day: date) -> date:
            return min(dates, key=lambda other: (abs((other - day).days), other))

        first, last = nearest(days.earliest), nearest(days.latest)
        inside = [item for item in found if item.date and first <= item.date.earliest <= last]
        near = {item.value: item for item in inside}
        if None in near:
            return (Gap("not_recorded", (Fact(fact),), f"recorded as {near[None].text}"),)
        if first == last and len(near) > 1:
            return (_differing(fact, inside),)
        return tuple(
            self._near(fact, item, _nearest_to(item, dates, days)) for item in near.values()
        )

    def _near(self, fact: str, found: Observation | Gap, days: PartialDate) -> Observation | Gap:
        """The result, if it speaks for every one of these days."""
        length = None if isinstance(found, Gap) else self.length(self.vocabulary.facts[fact], found)
        if isinstance(found, Gap) or length is None:
            return found
        stated = self.as_of(found)
        reaches = length.after(stated).earliest >= days.latest
        if reaches and length.after(PartialDate.day(days.earliest)).earliest >= stated.latest:
            return found
        note = f"{found.text} is of {stated}, and speaks for {length} before and after"
        return Gap("too_old", (Fact(fact),), note)


def _nearest_to(item: Observation, dates: list[date], days: PartialDate) -> PartialDate:
    """Those of the days to which this result is the nearest."""
    assert item.date is not None
    own = item.date.earliest
    before = max((day for day in dates if day < own), default=None)
    after = min((day for day in dates if day > own), default=None)
    first = days.earliest if before is None else before + (own - before) / 2
    last = days.latest if after is None else own + (after - own) / 2
    return PartialDate(max(days.earliest, first), max(days.earliest, min(days.latest, last)))


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


def _goes_on(item: Observation) -> bool:
    return isinstance(item.value, Ongoing)


def _without(record: Record, doubted: Container[str]) -> Record:
    """The entry, of which these fields are not known."""
    fields = {
        name: Observation(None, item.text) if name in doubted else item
        for name, item in record.fields.items()
    }
    return replace(record, fields=fields)


def _going_on_since(record: Record, since: PartialDate) -> Record:
    """The entry, what is "ongoing" in it as of that day."""
    fields = {
        name: replace(item, value=since, why_inexact="too_old") if _goes_on(item) else item
        for name, item in record.fields.items()
    }
    return replace(record, fields=fields)


def _first(ends: list[PartialDate]) -> PartialDate | None:
    """The first of several last days."""
    if len(ends) < 2:
        return ends[0] if ends else None
    return PartialDate(min(day.earliest for day in ends), min(day.latest for day in ends))


def _by_its_cutoffs(entry: FactEntry, found: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """Results of the fact that this one follows from, by its own cut-offs where it has some."""
    if entry.measured is None or not entry.measured.cutoffs:
        return found
    return tuple(map(entry.measured.said_of, found))


def measured(formula: Formula) -> str:
    """The input by whose results there is a value each: the last one that is no `unless`."""
    return [fact for argument, fact in formula.inputs if argument != "unless"][-1]


class _Reading:
    """The inputs of a formula: the measured one, and the others as they were on its day.

    seen  what was read, by fact
    """

    def __init__(self, chart: Chart, formula: Formula, result: Observation | None) -> None:
        self.chart, self.result = chart, result
        self.measured = measured(formula)
        self.seen: dict[str, Observation] = {}

    def read(self, fact: str) -> Observation | Gap:
        found = self._found(fact)
        if isinstance(found, Observation):
            self.seen[fact] = found
        return found

    def _found(self, fact: str) -> Observation | Gap:
        chart = self.chart
        entry = chart.vocabulary.facts[fact]
        result = chart.newest(self.measured) if self.result is None else self.result
        if fact == self.measured or isinstance(result, Gap):
            return result if fact == self.measured else chart.newest(fact)
        if entry.is_age and self.result is not None and self.result.date is not None:
            return chart.at(self.result.date.latest).newest(fact)
        if not entry.speaks.by_age:
            return chart.newest(fact)
        near = chart.nearest(fact, chart.as_of(result))
        if len(near) == 1:
            return near[0]
        return Gap("imprecise_date", (Part(fact_place(self.measured), "date"),))


def _is_result(item: Observation) -> bool:
    """Does it say something of the patient, even if it has no value?"""
    return item.text == "indeterminate"


def _may_be_one(one: Observation, other: Observation) -> bool:
    """Are these values, or ranges, that have a number in common?"""
    if not isinstance(one.value, Interval) or not isinstance(other.value, Interval):
        return one.value == other.value
    return one.value.overlaps(other.value)


def newest_of(results: Iterable[Observation], upto: date) -> list[Observation]:
    """The results that may be the newest: no other that surely lies before `upto` is newer.

    The latest stands first, so that the order of the profile never tells which reason is named.
    """
    listed = list(results)
    if len(listed) == 1:
        return listed
    dates = [item.date for item in listed if item.date is not None]
    starts = [day.earliest for day in dates if day.latest <= upto]
    starts = starts or [day.earliest for day in dates]
    first = max(starts, default=date.min)
    found = [item for item in listed if item.date is None or item.date.latest >= first]
    return sorted(found, key=lateness, reverse=True)


def lateness(item: Observation) -> tuple[date, date]:
    """What results are put in order by; what has no date may be the latest."""
    dated = item.date or PartialDate(date.max, date.max)
    return dated.latest, dated.earliest


def _differing(name: str, results: list[Observation]) -> Gap:
    """The gap where nothing follows, because results differ; what reads it does not show them."""
    place = fact_place(name)
    if any(item.origin for item in results) and not all(item.origin for item in results):
        return Gap("conflict", (place,), stated_otherwise(item.text for item in results))
    reason, missing, note = disagreement(place, (item.date for item in results))
    values = ", ".join(dict.fromkeys(item.text for item in results))
    return Gap(reason, missing, f"{note}: {name} {values}")


def stated_otherwise(values: Iterable[str]) -> str:
    """The note where a value is stated, and neither newer nor older than another that follows."""
    either = " or ".join(dict.fromkeys(values))
    return f"what is stated and what follows from other data differ: {either}"


def disagreement(
    place: Value, dates: Iterable[PartialDate | None]
) -> tuple[str, tuple[Place, ...], str]:
    """(reason, missing, note) where results that may be the newest differ."""
    if all(day is None or day.is_exact for day in dates):
        return "conflict", (place,), "results of the same day differ"
    newest = "which result is the newest depends on an inexact date"
    return "imprecise_date", (Part(place, "date"),), newest


@frozen
class Entry:
    """One record entry while `where` is asked of it.

    record  with the dates of the course that it is part of
    own     as it stands in the profile
    is_believed   its fields are not held against one another: so is it while just that is done
    """

    record: Record
    list_name: str
    chart: Chart
    own: Record
    is_believed: bool = False

    @cached
    def kept(self) -> dict[object, Finding]:
        """The findings of rules asked of this entry, by their keys."""
        return {}

    @cached
    def answers(self) -> dict[int, Answer]:
        """The answers of tests asked of this entry, by number: see `compiled`."""
        return {}

    @cached
    def answers_ever(self) -> dict[int, Answer]:
        """The same, of tests of what no day changes: no date, time or derived value."""
        return self.answers

    @cached
    def declared(self) -> RecordEntry:
        """The list, as the vocabulary declares it."""
        return self.chart.vocabulary.records[self.list_name]

    @cached
    def course(self) -> Course:
        """Its fields, by their roles."""
        return Course(self.record, self.declared.roles)

    @cached
    def own_course(self) -> Course:
        """Its fields as they stand in the profile."""
        return Course(self.own, self.declared.roles)

    @cached
    def span(self) -> Span | Gap:
        """The time from its start to its end as it stands in the profile, up to the day judged."""
        found = courses.course_of(self.own_course, self.chart.on)
        if isinstance(found, Span):
            return found
        ends = (self.conflict(place.field) for place in found.missing if isinstance(place, Field))
        return next((conflict for conflict in ends if conflict), found)

    @cached
    def vague_days(self) -> tuple[Field, ...]:
        """Which of its first and last day, as they stand in the profile, are not known exactly."""
        ends: tuple[Role, ...] = ("begins", "ends")
        days = ((role, self.own_course.when(role)) for role in ends)
        return tuple(
            self.own_course.place(role)
            for role, day in days
            if not isinstance(day, Ongoing) and (isinstance(day, Gap) or not day.is_exact)
        )

    @cached
    def begins(self) -> PartialDate | None:
        """When it began, where the list has a field for that and the entry fills it."""
        first = self.declared.first_date
        found = self.record.fields.get(first) if first else None
        return found.value if found and isinstance(found.value, PartialDate) else None

    @cached
    def may_not_have_begun(self) -> Gap | None:
        """Why it is open whether it has begun: its first day is still to come, and is in doubt."""
        first = self.declared.first_date
        conflict = self.conflict(first) if first and self.begins is None else None
        if conflict is None or first is None:
            return None
        listed = self.chart.profile.records[self.list_name]
        day = courses.when(listed[self.record.number - 1], first)
        return conflict if isinstance(day, PartialDate) and day.latest > self.chart.on else None

    def has_begun_by(self, last: PartialDate) -> Answer:
        """Has it begun by that day? An entry without a beginning has; one in doubt may have."""
        if self.may_not_have_begun:
            return UNKNOWN
        if self.begins is None or self.begins.earliest <= last.earliest:
            return YES
        return NO if self.begins.earliest > last.latest else UNKNOWN

    @cached
    def drug(self) -> Drug | None:
        name = self.course.value("drug")
        return self.chart.vocabulary.drugs[name] if isinstance(name, str) else None

    def named(self, field: str) -> tuple[Field, str]:
        """The field of its drug, and what it says there: a drug, a class, or what is no drug."""
        if field not in self._named:
            stated, found = self.course.stated("drug"), self.record.fields.get(field)
            text = stated.text if isinstance(stated, Observation) else self.drug_class
            if isinstance(stated, Gap) and found is not None and found.text:
                text = found.text
            self._named[field] = self.record.place(field), text
        return self._named[field]

    @cached
    def _named(self) -> dict[str, tuple[Field, str]]:
        return {}

    @cached
    def kinds(self) -> Set[str]:
        """What a rule may call its drug: the drug, and its classes but those of another route."""
        if self.drug is None:
            return frozenset()
        route = self.course.value("route")
        routes = {name: self.chart.vocabulary.classes[name].routes for name in self.drug.classes}
        fits = (name for name, of in routes.items() if route is None or not of or route in of)
        return {self.drug.name, *fits}

    @cached
    def drug_class(self) -> str:
        """The class that the entry states; empty without one."""
        stated = self.course.value("class")
        return "" if stated is None else str(stated)

    @cached
    def was_given(self) -> Answer:
        """Was it given, or only planned or ruled out?"""
        return was_given(self.own, self.declared)

    @cached
    def is_local(self) -> Answer:
        """Does it act only where it is given? Without a stated route it does not."""
        declared, name = self.declared.of_role("route"), self.declared.roles.get("route")
        found = self.record.fields.get(name) if name else None
        if declared is None or not declared.local or found is None:
            return NO
        return UNKNOWN if found.value is None else answer(found.value in declared.local)

    @cached
    def joins(self) -> Joins | None:
        """How its doses belong together, where it is given at intervals."""
        return joins_of(self.own, self.declared, self.drug)

    def going(self) -> Answer:
        """Does it go on at the date judged?"""
        on = self.chart.on
        if self.begins is not None and self.begins.earliest > on:
            return NO
        stop = self.course.value("ends")
        if isinstance(stop, Ongoing):
            return UNKNOWN if self.may_not_have_begun else YES
        if not isinstance(stop, PartialDate) or stop.earliest < on <= stop.latest:
            return UNKNOWN
        if stop.earliest >= on:
            return YES
        joins = self.joins
        is_due = joins is not None and joins.goes_on and (on - stop.latest).days <= joins.longest
        return UNKNOWN if is_due else NO

    @cached
    def stops_today(self) -> Answer:
        """Is its last day, as it stands in the profile, the date judged?"""
        stop, on = self.own_course.when("ends"), self.chart.on
        if isinstance(stop, Ongoing):
            return NO
        if isinstance(stop, Gap):
            return UNKNOWN
        if not stop.earliest <= on <= stop.latest:
            return NO
        return YES if stop.is_exact else UNKNOWN

    @cached
    def last_dose(self) -> Observation | Gap:
        """The day of its last dose."""
        found = courses.last_dose(self.course)
        if isinstance(found, Gap):
            return self.conflict(self.course.field("ends")) or found
        return Observation(found, str(found))

    def read(self, field: str, entry: FactEntry) -> Observation | Gap:
        """The field, stated or derived; left out, what it then means.

        A Gap where the entry contradicts itself in it.
        """
        if field not in self._said:
            self._said[field] = self._read(field, entry)
        return self._said[field]

    @cached
    def _said(self) -> dict[str, Observation | Gap]:
        return {}

    def _read(self, field: str, entry: FactEntry) -> Observation | Gap:
        return self.as_given(field, entry, self._told(field, entry))

    def as_given(self, field: str, entry: FactEntry, found: Observation | Gap) -> Observation | Gap:
        """A dose that is given on single days: from nothing to that of such a day."""
        day = self.of_its_day(field) if isinstance(found, Observation) else None
        if day is None or not isinstance(found, Observation):
            return found
        text = f"{day} {entry.unit} on single days, nothing between"
        return replace(found, value=Interval(Fraction(0), day.high), text=text)

    def days_apart(self, field: str) -> tuple[Fraction, Fraction] | None:
        """How far apart the doses are, where each is of its own day and no average is a dose."""
        averaged, stated = self.declared.fields[field].averaged, self.course.stated("every")
        if not averaged or isinstance(stated, Gap) or stated.origin == A_RATE:
            return None
        every = stated.value
        if not isinstance(every, Interval):
            return None
        if every.low is None or every.high is None or every.high <= averaged:
            return None
        return every.low, every.high

    def of_its_day(self, field: str) -> Interval | None:
        """The dose on a day on which it is given, where these are apart."""
        apart = self.days_apart(field)
        if apart is None:
            return None
        found, (least, most) = self._told(field, self.declared.fields[field]), apart
        average = found.value if isinstance(found, Observation) else None
        if not isinstance(average, Interval) or average == Interval.exactly(0):
            return None
        low, high = average.low, average.high
        return Interval(
            None if low is None else low * most,
            None if high is None else high * least,
            average.low_open,
            average.high_open,
        )

    def _told(self, field: str, entry: FactEntry) -> Observation | Gap:
        """What the entry says of the field; of a dose, the average a day."""
        if conflict := self.conflict(field):
            return conflict
        if entry.default is not None and field not in self.record.fields:
            said = entry.default
            text = said if isinstance(said, str) else "yes" if said else "no"
            return Observation(said, text, origin="nothing else is stated")
        found = courses.stated(self.record, field)
        if entry.not_before:
            return self._from_then_on(entry, found)
        if isinstance(found, Gap):
            return self.derived(entry) if entry.derive else found
        return self.grown(found, entry)

    def _from_then_on(self, entry: FactEntry, found: Observation | Gap) -> Observation | Gap:
        """A date that is not stated, or in part, by the one before which it does not lie."""
        first = courses.when(self.record, entry.not_before)
        if isinstance(first, Gap):
            return found
        if isinstance(found, Observation):
            day = found.value
            if not isinstance(day, PartialDate) or isinstance(first, Ongoing):
                return found
            if not day.earliest < first.earliest <= day.latest:
                return found
            return replace(found, value=PartialDate(first.earliest, day.latest))
        if isinstance(first, Ongoing):
            return Observation(first, f"{entry.not_before} is {first}")
        later, text = PartialDate(first.earliest, date.max), f"{first} or later"
        return Observation(later, text, why_inexact="not_recorded", missing=found.missing)

    def grown(self, item: Observation, entry: FactEntry) -> Observation:
        """A time that is stated, longer by the days since the list's review, while it goes on."""
        goes_on = entry.grows == "always" or (
            entry.grows == "while ongoing" and isinstance(self.course.value("ends"), Ongoing)
        )
        if not goes_on:
            return item
        since = self.chart.review(self.list_name) or self.chart.undated
        least, most = ((self.chart.on - day).days for day in (since.latest, since.earliest))
        if most <= 0:
            return item
        return replace(item, grown=(max(least, 0), most))

    def conflict(self, field: str) -> Gap | None:
        """How the entry contradicts itself in what it says of the field, if it does."""
        if self.is_believed:
            return None
        return self.chart.doubts(self.list_name).get(self.record.number, EMPTY).get(field)

    def contradictions(self) -> dict[str, Gap]:
        """The fields that cannot all be so, each with why."""
        found: dict[str, Gap] = {}
        fields = self.record.fields

        def doubt(names: Iterable[str], why: str) -> None:
            each = [*dict.fromkeys(names)]
            places = tuple(self.record.place(name) for name in each if name in fields)
            for name in each:
                found.setdefault(name, Gap("conflict", places, why))

        for item in self.chart.pack.of_entries.get(self.list_name, ()):
            if self.says(item.rule) is YES:
                doubt(item.doubts, f"the entry says that {item.says}")
        for name, other in self.declared.not_before.items():
            day, first = courses.when(self.record, name), self.day_of(other)
            if not isinstance(day, PartialDate) or isinstance(first, Gap):
                continue
            if day.latest < first.earliest:
                doubt((name, other), f"{name}, {day}, lies before {other}, {fields[other].text}")
        for entry in self.declared.fields.values():
            stated = courses.stated(self.record, entry.name)
            if not entry.derive or isinstance(stated, Gap):
                continue
            follows = self.derived(entry)
            if isinstance(follows, Observation) and _are_apart(stated, follows, entry):
                told = f"{stated.text} is stated, and {follows.text} follows from the rest of it"
                made_of = [n for n in self.declared.made_of.get(entry.name, ()) if n in fields]
                formulas = (
                    FIELD_FORMULAS[by.name] for by in entry.derive if isinstance(by, Formula)
                )
                is_first = any(formula.first_date_only for formula in formulas)
                doubt((entry.name, *made_of[: 1 if is_first else None]), told)
        return found

    def day_of(self, field: str) -> PartialDate | Gap:
        """The day in a field; of what goes on, the date judged."""
        found = courses.when(self.record, field)
        return self.chart.today if isinstance(found, Ongoing) else found

    def says(self, rule: Rule) -> Answer:
        """Does the rule hold of the entry?"""
        return self.chart.says(rule, self)

    def derived(self, entry: FactEntry) -> Observation | Gap:
        """What follows for a field from the others, by the first derivation that gives a value."""
        if entry.name not in self._derived:
            self._derived[entry.name] = self._derive(entry)
        return self._derived[entry.name]

    @cached
    def _derived(self) -> dict[str, Observation | Gap]:
        return {}

    def _derive(self, entry: FactEntry) -> Observation | Gap:
        gaps: list[Gap] = []
        for _, found in self.followed(entry):
            if isinstance(found, Observation):
                return found
            gaps.append(found)
        missing = dict.fromkeys(name for gap in gaps for name in gap.missing)
        own = (
            place for place in missing if isinstance(place, Field) and place.list == self.list_name
        )
        in_conflict = (self.conflict(place.field) for place in own)
        conflict = next((each for each in in_conflict if each), None)
        return conflict or Gap(gaps[0].reason, tuple(missing), gaps[0].note)

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
            Equivalent(drug.label, drug.prednisone_equivalent, vocabulary.is_steroid(drug))
            if drug
            else self._by_class(),
            self.is_local is YES,
            self.declared.not_before,
            self.chart.on,
            self.dose,
            self.chart.nearest,
        )

    def dose(self) -> Observation | Gap:
        """What it says of its dose a day."""
        declared = self.declared.of_role("dose")
        return self._told(declared.name, declared) if declared else self.course.stated("dose")

    def _by_class(self) -> Equivalent | None:
        """What is known of the dose by the stated class: none of its drugs is a steroid."""
        stated = self.drug_class
        steroids = (
            stated in drug.classes
            for drug in self.chart.vocabulary.drugs.values()
            if drug.prednisone_equivalent
        )
        return Equivalent(stated, None) if stated and not any(steroids) else None

    @cached
    def steps(self) -> dict[str, Steps]:
        """The doses of the entry where they changed in steps, by the field: see `lasting`."""
        return {}

    @cached
    def laid_out(self) -> dict[tuple[Answer, str], Stretch]:
        """The entry on the line of days, by whether it fits and the field of its dose.

        See `lasting.stretch`.
        """
        return {}

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

    def longest_interval(self) -> Fraction | Gap:
        """Of a drug given at intervals, the days within which the next dose belongs to the course.

        By its own schedule if it says how often, else by the drug's.
        """
        joins = self.joins
        if joins is None:
            return Gap("not_recorded", (self.course.place("every"),), "no interval is known")
        return Fraction(joins.longest)


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


def _are_apart(stated: Observation, follows: Observation, entry: FactEntry) -> bool:
    """Can what an entry states of a field and what follows for it not both be so?

    A stated time is rounded to its unit, or cut to full units: "3 years" are 2.5 to under 4. A
    number is rounded to its last digit, or to what is `alike` for the field.
    """
    if not isinstance(stated.value, Interval):
        return False
    low, high = stated.value.low, stated.value.high
    if isinstance(follows.value, Span):
        least, most = _DAYS_IN[stated.unit]
        shortest = (follows.value.end.earliest - follows.value.start.latest).days
        longest = (follows.value.end.latest - follows.value.start.earliest).days
        is_too_long = low is not None and longest < (low - Fraction(1, 2)) * least
        is_too_short = high is not None and shortest > (high + 1) * most
        is_at_most = follows.why_inexact == "not_recorded"  # since the start, at the longest
        return is_too_long or (is_too_short and not is_at_most)
    if not isinstance(follows.value, Interval) or stated.unit:
        return False
    written = stated.text.split(" ")[0]
    half = Fraction(1, 2 * 10 ** len(written.partition(".")[2]))
    near = Interval(None if low is None else low - half, None if high is None else high + half)
    return not near.overlaps(entry.alike_to(follows.value))


_DAYS_IN = {"days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (365, 366)}
"""How many days a calendar unit has, at the least and at the most."""


@slotted
class Asked:
    """Which criterion a rule belongs to, and what a person has answered to its question."""

    criterion: str
    given: Given | None = None


Kept = dict[int, tuple[Rule, Finding]]
"""Findings of a chart by the identity of their rules. The rule is held beside its finding, for an
object that is gone may leave its identity to another."""

Evaluate = Callable[[Rule, Chart, Asked | None, Entry | None], Finding]
"""How a rule is evaluated: cartscreen.evaluate.evaluator.evaluate."""
