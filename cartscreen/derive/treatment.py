"""What follows from a course of treatment: length, last dose, steroid equivalents.

An entry of the list is one drug at one dose, from `start` to `stop`, both days included. Day zero
of "ongoing" is the date judged. Nothing is derived from a date that is not there.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

from cartscreen.dates import PartialDate, Span, shift
from cartscreen.derive import Gap
from cartscreen.place import Fact
from cartscreen.profile import Observation, Ongoing, Record
from cartscreen.units import Interval
from cartscreen.vocabulary import Drug

LOCAL_ROUTES = ("topical", "inhaled", "intra-articular")


def stated(record: Record, field: str) -> Observation | Gap:
    """What the entry says of the field; a Gap that names the field if it says nothing."""
    found = record.fields.get(field)
    return (
        Gap("not_recorded", (record.place(field),))
        if found is None or found.value is None
        else found
    )


def when(record: Record, field: str) -> PartialDate | Ongoing | Gap:
    """The date in a field of the entry."""
    found = stated(record, field)
    if isinstance(found, Gap):
        return found
    assert isinstance(found.value, PartialDate | Ongoing)
    return found.value


def course(record: Record, on: date) -> Span | Gap:
    """From the first day of the entry to the day after its last; not beyond the date judged."""
    start, stop = when(record, "start"), when(record, "stop")
    if isinstance(start, Gap) or isinstance(stop, Gap):
        gaps = [gap for gap in (start, stop) if isinstance(gap, Gap)]
        return Gap("not_recorded", tuple(name for gap in gaps for name in gap.missing))
    assert isinstance(start, PartialDate)
    today = PartialDate.day(on)
    if isinstance(stop, Ongoing):
        return Span(_not_after(start, on), today)
    after = PartialDate(shift(stop.earliest, 1, "days"), shift(stop.latest, 1, "days"))
    return Span(_not_after(start, on), _not_after(after, on))


def vague_dates(record: Record) -> list[str]:
    """Which of start and stop are known only in part."""
    dates = [(field, when(record, field)) for field in ("start", "stop")]
    return [field for field, day in dates if isinstance(day, PartialDate) and not day.is_exact]


def _not_after(day: PartialDate, on: date) -> PartialDate:
    return PartialDate(min(day.earliest, on), min(day.latest, on))


def last_dose(record: Record) -> PartialDate | Ongoing | Gap:
    """The stated last dose, or the last day; an ongoing course has its last dose yet to come."""
    found = when(record, "last_dose")
    if isinstance(found, Gap):
        found = when(record, "stop")
    return Gap("not_recorded", (record.place("last_dose"),)) if isinstance(found, Gap) else found


def unchanged(record: Record, on: date) -> Span | Gap:
    """Since the stated last change, or else since the start: an entry is one drug at one dose."""
    since = when(record, "last_change")
    if not isinstance(since, PartialDate):
        since = when(record, "start")
    if not isinstance(since, PartialDate):
        return Gap("not_recorded", (record.place("last_change"),))
    return Span(_not_after(since, on), PartialDate.day(on))


def prednisone_equivalent(record: Record, drug: Drug | None) -> Observation | Gap:
    """The daily dose as prednisone; a range where published equivalences differ.

    None for a drug that is no systemic glucocorticoid, by its class or by its stated route.
    """
    dose, route = stated(record, "dose"), stated(record, "route")
    nothing = Observation(Interval.exactly(0), "0 mg/day")
    if isinstance(route, Observation) and route.value in LOCAL_ROUTES:
        name = drug.label if drug else "the drug"
        return replace(nothing, origin=f"{name}, {route.value}: not systemic")
    if drug is None:
        return Gap("not_recorded", (record.place("drug"),), "the drug is not recognised")
    if drug.prednisone_equivalent is None:
        return replace(nothing, origin=f"{drug.label} is no steroid")
    if isinstance(dose, Gap):
        return dose
    assert isinstance(dose.value, Interval)
    low, high = drug.prednisone_equivalent
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
        inputs=(("dose", dose),),
    )


def per_kg(dose: Observation | Gap, weight: Observation | Gap) -> Observation | Gap:
    """A daily dose over the body weight; no dose is none, whatever the weight."""
    if isinstance(dose, Observation) and dose.value == Interval.exactly(0):
        return replace(dose, text="0 mg/kg/day")
    if isinstance(dose, Gap) or isinstance(weight, Gap):
        gaps = [gap for gap in (dose, weight) if isinstance(gap, Gap)]
        missing = tuple(name for gap in gaps for name in gap.missing)
        return Gap(gaps[0].reason, missing, gaps[0].note)
    assert isinstance(dose.value, Interval) and isinstance(weight.value, Interval)
    if not weight.value.is_exact or weight.value.low is None:
        return Gap("censored", (Fact("person.weight"),))
    value = dose.value.times(1 / Fraction(weight.value.low))
    return Observation(
        value,
        f"{value} mg/kg/day",
        origin=f"{dose.origin or dose.text}, at {weight.text}",
        inputs=(("dose", dose), ("person.weight", weight)),
    )


def from_least_to_most(doses: list[Observation]) -> Observation:
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
    return replace(doses[0], value=value, text=f"{value} mg/kg/day", origin=origin)


def runs(courses: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Courses (first day, day after the last) that touch or overlap, merged."""
    merged: list[tuple[date, date]] = []
    for start, end in sorted(course for course in courses if course[0] < course[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def shown_days(span: Span) -> str:
    """A span for display, in days."""
    shortest = (span.end.earliest - span.start.latest).days
    longest = (span.end.latest - span.start.earliest).days
    return f"{longest} days" if shortest == longest else f"{max(shortest, 0)} to {longest} days"
