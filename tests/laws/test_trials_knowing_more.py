"""What is decided of a patient stays so when more is known: random patients, realistic ones."""

import pytest
from patients import COUNT, decided_of_nothing, less_known, patients
from support import TRIALS


@pytest.mark.parametrize("trial", TRIALS)
def test_a_criterion_that_is_decided_never_flips(trial: str) -> None:
    """What was left out of a patient, filled in again, makes no NO of a YES, nor a YES of a NO."""
    found = {
        f"{patient}, {number}": flipped
        for patient in patients(trial, COUNT)
        for number, (flipped, _) in enumerate(less_known(patient))
    }

    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_only_a_contradiction_makes_open_what_was_decided(trial: str) -> None:
    """More facts make a decided answer UNKNOWN only where they contradict one another."""
    found = {
        f"{patient}, {number}": opened
        for patient in patients(trial, COUNT)
        for number, (_, opened) in enumerate(less_known(patient))
    }

    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_of_nothing_nothing_is_decided(trial: str) -> None:
    """A criterion is UNKNOWN where nothing that it reads is recorded, whatever else is."""
    found = {str(patient): decided_of_nothing(patient) for patient in patients(trial, COUNT)}

    assert {name: said for name, said in found.items() if said} == {}
