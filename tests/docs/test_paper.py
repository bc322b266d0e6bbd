"""docs/paper.md says what the program does."""

import re
import shlex
from contextlib import chdir
from pathlib import Path

import pytest
from program import run
from support import ROOT

from cartscreen.render import checklist, log

PAGE = (ROOT / "docs" / "paper.md").read_text("utf-8")
COMMANDS = re.findall(r"^cartscreen (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_writes_its_file(tmp_path: Path, command: str) -> None:
    """Run where the examples are; the form is that of the ending."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    with chdir(tmp_path):
        done = run(*shlex.split(command))
    written = tmp_path / command.rpartition(" ")[2]
    begins = {".html": "<!DOCTYPE html>", ".md": "# ", ".csv": "file,patient,"}[written.suffix]

    assert (done.code, done.out, done.err) == (0, "", "")
    assert written.read_text("utf-8").startswith(begins)


def test_the_columns_of_the_log_are_listed() -> None:
    """In their order."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith("`file`, "))

    assert tuple(re.findall(r"`(\w+)`", line)) == log.COLUMNS


def test_each_box_is_explained() -> None:
    """And that there may be none."""
    listed = re.findall(r"^\| (\w+) \| (?!ticked)", PAGE, re.MULTILINE)

    assert tuple(listed) == (*checklist.BOXES, "none")
