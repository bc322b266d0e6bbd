"""REDCap: the dictionary that `template` writes, and its raw export back through `import`."""

import csv
import io
import re
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from program import EXAMPLES, run

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.importing.redcap import choices, has_day, is_field, questions, slug
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile

PACK = bundled_pack()
TRIALS = {trial.id: trial for trial in PACK.trials}
FACTS = PACK.vocabulary.facts
PROFILES = [*sorted(EXAMPLES.glob("*.toml")), *sorted((EXAMPLES / "response").glob("*.toml"))]


def text(value: Any) -> str:
    """A value as a person types or chooses it in a form."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def export(path: Path) -> list[dict[str, str]]:
    """The rows of the raw export of a project into which a profile was typed.

    What has a field of its own is there; series, limits and all numbers are rows of `result`.
    """
    data = tomllib.loads(path.read_text("utf-8"))
    base: dict[str, str] = {}
    rows: list[dict[str, str]] = []
    for section, facts in data.items():
        for short, value in facts.items() if section in PACK.vocabulary.sections else ():
            entry = FACTS[f"{section}.{short}"]
            results = value if isinstance(value, list) else [value]
            results = [one if isinstance(one, dict) else {"value": one} for one in results]
            kept = {"value", "date"} if has_day(entry) else {"value"}
            if is_field(entry) and len(results) == 1 and results[0].keys() <= kept:
                said = text(results[0]["value"])
                base[slug(entry.name)] = slug(said) if entry.kind == "finding" else said
                if "date" in results[0]:
                    base[f"{slug(entry.name)}_d"] = text(results[0]["date"])
                continue
            for number, result in enumerate(results, start=1 + len(rows)):
                row = {f"result_{key}": text(each) for key, each in result.items()}
                if "status" in result:
                    row["result_status"] = slug(result["status"])
                place = {
                    "redcap_repeat_instrument": "result",
                    "redcap_repeat_instance": str(number),
                }
                rows.append({"result_fact": slug(entry.name), **row, **place})
    for name in PACK.vocabulary.records:
        fields = PACK.vocabulary.records[name].fields
        for number, entry_ in enumerate(data.get(name, []), start=1):
            row = {"redcap_repeat_instrument": slug(name), "redcap_repeat_instance": str(number)}
            for key, value in entry_.items():
                coded = key in fields and fields[key].kind == "finding"
                said = text(value)
                if coded:
                    said = slug(fields[key].synonyms.get(said, said))
                row[f"{slug(name)}_{key}"] = said
            rows.append(row)
    for name, day in data.get("reviewed", {}).items():
        base[f"reviewed_{slug(name)}"] = text(day["date"] if isinstance(day, dict) else day)
    for trial, given in data.get("answers", {}).items():
        variables = {criterion: name for name, criterion, _ in questions(TRIALS[trial])}
        readings = {key: (name, labels) for name, key, labels in choices(TRIALS[trial])}
        for key, answer in given.items():
            said = answer["answer"] if isinstance(answer, dict) else answer
            if key in variables:
                base[variables[key]] = slug(text(said))
            else:
                name, labels = readings[key]
                base[name] = next(code for code, label in labels.items() if label == said)
    return [{"record_id": data["patient"], **row} for row in (base, *rows)]


def answers(content: bytes) -> dict[tuple[str, str], str]:
    """(trial, criterion) -> its answer."""
    profile = parse_profile(content, PACK.vocabulary, "profile")
    screening = profile.facts.get("dates.screening")
    day = screening[0].value.earliest if screening else date(2026, 11, 1)  # type: ignore[union-attr]
    chart = chart_on(profile, PACK, day)
    return {
        (trial.id, item.criterion.id): item.status
        for trial in PACK.trials
        for item in screen(trial, chart).criteria
    }


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_an_export_comes_back_one_to_one(tmp_path: Path, path: Path) -> None:
    """Every criterion of every trial is judged as by the profile that was typed in."""
    rows = export(path)
    columns = dict.fromkeys(name for row in rows for name in row)
    file, profile = tmp_path / "export.csv", tmp_path / "p.toml"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    done = run("import", str(file), "-o", str(profile))

    assert done.code == 0, done.err
    assert " 0 ambiguous, 0 not used" in done.err
    assert answers(profile.read_bytes()) == answers(path.read_bytes())


def dictionary(*options: str) -> list[dict[str, str]]:
    done = run("template", "--format", "redcap", *options)
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def test_a_project_takes_the_dictionary() -> None:
    """The 18 columns; names of small letters, each once; forms in one piece; codes each once."""
    rows = dictionary()
    names = [row["Variable / Field Name"] for row in rows]
    forms = [row["Form Name"] for row in rows]

    assert len(rows[0]) == 18
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    assert len(list(dict.fromkeys(forms))) == 1 + sum(
        one != other for one, other in pairwise(forms)
    )
    for row in rows:
        name, form = row["Variable / Field Name"], row["Form Name"]
        assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name), name
        assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", form), form
        assert len(name) <= 100
        assert not name.endswith("_complete")
        coded = row["Choices, Calculations, OR Slider Labels"]
        assert (row["Field Type"] in ("radio", "dropdown")) is bool(coded)
        codes = [choice.partition(", ")[0] for choice in coded.split(" | ")] if coded else []
        assert len(set(codes)) == len(codes)
        assert all(re.fullmatch(r"[a-z0-9_]+", code) for code in codes), codes


def test_a_dictionary_of_one_trial_has_what_it_reads() -> None:
    """Fewer fields, and the questions of no other trial."""
    every = {row["Variable / Field Name"] for row in dictionary()}
    rows = dictionary("--trial", "rd06-04-sle")

    assert {row["Variable / Field Name"] for row in rows} < every
    answered = {row["Form Name"] for row in rows if row["Form Name"].startswith("answers_")}
    assert answered == {"answers_rd06_04_sle"}


BAD = {
    "diagnosis_sle": ("NI", "a code that the dictionary does not have"),
    "person_birth_date": ("14/03/1990", "its value is not understood"),
    "diagnosis_sle_d": ("14/03/1990", "its date is not understood"),
    "reviewed_malignancy": ("never", "its date is not understood"),
    "name": ("Ottilie", "no field of ours"),
}


@pytest.mark.parametrize(("column", "said"), BAD.items(), ids=BAD)
def test_what_a_field_does_not_say_for_sure_is_not_written(
    tmp_path: Path, column: str, said: tuple[str, str]
) -> None:
    """A missing data code, a day written otherwise, a field that the site has added."""
    cell, reason = said
    more = "" if column == "diagnosis_sle" else "yes"
    file = tmp_path / "export.csv"
    columns = {"record_id": "P-1", "sex_": "", "diagnosis_sle": more, column: cell}
    del columns["sex_"]
    file.write_text(f"{','.join(columns)}\n{','.join(columns.values())}\n", "utf-8")
    done = run("import", str(file))

    assert done.code == 0
    assert reason in done.err
    assert cell not in done.out + done.err


QUESTION = next(questions(TRIALS["rd06-04-sle"]))[0]
ROWS = [  # a row of the export -> fate, reason of the only thing it says
    ({"result_fact": "lab_alt", "result_value": "22 U/L", "result_note": "fasting"},
     "used", "lab.alt"),
    ({"result_fact": "lab_alt", "result_date": "2024-10-01"}, "ambiguous", "no value"),
    ({"result_fact": "lab_altt", "result_value": "1"}, "ambiguous", "does not have"),
    ({"result_fact": "lab_alt", "result_value": "22 mg/dL"}, "ambiguous", "its unit does not fit"),
    ({"result_fact": "lab_alt", "result_value": "22 U/L", "result_limit": "1 U/L"},
     "ambiguous", "its value is not understood"),
    ({"result_fact": "lab_alt", "result_value": "22 U/L", "result_date": "2001-01-01"},
     "not used", "before --since"),
    ({"malignancy_kind": "other", "malignancy_diagnosed": "soon"}, "ambiguous", "not understood"),
    ({"malignancy_kind": "leukaemia"}, "ambiguous", "does not have"),
    ({"malignancy_kind": "other", "malignancy_note": "seen"}, "used", "malignancy"),
    ({"antibody_ana_d": "2024-10-01"}, "not used", "no field of ours"),
    ({"activity_sle_d": "2024-10-01"}, "not used", "a day without its value"),
    ({"reviewed_nothing": "2024-10-01"}, "not used", "no field of ours"),
    ({"reviewed_malignancy": "2024-10-01"}, "used", "reviewed"),
    ({QUESTION: "maybe"}, "ambiguous", "does not have"),
    ({QUESTION: "no"}, "used", "answers"),
]  # fmt: skip


def imported(folder: Path, *rows: dict[str, str], into: Path | None = None) -> Any:
    """Imports an export of these rows."""
    rows = tuple({"record_id": "P-1", **row} for row in rows)
    columns = dict.fromkeys(name for row in rows for name in row)
    with (folder / "export.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    to = ["--into", str(into)] if into else []
    return run("import", str(folder / "export.csv"), "--since", "2010-01-01", *to)


@pytest.mark.parametrize(("row", "fate", "reason"), ROWS, ids=range(len(ROWS)))
def test_a_row_has_its_fate(tmp_path: Path, row: dict[str, str], fate: str, reason: str) -> None:
    """Used, not used or ambiguous, once for what it says."""
    done = imported(tmp_path, row)

    assert done.code == 0
    assert f"1 {fate}" in done.err.splitlines()[0]
    assert reason in done.err
    assert (len(tomllib.loads(done.out)) > 2) is (fate == "used")


def test_rows_that_answer_otherwise_are_not_written(tmp_path: Path) -> None:
    """Of two answers to one question, and two days of one review, neither is known to hold."""
    done = imported(
        tmp_path,
        {QUESTION: "no", "reviewed_malignancy": "2024-10-01", "person_birth_date": "1990"},
        {QUESTION: "yes", "reviewed_malignancy": "2024-10-02", "person_birth_date": "1991"},
    )

    assert done.err.startswith("Read 6 fields and entries of 1 patient: 0 used, 6 ambiguous")
    assert tomllib.loads(done.out) == {"schema": 1, "patient": "P-1"}


def test_answers_are_merged(tmp_path: Path) -> None:
    """What is there stays; what differs is listed."""
    profile = tmp_path / "p.toml"
    profile.write_text('schema = 1\npatient = "P-1"\n', "utf-8")
    row = {"redcap_repeat_instance": "", "patient_complete": "2"}
    assert imported(tmp_path, row | {QUESTION: "no"}, into=profile).code == 0
    given = tomllib.loads(profile.read_text("utf-8"))["answers"]["rd06-04-sle"]
    assert [answer["answer"] for answer in given.values()] == [False]
    before = profile.read_bytes()

    assert "1 there already" in imported(tmp_path, row | {QUESTION: "no"}, into=profile).err
    assert "answers otherwise" in imported(tmp_path, row | {QUESTION: "yes"}, into=profile).err
    assert profile.read_bytes() == before


def test_a_project_closes_its_lists_itself(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("record_id,diagnosis_sle\nP-1,yes\n", "utf-8")
    closed = ["--closed", "problem-list=2024-10-01"]

    assert run("import", str(tmp_path / "e.csv"), *closed).code == 2
    assert run("template", "--format", "redcap", "--visit").code == 2
