"""Help, `cartscreen help`, the search of `facts`, and what the shell completes."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from program import ADULT, EXAMPLES, TINY_TRIAL, flat, run, tiny_pack, watched
from typer.main import get_command

from cartscreen.cli import manual
from cartscreen.cli.commands import app
from cartscreen.cli.help import takes

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
LINES = {line: name for name, examples in manual.EXAMPLES.items() for _, line in examples}
PATIENT = EXAMPLES / "sle-man.toml"
PERSON = {"resourceType": "Patient", "id": "p"}
ILL = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}}
CHART = {"resourceType": "Bundle", "entry": [{"resource": PERSON}, {"resource": ILL}]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples name: a profile, one of last month, a folder of them, a report."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "patients").mkdir()
    for name in ("patient.toml", "last-month.toml", "patients/a.toml", "patients/b.toml"):
        shutil.copy(PATIENT, folder / name)
    (folder / "visits").mkdir()
    for name in ("baseline", "month-2", "month-3"):
        shutil.copy(EXAMPLES / "response" / f"{name}.toml", folder)
        shutil.copy(EXAMPLES / "response" / f"{name}.toml", folder / "visits")
    shutil.copy(EXAMPLES / "ledgers" / "rd06-04-sle.toml", folder / "ledger.toml")
    (folder / "export").mkdir()
    (folder / "chart.json").write_text(json.dumps(CHART), "utf-8")
    (folder / "cdm").mkdir()
    for table, columns in (
        (
            "person",
            "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n1,,1990,,",
        ),
        (
            "concept",
            "concept_id,concept_name,domain_id,vocabulary_id,concept_class_id,concept_code",
        ),
    ):
        (folder / "cdm" / f"{table}.csv").write_text(f"{columns}\n", "utf-8")
    (folder / "clinic.csv").write_text("id,ALT\n1,22\n", "utf-8")
    (folder / "map.toml").write_text(
        'read_by = "AB"\n[column.id]\nfact = "person.birth_date"\n', "utf-8"
    )
    (folder / "export" / "Patient.ndjson").write_text(json.dumps(PERSON), "utf-8")
    (folder / "report.json").write_text(run("check", PATIENT, "--format", "json").out, "utf-8")
    return folder


def test_the_examples_of_a_command_are_of_it() -> None:
    """Those of the program may be of any."""
    assert [line for line, name in LINES.items() if name and line.split()[1] != name] == []


@pytest.mark.usefixtures("judged_once")
@pytest.mark.parametrize("line", LINES)
def test_an_example_of_the_help_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """Each can be copied as it stands; what is judged decides the exit status of some."""
    monkeypatch.chdir(folder)
    program, *words = shlex.split(line)
    found = [
        name
        for word in words
        for name in (map(str, sorted(Path().glob(word))) if "*" in word else [word])
    ]
    done = run(*found, stdin=b"q\n")

    assert program == "cartscreen"
    assert done.code in ((0, 10, 11) if "--gate" in words or words[0] == "verify" else (0,))
    notes = ("warning: ", "note: ")
    told = [line for line in done.err.splitlines() if not line.startswith(notes)]
    assert told == [] or words[0] == "import"  # which says there what became of a chart


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_groups_and_exit_status(name: str) -> None:
    """Types are plain, options stand in groups, and the statuses that apply are explained."""
    out = run(name, "--help").out

    assert "Examples:\n" in out, f"add examples of {name} to cartscreen/cli/manual.py"
    assert f"\n    cartscreen {name}" in out
    assert "Exit status:\n  0 " in out
    assert "list[" not in out
    assert "<" not in out
    assert "{" not in out
    assert "\nOptions:\n" not in out


def test_help_says_which_statuses_a_script_may_meet() -> None:
    """A command that reads no profile has no status 3; only `verify` and `check` have 10."""
    statuses = {
        name: {status for status, _ in manual.exit_status(name, takes(command))}
        for name, command in COMMANDS.items()
    }
    none = {name for name, found in statuses.items() if "3" not in found}
    verdicts = {name for name, found in statuses.items() if any("10" in each for each in found)}

    assert none & {"list-trials", "show", "facts", "schema", "help", "check", "ask", "verify"} == {
        "list-trials", "show", "facts", "schema", "help",
    }  # fmt: skip
    assert verdicts & {"check", "verify", "plan", "show"} == {"check", "verify"}
    assert "4" in statuses["facts"]
    assert "4" not in statuses["help"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_by_name(name: str) -> None:
    """`cartscreen help check` is `cartscreen check --help`."""
    assert run("help", name) == run(name, "--help")


def test_help_alone_is_that_of_the_program() -> None:
    """As --help; and a command that is not there is named, with the nearest."""
    assert run("help") == run("--help")
    assert (wrong := run("help", "chek")).code == 2
    assert "there is no command 'chek'. Did you mean 'check'?" in flat(wrong.err)
    assert "The commands are check, plan," in flat(run("help", "zzz").err)


def test_help_costs_nothing_where_nobody_asks_for_it() -> None:
    """What only help and completion need is not imported by another command."""
    found = watched(["check", ADULT, "--trial", "cd19-csle"])

    assert found.codes == [0]
    assert {"cartscreen.cli.manual", "cartscreen.cli.complete"} & found.modules == set()


# wrong usage


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["patient.toml"], "'patient.toml' is a file; name a command before it: check, plan, ask."),
        (["chek", ADULT], "No such command 'chek'. Did you mean 'check'"),
        (["check", ADULT, "--format", "tabel"], "'--format' / '-f': 'tabel' is not one of"),
        (
            ["check", ADULT, "--tral", "x"],
            "No such option: --tral (Possible options: --all, --trial)",
        ),
        (["derive", ADULT, "egfr"], "'egfr' is no derived fact. Did you mean 'renal.egfr'?"),
        (["derive", ADULT, "renal.egfrr"], "Did you mean 'renal.egfr'"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_wrong_usage_says_what_was_probably_meant(words: list[str], said: str) -> None:
    """What people type, and the likely fix; said once, below the usage."""
    done = run(*words)

    assert (done.code, done.out) == (2, "")
    assert said in flat(done.err)
    assert done.err.count("Error: ") == 1


def test_a_profile_among_the_criteria_is_named_as_one(folder: Path) -> None:
    """In one line, not by every key that a trial does not have."""
    done = run("check", folder / "patient.toml", "--criteria", folder / "patients")

    assert done.code == 4
    assert [line.rpartition(": ")[2] for line in done.err.splitlines()] == [
        "this is a patient's profile, not a trial."
    ] * 2


# the search of facts


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["ejection", "fraction"], {"heart.lvef", "heart.lvef_by_echo"}),
        (["EJECTION"], {"heart.lvef", "heart.lvef_by_echo"}),
        (["neutrophils"], {"lab.neutrophils", "lab.neutrophils_percent"}),
        (["1742-6"], {"lab.alt"}),  # LOINC
        (["calcineurin"], {"tacrolimus", "ciclosporin"}),  # a class
        (["organ"], {"transplant"}),  # a field of a list
    ],
)
def test_facts_are_found_by_words(words: list[str], found: set[str]) -> None:
    """In names, labels, choices, codes, synonyms; whatever their case."""
    done = run("facts", *words)

    assert (done.code, done.err) == (0, "")
    assert found <= {line.split()[0] for line in done.out.splitlines() if line.startswith("  ")}


def test_a_question_is_searched_where_no_name_has_the_words(tmp_path: Path) -> None:
    """Names come first; one letter, which stands in nearly every name, is not looked for."""
    pack = tiny_pack(tmp_path, TINY_TRIAL)
    (pack / "facts.toml").write_text(
        '[fact.own.sign]\nlabel = "A sign"\nkind = "finding"\nquestion = "Is there wobbling?"\n'
        'obtain = "question"\nchanges = "never"\n',
        "utf-8",
    )

    assert "own.sign  A sign" in run("facts", "wobbling", "--criteria", pack).out
    assert run("facts", "w", "--criteria", pack).code == 2
    assert run("facts", "wobbling", "hemoglobin", "--criteria", pack).code == 2


# completion


def completed(*words: str, **more: str) -> list[str]:
    """What bash is offered for the last word."""
    done = run(
        _CARTSCREEN_COMPLETE="complete_bash",
        COMP_WORDS=f"cartscreen {shlex.join(words[:-1])} {words[-1]}",
        COMP_CWORD=str(len(words)),
        **more,
    )

    assert (done.code, done.err) == (0, "")
    return done.out.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("check", "p.toml", "--trial", "cd"), ["cd19-csle"]),
        (("plan", "p.toml", "--trial", "NCT0622"), ["NCT06222853"]),
        (("verify", "r.json", "p.toml", "--trial", "rd"), ["rd06-04-sle"]),
        (("show", "auto"), ["auto-cd19-bcma-aid"]),
        (("check", "--only", "failed,u"), ["failed,unknown"]),
        (("check", "--only", "f"), ["failed"]),
        (("check", "--readings", ""), ["cautious", "preferred"]),
        (("facts", "heart.lvef"), ["heart.lvef", "heart.lvef_by_echo"]),
        (("facts", "ritux"), ["rituximab"]),
        (("facts", "malig"), ["malignancy"]),
        (("derive", "p.toml", "renal.egfr"), ["renal.egfr", "renal.egfr_schwartz"]),
        (("diff", "p.toml", "--set", "lab.platel"), ["lab.platelets="]),
        (("help", "val"), ["validate"]),
        (("val",), ["validate"]),
        (("check", "p.toml", "--trial", "zzz"), []),
    ],
    ids=" ".join,
)
def test_the_shell_completes(words: tuple[str, ...], offered: list[str]) -> None:
    """Ids, registry numbers, statuses, facts, lists, drugs and commands."""
    assert completed(*words) == offered


def test_the_shell_completes_what_a_folder_has(tmp_path: Path) -> None:
    """The trials of --criteria; and nothing, not an error, where the folder cannot be read."""
    pack = tiny_pack(tmp_path)

    assert completed("check", "--criteria", str(pack), "--trial", "") == ["tiny"]
    assert completed("check", "--criteria", f"{pack}/none", "--trial", "") == []
    (pack / "tiny.toml").write_text("[trial]\nid =", "utf-8")
    assert completed("check", "--criteria", str(pack), "--trial", "") == []
    assert completed("facts", "--criteria", str(pack), "lab") == []
