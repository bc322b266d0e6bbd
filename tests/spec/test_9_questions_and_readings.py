"""9. Questions that only a person can answer, and criteria that can be read in two ways."""

import pytest
from support import SCREENING, finding_for, profile_toml, screened, told, trial_toml

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import judge, screen
from cartscreen.pack.pack import bundled_pack

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
        ("", "unknown, not_recorded: diagnosis.sle, answers.E1"),
        ("diagnosis.sle = true\nanswers.example.E1 = true", "yes"),
        ("diagnosis.sle = true\nanswers.example.E1 = false", "no"),
        ("diagnosis.sle = false\nanswers.example.E1 = true", "no"),
    ],
)
def test_a_question_stands_among_other_rules(profile: str, answer: str) -> None:
    """A heading whose list the page lacks: NO without the disease, else a question."""
    screening = screened(ONE.format(rule=HEADING_WITHOUT_ITS_LIST), profile)

    assert told(finding_for(screening, "E1").finding) == answer


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
