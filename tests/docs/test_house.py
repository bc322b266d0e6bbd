"""What developers run, and what the project depends on, is named and has its reason."""

import json
import re
import subprocess
import sys
import tomllib
from contextlib import chdir

import pytest
from program import WATCHED, environment_of, run
from support import ROOT

JUSTFILE = (ROOT / "justfile").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(each for extra in PROJECT["optional-dependencies"].values() for each in extra),
]


def test_contributing_names_each_recipe() -> None:
    """A recipe of the justfile stands in CONTRIBUTING, and nothing else does."""
    recipes = set(re.findall(r"^(\w+)(?: \w+)*:(?!=)", JUSTFILE, re.MULTILINE)) - {"default"}

    assert set(re.findall(r"`just (\w+)`", CONTRIBUTING)) == recipes


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_dependency_has_its_reason(requirement: str) -> None:
    """The comment beside a dependency says what it is for, and its bound is the oldest one."""
    assert re.search(rf'^  "{re.escape(requirement)}", +# \w+ \w+', PYPROJECT, re.MULTILINE)
    assert ">=" in requirement or "==" in requirement


def test_python_runs_the_package() -> None:
    """`python -m cartscreen` is the program."""
    command = [sys.executable, "-m", "cartscreen", "check", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("Usage: cartscreen check ")


@pytest.mark.slow
def test_help_and_formulas_keep_their_words_without_docstrings() -> None:
    """What `derive` says of a formula is in its docstring, which `python -OO` drops."""
    commands = [["check", "--help"], ["derive", "examples/sle-man.toml"]]
    command = [sys.executable, "-OO", "-c", WATCHED, json.dumps(commands)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment_of(), capture_output=True, text=True, check=True
    )
    with chdir(ROOT):
        expected = [run(*words).out for words in commands]
    _, texts, *_ = json.loads(done.stdout)

    assert "Judge patients against the criteria of the trials." in expected[0]
    assert "140 less the age" in expected[1]
    assert texts == expected
