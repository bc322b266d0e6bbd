"""Scores and counts: what is added up from the items that a vocabulary lists.

An item that is not assessed, or no longer speaks, makes the score a range: it adds from the least
to the most that it could. Of rash (2) present and fever (1) not assessed, the score is 2 to 3.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from cartscreen.dates import PartialDate
from cartscreen.derive import Gap
from cartscreen.frozen import frozen, replace
from cartscreen.observation import Observation
from cartscreen.place import Fact
from cartscreen.units import Interval
from cartscreen.vocabulary import Count, FactEntry, Item, Score

Found = Mapping[str, Observation | Gap]
"""What is known of each item; a Gap too_old for one that says no longer what is so."""

_Number = Fraction | int
"""What adds up to a score; whole numbers, as most are, in a tenth of the time of Fractions."""


@frozen
class Most:
    """What a score is at the most, whoever the patient is, and each of its domains.

    domains_of  of each item, the domains that it is part of, by place
    """

    total: _Number
    domains: tuple[_Number, ...]
    domains_of: Mapping[str, tuple[int, ...]]


def most_of(score: Score, facts: Mapping[str, FactEntry]) -> Most:
    """Of which no item is known."""
    domains = tuple(
        max(_worth(item, None, facts[item.fact])[1] for item in domain) for domain in score.domains
    )
    places: dict[str, tuple[int, ...]] = {}
    for at, domain in enumerate(score.domains):
        for item in domain:
            places[item.fact] = (*places.get(item.fact, ()), at)
    return Most(sum(domains), domains, places)


def derive(
    entry: FactEntry,
    derivation: Score | Count,
    found: Found,
    facts: Mapping[str, FactEntry],
    most: Callable[[Score], Most],
    visit: PartialDate | None = None,
    is_not_done: Callable[[str], bool] = lambda _: False,
) -> Observation | Gap:
    """The score or count, or why there is none; `visit` where its items are those of a window."""
    match derivation:
        case Score():
            made = _score(entry, derivation, found, facts, most)
            made = _of_the_answered(derivation, made, found, is_not_done)
        case Count(word, among):
            made = _count(word, among, found)
    if isinstance(made, Gap) or visit is None:
        return made
    origin = f"{made.origin} of the {derivation.window} before {visit}"
    dated = [item.date for item in found.values() if isinstance(item, Observation) and item.date]
    newest = max(dated, key=lambda day: day.latest, default=None)
    return replace(made, date=newest, origin=origin)


def _score(
    entry: FactEntry,
    score: Score,
    found: Found,
    facts: Mapping[str, FactEntry],
    most: Callable[[Score], Most],
) -> Observation | Gap:
    """The highest item of each domain, added up: from the least to the most it can be.

    An item that is not assessed counts from 0 to the most it could. Where the profile states none
    of the items, the score is named as missing, not each of its items.
    """
    known = {fact: seen for fact, seen in found.items() if isinstance(seen, Observation)}
    if not known:
        return Gap(_why_open(found), (Fact(entry.name),))
    at_most = most(score)
    low: _Number = 0
    high = at_most.total
    for at in {at for fact in known for at in at_most.domains_of[fact]}:
        ends = [_worth(item, known.get(item.fact), facts[item.fact]) for item in score.domains[at]]
        low += max([end[0] for end in ends])
        here, ceiling = max([end[1] for end in ends]), at_most.domains[at]
        if here != ceiling:
            high += here - ceiling
    total = Interval(Fraction(low), Fraction(high))
    begun = any(not seen.origin for seen in known.values())
    open_ = [Fact(fact) for fact in found if fact not in known] if begun else ()
    present = tuple((fact, seen) for fact, seen in known.items() if _adds_to_score(seen))
    return Observation(
        total,
        str(total),
        _oldest(list(known.values())),
        why_inexact=_why_open(found),
        missing=(Fact(entry.name), *open_),
        origin=f"from {len(known)} of {len(found)} items",
        inputs=present,
        dated_by=tuple(known),
    )


def _of_the_answered(
    score: Score,
    made: Observation | Gap,
    found: Found,
    is_not_done: Callable[[str], bool],
) -> Observation | Gap:
    """The score by the mean of the items that were answered, where enough are.

    The others must be stated to be not done. What is merely not recorded leaves the score a range:
    an answer that may still come would else turn a decided one.
    """
    if not score.answered or isinstance(made, Gap):
        return made
    answered = [fact for fact, seen in found.items() if isinstance(seen, Observation)]
    others = [fact for fact in found if fact not in answered]
    if not others or len(answered) < score.answered or not all(map(is_not_done, others)):
        return made
    assert isinstance(made.value, Interval) and made.value.low is not None
    most = Fraction(0)
    for item in score.items:
        seen = found[item.fact]
        if isinstance(seen, Observation) and isinstance(seen.value, Interval):
            assert seen.value.high is not None
            most += seen.value.high * item.weight
    times = Fraction(len(found), len(answered))
    value = Interval(made.value.low, most).times(times)
    origin = f"the mean of {len(answered)} of {len(found)} items, the others not done"
    return replace(made, value=value, text=str(value), missing=(), origin=origin)


def most_besides(part: Score, whole: Score, facts: Mapping[str, FactEntry]) -> Fraction | None:
    """The most that the items of the whole add which are none of the part.

    None where the part holds an item that the whole has not, or counts otherwise: nothing follows.
    """
    if not set(part.items) <= set(whole.items):
        return None
    own = {item.fact for item in part.items}
    most = Fraction(0)
    for domain in whole.domains:
        others = [item for item in domain if item.fact not in own]
        most += max((_worth(item, None, facts[item.fact])[1] for item in others), default=0)
    return most


def _worth(item: Item, seen: Observation | None, entry: FactEntry) -> tuple[_Number, _Number]:
    """The least and the most that an item adds to the score."""
    low: _Number = 0
    high: _Number = _plain(Fraction(entry.bounds[1])) if entry.bounds else 1
    match seen.value if seen else None:
        case bool() as present:
            low = high = int(present)
        case Interval() as value:
            low = low if value.low is None else _plain(value.low)
            high = high if value.high is None else _plain(value.high)
    weight = _plain(item.weight)
    return low * weight, high * weight


def _plain(number: Fraction) -> _Number:
    above, below = number.as_integer_ratio()
    return above if below == 1 else number


def _adds_to_score(seen: Observation) -> bool:
    return seen.value is True or (isinstance(seen.value, Interval) and seen.value.high != 0)


def _count(word: str, facts: tuple[str, ...], found: Found) -> Observation | Gap:
    """How many of the facts have the word; a range, where some are not recorded and may have it."""
    scored = {f: o for f, o in found.items() if isinstance(o, Observation) and o.value is not None}
    if not scored:
        return Gap(_why_open(found), tuple(map(Fact, facts)))
    low = sum(item.value == word for item in scored.values())
    high = low + len(facts) - len(scored)
    return Observation(
        Interval(Fraction(low), Fraction(high)),
        f"{low} to {high}" if high > low else str(low),
        _oldest(list(scored.values())),
        why_inexact=_why_open(found),
        missing=tuple(Fact(fact) for fact in facts if fact not in scored),
        origin=f"count of {word} in {len(scored)} of {len(facts)}",
        inputs=tuple((fact, item) for fact, item in scored.items() if item.value == word),
        dated_by=tuple(scored),
    )


def _why_open(found: Found) -> str:
    """Why items are open: one that was found too old says more than those never recorded."""
    gaps = [item.reason for item in found.values() if isinstance(item, Gap)]
    return "too_old" if "too_old" in gaps else "not_recorded"


def _oldest(items: list[Observation]) -> PartialDate | None:
    """The date of the oldest item that has one: an undated item makes no score younger."""
    dates = [item.since or item.date for item in items if item.date is not None]
    return min((day for day in dates if day), key=lambda day: day.earliest, default=None)
