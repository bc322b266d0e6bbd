"""How long a value speaks: for how long after its date it still says what is so.

Each fact says it in the vocabulary, most by the default of their section. All of these lengths are
conventions of ours. A test with a window is judged by its window alone.
"""

import pytest
from support import SCREENING, asked, chart_of, says

from cartscreen.evaluate.chart import Chart
from cartscreen.observation import Observation
from cartscreen.pack.pack import bundled_pack

ADULT = "person.birth_date = 1980-01-01"
CHILD = "person.birth_date = 2012-01-01"


# The last day on which each still speaks on 2 June 2025, and the day before it, by hand:
#   30 days  -> 3 May 2025      90 days  -> 4 March 2025     180 days  -> 4 December 2024
#   12 months -> 2 June 2024
@pytest.mark.parametrize(
    ("rule", "value", "last", "before"),
    [
        ("pregnancy.test is negative", '"negative"', "2025-05-03", "2025-05-02"),
        ("pregnancy.planned", "true", "2025-03-04", "2025-03-03"),
        ("lab.neutrophils >= 1 10^9/L", '"2 10^9/L"', "2025-03-04", "2025-03-03"),
        ("renal.protein_24h >= 1 g/day", '"2 g/day"', "2025-03-04", "2025-03-03"),
        ("vitals.spo2 >= 92 %", '"97 %"', "2025-03-04", "2025-03-03"),
        ("flow.cd19 is positive", '"positive"', "2025-03-04", "2025-03-03"),
        ("activity.sledai_2k >= 8", "9", "2025-03-04", "2025-03-03"),
        ("activity.ecog <= 2", "1", "2025-03-04", "2025-03-03"),
        ("bilag.renal is A", '"A"', "2025-03-04", "2025-03-03"),
        ("haq.dressing >= 1", "2", "2025-03-04", "2025-03-03"),
        ("essdai.renal >= 1", "2", "2025-03-04", "2025-03-03"),
        ("heart.nyha is II", '"II"', "2025-03-04", "2025-03-03"),
        ("judgement.apheresis_suitable", "true", "2025-03-04", "2025-03-03"),
        ("infection.hbv_dna is not detected", '"not detected"', "2025-03-04", "2025-03-03"),
        ("heart.lvef >= 50 %", '"60 %"', "2024-12-04", "2024-12-03"),
        ("lung.fvc >= 50 %", '"60 %"', "2024-12-04", "2024-12-03"),
        ("activity.mrss >= 10", "12", "2024-12-04", "2024-12-03"),
        ("mmt.deltoid_left >= 5", "8", "2024-12-04", "2024-12-03"),
        ("antibody.ana is positive", '"positive"', "2024-12-04", "2024-12-03"),
        ("person.partner_can_become_pregnant", "true", "2024-12-04", "2024-12-03"),
        ("ms.edss >= 3", "4", "2025-03-04", "2025-03-03"),
        ("ms.mri_activity", "true", "2024-06-02", "2024-06-01"),
        ('{ none = ["diagnosis.lupus_nephritis"] }', "false", "2024-12-04", "2024-12-03"),
        ('{ none = ["history.aids"] }', "false", "2024-12-04", "2024-12-03"),
        ('{ none = ["allergy.tendency"] }', "false", "2024-12-04", "2024-12-03"),
        ('{ none = ["slicc.ana"] }', "false", "2024-12-04", "2024-12-03"),
        ("infection.hiv is negative", '"negative"', "2024-12-04", "2024-12-03"),
        ("person.fertility is prepubertal", '"prepubertal"', "2024-12-04", "2024-12-03"),
    ],
)
def test_a_value_speaks_to_its_last_day(rule: str, value: str, last: str, before: str) -> None:
    """A day later it is too old, whichever way it would have decided."""
    fact = rule.split('"')[1] if '"' in rule else rule.split(" ")[0]
    old = says(rule, f"{fact} = {{ value = {value}, date = {before} }}")

    assert says(rule, f"{fact} = {{ value = {value}, date = {last} }}") == "yes"
    assert old == f"unknown, too_old: {fact}"


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("diagnosis.sle", "true"),
        ("history.aids", "true"),
        ("slicc.ana", "true"),
        ("infection.hiv is positive", '"positive"'),
        ("infection.igra is positive", '"positive"'),
        ("renal.biopsy_class is IV", '"IV"'),
        ("nih.cellular_crescents >= 1", "2"),
        ("person.fertility is sterile", '"sterile"'),
        ("person.sex is male", '"male"'),
        ("score.slicc_2012 >= 4", "5"),
    ],
)
def test_what_was_there_once_speaks_always(rule: str, value: str) -> None:
    """Until a newer result: a diagnosis, a history, lasting serology, findings of a biopsy."""
    fact = rule.split(" ")[0]

    assert says(rule, f"{fact} = {{ value = {value}, date = 2001-01-01 }}") == "yes"


def test_a_newer_result_replaces_what_speaks_always() -> None:
    """And a newer one that is too old by now leaves open which of them holds."""
    rule = "infection.hiv is positive"
    positive = '{ value = "positive", date = 2020-01-01 }'

    assert (
        says(rule, f'infection.hiv = [{positive}, {{ value = "negative", date = 2025-06-01 }}]')
        == "no"
    )
    assert says(
        rule, f'infection.hiv = [{positive}, {{ value = "negative", date = 2024-01-01 }}]'
    ) == ("unknown, too_old: infection.hiv")


def test_every_fact_and_list_says_how_long_and_why() -> None:
    """In its own lines or by the default of its section."""
    vocabulary = bundled_pack().vocabulary
    entries = {**vocabulary.facts, **vocabulary.records}

    assert [name for name, entry in entries.items() if not entry.speaks_because] == []


def test_a_month_may_be_too_old_in_part() -> None:
    """Of 1 March 2025 it is too old, of 31 March not."""
    profile = 'lab.neutrophils = { value = "2 10^9/L", date = "2025-03" }'

    assert says("lab.neutrophils >= 1 10^9/L", profile) == (
        "unknown, imprecise_date: lab.neutrophils"
    )


@pytest.mark.parametrize(
    ("planned", "answer"),
    [("2025-03-04", "yes"), ("2025-03-03", "unknown, too_old: lab.neutrophils"), ("", "yes")],
)
def test_what_has_no_date_is_as_of_the_screening_date_of_the_profile(
    planned: str, answer: str
) -> None:
    """Else as of the day judged, which is 2 June 2025."""
    screening = f"dates.screening = {planned}\n" if planned else ""
    profile = f'{screening}lab.neutrophils = "2 10^9/L"'

    assert says("lab.neutrophils >= 1 10^9/L", profile) == answer


def test_a_window_decides_alone() -> None:
    """Of 182 days ago: too old to say what is so, and within 6 months."""
    profile = 'lab.neutrophils = { value = "2 10^9/L", date = 2024-12-02 }'

    assert says("lab.neutrophils >= 1 10^9/L within 6 months", profile) == "yes"
    assert says("lab.neutrophils >= 1 10^9/L", profile) == "unknown, too_old: lab.neutrophils"


def test_the_note_says_what_it_said_and_when() -> None:
    """What a report shows beside the reason."""
    profile = 'pregnancy.test = { value = "negative", date = 2020-01-01 }'
    finding = asked("pregnancy.test is negative", profile)

    assert finding.note == "negative is of 2020-01-01, and speaks for 30 days"


# ----------------------------------------------------------------------
# Weight and height


# 3 months before 2 June 2025 is 2 March, 6 months 2 December 2024, 180 days 4 December 2024
@pytest.mark.parametrize(
    ("fact", "person", "day", "answer"),
    [
        ("person.weight", CHILD, "2025-03-02", "yes"),
        ("person.weight", CHILD, "2025-03-01", "unknown, too_old: person.weight"),
        ("person.weight", ADULT, "2024-12-02", "yes"),
        ("person.weight", ADULT, "2024-12-01", "unknown, too_old: person.weight"),
        ("person.weight", "", "2025-03-01", "unknown, too_old: person.weight"),  # as in a minor
        ("person.height", CHILD, "2024-12-04", "yes"),
        ("person.height", CHILD, "2024-12-03", "unknown, too_old: person.height"),
        ("person.height", ADULT, "2001-01-01", "yes"),
        # measured on the day before the birthday, and on it
        (
            "person.height",
            "person.birth_date = 2006-01-01",
            "2023-12-31",
            "unknown, too_old: person.height",
        ),
        ("person.height", "person.birth_date = 2006-01-01", "2024-01-01", "yes"),
        ("person.height", 'person.age = "40 years"', "2020-01-01", "yes"),
    ],
)
def test_a_child_grows(fact: str, person: str, day: str, answer: str) -> None:
    """Who was a minor when it was measured: a shorter time; whose age is not known, likewise."""
    unit, limit = ("kg", 20) if fact == "person.weight" else ("cm", 100)
    profile = f'{person}\n{fact} = {{ value = "{limit + 20} {unit}", date = {day} }}'

    assert says(f"{fact} > {limit} {unit}", profile) == answer


@pytest.mark.parametrize(
    ("weight", "creatinine", "answer"),
    [
        # either way of the creatinine's day, not of the day judged
        ("2024-12-02", "2025-06-02", "yes"),
        ("2024-12-01", "2025-06-02", "too_old"),
        ("2024-10-01", "2025-04-01", "yes"),
        ("2025-06-02", "2025-03-10", "yes"),
        ("2025-06-02", "2025-03-03", "too_old"),  # the creatinine itself
    ],
)
def test_a_clearance_takes_the_weight_of_the_creatinines_day(
    weight: str, creatinine: str, answer: str
) -> None:
    """Cockcroft-Gault of a man of 45: (140 - 45) x 80 kg / (72 x 1 mg/dL) is above 100 mL/min."""
    profile = f"""
    {ADULT}
    person.sex = "male"
    person.weight = {{ value = "80 kg", date = {weight} }}
    lab.creatinine = {{ value = "1 mg/dL", date = {creatinine} }}
    """
    finding = asked("renal.creatinine_clearance > 100 mL/min", profile)

    assert answer in (finding.answer.value, finding.reason)


# ----------------------------------------------------------------------
# Stated against derived


# A man of 45: 400 umol/L (4.52 mg/dL) and 60 kg make 95 x 60 / (72 x 4.52) = 17.5 mL/min
@pytest.mark.parametrize(
    ("stated", "answer"),
    [
        ("2025-03-31", "no"),  # before the weight of 1 April
        ("2025-04-01", "unknown, conflict: renal.creatinine_clearance"),
        ("2025-05-31", "unknown, conflict: renal.creatinine_clearance"),
        ("2025-06-01", "yes"),  # the day of the creatinine
        ("2025-06-02", "yes"),
    ],
)
def test_the_newer_of_stated_and_derived_decides(stated: str, answer: str) -> None:
    """What is neither older nor newer than all inputs stands beside what follows from them."""
    profile = f"""
    {ADULT}
    person.sex = "male"
    person.weight = {{ value = "60 kg", date = 2025-04-01 }}
    lab.creatinine = {{ value = "400 umol/L", date = 2025-06-01 }}
    renal.creatinine_clearance = {{ value = "95 mL/min", date = {stated} }}
    """

    assert says("renal.creatinine_clearance >= 60 mL/min", profile) == answer
    if answer.startswith("unknown"):  # above 10 are both
        assert says("renal.creatinine_clearance >= 10 mL/min", profile) == "yes"


def test_a_range_displaces_no_stated_value() -> None:
    """One item of 24 after the stated total says no more than 0 to 101."""
    profile = """
    activity.sledai_2k = { value = 12, date = 2025-05-20 }
    sledai.hematuria = { value = false, date = 2025-05-25 }
    """

    assert says("activity.sledai_2k >= 12", profile) == "yes"


def test_of_a_fact_that_stays_a_difference_is_a_conflict() -> None:
    """EDSS that rose from 2 to 4 for a year is progression, whatever is stated later."""
    profile = """
    ms.edss = [
      { value = 2, date = 2023-01-01 },
      { value = 4, date = 2024-01-01 },
      { value = 4, date = 2025-05-01 },
    ]
    ms.single_relapse = false
    ms.progression = { value = false, date = 2025-06-01 }
    """

    assert says("ms.progression", profile) == "unknown, conflict: ms.progression"


# ----------------------------------------------------------------------
# Any result


PAP = "lung.mean_pap_echo"
LATER = '{ value = "30 mmHg", date = 2025-06-01 }'
MEASURED = f"""{PAP} = [
  {{ value = "65 mmHg", date = 2025-04-01 }}, {{ value = "30 mmHg", date = 2025-05-31 }},
]"""


@pytest.mark.parametrize(
    ("rule", "profile", "answer"),
    [
        (f"{PAP} > 60 mmHg within 3 months", MEASURED, "no"),
        (f"any {PAP} > 60 mmHg within 3 months", MEASURED, "yes"),
        (f"any {PAP} > 60 mmHg within 1 month", MEASURED, "no"),
        (f"any {PAP} > 70 mmHg within 3 months", MEASURED, "no"),
        (f"any {PAP} > 60 mmHg", MEASURED, "yes"),
        (f"any {PAP} > 60 mmHg within 2 days", MEASURED, "no"),
        (f"any {PAP} > 60 mmHg within 1 day", MEASURED, f"unknown, not_recorded: {PAP}"),
        (f"any {PAP} > 60 mmHg within 1 week", "", f"unknown, not_recorded: {PAP}"),
        # ever, however old it is
        (f"any {PAP} > 60 mmHg", f'{PAP} = {{ value = "65 mmHg", date = 2001-01-01 }}', "yes"),
        (f"any {PAP} > 60 mmHg", f'{PAP} = {{ value = "50 mmHg", date = 2001-01-01 }}', "no"),
        # what may lie in the window, or may satisfy
        (
            f"any {PAP} > 60 mmHg within 1 month",
            f'{PAP} = [{{ value = "65 mmHg", date = "2025-05" }}, {LATER}]',
            f"unknown, imprecise_date: {PAP}",
        ),
        (
            f"any {PAP} > 60 mmHg within 1 month",
            f'{PAP} = [{{ value = ">50 mmHg", date = 2025-05-20 }}, {LATER}]',
            f"unknown, censored: {PAP}",
        ),
        (
            f"any {PAP} > 60 mmHg within 1 month",
            f'{PAP} = "65 mmHg"',
            f"unknown, not_dated: {PAP}",
        ),
    ],
)
def test_any_result_of_the_window(rule: str, profile: str, answer: str) -> None:
    """Without `any` the newest decides."""
    assert says(rule, profile) == answer


def test_any_over_a_derived_fact_takes_each_result_of_what_is_measured() -> None:
    """A woman of 74 with 45 kg: 66 x 45 / (72 x 1.81) x 0.85 = 19 mL/min in April, now 39."""
    profile = """
    person.birth_date = 1951-01-01
    person.sex = "female"
    person.weight = { value = "45 kg", date = 2025-05-20 }
    lab.creatinine = [
      { value = "160 umol/L", date = 2025-04-20 }, { value = "80 umol/L", date = 2025-06-01 },
    ]
    """
    rule = "renal.creatinine_clearance < 30 mL/min within 8 weeks"

    assert says(rule, profile) == "no"
    assert says(f"any {rule}", profile) == "yes"
    assert says("any renal.creatinine_clearance < 15 mL/min within 8 weeks", profile) == "no"


# ----------------------------------------------------------------------
# What is stated of time


@pytest.mark.parametrize(
    ("stated", "limit", "answer"),
    [
        # 17 years on 2 June 2024: 18 by now, on the last day before the birthday 17 until today
        ('{ value = "17 years", date = 2024-06-02 }', 18, "yes"),
        (
            '{ value = "17 years", date = 2024-06-03 }',
            18,
            "unknown, imprecise_date: person.birth_date",
        ),
        (
            '{ value = "17 years", date = 2023-06-01 }',
            20,
            "unknown, imprecise_date: person.birth_date",
        ),
        ('{ value = "17 years", date = 2023-06-01 }', 21, "no"),
        ('"17 years"', 18, "no"),
    ],
)
def test_a_stated_age_grows(stated: str, limit: int, answer: str) -> None:
    """From its own date, or from the screening date where it has none."""
    assert says(f"person.age >= {limit} years", f"person.age = {stated}") == answer


def test_a_birth_date_beats_an_age() -> None:
    """But where it is known in part only, and the stated age fits."""
    assert (
        says("person.age >= 18 years", 'person.age = "17 years"\nperson.birth_date = 2000-01-01')
        == "yes"
    )
    assert (
        says("person.age >= 16 years", 'person.age = "16 years"\nperson.birth_date = "2009"')
        == "yes"
    )


@pytest.mark.parametrize(
    ("stop", "days", "answer"),
    [
        ('"ongoing"', 28, "yes"),  # 10 days on 15 May are 28 on 2 June
        ('"ongoing"', 29, "no"),
        ('"unknown"', 28, "no"),  # whether it goes on is not recorded
    ],
)
def test_a_stated_time_grows_while_the_course_goes_on(stop: str, days: int, answer: str) -> None:
    """From the review of the list."""
    profile = f"""
    reviewed.treatment = 2025-05-15
    treatment = [{{ drug = "prednisone", unchanged = "10 days", stop = {stop} }}]
    """

    rule = f'{{ some = "treatment", where = ["unchanged >= {days} days"] }}'
    assert says(rule, profile) == answer


# ----------------------------------------------------------------------
# Reviews


VACCINE = '{{ some = "vaccine", where = ["date within {}"] }}'


@pytest.mark.parametrize(
    ("rule", "review", "answer"),
    [
        (VACCINE.format("4 weeks"), "2025-05-05", "no"),
        (VACCINE.format("4 weeks"), "2025-05-04", "unknown, too_old: vaccine"),
        (VACCINE.format("1 year"), "2025-03-04", "no"),  # 90 days
        (VACCINE.format("1 year"), "2025-03-03", "unknown, too_old: vaccine"),
        ('{ some = "car_t" }', "2024-12-04", "no"),  # a list of "ever": 180 days
        ('{ some = "car_t" }', "2024-12-03", "unknown, too_old: car_t"),
        ('{ some = "vaccine" }', '"2025-03"', "unknown, imprecise_date: vaccine"),
    ],
)
def test_a_review_says_what_is_so_up_to_its_day(rule: str, review: str, answer: str) -> None:
    """It closes a window that it does not lie before, for as long as it speaks."""
    name = rule.split('"')[1]

    assert says(rule, f"reviewed.{name} = {review}") == answer


def test_a_review_counts_back_from_the_earlier_of_visit_and_day_judged() -> None:
    """4 weeks before the infusion of 30 June is 2 June; before consent of 1 May it is 3 April."""
    infusion = "dates.infusion = 2025-06-30\nreviewed.vaccine = 2025-05-05"
    consent = "dates.consent = 2025-05-01\nreviewed.vaccine = 2025-04-03"

    assert says(VACCINE.format("4 weeks before infusion"), infusion) == "no"
    assert says(VACCINE.format("4 weeks before consent"), consent) == "no"


def test_an_empty_list_of_transplants_says_no_gvhd() -> None:
    """The vocabulary says which list empties which."""
    assert says('{ some = "gvhd" }', "reviewed.transplant = 2025-06-01") == "no"
    listed = "reviewed.transplant = 2025-06-01\ntransplant = [{ date = 2020-01-01 }]"
    assert says('{ some = "gvhd" }', listed) == "unknown, list_not_reviewed: gvhd"


@pytest.mark.parametrize(
    ("review", "answer"), [("2025-03-04", "yes"), ("2025-03-03", "unknown, too_old: treatment")]
)
def test_ongoing_is_as_of_the_review(review: str, answer: str) -> None:
    """What went on when the list was reviewed, 90 days ago or more, may have ended since."""
    profile = f"""
    reviewed.treatment = {review}
    treatment = [{{ drug = "prednisone", start = 2024-01-01, stop = "ongoing" }}]
    """

    assert says('{ some = "treatment", where = ["stop is ongoing"] }', profile) == answer


@pytest.mark.parametrize(
    ("fact", "value", "day", "answer"),
    [
        ("cns.neurolupus_intervention", "false", "2025-04-03", "no"),  # 60 days
        (
            "cns.neurolupus_intervention",
            "false",
            "2025-04-02",
            "unknown, too_old: cns.neurolupus_intervention",
        ),
        ("lung.ventilation", '"none"', "2025-04-03", "no"),
        ("lung.ventilation", '"none"', "2025-04-02", "unknown, too_old: lung.ventilation"),
    ],
)
def test_that_there_was_no_event_speaks_like_a_review(
    fact: str, value: str, day: str, answer: str
) -> None:
    """The vocabulary names the word that says so, where it is not "no"."""
    profile = f"{fact} = {{ value = {value}, date = {day} }}"

    assert says(f"{fact} within 60 days", profile) == answer


# ----------------------------------------------------------------------
# A score of activity


def _score(profile: dict[str, object]) -> Observation:
    found = chart_of({"sledai": profile}).newest("activity.sledai_2k")
    assert isinstance(found, Observation)
    return found


def test_a_later_laboratory_item_does_not_empty_a_score() -> None:
    """The visit is the newest day of an item by examination: seizure 8, arthritis 4."""
    profile = """
    sledai.seizure = { value = true, date = 2025-04-01 }
    sledai.arthritis = { value = true, date = 2025-04-01 }
    sledai.hematuria = { value = true, date = 2025-06-01 }
    """

    assert says("activity.sledai_2k >= 12", profile) == "yes"


def test_a_score_says_its_window() -> None:
    """In the words of where it comes from."""
    rash = {"rash": {"value": True, "date": SCREENING}}

    assert _score(rash).origin == "from 1 of 24 items of the 30 days before 2025-06-02"


def test_a_chart_is_the_same_on_the_day_of_its_visit() -> None:
    """A chart on its own day is itself."""
    chart: Chart = chart_of({})

    assert chart.at(chart.on) is chart
