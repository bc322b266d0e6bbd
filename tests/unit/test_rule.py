"""The rule language: each production as a tree, each fault by its message, each node in English."""

from fractions import Fraction
from typing import Any

import pytest
from support import rule_toml

from cartscreen.dates import Window
from cartscreen.errors import Problem
from cartscreen.rule import (
    Change,
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    describe,
    names_read,
    parse_rule,
    question_of,
    rule_to_toml,
    walk,
)
from cartscreen.trial import bundled_pack

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


SLE, ILD = leaf("diagnosis.sle", Present()), leaf("diagnosis.ild", Present())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{ all = ["diagnosis.sle", "diagnosis.ild"] }', Group(2, (SLE, ILD))),
        ('{ any = ["diagnosis.sle", "diagnosis.ild"] }', Group(1, (SLE, ILD))),
        ('{ none = ["diagnosis.sle", "diagnosis.ild"] }', Group(1, (SLE, ILD), none=True)),
        ('{ at_least = 1, of = ["diagnosis.sle", "diagnosis.ild"] }', Group(1, (SLE, ILD))),
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # names
        ("lab.al <= 3 ULN", "no fact 'lab.al'.*Did you mean 'lab.alt'"),
        ("labs.alt <= 3 ULN", "no fact 'labs.alt'.*Did you mean 'lab.alt'"),
        ("lab.neutrophil >= 1 10^9/L", "Did you mean 'lab.neutrophils'"),
        ("alt <= 3 ULN", "'alt' has no section; outside `where` a fact is section.name"),
        # values
        ("lab.alt", "lab.alt is not a yes-or-no finding; compare it, or write `is`"),
        ("heart.ecg", "heart.ecg is not a yes-or-no finding"),
        ("renal.biopsy_date", "renal.biopsy_date is not a yes-or-no finding"),
        ("lab.alt is high", "lab.alt has no words"),
        ("diagnosis.sle is yes", "diagnosis.sle has no words; write `diagnosis.sle` alone"),
        ("heart.ecg > 3", "heart.ecg is no number; write `heart.ecg` alone or `is`"),
        ("diagnosis.sle >= 1", "diagnosis.sle is no number"),
        ("heart.ecg is norml", "'norml' is not a word of heart.ecg.*Did you mean 'normal'"),
        ("heart.nyha is V", "'V' is not a word of heart.nyha.*no heart disease, I, II, III, IV"),
        ("heart.ecg is normal or normal", "a word is written twice"),
        # units
        ("lab.alt <= 3", "the unit is missing; lab.alt is in U/L"),
        ("lab.alt <= 3 mg/dL", "mg/dL does not fit lab.alt, which is in U/L"),
        ("lab.alt <= 3 mgdl", "the unit 'mgdl' is not known.*expected U/L"),
        ("lab.alt <= 3 ULNN", "the unit 'ULNN' is not known.*Did you mean .*'ULN'"),
        ("lab.hemoglobin >= 6 G/DL", "Did you mean 'g/d[lL]'"),
        ("lab.hemoglobin >= 3 mmol/L", "mmol/L does not fit lab.hemoglobin"),  # no molar mass
        ("activity.sledai_2k >= 8 kg", "kg does not fit activity.sledai_2k"),
        ("activity.sledai_2k >= 8 mg/g", "mg/g does not fit activity.sledai_2k"),
        ("lung.fvc >= 0.5 1", "1 does not fit lung.fvc"),
        (
            "infection.syphilis_titre >= 8",
            "the unit is missing; infection.syphilis_titre is in titre",
        ),
        ("lab.alt >= 1:8", "lab.alt is no titre"),
        # windows
        ("ms.relapse within 0 days", "a window is at least one day long"),
        ("ms.relapse within 3 days before infusio", "'infusio' is not a study visit.*'infusion'"),
        ("ms.relapse within 3 days before birth", "'birth' is not a study visit"),
        ("ms.relapse within 3 half-lives", "half-lives are measured from the last_dose"),
        ("lab.alt <= 3 ULN within 3 fortnights", "a window is `within 6 months"),
        ("heart.ecg is normal within six days", "a window is `within 6 months"),
        ("activity.sledai_2k >= 8 within a week", "A window is `within 6 months"),
        # changes
        ("lung.fvc fell >= 10 %", "a change needs a window"),
        ("lung.fvc fell >= 0 % within 6 months", "a change is by more than 0"),
        ("lung.fvc fell >= 10 kg within 6 months", "kg does not fit lung.fvc, which is in %"),
        ("lung.fvc fell > 10 % within 6 months", "A change is written with >="),
        ("heart.ecg fell >= 10 % within 6 months", "heart.ecg has no series of numbers"),
        ("diagnosis.sle rose >= 1 within 6 months", "diagnosis.sle has no series of numbers"),
        # slips of the hand
        ("diagnosis.sle = true", "Write `fact is word`, or <= and >= for a number"),
        ("lab.alt == 3 ULN", "Write `fact is word`"),
        ("lab.alt<=3 ULN", "Put a space on both sides of the comparison"),
        ("lab.alt <=3 ULN", "Put a space on both sides of the comparison"),
        ("lab.alt<= 3 ULN", "Put a space on both sides of the comparison"),
        ("lab.alt <= 3,5 ULN", "Write a decimal point"),
        ("lab.alt ≤ 3 ULN", "Write <= or >="),
        ("diagnosis.sle and diagnosis.ild", r"Write two tests in \{ all = \[...\] \}"),
        ("lab.alt <= -3 U/L", "It begins with a fact"),
        ("Lab.ALT <= 3 ULN", "It begins with a fact"),
        ("", "It begins with a fact"),
        ("3", "It begins with a fact"),
    ],
)
def test_a_fault_of_a_leaf_names_the_likely_fix(text: str, words: str) -> None:
    """Each way to be wrong has a message of its own."""
    with pytest.raises(Problem, match=words):
        rule_toml(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{ al = ["diagnosis.sle"] }', "there is no group 'al'.*Did you mean 'all'"),
        ('{ or = ["diagnosis.sle"] }', "there is no group 'or'"),
        ("{ all = [] }", "a group has no rules; an empty list would hold of everyone"),
        ("{ any = [] }", "a group has no rules"),
        ("{ none = [] }", "a group has no rules"),
        ('{ all = "diagnosis.sle" }', "the keys all do not make a rule together"),
        ('{ all = ["diagnosis.sle"], any = ["diagnosis.ild"] }', "all, any do not make a rule"),
        ('{ at_least = 2, of = ["diagnosis.sle"] }', "at_least = 2 of 1 rules"),
        ('{ at_least = 0, of = ["diagnosis.sle"] }', "at_least = 0 of 1 rules"),
        ('{ at_least = true, of = ["diagnosis.sle"] }', "at_least is not a number"),
        ("{ at_least = 2 }", "the keys at_least do not make a rule"),
        ('{ some = "treatments" }', "no list of records 'treatments'.*Did you mean 'treatment'"),
        ('{ some = "treatment", where = [] }', "a group has no rules"),
        ('{ some = "treatment", where = "drug is rituximab" }', "where is not a list of rules"),
        (
            '{ some = "treatment", where = ["drgu is rituximab"] }',
            "treatment has no field 'drgu'.*Did you mean 'drug'",
        ),
        ('{ some = "vaccine", where = ["zork"] }', "vaccine has no field 'zork'.*name, live, date"),
        (
            '{ some = "treatment", where = ["drug is rituximb"] }',
            "'rituximb' is not a word of drug.*Did you mean 'rituximab'",
        ),
        ('{ some = "treatment", where = ["drug is MMF"] }', "'MMF' is not a word of drug"),
        ('{ some = "treatment", where = ["start"] }', "start is not a yes-or-no finding"),
        ('{ some = "treatment", where = ["dose >= 1 mg/kg/day"] }', "does not fit dose"),
        (
            '{ some = "treatment", where = ["lasted >= 3 mg"] }',
            "the unit 'mg' is not known; expected months",
        ),
        ('{ some = "treatment", where = ["lasted >= 3 kg"] }', "a time is a whole number of days"),
        ('{ some = "treatment", where = ["lasted >= 1.5 months"] }', "a time is a whole number"),
        (
            '{ some = "treatment", where = ["lasted <= 3 months"] }',
            "lasted takes > or >= and a time",
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
        ('{ some = "treatment", where = ["drug is rituximab within 3 months"] }', "has no date"),
        ('{ some = "treatment", where = ["dose >= 1 mg/day within 3 days"] }', "has no date"),
        ('{ some = "treatment", where = ["stop is ongoing within 3 days"] }', "has no date"),
        ('{ some = "treatment", where = ["lasted >= 3 months within 3 days"] }', "has no date"),
        (
            '{ some = "treatment", where = ["start within 5 half-lives"] }',
            "half-lives are measured",
        ),
        (
            '{ some = "treatment", where = ["dose rose >= 10 % within 3 days"] }',
            "dose has no series of numbers",
        ),
        ('{ at_least = 0, different = "drug", of = "treatment" }', "would hold of everyone"),
        ('{ at_least = true, different = "drug", of = "treatment" }', "at_least is not a number"),
        (
            '{ at_least = 2, different = "drgu", of = "treatment" }',
            "treatment has no field 'drgu'.*Did you mean 'drug'",
        ),
        ('{ at_least = 2, of = "treatment" }', "at_least, of do not make a rule"),
        ('{ ask = " " }', "ask has no question"),
        ('{ ask = "Why?", about = "curiosity" }', 'is not "judgement", "promise" or "gap"'),
        ('{ ask = "Why?", where = [] }', "ask, where do not make a rule"),
        ("{ }", r"the keys \(none\) do not make a rule"),
        ("{ all = [3] }", "3 is not a rule; write a test in quotes or a group"),
        ('{ all = ["diagnosis.sle", ["diagnosis.ild"]] }', "is not a rule"),
    ],
)
def test_a_fault_of_a_group_names_the_likely_fix(text: str, words: str) -> None:
    """A group that says nothing, or something else than it seems to, is refused."""
    with pytest.raises(Problem, match=words):
        rule_toml(text)


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
        ('{ ask = "Any other reason?" }', ["the investigator judges: Any other reason?"]),
        ('{ ask = "Consent?", about = "promise" }', ["the person is asked: Consent?"]),
        ('{ ask = "Criterion 1?", about = "gap" }', ["the page does not say: Criterion 1?"]),
    ],
)
def test_a_rule_in_english(text: str, english: list[str]) -> None:
    """What a reviewer compares with the page: a line for each part, indented by level."""
    assert describe(rule_toml(text), VOCABULARY) == english


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
    assert question_of(rule_toml('{ all = ["diagnosis.sle", { ask = "Why?" }] }')) == Question(
        "Why?"
    )
    assert question_of(rule_toml("diagnosis.sle")) is None


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
