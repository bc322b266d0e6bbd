"""Entries of lists in tables: each of their cells means one thing, or nothing is written."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from program import run

from cartscreen.importing.lists import UNFIT
from cartscreen.importing.mapping import table_maps
from cartscreen.pack.pack import bundled_pack

HEAD = 'read_by = "AB"\npseudonym = "id"\ndates = "DD.MM.YYYY"\ndecimal = ","\ndelimiter = ";"\n'
TREATMENT = """
[[treatment]]
drug     = { column = "Drug", words = { Pred = "prednisone" } }
dose     = { column = "Dose", unit = "mg/day" }
start    = "From"
stop     = { column = "To", words = { laufend = "ongoing" } }
response = { column = "Effect", words = { gut = "adequate" } }
route    = { column = "Route", words = { p = "oral" } }
together = { column = "Both", words = { j = "yes", n = "no" } }
"""
COLUMNS = ("id", "Drug", "Dose", "From", "To", "Effect", "Route", "Both")


def made(folder: Path, table: str, map_: str, *options: str) -> tuple[dict[str, Any], Any, str]:
    """Imports a table of one patient: (the profile, the report, what was told)."""
    (folder / "t.csv").write_text(table, "utf-8")
    (folder / "map.toml").write_text(HEAD + map_, "utf-8")
    report = folder / "report.json"
    done = run("import", str(folder / "t.csv"), "--map", str(folder / "map.toml"), *options,
               "--report", str(report), "--force")  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(report.read_text("utf-8"))
    assert sum(found["fates"].values()) == found["resources"]
    return tomllib.loads(done.out), found, done.err


WHOLE = {
    "drug": "prednisone", "dose": "7.5 mg/day", "route": "oral", "start": date(2024, 3, 1),
    "stop": "ongoing", "response": "adequate", "together": False, "purpose": "unknown",
    "source": "t.csv row 2, Drug",
}  # fmt: skip
SAID = ("Pred", "7,5", "1.3.2024", "laufend", "gut", "p", "n")
CELLS: list[tuple[dict[str, str], str, dict[str, Any] | None]] = [
    # cells that differ, the reason of the fate, what the entry says then; None if there is none
    ({}, "treatment", {}),
    ({"Drug": "prednisone Zauber"}, "a drug of ours among words that are not known", None),
    ({"Drug": "pred 5 mg"}, "its name stands for several drugs", None),
    ({"Drug": "prednisone"}, "treatment", {}),
    ({"Drug": "prednisone + azathioprine"}, "a combination of drugs", None),
    ({"Drug": "Wundermittel"}, "no fact or list of ours", None),
    ({"Drug": ""}, "nothing says which drug", None),
    ({"Drug": "prednisone eye drops"}, "its name and its route differ", None),
    ({"From": "03.2024"}, "treatment", {"start": "2024-03"}),
    ({"From": "2024"}, "treatment", {"start": "2024"}),
    ({"From": ""}, "treatment", {"start": None}),
    ({"From": "2024-03-01"}, "its date is not written as the map says", None),
    ({"From": "31.02.2024"}, "its date is not written as the map says", None),
    ({"From": "1.3.2999"}, "dated in the future", None),
    ({"From": "1.3.1980"}, "dated before birth", None),
    ({"To": "29.02.2024"}, UNFIT, None),
    ({"To": "bald"}, "its date is not written as the map says", None),
    ({"Dose": "7,5 mg/day"}, "treatment", {}),
    ({"Dose": ""}, "treatment", {"dose": None}),
    ({"Effect": "mittel"}, "its word is none that we know", None),
    ({"Effect": "Inadequate"}, "treatment", {"response": "inadequate"}),
    ({"Effect": "unknown"}, "treatment", {"response": None}),
    ({"Both": "j"}, "treatment", {"together": True}),
    ({"Both": "vielleicht"}, "its word is none that we know", None),
]


@pytest.mark.parametrize(("cells", "reason", "entry"), CELLS, ids=lambda one: str(one)[:40])
def test_an_entry_has_its_fate(
    tmp_path: Path, cells: dict[str, str], reason: str, entry: dict[str, Any] | None
) -> None:
    """What may mean two things keeps the entry out; what no cell says, the entry does not say."""
    said = dict(zip(COLUMNS, ("P-1", *SAID), strict=True)) | cells
    born = '[column.Born]\nfact = "person.birth_date"\n'
    table = ";".join(("Born", *said)) + "\n" + ";".join(("14.03.1990", *said.values())) + "\n"
    profile, report, _ = made(tmp_path, table, born + TREATMENT)

    fates = [(row["type"], row["reason"]) for row in report["rows"]]
    assert sorted(fates) == [("Cell", "person.birth_date"), ("Entry", reason)]
    if entry is None:
        assert "treatment" not in profile
    else:
        whole = {key: value for key, value in {**WHOLE, **entry}.items() if value is not None}
        assert profile["treatment"] == [whole]


DOSES = {
    "n. Schema": "its value is no number",
    "60-40": "its value is no number",
    "60 mg": "units that differ are written with it",
    "60 mmol": "units that differ are written with it",
}


def test_a_dose_that_is_not_plain_is_left_out(tmp_path: Path) -> None:
    """The drug was given all the same; the note says where its dose stands, and it is listed."""
    rows = "".join(f"P-1;prednisone;{dose};{n}.3.2024;;;p;\n" for n, dose in enumerate(DOSES, 1))
    profile, report, _ = made(tmp_path, ";".join(COLUMNS) + f"\n{rows}", TREATMENT)

    assert {entry["note"] for entry in profile["treatment"]} == {"its dose is in the source"}
    assert not any("dose" in entry for entry in profile["treatment"])
    assert sorted((row["name"], row["reason"], row["count"]) for row in report["parts"]) == [
        ("treatment.dose", "its value is no number", 2),
        ("treatment.dose", "units that differ are written with it", 2),
    ]


def test_the_unit_of_a_dose_may_have_a_column(tmp_path: Path) -> None:
    """A mass alone does not say how often; nothing is guessed."""
    map_ = (
        '[[treatment]]\ndrug = "Drug"\n'
        'dose = { column = "Dose", unit_column = "Unit", words = { "mg/Woche" = "mg weekly" } }\n'
    )
    table = (
        "id;Drug;Dose;Unit\nP-1;azathioprine;100;mg/day\nP-1;methotrexate;15;mg/Woche\n"
        "P-1;rituximab;1000;mg once\nP-1;belimumab;200;mg\nP-1;anakinra;100;\n"
    )
    profile, report, _ = made(tmp_path, table, map_)

    assert [entry.get("dose") for entry in profile["treatment"]] == [
        "100 mg/day", "15 mg weekly", "1000 mg once", None, None,
    ]  # fmt: skip
    assert sorted(row["reason"] for row in report["parts"]) == [
        "its unit does not say how often it was given", "no unit",
    ]  # fmt: skip


def test_columns_that_repeat_are_entries(tmp_path: Path) -> None:
    """{n} is the number of a group; a group without a value is no entry, the same again is one."""
    map_ = (
        '[[treatment]]\nrepeat = 3\ndrug = "drug{n}"\nstart = "from {n}"\n'
        'purpose = { is = "this disease" }\n'
        '[[malignancy]]\nkind = { column = "CA", words = { CIN = "cervical carcinoma in situ" } }\n'
        'diagnosed = "CA year"\n'
        '[[vaccine]]\nname = { is = "influenza" }\nlive = { is = false }\ndate = "Flu"\n'
    )
    table = (
        "id;drug1;from 1;drug2;from 2;drug3;from 3;CA;CA year;Flu\n"
        "P-1;rituximab;2022;azathioprine;03.2023;;;CIN;2015;01.10.2025\n"
        "P-1;rituximab;2022;;;;;;;\n"
    )
    profile, report, _ = made(tmp_path, table, map_)

    assert profile == {
        "schema": 1,
        "patient": "P-1",
        "treatment": [
            {"drug": "rituximab", "start": "2022", "purpose": "this disease",
             "source": "t.csv row 2, drug1"},
            {"drug": "azathioprine", "start": "2023-03", "purpose": "this disease",
             "source": "t.csv row 2, drug2"},
        ],
        "malignancy": [{"kind": "cervical carcinoma in situ", "diagnosed": "2015",
                        "source": "t.csv row 2, CA"}],
        "vaccine": [{"name": "influenza", "live": False, "date": date(2025, 10, 1),
                     "source": "t.csv row 2, Flu"}],
    }  # fmt: skip
    assert sorted((row["fate"], row["reason"], row["count"]) for row in report["rows"]) == [
        ("not used", "no value", 1),
        ("not used", "no value", 1),
        ("not used", "no value", 3),
        ("not used", "the same again", 1),
        ("used", "malignancy", 1),
        ("used", "treatment", 2),
        ("used", "vaccine", 1),
    ]


def test_a_drug_that_is_given_locally_too_needs_its_route(tmp_path: Path) -> None:
    """From the name, a column or the map; where `source` is a field, the note has the place."""
    map_ = (
        '[[treatment]]\ndrug = { column = "Drug", words = { Prograf = "tacrolimus oral" } }\n'
        '[[car_t]]\ntarget = "Target"\n'
    )
    table = "id;Drug;Target\nP-1;tacrolimus;\nP-1;tacrolimus ointment;\nP-1;Prograf;\nP-1;;CD19\n"
    profile, report, _ = made(tmp_path, table, map_)

    assert [entry["route"] for entry in profile["treatment"]] == ["topical", "oral"]
    assert profile["car_t"] == [{"target": "CD19", "note": "t.csv row 5, Target"}]
    (doubt,) = (row["reason"] for row in report["rows"] if row["fate"] == "ambiguous")
    assert doubt == (
        "nothing says whether it is given locally; the map may say it, "
        'words = { ... = "tacrolimus oral" } for example'
    )


FAULTY = {
    "treatment has no such field to map. Did you mean 'drug'?": '[[treatment]]\ndrg = "A"',
    "Map an entry for each": '[[treatment]]\nsteps = "A"',
    "write [[treatment]] above": 'treatment = "A"',
    "repeat: write how many": '[[treatment]]\nrepeat = 0\ndrug = "A{n}"',
    "repeat: write {n}": '[[treatment]]\nrepeat = 2\ndrug = "A"',
    "write the name of its column": "[[treatment]]\ndrug = 1",
    "or is = ... for all": '[[treatment]]\ndrug = { column = "A", is = "prednisone" }',
    "is: 'B' is no value of this field": '[[treatment]]\ndrug = "A"\nresponse = { is = "B" }',
    "is: 5 is no value of this field": '[[treatment]]\ndrug = "A"\nresponse = { is = 5 }',
    "write a mass and how often": '[[treatment]]\ndose = { column = "A", unit = "mg" }',
    "unit: response has none": '[[treatment]]\nresponse = { column = "A", unit = "mg" }',
    "'kg' does not fit half_life": '[[treatment]]\nhalf_life = { column = "A", unit = "kg" }',
    "words: 'Pred' stands for": '[[treatment]]\ndrug = { column = "A", words = { x = "pred" } }',
    "words: 'mg': write a mass": '[[treatment]]\ndose = { column = "A", words = { x = "mg" } }',
    "words: 'prd' is no drug": '[[treatment]]\ndrug = { column = "A", words = { x = "prd" } }',
    "is: 'prd' is no drug": '[[treatment]]\ndrug = { is = "prd" }\nstart = "A"',
    "words: 'B' is no word": '[[treatment]]\nresponse = { column = "A", words = { x = "B" } }',
    "words: start has none": '[[treatment]]\nstart = { column = "A", words = { x = "ongoing" } }',
    "there is no key 'wrds'": '[[treatment]]\nresponse = { column = "A", wrds = 1 }',
    "each entry has one of its own": '[[treatment]]\ndrug = "A"\n[[treatment]]\ndrug = "A"',
    "'A' is mapped, too": 'ignore = ["A"]\n[[treatment]]\ndrug = "A"',
    "there is no key 'treatment'":
        'test_column = "A"\nvalue = "B"\ndate = "C"\n[test.X]\nfact = "lab.alt"\n'
        '[[treatment]]\ndrug = "D"',
}  # fmt: skip


@pytest.mark.parametrize(("said", "text"), FAULTY.items(), ids=FAULTY)
def test_a_faulty_entry_of_a_map_is_refused(tmp_path: Path, said: str, text: str) -> None:
    (tmp_path / "map.toml").write_text(HEAD + text, "utf-8")
    done = run("import", "none.csv", "--map", str(tmp_path / "map.toml"))

    assert done.code == 3
    assert said in done.err


# Several tables by one map


SHEETS = """
[sheet.People.column.Born]
fact = "person.birth_date"
[sheet.Labs]
date = "Day"
[sheet.Labs.column.ALT]
fact = "lab.alt"
unit = "U/L"
[[sheet.Drugs.treatment]]
drug = "Drug"
"""
TABLES = {
    "People": [["id", "Born"], ["P-1", "14.03.1990"], ["P-2", "15.03.1990"]],
    "Labs": [["id", "Day", "ALT"], ["P-2", "1.2.2024", "22"], ["P-1", "1.2.2024", "23"]],
    "Drugs": [["id", "Drug"], ["P-2", "azathioprine"]],
}


def test_the_sheets_of_a_spreadsheet_are_one_chart(tmp_path: Path) -> None:
    """So are tables of CSV named like the sheets; each patient is read from all of them."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Notes"
    for name, rows in TABLES.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        text = "".join(";".join(row) + "\n" for row in rows)
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    book.save(tmp_path / "t.xlsx")
    (tmp_path / "map.toml").write_text(HEAD + SHEETS, "utf-8")
    call = ["--map", str(tmp_path / "map.toml"), "-o"]
    whole = run("import", str(tmp_path / "t.xlsx"), *call, str(tmp_path / "whole"))
    apart = run("import", *(str(tmp_path / f"{name}.csv") for name in TABLES), *call,
                str(tmp_path / "apart"))  # fmt: skip

    assert (whole.code, apart.code) == (0, 0), whole.err + apart.err
    assert "the map does not name the sheet 'Notes'" in whole.err
    for folder, labs, drugs in (("whole", "t.xlsx Labs", "t.xlsx Drugs"),
                                ("apart", "Labs.csv", "Drugs.csv")):  # fmt: skip
        found = tomllib.loads((tmp_path / folder / "P-2.toml").read_text("utf-8"))
        assert found["person"]["birth_date"]["value"] == date(1990, 3, 15)
        assert found["lab"]["alt"]["source"] == f"{labs} row 2, ALT"
        assert found["treatment"][0]["source"] == f"{drugs} row 2, Drug"
        assert len(list((tmp_path / folder).iterdir())) == 2


FAULTY_SHEETS = {
    "'date': write it in a sheet": 'date = "Day"\n' + SHEETS,
    "name the column that says of whom a row is": SHEETS,
    "sheet 'A': write [sheet.NAME]": 'pseudonym = "id"\nsheet.A = 1\n',
    "sheet 'A': there is no key 'colum'": 'pseudonym = "id"\n[sheet.A.colum]\nx = 1\n',
}


@pytest.mark.parametrize(("said", "text"), FAULTY_SHEETS.items(), ids=FAULTY_SHEETS)
def test_a_faulty_sheet_of_a_map_is_refused(tmp_path: Path, said: str, text: str) -> None:
    (tmp_path / "map.toml").write_text(f'read_by = "AB"\n{text}', "utf-8")
    done = run("import", "People.csv", "--map", str(tmp_path / "map.toml"))

    assert (done.code, said in done.err) == (3, True), done.err


def test_tables_and_sheets_that_do_not_meet(tmp_path: Path) -> None:
    """A table without a sheet is refused, a sheet without a table told; none is judged in part."""
    map_ = ("--map", str(tmp_path / "map.toml"))
    (tmp_path / "map.toml").write_text(HEAD + SHEETS, "utf-8")
    for name in ("Peopel.csv", "People.csv"):
        (tmp_path / name).write_text("id;Born\nP-1;14.03.1990\n")
    unknown = run("import", str(tmp_path / "Peopel.csv"), *map_)
    alone = run("import", str(tmp_path / "People.csv"), *map_)
    judged = run("check", str(tmp_path / "People.csv"), *map_)

    assert (unknown.code, alone.code, judged.code) == (3, 0, 3)
    assert "the map has no sheet 'Peopel'; it has 'People', 'Labs', 'Drugs'" in unknown.err
    assert "no table of the sheet 'Labs' of the map was named" in alone.err
    assert "the map has the sheets 'Labs', 'Drugs', too" in judged.err


def test_a_proposal_says_the_encoding(tmp_path: Path) -> None:
    """What a spreadsheet saves as CSV is often no UTF-8."""
    said = {"utf-8": "Größe", "cp1252": "Größe", "gb18030": "肌酐"}
    for encoding, name in said.items():
        (tmp_path / "t.csv").write_bytes(f"id,{name}\n".encode(encoding))
        run("import", str(tmp_path / "t.csv"), "--draft-map", str(tmp_path / encoding))
        text = (tmp_path / encoding).read_text("utf-8")

        assert tomllib.loads(text).get("encoding", "utf-8") == encoding
        assert f'# "{name}"\n' in text


# A map that is proposed


def test_a_proposal_has_the_lists_that_a_header_names(tmp_path: Path) -> None:
    """A drug and one more field are a treatment; what may be several lists stands in a comment."""
    header = "Pat;Drug 1;Dose 1 (mg/day);Start 1;Drug 2;Dose 2 (mg/day);Start 2;Drug 3;Organ;Date\n"
    (tmp_path / "t.csv").write_text(header, "utf-8")
    (tmp_path / "u.csv").write_text("Kind,Last active\n", "utf-8")
    for name in ("t", "u"):
        done = run("import", str(tmp_path / f"{name}.csv"), "--draft-map", str(tmp_path / name))
        assert done.code == 0, done.err
    whole = (tmp_path / "t").read_text("utf-8")

    assert tomllib.loads(whole) == {
        "read_by": "",
        "delimiter": ";",
        "transplant": [{"organ": {"column": "Organ", "words": {}}, "date": "Date"}],
        "treatment": [{
            "repeat": 2, "drug": "Drug {n}", "start": "Start {n}",
            "dose": {"column": "Dose {n} (mg/day)", "unit": "mg/day"},
        }],
    }  # fmt: skip
    assert '# purpose = { is = "this disease" }' in whole
    assert '# "Drug 3"\n' in whole
    doubtful = (tmp_path / "u").read_text("utf-8")
    assert tomllib.loads(doubtful) == {"read_by": ""}
    assert "# These columns may be of one of the lists" in doubtful


def test_a_proposal_has_each_sheet(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Creatinine (mg/dL)"])
    book.create_sheet("Drugs").append(["Drug", "Start"])
    book.save(tmp_path / "t.xlsx")
    run("import", str(tmp_path / "t.xlsx"), "--draft-map", str(tmp_path / "map.toml"))

    assert tomllib.loads((tmp_path / "map.toml").read_text("utf-8"))["sheet"] == {
        "Sheet": {"column": {"Creatinine (mg/dL)": {"fact": "lab.creatinine", "unit": "mg/dL"}}},
        "Drugs": {"treatment": [{"drug": "Drug", "start": "Start"}]},
    }


def test_the_maps_of_the_page_are_maps() -> None:
    """Each block of docs/importing.md that maps a table, or a part of one."""
    page = Path("docs/importing.md").read_text("utf-8").partition("## Tables")[2]
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    assert len(blocks) == 4
    for block in blocks:
        head = "" if "read_by" in block else 'read_by = "AB"\npseudonym = "id"\n'
        assert table_maps(tomllib.loads(head + block), bundled_pack().vocabulary, "map")


TITLED = "Clinic of Dr. X, list\n\nid;Name;Since;ALT\nP-1;a;2019-03;\nP-2;b;2020;\n"


def test_a_title_may_stand_above_the_header(tmp_path: Path) -> None:
    """The proposal finds it; a day alone says that what its column names is so since then."""
    (tmp_path / "t.csv").write_text(TITLED, "utf-8")
    call = ["import", str(tmp_path / "t.csv")]
    run(*call, "--draft-map", str(tmp_path / "draft.toml"))
    (tmp_path / "map.toml").write_text(
        'read_by = "AB"\npseudonym = "id"\nheader = 3\ndelimiter = ";"\n'
        '[column.Since]\nfact = "diagnosis.sle"\ndate = "Since"\n', "utf-8"
    )  # fmt: skip
    done = run(*call, "--map", str(tmp_path / "map.toml"), "-o", str(tmp_path / "out"))
    found = tomllib.loads((tmp_path / "out" / "P-1.toml").read_text("utf-8"))

    assert tomllib.loads((tmp_path / "draft.toml").read_text("utf-8"))["header"] == 3
    assert done.code == 0, done.err
    assert found["diagnosis"]["sle"] == {
        "value": True, "date": "2019-03", "source": "t.csv row 4, Since",
    }  # fmt: skip
