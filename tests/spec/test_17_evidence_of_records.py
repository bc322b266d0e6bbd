"""17. Evidence of lists: the entries that decide, what was asked of them, what closes a list."""

import pytest
from support import asked, finding_for, screened, told

from cartscreen.evaluate.finding import Finding


def read(finding: Finding) -> list[tuple[str, str, str, str]]:
    """(fact, value, test, answer) of each datum that was read."""
    return [(str(e.place), e.value, e.test, e.answer.value) for e in finding.evidence()]


DOSE = "dose >= 20 mg/day"
SOME = f'{{ some = "treatment", where = ["{DOSE}"] }}'
REVIEWED = "reviewed.treatment = 2025-06-02\n"


def treated(*entries: str) -> str:
    return "".join(f"\n[[treatment]]\n{entry}" for entry in entries)


def test_a_closed_list_in_which_nothing_fits_says_what_was_listed() -> None:
    """The review closes it; each entry shows why it does not fit, and both together do not."""
    finding = asked(SOME, REVIEWED + treated('dose = "5 mg/day"', 'dose = "10 mg/day"'))
    closed = finding.because[0]

    assert told(finding) == "no"
    assert str(closed.date) == "2025-06-02"
    assert read(finding) == [
        ("treatment", "2 listed, too few fit", "is reviewed to the end of the chart", "no"),
        ("treatment[1].dose", "5 mg/day", DOSE, "no"),
        ("treatment[2].dose", "10 mg/day", DOSE, "no"),
    ]


def test_a_closed_list_without_entries_says_so() -> None:
    assert read(asked(SOME, REVIEWED)) == [
        ("treatment", "none listed", "is reviewed to the end of the chart", "no")
    ]


def test_an_open_list_shows_what_did_not_fit() -> None:
    """The answer stays UNKNOWN, since the list may lack an entry that fits."""
    finding = asked(SOME, treated('dose = "10 mg/day"'))

    assert told(finding) == "unknown, list_not_reviewed: treatment"
    assert finding.note == ""
    assert read(finding) == [("treatment[1].dose", "10 mg/day", DOSE, "no")]
    assert read(asked(SOME)) == []


@pytest.mark.parametrize(
    ("reviewed", "missing"), [(REVIEWED, "treatment[2].dose"), ("", "treatment[2].dose, treatment")]
)
def test_an_entry_that_may_fit_is_shown_alone(reviewed: str, missing: str) -> None:
    """Entries that do not fit are not shown; a list that is not reviewed is named last."""
    finding = asked(SOME, reviewed + treated('dose = "10 mg/day"', 'dose = "<30 mg/day"'))

    assert told(finding) == f"unknown, censored: {missing}"
    assert read(finding) == [("treatment[2].dose", "<30 mg/day", DOSE, "unknown")]


def test_an_entry_that_fits_is_shown_alone() -> None:
    """Other entries of the list are not shown."""
    finding = asked(
        SOME, treated('dose = "10 mg/day"', 'dose = "60 mg/day"', 'dose = "<30 mg/day"')
    )

    assert told(finding) == "yes"
    assert read(finding) == [("treatment[2].dose", "60 mg/day", DOSE, "yes")]


def test_of_an_entry_the_first_condition_that_fails_is_enough() -> None:
    """Its other conditions are not shown."""
    rule = f'{{ some = "treatment", where = ["drug is prednisone", "{DOSE}"] }}'
    finding = asked(rule, REVIEWED + treated('drug = "azathioprine"\ndose = "10 mg/day"'))

    assert read(finding)[1:] == [
        ("treatment[1].drug", "azathioprine", "drug is prednisone", "no"),
    ]


def test_any_entry_is_shown_by_what_it_says() -> None:
    """A list that is only asked whether it has an entry."""
    finding = asked('{ some = "treatment" }', treated('drug = "MMF"\ndose = "2 g/day"'))

    assert told(finding) == "yes"
    assert read(finding) == [("treatment[1]", "MMF, 2 g/day", "is listed", "yes")]


TRIAL = """
[[inclusion]]
id = "I1"
title = "title"
source = "source"
rule = { some = "treatment", where = ["drug is rituximab", { ask = "Was it for lupus?" }] }
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "unknown, needs_person: answers.I1"),
        ("answers.example.I1 = true\n", "yes"),
        ("answers.example.I1 = false\n", "no"),
    ],
)
def test_a_question_about_an_entry_has_the_answer_of_the_criterion(given: str, said: str) -> None:
    """A criterion has one answer, whichever entry its question is about."""
    screening = screened(TRIAL, given + REVIEWED + treated('drug = "rituximab"'))

    assert told(finding_for(screening, "I1").finding) == said


@pytest.mark.parametrize(
    ("infusion", "said"),
    [
        ("", "unknown, not_recorded: dates.infusion"),
        ("dates.infusion = 2025-06-20\n", "yes"),
        ("dates.infusion = 2025-06-09\n", "unknown, future_dated: treatment[1].start"),
    ],
)
def test_an_entry_to_come_waits_for_the_last_visit_that_the_rule_names(
    infusion: str, said: str
) -> None:
    """Rituximab planned for 10 June is there at an infusion after it."""
    rule = """{ some = "treatment", where = [
        "drug is rituximab", "renal.biopsy_date within 9999 years before infusion",
    ] }"""
    profile = f"{infusion}renal.biopsy_date = 2025-01-01\n{REVIEWED}"
    finding = asked(rule, profile + treated('drug = "rituximab"\nstart = 2025-06-10'))

    assert told(finding) == said


LASTED = "lasted >= 3 months"
COURSE = f'{{ some = "treatment", where = ["drug is prednisone", "{LASTED}"] }}'


@pytest.mark.parametrize(
    ("entries", "said", "evidence"),
    [
        (['drug = "prednisone"\nlasted = "8 months"'], "yes",
         ("treatment[1].lasted", "8 months", LASTED, "yes")),
        (['drug = "prednisone"\nlasted = "1 months"'], "no",
         ("treatment[1].lasted", "1 months", LASTED, "no")),
        (['drug = "prednisone"\nlasted = ">2 months"'],
         "unknown, not_recorded: treatment[1].start, treatment[1].stop",
         ("treatment[1].lasted", ">2 months", LASTED, "unknown")),
        # 1 January to 31 March, and the day after its last: 90 days
        (['drug = "prednisone"\nstart = 2025-01-01\nstop = 2025-03-31'], "yes",
         ("treatment[1].lasted", "90 days from 2025-01-01 to 2025-03-31", LASTED, "yes")),
        (['drug = "prednisone"\nstart = 2025-01-01\nstop = 2025-03-30'], "no",
         ("treatment[1].lasted", "89 days from 2025-01-01 to 2025-03-30", LASTED, "no")),
        (['drug = "prednisone"\nstart = 2025-01-01\nstop = "2025-03"'],
         "unknown, imprecise_date: treatment[1].stop",
         ("treatment[1].lasted", "at most 90 days from 2025-01-01 to 2025-03-31", LASTED,
          "unknown")),
        # two entries that touch are one course
        (['drug = "prednisone"\nstart = 2025-01-01\nstop = 2025-02-15',
          'drug = "prednisone"\nstart = 2025-02-16\nstop = 2025-03-31'], "yes",
         ("treatment[1, 2].lasted", "90 days from 2025-01-01 to 2025-03-31", LASTED, "yes")),
    ],
)  # fmt: skip
def test_the_length_of_a_course_is_shown(
    entries: list[str], said: str, evidence: tuple[str, str, str, str]
) -> None:
    """It is shown as stated, or by its first day; joined entries are all named."""
    finding = asked(COURSE, REVIEWED + treated(*entries))

    assert told(finding) == said
    assert evidence in read(finding)


COURSE_OF_20_MG = f'{{ some = "treatment", where = ["{DOSE}", "{LASTED}"] }}'


@pytest.mark.parametrize(
    ("dose", "said", "fits", "length"),
    [
        ("20 mg/day", "yes", "yes", "90 days"),
        # it is recorded, but not as one number
        ("<30 mg/day", "unknown, censored: treatment[1].dose", "unknown", "at most 90 days"),
    ],
)
def test_a_course_of_an_entry_that_may_not_fit_waits_for_the_entry(
    dose: str, said: str, fits: str, length: str
) -> None:
    """The reason is that of the entry; what was asked of it comes before the length."""
    entry = f'dose = "{dose}"\nstart = 2025-01-01\nstop = 2025-03-31'
    finding = asked(COURSE_OF_20_MG, REVIEWED + treated(entry))

    assert told(finding) == said
    assert read(finding) == [
        ("treatment[1].dose", dose, DOSE, fits),
        ("treatment[1].lasted", f"{length} from 2025-01-01 to 2025-03-31", LASTED, fits),
    ]


def test_a_course_of_which_no_entry_fits_shows_the_entries() -> None:
    """How long they lasted does not matter then."""
    entries = ('drug = "azathioprine"\nlasted = "8 months"', 'drug = "MMF"\nlasted = "1 months"')
    finding = asked(COURSE, REVIEWED + treated(*entries))

    assert told(finding) == "no"
    assert read(finding)[1:] == [
        ("treatment[1].drug", "azathioprine", "drug is prednisone", "no"),
        ("treatment[2].drug", "MMF", "drug is prednisone", "no"),
    ]


def test_a_course_that_is_too_short_is_a_no_of_its_own() -> None:
    """In the tree: below the list its course, below that the entry, which fits, and the length."""
    entry = 'drug = "prednisone"\nstart = 2025-01-01\nstop = 2025-03-30'
    (course,) = asked(COURSE, REVIEWED + treated(entry)).parts

    assert [part.answer.value for part in course.parts] == ["yes", "no"]


def test_of_several_courses_the_longest_is_shown() -> None:
    """Neither the first, nor the last; and the gaps beside it, without which it would be enough."""
    days = (
        ("2024-01-01", "2024-01-10"),
        ("2024-03-01", "2024-03-31"),
        ("2024-06-01", "2024-06-10"),
    )
    entries = (f'drug = "prednisone"\nstart = {first}\nstop = {last}' for first, last in days)
    finding = asked(COURSE, REVIEWED + treated(*entries))

    assert told(finding) == "no"
    assert read(finding)[-1] == (
        "treatment[1, 2, 3].lasted",
        "31 days from 2024-03-01 to 2024-03-31; a gap of 50 days from 2024-01-11 to 2024-02-29; "
        "a gap of 61 days from 2024-04-01 to 2024-05-31",
        LASTED,
        "no",
    )


def test_an_entry_to_come_says_so() -> None:
    """An entry that would fit but for its day is shown as still to come."""
    rule = '{ some = "car_t", where = ["target is CD19"] }'
    finding = asked(rule, '[[car_t]]\ntarget = "CD19"\ndate = 2025-06-03')

    assert finding.note == "it begins after 2025-06-02"
    assert read(finding) == [("car_t[1].target", "CD19", "target is CD19", "yes")]


def test_an_entry_that_waits_for_a_visit_is_shown() -> None:
    """Rituximab planned for 10 June, and an infusion at some time."""
    biopsy = "renal.biopsy_date within 9999 years before infusion"
    rule = f'{{ some = "treatment", where = ["drug is rituximab", "{biopsy}"] }}'
    entry = treated('drug = "rituximab"\nstart = 2025-06-10')
    finding = asked(rule, f"renal.biopsy_date = 2025-01-01\n{REVIEWED}{entry}")

    assert told(finding) == "unknown, not_recorded: dates.infusion"
    assert read(finding) == [
        ("treatment[1].drug", "rituximab", "drug is rituximab", "yes"),
        ("renal.biopsy_date", "2025-01-01", biopsy, "yes"),
    ]


IN_VAIN = """{ at_least = 2, different = "drug", of = "treatment", where = [
    "response is inadequate",
] }"""


@pytest.mark.parametrize("drugs", [("methotrexate", "azathioprine"), ("Zork", "Bork")])
def test_entries_that_have_to_differ_are_shown_in_the_order_of_the_list(
    drugs: tuple[str, str],
) -> None:
    """So are entries whose drugs are not recognised, and may be one."""
    entries = (f'drug = "{drug}"\nresponse = "inadequate"' for drug in drugs)
    finding = asked(IN_VAIN, REVIEWED + treated(*entries))

    assert read(finding) == [
        ("treatment[1].response", "inadequate", "response is inadequate", "yes"),
        ("treatment[2].response", "inadequate", "response is inadequate", "yes"),
    ]


SOMETHING = '{{ some = "treatment", where = [{}] }}'
WEIGHTS = """person.weight = [
  { value = "60 kg", date = 2025-05-30 }, { value = "40 kg", date = 2025-03-01 },
]
"""


@pytest.mark.parametrize(
    ("where", "profile", "said", "note"),
    [
        ('"drug is immunosuppressant", "last_dose within 5 half-lives"',
         treated('drug = "iguratimod"\nlast_dose = 2025-05-30'),
         "unknown, not_recorded: treatment[1].half_life", "no half-life is known"),
        # some day of May the dose was changed for the last time: 4 weeks ago, or not
        ('"unchanged >= 4 weeks"',
         treated('drug = "azathioprine"\nstart = "2025-05"\nstop = "ongoing"'),
         "unknown, not_recorded: treatment[1].last_change", ""),
        ('"unchanged >= 4 weeks"',
         treated('drug = "azathioprine"\nstart = 2025-01-01\nlast_change = "2025-05"'),
         "unknown, imprecise_date: treatment[1].unchanged", ""),
        ('"prednisone_dose_per_kg >= 1 mg/kg/day"',
         treated('drug = "Zorkine"\ndose_per_kg = "1 mg/kg/day"'),
         "unknown, not_recorded: treatment[1].drug", "the drug is not recognised"),
        ('"prednisone_dose_per_kg >= 1 mg/kg/day"',
         WEIGHTS + treated('drug = "Zorkine"\ndose = "60 mg/day"\nstart = "2025-04"'),
         "unknown, not_recorded: treatment[1].drug", "the drug is not recognised"),
    ],
)  # fmt: skip
def test_an_entry_says_what_it_lacks(where: str, profile: str, said: str, note: str) -> None:
    """It is named by list, number and field, and in words where there are some."""
    finding = asked(SOMETHING.format(where), REVIEWED + profile)

    assert (told(finding), finding.note) == (said, note)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2025-06-29", "unknown, not_recorded: dates.infusion"),
        ("2025-06-30", "unknown, not_recorded: dates.infusion"),  # the infusion may be that day
        ("2025-07-01", "unknown, future_dated: treatment[1].start"),
    ],
)
def test_an_entry_may_begin_on_the_last_day_that_a_visit_may_be(start: str, said: str) -> None:
    """An infusion some day of June, the 30th among them."""
    rule = """{ some = "treatment", where = [
        "drug is rituximab", "renal.biopsy_date within 9999 years before infusion",
    ] }"""
    profile = f'dates.infusion = "2025-06"\nrenal.biopsy_date = 2025-01-01\n{REVIEWED}'

    assert told(asked(rule, profile + treated(f'drug = "rituximab"\nstart = {start}'))) == said
