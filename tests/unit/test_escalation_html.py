"""The page of `escalation`: it says all that the report holds, and what a ledger says stays text.

What every page of HTML has in common is held by test_pages.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from ledgers import FIRST, judged, rows_of
from pages import Page, spoilt

from cartscreen.escalation.contract import Escalation
from cartscreen.escalation.words import BASIS
from cartscreen.render.escalation import html

SCRIPT = "<script>alert(1)</script>"
WORDS_OF_OURS = {"schema_", "kind", "verdict", "basis", "as_of_from"}


def full(name: str = "E-1") -> Escalation:
    """A study with something in every part of the report.

    After one DLT of three at DL2 a second has come, and still a patient was treated there; one was
    given too little; one is pending, one cannot be evaluated, one is enrolled and not treated.
    """
    rows = rows_of("1NNN 2NNT 2T 2N 1P 2+T")
    rows[0] |= {"given": "8e4 cells/kg"}
    rows[5] |= {"term": "neurotoxicity", "grade": 3, "note": "resolved"}
    there = {"level": "DL1", "enrolled": FIRST}
    rows.append({**there, "patient": name, "infusion": FIRST, "evaluable": False, "why": "relapse"})
    rows.append({**there, "patient": f"{name}, second"})
    return judged(
        rows,
        suppose=("DL1: 0 of 1",),
        answer=[
            {"gap": "G1", "says": "four weeks", "value": "28 days", "source": "protocol 6.3"},
            {"gap": "G16", "says": "close", "value": "10 %", "source": "protocol 4", "date": FIRST},
        ],
        decision=[
            {"clause": "P2c", "date": FIRST + timedelta(days=9), "by": "board", "note": "minutes 7"}
        ],
    )


def texts(value: Any, key: str = "") -> Iterator[str]:
    """Each text of a report that is data."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from texts(inner, name)
        case list():
            for inner in value:
                yield from texts(inner, key)
        case str() if key not in WORDS_OF_OURS:
            yield " ".join(value.split())


@pytest.mark.parametrize("words", ["", "1NNN 2NTT", "2NNN", "1NTT", "1NNT 1NNN 2NNP", "full"])
def test_nothing_of_the_report_is_left_out(words: str) -> None:
    """Every text of it stands on the page: names, clauses, places, questions, hashes, notice."""
    report = full() if words == "full" else judged(words)
    page = Page(html(report)).words

    assert [text for text in texts(report.model_dump()) if text not in page] == []
    assert {BASIS[said.basis] for said in report.now if BASIS[said.basis] not in page} == set()


def test_full_study_has_every_part() -> None:
    """So that the other tests miss none: no list of that report is empty."""
    report = full().model_dump()

    assert [name for name, value in report.items() if value in ([], "")] == ["depends_on"]


def test_counts_stand_in_a_row_for_each_level() -> None:
    """Three of DL1 and two of DL2 evaluated, one at DL2 with a DLT, one there pending."""
    page = Page(html(judged("1NNN 2NTP"))).words

    assert "DL1 1 x 10^5 cells/kg 3 3 3 0 0 0" in page
    assert "DL2 5 x 10^5 cells/kg 3 3 2 1 1 2.3 0" in page
    assert "6 treated, of at most 12 (Summary, case expansion): 6 left" in page


def test_clauses_and_gaps_lead_to_their_words() -> None:
    """A clause leads to its restatement, a gap to its question, also where only a way names it."""
    page = Page(html(judged("1NNN 2NTP")))

    assert {"#clause-P2a", "#clause-P3", "#gap-G6", "#gap-G20"} <= set(page.named("href"))
    assert set(page.named("href")) <= {f"#{name}" for name in page.named("id")}


def test_what_is_supposed_is_said_on_every_sheet() -> None:
    """Title, text, and the line that each printed page repeats: nobody files it as what is so."""
    text = html(judged("1NNN", suppose=("DL2: 1 of 3",)))
    says = "What if: DL2: 1 of 3 (further patients)"

    assert "2026-12-01 (what if)</title>" in text
    assert f"as of 2026-12-01. {says}</p></div>" in text
    assert f'<p class="supposed">{says}</p>' in text


def test_a_ledger_makes_no_element() -> None:
    """A pseudonym is text, and whatever is in a report: the page has the same elements."""
    tame, named = Page(html(full())), html(full(SCRIPT))
    data = spoilt(full().model_dump())
    data["tool"]["name"] = "cartscreen"
    for event, was in zip(data["events"], full().events, strict=True):
        event["what"] = was.what
    hostile = Page(html(Escalation.model_validate(data)))

    assert Page(named).tags == tame.tags == hostile.tags
    assert hostile.faults == []
    assert "<script" not in named
    assert f"{SCRIPT} DL1 not evaluable" in Page(named).words
