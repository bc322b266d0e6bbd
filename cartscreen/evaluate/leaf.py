"""One test of a rule, asked of one result after another."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.dates import PartialDate, Span, Window
from cartscreen.derive import Gap
from cartscreen.derive import treatment as courses
from cartscreen.evaluate.chart import Chart, Entry, disagreement, newest_of
from cartscreen.evaluate.finding import Evidence, Finding, Margin, from_gap, unknown
from cartscreen.observation import Observation, OneOf, Ongoing
from cartscreen.place import (
    Part,
    Place,
    Value,
    Visit,
    fact_place,
)
from cartscreen.rule.tree import Change, Compare, Is, NotDone, Present, Test
from cartscreen.units import LLN, ULN, Interval
from cartscreen.vocabulary import NOT_DONE, FactEntry

# Tests


def leaf(test: Test, chart: Chart, entry: Entry | None) -> Finding:
    """The finding of one test, of an entry if it is asked of a field of it."""
    if isinstance(test.check, NotDone):
        return _not_done(test, chart)
    own = entry if "." not in test.fact else None
    place: Value
    if own:
        declared = chart.vocabulary.records[own.list_name].fields[test.fact]
        place = own.record.place(test.fact)
    else:
        declared, place = chart.vocabulary.facts[test.fact], fact_place(test.fact)
    anchor = chart.visit(test.window.anchor) if test.window else chart.today
    if isinstance(anchor, Gap):
        return from_gap(anchor)
    upto = anchor.latest
    found: tuple[Observation, ...] | Gap
    if own:
        is_last = own.declared.has_role(test.fact, "last")
        field = own.conflict(test.fact) or (
            _last_dose(own) if is_last else own.read(test.fact, declared)
        )
        found = field if isinstance(field, Gap) else (field,)
    else:
        found = chart.results(test.fact, upto)
    if isinstance(found, Gap):
        return from_gap(found)
    leaf = LeafTest(test, declared, place, chart, own, anchor)
    newest = newest_of(found, upto)
    if isinstance(test.check, Change):
        return leaf.change(found, newest)
    return leaf.with_earlier(_agreed([leaf.one(item) for item in newest], place), found, newest)


def _not_done(test: Test, chart: Chart) -> Finding:
    """Was it not done? A result, stated or derived, says no; where nobody knows, it is open."""
    place = fact_place(test.fact)
    stated = chart.profile.facts.get(test.fact, ())
    known = [item for item in stated if item.date is None or item.date.earliest <= chart.on]
    if not known or test.fact in chart.conflicts:
        found = chart.newest(test.fact)
        if isinstance(found, Gap):
            return from_gap(found)
        known = [found]
    findings = []
    for item in newest_of(known, chart.on):
        said = UNKNOWN if item.text == "unknown" else answer(item.text == NOT_DONE)
        read = Evidence(place, item.text, test.text, said, item.date, "", item.origin)
        is_open = said is UNKNOWN
        findings.append(
            Finding(said, "not_recorded" * is_open, (place,) * is_open, because=(read,))
        )
    return _agreed(findings, place)


def _last_dose(entry: Entry) -> Observation | Gap:
    found = courses.last_dose(entry.course)
    return found if isinstance(found, Gap) else Observation(found, str(found))


def _agreed(findings: list[Finding], place: Value) -> Finding:
    """One finding of results that are equally new; a conflict where they differ."""
    if len(findings) == 1:
        return findings[0]
    because = tuple(dict.fromkeys(read for finding in findings for read in finding.because))
    if len({finding.answer for finding in findings}) > 1:
        reason, missing, note = disagreement(place, (read.date for read in because))
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
            source=item.source or (self.record.record.source if self.record else ""),
            note=item.note or (self.record.record.note if self.record else ""),
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
            return unknown("not_recorded", self.place, note=f"recorded as {item.text}")
        if self.test.window is None:
            return self._value(item)
        if isinstance(self.test.check, Present):
            return self._event(item)
        if item.date is None:
            return unknown("not_dated", Part(self.place, "date"))
        match self.holds(self.test.window, item.date):
            case Answer.YES:
                return self._value(item)
            case Answer.NO:
                note = f"no result {self.test.window}; the newest is of {item.date}"
                return unknown("not_recorded", self.place, note=note)
            case _:
                return self._vague_date(item.date, Part(self.place, "date"))

    def holds(self, window: Window, day: PartialDate) -> Answer:
        return window.holds(day, self.anchor)

    def _vague_date(self, day: PartialDate, place: Place) -> Finding:
        """Why a window is open: its visit has no date, or the date that `place` holds is vague."""
        assert self.test.window is not None
        visit = Visit(self.test.window.anchor)
        if self.anchor.latest == date.max:
            return unknown("not_recorded", visit)
        return unknown("imprecise_date", visit if day.is_exact else place)

    def _event(self, item: Observation) -> Finding:
        """Does the event itself lie in the window?"""
        window = self.test.window
        assert window is not None
        if item.value is False:
            return Finding(NO)
        is_date = isinstance(item.value, PartialDate | Ongoing)
        day = item.value if isinstance(item.value, PartialDate | Ongoing) else item.date
        if day is None:
            return unknown("not_dated", Part(self.place, "date"))
        if isinstance(day, Ongoing):
            return self._going_on()
        record = self.record if window.unit == "half-lives" else None
        half_life = record.half_life() if record else None
        if isinstance(half_life, Gap):
            # what still goes on at the visit is in the window, however long it is
            goes_on = day.earliest >= self.anchor.latest
            return self._going_on() if goes_on else from_gap(half_life)
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
            case Is(words), OneOf(among):
                inside = [word in words for word in among]
                return self._decided(answer(inside[0]) if len(set(inside)) == 1 else UNKNOWN, item)
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
        return unknown(item.why_inexact, *(item.missing or (self.place,)))

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
        return unknown("imprecise_date", self.place)

    def _compare(self, check: Compare, item: Observation, value: Interval) -> Finding:
        if self.entry.kind == "duration":
            return self._decided(stated_time(value, item.unit, check), item)
        if check.unit in (ULN, LLN):
            if item.unit != check.unit:
                limit = item.upper if check.unit == ULN else item.lower
                if item.unit or limit is None:
                    limited = Part(self.place, "upper" if check.unit == ULN else "lower")
                    note = f"the result has no {limited.which} limit of normal"
                    return unknown("no_limit", limited, note=note)
                value = value.times(1 / limit)
        elif item.unit:
            note = f"given only as a multiple of {item.unit}"
            return unknown("no_unit", Part(self.place, "unit"), note=note)
        return self._decided(value.compare(check.operator, check.limit), item)

    def change(self, results: tuple[Observation, ...], newest: list[Observation]) -> Finding:
        """The newest result against each earlier one of the window."""
        dated = [(item.date, item) for item in results if item.date is not None]
        if len(dated) < len(results):
            return unknown("not_dated", Part(self.place, "date"))
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
            reason, missing, note = disagreement(self.place, (item.date for item in newest))
            return Finding(UNKNOWN, reason, missing, note, tuple(read))
        return findings[0]

    def _any_pair(self, inside: list[Finding]) -> Finding:
        if not inside:
            note = f"no two results {self.test.window}"
            return unknown("not_recorded", self.place, note=note)
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
            return unknown("imprecise_date", Part(self.place, "date"))
        first, last = then.value, now.value
        if not isinstance(first, Interval) or not isinstance(last, Interval):
            return unknown("not_recorded", self.place)
        if not (first.is_exact and last.is_exact) or then.unit or now.unit:
            return unknown("censored", self.place)
        assert first.low is not None and last.low is not None
        change = last.low - first.low if check.direction == "rose" else first.low - last.low
        needed = check.by * first.low / 100 if check.relative else check.by
        return Finding(answer(change > 0 and change >= needed))


def stated_time(value: Interval, unit: str, check: Compare) -> Answer:
    """A stated length of time against a limit; a month is 28 to 31 days."""
    said = set()
    for month in (28, 31):
        days = {"days": 1, "weeks": 7, "months": month, "years": 12 * month}
        limit = check.limit * days[check.unit]
        said.add(value.times(Fraction(days[unit])).compare(check.operator, limit))
    return said.pop() if len(said) == 1 else UNKNOWN
