"""Every way for a profile to be wrong: what the person reads, and that nothing else happens."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from draws import DRAWS
from fuzz.targets import TOKENS, VALID
from hypothesis import example, given, settings
from hypothesis import strategies as st
from program import PATIENCE
from support import bundled_pack

from cartscreen.dates import PartialDate
from cartscreen.errors import InputError, Problem
from cartscreen.profile.model import Profile
from cartscreen.profile.read import MAX_BYTES, parse_profile
from cartscreen.units import Interval, parse_quantity, unit_named

# Line 3 holds what no message about another field may print.
HEAD = b"""schema = 1
patient = "canary-1"
autoimmune_disease = [{ name = "canary-2", systemic_treatment = false }]
"""


def faults(content: str | bytes) -> tuple[str, ...]:
    """The faults of a profile: TOML below HEAD, or the bytes of a whole file."""
    whole = content if isinstance(content, bytes) else HEAD + content.encode()
    with pytest.raises(InputError) as raised:
        parse_profile(whole, bundled_pack().vocabulary, "p.toml")
    return raised.value.faults


# ---------------------------------------------------------------------- one fault, one message

NAMES = [
    ("unknown key at the top", 'patien = "x"', "patien is not a section", "'patient'"),
    ("key in another case", 'Patient = "x"', "Patient is not a section", "'patient'"),
    ("unknown section", '[labb]\nalt = "22 U/L"', "labb is not a section", "'lab'"),
    ("fact without its section", 'sex = "male"', "sex is not a section", "'person.sex'"),
    ("option of a command", "screening_date = 2025-01-01", "screening_date", "'dates.screening'"),
    ("unlike any section", "[zzzz]", "zzzz is not a section", "`cartscreen facts`"),
    (
        "dose and every",
        '[[treatment]]\ndose_per_kg = "0.7 mg/kg/day"\nevery = "2 days"',
        "treatment[1].dose_per_kg: '0.7 mg/kg/day' says how often",
        '"0.7 mg/kg"',
    ),
    (
        "step before the start",
        '[[treatment]]\nstart = 2026-05-01\nsteps = [{ dose = "5 mg/day", from = 2026-01-01 }]',
        "treatment[1].steps[1].from: 2026-01-01 lies before the start, 2026-05-01",
    ),
    ("unknown list", "[[treatmnt]]", "treatmnt is not a section", "'treatment'"),
    ("unknown fact", '[lab]\naltt = "22 U/L"', "lab.altt is not a fact", "'alt'"),
    ("misspelt fact", "[activity]\necogg = 1", "activity.ecogg is not a fact", "'ecog'"),
    ("fact in another case", '[lab]\nALT = "22 U/L"', "lab.ALT is not a fact", "'alt'"),
    ("fact of another section", '[lab]\nhbsag = "x"', "lab.hbsag", "'infection.hbsag'"),
    ("fact's name elsewhere", '[person]\nalt = "22 U/L"', "person.alt", "mean 'lab.alt'?"),
    ("unlike any fact", "[lab]\nqqqqqq = 1", "lab.qqqqqq is not a fact", "`cartscreen facts`"),
    ("part of a fact", "[lab]\nqqqqqq.value = 1", "lab.qqqqqq is not a fact"),
    ("name in quotes", '[lab]\n"it\'s" = 1', 'lab."it\'s" is not a fact'),
    ("unknown field", '[[treatment]]\ndrugg = "x"', "treatment[1] has no field drugg", "'drug'"),
    ("unlike any field", "[[transplant]]\nqqq = 1", "has no field qqq", "facts transplant`"),
    (
        "limit by its abbreviation",
        '[lab]\nalt = { value = "22 U/L", uln = "40 U/L" }',
        "line 5, lab.alt has no key uln",
        "'upper'",
    ),
    (
        "unit apart from the number",
        '[lab]\nalt = { value = 22, unit = "U/L" }',
        "lab.alt has no key unit",
        'The unit stands with the number, "22 U/L" say.',
    ),
    (
        "limit apart from the result",
        '[lab]\nalt = "22 U/L"\nalt_uln = "40 U/L"',
        "line 6, lab.alt_uln is not a fact",
        "alt = { value = ..., upper = ... }",
    ),
    (
        "date apart from the finding",
        "[diagnosis]\nsle = true\nsle_date = 2020-01-01",
        "line 6, diagnosis.sle_date is not a fact",
        "sle = { value = ..., date = ... }",
    ),
    (
        "unit apart from the result",
        '[lab]\nalt = "22 U/L"\nalt_unit = "U/L"',
        "lab.alt_unit is not a fact",
        "The unit stands with the number",
    ),
    (
        "limit of a finding apart from it",
        "[diagnosis]\nsle = true\nsle_upper = 3",
        "diagnosis.sle_upper is not a fact",
    ),
    (
        "unknown key of a result",
        '[lab]\nalt = { value = "22 U/L", uper = "40 U/L" }',
        "lab.alt has no key uper",
        "'upper'",
    ),
    (
        "limit of a finding",
        "[diagnosis]\nsle = { value = true, upper = 3 }",
        "diagnosis.sle has no key upper",
        "It takes value, date, status, source, note.",
    ),
    (
        "unknown list reviewed",
        "[reviewed]\ntreatments = 2025-06-02",
        "reviewed.treatments is not a list of entries",
        "'treatment'",
    ),
    (
        "a fact reviewed",
        "[reviewed]\nqqqq = 2025-06-02",
        "reviewed.qqqq is not a list of entries",
        "The lists are treatment, malignancy,",
    ),
    ("empty name", '[lab]\n"" = 1', "lab.'' is not a fact"),
    ("long name", f"[lab]\n{'x' * 61} = 1", f"lab.'{'x' * 55}...' is not a fact"),
    ("control character in a name", '[lab]\n"\\u001b[31m" = 1', "lab.'\\x1b[31m' is not"),
    ("bidi in a section", '["la\\u202eb"]', "'la\\u202eb' is not a section", "'lab'"),
    ("NUL in a list", '[reviewed]\n"\\u0000" = 1', "reviewed.'\\x00' is not a list"),
    ("control character in a trial", '[answers."\\u009b"]\nI1 = 1', "answers.'\\x9b'.I1: 1 is"),
]

QUANTITIES = [
    ("no unit", '[lab]\nalt = "22"', "lab.alt: '22' has no unit", "U/L or ukat/L, say."),
    ("bare number", "[lab]\nalt = 22", "lab.alt: 22 has no unit", "U/L or ukat/L, say."),
    ("bare decimal", "[lab]\nalt = 22.50", "22.50 has no unit", "U/L or ukat/L, say."),
    ("censored without unit", '[lab]\nalt = "<5"', "'<5' has no unit", "U/L or ukat/L, say."),
    ("tiny without unit", '[lab]\nalt = "1e-9"', "'1e-9' has no unit", ": U/L, say."),
    ("score where a unit is due", '[lab]\nalt = "22 points"', "has no unit", "U/L or ukat/L"),
    ("age without unit", "[person]\nage = 31", "person.age: 31 has no unit", ": years, say."),
    (
        "unit of another kind",
        '[lab]\nalt = "22 mg/dL"',
        "lab.alt: the value is in 'mg/dL'",
        "'U/L' or a unit that converts to it",
    ),
    ("unit of a score", '[lab]\ninr = "1.1 g/L"', "in 'g/L'", "expected a number without a unit"),
    ("unknown unit", '[person]\nweight = "60 stone"', "the unit 'stone' is not known", "kg"),
    ("misspelt unit", '[lab]\nalt = "22 U/LL"', "'U/LL' is not known", "'LL' is not understood"),
    ("megagram", '[lab]\ncreatinine = "1 Mg/dL"', "'Mg/dL' is not known", "'mg/dL'"),
    ("dose without time", '[[treatment]]\ndose = "60 mg"', "does not say how often", '"60 mg/day"'),
    ("unknown unit of a score", '[lab]\ninr = "1 x"', "'x' is not known", "without a unit"),
    ("unknown unit of a titre", '[infection]\nsyphilis_titre = "1 x"', "'x'", '"1:8" say'),
    ("a power as a unit", '[lab]\nalt = "3 10**10**10"', "the unit '10**10**10' is not known"),
    ("kelvin", '[lab]\nalt = "22 K"', "the unit 'K' is not known", "U/L"),
    ("long unit", f'[lab]\nalt = "1 {"x" * 90}"', f"the unit '{'x' * 55}...' is not known"),
    ("ULN in small letters", '[lab]\nalt = "2 uln"', "the unit 'uln' is not known", "'ULN'"),
    ("times ULN", '[lab]\nalt = "2 x ULN"', "the unit 'x ULN' is not known", "'ULN'"),
    ("ULN of a weight", '[person]\nweight = "2 ULN"', "'2 ULN' does not fit", '"1.5 kg"'),
    ("ULN of a score", '[activity]\necog = "2 ULN"', "'2 ULN' does not fit", "write a number"),
    ("ULN of a titre", '[infection]\nsyphilis_titre = "2 ULN"', "does not fit", '"1:8"'),
    ("ULN of a dose", '[[treatment]]\ndose = "2 ULN"', "'2 ULN' does not fit", '"1.5 mg/day"'),
    ("negative ULN", '[lab]\nalt = "-2 ULN"', "lab.alt: '-2 ULN' is below 0"),
    ("decimal comma", '[lab]\nalt = "1,5 U/L"', "'1,5 U/L' is not a value", "a decimal point"),
    ("German number", '[lab]\nalt = "1.500,0 U/L"', "'1.500,0 U/L'", "no thousands separator"),
    ("English thousands", '[lab]\nalt = "1,500 U/L"', "'1,500 U/L'", "no thousands separator"),
    ("many digits", f'[lab]\nalt = "{"1" * 16} U/L"', "is not a value", "more than 15 digits"),
    ("two numbers", '[lab]\nalt = "1 2 U/L"', "the unit '2 U/L' is not known"),
    ("a range", '[lab]\nalt = "20-30 U/L"', "'20-30 U/L' is not a value", '"1.5 U/L"'),
    ("typographic sign", '[lab]\nalt = "≤5 U/L"', "'≤5 U/L' is not a value", '"<="'),
    ("other digits", '[lab]\nalt = "٣ U/L"', "'٣ U/L' is not a value"),
    ("a word", '[lab]\nalt = "high"', "'high' is not a value", '"1.5 U/L" or "<1.5 U/L"'),
    ("unknown in capitals", '[lab]\nalt = "Unknown"', "'Unknown' is not a value"),
    ("empty text", '[lab]\nalt = ""', "lab.alt: '' is not a value"),
    ("blank text", '[lab]\nalt = "  "', "lab.alt: '  ' is not a value"),
    ("nan", "[lab]\nalt = nan", "lab.alt: NaN is not a number", '"1.5 U/L"'),
    (
        "nan of a finding",
        "[antibody]\nana = nan",
        "antibody.ana: NaN is not a value",
        "write the number and its unit alone",
    ),
    ("inf of a limit", "[antibody]\nana = { value = 90, upper = inf }", "Infinity is not a value"),
    ("nan of a score", "[lab]\ninr = nan", "lab.inr: NaN is not a number", "1.5 say"),
    ("inf", "[lab]\ninr = inf", "lab.inr: Infinity is not a number"),
    ("-inf", "[lab]\ninr = -inf", "lab.inr: -Infinity is not a number"),
    ("nan as text", '[lab]\nalt = "nan U/L"', "lab.alt: 'nan U/L' is not a value"),
    ("inf as text", '[lab]\nalt = "inf"', "lab.alt: 'inf' is not a value"),
    ("1e16", "[lab]\ninr = 1e16", "lab.inr: 1e16 is beyond any value in medicine"),
    ("1e15", "[lab]\ninr = 1e15", "lab.inr: 1E+15 is out of range", "0 to 50."),
    ("1e999", "[lab]\ninr = 1e999", "lab.inr: 1e999 is beyond any value in medicine"),
    ("9e999999", "[lab]\ninr = 9e999999", "lab.inr: 9e999999 is beyond"),
    ("-9e999999", "[lab]\nalt = -9e999999", "lab.alt: -9e999999 is beyond"),
    ("1e-999999", "[lab]\ninr = 1e-999999", "lab.inr: 1e-999999 is beyond"),
    ("19 digits of exponent", "[lab]\ninr = 1e9999999999999999999", "lab.inr", "is beyond"),
    ("large exponent as text", '[lab]\ninr = "1e999"', "lab.inr: '1e999' is not a value"),
    ("large integer", f"[lab]\ninr = {10**15 + 1}", "1000000000000001 is beyond"),
    ("large hex", "[lab]\ninr = 0xffffffffffffffff", "18446744073709551615 is beyond"),
    ("many decimals", f"[lab]\ninr = 1.{'0' * 90}1", f"lab.inr: 1.{'0' * 55}... is beyond"),
    ("true", "[lab]\nalt = true", "lab.alt: true is not a value", "write a number"),
    ("true as a score", "[activity]\necog = true", "activity.ecog: true is not a value"),
    ("a date", "[lab]\nalt = 2025-01-01", "lab.alt: 2025-01-01 is not a value"),
    ("a time", "[lab]\nalt = 12:00:00", "lab.alt: 12:00:00 is not a value"),
    ("a list in a list", '[lab]\nalt = [["22 U/L"]]', "lab.alt[1]: a list is not a value"),
    ("a table in a table", "[lab]\nalt.value.value = 1", "lab.alt: a table is not a value"),
    ("NUL", '[lab]\nalt = "22\\u0000U/L"', "'22\\x00U/L'", "a character that does not show"),
    ("bidi", '[lab]\nalt = "22 \u202eU/L"', "the unit '\\u202eU/L' is not known"),
    ("escape in a unit", '[lab]\nalt = "22 \\u001b[31m"', "the unit '\\x1b[31m' is not known"),
    ("number as a titre", "[infection]\nsyphilis_titre = 8", "8 is not a titre", '"1:8"'),
    ("titre of 0", '[infection]\nsyphilis_titre = "1:0"', "'1:0' is not a value", '"1:8"'),
    ("titre where a unit is due", '[lab]\nalt = "1:8"', "lab.alt: the value is in 'titre'", "U/L"),
    ("negative", '[lab]\nalt = "-3 U/L"', "'-3 U/L' is out of range", "0 to 100000 U/L"),
    ("negative count", '[lab]\nneutrophils = "-1 10^9/L"', "out of range", "0 to 200 10^9/L"),
    ("below nothing", '[lab]\nneutrophils = "<0 10^9/L"', "'<0 10^9/L' is out of range"),
    ("negative score", "[activity]\necog = -1", "activity.ecog: -1 is out of range", "0 to 5."),
    ("too high", '[person]\nweight = "600 kg"', "'600 kg' is out of range", "Is the unit right?"),
    ("too high in another unit", '[lab]\nhemoglobin = "41 g/dL"', "'41 g/dL'", "0 to 400 g/L"),
    ("above what can be", '[heart]\nlvef = ">100 %"', "'>100 %' is out of range"),
    ("above 130 years", '[person]\nage = "131 years"', "'131 years' is out of range"),
    (
        "negative where no bounds are declared",
        '[[treatment]]\nprednisone_dose = "-1 mg/day"',
        "treatment[1].prednisone_dose: '-1 mg/day' is below 0",
    ),
]

LIMITS = [
    ("no unit", 'upper = "40"', "lab.alt.upper: '40' has no unit", '"40 U/L"'),
    ("bare number", "lower = 4", "lab.alt.lower: 4 has no unit", '"4 U/L"'),
    ("of another kind", 'upper = "40 mg/dL"', "lab.alt.upper: the value is in 'mg/dL'", "'U/L'"),
    ("in ULN", 'upper = "2 ULN"', "lab.alt.upper: the value is in 'ULN'", "'U/L'"),
    ("0", 'upper = "0 U/L"', "lab.alt.upper: '0 U/L' is not above 0"),
    ("negative", 'upper = "-1 U/L"', "lab.alt.upper: '-1 U/L' is not one number above 0"),
    ("negative lower", 'lower = "-1 U/L"', "lab.alt.lower: '-1 U/L' is not one number above 0"),
    ("both in one", 'upper = "9-50"', "'9-50' is two limits", 'upper = "50", each with its unit.'),
    ("both with unit", 'upper = "(9 to 50 IU/L)"', 'lower = "9 IU/L" and upper = "50 IU/L".'),
    ("typographic", 'upper = "≤40 U/L"', "is a limit with a sign", '"40 U/L"'),
    (
        "censored",
        'upper = "<40 U/L"',
        "lab.alt.upper: '<40 U/L' is a limit with a sign",
        '"40 U/L"',
    ),
    ("true", "upper = true", "lab.alt.upper: true is not a value", "write a number"),
    ("nan", "upper = nan", "lab.alt.upper: NaN is not a number"),
    ("9e999999", "lower = 9e999999", "lab.alt.lower: 9e999999 is beyond"),
    ("a list", 'upper = ["40 U/L"]', "lab.alt.upper: a list is not a value"),
    (
        "below the lower one",
        'upper = "10 U/L", lower = "40 U/L"',
        "lab.alt.lower: '40 U/L' is above the upper limit, '10 U/L'",
    ),
    ("status", 'status = "corrected"', "lab.alt.status: 'corrected' is not a status", '"final"'),
    ("status as a list", 'status = ["final"]', "lab.alt.status: a list is not a status"),
    ("date", 'date = "yesterday"', "lab.alt.date: 'yesterday' is not a date", "2025-03-01"),
    ("date as a number", "date = 20250601", "lab.alt.date: 20250601 is not a date"),
    ("date as a time", "date = 12:00:00", "lab.alt.date: 12:00:00 is not a date"),
    ("month 13", 'date = "2025-13"', "lab.alt.date: '2025-13' is not a day of the calendar"),
    ("before 1900", "date = 1899-12-31", "lab.alt.date: the year 1899 lies before 1900"),
]

OTHERS = [
    ("yes as a finding", '[diagnosis]\nsle = "yes"', "'yes' is not a finding", "without quotes"),
    ("true in quotes", '[diagnosis]\nsle = "true"', "'true' is not a finding", "without quotes"),
    (
        "1 as a finding",
        "[diagnosis]\nsle = 1",
        "diagnosis.sle: 1 is not a finding",
        "true or false",
    ),
    ("a date as a finding", "[diagnosis]\nsle = 2025-01-01", "2025-01-01 is not a finding"),
    (
        "an abbreviation",
        '[infection]\nhbsag = "NEG"',
        "'not done', 'indeterminate'",
        "mean 'negative'?",
    ),
    ("a sign", '[infection]\nhbsag = "(-)"', "Did you mean 'negative'?"),
    ("Chinese", '[infection]\nhbsag = "阴性"', "Did you mean 'negative'?"),
    ("two meanings", '[infection]\nhbsag = "ND"', "Did you mean 'negative' or 'not done'?"),
    ("not seen", '[infection]\ncmv_dna = "not detected"', "Did you mean 'negative'?"),
    ("a word of PCR", '[infection]\nhcv_rna = "Target not detected"', "mean 'not detected'?"),
    ("NR", '[infection]\nhiv = "NR"', "Did you mean 'negative' or 'unknown'?"),
    ("no oxygen", '[lung]\noxygen = "room air"', "Did you mean 'none'?"),
    ("to come", '[infection]\nhbsag = "pending"', "Did you mean 'unknown'?"),
    ("sex in short", '[person]\nsex = "F"', "Did you mean 'female'?"),
    ("route in short", '[[treatment]]\nroute = "iv"', "Did you mean 'intravenous'?"),
    ("by mouth", '[[treatment]]\nroute = "PO"', "Did you mean 'oral'?"),
    ("yes", '[diagnosis]\nsle = "Y"', "'Y' is not a finding; write true, without quotes"),
    ("not available", '[diagnosis]\nsle = "N/A"', 'is not a finding; write "unknown"'),
    ("a number to come", '[lab]\nalt = "pending"', 'write "unknown".'),
    ("no number", '[lab]\nalt = "ND"', 'write "not done" or', "the limit of detection"),
    ("what may be written", '[lab]\nalt = "high"', '"unknown" or "not done"'),
    ("a fraction", "[heart]\nlvef = 0.72", 'write the number in per cent, with "%".'),
    ("in no unit", "[lab]\nalt = 2000000", "2000000 has no unit; write it with", ": U/L, say."),
    ("a titre and more", '[antibody]\nana = "1:1280 speckled"', "alone", "'negative', 'positive'."),
    ("a test and its result", '[pregnancy]\ntest = "beta-hCG <2"', "number and its unit alone"),
    ("a titre in words", '[infection]\nsyphilis_titre = "negative"', '"1:8" or "<1:1" say'),
    ("out of range by its unit", '[lab]\ncreatinine = "80 mg/dL"', "Is it 80 mg/L or 80 umol/L?"),
    ("another word", '[infection]\nhbsag = "neg"', "'neg' is none of 'negative', 'positive'"),
    ("misspelt word", '[person]\nsex = "femal"', "person.sex: 'femal' is none", "'female'?"),
    ("word in another case", '[person]\nsex = "Male"', "'Male' is none of", "mean 'male'?"),
    ("number as a word", "[person]\nsex = 1", "person.sex: 1 is none of 'female', 'male'"),
    ("true as a word", "[person]\nsex = true", "person.sex: true is none of"),
    ("not a date", '[person]\nbirth_date = "15/01/1993"', "'15/01/1993' is not a date", '"2025"'),
    ("0 as a date", "[person]\nbirth_date = 0", "person.birth_date: 0 is not a date"),
    ("true as a date", "[person]\nbirth_date = true", "person.birth_date: true is not a date"),
    ("30 February", '[person]\nbirth_date = "1993-02-30"', "is not a day of the calendar"),
    ("a list of dates", "[person]\nbirth_date = [1993-01-15]", "person.birth_date is a list"),
    ("a list of latest events", "[ms]\nrelapse = [true, false]", "ms.relapse is a list", "latest"),
    ("an empty list of dates", "[person]\nbirth_date = []", "person.birth_date is a list"),
    ("ongoing where it cannot be", '[[treatment]]\nstart = "ongoing"', "treatment[1].start"),
    ("a word for a date", '[[treatment]]\nstop = "now"', "'now' is not a date", '"ongoing"'),
    ("no value", "[lab]\nalt = { date = 2025-01-01 }", "lab.alt is a table without `value`"),
    ("empty table", "[lab]\nalt = {}", "lab.alt is a table without `value`"),
    ("empty list", "[lab]\nalt = []", "lab.alt is an empty list", "leave it out"),
    ("section as text", 'lab = "x"', "lab is not a table", "[lab]"),
    ("section as a list", '[[lab]]\nalt = "22 U/L"', "lab is not a table", "[lab]"),
    (
        "series without dates",
        '[lab]\nalt = ["22 U/L", "23 U/L"]',
        "lab.alt has several results, and one without a date",
        "add date = ...",
    ),
    (
        "series with one undated result",
        '[lab]\nalt = [{ value = "22 U/L", date = 2025-01-01 }, { value = "23 U/L" }]',
        "lab.alt has several results, and one without a date",
    ),
    (
        "series with an unknown date",
        '[lab]\nalt = [{ value = "1 U/L", date = "unknown" }, { value = "2 U/L", date = "2025" }]',
        "lab.alt has several results, and one without a date",
    ),
    (
        "fault in a series",
        '[lab]\nalt = [{ value = "1 U/L", date = 2025-01-01 }, { value = "x", date = 2025-01-02 }]',
        "lab.alt[2]: 'x' is not a value",
    ),
    (
        "fault in a date of a series",
        '[lab]\nalt = [{ value = "1 U/L", date = 2025-01-01 }, { value = "2 U/L", date = "May" }]',
        "lab.alt[2].date: 'May' is not a date",
    ),
    ("list as text", 'treatment = "x"', "treatment is not a list of entries", "[[treatment]]"),
    ("list as a table", "[treatment]", "treatment is not a list of entries", "[[treatment]]"),
    ("list of numbers", "treatment = [1]", "treatment is not a list of entries"),
    ("empty list of entries", "treatment = []", "treatment is an empty list", "[reviewed]"),
    ("empty entry", "[[treatment]]", "treatment[1] is empty"),
    ("drug as a number", "[[treatment]]\ndrug = 5", "treatment[1].drug: 5 is not text"),
    ("empty drug", '[[treatment]]\ndrug = " "', "treatment[1].drug is empty"),
    ("long drug", f'[[treatment]]\ndrug = "{"x" * 201}"', "drug is longer than 200 characters"),
    ("field as a list", '[[treatment]]\ndrug = ["x"]', "treatment[1].drug is a list", "plain"),
    ("field as a table", "[[treatment]]\ndose.value = 1", "treatment[1].dose is a table", "plain"),
    ("text as a number", "[[vaccine]]\nname = 5", "vaccine[1].name: 5 is not text in quotes"),
    ("empty text", '[[vaccine]]\nname = ""', "vaccine[1].name is empty"),
    ("time as a number", "[[treatment]]\nlasted = 8", "8 is not a time", '"8 months"'),
    ("time without unit", '[[treatment]]\nlasted = "8"', "'8' is not in days, weeks, months"),
    ("time in hours", '[[treatment]]\nlasted = "8 hours"', "'8 hours' is not in days, weeks"),
    (
        "time in mg",
        '[[treatment]]\nlasted = "8 mg"',
        "'8 mg' is not in days, weeks, months or years",
    ),
    ("negative time", '[[treatment]]\nlasted = "-8 months"', "'-8 months' is below 0"),
    (
        "stop before start",
        "[[treatment]]\nstart = 2024-01-01\nstop = 2023-12-31",
        "treatment[1].stop: 2023-12-31 lies before the start, 2024-01-01",
    ),
    (
        "last dose before start",
        '[[treatment]]\nstart = "2024-02"\nlast_dose = "2024-01"',
        "treatment[1].last_dose: 2024-01 lies before the start, 2024-02",
    ),
    ("reviewed as true", "reviewed = true", "reviewed is not a table", "[reviewed]"),
    ("reviewed as a list", "[[reviewed]]", "reviewed is not a table", "[reviewed]"),
    (
        "review without its date",
        "reviewed.gvhd = { by = 'AB' }",
        "a table without `date`",
        "date =",
    ),
    (
        "review with another key",
        "reviewed.gvhd = { date = 2025-06-02, on = 1 }",
        "has no key on",
        "It takes date, source",
    ),
    ("list reviewed as true", "[reviewed]\ntreatment = true", "reviewed.treatment: true is not a"),
    ("answers as true", "answers = true", "answers is not a table", "[answers.<trial>]"),
    ("answers without trial", "[answers]\nI1 = true", "answers.I1 is not a table of a trial"),
    ("answer as a number", "[answers.x]\nI1 = 1", "answers.x.I1: 1 is not true, false or"),
    ("answer without quotes", "[answers.x]\nI1.a = true", "answers.x.I1 is a table", '"I11.a"'),
    ("answer with another key", "[answers.x]\nI1 = { answer = true, who = 'AB' }", "no key who"),
    (
        "answer to no question",
        "[answers.x]\nI1 = { answer = true, question = 'Any?' }",
        "answers.x.I1: question = 'Any?' is not the mark of a question",
        "leave it out",
    ),
    (
        "label to a question",
        "[answers.x]\nI1 = { answer = 'strict', question = '3f9c2a' }",
        "answers.x.I1: question is for true and false",
    ),
    (
        "answer on no day",
        "[answers.x]\nI1 = { answer = true, date = 'May' }",
        "answers.x.I1: 'May'",
    ),
    ("answer by nobody", "[answers.x]\nI1 = { answer = true, by = '' }", "answers.x.I1 is empty"),
    ("empty answer", '[answers.x]\nI1 = ""', "answers.x.I1 is empty"),
    ("long answer", f'[answers.x]\nI1 = "{"x" * 201}"', "answers.x.I1 is longer than 200"),
    ("long trial", f"[answers.{'x' * 201}]", "answers.'xxx", "is longer than 200 characters"),
    ("long criterion", f"[answers.x]\n{'I' * 201} = true", "answers.x.'III", "is longer than 200"),
]

DATES = [
    ("part of a date", 'screening = "2025-06"', "dates.screening: 2025-06 is not a full date"),
    (
        "visit before screening",
        "screening = 2025-06-02\nenrollment = 2025-06-01",
        "dates.enrollment: 2025-06-01 lies before the screening date, 2025-06-02",
    ),
    (
        "visit in a month before",
        'screening = 2025-06-02\ninfusion = "2025-05"',
        "dates.infusion: 2025-05 lies before the screening date, 2025-06-02",
    ),
    (
        "birth after screening",
        "screening = 2025-06-02\n[person]\nbirth_date = 2025-06-03",
        "person.birth_date: 2025-06-03 lies after the screening date, 2025-06-02",
    ),
    (
        "above 130 years",
        "screening = 2030-01-02\n[person]\nbirth_date = 1900-01-01",
        "person.birth_date: 1900-01-01 lies more than 130 years before the screening date",
    ),
    (
        "far above 130 years",
        "screening = 2025-06-02\n[person]\nbirth_date = 1890-01-01",
        "person.birth_date: the year 1890 lies before 1900",
    ),
]

TOML = [
    ("name twice", '[lab]\nalt = "1 U/L"\nalt = "2 U/L"', "line 6 (alt)", "twice; keep one"),
    ("name twice in braces", "[lab]\nalt = { value = 1, value = 2 }", "line 5 (alt)", "twice"),
    ("fact twice", '[lab]\nalt.value = "1 U/L"\nalt = "2 U/L"', "line 6 (alt)", "twice"),
    ("table twice", '[lab]\nalt = "1 U/L"\n[lab]\nast = "1 U/L"', "line 6 (lab)", "twice; join"),
    ("list and table", "[[treatment]]\n[treatment]", "line 5 (treatment)", "twice"),
    ("list after the list", "autoimmune_disease = []", "line 4 (autoimmune_disease)", "twice"),
    ("entry after the list", "[[autoimmune_disease]]", "line 4 (autoimmune_disease)", "twice"),
    ("bare comma", "[lab]\ninr = 1,5", "line 5 (inr)", "write a decimal point"),
    ("bare comma, no blanks", "[lab]\ninr=1,500", "line 5 (inr)", "no thousands separator"),
    ("no quotes", "[lab]\nalt = 22 U/L", "line 5 (alt)", "stand in quotes"),
    ("bare word", "[person]\nsex = female", "line 5 (sex)", "stand in quotes"),
    ("True", "[diagnosis]\nsle = True", "line 5 (sle)", "yes and no are written true and false"),
    ("no digit before the point", "[lab]\ninr = .5", "line 5 (inr)", "cannot be read"),
    ("01", "[lab]\ninr = 01", "line 5 (inr)", "something follows the value"),
    ("no value", "[lab]\nalt =", "line 5 (alt)", "a value is missing"),
    ("no equals sign", "[lab]\nalt", "line 5", "not followed by `=`"),
    ("no quotation mark", '[lab]\nalt = "22 U/L\nast = 1', "line 5 (alt)", "quotation mark"),
    ("no quotation mark at the end", '[lab]\nalt = "22 U/L', "line 5 (alt)", "quotation mark"),
    ("no third quotation mark", '[lab]\nalt = """canary\nMiller', "line 6 is", "quotation mark"),
    ("no bracket", "[lab\nalt = 1", "line 4", "a `]` is missing"),
    ("no brackets", "[[treatment]\n", "line 4", "a `]` is missing"),
    ("no end of a list", '[lab]\nalt = ["22 U/L"', "line 5 (alt)", "a `]` or a comma"),
    ("no end of a table", '[lab]\nalt = { value = "22 U/L"', "line 5 (alt)", "a `}` or a comma"),
    ("braces on two lines", "[lab]\nalt = { value = 1,\n}", "line 5 (alt)", "on one line"),
    ("30 February", "[dates]\nscreening = 2025-02-30", "line 5 (screening)", "in the calendar"),
    ("backslash", '[lab]\nalt = "\\q"', "line 5 (alt)", "a \\ that means nothing"),
    ("half a code", '[lab]\nalt = "\\u00"', "line 5 (alt)", "a \\u that means nothing"),
    ("surrogate", '[lab]\nalt = "\\ud800"', "line 5 (alt)", "a \\u that means nothing"),
    ("control character", '[lab]\nalt = "\x1b"', "line 5 (alt)", "a control character"),
    ("control character in a comment", "#\x07", "line 4", "a control character"),
    ("lone carriage return", "[lab]\ralt = 1", "line 4", "is not TOML"),
    ("not TOML", "{}", "line 4", "expected a [section]"),
    ("dotted into a value", "[schema.x]", "line 4 (schema.x)", "twice"),
    ("nested lists", f"[lab]\nalt = {'[' * 1000}{']' * 1000}", "within one another too deeply"),
    ("nested tables", f"[lab]\nalt = {'{a=' * 1000}1{'}' * 1000}", "within one another too deeply"),
    ("9 lists", f"[lab]\nalt = {'[' * 9}{']' * 9}", "within one another too deeply"),
    ("8 lists", f"[lab]\nalt = {'[' * 8}{']' * 8}", "lab.alt[1]: a list is not a value"),
    (
        "deep name",
        f"{'.'.join('abcdefghijk')} = 1",
        "line 4 (a.b.c.d.e.f.g.h.i.j.k) has a name of more than 10",
    ),
    (
        "deep table",
        f"[{'.'.join('abcdefghijk')}]",
        "line 4 (a.b.c.d.e.f.g.h.i.j.k) has a name of more than 10",
    ),
    ("5000 digits", f"[lab]\ninr = {'9' * 5000}", "line 5 (inr) has a number of more than 600"),
    ("600 digits", f"[lab]\ninr = {'9' * 600}", f"lab.inr: {'9' * 57}... is beyond any value"),
]

WHOLE = [
    ("no schema", b'patient = "P"', "schema is missing", "`schema = 1`"),
    ("another schema", b'schema = 2\npatient = "P"', "schema: 2 is not known", "`schema = 1`"),
    ("schema in quotes", b'schema = "1"\npatient = "P"', "schema: '1' is not known"),
    ("schema true", b'schema = true\npatient = "P"', "schema: true is not known"),
    ("schema with a point", b'schema = 1.0\npatient = "P"', "schema: 1.0 is not known"),
    ("schema as a table", b'patient = "P"\n[schema]', "schema: a table is not known"),
    ("no patient", b"schema = 1", "patient is missing", '`patient = "P-0001"`'),
    ("empty patient", b'schema = 1\npatient = ""', "patient is not a pseudonym", '"P-0001"'),
    ("blank patient", b'schema = 1\npatient = " "', "patient is not a pseudonym"),
    ("patient as a number", b"schema = 1\npatient = 12", "patient is not a pseudonym in quotes"),
    ("patient as a table", b"schema = 1\n[patient]", "patient is not a pseudonym in quotes"),
    (
        "long patient",
        b'schema = 1\npatient = "' + b"x" * 41 + b'"',
        "patient is longer than the 40",
        "shorten it",
    ),
    ("blanks at an end of the patient", b'schema = 1\npatient = " P-1"', "write 'P-1'"),
    ("a run of blanks in the patient", b'schema = 1\npatient = "P  1"', "write 'P 1'"),
    ("empty", b"", "the file is empty", "`cartscreen template`"),
    ("blank", b" \r\n\t\n", "the file is empty"),
    ("only a byte order mark", b"\xef\xbb\xbf", "the file is empty"),
    ("UTF-16", HEAD.decode().encode("utf-16"), "the file is UTF-16", "save it as UTF-8"),
    ("UTF-16 without mark", HEAD.decode().encode("utf-16-le"), "line 1 has a NUL", "UTF-8"),
    ("UTF-32", HEAD.decode().encode("utf-32-be"), "line 1 has a NUL", "UTF-8"),
    ("Latin 1", HEAD + b"# Sj\xf6gren", "line 4 is not UTF-8", "save the file as UTF-8"),
    ("half a character", HEAD + "ö".encode()[:1], "line 4 is not UTF-8"),
    ("a surrogate", HEAD + b"# \xed\xa0\x80", "line 4 is not UTF-8"),
    ("NUL", HEAD + b"\0", "line 4 has a NUL character"),
    ("NUL in text", HEAD + b'[lab]\nalt = "\0"', "line 5 has a NUL character"),
    ("JSON", b'{"schema": 1}', "this is JSON, not a profile in TOML", "`cartscreen template`"),
    ("JSON list", b' [ {"schema": 1}]', "this is JSON, not a profile"),
    ("trial", b'[trial]\nid = "x"\n', "this is a trial, not a patient's profile", "--criteria"),
    ("ledger", b'[[patient]]\npatient = "A"\n', "this is the ledger of a study", "escalation"),
    ("report", b'[\n{"schema": "cartscreen-report/1"}\n]', "this is a report", "verify"),
    ("XML", b'<?xml version="1.0"?><Patient/>', "this is XML or HTML, not a profile"),
    ("CSV", b"patient,alt\nP,22\n", "this is a table (CSV), not a profile"),
    ("CSV of another country", b"\xef\xbb\xbfpatient;alt\r\nP;22\r\n", "this is a table (CSV)"),
    ("words", b"Dear colleague,\nthank you\n", "line 1 is not TOML"),
    ("Excel", b"PK\x03\x04\xff\xfe", "this is a spreadsheet or an archive", "template"),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1", "this is a spreadsheet or a document"),
    ("PDF", b"%PDF-1.7\n\xff", "this is a PDF, not a profile"),
    ("over 10 MB", HEAD + b"#" * MAX_BYTES, "larger than 10 MB"),
    (
        "20 001 results",
        HEAD + b"lab.alt = [" + b"1," * 20_000 + b"]\nlab.ast = 1",
        "there are 20001 results",
        "at most 20000",
    ),
    (
        "5 001 entries",
        HEAD + b"treatment = [" + b"{}," * 4_997 + b"{steps = [1, 2]}]",
        "there are 5001 entries of lists and steps",
        "at most 5000",
    ),
]

ROWS = [
    *NAMES,
    *QUANTITIES,
    *((f"limit: {name}", f'[lab]\nalt = {{ value = "22 U/L", {more} }}', *words)
      for name, more, *words in LIMITS),
    *OTHERS,
    *((name, f"[dates]\n{text}", *words) for name, text, *words in DATES),
    *TOML,
    *WHOLE,
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"), [pytest.param(row[1], row[2:], id=row[0]) for row in ROWS]
)
def test_a_fault_is_one_message_that_says_what_to_do(
    content: str | bytes, words: tuple[str, ...]
) -> None:
    """One fault gives one message, of one or two sentences, that can be printed anywhere."""
    (message,) = faults(content)

    assert [word for word in words if word not in message] == []
    assert message.startswith("p.toml: ")
    assert re.search(r"[a-z0-9\"'`\]}/%L][.?]$", message)
    assert len(re.findall(r"[.?] [A-Z`]", message)) < 2
    assert len(message) < 500
    assert message.isprintable()


@pytest.mark.parametrize(
    "content", [row[1] for row in ROWS if isinstance(row[1], str)], ids=str.__len__
)
def test_a_message_shows_nothing_else_of_the_patient_and_nothing_of_python(content: str) -> None:
    """No other field, no object of the program, no exception that a traceback would show first."""
    with pytest.raises(InputError) as raised:
        parse_profile(HEAD + content.encode(), bundled_pack().vocabulary, "p.toml")

    shown = re.findall(
        r"canary|Miller|Decimal|datetime|True|None|Fraction|Error|\{'", str(raised.value)
    )
    assert shown == []
    assert raised.value.exit_code == 3
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize("value", ["x" * 1000, "\u202e" * 1000, "\U000e0001" * 1000, "'\"" * 500])
def test_a_value_is_shown_in_60_characters_at_most(value: str) -> None:
    """However much room its escapes take, the value ends with its quotation mark."""
    (message,) = faults("[person]\nsex = " + json.dumps(value, ensure_ascii=False))
    shown = re.search(r"person\.sex: (.*) is none of", message)

    assert shown is not None
    assert 40 < len(shown[1]) <= 60
    assert shown[1][-4:-1] == "..."
    assert shown[1][0] == shown[1][-1]


PLACEHOLDERS = [
    ("yes", "[diagnosis]\nsle = Yes", "line 5 (sle)", "yes and no are written true and false"),
    ("date", "[person]\nbirth_date = YYYY-MM-DD", "line 5 (birth_date)", "YYYY-MM-DD is the"),
    ("number", '[lab]\nalt = "... U/L"', "line 5, lab.alt", "'... U/L' is the template's"),
    ("titre", '[infection]\nsyphilis_titre = "1:..."', "infection.syphilis_titre", "template's"),
    ("limit", '[lab]\nalt = { value = "22 U/L", upper = "... U/L" }', "lab.alt.upper", "'... U/L'"),
    ("choice", '[person]\nsex = ""', "line 5, person.sex", "'' is none of 'female'"),
    ("finding", "[diagnosis]\nsle =       # true or false", "line 5 (sle)", "a value is missing"),
    ("score", "[activity]\necog = ", "line 5 (ecog)", "a value is missing"),
    ("field", "[[treatment]]\ndrug =       # its name", "line 5 (drug)", "a value is missing"),
    (
        "answer",
        '[answers.cd19-csle]\n"I9" = { answer = , question = "3f9c2a" }',
        "line 5",
        "a value is missing",
    ),
]


@pytest.mark.parametrize(
    ("content", "words"), [pytest.param(row[1], row[2:], id=row[0]) for row in PLACEHOLDERS]
)
def test_no_placeholder_of_the_template_passes_for_a_value(
    content: str, words: tuple[str, ...]
) -> None:
    """A line of the template without its "#", and otherwise as it was, is refused."""
    (message,) = faults(content)

    assert [word for word in words if word not in message] == []


CURLY = {
    "text": "patient = \u201cP-1\u201d",
    "only the end": 'patient = "P-1\u201d',
    "a name": "\u201cI9\u201d = true",
    "German": "patient = \u201eP-1\u201c",
    "French": "patient = \u00abP-1\u00bb",
}


@pytest.mark.parametrize("line", CURLY.values(), ids=CURLY)
def test_curly_quotation_marks_are_named(line: str) -> None:
    """A word processor writes them; TOML has straight ones alone."""
    (message,) = faults(f"schema = 1\n{line}\n".encode())

    assert re.search(r"line 2.* is not TOML: a quotation mark is curly; write a straight", message)


def test_curly_quotation_marks_within_text_are_not_the_fault() -> None:
    """Where they stand between straight ones, or in a comment, something else is wrong."""
    (message,) = faults('[lab]\nalt = "\u201c22\u201d" U/L  # \u201cthis\u201d')

    assert "curly" not in message


@pytest.mark.parametrize(
    "written", ["2026-13-01", "2026-02-32", "2026-2-3", "03.02.2026", "2026-02"]
)
def test_what_is_meant_for_a_date_is_told_how_dates_are_written(written: str) -> None:
    """Without quotes it is no TOML, and not because it stands without quotes alone."""
    (message,) = faults(f"[person]\nbirth_date = {written}\n")

    assert message.endswith(
        "line 5 (birth_date) is not TOML: a date is written 2025-03-01, "
        'or in quotes "2025-03" when the day is not known.'
    )


def test_a_date_that_something_follows_is_not_the_fault() -> None:
    """Nor is a range of numbers."""
    for value in ("2026-02-03 or later", "10-20 mg/day", "2.5 mg/day"):
        (message,) = faults(f"[person]\nweight = {value}\n")

        assert "something follows the value" in message


def test_a_byte_order_mark_is_accepted() -> None:
    """Editors of Windows write it; the profile says the same, and the lines are the same."""
    marked = b"\xef\xbb\xbf" + b'schema = 1\npatient = "P-1"\n[lab]\n'
    profile = parse_profile(marked + b'alt = "22 U/L"\n', bundled_pack().vocabulary, "p.toml")

    assert profile.patient == "P-1"
    assert [*profile.facts] == ["lab.alt"]
    assert faults(marked + b'alt = "22"\n')[0].startswith("p.toml: line 4, lab.alt: '22' has no")


# ---------------------------------------------------------------------- the line of a fault

LAID_OUT = """\
schema = 1
patient = "P-1"
person.weight = "60"          # line 3

[dates]
screening = 2025-06-02

enrollment = 2025-05-02       # line 8: before screening
[lab]
alt = "22 xx"                 # line 10
creatinine = [                # a list over several lines
  { value = "1.1 mg/dL", date = 2025-05-01 },

  { value = "1.2 mg/dL",  date = "May" },   # line 14
]
"ast" = { value = "22 U/L", upper = "-1 U/L" }   # line 16
[ heart . ecg ]               # line 17: no value in it
date = 2025-01-01
[[treatment]]
drug = "prednisone"
[[treatment]]                 # line 21: a dose and steps
dose = "5 mg/day"
steps = [{ dose = "60 mg/day", from = "2025-01" }]
[[treatment]]
steps = [
  { dose = "60 mg/day", from = "2025-01" },
  { dose = "x", from = "2025-02" },         # line 27
]
[[vaccine]]                   # line 29: empty
[answers.cd19-csle]
"I1.a" = 3                    # line 31
"""


def test_a_fault_carries_its_line() -> None:
    """Of a value, an item of a list, an entry, or a table: where it begins."""
    lines = {
        found[2]: int(found[1])
        for fault in faults(LAID_OUT.encode())
        if (found := re.match(r"p\.toml: line (\d+), ([^ ]+?):? ", fault))
    }

    assert lines == {
        "person.weight": 3,
        "dates.enrollment": 8,
        "lab.alt": 10,
        "lab.creatinine[2].date": 14,
        "lab.ast.upper": 16,
        "heart.ecg": 17,
        "treatment[3].steps[2].dose": 27,
        "treatment[2]": 21,
        "vaccine[1]": 29,
        "answers.cd19-csle.'I1.a'": 31,
    }


def test_what_is_not_there_has_no_line() -> None:
    """A key that is missing stands nowhere."""
    assert faults(b"# nothing\n") == (
        "p.toml: schema is missing; write `schema = 1` at the top.",
        'p.toml: patient is missing; write `patient = "P-0001"` at the top, say.',
    )


# ---------------------------------------------------------------------- many faults


def test_all_faults_of_a_file_are_reported_together_in_its_order() -> None:
    """One round of corrections is enough; and this is how the messages read."""
    content = b"""
    patient = "P-1"
    [person]
    birth_date = 2026-01-15
    sex        = "femal"
    weigth     = "60 kg"

    [dates]
    screening  = 2025-06-02
    enrollment = 2025-06-01

    [lab]
    alt        = { value = "22", upper = "40 U/L", date = "May", status = "done" }
    ast        = { value = "22 U/L", upper = 40, uper = 40 }
    creatinine = [{ value = "1,1 mg/dL", date = 2025-05-30 }, { value = true }]
    hemoglobin = "6000 g/dL"

    [diagnosis]
    sle = "yes"

    [[treatment]]
    drug  = 5
    dosis = "60 mg"
    start = 2024-03-01
    stop  = 2023-11-01

    [reviewed]
    treatments = 2025-06-02

    [answers.rd06-04-sle]
    I1 = 1
    """

    assert faults(content) == (
        "p.toml: schema is missing; write `schema = 1` at the top.",
        "p.toml: line 5, person.sex: 'femal' is none of 'female', 'male', 'unknown', 'not done', "
        "'indeterminate'. Did you mean 'female'?",
        "p.toml: line 6, person.weigth is not a fact. Did you mean 'weight'?",
        "p.toml: line 13, lab.alt.status: 'done' is not a status; "
        'write "final", "preliminary", "entered-in-error" or "cancelled", or leave it out.',
        "p.toml: line 13, lab.alt.date: 'May' is not a date; "
        'write 2025-03-01, or in quotes "2025-03" or "2025" when the day is not known.',
        "p.toml: line 13, lab.alt: '22' has no unit; "
        'write "22 U/L" if it is in the unit of the upper limit.',
        "p.toml: line 14, lab.ast has no key uper. Did you mean 'upper'?",
        "p.toml: line 14, lab.ast.upper: 40 has no unit; "
        'write "40 U/L" if it is in the unit of the value.',
        "p.toml: line 15, lab.creatinine[1]: '1,1 mg/dL' is not a value; "
        "write a decimal point and no thousands separator, 1.5 or 1500.",
        "p.toml: line 15, lab.creatinine[2]: true is not a value; "
        'write a number and its unit, "1.5 mg/dL" or "<1.5 mg/dL" say.',
        "p.toml: line 16, lab.hemoglobin: '6000 g/dL' is out of range; "
        "expected 0 to 400 g/L. Is it 6000 mg/dL or 6000 umol/L?",
        "p.toml: line 19, diagnosis.sle: 'yes' is not a finding; write true, without quotes.",
        "p.toml: line 22, treatment[1].drug: 5 is not text in quotes.",
        "p.toml: line 23, treatment[1] has no field dosis. `cartscreen facts treatment` "
        "lists its fields.",
        "p.toml: line 25, treatment[1].stop: 2023-11-01 lies before the start, 2024-03-01.",
        "p.toml: line 28, reviewed.treatments is not a list of entries. Did you mean 'treatment'?",
        "p.toml: line 31, answers.rd06-04-sle.I1: 1 is not true, false or the label of a reading "
        "in quotes.",
        "p.toml: line 10, dates.enrollment: 2025-06-01 lies before the screening date, 2025-06-02.",
        "p.toml: line 4, person.birth_date: 2026-01-15 lies after the screening date, 2025-06-02.",
    )


def test_after_a_hundred_faults_it_is_enough() -> None:
    """A file that is something else altogether does not fill the screen."""
    several = faults("[lab]\n" + "".join(f"qqq{number} = 1\n" for number in range(1000)))

    assert len(several) == 101
    assert "qqq99 " in several[99]
    assert several[-1] == "p.toml: these are the first 100 faults; there may be more."


def test_all_faults_are_there_where_they_are_a_hundred_less_one() -> None:
    """All 99 are listed, and no line says that some were left out."""
    several = faults("[lab]\n" + "".join(f"qqq{number} = 1\n" for number in range(99)))

    assert [f"qqq{number} " in fault for number, fault in enumerate(several)] == [True] * 99


# ---------------------------------------------------------------------- bounds in time and memory

MB = 1_000_000
BOMBS: dict[str, Callable[[], str]] = {
    "hex number": lambda: f"lab.inr = 0x{'f' * MB}",
    "binary limit": lambda: f"lab.alt = {{ value = '1 U/L', upper = 0b{'1' * MB} }}",
    "hex finding": lambda: f"diagnosis.sle = 0x{'f' * MB}",
    "5000 digits": lambda: f"lab.inr = {'9' * 5000}",
    "digits": lambda: f"lab.inr = {'9' * MB}",
    "decimals": lambda: f"lab.inr = 1.{'9' * MB}",
    "exponent": lambda: "lab.inr = 9e999999999999999",
    "limit with an exponent": lambda: "lab.alt = { value = '1 U/L', upper = 9e999999999 }",
    "20 000 long numbers": lambda: f"lab.inr = [{('9' * 99 + ',') * 20_000}]",
    "text": lambda: f"lab.alt = '{'x' * MB}'",
    "text of digits": lambda: f"lab.alt = '{'1' * MB}'",
    "escapes": lambda: 'lab.alt = "' + "\\u202e" * (MB // 6) + '"',
    "unclosed text": lambda: 'lab.alt = "' + "x" * MB,
    "unclosed long text": lambda: 'lab.alt = """' + '\\"""' * (MB // 4),
    "quotation marks": lambda: '"' * MB,
    "name": lambda: f"lab.{'x' * MB} = 1",
    "section": lambda: f"[{'x' * MB}]",
    "drug": lambda: f"treatment = [{{ drug = '{'x' * MB}' }}]",
    "free text": lambda: f"vaccine = [{{ name = '{'x' * MB}' }}]",
    "answer": lambda: f"answers.x.I1 = '{'x' * MB}'",
    "trial": lambda: f"answers.{'x' * MB}.I1 = true",
    "date": lambda: f"person.birth_date = '{'1' * MB}'",
    "1000 lists": lambda: f"lab.alt = {'[' * 1000}{']' * 1000}",
    "50 000 lists": lambda: f"lab.alt = {'[' * 50_000}{']' * 50_000}",
    "100 000 lists": lambda: f"lab.alt = {'[' * 100_000}{']' * 100_000}",
    "100 000 tables": lambda: f"lab.alt = {'{a=' * 100_000}1{'}' * 100_000}",
    "name of 10 000 parts": lambda: ".".join(["a"] * 10_000) + " = 1",
    "table of 10 000 parts": lambda: "[" + " . ".join(["a"] * 10_000) + "]",
    "quoted name of 10 000 parts": lambda: ".".join(['"a\\""'] * 10_000) + " = 1",
    "empty name of 10 000 parts": lambda: ".".join(["''"] * 10_000) + " = 1",
    "names of 9 parts": lambda: "".join(f"k{n}.b.c.d.e.f.g.h.i = 1\n" for n in range(9_000)),
    "50 000 unknown facts": lambda: "[lab]\n" + "".join(f"k{n} = 1\n" for n in range(49_000)),
    "a million values": lambda: f"lab.alt = [{'1,' * MB}]",
    "a million unknown facts": lambda: "[lab]\n" + "".join(f"k{n} = 1\n" for n in range(MB)),
    "a million entries": lambda: "[[treatment]]\n" * (MB // 2),
    "a million lines": lambda: "\n" * MB,
    "5 000 unknown drugs": lambda: "".join(
        f'[[treatment]]\ndrug = "prednisolon{n}"\n'
        for n in range(4_999)  # HEAD has one
    ),
    "10 000 results": lambda: (
        "lab.alt = [" + "{ value = '1 U/L', date = 2025-01-01 }, " * 10_000 + "]"
    ),
    "10 MB comment": lambda: "#" * (MAX_BYTES - len(HEAD)),
    "over 10 MB": lambda: "#" * MAX_BYTES,
}

# Reads the files one after another; says how long each took and how much memory all took at most.
MEASURE = """
import json, resource, sys, time
from cartscreen.errors import InputError
from cartscreen.profile.read import parse_profile
from cartscreen.pack.pack import bundled_pack

vocabulary = bundled_pack().vocabulary
parse_profile(b'schema = 1\\npatient = "P"\\nlab.hemoglobin = "8 g/dL"', vocabulary, "warm up")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
took = {}
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        content = file.read()
    start = time.process_time()
    try:
        parse_profile(content, vocabulary, "p.toml")
    except InputError:
        pass
    took[name] = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"took": took, "peak": peak}))
"""


@pytest.mark.slow
def test_hostile_input_is_answered_in_a_second_and_200_mb(tmp_path: Path) -> None:
    """Measured in a process of its own: seconds of processor time, and resident memory."""
    names = {}
    for number, (name, bomb) in enumerate(BOMBS.items()):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(HEAD + bomb().encode())
        names[str(path)] = name
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *names], capture_output=True, text=True, timeout=PATIENCE
    )

    assert done.stderr == ""
    measured = json.loads(done.stdout)
    slow = {names[path]: seconds for path, seconds in measured["took"].items() if seconds >= 1}
    assert slow == {}
    assert len(measured["took"]) == len(BOMBS)
    assert measured["peak"] * (1 if sys.platform == "darwin" else 1024) < 200 * MB


GOOD_BOMBS = {"5 000 unknown drugs", "10 000 results", "10 MB comment"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(GOOD_BOMBS))
def test_what_is_large_and_in_order_is_read(name: str) -> None:
    """A file of just 10 MB, and one of more results than anybody has, is a profile."""
    content = HEAD + BOMBS[name]().encode()

    assert parse_profile(content, bundled_pack().vocabulary, "p.toml").patient == "canary-1"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in BOMBS if name not in GOOD_BOMBS])
def test_hostile_input_is_refused_in_few_words(name: str) -> None:
    """However large the input, the error fits on a screen."""
    several = faults(BOMBS[name]())

    assert len(several) <= 101
    assert max(len(fault) for fault in several) < 300
    assert all(fault.startswith("p.toml: ") and fault.isprintable() for fault in several)


@pytest.mark.parametrize("text", ["10**10**10", "9" * 10_000, "1 " + "g" * 100_000, "<" * 100_000])
def test_a_value_is_refused_at_once(text: str) -> None:
    """Powers, long numbers and long units are refused before anything is computed."""
    start = time.process_time()
    with pytest.raises(Problem):
        parse_quantity(text)

    assert time.process_time() - start < 0.05


# ---------------------------------------------------------------------- anything at all

FUZZ = settings(max_examples=DRAWS // 5)


def attempt(read: Callable[..., Any], *given: object) -> tuple[Any, str]:
    """(what comes of it, ""), or (None, why it is refused in the way that it should be)."""
    try:
        return read(*given), ""
    except (InputError, Problem) as refused:
        return None, str(refused)


def load(content: bytes) -> Profile | None:
    """The profile in these bytes, or None if it is refused with faults that can be printed."""
    profile, refusal = attempt(parse_profile, content, bundled_pack().vocabulary, "p.toml")
    said = refusal.split("\n")

    assert profile or all(line.startswith("p.toml: ") and line.isprintable() for line in said)
    return profile  # type: ignore[no-any-return]


def test_what_the_mutations_start_from_is_valid() -> None:
    """Else they would be refused for one reason only."""
    profile = load(VALID)

    assert profile is not None
    assert len(profile.facts) == 11


@FUZZ
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe\x00")
@example(b"\0")
@example(b"a." * 10_000)
@example(b"a=" + b"[" * 5000)
@example(b"a=" + b"9" * 5000)
@example(b"a=9e999999999999999999")
@example(b"a=2025-01-01T00:00:00+99:99")
def test_bytes_are_a_profile_or_an_input_error(content: bytes) -> None:
    """Nothing but InputError comes out of the loader, whatever goes in."""
    assert load(content) is None or b"schema" in content


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """VALID with pieces cut out, doubled, or replaced by what may hurt."""
    text = VALID.decode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 5, 10, 40]))
        doubled = text[start:end]
        piece = draw(st.sampled_from(["", doubled * 2, *TOKENS]) | st.text(max_size=5))
        text = text[:start] + piece + text[end:]
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.slow
@FUZZ
@given(mutated())
def test_a_mutated_profile_is_a_profile_or_an_input_error(content: bytes) -> None:
    """Nothing but InputError comes out of the loader, whatever befalls a good profile."""
    profile = load(content)

    assert profile is None or profile.patient


@FUZZ
@given(
    st.lists(st.sampled_from(["lab.alt", "lab.x.y", "person"]) | st.text(max_size=5), max_size=2),
    st.sampled_from(TOKENS) | st.text(max_size=9),
)
def test_a_change_is_made_or_refused(names: list[str], value: str) -> None:
    """Nothing but InputError comes of setting a field, whatever it is set to."""
    changes = [f"{name}={value}" for name in names]
    vocabulary = bundled_pack().vocabulary
    profile, refusal = attempt(parse_profile, VALID, vocabulary, "p.toml", changes)

    assert all(line.isprintable() for line in refusal.split("\n"))
    assert profile or refusal


@st.composite
def with_another_value(draw: st.DrawFn) -> bytes:
    """VALID with one value replaced by another piece of TOML, or by text."""
    lines = VALID.decode().splitlines()
    number = draw(st.sampled_from([n for n, line in enumerate(lines) if " = " in line]))
    name, _, _ = lines[number].partition(" = ")
    toml = st.sampled_from([token for token in TOKENS if len(token) < 1000])
    value = draw(toml | st.text(max_size=20).map(json.dumps) | toml.map(json.dumps))
    lines[number] = f"{name} = {value}"
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@FUZZ
@given(with_another_value())
def test_another_value_is_taken_or_refused(content: bytes) -> None:
    """Nothing but InputError comes out of the loader, whatever value a field has."""
    profile = load(content)

    assert profile is None or profile.patient


pieces = st.lists(
    st.sampled_from([*(token for token in TOKENS if len(token) < 100), "22", " ", "U/L", "mg/dL"])
    | st.text(max_size=3),
    max_size=6,
).map("".join)


@FUZZ
@given(pieces | st.text())
@example("1" * 16)
@example("1e99")
@example("²")
@example("1:0")
@example("٣ g/L")
@example("1\u2028g/L")
def test_any_text_is_a_quantity_or_a_problem(text: str) -> None:
    """A value has a number and a unit of the table; for all else there is Problem."""
    read, refusal = attempt(parse_quantity, text)

    assert refusal.isprintable()
    assert refusal or isinstance(read[0], Interval)
    assert refusal or read[1] == unit_named(read[1])


@FUZZ
@given(pieces | st.text(), st.sampled_from(["", "1", "titre", "g/L"]))
@example("kg" + " " * 58 + "x", "")
@example("g" * 100_000, "g/L")
def test_any_text_is_a_unit_or_a_problem(text: str, wanted: str) -> None:
    """A unit has its canonical name; for all else there is Problem."""
    unit, refusal = attempt(unit_named, text, wanted)

    assert refusal.isprintable()
    assert len(refusal) < 200
    assert refusal or unit == unit_named(unit) == unit_named(text)


@FUZZ
@given(
    pieces
    | st.text()
    | st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}", fullmatch=True)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.dates()
    | st.datetimes(timezones=st.timezones() | st.none())
    | st.times()
)
@example("0000")
@example("2025-02-29")
@example("9999-12")
@example("٢٠٢٥")
def test_anything_is_a_date_or_a_problem(value: object) -> None:
    """A date has a first and a last day; for all else there is Problem."""
    parsed, refusal = attempt(PartialDate.parse, value)

    assert refusal.isprintable()
    assert refusal or date(1900, 1, 1) <= parsed.earliest <= parsed.latest


@pytest.mark.parametrize(
    ("result", "fix"),
    [
        ("creatinine = 80", "write it with the number: mg/dL, mg/L or umol/L, say."),
        ('haptoglobin = "0.3"', "write it with the number: mg/L, g/L, g/dL or mg/dL, say."),
        (
            'creatinine = { value = "90 umol/L", upper = "100" }',
            'write "100 umol/L" if it is in the unit of the value.',
        ),
        (
            'bilirubin = { value = 1.2, lower = "0.1 mg/dL" }',
            'write "1.2 mg/dL" if it is in the unit of the lower limit.',
        ),
        (  # 106 mg/dL is no creatinine, whatever its limit is in
            'creatinine = { value = "1.1 mg/dL", upper = 106 }',
            "write it with the number: mg/dL, mg/L or umol/L, say.",
        ),
        (
            'creatinine = { value = "1.1 ULN", upper = 106 }',
            "write it with the number: mg/dL, mg/L or umol/L, say.",
        ),
    ],
)
def test_the_unit_of_a_number_without_one_is_named_only_where_the_chart_tells_it(
    result: str, fix: str
) -> None:
    """A limit has the unit of its value, and a value that of its limits; else several are listed,
    and the number is not repeated with one of them: with the wrong one it is another number.
    """
    (fault,) = faults(f"[lab]\n{result}")

    assert fault.endswith(f" has no unit; {fix}")
