"""Acceptance checks 63-72: what is printed is readable, and text in it stays text."""

import csv
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from draws import thinned
from jsonschema import Draft202012Validator, FormatChecker
from program import (
    ADULT,
    CANNOT_BE_SEEN,
    EXAMPLES,
    FITS,
    NASTY,
    RULED_OUT,
    TINY_TRIAL,
    Done,
    flat,
    is_whole,
    on_terminal,
    profile,
    run,
    spawned,
    tiny_pack,
    watched,
)
from rich.cells import cell_len

from cartscreen.pack.files import TrialEntry
from cartscreen.pack.pack import bundled_pack
from cartscreen.render.csv import guarded

pytestmark = pytest.mark.usefixtures("judged_once")

RULED_OUT_FILE = str(EXAMPLES / "sle-ruled-out.toml")
CHILD = str(EXAMPLES / "sle-child-refractory.toml")
LISTED = ["table", "json", "ndjson", "csv", "markdown"]
FORMATS = [*LISTED, "html", "log"]
OF_ONE = [*FORMATS, "checklist"]  # a checklist is of one patient and one trial
ESCAPE = "\x1b"


# Hostile text, in every place where text comes in


def _about(text: str) -> dict[str, Any]:
    """A [trial] table with the text in each of its fields that take text."""
    given = {"id": "tiny", "source": text, "name": text, "checked": "2026-11-01"}
    for name, field in TrialEntry.model_fields.items():
        given.setdefault(name, [text, text] if field.annotation == list[str] else text)
    return given


def hostile_pack(folder: Path, text: str) -> Path:
    """A pack with the text in titles, sources, notes, readings, questions, labels, choices."""
    named = {"title": f"{text} odd", "source": text, "note": text}
    readings = [
        {"label": f"{n}{text}"[:60], "rule": f"lab.neutrophils >= {n} 10^9/L"} for n in (1, 5)
    ]
    # the answer that the patient gives names the first reading, by the text itself
    readings[0]["label"] = text
    trial = {
        "trial": _about(text),
        "inclusion": [
            {"id": "I1", **named, "rule": {"all": ["lab.neutrophils >= 1 10^9/L"]}},
            {"id": "I2", **named, "readings": readings},
            {"id": "I3", **named, "rule": "odd.fact"},
        ],
        "exclusion": [
            {"id": "E1", **named, "rule": {"ask": f"{text}?"}},
            {"id": "E2", **named, "rule": {"some": "treatment", "where": ["drug is oddity"]}},
            {"id": "E3", **named, "rule": {"some": "oddments", "where": ["odd"]}},
        ],
    }
    told = {"label": text, "question": text, "obtain": "question", "changes": "never"}
    facts = {
        "pack": {"schema": 1, "id": text, "version": text},
        "fact": {
            "odd": {
                "fact": {**told, "kind": "finding", "source": text},
                "word": {**told, "kind": "finding", "choices": [text, "other"], "source": text},
            }
        },
        "record": {
            "oddments": {**told, "field": {"odd": {"label": text, "kind": "finding"}}},
        },
    }
    drug = {"label": text, "classes": ["oddity"], "names": [text], "note": text}
    drugs = {"class": {"oddity": {"label": text}}, "drug": {"oddin": drug}}
    pack = folder / "pack"
    pack.mkdir()
    for name, data in (("tiny", trial), ("facts", facts), ("drugs", drugs)):
        toml = tomli_w.dumps(data).replace('checked = "2026-11-01"', "checked = 2026-11-01")
        (pack / f"{name}.toml").write_text(toml, "utf-8")
    return pack


def file_name(text: str) -> str:
    """The text, but for the two characters that no file name may hold."""
    return re.sub("[/\0]", "_", text)


def hostile_patient(folder: Path, text: str) -> Path:
    """A patient with the text as pseudonym, drug, free text and answer, in a file of that name.

    It is the source and the note of each entry too, and who answered. The form of a drug is one of
    a few words, and no free text.
    """
    vocabulary = bundled_pack().vocabulary
    answered = {"I2": {"answer": text, "by": text}, text: True}
    data: dict[str, Any] = {"answers": {"tiny": answered, text: {text: text}}}
    for record in vocabulary.records.values():
        kinds = {name: field.kind for name, field in record.fields.items()}
        form = record.roles.get("form")
        texts = [name for name, kind in kinds.items() if kind in ("text", "drug") and name != form]
        if texts:
            remarks = {"source", "note"} - kinds.keys()
            data[record.name] = [dict.fromkeys([*texts, *sorted(remarks)], text)]
    data["treatment"].append({"drug": "oddin", "dose": "5 mg/day", "start": "2026-01"})
    return profile(folder, f"{file_name(text)}.toml", patient=text[:40], lab=FITS["lab"], **data)


def pages(patient: Path) -> list[list[str]]:
    """Every command that shows text of a patient or of a pack, in every format."""
    file = str(patient)
    return [
        *(["check", file, file, f"{file}.none", "--format", name] for name in FORMATS),
        ["check", file, "--format", "checklist"],
        *(["plan", file, "--format", name] for name in ("table", "json", "markdown", "html")),
        ["diff", file, "--set", 'lab.neutrophils="0.2 10^9/L"'],
        ["diff", file, "--set", 'lab.neutrophils="0.2 10^9/L"', "--format", "json"],
        ["compare", file],
        ["compare", file, "--format", "json"],
        ["derive", file],
        ["derive", file, "treatment"],
        ["ask", file],
        ["template", "--for", file],
        ["template"],
        ["validate", file],
        ["verify", str(patient.parent / "report.json"), file],
        ["verify", str(patient.parent / "report.json"), file, "--format", "json"],
        *(["list-trials", "--format", name] for name in LISTED),
        ["show", "tiny"],
        ["facts"],
        ["facts", "odd"],
        ["facts", "oddments"],
        ["facts", "oddin"],
    ]


def shown_pages(folder: Path, text: str, columns: str) -> list[tuple[list[str], Done]]:
    """What each of the pages shows of the text."""
    pack, patient = hostile_pack(folder, text), hostile_patient(folder, text)
    typed = f"?\n{text}\nu\nq\n".encode("utf-8", "surrogatepass")
    shown, kept = [], patient.read_text("utf-8")
    patient.write_text(kept.replace("3.2 10^9/L", "0.2 10^9/L"), "utf-8")  # so that verify differs
    was = run("check", patient, "--criteria", pack, "--format", "json")
    (report,) = json.loads(was.out)
    report["tool"]["version"] = report["pack"]["version"] = text  # as a forged report may say
    (folder / "report.json").write_text(json.dumps(report), "utf-8")
    patient.write_text(kept, "utf-8")
    for page in pages(patient):
        before = ("--criteria-before", pack) if page[0] == "diff" else ()
        done = run(*page, "--criteria", pack, *before, COLUMNS=columns, stdin=typed)
        lacks = any(part.endswith(".none") for part in page)
        expected = {"check": (3 if lacks else 0,), "verify": (0, 10)}.get(page[0], (0,))
        assert done.code in expected, (page, done.err)
        shown.append((page, done))
    return shown


MARKUP = {name: NASTY[name] for name in ("markup", "end of markup", "emoji code", "link")}
PAIRS = [("markup", "emoji code"), ("end of markup", "link")]


@pytest.mark.parametrize(
    "text",
    [f"{MARKUP[one][0]} {MARKUP[two][0]}" for one, two in PAIRS],
    ids=[f"{one}, {two}" for one, two in PAIRS],
)
def test_63_markup_is_shown_as_the_letters_it_is(tmp_path: Path, text: str) -> None:
    """Text that looks like rich's markup or emoji codes is printed letter by letter."""
    laid_out = {"check", "plan", "diff", "compare", "ask", "verify", "list-trials", "show", "facts"}
    for page, done in shown_pages(tmp_path, text, "1000"):
        if page[0] in laid_out and ("--format" not in page or page[-1] == "table"):
            assert text in flat(done.out), page
        assert "❌" not in done.out + done.err, page


CONTROLS = [pair for name, pair in NASTY.items() if name not in MARKUP]


@pytest.mark.parametrize("half", [CONTROLS[::2], CONTROLS[1::2]], ids=["one half", "the other"])
def test_64_control_characters_are_shown_as_escapes(
    tmp_path: Path, half: list[tuple[str, str]]
) -> None:
    r"""Control, bidirectional and zero-width characters appear as visible \uXXXX, never raw.

    They stand in one text, of which a pseudonym holds 40 characters.
    """
    text = "".join(given for given, _ in half)
    assert len(text) <= 40
    for page, done in shown_pages(tmp_path, text, "1000"):
        raw = CANNOT_BE_SEEN.findall(done.out + done.err)
        assert raw == [], page
        if page[0] == "show":
            for _, shown in half:
                assert flat(done.out).count(shown) > 20, (page, shown)
    for command in (["plan"], ["diff"], ["compare"], ["derive"], ["template", "--for"]):
        done = run(*command, tmp_path / f"{file_name(text)}.none")
        assert re.fullmatch(r"error: [^\n]*: there is no such file or folder\.\n", done.err), (
            command
        )


def texts_in(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to each text in JSON data."""
    if isinstance(data, str):
        yield path
    elif isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from texts_in(value, (*path, step))


def test_64_a_forged_report_is_shown_as_text(tmp_path: Path) -> None:
    """A report that `verify` reads may hold anything anywhere: none of it acts on a terminal."""
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, **FITS)
    written = run("check", patient, "--criteria", pack, "--format", "json").out
    (whole,) = json.loads(written)
    path, outcomes = tmp_path / "report.json", set()
    for steps in texts_in(whole):
        (forged,) = json.loads(written)
        table = forged
        for step in steps[:-1]:
            table = table[step]
        table[steps[-1]] = "a\x1b[31m\u202eb"
        path.write_text(json.dumps([forged]), "utf-8")
        done = run("verify", path, patient, "--criteria", pack)
        outcomes.add(done.code)
        assert CANNOT_BE_SEEN.findall(done.out + done.err) == [], steps
    assert outcomes == {0, 3, 10}


FORMULAS = [
    "=1+1", "+1", "-1", "@x", "a;=1", 'a; "=1', "a\t@x", "\0=1", "＝1",  # noqa: RUF001
    "\ufeff=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_65_a_csv_cell_is_no_formula(tmp_path: Path, text: str) -> None:
    """A CSV cell that a spreadsheet would run is led by an apostrophe; JSON keeps the original."""
    pack = hostile_pack(tmp_path, "=tame")
    patient = profile(tmp_path, patient=text, **FITS)
    tables = [
        run("check", patient, "--criteria", pack, "--format", "csv"),
        run("list-trials", "--criteria", pack, "--format", "csv"),
    ]
    (report,) = json.loads(run("check", patient, "--criteria", pack, "--format", "json").out)
    cells = [
        cell
        for done in tables
        for row in csv.reader(StringIO(done.out, newline=""))
        for cell in row
    ]

    assert [cell for cell in cells if re.match(r"[\s=+\-@\0＝\ufeff]", cell)] == []  # noqa: RUF001
    assert any(cell.startswith("'=tame") for cell in cells)
    split = [part for cell in cells for part in re.split(r"[;\t]", cell)]
    assert [part for part in split if re.match(r'[\s"]*[=+\-@]', part)] == []
    assert any("'" in cell and cell.endswith(text[-2:]) for cell in cells)
    assert report["patient"] == text


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1"], ids=ascii)
def test_65_a_csv_cell_that_begins_with_a_blank(text: str) -> None:
    """A pseudonym may not begin with one; another cell is led by an apostrophe all the same."""
    assert guarded(text).startswith("'")


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes, and each attribute's value."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]


TAGS = [
    "<script>alert(1)</script>",
    "\" onmouseover=alert(1) x='",
    "</script><script src=//x>",
    "javascript:alert(1)",
    "</style></title><img src=x onerror=alert(1)>",
    "<!--",
    "{{ 7 * 7 }}",
]


@pytest.mark.parametrize("text", TAGS)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_66_text_makes_no_element_of_the_page(tmp_path: Path, command: str, text: str) -> None:
    """Tags, quotation marks and links in data add nothing to the page, whose policy forbids all."""
    pages = []
    for name, given in (("tame", "Tame"), ("hostile", text)):
        folder = tmp_path / name
        folder.mkdir()
        pack, patient = hostile_pack(folder, given), hostile_patient(folder, given)
        done = run(command, patient, "--criteria", pack, "--format", "html")
        assert (done.code, done.err) == (0, "")
        pages.append(done.out)
    tame, hostile = map(Elements, pages)

    assert hostile.found == tame.found
    assert "script" not in {tag for tag, _ in hostile.found}
    assert not [value for value in hostile.values if "javascript" in value and value[:1] != "x"]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', pages[1])
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy[1]


IDS = ["../../x", "/etc/x", "..", ".", "x" * 40, "a\0b", "-rf", "$(touch ran)", "CON", "P 1"]


@pytest.mark.parametrize("name", IDS, ids=ascii)
def test_67_a_pseudonym_is_never_a_file_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the pseudonym, the only file that is written is the one that was named."""
    folder = tmp_path / "in" / "here"
    folder.mkdir(parents=True)
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, patient=name, **FITS)
    monkeypatch.chdir(folder)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    for form in OF_ONE:
        done = run("check", patient, "--criteria", pack, "--format", form, "--output", "report")
        assert (done.code, done.err) == (0, "")
        after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
        assert after.pop(folder / "report")
        assert after == before
        (folder / "report").unlink()


@pytest.mark.parametrize("names", [("P-a", "P-A"), ("P-é", "P-e\u0301"), ("P-1", "P-1")], ids=ascii)
def test_68_patients_whose_ids_collide_are_both_reported(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """Pseudonyms alike but for case or accents, or the same, give two reports, told by file."""
    pack = tiny_pack(tmp_path)
    files = [
        profile(tmp_path, f"{n}.toml", patient=name, **data)
        for n, (name, data) in enumerate(zip(names, (FITS, RULED_OUT), strict=True))
    ]
    done = run("check", *files, "--criteria", pack, "--format", "json")
    told = [(item["file"], item["patient"]) for item in json.loads(done.out)]
    verdicts = [item["trials"][0]["verdict"] for item in json.loads(done.out)]

    assert done.code == 0
    assert told == [(str(file), name) for file, name in zip(files, names, strict=True)]
    assert verdicts == ["eligible", "ineligible"]


# Widths

NARROWEST = 20  # the longest word that must stay whole is the id of a trial
VERDICTS = {"eligible": "meets every listed criterion"}


def fits(done: Done, columns: int) -> None:
    """Something is printed, and no line is longer than the terminal."""
    assert done.out.strip()
    width = max(columns or 80, NARROWEST)
    assert [line for line in done.out.splitlines() if cell_len(line) > width] == []


def tells(out: str, report: dict[str, Any]) -> None:
    """Each verdict, trial and counted criterion of the report can be read whole."""
    for trial in report["trials"]:
        assert is_whole(trial["id"], out)
        assert VERDICTS.get(trial["verdict"], trial["verdict"]) in flat(out)
        ids = [found["id"] for found in trial["criteria"] if found["counted"]]
        assert ids
        assert [name for name in ids if not is_whole(name, out)] == []


def test_69_every_width_from_0_to_200_is_readable(tmp_path: Path) -> None:
    """From 0 to 200 columns each verdict and criterion is whole, and no line is too long.

    Reworded (it said every width): every one up to 60, where words break, and each fifth above.
    """
    pack = tiny_pack(tmp_path)
    files = [profile(tmp_path, "fits", **FITS), profile(tmp_path, "ruled-out", **RULED_OUT)]
    reports = json.loads(run("check", *files, "--criteria", pack, "--format", "json").out)
    for columns in (*range(61), *range(65, 201, 5)):
        done = run("check", *files, "--criteria", pack, COLUMNS=str(columns))
        assert done.code == 0
        fits(done, columns)
        for report in reports:
            tells(done.out, report)


SAMPLED = [0, 1, 19, 20, 21, 25, 39, 40, 60, 71, 72, 80, 119, 120, 139, 140, 200]


@pytest.mark.parametrize("columns", SAMPLED)
def test_69_a_real_report_is_readable_at_every_width(columns: int) -> None:
    """So it is with two patients and two bundled trials, at widths on both sides of each layout."""
    trials = ("--trial", "rd06-04-sle", "--trial", "cd19-csle")
    command = ("check", RULED_OUT_FILE, CHILD, *trials)
    done = run(*command, COLUMNS=str(columns))

    assert done.code == 0
    fits(done, columns)
    for report in json.loads(run(*command, "--format", "json").out):
        tells(done.out, report)


def words_of(page: list[str]) -> list[str]:
    """The trials, verdicts and criteria that a page must show, by the JSON of its command."""
    match page[0]:
        case "plan":
            found = json.loads(run(*page, "--format", "json").out)
            return [
                word
                for trial in found["trials"]
                for word in (
                    trial["id"],
                    VERDICTS.get(trial["verdict"], trial["verdict"]),
                    *(str(count) for count in trial["counts"].values()),
                    *(item[day] for item in trial["periods"] for day in ("first", "last")),
                    *(item["criterion"] for item in trial["obstacles"]),
                    *(item["criterion"] for item in trial["repeats"]),
                    *(item["until"] for item in trial["repeats"]),
                    *(
                        item["criterion"]
                        for item in trial["questions"]
                        if trial["verdict"] != "ineligible"
                    ),
                )
            ]
        case "diff":
            found = json.loads(run(*page, "--format", "json").out)
            verdicts = [
                VERDICTS.get(item[side], item[side])
                for item in found["verdicts"]
                for side in ("before", "after")
            ]
            counted = [item for item in found["criteria"] if item["counted"]]
            named = [item[key] for item in counted for key in ("trial", "criterion")]
            return verdicts + named
        case "compare":
            found = json.loads(run(*page, "--format", "json").out)
            return [
                word
                for row in found
                for trial, cells in row["cells"].items()
                for cell in cells
                for word in (trial, cell["criterion"])
            ]
        case "derive":
            return [item["fact"] for item in json.loads(run(*page, "--format", "json").out)]
        case "show":
            (trial,) = (item for item in bundled_pack().trials if item.id == page[1])
            return [trial.id, *(criterion.id for criterion in trial.criteria)]
        case "list-trials":
            return [trial.id for trial in bundled_pack().trials]
        case "ask":
            return ["ineligible", "undetermined", *(trial.id for trial in bundled_pack().trials)]
        case "facts":
            return page[1:]
    raise AssertionError(page)


TRIAL = ("--trial", "rd06-04-sle")  # the longest
WIDE_PAGES = [
    ["plan", ADULT, *TRIAL],
    ["diff", ADULT, CHILD, *TRIAL],
    ["compare", ADULT],
    ["compare"],
    ["derive", ADULT],
    ["ask", ADULT],
    ["show", "rd06-04-sle"],
    ["list-trials"],
    ["facts"],
    ["facts", "treatment"],
    ["facts", "sledai"],
]
PAGE_IDS = [" ".join(page).replace(str(EXAMPLES), "") for page in WIDE_PAGES]


@pytest.mark.parametrize("page", WIDE_PAGES, ids=PAGE_IDS)
def test_69_every_page_is_readable_at_every_width(page: list[str]) -> None:
    """So it is with each command that lays text out; with DRAWS=10000, at each of the widths."""
    words = words_of(page)
    letters = sorted(re.findall(r"\w", run(*page, COLUMNS="72", stdin=b"?\nq\n").out))
    for columns in thinned(SAMPLED, 4):
        done = run(*page, COLUMNS=str(columns), stdin=b"?\nq\n")
        assert done.code == 0
        fits(done, columns)
        for word in words:
            said = flat(done.out) if " " in word else done.out
            assert is_whole(word, said) or len(word) > NARROWEST - 2, (word, columns)
        # side by side, the trials are named once; the summary of a plan has heads of its width
        if page[0] != "plan" and (page[0] != "compare" or columns < 120):
            assert sorted(re.findall(r"\w", done.out)) == letters, columns


def test_69_many_trials_are_readable_at_every_width(tmp_path: Path) -> None:
    """Where a column for each trial would not fit, the trials stand one after another."""
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, **RULED_OUT)
    text = (pack / "tiny.toml").read_text("utf-8")
    for number in range(2, 41):
        named = text.replace('"tiny"', f'"trial-{number}"').replace("001", f"{number:03}")
        (pack / f"trial-{number}.toml").write_text(named, "utf-8")
    for columns in (0, 20, 40, 119, 120, 180, 200):
        command = ("--criteria", pack)
        batch = run("check", patient, patient, *command, COLUMNS=str(columns))
        side_by_side = run("compare", patient, *command, COLUMNS=str(columns))
        matrix = run("check", patient, patient, *command, "--summary", COLUMNS=str(columns))
        fits(batch, columns)
        fits(side_by_side, columns)
        assert batch.out.endswith(matrix.out)
        assert len(re.findall(r"\bx\s+E1\b", matrix.out)) == 2 * 40
        for number in range(2, 41):
            assert is_whole(f"trial-{number}", side_by_side.out)


def test_69_a_verification_is_readable_at_every_width(tmp_path: Path) -> None:
    """So it is with what has changed since a report was written; in ASCII, too."""
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, **RULED_OUT)
    report = tmp_path / "report.json"
    report.write_text(run("check", patient, "--criteria", pack, "--format", "json").out, "utf-8")
    profile(tmp_path, **FITS)
    for columns in SAMPLED:
        done = run("verify", report, patient, "--criteria", pack, COLUMNS=str(columns))
        assert done.code == 10
        fits(done, columns)
        for word in ("tiny", "E1", "I1", "ineligible", "failed", "unknown", "matched"):
            assert is_whole(word, done.out), (word, columns)
        assert VERDICTS["eligible"] in flat(done.out)
    plain = run("verify", report, patient, "--criteria", pack, encoding="ascii")
    assert (plain.code, plain.err) == (10, "")


@pytest.mark.parametrize(
    ("turn", "text"),
    [(0, "中" * 70), (1, "e\u0301" * 35), (2, "A" * 70)],
    ids=["wide", "narrow", "long"],
)
def test_69_letters_of_any_width_fit(tmp_path: Path, turn: int, text: str) -> None:
    """Letters of two columns or of none, and words without end, make no line too long.

    Each page is drawn with each of the three texts, and at each of three widths.
    """
    pack, patient = hostile_pack(tmp_path, text), hostile_patient(tmp_path, text[:40])
    others = ("template", "validate", "verify")
    laid_out = [page for page in pages(patient) if page[0] not in others]
    drawn = [page for page in laid_out if "--format" not in page or page[-1] == "table"]
    for number, page in enumerate(drawn):
        columns = (20, 37, 80)[(number + turn) % 3]
        done = run(*page, "--criteria", pack, COLUMNS=str(columns), stdin=b"?\nq\n")
        fits(done, columns)


@pytest.mark.parametrize(
    "page",
    [
        ["check", RULED_OUT_FILE, *TRIAL],
        *WIDE_PAGES[-2:],
        ["list-trials"],
        ["--help"],
        ["check", "--help"],
    ],
    ids=lambda page: " ".join(page[:2]).replace(f"{EXAMPLES}/", ""),
)
def test_69_a_width_that_is_none_is_80(page: list[str]) -> None:
    """A COLUMNS that is no sensible number counts as 80; one without end takes no memory."""
    usual = run(*page, COLUMNS="80").out
    for columns in ("abc", "-1", "0", "", "9" * 12, "1e2", "８０"):  # noqa: RUF001
        assert run(*page, COLUMNS=columns).out == usual, columns


def test_69_nothing_to_show_is_said(tmp_path: Path) -> None:
    """A command that has nothing to show says so: an empty page could be a fault."""
    asks = TINY_TRIAL.partition("[[inclusion]]")[0] + ASKS
    pack, patient = tiny_pack(tmp_path, asks), profile(tmp_path, answers={"tiny": {"E1": False}})

    assert run("derive", patient).out == "Nothing is derived from this profile.\n"
    assert run("compare", "--criteria", pack).out == "None of these criteria asks for a fact.\n"
    assert run("diff", patient, patient).out == "Nothing changes.\n"
    assert "There is nothing to ask.\n" in run("ask", patient, "--criteria", pack).out


ASKS = """
[[exclusion]]
id     = "E1"
title  = "Any other reason"
source = "Exclusion 1"
rule   = { ask = "Is there any other reason against it?" }
"""


# Encodings and colour

COMMANDS = [
    *(["check", RULED_OUT_FILE, *TRIAL, "--format", name] for name in OF_ONE),
    *(["plan", CHILD, *TRIAL, "--format", name] for name in ("table", "json", "markdown", "html")),
    ["diff", ADULT, CHILD],
    ["compare", ADULT],
    ["derive", ADULT],
    ["ask", ADULT],
    ["validate", ADULT],
    ["template"],
    ["template", "--for", ADULT],
    ["list-trials"],
    ["show", "rd06-04-sle"],
    ["facts"],
    ["facts", "renal"],
    ["schema", "profile"],
    ["--help"],
    ["check", "--help"],
]
COMMAND_IDS = [" ".join(command).replace(f"{EXAMPLES}/", "") for command in COMMANDS]


def can(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("arguments", COMMANDS, ids=COMMAND_IDS)
def test_70_an_encoding_without_our_letters(arguments: list[str]) -> None:
    """In an ASCII or cp1252 terminal every command works, with likenesses for what it lacks.

    Every third is tried in cp1252, too; with DRAWS=10000, each.
    """
    wide = arguments in thinned(COMMANDS, 3)
    typed = b"?\nq\n"
    usual = run(*arguments, stdin=typed)
    for encoding in ("ascii", "cp1252") if wide else ("ascii",):
        other = run(*arguments, stdin=typed, encoding=encoding)
        kept = {letter for letter in usual.out if can(letter, encoding)}
        assert (other.code, other.err) == (0, "")
        assert (other.out == usual.out) == (kept == set(usual.out))
        assert kept <= set(other.out)
        assert other.out.count("?") == usual.out.count("?"), "the sign of what could not be said"


def test_70_likenesses_of_an_ascii_terminal(tmp_path: Path) -> None:
    """A limit, a name and a line are spelt in ASCII, letter by letter; what has none, escaped."""
    trial = TINY_TRIAL.replace("at least 1 x 10^9/L", "≥ 1 × 10⁹/L (Sjögren)")  # noqa: RUF001
    pack = tiny_pack(tmp_path, trial)
    patient = profile(tmp_path, patient="P-中", **FITS)
    command = ("check", patient, "--criteria", pack, "--all")
    out = run(*command, encoding="ascii", COLUMNS="200").out

    assert "Neutrophils >= 1 x 10\\u2079/L (Sjoegren)" in out
    assert "Patient P-\\u4e2d:" in out
    assert "-" * 30 in out


PLAIN_TERMINALS = [
    {"NO_COLOR": "1"},
    {"TERM": "dumb"},
    {"NO_COLOR": "1", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"},
]


def test_71_no_colour_where_it_is_not_wanted() -> None:
    """NO_COLOR, a dumb terminal or a pipe get no escape; what colour says, words say too."""
    command = ("check", RULED_OUT_FILE, "--trial", "cd19-csle")
    wanted = on_terminal(*command)
    without = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", wanted).split("\n")]

    assert re.search(r"\x1b\[[0-9;]*31m", wanted), "failed is red"
    for environment in PLAIN_TERMINALS:
        plain = on_terminal(*command, **environment)
        assert ESCAPE not in plain
        assert plain.split("\n") == without
    for word in ("x ineligible", "x  I4.a", "matched: I1 "):
        assert word in plain


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["plan", ADULT, *TRIAL], PLAIN_TERMINALS[0]),
        (["diff", ADULT, CHILD, *TRIAL], PLAIN_TERMINALS[1]),
        (["compare", ADULT], PLAIN_TERMINALS[2]),
        (["show", "cd19-csle"], PLAIN_TERMINALS[0]),
        (["facts", "lab.alt"], PLAIN_TERMINALS[1]),
        (["list-trials"], PLAIN_TERMINALS[2]),
        (["--help"], PLAIN_TERMINALS[0]),
        (["check"], PLAIN_TERMINALS[1]),
        (["check", "none.toml"], PLAIN_TERMINALS[2]),
    ],
    ids=lambda given: " ".join(given).replace(f"{EXAMPLES}/", ""),
)
def test_71_no_command_colours_where_it_is_not_wanted(
    arguments: list[str], environment: dict[str, str]
) -> None:
    """So it is with every command, its help and its errors; each in one of these terminals."""
    text = on_terminal(*arguments, **environment)

    assert len(text) > 50
    assert ESCAPE not in text


def test_71_a_pipe_gets_no_colour() -> None:
    """Not even with FORCE_COLOR, or where a build server is guessed."""
    forced = {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "true", "CLICOLOR_FORCE": "1"}
    for arguments in (["show", "cd19-csle"], ["--help"], ["check"], ["check", RULED_OUT_FILE]):
        done = run(*arguments, **forced)
        assert len(done.out + done.err) > 50
        assert ESCAPE not in done.out + done.err
    done = spawned("check", RULED_OUT_FILE, *TRIAL, **forced)
    assert "ineligible" in done.out
    assert ESCAPE not in done.out + done.err


# JSON


def strict(text: str) -> Any:
    """The value of strict JSON: no NaN, no Infinity, no key twice."""

    def refused(constant: str) -> None:
        raise AssertionError(constant)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs), pairs
        return dict(pairs)

    return json.loads(text, parse_constant=refused, object_pairs_hook=once)


@pytest.mark.parametrize("name", ["report", "plan"])
def test_72_json_is_strict_and_fits_its_schema(name: str) -> None:
    """JSON has no NaN and no key twice, fits the published schema, and is the same on each run."""
    check = ["check", ADULT, CHILD, "none.toml"]
    command = check if name == "report" else ["plan", ADULT, *TRIAL]
    schema = strict(run("schema", name).out)
    found = strict(run(*command, "--format", "json").out)

    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    assert len(found) == (3 if name == "report" else len(schema["properties"]))
    assert list(validator.iter_errors(found)) == []


def test_72_every_json_is_the_same_on_each_run() -> None:
    """All that is written as JSON is the same on each run, whatever the order of Python's sets."""
    written = [
        [*command, "--format", "json"]
        for command in (
            ["check", ADULT, CHILD, "none.toml"],
            ["plan", str(EXAMPLES / "sle-chart-half-filled.toml"), *TRIAL],
            ["diff", ADULT, CHILD],
            ["compare", ADULT],
            ["derive", ADULT],
            ["list-trials"],
        )
    ]
    here = [run(*command).out for command in written]  # the order of sets is that of chance

    assert watched(*written, PYTHONHASHSEED="1").texts == here
    assert all(map(strict, here))
