"""A second evaluator of the rule language, against which the program's own is held.

It was written from the description of the language, before the program's evaluator was read, and
shares nothing with the program: parser, numbers, days and the reading of packs are its own.
It knows no UNKNOWN: what a profile leaves open is filled in, in every way that can
make a difference, and the rule is evaluated in each such *world* with plain Python booleans. If all
worlds agree, that is the answer; if not, it is UNKNOWN.

A world is not built beforehand. Evaluation asks `Worlds.choose` for what is not known, and is run
again for every other choice (`worlds.enumerated`). So only what the rule reads is ever enumerated.

Two laws relate this to the program, which uses strong Kleene logic:

(a) Wherever the program decides, enumeration decides the same.
(b) Where no unknown is read by two leaves (`Verdict.exact`), both give the same answer.

In `x or not x` enumeration decides and Kleene's logic does not: there only (a) holds. So it is
where `Worlds.only_a` is set, with a comment that says what the program is more careful about.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any

from oracle import courses
from oracle.courses import Given, has_lasted
from oracle.data import (
    ANY_NUMBER,
    DAY,
    POSITIVE,
    Data,
    Pack,
    Range,
    Span,
    as_list,
    completed_years,
    holds,
    moved,
    quantity,
    span_of,
    time,
)
from oracle.language import (
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
    Window,
    tests_of,
    walk,
)
from oracle.worlds import NoSuchWorld, NotCovered, Verdict, Worlds, enumerated

FAR = timedelta(days=365 * 60)
LONG_AGO = date(1000, 1, 1)
NOT_A_RESULT = ("unknown", "not done")
CONSTANT = ("person.sex", "person.birth_date", "person.age", "person.height")
"""What does not change, and so makes no derived value older."""


@cache
def bundled() -> Pack:
    """The pack of the repository, read anew."""
    return Pack()


@dataclass(frozen=True)
class Result:
    """A recorded result; `value` is None where it is indeterminate, or says nothing any more."""

    number: int
    value: Any
    span: Span | None
    upper: Any = None
    lower: Any = None


@dataclass(frozen=True)
class Entry:
    """An entry of a list of records; `data` is None for the entry that might yet be added."""

    records: str
    number: int
    data: Data | None

    @property
    def key(self) -> tuple[str, int]:
        return self.records, self.number


@dataclass
class Patient:
    """The facts of a profile on a date, completed by the choices of a world.

    known: what has been found out of this profile by an enumeration of its own
    """

    pack: Pack
    data: Data
    on: date
    tests: tuple[Test, ...]
    worlds: Worlds
    answer: Any = None
    doubted: frozenset[str] = frozenset()
    known: Data = field(default_factory=dict)
    of_stated: bool = False  # of dates that are not stated nothing is so

    # -- rules

    def holds(self, rule: Rule, path: tuple[int, ...], entry: Entry | None = None) -> bool:
        """Is the rule true? path: where the rule stands."""
        match rule:
            case Group(k, rules, none):
                found = 0
                for number, part in enumerate(rules):
                    found += self.holds(part, (*path, number), entry)
                    if found == k or found + len(rules) - number - 1 < k:
                        break
                return (found >= k) is not none
            case Question():
                self.worlds.leaf = path
                given = self.answer
                return given if isinstance(given, bool) else self.worlds.choose("answer")
            case Records():
                return self._records(rule, path)
            case Together():
                return self._together(rule, path)
            case Test(fact=fact) if "." in fact or entry is None:
                self.worlds.leaf = (path, entry and entry.number)
                return self._fact_test(rule)
            case Test():
                assert entry is not None
                self.worlds.leaf = (path, entry.number)
                return self._field_test(rule, entry)

    def _tests(self, fact: str) -> Iterator[Test]:
        """The tests of the rule that are about this fact, or this field."""
        return (test for test in self.tests if test.fact == fact)

    # -- days

    @property
    def _as_of(self) -> date:
        """The day of what is recorded without one."""
        written = self._plain(self.data.get("dates", {}).get("screening"))
        return self.on if written is None else min(self.on, span_of(written)[0])

    @property
    def _earliest(self) -> date:
        """The first day of which anything can be told: nothing before birth is read."""
        born = self._plain(self.data.get("person", {}).get("birth_date"))
        return self.on - FAR if born is None else span_of(born)[0]

    def _visit(self, name: str, critical: Iterable[date]) -> date:
        """The day of a visit. One that is planned and has no date lies on this day or later."""
        written = self._plain(self.data.get("dates", {}).get(name))
        if name == "screening":
            return self.on
        if written is not None:
            span = span_of(written)
        elif name == "consent":
            early = self.pack.facts["dates.consent"].get("may_precede")
            # of a window before a consent without a date the program may decide nothing at all
            self.worlds.only_a |= early is None
            count, unit = time(early or "60 years")
            span = (moved(self.on, -count, unit), self.on)
        else:
            span = (self.on, self.on + FAR)
        return self._day(f"dates.{name}", span, critical)

    def _day(self, key: Any, span: Span, critical: Iterable[date]) -> date:
        """A day of the span: first, last, or one about a critical day."""
        near = [day + step for day in critical for step in (-DAY, timedelta(), DAY)]
        first, last = span
        if first < self._earliest <= last:
            first = self._earliest
        return self.worlds.choose(key, [first, last, *(d for d in near if first <= d <= last)])

    def _edges(self, window: Window, spans: Iterable[Span]) -> tuple[date, date]:
        """The first and the last day of the window."""
        anchor = self._visit(window.anchor, [day for span in spans for day in span])
        return moved(anchor, -window.count, window.unit), anchor

    def _result_edges(self, window: Window, results: list[Result]) -> tuple[date, date]:
        """The edges of a window in which one of the results is looked for."""
        spans = [result.span for result in results if result.span]
        edges = self._edges(window, spans)
        # where it is not known which of several results is the newest, by the day of the visit or
        # their own, the program asks that each that may be would do
        vague = f"dates.{window.anchor}" in self.worlds.chosen
        vague |= any(first != last for first, last in spans)
        self.worlds.only_a |= vague and len(spans) > 1
        return edges

    @staticmethod
    def _plain(written: Any) -> Any:
        value = written["value"] if isinstance(written, dict) and "value" in written else written
        return None if value in (*NOT_A_RESULT, "indeterminate") else value

    # -- results of facts

    def _rows(self, fact: str) -> list[tuple[int, Data]]:
        """What is recorded of the fact, apart from what was withdrawn."""
        section, _, key = fact.partition(".")
        written = self.data.get(section, {}).get(key)
        rows = as_list(written) if written is not None else []
        numbered = enumerate(row if isinstance(row, dict) else {"value": row} for row in rows)
        return [(n, row) for n, row in numbered if row.get("status") != "entered-in-error"]

    def _results(self, fact: str) -> list[Result]:
        """What is recorded, apart from what was not done or is not known, too."""
        results = []
        for number, row in self._rows(fact):
            if row["value"] in NOT_A_RESULT:
                continue
            span = span_of(row["date"]) if "date" in row else None
            value = None if row["value"] == "indeterminate" else row["value"]
            results.append(Result(number, value, span, row.get("upper"), row.get("lower")))
        return results

    def _dated(
        self, fact: str, first: date, last: date, *, obtained: bool
    ) -> list[tuple[date, Result]]:
        """The results up to the last day, by day.

        obtained: a result that is recorded has been obtained; where it is the only one that can be
        of use, its day, known in part, is none after the last. In a window the day is in question.
        """
        results = [result for result in self._results(fact) if result.span]
        days = [day for result in results for day in result.span or ()] + [first, last]
        speaks = self.pack.facts[fact].get("speaks", "always")
        for said in speaks.values() if isinstance(speaks, dict) else [speaks]:
            if said != "always":
                count, unit = time(said)
                days.append(moved(self.on, -count, unit))
        dated = [(self._day((fact, r.number, "day"), r.span, days), r) for r in results if r.span]
        usable = [pair for pair in dated if pair[0] <= last]
        if obtained and not usable and any(r.span[0] <= last for r in results if r.span):
            raise NoSuchWorld
        return sorted(usable, key=lambda pair: pair[0])

    def _newest(
        self, fact: str, first: date, last: date, *, obtained: bool = False
    ) -> tuple[date, Result] | None:
        """The newest result of these days; of several on one day, one of them."""
        dated = self._dated(fact, first, last, obtained=obtained)
        if not dated or dated[-1][0] < first:
            return None
        day = dated[-1][0]
        same = [result for other, result in dated if other == day]
        return day, same[self.worlds.choose((fact, "which", day), range(len(same)))]

    def _now(self, fact: str) -> tuple[date, Result] | None:
        """The newest result up to today, with its day; without its value if that is too old."""
        results = self._results(fact)
        if all(r.span and r.span[0] > self.on for r in results):
            return None
        if results[0].span is None:
            found: tuple[date, Result] | None = (self._as_of, results[0])
        else:
            found = self._newest(fact, LONG_AGO, self.on, obtained=True)
        if found and found[1].value is not None and not self._speaks(fact, *found):
            return found[0], replace(found[1], value=None)
        return found

    def _speaks(self, fact: str, day: date, result: Result) -> bool:
        """Does the value of that day still say what is so?"""
        said = self._speaking(fact, result.value, day)
        return said is None or moved(self.on, -said[0], said[1]) <= day

    def _speaking(self, fact: str, value: Any, day: date) -> tuple[int, str] | None:
        """For how long after its date this value speaks; None is always."""
        speaks = self.pack.facts[fact].get("speaks", "always")
        if isinstance(speaks, dict):
            if speaks.keys() == {"minor", "adult"}:
                speaks = speaks["adult" if self._is_adult(day) else "minor"]
            else:
                speaks = speaks[{True: "yes", False: "no"}.get(value, value)]
        return None if speaks == "always" else time(speaks)

    def _is_adult(self, day: date) -> bool:
        """Whether the person was an adult on that day."""
        birth = self._plain(self.data.get("person", {}).get("birth_date"))
        if birth is None:
            if self._results("person.age"):
                raise NotCovered
            return self.worlds.choose(("person", "adult"))
        eighteenth = moved(day, -18, "years")
        born = self._day("person.birth_date", span_of(birth), [eighteenth])
        return born <= eighteenth

    # -- facts

    def _fact_test(self, test: Test) -> bool:
        entry = self.pack.facts[test.fact]
        if isinstance(test.check, NotDone):
            return self._not_done(test.fact)
        if test.some:
            return self._some_result(test, entry)
        match test.check:
            case Present() if test.window and entry["kind"] == "date":
                return self._date_in_window(test.fact, test.window)
            case Present() if test.window:
                return self._event_in_window(test.fact, test.window, entry)
            case Change():
                assert test.window
                return self._changed(test.fact, test.check, test.window)
        if test.window:
            if "negative" in entry and (said := self._negative_of(test.fact, entry)):
                _, last = self._result_edges(test.window, [said])
                # of a result that is dated after the visit the program makes nothing
                self.worlds.only_a |= bool(said.span and said.span[1] > last)
                if self._since_the_negative(test.fact, said, test.window, last):
                    return self._says(test.fact, None, test.check)
                return self._says(test.fact, said, test.check)
            fact, found = self._in_window(test.fact, test.window)
            if found is None and "derive" in entry:
                formulas = {each.get("formula") for each in entry["derive"]}
                if formulas - {None, "age", "at_most"} or self._is_dated(entry["derive"]):
                    raise NotCovered
                # an age has no date, nor have the items of a score that are not results
                return self.worlds.choose((fact, test.text))
            return self._says(fact, found, test.check)
        match test.check:
            case Present():
                return self._finding(test.fact) is True
            case Is(words):
                return self._finding(test.fact) in words
            case Compare():
                return self._compared_now(test.fact, test.check)
        raise NotCovered

    def _is_dated(self, derivations: list[Data]) -> bool:
        """Whether what a value is made from has a date, and so the value."""
        names = [item["fact"] for each in derivations for item in as_list(each.get("sum", []))]
        names += [each["of"] for each in derivations if "of" in each]
        return any(result.span for name in names for result in self._results(name))

    def _says(self, fact: str, found: Result | None, check: Any) -> bool:
        """What one result says to a check; None is a result that is open."""
        match check:
            case Present():
                return self._value(fact, found) is True
            case Is(words):
                return self._value(fact, found) in words
            case Compare():
                return self._compared(fact, found, check)
        raise NotCovered

    def _value(self, fact: str, found: Result | None) -> Any:
        if found and found.value is not None:
            return found.value
        choices = self.pack.facts[fact].get("choices", (True, False))
        # what nobody recorded may not be there to be found at all: a biopsy has a class if done
        return self.worlds.choose(fact, choices if found else (*choices, "nothing to find"))

    def _in_window(self, fact: str, window: Window) -> tuple[str, Result | None]:
        """The newest result of the window, None if that is open.

        Of a fact that has none of use, another fact may stand for it: that one is named then.
        """
        for name in (fact, *self._stand_ins(fact)):
            if fact in self.doubted:
                break
            results = self._results(name)
            first, last = self._result_edges(window, results)
            if name in self.doubted or all(r.span and r.span[0] > last for r in results):
                continue
            newest = self._newest(name, first, last)
            return name, newest and newest[1]
        return fact, None

    def _stand_ins(self, fact: str) -> list[str]:
        derivations = self.pack.facts[fact].get("derive", [])
        return [derive["stated"] for derive in derivations if "stated" in derive]

    def _not_done(self, fact: str) -> bool:
        """Whether the newest entry says that it was not done."""
        rows = self._rows(fact)
        if not rows or fact in self.doubted:
            return self.worlds.choose((fact, "not done"))
        if len(rows) > 1 or "date" in rows[0][1]:
            dated = []
            for number, row in rows:
                span = span_of(row["date"])
                day = self._day((fact, number, "day"), span, [self.on])
                if day <= self.on:
                    dated.append((day, row))
            if not dated:
                if any(span_of(row["date"])[0] <= self.on for _, row in rows):
                    raise NoSuchWorld  # what is recorded has been obtained, as in _dated
                return self.worlds.choose((fact, "not done"))
            newest = max(day for day, _ in dated)
            same = [row for day, row in dated if day == newest]
            row = same[self.worlds.choose((fact, "which", newest), range(len(same)))]
        else:
            row = rows[0][1]
        if row["value"] == "unknown":
            return self.worlds.choose((fact, "not done"))
        return row["value"] == "not done"

    def _finding(self, fact: str) -> Any:
        """True, False or a word: what is stated, or follows; or one of what it may be."""
        if fact in self.doubted:
            return self._value(fact, None)
        stated = self._now(fact)
        derivations = self.pack.facts[fact].get("derive", [])
        if stated is None:
            return self._derived_finding(fact, derivations)
        day, found = stated
        derived = self._decided(fact, derivations)
        if derived is not None:
            oldest, newest = self._input_days(derivations)
            if day < oldest:
                return derived
            if day < newest and derived != found.value:
                return self._value(fact, None)
        return self._value(fact, found)

    def _derived_finding(self, fact: str, derivations: list[Data]) -> Any:
        """What follows for a finding that is not stated."""
        leaf = self.worlds.leaf
        for each in derivations:
            if "stated" in each:
                other = each["stated"]
                if other not in self.doubted and self._now(other) is not None:
                    return self._finding(other)
            elif "rule" in each:
                if len(derivations) > 1:
                    decided = self._decided(fact, [each])
                    if decided is None:
                        continue
                    return decided
                answer = self._within(leaf, self.pack.rule(each["rule"]))
                word = _word(each, answer=answer)
                return self._value(fact, None) if word is None else word
            else:
                raise NotCovered
        self.worlds.only_a |= len(derivations) > 1
        return self._value(fact, None)

    def _decided(self, fact: str, derivations: list[Data]) -> Any:
        """The value that the derivations give for sure, None if they give none."""
        for each in derivations:
            if "stated" in each:
                found = None if each["stated"] in self.doubted else self._now(each["stated"])
                if found and found[1].value is not None:
                    return found[1].value
            elif "rule" in each:
                key = (fact, str(each["rule"]))
                if key not in self.known:
                    rule = self.pack.rule(each["rule"])
                    self.known[key] = enumerated(
                        lambda worlds, rule=rule: replace(
                            self, worlds=worlds, tests=tests_of(rule)
                        )._within((), rule)
                    )
                agreed, verdict = self.known[key]
                self.worlds.only_a |= not verdict.exact
                word = None if agreed is None else _word(each, answer=agreed)
                if word is not None:
                    return word
            else:
                raise NotCovered
        return None

    def _input_days(self, derivations: list[Data]) -> tuple[date, date]:
        """The oldest and the newest day of what a derived value was made from."""
        names: list[str] = []
        for each in derivations:
            if "stated" in each:
                names.append(each["stated"])
            elif "rule" in each:
                names += [test.fact for test in tests_of(self.pack.rule(each["rule"]))]
        found = [self._now(name) for name in names if name not in CONSTANT]
        days = [pair[0] for pair in found if pair]
        return (min(days), max(days)) if days else (self._as_of, self._as_of)

    def _within(self, leaf: Any, rule: Rule) -> bool:
        """A rule of the vocabulary, all of it within the leaf that asks."""
        if isinstance(rule, Group):
            found = sum(self._within(leaf, part) for part in rule.rules)
            return (found >= rule.k) is not rule.none
        if not isinstance(rule, Test):
            return self.holds(rule, (leaf,))
        self.worlds.leaf = leaf
        return self._fact_test(rule)

    # -- any of several results

    def _some_result(self, test: Test, entry: Data) -> bool:
        """Some result of the window satisfies, or none of those that are there."""
        if test.fact in self.doubted:
            return self.worlds.choose((test.fact, test.text))
        name, found = self._each_result(test.fact, entry)
        if test.window:
            first, last = self._result_edges(test.window, found)
        else:
            first, last = LONG_AGO, self.on
        inside = []
        for result in found:
            if result.span is None:
                # without a window it counts; with one, its date is open
                if test.window and not self.worlds.choose((name, result.number, "in")):
                    continue
                inside.append(result)
                continue
            if test.window is None:
                # what is recorded has been obtained, whatever the day of a month to come
                if result.span[0] <= last:
                    inside.append(result)
                continue
            day = self._day((name, result.number, "day"), result.span, [first, last])
            if first <= day <= last:
                inside.append(result)
        if any(self._some_says(test, name, result) for result in inside):
            return True
        # there may have been others of which nobody wrote
        return False if inside else self.worlds.choose((test.fact, test.text))

    def _some_says(self, test: Test, name: str, result: Result) -> bool:
        if isinstance(test.check, Compare):
            if name != test.fact:
                return self._compared_derived(test, name, result)
            return self._compared(name, result, test.check)
        if result.value is None:
            choices = self.pack.facts[name].get("choices", (True, False))
            value = self.worlds.choose((name, result.number, "value"), choices)
        else:
            value = result.value
        if name != test.fact:
            each = self.pack.facts[test.fact]["derive"][0]
            if "rule" in each:
                (rule,) = [self.pack.rule(each["rule"])]
                assert isinstance(rule, Test)
                value = _word(each, answer=self._says(name, result, rule.check))
                if value is None:
                    value = self._value(test.fact, None)
        if isinstance(test.check, Is):
            return value in test.check.words
        return value is True

    def _compared_derived(self, test: Test, name: str, result: Result) -> bool:
        """A number made from one result of another fact: as much at most."""
        each = self.pack.facts[test.fact]["derive"][0]
        assert isinstance(test.check, Compare)
        if "stated" in each:
            return self._compared(name, result, test.check)
        if each.get("formula") != "at_most" or result.value is None:
            raise NotCovered
        most = quantity(result.value, self.pack.facts[name]["unit"])[0].high
        upto = Range(Fraction(0), most)
        number = self.worlds.choose(
            (test.fact, result.number, "value"), upto.points([test.check.limit])
        )
        return holds(number, test.check.operator, test.check.limit)

    def _each_result(self, fact: str, entry: Data) -> tuple[str, list[Result]]:
        """The results of the fact; or those of the one from which it is made."""
        own = self._results(fact)
        if own or "derive" not in entry:
            return fact, own
        each = entry["derive"][0]
        if len(entry["derive"]) > 1:
            raise NotCovered
        if "stated" in each:
            return each["stated"], self._results(each["stated"])
        if each.get("formula") == "at_most":
            other = each.get("of", each.get("total"))
            return other, self._results(other)
        if "rule" in each and isinstance(rule := self.pack.rule(each["rule"]), Test):
            return rule.fact, self._results(rule.fact)
        raise NotCovered

    # -- numbers of facts

    def _critical(self, fact: str) -> list[Fraction]:
        """The numbers on which a test of this fact turns, in its own unit."""
        numbers: set[Fraction] = set()
        results = self._results(fact)
        for test in self._tests(fact):
            if isinstance(test.check, Compare):
                if test.check.unit not in ("ULN", "LLN"):
                    numbers.add(test.check.limit)
                for result in results:
                    limit = {"ULN": result.upper, "LLN": result.lower}.get(test.check.unit)
                    if limit is not None:
                        unit = self.pack.facts[fact]["unit"]
                        numbers.add(test.check.limit * (quantity(limit, unit)[0].low or 0))
            elif isinstance(test.check, Change):
                numbers |= self._critical_of_change(fact, test.check, results)
        return sorted(numbers)

    def _critical_of_change(
        self, fact: str, change: Change, results: list[Result]
    ) -> set[Fraction]:
        ranges = [quantity(r.value, self.pack.facts[fact]["unit"])[0] for r in results if r.value]
        ends = {end for span in ranges for end in (span.low, span.high) if end is not None}
        if not change.relative:
            return {end + step for end in ends for step in (-change.by, Fraction(0), change.by)}
        part = change.by / 100
        factors = {1 - part, Fraction(1), 1 + part, 1 / (1 + part)}
        factors |= {1 / (1 - part)} if part != 1 else set()
        return {end * each for end in ends for each in factors}

    def _number(self, fact: str, result: Result | None) -> tuple[Fraction, str]:
        """The value of a result, and "ULN" or "LLN" if it is a multiple of such a limit."""
        critical = self._critical(fact)
        if result is None or result.value is None:
            return self.worlds.choose(fact, ANY_NUMBER.points(critical)), ""
        span, multiple = quantity(result.value, self.pack.facts[fact]["unit"])
        return self.worlds.choose((fact, result.number, "value"), span.points(critical)), multiple

    def _limit(self, fact: str, result: Result | None, unit: str, about: Fraction) -> Fraction:
        """The upper or lower limit of normal of a result; about: the number on which it turns."""
        written = result and (result.upper if unit == "ULN" else result.lower)
        if written is not None:
            low = quantity(written, self.pack.facts[fact]["unit"])[0].low
            assert low is not None
            return low
        number = result.number if result else "open"
        return self.worlds.choose((fact, number, unit), POSITIVE.points([about]))

    def _told_by_limit(self, result: Result | None, multiple: str) -> None:
        """A result that is a multiple of a limit answers the program about that limit alone."""
        stated = result and (result.upper if multiple == "ULN" else result.lower)
        self.worlds.only_a |= stated is not None

    def _compared(self, fact: str, result: Result | None, check: Compare) -> bool:
        value, multiple = self._number(fact, result)
        if check.unit not in ("ULN", "LLN"):
            if multiple:
                self._told_by_limit(result, multiple)
                value *= self._limit(fact, result, multiple, check.limit / value)
            return holds(value, check.operator, check.limit)
        if check.unit == multiple:
            return holds(value, check.operator, check.limit)
        if multiple:
            self._told_by_limit(result, multiple)
            value *= self._limit(fact, result, multiple, Fraction(1))
        limit = self._limit(fact, result, check.unit, value / check.limit)
        return holds(value, check.operator, check.limit * limit)

    def _compared_now(self, fact: str, check: Compare) -> bool:
        """The number as it is today against a limit."""
        if fact in self.doubted:
            return self._compared(fact, None, check)
        derivations = self.pack.facts[fact].get("derive", [])
        stated = self._now(fact)
        if derivations == [{"formula": "age", "birth_date": "person.birth_date"}]:
            return holds(self._age(fact, stated), check.operator, check.limit)
        if not derivations:
            return self._compared(fact, stated and stated[1], check)
        if stated is None:
            return holds(self._derived_number(fact), check.operator, check.limit)
        return self._stated_or_derived(fact, derivations, stated, check)

    def _stated_or_derived(
        self, fact: str, derivations: list[Data], stated: tuple[date, Result], check: Compare
    ) -> bool:
        """A score that is stated, and follows from its items as well."""
        day, found = stated
        by = next((each for each in derivations if "sum" in each), None)
        known = self._items(by["sum"], by.get("window")) if by else {}
        if not known or any(pair is None or pair[1].value is None for pair in known.values()):
            return self._compared(fact, found, check)  # a mere range displaces nothing
        days = [pair[0] for pair in known.values() if pair]
        derived = sum(
            Fraction(item["weight"]) * pair[1].value
            for item in (by or {})["sum"]
            if (pair := known[item["fact"]])
        )
        if day < min(days):
            return holds(derived, check.operator, check.limit)
        if day < max(days):
            value = None if found.value is None else quantity(found.value, "1")[0]
            if value is None or derived not in value:
                return self._compared(fact, None, check)
            return holds(derived, check.operator, check.limit)
        return self._compared(fact, found, check)

    def _derived_number(self, fact: str) -> Fraction:
        """A number that the profile does not state, from what it follows from."""
        match self.pack.facts[fact]["derive"]:
            case [{"sum": items} as by]:
                return self._score(fact, items, by.get("window"))
            case [{"sum": items} as by, {"formula": "at_most", "of": total}]:
                whole = None if total in self.doubted else self._now(total)
                score = self._score(fact, items, by.get("window"))
                return min(score, self._number(total, whole[1])[0]) if whole else score
            case [{"highest": str(section)}, *_] if section not in self.data:
                # items that follow from results may narrow it
                self.worlds.only_a = True
                return self.worlds.choose(fact, ANY_NUMBER.points(self._critical(fact)))
        raise NotCovered

    def _age(self, fact: str, stated: tuple[date, Result] | None) -> Fraction:
        """The completed years of today: a birth date beats an age, and an age grows."""
        limits = self._critical(fact)
        birthdays = [moved(self.on, -ceil(limit), "years") for limit in limits]
        birth = self._plain(self.data.get("person", {}).get("birth_date"))
        told = self._born_by_age(stated) if stated and stated[1].value is not None else None
        if birth is None and told is None:
            return self.worlds.choose("person.birth_date", ANY_NUMBER.points(limits))
        span = told if birth is None else span_of(birth)
        assert span is not None
        if birth is not None and told and told[0] <= span[1] and span[0] <= told[1]:
            # both are so; where they cannot both be, the birth date beats the age
            span = max(span[0], told[0]), min(span[1], told[1])
        birth_day = self._day(("person.birth_date", "age"), span, birthdays)
        return Fraction(completed_years(birth_day, self.on))

    def _born_by_age(self, stated: tuple[date, Result]) -> Span:
        """The days on which somebody was born who was of that age on that day."""
        day, found = stated
        years = quantity(found.value, "years")[0]
        if years.low is not None and not years.low_in:
            raise NotCovered
        last = self.on if years.low is None else moved(day, -ceil(years.low), "years")
        first = self.on - 2 * FAR
        if years.high is not None:
            more = ceil(years.high) if not years.high_in else int(years.high) + 1
            first = moved(day, -more, "years") + DAY
        return first, last

    def _items(
        self, items: list[Data], window: str | None
    ) -> dict[str, tuple[date, Result] | None]:
        """What is known of each item; of a score of activity, in the days before its visit.

        The visit is the newest day of an item that is scored by examination.
        """
        names = [item["fact"] for item in items if item["fact"] not in self.doubted]
        known = {name: self._now(name) for name in names}
        if window is None:
            return known
        seen = [
            pair[0]
            for name, pair in known.items()
            if pair and self.pack.facts[name]["obtain"] == "examination"
        ]
        if not seen:
            if any(known.values()):
                raise NotCovered  # laboratory items without an examination
            return known
        visit = max(seen)
        count, unit = time(window)
        first = moved(visit, -count, unit)
        for name, pair in known.items():
            if pair is None or pair[0] < first:
                known[name] = None
            elif pair[0] > visit:
                known[name] = self._newest(name, first, visit)
        # a score with an item that is too old may say nothing, and not even a range
        self.worlds.only_a |= any(pair and pair[1].value is None for pair in known.values())
        return known

    def _score(self, fact: str, items: list[Data], window: str | None) -> Fraction:
        """The sum in the world where nothing of what is open is present, or where all of it is."""
        total = Fraction(0)
        known = self._items(items, window)
        for item in items:
            name = item["fact"]
            found = known.get(name)
            if found and found[1].value is not None:
                present = found[1].value
            elif name in self.worlds.chosen:
                present = self.worlds.choose(name)
            else:
                present = self.worlds.choose((fact, "open items"))
                self.worlds.chosen[name] = present
                self.worlds.choose(name)
            total += Fraction(item["weight"]) * present
        return total

    # -- windows on facts

    def _date_in_window(self, fact: str, window: Window) -> bool:
        section, _, key = fact.partition(".")
        written = self._plain(self.data.get(section, {}).get(key))
        span = (self.on - FAR, self.on + FAR) if written is None else span_of(written)
        first, last = self._edges(window, [span])
        return first <= self._day(fact, span, [first, last]) <= last

    def _event_in_window(self, fact: str, window: Window, entry: Data) -> bool:
        """Whether the event, or the newest result, is of the window."""
        if "derive" in entry:
            raise NotCovered
        results = self._results(fact)
        never = entry.get("negative", False)
        is_event = entry["kind"] == "finding" and ("choices" not in entry or "negative" in entry)
        if fact in self.doubted or not results:
            return self.worlds.choose((fact, "in", window))
        if is_event and len(results) > 1:
            raise NotCovered
        spans = [result.span for result in results if result.span]
        first, last = self._result_edges(window, results)
        if is_event and results[0].value is not None and results[0].value == never:
            # of a result that is dated after the visit the program makes nothing
            self.worlds.only_a |= any(span[1] > last for span in spans)
            return self._since_the_negative(fact, results[0], window, last)
        if not spans:
            return self.worlds.choose((fact, "in", window))
        dated = self._dated(fact, first, last, obtained=False)
        if not dated:
            return self.worlds.choose((fact, "in", window))
        newest = [result for day, result in dated if day == dated[-1][0]]
        which = self.worlds.choose((fact, "which", dated[-1][0]), range(len(newest)))
        if newest[which].value is None:
            return self.worlds.choose((fact, "in", window))
        return dated[-1][0] >= first

    def _negative_of(self, fact: str, entry: Data) -> Result | None:
        """The only result, where it is the word for "there was none"."""
        results = self._results(fact)
        if len(results) == 1 and results[0].value == entry["negative"]:
            return results[0]
        return None

    def _since_the_negative(self, fact: str, result: Result, window: Window, last: date) -> bool:
        """A "no" says what is so up to its day, like the review of a list."""
        edge = moved(min(last, self.on), -window.count, window.unit)
        day = self._as_of
        if result.span:
            span = result.span[0], min(result.span[1], max(self.on, result.span[0]))
            day = self._day((fact, result.number, "no"), span, [edge])
        if day >= edge and self._speaks(fact, day, result):
            return False
        return self.worlds.choose((fact, "in", window))

    def _changed(self, fact: str, change: Change, window: Window) -> bool:
        results = self._results(fact)
        first, last = self._result_edges(window, results)
        known = self._dated(fact, first, last, obtained=False)
        dated = [pair for pair in known if pair[0] >= first]
        newest = dated[-1][0] if dated else LONG_AGO
        earlier = [result for day, result in dated if day < newest]
        if not earlier:
            return self.worlds.choose((fact, "changed", change, window))
        # of a change the program decides nothing where only a range of a value is known
        self.worlds.only_a |= any(self._is_range(fact, result) for _, result in dated)
        same = [result for day, result in dated if day == newest]
        now, _ = self._number(
            fact, same[self.worlds.choose((fact, "which", newest), range(len(same)))]
        )
        return any(_has_changed(change, self._number(fact, result)[0], now) for result in earlier)

    def _is_range(self, fact: str, result: Result) -> bool:
        if result.value is None:
            return True
        numbers, multiple = quantity(result.value, self.pack.facts[fact]["unit"])
        return not numbers.exact or bool(multiple)

    # -- lists of records

    def _entries(self, records: str) -> list[Entry]:
        return [Entry(records, n, row) for n, row in enumerate(self.data.get(records, ()))]

    def _closed(self, records: str, rules: Iterable[Rule]) -> bool:
        """Whether the list was reviewed, late enough for every window of these rules."""
        if any(
            records in other.get("empties", ()) and not self.data.get(name)
            for name, other in self.pack.lists.items()
            if name in self.data.get("reviewed", {})
        ):
            raise NotCovered
        written = self._plain(self.data.get("reviewed", {}).get(records))
        if written is None:
            return False
        windows = {
            part.window
            for rule in rules
            for part in walk(rule)
            if isinstance(part, Test) and part.window and "." not in part.fact
        }
        edges = []
        for window in windows:
            if window.unit not in ("half-lives", "intervals"):
                visit = self._visit(window.anchor, [self.on])
                edges.append(moved(min(visit, self.on), -window.count, window.unit))
        if speaks := self._review_speaks(records):
            edges.append(moved(self.on, -speaks[0], speaks[1]))
        day = self._day(("reviewed", records), span_of(written), edges)
        return all(edge <= day for edge in edges)

    def _review_speaks(self, records: str) -> tuple[int, str] | None:
        speaks = self.pack.lists[records].get("speaks", "always")
        return None if speaks == "always" else time(speaks)

    def _records(self, rule: Records, path: tuple[int, ...]) -> bool:
        if self._enough(rule, path):
            return True
        self.worlds.leaf = path
        if self._closed(rule.name, rule.where) or not self.worlds.choose((rule.name, "more")):
            return False
        # an entry more that fits: its fields say whatever the tests ask for
        fits = all(
            self.holds(part, (*path, number), Entry(rule.name, -1, None))
            for number, part in enumerate(rule.where)
        )
        # the program leaves a list open even where facts of the patient let no entry fit
        self.worlds.only_a |= not fits
        return fits

    def _enough(self, rule: Records, path: tuple[int, ...]) -> bool:
        parts = _Parts.of(self.pack, rule)
        if parts.doses or parts.lasted:
            if rule.different:
                return self._enough_different(rule, parts, path)
            return bool(self._stretches(rule, parts, path))
        found: set[Any] = set()
        for entry in self._entries(rule.name):
            if self._fits(rule, path, entry) and self._has_begun(rule, path, entry):
                self.worlds.leaf = (path, entry.number)
                found.add(self._identity(entry, rule.different) if rule.different else entry.key)
                if len(found) >= rule.k:
                    return True
        return False

    def _enough_different(self, rule: Records, parts: "_Parts", path: tuple[int, ...]) -> bool:
        if parts.doses:
            raise NotCovered
        long = 0
        fitting = [e for e in self._entries(rule.name) if self._fits(rule, path, e, parts)]
        kinds = [self._identity(entry, rule.different) for entry in fitting]
        for kind in dict.fromkeys(kinds):
            same = [e for e, other in zip(fitting, kinds, strict=True) if other == kind]
            long += bool(self._long_enough(same, parts, path))
        return long >= rule.k

    def _fits(
        self,
        rule: Records,
        path: tuple[int, ...],
        entry: Entry,
        but: "_Parts | None" = None,
    ) -> bool:
        """Whether all conditions hold of the entry, those of doses and lengths apart."""
        self.worlds.leaf = (path, entry.number)
        if not self._counts(rule, entry):
            return False
        for number, part in enumerate(rule.where):
            if but and part in but.apart:
                continue
            if not self.holds(part, (*path, number), entry):
                return False
        if rule.despite:
            self.worlds.leaf = (path, entry.number)
            name = self.pack.role(entry.records, "response") or "response"
            good = self.pack.field(entry.records, name).get("adequate", "adequate")
            if (entry.data or {}).get(name) == good:
                return self.worlds.choose((*entry.key, "despite"))
        return True

    def _counts(self, rule: Records, entry: Entry) -> bool:
        """An entry that was not given counts only where the rule asks just that."""
        data = entry.data or {}
        fields = self.pack.lists[entry.records]["field"]
        given = self.pack.role(entry.records, "given")
        response = self.pack.role(entry.records, "response")
        if given is None and "given" not in fields:
            return True
        given, response = given or "given", response or "response"
        never = fields[response].get("not_given", ("contraindication",))
        for part in walk(rule):
            if isinstance(part, Test) and (
                part.fact == given
                or (
                    part.fact == response
                    and isinstance(part.check, Is)
                    and set(part.check.words) & set(never)
                )
            ):
                return True
        if given in data:
            return self._field_finding(entry, given) is True
        times = ("date", "duration")  # what has lasted was given, too
        dates = [name for name, described in fields.items() if described["kind"] in times]
        dated = any(self._plain(data.get(name)) is not None for name in dates)
        return dated or data.get(response) not in never

    def _has_begun(self, rule: Records, path: tuple[int, ...], entry: Entry) -> bool:
        """What begins after the last visit that the rule names, and after today, is open."""
        self.worlds.leaf = (path, entry.number)
        begins = self._begins(entry)
        visits = [
            self._visit(part.window.anchor, [begins])
            for where in rule.where
            for part in walk(where)
            if isinstance(part, Test) and part.window
        ]
        if begins > max([self.on, *visits]):
            return self.worlds.choose((*entry.key, "will be"))
        return True

    def _begins(self, entry: Entry) -> date:
        """The first day of an entry.

        An entry that is listed has begun, if it has no first day, or one that, known in part, may
        have been.
        """
        name = self.pack.role(entry.records, "begins")
        written = self._plain(self._timed(entry).get(name)) if name else None
        return LONG_AGO if written is None else span_of(written)[0]

    # -- drugs

    def _drug(self, entry: Entry) -> str:
        """The drug of an entry by its proper name; one that is not recognised may be any."""
        assert entry.data is not None
        written = entry.data.get("drug")
        known = self.pack.named(written)
        if known:
            return known
        rows = [each.data or {} for each in self._entries(entry.records)]
        others = [self.pack.named(row.get("drug")) for row in rows]
        named = [
            word
            for test in self._tests("drug")
            if isinstance(test.check, Is)
            for word in test.check.words
            if word in self.pack.drugs
        ]
        stated = self._plain(entry.data.get("class"))
        if stated is not None:
            named = [name for name in named if stated in self.pack.drugs[name]["classes"]]
            others = [n for n in others if n and stated in self.pack.drugs[n]["classes"]]
        key = (written or entry.key, "drug")
        strange = [f"? {row.get('drug') or entry.key}" for row in rows]
        return self.worlds.choose(
            key, [f"? {written or entry.key}", *strange, *filter(None, others), *named]
        )

    def _identity(self, entry: Entry, name: str) -> Any:
        """What the field by which entries must differ is."""
        assert entry.data is not None
        kind = self.pack.field(entry.records, name)["kind"]
        if kind == "drug":
            # the program does not take two entries of one name that it does not know for one drug
            rows = [each.data or {} for each in self._entries(entry.records)]
            same = [row for row in rows if row.get("drug") == entry.data.get("drug")]
            drug = self._drug(entry)
            known = self.pack.named(entry.data.get("drug")) is not None
            self.worlds.only_a |= len(same) > 1 and not known
            return drug
        if kind == "finding":
            return self._field_finding(entry, name)
        written = self._plain(entry.data.get(name))
        if kind == "date" and written != "ongoing":
            ends = [
                end
                for each in self._entries(entry.records)
                if (other := self._plain((each.data or {}).get(name))) not in (None, "ongoing")
                for end in span_of(other)
            ]
            span = (self._earliest, self.on) if written is None else span_of(written)
            return self._day((*entry.key, name), span, ends)
        raise NotCovered

    def _route(self, entry: Entry) -> str | None:
        """The route: stated, or as the name or the drug itself tells; None is systemic."""
        data = entry.data or {}
        stated = self._plain(data.get("route"))
        if stated is not None:
            return stated
        name, told = self.pack.drug_by_name.get(str(data.get("drug")).lower(), (None, None))
        if "form" in data:
            raise NotCovered
        return told or self.pack.drugs.get(name, {}).get("usual_route")

    def _is_local(self, entry: Entry) -> bool:
        return self._route(entry) in self.pack.local_routes

    def _drug_is(self, entry: Entry, words: tuple[str, ...]) -> bool:
        """Whether it is one of the drugs, or of a class: what is given locally is none of them."""
        assert entry.data is not None
        if self._is_local(entry) and not self._asks_for_route(entry.records):
            return False
        drug = self._drug(entry)
        return any(
            self._is_of_class(entry, drug, word) if word in self.pack.classes else word == drug
            for word in words
        )

    def _asks_for_route(self, records: str) -> bool:
        """Whether the rule itself says by which route."""
        return self.pack.role(records, "route") is not None and any(
            test.fact == self.pack.role(records, "route") for test in self.tests
        )

    def _is_of_class(self, entry: Entry, drug: str, name: str) -> bool:
        routes = self.pack.classes[name].get("routes")
        route = self._route(entry)
        if routes and route and route not in routes:
            return False
        if drug.startswith("? "):
            stated = self._plain((entry.data or {}).get("class"))
            if stated is not None:
                both = any({stated, name} <= set(d["classes"]) for d in self.pack.drugs.values())
                if name == stated or not both:
                    return name == stated
            return self.worlds.choose((drug, "is", name))
        return name in self.pack.drugs[drug]["classes"]

    # -- fields

    def _field_finding(self, entry: Entry, name: str) -> Any:
        assert entry.data is not None
        described = self.pack.field(entry.records, name)
        if name not in entry.data and "default" in described:
            return described["default"]
        value = self._plain(entry.data.get(name))
        if value is not None:
            return described.get("synonyms", {}).get(value, value)
        choices = described.get("choices", (True, False))
        return self.worlds.choose((*entry.key, name), choices)

    def _field_test(self, test: Test, entry: Entry) -> bool:
        name = test.fact
        if entry.data is None:
            return self.worlds.choose((*entry.key, test.text))
        described = self.pack.field(entry.records, name)
        kind = described["kind"]
        match test.check, kind:
            case Present(), "date":
                assert test.window
                return self._field_in_window(entry, name, test.window)
            case Present(), _:
                return self._field_finding(entry, name) is True
            case Is(words), "drug":
                return self._drug_is(entry, words)
            case Is(words), "date":
                assert words == ("ongoing",)
                return self._goes_on(entry, name)
            case Is(words), _ if described.get("local"):
                return self._route_is(entry, words)
            case Is(words), _:
                return self._field_finding(entry, name) in words
            case Compare(operator, limit, unit), "duration":
                return self._since(entry, name, operator, limit, unit)
            case Compare(operator, limit, _), _:
                return holds(self._field_number(entry, name, limit), operator, limit)
        raise NotCovered

    def _route_is(self, entry: Entry, words: tuple[str, ...]) -> bool:
        route = self._route(entry)
        if route is None:
            described = self.pack.field(entry.records, "route")
            systemic = [w for w in described["choices"] if w not in described["local"]]
            route = self.worlds.choose((*entry.key, "route"), systemic)
        return route in words or ("local" in words and route in self.pack.local_routes)

    # -- fields: dates

    def _timed(self, entry: Entry) -> Data:
        """The entry; its dates as those of the whole, where it touches others that are the same.

        Entries of one drug, dose and route that touch are one for every question about time.
        """
        data = entry.data or {}
        if not self.pack.role(entry.records, "drug"):
            return data
        same = [
            each.data
            for each in self._entries(entry.records)
            if each.data and self._same_course(each.data, data)
        ]
        if len(same) < 2 or not isinstance(data.get("start"), date):
            return data
        spans = [
            (row["start"], date.max if row["stop"] == "ongoing" else row["stop"])
            for row in same
            if isinstance(row.get("start"), date)
            and (isinstance(row.get("stop"), date) or row.get("stop") == "ongoing")
        ]
        whole = next(
            (
                (first, last)
                for first, last in _touching(spans)
                if first <= data["start"] <= last and "stop" in data
            ),
            None,
        )
        if whole is None or whole == (data["start"], data["stop"]):
            return data
        joined = {**data, "start": whole[0]}
        joined["stop"] = "ongoing" if whole[1] == date.max else whole[1]
        inside = [row for row in same if whole[0] <= row.get("start", date.min) <= whole[1]]
        for name in ("last_change", "last_dose"):
            dates = [row[name] for row in inside if name in row]
            if any(not isinstance(day, date) for day in dates):
                raise NotCovered
            joined.pop(name, None)
            if dates:
                joined[name] = max(dates)
        if any("unchanged" in row or "lasted" in row for row in inside):
            raise NotCovered
        return joined

    def _same_course(self, one: Data, other: Data) -> bool:
        """One drug, dose, route and purpose; a route that is not stated agrees with a systemic one.

        What is taken besides others, or whose purpose is not known, is not covered.
        """
        if one is other:
            return one.get("drug") is not None
        drugs = {str(row["drug"]).lower() if row.get("drug") else None for row in (one, other)}
        fields = ("dose", "dose_per_kg", "every")
        if len(drugs) > 1 or None in drugs or any(one.get(n) != other.get(n) for n in fields):
            return False
        if "dose" not in one and "dose_per_kg" not in one:
            return False
        for row in (one, other):
            if "together" in row or "unknown" in (row.get("purpose"), row.get("given")):
                raise NotCovered
        routes = {row.get("route") for row in (one, other)}
        if not routes & {*self.pack.local_routes}:
            routes.discard(None)
        defaults = {"purpose": "this disease", "given": True}
        return len(routes) < 2 and all(
            one.get(name, said) == other.get(name, said) for name, said in defaults.items()
        )

    def _goes_on(self, entry: Entry, name: str) -> bool:
        """Whether it is going on on the date judged."""
        if self._begins(entry) > self.on:
            return False
        written = self._plain(self._timed(entry).get(name))
        if written is None:
            return self.worlds.choose((*entry.key, name, "goes on"))
        if written == "ongoing":
            return self._ongoing_until(entry) >= self.on
        return self._day((*entry.key, name), span_of(written), [self.on]) >= self.on

    def _ongoing_until(self, entry: Entry) -> date:
        """The last day of what goes on: as of the list's review, as long as that speaks."""
        written = self._plain(self.data.get("reviewed", {}).get(entry.records))
        speaks = self._review_speaks(entry.records)
        told = self._as_of
        if written is not None:
            told = self._day(("reviewed", entry.records), span_of(written), [self.on])
        if speaks is None or moved(self.on, -speaks[0], speaks[1]) <= told:
            return self.on + FAR
        told = max(told, self._begins(entry))
        return self._day((*entry.key, "ongoing"), (told, self.on + FAR), [self.on])

    def _field_in_window(self, entry: Entry, name: str, window: Window) -> bool:
        """Whether a date of the entry is of the window.

        A last date that is "ongoing" or still to come stands for every day since the beginning.
        """
        if window.unit == "intervals":
            longest = self._longest_interval(entry)
            if longest is None:
                return self.worlds.choose((*entry.key, name, "interval"))
            window = Window(window.count * longest, "days", window.anchor)
        data = self._timed(entry)
        lasting = "last" in name or "words" in self.pack.field(entry.records, name)
        written = self._plain(data.get(name))
        if written is None and name == "last_dose":
            name, written = "stop", self._plain(data.get("stop"))
        if written is None and self.of_stated:
            return self.worlds.choose((*entry.key, name, "in the window"))
        span = (self.on - FAR, self.on + FAR) if written is None else None
        if written == "ongoing":
            until = self._ongoing_until(entry)
            span = None if until > self.on else (until, until)
        elif span is None:
            span = span_of(written)
        begun = self.pack.role(entry.records, "begins")
        start = self._plain(data.get(begun)) if begun else None
        if span and start is not None and span[0] < span_of(start)[0] <= span[1]:
            span = span_of(start)[0], span[1]  # no date of an entry lies before its first day
        spans = [span] if span else []
        if lasting and start is not None:
            spans.append(span_of(start))
        if window.unit == "half-lives":
            anchor = self._visit(window.anchor, [day for each in spans for day in each])
            first = self._after_half_lives(entry, window.count, anchor, span)
        else:
            first, anchor = self._edges_of(entry, window, spans)
        if span:
            day = self._day((*entry.key, name), span, [first, anchor])
            if day <= anchor:
                return day >= first
        if not lasting:
            return False
        # an entry without a first day is taken to have begun, by an earlier visit as well
        return self._begins(entry) <= anchor

    def _edges_of(self, entry: Entry, window: Window, spans: list[Span]) -> tuple[date, date]:
        """The edges of a window that ends on a visit, or on another date of the entry."""
        written = self._plain((entry.data or {}).get(window.anchor))
        if written is None:
            return self._edges(window, spans)
        if written == "ongoing":
            return moved(self.on, -window.count, window.unit), self.on
        near = [day for span in spans for day in span]
        end = self._day((*entry.key, window.anchor), span_of(written), near)
        return moved(end, -window.count, window.unit), end

    def _longest_interval(self, entry: Entry) -> int | None:
        """Within how many days of a dose the next may be given: the longest that is known.

        Twice the schedule that the entry states, else as long as the drug's doses lie apart. What
        has a dose a day, or is taken by mouth, is not given at intervals, but for a single day.
        """
        data = entry.data or {}
        every = self._plain(data.get("every"))
        if every is not None:
            count, unit = time(every)
            return 2 * count * {"days": 1, "weeks": 7, "months": 31, "years": 366}[unit]
        drug = self.pack.named(data.get("drug"))
        interval = self.pack.drugs[drug].get("interval") if drug else None
        daily = self._plain(data.get("dose")) is not None or data.get("route") == "oral"
        if interval is None or (daily and data.get("start") != data.get("stop")):
            return None
        return time(interval["longest"])[0]

    def _half_lives(self, entry: Entry) -> Range:
        """The half-lives in days that the drug may have; the chart's own decides."""
        data = entry.data or {}
        stated = self._plain(data.get("half_life"))
        if stated is not None:
            return quantity(stated, "days")[0]
        known = self.pack.named(data.get("drug"))
        published = self.pack.drugs[known].get("half_life", {}) if known else {}
        if "at_most" in published:
            return Range(Fraction(0), quantity(published["at_most"], "days")[0].high)
        if "high" not in published:
            return Range(Fraction(0), None)
        ends = [quantity(published.get(end, "0 days"), "days")[0].low for end in ("low", "high")]
        return Range(ends[0], ends[1])

    def _after_half_lives(self, entry: Entry, count: int, anchor: date, span: Span | None) -> date:
        """The first day of a window of so many half-lives."""
        numbers = self._half_lives(entry)
        critical = [Fraction((anchor - day).days, count) for day in span or ()]
        # that of the population is not the one of the chart, which is asked for by its name
        own = "half_life" if "half_life" in (entry.data or {}) else "half-lives"
        days = self.worlds.choose((*entry.key, own), numbers.points(critical))
        return anchor - timedelta(days=ceil(min(days * count, Fraction(FAR.days))))

    def _since(self, entry: Entry, name: str, operator: str, limit: Fraction, unit: str) -> bool:
        """The time since the last change, or since another date of the entry."""
        derive = self.pack.field(entry.records, name)["derive"]
        fields = {"time_since_change": ("last_change", "start")}.get(derive["formula"])
        if fields is None:
            fields = (derive["since"],)
        data = self._timed(entry)
        has_end = derive["formula"] == "time_since_change" and self._plain(data.get("stop"))
        if has_end and not self._goes_on(entry, "stop"):
            return False  # of a course that has ended nothing is unchanged
        stated = self._plain(data.get(name))
        if stated is not None:
            said = self._grown(entry, name, stated, operator, limit, unit)
            if any(self._plain(data.get(source)) is not None for source in fields):
                # what the two say at length may differ where this test does not notice
                self.worlds.only_a = True
                if said != self._since_dates(entry, data, name, fields, operator, limit, unit):
                    return self.worlds.choose((*entry.key, name, "conflict"))
            return said
        return self._since_dates(entry, data, name, fields, operator, limit, unit)

    def _since_dates(
        self,
        entry: Entry,
        data: Data,
        name: str,
        fields: tuple[str, ...],
        operator: str,
        limit: Fraction,
        unit: str,
    ) -> bool:
        edge = moved(self.on, -int(limit), unit)
        for source in fields:
            written = self._plain(data.get(source))
            if written is not None:
                day = self._day((*entry.key, source), span_of(written), [edge, self.on])
                then = moved(day, int(limit), unit)
                return {
                    ">": then < self.on,
                    ">=": then <= self.on,
                    "<": then > self.on,
                    "<=": then >= self.on,
                }[operator]
        return self.worlds.choose((*entry.key, name, operator, limit, unit))

    def _told(self, entry: Entry, name: str) -> date:
        """The day on which a time was stated: its own, the list's review, or the screening."""
        field = (entry.data or {}).get(name)
        if isinstance(field, dict) and "date" in field:
            return self._day((*entry.key, name, "date"), span_of(field["date"]), [self.on])
        written = self._plain(self.data.get("reviewed", {}).get(entry.records))
        if written is not None:
            first, last = span_of(written)
            return self._day(
                ("reviewed", entry.records), (min(first, self.on), min(last, self.on)), []
            )
        return self._as_of

    def _grown(
        self, entry: Entry, name: str, stated: str, operator: str, limit: Fraction, unit: str
    ) -> bool:
        """A stated time against a limit: it grows from the day on which it was stated."""
        count, spelled = time(stated)
        told = self._told(entry, name)
        if told == self.on:
            return self._stated_time(entry, name, stated, operator, limit, unit)
        began = moved(told, -count, spelled)
        then = moved(began, int(limit), unit)
        # a month more or less, by the calendar or by its length, is left to the program
        self.worlds.only_a = True
        return {
            ">": then < self.on,
            ">=": then <= self.on,
            "<": then > self.on,
            "<=": then >= self.on,
        }[operator]

    def _stated_time(
        self, entry: Entry, name: str, stated: str, operator: str, limit: Fraction, unit: str
    ) -> bool:
        """A stated time against a limit; a month is 28 to 31 days where the units differ."""
        count, spelled = time(stated)
        months = {"months": 1, "years": 12}
        days = {"days": 1, "weeks": 7}
        kind = months if spelled in months else days
        value = count * kind[spelled]
        if unit in kind:
            return holds(Fraction(value), operator, limit * kind[unit])
        length = self.worlds.choose((*entry.key, name, "month"), (28, 31))
        if kind is months:
            return holds(Fraction(value * length), operator, limit * days[unit])
        return holds(Fraction(value), operator, limit * months[unit] * length)

    # -- courses, and doses that add up

    def _known_span(self, entry: Entry, name: str) -> Span | tuple[()]:
        written = self._plain((entry.data or {}).get(name))
        return () if written in (None, "ongoing") else span_of(written)

    def _days(self, entry: Entry, critical: Iterable[date]) -> Span:
        """The days of an entry, from its first to its last."""
        edges = list(critical)
        assert entry.data is not None
        far = max(self._earliest, self.on - FAR)
        start = self._known_span(entry, "start") or (far, self.on)
        stop = self._known_span(entry, "stop")
        if stop:
            start = start[0], max(start[0], min(start[1], stop[1]))
        first = self._day((*entry.key, "start"), start, edges)
        if self._plain(entry.data.get("stop")) == "ongoing":
            return first, max(first, self._ongoing_until(entry))
        stop = stop or (first, self.on + FAR)
        if stop[1] < first:
            raise NoSuchWorld
        return first, self._day((*entry.key, "stop"), (max(stop[0], first), stop[1]), edges)

    def _ends(self, entries: list[Entry]) -> list[date]:
        """The first and last days of these, where known, and the day judged."""
        days = [
            day
            for entry in entries
            for name in ("start", "stop")
            for day in self._known_span(entry, name)
        ]
        return [*days, self.on]

    def _course_of(self, entries: list[Entry], path: tuple[int, ...], *, far: bool) -> list[Span]:
        """The days that these cover, administrations joined.

        far: only the first and the last day that each may be matter, for the more days, the longer;
        and whether the last is the day judged
        """
        given = []
        ends = self._ends(entries)
        for entry in entries:
            self.worlds.leaf = (path, entry.number, "lasted")
            dated = self._known_span(entry, "start") and self._plain((entry.data or {}).get("stop"))
            # the program derives nothing from a date that is not there, not even what is too short
            self.worlds.only_a |= not dated
            given.append(
                Given(
                    entry.number,
                    self._drug_of(entry),
                    self._days(entry, (self.on,) if far else ends),
                )
            )
        by_number = {entry.number: entry for entry in entries}
        return courses.courses(
            given,
            lambda drug, last, first: self._joins(by_number, given, drug, last, first),
            lambda drug, last: self._one_more(by_number, given, drug, last),
        )

    def _drug_of(self, entry: Entry) -> str:
        role = self.pack.role(entry.records, "drug")
        if role is None:
            return ""
        known = self.pack.named((entry.data or {}).get(role))
        return known or f"? {(entry.data or {}).get(role) or entry.key}"

    def _interval(
        self, by_number: dict[int, Entry], given: list[Given], drug: str, last: date
    ) -> tuple[int, int] | None:
        """The usual and the longest interval in days, or the one that the entry states, twice."""
        for each in given:
            if each.drug == drug and each.days[1] == last:
                every = self._plain((by_number[each.number].data or {}).get("every"))
                if every is not None:
                    count, unit = time(every)
                    days = (moved(last, count, unit) - last).days
                    return days, days
        interval = self.pack.drugs.get(drug, {}).get("interval")
        if interval is None:
            return None
        usual, longest = (time(interval[end])[0] for end in ("usual", "longest"))
        return usual, longest

    def _joins(
        self,
        by_number: dict[int, Entry],
        given: list[Given],
        drug: str,
        last: date,
        first: date,
    ) -> bool:
        interval = self._interval(by_number, given, drug, last)
        gap = (first - last).days
        if interval is None or gap > interval[1]:
            return False
        return gap <= interval[0] or self.worlds.choose(("joined", drug, last, first))

    def _one_more(
        self, by_number: dict[int, Entry], given: list[Given], drug: str, last: date
    ) -> date:
        """Whether the time after the last dose counts is open, for one more interval."""
        interval = self._interval(by_number, given, drug, last)
        if interval is None or last >= self.on:
            return last
        until = last + timedelta(days=interval[0])
        return self.worlds.choose(("one more", drug, last), (last, until))

    def _stretches(self, rule: Records, parts: "_Parts", path: tuple[int, ...]) -> list[Span]:
        """The days on which what the rule asks for was given, in pieces that are long enough."""
        fitting = [e for e in self._entries(rule.name) if self._fits(rule, path, e, parts)]
        if parts.lasted and not parts.doses:
            return self._long_enough(fitting, parts, path)
        if parts.lasted and any(map(self._only_length, fitting)):
            # what is enough by itself
            checks = [test.check for test in parts.doses if isinstance(test.check, Compare)]
            if len(fitting) > 1 or {t.fact for t in parts.doses} != {"prednisone_dose"}:
                raise NotCovered
            dose = self._as_prednisone(fitting[0], checks[0].limit, None)
            enough_of_it = all(holds(dose, c.operator, c.limit) for c in checks)
            if enough_of_it and self._long_as_stated(fitting, parts, path):
                return [(LONG_AGO, self.on)]
            return []
        enough = self._on_which_enough(rule, fitting, parts, path)
        if not parts.lasted:
            return enough
        return self._pieces_that_lasted(enough, parts, self._stops_today(fitting))

    def _stops_today(self, entries: list[Entry]) -> bool:
        """Whether one of them stops on the day judged, which then counts as its last."""
        ends = self._ends(entries)
        return any(self._days(entry, ends)[1] == self.on for entry in entries)

    def _pieces_that_lasted(
        self, stretches: list[Span], parts: "_Parts", stops_today: bool
    ) -> list[Span]:
        merged = courses.merged(stretches)
        after = self.on + DAY if stops_today else self.on
        checks = [test.check for test in parts.lasted if isinstance(test.check, Compare)]
        if any(check.in_all for check in checks):
            upto = [(a, min(b, after - DAY)) for a, b in merged if a < after]
            for check in checks:
                said = courses.lasted_in_all(check, upto)
                if said is None:
                    said = self.worlds.choose(("in all", str(check), tuple(upto)))
                if not said:
                    return []
            return merged
        return [
            (first, last)
            for first, last in merged
            if all(has_lasted(check, first, min(last + DAY, after)) for check in checks)
            and (not parts.goes_on or first <= self.on <= last)
        ]

    def _long_enough(
        self, entries: list[Entry], parts: "_Parts", path: tuple[int, ...]
    ) -> list[Span]:
        """The stretches that these cover, as far as they are as long as that."""
        if self._long_as_stated(entries, parts, path):
            return [(LONG_AGO, self.on)]
        dated = [entry for entry in entries if not self._only_length(entry)]
        found = self._course_of(dated, path, far=True)
        return self._pieces_that_lasted(found, parts, self._stops_today(dated))

    def _only_length(self, entry: Entry) -> bool:
        """Whether the entry says how long it lasted, and not from which day to which."""
        data = entry.data or {}
        whole = self._known_span(entry, "start") and self._plain(data.get("stop"))
        return "lasted" in data and not whole

    def _long_as_stated(self, entries: list[Entry], parts: "_Parts", path: tuple[int, ...]) -> bool:
        """Whether one of them says itself that it lasted so long.

        It counts for itself; where there are others, it may join them.
        """
        for entry in filter(self._only_length, entries):
            data = entry.data or {}
            self.worlds.leaf = (path, entry.number, "lasted")
            stated = self._plain(data["lasted"])
            if stated is None:
                raise NotCovered
            goes_on = data.get("stop") == "ongoing"
            if self._told(entry, "lasted") != self.on and data.get("stop") is None:
                raise NotCovered
            long = all(
                self._grown(entry, "lasted", stated, c.operator, c.limit, c.unit)
                if goes_on
                else self._stated_time(entry, "lasted", stated, c.operator, c.limit, c.unit)
                for test in parts.lasted
                if isinstance(c := test.check, Compare)
            )
            if long and (not parts.goes_on or self._goes_on(entry, "stop")):
                return True
            if len(entries) > 1 and self.worlds.choose((*entry.key, "joined")):
                return True
        return False

    def _on_which_enough(
        self, rule: Records, entries: list[Entry], parts: "_Parts", path: tuple[int, ...]
    ) -> list[Span]:
        """The days on which the doses, added up, satisfy the tests of doses."""
        fields = {test.fact for test in parts.doses}
        if len(fields) > 1:
            raise NotCovered
        (asked,) = fields
        if asked in ("dose", "dose_per_kg"):
            # as milligrams, only those of one drug add up
            by_drug: dict[str, list[Entry]] = {}
            for entry in entries:
                by_drug.setdefault(self._drug_of(entry), []).append(entry)
            groups = list(by_drug.values())
        else:
            groups = [entries]
        found = [self._enough_of(rule, group, parts, path, asked) for group in groups]
        return courses.merged(span for spans in found for span in spans)

    def _enough_of(
        self,
        rule: Records,
        entries: list[Entry],
        parts: "_Parts",
        path: tuple[int, ...],
        asked: str,
    ) -> list[Span]:
        """The same, of entries whose doses add up."""
        checks = [test.check for test in parts.doses if isinstance(test.check, Compare)]
        limit = checks[0].limit
        begun = [entry for entry in entries if self._has_begun(rule, path, entry)]
        several = len(begun) > 1
        ends = self._ends(begun)
        given = []
        for entry in begun:
            self.worlds.leaf = (path, entry.number)
            known = self._known_span(entry, "start") and self._plain((entry.data or {}).get("stop"))
            # as in _course_of: without a first and a last day the program derives nothing
            self.worlds.only_a |= not known
            first, last = (
                self._days(entry, ends)
                if several or parts.lasted or parts.goes_on or asked == "prednisone_dose_per_kg"
                else (
                    max(self._begins(entry), self._earliest),
                    self.on + FAR,
                )
            )
            given.append(Given(entry.number, self._drug_of(entry), (first, last)))
        self.worlds.leaf = path
        by_number = {entry.number: entry for entry in begun}
        cuts = [day + step for each in given for day in each.days for step in (timedelta(), DAY)]
        cuts += [day + step for day in self._weight_edges() for step in (timedelta(), DAY)]
        found = []
        for first, last in courses.pieces([each.days for each in given], cuts):
            dosed = [
                replace(
                    each,
                    amount=self._amount(entry, asked, limit, first),
                    besides=(entry.data or {}).get("together") is True,
                )
                for each in given
                if each.days[0] <= first <= each.days[1]
                for entry in [by_number[each.number]]
            ]
            self.worlds.leaf = path
            total = courses.summed(dosed, first, self._larger)
            if all(holds(total, check.operator, check.limit) for check in checks):
                found.append((first, last))
        if any(check.operator in ("<", "<=") for check in checks) and given:
            # a sum is no upper bound where the list may lack an entry
            closed = self._closed(rule.name, rule.where)
            if not closed and self.worlds.choose((rule.name, "more")):
                return []
        if parts.goes_on:
            return [(first, last) for first, last in found if first <= self.on <= last]
        return courses.merged(found)

    def _larger(self, drug: str) -> bool:
        """Of entries of one drug that overlap: the larger alone, or the sum."""
        return self.worlds.choose((drug, "overlap"))

    # -- at the same time

    def _together(self, rule: Together, path: tuple[int, ...]) -> bool:
        """Whether there is a time, so long, during which every part holds."""
        found = []
        lists = []
        for number, part in enumerate(rule.parts):
            if not isinstance(part, Records):
                raise NotCovered
            lists.append(part)
            found.append(self._running(part, (*path, number)))
        meeting = [(a, min(b, self.on)) for a, b in courses.meeting(found) if a <= self.on]
        parts = _Parts(
            (),
            (Test("lasted", rule.lasted, None, False, "lasted"),) if rule.lasted else (),
            False,
            (),
        )
        fitting = [
            entry
            for number, part in enumerate(lists)
            for entry in self._entries(part.name)
            if self._fits(part, (*path, number), entry, _Parts.of(self.pack, part))
        ]
        stops = bool(rule.lasted) and self._stops_today(fitting)
        if self._pieces_that_lasted(meeting, parts, stops) if rule.lasted else meeting:
            return True
        self.worlds.leaf = path
        closed = [self._closed(part.name, part.where) for part in lists]
        return not all(closed) and self.worlds.choose(("together", path, "more"))

    def _running(self, rule: Records, path: tuple[int, ...]) -> list[Span]:
        """The days on which entries run that this part asks for."""
        parts = _Parts.of(self.pack, rule)
        if rule.different:
            if parts.doses or parts.lasted:
                raise NotCovered
            fitting = [e for e in self._entries(rule.name) if self._fits(rule, path, e)]
            kinds: dict[Any, list[Entry]] = {}
            for entry in fitting:
                kinds.setdefault(self._identity(entry, rule.different), []).append(entry)
            runs = [self._course_of(same, path, far=False) for same in kinds.values()]
            return courses.days_with(rule.k, runs)
        if parts.doses or parts.lasted:
            return self._stretches(rule, parts, path)
        fitting = [e for e in self._entries(rule.name) if self._fits(rule, path, e)]
        return self._course_of(fitting, path, far=False)

    # -- fields: numbers

    def _field_number(self, entry: Entry, name: str, limit: Fraction) -> Fraction:
        assert entry.data is not None
        if name in ("prednisone_dose", "prednisone_dose_per_kg"):
            raise NotCovered  # doses in a group within `where`
        written = self._plain(entry.data.get(name))
        unit = self.pack.field(entry.records, name)["unit"]
        numbers = ANY_NUMBER if written is None else quantity(written, unit)[0]
        limits = [t.check.limit for t in self._tests(name) if isinstance(t.check, Compare)]
        return self.worlds.choose((*entry.key, name), numbers.points([*limits, limit]))

    def _amount(self, entry: Entry, asked: str, limit: Fraction, day: date) -> Fraction:
        """What an entry adds to the dose of a day."""
        if asked.startswith("prednisone_dose"):
            per_kg = asked == "prednisone_dose_per_kg"
            return self._as_prednisone(entry, limit, day if per_kg else None)
        assert entry.data is not None
        self.worlds.leaf = (self.worlds.leaf, entry.number)
        if {"steps", "every"} & entry.data.keys():
            raise NotCovered
        written = self._plain(entry.data.get(asked))
        unit = self.pack.field(entry.records, asked)["unit"]
        numbers = Range(Fraction(0), None) if written is None else quantity(written, unit)[0]
        limits = [t.check.limit for t in self._tests(asked) if isinstance(t.check, Compare)]
        return self.worlds.choose((*entry.key, asked), numbers.points([*limits, limit]))

    def _as_prednisone(self, entry: Entry, limit: Fraction, day: date | None) -> Fraction:
        """The dose as prednisone, per kg on a day; nothing of no systemic glucocorticoid."""
        assert entry.data is not None
        self.worlds.leaf = (self.worlds.leaf, entry.number)
        if {"prednisone_dose", "prednisone_dose_per_kg", "steps", "every"} & entry.data.keys():
            raise NotCovered
        drug = self._drug(entry)
        if self._is_local(entry) or not self._is_of_class(entry, drug, "glucocorticoid"):
            return Fraction(0)
        factors = POSITIVE
        known = self.pack.drugs.get(drug, {})
        if "prednisone_equivalent" in known:
            stated = as_list(known["prednisone_equivalent"])
            factors = Range(*(end(Fraction(each) for each in stated) for end in (min, max)))
        if day and "dose_per_kg" in entry.data:
            dose, weight = "dose_per_kg", Fraction(1)
        else:
            dose, weight = "dose", Fraction(1)
            if day is not None:
                weight = self._weight(entry, limit, factors, day)
        written = self._plain(entry.data.get(dose))
        unit = self.pack.field(entry.records, dose)["unit"]
        doses = Range(Fraction(0), None) if written is None else quantity(written, unit)[0]
        ends = [end for end in (doses.low, doses.high) if end]
        others = [
            quantity(other, unit)[0].low or Fraction(0)
            for each in self._entries(entry.records)
            if each.number != entry.number
            and (other := self._plain((each.data or {}).get(dose))) is not None
        ]
        turning = [limit, *(limit - other for other in others if other < limit)]
        factor = self.worlds.choose(
            (*entry.key, "factor"),
            factors.points([each * weight / end for end in ends for each in turning]),
        )
        limits = [t.check.limit for t in self._tests(dose) if isinstance(t.check, Compare)]
        amount = self.worlds.choose(
            (*entry.key, dose),
            doses.points([*limits, *(each * weight / factor for each in turning)]),
        )
        return amount * factor / weight

    def _weighed(self) -> tuple[Result, Span] | None:
        """The weight that is recorded, and the days for which it speaks."""
        results = self._results("person.weight")
        if not results:
            return None
        if len(results) > 1:
            raise NotCovered
        day = self._as_of
        if results[0].span:
            if results[0].span[0] != results[0].span[1]:
                raise NotCovered
            day = results[0].span[0]
        said = self._speaking("person.weight", results[0].value, day)
        if said is None:
            return results[0], (LONG_AGO, self.on + FAR)
        return results[0], (moved(day, -said[0], said[1]), moved(day, said[0], said[1]))

    def _weight_edges(self) -> list[date]:
        weighed = self._weighed()
        return list(weighed[1]) if weighed else []

    def _weight(self, entry: Entry, limit: Fraction, factors: Range, day: date) -> Fraction:
        """The weight of that day, which is open where none speaks for it."""
        weighed = self._weighed()
        written = self._plain((entry.data or {}).get("dose"))
        doses = Range(None, None) if written is None else quantity(written, "mg/day")[0]
        turning = [
            dose * factor / limit
            for dose in (doses.low, doses.high)
            for factor in (factors.low, factors.high)
            if dose and factor
        ]
        if weighed is None or weighed[0].value is None:
            return self.worlds.choose("person.weight", POSITIVE.points(turning))
        result, (first, last) = weighed
        if not first <= day <= last:
            return self.worlds.choose(("person.weight", "then"), POSITIVE.points(turning))
        numbers = quantity(result.value, "kg")[0]
        return self.worlds.choose("person.weight", numbers.points(turning))


@dataclass(frozen=True)
class _Parts:
    """The conditions of a `where` that are asked of several entries at once."""

    doses: tuple[Test, ...]
    lasted: tuple[Test, ...]
    goes_on: bool
    apart: tuple[Rule, ...]
    """All of these; the others are asked of each entry by itself."""

    @classmethod
    def of(cls, pack: Pack, rule: Records) -> "_Parts":
        fields = pack.lists[rule.name]["field"]
        summed = {
            name
            for name, described in fields.items()
            if name in (pack.role(rule.name, "dose"), pack.role(rule.name, "dose_per_kg"))
            or any(
                str(each.get("formula")).startswith("prednisone_equivalent")
                for each in as_list(described.get("derive", []))
            )
        }
        top = [part for part in rule.where if isinstance(part, Test)]
        doses = tuple(part for part in top if part.fact in summed)
        lasted = tuple(part for part in top if part.fact == pack.role(rule.name, "lasted"))
        of_groups = {
            part.fact
            for where in rule.where
            if not isinstance(where, Test)
            for part in walk(where)
            if isinstance(part, Test)
        }
        if of_groups & {*summed, "lasted"}:
            raise NotCovered
        ongoing = [
            part for part in top if part.text == f"{pack.role(rule.name, 'ends')} is ongoing"
        ]
        apart = (*doses, *lasted)
        goes_on = bool(ongoing) and bool(apart)
        return cls(doses, lasted, goes_on, (*apart, *(ongoing if lasted else ())))


def _word(derive: Data, *, answer: bool) -> Any:
    """The value that an answer of a derivation's rule gives, None if it gives none."""
    if "yes" not in derive and "no" not in derive:
        return answer
    return derive.get("yes" if answer else "no")


def _touching(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and found[-1][1] != date.max and first <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        elif found and found[-1][1] == date.max:
            continue
        else:
            found.append((first, last))
    return found


def _has_changed(change: Change, then: Fraction, now: Fraction) -> bool:
    step = now - then if change.direction == "rose" else then - now
    return step > 0 and step >= (then * change.by / 100 if change.relative else change.by)


# ----------------------------------------------------------------------
# The evaluator


def _doubted(pack: Pack, data: Data, on: date, known: Data) -> frozenset[str]:
    """The facts that a contradiction of the profile puts in doubt."""
    return frozenset(
        name
        for rule, doubts in pack.contradictions
        # what is not recorded contradicts nothing; this saves the time to look
        if any(_is_said(name, data) for told in doubts for name in pack.sources(told))
        if enumerated(
            lambda worlds, rule=rule: Patient(
                pack, data, on, tests_of(rule), worlds, known=known
            ).holds(rule, ())
        )[0]
        for name in doubts
    )


def _is_said(name: str, data: Data) -> bool:
    """Does the profile say something of the fact, or have entries of the list?"""
    section, _, fact = name.partition(".")
    return section in data and (not fact or fact in data[section])


def _without_doubted_fields(pack: Pack, data: Data, on: date) -> Data:
    """The profile, in whose entries the fields that contradict one another are not known."""
    written = data.get("dates", {}).get("screening")
    day = on if written in (None, "unknown") else min(on, span_of(written)[0])
    found = data
    for records, rule, doubts in pack.entry_contradictions:
        for number, row in enumerate(data.get(records, ())):
            if sum(name in row for name in doubts) < min(2, len(doubts)):
                continue
            entry = Entry(records, number, row)
            if not enumerated(
                lambda worlds, rule=rule, entry=entry: Patient(
                    pack, data, day, tests_of(rule), worlds, of_stated=True
                ).holds(rule, (), entry)
            )[0]:
                continue
            rows = list(found[records])
            stated = {name: "unknown" for name in doubts if name in row}
            rows[number] = {**rows[number], **stated}
            found = {**found, records: rows}
    return found


def decide(
    rules: tuple[Any, ...],
    data: Data,
    on: date,
    answer: bool | str | None = None,
    pack: Pack | None = None,
) -> Verdict:
    """What enumeration says of a rule as TOML data, of which there may be several readings.

    Which of the readings is meant is one more thing that is not known. answer: what a person has
    said to the question that the rule asks.
    """
    pack = pack or bundled()
    trees = tuple(pack.rule(rule) for rule in rules)
    data = _without_doubted_fields(pack, data, on)
    doubted = _doubted(pack, data, on, {})
    tests = tuple(test for tree in trees for test in tests_of(tree))
    known: Data = {}

    def evaluate(worlds: Worlds) -> bool:
        patient = Patient(pack, data, on, tests, worlds, answer, doubted, known)
        reading = worlds.choose("reading", range(len(trees)))
        return patient.holds(trees[reading], (reading,))

    return enumerated(evaluate)[1]
