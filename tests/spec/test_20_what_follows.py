"""What follows from what is recorded: words that a rule gives, numbers for words, bounds, steps.

The expected values are worked out by hand from the definitions that the vocabulary cites.
"""

from datetime import date

import pytest
from support import asked, chart_of, profile_toml, says, told

from cartscreen.errors import InputError

# A rule may give one answer alone


@pytest.mark.parametrize(
    ("fact", "profile", "said"),
    [
        # the ISN/RPS classes are classes of lupus nephritis; no class says that there is none
        ("diagnosis.lupus_nephritis", 'renal.biopsy_class = "III"', "yes"),
        ("eular_acr.biopsy_class_iii_or_iv", 'renal.biopsy_class = "IV+V"', "yes"),
        ("eular_acr.biopsy_class_ii_or_v", 'renal.biopsy_class = "V"', "yes"),
        ("slicc.biopsy_proven_nephritis", 'renal.biopsy_class = "II"', "yes"),
        # Aringer 2019: white cells below 4, platelets below 100, protein above 0.5 g; strictly
        ("eular_acr.leukopenia", 'lab.white_cells = "3.9 10^9/L"', "yes"),
        ("eular_acr.thrombocytopenia", 'lab.platelets = "99 10^9/L"', "yes"),
        ("eular_acr.proteinuria", 'renal.protein_24h = "0.6 g/day"', "yes"),
        ("eular_acr.proteinuria", 'renal.protein_creatinine_ratio = "0.6 g/g"', "yes"),
        ("eular_acr.low_c3_or_c4", 'lab.c4 = { value = "0.05 g/L", lower = "0.1 g/L" }', "yes"),
        ("antibody.ana_ever", 'antibody.ana = "positive"', "yes"),
        # Petri 2012: protein of at least 0.5 g, lymphocytes below 1
        ("slicc.renal", 'renal.protein_24h = "0.5 g/day"', "yes"),
        ("slicc.leukopenia_or_lymphopenia", 'lab.lymphocytes = "0.9 10^9/L"', "yes"),
        ("slicc.low_complement", 'lab.ch50 = "low"', "yes"),
    ],
)
def test_a_result_that_shows_an_item_of_a_classification(
    fact: str, profile: str, said: str
) -> None:
    """It is there, as its definition has it."""
    assert says(fact, profile) == said


@pytest.mark.parametrize(
    ("fact", "profile"),
    [
        ("diagnosis.lupus_nephritis", 'renal.biopsy_class = "unknown"'),
        ("eular_acr.biopsy_class_iii_or_iv", 'renal.biopsy_class = "V"'),
        ("eular_acr.leukopenia", 'lab.white_cells = "4.0 10^9/L"'),
        ("eular_acr.thrombocytopenia", 'lab.platelets = "100 10^9/L"'),
        ("eular_acr.proteinuria", 'renal.protein_24h = "0.5 g/day"'),
        ("antibody.ana_ever", 'antibody.ana = "negative"'),
        ("slicc.renal", 'renal.protein_24h = "0.4 g/day"'),
    ],
)
def test_a_result_that_does_not_show_it_says_nothing_of_the_past(fact: str, profile: str) -> None:
    """Once ever is enough, so that no result of today says never."""
    assert says(fact, profile).startswith("unknown, not_recorded")


FERTILITY = 'person = {{ sex = "female", fertility = "{}" }}'


@pytest.mark.parametrize(
    ("fertility", "pregnant", "lactating"),
    [
        ("prepubertal", "no", "no"),
        ("before menarche", "no", "no"),
        ("postmenopausal", "no", "no"),
        ("sterile", "no", "unknown"),  # she may have been delivered before
        ("fertile", "unknown", "unknown"),
        ("infertile", "unknown", "unknown"),  # tested all the same
    ],
)
def test_who_cannot_be_pregnant_is_not_asked(fertility: str, pregnant: str, lactating: str) -> None:
    """No pregnancy follows from the fertility, and none is ever taken for granted."""
    profile = FERTILITY.format(fertility)

    for fact in ("pregnancy.pregnant", "pregnancy.planned"):
        assert says(fact, profile).split(",")[0] == pregnant
    assert says("pregnancy.lactating", profile).split(",")[0] == lactating


# Not done


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ('infection.igra = "not done"', "yes"),
        ('infection.igra = "negative"', "no"),
        ('infection.igra = "indeterminate"', "no"),
        ('infection.igra = "unknown"', "unknown, not_recorded: infection.igra"),
        ("", "unknown, not_recorded: infection.igra"),
        (
            'infection.igra = [{ value = "positive", date = 2024-01-01 }, '
            '{ value = "not done", date = 2025-05-01 }]',
            "no",
        ),
        (  # of 180 days ago and more, a negative test says nothing any more
            'infection.igra = [{ value = "negative", date = 2024-01-01 }, '
            '{ value = "not done", date = 2025-05-01 }]',
            "yes",
        ),
    ],
)
def test_what_was_not_done(profile: str, said: str) -> None:
    """The newest entry says so, unless an older result still speaks; a result says no, and where
    nobody knows it is open.
    """
    assert says("infection.igra is not done", profile) == said


@pytest.mark.parametrize(
    ("titre", "treponemal", "said"),
    [
        ("<1:1", "negative", "no"),
        ("<1:1", "positive", "yes"),
        ("1:4", "negative", "yes"),
        ("not done", "negative", "no"),
        ("not done", "positive", "yes"),
        ("<1:1", "not done", "no"),
        ("not done", "not done", "unknown"),
        ("unknown", "negative", "unknown"),
        ("<1:1", "unknown", "unknown"),
    ],
)
def test_a_syphilis_test_of_any_kind(titre: str, treponemal: str, said: str) -> None:
    """One negative test is enough where the other was not done; one positive test always is."""
    profile = f'infection = {{ syphilis_titre = "{titre}", treponemal_test = "{treponemal}" }}'

    assert says("infection.syphilis_test is positive", profile).split(",")[0] == said


# Numbers for words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{ value = "120 IU/mL", upper = "30 IU/mL" }', "yes"),
        ('{ value = "30 IU/mL", upper = "30 IU/mL" }', "no"),  # the limit is normal
        ('{ value = "0.12 IU/uL", upper = "30 IU/mL" }', "yes"),
        ('{ value = "<10 IU/mL", upper = "30 IU/mL" }', "no"),
        ('{ value = "<50 IU/mL", upper = "30 IU/mL" }', "unknown, censored: antibody.anti_dsdna"),
        ('"120 IU/mL"', "unknown, no_limit: antibody.anti_dsdna.upper"),
        ('{ value = "1:20", cutoff = "1:10" }', "yes"),
        ('{ value = "1:10", cutoff = "1:10" }', "yes"),  # from the cut-off on
        ('{ value = "1:5", cutoff = "1:10" }', "no"),
        ('"1.2 S/CO"', "yes"),
        ('"0.4 S/CO"', "no"),
        ("{ value = 12, upper = 10 }", "yes"),
    ],
)
def test_an_antibody_as_a_number(value: str, said: str) -> None:
    """Positive above the laboratory's upper limit, or from its cut-off on."""
    assert says("antibody.anti_dsdna is positive", f"antibody.anti_dsdna = {value}") == said


@pytest.mark.parametrize(
    ("value", "said", "ever"),
    [
        ('"1:320"', "yes", "yes"),  # no laboratory has a higher cut-off
        ('"1:160"', "unknown, no_limit", "yes"),
        ('"1:80"', "unknown, no_limit", "yes"),
        ('"1:40"', "unknown, no_limit", "unknown, not_recorded"),
        ('"1:20"', "no", "unknown, not_recorded"),
        ('{ value = "1:40", cutoff = "1:40" }', "yes", "unknown, not_recorded"),
        ('{ value = "1:40", cutoff = "1:80" }', "no", "unknown, not_recorded"),
        ('{ value = "1:80", cutoff = "1:160" }', "no", "yes"),
        ('{ value = "1:320", cutoff = "1:160" }', "yes", "yes"),
        ('{ value = "1:320", cutoff = "1:640" }', "unknown, censored", "yes"),
        ('{ value = "30 U/mL", upper = "20 U/mL" }', "yes", "yes"),
        ('"positive"', "yes", "yes"),
    ],
)
def test_the_titre_of_antinuclear_antibodies(value: str, said: str, ever: str) -> None:
    """Positive from the laboratory's cut-off on; for the classification from 1:80 on, ever."""
    profile = f"antibody.ana = {value}"

    assert says("antibody.ana is positive", profile).partition(":")[0] == said
    assert says("antibody.ana_ever", profile).partition(":")[0] == ever


@pytest.mark.parametrize(
    ("value", "above", "detected"),
    [
        ('{ value = "<20 IU/mL", limit = "20 IU/mL" }', "no", "unknown, censored"),
        ('{ value = "12 IU/mL", limit = "20 IU/mL" }', "no", "yes"),
        ('{ value = "21 IU/mL", limit = "20 IU/mL" }', "yes", "yes"),
        ('"21 IU/mL"', "unknown, no_limit", "yes"),
        ('"<20 IU/mL"', "unknown, no_limit", "unknown, no_limit"),
        ('"not detected"', "no", "no"),
    ],
)
def test_a_viral_load_as_a_number(value: str, above: str, detected: str) -> None:
    """A number is detected; "<20" with that limit is below it, and may be nothing."""
    profile = f"infection.hbv_dna = {value}"
    found = [
        says(rule, profile).partition(":")[0]
        for rule in (
            "infection.hbv_dna is above limit",
            "infection.hbv_dna is below limit or above limit",
        )
    ]

    assert [above, detected] == found


def test_the_number_is_shown_with_its_limit() -> None:
    """And not the word that it says."""
    profile = 'antibody.anti_dsdna = { value = "120 IU/mL", upper = "30 IU/mL" }'
    (read,) = asked("antibody.anti_dsdna is positive", profile).evidence()

    assert (read.value, read.limit) == ("120 IU/mL", "upper 30 IU/mL")


# Bounds


@pytest.mark.parametrize(
    ("total", "clinical", "doris"),
    [(30, "8 to 30", "26 to 30"), (10, "0 to 10", "6 to 10"), (4, "0 to 4", "0 to 4")],
)
def test_a_total_bounds_its_parts_from_both_sides(total: int, clinical: str, doris: str) -> None:
    """The other items of SLEDAI-2K add at most 22 (4 x 4 in urine, 2 x 2, 2 x 1), and 4."""
    chart = chart_of({"activity": {"sledai_2k": total}})
    found = [
        getattr(chart.newest(f"activity.sledai_2k_{part}"), "text", "")
        for part in ("clinical", "doris")
    ]

    assert [clinical, doris] == found


@pytest.mark.parametrize(("systolic", "said"), [("24 mmHg", "no"), ("70 mmHg", "unknown")])
def test_a_mean_pressure_is_not_above_the_systolic_one(systolic: str, said: str) -> None:
    """So a low systolic pressure says that the mean is low."""
    profile = f'lung.systolic_pap_echo = "{systolic}"'

    assert says("lung.mean_pap_echo > 60 mmHg", profile).split(",")[0] == said


EDSS = "ms = {{ single_relapse = false, edss = [{}] }}"


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((("0", date(2024, 6, 2)), ("1.0", date(2024, 11, 2)), ("1.0", date(2025, 6, 2))), "no"),
        ((("0", date(2024, 6, 2)), ("1.5", date(2024, 11, 2)), ("1.5", date(2025, 5, 2))), "yes"),
        # a rise that is not confirmed yet
        ((("0", date(2024, 6, 2)), ("1.5", date(2025, 5, 2))), "unknown"),
        # a rise that is gone
        ((("2", date(2024, 6, 2)), ("3", date(2024, 9, 2)), ("2", date(2025, 5, 2))), "no"),
        ((("2", date(2024, 6, 2)),), "unknown"),
    ],
)
def test_progression_of_the_edss(results: tuple[tuple[str, date], ...], said: str) -> None:
    """A rise of at least 1.5 from 0, of 1.0 from 1.0 on, for 6 months; or none that goes on."""
    told = ", ".join(f"{{ value = {points}, date = {day} }}" for points, day in results)

    assert says("ms.progression", EDSS.format(told)).split(",")[0] == said


# What makes a formula invalid

CLEARANCE = """
person = { age = "40 years", sex = "male", weight = "72 kg" }
lab.creatinine = { value = "2.0 mg/dL", date = 2025-05-30 }
"""  # (140 - 40) x 72 / (72 x 2) = 50 mL/min


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "yes"),
        ("renal.unstable_creatinine = false", "yes"),
        ("renal.unstable_creatinine = true", "unknown"),
        ("renal.acute_decline = true", "unknown"),
        ("renal.on_dialysis = true", "unknown"),
        ("pregnancy.pregnant = true", "unknown"),
        ('renal_replacement = [{ start = 2025-05-01, last_session = "ongoing" }]', "unknown"),
        ("renal_replacement = [{ start = 2025-05-01, last_session = 2025-05-16 }]", "unknown"),
        ("renal_replacement = [{ start = 2025-05-01, last_session = 2025-05-15 }]", "yes"),
        # the creatinine of 30 May was measured between the sessions
        ("renal_replacement = [{ start = 2024-05-01, last_session = 2024-06-01 }]", "yes"),
    ],
)
def test_a_formula_is_valid_unless_it_is_stated_that_it_is_not(more: str, said: str) -> None:
    """Dialysis that goes on, or of the 14 days before the creatinine; not what nobody recorded."""
    rule = "renal.creatinine_clearance >= 50 mL/min"
    profile = CLEARANCE.replace('"male"', '"female"') if "pregnant" in more else CLEARANCE

    assert says(rule, f"{profile}{more}").split(",")[0] == said


# Steps of scores


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ms.edss = 2.3", "2.3 is no value of EDSS; expected one of 0, 1, 1.5"),
        ("ms.edss = 0.5", "Is it 0 or 1?"),
        ("essdai.central_nervous = 1", "expected one of 0, 2, 3. Is it 0 or 2?"),
        ("activity.sledai_2k = 7.5", "expected a multiple of 1. Is it 7 or 8?"),
        ("haq.grip = 1.5", "Is it 1 or 2?"),
        ("score.iim_2017 = 5.55", "expected a multiple of 0.1. Is it 5.5 or 5.6?"),
    ],
)
def test_a_number_that_an_instrument_does_not_have(line: str, words: str) -> None:
    """It is refused, with the numbers next to it."""
    with pytest.raises(InputError) as error:
        profile_toml(line)

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("answered", "others", "index"),
    [
        ([1, 1, 1, 1, 1, 1], "not done", "1"),  # the mean of six
        ([2, 1, 1, 1, 1, 1, 0], "not done", "1"),  # 7 / 7
        ([1, 1, 1, 1, 1], "not done", "0.625 to 1.75"),  # five are too few: (5 to 5 + 9) / 8
        ([1, 1, 1, 1, 1, 1], "unknown", "0.75 to 1.5"),  # may still come: (6 to 12) / 8
        ([1, 1, 1, 1, 1, 1, 1, 1], "", "1"),
    ],
)
def test_the_haq_of_six_or_seven_categories(answered: list[int], others: str, index: str) -> None:
    """Their mean, where the others were not done; a range while they may still be answered."""
    names = ["dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities"]
    given = dict.fromkeys(names, others) | dict(zip(names, answered, strict=False))
    found = chart_of({"haq": given}).newest("activity.haq_di")

    assert getattr(found, "text", "") == index


# Inside one entry

ENTRY = "dates.screening = 2025-06-02\n{}"
COURSE = 'drug = "prednisone", start = 2024-01-01, stop = "ongoing"'


@pytest.mark.parametrize(
    ("rule", "entry", "said"),
    [
        (
            '{ some = "treatment", where = ["unchanged > 2 weeks"] }',
            f'treatment = [{{ {COURSE}, last_change = 2025-05-31, unchanged = "12 months" }}]',
            "unknown, conflict",
        ),
        (
            '{ some = "treatment", where = ["unchanged > 2 weeks"] }',
            f'treatment = [{{ {COURSE}, last_change = 2024-05-20, unchanged = "12 months" }}]',
            "yes",
        ),
        (
            '{ some = "treatment", where = ["prednisone_dose >= 30 mg/day"] }',
            f'treatment = [{{ {COURSE}, dose = "10 mg/day", prednisone_dose = "60 mg/day" }}]',
            "unknown, conflict",
        ),
        (
            '{ some = "malignancy", where = ["disease_free >= 5 years"] }',
            'malignancy = [{ kind = "other", last_active = "ongoing", disease_free = "30 years" }]',
            "unknown, conflict",
        ),
        (
            '{ some = "malignancy", where = ["disease_free >= 5 years"] }',
            "malignancy = "
            '[{ kind = "other", disease_free_since = 2025-05-30, disease_free = "30 years" }]',
            "unknown, conflict",
        ),
        (
            '{ some = "treatment", where = ["stop is ongoing"] }',
            'treatment = [{ drug = "azathioprine", stop = "ongoing", last_dose = 2021-06-01 }]',
            "unknown, conflict",
        ),
        (
            '{ some = "treatment", where = ["stop is ongoing"] }',
            'treatment = [{ drug = "rituximab", stop = "ongoing", last_dose = 2025-01-01 }]',
            "yes",
        ),
    ],
)
def test_an_entry_that_contradicts_itself(rule: str, entry: str, said: str) -> None:
    """What it says twice and differently is unknown, both values shown."""
    found = asked(rule, ENTRY.format(entry), date(2025, 6, 2))

    assert says(rule, ENTRY.format(entry)).partition(":")[0] == said
    if "prednisone_dose" in entry:
        assert "60 mg/day is stated, and 10 mg/day follows" in found.note


# Where it stands


def test_a_result_and_an_entry_may_say_where_they_stand() -> None:
    """The source and a remark are shown with the value."""
    result = 'lab.alt = { value = "22 U/L", source = "labs.csv row 12", note = "haemolysed" }'
    (read,) = asked("lab.alt <= 40 U/L", result).evidence()
    assert (read.source, read.note) == ("labs.csv row 12", "haemolysed")

    entry = 'malignancy = [{ kind = "other", source = "letter of 2020" }]'
    (read,) = asked('{ some = "malignancy", where = ["kind is other"] }', entry).evidence()
    assert "letter of 2020" in read.source


def test_a_derived_value_stands_where_its_inputs_do() -> None:
    """Cockcroft-Gault follows from a weight and a creatinine, each with its source."""
    chart = """
    person.birth_date = 1990-01-01
    person.sex = "female"
    person.weight = { value = "60 kg", date = 2025-06-01, source = "Observation/1" }
    lab.creatinine = { value = "1 mg/dL", date = 2025-06-01, source = "Observation/2" }
    """
    (read,) = asked("renal.creatinine_clearance >= 30 mL/min", chart).evidence()

    assert read.source == "Observation/1, Observation/2"


def test_a_review_may_say_on_what_it_rests() -> None:
    """The source, the remark and who made it are shown with the answer that it decides."""
    chart = """
    [reviewed]
    malignancy = { date = 2025-06-02, source = "problem list", note = "complete", by = "AB" }
    """
    found = asked('{ some = "malignancy" }', chart)
    (read,) = found.evidence()

    assert told(found) == "no"
    assert (read.source, read.note, read.origin) == ("problem list", "complete", "reviewed by AB")
