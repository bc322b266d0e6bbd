"""docs/escalation.md says what the program does: its commands are run, its TOML is read."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from ledgers import TRIAL
from support import ROOT, bundled_pack, trial_toml

from cartscreen.escalation.ledger import parse_ledger
from cartscreen.pack.doses import _THEN, About

PAGE = ROOT / "docs" / "escalation.md"
TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(TEXT) if kind == language]


def printed(command: str) -> str:
    """What a command of the page prints, at 80 columns."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command.removeprefix("$ "),
        shell=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "PATH": beside},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block[2:30])
def test_console_block_is_what_is_printed(block: str) -> None:
    """Each console block shows a command and what it prints."""
    command, _, expected = block.partition("\n")

    assert printed(command) == expected


def test_ledger_of_the_page_loads() -> None:
    """The ledger printed there is one."""
    ledger = parse_ledger(blocks("toml")[0].encode(), TRIAL, "page")

    assert [patient.name for patient in ledger.patients] == ["L-001"]


def test_doses_of_the_page_load() -> None:
    """The tables printed there, below a criterion, are those of a trial."""
    criterion = 'id = "I1"\ntitle = "Age"\nsource = "page"\nrule = "person.age >= 18 years"'
    trial = trial_toml(f"[[inclusion]]\n{criterion}\n{blocks('toml')[1]}")

    assert [level.id for level in trial.doses.levels] == ["DL1"]
    assert tomllib.loads(blocks("toml")[1])["doses"]["rule"]


def test_page_names_all_that_there_is() -> None:
    """Each trial, each `then` and each `about` stands on the page."""
    named = {f"`{trial.id}`" for trial in bundled_pack().trials}
    named |= {f"`{then}`" for then in _THEN}
    named |= {f"`{about}`" for about in get_args(About)}

    assert [name for name in named if name not in TEXT] == []


def refresh() -> None:
    """Rewrite what the page's console blocks print."""

    def again(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        command = match[2].partition("\n")[0]
        return f"```console\n{command}\n{printed(command)}```"

    PAGE.write_text(BLOCK.sub(again, TEXT), "utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    refresh()
