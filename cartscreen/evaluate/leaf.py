"""One test of a rule, asked of one result after another."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import product
from math import ceil

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.dates import PartialDate, Span, Window, shift
from cartscreen.derive import Gap
from cartscreen.derive import treatment as courses
from cartscreen.derive.formulas import FIELD_FORMULAS
from cartscreen.derive.treatment import Role
from cartscreen.evaluate.chart import (
    Chart,
    Entry,
    disagreement,
    lateness,
    newest_of,
    stated_otherwise,
)
from cartscreen.evaluate.finding import Evidence, Finding, Margin, bare, from_gap, union, unknown
from cartscreen.frozen import replace, slotted
from cartscreen.observation import Observation, OneOf, Ongoing
from cartscreen.place import (
    Field,
    List,
    Part,
    Place,
    Value,
    Visit,
    fact_place,
)
from cartscreen.rule.tree import Change, Compare, Is, NotDone, Present, Test
from cartscreen.units import LLN, ULN, Interval, parse_quantity
from cartscreen.vocabulary import (
    NOT_DONE,
    FactEntry,
    Formula,
    Vocabulary,
)

# Tests


def leaf(test: Test, chart: Chart, entry: Entry | None, *, is_bare: bool = False) -> Finding:
    """The finding of one test, of an entry if it is asked of a field of it.

    is_bare  without what was read: for who wants the answer alone
    """
    check, window = test.check, test.window
    if isinstance(check, NotDone):
        return _not_done(test, chart)
    anchor = chart.today
    if window is not None:
        own = entry if test.ends_with else None
        day = own.day_of(test.ends_with) if own else chart.visit(window.anchor)
        if isinstance(day, Gap):
            return from_gap(day)
        anchor = day
    name, any_result = test.fact, test.any
    if entry is not None and test.is_of_entry and not any_result:
        return _of_entry(test, chart, entry, anchor, is_bare=is_bare)
    found = (chart.every if any_result else chart.results)(name, anchor.latest)
    if isinstance(found, Gap):
        return from_gap(found)
    place = fact_place(name)
    leaf = LeafTest(test, chart.vocabulary.facts[name], place, chart, None, anchor, is_bare)
    if any_result:
        return leaf.any_of(found)
    newest = newest_of(found, anchor.latest)
    if isinstance(check, Change):
        return leaf.change(found, newest)
    if len(newest) == 1:
        finding = leaf.one(newest[0])
    else:
        finding = _agreed([leaf.one(item) for item in newest], place)
    return leaf.with_earlier(finding, found, newest)


def _of_entry(
    test: Test, chart: Chart, entry: Entry, anchor: PartialDate, *, is_bare: bool
) -> Finding:
    """The finding of a test of a field of an entry."""
    declared, check = entry.declared.fields[test.fact], test.check
    if isinstance(check, Is) and declared.kind == "drug":
        return _drug(test, check, entry)
    if entry.declared.has_role(test.fact, "last"):
        found = entry.conflict(test.fact) or entry.last_dose
    else:
        found = entry.read(test.fact, declared)
    if isinstance(found, Gap):
        is_local = isinstance(check, Is) and _asks_local(check, declared)
        return Finding(NO) if is_local and _is_systemic(entry, declared) else from_gap(found)
    leaf = LeafTest(test, declared, entry.record.place(test.fact), chart, entry, anchor, is_bare)
    if isinstance(check, Change):
        return leaf.change((found,), [found])
    finding = leaf.one(found)
    if finding.reason == "imprecise_date" and found.why_inexact == "not_recorded":
        finding = replace(finding, reason=found.why_inexact)
    return _of_course(finding, test, declared, entry)


def _of_course(finding: Finding, test: Test, declared: FactEntry, entry: Entry) -> Finding:
    """The finding, where the entry is one of several that are a course, or may have ended."""
    if declared.derive and _goes_on(declared):
        finding = _while_it_goes_on(finding, test, entry)
    if finding.answer is not UNKNOWN:
        return finding
    doubts = next(iter(entry.record.doubts.values()), ())
    follows = declared.derive and not entry.declared.is_of_one_drug(test.fact)
    if doubts and (test.fact in entry.record.doubts or follows):
        return _in_doubt(finding, doubts, test, entry)
    missing = dict.fromkeys(one for place in finding.missing for one in _each(place, entry))
    return replace(finding, missing=tuple(missing))


def _goes_on(declared: FactEntry) -> bool:
    """Does it follow from the other fields as a time that goes on?"""
    return any(FIELD_FORMULAS[by.name].goes_on for by in declared.derive if isinstance(by, Formula))


def _in_doubt(finding: Finding, doubts: tuple[Place, ...], test: Test, entry: Entry) -> Finding:
    """It is open of which course the entry is part; that would settle its dates as well."""
    roles: tuple[Role, ...] = ("begins", "ends", "last", "last_change")
    dates = {test.fact, *(entry.course.field(role) for role in roles)}
    rest = tuple(p for p in finding.missing if not (isinstance(p, Field) and p.field in dates))

    def why() -> str:
        listed = entry.chart.profile.records[entry.list_name]
        absent = any(
            isinstance(place, Field) and place.field not in listed[place.numbers[0] - 1].fields
            for place in doubts
        )
        return "not_recorded" if absent else "imprecise_date"

    reason = entry.chart.once(("doubts", id(doubts)), why, doubts)  # of all the entries, the same
    return replace(finding, reason=reason, missing=union([doubts, rest]))


def _each(place: Place, entry: Entry) -> tuple[Place, ...]:
    """The field in each of the entries of a course that does not say it exactly."""
    if not isinstance(place, Field) or len(place.numbers) < 2:
        return (place,)
    listed = entry.chart.profile.records[entry.list_name]
    values = {number: listed[number - 1].fields.get(place.field) for number in place.numbers}
    vague = [
        number
        for number, item in values.items()
        if item is None or not isinstance(item.value, PartialDate) or not item.value.is_exact
    ]
    return tuple(replace(place, numbers=(number,)) for number in vague or place.numbers[-1:])


def _while_it_goes_on(finding: Finding, test: Test, entry: Entry) -> Finding:
    """Of what has ended, no time goes on: neither "more than" nor "at most" is so."""
    if entry.declared.of_role("ends") is None:
        return finding
    going, stop = entry.going(), entry.course.place("ends")
    if going is YES or (going is UNKNOWN and finding.answer is not YES):
        return finding
    is_stated = isinstance(courses.stated(entry.record, test.fact), Observation)
    if going is UNKNOWN:
        if is_stated:
            return finding
        return replace(unknown("not_recorded", stop), because=finding.because)
    if is_stated and finding.answer is not NO:
        note = f"{test.fact} is stated of what has ended"
        return replace(unknown("conflict", stop, note=note), because=finding.because)
    said = entry.course.stated("ends")
    text = said.text if isinstance(said, Observation) else ""
    return Finding(NO, because=(Evidence(stop, text, test.text, NO),))


def _is_systemic(entry: Entry, declared: FactEntry) -> bool:
    """Is no route stated, and the treatment therefore systemic?"""
    return bool(declared.local) and declared.name not in entry.record.fields


def _asks_local(check: Is, declared: FactEntry) -> bool:
    return {*check.words} <= {"local", *declared.local}


def _drug(test: Test, check: Is, entry: Entry) -> Finding:
    """Is it one of these drugs, or of one of these classes?

    What acts only where it is given is neither, unless the rule asks for the route as well.
    """
    place, text = entry.named(test.fact)
    local = NO if check.any_route else entry.is_local
    if local is YES:
        route = entry.course.stated("route")
        how = f"{route.text}: not systemic" if isinstance(route, Observation) else ""
        return Finding(NO, because=(Evidence(place, text, test.text, NO, origin=how),))
    origin = ""
    if entry.drug is not None:
        said = NO if entry.kinds.isdisjoint(check.words) else YES
    elif entry.drug_class:
        stated_class, words, known = entry.drug_class, check.words, entry.chart.vocabulary
        said = entry.chart.once(
            ("class", stated_class, words), lambda: _class_is(stated_class, words, known)
        )
        origin = f"of the class {entry.drug_class}, as stated"
    else:
        stated = entry.course.stated("drug")
        return from_gap(stated) if isinstance(stated, Gap) else unknown("not_recorded", place)
    read = (Evidence(place, text, test.text, said, None, "", origin),)
    if said is UNKNOWN:
        return replace(unknown("not_recorded", place), because=read)
    if said is YES and local is UNKNOWN:
        read = (replace(read[0], answer=UNKNOWN),)
        return replace(unknown("not_recorded", entry.course.place("route")), because=read)
    return Finding(said, "", (), "", read)


def _class_is(stated: str, words: tuple[str, ...], vocabulary: Vocabulary) -> Answer:
    """Is a drug of which only the class is known one of these drugs, or of these classes?"""

    def one(word: str) -> Answer:
        if word == stated:
            return YES
        if word in vocabulary.drugs:
            return UNKNOWN if stated in vocabulary.drugs[word].classes else NO
        each = {word in d.classes for d in vocabulary.drugs.values() if stated in d.classes}
        return answer(each.pop()) if len(each) == 1 else UNKNOWN

    return at_least(1, (one(word) for word in words))


def _not_done(test: Test, chart: Chart) -> Finding:
    """Was it not done? A result, stated or derived, says no; where nobody knows, it is open."""
    place = fact_place(test.fact)
    stated = chart.profile.facts.get(test.fact, ())
    known = [item for item in stated if item.date is None or item.date.earliest <= chart.on]
    found, entry = chart.newest(test.fact), chart.vocabulary.facts[test.fact]
    if not known or test.fact in chart.conflicts:
        if isinstance(found, Gap):
            return from_gap(found)
        known = [found]
    elif isinstance(found, Observation) and chart.speaks(entry, found) is not NO:
        known = [found]  # what was not done since takes nothing from a result that still speaks
    findings = []
    for item in newest_of(known, chart.on):
        said = UNKNOWN if item.text == "unknown" else answer(item.text == NOT_DONE)
        read = Evidence(place, item.text, test.text, said, item.date, "", item.origin)
        is_open = said is UNKNOWN
        findings.append(
            Finding(said, "not_recorded" * is_open, (place,) * is_open, because=(read,))
        )
    return _agreed(findings, place)


def _agreed(findings: list[Finding], place: Value) -> Finding:
    """One finding of results that are equally new; a conflict where they differ."""
    because = tuple(dict.fromkeys(read for finding in findings for read in finding.because))
    if len({finding.answer for finding in findings}) > 1:
        origins = {bool(read.origin) for read in because}
        if len(origins) > 1:
            note = stated_otherwise(read.value for read in because)
            return Finding(UNKNOWN, "conflict", (place,), note, because)
        reason, missing, note = disagreement(place, (read.date for read in because))
        return Finding(UNKNOWN, reason, missing, note, because)
    # which stands first in the profile does not tell what is named
    named = max(findings, key=lambda item: (item.reason, *map(str, item.missing), item.note))
    return replace(named, because=because)


def _sources(item: Observation) -> str:
    """Where the inputs of a derived value stand, the first of many."""
    found = list(dict.fromkeys(_sources_of(item)))
    more = f" and {len(found) - _MOST_SOURCES} more" if len(found) > _MOST_SOURCES else ""
    return f"{', '.join(found[:_MOST_SOURCES])}{more}"


_MOST_SOURCES = 3
_FEW = 4  # results: so many are compared one by one, more by their hash


def _sources_of(item: Observation) -> Iterator[str]:
    for _, read in item.inputs:
        if read.source:
            yield read.source
        else:
            yield from _sources_of(read)


@slotted
class LeafTest:
    """One test, asked of one result after another."""

    test: Test
    entry: FactEntry
    place: Value
    chart: Chart
    record: Entry | None
    anchor: PartialDate
    is_bare: bool = False

    def one(self, item: Observation) -> Finding:
        finding, test, entry = self._judged(item), self.test, self.record
        if self.is_bare:
            return finding
        source, note, until, window = item.source, item.note, None, test.window
        if item.inputs and not source:
            source = _sources(item)
        if entry is not None:
            source, note = source or entry.record.source, note or entry.record.note
        elif window is None and not test.any:
            until = self._until(item)
        half_lives = window is not None and window.unit == "half-lives"
        origin = self._half_life_used() if half_lives else item.origin
        margin = partial(_margin, test, self.entry, self.anchor, item)
        said, date = finding.answer, item.date
        read = Evidence(
            self.place, item.text, test.text, said, date, item.limits, origin, "", margin,
            source, note, until,
        )  # fmt: skip
        return Finding(said, finding.reason, finding.missing, finding.note, (read,))

    def _until(self, item: Observation) -> date | None:
        """The last day on which the value speaks."""
        until = self.chart.speaks_until(self.entry, item)
        return until.earliest if until else None

    def with_earlier(
        self, finding: Finding, results: tuple[Observation, ...], newest: list[Observation]
    ) -> Finding:
        """The finding, shown beside the newest older result that says the opposite, if one does.

        That an event lies outside a window says nothing against the one inside.
        """
        if finding.answer is UNKNOWN or self.is_bare or len(newest) == len(results):
            return finding
        if isinstance(self.test.check, Present) and self.test.window is not None:
            return finding
        shown = newest if len(newest) < _FEW else set(newest)
        opposite = [
            (item.date.latest, f"{item.text} on {item.date}")
            for item in results
            if item not in shown
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
        window = self.test.window
        if window is None:
            return self._value(item) if self.test.any else self._spoken(item)
        if self.record is None and self.entry.is_negative(item.value):
            return self._no_event(item)
        if isinstance(self.test.check, Present):
            return self._event(item)
        if item.date is None:
            return unknown("not_dated", Part(self.place, "date"))
        match self.holds(window, item.date):
            case Answer.YES:
                return self._value(item)
            case Answer.NO:
                note = f"no result {window}; the newest is of {item.date}"
                return unknown("not_recorded", self.place, note=note)
            case _:
                return self._vague_date(item.date, Part(self.place, "date"))

    def _spoken(self, item: Observation) -> Finding:
        """The check, of a value that still says what is so."""
        chart = self.chart
        if self.record is not None or (still := chart.speaks(self.entry, item)) is YES:
            return self._value(item)
        if still is UNKNOWN:
            return unknown("imprecise_date", Part(self.place, "date"))
        length, day = chart.length(self.entry, item), chart.as_of(item)
        note = f"{item.text} is of {day}"
        note += f", and speaks for {length}" if length else ""
        return unknown("too_old", self.place, *chart.stopped(item), note=note)

    def _no_event(self, item: Observation) -> Finding:
        """That there was no such event, said on a day, speaks for the window like a review."""
        window, chart = self.test.window, self.chart
        assert window is not None
        day, anchor = chart.as_of(item), chart.first.visit(window.anchor)
        assert isinstance(anchor, PartialDate)
        lies = says_of_window(window, anchor, chart.first.on, day)
        said = at_least(2, (lies, chart.speaks(self.entry, item)))
        if said is YES:
            return Finding(NO) if isinstance(self.test.check, Present) else self._value(item)
        if said is UNKNOWN:
            return self._vague_date(day, Part(self.place, "date"))
        note = f"{item.text} is of {day}, and says nothing of the days after it"
        return unknown("too_old", self.place, note=note)

    def any_of(self, results: tuple[Observation, ...]) -> Finding:
        """Does some result, of the window or ever, satisfy the check?

        Yes, if one that surely lies in the window does. No, if one lies there and none that may lie
        there may satisfy it.
        """
        window = self.test.window
        there = [(item, self._in_window(item, window) if window else YES) for item in results]
        may = [(item, lies, self.one(item)) for item, lies in there if lies is not NO]
        yes = [found for _, lies, found in may if lies is YES and found.answer is YES]
        if yes:
            return yes[-1]
        known = [item for item, lies, _ in may if lies is YES and item.value is not None]
        because = tuple(dict.fromkeys(read for _, _, found in may for read in found.because))
        if known and all(self._satisfies(item) is NO for item, _, _ in may):
            return Finding(NO, because=tuple(replace(read, answer=NO) for read in because))
        if not may:
            newest = max((item.date.latest for item in results if item.date), default="no date")
            note = f"no result {window}; the newest is of {newest}"
            return unknown("not_recorded", self.place, note=note)
        late = sorted(may, key=lambda each: (lateness(each[0]), each[0].text), reverse=True)
        open_ = [found for _, _, found in late if found.answer is UNKNOWN]
        missing = union([found.missing for found in open_])
        return Finding(UNKNOWN, open_[0].reason, missing, open_[0].note, because)

    def _in_window(self, item: Observation, window: Window) -> Answer:
        return self.holds(window, item.date) if item.date else UNKNOWN

    def _satisfies(self, item: Observation) -> Answer:
        return UNKNOWN if item.value is None else self._value(item).answer

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
        if self.record is not None and window.unit == "half-lives":
            return self._in_half_lives(window, day, self.record.half_life())
        if self.record is not None and window.unit == "intervals":
            longest = self.record.longest_interval()
            if isinstance(longest, Gap):
                return from_gap(longest)
            return self._in(window, day, longest, is_date=True)
        return self._in(window, day, is_date=is_date)

    def _in(
        self, window: Window, day: PartialDate, length: Fraction | None = None, *, is_date: bool
    ) -> Finding:
        if self._may_go_on() and day.latest > self.anchor.earliest:
            first = window.first_day(self.anchor.latest, length)
            if day.earliest >= first:
                return self._going_on()
        said = window.holds(day, self.anchor, length)
        if said is not UNKNOWN:
            return Finding(said)
        if ended := self._ongoing_then():
            return ended
        return self._vague_date(day, self.place if is_date else Part(self.place, "date"))

    def _in_half_lives(
        self, window: Window, day: PartialDate, half_life: Interval | Gap
    ) -> Finding:
        """Inside the shorter time YES, beyond the longer NO; between them it is open."""
        if isinstance(half_life, Gap):
            # what still goes on at the visit is in the window, however long it is
            goes_on = day.earliest >= self.anchor.latest
            return self._going_on() if goes_on else from_gap(half_life)
        assert self.record is not None
        place = self.record.course.place("half_life")
        low = half_life.low or Fraction(0)
        inside = self._in(window, day, low, is_date=True)
        if inside.answer is YES or half_life.high == low:
            return inside
        if half_life.high is None:
            return unknown("censored", place)
        beyond = self._in(window, day, half_life.high, is_date=True)
        if beyond.answer is NO:
            return beyond
        ends = [
            shift(event, ceil(window.count * length), "days")
            for event, length in ((day.earliest, low), (day.latest, half_life.high))
        ]
        missing = dict.fromkeys((*inside.missing, *beyond.missing, place))
        if inside.answer is beyond.answer is UNKNOWN:
            return replace(inside, missing=tuple(missing))
        note = f"{window.count} half-lives end between {ends[0]} and {ends[1]}"
        return unknown(inside.reason or beyond.reason or "censored", *missing, note=note)

    def _may_go_on(self) -> bool:
        """Is the date the last of something, which still goes on if it lies after the visit?"""
        own = self.record
        is_last = own is not None and own.declared.has_role(self.entry.name, "last")
        return "ongoing" in self.entry.words or is_last

    def _going_on(self) -> Finding:
        """What goes on at the visit is in the window, unless it only begins after the visit."""
        begins = self.record.begins if self.record else None
        if self.record and (conflict := self.record.may_not_have_begun):
            return from_gap(conflict)
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
        return f"half-life {drug.half_life}" if drug and drug.half_life else ""

    def _value(self, item: Observation) -> Finding:
        """The check, of this value."""
        check, value = self.test.check, item.value
        match check:
            case Compare():
                if isinstance(value, Interval):
                    return self._compare(check, item, value)
                if isinstance(value, Span):
                    assert check.limit.denominator == 1
                    said = value.compare(check.operator, int(check.limit), check.unit)
                    return self._decided(said, item)
            case Is(words):
                if isinstance(value, str):
                    return self._is(words, value)
                if isinstance(value, OneOf):
                    inside = {word in words for word in value.words}
                    return self._decided(
                        answer(inside.pop()) if len(inside) == 1 else UNKNOWN, item
                    )
                if isinstance(value, PartialDate | Ongoing):
                    return self._is_ongoing(value)
            case Present() if isinstance(value, bool):
                return bare(answer(value))
        raise AssertionError(f"{self.test.text} does not fit its fact")

    def _decided(self, said: Answer, item: Observation) -> Finding:
        if said is not UNKNOWN:
            return bare(said)
        return unknown(item.why_inexact, *(item.missing or (self.place,)))

    def _is(self, words: tuple[str, ...], word: str) -> Finding:
        if self.entry.kind == "drug":
            drug = self.chart.vocabulary.drugs[word]
            return Finding(answer(not {drug.name, *drug.classes}.isdisjoint(words)))
        is_local = "local" in words and word in self.entry.local
        return bare(answer(word in words or is_local))

    def _is_ongoing(self, stop: PartialDate | Ongoing) -> Finding:
        """Has it not stopped before the date judged?"""
        own = self.record
        if own is not None and own.declared.has_role(self.entry.name, "ends"):
            said = own.going()
            if said is not UNKNOWN:
                return Finding(said)
            return self._ongoing_then() or unknown("imprecise_date", self.place)
        begins = self.record.begins if self.record else None
        if begins is not None and begins.earliest > self.chart.on:
            return Finding(NO)
        if isinstance(stop, Ongoing):
            return Finding(YES)
        if (stop.earliest >= self.chart.on) is (stop.latest >= self.chart.on):
            return Finding(answer(stop.earliest >= self.chart.on))
        return self._ongoing_then() or unknown("imprecise_date", self.place)

    def _ongoing_then(self) -> Finding | None:
        """Open, where an entry that is "ongoing" was last reviewed too long ago to say so now."""
        own = self.record
        item = own.record.fields.get(self.entry.name) if own else None
        if own is None or item is None or item.why_inexact != "too_old":
            return None
        assert isinstance(item.value, PartialDate)
        note = f"ongoing as of {item.value.earliest}"
        return unknown("too_old", List(own.list_name), note=note)

    def _compare(self, check: Compare, item: Observation, value: Interval) -> Finding:
        if self.entry.kind == "duration":
            return self._decided(stated_time(value, item.unit, check, item.grown), item)
        limit = check.limit
        if check.unit in (ULN, LLN):
            if item.unit != check.unit:
                normal = item.upper if check.unit == ULN else item.lower
                if item.unit or normal is None:
                    limited = Part(self.place, "upper" if check.unit == ULN else "lower")
                    note = f"the result has no {limited.which} limit of normal"
                    return unknown("no_limit", limited, note=note)
                limit *= normal
        elif item.unit:
            note = f"given only as a multiple of {item.unit}"
            return unknown("no_unit", Part(self.place, "unit"), note=note)
        return self._decided(value.compare(check.operator, limit), item)

    def change(self, results: tuple[Observation, ...], newest: list[Observation]) -> Finding:
        """The newest result against each earlier one of the window."""
        dated = [(item.date, item) for item in results if item.date is not None]
        if len(dated) < len(results):
            return unknown("not_dated", Part(self.place, "date"))
        dated.sort(key=lambda pair: pair[0].earliest)

        def read(said: Answer) -> tuple[Evidence, ...]:
            text = self.test.text
            return tuple([Evidence(self.place, i.text, text, said, day) for day, i in dated])

        findings = []
        for now in newest:
            pairs = [self._changed(then, now) for then in results if then is not now]
            findings.append(self._any_pair([found for found in pairs if found is not None]))
        if len({found.answer for found in findings}) > 1:
            reason, missing, note = disagreement(self.place, (item.date for item in newest))
            return Finding(UNKNOWN, reason, missing, note, read(UNKNOWN))
        return replace(findings[0], because=read(findings[0].answer))

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


def says_of_window(window: Window, anchor: PartialDate, on: date, day: PartialDate) -> Answer:
    """Does it lie late enough to say that nothing happened in all of the window?

    It must not lie before the first day of the window, counted back from the earlier of the visit
    and the day judged; the days since are taken like the days before.
    """
    first, last = (window.first_day(min(end, on)) for end in (anchor.earliest, anchor.latest))
    if day.earliest >= last:
        return YES
    return NO if day.latest < first else UNKNOWN


def stated_time(
    value: Interval, unit: str, check: Compare, grown: tuple[int, int] = (0, 0)
) -> Answer:
    """A stated length of time, and the days since, against a limit; a month is 28 to 31 days.

    grown: the days since, at least and at most
    """
    said = set()
    for month, since in product((28, 31), grown):
        days = {"days": 1, "weeks": 7, "months": month, "years": 12 * month}
        limit = check.limit * days[check.unit]
        said.add(value.times(Fraction(days[unit])).compare(check.operator, limit - since))
    return said.pop() if len(said) == 1 else UNKNOWN


def _margin(test: Test, entry: FactEntry, anchor: PartialDate, item: Observation) -> Margin | None:
    """How far the value is from the limit, where both are numbers of one unit."""
    check, value = test.check, item.value
    if isinstance(check, Present) and test.window is not None:
        return _days_outside(item, test.window, anchor)
    if not isinstance(check, Compare) or entry.kind != "quantity":
        return None
    if not isinstance(value, Interval) or not value.is_exact:
        return None
    assert value.low is not None
    limit, unit = check.limit, item.unit or entry.unit
    if check.unit in (ULN, LLN) and not item.unit:
        own = item.upper if check.unit == ULN else item.lower
        if own is None:
            return None
        unit, times = _as_written(item, unit)
        return Margin((value.low - limit * own) * times, limit * own * times, unit)
    if check.unit != unit:
        return None
    return Margin(value.low - limit, limit, unit)


def _days_outside(item: Observation, window: Window, anchor: PartialDate) -> Margin | None:
    """How many days before the window an event lies; what did not happen lies nowhere."""
    day = item.value if isinstance(item.value, PartialDate) else item.date
    if day is None or item.value is False or window.is_of_drug:
        return None
    short = (window.first_day(anchor.earliest) - day.latest).days
    return Margin(Fraction(-short), Fraction(0), "days") if short > 0 else None


def _as_written(item: Observation, unit: str) -> tuple[str, Fraction]:
    """The unit in which the profile writes a value, and by what one in `unit` is multiplied."""
    assert isinstance(item.value, Interval)
    if item.origin or not item.value.low:
        return unit, Fraction(1)
    written, own = parse_quantity(item.text)
    assert written.low is not None
    return own, written.low / item.value.low
