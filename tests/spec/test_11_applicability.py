"""11. Applicability: a criterion that concerns some patients only."""

import pytest
from support import finding_for, screened, told

INCLUSION = """
[[inclusion]]
id      = "I1"
title   = "Negative pregnancy test"
source  = "Inclusion 1"
applies = "person.can_become_pregnant"
rule    = "pregnancy.test is negative"
"""
EXCLUSION = """
[[exclusion]]
id      = "E1"
title   = "Positive pregnancy test"
source  = "Exclusion 1"
applies = "person.can_become_pregnant"
rule    = "pregnancy.test is positive"
"""
CAN, CANNOT = "person.can_become_pregnant = true\n", "person.can_become_pregnant = false\n"
NEGATIVE, POSITIVE = 'pregnancy.test = "negative"', 'pregnancy.test = "positive"'
BOTH_MISSING = "person.can_become_pregnant, person.sex, person.fertility, pregnancy.test"


@pytest.mark.parametrize(
    ("profile", "answer", "status", "applicable"),
    [
        (CAN + NEGATIVE, "yes", "matched", True),
        (CAN + POSITIVE, "no", "failed", True),
        (CAN, "unknown, not_recorded: pregnancy.test", "unknown", True),
        # not applicable: an inclusion is matched
        (CANNOT + NEGATIVE, "yes", "matched", False),
        (CANNOT + POSITIVE, "yes", "matched", False),
        (CANNOT, "yes", "matched", False),
        # not known whether it applies: matched if it is satisfied anyway
        (NEGATIVE, "yes", "matched", True),
        (POSITIVE, "no", "failed", True),
        ("", f"unknown, not_recorded: {BOTH_MISSING}", "unknown", True),
    ],
)
def test_an_inclusion_that_does_not_apply_is_matched(
    profile: str, answer: str, status: str, applicable: bool
) -> None:
    """Who cannot become pregnant needs no test; who may, does; and a negative test settles it."""
    found = finding_for(screened(INCLUSION, profile), "I1")

    assert (told(found.finding), found.status, found.applicable) == (answer, status, applicable)


@pytest.mark.parametrize(
    ("profile", "answer", "status", "applicable"),
    [
        (CAN + NEGATIVE, "no", "matched", True),
        (CAN + POSITIVE, "yes", "failed", True),
        (CAN, "unknown, not_recorded: pregnancy.test", "unknown", True),
        (CANNOT + POSITIVE, "no", "matched", False),
        (CANNOT, "no", "matched", False),
        (NEGATIVE, "no", "matched", True),
        (POSITIVE, "yes", "failed", True),
        ("", f"unknown, not_recorded: {BOTH_MISSING}", "unknown", True),
    ],
)
def test_an_exclusion_that_does_not_apply_is_not_triggered(
    profile: str, answer: str, status: str, applicable: bool
) -> None:
    """The same table turned round: for an exclusion that does not apply the answer is NO."""
    found = finding_for(screened(EXCLUSION, profile), "E1")

    assert (told(found.finding), found.status, found.applicable) == (answer, status, applicable)


@pytest.mark.parametrize(
    ("applies", "test", "answer"),
    [
        ("false", "false", "yes"),
        ("true", "false", "no"),
        ("true", "true", "yes"),
        ('"unknown"', "false", "unknown, not_recorded: diagnosis.sle"),
        ('"unknown"', "true", "yes"),
    ],
)
def test_a_heading_may_apply_to_some_only(applies: str, test: str, answer: str) -> None:
    """Where a heading does not apply, it is satisfied, whatever its children answer."""
    text = """
    [[inclusion]]
    id      = "I1"
    title   = "In lupus"
    source  = "Inclusion 1"
    applies = "diagnosis.sle"
    [[inclusion]]
    id      = "I1.a"
    title   = "Nephritis"
    source  = "Inclusion 1 a"
    rule    = "condition.gilbert"
    """
    profile = f"diagnosis.sle = {applies}\ncondition.gilbert = {test}"

    assert told(finding_for(screened(text, profile), "I1").finding) == answer


def test_a_child_that_does_not_apply_satisfies_its_heading() -> None:
    """A heading takes a child that does not apply as matched."""
    text = """
    [[inclusion]]
    id      = "I1"
    title   = "Both"
    source  = "Inclusion 1"
    [[inclusion]]
    id      = "I1.a"
    title   = "Lupus"
    source  = "Inclusion 1 a"
    rule    = "diagnosis.sle"
    """ + INCLUSION.replace('"I1"', '"I1.b"')
    screening = screened(text, f"diagnosis.sle = true\n{CANNOT}{POSITIVE}")

    assert finding_for(screening, "I1").status == "matched"
    assert screening.verdict == "eligible"


WOMEN = """
[[inclusion]]
id      = "I1"
title   = "Of women"
source  = "Inclusion 1"
applies = "person.sex is female"
{needs}
[[inclusion]]
id      = "I1.a"
title   = "ALT"
source  = "Inclusion 1 a"
rule    = "lab.alt < 40 U/L"
[[inclusion]]
id      = "I1.b"
title   = "Heart"
source  = "Inclusion 1 b"
[[inclusion]]
id      = "I1.b.i"
title   = "Not from birth"
source  = "Inclusion 1 b i"
rule    = {{ none = ["heart.congenital_disease"] }}
[[exclusion]]
id      = "E1"
title   = "Of women"
source  = "Exclusion 1"
applies = "person.sex is female"
[[exclusion]]
id      = "E1.a"
title   = "AST"
source  = "Exclusion 1 a"
rule    = "lab.ast > 40 U/L"
"""
FAILING = """
lab.alt = "50 U/L"
heart.congenital_disease = true
lab.ast = "50 U/L"
"""
BELOW = ["I1.a", "I1.b", "I1.b.i", "E1.a"]


@pytest.mark.parametrize("needs", ["", 'needs = "any"'])
@pytest.mark.parametrize("profile", [FAILING, "", 'lab.alt = "20 U/L"'])
def test_what_stands_below_a_heading_that_does_not_apply_counts_nowhere(
    needs: str, profile: str
) -> None:
    """A man: nothing below fails, is open or counts; each heading is shown as not applicable."""
    found = screened(WOMEN.format(needs=needs), f'person.sex = "male"\n{profile}')
    below = [finding_for(found, name) for name in BELOW]
    headings = [finding_for(found, name) for name in ("I1", "E1")]

    assert found.verdict == "eligible"
    assert [(item.status, item.applicable, item.counted) for item in below] == [
        ("matched", False, False)
    ] * 4
    assert [(item.status, item.applicable, item.counted) for item in headings] == [
        ("matched", False, True)
    ] * 2
    assert (found.counted("failed"), found.counted("unknown")) == ((), ())


def test_what_stands_below_a_heading_that_applies_counts() -> None:
    """A woman: the same criteria fail by the same data."""
    found = screened(WOMEN.format(needs=""), f'person.sex = "female"\n{FAILING}')

    assert found.verdict == "ineligible"
    assert [item.criterion.id for item in found.counted("failed")] == ["I1.a", "I1.b.i", "E1.a"]
    assert all(item.applicable for item in found.criteria)


def test_what_stands_below_a_heading_that_may_not_apply_is_open() -> None:
    """Of a person of unknown sex nothing below fails for sure; what is met anyway is matched."""
    profile = 'lab.alt = "50 U/L"\nheart.congenital_disease = false'
    found = screened(WOMEN.format(needs=""), profile)
    alt, heart = (finding_for(found, name) for name in ("I1.a", "I1.b.i"))

    assert told(alt.finding) == "unknown, not_recorded: person.sex"
    assert (alt.counted, alt.applicable) == (True, True)
    assert told(heart.finding) == "yes"
    assert found.verdict == "undetermined"


def test_a_criterion_below_may_itself_apply_to_some_only() -> None:
    """A criterion applies where both its heading and it itself apply."""
    text = WOMEN.format(needs="").replace(
        'rule    = "lab.alt < 40 U/L"',
        'applies = "diagnosis.sle"\nrule = "lab.alt < 40 U/L"',
    )
    profile = 'lab.alt = "50 U/L"\nperson.sex = "female"\ndiagnosis.sle'

    assert finding_for(screened(text, f"{profile} = true"), "I1.a").status == "failed"
    other = finding_for(screened(text, f"{profile} = false"), "I1.a")
    assert (other.status, other.applicable, other.counted) == ("matched", False, True)
