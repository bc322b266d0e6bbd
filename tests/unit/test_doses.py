"""Dose levels of a trial file: what loads, and every way to be wrong."""

from fractions import Fraction

import pytest
from support import bundled_pack, trial_toml

from cartscreen.errors import CriteriaError, Problem
from cartscreen.pack.doses import cells_text, dose_of, dose_text

CRITERION = """
[[inclusion]]
id     = "I1"
title  = "Neutrophils at least 1 x 10^9/L"
source = "Inclusion 1"
rule   = "lab.neutrophils >= 1 10^9/L"
"""
DOSES = """
[doses]
most      = 9
per_level = 6

[[doses.level]]
id     = "A"
dose   = "1e6 cells/kg"
source = "page 1"

[[doses.level]]
id     = "B"
dose   = "2e6 cells/kg"
source = "page 1"

[[doses.clause]]
id     = "C1"
says   = "Three patients at a level."
source = "page 2"

[[doses.gap]]
id    = "Q1"
asks  = "And then?"
about = "waiting"

[[doses.rule]]
when = ["treated < 3"]
then = "treat to 3"
by   = ["C1"]
"""


def test_doses_load() -> None:
    """A trial of one's own may have levels, clauses, gaps and rules."""
    doses = trial_toml(CRITERION + DOSES).doses

    assert [str(level) for level in doses.levels] == [
        "A (1 x 10^6 cells/kg)",
        "B (2 x 10^6 cells/kg)",
    ]
    assert (doses.most, doses.per_level) == (9, 6)
    assert doses.gap_about("waiting") == doses.gap["Q1"]
    assert doses.gap_about("window") is None
    assert trial_toml(CRITERION).doses.levels == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("most      = 9", "most = 0", "[doses]: most: input should be greater than or equal to 1"),
        ("most      = 9", "mots = 9", "[doses]: there is no key 'mots'. Did you mean 'most'?"),
        (
            "most      = 9\n",
            "",
            "[doses]: rules need levels, most (patients in all) and per_level.",
        ),
        ('"1e6 cells/kg"', '"3e6 cells/kg"', "level B: its dose is not above that of A."),
        ('"1e6 cells/kg"', '"1e6"', "level A: '1e6' is not a dose in cells per kilogram"),
        ('"1e6 cells/kg"', '"1e6 mg/kg"', "level A: '1e6 mg/kg' is not a dose in cells"),
        ('"1e6 cells/kg"', '"0 cells/kg"', "level A: '0 cells/kg' is not a dose in cells"),
        ('"1e6 cells/kg"', '">1e6 cells/kg"', "level A: '>1e6 cells/kg' is not a dose in cells"),
        ('id     = "B"', 'id = "A"', "level A is written twice."),
        ('id     = "A"', 'id = "1 A"', "doses.level number 1: id is not of its form"),
        ('id     = "C1"', "", "doses.clause number 1: the key 'id' is missing."),
        ('about = "waiting"', 'about = "time"', "doses.gap number 1: about: input should be"),
        (
            "[[doses.rule]]",
            '[[doses.gap]]\nid = "Q2"\nasks = "Why?"\nabout = "waiting"\n[[doses.rule]]',
            "two gaps are about 'waiting'; one question is enough.",
        ),
        ('"treat to 3"', '"treat to 7"', "rule number 1: 'treat to 7' is more than per_level, 6."),
        ('"treat to 3"', '"go on"', "rule number 1: then = 'go on' is not known."),
        (
            '"treat to 3"',
            '"is the MDT"',
            "then = 'is the MDT' is not known. Did you mean 'is the MTD'",
        ),
        ('"treated < 3"', '"treated 3"', "rule number 1: 'treated 3' is not a test; write"),
        ('["treated < 3"]', "[]", "doses.rule number 1: when: list should have at least 1 item"),
        (
            'by   = ["C1"]',
            'by = ["C2"]',
            "rule number 1: there is no clause 'C2'. There are C1.",
        ),
        ('by   = ["C1"]', 'by = ["C1"]\ngaps = ["G"]', "rule number 1: there is no gap 'G'."),
        (
            'by   = ["C1"]',
            "",
            "rule number 1: it needs the clauses of the page that it follows from",
        ),
        ('"treat to 3"', '"ask"', 'rule number 1: "ask" needs the gap that it asks about.'),
        (
            'then = "treat to 3"',
            'then = "open the level above"\nbeyond = true',
            'rule number 1: beyond is for "treat to ..." alone.',
        ),
        (
            'when = ["treated < 3"]\nthen = "treat to 3"',
            'when = ["above: exceeded"]\nthen = "exceeds the MTD"',
            "rule number 1: what exceeds the MTD is concluded before what is exceeded.",
        ),
        (
            'when = ["treated < 3"]\nthen = "treat to 3"',
            'when = ["complete"]\nthen = "is the MTD"',
            "rule number 1: that the evaluation is complete cannot follow from itself.",
        ),
        ('"treated < 3"', '"above: complete"', "the evaluation is complete as a whole; leave out"),
        ("[[doses.rule]]", "[doses.rule]", "[doses]: rule: input should be a valid list."),
    ],
)
def test_fault_is_named(old: str, new: str, said: str) -> None:
    """File, table, field, value, and the likely fix."""
    assert old in DOSES
    with pytest.raises(CriteriaError) as fault:
        trial_toml(CRITERION + DOSES.replace(old, new, 1))

    assert str(fault.value).startswith("example.toml: ")
    assert said in str(fault.value)


def test_entry_that_is_no_table() -> None:
    """A list of other things in place of tables is named by its number."""
    with pytest.raises(
        CriteriaError, match=r"doses.level number 1 is not a table; write \[\[doses"
    ):
        trial_toml(f"{CRITERION}[doses]\nlevel = [1]\n")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1e5 cells/kg", 100_000),
        ("1 10^5/kg", 100_000),
        ("0.3x10^6 cells/kg", 300_000),
        ("30000 cells/kg", 30_000),
    ],
)
def test_dose_as_people_write_it(written: str, number: int) -> None:
    """Each is the same number of cells per kilogram."""
    assert dose_of(written) == number


def test_dose_that_is_none() -> None:
    """A number of cells alone is not a dose per kilogram."""
    with pytest.raises(Problem):
        dose_of("5000000")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(500_000), "5 x 10^5"),
        (Fraction(5_600_000, 58), "~9.655 x 10^4"),
        (Fraction(29_000_000), "2.9 x 10^7"),
        (Fraction(1), "1 x 10^0"),
        (Fraction(999_999), "~1 x 10^6"),
    ],
)
def test_cells_in_words(number: Fraction, text: str) -> None:
    """Three places at most, and "~" where there are more."""
    assert cells_text(number) == text
    assert dose_text(number) == f"{text} cells/kg"


def test_each_rule_of_the_bundled_trials_speaks() -> None:
    """No rule is left that no state meets, and each clause and level has its place on the page."""
    from cartscreen.escalation.table import reachable, said_of

    for trial in bundled_pack().trials:
        doses = trial.doses
        spoken = {item.rule for state in reachable(doses) for item in said_of(doses, state)}
        assert [rule for rule in doses.rules if rule not in spoken] == []
        assert all(item.source for item in (*doses.clauses, *doses.levels))
        assert {name for rule in doses.rules for name in rule.by} == set(doses.clause)


def test_a_level_that_is_opened_for_nobody() -> None:
    """A rule may open a level at which no rule treats anybody: no state has a patient there."""
    from cartscreen.escalation.table import reachable

    opened = '[[doses.rule]]\nwhen = ["treated = 3"]\nthen = "open the level above"\nby = ["C1"]\n'
    text = DOSES.replace('["treated < 3"]', '["lowest"]') + opened
    states = [*reachable(trial_toml(CRITERION + text).doses)]

    assert max(state[0].treated for state in states) == 3
    assert {state[1].treated for state in states} == {0}
