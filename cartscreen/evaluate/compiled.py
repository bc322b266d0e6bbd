"""Where trials stand, without reasons: rules compiled to functions that stop once it is decided.

`screen` is the law. What is compiled here answers as it does, for every criterion of every patient,
and makes no evidence; `tests/laws/test_compiled.py` holds the two against each other. What is rare
or hard (windows, changes, doses, the time of courses) is asked of what `screen` asks, bare.

Most of what trials ask is not told by most profiles. Where a profile is silent on all that a rule
or a criterion may follow from, the answer is that of a blank profile, as in `evaluate`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from typing import TypeVarTuple

from cartscreen.answer import NO, UNKNOWN, YES, Answer, answer, at_least
from cartscreen.contract import Status
from cartscreen.dates import PartialDate
from cartscreen.derive import Gap
from cartscreen.evaluate.answers import Chosen, answer_to, chosen
from cartscreen.evaluate.chart import Chart, Entry, newest_of
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.exposure import Days, both, upto
from cartscreen.evaluate.finding import bare
from cartscreen.evaluate.lasting import so_long, stops_today
from cartscreen.evaluate.leaf import leaf
from cartscreen.evaluate.records import (
    asks_of,
    counted,
    days_of,
    despite,
    is_complete,
    last_visit,
)
from cartscreen.evaluate.screening import (
    Standing,
    counts,
    heard_in,
    left_of,
    status_of,
    verdict_of,
)
from cartscreen.evaluate.since import compared
from cartscreen.frozen import cached, frozen, slotted
from cartscreen.observation import Observation, Ongoing
from cartscreen.pack.model import Contradiction, Pack
from cartscreen.pack.trial import Criterion, Gate, Trial
from cartscreen.place import fact_place
from cartscreen.profile.model import BLANK, Given, Profile
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
from cartscreen.vocabulary import Count, Derivation, FactEntry, Ruled, Score, reads

Asks = Callable[["BareChart", Answer], Answer]
"""A rule, compiled: its answer for a patient; given what the question in it was answered."""

AsksOf = Callable[["BareChart", Entry, Answer], Answer]
"""The same, of a rule that is asked of an entry of a list."""

Members = Sequence[tuple[Entry, Answer]]
"""The entries of a list that may fit, each with whether it does."""

AsksOfMembers = Callable[["BareChart", Sequence[Members]], Answer]
"""A rule about lists, compiled: its answer by the entries that may fit, of each of its parts."""

Judge = Callable[["BareChart", Mapping[str, Answer], Mapping[str, Given]], Answer]
"""A criterion, compiled: its answer for a patient, after those of the criteria below it, and by
what people have answered of its trial."""


class BareChart(Chart):
    """A chart that keeps answers alone, and works out nothing of what nothing is known.

    answers  of rules and reviews, by number
    members  of a list, the entries that may fit: by number of what is asked of each
    counts   do enough of these entries satisfy together what is asked of several
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
        self.counts: dict[object, Answer] = {}
        self.days: dict[object, Days] = {}
        self._current: dict[str, Sequence[Observation]] = {}
        self._listed: dict[str, Sequence[tuple[Entry, Set[str]]]] = {}

    def _on(self, day: date) -> Chart:
        return BareChart(self.profile, self._compiled, day, self.contradictions, self)

    def says(self, rule: Rule, entry: Entry | None = None) -> Answer:
        """As a Chart has it, by what is compiled."""
        if entry is None:
            return self._compiled.rule(rule)(self, UNKNOWN)
        return self._compiled.of_entry(rule, entry.list_name)(self, entry, UNKNOWN)

    speaks_until = Chart._end  # here it is asked once

    def listed(self, name: str) -> "Sequence[tuple[Entry, Set[str]]]":
        """The entries of a list, each with what its drug may be called, if that is known."""
        found = self._listed.get(name)
        if found is None:
            found = self._listed[name] = [(entry, entry.kinds) for entry in self.entries(name)]
        return found

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

        Why there is none may tell whether the next derivation is tried, of this or another fact.
        """
        said = self._compiled.rule(rule)(self, UNKNOWN)
        if said is UNKNOWN:
            is_last = by is entry.derive[-1]
            if not is_last or entry.name in self._compiled.with_reasons:
                return super()._derive_by_rule(entry, by, rule)
            return _NO_VALUE
        if (by.yes if said is YES else by.no) is None:
            return Gap("not_recorded", (fact_place(entry.name),))
        return super()._derive_by_rule(entry, by, rule)

    def _no_value(self, entry: FactEntry, gaps: list[Gap]) -> Gap:
        if entry.name in self._compiled.with_reasons:
            return super()._no_value(entry, gaps)
        return _NO_VALUE


@frozen
class _Kept:
    """A rule, asked once of a chart; of one that is silent on it, a blank one has answered.

    number  under which the chart keeps the answer; 0 where a person is asked, and it is not kept
    names   the facts and lists that it may follow from
    anew    asks it, whatever the chart keeps
    """

    number: int
    names: frozenset[str]
    of_blank: Answer
    anew: Asks

    @cached
    def once(self) -> Asks:
        """Asks it, if the chart has no answer yet."""
        number, names, of_blank, anew = self.number, self.names, self.of_blank, self.anew
        if not number:
            return anew

        def ask(chart: BareChart, said: Answer) -> Answer:
            found = chart.answers.get(number)
            if found is None:
                found = of_blank if names.isdisjoint(chart.heard) else anew(chart, said)
                chart.answers[number] = found
            return found

        return ask


@frozen
class _KeptOfEntry:
    """The same, of a rule that is asked of an entry of a list.

    stays  does no day change the answer?
    """

    number: int
    stays: bool
    anew: AsksOf

    @cached
    def once(self) -> AsksOf:
        """Asks it, if the entry has no answer yet."""
        number, stays, anew = self.number, self.stays, self.anew
        if not number:
            return anew

        def ask(chart: BareChart, entry: Entry, said: Answer) -> Answer:
            answers = entry.answers_ever if stays else entry.answers
            found = answers.get(number)
            if found is None:
                found = answers[number] = anew(chart, entry, said)
            return found

        return ask


@slotted
class _Item:
    """A criterion, compiled.

    only     its rule, if nothing else decides: it has one reading, applies and asks no person
    judge    its answer where it applies
    applies  the rules by which it does
    fails    the answer by which it fails
    counts   does it count; None where that depends on the patient
    """

    criterion: Criterion
    name: str
    only: Asks | None
    judge: Judge
    applies: tuple[Asks, ...]
    fails: Answer
    counts: bool | None


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
        self._rules: dict[int, tuple[Rule, _Kept]] = {}  # equal rules of a pack are one object
        self._lists: dict[object, int] = {}  # what is asked of lists, by number
        self._of_entries: dict[tuple[int, str], tuple[Rule, _KeptOfEntry]] = {}
        self._count = 0  # of rules whose answer is kept
        self.compiled = [
            CompiledTrial(
                trial, tuple(self._item(item, trial) for item in trial.criteria), {}, set()
            )
            for trial in self.trials
        ]
        blank = BareChart(BLANK, self, self.blank.on)
        for each in self.compiled:
            found, spared = each.judged(blank)
            each.of_blank.update(found)
            each.blank_spares.update(spared)

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

        Of a fact that has several derivations, the next is not tried where a date is inexact: all
        that the earlier ones are made of. (Of a score, it is never a date that is missing.)
        """
        found: set[str] = set()
        facts, lists = self.pack.vocabulary.facts, self.pack.vocabulary.records
        several = (entry for entry in facts.values() if len(entry.derive) > 1)
        todo = [name for entry in several for name in self._made_of(entry, entry.derive[:-1])]
        while todo:
            name = todo.pop()
            if name in lists:
                todo += lists[name].facts_read
            elif name in facts and name not in found:
                found.add(name)
                todo += self._made_of(facts[name], facts[name].derive)
        return found

    def _made_of(self, entry: FactEntry, derive: Sequence[Derivation]) -> Iterator[str]:
        """The facts and lists that may say why these derivations, the first, give no value."""
        rules = iter(self.pack.derived_rules.get(entry.name, ()))
        for by in derive:
            if isinstance(by, Ruled):
                yield from next(rules).names
            elif not isinstance(by, Score | Count):
                yield from reads(by)

    @cached
    def _contradictions(
        self,
    ) -> "list[tuple[Contradiction, frozenset[str], Callable[[BareChart], bool]]]":
        """The contradictions of the pack, what each reads, and whether it surely holds."""
        every = self.pack.contradictions
        return [(item, item.rule.names, self._held(item.rule)) for item in every]

    # Rules

    def _number(self) -> int:
        self._count += 1
        return self._count

    def rule(self, rule: Rule) -> Asks:
        """The rule, compiled; one that asks nothing of a person is asked once of a chart."""
        return self._kept(rule).once

    def _kept(self, rule: Rule) -> _Kept:
        if id(rule) not in self._rules:
            ask = self._compile(rule)
            kept = _Kept(0, frozenset(), UNKNOWN, ask)
            if not rule.question:
                of_blank = evaluate(rule, self.blank).answer
                kept = _Kept(self._number(), rule.names, of_blank, ask)
            self._rules[id(rule)] = rule, kept
        return self._rules[id(rule)][1]

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
                parts = [self._kept(part) for part in self._cheapest_first(rule.rules)]
                if rule.k in (1, len(parts)):
                    return _all_or_any(parts, YES if rule.k == 1 else NO, none=rule.none)
                return _gate(rule.k, [part.once for part in parts], none=rule.none)
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
        is_of_each, k = not rule.different and not where.is_of_several, rule.k
        same = rule.name, k, rule.different, where.lasted, where.doses, where.ongoing
        number = self._lists.setdefault(same, len(self._lists))

        def ask(chart: BareChart, said: Answer) -> Answer:
            found, members = NO, members_of(chart, said)
            if is_of_each:
                found = at_least(k, [one for _, one in members]) if members else NO
            elif len(members) >= k:
                is_closed = bool(where.doses) and review(chart, said) is YES
                key = number, is_closed, *[(entry.record.number, one) for entry, one in members]
                if key not in chart.counts:
                    alone = [(entry, bare(one)) for entry, one in members]
                    chart.counts[key] = counted(rule, chart, alone, where, is_closed=is_closed)
                found = chart.counts[key]
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
                seen = chart.review(rule.name)
                is_sure = seen is not None and is_complete(rule, chart, seen)[0] is YES
                found = chart.answers[number] = YES if is_sure else UNKNOWN
            return found

        return self._reviews.setdefault(review, ask)

    def _together(self, rule: Together) -> Asks:
        parts = [(self._days(part), self._review(part)) for part in rule.parts]
        members_of = [self._members(part) for part in rule.parts]

        def ask(chart: BareChart, said: Answer) -> Answer:
            days: Days | None = None
            for days_of_part, _ in parts:
                more = days_of_part(chart, said)
                days = more if days is None else both(days, more)
                if not days.possible:
                    break
            assert days is not None
            if rule.lasted is not None:
                members = (one for of in members_of for one in of(chart, said))
                stops = stops_today((entry, bare(one)) for entry, one in members)
                found = so_long(upto(days, chart.on, stops), rule.lasted)
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
        fits, number, drugs = self.fits(rule), self.members_number(rule), self._drugs(rule)
        name, asks_person = rule.name, rule.question is not None

        def members(chart: BareChart, said: Answer) -> Members:
            known = None if asks_person else chart.members.get(number)
            if known is not None:
                return known
            found = []
            for entry, kinds in chart.listed(name):
                if drugs and kinds and drugs.isdisjoint(kinds):
                    continue
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
        each = [self._of_entry(part, rule.name) for part in self._cheapest_first(asks.where.each)]
        where = [(part.number, part.stays, part.anew) for part in each]
        takes_not_given, is_despite = asks.takes_not_given, bool(rule.despite)

        def fits(chart: BareChart, entry: Entry, said: Answer) -> Answer:
            found = YES if takes_not_given else entry.was_given
            if found is NO:
                return NO
            of_day, ever = entry.answers, entry.answers_ever
            for number, stays, ask in where:
                answers = ever if stays else of_day
                one = answers.get(number)
                if one is None:
                    one = ask(chart, entry, said)
                    if number:
                        answers[number] = one
                if one is NO:
                    return NO
                if one is UNKNOWN:
                    found = UNKNOWN
            if found is not YES:
                return UNKNOWN
            if entry.has_begun_by(last_visit(rule, chart)[0]) is not YES:
                return UNKNOWN
            return despite(entry, bare(YES)).answer if is_despite else YES

        return fits

    def _drugs(self, rule: Records) -> Set[str]:
        """The drugs and classes of which an entry must be, where the rule says which."""
        fields = self.pack.vocabulary.records[rule.name].fields
        for part in asks_of(rule, self.pack).where.each:
            if not isinstance(part, Test) or not isinstance(part.check, Is):
                continue
            if part.is_of_entry and fields[part.fact].kind == "drug":
                return frozenset(part.check.words)
        return frozenset()

    def of_entry(self, rule: Rule, name: str) -> AsksOf:
        """The rule, compiled to be asked of an entry of this list, once if it asks no person."""
        return self._of_entry(rule, name).once

    def _of_entry(self, rule: Rule, name: str) -> _KeptOfEntry:
        key = id(rule), name
        if key not in self._of_entries:
            ask, stays = self._compile_of_entry(rule, name)
            number = 0 if rule.question else self._number()
            self._of_entries[key] = rule, _KeptOfEntry(number, stays, ask)
        return self._of_entries[key][1]

    def _compile_of_entry(self, rule: Rule, name: str) -> tuple[AsksOf, bool]:
        """How it is asked, and whether no day changes the answer."""
        match rule:
            case Test() if "." not in rule.fact:
                return self._test_of_entry(rule, name)
            case Group():
                parts = [self._of_entry(part, name) for part in self._cheapest_first(rule.rules)]
                stays = all(part.stays for part in parts)
                return _gate(rule.k, [part.once for part in parts], none=rule.none), stays
            case _:
                ask = self.rule(rule)
                return lambda chart, _, said: ask(chart, said), False

    def _test_of_entry(self, test: Test, name: str) -> tuple[AsksOf, bool]:
        """A test of a field of a list."""
        hard: AsksOf = lambda chart, entry, _: _tested(test, chart, entry)  # noqa: E731
        ask = hard
        records = self.pack.vocabulary.records
        declared = records[name].fields[test.fact]
        if isinstance(test.check, Is) and declared.kind == "drug":
            ask = _is_drug(test.check, hard)
        elif (
            isinstance(test.check, Is | Present)
            and not (test.window or declared.derive)
            and not records[name].has_role(test.fact, "last")
        ):
            ends = isinstance(test.check, Is) and records[name].has_role(test.fact, "ends")
            ask = _is_word(test.check, declared, hard, ends=ends)
        stays = not test.window and not test.since and declared.kind not in _MOVES
        return ask, stays and not declared.derive and not declared.grows

    # Trials

    def _item(self, criterion: Criterion, trial: Trial) -> _Item:
        ids = {*trial.by_id}
        each: tuple[Status, ...] = ("matched", "failed")
        counted = {counts(criterion, trial, dict.fromkeys(ids, status), ids) for status in each}
        return _Item(
            criterion,
            criterion.id,
            self._only(criterion, trial),
            self._judge(criterion, trial),
            tuple(map(self.rule, trial.applies(criterion))),
            NO if criterion.kind == "inclusion" else YES,
            counted.pop() if len(counted) == 1 and not trial.applies(criterion) else None,
        )

    def _only(self, criterion: Criterion, trial: Trial) -> Asks | None:
        rules = [reading.rule for reading in criterion.readings]
        is_alone = len(rules) == 1 and not criterion.question and not trial.applies(criterion)
        return self.rule(rules[0]) if is_alone else None

    def _judge(self, criterion: Criterion, trial: Trial) -> Judge:
        """The answer in which the readings agree that the site, or a person, leaves."""
        if criterion.gate:
            return _heading(criterion.gate)
        asks = tuple(self.rule(reading.rule) for reading in criterion.readings)
        keys, preferred = trial.keys_of[criterion.id], self._preferred
        by_site = _left(criterion, asks, chosen(criterion, trial, BLANK, preferred=preferred))

        def read(chart: BareChart, _: Mapping[str, Answer], given: Mapping[str, Given]) -> Answer:
            left, said = by_site, UNKNOWN
            if given and not keys.isdisjoint(given):
                own = answer_to(criterion, trial, chart.profile)
                said = UNKNOWN if own is None else answer(own.said is True)
                decided = chosen(criterion, trial, chart.profile, preferred=preferred)
                left = _left(criterion, asks, decided)
            first, *others = left
            found = first(chart, said)
            if found is UNKNOWN:
                return UNKNOWN  # whatever the others say
            for ask in others:
                if ask(chart, said) is not found:
                    return UNKNOWN
            return found

        return read

    def chart_on(self, profile: Profile, on: date) -> BareChart:
        """As `evaluator.chart_on`. Raises Problem for a date outside the patient's life."""
        chart = BareChart(profile, self, on)
        held = tuple(
            item
            for item, names, is_held in self._contradictions
            if not names.isdisjoint(chart.heard) and is_held(chart)
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

    of_blank      its criteria, judged of a patient of whom nothing is known
    blank_spares  those that do not apply to such a patient
    """

    trial: Trial
    items: tuple[_Item, ...]
    of_blank: dict[str, Answer]
    blank_spares: set[str]

    @cached
    def _counting(self) -> list[tuple[str, Answer]]:
        """The criteria that count, or may, each with the answer by which it fails."""
        return [(item.name, item.fails) for item in self.items if item.counts is not False]

    @cached
    def _unsure(self) -> list[Criterion]:
        """Those of which it depends on the patient."""
        return [item.criterion for item in self.items if item.counts is None]

    @cached
    def _below_unsure(self) -> list[tuple[str, Mapping[Answer, Status]]]:
        """The criteria just below these, each with its status by its answer."""
        gates = [criterion.gate for criterion in self._unsure if criterion.gate]
        below = {name for gate in gates for name in gate.children}
        return [(name, _statuses(self.trial.by_id[name])) for name in below]

    @cached
    def _top(self) -> list[tuple[str, Mapping[Answer, Status]]]:
        """The criteria below no heading, each with its status by its answer."""
        top = (criterion for criterion in self.trial.criteria if not criterion.parent)
        return [(criterion.id, _statuses(criterion)) for criterion in top]

    @cached
    def _upwards(self) -> list[tuple[str, Asks | None, _Item]]:
        """The criteria, those below a heading before it, with what each is judged by alone."""
        return [(item.name, item.only, item) for item in reversed(self.items)]

    def judged(self, chart: BareChart) -> tuple[dict[str, Answer], Set[str]]:
        """The answer of each criterion, and those that do not apply."""
        found, spared = dict(self.of_blank), set(self.blank_spares)
        heard, given = heard_in(self.trial, chart), chart.profile.answers.get(self.trial.id, {})
        for name, only, item in self._upwards:
            if name not in heard:
                continue
            if only is not None:
                found[name] = only(chart, UNKNOWN)
            elif not item.applies:
                found[name] = item.judge(chart, found, given)
            else:
                applies = at_least(len(item.applies), [ask(chart, UNKNOWN) for ask in item.applies])
                passed = ~item.fails
                said = passed if applies is NO else item.judge(chart, found, given)
                found[name] = UNKNOWN if applies is UNKNOWN and said is not passed else said
                (spared.add if applies is NO else spared.discard)(name)
        return found, spared

    def standing(self, chart: BareChart) -> Standing:
        """Where the trial stands for a patient: as `assemble` has it."""
        found, spared = self.judged(chart)
        counting = self._counting
        if self._unsure and (out := self._out(found, spared)):
            counting = [(name, fails) for name, fails in counting if name not in out]
        failed: list[str] = []
        unknown: list[str] = []
        for name, fails in counting:
            said = found[name]
            if said is UNKNOWN:
                unknown.append(name)
            elif said is fails:
                failed.append(name)
        matched = len(counting) - len(failed) - len(unknown)
        verdict = verdict_of([statuses[found[name]] for name, statuses in self._top])
        return Standing(self.trial, verdict, matched, tuple(failed), tuple(unknown))

    def _out(self, found: Mapping[str, Answer], spared: Set[str]) -> Set[str]:
        """The criteria that may count and do not, for this patient."""
        applicable = found.keys() - spared
        statuses = {name: of[found[name]] for name, of in self._below_unsure}
        return {
            criterion.id
            for criterion in self._unsure
            if not counts(criterion, self.trial, statuses, applicable)
        }


def _statuses(criterion: Criterion) -> Mapping[Answer, Status]:
    """The status of a criterion, by its answer."""
    return {said: status_of(criterion, said) for said in (YES, NO, UNKNOWN)}


_NEVER = Days((), ())
_NO_VALUE = Gap("not_recorded")
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


def _is_word(check: Is | Present, declared: FactEntry, hard: AsksOf, *, ends: bool) -> AsksOf:
    """Is what an entry says in a field one of these words, or yes? As in `leaf`.

    ends  is it the day on which the entry ends, and the question whether it goes on?
    """
    words: Set[object] = {True}
    if isinstance(check, Is):
        words = {*check.words, *(declared.local if "local" in check.words else ())}
    kind, name = str if isinstance(check, Is) else bool, declared.name

    def ask(chart: BareChart, entry: Entry, said: Answer) -> Answer:
        found = entry.read(name, declared)
        value = None if isinstance(found, Gap) else found.value
        if isinstance(value, kind):
            return YES if value in words else NO
        if value is None and not declared.local:
            return UNKNOWN
        if ends and isinstance(value, PartialDate | Ongoing):
            return entry.going()
        return hard(chart, entry, said)

    return ask


def _tested(test: Test, chart: Chart, entry: Entry | None) -> Answer:
    """What `leaf` answers, or `compared`, without its evidence."""
    if test.since:
        return compared(test, chart, entry).answer
    return leaf(test, chart, entry, is_bare=True).answer


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


def _all_or_any(parts: Sequence[_Kept], decides: Answer, *, none: bool) -> Asks:
    """All of them, where NO decides, or any, where YES does; with `none`, the opposite."""
    each = [(part.number, part.names, part.of_blank, part.anew) for part in parts if part.number]
    of_person = [part.anew for part in parts if not part.number]
    decided, else_ = (~decides, decides) if none else (decides, ~decides)

    def ask(chart: BareChart, said: Answer) -> Answer:
        known, heard, found = chart.answers, chart.heard, else_
        for number, names, of_blank, anew in each:
            one = of_blank if names.isdisjoint(heard) else known.get(number)
            if one is None:
                one = known[number] = anew(chart, said)
            if one is decides:
                return decided
            if one is UNKNOWN:
                found = UNKNOWN
        for anew in of_person:
            one = anew(chart, said)
            if one is decides:
                return decided
            if one is UNKNOWN:
                found = UNKNOWN
        return found

    return ask


def _heading(gate: Gate) -> Judge:
    """The gate of a heading, or a part of one: its answer by those of the criteria below it."""
    k, names = gate.k, [part for part in gate.parts if isinstance(part, str)]
    parts = [_heading(part) for part in gate.parts if not isinstance(part, str)]

    def ask(chart: BareChart, below: Mapping[str, Answer], given: Mapping[str, Given]) -> Answer:
        said = [*map(below.__getitem__, names)]
        for part in parts:
            said.append(part(chart, below, given))
        return at_least(k, said)

    return ask
