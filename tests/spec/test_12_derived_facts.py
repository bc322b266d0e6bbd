"""12. Derived facts: what follows from other facts, where the profile does not state it."""

from datetime import date

import pytest
from support import asked, says

from cartscreen.place import texts


@pytest.mark.parametrize(
    ("sex", "fertility", "answer"),
    [
        ("female", "fertile", "yes"),
        ("female", "prepubertal", "no"),
        ("female", "postmenopausal", "no"),
        ("female", "sterile", "no"),
        ("male", "fertile", "no"),
        ("male", "sterile", "no"),
        ("male", "unknown", "no"),
        ("unknown", "sterile", "no"),
        (
            "female",
            "unknown",
            "unknown, not_recorded: person.can_become_pregnant, person.fertility",
        ),
        ("unknown", "fertile", "unknown, not_recorded: person.can_become_pregnant, person.sex"),
    ],
)
def test_a_finding_may_follow_from_a_rule(sex: str, fertility: str, answer: str) -> None:
    """Able to become pregnant: female and fertile; decided as soon as one of the two is not so."""
    profile = f'person.sex = "{sex}"\nperson.fertility = "{fertility}"'

    assert says("person.can_become_pregnant", profile) == answer


def test_what_stands_for_another_stands_for_nothing_where_it_is_not_known() -> None:
    """A blood test stands for any pregnancy test, if it was done by the date judged."""
    rule = "pregnancy.test is negative"

    def blood(value: str) -> str:
        return says(rule, f"pregnancy.blood_test = {value}")

    assert blood('"negative"') == "yes"
    assert blood('"not done"') == "unknown, not_recorded: pregnancy.test"
    assert blood('{ value = "negative", date = 2025-06-03 }').startswith("unknown, ")


def test_an_indeterminate_input_is_an_input_that_is_missing() -> None:
    """Nothing is computed from an indeterminate result."""
    profile = """
    person.age = "60 years"
    person.sex = "male"
    person.weight = "60 kg"
    lab.creatinine = "indeterminate"
    """

    assert says("renal.creatinine_clearance >= 60 mL/min", profile) == (
        "unknown, not_recorded: renal.creatinine_clearance, lab.creatinine"
    )


@pytest.mark.parametrize(
    ("profile", "rule", "answer"),
    [
        (
            'person.sex = "female"\nperson.fertility = "fertile"\n'
            "person.can_become_pregnant = false",
            "person.can_become_pregnant",
            "no",
        ),
        ("activity.sledai_2k = 6\nsledai.seizure = true", "activity.sledai_2k >= 8", "no"),
    ],
)
def test_a_stated_value_beats_a_derived_one(profile: str, rule: str, answer: str) -> None:
    """Stated for the same day it is used, and no range that follows displaces it."""
    assert says(rule, profile) == answer


@pytest.mark.parametrize(
    "stated",
    [
        "",
        'person.age = "unknown"',
        'person.age = "not done"',
        'person.age = { value = "12 years", date = 2025-06-03 }',  # after the date judged
    ],
)
def test_what_is_stated_as_unknown_may_still_follow(stated: str) -> None:
    """ "unknown" is no value: it leaves the field to what follows from other facts."""
    assert says("person.age >= 18 years", f"{stated}\nperson.birth_date = 2000-01-01") == "yes"


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ('pregnancy.blood_test = { value = "negative", date = 2025-05-30 }', "yes"),
        ('pregnancy.blood_test = { value = "positive", date = 2025-05-30 }', "no"),
        (
            'pregnancy.test = { value = "positive", date = 2025-05-30 }\n'
            'pregnancy.blood_test = { value = "negative", date = 2025-05-31 }',
            "yes",
        ),
        (
            'pregnancy.test = { value = "negative", date = 2025-05-31 }\n'
            'pregnancy.blood_test = { value = "positive", date = 2025-05-30 }',
            "unknown, conflict: pregnancy.test",
        ),
        (
            'pregnancy.blood_test = { value = "negative", date = 2025-05-20 }',
            "unknown, not_recorded: pregnancy.test",
        ),
        ("", "unknown, not_recorded: pregnancy.test"),
    ],
)
def test_one_fact_may_stand_for_another(profile: str, answer: str) -> None:
    """A pregnancy test in blood is a pregnancy test; not the other way round."""
    assert says("pregnancy.test is negative within 7 days", profile) == answer


def test_a_fact_that_stands_for_another_keeps_its_series() -> None:
    """A blood test after screening counts for a window before a later visit."""
    profile = """
    dates.enrollment = 2025-06-09
    pregnancy.blood_test = [
      { value = "negative", date = 2025-06-02 }, { value = "positive", date = 2025-06-08 },
    ]
    """

    assert says("pregnancy.test is negative within 7 days", profile) == "yes"
    assert says("pregnancy.test is negative within 7 days before enrollment", profile) == "no"


SLEDAI = {  # Gladman, Ibanez, Urowitz. J Rheumatol 2002;29:288-91
    "seizure": 8, "psychosis": 8, "organic_brain_syndrome": 8, "visual_disturbance": 8,
    "cranial_nerve_disorder": 8, "lupus_headache": 8, "cerebrovascular_accident": 8,
    "vasculitis": 8,
    "arthritis": 4, "myositis": 4, "urinary_casts": 4, "hematuria": 4, "proteinuria": 4,
    "pyuria": 4,
    "rash": 2, "alopecia": 2, "mucosal_ulcers": 2, "pleurisy": 2, "pericarditis": 2,
    "low_complement": 2, "increased_dna_binding": 2,
    "fever": 1, "thrombocytopenia": 1, "leukopenia": 1,
}  # fmt: skip


def sledai(*present: str, unassessed: tuple[str, ...] = ()) -> str:
    """The descriptors: these present, these not assessed, all others absent."""
    rows = (
        f"sledai.{item} = {str(item in present).lower()}"
        for item in SLEDAI
        if item not in unassessed
    )
    return "\n".join(rows)


@pytest.mark.parametrize(("item", "weight"), SLEDAI.items())
def test_each_item_of_a_score_counts_its_weight(item: str, weight: int) -> None:
    """With one descriptor present, SLEDAI-2K is the weight of that descriptor."""
    assert says(f"activity.sledai_2k >= {weight}", sledai(item)) == "yes"
    assert says(f"activity.sledai_2k > {weight}", sledai(item)) == "no"


def test_a_score_is_the_sum_of_its_items() -> None:
    """None present: 0. Arthritis, rash and fever: 7. All of them: 105."""
    assert says("activity.sledai_2k <= 0", sledai()) == "yes"
    assert says("activity.sledai_2k >= 7", sledai("arthritis", "rash", "fever")) == "yes"
    assert says("activity.sledai_2k > 7", sledai("arthritis", "rash", "fever")) == "no"
    assert says("activity.sledai_2k >= 105", sledai(*SLEDAI)) == "yes"


@pytest.mark.parametrize(
    ("limit", "answer"),
    [
        (4, "yes"),
        (5, "unknown, not_recorded: activity.sledai_2k, sledai.seizure"),
        (12, "unknown, not_recorded: activity.sledai_2k, sledai.seizure"),
        (13, "no"),
    ],
)
def test_a_score_known_in_part_is_a_range(limit: int, answer: str) -> None:
    """Arthritis present, seizure not assessed: from 4 to 12, and the missing item is named."""
    profile = sledai("arthritis", unassessed=("seizure",))

    assert says(f"activity.sledai_2k >= {limit}", profile) == answer


@pytest.mark.parametrize(
    ("profile", "limit", "answer"),
    [
        (sledai("arthritis", "hematuria"), 4, "yes"),
        (sledai("arthritis", "hematuria"), 5, "no"),  # haematuria is no clinical item
        ("activity.sledai_2k = 4", 5, "no"),  # a part is not more than the whole
        ("activity.sledai_2k = 4\nsledai.rash = true", 5, "no"),
        ("activity.sledai_2k = 4\nsledai.rash = true", 2, "yes"),
    ],
)
def test_a_part_of_a_score_lies_within_its_total(profile: str, limit: int, answer: str) -> None:
    """The clinical SLEDAI-2K follows from its items, and from the total at most."""
    assert says(f"activity.sledai_2k_clinical >= {limit}", profile) == answer


BILAG = (
    "constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory",
    "gastrointestinal", "ophthalmic", "renal", "haematological",
)  # fmt: skip


def bilag(grades: str) -> str:
    """A letter for each of the nine systems; "?" for one that is not graded."""
    rows = zip(BILAG, grades, strict=True)
    return "\n".join(f'bilag.{system} = "{grade}"' for system, grade in rows if grade != "?")


@pytest.mark.parametrize(
    ("grades", "rule", "answer"),
    [
        ("AEEEEEEEE", "activity.bilag_a >= 1", "yes"),
        ("BBEEEEEEE", "activity.bilag_a >= 1", "no"),
        ("BBEEEEEEE", "activity.bilag_b >= 2", "yes"),
        ("BCEEEEEEE", "activity.bilag_b >= 2", "no"),
        ("BBE???EEE", "activity.bilag_b >= 2", "yes"),
        ("BEEEEEEE?", "activity.bilag_b >= 2", "unknown, not_recorded: bilag.haematological"),
        ("BEEEEEEE?", "activity.bilag_b >= 3", "no"),
    ],
)
def test_a_count_of_systems(grades: str, rule: str, answer: str) -> None:
    """BILAG: how many of nine systems have the grade, those not graded counting both ways."""
    assert says(rule, bilag(grades)) == answer


MAN_OF_50 = """
person.birth_date = 1975-06-02
person.sex        = "male"
person.weight     = "80 kg"
lab.creatinine    = { value = "1.0 mg/dL", date = 2025-05-30 }
"""


@pytest.mark.parametrize(
    ("profile", "rule", "answer"),
    [
        # (140 - 50) x 80 / (72 x 1.0) = 100
        (MAN_OF_50, ">= 100 mL/min", "yes"),
        (MAN_OF_50, "> 100 mL/min", "no"),
        # times 0.85 for a woman
        (MAN_OF_50.replace('"male"', '"female"'), ">= 85 mL/min", "yes"),
        (MAN_OF_50.replace('"male"', '"female"'), "> 85 mL/min", "no"),
        # the day before the birthday: (140 - 49) x 80 / 72 = 101.1...
        (MAN_OF_50.replace("06-02", "06-03"), "> 101 mL/min", "yes"),
        (MAN_OF_50.replace("06-02", "06-03"), "> 102 mL/min", "no"),
        # 49 or 50 years: 100 to 101.1
        (MAN_OF_50.replace("1975-06-02", '"1975"'), ">= 100 mL/min", "yes"),
        (MAN_OF_50.replace("1975-06-02", '"1975"'), "> 102 mL/min", "no"),
        (
            MAN_OF_50.replace("1975-06-02", '"1975"'),
            "> 100 mL/min",
            "unknown, imprecise_date: person.birth_date",
        ),
        # a stated clearance needs none of it
        ('renal.creatinine_clearance = "30 mL/min"', ">= 30 mL/min", "yes"),
        (MAN_OF_50 + 'renal.creatinine_clearance = "29 mL/min"', ">= 30 mL/min", "no"),
        # and the date is that of the creatinine
        (MAN_OF_50, ">= 100 mL/min within 3 days", "yes"),
        (MAN_OF_50, ">= 100 mL/min within 2 days", None),
    ],
)
def test_creatinine_clearance_follows_by_cockcroft_and_gault(
    profile: str, rule: str, answer: str | None
) -> None:
    """(140 - age) x weight / (72 x creatinine), times 0.85 for a woman, in exact fractions."""
    expected = answer or "unknown, not_recorded: renal.creatinine_clearance"

    assert says(f"renal.creatinine_clearance {rule}", profile) == expected


@pytest.mark.parametrize(
    ("without", "answer"),
    [
        ("person.weight", "unknown, not_recorded: renal.creatinine_clearance, person.weight"),
        ("lab.creatinine", "unknown, not_recorded: renal.creatinine_clearance, lab.creatinine"),
        (
            "person.birth_date",
            "unknown, not_recorded: renal.creatinine_clearance, person.age, person.birth_date",
        ),
    ],
)
def test_what_is_missing_is_named_through_the_derivation(without: str, answer: str) -> None:
    """Creatinine clearance needs the weight: the clearance would settle it, or the weight."""
    lines = [line for line in MAN_OF_50.splitlines() if not line.startswith(without)]

    assert says("renal.creatinine_clearance >= 30 mL/min", "\n".join(lines)) == answer


def test_a_conflict_of_an_input_is_a_conflict_of_what_follows() -> None:
    """Two creatinines of one day that differ give no clearance."""
    two = """
    lab.creatinine = [
      { value = "1.0 mg/dL", date = 2025-05-30 }, { value = "2.0 mg/dL", date = 2025-05-30 },
    ]
    """
    profile = "\n".join(MAN_OF_50.splitlines()[:-1]) + two
    finding = asked("renal.creatinine_clearance >= 30 mL/min", profile)

    assert finding.reason == "conflict"
    assert "lab.creatinine" in texts(finding.missing)


CHILD = """
person.sex     = "male"
person.height  = "170 cm"
lab.creatinine = "2.9 mg/dL"
"""


@pytest.mark.parametrize(
    ("birth", "answer"),
    [
        # 17.5 years, CKiD U25: 39.0 x 1.045^5.5 = 49.7; x 1.70 / 2.9 = 29.1
        ("2007-12-01", "no"),
        # 18 years, CKD-EPI 2021: 142 x (2.9 / 0.9)^-1.2 x 0.9938^18 = 31.2
        ("2007-01-15", "yes"),
        # 17 or 18 years: which formula holds is not known
        ('"2007"', "unknown, imprecise_date: renal.egfr, person.birth_date"),
    ],
)
def test_egfr_changes_its_formula_on_the_18th_birthday(birth: str, answer: str) -> None:
    """CKD-EPI 2021 from 18 years, CKiD U25 below; neither where the age may be either."""
    profile = f"person.birth_date = {birth}\n{CHILD}"

    assert says("renal.egfr >= 30 mL/min/1.73 m2", profile, date(2025, 6, 2)) == answer


@pytest.mark.parametrize(
    ("indirect", "answer"),
    [
        ("17.1 umol/L", "yes"),
        ("17.0 umol/L", "no"),  # exactly half is not more than half
        ("1 mg/dL", "yes"),  # 17.103... umol/L
        (
            "<20 umol/L",
            "unknown, censored: lab.bilirubin_mostly_indirect, "
            "lab.bilirubin_indirect, lab.bilirubin",
        ),
    ],
)
def test_predominantly_indirect_is_more_than_half(indirect: str, answer: str) -> None:
    """Of a total bilirubin of 34 umol/L, more than 17 has to be indirect."""
    profile = f'lab.bilirubin = "34 umol/L"\nlab.bilirubin_indirect = "{indirect}"'

    assert says("lab.bilirubin_mostly_indirect", profile) == answer


def test_the_part_is_missing_where_only_the_whole_is_known() -> None:
    """Without the indirect bilirubin, that is what is asked for."""
    finding = asked("lab.bilirubin_mostly_indirect", 'lab.bilirubin = "34 umol/L"')

    assert finding.reason == "not_recorded"
    assert "lab.bilirubin_indirect" in texts(finding.missing)
    assert "lab.bilirubin" not in texts(finding.missing)


def test_a_derived_value_says_what_it_comes_from() -> None:
    """The evidence of a derived value names the formula and what it was given."""
    (read,) = asked("renal.creatinine_clearance >= 30 mL/min", MAN_OF_50).evidence()

    assert read.value.startswith("100")
    assert read.origin.startswith("Cockcroft-Gault from ")
    for part in ("weight 80 kg", "creatinine 1.0 mg/dL", "sex male", "age 50"):
        assert part in read.origin


TOO_OLD = "unknown, too_old: activity.sledai_2k, sledai.seizure, "


@pytest.mark.parametrize(
    ("seizure", "arthritis", "answer"),
    [
        (", date = 2025-05-30", ", date = 2025-05-31", "yes"),
        (", date = 2025-05-03", ", date = 2025-06-02", "yes"),  # 30 days before the visit
        (", date = 2025-05-02", ", date = 2025-06-02", TOO_OLD),
        (", date = 2025-05-03", ", date = 2025-05-26", "yes"),  # the first day of the window asked
        (", date = 2025-05-25", ", date = 2025-05-25", "unknown, not_recorded: activity.sledai_2k"),
        # without a date: as of screening; it makes the dated one no younger
        (", date = 2025-06-02", "", "yes"),
        ("", ", date = 2025-05-25", "unknown, not_recorded: activity.sledai_2k"),
        ("", "", "unknown, not_dated: activity.sledai_2k"),
    ],
)
def test_a_score_of_activity_is_that_of_its_visit(
    seizure: str, arthritis: str, answer: str
) -> None:
    """A seizure counts 8 and arthritis 4; the items are those of the 30 days before the visit.

    The visit is the newest day on which an item was scored by examination.
    """
    profile = f"""
    sledai.seizure = {{ value = true{seizure} }}
    sledai.arthritis = {{ value = true{arthritis} }}
    """

    assert says("activity.sledai_2k >= 12 within 7 days", profile).startswith(answer)


OTHER_SYSTEMS = (
    "constitutional", "neuropsychiatric", "musculoskeletal", "cardiorespiratory",
    "gastrointestinal", "ophthalmic", "haematological",
)  # fmt: skip


@pytest.mark.parametrize(
    ("renal", "answer"),
    [
        (", date = 2025-05-03", "yes"),
        (", date = 2025-05-02", "unknown, too_old: bilag.renal"),
        ("", "yes"),
    ],
)
def test_a_count_of_grades_is_that_of_its_visit(renal: str, answer: str) -> None:
    """Two systems are graded A, one of them today."""
    profile = f"""
    bilag.mucocutaneous = {{ value = "A", date = 2025-06-02 }}
    bilag.renal = {{ value = "A"{renal} }}
    {"".join(f'bilag.{system} = "C"' + chr(10) for system in OTHER_SYSTEMS)}
    """

    assert says("activity.bilag_a >= 2 within 7 days", profile) == answer


SITES = (
    "chest", "abdomen", "fingers_right", "fingers_left", "hand_right", "hand_left",
    "forearm_right", "forearm_left", "upper_arm_right", "upper_arm_left", "thigh_right",
    "thigh_left", "lower_leg_right", "lower_leg_left", "foot_right", "foot_left",
)  # fmt: skip


@pytest.mark.parametrize(
    ("face", "rule", "answer"),
    [
        ("2", "activity.mrss <= 2", "yes"),
        ('">1"', "activity.mrss > 1", "unknown, not_recorded: activity.mrss"),
        ('">1"', "activity.mrss >= 1", "yes"),
        ('">1"', "activity.mrss <= 3", "yes"),  # a site has at most 3
        ('">1"', "activity.mrss <= 2", "unknown, not_recorded: activity.mrss"),
        ('"<2"', "activity.mrss <= 2", "yes"),
        ('"<2"', "activity.mrss >= 1", "unknown, not_recorded: activity.mrss"),
    ],
)
def test_an_item_that_is_a_range_makes_the_score_one(face: str, rule: str, answer: str) -> None:
    """Sixteen sites without thickening, and a face that is known in part."""
    rest = "\n".join(f"mrss.{site} = 0" for site in SITES)

    assert says(rule, f"{rest}\nmrss.face = {face}") == answer


@pytest.mark.parametrize(
    ("indirect", "total", "answer"),
    [
        ("11 umol/L", "20 umol/L", "yes"),
        ("10 umol/L", "20 umol/L", "no"),  # half is not more than half
        ("<11 umol/L", "20 umol/L",
         "unknown, censored: lab.bilirubin_mostly_indirect, lab.bilirubin_indirect, lab.bilirubin"),
        ("11 umol/L", "2 ULN",
         "unknown, censored: lab.bilirubin_mostly_indirect, lab.bilirubin_indirect, lab.bilirubin"),
        ("1 ULN", "20 umol/L",
         "unknown, censored: lab.bilirubin_mostly_indirect, lab.bilirubin_indirect, lab.bilirubin"),
        ("11 umol/L", "unknown",
         "unknown, not_recorded: lab.bilirubin_mostly_indirect, lab.bilirubin"),
    ],
)  # fmt: skip
def test_bilirubin_that_is_mostly_indirect(indirect: str, total: str, answer: str) -> None:
    """It takes two exact numbers of one unit; a range or a multiple of a limit decides nothing."""
    profile = f'lab.bilirubin_indirect = "{indirect}"\nlab.bilirubin = "{total}"'

    assert says("lab.bilirubin_mostly_indirect", profile) == answer


BOY = 'birth_date = "2015"\nperson.height = "140 cm"\nlab.creatinine = "0.6 mg/dL"'


# CKD-EPI 2021, a man, 1 mg/dL: 142 x (1/0.9)^-1.2 x 0.9938^age is 92.3 at 49 and 91.7 at 50.
# CKiD U25, a boy of 140 cm, 0.6 mg/dL: 39 x 1.008^(age - 12) x 1.4 / 0.6: 89.1 at 9.4, 89.9 at 10.4
@pytest.mark.parametrize(
    ("person", "limit", "answer"),
    [
        ('birth_date = "1975"\nlab.creatinine = "1 mg/dL"', "91", "yes"),
        ('birth_date = "1975"\nlab.creatinine = "1 mg/dL"', "92",
         "unknown, imprecise_date: person.birth_date"),
        ('birth_date = "1975"\nlab.creatinine = "1 mg/dL"', "93", "no"),
        (BOY, "89", "yes"),
        (BOY, "89.5",
         "unknown, imprecise_date: person.birth_date"),
        (BOY, "90", "no"),
    ],
)  # fmt: skip
def test_an_estimate_by_a_birth_date_known_to_the_year(
    person: str, limit: str, answer: str
) -> None:
    """It is from the least to the most; where that decides, the date of birth is asked for."""
    profile = f'person.sex = "male"\nperson.{person}'

    assert says(f"renal.egfr >= {limit} mL/min/1.73 m2", profile) == answer
