"""6. Groups: all, any, none and at_least, in Kleene's strong logic."""

from itertools import product

import pytest
from support import asked, says

STATED = {"Y": "true", "N": "false"}
FACTS = ("diagnosis.sle", "diagnosis.ild", "condition.gilbert")
WORD = {"Y": "yes", "N": "no", "U": "unknown"}


def given(letters: str) -> str:
    """The three findings as present, absent or not recorded: "YNU"."""
    lines = [
        f"{fact} = {STATED[said]}"
        for fact, said in zip(FACTS, letters, strict=False)
        if said != "U"
    ]
    return "\n".join(lines)


def letter(rule: str, letters: str) -> str:
    return {"yes": "Y", "no": "N", "unknown": "U"}[asked(rule, given(letters)).answer.value]


TWO = '["diagnosis.sle", "diagnosis.ild"]'
THREE = '["diagnosis.sle", "diagnosis.ild", "condition.gilbert"]'

TABLE_OF_TWO = """
       all any none
    YY  Y   Y   N
    YN  N   Y   N
    YU  U   Y   N
    NY  N   Y   N
    NN  N   N   Y
    NU  N   U   U
    UY  U   Y   N
    UN  N   U   U
    UU  U   U   U
"""


@pytest.mark.parametrize("row", TABLE_OF_TWO.strip().splitlines()[1:])
def test_all_any_and_none(row: str) -> None:
    """A group is decided as soon as the rules that are known decide it, and not before."""
    letters, every, some, none = row.split()

    assert letter(f"{{ all = {TWO} }}", letters) == every
    assert letter(f"{{ any = {TWO} }}", letters) == some
    assert letter(f"{{ none = {TWO} }}", letters) == none


TABLE_OF_THREE = """
         1 2 3
    YYY  Y Y Y
    YYN  Y Y N
    YYU  Y Y U
    YNN  Y N N
    YNU  Y U N
    YUU  Y U U
    NNN  N N N
    NNU  U N N
    NUU  U U N
    UUU  U U U
"""


@pytest.mark.parametrize("row", TABLE_OF_THREE.strip().splitlines()[1:])
def test_at_least(row: str) -> None:
    """at_least = k: YES with k YES, NO when even every UNKNOWN would not do; in any order."""
    letters, *expected = row.split()
    orders = {
        "".join(order) for order in product(letters, repeat=3) if sorted(order) == sorted(letters)
    }

    for order, (k, answer) in product(orders, enumerate(expected, start=1)):
        assert letter(f"{{ at_least = {k}, of = {THREE} }}", order) == answer, order


@pytest.mark.parametrize(("said", "answer"), [("Y", "Y"), ("N", "N"), ("U", "U")])
def test_a_group_of_one(said: str, answer: str) -> None:
    """A group of one rule is that rule."""
    assert letter('{ all = ["diagnosis.sle"] }', said) == answer
    assert letter('{ any = ["diagnosis.sle"] }', said) == answer


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("diagnosis.sle = true\nlab.hemoglobin = '79 g/L'", "yes"),
        ("diagnosis.sle = true\nlab.platelets = '19 10^9/L'", "yes"),
        ("diagnosis.sle = true\nlab.hemoglobin = '80 g/L'\nlab.platelets = '20 10^9/L'", "no"),
        ("diagnosis.sle = false", "no"),
        (
            "diagnosis.sle = true\nlab.hemoglobin = '80 g/L'",
            "unknown, not_recorded: lab.platelets",
        ),
        ("lab.hemoglobin = '79 g/L'", "unknown, not_recorded: diagnosis.sle"),
        ("", "unknown, not_recorded: diagnosis.sle, lab.hemoglobin, lab.platelets"),
    ],
)
def test_groups_nest(profile: str, answer: str) -> None:
    """A member of a group may be a group; what is missing is named from all the way down."""
    rule = """{ all = [
        "diagnosis.sle",
        { any = ["lab.hemoglobin < 80 g/L", { none = ["lab.platelets >= 20 10^9/L"] }] },
    ] }"""

    assert says(rule, profile) == answer


def test_an_open_group_gives_the_reason_of_its_first_open_rule() -> None:
    """The reason is the first open rule's; the missing facts are those of all, each once."""
    rule = '{ all = ["lab.alt <= 3 ULN", "lab.ast <= 3 ULN", "lab.alt <= 2 ULN", "diagnosis.sle"] }'
    profile = 'lab.alt = "22 U/L"\ndiagnosis.sle = true'

    assert says(rule, profile) == "unknown, no_limit: lab.alt.upper, lab.ast"


def test_what_is_decided_asks_for_nothing() -> None:
    """Facts that could not change the answer are not missing."""
    finding = asked('{ any = ["diagnosis.sle", "diagnosis.ild"] }', "diagnosis.sle = true")

    assert (finding.reason, finding.missing) == ("", ())
