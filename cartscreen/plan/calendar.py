"""The screening dates on which an answer changes with nothing new happening, found exactly.

Each criterion is judged on the days on which the answer of a part of its rules changes; between two
of them its answer stays. Study visits planned for the screening date or later move with it.
What speaks on the first day, a result or the review of a list, is thought to be repeated with the
same result before it is too old.
"""

from collections.abc import Container, Iterable
from datetime import date

from cartscreen.answer import UNKNOWN, Answer, answer
from cartscreen.dates import shift
from cartscreen.evaluate.answers import answer_to
from cartscreen.evaluate.chart import Chart, last_day_alive
from cartscreen.evaluate.finding import bare
from cartscreen.evaluate.screening import CriterionFinding, Screening, assemble, is_silent, judge
from cartscreen.frozen import frozen
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.plan.boundaries import leaves_of
from cartscreen.plan.turns import ONE_DAY, Steps, Turns, said_on
from cartscreen.rule.tree import Rule

HORIZON_DAYS = 731


@frozen
class Period:
    """A stretch of screening dates, both included, on which every criterion answers the same.

    The screening of the first has its reasons, those of later ones have answers alone.
    """

    first: date
    last: date
    screening: Screening


class Calendar:
    """One profile on many dates."""

    def __init__(self, chart: Chart, days: int = HORIZON_DAYS) -> None:
        self.chart = chart
        self.first = chart.on
        last = shift(chart.on, days - 1, "days")
        born = chart.profile.birth
        self.last = min(last, last_day_alive(born)) if born else last
        self._turns = Turns(chart, self.last)
        self._answers: dict[date, Chart] = {}

    def end(self) -> None:
        """Nothing more is asked of it: as `end` of a chart, which is left to who made it."""
        for chart in self._answers.values():
            chart.end()
        self._turns.end()
        vars(self).clear()

    def on(self, day: date) -> Chart:
        """The chart on a day: what it finds on a later one than the first has answers alone."""
        return self.chart if day == self.first else self._turns.on(day)

    def periods(
        self, trial: Trial, *, preferred: bool = False, only: Container[str] | None = None
    ) -> list[Period]:
        """The periods from the first to the last day, in order, without a gap.

        only: ids of criteria; those that are no headings and not among them stay as they are on the
        first day, which saves their time
        """
        steps = {
            criterion.id: self._findings_by_day(criterion, trial, preferred)
            if only is None or criterion.id in only
            else [(self.first, judge(criterion, trial, self.chart, preferred=preferred))]
            for criterion in trial.criteria
            if criterion.gate is None
        }
        applies = [c.applies for c in trial.criteria if c.gate is not None and c.applies]
        days = self._days_of_change(applies)
        days.update(day for found in steps.values() for day, _ in found)
        found: list[Period] = []
        for day in sorted(days):
            judged = {name: said_on(by_day, day) for name, by_day in steps.items()}
            screening = assemble(trial, judged, self._answering(applies, day))
            if found and _same_statuses(found[-1].screening, screening):
                continue
            if found:
                found[-1] = Period(found[-1].first, day - ONE_DAY, found[-1].screening)
            found.append(Period(day, self.last, screening))
        return found

    def _findings_by_day(
        self, criterion: Criterion, trial: Trial, preferred: bool
    ) -> list[tuple[date, CriterionFinding]]:
        """(day, finding) for the first day and for each on which the answer changes."""
        found = [(self.first, judge(criterion, trial, self.chart, preferred=preferred))]
        if is_silent(criterion, trial, self.chart):
            return found
        given = answer_to(criterion, trial, self.chart.profile)
        said = UNKNOWN if given is None else answer(given.said is True)
        rules = [reading.rule for reading in criterion.readings]
        applies = trial.applies(criterion)
        days = self._days_of_change(rules, said) | self._days_of_change(applies)
        for day in sorted(days - {self.first}):
            self._answering(rules, day, said)
            chart = self._answering(applies, day)
            judged = judge(criterion, trial, chart, preferred=preferred)
            if not _same_answer(found[-1][1], judged):
                found.append((day, judged))
        return found

    def _days_of_change(self, rules: Iterable[Rule], said: Answer = UNKNOWN) -> set[date]:
        """The first day, and those on which one of these rules answers otherwise than before."""
        return {self.first, *(day for rule in rules for day, _ in self._turns.of(rule, said))}

    def _answering(self, rules: Iterable[Rule], day: date, said: Answer = UNKNOWN) -> Chart:
        """A chart of the day that knows what these rules answer; nothing else is asked of it.

        What else is asked of a day rests on reasons, as the date of a fact does that follows by a
        rule; here are none.
        """
        if day == self.first:
            return self.chart
        chart = self._answers.get(day)
        if chart is None:
            chart = self._answers[day] = self._turns.made(day)
        for rule in rules:
            chart.kept[id(rule)] = rule, bare(said_on(self._turns.of(rule, said), day))
        return chart

    def turns(self, rule: Rule) -> Steps:
        """The answer of a rule that asks nobody, from each day on which it changes."""
        return self._turns.of(rule)

    def days_of_change(self, rules: Iterable[Rule]) -> list[date]:
        """The first day, and those after it on which the answer of a rule may change."""
        days = (day for leaf in leaves_of(rules) for day in self._turns.may_change(leaf))
        return sorted({self.first, *days})


def _same_answer(one: CriterionFinding, other: CriterionFinding) -> bool:
    return (one.finding.answer, one.applicable) == (other.finding.answer, other.applicable)


def _same_statuses(one: Screening, other: Screening) -> bool:
    return all(
        (a.status, a.applicable) == (b.status, b.applicable)
        for a, b in zip(one.criteria, other.criteria, strict=True)
    )
