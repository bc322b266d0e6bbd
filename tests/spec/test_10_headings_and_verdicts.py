"""10. Headings gather criteria; the criteria of a trial give the verdict."""

import pytest
from support import finding_for, screened, told, trial_toml


def criterion(number: str, rule: str = "", more: str = "") -> str:
    kind = "inclusion" if number.startswith("I") else "exclusion"
    line = f'rule = "{rule}"' if rule else ""
    return f'[[{kind}]]\nid = "{number}"\ntitle = "title"\nsource = "source"\n{line}\n{more}\n'


A, B, C = "diagnosis.sle", "diagnosis.ild", "condition.gilbert"


def heading(kind: str, needs: str = "") -> str:
    """A heading over three criteria, one for each of the three findings."""
    return criterion(f"{kind}1", more=f"needs = {needs}" if needs else "") + "".join(
        criterion(f"{kind}1.{letter}", fact) for letter, fact in zip("abc", (A, B, C), strict=True)
    )


def profile(said: str) -> str:
    stated = {"Y": "true", "N": "false"}
    return "\n".join(
        f"{fact} = {stated[letter]}"
        for fact, letter in zip((A, B, C), said, strict=True)
        if letter in stated
    )


@pytest.mark.parametrize(
    ("kind", "said", "status"),
    [
        ("I", "true", "matched"),
        ("I", "false", "failed"),
        ("I", '"unknown"', "unknown"),
        ("E", "true", "failed"),
        ("E", "false", "matched"),
        ("E", '"unknown"', "unknown"),
    ],
)
def test_what_an_answer_means_for_an_inclusion_and_an_exclusion(
    kind: str, said: str, status: str
) -> None:
    """The answer is about the statement; only then an inclusion wants YES, and an exclusion NO."""
    screening = screened(criterion(f"{kind}1", A), f"{A} = {said}")

    assert finding_for(screening, f"{kind}1").status == status


@pytest.mark.parametrize(
    ("needs", "said", "answer"),
    [
        ("", "YYY", "yes"),
        ("", "YYN", "no"),
        ("", "YYU", "unknown, not_recorded: condition.gilbert"),
        ("", "UNU", "no"),
        ('"all"', "YYN", "no"),
        ('"any"', "NNN", "no"),
        ('"any"', "NYN", "yes"),
        ('"any"', "NUN", "unknown, not_recorded: diagnosis.ild"),
        ("1", "NNY", "yes"),
        ("1", "NNN", "no"),
        ("2", "YYN", "yes"),
        ("2", "YNN", "no"),
        ("2", "YUN", "unknown, not_recorded: diagnosis.ild"),
        ("2", "YUU", "unknown, not_recorded: diagnosis.ild, condition.gilbert"),
        ("3", "YYN", "no"),
        ('{ all = ["I1.a", { any = ["I1.b", "I1.c"] }] }', "YNY", "yes"),
        ('{ all = ["I1.a", { any = ["I1.b", "I1.c"] }] }', "YNN", "no"),
        ('{ all = ["I1.a", { any = ["I1.b", "I1.c"] }] }', "NYY", "no"),
        ('{ any = ["I1.a", { all = ["I1.b", "I1.c"] }] }', "NYY", "yes"),
        ('{ any = ["I1.a", { all = ["I1.b", "I1.c"] }] }', "NYN", "no"),
        ('{ at_least = 1, of = ["I1.a", "I1.b", "I1.c"] }', "NNY", "yes"),
        ('{ at_least = 3, of = ["I1.a", "I1.b", "I1.c"] }', "NYY", "no"),
        ('{ at_least = 2, of = ["I1.a", "I1.b", "I1.c"] }', "NYY", "yes"),
        ('{ at_least = 2, of = ["I1.a", "I1.b", "I1.c"] }', "NYN", "no"),
    ],
)
def test_a_heading_needs_all_any_some_or_a_shape_of_its_children(
    needs: str, said: str, answer: str
) -> None:
    """All children by default; "any"; a number of them; or a shape that names them."""
    found = finding_for(screened(heading("I", needs), profile(said)), "I1")

    assert told(found.finding) == answer


def test_a_child_that_the_shape_does_not_name_informs_and_does_not_decide() -> None:
    """A definition under a heading is shown, with a note that says what it is for."""
    text = (
        criterion("I1", more='needs = { all = ["I1.a"] }')
        + criterion("I1.a", A)
        + criterion("I1.b", B, 'note = "either will do"')
    )
    screening = screened(text, f"{A} = true\n{B} = false")

    assert finding_for(screening, "I1").status == "matched"
    assert finding_for(screening, "I1.b").status == "failed"
    assert not finding_for(screening, "I1.b").criterion.decisive
    assert screening.verdict == "eligible"


def decisive(text: str) -> list[str]:
    return [item.id for item in trial_toml(text).criteria if item.decisive]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (criterion("I1", A) + criterion("E1", B), ["I1", "E1"]),
        (heading("I"), ["I1", "I1.a", "I1.b", "I1.c"]),
        (heading("I", '"any"'), ["I1"]),
        (heading("I", "2"), ["I1"]),
        (heading("I", "3"), ["I1", "I1.a", "I1.b", "I1.c"]),
        (heading("E"), ["E1"]),
        (heading("E", '"any"'), ["E1", "E1.a", "E1.b", "E1.c"]),
        (heading("E", "2"), ["E1"]),
        (heading("I", '{ all = ["I1.a", { any = ["I1.b", "I1.c"] }] }'), ["I1", "I1.a"]),
        (heading("E", '{ any = ["E1.a", { all = ["E1.b", "E1.c"] }] }'), ["E1", "E1.a"]),
        # a child of an alternative is an alternative
        (
            criterion("I1", more='needs = "any"')
            + criterion("I1.a")
            + criterion("I1.a.a", A)
            + criterion("I1.a.b", B)
            + criterion("I1.b", C),
            ["I1"],
        ),
        # a child of a child that has to hold has to hold
        (
            criterion("I1") + criterion("I1.a") + criterion("I1.a.a", A) + criterion("I1.a.b", B),
            ["I1", "I1.a", "I1.a.a", "I1.a.b"],
        ),
    ],
)
def test_a_criterion_is_decisive_when_its_failing_alone_fails_its_heading(
    text: str, expected: list[str]
) -> None:
    """All of an inclusion, any of an exclusion, and what has no heading; alternatives are not."""
    assert decisive(text) == expected


def counted(text: str, said: str) -> dict[str, str]:
    return {
        item.criterion.id: item.status
        for item in screened(text, profile(said)).criteria
        if item.counted
    }


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        # the smallest that decide are counted, and not their heading once more
        (heading("I"), "YNU", {"I1.a": "matched", "I1.b": "failed", "I1.c": "unknown"}),
        (heading("E", '"any"'), "YNU", {"E1.a": "failed", "E1.b": "matched", "E1.c": "unknown"}),
        # of alternatives the heading is counted
        (heading("I", '"any"'), "NNN", {"I1": "failed"}),
        (heading("I", '"any"'), "NYU", {"I1": "matched"}),
        (heading("E"), "YYY", {"E1": "failed"}),
        # of both, the heading as well, unless what has to hold has failed already
        (
            heading("I", '{ all = ["I1.a", { any = ["I1.b", "I1.c"] }] }'),
            "YNN",
            {"I1": "failed", "I1.a": "matched"},
        ),
        (
            heading("I", '{ all = ["I1.a", { any = ["I1.b", "I1.c"] }] }'),
            "NYY",
            {"I1.a": "failed"},
        ),
    ],
)
def test_what_rules_a_patient_out_is_the_smallest_that_decides(
    text: str, said: str, expected: dict[str, str]
) -> None:
    """Counts speak of decisive criteria, down to the smallest."""
    assert counted(text, said) == expected


FLAT = (
    criterion("I1", more='needs = { all = ["I2", "I3"] }') + criterion("I2", A) + criterion("I3", B)
)


@pytest.mark.parametrize(
    ("said", "answer", "verdict"),
    [
        ("YYU", "yes", "eligible"),
        ("YNU", "no", "ineligible"),
        ("YUU", "unknown, not_recorded: diagnosis.ild", "undetermined"),
    ],
)
def test_a_heading_may_stand_over_criteria_that_are_numbered_apart(
    said: str, answer: str, verdict: str
) -> None:
    """A page that prints a heading and its items as one flat list keeps its numbers."""
    screening = screened(FLAT, profile(said))

    assert told(finding_for(screening, "I1").finding) == answer
    assert screening.verdict == verdict
    assert [item.criterion.id for item in screening.criteria if item.counted] == ["I2", "I3"]
    assert decisive(FLAT) == ["I1", "I2", "I3"]


TWO_OF_EACH = criterion("I1", A) + criterion("I2", B) + criterion("E1", C)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("YYN", "eligible"),
        ("YYY", "ineligible"),
        ("YNN", "ineligible"),
        ("UNU", "ineligible"),  # one failure is enough, whatever else is unknown
        ("UUY", "ineligible"),
        ("YUN", "undetermined"),
        ("YYU", "undetermined"),
        ("UUU", "undetermined"),
    ],
)
def test_the_verdict(said: str, verdict: str) -> None:
    """Ineligible if any criterion failed; else undetermined if any is unknown; else eligible."""
    assert screened(TWO_OF_EACH, profile(said)).verdict == verdict


@pytest.mark.parametrize(("said", "verdict"), [("NYN", "eligible"), ("NNN", "ineligible")])
def test_an_alternative_that_fails_rules_nobody_out(said: str, verdict: str) -> None:
    """One of three indications is enough; the others are shown as failed, and do not count."""
    assert screened(heading("I", '"any"'), profile(said)).verdict == verdict


def test_a_gap_of_the_page_never_lets_anyone_be_eligible() -> None:
    """A placeholder for a text that is not on the page is a question, until somebody answers it."""
    gap = 'rule = { ask = "Does the text of inclusion 2 hold?", about = "gap" }'
    text = criterion("I1", A) + criterion("I2", more=gap)

    assert screened(text, profile("YUU")).verdict == "undetermined"
    assert screened(text, profile("YUU") + "\nanswers.example.I2 = true").verdict == "eligible"
    assert screened(text, profile("NUU")).verdict == "ineligible"


def test_criteria_keep_the_order_of_the_file() -> None:
    """The screening lists the criteria as the page does."""
    text = heading("I") + criterion("I2", A) + heading("E", '"any"')

    assert [item.criterion.id for item in screened(text).criteria] == [
        "I1",
        "I1.a",
        "I1.b",
        "I1.c",
        "I2",
        "E1",
        "E1.a",
        "E1.b",
        "E1.c",
    ]
