"""Where trials stand, without reasons: rules compiled to functions that stop once it is decided.

`screen` is the law. What is compiled here answers as it does, for every criterion of every patient,
and makes no evidence; `tests/laws/test_compiled.py` holds the two against each other. What is rare
or hard (courses, doses, changes, what is asked of entries that must differ) is asked of `evaluate`.

Most of what trials ask is not told by most profiles. Where a profile is silent on all that a rule
may follow from, the answer is that of a blank profile, as in `evaluate`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import date
from functools import cached_property
from typing import ParamSpec

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.dates import Span
from cartscreen.derive import Gap
from cartscreen.evaluate.answers import Chosen, answer_to, chosen
from cartscreen.evaluate.chart import Asked, Chart, Entry, newest_of
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.exposure import Days, both, cut, running
from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.lasting import has_steps, so_long, stretch
from cartscreen.evaluate.leaf import LeafTest, stated_time
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
    is_silent,
    left_of,
    standing,
    status_of,
    verdict_of,
)
from cartscreen.frozen import frozen
from cartscreen.observation import Observation
from cartscreen.pack.model import Contradiction, Pack
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import fact_place
from cartscreen.profile.model import BLANK, Given, Profile
from cartscreen.rule.tree import (
    Change,
    Compare,
    Group,
    Is,
    NotDone,
    Present,
    Question,
    Records,
    Rule,
    Test,
    Together,
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

_Judged = tuple[Answer, bool]
"""The answer to a criterion, and whether it applies."""


class BareChart(Chart):
    """A chart that keeps answers alone, and works out nothing of what nothing is known.

    answers     of rules, by number
    of_entries  of tests of a field of an entry: by test, and number of the entry
    of_entries_ever  the same, of tests of what no day changes: no date, time or derived value
    members     of a list, the entries that may fit: by number of what is asked of each
    days        on which entries run that may fit
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
        self.of_entries: dict[tuple[int, int], Answer] = {}
        self.of_entries_ever = self.of_entries
        self.members: dict[int, Members] = {}
        self.days: dict[object, Days] = {}
        self._running: dict[tuple[str, tuple[tuple[int, Answer], ...]], Days] = {}
        self._newest_of: dict[tuple[str, date], list[Observation] | None] = {}

    def newest_upto(self, name: str, upto: date) -> list[Observation] | None:
        """The results that may be the newest, None where there is none."""
        key = name, upto
        if key not in self._newest_of:
            found = self.results(name, upto)
            self._newest_of[key] = None if isinstance(found, Gap) else newest_of(found, upto)
        return self._newest_of[key]

    def lasts(self, name: str, tests: Sequence[Test], members: Members) -> Answer:
        """Do these entries of a list, which count as one, last so long? As `lasting` has it."""
        return at_least(len(tests), (self._lasts(name, test, members) for test in tests))

    def _lasts(self, name: str, test: Test, members: Members) -> Answer:
        check = test.check
        assert isinstance(check, Compare)
        dated: list[tuple[int, Answer]] = []
        is_open = False
        for entry, one in members:
            course = entry.span
            if isinstance(course, Span):
                dated.append((entry.record.number, one))
                continue
            stated = entry.course.stated("lasted")
            said = UNKNOWN
            if isinstance(stated, Observation):
                stated = entry.grown(stated, entry.declared.fields[test.fact])
                assert isinstance(stated.value, Interval)
                said = stated_time(stated.value, stated.unit, check, stated.grown)
                if said is YES and one is YES and not has_steps(entry):
                    return YES
            if said is not NO or len(members) > 1:
                is_open = is_open or bool(course.missing)
        key = name, tuple(dated)
        if key not in self._running:
            entries = {entry.record.number: entry for entry, _ in members}
            laid = [stretch(entries[number], one, self) for number, one in dated]
            self._running[key] = cut(running(laid), self.on)
        found = so_long(self._running[key], check)
        return found if found is YES or not is_open else UNKNOWN

    def _derive_by_rule(self, entry: FactEntry, by: Ruled, rule: Rule) -> Observation | Gap:
        """Without the evidence, unless it makes a value: that has the date of what was read.

        Why there is none may tell another fact whether its next derivation is tried.
        """
        if entry.name in self._compiled.with_reasons:
            return super()._derive_by_rule(entry, by, rule)
        said = self._compiled.rule(rule)(self, UNKNOWN)
        if said is UNKNOWN or (by.yes if said is YES else by.no) is None:
            return Gap("not_recorded", (fact_place(entry.name),))
        return super()._derive_by_rule(entry, by, rule)


@frozen
class _Item:
    """A criterion, compiled.

    readings  of a heading there are none
    left      those that are left where no person has chosen: by what the site has fixed
    applies   the rules that must hold for the criterion to apply
    passed    the answer by which it is matched
    """

    criterion: Criterion
    trial: Trial
    preferred: bool
    readings: tuple[Asks, ...]
    left: tuple[Asks, ...]
    applies: tuple[Asks, ...]
    passed: Answer

    def judged(
        self, chart: BareChart, below: Mapping[str, _Judged], *, is_answered: bool
    ) -> _Judged:
        """The answer, and whether the criterion applies.

        below        those of the criteria below a heading
        is_answered  a person has answered something of this trial
        """
        passed = self.passed
        applies = YES
        for rule in self.applies:
            said = rule(chart, UNKNOWN)
            if said is NO:
                return passed, False
            if said is UNKNOWN:
                applies = UNKNOWN
        gate = self.criterion.gate
        if gate is not None:
            found = gate.answer({name: below[name][0] for name in gate.children})
        elif is_answered:
            found = self._read(chart)
        else:
            found = _agreed(self.left, chart, UNKNOWN)
        return found if applies is YES or found is passed else UNKNOWN, True

    def _read(self, chart: BareChart) -> Answer:
        """The answer that the readings agree in which a person leaves."""
        criterion, trial, profile = self.criterion, self.trial, chart.profile
        given = answer_to(criterion, trial, profile)
        said = UNKNOWN if given is None else answer(given.said is True)
        if len(self.readings) == 1:
            return self.readings[0](chart, said)
        decided = chosen(criterion, trial, profile, preferred=self.preferred)
        return _agreed(_left(criterion, self.readings, decided), chart, said)


def _left(
    criterion: Criterion, asks: tuple[Asks, ...], decided: Mapping[str, Chosen]
) -> tuple[Asks, ...]:
    """The readings that the decided choices leave; all, where they leave none."""
    labels = {name: item.label for name, item in decided.items()}
    return tuple(ask for _, ask in left_of(criterion, asks, labels))


def _agreed(asks: tuple[Asks, ...], chart: BareChart, said: Answer) -> Answer:
    """The answer in which they agree."""
    found = asks[0](chart, said)
    for ask in asks[1:]:
        if ask(chart, said) is not found:
            return UNKNOWN
    return found


class Compiled:
    """The criteria of some trials of a pack, compiled."""

    def __init__(self, pack: Pack, trials: Iterable[Trial], *, preferred: bool = False) -> None:
        self.pack = pack
        self.trials = tuple(trials)
        self._preferred = preferred
        self._asks: dict[int, tuple[Rule, Asks]] = {}  # equal rules of a pack are one object
        self._lists: dict[object, int] = {}
        self._of_entries: dict[tuple[Test, str], int] = {}
        self._count = 0  # of rules whose answer is kept
        self._contradictions = [(item, self.rule(item.rule)) for item in pack.contradictions]
        self.compiled = [self._trial(trial, preferred=preferred) for trial in self.trials]
        blank = BareChart(BLANK, self, self.blank.on)
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

    @cached_property
    def with_reasons(self) -> Set[str]:
        """The facts of which it matters why they have no value.

        Of a fact that has several derivations, the next is not tried where a date is inexact.
        """
        several = (
            name for name, entry in self.pack.vocabulary.facts.items() if len(entry.derive) > 1
        )
        return {fact for name in several for fact in self.pack.closure([name])}

    # Rules

    def rule(self, rule: Rule) -> Asks:
        """The rule, compiled; one that asks nothing of a person is asked once of a chart."""
        if id(rule) not in self._asks:
            ask = self._compile(rule)
            self._asks[id(rule)] = rule, ask if rule.question else self._kept(ask)
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

    def _kept(self, ask: Asks) -> Asks:
        number = self._count
        self._count += 1

        def kept(chart: BareChart, said: Answer) -> Answer:
            found = chart.answers.get(number)
            if found is None:
                found = chart.answers[number] = ask(chart, said)
            return found

        return kept

    def _compile(self, rule: Rule) -> Asks:
        match rule:
            case Test():
                return self._test(rule)
            case Group():
                return _gate(rule, [self.rule(part) for part in _cheapest_first(rule.rules)])
            case Records():
                return self._records(rule)
            case Together():
                return self._together(rule)
            case Question():
                return lambda _, said: said

    def _test(self, test: Test) -> Asks:
        stated, names = self._stated(test), test.names
        of_blank = evaluate(test, self.blank).answer

        def ask(chart: BareChart, said: Answer) -> Answer:
            return of_blank if names.isdisjoint(chart.heard) else stated(chart, said)

        return ask

    def _stated(self, test: Test) -> Asks:
        """A test of a fact that something is known of."""
        if test.any or test.since or isinstance(test.check, NotDone | Change):
            return _reference(test)
        declared, place = self.pack.vocabulary.facts[test.fact], fact_place(test.fact)
        quick = _quick(test, declared)

        def ask(chart: BareChart, _: Answer) -> Answer:
            anchor = chart.visit(test.window.anchor) if test.window else chart.today
            if isinstance(anchor, Gap):
                return UNKNOWN
            newest = chart.newest_upto(test.fact, anchor.latest)
            if newest is None:
                return UNKNOWN
            if quick is not None and len(newest) == 1:
                said = quick(newest[0])
                if said is not None:
                    return (
                        said
                        if said is UNKNOWN or chart.speaks(declared, newest[0]) is YES
                        else UNKNOWN
                    )
            leaf = LeafTest(test, declared, place, chart, None, anchor)
            found = leaf._judged(newest[0]).answer
            same = all(leaf._judged(item).answer is found for item in newest[1:])
            return found if same else UNKNOWN

        return ask

    def _records(self, rule: Records) -> Asks:
        where = asks_of(rule, self.pack).where
        review = _review(rule)
        if not rule.different and rule.k == 1 and not where.is_of_several:
            return self._one_fits(rule)
        members_of = self._members(rule)
        lasts = bool(where.lasted) and not rule.different and not where.doses and not where.ongoing

        def ask(chart: BareChart, said: Answer) -> Answer:
            if rule.name not in chart.heard:
                return UNKNOWN
            found = NO
            if members := members_of(chart, said):
                if lasts:
                    found = chart.lasts(rule.name, where.lasted, members)
                else:
                    is_closed = review(chart, said) is YES
                    bare = [(entry, _BARE[one]) for entry, one in members]
                    found = counted(rule, chart, bare, where, is_closed=is_closed)
            if found is not NO or rule.name in chart.conflicts:
                return found if found is not NO else UNKNOWN
            return NO if review(chart, said) is YES else UNKNOWN

        return ask

    def _one_fits(self, rule: Records) -> Asks:
        """Is there an entry that satisfies what is asked of each by itself?"""
        fits, review = self.fits(rule), _review(rule)

        def ask(chart: BareChart, said: Answer) -> Answer:
            if rule.name not in chart.heard:
                return UNKNOWN
            found = NO
            for entry in chart.entries(rule.name):
                one = fits(chart, entry, said)
                if one is YES:
                    return YES
                if one is UNKNOWN:
                    found = UNKNOWN
            if found is UNKNOWN or rule.name in chart.conflicts:
                return UNKNOWN
            return NO if review(chart, said) is YES else UNKNOWN

        return ask

    def _together(self, rule: Together) -> Asks:
        parts = [(self._days(part), _review(part)) for part in rule.parts]

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
        members_of, review = self._members(rule), _review(rule)

        def days(chart: BareChart, said: Answer) -> Days:
            members = members_of(chart, said)
            if not members:
                return _NEVER
            is_closed = bool(where.doses) and review(chart, said) is YES
            numbers = tuple((entry.record.number, one) for entry, one in members)
            key = rule.name, rule.k, rule.different, where.doses, where.ongoing, is_closed, numbers
            if key not in chart.days:
                bare = [(entry, _BARE[one]) for entry, one in members]
                chart.days[key] = days_of(rule, chart, bare, is_closed=is_closed)
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
        asks, anchors = asks_of(rule, self.pack), frozenset(rule.anchors)
        same = rule.name, asks.where.each, rule.despite, anchors, asks.takes_not_given
        return self._lists.setdefault(same, len(self._lists))

    def fits(self, rule: Records) -> AsksOf:
        """Does an entry satisfy what is asked of each by itself?"""
        asks = asks_of(rule, self.pack)
        where = [self._of_entry(part, rule.name) for part in _cheapest_first(asks.where.each)]

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
            return despite(entry, _BARE[YES]).answer if rule.despite else YES

        return fits

    def _of_entry(self, rule: Rule, name: str) -> AsksOf:
        """A rule that is asked of an entry."""
        match rule:
            case Test() if "." not in rule.fact:
                return self._test_of_entry(rule, name)
            case Group():
                parts = [self._of_entry(part, name) for part in _cheapest_first(rule.rules)]
                return _gate(rule, parts)
            case _:
                ask = self.rule(rule)
                return lambda chart, _, said: ask(chart, said)

    def _test_of_entry(self, test: Test, name: str) -> AsksOf:
        """A test of a field of a list, which is asked once of an entry."""
        number = self._of_entries.setdefault((test, name), len(self._of_entries))
        hard: AsksOf = lambda chart, entry, _: evaluate(test, chart, None, entry).answer  # noqa: E731
        ask = hard
        declared = self.pack.vocabulary.records[name].fields[test.fact]
        if isinstance(test.check, Is) and declared.kind == "drug":
            ask = _is_drug(test.check, hard)
        elif isinstance(test.check, Is | Present) and not test.window and not declared.derive:
            ask = _is_word(test.check, declared, hard)

        stays = not test.window and not test.since and declared.kind not in _MOVES
        stays = stays and not declared.derive and not declared.grows

        def kept(chart: BareChart, entry: Entry, said: Answer) -> Answer:
            answers = chart.of_entries_ever if stays else chart.of_entries
            key = number, entry.record.number
            found = answers.get(key)
            if found is None:
                found = answers[key] = ask(chart, entry, said)
            return found

        return kept

    # Trials

    def _trial(self, trial: Trial, *, preferred: bool) -> "CompiledTrial":
        items = tuple(self._item(item, trial, preferred=preferred) for item in trial.criteria)
        return CompiledTrial(trial, items, {})

    def _item(self, criterion: Criterion, trial: Trial, *, preferred: bool) -> _Item:
        rules = [reading.rule for reading in criterion.readings]
        asks = tuple(map(self.rule, rules))
        decided = chosen(criterion, trial, self.blank.profile, preferred=preferred)
        return _Item(
            criterion,
            trial,
            preferred,
            asks,
            _left(criterion, asks, decided) if asks else (),
            tuple(map(self.rule, trial.applies(criterion))),
            YES if criterion.kind == "inclusion" else NO,
        )

    def chart_on(self, profile: Profile, on: date) -> BareChart:
        """As `evaluator.chart_on`. Raises Problem for a date outside the patient's life."""
        chart = BareChart(profile, self, on)
        held = tuple(item for item, ask in self._contradictions if ask(chart, UNKNOWN) is YES)
        return BareChart(profile, self, on, held, chart) if held else chart

    def standings(self, chart: BareChart) -> tuple[Standing, ...]:
        """Where each of the trials stands."""
        return tuple(trial.standing(chart) for trial in self.compiled)


@frozen
class CompiledTrial:
    """A trial, compiled."""

    trial: Trial
    items: tuple[_Item, ...]
    of_blank: dict[str, _Judged]  # of a patient of whom nothing is known

    def judged(
        self, chart: BareChart, names: Collection[str] | None = None
    ) -> Mapping[str, _Judged]:
        """The answer of each criterion, and whether it applies; of these alone, if they are named.

        names  with a heading, those below it
        """
        found: dict[str, _Judged] = {}
        is_answered = self.trial.id in chart.profile.answers
        for item in reversed(self.items):  # children before their heading
            criterion = item.criterion
            name = criterion.id
            if names is not None and name not in names:
                continue
            is_same = self.of_blank and criterion.gate is None
            if is_same and is_silent(criterion, self.trial, chart):
                found[name] = self.of_blank[name]
            else:
                found[name] = item.judged(chart, found, is_answered=is_answered)
        return found

    def standing(self, chart: BareChart) -> Standing:
        """Where the trial stands for a patient: as `assemble` has it."""
        found = self.judged(chart)
        criteria = self.trial.criteria
        statuses = {item.id: status_of(item, found[item.id][0]) for item in criteria}
        applicable = {name for name, (_, applies) in found.items() if applies}
        counted = (
            (item.id, statuses[item.id])
            for item in criteria
            if counts(item, self.trial, statuses, applicable)
        )
        top = [statuses[item.id] for item in criteria if not item.parent]
        return standing(self.trial, verdict_of(top), counted)


_BARE = {YES: Finding(YES), UNKNOWN: Finding(UNKNOWN)}
_NEVER = Days((), ())
_MOVES = ("date", "duration", "steps")  # kinds of fields about which a day decides
_COST = {Question: 0, Test: 1, Group: 2, Records: 3, Together: 4}


def _cheapest_first(rules: Iterable[Rule]) -> list[Rule]:
    """Questions and words first; what follows from dates or doses, and lists, last."""

    def cost(rule: Rule) -> tuple[int, bool]:
        return _COST[type(rule)], isinstance(rule, Test) and not isinstance(rule.check, Is)

    return sorted(rules, key=cost)


def _quick(test: Test, declared: FactEntry) -> Callable[[Observation], Answer | None] | None:
    """A check of a value that has no window; None, and of a value None, where `leaf` is asked."""
    check = test.check
    if test.window is not None or declared.kind == "drug":
        return None
    match check:
        case Present():
            return lambda item: answer(item.value) if isinstance(item.value, bool) else None
        case Is():
            words = {*check.words, *(declared.local if "local" in check.words else ())}
            return lambda item: answer(item.value in words) if isinstance(item.value, str) else None
        case Compare() if declared.kind != "duration" and check.unit not in (ULN, LLN):

            def compared(item: Observation) -> Answer | None:
                if not isinstance(item.value, Interval):
                    return None
                return UNKNOWN if item.unit else item.value.compare(check.operator, check.limit)

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


def _reference(rule: Rule) -> Asks:
    """A rule that is asked of `evaluate`."""

    def ask(chart: BareChart, said: Answer) -> Answer:
        given = Asked("", None if said is UNKNOWN else Given(said is YES))
        return evaluate(rule, chart, given).answer

    return ask


def _review(rule: Records) -> Asks:
    """Is the list complete for what the rule asks?"""
    return lambda chart, _: YES if review_of(rule, chart).answer is YES else UNKNOWN


_P = ParamSpec("_P")


def _gate(group: Group, parts: Sequence[Callable[_P, Answer]]) -> Callable[_P, Answer]:
    """At least k of them, or none of them, asked until it is decided."""
    k, most_no = group.k, len(parts) - group.k
    held, failed = (NO, YES) if group.none else (YES, NO)

    def ask(*of: _P.args, **named: _P.kwargs) -> Answer:
        yes = no = 0
        for part in parts:
            one = part(*of, **named)
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
