"""Laws of the decision table: they hold in every state that following the page can lead to."""

from collections import Counter
from functools import cache
from itertools import product

import pytest
from ledgers import TRIAL, judged, rows_of

from cartscreen.escalation.table import (
    State,
    exceeded,
    follows,
    moves,
    patients,
    reachable,
    said_of,
)
from cartscreen.frozen import replace
from cartscreen.pack.doses import Doses, Level

DOSES = TRIAL.doses
THREE = replace(
    DOSES,
    levels=(*DOSES.levels, Level("DL3", DOSES.levels[1].dose * 5, "")),
    most=12,
)
"""The page's rules over three levels: no law is about two."""

STATES = [(doses, state) for doses in (DOSES, THREE) for state in reachable(doses)]


exceeded, moves, said_of = cache(exceeded), cache(moves), cache(said_of)


def treated_next(doses: Doses, state: State) -> set[int]:
    """The levels at which the page lets anybody be treated next."""
    expanded = {
        level for item in said_of(doses, state) if item.kind == "expand" for level in item.levels
    }
    return {*moves(doses, state), *expanded}


def test_there_are_states_of_each_number_of_patients() -> None:
    """The laws below are about something: from nobody to all 12, and no state is listed twice."""
    found = Counter(patients(state) for doses, state in STATES if doses is DOSES)

    assert set(found) == set(range(13))
    assert len(STATES) == len({(len(doses.levels), state) for doses, state in STATES})


def test_never_more_patients_than_the_page_allows() -> None:
    """Never more than 12 in all, nor more than 6 at a level."""
    for doses, state in STATES:
        assert patients(state) <= (doses.most or 0)
        assert max(count.treated for count in state) <= (doses.per_level or 0)


def test_nobody_is_treated_at_or_above_a_level_that_exceeds_the_mtd() -> None:
    """Neither to complete a level, nor by escalation, nor by expansion."""
    for doses, state in STATES:
        above = exceeded(doses, state)
        assert all(level < min(above) for level in treated_next(doses, state) if above), state


def test_a_dose_in_between_lies_above_a_level_that_does_not_exceed_the_mtd() -> None:
    """And it is offered only below a level that does."""
    for doses, state in STATES:
        for item in said_of(doses, state):
            if item.kind == "between":
                assert item.levels[0] in exceeded(doses, state)
                assert item.levels[0] - 1 not in exceeded(doses, state)


def test_one_level_at_a_time() -> None:
    """While levels are evaluated, the page expects the next patient at one level only."""
    for doses, state in STATES:
        expected = [level for level, item in moves(doses, state).items() if not item.rule.beyond]
        assert len(expected) <= 1, state


def test_no_level_is_skipped() -> None:
    """The next patient is at a level that is open, or at the one above the highest open."""
    for doses, state in STATES:
        opened = sum(count.opened for count in state)
        assert all(count.opened for count in state[:opened])
        assert all(level <= opened for level in treated_next(doses, state))


def ceiling(doses: Doses, state: State) -> float:
    """The highest dose that the page allows anybody next; doses in between count half."""
    kinds = {item.kind for item in said_of(doses, state)}
    found = [-1.0, *treated_next(doses, state)]
    found += [len(doses.levels)] if "higher" in kinds else []
    found += [len(doses.levels) - 1.5] if "between" in kinds else []
    return max(found)


def test_more_dlts_never_allow_a_higher_dose() -> None:
    """One more DLT among the same patients: what exceeds the MTD still does, and no dose rises."""
    compared = 0
    known = {(len(doses.levels), state) for doses, state in STATES}
    for doses, state in STATES:
        for level, count in enumerate(state):
            if count.dlt == count.treated:
                continue
            worse = (*state[:level], replace(count, dlt=count.dlt + 1), *state[level + 1 :])
            if (len(doses.levels), worse) in known:
                compared += 1
                assert exceeded(doses, state) <= exceeded(doses, worse)
                assert ceiling(doses, worse) <= ceiling(doses, state), (state, worse)
    assert compared > 500


def test_the_page_is_never_silent_without_a_question() -> None:
    """In each state the page has an option, or the gap is a question, or all places are taken."""
    for doses, state in STATES:
        kinds = {item.kind for item in said_of(doses, state) if item.is_option}
        asks = any(item.kind == "ask" for item in said_of(doses, state))
        assert kinds or asks or patients(state) == doses.most, state


def test_exactly_one_level_is_the_mtd_and_it_has_six_patients() -> None:
    """An MTD has 6 patients and at most 1 DLT, and the level above exceeds it."""
    for doses, state in STATES:
        found = [item.levels[0] for item in said_of(doses, state) if item.kind == "mtd"]
        assert len(found) <= 1
        for level in found:
            assert (state[level].treated, state[level].dlt <= 1) == (6, True)
            assert level + 1 in exceeded(doses, state)


def test_each_reachable_state_is_found_from_its_counts() -> None:
    """`follows` looks at states that are no larger, and finds the same; one in ten is tried."""
    assert all(follows(DOSES, state) for state in [*reachable(DOSES)][::10])


@pytest.mark.parametrize(
    "words",
    ["1P", "1NP", "1NNP", "1NPP", "1PPP", "1NNT 1PP", "1NNN 2NP", "1NNN 2NTP", "1NNN 2NTT 1NNP",
     "1NNN 2TTP", "1NNT 1NNP 2NN", "1NNN 2NNT 2NNP", "1NNN 2PPP", "1NNN 2NNT 2TNP"],
)  # fmt: skip
def test_knowing_more_keeps_what_was_said(words: str) -> None:
    """What the page says while patients are pending, it says whatever becomes of them.

    Nor is it then less certain: what a way has from a weaker rule has that rule beside it at once.
    """
    before = strengths(words)
    for ends in product("NTX", repeat=words.count("P")):
        letters = iter(ends)
        filled = "".join(next(letters) if letter == "P" else letter for letter in words)
        after = strengths(filled)
        assert before.keys() <= after.keys(), filled
        assert all(before[key] <= after[key] for key in before), filled


def strengths(words: str) -> dict[tuple[str, ...], int]:
    """What the page says now -> how near it is to the page's own words, the highest nearest."""
    return {
        (item.kind, *item.levels): ("certain", "implied", "stated").index(item.basis)
        for item in judged(words).now
    }


def test_ways_are_every_way() -> None:
    """Two pending patients of a level end in six ways, as it does not matter which has the DLT."""
    whats = [way.what.partition(": ")[2] for way in judged("1NPP").ways]

    assert whats == [
        "no DLT of 2",
        "1 DLT of 2",
        "2 DLTs of 2",
        "no DLT of 1, 1 not evaluable",
        "1 DLT of 1, 1 not evaluable",
        "no DLT of 0, 2 not evaluable",
    ]


def test_order_of_the_file_does_not_matter() -> None:
    """The patients of a ledger may stand in any order; days of infusion say what came first."""
    rows = rows_of("1NNN 2NTT 1NNT")
    there, back = judged(rows), judged(rows[::-1])

    assert there.now == back.now
    assert {item.says for item in there.breaches} == {item.says for item in back.breaches}
