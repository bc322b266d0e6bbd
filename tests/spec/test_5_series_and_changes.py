"""5. Series: several results of one fact, of which the newest counts; and changes between them."""

import pytest
from support import asked, profile_toml, says

from cartscreen.errors import InputError

RULE = "lab.hemoglobin >= 80 g/L"


def series(*results: str) -> str:
    """A series of haemoglobin: "79 g/L 2025-05-01", or with the date in quotes for one in part."""
    rows = []
    for result in results:
        value, unit, day, *status = result.split(" ")
        more = f', status = "{status[0]}"' if status else ""
        rows.append(f'{{ value = "{value} {unit}", date = {day}{more} }}')
    return f"lab.hemoglobin = [{', '.join(rows)}]"


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        (["79 g/L 2025-05-01", "80 g/L 2025-06-01"], "yes"),
        (["80 g/L 2025-05-01", "79 g/L 2025-06-01"], "no"),
        (["79 g/L 2025-06-01", "80 g/L 2025-05-01", "90 g/L 2025-04-01"], "no"),
        (["80 g/L 2025-06-02", "79 g/L 2025-06-01"], "yes"),  # the date judged itself
    ],
)
def test_the_newest_result_counts(results: list[str], answer: str) -> None:
    """Not the best, the worst or the last written: the newest on or before the date judged."""
    assert says(RULE, series(*results)) == answer


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        (["79 g/L 2025-05-01", "80 g/L 2025-06-03"], "no"),
        (["80 g/L 2025-06-03"], "unknown, future_dated: lab.hemoglobin"),
        (["79 g/L 2025-06-03", "80 g/L 2025-06-04"], "unknown, future_dated: lab.hemoglobin"),
    ],
)
def test_a_result_after_the_date_judged_is_never_used(results: list[str], answer: str) -> None:
    """A future result is none: an older one counts, or the answer is UNKNOWN (future_dated)."""
    assert says(RULE, series(*results)) == answer


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        (["79 g/L 2025-06-01", "81 g/L 2025-06-01"], "unknown, conflict: lab.hemoglobin"),
        (["81 g/L 2025-06-01", "79 g/L 2025-06-01"], "unknown, conflict: lab.hemoglobin"),
        (["80 g/L 2025-06-01", "90 g/L 2025-06-01"], "yes"),
        (["70 g/L 2025-06-01", "79 g/L 2025-06-01"], "no"),
        (["80 g/L 2025-06-01", "80 g/L 2025-06-01"], "yes"),
        (["79 g/L 2025-06-01", "81 g/L 2025-06-01", "90 g/L 2025-06-02"], "yes"),
    ],
)
def test_results_of_one_day_have_to_agree(results: list[str], answer: str) -> None:
    """Two newest results that decide differently are a conflict; on one side, they decide."""
    assert says(RULE, series(*results)) == answer


@pytest.mark.parametrize(
    ("results", "earlier"),
    [
        (["79 g/L 2025-05-01", "90 g/L 2025-06-01"], "79 g/L on 2025-05-01"),
        (["90 g/L 2025-05-01", "79 g/L 2025-06-01"], "90 g/L on 2025-05-01"),
        (["81 g/L 2025-05-01", "90 g/L 2025-06-01"], ""),
        (["78 g/L 2025-04-01", "79 g/L 2025-05-01", "90 g/L 2025-06-01"], "79 g/L on 2025-05-01"),
    ],
)
def test_an_older_result_that_says_the_opposite_is_shown(results: list[str], earlier: str) -> None:
    """It decides nothing, but nobody should have to look for it: the newest such is shown."""
    (read,) = asked(RULE, series(*results)).evidence()

    assert read.earlier == earlier


@pytest.mark.parametrize(
    ("window", "earlier"), [("2 months", "79 g/L on 2025-05-01"), ("7 days", "")]
)
def test_an_older_result_outside_the_window_says_nothing(window: str, earlier: str) -> None:
    """A result outside the window does not contradict one inside it."""
    results = series("79 g/L 2025-05-01", "90 g/L 2025-06-01")
    (read,) = asked(f"{RULE} within {window}", results).evidence()

    assert (read.value, read.earlier) == ("90 g/L", earlier)


def test_an_older_event_says_nothing_against_a_newer_one() -> None:
    """A result of last week is one, however many there were before."""
    results = series("79 g/L 2025-01-01", "90 g/L 2025-06-01")
    (read,) = asked("lab.hemoglobin within 7 days", results).evidence()

    assert read.earlier == ""


def test_a_finding_that_has_changed_shows_what_it_was() -> None:
    """A finding that was there before, and no longer is, is shown likewise."""
    results = """diagnosis.lupus_nephritis = [
      { value = true, date = 2025-01-01 }, { value = false, date = 2025-06-01 },
    ]"""
    (read,) = asked("diagnosis.lupus_nephritis", results).evidence()

    assert (read.answer.value, read.earlier) == ("no", "yes on 2025-01-01")


def test_a_conflict_shows_both_results() -> None:
    """The finding of a conflict holds every result that takes part in it."""
    finding = asked(RULE, series("79 g/L 2025-06-01", "81 g/L 2025-06-01"))

    assert [read.value for read in finding.evidence()] == ["79 g/L", "81 g/L"]


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        # the one of May may be newer than the one of the 15th
        (['79 g/L "2025-05"', "81 g/L 2025-05-15"], "unknown, imprecise_date: lab.hemoglobin"),
        (['81 g/L "2025-05"', "82 g/L 2025-05-15"], "yes"),
        (['79 g/L "2025-04"', "81 g/L 2025-05-15"], "yes"),
        # the one of June may be of a day after the date judged, and then does not count
        (["81 g/L 2025-05-15", '79 g/L "2025-06"'], "unknown, imprecise_date: lab.hemoglobin"),
        (['79 g/L "2025-06"'], "no"),
        (['79 g/L "2025-07"'], "unknown, future_dated: lab.hemoglobin"),
    ],
)
def test_which_result_is_the_newest_may_be_open(results: list[str], answer: str) -> None:
    """Where a date is known in part, every result that may be the newest has to agree."""
    assert says(RULE, series(*results)) == answer


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        (["79 g/L 2025-05-01", "90 g/L 2025-06-01 entered-in-error"], "no"),
        (["90 g/L 2025-06-01 entered-in-error"], "unknown, not_recorded: lab.hemoglobin"),
        (["79 g/L 2025-05-01", "90 g/L 2025-06-01 cancelled"], "no"),
    ],
)
def test_a_result_that_was_withdrawn_is_dropped_and_listed(results: list[str], answer: str) -> None:
    """A withdrawn result counts as if it had never been, and a warning names it."""
    assert says(RULE, series(*results)) == answer
    assert any("was left out" in warning for warning in profile_toml(series(*results)).warnings)


def test_a_preliminary_result_is_used_with_a_warning() -> None:
    """A preliminary result counts, and the report says that it is one."""
    results = series("90 g/L 2025-06-01 preliminary")

    assert says(RULE, results) == "yes"
    assert any("preliminary" in warning for warning in profile_toml(results).warnings)


def test_a_newest_result_that_is_indeterminate_is_no_older_result() -> None:
    """An indeterminate result hides an older one; one that was not done does not."""
    older = '{ value = "negative", date = 2025-01-10 }'

    def hbsag(word: str) -> str:
        newer = f'{{ value = "{word}", date = 2025-06-01 }}'
        return says("infection.hbsag is negative", f"infection.hbsag = [{older}, {newer}]")

    assert hbsag("indeterminate") == "unknown, not_recorded: infection.hbsag"
    assert hbsag("not done") == "yes"
    assert hbsag("unknown") == "yes"


def test_each_result_of_a_series_has_a_date() -> None:
    """Without dates there is no newest; such a series is refused."""
    with pytest.raises(InputError, match=r"lab.hemoglobin .* date"):
        profile_toml('lab.hemoglobin = ["79 g/L", "81 g/L"]')


def fvc(*results: tuple[str, str]) -> str:
    rows = ", ".join(f'{{ value = "{value}", date = {day} }}' for value, day in results)
    return f"lung.fvc = [{rows}]"


@pytest.mark.parametrize(
    ("rule", "then", "now", "answer"),
    [
        # "%" is of the earlier result: 10 % of 80 is 8
        ("fell >= 10 %", "80 %", "72 %", "yes"),
        ("fell >= 10 %", "80 %", "72.1 %", "no"),
        ("fell >= 10 %", "80 %", "71.9 %", "yes"),
        ("fell >= 10 %", "80 %", "72.01 %", "no"),
        ("fell >= 10 %", "72 %", "80 %", "no"),
        ("rose >= 10 %", "80 %", "88 %", "yes"),
        ("rose >= 10 %", "80 %", "87.9 %", "no"),
        ("rose >= 10 %", "88 %", "80 %", "no"),
        # percentage points are of the scale itself
        ("fell >= 10 percentage points", "80 %", "70 %", "yes"),
        ("fell >= 10 percentage points", "80 %", "70.1 %", "no"),
        ("rose >= 10 percentage points", "70 %", "80 %", "yes"),
        ("rose >= 10 percentage points", "70 %", "79.9 %", "no"),
        # from nothing, every rise is one; what does not move neither rose nor fell
        ("rose >= 10 %", "0 %", "1 %", "yes"),
        ("rose >= 10 %", "0 %", "0 %", "no"),
        ("fell >= 10 %", "0 %", "0 %", "no"),
        # only a range of values is known
        ("fell >= 10 %", "80 %", "<70 %", "unknown, censored: lung.fvc"),
        # a result that is none
        ("fell >= 10 %", "80 %", "indeterminate", "unknown, not_recorded: lung.fvc"),
        ("fell >= 10 %", "indeterminate", "70 %", "unknown, not_recorded: lung.fvc"),
    ],
)
def test_a_change_is_from_an_earlier_result_to_the_newest(
    rule: str, then: str, now: str, answer: str
) -> None:
    """`rose` and `fell` compare the newest result with an earlier one, on the limit included."""
    profile = fvc((then, "2025-01-10"), (now, "2025-06-01"))

    assert says(f"lung.fvc {rule} within 6 months", profile) == answer


@pytest.mark.parametrize(
    ("rule", "now", "answer"),
    [
        ("fell >= 20 g/L", "100 g/L", "yes"),
        ("fell >= 20 g/L", "101 g/L", "no"),
        ("fell >= 2 g/dL", "100 g/L", "yes"),
        ("fell >= 2 g/dL", "10.1 g/dL", "no"),
        ("rose >= 20 g/L", "140 g/L", "yes"),
        ("rose >= 20 g/L", "139 g/L", "no"),
    ],
)
def test_a_change_may_be_in_any_unit_of_the_fact(rule: str, now: str, answer: str) -> None:
    """A change in the fact's own kind of unit is the difference itself, from 120 g/L here."""
    profile = series("120 g/L 2025-01-10", f"{now} 2025-06-01")

    assert says(f"lab.hemoglobin {rule} within 6 months", profile) == answer


@pytest.mark.parametrize(
    ("then", "now"), [("22 U/L", "4 ULN"), ("1 ULN", "22 U/L"), ("1 ULN", "4 ULN")]
)
def test_from_a_multiple_of_a_limit_no_change_follows(then: str, now: str) -> None:
    """The limit of normal of one day may not be that of another."""
    rows = f'{{ value = "{then}", date = 2025-05-01 }}, {{ value = "{now}", date = 2025-06-01 }}'

    assert says("lab.alt rose >= 10 % within 6 months", f"lab.alt = [{rows}]") == (
        "unknown, censored: lab.alt"
    )


def test_any_earlier_result_of_the_window_will_do() -> None:
    """80 in January, 70 in March, 71 now: it fell by 9 of 80 (11.25 %), and rose by 1 of 70."""
    profile = fvc(("80 %", "2025-01-10"), ("70 %", "2025-03-10"), ("71 %", "2025-06-01"))

    assert says("lung.fvc fell >= 11 % within 6 months", profile) == "yes"
    assert says("lung.fvc fell >= 12 % within 6 months", profile) == "no"
    assert says("lung.fvc rose >= 1 % within 6 months", profile) == "yes"
    assert says("lung.fvc rose >= 2 % within 6 months", profile) == "no"  # 1 of 70 is 1.4 %


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        ([("80 %", "2024-12-02"), ("70 %", "2025-06-02")], "yes"),  # both ends of the window
        ([("80 %", "2024-12-01"), ("70 %", "2025-06-02")], "unknown, not_recorded: lung.fvc"),
        ([("70 %", "2025-06-02")], "unknown, not_recorded: lung.fvc"),
        ([("80 %", "2025-01-10"), ("70 %", "2025-06-03")], "unknown, not_recorded: lung.fvc"),
        ([("80 %", '"2025-05"'), ("70 %", "2025-05-20")], "unknown, imprecise_date: lung.fvc"),
        # the older may be of the very day of the newer, and then there was no change between them
        ([("80 %", '"2025-05"'), ("70 %", "2025-05-31")], "unknown, imprecise_date: lung.fvc"),
        ([("80 %", '"2025-05"'), ("70 %", "2025-06-01")], "yes"),
        ([("80 %", '"2024-12"'), ("70 %", "2025-05-20")], "unknown, imprecise_date: lung.fvc"),
        ([("80 %", "2025-05-20"), ("70 %", "2025-05-20")], "unknown, not_recorded: lung.fvc"),
    ],
)
def test_a_change_needs_two_results_of_the_window(
    results: list[tuple[str, str]], answer: str
) -> None:
    """Fewer than two results of different days in the window are no NO: more may be found."""
    assert says("lung.fvc fell >= 10 % within 6 months", fvc(*results)) == answer


def test_a_change_without_dates_is_unknown() -> None:
    """A single result without a date says nothing of a change."""
    assert says("lung.fvc fell >= 10 % within 6 months", 'lung.fvc = "70 %"') == (
        "unknown, not_dated: lung.fvc"
    )


@pytest.mark.parametrize("turn", [1, -1])
def test_two_newest_results_that_disagree_on_a_change_are_a_conflict(turn: int) -> None:
    """From 80, one of the same day fell by 10 %, the other did not, in whichever order."""
    newest = [("72 %", "2025-06-01"), ("78 %", "2025-06-01")][::turn]

    assert says("lung.fvc fell >= 10 % within 6 months", fvc(("80 %", "2025-01-10"), *newest)) == (
        "unknown, conflict: lung.fvc"
    )
