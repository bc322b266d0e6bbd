"""The screening log: a row for each patient and trial, as data, CSV and a page."""

import csv
import io
import re
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from pages import HOSTILE, Page, spoilt
from program import EXAMPLES, FITS, TINY_TRIAL, flat, profile, run, tiny_pack

from cartscreen.contract import Failure, Report
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile
from cartscreen.render import log
from cartscreen.report import report

PACK = bundled_pack()
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.toml"))
BROKEN = Failure(file="broken.toml", error=["broken.toml: lab.alt has no unit."])


@cache
def example(name: str) -> Report:
    found = parse_profile((EXAMPLES / f"{name}.toml").read_bytes(), PACK.vocabulary, name)
    assert found.screening is not None
    chart = chart_on(found, PACK, found.screening.earliest)
    return report(chart, PACK.trials, file=f"{name}.toml", date_from="profile")


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_says_what_the_report_says_of_its_trial(name: str) -> None:
    """Verdict and counts are the report's; each failed and each unknown criterion is named once."""
    found = example(name)
    rows = log.rows(found)

    assert [row.trial for row in rows] == [trial.id for trial in found.trials]
    for row, trial in zip(rows, found.trials, strict=True):
        named = {status: [] for status in ("failed", "unknown")}
        for item in trial.criteria:
            if item.counted and item.status in named:
                named[item.status].append(item.id)
        assert (row.patient, row.screening_date, row.verdict) == (
            found.patient,
            found.screening_date,
            trial.verdict,
        )
        assert {"matched": row.matched, "failed": row.failed, "unknown": row.unknown} == (
            trial.counts.model_dump()
        )
        assert [said.split(" ")[0] for said in row.ruled_out_by] == named["failed"]
        assert sorted((*row.get, *row.ask, *row.protocol)) == sorted(named["unknown"])
        assert list(row.missing) == [item.label for item in found.next if trial.id in item.trials]


def test_what_is_open_is_told_by_who_can_settle_it(tmp_path: Path) -> None:
    """A fact is to get, a question to ask, what the page lacks stands in the protocol."""
    more = "".join(
        f'\n[[inclusion]]\nid = "{name}"\ntitle = "Item {name}"\nsource = "Page"\nrule = {rule}\n'
        for name, rule in (
            ("I2", '{ ask = "Does the person agree?" }'),
            ("I3", '{ ask = "What the page lacks?", about = "gap" }'),
        )
    )
    pack = tiny_pack(tmp_path, TINY_TRIAL + more)
    done = run("check", profile(tmp_path), "--criteria", pack, "--format", "log")
    (row,) = cells(done.out)

    assert (row["get"], row["ask"], row["protocol"]) == ("I1; E1", "I2", "I3")
    assert row["missing"] == "Lupus nephritis; Neutrophils"  # the chart before blood
    assert (row["verdict"], row["matched"], row["unknown"]) == ("undetermined", "0", "4")


def test_what_rules_out_has_the_data_that_say_so(tmp_path: Path) -> None:
    """Id, title and evidence."""
    low = {**FITS, "lab": {"neutrophils": {"value": "0.9 10^9/L", "date": "2026-10-30"}}}
    done = run(
        *("check", profile(tmp_path, **low), "--criteria", tiny_pack(tmp_path)),
        *("--format", "log"),
    )
    (row,) = cells(done.out)

    assert row["verdict"] == "ineligible"
    assert row["ruled_out_by"] == (
        "I1 Neutrophils at least 1 x 10^9/L: Neutrophils 0.9 10^9/L (2026-10-30)"
    )


def test_a_batch_is_one_table(tmp_path: Path) -> None:
    """One head, a row for each patient and trial, a row for a file that cannot be judged."""
    bad = tmp_path / "bad.toml"
    bad.write_text("schema = 1\n", "utf-8")
    first, last = EXAMPLES / "sle-man.toml", EXAMPLES / "ssc-diffuse.toml"
    done = run("check", first, bad, last, "--format", "log")
    rows = cells(done.out)

    assert done.code == 3
    assert list(rows[0]) == list(log.COLUMNS)
    assert len(rows) == 11
    assert [row["trial"] for row in rows].count("") == 1
    assert "patient is missing" in rows[5]["error"]
    assert (rows[5]["verdict"], rows[5]["matched"]) == ("", "")


@pytest.mark.parametrize("text", ["=1+1", "P;=1+1", "P\t@x", "+1", "\u202e=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """An apostrophe stands before what a spreadsheet would run, also after what it may split at."""
    named = example("sle-man").model_copy(update={"patient": text, "file": text})
    for row in cells(log.csv(named, header=True)):
        for cell in row.values():
            assert not re.search(r"(?:^|[;\t])\s*[-=+@]", cell), cell


def test_a_row_is_plain_data() -> None:
    """Texts, whole numbers and lists of texts: what any other format may be made of."""
    for item in (example("sle-man"), BROKEN):
        for row in log.rows(item):
            for value in vars(row).values():
                assert isinstance(value, str | int | tuple | None)
                assert not isinstance(value, tuple) or all(isinstance(part, str) for part in value)


def test_the_page_has_the_rows_of_the_csv(tmp_path: Path) -> None:
    """HTML where --output ends in .html: every row, what rules out and what is open."""
    path = tmp_path / "log.html"
    files = [EXAMPLES / f"{name}.toml" for name in ("sle-man", "sle-nephritis-adult")]
    done = run("check", *files, "--format", "log", "--output", path)
    text = path.read_text("utf-8")
    words = flat(unescape(re.sub("<.*?>", "", text.replace("<small>", " "))))

    assert (done.code, done.out) == (0, "")
    assert text.count("<tr><th") == 11  # ten rows, and the head
    for name in ("sle-man", "sle-nephritis-adult"):
        for row in log.rows(example(name)):
            counts = f"{row.matched} matched, {row.failed} failed, {row.unknown} unknown"
            assert counts in words
            for said in (*row.ruled_out_by, *row.warnings):
                assert flat(said) in words
            for label, ids in (("get", row.get), ("ask", row.ask), ("protocol", row.protocol)):
                assert not ids or f"{label}: {', '.join(ids)}" in words


def test_data_make_no_element_on_the_page() -> None:
    """Hostile data, of a patient and of a file that could not be judged, stay text."""
    data = example("sle-nephritis-adult").model_dump()
    name = data["tool"].pop("name")
    data = spoilt(data)
    data["tool"]["name"] = name
    failure = Failure(file=f"x{HOSTILE}", error=[HOSTILE])
    page = Page(log.html([*log.rows(Report.model_validate(data)), *log.rows(failure)], 1))
    tame = Page(log.html([*log.rows(example("sle-nephritis-adult")), *log.rows(BROKEN)], 1))

    assert page.tags == tame.tags
    assert page.faults == []
    assert page.open == []


def test_no_criterion_is_left_out(tmp_path: Path) -> None:
    """--only would change what stands in a row and not its counts."""
    done = run("check", profile(tmp_path), "--format", "log", "--only", "failed")

    assert (done.code, done.out) == (2, "")
    assert "a log leaves out no criterion" in done.err
