"""What a profile is silent on is read from a blank chart: that may say only what its own would."""

import pytest
from patients import BY_ID, PACK, TRIALS, patient
from support import profile_of

from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.pack.model import Pack

SEEDS = 6


def asked_of_itself(_: Pack, __: object) -> None:
    """No chart is blank: each works out by itself all that it says."""


@pytest.mark.parametrize("trial", TRIALS)
def test_a_chart_says_of_silence_what_it_would_work_out(
    trial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every finding, with its reasons, what is missing and what was read, is the same; and so is
    every status, what counts, and the verdict.
    """
    shown = []
    profiles = [profile_of(patient(trial, seed).data) for seed in range(SEEDS)]
    for profile in profiles:
        assert profile.screening is not None
        chart = chart_on(profile, PACK, profile.screening.earliest)
        shown.append([screen(t, chart) for t in BY_ID.values()])
    monkeypatch.setattr(Chart, "of_nobody", staticmethod(asked_of_itself))
    for profile, seen in zip(profiles, shown, strict=True):
        assert profile.screening is not None
        chart = chart_on(profile, PACK, profile.screening.earliest)
        assert [screen(t, chart) for t in BY_ID.values()] == seen
