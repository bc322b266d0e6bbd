"""Facts that can say one thing: where two of them disagree, the report says so.

Of each pair one derives from the other, and a stated value is held against what follows; or a
contradiction is declared. The list is by section; a new pair gets a row.
"""

from datetime import date

import pytest
from support import SCREENING, profile_toml

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.report import warnings_of

REVIEWED = "reviewed = {{ {} = 2025-06-02 }}\n"

PAIRS = {
    # diagnosis and classification
    "lupus nephritis, biopsy class": (
        'diagnosis.lupus_nephritis = false\nrenal.biopsy_class = "III"'
    ),
    "lupus, lupus nephritis": "diagnosis = { sle = false, lupus_nephritis = true }",
    "lung disease, its date": "diagnosis = { ild = false, ild_date = 2020-01-01 }",
    "EULAR/ACR biopsy, class": (
        'eular_acr.biopsy_class_iii_or_iv = false\nrenal.biopsy_class = "IV"'
    ),
    "EULAR/ACR C3 or C4, C3 and C4": "eular_acr = { low_c3_or_c4 = false, low_c3_and_c4 = true }",
    "EULAR/ACR C3 or C4, results": (
        'eular_acr.low_c3_or_c4 = false\nlab.c3 = { value = "0.3 g/L", lower = "0.9 g/L" }'
    ),
    "EULAR/ACR antibodies, result": (
        'eular_acr.anti_dsdna_or_anti_sm = false\nantibody.anti_dsdna = "positive"'
    ),
    "ANA ever, ANA": 'antibody = { ana = "positive", ana_ever = false }',
    "SLICC nephritis, class": 'slicc.biopsy_proven_nephritis = false\nrenal.biopsy_class = "IV"',
    "SLICC anti-dsDNA, result": 'slicc.anti_dsdna = false\nantibody.anti_dsdna = "positive"',
    "SLICC platelets, EULAR/ACR": (
        "slicc.thrombocytopenia = true\neular_acr.thrombocytopenia = false"
    ),
    "SLICC alopecia, EULAR/ACR": "slicc.alopecia = true\neular_acr.alopecia = false",
    "SLICC serositis, EULAR/ACR effusion": "slicc.serositis = false\neular_acr.effusion = true",
    "SLICC synovitis, EULAR/ACR joints": (
        "slicc.synovitis = true\neular_acr.joint_involvement = false"
    ),
    "SLICC skin, EULAR/ACR discoid": (
        "eular_acr.subacute_or_discoid_lupus = true\n"
        "slicc = { acute_cutaneous_lupus = false, chronic_cutaneous_lupus = false }"
    ),
    "SLICC neurological, EULAR/ACR delirium": (
        "slicc.neurologic = false\neular_acr.delirium = true"
    ),
    "lupus, its activity": 'diagnosis.sle = false\nactivity.sle = "moderate"',
    "lupus, intervention": "diagnosis.sle = false\ncns.neurolupus_intervention = true",
    "lupus, crisis": (
        'diagnosis.sle = false\nlupus_crisis = [{ kind = "vasculitis", last_active = 2025-05-13 }]'
    ),
    "lupus, neuropsychiatric lupus": (
        'diagnosis.sle = false\ncns_event = [{ kind = "neuropsychiatric lupus" }]'
    ),
    "EULAR/ACR, its score": "diagnosis.sle_eular_acr_2019 = true\nscore.eular_acr_2019 = 9",
    "SLICC, its score": (
        "diagnosis.sle_slicc_2012 = true\nscore.slicc_2012 = 3\n"
        "slicc.biopsy_proven_nephritis = false"
    ),
    "systemic sclerosis, its score": ("diagnosis.ssc_acr_eular_2013 = true\nscore.ssc_2013 = 8"),
    "Sjögren's, its score": "diagnosis.sjogren_acr_eular_2016 = true\nscore.sjogren_2016 = 3",
    "myositis, its probability": ('diagnosis = { iim_probable = true, iim_probability = "40 %" }'),
    "no myositis, its probability": (
        'diagnosis = { iim_probable = false, iim_probability = "60 %" }'
    ),
    "subset of systemic sclerosis, skin score": (
        'diagnosis.ssc_subset = "limited"\nmrss.chest = "2"'
    ),
    "fingers spared, sclerodactyly": "ssc = { fingers_spared = true, sclerodactyly = true }",
    "onset of the myopathy, twice": "iim = { onset_18_to_39 = true, onset_from_40 = true }",
    "SLEDAI-2K complement, result": (
        "sledai.low_complement = false\n"
        'lab.c3 = { value = "0.3 g/L", lower = "0.9 g/L", date = 2025-05-30 }'
    ),
    "SLEDAI-2K part, total": "activity = { sledai_2k = 4, sledai_2k_clinical = 8 }",
    "activity, clinical SLEDAI-2K": 'activity = { sle = "inactive", sledai_2k_clinical = 4 }',
    "activity, BILAG-2004": 'activity.sle = "inactive"\nactivity.bilag_a = 1',
    "activity, at a visit": 'activity.sle = "inactive"\nvisit.cns_activity = true',
    "activity, crisis": (
        'activity.sle = "inactive"\n'
        'lupus_crisis = [{ kind = "vasculitis", last_active = "ongoing" }]'
    ),
    "activity, of any grade": 'activity = { sle = "inactive", active = true }',
    "no activity, BILAG-2004": "activity = { active = false, bilag_b = 1 }",
    "SLEDAI-2K white cells, EULAR/ACR": ("sledai.leukopenia = true\neular_acr.leukopenia = false"),
    "SLEDAI-2K platelets, EULAR/ACR": (
        "sledai.thrombocytopenia = true\neular_acr.thrombocytopenia = false"
    ),
    "SLEDAI-2K protein, EULAR/ACR": ("sledai.proteinuria = true\neular_acr.proteinuria = false"),
    "SLEDAI-2K seizure, EULAR/ACR": "sledai.seizure = true\neular_acr.seizure = false",
    "SLEDAI-2K complement, SLICC": ("sledai.low_complement = true\nslicc.low_complement = false"),
    "SLICC haemolytic anaemia, crisis": (
        "slicc.hemolytic_anemia = false\n"
        'lupus_crisis = [{ kind = "haemolytic anaemia", last_active = 2025-05-13 }]'
    ),
    "lupus nephritis, its index": (
        "diagnosis.lupus_nephritis = false\nrenal.nih_activity_index = 3"
    ),
    "active sediment, casts": "renal.active_sediment = false\nsledai.urinary_casts = true",
    "muscle biopsy done, its finding": (
        "iim = { biopsy_done = false, biopsy_rimmed_vacuoles = true }"
    ),
    # person and pregnancy
    "sex, pregnancy": 'person.sex = "male"\npregnancy.pregnant = true',
    "fertile man, pregnancy": "person.can_father = true\npregnancy.pregnant = true",
    "sex, fertility": 'person = { sex = "male", fertility = "postmenopausal" }',
    "fertility, pregnancy test": (
        'person.fertility = "sterile"\npregnancy.blood_test = "positive"'
    ),
    "able to become pregnant, fertility": (
        'person = { sex = "female", fertility = "postmenopausal", can_become_pregnant = true }'
    ),
    "pregnant, blood test": 'pregnancy = { pregnant = false, blood_test = "positive" }',
    "pregnant, test": 'pregnancy = { pregnant = false, test = "positive" }',
    "able to become pregnant, pregnant": (
        "person.can_become_pregnant = false\npregnancy.pregnant = true"
    ),
    "able to become pregnant, test": (
        'person.can_become_pregnant = false\npregnancy.test = "positive"'
    ),
    "pregnancy test, pregnant": 'pregnancy = { test = "negative", pregnant = true }',
    # infections
    "HBV antigen and antibody, DNA": (
        'infection = { hbsag = "negative", hbcab = "negative", hbv_dna = "above limit" }'
    ),
    "HCV antibody, RNA": 'infection = { hcv_antibody = "negative", hcv_rna = "above limit" }',
    "HIV test, AIDS": 'infection.hiv = "negative"\nhistory.aids = true',
    "syphilis test, titre": 'infection = { syphilis_test = "negative", syphilis_titre = "1:8" }',
    "syphilis test, treponemal": (
        'infection = { syphilis_test = "negative", treponemal_test = "positive" }'
    ),
    # organs
    "NYHA, insufficiency": 'heart = { nyha = "no heart disease", insufficiency = true }',
    "NYHA none, arrhythmia": 'heart = { nyha = "no heart disease", severe_arrhythmia = true }',
    "NYHA none, myocarditis": 'heart = { nyha = "no heart disease", myocarditis = "serious" }',
    "NYHA III, no insufficiency": 'heart = { nyha = "III", insufficiency = false }',
    "NYHA, heart failure": (
        'heart.nyha = "no heart disease"\n'
        'cardiovascular_event = [{ kind = "heart failure", last_active = "ongoing" }]'
    ),
    "insufficiency, heart failure": (
        "heart.insufficiency = false\n"
        'cardiovascular_event = [{ kind = "heart failure", last_active = "ongoing" }]'
    ),
    "arrhythmia, event": (
        "heart.severe_arrhythmia = false\n"
        'cardiovascular_event = [{ kind = "severe arrhythmia", last_active = "ongoing" }]'
    ),
    "myocarditis, event": (
        'heart.myocarditis = "none"\n'
        'cardiovascular_event = [{ kind = "myocarditis", last_active = "ongoing" }]'
    ),
    "mean pressure, systolic": (
        'lung = { mean_pap_echo = "60 mmHg", systolic_pap_echo = "40 mmHg" }'
    ),
    "room air, oxygen": 'vitals.spo2_on_room_air = true\nlung.oxygen = "nasal cannula"',
    "room air, reservoir mask": ('vitals.spo2_on_room_air = true\nlung.oxygen = "reservoir mask"'),
    "stable creatinine, dialysis": "renal = { on_dialysis = true, unstable_creatinine = false }",
    "end stage, dialysis": (
        "renal.end_stage = false\n"
        'renal_replacement = [{ start = 2024-01-01, last_session = "ongoing" }]'
    ),
    "on dialysis, sessions": (
        "renal.on_dialysis = false\n"
        'renal_replacement = [{ start = 2024-01-01, last_session = "ongoing" }]'
    ),
    "unstable creatinine, acute fall": (
        "renal = { unstable_creatinine = false, acute_decline = true }"
    ),
    "anaemia, haemoglobin": (
        'lab = { anemia = false, hemoglobin = { value = "80 g/L", lower = "115 g/L" } }'
    ),
    # lists
    "events of the nervous system, crisis": (
        f"{REVIEWED.format('cns_event')}"
        'lupus_crisis = [{ kind = "CNS lupus", last_active = 2025-05-13 }]'
    ),
    "events of the nervous system, SLEDAI-2K": (
        f"{REVIEWED.format('cns_event')}sledai.psychosis = true"
    ),
    "events of the nervous system, stroke": (
        f"{REVIEWED.format('cns_event')}"
        'cardiovascular_event = [{ kind = "stroke/TIA", last_active = 2020-01-01 }]'
    ),
    "events of the nervous system, multiple sclerosis": (
        f"{REVIEWED.format('cns_event')}diagnosis.ms_china_2023 = true"
    ),
    "events of the nervous system without it, multiple sclerosis": (
        f"{REVIEWED.format('cns_event')}ms.relapse = true\n"
        'cns_event = [{ kind = "migraine", last_active = 2020-01-01 }]'
    ),
    "cardiovascular events, stroke of the nervous system": (
        f"{REVIEWED.format('cardiovascular_event')}"
        'cns_event = [{ kind = "stroke", last_active = 2025-05-01 }]'
    ),
    "cardiovascular events, SLEDAI-2K": (
        f"{REVIEWED.format('cardiovascular_event')}sledai.cerebrovascular_accident = true"
    ),
    "cardiovascular events, insufficiency": (
        f"{REVIEWED.format('cardiovascular_event')}heart.insufficiency = true"
    ),
    "cardiovascular events, arrhythmia": (
        f"{REVIEWED.format('cardiovascular_event')}heart.severe_arrhythmia = true"
    ),
    "cardiovascular events, myocarditis": (
        f"{REVIEWED.format('cardiovascular_event')}heart.myocarditis = 'not serious'"
    ),
    "cardiovascular events, NYHA": f"{REVIEWED.format('cardiovascular_event')}heart.nyha = 'IV'",
    "cardiovascular events, congenital disease": (
        f"{REVIEWED.format('cardiovascular_event')}heart.congenital_disease = true"
    ),
    "renal replacement, on dialysis": (
        f"{REVIEWED.format('renal_replacement')}renal.on_dialysis = true"
    ),
    "renal replacement that ended, on dialysis": (
        f"{REVIEWED.format('renal_replacement')}renal.on_dialysis = true\n"
        "renal_replacement = [{ start = 2020-01-01, last_session = 2020-02-01 }]"
    ),
    "treatments, intolerance": (
        f"{REVIEWED.format('treatment')}history.standard_treatment_intolerance = true"
    ),
    "infections, tuberculosis": (
        f"{REVIEWED.format('infection_episode')}infection.tb_active = true"
    ),
    "crises, intervention": (
        f"{REVIEWED.format('lupus_crisis')}"
        "cns.neurolupus_intervention = { value = true, date = 2025-05-13 }"
    ),
    "crises, neuropsychiatric lupus": (
        f"{REVIEWED.format('lupus_crisis')}"
        'cns_event = [{ kind = "neuropsychiatric lupus", last_active = "ongoing" }]'
    ),
    "crises, SLEDAI-2K": f"{REVIEWED.format('lupus_crisis')}sledai.seizure = true",
    "autoimmune diseases, two of the six": (
        f"{REVIEWED.format('autoimmune_disease')}"
        "diagnosis = { sle = true, sjogren_acr_eular_2016 = true }"
    ),
    "psychiatric disorder, SLEDAI-2K": (
        "history.psychiatric_disorder = false\nsledai.psychosis = true"
    ),
    "cognition, dementia": (
        'history.cognitive_impairment = "none"\n'
        'cns_event = [{ kind = "dementia", last_active = "ongoing" }]'
    ),
    "psychiatric disorder, psychosis": (
        "history.psychiatric_disorder = false\n"
        'cns_event = [{ kind = "psychosis", last_active = "ongoing" }]'
    ),
    "transplantations, graft-versus-host disease": (
        f"{REVIEWED.format('transplant')}gvhd = [{{ grade = 2, start = 2025-01-01 }}]"
    ),
    "other disease, treatment for it": (
        "history.other_disease_needs_immunosuppression = false\n"
        'treatment = [{ drug = "prednisone", purpose = "other disease", stop = "ongoing" }]'
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_two_facts_that_disagree_are_reported(pair: str) -> None:
    """By a sentence of the report, whichever way the two hang together."""
    chart = chart_on(profile_toml(PAIRS[pair]), bundled_pack(), SCREENING)
    told = [
        line
        for line in warnings_of(chart, [])
        if "Contradiction: " in line or " is stated as " in line
    ]

    assert told


def test_occult_hepatitis_b_is_no_contradiction() -> None:
    """HBsAg negative, core antibody positive, DNA detected: that is what it is called."""
    profile = 'infection = { hbsag = "negative", hbcab = "positive", hbv_dna = "above limit" }'

    assert chart_on(profile_toml(profile), bundled_pack(), SCREENING).contradictions == ()


def test_a_contradiction_names_what_it_leaves_open() -> None:
    """What rests on that alone: the activity that the score shows is there all the same."""
    chart = chart_on(profile_toml(PAIRS["activity, clinical SLEDAI-2K"]), bundled_pack(), SCREENING)
    (sentence,) = (line for line in warnings_of(chart, []) if line.startswith("Contradiction"))

    assert sentence.endswith(" What rests on activity.sle alone stays unknown.")


def test_a_contradiction_without_doubts_leaves_nothing_open() -> None:
    """It is reported alone: the answer stays."""
    profile = profile_toml(PAIRS["other disease, treatment for it"])
    chart = chart_on(profile, bundled_pack(), date(2025, 6, 2))
    (sentence,) = (line for line in warnings_of(chart, []) if line.startswith("Contradiction"))

    assert "stays unknown" not in sentence
    assert chart.conflicts == {}
