"""How a patient is written down never matters to any trial: random patients, realistic ones.

Each patient is written in all the other ways at once, and a law looks alone at those of whom
something else is then said, and at the first few of each trial, of whom it asks for the same
reasons, too.
"""

from functools import cache

import pytest
from patients import COUNT, OTHERWISE, Patient, patients, said_otherwise
from support import TRIALS

ALONE = 8


@cache
def suspects(trial: str) -> list[Patient]:
    """Of whom another thing is said when everything about them is written otherwise."""
    return [patient for patient in patients(trial, COUNT) if said_otherwise(patient, *OTHERWISE)]


def told(trial: str, way: str) -> dict[str, list[str]]:
    """What is said otherwise of a trial's patients where they are written in this way."""
    looked_at = [*patients(trial, ALONE), *suspects(trial)]
    found = {str(patient): said_otherwise(patient, way) for patient in looked_at}
    return {name: said for name, said in found.items() if said}


@pytest.mark.parametrize("trial", TRIALS)
def test_units_never_matter(trial: str) -> None:
    """Every amount and limit in another unit, or another spelling of it, gets the same answers."""
    assert told(trial, "units") == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_the_order_of_keys_and_results_never_matters(trial: str) -> None:
    """Sections, facts and the results of a series may stand in any order."""
    assert told(trial, "order") == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_the_order_of_entries_never_matters(trial: str) -> None:
    """Treatments, infections and the like may be listed in any order."""
    assert told(trial, "entries") == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_what_is_written_twice_counts_once(trial: str) -> None:
    """The same dated result, or the same entry of a list, twice, is one.

    A treatment counts once if it names its drug and its start; without, two may be two.
    """
    assert told(trial, "twice") == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_what_a_trial_does_not_read_changes_nothing(trial: str) -> None:
    """Facts, a list and an answer beside the point leave every answer as it is."""
    assert told(trial, "beside") == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_a_patient_28_years_later_gets_the_same_answers(trial: str) -> None:
    """Every date 10 227 days later, when the calendar repeats itself, changes nothing."""
    assert told(trial, "later") == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_all_of_it_at_once_changes_nothing(trial: str) -> None:
    """All of these ways together change nothing either."""
    assert list(map(str, suspects(trial))) == []
