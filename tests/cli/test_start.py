"""What a start imports: of an installed program, whose pack is compiled, only what it needs."""

import shutil
from pathlib import Path

from program import EXAMPLES, watched
from support import ROOT

from cartscreen.build import COMPILED
from cartscreen.pack.compile import compile_into

SLOW = {"pydantic", "pydantic_core", "pint", "rich", "jinja2", "tomli_w", "openpyxl", "duckdb"}
UNASKED = ("cli.escalation", "cli.imports", "cli.response", "verdicts")
PROFILES = [str(EXAMPLES / name) for name in ("sle-nephritis-adult.toml", "sle-us-units.toml")]


def test_what_judges_and_lists_imports_no_slow_library(tmp_path: Path) -> None:
    """None waits for what checks files, colours, draws pages, or is for others."""
    package = tmp_path / "cartscreen"
    shutil.copytree(ROOT / "cartscreen", package, ignore=shutil.ignore_patterns("*.pyc", COMPILED))
    shutil.copytree(ROOT / "criteria", tmp_path / "criteria")
    compile_into(package, tmp_path / "criteria")
    written = [["check", *PROFILES, "--format", name] for name in ("json", "ndjson", "csv")]
    drawn = [["check", PROFILES[1]], ["plan", PROFILES[0]], ["list-trials"]]

    found = watched(*written, *drawn, cwd=tmp_path)

    assert set(found.codes) == {0}
    assert SLOW & found.modules == set()
    assert {f"cartscreen.{name}" for name in UNASKED} & found.modules == set()
    assert "cartscreen.plan.calendar" in found.modules
