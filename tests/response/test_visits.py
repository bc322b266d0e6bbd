"""The visits of one patient: their order, their dates, and what is of a visit."""

from datetime import date
from typing import Any

import pytest
from followed import INFUSION, outcome, responded, seen, visit_data
from support import profile_of

from cartscreen.errors import InputError
from cartscreen.pack.pack import bundled_pack
from cartscreen.response.visits import follow_up


def changed(at: str, patient: str = "test", **over: Any) -> dict[str, Any]:
    """A visit with other dates, or of another person."""
    data = visit_data(at, {})
    dates = {**data["dates"], **over.pop("dates", {})}
    kept = {name: day for name, day in dates.items() if day is not None}
    return {**data, "dates": kept, "patient": patient, **over}


def refused(*files: dict[str, Any]) -> str:
    """Why these files are refused."""
    named = [(f"{at}.toml", profile_of(data)) for at, data in zip("abc", files, strict=False)]
    with pytest.raises(InputError) as raised:
        follow_up(named, bundled_pack())
    return str(raised.value)


def test_the_days_since_the_infusion() -> None:
    """The baseline, the previous assessment and the visit, each with its day."""
    found = responded(seen({}, {}, {}))

    assert [(one.role, one.date, one.days_since_infusion) for one in found.assessments] == [
        ("baseline", "2026-03-01", "-31"),
        ("previous", "2026-06-01", "61"),
        ("visit", "2026-07-01", "91"),
    ]


def test_another_patients_file() -> None:
    """By the pseudonym, and by the date of birth."""
    other = changed("visit", patient="P-2")
    born = changed("visit", person={"birth_date": date(2001, 1, 1)})

    assert refused(changed("baseline"), other) == (
        "b.toml: its pseudonym is not that of a.toml; the visits of one patient are judged "
        "together."
    )
    assert refused(changed("baseline", person={"birth_date": date(2000, 1, 1)}), born) == (
        "b.toml: its person.birth_date is not that of a.toml; is it another patient's?"
    )


def test_visits_out_of_order() -> None:
    """The same day twice is no order either."""
    said = refused(changed("baseline"), changed("visit"), changed("previous"))
    twice = refused(changed("baseline"), changed("visit"), changed("visit"))

    assert said == (
        "c.toml: it is of 2026-06-01, and b.toml, which stands before it, of 2026-07-01; write the "
        "baseline first and then the visits in the order of their dates."
    )
    assert twice.startswith("c.toml: it is of 2026-07-01, and b.toml")


@pytest.mark.parametrize(
    ("infusion", "said"),
    [
        (date(2026, 3, 1), "a.toml: the baseline of 2026-03-01 does not lie before the infusion"),
        (date(2026, 7, 1), "b.toml: the visit of 2026-07-01 does not lie after the infusion"),
        (date(2026, 8, 1), "b.toml: the visit of 2026-07-01 does not lie after the infusion"),
        ("2026-07", "2026-07. Write the full date of the infusion."),
        (None, "b.toml: neither it nor another file states the infusion"),
    ],
)
def test_the_infusion_lies_between_baseline_and_visit(infusion: Any, said: str) -> None:
    """And is stated, by a day that leaves no doubt."""
    dates = {"infusion": infusion}

    assert said in refused(changed("baseline", dates=dates), changed("visit", dates=dates))


def test_dates_of_infusion_that_differ() -> None:
    """A month agrees with any of its days."""
    other = changed("visit", dates={"infusion": date(2026, 4, 2)})
    month = profile_of(changed("baseline", dates={"infusion": "2026-04"}))
    day = profile_of(changed("visit"))

    assert refused(changed("baseline"), other) == (
        "b.toml: its dates.infusion, 2026-04-02, is not that of a.toml, 2026-04-01; write the day "
        "of the one infusion in both."
    )
    found = follow_up([("a.toml", month), ("b.toml", day)], bundled_pack())
    assert str(found.infusion) == "2026-04-01"


def test_of_which_day_a_file_is() -> None:
    """By its visit, else by screening; a month is no day."""
    none = changed("visit", dates={"visit": None})
    month = changed("visit", dates={"visit": "2026-07"})

    assert refused(changed("baseline"), none).startswith("b.toml: nothing says of which day it is")
    assert refused(changed("baseline"), month) == (
        "b.toml: dates.visit 2026-07 is not a full date; write year, month and day."
    )


def test_who_died_before_the_visit() -> None:
    """Is not judged at it."""
    dead = changed("visit", person={"died": date(2026, 6, 1)})

    assert refused(changed("baseline"), dead) == (
        "b.toml: person.died 2026-06-01 lies before the visit, 2026-07-01."
    )


@pytest.mark.parametrize("day", [INFUSION, date(2026, 3, 20)])
def test_a_value_that_is_not_after_the_infusion_is_not_of_the_visit(day: date) -> None:
    """It is open, and told; so a PGA of before the infusion decides nothing."""
    before = visit_data("visit", {"sledai": 8})
    before["activity"]["pga"] = {"value": 0.1, "date": day}
    files = [
        ("a.toml", profile_of(visit_data("baseline", {"sledai": 12, "pga": "1.0"}))),
        ("b.toml", profile_of(before)),
    ]
    found = responded(follow_up(files, bundled_pack()))
    component = outcome(found, "SRI-4").components[1]

    assert component.answer == "unknown"
    assert component.missing == ["activity.pga"]
    assert found.assessments[1].set_aside == [
        f"Physician global assessment (0-3) 0.1 ({day})",
    ]
    assert "not after the infusion, and not used" in found.warnings[-1]


def test_a_stated_value_that_its_facts_do_not_give_is_told() -> None:
    """As `check` tells it of the visit alone: which of the two is right, only the chart can say."""
    day = date(2026, 7, 1)
    items = [name for name in bundled_pack().vocabulary.facts if name.startswith("sledai.")]
    visit = visit_data("visit", {})
    visit["sledai"] = {name.partition(".")[2]: {"value": False, "date": day} for name in items}
    visit["activity"] = {"sledai_2k": {"value": 12, "date": day}}
    files = [("a.toml", profile_of(visit_data("baseline", {}))), ("b.toml", profile_of(visit))]

    said = "b.toml: SLEDAI-2K, total is stated as 12, but would be derived as 0 ("
    warnings = responded(follow_up(files, bundled_pack())).warnings
    assert len([told for told in warnings if told.startswith(said)]) == 1


def test_a_list_reviewed_before_the_infusion_is_open_at_the_visit() -> None:
    """It says nothing of what was begun since: no dose is the highest that may be taken."""
    early = visit_data("visit", {})
    early["dates"]["visit"], early["reviewed"]["treatment"] = date(2026, 5, 1), date(2026, 3, 30)
    files = [
        ("a.toml", profile_of(visit_data("baseline", {}))),
        ("b.toml", profile_of(early)),
    ]
    found = responded(follow_up(files, bundled_pack()))
    component = next(item for item in outcome(found, "LLDAS").components if item.id == "L5a")

    assert (component.answer, component.missing) == ("unknown", ["treatment"])
    assert found.assessments[1].set_aside == ["the review of the treatment list (2026-03-30)"]


def test_without_a_visit_every_outcome_is_open() -> None:
    """Nobody says that a death is no response; the low end of a rate counts it so."""
    died = changed("baseline", person={"died": date(2026, 5, 10)})
    found = responded(follow_up([("a.toml", profile_of(died))], bundled_pack()))

    assert {item.said for item in found.trials[0].outcomes} == {
        "open: no visit after the infusion; died 2026-05-10"
    }
    assert found.judged is None


def test_without_an_assessment_between_the_previous_one_is_open() -> None:
    """It is not taken for the baseline; where nothing is there now, nothing is new."""
    quiet = outcome(responded(seen({}, {})), "LLDAS")
    rash = outcome(responded(seen({"sledai": ["rash"]}, {"sledai": ["rash"]})), "LLDAS")
    new = next(item for item in rash.components if item.id == "L2")

    assert quiet.status == "met"
    assert new.answer == "unknown"
    assert "previous" in new.missing
    assert new.why.startswith("depends on how the page is read: new since: 'previous' open")
