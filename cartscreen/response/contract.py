"""Responses as plain values: the JSON contract, and all that a renderer sees."""

from typing import Literal

from cartscreen import NOTICE
from cartscreen.contract import REASONS, Options, PackId, Plain, ReadingReport, Tool
from cartscreen.model import Field

Met = Literal["met", "not met", "open"]
Role = Literal["baseline", "between", "previous", "visit"]


class ValueReport(Plain):
    """One datum that a component read, at one visit."""

    visit: Literal["baseline", "previous", "visit"]
    fact: str
    label: str
    value: str = Field(description="as the profile wrote it, or as it was derived")
    date: str
    origin: str = Field(description="how it was derived; empty for a stated value")
    source: str
    note: str
    decides: bool = Field(description="the answer follows from it, or is open by it")


class ComponentReport(Plain):
    """One component of an outcome."""

    id: str
    title: str
    source: str = Field(description="where it stands on the page, or in the paper")
    note: str
    answer: Literal["yes", "no", "unknown"]
    reason: str = Field(description="why it is unknown", json_schema_extra={"enum": ["", *REASONS]})
    why: str = Field(description="the reason in words, with what would settle it")
    missing: list[str] = Field(description="what would settle it, by name")
    values: list[ValueReport]
    readings: list[ReadingReport]


class DefinitionReport(Plain):
    """An outcome, as one text defines it, of one visit."""

    id: str
    title: str
    source: str
    status: Met
    why: str = Field(description="by which components, or why no visit is judged")
    missing: list[str]
    components: list[ComponentReport]
    notes: list[str]

    @property
    def said(self) -> str:
        """The status with its reason: "not met by S1", "open: no visit after the infusion"."""
        if not self.why:
            return self.status
        return f"{self.status}{'' if self.why.startswith('by ') else ':'} {self.why}"


class OutcomeReport(DefinitionReport):
    """An outcome of a trial, beside the published definition."""

    due: str = Field(description="how long after the infusion the page judges it, or empty")
    published: DefinitionReport | None
    differs: bool = Field(description="page and published definition say otherwise of this patient")


class TrialResponse(Plain):
    """The outcomes of one trial; none where its page defines no response."""

    id: str
    registry: str
    name: str
    outcomes: list[OutcomeReport]


class AssessmentReport(Plain):
    """One file of the patient."""

    role: Role
    file: str
    date: str
    days_since_infusion: str = Field(description="negative before it; empty where it is not known")
    profile_sha256: str
    set_aside: list[str] = Field(description="values dated not after the infusion, not used")


class Response(Plain):
    """One patient, judged at the last visit."""

    patient: str
    infusion: str
    died: str
    assessments: list[AssessmentReport]
    warnings: list[str]
    trials: list[TrialResponse]

    @property
    def judged(self) -> AssessmentReport | None:
        """The visit that was judged, if there is one."""
        return self.assessments[-1] if len(self.assessments) > 1 else None


class ResponseFailure(Plain):
    """A patient whose files could not be judged."""

    files: list[str]
    error: list[str]


class Rate(Plain):
    """An outcome over all patients that were judged: the rate lies between its two ends.

    low counts what is open as not met, high as met; both are of all patients of the cohort whose
    files could be read.
    """

    trial: str
    outcome: str
    by: Literal["page", "published"]
    patients: int
    met: int
    not_met: int
    open: int

    @property
    def ends(self) -> tuple[str, str]:
        """The two ends in percent, rounded to a tenth: ("30 %", "70 %")."""
        low, high = (_percent(n, self.patients) for n in (self.met, self.met + self.open))
        return low, high


def _percent(count: int, of: int) -> str:
    tenths = (2000 * count + of) // (2 * of)  # rounded half up, in whole numbers
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth} %" if tenth else f"{whole} %"


class Responses(Plain):
    """What `cartscreen response` says of one patient or of many."""

    schema_: Literal["cartscreen-response/1"] = Field(
        default="cartscreen-response/1", validation_alias="schema", serialization_alias="schema"
    )
    tool: Tool
    pack: PackId
    options: Options
    window: str = Field(description="how far from its day a visit may lie, as --window gave it")
    fixed_readings: list[str]
    notice: str = NOTICE
    patients: list[Response]
    failures: list[ResponseFailure]
    rates: list[Rate]
