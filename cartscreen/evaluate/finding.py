"""An answer with its reasons: the tree of answers below it, the data read, what is missing."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import cast

from cartscreen.answer import UNKNOWN, Answer, at_least
from cartscreen.dates import PartialDate
from cartscreen.derive import Gap
from cartscreen.frozen import cached, field, slotted
from cartscreen.place import AnswerTo, Place
from cartscreen.profile.model import Given


@slotted
class Margin:
    """How far a value lies above (below, when negative) the limit of its test, in one unit."""

    by: Fraction
    limit: Fraction
    unit: str


@slotted
class Nearest:
    """How near the entries of a list came to a time, or a dose, that was asked for.

    numbers      of the entries
    days         in one piece; of so many that were asked for, None where no time was
    dose         the highest that was kept for these days; None where no dose was asked for
    held, asked  of how many entries it was asked, and of how many it held
    """

    numbers: tuple[int, ...]
    days: int
    days_asked: int | None
    dose: Fraction | None = None
    dose_asked: Fraction = Fraction(0)
    unit: str = ""
    held: int = 0
    asked: int = 1

    @property
    def reached(self) -> Fraction:
        """How much of what was asked for: the share of the time by the share of the dose."""
        time = Fraction(self.days, self.days_asked) if self.days_asked else Fraction(1)
        dose = self.dose / self.dose_asked if self.dose is not None and self.dose_asked else 1
        return min(time, Fraction(1)) * min(dose, Fraction(1))


@slotted
class Evidence:
    """One datum that a test read, and what the test said of it."""

    place: Place
    value: str
    test: str
    answer: Answer
    date: PartialDate | None = None
    limit: str = ""
    origin: str = ""
    earlier: str = ""  # the newest older result by which the test would have the opposite answer
    margin_of: "Callable[[], Margin | None] | None" = field(default=None, compare=False)
    source: str = ""  # where it stands in the chart, as the profile says
    note: str = ""
    until: datetime.date | None = field(
        default=None, compare=False
    )  # the last day on which it speaks
    visit: str = ""  # the earlier visit, "baseline" say, whose profile says it

    @property
    def margin(self) -> Margin | None:
        """How far it lies from the limit; it follows from the rest, and only plans ask for it."""
        return self.margin_of() if self.margin_of is not None else None

    def __hash__(self) -> int:
        """Of what tells most data apart: the rest takes longer than to compare it."""
        return hash((self.place, self.test, self.value))


@slotted
class Finding:
    """An answer with its reasons.

    reason   why it is UNKNOWN: a reason code; empty when it is decided
    missing  the places that would settle it
    note     the reason in words, where there is more to say than the code does
    because  what was read
    parts    the findings it was made from, in the order of the rule
    negated  it holds where its parts do not: the finding of a `none`
    nearest  of a NO about a list, how near its entries came; worked out where somebody asks
    """

    answer: Answer
    reason: str = ""
    missing: tuple[Place, ...] = ()
    note: str = ""
    because: tuple[Evidence, ...] = ()
    parts: tuple["Finding", ...] = ()
    negated: bool = False
    nearest: Callable[[], tuple[Nearest, ...]] | None = field(default=None, compare=False)

    def evidence(self) -> tuple[Evidence, ...]:
        """Everything read in the tree, in order, each datum and test once."""
        return each_once(self._read() if self.parts else self.because)

    def _read(self) -> list[Evidence]:
        found = [*self.because]
        for part in self.parts:
            found += part._read() if part.parts else part.because
        return found


def each_once(read: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Each datum and test once, in order; what is one object need not be compared."""
    if len(read) < 2:
        return tuple(read)
    each = {id(one): one for one in read}
    return tuple(each.values()) if len(each) < 2 else tuple(dict.fromkeys(each.values()))


def answer_read(to: AnswerTo, given: Given, test: str, said: Answer) -> Evidence:
    """What a person has answered, as evidence: who, and when, where that is stated."""
    text = given.said if isinstance(given.said, str) else "yes" if given.said else "no"
    origin = f"answered by {given.by}" if given.by else ""
    return Evidence(to, text, test, said, date=given.date, origin=origin)


def union(lists: Sequence[tuple[Place, ...]]) -> tuple[Place, ...]:
    """The places of several lists in order, each once; a list that several share is read once."""
    if len(lists) == 1:
        return lists[0]
    each = list({id(places): places for places in lists if places}.values())
    if len(each) == 1:
        return each[0]
    if not {*map(type, each)} <= {tuple}:
        return _many(each)
    return tuple(dict.fromkeys(chain.from_iterable(each)))


class Doubts(tuple[Place, ...]):
    """What would settle which of many entries are one course: one list that all of them share."""

    __slots__ = ()


class Many:
    """The places of several lists, put together where somebody reads them; read like a tuple.

    Each of thousands of entries that may be one course is open by what is open in all of them, and
    by something of its own. If each had the places in a list of its own, that would be millions.

    lists  in order, each once; a place may stand in several
    """

    def __init__(self, lists: tuple[tuple[Place, ...], ...]) -> None:
        self.lists = lists

    @cached
    def _places(self) -> tuple[Place, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(self.lists)))

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: int) -> Place:
        return self.lists[0][0] if at == 0 else self._places[at]

    def __bool__(self) -> bool:
        return True  # a list without places is left out

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Many | tuple) and self._places == tuple(other)

    def __hash__(self) -> int:
        return hash(self._places)


def _many(lists: Iterable[tuple[Place, ...] | Many]) -> tuple[Place, ...]:
    """To the type checker a tuple, as which it is read."""
    flat: dict[int, tuple[Place, ...]] = {}
    for places in lists:
        each = places.lists if isinstance(places, Many) else (places,)
        flat.update((id(one), one) for one in each)
    return cast("tuple[Place, ...]", Many(tuple(flat.values())))


def _without_answers(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places but for answers, of which doubts are none."""
    if isinstance(places, Doubts):
        return places
    if isinstance(places, Many):
        return union([_without_answers(each) for each in places.lists])
    return tuple(place for place in places if not isinstance(place, AnswerTo))


def bare(said: Answer) -> Finding:
    """The finding of an answer alone, without what was read; one for each answer."""
    return _BARE[said]


_BARE = {said: Finding(said) for said in Answer}


def unknown(reason: str, *missing: Place, note: str = "") -> Finding:
    """The finding of what is open, for a reason."""
    return Finding(UNKNOWN, reason, missing, note)


def from_gap(gap: Gap) -> Finding:
    """The finding of a test whose value is not there."""
    return unknown(gap.reason, *gap.missing, note=gap.note)


def combine(k: int, parts: tuple[Finding, ...], none: bool = False) -> Finding:
    """The gate over findings: at least k hold, or none of them does.

    Where all must hold, nobody is asked before the facts beside the question are known: one that
    fails makes the question needless.
    """
    said = at_least(k, [part.answer for part in parts])
    if said is not UNKNOWN:
        return Finding(~said if none else said, "", (), "", (), parts, none)
    open_ = [part for part in parts if part.answer is UNKNOWN]
    if len(open_) == 1 or none or k < len(parts):
        return _open(open_, parts)
    named = [part for part in open_ if not part.missing or _lacks_facts(part)]
    lacking = [part.missing for part in named if part.missing]
    if not lacking:
        return _open(open_, parts)
    missing = union(lacking)
    if len(lacking) > 1:
        missing = _without_answers(missing)
    note = next((part.note for part in named if part.note), "")
    return Finding(UNKNOWN, named[0].reason, missing, note, (), parts)


def _lacks_facts(part: Finding) -> bool:
    first = part.missing[0]
    return not isinstance(first, AnswerTo) or not all(isinstance(p, AnswerTo) for p in part.missing)


def gathered(said: Answer, parts: tuple[Finding, ...]) -> Finding:
    """The finding of a gate; where it is open, why its first open part is, and what is missing."""
    if said is not UNKNOWN:
        return Finding(said, "", (), "", (), parts)
    return _open([part for part in parts if part.answer is UNKNOWN], parts)


def _open(open_: list[Finding], parts: tuple[Finding, ...]) -> Finding:
    first = open_[0]
    if len(open_) == 1:
        return Finding(UNKNOWN, first.reason, first.missing, first.note, (), parts)
    missing = union([part.missing for part in open_])
    note = next((part.note for part in open_ if part.note), "")
    return Finding(UNKNOWN, first.reason, missing, note, (), parts)
