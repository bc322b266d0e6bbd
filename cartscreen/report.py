"""The report: screenings as plain values. It is the JSON contract, and all that a renderer sees."""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cartscreen import NOTICE, __version__
from cartscreen.answer import Answer
from cartscreen.dates import shift
from cartscreen.derive import Gap
from cartscreen.derive.formulas import FACT_FORMULAS
from cartscreen.observation import Observation
from cartscreen.place import AnswerTo, List, Place, texts
from cartscreen.screen import (
    Chart,
    CriterionFinding,
    Evidence,
    Finding,
    Screening,
    Status,
    Verdict,
    screen,
)
from cartscreen.trial import Trial
from cartscreen.units import Interval
from cartscreen.vocabulary import Formula
from cartscreen.wanted import Wanted, label_of, wanted

OLD_RESULT_DAYS = 30
"""Our choice, for lack of a rule on the pages: an older result is used, with a warning."""

FAR_OFF = Fraction(1, 10)
"""Our choice: a reported estimate of kidney function that differs by more is warned about."""

OLD_PAGE_MONTHS = 12
"""Our choice: a page that was read longer ago than this is warned about."""

REASONS = {
    "not_recorded": "not recorded",
    "no_unit": "recorded only as a multiple of a limit",
    "no_limit": "the result has no limit of normal",
    "not_dated": "no date is recorded",
    "future_dated": "dated after the date judged",
    "censored": "the value is only a range",
    "imprecise_date": "a date is not exact enough",
    "conflict": "the profile contradicts itself",
    "list_not_reviewed": "nothing says that the list is complete",
    "needs_person": "a person must answer",
    "source_gap": "the page does not say",
    "depends_on_reading": "depends on how the page is read",
}


class Plain(BaseModel):
    """Plain values, and no others."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_by_name=True
    )


class Tool(Plain):
    """The program that made the report."""

    name: Literal["cartscreen"] = "cartscreen"
    version: str


class PackId(Plain):
    """The criteria and vocabulary it was judged by."""

    id: str
    version: str
    sha256: str


class Options(Plain):
    """What the command line asked for; with profile, date and pack it gives the same report."""

    trials: list[str] = Field(default=[], description="as --trial named them; empty for all")
    only: list[Status] = Field(
        default=["failed", "unknown", "matched"], description="criteria shown"
    )
    readings: Literal["cautious", "preferred"] = "cautious"
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
        """The options that are not as they are by themselves, as the command line takes them."""
        changed = {
            "--only": ",".join(self.only)
            if set(self.only) < {"failed", "unknown", "matched"}
            else "",
            "--readings": self.readings if self.preferred else "",
            "--screening-date": self.screening_date,
            "--criteria": self.criteria,
        }
        named = [("--trial", trial) for trial in self.trials]
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
    decisive: bool = Field(description="failing alone, it rules the patient out")
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
    """What is missing and can still decide something: a fact, a list to be reviewed, the date."""

    fact: str = Field(description="its name; lab.creatinine.date is the date of a recorded value")
    label: str
    question: str
    obtain: str
    or_from: list[str] = Field(
        default=[], description="missing facts that it would follow from instead"
    )
    trials: list[str] = Field(description="trials not yet ruled out that wait for it")
    criteria: int = Field(description="how many of their criteria wait for it")


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


class Head(Plain):
    """What a report and a plan both say first: by what, of whom and for which day they are."""

    schema_: str = Field(validation_alias="schema", serialization_alias="schema")
    tool: Tool
    pack: PackId
    file: str
    patient: str
    profile_sha256: str
    age: str
    sex: str
    screening_date: Annotated[str, AfterValidator(_a_day)]
    screening_date_from: Literal["profile", "option", "today"]
    options: Options
    notice: str = NOTICE
    warnings: list[str]


class Report(Head):
    """One patient on one date."""

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    trials: list[TrialReport]
    next: list[Next]


class Failure(Plain):
    """A file that could not be judged: an error, never a verdict."""

    schema_: Literal["cartscreen-report/1"] = Field(
        default="cartscreen-report/1", validation_alias="schema", serialization_alias="schema"
    )
    file: str
    error: list[str]


DateFrom = Literal["profile", "option", "today"]
EVERYTHING = Options()
"""No option was given: all trials, all criteria, all readings must agree."""


def report(
    chart: Chart,
    trials: Iterable[Trial],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
) -> Report:
    """The report of one chart on these trials."""
    screenings = [screen(trial, chart, preferred=options.preferred) for trial in trials]
    return report_of(chart, screenings, file=file, date_from=date_from, options=options)


def report_of(
    chart: Chart,
    screenings: list[Screening],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
) -> Report:
    """The report of screenings that have been made of the chart."""
    profile, pack = chart.profile, chart.pack
    return Report(
        tool=Tool(version=__version__),
        pack=PackId(id=pack.id, version=pack.version, sha256=pack.sha256),
        file=file,
        patient=profile.patient,
        profile_sha256=profile.sha256,
        age=_text(chart.newest("person.age")),
        sex=_text(chart.newest("person.sex")),
        screening_date=chart.on.isoformat(),
        screening_date_from=date_from,
        options=options,
        warnings=[*_warnings(chart, screenings)],
        trials=[trial_report(screening, chart) for screening in screenings],
        next=[_next(item, chart) for item in wanted(screenings, chart)],
    )


def _next(item: Wanted, chart: Chart) -> Next:
    return Next(
        fact=item.place.name,
        label=item.label,
        question=item.question,
        obtain=item.obtain,
        or_from=[label_of(source, chart) for source in item.sources],
        trials=item.trials,
        criteria=len(item.open),
    )


def _text(found: Observation | Gap) -> str:
    return found.text if isinstance(found, Observation) else ""


def trial_report(screening: Screening, chart: Chart) -> TrialReport:
    """One screening as plain values."""
    about = screening.trial.about
    return TrialReport(
        id=about.id,
        registry=about.registry,
        name=about.name,
        registry_status=about.status,
        verdict=screening.verdict,
        counts=Counts(
            matched=len(screening.counted("matched")),
            failed=len(screening.counted("failed")),
            unknown=len(screening.counted("unknown")),
        ),
        gaps=about.gaps,
        warnings=[*_trial_warnings(screening, chart)],
        criteria=[_criterion(item, chart) for item in screening.criteria],
    )


def _trial_warnings(screening: Screening, chart: Chart) -> Iterable[str]:
    about = screening.trial.about
    if about.status and "not recruiting" in about.status.casefold():
        yield f"The registry status is {about.status!r}: the verdict is on the criteria alone."
    if shift(about.checked, OLD_PAGE_MONTHS, "months") < chart.on:
        days = (chart.on - about.checked).days
        yield (
            f"The criteria may be out of date: the page was read on {about.checked}, {days} days "
            f"(more than {OLD_PAGE_MONTHS} months) before the date judged."
        )
    known = screening.trial.by_id
    for name, given in chart.profile.answers.get(about.id, {}).items():
        criterion = known.get(name)
        if criterion is None:
            yield f"answers.{about.id}.{name}: the trial has no such criterion; it was not used."
        elif isinstance(given, str) and given not in {r.label for r in criterion.readings}:
            yield f"answers.{about.id}.{name}: the criterion has no reading of that label."
        elif isinstance(given, bool) and criterion.question is None:
            yield f"answers.{about.id}.{name}: the criterion asks no question; it was not used."


def _criterion(item: CriterionFinding, chart: Chart) -> CriterionReport:
    criterion, finding = item.criterion, item.finding
    deciding = set(deciding_evidence(finding))
    evidence = () if criterion.gate is not None else finding.evidence()
    question = criterion.question
    return CriterionReport(
        id=criterion.id,
        kind=criterion.kind,
        parent=criterion.parent,
        heading=criterion.gate is not None,
        title=criterion.title,
        source=criterion.source,
        note=criterion.note,
        answer=finding.answer.value,
        status=item.status,
        decisive=criterion.decisive,
        counted=item.counted,
        applicable=item.applicable,
        reason=finding.reason,
        why=_why(item, chart),
        missing=list(texts(finding.missing)),
        because=[because_of(read, chart, decides=read in deciding) for read in evidence],
        readings=[
            ReadingReport(label=label, answer=found.answer.value, reason=found.reason)
            for label, found in item.readings
        ],
        question=question.text if question else "",
    )


def deciding_evidence(finding: Finding) -> tuple[Evidence, ...]:
    """The evidence that the answer follows from: for an open answer, what leaves it open."""
    return tuple(dict.fromkeys(_deciding(finding)))


def _deciding(finding: Finding) -> Iterator[Evidence]:
    yield from finding.because
    decisive = ~finding.answer if finding.negated else finding.answer
    for part in finding.parts:
        if part.answer is decisive or finding.answer is Answer.UNKNOWN:
            yield from _deciding(part)


def because_of(read: Evidence, chart: Chart, *, decides: bool = True) -> Because:
    """One datum as plain values."""
    return Because(
        fact=str(read.place),
        label=label_of(read.place, chart),
        value=read.value,
        limit=read.limit,
        date=str(read.date) if read.date else "",
        origin=read.origin,
        earlier=read.earlier,
        test=read.test,
        answer=read.answer.value,
        decides=decides,
    )


def _why(item: CriterionFinding, chart: Chart) -> str:
    """The reason in one sentence; empty for a decided criterion that speaks for itself."""
    finding, gate = item.finding, item.criterion.gate
    if not item.applicable:
        reads = ", ".join(f"{label_of(e.place, chart)}: {e.value}" for e in finding.evidence())
        return f"does not apply ({reads})"
    if finding.answer is not Answer.UNKNOWN:
        if gate is None or item.status != "failed":
            return ""
        decisive = zip(gate.children, finding.parts, strict=True)
        return "by " + ", ".join(name for name, part in decisive if part.answer is finding.answer)
    said = REASONS[finding.reason]
    if finding.reason == "needs_person":
        said = f"ask: {finding.note}"
    elif finding.note:
        said = f"{said}: {finding.note}"
    places = [place for place in finding.missing if not isinstance(place, AnswerTo)]
    labels = list(dict.fromkeys(_needed(place, chart) for place in places))
    more = f" and {len(labels) - 4} more" if len(labels) > 4 else ""
    return f"{said}; needs {'; '.join(labels[:4])}{more}" if labels else said


def _needed(place: Place, chart: Chart) -> str:
    return f"[reviewed] {place}" if isinstance(place, List) else label_of(place, chart)


def _warnings(chart: Chart, screenings: list[Screening]) -> Iterable[str]:
    yield from chart.profile.warnings
    if chart.moved:
        yield f"Visits planned from screening on are moved with it, by {chart.moved.days} days."
    for says in chart.contradictions:
        yield f"Contradiction: {says}. What depends on it stays unknown."
    yield from _disagreements(chart)
    known = {trial.id for trial in chart.pack.trials}
    for trial in chart.profile.answers:
        if trial not in known:
            yield f"answers.{trial}: there is no such trial in the pack; it was not used."
    yield from chart.vocabulary.warnings
    yield from _old(chart, screenings)
    yield from _ahead(chart)


def _disagreements(chart: Chart) -> Iterable[str]:
    """Facts that the profile states otherwise than they follow from its other facts.

    An estimate by a formula is named only where it is far off: every laboratory has its own.
    """
    for name in chart.profile.facts:
        entry = chart.vocabulary.facts[name]
        stated = chart.newest(name) if entry.derive else Gap("")
        if isinstance(stated, Gap):
            continue
        derived = chart.derived(name)
        estimated = any(
            isinstance(by, Formula) and FACT_FORMULAS[by.name].is_estimate for by in entry.derive
        )
        if isinstance(derived, Gap) or not _differ(stated, derived, estimated=estimated):
            continue
        yield (
            f"{entry.label} is stated as {stated.text}, and follows as {derived.text} "
            f"({derived.origin}); the stated value is used."
        )


def _differ(stated: Observation, derived: Observation, *, estimated: bool) -> bool:
    """Do the two differ, once the derived number is rounded as the stated one was written?"""
    if not isinstance(stated.value, Interval) or not isinstance(derived.value, Interval):
        return stated.value != derived.value
    if stated.unit:
        return False
    if estimated:
        low, high = derived.value.times(1 - FAR_OFF).low, derived.value.times(1 + FAR_OFF).high
        return not stated.value.overlaps(Interval(low, high))
    number = stated.text.split(" ")[0]
    half = Fraction(1, 2 * 10 ** len(number.partition(".")[2]))
    low, high = derived.value.low, derived.value.high
    near = Interval(None if low is None else low - half, None if high is None else high + half)
    return not stated.value.overlaps(near)


def _old(chart: Chart, screenings: list[Screening]) -> Iterable[str]:
    """Results that were used and are old on the date judged."""
    used: dict[str, date] = {}
    for screening in screenings:
        for item in screening.criteria:
            if item.criterion.gate is not None:
                continue
            for read in item.finding.evidence():
                entry = chart.vocabulary.facts.get(read.place.name)
                if entry and read.date and entry.changes in ("measurement", "treatment"):
                    used[entry.name] = read.date.latest
    for name, day in used.items():
        if (days := (chart.on - day).days) > OLD_RESULT_DAYS:
            label = chart.vocabulary.facts[name].label
            yield f"{label}: the result used is {days} days old on the date judged."
    for name, seen in chart.profile.reviewed.items():
        if (days := (chart.on - seen.latest).days) > OLD_RESULT_DAYS:
            yield f"{name}: the list was reviewed {days} days before the date judged."
        elif seen.earliest > chart.on:
            yield f"{name}: the list was reviewed on {seen}, after the date judged."


def _ahead(chart: Chart) -> Iterable[str]:
    """Results after the date judged: it may be that the date is the slip, and not they."""
    for name, results in chart.profile.facts.items():
        days = [item.date for item in results if item.date and item.date.earliest > chart.on]
        if days:
            label = chart.vocabulary.facts[name].label
            listed = ", ".join(dict.fromkeys(map(str, days)))
            yield (
                f"{label}: the result of {listed} lies after the date judged; it counts for "
                "a later visit only."
            )
