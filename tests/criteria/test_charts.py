"""Charts that are truthfully written down, and what must come of them: charts/*.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import SCREENING, chart_of, finding_for, merged, rule_toml, told

from cartscreen.answer import Answer
from cartscreen.errors import CartscreenError
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.report import report

FOLDER = Path(__file__).parent / "charts"
KEYS = {"name", "why", "profile", "criteria", "rules", "conflict", "refused", "sledai"}
SHORT = tomllib.loads((FOLDER / "short.toml").read_text("utf-8"))["chart"]
WHOLE = tomllib.loads((FOLDER / "whole.toml").read_text("utf-8"))
TRIALS = {trial.id: trial for trial in bundled_pack().trials}
EXAMINED = [
    name.removeprefix("sledai.")
    for name in bundled_pack().vocabulary.facts
    if name.startswith("sledai.") and not name.endswith("_due_to_lupus")
]


def data_of(row: dict[str, Any]) -> dict[str, Any]:
    """The profile of a chart; `sledai` writes the items of one visit, each absent or present."""
    data = {"dates": {"screening": SCREENING}}
    if visit := row.get("sledai"):
        left = set(visit.get("leave", []))
        present = set(visit.get("present", []))
        assert left | present <= set(EXAMINED), visit
        items = {
            item: {"value": item in present, "date": visit["on"]}
            for item in EXAMINED
            if item not in left
        }
        data["sledai"] = items
    return merged(data, row["profile"]) if "profile" in row else data


def agrees(finding: Finding, wanted: str) -> bool:
    """Is the answer as wanted: "yes", "not yes", "unknown", or "unknown, too_old"?"""
    answer = finding.answer.value
    if wanted.startswith("not "):
        return answer != wanted.removeprefix("not ")
    if ", " in wanted:
        return wanted == f"{answer}, {finding.reason}"
    assert wanted in [item.value for item in Answer], wanted
    return answer == wanted


def found(chart: Chart, row: dict[str, Any]) -> list[tuple[str, str, Finding]]:
    """What is asked of the chart, what is wanted of it, and what it says."""
    rules = [
        (rule, wanted, evaluate(rule_toml(rule), chart))
        for rule, wanted in row.get("rules", {}).items()
    ]
    for place, wanted in row.get("criteria", {}).items():
        trial, criterion = place.split(" ")
        screening = screen(TRIALS[trial], chart)
        rules.append((place, wanted, finding_for(screening, criterion).finding))
    return rules


@pytest.mark.parametrize("row", SHORT, ids=[row["name"] for row in SHORT])
def test_a_true_chart_comes_out_right(row: dict[str, Any]) -> None:
    """What the chart says is what is answered, and no more than that is decided."""
    assert row.keys() <= KEYS, row.keys() - KEYS
    on: date = row.get("profile", {}).get("dates", {}).get("screening", SCREENING)
    if refused := row.get("refused"):
        with pytest.raises(CartscreenError, match=refused):
            chart_of(data_of(row), on)
        return
    chart = chart_of(data_of(row), on)
    wrong = [
        f"{place}: wanted {wanted}, found {told(finding)}"
        for place, wanted, finding in found(chart, row)
        if not agrees(finding, wanted)
    ]
    said = " ".join(report(chart, (), file="chart.toml", date_from="profile").warnings)

    assert wrong == []
    assert [word for word in row.get("conflict", []) if word not in said] == []


@pytest.mark.parametrize("row", WHOLE["chart"], ids=[row["name"] for row in WHOLE["chart"]])
def test_a_whole_chart_leaves_open_what_the_page_leaves_open(row: dict[str, Any]) -> None:
    """Of a complete chart nothing is unknown but for want of the page or of its sponsor."""
    data = merged(WHOLE["base"], data_of({key: row[key] for key in row.keys() & KEYS}))
    chart = chart_of(data, data["dates"]["screening"])
    unknown = {}
    for trial in row["trials"]:
        open_ones = screen(TRIALS[trial], chart).counted("unknown")
        unknown[trial] = {item.criterion.id: item.finding.reason for item in open_ones}

    assert {trial: found for trial, found in unknown.items() if found} == row.get("unknown", {})
