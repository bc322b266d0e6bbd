"""What the page says of a study's dose escalation, as plain values: the JSON contract."""

from typing import Literal

from cartscreen import NOTICE
from cartscreen.contract import PackId, Plain, Tool
from cartscreen.model import Field

Verdict = Literal["one answer", "none more", "open"]
Weight = Literal["breach", "warning", "note"]


class LevelCounts(Plain):
    """The patients of one dose level, or of another dose."""

    id: str = Field(description="the level; empty for another dose")
    dose: str
    enrolled: int = Field(description="in the ledger for this level, treated or not")
    treated: int = Field(description="infused by the day looked at, expansion included")
    evaluated: int = Field(description="whose evaluation for DLT has ended; no expansion cases")
    dlt: int
    pending: list[str] = Field(description="treated, and the evaluation has not ended")
    not_evaluable: list[str]
    expansion: int
    expansion_dlt: int = Field(description="expansion cases with an event recorded as DLT")


class SizeReport(Plain):
    """How many of the patients that the page allows there are."""

    most: int
    source: str
    treated: int
    enrolled: int
    left_least: int
    left_most: int = Field(description="differs from left_least where it is open who counts")


class SaidReport(Plain):
    """One thing that the page says now, or would say."""

    kind: str
    levels: list[str]
    says: str
    clauses: list[str]
    basis: Literal["stated", "implied", "certain"]
    gaps: list[str]
    decision: str = Field(description="chosen, or not chosen, by whom and when; else empty")


class WayReport(Plain):
    """One way that pending patients, or the next one, can end, and what the page says then."""

    what: str
    said: list[SaidReport]
    comes_about: bool = Field(description="following the page was found to lead to these counts")


class BreachReport(Plain):
    """What has gone against the page, or where the page has no rule for what was done."""

    weight: Weight
    patient: str
    says: str
    clauses: list[str]
    gaps: list[str]


class EventReport(Plain):
    """A patient with a DLT, or one who can no longer be evaluated, as the ledger tells it."""

    patient: str
    level: str = Field(description="the level, or the other dose")
    what: Literal["DLT", "event of an expansion case", "not evaluable"]
    occurred: str
    known: str
    term: str
    grade: int | None
    why: str = Field(description="why the patient can no longer be evaluated")
    note: str


class ClauseReport(Plain):
    """A clause of the page, restated, with its place."""

    id: str
    says: str
    source: str


class QuestionReport(Plain):
    """A gap of the page that matters here, and the sponsor's answer where there is one."""

    id: str
    asks: str
    answer: str
    source: str
    date: str


class GivenReport(Plain):
    """The dose that a patient was given, beside that of the level."""

    patient: str
    level: str
    given: str
    percent: str = Field(description="of the level's dose")
    outside: bool | None = Field(description="of the tolerance; null where there is none")


class DecisionReport(Plain):
    """A decision of the ledger."""

    clause: str
    date: str
    by: str
    note: str


class Escalation(Plain):
    """Where a study stands between its dose levels, by its ledger and by the page."""

    schema_: Literal["cartscreen-escalation/1"] = Field(
        default="cartscreen-escalation/1", validation_alias="schema", serialization_alias="schema"
    )
    tool: Tool
    pack: PackId
    trial: str
    registry: str
    file: str
    ledger_sha256: str
    as_of: str
    as_of_from: Literal["option", "today"]
    what_if: list[str]
    window: str = Field(description="how long a DLT counts, by the sponsor's answer; else empty")
    levels: list[LevelCounts]
    size: SizeReport
    follows: bool = Field(description="following the page was found to lead to these counts")
    now: list[SaidReport] = Field(description="what holds whichever way the pending patients end")
    depends_on: list[str] = Field(description="the pending patients on whom the rest depends")
    verdict: Verdict = Field(description="what --gate tells: one answer, none more, or open")
    ways: list[WayReport]
    breaches: list[BreachReport]
    events: list[EventReport]
    given: list[GivenReport]
    clauses: list[ClauseReport] = Field(description="those named in this report")
    questions: list[QuestionReport]
    decisions: list[DecisionReport]
    notice: str = NOTICE
