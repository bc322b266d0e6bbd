"""Does a test notice when the program changes? Every small change is made, and a test must object.

    python tests/mutation/run.py [MODULE[:FUNCTION]...]        units, derive.kidney, units:factor

mutmut says which changes are made: a comparison moved, a number one more, an argument left out, a
text altered. Its own runner would skip every function with a decorator, and start pytest for each
change; here the tests are collected once, and each change lives in a fork of that process, where
its code takes the place of the function's, caches are empty, and only the tests that reach its line
are run, those first that objected before.

Leave a module alone while it is changed here: its source is read when its turn comes.

What survives is printed unless survivors.toml lists it with a reason; so is what is listed and does
not survive. The last line of each module says how many changes were made, and what became of
them.
"""

import gc
import inspect
import os
import pickle
import resource
import select
import signal
import sys
import textwrap
import tomllib
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import ndiff
from functools import _lru_cache_wrapper, cached_property
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from types import FunctionType
from typing import Any

import coverage
import hypothesis
import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).parent.parent.parent
SURVIVORS = Path(__file__).with_name("survivors.toml")
MODULES = (
    "answer",
    "units",
    "dates",
    "rule",
    "screen",
    "derive",
    "derive.body",
    "derive.edss",
    "derive.kidney",
    "derive.laboratory",
    "derive.treatment",
    "scores",
)
TESTS = (
    *(f"unit/test_{name}.py" for name in ("answer", "units", "dates", "rule", "kidney", "edss")),
    *(f"unit/test_{name}.py" for name in ("body", "laboratory")),
    *(f"unit/test_{name}.py" for name in ("scores", "vocabulary", "trial", "profile", "explain")),
    "unit/test_derived.py",
    "spec",
)  # what only a law or a trial's case would notice, the manual of the language does not hold
_SLOW = 2.0  # seconds; a test that takes longer is left out
_MEMORY = 4 * 2**30


# Changes


@dataclass(frozen=True)
class Mutant:
    """A function with one change."""

    module: str
    function: str
    change: str
    source: str
    lines: range

    def __str__(self) -> str:
        return f"{self.module}: {self.function}\n{self.change}"

    def install(self) -> None:
        """Let the function do what the changed source says, wherever it is already referred to."""
        module = import_module(f"cartscreen.{self.module}")
        scope = dict(vars(module))
        exec(self.source, scope)
        here, there = _function(vars(module), self.function), _function(scope, self.function)
        here.__code__ = there.__code__
        here.__defaults__, here.__kwdefaults__ = there.__defaults__, there.__kwdefaults__


def _function(scope: dict[str, Any], name: str) -> FunctionType:
    """The function of this qualified name, without its decorators."""
    owner, _, own = name.rpartition(".")
    found = vars(scope[owner])[own] if owner else scope[own]
    match found:
        case property(fget=function) | cached_property(func=function):
            found = function
        case classmethod(__func__=function) | staticmethod(__func__=function):
            found = function
    found = inspect.unwrap(found)
    assert isinstance(found, FunctionType), name
    return found


def mutants_of(module: str) -> Iterator[Mutant]:
    """Every change of every function of a module."""
    path = import_module(f"cartscreen.{module}").__file__
    assert path is not None
    wrapper = MetadataWrapper(cst.parse_module(Path(path).read_text("utf-8")))
    positions = wrapper.resolve(PositionProvider)
    for statement in wrapper.module.body:
        methods = statement.body.body if isinstance(statement, cst.ClassDef) else (statement,)
        for function in methods:
            if isinstance(function, cst.FunctionDef):
                owner = statement.name.value if isinstance(statement, cst.ClassDef) else ""
                yield from _mutants_in(module, owner, function, positions)


def _mutants_in(
    module: str, owner: str, function: cst.FunctionDef, positions: Any
) -> Iterator[Mutant]:
    name = f"{owner}.{function.name.value}" if owner else function.name.value
    before = _source(function, owner)
    changes = _Changes(function)
    function.visit(changes)
    for statement, old, new in changes.found:
        after = _source(function.deep_replace(old, new), owner)
        first = positions[statement].start.line
        lines = range(first, positions[old].end.line + 1)
        if statement is function:  # a default, set when the function is made
            lines = range(first, positions[function].end.line + 1)
        yield Mutant(module, name, _difference(before, after), after, lines)


def _source(function: cst.CSTNode, owner: str) -> str:
    """The function alone, in a class of its name if it has an owner."""
    assert isinstance(function, cst.FunctionDef)
    source = cst.Module([function.with_changes(decorators=[], leading_lines=[])]).code
    return f"class {owner}:\n{textwrap.indent(source, '    ')}" if owner else source


def _difference(before: str, after: str) -> str:
    lines = ndiff(before.splitlines(), after.splitlines())
    return "\n".join(f"{line[0]} {line[2:].strip()}" for line in lines if line[0] in "+-")


class _Changes(cst.CSTVisitor):
    """Collects (statement, node in it, what the node is changed to)."""

    def __init__(self, function: cst.FunctionDef) -> None:
        super().__init__()
        self._statements: list[cst.CSTNode] = [function]
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Annotation() | cst.Decorator() | cst.Assert():
                return False
            case cst.Raise(exc=cst.Call(func=cst.Name("AssertionError"))):
                return False
            case cst.Call(func=cst.Name("assert_never")):
                return False
            case cst.BaseSmallStatement() | cst.BaseCompoundStatement() | cst.MatchCase():
                self._statements.append(node)
        for kind, operator in (*mutation_operators, (cst.FormattedStringText, _text)):
            if isinstance(node, kind):
                self.found += ((self._statements[-1], node, new) for new in operator(node))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if original_node is self._statements[-1] and len(self._statements) > 1:
            self._statements.pop()


def _text(node: cst.FormattedStringText) -> Iterator[cst.FormattedStringText]:
    """mutmut alters plain texts only; messages are mostly formatted ones."""
    yield node.with_changes(value=f"XX{node.value}XX")


# Forks


def in_fork(work: Callable[[], object], seconds: float) -> Any:
    """What `work` returns in a fork of this process; None if that dies, or takes too much time."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        try:
            answer = pickle.dumps(work())
            with os.fdopen(sending, "wb") as pipe:
                pipe.write(answer)
        finally:
            os._exit(0)
    os.close(sending)
    answer = bytearray()
    deadline = perf_counter() + 10 * seconds  # the machine may be busy
    while select.select([receiving], [], [], max(0, deadline - perf_counter()))[0]:
        part = os.read(receiving, 1 << 20)
        if not part:
            break
        answer += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(receiving)
    os.waitpid(child, 0)
    return pickle.loads(answer) if answer else None


class Tests:
    """The tests, collected once in this process and run in forks of it."""

    def __init__(self, session: pytest.Session) -> None:
        self.items = session.items
        self._caches = [
            item
            for item in gc.get_objects()
            if isinstance(item, _lru_cache_wrapper)
            and Path(inspect.getfile(inspect.unwrap(item))).is_relative_to(ROOT)
            and "site-packages" not in inspect.getfile(inspect.unwrap(item))
        ]
        self.duration: list[float] = []
        self._reached: dict[str, dict[int, set[int]]] = {}
        self._objectors: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def _run(self, chosen: list[int], forget: Iterable[str] = ()) -> Iterator[tuple[int, bool]]:
        """(test, did it pass) for each. What these modules keep is forgotten before each test."""
        for cached in self._caches:  # what was computed before a change must be computed anew
            cached.cache_clear()
        failed: list[pytest.Item] = []

        class Watch:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_makereport(
                self, item: pytest.Item, call: pytest.CallInfo[None]
            ) -> None:
                if call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception):
                    failed.append(item)

        plugins = self.items[0].config.pluginmanager
        plugins.unregister(name="terminalreporter")
        plugins.register(Watch())
        for place, number in enumerate(chosen):
            for cached in self._caches:
                if cached.__module__ in forget:
                    cached.cache_clear()
            item = self.items[number]
            following = self.items[chosen[place + 1]] if place + 1 < len(chosen) else None
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            yield number, not failed

    def look(self, modules: list[str]) -> None:
        """Find out how long each test takes and which lines of the modules it reaches."""
        files = {module: str(import_module(f"cartscreen.{module}").__file__) for module in modules}

        kept = {f"cartscreen.{module}" for module in modules}

        def work() -> object:
            measured = coverage.Coverage(data_file=None, config_file=False, include=files.values())
            duration, reached = [], {}
            measured.start()
            measured.switch_context("0")
            start = process_time()
            for number, passed in self._run([*range(len(self.items))], kept):
                if not passed:
                    return self.items[number].nodeid
                duration.append(process_time() - start)
                measured.switch_context(str(number + 1))
                start = process_time()
            measured.stop()
            for module, file in files.items():
                lines = measured.get_data().contexts_by_lineno(file)
                reached[module] = {line: {int(i) for i in tests} for line, tests in lines.items()}
            return duration, reached

        looked = in_fork(work, 600)
        if not isinstance(looked, tuple):
            sys.exit(f"{looked or 'some test'} fails, though nothing is changed")
        self.duration, self._reached = looked

    def survives(self, mutant: Mutant) -> bool | None:
        """Does no test object to the change? None if the tests do not end."""
        lines = self._reached[mutant.module]
        reaching = set().union(*(lines.get(line, ()) for line in mutant.lines))
        objectors = self._objectors[f"{mutant.module}.{mutant.function}"]
        chosen = sorted(
            (number for number in reaching if self.duration[number] < _SLOW),
            key=lambda number: (-objectors[number], self.duration[number]),
        )

        def work() -> object:
            mutant.install()
            for number, passed in self._run(chosen):
                if not passed:
                    return number
            return "survived"

        limit = 10 + 5 * sum(self.duration[number] for number in chosen)
        objected = in_fork(work, limit) if chosen else "survived"
        if isinstance(objected, int):
            objectors[objected] += 1
        return None if objected is None else objected == "survived"


# The command


def listed() -> set[str]:
    """What survivors.toml lists."""
    data = tomllib.loads(SURVIVORS.read_text("utf-8"))
    return {mutant.strip() for group in data["equivalent"] for mutant in group["mutants"]}


class Run:
    """Makes every change in turn; a plugin, so that pytest has the tests ready."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted = wanted
        self.failed = False

    def pytest_configure(self) -> None:
        # conftest.py has loaded its own profile; there is no use in the smallest counterexample
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile(
            "mutation", hypothesis.settings.get_profile("same"), phases=phases, max_examples=50
        )
        hypothesis.settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            sys.exit("a test could not be collected")
        tests = Tests(session)
        tests.look(sorted({name.partition(":")[0] for name in self._wanted}))
        for name in self._wanted:
            print(self._module(name, tests), flush=True)
        return True

    def _module(self, wanted: str, tests: Tests) -> str:
        start = perf_counter()
        module, _, function = wanted.partition(":")
        known = {name for name in listed() if name.startswith(f"{module}: {function}")}
        made = Counter[str]()
        survived = set()
        for mutant in mutants_of(module):
            if not mutant.function.startswith(function):
                continue
            made["mutants"] += 1
            survives = tests.survives(mutant)
            if survives is None:
                made["timeouts"] += 1
            elif not survives:
                made["killed"] += 1
            elif str(mutant) in known:
                made["listed"] += 1
                survived.add(str(mutant))
            else:
                made["unlisted"] += 1
                print(f"{mutant}\n", flush=True)
        for gone in sorted(known - survived):
            print(f"listed, but it does not survive: {gone}\n")
        self.failed |= bool(made["unlisted"] or known - survived)
        kinds = ("mutants", "killed", "timeouts", "listed", "unlisted")
        counts = ", ".join(f"{made[kind]} {kind}" for kind in kinds)
        return f"{wanted}: {counts}, {perf_counter() - start:.0f} s"


def main() -> int:
    wanted = sys.argv[1:] or list(MODULES)
    if unknown := {name.partition(":")[0] for name in wanted} - set(MODULES):
        sys.exit(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    os.chdir(ROOT)
    warnings.simplefilter("ignore")
    run = Run(wanted)
    options = ("--assert=plain", "-p", "no:cacheprovider", "-p", "no:faulthandler")
    ended = pytest.main([*options, *(f"tests/{name}" for name in TESTS)], plugins=[run])
    return 1 if run.failed or ended else 0


if __name__ == "__main__":
    sys.exit(main())
