"""Exit codes: what a script learns without reading a word."""

import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from program import (
    ADULT,
    EXAMPLES,
    FITS,
    OPEN,
    RULED_OUT,
    in_shell,
    profile,
    run,
    spawned,
    tiny_pack,
)

from cartscreen import __main__ as started_by
from cartscreen.cli import files as cli_files


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


# 2, 3, 4


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["chek", ADULT],
        ["check", ADULT, "--bogus"],
        ["check", ADULT, "--format", "xml"],
        ["check", ADULT, "--readings", "bold"],
        ["check", ADULT, "--trial"],
        ["check", ADULT, "--only", "bad"],
        ["check", ADULT, "--screening-date", "soon"],
        ["show"],
        ["facts", "lab.neutrophlis"],
        ["template", "--for", ADULT, "--screening-date", "soon"],
        ["validate"],
        ["schema", "pack"],
        ["list-trials", "--format", "xml"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(ADULT, "FILE") or "nothing",
)
def test_2_wrong_usage(arguments: list[str]) -> None:
    """Nothing on standard output; on standard error, how the command is used."""
    done = run(*arguments)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(("Usage: cartscreen ", "Error: Option '--trial' requires"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "none.toml"],
        ["validate", "none.toml"],
        ["template", "--for", "none.toml"],
        ["check", "none.toml", "--gate"],
    ],
    ids=" ".join,
)
def test_3_bad_input(arguments: list[str]) -> None:
    """One line that names the file; never a traceback."""
    done = run(*arguments)

    assert (done.code, done.err) == (3, "error: none.toml: there is no such file or folder.\n")


EMPTY = "this folder is empty"
BROKEN_PACKS = {
    "no folder": None,
    "no files": EMPTY,
    "no TOML": "[trial",
    "no trial table": "",
    "no criteria": '[trial]\nid = "a"\nname = "One"\nsource = "a.txt"\nchecked = 2026-01-01\n',
}


@pytest.mark.parametrize("text", BROKEN_PACKS.values(), ids=BROKEN_PACKS)
@pytest.mark.parametrize("command", [["check", ADULT], ["show", "a"], ["template"]], ids=" ".join)
def test_4_bad_criteria(tmp_path: Path, text: str | None, command: list[str]) -> None:
    """No verdict without criteria: the program says which file, and nothing else."""
    folder = tmp_path / "broken"
    if text is not None:
        folder.mkdir()
    if text not in (None, EMPTY):
        (folder / "a.toml").write_text(text, "utf-8")
    done = run(*command, "--criteria", folder)

    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"error: {folder}")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("format", ["table", "json", "ndjson", "csv", "markdown"])
@pytest.mark.parametrize("text", [None, EMPTY, "[trial", "x = 1"])
def test_4_no_list_of_bad_criteria(tmp_path: Path, text: str | None, format: str) -> None:
    """list-trials does not print an empty list where there is nothing to list."""
    folder = tmp_path / "broken"
    if text is not None:
        folder.mkdir()
    if text not in (None, EMPTY):
        (folder / "a.toml").write_text(text, "utf-8")
    done = run("list-trials", "--criteria", folder, "--format", format)

    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"error: {folder}")


@pytest.mark.parametrize("kind", ["inclusion = 3", "exclusion = true", "[inclusion]\nid = 1"])
def test_4_criteria_that_are_no_list(tmp_path: Path, kind: str) -> None:
    """Not an internal error, although list-trials reads no rules."""
    head = 'id = "a"\nname = "One"\nsource = "a.txt"\nchecked = 2026-01-01\n'
    text = f"{kind}\n[trial]\n{head}" if kind[0] != "[" else f"[trial]\n{head}{kind}\n"
    (tmp_path / "a.toml").write_text(text, "utf-8")
    done = run("list-trials", "--criteria", tmp_path)

    assert (done.code, done.out) == (4, "")


@pytest.mark.parametrize(
    "command", [["check", ADULT, "--trial"], ["show"], ["template", "--trial"]]
)
def test_4_unknown_trial(command: list[str]) -> None:
    """A trial that is not in the pack, with the nearest id."""
    done = run(*command, "rd06-04")

    assert (done.code, done.out) == (4, "")
    assert "'rd06-04-sle'" in done.err


# --gate


@pytest.mark.parametrize(
    ("patients", "code"),
    [
        ([FITS], 0),
        ([RULED_OUT], 10),
        ([OPEN], 11),
        ([RULED_OUT, FITS], 0),
        ([RULED_OUT, OPEN], 11),
        ([RULED_OUT, RULED_OUT], 10),
        ([OPEN, FITS], 0),
    ],
)
def test_gate(tmp_path: Path, pack: Path, patients: list[dict[str, Any]], code: int) -> None:
    """0 if one is eligible, 10 if all are ineligible, 11 otherwise; the report is the same."""
    files = [
        profile(tmp_path, f"{n}.toml", patient=f"P-{n}", **data) for n, data in enumerate(patients)
    ]
    command = ("check", *files, "--criteria", pack, "--format", "json")
    gated = run(*command, "--gate")

    assert gated.code == code
    assert gated.out == run(*command).out
    assert gated.err == ""


@pytest.mark.parametrize(
    ("trials", "code"),
    [(["cd19-csle"], 0), (["rd06-04-sle"], 10), (["cd19-csle", "rd06-04-sle"], 0)],
)
def test_gate_is_of_the_selected_trials(trials: list[str], code: int) -> None:
    """P-0002 is a child of 11: fit for cd19-csle (5 to 18 years), not rd06-04-sle (from 18)."""
    options = [part for name in trials for part in ("--trial", name)]

    assert run("check", EXAMPLES / "sle-child-refractory.toml", *options, "--gate").code == code


def test_gate_does_not_hide_a_bad_file(tmp_path: Path, pack: Path) -> None:
    """One eligible patient and one bad file: 3, for the batch is not complete."""
    good = profile(tmp_path, **FITS)

    assert run("check", good, tmp_path / "none.toml", "--criteria", pack, "--gate").code == 3


# standard error


@pytest.mark.parametrize(
    ("redirected", "code"), [("2>&-", 3), ("2>/dev/full", 3), (">&- 2>&-", 5), ("<&-", 3)]
)
def test_a_closed_or_full_standard_error_changes_no_exit_code(
    tmp_path: Path, redirected: str, code: int
) -> None:
    """What cannot be said is not said; the status still tells."""
    assert in_shell(redirected, "check", tmp_path / "none.toml", "-").code == code


# 1


def test_1_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said in a line."""

    def broken(*_: Any) -> bytes:
        raise MemoryError

    monkeypatch.setattr(cli_files, "content_of", broken)
    done = run("check", ADULT)

    assert (done.code, done.err) == (1, "error: out of memory.\n")


def test_the_console_command_is_the_same_program() -> None:
    """The installed command is `python -m cartscreen`, and ends through the same function."""
    (command,) = entry_points(group="console_scripts", name="cartscreen")

    assert command.load() is started_by.main


def test_an_interrupt_before_the_program_has_begun() -> None:
    """While its modules are imported the system ends it: no traceback says where it was."""
    script = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "cartscreen.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
from cartscreen.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # what the tests run in may ignore it
sys.meta_path.insert(0, Interrupt())
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_a_process_of_its_own_ends_the_same_way() -> None:
    """What the tests run in their own process is what a shell runs."""
    for arguments in (["check", ADULT], ["check"], ["check", "none.toml"], ["show", "none"]):
        here, there = run(*arguments), spawned(*arguments)
        assert (here.code, here.out) == (there.code, there.out)
        assert here.err.replace("cartscreen check", "-c check") == there.err.replace(
            "cartscreen check", "-c check"
        )


# A patient who has died


@pytest.mark.parametrize("command", ["check", "plan", "diff"])
def test_who_has_died_is_not_screened(command: str, tmp_path: Path) -> None:
    """On the day of death or after it, the file is refused, by the name of the field."""
    file = profile(tmp_path, person={"died": "2026-11-02"})
    files = [file, ADULT] if command == "diff" else [file]
    done = run(command, *files)

    assert done.code == 3
    assert "person.died 2026-11-02 is not after the date judged, 2026-11-02" in done.err


def test_what_follows_of_who_has_died_is_told_with_a_warning(tmp_path: Path) -> None:
    """The day before death it is like any other; the profile itself is valid."""
    file = profile(tmp_path, person={"died": "2026-11-03"})

    assert run("check", file).code == 0
    assert run("validate", file).code == 0
    done = run("derive", file, "--screening-date", "2026-11-03")
    assert done.code == 0
    assert "warning" in done.err and "person.died" in done.err
