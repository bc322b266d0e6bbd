"""The checklist: every criterion once, a tick where the report has decided and nowhere else."""

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from pages import HOSTILE, Page, spoilt
from program import EXAMPLES, FITS, TINY_TRIAL, flat, profile, run, tiny_pack
from support import profile_of, trial_toml

from cartscreen.contract import CriterionReport, Report, TrialReport
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile
from cartscreen.render import checklist
from cartscreen.report import report

pytestmark = pytest.mark.slow

PACK = bundled_pack()
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.toml"))
TRIALS = [trial.id for trial in PACK.trials]


def reported(profile: Profile) -> Report:
    assert profile.screening is not None
    chart = chart_on(profile, PACK, profile.screening.earliest)
    return report(chart, PACK.trials, file="patient.toml", date_from="profile")


@cache
def example(name: str) -> Report:
    content = (EXAMPLES / f"{name}.toml").read_bytes()
    return reported(parse_profile(content, PACK.vocabulary, name))


def sheets() -> Iterator[tuple[Report, TrialReport]]:
    for name in NAMES:
        for trial in example(name).trials:
            yield example(name), trial


def the_trial(found: Report, name: str) -> TrialReport:
    return next(trial for trial in found.trials if trial.id == name)


def page_rows(text: str) -> dict[str, list[str] | None]:
    """Id -> the boxes ticked on the page, in order; None for a row that has none."""
    rows = re.findall(r"<tr[^>]*><td class=\"id\">(.*?)</td>(.*?)</tr>", text, re.DOTALL)
    ids = [unescape(name) for name, _ in rows]
    assert len(ids) == len(set(ids))
    found: dict[str, list[str] | None] = {}
    for name, (_, row) in zip(ids, rows, strict=True):
        marks = re.findall(r'<td class="tick"><span class="box">(x?)</span></td>', row)
        assert len(marks) in (0, 3)
        ticked = [box for box, mark in zip(("Yes", "No", "NA"), marks, strict=False) if mark]
        found[name] = ticked if marks else None
    return found


def markdown_rows(text: str) -> dict[str, list[str] | None]:
    """The same of the Markdown."""
    found: dict[str, list[str] | None] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 7 and cells[0] not in ("No.", "---"):
            boxes = dict(zip(("Yes", "No", "NA"), cells[2:5], strict=True))
            marked = [name for name, cell in boxes.items() if cell == "[x]"]
            assert cells[0] not in found
            found[cells[0]] = marked if any(boxes.values()) else None
    return found


def as_on_the_page(criterion: CriterionReport) -> list[str]:
    """Which boxes the status means: of an exclusion, Yes is that the statement holds."""
    if not criterion.applicable:
        return ["NA"]
    holds = {"inclusion": "matched", "exclusion": "failed"}[criterion.kind]
    return [] if criterion.status == "unknown" else ["Yes" if criterion.status == holds else "No"]


def test_each_criterion_stands_once_in_the_order_of_the_trial() -> None:
    """On the page and in Markdown, of every example and trial."""
    for found, trial in sheets():
        ids = [criterion.id for criterion in trial.criteria]

        assert list(page_rows(checklist.html(found, trial))) == ids
        assert list(markdown_rows(checklist.markdown(found, trial))) == ids


def test_a_box_is_ticked_exactly_where_the_report_has_decided() -> None:
    """Matched and failed in the terms of the page; unknown has no tick; page and Markdown agree."""
    seen = set()
    for found, trial in sheets():
        rows = page_rows(checklist.html(found, trial))
        assert rows == markdown_rows(checklist.markdown(found, trial))
        for criterion in trial.criteria:
            ticked = rows[criterion.id]
            if ticked is not None:
                assert ticked == as_on_the_page(criterion), (found.patient, trial.id, criterion.id)
                seen.add((criterion.kind, criterion.status, *ticked))

    assert seen == {
        *(("inclusion", "matched", box) for box in ("Yes", "NA")),
        ("inclusion", "failed", "No"),
        ("inclusion", "unknown"),
        *(("exclusion", "matched", box) for box in ("No", "NA")),
        ("exclusion", "failed", "Yes"),
        ("exclusion", "unknown"),
    }


def test_a_heading_has_boxes_unless_each_criterion_below_decides_by_itself() -> None:
    """Which rows have boxes is the trial's, and the same for every patient."""
    by_trial: dict[str, set[tuple[str, ...]]] = {}
    for found, trial in sheets():
        rows = page_rows(checklist.html(found, trial))
        by_trial.setdefault(trial.id, set()).add(tuple(n for n, t in rows.items() if t is None))
        for criterion in trial.criteria:
            below = [item for item in trial.criteria if item.parent == criterion.id]
            decided_below = bool(below) and all(item.decisive for item in below)
            assert (rows[criterion.id] is None) == decided_below

    assert {len(layouts) for layouts in by_trial.values()} == {1}
    # I2 of bcma-cd70-csle asks for I2.a, and for I2.b or I2.c: the last two do not decide alone
    (without,) = by_trial["bcma-cd70-csle"]
    assert "I2" not in without
    assert "I4" in without


@pytest.mark.parametrize("name", TRIALS)
def test_of_an_empty_profile_no_box_is_ticked(name: str) -> None:
    """Nothing recorded is not No, and each open criterion with boxes says what it waits for."""
    found = reported(profile_of({"dates": {"screening": "2026-11-02"}}))
    trial = the_trial(found, name)
    text = checklist.html(found, trial)
    words = Page(text).words

    assert {tuple(ticked or ()) for ticked in page_rows(text).values()} == {()}
    assert "[x]" not in checklist.markdown(found, trial)
    for line in checklist.lines(trial):
        if line.boxes and not line.criterion.heading:
            assert flat(line.criterion.why) in words


@pytest.mark.parametrize("name", NAMES)
def test_every_value_that_decides_stands_in_its_row(name: str) -> None:
    """Value, limit, date and derivation are those of the report, letter by letter."""
    for trial in example(name).trials:
        for line in checklist.lines(trial):
            if line.boxes and line.criterion.applicable:
                told = " ".join(line.found)
                for read in line.criterion.because:
                    parts = (read.value, read.limit, read.date, read.origin)
                    assert not read.decides or all(part in told for part in parts)


SOURCED = {
    "lab": {
        "neutrophils": {"value": "3.2 10^9/L", "source": "labs.csv row 12", "note": "repeated"}
    },
    "diagnosis": {"lupus_nephritis": False},
}


def test_the_source_of_a_value_stands_in_the_column_of_sources(tmp_path: Path) -> None:
    """And not twice; a remark stays beside the value."""
    done = run(
        *("check", profile(tmp_path, **SOURCED), "--criteria", tiny_pack(tmp_path)),
        *("--format", "checklist"),
    )

    assert '<td class="source">\n<p>labs.csv row 12</p>\n</td>' in done.out
    assert done.out.count("labs.csv row 12") == 1
    assert "<p>Neutrophils 3.2 10^9/L (repeated)</p>" in done.out


def test_a_derived_value_says_from_what(tmp_path: Path) -> None:
    """34 years on 2026-11-02, of somebody born on 1992-01-02, follows from the date of birth."""
    trial = TINY_TRIAL.replace("lab.neutrophils >= 1 10^9/L", "person.age >= 18 years").replace(
        "Neutrophils at least 1 x 10^9/L", "At least 18 years old"
    )
    patient = profile(tmp_path, person={"birth_date": "1992-01-02"})
    done = run("check", patient, "--criteria", tiny_pack(tmp_path, trial), "--format", "checklist")

    assert "Age 34 years (from the date of birth, on 2026-11-02)" in flat(
        re.sub("<.*?>", "", done.out)
    )


ASKING = """
[[inclusion]]
id = "I2"
title = "Agrees"
source = "Inclusion 2"
rule = { ask = "Does the person agree?" }
"""


def test_an_answer_says_who_gave_it_and_when(tmp_path: Path) -> None:
    """Until it is given, the question stands there and no box is ticked."""
    pack = tiny_pack(tmp_path, TINY_TRIAL + ASKING)
    given = {"answers": {"tiny": {"I2": {"answer": True, "by": "AB", "date": "2026-10-12"}}}}
    open_, told = (
        run("check", profile(tmp_path, **FITS, **data), "--criteria", pack, "--format", "checklist")
        for data in ({}, given)
    )

    assert page_rows(open_.out)["I2"] == []
    assert "ask: Does the person agree?" in Page(open_.out).words
    assert page_rows(told.out)["I2"] == ["Yes"]
    assert "yes (2026-10-12, answered by AB)" in flat(re.sub("<.*?>", "", told.out))


def test_the_head_says_who_what_and_when() -> None:
    """Patient, trial and date stand also in what each printed page repeats; then signatures."""
    found = example("sle-nephritis-adult")
    trial = the_trial(found, "rd06-04-sle")
    text = checklist.html(found, trial)
    words = Page(text).words
    running = re.findall(r'<div class="running" aria-hidden="true">(.*?)</div>', text)

    assert [re.sub("<.*?>", "", part) for part in running] == [
        "P-0001, rd06-04-sle NCT06310811, judged on 2026-10-12. "
        "Eligibility checklist (pre-screening)"
    ]
    assert "ineligible; 25 matched, 1 failed, 3 unknown" in words
    assert found.notice in words
    assert found.profile_sha256 in words
    assert found.pack.sha256 in words
    assert words.count("Signature") == 2
    for warning in (*found.warnings, *trial.warnings):
        assert flat(warning) in words
        assert flat(warning) in flat(checklist.markdown(found, trial).replace("\\", ""))


# data stay text


def spoilt_report() -> Report:
    data = example("sle-nephritis-adult").model_dump()
    name = data["tool"].pop("name")
    data = spoilt(data)
    data["tool"]["name"] = name
    return Report.model_validate(data)


def test_data_make_no_element_and_no_attribute() -> None:
    """The page of hostile data has the elements of the page of tame data, and loads nothing."""
    tame, hostile = example("sle-nephritis-adult"), spoilt_report()
    for before, after in zip(tame.trials, hostile.trials, strict=True):
        page = Page(checklist.html(hostile, after))

        assert page.tags == Page(checklist.html(tame, before)).tags
        assert page.faults == []
        assert page.open == []


def test_data_make_no_markup_in_markdown() -> None:
    """Of hostile data as of tame ones, seven cells a row, and no element."""
    tame, hostile = example("sle-nephritis-adult"), spoilt_report()
    for before, after in zip(tame.trials, hostile.trials, strict=True):
        text = checklist.markdown(hostile, after)

        assert len(markdown_rows(text)) == len(before.criteria)
        assert len(text.splitlines()) == len(checklist.markdown(tame, before).splitlines())
        assert "<script" not in text
        assert "<img" not in text
    assert "<script" in HOSTILE


def test_a_long_pseudonym_stands_in_full() -> None:
    """The longest that a profile may have, without a space to break it at."""
    named = example("sle-man").model_copy(update={"patient": "P" * 40})
    text = checklist.html(named, named.trials[0])

    assert text.count("P" * 40) == 3  # the title of the window, the running head, the head
    assert "overflow-wrap: anywhere" in text


# the command


def test_it_is_of_one_patient_and_one_trial() -> None:
    """Whoever asks for more is told how to get one at a time; nothing is judged."""
    one, other = (EXAMPLES / f"{name}.toml" for name in ("sle-man", "ssc-diffuse"))
    patients = run("check", one, other, "--trial", "cd19-csle", "--format", "checklist")
    trials = run("check", one, "--format", "checklist")
    only = run(
        "check", one, "--trial", "cd19-csle", "--format", "checklist", "--only", "failed,unknown"
    )

    assert (patients.code, patients.out) == (2, "")
    assert "a checklist is of one patient; give one FILE" in flat(patients.err)
    assert (trials.code, trials.out) == (2, "")
    assert f"a checklist is of one trial; name it by --trial: {', '.join(TRIALS)}." in trials.err
    assert (only.code, only.out) == (2, "")
    assert "a checklist leaves out no criterion" in only.err


def test_a_folder_of_one_trial_needs_no_trial_named(tmp_path: Path) -> None:
    """There is no other that could be meant."""
    done = run(
        "check",
        profile(tmp_path, **FITS),
        "--criteria",
        tiny_pack(tmp_path),
        "--format",
        "checklist",
    )

    assert done.code == 0
    assert page_rows(done.out) == {"I1": ["Yes"], "E1": ["No"]}


@pytest.mark.parametrize(("ending", "begins"), [("md", "# Elig"), ("html", "<!DOC"), ("", "<!DOC")])
def test_the_ending_of_the_file_chooses_markdown_or_html(
    tmp_path: Path, ending: str, begins: str
) -> None:
    """HTML unless --output ends in .md; so it is with a file that could not be judged."""
    bad = tmp_path / "bad.toml"
    bad.write_text("schema = 1\n", "utf-8")
    for patient, code in ((profile(tmp_path, **FITS), 0), (bad, 3)):
        path = tmp_path / f"{code}.{ending}"
        done = run(
            *("check", patient, "--trial", "cd19-csle", "--format", "checklist"),
            *("--output", path),
        )

        assert (done.code, done.out) == (code, "")
        said = path.read_text("utf-8")
        assert said.startswith(begins if code == 0 or ending != "md" else "# ")
        assert ("not judged" in said) == (code == 3)


def test_a_criterion_of_no_choice_needs_its_own_tick() -> None:
    """Of two alternatives the heading has boxes too, and each says that it does not decide."""
    trial = trial_toml(
        """
[[inclusion]]
id = "I1"
title = "One of two"
source = "Inclusion 1"
needs = "any"
[[inclusion]]
id = "I1.a"
title = "SLE"
source = "Inclusion 1"
rule = "diagnosis.sle"
[[inclusion]]
id = "I1.b"
title = "Lupus nephritis"
source = "Inclusion 1"
rule = "diagnosis.lupus_nephritis"
"""
    )
    patient = profile_of({"diagnosis": {"sle": True}, "dates": {"screening": "2026-11-02"}})
    assert patient.screening is not None
    chart = chart_on(patient, PACK, patient.screening.earliest)
    found = report(chart, [trial], file="patient.toml", date_from="profile")
    text = checklist.html(found, found.trials[0])

    assert page_rows(text) == {"I1": ["Yes"], "I1.a": ["Yes"], "I1.b": []}
    assert text.count("; does not decide by itself") == 2
