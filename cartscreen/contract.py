"""The report as plain values: the JSON contract, and all that a renderer sees."""

from _json import encode_basestring_ascii as as_text  # json itself would import its decoder
from functools import cached_property
from typing import Any, ClassVar, Literal

from cartscreen import NOTICE
from cartscreen.model import Field, Model

Verdict = Literal["eligible", "ineligible", "undetermined"]
Status = Literal["matched", "failed", "unknown"]

REASONS = {
    "not_recorded": "not recorded",
    "no_unit": "recorded only as a multiple of a limit",
    "no_limit": "the result has no limit of normal",
    "not_dated": "no date is recorded",
    "future_dated": "dated after the date judged",
    "too_old": "too old to say what is so now",
    "censored": "the value is only a range",
    "imprecise_date": "a date is not exact enough",
    "conflict": "the profile contradicts itself",
    "list_not_reviewed": "nothing says that the list is complete",
    "needs_person": "a person must answer",
    "source_gap": "the page does not say",
    "depends_on_reading": "depends on how the page is read",
}


class Plain(Model):
    """A record of plain values, which JSON can hold; it refuses a key that it does not declare."""

    _form: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        fields = cls.model_fields.items()
        keys = [field.more.get("serialization_alias", name) for name, field in fields]
        cls._form = f"{{{', '.join(f'{as_text(key)}: %s' for key in keys)}}}"

    @cached_property
    def line(self) -> str:
        """It as JSON on one line; of a record that many reports share, written once."""
        return self._line()

    def _line(self) -> str:
        values = [
            as_text(value) if type(value) is str else _encoded(value) for value in self._values()
        ]
        return self._form % tuple(values)


def _encoded(value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join([_encoded(item) for item in value])}]" if value else "[]"
    if isinstance(value, TrialReport):
        return value._line()  # it may be long, and is of one report
    if isinstance(value, Plain):
        return value.line
    assert isinstance(value, str | int), f"a report has no {type(value).__name__}"
    return as_text(value) if isinstance(value, str) else str(value)


class Tool(Plain):
    """The program that made the report."""

    name: Literal["cartscreen"] = "cartscreen"
    version: str
    build: str = Field(description="a hash of the program's own files")


class PackId(Plain):
    """The criteria and vocabulary it was judged by."""

    id: str
    version: str
    sha256: str
    bundled: bool = Field(
        description="these are the criteria that come with the program, known by their hash"
    )


class Options(Plain):
    """The options of the command line: with profile, date and pack, they give the report again."""

    trials: list[str] = Field(default=[], description="as --trial named them; empty for all")
    only: list[Status] = Field(
        default=["failed", "unknown", "matched"], description="criteria shown"
    )
    readings: Literal["cautious", "preferred"] = "cautious"
    fixed: list[str] = Field(
        default=[], description="readings that --readings fixed, TRIAL:CHOICE=LABEL each"
    )
    set: list[str] = Field(
        default=[], description="other values than the profile has, as --set gave them"
    )
    screening_date: str = Field(default="", description="as --screening-date gave it, or empty")
    criteria: str = Field(
        default="", description="the folder of --criteria; empty for the bundled pack"
    )

    @property
    def preferred(self) -> bool:
        """Is an ambiguous criterion judged by its first reading alone?"""
        return self.readings == "preferred"

    @property
    def typed(self) -> str:
        """The options that differ from their defaults, as somebody would type them."""
        changed = {
            "--only": ",".join(self.only)
            if set(self.only) < {"failed", "unknown", "matched"}
            else "",
            "--readings": self.readings if self.preferred else "",
            "--screening-date": self.screening_date,
            "--criteria": self.criteria,
        }
        named = [("--trial", trial) for trial in self.trials]
        named += [("--readings", f'"{item}"') for item in self.fixed]
        if self.set:
            from shlex import quote

            named += [("--set", quote(item)) for item in self.set]
        named += [(option, value) for option, value in changed.items() if value]
        return " ".join(f"{option} {value}" for option, value in named)


class Because(Plain):
    """One datum that was read."""

    fact: str = Field(description="the fact, or list[number].field")
    label: str
    value: str = Field(description="as the profile wrote it, or as it was derived")
    limit: str = Field(description="the result's own limits of normal")
    date: str = Field(description="ISO date, or a part of one; empty when not dated")
    origin: str = Field(description="how it was derived; empty for a stated value")
    earlier: str = Field(description="the newest older result that says the opposite, if one does")
    test: str = Field(description="the test of the rule that read it")
    answer: Literal["yes", "no", "unknown"]
    decides: bool = Field(description="the criterion's answer follows from this one")
    source: str = Field(default="", description="where it stands in the chart, by the profile")
    note: str = Field(default="", description="a remark of the profile on it")


class ReadingReport(Plain):
    """The answer under one reading of an ambiguous text."""

    label: str
    answer: Literal["yes", "no", "unknown"]
    reason: str


class CriterionReport(Plain):
    """One criterion."""

    id: str
    kind: Literal["inclusion", "exclusion"]
    parent: str = Field(description="the id of its heading, or empty")
    heading: bool
    title: str
    source: str = Field(description="where it stands on the page")
    note: str
    answer: Literal["yes", "no", "unknown"] = Field(description="is the statement true?")
    status: Status = Field(description="what the answer means for an inclusion or an exclusion")
    decisive: bool = Field(description="if it alone has failed, the patient is ruled out")
    counted: bool = Field(description="decisive, and not explained by a smaller one below it")
    applicable: bool
    reason: str = Field(description="why it is unknown", json_schema_extra={"enum": ["", *REASONS]})
    why: str = Field(description="the reason in words, with what would settle it")
    missing: list[str] = Field(description="what would settle it, by name")
    because: list[Because]
    readings: list[ReadingReport]
    question: str = Field(description="what it asks of a person, if anything")


class Counts(Plain):
    """How many of the counted criteria have each status."""

    matched: int
    failed: int
    unknown: int


class TrialReport(Plain):
    """One trial."""

    id: str
    registry: str
    name: str
    registry_status: str
    verdict: Verdict
    counts: Counts
    gaps: list[str]
    warnings: list[str]
    criteria: list[CriterionReport]


class Next(Plain):
    """What is missing and can still decide: a fact, the review of a list, the date of a value."""

    fact: str = Field(description="its name; lab.creatinine.date is the date of a recorded value")
    label: str
    question: str
    obtain: str
    or_from: list[str] = Field(
        default=[], description="missing facts that it could be derived from instead"
    )
    trials: list[str] = Field(description="trials not yet ruled out that wait for it")
    criteria: int = Field(description="how many of their criteria wait for it")


class Head(Plain):
    """What a report and a plan both begin with: program, pack, patient and the date judged."""

    schema_: str = Field(validation_alias="schema", serialization_alias="schema")
    tool: Tool
    pack: PackId
    file: str
    patient: str
    profile_sha256: str
    source_sha256: str = Field(
        default="", description="of the charts that the profile was made from; empty for a profile"
    )
    age: str
    sex: str
    screening_date: str
    screening_date_from: Literal["profile", "option", "today"]
    options: Options
    notice: str = NOTICE
    fixed_readings: list[str] = Field(
        default=[], description="that the site has fixed for all patients, TRIAL CHOICE: LABEL"
    )
    warnings: list[str]


class Report(Head):
    """One patient on one date."""

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    trials: list[TrialReport]
    next: list[Next]


class Failure(Plain):
    """A file that could not be read: it has an error in place of verdicts."""

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    file: str
    error: list[str]


class VerdictLine(Plain):
    """One patient and one trial, a line of `--format verdicts`."""

    schema_: Literal["cartscreen-verdict/1"] = Field(
        default="cartscreen-verdict/1", validation_alias="schema", serialization_alias="schema"
    )
    tool: Tool
    pack: PackId
    options: Options
    notice: str = NOTICE
    file: str
    patient: str
    profile_sha256: str
    source_sha256: str = Field(
        default="", description="of the charts that the profile was made from; empty for a profile"
    )
    screening_date: str
    screening_date_from: Literal["profile", "option", "today"]
    warnings: list[str] = Field(
        description="those of the report, but for which values that were used have no date"
    )
    trial: str
    registry: str
    verdict: Verdict
    counts: Counts
    failed: list[str] = Field(description="the ids of the counted criteria that rule out")
    unknown: list[str] = Field(description="the ids of the counted criteria that are open")


def as_data(item: Report | Failure) -> dict[str, Any]:
    """The report as JSON has it, with the criteria that its options ask for."""
    data = item.model_dump(by_alias=True)
    for trial in data.get("trials", ()):
        only = data["options"]["only"]
        trial["criteria"] = [found for found in trial["criteria"] if found["status"] in only]
    return data


DateFrom = Literal["profile", "option", "today"]
EVERYTHING = Options()
"""No option was given: all trials, all criteria, all readings must agree."""
