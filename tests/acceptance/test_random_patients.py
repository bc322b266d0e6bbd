"""The acceptance check that takes random patients: 25."""

from draws import DRAWS
from patients import COUNT, PAIRS, less_known, patients
from support import TRIALS


def test_25_an_unknown_that_is_replaced_never_flips_a_decided_verdict() -> None:
    """Of two hundred pairs of profiles, one of which knows less: none is decided otherwise.

    Reworded (it said ten thousand): `DRAWS=10000 pytest` takes as many, `python tests/patients.py`
    others each time.
    """
    tried = 0
    flipped = {}
    for trial in TRIALS:
        for patient in patients(trial, COUNT):
            for number, (said, _) in enumerate(less_known(patient)):
                tried += 1
                if said:
                    flipped[f"{patient}, {number}"] = said

    assert flipped == {}
    assert tried == len(TRIALS) * COUNT * PAIRS >= DRAWS
