"""From screenings to the plain values of a report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Literal

from cartscreen import __version__
from cartscreen.answer import UNKNOWN, Answer
from cartscreen.build import build
from cartscreen.contract import (
    EVERYTHING,
    REASONS,
    Because,
    Common,
    Counts,
    CriterionReport,
    DateFrom,
    Next,
    Options,
    PackId,
    ReadingReport,
    Report,
    Tool,
    TrialReport,
)
from cartscreen.dates import shift
from cartscreen.derive import Gap
from cartscreen.derive.formulas import FACT_FORMULAS
from cartscreen.evaluate.answers import answer_warnings
from cartscreen.evaluate.chart import Chart, newest_of
from cartscreen.evaluate.finding import Evidence, Finding, each_once
from cartscreen.evaluate.screening import CriterionFinding, Screening, screen
from cartscreen.frozen import once
from cartscreen.observation import Observation
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.place import AnswerTo, Fact, List, Place, texts
from cartscreen.units import Interval
from cartscreen.vocabulary import Formula
from cartscreen.wanted import Wanted, label_of, wanted

FAR_OFF = Fraction(1, 10)
"""Our choice: an estimate that is stated is warned about where it differs by more than a tenth."""

OLD_PAGE_MONTHS = 12
"""Our choice: a page that was read longer ago than this is warned about."""


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


def tool() -> Tool:
    """The program itself: its version, and the hash of its own files."""
    return Tool(version=__version__, build=build())


def pack_id(pack: Pack) -> PackId:
    """A pack as reports name it; ours is known by its hash."""
    bundled = pack.sha256 == bundled_pack().sha256
    return PackId(id=pack.id, version=pack.version, sha256=pack.sha256, bundled=bundled)


def report_of(
    chart: Chart,
    screenings: list[Screening],
    *,
    file: str,
    date_from: DateFrom,
    options: Options = EVERYTHING,
) -> Report:
    """The report of screenings that have been made of the chart."""
    data = Data(chart)
    trials = [trial_report(screening, data) for screening in screenings]
    return Report(
        **head_of(data, screenings, file=file, date_from=date_from, options=options),
        trials=trials,
        next=[_next(item, chart) for item in wanted(screenings, chart)],
    )


def head_of(
    data: "Data",
    screenings: list[Screening],
    *,
    file: str,
    date_from: DateFrom,
    options: Options,
) -> dict[str, Any]:
    """What a report of them begins with: the values of a Head, but for its schema.

    data  what the reports of all their trials have read
    """
    chart, profile = data.chart, data.chart.profile
    trials = [screening.trial for screening in screenings]
    return {
        "tool": tool(),
        "pack": pack_id(chart.pack),
        "file": file,
        "patient": profile.patient,
        "profile_sha256": profile.sha256,
        "age": _text(chart.newest("person.age")),
        "sex": _text(chart.newest("person.sex")),
        "screening_date": chart.on.isoformat(),
        "screening_date_from": date_from,
        "options": options,
        "fixed_readings": fixed_readings(trials),
        "warnings": [*what_if(options), *profile_warnings(chart, trials, data.undated)],
    }


def fixed_readings(trials: Iterable[Trial]) -> list[str]:
    """The readings that the site has fixed for all patients."""
    return [
        f"{trial.id} {choice}: {label}" for trial in trials for choice, label in trial.fixed.items()
    ]


def what_if(options: Options) -> Iterable[str]:
    """That it is not the profile alone that was judged."""
    if options.set:
        yield f"What if: judged with other values than the profile has, {', '.join(options.set)}."


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


def trial_report(screening: Screening, data: "Data", *, is_folded: bool = False) -> TrialReport:
    """One screening as plain values.

    data       what has been read so far, to which it adds
    is_folded  of criteria that have not failed nobody is shown what was read
    """
    of_trial, of_criteria, shared = _whoever(screening.trial)
    counted = [item.status for item in screening.criteria if item.counted]
    return of_trial.record(
        verdict=screening.verdict,
        counts=Counts(
            matched=counted.count("matched"),
            failed=counted.count("failed"),
            unknown=counted.count("unknown"),
        ),
        warnings=[*_trial_warnings(screening, data.chart)],
        criteria=[
            _shared_criterion(item, common, shared, data.chart)
            if item.is_shared
            else _criterion(item, common, data, is_folded=is_folded and item.status != "failed")
            for item, common in zip(screening.criteria, of_criteria, strict=True)
        ],
    )


_Shared = dict[str, tuple[CriterionFinding, CriterionReport]]
"""Criteria on which profiles are silent, by id, with what reports say of them."""


_Whoever = tuple[Common[TrialReport], tuple[Common[CriterionReport], ...], _Shared]


def _whoever(trial: Trial) -> _Whoever:
    """What every report says of a trial, of each of its criteria, and of the shared ones."""

    def made() -> _Whoever:
        return (
            Common(TrialReport, **of_trial(trial)),
            tuple(Common(CriterionReport, **of_criterion(item)) for item in trial.criteria),
            {},
        )

    return once(trial.memo, "what reports say, whoever the patient is", made)


def of_trial(trial: Trial) -> dict[str, Any]:
    """What every report says of a trial, whoever the patient is."""
    about = trial.about
    return {
        "id": about.id,
        "registry": about.registry,
        "name": about.name,
        "registry_status": about.status,
        "gaps": about.gaps,
    }


def of_criterion(criterion: Criterion) -> dict[str, Any]:
    """What every report says of a criterion, whoever the patient is."""
    question = criterion.question
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "parent": criterion.parent,
        "heading": criterion.gate is not None,
        "title": criterion.title,
        "source": criterion.source,
        "note": criterion.note,
        "decisive": criterion.decisive,
        "question": question.text if question else "",
    }


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


def _shared_criterion(
    item: CriterionFinding, common: Common[CriterionReport], shared: _Shared, chart: Chart
) -> CriterionReport:
    """A criterion on which the profile is silent, made once for all such profiles."""
    known = shared.get(item.criterion.id)
    if known is None or known[0] is not item:
        known = item, _criterion(item, common, Data(chart)).shared()
        shared[item.criterion.id] = known
    return known[1]


def _criterion(
    item: CriterionFinding,
    common: Common[CriterionReport],
    data: "Data",
    *,
    is_folded: bool = False,
) -> CriterionReport:
    finding, chart = item.finding, data.chart
    because: list[Because] = []
    if item.criterion.gate is None and is_folded:
        data.note(finding)
    elif item.criterion.gate is None:
        because = data.because(finding)
    missing, needed = _what_is_missing(finding.missing, chart)
    return common.record(
        answer=_WORDS[finding.answer],
        status=item.status,
        counted=item.counted,
        applicable=item.applicable,
        reason=finding.reason,
        why=_why(item, needed, chart),
        missing=missing,
        because=because,
        readings=[
            _reading(label, _WORDS[found.answer], found.reason) for label, found in item.readings
        ]
        if item.readings
        else [],
    )


_Word = Literal["yes", "no", "unknown"]
_WORDS: Mapping[Answer, _Word] = {said: said.value for said in Answer}
"""What a report calls each answer: looked up, which is quicker than to ask an Enum."""


@lru_cache(maxsize=4096)
def _reading(label: str, answer: _Word, reason: str) -> ReadingReport:
    return ReadingReport(label=label, answer=answer, reason=reason).shared()


def deciding_evidence(finding: Finding) -> tuple[Evidence, ...]:
    """The evidence that decides the answer; of an UNKNOWN answer, what leaves it unknown."""
    return each_once(_deciding(finding))


def _deciding(finding: Finding) -> list[Evidence]:
    found = [*finding.because]
    for part in deciding_parts(finding):
        found += _deciding(part) if part.parts else part.because
    return found


def deciding_parts(finding: Finding) -> Sequence[Finding]:
    """The parts by which the finding has its answer; of an UNKNOWN one, all of them."""
    decisive = _decisive(finding)
    if decisive is None:
        return finding.parts
    return [part for part in finding.parts if part.answer is decisive]


def _decisive(finding: Finding) -> Answer | None:
    """What the parts say by which the finding has its answer; None where these are all of them."""
    said = finding.answer
    if said is UNKNOWN:
        return None
    return ~said if finding.negated else said


class _Datum:
    """One datum that was read, as plain values: where an answer follows from it, and where not."""

    __slots__ = ("beside", "deciding", "read")

    def __init__(self, read: Evidence) -> None:
        self.read = read
        self.deciding: Because | None = None
        self.beside: Because | None = None

    def because(self, chart: Chart, decides: bool) -> Because:
        """It as plain values; kept for all criteria that read it."""
        made = because_of(self.read, chart, decides=decides).shared()
        if decides:
            self.deciding = made
        else:
            self.beside = made
        return made


class Data:
    """What the criteria of a chart have read, in order, each datum once for all of them.

    Equal data are one object: which a criterion has read is told by its identity.
    """

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self._known: dict[Evidence, _Datum] = {}

    def because(self, finding: Finding) -> list[Because]:
        """What was read in a tree, in order, each datum once."""
        found: dict[_Datum, bool] = {}
        self._collect(finding, True, found)
        return [
            (datum.deciding if decides else datum.beside) or datum.because(self.chart, decides)
            for datum, decides in found.items()
        ]

    def note(self, finding: Finding) -> None:
        """Keep of what was read in a tree what has to be told, whether it is shown or not."""
        for read in finding.because:
            if read.until and not read.date and _is_undated(read):
                self._known.setdefault(read, _Datum(read))
        for part in finding.parts:
            self.note(part)

    def _collect(self, finding: Finding, decides: bool, found: dict[_Datum, bool]) -> None:
        """Add what was read in a tree, each datum with whether the answer follows from it."""
        known = self._known
        for read in finding.because:
            datum = known.get(read)
            if datum is None:
                datum = known[read] = _Datum(read)
            found[datum] = decides or found.get(datum, False)
        if not finding.parts:
            return
        decisive = _decisive(finding) if decides else None
        for part in finding.parts:
            does = decides and (decisive is None or part.answer is decisive)
            self._collect(part, does, found)

    def undated(self) -> Iterable[str]:
        """One line that lists the results without a date, which would grow too old."""
        facts = self.chart.vocabulary.facts
        names = dict.fromkeys(read.place.name for read in self._known if _is_undated(read))
        if used := dict.fromkeys(facts[name].label for name in names if name in facts):
            yield f"Without a date, and taken as of {self.chart.undated}: {', '.join(used)}."


def _is_undated(read: Evidence) -> bool:
    """Is it a value without a date that would grow too old?"""
    return bool(read.until and not read.date and not read.origin)


def because_of(read: Evidence, chart: Chart, *, decides: bool = True) -> Because:
    """One datum as plain values."""
    place = read.place
    if isinstance(place, Fact):  # most are
        fact, label = place.fact, label_of(place, chart)
    else:
        fact, label = chart.once(("named", place), lambda: (str(place), label_of(place, chart)))
    return _BECAUSE(
        fact, label, read.value, read.limit, str(read.date) if read.date else "", read.origin,
        read.earlier, read.test, _WORDS[read.answer], decides, read.source, read.note,
    )  # fmt: skip


_BECAUSE: Callable[..., Because] = Because
"""Given its fields in order: by name it takes twice as long, and there are hundreds a patient."""


def _why(item: CriterionFinding, needed: str, chart: Chart) -> str:
    """The reason in one sentence; empty where the status is decided by the evidence shown.

    needed: what is to be got, in words
    """
    finding = item.finding
    if not item.applicable:
        reads = ", ".join(f"{label_of(e.place, chart)}: {e.value}" for e in finding.evidence())
        return f"does not apply ({reads})"
    if finding.answer is not UNKNOWN:
        gate = item.criterion.gate if item.status == "failed" else None
        if gate is None:
            return ""
        decisive = zip(gate.children, finding.parts, strict=True)
        return "by " + ", ".join(name for name, part in decisive if part.answer is finding.answer)
    said = REASONS[finding.reason]
    if finding.reason == "needs_person":
        said = f"ask: {finding.note}"
    elif finding.note:
        said = f"{said}: {finding.note}"
    return f"{said}; needs {needed}" if needed else said


def _what_is_missing(places: tuple[Place, ...], chart: Chart) -> tuple[list[str], str]:
    """The places as a report lists them, and what is to be got in words."""
    if not places:
        return [], ""
    return chart.pack.of_places("what is missing", places, partial(_in_words, places, chart))


def _in_words(places: tuple[Place, ...], chart: Chart) -> tuple[list[str], str]:
    each = [_label_needed(place, chart) for place in places if not isinstance(place, AnswerTo)]
    labels = list(dict.fromkeys(each))
    more = f" and {len(labels) - 4} more" if len(labels) > 4 else ""
    return list(texts(places)), f"{'; '.join(labels[:4])}{more}"


def _label_needed(place: Place, chart: Chart) -> str:
    return f"[reviewed] {place}" if isinstance(place, List) else label_of(place, chart)


def warnings_of(chart: Chart, screenings: list[Screening]) -> Iterable[str]:
    """What a reader of the report should know of the profile, a sentence each."""
    data = Data(chart)
    for screening in screenings:
        for item in screening.criteria:
            if item.criterion.gate is None:
                data.because(item.finding)
    return profile_warnings(chart, [item.trial for item in screenings], data.undated)


def profile_warnings(
    chart: Chart, trials: Iterable[Trial], undated: Callable[[], Iterable[str]] = tuple
) -> Iterable[str]:
    """What a reader should know of the profile, where it is judged by these trials.

    undated  those that take evidence: which of the values that were used have no date
    """
    yield from chart.profile.warnings
    if chart.moved:
        yield (
            "Visits planned for the screening date or later are moved with it, by "
            f"{chart.moved.days} days."
        )
    for item in chart.contradictions:
        yield f"Contradiction: {item.told}"
    yield from disagreements(chart)
    known = [trial.id for trial in chart.pack.trials]
    yield from answer_warnings(chart.profile, trials, known)
    yield from chart.vocabulary.warnings
    yield from undated()
    yield from _reviews(chart)
    yield from _future_results(chart)


def disagreements(chart: Chart) -> Iterable[str]:
    """A warning for each fact whose stated value differs from what its other facts give.

    An estimate, such as the eGFR, is warned about only where it differs by more than FAR_OFF: every
    laboratory estimates by a method of its own.
    """
    for name in chart.profile.facts:
        entry = chart.vocabulary.facts[name]
        if not entry.derive or (stated := chart.stated(name)) is None:
            continue
        derived = chart.derived(name)
        if isinstance(derived, Gap):
            continue
        estimated = any(
            isinstance(by, Formula) and FACT_FORMULAS[by.name].is_estimate for by in entry.derive
        )
        if not _differ(stated, derived, estimated=estimated):
            continue
        used = chart.results(name, chart.on)
        newest = [] if isinstance(used, Gap) else newest_of(used, chart.on)
        if len(newest) != 1:
            said = "which of them holds stays open"
        else:
            said = f"the {'derived' if newest[0] == derived else 'stated'} value is used"
        yield (
            f"{entry.label} is stated as {stated.text}, but would be derived as {derived.text} "
            f"({derived.origin}); {said}."
        )


def _differ(stated: Observation, derived: Observation, *, estimated: bool) -> bool:
    """Do the two differ, beyond the rounding of the stated number?

    Stated "4.1", derived 4.06: they agree, since 4.1 is whatever rounds to it, 4.05 to 4.15.
    """
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


def _reviews(chart: Chart) -> Iterable[str]:
    """How old the reviews are."""
    older: list[str] = []
    for name, seen in chart.profile.reviewed.items():
        if (days := (chart.on - seen.latest).days) > 0:
            older.append(f"{name} ({days} day{'s' * (days != 1)})")
        elif seen.earliest > chart.on:
            yield f"{name}: the list was reviewed on {seen}, after the date judged."
    if older:
        yield f"Lists reviewed before the date judged: {', '.join(older)}."
    based = [
        f"{name} ({', '.join(filter(None, (said.source, said.note, said.by)))})"
        for name, said in chart.profile.reviews.items()
    ]
    if based:
        yield f"On what reviews of lists rest: {', '.join(based)}."


def _future_results(chart: Chart) -> Iterable[str]:
    """A warning for each fact with a result after the date judged: either date may be wrong."""
    for name, results in chart.profile.facts.items():
        days = [item.date for item in results if item.date and item.date.earliest > chart.on]
        if days:
            label = chart.vocabulary.facts[name].label
            listed = ", ".join(dict.fromkeys(map(str, days)))
            yield (
                f"{label}: the result of {listed} lies after the date judged; it counts "
                "only for a later visit."
            )
