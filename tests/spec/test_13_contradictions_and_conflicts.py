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


SJOGREN, SSC = "diagnosis.sjogren_acr_eular_2016", "diagnosis.ssc_acr_eular_2013"
HB = "lab.hemoglobin = {{ value = '{}', lower = '120 g/L', date = 2025-05-30 }}\n"


@pytest.mark.parametrize(
    ("denied", "shown", "rule", "doubted"),
    [
        ("ms.progression = true", "ms.single_relapse = true", "ms.progression",
         "ms.progression"),
        ("diagnosis.ild = false", "ssc.interstitial_lung_disease = true", "diagnosis.ild",
         "diagnosis.ild"),
        ("lab.anemia = { value = true, date = 2025-05-30 }", HB.format("120 g/L"), "lab.anemia",
         "lab.anemia"),
        ("lab.anemia = { value = false, date = 2025-05-30 }", HB.format("119 g/L"), "lab.anemia",
         "lab.anemia"),
        ("reviewed.autoimmune_disease = 2025-06-02",
         "diagnosis.iim_subtype = 'inclusion body myositis'",
         "{ some = 'autoimmune_disease' }", "autoimmune_disease"),
        ("reviewed.cardiovascular_event = 2025-06-02",
         "lupus_crisis = [{ kind = 'myocardial injury', last_active = 2024-12-02 }]",
         "{ some = 'cardiovascular_event' }", "cardiovascular_event"),
        ("vitals.spo2_on_room_air = true",
         "lung.ventilation = { value = 'invasive', date = 2025-06-01 }",
         "vitals.spo2_on_room_air", "vitals.spo2_on_room_air"),
        (f"{SJOGREN} = true", "sjogren.head_neck_radiation = true", SJOGREN, SJOGREN),
        (f"{SJOGREN} = true", "gvhd = [{ grade = 2 }]", SJOGREN, SJOGREN),
        (f"{SSC} = true", "ssc.other_disorder = true", SSC, SSC),
        ("diagnosis.iim_probable = true", "iim.better_explanation = true",
         "diagnosis.iim_probable", "diagnosis.iim_probable"),
        ("antibody.ana_ever = false", "diagnosis.sle_eular_acr_2019 = true",
         "diagnosis.sle_eular_acr_2019", "diagnosis.sle_eular_acr_2019"),
        ("reviewed.transplant = 2025-06-02", "treatment = [{ drug = 'HSCT' }]",
         "{ some = 'transplant' }", "transplant"),
        ("reviewed.car_t = 2025-06-02", "treatment = [{ drug = 'Kymriah' }]",
         "{ some = 'car_t' }", "car_t"),
        ("reviewed.renal_replacement = 2025-06-02", "treatment = [{ drug = 'hemodialysis' }]",
         "{ some = 'renal_replacement' }", "renal_replacement"),
        ("reviewed.vaccine = 2025-06-02",
         "treatment = [{ drug = 'MMR vaccine', start = 2024-06-02, stop = 2024-06-02 }]",
         "{ some = 'vaccine' }", "vaccine"),
        # no transplant says no graft-versus-host disease; where it is in doubt, so is this
        ("reviewed.transplant = 2025-06-02", "treatment = [{ drug = 'HSCT' }]",
         "{ some = 'gvhd' }", "gvhd"),
    ],
)  # fmt: skip
def test_what_is_shown_elsewhere_is_not_denied(
    denied: str, shown: str, rule: str, doubted: str
) -> None:
    """The denial, the empty list or the classification is in doubt, and only together with it."""
    assert says(rule, f"{denied}\n{shown}") == f"unknown, conflict: {doubted}"
    assert says(rule, denied) in ("yes", "no")


@pytest.mark.parametrize(
    ("profile", "rule", "answer"),
    [
        # two days before the visit he was on a ventilator, and may have left it since
        ("vitals.spo2_on_room_air = true\n"
         "lung.ventilation = { value = 'invasive', date = 2025-05-31 }",
         "vitals.spo2_on_room_air", "yes"),
        ("reviewed.cardiovascular_event = 2025-06-02\n"
         "lupus_crisis = [{ kind = 'myocardial injury', last_active = 2024-12-01 }]",
         "{ some = 'cardiovascular_event' }", "no"),
        ("reviewed.vaccine = 2025-06-02\n"
         "treatment = [{ drug = 'MMR vaccine', start = 2024-06-01, stop = 2024-06-01 }]",
         "{ some = 'vaccine' }", "no"),
        ("reviewed.transplant = 2025-06-02\n"
         "treatment = [{ drug = 'HSCT', response = 'contraindication' }]",
         "{ some = 'transplant' }", "no"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_contradiction_is_none(profile: str, rule: str, answer: str) -> None:
    """Another time, a treatment that was not given."""
    assert says(rule, profile) == answer
    assert contradictions(profile) == ()


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


# Inside one entry of a list. The profile was written on 2 June 2025.

REVIEWED = "[reviewed]\ntreatment = 2025-06-02\nother_trial = 2025-06-02\nmalignancy = 2025-06-02\n"


def of_entry(name: str, *where: str, **fields: str) -> str:
    """What a rule says of a reviewed list of one entry."""
    entry = "\n".join(f"{key} = {value}" for key, value in fields.items())
    rule = f"{{ some = '{name}', where = [{', '.join(map(repr, where))}] }}"
    return says(rule, f"{REVIEWED}infection_episode = 2025-06-02\n\n[[{name}]]\n{entry}\n")


RUNS = {"drug": "'prednisone'", "start": "2025-01-01", "stop": "'ongoing'"}


@pytest.mark.parametrize(
    ("more", "where", "answer"),
    [
        # 12 months do not fit into the five from January to June
        ({"lasted": "'12 months'"}, "lasted >= 6 months",
         "unknown, conflict: treatment[1].lasted, treatment[1].start, treatment[1].stop"),
        ({"lasted": "'5 months'"}, "lasted >= 6 months", "no"),
        # the same days in doubt leave open what else depends on them
        ({"lasted": "'12 months'"}, "stop is ongoing",
         "unknown, conflict: treatment[1].lasted, treatment[1].start, treatment[1].stop"),
        ({"last_change": "2025-05-31", "unchanged": "'12 months'"}, "unchanged > 1 month",
         "unknown, conflict: treatment[1].unchanged, treatment[1].last_change"),
        # 3 months ago the dose of a drug that goes on, and is taken daily
        ({"last_dose": "2025-03-02"}, "stop is ongoing",
         "unknown, conflict: treatment[1].stop, treatment[1].last_dose"),
        ({"last_dose": "2025-03-02"}, "lasted >= 3 months",
         "unknown, conflict: treatment[1].stop, treatment[1].last_dose"),
        ({"last_dose": "2025-05-02"}, "stop is ongoing", "yes"),
        ({"given": "false"}, "drug is prednisone", "unknown, conflict: treatment[1].given"),
        ({"given": "false"}, "drug is rituximab", "no"),
        ({"given": "true"}, "drug is prednisone", "yes"),
    ],
)  # fmt: skip
def test_what_two_fields_of_a_treatment_cannot_both_be(
    more: dict[str, str], where: str, answer: str
) -> None:
    """What depends on either is unknown, and both are named."""
    assert of_entry("treatment", where, **(RUNS | more)) == answer


def test_what_was_considered_and_not_given_is_no_conflict() -> None:
    """A dose that was planned, and why it was not given."""
    planned = {"drug": "'prednisone'", "dose": "'5 mg/day'", "response": "'contraindication'"}

    assert of_entry("treatment", "drug is prednisone", given="false", **planned) == "no"
    assert of_entry("treatment", "drug is prednisone", given="false", drug="'prednisone'",
                    response="'inadequate'") == "unknown, conflict: treatment[1].given"  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "where", "answer"),
    [
        ({"last_involvement": "2025-01-10", "last_drug": "2025-05-10"},
         "last_involvement within 3 months",
         "unknown, conflict: other_trial[1].last_involvement, other_trial[1].last_drug"),
        ({"last_involvement": "2025-01-10", "last_drug": "'ongoing'"},
         "last_involvement within 3 months",
         "unknown, conflict: other_trial[1].last_involvement, other_trial[1].last_drug"),
        ({"last_involvement": "2025-05-10", "last_drug": "2025-01-10"},
         "last_involvement within 3 months", "yes"),
        # the last visit or dose is that of the drug, or a later one
        ({"last_drug": "2025-03-02"}, "last_involvement within 3 months", "yes"),
        ({"last_drug": "'ongoing'"}, "last_involvement within 3 months", "yes"),
        ({"last_drug": "2025-03-02", "last_involvement": "'2025'"},
         "last_involvement within 3 months", "yes"),
        ({"last_drug": "2025-03-01"}, "last_involvement within 3 months",
         "unknown, not_recorded: other_trial[1].last_involvement"),
        ({"kind": "'observational'", "investigational_drug": "true"}, "kind is interventional",
         "unknown, conflict: other_trial[1].kind, other_trial[1].investigational_drug"),
    ],
)  # fmt: skip
def test_the_last_involvement_is_not_before_the_last_drug(
    fields: dict[str, str], where: str, answer: str
) -> None:
    """A date may be declared not to lie before another of its entry."""
    assert of_entry("other_trial", where, **fields) == answer


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"disease_free_since": "2020-01-01"},
         "unknown, conflict: malignancy[1].disease_free_since, malignancy[1].diagnosed"),
        ({"disease_free": "'6 years'"},
         "unknown, conflict: malignancy[1].disease_free, malignancy[1].diagnosed"),
        # diagnosed five months ago, and so free of it for less
        ({}, "no"),
    ],
)  # fmt: skip
def test_nobody_is_free_of_a_malignancy_before_its_diagnosis(
    fields: dict[str, str], answer: str
) -> None:
    """Neither by a date nor by a time."""
    asked_for = {"diagnosed": "2025-01-02", **fields}

    assert of_entry("malignancy", "disease_free >= 2 years", **asked_for) == answer


def test_a_first_day_in_doubt_that_is_still_to_come_leaves_open_whether_it_began() -> None:
    """A diagnosis in July, of what was over in March: which of the two is a slip is not known."""
    slip = {"diagnosed": "2025-07-01", "disease_free_since": "2025-03-01", "cured": "true"}
    both = "malignancy[1].disease_free_since, malignancy[1].diagnosed"

    assert of_entry("malignancy", "cured", **slip) == f"unknown, conflict: {both}"
    assert of_entry(
        "malignancy", "last_active within 1 year", last_active="2025-07-10", **slip
    ) == (f"unknown, conflict: {both}")


def test_an_infection_that_needs_no_treatment_was_not_treated() -> None:
    """Which of the two is so is for the chart to say."""
    fields = {"treatment": "'none'", "last_treated": "'ongoing'"}

    assert of_entry("infection_episode", "treatment is local or systemic", **fields) == (
        "unknown, conflict: infection_episode[1].treatment, infection_episode[1].last_treated"
    )


AT_40_KG = (
    'person.birth_date = 1990-01-01\nperson.weight = { value = "40 kg", date = 2025-05-30 }\n'
)


@pytest.mark.parametrize(
    ("dose", "answer"),
    [
        # 1 mg/kg at 40 kg is 40 mg; 30 mg is rounded, up to a factor of 1.5, and 20 mg is another
        ("20", "unknown, conflict: treatment[1].dose, treatment[1].dose_per_kg"),
        ("26", "unknown, conflict: treatment[1].dose, treatment[1].dose_per_kg"),
        ("27", "yes"),
        ("60", "yes"),
        ("61", "unknown, conflict: treatment[1].dose, treatment[1].dose_per_kg"),
    ],
)
def test_a_dose_and_a_dose_per_kg_are_held_against_the_weight(dose: str, answer: str) -> None:
    """Where they are alike the dose per kg decides; else neither does."""
    rule = "{ some = 'treatment', where = ['prednisone_dose_per_kg >= 1 mg/kg/day'] }"
    entry = f"drug = 'prednisone', dose = '{dose} mg/day', dose_per_kg = '1 mg/kg/day'"
    entry = f"treatment = [{{ {entry}, start = 2025-05-01, stop = 'ongoing' }}]\n"

    assert says(rule, f"{AT_40_KG}{entry}reviewed.treatment = 2025-06-02") == answer
    assert says(rule, f"{entry}reviewed.treatment = 2025-06-02") == "yes"  # no weight, no conflict
