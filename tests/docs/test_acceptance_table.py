"""docs/acceptance-checks.md is written from the acceptance tests.

python tests/docs/test_acceptance_table.py    rewrites it
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # where support.py is, for the command

from acceptance.not_taken import NOT_TAKEN
from support import ROOT

PAGE = ROOT / "docs" / "acceptance-checks.md"
CHECKS = range(1, 99)
HEAD = """# Acceptance checks

What the program promises, by number. Each check is a test of `tests/acceptance` that carries its
number: `pytest tests/acceptance -k test_53` runs the 53rd. This page is written from the tests by
`python tests/docs/test_acceptance_table.py`.

"""


def found() -> Iterator[tuple[int, str, str]]:
    """(number, what is checked, file) of each acceptance test."""
    for path in sorted((ROOT / "tests" / "acceptance").glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                number = re.match(r"test_(\d\d)_", node.name)
                assert number, f"{path.name}: {node.name} has no number"
                yield int(number[1]), (ast.get_docstring(node) or "").split("\n")[0], path.stem


def page() -> str:
    """A row for each check: its first test says what it is."""
    listed: dict[int, tuple[str, list[str]]] = {}
    for number, text, stem in found():
        listed.setdefault(number, (text, []))[1].append(stem)
    rows = ["| no. | check | test |", "|---:|---|---|"]
    for number in CHECKS:
        if number in NOT_TAKEN:
            rows.append(f"| {number} | not taken: {NOT_TAKEN[number]} | |")
        elif number in listed:
            text, stems = listed[number]
            text = text.replace("|", "\\|")
            rows.append(f"| {number} | {text} | {', '.join(dict.fromkeys(stems))} |")
    return HEAD + "\n".join(rows) + "\n"


def test_each_check_is_a_test_or_has_a_reason() -> None:
    """Every number is one or the other, and every test says what it checks."""
    numbers = {number for number, _, _ in found()}

    assert [number for number in CHECKS if number not in numbers and number not in NOT_TAKEN] == []
    assert sorted(numbers & NOT_TAKEN.keys()) == []
    assert numbers | NOT_TAKEN.keys() == set(CHECKS)
    assert [row for row in found() if not row[1]] == []


def test_the_page_is_up_to_date() -> None:
    """docs/acceptance-checks.md is as it would be written now."""
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
