"""What follows from an entry of a list: length of a course, last dose, steroid equivalents.

Which field says what is declared by the list, as roles: `begins = "start"` makes "start" the field
of the role `begins`. An entry of a list that declares `begins` and `ends` is a course, both days
included. Day zero of "ongoing" is the date judged. Nothing follows from a date that is not there.
"""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Literal

from cartscreen.dates import PartialDate, Span, shift
from cartscreen.derive import ONE, Gap, converted
from cartscreen.frozen import replace, slotted
from cartscreen.observation import Observation, Ongoing, Record, Value
from cartscreen.place import Fact, Field
from cartscreen.units import Interval

Role = Literal[
    "begins",
    "ends",
    "last",
    "last_change",
    "lasted",
    "drug",
    "dose",
    "dose_per_kg",
    "route",
    "half_life",
    "every",
    "steps",
    "class",
    "form",
    "given",
    "response",
    "together",
]


@slotted
class Equivalent:
    """A drug, or the class alone, with the mg of prednisone that 1 mg of it stands for, if any."""

    label: str
    prednisone: tuple[Fraction, Fraction] | None
    is_steroid: bool = False


@slotted
class Course:
    """One entry of a list, its fields found by their roles.

    A role that the list does not declare is not recorded in any entry; the gap names the role.
    """

    record: Record
    roles: Mapping[Role, str]

    def field(self, role: Role) -> str:
        """The name of the field of this role."""
        return self.roles.get(role, role)

    def place(self, role: Role) -> Field:
        """The field of this role, as a report names it."""
        return self.record.place(self.field(role))

    def stated(self, role: Role) -> Observation | Gap:
        """What the entry says in the field of this role; a Gap that names the field if nothing."""
        return stated(self.record, self.field(role))

    def value(self, role: Role) -> Value | None:
        """What the entry says in the field of this role, if it says something."""
        found = self.record.fields.get(self.field(role))
        return None if found is None else found.value

    def states(self, role: Role) -> bool:
        """Does the entry say something in the field of this role?"""
        return self.value(role) is not None

    def when(self, role: Role) -> PartialDate | Ongoing | Gap:
        """The date in the field of this role."""
        return when(self.record, self.field(role))

    @property
    def is_extra(self) -> bool:
        """Is it taken besides the other entries of its drug?"""
        found = self.record.fields.get(self.roles.get("together", ""))
        return found is not None and found.value is True


@slotted
class FieldCall:
    """What a formula for a field is given.

    name     the field that is derived
    inputs   argument -> the field or fact it is read from
    factors  argument -> what a number of that fact is multiplied by, to be in the formula's unit
    course   the entry
    drug     the drug of the entry, where it is known
    local    is it given where it acts alone, by its route?
    not_before  date of the entry -> the date before which it does not lie
    on       the date judged
    dose     what the entry says of its dose a day, stated or by the body weight
    nearest  (fact, day) -> the results of the fact that may be the nearest to that day
    """

    name: str
    inputs: Mapping[str, str]
    factors: Mapping[str, Fraction]
    course: Course
    drug: Equivalent | None
    local: bool
    not_before: Mapping[str, str]
    on: date
    dose: Callable[[], Observation | Gap]
    nearest: Callable[[str, PartialDate], tuple[Observation | Gap, ...]]


def stated(record: Record, field: str) -> Observation | Gap:
    """What the entry says of the field; a Gap that names the field if it says nothing."""
    found = record.fields.get(field)
    if found is None or found.value is None:
        return Gap("not_recorded", (record.place(field),))
    return found


def when(record: Record, field: str) -> PartialDate | Ongoing | Gap:
    """The date in a field of the entry."""
    found = stated(record, field)
    if isinstance(found, Gap):
        return found
    assert isinstance(found.value, PartialDate | Ongoing)
    return found.value


def course_of(course: Course, on: date) -> Span | Gap:
    """From the first day of the entry to the day after its last; of what goes on beyond the date
    judged, to that date.
    """
    start, stop = course.when("begins"), course.when("ends")
    if isinstance(start, Gap) or isinstance(stop, Gap):
        gaps = [gap for gap in (start, stop) if isinstance(gap, Gap)]
        return Gap("not_recorded", tuple(name for gap in gaps for name in gap.missing))
    assert isinstance(start, PartialDate)
    today = PartialDate.day(on)
    if isinstance(stop, Ongoing):
        return Span(_not_after(start, on), today)
    if stop.earliest > on:
        return Span(_not_after(start, on), today)
    first, last = stop.earliest, min(stop.latest, on)
    end = on if first == on < stop.latest else shift(first, 1, "days")  # it may go on
    return Span(_not_after(start, on), PartialDate(end, shift(last, 1, "days")))


def _not_after(day: PartialDate, on: date) -> PartialDate:
    return PartialDate(min(day.earliest, on), min(day.latest, on))


def last_dose(course: Course) -> PartialDate | Ongoing | Gap:
    """The stated last dose, or the last day; an ongoing course has its last dose yet to come."""
    found = course.value("last") or course.value("ends")
    if found is None:
        return Gap("not_recorded", (course.place("last"),))
    assert isinstance(found, PartialDate | Ongoing)
    return found


def unchanged(course: Course, on: date) -> Span | Gap:
    """Since the stated last change, or else since the first day: an entry is one dose.

    A change that is still to come is none yet: the last one is any day since the first.
    """
    since, begins = course.value("last_change"), course.value("begins")
    if isinstance(since, PartialDate) and since.latest > on and isinstance(begins, PartialDate):
        return Span(_not_after(PartialDate(begins.earliest, since.latest), on), PartialDate.day(on))
    if not isinstance(since, PartialDate):
        since = begins
    if not isinstance(since, PartialDate):
        return Gap("not_recorded", (course.place("last_change"),))
    return Span(_not_after(since, on), PartialDate.day(on))


# The formulas


def course_length(call: FieldCall) -> Observation | Gap:
    """The time from the first day of the entry to the day after its last.

    Units: two dates; a time.
    Domain: an entry whose first day is known, and whose last day is known or is "ongoing"; what
    goes on beyond the date judged has lasted to that date, and what stops on it to its end.
    Monotone: falls with the first day, rises with the last.
    Source: the calendar; both days belong to the course.
    """
    return _span(course_of(call.course, call.on))


def time_since_change(call: FieldCall) -> Observation | Gap:
    """The time since the last change of dose, or else since the first day.

    Where no change is stated it is open whether there was one: any day since the first may be it.

    Units: dates; a time.
    Domain: an entry whose last change or first day is known.
    Monotone: falls with the date of the change.
    Source: the calendar; an entry is one drug at one dose.
    """
    course, found = call.course, unchanged(call.course, call.on)
    changed = course.value("last_change")
    is_known = isinstance(changed, PartialDate) and changed.latest <= call.on
    if isinstance(found, Gap) or is_known:
        return _span(found)
    needed = (course.place("last_change"),)
    return Observation(found, shown_days(found), why_inexact="not_recorded", missing=needed)


def time_since(call: FieldCall) -> Observation | Gap:
    """The time from the date in another field to the date judged.

    Of a date that is not stated, and does not lie before one that is, it is at most the time since
    that: who was diagnosed a year ago has not been free of the disease for longer.

    Units: a date; a time.
    Domain: a date that is stated, and not "ongoing".
    Monotone: falls with the date.
    Source: the calendar.
    """
    record, name = call.course.record, call.inputs["since"]
    since, today = when(record, name), PartialDate.day(call.on)
    if isinstance(since, PartialDate):
        return _span(Span(since, today))
    earliest = when(record, call.not_before[name]) if name in call.not_before else since
    if isinstance(since, Gap) and isinstance(earliest, PartialDate):
        at_most = Span(PartialDate(min(earliest.earliest, call.on), call.on), today)
        text = f"at most {(call.on - at_most.start.earliest).days} days"
        return Observation(at_most, text, why_inexact="not_recorded", missing=since.missing)
    return (
        since
        if isinstance(since, Gap)
        else Gap("not_recorded", (call.course.record.place(call.name),))
    )


def prednisone_equivalent(call: FieldCall) -> Observation | Gap:
    """The daily dose as prednisone; a range where published equivalences differ.

    None for a drug that is no systemic glucocorticoid, by its class or by its stated route.

    Units: dose in mg/day; mg/day.
    Domain: a drug of the vocabulary.
    Monotone: rises with the dose.
    Source: the drug's own, in drugs.toml.
    """
    return _as_prednisone(call, call.dose())


_NOTHING = Observation(Interval.exactly(0), "0 mg/day")


def _as_prednisone(call: FieldCall, dose: Observation | Gap) -> Observation | Gap:
    course, drug = call.course, call.drug
    route = course.stated("route")
    if call.local and isinstance(route, Observation):
        name = drug.label if drug else "the drug"
        return replace(_NOTHING, origin=f"{name}, {route.value}: not systemic")
    if drug is None:
        return Gap("not_recorded", (course.place("drug"),), "the drug is not recognised")
    if drug.prednisone is None and drug.is_steroid:
        place = course.record.place(call.name)
        return Gap("not_recorded", (place,), f"no figure says how much prednisone {drug.label} is")
    if drug.prednisone is None:
        return replace(_NOTHING, origin=f"{drug.label} is no steroid")
    if isinstance(dose, Gap):
        return dose
    assert isinstance(dose.value, Interval)
    low, high = drug.prednisone
    given = dose.value
    as_prednisone = Interval(
        None if given.low is None else given.low * low,
        None if given.high is None else given.high * high,
        given.low_open,
        given.high_open,
    )
    return Observation(
        as_prednisone,
        f"{as_prednisone} mg/day",
        origin=f"{drug.label} {dose.text}, as prednisone",
        inputs=((course.field("dose"), dose),),
    )


def prednisone_equivalent_per_kg(call: FieldCall) -> Observation | Gap:
    """The daily dose as prednisone, per kg: as stated per kg, or over the weight near the start.

    Units: dose in mg/day or mg/kg/day, weight in kg; mg/kg/day.
    Domain: as prednisone_equivalent; a weight that is one number.
    Monotone: rises with the dose, falls with the weight.
    Source: the drug's own, in drugs.toml.
    """
    course = call.course
    stated_per_kg = course.stated("dose_per_kg")
    if isinstance(stated_per_kg, Observation):
        found = _as_prednisone(call, stated_per_kg)
        if isinstance(found, Gap):
            return found
        return replace(found, text=f"{found.value} mg/kg/day")
    return _by_weight(call, "dose", prednisone_equivalent(call))


def dose_by_weight(call: FieldCall) -> Observation | Gap:
    """The dose a day: the dose per kg, times the weight near the start.

    Units: dose in mg/kg/day, weight in kg; mg/day.
    Domain: an entry whose dose per kg is stated; a weight that is one number.
    Monotone: rises with the dose per kg and with the weight.
    Source: definition.
    """
    per_kg = call.course.stated("dose_per_kg")
    if isinstance(per_kg, Gap):
        return Gap("not_recorded", (call.course.record.place(call.name),))
    found = _by_weight(call, "dose_per_kg", per_kg)
    if isinstance(found, Observation):
        return found
    return replace(found, missing=(call.course.record.place(call.name), *found.missing))


def _by_weight(call: FieldCall, role: Role, dose: Observation | Gap) -> Observation | Gap:
    """The dose of the role at the weight near the start, as the other of dose and dose per kg; from
    least to most where the weight may be one of several.
    """
    course = call.course
    start, weight = course.when("begins"), call.inputs["weight"]
    known = isinstance(start, PartialDate)
    days = start if isinstance(start, PartialDate) else PartialDate(date.min, call.on)
    weights = [
        near if isinstance(near, Gap) else converted(near, call.factors.get("weight", ONE))
        for near in call.nearest(weight, days)
    ]
    far = [near for near in weights if isinstance(near, Gap) and near.reason == "too_old"]
    if far and not (known and days.is_exact) and _is_some(dose):
        reason = "imprecise_date" if known else "not_recorded"
        return Gap(reason, (course.place("begins"), *far[0].missing), far[0].note)
    doses = [_at_weight(course, role, dose, near, weight) for near in weights]
    if len(doses) == 1 or any(isinstance(item, Gap) for item in doses):
        return next((item for item in doses if isinstance(item, Gap)), doses[0])
    return replace(
        from_least_to_most([item for item in doses if isinstance(item, Observation)], _UNIT[role]),
        why_inexact="imprecise_date" if known else "not_recorded",
        missing=(course.place("begins"),),
    )


def _span(found: Span | Gap) -> Observation | Gap:
    if isinstance(found, Gap):
        return found
    return Observation(found, shown_days(found), why_inexact="imprecise_date")


def _is_some(dose: Observation | Gap) -> bool:
    return isinstance(dose, Observation) and dose.value != Interval.exactly(0)


_UNIT: Mapping[Role, str] = {"dose": "mg/kg/day", "dose_per_kg": "mg/day"}
"""Of what a dose of the role is at a weight."""


def _at_weight(
    course: Course, role: Role, dose: Observation | Gap, weight: Observation | Gap, fact: str
) -> Observation | Gap:
    """A daily dose over a weight, read from `fact`; or a daily dose per kg times it.

    A dose of 0 is 0 per kg, at any weight.
    """
    is_per_kg = role == "dose_per_kg"
    if not is_per_kg and isinstance(dose, Observation) and not _is_some(dose):
        return replace(dose, text="0 mg/kg/day")
    if isinstance(dose, Gap) or isinstance(weight, Gap):
        gaps = [gap for gap in (dose, weight) if isinstance(gap, Gap)]
        missing = tuple(name for gap in gaps for name in gap.missing)
        return Gap(gaps[0].reason, missing, gaps[0].note)
    assert isinstance(dose.value, Interval) and isinstance(weight.value, Interval)
    if not weight.value.is_exact or weight.value.low is None:
        return Gap("censored", (Fact(fact),))
    kg = Fraction(weight.value.low)
    value = dose.value.times(kg if is_per_kg else 1 / kg)
    return Observation(
        value,
        f"{value} {_UNIT[role]}",
        origin=f"{dose.origin or dose.text}, at {weight.text}",
        inputs=((course.field(role), dose), (fact, weight)),
    )


def from_least_to_most(doses: list[Observation], unit: str) -> Observation:
    """One dose that is any of several, each over another weight, or between them."""
    ranges = [item.value for item in doses if isinstance(item.value, Interval)]
    lows = [each.low for each in ranges if each.low is not None]
    highs = [each.high for each in ranges if each.high is not None]
    value = Interval(
        min(lows, default=None),
        max(highs, default=None),
        ranges[0].low_open,
        ranges[0].high_open,
    )
    origin = " or ".join(item.origin for item in doses)
    return replace(doses[0], value=value, text=f"{value} {unit}", origin=origin)


def shown_days(span: Span) -> str:
    """A span for display, in days."""
    shortest = (span.end.earliest - span.start.latest).days
    longest = (span.end.latest - span.start.earliest).days
    return f"{longest} days" if shortest == longest else f"{max(shortest, 0)} to {longest} days"
