"""What page 3 says of its dose levels, by hand, and what a published 3+3 says of the same DLTs."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from ledgers import TRIAL, judged, rows_of
from support import ROOT

from cartscreen.escalation.contract import SaidReport
from cartscreen.escalation.table import (
    OPTIONS,
    State,
    empty,
    moves,
    next_level,
    reachable,
    said_of,
)
from cartscreen.frozen import replace
from cartscreen.pack.doses import Doses, Level, Rule
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial

CASES = tomllib.loads((ROOT / "tests" / "criteria" / "doses.toml").read_text("utf-8"))["case"]


def said(item: SaidReport) -> str:
    """What is said, in the form of the cases."""
    words = "the page gives no rule" if item.kind == "ask" else item.says
    places = "; ".join(" ".join(each) for each in (item.clauses, item.gaps) if each)
    return f"{words}: {places}"


def holds(case: dict[str, Any], trial: Trial = TRIAL) -> None:
    """Raises AssertionError where the report on a case is not what its row says."""
    report = judged(case["patients"], trial)
    against = [
        " ".join((item.weight, item.patient, *item.clauses, *item.gaps)) for item in report.breaches
    ]
    ways = [
        f"{way.what.partition(': ')[2]}: {', '.join(item.says for item in way.said)}"
        for way in report.ways
    ]

    assert list(map(said, report.now)) == case["says"]
    assert report.size.left_most == case["left"]
    assert report.verdict == case["gate"]
    assert report.follows is case.get("follows", True)
    assert against == case.get("against", [])
    if "ways" in case:
        assert ways == case["ways"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_page_by_hand(case: dict[str, Any]) -> None:
    """Counts, clauses, gaps, places left, each way, and what has gone against the page."""
    holds(case)


SIGNS = {
    "<": ("<=",),
    "<=": ("<",),
    "=": ("<=", ">="),
    ">=": (">", "="),
    ">": (">=", "="),
}


def changes(rule: Rule) -> Iterator[Rule]:
    """The rule with one test left out, turned round or moved by one, another number, or no gap."""
    for at, test in enumerate(rule.when):
        others = [replace(test, negated=not test.negated)]
        if test.sign:
            others = [replace(test, number=test.number + by) for by in (-1, 1)]
            others += [replace(test, sign=sign) for sign in SIGNS[test.sign]]
        for tests in ((), *((other,) for other in others)):
            yield replace(rule, when=(*rule.when[:at], *tests, *rule.when[at + 1 :]))
    if rule.to:
        yield from (replace(rule, to=rule.to + by) for by in (-1, 1))
    for gap in rule.gaps:
        yield replace(rule, gaps=tuple(name for name in rule.gaps if name != gap))


def meaning(doses: Doses) -> list[object]:
    """What is said of every state; of what goes beyond the page's three, only where it leads."""
    return [
        (
            state,
            [(item.key, item.rule.by, item.rule.gaps) for item in found if not item.rule.beyond],
            {level: said.key for level, said in moves(doses, state).items()},
        )
        for state in STATES
        for found in [said_of(doses, state)]
    ]


STATES = [*reachable(TRIAL.doses)]


@pytest.mark.mutation
@pytest.mark.parametrize("number", range(len(TRIAL.doses.rules)))
def test_a_case_notices_each_change_of_a_rule(number: int) -> None:
    """A change that alters what is said of any state, some case above notices."""
    doses = TRIAL.doses
    unnoticed = []
    for rule in changes(doses.rules[number]):
        changed = replace(doses, rules=(*doses.rules[:number], rule, *doses.rules[number + 1 :]))
        if meaning(changed) != meaning(doses):
            try:
                for case in CASES:
                    holds(case, replace(TRIAL, doses=changed))
            except (AssertionError, KeyError):
                continue
            unnoticed.append(rule)

    assert unnoticed == []


def test_expansion_cases_are_shown_and_not_counted() -> None:
    """Two of six expansion cases had an event: it is shown, and the DLTs stay what they are."""
    _, second = judged("1NNN 2NNN 2+NNNNTT").levels

    assert (second.evaluated, second.dlt) == (3, 0)
    assert (second.expansion, second.expansion_dlt) == (6, 2)


def test_next_patient_both_ways() -> None:
    """Where nobody is pending, the next patient's DLT is tried both ways."""
    report = judged("1NNT 1NN")

    assert [(way.what, [item.says for item in way.said]) for way in report.ways] == [
        ("next at DL1: no DLT", ["DL2 is the next level"]),
        ("next at DL1: DLT", ["DL1 exceeds the MTD", _asks("G5")]),
    ]


def _asks(gap: str) -> str:
    return f"the page gives no rule: {TRIAL.doses.gap[gap].asks}"


@pytest.mark.parametrize(
    ("trial", "level", "weight", "cells"),
    [
        ("rd06-04-sle", "DL1", 52, 5_200_000),
        ("rd06-04-sle", "DL2", 60, 30_000_000),
        ("cd19-csle", "low", 30, 900_000),
        ("cd19-csle", "middle", 30, 3_000_000),
        ("cd19-csle", "high", 30, 9_000_000),
    ],
)
def test_dose_of_a_weight(trial: str, level: str, weight: int, cells: int) -> None:
    """The levels as printed on pages 3 and 4, for a weight, by hand."""
    (chosen,) = bundled_pack().select([trial])

    assert chosen.doses.levels[chosen.doses.number_of(level)].dose * weight == cells


def test_what_the_other_pages_give() -> None:
    """Page 0 has a limit of size, page 4 three levels, pages 1 and 2 neither; none has a rule."""
    found = {
        trial.id: (len(trial.doses.levels), trial.doses.most, len(trial.doses.rules))
        for trial in bundled_pack().trials
        if trial.id != "rd06-04-sle"
    }

    assert found == {
        "ucar-cd19-bcma-sle": (0, 18, 0),
        "auto-cd19-bcma-aid": (0, None, 0),
        "bcma-cd70-csle": (0, None, 0),
        "cd19-csle": (3, None, 0),
    }


# A published implementation: the R package escalation of K. Brock (github.com/brockk/escalation),
# its tests of three_plus_three() with five doses and de-escalation. A number is the dose of the
# next patient; "stop at 5" ends with that dose recommended, "stop" with none.

PUBLISHED = """
= 1
1N = 1
1T = 1
1NN = 1
1NT = 1
1NNN = 2
1NNT = 1
1NTT = stop
1TTT = stop
1NNN 2N = 2
1NNN 2T = 2
1NNN 2NN = 2
1NNN 2NT = 2
1NNN 2NNN = 3
1NNN 2NNT = 2
1NNN 2NTT = 1
1NNN 2TTT = 1
1NNN 2NNT 2N = 2
1NNN 2NNT 2NN = 2
1NNN 2NNT 2NNN = 3
1NNN 2NNT 2NNT = 1
1NNN 2NNT 2NTT = 1
1NNN 2NNN 3NNN 4NNN 5N = 5
1NNN 2NNN 3NNN 4NNN 5NN = 5
1NNN 2NNN 3NNN 4NNN 5NNN = stop at 5
1NNN 2NNN 3NNN 4NNN 5NNT = 5
1NNN 2NNN 3NNN 4NNN 5NTT = 4
1NNN 2NNN 3NNN 4NNN 5TTT = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5N = 5
1NNN 2NNN 3NNN 4NNN 5NNT 5NN = 5
1NNN 2NNN 3NNN 4NNN 5NNT 5NNN = stop at 5
1NNN 2NNN 3NNN 4NNN 5NNT 5NNT = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5NTT = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4N = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4T = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NN = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NT = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NNN = stop at 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NNT = stop at 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4TTT = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3N = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3T = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3NN = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3NT = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3NNN = stop at 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3NNT = stop at 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3NTT = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2N = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2T = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NN = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NT = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NNN = stop at 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NNT = stop at 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT = 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2TTT = 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1N = 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1T = 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1NN = 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1NT = 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1NNN = stop at 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1NNT = stop at 1
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1NTT = stop
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1TTT = stop
1NNN 2NNN 3NTT = 2
1NNN 2NNN 2NNN 3NTT = stop at 2
1NNT 1NNN 2NNN 3NTT = 2
1NNT 1NNN 2NNT 2NNN 3NTT = stop at 2
"""
CERTAIN = """
1TT = 1
1NNN 2TT = 2
1NNN 2NNT 2T = 2
1NNN 2NNT 2NT = 2
1NNN 2NNT 2TT = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5NT = 5
1NNN 2NNN 3NNN 4NNN 5NNT 5TT = 5
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4TT = 4
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TT = 3
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2TT = 2
1NNN 2NNN 3NNN 4NNN 5NNT 5TTT 4NTT 3TTT 2NTT 1TT = 1
"""
"""Where the two differ: the published one counts whole cohorts only, and treats on at this dose."""


def five_levels() -> Doses:
    """The page's rules over five levels, and without its limit of 12, which one of them reaches."""
    levels = tuple(Level(f"DL{n}", TRIAL.doses.levels[0].dose * n, "") for n in range(1, 6))
    return replace(TRIAL.doses, levels=levels, most=40)


FIVE = five_levels()


def state_of(words: str) -> State:
    state = [*empty(FIVE)]
    for word in words.split():
        level = int(word[0]) - 1
        for letter in word[1:]:
            state[level] = state[level].with_one(dlt=letter == "T")
    return tuple(state)


def lines_of(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^(.*?) ?= (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize(("words", "expected"), lines_of(PUBLISHED))
def test_page_and_published_3_plus_3_agree(words: str, expected: str) -> None:
    """The next dose, or the dose that the evaluation ends with."""
    found = [item for item in said_of(FIVE, state_of(words)) if not item.rule.beyond]
    following = [level + 1 for item in found if (level := next_level(item)) is not None]
    ended = [item.levels[0] + 1 for item in found if item.kind == "complete"]

    if expected == "stop":
        assert [item.kind for item in found if item.kind in (*OPTIONS, "ask")] == ["ask"]
    elif expected.startswith("stop at "):
        assert (following, ended) == ([], [int(expected.removeprefix("stop at "))])
    else:
        assert (following, ended) == ([int(expected)], [])


@pytest.mark.parametrize(("words", "expected"), lines_of(CERTAIN))
def test_second_dlt_of_a_cohort_that_is_not_whole(words: str, expected: str) -> None:
    """2 DLTs are 2 of any 6: the level exceeds the MTD, and the published one goes on at it."""
    level = int(expected) - 1
    found = said_of(FIVE, state_of(words))

    assert level in {item.levels[0] for item in found if item.kind == "exceeds"}
    assert level not in {next_level(item) for item in found}


def test_the_vectors_are_ledgers_too() -> None:
    """The first words of the published ones, judged as ledgers of the trial itself."""
    two = [words for words, _ in lines_of(PUBLISHED) if not re.search("[345]", words)]

    assert len(two) == 22
    assert all(judged(rows_of(words)).follows for words in two)
