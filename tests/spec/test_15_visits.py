"""15. Visits: they are dated in the profile, and move with the screening date."""

from datetime import date

import pytest
from support import says

PLANNED = """
dates.screening = 2025-06-02
dates.consent = 2025-05-20
dates.enrollment = 2025-06-02
dates.infusion = 2025-07-01
vaccine = [{ live = true, date = 2025-06-24 }]
lab.alt = { value = "22 U/L", date = 2025-05-19 }
"""


@pytest.mark.parametrize(
    ("rule", "on", "answer"),
    [
        # the vaccine of 24 June is 7 days before the infusion of 1 July, and 8 before 2 July
        ("infusion", date(2025, 6, 2), "yes"),
        ("infusion", date(2025, 6, 3), "unknown, list_not_reviewed: vaccine"),
        ("infusion", date(2025, 5, 26), "yes"),  # the infusion moves to the very day, 24 June
        ("infusion", date(2025, 5, 25), "unknown, list_not_reviewed: vaccine"),  # to the day before
    ],
)
def test_a_later_visit_moves_with_screening(rule: str, on: date, answer: str) -> None:
    """It stays as many days after the date judged as it is planned after screening."""
    asked = f'{{ some = "vaccine", where = ["live", "date within 7 days before {rule}"] }}'

    assert says(asked, PLANNED, on) == answer


@pytest.mark.parametrize(
    ("anchor", "on", "answer"),
    [
        # ALT of 19 May: 14 days before 2 June
        ("screening", date(2025, 6, 2), "yes"),
        ("screening", date(2025, 6, 3), "no"),
        # enrolment on the day of screening is no past visit: it moves
        ("enrollment", date(2025, 6, 2), "yes"),
        ("enrollment", date(2025, 6, 3), "no"),
        # consent lies before screening: it was, and does not move
        ("consent", date(2025, 6, 2), "yes"),
        ("consent", date(2025, 6, 20), "yes"),
    ],
)
def test_a_visit_of_the_past_stays(anchor: str, on: date, answer: str) -> None:
    """Consent that was given keeps its day, whenever the patient is judged."""
    said = says(f"lab.alt within 14 days before {anchor}", PLANNED, on)

    assert said == answer


def test_without_a_planned_screening_date_no_visit_moves() -> None:
    """There is nothing that it could be measured from."""
    profile = PLANNED.replace("dates.screening = 2025-06-02", "")
    asked = '{ some = "vaccine", where = ["live", "date within 7 days before infusion"] }'

    assert says(asked, profile, date(2025, 6, 5)) == "yes"
    assert says(asked, profile, date(2025, 5, 5)) == "yes"
