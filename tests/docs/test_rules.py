"""docs/rules-by-example.md is printed from tests/spec: its laws, and examples that they assert.

python tests/docs/test_rules.py    rewrites it
"""

import ast
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import product
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # where support.py is, for the command

from support import ROOT, SCREENING

PAGE = ROOT / "docs" / "rules-by-example.md"
SPEC = sorted(
    (ROOT / "tests" / "spec").glob("test_*.py"),
    key=lambda path: (int(path.stem.split("_")[1]), path.stem),
)
HEAD = """# Rules by example

What each form of a rule means, law by law, with examples: the rule, the lines of a profile, and the
answer. Where it is not said otherwise, a patient is judged on 2 June 2025. [rules.md](rules.md) has
the forms at a glance.

This page is printed from `tests/spec`, which holds many more examples, by
`python tests/docs/test_rules.py`.
"""
MOST = 4
"""Examples of a law that are printed; the tests hold all."""
LONGEST = 120
"""Letters of a rule or a profile in a table: longer ones stand in the tests alone."""


class Example(NamedTuple):
    rule: str
    profile: str
    on: date
    answer: str


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"spec_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def laws(module: ModuleType) -> Iterator[FunctionType]:
    """The tests of a module, in its order."""
    for name, item in vars(module).items():
        if name.startswith("test_") and isinstance(item, FunctionType):
            yield item


def cases(law: FunctionType) -> Iterator[dict[str, Any]]:
    """The arguments that a test is called with, one case after another."""
    axes = []
    for mark in reversed(getattr(law, "pytestmark", [])):
        if mark.name == "parametrize":
            names, rows = mark.args[:2]
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
            axes.append([dict(zip(names, values(row, names), strict=True)) for row in rows])
    for parts in product(*axes):
        yield {name: value for part in parts for name, value in part.items()}


def values(row: Any, names: list[str]) -> Any:
    """The values of one case, plain or within `pytest.param`."""
    if isinstance(row, type(pytest.param())):
        return row.values
    return row if len(names) > 1 else (row,)


def examples(law: FunctionType) -> Iterator[Example]:
    """What the test asserts by `says(rule, profile, on) == answer`, with its values put in."""
    body = ast.parse(inspect.getsource(law)).body[0]
    assert isinstance(body, ast.FunctionDef)
    for case in cases(law):
        known = {**law.__globals__, **case}
        for node in body.body:
            with suppress(Exception):  # it needs what only a running test has
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    known[node.targets[0].id] = evaluated(node.value, known)
                elif isinstance(node, ast.Assert):
                    yield from asserted(node.test, known)


def evaluated(node: ast.expr, known: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "spec", "eval"), known)


def asserted(test: ast.expr, known: dict[str, Any]) -> Iterator[Example]:
    match test:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="says"), args=args, keywords=[]),
            ops=[ast.Eq()],
            comparators=[expected],
        ) if len(args) <= 3:
            rule, profile, on = (
                evaluated(args[n], known) if n < len(args) else default
                for n, default in enumerate(("", "", SCREENING))
            )
            yield Example(rule, profile, on, evaluated(expected, known))


def chosen(law: FunctionType) -> list[Example]:
    """At most MOST examples: first one of each answer, then the others in order."""
    fitting = [
        item
        for item in dict.fromkeys(examples(law))
        if max(len(item.rule), len(item.profile)) <= LONGEST and "\n\n" not in item.rule
    ]
    firsts = {item.answer.split(",")[0]: item for item in reversed(fitting)}
    picked = {*firsts.values()} | set()
    for item in fitting:
        if len(picked) < MOST:
            picked.add(item)
    return [item for item in fitting if item in picked][:MOST]


def cell(text: str) -> str:
    """TOML in a cell: line for line."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return "<br>".join(f"`` {line} ``" if "`" in line else f"`{line}`" for line in lines).replace(
        "|", "\\|"
    )


def section(path: Path) -> Iterator[str]:
    module = imported(path)
    title, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
    title = re.sub(r"^\d+\. ", "", title)
    head, colon, more = title.partition(":")
    yield f"\n## {head.rstrip('.')}\n"
    if colon:
        yield f"{more.strip()[:1].upper()}{more.strip()[1:]}\n"
    if rest.strip() and "judged on 2 June" not in rest:
        yield f"{' '.join(rest.split())}\n"
    for law in laws(module):
        named = law.__name__.removeprefix("test_").replace("_", " ").capitalize()
        said = " ".join((inspect.getdoc(law) or f"{named}.").split())
        yield f"- {said}"
        found = chosen(law)
        if found:
            yield ""
            yield "  | rule | profile | answer |"
            yield "  |---|---|---|"
            for item in found:
                day = "" if item.on == SCREENING else f", on {item.on}"
                profile = cell(item.profile) or "blank"
                yield f"  | {cell(item.rule)} | {profile} | {item.answer}{day} |"
            yield ""


def page() -> str:
    lines = [HEAD.rstrip(), *(line for path in SPEC for line in section(path))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def test_the_page_is_up_to_date() -> None:
    """docs/rules-by-example.md is as it would be printed now."""
    assert PAGE.read_text("utf-8") == page()


def test_it_shows_rules_with_each_answer() -> None:
    """Hundreds of rules with their answers: where none were found in the tests, it says nothing."""
    rows = re.findall(
        r"^  \| `.*\| (yes|no|unknown)[^|]* \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )

    assert len(rows) > 300
    assert {*rows} == {"yes", "no", "unknown"}


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
