"""What a start imports: of an installed program, whose pack is compiled, only what it needs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import EXAMPLES, watched
from support import ROOT

from cartscreen.pack.compile import compile_into

SLOW = {"pydantic", "pydantic_core", "pint", "rich", "jinja2", "tomli_w", "openpyxl", "duckdb"}
DATACLASSES = {"dataclasses"}  # records are made without: see frozen.py
OPENSSL = {"_hashlib", "hashlib", "ssl"}
UNASKED = {
    *(f"cartscreen.cli.{name}" for name in ("escalation", "imports", "reports", "response")),
    *(f"cartscreen.pack.{name}" for name in ("lint", "read", "read_doses", "read_trial")),
    "cartscreen.rule.parse",
}
"""What declares other commands, and what reads the TOML of a pack."""
WRITERS = {"json", "csv", "shlex", "cartscreen.cli.profiles", "cartscreen.verdicts"}
"""What the table has no need of, beside those."""
PROFILES = [str(EXAMPLES / name) for name in ("sle-nephritis-adult.toml", "sle-us-units.toml")]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the program, as it is installed."""
    folder = tmp_path_factory.mktemp("installed")
    package = folder / "cartscreen"
    shutil.copytree(ROOT / "cartscreen", package, ignore=shutil.ignore_patterns("*.pyc", "*.bin"))
    shutil.copytree(ROOT / "criteria", folder / "criteria")
    compile_into(package, folder / "criteria")
    return folder


def test_what_judges_and_lists_imports_no_slow_library(compiled: Path) -> None:
    """None waits for what checks files, colours, draws pages, or is for others."""
    written = [["check", *PROFILES, "--format", name] for name in ("json", "ndjson", "csv")]
    drawn = [["check", PROFILES[1]], ["plan", PROFILES[0]], ["list-trials"]]

    table, others = watched(*drawn, cwd=compiled), watched(*written, cwd=compiled)

    assert {*table.codes, *others.codes} == {0}
    for found in (table, others):
        assert (SLOW | DATACLASSES | OPENSSL | UNASKED) & found.modules == set()
    assert WRITERS & table.modules == set()
    assert "cartscreen.plan.calendar" in table.modules
    assert "csv" in others.modules


@pytest.mark.parametrize("format", ["table", "ndjson"])
def test_what_judges_compiles_no_record(compiled: Path, format: str) -> None:
    """`shapes.py` has the code of all that a start makes."""
    command = "import cartscreen.frozen as f; f._code = None; from cartscreen.__main__ import main"
    arguments = ["check", *PROFILES[:1], "--format", format]
    subprocess.run(
        [sys.executable, "-c", f"{command}; main()", *arguments],
        cwd=compiled,
        check=True,
        stdout=subprocess.DEVNULL,
    )
