"""Screening again after a change of the profile: only what may differ is judged anew."""

from collections.abc import Iterator, Mapping, Sequence

from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on, evaluate, holds
from cartscreen.evaluate.screening import (
    CriterionFinding,
    Screening,
    assemble,
    judge,
    screen,
)
from cartscreen.pack.trial import Trial
from cartscreen.profile.model import Profile
from cartscreen.vocabulary import Vocabulary


class Screener:
    """Screens one patient for the same trials, while the profile grows answer by answer.

    A criterion is judged anew where a fact or a list has changed that its rules read, or from which
    that follows what they read; and every criterion, where a date of the profile has changed, the
    age, or what is in contradiction. Trials that are screened so are equal to those screened anew.
    """

    def __init__(self, trials: Sequence[Trial], *, preferred: bool = False) -> None:
        self.trials = trials
        self.preferred = preferred

    def screen(
        self, chart: Chart, before: tuple[Chart, Sequence[Screening]] | None = None
    ) -> list[Screening]:
        """The screenings by this chart; `before` are those by an earlier one of the patient."""
        changed = None if before is None else _names_changed(before[0], chart)
        if before is None or changed is None:
            return [screen(trial, chart, preferred=self.preferred) for trial in self.trials]
        reached = chart.pack.heard_of(changed)
        return [
            self._again(trial, chart, before[0], screening, reached)
            for trial, screening in zip(self.trials, before[1], strict=True)
        ]

    def _again(
        self, trial: Trial, chart: Chart, old: Chart, screening: Screening, reached: frozenset[str]
    ) -> Screening:
        answers = [one.profile.answers.get(trial.id, {}) for one in (old, chart)]
        judged: dict[str, CriterionFinding] = {}
        for item in screening.criteria:
            criterion = item.criterion
            if criterion.gate is not None:
                continue
            if answers[0] == answers[1] and reached.isdisjoint(trial.names_of[criterion.id]):
                judged[criterion.id] = item
            else:
                judged[criterion.id] = judge(criterion, trial, chart, preferred=self.preferred)
        return assemble(trial, judged, chart)


def chart_again(profile: Profile, old: Chart) -> Chart:
    """The chart after a change of the profile: `chart_on`, with what cannot have changed kept.

    The finding of a rule is kept where nothing has changed that it reads, or from which that
    follows what it reads; none, where a date has changed, the age, or what is in contradiction.
    """
    pack = old.pack
    changed = _changed(old.profile, profile, pack.vocabulary)
    if changed is None or old.earlier or old.spoken_on != old.on:
        return chart_on(profile, pack, old.on, beside=old)
    reached = pack.heard_of(changed)
    new = Chart(profile, pack, old.on, evaluate, beside=old)
    held = tuple(
        item
        for item in pack.contradictions
        if (
            item in old.contradictions
            if reached.isdisjoint(item.rule.names)
            else holds(item.rule, new)
        )
    )
    if held:
        new = Chart(profile, pack, old.on, evaluate, held, beside=new)
    if held == old.contradictions:
        for key, known in old.kept.items():
            if reached.isdisjoint(known[0].names):
                new.kept[key] = known
    return new


def _names_changed(old: Chart, new: Chart) -> set[str] | None:
    """The facts and lists that two charts say differently; None where that may bear on all."""
    if (old.on, old.spoken_on, old.conflicts) != (new.on, new.spoken_on, new.conflicts):
        return None
    if old.earlier or new.earlier or old.pack is not new.pack:
        return None
    return _changed(old.profile, new.profile, new.vocabulary)


def _changed(one: Profile, other: Profile, vocabulary: Vocabulary) -> set[str] | None:
    facts = {*_differing(one.facts, other.facts)}
    entries = (vocabulary.facts[name] for name in facts)
    if any(entry.kind == "date" or entry.is_age for entry in entries):
        return None
    lists = {
        *_differing(one.records, other.records),
        *_differing(one.reviewed, other.reviewed),
        *_differing(one.reviews, other.reviews),
    }
    return facts | lists


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[str]:
    return (name for name in {*one, *other} if one.get(name) != other.get(name))
