"""The patients of examples/, against verdicts that were worked out by hand from the pages.

An answer in an example carries the mark of its question. After the wording of a question has
changed, and the example's answer was held against it, `python tests/golden/test_examples.py` writes
the new marks.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from cartscreen.contract import Report
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import Screening, screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.model import question_mark
from cartscreen.profile.read import parse_profile
from cartscreen.report import report

EXAMPLES = ROOT / "examples"
FILES = sorted(path.name for path in EXAMPLES.glob("*.toml"))
TRIALS = {trial.id: trial for trial in bundled_pack().trials}
EXPECTED = tomllib.loads(Path(__file__).with_name("verdicts.toml").read_text("utf-8"))
ALL = [(file, trial) for file, trials in EXPECTED.items() for trial in trials]


@cache
def chart(file: str) -> Chart:
    pack = bundled_pack()
    profile = parse_profile((EXAMPLES / file).read_bytes(), pack.vocabulary, file)
    assert profile.screening is not None
    return chart_on(profile, pack, profile.screening.earliest)


@cache
def full_report(file: str) -> Report:
    return report(chart(file), bundled_pack().trials, file=file, date_from="profile")


def came_to(screening: Screening, expected: dict[str, Any]) -> dict[str, Any]:
    """The verdict and the lists of criteria, as far as verdicts.toml says them."""
    lists = {"failed": screening.counted("failed"), "open": screening.counted("unknown")}
    ids = {name: [item.criterion.id for item in found] for name, found in lists.items()}
    return {"verdict": screening.verdict, **{name: ids[name] for name in ids if name in expected}}


@pytest.mark.parametrize(("file", "trial"), ALL, ids=[f"{f} {t}" for f, t in ALL])
def test_verdict(file: str, trial: str) -> None:
    """The patient comes to the verdict worked out by hand, and for those reasons alone."""
    expected = EXPECTED[file][trial]

    assert came_to(screen(TRIALS[trial], chart(file)), expected) == expected


def test_every_example_and_trial_is_expected() -> None:
    """No example and no trial is left out."""
    assert sorted(EXPECTED) == FILES
    assert {file: set(trials) for file, trials in EXPECTED.items()} == {
        file: set(TRIALS) for file in FILES
    }


@pytest.mark.parametrize("file", FILES)
def test_example_opens_with_its_story(file: str) -> None:
    """A comment of two to five lines says who this is; the pseudonym in it is the file's own."""
    lines = (EXAMPLES / file).read_text("utf-8").splitlines()
    story = lines[: next(n for n, line in enumerate(lines) if not line.startswith("# "))]

    assert 2 <= len(story) <= 5
    assert story[0].startswith(f"# {chart(file).profile.patient}: ")


@pytest.mark.parametrize("file", FILES)
def test_every_answer_is_used(file: str) -> None:
    """Each answer in an example meets a question, or names a reading, of its trial."""
    warnings = [text for trial in full_report(file).trials for text in trial.warnings]

    assert [text for text in warnings if text.startswith("Answers that")] == []


def test_main_example_has_no_warnings() -> None:
    """The README's example is fresh, agrees with itself, and has nothing to be doubted."""
    assert full_report("sle-nephritis-adult.toml").warnings == []


def with_marks(text: str) -> str:
    """The text of a profile with the mark of its question beside every answer."""
    trial = ""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if head := re.match(r"\[(?:answers\.)?([^\]]*)\]", line):
            trial = head[1] if line.startswith("[answers.") else ""
        given = re.match(r'("?)([IE][\w.]+)\1(\s*= )(?:\{ answer = )?(true|false)\b', line)
        if given and trial in TRIALS and (asked := TRIALS[trial].by_id[given[2]].question):
            rest = re.sub(r'^(, question = "\w+")? \}', "", line[given.end() :])
            mark = question_mark(asked.text)
            written = f'{{ answer = {given[4]}, question = "{mark}" }}'
            lines[at] = f"{given[1]}{given[2]}{given[1]}{given[3]}{written}{rest}"
    return "\n".join(lines)


@pytest.mark.parametrize("file", FILES)
def test_every_answer_carries_the_mark_of_its_question(file: str) -> None:
    text = (EXAMPLES / file).read_text("utf-8")

    assert with_marks(text) == text


if __name__ == "__main__":
    for path in EXAMPLES.glob("*.toml"):
        path.write_text(with_marks(path.read_text("utf-8")), "utf-8")
