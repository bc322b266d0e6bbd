"""The plan as plain values: what comes next for a patient."""

from typing import Literal

from cartscreen.contract import Because, Head, Next, Plain, Status, TrialReport, Verdict
from cartscreen.model import Field, compact
from cartscreen.plan.obstacles import Obstacle, QuestionReport


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


class Repeat(Plain):
    """A criterion that is matched now, and no longer once a datum has become too old for it."""

    criterion: str
    title: str
    until: str = Field(description="the last day on which it is matched")
    becomes: Status


class RepeatBy(Plain):
    """What a status rests on today, and the last day on which it is not too old for that.

    The periods assume that it is repeated by then with the same result.
    """

    fact: str
    label: str
    until: str = Field(description="the last day on which it says what is so")
    trials: list[str] = Field(description="trials with a criterion that rests on it")


class Outcome(Plain):
    """What a value of a missing fact would decide, by trial and criterion."""

    value: str
    rules_out: list[str]
    settles: list[str]


@compact
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
    """One patient on one date, and what comes next. The trial with the least in its way is first.

    It has all that a report has; `wanted` is `next` with what each value would decide.
    """

    schema_: Literal["cartscreen-plan/1"] = Field(
        default="cartscreen-plan/1", validation_alias="schema", serialization_alias="schema"
    )
    trials: list[TrialPlan]
    next: list[Next]
    wanted: list[WantedReport]
    repeat_by: list[RepeatBy] = Field(
        description="what will be too old within the days looked at, the first to be repeated first"
    )
