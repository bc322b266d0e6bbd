"""From judged outcomes to the plain values of `cartscreen response`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from cartscreen.answer import NO, UNKNOWN, YES, Answer
from cartscreen.contract import REASONS, Options, ReadingReport
from cartscreen.derive import Gap
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.finding import Evidence, Finding
from cartscreen.evaluate.screening import CriterionFinding
from cartscreen.observation import Observation
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Criterion, Outcome, Trial
from cartscreen.place import AnswerTo, Fact, List, Place, Then, texts
from cartscreen.report import deciding_evidence, disagreements, pack_id, tool
from cartscreen.response.contract import (
    AssessmentReport,
    ComponentReport,
    DefinitionReport,
    Met,
    OutcomeReport,
    Rate,
    Response,
    ResponseFailure,
    Responses,
    Role,
    TrialResponse,
    ValueReport,
)
from cartscreen.response.judge import OutcomeFinding, judge_outcome
from cartscreen.response.visits import FollowUp
from cartscreen.speaks import Length
from cartscreen.wanted import label_of

_STATUS: dict[Answer, Met] = {YES: "met", NO: "not met", UNKNOWN: "open"}


def responses(
    patients: Iterable[Response | ResponseFailure],
    pack: Pack,
    trials: Sequence[Trial],
    options: Options,
    window: Length | None,
) -> Responses:
    """The patients with what they were judged by, and the rates over all of them."""
    listed = list(patients)
    judged = [item for item in listed if isinstance(item, Response)]
    published = [pack.published] if pack.published else []
    return Responses(
        tool=tool(),
        pack=pack_id(pack),
        options=options,
        window=str(window or ""),
        fixed_readings=[
            f"{trial.id} {choice}: {label}"
            for trial in (*trials, *published)
            for choice, label in trial.fixed.items()
        ],
        patients=judged,
        failures=[item for item in listed if isinstance(item, ResponseFailure)],
        rates=list(_rates(judged)),
    )


def response(
    seen: FollowUp,
    pack: Pack,
    trials: Iterable[Trial],
    *,
    window: Length | None = None,
    preferred: bool = False,
) -> Response:
    """One patient, judged at the last visit by the outcomes of these trials."""
    listed = (seen.baseline, *seen.visits)
    return Response(
        patient=seen.baseline.profile.patient,
        infusion=str(seen.infusion or ""),
        died=str(seen.died or ""),
        assessments=[
            AssessmentReport(
                role=role,
                file=item.file,
                date=item.day.isoformat(),
                days_since_infusion=seen.days_since_infusion(item.day),
                profile_sha256=item.profile.sha256,
                set_aside=list(item.set_aside),
            )
            for item, role in zip(listed, _roles(len(listed)), strict=True)
        ],
        warnings=list(_warnings(seen)),
        trials=[
            TrialResponse(
                id=trial.id,
                registry=trial.about.registry,
                name=trial.about.name,
                outcomes=[
                    _outcome(item, trial, seen, pack, window=window, preferred=preferred)
                    for item in trial.outcomes
                ],
            )
            for trial in trials
        ],
    )


def _roles(count: int) -> Iterator[Role]:
    yield "baseline"
    for at in range(1, count):
        last = count - 1
        yield "visit" if at == last else "previous" if at == last - 1 else "between"


def _warnings(seen: FollowUp) -> Iterator[str]:
    told: dict[str, list[str]] = {}
    for item in (seen.baseline, *seen.visits):
        said = list(item.profile.warnings)
        for held in item.chart.contradictions:
            said.append(f"contradiction: {held.told}")
        said += disagreements(item.chart)
        if item.set_aside:
            said.append(f"not after the infusion, and not used: {', '.join(item.set_aside)}.")
        for warning in said:
            told.setdefault(warning, []).append(item.file)
    for warning, names in told.items():
        yield f"{', '.join(dict.fromkeys(names))}: {warning}"


def _outcome(
    outcome: Outcome,
    trial: Trial,
    seen: FollowUp,
    pack: Pack,
    *,
    window: Length | None,
    preferred: bool,
) -> OutcomeReport:
    def judged(of: Outcome, by: Trial) -> OutcomeFinding:
        return judge_outcome(of, by, seen, due=outcome.visit, window=window, preferred=preferred)

    own = _definition(judged(outcome, trial), seen)
    published = None
    if pack.published and outcome.published:
        same = next(o for o in pack.published.outcomes if o.id == outcome.published)
        published = _definition(judged(same, pack.published), seen)
    return OutcomeReport(
        **dict(own),
        due=str(outcome.visit or ""),
        published=published,
        differs=published is not None and published.status != own.status,
    )


def _definition(item: OutcomeFinding, seen: FollowUp) -> DefinitionReport:
    outcome = item.outcome
    chart = seen.judged.chart if seen.judged else seen.baseline.chart
    of = {component.id: component for component in outcome.components}
    components = [_component(of[name], found, chart) for name, found in item.judged.items()]
    missing = [] if item.answer is not UNKNOWN else _missing_of(item)
    return DefinitionReport(
        id=outcome.id,
        title=outcome.title,
        source=outcome.source,
        status=_STATUS[item.answer],
        why=item.unmet or _by(item),
        missing=missing,
        components=components,
        notes=list(outcome.notes),
    )


def _missing_of(item: OutcomeFinding) -> list[str]:
    return list(
        dict.fromkeys(
            text
            for found in item.judged.values()
            if found.finding.answer is UNKNOWN
            for text in texts(found.finding.missing)
        )
    )


def _by(item: OutcomeFinding) -> str:
    """By which components it is not met or open; nothing where it is met."""
    if item.answer is YES:
        return ""
    named = [name for name, j in item.judged.items() if j.finding.answer is item.answer]
    return f"by {', '.join(named)}"


def _component(component: Criterion, judged: CriterionFinding, chart: Chart) -> ComponentReport:
    finding = judged.finding
    is_open = finding.answer is UNKNOWN
    return ComponentReport(
        id=component.id,
        title=component.title,
        source=component.source,
        note=component.note,
        answer=finding.answer.value,
        reason=finding.reason,
        why=_why(component, judged, chart) if is_open else finding.note,
        missing=list(texts(finding.missing)) if is_open else [],
        values=list(_values(finding, chart)),
        readings=[
            ReadingReport(label=label, answer=found.answer.value, reason=found.reason)
            for label, found in judged.readings
        ],
    )


def _values(finding: Finding, chart: Chart) -> Iterator[ValueReport]:
    """What was read at each visit; of a number, what it was at baseline too."""
    deciding = set(deciding_evidence(finding))
    read = list(finding.evidence())
    shown = {(item.visit, item.place) for item in read}
    baseline = chart.earlier.get("baseline")
    told: set[tuple[str, Place, str]] = set()
    for item in sorted(read, key=lambda item: item not in deciding):
        key = item.visit, item.place, item.value
        if key in told:
            continue
        told.add(key)
        then = _at_baseline(item, baseline)
        if then is not None and ("baseline", item.place) not in shown:
            shown.add(("baseline", item.place))
            yield _value(then, chart, decides=False)
        yield _value(item, chart, decides=item in deciding)


def _at_baseline(item: Evidence, baseline: Chart | None) -> Evidence | None:
    """The number of a fact at baseline, beside the one that the visit says."""
    if baseline is None or item.visit or not isinstance(item.place, Fact):
        return None
    if baseline.vocabulary.facts[item.place.fact].kind != "quantity":
        return None
    found = baseline.spoken(item.place.fact)
    if isinstance(found, Gap):
        return None
    return _observed(item.place, found)


def _observed(place: Fact, found: Observation) -> Evidence:
    return Evidence(
        place, found.text, "", UNKNOWN, found.date, found.limits, found.origin,
        source=found.source, note=found.note, visit="baseline",
    )  # fmt: skip


_VISITS: dict[str, Literal["baseline", "previous", "visit"]] = {
    "baseline": "baseline",
    "previous": "previous",
    "": "visit",
}


def _value(item: Evidence, chart: Chart, *, decides: bool) -> ValueReport:
    return ValueReport(
        visit=_VISITS[item.visit],
        fact=str(item.place),
        label=label_of(item.place, chart),
        value=item.value,
        date=_day(item, chart),
        origin=item.origin,
        source=item.source,
        note=item.note,
        decides=decides,
    )


def _day(item: Evidence, chart: Chart) -> str:
    """Its date; of a value without one, the day of its visit."""
    if item.date is not None or not isinstance(item.place, Fact):
        return str(item.date or "")
    return (chart.earlier[item.visit] if item.visit else chart).on.isoformat()


_MOST_NAMED = 4


def _why(component: Criterion, judged: CriterionFinding, chart: Chart) -> str:
    """Why it is open, with what would settle it."""
    finding = judged.finding
    if finding.reason == "depends_on_reading":
        ways = "; ".join(_ways(component, judged))
        said = f"{REASONS[finding.reason]}: {ways}" if ways else REASONS[finding.reason]
    elif finding.reason == "needs_person":
        said = f"ask: {finding.note}"
    else:
        said = REASONS[finding.reason] + (f": {finding.note}" if finding.note else "")
    places = [place for place in finding.missing if not isinstance(place, AnswerTo)]
    labels = list(dict.fromkeys(_needed(place, chart) for place in places))
    more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
    return f"{said}; needs {'; '.join(labels[:_MOST_NAMED])}{more}" if labels else said


def _needed(place: Place, chart: Chart) -> str:
    match place:
        case List():
            return f"[reviewed] {place}"
        case Then(List() as of, visit):
            return f"[reviewed] {of} at {visit}"
    return label_of(place, chart)


def _ways(component: Criterion, judged: CriterionFinding) -> Iterator[str]:
    """What each label of the choices that matter says: yes, no, or open."""
    words = {YES: "yes", NO: "no", UNKNOWN: "open"}
    matter = [place.to for place in judged.finding.missing if isinstance(place, AnswerTo)]
    found = [finding for _, finding in judged.readings]
    for choice in matter:
        said = []
        for label in component.choices.get(choice, ()):
            answers = {
                words[finding.answer]
                for reading, finding in zip(component.readings, found, strict=True)
                if (choice, label) in reading.labels
            }
            said.append(f"'{label}' {' or '.join(sorted(answers, reverse=True))}")
        named = "" if choice == component.id else f"{choice}: "
        yield f"{named}{', '.join(said)}"


def _rates(patients: Sequence[Response]) -> Iterator[Rate]:
    """Each outcome over all patients, by the page and by the published definition."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for patient in patients:
        for trial in patient.trials:
            for outcome in trial.outcomes:
                found.setdefault((trial.id, outcome.id, "page"), []).append(outcome.status)
                if outcome.published is not None:
                    key = trial.id, outcome.id, "published"
                    found.setdefault(key, []).append(outcome.published.status)
    for (trial_id, name, by), statuses in found.items():
        yield Rate(
            trial=trial_id,
            outcome=name,
            by="page" if by == "page" else "published",
            patients=len(statuses),
            met=statuses.count("met"),
            not_met=statuses.count("not met"),
            open=statuses.count("open"),
        )
