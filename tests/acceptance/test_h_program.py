"""Acceptance checks 94 and 95: mutation testing and coverage leave nothing without a reason."""

import re
import tomllib
from pathlib import Path

from support import ROOT

SURVIVORS = tomllib.loads((ROOT / "tests/mutation/survivors.toml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def source(module: str) -> str:
    """The code of a module, white space folded."""
    path = ROOT.joinpath("cartscreen", *module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return re.sub(r"\s+", "", file.read_text("utf-8"))


def test_94_each_mutant_that_survives_has_a_reason() -> None:
    """No test notices a change that survivors.toml does not list with a reason; none is stale."""
    mutants = []
    for group in SURVIVORS["equivalent"]:
        assert set(group) == {"reason", "mutants"}
        assert len(group["reason"].split()) > 4, group["reason"]
        mutants += group["mutants"]
    for mutant in mutants:
        head, *lines = mutant.strip().split("\n")
        module, _, function = head.partition(": ")
        code = source(module)
        assert f"def{function.rpartition('.')[2]}(" in code, head
        for line in lines:
            if line.startswith("- "):
                assert re.sub(r"\s+", "", line[2:]) in code, mutant

    assert len(set(mutants)) == len(mutants)


def test_95_what_the_tests_need_not_reach_has_a_reason() -> None:
    """Each branch is reached by a test, or its exclusion carries a reason."""
    report = PROJECT["tool"]["coverage"]["report"]
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    unexplained = [
        f"{path.name}: {line.strip()}"
        for path in sorted(Path(ROOT / "cartscreen").rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if "pragma: no" in line and not re.search(r"pragma: no (cover|branch) - \w+ \w+", line)
    ]

    assert PROJECT["tool"]["coverage"]["run"]["branch"] is True
    assert report["fail_under"] == 100
    assert unexplained == []
    for pattern in (*report.get("exclude_also", ()), *report.get("partial_also", ())):
        written = pattern.replace("\\", "\\\\")
        (line,) = [line for line in lines if f'"{written}"' in line]
        assert "# " in line, pattern
