"""SRI-4, LLDAS and DORIS of cd19-csle: cases worked out by hand, by the page and by the paper."""

from typing import Any

import pytest
from followed import CASES, outcome, patient_of, responded

from cartscreen.response.contract import DefinitionReport

SAID = {"met": "yes", "not met": "no", "open": "open"}


def told(found: DefinitionReport) -> str:
    """The answer in a word, "reading" where it is open because readings differ."""
    by_reading = [item for item in found.components if item.reason == "depends_on_reading"]
    others = [item for item in found.components if item.answer == "unknown"]
    return "reading" if found.status == "open" and by_reading == others else SAID[found.status]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    """The page says what the case expects, and so does the published definition."""
    found = outcome(responded(patient_of(case)), case["outcome"])

    assert found.published is not None
    assert told(found) == case["page"], found.why
    assert told(found.published) == case.get("published", case["page"]), found.published.why
    components = (*found.components, *found.published.components)
    said = {item.label: item.answer for part in components for item in part.readings}
    expected = case.get("readings", {})
    assert {label: said[label] for label in expected} == expected
