"""docs/response.md says what the program does."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from program import PLAIN
from support import ROOT, profile_of, trial_toml

PAGE = ROOT / "docs" / "response.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = PAGE.read_text("utf-8")


def printed(command: str) -> str:
    """What a command of the page prints, in a shell."""
    beside = str(Path(sys.executable).parent)
    environment = {**os.environ, **PLAIN, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("block", [b for kind, b in BLOCK.findall(TEXT) if kind == "console"])
def test_console_block_is_what_is_printed(block: str) -> None:
    """Each console block shows a command and exactly what it prints."""
    command, _, expected = block.partition("\n")

    assert printed(command.removeprefix("$ ")) == expected


def test_the_profile_and_the_outcome_load() -> None:
    """What the page shows of a visit's profile, and of an outcome in a trial's file."""
    profile, outcome = (body for kind, body in BLOCK.findall(TEXT) if kind == "toml")
    data = tomllib.loads(profile)
    del data["schema"], data["patient"]
    about = 'title = "Lupus"\nsource = "Inclusion 1"\nrule = "diagnosis.sle"'
    trial = trial_toml(f'[[inclusion]]\nid = "I1"\n{about}\n{outcome}')

    assert profile_of(data).warnings == ()
    assert [(item.id, str(item.visit)) for item in trial.outcomes] == [("SRI-4", "3 months")]


def refresh() -> None:
    """Rewrite what the console blocks print."""

    def again(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        command = match[2].partition("\n")[0]
        return f"```console\n{command}\n{printed(command.removeprefix('$ '))}```"

    PAGE.write_text(BLOCK.sub(again, TEXT), "utf-8")
