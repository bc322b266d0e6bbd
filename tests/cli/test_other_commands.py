"""list-trials, show, template, facts, validate, schema, help and completion."""

import csv
import io
import json
import re
import tomllib
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from program import EXAMPLES, FITS, OPEN, TINY_TRIAL, profile, run, tiny_pack
from support import ROOT, TRIALS, cases_of
from typer.main import get_command

from cartscreen import NOTICE, __version__
from cartscreen.cli.commands import app
from cartscreen.errors import InputError
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile
from cartscreen.text import entries

FILES = sorted(EXAMPLES.glob("*.toml"))
PAGES = {
    data["trial"]["id"]: data
    for path in sorted((ROOT / "criteria").glob("*.toml"))
    if "trial" in (data := tomllib.loads(path.read_text("utf-8")))
}
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def flat(text: str) -> str:
    return " ".join(text.split())


# list-trials


def listed(format: str, *more: str | Path) -> list[dict[str, Any]]:
    """The rows of list-trials in a format that a program reads."""
    out = run("list-trials", "--format", format, *more).out
    match format:
        case "json":
            rows: list[dict[str, Any]] = json.loads(out)
            return rows
        case "ndjson":
            return [json.loads(line) for line in out.splitlines()]
        case "csv":
            return list(csv.DictReader(io.StringIO(out)))
    names, _, *lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in out.splitlines()]
    cells = [[re.sub(r"\\(.)", r"\1", cell).strip() for cell in line] for line in [names, *lines]]
    return [dict(zip(cells[0], line, strict=True)) for line in cells[1:]]


@pytest.mark.parametrize("format", ["json", "ndjson", "csv", "markdown"])
def test_list_trials_tells_what_the_pages_say(format: str) -> None:
    """Each bundled trial, with its own id, registry number and numbers of criteria and gaps."""
    rows = {row["id"]: row for row in listed(format)}

    assert rows.keys() == PAGES.keys()
    for name, page in PAGES.items():
        assert rows[name]["registry"] == page["trial"].get("registry", "")
        count = len(page["inclusion"]) + len(page.get("exclusion", []))
        assert int(rows[name]["criteria"]) == count
        assert int(rows[name]["gaps"]) == len(page["trial"]["gaps"])


def test_list_trials_says_the_same_in_every_format() -> None:
    """JSON, ndjson, CSV and Markdown differ in form alone; the table has it too."""
    as_json = listed("json")
    as_text = [{key: str(value) for key, value in row.items()} for row in as_json]
    table = flat(run("list-trials", COLUMNS="200").out)

    assert listed("ndjson") == as_json
    assert listed("csv") == as_text
    assert listed("markdown") == as_text
    for row in as_text:
        for name, value in row.items():
            assert (value or "not") in table, (row["id"], name)


def test_list_trials_of_a_folder(tmp_path: Path) -> None:
    """A user's own trials; rules are not read, so that a draft can be listed."""
    pack = tiny_pack(tmp_path, TINY_TRIAL.replace("lab.neutrophils", "lab.not_yet_a_fact"))
    (row,) = listed("json", "--criteria", pack)

    assert (row["id"], row["registry"], row["criteria"], row["gaps"]) == (
        "tiny",
        "NCT00000001",
        2,
        0,
    )
    assert run("show", "tiny", "--criteria", pack).code == 4


# show


@pytest.mark.parametrize("name", PAGES)
def test_show_tells_every_criterion(name: str) -> None:
    """Each id with its title, its place on the page and its note, in the order of the page."""
    out = flat(run("show", name, COLUMNS="1000").out)
    page = PAGES[name]
    place = 0
    for criterion in [*page["inclusion"], *page.get("exclusion", [])]:
        said = flat(f"{criterion['id']} {criterion['title']} source: {criterion['source']}")
        place = out.index(said, place) + 1
        if "note" in criterion:
            assert f"note: {flat(criterion['note'])}" in out[place:]
    for gap in page["trial"]["gaps"]:
        assert flat(gap) in out


@pytest.mark.parametrize("name", PAGES)
def test_show_tells_every_rule_in_words(name: str) -> None:
    """A criterion that is no heading shows its rule or its readings; nothing of TOML is left."""
    blocks = re.split(
        r"^ *(?=[IE]\d\S* |Outcome )", run("show", name, COLUMNS="1000").out, flags=re.MULTILINE
    )
    shown = {block.split()[0]: block for block in blocks[1:]}
    page = PAGES[name]
    for criterion in [*page["inclusion"], *page.get("exclusion", [])]:
        block = shown[criterion["id"]]
        labels = [reading["label"] for reading in criterion.get("readings", [])]
        readings = [  # of a criterion that stands under two choices, a label for each
            label if isinstance(label, str) else ", ".join(label.values()) for label in labels
        ]
        assert ("rule:" in block) == ("rule" in criterion), criterion["id"]
        assert re.findall("reading '(.*)':", block) == readings
        assert ("needs:" in block) == ("rule" not in criterion and not readings)
        assert ("applies only where this holds:" in block) == ("applies" in criterion)
        assert not re.search(r"[{}]|\b(lab|person|heart)\.\w", block.partition("note:")[0])


def test_show_reads_a_rule_aloud(tmp_path: Path) -> None:
    """Label, comparison, number and unit."""
    out = flat(run("show", "tiny", "--criteria", tiny_pack(tmp_path)).out)

    assert "I1 Neutrophils at least 1 x 10^9/L source: Inclusion 1 rule: Neutrophils" in out
    assert "at least 1 10^9/L" in out


@pytest.mark.parametrize("name", ["NCT06222853", "cd19-csle"])
def test_show_takes_either_name(name: str) -> None:
    """Id or registry number."""
    assert run("show", name).out.startswith("cd19-csle: ")


# template


def uncommented(text: str) -> str:
    """The template with every `# name = value` line made a line of the profile.

    What it leaves open is filled: a finding with true, a choice with its first word, a number
    with 1.
    """
    lines = []
    for line in text.splitlines():
        match = re.fullmatch(r"# (\"?[\w.]+\"?) = *(.*)", line)
        if not match:
            lines.append(re.sub(r"^# (\[\[\w+\]\])$", r"\1", line))
            continue
        name, value = match.groups()
        given, _, hint = value.partition("#")
        given, hint = given.strip(), hint.strip()
        if given == '""':
            given = json.dumps(hint.removeprefix("one of: ").split(", ")[0])
        given = given or ("true" if hint == "true or false" else "1")
        filled = given.replace("...", "1").replace("YYYY-MM-DD", "2025-06-02")
        lines.append(f"{name} = {filled}")
    return "\n".join(lines)


@pytest.mark.parametrize("trials", [[], ["cd19-csle"], ["auto-cd19-bcma-aid", "rd06-04-sle"]])
def test_template_is_a_profile_as_it_stands(tmp_path: Path, trials: list[str]) -> None:
    """Before anything is filled in, it is a valid patient of whom nothing is known."""
    options = [part for name in trials for part in ("--trial", name)]
    path = tmp_path / "patient.toml"
    path.write_text(run("template", *options).out, "utf-8")
    done = run("validate", path)

    assert (done.code, done.err) == (0, "")
    assert "0 facts, no entries" in done.out


def test_template_asks_for_what_the_trial_reads(tmp_path: Path) -> None:
    """Neutrophils and nephritis for the tiny trial, and the date; nothing else."""
    out = run("template", "--criteria", tiny_pack(tmp_path)).out
    names = re.findall(r"^# (\w+) = ", out, re.MULTILINE)

    assert set(names) >= {"screening", "neutrophils", "lupus_nephritis"}
    assert len(names) < 12
    assert '# neutrophils = "... 10^9/L"' in out


def test_template_filled_in_is_a_profile_that_is_judged(tmp_path: Path) -> None:
    """Uncomment and fill every line of the tiny trial's template: nothing is left open."""
    pack = tiny_pack(tmp_path)
    path = tmp_path / "patient.toml"
    path.write_text(uncommented(run("template", "--criteria", pack).out), "utf-8")
    done = run("check", path, "--criteria", pack, "--format", "json")
    (report,) = json.loads(done.out)

    assert done.code == 0, done.err
    assert report["trials"][0]["counts"] == {"matched": 1, "failed": 1, "unknown": 0}


@pytest.mark.parametrize("trial", TRIALS)
def test_template_writes_each_line_as_a_profile_has_it(tmp_path: Path, trial: str) -> None:
    """Each line of a section, filled in, is understood: no fault is about shape, unit or name.

    1, which fills in a number, may be out of range, or no value of an instrument (0, 2 or 3).
    """
    text = uncommented(run("template", "--trial", trial).out)
    sections = text.partition("\n# One [[")[0]
    path = tmp_path / "patient.toml"
    path.write_text(sections, "utf-8")
    done = run("validate", path)
    faults = [line for line in done.err.splitlines() if line.startswith("error:")]

    assert sections.count("\n") > 60
    assert [line for line in faults if not re.search("is out of range|is no value of", line)] == []


def test_no_line_of_the_template_is_a_value_as_it_stands() -> None:
    """Each line, its "#" taken away and nothing filled in, is refused, and says why."""
    head = 'schema = 1\npatient = "P-1"\n'
    section, passed, reasons = "", [], Counter[str]()
    for line in run("template").out.splitlines():
        if found := re.match(r"(?:# )?(\[.*\])", line):
            section = found[1]
        elif re.match(r'# [\w".-]+ = ', line) and section:
            content = f"{head}{section}\n{line[2:]}\n".encode()
            try:
                parse_profile(content, bundled_pack().vocabulary, "p.toml")
            except InputError as fault:
                said = re.search("placeholder|a value is missing|'' is none of", str(fault))
                reasons[said[0] if said else str(fault)] += 1
            else:
                passed.append(line)

    assert passed == []
    assert reasons.keys() == {"placeholder", "a value is missing", "'' is none of"}
    assert sum(reasons.values()) > 300


def test_template_for_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    """The neutrophils are known; the nephritis is not."""
    pack = tiny_pack(tmp_path)
    patient = profile(tmp_path, patient="P-7", **OPEN)
    out = run("template", "--for", patient, "--criteria", pack).out

    assert "# lupus_nephritis = " in out
    assert 'patient = "P-7"' in out
    assert "# neutrophils" not in out


def test_template_for_a_decided_patient_asks_nothing(tmp_path: Path) -> None:
    """Nothing is missing for one who fits, nor for one who is ruled out."""
    pack = tiny_pack(tmp_path)
    for data in (FITS, {"diagnosis": {"lupus_nephritis": True}}):
        out = run("template", "--for", profile(tmp_path, **data), "--criteria", pack).out
        body = out.partition("patient = ")[2]
        assert "#" not in body.replace("# screening", "")


def test_template_for_asks_for_a_missing_limit(tmp_path: Path) -> None:
    """A result without its upper limit of normal needs that limit, and says how to write it."""
    rule = TINY_TRIAL.replace("lab.neutrophils >= 1 10^9/L", "lab.alt <= 1 ULN")
    patient = profile(tmp_path, lab={"alt": "22 U/L"})
    out = run("template", "--for", patient, "--criteria", tiny_pack(tmp_path, rule)).out

    assert '# alt = { value = "... U/L", upper = "... U/L" }' in out


@pytest.mark.parametrize("trial", TRIALS)
def test_template_for_the_complete_patient_asks_nothing(tmp_path: Path, trial: str) -> None:
    """The profile that matches every criterion has no gap to fill."""
    data, _ = cases_of(trial)
    patient = profile(tmp_path, **data)
    out = run("template", "--for", patient, "--trial", trial).out

    assert re.findall(r"^# [\w\"].* = ", out.partition("patient = ")[2], re.MULTILINE) == []


# facts


def test_facts_lists_every_fact_and_record() -> None:
    """Sections with their facts, records with their fields."""
    out = run("facts", COLUMNS="200").out
    vocabulary = bundled_pack().vocabulary

    for section, names in vocabulary.sections.items():
        block = out[out.index(f"[{section}]") :]
        for name in names:
            assert re.search(rf"^{name} ", block, re.MULTILINE), f"{section}.{name}"
    for record in vocabulary.records:
        assert f"[[{record}]]" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lab.alt", ["number, U/L", "LOINC", "1742-6", "read by"]),
        ("lab", ["lab.neutrophils", "lab.creatinine"]),
        ("treatment", ["[[treatment]]", "drug", "start"]),
        ("prednisone", ["glucocorticoid", "half-life", "source"]),
        ("Prednisone", ["glucocorticoid"]),
        ("activity.sledai_2k", ["the sum of", "sledai.seizure 8", "sledai.fever 1", "Gladman"]),
        ("renal.egfr", ["derived ckd epi 2021 from", "derived ckid u25 from"]),
        ("person.can_become_pregnant", ["derived"]),
    ],
)
def test_facts_of_a_name(name: str, said: list[str]) -> None:
    """A fact, a section, a list, a drug, a score and a formula."""
    done = run("facts", name)

    assert done.code == 0
    assert [text for text in said if text not in flat(done.out)] == []


def test_facts_shows_everything_there_is() -> None:
    """No fact, record or drug of the pack breaks its page."""
    vocabulary = bundled_pack().vocabulary
    facts = ""
    for name in [*vocabulary.sections, *vocabulary.records]:
        done = run("facts", name)
        assert (done.code, done.err) == (0, ""), name
        facts += done.out
    assert [name for name in vocabulary.facts if f"{name}\n" not in facts] == []


def test_facts_of_a_derived_score_of_a_folder(tmp_path: Path) -> None:
    """A user's own score shows its items and weights, and who reads it."""
    pack = tiny_pack(tmp_path, TINY_TRIAL.replace("lab.neutrophils >= 1 10^9/L", "own.score >= 1"))
    item = 'label = "A sign"\nkind = "finding"\nquestion = "?"\n'
    item += 'obtain = "question"\nchanges = "never"\n'
    (pack / "facts.toml").write_text(
        f"[fact.own.a]\n{item}[fact.own.b]\n{item}"
        '[fact.own.score]\nlabel = "Our score"\nkind = "quantity"\nunit = "1"\nquestion = "?"\n'
        'obtain = "question"\nchanges = "never"\nbounds = [0, 3]\n'
        'derive = [{ sum = [{ fact = "own.a", weight = 1 }, { fact = "own.b", weight = 1.5 }] }]\n',
        "utf-8",
    )
    done = run("facts", "own.score", "--criteria", pack)

    assert done.code == 0, done.err
    for said in ("own.a 1", "own.b 1.5", "tiny: I1"):
        assert said in flat(done.out)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("lab.neutrophlis", "'lab.neutrophils'"),
        ("neutrophlis", "'lab.neutrophils'"),
        ("treatmnets", "'treatment'"),
        ("predinsone", "'prednisone'"),
    ],
)
def test_facts_of_an_unknown_name_suggests_the_nearest(name: str, nearest: str) -> None:
    """Wrong usage, with what was probably meant."""
    done = run("facts", name)

    assert (done.code, done.out) == (2, "")
    assert nearest in done.err


# validate


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_validate_counts_what_it_read(file: Path) -> None:
    """As many facts and entries of lists as stand in the file, and no error."""
    data = tomllib.loads(file.read_text("utf-8"))
    records = sum(len(value) for value in data.values() if isinstance(value, list))
    known = bundled_pack().vocabulary.sections
    facts = sum(len(value) for name, value in data.items() if name in known)
    done = run("validate", file)

    assert done.code == 0
    assert done.out == f"{file}: valid; {facts} facts, {entries(records)}\n"
    assert "error:" not in done.err


def test_validate_names_every_fault_of_every_file(tmp_path: Path) -> None:
    """All faults, file by file; the good one is told too; exit 3."""
    first = profile(tmp_path, "a.toml", lab={"neutrophil": 3, "alt": "22"}, history={"x": True})
    good = profile(tmp_path, "b.toml", **FITS)
    done = run("validate", first, good, tmp_path / "c.toml")

    assert done.code == 3
    assert done.out == f"{good}: valid; 3 facts, no entries\n"
    places = ["lab.neutrophil ", "lab.alt: '22' has no unit", "history.x is not a fact"]
    for line, place in zip(done.err.splitlines(), [*places, "c.toml"], strict=True):
        assert line.startswith("error: ")
        assert place in line
    assert "'neutrophils'" in done.err


def test_validate_warns_of_what_is_doubtful(tmp_path: Path) -> None:
    """A warning is no fault: standard error, and exit 0."""
    patient = profile(tmp_path, treatment=[{"drug": "Prednison", "start": "2026-01"}])
    done = run("validate", patient)

    assert done.code == 0
    assert done.err.startswith(f"warning: {patient}: treatment[1].drug: 'Prednison' is not a drug")
    assert "'prednisone'" in done.err


def test_validate_names_every_answer_that_would_not_be_used(tmp_path: Path) -> None:
    """As `check` would leave them out: all of them, by the trials of --criteria, too."""
    mark = "000000"  # of no question of the trial
    given = {"E1": "yes", "E99": True, "I1": {"answer": True, "question": mark}}
    patient = profile(tmp_path, answers={"tiny": given, "tinny": {"E1": True}}, **FITS)
    asks = TINY_TRIAL.replace('rule   = "lab.neutrophils >= 1 10^9/L"', 'rule = { ask = "So?" }')
    assert asks != TINY_TRIAL
    done = run("validate", patient, "--criteria", tiny_pack(tmp_path, asks))

    assert done.code == 0
    assert done.err.splitlines() == [
        f"warning: {patient}: answers.{place}; it would not be used."
        for place in (
            "tinny: there is no such trial in the pack",
            "tiny.E1: there is no reading of that label",
            "tiny.E99: the trial has no such criterion or choice",
            "tiny.I1: its question has changed since",
        )
    ]


def test_validate_names_every_fault_of_the_answers_at_once(tmp_path: Path) -> None:
    given = {"E1": 1, "E2": {"answer": True, "question": "no"}, "E3": {"answer": True, "of": "x"}}
    done = run("validate", profile(tmp_path, answers={"tiny": given}))

    assert done.code == 3
    assert [re.findall(r"answers\.tiny\.E\d", line) for line in done.err.splitlines()] == [
        ["answers.tiny.E1"],
        ["answers.tiny.E2"],
        ["answers.tiny.E3"],
    ]


def test_validate_reads_standard_input_and_judges_nothing(tmp_path: Path) -> None:
    """No verdict, no criterion."""
    done = run("validate", "-", stdin=profile(tmp_path, **FITS).read_bytes())

    assert (done.code, done.out) == (0, "-: valid; 3 facts, no entries\n")


# schema


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("schema", name).out)
    return found


def plain(value: Any) -> Any:
    """TOML data as JSON has it: dates are ISO text."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case datetime() | date():
            return value.isoformat()
    return value


@pytest.mark.parametrize("name", ["report", "profile", "trial"])
def test_schema_is_a_json_schema(name: str) -> None:
    """Valid by the draft that it names."""
    found = schema(name)
    Draft202012Validator.check_schema(found)

    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def faults(validator: Draft202012Validator, data: Any) -> list[str]:
    return [f"{fault.json_path}: {fault.message[:80]}" for fault in validator.iter_errors(data)]


def test_examples_fit_the_schema_of_a_profile() -> None:
    """Every example; and what the loader refuses, the schema refuses too."""
    validator = Draft202012Validator(schema("profile"))
    for file in FILES:
        data = plain(tomllib.loads(file.read_text("utf-8")))
        assert faults(validator, data) == [], file.name
        assert faults(validator, {**data, "labs": {}})
        assert faults(validator, {**data, "lab": {"neutrophil": "1 10^9/L"}})
        assert faults(validator, {**data, "diagnosis": {"sle": "yes"}})
        assert faults(validator, {**data, "dates": {"screening": "2 June 2025"}})
        del data["schema"]
        assert faults(validator, data)


@pytest.mark.parametrize("trial", TRIALS)
def test_cases_fit_the_schema_of_a_profile(trial: str) -> None:
    """The profiles by which the criteria are tested, which are loaded every day."""
    validator = Draft202012Validator(schema("profile"))
    full, cases = cases_of(trial)
    for data in [full, *(case.data for case in cases)]:
        assert faults(validator, {"schema": 1, "patient": "P", **plain(data)}) == []


def test_profile_schema_knows_the_facts_of_a_folder(tmp_path: Path) -> None:
    """A user's facts are part of it."""
    pack = tiny_pack(tmp_path)
    (pack / "facts.toml").write_text(
        '[fact.own.a]\nlabel = "A sign"\nkind = "finding"\nquestion = "?"\n'
        'obtain = "question"\nchanges = "never"\n',
        "utf-8",
    )
    found = json.loads(run("schema", "profile", "--criteria", pack).out)

    assert "a" in found["properties"]["own"]["properties"]
    assert "own" not in schema("profile")["properties"]


def test_bundled_trials_fit_the_schema_of_a_trial() -> None:
    """Every trial file of the pack; a misspelt key does not fit."""
    validator = Draft202012Validator(schema("trial"))
    for page in PAGES.values():
        data = plain(page)
        assert faults(validator, data) == [], data["trial"]["id"]
        assert faults(validator, {**data, "inclusions": []})
        assert faults(validator, {**data, "trial": {**data["trial"], "sponser": "x"}})


# version, help, completion


def test_version() -> None:
    """Name and version, and nothing else."""
    done = run("--version")

    assert (done.code, done.out, done.err) == (0, f"cartscreen {__version__}\n", "")


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_says_what_the_program_is_for(command: list[str], option: str) -> None:
    """The notice stands in every help; the exit status where a script looks for it."""
    done = run(*command, option)

    assert (done.code, done.err) == (0, "")
    assert flat(NOTICE) in flat(done.out)
    assert "129, 130, 143 hung up, interrupted, terminated" in flat(done.out)


def test_help_lists_every_command_with_a_whole_sentence() -> None:
    """No summary is cut off at 80 columns."""
    out = run("--help").out
    summaries = dict(
        re.findall(
            r"^  ([\w-]+)  +(\S.*)$",
            out.partition("Commands:")[2].partition("Examples:")[0],
            re.MULTILINE,
        )
    )

    assert sorted(summaries) == COMMANDS
    assert [text for text in summaries.values() if text.endswith("...")] == []


def test_every_option_has_help() -> None:
    """In no command is an option or argument left to be guessed."""
    silent = [
        f"{name} {parameter.name}"
        for name, command in get_command(app).commands.items()  # type: ignore[attr-defined]
        for parameter in command.params
        if not getattr(parameter, "help", "")
    ]

    assert silent == []


def test_completion_script_is_printed_for_bash() -> None:
    """What `--show-completion` prints, asked for as the script itself asks."""
    done = run(_CARTSCREEN_COMPLETE="source_bash")

    assert done.code == 0
    assert "complete -o default -F _cartscreen_completion cartscreen" in done.out


def test_completion_completes_commands_and_formats() -> None:
    """`che` is check, and the formats are offered."""
    asked = {"_CARTSCREEN_COMPLETE": "complete_bash"}
    command = run(**asked, COMP_WORDS="cartscreen che", COMP_CWORD="1")
    formats = run(**asked, COMP_WORDS="cartscreen check --format ", COMP_CWORD="3")

    assert command.out.split() == ["check"]
    assert set(formats.out.split()) >= {"table", "json", "ndjson", "csv", "markdown"}


def test_derive_shows_what_is_stated_where_nothing_follows(tmp_path: Path) -> None:
    """The eGFR is stated, and neither age, sex nor creatinine is."""
    patient = profile(tmp_path, renal={"egfr": "90 mL/min/1.73 m2"})
    done = run("derive", patient, "renal.egfr")

    assert done.out.splitlines()[-2:] == [
        "renal.egfr: not recorded; needs Age, Date of birth, Sex, Serum creatinine",
        "  stated as 90 mL/min/1.73 m2",
    ]


def test_derive_of_a_profile_from_which_nothing_follows(tmp_path: Path) -> None:
    """No fact is stated, and no treatment is listed."""
    done = run("derive", profile(tmp_path))

    assert done.out == "Nothing is derived from this profile.\n"
