"""JSON is written from the records as they are declared, and is what the report as data gives."""

import json
from pathlib import Path

import pytest
from program import ADULT
from support import SCREENING, bundled_pack

from cartscreen.contract import Common, Counts, Failure, Options, PackId, as_data
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.profile.read import parse_profile
from cartscreen.render.json import render
from cartscreen.report import report


@pytest.mark.parametrize("long", [0, 1000])
def test_what_is_written_is_the_report_as_data(long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes, on one line and indented, with all criteria and with some.

    However long a list must be to be written a datum at a time.
    """
    monkeypatch.setattr("cartscreen.contract._LONG", long)
    content = Path(ADULT).read_bytes()
    profile = parse_profile(content, bundled_pack().vocabulary, "P.toml")
    chart = chart_on(profile, bundled_pack(), SCREENING)
    for options in (Options(), Options(only=["failed"])):
        made = report(
            chart, bundled_pack().trials, file="P.toml", date_from="profile", options=options
        )

        assert "".join(render(made, lines=True)) == json.dumps(as_data(made))
        assert "".join(render(made, lines=False)) == json.dumps(as_data(made), indent=2)


def test_a_failure_is_one_line() -> None:
    failure = Failure(file="P.toml", error=["line 1: no", "line 2: no"])

    assert "".join(render(failure, lines=True)) == json.dumps(as_data(failure))


def test_what_records_have_in_common_tells_them_from_no_other() -> None:
    """A record is equal to the one made of all its values, and is written in the same way."""
    values = dict.fromkeys(PackId.model_fields, "50 % \0 \u03bcg") | {"bundled": True}
    whole = PackId(**values)  # type: ignore[arg-type]
    test = Common(PackId, version=values["version"], bundled=True)
    del values["version"], values["bundled"]

    assert test.record(**values) == whole
    assert test.record(**values).json(1) == whole.json(1)
    assert test.record(**values).shared().json() == json.dumps(whole.model_dump())
    assert (
        Common(Counts, matched=1).record(failed=2, unknown=3).json()
        == Counts(matched=1, failed=2, unknown=3).json()
    )


def test_a_record_with_values_in_common_has_its_defaults_and_no_other_field() -> None:
    options = Common(Options, readings="preferred")

    assert options.record(set=["lab.alt = 1"]).typed == "--set 'lab.alt = 1' --readings preferred"
    with pytest.raises(TypeError, match="odd"):
        options.record(odd=1)
