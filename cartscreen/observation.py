"""A value of one fact or one field, with its text, date, limits and origin; and an entry of a list.

A profile is made of these, and derived values are such, too.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from cartscreen.dates import PartialDate, Span
from cartscreen.frozen import EMPTY, field, slotted
from cartscreen.place import Field, Place
from cartscreen.units import Interval


class Ongoing:
    """The value of a date that has not come yet: still going on."""

    def __str__(self) -> str:
        return "ongoing"


ONGOING = Ongoing()

A_RATE = "a rate"
"""The origin of how often a dose is given that is a rate, "140 mg/week": that may be each day."""


@slotted
class OneOf:
    """Which of these words a finding is, is open: a number without its limit, "<20 IU/mL" say."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return " or ".join(self.words)


@slotted
class Step:
    """From a day on, a dose that took the place of the one before: the fields that say it."""

    since: PartialDate
    fields: Mapping[str, "Observation"]


Value = Interval | PartialDate | Ongoing | Span | OneOf | str | bool | tuple[Step, ...]
"""A quantity, a date, a time that is derived, a word or drug or free text, yes or no, doses."""


@slotted
class Observation:
    """One value, recorded or derived, of a fact or of a field of an entry.

    value        None when the profile says "unknown" or "not done", or the drug is not recognised
    text         the value as the profile wrote it
    date         when it was observed; None when not stated
    upper        the result's own upper limit of normal, in the fact's unit; `lower` likewise
    limits       the two as the profile wrote them
    unit         only where it is not the fact's: ULN or LLN for a multiple of that limit of normal;
                 for a time, its unit
    why_inexact  why a value is a range and not one number (a reason code), and `missing`, what
                 would settle it
    origin       the derivation in words, for a derived value
    inputs       the observations a derived value was made from, by fact
    dated_by     the facts among these whose dates make the date of a derived value
    since        the date of the oldest changing input of a derived value; `date`, of the newest
    until        the last day on which every changing input of a derived value speaks
    grown        the days since a time was stated, at least and at most, by which it is longer
    source       where it stands in the chart, and `note`, a remark, as the profile has them
    """

    value: Value | None
    text: str
    date: PartialDate | None = None
    upper: Fraction | None = None
    lower: Fraction | None = None
    limits: str = ""
    unit: str = ""
    preliminary: bool = False
    why_inexact: str = "censored"
    missing: tuple[Place, ...] = ()
    origin: str = ""
    inputs: tuple[tuple[str, "Observation"], ...] = ()
    dated_by: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    since: PartialDate | None = None
    until: PartialDate | None = None
    grown: tuple[int, int] = (0, 0)


@slotted
class Record:
    """One entry of a list: `number` counts from 1, as a person would.

    several  field -> the numbers of the entries that make up the course of which it says something
    doubts   field -> what would settle which entries these are, where that is open
    source   where the entry stands in the chart, and `note`, a remark, as the profile has them
    """

    list: str
    number: int
    fields: Mapping[str, Observation]
    source: str = ""
    note: str = ""
    several: Mapping[str, tuple[int, ...]] = field(default=EMPTY, compare=False)
    doubts: Mapping[str, tuple[Place, ...]] = field(default=EMPTY, compare=False)

    def place(self, name: str = "") -> Field:
        """A field of this entry; without one, the entry."""
        return Field(self.list, self.several.get(name, (self.number,)), name)


def dose_said(dose: Observation | None) -> object:
    """What tells one dose from another: its number, or its words; None where nothing is said."""
    if dose is None or dose.text in ("unknown", "not done"):
        return None
    return dose.text if dose.value is None else dose.value


def last_change(steps: Sequence[Step], names: Collection[str]) -> PartialDate | None:
    """The day of the last of these steps that changed the dose, if any but the first did.

    A step at the dose of the one before, a refill say, is no change. `names` are those of doses.
    """
    doses = [
        {name: said for name in names if (said := dose_said(step.fields.get(name))) is not None}
        for step in steps
    ]
    changed = [
        step.since
        for step, before, dose in zip(steps[1:], doses, doses[1:], strict=False)
        if not dose or dose != before
    ]
    return changed[-1] if changed else None


def is_nothing(doses: Mapping[str, Observation]) -> bool:
    """Do these doses, of an entry or of a step, say that nothing was given: 0 mg/day?"""
    return bool(doses) and all(dose.value == _NOTHING for dose in doses.values())


_NOTHING = Interval.exactly(0)
