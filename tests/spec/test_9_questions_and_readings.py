"""9. Questions that only a person can answer, and criteria that can be read in two ways."""

import pytest
from support import SCREENING, finding_for, profile_toml, screened, told, trial_toml

from cartscreen.evaluate.answers import not_used
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import Screening, judge, screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import combinations
from cartscreen.place import texts
from cartscreen.profile.model import question_mark

ONE = """
[[exclusion]]
id     = "E1"
title  = "Any other reason"
source = "Exclusion 1"
rule   = {rule}
"""

ANY_REASON = '{ ask = "Has the investigator any other reason?" }'


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (ANY_REASON, "needs_person"),
        ('{ ask = "Has the investigator any other reason?", about = "judgement" }', "needs_person"),
        ('{ ask = "Has the person consented?", about = "promise" }', "needs_person"),
        ('{ ask = "Does the text of criterion 1 hold?", about = "gap" }', "source_gap"),
    ],
)
def test_a_question_is_open_until_a_person_answers_it(rule: str, reason: str) -> None:
    """Judgements and promises need a person; what the page lacks is a gap of the source."""
    found = finding_for(screened(ONE.format(rule=rule)), "E1")

    assert told(found.finding) == f"unknown, {reason}: answers.E1"
    assert found.criterion.question is not None
    assert found.finding.note == found.criterion.question.text


@pytest.mark.parametrize(
    ("given", "answer", "status"),
    [
        ("answers.example.E1 = true", "yes", "failed"),
        ("answers.example.E1 = false", "no", "matched"),
        ('answers.example.E1 = "unknown"', "unknown, needs_person: answers.E1", "unknown"),
        ("answers.example.E2 = true", "unknown, needs_person: answers.E1", "unknown"),
        ("answers.other.E1 = true", "unknown, needs_person: answers.E1", "unknown"),
    ],
)
def test_an_answer_belongs_to_one_criterion_of_one_trial(
    given: str, answer: str, status: str
) -> None:
    """The profile answers by trial and criterion: true says that what is asked is so."""
    found = finding_for(screened(ONE.format(rule=ANY_REASON), given), "E1")

    assert (told(found.finding), found.status) == (answer, status)


HEADING_WITHOUT_ITS_LIST = """{ all = [
    "diagnosis.sle",
    { ask = "Does the person meet the list that the page lacks?", about = "gap" },
] }"""


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("diagnosis.sle = false", "no"),
        ("diagnosis.sle = true", "unknown, source_gap: answers.E1"),
        ("", "unknown, not_recorded: diagnosis.sle"),  # without lupus nobody need be asked
        ("diagnosis.sle = true\nanswers.example.E1 = true", "yes"),
        ("diagnosis.sle = true\nanswers.example.E1 = false", "no"),
        ("diagnosis.sle = false\nanswers.example.E1 = true", "no"),
    ],
)
def test_a_question_stands_among_other_rules(profile: str, answer: str) -> None:
    """A heading whose list the page lacks: NO without the disease, else a question."""
    screening = screened(ONE.format(rule=HEADING_WITHOUT_ITS_LIST), profile)

    assert told(finding_for(screening, "E1").finding) == answer


ASKED = '{ ask = "Is it so?" }'
UNSAID = "unknown, needs_person: answers.E1"


@pytest.mark.parametrize(
    ("rule", "profile", "missing"),
    [
        # all: the question waits for the facts beside it, however it stands among them
        (f'{{ all = ["diagnosis.sle", {ASKED}] }}', "", ["diagnosis.sle"]),
        (f'{{ all = [{ASKED}, "diagnosis.sle"] }}', "", ["diagnosis.sle"]),
        (f'{{ all = ["diagnosis.sle", {ASKED}] }}', "diagnosis.sle = true", ["answers.E1"]),
        (
            f'{{ all = ["diagnosis.sle", {{ any = ["diagnosis.ild", {ASKED}] }}] }}',
            "",
            ["diagnosis.sle", "diagnosis.ild"],
        ),
        (
            f'{{ all = ["diagnosis.sle", {{ any = ["diagnosis.ild", {ASKED}] }}] }}',
            "diagnosis.sle = true",
            ["diagnosis.ild", "answers.E1"],
        ),
        # any, at_least: a "yes" to the question may settle it alone
        (f'{{ any = ["diagnosis.sle", {ASKED}] }}', "", ["diagnosis.sle", "answers.E1"]),
        (f'{{ any = ["diagnosis.sle", {ASKED}] }}', "diagnosis.sle = false", ["answers.E1"]),
        (
            f'{{ at_least = 2, of = ["diagnosis.sle", "diagnosis.ild", {ASKED}] }}',
            "diagnosis.sle = true",
            ["diagnosis.ild", "answers.E1"],
        ),
    ],
)
def test_in_all_nobody_is_asked_before_the_facts_are_known(
    rule: str, profile: str, missing: list[str]
) -> None:
    """A fact that turns out not to hold makes the question needless. The answer is the same."""
    found = finding_for(screened(ONE.format(rule=rule), profile), "E1").finding

    assert (found.answer.value, list(texts(found.missing))) == ("unknown", missing)
    assert (found.reason == "needs_person") == (missing == ["answers.E1"])


def test_nobody_is_asked_before_it_is_known_to_apply() -> None:
    """Of a criterion that does not apply, no answer is needed."""
    of_lupus = ONE.format(rule=f'{ANY_REASON}\napplies = "diagnosis.sle"')

    assert told(finding_for(screened(of_lupus), "E1").finding) == (
        "unknown, not_recorded: diagnosis.sle"
    )
    found = finding_for(screened(of_lupus, "diagnosis.sle = true"), "E1").finding
    assert told(found) == UNSAID


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("true", "yes"),  # counts, though nothing says to which question
        ("{ answer = true }", "yes"),
        ('{ answer = true, question = "MARK" }', "yes"),
        ('{ answer = false, question = "MARK", by = "AB", date = 2025-05-30 }', "no"),
        ('{ answer = true, question = "000000" }', UNSAID),  # of another wording
        ('{ answer = "unknown", question = "MARK" }', UNSAID),
    ],
)
def test_an_answer_belongs_to_its_question(given: str, answer: str) -> None:
    """`ask` writes with an answer the mark of its question; another question is not answered."""
    mark = question_mark("Has the investigator any other reason?")
    profile = f"answers.example.E1 = {given.replace('MARK', mark)}"

    assert told(finding_for(screened(ONE.format(rule=ANY_REASON), profile), "E1").finding) == answer


def test_who_answered_and_when_is_evidence() -> None:
    """It stands with the answer, and the question that was answered."""
    profile = 'answers.example.E1 = { answer = false, by = "AB", date = 2025-05-30 }'
    (read,) = finding_for(screened(ONE.format(rule=ANY_REASON), profile), "E1").finding.because

    assert (read.value, read.test) == ("no", "Has the investigator any other reason?")
    assert (str(read.date), read.origin) == ("2025-05-30", "answered by AB")


TWO_READINGS = """
[[inclusion]]
id     = "I1"
title  = "5 to 18 years old"
source = "Inclusion 1"
readings = [
  { label = "completed years", rule = { all = [
    "person.age >= 5 years", "person.age <= 18 years",
  ] } },
  { label = "up to the 18th birthday", rule = { all = [
    "person.age >= 5 years", "person.birth_date within 18 years",
  ] } },
]
"""


@pytest.mark.parametrize(
    ("born", "cautious", "preferred"),
    [
        ("2015-01-01", "yes", "yes"),  # 10 years old
        ("2007-06-02", "yes", "yes"),  # 18 today
        (
            "2007-06-01",  # 18 since yesterday
            "unknown, depends_on_reading: answers.I1",
            "yes",
        ),
        ("2006-06-02", "no", "no"),  # 19 today
        ("2020-06-03", "no", "no"),  # 5 tomorrow
        (
            '"unknown"',
            "unknown, not_recorded: person.age, person.birth_date",
            "unknown, not_recorded: person.age, person.birth_date",
        ),
    ],
)
def test_where_all_readings_agree_it_is_decided(born: str, cautious: str, preferred: str) -> None:
    """Readings that differ are a question to the investigator; `preferred` takes the first."""
    profile = f"person.birth_date = {born}"

    assert told(finding_for(screened(TWO_READINGS, profile), "I1").finding) == cautious
    assert (
        told(finding_for(screened(TWO_READINGS, profile, preferred=True), "I1").finding)
        == preferred
    )


def test_each_reading_gives_its_answer() -> None:
    """An open criterion shows what each reading would make of it."""
    found = finding_for(screened(TWO_READINGS, "person.birth_date = 2007-06-01"), "I1")

    assert [(label, told(each)) for label, each in found.readings] == [
        ("completed years", "yes"),
        ("up to the 18th birthday", "no"),
    ]
    assert found.finding.note == "completed years: yes; up to the 18th birthday: no"


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("completed years", "yes"),
        ("up to the 18th birthday", "no"),
        ("some other reading", "unknown, depends_on_reading: answers.I1"),
    ],
)
@pytest.mark.parametrize("preferred", [True, False])
def test_a_person_may_choose_the_reading(label: str, answer: str, preferred: bool) -> None:
    """The label of a reading, as an answer, chooses it; one that is not there chooses nothing."""
    profile = f'person.birth_date = 2007-06-01\nanswers.example.I1 = "{label}"'
    found = finding_for(screened(TWO_READINGS, profile, preferred=preferred), "I1")
    expected = "yes" if preferred and "unknown" in answer else answer

    assert told(found.finding) == expected


def test_readings_that_differ_name_what_either_misses() -> None:
    """One reading is decided, the other is not: the question stands beside the missing fact."""
    readings = """
    [[inclusion]]
    id     = "I1"
    title  = "Haemoglobin, perhaps with platelets"
    source = "Inclusion 1"
    readings = [
      { label = "haemoglobin alone", rule = "lab.hemoglobin >= 80 g/L" },
      { label = "with platelets", rule = { all = [
        "lab.hemoglobin >= 80 g/L", "lab.platelets >= 20 10^9/L",
      ] } },
    ]
    """
    found = finding_for(screened(readings, 'lab.hemoglobin = "90 g/L"'), "I1")

    assert told(found.finding) == "unknown, depends_on_reading: lab.platelets, answers.I1"


def test_one_reading_is_no_choice() -> None:
    """A criterion that is read in one way shows no readings."""
    found = finding_for(screened(ONE.format(rule='"diagnosis.sle"'), "diagnosis.sle = true"), "E1")

    assert found.readings == ()


def test_who_asks_for_nothing_else_is_answered_cautiously() -> None:
    """18 since yesterday: all readings must agree, unless the preferred one is asked for."""
    trial = trial_toml(TWO_READINGS)
    chart = chart_on(profile_toml("person.birth_date = 2007-06-01"), bundled_pack(), SCREENING)
    screening = screen(trial, chart)

    assert screening.trial is trial
    assert finding_for(screening, "I1").finding.reason == "depends_on_reading"
    assert judge(trial.criteria[0], trial, chart).finding.reason == "depends_on_reading"


# One ambiguity in several criteria


SHARED = """
[[inclusion]]
id     = "I1"
title  = "Nephritis of class III or IV"
source = "Inclusion 1"
choice = "nephritis"
readings = [
  { label = "compulsory", rule = "renal.protein_24h > 3 g/24h" },
  { label = "not compulsory", rule = { any = [
    { none = ["diagnosis.lupus_nephritis"] }, "renal.protein_24h > 3 g/24h",
  ] } },
]

[[inclusion]]
id     = "I2"
title  = "Protein in the urine"
source = "Inclusion 2"
choice = "nephritis"
readings = [
  { label = "not compulsory", rule = { any = [
    { none = ["diagnosis.lupus_nephritis"] }, "renal.protein_24h > 0.5 g/24h",
  ] } },
  { label = "compulsory", rule = "renal.protein_24h > 0.5 g/24h" },
]
"""
NO_NEPHRITIS = """
diagnosis.lupus_nephritis = false
renal.protein_24h = "0.1 g/24h"
"""


def answers_of(screening: Screening) -> list[str]:
    return [item.answer.value for item in screening.criteria]


def test_a_choice_that_criteria_share_is_one_place() -> None:
    """Both wait for the one answer, under the name of the choice."""
    screening = screened(SHARED, NO_NEPHRITIS)

    assert [told(item.finding) for item in screening.criteria] == [
        "unknown, depends_on_reading: answers.nephritis"
    ] * 2


@pytest.mark.parametrize(
    ("given", "answers"),
    [
        ('nephritis = "compulsory"', ["no", "no"]),
        ('nephritis = "not compulsory"', ["yes", "yes"]),
        ('nephritis = { answer = "not compulsory", by = "AB" }', ["yes", "yes"]),
        ('I2 = "not compulsory"', ["yes", "yes"]),  # under the id of a criterion that has it
        ('I1 = "compulsory"\nI2 = "compulsory"', ["no", "no"]),
        ('I1 = "compulsory"\nI2 = "not compulsory"', ["unknown", "unknown"]),  # two answers
        ('nephritis = "some other"', ["unknown", "unknown"]),
    ],
)
def test_a_shared_choice_is_answered_once_for_all(given: str, answers: list[str]) -> None:
    """The label holds for every criterion that stands under the choice."""
    assert answers_of(screened(SHARED, f"{NO_NEPHRITIS}[answers.example]\n{given}")) == answers


def test_the_preferred_label_of_a_shared_choice_is_that_of_its_first_criterion() -> None:
    """The first reading of I1 is "compulsory", and so holds for I2, which lists it second."""
    assert answers_of(screened(SHARED, NO_NEPHRITIS, preferred=True)) == ["no", "no"]


# One criterion under two choices


CROSSED = """
[[inclusion]]
id     = "I1"
title  = "Glucocorticoid, at least 7.5 mg unless combined"
source = "Inclusion 1"
readings = [
  { label = { minimum = "unless combined", antimalarials = "count" }, rule = { any = [
    "lab.alt < 10 U/L", "diagnosis.sle", "diagnosis.ild",
  ] } },
  { label = { minimum = "unless combined", antimalarials = "do not count" }, rule = { any = [
    "lab.alt < 10 U/L", "diagnosis.sle",
  ] } },
  { label = { minimum = "in any case" }, rule = "lab.alt < 10 U/L" },
]
"""


@pytest.mark.parametrize(
    ("profile", "cautious"),
    [
        ("lab.alt = '5 U/L'", "yes"),  # by every reading
        ("lab.alt = '20 U/L'\ndiagnosis.sle = false\ndiagnosis.ild = false", "no"),
        (  # by "in any case" alone it is not so: whether antimalarials count is not asked
            "lab.alt = '20 U/L'\ndiagnosis.sle = true",
            "unknown, depends_on_reading: answers.minimum",
        ),
        (
            "lab.alt = '20 U/L'\ndiagnosis.sle = false\ndiagnosis.ild = true",
            "unknown, depends_on_reading: answers.minimum, answers.antimalarials",
        ),
    ],
)
def test_of_two_choices_those_that_matter_are_asked(profile: str, cautious: str) -> None:
    """A reading that does not name a choice fits each of its labels."""
    assert told(finding_for(screened(CROSSED, profile), "I1").finding) == cautious


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ('minimum = "in any case"', "no"),  # nothing else matters then
        ('minimum = "unless combined"', "unknown, depends_on_reading: answers.antimalarials"),
        ('antimalarials = "do not count"', "no"),  # by both that are left
        ('antimalarials = "count"', "unknown, depends_on_reading: answers.minimum"),
        ('minimum = "unless combined"\nantimalarials = "count"', "yes"),
        ('I1 = "in any case"', "no"),  # under its own id: the choice that has the label
        ('I1 = "count"\nminimum = "unless combined"', "yes"),
    ],
)
def test_a_label_leaves_the_readings_that_bear_it(given: str, answer: str) -> None:
    """Combined with an antimalarial alone: by one reading of three it is so."""
    profile = "lab.alt = '20 U/L'\ndiagnosis.sle = false\ndiagnosis.ild = true\n"
    screening = screened(CROSSED, f"{profile}[answers.example]\n{given}")

    assert told(finding_for(screening, "I1").finding) == answer


# What a site has fixed


@pytest.mark.parametrize(
    ("fixed", "answers"),
    [
        ([("nephritis", "compulsory")], ["no", "no"]),
        ([("I2", "not compulsory")], ["yes", "yes"]),
        ([], ["unknown", "unknown"]),
    ],
)
@pytest.mark.parametrize("preferred", [True, False])
def test_a_site_fixes_a_reading_for_all_its_patients(
    fixed: list[tuple[str, str]], answers: list[str], preferred: bool
) -> None:
    """It comes before what is preferred, and is shown as evidence."""
    screening = screened(trial_toml(SHARED).reading(fixed), NO_NEPHRITIS, preferred=preferred)

    assert answers_of(screening) == (answers if fixed or not preferred else ["no", "no"])
    read = [item.finding.evidence()[0] for item in screening.criteria if fixed]
    assert all(each.test == "the reading that the site has fixed" for each in read)


def test_what_the_site_has_fixed_comes_before_what_one_profile_says() -> None:
    """It holds for all patients; the report names the label that was not used."""
    trial = trial_toml(SHARED).reading([("nephritis", "compulsory")])
    profile = f'{NO_NEPHRITIS}answers.example.nephritis = "not compulsory"'

    assert answers_of(screened(trial, profile)) == ["no", "no"]
    assert list(not_used(profile_toml(profile), [trial], ())) == [
        ("answers.example.nephritis", "the site has fixed another reading, 'compulsory'")
    ]


@pytest.mark.parametrize("trial", [SHARED, CROSSED, TWO_READINGS])
@pytest.mark.parametrize(
    "profile",
    [
        "",
        NO_NEPHRITIS,
        "person.birth_date = 2007-06-01",
        "person.birth_date = 2015-01-01",
        "lab.alt = '20 U/L'\ndiagnosis.sle = true",
        "lab.alt = '20 U/L'\ndiagnosis.sle = false\ndiagnosis.ild = true",
        "lab.alt = '5 U/L'",
    ],
)
def test_to_fix_every_reading_is_to_answer_every_choice(trial: str, profile: str) -> None:
    """And no label turns an answer on which all readings agree."""
    parsed = trial_toml(trial)
    open_ = answers_of(screened(parsed, profile))
    for labels in combinations({name: c.labels for name, c in parsed.choices.items()}):
        given = "".join(f"{name} = '{label}'\n" for name, label in labels.items())
        fixed = answers_of(screened(parsed.reading(labels.items()), profile))
        answered = answers_of(screened(parsed, f"{profile}\n[answers.example]\n{given}"))

        assert fixed == answered
        assert all(was in ("unknown", now) for was, now in zip(open_, fixed, strict=True))
