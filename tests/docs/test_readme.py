"""What the documentation says is what the program does."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import chdir
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # where support.py is, for the command

import program
from support import ROOT, profile_of
from typer.main import get_command

from cartscreen.cli.commands import app

README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def run(command: str) -> str:
    """What a command prints, at 80 columns; every edit of the program makes it another build."""
    return re.sub(r"\(build [0-9a-f]{12}\)", "(build 000000000000)", printed_by(command))


def printed_by(command: str) -> str:
    """Output and errors of a command, run in the project at 80 columns; in a shell if need be."""
    if command.startswith("cartscreen ") and not re.search(r"[|*<>;]", command):
        with chdir(ROOT):
            done = program.run(*shlex.split(command)[1:])
        return done.out + done.err
    beside = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "COLUMNS": "80",
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("block", blocks(README, "console"), ids=lambda b: b.splitlines()[0][2:60])
def test_console_block_is_what_is_printed(block: str) -> None:
    """Each console block of the README shows a command and exactly what it prints."""
    command, _, expected = block.partition("\n")
    if " jq " in command and shutil.which("jq") is None:
        pytest.skip("jq is not installed")

    assert run(command.removeprefix("$ ")) == expected


def test_shell_loop_runs() -> None:
    """The loop of the README tells eligible, ruled out and open patients apart."""
    loop = blocks(README, "sh")[2]
    said = run(loop.replace("examples/*.toml", "examples/sle-[cn]*.toml")).splitlines()

    assert len(said) == 3
    assert "examples/sle-child-refractory.toml: eligible" in said
    assert "examples/sle-nephritis-adult.toml: ruled out" in said


def test_profile_block_is_a_profile() -> None:
    """The profile printed in the README loads."""
    data = tomllib.loads(blocks(README, "toml")[0])
    del data["schema"], data["patient"]

    assert profile_of(data).warnings == ()


def test_every_command_is_in_the_readme() -> None:
    """Each command is named in the README, and has help."""
    commands = get_command(app).commands  # type: ignore[attr-defined]

    assert [name for name in commands if f"cartscreen {name}" not in README] == []
    assert [name for name, command in commands.items() if not command.help] == []


def test_links_lead_somewhere() -> None:
    """Each relative link of the README and CONTRIBUTING names a file or folder."""
    links = re.findall(r"\]\(([^)#:]+)\)", README + CONTRIBUTING)

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_trial_block_is_a_trial(tmp_path: Path) -> None:
    """The trial printed in CONTRIBUTING loads as a pack of its own."""
    (tmp_path / "my-trial.toml").write_text(blocks(CONTRIBUTING, "toml")[0], "utf-8")

    assert "my-trial" in run(f"cartscreen list-trials --criteria {tmp_path}")
    assert "55 %" in run(f"cartscreen show my-trial --criteria {tmp_path}")


def refresh() -> None:
    """Rewrite what the README's console blocks print."""

    def printed(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        command = match[2].partition("\n")[0]
        return f"```console\n{command}\n{run(command.removeprefix('$ '))}```"

    (ROOT / "README.md").write_text(BLOCK.sub(printed, README), "utf-8")


if __name__ == "__main__":
    refresh()
