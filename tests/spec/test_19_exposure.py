"""19. Exposure: the entries of a list tell how much of a drug there was, and when.

    doses of a day add up; a refill goes on with its course; a drug that is given at intervals goes
    on between its doses; a local route is no systemic treatment; what was not given does not count

Every example is judged on 2 June 2025, of a list that is reviewed.
"""

import pytest
from support import asked, profile_toml, rule_toml, says

from cartscreen.errors import InputError, Problem
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.english import describe
from cartscreen.rule.parse import parse_rule, rule_to_toml

REVIEWED = "reviewed.treatment = 2025-06-02\n"


def listed(*entries: str, reviewed: str = REVIEWED) -> str:
    return f"{reviewed}treatment = [{', '.join(f'{{ {entry} }}' for entry in entries)}]"


def some(*where: str) -> str:
    return f'{{ some = "treatment", where = [{", ".join(map(repr, where))}] }}'


# Doses

PREDNISONE_30 = 'drug = "prednisone", dose = "30 mg/day", start = 2025-01-01, stop = "ongoing"'
METHYLPREDNISOLONE_24 = (
    'drug = "methylprednisolone", dose = "24 mg/day", start = 2025-01-01, stop = "ongoing"'
)
PREDNISONE_20 = 'drug = "prednisone", dose = "20 mg/day", start = 2025-01-01, stop = "ongoing"'


@pytest.mark.parametrize(
    ("entries", "limit", "answer"),
    [
        # 24 mg of methylprednisolone are 30 mg of prednisone: 60 mg
        ([PREDNISONE_30, METHYLPREDNISOLONE_24], ">= 60", "yes"),
        ([PREDNISONE_30, METHYLPREDNISOLONE_24], "> 60", "no"),
        # one drug twice: one entry may repeat the other, 30 to 50 mg
        ([PREDNISONE_30, PREDNISONE_20], ">= 30", "yes"),
        ([PREDNISONE_30, PREDNISONE_20], ">= 50", "unknown, not_recorded: treatment[2].together"),
        ([PREDNISONE_30, PREDNISONE_20], ">= 51", "no"),
        ([PREDNISONE_30, f"{PREDNISONE_20}, together = true"], ">= 50", "yes"),
        ([PREDNISONE_30, f"{PREDNISONE_20}, together = true"], "< 50", "no"),
        # on the day on which one dose stops and the next starts, one takes the place of the other
        (['drug = "prednisone", dose = "30 mg/day", start = 2025-01-01, stop = 2025-03-01',
          'drug = "prednisone", dose = "20 mg/day", start = 2025-03-01, stop = 2025-04-01'],
         ">= 50", "no"),
        # not at the same time
        (['drug = "prednisone", dose = "30 mg/day", start = 2025-01-01, stop = 2025-03-01',
          'drug = "methylprednisolone", dose = "24 mg/day", start = 2025-03-02, stop = 2025-04-01'],
         ">= 60", "no"),
    ],
)  # fmt: skip
def test_the_doses_of_a_day_add_up(entries: list[str], limit: str, answer: str) -> None:
    """Different drugs add up; of one drug, one entry may stand for the other."""
    rule = some("drug is glucocorticoid", f"prednisone_dose {limit} mg/day")

    assert says(rule, listed(*entries)) == answer
    assert says(rule, listed(*reversed(entries))) == answer


def test_a_sum_shows_what_it_is_made_of() -> None:
    """The day, and the dose of each drug."""
    rule = some("drug is glucocorticoid", "prednisone_dose >= 60 mg/day", "stop is ongoing")
    entries = (
        PREDNISONE_30,
        PREDNISONE_30.replace("prednisone", "methylprednisolone").replace("30 mg", "24 mg"),
    )
    (read, *_) = asked(rule, listed(*entries)).evidence()

    assert str(read.place) == "treatment[1, 2].prednisone_dose"
    assert read.value == (
        "60 mg/day on 2025-06-02: prednisone 30 mg/day and methylprednisolone 30 mg/day"
    )


@pytest.mark.parametrize(("limit", "answer"), [(">= 20", "yes"), ("<= 30", "open"), ("< 30", "no")])
def test_only_a_reviewed_list_bounds_a_sum_from_above(limit: str, answer: str) -> None:
    """Where a dose may be missing from the list, the dose of a day may be more."""
    rule = some("drug is glucocorticoid", f"prednisone_dose {limit} mg/day")
    open_list = "unknown, list_not_reviewed: treatment"

    assert says(rule, listed(PREDNISONE_30, reviewed="")) == (
        "yes" if answer == "yes" else open_list
    )
    assert says(rule, listed(PREDNISONE_30)) == ("no" if answer == "no" else "yes")


@pytest.mark.parametrize(
    ("lasted", "answer"), [(">= 31 days", "yes"), (">= 32 days", "no"), ("> 31 days", "no")]
)
def test_a_dose_lasts_for_the_days_on_which_the_sum_is_enough(lasted: str, answer: str) -> None:
    """5 mg through the year, and 8 mg of methylprednisolone in March: 15 mg for its 31 days."""
    rule = some("drug is glucocorticoid", "prednisone_dose >= 15 mg/day", f"lasted {lasted}")
    entries = (
        'drug = "prednisone", dose = "5 mg/day", start = 2025-01-01, stop = "ongoing"',
        'drug = "methylprednisolone", dose = "8 mg/day", start = 2025-03-01, stop = 2025-03-31',
    )

    assert says(rule, listed(*entries)) == answer


def test_a_dose_that_goes_on_is_that_of_the_day_judged() -> None:
    """60 mg in January, 10 mg today."""
    entries = (
        'drug = "prednisone", dose = "60 mg/day", start = 2025-01-01, stop = 2025-01-31',
        'drug = "prednisone", dose = "10 mg/day", start = 2025-02-01, stop = "ongoing"',
    )
    today = some("drug is prednisone", "stop is ongoing", "prednisone_dose >= 20 mg/day")

    assert says(today, listed(*entries)) == "no"
    assert (
        says(some("drug is prednisone", "prednisone_dose >= 20 mg/day"), listed(*entries)) == "yes"
    )


def test_a_dose_stands_in_where_itself() -> None:
    """In a group it could be asked of one entry alone."""
    with pytest.raises(Problem, match="doses of a day together"):
        rule_toml('{ some = "treatment", where = [{ any = ["prednisone_dose >= 20 mg/day"] }] }')


# Refills

PILLS = 'drug = "hydroxychloroquine", dose = "200 mg/day"'
IN_STEPS = 'drug = "hydroxychloroquine", steps'
DOSE_200 = '{ dose = "200 mg/day"'
DOSE_300 = '{ dose = "300 mg/day"'


@pytest.mark.parametrize(
    ("test", "answer"),
    [
        ("unchanged > 2 weeks", "yes"),
        ("unchanged <= 2 weeks", "no"),
        ("start within 2 weeks", "no"),
        ("start within 6 months", "yes"),
        ("lasted >= 3 months", "yes"),
        ("last_dose within 1 days", "yes"),
    ],
)
@pytest.mark.parametrize(
    "entries",
    [
        [f'{PILLS}, start = 2025-01-01, stop = "ongoing"'],
        # refilled, a day after the last or on the same day; in any order
        [f"{PILLS}, start = 2025-01-01, stop = 2025-05-24",
         f'{PILLS}, start = 2025-05-25, stop = "ongoing"'],
        [f'{PILLS}, start = 2025-05-24, stop = "ongoing"',
         f"{PILLS}, start = 2025-01-01, stop = 2025-05-24"],
        [f"{PILLS}, start = 2025-01-01, stop = 2025-02-10",
         f"{PILLS}, start = 2025-02-11, stop = 2025-05-30",
         f'{PILLS}, start = 2025-05-31, stop = "ongoing"'],
        # as a step at the same dose, before one, and after one
        [f"{IN_STEPS} = [{DOSE_200}, from = 2025-01-01 }}, "
         '{ dose = "100 mg bid", from = 2025-05-25 }], stop = "ongoing"'],
        [f"{IN_STEPS} = [{DOSE_200}, from = 2025-01-01 }}], stop = 2025-05-24",
         f'{PILLS}, start = 2025-05-25, stop = "ongoing"'],
        [f'{IN_STEPS} = [{DOSE_200}, from = 2025-05-25 }}], stop = "ongoing"',
         f"{PILLS}, start = 2025-01-01, stop = 2025-05-24"],
        # by a systemic route, stated or not
        [f'{PILLS}, route = "oral", start = 2025-01-01, stop = 2025-05-24',
         f'{PILLS}, start = 2025-05-25, stop = "ongoing"'],
        # taken besides other entries
        [f"{PILLS}, together = true, start = 2025-01-01, stop = 2025-05-24",
         f'{PILLS}, together = true, start = 2025-05-25, stop = "ongoing"'],
        [f"{PILLS}, together = true, start = 2025-01-01, stop = 2025-05-24",
         f'{PILLS}, start = 2025-05-25, stop = "ongoing"'],
    ],
)  # fmt: skip
def test_a_refill_goes_on_with_its_course(entries: list[str], test: str, answer: str) -> None:
    """Touching entries of one drug, dose and route are one for every question about time."""
    rule = some("drug is hydroxychloroquine", test)

    assert says(rule, listed(*entries)) == answer


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        ('dose = "200 mg/day"', "yes"),
        ('dose = "300 mg/day"', "no"),
        ("", "unknown, not_recorded: treatment[2].dose"),  # the dose was changed, or was not
        ('dose = "200 mg/day", route = "rectal"', "no"),
    ],
)
def test_another_dose_begins_a_course_of_its_own(second: str, answer: str) -> None:
    """Since 25 May it is another dose, or by another route."""
    first = f"{PILLS}, start = 2025-01-01, stop = 2025-05-24"
    comma = f", {second}" if second else ""
    entry = f'drug = "hydroxychloroquine"{comma}, start = 2025-05-25, stop = "ongoing"'
    rule = (
        some("route is oral or rectal", "unchanged > 2 weeks")
        if "route" in second
        else some("drug is hydroxychloroquine", "unchanged > 2 weeks")
    )

    assert says(rule, listed(first, entry)) == answer


def test_a_route_that_is_not_stated_may_be_each_of_several() -> None:
    """Between a course by mouth and one by vein it may go on with the one, or with the other."""
    entries = (
        f'{PILLS}, route = "oral", start = 2025-01-01, stop = 2025-05-20',
        f"{PILLS}, start = 2025-05-21, stop = 2025-05-25",
        f'{PILLS}, route = "intravenous", start = 2025-05-26, stop = "ongoing"',
    )
    rule = some("route is intravenous", "unchanged > 2 weeks")

    assert says(rule, listed(*entries)) == "unknown, not_recorded: treatment[2].route"


@pytest.mark.parametrize(
    ("zero", "goes_on", "was_given"),
    [
        # it was given up to 30 April at least
        ("start = 2025-05-01", "unknown, conflict: treatment[1].stop, treatment[2].dose", "yes"),
        # on no day is it sure
        (
            "start = 2025-01-01",
            "unknown, conflict: treatment[1].stop, treatment[2].dose",
            "unknown, conflict: treatment[1].stop, treatment[2].dose",
        ),
        # one takes the place of the other
        ("start = 2025-06-02", "yes", "yes"),
        # a dose of 0 by another route, or for another disease, says nothing of it
        ('start = 2025-05-01, route = "topical"', "yes", "yes"),
        ('start = 2025-05-01, purpose = "other disease"', "yes", "yes"),
    ],
)
def test_a_dose_of_0_contradicts_a_dose_on_the_same_days(
    zero: str, goes_on: str, was_given: str
) -> None:
    """When the drug stopped is not known then; what it was before the dose of 0 stays."""
    entries = (
        f'{PILLS}, route = "oral", start = 2025-01-01, stop = 2025-06-02',
        f'drug = "hydroxychloroquine", dose = "0 mg/day", {zero}, stop = "ongoing"',
    )
    drug = "drug is hydroxychloroquine"

    assert says(some(drug, "stop is ongoing"), listed(*entries)) == goes_on
    assert says(some(drug, "dose >= 200 mg/day"), listed(*entries)) == was_given


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        # at 200 mg since 1 March, and refilled
        (f"{IN_STEPS} = [{DOSE_300}, from = 2025-01-01 }}, {DOSE_200}, from = 2025-03-01 }}], "
         "stop = 2025-05-24",
         f'{PILLS}, start = 2025-05-25, stop = "ongoing"', "yes"),
        # back at 200 mg since 25 May
        (f"{IN_STEPS} = [{DOSE_200}, from = 2025-01-01 }}, {DOSE_300}, from = 2025-03-01 }}], "
         "stop = 2025-05-24",
         f'{PILLS}, start = 2025-05-25, stop = "ongoing"', "no"),
        # 200 mg more since 25 May, besides the first 200
        (f'{PILLS}, together = true, start = 2025-01-01, stop = 2025-06-01',
         f'{PILLS}, together = true, start = 2025-05-25, stop = "ongoing"', "no"),
        (f'{PILLS}, route = "oral", start = 2025-01-01, stop = 2025-05-24',
         f'{PILLS}, route = "intravenous", start = 2025-05-25, stop = "ongoing"', "no"),
    ],
)  # fmt: skip
def test_a_refill_is_at_the_dose_and_by_the_route_of_the_last_day(
    first: str, second: str, answer: str
) -> None:
    """Steps go on at their last dose; what is taken besides another entry does not refill it."""
    rule = some("drug is hydroxychloroquine", "stop is ongoing", "unchanged > 2 weeks")

    assert says(rule, listed(first, second)) == answer


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        ('purpose = "this disease"', "yes"),
        ('purpose = "other disease"', "no"),
        ('purpose = "unknown"', "unknown, imprecise_date: treatment[2].purpose"),
        # not given, and begun: a contradiction, so that it may have been given
        ("given = false", "unknown, imprecise_date: treatment[2].given"),
    ],
)
def test_what_was_given_for_another_disease_is_no_refill(second: str, answer: str) -> None:
    """Entries that differ in what they were given for, or in whether they were, are two courses."""
    first = f"{PILLS}, start = 2025-01-01, stop = 2025-05-24"
    entries = first, f'{PILLS}, start = 2025-05-25, stop = "ongoing", {second}'
    rule = some("purpose is this disease", "stop is ongoing")

    assert says(rule, listed(*entries)) == answer
    assert says(rule, listed(*entries[::-1])).split(",")[0] == answer.split(",")[0]


@pytest.mark.parametrize("test", ["unchanged > 2 weeks", "unchanged <= 2 weeks"])
def test_what_has_ended_is_neither_changed_nor_unchanged(test: str) -> None:
    """Nothing is said of the time since its last change."""
    assert says(some(test), listed(f"{PILLS}, start = 2025-01-01, stop = 2025-06-01")) == "no"


# Drugs given at intervals

INFUSION = 'drug = "belimumab", route = "intravenous"'


def monthly(*days: str, more: str = "") -> list[str]:
    return [f"{INFUSION}, start = {day}, stop = {day}{more}" for day in days]


# 1, 29 January, 26 February, 26 March: every 28 days, 85 days from the first to the last dose
FOUR = ("2025-01-01", "2025-01-29", "2025-02-26", "2025-03-26")


@pytest.mark.parametrize(
    ("days", "lasted", "answer"),
    [
        (FOUR, ">= 85 days", "yes"),
        # the last dose acted for some time more; till the next but one would have been due, open
        (FOUR, ">= 86 days", "unknown"),
        (FOUR, "> 140 days", "no"),  # 84 days before the last dose, and 56 after it
        # 29 January left out: 56 days between two doses are open, 57 are not
        (("2025-01-01", "2025-02-26"), ">= 57 days", "unknown"),
        (("2025-01-01", "2025-02-27"), "> 58 days", "no"),
    ],
)
def test_a_drug_given_at_intervals_goes_on_between_its_doses(
    days: tuple[str, ...], lasted: str, answer: str
) -> None:
    """Belimumab is given every 28 days; twice that is open, and beyond it the course is over."""
    rule = some("drug is belimumab", f"lasted {lasted}")

    assert says(rule, listed(*monthly(*days))).partition(",")[0] == answer


def test_an_entry_may_say_how_often_it_was_given() -> None:
    """Every 8 weeks: the doses of 1 January and 26 February, 56 days apart, are one course."""
    rule = some("drug is belimumab", "lasted >= 57 days")
    entries = monthly("2025-01-01", "2025-02-26", more=', every = "8 weeks"')

    assert says(rule, listed(*entries)) == "yes"
    assert says(rule, listed(*(each.replace("8 weeks", "q8w") for each in entries))) == "yes"


def test_a_last_dose_stands_where_the_entry_may_be_one_course_with_another() -> None:
    """Written on 2 June, of a drug that goes on: what is added to it tells no other last dose."""
    known = 'drug = "mycophenolate", start = 2025-01-01, stop = "ongoing", last_dose = 2025-05-20'
    other = 'dose = "3 mg/day", start = 2025-02-01, stop = "ongoing"'
    rule = some("drug is mycophenolate", "last_dose within 1 week")

    assert says(rule, listed(known)) == "no"
    assert says(rule, listed(known, f'drug = "losartan", {other}')) == "no"
    assert says(rule, listed(known, other)).startswith("unknown")  # may be the same drug
    assert says(rule, listed(f'{known}, dose = "1 g bid"', other)).startswith("unknown")


def test_an_infusion_of_late_may_go_on() -> None:
    """56 days after the last one it may, on the 57th it does not."""
    rule = some("drug is belimumab", "stop is ongoing")

    assert says(rule, listed(*monthly("2025-04-07"))).startswith("unknown")
    assert says(rule, listed(*monthly("2025-04-06"))) == "no"


# Routes, classes, what was given, and for what

TACROLIMUS = 'drug = "tacrolimus", start = 2025-01-01, stop = "ongoing"'


@pytest.mark.parametrize(
    ("route", "answer"),
    [
        ("", "yes"),
        (', route = "oral"', "yes"),
        (', route = "topical"', "no"),
        (', route = "ophthalmic"', "no"),
        (', form = "ointment"', "no"),
        (', form = "capsules"', "yes"),
        (', route = "unknown"', "unknown, not_recorded: treatment[1].route"),
    ],
)
@pytest.mark.parametrize("asked_for", ["tacrolimus", "immunosuppressant", "calcineurin inhibitor"])
def test_a_local_route_is_no_systemic_treatment(asked_for: str, route: str, answer: str) -> None:
    """Neither by the drug's name nor by a class; a route that is not stated is systemic."""
    assert says(some(f"drug is {asked_for}"), listed(f"{TACROLIMUS}{route}")) == answer


@pytest.mark.parametrize(
    ("route", "answer"), [("", "no"), (', route = "oral"', "no"), (', route = "topical"', "yes")]
)
def test_a_rule_may_ask_for_the_local_route(route: str, answer: str) -> None:
    """Then the drug's name is asked of what is given locally."""
    rule = some("drug is tacrolimus", "route is local")

    assert says(rule, listed(f"{TACROLIMUS}{route}")) == answer


def test_one_line_names_the_drugs_that_may_have_been_given_locally() -> None:
    """Each once, where no route is stated."""
    entries = (TACROLIMUS, TACROLIMUS, 'drug = "hydrocortisone"', f'{TACROLIMUS}, route = "oral"')

    assert profile_toml(listed(*entries)).warnings == (
        "treatment: no route is stated of tacrolimus, hydrocortisone, which may be given locally; "
        "taken to be systemic.",
    )


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("drug is glucocorticoid", "yes"),
        ("drug is biologic", "no"),
        ("drug is rituximab", "no"),  # no glucocorticoid
        ("drug is prednisone", "unknown, not_recorded: treatment[1].drug"),
        ("prednisone_dose >= 5 mg/day", "unknown, not_recorded: treatment[1].drug"),
    ],
)
def test_an_entry_may_state_the_class_alone(rule: str, answer: str) -> None:
    """A drug of which only the class is known is one of its drugs, and no other."""
    assert says(some(rule), listed('class = "glucocorticoid", dose = "20 mg/day"')) == answer


@pytest.mark.parametrize(
    "rule", ["drug is glucocorticoid", "drug is rituximab", "prednisone_dose >= 5 mg/day"]
)
def test_a_drug_that_is_not_known_opens_nothing_if_its_class_is(rule: str) -> None:
    """Class "other" is no drug of immunity."""
    assert says(some(rule), listed('drug = "Zorkol", class = "other", dose = "5 mg/day"')) == "no"


def test_a_known_drug_is_of_its_class() -> None:
    """Another is refused."""
    with pytest.raises(InputError, match="'biologic' does not fit prednisone"):
        profile_toml(listed('drug = "prednisone", class = "biologic"'))


@pytest.mark.parametrize(
    ("entry", "where", "answer"),
    [
        ("given = false", ["drug is rituximab"], "no"),
        ("given = true", ["drug is rituximab"], "yes"),
        ('given = "unknown"', ["drug is rituximab"], "unknown, not_recorded: treatment[1].given"),
        ("given = false", ["drug is rituximab", "given"], "no"),
        ('given = false, response = "contraindication"', ["response is contraindication"], "yes"),
        # without a date a contraindication says that it was not given
        ('response = "contraindication"', ["drug is rituximab"], "no"),
        ('response = "contraindication"', ["response is inadequate or contraindication"], "yes"),
        ('response = "contraindication", start = 2025-01-01', ["drug is rituximab"], "yes"),
        # left out: given, and for the disease that the trial treats
        ("", ["drug is rituximab", "purpose is this disease"], "yes"),
        ('purpose = "autoimmune disease"', ["purpose is this disease"], "yes"),
        ('purpose = "other disease"', ["purpose is this disease"], "no"),
        ('purpose = "unknown"', ["purpose is this disease"],
         "unknown, not_recorded: treatment[1].purpose"),
    ],
)  # fmt: skip
def test_what_was_given_and_for_what(entry: str, where: list[str], answer: str) -> None:
    """What was not given counts only where a rule asks for it."""
    comma = ", " if entry else ""

    assert says(some(*where), listed(f'drug = "rituximab"{comma}{entry}')) == answer


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("", "yes"),
        (', response = "inadequate"', "yes"),
        (', response = "relapse"', "yes"),
        (', response = "adequate"', "unknown, needs_person: treatment[1].response"),
    ],
)
def test_despite_does_not_ask_for_the_response(response: str, answer: str) -> None:
    """Of a drug that is said to have worked it is open, never no."""
    rule = '{ some = "treatment", despite = true, where = ["drug is rituximab"] }'

    assert says(rule, listed(f'drug = "rituximab"{response}')) == answer


# Pieces, and what ran at one time

JANUARY = "start = 2025-01-01, stop = 2025-01-31"
MARCH = "start = 2025-03-01, stop = 2025-03-31"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (">= 1 months", "yes"),
        (">= 2 months", "no"),
        # 31 and 31 days, from 1 January on: to 4 March
        (">= 2 months in all", "yes"),
        ("> 2 months in all", "yes"),
        (">= 62 days in all", "yes"),
        ("> 62 days in all", "no"),
        (">= 3 months in all", "no"),
    ],
)
def test_pieces_are_added_up_where_the_rule_says_so(condition: str, answer: str) -> None:
    """January and March are 62 days, with a gap of 28 days between them."""
    rule = some("drug is prednisone", f"lasted {condition}")
    entries = (f'drug = "prednisone", {JANUARY}', f'drug = "prednisone", {MARCH}')

    assert says(rule, listed(*entries)) == answer


def test_a_gap_is_shown_where_it_decides() -> None:
    """One day without the drug."""
    entries = (
        'drug = "prednisone", start = 2025-01-01, stop = 2025-02-12',
        'drug = "prednisone", start = 2025-02-14, stop = 2025-03-15',
    )
    finding = asked(some("drug is prednisone", "lasted >= 2 months"), listed(*entries))

    assert [read.value for read in finding.evidence()][-1] == (
        "43 days from 2025-01-01 to 2025-02-12; a gap of 1 day on 2025-02-13"
    )


STEPS = """steps = [
  { dose = "60 mg/day", from = "2025-01" }, { dose = "20 mg/day", from = "2025-03" },
], stop = "ongoing" """.replace("\n", " ")


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        (["lasted >= 4 months"], "yes"),  # from 31 January at the latest, without a gap
        (["prednisone_dose >= 60 mg/day"], "yes"),
        (["prednisone_dose >= 61 mg/day"], "no"),
        # at 60 mg from 31 January at the latest to 28 February at least, to 30 March at most
        (["prednisone_dose >= 60 mg/day", "lasted >= 29 days"], "yes"),
        (["prednisone_dose >= 60 mg/day", "lasted >= 30 days"],
         "unknown, imprecise_date: treatment[1].start"),
        (["prednisone_dose >= 60 mg/day", "lasted >= 90 days"], "no"),
        (["prednisone_dose >= 20 mg/day", "stop is ongoing"], "yes"),
        (["prednisone_dose >= 21 mg/day", "stop is ongoing"], "no"),
        (["unchanged > 2 months"], "yes"),
    ],
)  # fmt: skip
def test_steps_follow_one_another_without_a_gap(where: list[str], answer: str) -> None:
    """60 mg from some day of January, 20 mg from some day of March."""
    assert says(some(*where), listed(f'drug = "prednisone", {STEPS}')) == answer


OFF = """steps = [
  { dose = "1 g bid", from = 2025-01-01 }, { dose = "0 mg/day", from = 2025-03-01 },
]""".replace("\n", " ")
MMF = 'drug = "mycophenolate"'


@pytest.mark.parametrize(
    ("entry", "where", "answer"),
    [
        # the last day is 28 February, whatever is said of a later one
        (OFF, "stop is ongoing", "no"),
        (f'{OFF}, stop = "ongoing"', "stop is ongoing", "no"),
        (f'{OFF}, stop = "ongoing"', "last_dose within 94 days", "yes"),
        (f'{OFF}, stop = "ongoing"', "last_dose within 93 days", "no"),
        (f"{OFF}, stop = 2025-02-20", "last_dose within 94 days", "no"),
        (f'{OFF}, stop = "ongoing"', "lasted >= 59 days", "yes"),
        (f'{OFF}, stop = "ongoing"', "lasted >= 60 days", "no"),
        (f"{OFF}, last_dose = 2025-03-02", "last_dose within 94 days",
         "unknown, conflict: treatment[1].stop, treatment[1].last_dose"),
        # an entry at 0 mg/day tells of no treatment
        ('dose = "0 mg/day", start = 2025-03-01, stop = "ongoing"', "stop is ongoing", "no"),
        ('dose = "0 mg/kg/day", start = 2025-03-01, stop = "ongoing"', "stop is ongoing", "no"),
        ('dose = "0 mg/day", start = 2025-03-01, given = true, stop = "ongoing"',
         "stop is ongoing", "unknown, not_recorded: treatment[1].given"),
        ('dose = "0-500 mg/day", start = 2025-03-01, stop = "ongoing"', "stop is ongoing", "yes"),
    ],
)  # fmt: skip
def test_from_the_day_on_which_the_dose_is_0_nothing_is_given(
    entry: str, where: str, answer: str
) -> None:
    """A drug that was stopped is no treatment that goes on."""
    assert says(some("drug is mycophenolate", where), listed(f"{MMF}, {entry}")) == answer


def at_one_time(lasted: str = "") -> str:
    parts = f"{some('drug is prednisone')}, {some('drug is mycophenolate')}"
    how_long = f', lasted = "{lasted}"' if lasted else ""
    return f"{{ together = [{parts}]{how_long} }}"


@pytest.mark.parametrize(
    ("first", "second", "lasted", "answer"),
    [
        ("start = 2025-01-01, stop = 2025-03-31", "start = 2025-02-01, stop = 2025-05-31",
         "", "yes"),
        # February and March
        ("start = 2025-01-01, stop = 2025-03-31", "start = 2025-02-01, stop = 2025-05-31",
         ">= 2 months", "yes"),
        ("start = 2025-01-01, stop = 2025-03-31", "start = 2025-02-01, stop = 2025-05-31",
         "> 2 months", "no"),
        # 3 May to 2 June, the date judged: a month, where one of the two stops on that day
        ("start = 2025-05-03, stop = 2025-06-02", 'start = 2025-02-01, stop = "ongoing"',
         ">= 1 months", "yes"),
        ('start = 2025-05-03, stop = "ongoing"', 'start = 2025-02-01, stop = "ongoing"',
         ">= 1 months", "no"),
        ("start = 2025-01-01, stop = 2025-01-31", "start = 2025-02-01, stop = 2025-05-31",
         "", "no"),
        ('start = 2025-01-01, stop = "2025-02"', "start = 2025-02-15, stop = 2025-05-31", "",
         "unknown, imprecise_date: treatment[1].stop"),
        ("start = 2025-01-01", "start = 2025-02-15, stop = 2025-05-31", "",
         "unknown, not_recorded: treatment[1].stop"),
    ],
)  # fmt: skip
def test_two_treatments_at_the_same_time(first: str, second: str, lasted: str, answer: str) -> None:
    """`together` asks for a time at which every part holds of entries that run at that time."""
    entries = (f'drug = "prednisone", {first}', f'drug = "mycophenolate", {second}')

    assert says(at_one_time(lasted), listed(*entries)) == answer


def test_of_what_ran_at_one_time_pieces_may_be_added_up() -> None:
    """Mycophenolate all along, prednisone in January and March: 62 days."""
    entries = (
        'drug = "mycophenolate", start = 2025-01-01, stop = 2025-05-31',
        f'drug = "prednisone", {JANUARY}',
        f'drug = "prednisone", {MARCH}',
    )

    assert says(at_one_time(">= 2 months"), listed(*entries)) == "no"
    assert says(at_one_time(">= 2 months in all"), listed(*entries)) == "yes"


@pytest.mark.parametrize(
    ("azathioprine", "answer"), [("start = 2025-02-01", "yes"), ("start = 2025-03-02", "no")]
)
def test_several_different_drugs_at_one_time(azathioprine: str, answer: str) -> None:
    """Two immunosuppressants beside prednisone, for a month of January to March."""
    two = """{ at_least = 2, different = "drug", of = "treatment", where = [
        "drug is immunosuppressant",
    ] }"""
    rule = f'{{ together = [{some("drug is prednisone")}, {two}], lasted = ">= 1 month" }}'
    entries = (
        'drug = "prednisone", start = 2025-01-01, stop = 2025-03-31',
        'drug = "mycophenolate", start = 2025-01-01, stop = 2025-03-31',
        f'drug = "azathioprine", {azathioprine}, stop = 2025-03-31',
    )

    assert says(rule, listed(*entries)) == answer


def test_together_in_words_and_written_back() -> None:
    """The clinician reads what the file says, and the rule is written as it was."""
    vocabulary = bundled_pack().vocabulary
    rule = rule_toml(at_one_time("> 6 months in all"))

    assert parse_rule(rule_to_toml(rule), vocabulary) == rule
    assert describe(rule, vocabulary)[0] == (
        "at the same time, for more than 6 months, its pieces added up, all of:"
    )


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("{ together = [{ some = 'treatment' }] }", "two rules or more"),
        ("{ together = ['person.age >= 18 years', { some = 'treatment' }] }", "together takes"),
        ("{ together = [{ some = 'vaccine' }, { some = 'treatment' }] }", "no first and last day"),
        (
            "{ together = [{ some = 'treatment' }, { some = 'treatment' }], lasted = '3' }",
            "no time",
        ),
        (
            "{ together = [{ some = 'treatment', where = ['lasted > 1 month'] }, "
            "{ some = 'treatment' }] }",
            "beside together",
        ),
        ("{ some = 'vaccine', despite = true }", "has no response"),
        ("{ some = 'treatment', where = ['unchanged > 1 month in all'] }", "only lasted adds up"),
    ],
)
def test_what_cannot_be_asked_at_one_time(rule: str, fault: str) -> None:
    with pytest.raises(Problem, match=fault):
        rule_toml(rule)


# Doses as they are written


@pytest.mark.parametrize(
    ("dose", "limit", "answer"),
    [
        ("10 mg qod", ">= 5", "yes"),
        ("10 mg qod", "> 5", "no"),
        ("10 mg bid", ">= 20", "yes"),
        ("10 mg twice daily", "> 20", "no"),
        ("5-10 mg daily", ">= 5", "yes"),
        ("5-10 mg daily", ">= 10", "unknown, censored: treatment[1].prednisone_dose"),
        # by the body surface: what it comes to a day is not known
        ("50 mg/m2 daily", ">= 1", "unknown, not_recorded: treatment[1].dose"),
    ],
)
def test_a_dose_is_read_as_it_is_written(dose: str, limit: str, answer: str) -> None:
    """An amount, and how often: on average so much a day."""
    rule = some(f"prednisone_dose {limit} mg/day")

    assert says(rule, listed(f'drug = "prednisone", dose = "{dose}"')) == answer


@pytest.mark.parametrize(
    ("weight", "answer"),
    [
        ('{ value = "60 kg", date = 2025-05-30 }', "yes"),  # 30 mg/day
        ('{ value = "59 kg", date = 2025-05-30 }', "no"),
        ('{ value = "60 kg", date = 2024-05-30 }', "open"),  # a year before the first day
    ],
)
def test_a_dose_per_kg_is_a_dose_at_the_weight_near_the_first_day(weight: str, answer: str) -> None:
    """0.5 mg/kg/day, of an adult; the entry is in doubt where no weight says how much that is."""
    entry = 'drug = "prednisone", dose = "0.5 mg/kg/day", start = 2025-05-01, stop = "ongoing"'
    person = f"person.birth_date = 1990-01-01\nperson.weight = {weight}\n"

    for test in ("prednisone_dose >= 30 mg/day", "dose >= 30 mg/day"):
        said = says(some(test), person + listed(entry))
        assert said == answer or (answer == "open" and said.startswith("unknown, too_old: "))


def test_a_dose_per_kg_and_a_single_dose() -> None:
    """10 mg/kg once is a dose per kg of one day."""
    profile = profile_toml(listed('drug = "belimumab", dose = "10 mg/kg once", start = 2025-01-01'))
    fields = profile.records["treatment"][0].fields

    assert {name: item.text for name, item in fields.items()} == {
        "drug": "belimumab",
        "dose_per_kg": "10 mg/kg once",
        "start": "2025-01-01",
        "stop": "2025-01-01",
    }


def test_a_dose_says_how_often_it_was_given() -> None:
    """Every 4 weeks, as `every` would say it."""
    profile = profile_toml(listed('drug = "belimumab", dose = "10 mg/kg q4w", start = 2025-01-01'))
    every = profile.records["treatment"][0].fields["every"]

    assert (str(every.value), every.unit) == ("28", "days")


@pytest.mark.parametrize(
    ("dose", "every"),
    [
        ("1000 mg", "1 month"),
        ("1000 mg once", "1 month"),
        ("1 g monthly", "1 month"),
        ("1 g monthly", ""),
        ("1000 mg q4w", "4 weeks"),
        ("1000 mg weekly", ""),
    ],
)
def test_pulses_are_no_daily_dose(dose: str, every: str) -> None:
    """1250 mg as prednisone on some days of January to June, and nothing between them.

    That is no course at any dose a day, whatever the average; that dose was reached; and whether it
    is given today is open.
    """
    how_often = f', every = "{every}"' if every else ""
    entry = f'drug = "methylprednisolone", dose = "{dose}"{how_often}, start = 2025-01-01'
    profile = listed(f'{entry}, stop = "ongoing"')

    def asked_of(*where: str) -> str:
        return says(some("drug is glucocorticoid", *where), profile)

    assert asked_of("prednisone_dose >= 5 mg/day", "lasted >= 14 days") == "no"
    assert asked_of("prednisone_dose >= 1250 mg/day") == "yes"
    assert asked_of("prednisone_dose >= 1251 mg/day") == "no"
    assert asked_of("prednisone_dose >= 5 mg/day", "stop is ongoing").startswith("unknown")
    assert asked_of("lasted >= 5 months") == "yes"


def test_pulses_beside_tablets_leave_the_tablets_as_they_are() -> None:
    """20 mg a day for 31 days, and 1250 mg on some days of these."""
    pulses = 'drug = "methylprednisolone", dose = "1 g weekly", start = 2025-01-01'
    tablets = f'drug = "prednisone", dose = "20 mg/day", {JANUARY}'
    profile = listed(f"{pulses}, stop = 2025-01-31", tablets)

    def for_31_days(dose: int) -> str:
        rule = some("drug is glucocorticoid", f"prednisone_dose >= {dose} mg/day", LASTED_31)
        return says(rule, profile)

    assert (for_31_days(20), for_31_days(21)) == ("yes", "no")


LASTED_31 = "lasted >= 31 days"


@pytest.mark.parametrize("written", ['dose = "10 mg", every = "2 days"', 'dose = "10 mg qod"'])
def test_on_alternate_days_a_dose_is_an_average(written: str) -> None:
    """10 mg every other day are 5 mg a day."""
    profile = listed(f'drug = "prednisone", {written}, start = 2025-01-01, stop = "ongoing"')

    for limit, answer in ((5, "yes"), (6, "no")):
        rule = some(f"prednisone_dose >= {limit} mg/day", "lasted >= 3 months")
        assert says(rule, profile) == answer


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            'dose = "10 mg/day", every = "2 days"',
            'how often, .* otherwise; write the amount of one dose alone, "10 mg", or leave',
        ),
        ('dose = "1 g weekly", every = "1 month"', 'write the amount of one dose alone, "1 g"'),
        ('dose_per_kg = "1 mg/kg/day", every = "1 month"', "or leave `every` out"),
        ('steps = [{ dose = "10 mg/day", from = 2025-01-01 }], every = "2 days"', '"10 mg"'),
        ('dose = "1 g once", start = 2025-01-01, stop = 2025-03-01', "a single dose, and it runs"),
        ('dose = "1 g once", start = 2025-01-01, stop = "ongoing"', "a single dose, and it runs"),
        ('dose = "10 mg"', "does not say how often"),
        ('dose = "10 mg biweekly"', "twice weekly"),
        ('every = "often"', "does not say how often"),
        ('form = "sticks"', "not a form that is known"),
        ('form = "ointment", route = "oral", drug = "tacrolimus"', "does not fit"),
        ('steps = "60 mg"', "is not a list of doses"),
        ('steps = [{ dosis = "6 mg/day", from = 2025-01-01 }]', "no key dosis"),
        (
            'steps = [{ dose = "6 mg/day", from = 2025-03-01 }, '
            '{ dose = "4 mg/day", from = 2025-01-01 }]',
            "before the step above",
        ),
        (
            'steps = [{ dose = "6 mg/day", from = 2025-01-01 }, '
            '{ dose = "0 mg/day", from = 2025-02-01 }, { dose = "4 mg/day", from = 2025-03-01 }]',
            "write what follows on it as an entry of its own",
        ),
        ('steps = [{ dose = "0 mg/day", from = 2025-01-01 }]', "a dose of 0 .* leave it out"),
        ('dose = "5 mg/day", steps = [{ dose = "6 mg/day", from = 2025-01-01 }]', "and steps"),
    ],
)
def test_what_an_entry_may_not_say(entry: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        profile_toml(listed(entry))
