"""`cartscreen import --map`: what becomes of each cell and row of a table, by a person's map."""

import json
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from program import run

HEAD = 'read_by = "AB"\npseudonym = "id"\ndate = "day"\n'
ALT = '[column.ALT]\nfact = "lab.alt"\nunit = "U/L"\n'
SEX = '[column.Sex]\nfact = "person.sex"\nwords = { F = "female" }\n'


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., tuple[dict[str, Any], dict[str, Any], str]]:
    """Imports a table by a map: (profile by pseudonym, the report, what was told)."""

    def run_it(table: str, map_: str) -> tuple[dict[str, Any], dict[str, Any], str]:
        (tmp_path / "t.csv").write_text(table, "utf-8")
        (tmp_path / "map.toml").write_text(map_, "utf-8")
        out = tmp_path / "out"
        out.mkdir()
        report = tmp_path / "report.json"
        done = run("import", str(tmp_path / "t.csv"), "--map", str(tmp_path / "map.toml"),
                   "-o", str(out), "--report", str(report))  # fmt: skip
        assert done.code == 0, done.err
        profiles = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in out.iterdir()}
        for path in out.iterdir():
            assert run("validate", str(path)).code == 0
        found = json.loads(report.read_text("utf-8"))
        assert sum(found["fates"].values()) == found["resources"]
        return profiles, found, done.err

    return run_it


def fates(report: dict[str, Any]) -> list[tuple[str, str, int]]:
    return sorted((row["fate"], row["reason"], row["count"]) for row in report["rows"])


def test_a_wide_table_becomes_profiles(imported: Callable[..., Any]) -> None:
    """A column is a fact, with its unit, its limit, its day and what its words mean."""
    table = (
        "id,Name,day,Born,Sex,ALT,ULN,ANA,Gravid\n"
        "P-1,Ottilie Gerstenkorn,2024-10-01,1990-03-14,F,<5,40,1:320,j\n"
        "P-1,Ottilie Gerstenkorn,2024-09,1990-03-14,F,22,,neg,n\n"
    )
    map_ = (
        f'{HEAD}ignore = ["Name"]\n'
        '[column.Born]\nfact = "person.birth_date"\n'
        f'{SEX}{ALT}upper = "ULN"\n'
        '[column.ANA]\nfact = "antibody.ana"\nwords = { neg = "negative" }\n'
        '[column.Gravid]\nfact = "pregnancy.pregnant"\nwords = { j = "yes", n = "no" }\n'
    )
    profiles, report, told = imported(table, map_)

    day, row = date(2024, 10, 1), "t.csv row"
    assert profiles == {
        "P-1": {
            "schema": 1,
            "patient": "P-1",
            "person": {
                "birth_date": {"value": date(1990, 3, 14), "source": f"{row} 2, Born"},
                "sex": {"value": "female", "source": f"{row} 2, Sex"},
            },
            "lab": {
                "alt": [
                    {"value": "<5 U/L", "upper": "40 U/L", "date": day, "source": f"{row} 2, ALT"},
                    {"value": "22 U/L", "date": "2024-09", "source": f"{row} 3, ALT"},
                ]
            },
            "antibody": {
                "ana": [
                    {"value": "1:320", "date": day, "source": f"{row} 2, ANA"},
                    {"value": "negative", "date": "2024-09", "source": f"{row} 3, ANA"},
                ]
            },
            "pregnancy": {"pregnant": {"value": True, "date": day, "source": f"{row} 2, Gravid"}},
        }
    }
    assert fates(report) == [
        ("not used", "it says that there is none, and an import writes nothing as absent", 1),
        ("not used", "the map leaves it out", 2),
        ("not used", "the same again", 2),
        ("used", "antibody.ana", 2),
        ("used", "lab.alt", 2),
        ("used", "person.birth_date", 1),
        ("used", "person.sex", 1),
        ("used", "pregnancy.pregnant", 1),
    ]
    assert "Gerstenkorn" not in told + json.dumps(report)


def test_a_long_table_becomes_profiles(imported: Callable[..., Any]) -> None:
    """A row is a result; the test is its whole name, in one specimen."""
    table = (
        "mrn;analyte;spec;result;unit;range;drawn\n"
        "88123;*WBC;blood;4,5;10^9/L;4-10;01.10.2024 08:30\n"
        "88123;*WBC;urine;12;/uL;;01.10.2024\n"
        "88123;crea;blood;0,9;;;1.10.2024\n"
        "88123;Ferritin;blood;30;ug/L;;01.10.2024\n"
    )
    map_ = (
        'read_by = "AB"\npatient = "mrn"\ndelimiter = ";"\ndecimal = ","\ndates = "DD.MM.YYYY"\n'
        'test_column = "analyte"\nvalue = "result"\nunit_column = "unit"\nrange = "range"\n'
        'date = "drawn"\nspecimen = "spec"\n'
        '[test."*WBC"]\nfact = "lab.white_cells"\nspecimen = "blood"\n'
        '[test.CREA]\nfact = "lab.creatinine"\nunit = "mg/dL"\n'
    )
    profiles, report, told = imported(table, map_)

    day = date(2024, 10, 1)
    assert profiles == {
        "P-0001": {
            "schema": 1,
            "patient": "P-0001",
            "lab": {
                "white_cells": {"value": "4.5 10^9/L", "upper": "10 10^9/L", "lower": "4 10^9/L",
                                "date": day, "source": "t.csv row 2"},
                "creatinine": {"value": "0.9 mg/dL", "date": day, "source": "t.csv row 4"},
            },
        }
    }  # fmt: skip
    assert fates(report) == [
        ("not used", "of another specimen", 1),
        ("not used", "the map does not name it", 1),
        ("used", "lab.creatinine", 1),
        ("used", "lab.white_cells", 1),
    ]
    assert "88123" not in told + str(profiles) + json.dumps(report)


CELLS = [  # value, unit, day -> fate, reason
    ("22", "U/L", "2024-10-01", "used", "lab.alt"),
    ("\uff1c20", "U/L", "2024-10-01", "used", "lab.alt"),
    ("≤ 20", "", "2024-10-01", "used", "lab.alt"),
    ("22 U/L", "", "2024-10-01", "used", "lab.alt"),
    ("22 U/L", "U/L", "2024-10-01T08:00:00Z", "used", "lab.alt"),
    ("", "U/L", "2024-10-01", "not used", "no value"),
    ("NA", "U/L", "2024-10-01", "not used", "no value"),
    ("22 ukat/L", "", "2024-10-01", "ambiguous", "units that differ are written with it"),
    ("22", "mmol/L", "2024-10-01", "ambiguous", "its unit does not fit"),
    ("1,000", "U/L", "2024-10-01", "ambiguous", "its value is no number"),
    ("0-5", "U/L", "2024-10-01", "ambiguous", "its value is no number"),
    ("SEE NOTE", "", "2024-10-01", "ambiguous", "its value is no number"),
    ("-3", "U/L", "2024-10-01", "ambiguous", "its value is no number"),
    ("22 H", "", "2024-10-01", "ambiguous", "units that differ are written with it"),
    ("22", "U/L", "", "ambiguous", "no date"),
    ("22", "U/L", "2999-01-01", "ambiguous", "dated in the future"),
    ("22", "U/L", "1980-01-01", "ambiguous", "dated before birth"),
    ("22", "U/L", "01.10.2024", "ambiguous", "its date is not written as the map says"),
    ("22", "U/L", "2024-02-30", "ambiguous", "its date is not written as the map says"),
]


@pytest.mark.parametrize(("value", "unit", "day", "fate", "reason"), CELLS)
def test_a_cell_has_its_fate(
    imported: Callable[..., Any], value: str, unit: str, day: str, fate: str, reason: str
) -> None:
    """What may mean two things is not written."""
    table = f'id,day,Born,ALT,Unit\nP-1,{day},1990-03-14,"{value}",{unit}\n'
    born = '[column.Born]\nfact = "person.birth_date"\n'
    profiles, report, _ = imported(
        table, f'{HEAD}missing = ["NA"]\n{born}{ALT}unit_column = "Unit"\n'
    )

    assert ("lab" in profiles["P-1"]) is (fate == "used")
    assert sorted(fates(report)) == sorted([("used", "person.birth_date", 1), (fate, reason, 1)])


@pytest.mark.parametrize(
    ("columns", "cells", "expected"),
    [
        ('lower = "lo"\nupper = "up"\n', "7,40,", {"lower": "7 U/L", "upper": "40 U/L"}),
        ('lower = "lo"\nupper = "up"\n', "40,7,", {}),
        ('range = "r"\n', ",,7-40", {"lower": "7 U/L", "upper": "40 U/L"}),
        ('range = "r"\n', ",,40-7", {}),
    ],
)
def test_a_range_whose_ends_are_reversed_says_nothing(
    imported: Callable[..., Any], columns: str, cells: str, expected: dict[str, str]
) -> None:
    """Neither of its ends is written; the result stays."""
    profiles, _, _ = imported(
        f"id,day,ALT,lo,up,r\nP-1,2024-10-01,22,{cells}\n", HEAD + ALT + columns
    )

    alt = profiles["P-1"]["lab"]["alt"]
    assert {key: alt[key] for key in ("lower", "upper") if key in alt} == expected
    assert alt["value"] == "22 U/L"


@pytest.mark.parametrize(
    ("unit", "range_", "upper", "fate"),
    [
        ("umol/L", "1-17", "", "used"),
        ("umol/L", "1-17 umol/L", "17 µmol/L", "used"),
        ("umol/L", "1-17 (adults)", "", "used"),
        ("umol/L", "0.2-1.2 mg/dL", "", "ambiguous"),
        ("umol/L", "0.2 to 1.2 (mg/dL)", "", "ambiguous"),
        ("umol/L", "0.2-1.2 mg/dL (adults)", "", "ambiguous"),
        ("umol/L", "M: 0.2-1.2 mg/dL", "", "ambiguous"),
        ("umol/L", "<1.2mg/dL", "", "ambiguous"),
        ("umol/L", "", "1.2 mg/dL", "ambiguous"),
        ("umol/L", "0.2-1.2 mgdl", "", "ambiguous"),
        ("umol/L", "3-20 umol/L (0.2-1.2 mg/dL)", "", "ambiguous"),
        ("g/L", "2-12 mg/L", "", "ambiguous"),
    ],
)
def test_limits_are_in_the_unit_of_their_value(
    imported: Callable[..., Any], unit: str, range_: str, upper: str, fate: str
) -> None:
    """Another unit beside them says that the map's is not that of the value."""
    map_ = (
        f'{HEAD}[column.Bili]\nfact = "lab.bilirubin"\nunit = "{unit}"\n'
        'range = "Range"\nupper = "ULN"\n'
    )
    table = f"id,day,Bili,Range,ULN\nP-1,2024-10-01,5,{range_},{upper}\n"
    _, report, _ = imported(table, map_)

    said = "lab.bilirubin" if fate == "used" else "units that differ are written with it"
    assert fates(report) == [(fate, said, 1)]


def test_rows_that_contradict_are_not_written(imported: Callable[..., Any]) -> None:
    """Of one person there is one birth date; a row of another width, of nobody, is listed."""
    table = (
        "id,day,Born,ALT\n"
        "P-1,2024-10-01,1990-03-14,22\n"
        "P-1,2024-10-02,1991-03-14,23,9\n"
        "P-1,2024-10-02,1991-03-14\n"
        ",2024-10-02,1991-03-14,23\n"
        "../x,2024-10-02,1991-03-14,23\n"
        "\n"
        "P-1,2024-10-03,1991-03-14,\n"
    )
    born = '[column.Born]\nfact = "person.birth_date"\n'
    profiles, report, _ = imported(table, f"{HEAD}{born}{ALT}")

    assert list(profiles["P-1"]) == ["schema", "patient", "lab"]
    assert fates(report) == [
        ("ambiguous", "it has fewer cells than the header", 1),
        ("ambiguous", "it has more cells than the header", 1),
        ("ambiguous", "its pseudonym is not of letters, digits, -, _ and . alone", 1),
        ("ambiguous", "its rows say different things", 2),
        ("ambiguous", "nothing says of whom it is", 1),
        ("not used", "an empty row", 1),
        ("not used", "no value", 1),
        ("used", "lab.alt", 1),
    ]


BAD = {
    "is the table empty?": b"",
    "two columns are named 'ALT'": b"id,day,ALT,ALT\n",
    "column 2 of the header has no name of its own": b"id,,ALT\n",
    "line 2 is not utf-8": b"id,day,ALT\nP-1,2024-10-01,\xff\n",
    "the file is UTF-16": "id,day,ALT\n".encode("utf-16"),
    "has a NUL character": b"id,day,ALT\nP-1,2024\0,1\n",
    "a quotation mark is not closed": b'id,day,ALT\nP-1,2024-10-01,"22\n',
    "there is no row of a patient": b"id,day,ALT\n",
    "has no column 'ALT'": b"id,day,AST\n",
    'Write delimiter = ";"': b"id;day;ALT\n",
    "this is a spreadsheet": b"PK\x03\x04",
    "has no column 'ALT', 'day'": b"id,,\n",
    "this is a PDF": b"%PDF-1.7\n",
    "is longer than any row": b"id,day,ALT\n" + b"x" * 1_000_001,
}


@pytest.mark.parametrize(("said", "content"), BAD.items(), ids=BAD)
def test_what_is_no_table_is_refused(tmp_path: Path, said: str, content: bytes) -> None:
    """One sentence, exit status 3, and nothing written."""
    (tmp_path / "t.csv").write_bytes(content)
    (tmp_path / "map.toml").write_text(f"{HEAD}{ALT}", "utf-8")
    out = tmp_path / "out"
    done = run("import", str(tmp_path / "t.csv"), "--map", str(tmp_path / "map.toml"),
               "-o", str(out))  # fmt: skip

    assert done.code == 3
    assert said.casefold() in done.err.casefold()
    assert done.err.count("\n") == 1
    assert not out.exists()


LONG = f'{HEAD}test_column = "t"\nvalue = "v"\n'
ALT_TEST = '[test.ALT]\nfact = "lab.alt"\n'
FAULTY_MAPS = {
    "read_by: write the initials": ALT,
    "there is no fact 'lab.altt'": HEAD + ALT.replace("lab.alt", "lab.altt"),
    "it maps nothing": HEAD,
    "does not stay as it is": 'read_by = "AB"\n' + ALT,
    "unit: ": HEAD + ALT.replace("U/L", "mg/dL"),
    "is no word of person.sex": HEAD + SEX.replace('"female"', '"woman"'),
    "there is no key 'colunm'": HEAD + ALT.replace("column", "colunm"),
    "name the column that tells patients apart":
        HEAD.replace("pseudonym", "value") + 'test_column = "t"\n' + ALT.replace("column", "test"),
    "encoding: 'utf-99' is not known": HEAD + 'encoding = "utf-99"\n' + ALT,
    "name the column that says what was measured": 'read_by = "AB"\n[test.A]\nfact = "lab.alt"\n',
    "name the column of the specimen": LONG + '[test.ALT]\nfact = "lab.alt"\nspecimen = "x"\n',
    "this test stands twice": LONG + ALT_TEST + ALT_TEST.replace("ALT", "alt"),
    "this is no table; write [column": HEAD + 'column = "B"\n',
    "this is no table; write fact": HEAD + '[column]\nALT = "lab.alt"\n',
    "there is no key 'units'": HEAD + ALT + 'units = "U/L"\n',
    'words: write { "neg"': HEAD + SEX.replace('{ F = "female" }', '"F"'),
    "words: lab.alt has none": HEAD + ALT + 'words = { a = "b" }\n',
    "stands twice": HEAD + SEX.replace("}", ', f = "male" }'),
    "decimal: ';' is none of": HEAD + 'decimal = ";"\n' + ALT,
    "save the table as UTF-8": HEAD + 'encoding = "utf-16"\n' + ALT,
    "sheet: 1 is no text": HEAD + "sheet = 1\n" + ALT,
    "write a list of texts": HEAD + 'missing = "NA"\n' + ALT,
    "person.sex has none": HEAD + SEX + 'unit = "g"\n',
    "line 1": "read_by\n",
    "larger than any map": "# " + "x" * 1_000_001,
    "is mapped, too": HEAD + 'ignore = ["ALT"]\n' + ALT,
}  # fmt: skip


@pytest.mark.parametrize(("said", "text"), FAULTY_MAPS.items(), ids=FAULTY_MAPS)
def test_a_faulty_map_is_refused(tmp_path: Path, said: str, text: str) -> None:
    """Before any table is read."""
    (tmp_path / "map.toml").write_text(text, "utf-8")
    done = run("import", "none.csv", "--map", str(tmp_path / "map.toml"))

    assert done.code == 3
    assert said in done.err


def test_a_draft_has_what_is_sure_and_is_not_taken(tmp_path: Path) -> None:
    """Whole names of facts; all else in comments, and the initials are a person's to write."""
    table, map_ = tmp_path / "t.csv", tmp_path / "map.toml"
    table.write_text("Pat;Creatinine (mg/dL);Cr;Visit;Sex;Date of birth\nP-1;1;2;;;\n", "utf-8")
    done = run("import", str(table), "--draft-map", str(map_))
    drafted = map_.read_text("utf-8")

    assert done.code == 0
    assert tomllib.loads(drafted) == {
        "read_by": "",
        "delimiter": ";",
        "column": {
            "Creatinine (mg/dL)": {"fact": "lab.creatinine", "unit": "mg/dL"},
            "Sex": {"fact": "person.sex"},
            "Date of birth": {"fact": "person.birth_date"},
        },
    }
    assert '# "Cr"\n' in drafted
    done = run("import", str(table), "--map", str(map_))
    assert done.code == 3
    assert "read_by: write the initials" in done.err


def test_a_table_needs_a_map(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    done = run("import", str(tmp_path / "t.csv"))

    assert done.code == 3
    assert "--draft-map" in done.err


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    """By its source, row and column, a result is known again."""
    (tmp_path / "t.csv").write_text("id,day,ALT\nP-1,2024-10-01,22\n")
    (tmp_path / "map.toml").write_text(f"{HEAD}{ALT}", "utf-8")
    profile = tmp_path / "p.toml"
    call = ["import", str(tmp_path / "t.csv"), "--map", str(tmp_path / "map.toml")]
    assert run(*call, "-o", str(profile)).code == 0
    before = profile.read_bytes()

    assert run(*call, "--into", str(profile)).code == 0
    assert profile.read_bytes() == before


MAP_OF_SHEET = (
    f'{HEAD}decimal = ","\n'
    '[column.Born]\nfact = "person.birth_date"\n'
    f'{ALT}[column.Crea]\nfact = "lab.creatinine"\nunit = "mg/dL"\n'
    '[column.Hb]\nfact = "lab.hemoglobin"\nunit = "g/dL"\n'
)


def sheet(path: Path, *rows: list[Any], merge: str = "") -> None:
    """Writes a spreadsheet; what begins with "=" is a formula that nobody has computed."""
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    book.save(path)


def test_a_sheet_becomes_profiles(tmp_path: Path) -> None:
    """Numbers and days as the sheet has them; what it does not say for certain is listed."""
    sheet(
        tmp_path / "t.xlsx",
        ["id", "day", "Born", "ALT", "Crea", "Hb"],
        ["P-1", datetime(2024, 10, 1, 8, 30), date(1990, 3, 14), 22, 0.9, "12,1"],
        ["P-1", "2024-10-02", None, 23.5, "=1/0", "12.5"],
        ["P-1", date(2024, 10, 3), None, "#DIV/0!", time(8, 30), True],
        ["P-1", 46000, None, 24, None, None],
        ["P-1", date(2024, 10, 4), None, 25, None, 13],
        ["P-1", "#N/A", None, 26, None, date(2024, 10, 4)],
        merge="D6:E6",
    )
    (tmp_path / "map.toml").write_text(MAP_OF_SHEET, "utf-8")
    report, profile = tmp_path / "r.json", tmp_path / "p.toml"
    done = run("import", str(tmp_path / "t.xlsx"), "--map", str(tmp_path / "map.toml"),
               "-o", str(profile), "--report", str(report))  # fmt: skip

    assert done.code == 0, done.err
    assert tomllib.loads(profile.read_text("utf-8"))["lab"] == {
        "alt": [
            {"value": "22 U/L", "date": date(2024, 10, 1), "source": "t.xlsx row 2, ALT"},
            {"value": "23.5 U/L", "date": date(2024, 10, 2), "source": "t.xlsx row 3, ALT"},
        ],
        "creatinine": {
            "value": "0.9 mg/dL", "date": date(2024, 10, 1), "source": "t.xlsx row 2, Crea"
        },
        "hemoglobin": [
            {"value": "12.1 g/dL", "date": date(2024, 10, 1), "source": "t.xlsx row 2, Hb"},
            {"value": "13 g/dL", "date": date(2024, 10, 4), "source": "t.xlsx row 6, Hb"},
        ],
    }  # fmt: skip
    listed = [row for row in json.loads(report.read_text())["rows"] if row["fate"] == "ambiguous"]
    assert sorted(
        (place, row["name"], row["reason"]) for row in listed for place in row["sources"]
    ) == [
        ("t.xlsx row 3", "Crea", "a formula that was not computed; open the sheet, and save it"),
        ("t.xlsx row 3", "Hb", "its value is no number"),
        ("t.xlsx row 4", "ALT", "an error of the sheet (#DIV/0!)"),
        ("t.xlsx row 4", "Crea", "a time without a day"),
        ("t.xlsx row 4", "Hb", "its value is no number"),
        ("t.xlsx row 5", "ALT", "its date is not written as the map says"),
        ("t.xlsx row 6", "ALT", "merged cells"),
        ("t.xlsx row 6", "Crea", "merged cells"),
        ("t.xlsx row 7", "ALT", "its date: an error of the sheet (#N/A)"),
        ("t.xlsx row 7", "Hb", "its value is a day"),
    ]


def test_a_day_that_no_profile_has_is_ambiguous(tmp_path: Path) -> None:
    """A sheet counts days from 1900; of -3650 it is told where it stands, and all else is read."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "People"
    labs, drugs = book.create_sheet("Labs"), book.create_sheet("Drugs")
    for row in (["id", "Born"], ["X-1", date(1990, 3, 14)], ["X-2", -3650], ["X-3", -1]):
        book.active.append(row)
    for row in (["id", "day", "ALT"], ["X-2", -3650, 22], ["X-2", date(2024, 10, 1), 23]):
        labs.append(row)
    for row in (["id", "Drug", "From"], ["X-2", "rituximab", -3650]):
        drugs.append(row)
    for cell in (book.active["B3"], book.active["B4"], labs["B2"], drugs["C2"]):
        cell.number_format = "yyyy-mm-dd"
    book.save(tmp_path / "t.xlsx")
    (tmp_path / "map.toml").write_text(
        'read_by = "AB"\npseudonym = "id"\n'
        '[sheet.People.column.Born]\nfact = "person.birth_date"\n'
        '[sheet.Labs]\ndate = "day"\n[sheet.Labs.column.ALT]\nfact = "lab.alt"\nunit = "U/L"\n'
        '[[sheet.Drugs.treatment]]\ndrug = "Drug"\nstart = "From"\n',
        "utf-8",
    )
    report = tmp_path / "r.json"
    call = ["import", str(tmp_path / "t.xlsx"), "--map", str(tmp_path / "map.toml")]
    done = run(*call, "-o", str(tmp_path / "out"), "--report", str(report))

    assert done.code == 0, done.err
    assert "1890" not in done.err + report.read_text("utf-8")
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == ["X-1", "X-2", "X-3"]
    profile = tomllib.loads((tmp_path / "out" / "X-2.toml").read_text("utf-8"))
    assert [*profile] == ["schema", "patient", "lab"]
    assert profile["lab"]["alt"]["value"] == "23 U/L"
    listed = [row for row in json.loads(report.read_text())["rows"] if row["fate"] == "ambiguous"]
    assert sorted((place, row["name"]) for row in listed for place in row["sources"]) == [
        ("t.xlsx Drugs row 2, Drug", "treatment.start"),
        ("t.xlsx Labs row 2", "ALT"),
        ("t.xlsx People row 3", "Born"),
        ("t.xlsx People row 4", "Born"),
    ]
    assert run("check", *call[1:], "--summary").code in (0, 1)


PERCENT_MAP = (
    f'{HEAD}[column.EF]\nfact = "heart.lvef"\nunit = "%"\n'
    '[column.Neut]\nfact = "lab.neutrophils_percent"\nunit = "%"\n'
    '[column.INR]\nfact = "lab.inr"\n'
)


def test_a_cell_in_per_cent_is_read_as_it_is_shown(tmp_path: Path) -> None:
    """The sheet has 0.65 of what shows 65 %. A sign in quotation marks is only shown; where per
    cent is not the unit, or where the format has it for some numbers only, the cell is ambiguous.
    """
    from openpyxl import Workbook

    book = Workbook()
    rows = [  # EF, how it is shown; Neut, how it is shown
        (0.65, "0%", 0.6, "0.0%"),
        (58, "General", 57.5, '0.0"%"'),
        (0.605, '0.0%;[Red]"-"0.0%', 0.07, "0.00 %"),
        (0.5, "0%;0", 61, "0\\%"),
    ]
    book.active.append(["id", "day", "EF", "Neut", "INR"])
    for at, (ef, ef_shown, neut, neut_shown) in enumerate(rows, start=2):
        book.active.append(["P-1", date(2024, 10, at), ef, neut, 1.1])
        book.active.cell(at, 3).number_format = ef_shown
        book.active.cell(at, 4).number_format = neut_shown
    book.active.cell(2, 5).number_format = "0%"
    book.save(tmp_path / "t.xlsx")
    (tmp_path / "map.toml").write_text(PERCENT_MAP, "utf-8")
    report, profile = tmp_path / "r.json", tmp_path / "p.toml"
    done = run("import", str(tmp_path / "t.xlsx"), "--map", str(tmp_path / "map.toml"),
               "-o", str(profile), "--report", str(report))  # fmt: skip

    assert done.code == 0, done.err
    data = tomllib.loads(profile.read_text("utf-8"))
    values = [one["value"] for one in data["heart"]["lvef"]]
    assert values == ["65 %", "58 %", "60.5 %"]
    values = [one["value"] for one in data["lab"]["neutrophils_percent"]]
    assert values == ["60 %", "57.5 %", "7 %", "61 %"]
    listed = [row for row in json.loads(report.read_text())["rows"] if row["fate"] == "ambiguous"]
    assert sorted((row["name"], row["reason"]) for row in listed) == [
        ("EF", "a number that the sheet shows in per cent in one of several ways"),
        ("INR", "the sheet shows it in per cent, which is not its unit"),
    ]


def test_a_sheet_of_several_is_named(tmp_path: Path) -> None:
    """Which of them is read, nobody guesses; a file that is no spreadsheet is refused."""
    from openpyxl import Workbook

    book = Workbook()
    book.create_sheet("Labs").append(["id", "day", "ALT"])
    book["Labs"].append(["P-1", date(2024, 10, 1), 22])
    book.save(tmp_path / "t.xlsx")
    map_ = tmp_path / "map.toml"
    call = ["import", str(tmp_path / "t.xlsx"), "--map", str(map_)]

    for sheet_, code, said in (("", 3, "it has the sheets 'Sheet', 'Labs'"),
                               ('sheet = "Lab"\n', 3, "there is no sheet 'Lab'"),
                               ('sheet = "Labs"\n', 0, "")):  # fmt: skip
        map_.write_text(f"{HEAD}{sheet_}{ALT}", "utf-8")
        done = run(*call)
        assert (done.code, said in done.err) == (code, True), done.err
    for content in (b"PK\x03\x04", b"id,day,ALT\n", b"\xd0\xcf\x11\xe0", b""):
        (tmp_path / "t.xlsx").write_bytes(content)
        done = run(*call)
        assert (done.code, done.err.count("\n")) == (3, 1), done.err


def called(folder: Path, table: str, map_: str, *options: str) -> Any:
    """Imports a table by a map."""
    (folder / "t.csv").write_text(table, "utf-8")
    (folder / "map.toml").write_text(map_, "utf-8")
    return run("import", str(folder / "t.csv"), "--map", str(folder / "map.toml"), *options)


def test_a_patient_has_one_pseudonym(tmp_path: Path) -> None:
    """And a pseudonym one patient; else nobody knows whose a file is."""
    map_ = HEAD.replace("pseudonym", 'patient = "mrn"\npseudonym') + ALT
    head = "mrn,id,day,ALT\n"
    two = called(tmp_path, f"{head}1,A,2024-10-01,22\n1,B,2024-10-01,22\n", map_)
    shared = called(tmp_path, f"{head}1,A,2024-10-01,22\n2,a,2024-10-01,22\n", map_)

    assert (two.code, shared.code) == (3, 3)
    assert "the patient of t.csv row 2 has two pseudonyms" in two.err
    assert "t.csv row 2 and t.csv row 3 have one pseudonym" in shared.err


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    """More rows than one patient can have, and more columns than a table."""
    rows = "P-1,2024-10-01,\n" * 100_001
    many = called(tmp_path, f"id,day,ALT\n{rows}", f"{HEAD}{ALT}")
    wide = called(tmp_path, ",".join(map(str, range(5_001))), f"{HEAD}{ALT}")

    assert "100001 rows are of one patient" in many.err
    assert "more than 5000 columns" in wide.err


def test_options_that_are_not_of_tables(tmp_path: Path) -> None:
    """A table closes no list, and a map is drafted from one table."""
    (tmp_path / "map.toml").write_text(f"{HEAD}{ALT}")
    closed = ["--map", str(tmp_path / "map.toml"), "--closed", "problem-list=2024-10-01"]

    assert run("import", "t.csv", *closed).code == 2
    assert run("import", "t.csv", "u.csv", "--draft-map", "m.toml").code == 2
    assert (
        "save the spreadsheet as .xlsx"
        in run("import", "t.xls", "--map", str(tmp_path / "map.toml")).err
    )


def test_what_has_a_day_counts_once(imported: Callable[..., Any]) -> None:
    """A diagnosis that stays needs no day; said again with its day, that is the one."""
    table = "id,day,SLE,Died\nP-1,,j,\nP-1,2020-10-01,j,2999-01-01\nP-1,,x,NA\n"
    map_ = (
        f'{HEAD}[column.SLE]\nfact = "diagnosis.sle"\nwords = {{ j = "yes" }}\n'
        '[column.Died]\nfact = "person.died"\n'
    )
    _, report, _ = imported(table, f'missing = ["NA"]\n{map_}')

    assert fates(report) == [
        ("ambiguous", "dated in the future", 1),
        ("ambiguous", "its word is none that we know", 1),
        ("not used", "no value", 2),
        ("not used", "said with its day elsewhere", 1),
        ("used", "diagnosis.sle", 1),
    ]


def test_old_results_are_left_out(tmp_path: Path) -> None:
    done = called(tmp_path, "id,day,ALT,X\nP-1,2004-10-01,22,y\n", f"{HEAD}{ALT}",
                  "--since", "2010-01-01")  # fmt: skip

    assert "before --since" in done.err
    assert "the map does not name it" in done.err


def test_a_sheet_that_is_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without openpyxl, or too large when unpacked, or laid out with merged cells."""
    import sys

    from cartscreen.cli import sheets

    (tmp_path / "map.toml").write_text(f"{HEAD}{ALT}", "utf-8")
    call = ["import", str(tmp_path / "t.xlsx"), "--map", str(tmp_path / "map.toml")]
    sheet(tmp_path / "t.xlsx", ["id", "day", "ALT"], ["P-1", date(2024, 10, 1), "x"], merge="A5:B5")
    drafted = run("import", call[1], "--draft-map", str(tmp_path / "d.toml"))
    assert drafted.code == 0
    for name, value, said in (("_MOST_MERGED", 0, "too many merged cells"),
                              ("_MOST_BYTES", 10, "too large when unpacked")):  # fmt: skip
        with monkeypatch.context() as patched:
            patched.setattr(sheets, name, value)
            assert said in run(*call).err
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "cartscreen[xlsx]" in run(*call).err


def test_of_very_many_names_the_first_are_told(tmp_path: Path) -> None:
    """A column that the map takes for tests, and that has an id in each row, fills no memory."""
    rows = "".join(f"P-1,2024-10-01,id{number},1\n" for number in range(1_002))
    done = called(tmp_path, f"id,day,t,v\n{rows}", f"{LONG}{ALT_TEST}",
                  "--report", str(tmp_path / "r.json"), "-o", str(tmp_path / "p.toml"))  # fmt: skip
    listed = json.loads((tmp_path / "r.json").read_text("utf-8"))["rows"]

    assert done.code == 0
    assert len(listed) == 1_001
    assert [row["count"] for row in listed if not row["name"]] == [2]


def test_the_word_that_says_that_there_was_none_is_not_written(
    imported: Callable[..., Any],
) -> None:
    """Of an event "none" is an absence, as no is."""
    table = "id,day,Ventilation\nP-1,2024-10-01,-\n"
    map_ = f'{HEAD}[column.Ventilation]\nfact = "lung.ventilation"\nwords = {{ - = "none" }}\n'
    profiles, report, _ = imported(table, map_)

    assert list(profiles["P-1"]) == ["schema", "patient"]
    assert [fate for fate, _, _ in fates(report)] == ["not used"]
