"""Entries of a list that are one course: touching ones of one drug, dose and route.

A refill begins a new entry, and no new course: for every question about time (since when unchanged,
when started, the last dose) such entries are one. Where a dose or a date is missing they may be one
or two; then the first day of the course is that of the one or of the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, timedelta
from math import ceil

from cartscreen.answer import NO, UNKNOWN, YES, Answer, at_least
from cartscreen.dates import PartialDate
from cartscreen.derive.treatment import Course, Role
from cartscreen.evaluate.exposure import Joins
from cartscreen.frozen import frozen
from cartscreen.observation import ONGOING, Observation, Ongoing, Record
from cartscreen.place import Place
from cartscreen.units import Interval
from cartscreen.vocabulary import Drug, RecordEntry, Vocabulary

_DAY = timedelta(days=1)
_ONE_DOSE_LEFT_OUT = 2
"""A stated interval joins doses up to itself; up to twice itself, as if one dose had been left out,
it is open whether the course went on. A convention of ours, as for the drugs without a figure."""
_MOST_PAIRS = 250_000  # a chart of 200 entries that all lack a dose makes 20 000


def was_given(record: Record, declared: RecordEntry) -> Answer:
    """Was it given at all? A contraindication without a date says that it was not."""
    given, response = declared.of_role("given"), declared.of_role("response")
    stated = record.fields.get(given.name) if given else None
    if stated is not None and isinstance(stated.value, bool):
        return YES if stated.value else NO
    said = record.fields.get(response.name) if response else None
    dated = any(
        record.fields[name].value is not None
        for name, entry in declared.fields.items()
        if entry.kind in ("date", "duration", "steps") and name in record.fields
    )
    if response and said and said.value in response.not_given and not dated:
        return NO
    return UNKNOWN if stated is not None else YES


def joins_of(record: Record, declared: RecordEntry, drug: Drug | None) -> Joins | None:
    """How the doses of a drug that is given at intervals belong together.

    An entry of one day is one dose. Of one that lasted longer it is open whether the drug was given
    at intervals or every day, unless the entry says `every`; by mouth, or with a dose a day, it was
    not.
    """
    course = Course(record, declared.roles)
    every, start, stop = course.stated("every"), course.when("begins"), course.when("ends")
    one_day = isinstance(start, PartialDate) and start == stop and start.is_exact
    if isinstance(every, Observation) and isinstance(every.value, Interval):
        high = every.value.high
        assert high is not None
        return Joins(ceil(high), ceil(high * _ONE_DOSE_LEFT_OUT), goes_on=one_day)
    if drug is None or drug.interval is None:
        return None
    longest = ceil(drug.interval.longest_days)
    if one_day:
        return Joins(ceil(drug.interval.usual_days), longest)
    route, dose = course.stated("route"), course.stated("dose")
    if isinstance(dose, Observation) or (isinstance(route, Observation) and route.value == "oral"):
        return None
    return Joins(0, longest, goes_on=False)


@frozen
class _Member:
    """An entry, with what decides of which course it is part."""

    record: Record
    drug: object
    dose: object
    route: object
    start: PartialDate
    end: PartialDate  # the day after the last
    last: PartialDate | Ongoing
    joins: Joins | None
    open: tuple[Place, ...] = field(default=(), compare=False)

    @property
    def is_known(self) -> bool:
        return None not in (self.drug, self.dose) and self.route is not None

    @property
    def key(self) -> tuple[object, object, object]:
        return self.drug, self.dose, self.route

    def reach(self, *, sure: bool) -> date:
        """The first day on which another entry no longer touches this one."""
        end = self.end.earliest if sure else self.end.latest
        days = 0 if self.joins is None else self.joins.usual if sure else self.joins.longest
        return _later(end, max(days - 1, 0))

    def touches(self, other: "_Member") -> Answer:
        first, then = sorted((self, other), key=lambda item: (item.start.latest, item.end.latest))
        if then.start.latest <= first.reach(sure=True) and first.start.latest <= then.end.earliest:
            return YES
        near = then.start.earliest <= first.reach(sure=False)
        back = first.start.earliest <= then.reach(sure=False)
        return UNKNOWN if near and back else NO

    def is_same(self, other: "_Member") -> Answer:
        """Is it the same drug, at the same dose, by the same route?"""
        each = (
            UNKNOWN if None in (one, two) else (YES if one == two else _alike(one, two))
            for one, two in zip(self.key, other.key, strict=True)
        )
        return at_least(3, each)


def _alike(one: object, two: object) -> Answer:
    """Of two that are not equal: "<20 mg/day" may be 10 mg/day."""
    if isinstance(one, tuple) and isinstance(two, tuple) and one[0] == two[0]:
        a, b = one[1], two[1]
        if isinstance(a, Interval) and isinstance(b, Interval):
            return UNKNOWN if a.overlaps(b) else NO
        return NO if isinstance(a, str) and isinstance(b, str) else UNKNOWN
    if isinstance(one, tuple) and isinstance(two, tuple):
        return NO if "steps" in (one[0], two[0]) else UNKNOWN
    return NO


def _later(day: date, days: int) -> date:
    return day + timedelta(days=min(days, (date.max - day).days))


def joined(
    records: Sequence[Record], declared: RecordEntry, vocabulary: Vocabulary
) -> tuple[Record, ...]:
    """The entries of a list, each with the dates of the course that it is part of."""
    if not declared.tells_of_drugs:
        return tuple(records)
    members = [
        _member(record, declared, vocabulary)
        for record in records
        if was_given(record, declared) is not NO and not _is_extra(record, declared)
    ]
    if len(members) < 2:
        return tuple(records)
    sure, possible = _Parts(len(members)), _Parts(len(members))
    doubtful: list[tuple[int, int]] = []
    for one, two, said in _pairs(members):
        possible.join(one, two)
        if said is YES:
            sure.join(one, two)
        else:
            doubtful.append((one, two))
    doubts = _doubts(doubtful, members, possible, declared)
    seen = {member.record.number: at for at, member in enumerate(members)}
    all_sure, all_possible = sure.parts(), possible.parts()
    return tuple(
        _with_dates(
            record,
            declared,
            [members[i] for i in all_sure[sure.root(seen[record.number])]],
            [members[i] for i in all_possible[possible.root(seen[record.number])]],
            doubts.get(possible.root(seen[record.number]), ()),
        )
        if record.number in seen
        else record
        for record in records
    )


def _doubts(
    pairs: Iterable[tuple[int, int]],
    members: Sequence[_Member],
    possible: "_Parts",
    declared: RecordEntry,
) -> dict[int, tuple[Place, ...]]:
    """What would settle which entries are one course, of each set of entries that may be one.

    Where A may go on into B and B into C, the last day of A's course is open by what is open in C.
    """
    found: dict[int, dict[Place, None]] = {}
    open_: dict[int, dict[int, None]] = {}
    for one, two in pairs:
        root = possible.root(one)
        open_.setdefault(root, {}).update(dict.fromkeys((one, two)))
        if not members[one].open and not members[two].open and "every" in declared.roles:
            name = declared.roles["every"]
            both = (members[i].record.place(name) for i in sorted((one, two)))
            found.setdefault(root, {}).update(dict.fromkeys(both))
    for root, entries in open_.items():
        places = (place for at in entries for place in members[at].open)
        found[root] = {**dict.fromkeys(places), **found.get(root, {})}
    return {root: tuple(places) for root, places in found.items()}


def _is_extra(record: Record, declared: RecordEntry) -> bool:
    """Is it taken besides the other entries of its drug?"""
    together = declared.of_role("together")
    found = record.fields.get(together.name) if together else None
    return found is not None and found.value is True


def _member(record: Record, declared: RecordEntry, vocabulary: Vocabulary) -> _Member:
    course = Course(record, declared.roles)
    drug, route = course.stated("drug"), course.stated("route")
    start, stop, last = course.when("begins"), course.when("ends"), course.when("last")
    first = start if isinstance(start, PartialDate) else PartialDate(date.min, date.max)
    end = PartialDate(first.earliest, date.max)
    if isinstance(stop, Ongoing):
        end = PartialDate.day(date.max)
    elif isinstance(stop, PartialDate):
        end = PartialDate(_later(stop.earliest, 1), _later(stop.latest, 1))
        first = PartialDate(first.earliest, min(first.latest, stop.latest))
    known = vocabulary.drugs.get(str(drug.value)) if isinstance(drug, Observation) else None
    dose, lacks = _dose(course)
    has_route = declared.of_role("route") is not None
    unstated = record.fields.get(course.field("route")) is None or not has_route
    last_day = last if isinstance(last, PartialDate) else stop
    open_ = [course.place("drug")] if known is None else []
    open_ += [course.place(role) for role in lacks]
    ends: tuple[Role, ...] = ("begins", "ends")
    for role, day in zip(ends, (start, stop), strict=True):
        if not isinstance(day, Ongoing) and not (isinstance(day, PartialDate) and day.is_exact):
            open_.append(course.place(role))
    return _Member(
        record,
        known.name if known else None,
        dose,
        route.value if isinstance(route, Observation) else ("as usual" if unstated else None),
        first,
        end,
        last_day if isinstance(last_day, PartialDate | Ongoing) else end,
        joins_of(record, declared, known),
        tuple(open_),
    )


def _dose(course: Course) -> tuple[object, tuple[Role, ...]]:
    """What tells one dose from another, and what is missing where nothing does."""
    roles: tuple[Role, ...] = ("steps", "dose", "dose_per_kg")
    for role in roles:
        name = course.roles.get(role)
        item = course.record.fields.get(name) if name else None
        if item is not None and item.text not in ("unknown", "not done"):
            if role == "steps":
                return ("steps", course.record.number), ()
            exact = isinstance(item.value, Interval) and item.value.is_exact
            return (role, item.value if exact or item.value is not None else item.text), ()
    return None, ("dose",) if "dose" in course.roles else ()


class _Parts:
    """Which entries are joined, directly or by others between them."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def root(self, at: int) -> int:
        while self._above[at] != at:
            self._above[at] = self._above[self._above[at]]
            at = self._above[at]
        return at

    def join(self, one: int, two: int) -> None:
        self._above[self.root(one)] = self.root(two)

    def parts(self) -> Mapping[int, list[int]]:
        found: dict[int, list[int]] = {}
        for at in range(len(self._above)):
            found.setdefault(self.root(at), []).append(at)
        return found


def _pairs(members: Sequence[_Member]) -> Iterator[tuple[int, int, Answer]]:
    """The pairs of entries that are one course, or may be."""
    order = sorted(range(len(members)), key=lambda at: members[at].start.earliest)
    reached: list[int] = []
    left = _MOST_PAIRS
    for at in order:
        now = members[at]
        reached = [i for i in reached if members[i].reach(sure=False) >= now.start.earliest]
        for i in reached:
            left -= 1
            if left < 0:  # too many to tell apart: each may be of one course with the one before
                yield i, at, UNKNOWN
                break
            said = at_least(2, (now.is_same(members[i]), now.touches(members[i])))
            if said is not NO:
                yield i, at, said
        reached.append(at)


def _with_dates(
    record: Record,
    declared: RecordEntry,
    own: Sequence[_Member],
    perhaps: Sequence[_Member],
    doubts: tuple[Place, ...],
) -> Record:
    """The entry with the first and last day of its course."""
    if len(perhaps) < 2:
        return record
    fields = dict(record.fields)
    roles = declared.roles
    begins, ends, last = roles["begins"], roles["ends"], roles.get("last")
    several = tuple(sorted(member.record.number for member in own))
    first = PartialDate(
        min(member.start.earliest for member in perhaps),
        min(member.start.latest for member in own),
    )
    told = [m.record.fields[begins].value for m in own if begins in m.record.fields]
    starts = first.latest < date.max and (len(told) == len(own) or first.is_exact)
    if starts:
        fields[begins] = Observation(first, _shown(first, doubts))
    stops = [member.record.fields.get(ends) for member in own]
    if all(stop is not None and stop.value is not None for stop in stops):
        fields[ends] = _latest([member.end for member in own], [m.end for m in perhaps], doubts, -1)
        stated = last is not None and any(last in member.record.fields for member in own)
        if last and stated and not isinstance(fields[ends].value, Ongoing):
            days = [_as_day(member.last) for member in own]
            fields[last] = _latest(days, [_as_day(m.last) for m in perhaps], doubts, 0)
        elif last:
            fields.pop(last, None)
    change = roles.get("last_change")
    changes = [
        item
        for member in own
        if change and (item := member.record.fields.get(change)) and item.value is not None
    ]
    if change and changes:
        fields[change] = max(changes, key=lambda item: item.value.latest)  # type: ignore[union-attr]
    uncertain = len(perhaps) > len(own)
    names = [name for name in (begins, ends, last) if name]
    return replace(
        record,
        fields=fields,
        several=dict.fromkeys(names, several) if len(several) > 1 else {},
        doubts=dict.fromkeys(names, doubts) if uncertain else {},
    )


def _as_day(last: PartialDate | Ongoing) -> PartialDate:
    return PartialDate.day(date.max) if isinstance(last, Ongoing) else last


def _latest(
    own: Iterable[PartialDate], perhaps: Iterable[PartialDate], doubts: tuple[Place, ...], add: int
) -> Observation:
    """The latest of these days, at least of its own, at most of those that may belong to it."""
    listed = list(own)
    earliest = max(day.earliest for day in listed)
    latest = max(day.latest for day in perhaps)
    if earliest == date.max:
        return Observation(ONGOING, "ongoing")
    if latest < date.max:
        latest += timedelta(days=add)
    day = PartialDate(earliest + timedelta(days=add), latest)
    return Observation(day, _shown(day, doubts))


def _shown(day: PartialDate, doubts: tuple[Place, ...]) -> str:
    if day.is_exact or not doubts:
        return str(day)
    return f"{day.earliest} to {'ongoing' if day.latest == date.max else day.latest}"
