"""One trial, one patient, one date: a finding for each criterion, and a verdict."""

from collections.abc import Mapping, Sequence, Set
from functools import partial
from typing import TypeVar

from cartscreen.answer import NO, UNKNOWN, YES, Answer
from cartscreen.contract import Status, Verdict
from cartscreen.evaluate.answers import Chosen, answer_to, chosen
from cartscreen.evaluate.chart import Asked, Chart
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.finding import Finding, combine, gathered
from cartscreen.frozen import field, frozen, once, replace, slotted
from cartscreen.pack.trial import Criterion, Gate, Reading, Trial, combinations
from cartscreen.place import AnswerTo
from cartscreen.rule.tree import Rule

_Found = TypeVar("_Found")

# Trials


@slotted
class CriterionFinding:
    """One criterion of one patient.

    status      matched, failed or unknown: what the answer means for an inclusion or exclusion
    counted     it decides by itself, no smaller criterion below it explains it, and the headings
                above it apply; where these are not known yet, as if they did
    readings    the finding under each reading, by label, where there are several
    is_shared   one object for all patients whose profile says nothing that it may follow from
    """

    criterion: Criterion
    finding: Finding
    status: Status
    applicable: bool
    counted: bool
    readings: tuple[tuple[str, Finding], ...] = ()
    is_shared: bool = field(default=False, compare=False)

    @property
    def answer(self) -> Answer:
        """Is the statement, as the page writes it, true of this patient?"""
        return self.finding.answer


@frozen
class Screening:
    """One trial, one patient, one date."""

    trial: Trial
    criteria: tuple[CriterionFinding, ...]
    verdict: Verdict

    def counted(self, status: Status) -> tuple[CriterionFinding, ...]:
        """The criteria that count, of this status."""
        return tuple(item for item in self.criteria if item.counted and item.status == status)


@slotted
class Standing:
    """Where a trial stands for one patient: a Screening without its reasons.

    matched          how many of the counted criteria
    failed, unknown  the ids of those
    """

    trial: Trial
    verdict: Verdict
    matched: int
    failed: tuple[str, ...]
    unknown: tuple[str, ...]


def standing_of(screening: Screening) -> Standing:
    """Where the trial of a screening stands."""
    by_status: dict[Status, list[str]] = {"matched": [], "failed": [], "unknown": []}
    for item in screening.criteria:
        if item.counted:
            by_status[item.status].append(item.criterion.id)
    failed, unknown = tuple(by_status["failed"]), tuple(by_status["unknown"])
    matched = len(by_status["matched"])
    return Standing(screening.trial, screening.verdict, matched, failed, unknown)


def status_of(criterion: Criterion, said: Answer) -> Status:
    """An inclusion is matched by YES, an exclusion by NO; the opposite fails."""
    if said is UNKNOWN:
        return "unknown"
    return "matched" if (said is YES) == (criterion.kind == "inclusion") else "failed"


def screen(trial: Trial, chart: Chart, *, preferred: bool = False) -> Screening:
    """Every criterion of the trial, and the verdict.

    preferred takes the first reading of an ambiguous criterion instead of asking that all agree.
    """
    heard, found = heard_in(trial, chart), {}
    if chart.blank is not None:
        silent = _of_nobody(trial, chart.blank, preferred=preferred)
        if new := trial.among.keys() - heard - silent.keys():
            _find(silent, new, trial, chart.blank, preferred=preferred)
        found = dict(silent)
    _find(found, heard, trial, chart, preferred=preferred)
    return _screening(trial, found)


def assemble(trial: Trial, judged: Mapping[str, CriterionFinding], chart: Chart) -> Screening:
    """The screening that follows from the criteria that are no headings."""
    found = {
        name: item
        if item.counted is item.criterion.decisive  # else a heading above did not apply
        else replace(item, counted=item.criterion.decisive)
        for name, item in judged.items()
    }
    _find(found, trial.among.keys() - found.keys(), trial, chart, preferred=False)
    return _screening(trial, found)


def judge(
    criterion: Criterion, trial: Trial, chart: Chart, *, preferred: bool = False
) -> CriterionFinding:
    """One criterion that is no heading, by itself."""
    applies = trial.applies(criterion)
    if chart.blank is None or not is_silent(criterion, trial, chart):
        return _judge(criterion, applies, trial, chart, preferred=preferred)
    silent = _of_nobody(trial, chart.blank, preferred=preferred)
    if criterion.id not in silent:
        silent[criterion.id] = _judge(criterion, applies, trial, chart.blank, preferred=preferred)
    return silent[criterion.id]


def is_silent(criterion: Criterion, trial: Trial, chart: Chart) -> bool:
    """Does the profile say nothing that a criterion that is no heading may follow from?"""
    if not chart.silent_on(trial.names_of[criterion.id]):
        return False
    answers = chart.profile.answers.get(trial.id)
    return not answers or trial.keys_of[criterion.id].isdisjoint(answers)


def heard_in(trial: Trial, chart: Chart) -> Set[str]:
    """The ids of the criteria, and of headings of such, on which the profile is not silent.

    Of a blank chart, and of a visit that is compared with earlier ones, they are all.
    """
    if chart.blank is None:
        return trial.among.keys()
    read_by, answered_by = trial.read_by, trial.answered_by
    answers = chart.profile.answers.get(trial.id, {})
    heard: set[str] = set()
    return heard.union(
        *map(read_by.__getitem__, read_by.keys() & chart.heard),
        *map(answered_by.__getitem__, answered_by.keys() & answers.keys()),
    )


def _of_nobody(trial: Trial, blank: Chart, *, preferred: bool) -> dict[str, CriterionFinding]:
    """The criteria of which a profile was silent so far: they are the same of all such patients."""
    key = "nobody", preferred
    known: tuple[Chart, dict[str, CriterionFinding]] | None = trial.memo.get(key)
    if known is None or known[0] is not blank:
        known = trial.memo[key] = blank, {}
    return known[1]


def _find(
    found: dict[str, CriterionFinding],
    names: Set[str],
    trial: Trial,
    chart: Chart,
    *,
    preferred: bool,
) -> None:
    """Find these criteria, beside those that are found already."""
    for name, criterion, applies in _plan_of(trial).order:
        if name in names:
            gate = criterion.gate
            if gate is None:
                one = _judge(criterion, applies, trial, chart, preferred=preferred)
            else:
                one = _heading(criterion, gate, found, applies, chart)
            found[name] = one


@slotted
class _Plan:
    """How the criteria of a trial are judged, whoever the patient is.

    order  each with its id and the rules by which it applies; children before their heading
    top    the ids of those that stand below no heading
    """

    order: tuple[tuple[str, Criterion, tuple[Rule, ...]], ...]
    top: tuple[str, ...]


def _plan_of(trial: Trial) -> _Plan:
    def made() -> _Plan:
        listed = [(item.id, item, trial.applies(item)) for item in reversed(trial.criteria)]
        return _Plan(tuple(listed), tuple(item.id for item in trial.criteria if not item.parent))

    return once(trial.memo, "plan", made)


def _judge(
    criterion: Criterion,
    applies: tuple[Rule, ...],
    trial: Trial,
    chart: Chart,
    *,
    preferred: bool,
) -> CriterionFinding:
    asked = None
    if criterion.question is not None:
        asked = Asked(criterion.id, answer_to(criterion, trial, chart.profile))
    readings = criterion.readings
    if len(readings) == 1 and not criterion.choices:
        only = evaluate(readings[0].rule, chart, asked)
        return _by_itself(criterion, only, criterion.decisive, applies, chart)
    each = tuple([(item.label, evaluate(item.rule, chart, asked)) for item in readings])
    decided = chosen(criterion, trial, chart.profile, preferred=preferred)
    finding = _read(criterion, tuple([found for _, found in each]), decided, trial)
    each = each if len(each) > 1 else ()
    return _by_itself(criterion, finding, criterion.decisive, applies, chart, each)


def _heading(
    criterion: Criterion,
    gate: Gate,
    found: Mapping[str, CriterionFinding],
    applies: tuple[Rule, ...],
    chart: Chart,
) -> CriterionFinding:
    """A heading, by what was found of the criteria below it."""
    below = [found[name] for name in gate.children]
    findings = tuple([item.finding for item in below])
    said = gate.answer({name: of.answer for name, of in zip(gate.children, findings, strict=True)})
    finding = gathered(said, findings)
    counted = criterion.decisive and _counts_beside([(of.criterion, of.status) for of in below])
    return _by_itself(criterion, finding, counted, applies, chart)


def _by_itself(
    criterion: Criterion,
    finding: Finding,
    counted: bool,
    applies: tuple[Rule, ...],
    chart: Chart,
    readings: tuple[tuple[str, Finding], ...] = (),
) -> CriterionFinding:
    """The criterion, whatever is found of the headings above it."""
    applicable = True
    if applies:
        finding, applicable = _applied(criterion, finding, applies, chart)
    return CriterionFinding(
        criterion,
        finding,
        status_of(criterion, finding.answer),
        applicable,
        counted if applicable else criterion.decisive,
        readings,
        chart.is_blank,
    )


def _screening(trial: Trial, found: Mapping[str, CriterionFinding]) -> Screening:
    """The screening, once every criterion is found by itself."""
    criteria = [*map(found.__getitem__, trial.among)]
    aside = {item.criterion.id for item in criteria if not item.applicable}
    if aside:
        criteria = [
            replace(item, counted=False, is_shared=False)
            if item.counted and not aside.isdisjoint(trial.ids_above[item.criterion.id])
            else item
            for item in criteria
        ]
    top = [found[name].status for name in _plan_of(trial).top]
    return Screening(trial, tuple(criteria), verdict_of(top))


def verdict_of(top: list[Status]) -> Verdict:
    """The verdict that follows from the criteria below no heading."""
    if "failed" in top:
        return "ineligible"
    return "undetermined" if "unknown" in top else "eligible"


def _read(
    criterion: Criterion, found: tuple[Finding, ...], decided: Mapping[str, Chosen], trial: Trial
) -> Finding:
    """What the readings that the decided choices leave say, if they agree; else which to choose."""
    if not decided and all(each.answer is found[0].answer for each in found):
        return found[0]
    labels = {name: item.label for name, item in decided.items()}
    left = left_of(criterion, found, labels)
    first = left[0][1]
    if all(finding.answer is first.answer for _, finding in left):
        by = tuple(item.evidence(first.answer) for item in decided.values() if item.by)
        return replace(first, because=(*by, *first.because)) if by else first
    said = "; ".join(f"{reading.label}: {finding.answer.value}" for reading, finding in left)
    named = [place for _, finding in left for place in finding.missing]
    answers = tuple([finding.answer for finding in found])
    choices = once(
        trial.memo,
        ("open choices", criterion.id, answers, *labels.items()),
        partial(_open_choices, criterion, answers, labels),
    )
    return Finding(
        UNKNOWN,
        "depends_on_reading",
        tuple(dict.fromkeys([*named, *choices])),
        said,
        because=tuple(item.evidence(UNKNOWN) for item in decided.values() if item.by),
        parts=tuple(finding for _, finding in left),
    )


def left_of(
    criterion: Criterion, found: Sequence[_Found], labels: Mapping[str, str]
) -> list[tuple[Reading, _Found]]:
    """The readings that are left once these labels are chosen by choice.

    found  what belongs to each reading, its finding say
    """
    pairs = list(zip(criterion.readings, found, strict=True))
    if not labels:
        return pairs
    return [pair for pair in pairs if pair[0].fits(labels)] or pairs


def _open_choices(
    criterion: Criterion, found: tuple[Answer, ...], labels: Mapping[str, str]
) -> list[AnswerTo]:
    """The choices that still matter: another label of them alone can give another answer."""
    free = {name: of for name, of in criterion.choices.items() if name not in labels}
    answers = {
        tuple(way.values()): {said for _, said in left_of(criterion, found, {**labels, **way})}
        for way in combinations(free)
    }
    return [
        AnswerTo(name)
        for at, (name, of) in enumerate(free.items())
        if any(
            answers[way] != answers[(*way[:at], other, *way[at + 1 :])]
            for way in answers
            for other in of
        )
    ]


def _applied(
    criterion: Criterion, finding: Finding, rules: tuple[Rule, ...], chart: Chart
) -> tuple[Finding, bool]:
    """The finding, or that the criterion does not apply to this patient.

    rules  they must all hold for it to apply
    """
    found = tuple(evaluate(rule, chart) for rule in rules)
    applies = combine(len(found), found) if len(found) > 1 else found[0]
    passed = YES if criterion.kind == "inclusion" else NO
    match applies.answer:
        case Answer.YES:
            return finding, True
        case Answer.NO:
            return Finding(passed, note="does not apply", parts=(applies,)), False
        case _ if finding.answer is passed:
            return finding, True
    # whether it applies comes first: of what does not, nobody is asked
    also = (p for p in finding.missing if not (applies.missing and isinstance(p, AnswerTo)))
    missing = tuple(dict.fromkeys((*applies.missing, *also)))
    note = applies.note or "it may not apply"
    return Finding(UNKNOWN, applies.reason, missing, note, parts=(applies, finding)), True


def counts(
    criterion: Criterion, trial: Trial, statuses: Mapping[str, Status], applicable: Set[str]
) -> bool:
    """Decisive, and not explained by smaller decisive criteria below it.

    Of headings that do not apply the topmost counts, as one criterion, and nothing below it.
    """
    if criterion.parent and not trial.ids_above[criterion.id] <= applicable:
        return False
    if not criterion.decisive or criterion.gate is None or criterion.id not in applicable:
        return criterion.decisive
    below = [trial.by_id[name] for name in criterion.gate.children]
    return _counts_beside([(child, statuses[child.id]) for child in below])


def _counts_beside(below: Sequence[tuple[Criterion, Status]]) -> bool:
    """Do the criteria below a heading leave it to count by itself?"""
    smaller = [status for child, status in below if child.decisive]
    return len(smaller) < len(below) and "failed" not in smaller
