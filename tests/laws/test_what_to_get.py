"""What to get: `check` and `plan` say the same of it."""

from pathlib import Path

import pytest
from draws import thinned
from support import ROOT, TRIALS, cases_of, chart_of

from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.place import texts
from cartscreen.plan.plan import plan
from cartscreen.profile.read import parse_profile
from cartscreen.report import report
from cartscreen.wanted import EFFORT, awaited, wanted

PACK = bundled_pack()
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


def chart_in(path: Path) -> Chart:
    """The chart of an example on its own screening date."""
    profile = parse_profile(path.read_bytes(), PACK.vocabulary, path.name)
    assert profile.screening is not None
    return chart_on(profile, PACK, profile.screening.earliest)


@pytest.mark.parametrize("path", thinned(EXAMPLES, 4), ids=lambda path: path.stem)
def test_what_check_lists_next_is_what_the_plan_wants(path: Path) -> None:
    """The same facts in the same order; the plan adds only what each value would decide."""
    chart = chart_in(path)
    checked = report(chart, PACK.trials, file="", date_from="profile").next
    planned = plan(chart, PACK.trials, file="", date_from="profile", days=1).wanted

    assert [item.fact for item in checked] == [item.fact for item in planned]
    for listed, found in zip(checked, planned, strict=True):
        assert dict(listed) == {key: getattr(found, key) for key in dict(listed)}


@pytest.mark.parametrize("trial", TRIALS)
def test_the_best_stands_first_and_each_settles_something(trial: str) -> None:
    """More trials before fewer, less effort before more; each is missing where it is said to be.

    Of all cases of a trial every 80th; with DRAWS=10000, each.
    """
    for case in thinned(cases_of(trial)[1], 80):
        chart = chart_of(case.data, case.on)
        screenings = [screen(each, chart) for each in PACK.trials]
        listed = wanted(screenings, chart)
        ranks = [(-len(item.trials), EFFORT.index(item.obtain), -len(item.open)) for item in listed]
        waiting = {
            (screening.trial.id, item.criterion.id)
            for screening in screenings
            if screening.verdict == "undetermined"
            for item in awaited(screening)
        }

        assert ranks == sorted(ranks), case
        assert len({item.place.name for item in listed}) == len(listed), case
        for item in listed:
            open_ = {(each.trial.id, each.criterion.id) for each in item.open}
            assert open_, case
            assert open_ <= waiting, case
            assert all(item.label and texts([item.place]) for item in listed)
