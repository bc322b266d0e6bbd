"""`cartscreen check`: every format, every option, one patient and many."""

import csv
import io
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from program import (
    ADULT,
    EXAMPLES,
    FITS,
    OPEN,
    RULED_OUT,
    TINY_TRIAL,
    Done,
    flat,
    on_terminal,
    profile,
    run,
    tiny_pack,
)

from cartscreen import NOTICE
from cartscreen.cli import commands
from cartscreen.cli import files as cli_files

STREAMED = ["table", "json", "ndjson", "csv", "markdown"]
FORMATS = [*STREAMED, "html"]  # a page is written from the second patient on
CHILD = str(EXAMPLES / "sle-child-refractory.toml")
BAD = 'schema = 1\npatient = "P-9"\n[lab]\nneutrophils = 3\n'  # a number without its unit


def strict(text: str) -> Any:
    """JSON as the standard has it: no NaN, no key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs), pairs
        return dict(pairs)

    def never(word: str) -> None:
        raise AssertionError(word)

    return json.loads(text, object_pairs_hook=once, parse_constant=never)


def reports(done: Done) -> list[dict[str, Any]]:
    found = strict(done.out)
    assert isinstance(found, list)
    return found


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A patient who fits the tiny trial, a file that is no profile, and a patient ruled out.

    In the current folder: where a table breaks a name must not depend on where tests run.
    """
    monkeypatch.chdir(tmp_path)
    here, bad = Path(), Path("b.toml")
    bad.write_text(BAD, "utf-8")
    return [
        profile(here, "a.toml", patient="P-fits", **FITS),
        bad,
        profile(here, "c.toml", patient="P-out", **RULED_OUT),
    ]


# json and ndjson


def test_json_is_an_array_with_one_report_for_each_patient() -> None:
    """Reports stand in the order of the files, with what design and schema promise."""
    found = reports(run("check", ADULT, CHILD, "--format", "json"))

    assert [report["patient"] for report in found] == ["P-0001", "P-0002"]
    for report in found:
        assert report["schema"] == "cartscreen-report/1"
        assert report["tool"]["name"] == "cartscreen"
        assert re.fullmatch("[0-9a-f]{64}", report["pack"]["sha256"])
        assert report["notice"] == NOTICE
        assert len(report["trials"]) == 5


def test_counts_are_of_the_counted_criteria() -> None:
    """For each trial, counts tell how many counted criteria have each status."""
    (report,) = reports(run("check", ADULT, "--format", "json"))

    for trial in report["trials"]:
        counted = [found["status"] for found in trial["criteria"] if found["counted"]]
        assert trial["counts"] == {
            status: counted.count(status) for status in ("matched", "failed", "unknown")
        }


@pytest.mark.parametrize("format", FORMATS)
def test_same_patient_and_date_give_the_same_bytes(format: str) -> None:
    """Nothing of the clock, of memory addresses or of the order of sets is in a report."""
    command = ("check", ADULT, "--trial", "rd06-04-sle", "--format", format)
    first = run(*command)
    second = run(*command)

    assert first.code == 0
    assert first.out == second.out


def test_reports_and_failures_fit_the_published_schema(three: list[Path]) -> None:
    """What `check --format json` writes is valid by `schema report`; a changed report is not."""
    schema = strict(run("schema", "report").out)
    found = reports(run("check", *three, ADULT, CHILD, "--format", "json"))
    validator = Draft202012Validator(schema)

    validator.validate(found)
    assert len(found) == 5

    found[0]["trials"][0]["verdict"] = "perhaps"
    with pytest.raises(ValidationError):
        validator.validate(found)


def test_ndjson_is_one_report_a_line(three: list[Path], pack: Path) -> None:
    """Each line is a report or a failure, the same as in the array."""
    as_array = reports(run("check", *three, "--criteria", pack, "--format", "json"))
    lines = run("check", *three, "--criteria", pack, "--format", "ndjson").out.splitlines()

    assert [strict(line) for line in lines] == as_array


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_is_json_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    """What the encoding of the terminal cannot take is escaped as JSON has it."""
    name = "Zoé 中 \U0001f600 \u202e"
    patient = profile(tmp_path, patient=name)
    (found,) = reports(run("check", patient, "--format", "json", encoding=encoding))

    assert found["patient"] == name


# csv


def test_csv_has_a_row_for_each_criterion_and_one_header() -> None:
    """The rows of two patients are those of their reports, below one line of names."""
    found = reports(run("check", ADULT, CHILD, "--format", "json"))
    wanted = [
        (report["patient"], trial["id"], trial["verdict"], one["id"], one["status"], one["answer"])
        for report in found
        for trial in report["trials"]
        for one in trial["criteria"]
    ]
    out = run("check", ADULT, CHILD, "--format", "csv").out
    names = ("patient", "trial", "verdict", "criterion", "status", "answer")

    assert [tuple(row[name] for name in names) for row in rows(out)] == wanted
    assert out.count("file,patient,screening_date,") == 1


@pytest.mark.parametrize(
    "start",
    ["=", "+", "-", "@", "\0", "＝", "＋", "－", "＠"],  # noqa: RUF001
)
def test_csv_cell_that_a_spreadsheet_would_run_is_led_by_an_apostrophe(
    tmp_path: Path, pack: Path, start: str
) -> None:
    """The cell begins with an apostrophe, whatever follows; JSON keeps the original."""
    patient = profile(tmp_path, patient=f"{start}HYPERLINK(1)", **FITS)
    first = rows(run("check", patient, "--criteria", pack, "--format", "csv").out)[0]
    (report,) = reports(run("check", patient, "--criteria", pack, "--format", "json"))

    assert first["patient"].startswith("'")
    assert first["patient"].endswith("HYPERLINK(1)")
    assert report["patient"] == f"{start}HYPERLINK(1)"


def test_two_files_of_one_pseudonym_are_named(tmp_path: Path, pack: Path) -> None:
    """It may be a slip; each is judged all the same, and the reports are those of each alone."""
    files = [
        profile(tmp_path, name, patient=patient, **FITS)
        for name, patient in (("a.toml", "P-1"), ("b.toml", "P-2"), ("c.toml", "P-1"))
    ]
    command = ("--criteria", pack, "--format", "ndjson")
    done = run("check", *files, *command)
    alone = [run("check", file, *command).out for file in files]

    assert done.err == (
        f"warning: {files[0]} and {files[2]} have one pseudonym; are they of one patient?\n"
    )
    assert (done.code, done.out) == (0, "".join(alone))


def test_csv_cell_that_no_spreadsheet_runs_is_left_alone(tmp_path: Path, pack: Path) -> None:
    """An apostrophe is not added without need."""
    patient = profile(tmp_path, patient='P=1-2,"x"', **FITS)
    first = rows(run("check", patient, "--criteria", pack, "--format", "csv").out)[0]

    assert first["patient"] == 'P=1-2,"x"'


# markdown


def test_markdown_shows_data_as_it_is(tmp_path: Path, pack: Path) -> None:
    """No letter of a patient's name is markup, ends a cell or begins an element."""
    patient = profile(tmp_path, patient="*a* `b` [c](d) |e| <script> &amp; #f\n# g", **FITS)
    out = run("check", patient, "--criteria", pack, "--format", "markdown").out

    shown = r"# Patient \*a\* \`b\` \[c\](d) \|e\| &lt;script&gt; &amp;amp; \#f\\u000a\# g:"
    assert out.startswith(shown)


def test_markdown_makes_no_link_and_no_mention(tmp_path: Path, pack: Path) -> None:
    """Trackers link addresses and names in the finished page: a comment keeps each apart."""
    patient = profile(tmp_path, patient="@bob #1 !2 http://x.y www.x.y a@b.c", **FITS)
    out = run("check", patient, "--criteria", pack, "--format", "markdown").out

    apart = r"@{}bob \#{}1 !{}2 http:{}//x.y www{}.x.y a@{}b.c".replace("{}", "<!-- -->")
    assert out.startswith(f"# Patient {apart}:")


def test_markdown_tables_are_whole() -> None:
    """Each row of a table has as many cells as its header."""
    lines = run("check", ADULT, "--format", "markdown").out.splitlines()
    widths: list[set[int]] = []
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            if not before.startswith("|"):
                widths.append(set())
            widths[-1].add(len(re.findall(r"(?<!\\)\|", line)))

    assert len(widths) > 5
    assert [found for found in widths if len(found) > 1] == []


# the table


def test_table_has_header_summary_trials_and_last_the_answer() -> None:
    """Who and when; a line for each trial; each trial; by what it was made; the answer."""
    out = run("check", str(EXAMPLES / "sle-chart-half-filled.toml")).out
    parts = [
        "Patient ", "Judged on ", "Trial ", "x failed, ? unknown, + matched", "No. ",
        "get ", "criteria cartscreen ", "An aid to pre-screening", "4 open: ", "1 ruled out",
    ]  # fmt: skip
    places = [out.index(part) for part in parts]

    assert places == sorted(places)
    assert out.endswith("; 1 ruled out\n")


def test_failed_stands_before_unknown_before_matched() -> None:
    """What rules the patient out is read first; --all changes nothing of that order."""
    command = ("check", ADULT, "--trial", "bcma-cd70-csle")
    for options in ((), ("--all",)):
        out = run(*command, *options).out
        marks = re.findall(r"^[x?+](?= )", out[out.index("No. ") :], re.MULTILINE)

        assert [*dict.fromkeys(marks)] == ["x", "?", "+"]
        assert marks == sorted(marks, key="x?+".index)


def test_a_criterion_shows_value_unit_date_and_requirement(tmp_path: Path, pack: Path) -> None:
    """The row tells what was found, as written, and what was required."""
    result = {"value": "0.95 10^9/L", "date": "2026-10-30"}
    patient = profile(tmp_path, lab={"neutrophils": result})
    for name in ("table", "markdown", "csv"):
        out = run("check", patient, "--criteria", pack, "--format", name, COLUMNS="200").out
        (row,) = [line for line in out.splitlines() if "2026-10-30" in line]
        assert "I1" in row
        assert "Neutrophils at least 1 x 10" in row
        assert "Neutrophils 0.95 10^9/L (2026-10-30" in row.replace("\\", "")


def test_table_of_several_patients_ends_with_a_matrix(three: list[Path], pack: Path) -> None:
    """A line for each patient who was judged, with what rules out; bad files are named."""
    out = run("check", *three, "--criteria", pack).out
    alone = run("check", *three, "--criteria", pack, "--summary").out

    assert out.endswith(alone)
    assert re.search(r"^P-fits +\+ meets all$", alone, re.MULTILINE)
    assert re.search(r"^P-out +x E1$", alone, re.MULTILINE)
    assert f"Not judged: {three[1]}" in flat(alone)
    last = "2 patients judged: 1 meets every listed criterion of a trial, 1 ruled out of all; "
    assert flat(alone).endswith(last + "1 file not judged")


# the options


@pytest.mark.usefixtures("judged_once")
@pytest.mark.usefixtures("judged_once")
@pytest.mark.parametrize(
    "only", ["failed", "unknown", "matched", "failed,unknown", "matched, failed"]
)
def test_only_shows_the_criteria_of_these_statuses(only: str) -> None:
    """In every format; the counts stay those of all criteria."""
    wanted = {part.strip() for part in only.split(",")}
    select = ("check", ADULT, "--trial", "bcma-cd70-csle", "--only", only)
    (everything,) = reports(run(*select[:-1], "failed,unknown,matched", "--format", "json"))
    ids = [
        found["id"] for found in everything["trials"][0]["criteria"] if found["status"] in wanted
    ]

    (report,) = reports(run(*select, "--format", "json"))
    assert [found["id"] for found in report["trials"][0]["criteria"]] == ids
    assert report["trials"][0]["counts"] == everything["trials"][0]["counts"]
    assert [row["criterion"] for row in rows(run(*select, "--format", "csv").out)] == ids
    out = run(*select, "--format", "markdown").out.casefold()
    names = ("failed", "unknown", "matched")
    assert {name for name in names if f"### {name} (" in out} == wanted
    for options in ((), ("--all",)):
        out = run(*select, *options).out
        _, _, rows_of_trial = out.partition("x failed, ? unknown")
        marks = {line[0] for line in rows_of_trial.splitlines() if re.match(r"[x?+] +\S", line)}
        assert marks == {{"failed": "x", "unknown": "?", "matched": "+"}[name] for name in wanted}


@pytest.mark.parametrize("only", ["", "failed,", "Failed", "failed unknown", "all"])
def test_only_knows_three_words(only: str) -> None:
    """Any other word is wrong usage, and not an empty report."""
    done = run("check", ADULT, "--only", only)

    assert (done.code, done.out) == (2, "")
    assert "is not failed, unknown or matched" in done.err


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        (["cd19-csle"], ["cd19-csle"]),
        (["NCT06222853"], ["cd19-csle"]),
        (["NCT06222853", "rd06-04-sle"], {"cd19-csle", "rd06-04-sle"}),
        (["cd19-csle", "NCT06222853"], ["cd19-csle"]),
    ],
)
def test_trial_is_chosen_by_id_or_registry_number(selected: list[str], expected: Any) -> None:
    """Only the trials asked for are judged, each once."""
    options = [part for name in selected for part in ("--trial", name)]
    (report,) = reports(run("check", ADULT, *options, "--format", "json"))
    found = [trial["id"] for trial in report["trials"]]

    assert type(expected)(found) == expected
    assert len(found) == len(expected)


def test_trial_that_is_not_known_gets_a_suggestion() -> None:
    """Exit 4, nothing judged, and the nearest name."""
    done = run("check", ADULT, "--trial", "cd19-cle")

    assert (done.code, done.out) == (4, "")
    assert "'cd19-csle'" in done.err


def test_screening_date_beats_the_profile(tmp_path: Path, pack: Path) -> None:
    """The report says on what date it judged, and that it was given as an option."""
    patient = profile(tmp_path, **FITS)
    command = ("check", patient, "--criteria", pack, "--format", "json")
    (own,) = reports(run(*command))
    (given,) = reports(run(*command, "--screening-date", "2026-10-01"))

    assert (own["screening_date"], own["screening_date_from"]) == ("2026-11-02", "profile")
    assert (given["screening_date"], given["screening_date_from"]) == ("2026-10-01", "option")


@pytest.mark.parametrize("format", FORMATS)
def test_without_any_date_today_is_used_and_printed(
    tmp_path: Path, pack: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Today's date stands in every format."""

    class Day(date):
        @classmethod
        def today(cls) -> "Day":
            return cls(2026, 11, 5)

    monkeypatch.setattr(cli_files, "date", Day)
    patient = profile(tmp_path, dates={}, **FITS)
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert done.code == 0
    assert "2026-11-05" in done.out.replace("\\", "")


@pytest.mark.parametrize(
    "day",
    ["2026-13-01", "02/06/2025", "20250602", "2025-W23-1", "2025-06", "today", "", "9999-12-31"],
)
def test_screening_date_is_one_day_of_the_calendar(day: str) -> None:
    """Anything else is wrong usage."""
    done = run("check", ADULT, "--screening-date", day)

    assert (done.code, done.out) == (2, "")
    assert "is not a date like 2025-06-02" in done.err


@pytest.mark.parametrize(("day", "code"), [("1999-12-31", 3), ("2000-01-01", 0), ("2131-01-01", 3)])
def test_nobody_is_judged_before_birth_or_past_130_years(
    tmp_path: Path, pack: Path, day: str, code: int
) -> None:
    """A date judged that does not fit the birth date is an error, and no verdict."""
    patient = profile(tmp_path, person={"birth_date": date(2000, 1, 1)}, **FITS)
    done = run("check", patient, "--criteria", pack, "--screening-date", day, "--format", "json")

    assert done.code == code
    assert [("trials" in report) for report in reports(done)] == [code == 0]
    assert ("person.birth_date 2000-01-01 does not fit" in done.err) == (code == 3)


TWO_READINGS = TINY_TRIAL.replace(
    'rule   = "diagnosis.lupus_nephritis"',
    'readings = [{ label = "SLE", rule = "diagnosis.sle" }, '
    '{ label = "nephritis", rule = "diagnosis.lupus_nephritis" }]',
)


@pytest.mark.parametrize(
    ("readings", "verdict"), [("cautious", "undetermined"), ("preferred", "ineligible")]
)
def test_readings(tmp_path: Path, readings: str, verdict: str) -> None:
    """Readings that differ leave the exclusion open, or the first decides; the report says so."""
    pack = tiny_pack(tmp_path, TWO_READINGS)
    known = {"sle": True, "lupus_nephritis": False}
    patient = profile(tmp_path, lab=FITS["lab"], diagnosis=known)
    command = ("check", patient, "--criteria", pack, "--readings", readings)
    (report,) = reports(run(*command, "--format", "json"))
    (trial,) = report["trials"]

    assert report["options"]["readings"] == readings
    assert trial["verdict"] == verdict
    assert [found["answer"] for found in trial["criteria"][1]["readings"]] == ["yes", "no"]
    preferred = "judged by their preferred reading" in run(*command).out
    assert preferred == (readings == "preferred")


@pytest.mark.parametrize(("label", "verdict"), [("SLE", "ineligible"), ("nephritis", "eligible")])
def test_a_site_fixes_a_reading_once(tmp_path: Path, label: str, verdict: str) -> None:
    """By an option or in its pack, to the same verdict; every report says so."""
    pack = tiny_pack(tmp_path, TWO_READINGS)
    known = {"sle": True, "lupus_nephritis": False}
    patient = profile(tmp_path, lab=FITS["lab"], diagnosis=known)
    command = ("check", patient, "--criteria", pack, "--format", "json")
    typed = f"tiny:E1={label}"
    by_option = run(*command, "--readings", typed, "--readings", "cautious")
    (pack / "pack.toml").write_text(f'[readings.tiny]\nE1 = "{label}"\n', encoding="utf-8")
    by_pack = run(*command)

    for done, fixed in ((by_option, [typed]), (by_pack, [])):
        (report,) = reports(done)
        assert report["trials"][0]["verdict"] == verdict
        assert report["options"]["fixed"] == fixed
        assert report["fixed_readings"] == [f"tiny E1: {label}"]
    assert f"Readings that the site has fixed: tiny E1: {label}" in run(*command[:-2]).out


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("careful", "'careful' is not cautious, preferred, or TRIAL:I2.b="),
        ("tiny:E1", "'tiny:E1' is not cautious, preferred, or"),
        ("tiny:E1=both", "E1 has no reading 'both'. It has 'SLE', 'nephritis'."),
        ("tiny:I1=SLE", "I1 is read in one way"),
        ("tiny:E9=SLE", "tiny has no criterion or choice 'E9'."),
        ("tinny:E1=SLE", "there is no trial 'tinny'."),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan", "ask", "diff", "compare", "template"])
def test_a_reading_that_is_not_there(
    tmp_path: Path, command: str, written: str, message: str
) -> None:
    """Usage, with what there is; in every command that takes readings."""
    pack = tiny_pack(tmp_path, TWO_READINGS)
    files = [] if command == "template" else [profile(tmp_path, **FITS)]
    done = run(command, *files, "--criteria", pack, "--readings", written)

    assert (done.code, done.out) == (2, "")
    assert message in flat(done.err)


def test_readings_that_exclude_each_other(tmp_path: Path) -> None:
    pack, patient = tiny_pack(tmp_path, TWO_READINGS), profile(tmp_path, **FITS)
    command = ("check", patient, "--criteria", pack, "--readings")

    how = run(*command, "cautious", "--readings", "preferred")
    both = run(*command, "tiny:E1=SLE", "--readings", "tiny:E1=nephritis")
    assert (how.code, both.code) == (2, 2)
    assert "cautious and preferred exclude each other" in flat(how.err)
    assert "E1 is read in two ways: 'SLE', 'nephritis'" in flat(both.err)


def test_a_reading_that_the_pack_fixes_must_be_there(tmp_path: Path) -> None:
    pack, patient = tiny_pack(tmp_path, TWO_READINGS), profile(tmp_path, **FITS)
    (pack / "pack.toml").write_text('[readings.tiny]\nE1 = "both"\n', encoding="utf-8")
    done = run("check", patient, "--criteria", pack)

    assert done.code == 4
    assert "pack.toml: [readings]: E1 has no reading 'both'. It has 'SLE'" in done.err


@pytest.mark.parametrize(
    ("data", "verdict", "counts"),
    [
        (FITS, "eligible", (2, 0, 0)),
        (RULED_OUT, "ineligible", (0, 1, 1)),
        (OPEN, "undetermined", (1, 0, 1)),
    ],
)
def test_criteria_of_a_folder_are_judged(
    tmp_path: Path, pack: Path, data: dict[str, Any], verdict: str, counts: tuple[int, ...]
) -> None:
    """A user's own trial needs one file; the bundled trials are then left out."""
    patient = profile(tmp_path, **data)
    (report,) = reports(run("check", patient, "--criteria", pack, "--format", "json"))
    (trial,) = report["trials"]

    assert (trial["id"], trial["verdict"]) == ("tiny", verdict)
    assert tuple(trial["counts"][name] for name in ("matched", "failed", "unknown")) == counts


def test_the_verdict_is_in_words() -> None:
    """Eligible is printed as what it means."""
    out = run("check", CHILD, "--trial", "cd19-csle", "--only", "failed").out

    assert "meets every listed criterion" in out
    assert "eligible" not in out


def test_more_than_three_patients_are_a_matrix(tmp_path: Path, pack: Path) -> None:
    """Their reports are printed where --all or --only asks for them; of three, unasked."""
    files = [profile(tmp_path, f"{n}.toml", patient=f"P-{n}", **FITS) for n in range(4)]
    command = ("--criteria", pack)
    matrix = run("check", *files, *command)

    assert matrix.out == run("check", *files, *command, "--summary").out
    assert "Judged on" not in matrix.out
    assert flat(matrix.out).count("+ meets all") == 4
    for done in (
        run("check", *files, *command, "--all"),
        run("check", *files, *command, "--only", "matched"),
    ):
        assert done.out.endswith(matrix.out)
        assert done.out.count("Judged on") == 4
    assert run("check", *files[:3], *command).out.count("Judged on") == 3


def test_a_batch_says_on_a_terminal_where_it_is(tmp_path: Path, pack: Path) -> None:
    """Name and count of the file, which are gone before anything else is written."""
    files = [profile(tmp_path, f"{n}.toml", patient=f"P-{n}", **FITS) for n in range(4)]
    files[1].write_text(BAD, "utf-8")
    command = ("check", *map(str, files), "--criteria", str(pack))
    text = on_terminal(*command, NO_COLOR="1")
    plain = run(*command)

    for number, file in enumerate(files, start=1):
        assert f"{number} of 4: {str(file)[:20]}" in text
    assert re.sub(r"[^\n]*\r", "", text) == plain.err + plain.out
    assert "of 4" not in plain.err + plain.out


def test_the_summary_of_one_patient() -> None:
    """It is the first table of the report and its last sentence, of the trials asked for."""
    command = ("check", ADULT, "--trial", "rd06-04-sle", "--trial", "cd19-csle")
    whole, brief = run(*command).out, run(*command, "--summary").out

    assert whole.startswith(brief[: brief.index("cartscreen 0")].rstrip("\n"))
    assert whole.splitlines()[-1] == brief.splitlines()[-1] == "2 ruled out"
    assert "No. " not in brief
    assert "ucar" not in brief


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["--summary"], ["--all"]),
        (["--summary"], ["--only", "failed"]),
        (["--summary"], ["--format", "csv"]),
        (["--all"], ["--format", "json"]),
    ],
    ids=lambda given: " ".join(given),
)
def test_options_that_exclude_each_other(one: list[str], other: list[str]) -> None:
    """Wrong usage, which names both."""
    done = run("check", ADULT, *other, *one)

    assert (done.code, done.out) == (2, "")
    assert f"{one[0]} and {' '.join(other[: 1 + (other[0] == '--format')])} exclude" in flat(
        done.err
    )


# standard input, and several files


@pytest.mark.parametrize("format", FORMATS)
def test_standard_input_is_a_profile(tmp_path: Path, pack: Path, format: str) -> None:
    """`-` is judged as the file would be."""
    patient = profile(tmp_path, **FITS)
    from_file = run("check", patient, "--criteria", pack, "--format", format)
    from_stdin = run(
        "check", "-", "--criteria", pack, "--format", format, stdin=patient.read_bytes()
    )

    assert from_stdin.code == 0
    name = "'-" if format == "csv" else "-"  # a minus could begin a formula
    assert from_stdin.out == from_file.out.replace(str(patient), name)


@pytest.mark.parametrize("format", STREAMED)
def test_a_bad_file_is_an_error_and_the_others_are_judged(
    three: list[Path], pack: Path, format: str
) -> None:
    """The batch goes on, ends with 3, and the bad file has no verdict in any format."""
    done = run("check", *three, "--criteria", pack, "--format", format)
    said = f"{three[1]}: line 4, lab.neutrophils: 3 has no unit"

    assert done.code == 3
    assert done.err.startswith(f"error: {said}")
    assert done.err.count("\n") == 1
    match format:
        case "json" | "ndjson":
            text = done.out if format == "json" else f"[{','.join(done.out.splitlines())}]"
            first, bad, last = strict(text)
            assert first["trials"][0]["verdict"] == "eligible"
            assert last["trials"][0]["verdict"] == "ineligible"
            assert bad.keys() == {"schema", "file", "error"}
            assert bad["error"][0].startswith(said)
        case "csv":
            by_file = {
                name: [r for r in rows(done.out) if r["file"] == str(name)] for name in three
            }
            assert {row["verdict"] for row in by_file[three[0]]} == {"eligible"}
            assert {row["verdict"] for row in by_file[three[2]]} == {"ineligible"}
            (bad,) = by_file[three[1]]
            assert {name for name, cell in bad.items() if cell} == {"file", "error"}
        case _:
            plain = " ".join(done.out.replace("\\", "").split())
            told = plain.count("b.toml: not judged") + plain.count("1 file not judged")
            assert told == (2 if format == "table" else 1)
            shown = plain.count("3 has no unit")
            assert shown == (format == "markdown"), "a terminal shows errors beside the table"
            judged = plain.index("meets every listed criterion")
            assert judged < plain.index("b.toml: not judged") < plain.rindex("ineligible")


def test_all_files_bad_is_still_a_report(tmp_path: Path) -> None:
    """An array of failures, and exit 3."""
    done = run("check", tmp_path / "none.toml", tmp_path / "nor.toml", "--format", "json")

    assert done.code == 3
    assert [sorted(found) for found in reports(done)] == [["error", "file", "schema"]] * 2


def test_reports_are_written_as_they_are_made(
    three: list[Path], pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the batch: each report is out before the next file is read."""
    judge, written = commands.judge_file, []

    def watched(*arguments: Any, **options: Any) -> Any:
        sys.stdout.flush()
        written.append(sys.stdout.buffer.tell())
        return judge(*arguments, **options)

    monkeypatch.setattr(commands, "judge_file", watched)
    for name in STREAMED:
        written.clear()
        run("check", *three, "--criteria", pack, "--format", name)
        assert written[0] == 0 < written[1] < written[2], name
    written.clear()
    run("check", *three, "--criteria", pack, "--format", "html")
    assert written[:2] == [0, 0], "the page of one patient differs: the first waits for the second"
    assert written[2] > 0


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted after 2 of 3 files"),
        (SystemExit(143), 143, "interrupted after 2 of 3 files"),
        (ZeroDivisionError("P-canary"), 1, "internal error (ZeroDivisionError at "),
    ],
    ids=["SIGINT", "SIGTERM", "a fault of the program"],
)
def test_what_was_judged_before_an_interruption_is_whole(
    three: list[Path],
    pack: Path,
    format: str,
    fault: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first two reports can be read, the array is closed, and the exit status tells."""
    judge = commands.judge_file

    def broken(name: str, *arguments: Any, **options: Any) -> Any:
        if name == str(three[2]):
            raise fault
        return judge(name, *arguments, **options)

    monkeypatch.setattr(commands, "judge_file", broken)
    done = run("check", *three, "--criteria", pack, "--format", format)

    assert done.code == code
    assert said in done.err
    assert "canary" not in done.err
    match format:
        case "json":
            assert [found["file"] for found in reports(done)] == [str(three[0]), str(three[1])]
        case "ndjson":
            assert len([strict(line) for line in done.out.splitlines()]) == 2
        case "csv":
            assert {row["file"] for row in rows(done.out)} == {str(three[0]), str(three[1])}
        case _:
            assert "meets every listed criterion" in done.out
            assert done.out.endswith("</html>\n" if format == "html" else "\n")


def test_json_that_ends_before_the_first_report_is_an_empty_array(
    three: list[Path], pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption before anything is judged leaves `[]`."""

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "judge_file", broken)
    done = run("check", *three, "--criteria", pack, "--format", "json")

    assert (done.code, reports(done)) == (130, [])
