"""Patient data stay where they are: not in errors, nor on the network, nor on the disk."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from program import ADULT, EXAMPLES, OPEN, environment_of, in_shell, profile, run, tiny_pack

from cartscreen.trial import bundled_pack

CANARY = "Canary-7f3a"


def secret() -> dict[str, Any]:
    """A profile with the canary wherever it takes free text: names, drugs, notes, answers."""
    data: dict[str, Any] = {
        "schema": 1,
        "patient": CANARY,
        "dates": {"screening": "2026-11-02"},
        "lab": {"neutrophils": "3.2 10^9/L"},
        "answers": {"cd19-csle": {"I9": CANARY}, f"{CANARY}-trial": {CANARY: CANARY}},
    }
    for record in bundled_pack().vocabulary.records.values():
        texts = [field.name for field in record.fields.values() if field.kind in ("text", "drug")]
        if texts:
            data[record.name] = [dict.fromkeys(texts, CANARY)]
    return data


def set_to(section: str, **values: Any) -> Callable[[dict[str, Any]], str]:
    """A profile with these values in a section."""
    return lambda data: tomli_w.dumps({**data, section: {**data.get(section, {}), **values}})


def followed_by(text: str) -> Callable[[dict[str, Any]], str]:
    """A profile with more lines at its end."""
    return lambda data: f"{tomli_w.dumps(data)}\n# {CANARY}\n{text}\n"


FAULTS = {
    "no unit": set_to("lab", neutrophils=3),
    "another unit": set_to("lab", neutrophils="3 mmHg"),
    "a comma": set_to("lab", neutrophils="3,2 10^9/L"),
    "out of range": set_to("vitals", spo2="400 %"),
    "not in TOML": set_to("lab", neutrophils=float("nan")),
    "no such fact": set_to("lab", neutrophil="3.2 10^9/L"),
    "no such section": set_to("labs", neutrophils="3.2 10^9/L"),
    "no such choice": set_to("infection", hbsag="maybe"),
    "no finding": set_to("diagnosis", sle="yes"),
    "no date": set_to("dates", enrollment="soon"),
    "born after screening": set_to("person", birth_date="2026-12-01"),
    "no result": set_to("lab", alt={"upper": "40 U/L"}),
    "no list of records": set_to("reviewed", treatments="2026-11-02"),
    "another list": followed_by('[[malignancy]]\nsomething = "x"'),
    "a table of a record": lambda data: tomli_w.dumps({**data, "malignancy": {"kind": "x"}}),
    "no value": followed_by("x ="),
    "twice": followed_by("[lab]"),
    "no end": followed_by('x = "'),
    "a NUL": followed_by("x = 1\0"),
    "nested": followed_by(f"x = {'[' * 2000}"),
    "deep": followed_by(f"{'a.' * 20}b = 1"),
    "digits": followed_by(f"x = {'9' * 5000}"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("command", [["check"], ["validate"], ["template", "--for"]], ids=" ".join)
def test_a_fault_shows_no_other_field(
    tmp_path: Path, command: list[str], fault: Callable[[dict[str, Any]], str]
) -> None:
    """An error names its own field, and nothing else of the patient."""
    path = tmp_path / "patient.toml"
    path.write_text(fault(secret()), "utf-8")
    done = run(*command, path)

    assert done.code == 3
    assert str(path) in done.err
    assert CANARY not in done.err + done.out


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_a_file_in_another_encoding_is_not_quoted(tmp_path: Path, encoding: str) -> None:
    """UTF-16, a byte order mark, a letter that is not UTF-8."""
    path = tmp_path / "patient.toml"
    path.write_bytes(f"{tomli_w.dumps(secret())}\n# é\n".encode(encoding))
    done = run("check", path)

    assert done.code == 3
    assert CANARY not in done.err + done.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--trial", "none"], 4),
        (["--criteria", "none"], 4),
        (["--output", "none/report.txt"], 5),
        (["--format", "none"], 2),
        (["--only", "none"], 2),
        (["--screening-date", "none"], 2),
        (["none.toml"], 3),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_of_the_command_line_shows_no_patient(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    """Nor its file."""
    done = run("check", profile(tmp_path, **secret()), *arguments)

    assert done.code == code
    assert CANARY not in done.err


def test_what_a_batch_says_on_standard_error_is_about_files(tmp_path: Path) -> None:
    """A report with every kind of warning prints nothing there."""
    done = run("check", profile(tmp_path, **secret()), "--format", "json")

    assert (done.code, done.err) == (0, "")
    assert CANARY in done.out


@pytest.mark.parametrize("redirected", [">&-", "> /dev/full"])
def test_a_report_that_cannot_be_written_is_not_quoted(tmp_path: Path, redirected: str) -> None:
    """The disk is full: the line that says so is all there is."""
    done = in_shell(redirected, "check", profile(tmp_path, **secret()))

    assert done.code == 5
    assert CANARY not in done.err


@pytest.mark.parametrize(
    "place",
    [
        "cartscreen.profile.parse_profile",
        "cartscreen.screen.Chart",
        "cartscreen.report.report",
        "cartscreen.report.screen",
        "cartscreen.render.table.draw",
        "cartscreen.cli._out",
    ],
)
@pytest.mark.parametrize("kind", [ValueError, KeyError, RecursionError, AssertionError])
def test_an_internal_error_shows_no_value(
    tmp_path: Path, place: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the program breaks, and whatever the exception carries: type and place alone."""

    def broken(*_: Any, **__: Any) -> None:
        raise kind(CANARY)

    monkeypatch.setattr(place, broken)
    done = run("check", profile(tmp_path, **secret()))

    assert done.code == 1
    where = rf"\({kind.__name__} at test_privacy\.py:\d+\)"
    assert re.fullmatch(rf"error: internal error {where}\. Please report it\.\n", done.err)
    assert CANARY not in done.out


def test_a_fault_of_a_model_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pydantic would print the value that it refuses."""

    def broken(*_: Any, **__: Any) -> Any:
        from cartscreen.report import Next

        return [Next(fact=CANARY, label=CANARY, question=[CANARY])]

    monkeypatch.setattr("cartscreen.report._next", broken)
    done = run("check", profile(tmp_path, **secret()))

    assert done.code == 1
    assert done.err.startswith("error: internal error (ValidationError at ")
    assert CANARY not in done.err


# the network, and modules that could reach it

FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html"]
COMMANDS = [
    *(["check", ADULT, "--format", name] for name in FORMATS),
    ["check", str(EXAMPLES / "sle-us-units.toml")],
    ["check", "none.toml"],
    ["plan", ADULT],
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
    ["schema", "report"],
    ["schema", "profile"],
    ["schema", "trial"],
    ["--version"],
    ["--help"],
]

WATCHED = """
import io, json, sys
events = []
def watch(event, arguments):
    if event.partition(".")[0] in ("socket", "urllib", "http", "ftplib", "smtplib", "subprocess") \\
            or event in ("os.system", "os.exec", "os.posix_spawn", "os.fork"):
        events.append(event)
        raise OSError("no network here")
sys.addaudithook(watch)
from cartscreen.cli import main
codes, out = [], sys.stdout
for command in json.loads(sys.argv[1]):
    sys.argv = ["cartscreen", *command]
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        main()
    except SystemExit as end:
        codes.append(end.code)
print(json.dumps([codes, events, sorted(sys.modules)]), file=out)
"""


def watched(*commands: list[str]) -> tuple[list[int], list[str], list[str]]:
    """(exit codes, network events, modules) of commands in a process where sockets raise."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(commands)],
        capture_output=True,
        text=True,
        env=environment_of(),
        check=True,
    )
    codes, events, modules = json.loads(done.stdout)
    return codes, events, modules


def test_every_command_works_without_a_network() -> None:
    """No command opens a socket, asks for a name, or starts another program."""
    codes, events, _ = watched(*COMMANDS)

    assert events == []
    assert codes == [3 if "none.toml" in command else 0 for command in COMMANDS]


@pytest.mark.parametrize("format", FORMATS)
def test_check_imports_nothing_that_could_reach_a_network(format: str) -> None:
    """Neither what we import nor what that imports."""
    _, _, modules = watched(["check", ADULT, "--format", format])
    network = {  # the standard library's email, which pydantic needs, imports socket
        "_ssl", "aiohttp", "asyncio", "ftplib", "http.client", "http.server", "httpx",
        "multiprocessing", "requests", "smtplib", "socketserver", "ssl", "urllib.request",
        "urllib3", "xmlrpc.client",
    }  # fmt: skip

    assert "cartscreen.screen" in modules
    assert network & set(modules) == set()


@pytest.mark.parametrize(
    ("value", "imported"), [("1.1 mg/dL", False), ("97 umol/L", True), ("0.011 g/L", True)]
)
def test_pint_is_imported_for_other_units_only(tmp_path: Path, value: str, imported: bool) -> None:
    """A profile in canonical units needs no conversion, and half the time to start."""
    patient = profile(tmp_path, lab={"creatinine": value})
    codes, _, modules = watched(["check", str(patient)])

    assert codes == [0]
    assert ("pint" in modules) == imported


def test_the_adult_example_needs_no_pint() -> None:
    """The whole of a real chart, all five trials."""
    assert "pint" not in watched(["check", ADULT])[2]


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    """No cache, no history, no log: not in the home folder, nor where the program was started."""
    patient = profile(tmp_path, **OPEN)
    home = tmp_path / "home"
    home.mkdir()
    places = {
        name: str(home)
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMPDIR")
    }
    for command in (["check", patient], ["validate", patient], ["facts"], ["template"]):
        subprocess.run(
            [sys.executable, "-c", "from cartscreen.cli import main; main()", *command],
            cwd=home,
            env=environment_of(**places, PYTHONDONTWRITEBYTECODE="1"),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    assert list(home.iterdir()) == []


def test_a_pack_cannot_run_code(tmp_path: Path) -> None:
    """Python beside the criteria of a folder is not imported."""
    pack = tiny_pack(tmp_path)
    for name in ("__init__.py", "facts.py", "tiny.py", "sitecustomize.py"):
        (pack / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", "utf-8")
    done = run("check", profile(tmp_path, **OPEN), "--criteria", pack)

    assert done.code == 0
    assert not (tmp_path / "ran").exists()
