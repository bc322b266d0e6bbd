"""16. Evidence: beside each answer stands what was read, as the profile wrote it."""

from datetime import date
from fractions import Fraction

import pytest
from support import asked, profile_toml, told

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.finding import Evidence, Finding, Margin
from cartscreen.pack.pack import bundled_pack

ADULT = 'person.birth_date = 1990-01-01\nperson.sex = "female"\n'


def line(read: Evidence) -> str:
    """One datum: fact, value, what the test said; and limits, date and origin where it has them."""
    more = [str(part) for part in (read.limit, read.date, read.origin) if part]
    return f"{read.place} {read.value}: {read.answer.value}{''.join(f', {part}' for part in more)}"


def lines(finding: Finding) -> list[str]:
    return [line(read) for read in finding.evidence()]


@pytest.mark.parametrize(
    ("rule", "profile", "evidence"),
    [
        ("lab.alt <= 3 ULN",
         'lab.alt = { value = "22 U/L", upper = "40 U/L", lower = "5 U/L", date = 2025-05-30 }',
         "lab.alt 22 U/L: yes, ULN 40 U/L, LLN 5 U/L, 2025-05-30"),
        ("lab.alt <= 3 ULN", 'lab.alt = "22 U/L"', "lab.alt 22 U/L: unknown"),
        ("lab.alt <= 3 ULN", 'lab.alt = "4 ULN"', "lab.alt 4 ULN: no"),
        ("diagnosis.sle", "diagnosis.sle = false", "diagnosis.sle no: no"),
        ("heart.ecg is normal", 'heart.ecg = "significant"', "heart.ecg significant: no"),
        ("infection.syphilis_titre >= 1:8", 'infection.syphilis_titre = "1:16"',
         "infection.syphilis_titre 1:16: yes"),
        ("renal.biopsy_date within 6 months", "renal.biopsy_date = 2025-03-01",
         "renal.biopsy_date 2025-03-01: yes"),
        ("person.age >= 18 years", "person.birth_date = 2000-01-01",
         "person.age 25 years: yes, from the date of birth, on 2025-06-02"),
        ("person.can_become_pregnant", 'person.sex = "male"',
         "person.can_become_pregnant no: no, from person.sex male"),
        ("person.can_become_pregnant", 'person.sex = "female"\nperson.fertility = "fertile"',
         "person.can_become_pregnant yes: yes, from person.sex female, person.fertility fertile"),
        # a fact that another one stands for says which
        ("ssc.interstitial_lung_disease", "diagnosis.ild = { value = true, date = 2025-01-05 }",
         "ssc.interstitial_lung_disease yes: yes, 2025-01-05, as Interstitial lung disease"),
        ("pregnancy.test is negative within 7 days",
         'pregnancy.blood_test = { value = "negative", date = 2025-05-30 }',
         "pregnancy.test negative: yes, 2025-05-30, as Pregnancy test in blood"),
    ],
)  # fmt: skip
def test_a_datum_stands_beside_its_answer(rule: str, profile: str, evidence: str) -> None:
    """Fact, value, answer; its own limits, its date, and how it was derived."""
    assert lines(asked(rule, profile)) == [evidence]


def some_of(name: str, *where: str) -> str:
    return f'{{ some = "{name}", where = [{", ".join(map(repr, where))}] }}'


WASHOUT = some_of("treatment", "last_dose within 5 half-lives")


@pytest.mark.parametrize(
    ("rule", "profile", "evidence"),
    [
        # the half-life that a washout is measured in
        (WASHOUT, "treatment = [{ drug = 'leflunomide', last_dose = 2025-05-01 }]",
         ["treatment[1].last_dose 2025-05-01: yes, half-life 18 days to 19 days"]),
        (WASHOUT,
         "treatment = [{ drug = 'leflunomide', last_dose = 2025-05-01, half_life = '10 days' }]",
         ["treatment[1].last_dose 2025-05-01: yes, half-life as the chart states it"]),
        (WASHOUT, "treatment = [{ drug = 'iguratimod', stop = 'ongoing' }]",
         ["treatment[1].last_dose ongoing: yes"]),
        (WASHOUT, "treatment = [{ drug = 'Zorkamab', stop = 'ongoing' }]",
         ["treatment[1].last_dose ongoing: yes"]),
        (some_of("treatment", "drug is leflunomide", "last_dose within 4 weeks"),
         "treatment = [{ drug = 'leflunomide', last_dose = 2025-05-05 }]",
         ["treatment[1].drug leflunomide: yes", "treatment[1].last_dose 2025-05-05: yes"]),
        # what only begins after the date judged goes on at no day of the past
        (some_of("treatment", "stop is ongoing"),
         "reviewed.treatment = 2025-06-02\n"
         "treatment = [{ drug = 'leflunomide', start = 2025-06-03, stop = 'ongoing' }]",
         ["treatment 1 listed, too few fit: no, 2025-06-02", "treatment[1].stop ongoing: no"]),
        (some_of("infection_episode", "last_active within 2 weeks"),
         "reviewed.infection_episode = 2025-06-02\n"
         "infection_episode = [{ start = 2025-06-03, last_active = 'ongoing' }]",
         ["infection_episode 1 listed, too few fit: no, 2025-06-02",
          "infection_episode[1].last_active ongoing: no"]),
        # both results of a day that agree
        ("lab.alt <= 40 U/L",
         'lab.alt = [{ value = "22 U/L", date = 2025-06-01 }, '
         '{ value = "23 U/L", date = 2025-06-01 }]',
         ["lab.alt 22 U/L: yes, 2025-06-01", "lab.alt 23 U/L: yes, 2025-06-01"]),
        # of a change every result, the oldest first
        ("lab.alt rose >= 10 % within 6 months",
         'lab.alt = [{ value = "22 U/L", date = 2025-06-01 }, '
         '{ value = "20 U/L", date = 2025-05-01 }]',
         ["lab.alt 20 U/L: yes, 2025-05-01", "lab.alt 22 U/L: yes, 2025-06-01"]),
        ("lab.alt rose >= 10 % within 6 months",
         'lab.alt = [{ value = "20 U/L", date = 2025-05-01 }, '
         '{ value = "21 U/L", date = 2025-06-01 }, { value = "22 U/L", date = 2025-06-01 }]',
         ["lab.alt 20 U/L: unknown, 2025-05-01", "lab.alt 21 U/L: unknown, 2025-06-01",
          "lab.alt 22 U/L: unknown, 2025-06-01"]),
    ],
)  # fmt: skip
def test_everything_that_was_read_is_evidence(rule: str, profile: str, evidence: list[str]) -> None:
    """In the order of the rule; of a test that reads several results, each of them."""
    assert lines(asked(rule, profile)) == evidence


@pytest.mark.parametrize("rule", ["lab.alt <= 40 U/L", "lab.alt rose >= 10 % within 6 months"])
def test_a_datum_names_the_test_that_read_it(rule: str) -> None:
    """The test is written as the criterion writes it."""
    rows = '{ value = "20 U/L", date = 2025-05-01 }, { value = "22 U/L", date = 2025-06-01 }'

    assert {read.test for read in asked(rule, f"lab.alt = [{rows}]").evidence()} == {rule}


@pytest.mark.parametrize(
    ("creatinine", "said", "note"),
    [
        ('"indeterminate"', "unknown, not_recorded: renal.egfr, lab.creatinine",
         "recorded as indeterminate"),
        ('[{ value = "0.8 mg/dL", date = 2025-06-01 }, { value = "indeterminate", '
         'date = 2025-06-02 }]', "unknown, not_recorded: renal.egfr, lab.creatinine",
         "recorded as indeterminate"),
        ('[{ value = "0.8 mg/dL", date = 2025-06-01 }, { value = "0.9 mg/dL", '
         'date = 2025-06-01 }]', "unknown, conflict: renal.egfr, lab.creatinine",
         "results of the same day differ: lab.creatinine 0.8 mg/dL, 0.9 mg/dL"),
    ],
)  # fmt: skip
def test_what_cannot_be_derived_says_from_what(creatinine: str, said: str, note: str) -> None:
    """The input that does not serve is named, and how it was recorded."""
    profile = f"{ADULT}lab.creatinine = {creatinine}"
    finding = asked("renal.egfr >= 30 mL/min/1.73 m2", profile)

    assert (told(finding), finding.note) == (said, note)


DOSE, DOSE_PER_KG = "prednisone_dose >= 20 mg/day", "prednisone_dose_per_kg >= 1 mg/kg/day"


# Methylprednisolone counts 5/4 as prednisone.
@pytest.mark.parametrize(
    ("rule", "entry", "evidence"),
    [
        (DOSE, 'drug = "prednisone", dose = "60 mg/day"',
         "60 mg/day: yes, prednisone 60 mg/day, as prednisone"),
        (DOSE, 'drug = "methylprednisolone", dose = "60 mg/day"',
         "75 mg/day: yes, methylprednisolone 60 mg/day, as prednisone"),
        ("prednisone_dose > 20 mg/day", 'drug = "prednisone", dose = ">20 mg/day"',
         ">20 mg/day: yes, prednisone >20 mg/day, as prednisone"),
        ("prednisone_dose > 20 mg/day", 'drug = "prednisone", dose = ">=20 mg/day"',
         ">=20 mg/day: unknown, prednisone >=20 mg/day, as prednisone"),
        ("prednisone_dose < 20 mg/day", 'drug = "prednisone", dose = "<20 mg/day"',
         "<20 mg/day: yes, prednisone <20 mg/day, as prednisone"),
        ("prednisone_dose < 20 mg/day", 'drug = "prednisone", dose = "<=20 mg/day"',
         "<=20 mg/day: unknown, prednisone <=20 mg/day, as prednisone"),
        (DOSE, 'drug = "azathioprine", dose = "60 mg/day"',
         "0 mg/day: no, azathioprine is no steroid"),
        (DOSE, 'drug = "prednisone", dose = "60 mg/day", route = "topical"',
         "0 mg/day: no, prednisone, topical: not systemic"),
        (DOSE, 'drug = "Zorkine", dose = "60 mg/day", route = "topical"',
         "0 mg/day: no, the drug, topical: not systemic"),
        (DOSE_PER_KG, 'drug = "prednisone", dose = "60 mg/day"',
         "1 mg/kg/day: yes, prednisone 60 mg/day, as prednisone, at 60 kg"),
        (DOSE_PER_KG, 'drug = "prednisone", dose_per_kg = "1 mg/kg/day"',
         "1 mg/kg/day: yes, prednisone 1 mg/kg/day, as prednisone"),
        (DOSE_PER_KG, 'drug = "azathioprine", dose = "60 mg/day"',
         "0 mg/kg/day: no, azathioprine is no steroid"),
    ],
)  # fmt: skip
def test_a_dose_says_how_it_was_converted(rule: str, entry: str, evidence: str) -> None:
    """Drug and dose as they were written, the weight, and why a dose counts for nothing."""
    profile = f"""
    person.weight = "60 kg"
    treatment = [{{ {entry}, start = 2025-05-01 }}]
    reviewed.treatment = 2025-06-02
    """
    *_, last = lines(asked(f'{{ some = "treatment", where = ["{rule}"] }}', profile))

    assert last == f"treatment[1].{rule.partition(' ')[0]} {evidence}"


# CKD-EPI 2021 of a man at 1 mg/dL: 142 x (1/0.9)^-1.2 x 0.9938^50 and ^49
@pytest.mark.parametrize(
    ("profile", "fact", "text"),
    [
        ('person.birth_date = "1975"\nperson.sex = "male"\nlab.creatinine = "1 mg/dL"',
         "renal.egfr",
         "~91.69 to ~92.26 mL/min/1.73 m2"),
        ('lab.white_cells = "5 10^9/L"\nlab.neutrophils_percent = "6.25 %"', "lab.neutrophils",
         "0.3125 10^9/L"),
    ],
)  # fmt: skip
def test_an_estimate_is_shown_from_its_least_to_its_most(
    profile: str, fact: str, text: str
) -> None:
    """A number is shown in full where that is short, else to two places."""
    found = chart_on(profile_toml(profile), bundled_pack(), date(2025, 6, 2)).newest(fact)

    assert found.text == text  # type: ignore[union-attr]


# of 60 kg in May and 40 kg in March either may be the nearest to a start in April
@pytest.mark.parametrize(
    ("dose", "rule", "evidence"),
    [
        ("60 mg/day", ">= 1", "1 to 1.5 mg/kg/day: yes"),
        (">60 mg/day", "> 1", ">1 mg/kg/day: yes"),
        ("<60 mg/day", "< 1.5", "<1.5 mg/kg/day: yes"),
    ],
)
def test_a_dose_over_several_weights_is_from_the_least_to_the_most(
    dose: str, rule: str, evidence: str
) -> None:
    """An end of the range is left out where that of the dose is; both weights are named."""
    profile = f"""
    person.weight = [
      {{ value = "60 kg", date = 2025-05-30 }}, {{ value = "40 kg", date = 2025-03-01 }},
    ]
    treatment = [{{ drug = "prednisone", dose = "{dose}", start = "2025-04" }}]
    reviewed.treatment = 2025-06-02
    """
    by = f"prednisone {dose}, as prednisone"
    asks = f'{{ some = "treatment", where = ["prednisone_dose_per_kg {rule} mg/kg/day"] }}'
    (only,) = lines(asked(asks, profile))

    assert only == (
        f"treatment[1].prednisone_dose_per_kg {evidence}, {by}, at 60 kg or {by}, at 40 kg"
    )


def test_a_dose_of_a_drug_that_is_not_known_waits_for_its_name() -> None:
    """The name of the drug is what is missing, or another entry of the list."""
    profile = 'treatment = [{ drug = "Zorkine", dose = "60 mg/day" }]'
    finding = asked(f'{{ some = "treatment", where = ["{DOSE}"] }}', profile)

    assert (told(finding), finding.note) == (
        "unknown, not_recorded: treatment[1].drug, treatment",
        "the drug is not recognised",
    )


PER_KG = """{ some = "treatment", where = [
    "drug is glucocorticoid", "prednisone_dose_per_kg >= 1 mg/kg/day",
] }"""


@pytest.mark.parametrize(
    ("weights", "note"),
    [
        ('{ value = "indeterminate", date = 2025-05-01 }, { value = "60 kg", date = 2022-03-01 }',
         "recorded as indeterminate"),
        ('{ value = "60 kg", date = 2025-05-01 }, { value = "61 kg", date = 2025-05-01 }',
         "results of the same day differ: person.weight 60 kg, 61 kg"),
    ],
)  # fmt: skip
def test_a_dose_per_kg_says_which_weight_does_not_serve(weights: str, note: str) -> None:
    """The weight nearest to the start of the course."""
    profile = f"""
    person.weight = [{weights}]
    treatment = [{{ drug = "prednisone", dose = "60 mg/day", start = 2025-05-01 }}]
    """

    assert asked(PER_KG, profile).note == note


# Clinical SLEDAI-2K is the total without complement and anti-DNA, 2 points each. A seizure has 8.
@pytest.mark.parametrize(
    ("profile", "rule", "answer"),
    [
        ("activity.sledai_2k = 6", "activity.sledai_2k_clinical <= 6", "yes"),
        ("activity.sledai_2k = 6", "activity.sledai_2k_clinical <= 5", "unknown"),
        # from 4 to 4: the rash is 2, arthritis 4; what is not assessed is cut off by the total
        ("activity.sledai_2k = 4\nsledai.arthritis = true", "activity.sledai_2k_clinical <= 4",
         "yes"),
        ("activity.sledai_2k = 4\nsledai.arthritis = true", "activity.sledai_2k_clinical >= 4",
         "yes"),
        # a total that its items exceed is no bound for them
        ("activity.sledai_2k = 4\nsledai.seizure = true", "activity.sledai_2k_clinical >= 8",
         "yes"),
        ("activity.sledai_2k = 4\nsledai.seizure = true", "activity.sledai_2k_clinical <= 8",
         "unknown"),
        ('activity.sledai_2k = ">4"\nsledai.arthritis = true', "activity.sledai_2k_clinical <= 8",
         "unknown"),
    ],
)  # fmt: skip
def test_a_part_of_a_score_is_not_more_than_the_total(profile: str, rule: str, answer: str) -> None:
    """The part is the range that both its items and the total allow."""
    assert asked(rule, profile).answer.value == answer


def test_of_a_total_alone_the_part_is_open_for_want_of_its_items() -> None:
    """With a total of 6, a part is 0 to 6: whether it is at most 5 is UNKNOWN."""
    assert told(asked("activity.sledai_2k_clinical <= 5", "activity.sledai_2k = 6")) == (
        "unknown, not_recorded: activity.sledai_2k_clinical"
    )


def test_a_score_of_which_nothing_is_known_is_asked_for_itself() -> None:
    """Where neither items nor total are recorded, the score itself is missing."""
    assert told(asked("activity.sledai_2k_clinical >= 6")) == (
        "unknown, not_recorded: activity.sledai_2k_clinical"
    )


@pytest.mark.parametrize(
    ("screening", "days"),
    [("dates.screening = 2025-06-02", 3), ("dates.screening = 2025-06-05", 0), ("", 0)],
)
def test_a_chart_knows_how_far_its_date_has_moved(screening: str, days: int) -> None:
    """It counts from the profile's screening date; without one it has not moved."""
    chart = chart_on(profile_toml(screening), bundled_pack(), date(2025, 6, 5))

    assert chart.moved.days == days


BIOPSY = "renal.biopsy_date within 6 months"


# (how far above the limit, the limit, the unit of both)
@pytest.mark.parametrize(
    ("rule", "profile", "margin"),
    [
        ("lab.hemoglobin >= 80 g/L", 'lab.hemoglobin = "79 g/L"', ("-1", "80", "g/L")),
        ("lab.hemoglobin >= 80 g/L", 'lab.hemoglobin = "80 g/L"', ("0", "80", "g/L")),
        # in the unit of the fact, whatever the rule and the profile are written in
        ("lab.hemoglobin >= 8 g/dL", 'lab.hemoglobin = "8.15 g/dL"', ("1.5", "80", "g/L")),
        ("activity.sledai_2k >= 8", "activity.sledai_2k = 6", ("-2", "8", "1")),
        ("infection.syphilis_titre >= 1:8", 'infection.syphilis_titre = "1:16"',
         ("8", "8", "titre")),
        # a multiple of the limit of normal is that limit, so many times: 3 x 40, 2 x 6
        ("lab.alt <= 3 ULN", 'lab.alt = { value = "130 U/L", upper = "40 U/L", lower = "5 U/L" }',
         ("10", "120", "U/L")),
        ("lab.igg < 2 LLN", 'lab.igg = { value = "5.5 g/L", upper = "16 g/L", lower = "6 g/L" }',
         ("-6.5", "12", "g/L")),
        ("lab.alt <= 3 ULN", 'lab.alt = "22 U/L"', None),
        ("lab.igg < 1 LLN", 'lab.igg = { value = "5.5 g/L", upper = "16 g/L" }', None),
        # of a result that is itself a multiple, by how many times
        ("lab.alt <= 3 ULN", 'lab.alt = "4.5 ULN"', ("1.5", "3", "ULN")),
        ("lab.igg < 1 LLN", 'lab.igg = "0.9 LLN"', ("-0.1", "1", "LLN")),
        ("lab.alt >= 1 LLN", 'lab.alt = "4 ULN"', None),
        ("lab.alt <= 120 U/L", 'lab.alt = "4 ULN"', None),
        # not one number, or none at all
        ("lab.alt <= 40 U/L", 'lab.alt = "<10 U/L"', None),
        ("lab.alt <= 40 U/L", 'lab.alt = "indeterminate"', None),
        ("heart.ecg is normal", 'heart.ecg = "normal"', None),
        ("heart.ecg is normal within 7 days",
         'heart.ecg = { value = "normal", date = 2025-01-01 }', None),
        ("lab.hemoglobin >= 80 g/L within 7 days",
         'lab.hemoglobin = { value = "79 g/L", date = 2025-06-01 }', ("-1", "80", "g/L")),
        ("diagnosis.sle", "diagnosis.sle = { value = true, date = 2020-01-01 }", None),
        # nor is a length of time, which is mostly one from date to date
        (some_of("treatment", "unchanged > 2 weeks"), "treatment = [{ unchanged = '3 weeks' }]",
         None),
        # an event before the window: 6 months before 2 June begin on 2 December
        (BIOPSY, "renal.biopsy_date = 2024-12-02", None),
        (BIOPSY, "renal.biopsy_date = 2024-12-01", ("-1", "0", "days")),
        (BIOPSY, "renal.biopsy_date = 2024-11-30", ("-2", "0", "days")),
        (BIOPSY, 'renal.biopsy_date = "2024-11"', ("-2", "0", "days")),  # two days at the least
        (BIOPSY, 'renal.biopsy_date = "2024-12"', None),
        # from the first day that the visit may be
        (f"{BIOPSY} before enrollment",
         'dates.enrollment = "2025-07"\nrenal.biopsy_date = 2024-12-31', ("-1", "0", "days")),
        ("ms.relapse within 6 months", "ms.relapse = { value = true, date = 2024-12-01 }",
         ("-1", "0", "days")),
        ("ms.relapse within 6 months", "ms.relapse = true", None),
        # what did not happen is at no distance
        ("ms.relapse within 6 months", "ms.relapse = { value = false, date = 2024-12-01 }", None),
    ],
)  # fmt: skip
def test_a_number_says_how_far_it_is_from_its_limit(
    rule: str, profile: str, margin: tuple[str, str, str] | None
) -> None:
    """A negative distance is below the limit; of an event, it is days before its window."""
    (read,) = asked(rule, profile).evidence()
    by, limit, unit = margin or ("0", "0", "")

    assert read.margin == (Margin(Fraction(by), Fraction(limit), unit) if margin else None)


@pytest.mark.parametrize(
    ("profile", "fact", "items"),
    [
        ('mrss.face = 2\nmrss.chest = 0\nmrss.abdomen = 1', "activity.mrss",
         ["mrss.face", "mrss.abdomen"]),
        ('mrss.face = "<1"\nmrss.chest = 0', "activity.mrss", ["mrss.face"]),
        ("sledai.seizure = true\nsledai.rash = false", "activity.sledai_2k", ["sledai.seizure"]),
        ('bilag.renal = "A"\nbilag.mucocutaneous = "B"', "activity.bilag_a", ["bilag.renal"]),
        ("activity.sledai_2k = 6", "activity.sledai_2k_clinical", ["activity.sledai_2k"]),
        ("person.birth_date = 1990-01-01", "person.age", ["person.birth_date"]),
        ('lab.bilirubin_indirect = "11 umol/L"\nlab.bilirubin = "20 umol/L"',
         "lab.bilirubin_mostly_indirect", ["lab.bilirubin_indirect", "lab.bilirubin"]),
    ],
)  # fmt: skip
def test_what_is_derived_names_what_it_follows_from(
    profile: str, fact: str, items: list[str]
) -> None:
    """Of a score the items that add to it, and none that are 0, absent, or of another grade."""
    found = chart_on(profile_toml(profile), bundled_pack(), date(2025, 6, 2)).newest(fact)

    assert [name for name, _ in found.inputs] == items  # type: ignore[union-attr]


def test_a_count_of_which_nothing_is_known_asks_for_every_grade() -> None:
    """The grades of all nine systems of BILAG-2004 are missing."""
    said = told(asked("activity.bilag_a >= 1"))

    assert said.startswith("unknown, not_recorded: activity.bilag_a, bilag.constitutional, ")
    assert said.count("bilag.") == 9
