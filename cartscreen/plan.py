"""What next: when the patient fits, how far from it, what to get, what to ask.

Every answer follows from the rules, the vocabulary and the profile; nothing here knows a trial.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from cartscreen.answer import Answer
from cartscreen.observation import Observation
from cartscreen.place import AnswerTo, Fact, List, Place, Visit, fact_place
from cartscreen.profile import Profile
from cartscreen.report import (
    EVERYTHING,
    Because,
    DateFrom,
    Head,
    Next,
    Options,
    Plain,
    TrialReport,
    because_of,
    deciding_evidence,
    report_of,
)
from cartscreen.rule import Compare, Group, Records, Rule, Test, walk
from cartscreen.screen import (
    Asked,
    Chart,
    CriterionFinding,
    Evidence,
    Finding,
    Margin,
    Screening,
    Status,
    Verdict,
    ask,
    judge,
    status_of,
)
from cartscreen.trial import Criterion, Gate, Trial
from cartscreen.units import LLN, ULN, Interval, decimal
from cartscreen.vocabulary import FactEntry
from cartscreen.wanted import Open, Wanted, awaited, declared, in_profile, label_of, wanted
from cartscreen.when import HORIZON_DAYS, Calendar, Period

Way = Literal["time", "measurement", "treatment", "decision", "never"]
WAYS: tuple[Way, ...] = ("time", "measurement", "treatment", "decision", "never")


class Turn(Plain):
    """One criterion whose status changes when a period begins."""

    criterion: str
    title: str
    before: Status
    after: Status


class PeriodReport(Plain):
    """Screening dates, both included, on which every criterion stays as it is."""

    first: str
    last: str
    verdict: Verdict
    failed: list[str]
    unknown: int
    turns: list[Turn] = Field(description="what changed since the period before")


class Distance(Plain):
    """How far one value is from its limit."""

    fact: str
    label: str
    by: str = Field(description="in the unit of the fact")
    percent: str = Field(description="of the limit; empty where the limit is 0")


class Obstacle(Plain):
    """One criterion that rules the patient out, and what could change that."""

    criterion: str
    title: str
    way: Way = Field(description="what can change it; never: nothing that is foreseen")
    passes_on: str = Field(description="the day on which it passes with time alone, if it does")
    distances: list[Distance]


class Repeat(Plain):
    """A criterion that is matched now, and no longer once something has grown too old."""

    criterion: str
    title: str
    until: str = Field(description="the last day on which it is matched")
    becomes: Status


class QuestionReport(Plain):
    """What a person is asked: a judgement, a promise, a gap of the page, or which reading holds."""

    criterion: str
    about: Literal["judgement", "promise", "gap", "reading"]
    question: str
    answers: list[str] = Field(description="what may stand under [answers.<trial>]")


class Outcome(Plain):
    """What a value of a missing fact would decide, by trial and criterion."""

    value: str
    rules_out: list[str]
    settles: list[str]


class WantedReport(Next):
    """A missing fact that can still decide something, and what each value would decide."""

    outcomes: list[Outcome]


class TrialPlan(TrialReport):
    """A trial's report, with what comes next."""

    periods: list[PeriodReport]
    obstacles: list[Obstacle]
    repeats: list[Repeat]
    questions: list[QuestionReport]
    fewest: list[str] = Field(
        description="the fewest missing facts and answers that would decide it"
    )
    proof: list[Because] = Field(description="the smallest set of data that rules the patient out")


class Plan(Head):
    """One patient on one date, and what comes next; trials with the least in the way stand first.

    It has all that a report has; `wanted` is `next` with what each value would decide.
    """

    schema_: Literal["cartscreen-plan/1"] = Field(
        default="cartscreen-plan/1", validation_alias="schema", serialization_alias="schema"
    )
    trials: list[TrialPlan]
    next: list[Next]
    wanted: list[WantedReport]


def plan(
    chart: Chart,
    trials: Iterable[Trial],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
    days: int = HORIZON_DAYS,
) -> Plan:
    """The plan of one chart for these trials, up to so many days ahead."""
    calendar, preferred = Calendar(chart, days), options.preferred
    periods = {trial.id: calendar.periods(trial, preferred=preferred) for trial in trials}
    screenings = [found[0].screening for found in periods.values()]
    now = report_of(chart, screenings, file=file, date_from=date_from, options=options)
    planned = [
        _trial(judged, chart, periods[judged.id], preferred=preferred) for judged in now.trials
    ]
    return Plan(
        **{name: getattr(now, name) for name in Head.model_fields if name != "schema_"},
        trials=sorted(planned, key=_ease),
        next=now.next,
        wanted=[
            WantedReport(**dict(listed), outcomes=list(_outcomes(item, chart, preferred=preferred)))
            for item, listed in zip(wanted(screenings, chart), now.next, strict=True)
        ],
    )


def _ease(trial: TrialPlan) -> tuple[int, int, int]:
    """What stands in the way: the hardest obstacle, how many, how much is unknown."""
    hardest = max((WAYS.index(item.way) for item in trial.obstacles), default=-1)
    return hardest, len(trial.obstacles), trial.counts.unknown


def _trial(
    judged: TrialReport, chart: Chart, periods: list[Period], *, preferred: bool
) -> TrialPlan:
    now = periods[0].screening
    return TrialPlan(
        **dict(judged),
        periods=list(_periods(periods)),
        obstacles=[_obstacle(item, periods, chart) for item in now.counted("failed")],
        repeats=list(_repeats(periods)),
        questions=list(_questions(now)),
        fewest=_fewest(now, chart, preferred=preferred),
        proof=_proof(now, chart, preferred=preferred),
    )


# When


def _periods(periods: list[Period]) -> Iterator[PeriodReport]:
    """The periods, with those joined between which nothing changes that counts."""
    joined: list[PeriodReport] = []
    before: Screening | None = None
    for period in periods:
        screening = period.screening
        turns = list(_turns(before, screening))
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


def _turns(before: Screening | None, after: Screening) -> Iterator[Turn]:
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
    """Criteria matched today that time alone undoes."""
    seen: set[str] = set()
    matched = {item.criterion.id for item in periods[0].screening.counted("matched")}
    for one, other in pairwise(periods):
        for turn in _turns(one.screening, other.screening):
            if turn.before == "matched" and turn.criterion in matched - seen:
                seen.add(turn.criterion)
                yield Repeat(
                    criterion=turn.criterion,
                    title=turn.title,
                    until=one.last.isoformat(),
                    becomes=turn.after,
                )


# How far


def _obstacle(item: CriterionFinding, periods: list[Period], chart: Chart) -> Obstacle:
    passes = next(
        (
            period.first.isoformat()
            for period in periods
            for found in period.screening.criteria
            if found.criterion is item.criterion and found.status == "matched"
        ),
        "",
    )
    return Obstacle(
        criterion=item.criterion.id,
        title=item.criterion.title,
        way="time" if passes else _way(item, chart),
        passes_on=passes,
        distances=list(_distances(item.finding, chart)),
    )


def _way(item: CriterionFinding, chart: Chart) -> Way:
    """The easiest thing that could change one of the data it was judged by."""
    ways: list[Way] = [
        "decision" if isinstance(read.place, AnswerTo) else declared(read.place, chart).changes
        for read in deciding_evidence(item.finding)
    ]
    ways = ["never" if way == "time" else way for way in ways]  # time was tried, and does not help
    return min(ways, key=WAYS.index, default="never")


def _distances(finding: Finding, chart: Chart) -> Iterator[Distance]:
    for read in deciding_evidence(finding):
        if (margin := read.margin) is None:
            continue
        relative = margin.limit and margin.unit != "titre"
        percent = _short(100 * abs(margin.by / margin.limit)) if relative else ""
        label = label_of(read.place, chart)
        yield Distance(fact=str(read.place), label=label, by=_how_far(margin), percent=percent)


def _how_far(margin: Margin) -> str:
    """The distance in words; of a titre, which counts in doublings, the two titres."""
    by, limit, unit = abs(margin.by), margin.limit, margin.unit
    if unit == "days" and not limit:
        return f"{by} day{'s' * (by != 1)} outside the window"
    side = "above" if margin.by > 0 else "below" if margin.by < 0 else "at"
    if unit == "titre":
        return f"1:{limit + margin.by}, {side} 1:{limit}"
    limited = f"{decimal(limit)} {unit}".removesuffix(" 1")
    distance = f"{_short(by)} {unit}".removesuffix(" 1")
    return f"{distance} {side} {limited}" if by else f"{side} {limited}"


def _short(number: Fraction) -> str:
    """A number for a person: at most two places, unless nothing would be left of it."""
    return decimal(Fraction(round(number * 100), 100) or number)


# What to ask


def _questions(screening: Screening) -> Iterator[QuestionReport]:
    """Every question that nobody has answered, of a criterion that can still decide something."""
    for item in awaited(screening):
        if AnswerTo(item.criterion.id) not in item.finding.missing:
            continue
        if item.finding.reason == "depends_on_reading":
            yield QuestionReport(
                criterion=item.criterion.id,
                about="reading",
                question=f"{item.criterion.title}: which reading holds? "
                + "; ".join(f"{label}: {found.answer.value}" for label, found in item.readings),
                answers=[label for label, _ in item.readings],
            )
        elif item.criterion.question is not None:
            yield QuestionReport(
                criterion=item.criterion.id,
                about=item.criterion.question.about,
                question=item.criterion.question.text,
                answers=["true", "false"],
            )


# What to get


def _outcomes(item: Wanted, chart: Chart, *, preferred: bool) -> Iterator[Outcome]:
    """What each value, or each range of values between the limits, would decide."""
    found: list[tuple[_Values, list[str], list[str]]] = []
    for values, profile in _tries(item, chart):
        tried = Chart(profile, chart.pack, chart.on)
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


@dataclass(frozen=True)
class _Values:
    """A word, or the numbers between two limits."""

    word: str = ""
    unit: str = ""
    numbers: Interval | None = None

    def joins(self, other: "_Values") -> bool:
        return self.numbers is not None and other.numbers is not None and self.unit == other.unit

    def joined(self, other: "_Values") -> "_Values":
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


def _tries(item: Wanted, chart: Chart) -> Iterator[tuple[_Values, Profile]]:
    """The profile with each value that the rules tell apart.

    What a field of an entry, or a part of a result, decides depends on the rest of it.
    """
    profile, place = chart.profile, item.place
    if isinstance(place, List):
        name = place.list
        closed = {**profile.reviewed, name: chart.today}
        words = "nothing more" if profile.records.get(name) else "none"
        yield _Values(f"{words}, list reviewed"), replace(profile, reviewed=closed)
        return
    if not isinstance(place, Fact | Visit):
        return
    entry = chart.vocabulary.facts[place.name]
    observations: list[tuple[_Values, Observation]] = []
    match entry.kind:
        case "finding" if entry.choices:
            observations = [(_Values(word), Observation(word, word)) for word in entry.choices]
        case "finding":
            observations = [
                (_Values("yes"), Observation(True, "yes")),
                (_Values("no"), Observation(False, "no")),
            ]
        case "quantity":
            observations = [*_numbers(entry, item.open)]
    for values, found in observations:
        dated = replace(found, date=chart.today)
        yield values, replace(profile, facts={**profile.facts, entry.name: (dated,)})


def _numbers(entry: FactEntry, open_: Iterable[Open]) -> Iterator[tuple[_Values, Observation]]:
    """A value below, at, between and above the limits that the open criteria set."""
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
                number = _inside(numbers, Fraction(least), None if most is None else Fraction(most))
                if number is not None:
                    value = Observation(Interval.exactly(number), decimal(number), unit=multiple)
                    yield _Values(unit=multiple or entry.unit, numbers=numbers), value


def _inside(numbers: Interval, least: Fraction, most: Fraction | None) -> Fraction | None:
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


# The fewest names, and the smallest proof


def _fewest(screening: Screening, chart: Chart, *, preferred: bool) -> list[str]:
    """The fewest missing names with which every criterion could match; none if one has failed.

    Each datum is taken to come out as the criterion that reads it would have it.
    """
    if screening.verdict != "undetermined":
        return []
    needs = _Needs(screening.trial, chart, preferred=preferred)
    top = [item for item in screening.criteria if not item.criterion.parent]
    ways = [
        needs.criterion(item.criterion, "matched") or [in_profile(item.finding.missing, chart)]
        for item in top
    ]
    return [place.name for place in _together(ways)]


def _proof(screening: Screening, chart: Chart, *, preferred: bool) -> list[Because]:
    """The fewest data that rule the patient out."""
    proofs = _Proofs(screening.trial, chart, preferred=preferred)
    top = [item for item in screening.criteria if not item.criterion.parent]
    failed = [item.criterion for item in top if item.status == "failed"]
    found = [proof for criterion in failed for proof in proofs.criterion(criterion, "failed")]
    return [because_of(read, chart) for read in min(found, key=len, default=())]


_Way = tuple[Any, ...]
"""Names to get, or data, that bring a rule to an answer together."""

_MOST_WAYS = 100


class _Ways(ABC):
    """The ways in which a criterion comes to a status; a rule that is no group says its own."""

    def __init__(self, trial: Trial, chart: Chart, *, preferred: bool) -> None:
        self.trial = trial
        self.chart = chart
        self.preferred = preferred

    @abstractmethod
    def leaf(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Way]:
        """The ways of a test, a question or a list of records."""

    @abstractmethod
    def read(self, criterion: Criterion, label: str) -> list[_Way]:
        """The ways in which one reading holds, and no other is asked."""

    def criterion(self, criterion: Criterion, status: Status) -> list[_Way]:
        wanted = (
            Answer.YES if (criterion.kind == "inclusion") == (status == "matched") else Answer.NO
        )
        if criterion.gate is not None:
            ways = self._gate(criterion.gate, wanted, status)
        else:
            ways = self._readings(criterion, wanted)
        if criterion.applies is None:
            return ways
        applies = ask(criterion.applies, self.chart)
        if status == "failed":
            return _some(2, [ways, self._rule(criterion.applies, applies, Answer.YES)])
        return _shortest([*ways, *self._rule(criterion.applies, applies, Answer.NO)])

    def _gate(self, part: str | Gate, wanted: Answer, status: Status) -> list[_Way]:
        if isinstance(part, str):
            return self.criterion(self.trial.by_id[part], status)
        below = [self._gate(inner, wanted, status) for inner in part.parts]
        return _some(_count(part.k, below, wanted), below)

    def _readings(self, criterion: Criterion, wanted: Answer) -> list[_Way]:
        given = self.chart.profile.answers.get(self.trial.id, {}).get(criterion.id)
        asked = Asked(criterion.id, given)
        each = [
            self._rule(reading.rule, ask(reading.rule, self.chart, asked), wanted)
            for reading in criterion.readings
        ]
        labels = [reading.label for reading in criterion.readings]
        if len(each) == 1 or (self.preferred and given not in labels):
            return each[0]
        own = AnswerTo(criterion.id)  # takes a label, or the answer to the question
        by_label = {
            label: _some(2, [self.read(criterion, label), [w for w in ways if own not in w]])
            for label, ways in zip(labels, each, strict=True)
        }
        if given in labels:
            return by_label[str(given)]
        named = [way for ways in by_label.values() for way in ways] if given is None else []
        return _shortest([*_some(len(each), each), *named])

    def _rule(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Way]:
        if not isinstance(rule, Group):
            return self.leaf(rule, finding, wanted)
        inner = ~wanted if rule.none else wanted
        parts = zip(rule.rules, finding.parts, strict=True)
        below = [self._rule(part, found, inner) for part, found in parts]
        return _some(_count(rule.k, below, inner), below)


class _Needs(_Ways):
    """By the names of what is missing."""

    def leaf(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Way]:
        if finding.answer is not Answer.UNKNOWN:
            return [()] if finding.answer is wanted else []
        missing = in_profile(finding.missing, self.chart)
        match rule:
            case Test(fact=fact) if fact_place(fact) in missing and len(missing) > 1:
                # stated itself, or by what it may follow from
                own = fact_place(fact)
                return [(own,), tuple(place for place in missing if place != own)]
            case Records(name=name, k=k) if wanted is Answer.YES:
                if List(name) in missing:  # an entry that is not listed yet may be the one
                    return [(List(name),)]
                sure = sum(part.answer is Answer.YES for part in finding.parts)
                open_ = [
                    [in_profile(part.missing, self.chart)]
                    for part in finding.parts
                    if part.answer is Answer.UNKNOWN
                ]
                return _some(k - sure, open_) or [missing]
        return [missing]

    def read(self, criterion: Criterion, label: str) -> list[_Way]:
        given = self.chart.profile.answers.get(self.trial.id, {}).get(criterion.id)
        return [()] if given == label else [(AnswerTo(criterion.id),)]


class _Proofs(_Ways):
    """By the data that were read; a datum that several tests read is one."""

    def __init__(self, trial: Trial, chart: Chart, *, preferred: bool) -> None:
        super().__init__(trial, chart, preferred=preferred)
        self.data: dict[tuple[Place, str, str], Evidence] = {}

    def leaf(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Way]:  # noqa: ARG002
        if finding.answer is not wanted:
            return []
        read = deciding_evidence(finding)
        data = [self.data.setdefault((e.place, e.value, str(e.date)), e) for e in read]
        return [tuple(dict.fromkeys(data))]

    def read(self, criterion: Criterion, label: str) -> list[_Way]:
        finding = judge(criterion, self.trial, self.chart).finding
        own = AnswerTo(criterion.id)
        chosen = [e for e in finding.evidence() if (e.place, e.value) == (own, label)]
        return [tuple(chosen)] if chosen else []


def _count(k: int, parts: list[Any], wanted: Answer) -> int:
    """How many of the parts must be as wanted for "at least k" to be so."""
    return k if wanted is Answer.YES else len(parts) - k + 1


def _some(k: int, parts: list[list[_Way]]) -> list[_Way]:
    """The ways in which k of the parts come about, one way of each."""
    ways: list[list[_Way]] = [[()], *([] for _ in range(k))]
    for left, options in zip(reversed(range(len(parts))), parts, strict=True):
        for count in range(k, max(0, k - left - 1), -1):  # with fewer, those left are too few
            more = [tuple(dict.fromkeys((*a, *b))) for a in ways[count - 1] for b in options]
            ways[count] = _shortest([*ways[count], *more])
    return ways[k]


def _shortest(ways: list[_Way]) -> list[_Way]:
    """The ways of which no other is a part, the shortest first; not more than a few."""
    found: list[tuple[_Way, frozenset[Any]]] = []
    for way in sorted(ways, key=len):
        names = frozenset(way)
        if not any(other <= names for _, other in found):
            found.append((way, names))
        if len(found) == _MOST_WAYS:
            break
    return [way for way, _ in found]


def _together(parts: list[list[_Way]]) -> list[Any]:
    """One way of each part, as few names as they take together, in the order of the parts.

    A name that one part alone asks for is worth no more than another: of such ways one is kept.
    """
    named = [dict.fromkeys(name for way in ways for name in way) for ways in parts]
    asking = Counter(name for names in named for name in names)
    kept: list[list[_Way]] = []
    for ways in parts:
        best: list[_Way] = []
        for way in ways:
            shared = {name for name in way if asking[name] > 1}
            if not any(len({*other} - shared) <= len({*way} - shared) for other in best):
                best.append(way)
        kept.append(best)
    fewest = min(_some(len(kept), sorted(kept, key=len)), key=len, default=())
    return [name for name in asking if name in fewest]
