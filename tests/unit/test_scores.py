"""Scores from observed items, and what a laboratory leaves to the reader.

The weights stand in facts.toml; here they are held against the published tables (each item alone
gives its weight, all together give the published maximum), against worked examples of others, and
at the limits that decide a classification. An item that nobody assessed makes the score a range.
"""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support import chart_of, merged

from cartscreen.answer import Answer
from cartscreen.derive import Gap
from cartscreen.derive.body import mosteller
from cartscreen.derive.kidney import OutsideDomain
from cartscreen.derive.laboratory import (
    indirect_bilirubin,
    neutrophil_count,
    neutrophil_count_with_bands,
    reticulocyte_count,
)
from cartscreen.errors import CriteriaError
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.evaluate.screening import screen
from cartscreen.observation import Observation
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.place import texts
from cartscreen.report import report
from cartscreen.rule.parse import parse_rule
from cartscreen.units import Interval
from cartscreen.vocabulary import Score

VOCABULARY = bundled_pack().vocabulary
VARIANT = Path(__file__).parent.parent / "packs" / "sledai-variant"
RECENT = date(2025, 5, 30)


def score_of(fact: str) -> Score:
    """The weights of a fact that is a score."""
    return next(item for item in VOCABULARY.facts[fact].derive if isinstance(item, Score))


def items_of(fact: str) -> list[str]:
    return [item.fact for item in score_of(fact).items]


def most(item: str) -> Fraction:
    bounds = VOCABULARY.facts[item].bounds
    return Fraction(bounds[1]) if bounds else Fraction(1)


def holding(fact: str, **values: bool | int) -> dict[str, Any]:
    """A profile in which every item of the score is assessed, and these are what they are here."""
    data: dict[str, Any] = {}
    for name in items_of(fact):
        section, _, short = name.partition(".")
        absent: bool | int = 0 if VOCABULARY.facts[name].kind == "quantity" else False
        data.setdefault(section, {})[short] = values.pop(short, absent)
    assert not values, values
    return data


def without(data: dict[str, Any], name: str) -> dict[str, Any]:
    section, _, short = name.partition(".")
    table = {key: value for key, value in data[section].items() if key != short}
    return {**data, section: table}


def follows(fact: str, data: dict[str, Any], pack: Pack | None = None) -> str:
    """The derived fact as a report shows it."""
    found = chart_of(data, pack=pack).derived(fact)
    return found.text if isinstance(found, Observation) else f"unknown: {found.reason}"


def value(fact: str, data: dict[str, Any]) -> Fraction:
    found = chart_of(data).derived(fact)
    assert isinstance(found, Observation)
    assert isinstance(found.value, Interval)
    assert found.value.is_exact
    assert found.value.low is not None
    return found.value.low


def said(rule: Any, data: dict[str, Any]) -> str:
    """The answer to a rule of this profile."""
    return evaluate(parse_rule(rule, VOCABULARY), chart_of(data)).answer.value


# The tables

EULAR_ACR_CLINICAL = {
    "fever": 2, "leukopenia": 3, "thrombocytopenia": 4, "autoimmune_hemolysis": 4, "delirium": 2,
    "psychosis": 3, "seizure": 5, "alopecia": 2, "oral_ulcers": 2, "subacute_or_discoid_lupus": 4,
    "acute_cutaneous_lupus": 6, "effusion": 5, "pericarditis": 6, "joint_involvement": 6,
    "proteinuria": 4, "biopsy_class_ii_or_v": 8, "biopsy_class_iii_or_iv": 10,
}  # fmt: skip
EULAR_ACR_IMMUNOLOGICAL = {
    "antiphospholipid": 2, "low_c3_or_c4": 3, "low_c3_and_c4": 4, "anti_dsdna_or_anti_sm": 6,
}  # fmt: skip
SLEDAI_LABORATORY = {
    "urinary_casts": 4, "hematuria": 4, "proteinuria": 4, "pyuria": 4, "low_complement": 2,
    "increased_dna_binding": 2, "thrombocytopenia": 1, "leukopenia": 1,
}  # fmt: skip
SLEDAI_CLINICAL = {
    "seizure": 8, "psychosis": 8, "organic_brain_syndrome": 8, "visual_disturbance": 8,
    "cranial_nerve_disorder": 8, "lupus_headache": 8, "cerebrovascular_accident": 8,
    "vasculitis": 8, "arthritis": 4, "myositis": 4, "rash": 2, "alopecia": 2, "mucosal_ulcers": 2,
    "pleurisy": 2, "pericarditis": 2, "fever": 1,
}  # fmt: skip
SEROLOGY = ("low_complement", "increased_dna_binding")
SLICC_CLINICAL = dict.fromkeys(
    [
        "acute_cutaneous_lupus", "chronic_cutaneous_lupus", "oral_or_nasal_ulcers", "alopecia",
        "synovitis", "serositis", "renal", "neurologic", "hemolytic_anemia",
        "leukopenia_or_lymphopenia", "thrombocytopenia",
    ],
    1,
)  # fmt: skip
SLICC_IMMUNOLOGICAL = dict.fromkeys(
    ["ana", "anti_dsdna", "anti_sm", "antiphospholipid", "low_complement", "direct_coombs"], 1
)
TABLES: dict[str, dict[str, int | str]] = {
    "activity.sledai_2k": {**SLEDAI_CLINICAL, **SLEDAI_LABORATORY},
    "activity.sledai_2k_clinical": {**SLEDAI_CLINICAL},
    "activity.sledai_2k_doris": {
        **SLEDAI_CLINICAL,
        **{name: weight for name, weight in SLEDAI_LABORATORY.items() if name not in SEROLOGY},
    },
    "score.eular_acr_2019": {**EULAR_ACR_CLINICAL, **EULAR_ACR_IMMUNOLOGICAL},
    "score.eular_acr_2019_clinical": {**EULAR_ACR_CLINICAL},
    "score.slicc_2012": {**SLICC_CLINICAL, **SLICC_IMMUNOLOGICAL},
    "score.slicc_2012_clinical": {**SLICC_CLINICAL},
    "score.slicc_2012_immunological": {**SLICC_IMMUNOLOGICAL},
    "score.ssc_2013": {
        "skin_proximal_to_mcp": 9, "sclerodactyly": 4, "puffy_fingers": 2, "pitting_scars": 3,
        "tip_ulcers": 2, "telangiectasia": 2, "nailfold_capillaries": 2,
        "pulmonary_arterial_hypertension": 2, "interstitial_lung_disease": 2, "raynaud": 3,
        "anticentromere": 3, "anti_topoisomerase_i": 3, "anti_rna_polymerase_iii": 3,
    },
    "score.sjogren_2016": {
        "focus_score": 3, "anti_ro": 3, "ocular_staining": 1, "schirmer": 1, "low_saliva_flow": 1,
    },
    "activity.essdai": {
        "constitutional": 3, "lymphadenopathy": 4, "glandular": 2, "articular": 2, "cutaneous": 3,
        "pulmonary": 5, "renal": 5, "muscular": 6, "peripheral_nervous": 5, "central_nervous": 5,
        "haematological": 2, "biological": 1,
    },
    "activity.mrss": dict.fromkeys(
        ["face", "chest", "abdomen"]
        + [
            f"{site}_{side}"
            for site in ("fingers", "hand", "forearm", "upper_arm", "thigh", "lower_leg", "foot")
            for side in ("right", "left")
        ],
        1,
    ),
    "activity.mmt_8": dict.fromkeys(
        ["neck_flexors"]
        + [
            f"{muscle}_{side}"
            for muscle in (
                "deltoid", "biceps", "wrist_extensors", "gluteus_maximus", "gluteus_medius",
                "quadriceps", "ankle_dorsiflexors",
            )
            for side in ("right", "left")
        ],
        1,
    ),
    "activity.haq_di": dict.fromkeys(
        ["dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities"],
        "1/8",
    ),
    "score.iim_2017": {
        "onset_18_to_39": "1.3", "onset_from_40": "2.1", "weak_upper_limbs": "0.7",
        "weak_lower_limbs": "0.8", "neck_flexors_weaker": "1.9", "proximal_legs_weaker": "0.9",
        "heliotrope_rash": "3.1", "gottron_papules": "2.1", "gottron_sign": "3.3",
        "dysphagia": "0.7", "anti_jo1": "3.9", "enzymes_raised": "1.3",
    },
    "score.iim_2017_biopsy": {
        "onset_18_to_39": "1.5", "onset_from_40": "2.2", "weak_upper_limbs": "0.7",
        "weak_lower_limbs": "0.5", "neck_flexors_weaker": "1.6", "proximal_legs_weaker": "1.2",
        "heliotrope_rash": "3.2", "gottron_papules": "2.7", "gottron_sign": "3.7",
        "dysphagia": "0.6", "anti_jo1": "3.8", "enzymes_raised": "1.4", "biopsy_endomysial": "1.7",
        "biopsy_perimysial": "1.2", "biopsy_perifascicular_atrophy": "1.9",
        "biopsy_rimmed_vacuoles": "3.1",
    },
    "renal.nih_activity_index": {
        "endocapillary_hypercellularity": 1, "neutrophils_or_karyorrhexis": 1,
        "fibrinoid_necrosis": 2, "hyaline_deposits": 1, "cellular_crescents": 2,
        "interstitial_inflammation": 1,
    },
    "renal.nih_chronicity_index": {
        "glomerulosclerosis": 1, "fibrous_crescents": 1, "tubular_atrophy": 1,
        "interstitial_fibrosis": 1,
    },
}  # fmt: skip
MAXIMA = {
    "activity.sledai_2k": "105",
    "activity.sledai_2k_clinical": "83",
    "activity.sledai_2k_doris": "101",
    "score.eular_acr_2019": "51",
    "score.eular_acr_2019_clinical": "39",
    "score.slicc_2012": "17",
    "score.slicc_2012_clinical": "11",
    "score.slicc_2012_immunological": "6",
    "score.ssc_2013": "24",
    "score.sjogren_2016": "9",
    "activity.essdai": "123",
    "activity.mrss": "51",
    "activity.mmt_8": "150",
    "activity.haq_di": "3",
    "score.iim_2017": "20.8",
    "score.iim_2017_biopsy": "29.5",
    "renal.nih_activity_index": "24",
    "renal.nih_chronicity_index": "12",
}


@pytest.mark.parametrize("fact", TABLES)
def test_each_item_alone_gives_its_published_weight(fact: str) -> None:
    """The score has exactly the items of its table, and each alone gives its weight."""
    actual = {}
    for name in items_of(fact):
        short = name.partition(".")[2]
        entry = VOCABULARY.facts[name]
        one = next((int(each) for each in entry.values if each), 1)
        data = holding(fact, **{short: one if entry.kind == "quantity" else True})
        if short == "low_c3_and_c4":  # who has this one has the other
            data = without(data, "eular_acr.low_c3_or_c4")
        actual[short] = value(fact, data) / one

    assert {short: Fraction(weight) for short, weight in TABLES[fact].items()} == actual


@pytest.mark.parametrize("fact", MAXIMA)
def test_everything_together_gives_the_published_maximum(fact: str) -> None:
    """The check-sum of each score, which is also the upper bound of the fact."""
    all_ = {}
    for name in items_of(fact):
        top = int(most(name))
        all_[name.partition(".")[2]] = top if VOCABULARY.facts[name].kind == "quantity" else True
    if "onset_18_to_39" in all_:  # the myopathy begins once, and later counts more
        all_["onset_18_to_39"] = False
    bounds = VOCABULARY.facts[fact].bounds

    assert bounds is not None
    assert Fraction(MAXIMA[fact]) == value(fact, holding(fact, **all_)) == Fraction(bounds[1])


def test_every_score_of_the_vocabulary_is_held_against_a_table() -> None:
    """A score that is added to facts.toml needs a table here."""
    scores = {
        name
        for name, entry in VOCABULARY.facts.items()
        if any(isinstance(item, Score) for item in entry.derive)
    }

    assert scores == TABLES.keys() == MAXIMA.keys()


@pytest.mark.parametrize("fact", TABLES)
def test_every_score_and_its_items_are_described(fact: str) -> None:
    """A score names its source; each item has a question; no figure is marked as not verified."""
    assert VOCABULARY.facts[fact].source
    assert "not verified" not in VOCABULARY.facts[fact].source
    assert all(VOCABULARY.facts[name].question.endswith("?") for name in items_of(fact))


def test_the_immunological_domains_of_eular_acr_reach_12() -> None:
    """They alone come to more than 10, and do not classify."""
    immunological = dict.fromkeys(EULAR_ACR_IMMUNOLOGICAL, True)

    assert value("score.eular_acr_2019", holding("score.eular_acr_2019", **immunological)) == 12


def test_without_the_sufficient_criterion_systemic_sclerosis_reaches_19() -> None:
    """The sufficient criterion is not added to the other finger items."""
    rest = {name: True for name in TABLES["score.ssc_2013"] if name != "skin_proximal_to_mcp"}

    assert value("score.ssc_2013", holding("score.ssc_2013", **rest)) == 19


# Worked examples of others. The numbers are ids of files in a public index of source code; the
# weights were checked against other sources, named in facts.toml and in the closing note.

WORKED = [
    ("activity.sledai_2k", "8", "57027007399",
     {"arthritis": True, "low_complement": True, "increased_dna_binding": True}),
    ("activity.sledai_2k", "5", "57027007399", {"arthritis": True, "fever": True}),
    ("activity.sledai_2k", "11", "57027007399", {"seizure": True, "rash": True, "fever": True}),
    ("activity.sledai_2k", "20", "57027007399",
     {"seizure": True, "psychosis": True, "rash": True, "alopecia": True}),
    ("activity.sledai_2k", "32", "58194183115",
     {"seizure": True, "vasculitis": True, "arthritis": True, "myositis": True, "pyuria": True,
      "pleurisy": True, "fever": True, "leukopenia": True}),
    ("score.ssc_2013", "10", "56976302473",
     {"sclerodactyly": True, "raynaud": True, "anticentromere": True}),
    ("score.ssc_2013", "9", "56976302473", {"skin_proximal_to_mcp": True}),
    ("activity.mrss", "8", "56976302473",
     {"fingers_right": 2, "fingers_left": 2, "face": 1, "chest": 3}),
    ("score.sjogren_2016", "6", "56976302473", {"focus_score": True, "anti_ro": True}),
    ("activity.essdai", "32", "58194183115",
     {"constitutional": 1, "pulmonary": 2, "muscular": 3, "biological": 1}),
    ("score.iim_2017", "9.8", "56976302473",
     {"onset_from_40": True, "weak_upper_limbs": True, "heliotrope_rash": True, "anti_jo1": True}),
    ("activity.haq_di", "1", "57142232458",
     dict.fromkeys(TABLES["activity.haq_di"], 1)),
    ("activity.haq_di", "1.5", "54159210619",
     {"dressing": 1, "arising": 2, "eating": 0, "walking": 3, "hygiene": 1, "reach": 2, "grip": 0,
      "activities": 3}),
    ("renal.nih_activity_index", "6", "58281409885", {"fibrinoid_necrosis": 3}),
    ("renal.nih_activity_index", "3", "58281409885", {"hyaline_deposits": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "published", "source", "items"), WORKED)
def test_worked_examples(fact: str, published: str, source: str, items: dict[str, Any]) -> None:
    """The score that another implementation gives for these items."""
    assert published == follows(fact, holding(fact, **items)), source


SLEDAI_HAND = [
    (("arthritis", "rash", "low_complement", "increased_dna_binding"), ("10", "6", "6")),
    (("proteinuria", "hematuria", "rash", "increased_dna_binding"), ("12", "2", "10")),
]


@pytest.mark.parametrize(("present", "expected"), SLEDAI_HAND)
def test_three_sledai_variants(present: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """Total; without urine and laboratory; without serology alone (DORIS)."""
    data = holding("activity.sledai_2k", **dict.fromkeys(present, True))
    facts = ("sledai_2k", "sledai_2k_clinical", "sledai_2k_doris")

    assert expected == tuple(follows(f"activity.{fact}", data) for fact in facts)


# An item that is not assessed


@pytest.mark.parametrize("fact", TABLES)
def test_one_item_not_assessed_gives_the_interval(fact: str) -> None:
    """From the score without the item to the score with the most of it; the item is named."""
    empty = holding(fact)
    for name in items_of(fact):
        found = chart_of(without(empty, name)).derived(fact)
        top = most(name) * Fraction(TABLES[fact][name.partition(".")[2]])

        assert isinstance(found, Observation)
        assert found.value == Interval(Fraction(0), top)
        assert texts(found.missing) == (fact, name)


@pytest.mark.parametrize(
    ("limit", "expected"), [(6, "yes"), (7, "unknown"), (14, "unknown"), (15, "no")]
)
def test_a_range_decides_only_what_it_decides(limit: int, expected: str) -> None:
    """Arthritis and rash, seizure not assessed: 6 to 14."""
    data = without(holding("activity.sledai_2k", arthritis=True, rash=True), "sledai.seizure")

    assert follows("activity.sledai_2k", data) == "6 to 14"
    assert said(f"activity.sledai_2k >= {limit}", data) == expected


def test_a_stated_total_beats_the_items_and_the_difference_is_reported() -> None:
    """A total of the chart is used; that the items give another is a warning."""
    data = merged(holding("activity.sledai_2k", arthritis=True), {"activity": {"sledai_2k": 8}})
    warnings = report(chart_of(data), [], file="", date_from="profile").warnings

    assert said("activity.sledai_2k >= 8", data) == "yes"
    assert [text for text in warnings if "derived as 4" in text]


def test_of_a_stated_total_the_parts_are_at_most_the_whole() -> None:
    """A stated total of 3 leaves 3 at most for a part; a derived total says nothing of it."""
    platelets = {"lab": {"platelets": {"value": "200 10^9/L", "date": RECENT}}}

    assert follows("activity.sledai_2k_clinical", {"activity": {"sledai_2k": 3}}) == "0 to 3"
    assert follows("activity.sledai_2k", platelets) == "0 to 104"
    assert follows("activity.sledai_2k_clinical", platelets) == "unknown: not_recorded"


def test_what_is_missing_of_a_score() -> None:
    """The score alone, as long as the profile states none of its items; then the open items too."""
    platelets = {"lab": {"platelets": {"value": "200 10^9/L", "date": RECENT}}}
    rash = {"sledai": {"rash": True}}
    lacking = [
        texts(chart_of(data).derived("activity.sledai_2k").missing)
        for data in ({}, platelets, merged(platelets, rash))
    ]

    assert lacking[:2] == [("activity.sledai_2k",)] * 2
    assert len(lacking[2]) == 1 + 24 - 2


DERIVED = [name for name, entry in VOCABULARY.facts.items() if entry.derive]


@pytest.mark.parametrize("fact", DERIVED)
def test_nothing_follows_from_a_blank_profile(fact: str) -> None:
    """Every derived fact is unknown, and names something that would settle it."""
    found = chart_of({}).derived(fact)

    assert isinstance(found, Gap)
    assert found.missing


# Laboratory descriptors of SLEDAI-2K

LABORATORY = [
    ("thrombocytopenia", {"lab": {"platelets": "100 10^9/L"}}, {"lab": {"platelets": "99 10^9/L"}}),
    ("leukopenia", {"lab": {"white_cells": "3.0 10^9/L"}}, {"lab": {"white_cells": "2.9 10^9/L"}}),
    ("proteinuria", {"renal": {"protein_24h": "0.5 g/day"}},
     {"renal": {"protein_24h": "0.6 g/day"}}),
    ("proteinuria", {"renal": {"protein_creatinine_ratio": "0.14 g/g"}},
     {"renal": {"protein_creatinine_ratio": "0.15 g/g", "protein_24h": "0.6 g/day"}}),
]  # fmt: skip


def dated(data: dict[str, dict[str, str]], day: date | None = RECENT) -> dict[str, Any]:
    """Every result of the data, with this date."""
    more = {"date": day} if day else {}
    return {
        section: {name: {"value": text, **more} for name, text in table.items()}
        for section, table in data.items()
    }


@pytest.mark.parametrize(("item", "normal", "abnormal"), LABORATORY)
def test_only_the_negative_side_of_a_result_decides(
    item: str, normal: dict[str, Any], abnormal: dict[str, Any]
) -> None:
    """Normal: absent. Abnormal: open, until a clinician says whether it is lupus."""
    due = {"sledai": {f"{item}_due_to_lupus": True}}
    other = {"sledai": {f"{item}_due_to_lupus": False}}

    assert said(f"sledai.{item}", dated(normal)) == "no"
    assert said(f"sledai.{item}", dated(abnormal)) == "unknown"
    assert said(f"sledai.{item}", merged(dated(abnormal), due)) == "yes"
    assert said(f"sledai.{item}", merged(dated(abnormal), other)) == "no"


@pytest.mark.parametrize(("item", "normal", "_abnormal"), LABORATORY)
@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2025, 5, 3), "no"), (date(2025, 5, 2), "unknown"), (None, "unknown")],
)
def test_a_result_counts_for_30_days(
    item: str, normal: dict[str, Any], _abnormal: dict[str, Any], day: date | None, expected: str
) -> None:
    """A result of 31 days ago, or of no date, leaves the descriptor open."""
    assert said(f"sledai.{item}", dated(normal, day)) == expected


COMPLEMENT = {
    "c3": {"value": "1.0 g/L", "lower": "0.9 g/L", "date": RECENT},
    "c4": {"value": "0.2 g/L", "lower": "0.1 g/L", "date": RECENT},
    "ch50": {"value": "normal", "date": RECENT},
}
LOW_C3 = {"value": "0.8 g/L", "lower": "0.9 g/L", "date": RECENT}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "no"),
        ({"ch50": "not measured"}, "no"),
        ({"ch50": "not done"}, "unknown"),
        ({"ch50": "normal"}, "unknown"),
        ({"ch50": {"value": "low", "date": RECENT}}, "yes"),
        ({"c3": LOW_C3}, "yes"),
        ({"c3": LOW_C3, "ch50": "not done"}, "yes"),
        ({"c4": {"value": "0.05 g/L", "lower": "0.1 g/L", "date": RECENT}}, "yes"),
        ({"c3": {"value": "0.8 g/L", "date": RECENT}}, "unknown"),
        ({"c3": {"value": "80 mg/dL", "lower": "90 mg/dL", "date": RECENT}}, "yes"),
    ],
)
def test_low_complement(change: dict[str, Any], expected: str) -> None:
    """Any of C3, C4 and CH50 below the laboratory's own limit, whatever it is due to."""
    data = {"lab": {**COMPLEMENT, **change}}

    assert said("sledai.low_complement", data) == expected


@pytest.mark.parametrize(("word", "expected"), [("negative", "no"), ("positive", "yes")])
def test_increased_dna_binding(word: str, expected: str) -> None:
    """A result above the laboratory's limit is the descriptor: the glossary excludes no cause."""
    data = dated({"antibody": {"anti_dsdna": word}})

    assert said("sledai.increased_dna_binding", data) == expected


# Lupus: 2019 EULAR/ACR and 2012 SLICC


def eular_acr(*, ana: bool = True, **present: bool) -> dict[str, Any]:
    return {**holding("score.eular_acr_2019", **present), "antibody": {"ana_ever": ana}}


@pytest.mark.parametrize(
    ("present", "points", "expected"),
    [
        (("biopsy_class_iii_or_iv",), "10", "yes"),
        (("joint_involvement", "proteinuria"), "10", "yes"),
        (("joint_involvement", "leukopenia"), "9", "no"),
        (("anti_dsdna_or_anti_sm", "low_c3_or_c4", "low_c3_and_c4"), "10", "no"),
        (("anti_dsdna_or_anti_sm", "low_c3_or_c4", "low_c3_and_c4", "fever"), "12", "yes"),
        (
            ("anti_dsdna_or_anti_sm", "low_c3_or_c4", "low_c3_and_c4", "antiphospholipid"),
            "12",
            "no",
        ),
        (("alopecia", "oral_ulcers", "acute_cutaneous_lupus"), "6", "no"),
        (("effusion", "pericarditis"), "6", "no"),
        ((), "0", "no"),
    ],
)
def test_eular_acr_2019(present: tuple[str, ...], points: str, expected: str) -> None:
    """At least 10 points, at least one of them clinical; the highest of each domain alone."""
    data = eular_acr(**dict.fromkeys(present, True))

    assert follows("score.eular_acr_2019", data) == points
    assert said("diagnosis.sle_eular_acr_2019", data) == expected


def test_eular_acr_2019_needs_the_entry_criterion() -> None:
    """Without an ANA of 1:80, ever, nothing else counts; where it is not known, nothing is."""
    full = dict.fromkeys(EULAR_ACR_CLINICAL, True)

    assert said("diagnosis.sle_eular_acr_2019", eular_acr(ana=False, **full)) == "no"
    open_ = without(eular_acr(**full), "antibody.ana_ever")
    assert said("diagnosis.sle_eular_acr_2019", open_) == "unknown"


@pytest.mark.parametrize(("total", "expected"), [(9, "no"), (12, "unknown"), (13, "yes")])
def test_a_stated_eular_acr_total(total: int, expected: str) -> None:
    """Above 12, which is all that immunology can give, a clinical item is among them."""
    data = {"score": {"eular_acr_2019": total}, "antibody": {"ana_ever": True}}

    assert said("diagnosis.sle_eular_acr_2019", data) == expected


def test_eular_acr_2019_with_items_not_assessed() -> None:
    """Two items that reach 10 classify, whatever nobody looked for; one of 6 leaves it open."""
    enough = {"eular_acr": {"joint_involvement": True, "proteinuria": True}}
    little = {"eular_acr": {"joint_involvement": True}}
    ana = {"antibody": {"ana_ever": True}}

    assert said("diagnosis.sle_eular_acr_2019", merged(enough, ana)) == "yes"
    assert said("diagnosis.sle_eular_acr_2019", merged(little, ana)) == "unknown"


SLICC = [name.partition(".")[2] for name in VOCABULARY.facts if name.startswith("slicc.")]


def slicc(*present: str) -> dict[str, Any]:
    return {"slicc": {name: name in present for name in SLICC}}


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (("synovitis", "serositis", "oral_or_nasal_ulcers", "ana"), "yes"),
        (("synovitis", "ana", "anti_dsdna", "low_complement"), "yes"),
        (("synovitis", "serositis", "ana"), "no"),
        (("synovitis", "serositis", "oral_or_nasal_ulcers", "alopecia", "renal"), "no"),
        (("ana", "anti_dsdna", "anti_sm", "low_complement"), "no"),
        (("biopsy_proven_nephritis", "ana"), "yes"),
        (("biopsy_proven_nephritis", "anti_dsdna"), "yes"),
        (("biopsy_proven_nephritis", "anti_sm"), "no"),
        (("biopsy_proven_nephritis",), "no"),
    ],
)
def test_slicc_2012(present: tuple[str, ...], expected: str) -> None:
    """At least 4, of both kinds; or nephritis by biopsy with ANA or anti-dsDNA."""
    assert said("diagnosis.sle_slicc_2012", slicc(*present)) == expected


# Systemic sclerosis, Sjögren's, myositis


def ssc(*, spared: bool = False, other: bool = False, **present: bool) -> dict[str, Any]:
    data = holding("score.ssc_2013", **present)
    return merged(data, {"ssc": {"fingers_spared": spared, "other_disorder": other}})


@pytest.mark.parametrize(
    ("present", "points", "expected"),
    [
        (("skin_proximal_to_mcp",), "9", "yes"),
        (("skin_proximal_to_mcp", "sclerodactyly"), "9", "yes"),
        (("sclerodactyly", "raynaud", "telangiectasia"), "9", "yes"),
        (("puffy_fingers", "raynaud", "anticentromere"), "8", "no"),
        (("anticentromere", "anti_topoisomerase_i", "anti_rna_polymerase_iii"), "3", "no"),
        (("pulmonary_arterial_hypertension", "interstitial_lung_disease"), "2", "no"),
        (("raynaud",), "3", "no"),
    ],
)
def test_ssc_2013(present: tuple[str, ...], points: str, expected: str) -> None:
    """At least 9, the highest of each category."""
    data = ssc(**dict.fromkeys(present, True))

    assert follows("score.ssc_2013", data) == points
    assert said("diagnosis.ssc_acr_eular_2013", data) == expected


def test_ssc_2013_does_not_apply_to_other_disorders() -> None:
    """Spared fingers, or a disorder that explains it better, exclude; not known leaves it open."""
    nine = {"raynaud": True, "pitting_scars": True, "anticentromere": True}

    assert said("diagnosis.ssc_acr_eular_2013", ssc(spared=True, **nine)) == "no"
    assert said("diagnosis.ssc_acr_eular_2013", ssc(other=True, **nine)) == "no"
    assert said("diagnosis.ssc_acr_eular_2013", holding("score.ssc_2013", **nine)) == "unknown"


def test_known_lung_disease_counts_in_the_score_of_systemic_sclerosis() -> None:
    """diagnosis.ild stands for the item, unless the item itself is stated."""
    data = without(holding("score.ssc_2013"), "ssc.interstitial_lung_disease")

    assert follows("score.ssc_2013", merged(data, {"diagnosis": {"ild": True}})) == "2"
    assert follows("score.ssc_2013", merged(data, {"diagnosis": {"ild": False}})) == "0"


SJOGREN: dict[str, Any] = {
    "sjogren": {
        "focus_score": False, "ocular_staining": False, "schirmer": True, "sicca_symptom": True,
        "head_neck_radiation": False, "sarcoidosis": False, "amyloidosis": False,
        "igg4_related_disease": False,
    },
    "antibody": {"anti_ro": "positive"},
    "activity": {"saliva_unstimulated": "0.3 mL/min"},
    "infection": {"hcv_antibody": "negative", "hiv": "negative"},
    "reviewed": {"gvhd": RECENT},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "yes"),
        ({"sjogren": {"schirmer": False}}, "no"),
        (
            {"sjogren": {"schirmer": False}, "activity": {"saliva_unstimulated": "0.1 mL/min"}},
            "yes",
        ),
        (
            {"sjogren": {"schirmer": False}, "activity": {"saliva_unstimulated": "0.11 mL/min"}},
            "no",
        ),
        ({"antibody": {"anti_ro": "negative"}}, "no"),
        ({"antibody": {"anti_ro": "negative"}, "sjogren": {"focus_score": True}}, "yes"),
        ({"sjogren": {"sicca_symptom": False}}, "unknown"),
        ({"sjogren": {"sicca_symptom": False}, "activity": {"essdai": 0}}, "no"),
        ({"sjogren": {"sicca_symptom": False}, "activity": {"essdai": 1}}, "yes"),
        ({"sjogren": {"sicca_symptom": False}, "essdai": {"biological": 1}}, "yes"),
        ({"sjogren": {"sarcoidosis": True}}, "no"),
        ({"infection": {"hcv_antibody": "positive"}}, "unknown"),
        ({"infection": {"hcv_antibody": "positive", "hcv_rna": "not detected"}}, "yes"),
        ({"infection": {"hcv_antibody": "positive", "hcv_rna": "below limit"}}, "no"),
        ({"infection": {"hiv": "positive"}}, "unknown"),
        ({"infection": {"hiv": "positive"}, "history": {"aids": True}}, "no"),
        ({"infection": {"hiv": "positive"}, "history": {"aids": False}}, "yes"),
        ({"gvhd": [{"grade": 2}]}, "no"),
    ],
)
def test_sjogren_2016(change: dict[str, Any], expected: str) -> None:
    """At least 4 points, an entry criterion, and none of the exclusions."""
    assert said("diagnosis.sjogren_acr_eular_2016", merged(SJOGREN, change)) == expected


def test_sjogren_2016_needs_the_list_of_gvhd_closed() -> None:
    """A list that nobody reviewed is open."""
    data = {key: table for key, table in SJOGREN.items() if key != "reviewed"}

    assert said("diagnosis.sjogren_acr_eular_2016", data) == "unknown"


@pytest.mark.parametrize(
    ("age", "points"),
    [("17 years", "0"), ("18 years", "1.3"), ("39 years", "1.3"), ("40 years", "2.1")],
)
def test_the_age_when_the_myopathy_began(age: str, points: str) -> None:
    """From 18 to under 40 years, and from 40."""
    data = holding("score.iim_2017")
    bands = ("onset_18_to_39", "onset_from_40")
    items = {name: found for name, found in data["iim"].items() if name not in bands}

    assert follows("score.iim_2017", {"iim": {**items, "onset_age": age}}) == points


def test_muscle_enzymes_of_any_time_count() -> None:
    """One raised now is enough; for none, all four and the time before are needed."""
    normal = {name: {"value": "30 U/L", "upper": "40 U/L"} for name in ("ck", "ldh", "ast", "alt")}
    raised = {"ck": {"value": "41 U/L", "upper": "40 U/L"}}
    before, never = ({"iim": {"enzymes_raised_earlier": found}} for found in (True, False))

    assert said("iim.enzymes_raised", {"lab": raised}) == "yes"
    assert said("iim.enzymes_raised", {"lab": normal}) == "unknown"
    assert said("iim.enzymes_raised", merged({"lab": normal}, before)) == "yes"
    assert said("iim.enzymes_raised", merged({"lab": normal}, never)) == "no"


def iim(*present: str, biopsy: bool, better: bool = False) -> dict[str, Any]:
    data = holding("score.iim_2017_biopsy", **dict.fromkeys(present, True))
    return merged(data, {"iim": {"biopsy_done": biopsy, "better_explanation": better}})


WEAK = ("weak_upper_limbs", "weak_lower_limbs")


@pytest.mark.parametrize(
    ("present", "biopsy", "points", "expected"),
    [
        (("gottron_sign", "onset_from_40"), False, "5.4", "no"),
        (("heliotrope_rash", *WEAK, "proximal_legs_weaker"), False, "5.5", "yes"),
        (("heliotrope_rash", *WEAK, "proximal_legs_weaker"), True, "5.6", "no"),
        (("gottron_sign", "biopsy_rimmed_vacuoles"), True, "6.8", "yes"),
        (("gottron_sign", "neck_flexors_weaker", "enzymes_raised"), True, "6.7", "yes"),
        (("gottron_sign", "neck_flexors_weaker", "proximal_legs_weaker"), True, "6.5", "no"),
    ],
)
def test_probable_myositis(
    present: tuple[str, ...], biopsy: bool, points: str, expected: str
) -> None:
    """From 5.5 without and from 6.7 with a biopsy, each by its own weights."""
    data = iim(*present, biopsy=biopsy)
    column = "score.iim_2017_biopsy" if biopsy else "score.iim_2017"

    assert follows(column, data) == points
    assert said("diagnosis.iim_probable", data) == expected


def test_a_better_explanation_rules_out_myositis() -> None:
    """The criteria hold only where nothing explains the signs better."""
    data = iim("heliotrope_rash", "gottron_sign", biopsy=False, better=True)

    assert said("diagnosis.iim_probable", data) == "no"


@pytest.mark.parametrize(("stated", "expected"), [("54.9 %", "no"), ("55 %", "yes")])
def test_a_stated_probability_comes_before_the_items(stated: str, expected: str) -> None:
    """Both rules of the fact are tried, the first one first."""
    probability = {"diagnosis": {"iim_probability": stated}}
    items = iim("heliotrope_rash", "gottron_sign", biopsy=False)

    assert said("diagnosis.iim_probable", probability) == expected
    assert said("diagnosis.iim_probable", merged(items, probability)) == expected
    assert said("diagnosis.iim_probable", items) == "yes"


# Laboratory arithmetic and body size


@pytest.mark.parametrize(
    ("white_cells", "segmented", "bands", "published", "source"),
    [
        ("2.0", "14.8", "5.0", "0.396", "Severe Chronic Neutropenia International Registry"),
        ("9.2", "33", "1", "3.128", "bit1024"),
        ("1.0", "11", "5", "0.160", "bit1024"),
        ("10", "10", "5", "1.5", "ehow"),
    ],
)
def test_neutrophils_with_bands(
    white_cells: str, segmented: str, bands: str, published: str, source: str
) -> None:
    """Worked examples."""
    counts = (Fraction(white_cells), Fraction(segmented), Fraction(bands))

    assert Fraction(published) == neutrophil_count_with_bands(*counts), source


@pytest.mark.parametrize(
    ("white_cells", "percent", "published", "source"),
    [("10", "70", "7", "drlogy"), ("8", "60", "4.8", "freightos document proxy")],
)
def test_neutrophils(white_cells: str, percent: str, published: str, source: str) -> None:
    """Worked examples."""
    assert Fraction(published) == neutrophil_count(Fraction(white_cells), Fraction(percent)), source


@pytest.mark.parametrize(
    ("red_cells", "percent", "published", "source"),
    [("4.0", "3.2", "128", "droracle 307935"), ("4.5", "1.5", "67.5", "readycalculator")],
)
def test_reticulocytes(red_cells: str, percent: str, published: str, source: str) -> None:
    """Worked examples."""
    assert Fraction(published) == reticulocyte_count(Fraction(red_cells), Fraction(percent)), source


@pytest.mark.parametrize(
    ("height", "weight", "published", "source"),
    [("180", "80", "2.00", "calculatorlib"), ("175", "70", "1.845", "a clone of omnicalculator")],
)
def test_mosteller(height: str, weight: str, published: str, source: str) -> None:
    """Worked examples, rounded as their source prints them."""
    places = len(published.partition(".")[2])

    assert Fraction(published) == round(mosteller(Fraction(height), Fraction(weight)), places), (
        source
    )


def test_formulas_refuse_what_cannot_be() -> None:
    """More than all of the cells, more direct than total bilirubin, a body of no size."""
    with pytest.raises(OutsideDomain):
        neutrophil_count_with_bands(Fraction(5), Fraction(80), Fraction(30))
    with pytest.raises(OutsideDomain):
        indirect_bilirubin(Fraction(10), Fraction(11))
    with pytest.raises(OutsideDomain):
        mosteller(Fraction(0), Fraction(70))


def lab(**results: Any) -> dict[str, Any]:
    return {"lab": results}


@pytest.mark.parametrize(
    ("fact", "data", "expected"),
    [
        ("lab.neutrophils", lab(white_cells="5 10^9/L", neutrophils_percent="60 %"), "3 10^9/L"),
        ("lab.neutrophils",
         lab(white_cells="5000 /uL", segmented_percent="60 %", bands_percent="4 %"), "3.2 10^9/L"),
        ("lab.neutrophils", lab(white_cells="5 10^9/L", segmented_percent="60 %"),
         "unknown: not_recorded"),
        ("lab.reticulocytes", lab(red_cells="4 T/L", reticulocytes_percent="3.2 %"), "128 10^9/L"),
        ("lab.bilirubin_indirect", lab(bilirubin="30 umol/L", bilirubin_direct="8 umol/L"),
         "22 umol/L"),
        ("lab.bilirubin_indirect", lab(bilirubin="30 umol/L", bilirubin_direct="<5 umol/L"),
         "unknown: censored"),
        ("lab.bilirubin_indirect", lab(bilirubin="8 umol/L", bilirubin_direct="9 umol/L"),
         "unknown: not_recorded"),
        ("lab.bilirubin_mostly_indirect", lab(bilirubin="30 umol/L", bilirubin_direct="8 umol/L"),
         "yes"),
        ("person.body_surface", {"person": {"height": "180 cm", "weight": "80 kg"}}, "2 m2"),
    ],
)  # fmt: skip
def test_results_that_follow_from_others(fact: str, data: dict[str, Any], expected: str) -> None:
    """Counts, fractions and body size, from a profile in its own units."""
    assert follows(fact, data) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (RECENT, RECENT, "3 10^9/L"),
        (RECENT, date(2025, 4, 2), "unknown: not_recorded"),
        (RECENT, None, "unknown: not_recorded"),
    ],
)
def test_parts_of_one_result_are_of_one_day(
    first: date, second: date | None, expected: str
) -> None:
    """A count of one day is not multiplied by a percentage of another."""
    data = merged(
        dated({"lab": {"white_cells": "5 10^9/L"}}, first),
        dated({"lab": {"neutrophils_percent": "60 %"}}, second),
    )

    assert follows("lab.neutrophils", data) == expected


# A pack with a score of its own


def test_a_pack_declares_a_variant_without_python() -> None:
    """Clinical SLEDAI-2K less alopecia, mucosal ulcers and fever, from the bundled items."""
    pack = load_pack(VARIANT)
    trial = pack.select(["restricted-sle"])[0]
    fact = "activity.sledai_2k_clinical_restricted"
    some = holding("activity.sledai_2k", alopecia=True, mucosal_ulcers=True, fever=True, rash=True)
    more = merged(some, {"sledai": {"pleurisy": True}})

    def answer(data: dict[str, Any]) -> Answer:
        return screen(trial, chart_of(data, pack=pack)).criteria[0].answer

    assert follows("activity.sledai_2k_clinical", some, pack) == "7"
    assert follows(fact, some, pack) == "2"
    assert answer(some) is Answer.NO
    assert answer(more) is Answer.YES
    assert answer(without(more, "sledai.rash")) is Answer.UNKNOWN
    assert answer({"activity": {"sledai_2k_clinical": 3}}) is Answer.NO
    assert answer({"activity": {"sledai_2k_clinical": 4}}) is Answer.UNKNOWN
    assert answer({}) is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ('{ fact = "sledai.rash", weight = 0 }', "is not a number above 0"),
        ('{ fact = "sledai.rash", weight = "1/0" }', "is not a number above 0"),
        ('{ fact = "sledai.rash", weight = 2 }, { fact = "sledai.rash", weight = 2 }', "twice"),
        ('{ fact = "bilag.renal", weight = 2 }', "is neither"),
        ('{ fact = "x.number", weight = 2 }', "x.number has none"),
    ],
)
def test_a_faulty_score_is_refused(items: str, fault: str, tmp_path: Path) -> None:
    """Each fault is named with its fact."""
    head = 'kind = "quantity"\nunit = "1"\nquestion = "?"\n'
    number = f'[fact.x.number]\nlabel = "n"\n{head}'
    text = f'{number}[fact.x.score]\nlabel = "s"\n{head}derive = {{ sum = [{items}] }}\n'
    (tmp_path / "facts.toml").write_text(text, "utf-8")
    (tmp_path / "trial.toml").write_bytes((VARIANT / "restricted-sle.toml").read_bytes())

    with pytest.raises(CriteriaError, match=fault):
        load_pack(tmp_path)
