"""What a start imports: of an installed program, whose pack is compiled, only what it needs."""

import shutil
from pathlib import Path

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


def test_what_judges_and_lists_imports_no_slow_library(tmp_path: Path) -> None:
    """None waits for what checks files, colours, draws pages, or is for others."""
    package = tmp_path / "cartscreen"
    shutil.copytree(ROOT / "cartscreen", package, ignore=shutil.ignore_patterns("*.pyc", "*.bin"))
    shutil.copytree(ROOT / "criteria", tmp_path / "criteria")
    compile_into(package, tmp_path / "criteria")
    written = [["check", *PROFILES, "--format", name] for name in ("json", "ndjson", "csv")]
    drawn = [["check", PROFILES[1]], ["plan", PROFILES[0]], ["list-trials"]]

    table, others = watched(*drawn, cwd=tmp_path), watched(*written, cwd=tmp_path)

    assert {*table.codes, *others.codes} == {0}
    for found in (table, others):
        assert (SLOW | DATACLASSES | OPENSSL | UNASKED) & found.modules == set()
    assert WRITERS & table.modules == set()
    assert "cartscreen.plan.calendar" in table.modules
    assert "csv" in others.modules
