"""What is known of one fact or one field: a value with its text, date, limits and origin.

Profiles are made of these, and so is what follows from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from cartscreen.dates import PartialDate, Span
from cartscreen.place import Field, Place
from cartscreen.units import Interval


class Ongoing:
    """The value of a date that has not come yet: still going on."""

    def __str__(self) -> str:
        return "ongoing"


ONGOING = Ongoing()


@dataclass(frozen=True)
class OneOf:
    """Which of these words a finding is, is open: a number without its limit, "<20 IU/mL" say."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return " or ".join(self.words)


Value = Interval | PartialDate | Ongoing | Span | OneOf | str | bool
"""A quantity, a date, a time that is derived, a word or drug or free text, yes or no."""


@dataclass(frozen=True)
class Observation:
    """One recorded value of a fact, or of a field of a record.

    value        None when the profile says "unknown" or "not done", or the drug is not recognised
    text         the value as the profile wrote it
    date         when it was observed; None when not stated
    upper        the result's own upper limit of normal, in the fact's unit; `lower` likewise
    limits       the two as the profile wrote them
    unit         where it is not the fact's: ULN or LLN for a multiple of that limit; that of a time
    why_inexact  why a value is a range and not one number (a reason code), and `missing`, what
                 would settle it
    origin       the derivation in words, for a derived value
    inputs       the observations a derived value was made from, by fact
    dated_by     the facts among these whose dates make the date of a derived value
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


@dataclass(frozen=True)
class Record:
    """One entry of a record list: `number` counts from 1, as a person would.

    source   where the entry stands in the chart, and `note`, a remark, as the profile has them
    """

    list: str
    number: int
    fields: Mapping[str, Observation]
    source: str = ""
    note: str = ""

    def place(self, field: str = "") -> Field:
        """A field of this entry; without one, the entry."""
        return Field(self.list, (self.number,), field)
