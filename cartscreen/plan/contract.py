"""The plan as plain values: what comes next for a patient."""

from typing import Literal

from cartscreen.contract import Because, Head, Next, Plain, Status, TrialReport, Verdict
from cartscreen.model import Field, compact

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
    """How far one value is from its limit, or how near entries of a list came to it."""

    fact: str
    label: str
    by: str = Field(description="in the unit of the fact; of a list, what is short, and where")
    percent: str = Field(description="of the limit; empty where that is 0, and of a list")


class Obstacle(Plain):
    """One criterion that rules the patient out, and what could change that."""

    criterion: str
    title: str
    way: Way = Field(description="what can change it; never: nothing foreseen can")
    passes_on: str = Field(description="the day on which it passes with time alone, if it does")
    distances: list[Distance]


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


class QuestionReport(Plain):
    """What a person is asked: a judgement, a promise, a gap of the page, or which reading holds."""

    criterion: str = Field(description="the first that asks it")
    about: Literal["judgement", "promise", "gap", "reading"]
    question: str
    key: str = Field(
        description="where the answer stands under [answers.<trial>]: the id of the criterion, or "
        "the name of the choice between readings"
    )
    answers: list[str] = Field(description="what may stand there")
    settles: list[str] = Field(description="the criteria that wait for it")


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


What = Literal["get", "ask", "protocol"]
ACTIONS: tuple[What, ...] = ("get", "ask", "protocol")


@compact
class Action(Plain):
    """What would settle one open criterion."""

    criterion: str
    kind: What = Field(
        description="get a value, ask a person, or look into the protocol, since the page does not "
        "say or can be read in two ways"
    )
    what: str = Field(description="what to get, or the question")


class TrialOutlook(TrialReport):
    """A trial's report, with what stands in the way: all that the table shows of it."""

    short: dict[str, str] = Field(description="the short title of each criterion")
    obstacles: list[Obstacle]
    distances: dict[str, list[str]] = Field(description="how far each failed criterion is from it")
    actions: list[Action]

    def to_do(self, kind: What) -> list[str]:
        """What to get or to ask, each once, whatever it settles."""
        return list(dict.fromkeys(item.what for item in self.actions if item.kind == kind))


class Outlook(Head):
    """One patient on one date, with what stands in the way of each trial.

    It is what the table shows; no other format writes it.
    """

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    trials: list[TrialOutlook]

    @property
    def ranked(self) -> list[TrialOutlook]:
        """The trial with the least in its way first."""
        return sorted(self.trials, key=difficulty)


def difficulty(trial: TrialOutlook | TrialPlan) -> tuple[int, int, int]:
    """The order of the trials: by the hardest obstacle, by how many, by how much is unknown."""
    hardest = max((WAYS.index(item.way) for item in trial.obstacles), default=-1)
    return hardest, len(trial.obstacles), trial.counts.unknown
