"""Verdicts: a line for each patient and trial, which says what the report says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from program import ADULT, EXAMPLES, FITS, profile, run, tiny_pack

from cartscreen.contract import VerdictLine
from cartscreen.schema import verdict_schema

FILES = sorted(map(str, EXAMPLES.glob("*.toml")))


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_a_line_says_what_the_report_says_of_its_trial() -> None:
    """Head, verdict and counts are the report's, and each counted criterion is named once."""
    reports = lines(run("check", *FILES, "--format", "ndjson").out)
    found = iter(lines(run("check", *FILES, "--format", "verdicts").out))
    head = set(VerdictLine.model_fields) - {"schema_", "warnings", "verdict", "counts"}
    head -= {"trial", "registry", "failed", "unknown"}

    for report in reports:
        for trial in report["trials"]:
            line = next(found)
            assert {key: line[key] for key in head} == {key: report[key] for key in head}
            assert (line["trial"], line["registry"]) == (trial["id"], trial["registry"])
            assert (line["verdict"], line["counts"]) == (trial["verdict"], trial["counts"])
            for status in ("failed", "unknown"):
                assert line[status] == [
                    item["id"]
                    for item in trial["criteria"]
                    if item["counted"] and item["status"] == status
                ]
            undated = [said for said in report["warnings"] if said.startswith("Without a date")]
            assert line["warnings"] == [said for said in report["warnings"] if said not in undated]
    assert next(found, None) is None


def test_lines_are_valid_by_their_schema(tmp_path: Path) -> None:
    """So is the line of a file that could not be read; a line that says more or less is not."""
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = 1\n")
    done = run("check", ADULT, broken, "--format", "verdicts", "--set", "lab.alt=1 U/L")
    assert done.code == 2, "one patient alone is changed"
    done = run("check", ADULT, broken, "--format", "verdicts")
    schema = Draft202012Validator(verdict_schema())
    first, *_, last = lines(done.out)

    assert done.code == 3
    assert schema.is_valid(first)
    assert VerdictLine.model_validate(first)
    assert schema.is_valid(last)
    assert (last["file"], len(last["error"])) == (str(broken), 1)
    assert not schema.is_valid({**first, "more": 1})
    assert not schema.is_valid({key: value for key, value in first.items() if key != "verdict"})


def test_options_and_what_if_are_told(tmp_path: Path) -> None:
    """As in a report: what was asked for, and that it was not the profile alone."""
    asked = ["--set", "lab.neutrophils=0.5 10^9/L", "--criteria", tiny_pack(tmp_path)]
    done = run("check", profile(tmp_path, **FITS), *asked, "--format", "verdicts", "--gate")
    (line,) = lines(done.out)

    assert done.code == 10
    assert (line["verdict"], line["failed"], line["unknown"]) == ("ineligible", ["I1"], [])
    assert line["options"]["set"] == ["lab.neutrophils=0.5 10^9/L"]
    assert "What if" in line["warnings"][0]


@pytest.mark.parametrize("option", [["--only", "failed"], ["--all"], ["--summary"]])
def test_no_option_leaves_criteria_out(option: list[str]) -> None:
    """The lists of a line are whole; what belongs to other formats is wrong usage."""
    done = run("check", ADULT, "--format", "verdicts", *option)

    assert (done.code, done.out) == (2, "")
