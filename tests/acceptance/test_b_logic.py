"""Acceptance checks 21 to 34: logic. What cannot be met stands in not_taken.py."""

import json
import random
import tomllib
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest
from draws import DRAWS, thinned
from hypothesis import given, settings
from hypothesis import strategies as st
from program import (
    EXAMPLES,
    FITS,
    IN_FULL,
    OPEN,
    RULED_OUT,
    TINY_TRIAL,
    WITH_DATA,
    in_full,
    profile,
    run,
    tiny_pack,
)
from support import asked, chart_of, says

from cartscreen.answer import Answer
from cartscreen.cli.output import Format
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule

EXAMPLE_FILES = sorted(EXAMPLES.glob("*.toml"))
TINY_HEAD = TINY_TRIAL.partition("[[inclusion]]")[0]


def checked(patient: Path, *options: str | Path) -> dict[str, Any]:
    """The one report of a patient, from the JSON that `check` prints."""
    done = run("check", patient, "--format", "json", *options)
    assert done.code == 0, done.err
    (report,) = json.loads(done.out)
    assert isinstance(report, dict)
    return report


def verdicts(report: dict[str, Any]) -> dict[str, tuple[str, dict[str, str]]]:
    """(verdict, the status of each criterion) of each trial."""
    return {
        trial["id"]: (trial["verdict"], {c["id"]: c["status"] for c in trial["criteria"]})
        for trial in report["trials"]
    }


def flat(text: str) -> str:
    return " ".join(text.split())


def criterion(kind: str, id: str, rule: str, title: str = "") -> str:
    """One criterion of a trial file; the rule as TOML."""
    return (
        f'[[{kind}]]\nid = "{id}"\ntitle = "{title or f"The {kind} {id}"}"\n'
        f'source = "{kind.capitalize()} {id[1:]}"\nrule = {rule}\n'
    )


KLEENE = [
    # a, b, all, any
    ("yes", "yes", "yes", "yes"),
    ("yes", "no", "no", "yes"),
    ("yes", "unknown", "unknown", "yes"),
    ("no", "yes", "no", "yes"),
    ("no", "no", "no", "no"),
    ("no", "unknown", "no", "unknown"),
    ("unknown", "yes", "unknown", "yes"),
    ("unknown", "no", "no", "unknown"),
    ("unknown", "unknown", "unknown", "unknown"),
]
STATED = {"yes": "{} = true\n", "no": "{} = false\n", "unknown": ""}


@pytest.mark.parametrize(("a", "b", "both", "either"), KLEENE)
def test_21_all_and_any_of_two_answers(a: str, b: str, both: str, either: str) -> None:
    """All and any of two answers are as Kleene's table has them, in each of the nine cases."""
    facts = ["diagnosis.sle", "diagnosis.ild"]
    toml = STATED[a].format(facts[0]) + STATED[b].format(facts[1])
    neither = {"yes": "no", "no": "yes", "unknown": "unknown"}[either]

    assert says(f"{{ all = {facts} }}", toml).partition(",")[0] == both
    assert says(f"{{ any = {facts} }}", toml).partition(",")[0] == either
    assert says(f"{{ none = {facts} }}", toml).partition(",")[0] == neither


@pytest.mark.parametrize(("a", "opposite"), [("yes", "no"), ("no", "yes"), ("unknown", "unknown")])
def test_21_the_opposite_of_an_answer(a: str, opposite: str) -> None:
    """None of a rule is the opposite of yes and of no; of unknown it is unknown."""
    said = says('{ none = ["diagnosis.sle"] }', STATED[a].format("diagnosis.sle"))

    assert said.partition(",")[0] == opposite


@pytest.mark.parametrize("toml", ["", "diagnosis.sle = true", "diagnosis.sle = false"])
def test_22_an_answer_has_no_truth_of_python(toml: str) -> None:
    """An answer in the place of a condition raises TypeError, whichever answer it is."""
    answer = asked("diagnosis.sle", toml).answer

    with pytest.raises(TypeError):
        print("met" if answer else "not met")
    with pytest.raises(TypeError):
        print(not answer)
    with pytest.raises(TypeError):
        print(answer or "not met")
    with pytest.raises(TypeError):
        all([answer])
    with pytest.raises(TypeError):
        any([answer])


@pytest.mark.parametrize("format", Format)
def test_23_an_exclusion_without_data_is_unknown(tmp_path: Path, format: str) -> None:
    """An exclusion of which nothing is recorded is unknown, and so the patient is undetermined."""
    pack, patient = tiny_pack(tmp_path), profile(tmp_path, **OPEN)
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert verdicts(checked(patient, "--criteria", pack)) == {
        "tiny": ("undetermined", {"I1": "matched", "E1": "unknown"})
    }
    assert "undetermined" in done.out
    assert "meets every" not in flat(done.out)
    assert "eligible" not in done.out.replace("ineligible", "")


@pytest.mark.parametrize("unknowns", [0, 1, 7])
@pytest.mark.parametrize("format", Format)
def test_24_one_failure_decides_whatever_is_unknown(
    tmp_path: Path, format: str, unknowns: int
) -> None:
    """With one criterion failed and any number unknown the patient is ineligible, by that one."""
    more = "".join(
        criterion("inclusion", f"I{number}", '"diagnosis.sle"') for number in range(2, 2 + unknowns)
    )
    pack = tiny_pack(tmp_path, TINY_TRIAL + more)
    patient = profile(tmp_path, **FITS | RULED_OUT)
    (trial,) = checked(patient, "--criteria", pack)["trials"]
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert trial["verdict"] == "ineligible"
    assert trial["counts"] == {"matched": 1, "failed": 1, "unknown": unknowns}
    assert [c["id"] for c in trial["criteria"] if c["status"] == "failed"] == ["E1"]
    assert "ineligible" in done.out
    assert ("Lupus nephritis" if format != "verdicts" else '"failed": ["E1"]') in done.out


FOUR = [
    criterion("inclusion", "I1", '"lab.neutrophils >= 1 10^9/L"'),
    criterion("inclusion", "I2", '"diagnosis.sle"'),
    criterion("exclusion", "E1", '"diagnosis.lupus_nephritis"'),
    criterion("exclusion", "E2", '"lab.alt > 3 ULN"'),
]


@pytest.mark.parametrize("data", [FITS, RULED_OUT, OPEN], ids=["fits", "ruled out", "open"])
def test_26_the_order_of_criteria_does_not_matter(tmp_path: Path, data: dict[str, Any]) -> None:
    """Four criteria in each of their 24 orders come to the same verdict and statuses."""
    patient = profile(tmp_path, **data)
    pack = tiny_pack(tmp_path)
    found = []
    for order in permutations(FOUR):
        (pack / "tiny.toml").write_text(TINY_HEAD + "".join(order), encoding="utf-8")
        found.append(verdicts(checked(patient, "--criteria", pack)))

    assert len(found) == 24
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("file", thinned(EXAMPLE_FILES, 3), ids=lambda file: file.stem)
def test_26_the_order_of_a_profile_does_not_matter(tmp_path: Path, file: Path) -> None:
    """Sections, facts, results of a series and entries of a list, shuffled, answer as before."""
    expected = verdicts(checked(file))
    for seed in range(2):
        shuffled = profile(tmp_path, **_shuffled(_plain(file), random.Random(seed)))
        assert verdicts(checked(shuffled)) == expected, seed


def _plain(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def _shuffled(data: Any, chance: random.Random) -> Any:
    """The same tables with their keys, and the same lists with their members, in another order."""
    if isinstance(data, dict):
        keys = chance.sample([*data], len(data))
        return {key: _shuffled(data[key], chance) for key in keys}
    if isinstance(data, list):
        return [_shuffled(item, chance) for item in chance.sample(data, len(data))]
    return data


@pytest.mark.parametrize("data", [FITS, RULED_OUT, OPEN], ids=["fits", "ruled out", "open"])
@pytest.mark.parametrize(
    "rule",
    [
        '"diagnosis.lupus_nephritis"',
        '{ any = ["diagnosis.lupus_nephritis", "lab.neutrophils < 0.5 10^9/L"] }',
        '{ none = ["diagnosis.lupus_nephritis"] }',
    ],
)
def test_27_an_exclusion_is_the_inclusion_of_its_opposite(
    tmp_path: Path, data: dict[str, Any], rule: str
) -> None:
    """Not to be excluded by a rule, or to be included by its negation, is one verdict."""
    patient = profile(tmp_path, **data)
    pack = tiny_pack(tmp_path)
    found = []
    for kind, name, asks in [
        ("exclusion", "E1", rule),
        ("inclusion", "I1", f"{{ none = [{rule}] }}"),
    ]:
        (pack / "tiny.toml").write_text(TINY_HEAD + criterion(kind, name, asks), encoding="utf-8")
        ((verdict, statuses),) = verdicts(checked(patient, "--criteria", pack)).values()
        found.append((verdict, statuses[name]))

    assert found[0] == found[1]


NOTHING = {
    "an empty folder": {},
    "no TOML in it": {"README.md": b"Criteria"},
    "facts alone": {"facts.toml": b'[pack]\nschema = 1\nid = "x"\nversion = "1"\n'},
    "no criteria": {"tiny.toml": TINY_HEAD.encode()},
    "an empty list of criteria": {
        "tiny.toml": b"inclusion = []\nexclusion = []\n" + TINY_HEAD.encode()
    },
    "a heading without children": {
        "tiny.toml": f'{TINY_HEAD}[[inclusion]]\nid = "I1"\ntitle = "All"\nsource = "I1"\n'.encode()
    },
    "an empty group": {
        "tiny.toml": (TINY_HEAD + criterion("inclusion", "I1", "{ all = [] }")).encode()
    },
    "an empty file": {"tiny.toml": b""},
    "no text": {"tiny.toml": b"\xff\xfe\x00"},
    "no TOML": {"tiny.toml": b"[trial"},
    "one file of two is no TOML": {"tiny.toml": TINY_TRIAL.encode(), "z.toml": b"[trial"},
}


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("files", NOTHING.values(), ids=NOTHING)
def test_28_without_criteria_there_is_no_verdict(
    tmp_path: Path, files: dict[str, bytes], format: str
) -> None:
    """No trial, no criterion, or a file that cannot be read: exit 4, one fault and no verdict."""
    pack = tmp_path / "pack"
    pack.mkdir()
    for name, content in files.items():
        (pack / name).write_bytes(content)
    done = run("check", profile(tmp_path, **FITS), "--criteria", pack, "--format", format)

    assert (done.code, done.out) == (4, "")
    assert str(pack) in done.err


def test_28_a_folder_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    """A folder that does not exist, or is a file, ends with exit 4 as well."""
    patient = profile(tmp_path, **FITS)

    for folder in (tmp_path / "absent", patient):
        done = run("check", patient, "--criteria", folder)
        assert (done.code, done.out) == (4, "")


NOT_KNOWN = [
    ('rule   = "diagnosis.lupus_nephritis"', 'rule = { every = ["diagnosis.sle"] }', "every"),
    ('rule   = "diagnosis.lupus_nephritis"', 'rule = "diagnosis.lupus"', "diagnosis.lupus"),
    ('rule   = "diagnosis.lupus_nephritis"', 'regex = "lupus"', "regex"),
    ('rule   = "diagnosis.lupus_nephritis"', 'rule = { some = "drugs" }', "drugs"),
    ('rule   = "diagnosis.lupus_nephritis"', 'rule = "lab.alt ~ 3 ULN"', "~"),
    ('rule   = "diagnosis.lupus_nephritis"', 'rule = "lab.alt > 3 ULM"', "ULM"),
    ('rule   = "diagnosis.lupus_nephritis"', 'rule = "lab.alt > 3 g/L"', "g/L"),
    (
        'rule   = "diagnosis.lupus_nephritis"',
        'rule = "renal.biopsy_date within 3 fortnights"',
        "fortnights",
    ),
    ("[[exclusion]]", "[[exclusions]]", "exclusions"),
    ('source = "Exclusion 1"', 'source = "Exclusion 1"\nseverity = "high"', "severity"),
]


@pytest.mark.parametrize(("old", "new", "named"), NOT_KNOWN, ids=[row[2] for row in NOT_KNOWN])
def test_29_what_the_language_does_not_know_is_no_criterion(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    """A key, group, fact, operator, unit or window not known: exit 4 with file and key, no skip."""
    assert old in TINY_TRIAL
    pack = tiny_pack(tmp_path, TINY_TRIAL.replace(old, new))
    done = run("check", profile(tmp_path, **FITS), "--criteria", pack, "--format", "json")

    assert (done.code, done.out) == (4, "")
    assert "tiny.toml" in done.err
    assert named in done.err


def test_30_a_patient_of_whom_nothing_is_known(tmp_path: Path) -> None:
    """Of a pseudonym alone every criterion of every trial is unknown, and each is undetermined."""
    report = checked(profile(tmp_path))
    found = verdicts(report)

    assert found.keys() == {trial.id for trial in bundled_pack().trials}
    assert {verdict for verdict, _ in found.values()} == {"undetermined"}
    assert {status for _, statuses in found.values() for status in statuses.values()} == {"unknown"}
    assert all(c["reason"] for trial in report["trials"] for c in trial["criteria"])


@pytest.mark.parametrize("content", [b"", b"\n \n", b"# nothing but a comment\n"])
@pytest.mark.parametrize("format", Format)
def test_30_an_empty_file_is_no_patient(tmp_path: Path, content: bytes, format: str) -> None:
    """A file without a pseudonym is no profile: exit 3, and never a verdict."""
    file = tmp_path / "patient.toml"
    file.write_bytes(content)
    done = run("check", file, "--trial", "cd19-csle", "--format", format)

    assert done.code == 3
    assert "undetermined" not in done.out
    assert "eligible" not in done.out


@pytest.mark.parametrize("file", EXAMPLE_FILES, ids=lambda file: file.stem)
def test_31_a_result_that_no_criterion_reads_changes_nothing(tmp_path: Path, file: Path) -> None:
    """cd19-csle has no limit for haemoglobin or IgG: the worst values change no criterion of it."""
    data = _plain(file)
    data.setdefault("lab", {}).update(hemoglobin="30 g/L", igg="0.1 g/L")
    only = ("--trial", "cd19-csle")
    (before,) = checked(file, *only)["trials"]
    (after,) = checked(profile(tmp_path, **data), *only)["trials"]

    assert after["verdict"] == before["verdict"]
    assert after["criteria"] == before["criteria"]


ASKS = "Does the investigator hold the person to be suitable?"


@pytest.mark.parametrize("format", IN_FULL)
def test_32_what_needs_a_person_stays_open(tmp_path: Path, format: str) -> None:
    """All else met, a question for the investigator leaves it undetermined, and stands in full."""
    pack = tiny_pack(tmp_path, TINY_TRIAL + criterion("inclusion", "I2", f'{{ ask = "{ASKS}" }}'))
    patient = profile(tmp_path, **FITS)
    (trial,) = checked(patient, "--criteria", pack)["trials"]
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert trial["verdict"] == "undetermined"
    assert trial["counts"] == {"matched": 2, "failed": 0, "unknown": 1}
    (open_,) = (c for c in trial["criteria"] if c["status"] == "unknown")
    assert (open_["id"], open_["reason"], open_["missing"]) == (
        "I2",
        "needs_person",
        ["answers.I2"],
    )
    assert "undetermined" in done.out
    assert ASKS in flat(done.out)


@pytest.mark.parametrize("given", [True, False])
def test_32_an_answer_given_by_a_person_is_used(tmp_path: Path, given: bool) -> None:
    """Once a person has answered, the criterion is decided, and shows that a person did."""
    pack = tiny_pack(tmp_path, TINY_TRIAL + criterion("inclusion", "I2", f'{{ ask = "{ASKS}" }}'))
    patient = profile(tmp_path, **FITS, answers={"tiny": {"I2": given}})
    (trial,) = checked(patient, "--criteria", pack)["trials"]
    (asked_of,) = (c for c in trial["criteria"] if c["id"] == "I2")

    assert trial["verdict"] == ("eligible" if given else "ineligible")
    assert [read["fact"] for read in asked_of["because"]] == ["answers.I2"]


SHOWN_TRIAL = TINY_HEAD + "".join(
    [
        criterion("inclusion", "I1", '"lab.alt <= 3 ULN"', "ALT at most 3 x ULN"),
        criterion("inclusion", "I2", '"lab.hemoglobin >= 80 g/L"', "Haemoglobin at least 80 g/L"),
        criterion("exclusion", "E1", '"heart.lvef < 50 %"', "Ejection fraction under 50 %"),
        criterion("exclusion", "E2", '"lab.igg < 4 g/L"', "IgG under 4 g/L"),
    ]
)
SHOWN = {
    "lab": {
        "alt": {"value": "22 U/L", "upper": "40 U/L", "date": "2026-10-28"},  # matched
        "hemoglobin": {"value": "7.95 g/dL", "date": "2026-10-29"},  # failed, in another unit
        "igg": {"value": "<5 g/L", "date": "2026-10-31"},  # unknown, and read all the same
    },
    "heart": {"lvef": {"value": "62 %", "date": "2026-10-30"}},  # an exclusion that is not met
}
DATA = [
    ("I1", "ALT at most 3 x ULN", "22 U/L", "2026-10-28", "Inclusion 1"),
    ("I2", "Haemoglobin at least 80 g/L", "7.95 g/dL", "2026-10-29", "Inclusion 2"),
    ("E1", "Ejection fraction under 50 %", "62 %", "2026-10-30", "Exclusion 1"),
    ("E2", "IgG under 4 g/L", "<5 g/L", "2026-10-31", "Exclusion 2"),
]


@pytest.mark.parametrize("format", IN_FULL)
def test_33_each_criterion_shows_what_it_was_judged_by(tmp_path: Path, format: str) -> None:
    """Matched, failed or unknown: datum, unit, date and rule, and by its number its place."""
    pack, patient = tiny_pack(tmp_path, SHOWN_TRIAL), profile(tmp_path, **SHOWN)
    done = run("check", patient, "--criteria", pack, *in_full(format), COLUMNS="200")
    text = done.out.replace("\\<", "<").replace("&lt;", "<").replace("&#60;", "<")

    assert done.code == 0
    for name, title, value, day, source in DATA:
        for part in (name, title, value, day):
            assert part in text, (name, part)
        assert (source in text) is (format != "table"), (name, source)


def test_33_the_table_shows_datum_and_date_in_the_row_of_its_criterion(tmp_path: Path) -> None:
    """In the table each row holds number, rule, value with unit, date, and what is asked of it."""
    pack, patient = tiny_pack(tmp_path, SHOWN_TRIAL), profile(tmp_path, **SHOWN)
    rows = run("check", patient, "--criteria", pack, "--all", COLUMNS="200").out.splitlines()

    for name, title, value, day, _ in DATA:
        (row,) = (row for row in rows if row[2:].strip().startswith(f"{name} "))
        assert title in row
        assert value in row
        assert day in row


def test_33_json_has_each_part_in_a_field_of_its_own(tmp_path: Path) -> None:
    """In JSON fact, value, date, limits, the test in its words, title and source are fields."""
    pack, patient = tiny_pack(tmp_path, SHOWN_TRIAL), profile(tmp_path, **SHOWN)
    (trial,) = checked(patient, "--criteria", pack)["trials"]
    rows = [
        (c["id"], c["title"], read["value"], read["date"], c["source"])
        for c in trial["criteria"]
        for read in c["because"]
    ]

    assert rows == DATA
    assert [read["test"] for c in trial["criteria"] for read in c["because"]] == [
        "lab.alt <= 3 ULN",
        "lab.hemoglobin >= 80 g/L",
        "heart.lvef < 50 %",
        "lab.igg < 4 g/L",
    ]
    assert trial["criteria"][0]["because"][0]["limit"] == "ULN 40 U/L"


@pytest.mark.parametrize("format", WITH_DATA)
def test_33_value_and_limit_are_shown_as_they_were_written(tmp_path: Path, format: str) -> None:
    """A value and its limit of normal stand in the units of the profile, not in converted ones."""
    trial = TINY_HEAD + criterion("inclusion", "I1", '"lab.bilirubin <= 1.5 ULN"')
    bilirubin = {"value": "1.706 mg/dL", "upper": "1.137 mg/dL", "lower": "0.2 mg/dL"}
    patient = profile(tmp_path, lab={"bilirubin": bilirubin})
    done = run("check", patient, "--criteria", tiny_pack(tmp_path, trial), *in_full(format))

    assert "ineligible" in done.out
    assert "1.706 mg/dL" in flat(done.out)
    assert "ULN 1.137 mg/dL, LLN 0.2 mg/dL" in flat(done.out)
    assert "umol/L" not in done.out


@pytest.mark.parametrize("file", EXAMPLE_FILES, ids=lambda file: file.stem)
def test_33_nothing_is_decided_without_evidence(file: Path) -> None:
    """Each decided criterion of each example names what decided it; each open one why it is."""
    for trial in checked(file)["trials"]:
        for found in trial["criteria"]:
            assert found["title"]
            assert found["source"]
            if found["answer"] == "unknown":
                assert found["reason"], (trial["id"], found["id"])
                assert found["missing"], (trial["id"], found["id"])
            elif found["applicable"] and not found["heading"]:
                assert any(read["decides"] for read in found["because"]), (trial["id"], found["id"])
                assert all(read["value"] and read["test"] for read in found["because"])
            elif not found["applicable"]:
                assert found["why"].startswith("does not apply (")


def _facts() -> list[str]:
    """Four findings that follow from nothing else, so that each is yes or no as one likes."""
    facts = bundled_pack().vocabulary.facts
    plain = [
        name
        for name, entry in facts.items()
        if entry.kind == "finding" and not entry.choices and not entry.derive
    ]
    doubted = {name for item in bundled_pack().contradictions for name in item.doubts}
    return [name for name in plain if name not in doubted][:4]


FACTS = _facts()


def _groups(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.lists(rules, min_size=1, max_size=4)
    return st.one_of(
        members.map(lambda listed: {"all": listed}),
        members.map(lambda listed: {"any": listed}),
        members.map(lambda listed: {"none": listed}),
        members.flatmap(
            lambda listed: st.integers(1, len(listed)).map(lambda k: {"at_least": k, "of": listed})
        ),
    )


NESTED: st.SearchStrategy[Any] = _groups(
    st.recursive(st.sampled_from(FACTS), _groups, max_leaves=10)
)
KNOWN = st.fixed_dictionaries({}, optional={name: st.booleans() for name in FACTS})


def holds(rule: Any, of: dict[str, bool]) -> bool:
    """The rule of a patient of whom everything is known: two values, and nothing of ours."""
    match rule:
        case str():
            return of[rule]
        case {"all": rules}:
            return sum(holds(part, of) for part in rules) == len(rules)
        case {"any": rules}:
            return sum(holds(part, of) for part in rules) > 0
        case {"none": rules}:
            return sum(holds(part, of) for part in rules) == 0
        case {"at_least": k, "of": rules}:
            return sum(holds(part, of) for part in rules) >= k
    raise AssertionError(rule)


def said_of(rule: Any, known: dict[str, bool]) -> Answer:
    """What the program says of the rule, of a patient of whom so much is known."""
    lines = "".join(f"{name} = {str(value).lower()}\n" for name, value in known.items())
    chart = chart_of(tomllib.loads(lines))
    return evaluate(parse_rule(rule, bundled_pack().vocabulary), chart).answer


def test_34_no_completion_contradicts_a_decided_answer() -> None:
    """Nested groups with unknowns: what is decided holds in every way to fill the unknowns in."""
    seen = set()

    @settings(max_examples=DRAWS // 2)
    @given(NESTED, KNOWN)
    def compare(rule: Any, known: dict[str, bool]) -> None:
        said = said_of(rule, known)
        open_ = [name for name in FACTS if name not in known]
        outcomes = {
            holds(rule, known | dict(zip(open_, filled, strict=True)))
            for filled in product([True, False], repeat=len(open_))
        }
        assert said is Answer.UNKNOWN or outcomes == {said is Answer.YES}
        assert open_ or said is not Answer.UNKNOWN
        seen.add((said, bool(open_)))

    compare()

    # and answers were decided with unknowns beside them, so that there was what to contradict
    assert seen == {*product([Answer.YES, Answer.NO], [True, False]), (Answer.UNKNOWN, True)}
