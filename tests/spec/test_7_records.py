"""7. Records: lists of entries (treatments, malignancies ...), open until they are reviewed."""

import pytest
from support import asked, says

from cartscreen.errors import InputError

REVIEWED = "reviewed.treatment = 2025-06-02\n"
REVIEWED_MALIGNANCY = "reviewed.malignancy = 2025-06-02\n"
RITUXIMAB = '{ some = "treatment", where = ["drug is rituximab"] }'


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ('treatment = [{ drug = "rituximab" }]', "yes"),
        (REVIEWED + 'treatment = [{ drug = "rituximab" }]', "yes"),
        ('treatment = [{ drug = "belimumab" }, { drug = "rituximab" }]', "yes"),
        ('treatment = [{ drug = "belimumab" }]', "unknown, list_not_reviewed: treatment"),
        (REVIEWED + 'treatment = [{ drug = "belimumab" }]', "no"),
        ("", "unknown, list_not_reviewed: treatment"),
        (REVIEWED, "no"),
        ("reviewed.malignancy = 2025-06-02", "unknown, list_not_reviewed: treatment"),
    ],
)
def test_a_list_is_open_until_it_is_reviewed(profile: str, answer: str) -> None:
    """An entry that fits is a YES; that there is none is a NO only where the list is reviewed."""
    assert says(RITUXIMAB, profile) == answer


@pytest.mark.parametrize("nothing", ["treatment = []", "treatment = [{}]"])
def test_an_empty_list_or_entry_does_not_stand_for_none(nothing: str) -> None:
    """That there is nothing is said by [reviewed] alone; an empty list may be a slip."""
    with pytest.raises(InputError, match="treatment"):
        says(RITUXIMAB, nothing)


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ('car_t = [{ target = "CD19" }]', "yes"),
        ("reviewed.car_t = 2025-06-02", "no"),
        ("", "unknown, list_not_reviewed: car_t"),
    ],
)
def test_without_where_any_entry_will_do(profile: str, answer: str) -> None:
    """`{ some = "car_t" }` asks whether there is any entry at all."""
    assert says('{ some = "car_t" }', profile) == answer


WHERE = (
    '{ some = "treatment", where = ["drug is rituximab", "response is inadequate or intolerance"] }'
)


@pytest.mark.parametrize(
    ("entries", "answer"),
    [
        ('{ drug = "rituximab", response = "inadequate" }', "yes"),
        ('{ drug = "rituximab", response = "intolerance" }', "yes"),
        ('{ drug = "rituximab", response = "adequate" }', "no"),
        ('{ drug = "rituximab" }', "unknown, not_recorded: treatment[1].response"),
        (
            '{ drug = "rituximab", response = "unknown" }',
            "unknown, not_recorded: treatment[1].response",
        ),
        # no single entry has both
        (
            '{ drug = "rituximab", response = "adequate" }, '
            '{ drug = "belimumab", response = "inadequate" }',
            "no",
        ),
        (
            '{ drug = "belimumab", response = "inadequate" }, { drug = "rituximab" }',
            "unknown, not_recorded: treatment[2].response",
        ),
        ('{ drug = "rituximab" }, { drug = "rituximab", response = "inadequate" }', "yes"),
        ('{ response = "inadequate" }', "unknown, not_recorded: treatment[1].drug"),
    ],
)
def test_every_condition_holds_of_the_same_entry(entries: str, answer: str) -> None:
    """All of `where` has to be true of one entry; what an entry does not say is UNKNOWN."""
    assert says(WHERE, f"{REVIEWED}treatment = [{entries}]") == answer


def test_an_open_list_is_missing_beside_what_its_entries_lack() -> None:
    """The response of the entry would settle it, and so might an entry that is not listed yet."""
    assert says(WHERE, 'treatment = [{ drug = "rituximab" }]') == (
        "unknown, not_recorded: treatment[1].response, treatment"
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("mycophenolate", "yes"),
        ("MMF", "yes"),  # an abbreviation
        ("mycophenolic acid", "yes"),  # the same active ingredient
        ("CellCept", "yes"),  # a brand
        ("cellcept", "yes"),  # case does not matter
        ("azathioprine", "no"),
        ("Zorkamab", "unknown, not_recorded: treatment[1].drug"),  # not in the vocabulary
    ],
)
def test_a_drug_goes_by_any_of_its_names(name: str, answer: str) -> None:
    """A drug is found by name, abbreviation or brand; one that is not known is not guessed at."""
    rule = '{ some = "treatment", where = ["drug is mycophenolate"] }'

    assert says(rule, f'{REVIEWED}treatment = [{{ drug = "{name}" }}]') == answer


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        ('drug = "prednisone"', "yes"),
        ('drug = "methylprednisolone"', "yes"),
        ('drug = "hydroxychloroquine"', "no"),
        ('drug = "prednisone", route = "oral"', "yes"),
        ('drug = "triamcinolone", route = "topical"', "no"),  # not systemic
        ('drug = "prednisone", route = "inhaled"', "no"),
    ],
)
def test_a_class_names_all_its_drugs(entry: str, answer: str) -> None:
    """`drug is glucocorticoid` is any systemic one; a local route is not of the class."""
    rule = '{ some = "treatment", where = ["drug is glucocorticoid"] }'

    assert says(rule, f"{REVIEWED}treatment = [{{ {entry} }}]") == answer


TWO_DIFFERENT = """{ at_least = 2, different = "drug", of = "treatment", where = [
    "drug is immunosuppressant", "response is inadequate",
] }"""


def failed(*drugs: str) -> str:
    entries = (f'{{ drug = "{drug}", response = "inadequate" }}' for drug in drugs)
    return f"treatment = [{', '.join(entries)}]"


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        (failed("azathioprine", "methotrexate"), "yes"),
        (failed("azathioprine", "methotrexate", "tacrolimus"), "yes"),
        (REVIEWED + failed("azathioprine"), "no"),
        (REVIEWED + failed("azathioprine", "Imuran", "AZA"), "no"),  # one drug by three names
        (REVIEWED + failed("MMF", "mycophenolic acid"), "no"),  # one active ingredient
        (REVIEWED + failed("azathioprine", "prednisone"), "no"),
        (failed("azathioprine"), "unknown, list_not_reviewed: treatment"),
        (REVIEWED, "no"),
        # a drug that is not recognised may be another, or the same
        (REVIEWED + failed("azathioprine", "Zorkamab"), "unknown, not_recorded: treatment[2].drug"),
    ],
)
def test_entries_may_have_to_differ(profile: str, answer: str) -> None:
    """at_least = 2, different = "drug": two active ingredients, not two entries."""
    assert says(TWO_DIFFERENT, profile) == answer


@pytest.mark.parametrize(
    ("names", "k", "answer"),
    [
        (("Zork", "Zork"), 1, "yes"),
        (("Zork", "Bork"), 2, "unknown, not_recorded: treatment[2].drug"),
        (("azathioprine", "Zork"), 2, "unknown, not_recorded: treatment[2].drug"),
        (("azathioprine", "Zork", "methotrexate"), 2, "yes"),
        (("azathioprine", "Zork"), 3, "no"),  # two at the most
    ],
)
def test_drugs_that_are_not_recognised_may_be_one(
    names: tuple[str, ...], k: int, answer: str
) -> None:
    """Entries without a known drug count once for certain, and as several only perhaps."""
    rule = f"""{{ at_least = {k}, different = "drug", of = "treatment", where = [
        "response is inadequate",
    ] }}"""

    assert says(rule, REVIEWED + failed(*names)) == answer


def apart(k: int, field: str, values: str, more: str = "") -> str:
    """The answer to "at least k infusions or treatments that differ in the field"."""
    name = "treatment" if field in ("dose", "lasted", "start") else "car_t"
    rule = f'{{ at_least = {k}, different = "{field}", of = "{name}" }}'
    entries = ", ".join(f"{{ {field} = {value}{more} }}" for value in values.split(" / "))
    return says(rule, f"reviewed.{name} = 2025-06-02\n{name} = [{entries}]")


VAGUE, DOSE, LENGTH = "imprecise_date: car_t", "censored: treatment", "censored: treatment"


@pytest.mark.parametrize(
    ("k", "dates", "answer"),
    [
        (2, "2025-05-10 / 2025-05-11", "yes"),
        (2, "2025-05-10 / 2025-05-10", "no"),
        # the month may be that day, and may be another month's day
        (2, '"2025-05" / 2025-05-10', f"unknown, {VAGUE}[1].date"),
        (2, '2025-05-10 / "2025-05"', f"unknown, {VAGUE}[2].date"),
        (2, '"2025-05" / "2025-05"', f"unknown, {VAGUE}[2].date"),
        (2, '"2025" / "2025-05"', f"unknown, {VAGUE}[1].date"),
        (2, '"2025-05" / 2025-05-31', f"unknown, {VAGUE}[1].date"),
        # apart whatever the day is
        (2, '"2025-05" / 2025-06-01', "yes"),
        (2, '"2025-05" / "2025-04"', "yes"),
        (2, '"2025-05" / 2025-05-10 / 2025-05-20', "yes"),
        (1, '"2025-05" / "2025-05"', "yes"),
        # three at the most, two at the least: the year may be either month, and neither
        (3, '"2025" / "2025-03" / "2025-05"', f"unknown, {VAGUE}[1].date"),
        (4, '"2025" / "2025-03" / "2025-05"', "no"),
        (2, '"2024" / "2024" / "2025-01" / "2025"', "yes"),
        (3, '"2024" / "2024" / "2025-01" / "2025"', f"unknown, {VAGUE}[2].date, car_t[4].date"),
    ],
)
def test_inexact_dates_may_be_one_date(k: int, dates: str, answer: str) -> None:
    """Entries differ for sure where no day is both; they are one for sure only as one exact day."""
    assert apart(k, "date", dates) == answer


@pytest.mark.parametrize(
    ("doses", "answer"),
    [
        ('"10 mg/day" / "20 mg/day"', "yes"),
        ('"10 mg/day" / "10.0 mg/day"', "no"),
        ('"<10 mg/day" / "5 mg/day"', f"unknown, {DOSE}[1].dose"),
        ('"<10 mg/day" / "10 mg/day"', "yes"),  # below 10 is not 10
        ('"<=10 mg/day" / "10 mg/day"', f"unknown, {DOSE}[1].dose"),
        ('"<10 mg/day" / ">20 mg/day"', "yes"),
        ('"<10 mg/day" / "<10 mg/day"', f"unknown, {DOSE}[2].dose"),
        ('">10 mg/day" / "<20 mg/day"', f"unknown, {DOSE}[1].dose"),
    ],
)
def test_inexact_numbers_may_be_one_number(doses: str, answer: str) -> None:
    """The same for a number of which only a range is known."""
    assert apart(2, "dose", doses, ', drug = "prednisone"') == answer


@pytest.mark.parametrize(
    ("lengths", "answer"),
    [
        ('"8 weeks" / "56 days"', "no"),
        ('"8 weeks" / "8 days"', "yes"),
        ('"2 months" / "60 days"', f"unknown, {LENGTH}[1].lasted"),  # 56 to 62 days
        ('"2 months" / "63 days"', "yes"),
    ],
)
def test_lengths_of_time_are_compared_in_days(lengths: str, answer: str) -> None:
    """A month is 28 to 31 days."""
    assert apart(2, "lasted", lengths) == answer


def test_courses_of_drugs_that_may_be_one_may_last_together() -> None:
    """Two months of azathioprine, then two of a drug that is not recorded: perhaps four of one."""
    rule = """{ at_least = 1, different = "drug", of = "treatment", where = [
        "lasted >= 3 months",
    ] }"""
    first = 'start = 2025-01-01, stop = 2025-02-28, drug = "azathioprine"'
    then = "start = 2025-03-01, stop = 2025-04-30"
    profile = f"{REVIEWED}treatment = [{{ {first} }}, {{ {then}% }}]"

    assert says(rule, profile.replace("%", "")) == "unknown, not_recorded: treatment[2].drug"
    assert says(rule, profile.replace("%", ', drug = "AZA"')) == "yes"
    assert says(rule, profile.replace("%", ', drug = "methotrexate"')) == "no"


EXCEPTED = """{ some = "malignancy", where = [
    { none = ["kind is cervical carcinoma in situ or basal cell skin cancer, noninvasive"] },
    { none = [{ any = ["cured", "disease_free >= 2 years"] }] },
] }"""


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        ('kind = "other", cured = false, disease_free_since = 2023-06-03', "yes"),
        ('kind = "other", cured = false, disease_free_since = 2023-06-02', "no"),  # 2 years today
        ('kind = "other", cured = true', "no"),
        ('kind = "cervical carcinoma in situ"', "no"),
        ('kind = "basal cell skin cancer, noninvasive", cured = false', "no"),
        (
            'kind = "other", cured = false',
            "unknown, not_recorded: malignancy[1].disease_free_since",
        ),
        (
            'kind = "other"',
            "unknown, not_recorded: malignancy[1].cured, malignancy[1].disease_free_since",
        ),
    ],
)
def test_where_takes_groups(entry: str, answer: str) -> None:
    """A malignancy not of an excepted kind, and neither cured nor two years free of disease."""
    assert says(EXCEPTED, f"{REVIEWED_MALIGNANCY}malignancy = [{{ {entry} }}]") == answer


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("activity.sle = 'severe'", "yes"),
        ("activity.sle = 'mild'", "no"),
        ("", "unknown, not_recorded: activity.sle"),
    ],
)
def test_where_may_read_facts_of_the_patient(profile: str, answer: str) -> None:
    """A name with a dot is a fact of the patient, a name without one a field of the entry."""
    rule = '{ some = "treatment", where = ["drug is rituximab", "activity.sle is severe"] }'

    assert says(rule, f'{profile}\n{REVIEWED}treatment = [{{ drug = "rituximab" }}]') == answer


def test_a_window_on_a_fact_of_the_patient_asks_for_its_date_within_where_too() -> None:
    """An undated result is in no window, wherever the test stands."""
    rule = (
        '{ some = "treatment", where = ["drug is rituximab", "lab.alt <= 40 U/L within 7 days"] }'
    )
    profile = 'lab.alt = "22 U/L"\ntreatment = [{ drug = "rituximab" }]'

    assert says(rule, REVIEWED + profile) == "unknown, not_dated: lab.alt"


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        ("date = 2025-05-05", "yes"),
        ("date = 2025-05-04", "no"),
        ("date = 2025-06-02", "yes"),
        ("date = 2025-06-03", "no"),
        ('date = "2025-05"', "unknown, imprecise_date: vaccine[1].date"),
        ('name = "yellow fever"', "unknown, not_recorded: vaccine[1].date"),
    ],
)
def test_a_date_of_an_entry_may_lie_in_a_window(entry: str, answer: str) -> None:
    """4 weeks before 2 June begin on 5 May."""
    rule = '{ some = "vaccine", where = ["live", "date within 4 weeks"] }'
    profile = f"reviewed.vaccine = 2025-06-02\nvaccine = [{{ live = true, {entry} }}]"

    assert says(rule, profile) == answer


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        ("last_active = 'ongoing'", "yes"),
        ("last_active = 2025-05-19", "yes"),
        ("last_active = 2025-05-18", "no"),
        ("last_active = 2025-06-10", "yes"),  # begun before, and planned to go on
        ("", "unknown, not_recorded: infection_episode[1].last_active"),
    ],
)
def test_what_is_ongoing_happens_up_to_the_date_judged(entry: str, answer: str) -> None:
    """A last date that is "ongoing", or still to come, lies in every window that ends today."""
    rule = '{ some = "infection_episode", where = ["last_active within 2 weeks"] }'
    comma = ", " if entry else ""
    profile = f"infection_episode = [{{ start = 2025-05-01{comma}{entry} }}]"

    assert says(rule, "reviewed.infection_episode = 2025-06-02\n" + profile) == answer


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        ("2025-06-30", "yes"),
        ("2025-07-01", "yes"),
        ("2025-07-02", "unknown, imprecise_date: dates.enrollment"),
        ("2025-07-31", "unknown, imprecise_date: dates.enrollment"),
        ("2025-08-01", "no"),
    ],
)
def test_what_is_ongoing_at_a_visit_has_begun_by_then(start: str, answer: str) -> None:
    """An infection that goes on and on is there at enrolment, in July, if it has begun by then."""
    rule = """{ some = "infection_episode", where = [
        "last_active within 2 weeks before enrollment",
    ] }"""
    profile = f"""
    dates.enrollment = "2025-07"
    reviewed.infection_episode = 2025-06-02
    infection_episode = [{{ start = {start}, last_active = "ongoing" }}]
    """

    assert says(rule, profile) == answer


@pytest.mark.parametrize(
    ("last", "answer"),
    [
        ("2025-06-30", "unknown, imprecise_date: dates.enrollment"),  # 1 to 31 days before
        ("2025-07-10", "unknown, imprecise_date: dates.enrollment"),  # over since the 11th
        ("2025-07-16", "unknown, imprecise_date: dates.enrollment"),
        ("2025-07-17", "yes"),  # 2 weeks before the 31st begin on the 17th
        ("2025-08-10", "yes"),
    ],
)
def test_what_is_planned_to_end_may_be_over_by_a_later_visit(last: str, answer: str) -> None:
    """An end that is still to come is too old for a visit some day in July, or not, by the day."""
    rule = """{ some = "infection_episode", where = [
        "last_active within 2 weeks before enrollment",
    ] }"""
    profile = f"""
    dates.enrollment = "2025-07"
    reviewed.infection_episode = 2025-06-02
    infection_episode = [{{ start = 2025-05-01, last_active = {last} }}]
    """

    assert says(rule, profile) == answer
    assert says(rule, profile.replace('"2025-07"', '"unknown"')) == (
        "unknown, not_recorded: dates.enrollment"
    )


@pytest.mark.parametrize(
    ("diagnosed", "last_active", "answer"),
    [
        ("2025-06-01", "2025-06-02", "yes"),
        ("2025-06-01", "ongoing", "yes"),
        ("2025-06-03", "2025-06-02", "unknown, future_dated: malignancy[1].diagnosed"),
    ],
)
def test_a_tumour_removed_today_and_diagnosed_tomorrow_is_no_tumour_of_the_past(
    diagnosed: str, last_active: str, answer: str
) -> None:
    """Whether there will be one tomorrow is UNKNOWN today."""
    rule = '{ some = "malignancy", where = ["last_active within 5 years"] }'
    entry = f'diagnosed = "{diagnosed}", last_active = "{last_active}"'

    assert says(rule, f"{REVIEWED_MALIGNANCY}malignancy = [{{ {entry} }}]") == answer


CAR_T = '{ some = "car_t", where = ["target is CD19"] }'


@pytest.mark.parametrize(
    ("date", "answer"),
    [
        ("2025-06-02", "yes"),
        ("2025-06-03", "unknown, future_dated: car_t[1].date"),
    ],
)
def test_what_only_begins_after_the_date_judged_has_not_happened(date: str, answer: str) -> None:
    """A planned entry is no past one; whether it will be is not for today to say."""
    profile = f'reviewed.car_t = 2025-06-02\ncar_t = [{{ target = "CD19", date = {date} }}]'

    assert says(CAR_T, profile) == answer


@pytest.mark.parametrize(
    ("visit", "answer"),
    [
        ("", "unknown, not_recorded: dates.infusion"),
        ("dates.infusion = 2025-07-01", "yes"),
        ("dates.infusion = 2025-07-18", "yes"),  # 4 weeks before are 20 June
        ("dates.infusion = 2025-07-19", "no"),
        ("dates.infusion = 2025-06-19", "no"),
    ],
)
def test_a_planned_entry_waits_for_the_visit_of_its_window(visit: str, answer: str) -> None:
    """A live vaccine planned for 20 June is before the infusion, or not, by the infusion's date."""
    rule = '{ some = "vaccine", where = ["live", "date within 4 weeks before infusion"] }'
    profile = "reviewed.vaccine = 2025-06-02\nvaccine = [{ live = true, date = 2025-06-20 }]"

    assert says(rule, f"{visit}\n{profile}") == answer


def test_a_finding_shows_the_entry_it_rests_on() -> None:
    """The evidence names list, number and field of the entry that fits."""
    finding = asked(RITUXIMAB, 'treatment = [{ drug = "belimumab" }, { drug = "MabThera" }]')

    assert [(str(read.place), read.value) for read in finding.evidence()] == [
        ("treatment[2].drug", "MabThera")
    ]


def test_a_no_shows_when_the_list_was_reviewed() -> None:
    """That there is no entry rests on the review, and the finding gives its date."""
    (read,) = asked(RITUXIMAB, REVIEWED).evidence()

    assert (str(read.place), str(read.date)) == ("treatment", "2025-06-02")
