"""An OMOP CDM: each trap has its fate, and CSV, Parquet and DuckDB say the same."""

import csv
import gc
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import duckdb
import pytest
from importing.omop_traps import (
    CONCEPTS,
    INGREDIENTS,
    TRAPS,
    Trap,
    creatinine,
    diagnosis,
    drug,
    observed,
    procedure,
)
from importing.test_traps import TODAY, false_in
from program import flat, run

from cartscreen.cli import omop
from cartscreen.cli.files import is_charts
from cartscreen.cli.omop import Omop
from cartscreen.codes import SYSTEMS
from cartscreen.errors import InputError
from cartscreen.importing.draft import Draft
from cartscreen.importing.elements import code_of, codes_in
from cartscreen.importing.omop import CONCEPT, CONCEPT_ANCESTOR, TABLES, Cdm, Concept
from cartscreen.importing.patient import How, PatientReader, settled_alone
from cartscreen.importing.tally import KINDS, Tally
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile

WOMAN = {"gender_concept_id": "8532", "year_of_birth": "1990", "month_of_birth": "5",
         "day_of_birth": "1"}  # fmt: skip
FILES = {table: f"{table}.csv" for table in TABLES}
CDM = Cdm(FILES, CONCEPTS, {drug: tuple(CONCEPTS[each] for each in parts)
                            for drug, parts in INGREDIENTS.items()})  # fmt: skip


def draft_of(
    *rows: tuple[str, dict[str, str]], person: dict[str, str] = WOMAN
) -> tuple[Draft, Tally]:
    """The draft of a person with these rows of tables, and what became of them."""
    pack, tally = bundled_pack(), Tally("rows")
    left = [CDM.person(person, [], TODAY)]
    for table, row in rows:
        resource = CDM.resource(table, row)
        if fate := settled_alone(resource, pack.codes):
            tally.add(table, fate)
        else:
            left.append(resource)
    return PatientReader(pack, How(TODAY), tally).read(left, lambda _: None), tally


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_has_its_fate(trap: Trap) -> None:
    """Its fate, the reason, and what is written of it: nothing, unless it is used."""
    draft, tally = draft_of((trap.table, {**trap.row, TABLES[trap.table].id: "7"}))
    ((table, fate),) = [key for key in tally.rows if key[1].reason != "person"]
    written = {
        **{fact: results[0] for fact, results in draft.facts.items()},
        **{name: entries[0] for name, entries in draft.records.items()},
    }
    source = f"{trap.table}/7 ({trap.table}.csv)"

    assert (table, fate.kind, trap.reason in fate.reason) == (trap.table, trap.fate, True), fate
    assert written == {
        name: {**result, "source": source} for name, result in (trap.written or {}).items()
    }


def test_codes_of_a_concept_are_those_of_its_vocabulary() -> None:
    """Of those that codes.toml may name; of any other a code is told with its vocabulary."""
    read = ("loinc", "rxnorm", "atc", *SYSTEMS)
    vocabularies = ("LOINC", "RxNorm", "ATC", "ICD10CM", "ICD10", "SNOMED")
    coded = {
        vocabulary: Cdm({}, {"7": Concept("a", "", vocabulary, "", "X1")}).resource(
            "condition_occurrence", {"condition_concept_id": "7"})["code"]
        for vocabulary in (*vocabularies, "ICD10GM")
    }  # fmt: skip

    for vocabulary, system in zip(vocabularies, read, strict=True):
        assert [codes_in(coded[vocabulary], each) for each in read] == [
            ["X1"] if each == system else [] for each in read
        ]
    assert code_of(coded["ICD10GM"]) == "ICD10GM X1"


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (WOMAN, {"birth_date": "1990-05-01", "sex": "female"}),
        ({**WOMAN, "gender_concept_id": "8507"}, {"birth_date": "1990-05-01", "sex": "male"}),
        ({**WOMAN, "gender_concept_id": "8551"}, {"birth_date": "1990-05-01"}),
        ({"year_of_birth": "1990"}, {"birth_date": "1990"}),
        ({"year_of_birth": "1990", "month_of_birth": "12.0"}, {"birth_date": "1990-12"}),
        ({"year_of_birth": "1990", "day_of_birth": "3"}, {"birth_date": "1990"}),
        ({"year_of_birth": "1990", "month_of_birth": "0"}, {"birth_date": "1990"}),
        ({"year_of_birth": "1990", "month_of_birth": "13"}, {}),
        ({"year_of_birth": "9" * 5_000}, {}),
        ({}, {}),
    ],
)  # fmt: skip
def test_a_person_is_born(person: dict[str, str], expected: dict[str, str]) -> None:
    """What is not known of the day or the month is left open; a gender of none says no sex."""
    draft, _ = draft_of(person=person)

    assert {
        fact.removeprefix("person."): result["value"] for fact, result in draft.person.items()
    } == expected


def test_a_birth_date_that_is_none_is_told() -> None:
    """A month 13 is ambiguous; a person without any date of birth is not."""
    _, told = draft_of(person={"year_of_birth": "1990", "month_of_birth": "13"})
    _, untold = draft_of(person={})

    assert [fate.name for _, fate in told.parts if fate.kind == "ambiguous"] == [
        "person.birth_date"
    ]
    assert not untold.parts


JUNK = ("x\n\u202e", "1e999", "-1", "9" * 500, "\u0663", "NaN", "2026-99-99", "<", "1:0")


def test_no_cell_is_trusted() -> None:
    """Each cell, one after another, holds something else: one fate, and a profile that loads."""
    seen: set[tuple[str, str]] = set()
    for trap in TRAPS:
        for column in trap.row:
            if (trap.table, column) in seen:
                continue
            seen.add((trap.table, column))
            for junk in JUNK[len(seen) % 3 :: 3]:
                draft, tally = draft_of((trap.table, {**trap.row, column: junk}))

                assert tally.resources == 2, (trap.name, column, junk)
                parse_profile(draft.toml("P").encode(), bundled_pack().vocabulary, "P")


NOT_WHEN = {"value": "2026-11-27", "note": "has died by this day; the source does not say when"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], None),
        (["2020-02-03"], {"value": "2020-02-03"}),
        (["2026-12-31"], NOT_WHEN),  # the last day of a year of which no more is known
        ([""], NOT_WHEN),
        (["1989-01-01"], NOT_WHEN),  # before birth
        (["2020-02-03", "2020-02-04"], NOT_WHEN),
    ],
)  # fmt: skip
def test_a_person_may_have_died(days: list[str], expected: dict[str, str] | None) -> None:
    """A row of DEATH says so, whatever its day is worth."""
    resource = CDM.person(WOMAN, [{"death_date": day} for day in days], TODAY)
    draft = PatientReader(bundled_pack(), How(TODAY), Tally()).read([resource], lambda _: None)

    assert draft.person.get("person.died") == expected


# files

Rows = Mapping[str, list[dict[str, str]]]


def numbered(table: str, rows: list[dict[str, str]], person: str = "1") -> list[dict[str, str]]:
    """The rows of a person under ids."""
    return [
        {"person_id": person, TABLES[table].id: str(number), **row}
        for number, row in enumerate(rows, start=1)
    ]


VOCABULARY: Rows = {
    "concept": [
        {"concept_id": id_, "concept_name": each.name, "domain_id": each.domain,
         "vocabulary_id": each.vocabulary, "concept_class_id": each.kind,
         "concept_code": each.code}
        for id_, each in CONCEPTS.items()
    ],
    "concept_ancestor": [
        {"descendant_concept_id": drug, "ancestor_concept_id": part}
        for drug, parts in INGREDIENTS.items() for part in (*parts, drug)
    ],
}  # fmt: skip
TRAPPED: Rows = {
    "person": [{"person_id": "1", **WOMAN}],
    "death": [],
    **{
        table: numbered(table, [trap.row for trap in TRAPS if trap.table == table])
        for table in TABLES
        if table not in ("person", "death")
    },
    **VOCABULARY,
}
"""Every trap is a row of one woman."""
MAN = {"person_id": "2", "gender_concept_id": "8507", "year_of_birth": "1980"}
TWO: Rows = {
    "person": [{"person_id": "12", **WOMAN}, MAN],
    "death": [{"person_id": "2", "death_date": "2026-01-02"}],
    "measurement": numbered("measurement", [
        creatinine(), creatinine(measurement_concept_id="104"),
        creatinine(measurement_date="2026-10-02", value_as_number="0.30000000000000004")], "12"),
    "observation": numbered("observation", [observed("410", value_as_concept_id="404")], "2"),
    "condition_occurrence": numbered("condition_occurrence", [diagnosis()], "12"),
    "drug_exposure": numbered("drug_exposure", [drug("502"), drug("505")], "12"),
    "procedure_occurrence": numbered("procedure_occurrence", [procedure("701")], "99"),
    **VOCABULARY,
}  # fmt: skip
"""A woman and a man who has died; a procedure is of nobody who is in PERSON."""


def columns_of(name: str) -> list[str]:
    table = {**TABLES, "concept": CONCEPT, "concept_ancestor": CONCEPT_ANCESTOR}[name]
    ids = ("person_id",) if name in TABLES else ()
    return [*dict.fromkeys((*ids, table.id, *table.columns, *table.newer))]


def csv_folder(folder: Path, tables: Rows, **dialect: Any) -> str:
    """A folder of CSV, a file for each table."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, columns_of(name), **dialect)
            writer.writeheader()
            writer.writerows(rows)
    return str(folder)


def typed(name: str, folder: str) -> str:
    """SQL for a table of a folder of CSV, with the types that the CDM demands."""
    types = {"_date": "DATE", "_number": "DOUBLE", "_low": "DOUBLE", "_high": "DOUBLE",
             "_of_birth": "INTEGER", "domain_id": "VARCHAR", "vocabulary_id": "VARCHAR",
             "class_id": "VARCHAR", "_id": "BIGINT", "": "VARCHAR"}  # fmt: skip
    cells = ", ".join(
        f"CAST(nullif({column}, '') AS {next(types[end] for end in types if column.endswith(end))})"
        f" AS {column.upper()}"
        for column in columns_of(name)
    )
    file = f"{folder}/{name}.csv"
    return f"SELECT {cells} FROM read_csv('{file}', all_varchar = true, header = true, delim = ',')"


def parquet_folder(folder: Path, tables: Rows) -> str:
    """A folder of Parquet, whose names are in capitals."""
    source = csv_folder(folder.with_name("source"), tables)
    folder.mkdir()
    with duckdb.connect() as database:
        for name in tables:
            file = folder / f"{name.upper()}.PARQUET"
            database.execute(f"COPY ({typed(name, source)}) TO '{file}' (FORMAT parquet)")
    return str(folder)


def database_file(file: Path, tables: Rows) -> str:
    """A database with the vocabulary in a schema of its own, as many sites have it."""
    source = csv_folder(file.with_name("source"), tables)
    with duckdb.connect(str(file)) as database:
        database.execute("CREATE SCHEMA clinical; CREATE SCHEMA terms")
        for name in tables:
            schema = "clinical" if name in TABLES else "terms"
            database.execute(f"CREATE TABLE {schema}.{name.upper()} AS {typed(name, source)}")
    return str(file)


def read(*sources: str) -> tuple[list[Draft], Tally]:
    """The drafts of the persons of a CDM, and what became of all rows."""
    pack, tally = bundled_pack(), Tally("rows")
    with Omop(sources, pack.codes, tally) as cdm:
        return list(cdm.drafts(PatientReader(pack, How(TODAY), tally))), tally


def told(tally: Tally) -> dict[str, list[str]]:
    """Table -> what became of its rows."""
    found: dict[str, list[str]] = {}
    for (table, fate), row in tally.rows.items():
        said = f"{row.count} {fate.kind}: {fate.reason} {fate.name}".strip()
        found.setdefault(table, []).append(said)
    return {table: sorted(said) for table, said in found.items()}


def test_csv_parquet_and_duckdb_say_the_same(tmp_path: Path) -> None:
    """Persons in the order of their numbers, every digit, each row counted once."""
    folders = [csv_folder(tmp_path / "csv", TWO), parquet_folder(tmp_path / "parquet", TWO),
               database_file(tmp_path / "cdm.duckdb", TWO)]  # fmt: skip
    texts = []
    for folder, ending in zip(folders, (r"\w+\.csv", r"\w+\.PARQUET", "cdm.duckdb"), strict=True):
        (man, woman), tally = read(folder)
        text = man.toml("P-0001") + woman.toml("P-0002")
        texts.append(re.sub(rf"\({ending}\)", "(file)", text))

        assert told(tally) == {
            "person": ["2 used: person"],
            "death": ["1 used: person"],
            "measurement": ["1 not used: no code of ours", "2 used: lab.creatinine"],
            "observation": [
                "1 not used: no fact or list of ours History of event: "
                "Essential (primary) hypertension"
            ],
            "condition_occurrence": ["1 used: diagnosis.sle"],
            "drug_exposure": ["1 not used: no fact or list of ours Lisinoprilum forte",
                              "1 used: treatment"],
            "procedure_occurrence": ["1 not used: its person is not in PERSON"],
        }  # fmt: skip
    assert texts[0] == texts[1] == texts[2]
    assert tomllib.loads(texts[0].partition("schema = 1")[2].partition("schema = 1")[0]) == {
        "patient": "P-0001",
        "person": {"birth_date": "1980", "sex": "male", "died": date(2026, 1, 2)},
    }
    assert '"0.30000000000000004 mg/dL"' in texts[0]
    assert texts[0].count("(file)") == 4


def test_all_traps_in_one_chart(tmp_path: Path) -> None:
    """The counts are those of the traps; the profile can be read, and says nothing absent."""
    (draft,), tally = read(csv_folder(tmp_path / "cdm", TRAPPED))
    text = draft.toml("P-0001")
    profile = parse_profile(text.encode(), bundled_pack().vocabulary, "P-0001")

    assert tally.resources == len(TRAPS) + 1
    assert {kind: tally.of(kind) for kind in KINDS} == {
        **Counter(trap.fate for trap in TRAPS),
        "used": sum(trap.fate == "used" for trap in TRAPS) + 1,
    }
    assert profile.reviewed == {}
    assert list(false_in(tomllib.loads(text))) == []


def test_tables_are_written_in_many_ways(tmp_path: Path) -> None:
    """Vocabularies with tabs and quotation marks in names; NA, NULL and 12.0; row names of R."""
    folder = tmp_path / "[cdm] *"
    folder.mkdir()
    csv_folder(folder, {"concept_ancestor": VOCABULARY["concept_ancestor"]}, delimiter="\t")
    names = columns_of("concept")
    rows = [[row[name] for name in names] for row in VOCABULARY["concept"]]
    rows.append(["900", '"Quoted" and not closed "', "Drug", "RxNorm", "Ingredient", "1"])
    lines = ["\t".join(row) for row in [names, *rows]]
    (folder / "CONCEPT.csv").write_text("\n".join(lines), "utf-8")
    (folder / "Person.CSV").write_text(
        "\ufeff,PERSON_ID,Gender_Concept_Id,year_of_birth,month_of_birth,day_of_birth\r\n"
        '"1","12.0",8532.0,1990,5.0,NA\r\n', "utf-8"
    )  # fmt: skip
    header = columns_of("measurement")
    cells = {**creatinine(), "measurement_id": "1", "person_id": "12",
             "operator_concept_id": "NULL", "value_source_value": "\\N", "range_low": "nan",
             "measurement_concept_id": "101.0", "measurement_source_concept_id": "0"}  # fmt: skip
    row = ";".join(cells.get(name, "") for name in header)
    (folder / "measurement.csv").write_text(f"{';'.join(header)}\n{row}\n", "utf-8")
    (draft,), tally = read(str(folder))

    assert draft.person["person.birth_date"] == {"value": "1990-05"}
    assert [result["value"] for result in draft.facts["lab.creatinine"]] == ["1.1 mg/dL"]
    assert tally.of("used") == 2


def without(tables: Rows, *names: str) -> Rows:
    return {name: rows for name, rows in tables.items() if name not in names}


def test_a_vocabulary_may_stand_elsewhere(tmp_path: Path) -> None:
    """In a second folder, or in a database beside the tables."""
    tables = csv_folder(tmp_path / "cdm", without(TWO, *VOCABULARY))
    folder = csv_folder(tmp_path / "vocabulary", VOCABULARY)
    database = database_file(tmp_path / "vocabulary.duckdb", VOCABULARY)

    assert read(tables, folder)[0][1].facts.keys() == {"lab.creatinine", "diagnosis.sle"}
    assert read(tables, database)[0][1].facts.keys() == {"lab.creatinine", "diagnosis.sle"}


def test_a_release_before_the_last_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it lacks is said, and so is what a table that is not there would hold."""
    folder = tmp_path / "cdm"
    csv_folder(folder, without(TWO, "death", "procedure_occurrence", "concept_ancestor"))
    names = [name for name in columns_of("procedure_occurrence") if name != "procedure_end_date"]
    (folder / "procedure_occurrence.csv").write_text(",".join(names) + "\n", "utf-8")
    (_, woman), _ = read(str(folder))
    notes = flat(capsys.readouterr().err)

    assert "has no column procedure_end_date, as in release 5.3 of the CDM" in notes
    assert "there is no table death" in notes
    assert "no table CONCEPT_ANCESTOR says which ingredients the drugs have" in notes
    assert woman.records == {}  # "Xylo" is no name of ours: only CONCEPT_ANCESTOR says what it is


def test_a_cdm_may_be_small(tmp_path: Path) -> None:
    """PERSON and CONCEPT, and what there is; other files and tables are passed over."""
    sodium = creatinine(measurement_concept_id="104")
    few = {
        "person": [MAN],
        "measurement": numbered("measurement", [sodium], "2"),
        "concept": VOCABULARY["concept"],
    }
    folder = Path(csv_folder(tmp_path / "cdm", few))
    (folder / "visit_occurrence.csv").write_text("visit_occurrence_id", "utf-8")
    database = database_file(tmp_path / "cdm.duckdb", few)
    with duckdb.connect(database) as opened:
        opened.execute("CREATE TABLE clinical.visit_occurrence AS SELECT 1 AS visit_occurrence_id")

    for source in (str(folder), database):
        assert told(read(source)[1]) == {
            "person": ["1 used: person"],
            "measurement": ["1 not used: no code of ours"],
        }


def test_concepts_that_are_not_in_concept_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has them is listed by the number."""
    rows = [row for row in VOCABULARY["concept"] if row["concept_name"] != "Lisinoprilum forte"]
    _, tally = read(csv_folder(tmp_path / "cdm", {**TWO, "concept": rows}))

    assert "1 of 9 concepts that the other tables name are not in CONCEPT" in (
        flat(capsys.readouterr().err)
    )
    assert tally.unmapped()["drug_exposure"] == {("505", "OMOP concept 505"): 1}


# what is refused


def written(text: str | bytes, name: str = "measurement.csv") -> Callable[[Path], object]:
    content = text.encode() if isinstance(text, str) else text
    return lambda folder: (folder / name).write_bytes(content)


def in_parquet(sql: str, name: str) -> Callable[[Path], object]:
    return lambda folder: duckdb.connect().execute(f"COPY ({sql}) TO '{folder / name}'")


def removed(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


HEADER = ",".join(columns_of("measurement"))
UMLAUT = ",".join(creatinine(unit_source_value="\xfc").get(each, "") for each in HEADER.split(","))
ROW = "7,1" + "," * (len(columns_of("measurement")) - 2)
TERMS = ",".join(columns_of("concept"))
PEOPLE = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (removed("person.csv"), "there is no table PERSON of an OMOP CDM here"),
        (removed("concept.csv"), "download the vocabularies from athena.ohdsi.org, and put "
                                 "CONCEPT.csv beside the other tables."),
        (written(f"{TERMS}\n", "concept.csv"), "CONCEPT has none of the concepts"),
        (written(f"{TERMS}\n101,a,,,,\n101,b,,,,\n", "concept.csv"), "two things of concept 101."),
        (written("measurement_id,person_id\n"), "measurement has no column measurement_concept_id, "
         "measurement_source_concept_id, measurement_source_value, measurement_date, "
         "measurement_type_concept_id; cartscreen reads releases 5.4 and 5.3"),
        (written(f"{PEOPLE},death_datetime\n", "person.csv"), "this is an OMOP CDM 6"),
        (written(f"{PEOPLE}\n", "person.csv"), "PERSON has no row"),
        (written(f"{PEOPLE}\n1,8507,1990,,\n1,8532,1990,,\n", "person.csv"), "one for two of them"),
        (written(f"{PEOPLE}\n,8507,1990,,\n", "person.csv"), "have no person_id"),
        (written(f"{HEADER}\n{ROW}\n{ROW},Gerstenkorn\n"),
         "measurement.csv: line 3: it has not as many cells as the header."),
        (written(f'{HEADER}\n"Gerstenkorn{ROW}\n'), "measurement.csv: line 2: a quotation mark is "
                                                     "not closed."),
        (written(f"{HEADER}\n{UMLAUT}\n".encode("latin-1")), "line 2: it is not UTF-8"),
        (written(b"\xff\xfem"), "measurement.csv: the first line is not UTF-8."),
        (written("a,A\n"), "two columns of the header have one name"),
        (written(""), "measurement has no column person_id"),
        (in_parquet("SELECT 1 AS person_id, now() AS measurement_date", "death.parquet"),
         "'measurement_date' has a time zone, so that its day is not sure; write it as DATE."),
        (in_parquet("SELECT 1 AS person_id", "measurement.parquet"),
         "measurement.csv has, too, the table measurement; name one CDM alone."),
        (written("PAR1", "death.parquet"), "cannot be read; is it cut off?"),
    ],
)  # fmt: skip
def test_what_is_no_cdm_is_refused(
    tmp_path: Path, change: Callable[[Path], object], said: str
) -> None:
    """With the file, what is wrong with it, and no word of a patient."""
    folder = Path(csv_folder(tmp_path / "cdm", without(TWO, "death")))
    change(folder)
    with pytest.raises(InputError) as refused:
        read(str(folder))

    assert said in str(refused.value)
    assert "Gerstenkorn" not in str(refused.value)


def test_what_the_system_refuses_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is taken away meanwhile, say."""

    def taken_away(file: IO[bytes]) -> str:
        raise FileNotFoundError(2, "No such file or directory", file.name)

    monkeypatch.setattr(omop, "hash_of", taken_away)
    with pytest.raises(InputError, match=r"concept.csv: there is no such file"):
        read(csv_folder(tmp_path / "cdm", TWO))


def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    """As is one that is open elsewhere; and a view of one opens no other file."""
    with pytest.raises(InputError, match="there is no such file or folder"):
        read(str(tmp_path / "cdm.duckdb"))
    file = tmp_path / "other.duckdb"
    file.write_text("hello")
    with pytest.raises(InputError, match="this is no DuckDB database that the installed duckdb"):
        read(str(file))
    (tmp_path / "other.duckdb.wal").write_text("")
    with pytest.raises(InputError, match="it is open elsewhere, or was not closed"):
        read(str(file))
    twice = tmp_path / "twice.duckdb"
    with duckdb.connect(str(twice)) as database:
        for schema in ("main", "copy"):
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            columns = ", ".join(f"1 AS {column}" for column in columns_of("person"))
            database.execute(f"CREATE TABLE {schema}.person AS SELECT {columns}")
    with pytest.raises(InputError, match="two schemas have the table person"):
        read(str(twice))
    viewed = tmp_path / "viewed.duckdb"
    with duckdb.connect(str(viewed)) as database:
        folder = csv_folder(tmp_path / "source", TWO)
        for name in ("person", "concept"):
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_csv('{folder}/{name}.csv')")
    with pytest.raises(InputError, match="cannot be read"):
        read(str(viewed))


def test_without_duckdb_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match=r"install duckdb \(pip install 'cartscreen\[omop\]'\)"):
        read(csv_folder(tmp_path / "cdm", TWO))


# commands


def test_import_writes_a_profile_for_each_person(tmp_path: Path) -> None:
    """What was read is told, adds up, and has its hash; nobody's number leaves the reader."""
    report = tmp_path / "report.json"
    done = run(
        "import", csv_folder(tmp_path / "cdm", TWO), "-o", tmp_path / "out", "--report", report
    )
    data = json.loads(report.read_text("utf-8"))

    assert done.code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "P-0001.toml",
        "P-0002.toml",
    ]
    assert "Read 11 rows of 2 patients: 7 used, 0 ambiguous, 4 not used." in done.err
    assert "Mapped to nothing of ours, drugs:" in done.err
    assert data["resources"] == sum(row["count"] for row in data["rows"]) == 11
    assert {len(source["sha256"]) for source in data["sources"]} == {64}
    assert "person_id" not in report.read_text("utf-8")


ONE: Rows = {**TWO, "person": TWO["person"][:1], "death": []}


def test_import_into_a_profile_twice_changes_nothing(tmp_path: Path) -> None:
    """By the source of each entry: table, row and file."""
    file = tmp_path / "patient.toml"
    file.write_text('schema = 1\npatient = "P-0012"\n', "utf-8")
    folder = csv_folder(tmp_path / "cdm", ONE)
    first = run("import", folder, "--into", file)
    text = file.read_text("utf-8")
    second = run("import", folder, "--into", file)

    assert (first.code, second.code) == (0, 0)
    assert "measurement/1 (measurement.csv)" in text
    assert file.read_text("utf-8") == text


def test_lists_are_closed_and_old_results_left_out(tmp_path: Path) -> None:
    """A list is closed where nothing of that kind is left to look at: not the drugs here."""
    folder = csv_folder(tmp_path / "cdm", ONE)
    done = run("import", folder, "--closed", "problem-list=2026-10-01", "--closed",
               "medications=2026-10-01", "--since", "2026-10-02", "--patient", "P-7",
               "--from", "omop")  # fmt: skip
    profile = tomllib.loads(done.out)

    assert (profile["patient"], profile["lab"]["creatinine"]["date"]) == ("P-7", date(2026, 10, 2))
    assert "malignancy" in profile["reviewed"] and "treatment" not in profile["reviewed"]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({**ONE, "condition_occurrence": []}, "the source has no condition_occurrence at all"),
        (without(ONE, "observation"), "there is no table OBSERVATION, where a CDM keeps past "
                                      "diagnoses"),
    ],
)  # fmt: skip
def test_what_was_not_exported_closes_no_list(tmp_path: Path, tables: Rows, said: str) -> None:
    done = run(
        "import", csv_folder(tmp_path / "cdm", tables), "--closed", "problem-list=2026-10-01"
    )

    assert done.code == 3
    assert said in flat(done.err)


def test_check_and_plan_read_a_cdm(tmp_path: Path) -> None:
    """Person by person, with the hash of the source; who has died is refused."""
    database = database_file(tmp_path / "cdm.duckdb", TWO)
    checked = run("check", database, "--trial", "cd19-csle", "--format", "ndjson")
    judged = [json.loads(line) for line in checked.out.splitlines()]
    planned = run(
        "plan", csv_folder(tmp_path / "one", ONE), "--trial", "cd19-csle", "--format", "json"
    )

    assert "has died" in str(judged[0])
    assert judged[1]["file"] == f"{database} P-0002"
    assert judged[1]["source_sha256"] == sha256(Path(database).read_bytes()).hexdigest()
    assert len(json.loads(planned.out)["source_sha256"]) == 64
    assert "11 rows read, 7 used" in flat(checked.err)


def test_a_cdm_is_known_by_its_tables(tmp_path: Path) -> None:
    """A folder with PERSON in it, or the ending of a database; --from takes any other."""
    folder = csv_folder(tmp_path / "cdm", ONE)
    other = Path(database_file(tmp_path / "cdm.duckdb", ONE)).rename(tmp_path / "cdm.db")
    (tmp_path / "empty").mkdir()

    assert is_charts(folder) and is_charts("x.duckdb")
    assert not is_charts(str(tmp_path / "empty"))
    assert run("import", other, "--from", "omop").out.startswith("schema = 1")
    assert "no .json and no .ndjson" in run("import", folder, "--from", "fhir").err
    assert "--map is of a table" in flat(
        run("import", folder, "--map", "map.toml", "--from", "omop").err
    )


def test_rows_are_read_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, few are in memory."""
    monkeypatch.setattr(omop, "_MANY", 2)
    gc.disable()  # as the program begins
    (draft,), _ = read(csv_folder(tmp_path / "cdm", TRAPPED))

    assert gc.isenabled()
    assert len(draft.facts["lab.creatinine"]) == sum(
        "lab.creatinine" in (trap.written or {}) for trap in TRAPS
    )
