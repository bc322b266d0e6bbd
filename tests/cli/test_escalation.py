"""`escalation`, `show --doses` and `list-trials`: what is printed, and how the program ends."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
import tomli_w
from jsonschema import Draft202012Validator
from ledgers import TRIAL, rows_of
from program import NASTY, flat, run, tiny_pack
from support import ROOT

from cartscreen.escalation.table import patients, reachable

LEDGER = str(ROOT / "examples" / "ledgers" / "rd06-04-sle.toml")
DAY = ("--as-of", "2026-10-30")


def ledger(folder: Path, words: str) -> str:
    path = folder / "ledger.toml"
    path.write_text(tomli_w.dumps({"schema": 1, "patient": rows_of(words)}), "utf-8")
    return str(path)


def asked(path: str, *more: str) -> str:
    done = run("escalation", "rd06-04-sle", path, *DAY, *more)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_example_in_words() -> None:
    """Counts, N of 12, what the pending patient would bring, the clauses with their place."""
    out = flat(asked(LEDGER))

    assert "DL2 5 x 10^5 cells/kg 3 3 2 1 1 0" in out
    assert "6 treated, of at most 12 (Summary, case expansion): 6 left" in out
    assert "it depends on L-006" in out
    assert "L-006: no DLT: DL2 takes up to 6 patients (P2a)" in out
    assert "P2a After one DLT a level is extended to 6 patients. [Summary, item 2, first" in out
    assert "Answered: A DLT counts for 28 days after the infusion. (28 days)" in out


@pytest.mark.parametrize("columns", [20, 40, 71, 72, 80, 200])
def test_it_fits_the_terminal(columns: int) -> None:
    """No line is wider than the terminal; in a narrow one the counts are sentences."""
    done = run("escalation", "rd06-04-sle", LEDGER, *DAY, COLUMNS=str(columns))

    assert max(map(len, done.out.splitlines())) <= columns
    assert ("2 evaluated, 1 DLT, 1 pending, 0 expansion" in flat(done.out)) is (columns < 72)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", 0),
        ("1NNN", 0),
        ("1NNN 2NTT", 11),
        ("1NNN 2NN 2P", 11),
        ("2NNN", 11),
        ("1NTT", 10),
        ("1NNT 1NNN 2NNT 2NNN", 10),
    ],
)
def test_gate(tmp_path: Path, words: str, code: int) -> None:
    """0 one answer; 11 two, none or pending; 10 none more, or 12 reached. Without it always 0."""
    path = ledger(tmp_path, words)

    assert run("escalation", "rd06-04-sle", path, *DAY, "--gate").code == code
    assert run("escalation", "rd06-04-sle", path, *DAY).code == 0


FORMATS = ("table", "json", "csv", "markdown", "html")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("words", ["", "1NNN", "1NTT", "1NNN 2NNN", "1NNN 2NTT", "1NNT 1NNN 2NNP"])
def test_nothing_is_advised(tmp_path: Path, words: str, form: str) -> None:
    """In no form and in no state does it say to proceed, nor that anybody should or must."""
    out = asked(ledger(tmp_path, words), "--format", form).casefold()

    assert not {"proceed", "should", "must", "recommend"} & set(out.replace(",", " ").split())


def test_nothing_is_advised_by_the_table() -> None:
    """Nor does the decision table."""
    words = run("show", "rd06-04-sle", "--doses").out.casefold().split()

    assert not {"proceed", "should", "recommend"} & set(words)


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_says_the_same(tmp_path: Path, form: str) -> None:
    """Both clauses, the breach, the question, the hashes and the notice, in each form."""
    path = ledger(tmp_path, "1NNN 2NNT 2T 2N")
    out = flat(asked(path, "--format", form)).replace("\\", "")

    for part in (
        "DL2 exceeds the MTD",
        "DL1 takes up to 6 patients",
        "a dose between DL1 and DL2 may be chosen and evaluated",
        "was treated at DL2, and the page had then",
        "Which is the medium dose group",
        "not a medical device",
    ):
        assert part in out, part


def test_what_else_a_report_holds(tmp_path: Path) -> None:
    """Decisions, who counts, a dose beside a tolerance, and ways that the page cannot speak of."""
    rows = rows_of("1NN 1P 2N")
    rows[0] |= {"weight": "50 kg", "cells": 4_000_000}
    rows.append({"patient": "E", "level": "DL1", "enrolled": rows[0]["infusion"]})
    answer = {"gap": "G16", "says": "10 %", "value": "10 %", "source": "protocol 5.2"}
    decision = {"clause": "P3", "date": rows[0]["infusion"], "by": "board", "note": "minutes 7"}
    path = tmp_path / "ledger.toml"
    data = {"schema": 1, "patient": rows, "answer": [answer], "decision": [decision]}
    path.write_text(tomli_w.dumps(data), "utf-8")
    out = flat(asked(str(path)))
    more = {row["part"]: row for row in csv.DictReader(StringIO(asked(str(path), "-f", "csv")))}

    assert "4 treated and 5 enrolled, of at most 12" in out
    assert "7 or 8 left, as it is open who counts" in out
    assert "1.3: no DLT: DL2 takes up to 3 patients (P0, P1)" in out
    assert "1.3: DLT / 1.3: not evaluable: following the page was not found to lead" in out
    assert "1.1 was given 8 x 10^4 cells/kg, 80 % of DL1: outside of the tolerance (G16)" in out
    assert "1.1: 8 x 10^4 cells/kg, 80 % of DL1; outside of the tolerance" in out
    assert "2026-01-05 P3, by board: minutes 7" in out
    assert (more["decision"]["says"], more["decision"]["more"]) == ("P3, by board", "minutes 7")
    assert more["way"]["more"].startswith("following the page was not found")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("1NTT", "x No further patient, by the page."),
        ("1NNT 1NNN 2NNT 2NNN", "x 12 patients are reached: none is left."),
        ("2NNN", "x following the page was not found to lead to these counts"),
        ("1NNT 1NNNN", "x 1.7 is number 7 to be evaluated at DL1, and the page has at most 6"),
        ("1NNN 2NTT 1P", "? The page does not say which of the options comes first"),
        ("1NNN 2NNT 2NNP", "? it depends on 2.6"),
        ("1NNN 2NTT 1NNP", "? the rest depends on 1.6"),
    ],
)
def test_last_line_of_what_the_page_says(tmp_path: Path, words: str, says: str) -> None:
    """What stands below the clauses: no place, no level, no choice made, or who is waited for."""
    assert says in flat(asked(ledger(tmp_path, words)))


def test_json_fits_its_schema(tmp_path: Path) -> None:
    """The report of `--format json` fits `schema escalation`, and is the same each time."""
    schema = json.loads(run("schema", "escalation").out)
    Draft202012Validator.check_schema(schema)
    for path in (LEDGER, ledger(tmp_path, "1NNN 2NTT 2+P 1X")):
        out = asked(path, "--format", "json")
        report = json.loads(out)

        assert list(Draft202012Validator(schema).iter_errors(report)) == []
        assert report["schema"] == "cartscreen-escalation/1"
        assert out == asked(path, "--format", "json")


def test_example_fits_the_schema_of_ledgers() -> None:
    """The example fits `schema ledger`, which refuses what the program refuses."""
    import tomllib

    schema = json.loads(run("schema", "ledger").out)
    Draft202012Validator.check_schema(schema)
    data = json.loads(json.dumps(tomllib.loads(Path(LEDGER).read_text("utf-8")), default=str))
    validator = Draft202012Validator(schema)

    assert list(validator.iter_errors(data)) == []
    assert list(validator.iter_errors({**data, "patients": []}))
    assert list(validator.iter_errors({"schema": 1, "patient": [{"patient": "A"}]}))


def test_csv_has_a_row_for_each_part() -> None:
    """Levels, size, verdict, ways, breaches and questions, each with the hashes."""
    rows = [*csv.DictReader(StringIO(asked(LEDGER, "--format", "csv")))]
    parts = [row["part"] for row in rows]

    assert parts[:3] == ["level", "level", "size"]
    assert {"verdict", "way", "dose", "question"} <= set(parts)
    assert all(len(row["ledger_sha256"]) == 64 for row in rows)


@pytest.mark.parametrize("kind", NASTY)
def test_hostile_text_is_shown_as_it_is(tmp_path: Path, kind: str) -> None:
    """Names and notes of a ledger are never markup, and no control character reaches a terminal."""
    text, seen = NASTY[kind]
    rows = [{**row, "patient": f"{text} {n}"} for n, row in enumerate(rows_of("1NNP"))]
    path = tmp_path / "ledger.toml"
    path.write_text(tomli_w.dumps({"schema": 1, "patient": rows}), "utf-8")

    assert seen in flat(asked(str(path))).replace("\n", "")


def test_what_if() -> None:
    """Three further patients at DL2, and the heading says that they are supposed."""
    out = flat(asked(LEDGER, "--what-if", "DL2: 1 of 1"))

    assert "What if: DL2: 1 of 1 (further patients)" in out
    assert "DL2 exceeds the MTD" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rd06-04-sle", "none.toml"], 3, "none.toml: there is no such file or folder."),
        (["rd06-04-sl", LEDGER], 4, "there is no trial 'rd06-04-sl'. Did you mean 'rd06-04-sle'?"),
        (["cd19-csle", LEDGER], 4, "cd19-csle: the page gives no rule for its dose levels."),
        (["ucar-cd19-bcma-sle", LEDGER], 4, "the page gives no rule"),
        (["rd06-04-sle", LEDGER, "--what-if", "DL2: -1 of 3"], 2, "has a negative count"),
        (["rd06-04-sle", LEDGER, "--as-of", "yesterday"], 2, "is not a date like 2026-03-02"),
        (["rd06-04-sle", LEDGER, "--as-of", "20261030"], 2, "is not a date like 2026-03-02"),
        (["cd19-csle", LEDGER, "-f", "html"], 4, "--doses` prints what it gives."),
        (["rd06-04-sle", LEDGER, "-o", LEDGER, "--force"], 5, "this file is to be read"),
    ],
)
def test_fault_ends_in_a_sentence(arguments: list[str], code: int, said: str) -> None:
    """Each with its exit code, on standard error alone."""
    done = run("escalation", *arguments)

    assert (done.code, done.out) == (code, "")
    assert said in flat(done.err)


def test_faults_of_a_ledger(tmp_path: Path) -> None:
    """A ledger with faults is bad input, and each is a line with the file and its line."""
    path = tmp_path / "ledger.toml"
    path.write_text('schema = 1\n[[patient]]\npatient = "A"\nlevel = "DL9"\ndtl = 1\n', "utf-8")
    done = run("escalation", "rd06-04-sle", str(path))

    assert done.code == 3
    assert [line.split(": ")[2] for line in done.err.splitlines()] == ["line 5", "line 4"]


def test_ledger_from_standard_input_into_a_file(tmp_path: Path) -> None:
    """- is standard input; --output writes the report into a file."""
    content = Path(LEDGER).read_bytes()
    target = tmp_path / "report.md"
    done = run(
        "escalation", "rd06-04-sle", "-", *DAY, "-f", "markdown", "-o", str(target), stdin=content
    )

    assert (done.code, done.out) == (0, "")
    assert target.read_text("utf-8").startswith("# rd06-04-sle NCT06310811: dose escalation\n")


def test_without_a_day_it_is_today() -> None:
    """The report says by what its day was chosen."""
    out = run("escalation", "NCT06310811", LEDGER, "--format", "json").out

    assert json.loads(out)["as_of_from"] == "today"


# Trials


def test_show_doses_has_every_state() -> None:
    """The table covers each state that following the page can lead to, and no state twice."""
    out = run("show", "rd06-04-sle", "--doses", COLUMNS="1000").out
    heads = [line for line in out.splitlines() if line.startswith("DL1 ")]
    states = []
    for head in heads:
        cells = [part.split(" ", 1)[1].split(", ") for part in head.split("; ")]
        first, second = cells if len(cells) == 2 else (cells[0], [""])
        states += [(one, other) for one in first for other in second]
    expected = {
        (state[0].text, state[1].text if state[1].opened else "")
        for state in reachable(TRIAL.doses)
    }

    assert len(states) == len(set(states))
    assert set(states) == expected
    assert f"({len(expected)} states)" in out
    assert max(map(patients, reachable(TRIAL.doses))) == 12


@pytest.mark.parametrize(
    ("trial", "says"),
    [
        ("cd19-csle", "low: 3 x 10^4 cells/kg"),
        ("cd19-csle", "patients 22"),
        ("ucar-cd19-bcma-sle", "at most 18 [Overview, up to 18 participants]"),
        ("bcma-cd70-csle", "patients 18 estimated"),
        ("auto-cd19-bcma-aid", "patients 12 participants in 1 patient group"),
    ],
)
def test_show_doses_of_a_page_without_rule(trial: str, says: str) -> None:
    """Levels or size as the page has them, and that it gives no rule; `show` has them too."""
    out = flat(run("show", trial, "--doses").out)

    assert says in out
    assert "The page gives no rule for moving between dose levels." in out
    assert says in flat(run("show", trial).out)


def test_a_table_that_nobody_could_read(tmp_path: Path) -> None:
    """Of a trial with a great many states, the number is told and the table is not printed."""
    text = (ROOT / "criteria" / "rd06-04-sle.toml").read_text("utf-8")
    more = "".join(
        f'[[doses.level]]\nid = "DL{n}"\ndose = "{n}e6 cells/kg"\nsource = "made up"\n\n'
        for n in range(3, 6)
    )
    text = text.replace("[[doses.clause]]", f"{more}[[doses.clause]]", 1)
    text = text.replace('"rd06-04-sle"', '"many"').replace("NCT06310811", "NCT00000009")
    folder = tiny_pack(tmp_path, text.replace("most        = 12", "most        = 30"))
    out = run("show", "many", "--doses", "--criteria", str(folder)).out

    assert "There are more than 5000 states; the table is not printed." in out


def test_list_trials_has_the_number_of_levels() -> None:
    """Two levels of page 3, three of page 4; the others name none."""
    rows = csv.DictReader(StringIO(run("list-trials", "--format", "csv").out))

    assert {row["id"]: row["dose_levels"] for row in rows if row["dose_levels"]} == {
        "rd06-04-sle": "2",
        "cd19-csle": "3",
    }
