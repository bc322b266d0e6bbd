"""The fewest answers that would decide a trial, and the smallest proof of what is decided."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cartscreen.answer import Answer
from cartscreen.contract import (
    Because,
    Status,
)
from cartscreen.evaluate.answers import answer_to, chosen
from cartscreen.evaluate.chart import Asked, Chart
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.finding import Evidence, Finding
from cartscreen.evaluate.screening import Screening, judge, left_of
from cartscreen.pack.trial import Criterion, Gate, Trial, combinations, leaves_of
from cartscreen.place import AnswerTo, List, Place, fact_place
from cartscreen.report import because_of, deciding_evidence
from cartscreen.rule.tree import Group, Records, Rule, Test
from cartscreen.wanted import in_profile


def fewest_missing(screening: Screening, chart: Chart, *, preferred: bool) -> list[str]:
    """The fewest missing names with which every criterion could match; none if one has failed.

    It supposes that each missing value turns out as the criterion that reads it needs it.
    """
    if screening.verdict != "undetermined":
        return []
    needs = _MissingRoutes(screening.trial, chart, preferred=preferred)
    top = [item for item in screening.criteria if not item.criterion.parent]
    ways = [
        needs.criterion(item.criterion, "matched") or [in_profile(item.finding.missing, chart)]
        for item in top
    ]
    return [place.name for place in _union(ways)]


class RulingOut:
    """Which missing places may each alone, as it turns out, rule the patient out.

    Of a trial that excludes a fever and, together, a cough and a cold: the fever. What was found of
    a criterion is kept for the next screening of the patient that finds the same of it.
    """

    def __init__(self, *, preferred: bool) -> None:
        self.preferred = preferred
        self._known: dict[tuple[str, str], tuple[list[Finding], set[Place]]] = {}

    def places(self, screening: Screening, chart: Chart) -> set[Place]:
        """The places that alone may rule the patient out of this trial, if it is open."""
        if screening.verdict != "undetermined":
            return set()
        trial = screening.trial
        of = {item.criterion.id: item.finding for item in screening.criteria}
        needs = _MissingRoutes(trial, chart, preferred=self.preferred)
        found: set[Place] = set()
        for item in screening.criteria:
            if item.criterion.parent or item.status != "unknown":
                continue
            key = trial.id, item.criterion.id
            findings = [of[name] for name in leaves_of(item.criterion, trial)]
            known = self._known.get(key, ([], set()))
            if [*map(id, known[0])] != [*map(id, findings)]:
                ways = needs.criterion(item.criterion, "failed")
                known = self._known[key] = findings, {way[0] for way in ways if len(way) == 1}
            found |= known[1]
        return found


def smallest_proof(screening: Screening, chart: Chart, *, preferred: bool) -> list[Because]:
    """The fewest data that rule the patient out; none where no criterion has failed."""
    proofs = _ProofRoutes(screening.trial, chart, preferred=preferred)
    top = [item for item in screening.criteria if not item.criterion.parent]
    failed = [item.criterion for item in top if item.status == "failed"]
    found = [proof for criterion in failed for proof in proofs.criterion(criterion, "failed")]
    return [because_of(read, chart) for read in min(found, key=len, default=())]


_Route = tuple[Any, ...]
"""What together brings a rule to an answer: missing places, or the data that were read."""

_MOST_ROUTES = 100


class _Routes(ABC):
    """The routes by which a criterion comes to a status: each suffices, and none holds another.

    Of "A or (B and C)" the routes to YES are (A) and (B, C). A subclass says what the routes of a
    single test, question or list are.
    """

    def __init__(self, trial: Trial, chart: Chart, *, preferred: bool) -> None:
        self.trial = trial
        self.chart = chart
        self.preferred = preferred

    @abstractmethod
    def leaf(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Route]:
        """The routes by which a test, a question or a rule on a list gets the wanted answer."""

    @abstractmethod
    def read(self, criterion: Criterion, given: Mapping[str, str]) -> list[_Route]:
        """The ways in which the labels of some choices are given, beside those decided."""

    def criterion(self, criterion: Criterion, status: Status) -> list[_Route]:
        wanted = (
            Answer.YES if (criterion.kind == "inclusion") == (status == "matched") else Answer.NO
        )
        if criterion.gate is not None:
            ways = self._gate(criterion.gate, wanted, status)
        else:
            ways = self._readings(criterion, wanted)
        if criterion.applies is None:
            return ways
        applies = evaluate(criterion.applies, self.chart)
        if status == "failed":
            return _k_of(2, [ways, self._rule(criterion.applies, applies, Answer.YES)])
        return _minimal([*ways, *self._rule(criterion.applies, applies, Answer.NO)])

    def _gate(self, part: str | Gate, wanted: Answer, status: Status) -> list[_Route]:
        if isinstance(part, str):
            return self.criterion(self.trial.by_id[part], status)
        below = [self._gate(inner, wanted, status) for inner in part.parts]
        return _k_of(_parts_needed(part.k, below, wanted), below)

    def _readings(self, criterion: Criterion, wanted: Answer) -> list[_Route]:
        profile = self.chart.profile
        asked = Asked(criterion.id, answer_to(criterion, self.trial, profile))
        found = tuple(evaluate(r.rule, self.chart, asked) for r in criterion.readings)
        decided = chosen(criterion, self.trial, profile, preferred=self.preferred)
        labels = {name: item.label for name, item in decided.items()}
        free = {name: of for name, of in criterion.choices.items() if name not in labels}
        each = {
            reading.labels: self._rule(reading.rule, finding, wanted)
            for reading, finding in zip(criterion.readings, found, strict=True)
        }
        ways: list[_Route] = []
        for tried in combinations({name: ("", *of) for name, of in free.items()}):
            given = {name: label for name, label in tried.items() if label}
            left = left_of(criterion, found, {**labels, **given})
            holds = [each[reading.labels] for reading, _ in left]
            ways += _k_of(len(holds) + 1, [self.read(criterion, given), *holds])
        return _minimal(ways)

    def _rule(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Route]:
        if not isinstance(rule, Group):
            return self.leaf(rule, finding, wanted)
        inner = ~wanted if rule.none else wanted
        parts = zip(rule.rules, finding.parts, strict=True)
        below = [self._rule(part, found, inner) for part, found in parts]
        return _k_of(_parts_needed(rule.k, below, inner), below)


class _MissingRoutes(_Routes):
    """Routes made of the missing places that somebody would have to get."""

    def leaf(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Route]:
        if finding.answer is not Answer.UNKNOWN:
            return [()] if finding.answer is wanted else []
        missing = in_profile(finding.missing, self.chart)
        match rule:
            case Test(fact=fact) if fact_place(fact) in missing and len(missing) > 1:
                # the fact itself is stated, or else all that it could be derived from
                own = fact_place(fact)
                return [(own,), tuple(place for place in missing if place != own)]
            case Records(name=name, k=k) if wanted is Answer.YES:
                if List(name) in missing:  # an entry that is not listed yet may be the one
                    return [(List(name),)]
                sure = sum(part.answer is Answer.YES for part in finding.parts)
                open_ = [
                    [in_profile(part.missing, self.chart)]
                    for part in finding.parts
                    if part.answer is Answer.UNKNOWN
                ]
                return _k_of(k - sure, open_) or [missing]
        return [missing]

    def read(self, criterion: Criterion, given: Mapping[str, str]) -> list[_Route]:  # noqa: ARG002
        return [tuple(AnswerTo(choice) for choice in given)]


class _ProofRoutes(_Routes):
    """Routes made of the data that were read; a datum that several tests read counts once."""

    def __init__(self, trial: Trial, chart: Chart, *, preferred: bool) -> None:
        super().__init__(trial, chart, preferred=preferred)
        self.data: dict[tuple[Place, str, str], Evidence] = {}

    def leaf(self, rule: Rule, finding: Finding, wanted: Answer) -> list[_Route]:  # noqa: ARG002
        if finding.answer is not wanted:
            return []
        read = deciding_evidence(finding)
        data = [self.data.setdefault((e.place, e.value, str(e.date)), e) for e in read]
        return [tuple(dict.fromkeys(data))]

    def read(self, criterion: Criterion, given: Mapping[str, str]) -> list[_Route]:
        if given:
            return []
        finding = judge(criterion, self.trial, self.chart, preferred=self.preferred).finding
        choices = [AnswerTo(choice) for choice in criterion.choices]
        return [tuple(read for read in finding.evidence() if read.place in choices)]


def _parts_needed(k: int, parts: list[Any], wanted: Answer) -> int:
    """How many parts must get the wanted answer for "at least k of them" to get it.

    For YES, k of them; for NO, so many that fewer than k are left.
    """
    return k if wanted is Answer.YES else len(parts) - k + 1


def _k_of(k: int, parts: list[list[_Route]]) -> list[_Route]:
    """The routes by which k of the parts come about: one route of each of the k, joined."""
    ways: list[list[_Route]] = [[()], *([] for _ in range(k))]
    for left, options in zip(reversed(range(len(parts))), parts, strict=True):
        for count in range(k, max(0, k - left - 1), -1):  # with fewer, those left are too few
            more = [tuple(dict.fromkeys((*a, *b))) for a in ways[count - 1] for b in options]
            ways[count] = _minimal([*ways[count], *more])
    return ways[k]


def _minimal(ways: list[_Route]) -> list[_Route]:
    """The routes that contain no other, the shortest first; at most _MOST_ROUTES of them."""
    found: list[tuple[_Route, frozenset[Any]]] = []
    for way in sorted(ways, key=len):
        names = frozenset(way)
        if not any(other <= names for _, other in found):
            found.append((way, names))
        if len(found) == _MOST_ROUTES:
            break
    return [way for way, _ in found]


def _union(parts: list[list[_Route]]) -> list[Any]:
    """One route of each part, chosen so that together they need the fewest names.

    The names stand in the order of the parts. Routes of one part that differ only in names which no
    other part asks for are equally good, so only the shortest of them is tried.
    """
    named = [dict.fromkeys(name for way in ways for name in way) for ways in parts]
    asking = Counter(name for names in named for name in names)
    kept: list[list[_Route]] = []
    for ways in parts:
        best: list[_Route] = []
        for way in ways:
            shared = {name for name in way if asking[name] > 1}
            if not any(len({*other} - shared) <= len({*way} - shared) for other in best):
                best.append(way)
        kept.append(best)
    fewest = min(_k_of(len(kept), sorted(kept, key=len)), key=len, default=())
    return [name for name in asking if name in fewest]
