"""What stands in the way as plain values: what the table shows of a patient, and plans too."""

from typing import TYPE_CHECKING, Literal, Protocol

from cartscreen.contract import Counts, Head, Plain, TrialReport
from cartscreen.model import Field, compact

Way = Literal["time", "measurement", "treatment", "decision", "never"]
WAYS: tuple[Way, ...] = ("time", "measurement", "treatment", "decision", "never")


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


if TYPE_CHECKING:

    class _Ranked(Protocol):
        @property
        def obstacles(self) -> list[Obstacle]: ...
        @property
        def counts(self) -> Counts: ...


def difficulty(trial: "_Ranked") -> tuple[int, int, int]:
    """The order of the trials: by the hardest obstacle, by how many, by how much is unknown."""
    hardest = max((WAYS.index(item.way) for item in trial.obstacles), default=-1)
    return hardest, len(trial.obstacles), trial.counts.unknown
