"""Every criterion of every trial, by the cases of criteria/cases/."""

from datetime import date
from functools import cache

import pytest
from support import TRIALS, Case, cases_of, chart_of

from cartscreen.answer import Answer
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.compiled import Compiled
from cartscreen.evaluate.screening import CriterionFinding, Screening, screen
from cartscreen.frozen import replace
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial
from cartscreen.profile.model import Profile

PACK = {trial.id: trial for trial in bundled_pack().trials}
COMPILED = Compiled(bundled_pack(), bundled_pack().trials)
ALL = [case for trial in TRIALS for case in cases_of(trial)[1]]


@cache
def part_of(trial: str, criterion: str) -> Trial:
    """The trial without what a criterion does not depend on: itself, and what its gate names."""
    whole = PACK[trial]
    wanted, ahead = set[str](), [criterion]
    while ahead:
        name = ahead.pop()
        wanted.add(name)
        if gate := whole.by_id[name].gate:
            ahead += gate.children
    return Trial(whole.about, tuple(item for item in whole.criteria if item.id in wanted))


def found(case: Case, chart: Chart) -> CriterionFinding:
    screening = screen(part_of(case.trial, case.criterion), chart)
    return next(item for item in screening.criteria if item.criterion.id == case.criterion)


def found_compiled(case: Case, profile: Profile) -> tuple[Answer, bool]:
    """What the compiled rules say of it."""
    names = part_of(case.trial, case.criterion).by_id
    trial = next(item for item in COMPILED.compiled if item.trial.id == case.trial)
    part = replace(trial, items=tuple(item for item in trial.items if item.name in names))
    answers, spared = part.judged(COMPILED.chart_on(profile, case.on))
    return answers[case.criterion], case.criterion not in spared


@pytest.mark.parametrize("case", ALL, ids=str)
def test_case(case: Case) -> None:
    """The criterion answers as the page says it should; so do its rules where they are compiled."""
    chart = chart_of(case.data, case.on)
    item = found(case, chart)

    assert item.answer.value == case.expect
    assert item.applicable is case.applicable
    assert found_compiled(case, chart.profile) == (item.answer, item.applicable)
    if case.reason:
        assert item.finding.reason == case.reason


@pytest.mark.parametrize("trial", TRIALS)
def test_full_profile_is_eligible(trial: str) -> None:
    """The [full] profile of each trial's cases matches every criterion."""
    full, _ = cases_of(trial)
    screening = screen(PACK[trial], chart_of(full, full["dates"]["screening"]))

    assert _not_matched(screening) == []
    assert screening.verdict == "eligible"


def _not_matched(screening: Screening) -> list[str]:
    return [
        f"{item.criterion.id} {item.finding.reason} {item.finding.missing}"
        for item in screening.criteria
        if item.status != "matched" and (item.counted or not item.criterion.parent)
    ]


@pytest.mark.parametrize("trial", PACK)
def test_blank_profile_is_unknown_throughout(trial: str) -> None:
    """A blank profile answers UNKNOWN to every criterion, and is neither eligible nor not."""
    screening = screen(PACK[trial], chart_of({}, date(2025, 6, 2)))
    decided = [
        item.criterion.id for item in screening.criteria if item.answer is not Answer.UNKNOWN
    ]

    assert decided == []
    assert screening.verdict == "undetermined"


@pytest.mark.parametrize("trial", PACK)
def test_cases_name_criteria_of_the_trial(trial: str) -> None:
    """No case tests a criterion that the trial does not have, and no two have one name."""
    _, cases = cases_of(trial)

    assert [case.criterion for case in cases if case.criterion not in PACK[trial].by_id] == []
    assert len({str(case) for case in cases}) == len(cases)
