"""The verdict on random patients, realistic ones; and that they are."""

from collections import Counter
from itertools import product

import pytest
from patients import COUNT, failed_without_verdict, patient, patients
from support import TRIALS

from cartscreen.answer import Answer
from cartscreen.contract import REASONS

MANY = 5 * COUNT
"""Patients of each trial, of whom it is asked whether they are as various as they should be."""

RARE = {"censored", "no_unit"}
"""Reasons that hundreds of these patients need not meet; the random cases of a rule do."""


@pytest.mark.parametrize("trial", TRIALS)
def test_one_decisive_criterion_that_fails_rules_a_patient_out(trial: str) -> None:
    """The verdict is then ineligible, whatever else is matched or unknown."""
    found = {str(patient): failed_without_verdict(patient) for patient in patients(trial, COUNT)}

    assert {name: failed for name, failed in found.items() if failed} == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_eligible_is_who_matches_every_criterion_that_counts(trial: str) -> None:
    """No decisive criterion of an eligible patient is failed or unknown."""
    found = {
        str(patient): [
            name
            for name, line in patient.seen.lines.items()
            if line.decisive and line.status != "matched"
        ]
        for patient in patients(trial, COUNT)
        if patient.seen.verdict == "eligible"
    }

    assert {name: open_ for name, open_ in found.items() if open_} == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_the_patients_meet_every_verdict_and_answer(trial: str) -> None:
    """Each verdict is that of a tenth of them at least, and most criteria have every answer.

    Of some sixty patients three in four answers come up; of hundreds nineteen in twenty did.
    """
    found = patients(trial, MANY)
    verdicts = Counter(patient.seen.verdict for patient in found)
    answers = {item for patient in found for item in patient.seen.answers.items()}
    criteria = found[0].seen.lines

    assert min(verdicts[v] for v in ("eligible", "ineligible", "undetermined")) > MANY / 10
    assert len(answers) > 0.75 * len(criteria) * len(Answer)


def test_the_patients_meet_every_reason_to_be_unknown() -> None:
    """All together, they are unknown for every reason that there is, the RARE ones apart."""
    found: set[str] = set()
    for seed, trial in product(range(MANY), TRIALS):
        if REASONS.keys() - RARE <= found:
            break
        found |= {line.reason for line in patient(trial, seed).seen.lines.values()}

    assert REASONS.keys() - found <= RARE
