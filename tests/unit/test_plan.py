"""The plan: when, how far, what to ask, what to get; small trials, worked out by hand."""

import json
from collections.abc import Iterable
from datetime import date
from itertools import chain, combinations, cycle
from pathlib import Path
from typing import Any

import pytest
from draws import thinned
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from program import ADULT, EXAMPLES, run
from support import SCREENING, TRIALS, cases_of, profile_of, profile_toml, trial_toml

from cartscreen.contract import Options
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial
from cartscreen.plan.contract import Plan, TrialPlan, WantedReport
from cartscreen.plan.obstacles import Obstacle
from cartscreen.plan.plan import plan
from cartscreen.render.plan import outcome_line
from cartscreen.wanted import EFFORT

PACK = bundled_pack()
PREFERRED = Options(readings="preferred")
VOCABULARY = PACK.vocabulary


def criterion(id_: str, rule: str, more: str = "") -> str:
    """One criterion as a trial file has it; its title is `about` and its id."""
    kind = "inclusion" if id_.startswith("I") else "exclusion"
    written = f"rule = {rule}\n" if rule.startswith("{") else f'rule = "{rule}"\n'
    body = written if rule else ""
    return f'[[{kind}]]\nid = "{id_}"\ntitle = "about {id_}"\nsource = "page"\n{body}{more}\n'


def trial(*criteria: str, name: str = "example") -> Trial:
    head = (
        f'[trial]\nid = "{name}"\nname = "trial {name}"\nsource = "x.txt"\nchecked = 2025-06-01\n'
    )
    return trial_toml("\n".join(criteria), head)


def planned(
    trials: Trial | Iterable[Trial], profile: str = "", on: date = SCREENING, **more: Any
) -> Plan:
    chart = chart_on(profile_toml(profile), PACK, on)
    chosen = [trials] if isinstance(trials, Trial) else list(trials)
    return plan(chart, chosen, file="test.toml", date_from="option", **more)


def only(found: Plan) -> TrialPlan:
    (trial_plan,) = found.trials
    return trial_plan


def obstacle(rule: str, profile: str, id_: str = "I1") -> Obstacle:
    (found,) = only(planned(trial(criterion(id_, rule)), profile)).obstacles
    return found


# How far


@pytest.mark.parametrize(
    ("id_", "rule", "profile", "by", "percent"),
    [
        # 1 of 55 are 1.818 %
        ("I1", "heart.lvef >= 55 %", 'heart.lvef = "54 %"', "1 % below 55 %", "1.82"),
        ("E1", "heart.lvef < 55 %", 'heart.lvef = "54 %"', "1 % below 55 %", "1.82"),
        (
            "E1",
            '{ none = ["heart.lvef >= 55 %"] }',
            'heart.lvef = "54 %"',
            "1 % below 55 %",
            "1.82",
        ),
        # 3 x 40 U/L = 120 U/L; 10 of 120 are 8.333 %
        (
            "I1",
            "lab.alt <= 3 ULN",
            'lab.alt = { value = "130 U/L", upper = "40 U/L" }',
            "10 U/L above 120 U/L",
            "8.33",
        ),
        # 2.5 x 42 U/L = 105 U/L; the value is in another unit: 2.1 ukat/L are 126 U/L
        (
            "E1",
            "lab.alt > 2.5 ULN",
            'lab.alt = { value = "126 U/L", upper = "42 U/L" }',
            "21 U/L above 105 U/L",
            "20",
        ),
        ("I1", "lab.alt <= 3 ULN", 'lab.alt = "3.5 ULN"', "0.5 ULN above 3 ULN", "16.67"),
        (
            "I1",
            "lab.igg >= 1 LLN",
            'lab.igg = { value = "4 g/L", lower = "6 g/L" }',
            "2 g/L below 6 g/L",
            "33.33",
        ),
        # in the fact's own unit, whatever the profile's: 7.5 g/dL are 75 g/L
        (
            "I1",
            "lab.hemoglobin >= 80 g/L",
            'lab.hemoglobin = "7.5 g/dL"',
            "5 g/L below 80 g/L",
            "6.25",
        ),
        ("I1", "activity.ecog <= 1", "activity.ecog = 3", "2 above 1", "200"),
        # exactly at a limit that is not included
        ("I1", "lab.neutrophils > 1 10^9/L", 'lab.neutrophils = "1 10^9/L"', "at 1 10^9/L", "0"),
        # so near that two places would show nothing
        ("I1", "heart.lvef >= 55 %", 'heart.lvef = "54.999 %"', "0.001 % below 55 %", "~0.0018"),
        # a titre counts in doublings: no percentage
        (
            "E1",
            "infection.syphilis_titre >= 1:8",
            'infection.syphilis_titre = "1:16"',
            "1:16, above 1:8",
            "",
        ),
        ("E1", "activity.pga > 0", "activity.pga = 1.5", "1.5 above 0", ""),  # no part of 0
        # 34 completed years: born on 18 March 1991, judged on 2 June 2025
        (
            "I1",
            "person.age <= 18 years",
            "person.birth_date = 1991-03-18",
            "16 years above 18 years",
            "88.89",
        ),
        # (140 - 60) x 60 / (72 x 2) = 33.333 mL/min
        (
            "I1",
            "renal.creatinine_clearance >= 60 mL/min",
            '[person]\nbirth_date = 1965-01-01\nsex = "male"\nweight = "60 kg"\n'
            '[lab]\ncreatinine = "2 mg/dL"',
            "26.67 mL/min below 60 mL/min",
            "44.44",
        ),
        # six months before 2 June are 2 December: 21 November lies 11 days before
        (
            "I1",
            "renal.biopsy_date within 6 months",
            "renal.biopsy_date = 2024-11-21",
            "11 days outside the window",
            "",
        ),
        (
            "I1",
            "renal.biopsy_date within 6 months",
            "renal.biopsy_date = 2024-12-01",
            "1 day outside the window",
            "",
        ),
        # some day of November: at least from the 30th
        (
            "I1",
            "renal.biopsy_date within 6 months",
            'renal.biopsy_date = "2024-11"',
            "2 days outside the window",
            "",
        ),
    ],
)
def test_an_obstacle_says_how_far(id_: str, rule: str, profile: str, by: str, percent: str) -> None:
    """The distance in the fact's unit, and of the limit in percent."""
    (distance,) = obstacle(rule, profile, id_).distances

    assert (distance.by, distance.percent) == (by, percent)


@pytest.mark.parametrize(
    ("rule", "profile"),
    [
        ("person.sex is female", 'person.sex = "male"'),
        ("heart.lvef >= 55 %", 'heart.lvef = "<50 %"'),  # how far is not known
        ("diagnosis.sle", "diagnosis.sle = false"),
        ("renal.biopsy_date within 6 months", "renal.biopsy_date = 2025-07-01"),  # not yet
    ],
)
def test_what_is_no_number_has_no_distance(rule: str, profile: str) -> None:
    assert obstacle(rule, profile).distances == []


def test_only_what_decides_has_a_distance() -> None:
    """Of two limits, one passed, the distance to the other is told, with the fact's own label."""
    rule = '{ all = ["heart.lvef >= 55 %", "vitals.spo2 >= 92 %"] }'
    (distance,) = obstacle(rule, 'heart.lvef = "60 %"\nvitals.spo2 = "90 %"').distances

    assert (distance.fact, distance.label) == ("vitals.spo2", "Oxygen saturation (SpO2)")
    assert (distance.by, distance.percent) == ("2 % below 92 %", "2.17")


# What could change it


VACCINE = "[[vaccine]]\nlive = true\ndate = 2025-05-20\n[reviewed]\nvaccine = 2025-06-02"


@pytest.mark.parametrize(
    ("id_", "rule", "profile", "way", "passes_on"),
    [
        # time, with the day: the 18th birthday; 4 weeks after the vaccine, and one day
        ("I1", "person.age >= 18 years", "person.birth_date = 2007-07-10", "time", "2025-07-10"),
        (
            "E1",
            '{ some = "vaccine", where = ["live", "date within 4 weeks"] }',
            VACCINE,
            "time",
            "2025-06-18",
        ),
        # two years ahead: 2 June 2027 is the last day that is looked at
        ("I1", "person.age >= 18 years", "person.birth_date = 2009-06-02", "time", "2027-06-02"),
        ("I1", "person.age >= 18 years", "person.birth_date = 2009-06-03", "never", ""),
        ("I1", "person.age <= 18 years", "person.birth_date = 1991-03-18", "never", ""),
        ("I1", "person.sex is female", 'person.sex = "male"', "never", ""),
        ("I1", "heart.lvef >= 55 %", 'heart.lvef = "54 %"', "measurement", ""),
        ("I1", "activity.ecog <= 1", "activity.ecog = 3", "treatment", ""),
        (
            "I1",
            "judgement.life_expectancy >= 3 months",
            'judgement.life_expectancy = "2 months"',
            "decision",
            "",
        ),
        (
            "I1",
            '{ ask = "Does the person agree?", about = "promise" }',
            "answers.example.I1 = false",
            "decision",
            "",
        ),
        # a value that only becomes too old does not pass with time: it leaves the answer open
        (
            "I1",
            "heart.lvef >= 55 % within 4 weeks",
            'heart.lvef = { value = "54 %", date = 2025-05-20 }',
            "measurement",
            "",
        ),
        # the easiest of what it was judged by
        (
            "I1",
            '{ any = ["heart.lvef >= 55 %", "person.sex is female"] }',
            'heart.lvef = "54 %"\nperson.sex = "male"',
            "measurement",
            "",
        ),
    ],
)
def test_an_obstacle_says_what_could_change_it(
    id_: str, rule: str, profile: str, way: str, passes_on: str
) -> None:
    """Time only where it passes with time, within two years, and then on which day."""
    found = obstacle(rule, profile, id_)

    assert (found.way, found.passes_on) == (way, passes_on)
    assert (found.criterion, found.title) == (id_, f"about {id_}")


def test_an_obstacle_may_pass_by_way_of_an_open_answer() -> None:
    """Failed to 19 June, open till the new result of 25 June, and then matched."""
    profile = """
[heart]
lvef = [{ value = "54 %", date = 2025-05-22 }, { value = "60 %", date = 2025-06-25 }]
"""
    (found,) = only(
        planned(trial(criterion("I1", "heart.lvef >= 55 % within 4 weeks")), profile)
    ).obstacles

    assert (found.way, found.passes_on) == ("time", "2025-06-25")


# Periods and repeats

TWO = trial(
    criterion("I1", "renal.biopsy_date within 6 months"),
    criterion("I2", "person.age >= 18 years"),
)
BOTH = "renal.biopsy_date = 2025-03-15\nperson.birth_date = 2007-07-10"


def test_periods_say_what_turns() -> None:
    """18 on 10 July, the biopsy too old from 16 September."""
    periods = only(planned(TWO, BOTH)).periods

    assert [(p.first, p.last, p.verdict, p.failed, p.unknown) for p in periods] == [
        ("2025-06-02", "2025-07-09", "ineligible", ["I2"], 0),
        ("2025-07-10", "2025-09-15", "eligible", [], 0),
        ("2025-09-16", "2027-06-02", "ineligible", ["I1"], 0),
    ]
    assert [[(t.criterion, t.before, t.after) for t in p.turns] for p in periods] == [
        [],
        [("I2", "failed", "matched")],
        [("I1", "matched", "failed")],
    ]


def test_periods_join_where_nothing_counts() -> None:
    """A child that is one of several ways turns, and its heading does not."""
    found = trial(
        criterion("I1", "", 'needs = "any"'),
        criterion("I1.a", "renal.biopsy_date within 6 months"),
        criterion("I1.b", "diagnosis.sle"),
    )
    (period,) = only(planned(found, "renal.biopsy_date = 2025-03-15\ndiagnosis.sle = true")).periods

    assert (period.first, period.last, period.verdict) == ("2025-06-02", "2027-06-02", "eligible")


def test_repeats_are_what_is_matched_now_and_not_for_ever() -> None:
    """The biopsy counts to 15 September; the age, not matched now, is none."""
    (repeat,) = only(planned(TWO, BOTH)).repeats

    assert (repeat.criterion, repeat.until, repeat.becomes) == ("I1", "2025-09-15", "failed")


def test_a_repeat_is_told_once() -> None:
    """It is told with its first change: unknown from 20 June, whatever it becomes later."""
    profile = """
[heart]
lvef = [{ value = "60 %", date = 2025-05-22 }, { value = "50 %", date = 2025-06-25 }]
"""
    (repeat,) = only(
        planned(trial(criterion("I1", "heart.lvef >= 55 % within 4 weeks")), profile)
    ).repeats

    assert (repeat.until, repeat.becomes) == ("2025-06-19", "unknown")


# Order


def test_trials_stand_in_the_order_of_what_stands_in_the_way() -> None:
    """The hardest obstacle first, then how many, then how much is open."""
    yes, lvef = criterion("I1", "diagnosis.sle"), criterion("I2", "heart.lvef >= 55 %")
    platelets = criterion("I2", "lab.platelets > 50 10^9/L")
    trials = [
        trial(yes, criterion("I2", "person.sex is male"), name="never"),
        trial(yes, lvef, criterion("I3", "vitals.spo2 >= 92 %"), name="two"),
        trial(yes, lvef, name="one"),
        trial(yes, criterion("I2", "person.age >= 18 years"), name="time"),
        trial(yes, platelets, criterion("I3", "lab.igg > 4 g/L"), name="open-2"),
        trial(yes, platelets, name="open-1"),
        trial(yes, name="fits"),
    ]
    profile = """
[diagnosis]
sle = true
[person]
sex = "female"
birth_date = 2007-07-10
[heart]
lvef = "54 %"
[vitals]
spo2 = "90 %"
"""

    assert [found.id for found in planned(trials, profile).trials] == [
        "fits", "open-1", "open-2", "time", "one", "two", "never",
    ]  # fmt: skip


# Questions

READINGS = """
readings = [
  { label = "three", rule = "renal.biopsy_date within 3 months" },
  { label = "six", rule = "renal.biopsy_date within 6 months" },
]
"""


def test_questions_are_those_nobody_has_answered() -> None:
    """A judgement, a promise, a gap, and which reading holds; not the one that is answered."""
    asking = trial(
        criterion("I1", '{ ask = "Is it so?" }'),
        criterion("I2", '{ ask = "Will it be so?", about = "promise" }'),
        criterion("I3", '{ ask = "Is it so on the page?", about = "gap" }'),
        criterion("I4", "", READINGS),
        criterion("I5", '{ ask = "Answered?" }'),
        criterion("I6", '{ all = ["diagnosis.sle", { ask = "And so?" }] }'),
    )
    profile = "renal.biopsy_date = 2025-01-15\nanswers.example.I5 = true\ndiagnosis.sle = false"
    found = only(planned(asking, profile)).questions

    assert [(q.criterion, q.about, q.question, q.answers) for q in found] == [
        ("I1", "judgement", "Is it so?", ["true", "false"]),
        ("I2", "promise", "Will it be so?", ["true", "false"]),
        ("I3", "gap", "Is it so on the page?", ["true", "false"]),
        (
            "I4",
            "reading",
            "about I4: which reading holds? three: no; six: yes",
            ["three", "six"],
        ),
    ]


def test_which_reading_holds_is_not_asked_before_it_is_known_to_apply() -> None:
    """The criterion is for lupus alone, and nobody knows yet whether it is lupus."""
    asking = trial(criterion("I1", "", f'applies = "diagnosis.sle"{READINGS}'))
    biopsy = "renal.biopsy_date = 2025-01-15"

    assert only(planned(asking, biopsy)).questions == []
    known = only(planned(asking, f"{biopsy}\ndiagnosis.sle = true")).questions
    assert [(q.criterion, q.about) for q in known] == [("I1", "reading")]


def test_a_choice_of_several_criteria_is_one_question() -> None:
    """It says what each of them answers by each label, and is answered under the choice's name."""
    shared = [criterion(name, "", f'choice = "months"{READINGS}') for name in ("I1", "I2")]
    plan = only(planned(trial(*shared), "renal.biopsy_date = 2025-01-15"))
    (question,) = plan.questions

    assert (question.key, question.settles) == ("months", ["I1", "I2"])
    assert question.question == (
        "months: which reading holds? three: I1 no, I2 no; six: I1 yes, I2 yes"
    )
    assert question.answers == ["three", "six"]
    assert plan.fewest == ["answers.months"]


UNDER = (
    criterion("I1.a", "diagnosis.sle"),
    criterion("I1.b", '{ ask = "One?" }'),
    criterion("I1.c", '{ ask = "Two?" }', 'note = "it may not be named"'),
    criterion("I1.d", '{ ask = "Three?" }', 'note = "it may not be named"'),
)


@pytest.mark.parametrize(
    ("needs", "sle", "asked"),
    [
        ('"any"', "true", []),  # decided without them
        ('"any"', "false", ["I1.b", "I1.c", "I1.d"]),
        ('"all"', "true", ["I1.b", "I1.c", "I1.d"]),
        ('"all"', "false", []),
        ("3", "false", ["I1.b", "I1.c", "I1.d"]),
        ('{ all = ["I1.a", "I1.b"] }', "true", ["I1.b"]),  # the others only inform
        # a shape within: what is decided already asks nothing more
        ('{ all = [{ any = ["I1.a", "I1.b"] }, "I1.c"] }', "true", ["I1.c"]),
        ('{ any = [{ all = ["I1.a", "I1.b"] }, "I1.c"] }', "false", ["I1.c"]),
    ],
)
def test_a_question_that_can_decide_nothing_is_not_asked(
    needs: str, sle: str, asked: list[str]
) -> None:
    """Another child has decided its heading, or its heading does not name it."""
    found = trial(criterion("I1", "", f"needs = {needs}"), *UNDER)

    assert [q.criterion for q in only(planned(found, f"diagnosis.sle = {sle}")).questions] == asked


# What to get


def outcomes(trials: Trial | list[Trial], profile: str = "", **more: Any) -> dict[str, list[str]]:
    """What each wanted fact would decide, in the words of the plan."""
    found = planned(trials, profile, **more).wanted
    return {fact.fact: [outcome_line(outcome) for outcome in fact.outcomes] for fact in found}


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (
            [criterion("I1", "vitals.spo2 >= 92 %")],
            {
                "vitals.spo2": [
                    "below 92 %: rules out example I1",
                    "at least 92 %: settles example I1",
                ]
            },
        ),
        (
            [criterion("E1", "vitals.spo2 <= 92 %")],
            {
                "vitals.spo2": [
                    "at most 92 %: rules out example E1",
                    "above 92 %: settles example E1",
                ]
            },
        ),
        # two limits make three ranges
        (
            [criterion("I1", "heart.lvef >= 50 %"), criterion("E1", "heart.lvef < 55 %")],
            {
                "heart.lvef": [
                    "below 50 %: rules out example I1, example E1",
                    "from 50 to below 55 %: rules out example E1; settles example I1",
                    "at least 55 %: settles example I1, example E1",
                ]
            },
        ),
        (
            [criterion("I1", "lab.alt <= 3 ULN")],
            {
                "lab.alt": [
                    "at most 3 x ULN: settles example I1",
                    "above 3 x ULN: rules out example I1",
                ]
            },
        ),
        (
            [criterion("E1", "infection.syphilis_titre >= 1:8")],
            {
                "infection.syphilis_titre": [
                    "below 1:8: settles example E1",
                    "at least 1:8: rules out example E1",
                ]
            },
        ),
        # a score below 0, or a saturation above 100 %, is no value
        (
            [criterion("E1", "activity.pga > 0")],
            {"activity.pga": ["0: settles example E1", "above 0: rules out example E1"]},
        ),
        (
            [criterion("I1", "vitals.spo2 >= 100 %")],
            {"vitals.spo2": ["below 100 %: rules out example I1", "100 %: settles example I1"]},
        ),
        (
            [criterion("I1", "activity.ecog <= 1")],
            {"activity.ecog": ["at most 1: settles example I1", "above 1: rules out example I1"]},
        ),
        (
            [criterion("E1", "diagnosis.ild")],
            {"diagnosis.ild": ["yes: rules out example E1", "no: settles example E1"]},
        ),
        (
            [criterion("I1", "person.sex is female")],
            {"person.sex": ["female: settles example I1", "male: rules out example I1"]},
        ),
        (
            [criterion("E1", '{ some = "malignancy" }')],
            {"malignancy": ["none, list reviewed: settles example E1"]},
        ),
        # one value does not decide where another is missing too; the other value does
        (
            [criterion("I1", '{ all = ["diagnosis.sle", "diagnosis.ild"] }')],
            {
                "diagnosis.sle": ["no: rules out example I1"],
                "diagnosis.ild": ["no: rules out example I1"],
            },
        ),
        # within a window: a result of today
        (
            [criterion("I1", "heart.lvef >= 55 % within 4 weeks")],
            {
                "heart.lvef": [
                    "below 55 %: rules out example I1",
                    "at least 55 %: settles example I1",
                ]
            },
        ),
        # what is no number and no word has no ranges
        ([criterion("I1", "renal.biopsy_date within 6 months")], {"renal.biopsy_date": []}),
        # alone it fails nothing: another child may still hold
        (
            [
                criterion("I1", "", 'needs = "any"'),
                criterion("I1.a", "diagnosis.sle"),
                criterion("I1.b", "diagnosis.ild"),
            ],
            {
                "diagnosis.sle": ["yes: settles example I1.a", "no: settles example I1.a"],
                "diagnosis.ild": ["yes: settles example I1.b", "no: settles example I1.b"],
            },
        ),
    ],
)
def test_each_value_of_a_missing_fact_says_what_it_decides(
    criteria: list[str], expected: dict[str, list[str]]
) -> None:
    """The ranges between the limits of the rules, or each word."""
    assert outcomes(trial(*criteria)) == expected


def test_a_list_that_is_open_may_hold_nothing_more() -> None:
    """An entry is there, and does not fit; that the list ends there would settle it."""
    rule = '{ some = "malignancy", where = ["kind is other"] }'
    profile = '[[malignancy]]\nkind = "basal cell skin cancer, noninvasive"'

    assert outcomes(trial(criterion("E1", rule)), profile) == {
        "malignancy": ["nothing more, list reviewed: settles example E1"]
    }


def test_outcomes_name_trial_and_criterion() -> None:
    """Every trial in which the fact is missing is named."""
    trials = [
        trial(criterion("I1", "vitals.spo2 >= 92 %"), name="a"),
        trial(criterion("I3", "vitals.spo2 > 95 %"), name="b"),
    ]

    assert outcomes(trials) == {
        "vitals.spo2": [
            "below 92 %: rules out a I1, b I3",
            "from 92 to 95 %: rules out b I3; settles a I1",
            "above 95 %: settles a I1, b I3",
        ]
    }


def test_an_ambiguous_criterion_is_tried_by_the_readings_asked_for() -> None:
    """By default both readings must agree; with `preferred`, the first decides."""
    readings = """
readings = [
  { label = "one", rule = "heart.lvef >= 50 %" },
  { label = "two", rule = "heart.lvef >= 55 %" },
]
"""
    found = trial(criterion("I1", "", readings))

    assert outcomes(found) == {
        "heart.lvef": ["below 50 %: rules out example I1", "at least 55 %: settles example I1"]
    }
    assert outcomes(found, options=PREFERRED) == {
        "heart.lvef": ["below 50 %: rules out example I1", "at least 50 %: settles example I1"]
    }


def wanted(trials: Trial | list[Trial], profile: str = "") -> list[str]:
    return [fact.fact for fact in planned(trials, profile).wanted]


def test_facts_stand_by_trials_then_by_effort() -> None:
    """What counts in both trials first; then what is in the chart, and last a biopsy."""
    first = trial(
        criterion("I1", "renal.biopsy_active"),
        criterion("I2", "lab.igg > 4 g/L"),
        criterion("I3", "heart.lvef >= 55 %"),
        criterion("I4", "diagnosis.sle"),
        criterion("I5", "vitals.spo2 >= 92 %"),
        criterion("I6", "history.suicidality"),
        name="a",
    )
    second = trial(criterion("I1", "heart.lvef >= 50 %"), name="b")
    found = planned([first, second]).wanted

    assert [(fact.fact, fact.obtain, fact.trials) for fact in found] == [
        ("heart.lvef", "imaging", ["a", "b"]),
        ("diagnosis.sle", "chart", ["a"]),
        ("history.suicidality", "question", ["a"]),
        ("vitals.spo2", "examination", ["a"]),
        ("lab.igg", "blood", ["a"]),
        ("renal.biopsy_active", "biopsy", ["a"]),
    ]


def test_of_as_much_effort_the_one_of_more_criteria_is_first() -> None:
    """Two criteria before one."""
    found = trial(
        criterion("I1", "lab.igg > 4 g/L"),
        criterion("I2", "lab.platelets > 50 10^9/L"),
        criterion("E1", "lab.platelets > 900 10^9/L"),
    )

    assert wanted(found) == ["lab.platelets", "lab.igg"]
    assert [fact.criteria for fact in planned(found).wanted] == [2, 1]


@pytest.mark.parametrize(
    ("trials", "profile"),
    [
        # the trial is ruled out already
        (
            [trial(criterion("I1", "diagnosis.sle"), criterion("I2", "heart.lvef >= 55 %"))],
            "diagnosis.sle = false",
        ),
        # another child has matched the heading
        (
            [
                trial(
                    criterion("I1", "", 'needs = "any"'),
                    criterion("I1.a", "diagnosis.sle"),
                    criterion("I1.b", "heart.lvef >= 55 %"),
                    criterion("I2", '{ ask = "Open?" }'),
                )
            ],
            "diagnosis.sle = true",
        ),
        # the child only informs
        (
            [
                trial(
                    criterion("I1", "", 'needs = { any = ["I1.a"] }'),
                    criterion("I1.a", '{ ask = "Open?" }'),
                    criterion("I1.b", "heart.lvef >= 55 %", 'note = "it informs"'),
                )
            ],
            "",
        ),
        # the rule is decided by another of its parts
        (
            [
                trial(
                    criterion("I1", '{ any = ["diagnosis.sle", "heart.lvef >= 55 %"] }'),
                    criterion("I2", '{ ask = "Open?" }'),
                )
            ],
            "diagnosis.sle = true",
        ),
        # it does not apply
        (
            [
                trial(
                    criterion("I1", "heart.lvef >= 55 %", 'applies = "diagnosis.sle"'),
                    criterion("I2", '{ ask = "Open?" }'),
                )
            ],
            "diagnosis.sle = false",
        ),
    ],
)
def test_a_fact_that_can_change_no_verdict_is_not_asked_for(
    trials: list[Trial], profile: str
) -> None:
    """A fact is not asked for in a trial that the patient is ruled out of already."""
    assert wanted(trials, profile) == []


def test_what_a_fact_may_follow_from_stands_beside_it() -> None:
    """The clearance is asked for, or what is missing of age, sex, weight and creatinine."""
    found = trial(criterion("I1", "renal.creatinine_clearance >= 60 mL/min"))
    (fact,) = planned(found, 'person.sex = "male"\nperson.birth_date = 1980-01-01').wanted

    assert fact.fact == "renal.creatinine_clearance"
    assert sorted(fact.or_from) == ["Body weight", "Serum creatinine"]


@pytest.mark.parametrize(
    ("rule", "profile", "fact", "label"),
    [
        (
            "lab.alt <= 3 ULN",
            'lab.alt = "40 U/L"',
            "lab.alt.upper",
            "Alanine aminotransferase (ALT): upper limit of normal",
        ),
        (
            '{ some = "treatment", where = ["drug is prednisone", "stop is ongoing"] }',
            '[[treatment]]\ndrug = "prednisone"\n[reviewed]\ntreatment = 2025-06-02',
            "treatment[1].stop",
            "treatment 1: last day at this dose",
        ),
        (
            "renal.biopsy_date within 6 months before consent",
            "renal.biopsy_date = 2025-01-01",
            "dates.consent",
            "Consent date",
        ),
    ],
)
def test_a_limit_a_field_or_a_visit_may_be_what_is_missing(
    rule: str, profile: str, fact: str, label: str
) -> None:
    """What it would decide depends on the rest of the result or entry, and is not told."""
    (found,) = planned(trial(criterion("I1", rule)), profile).wanted

    assert (found.fact, found.label, found.outcomes) == (fact, label, [])


# The fewest

TWO_OF_THREE = '{ at_least = 2, of = ["diagnosis.sle", "diagnosis.ild", "history.suicidality"] }'


@pytest.mark.parametrize(
    ("criteria", "profile", "expected"),
    [
        ([criterion("I1", "diagnosis.sle")], "", ["diagnosis.sle"]),
        ([criterion("I1", '{ any = ["diagnosis.sle", "diagnosis.ild"] }')], "", ["diagnosis.sle"]),
        # the one that serves two criteria
        (
            [
                criterion("I1", '{ any = ["diagnosis.sle", "diagnosis.ild"] }'),
                criterion("I2", '{ any = ["history.suicidality", "diagnosis.ild"] }'),
            ],
            "",
            ["diagnosis.ild"],
        ),
        # at least two of three, one of them there
        (
            [
                criterion(
                    "I1",
                    TWO_OF_THREE,
                )
            ],
            "diagnosis.ild = true",
            ["diagnosis.sle"],
        ),
        # an exclusion is matched by NO: every one of `any`, one of `all`
        (
            [criterion("E1", '{ any = ["diagnosis.sle", "diagnosis.ild"] }')],
            "",
            ["diagnosis.sle", "diagnosis.ild"],
        ),
        (
            [criterion("E1", '{ all = ["diagnosis.sle", "diagnosis.ild"] }')],
            "",
            ["diagnosis.sle"],
        ),
        # the fact itself, and not all that it may follow from; creatinine where it serves twice
        ([criterion("I1", "renal.egfr >= 60 mL/min/1.73 m2")], "", ["renal.egfr"]),
        (
            [
                criterion("I1", "renal.egfr >= 60 mL/min/1.73 m2"),
                criterion("I2", "renal.creatinine_clearance >= 60 mL/min"),
                criterion("I3", "lab.creatinine <= 2 mg/dL"),
            ],
            '[person]\nbirth_date = 1980-01-01\nsex = "male"\nweight = "60 kg"',
            ["lab.creatinine"],
        ),
        # not applicable is matched: one answer, where the criterion itself takes two
        (
            [
                criterion(
                    "I1",
                    '{ all = ["diagnosis.sle", "diagnosis.ild"] }',
                    'applies = "history.suicidality"',
                )
            ],
            "",
            ["history.suicidality"],
        ),
        # one child of a heading that needs any
        (
            [
                criterion("I1", "", 'needs = "any"'),
                criterion("I1.a", '{ all = ["diagnosis.sle", "diagnosis.ild"] }'),
                criterion("I1.b", "history.suicidality"),
            ],
            "",
            ["history.suicidality"],
        ),
        # a reading that holds already only has to be named
        (
            [criterion("I1", "", READINGS)],
            "renal.biopsy_date = 2025-01-15",
            ["answers.I1"],
        ),
        # none holds yet: the fact, not the fact and the name
        ([criterion("I1", "", READINGS)], "", ["renal.biopsy_date"]),
        ([criterion("I1", '{ ask = "So?" }')], "", ["answers.I1"]),
        ([criterion("E1", '{ some = "malignancy" }')], "", ["malignancy"]),
        # nothing is missing, or nothing helps
        ([criterion("I1", "diagnosis.sle")], "diagnosis.sle = true", []),
        (
            [criterion("I1", "diagnosis.sle"), criterion("I2", "diagnosis.ild")],
            "diagnosis.sle = false",
            [],
        ),
    ],
)
def test_the_fewest_names_that_could_match_everything(
    criteria: list[str], profile: str, expected: list[str]
) -> None:
    assert only(planned(trial(*criteria), profile)).fewest == expected


def test_a_reading_named_by_its_label_needs_its_own_facts_alone() -> None:
    """One reading is false, the other unknown: its label and the fact it lacks are needed."""
    readings = """
readings = [
  { label = "one", rule = { all = ["diagnosis.sle", "diagnosis.ild"] } },
  { label = "two", rule = "history.suicidality" },
]
"""
    found = trial(criterion("I1", "", readings))

    assert only(planned(found, "diagnosis.sle = false")).fewest == [
        "answers.I1",
        "history.suicidality",
    ]
    chosen = 'diagnosis.sle = false\nanswers.example.I1 = "two"'
    assert only(planned(found, chosen)).fewest == ["history.suicidality"]
    assert only(planned(found, options=PREFERRED)).fewest == ["diagnosis.sle", "diagnosis.ild"]


# The smallest proof


def proof(criteria: list[str], profile: str) -> list[str]:
    found = only(planned(trial(*criteria), profile)).proof
    return [f"{read.label} {read.value}" for read in found]


@pytest.mark.parametrize(
    ("criteria", "profile", "expected"),
    [
        ([criterion("I1", "heart.lvef >= 55 %")], 'heart.lvef = "54 %"', ["heart.lvef"]),
        # one of two that fail is enough
        (
            [criterion("I1", '{ all = ["diagnosis.sle", "diagnosis.ild"] }')],
            "diagnosis.sle = false\ndiagnosis.ild = false",
            ["diagnosis.sle"],
        ),
        # of two criteria the one of fewer data
        (
            [
                criterion("I1", '{ any = ["diagnosis.sle", "diagnosis.ild"] }'),
                criterion("I2", "heart.lvef >= 55 %"),
            ],
            'diagnosis.sle = false\ndiagnosis.ild = false\nheart.lvef = "54 %"',
            ["heart.lvef"],
        ),
        # at least 2 of 3 fails by two
        (
            [
                criterion(
                    "I1",
                    TWO_OF_THREE,
                )
            ],
            "diagnosis.sle = false\ndiagnosis.ild = false\nhistory.suicidality = false",
            ["diagnosis.sle", "diagnosis.ild"],
        ),
        # an exclusion is proved by what it names, and by what it applies to
        (
            [criterion("E1", "diagnosis.ild", 'applies = "person.sex is female"')],
            'diagnosis.ild = true\nperson.sex = "female"',
            ["diagnosis.ild", "person.sex"],
        ),
        # each reading must fail; a datum that both read is one
        (
            [criterion("I1", "", READINGS)],
            "renal.biopsy_date = 2024-01-15",
            ["renal.biopsy_date"],
        ),
        # by the reading that a person chose
        (
            [criterion("I1", "", READINGS)],
            'renal.biopsy_date = 2025-01-15\nanswers.example.I1 = "three"',
            ["answers.I1", "renal.biopsy_date"],
        ),
        # a heading that needs any fails by all its children
        (
            [
                criterion("I1", "", 'needs = "any"'),
                criterion("I1.a", "diagnosis.sle"),
                criterion("I1.b", "diagnosis.ild"),
            ],
            "diagnosis.sle = false\ndiagnosis.ild = false",
            ["diagnosis.sle", "diagnosis.ild"],
        ),
        ([criterion("I1", "diagnosis.sle")], "diagnosis.sle = true", []),
        ([criterion("I1", "diagnosis.sle")], "", []),
    ],
)
def test_the_smallest_proof(criteria: list[str], profile: str, expected: list[str]) -> None:
    """It has the fewest data that rule the patient out, and none where nothing does."""
    found = only(planned(trial(*criteria), profile)).proof

    assert [read.fact for read in found] == expected


# Against brute force: yes-or-no findings, every subset of them

FINDINGS = [
    "diagnosis.sle", "diagnosis.ild", "history.suicidality", "pregnancy.pregnant",
    "condition.gilbert", "heart.lvef_by_echo",
]  # fmt: skip
Data = dict[str, Any]


def _grouped(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.lists(rules, min_size=1, max_size=3)
    return st.one_of(
        members.map(lambda listed: {"all": listed}),
        members.map(lambda listed: {"any": listed}),
        members.map(lambda listed: {"none": [{"none": [rule]} for rule in listed[:1]]}),
        members.flatmap(
            lambda listed: st.integers(1, len(listed)).map(lambda k: {"at_least": k, "of": listed})
        ),
    )


RULES = st.recursive(st.sampled_from(FINDINGS), _grouped, max_leaves=6)
"""Rules in which every finding helps by being there."""


@st.composite
def trials(draw: st.DrawFn) -> Trial:
    """One to three inclusions, some of them under a heading, and an exclusion of the opposite."""
    criteria = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        children = draw(st.lists(RULES, min_size=1, max_size=3))
        if len(children) == 1:
            criteria.append((f"I{number}", {"rule": children[0]}))
            continue
        criteria.append((f"I{number}", {"needs": draw(st.integers(1, len(children)))}))
        named = zip("abc", children, strict=False)
        criteria += [(f"I{number}.{letter}", {"rule": rule}) for letter, rule in named]
    criteria.append(("E1", {"rule": {"none": [draw(RULES)]}}))
    return trial(*(criterion(id_, "", _toml(body)) for id_, body in criteria))


def _toml(body: Data) -> str:
    """The keys of a criterion as TOML."""
    return "\n".join(f"{key} = {_inline(value)}" for key, value in body.items())


def _inline(value: Any) -> str:
    match value:
        case dict():
            return "{ " + ", ".join(f"{k} = {_inline(v)}" for k, v in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)


def stated(findings: dict[str, bool]) -> Data:
    data: Data = {}
    for name, value in findings.items():
        section, _, key = name.partition(".")
        data.setdefault(section, {})[key] = value
    return data


def verdict(found: Trial, findings: dict[str, bool]) -> str:
    return screen(found, chart_on(profile_of(stated(findings)), PACK, SCREENING)).verdict


def subsets(names: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """Every set of the names, the smallest first."""
    listed = list(names)
    return chain.from_iterable(combinations(listed, size) for size in range(len(listed) + 1))


def plan_of(found: Trial, findings: dict[str, bool]) -> TrialPlan:
    chart = chart_on(profile_of(stated(findings)), PACK, SCREENING)
    return only(plan(chart, [found], file="test.toml", date_from="option", days=1))


KNOWN = st.dictionaries(st.sampled_from(FINDINGS), st.booleans(), max_size=4)


@given(trials(), KNOWN)
def test_no_fewer_answers_would_do(found: Trial, known: dict[str, bool]) -> None:
    """The fewest are as many as the smallest set that, all of it there, makes the patient fit."""
    open_ = [name for name in FINDINGS if name not in known]
    fewest = plan_of(found, known).fewest
    before = verdict(found, known)
    if before != "undetermined":
        assert fewest == []
        return
    enough = next(
        names
        for names in subsets(open_)
        if verdict(found, known | dict.fromkeys(names, True)) == "eligible"
    )

    assert len(fewest) == len(enough)
    assert verdict(found, known | dict.fromkeys(fewest, True)) == "eligible"


@given(trials(), st.dictionaries(st.sampled_from(FINDINGS), st.booleans(), min_size=3))
def test_no_smaller_proof_would_do(found: Trial, known: dict[str, bool]) -> None:
    """The proof alone rules the patient out, and no smaller set of the data does."""
    proved = [read.fact for read in plan_of(found, known).proof]
    if verdict(found, known) != "ineligible":
        assert proved == []
        return
    least = next(
        names
        for names in subsets(known)
        if verdict(found, {name: known[name] for name in names}) == "ineligible"
    )

    assert len(proved) == len(least)
    assert verdict(found, {name: known[name] for name in proved}) == "ineligible"


# The plan as a report


def strict(text: str) -> Any:
    """JSON, refusing what is none: NaN, infinities, a name twice."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    def pairs(items: list[tuple[str, Any]]) -> Data:
        assert len({key for key, _ in items}) == len(items), "a name stands twice"
        return dict(items)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=pairs)


SCHEMA = strict(run("schema", "plan").out)


def test_the_schema_is_a_schema_and_a_report_with_more() -> None:
    """It asks for all that a report has, and for periods, obstacles and what to get."""
    Draft202012Validator.check_schema(SCHEMA)
    report = strict(run("schema", "report").out)["$defs"]["Report"]

    assert set(report["required"]) < set(SCHEMA["required"])
    assert {"wanted", "trials"} <= set(SCHEMA["required"])
    trial_report = strict(run("schema", "report").out)["$defs"]["TrialReport"]
    assert set(trial_report["required"]) < set(SCHEMA["$defs"]["TrialPlan"]["required"])


FILES = sorted(EXAMPLES.glob("*.toml"))


def named(part: Path | str) -> str:
    return part.stem if isinstance(part, Path) else part


@pytest.mark.slow
@pytest.mark.parametrize(("path", "trial"), [*zip(thinned(FILES, 3), cycle(TRIALS))], ids=named)
def test_the_plan_of_an_example_fits_the_schema(path: Path, trial: str) -> None:
    """What `plan --format json` writes is valid by `schema plan`; a changed plan is not."""
    done = run("plan", path, "--trial", trial, "--format", "json")
    found = strict(done.out)
    validator = Draft202012Validator(SCHEMA)

    assert (done.code, done.err) == (0, "")
    assert found["schema"] == "cartscreen-plan/1"
    validator.validate(found)
    found["trials"][0]["periods"][0]["verdict"] = "perhaps"
    with pytest.raises(ValidationError):
        validator.validate(found)


@pytest.mark.slow
def test_a_plan_agrees_with_the_check_of_the_same_profile() -> None:
    """The same criteria with the same statuses; only the order of the trials is its own."""
    (report,) = strict(run("check", ADULT, "--format", "json").out)
    found = strict(run("plan", ADULT, "--format", "json").out)
    trials_of = {item["id"]: item for item in report["trials"]}

    assert {item["id"] for item in found["trials"]} == set(trials_of)
    for item in found["trials"]:
        assert {key: item[key] for key in trials_of[item["id"]]} == trials_of[item["id"]]
        assert item["periods"][0]["first"] == report["screening_date"]
        assert item["periods"][0]["verdict"] == item["verdict"]
    shared = report.keys() - {"trials", "schema"}
    assert {key: found[key] for key in shared} == {key: report[key] for key in shared}


def _some_cases() -> list[Any]:
    return [case for name in TRIALS for case in thinned(cases_of(name)[1][::45], 8)]


@pytest.mark.slow
@pytest.mark.parametrize("case", _some_cases(), ids=str)
def test_every_patient_has_a_plan(case: Any) -> None:
    """Patients of the cases of each trial: valid, and each wanted fact can be had."""
    chart = chart_on(profile_of(case.data), PACK, case.on)
    own = [trial for trial in PACK.trials if trial.id == case.trial]
    found = plan(chart, own, file="test.toml", date_from="profile")
    Draft202012Validator(SCHEMA).validate(found.model_dump(by_alias=True))

    assert all(fact.obtain in EFFORT for fact in found.wanted)
    assert sorted(found.wanted, key=_rank) == found.wanted
    for item in found.trials:
        assert bool(item.proof) == bool(item.obstacles) == (item.verdict == "ineligible")
        assert bool(item.fewest) == (item.verdict == "undetermined")


def _rank(fact: WantedReport) -> tuple[int, int, int]:
    return -len(fact.trials), EFFORT.index(fact.obtain), -fact.criteria
