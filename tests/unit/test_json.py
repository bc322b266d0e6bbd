"""JSON on one line is written piece by piece, and is what the whole report gives."""

import json
from pathlib import Path

from program import ADULT
from support import SCREENING, bundled_pack

from cartscreen.contract import Failure, Options, as_data
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.profile.read import parse_profile
from cartscreen.render.json import render
from cartscreen.report import report


def test_a_line_is_the_whole_report() -> None:
    """The same bytes as of the whole at once, with all criteria and with some."""
    content = Path(ADULT).read_bytes()
    profile = parse_profile(content, bundled_pack().vocabulary, "P.toml")
    chart = chart_on(profile, bundled_pack(), SCREENING)
    for options in (Options(), Options(only=["failed"])):
        made = report(
            chart, bundled_pack().trials, file="P.toml", date_from="profile", options=options
        )

        assert render(made, lines=True) == json.dumps(as_data(made))


def test_a_failure_is_one_line() -> None:
    failure = Failure(file="P.toml", error=["line 1: no", "line 2: no"])

    assert render(failure, lines=True) == json.dumps(as_data(failure))
