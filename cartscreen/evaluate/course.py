"""Entries of a list that are one course: touching ones of one drug, dose and route.

A refill begins a new entry, and no new course: for every question about time (since when unchanged,
when started, the last dose) such entries are one. Where a dose or a date is missing they may be one
or two; then the first day of the course is that of the one or of the other. Entries for this
disease and for another are no one course, nor is what was given one with what was not.

A route that is not stated is systemic, and agrees with the one that other entries of the drug
state; where they state several, it may be any of them. An entry whose dose changed in steps goes on
in one at its last dose. What is taken besides the other entries of its drug goes on only in what
begins when it has ended: while both run, one is taken besides the other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, reduce
from itertools import accumulate
from math import ceil, inf
from operator import or_
from typing import Any

from cartscreen.answer import NO, UNKNOWN, YES, Answer
from cartscreen.dates import PartialDate, shift
from cartscreen.derive import Gap
from cartscreen.derive.treatment import Course, Role
from cartscreen.evaluate.exposure import Joins
from cartscreen.evaluate.finding import Doubts
from cartscreen.frozen import field, frozen, replace, slotted
from cartscreen.observation import (
    ONGOING,
    Observation,
    Ongoing,
    Record,
    dose_said,
    is_nothing,
    last_change,
)
from cartscreen.place import Place
from cartscreen.units import Interval
from cartscreen.vocabulary import Drug, RecordEntry, Vocabulary

_ONE_DOSE_LEFT_OUT = 2
"""A stated interval joins doses up to itself; up to twice itself, as if one dose had been left out,
it is open whether the course went on. A convention of ours, as for the drugs without a figure."""


def was_given(record: Record, declared: RecordEntry) -> Answer:
    """Was it given at all? A contraindication without a date says that it was not.

    So does a dose of 0; beside a last dose, or that it was given, it leaves that open.
    """
    course = Course(record, declared.roles)
    if is_nothing(_stated_doses(record, declared)):
        said_so = declared.of_role("given") and course.value("given") is True
        return UNKNOWN if said_so or course.states("last") else NO
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


def _stated_doses(record: Record, declared: RecordEntry) -> dict[str, Observation]:
    return {name: record.fields[name] for name in declared.doses if name in record.fields}


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


_FEW_PLACES = 30  # so many are listed anew for each finding; more are shared

_DOSES: tuple[Role, ...] = ("dose", "dose_per_kg")

_Dose = tuple[Role, object]
"""What tells one dose from another: the role of the field, and its value or text.

An entry whose dose changed goes on with no other: its first dose is ("steps", its number).
"""


@slotted
class _Member:
    """An entry, with what decides of which course it is part.

    dose     the first; last_dose the last of several, which was given since the day `settled`
    purpose  what it was given for, and that it was: what it says, or leaves out, in each field in
             which leaving out has a meaning
    extra    is it taken besides the other entries of its drug?

    Of drug, doses, route and purpose None is what may be any.
    """

    record: Record
    drug: object
    dose: _Dose | None
    last_dose: _Dose | None
    settled: PartialDate
    route: object
    purpose: object
    extra: bool
    start: PartialDate
    end: PartialDate  # the day after the last
    last: PartialDate | Ongoing
    joins: Joins | None
    open: tuple[Place, ...] = field(default=(), compare=False)

    def reach(self, *, sure: bool) -> date:
        """The first day on which another entry no longer touches this one."""
        end = self.end.earliest if sure else self.end.latest
        days = 0 if self.joins is None else self.joins.usual if sure else self.joins.longest
        return shift(end, max(days - 1, 0), "days")


def joined(
    records: Sequence[Record], declared: RecordEntry, vocabulary: Vocabulary
) -> tuple[Record, ...]:
    """The entries of a list, each with the dates of the course that it is part of."""
    if not declared.tells_of_drugs:
        return tuple(records)
    members = [
        _member(record, declared, vocabulary)
        for record in records
        if was_given(record, declared) is not NO
    ]
    if len(members) < 2:
        return tuple(records)
    members.sort(key=lambda member: member.start.earliest)
    route = declared.of_role("route")
    touching = _Touching(members, route.local if route else ())
    changed: dict[int, Record] = {}
    for part in _parts(touching.all, touching.may_be_one):
        perhaps = [members[at] for at in _each(part)]
        if len(perhaps) > 1:
            whole = _Whole(
                perhaps,
                perhaps[0].start.earliest,
                max(member.end.latest for member in perhaps),
                max(_as_day(member.last).latest for member in perhaps),
                _doubts(part, touching, declared),
            )
            for own in _parts(part, touching.is_one):
                changed |= _with_dates([members[at] for at in _each(own)], whole, declared)
    return tuple(changed.get(record.number, record) for record in records)


@frozen
class _Whole:
    """Entries that may be one course: from its earliest first day to the day after its latest last.

    last    the latest day of its last dose
    doubts  what would settle which of the entries it is
    """

    members: Sequence[_Member]
    first: date
    end: date
    last: date
    doubts: tuple[Place, ...]


def _doubts(part: int, touching: "_Touching", declared: RecordEntry) -> tuple[Place, ...]:
    """What would settle which entries are one course, of a set of entries that may be one.

    Where A may go on into B and B into C, the last day of A's course is open by what is open in C.
    """
    members, name = touching.members, declared.roles.get("every")
    stated = _set(at for at in _each(part) if not members[at].open) if name else 0
    stated &= ~touching.may_be_by_any
    found, intervals = _Listed(), _Listed()
    for at in _each(part):
        before = touching.may_be_one(at) & ~touching.is_one(at) & ((1 << at) - 1)
        found.add(before, at)
        if stated >> at & 1:
            intervals.add(before & stated, at, key=lambda one: members[one].record.number)
    places = [place for at in found.listed for place in members[at].open]
    if route := declared.roles.get("route"):
        open_routes = (at for at in found.listed if touching.may_be_by_any >> at & 1)
        places += [members[at].record.place(route) for at in open_routes]
    places += [members[at].record.place(name) for at in intervals.listed if name]
    each = dict.fromkeys(places)
    return Doubts(each) if len(each) > _FEW_PLACES else tuple(each)


class _Listed:
    """The entries of pairs, one pair after another, each entry once."""

    def __init__(self) -> None:
        self.listed: list[int] = []
        self._seen = 0

    def add(self, ones: int, other: int, key: Callable[[int], int] | None = None) -> None:
        """The pairs of each of these with the other; `key` tells which of a pair stands first."""
        if not ones:
            return
        first = [next(_each(ones)), other]
        for at in (*(sorted(first, key=key) if key else first), *_each(ones & ~self._seen)):
            if not self._seen >> at & 1:
                self._seen |= 1 << at
                self.listed.append(at)


def _member(record: Record, declared: RecordEntry, vocabulary: Vocabulary) -> _Member:
    course = Course(record, declared.roles)
    drug, route = course.stated("drug"), course.stated("route")
    start, stop, last = course.when("begins"), course.when("ends"), course.when("last")
    first = start if isinstance(start, PartialDate) else PartialDate(date.min, date.max)
    end = PartialDate(first.earliest, date.max)
    if isinstance(stop, Ongoing):
        end = PartialDate.day(date.max)
    elif isinstance(stop, PartialDate):
        end = PartialDate(shift(stop.earliest, 1, "days"), shift(stop.latest, 1, "days"))
        first = PartialDate(first.earliest, min(first.latest, stop.latest))
    known = vocabulary.drugs.get(str(drug.value)) if isinstance(drug, Observation) else None
    dose, last_dose, settled, lacks = _doses(course)
    has_route = declared.of_role("route") is not None
    unstated = record.fields.get(course.field("route")) is None or not has_route
    last_day = last if isinstance(last, PartialDate) else stop
    open_ = [course.place("drug")] if known is None else []
    open_ += [course.place(role) for role in lacks]
    purpose, doubtful = _purpose(record, declared)
    open_ += [record.place(name) for name in doubtful]
    ends: tuple[Role, ...] = ("begins", "ends")
    for role, day in zip(ends, (start, stop), strict=True):
        if not isinstance(day, Ongoing) and not (isinstance(day, PartialDate) and day.is_exact):
            open_.append(course.place(role))
    return _Member(
        record,
        known.name if known else None,
        dose,
        last_dose,
        settled,
        route.value if isinstance(route, Observation) else (_UNSTATED if unstated else None),
        None if doubtful else purpose,
        course.is_extra,
        first,
        end,
        last_day if isinstance(last_day, PartialDate | Ongoing) else end,
        joins_of(record, declared, known),
        tuple(open_),
    )


def _purpose(record: Record, declared: RecordEntry) -> tuple[tuple[object, ...], list[str]]:
    """What the entry says in the fields that have a default, and those that it leaves open."""
    said = {
        name: record.fields[name].value if name in record.fields else entry.default
        for name, entry in declared.fields.items()
        if entry.default is not None
    }
    return tuple(said.values()), [name for name, value in said.items() if value is None]


_UNSTATED = "as usual"
_ALWAYS = PartialDate.day(date.min)


def _doses(
    course: Course,
) -> tuple[_Dose | None, _Dose | None, PartialDate, tuple[Role, ...]]:
    """The first dose, the last, since when that; and what is missing where nothing is said."""
    steps = course.value("steps")
    if isinstance(steps, tuple):
        names = [course.field(role) for role in _DOSES]
        last, since = _dose(course, steps[-1].fields), last_change(steps, names)
        lacks: tuple[Role, ...] = () if last else ("steps",)
        if since is None:
            return last, last, _ALWAYS, lacks
        return ("steps", course.record.number), last, since, lacks
    dose = _dose(course, course.record.fields)
    return dose, dose, _ALWAYS, () if dose or "dose" not in course.roles else ("dose",)


def _dose(course: Course, fields: Mapping[str, Observation]) -> _Dose | None:
    """What tells a dose from another."""
    for role in _DOSES:
        said = dose_said(fields.get(course.roles.get(role, "")))
        if said is not None:
            return role, said
    return None


def denied(
    records: Sequence[Record], declared: RecordEntry, vocabulary: Vocabulary
) -> dict[int, dict[str, Gap]]:
    """Where a dose of 0 stands on days on which another entry says that the drug was given.

    Of that other entry it is not known when it stopped; if it has no day before the dose of 0, not
    when it began either, nor its dose. A stop and a start on one day are a change of dose.
    """
    begins, ends = declared.roles.get("begins"), declared.roles.get("ends")
    zeros = [record for record in records if is_nothing(_stated_doses(record, declared))]
    if not zeros or begins is None or ends is None:
        return {}
    members = [_member(record, declared, vocabulary) for record in records]
    none = [member for member in members if member.record in zeros]
    found: dict[int, dict[str, Gap]] = {}
    for member in members:
        own = member.record
        if member in none or was_given(own, declared) is not YES or member.extra:
            continue
        for zero in none:
            if not _is_denied(member, zero):
                continue
            places = (own.place(ends), zero.record.place(next(iter(declared.doses))))
            why = "a dose of 0 stands on days on which another entry says that it was given"
            doubted = [ends]
            if zero.start.latest <= member.start.earliest:
                doubted += [begins, *_stated_doses(own, declared)]
            fields = found.setdefault(own.number, {})
            for name in doubted:
                fields.setdefault(name, Gap("conflict", places, why))
    return found


def _is_denied(member: _Member, zero: _Member) -> bool:
    """Do they surely run on one day, of one drug and purpose, and by no other route?"""
    same = member.drug is not None and member.drug == zero.drug and member.purpose == zero.purpose
    routes = {member.route, zero.route} - {_UNSTATED}
    if not same or None in (member.purpose, *routes) or len(routes) > 1:
        return False
    begun = max(member.start.latest, zero.start.latest)
    over = min(member.end.earliest, zero.end.earliest)
    one_day = shift(begun, 1, "days")
    follows = any(
        each.start.latest < begun and each.end.earliest == one_day for each in (member, zero)
    )
    return begun < over and not follows


# Sets of entries, as numbers: a bit for each entry, in the order of their first days. A thousand
# entries without dates make half a million pairs; a set takes all the pairs of one entry at once.


def _set(entries: Iterable[int]) -> int:
    found = 0
    for at in entries:
        found |= 1 << at
    return found


def _each(entries: int) -> Iterator[int]:
    """The entries of a set, in order."""
    while entries:
        lowest = entries & -entries
        yield lowest.bit_length() - 1
        entries ^= lowest


def _parts(entries: int, joined_to: Callable[[int], int]) -> Iterator[int]:
    """The entries of a set, parted: those that are joined, directly or by others between them."""
    while entries:
        part = ahead = entries & -entries
        while ahead:
            more = joined_to((ahead & -ahead).bit_length() - 1) & entries & ~part
            ahead = ahead & (ahead - 1) | more
            part |= more
        entries &= ~part
        yield part


def _equal(values: Iterable[tuple[int, Any]]) -> dict[Any, int]:
    """The entries of each value."""
    found: dict[Any, int] = {}
    for at, value in values:
        found[value] = found.get(value, 0) | 1 << at
    return found


class _Marked:
    """Entries by a mark of each, a day say: those up to a mark, and those below it."""

    def __init__(self, marks: Iterable[tuple[int, Any]]) -> None:
        found = _equal(marks)
        self._marks = sorted(found)
        self._upto: list[int] = [0, *accumulate((found[mark] for mark in self._marks), or_)]

    def upto(self, mark: Any) -> int:
        return self._upto[bisect_right(self._marks, mark)]

    def below(self, mark: Any) -> int:
        return self._upto[bisect_left(self._marks, mark)]


class _Touching:
    """Which entries are one course: they touch, and are of one drug, dose, route and purpose.

    members  in the order of their first days
    local    the routes that are not systemic
    """

    def __init__(self, members: Sequence[_Member], local: Iterable[str]) -> None:
        self.members = members
        self.all = (1 << len(members)) - 1
        self._local = frozenset(local)
        self._drugs = _equal(enumerate(member.drug for member in members))
        self._routes = _equal(enumerate(member.route for member in members))
        self._purposes = _equal(enumerate(member.purpose for member in members))
        self._first_doses = _Doses([member.dose for member in members])
        self._last_doses = _Doses([member.last_dose for member in members])
        self._alike = cache(self._found_alike)
        self._starts = _Marked(enumerate(member.start.earliest for member in members))
        self._reach = _Marked(enumerate(member.reach(sure=False) for member in members))
        ends = [(member.start.latest, member.end.latest, -at) for at, member in enumerate(members)]
        self._ends = ends
        self._order = _Marked(enumerate(ends))
        self._sure_starts = _Marked(enumerate(member.start.latest for member in members))
        self._sure_ends = _Marked(enumerate(member.end.earliest for member in members))
        self._sure_reach = _Marked(enumerate(member.reach(sure=True) for member in members))
        self._latest_ends = _Marked(enumerate(member.end.latest for member in members))
        self._settled = _Marked(enumerate(member.settled.earliest for member in members))
        self._sure_settled = _Marked(enumerate(member.settled.latest for member in members))
        self._extra = _set(at for at, member in enumerate(members) if member.extra)
        self.may_be_by_any = self._of_several_routes()

    def may_be_one(self, at: int) -> int:
        """The others that may be of one course with the entry: each begins where the other reaches.

        What is not recorded may be the same, and "<20 mg/day" may be 10 mg/day.
        """
        own = self.members[at]
        alike = self._alike(own.drug, own.route, own.purpose)[1] & ~(1 << at)
        near = self._starts.upto(own.reach(sure=False)) & ~self._reach.below(own.start.earliest)
        first = self._starts.upto(own.start.latest) & self._last_doses.like(own.dose)
        first &= self._settled.upto(own.start.latest)
        then = ~self._sure_starts.below(own.start.earliest) & self._first_doses.like(own.last_dose)
        then &= ~self._sure_starts.below(own.settled.earliest)
        if self._extra:
            first &= self._besides(own) | self._sure_ends.upto(shift(own.start.latest, 1, "days"))
            ended = shift(own.end.earliest, -1, "days")
            then &= self._besides(own) | ~self._sure_starts.below(ended)
        return near & alike & (first | then)

    def is_one(self, at: int) -> int:
        """The others that surely are: whatever days their dates are.

        Of two, the one that begins first reaches the other, and begins before the other is over.
        """
        own = self.members[at]
        same = self._alike(own.drug, own.route, own.purpose)[0]
        if not same & ~(1 << at):
            return 0
        begins, reach = own.start.latest, own.reach(sure=True)
        first = self._order.below(self._ends[at]) & self._last_doses.same(own.dose)
        first &= self._sure_starts.upto(own.end.earliest) & ~self._sure_reach.below(begins)
        first &= self._sure_settled.upto(own.start.earliest)
        then = self.all & ~self._order.upto(self._ends[at])
        then &= self._first_doses.same(own.last_dose)
        then &= self._sure_starts.upto(reach) & ~self._sure_ends.below(begins)
        then &= ~self._starts.below(own.settled.latest)
        if self._extra:
            first &= self._besides(own) | self._latest_ends.upto(
                shift(own.start.earliest, 1, "days")
            )
            ended = shift(own.end.latest, -1, "days")
            then &= self._besides(own) | ~self._starts.below(ended)
        return (first | then) & same

    def _besides(self, own: _Member) -> int:
        """The others that may run at the same time as this one and be one course with it."""
        return 0 if own.extra else self.all & ~self._extra

    def _found_alike(self, drug: object, route: object, purpose: object) -> tuple[int, int]:
        """Those of the same drug, route and purpose: surely, and those that may be."""
        sure = perhaps = self.all
        kinds = (self._drugs, drug), (self._purposes, purpose)
        for sets, value in kinds:
            sure &= sets[value]
            if value is not None:
                perhaps &= sets[value] | sets.get(None, 0)
        agree = self._agree(route)
        sure &= agree if not self.may_be_by_any & self._drugs[drug] else self._routes[route]
        if route is not None:
            perhaps &= agree | self._routes.get(None, 0)
        return 0 if None in (drug, route, purpose) else sure, perhaps

    def _agree(self, route: object) -> int:
        """Those of the same route; one that is not stated agrees with each that is systemic."""
        if route is None or route in self._local:
            return self._routes[route]
        if route == _UNSTATED:
            return reduce(or_, self._systemic, self._routes[route])
        return self._routes[route] | self._routes.get(_UNSTATED, 0)

    @property
    def _systemic(self) -> list[int]:
        """The entries of each systemic route that is stated."""
        apart = {None, _UNSTATED, *self._local}
        return [entries for route, entries in self._routes.items() if route not in apart]

    def _of_several_routes(self) -> int:
        """The entries without a route, of drugs whose entries state several that are systemic."""
        unstated, systemic = self._routes.get(_UNSTATED, 0), self._systemic
        if not unstated or len(systemic) < 2:
            return 0
        several = [
            of_drug
            for of_drug in self._drugs.values()
            if sum(bool(entries & of_drug) for entries in systemic) > 1
        ]
        return reduce(or_, several, 0) & unstated


class _Doses:
    """A dose of each entry: those at the same dose as another, and those that may be."""

    def __init__(self, doses: Sequence[_Dose | None]) -> None:
        self.all = (1 << len(doses)) - 1
        self._doses = _equal(enumerate(doses))
        self._roles = {role: _DosesOfRole(doses, role) for role in _DOSES}
        self.like = cache(self._like)

    def same(self, dose: _Dose | None) -> int:
        return 0 if dose is None else self._doses.get(dose, 0)

    def _like(self, dose: _Dose | None) -> int:
        """Those that may be at this dose: a dose and a dose per kg may, and what is not known."""
        if dose is None:
            return self.all
        role, value = dose
        found = self._doses.get(dose, 0) | self._doses.get(None, 0)
        for other, doses in self._roles.items():
            if role in self._roles:
                found |= doses.like(value) if other == role else doses.all
        return found


class _DosesOfRole:
    """The doses of one role: those with a number, and those in words."""

    def __init__(self, doses: Sequence[_Dose | None], role: Role) -> None:
        stated = [(at, dose[1]) for at, dose in enumerate(doses) if dose and dose[0] == role]
        numbers = [(at, value) for at, value in stated if isinstance(value, Interval)]
        self.all = _set(at for at, _ in stated)
        self._numbers = _set(at for at, _ in numbers)
        self._low = _Marked((at, -inf if one.low is None else one.low) for at, one in numbers)
        self._high = _Marked((at, inf if one.high is None else one.high) for at, one in numbers)

    def like(self, value: object) -> int:
        """Those that may be as much as a number; words may be any number."""
        if not isinstance(value, Interval):
            return self._numbers
        low = -inf if value.low is None else value.low
        high = inf if value.high is None else value.high
        return (self.all & ~self._numbers) | (self._low.upto(high) & ~self._high.below(low))


def _with_dates(
    members: Iterable[_Member], whole: _Whole, declared: RecordEntry
) -> dict[int, Record]:
    """The entries of a course, by number, with its first and last day.

    whole  what may belong to it, these entries among it
    """
    roles, doubts = declared.roles, whole.doubts
    begins, ends, last = roles["begins"], roles["ends"], roles.get("last")
    own = sorted(members, key=lambda member: member.record.number)
    said: dict[str, Observation | None] = {}
    first = PartialDate(whole.first, min(member.start.latest for member in own))
    told = [m.record.fields[begins].value for m in own if begins in m.record.fields]
    starts = first.latest < date.max and (len(told) == len(own) or first.is_exact)
    if starts:
        said[begins] = Observation(first, _shown(first, doubts))
    stops = [member.record.fields.get(ends) for member in own]
    if all(stop is not None and stop.value is not None for stop in stops):
        said[ends] = _latest([member.end for member in own], whole.end, doubts, -1)
        stated = last is not None and any(last in member.record.fields for member in own)
        if last and stated:
            said[last] = _latest([_as_day(m.last) for m in own], whole.last, doubts, 0)
        elif last:
            said[last] = None
    change = roles.get("last_change")
    changes = [
        item
        for member in own
        if change and (item := member.record.fields.get(change)) and item.value is not None
    ]
    if change and changes:
        said[change] = max(changes, key=lambda item: item.value.latest)  # type: ignore[union-attr]
    numbers = tuple(member.record.number for member in own)
    names = [name for name in (begins, ends, last) if name]
    several = dict.fromkeys(names, numbers) if len(own) > 1 else {}
    uncertain = dict.fromkeys(names, doubts) if len(whole.members) > len(own) else {}
    return {
        member.record.number: replace(
            member.record,
            fields={
                name: item
                for name, item in {**member.record.fields, **said}.items()
                if item is not None
            },
            several=several,
            doubts=uncertain,
        )
        for member in own
    }


def _as_day(last: PartialDate | Ongoing) -> PartialDate:
    return PartialDate.day(date.max) if isinstance(last, Ongoing) else last


def _latest(
    own: Iterable[PartialDate], latest: date, doubts: tuple[Place, ...], add: int
) -> Observation:
    """The latest of these days, at least of its own, at most of those that may belong to it."""
    earliest = max(day.earliest for day in own)
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
