"""Entries of a list: how many satisfy a rule, for how long, and whether the list is complete."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial, reduce
from math import inf

from cartscreen.answer import NO, UNKNOWN, YES, Answer, at_least
from cartscreen.dates import PartialDate, shift
from cartscreen.derive import Gap
from cartscreen.evaluate.chart import Asked, Chart, Entry
from cartscreen.evaluate.exposure import Days, both, cut, on_day, running, upto
from cartscreen.evaluate.exposure import at_least as on_days
from cartscreen.evaluate.finding import (
    Doubts,
    Evidence,
    Finding,
    Nearest,
    combine,
    from_gap,
    union,
    unknown,
)
from cartscreen.evaluate.lasting import (
    Member,
    Where,
    days_at_dose,
    held_together,
    may_repeat,
    nearest_time,
    parted,
    run_evidence,
    so_long,
    stops_today,
    stretch,
)
from cartscreen.evaluate.leaf import says_of_window
from cartscreen.frozen import cached, frozen, replace, slotted
from cartscreen.pack.model import Pack
from cartscreen.place import (
    Field,
    List,
    Place,
    Visit,
)
from cartscreen.rule.tree import (
    Is,
    Records,
    Rule,
    Test,
    Together,
)
from cartscreen.units import Interval
from cartscreen.vocabulary import (
    RecordEntry,
)

# Records


def records(rule: Records, chart: Chart, asked: Asked | None) -> Finding:
    """At least k entries, different in one field if it is named, satisfy `where`."""
    asks = asks_of(rule, chart.pack)
    members, where = _members_of(rule, asks, chart, asked), asks.where
    review = _review_of(rule, asks, chart)
    open_list = review.answer is not YES

    found = _counted(rule, members, where, chart, asked, is_closed=not open_list)
    likely = [item for item in found if item.answer is not NO]
    yes = [item for item in likely if item.answer is YES] if likely else []
    if len(yes) >= rule.k:
        return Finding(YES, "", (), "", (), tuple(yes))
    parts = tuple(likely or found)
    if len(likely) < rule.k and not open_list:
        none = _none_of(review, _listed(members), chart)
        near = tuple([item.nearest for item in found if item.nearest is not None])
        nearest = partial(_nearest_of, near, len(yes), rule.k) if near else None
        return Finding(NO, "", (), "", (none,), parts, nearest=nearest)
    if maybe := [item for item in likely if item.answer is UNKNOWN]:
        missing = union([*(item.missing for item in maybe), review.missing if open_list else ()])
        return Finding(UNKNOWN, maybe[0].reason, missing, maybe[0].note, (), parts)
    return Finding(review.answer, review.reason, review.missing, review.note, review.because, parts)


def counted(
    rule: Records, chart: Chart, members: Sequence[Member], where: Where, *, is_closed: bool
) -> Answer:
    """Do enough of these entries, all that may fit, satisfy `where` together?

    NO is of these alone: that there are no others is for the list's review to say.
    """
    found = _counted(rule, members, where, chart, None, is_closed=is_closed, is_bare=True)
    return at_least(rule.k, (item.answer for item in found))


def _counted(
    rule: Records,
    members: Sequence[Member],
    where: Where,
    chart: Chart,
    asked: Asked | None,
    *,
    is_closed: bool,
    is_bare: bool = False,
) -> list[Finding]:
    """What counts as one each, with whether it satisfies `where`."""
    if not (rule.different or where.is_of_several):
        return [finding for _, finding in members]

    def held(members: Sequence[Member]) -> Finding:
        return held_together(members, where, chart, asked, all_listed=is_closed, is_bare=is_bare)

    if not rule.different:
        return [held(members)] if members else []
    groups = _groups_of(rule, members, where)
    fit = _Fit(groups, held)
    joined = [(told, _joined(more, told, fit, timed=where.is_of_several)) for told, more in groups]
    return _distinct(joined)


def _nearest_of(
    each: Iterable[Callable[[], tuple[Nearest, ...]]], held: int, asked: int
) -> tuple[Nearest, ...]:
    """Of what the groups of entries came to, the nearest first."""
    found = sorted((one for near in each for one in near()), key=lambda one: -one.reached)
    return tuple(replace(one, held=held, asked=asked) for one in found)


def review_of(rule: Records, chart: Chart) -> Finding:
    """What `_reviewed` says; found once for all rules that ask the same of the list."""
    return _review_of(rule, asks_of(rule, chart.pack), chart)


def _review_of(rule: Records, asks: "ListAsked", chart: Chart) -> Finding:
    return chart.once(asks.review, partial(_reviewed, rule, chart))


def _none_of(review: Finding, listed: str, chart: Chart) -> Evidence:
    """That a list is complete and too few of it fit; one for all rules of which that is so."""
    made = partial(replace, review.because[0], value=listed, answer=NO)
    return chart.once(("none", id(review), listed), made, review)


def _reviewed(rule: Records, chart: Chart) -> Finding:
    """Does a review say that the list is complete for all that the rule asks of it?

    It says what is so up to its day. It closes a window if it does not lie before the window's
    first day; and it is not older than the list's reviews speak.
    """
    place, seen = List(rule.name), chart.review(rule.name)
    if seen is None:
        return unknown("list_not_reviewed", place)
    said, until = is_complete(rule, chart, seen)
    match said:
        case Answer.YES:
            test = "is reviewed to the end of the chart"
            said_of = chart.review_remarks(rule.name)
            read = Evidence(
                place,
                "",
                test,
                YES,
                seen,
                origin=f"reviewed by {said_of.by}" if said_of.by else "",
                source=said_of.source,
                note=said_of.note,
                until=until.earliest if until else None,
            )
            return Finding(YES, because=(read,))
        case Answer.UNKNOWN:
            return unknown("imprecise_date", place, note=f"the list was reviewed on {seen}")
    return unknown("too_old", place, note=f"the list was reviewed on {seen}")


def is_complete(
    rule: Records, chart: Chart, seen: PartialDate
) -> tuple[Answer, PartialDate | None]:
    """Does a review of that day say so, without its evidence; and the last day on which it does."""
    said, first = [YES], chart.first
    for window in rule.windows:
        anchor = first.visit(window.anchor)
        if isinstance(anchor, PartialDate):
            said.append(says_of_window(window, anchor, first.on, seen))
    length = chart.vocabulary.records[rule.name].speaks.of(None)
    until = length.after(seen) if length else None
    if until is not None and until.earliest < first.on:
        said.append(NO if until.latest < first.on else UNKNOWN)
    return at_least(len(said), said), until


_Groups = list[tuple["_Told", list[Member]]]
"""The entries that count as one, with what they say in the field in which entries must differ."""


@frozen
class ListAsked:
    """What a rule asks of a list, whoever the patient is.

    takes_not_given  does it ask of what was never given: by `given`, or by a contraindication?
    review           what a review of the list must say for it, in words
    of_each          one object for all rules that ask the same of each entry by itself
    """

    where: Where
    takes_not_given: bool
    review: str
    of_each: object


def asks_of(rule: Records, pack: Pack) -> ListAsked:
    """What a rule asks of a list, found once."""
    return pack.always(("asks", id(rule)), partial(_asks, rule, pack), rule)


def _asks(rule: Records, pack: Pack) -> ListAsked:
    declared = pack.vocabulary.records[rule.name]
    review = f"{rule.name} reviewed {', '.join(map(str, rule.windows))}"
    where, not_given = parted(rule.where, declared), _takes_not_given(rule, declared)
    by_itself = bool(where.each) or not where.is_of_several
    each = tuple(map(id, where.each))  # equal rules of a pack are one object
    asked = (rule.name, each, by_itself, not_given, rule.despite, rule.anchors)
    return ListAsked(where, not_given, review, pack.always(("of each", asked), object, where))


def _members_of(
    rule: Records, asks: ListAsked, chart: Chart, asked: Asked | None
) -> Sequence[Member]:
    """The entries that were given, each with whether it satisfies what is asked of it by itself.

    Of rules that ask the same of each entry, and no person, they are found once.
    """
    if rule.question is not None:
        return _members(rule, asks, chart, asked)
    return chart.once(asks.of_each, partial(_members, rule, asks, chart, None))


def _members(rule: Records, asks: ListAsked, chart: Chart, asked: Asked | None) -> Sequence[Member]:
    members: list[Member] = []
    entries = chart.entries(rule.name)
    if not entries:
        return members
    last, visit = last_visit(rule, chart)
    each = asks.where.each
    for entry in entries:
        given = YES if asks.takes_not_given else entry.was_given
        if given is NO:
            continue
        if each or not asks.where.is_of_several:
            finding = _where(each, chart, asked, entry)
        else:
            finding = Finding(YES)
        if finding.answer is YES:
            finding = _begun(entry, finding, last, visit)
        if finding.answer is YES and given is UNKNOWN:
            given_as = entry.conflict(entry.course.field("given"))
            open_ = unknown("not_recorded", entry.course.place("given"))
            open_ = open_ if given_as is None else from_gap(given_as)
            finding = replace(open_, parts=(finding,))
        if finding.answer is YES and rule.despite:
            finding = despite(entry, finding)
        members.append((entry, finding))
    return members


def _groups_of(rule: Records, members: Sequence[Member], where: Where) -> _Groups:
    """The entries by what they count as: without a field to differ in, one run of time, or each."""
    if not rule.different:
        if where.is_of_several:
            return [(_SAME, [*members])] if members else []
        return [(_SAME, [member]) for member in members]
    groups: dict[object, tuple[_Told, list[Member]]] = {}
    for entry, finding in members:
        told = _told(entry, rule.different)
        groups.setdefault(told.key, (told, []))[1].append((entry, finding))
    return [*groups.values()]


def entries_found(rule: Records, chart: Chart) -> list[Member]:
    """The entries that were given, each with whether it satisfies what is asked of it by itself."""
    asks = asks_of(rule, chart.pack)
    groups = _groups_of(rule, _members_of(rule, asks, chart, None), asks.where)
    return [member for _, members in groups for member in members]


def _takes_not_given(rule: Records, declared: RecordEntry) -> bool:
    given, response = declared.roles.get("given"), declared.of_role("response")
    asked = {test.fact for test in rule.tests}
    if given in asked:
        return True
    return response is not None and any(
        test.fact == response.name
        and isinstance(test.check, Is)
        and not {*response.not_given}.isdisjoint(test.check.words)
        for test in rule.tests
    )


def despite(entry: Entry, finding: Finding) -> Finding:
    """The finding; of a treatment that worked it is open whether the disease went on despite it."""
    response, said = entry.declared.of_role("response"), entry.course.stated("response")
    assert response is not None, "the rule has been held against the list"
    if isinstance(said, Gap) or said.value != response.adequate:
        return finding
    place = entry.course.place("response")
    doubt = unknown("needs_person", place, note="it is recorded as adequate")
    read = Evidence(place, said.text, "despite", UNKNOWN)
    return replace(doubt, because=(read,), parts=(finding,))


def together(rule: Together, chart: Chart, asked: Asked | None) -> Finding:
    """Is there a time, and one long enough, at which every part holds?"""
    asks = [asks_of(part, chart.pack) for part in rule.parts]
    found = [_time_of(*each, chart, asked) for each in zip(rule.parts, asks, strict=True)]
    days = reduce(both, (each for each, _ in found))
    if rule.lasted is not None:
        days = upto(days, chart.on, stops_today(one for _, each in found for one in each))
        said = so_long(days, rule.lasted)
    else:
        said = YES if days.sure else UNKNOWN if days.possible else NO
    members = {
        (entry.list_name, entry.record.number): (entry, finding)
        for _, each in found
        for entry, finding in each
    }
    name = rule.parts[0].name
    numbers = tuple(sorted(number for of, number in members if of == name))
    text = f"together {rule.text}".strip()
    because = run_evidence(Field(name, numbers), text, days, rule.lasted, said) if numbers else ()
    parts = tuple(finding for _, finding in members.values())
    reviews = {
        part.name: _review_of(part, asks_of_it, chart)
        for part, asks_of_it in zip(rule.parts, asks, strict=True)
    }
    open_lists = [review for review in reviews.values() if review.answer is not YES]
    if said is YES:
        return Finding(YES, because=because, parts=parts)
    if said is NO and not open_lists:
        seen = [
            replace(
                review.because[0],
                value=f"{len(chart.entries(name))} listed, not so at one time",
                answer=NO,
            )
            for name, review in reviews.items()
        ]
        listed = [stretch(entry, finding.answer) for entry, finding in members.values()]
        nearest = partial(nearest_time, days, rule.lasted, listed) if rule.lasted else None
        return Finding(NO, because=(*because, *seen), parts=parts, nearest=nearest)
    if said is NO:
        because = tuple(replace(read, answer=UNKNOWN) for read in because)
        return replace(open_lists[0], because=because, parts=parts)
    missing: dict[Place, None] = {}
    reason = ""
    for why, places in _open_times(list(members.values())):
        reason = reason or (why if places else "")
        missing.update(dict.fromkeys(places))
    missing.update(dict.fromkeys(place for review in open_lists for place in review.missing))
    if not reason:  # the days are known, and a dose is only known in part
        reason = open_lists[0].reason if open_lists else "censored"
    return Finding(UNKNOWN, reason, tuple(missing), "", because, parts)


def _open_times(members: Sequence[Member]) -> Iterator[tuple[str, list[Place]]]:
    """Why it is open at which time the entries ran, and what would settle it."""
    for _, finding in members:
        if finding.answer is UNKNOWN:
            yield finding.reason, list(finding.missing)
    vague = [(entry, place) for entry, _ in members for place in entry.vague_days]
    absent = any(place.field not in entry.own.fields for entry, place in vague)
    yield "not_recorded" if absent else "imprecise_date", [place for _, place in vague]
    yield "not_recorded", list(may_repeat([entry for entry, _ in members]))
    if not vague:
        yield "not_recorded", [e.own.place(e.course.field("every")) for e, _ in members if e.joins]


def _time_of(
    rule: Records, asks: ListAsked, chart: Chart, asked: Asked | None
) -> tuple[Days, list[Member]]:
    """The days on which a part holds, and the entries by which it may; once for each part."""
    if rule.question is not None:
        return _times(rule, asks, chart, asked)
    return chart.once(("time", id(rule)), partial(_times, rule, asks, chart, None), rule)


def _times(
    rule: Records, asks: ListAsked, chart: Chart, asked: Asked | None
) -> tuple[Days, list[Member]]:
    members, where = _members_of(rule, asks, chart, asked), asks.where
    all_listed = _review_of(rule, asks, chart).answer is YES
    each: list[Days] = []
    possible: list[Member] = []
    for told, same in _groups_of(rule, members, where):
        fit = [member for member in same if member[1].answer is not NO]
        if fit:
            possible += [_with_dose(member, where.doses) for member in fit]
            each.append(_days_of_group(rule, told, fit, where, chart, all_listed=all_listed))
    end = shift(chart.on, 1, "days")
    return cut(on_days(rule.k, each), end), possible


def days_of(rule: Records, chart: Chart, members: Sequence[Member], *, is_closed: bool) -> Days:
    """The days on which a part holds, of these entries, all that may fit."""
    where = asks_of(rule, chart.pack).where
    each = [
        _days_of_group(rule, told, fit, where, chart, all_listed=is_closed)
        for told, fit in _groups_of(rule, members, where)
    ]
    return cut(on_days(rule.k, each), shift(chart.on, 1, "days"))


def _days_of_group(
    rule: Records,
    told: "_Told",
    fit: Sequence[Member],
    where: Where,
    chart: Chart,
    *,
    all_listed: bool,
) -> Days:
    """The days on which entries that say the same hold."""
    if where.doses:
        days = days_at_dose(fit, where.doses, all_listed=all_listed)
    else:
        days = running([stretch(entry, finding.answer) for entry, finding in fit])
    if where.ongoing:
        days = on_day(days, chart.on)
    sure = () if rule.different and told.why_inexact else days.sure
    return replace(days, sure=sure)


def _with_dose(member: Member, doses: Sequence[Test]) -> Member:
    """The entry; open where it fits and its dose is not known, for want of what that needs."""
    entry, finding = member
    for test in doses:
        dose = entry.read(test.fact, entry.declared.fields[test.fact])
        if isinstance(dose, Gap) and finding.answer is YES:
            return entry, Finding(UNKNOWN, dose.reason, dose.missing, dose.note, parts=(finding,))
    return member


def _listed(members: Sequence[Member]) -> str:
    return f"{len(members)} listed, too few fit" if members else "none listed"


def _begun(entry: Entry, finding: Finding, last: PartialDate, visit: str) -> Finding:
    """The finding, unless the entry begins only after the last day that the rule is about."""
    begun = entry.has_begun_by(last)
    if begun is YES:
        return finding
    if begun is NO:
        first = entry.declared.first_date
        assert first is not None
        ahead = unknown("future_dated", entry.record.place(first), note=f"it begins after {last}")
        return replace(ahead, parts=(finding,))
    if conflict := entry.may_not_have_begun:
        return replace(from_gap(conflict), parts=(finding,))
    return replace(unknown("not_recorded", Visit(visit)), parts=(finding,))


def last_visit(rule: Records, chart: Chart) -> tuple[PartialDate, str]:
    """The last day that the rule's windows reach to, and whose it is."""
    if not rule.anchors:
        return chart.today, "screening"
    visits = {"screening": chart.today}
    for anchor in rule.anchors:
        visit = chart.visit(anchor)
        if isinstance(visit, PartialDate):
            visits[anchor] = visit
    name = max(visits, key=lambda name: visits[name].latest)
    return visits[name], name


@slotted
class _Told:
    """What an entry says in the field in which entries must differ."""

    place: Field
    value: object = None
    unit: str = ""
    why_inexact: str = ""  # the reason code; empty where it is one value

    @property
    def key(self) -> object:
        """Entries of one key surely say the same."""
        return self.place if self.why_inexact else (self.unit, self.value)

    def may_repeat(self, other: "_Told") -> bool:
        """May the two entries say the same?

        "2026-05" may be 10 May 2026, and may be another "2026-05" too.
        """
        match self.value, other.value:
            case None, _:
                return True
            case _, None:
                return True
            case Interval() as one, Interval() as two if self.unit == other.unit:
                return not (_below(one, two) or _below(two, one))
            case Interval(), Interval():
                return True
            case PartialDate() as one, PartialDate() as two:
                return one.earliest <= two.latest and two.earliest <= one.latest
        return self.value == other.value

    def order(self) -> tuple[bool, float | Fraction, bool]:
        """By the latest or highest that it may be; what says nothing comes last."""
        match self.value:
            case PartialDate(latest=end):
                return False, Fraction(end.toordinal()), bool(self.why_inexact)
            case Interval(high=Fraction() as high):
                return False, high, bool(self.why_inexact)
            case Interval():
                return False, inf, True
        return self.value is None, 0, True


_SAME = _Told(Field("", ()))
"""Where entries need not differ."""


def _below(one: Interval, other: Interval) -> bool:
    """Is every number of the one below every number of the other?"""
    if one.high is None or other.low is None:
        return False
    open_end = one.high_open or other.low_open
    return one.high < other.low or (one.high == other.low and open_end)


def _told(entry: Entry, different: str) -> _Told:
    """By what the entry is the same as another, or counts apart from it."""
    place = entry.record.place(different)
    item = entry.record.fields.get(different)
    match item.value if item else None:
        case None:
            return _Told(place, why_inexact="not_recorded")
        case Interval() as length if item and item.unit in _DAYS:
            low, high = (length.times(Fraction(days)) for days in _DAYS[item.unit])
            length = Interval(low.low, high.high, length.low_open, length.high_open)
            return _Told(place, length, "", "" if length.is_exact else item.why_inexact)
        case Interval() as number if item:
            return _Told(place, number, item.unit, "" if number.is_exact else item.why_inexact)
        case PartialDate() as day:
            return _Told(place, day, why_inexact="" if day.is_exact else "imprecise_date")
        case word:
            return _Told(place, word)


_DAYS = {"days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (12 * 28, 12 * 31)}


def _distinct(found: list[tuple[_Told, Finding]]) -> list[Finding]:
    """Those that count: of entries that may say the same, only one does so for sure.

    As many are left as there are different ones at least; the others stay open. (The first of
    those that end first has to be one; what may repeat it may be no other, and so on.)
    """
    sure: list[_Told] = []
    counted: dict[object, Finding] = {}
    for told, finding in sorted(found, key=lambda item: item[0].order()):
        said = finding
        if finding.answer is YES:
            if any(told.may_repeat(other) for other in sure):
                doubt = unknown(told.why_inexact or "no_unit", told.place)
                said = replace(doubt, parts=(finding,))
            else:
                sure.append(told)
        counted[told.key] = said
    listed = sorted(found, key=lambda item: item[0].value is None)
    return [counted[told.key] for told, _ in listed]


class _Fit:
    """The groups of entries of which some may fit, and what is so of all of them together.

    Of entries that do not say in what they differ, each may be the same as any other.
    """

    def __init__(
        self,
        groups: Iterable[tuple[_Told, list[Member]]],
        held: Callable[[Sequence[Member]], Finding],
    ) -> None:
        self.held = held
        self.groups = [
            group for group in groups if any(found.answer is not NO for _, found in group[1])
        ]

    @cached
    def together(self) -> Answer:
        """Do all of them hold, as one?"""
        return self.held([member for _, more in self.groups for member in more]).answer

    @cached
    def doubtful(self) -> tuple[Place, ...]:
        """What they do not say."""
        return Doubts(each.place for each, _ in self.groups if each.why_inexact)

    def beside(self, told: _Told) -> list[tuple[_Told, list[Member]]]:
        """The other groups that may say the same."""
        return [
            (other, more)
            for other, more in self.groups
            if other is not told
            and (told.why_inexact or other.why_inexact)
            and told.may_repeat(other)
        ]


def _joined(members: list[Member], told: _Told, fit: _Fit, *, timed: bool) -> Finding:
    """The finding of entries that say the same; open, where with others that may say it, it holds.

    A course of 2 months of a drug does not last 3 months; with 2 more, of a drug that is not
    recorded and may be the same, it may.
    """
    finding = fit.held(members)
    fits = any(found.answer is not NO for _, found in members)
    if not (timed and fits) or finding.answer is not NO:
        return finding
    if told.value is None and told.why_inexact:
        if len(fit.groups) < 2 or fit.together is NO:
            return finding
        places = union([(told.place,), fit.doubtful])
        return Finding(UNKNOWN, told.why_inexact, places, parts=(finding,))
    others = fit.beside(told)
    together = [*members, *(member for _, more in others for member in more)]
    if not others or fit.held(together).answer is NO:
        return finding
    doubtful = [each for each in (told, *(other for other, _ in others)) if each.why_inexact]
    places = tuple(dict.fromkeys(each.place for each in doubtful))
    return replace(unknown(doubtful[0].why_inexact, *places), parts=(finding,))


def _where(rules: tuple[Rule, ...], chart: Chart, asked: Asked | None, entry: Entry) -> Finding:
    if not rules:
        read = Evidence(entry.record.place(), _shown(entry), "is listed", YES)
        return Finding(YES, because=(read,))
    parts, kept = [], entry.kept
    for rule in rules:
        part = kept.get(rule.key)
        if part is None:
            part = chart.evaluate(rule, asked, entry)
        if part.answer is NO:  # this alone decides; the rest would only add noise to the report
            return part if part.nearest is None else Finding(NO, parts=(part,))
        parts.append(part)
    return parts[0] if len(parts) == 1 else combine(len(parts), tuple(parts))


def _shown(entry: Entry) -> str:
    return ", ".join(item.text for item in entry.record.fields.values())
