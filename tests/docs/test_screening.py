"""What docs/screening.md says, and the script that screens a folder, as it stands."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import EXAMPLES, PROGRAM, environment_of, flat
from rich._palettes import STANDARD_PALETTE, WINDOWS_PALETTE
from support import ROOT

PAGE = (ROOT / "docs" / "screening.md").read_text("utf-8")
SCRIPT = EXAMPLES / "screen-folder.sh"


def screen(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The script, with this cartscreen in the path."""
    beside = folder / "bin"
    beside.mkdir(exist_ok=True)
    program = beside / "cartscreen"
    program.write_text(f"#!/bin/sh\nexec '{PROGRAM[0]}' -c '{PROGRAM[2]}' \"$@\"\n")
    program.chmod(0o755)
    return subprocess.run(
        ["sh", SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment_of(PATH=f"{beside}{os.pathsep}{os.environ['PATH']}"),
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it is a script of a Unix shell")
def test_a_folder_is_screened_past_a_bad_file(tmp_path: Path) -> None:
    """A page for each patient, a log of all, the matrix, what is wrong once, and status 3.

    Again into the same folder, without a fault, it is 0.
    """
    profiles, reports = tmp_path / "of May 2026", tmp_path / "out"
    profiles.mkdir()
    shutil.copy(EXAMPLES / "sle-man.toml", profiles / "a man.toml")
    shutil.copy(EXAMPLES / "sjogren.toml", profiles)
    (profiles / "bad.toml").write_text('schema = 1\npatient = "P-9"\n[lab]\nneutrophils = 3\n')
    done = screen(tmp_path, profiles, reports)

    assert done.returncode == 3
    assert sorted(path.name for path in reports.iterdir()) == [
        "a man.html", "bad.html", "log.csv", "sjogren.html",
    ]  # fmt: skip
    with (reports / "log.csv").open(newline="", encoding="utf-8") as file:
        patients = {row["patient"] for row in csv.DictReader(file)}
    assert patients == {"P-0003", "P-0006", ""}
    assert re.search(r"^P-0003 ", done.stdout, re.MULTILINE)
    assert "2 patients judged" in flat(done.stdout)
    assert done.stderr.count("has no unit") == 1
    assert "2 of 3: bad" in done.stderr
    assert done.stderr.endswith(f"2 of 3 profiles judged; reports and log.csv are in {reports}.\n")

    (profiles / "bad.toml").unlink()
    (profiles / "a man.toml").unlink()
    assert screen(tmp_path, profiles, reports).returncode == 0
    assert "P-0003" not in (reports / "log.csv").read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="it is a script of a Unix shell")
def test_without_a_profile_or_folders_it_is_status_2(tmp_path: Path) -> None:
    """And nothing is made."""
    profiles, reports = tmp_path / "in", tmp_path / "out"
    profiles.mkdir()
    assert screen(tmp_path, profiles, reports).returncode == 2
    assert screen(tmp_path, profiles).returncode == 2
    assert not reports.exists()


def test_the_contrast_of_the_colours() -> None:
    """The table of the page holds, by the formula of WCAG 2.2, for the palettes that rich has."""
    for name, palette in (("Windows", WINDOWS_PALETTE), ("standard ANSI", STANDARD_PALETTE)):
        for ground, behind in (("its black", palette[0]), ("white", (255, 255, 255))):
            red, green, yellow = (f"{contrast(palette[n], behind):.1f}" for n in (1, 2, 3))
            assert f"| {name}, on {ground} | {red} | {yellow} | {green} |" in PAGE


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """WCAG 2.2: (L1 + 0.05) / (L2 + 0.05) of the relative luminances."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: tuple[int, ...]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
