"""How long entries that count as one lasted, and what dose they came to on a day.

Time and dose are asked of all entries together: a refill goes on with the course, and the doses of
entries that run on the same day add up. What the entries do not settle stays open.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, partial, reduce

from cartscreen.answer import NO, UNKNOWN, YES, Answer, at_least
from cartscreen.dates import PartialDate, Span, compare_days, shift
from cartscreen.derive import Gap
from cartscreen.evaluate.chart import Asked, Chart, Entry
from cartscreen.evaluate.exposure import (
    SINGLE_DAYS,
    Days,
    Run,
    Steps,
    Stretch,
    Sum,
    added_up,
    both,
    dosed,
    gaps,
    on_day,
    running,
    total,
    upto,
)
from cartscreen.evaluate.exposure import at_least as on_days
from cartscreen.evaluate.finding import Evidence, Finding, Nearest, combine, union
from cartscreen.evaluate.leaf import stated_time
from cartscreen.frozen import cached, frozen, replace
from cartscreen.observation import Observation, Ongoing
from cartscreen.place import Field, List, Place
from cartscreen.rule.tree import Compare, Is, Rule, Test
from cartscreen.units import Interval
from cartscreen.vocabulary import RecordEntry

Member = tuple[Entry, Finding]
"""An entry, and whether it fits what is asked of each by itself."""

_DAY = timedelta(days=1)


@frozen
class Where:
    """What `where` asks of each entry by itself, and of those that count as one."""

    each: tuple[Rule, ...]
    lasted: tuple[Test, ...] = ()
    doses: tuple[Test, ...] = ()
    ongoing: tuple[Test, ...] = ()

    @cached
    def is_of_several(self) -> bool:
        return bool(self.lasted or self.doses)

    @property
    def rises(self) -> bool:
        """Does more of the drug never speak against it?"""
        checks = [test.check for test in self.doses if isinstance(test.check, Compare)]
        return all(check.asks_for_more for check in checks)


def parted(rules: Sequence[Rule], declared: RecordEntry) -> Where:
    """The rules of `where`, by what they are asked of."""
    tests = [rule for rule in rules if isinstance(rule, Test) and "." not in rule.fact]
    lasted = tuple(test for test in tests if declared.has_role(test.fact, "lasted"))
    doses = tuple(
        test for test in tests if isinstance(test.check, Compare) and declared.adds_up(test.fact)
    )
    ongoing: tuple[Test, ...] = ()
    if lasted or doses:  # the course that goes on is asked, and the dose of the day judged
        ongoing = tuple(
            test
            for test in tests
            if declared.has_role(test.fact, "ends") and isinstance(test.check, Is)
        )
    apart = {id(test) for test in (*lasted, *doses, *ongoing)}
    return Where(tuple(rule for rule in rules if id(rule) not in apart), lasted, doses, ongoing)


def held_together(
    members: Sequence[Member],
    where: Where,
    chart: Chart,
    asked: Asked | None,
    *,
    all_listed: bool,
    is_bare: bool = False,
) -> Finding:
    """Entries that count as one: do they last so long, do they come to such a dose?

    all_listed  the list is complete, so that no dose is missing from a sum
    is_bare     without what was read: for who wants the answer alone
    """
    if not where.is_of_several and len(members) == 1:
        return members[0][1]
    possible = [member for member in members if member[1].answer is not NO]
    if not where.is_of_several or not possible:
        return combine(1, tuple([finding for _, finding in members]))
    group = _Group(members, possible, where, chart, asked, all_listed, is_bare)
    finding = group.lasted() if where.lasted else group.dosed()
    if is_bare:
        return finding
    return replace(finding, nearest=group.nearest) if finding.answer is NO else finding


@frozen
class _Group:
    members: Sequence[Member]
    possible: Sequence[Member]
    where: Where
    chart: Chart
    asked: Asked | None
    all_listed: bool
    is_bare: bool

    def single(self, member: Member, *tests: Test) -> Finding:
        """The entry by itself, with what else is asked of it."""
        entry, finding = member
        if has_steps(entry):  # of several doses, each on its days
            tests = tuple(test for test in tests if test not in self.where.doses)
        if finding.answer is NO or not tests:
            return finding
        if self.is_bare:
            said = [finding.answer, *(self.chart.says(test, entry) for test in tests)]
            return Finding(at_least(len(said), said))
        more = (self.chart.evaluate(test, self.asked, entry) for test in tests)
        return combine(len(tests) + 1, (finding, *more))

    # Doses

    def dosed(self) -> Finding:
        """Is there a day on which the dose is such; with `stop is ongoing`, the day judged?"""
        where, chart = self.where, self.chart
        tests = (*where.ongoing, *where.doses)
        singles = tuple(self.single(member, *tests) for member in self.members)
        hits = [
            single
            for single, (entry, _) in zip(singles, self.members, strict=True)
            if (single.answer is YES and not has_steps(entry))
            or (not where.ongoing and self._reached(entry, single))
        ]
        if hits and where.rises:
            return Finding(YES, parts=tuple(hits))
        alone = len(self.possible) == 1 and not has_steps(self.possible[0][0])
        if alone and (where.rises or self.all_listed):
            return combine(1, singles)
        days = days_at_dose(self.possible, where.doses, all_listed=self.all_listed)
        if where.ongoing:
            days = on_day(days, chart.on)
        sum_read = () if self.is_bare else self._sums(days)
        if days.sure or (not where.rises and any(map(self._is_so_on_its_days, self.possible))):
            at = {number for read in sum_read for number in _numbers(read)}
            shown = [f for e, f in self.possible if not at or e.record.number in at]
            read = tuple(replace(each, answer=YES) for each in sum_read)
            return Finding(YES, because=read, parts=tuple(shown))
        if not days.possible:
            read = tuple(replace(each, answer=NO) for each in sum_read)
            return Finding(NO, because=read, parts=singles)
        if self.is_bare:
            return Finding(UNKNOWN)
        open_ = [single for single in singles if single.answer is UNKNOWN]
        missing = union([single.missing for single in open_])
        reason = open_[0].reason if open_ else ""
        for why, places in () if missing else self._open_doses():
            if places and not missing:
                reason = why
                missing = tuple(dict.fromkeys(places))
        if open_:
            return Finding(UNKNOWN, reason, missing, open_[0].note, parts=tuple(open_))
        return Finding(UNKNOWN, reason, missing, because=sum_read, parts=singles)

    def _reached(self, entry: Entry, single: Finding) -> bool:
        """Did a dose of a single day, which surely was given, come to as much?"""
        if entry.was_given is not YES or single.answer is not UNKNOWN:
            return False
        begins, on = entry.own_course.when("begins"), self.chart.on
        if not isinstance(begins, PartialDate) or begins.latest > on or has_steps(entry):
            return False
        fits = next(finding for each, finding in self.members if each is entry)
        doses = ((test, entry.of_its_day(test.fact)) for test in self.where.doses)
        return fits.answer is YES and all(d is not None and _holds(t, d) is YES for t, d in doses)

    def _open_doses(self) -> Iterable[tuple[str, tuple[Place, ...]]]:
        """Why a sum is open, and what would settle it."""
        entries = [entry for entry, _ in self.possible]
        yield "imprecise_date", tuple(place for e in entries for place in e.vague_days)
        yield "not_recorded", tuple(may_repeat(entries))
        if not self.all_listed:
            yield "list_not_reviewed", (List(entries[0].list_name),)
        yield "not_recorded", tuple(e.record.place(self.where.doses[0].fact) for e in entries)

    def _is_so_on_its_days(self, member: Member) -> bool:
        """Is the dose such on each day of this entry, whichever days they are?"""
        entry, finding = member
        going = entry.going() if self.where.ongoing else YES
        if finding.answer is not YES or going is not YES or entry.was_given is not YES:
            return False
        for test in self.where.doses:
            own = stretch(entry, YES, test)
            others = [
                other
                for (e, _), other in zip(self.possible, self._listed(test), strict=True)
                if e is not entry and _overlap(own, other)
            ]
            dose = total([own], [own, *others], own.possible, all_listed=self.all_listed)
            if _holds(test, dose) is not YES:
                return False
        return own.possible[0] < own.possible[1]

    def _listed(self, test: Test) -> list[Stretch]:
        """The entries on the line of days, with their doses; laid out once."""
        if test not in self._laid_out:
            laid_out = [stretch(e, f.answer, test) for e, f in self.possible]
            self._laid_out[test] = laid_out
        return self._laid_out[test]

    @cached
    def _laid_out(self) -> dict[Test, list[Stretch]]:
        return {}

    def _sums(self, days: Days) -> tuple[Evidence, ...]:
        """The day that decides, with the doses that run on it, where they are several."""
        read = []
        for test in self.where.doses:
            listed = self._listed(test)
            on = self._day(days, listed)
            now = [item for item in listed if on and item.possible[0] <= on < item.possible[1]]
            if on is None or on == date.min or len(now) < 2:
                continue
            segment = on, on + _DAY
            sure = [i for i in now if i.fits is YES and i.sure[0] <= on < i.sure[1]]
            dose = total(sure, now, segment, all_listed=True)
            numbers = tuple(item.number for item in now)
            entry = self.possible[0][0]
            unit = entry.declared.fields[test.fact].unit
            amounts = ((item, item.dose_on(segment)) for item in now)
            each = " and ".join(
                f"{item.drug} {f'{amount} {unit}' if amount else 'of unknown dose'}"
                for item, amount in amounts
            )
            place = Field(entry.list_name, numbers, test.fact)
            text = f"{dose} {unit} on {on}: {each}"
            read.append(Evidence(place, text, test.text, UNKNOWN))
        return tuple(read)

    def _day(self, days: Days, listed: Sequence[Stretch]) -> date | None:
        if self.where.ongoing:
            return self.chart.on
        for runs in (days.sure, days.possible):
            if runs:
                return runs[0][0]
        starts = sorted({item.possible[0] for item in listed})
        count = {
            day: sum(item.possible[0] <= day < item.possible[1] for item in listed)
            for day in starts[:_MOST_DAYS]
        }
        return max(count, key=lambda day: count[day], default=None)

    # Time

    def lasted(self) -> Finding:
        where = self.where
        findings = tuple(
            self._for_so_long(test, test.check)
            for test in where.lasted
            if isinstance(test.check, Compare)
        )
        if self.is_bare:
            return combine(len(findings), findings)
        parts = [self.single(member, *where.doses) for member in self.possible]
        if where.doses and any(part.answer is not NO for part in parts):
            parts = [part for part in parts if part.answer is not NO]
        elif where.doses and findings[0].answer is YES:
            parts = [finding for _, finding in self.possible]
        open_parts = [part for part in parts if part.answer is UNKNOWN]
        whole = combine(len(findings), findings)
        if whole.answer is not UNKNOWN:
            return Finding(whole.answer, parts=(*parts, *findings))
        missing = union([whole.missing, *(part.missing for part in open_parts)])
        reason = whole.reason or (open_parts[0].reason if open_parts else "imprecise_date")
        return Finding(UNKNOWN, reason, missing, whole.note, parts=(*parts, *findings))

    def _for_so_long(self, test: Test, check: Compare) -> Finding:
        """The longest time without a gap covered by the entries: surely, and at most."""
        chart, where = self.chart, self.where
        if where.doses and not self._may_reach():
            return Finding(NO, because=() if self.is_bare else self._sums(Days((), ())))
        missing: list[Place] = []
        told: list[Evidence] = []
        dated: list[Member] = []
        why, note = "not_recorded", ""
        for member in self.possible:
            entry = member[0]
            found = entry.span
            if isinstance(found, Span):
                dated.append(member)
                continue
            if found.reason == "conflict":
                why, note = found.reason, found.note
            stated = entry.course.stated("lasted")
            if isinstance(stated, Observation):
                stated = entry.grown(stated, entry.declared.fields[test.fact])
                assert isinstance(stated.value, Interval)
                said = stated_time(stated.value, stated.unit, check, stated.grown)
                if where.ongoing:
                    said = at_least(2, (said, entry.going()))
                read = Evidence(entry.own.place(test.fact), stated.text, test.text, said)
                if said is YES and self._fits_alone(member):
                    return Finding(YES, because=(read,))
                told.append(read)
                if said is not NO or len(self.possible) > 1:
                    missing += found.missing
            else:
                missing += found.missing
        days = self._days(dated)
        if where.ongoing:
            days = on_day(days, chart.on)
        days = upto(days, chart.on, stops_today(dated))
        said = so_long(days, check)
        if self.is_bare:
            return Finding(said if said is YES or not missing else UNKNOWN)
        numbers = tuple(entry.record.number for entry, _ in self.possible)
        place = Field(self.possible[0][0].list_name, numbers, test.fact)
        run = run_evidence(place, test.text, days, check, said)
        if said is YES or (said is NO and not missing):
            return Finding(said, because=(*(replace(read, answer=said) for read in told), *run))
        because = (*told, *run)
        if missing:
            return Finding(UNKNOWN, why, tuple(missing), note, because)
        vague = [place for entry, _ in dated for place in entry.vague_days]
        if any(finding.answer is UNKNOWN for _, finding in dated) and not vague:
            return Finding(UNKNOWN, because=because)  # for the reason that an entry may not fit
        for reason, places in (("imprecise_date", vague), *self._open_time(dated)):
            if places:
                note = self._contradiction() if reason == "conflict" else ""
                return Finding(UNKNOWN, reason, tuple(dict.fromkeys(places)), note, because)
        return Finding(UNKNOWN, because=because)

    def _contradiction(self) -> str:
        """How an entry contradicts itself in its dose."""
        for test in self.where.doses:
            for entry, _ in self.possible:
                found = entry.read(test.fact, entry.declared.fields[test.fact])
                if isinstance(found, Gap) and found.reason == "conflict":
                    return found.note
        return ""

    def _open_time(self, dated: Sequence[Member]) -> Iterable[tuple[str, Sequence[Place]]]:
        """Why a time is open, where all dates are known."""
        entries = [entry for entry, _ in dated]
        if self.where.doses:
            open_ = [self.single(member, *self.where.doses) for member in dated]
            unknown = [single for single in open_ if single.answer is UNKNOWN]
            if unknown:
                yield unknown[0].reason, union([one.missing for one in unknown])
            yield "not_recorded", list(may_repeat(entries))
            if not self.all_listed and not self.where.rises:
                yield "list_not_reviewed", [List(entries[0].list_name)]
        yield "not_recorded", [e.own.place(e.course.field("every")) for e in entries if e.joins]

    def _days(self, dated: Sequence[Member]) -> Days:
        if not self.where.doses:
            return running([stretch(e, f.answer) for e, f in dated])
        tests, listed = self.where.doses, self.all_listed
        every = days_at_dose(self.possible, tests, all_listed=listed)
        if len(dated) == len(self.possible):
            return every
        may = days_at_dose(dated, tests, all_listed=listed)
        return Days(every.sure, may.possible, may.whole)

    def _fits_alone(self, member: Member) -> bool:
        if has_steps(member[0]):
            return False
        return self.where.rises and self.single(member, *self.where.doses).answer is YES

    def nearest(self) -> tuple[Nearest, ...]:
        """How near the entries came: for how long at how high a dose."""
        where = self.where
        checks = [test.check for test in where.lasted if isinstance(test.check, Compare)]
        lengths = [check for check in checks if check.asks_for_more]
        if len(checks) > 1 or len(lengths) < len(checks) or len(where.doses) > 1:
            return ()
        length = lengths[0] if lengths else None
        listed = [stretch(e, f.answer, *where.doses) for e, f in self.possible]
        if not where.doses:
            days = running(listed)
            return nearest_time(self._up_to_now(days), length, listed) if length else ()
        (test,) = where.doses
        assert isinstance(test.check, Compare)
        if not where.rises:
            return ()
        limit = test.check.limit
        doses = {dose.low for item in listed for dose in item.doses if dose is not None}
        found: list[Nearest] = []
        unit = self.possible[0][0].declared.fields[test.fact].unit
        sums = _sums_of(self.possible, test)
        for level in sorted({min(low, limit) for low in doses if low}, reverse=True):
            days = _at_dose(sums, partial(_reaches, level), all_listed=True)
            for one in nearest_time(self._up_to_now(days), length, listed):
                if not found or one.days > found[-1].days:
                    found.append(replace(one, dose=level, dose_asked=limit, unit=unit))
        return tuple(found)

    def _up_to_now(self, days: Days) -> Days:
        days = on_day(days, self.chart.on) if self.where.ongoing else days
        return upto(days, self.chart.on, stops_today(self.possible))

    def _may_reach(self) -> bool:
        """Might the doses of all entries together be such?"""
        for test in self.where.doses:
            listed = [stretch(e, UNKNOWN, test) for e, _ in self.possible]
            most = total([], listed, (date.min, date.max), all_listed=True)
            if _holds(test, most) is NO:
                return False
        return True


_MOST_DAYS = 100


def days_at_dose(members: Sequence[Member], tests: Sequence[Test], *, all_listed: bool) -> Days:
    """The days on which the entries come to such a dose; of each of several tests."""
    found = (
        _at_dose(_sums_of(members, test), partial(_holds, test), all_listed=all_listed)
        for test in tests
    )
    return reduce(both, found)


def _sums_of(members: Sequence[Member], test: Test) -> list[list[Sum]]:
    """The sums of the doses that a test asks for, of the entries whose doses add up."""
    listed = [stretch(entry, finding.answer, test) for entry, finding in members]
    return [added_up(same) for same in _of_one_kind(listed, test, members)]


def _at_dose(
    sums: Iterable[Iterable[Sum]], holds: Callable[[Interval], Answer], *, all_listed: bool
) -> Days:
    """The days on which one of these sums at least is such."""
    return on_days(1, [dosed(each, holds, all_listed=all_listed) for each in sums])


def _of_one_kind(
    listed: Sequence[Stretch], test: Test, members: Sequence[Member]
) -> Iterable[Sequence[Stretch]]:
    """The entries whose doses add up: all as prednisone; as they are, those of one drug."""
    declared = members[0][0].declared if members else None
    if declared is None or not declared.is_of_one_drug(test.fact):
        return [listed]
    unknown = {item.drug for item in listed if item.drug.startswith(_NO_NAME)}
    return [
        [
            item if item.drug == drug else replace(item, fits=UNKNOWN)
            for item in listed
            if item.drug == drug or item.drug in unknown
        ]
        for drug in dict.fromkeys(item.drug for item in listed)
    ]


_NO_NAME = "drug of entry "


def _holds(test: Test, dose: Interval) -> Answer:
    assert isinstance(test.check, Compare)
    return dose.compare(test.check.operator, test.check.limit)


def _reaches(level: Fraction, dose: Interval) -> Answer:
    return dose.compare(">=", level)


def stretch(entry: Entry, fits: Answer, test: Test | None = None) -> Stretch:
    """The entry on the line of days up to the date judged, with the dose that a test asks for."""
    given = entry.was_given
    fits = NO if given is NO else fits if given is YES else at_least(2, (fits, UNKNOWN))
    key = fits, test.fact if test else ""
    found = entry.laid_out.get(key)
    if found is None:
        found = stretch(entry, fits) if test else _laid_out(entry, fits)
        if test:
            dose, apart = _dose(entry, test), entry.days_apart(test.fact) is not None
            found = replace(found, dose=dose, steps=_steps(entry, test), apart=apart)
        entry.laid_out[key] = found
    return found


def _laid_out(entry: Entry, fits: Answer) -> Stretch:
    """The entry without its doses."""
    own = entry.own_course
    after = shift(entry.chart.on, 1, "days")
    start, stop = own.when("begins"), own.when("ends")
    first = start if isinstance(start, PartialDate) else PartialDate(date.min, after)
    end = PartialDate(first.earliest, after)
    if isinstance(stop, Ongoing):
        end = PartialDate.day(after)
    elif isinstance(stop, PartialDate):
        end = PartialDate(shift(stop.earliest, 1, "days"), shift(stop.latest, 1, "days"))
    return Stretch(
        entry.record.number,
        entry.drug.name if entry.drug else f"{_NO_NAME}{entry.record.number}",
        fits,
        _clipped(first, after),
        _clipped(end, after),
        None,
        entry.course.is_extra,
        entry.joins,
    )


def _clipped(day: PartialDate, after: date) -> PartialDate:
    return PartialDate(min(day.earliest, after), min(day.latest, after))


def stops_today(members: Iterable[tuple[Entry, Finding]]) -> Answer:
    """Does one of the entries that count stop on the date judged?"""
    ends = [(entry, finding) for entry, finding in members if entry.stops_today is not NO]
    if not ends:
        return NO
    said = ((entry.was_given, finding.answer, entry.stops_today) for entry, finding in ends)
    return at_least(1, (at_least(3, each) for each in said))


def has_steps(entry: Entry) -> bool:
    """Did the dose of the entry change, in steps?"""
    return entry.course.states("steps")


def _dose(entry: Entry, test: Test) -> Interval | None:
    found = entry.read(test.fact, entry.declared.fields[test.fact])
    value = found.value if isinstance(found, Observation) else None
    return value if isinstance(value, Interval) else None


def _steps(entry: Entry, test: Test) -> Steps:
    """The doses of an entry that changed, each from a day on."""
    if test.fact not in entry.steps:
        entry.steps[test.fact] = Steps(_each_step(entry, test))
    return entry.steps[test.fact]


def _each_step(entry: Entry, test: Test) -> Iterator[tuple[PartialDate, Interval | None]]:
    found = entry.course.stated("steps")
    if not isinstance(found, Observation) or not isinstance(found.value, tuple):
        return
    doses = {name for step in found.value for name in step.fields}
    rest = {key: item for key, item in entry.record.fields.items() if key not in doses}
    for step in found.value:
        own = replace(entry.record, fields={**rest, **step.fields})
        yield step.since, _dose(replace(entry, record=own), test)


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one.possible[0] < other.possible[1] and other.possible[0] < one.possible[1]


def may_repeat(entries: Sequence[Entry]) -> Iterable[Place]:
    """Where it is open whether one entry repeats another of its drug, or is taken besides it."""
    before: dict[str, list[Stretch]] = {}
    for entry in entries[:_MOST_DAYS]:
        if entry.drug is None or "together" not in entry.course.roles:
            continue
        own = stretch(entry, YES)
        others = before.setdefault(entry.drug.name, [])
        if not own.together:
            for other in others:
                if _overlap(own, other):
                    yield entry.own.place(entry.course.field("together"))
        others.append(own)


# How long


def so_long(days: Days, check: Compare) -> Answer:
    """Is it so for so long: in one piece, or with its pieces added up?"""
    if any(_long_enough(run, check) for run in days.sure):
        return YES
    if not check.in_all:
        is_long = ends_of(int(check.limit), check.unit)[0] > SINGLE_DAYS
        runs = days.pieces if is_long else days.possible
        return UNKNOWN if any(_long_enough(run, check) for run in runs) else NO
    shortest, longest = ends_of(int(check.limit), check.unit)
    sure, most = (sum((b - a).days for a, b in runs) for runs in (days.sure, days.possible))
    if _is_enough(sure, longest, check):
        return YES
    if not _is_enough(most, shortest, check):
        return NO
    if days.sure != days.possible:
        return UNKNOWN
    first = days.sure[0][0]  # the pieces laid end to end
    return YES if _long_enough((first, shift(first, sure, "days")), check) else NO


def _is_enough(length: int, limit: int, check: Compare) -> bool:
    return length > limit if check.operator == ">" else length >= limit


@cache
def ends_of(count: int, unit: str) -> tuple[int, int]:
    """How many days so many months are, at least and at most: from any day of four years."""
    if unit == "days":
        return count, count
    if unit == "weeks":
        return 7 * count, 7 * count
    starts = [date(2023 + year, month, 1) for year in range(4) for month in range(1, 13)]
    lengths = [(shift(first, count, unit) - first).days for first in starts]
    return min(lengths), max(lengths)


def _long_enough(run: Run, check: Compare) -> bool:
    return compare_days(run[0], run[1], check.operator, int(check.limit), check.unit)


def run_evidence(
    place: Field, text: str, days: Days, check: Compare | None, said: Answer
) -> tuple[Evidence, ...]:
    """The longest piece, or what the pieces come to, and the gaps beside it where they decide."""
    if not days.possible:
        return ()
    runs = days.pieces
    if not runs:
        last = days.possible[-1][1] - _DAY
        told = f"on single days, with none between, from {days.possible[0][0]} to {last}"
        return (Evidence(place, told, text, said),)
    longest = max(runs, key=lambda run: run[1] - run[0])
    if check is not None and check.in_all and len(runs) > 1:
        added = sum((b - a).days for a, b in runs)
        last = runs[-1][1] - _DAY
        most = "" if runs == days.sure else "at most "
        told = f"{most}{added} days in {len(runs)} pieces from {runs[0][0]} to {last}"
    else:
        most = "" if longest in days.sure else "at most "
        told = (
            f"{most}{(longest[1] - longest[0]).days} days from {longest[0]} to {longest[1] - _DAY}"
        )
        if said is not YES and check is not None and _long_enough((runs[0][0], runs[-1][1]), check):
            beside = [gap for gap in gaps(runs) if longest[0] == gap[1] or longest[1] == gap[0]]
            told += "".join(f"; {_gap(gap)}" for gap in beside)
    return (Evidence(place, told, text, said),)


def nearest_time(
    days: Days, check: Compare | None, listed: Sequence[Stretch]
) -> tuple[Nearest, ...]:
    """The longest piece of these days, with the entries that ran in it.

    Months are counted from the first day of the piece: three from 26 February are 90 days.
    """
    if not days.pieces or (check is not None and check.in_all):
        return ()
    start, end = max(days.pieces, key=lambda run: run[1] - run[0])
    inside = (item for item in listed if item.possible[0] < end and start < item.possible[1])
    numbers = tuple(sorted(item.number for item in inside))
    asked = None
    if check is not None:
        asked = (shift(start, int(check.limit), check.unit) - start).days
        asked += check.operator == ">"
    return (Nearest(numbers, (end - start).days, asked),)


def _gap(gap: Run) -> str:
    days = (gap[1] - gap[0]).days
    if days == 1:
        return f"a gap of 1 day on {gap[0]}"
    return f"a gap of {days} days from {gap[0]} to {gap[1] - _DAY}"


def _numbers(read: Evidence) -> tuple[int, ...]:
    return read.place.numbers if isinstance(read.place, Field) else ()
