"""Tests that compare the visit judged with an earlier one: a change, what is new, what has lasted.

The earlier visit is a chart of its own, `chart.earlier`. What is not recorded at either visit may
be anything that the fact can be, so a change is decided where every such value agrees: a global
assessment of 0.2 has risen by less than 0.3, from whatever it was.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from cartscreen.answer import NO, UNKNOWN, Answer, answer, at_least
from cartscreen.derive import Gap
from cartscreen.evaluate.chart import Chart, Entry
from cartscreen.evaluate.finding import Evidence, Finding, combine, unknown
from cartscreen.evaluate.leaf import leaf
from cartscreen.frozen import replace
from cartscreen.observation import Observation
from cartscreen.place import Fact, Place, Then
from cartscreen.rule.tree import EARLIER, Change, Compare, New, Test
from cartscreen.units import Interval, decimal
from cartscreen.vocabulary import Count, FactEntry, Score

_Seen = Observation | Gap


def compared(test: Test, chart: Chart, entry: Entry | None) -> Finding:
    """The finding of a test `since` an earlier visit, of an entry if it is asked of a field."""
    match test.check:
        case Change() as change:
            return _change(test, change, chart)
        case New() as new:
            return _new(test, new, chart)
    return _lasted(test, chart, entry)


def _change(test: Test, change: Change, chart: Chart) -> Finding:
    """Did the number rise or fall by so much? The unit is the fact's own."""
    declared = chart.vocabulary.facts[test.fact]
    before = chart.earlier.get(test.since)
    was: _Seen = before.spoken(test.fact) if before else Gap("not_recorded", (Fact(test.fact),))
    now = chart.spoken(test.fact)
    first, last = (_range(item, declared) for item in (was, now))
    by = _less(last, first) if change.direction == "rose" else _less(first, last)
    said = by.compare(">=", change.by)
    because = tuple(_read(test, was, now, said))
    if said is not UNKNOWN:
        return Finding(said, note=_impossible(change, first, declared, was), because=because)
    missing, reason = _lacking(test, was, now, chart)
    return replace(unknown(reason, *missing), because=because)


def _impossible(change: Change, first: Interval, declared: FactEntry, was: _Seen) -> str:
    """That the earlier value leaves no room for such a change, in words; empty where it does."""
    assert declared.bounds is not None, "the rule has been held against the fact"
    least, most = map(Fraction, declared.bounds)
    end = Interval(most, most) if change.direction == "rose" else Interval(least, least)
    room = _less(end, first) if change.direction == "rose" else _less(first, end)
    if room.compare(">=", change.by) is not NO or isinstance(was, Gap):
        return ""
    word = "rise" if change.direction == "rose" else "fall"
    return f"from {was.text}, a {word} of {decimal(change.by)} is impossible"


def _range(item: _Seen, declared: FactEntry) -> Interval:
    """All that the number may be: what is known of it, or else all that the fact may be."""
    assert declared.bounds is not None, "the rule has been held against the fact"
    least, most = map(Fraction, declared.bounds)
    value = item.value if isinstance(item, Observation) and not item.unit else None
    if not isinstance(value, Interval):
        return Interval(least, most)
    low, high = value.low, value.high
    return Interval(
        least if low is None else low,
        most if high is None else high,
        value.low_open and low is not None,
        value.high_open and high is not None,
    )


def _less(one: Interval, other: Interval) -> Interval:
    """Every number of the one, less every number of the other; both have ends."""
    assert one.low is not None and one.high is not None
    assert other.low is not None and other.high is not None
    return Interval(
        one.low - other.high,
        one.high - other.low,
        one.low_open or other.high_open,
        one.high_open or other.low_open,
    )


def _read(test: Test, was: _Seen, now: _Seen, said: Answer, fact: str = "") -> Iterator[Evidence]:
    """What the two visits say, the earlier one first."""
    for item, visit in ((was, test.since), (now, "")):
        if isinstance(item, Observation):
            yield Evidence(
                Fact(fact or test.fact),
                item.text,
                test.text,
                said,
                item.date,
                item.limits,
                item.origin,
                source=item.source,
                note=item.note,
                visit=visit,
            )


def _lacking(
    test: Test, was: _Seen, now: _Seen, chart: Chart, fact: str = ""
) -> tuple[list[Place], str]:
    """What would settle the two values, and why they are open.

    Of a visit that is looked at alone, only what the visit lacks.
    """
    own = Fact(fact or test.fact)
    then, here = _open_places(was, own), _open_places(now, own)
    places: list[Place] = list(here)
    if test.since in chart.earlier:
        places = [*(Then(place, test.since) for place in then), *places]
    elif chart.earlier:
        places.insert(0, Then(None, test.since))
    open_ = was if then else now
    reason = open_.reason if isinstance(open_, Gap) else open_.why_inexact
    return list(dict.fromkeys(places)), reason


def _open_places(item: _Seen, own: Place) -> tuple[Place, ...]:
    """What would settle a value; nothing where it is one value."""
    if isinstance(item, Gap):
        return item.missing or (own,)
    value = item.value
    if item.unit or not isinstance(value, Interval | str | bool):
        return item.missing or (own,)
    is_one = not isinstance(value, Interval) or value.is_exact
    return () if is_one else item.missing or (own,)


def _new(test: Test, new: New, chart: Chart) -> Finding:
    """Are at least so many items new? The items of each visit are those that its score counts."""
    declared = chart.vocabulary.facts[test.fact]
    counted = next(by for by in declared.derive if isinstance(by, Score | Count))
    word = counted.word if isinstance(counted, Count) else True
    now, _ = chart.items(counted)
    before = chart.earlier.get(test.since)
    was = before.items(counted)[0] if before else {}
    parts = []
    for fact, item in now.items():
        then = was.get(fact, Gap("not_recorded", (Fact(fact),)))
        said = at_least(2, (_is(item, (word,)), _was(then, word, new.before)))
        found = Finding(said, because=tuple(_read(test, then, item, said, fact)))
        if said is UNKNOWN:
            missing, reason = _lacking(test, then, item, chart, fact)
            found = replace(unknown(reason, *missing), because=found.because)
        parts.append(found)
    return combine(new.k, tuple(parts))


def _was(then: _Seen, word: str | bool, before: tuple[str, ...]) -> Answer:
    """Was it something else at the earlier visit, one of the words if they are named?"""
    return _is(then, before) if before else ~_is(then, (word,))


def _is(item: _Seen, words: Iterable[str | bool]) -> Answer:
    value = item.value if isinstance(item, Observation) else None
    return answer(value in words) if isinstance(value, str | bool) else UNKNOWN


def _lasted(test: Test, chart: Chart, entry: Entry | None) -> Finding:
    """Has it been so since the day of the earlier visit?"""
    before = chart.earlier.get(test.since)
    if before is None:
        places = (Then(None, test.since),) if chart.earlier else ()
        return unknown("not_recorded", *places, note=f"no file of {EARLIER[test.since]}")
    days = Fraction((chart.on - before.on).days)
    return leaf(replace(test, check=Compare(">=", days, "days"), since=""), chart, entry)
