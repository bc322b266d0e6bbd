"""Rules that compare numbers, judged here and by cql-execution, the JavaScript engine of CQL.

    python benchmarks/peers.py [FOLDER]

Thirty rules of the bundled trials are translated from their trees to ELM, the JSON form of CQL:
numbers, multiples of a limit of normal, words, findings, and all, any, none or at least k of them.
Both sides judge the same random patients, whose values are exact, unstated or "unknown". It prints
first how many answers are the same, each that is not, and how many that are unknown here are null
there; then the rules that each judges in a second of CPU time, and how many times as many as
cql-execution.

cql-execution is handed what a chart says of each fact, as a plain number in the unit of the rule, a
word, true, false or null. It converts no unit, judges no date or range and derives nothing, and the
rules have no lists, windows or questions. The result of every clause is kept there, by its id. Here
findings carry their evidence, and the answers of `--format verdicts` nothing. Both are timed from
profiles, of which charts are made and what follows from other facts is derived, and from charts
that have done so, which is where cql-execution begins. Reading profiles, rules and JSON is timed on
neither side: of node, a run that judges nobody is taken off.

CQL has no operator for at least k of n, which is written out with "and" and "or"; and a product is
rounded to 8 places, the step of a CQL Decimal, since cql-execution has binary numbers for these, in
which 3 x 0.7 is less than 2.1 (https://github.com/cqframework/cql-execution/issues/280).

It needs node and npm, which fetches cql-execution into FOLDER unless it is there, or else into a
folder that is thrown away. Without them it says so and ends with code 69; with 1 where the two
sides differ.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import partial, reduce
from itertools import count, islice
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from patients import Chance
from support import profile_of

from cartscreen.answer import NO, UNKNOWN, YES, Answer
from cartscreen.derive import Gap
from cartscreen.errors import InputError
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.compiled import Asks, BareChart, Compiled
from cartscreen.evaluate.evaluator import chart_on, evaluate
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.model import Profile
from cartscreen.rule.tree import (
    Compare,
    Group,
    Is,
    Present,
    Question,
    Records,
    Rule,
    Test,
    Together,
    walk,
)
from cartscreen.units import LLN, ULN, Interval, decimal

VERSION = "3.3.2"  # of cql-execution
RULES, PATIENTS, RUNS = 30, 100, 3
PASSES_HERE, PASSES_THERE = 10, 200  # over all patients: some seconds each
ON = date(2025, 6, 2)
UNSTATED = 1 / 6
PACK = bundled_pack()
FACTS = PACK.vocabulary.facts
JUDGE = """
const [cql, library, patients, passes] = process.argv.slice(1);
const { Library, Executor, CodeService } = require(cql);
const read = (path) => JSON.parse(require("fs").readFileSync(path, "utf8"));
class Patient {
  constructor(values) { Object.assign(this, values); }
  getId() { return this.id; }
  findRecords() { return [this]; }
}
const all = read(patients).map((values) => new Patient(values));
const source = () => {
  let at = 0;
  return { currentPatient: () => all[at], nextPatient: () => all[++at] };
};
const executor = new Executor(new Library(read(library)), new CodeService({}));
(async () => {
  let found = { patientResults: {} };
  for (let n = 0; n < Number(passes); n++) found = await executor.exec(source());
  for (const each of Object.values(found.patientResults)) delete each.Patient;
  console.log(JSON.stringify(found.patientResults));
})();
"""
Elm = dict[str, Any]
"""A node of ELM."""

# Rules


class NotTranslated(Exception):
    """CQL is not handed what a part of the rule asks for; the text names that part."""


class Translation:
    """From rules to ELM; each node has an id of its own, by which its result is kept."""

    def __init__(self) -> None:
        self._ids = count(1)

    def node(self, kind: str, **fields: Any) -> Elm:
        return {"type": kind, "localId": str(next(self._ids)), **fields}

    def rule(self, rule: Rule) -> Elm:
        """The rule as an expression: true, false, or null for unknown. Raises NotTranslated."""
        match rule:
            case Group():
                held = self.at_least(rule.k, [self.rule(part) for part in rule.rules])
                return self.node("Not", operand=held) if rule.none else held
            case Test():
                return self.test(rule)
        raise NotTranslated(_NOT_HANDED[type(rule)])

    def at_least(self, k: int, parts: list[Elm]) -> Elm:
        """At least k: the first and k - 1 of the rest, or k of the rest. All, if there are k."""
        if k == len(parts):
            return reduce(lambda one, other: self.node("And", operand=[one, other]), parts)
        first, *rest = parts
        if k > 1:
            first = self.node("And", operand=[first, self.at_least(k - 1, rest)])
        return self.node("Or", operand=[first, self.at_least(k, rest)])

    def test(self, test: Test) -> Elm:
        if test.window or test.any or test.since:
            raise NotTranslated("windows or several results")
        declared = FACTS[test.fact]
        match test.check:
            case Present():
                return self.value(test.fact)
            case Is() as check:
                words = {*check.words, *(declared.local if "local" in check.words else ())}
                return self.at_least(1, [self.is_word(test.fact, word) for word in sorted(words)])
            case Compare() as check if declared.kind == "quantity":
                return self.node(
                    _COMPARISONS[check.operator],
                    operand=[self.value(test.fact), self.limit(test.fact, check)],
                )
        raise NotTranslated("other tests")

    def value(self, name: str) -> Elm:
        patient = self.node("ExpressionRef", name="Patient")
        return self.node("Property", path=_path(name), source=patient)

    def is_word(self, name: str, word: str) -> Elm:
        return self.node("Equal", operand=[self.value(name), self.literal("String", word)])

    def limit(self, name: str, check: Compare) -> Elm:
        """The limit in the fact's own unit."""
        number = self.literal("Decimal", decimal(check.limit))
        if check.unit not in (ULN, LLN):
            return number
        product = self.node("Multiply", operand=[number, self.value(f"{name} {check.unit}")])
        return self.node("Round", operand=product, precision=self.literal("Integer", "8"))

    def literal(self, kind: str, text: str) -> Elm:
        return self.node("Literal", valueType=f"{{urn:hl7-org:elm-types:r1}}{kind}", value=text)

    def library(self, rules: dict[str, Rule]) -> Elm:
        """A library that defines each rule by its name, of one patient after another."""
        retrieved = self.node("Retrieve", dataType="Patient")
        patient = self.node("SingletonFrom", operand=retrieved)
        defined = {"Patient": patient, **{name: self.rule(each) for name, each in rules.items()}}
        statements = [
            {"name": name, "context": "Patient", "expression": each}
            for name, each in defined.items()
        ]
        system = {"localIdentifier": "System", "uri": "urn:hl7-org:elm-types:r1"}
        return {
            "library": {
                "identifier": {"id": "Rules", "version": "1"},
                "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
                "usings": {"def": [system]},
                "statements": {"def": statements},
            }
        }


_NOT_HANDED = {Question: "questions", Records: "lists of entries", Together: "courses at one time"}
_COMPARISONS = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}


def _path(name: str) -> str:
    """The name of a fact, or of its limit of normal, as one name of a property."""
    return name.replace(".", "_").replace(" ", "_")


def quantitative() -> tuple[dict[str, Rule], Counter[str]]:
    """The rules that compare a number and can be translated, and why others cannot, counted.

    Each different rule is named by the first criterion that has it.
    """
    found: dict[Rule, str] = {}
    others: dict[Rule, str] = {}
    for trial in PACK.trials:
        for criterion in trial.criteria:
            for number, reading in enumerate(criterion.readings, 1):
                rule = reading.rule
                tests = (part for part in walk(rule) if isinstance(part, Test))
                if not any(isinstance(test.check, Compare) for test in tests):
                    continue
                nth = f", reading {number}" if len(criterion.readings) > 1 else ""
                try:
                    Translation().rule(rule)
                    found.setdefault(rule, f"{trial.id} {criterion.id}{nth}")
                except NotTranslated as why:
                    others[rule] = str(why)
    return {name: rule for rule, name in found.items()}, Counter(others.values())


def spread(rules: dict[str, Rule]) -> dict[str, Rule]:
    """RULES of them, evenly from those of one test to that of the most parts."""
    names = sorted(rules, key=lambda name: len([*walk(rules[name])]))
    chosen = {names[n * (len(names) - 1) // (RULES - 1)] for n in range(RULES)}
    return {name: rule for name, rule in rules.items() if name in chosen}


# Patients


def patients(rules: dict[str, Rule]) -> Iterator[tuple[Profile, Elm]]:
    """Random patients without end, each with what CQL is handed of it.

    Left out are those that the loader refuses, or of whom a chart knows something as a range only.
    """
    reads = {name: rule.split()[0] for rule in rules for name in sorted(rules[rule].names)}
    for seed in count():
        with suppress(InputError):
            profile = _drawn(reads, Random(seed))
            values = _handed(chart_on(profile, PACK, ON), reads)
            if values is not None:
                yield profile, {"id": str(seed), **values}


def _drawn(reads: dict[str, str], rng: Random) -> Profile:
    """A profile of these facts, with values about the limits of the trial named beside each."""
    data: dict[str, Any] = {"dates": {"screening": ON}}
    for name, trial in reads.items():
        section, _, key = name.partition(".")
        if rng.random() >= UNSTATED:
            chance = Chance(trial, data, rng)
            made = chance.value(name, FACTS[name])
            while not _is_plain(made):
                made = chance.value(name, FACTS[name])
            data.setdefault(section, {})[key] = made
    profile: Profile = profile_of(data)
    return profile


def _is_plain(result: dict[str, Any]) -> bool:
    """Is the value no range, nor a multiple of a limit that is not stated?"""
    text = str(result["value"])
    return not text.startswith(("<", ">")) and not text.endswith(ULN)


def _handed(chart: Chart, reads: dict[str, str]) -> Elm | None:
    """The values of the facts and their limits of normal; None where one is no plain value."""
    values: Elm = {}
    for name in reads:
        found = chart.newest(name)
        if isinstance(found, Gap):
            continue
        value = found.value
        if isinstance(value, Interval) and value.is_exact and not found.unit:
            assert value.low is not None
            values[_path(name)] = float(value.low)
            for which, own in ((ULN, found.upper), (LLN, found.lower)):
                if own is not None:
                    values[_path(f"{name} {which}")] = float(own)
        elif isinstance(value, str | bool):
            values[_path(name)] = value
        else:
            return None
    return values


# Both sides


class Here:
    """cartscreen, in one of its ways.

    chart  makes the chart of a patient
    asks   of each rule: its answer for a chart
    facts  that the rules read, of which CQL is handed what a chart says
    """

    def __init__(
        self,
        chart: Callable[[Profile], Any],
        asks: Sequence[Callable[[Any], Answer]],
        facts: list[str],
    ) -> None:
        self._chart, self._asks, self._facts = chart, asks, facts

    def answers(self, profiles: list[Profile]) -> list[list[Answer]]:
        """By patient and rule."""
        return [self._answers(self._read(profile)) for profile in profiles]

    def rates(self, profiles: list[Profile], passes: int) -> tuple[float, float]:
        """Rules per second of CPU time: from profiles on, and from charts that are read."""
        judged = passes * len(profiles) * len(self._asks)
        alone, begun = 0.0, process_time()
        for profile in profiles * passes:
            chart = self._read(profile)
            read = process_time()
            self._answers(chart)
            alone += process_time() - read
        return judged / (process_time() - begun), judged / alone

    def _read(self, profile: Profile) -> Chart:
        chart: Chart = self._chart(profile)
        for name in self._facts:
            chart.newest(name)
        return chart

    def _answers(self, chart: Chart) -> list[Answer]:
        return [ask(chart) for ask in self._asks]


def explaining(rules: dict[str, Rule], facts: list[str]) -> Here:
    """The evaluator, which gives findings with their evidence."""

    def answered(rule: Rule, chart: Chart) -> Answer:
        return evaluate(rule, chart).answer

    asks = [partial(answered, rule) for rule in rules.values()]
    return Here(lambda profile: chart_on(profile, PACK, ON), asks, facts)


def closures(rules: dict[str, Rule], facts: list[str]) -> Here:
    """The compiled rules, which give answers alone: those of `--format verdicts`."""
    made = Compiled(PACK, PACK.trials)

    def answered(ask: Asks, chart: BareChart) -> Answer:
        return ask(chart, UNKNOWN)

    asks = [partial(answered, made.rule(rule)) for rule in rules.values()]
    return Here(lambda profile: made.chart_on(profile, ON), asks, facts)


class Cql:
    """cql-execution, with the rules and patients that it judges.

    module  the folder of the package
    files   a folder for what it reads and writes
    """

    def __init__(self, module: Path, files: Path, library: Elm, handed: list[Elm]) -> None:
        self._out = files / "answers.json"
        self._judged = len(handed) * (len(library["library"]["statements"]["def"]) - 1)
        paths = files / "library.json", files / "patients.json"
        for path, content in zip(paths, (library, handed), strict=True):
            path.write_text(json.dumps(content), "utf-8")
        self._command = ["node", "-e", JUDGE, *map(str, (module, *paths))]

    def answers(self) -> dict[str, dict[str, bool | None]]:
        """By patient and rule."""
        self._seconds(1)
        found: dict[str, dict[str, bool | None]] = json.loads(self._out.read_text("utf-8"))
        return found

    def rate(self, passes: int) -> float:
        """Rules per second of CPU time."""
        return passes * self._judged / (self._seconds(passes) - self._seconds(0))

    def _seconds(self, passes: int) -> float:
        """CPU seconds of a process that judges every patient so many times."""
        with self._out.open("wb") as out:
            pid = subprocess.Popen([*self._command, str(passes)], stdout=out).pid
            _, status, usage = os.wait4(pid, 0)
        if status:
            sys.exit("node has failed; what it said stands above.")
        assert isinstance(usage, resource.struct_rusage)
        return usage.ru_utime + usage.ru_stime


def installed(folder: Path) -> Path:
    """Where cql-execution stands in the folder; npm puts it there unless it does.

    Ends the program where it cannot be had.
    """
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        _unavailable(f"This benchmark needs {' and '.join(missing)}, which the PATH does not hold.")
    module = folder / "node_modules" / "cql-execution"
    about = module / "package.json"
    if about.exists() and json.loads(about.read_text("utf-8"))["version"] == VERSION:
        return module
    wanted = f"cql-execution@{VERSION}"
    quiet = ("--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
    command = ["npm", "install", "--prefix", str(folder), *quiet, "--loglevel=error", wanted]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        _unavailable(f"npm has not brought {wanted}; what it said stands above.")
    return module


def _unavailable(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    sys.exit(os.EX_UNAVAILABLE)


# What is printed


def agreement(rules: dict[str, Rule], handed: list[Elm], here: list[list[Answer]], cql: Cql) -> int:
    """Print how many answers are the same, each that is not, and how many unknowns are kept.

    Returns how many are not the same.
    """
    there = cql.answers()
    said = {YES: True, NO: False, UNKNOWN: None}
    pairs = [
        (name, values, answer, there[values["id"]][name])
        for values, answers in zip(handed, here, strict=True)
        for name, answer in zip(rules, answers, strict=True)
    ]
    differ = [pair for pair in pairs if said[pair[2]] is not pair[3]]
    print(f"agreement: {len(pairs) - len(differ)} of {len(pairs)} answers "
          f"({len(rules)} rules, {len(handed)} patients)")  # fmt: skip
    for name, values, answer, other in differ:
        names = (_path(f"{fact}{of}") for fact in rules[name].names for of in ("", " ULN", " LLN"))
        read = ", ".join(f"{path} {values[path]}" for path in names if path in values)
        print(f"    {name}: {answer.value} here, {json.dumps(other)} there; {read}")
    unknown = [other for *_, answer, other in pairs if answer is UNKNOWN]
    print(f"unknowns kept: {unknown.count(None)} of {len(unknown)}")
    return len(differ)


def main(folder: Path, files: Path) -> int:
    """Print agreement and speed; 1 where the two sides differ."""
    module = installed(folder)
    every, others = quantitative()
    rules = spread(every)
    why = ", ".join(f"{number} {what}" for what, number in others.most_common())
    print(f"rules that compare a number: {len(every)} are translated, of which {len(rules)} are "
          f"judged; {others.total()} are not translated ({why})")  # fmt: skip
    profiles, handed = map(list, zip(*islice(patients(rules), PATIENTS), strict=True))
    facts = sorted({name for rule in rules.values() for name in rule.names})
    cql = Cql(module, files, Translation().library(rules), handed)
    ways = {
        "findings with evidence": explaining(rules, facts),
        "answers alone": closures(rules, facts),
    }
    first, second = (way.answers(profiles) for way in ways.values())
    assert first == second
    differ = agreement(rules, handed, first, cql)

    speed(ways, profiles, cql)
    return int(differ > 0)


def speed(ways: dict[str, Here], profiles: list[Profile], cql: Cql) -> None:
    """Print the rules per CPU second of each, and ratios."""
    theirs: list[float] = []
    ours: dict[str, list[float]] = {}
    for _ in range(RUNS):
        theirs.append(cql.rate(PASSES_THERE))
        for name, way in ways.items():
            from_profiles, from_charts = way.rates(profiles, PASSES_HERE)
            ours.setdefault(f"{name}, from profiles", []).append(from_profiles)
            ours.setdefault(f"{name}, from charts", []).append(from_charts)
    print(f"rules per CPU second, of {RUNS} runs the lowest and the highest:")
    print(f"    cql-execution {VERSION}: {min(theirs):,.0f} to {max(theirs):,.0f}")
    for name, found in ours.items():
        ratio = statistics.median(one / other for one, other in zip(found, theirs, strict=True))
        print(f"    {name}: {min(found):,.0f} to {max(found):,.0f}, {ratio:.2f} times as many")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as own:
        named = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(own)
        named.mkdir(parents=True, exist_ok=True)
        sys.exit(main(named.absolute(), Path(own)))
