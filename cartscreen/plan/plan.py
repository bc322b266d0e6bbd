"""What next: on which dates the patient would match, what is in the way, what to get and to ask.

Every answer follows from the rules, the vocabulary and the profile; nothing here knows a trial.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise

from cartscreen.contract import EVERYTHING, DateFrom, Head, Options, TrialReport
from cartscreen.evaluate.again import chart_again
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.screening import (
    Screening,
    judge,
    status_of,
)
from cartscreen.frozen import frozen, replace
from cartscreen.observation import Observation
from cartscreen.pack.trial import Trial
from cartscreen.place import Fact, List, Place, Visit
from cartscreen.plan.calendar import HORIZON_DAYS, Calendar, Period
from cartscreen.plan.contract import (
    Outcome,
    PeriodReport,
    Plan,
    Repeat,
    RepeatBy,
    TrialPlan,
    Turn,
    WantedReport,
)
from cartscreen.plan.fewest import fewest_missing, smallest_proof
from cartscreen.plan.obstacles import Outlook, difficulty
from cartscreen.plan.outlook import obstacle, questions, trial_outlook
from cartscreen.profile.model import Profile
from cartscreen.report import deciding_evidence, report_of
from cartscreen.rule.tree import Compare, Test, walk
from cartscreen.units import LLN, ULN, Interval, decimal
from cartscreen.vocabulary import FactEntry
from cartscreen.wanted import Open, Wanted, label_of, wanted


def plan(
    chart: Chart,
    trials: Iterable[Trial],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
    days: int = HORIZON_DAYS,
) -> Plan:
    """The plan of one chart for these trials, over so many days from the date judged on."""
    return plan_and_outlook(
        chart, trials, file=file, date_from=date_from, options=options, days=days
    )[0]


def plan_and_outlook(
    chart: Chart,
    trials: Iterable[Trial],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
    days: int = HORIZON_DAYS,
) -> tuple[Plan, Outlook]:
    """The plan, and what the table of `check` shows of the same chart on the first day."""
    calendar, preferred = Calendar(chart, days), options.preferred
    periods = {trial.id: calendar.periods(trial, preferred=preferred) for trial in trials}
    screenings = [found[0].screening for found in periods.values()]
    now = report_of(chart, screenings, file=file, date_from=date_from, options=options)
    planned = [
        _trial(judged, chart, periods[judged.id], preferred=preferred) for judged in now.trials
    ]
    head = {name: getattr(now, name) for name in Head.model_fields if name != "schema_"}
    found = Plan(
        **head,
        trials=sorted(planned, key=difficulty),
        next=now.next,
        wanted=[
            WantedReport(
                **dict(listed), outcomes=list(outcomes_of(item, chart, preferred=preferred))
            )
            for item, listed in zip(wanted(screenings, chart), now.next, strict=True)
        ],
        repeat_by=_repeat_by(screenings, chart, calendar.last),
    )
    shown = [
        trial_outlook(screening, judged, chart, trial.obstacles)
        for screening, judged, trial in zip(screenings, now.trials, planned, strict=True)
    ]
    return found, Outlook(**head, trials=shown)


def _repeat_by(screenings: Iterable[Screening], chart: Chart, last: date) -> list[RepeatBy]:
    """What the decided criteria rest on that will be too old by the last day, soonest first."""
    ends: dict[Place, date] = {}
    trials: dict[Place, dict[str, None]] = {}
    for screening in screenings:
        for item in screening.criteria:
            if item.criterion.gate is not None or item.status == "unknown":
                continue
            for read in deciding_evidence(item.finding):
                if read.until is not None and read.until < last:
                    ends[read.place] = min(read.until, ends.get(read.place, read.until))
                    trials.setdefault(read.place, {})[screening.trial.id] = None
    return [
        RepeatBy(
            fact=place.name,
            label=label_of(place, chart),
            until=until.isoformat(),
            trials=list(trials[place]),
        )
        for place, until in sorted(ends.items(), key=lambda pair: pair[1])
    ]


def _trial(
    judged: TrialReport, chart: Chart, periods: list[Period], *, preferred: bool
) -> TrialPlan:
    now = periods[0].screening
    return TrialPlan(
        **dict(judged),
        periods=list(_periods(periods)),
        obstacles=[obstacle(item, periods, chart) for item in now.counted("failed")],
        repeats=list(_repeats(periods)),
        questions=list(questions(now)),
        fewest=fewest_missing(now, chart, preferred=preferred),
        proof=smallest_proof(now, chart, preferred=preferred),
    )


# When


def _periods(periods: list[Period]) -> Iterator[PeriodReport]:
    """The periods; neighbours are joined where no counted criterion changes its status."""
    joined: list[PeriodReport] = []
    before: Screening | None = None
    for period in periods:
        screening = period.screening
        turns = list(_changes_between(before, screening))
        before = screening
        if joined and not turns and joined[-1].verdict == screening.verdict:
            joined[-1] = joined[-1].model_copy(update={"last": period.last.isoformat()})
            continue
        joined.append(
            PeriodReport(
                first=period.first.isoformat(),
                last=period.last.isoformat(),
                verdict=screening.verdict,
                failed=[item.criterion.id for item in screening.counted("failed")],
                unknown=len(screening.counted("unknown")),
                turns=turns,
            )
        )
    yield from joined


def _changes_between(before: Screening | None, after: Screening) -> Iterator[Turn]:
    if before is None:
        return
    for old, new in zip(before.criteria, after.criteria, strict=True):
        if old.status != new.status and (old.counted or new.counted):
            yield Turn(
                criterion=new.criterion.id,
                title=new.criterion.title,
                before=old.status,
                after=new.status,
            )


def _repeats(periods: list[Period]) -> Iterator[Repeat]:
    """The criteria that are matched today and, with nothing new happening, no longer later on."""
    seen: set[str] = set()
    matched = {item.criterion.id for item in periods[0].screening.counted("matched")}
    for one, other in pairwise(periods):
        for turn in _changes_between(one.screening, other.screening):
            if turn.before == "matched" and turn.criterion in matched - seen:
                seen.add(turn.criterion)
                yield Repeat(
                    criterion=turn.criterion,
                    title=turn.title,
                    until=one.last.isoformat(),
                    becomes=turn.after,
                )


# What to get


def outcomes_of(item: Wanted, chart: Chart, *, preferred: bool) -> Iterator[Outcome]:
    """What each value, or each range of values between the limits, would decide."""
    found: list[tuple[_TriedValues, list[str], list[str]]] = []
    for values, profile in _profiles_tried(item, chart):
        tried = chart_again(profile, chart)
        rules_out, settles = [], []
        for open_ in item.open:
            judged = judge(open_.criterion, open_.trial, tried, preferred=preferred)
            place = f"{open_.trial.id} {open_.criterion.id}"
            status = status_of(open_.criterion, judged.finding.answer)
            if status == "failed" and open_.criterion.decisive:
                rules_out.append(place)
            elif status != "unknown":
                settles.append(place)
        if found and found[-1][1:] == (rules_out, settles) and found[-1][0].joins(values):
            found[-1] = (found[-1][0].joined(values), rules_out, settles)
        else:
            found.append((values, rules_out, settles))
    for values, rules_out, settles in found:
        if rules_out or settles:
            yield Outcome(value=str(values), rules_out=rules_out, settles=settles)


@frozen
class _TriedValues:
    """A word, or the numbers between two limits."""

    word: str = ""
    unit: str = ""
    numbers: Interval | None = None

    def joins(self, other: "_TriedValues") -> bool:
        return self.numbers is not None and other.numbers is not None and self.unit == other.unit

    def joined(self, other: "_TriedValues") -> "_TriedValues":
        one, two = self.numbers, other.numbers
        assert one is not None and two is not None
        return replace(self, numbers=Interval(one.low, two.high, one.low_open, two.high_open))

    def __str__(self) -> str:
        if self.numbers is None:
            return self.word
        n = self.numbers
        if n.is_exact:
            return self._shown(n.low)
        if n.low is None and n.high is None:
            return "any value"
        if n.low is None:
            return f"{'below' if n.high_open else 'at most'} {self._shown(n.high)}"
        if n.high is None:
            return f"{'above' if n.low_open else 'at least'} {self._shown(n.low)}"
        low = f"{'above' if n.low_open else 'from'} {decimal(n.low)}"
        return f"{low} {'to below' if n.high_open else 'to'} {self._shown(n.high)}"

    def _shown(self, number: Fraction | None) -> str:
        assert number is not None
        if self.unit == "titre":
            return f"1:{decimal(number)}"
        multiple = "x " if self.unit in (ULN, LLN) else ""
        return f"{decimal(number)} {multiple}{self.unit}".removesuffix(" 1")


def _profiles_tried(item: Wanted, chart: Chart) -> Iterator[tuple[_TriedValues, Profile]]:
    """The profile with each value of a missing fact that the rules tell apart.

    Nothing is tried for a field of an entry or for a part of a result: what it decides depends on
    the rest of the entry or of the result.
    """
    profile, place = chart.profile, item.place
    if isinstance(place, List):
        name = place.list
        closed = {**profile.reviewed, name: chart.today}
        words = "nothing more" if profile.records.get(name) else "none"
        yield _TriedValues(f"{words}, list reviewed"), replace(profile, reviewed=closed)
        return
    if not isinstance(place, Fact | Visit):
        return
    entry = chart.vocabulary.facts[place.name]
    observations: list[tuple[_TriedValues, Observation]] = []
    match entry.kind:
        case "finding" if entry.choices:
            observations = [(_TriedValues(word), Observation(word, word)) for word in entry.choices]
        case "finding":
            observations = [
                (_TriedValues("yes"), Observation(True, "yes")),
                (_TriedValues("no"), Observation(False, "no")),
            ]
        case "quantity":
            observations = [*_numbers_tried(entry, item.open)]
    for values, found in observations:
        dated = replace(found, date=chart.today)
        yield values, replace(profile, facts={**profile.facts, entry.name: (dated,)})


def _numbers_tried(
    entry: FactEntry, open_: Iterable[Open]
) -> Iterator[tuple[_TriedValues, Observation]]:
    """A value below, at, between and above the limits that the unknown criteria set."""
    limits: dict[str, set[Fraction]] = {}
    for item in open_:
        tests = [p for r in item.criterion.readings for p in walk(r.rule) if isinstance(p, Test)]
        for check in (test.check for test in tests if test.fact == entry.name):
            if isinstance(check, Compare):
                multiple = check.unit if check.unit in (ULN, LLN) else ""
                limits.setdefault(multiple, set()).add(check.limit)
    for multiple, found in limits.items():
        least, most = (0, None) if multiple or entry.bounds is None else entry.bounds
        edges: list[Fraction | None] = [None, *sorted(found), None]
        for low, high in pairwise(edges):
            between = Interval(low, high, low_open=True, high_open=True)
            for numbers in (between, Interval.exactly(high)) if high is not None else (between,):
                number = _possible_number(
                    numbers, Fraction(least), None if most is None else Fraction(most)
                )
                if number is not None:
                    value = Observation(Interval.exactly(number), decimal(number), unit=multiple)
                    yield _TriedValues(unit=multiple or entry.unit, numbers=numbers), value


def _possible_number(numbers: Interval, least: Fraction, most: Fraction | None) -> Fraction | None:
    """A number of the interval that the fact may have; None if there is none."""
    low = least if numbers.low is None else max(numbers.low, least)
    high = numbers.high if most is None or numbers.high is None else min(numbers.high, most)
    if high is None and most is None:
        return low + 1
    end = most if high is None else high
    assert end is not None
    if low > end or (low == end and not numbers.is_exact):
        return None
    return (low + end) / 2
