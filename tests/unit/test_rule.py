"""The rule language: each production as a tree, each fault by its message, each node in English."""

from fractions import Fraction
from typing import Any

import pytest
from support import rule_toml

from cartscreen.dates import Window
from cartscreen.errors import Problem
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.english import describe
from cartscreen.rule.parse import parse_rule, rule_to_toml
from cartscreen.rule.tree import (
    Change,
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    names_read,
    walk,
)
from cartscreen.vocabulary import FactEntry, Vocabulary

VOCABULARY = bundled_pack().vocabulary


def leaf(text: str, check: Any, window: Window | None = None) -> Test:
    return Test(text.split(" ")[0], check, window, text)


@pytest.mark.parametrize(
    ("text", "check", "window"),
    [
        ("diagnosis.sle", Present(), None),
        ("ms.relapse within 6 months", Present(), Window(6, "months")),
        ("ms.relapse within 1 day", Present(), Window(1, "days")),
        ("ms.relapse within 2 weeks before infusion", Present(), Window(2, "weeks", "infusion")),
        ("renal.biopsy_date within 1 year", Present(), Window(1, "years")),
        ("lab.alt < 3 ULN", Compare("<", Fraction(3), "ULN"), None),
        ("lab.alt <= 1.5 ULN", Compare("<=", Fraction(3, 2), "ULN"), None),
        ("lab.igg > 1 LLN", Compare(">", Fraction(1), "LLN"), None),
        ("lab.hemoglobin >= 6 g/dL", Compare(">=", Fraction(60), "g/L"), None),
        ("lab.platelets >= 20 10^9/L", Compare(">=", Fraction(20), "10^9/L"), None),
        # creatinine has 113.12 g/mol: 100 umol/L are 11.312 mg/L
        ("lab.creatinine > 100 umol/L", Compare(">", Fraction("1.1312"), "mg/dL"), None),
        (
            "lab.creatinine rose >= 50 umol/L within 6 months",
            Change("rose", Fraction("0.5656"), relative=False, unit="mg/dL"),
            Window(6, "months"),
        ),
        ("activity.sledai_2k >= 8", Compare(">=", Fraction(8), "1"), None),
        ("infection.syphilis_titre >= 1:8", Compare(">=", Fraction(8), "titre"), None),
        (
            "activity.sledai_2k >= 8 within 7 days",
            Compare(">=", Fraction(8), "1"),
            Window(7, "days"),
        ),
        (
            "activity.mrss rose >= 5 within 6 months",
            Change("rose", Fraction(5), relative=False, unit="1"),
            Window(6, "months"),
        ),
        (
            "lab.alt <= 3 ULN within 7 days before enrollment",
            Compare("<=", Fraction(3), "ULN"),
            Window(7, "days", "enrollment"),
        ),
        ("heart.ecg is normal", Is(("normal",)), None),
        ("heart.ecg is normal or not significant", Is(("normal", "not significant")), None),
        ("pregnancy.test is negative within 7 days", Is(("negative",)), Window(7, "days")),
        (
            "lung.fvc fell >= 10 % within 6 months",
            Change("fell", Fraction(10), relative=True, unit="%"),
            Window(6, "months"),
        ),
        (
            "lung.fvc rose >= 10 percentage points within 6 months",
            Change("rose", Fraction(10), relative=False, unit="percentage points"),
            Window(6, "months"),
        ),
    ],
)
def test_a_leaf(text: str, check: Any, window: Window | None) -> None:
    """leaf = fact [check] [window], as the docstring of the parser has it."""
    assert rule_toml(text) == leaf(text, check, window)


def test_spaces_around_a_leaf_do_not_matter() -> None:
    """A leaf may be aligned by spaces."""
    assert rule_toml("  lab.alt   <=  3   ULN ") == Test(
        "lab.alt", Compare("<=", Fraction(3), "ULN"), None, "lab.alt   <=  3   ULN"
    )


def test_a_leaf_is_no_longer_than_500_characters() -> None:
    """A test of 500 characters is read; one more, spaces counted, is a slip or an attack."""
    long = f"diagnosis.sle{' ' * 487}"
    message = f"'{long[:55]}...' is longer than the 500 characters of a test."

    with pytest.raises(Problem) as caught:
        rule_toml(f"{long} ")

    assert rule_toml(long) == leaf("diagnosis.sle", Present())
    assert message == str(caught.value)


SLE, ILD = leaf("diagnosis.sle", Present()), leaf("diagnosis.ild", Present())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{ all = ["diagnosis.sle", "diagnosis.ild"] }', Group(2, (SLE, ILD))),
        ('{ any = ["diagnosis.sle", "diagnosis.ild"] }', Group(1, (SLE, ILD))),
        ('{ none = ["diagnosis.sle", "diagnosis.ild"] }', Group(1, (SLE, ILD), none=True)),
        ('{ at_least = 1, of = ["diagnosis.sle", "diagnosis.ild"] }', Group(1, (SLE, ILD))),
        (
            '{ at_least = 2, of = ["diagnosis.sle", "diagnosis.ild"] }',
            Group(2, (SLE, ILD)),
        ),
        (
            '{ at_least = 2, of = ["diagnosis.sle", "diagnosis.ild", "diagnosis.sle"] }',
            Group(2, (SLE, ILD, SLE)),
        ),
        (
            '{ all = ["diagnosis.sle", { none = ["diagnosis.ild"] }] }',
            Group(2, (SLE, Group(1, (ILD,), none=True))),
        ),
        ('{ some = "car_t" }', Records("car_t", ())),
        (
            '{ some = "treatment", where = ["drug is rituximab", "diagnosis.sle"] }',
            Records("treatment", (leaf("drug is rituximab", Is(("rituximab",))), SLE)),
        ),
        (
            '{ at_least = 2, different = "drug", of = "treatment" }',
            Records("treatment", (), 2, "drug"),
        ),
        (
            '{ at_least = 1, different = "drug", of = "treatment", where = ["diagnosis.sle"] }',
            Records("treatment", (SLE,), 1, "drug"),
        ),
        (
            '{ some = "treatment", where = ["lasted > 6 weeks"] }',
            Records("treatment", (leaf("lasted > 6 weeks", Compare(">", Fraction(6), "weeks")),)),
        ),
        (
            '{ some = "treatment", where = ["unchanged <= 4 weeks"] }',
            Records(
                "treatment", (leaf("unchanged <= 4 weeks", Compare("<=", Fraction(4), "weeks")),)
            ),
        ),
        (
            '{ some = "treatment", where = '
            '["lasted >= 3 months", "last_dose within 5 half-lives"] }',
            Records(
                "treatment",
                (
                    leaf("lasted >= 3 months", Compare(">=", Fraction(3), "months")),
                    leaf("last_dose within 5 half-lives", Present(), Window(5, "half-lives")),
                ),
            ),
        ),
        (
            '{ some = "treatment", where = ["last_dose within 1 half-life before infusion"] }',
            Records(
                "treatment",
                (
                    leaf(
                        "last_dose within 1 half-life before infusion",
                        Present(),
                        Window(1, "half-lives", "infusion"),
                    ),
                ),
            ),
        ),
        (
            '{ some = "treatment", where = ["stop is ongoing"] }',
            Records("treatment", (leaf("stop is ongoing", Is(("ongoing",))),)),
        ),
        ('{ ask = "Any other reason?" }', Question("Any other reason?", "judgement")),
        ('{ ask = "Consent?", about = "promise" }', Question("Consent?", "promise")),
        ('{ ask = "Criterion 1?", about = "gap" }', Question("Criterion 1?", "gap")),
    ],
)
def test_a_group(text: str, rule: Rule) -> None:
    """rule = leaf | group | records | question, as the docstring of the module has it."""
    assert rule_toml(text) == rule


AT_LEAST = "at_least is not a number; write at_least = 2, say, without quotes."
GROUPS = (
    "{ all = [...] }, { any = [...] }, { none = [...] }, { at_least = 2, of = [...] }, "
    '{ some = "treatment", where = [...] } or { ask = "..." }'
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # names
        ("lab.altt <= 3 ULN", "there is no fact 'lab.altt'. Did you mean 'lab.alt'?"),
        ("labs.alt <= 3 ULN", "there is no fact 'labs.alt'. Did you mean 'lab.alt'?"),
        (
            "lab.neutrophil >= 1 10^9/L",
            "there is no fact 'lab.neutrophil'. Did you mean 'lab.neutrophils'?",
        ),
        ("alt <= 3 ULN", "'alt' has no section; outside `where` a fact is section.name."),
        # values
        ("lab.alt", "@: lab.alt is not a yes-or-no finding; compare it, or write `is`."),
        ("heart.ecg", "@: heart.ecg is not a yes-or-no finding; compare it, or write `is`."),
        (
            "renal.biopsy_date",
            "@: renal.biopsy_date is not a yes-or-no finding; compare it, or write `is`.",
        ),
        ("lab.alt is high", "@: lab.alt has no words; write `lab.alt` alone, or a comparison."),
        (
            "diagnosis.sle is yes",
            "@: diagnosis.sle has no words; write `diagnosis.sle` alone, or a comparison.",
        ),
        ("heart.ecg > 3", "@: heart.ecg is no number; write `heart.ecg` alone or `is`."),
        (
            "diagnosis.sle >= 1",
            "@: diagnosis.sle is no number; write `diagnosis.sle` alone or `is`.",
        ),
        ("heart.ecg is norml", "@: 'norml' is not a word of heart.ecg. Did you mean 'normal'?"),
        (
            "heart.nyha is V",
            "@: 'V' is not a word of heart.nyha. It is one of no heart disease, I, II, III, IV.",
        ),
        ("heart.ecg is normal or normal", "@: a word is written twice."),
        # units
        ("lab.alt <= 3", "@: the unit is missing; lab.alt is in U/L."),
        ("lab.alt <= 3 mg/dL", "@: mg/dL does not fit lab.alt, which is in U/L."),
        (
            "lab.alt <= 3 mgdl",
            "@: the unit 'mgdl' is not known; expected U/L or a unit that converts to it.",
        ),
        (
            "lab.alt <= 3 ULNN",
            "@: the unit 'ULNN' is not known; expected U/L or a unit that converts to it. "
            "Did you mean 'ULN'?",
        ),
        (
            "lab.hemoglobin >= 6 G/dL",
            "@: the unit 'G/dL' is not known; expected g/L or a unit that converts to it. "
            "Did you mean 'g/dL'?",
        ),
        # an enzyme has no molar mass
        ("lab.alt >= 3 mmol/L", "@: mmol/L does not fit lab.alt, which is in U/L."),
        ("activity.sledai_2k >= 8 kg", "@: kg does not fit activity.sledai_2k, which is in 1."),
        ("activity.sledai_2k >= 8 mg/g", "@: mg/g does not fit activity.sledai_2k, which is in 1."),
        ("lung.fvc >= 0.5 1", "@: 1 does not fit lung.fvc, which is in %."),
        (
            "infection.syphilis_titre >= 8",
            "@: the unit is missing; infection.syphilis_titre is in titre.",
        ),
        ("lab.alt >= 1:8", "@: lab.alt is no titre."),
        # windows
        ("ms.relapse within 0 days", "@: a window is at least one day long."),
        (
            "ms.relapse within 3 days before infusio",
            "@: 'infusio' is not a study visit. Did you mean 'infusion'?",
        ),
        (
            "ms.relapse within 3 days before birth",
            "@: 'birth' is not a study visit. The visits are screening, consent, enrollment, "
            "leukapheresis, lymphodepletion, infusion.",
        ),
        (
            "lab.alt <= 3 ULN in the last 7 days",
            "@ is not a test. A window is `within 7 days`.",
        ),
        (
            "diagnosis.sle over the past 6 months",
            "@ is not a test. A window is `within 6 months`.",
        ),
        (
            "ms.relapse within 3 half-lives",
            "@: half-lives are measured from the last dose in an entry of a list.",
        ),
        (
            "lab.alt <= 3 ULN within 3 fortnights",
            "@: a window is `within 6 months [before enrollment]`, say.",
        ),
        (
            "heart.ecg is normal within six days",
            "@: a window is `within 6 months [before enrollment]`, say.",
        ),
        (
            "activity.sledai_2k >= 8 within a week",
            "@ is not a test. A window is `within 6 months [before enrollment]`, say.",
        ),
        # changes
        ("lung.fvc fell >= 10 %", "@: a change needs a window: `fell >= 10 % within 6 months`."),
        ("lung.fvc fell >= 0 % within 6 months", "@: a change is by more than 0."),
        ("lung.fvc fell >= 10 kg within 6 months", "@: kg does not fit lung.fvc, which is in %."),
        ("lung.fvc fell > 10 % within 6 months", "@ is not a test. A change is written with >=."),
        (
            "heart.ecg fell >= 10 % within 6 months",
            "@: heart.ecg has no series of numbers to rise or fall.",
        ),
        (
            "diagnosis.sle rose >= 1 within 6 months",
            "@: diagnosis.sle has no series of numbers to rise or fall.",
        ),
        # slips of the hand
        (
            "diagnosis.sle = true",
            "@ is not a test. Write `fact is word`, or <= and >= for a number.",
        ),
        ("lab.alt == 3 ULN", "@ is not a test. Write `fact is word`, or <= and >= for a number."),
        ("lab.alt<=3 ULN", "@ is not a test. Put a space on both sides of the comparison."),
        ("lab.alt <=3 ULN", "@ is not a test. Put a space on both sides of the comparison."),
        ("lab.alt<= 3 ULN", "@ is not a test. Put a space on both sides of the comparison."),
        ("lab.alt <= 3,5 ULN", "@ is not a test. Write a decimal point."),
        ("lab.alt ≤ 3 ULN", "@ is not a test. Write <= or >=."),
        ("diagnosis.sle and diagnosis.ild", "@ is not a test. Write two tests in { all = [...] }."),
        ("lab.alt <= -3 U/L", "@ is not a test. It begins with a fact: `lab.alt <= 3 ULN`, say."),
        ("Lab.ALT <= 3 ULN", "@ is not a test. It begins with a fact: `lab.alt <= 3 ULN`, say."),
        ("", "@ is not a test. It begins with a fact: `lab.alt <= 3 ULN`, say."),
        ("3", "@ is not a test. It begins with a fact: `lab.alt <= 3 ULN`, say."),
        (
            "person.age >= 18.5 years",
            "@: an age is in completed years; write whole years, or "
            "`person.birth_date within 6 months`, say.",
        ),
        # the same faults elsewhere
        (
            "lab.alt <= 3 within 6 weeks before infusio",
            "@: the unit is missing; lab.alt is in U/L.",
        ),
        (
            "lung.fvc fell >= 10 % within 6 months before enrolment",
            "@: 'enrolment' is not a study visit. Did you mean 'enrollment'?",
        ),
        (
            "lab.alt fell >= 1 U/L within a month",
            "@: a window is `within 6 months [before enrollment]`, say.",
        ),
        (
            "lab.alt fell >= 10 U/L, within 3 months",
            "@: the unit 'U/L,' is not known; expected U/L or a unit that converts to it. "
            "'L,' is not understood.",
        ),
        ("lab.alt rose >= 1 ULN within 6 months", "@: ULN does not fit lab.alt, which is in U/L."),
        ("lung.fvc fell >= 10 within 6 months", "@: 1 does not fit lung.fvc, which is in %."),
        (
            "lab.alt fell >= 10 U/L with in 3 within 6 fortnights",
            "@: a window is `within 6 months [before enrollment]`, say.",
        ),
        ("lung.fvc rose < 10 % within 6 months", "@ is not a test. A change is written with >=."),
        ("lung.fvc rose <= 10 % within 6 months", "@ is not a test. A change is written with >=."),
        (
            "infection.syphilis_titre >= 8 g/L",
            "@: g/L does not fit infection.syphilis_titre, which is in titre.",
        ),
        ("heart.ecg >= 1:8", "@: heart.ecg is no number; write `heart.ecg` alone or `is`."),
        ("lab.alt >=3 ULN", "@ is not a test. Put a space on both sides of the comparison."),
        ("lab.alt > =3 ULN", "@ is not a test. Write `fact is word`, or <= and >= for a number."),
        ("lab.alt =< 3 ULN", "@ is not a test. Write `fact is word`, or <= and >= for a number."),
        ("lab.alt=3 ULN", "@ is not a test. Write `fact is word`, or <= and >= for a number."),
        ("lab.alt ≥ 3 ULN", "@ is not a test. Write <= or >=."),
        ("lab.alt < 3,5 ULN", "@ is not a test. Write a decimal point."),
        (
            "diagnosis.sle is yes or yes",
            "@: diagnosis.sle has no words; write `diagnosis.sle` alone, or a comparison.",
        ),
        (
            "heart.nyha is I or V",
            "@: 'V' is not a word of heart.nyha. It is one of no heart disease, I, II, III, IV.",
        ),
        (
            "heart.ecg is normal and diagnosis.sle",
            "@ is not a test. Write two tests in { all = [...] }.",
        ),
        (
            "lab.alt <= 3 ULN and lab.ast <= 3 ULN",
            "@ is not a test. Write two tests in { all = [...] }.",
        ),
        (
            "diagnosis.sle within 6 month and diagnosis.ild",
            "@ is not a test. Write two tests in { all = [...] }.",
        ),
        # quotes too many
        (
            "lab.alt <= '3' ULN",
            "@ is not a test. A number stands without quotes of its own: `lab.alt <= 3 ULN`, say.",
        ),
    ],
)
def test_a_fault_of_a_leaf_names_the_likely_fix(text: str, words: str) -> None:
    """Each way to be wrong has a message of its own; @ is the test itself, in quotes."""
    with pytest.raises(Problem) as caught:
        rule_toml(text)

    assert words.replace("@", repr(text)) == str(caught.value)


@pytest.mark.parametrize(
    ("count", "listed"), [(14, " It is one of a, b, c, d, e, f, g, h, i, j, k, l, m, n."), (15, "")]
)
def test_few_words_are_listed_and_many_are_not(count: int, listed: str) -> None:
    """A sentence that offers more than 14 words is none."""
    finding = FactEntry(
        name="eye.colour",
        label="Colour",
        kind="finding",
        choices=tuple("abcdefghijklmnopqrstuvwxyz"[:count]),
    )

    with pytest.raises(Problem) as caught:
        parse_rule("eye.colour is 7", Vocabulary({"eye.colour": finding}, {}, {}, {}))

    message = f"'eye.colour is 7': '7' is not a word of eye.colour.{listed}"
    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{ al = ["diagnosis.sle"] }', "there is no group 'al'. Did you mean 'all'?"),
        ('{ or = ["diagnosis.sle"] }', "there is no group 'or'. Did you mean 'any'?"),
        ('{ and = ["diagnosis.sle"] }', "there is no group 'and'. Did you mean 'all'?"),
        ('{ not = ["diagnosis.sle"] }', "there is no group 'not'. Did you mean 'none'?"),
        ('{ xor = ["diagnosis.sle"] }', f"there is no group 'xor'. A group is {GROUPS}."),
        ("{ all = [] }", "a group has no rules; an empty list would hold of everyone."),
        ("{ any = [] }", "a group has no rules; an empty list would hold of everyone."),
        ("{ none = [] }", "a group has no rules; an empty list would hold of everyone."),
        ('{ all = "diagnosis.sle" }', "all is not a list of rules; write { all = [...] }."),
        (
            '{ all = ["diagnosis.sle"], any = ["diagnosis.ild"] }',
            f"the keys all, any do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ at_least = 2, of = ["diagnosis.sle"] }',
            "at_least = 2 of 1 rules can never be decided by them.",
        ),
        (
            '{ at_least = 0, of = ["diagnosis.sle"] }',
            "at_least = 0 of 1 rules can never be decided by them.",
        ),
        ('{ at_least = true, of = ["diagnosis.sle"] }', AT_LEAST),
        ('{ at_least = "2", of = ["diagnosis.sle"] }', AT_LEAST),
        (
            "{ at_least = 2 }",
            f"the keys at_least do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ some = "treatments" }',
            "there is no list of records 'treatments'. Did you mean 'treatment'?",
        ),
        (
            '{ some = "treatment", where = [] }',
            "a group has no rules; an empty list would hold of everyone.",
        ),
        ('{ some = "treatment", where = "drug is rituximab" }', "where is not a list of rules."),
        (
            '{ some = "treatment", where = ["drgu is rituximab"] }',
            "treatment has no field 'drgu'. Did you mean 'drug'?",
        ),
        (
            '{ some = "vaccine", where = ["zork"] }',
            "vaccine has no field 'zork'. It has name, live, date.",
        ),
        (
            '{ some = "treatment", where = ["drug is rituximb"] }',
            "'drug is rituximb': 'rituximb' is not a word of drug. Did you mean 'rituximab'?",
        ),
        (
            '{ some = "treatment", where = ["drug is MMF"] }',
            "'drug is MMF': 'MMF' is not a word of drug.",
        ),
        (
            '{ some = "treatment", where = ["start"] }',
            "'start': start is not a yes-or-no finding; compare it, or write `is`.",
        ),
        (
            '{ some = "treatment", where = ["dose >= 1 mg/kg/day"] }',
            "'dose >= 1 mg/kg/day': mg/kg/day does not fit dose, which is in mg/day.",
        ),
        (
            '{ some = "treatment", where = ["lasted >= 3 mg"] }',
            "'lasted >= 3 mg': a time is a whole number of days, weeks, months or years.",
        ),
        (
            '{ some = "treatment", where = ["lasted >= 3 kg"] }',
            "'lasted >= 3 kg': a time is a whole number of days, weeks, months or years.",
        ),
        (
            '{ some = "treatment", where = ["lasted >= 1.5 months"] }',
            "'lasted >= 1.5 months': a time is a whole number of days, weeks, months or years.",
        ),
        (
            '{ some = "treatment", where = ["lasted <= 3 months"] }',
            "'lasted <= 3 months': lasted takes > or >= and a time.",
        ),
        (
            '{ some = "treatment", where = [{ any = ["stop is ongoing", "lasted >= 3 months"] }] }',
            "'lasted >= 3 months': lasted stands in where itself, in no group there.",
        ),
        (
            '{ some = "treatment", where = [{ all = ["lasted >= 3 months"] }] }',
            "'lasted >= 3 months': lasted stands in where itself, in no group there.",
        ),
        (
            '{ some = "treatment", where = [{ none = ["lasted >= 3 months"] }] }',
            "'lasted >= 3 months': lasted stands in where itself, in no group there.",
        ),
        (
            '{ some = "treatment", where = [{ at_least = 1, of = ["lasted >= 3 months"] }] }',
            "'lasted >= 3 months': lasted stands in where itself, in no group there.",
        ),
        (
            '{ some = "treatment", where = ["drug is rituximab within 3 months"] }',
            "'drug is rituximab within 3 months': drug has no date to lie in a window; name "
            "the field that is one.",
        ),
        (
            '{ some = "treatment", where = ["dose >= 1 mg/day within 3 days"] }',
            "'dose >= 1 mg/day within 3 days': dose has no date to lie in a window; name the "
            "field that is one.",
        ),
        (
            '{ some = "treatment", where = ["stop is ongoing within 3 days"] }',
            "'stop is ongoing within 3 days': stop has no date to lie in a window; name the "
            "field that is one.",
        ),
        (
            '{ some = "treatment", where = ["lasted >= 3 months within 3 days"] }',
            "'lasted >= 3 months within 3 days': lasted has no date to lie in a window; name "
            "the field that is one.",
        ),
        (
            '{ some = "treatment", where = ["start within 5 half-lives"] }',
            "'start within 5 half-lives': half-lives are measured from the last_dose of a "
            "treatment.",
        ),
        (
            '{ some = "treatment", where = ["dose rose >= 10 % within 3 days"] }',
            "'dose rose >= 10 % within 3 days': dose has no series of numbers to rise or fall.",
        ),
        (
            '{ at_least = 0, different = "drug", of = "treatment" }',
            "at_least = 0 would hold of everyone.",
        ),
        ('{ at_least = true, different = "drug", of = "treatment" }', AT_LEAST),
        (
            '{ at_least = 2, different = "drgu", of = "treatment" }',
            "treatment has no field 'drgu'. Did you mean 'drug'?",
        ),
        (
            '{ at_least = 2, of = "treatment" }',
            f"the keys at_least, of do not make a rule together; a group is {GROUPS}.",
        ),
        ('{ ask = " " }', "ask has no question."),
        (
            '{ ask = "Why?", about = "curiosity" }',
            'about = \'curiosity\' is not "judgement", "promise" or "gap".',
        ),
        (
            '{ ask = "Why?", where = [] }',
            f"the keys ask, where do not make a rule together; a group is {GROUPS}.",
        ),
        ("{ }", f"the keys (none) do not make a rule together; a group is {GROUPS}."),
        ("{ all = [3] }", f"3 is not a rule; write a test in quotes, or {GROUPS}."),
        (
            '{ all = ["diagnosis.sle", ["diagnosis.ild"]] }',
            f"a list is not a rule; write a test in quotes, or {GROUPS}.",
        ),
        (
            '{ any = "diagnosis.sle" }',
            "any is not a list of rules; write { any = [...] }.",
        ),
        (
            '{ none = "diagnosis.sle" }',
            "none is not a list of rules; write { none = [...] }.",
        ),
        (
            '{ all = ["diagnosis.sle"], about = "gap" }',
            f"the keys all, about do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ any = ["diagnosis.sle"], about = "gap" }',
            f"the keys any, about do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ none = ["diagnosis.sle"], about = "gap" }',
            f"the keys none, about do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ at_least = 1, of = ["diagnosis.sle"], about = "gap" }',
            f"the keys at_least, of, about do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ some = "treatment", about = "gap" }',
            f"the keys some, about do not make a rule together; a group is {GROUPS}.",
        ),
        (
            '{ at_least = 2, different = "drug", of = "treatment", about = "gap" }',
            "the keys at_least, different, of, about do not make a rule together; "
            f"a group is {GROUPS}.",
        ),
        (
            '{ at_least = 3, of = ["diagnosis.sle", "diagnosis.ild"] }',
            "at_least = 3 of 2 rules can never be decided by them.",
        ),
        (
            '{ at_least = "1", of = ["diagnosis.sle"] }',
            AT_LEAST,
        ),
        ('{ ask = "Why?", about = 3 }', 'about = 3 is not "judgement", "promise" or "gap".'),
        ("{ some = 3 }", f"the keys some do not make a rule together; a group is {GROUPS}."),
        (
            '{ at_least = -1, different = "drug", of = "treatment" }',
            "at_least = -1 would hold of everyone.",
        ),
        (
            '{ some = "treatment", where = ["lasted < 3 months"] }',
            "'lasted < 3 months': lasted takes > or >= and a time.",
        ),
        (
            '{ some = "treatment", where = ["lasted"] }',
            "'lasted': lasted is not a yes-or-no finding; compare it, or write `is`.",
        ),
        (
            '{ some = "treatment", where = ["lasted >= 3 ULN"] }',
            "'lasted >= 3 ULN': a time is a whole number of days, weeks, months or years.",
        ),
        ('{ some = "zork" }', "there is no list of records 'zork'."),
        ('{ at_least = 2, different = "zork", of = "vaccine" }', "vaccine has no field 'zork'."),
        (
            '{ some = "treatment", where = ["lasted >= 3"] }',
            "'lasted >= 3': a time is a whole number of days, weeks, months or years.",
        ),
        (
            '{ some = "treatment", where = [{ any = ["drgu is rituximab"] }] }',
            "treatment has no field 'drgu'. Did you mean 'drug'?",
        ),
        (
            '{ some = "treatment", where = ["start fell >= 1 % within 3 days"] }',
            "'start fell >= 1 % within 3 days': start has no series of numbers to rise or fall.",
        ),
        (
            '{ some = "vaccine", where = ["live within 3 days"] }',
            "'live within 3 days': live has no date to lie in a window; name the field that "
            "is one.",
        ),
        (
            '{ some = "treatment", where = ["response is good"] }',
            "'response is good': 'good' is not a word of response. It is one of adequate, "
            "inadequate, intolerance, contraindication, relapse.",
        ),
    ],
)
def test_a_fault_of_a_group_names_the_likely_fix(text: str, words: str) -> None:
    """A group that says nothing, or something else than it seems to, is refused."""
    with pytest.raises(Problem) as caught:
        rule_toml(text)

    assert words == str(caught.value)


@pytest.mark.parametrize("data", [None, 3, True, [], 1.5])
def test_what_is_neither_text_nor_table_is_no_rule(data: object) -> None:
    """A rule is a test in quotes or a group in braces."""
    with pytest.raises(Problem, match="is not a rule"):
        parse_rule(data, VOCABULARY)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("diagnosis.sle", ["Systemic lupus erythematosus, on any basis"]),
        (
            "lab.alt <= 3 ULN within 7 days before enrollment",
            [
                "Alanine aminotransferase (ALT) at most 3 x ULN, within 7 days before enrollment",
            ],
        ),
        ("lab.hemoglobin >= 6 g/dL", ["Haemoglobin at least 60 g/L"]),
        ("lab.hemoglobin > 6 g/dL", ["Haemoglobin above 60 g/L"]),
        ("lab.hemoglobin < 6 g/dL", ["Haemoglobin below 60 g/L"]),
        ("lab.igg >= 1 LLN", ["Immunoglobulin G at least 1 x LLN"]),
        ("activity.sledai_2k >= 8", ["SLEDAI-2K, total at least 8"]),
        ("infection.syphilis_titre >= 1:8", ["RPR or TRUST titre at least 1:8"]),
        (
            "heart.ecg is normal or not significant",
            ["Electrocardiogram, as assessed: normal or not significant"],
        ),
        (
            "lung.fvc fell >= 10 % within 6 months",
            [
                "Forced vital capacity, percent predicted fell by at least "
                "10 % of the earlier result, within 6 months before screening"
            ],
        ),
        (
            "lung.fvc rose >= 10 percentage points within 6 months",
            [
                "Forced vital capacity, percent predicted rose by at least "
                "10 percentage points, within 6 months before screening"
            ],
        ),
        (
            "lab.hemoglobin fell >= 2 g/dL within 6 months",
            ["Haemoglobin fell by at least 20 g/L, within 6 months before screening"],
        ),
        (
            "activity.mrss rose >= 5 within 6 months",
            [
                "Modified Rodnan skin score rose by at least 5, within 6 months before screening",
            ],
        ),
        (
            '{ all = ["diagnosis.sle", { none = ["diagnosis.ild"] }] }',
            [
                "all of:",
                "  Systemic lupus erythematosus, on any basis",
                "  not:",
                "    Interstitial lung disease",
            ],
        ),
        (
            '{ none = ["diagnosis.sle", "diagnosis.ild"] }',
            [
                "none of:",
                "  Systemic lupus erythematosus, on any basis",
                "  Interstitial lung disease",
            ],
        ),
        (
            '{ any = ["diagnosis.sle", "diagnosis.ild"] }',
            [
                "any of:",
                "  Systemic lupus erythematosus, on any basis",
                "  Interstitial lung disease",
            ],
        ),
        ('{ any = ["diagnosis.ild"] }', ["Interstitial lung disease"]),
        (
            '{ at_least = 2, of = ["diagnosis.sle", "diagnosis.ild", "renal.end_stage"] }',
            [
                "at least 2 of:",
                "  Systemic lupus erythematosus, on any basis",
                "  Interstitial lung disease",
                "  End-stage renal failure",
            ],
        ),
        ('{ some = "car_t" }', ["at least 1 entry under 'CAR-T cell treatments, ever'"]),
        (
            '{ some = "car_t", where = ["target is CD19"] }',
            ["at least 1 entry under 'CAR-T cell treatments, ever' with all of:", "  Target: CD19"],
        ),
        (
            '{ at_least = 2, different = "target", of = "car_t" }',
            ["at least 2 entries with different target under 'CAR-T cell treatments, ever'"],
        ),
        (
            '{ at_least = 2, different = "target", of = "car_t", '
            'where = [{ none = ["target is CD19", "diagnosis.sle"] }] }',
            [
                "at least 2 entries with different target under "
                "'CAR-T cell treatments, ever' with all of:",
                "  none of:",
                "    Target: CD19",
                "    Systemic lupus erythematosus, on any basis",
            ],
        ),
        (
            '{ some = "car_t", where = [{ any = ["target is CD19"] }] }',
            ["at least 1 entry under 'CAR-T cell treatments, ever' with all of:", "  Target: CD19"],
        ),
        ('{ ask = "Any other reason?" }', ["the investigator judges: Any other reason?"]),
        ('{ ask = "Consent?", about = "promise" }', ["the person is asked: Consent?"]),
        ('{ ask = "Criterion 1?", about = "gap" }', ["the page does not say: Criterion 1?"]),
    ],
)
def test_a_rule_in_english(text: str, english: list[str]) -> None:
    """What a reviewer compares with the page: a line for each part, indented by level."""
    assert describe(rule_toml(text), VOCABULARY) == english


@pytest.mark.parametrize(
    "data",
    [
        "lab.alt <= 3 ULN within 7 days before enrollment",
        {"all": ["diagnosis.sle", "diagnosis.ild"]},
        {"any": ["diagnosis.sle", {"none": ["diagnosis.ild"]}]},
        {"none": ["diagnosis.sle", "diagnosis.ild"]},
        {"at_least": 2, "of": ["diagnosis.sle", "diagnosis.ild", "renal.end_stage"]},
        {"some": "car_t"},
        {"some": "car_t", "where": ["target is CD19"]},
        {"at_least": 2, "different": "drug", "of": "treatment"},
        {"at_least": 2, "different": "drug", "of": "treatment", "where": ["stop is ongoing"]},
        {"ask": "Any other reason?"},
        {"ask": "Consent?", "about": "promise"},
        {"ask": "Criterion 1?", "about": "gap"},
    ],
)
def test_a_rule_is_written_as_a_criterion_writes_it(data: Any) -> None:
    """The TOML data of a rule is what it was parsed from: the plainest way to say it."""
    assert rule_to_toml(parse_rule(data, VOCABULARY)) == data


def test_what_a_rule_reads() -> None:
    """Facts and lists, each once, in order, with the visits that its windows count back from."""
    rule = rule_toml("""{ all = [
        "lab.alt <= 3 ULN",
        { none = [{ some = "treatment", where = [
            "drug is rituximab", "last_dose within 4 weeks before infusion",
            "activity.sle is severe",
        ] }] },
        "lab.alt <= 40 U/L within 7 days",
        { ask = "Any other reason?" },
    ] }""")

    assert names_read(rule) == ("lab.alt", "treatment", "dates.infusion", "activity.sle")


def test_the_question_of_a_rule() -> None:
    """A rule asks a person at most once, wherever in the tree."""
    assert rule_toml('{ all = ["diagnosis.sle", { ask = "Why?" }] }').question == Question("Why?")
    assert rule_toml("diagnosis.sle").question is None


def test_walk_meets_every_part_once() -> None:
    """The tree is walked from the outside in, in the order of the text."""
    rule = rule_toml('{ any = ["diagnosis.sle", { some = "car_t", where = ["target is CD19"] }] }')

    assert [type(part) for part in walk(rule)] == [Group, Test, Records, Test]


BUNDLED = {
    f"{trial.id} {criterion.id} {number}": rule
    for trial in bundled_pack().trials
    for criterion in trial.criteria
    for number, rule in enumerate(
        [reading.rule for reading in criterion.readings]
        + ([criterion.applies] if criterion.applies else [])
    )
}


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_rule_survives_toml(name: str) -> None:
    """Written as TOML data and parsed again, each rule of each trial is the same tree."""
    assert parse_rule(rule_to_toml(BUNDLED[name]), VOCABULARY) == BUNDLED[name]


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_rule_has_english(name: str) -> None:
    """Each rule of each trial is described, and no two of its lines run into one."""
    lines = describe(BUNDLED[name], VOCABULARY)

    assert lines
    assert all(line.strip() and "\n" not in line for line in lines)


def test_a_group_in_quotes_is_told_to_stand_without() -> None:
    """Quotes are for a single test."""
    with pytest.raises(Problem, match=r"is not a test\. A group stands without quotes around it"):
        parse_rule('{ all = ["diagnosis.sle"] }', bundled_pack().vocabulary)
