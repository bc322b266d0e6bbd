"""`cartscreen response`: one patient, a folder, a list; formats, exit codes, errors."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli_w
from followed import CASES, visit_data
from pages import Page
from program import Done, run
from support import ROOT

EXAMPLE = [
    ROOT / "examples" / "response" / f"{at}.toml" for at in ("baseline", "month-2", "month-3")
]
BY_ID = {case["id"]: case for case in CASES}


def write(folder: Path, case: str, *, visit: bool = True, **more: Any) -> list[Path]:
    """The files of a case: the baseline, and the visit unless it was not."""
    files = []
    for at in ("baseline", "visit") if visit else ("baseline",):
        data = visit_data(at, BY_ID.get(case, {}).get(at, {}))
        data["activity"]["pga"] = str(data["activity"]["pga"])
        path = folder / f"{case}-{at}.toml"
        head = {"schema": 1, "patient": case}
        path.write_text(tomli_w.dumps({**head, **data, **more}), "utf-8")
        files.append(path)
    return files


def respond(*arguments: str | Path) -> Done:
    """What the command prints for the trial that defines a response."""
    return run("response", *arguments, "--trial", "cd19-csle")


def statuses(done: Done) -> Mapping[str, str]:
    """Outcome -> status, of the first patient."""
    (trial,) = json.loads(done.out)["patients"][0]["trials"]
    return {item["id"]: item["status"] for item in trial["outcomes"]}


def test_one_patient_as_a_table() -> None:
    """The visits with their days, each outcome, and the published definition beside it."""
    done = respond(*EXAMPLE)

    assert done.code == 0
    assert "Previous assessment: 2026-06-02 (62 days after the infusion)" in done.out
    assert "Visit: 2026-07-02 (92 days after the infusion)" in done.out
    assert "\nSRI-4: met\n" in done.out
    assert "differs: open by PD4" in " ".join(done.out.split())


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_no_line_is_wider_than_the_terminal(width: str) -> None:
    """At every width each component is there."""
    done = run("response", *EXAMPLE, COLUMNS=width)
    told = done.out.partition("Criteria sha256")[0]

    assert max(map(len, told.splitlines())) <= int(width)
    assert all(name in told for name in ("S1", "L5b", "D5", "PD4"))
    assert "define no response." in told


def test_json_is_as_its_schema_says() -> None:
    """And says what the table says."""
    done = respond(*EXAMPLE, "--format", "json")
    schema = json.loads(run("schema", "response").out)

    jsonschema.validate(json.loads(done.out), schema)
    assert statuses(done) == {"SRI-4": "met", "LLDAS": "met", "DORIS": "met"}


def test_csv_has_a_line_a_component() -> None:
    """With both values, and what the published definition says of the outcome."""
    rows = list(csv.DictReader(io.StringIO(respond(*EXAMPLE, "--format", "csv").out)))
    first = rows[0]

    assert len(rows) == 3 + 7 + 4
    assert (first["component"], first["baseline"], first["visit"], first["answer"]) == (
        "S1",
        "18",
        "2",
        "yes",
    )
    assert {row["published_status"] for row in rows if row["outcome"] == "DORIS"} == {"open"}


@pytest.mark.parametrize("format", ["markdown", "html"])
def test_what_the_chart_says_is_never_markup(tmp_path: Path, format: str) -> None:
    """A note of the profile is text, in a ticket and on a page."""
    files = write(tmp_path, "S01")
    text = files[1].read_text("utf-8")
    noted = '[activity]\npga = { value = 1.5, note = "<b>|`x`</b>" }'
    files[1].write_text(text.replace('[activity]\npga = "1.5"', noted), "utf-8")
    done = respond(*files, "--format", format)

    assert done.code == 0
    assert "<b>" not in done.out.partition("</style>")[2]
    assert "&lt;b&gt;" in done.out


def test_nobody_to_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of files that cannot be read says why, and gives no rate.

    In the current folder: where a table breaks a name must not depend on where tests run.
    """
    monkeypatch.chdir(tmp_path)
    Path("broken.toml").write_text("patient =", "utf-8")
    for form in ("table", "json", "csv", "markdown", "html"):
        done = respond(".", "--format", form)

        assert done.code == 3
        assert "broken.toml" in done.out
        assert "rate " not in done.out


@pytest.mark.parametrize(
    ("case", "code"),
    [("S01", 10), ("S27", 11)],
)
def test_the_gate(tmp_path: Path, case: str, code: int) -> None:
    """10 where an outcome is not met, 11 where one is open and none not met, 0 where all are."""
    files = write(tmp_path, case, visit=case != "S27")

    assert respond(*files, "--gate").code == code
    assert respond(*files).code == 0
    assert respond(*EXAMPLE, "--gate").code == 0
    assert run("response", *EXAMPLE, "--gate", "--trial", "rd06-04-sle").code == 11


COHORT = ["S01", "S02", "S03", "S11", "S16", "S18", "S19", "S25", "S28"]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Nine patients with a visit, and S27, who died before it."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    rows = [write(folder, case) for case in COHORT]
    rows.append(write(folder, "S27", visit=False, person={"died": "2026-05-10"}))
    lines = [", ".join(path.name for path in files) for files in rows]
    (folder / "list.csv").write_text("# baseline, visit\n" + "\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.mark.parametrize("given", ["folder", "list"])
def test_many_patients_have_counts_and_two_ends_of_each_rate(cohort: Path, given: str) -> None:
    """Met S01, S19, S28; not met S02, S03, S25; open S11, S16, S18 and S27."""
    done = respond(cohort if given == "folder" else cohort / "list.csv")

    assert done.code == 0
    assert "10 patients judged, 0 not" in done.out
    assert "cd19-csle SRI-4: 3 met, 3 not met, 4 open of 10; rate 30 % to 70 %" in done.out
    assert "open: no visit" in done.out


def test_the_page_of_many_patients_begins_with_their_table(cohort: Path) -> None:
    """A row a patient leads to the patient's own sheet; beside it both ends of each rate."""
    page = Page(respond(cohort, "--format", "html").out)
    patients = [f"#p{number}" for number in range(1, 11)]

    assert page.named("href") == patients
    assert [f"#{place}" for place in page.named("id")] == patients
    assert "cd19-csle SRI-4 3 met, 3 not met, 4 open of 10; rate 30 % to 70 %" in page.words
    assert "Patient Visit Days SRI-4 LLDAS DORIS S01 2026-07-01 91 met" in page.words


def test_a_file_that_cannot_be_read_stops_its_patient_alone(cohort: Path) -> None:
    """The patient is not judged by the earlier files, and is in no rate."""
    path = cohort / "S01-visit.toml"
    path.write_text(path.read_text("utf-8").replace("[bilag]", "[bilagg]"), "utf-8")
    for given in (cohort, cohort / "list.csv"):
        done = respond(given, "--format", "json")
        said = json.loads(done.out)

        assert done.code == 3
        assert "bilagg" in done.err
        assert len(said["patients"]) == 9
        assert {"S01-visit.toml"} <= {
            Path(name).name for item in said["failures"] for name in item["files"]
        }


def test_no_profile_of_a_folder_is_replaced(cohort: Path) -> None:
    """Nor one that a list names, with --force either."""
    path = cohort / "S01-visit.toml"
    before = path.read_bytes()
    for given in (cohort, cohort / "list.csv"):
        done = respond(given, "--output", path, "--force")

        assert done.code == 5
        assert "this file is to be read" in done.err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("list.csv", b"# nobody\n\n", "the list names no file; write a line a patient."),
        ("list.csv", b"\xff\xfe", "this is not UTF-8"),
        ("notes.txt", b"", "there is no profile (*.toml) in this folder."),
    ],
)
def test_a_list_or_folder_without_patients(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """Is refused, in one sentence."""
    (tmp_path / name).write_bytes(content)
    done = respond(tmp_path / name if name.endswith(".csv") else tmp_path)

    assert done.code == 3
    assert said in done.err


def test_a_patient_in_two_lines_of_a_list(cohort: Path) -> None:
    """Would count twice, and is refused."""
    path = cohort / "list.csv"
    path.write_text("S01-baseline.toml\nS01-baseline.toml, S01-visit.toml\n", "utf-8")
    done = respond(path)

    assert done.code == 3
    assert "lines 1 and 2 are of one pseudonym" in done.err


@pytest.mark.parametrize(("window", "status"), [("1 day", "met"), ("2 weeks", "met")])
def test_a_visit_inside_the_window(window: str, status: str) -> None:
    """Three calendar months after 1 April 2026 is 1 July; the visit is of the 2nd."""
    done = respond(*EXAMPLE, "--window", window, "--format", "json")

    assert set(statuses(done).values()) == {status}


def test_a_visit_outside_the_window(tmp_path: Path) -> None:
    """It is none by which the page judges: open, and why is said."""
    files = [*write(tmp_path, "S01")]
    text = files[1].read_text("utf-8").replace("visit = 2026-07-01", "visit = 2026-07-16")
    files[1].write_text(text, "utf-8")
    done = respond(*files, "--window", "14 days")

    said = " ".join(done.out.split())
    assert (
        "SRI-4: open: the visit of 2026-07-16 does not lie within 14 days of 3 months after the "
        "infusion" in said
    )
    assert "SRI-4: met" in respond(*files, "--window", "15 days").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--window", "soon"], 2, "is not a time like 14 days"),
        (["--window", "always"], 2, "is not a time like 14 days"),
        (["--trial", "no-such-trial"], 4, "there is no trial"),
        (["--readings", "cd19-csle:L2=never"], 2, "has no reading 'never'"),
    ],
)
def test_what_the_command_line_may_say(arguments: list[str], code: int, said: str) -> None:
    """Wrong usage is one sentence."""
    done = run("response", *EXAMPLE, *arguments)

    assert done.code == code
    assert said in " ".join(done.err.split())


def test_visits_out_of_order_are_refused() -> None:
    """With the file, both dates, and the fix."""
    done = respond(EXAMPLE[0], EXAMPLE[2], EXAMPLE[1])

    assert done.code == 3
    assert done.out == ""
    assert done.err.startswith(f"error: {EXAMPLE[1]}: it is of 2026-06-02, and {EXAMPLE[2]}")


@pytest.mark.parametrize(
    ("reading", "status"),
    [
        ("cautious", "open"),
        ("preferred", "not met"),
        ("cd19-csle:L2=previous", "not met"),
        ("cd19-csle:L2=baseline", "met"),
    ],
)
def test_a_reading_is_fixed(tmp_path: Path, reading: str, status: str) -> None:
    """L06: a rash that was there at baseline, and not at the previous assessment."""
    files = []
    for at in ("baseline", "previous", "visit"):
        data = visit_data(at, BY_ID["L06"].get(at, {}))
        data["activity"]["pga"] = str(data["activity"]["pga"])
        files.append(tmp_path / f"{at}.toml")
        files[-1].write_text(tomli_w.dumps({"schema": 1, "patient": "L06", **data}), "utf-8")
    done = respond(*files, "--readings", reading, "--format", "json")

    assert statuses(done)["LLDAS"] == status


def test_template_of_a_visit() -> None:
    """It asks for what the outcomes read, by page and paper, and for nothing of the screening."""
    text = run("template", "--visit").out
    lacking = run("template", "--visit", "--for", EXAMPLE[2]).out

    assert "# visit = " in text
    assert "# rash = " in text
    assert "# gastrointestinal_activity = " in text
    assert "# neutrophils = " not in text
    assert "# screening = " not in text
    assert "# rash = " not in lacking
    assert run("template", "--visit", "--trial", "rd06-04-sle").code == 2


def test_ask_for_a_visit(tmp_path: Path) -> None:
    """First its date and the infusion's, then which of the examination is known; no baseline is
    asked for, and outcomes are met or not.
    """
    path = tmp_path / "month-3.toml"
    lines = b"P-7\n2026-07-02\n2026-04-01\n1\n1.2\nq\n"
    done = run("ask", "--visit", path, stdin=lines)

    assert done.code == 0
    assert "Of which visit is this profile" in done.out
    assert "cd19-csle LLDAS: open -> not met by L3" in done.out
    assert "baseline" not in done.out
    assert "visit = 2026-07-02\ninfusion = 2026-04-01\n" in path.read_text("utf-8")


def test_show_and_list_trials_know_outcomes() -> None:
    """With our reading in English; the published definitions have a page of their own."""
    shown = " ".join(run("show", "cd19-csle").out.split())
    published = run("show", "published").out

    assert "Outcome SRI-4: SRI-4 response at 3 months" in shown
    assert "SLEDAI-2K, total fell by at least 4, since baseline" in shown
    assert "judged 3 months after the infusion" in shown
    assert "Furie et al." in published
    assert "SRI-4, LLDAS, DORIS" in run("list-trials").out


def test_a_visits_profile_may_answer_a_choice() -> None:
    """`validate` takes the label of a component's reading."""
    content = EXAMPLE[2].read_text("utf-8") + '\n[answers.cd19-csle]\nL2 = "baseline"\n'
    done = run("validate", "-", stdin=content.encode())

    assert done.code == 0
    assert done.err == ""
