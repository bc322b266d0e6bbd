"""Law: what is kept after a change of the profile is what would be found anew."""

from datetime import date
from random import Random

import pytest
from draws import DRAWS
from patients import PACK, patient
from support import TRIALS, profile_of

from cartscreen.evaluate.again import chart_again
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.frozen import replace
from cartscreen.profile.model import Profile


def changed(profile: Profile, rng: Random) -> Profile:
    """A profile that says nothing any more of a fact, a list or a review."""
    part = rng.choice([name for name in ("facts", "records", "reviewed") if getattr(profile, name)])
    said = dict(getattr(profile, part))
    del said[rng.choice(sorted(said))]
    return replace(profile, **{part: said})


@pytest.mark.parametrize("trial", TRIALS)
def test_a_chart_made_again_says_what_a_new_one_does(trial: str) -> None:
    """Of each criterion, with all reasons; whatever of the profile has changed."""
    judged = next(one for one in PACK.trials if one.id == trial)
    for seed in range(max(1, DRAWS // 100)):
        found = patient(trial, seed)
        profile, on = profile_of(found.data), found.data["dates"]["screening"]
        assert isinstance(on, date)
        before = chart_on(profile, PACK, on)
        screen(judged, before)
        for other in (changed(profile, Random(n)) for n in range(5)):
            again, new = chart_again(other, before), chart_on(other, PACK, on)

            assert again.conflicts == new.conflicts
            assert screen(judged, again) == screen(judged, new), found
