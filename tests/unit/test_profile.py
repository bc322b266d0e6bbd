"""What a good profile becomes: exact values in each fact's own unit, dates, records, warnings."""

import hashlib
from datetime import date
from fractions import Fraction

import pytest
from support import bundled_pack, profile_toml

from cartscreen.dates import PartialDate
from cartscreen.errors import InputError
from cartscreen.observation import ONGOING, Observation, Value
from cartscreen.profile.model import Given, Profile, question_mark
from cartscreen.profile.read import parse_profile
from cartscreen.units import Interval

EXACT = Interval.exactly
SCREENING = "[dates]\nscreening = 2025-06-02\n"


def one(name: str, written: str) -> Observation:
    """The single observation of a fact that is written as this piece of TOML."""
    (observation,) = profile_toml(f"{name} = {written}").facts[name]
    return observation


def day(year: int, month: int, of_month: int) -> PartialDate:
    return PartialDate.day(date(year, month, of_month))


def between(first: tuple[int, int, int], last: tuple[int, int, int]) -> PartialDate:
    return PartialDate(date(*first), date(*last))


# ---------------------------------------------------------------------- the file


def test_a_profile_of_nothing_but_a_pseudonym_holds_nothing() -> None:
    """A blank profile is a good one."""
    content = b'schema = 1\npatient = "P-0012"\n'
    profile = parse_profile(content, bundled_pack().vocabulary, "p.toml")

    assert profile == Profile("P-0012", sha256=hashlib.sha256(content).hexdigest())
    assert profile.screening is None


@pytest.mark.parametrize(
    ("name", "before", "written", "text"),
    [("lab.inr", "1.00", "1.0", "1.0"), ("lab.inr", "1.0", "1", "1"), ("lab.inr", "1", '"1"', "1")],
)
def test_a_value_is_read_as_if_none_like_it_had_been_read_before(
    name: str, before: str, written: str, text: str
) -> None:
    """What a value says is kept; 1, 1.0 and 1.00 are equal, and stand in reports as written."""
    one(name, before)

    assert one(name, written).text == text


def test_each_patient_is_warned_of_a_value_that_others_have() -> None:
    """What there is to say of a value is said each time, with the place where it stands."""
    dated = "{ value = 16, date = 2025-06-01 }"
    said = "16 is outside what is plausible, 0.5 to 15."

    assert profile_toml("lab.inr = 16").warnings == (f"lab.inr: {said}",)
    assert profile_toml("lab.inr = 16").warnings == (f"lab.inr: {said}",)
    assert profile_toml(f"lab.inr = [{dated}, {dated}]").warnings == (
        f"lab.inr[1]: {said}",
        f"lab.inr[2]: {said}",
    )


def test_the_sha256_is_that_of_the_bytes() -> None:
    """A comment more is another file, though the same patient."""
    profile, other = profile_toml(""), profile_toml("# checked by AB")

    assert profile.sha256 != other.sha256
    assert profile.facts == other.facts


@pytest.mark.parametrize(
    "written",
    [
        'lab.alt = "22 U/L"',
        'lab.alt.value = "22 U/L"',
        '[lab]\nalt = "22 U/L"',
        '[lab]\nalt = { value = "22 U/L" }',
        '[lab]\nalt = ["22 U/L"]',
        '[lab.alt]\nvalue = "22 U/L"',
        '[[lab.alt]]\nvalue = "22 U/L"',
        '[lab]\r\nalt = "22 U/L"\r\n',
        "[lab]\n'alt' = '''22 U/L'''",
    ],
)
def test_toml_has_several_spellings_for_one_thing(written: str) -> None:
    """However TOML writes a table, it is the same fact."""
    assert profile_toml(written).facts == {"lab.alt": (Observation(EXACT(22), "22 U/L"),)}


@pytest.mark.parametrize(
    "comment",
    [
        "# a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p = 1",
        f"# {'9' * 5000}",
        f"# {'[' * 5000}",
        'lab.alt = "22 U/L" # " \' """',
        "autoimmune_disease = [{ name = 'a.b.c.d.e.f.g.h.i.j.k.l.m.n' }]",
        'autoimmune_disease = [{ name = "say \\"a.b.c.d.e.f.g.h.i.j.k.l.m.n" }]',
        'autoimmune_disease = [{ name = """\na.b."".c.d.e.f.g.h.i.j.k.l.m.n.o\n""" }]',
        "autoimmune_disease = [{ name = '''\na.b.''.c.d.e.f.g.h.i.j.k.l.m.n.o\n''' }]",
    ],
)
def test_a_comment_or_a_text_is_no_name_and_no_number(comment: str) -> None:
    """The bounds on names and numbers do not hold for what is not one."""
    assert profile_toml(comment).patient == "test"


@pytest.mark.parametrize("patient", ["P-0012", "名-1", "x" * 40, "[red]", "P 1 b"])
def test_the_pseudonym_is_kept_as_it_is_written(patient: str) -> None:
    """A pseudonym is any text of at most 40 characters, with single blanks inside it."""
    content = f"schema = 1\npatient = '{patient}'".encode()

    assert parse_profile(content, bundled_pack().vocabulary, "p.toml").patient == patient


# ---------------------------------------------------------------------- quantities


@pytest.mark.parametrize(
    ("name", "written", "number"),
    [
        ("lab.alt", '"22 U/L"', "22"),
        ("lab.alt", '" 22  U/L "', "22"),
        ("lab.alt", '"+22 U/L"', "22"),
        ("lab.alt", '"2.2e1 U/L"', "22"),
        ("lab.alt", '"1 ukat/L"', "60"),
        ("lab.neutrophils", '"3200 /uL"', "3.2"),
        ("lab.neutrophils", '"3.2 K/uL"', "3.2"),
        ("lab.neutrophils", '"3.2 \\u00d710\\u2079/L"', "3.2"),
        ("lab.hemoglobin", '"6.0 g/dL"', "60"),
        ("lab.creatinine", '"88.4 umol/L"', "88.4 * 113.12 / 10000"),
        ("lab.bilirubin", '"1.1 mg/dL"', "1.1 * 10000 / 584.66"),
        ("heart.lvef", '"55%"', "55"),
        ("heart.lvef", '"55 %"', "55"),
        ("person.weight", '"100 lb"', "45.359237"),
        ("lab.inr", "1.1", "1.1"),
        ("lab.inr", '"1.1"', "1.1"),
        ("lab.inr", "1.10000000000000000001", "1.10000000000000000001"),
        ("lab.inr", "1_0.5e-1", "1.05"),
        ("lab.inr", f"1.{'0' * 58}", "1"),
        ("activity.ecog", "0", "0"),
        ("activity.ecog", "0.0", "0"),
        ("infection.syphilis_titre", '"1:8"', "8"),
        ("infection.syphilis_titre", '"1 : 8"', "8"),
    ],
)
def test_a_quantity_is_exact_and_in_the_unit_of_its_fact(
    name: str, written: str, number: str
) -> None:
    """No float comes between the text and the number, and 0 is a number."""
    expected = Fraction(1)
    for factor in number.split(" * "):
        above, _, below = factor.partition(" / ")
        expected *= Fraction(above) / Fraction(below or 1)

    assert (one(name, written).value, one(name, written).unit) == (EXACT(expected), "")


@pytest.mark.parametrize(
    ("written", "interval"),
    [
        ("<0.1 10^9/L", Interval(None, Fraction(1, 10), high_open=True)),
        ("< 100 /uL", Interval(None, Fraction(1, 10), high_open=True)),
        ("<=0.1 10^9/L", Interval(None, Fraction(1, 10))),
        ("<=0 10^9/L", Interval(None, Fraction(0))),
        (">50 10^9/L", Interval(Fraction(50), None, low_open=True)),
        (">= 50 10^9/L", Interval(Fraction(50), None)),
    ],
)
def test_a_censored_value_is_every_number_that_it_may_be(written: str, interval: Interval) -> None:
    """It lies below or above a limit of detection, with or without the limit itself."""
    assert one("lab.neutrophils", f'"{written}"').value == interval


def test_a_titre_may_be_censored() -> None:
    """A non-reactive titre is below 1:1."""
    expected = Interval(None, Fraction(1), high_open=True)

    assert one("infection.syphilis_titre", '"<1:1"').value == expected


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("1.5 ULN", EXACT(Fraction(3, 2)), "ULN"),
        ("0.9 LLN", EXACT(Fraction(9, 10)), "LLN"),
        ("<2 ULN", Interval(None, Fraction(2), high_open=True), "ULN"),
        ("> 3 ULN", Interval(Fraction(3), None, low_open=True), "ULN"),
    ],
)
def test_a_multiple_of_a_limit_stays_one(written: str, value: Value, unit: str) -> None:
    """A multiple of a limit is not a number in the unit of the fact."""
    observation = one("lab.alt", f'"{written}"')

    assert (observation.value, observation.unit, observation.text) == (value, unit, written)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"3200  /uL "', "3200 /uL"),
        ('"3200\\n/uL"', "3200 /uL"),
        ('{ value = "3.20 10^9/L" }', "3.20 10^9/L"),
    ],
)
def test_the_text_is_what_was_written_on_one_line(written: str, text: str) -> None:
    """A report shows the unit and the decimals that the profile has."""
    assert one("lab.neutrophils", written).text == text


def test_a_result_has_limits_and_a_date_of_its_own() -> None:
    """Limits come in any unit, are kept in that of the fact, and shown as they were written."""
    written = (
        '{ value = "0.9 mg/dL", upper = "113.12 umol/L", lower = "5 mg/L", date = 2025-05-30 }'
    )

    assert one("lab.creatinine", written) == Observation(
        EXACT(Fraction(9, 10)),
        "0.9 mg/dL",
        day(2025, 5, 30),
        upper=Fraction("113.12") ** 2 / 10000,
        lower=Fraction(1, 2),
        limits="ULN 113.12 umol/L, LLN 5 mg/L",
    )


@pytest.mark.parametrize(
    ("name", "written", "upper", "lower"),
    [
        ("lab.inr", "{ value = 1.1, upper = 1.2, lower = 1 }", Fraction(6, 5), 1),
        ("lab.alt", '{ value = "22 U/L", lower = "0 U/L", upper = "40 U/L" }', 40, None),
        ("lab.alt", '{ value = "22 U/L", upper = "unknown" }', None, None),
        ("lab.alt", '{ value = "22 U/L", upper = "40 U/L", lower = "not done" }', 40, None),
        ("lab.alt", '{ value = "22 U/L", upper = "40 U/L", lower = "40 U/L" }', 40, 40),
        ("heart.lvef", '{ value = "55 %", lower = "50 %" }', None, 50),
    ],
)
def test_a_limit_may_be_absent(
    name: str, written: str, upper: Fraction | None, lower: Fraction | None
) -> None:
    """A limit that is unknown, or a lower one of 0, is none."""
    assert (one(name, written).upper, one(name, written).lower) == (upper, lower)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("person.age", '"0 years"'),
        ("person.age", '"130 years"'),
        ("heart.lvef", '{ value = "<100 %" }'),
        ("lab.hemoglobin", '"<1000 g/L"'),
    ],
)
def test_the_ends_of_the_bounds_lie_inside(name: str, written: str) -> None:
    """A value is refused only if no number that it may be lies inside."""
    assert one(name, written).value is not None


@pytest.mark.parametrize(
    ("name", "written", "warning"),
    [
        (
            "heart.lvef",
            '"0.45 %"',
            "'0.45 %' is outside what is plausible, 5 to 90 %. Is it 45 %?",
        ),
        (
            "person.weight",
            '{ value = "9.99 kg" }',
            "'9.99 kg' is outside what is plausible, 10 to 200 kg. Is the unit right?",
        ),
        (
            "lab.neutrophils",
            '"<0.001 10^9/L"',
            "'<0.001 10^9/L' is outside what is plausible, 0.01 to 60 10^9/L. Is the unit right?",
        ),
        # neither the unit nor the number is taken for another: the warning asks
        (
            "renal.protein_24h",
            '"1.2 mg/24h"',
            "'1.2 mg/24h' is outside what is plausible, 0.01 to 30 g/day. Is it 1.2 g/day?",
        ),
        (
            "renal.protein_creatinine_ratio",
            '"2.1 mg/g"',
            "'2.1 mg/g' is outside what is plausible, 0.01 to 20 g/g. "
            "Is it 2.1 g/g or 2.1 mg/mmol?",
        ),
        (
            "lab.neutrophils_percent",
            '"0.72 %"',
            "'0.72 %' is outside what is plausible, 1 to 99 %. Is it 72 %?",
        ),
        (
            "lab.hemoglobin",
            '"14 g/L"',
            "'14 g/L' is outside what is plausible, 20 to 220 g/L. Is it 14 g/dL?",
        ),
        (
            "lab.platelets",
            '"250 /uL"',
            "'250 /uL' is outside what is plausible, 1 to 1500 10^9/L. Is it 250 10^9/L?",
        ),
        ("lab.inr", "16", "16 is outside what is plausible, 0.5 to 15."),
    ],
)
def test_an_implausible_value_is_used_with_a_warning(name: str, written: str, warning: str) -> None:
    """0.45 % is never read as 45 %."""
    profile = profile_toml(f"{name} = {written}")

    assert profile.warnings == (f"{name}: {warning}",)
    assert name in profile.facts


@pytest.mark.parametrize(
    ("name", "written", "warning"),
    [
        # 1.1 umol/L of creatinine are 0.012 mg/dL
        ("lab.creatinine", '{ value = "0.9 mg/dL", upper = "1.1 umol/L" }',
         "lab.creatinine.upper: '1.1 umol/L' is outside what is plausible, 0.1 to 25 mg/dL. "
         "Is it 1.1 mg/dL or 1.1 mg/L?"),
        ("lab.hemoglobin", '{ value = "140 g/L", lower = "12 g/L" }',
         "lab.hemoglobin.lower: '12 g/L' is outside what is plausible, 20 to 220 g/L. "
         "Is it 12 g/dL or 12 mmol/L?"),
        ("lab.alt", '{ value = "20 U/L", lower = "0 U/L", upper = "40 U/L" }', ""),  # 0 is none
    ],
)  # fmt: skip
def test_a_limit_of_normal_is_held_against_what_is_plausible(
    name: str, written: str, warning: str
) -> None:
    """It is one that a result may be; another is used with a warning, as a value is."""
    assert profile_toml(f"{name} = {written}").warnings == ((warning,) if warning else ())


def test_a_limit_of_normal_that_nobody_can_have_is_refused() -> None:
    """120 g/dL are 1200 g/L of haemoglobin."""
    with pytest.raises(InputError, match=r"hemoglobin\.lower: '120 g/dL' is out of range"):
        profile_toml('lab.hemoglobin = { value = "14 g/dL", lower = "120 g/dL" }')


@pytest.mark.parametrize("written", ['"5 %"', '"90 %"', '"<50 %"', '">90 %"', '"unknown"'])
def test_a_plausible_value_has_no_warning(written: str) -> None:
    """The ends of what is plausible lie inside."""
    assert profile_toml(f"heart.lvef = {written}").warnings == ()


# ---------------------------------------------------------------------- findings, words, dates


@pytest.mark.parametrize(
    ("name", "written", "value", "text"),
    [
        ("diagnosis.sle", "true", True, "yes"),
        ("diagnosis.sle", "false", False, "no"),
        ("person.sex", '"female"', "female", "female"),
        ("infection.hbv_dna", '"below limit"', "below limit", "below limit"),
        ("pregnancy.test", '{ value = "negative" }', "negative", "negative"),
    ],
)
def test_a_finding_is_yes_or_no_or_one_of_its_words(
    name: str, written: str, value: Value, text: str
) -> None:
    """A finding keeps its word; yes and no are booleans."""
    assert one(name, written) == Observation(value, text)


@pytest.mark.parametrize("word", ["unknown", "not done", "indeterminate"])
@pytest.mark.parametrize(
    "name", ["lab.alt", "person.sex", "diagnosis.sle", "person.birth_date", "dates.infusion"]
)
def test_unknown_may_stand_for_any_value(name: str, word: str) -> None:
    """The word is kept, and there is no value."""
    assert one(name, f'"{word}"') == Observation(None, word)


def test_unknown_may_stand_for_any_field_of_a_record() -> None:
    """A drug that is "unknown" gives no warning of a drug that is not recognised."""
    profile = profile_toml(
        'treatment = [{ drug = "unknown", dose = "not done", start = "unknown", stop = "unknown" }]'
    )

    assert [found.value for found in profile.records["treatment"][0].fields.values()] == [None] * 4
    assert profile.warnings == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-05-30", day(2025, 5, 30)),
        ('"2025-05-30"', day(2025, 5, 30)),
        ('"2025-05"', between((2025, 5, 1), (2025, 5, 31))),
        ('"2024-02"', between((2024, 2, 1), (2024, 2, 29))),
        ('"2025"', between((2025, 1, 1), (2025, 12, 31))),
        ("2025-05-30T23:59:59", day(2025, 5, 30)),
        ("2025-05-30 23:59:59", day(2025, 5, 30)),
        ("2025-05-30T23:59:59-11:00", day(2025, 5, 30)),
        ("2025-05-30T00:00:01+14:00", day(2025, 5, 30)),
        ("2025-05-30T02:00:00Z", day(2025, 5, 30)),
        ("1900-01-01", day(1900, 1, 1)),
    ],
)
def test_a_date_is_the_days_that_it_may_be(written: str, expected: PartialDate) -> None:
    """A date-time with an offset keeps the date of the place that wrote it."""
    assert one("person.birth_date", written).value == expected
    assert one("lab.alt", f'{{ value = "22 U/L", date = {written} }}').date == expected
    assert profile_toml(f"reviewed.treatment = {written}").reviewed == {"treatment": expected}


def test_a_date_that_is_unknown_is_none() -> None:
    """The date of a result, and of a review, may be said to be unknown."""
    assert one("lab.alt", '{ value = "22 U/L", date = "unknown" }').date is None
    assert profile_toml('reviewed.treatment = "not done"').reviewed == {}


def test_a_finding_may_have_a_date() -> None:
    """A finding has the date on which it was made."""
    written = '{ value = "negative", date = "2025-05" }'

    assert one("pregnancy.test", written).date == between((2025, 5, 1), (2025, 5, 31))


# ---------------------------------------------------------------------- series and status


def test_a_series_keeps_its_order() -> None:
    """Each result keeps its date and its place; the loader does not sort."""
    profile = profile_toml(
        """
        [[lab.creatinine]]
        value = "0.9 mg/dL"
        date  = 2025-05-30
        [[lab.creatinine]]
        value = "1.4 mg/dL"
        date  = 2025-04-02
        [[lab.creatinine]]
        value = "not done"
        date  = "2025-03"
        """
    )

    assert [(o.text, str(o.date)) for o in profile.facts["lab.creatinine"]] == [
        ("0.9 mg/dL", "2025-05-30"),
        ("1.4 mg/dL", "2025-04-02"),
        ("not done", "2025-03"),
    ]


def test_a_finding_may_be_a_series() -> None:
    """A test that is repeated has a result for each time."""
    profile = profile_toml(
        'pregnancy.test = [{ value = "negative", date = 2025-05-30 }, '
        '{ value = "positive", date = 2024-05-30 }]'
    )

    assert [o.value for o in profile.facts["pregnancy.test"]] == ["negative", "positive"]


def test_a_preliminary_result_is_used_with_a_warning() -> None:
    """It counts, and the report says that it may change."""
    profile = profile_toml('lab.alt = { value = "22 U/L", status = "preliminary" }')

    assert profile.facts["lab.alt"] == (Observation(EXACT(22), "22 U/L", preliminary=True),)
    assert profile.warnings == ("lab.alt: a preliminary result is used.",)


def test_a_final_result_is_nothing_special() -> None:
    """ "final" is what a result is that says nothing."""
    assert one("lab.alt", '{ value = "22 U/L", status = "final" }') == one("lab.alt", '"22 U/L"')


def test_a_result_entered_in_error_is_left_out_and_listed() -> None:
    """Its value may be absurd and its date missing: that may be the error."""
    profile = profile_toml(
        """
        [lab]
        alt = { value = "22", status = "entered-in-error" }
        ast = [
          { value = "9e9 U/L", status = "entered-in-error" },
          { value = "30 U/L", date = 2025-05-30 },
        ]
        """
    )

    assert profile.facts == {
        "lab.ast": (Observation(EXACT(30), "30 U/L", day(2025, 5, 30)),),
    }
    assert profile.warnings == (
        "lab.alt: a result marked entered-in-error was left out.",
        "lab.ast[1]: a result marked entered-in-error was left out.",
    )


# ---------------------------------------------------------------------- records and drugs


def test_a_record_has_its_fields_in_their_own_units() -> None:
    """Entries are numbered from 1, in their order."""
    profile = profile_toml(
        """
        [[treatment]]
        drug = "prednisone"
        dose = "0.06 g/day"
        route = "oral"
        start = 2023-11-01
        stop = "ongoing"
        lasted = "8 months"
        effective_dose = true

        [[treatment]]
        drug = "MMF"
        start = "2023"
        stop = "2023"

        [[vaccine]]
        name = "measles"
        """
    )

    first, second = profile.records["treatment"]
    assert (first.number, dict(first.fields)) == (
        1,
        {
            "drug": Observation("prednisone", "prednisone"),
            "dose": Observation(EXACT(60), "0.06 g/day"),
            "route": Observation("oral", "oral"),
            "start": Observation(day(2023, 11, 1), "2023-11-01"),
            "stop": Observation(ONGOING, "ongoing"),
            "lasted": Observation(EXACT(8), "8 months", unit="months"),
            "effective_dose": Observation(True, "yes"),
        },
    )
    assert (second.number, second.fields["drug"].value) == (2, "mycophenolate")
    assert str(second.fields["stop"].value) == "2023"
    assert profile.records["vaccine"][0].fields["name"].value == "measles"


def test_a_dose_without_bounds_may_be_any_number_from_0() -> None:
    """A fact that declares no bounds takes what is not below 0."""
    profile = profile_toml('treatment = [{ prednisone_dose = "0 mg/day" }]')

    assert profile.records["treatment"][0].fields["prednisone_dose"].value == EXACT(0)


@pytest.mark.parametrize(
    ("written", "length", "unit"),
    [
        ("8 months", EXACT(8), "months"),
        ("10 days", EXACT(10), "days"),
        ("2 wk", EXACT(2), "weeks"),
        (">1 year", Interval(Fraction(1), None, low_open=True), "years"),
        ("0 days", EXACT(0), "days"),
    ],
)
def test_a_duration_keeps_its_unit(written: str, length: Interval, unit: str) -> None:
    """Months and days do not convert."""
    profile = profile_toml(f'treatment = [{{ lasted = "{written}" }}]')
    lasted = profile.records["treatment"][0].fields["lasted"]

    assert (lasted.value, lasted.unit) == (length, unit)


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("mycophenolate", "mycophenolate"),  # its name
        ("Mycophenolate", "mycophenolate"),  # in any case
        ("mycophenolic acid", "mycophenolate"),  # a synonym
        ("MMF", "mycophenolate"),  # an abbreviation
        ("Plaquenil", "hydroxychloroquine"),  # a brand
        (" solu-medrol ", "methylprednisolone"),  # a brand in small letters
        ("mycophenolate   mofetil", "mycophenolate"),  # odd spaces
        ("tasocitinib", "tofacitinib"),  # an old name
    ],
)
def test_a_drug_is_known_by_each_of_its_names(written: str, drug: str) -> None:
    """The text stays what was written; the value is the active ingredient."""
    profile = profile_toml(f'treatment = [{{ drug = "{written}" }}]')

    assert profile.records["treatment"][0].fields["drug"] == Observation(drug, written)
    assert profile.warnings == ()


BY_CLASS = " If only its class is known, give `class` ({}) in place of the drug."


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("prednison", " Did you mean 'prednisone'?"),
        ("rituximb", " Did you mean 'rituximab'?"),
        ("Oral glucocorticoids", BY_CLASS.format("glucocorticoid")),
        ("a calcineurin inhibitor", BY_CLASS.format("calcineurin inhibitor")),
        ("biologic or antimalarial", ""),
        ("other drug", ""),
        ("qqqq", ""),
        ("predni\\u202esone", " Did you mean 'prednisone'?"),
    ],
)
def test_a_drug_that_is_not_recognised_is_kept_with_a_warning(written: str, hint: str) -> None:
    """No drug is guessed: there is no value, and a suggestion at most."""
    profile = profile_toml(f'treatment = [{{ drug = "{written}" }}]')
    (warning,) = profile.warnings

    assert profile.records["treatment"][0].fields["drug"].value is None
    assert warning == (
        f"treatment[1].drug: '{written}' is not a drug of the vocabulary; "
        f"what depends on it stays unknown.{hint}"
    )


def test_an_entry_may_end_on_the_day_of_its_start() -> None:
    """Only an end that certainly lies before the start is refused."""
    profile = profile_toml(
        'treatment = [{ start = 2024-01-31, stop = 2024-01-31, last_dose = "2024-01" }]'
    )

    assert set(profile.records["treatment"][0].fields) == {"start", "stop", "last_dose"}


# ---------------------------------------------------------------------- reviewed, answers, visits


def test_reviewed_lists_have_the_day_of_the_review() -> None:
    """A list is closed as of a date."""
    profile = profile_toml('[reviewed]\ntreatment = 2025-06-02\nmalignancy = "2025-06"')

    assert profile.reviewed == {
        "treatment": day(2025, 6, 2),
        "malignancy": between((2025, 6, 1), (2025, 6, 30)),
    }


def test_answers_stand_by_trial_and_criterion() -> None:
    """True, false or the label of a reading; what is unknown is no answer."""
    profile = profile_toml(
        """
        [answers.rd06-04-sle]
        "I11.a" = true
        E4 = false
        E5 = "unknown"
        E6 = "not done"
        [answers.another]
        I1 = "strict"
        """
    )

    assert profile.answers == {
        "rd06-04-sle": {"I11.a": Given(True), "E4": Given(False)},
        "another": {"I1": Given("strict")},
    }


def test_an_answer_may_say_to_which_question_by_whom_and_when() -> None:
    """A table in place of the plain answer; all but `answer` may be left out."""
    profile = profile_toml(
        """
        [answers.example]
        E1 = { answer = true, question = "3f9c2a", by = "AB", date = 2025-05-30 }
        I1 = { answer = "strict", date = "2025-05" }
        E2 = { answer = "unknown", by = "AB" }
        """
    )

    assert profile.answers["example"] == {
        "E1": Given(True, "3f9c2a", "AB", PartialDate.parse(date(2025, 5, 30))),
        "I1": Given("strict", date=PartialDate.parse("2025-05")),
    }


def test_the_mark_of_a_question_is_of_its_words() -> None:
    """The first six letters of the sha256 of its words, whatever stands between them."""
    words = hashlib.sha256(b"Has the person consented?").hexdigest()

    assert question_mark("Has the  person\nconsented?") == words[:6]
    assert question_mark("Has the person consented ?") != words[:6]


@pytest.mark.parametrize(
    "visits",
    [
        "enrollment = 2025-06-02",  # on the day of screening
        'enrollment = "2025-06"',  # perhaps after it
        'enrollment = "2025"',
        "consent = 2025-05-01",  # consent comes before
        "consent = 2025-07-01",  # or after
        "infusion = 2025-08-01",
        'infusion = "unknown"',
    ],
)
def test_visits_lie_on_or_after_screening(visits: str) -> None:
    """All but consent; and only a visit that certainly lies before is refused."""
    profile = profile_toml(SCREENING + visits)

    assert profile.screening == day(2025, 6, 2)
    assert len(profile.facts) == 2


def test_a_screening_date_that_is_unknown_is_none() -> None:
    """The command line then says on which date the patient is judged."""
    assert profile_toml('dates.screening = "unknown"').screening is None


@pytest.mark.parametrize(
    ("screening", "birth"),
    [
        ("2025-06-02", "2025-06-02"),  # born on the day
        ("2025-06-02", '"2025"'),  # perhaps before it
        ("2030-01-01", "1900-01-01"),  # 130 years old on the day
        ("2030-06-01", '"1900"'),  # perhaps 129
    ],
)
def test_a_birth_date_may_give_any_age_from_0_to_130(screening: str, birth: str) -> None:
    """Both ends included, and an imprecise date wherever one of its days will do."""
    profile = profile_toml(f"dates.screening = {screening}\nperson.birth_date = {birth}")

    assert "person.birth_date" in profile.facts


def test_warnings_come_in_the_order_of_the_file() -> None:
    """Each names its field."""
    profile = profile_toml(
        """
        [heart]
        lvef = "0.45 %"
        [[treatment]]
        drug = "qqqq"
        dose = "20 g/day"
        [lab]
        alt = { value = "22 U/L", status = "preliminary" }
        """
    )

    assert [warning.partition(": ")[0] for warning in profile.warnings] == [
        "heart.lvef",
        "treatment[1].drug",
        "treatment[1].dose",
        "lab.alt",
    ]


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("8.7 mmol/L", "140.19615", "140.19615"),  # by the chain of 16114.5 g/mol
        ("3.5 mmol/L", "56.40075", "56.40075"),
        # a severe anaemia by the chain, or a healthy person by the molecule of 64458 g/mol
        ("2.2 mmol/L", "35.4519", "141.8076"),
        ("2200 umol/L", "35.4519", "141.8076"),
        ("14 g/dL", "140", "140"),
        ("20 g/L", "20", "20"),
    ],
)
def test_little_haemoglobin_in_moles_may_be_of_the_whole_molecule(
    written: str, low: str, high: str
) -> None:
    """Below 3.5 mmol/L both masses are held possible, with a warning; grams are never in doubt."""
    profile = profile_toml(f'lab.hemoglobin = "{written}"')
    (found,) = profile.facts["lab.hemoglobin"]

    assert found.value == Interval(Fraction(low), Fraction(high))
    assert (len(profile.warnings) == 1) is (low != high)


def test_a_limit_on_moles_of_the_molecule_is_open() -> None:
    """ "<4 mmol/L" is below 258 g/L if it counts the molecule: it says nothing of 70 g/L."""
    (found,) = profile_toml('lab.hemoglobin = "<4 mmol/L"').facts["lab.hemoglobin"]

    assert found.value == Interval(None, Fraction("257.832"), high_open=True)


@pytest.mark.parametrize(
    ("name", "written", "number"),
    [
        ("lab.platelets", "15.2 x10^4/uL", "152"),  # as a Japanese laboratory prints them
        ("renal.protein_24h", "850 mg/24hr", "0.85"),
        ("renal.protein_creatinine_ratio", "850 mg/gCr", "0.85"),
        ("renal.protein_creatinine_ratio", "85 mg/mmol", "0.751414"),  # 85 / 113.12
        ("lab.creatinine", "0.80000000000000004441 mg/dL", "0.80000000000000004441"),
    ],
)
def test_results_as_laboratories_print_them(name: str, written: str, number: str) -> None:
    """The unit is converted exactly, whatever its spelling."""
    (found,) = profile_toml(f'{name} = "{written}"').facts[name]

    assert isinstance(found.value, Interval)
    assert found.value.low is not None
    assert abs(found.value.low - Fraction(number)) < Fraction(1, 10**6)
    assert name != "lab.creatinine" or found.value.low == Fraction(number)


def test_a_thousands_separator_is_no_decimal_point() -> None:
    """Three counts with a point for thousands are three faults, each with the fix."""
    with pytest.raises(InputError) as refused:
        profile_toml(
            'lab.white_cells = "2.650 /uL"\nlab.platelets = "152.000 /uL"\n'
            'lab.neutrophils = "1.450 /uL"\nlab.lymphocytes = "890 /uL"'
        )

    assert len(refused.value.faults) == 3
    assert all("A point for thousands is left out" in fault for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (
            "infusion = 2025-07-01\nlymphodepletion = 2025-07-02",
            "dates.infusion: 2025-07-01 lies before dates.lymphodepletion, 2025-07-02",
        ),
        (
            'infusion = 2025-07-01\nleukapheresis = "2025-08"',
            "dates.infusion: 2025-07-01 lies before dates.leukapheresis, 2025-08",
        ),
        (
            "infusion = 2025-07-01\nvisit = 2025-06-30",
            "dates.visit: 2025-06-30 lies before dates.infusion, 2025-07-01",
        ),
        ("lymphodepletion = 2025-07-01\ninfusion = 2025-07-01", ""),
        ('lymphodepletion = "2025-07"\ninfusion = 2025-07-01', ""),
    ],
)
def test_a_visit_before_the_one_that_goes_before_it_is_told(dates: str, told: str) -> None:
    """One of the two is wrong; which, only the chart can say."""
    warnings = profile_toml(f"[dates]\nscreening = 2025-06-02\n{dates}").warnings

    assert warnings == ((f"{told}; one of them is wrong.",) if told else ())
