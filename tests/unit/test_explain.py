"""Derived values with formula, inputs, validity and source, worked out by hand."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from program import ADULT, EXAMPLES, TINY_TRIAL, profile, run
from support import SCREENING, profile_toml, says

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.explain import Derived, derived_facts
from cartscreen.pack.pack import bundled_pack, load_pack

PACK = bundled_pack()


def derived(text: str, *names: str, on: date = SCREENING) -> list[Derived]:
    return list(derived_facts(chart_on(profile_toml(text), PACK, on), names))


def one(text: str, name: str, on: date = SCREENING) -> Derived:
    (found,) = derived(text, name, on=on)
    return found


def inputs(found: Derived) -> list[tuple[str, str, str]]:
    return [(item.fact, item.value, item.date) for item in found.inputs]


MAN = """
[person]
birth_date = {birth}
sex = "male"
weight = {{ value = "60 kg", date = 2025-05-02 }}
height = {{ value = "150 cm", date = 2025-05-01 }}
[lab]
creatinine = {{ value = "{creatinine} mg/dL", date = 2025-05-30 }}
"""


def test_age_is_in_completed_years() -> None:
    """Born on 3 June 1991: 33 on 2 June 2025."""
    found = one("person.birth_date = 1991-06-03", "person.age")

    assert (found.fact, found.label, found.value, found.date) == (
        "person.age",
        "Age",
        "33 years",
        "",
    )
    assert found.how == "Completed years from the date of birth to the date judged."
    assert inputs(found) == [("person.birth_date", "1991-06-03", "")]
    assert (found.stated, found.lacks, found.note) == ("", [], "")


def test_creatinine_clearance() -> None:
    """(140 - 60) x 60 / (72 x 2) = 33.33 mL/min, dated as the creatinine."""
    found = one(MAN.format(birth="1965-01-01", creatinine=2), "renal.creatinine_clearance")

    assert (found.value, found.date) == ("~33.33 mL/min", "2025-05-30")
    assert found.how == (
        "Creatinine clearance by Cockcroft and Gault, in mL/min (not per 1.73 m2). 140 less the "
        "age, times the weight, over 72 times creatinine; times 0.85 for a woman."
    )
    assert found.validity == "from 18 years to under 140, at which the formula gives 0."
    assert found.citation == "Cockcroft, Gault. Nephron 1976;16:31-41"
    assert inputs(found) == [
        ("person.age", "60 years", ""),
        ("person.sex", "male", ""),
        ("person.weight", "60 kg", "2025-05-02"),
        ("lab.creatinine", "2 mg/dL", "2025-05-30"),
    ]


def test_egfr_of_an_adult() -> None:
    """Creatinine at kappa leaves 142 x 0.9938^50: ln 0.9938 = -0.0062193, so 142 x 0.73274."""
    found = one(MAN.format(birth="1975-01-01", creatinine=0.9), "renal.egfr")

    assert found.value == "~104.05 mL/min/1.73 m2"
    assert found.how.startswith("Estimated GFR by the CKD-EPI creatinine equation of 2021")
    assert found.validity == "from 18 years."
    assert found.citation == "Inker et al. N Engl J Med 2021;385:1737-49"
    assert [item.fact for item in found.inputs] == ["person.age", "person.sex", "lab.creatinine"]


def test_egfr_of_a_child_is_by_another_formula() -> None:
    """36 days past 12 years K is 39.0 x 1.045^0.1, and 39.0 x 1.50 / 0.9 are 65."""
    found = one(MAN.format(birth="2013-04-27", creatinine=0.9), "renal.egfr")

    assert found.value == "~65.28 mL/min/1.73 m2"  # 1.045^(36/365.25) = 1.00435
    assert found.how.startswith("Estimated GFR by the CKiD U25 creatinine equation")
    assert found.validity == "from 1 year to under 25."
    assert found.citation == "Pierce et al. Kidney Int 2021;99:948-56"
    assert ("person.birth_date", "2013-04-27", "") in inputs(found)


def test_a_formula_of_which_it_is_not_sure_is_not_used() -> None:
    """17 or 18 years: whether CKD-EPI or CKiD U25 holds is not known, so neither is shown."""
    found = one(MAN.format(birth='"2007-06"', creatinine=0.9), "renal.egfr")

    assert (found.value, found.inputs) == ("", [])
    assert found.note == "CKD-EPI 2021 holds from 18 years"
    assert found.lacks == ["Date of birth"]


@pytest.mark.parametrize(
    ("name", "text", "value", "dated", "how", "read"),
    [
        # the root of 180 x 80 / 3600 = 4
        (
            "person.body_surface",
            'person.height = { value = "180 cm", date = 2025-05-01 }\nperson.weight = "80 kg"',
            "2 m2",
            "",
            "Body surface area by Mosteller, in m2: the root of height times weight over 3600.",
            [("person.height", "180 cm", "2025-05-01"), ("person.weight", "80 kg", "")],
        ),
        (
            "lab.neutrophils",
            '[lab]\nwhite_cells = { value = "4 10^9/L", date = 2025-05-30 }\n'
            'neutrophils_percent = { value = "60 %", date = 2025-05-30 }',
            "2.4 10^9/L",
            "2025-05-30",
            "Neutrophils, in 10^9/L: white cells times the percentage of neutrophils, over 100.",
            [
                ("lab.white_cells", "4 10^9/L", "2025-05-30"),
                ("lab.neutrophils_percent", "60 %", "2025-05-30"),
            ],
        ),
        (
            "lab.bilirubin_indirect",
            '[lab]\nbilirubin = { value = "30 umol/L", date = 2025-05-30 }\n'
            'bilirubin_direct = { value = "10 umol/L", date = 2025-05-30 }',
            "20 umol/L",
            "2025-05-30",
            "Indirect bilirubin: the total less the direct, in their unit.",
            [
                ("lab.bilirubin", "30 umol/L", "2025-05-30"),
                ("lab.bilirubin_direct", "10 umol/L", "2025-05-30"),
            ],
        ),
        (
            "lab.bilirubin_mostly_indirect",
            '[lab]\nbilirubin = { value = "30 umol/L", date = 2025-05-30 }\n'
            'bilirubin_indirect = { value = "15 umol/L", date = 2025-05-30 }',
            "no",  # half is not more than half
            "2025-05-30",
            "Whether Indirect bilirubin is more than half of Total bilirubin.",
            [
                ("lab.bilirubin_indirect", "15 umol/L", "2025-05-30"),
                ("lab.bilirubin", "30 umol/L", "2025-05-30"),
            ],
        ),
        # by a rule: what decides it, with its date
        (
            "person.can_become_pregnant",
            'person.sex = "female"\nperson.fertility = "sterile"',
            "no",
            "",
            "all of (Sex: female; Fertility: fertile or infertile).",
            [("person.fertility", "sterile", "")],
        ),
        (
            "sledai.thrombocytopenia",
            'lab.platelets = { value = "120 10^9/L", date = 2025-05-20 }',
            "no",
            "2025-05-20",
            "all of (Platelets below 100 10^9/L, within 30 days before screening; "
            "SLEDAI-2K: thrombocytopenia, due to lupus).",
            [("lab.platelets", "120 10^9/L", "2025-05-20")],
        ),
        # what is stated of another fact
        (
            "pregnancy.test",
            'pregnancy.blood_test = { value = "negative", date = 2025-05-30 }',
            "negative",
            "2025-05-30",
            "As stated for Pregnancy test in blood.",
            [("pregnancy.blood_test", "negative", "2025-05-30")],
        ),
        (
            "renal.egfr_schwartz",
            'renal.egfr = { value = "72 mL/min/1.73 m2", date = 2025-05-30 }',
            "72 mL/min/1.73 m2",
            "2025-05-30",
            "As stated for eGFR, per 1.73 m2 (CKD-EPI 2021 from 18, CKiD U25 below).",
            [("renal.egfr", "72 mL/min/1.73 m2", "2025-05-30")],
        ),
        # a part of a total that is known alone
        (
            "activity.sledai_2k_clinical",
            "activity.sledai_2k = { value = 6, date = 2025-05-30 }",
            "0 to 6",
            "2025-05-30",
            "A part cannot exceed the whole: SLEDAI-2K, total.",
            [("activity.sledai_2k", "6", "2025-05-30")],
        ),
    ],
)
def test_each_way_to_follow(
    name: str, text: str, value: str, dated: str, how: str, read: list[tuple[str, str, str]]
) -> None:
    """The value, how it follows in words, and what was read, with dates."""
    found = one(text, name)

    assert (found.value, found.date, found.how) == (value, dated, how)
    assert inputs(found) == read
    assert found.note == ""


def test_the_schwartz_formula_where_no_egfr_is_stated() -> None:
    """0.413 x 150 / 0.5 = 123.9; and it ends with the 18th birthday."""
    found = one(MAN.format(birth="2013-04-27", creatinine=0.5), "renal.egfr_schwartz")

    assert found.value == "123.9 mL/min/1.73 m2"
    assert found.citation == "Schwartz et al. J Am Soc Nephrol 2009;20:629-37"
    assert found.validity == "from 1 year to under 18."


def test_a_progression_from_a_series() -> None:
    """From 3 to 4, and still so 6 months later: each result is an input, the page the source."""
    found = one(
        """
[ms]
single_relapse = false
edss = [
  { value = 3, date = 2024-01-10 },
  { value = 4, date = 2024-06-10 },
  { value = 4, date = 2024-12-10 },
]
""",
        "ms.progression",
    )

    assert found.value == "yes"
    assert found.how.startswith("Has the EDSS risen from its first result")
    assert found.citation.startswith("inclusion 3.6 (2)(c) of auto-cd19-bcma-aid")
    assert inputs(found) == [
        ("ms.single_relapse", "no", ""),
        ("ms.edss", "3", "2024-01-10"),
        ("ms.edss", "4", "2024-06-10"),
        ("ms.edss", "4", "2024-12-10"),
    ]


# Scores

ITEMS = {
    item.fact
    for derivation in PACK.vocabulary.facts["activity.sledai_2k_clinical"].derive
    for item in getattr(derivation, "items", ())
}


def sledai(**stated: bool) -> str:
    return "[sledai]\n" + "\n".join(f"{name} = {json.dumps(v)}" for name, v in stated.items())


def test_a_score_known_in_full() -> None:
    """Seizure 8 and rash 2; all 16 items stated. The items that count are its inputs."""
    every = {name.removeprefix("sledai."): False for name in ITEMS}
    found = one(sledai(**every | {"seizure": True, "rash": True}), "activity.sledai_2k_clinical")

    assert (found.value, found.lacks) == ("10", [])
    assert found.how == "The weights of 16 items, of the 30 days before the visit, added up."
    assert found.citation == "NCT06310811 page, note to inclusion 6; weights as SLEDAI-2K"
    assert [item.fact for item in found.inputs] == ["sledai.seizure", "sledai.rash"]


def test_a_score_known_in_part_is_a_range_and_says_what_it_lacks() -> None:
    """Seizure 8 of 83, rash none: 8 to 81, with 14 items to assess."""
    found = one(sledai(seizure=True, rash=False), "activity.sledai_2k_clinical")

    assert found.value == "8 to 81"
    assert len(found.lacks) == 14
    assert "SLEDAI-2K: fever" in found.lacks
    assert "SLEDAI-2K: rash" not in found.lacks


def test_a_part_is_not_more_than_the_stated_total() -> None:
    """8 to 81 by its items, and not more than a total of 12."""
    text = sledai(seizure=True, rash=False) + "\n[activity]\nsledai_2k = 12"

    assert one(text, "activity.sledai_2k_clinical").value == "8 to 12"


def test_a_count() -> None:
    """One system of nine is graded A, the others are not graded: 1 to 9."""
    found = one('bilag.renal = "A"', "activity.bilag_a")

    assert (found.value, found.how) == (
        "1 to 9",
        "How many of 9 are A, of the 30 days before the visit.",
    )
    assert inputs(found) == [("bilag.renal", "A", "")]
    assert len(found.lacks) == 8


def test_the_highest_item_of_each_domain() -> None:
    """Systemic sclerosis: 7 domains."""
    found = one("ssc.interstitial_lung_disease = true", "score.ssc_2013")

    assert found.how == "The highest item of each of 7 domains, added up."
    assert found.citation == "van den Hoogen et al. Ann Rheum Dis 2013;72:1747-55"


def test_a_range_of_inputs_is_a_range() -> None:
    """Born in 1991: 33 or 34 years; the date of birth would make it one number."""
    found = one('person.birth_date = "1991"', "person.age")

    assert (found.value, found.lacks) == ("33 to 34 years", ["Date of birth"])


# What the profile states


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ('"40 years"', "40 years"),
        ('{ value = "40 years", date = 2025-05-01 }', "40 years"),
        ('"unknown"', ""),
        ('{ value = "40 years", date = 2025-06-03 }', ""),  # after the date judged
    ],
)
def test_a_stated_value_stands_beside_the_derived_one(stated: str, shown: str) -> None:
    """Only a stated value that would be used is shown."""
    found = one(f"person.birth_date = 1991-03-18\nperson.age = {stated}", "person.age")

    assert (found.value, found.stated) == ("34 years", shown)


def test_what_is_lacking_is_named() -> None:
    """The clearance without a weight: the weight, and not the clearance itself."""
    text = 'person.sex = "male"\nperson.birth_date = 1965-01-01\nlab.creatinine = "2 mg/dL"'
    found = one(text, "renal.creatinine_clearance")

    assert (found.value, found.lacks, found.note) == ("", ["Body weight"], "not recorded")
    assert found.how.startswith("Creatinine clearance by Cockcroft and Gault")
    assert found.inputs == []


def test_a_formula_that_does_not_hold_says_why() -> None:
    """At 17 years there is no clearance by Cockcroft and Gault; in an unsteady state, by none."""
    child = one(MAN.format(birth="2008-01-01", creatinine=2), "renal.creatinine_clearance")
    unsteady = MAN.format(birth="1965-01-01", creatinine=2) + "[renal]\nunstable_creatinine = true"

    assert (child.value, child.note) == ("", "Cockcroft-Gault holds from 18 years")
    assert one(unsteady, "renal.creatinine_clearance").note == (
        "the formula does not hold (renal.unstable_creatinine yes)"
    )


def test_a_contradiction_leaves_nothing_to_derive() -> None:
    """A man with a positive pregnancy test: what follows from the test is in doubt."""
    found = one(
        'person.sex = "male"\npregnancy.blood_test = "positive"',
        "pregnancy.test",
    )

    assert found.value == ""
    assert "pregnant, breastfeeding or with a positive pregnancy test" in found.note


def test_two_results_of_a_day_leave_nothing_to_stand_for_another() -> None:
    """The GFR by Schwartz may stand for the eGFR: of two that differ, neither does."""
    found = one(
        "[renal]\negfr = [\n"
        '  { value = "50 mL/min/1.73m2", date = 2025-05-30 },\n'
        '  { value = "90 mL/min/1.73m2", date = 2025-05-30 },\n]',
        "renal.egfr_schwartz",
    )

    assert (found.value, found.inputs) == ("", [])
    assert found.note == (
        "results of the same day differ: renal.egfr 50 mL/min/1.73m2, 90 mL/min/1.73m2"
    )


def test_without_names_only_what_the_profile_touches() -> None:
    """A birth date alone: the age, and what needs more than it has."""
    found = {item.fact: item.value for item in derived("person.birth_date = 1991-03-18")}

    assert found["person.age"] == "34 years"
    assert found["renal.creatinine_clearance"] == ""
    assert "activity.sledai_2k" not in found
    assert "lab.neutrophils" not in found
    assert derived("") == []


def test_named_facts_are_shown_even_where_nothing_is_known() -> None:
    """They stand in the order of the vocabulary."""
    found = derived("", "renal.egfr", "person.age")

    assert [item.fact for item in found] == ["person.age", "renal.egfr"]
    assert [item.note for item in found] == ["not recorded", "not recorded"]
    assert found[0].lacks == ["Date of birth"]


# Treatments


def course(text: str) -> dict[str, Derived]:
    """What follows for one entry, by field; weight 50 kg."""
    found = derived(
        f'[person]\nweight = {{ value = "50 kg", date = 2025-01-02 }}\n[[treatment]]\n{text}',
        "treatment",
    )
    return {item.fact.removeprefix("treatment[1]."): item for item in found}


def test_the_length_of_a_course() -> None:
    """1 January to 1 March: 31 + 28 + 1 days; the last day counts."""
    found = course('drug = "azathioprine"\nstart = 2025-01-01\nstop = 2025-03-01')["lasted"]

    assert found.label == "treatment 1 (azathioprine): time on this drug and dose"
    assert found.value == "60 days"
    assert found.how == "From the first day to the day after the last, not beyond the date judged."
    assert inputs(found) == [
        ("treatment[1].start", "2025-01-01", ""),
        ("treatment[1].stop", "2025-03-01", ""),
    ]


@pytest.mark.parametrize(
    ("dates", "value"),
    [
        ('start = 2025-05-03\nstop = "ongoing"', "30 days"),  # 2 June itself does not count
        ("start = 2025-05-03\nstop = 2025-07-01", "30 days"),  # nor what lies ahead
        ('start = "2025-04"\nstop = 2025-05-01', "2 to 31 days"),  # from the 30th, or the 1st
        ('start = "2025-03"\nstop = "2025-03"', "0 to 31 days"),  # from the 31st to the 1st: none
    ],
)
def test_the_length_of_a_course_by_its_dates(dates: str, value: str) -> None:
    assert course(f'drug = "azathioprine"\n{dates}')["lasted"].value == value


def test_a_course_without_an_end_lacks_it() -> None:
    """The field is named as an entry of the list."""
    found = course('drug = "azathioprine"\nstart = 2025-01-01')["lasted"]

    assert (found.value, found.note) == ("", "not recorded")
    assert found.lacks == ["treatment 1: last day at this dose"]


def test_a_stated_length_stands_beside_the_derived_one() -> None:
    """The dates give 60 days: the chart says 2 months, or 8, which cannot be."""
    dates = 'drug = "azathioprine"\nstart = 2025-01-01\nstop = 2025-03-01'
    two, eight = (course(f'{dates}\nlasted = "{n} months"')["lasted"] for n in (2, 8))

    assert (two.value, two.stated) == ("60 days", "2 months")
    assert (eight.value, eight.stated) == ("", "8 months")
    assert "8 months is stated, and 60 days follows" in eight.note


def test_a_pulse_is_a_dose_of_its_own_day() -> None:
    """1000 mg of methylprednisolone are 1250 mg of prednisone, and no average is a dose."""
    found = course('drug = "methylprednisolone"\ndose = "1 g monthly"\nstart = 2025-01-01')

    assert found["prednisone_dose"].value == "1250 mg/day on single days, nothing between"


def test_the_time_since_a_change_of_dose() -> None:
    """It counts from 25 May to 2 June."""
    found = course(
        'drug = "azathioprine"\nstart = 2025-01-01\nstop = "ongoing"\nlast_change = 2025-05-25'
    )["unchanged"]

    assert (found.value, found.lacks) == ("8 days", [])
    assert inputs(found) == [("treatment[1].last_change", "2025-05-25", "")]


@pytest.mark.parametrize(
    ("drug", "factor", "as_prednisone", "per_kg"),
    [
        ("prednisone", "1", "6 mg/day", "0.12 mg/kg/day"),
        ("methylprednisolone", "1.25", "7.5 mg/day", "0.15 mg/kg/day"),
        ("dexamethasone", "~6.6667", "40 mg/day", "0.8 mg/kg/day"),  # 6 x 20/3
        ("betamethasone", "~6.6667 to ~8.3333", "40 to 50 mg/day", "0.8 to 1 mg/kg/day"),
    ],
)
def test_a_dose_as_prednisone(drug: str, factor: str, as_prednisone: str, per_kg: str) -> None:
    """6 mg a day of the drug, by the figures of drugs.toml, and over 50 kg."""
    found = course(f'drug = "{drug}"\ndose = "6 mg/day"\nstart = 2025-01-01')
    dose, by_weight = found["prednisone_dose"], found["prednisone_dose_per_kg"]

    assert (dose.value, by_weight.value) == (as_prednisone, per_kg)
    assert dose.how == (
        f"The dose, times the prednisone that 1 mg of the drug stands for: {factor} mg."
    )
    assert dose.citation == PACK.vocabulary.drugs[drug].prednisone_equivalent_source
    assert inputs(dose) == [("treatment[1].dose", "6 mg/day", "")]
    assert inputs(by_weight)[-2:] == [
        ("treatment[1].dose", as_prednisone, ""),
        ("person.weight", "50 kg", "2025-01-02"),
    ]


def test_a_dose_as_prednisone_is_of_a_glucocorticoid_alone() -> None:
    """Azathioprine has none; a cream counts as 0."""
    assert "prednisone_dose" not in course('drug = "azathioprine"\ndose = "100 mg/day"')
    cream = course('drug = "prednisone"\ndose = "6 mg/day"\nroute = "topical"')
    assert cream["prednisone_dose"].value == "0 mg/day"


def test_a_dose_that_is_not_recorded_is_lacking() -> None:
    found = course('drug = "prednisone"\nstart = 2025-01-01')["prednisone_dose"]

    assert (found.value, found.lacks) == ("", ["treatment 1: dose"])


@pytest.mark.parametrize(
    ("text", "half_life", "value"),
    [
        # rituximab, 18 to 22 days: five are 90 and 110; 1 January and 91 days are 2 April, and 111
        # days 22 April
        (
            'drug = "rituximab"\nlast_dose = 2025-01-01',
            "18 days to 22 days",
            "2025-04-02 to 2025-04-22",
        ),
        # cyclophosphamide, 3 to 12 hours: 15 and 60 hours end within 1 and 3 days
        (
            'drug = "cyclophosphamide"\nstop = 2025-01-10',
            "3 hours to 12 hours",
            "2025-01-12 to 2025-01-14",
        ),
        # leflunomide's metabolite: 18 and 19 days; the last dose some day of March
        (
            'drug = "leflunomide"\nlast_dose = "2025-03"',
            "18 days to 19 days",
            "2025-05-31 to 2025-07-05",
        ),
        # as the chart states it: 50 days, and the next
        (
            'drug = "rituximab"\nlast_dose = 2025-01-01\nhalf_life = "10 days"',
            "10 days",
            "2025-02-21",
        ),
        (
            'drug = "unheard-of"\nlast_dose = 2025-01-01\nhalf_life = "10 days"',
            "10 days",
            "2025-02-21",
        ),
        ('drug = "rituximab"\nstop = 9999-12-31', "18 days to 22 days", "9999-12-31"),
    ],
)
def test_a_washout(text: str, half_life: str, value: str) -> None:
    """The first day on which nothing of five half-lives is left: by the shortest, the longest."""
    found = course(text)["washout"]

    assert found.value == value
    assert found.label.endswith(f": first day after five half-lives ({half_life})")
    assert found.how == (
        "The last dose, and five half-lives in full days: of the shortest, and of the longest."
    )
    assert [item.fact for item in found.inputs] == ["treatment[1].last_dose"]


def test_the_days_of_a_washout_are_those_of_a_rule() -> None:
    """Before the first it is inside for sure, from the last on outside; between them open."""
    rule = '{ some = "treatment", where = ["last_dose within 5 half-lives"] }'
    text = (
        '[[treatment]]\ndrug = "rituximab"\nlast_dose = 2025-01-01\n'
        "[reviewed]\ntreatment = 2025-06-02"
    )

    assert says(rule, text, date(2025, 4, 1)) == "yes"
    assert says(rule, text, date(2025, 4, 2)).startswith("unknown, censored")
    assert says(rule, text, date(2025, 4, 21)).startswith("unknown, censored")
    assert says(rule, text, date(2025, 4, 22)) == "no"


@pytest.mark.parametrize(
    ("text", "note", "lacks"),
    [
        ('drug = "rituximab"\nstop = "ongoing"', "it goes on", ["treatment 1: last dose"]),
        ('drug = "rituximab"', "not recorded", ["treatment 1: last dose"]),
    ],
)
def test_a_washout_without_a_last_dose(text: str, note: str, lacks: list[str]) -> None:
    found = course(text)["washout"]

    assert (found.value, found.note, found.lacks) == ("", note, lacks)


def test_a_drug_without_a_half_life_has_no_washout() -> None:
    """No figure in drugs.toml, and none in the chart."""
    without = next(
        name
        for name, drug in PACK.vocabulary.drugs.items()
        if drug.half_life is None and "glucocorticoid" not in drug.classes
    )

    assert set(course(f'drug = "{without}"\nstop = 2025-01-01')) == {"lasted", "unchanged"}


def test_every_entry_of_the_list_is_numbered() -> None:
    """The numbers begin at 1."""
    text = (
        '[[treatment]]\ndrug = "azathioprine"\n[[treatment]]\nstart = 2025-01-01\nstop = "ongoing"'
    )
    labels = [item.label for item in derived(text, "treatment") if item.fact.endswith("lasted")]

    assert labels == [
        "treatment 1 (azathioprine): time on this drug and dose",
        "treatment 2 (drug not recorded): time on this drug and dose",
    ]


# The command


def rows(*arguments: Any) -> list[dict[str, Any]]:
    done = run("derive", *arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert isinstance(found, list)
    return found


def test_the_command_writes_json() -> None:
    """An array of what follows, each with every key."""
    found = rows(ADULT)

    assert {frozenset(row) for row in found} == {frozenset(Derived.model_fields)}
    by_fact = {row["fact"]: row for row in found}
    # (140 - 34) x 58 x 0.85 / (72 x 0.98) = 74.06
    assert by_fact["renal.creatinine_clearance"]["value"] == "~74.06 mL/min"
    assert by_fact["activity.sledai_2k"]["value"] == "18"


def test_the_command_takes_names() -> None:
    """It takes names of facts, and `treatment` for the list."""
    assert [row["fact"] for row in rows(ADULT, "renal.egfr", "person.age")] == [
        "person.age",
        "renal.egfr",
    ]
    assert {row["fact"].partition("[")[0] for row in rows(ADULT, "treatment")} == {"treatment"}


def test_the_command_takes_a_date() -> None:
    """Born on 18 March 1992."""
    (row,) = rows(ADULT, "person.age", "--screening-date", "2027-03-18")

    assert row["value"] == "35 years"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("renal.egrf", "Did you mean 'renal.egfr'?"),
        ("heart.lvef", "'heart.lvef' is no derived fact."),
        ("weight", "'weight' is no derived fact."),
    ],
)
def test_a_name_that_is_not_derived_is_an_error(name: str, hint: str) -> None:
    """The error suggests the likely name."""
    done = run("derive", ADULT, name, COLUMNS="200")

    assert (done.code, done.out) == (2, "")
    assert hint in done.err


def test_the_table_of_a_value() -> None:
    """The value first, then how it follows."""
    assert run("derive", ADULT, "person.body_surface").out.splitlines() == [
        "Body surface area: ~1.62 m2 (2026-10-12)",  # the root of 163 x 58 / 3600 = 2.6261
        "  fact: person.body_surface",
        "  how: Body surface area by Mosteller, in m2: the root of height times weight",
        "  over 3600.",
        "  from: Body height 163 cm (2026-10-12), Body weight 58 kg (2026-10-12)",
        "  holds: height and weight above 0.",
        "  source: Mosteller. N Engl J Med 1987;317:1098",
    ]


def test_the_table_of_what_is_stated_and_of_what_is_lacking(tmp_path: Any) -> None:
    """A stated value is used; what does not follow stands at the end."""
    patient = profile(tmp_path, person={"birth_date": date(1992, 3, 18), "age": "40 years"})
    lines = run("derive", patient, "person.age", "person.body_surface").out.splitlines()

    assert lines[0] == "Age: 34 years"
    assert "  stated: 40 years; the stated value is used" in lines
    assert lines[-2:] == [
        "Not derived",
        "person.body_surface: not recorded; needs Body height, Body weight",
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_what_is_shown_is_what_is_used(path: Any) -> None:
    """Of a fact that is not stated, the value shown is the one that the rules read."""
    from cartscreen.observation import Observation
    from cartscreen.profile.read import parse_profile

    parsed = parse_profile(path.read_bytes(), PACK.vocabulary, path.name)
    assert parsed.screening is not None
    chart = chart_on(parsed, PACK, parsed.screening.earliest)
    for found in derived_facts(chart):
        if found.fact in PACK.vocabulary.facts and not found.stated:
            used = chart.newest(found.fact)
            assert found.value == (used.text if isinstance(used, Observation) else "")


EPISODES = """
[record.episode]
label    = "Episodes"
question = "Which?"
obtain   = "chart"
changes  = "time"
begins   = "from"
ends     = "until"
lasted   = "held"
[record.episode.field.from]
label = "First day"
kind  = "date"
[record.episode.field.until]
label = "Last day"
kind  = "date"
[record.episode.field.held]
label  = "Time it lasted"
kind   = "duration"
derive = { formula = "course_length" }
"""


def test_a_course_of_a_list_of_ones_own(tmp_path: Path) -> None:
    """A list that says how long something lasted is explained; without a drug it names none."""
    (tmp_path / "facts.toml").write_text(EPISODES, "utf-8")
    (tmp_path / "ours.toml").write_text(TINY_TRIAL, "utf-8")
    pack = load_pack(tmp_path)
    text = "[[episode]]\nfrom = 2025-01-01\nuntil = 2025-01-03\n"
    (found,) = derived_facts(chart_on(profile_toml(text, pack), pack, SCREENING), ["episode"])

    assert (found.fact, found.label, found.value) == (
        "episode[1].held",
        "episode 1: time it lasted",
        "3 days",
    )
    assert inputs(found) == [
        ("episode[1].from", "2025-01-01", ""),
        ("episode[1].until", "2025-01-03", ""),
    ]
