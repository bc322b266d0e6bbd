"""Acceptance checks 92, 96 and 98: the bundled criteria, their cases, and the worked patients."""

import json
import re
import tomllib
from datetime import date

import pytest
from program import EXAMPLES, run
from support import ROOT, TRIALS, cases_of

from cartscreen.answer import Answer
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Criterion
from cartscreen.rule.tree import Records, Rule, Test, walk

PACK = {trial.id: trial for trial in bundled_pack().trials}
RULES = [
    (trial.id, criterion)
    for trial in PACK.values()
    for criterion in trial.criteria
    if criterion.readings
]


@pytest.mark.parametrize("trial", TRIALS)
def test_92_each_criterion_has_cases_of_each_answer(trial: str) -> None:
    """Each criterion has a case that holds, one that does not, one that stays unknown."""
    _, cases = cases_of(trial)
    answers = {(case.criterion, case.expect) for case in cases}
    lacking = [
        f"{criterion.id}: {answer.value}"
        for criterion in PACK[trial].criteria
        for answer in Answer
        if (criterion.id, answer.value) not in answers
    ]

    assert sorted(PACK) == TRIALS
    assert lacking == []


def test_96_the_worked_patients_come_to_their_verdicts() -> None:
    """The program gives each patient of examples/ the verdicts worked out by hand."""
    expected = tomllib.loads((ROOT / "tests/golden/verdicts.toml").read_text("utf-8"))
    files = sorted(EXAMPLES.glob("*.toml"))
    done = run("check", *files, "--format", "ndjson")
    found = {
        file.name: {trial["id"]: trial["verdict"] for trial in json.loads(line)["trials"]}
        for file, line in zip(files, done.out.splitlines(), strict=True)
    }

    assert {
        file: {trial: entry["verdict"] for trial, entry in trials.items()}
        for file, trials in expected.items()
    } == found


def test_98_each_criterion_has_its_place_on_the_page() -> None:
    """Each criterion names its place on a page, and each trial the page and when it was read.

    rd06-04-sle E0 stands for exclusion criteria that the page does not have.
    """
    for trial in PACK.values():
        assert trial.about.source
        assert date(2026, 1, 1) <= trial.about.checked <= date.today()
        for criterion in trial.criteria:
            number = re.match(r"[IE](\d+)", criterion.id)
            assert number
            place = f"{criterion.kind.capitalize()} (bullet |item )?{number[1]}\\b"
            assert re.match(place, criterion.source) or criterion.id == "E0", criterion.id


NOT_PRINTED = {
    "bcma-cd70-csle E5.a": ({"1"}, "the note writes `in the week before screening`"),
    "bcma-cd70-csle E7.d": ({"1"}, "a titre of 1:1 or more is any titre at all"),
    "rd06-04-sle I2": ({"69"}, "a reading: up to the 70th birthday is 69 completed years"),
    "cd19-csle E6.a": ({"1"}, "the note writes `in the week before screening`"),
    "cd19-csle E8.d": ({"1"}, "a titre of 1:1 or more is any titre at all"),
}
"""Numbers that a criterion does not print in title, note or labels, each with the reason."""


def numbers(text: str) -> set[str]:
    """The numbers in a text; powers of ten, names with digits and multiples of one apart."""
    plain = re.sub(r"10\^\d+|1\.73 m2|\bm2\b|\b1 (ULN|LLN)\b", "", text)
    found = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*[A-Za-z])", plain)
    return {number.rstrip("0").rstrip(".") if "." in number else number for number in found}


def asked(rule: Rule) -> set[str]:
    """The numbers of a rule: limits, windows, and how many entries."""
    found: set[str] = set()
    for part in walk(rule):
        if isinstance(part, Test):
            found |= numbers(part.text.removeprefix(part.fact))
        elif isinstance(part, Records) and part.k > 1:
            found.add(str(part.k))
    return found


def said(criterion: Criterion) -> set[str]:
    labels = " ".join(reading.label for reading in criterion.readings)
    text = f"{criterion.title} {criterion.note} {labels}"
    for word, digit in {"one": "1", "two": "2", "three": "3"}.items():
        text = re.sub(rf"\b{word}\b", digit, text)
    return numbers(text)


@pytest.mark.parametrize(("trial", "criterion"), RULES, ids=lambda v: getattr(v, "id", v))
def test_98_the_numbers_of_a_rule_stand_in_its_title(trial: str, criterion: Criterion) -> None:
    """Each number of a rule is one that its restatement, its note or a reading's label prints."""
    rules = [reading.rule for reading in criterion.readings]
    silent = set().union(*map(asked, rules)) - said(criterion)
    known, _ = NOT_PRINTED.get(f"{trial} {criterion.id}", (set(), ""))

    assert silent == known
