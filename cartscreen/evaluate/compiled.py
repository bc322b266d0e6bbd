"""Where trials stand, without reasons: rules compiled to functions that stop once it is decided.

`screen` is the law. What is compiled here answers as it does, for every criterion of every patient,
and makes no evidence; `tests/laws/test_compiled.py` holds the two against each other. What is rare
or hard (windows, changes, doses, the time of courses) is asked of what `screen` asks, bare.

Most of what trials ask is not told by most profiles. Where a profile is silent on all that a rule
may follow from, the answer is that of a blank profile, as in `evaluate`. Criteria have numbers, so
that those of which a profile says something are one set.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence, Set
from datetime import date
from typing import TypeVarTuple

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.contract import Status
from cartscreen.derive import Gap
from cartscreen.evaluate.answers import Chosen, answer_to, chosen
from cartscreen.evaluate.chart import Chart, Entry, newest_of
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.exposure import Days, both, cut
from cartscreen.evaluate.finding import bare
from cartscreen.evaluate.lasting import so_long
from cartscreen.evaluate.leaf import leaf
from cartscreen.evaluate.records import (
    asks_of,
    counted,
    days_of,
    despite,
    last_visit,
    review_of,
)
from cartscreen.evaluate.screening import (
    Standing,
    counts,
    left_of,
    standing,
    status_of,
    verdict_of,
)
from cartscreen.evaluate.since import compared
from cartscreen.frozen import cached, frozen
from cartscreen.observation import Observation
from cartscreen.pack.model import Contradiction, Pack
from cartscreen.pack.trial import Criterion, Gate, Trial
from cartscreen.place import fact_place
from cartscreen.profile.model import BLANK, Profile
from cartscreen.rule.tree import (
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    Together,
    walk,
)
from cartscreen.units import LLN, ULN, Interval
from cartscreen.vocabulary import FactEntry, Ruled

Asks = Callable[["BareChart", Answer], Answer]
"""A rule, compiled: its answer for a patient; given what the question in it was answered."""

AsksOf = Callable[["BareChart", Entry, Answer], Answer]
"""The same, of a rule that is asked of an entry of a list."""

Members = Sequence[tuple[Entry, Answer]]
"""The entries of a list that may fit, each with whether it does."""

AsksOfMembers = Callable[["BareChart", Sequence[Members]], Answer]
"""A rule about lists, compiled: its answer by the entries that may fit, of each of its parts."""

Judged = tuple[Answer, bool]
"""The answer to a criterion, and whether it applies."""


class BareChart(Chart):
    """A chart that keeps answers alone, and works out nothing of what nothing is known.

    answers  of rules and reviews, by number
    members  of a list, the entries that may fit: by number of what is asked of each
    days     on which entries run that may fit
    """

    def __init__(
        self,
        profile: Profile,
        compiled: "Compiled",
        on: date,
        contradictions: tuple[Contradiction, ...] = (),
        beside: "Chart | None" = None,
        spoken_on: date | None = None,
    ) -> None:
        super().__init__(profile, compiled.pack, on, evaluate, contradictions, spoken_on, beside)
        self._compiled = compiled
        self.answers: dict[int, Answer] = {}
        self.members: dict[int, Members] = {}
        self.days: dict[object, Days] = {}
        self._current: dict[str, Sequence[Observation]] = {}

    @cached
    def open(self) -> Set[int]:
        """The numbers of the criteria of which the profile, or a person, may say something."""
        given = ((trial, key) for trial, said in self.profile.answers.items() for key in said)
        return self._compiled.numbers_of((*self.heard, *given))

    def _on(self, day: date) -> Chart:
        return BareChart(self.profile, self._compiled, day, self.contradictions, self)

    def says(self, rule: Rule, entry: Entry | None = None) -> Answer:
        """As a Chart has it, by what is compiled."""
        if entry is None:
            return self._compiled.rule(rule)(self, UNKNOWN)
        return self._compiled.of_entry(rule, entry.list_name)(self, entry, UNKNOWN)

    def current(self, entry: FactEntry) -> Sequence[Observation]:
        """The results that may be the newest; none where a single one no longer says what is so."""
        known = self._current.get(entry.name)
        if known is None:
            found = self.results(entry.name, self.on)
            known = [] if isinstance(found, Gap) else newest_of(found, self.on)
            if len(known) == 1 and self.speaks(entry, known[0]) is not YES:
                known = []
            self._current[entry.name] = known
        return known

    def _derive_by_rule(self, entry: FactEntry, by: Ruled, rule: Rule) -> Observation | Gap:
        """Without the evidence, unless it makes a value: that has the date of what was read.

        Why there is none may tell another fact whether its next derivation is tried.
        """
        said = self._compiled.rule(rule)(self, UNKNOWN)
        if said is UNKNOWN and entry.name in self._compiled.with_reasons:
            return super()._derive_by_rule(entry, by, rule)
        if said is UNKNOWN or (by.yes if said is YES else by.no) is None:
            return Gap("not_recorded", (fact_place(entry.name),))
        return super()._derive_by_rule(entry, by, rule)


Judge = Callable[["BareChart", Mapping[str, Judged]], Judged]
"""A criterion, compiled: of a chart, and of what was said of the criteria below a heading."""


@frozen
class _Item:
    """A criterion, compiled.

    number  of what the profile must say something of, or a person; else it is as of a blank chart
    status  what each answer means
    counts  does it count; None where that depends on the patient
    """

    criterion: Criterion
    name: str
    number: int
    judge: Judge
    status: Mapping[Answer, Status]
    counts: bool | None


def _among(criterion: Criterion, trial: Trial) -> list[str]:
    """The criterion, and those below it."""
    below = criterion.gate.children if criterion.gate else ()
    return [criterion.id, *(one for name in below for one in _among(trial.by_id[name], trial))]


def _left(
    criterion: Criterion, asks: tuple[Asks, ...], decided: Mapping[str, Chosen]
) -> tuple[Asks, ...]:
    """The readings that the decided choices leave; all, where they leave none."""
    labels = {name: item.label for name, item in decided.items()}
    return tuple(ask for _, ask in left_of(criterion, asks, labels))


class Compiled:
    """The criteria of some trials of a pack, compiled."""

    def __init__(self, pack: Pack, trials: Iterable[Trial], *, preferred: bool = False) -> None:
        self.pack = pack
        self.trials = tuple(trials)
        self._preferred = preferred
        self._reviews: dict[str, Asks] = {}
        self._asks: dict[int, tuple[Rule, Asks]] = {}  # equal rules of a pack are one object
        self._lists: dict[object, int] = {}  # what is asked of lists, by number
        self._asks_of: dict[tuple[int, str], tuple[Rule, AsksOf]] = {}
        self._count = 0  # of rules whose answer is kept
        self._read_by: dict[Hashable, list[int]] = {}
        self.compiled = [
            CompiledTrial(trial, tuple(self._item(item, trial) for item in trial.criteria), {})
            for trial in self.trials
        ]
        blank = BareChart(BLANK, self, self.blank.on)
        blank.open = frozenset(range(self._count + 1))  # of this one, each is judged
        for each in self.compiled:
            each.of_blank.update(each.judged(blank))

    def is_of(self, pack: Pack, trials: Iterable[Trial], *, preferred: bool) -> bool:
        """Are these the trials, of this very pack, read in this way?"""
        is_same = self.pack is pack and self._preferred is preferred
        return is_same and [*map(id, self.trials)] == [*map(id, trials)]

    @property
    def blank(self) -> Chart:
        """The chart of a patient of whom nothing is known."""
        return Chart.of_nobody(self.pack, evaluate)

    @cached
    def with_reasons(self) -> Set[str]:
        """The facts of which it matters why they have no value.

        Of a fact that has several derivations, the next is not tried where a date is inexact.
        """
        several = (
            name for name, entry in self.pack.vocabulary.facts.items() if len(entry.derive) > 1
        )
        return {fact for name in several for fact in self.pack.closure([name])}

    @cached
    def _contradictions(self) -> "list[tuple[Contradiction, Callable[[BareChart], bool]]]":
        """The contradictions of the pack, each with whether it surely holds."""
        return [(item, self._held(item.rule)) for item in self.pack.contradictions]

    # Rules

    def _number(self) -> int:
        self._count += 1
        return self._count

    def rule(self, rule: Rule) -> Asks:
        """The rule, compiled; one that asks nothing of a person is asked once of a chart."""
        if id(rule) not in self._asks:
            ask = self._compile(rule)
            self._asks[id(rule)] = rule, ask if rule.question else self._kept(rule, ask)
        return self._asks[id(rule)][1]

    def of_members(self, rule: Records | Together) -> "AsksOfMembers":
        """A rule about lists, asked of these entries in place of those that may fit on the day."""
        ask = self._compile(rule)
        parts = [rule] if isinstance(rule, Records) else rule.parts
        numbers = [self.members_number(part) for part in parts]

        def asked(chart: BareChart, members: Sequence[Members]) -> Answer:
            chart.members.update(zip(numbers, members, strict=True))
            found = ask(chart, UNKNOWN)
            for number in numbers:
                chart.members.pop(number, None)
            return found

        return asked

    def _held(self, rule: Rule) -> "Callable[[BareChart], bool]":
        """Does it surely hold? Where all parts must, none is asked after one that may not."""
        if isinstance(rule, Group) and rule.k == len(rule.rules) and not rule.none:
            parts = [self._held(part) for part in self._cheapest_first(rule.rules)]
            return lambda chart: all(is_held(chart) for is_held in parts)
        ask = self.rule(rule)
        return lambda chart: ask(chart, UNKNOWN) is YES

    def _kept(self, rule: Rule, ask: Asks) -> Asks:
        """Asked once of a chart; of one that is silent on it, the answer is that of a blank one."""
        number, names = self._number(), rule.names
        of_blank = evaluate(rule, self.blank).answer

        def kept(chart: BareChart, said: Answer) -> Answer:
            found = chart.answers.get(number)
            if found is None:
                found = of_blank if names.isdisjoint(chart.heard) else ask(chart, said)
                chart.answers[number] = found
            return found

        return kept

    def _cheapest_first(self, rules: Iterable[Rule]) -> list[Rule]:
        """Questions first, then what must be stated, words before numbers; lists last."""
        facts = self.pack.vocabulary.facts

        def cost(rule: Rule) -> tuple[int, int, bool]:
            lists = sum(isinstance(part, Records | Together) for part in walk(rule))
            derived = sum(name in facts and bool(facts[name].derive) for name in rule.names)
            words = (
                rule.check.words if isinstance(rule, Test) and isinstance(rule.check, Is) else ()
            )
            return lists, derived, not words or "ongoing" in words

        return sorted(rules, key=cost)

    def _compile(self, rule: Rule) -> Asks:
        match rule:
            case Test():
                return self._test(rule)
            case Group():
                asks = [self.rule(part) for part in self._cheapest_first(rule.rules)]
                return _gate(rule.k, asks, none=rule.none)
            case Records():
                return self._records(rule)
            case Together():
                return self._together(rule)
            case Question():
                return lambda _, said: said

    def _test(self, test: Test) -> Asks:
        declared = self.pack.vocabulary.facts[test.fact]
        quick = _quick(test, declared)
        if quick is None:
            return lambda chart, _: _tested(test, chart, None)

        def ask(chart: BareChart, _: Answer) -> Answer:
            newest = chart.current(declared)
            if not newest:
                return UNKNOWN
            said = quick(newest[0]) if len(newest) == 1 else None
            return _tested(test, chart, None) if said is None else said

        return ask

    def _records(self, rule: Records) -> Asks:
        where = asks_of(rule, self.pack).where
        members_of, review = self._members(rule), self._review(rule)
        is_of_each = not rule.different and not where.is_of_several

        def ask(chart: BareChart, said: Answer) -> Answer:
            found, members = NO, members_of(chart, said)
            if is_of_each:
                found = at_least(rule.k, [one for _, one in members])
            elif len(members) >= rule.k:
                is_closed = bool(where.doses) and review(chart, said) is YES
                alone = [(entry, bare(one)) for entry, one in members]
                found = counted(rule, chart, alone, where, is_closed=is_closed)
            if found is not NO:
                return found
            is_sure = rule.name not in chart.conflicts and review(chart, said) is YES
            return NO if is_sure else UNKNOWN

        return ask

    def _review(self, rule: Records) -> Asks:
        """Is the list complete for what the rule asks? Found once for rules that ask the same."""
        review = asks_of(rule, self.pack).review
        number = self._number()

        def ask(chart: BareChart, _: Answer) -> Answer:
            found = chart.answers.get(number)
            if found is None:
                found = UNKNOWN
                if chart.review(rule.name) is not None:
                    found = at_least(1, (review_of(rule, chart).answer, UNKNOWN))
                chart.answers[number] = found
            return found

        return self._reviews.setdefault(review, ask)

    def _together(self, rule: Together) -> Asks:
        parts = [(self._days(part), self._review(part)) for part in rule.parts]

        def ask(chart: BareChart, said: Answer) -> Answer:
            days: Days | None = None
            for days_of_part, _ in parts:
                more = days_of_part(chart, said)
                days = more if days is None else both(days, more)
                if not days.possible:
                    break
            assert days is not None
            if rule.lasted is not None:
                found = so_long(cut(days, chart.on), rule.lasted)
            else:
                found = YES if days.sure else UNKNOWN if days.possible else NO
            if found is NO and any(review(chart, said) is not YES for _, review in parts):
                return UNKNOWN
            return found

        return ask

    def _days(self, rule: Records) -> "Callable[[BareChart, Answer], Days]":
        """The days on which a part of a `together` holds, found once for the same entries."""
        where = asks_of(rule, self.pack).where
        members_of, review = self._members(rule), self._review(rule)
        same = rule.name, rule.k, rule.different, where.doses, where.ongoing
        number = self._lists.setdefault(same, len(self._lists))

        def days(chart: BareChart, said: Answer) -> Days:
            members = members_of(chart, said)
            if not members:
                return _NEVER
            is_closed = bool(where.doses) and review(chart, said) is YES
            key = number, is_closed, *[(entry.record.number, one) for entry, one in members]
            if key not in chart.days:
                alone = [(entry, bare(one)) for entry, one in members]
                chart.days[key] = days_of(rule, chart, alone, is_closed=is_closed)
            return chart.days[key]

        return days

    def _members(self, rule: Records) -> "Callable[[BareChart, Answer], Members]":
        """The entries that may fit, with their answers; found once for rules that ask the same."""
        fits, number = self.fits(rule), self.members_number(rule)

        def members(chart: BareChart, said: Answer) -> Members:
            if number in chart.members and rule.question is None:
                return chart.members[number]
            found = []
            for entry in chart.entries(rule.name):
                one = fits(chart, entry, said)
                if one is not NO:
                    found.append((entry, one))
            chart.members[number] = found
            return found

        return members

    def members_number(self, rule: Records) -> int:
        """One number for all rules that ask the same of each entry by itself."""
        return self._lists.setdefault(asks_of(rule, self.pack).of_each, len(self._lists))

    def fits(self, rule: Records) -> AsksOf:
        """Does an entry satisfy what is asked of each by itself?"""
        asks = asks_of(rule, self.pack)
        where = [self.of_entry(part, rule.name) for part in self._cheapest_first(asks.where.each)]

        def fits(chart: BareChart, entry: Entry, said: Answer) -> Answer:
            found = YES if asks.takes_not_given else entry.was_given
            if found is NO:
                return NO
            for ask in where:
                one = ask(chart, entry, said)
                if one is NO:
                    return NO
                if one is UNKNOWN:
                    found = UNKNOWN
            if found is not YES:
                return UNKNOWN
            if entry.has_begun_by(last_visit(rule, chart)[0]) is not YES:
                return UNKNOWN
            return despite(entry, bare(YES)).answer if rule.despite else YES

        return fits

    def of_entry(self, rule: Rule, name: str) -> AsksOf:
        """The rule, compiled to be asked of an entry of this list."""
        key = id(rule), name
        if key not in self._asks_of:
            self._asks_of[key] = rule, self._of_entry(rule, name)
        return self._asks_of[key][1]

    def _of_entry(self, rule: Rule, name: str) -> AsksOf:
        match rule:
            case Test() if "." not in rule.fact:
                return self._test_of_entry(rule, name)
            case Group():
                parts = [self.of_entry(part, name) for part in self._cheapest_first(rule.rules)]
                return _gate(rule.k, parts, none=rule.none)
            case _:
                ask = self.rule(rule)
                return lambda chart, _, said: ask(chart, said)

    def _test_of_entry(self, test: Test, name: str) -> AsksOf:
        """A test of a field of a list, which is asked once of an entry."""
        number = self._number()
        hard: AsksOf = lambda chart, entry, _: _tested(test, chart, entry)  # noqa: E731
        ask = hard
        declared = self.pack.vocabulary.records[name].fields[test.fact]
        if isinstance(test.check, Is) and declared.kind == "drug":
            ask = _is_drug(test.check, hard)
        elif isinstance(test.check, Is | Present) and not test.window and not declared.derive:
            ask = _is_word(test.check, declared, hard)

        stays = not test.window and not test.since and declared.kind not in _MOVES
        stays = stays and not declared.derive and not declared.grows

        def kept(chart: BareChart, entry: Entry, said: Answer) -> Answer:
            answers = entry.answers_ever if stays else entry.answers
            found = answers.get(number)
            if found is None:
                found = answers[number] = ask(chart, entry, said)
            return found

        return kept

    # Trials

    def numbers_of(self, names: Iterable[Hashable]) -> Set[int]:
        """The numbers of the criteria that read these facts and lists, or answers of persons."""
        return frozenset().union(*(self._read_by.get(name, ()) for name in names))

    def _item(self, criterion: Criterion, trial: Trial) -> _Item:
        among, ids = _among(criterion, trial), {*trial.by_id}
        names = [name for item in among for name in trial.names_of[item]]
        keys = [(trial.id, key) for item in among for key in trial.keys_of[item]]
        each: tuple[Status, ...] = ("matched", "failed")
        counted = {counts(criterion, trial, dict.fromkeys(ids, status), ids) for status in each}
        number = self._number()
        for name in {*names, *keys}:
            self._read_by.setdefault(name, []).append(number)
        return _Item(
            criterion,
            criterion.id,
            number,
            self._judge(criterion, trial),
            {said: status_of(criterion, said) for said in Answer},
            counted.pop() if len(counted) == 1 and not trial.applies(criterion) else None,
        )

    def _judge(self, criterion: Criterion, trial: Trial) -> Judge:
        """The answer, and whether the criterion applies."""
        found = _heading(criterion.gate) if criterion.gate else self._read(criterion, trial)
        applies = tuple(map(self.rule, trial.applies(criterion)))
        passed = YES if criterion.kind == "inclusion" else NO

        def judge(chart: BareChart, below: Mapping[str, Judged]) -> Judged:
            said = [rule(chart, UNKNOWN) for rule in applies]
            if NO in said:
                return passed, False
            one = found(chart, below)
            return one if UNKNOWN not in said or one is passed else UNKNOWN, True

        return judge if applies else lambda chart, below: (found(chart, below), True)

    def _read(
        self, criterion: Criterion, trial: Trial
    ) -> Callable[[BareChart, Mapping[str, Judged]], Answer]:
        """The answer in which the readings agree that the site, or a person, leaves."""
        asks = tuple(self.rule(reading.rule) for reading in criterion.readings)
        keys, preferred = trial.keys_of[criterion.id], self._preferred
        by_site = _left(criterion, asks, chosen(criterion, trial, BLANK, preferred=preferred))

        def read(chart: BareChart, _: Mapping[str, Judged]) -> Answer:
            profile, left, said = chart.profile, by_site, UNKNOWN
            answered = profile.answers.get(trial.id)
            if answered and not keys.isdisjoint(answered):
                given = answer_to(criterion, trial, profile)
                said = UNKNOWN if given is None else answer(given.said is True)
                decided = chosen(criterion, trial, profile, preferred=preferred)
                left = _left(criterion, asks, decided)
            found = left[0](chart, said)
            for ask in left[1:]:
                if ask(chart, said) is not found:
                    return UNKNOWN
            return found

        return read

    def chart_on(self, profile: Profile, on: date) -> BareChart:
        """As `evaluator.chart_on`. Raises Problem for a date outside the patient's life."""
        chart = BareChart(profile, self, on)
        held = tuple(
            item
            for item, is_held in self._contradictions
            if not item.rule.names.isdisjoint(chart.heard) and is_held(chart)
        )
        if not held:
            return chart
        sure = BareChart(profile, self, on, held, chart)
        chart.end()
        return sure

    def standings(self, chart: BareChart) -> tuple[Standing, ...]:
        """Where each of the trials stands."""
        return tuple(trial.standing(chart) for trial in self.compiled)


@frozen
class CompiledTrial:
    """A trial, compiled.

    of_blank  its criteria, judged of a patient of whom nothing is known
    """

    trial: Trial
    items: tuple[_Item, ...]
    of_blank: dict[str, Judged]

    def judged(self, chart: BareChart, names: Collection[str] | None = None) -> dict[str, Judged]:
        """The answer of each criterion, and whether it applies.

        names  judge these alone, with a heading those below it; the others are as of a blank
        """
        found, open_ = dict(self.of_blank), chart.open
        for item in reversed(self.items):  # children before their heading
            if item.number in open_ and (names is None or item.name in names):
                found[item.name] = item.judge(chart, found)
        return found

    def standing(self, chart: BareChart) -> Standing:
        """Where the trial stands for a patient: as `assemble` has it."""
        found = self.judged(chart)
        statuses = {item.name: item.status[found[item.name][0]] for item in self.items}
        applicable = {name for name, (_, applies) in found.items() if applies}
        counted = [
            (item.name, statuses[item.name])
            for item in self.items
            if item.counts
            or (item.counts is None and counts(item.criterion, self.trial, statuses, applicable))
        ]
        top = [statuses[item.name] for item in self.items if not item.criterion.parent]
        return standing(self.trial, verdict_of(top), counted)


_NEVER = Days((), ())
_MOVES = ("date", "duration", "steps")  # kinds of fields about which a day decides


def _quick(test: Test, declared: FactEntry) -> Callable[[Observation], Answer | None] | None:
    """A check of the newest value; None, and of a value None, where `leaf` is asked."""
    check = test.check
    if test.window is not None or test.any or test.since or declared.kind == "drug":
        return None
    match check:
        case Present():
            return lambda item: answer(item.value) if isinstance(item.value, bool) else None
        case Is():
            words = {*check.words, *(declared.local if "local" in check.words else ())}
            return lambda item: answer(item.value in words) if isinstance(item.value, str) else None
        case Compare() if declared.kind != "duration":
            of_normal = {ULN: "upper", LLN: "lower"}.get(check.unit)
            unit = check.unit if of_normal else ""

            def compared(item: Observation) -> Answer | None:
                limit = check.limit
                if not isinstance(item.value, Interval):
                    return None
                if of_normal and not item.unit:
                    own = getattr(item, of_normal)
                    if own is None:
                        return UNKNOWN
                    limit *= own
                elif item.unit != unit:
                    return UNKNOWN
                return item.value.compare(check.operator, limit)

            return compared
    return None


def _is_drug(check: Is, hard: AsksOf) -> AsksOf:
    """Is the drug of an entry one of these, or of one of these classes? As in `leaf`."""
    words = frozenset(check.words)

    def ask(chart: BareChart, entry: Entry, said: Answer) -> Answer:
        if entry.drug is None:
            return hard(chart, entry, said)
        local = NO if check.any_route else entry.is_local
        if local is YES or words.isdisjoint(entry.kinds):
            return NO
        return YES if local is NO else UNKNOWN

    return ask


def _is_word(check: Is | Present, declared: FactEntry, hard: AsksOf) -> AsksOf:
    """Is what an entry says in a field one of these words, or yes? As in `leaf`."""
    words: Set[object] = {True}
    if isinstance(check, Is):
        words = {*check.words, *(declared.local if "local" in check.words else ())}
    kind = str if isinstance(check, Is) else bool

    def ask(chart: BareChart, entry: Entry, said: Answer) -> Answer:
        found = entry.conflict(declared.name) or entry.read(declared.name, declared)
        if isinstance(found, Gap) or not isinstance(found.value, kind):
            return hard(chart, entry, said)
        return answer(found.value in words)

    return ask


def _tested(test: Test, chart: Chart, entry: Entry | None) -> Answer:
    """What `leaf` answers, or `compared`, without its evidence."""
    if test.since:
        return compared(test, chart, entry).answer
    return leaf(test, chart, entry, is_bare=True).answer


def _heading(gate: Gate) -> Callable[[BareChart, Mapping[str, Judged]], Answer]:
    """What the criteria below a heading say of it."""

    def of(part: str | Gate) -> Callable[[BareChart, Mapping[str, Judged]], Answer]:
        return _heading(part) if isinstance(part, Gate) else lambda _, below: below[part][0]

    return _gate(gate.k, [of(part) for part in gate.parts])


_P = TypeVarTuple("_P")


def _gate(
    k: int, parts: Sequence[Callable[[*_P], Answer]], *, none: bool = False
) -> Callable[[*_P], Answer]:
    """At least k of them, or none of them, asked until it is decided."""
    most_no = len(parts) - k
    held, failed = (NO, YES) if none else (YES, NO)

    def ask(*of: *_P) -> Answer:
        yes = no = 0
        for part in parts:
            one = part(*of)
            if one is YES:
                yes += 1
                if yes >= k:
                    return held
            elif one is NO:
                no += 1
                if no > most_no:
                    return failed
        return held if yes >= k else failed if no > most_no else UNKNOWN

    return ask
