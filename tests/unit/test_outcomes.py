"""Outcomes in the files of a pack: what loads, and every way to be wrong."""

from pathlib import Path

import pytest
from support import TRIAL_HEAD, trial_toml

from cartscreen.errors import CriteriaError
from cartscreen.pack.pack import bundled_pack, load_pack

CRITERION = """
[[inclusion]]
id     = "I1"
title  = "Lupus"
source = "Inclusion 1"
rule   = "diagnosis.sle"
"""
OUTCOME = """
[[outcome]]
id     = "OURS"
title  = "Our response"
source = "Outcome 1"
visit  = "3 months"

[[outcome.component]]
id     = "O1"
title  = "Global assessment at most 1"
source = "Outcome 1, a"
rule   = "activity.pga <= 1"
"""
COMPONENT = OUTCOME[OUTCOME.index("[[outcome.component]]") :]
PUBLISHED = f"""
[published]
id      = "ours"
name    = "Definitions of ours"
source  = "a paper"
checked = 2025-06-01
{OUTCOME.replace('"O1"', '"P1"')}
"""


def test_an_outcome_loads() -> None:
    """Its components are known by their ids beside the criteria, and count as none."""
    trial = trial_toml(CRITERION + OUTCOME)

    assert [(item.id, [c.id for c in item.components]) for item in trial.outcomes] == [
        ("OURS", ["O1"])
    ]
    assert [item.id for item in trial.criteria] == ["I1"]
    assert trial.by_id["O1"].title == "Global assessment at most 1"


def test_a_trial_without_outcomes_has_none() -> None:
    """Of the bundled trials, one page defines a response."""
    assert trial_toml(CRITERION).outcomes == ()
    assert [t.id for t in bundled_pack().trials if t.outcomes] == ["cd19-csle"]


def test_every_page_outcome_of_the_pack_has_its_published_definition() -> None:
    """And none of these asks a question."""
    pack = bundled_pack()
    (trial,) = pack.select(["cd19-csle"])
    assert pack.published is not None
    published = {item.id: item for item in pack.published.outcomes}

    assert {item.published for item in trial.outcomes} == set(published)
    assert [c.id for item in published.values() for c in item.components if c.question] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OUTCOME.replace('id     = "O1"', 'id = "I1"'), "component I1: id is not of its form"),
        (OUTCOME + COMPONENT, "outcome OURS: component O1: the id is written twice"),
        (OUTCOME + OUTCOME.replace("O1", "O2"), "outcome OURS: the id is written twice"),
        (
            OUTCOME.replace("rule   =", "x      ="),
            "outcome OURS: component O1: there is no key 'x'",
        ),
        (
            OUTCOME.replace('rule   = "activity.pga <= 1"', ""),
            "component O1: it needs exactly one of rule and readings",
        ),
        (OUTCOME.replace("3 months", "3 moons"), "outcome OURS: '3 moons' is not a time"),
        (OUTCOME.partition("[[outcome.component]]")[0], "outcome OURS:"),
        (OUTCOME.replace("activity.pga <=", "activity.pgaa <="), "Did you mean 'activity.pga'"),
        ('outcome = ["x"]\n', "outcome number 1 is not a table; write [[outcome]] above it."),
    ],
)
def test_a_faulty_outcome_is_named(text: str, said: str) -> None:
    """File, outcome, component, and the likely fix."""
    head = TRIAL_HEAD if not text.startswith("outcome =") else f"{text}{TRIAL_HEAD}"
    with pytest.raises(CriteriaError) as raised:
        trial_toml(CRITERION + text if head is TRIAL_HEAD else CRITERION, head=head)

    assert said in str(raised.value)


def test_a_criterion_takes_no_earlier_visit() -> None:
    """It is judged on one date."""
    with pytest.raises(CriteriaError, match="only a rule of an outcome knows an earlier visit"):
        trial_toml(CRITERION.replace("diagnosis.sle", "activity.pga rose >= 1 since baseline"))


def folder(tmp_path: Path, outcome: str, published: str = "") -> Path:
    """A folder of a user with a trial, and published definitions if there are some."""
    (tmp_path / "example.toml").write_text(f"{TRIAL_HEAD}{CRITERION}{outcome}", "utf-8")
    if published:
        (tmp_path / "outcomes.toml").write_text(published, "utf-8")
    return tmp_path


def test_a_folder_may_name_our_definitions_and_add_its_own(tmp_path: Path) -> None:
    """They stand beside the bundled ones."""
    outcome = OUTCOME.replace("[[outcome.", 'published = "OURS"\n[[outcome.')
    pack = load_pack(folder(tmp_path, outcome, PUBLISHED))

    assert pack.published is not None
    assert [item.id for item in pack.published.outcomes] == ["SRI-4", "LLDAS", "DORIS", "OURS"]
    assert pack.trials[0].outcomes[0].published == "OURS"


@pytest.mark.parametrize(
    ("outcome", "published", "said"),
    [
        (
            OUTCOME.replace("[[outcome.", 'published = "SRI4"\n[[outcome.'),
            "",
            "example.toml: outcome OURS: there is no published definition 'SRI4'. Did you mean",
        ),
        (OUTCOME, PUBLISHED.replace("OURS", "LLDAS"), "outcomes.toml: outcome LLDAS: its id"),
        (OUTCOME, PUBLISHED.replace('"P1"', '"PS1"'), "outcomes.toml: outcome OURS: its id, or"),
        (
            OUTCOME,
            PUBLISHED.replace('"activity.pga <= 1"', '{ ask = "Is it so?" }'),
            "outcomes.toml: component P1: it asks a question",
        ),
        (OUTCOME, PUBLISHED.replace("[published]", "[trial]"), "there is no key 'trial'"),
    ],
)
def test_a_faulty_folder_is_named(tmp_path: Path, outcome: str, published: str, said: str) -> None:
    """What is bundled stays as it is."""
    with pytest.raises(CriteriaError) as raised:
        load_pack(folder(tmp_path, outcome, published))

    assert said in str(raised.value)
