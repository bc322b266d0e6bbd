"""What the documentation says is what the program does."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import chdir
from io import StringIO
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # where support.py is, for the command

import program
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text
from support import ROOT, profile_of
from typer.main import get_command

from cartscreen.cli.commands import app
from cartscreen.cli.manual import exit_status

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in PAGES}
README = TEXTS["README.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURE = DOCS / "check.svg"
PICTURED = ("check", "examples/sle-nephritis-adult.toml")
COLUMNS, LINES = 100, 40
"""How wide the picture is, and how many lines of the table it shows."""


def blocks(text: str, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def run(command: str) -> str:
    """What a command prints, at 80 columns; every edit of the program makes it another build."""
    return re.sub(r"\(build [0-9a-f]{12}\)", "(build 000000000000)", printed_by(command))


PIPE = re.compile(r" \| (?=(?:cartscreen|cut|jq|sed) )")


def printed_by(command: str) -> str:
    """Output and errors of a command, run in the project at 80 columns.

    `cartscreen` is called in this process; other programs, and loops, run in a shell.
    """
    if re.search(r"\n| [<>] ", command):
        return in_shell(command, "")
    out = errors = ""
    for part in PIPE.split(command):
        if not part.startswith("cartscreen "):
            out = in_shell(part, out)
            continue
        with chdir(ROOT):
            words = [
                name
                for word in shlex.split(part)[1:]
                for name in (sorted(map(str, Path().glob(word))) if "*" in word else ()) or [word]
            ]
            done = program.run(*words, stdin=out.encode())
        out, errors = done.out, errors + done.err
    return out + errors


def in_shell(command: str, stdin: str) -> str:
    """Output and errors of a command in a shell."""
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
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


CONSOLE = [
    pytest.param(block, id=f"{page} {block.partition(chr(10))[0][2:60]}")
    for page, text in TEXTS.items()
    for block in blocks(text, "console")
]


@pytest.mark.usefixtures("judged_once")
@pytest.mark.parametrize("block", CONSOLE)
def test_console_block_is_what_is_printed(block: str) -> None:
    """Each console block shows a command and exactly what it prints."""
    command, _, expected = block.partition("\n")
    if " jq " in command and shutil.which("jq") is None:
        pytest.skip("jq is not installed")

    assert run(command.removeprefix("$ ")) == expected


def test_the_two_commands_of_the_readme() -> None:
    """.ci/run takes them from its first two `sh` blocks; the first has its form for Windows."""
    install, test = blocks(README, "sh")[:2]
    (windows,) = blocks(README, "powershell")
    posix = windows.replace("py -m", "python3 -m").replace("; ", " && ")
    posix = posix.replace(".venv\\Scripts\\", ".venv/bin/").replace("\\", "/")

    assert install.startswith("python3 -m venv .venv && .venv/bin/pip install -q . && ")
    assert posix == install
    assert (
        test
        == ".venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest -n auto --dist worksteal\n"
    )


def test_the_readme_is_short() -> None:
    """It is read to the end; what is longer has a page of its own."""
    assert README.count("\n") <= 130


@pytest.mark.slow
def test_shell_loop_runs() -> None:
    """The loop of docs/scripting.md tells eligible, ruled out and open patients apart."""
    (loop,) = blocks(TEXTS["docs/scripting.md"], "sh")
    said = run(loop.replace("examples/*.toml", "examples/sle-[cn]*.toml")).splitlines()

    assert len(said) == 3
    assert "examples/sle-child-refractory.toml: eligible" in said
    assert "examples/sle-nephritis-adult.toml: ruled out" in said


PROFILES = blocks(README, "toml") + blocks(TEXTS["docs/profile.md"], "toml")


@pytest.mark.parametrize("block", PROFILES, ids=range(len(PROFILES)))
def test_profile_block_is_a_profile(block: str) -> None:
    """Each profile printed in the README and in docs/profile.md loads, and nothing is in doubt."""
    data = tomllib.loads(block)
    del data["schema"], data["patient"]

    assert profile_of(data).warnings == ()


def test_every_command_is_in_the_documentation() -> None:
    """Each command is named in the README or on a page, and has help."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    said = "\n".join(TEXTS.values())

    assert [name for name in commands if f"cartscreen {name}" not in said] == []
    assert [name for name, command in commands.items() if not command.help] == []


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    """Each relative link names a file or folder, and a heading of it where it has a #."""
    wrong = []
    for link, heading in re.findall(r"\]\(([^)#:]*)(#[^)]*)?\)", TEXTS[page]):
        target = (ROOT / page).parent / link if link else ROOT / page
        if not target.exists() or (heading and heading not in headings(target)):
            wrong.append(link + heading)

    assert wrong == []


def headings(path: Path) -> set[str]:
    """The links to the headings of a page."""
    found = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    words = [re.sub(r"[^\w -]", "", text.lower()) for text in found]
    return {"#" + text.replace(" ", "-") for text in words}


def test_trial_block_is_a_trial(tmp_path: Path) -> None:
    """The trial printed in docs/adding-a-trial.md loads as a pack of its own."""
    block = blocks(TEXTS["docs/adding-a-trial.md"], "toml")[0]
    (tmp_path / "my-trial.toml").write_text(block, "utf-8")

    assert "my-trial" in run(f"cartscreen list-trials --criteria {tmp_path}")
    assert "55 %" in run(f"cartscreen show my-trial --criteria {tmp_path}")


def test_every_exit_status_is_in_the_documentation() -> None:
    """docs/scripting.md has each status that the help of a command has."""
    rows = re.findall(r"^\| ([\d, ]+) \|", TEXTS["docs/scripting.md"], re.MULTILINE)
    documented = {status for row in rows for status in row.split(", ")}

    told = {status for said, _ in exit_status("", ()) for status in said.split(", ")}

    assert documented == told


FIRST = [
    "profile",
    "verdicts",
    "what-next",
    "errors",
    "scripting",
    "verify",
    "importing",
    "response",
]
"""The order of the index; other pages follow by name."""


def index() -> str:
    """docs/README.md: a line for each page, its heading and its first sentence."""
    pages = {path.stem: path for path in DOCS.glob("*.md") if path.stem != "README"}
    names = sorted(pages, key=lambda name: (FIRST.index(name) if name in FIRST else 99, name))
    lines = ["# Documentation", "", "| page | |", "|---|---|"]
    for name in names:
        title, said = re.split(r"\n\n+", pages[name].read_text("utf-8"), maxsplit=2)[:2]
        said = re.split(r"(?<=[.]) ", " ".join(said.split()))[0]
        lines.append(f"| [{title.removeprefix('# ')}]({name}.md) | {said} |")
    lines.append(
        "| [Criteria](../criteria/README.md) | The format of facts, scores, lists, cases. |"
    )
    return "\n".join(lines) + "\n"


def test_the_index_lists_every_page() -> None:
    """docs/README.md is as it would be written now."""
    assert TEXTS["docs/README.md"] == index()


def picture() -> str:
    """The first lines of the table, in the colours of a terminal, as an SVG that loads nothing."""
    shown = program.on_terminal(*PICTURED, columns=COLUMNS)
    shown = re.sub(r"\(build [0-9a-f]{12}\)", "(build 000000000000)", shown)
    console = Console(
        file=StringIO(), width=COLUMNS, record=True, force_terminal=True, color_system="truecolor"
    )
    lines = shown.split("\n")
    console.print(Text.from_ansi("\n".join([*lines[:LINES], *["..."] * (len(lines) > LINES)])))
    form = re.sub(
        r" *@font-face \{\{.*?\n *\}\}\n|<!-- .*? -->", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL
    )
    title = f"cartscreen {' '.join(PICTURED)}"
    return console.export_svg(title=title, code_format=form, unique_id="check") + "\n"


def test_the_picture_of_the_table_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/check.svg shows what `check` prints now; it loads nothing, and has no script."""
    monkeypatch.chdir(ROOT)
    drawn = PICTURE.read_text("utf-8")

    assert letters(drawn) == letters(picture())
    assert re.findall(r"https?://[^\"]*", drawn) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in drawn


def letters(svg: str) -> list[str]:
    """What a picture says: another version of rich may draw it in another way."""
    return re.findall(r">([^<>]+)</text>", svg)


def refresh() -> None:
    """Rewrite what the pages show of the program, the picture of the table, and the index."""

    def printed(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        command = match[2].partition("\n")[0]
        return f"```console\n{command}\n{run(command.removeprefix('$ '))}```"

    for name, text in TEXTS.items():
        (ROOT / name).write_text(BLOCK.sub(printed, text), "utf-8")
    os.chdir(ROOT)
    PICTURE.write_text(picture(), "utf-8")
    (DOCS / "README.md").write_text(index(), "utf-8")


if __name__ == "__main__":
    refresh()
