"""Entries of a list: how many satisfy a rule, for how long, and whether the list is complete."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import inf

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.dates import PartialDate, Span
from cartscreen.derive import Gap
from cartscreen.derive import treatment as courses
from cartscreen.evaluate.chart import Asked, Chart, Entry
from cartscreen.evaluate.finding import Evidence, Finding, combine, unknown
from cartscreen.evaluate.leaf import says_of_window, stated_time
from cartscreen.observation import Observation, Ongoing
from cartscreen.place import (
    Field,
    List,
    Place,
    Visit,
)
from cartscreen.rule.tree import (
    Compare,
    Is,
    Records,
    Rule,
    Test,
    walk,
)
from cartscreen.units import Interval
from cartscreen.vocabulary import (
    RecordEntry,
)

# Records


def records(rule: Records, chart: Chart, asked: Asked | None) -> Finding:
    """At least k entries, different in one field if it is named, satisfy `where`."""
    last, visit = _last_visit(rule, chart)
    entries = [Entry(record, rule.name, chart) for record in chart.records(rule.name)]
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
    review = _review(rule, chart)
    open_list = review.answer is not YES
    yes = sum(item.answer is YES for item in found)
    maybe = [item for item in found if item.answer is UNKNOWN]
    parts = tuple(item for item in found if item.answer is not NO) or tuple(found)
    if yes >= rule.k:
        return Finding(YES, parts=tuple(item for item in found if item.answer is YES))
    if yes + len(maybe) < rule.k and not open_list:
        none = replace(review.because[0], value=_listed(entries), answer=NO)
        return Finding(NO, because=(none,), parts=parts)
    if maybe:
        named = [place for item in maybe for place in item.missing]
        missing = dict.fromkeys([*named, *review.missing] if open_list else named)
        return Finding(UNKNOWN, maybe[0].reason, tuple(missing), maybe[0].note, (), parts)
    return replace(review, parts=parts)


def _review(rule: Records, chart: Chart) -> Finding:
    """Does a review say that the list is complete for all that the rule asks of it?

    It says what is so up to its day. It closes a window if it does not lie before the window's
    first day; and it is not older than the list's reviews speak.
    """
    place, seen, first = List(rule.name), chart.review(rule.name), chart.first
    if seen is None:
        return unknown("list_not_reviewed", place)
    said = [YES]
    for part in walk(rule):
        window = part.window if isinstance(part, Test) and "." not in part.fact else None
        if window is None or window.unit == "half-lives":
            continue
        anchor = first.visit(window.anchor)
        if isinstance(anchor, PartialDate):
            said.append(says_of_window(window, anchor, first.on, seen))
    length = chart.vocabulary.records[rule.name].speaks.of(None)
    until = length.after(seen) if length else None
    if until is not None and until.earliest < first.on:
        said.append(NO if until.latest < first.on else UNKNOWN)
    match at_least(len(said), said):
        case Answer.YES:
            test = "is reviewed to the end of the chart"
            read = Evidence(place, "", test, YES, seen, until=until.earliest if until else None)
            return Finding(YES, because=(read,))
        case Answer.UNKNOWN:
            return unknown("imprecise_date", place, note=f"the list was reviewed on {seen}")
    return unknown("too_old", place, note=f"the list was reviewed on {seen}")


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
            ahead = unknown(
                "future_dated", entry.record.place(first), note=f"it begins after {last}"
            )
            return replace(ahead, parts=(finding,))
    return replace(unknown("not_recorded", Visit(visit)), parts=(finding,))


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
            return _Told(place, length, "", "" if length.is_exact else item.why_inexact)
        case Interval() as number if item:
            return _Told(place, number, item.unit, "" if number.is_exact else item.why_inexact)
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
                doubt = unknown(told.why_inexact or "no_unit", told.place)
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
    return replace(unknown(doubtful[0].why_inexact, *places), parts=(finding,))


def _where(rules: tuple[Rule, ...], chart: Chart, asked: Asked | None, entry: Entry) -> Finding:
    if not rules:
        read = Evidence(entry.record.place(), _shown(entry), "is listed", YES)
        return Finding(YES, because=(read,))
    parts = []
    for rule in rules:
        part = chart.evaluate(rule, asked, entry)
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
            stated = entry.grown(stated, entry.declared.fields[test.fact])
            assert isinstance(stated.value, Interval)
            said = stated_time(stated.value, stated.unit, check, stated.grown)
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
    because = (*told, *_run_evidence(test, longest, shortest, possible))
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
    test: Test,
    longest: list[tuple[date, date]],
    shortest: list[tuple[date, date]],
    possible: list[tuple[Entry, Finding]],
) -> tuple[Evidence, ...]:
    if not longest:
        return ()
    start, end = max(longest, key=lambda run: run[1] - run[0])
    numbers = tuple(entry.record.number for entry, _ in possible)
    place = Field(possible[0][0].list_name, numbers, test.fact)
    vague = "" if (start, end) in shortest else "at most "
    said = f"{vague}{(end - start).days} days from {start}"
    return (Evidence(place, said, test.text, UNKNOWN),)


def _long_enough(run: tuple[date, date], check: Compare) -> bool:
    span = Span(PartialDate.day(run[0]), PartialDate.day(run[1]))
    return span.compare(check.operator, int(check.limit), check.unit) is YES
