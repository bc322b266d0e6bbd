"""13. Contradictions: facts of one profile that cannot both be so are reported, never decided."""

import pytest
from support import SCREENING, profile_toml, says

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack


def contradictions(profile: str) -> tuple[str, ...]:
    chart = chart_on(profile_toml(profile), bundled_pack(), SCREENING)
    return tuple(item.says for item in chart.contradictions)


SEROLOGY = """
infection.hbsag = "{hbsag}"
infection.hbcab = "negative"
infection.hbv_dna = "{dna}"
"""


@pytest.mark.parametrize(
    ("hbsag", "dna", "negative"),
    [
        ("negative", "not detected", "yes"),
        ("negative", "unknown", "yes"),
        ("negative", "below limit", "unknown, conflict: infection.hbsag"),
        ("negative", "above limit", "unknown, conflict: infection.hbsag"),
        ("positive", "above limit", "no"),
    ],
)
def test_a_negative_antigen_with_virus_in_the_blood_is_a_conflict(
    hbsag: str, dna: str, negative: str
) -> None:
    """HBsAg negative with detectable HBV DNA: a slip or an occult infection, and no all-clear."""
    profile = SEROLOGY.format(hbsag=hbsag, dna=dna)

    assert says("infection.hbsag is negative", profile) == negative
    assert bool(contradictions(profile)) is ("conflict" in negative)


def test_a_contradiction_leaves_alone_what_it_does_not_put_in_doubt() -> None:
    """The DNA itself is not in doubt: an exclusion that rests on it still applies."""
    profile = SEROLOGY.format(hbsag="negative", dna="above limit")
    rule = '{ any = ["infection.hbsag is positive", "infection.hbv_dna is above limit"] }'

    assert says("infection.hbv_dna is above limit", profile) == "yes"
    assert says(rule, profile) == "yes"


def test_a_contradiction_says_what_does_not_fit() -> None:
    """The report has a sentence for it."""
    (sentence,) = contradictions(SEROLOGY.format(hbsag="negative", dna="above limit"))

    assert sentence.startswith("HBsAg and the hepatitis B core antibody are negative, and HBV DNA")


@pytest.mark.parametrize(
    ("profile", "rule", "answer"),
    [
        ("infection.hcv_rna = 'above limit'\ninfection.hcv_antibody = 'negative'",
         "infection.hcv_antibody is negative", "unknown, conflict: infection.hcv_antibody"),
        ("person.sex = 'male'\npregnancy.test = 'positive'",
         "person.sex is male", "unknown, conflict: person.sex"),
        ("person.sex = 'male'\npregnancy.test = 'positive'",
         "pregnancy.test is positive", "unknown, conflict: pregnancy.test"),
        ("person.sex = 'male'\npregnancy.pregnant = true",
         "pregnancy.pregnant", "unknown, conflict: pregnancy.pregnant"),
        ("person.sex = 'male'\npregnancy.lactating = true",
         "pregnancy.lactating", "unknown, conflict: pregnancy.lactating"),
        ("person.sex = 'male'\npregnancy.test = 'negative'", "person.sex is male", "yes"),
        ("person.sex = 'female'\npregnancy.test = 'positive'", "person.sex is female", "yes"),
        ("pregnancy.pregnant = false\npregnancy.blood_test = 'positive'",
         "pregnancy.pregnant", "unknown, conflict: pregnancy.pregnant"),
    ],
)  # fmt: skip
def test_facts_in_doubt_answer_unknown(profile: str, rule: str, answer: str) -> None:
    """Each fact that a contradiction puts in doubt is UNKNOWN (conflict), until somebody looks."""
    assert says(rule, profile) == answer


def test_what_follows_from_a_fact_in_doubt_is_in_doubt() -> None:
    """A man with a positive pregnancy test: whether he can become pregnant is not known either."""
    profile = "person.sex = 'male'\nperson.fertility = 'fertile'\npregnancy.test = 'positive'"

    assert says("person.can_become_pregnant", profile) == (
        "unknown, conflict: person.can_become_pregnant, person.sex"
    )


def test_a_contradiction_needs_both_sides() -> None:
    """What is not recorded contradicts nothing."""
    assert contradictions("") == ()
    assert contradictions("infection.hbv_dna = 'above limit'") == ()
    assert contradictions("person.sex = 'male'") == ()
