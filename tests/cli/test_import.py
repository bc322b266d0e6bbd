"""`cartscreen import`: sources, formats that are no FHIR R4, what is written and what is told."""

import json
import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from importing.traps import (
    ICD,
    PERSON,
    TRAPS,
    creatinine,
    diagnosis,
    drug,
    quantity,
    result,
)
from program import run

from cartscreen.cli import charts
from cartscreen.cli.files import is_charts
from cartscreen.profile import read

NAMES = {
    "name": [{"family": "Gerstenkorn", "given": ["Ottilie"]}],
    "address": [{"line": ["Blumenweg 7"], "city": "Hintertupfingen"}],
    "telecom": [{"value": "555-0199"}],
    "identifier": [{"value": "MRN-88123"}],
}


def with_id(resource: dict[str, Any], id_: str, patient: str = "p") -> dict[str, Any]:
    """The resource under an id, of a patient."""
    found = {**resource, "id": id_}
    for key in ("subject", "patient"):
        if key in found:
            found[key] = {"reference": f"Patient/{patient}"}
    return found


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
        **more,
    }


def text_of(data: Any) -> str:
    return json.dumps(data, default=_number)


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., str]:
    """Writes JSON, text or bytes to a file of a name, and gives its path."""

    def write(data: Any, name: str = "chart.json") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            path.write_text(data if isinstance(data, str) else text_of(data), "utf-8")
        return str(path)

    return write


CHART = bundle(PERSON, with_id(creatinine(), "1"), with_id(diagnosis("M32.9"), "2"))


def test_a_bundle_becomes_a_profile(source: Callable[..., str]) -> None:
    """The profile on standard output, the counts on standard error."""
    done = run("import", source(CHART))

    assert done.code == 0
    assert tomllib.loads(done.out) == {
        "schema": 1,
        "patient": "P-0001",
        "person": {"birth_date": date(1990, 5, 1), "sex": "female"},
        "diagnosis": {
            "sle": {"value": True, "date": date(2020, 3, 4), "source": "Condition/2"},
        },
        "lab": {
            "creatinine": {
                "value": "1.1 mg/dL",
                "date": date(2026, 10, 1),
                "source": "Observation/1",
            }
        },
    }
    assert "Read 3 resources of 1 patient: 3 used, 0 ambiguous, 0 not used." in done.err


def test_all_that_is_told_adds_up(source: Callable[..., str], tmp_path: Path) -> None:
    """The report in JSON has every resource once; what is ambiguous stands in both by name."""
    resources = [with_id(trap.resource, str(n)) for n, trap in enumerate(TRAPS)]
    report = tmp_path / "report.json"
    done = run("import", source(bundle(PERSON, *resources)), "--report", report)
    told = json.loads(report.read_text("utf-8"))

    assert told["resources"] == len(TRAPS) + 1 == sum(row["count"] for row in told["rows"])
    assert told["fates"]["ambiguous"] == sum(trap.fate == "ambiguous" for trap in TRAPS)
    assert "Condition M32.9: provisional (Condition/" in done.err
    assert "Mapped to nothing of ours, drugs ordered:" in done.err
    assert "Lisinoprilum forte" in done.err


def test_nobody_is_named(source: Callable[..., str], tmp_path: Path) -> None:
    """Names, addresses, numbers and free text of the chart stand nowhere."""
    remark = {"note": [{"text": "Ottilie"}], "text": {"div": "Gerstenkorn"}}
    person = {**PERSON, **NAMES, **remark, "id": "MRN-88123"}
    told = with_id({**creatinine(), **remark}, "1", "MRN-88123")
    taken = {"dosageInstruction": [{"text": "for Ottilie Gerstenkorn"}]}
    order = with_id(drug("prednisone", **taken), "2", "MRN-88123")
    report = tmp_path / "report.json"
    done = run("import", source(bundle(person, told, order), "source.json"), "--report", report)

    for text in (done.out, done.err, report.read_text("utf-8")):
        for name in ("Ottilie", "Gerstenkorn", "Blumenweg", "555-0199", "MRN-88123"):
            assert name not in text


def lines_of(*resources: dict[str, Any]) -> str:
    return "".join(f"{text_of(resource)}\n" for resource in resources)


def test_patients_of_ndjson_are_parted(
    source: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resources of all patients are mixed, in several files; each gets a profile of its own."""
    people = [{**PERSON, "id": each} for each in ("a", "b")]
    results = [with_id(creatinine(), each, each) for each in ("b", "a")]
    results += [with_id(result("1742-6", valueQuantity=quantity("22", "U/L")), "c", "a")]
    source(lines_of(*results), "export/Observation.ndjson")
    monkeypatch.setattr(charts, "_MANY", 1)
    source(lines_of(*people), "export/Patient.ndjson")
    folder = tmp_path / "out"
    done = run("import", tmp_path / "export", "-o", folder)
    sources = [
        tomllib.loads((folder / f"P-000{n}.toml").read_text("utf-8"))["lab"]["creatinine"]["source"]
        for n in (1, 2)
    ]

    assert done.code == 0
    assert sources == ["Observation/a", "Observation/b"]
    assert run("import", tmp_path / "export").code == 2  # where to?
    assert run("import", tmp_path / "export", "-o", folder).code == 5  # not over what is there
    assert run("import", tmp_path / "export", "-o", folder, "--force").code == 0


def test_what_a_bundle_refers_to_is_found(source: Callable[..., str]) -> None:
    """A patient and a drug by the address of their entries."""
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "prednisone"}}
    order = {
        **drug(""),
        "id": "1",
        "subject": {"reference": "urn:uuid:1"},
        "medicationReference": {"reference": "urn:uuid:2"},
    }
    del order["medicationCodeableConcept"]
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": PERSON},
        {"fullUrl": "urn:uuid:2", "resource": medication},
        {"fullUrl": "urn:uuid:3", "resource": order},
    ]
    done = run("import", source({"resourceType": "Bundle", "type": "batch", "entry": entries}))

    assert tomllib.loads(done.out)["treatment"][0]["drug"] == "prednisone"


DEEP = '{"resourceType": "Patient", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
OLD = {"resourceType": "MedicationOrder", "id": "1"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text_of(CHART)[:-20], "ends too early; is the file cut off?"),
        ("", "the file is empty"),
        ('{"resourceType": "Patient",, }', "line 1, column 28: this is not JSON"),
        (text_of(PERSON).encode("utf-16"), "the file is UTF-16"),
        (b'{"resourceType": "Patient", "x": "\xe9"}', "line 1 is not UTF-8"),
        (DEEP, "too deeply"),
        ([PERSON], "this is a list"),
        ({"id": "x"}, "no resourceType"),
        ({"id": "x", "phenotypicFeatures": []}, "this is a phenopacket"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'/>", "this is C-CDA"),
        ("<Bundle xmlns='http://hl7.org/fhir'/>", "this is FHIR as XML"),
        ("<html/>", "this is XML"),
        (bundle(PERSON, OLD), "older release than R4 (it has MedicationOrder)"),
        (bundle(PERSON, {**diagnosis("M32.9"), "clinicalStatus": "active"}),
         "older release than R4 (it has Condition.clinicalStatus)"),
        (bundle(PERSON, {**creatinine(), "name": {"text": "x"}}), "(it has Observation.name)"),
        (bundle(PERSON, {**drug("x"), "medication": {"concept": {}}}), "a later release than R4"),
        (bundle(PERSON, type="history"), "this Bundle is a history"),
        (bundle(with_id(creatinine(), "1")), "there is no Patient here"),
        (bundle({key: PERSON[key] for key in PERSON if key != "id"}), "a Patient has no id"),
        (bundle(PERSON, {**PERSON, "birthDate": "1991-05-01"}), "two Patients that differ"),
    ],
)  # fmt: skip
def test_what_is_no_chart_is_said(
    content: Any, said: str, source: Callable[..., str], tmp_path: Path
) -> None:
    """A sentence and exit 3; nothing is written."""
    output = tmp_path / "out.toml"
    done = run("import", source(content), "-o", output)

    assert (done.code, done.out, output.exists()) == (3, "", False)
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_line_that_is_wrong_is_named(source: Callable[..., str], tmp_path: Path) -> None:
    """And no patient is written, though the lines before it are right."""
    path = source(lines_of(PERSON, {**PERSON, "id": "q"}) + '{"resourceType": ', "all.ndjson")
    done = run("import", path, "-o", tmp_path / "out")

    assert done.code == 3
    assert "all.ndjson: line 3: the JSON ends too early" in done.err
    assert not (tmp_path / "out").exists()


def test_a_page_of_several(source: Callable[..., str]) -> None:
    """It is read, with a warning; but no list is closed by a part."""
    path = source(bundle(PERSON, link=[{"relation": "next", "url": "http://x"}]))
    closed = run("import", path, "--closed", "problem-list=2026-10-01")

    assert "warning: " in run("import", path).err
    assert (closed.code, "cannot be closed by a part" in closed.err) == (3, True)


def test_one_resource_twice(source: Callable[..., str]) -> None:
    """Two of one id that say the same count once; of two that differ, neither is written."""
    one, other = with_id(creatinine(), "1"), with_id(creatinine(status="amended"), "1")
    same, differ = (run("import", source(bundle(PERSON, one, each))) for each in (one, other))

    assert "the same resource again" in same.err
    assert tomllib.loads(same.out)["lab"]["creatinine"]["source"] == "Observation/1"
    assert "several resources of one id that differ" in differ.err
    assert "lab" not in tomllib.loads(differ.out)


def test_what_is_about_others_is_not_used(source: Callable[..., str]) -> None:
    """Another patient, a group, nobody."""
    others = [{"reference": "Patient/q"}, {"reference": "Group/1"}, {}]
    resources = [{**creatinine(), "id": str(n), "subject": s} for n, s in enumerate(others)]
    done = run("import", source(bundle(PERSON, *resources)))

    assert "1 used, 0 ambiguous, 3 not used" in done.err
    assert "lab" not in tomllib.loads(done.out)


def test_pages_in_several_files_are_one_chart(source: Callable[..., str], tmp_path: Path) -> None:
    """A patient's resources from two files; blank lines and empty entries are nothing."""
    source(bundle(PERSON), "pages/1.json")
    more = bundle(with_id(creatinine(), "1"))
    more["entry"] += [{"request": {"method": "DELETE"}}, 5]
    source(more, "pages/2.json")
    source("\n" + lines_of(with_id(diagnosis("M32.9"), "2")) + "\n\n", "pages/3.ndjson")
    source(lines_of(with_id(drug("prednisone"), "3")), "pages/4.jsonl")
    done = run("import", tmp_path / "pages")

    assert "Read 4 resources of 1 patient: 4 used" in done.err
    assert set(tomllib.loads(done.out)) == {
        "schema", "patient", "person", "lab", "diagnosis", "treatment",
    }  # fmt: skip


def test_an_address_that_leads_nowhere(source: Callable[..., str]) -> None:
    lost = {**with_id(creatinine(), "1"), "subject": {"reference": "urn:uuid:9"}}
    inside = {**with_id(creatinine(), "2"), "subject": {"reference": "#p"}}
    far = {**with_id(creatinine(), "3"), "subject": {"reference": "http://x/fhir/Patient/p"}}
    done = run("import", source(bundle(PERSON, lost, inside, far)))

    assert "2 used, 0 ambiguous, 2 not used" in done.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (bundle(), "a line of NDJSON is one resource"),
        ([], "this is a list"),
        ({}, "no resourceType"),
    ],
)
def test_a_line_that_is_no_resource(line: Any, said: str, source: Callable[..., str]) -> None:
    done = run("import", source(f"{text_of(line)}\n", "x.ndjson"))

    assert (done.code, said in done.err, "x.ndjson: line 1" in done.err) == (3, True, True)


def test_what_is_too_large_is_said(
    source: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file of JSON, a line, a profile: each has its bound."""
    monkeypatch.setattr(charts, "MOST_BYTES", 100)
    assert "export NDJSON" in run("import", source(CHART)).err
    monkeypatch.setattr(charts, "LONGEST_LINE", 100)
    assert "line 1 is longer" in run("import", source(lines_of(creatinine()), "x.ndjson")).err
    monkeypatch.undo()
    monkeypatch.setattr(read, "_MOST_SIGNS", 5)
    done = run("import", source(CHART), "-o", tmp_path / "out.toml")
    assert (done.code, "--since leaves out old results" in done.err) == (3, True)
    assert not (tmp_path / "out.toml").exists()


def test_a_number_that_is_none(source: Callable[..., str]) -> None:
    done = run("import", source('{"resourceType": "Patient", "x": ' + "9" * 5000 + "}"))

    assert (done.code, "has a number that is none" in done.err) == (3, True)


def test_where_there_is_no_chart(source: Callable[..., str], tmp_path: Path) -> None:
    """A folder without one, no file, a pipe, no name; a folder that cannot be made."""
    import os

    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    two = source(bundle(PERSON, {**PERSON, "id": "q"}), "two.json")
    said = {
        tmp_path / "empty": "there is no .json and no .ndjson",
        tmp_path / "none.json": "there is no such file",
        tmp_path / "pipe.json": "not a file, but a pipe",
        "a\0.json": "this is not a file name",
    }
    for name, expected in said.items():
        done = run("import", name)
        assert (done.code, expected in done.err) == (3, True), done.err
    assert run("import", two, "-o", tmp_path / "no" / "such").code == 5
    assert run("import", two, "--since", "soon").code == 2
    assert run("import", two, "--since", "2026-10", "-o", tmp_path / "out").code == 0


def test_a_file_that_changes_meanwhile(
    source: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two readings: nothing is taken from what was not read to the end."""
    first, second = source(CHART, "1.json"), source(bundle({**PERSON, "id": "q"}), "2.json")
    count = charts.Charts._count_strangers

    def change(self: charts.Charts) -> None:
        count(self)
        source(bundle(PERSON), "1.json")

    monkeypatch.setattr(charts.Charts, "_count_strangers", change)
    done = run("import", first, second, "-o", str(Path(first).parent / "out"))

    assert (done.code, "was changed meanwhile" in done.err) == (3, True)


# Closing lists


def closed_lists(done: Any) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(done.out).get("reviewed", {})
    return found


def test_a_site_may_close_a_list(source: Callable[..., str]) -> None:
    """On its word, which the profile has; the reports of the profile show it."""
    path = source(bundle(PERSON, with_id(diagnosis("M32.9"), "1")))
    done = run("import", path, "--closed", "problem-list=2026-10-01")

    assert closed_lists(run("import", path)) == {}
    assert closed_lists(done)["malignancy"] == {
        "date": date(2026, 10, 1),
        "source": "problem-list complete, on the site's word",
    }
    assert "problem-list: closed on the site's word as of 2026-10-01" in done.err


@pytest.mark.parametrize(
    "left",
    [diagnosis("E11.9"), diagnosis("C50.9", verificationStatus=None), diagnosis("Z85.3")],
    ids=["mapped to nothing", "ambiguous", "to be asked"],
)
def test_nothing_is_closed_over_what_is_open(
    left: dict[str, Any], source: Callable[..., str]
) -> None:
    """What nobody has looked at may belong to the list."""
    path = source(bundle(PERSON, with_id(left, "1")))
    done = run("import", path, "--closed", "problem-list=2026-10-01")

    assert closed_lists(done) == {}
    assert "not closed: something is ambiguous or maps to nothing of ours" in done.err


def test_what_was_not_exported_closes_nothing(source: Callable[..., str]) -> None:
    """No diagnosis in the whole source: rather an export that lacks them than patients without."""
    done = run("import", source(bundle(PERSON)), "--closed", "problem-list=2026-10-01")

    assert (done.code, done.out) == (3, "")
    assert "the source has no Condition at all" in done.err


def test_a_site_may_say_what_is_in_no_list(source: Callable[..., str], tmp_path: Path) -> None:
    """Then the list is closed over it."""
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "codes.toml").write_text('[none.icd10cm]\n"E11.9" = "Type 2 diabetes"', "utf-8")
    (pack / "tiny.toml").write_text(TINY, "utf-8")
    path = source(bundle(PERSON, with_id(diagnosis("E11.9"), "1")))
    done = run("import", path, "--closed", "problem-list=2026-10-01", "--criteria", pack)

    assert "malignancy" in closed_lists(done)


TINY = """
[trial]
id = "tiny"
name = "A tiny trial"
source = "tiny.txt"
checked = 2026-11-01

[[inclusion]]
id     = "I1"
title  = "Lupus"
source = "Inclusion 1"
rule   = "diagnosis.sle"
"""


@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [
        ("problem-list", 2, "write WHAT=DATE"),
        ("problems=2026-10-01", 3, "expected one of problem-list"),
        ("problem-list=2999-01-01", 3, "write a day that has come"),
        ("problem-list=2026-10", 3, "write a day that has come"),
    ],
)
def test_what_cannot_be_closed(
    closed: str, code: int, said: str, source: Callable[..., str]
) -> None:
    done = run("import", source(CHART), "--closed", closed)

    assert (done.code, said in " ".join(done.err.split())) == (code, True)


# Into a profile


TYPED = """\
schema = 1
patient = "P-0007"    # typed by hand
[person]
birth_date = 1990-05-01

[lab]   # of the letter
creatinine = { value = "1.0 mg/dL", date = 2026-09-01 } # a remark
"""


def test_a_profile_gets_what_it_lacks(source: Callable[..., str], tmp_path: Path) -> None:
    """Every line of it stays; importing again changes nothing."""
    path, profile = source(CHART), tmp_path / "patient.toml"
    profile.write_text(TYPED, "utf-8")
    done = run("import", path, "--into", profile)
    once = profile.read_text("utf-8")
    again = run("import", path, "--into", profile)
    data = tomllib.loads(once)

    assert done.code == again.code == 0
    assert "Into the profile: 3 added, 1 there already." in done.err
    assert "Into the profile: 0 added, 4 there already." in again.err
    assert profile.read_text("utf-8") == once
    assert [item["value"] for item in data["lab"]["creatinine"]] == ["1.1 mg/dL", "1.0 mg/dL"]
    for kept in ("# typed by hand", "# of the letter", "# a remark"):
        assert kept in once


def test_what_differs_is_listed_and_never_replaced(
    source: Callable[..., str], tmp_path: Path
) -> None:
    """A result of one day, a drug that was typed, a field of an entry that was imported before."""
    profile = tmp_path / "patient.toml"
    text = TYPED.replace("2026-09-01", "2026-10-01") + (
        '[[treatment]]\ndrug = "aspirin"\n[[treatment]]\ndrug = "prednisone"\nstart = 2026-01-01\n'
        '[[treatment]]\ndrug = "rituximab"\nstart = 2025-01-01\nsource = "MedicationRequest/9"\n'
    )
    profile.write_text(text, "utf-8")
    orders = [with_id(drug(name), n) for name, n in (("prednisone", "8"), ("rituximab", "9"))]
    done = run("import", source(bundle(PERSON, with_id(creatinine(), "1"), *orders)),
               "--into", profile)  # fmt: skip
    data = tomllib.loads(profile.read_text("utf-8"))

    assert "the profile says 1.0 mg/dL (2026-10-01), the source 1.1 mg/dL" in done.err
    assert "treatment: entry 2 of the profile may be prednisone" in done.err
    assert "treatment: entry 3 says start 2025-01-01, the source 2026-09-01" in done.err
    assert data["lab"]["creatinine"]["value"] == "1.0 mg/dL"
    assert [item.get("purpose") for item in data["treatment"]] == [None, None, "unknown"]


def test_entries_and_reviews_are_added(source: Callable[..., str], tmp_path: Path) -> None:
    """An entry and a review that are not there; never into a list that stands in one line."""
    profile = tmp_path / "patient.toml"
    listed = 'malignancy = [{ kind = "other", source = "letter" }]'
    profile.write_text(TYPED.replace("[person]", f"{listed}\n[person]"), "utf-8")
    chart = bundle(
        PERSON,
        with_id(diagnosis("C50.9"), "1"),
        with_id(diagnosis("G40.9", onsetDateTime="2021-02-03"), "2"),
    )
    closed = ("--closed", "problem-list=2026-10-01")
    done = run("import", source(chart), "--into", profile, *closed)
    again = run("import", source(chart), "--into", profile, *closed)
    data = tomllib.loads(profile.read_text("utf-8"))

    assert done.code == again.code == 0
    assert [item["kind"] for item in data["cns_event"]] == ["epilepsy"]
    assert data["reviewed"]["gvhd"]["date"] == date(2026, 10, 1)
    assert "malignancy: the profile is laid out so that other (Condition/1) cannot" in done.err
    assert len(data["malignancy"]) == 1
    assert "Into the profile: 0 added, 8 there already." in again.err


def test_a_result_without_a_date_takes_none_beside_it(
    source: Callable[..., str], tmp_path: Path
) -> None:
    """Of several results each has a date; a section in braces takes no more lines."""
    profile = tmp_path / "patient.toml"
    profile.write_text(
        'schema = 1\npatient = "P"\nlab = { creatinine = "1 mg/dL" }\n'
        '[[vaccine]]\nname = "Influenza"\ndate = 2025-10-10\n', "utf-8"
    )  # fmt: skip
    vaccine = {
        "resourceType": "Immunization", "status": "completed", "patient": {},
        "vaccineCode": {"text": "Influenza"}, "occurrenceDateTime": "2026-10-10",
    }  # fmt: skip
    done = run("import", source(bundle(PERSON, with_id(creatinine(), "1"), with_id(vaccine, "2"))),
               "--into", profile)  # fmt: skip

    assert "lab.creatinine: the profile says 1 mg/dL, the source 1.1 mg/dL" in done.err
    assert len(tomllib.loads(profile.read_text("utf-8"))["vaccine"]) == 2


def test_what_the_profile_has_no_room_for_is_listed(
    source: Callable[..., str], tmp_path: Path
) -> None:
    """A key with a point takes no table beside it; a date with a time is that day."""
    profile = tmp_path / "patient.toml"
    typed = 'schema = 1\npatient = "P"\nlab.alt = "20 U/L"\n[diagnosis]\n'
    profile.write_text(f"{typed}sle = {{ value = true, date = 2020-03-04T10:00:00Z }}\n", "utf-8")
    done = run("import", source(CHART), "--into", profile)

    assert "lab.creatinine: the profile is laid out so that {" in done.err
    assert "Into the profile: 2 added, 1 there already." in done.err


def test_another_person_is_refused(source: Callable[..., str], tmp_path: Path) -> None:
    """A birth date that is not that of the profile: nothing is written."""
    profile = tmp_path / "patient.toml"
    profile.write_text(TYPED.replace("1990", "1991"), "utf-8")
    before = profile.read_bytes()
    done = run("import", source(CHART), "--into", profile)

    assert (done.code, profile.read_bytes()) == (3, before)
    assert "this may be another person" in done.err


def test_into_takes_one_patient_and_a_file(source: Callable[..., str], tmp_path: Path) -> None:
    two = source(bundle(PERSON, {**PERSON, "id": "q"}), "two.json")
    profile = tmp_path / "patient.toml"
    missing = run("import", source(CHART), "--into", profile)
    profile.write_text(TYPED, "utf-8")

    assert (missing.code, "there is no such file" in missing.err) == (3, True)
    assert run("import", two, "--into", profile).code == 3
    assert run("import", source(CHART), "--into", profile, "-o", "x.toml").code == 2


# Judged as they are


def test_check_reads_charts(source: Callable[..., str], tmp_path: Path) -> None:
    """As it judges the profiles that an import writes; each report has the hash of the source."""
    people = [{**PERSON, "id": each} for each in ("a", "b")]
    path = source(bundle(*people, with_id(diagnosis("M32.9"), "1", "b")))
    options = ("--format", "json", "--screening-date", "2026-10-12")
    folder = tmp_path / "out"
    run("import", path, "-o", folder)
    files = sorted(map(str, folder.iterdir()))
    direct = json.loads(run("check", path, *options).out)
    through = json.loads(run("check", *files, *options).out)

    assert [item.pop("file") for item in direct] == [f"{path} P-0001", f"{path} P-0002"]
    assert {item.pop("source_sha256") for item in direct} == {_sha256(path)}
    for form in ("table", "markdown", "html"):
        assert _sha256(path) in run("check", path, "--format", form, *options[2:]).out
    for item in through:
        assert item.pop("source_sha256") == ""
        del item["file"]
    assert direct == through


def test_profiles_in_lines_say_the_same(source: Callable[..., str], tmp_path: Path) -> None:
    """What an import writes as NDJSON is judged as its TOML is; --into takes no lines."""
    people = [{**PERSON, "id": each} for each in ("a", "b")]
    path = source(bundle(*people, with_id(diagnosis("M32.9"), "1", "b")))
    folder, ours = tmp_path / "out", tmp_path / "profiles.ndjson"
    run("import", path, "-o", folder)
    told = run("import", path, "--format", "ndjson", "-o", ours)
    options = ("--format", "ndjson", "--screening-date", "2026-10-12")
    judged = []
    for name in (folder, ours):
        reports = [json.loads(line) for line in run("check", name, *options).out.splitlines()]
        judged.append([{**each, "file": "", "profile_sha256": ""} for each in reports])

    assert told.code == 0
    assert [each["patient"] for each in judged[0]] == ["P-0001", "P-0002"]
    assert judged[0] == judged[1]
    assert run("import", path, "--format", "ndjson", "--into", "x.toml").code == 2


MAP = (
    'read_by = "AB"\npseudonym = "id"\n[column.Born]\nfact = "person.birth_date"\n'
    '[[treatment]]\ndrug = "Drug"\n'
)
TABLE = "id,Born,Drug\nA-1,1990-05-01,rituximab\nA-2,1991-05-01,\n"
EXPORT = "record_id,person_birth_date\nA-1,1990-05-01\nA-2,1991-05-01\n"


@pytest.mark.parametrize(("name", "text"), {"t.csv": TABLE, "export.csv": EXPORT}.items())
def test_check_reads_tables(
    source: Callable[..., str], tmp_path: Path, name: str, text: str
) -> None:
    """By their map, or the export of a project, as the profiles that an import writes."""
    path = source(text, name)
    by = ("--map", source(MAP, "map.toml")) if name == "t.csv" else ()
    options = ("--format", "json", "--screening-date", "2026-10-12")
    run("import", path, *by, "-o", tmp_path / "out")
    through = json.loads(run("check", *sorted((tmp_path / "out").iterdir()), *options).out)
    done = run("check", path, *by, *options)
    one = json.loads(run("check", path, *by, *options, "--patient", "A-2").out)
    planned = run("plan", path, *by, *options, "--patient", "A-2")
    direct = json.loads(done.out)

    assert one == [direct[1]]
    assert [item.pop("file") for item in direct] == [f"{path} A-1", f"{path} A-2"]
    assert {item.pop("source_sha256") for item in direct} == {_sha256(path)}
    assert ("3 used" if by else "2 used") in done.err
    for item in through:
        del item["file"], item["source_sha256"]
    assert direct == through
    assert json.loads(planned.out)["patient"] == "A-2"
    assert json.loads(planned.out)["source_sha256"] == _sha256(path)


def test_one_patient_of_several_is_named(source: Callable[..., str], tmp_path: Path) -> None:
    """A plan is of one patient; --map and --patient are of no profile; a table needs its map."""
    path, map_ = source(TABLE, "t.csv"), source(MAP, "map.toml")
    profile = tmp_path / "p.toml"
    profile.write_text(TYPED, "utf-8")
    said = {
        ("plan", path, "--map", map_): (3, "it has 2 patients; name the one, --patient A-1"),
        ("plan", path, "--map", map_, "--patient", "a-2"): (3, "Did you mean 'A-2'?"),
        ("check", path, "--map", map_, "--patient", "x"): (3, "The first is A-1."),
        ("check", path): (3, "a table needs a map, --map map.toml"),
        ("check", source("old", "t.xls")): (3, "a table needs a map"),
        ("check", source(CHART), "--map", map_): (3, "--map is of a table"),
        ("plan", profile, "--map", map_): (2, "is a profile"),
        ("check", profile, "--patient", "P"): (2, "is a profile"),
    }
    for call, (code, text) in said.items():
        done = run(*call)
        assert (done.code, text in " ".join(done.err.split())) == (code, True), done.err


def _sha256(path: str) -> str:
    from hashlib import sha256

    return sha256(Path(path).read_bytes()).hexdigest()


def test_a_chart_that_is_too_long_for_a_profile(
    source: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_MOST_SIGNS", 5)
    path = source(CHART)

    for command in ("check", "plan"):
        done = run(command, path)
        assert (done.code, "too many lines and values" in done.err) == (3, True)


def test_check_refuses_the_dead_and_goes_on(source: Callable[..., str]) -> None:
    dead = {**PERSON, "id": "q", "deceasedDateTime": "2020-01-01"}
    path = source(bundle(dead, PERSON))
    done = run("check", path, "--format", "ndjson", "--screening-date", "2026-10-12")

    assert done.code == 3
    assert "person.died 2020-01-01 is not after the date judged" in done.err
    assert [json.loads(line).get("patient") for line in done.out.splitlines()] == [None, "P-0002"]
    assert run("check", source("{", "broken.json")).code == 3


def test_plan_reads_the_chart_of_one_patient(source: Callable[..., str]) -> None:
    day = ("--screening-date", "2026-10-12", "--trial", "cd19-csle", "--format", "json")
    one = run("plan", source(CHART), *day)
    two = run("plan", source(bundle(PERSON, {**PERSON, "id": "q"})), *day)

    assert json.loads(one.out)["source_sha256"] == _sha256(source(CHART))
    assert (two.code, "it has 2 patients; name the one, --patient P-0001" in two.err) == (3, True)


def test_a_folder_of_profiles_is_no_chart(tmp_path: Path) -> None:
    (tmp_path / "patient.toml").write_text(TYPED, "utf-8")

    assert not is_charts(str(tmp_path))
    assert is_charts("x.json")
    assert not is_charts("-")


def test_the_codes_of_the_traps_are_of_their_systems() -> None:
    """ICD-10-CM is not the ICD-10 of the WHO, of which the traps have one."""
    assert ICD.endswith("icd-10-cm")
