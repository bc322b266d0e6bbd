"""A dose as people write it: an amount, and how often it is given.

    dose    = amount ["/kg" | "/m2"] [often]
    amount  = number ["-" number] ("g" | "mg" | "mcg" | "ug")
    often   = "daily" | "bid" | "q8h" | "every other day" | "weekly" | "q4w" | "every 6 months"
            | "once" ...

A dose a day is the average over the interval: 10 mg every other day are 5 mg a day, 10 mg twice
daily are 20. A month has 28 to 31 days, so that what is given by the month is a range a day. What
is given once is the amount itself, on its day. What is not understood is refused, never dropped.
"""

import re
from fractions import Fraction
from typing import Literal

from cartscreen.errors import Problem
from cartscreen.frozen import frozen
from cartscreen.pattern import pattern
from cartscreen.text import shown
from cartscreen.units import Interval

Per = Literal["", "kg", "m2"]


@frozen
class Often:
    """So many times in an interval of so many days; a month has 28 to 31."""

    times: Fraction
    shortest: Fraction
    longest: Fraction

    @property
    def days_between(self) -> tuple[Fraction, Fraction]:
        """The shortest and the longest time from one dose to the next, in days."""
        return self.shortest / self.times, self.longest / self.times


@frozen
class Dose:
    """A dose as it was written.

    amount   of one dose, in mg, mg/kg or mg/m2
    per      what it is measured by: nothing, the body weight or the body surface
    often    how often it is given; None for a single dose
    """

    amount: Interval
    per: Per
    often: Often | None

    @property
    def daily(self) -> Interval:
        """The average a day, in mg, mg/kg or mg/m2; a single dose is that of its one day."""
        if self.often is None:
            return self.amount
        shortest, longest = self.often.days_between
        low, high = self.amount.low, self.amount.high
        return Interval(
            None if low is None else low / longest,
            None if high is None else high / shortest,
            self.amount.low_open,
            self.amount.high_open,
        )


def parse_dose(text: str) -> Dose:
    """The dose in a text: "60 mg/day", "10 mg bid", "500 mg/m2 q4w", "1 g every 6 months".

    Raises Problem for an amount that is no mass, for an amount that does not say how often it is
    given, and for words that are not understood.
    """
    written = " ".join(text.translate(_FULL_WIDTH).split())
    match = _DOSE.fullmatch(written)
    if match is None:
        raise Problem(f"{shown(text)} is not a dose; {_FORM}.")
    often = _often(match["often"].strip(), text)
    factor = _MILLIGRAMS[match["mass"].casefold()]
    low = Fraction(match["low"]) * factor
    high = Fraction(match["high"] or match["low"]) * factor
    if high < low:
        raise Problem(f"{shown(text)} has the larger number first; write the smaller one first.")
    per: Per = "" if match["per"] is None else "kg" if match["per"].casefold() == "kg" else "m2"
    return Dose(Interval(low, high), per, often)


def parse_often(text: str) -> Often:
    """How often a dose is given: "q4w", "every 6 months", "monthly", or the time, "4 weeks".

    Raises Problem for what says no interval.
    """
    said = " ".join(text.translate(_FULL_WIDTH).split())
    if re.fullmatch(r"\d{1,3} ?[a-z]+", said, re.IGNORECASE):
        said = f"every {said}"
    try:
        often = _often(said, text)
    except Problem:
        often = None
    if often is None:
        raise Problem(
            f'{shown(text)} does not say how often; write "4 weeks", "q4w" or "monthly", say.'
        )
    return often


_FORM = (
    'write an amount and how often it is given, "60 mg/day", "10 mg bid", "1000 mg every 6 months" '
    'or "100 mg once" say'
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_MILLIGRAMS = {
    "g": Fraction(1000),
    "mg": Fraction(1),
    "mcg": Fraction(1, 1000),
    "ug": Fraction(1, 1000),
    "\u00b5g": Fraction(1, 1000),  # the micro sign
    "\u03bcg": Fraction(1, 1000),  # the Greek letter
}
_NUMBER = r"\d{1,6}(?:\.\d{1,6})?"
_DOSE = pattern(
    rf"""(?P<low>{_NUMBER}) (?:\ ?(?:-|\u2013|to)\ ?(?P<high>{_NUMBER}))?
    \ ?(?P<mass>mg|g|mcg|ug|\u00b5g|\u03bcg)
    (?:\ ?(?:/|\ per\ )\ ?(?P<per>kg|m2|m\^2|m²)(?![a-z]))?
    (?P<often>(?:[ /].*)?)""",
    re.VERBOSE | re.IGNORECASE,
)

_DAY, _WEEK, _MONTH, _YEAR = (1, 1), (7, 7), (28, 31), (365, 366)
_SPANS: dict[str, tuple[Fraction | int, Fraction | int]] = {
    "h": (Fraction(1, 24),) * 2,
    "hr": (Fraction(1, 24),) * 2,
    "hour": (Fraction(1, 24),) * 2,
    "hours": (Fraction(1, 24),) * 2,
    "d": _DAY,
    "day": _DAY,
    "days": _DAY,
    "w": _WEEK,
    "wk": _WEEK,
    "week": _WEEK,
    "weeks": _WEEK,
    "mo": _MONTH,
    "month": _MONTH,
    "months": _MONTH,
    "year": _YEAR,
    "years": _YEAR,
}
_WORDS = {
    "daily": (1, "day"),
    "qd": (1, "day"),
    "bid": (2, "day"),
    "tid": (3, "day"),
    "qid": (4, "day"),
    "qw": (1, "week"),
    "weekly": (1, "week"),
    "qm": (1, "month"),
    "monthly": (1, "month"),
    "yearly": (1, "year"),
    "annually": (1, "year"),
}
_EVERY_OTHER = ("qod", "alternate days", "alternate-day", "on alternate days", "alternating days")
_SINGLE = ("once", "single dose", "one dose", "x1", "x 1", "stat", "single")
_TIMES = {"once": 1, "twice": 2, "three times": 3, "four times": 4}
_UNCLEAR = {  # each has two meanings in use, or says no interval
    "biweekly": '"twice weekly" or "every 2 weeks"',
    "bimonthly": '"every 2 months" or "every 2 weeks"',
    "od": '"daily"',
    "qn": '"daily"',
    "prn": "the dose that was taken, with how often",
    "as needed": "the dose that was taken, with how often",
}
_EVERY = pattern(
    r"(?:q ?|every |each |/ ?|per |a )(?:(?P<count>\d{1,3}|other|two|three|four|six) ?)?"
    r"(?P<span>h|hr|hours?|d|days?|w|wk|weeks?|mo|months?|years?)",
)
_COUNTED = pattern(
    r"(?:(?P<word>once|twice|three times|four times)|(?P<count>\d{1,2}) ?(?:x|times)) ?"
    r"(?:(?:a |per |/ ?|every )(?P<span>day|week|month|year)"
    r"|(?P<adverb>daily|weekly|monthly|yearly))"
)
_NUMBERS = {"other": 2, "two": 2, "three": 3, "four": 4, "six": 6}


def _often(said: str, text: str) -> Often | None:
    """How often; None for a single dose. Raises Problem."""
    words = " ".join(said.casefold().replace("(", " ").replace(")", " ").split()).rstrip(".")
    plain = words.replace(".", "")
    if plain in _SINGLE:
        return None
    if plain in _WORDS:
        times, span = _WORDS[plain]
        return _in(Fraction(times), 1, span)
    if plain in _EVERY_OTHER:
        return _in(Fraction(1), 2, "day")
    if match := _EVERY.fullmatch(plain):
        count = match["count"] or "1"
        number = _NUMBERS.get(count) or int(count)
        if number:
            return _in(Fraction(1), number, match["span"])
    elif match := _COUNTED.fullmatch(plain):
        times = _TIMES[match["word"]] if match["word"] else int(match["count"])
        span = match["span"] or {"daily": "day"}.get(match["adverb"]) or match["adverb"][:-2]
        if times:
            return _in(Fraction(times), 1, span)
    if plain in _UNCLEAR:
        raise Problem(
            f"{shown(text)}: {plain!r} does not say how often for sure; write {_UNCLEAR[plain]}."
        )
    if not plain:
        raise Problem(f"{shown(text)} does not say how often it was given; {_FORM}.")
    raise Problem(f"{shown(text)}: {shown(said)} does not say how often; {_FORM}.")


def _in(times: Fraction, count: int, span: str) -> Often:
    shortest, longest = _SPANS[span]
    return Often(times, Fraction(shortest) * count, Fraction(longest) * count)
