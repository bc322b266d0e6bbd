"""What stands in the way of a trial: what rules the patient out, what to get, and what to ask.

Every answer follows from the rules, the vocabulary and the profile; nothing here knows a trial.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from cartscreen.answer import Answer
from cartscreen.contract import EVERYTHING, DateFrom, Options, TrialReport
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.finding import Evidence, Finding, Margin, Nearest
from cartscreen.evaluate.screening import CriterionFinding, Screening, left_of, screen
from cartscreen.pack.trial import Choice, Trial, leaves_of
from cartscreen.place import AnswerTo
from cartscreen.plan.obstacles import (
    WAYS,
    Action,
    Distance,
    Obstacle,
    Outlook,
    QuestionReport,
    TrialOutlook,
    Way,
)
from cartscreen.report import Data, deciding_evidence, deciding_parts, head_of, trial_report
from cartscreen.units import decimal
from cartscreen.vocabulary import FactEntry
from cartscreen.wanted import awaited, declared, label_of, wanted_whatever

if TYPE_CHECKING:
    from cartscreen.plan.calendar import Calendar, Period


def outlook(
    chart: Chart,
    trials: Iterable[Trial],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
    dated: bool = True,
    folded: bool = False,
) -> Outlook:
    """The report of one chart, with what stands in the way of each trial.

    dated: whether what rules out is followed through the days to come; without it, what time alone
    would change is not known
    folded: whether what was read is left out of criteria that have not failed, of trials that are
    ruled out: the table lists them by their ids
    """
    preferred = options.preferred
    screenings = [screen(trial, chart, preferred=preferred) for trial in trials]
    data = Data(chart)
    reports = [
        trial_report(screening, data, is_folded=folded and screening.verdict == "ineligible")
        for screening in screenings
    ]
    head = head_of(data, screenings, file=file, date_from=date_from, options=options)

    @cache
    def calendar() -> "Calendar":
        from cartscreen.plan.calendar import HORIZON_DAYS, Calendar  # of few patients

        return Calendar(chart, HORIZON_DAYS if dated else 1)

    each = [
        trial_outlook(
            screening,
            trial,
            chart,
            obstacles_of(screening, chart, calendar, preferred=preferred),
        )
        for screening, trial in zip(screenings, reports, strict=True)
    ]
    if calendar.cache_info().currsize:
        calendar().end()
    return Outlook(**head, trials=each)


def trial_outlook(
    screening: Screening, report: TrialReport, chart: Chart, obstacles: list[Obstacle]
) -> TrialOutlook:
    """One trial, where it is known what rules the patient out of it."""
    actions = list(_actions(screening, chart))
    failed = {item.criterion.id: item for item in screening.criteria if item.status == "failed"}
    known = {item.criterion: item.distances for item in obstacles}
    return TrialOutlook(
        **dict(report),
        short={item.criterion.id: item.criterion.brief for item in screening.criteria},
        obstacles=obstacles,
        distances={
            name: [each.by for each in known.get(name) or distances(item.finding, chart)]
            for name, item in failed.items()
        },
        actions=actions,
    )


# What rules out


def obstacles_of(
    screening: Screening, chart: Chart, calendar: "Callable[[], Calendar]", *, preferred: bool
) -> list[Obstacle]:
    """What rules the patient out of one trial, each with the first day on which it passes.

    The days are looked at only for what may pass by itself; a plan looks at them for all.
    """
    failed = screening.counted("failed")
    timed = [item for item in failed if _may_pass_by_itself(item, chart)]
    only = {name for item in timed for name in leaves_of(item.criterion, screening.trial)}
    periods = calendar().periods(screening.trial, preferred=preferred, only=only) if timed else []
    return [obstacle(item, periods, chart) for item in failed]


def _may_pass_by_itself(item: CriterionFinding, chart: Chart) -> bool:
    """May a datum that decides say otherwise on a later day?"""
    return any(
        _may_change_by_itself(read, chart)
        for read in deciding_evidence(item.finding)
        if not isinstance(read.place, AnswerTo)
    )


def _may_change_by_itself(read: Evidence, chart: Chart) -> bool:
    """Does the datum change with time, or lie on the wrong side of a window?

    The age by a date of birth only grows: above a limit it stays there, and no later day is looked
    at. An age that is stated may be stated anew.
    """
    margin, entry = read.margin, declared(read.place, chart)
    if margin is not None and margin.unit == "days":
        return True
    stated = chart.profile.facts
    only_grows = isinstance(entry, FactEntry) and entry.is_age and entry.name not in stated
    is_past = only_grows and margin is not None and margin.by > 0
    return entry.changes == "time" and not is_past


def obstacle(item: CriterionFinding, periods: "list[Period]", chart: Chart) -> Obstacle:
    """A criterion that has failed in the first of the periods, and what could change that."""
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
        way="time" if passes else _easiest_change(item, chart),
        passes_on=passes,
        distances=list(distances(item.finding, chart)),
    )


def _easiest_change(item: CriterionFinding, chart: Chart) -> Way:
    """What could change the criterion: the easiest of what could change each deciding datum."""
    ways: list[Way] = [
        "decision" if isinstance(read.place, AnswerTo) else declared(read.place, chart).changes
        for read in deciding_evidence(item.finding)
    ]
    ways = [
        "never" if way == "time" else way for way in ways
    ]  # the calendar has shown that time alone does not help
    return min(ways, key=WAYS.index, default="never")


def distances(finding: Finding, chart: Chart) -> tuple[Distance, ...]:
    """How far each value that decides is from the limit of its test, and how near a list came.

    A heading and the criteria below it show the same findings, and so do trials: they are worked
    out once.
    """

    def found() -> tuple[Distance, ...]:
        return tuple(dict.fromkeys(_distances(finding, chart)))

    return chart.once(("distances", id(finding)), found, finding)


def _distances(finding: Finding, chart: Chart) -> Iterator[Distance]:
    if finding.nearest is not None and (near := finding.nearest()):
        yield from _near(finding, near)
        return  # its entries one by one say less
    for read in finding.because:
        if (margin := read.margin) is None:
            continue
        relative = margin.limit and margin.unit != "titre"
        percent = _rounded(100 * abs(margin.by / margin.limit)) if relative else ""
        label = label_of(read.place, chart)
        yield Distance(fact=str(read.place), label=label, by=_how_far(margin), percent=percent)
    for part in deciding_parts(finding):
        yield from distances(part, chart)


def _near(finding: Finding, found: Sequence[Nearest]) -> Iterator[Distance]:
    """The two that come nearest: of a course too short or too low, both may be of use."""
    name = next((read.place.name for read in reversed(finding.because)), "")
    for one in found[:2]:
        numbers = ", ".join(map(str, one.numbers))
        label = name.replace("_", " ")
        by = f"{_how_near(one)} ({label} {numbers})"
        yield Distance(fact=f"{name}[{numbers}]", label=label, by=by, percent="")


def _how_near(one: Nearest) -> str:
    """What is short of what was asked for: "45 of 92 days at 0.88 of 1 mg/kg/day"."""
    parts = []
    if one.days_asked is not None:
        asked = f" of {one.days_asked}" if one.days < one.days_asked else ""
        parts.append(f"{one.days}{asked} days")
    if one.dose is not None:
        asked = f" of {decimal(one.dose_asked)}" if one.dose < one.dose_asked else ""
        parts.append(f"{_rounded(one.dose)}{asked} {one.unit}")
    before = f"{one.held} of {one.asked}, then " if one.asked > 1 else ""
    return before + " at ".join(parts)


def _how_far(margin: Margin) -> str:
    """The distance in words: "10 % below 55 %"; of titres, which double, "1:40, below 1:80"."""
    by, limit, unit = abs(margin.by), margin.limit, margin.unit
    if unit == "days" and not limit:
        return f"{by} day{'s' * (by != 1)} outside the window"
    side = "above" if margin.by > 0 else "below" if margin.by < 0 else "at"
    if unit == "titre":
        return f"1:{limit + margin.by}, {side} 1:{limit}"
    limited = f"{decimal(limit)} {unit}".removesuffix(" 1")
    distance = f"{_rounded(by)} {unit}".removesuffix(" 1")
    return f"{distance} {side} {limited}" if by else f"{side} {limited}"


def _rounded(number: Fraction) -> str:
    """A number for a person: rounded to two places, unless that would make it 0."""
    return decimal(Fraction(round(number * 100), 100) or number)


# What to ask


def questions(screening: Screening) -> Iterator[QuestionReport]:
    """Every question that nobody has answered, of a criterion that can still decide something.

    A choice between readings is asked once, for all criteria that stand under it.
    """
    trial = screening.trial
    waiting: dict[str, list[CriterionFinding]] = {}
    for item in awaited(screening):
        for place in item.finding.missing:
            if isinstance(place, AnswerTo):
                waiting.setdefault(place.to, []).append(item)
    for key, items in waiting.items():
        settles = [item.criterion.id for item in items]
        if key in trial.choices:
            yield QuestionReport(
                criterion=settles[0],
                about="reading",
                question=_which_reading(trial.choices[key], items),
                key=key,
                answers=list(trial.choices[key].labels),
                settles=settles,
            )
        elif (question := items[0].criterion.question) is not None:
            yield QuestionReport(
                criterion=key,
                about=question.about,
                question=question.text,
                key=key,
                answers=["true", "false"],
                settles=settles,
            )


def _which_reading(choice: Choice, items: list[CriterionFinding]) -> str:
    """Which label of a choice holds, and what each criterion says by each of them."""
    alone = len(items) == 1
    asked = items[0].criterion.title if alone else choice.name
    said = [
        f"{label}: {', '.join(_said(item, choice, label, alone=alone) for item in items)}"
        for label in choice.labels
    ]
    return f"{asked}: which reading holds? {'; '.join(said)}"


def _said(item: CriterionFinding, choice: Choice, label: str, *, alone: bool) -> str:
    """What a criterion answers where one label holds; unknown where another choice decides."""
    criterion = item.criterion
    found = tuple(finding for _, finding in item.readings)
    answers = {finding.answer for _, finding in left_of(criterion, found, {choice.name: label})}
    said = answers.pop() if len(answers) == 1 else Answer.UNKNOWN
    return said.value if alone else f"{criterion.id} {said.value}"


def _actions(screening: Screening, chart: Chart) -> Iterator[Action]:
    """What would settle each open criterion: a value to get, or a question to answer."""
    for item in wanted_whatever([screening], chart):
        for name in dict.fromkeys(open_.criterion.id for open_ in item.open):
            yield Action(criterion=name, kind="get", what=item.label)
    for question in questions(screening):
        asks = question.about in ("judgement", "promise")
        for name in question.settles:
            yield Action(criterion=name, kind="ask" if asks else "protocol", what=question.question)
