"""Imports run one way, and only the command line touches the world, as CONTRIBUTING.md promises."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from support import ROOT

PACKAGE = ROOT / "cartscreen"

LEVELS = [  # each imports only from those above it; a new room or module needs its place here
    {"hashing", "pattern", "shapes"},
    {"frozen"},
    {"model"},
    {"answer", "build", "errors", "text"},
    {"place"},
    {"contract", "dates", "entries", "toml", "units", "words"},
    {"schedule", "speaks"},
    {"observation"},
    {"derive"},
    {"vocabulary"},
    {"codes", "rule", "profile", "scores"},
    {"pack"},
    {"evaluate", "importing"},
    {"wanted"},
    {"report"},
    {"compare", "escalation", "explain", "plan", "response", "verdicts"},
    {"ledger", "rounds", "schema", "template", "typed", "verify"},
    {"interview"},
    {"render"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: number for number, names in enumerate(LEVELS) for name in names}


def modules() -> dict[str, ast.Module]:
    """The syntax tree of each module, by its name below cartscreen."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


MODULES = modules()


@cache
def imports(tree: ast.Module) -> tuple[str, ...]:
    """The full name of each module, or of each name in a module, that is imported anywhere."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that they can be found"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(found)


def ours(name: str) -> set[str]:
    """The modules and packages of cartscreen that a module imports."""
    found = set()
    for full in imports(MODULES[name]):
        top, _, rest = full.partition(".")
        if top == "cartscreen" and rest not in ("NOTICE", "__version__"):
            found.add(rest.partition(".")[0])
    return found


def others(name: str) -> set[str]:
    """The other packages that a module imports."""
    return {full.partition(".")[0] for full in imports(MODULES[name])} - {"cartscreen"}


NAMES = sorted(name for name in MODULES if name)


def test_every_module_has_its_place() -> None:
    """And no place is left of a module that has gone."""
    assert {name.partition(".")[0] for name in NAMES} == set(LEVEL)
    assert ours("") == set(), "cartscreen/__init__.py imports nothing of ours"


@pytest.mark.parametrize("name", NAMES)
def test_imports_run_one_way(name: str) -> None:
    """From cli down to errors, no module imports one of its own level or above."""
    own = name.partition(".")[0]

    assert "criteria" not in ours(name)
    assert {
        imported for imported in ours(name) if LEVEL[imported] >= LEVEL[own] and imported != own
    } == set()


def test_no_module_imports_itself_by_others() -> None:
    """Inside a room, too, imports run one way: there is no circle of modules."""
    graph = {
        name: {
            full.removeprefix("cartscreen.")
            if full.removeprefix("cartscreen.") in MODULES
            else full.removeprefix("cartscreen.").rpartition(".")[0]
            for full in imports(MODULES[name])
            if full.startswith("cartscreen.")
        }
        & set(NAMES)
        for name in NAMES
    }

    assert TopologicalSorter(graph).prepare() is None


def reached(name: str) -> set[str]:
    """What a module imports, what that imports, and so on."""
    found: set[str] = set()
    todo = [name]
    while todo:
        package = todo.pop()
        for module in NAMES:
            if module == package or module.startswith(f"{package}."):
                todo += ours(module) - found
                found |= ours(module)
    return found


@pytest.mark.parametrize("name", sorted(set().union(*LEVELS[: LEVEL["evaluate"]])))
def test_rules_and_profiles_meet_in_evaluate(name: str) -> None:
    """Below evaluate, nothing knows both; a rule has no patient in it, and a profile no rule."""
    assert not {"rule", "profile"} <= {name, *reached(name)}


def test_rules_and_profiles_do_meet_in_evaluate() -> None:
    """The test above can fail: evaluate reaches both."""
    assert {"rule", "profile", "pack", "derive"} <= reached("evaluate")


@pytest.mark.parametrize(
    ("package", "where"),
    [
        ("typer", {"cli"}),
        ("rich", {"render"}),
        ("jinja2", {"render"}),
        ("openpyxl", {"cli"}),
        ("duckdb", {"cli"}),
    ],
)
def test_a_library_is_used_in_one_place(package: str, where: set[str]) -> None:
    """What is replaced one day is replaced there."""
    assert {name.partition(".")[0] for name in NAMES if package in others(name)} == where


def test_rich_waits_until_it_is_needed() -> None:
    """`list-trials --format csv` should not wait for a library of tables."""
    for name, package in (("cli.commands", "rich"), ("cli.output", "rich")):
        top = ast.Module(
            [node for node in MODULES[name].body if isinstance(node, ast.Import | ast.ImportFrom)],
            [],
        )
        assert package not in {full.partition(".")[0] for full in imports(top)}


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: what is inside a function does not."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield from at_import(node)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"frozen"}))
def test_what_a_start_may_not_need_is_made_when_it_is_needed(name: str) -> None:
    """`pattern` in place of `re.compile`, `frozen` in place of a frozen `dataclass`."""
    nodes = [*at_import(MODULES[name])]

    assert [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.compile", "dataclass")
    ] == []


def test_no_group_repeats_possessively() -> None:
    """`(?>(?:ab|c)*)` in place of `(?:ab|c)*+`, in which Python 3.11.2 errs."""
    possessive = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+")
    texts = (
        (name, node.value)
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )

    assert [(name, text) for name, text in texts if possessive.search(text)] == []


# printing, exiting, the clock, files

WORLD = {
    "sys", "os", "time", "socket", "subprocess", "random", "secrets", "tempfile", "shutil",
    "logging", "signal", "threading", "asyncio", "http", "urllib", "locale", "getpass", "platform",
}  # fmt: skip
CLOCK = {"today", "now", "utcnow", "fromtimestamp", "time", "monotonic"}
PRINTING = {"print", "input", "exit", "quit", "breakpoint"}
OPENING = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "fdopen", "touch", "unlink",
    "mkdir", "iterdir", "glob", "rglob", "FileIO",
}  # fmt: skip
OWN_FILES = {  # modules that read files of the program or of a pack, never a patient's
    "build": {"FileIO", "read_bytes"},
    "pack.compile": {"mkdir", "read_bytes", "write_bytes"},  # for the installation alone
    "pack.files": {"iterdir", "read_bytes"},
    "units": {"read_bytes"},
    "words": {"read_bytes"},
    "render.page": {"read_text"},
}


OWN_WORLD = {
    "build": {"os"},  # lists the program's files
    "hashing": {"sys"},  # asks which Python it is
    "pack.files": {"os"},  # follows the links of a pack
    "errors": {"os"},  # says what the system refuses
    "__main__": {"sys", "os"},  # lets no traceback be printed, and the system end the program
}


def called(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(what it is called on, the name) of each call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name):
                    yield "", name
                case ast.Attribute(value=ast.Name(id=owner), attr=name):
                    yield owner, name
                case ast.Attribute(attr=name):
                    yield "?", name


OUTSIDE = [name for name in NAMES if not name.startswith("cli")]


@pytest.mark.parametrize("name", OUTSIDE)
def test_only_the_command_line_touches_the_world(name: str) -> None:
    """No other module prints, exits, asks for the date, or opens what the user named."""
    calls = set(called(MODULES[name]))

    assert others(name) & WORLD <= OWN_WORLD.get(name, set())
    assert {call for owner, call in calls if owner == ""} & (
        PRINTING | {"open", "SystemExit"}
    ) == set()
    assert {(o, c) for o, c in calls if o in ("date", "datetime", "time") and c in CLOCK} == set()
    assert {call for _, call in calls} & OPENING <= OWN_FILES.get(name, set())


def test_the_command_line_does() -> None:
    """The test above can fail: cli does all of it."""
    rooms = [name for name in NAMES if name.startswith("cli.")]
    calls = {call for name in rooms for call in called(MODULES[name])}

    assert {"sys", "os", "signal"} <= set().union(*map(others, rooms))
    assert ("date", "today") in calls
    assert ("sys", "exit") in calls
    assert {call for _, call in calls} & OPENING


def test_own_files_are_those_that_exist() -> None:
    """No exception is left of a module that needs it no more."""
    for name, allowed in OWN_FILES.items():
        assert {call for _, call in called(MODULES[name])} & OPENING == allowed, name


def test_there_is_one_way_to_read_a_profile() -> None:
    """An importer makes a profile; it is never a second loader."""
    makers = {name for name in NAMES if ("", "Profile") in set(called(MODULES[name]))}

    assert makers == {"profile.read", "profile.model"}, "profile.model makes the blank one alone"


def test_no_module_is_left_out_of_the_package() -> None:
    """setuptools is told each package by name."""
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {
        ".".join(("cartscreen", *path.parent.relative_to(PACKAGE).parts))
        for path in PACKAGE.rglob("*.py")
    }

    assert set(listed["tool"]["setuptools"]["packages"]) == packages | {"cartscreen.criteria"}
    assert Path(PACKAGE, "py.typed").exists()


def test_the_files_of_the_pack_are_installed_and_no_others() -> None:
    """The cases of criteria/ stay in the source archive: the program never reads them."""
    import tomllib

    from cartscreen.pack.files import bundled_files

    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folder = ROOT / "criteria"
    installed = {
        path.relative_to(folder).as_posix()
        for pattern in told["package-data"]["cartscreen.criteria"]
        for path in folder.glob(pattern)
    }

    assert installed == set(bundled_files())
    assert told["include-package-data"] is False, "else all that MANIFEST.in names is installed"
