"""14. Reasons: what is said beside an open answer, and what a decided one follows from."""

import pytest
from support import asked, finding_for, screened, told

from cartscreen.evaluate.finding import Finding
from cartscreen.report import deciding_evidence


@pytest.mark.parametrize(
    ("rule", "profile", "said", "note"),
    [
        ("lab.alt <= 3 ULN", "", "unknown, not_recorded: lab.alt", ""),
        ("lab.alt <= 3 ULN", 'lab.alt = "unknown"',
         "unknown, not_recorded: lab.alt", "recorded as unknown"),
        ("lab.alt <= 3 ULN", 'lab.alt = "not done"',
         "unknown, not_recorded: lab.alt", "recorded as not done"),
        ("lab.alt <= 40 U/L", 'lab.alt = { value = "22 U/L", date = 2025-06-10 }',
         "unknown, future_dated: lab.alt", "the only result is dated after 2025-06-02"),
        ("infection.hbsag is negative",
         'infection = { hbsag = "negative", hbcab = "negative", hbv_dna = "above limit" }',
         "unknown, conflict: infection.hbsag",
         "the profile says that HBsAg and the hepatitis B core antibody are negative, and HBV DNA "
         "is detected"),
        ("lab.alt <= 3 ULN", 'lab.alt = "22 U/L"',
         "unknown, no_limit: lab.alt.upper", "the result has no upper limit of normal"),
        ("lab.alt >= 1 LLN", 'lab.alt = "22 U/L"',
         "unknown, no_limit: lab.alt.lower", "the result has no lower limit of normal"),
        ("lab.alt <= 40 U/L", 'lab.alt = "2 ULN"',
         "unknown, no_unit: lab.alt", "given only as a multiple of ULN"),
        ("lab.alt <= 40 U/L within 7 days", 'lab.alt = { value = "22 U/L", date = 2025-05-20 }',
         "unknown, not_recorded: lab.alt",
         "no result within 7 days before screening; the newest is of 2025-05-20"),
        ("lab.alt <= 40 U/L", 'lab.alt = [{ value = "22 U/L", date = 2025-06-01 }, '
         '{ value = "50 U/L", date = 2025-06-01 }]',
         "unknown, conflict: lab.alt", "results of the same day differ"),
        # of two results that agree that it is open, one says why, whichever stands first
        ("lab.alt <= 3 ULN", 'lab.alt = [{ value = "indeterminate", date = 2025-06-01 }, '
         '{ value = "22 U/L", date = 2025-06-01 }]',
         "unknown, not_recorded: lab.alt", "recorded as indeterminate"),
        ("lab.alt <= 3 ULN", 'lab.alt = [{ value = "22 U/L", date = 2025-06-01 }, '
         '{ value = "indeterminate", date = 2025-06-01 }]',
         "unknown, not_recorded: lab.alt", "recorded as indeterminate"),
        ("lab.alt rose >= 10 % within 6 months",
         'lab.alt = [{ value = "20 U/L", date = 2025-05-01 }, '
         '{ value = "21 U/L", date = 2025-06-01 }, { value = "22 U/L", date = 2025-06-01 }]',
         "unknown, conflict: lab.alt", "results of the same day differ"),
        # whichever is the newest, there may be no day between the two
        ("lab.alt rose >= 10 % within 6 months",
         'lab.alt = [{ value = "20 U/L", date = "2025-05" }, '
         '{ value = "22 U/L", date = 2025-05-31 }]',
         "unknown, imprecise_date: lab.alt", ""),
        ("lab.alt <= 40 U/L", 'lab.alt = [{ value = "22 U/L", date = "2025-05" }, '
         '{ value = "50 U/L", date = 2025-05-20 }]',
         "unknown, imprecise_date: lab.alt",
         "which result is the newest depends on an inexact date"),
        ("lab.alt rose >= 10 % within 6 months",
         'lab.alt = { value = "22 U/L", date = 2025-05-20 }',
         "unknown, not_recorded: lab.alt", "no two results within 6 months before screening"),
        ("lab.alt <= 40 U/L within 7 days", 'lab.alt = "22 U/L"',
         "unknown, not_dated: lab.alt", ""),
        ("person.can_become_pregnant", 'person.sex = "unknown"',
         "unknown, not_recorded: person.can_become_pregnant, person.sex, person.fertility",
         "recorded as unknown"),
        ('{ ask = "Is it so?" }', "", "unknown, needs_person: ", "Is it so?"),
        ('{ ask = "Is it so?", about = "gap" }', "", "unknown, source_gap: ", "Is it so?"),
        ('{ some = "treatment", where = ["drug is rituximab"] }', "",
         "unknown, list_not_reviewed: treatment", ""),
    ],
)  # fmt: skip
def test_an_open_answer_says_why_in_words(rule: str, profile: str, said: str, note: str) -> None:
    """The reason in words names what was recorded, and what it lacks."""
    finding = asked(rule, profile)

    assert (told(finding), finding.note) == (said, note)


@pytest.mark.parametrize(
    ("rule", "profile", "said", "note"),
    [
        # the first open part gives the reason, and the first that has words gives them
        ('{ all = ["diagnosis.sle", { ask = "Is it so?" }] }', "",
         "unknown, not_recorded: diagnosis.sle", "Is it so?"),
        ('{ all = [{ ask = "Is it so?" }, "diagnosis.sle"] }', "",
         "unknown, needs_person: diagnosis.sle", "Is it so?"),
        ('{ all = ["diagnosis.sle", "lab.alt <= 3 ULN"] }',
         'diagnosis.sle = true\nlab.alt = "22 U/L"',
         "unknown, no_limit: lab.alt.upper", "the result has no upper limit of normal"),
        ('{ any = ["diagnosis.sle", "diagnosis.ild"] }', "",
         "unknown, not_recorded: diagnosis.sle, diagnosis.ild", ""),
        ('{ none = ["diagnosis.sle", "diagnosis.ild"] }', "diagnosis.sle = false",
         "unknown, not_recorded: diagnosis.ild", ""),
    ],
)  # fmt: skip
def test_a_group_says_why_its_first_open_part_is_open(
    rule: str, profile: str, said: str, note: str
) -> None:
    """What is missing is what any unknown part lacks, each place named once."""
    finding = asked(rule, profile)

    assert (told(finding), finding.note) == (said, note)


def read(finding: Finding) -> list[str]:
    """What the answer follows from: each fact, with what its test said."""
    return [f"{item.place} {item.answer.value}" for item in deciding_evidence(finding)]


KNOWN = "diagnosis.sle = true\ndiagnosis.ild = false"


@pytest.mark.parametrize(
    ("rule", "answer", "evidence"),
    [
        ('{ all = ["diagnosis.sle", "diagnosis.ild"] }', "no", ["diagnosis.ild no"]),
        ('{ any = ["diagnosis.sle", "diagnosis.ild"] }', "yes", ["diagnosis.sle yes"]),
        # none of them holds because each does not; it does not hold because one does
        ('{ none = ["diagnosis.ild"] }', "yes", ["diagnosis.ild no"]),
        ('{ none = ["diagnosis.sle", "diagnosis.ild"] }', "no", ["diagnosis.sle yes"]),
        ('{ all = ["diagnosis.sle", { none = ["diagnosis.ild"] }] }', "yes",
         ["diagnosis.sle yes", "diagnosis.ild no"]),
        ('{ none = [{ none = ["diagnosis.sle"] }] }', "yes", ["diagnosis.sle yes"]),
    ],
)  # fmt: skip
def test_a_decided_answer_names_what_it_follows_from(
    rule: str, answer: str, evidence: list[str]
) -> None:
    """Of an all that fails the part that fails; of a none, the parts turned round."""
    finding = asked(rule, KNOWN)

    assert (told(finding), read(finding)) == (answer, evidence)


def test_an_open_answer_shows_what_was_read() -> None:
    """The value without a limit is shown, and what was decided beside it."""
    rule = '{ all = ["diagnosis.sle", "lab.alt <= 3 ULN"] }'

    assert read(asked(rule, 'diagnosis.sle = true\nlab.alt = "22 U/L"')) == [
        "diagnosis.sle yes",
        "lab.alt unknown",
    ]


# headings, applicability, readings

HEADING = """
[[inclusion]]
id = "I1"
title = "Both"
source = "Inclusion 1"

[[inclusion]]
id = "I1.a"
title = "SLE"
source = "Inclusion 1"
rule = "diagnosis.sle"

[[inclusion]]
id = "I1.b"
title = "Interstitial lung disease"
source = "Inclusion 1"
rule = "diagnosis.ild"
"""


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("diagnosis.sle = true", "unknown, not_recorded: diagnosis.ild"),
        ("", "unknown, not_recorded: diagnosis.sle, diagnosis.ild"),
        ("diagnosis.sle = false", "no"),
    ],
)
def test_a_heading_is_open_for_the_reason_of_its_first_open_child(profile: str, said: str) -> None:
    """The finding of a heading is made from those of its children."""
    heading = finding_for(screened(HEADING, profile), "I1")

    assert told(heading.finding) == said
    assert heading.applicable  # as is every criterion that says nothing of it
    assert len(heading.finding.parts) == 2


def test_a_heading_follows_from_the_children_that_decide_it() -> None:
    """If one of two fails, the heading fails by that one; if both hold, it holds by both."""
    failed = finding_for(screened(HEADING, "diagnosis.sle = true\ndiagnosis.ild = false"), "I1")
    matched = finding_for(screened(HEADING, "diagnosis.sle = true\ndiagnosis.ild = true"), "I1")

    assert read(failed.finding) == ["diagnosis.ild no"]
    assert read(matched.finding) == ["diagnosis.sle yes", "diagnosis.ild yes"]


APPLIES = """
[[{kind}]]
id = "{id}"
title = "title"
source = "source"
applies = "person.can_become_pregnant"
rule = "pregnancy.test is {word}"
"""


@pytest.mark.parametrize(
    ("kind", "id", "word", "profile", "said", "note", "applicable"),
    [
        ("inclusion", "I1", "negative", "person.sex = 'male'", "yes", "does not apply", False),
        ("exclusion", "E1", "positive", "person.sex = 'male'", "no", "does not apply", False),
        ("inclusion", "I1", "negative", "",
         "unknown, not_recorded: person.can_become_pregnant, person.sex, "
         "person.fertility, pregnancy.test",
         "it may not apply", True),
        ("inclusion", "I1", "negative", "pregnancy.test = 'positive'", "no", "", True),
        ("inclusion", "I1", "negative", "pregnancy.test = 'negative'", "yes", "", True),
        ("exclusion", "E1", "positive", "pregnancy.test = 'negative'", "no", "", True),
    ],
)  # fmt: skip
def test_whether_a_criterion_applies(
    kind: str, id: str, word: str, profile: str, said: str, note: str, applicable: bool
) -> None:
    """Where it does not, the finding says so; where that is open, what is missing is named."""
    trial = APPLIES.format(kind=kind, id=id, word=word)
    found = finding_for(screened(trial, profile), id)

    assert (told(found.finding), found.finding.note, found.applicable) == (said, note, applicable)


READINGS = """
[[inclusion]]
id = "I1"
title = "title"
source = "source"
readings = [
  { label = "narrow", rule = { all = ["diagnosis.sle", "diagnosis.ild"] } },
  { label = "wide", rule = "diagnosis.sle" },
]
"""


@pytest.mark.parametrize(
    ("profile", "said", "note"),
    [
        ("diagnosis.sle = true\ndiagnosis.ild = false",
         "unknown, depends_on_reading: answers.I1", "narrow: no; wide: yes"),
        ("diagnosis.sle = true",
         "unknown, depends_on_reading: diagnosis.ild, answers.I1", "narrow: unknown; wide: yes"),
        ("diagnosis.sle = false", "no", ""),
    ],
)  # fmt: skip
def test_readings_that_differ_are_told_apart(profile: str, said: str, note: str) -> None:
    """Each reading is shown with its answer, and every fact that would settle one is missing."""
    found = finding_for(screened(READINGS, profile), "I1").finding

    assert (told(found), found.note) == (said, note)


def test_the_reading_that_a_person_chose_is_shown() -> None:
    """The chosen label stands first among what the answer follows from."""
    profile = f'{KNOWN}\nanswers.example.I1 = "narrow"'
    found = finding_for(screened(READINGS, profile), "I1").finding
    first = found.because[0]

    assert told(found) == "no"
    assert (str(first.place), first.value, first.test, first.answer.value) == (
        "answers.I1", "narrow", "the reading a person chose", "no",
    )  # fmt: skip
    assert read(found) == ["answers.I1 no", "diagnosis.ild no"]


@pytest.mark.parametrize(("given", "value"), [("true", "yes"), ("false", "no")])
def test_the_answer_of_a_person_is_shown(given: str, value: str) -> None:
    """A person's answer is shown beside the question that it answers."""
    trial = """
    [[inclusion]]
    id = "I1"
    title = "title"
    source = "source"
    rule = { ask = "Is it so?" }
    """
    found = finding_for(screened(trial, f"answers.example.I1 = {given}"), "I1").finding
    (only,) = found.because

    assert (str(only.place), only.value, only.test, only.answer.value) == (
        "answers.I1", value, "Is it so?", value,
    )  # fmt: skip
    assert told(finding_for(screened(trial, ""), "I1").finding) == (
        "unknown, needs_person: answers.I1"
    )


FERTILE = 'person.sex = "female"\nperson.fertility = "fertile"\n'


@pytest.mark.parametrize(
    ("profile", "said", "applicable", "evidence"),
    [
        (f'{FERTILE}pregnancy.test = "positive"', "no", True, ["pregnancy.test no"]),
        (f'{FERTILE}pregnancy.test = "negative"', "yes", True, ["pregnancy.test yes"]),
        ('person.sex = "male"', "yes", False, ["person.can_become_pregnant no"]),
        ('pregnancy.test = "positive"', "no", True, ["pregnancy.test no"]),
    ],
)  # fmt: skip
def test_a_criterion_shows_by_what_it_applies(
    profile: str, said: str, applicable: bool, evidence: list[str]
) -> None:
    """What makes it apply is shown beside what it was judged by; or why it does not apply."""
    trial = APPLIES.format(kind="inclusion", id="I1", word="negative")
    found = finding_for(screened(trial, profile), "I1")

    assert (told(found.finding), found.applicable) == (said, applicable)
    assert [f"{e.place} {e.answer.value}" for e in found.finding.evidence()] == evidence


def test_readings_that_differ_show_what_each_read() -> None:
    """The narrow reading shows the datum that fails, the wide one the datum that holds."""
    found = finding_for(screened(READINGS, KNOWN), "I1").finding

    assert read(found) == ["diagnosis.ild no", "diagnosis.sle yes"]
