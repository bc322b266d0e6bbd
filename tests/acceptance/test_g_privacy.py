"""Acceptance checks 84-87 and 91: what no error may say, and what every report says."""

import importlib
import json
import pkgutil
import re
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import cycle, zip_longest
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from zlib import crc32

import pytest
import tomli_w
from draws import DRAWS
from program import (
    ADULT,
    CANNOT_BE_SEEN,
    EXAMPLES,
    FITS,
    TINY_TRIAL,
    Done,
    environment_of,
    flat,
    profile,
    run,
    tiny_pack,
    watched,
)
from pydantic import ValidationError

import cartscreen
from cartscreen import NOTICE
from cartscreen.cli import commands
from cartscreen.cli import files as cli_files
from cartscreen.cli import main as cli_main
from cartscreen.contract import Next
from cartscreen.model import Model
from cartscreen.pack.pack import bundled_pack
from cartscreen.vocabulary import FactEntry, RecordEntry

VOCABULARY = bundled_pack().vocabulary
FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html", "checklist", "log"]


# A canary in every field


class Canaries:
    """A profile whose every value can be told from every other: number, date, text and name.

    A number has `.7nnnn9` among its digits, a date is one of 1930 to 1949, a text is Canary-nnnn;
    which of them belongs to which place is in `places`.
    """

    def __init__(self) -> None:
        self.places: dict[str, str] = {}  # canary -> the place that holds it
        self.data: dict[str, Any] = {"schema": 1, "patient": self.text("patient")}
        for name, entry in VOCABULARY.facts.items():
            section, _, key = name.partition(".")
            self.data.setdefault(section, {})[key] = self.value(name, entry, whole=True)
        self.data["person"]["birth_date"] = self.day("person.birth_date", 1925)
        self.data["person"]["died"] = self.day("person.died", 1945)  # after the day judged
        for record in VOCABULARY.records.values():
            place = f"{record.name}[1]"
            self.data[record.name] = [
                {
                    key: self.value(f"{place}.{key}", field, whole=False)
                    for key, field in record.fields.items()
                    if field.kind != "steps"  # they take the place of the doses
                }
                | {k: v for k, v in self.remarks(place).items() if k not in record.fields}
            ]
        for record in VOCABULARY.records.values():
            if steps := record.roles.get("steps"):
                self.data[record.name].append(
                    {steps: self.steps(record, f"{record.name}[2].{steps}")}
                )
        self.data["reviewed"] = {name: self.day(f"reviewed.{name}") for name in VOCABULARY.records}
        named = self.text("answers")
        self.data["answers"] = {
            "cd19-csle": {
                "I9": {
                    "answer": self.text("answers.cd19-csle.I9"),
                    "by": self.text("answers.cd19-csle.I9"),
                    "date": self.day("answers.cd19-csle.I9"),
                }
            },
            named: {named: self.text("answers")},
        }

    def number(self, place: str, least: Any) -> str:
        code = f".7{len(self.places):04}9"
        self.places[code] = place
        return f"{int(least)}{code}"

    def day(self, place: str, year: int = 1930) -> date:
        found = date(year, 1, 1) + timedelta(days=len(self.places))
        self.places[found.isoformat()] = place
        return found

    def text(self, place: str) -> str:
        found = f"Canary-{len(self.places):04}"
        self.places[found] = place
        return found

    def remarks(self, place: str) -> dict[str, str]:
        """Where a result or an entry stands, and a note on it."""
        return {key: self.text(place) for key in ("source", "note")}

    def steps(self, record: RecordEntry, place: str) -> list[dict[str, Any]]:
        """A step for each field of the list that is a dose."""
        doses = [record.roles[role] for role in ("dose", "dose_per_kg") if role in record.roles]
        return [
            {key: self.value(place, record.fields[key], whole=False), "from": self.day(place)}
            for key in doses
        ]

    def value(self, place: str, entry: FactEntry, *, whole: bool) -> Any:
        said = self.plain(place, entry)
        if not whole or entry.kind == "date":
            return said
        more: dict[str, Any] = {"date": self.day(place)} | self.remarks(place)
        if entry.kind == "quantity" and entry.unit != "titre":
            unit = "" if entry.unit == "1" else f" {entry.unit}"
            least = int(entry.bounds[0] if entry.bounds else 0)
            more["lower"] = self.number(place, least) + unit
            more["upper"] = self.number(place, least + 1) + unit
        if entry.measured:  # the number and the laboratory's limits say the word
            said = f"{self.number(place, 200)} IU/mL"
            for key in entry.measured.keys:
                more[key] = f"{self.number(place, 100)} IU/mL"
        return {"value": said} | more

    def plain(self, place: str, entry: FactEntry) -> Any:
        """A value alone. No canaries are a choice, a score, how often, and a form."""
        roles = VOCABULARY.records["treatment"].roles
        match entry.kind:
            case "quantity" if entry.unit == "titre":
                return "1:8"
            case "quantity" if entry.steps or entry.values:
                return int(entry.bounds[0]) if entry.bounds else 0
            case "quantity":
                unit = "" if entry.unit == "1" else f" {entry.unit}"
                return self.number(place, entry.bounds[0] if entry.bounds else 0) + unit
            case "duration" if place.endswith(f".{roles['every']}"):
                return "1 day"  # as the doses, which are in mg/day, say as well
            case "duration":
                return f"{self.number(place, 1)} months"
            case "date":
                return self.day(place)
            case "text" if place.endswith(f".{roles['form']}"):
                return "tablets"
            case "drug" | "text":
                return self.text(place)
        return entry.choices[0] if entry.choices else True

    def at(self, place: str, data: Any = None) -> Any:
        """What stands at a place of the profile, or of other data."""
        found = self.data if data is None else data
        for step in re.findall(r"[^.\[\]]+", place):
            found = found[int(step) - 1 if step.isdecimal() else step]
        return found

    def toml(self, changed: dict[str, Any] | None = None, more: str = "") -> str:
        """The profile with a comment, and with the places that are given changed."""
        data = json.loads(json.dumps(self.data, default=lambda day: f"<{day.isoformat()}>"))
        for place, value in (changed or {}).items():
            above, _, key = place.rpartition(".")
            self.at(above, data)[key] = value
        text = re.sub(r'"<([\d-]+)>"', r"\1", tomli_w.dumps(data))
        return f"# Canary-comment\n{text}# Canary-comment\n{more}"

    def in_text(self, text: str) -> set[str]:
        """The places whose canaries the text holds."""
        found = re.findall(r"\.7\d{4}9|19[2-4]\d-\d\d-\d\d|Canary-\w+", text)
        found += [f".{digits}" for digits in re.findall(r"(?<![.\d])7\d{4}9(?!\d)", text)]
        return {self.places.get(canary, canary) for canary in found}


CANARIES = Canaries()
PLACES = [
    *VOCABULARY.facts,
    *(f"{record.name}[1].{key}" for record in VOCABULARY.records.values() for key in record.fields),
    *(f"reviewed.{name}" for name in VOCABULARY.records),
    "answers.cd19-csle.I9",
    "patient",
    "schema",
]


KEYS = [  # (the place whose error it is, a key of it): one of each shape
    *(
        (name, key)
        for name in ("lab.neutrophils", "diagnosis.sle", "antibody.anti_dsdna", "lab.ch50")
        for key in CANARIES.at(name)
    ),
    *(("infection.hbv_dna", key) for key in ("value", "limit")),
    *(("treatment[1]", key) for key in ("source", "note")),
    *(
        (f"treatment[2].steps[{n}]", key)
        for n in (1, 2)
        for key in CANARIES.at(f"treatment[2].steps[{n}]")
    ),
    *(("answers.cd19-csle.I9", key) for key in ("answer", "question", "by", "date")),
]


READING: dict[str, list[str]] = {
    "check": ["check"],
    "validate": ["validate"],
    "plan": ["plan", "--trial", "cd19-csle"],
    "ask": ["ask"],
    "derive": ["derive"],
    "diff": ["diff"],
    "compare": ["compare"],
    "template": ["template", "--for"],
    "verify": ["verify", "report.json"],
}
"""Every command that reads a profile."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of the canary profile."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "patient.toml").write_text(CANARIES.toml(), "utf-8")
    done = run("check", folder / "patient.toml", "--trial", "cd19-csle", "--format", "json")
    (folder / "report.json").write_text(done.out, "utf-8")
    return folder


@pytest.fixture(autouse=True)
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


WRONG: list[Any] = [
    True, "Wrong-text", 31.4, [], {"x": 1}, "1,5 g/L", "<", -1, "12/31/1999", float("nan"), "1e999",
    "9" * 100, ["Wrong-text", {"value": 3}],
]  # fmt: skip


def lines_of(done: Done, path: Path) -> list[str]:
    """The lines of standard error without the name of the file."""
    lines = done.err.splitlines()
    file = rf"^(error|warning): {re.escape(str(path))}: (line \d+, )?"
    return [re.sub(file, "", line) for line in lines]


def shows_only_its_own(line: str, places: list[str]) -> str:
    """The place that a line is about; no canary of another stands in it."""
    (about,) = [p for p in places if re.match(rf"{re.escape(p)}[.:\[ ]", line)] or [""]
    assert about, line
    assert CANARIES.in_text(line) <= {about}, line
    return about


@pytest.mark.parametrize("command", READING)
def test_84_an_error_shows_no_field_but_its_own(tmp_path: Path, command: str) -> None:
    """A canary in every field of a profile is in no error, log or name but that field's own.

    Each field is tried with every second of what is wrong; with DRAWS=10000, with each.
    """
    path = tmp_path / "patient.toml"
    named: Counter[str] = Counter()
    turn = list(READING).index(command)
    for number, wrong in enumerate(WRONG):
        for start in range(0, len(PLACES), 40):  # a hundred faults are told at once
            turns = 2 * len(READING) if command != "validate" else 2 if DRAWS < 10_000 else 1
            if (number * 7 + start // 40) % turns != turn % turns:
                continue  # the commands share what reads a profile, and all of these values
            places = PLACES[start : start + 40]
            path.write_text(CANARIES.toml(dict.fromkeys(places, wrong)), "utf-8")
            done = run(*READING[command], path, stdin=b"no\n")
            lines = lines_of(done, path)
            if not lines and number:
                continue  # all of these may be so
            assert done.code == 3
            named.update(shows_only_its_own(line, places) for line in lines)
            assert "Canary-comment" not in done.err + done.out
            assert CANARIES.in_text(done.out) == set()
    if command == "validate":
        assert set(PLACES) - set(named) == set()


def test_84_an_error_of_a_key_shows_no_field_but_its_own(tmp_path: Path) -> None:
    """So it is with the keys of a result, an entry, a step and an answer: its limit, note, date.

    In a file one key of each place is wrong; each is tried with every third of what is wrong.
    """
    path = tmp_path / "patient.toml"
    named: set[tuple[str, str]] = set()
    together: dict[str, list[tuple[str, str]]] = {}
    for place, key in KEYS:
        together.setdefault(place.partition(".steps[")[0], []).append((place, key))
    files = list(zip_longest(*together.values()))
    for number, wrong in enumerate(WRONG):
        for keys in files[number % 3 :: 3]:
            key_of = dict(filter(None, keys))
            changed = {f"{place}.{key}": wrong for place, key in key_of.items()}
            path.write_text(CANARIES.toml(changed), "utf-8")
            for line in lines_of(run("validate", path), path):
                place = next((p for p in key_of if re.match(rf"{re.escape(p)}[.: ]", line)), "")
                if place:  # else it is a warning about another
                    own = re.sub(r"(\.steps)\[\d\]", r"\1", place)
                    assert CANARIES.in_text(line) <= {own}, line
                    named.add((place, key_of[place]))
    assert set(KEYS) - named == set()


def test_84_the_canary_profile_is_valid(tmp_path: Path) -> None:
    """The profile with a canary in each of its fields is a profile, and its report shows them."""
    path = tmp_path / "patient.toml"
    path.write_text(CANARIES.toml(), "utf-8")
    done = run("check", path, "--format", "json")

    assert done.code == 0, done.err
    assert 1400 < len(CANARIES.places) < 2000
    assert len(CANARIES.in_text(done.out)) > 300
    assert done.err == ""


@pytest.mark.parametrize(
    ("place", "value", "other"),
    [
        ("dates.enrollment", "<1920-01-01>", "dates.screening"),
        ("person.birth_date", "<1949-12-31>", "dates.screening"),
        ("treatment[1].stop", "<1930-01-01>", "treatment[1].start"),
        ("vaccine[1].date", "<1949-12-31>", ""),
    ],
)
def test_84_an_error_about_two_dates_shows_these_two(
    tmp_path: Path, place: str, value: str, other: str
) -> None:
    """Dates in the wrong order are shown both: either may be the wrong one; and no third field."""
    path = tmp_path / "patient.toml"
    path.write_text(CANARIES.toml({place: value}), "utf-8")
    # where it is no error, all of them would judge
    for command in READING.values() if other else (READING["validate"], READING["verify"]):
        done = run(*command, path, stdin=b"q\n")
        errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == (1 if other else 0), done.err
        assert done.code == 3 if other else done.code in (0, 10)  # verify: a verdict has changed
        told = CANARIES.in_text("".join(errors)) - {value.strip("<>")}
        assert told <= {other}


NOT_TOML = {
    "no value": "x =",
    "twice": "[lab.neutrophils]",
    "no end": 'x = "',
    "no end of a long text": 'x = """\nCanary-001 = 5\n',
    "a control character": 'x = "\x01"',
    "nested": f"x = {'[' * 2000}",
    "deep": f"{'a.' * 20}b = 1",
    "digits": f"x = {'9' * 5000}",
    "a comma": "x = 3,2",
    "no date": "x = 2025-02-30",
    "no quotation marks": "x = Canary",
    "another section": "[labs]\nneutrophils = 3",
    "another list": '[[malignancy]]\nsomething = "x"',
    "a table for a list": "[treatment]\ndrug = 3",
}


@pytest.mark.parametrize(
    ("command", "more"),
    [
        (command, more)
        for n, more in enumerate(NOT_TOML)
        for command in ("validate", *list(READING)[n % 3 :: 3])
    ],
)
def test_84_a_file_that_cannot_be_read_is_not_quoted(
    tmp_path: Path, command: str, more: str
) -> None:
    """Nor is the rest of a file, before or behind the place where its TOML breaks.

    Of the commands, which share what reads a profile, a third meets each fault.
    """
    path = tmp_path / "patient.toml"
    path.write_text(f"{CANARIES.toml()}{NOT_TOML[more]}\n# Canary-comment\n", "utf-8")
    done = run(*READING[command], path, stdin=b"no\n")

    assert done.code == 3
    assert lines_of(done, path)
    assert CANARIES.in_text(done.err + done.out) == set()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_84_a_file_in_another_encoding_is_not_quoted(tmp_path: Path, encoding: str) -> None:
    """So it is with UTF-16, a byte order mark before a fault, and a letter that is not UTF-8."""
    path = tmp_path / "patient.toml"
    path.write_bytes(f"{CANARIES.toml()}\n# é\nx =\n".encode(encoding))
    for command in READING.values():
        done = run(*command, path)
        assert done.code == 3
        assert CANARIES.in_text(done.out + done.err) == set()


@pytest.mark.usefixtures("judged_once")
def test_84_a_report_that_is_none_is_not_quoted(folder: Path, tmp_path: Path) -> None:
    """What `verify` finds wrong in a report is told by its place, without a value of a patient."""
    text = (folder / "report.json").read_text("utf-8")
    (whole,) = json.loads(text)
    broken = [text[: len(text) // 2], f"{text}x", f"[{text}]", text.replace('"age"', '"sex"'), "[]"]
    for place in whole:
        for wrong in (3, "Canary-000", None, [CANARIES.data["patient"]], {"x": "Canary-000"}):
            broken.append(json.dumps([whole | {place: wrong}]))
        broken.append(json.dumps([{key: value for key, value in whole.items() if key != place}]))
    path, codes = tmp_path / "report.json", Counter[int]()
    for text in broken:
        path.write_text(text, "utf-8")
        done = run("verify", path, folder / "patient.toml")
        codes[done.code] += 1
        assert CANARIES.in_text(done.err) == set(), done.err
        assert done.err.count("\n") == (done.code not in (0, 10)), done.err
    assert codes.keys() <= {0, 3, 10}
    assert codes[3] > 60


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """The canary profile, in a file."""
    path = tmp_path / "patient.toml"
    path.write_text(CANARIES.toml(), "utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--trial", "none"], 4),
        (["--criteria", "none"], 4),
        (["--format", "none"], 2),
        (["--screening-date", "none"], 2),
        (["--screening-date", "1900-01-01"], 3),
        (["--output", "none/report.txt"], 5),
        (["none.toml"], 3),
        (["--only", "none"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_84_an_error_of_the_command_line_shows_no_patient(
    canary: Path, arguments: list[str], code: int
) -> None:
    """An error that is not the patient's says nothing of the patient but a birth after the date."""
    for command in ("check", "plan", "compare", "derive"):
        done = run(command, canary, *arguments)
        assert done.code in (code, 2)
        assert (done.code == code) or command != "check"
        told = {"person.birth_date"} if code == 3 else set()
        assert CANARIES.in_text(done.err) <= told


@pytest.mark.parametrize(
    ("command", "redirected"),
    [("check", "> /dev/full"), *zip(READING, cycle([">&-", "> /dev/full"]))],
)
def test_84_a_report_that_cannot_be_written_is_not_quoted(
    canary: Path, command: str, redirected: str
) -> None:
    """The disk is full: the line that says so is all there is."""
    done = run(*READING[command], canary, redirected=redirected)
    *warnings, last = lines_of(done, canary) if command == "validate" else [done.err]

    assert done.code == 5
    assert CANARIES.in_text(last) == set()
    for line in warnings:
        # the trial of an answer is itself a canary: the line is about it
        assert line.startswith("answers.Canary-") or shows_only_its_own(line, PLACES)


# every function of the program breaks in turn

WIDE_TRIAL = """
[trial]
id      = "wide"
name    = "A trial that reads everything"
source  = "wide.txt"
checked = 2026-11-01
gaps    = ["a gap"]

[[inclusion]]
id     = "I1"
title  = "Heading"
source = "page"
needs  = "any"

[[inclusion]]
id     = "I1.a"
title  = "Neutrophils"
source = "page"
rule   = "lab.neutrophils >= 1 10^9/L within 7 days"

[[inclusion]]
id     = "I1.b"
title  = "Alanine aminotransferase"
source = "page"
rule   = "lab.alt <= 3 ULN"

[[inclusion]]
id     = "I2"
title  = "Fell"
source = "page"
rule   = "lab.hemoglobin fell >= 10 % within 6 months"

[[inclusion]]
id      = "I3"
title   = "Age and score"
source  = "page"
applies = "person.can_become_pregnant"
rule    = { all = ["person.age >= 18 years", "activity.sledai_2k >= 6"] }

[[inclusion]]
id       = "I4"
title    = "Two ways to read it"
source   = "page"
readings = [
  { label = "one", rule = "lab.creatinine <= 1 mg/dL" },
  { label = "two", rule = "renal.egfr >= 60 mL/min/1.73 m2" },
]

[[exclusion]]
id     = "E1"
title  = "Treated"
source = "page"
rule.some  = "treatment"
rule.where = ["drug is glucocorticoid", "dose >= 1 mg/day", "lasted >= 3 months"]

[[exclusion]]
id     = "E2"
title  = "Washout"
source = "page"
rule.at_least  = 2
rule.different = "drug"
rule.of        = "treatment"
rule.where     = ["last_dose within 5 half-lives before infusion"]

[[exclusion]]
id     = "E3"
title  = "Asked"
source = "page"
rule   = { ask = "Is there another reason?" }

[[exclusion]]
id     = "E4"
title  = "Relapse"
source = "page"
rule   = { none = ["ms.relapse within 6 months before enrollment", "heart.ecg is normal"] }
"""


BRIEF_TRIAL = WIDE_TRIAL.partition('[[inclusion]]\nid      = "I3"')[0]
"""The first two criteria of it: a plan follows a score and drugs through every day, and is dear."""


def wide_runs(folder: Path) -> list[tuple[list[str], bytes]]:
    """Commands, cheapest first, that together reach most of the program."""
    pack, file = tiny_pack(folder, WIDE_TRIAL), folder / "patient.toml"
    read = [str(file), "--criteria", str(pack)]
    few = folder / "few"
    few.mkdir()
    brief = [str(file), "--criteria", str(tiny_pack(few, BRIEF_TRIAL))]
    return [
        (["validate", *read], b""),
        *((["check", *read, "--format", name], b"") for name in FORMATS),
        (["check", *read, str(file), "--output", str(folder / "report")], b""),
        (["derive", *read], b""),
        (["compare", *read], b""),
        (["diff", *read, "--set", "lab.neutrophils=0.70019 10^9/L"], b""),
        (["template", "--for", *read], b""),
        (["ask", *read], b"?\nno\n3\n10^9/L\nu\nq\n"),
        (["verify", str(folder / "report.json"), *read], b""),
        (["verify", str(folder / "report.json"), *read, "--format", "json"], b""),
        *((["plan", *brief, "--format", name], b"") for name in ("table", "html", "markdown")),
    ]


WIDE_SECTIONS = ["dates", "person", "lab", "heart", "ms", "sledai", "treatment", "reviewed"]


def unwrapped(item: Any) -> Any:
    """The function behind a property, a class method, a cache or a context manager."""
    for name in ("fget", "func", "__wrapped__", "__func__"):
        item = getattr(item, name, item)
    return item


def functions() -> dict[CodeType, FunctionType]:
    """Every function and method of the program, by its code."""
    found = {}
    for module in pkgutil.walk_packages(cartscreen.__path__, "cartscreen."):
        for item in vars(importlib.import_module(module.name)).values():
            inside = vars(item).values() if isinstance(item, type) else [item]
            for function in map(unwrapped, inside):
                if isinstance(function, FunctionType) and "cartscreen" in str(function.__module__):
                    found[function.__code__] = function
    return found


KINDS = {
    "RuntimeError": "raise RuntimeError({text}, given, named)",
    "ValueError": "raise ValueError({text}, given, named)",
    "KeyError": "raise KeyError({text}, given)",
    "RecursionError": "raise RecursionError({text}, given)",
    "UnicodeError": "raise UnicodeDecodeError('utf-8', {text}.encode(), 0, 9, {text})",
    "OSError": "raise OSError(5, {text}, {text})",
    "OSError of a stream": "raise OSError(5, {text})",
    "OSError without a number": "raise OSError({text})",
    "MemoryError": "raise MemoryError({text}, given)",
    "KeyboardInterrupt": "raise KeyboardInterrupt({text})",
    "pydantic": "import pydantic; pydantic.TypeAdapter(int).validate_python({text})",
    "group": "raise ExceptionGroup({text}, [ValueError({text}, given)])",
}


def breaking(statement: str) -> CodeType:
    """The code of a function that takes anything and does this."""
    scope: dict[str, Any] = {}
    text = statement.format(text="'Canary-raised'")
    exec(f"def broken(*given, **named):\n    {text}", scope)
    code: CodeType = scope["broken"].__code__
    return code


@contextmanager
def broken(function: FunctionType, code: CodeType) -> Iterator[None]:
    """The function, wherever it is called from, has this code."""
    kept = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = kept


def reached(arguments: list[str], typed: bytes, known: dict[CodeType, Any]) -> set[CodeType]:
    """The functions that a command calls."""
    called = set()

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code in known:
            called.add(frame.f_code)

    sys.setprofile(note)
    try:
        done = run(*arguments, stdin=typed)
    finally:
        sys.setprofile(None)
    assert done.code == 0, done
    return called


def test_84_no_function_that_breaks_shows_a_patient(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever function breaks, and however: standard error has type and place, and no value.

    A function always meets the same kind of fault, chosen by its name, so that a failure repeats.
    Every tenth function is broken, and with `DRAWS=10000` each.
    """
    share = max(1, 2000 // DRAWS)
    known, runs = functions(), wide_runs(tmp_path)
    file = tmp_path / "patient.toml"
    shorter = {name: CANARIES.data[name] for name in ("schema", "patient", *WIDE_SECTIONS)}
    shorter["lab"] = {name: shorter["lab"][name] for name in ("alt", "hemoglobin", "creatinine")}
    content = tomli_w.dumps(shorter)
    file.write_text(content, "utf-8")
    (tmp_path / "report.json").write_text(run(*runs[2][0]).out, "utf-8")
    first: dict[CodeType, int] = {}  # the command that reaches a function first
    for number, (arguments, typed) in enumerate(runs):
        file.write_text(content, "utf-8")
        (tmp_path / "report").unlink(missing_ok=True)
        for code in reached(arguments, typed, known):
            first.setdefault(code, number)
    names = {path.name for path in tmp_path.iterdir()} | {"report"}
    swallowed = set()
    for code, number in first.items():
        function, (arguments, typed) = known[code], runs[number]
        name = f"{function.__module__}.{function.__qualname__}"
        kind, statement = list(KINDS.items())[crc32(name.encode()) % len(KINDS)]
        if crc32(name[::-1].encode()) % share:
            continue
        if (
            function.__code__.co_freevars or function is cli_main.main
        ):  # it is what ends the program
            continue
        file.write_text(content, "utf-8")
        (tmp_path / "report").unlink(missing_ok=True)
        with broken(function, breaking(statement)):
            done = run(*arguments, stdin=typed)
        errors = [line for line in done.err.splitlines() if not line.startswith("warning: ")]
        assert "Traceback" not in done.err, name
        assert "Canary" not in "".join(errors), (name, errors)
        assert CANARIES.in_text("\n".join(errors)) == set(), (name, errors)
        assert {path.name for path in tmp_path.iterdir()} <= names, name
        if done.code == 0:
            swallowed.add((name, kind))
    assert caplog.text == ""
    assert len(first) > 450, "functions are reached"
    assert len(swallowed) < 10, "the others do end the program"


def test_84_a_temporary_file_is_named_by_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the patient nor the name of a file is in the name of a temporary one."""
    names = []
    really = tempfile.mkstemp

    def named(*given: Any, **more: Any) -> tuple[int, str]:
        handle, name = really(*given, **more)
        names.append(Path(name).name)
        return handle, name

    monkeypatch.setattr(tempfile, "mkstemp", named)
    file = profile(tmp_path, "somebody.toml", patient="Canary-0")
    options = ("--criteria", tiny_pack(tmp_path))
    run("check", file, *options, "--output", tmp_path / "report-of-somebody.txt")
    run("plan", file, *options, "--output", tmp_path / "plan-of-somebody.txt")
    run("ask", file, *options, stdin=b"no\nq\n")

    assert len(names) == 3
    assert [name for name in names if not re.fullmatch(r"\.cartscreen-\w{8}", name)] == []


# 85: an internal error


@pytest.mark.parametrize("command", READING)
def test_85_an_internal_error_shows_type_and_place_and_no_value(
    canary: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An internal error is one line with type and place: no traceback, no locals, no values."""

    def fails(*_: Any) -> bytes:
        raise LookupError("Canary-raised", canary.read_bytes())

    monkeypatch.setattr(cli_files, "content_of", fails)
    done = run(*READING[command], canary)

    assert done.code == 1
    assert done.out == ""
    assert re.fullmatch(
        r"error: internal error \(LookupError at test_g_privacy\.py:\d+\)\. Please report it\.\n",
        done.err,
    )


def test_85_even_where_a_traceback_is_asked_for(canary: Path) -> None:
    """Variables that make Typer or Python talkative print no value either."""
    script = canary.parent / "script.py"
    script.write_text(
        "import cartscreen.cli.files as files, cartscreen.cli.main as program\n"
        "def fails(name):\n    raise LookupError(open(name).read())\n"
        "files.content_of = fails\n"
        "program.main()\n",
        "utf-8",
    )
    talkative = {
        "TYPER_STANDARD_TRACEBACK": "1",
        "_TYPER_STANDARD_TRACEBACK": "1",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONVERBOSE": "",
        "RICH_TRACEBACKS": "1",
    }
    done = subprocess.run(
        [sys.executable, script, "check", canary],
        capture_output=True,
        text=True,
        env=environment_of(**talkative),
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: internal error (LookupError at script.py:3). Please report it.\n"
    )


# 86: faults of models, and unknown keys


def models() -> list[type[Model]]:
    """Every model of the program."""
    found = []
    for module in pkgutil.walk_packages(cartscreen.__path__, "cartscreen."):
        for item in vars(importlib.import_module(module.name)).values():
            if isinstance(item, type) and issubclass(item, Model) and item.model_fields:
                found.append(item)
    return sorted({item for item in found if "cartscreen" in item.__module__}, key=str)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_86_a_fault_of_a_model_names_the_field_and_no_value(model: type[Model]) -> None:
    """What pydantic refuses is told by field and type of fault, without the value."""

    class Odd:
        def __repr__(self) -> str:
            return "Canary"

    given = {
        field.more.get("validation_alias", name): Odd()
        for name, field in model.model_fields.items()
    }
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)

    assert "Canary" not in str(refused.value) + repr(refused.value)
    assert str(refused.value.errors()[0]["loc"][0]) in str(refused.value)


def test_86_a_fault_of_a_model_is_not_quoted(canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that its model refuses is an internal error like any other."""

    def fails(*_: Any, **__: Any) -> Any:
        return [Next.model_validate({"fact": "Canary-raised", "label": ["Canary-raised"]})]

    monkeypatch.setattr("cartscreen.report.head_of", fails)
    done = run("check", canary, "--format", "json")

    assert done.code == 1
    assert done.err.startswith("error: internal error (ValidationError at ")
    assert "Canary" not in done.err


ODD_KEYS = ["K" * 500, "\x1b[31m\u202e\0" * 40, "K" * 50_000]


@pytest.mark.parametrize("key", ODD_KEYS, ids=["long", "hostile", "endless"])
@pytest.mark.parametrize(
    "place",
    ["{}", "lab", "lab.alt", "treatment[1]", "reviewed", "answers", "answers.x"],
)
def test_86_an_unknown_key_of_a_profile_is_escaped_and_cut(
    tmp_path: Path, place: str, key: str
) -> None:
    """A key that a profile should not have is shown escaped, and at most 60 characters of it."""
    data: dict[str, Any] = {key: "x"}
    for step in reversed(re.findall(r"\w+", place)):
        data = {step: data} if step != "1" else data
    if place == "treatment[1]":
        data = {"treatment": [data["treatment"]]}
    done = run("validate", profile(tmp_path, **data))

    assert done.code == 3
    assert CANNOT_BE_SEEN.findall(done.err) == []
    for line in done.err.splitlines():
        told = line.partition("patient.toml: ")[2]
        assert len(told) < 300
        assert told.count("K") <= 60 or "patient" in told
        assert told.count("u202e") <= 20


@pytest.mark.parametrize("key", ODD_KEYS, ids=["long", "hostile", "endless"])
@pytest.mark.parametrize("place", ["{}", "trial", "inclusion", "rule"])
def test_86_an_unknown_key_of_a_trial_is_escaped_and_cut(
    tmp_path: Path, place: str, key: str
) -> None:
    """So it is with a key that a trial should not have."""
    trial = tomllib.loads(TINY_TRIAL)
    match place:
        case "{}":
            trial[key] = "x"
        case "trial":
            trial["trial"][key] = "x"
        case "inclusion":
            trial["inclusion"][0][key] = "x"
        case "rule":
            trial["inclusion"][0]["rule"] = {key: ["x"]}
    pack = tiny_pack(tmp_path, tomli_w.dumps(trial))
    done = run("check", ADULT, "--criteria", pack)

    assert (done.code, done.out) == (4, "")
    assert CANNOT_BE_SEEN.findall(done.err) == []
    assert done.err.count("\n") == 1
    assert len(done.err.partition("tiny.toml: ")[2]) < 300


# 87: the network

TRIAL = ("--trial", "rd06-04-sle")
COMMANDS = [
    *(["check", ADULT, *TRIAL, "--format", name] for name in FORMATS),
    ["check", str(EXAMPLES / "sle-us-units.toml")],
    ["check", "none.toml"],
    *(["plan", ADULT, *TRIAL, "--format", name] for name in ("table", "html")),
    ["ask", ADULT],
    ["derive", ADULT],
    ["diff", ADULT, str(EXAMPLES / "sle-man.toml")],
    ["compare", ADULT],
    ["list-trials"],
    ["show", "cd19-csle"],
    ["template"],
    ["template", "--for", ADULT],
    ["facts"],
    ["facts", "lab.alt"],
    ["validate", ADULT],
    ["escalation", "rd06-04-sle", str(EXAMPLES / "ledgers" / "rd06-04-sle.toml")],
    ["help"],
    ["help", "check"],
    [
        "response",
        *(str(EXAMPLES / "response" / f"{visit}.toml") for visit in ("baseline", "month-3")),
    ],
    ["schema", "report"],
    ["schema", "plan"],
    ["schema", "profile"],
    ["schema", "trial"],
    ["--version"],
    ["--help"],
]


def test_87_every_command_works_without_a_network(tmp_path: Path) -> None:
    """Where every socket raises, every command works: none opens one, or starts a program."""
    report, chart = str(tmp_path / "report.json"), str(tmp_path / "chart.json")
    Path(chart).write_text('{"resourceType": "Patient", "id": "p"}', "utf-8")
    calls = [
        *COMMANDS,
        ["check", ADULT, *TRIAL, "--format", "json", "--output", report],
        ["import", chart],
        ["verify", report, ADULT],
    ]
    found = watched(*calls)

    assert found.events == []
    assert found.codes == [3 if "none.toml" in command else 0 for command in calls]
    named = {command[0] for command in calls}
    assert named >= set(commands.app.listed)


def test_87_a_socket_of_a_test_raises() -> None:
    """In the tests, too: nothing reaches a network, nor does a process that they start."""
    name = "network.invalid"
    with pytest.raises(AssertionError, match="no network here"):
        socket.getaddrinfo(name, 80)
    with socket.socket() as made, pytest.raises(AssertionError, match="no network here"):
        made.connect(("192.0.2.1", 80))
    code = f"import socket; socket.getaddrinfo({name!r}, 80)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment_of(),
        check=False,
    )

    assert "no network here" in done.stderr


# 91: what every report says


@pytest.mark.parametrize(
    ("command", "form"),
    [
        *(("check", form) for form in FORMATS),
        *(("plan", form) for form in ("table", "json", "markdown", "html")),
    ],
)
def test_91_every_report_says_what_it_is_for(tmp_path: Path, command: str, form: str) -> None:
    """The notice of intended use stands in every report, in every format, and in all help."""
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, **FITS)
    done = run(command, patient, "--criteria", pack, "--format", form)
    words = flat(re.sub(r"<[^>]*>", "", done.out).replace("\\", ""))

    assert done.code == 0
    assert NOTICE in words


@pytest.mark.parametrize(
    "command",
    ["", *commands.app.listed],
)
def test_91_all_help_says_what_it_is_for(command: str) -> None:
    """So it does in the help of the program, and of each command."""
    done = run(*command.split(), "--help", COLUMNS="200")

    assert done.code == 0
    assert NOTICE in flat(done.out)
