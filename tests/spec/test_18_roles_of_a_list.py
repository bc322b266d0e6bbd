"""Roles: a list says which of its fields is the first day, the last, the drug, the dose.

    [record.episode]
    begins = "from"
    ends   = "until"
    lasted = "held"

Whatever its fields are called, such a list is asked like the treatments.
"""

import pytest
from support import TRIAL_HEAD, says

from cartscreen.pack.model import Pack
from cartscreen.pack.pack import load_pack

FACTS = """
[record.episode]
label       = "Courses, by other names"
question    = "Which courses?"
obtain      = "chart"
changes     = "treatment"
begins      = "from"
ends        = "until"
last        = "given_on"
last_change = "altered"
lasted      = "held"
drug        = "agent"
dose        = "amount"
route       = "way"
half_life   = "t_half"

[record.episode.field.agent]
label = "Agent"
kind  = "drug"

[record.episode.field.amount]
label = "Amount"
kind  = "quantity"
unit  = "mg/day"

[record.episode.field.way]
label   = "Way"
kind    = "finding"
choices = ["oral", "topical"]
local   = ["topical"]

[record.episode.field.from]
label = "First day"
kind  = "date"

[record.episode.field.until]
label = "Last day"
kind  = "date"
words = ["ongoing"]

[record.episode.field.given_on]
label = "Last given"
kind  = "date"

[record.episode.field.altered]
label = "Last altered"
kind  = "date"

[record.episode.field.held]
label  = "Time"
kind   = "duration"
derive = { formula = "course_length" }

[record.episode.field.same]
label  = "Time at the same amount"
kind   = "duration"
derive = { formula = "time_since_change" }

[record.episode.field.t_half]
label = "Half-life"
kind  = "quantity"
unit  = "days"

[record.episode.field.as_prednisone]
label  = "As prednisone"
kind   = "quantity"
unit   = "mg/day"
derive = { formula = "prednisone_equivalent" }
"""
TRIAL = f"""{TRIAL_HEAD}
[[inclusion]]
id     = "I1"
title  = "An adult"
source = "Inclusion 1"
rule   = "person.age >= 18 years"
"""
NAMES = {  # of an episode: of a treatment
    "agent": "drug",
    "amount": "dose",
    "way": "route",
    "from": "start",
    "until": "stop",
    "given_on": "last_dose",
    "altered": "last_change",
    "held": "lasted",
    "same": "unchanged",
    "t_half": "half_life",
    "as_prednisone": "prednisone_dose",
    "episode": "treatment",
}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "facts.toml").write_text(FACTS, "utf-8")
    (folder / "ours.toml").write_text(TRIAL, "utf-8")
    return load_pack(folder)


def translated(text: str) -> str:
    """The same of treatments."""
    for word, other in NAMES.items():
        text = text.replace(word, other)
    return text


@pytest.mark.parametrize(
    ("where", "entries", "expected"),
    [
        # entries without a gap between them are one course; both days count: 2 March to 1 June
        (
            "'held >= 3 months'",
            ["from = 2025-03-02\nuntil = 2025-04-30", "from = 2025-05-01\nuntil = 2025-06-01"],
            "yes",
        ),
        ("'held >= 3 months'", ["from = 2025-03-03\nuntil = 2025-06-01"], "no"),
        ("'held >= 3 months'", ["from = 2025-03-02"], "unknown, not_recorded: episode[1].until"),
        ("'held >= 3 months', 'until is ongoing'", ["from = 2025-01-01\nuntil = 2025-05-30"], "no"),
        ("'held >= 3 months', 'until is ongoing'", ["from = 2025-01-01\nuntil = 'ongoing'"], "yes"),
        # what is ongoing, and what has not begun
        ("'until is ongoing'", ["from = 2025-01-01\nuntil = 2025-06-01"], "no"),
        ("'until is ongoing'", ["from = 2025-06-03\nuntil = 'ongoing'"], "no"),
        (
            "'agent is prednisone'",
            ["agent = 'prednisone'\nfrom = 2025-06-03"],
            "unknown, future_dated: episode[1].from",
        ),
        # the last dose: its own day, or the last day; a window, and half-lives of 2 days
        ("'given_on within 1 month'", ["until = 2025-05-02"], "yes"),
        ("'given_on within 1 month'", ["until = 2025-06-01\ngiven_on = 2025-05-01"], "no"),
        (
            "'given_on within 1 month'",
            ["from = 2025-01-01"],
            "unknown, not_recorded: episode[1].given_on",
        ),
        ("'given_on within 5 half-lives'", ["t_half = '2 days'\ngiven_on = 2025-05-23"], "yes"),
        ("'given_on within 5 half-lives'", ["t_half = '2 days'\ngiven_on = 2025-05-22"], "no"),
        (
            "'given_on within 5 half-lives'",
            ["given_on = 2025-05-22"],
            "unknown, not_recorded: episode[1].t_half",
        ),
        # since the last change, or the first day
        (
            "'same >= 3 months'",
            ["from = 2025-01-01\nuntil = 'ongoing'\naltered = 2025-03-03"],
            "no",
        ),
        (
            "'same >= 3 months'",
            ["from = 2025-01-01\nuntil = 'ongoing'\naltered = 2025-03-02"],
            "yes",
        ),
        # a dose: prednisolone counts as much as prednisone, and nothing on the skin
        ("'as_prednisone >= 5 mg/day'", ["agent = 'prednisone'\namount = '5 mg/day'"], "yes"),
        (
            "'as_prednisone >= 5 mg/day'",
            ["agent = 'prednisone'\namount = '5 mg/day'\nway = 'topical'"],
            "no",
        ),
        (
            "'as_prednisone >= 5 mg/day'",
            ["agent = 'prednisone'"],
            "unknown, not_recorded: episode[1].amount",
        ),
        ("'agent is glucocorticoid'", ["agent = 'prednisone'\nway = 'topical'"], "no"),
    ],
)
def test_a_list_by_other_names(where: str, entries: list[str], expected: str, pack: Pack) -> None:
    """Each rule is answered as it would be for treatments."""
    rule = f"{{ some = 'episode', where = [{where}] }}"
    profile = "\n[reviewed]\nepisode = 2025-06-02\n" + "".join(
        f"\n[[episode]]\n{entry}\n" for entry in entries
    )

    assert says(rule, profile, pack=pack) == expected
    assert says(translated(rule), translated(profile)) == translated(expected)
