"""Whether a report still holds: what is read, whose report it is, what has changed since."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program import EXAMPLES, FITS, OPEN, RULED_OUT, TINY_TRIAL, Done, profile, run, tiny_pack

from cartscreen.errors import InputError
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.profile.read import parse_profile
from cartscreen.verify import Written, compared, judged_again, read_reports


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def written(folder: Path, *arguments: str | Path, format: str = "json") -> Path:
    """The report that `check` writes of these files, with these options."""
    path = folder / f"report.{format}"
    done = run("check", *arguments, "--format", format, "--output", path, "--force")
    assert done.code == 0, done.err
    return path


def verified(report: Path, *files: Path, pack: Path | None = None, **options: str) -> Done:
    """What `verify` says of the report by these profiles; by the criteria of `pack`, if given."""
    more = [part for name, value in options.items() for part in (f"--{name}", value)]
    folder = ["--criteria", str(pack)] if pack else []
    return run("verify", report, *files, *folder, *more)


def outcomes(done: Done) -> list[str]:
    return [item["outcome"] for item in json.loads(done.out)]


@pytest.mark.parametrize("format", ["json", "ndjson"])
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--only", "failed"],
        ["--only", "matched,unknown"],
        ["--readings", "preferred"],
        ["--screening-date", "2026-12-24"],
        ["--trial", "NCT00000001"],
    ],
    ids=" ".join,
)
def test_the_same_again(tmp_path: Path, pack: Path, format: str, options: list[str]) -> None:
    """Whatever the options, the same profile and criteria give the same report to the letter."""
    patient = profile(tmp_path, **OPEN)
    report = written(tmp_path, patient, "--criteria", pack, *options, format=format)
    done = verified(report, patient, pack=pack)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("P-1, judged on 2026-1")
    assert "the report holds to the letter" in done.out


def test_the_same_again_with_a_reading_that_the_site_has_fixed(tmp_path: Path) -> None:
    """The report says which, and it is judged by that again."""
    readings = (
        'readings = [{ label = "SLE", rule = "diagnosis.sle" }, '
        '{ label = "nephritis", rule = "diagnosis.lupus_nephritis" }]'
    )
    pack = tiny_pack(tmp_path, TINY_TRIAL.replace('rule   = "diagnosis.lupus_nephritis"', readings))
    known = {"sle": True, "lupus_nephritis": False}
    patient = profile(tmp_path, **{**FITS, "diagnosis": known})
    report = written(tmp_path, patient, "--criteria", pack, "--readings", "tiny:E1=SLE")
    done = verified(report, patient, pack=pack)

    assert (done.code, done.err) == (0, "")
    assert "the report holds to the letter" in done.out


def test_a_profile_that_rules_out_now(tmp_path: Path, pack: Path) -> None:
    """A verdict that no longer holds is named, with the criterion, and ends with 10."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    profile(tmp_path, lab={"neutrophils": "0.9 10^9/L"}, diagnosis={"lupus_nephritis": False})
    done = verified(report, patient, pack=pack)

    assert done.code == 10
    assert "a verdict no longer holds" in done.out
    assert "profile sha256" in done.out
    assert "tiny: meets every listed criterion -> ineligible" in done.out
    assert "Neutrophils at least 1 x 10^9/L: matched -> failed" in " ".join(done.out.split())


def test_a_profile_in_which_nothing_changes_but_a_number(tmp_path: Path, pack: Path) -> None:
    """The profile has changed, and every verdict holds."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    profile(tmp_path, **{**FITS, "lab": {"neutrophils": "3.3 10^9/L"}})
    done = verified(report, patient, pack=pack)

    assert done.code == 0
    assert "every verdict holds" in done.out
    assert "No verdict or status differs." in done.out


def test_criteria_that_are_another_version(tmp_path: Path, pack: Path) -> None:
    """A limit that has moved changes the pack's hash and the verdict."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    (pack / "tiny.toml").write_text(
        TINY_TRIAL.replace("1 10^9", "4 10^9").replace("1 x", "4 x"), "utf-8"
    )
    done = verified(report, patient, pack=pack, format="json")
    (found,) = json.loads(done.out)

    assert done.code == 10
    assert found["outcome"] == "changed"
    assert [since["what"] for since in found["since"]] == ["criteria"]
    assert found["difference"]["verdicts"] == [
        {"trial": "tiny", "before": "eligible", "after": "ineligible"}
    ]


def test_a_trial_that_is_gone(tmp_path: Path, pack: Path) -> None:
    """Held against other criteria, its verdict is absent."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    other = tmp_path / "other"
    other.mkdir()
    (other / "tiny.toml").write_text(TINY_TRIAL.replace('"tiny"', '"small"'), "utf-8")
    done = verified(report, patient, pack=other)

    assert done.code == 10
    assert "tiny: meets every listed criterion -> absent" in done.out


def test_criteria_are_those_that_the_reader_names(tmp_path: Path, pack: Path) -> None:
    """A folder is never taken from the report: it is asked for, and may lie elsewhere now."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    pack.rename(tmp_path / "moved")
    without = verified(report, patient)
    found = verified(report, patient, pack=tmp_path / "moved", format="json")

    assert without.code == 3
    assert "give the folder by --criteria, if you trust it" in without.err
    assert outcomes(found) == ["holds"]  # a pack is named after its folder
    assert json.loads(found.out)[0]["difference"] == {"verdicts": [], "criteria": []}


def test_criteria_that_borrow_the_bundled_name(tmp_path: Path, pack: Path) -> None:
    """A folder that calls itself by the bundled name and version is named as a folder's own."""
    facts = '[pack]\nschema = 1\nid = "cartscreen"\nversion = "2026.11"\n'
    (pack / "facts.toml").write_text(facts, "utf-8")
    patient = profile(tmp_path, **FITS)
    said = "criteria cartscreen 2026.11 (a folder's own, not the bundled ones)"
    report = written(tmp_path, patient, "--criteria", pack)

    assert said in " ".join(run("check", patient, "--criteria", pack).out.split())
    assert json.loads(report.read_text("utf-8"))[0]["pack"]["bundled"] is False


def test_another_version_of_the_program(tmp_path: Path, pack: Path) -> None:
    """The program is named with both versions, and what could not be compared is said."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    spoilt(report, {"tool": {"name": "cartscreen", "version": "0.0.9", "build": "0123456789ab"}})
    done = verified(report, patient, pack=pack)
    said = " ".join(done.out.split())

    assert done.code == 0
    assert "every verdict holds" in said
    assert "program cartscreen 0.0.9, build 0123456789ab" in said
    assert "whether the report was made by the program that it names" in said


def test_another_build_of_one_version(tmp_path: Path, pack: Path) -> None:
    """A report by another build of this version is not accused; its verdict may hold."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    (data,) = json.loads(report.read_text("utf-8"))
    del data["tool"]["build"], data["pack"]["bundled"]  # as before a report named its build
    data["trials"][0]["criteria"][0]["because"][0]["origin"] = "in other words"
    report.write_text(json.dumps([data]), "utf-8")
    (found,) = json.loads(verified(report, patient, pack=pack, format="json").out)

    assert found["outcome"] == "holds"
    assert [place["place"] for place in found["differing"]] == [
        "pack.keys",
        "trials.tiny.criteria.I1.because.0.origin",
    ]


def _others(value: Any) -> list[Any]:
    """Other values: another of the same type, and the same of another type."""
    match value:
        case bool():
            return [not value, int(value)]
        case int():
            return [value + 1, float(value), str(value)]
        case str():
            return [f"{value}x"]
        case None:
            return ["x"]
    raise AssertionError(value)


def alterations(data: Any) -> Iterator[tuple[Any, ...]]:
    """Data with each value altered, each element removed, one added: the place, one at a time.

    The data itself are altered, and as they were when the next is drawn.
    """
    todo: list[tuple[Any, ...]] = [()]
    for place in todo:  # grows
        holder: Any = None
        here = data
        for part in place:
            holder, here = here, here[part]
        if place and isinstance(holder, list):
            del holder[place[-1]]
            yield (*place, "removed")
            holder.insert(place[-1], here)
        elif place:
            kept = dict(holder)
            del holder[place[-1]]
            yield (*place, "removed")
            holder.clear()
            holder.update(kept)
        if isinstance(here, dict):
            here["more"] = 0
            yield (*place, "added")
            del here["more"]
            todo += [(*place, key) for key in here]
        elif isinstance(here, list):
            here.append(here[-1] if here else "x")
            yield (*place, "added")
            here.pop()
            todo += [(*place, number) for number in range(len(here))]
        else:
            for other in _others(here):
                holder[place[-1]] = other
                yield place
            holder[place[-1]] = here


NOT_ACCUSED = {
    ("tool", "build"): "a report by another build, as it says itself; the difference is named",
    ("tool", "build", "removed"): "likewise: the first version did not state its build",
    ("pack", "sha256"): "a report by other criteria, as it says itself; the difference is named",
    ("pack", "id"): "a folder has another name now; the difference is named",
    ("profile_sha256",): "a report on another profile, as it says itself; the difference is named",
}
NO_FACT = {
    ("file",): "where the profile lay when it was judged; it is said not to be compared",
}


def unsaid(content: bytes, chart: Chart) -> tuple[int, set[tuple[Any, ...]]]:
    """How many alterations of a report are tried, and the places of those that pass unsaid."""
    data = json.loads(content)
    again: dict[tuple[str, str], Written] = {}
    found = set()
    tried = 0
    for place in alterations(data):
        tried += 1
        try:
            (item,) = read_reports(json.dumps(data).encode(), "report.json").reports
            asked = (repr(item.said.options), str(item.said.pack.bundled))
            if asked not in again:
                again[asked] = judged_again(item.said, chart)
            outcome = compared(item, again[asked]).outcome
        except InputError:
            continue
        if outcome == "same" and place[0] == "options":
            continue  # true of the other options, which the report states and verify prints
        if outcome != "altered":
            found.add(place)
            assert outcome == ("same" if place in NO_FACT else "holds"), place
    assert compared(Written(data, item.said), again[asked]).outcome == "same", "as it was"
    return tried, found


def test_each_value_altered_and_each_element_removed(tmp_path: Path, pack: Path) -> None:
    """None passes as the report that was written: it is altered, no report, or named."""
    patient = profile(tmp_path, **OPEN)
    criteria = load_pack(pack)
    content = written(tmp_path, patient, "--criteria", pack, format="ndjson").read_bytes()
    read = parse_profile(patient.read_bytes(), criteria.vocabulary, "patient.toml")
    assert read.screening is not None
    tried, found = unsaid(content, chart_on(read, criteria, read.screening.earliest))

    assert found == NOT_ACCUSED.keys() | NO_FACT.keys()
    assert tried > 200


@pytest.mark.slow
def test_each_value_altered_of_a_trial_of_ours() -> None:
    """Likewise of what one of our trials leaves open or fails: nothing passes unsaid."""
    path = EXAMPLES / "sle-nephritis-adult.toml"
    criteria = bundled_pack()
    read = parse_profile(path.read_bytes(), criteria.vocabulary, "patient.toml")
    assert read.screening is not None
    options = ["--trial", "cd19-csle", "--only", "failed,unknown", "--format", "ndjson"]
    content = run("check", path, *options).out.encode()
    tried, found = unsaid(content, chart_on(read, criteria, read.screening.earliest))

    assert found == NOT_ACCUSED.keys() | NO_FACT.keys()
    assert tried > 1000


def test_what_the_reader_demands(tmp_path: Path) -> None:
    """A report of another trial or date than demanded ends with 10, though it holds."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--trial", "cd19-csle")
    demanded = verified(report, patient, trial="rd06-04-sle", **{"screening-date": "2026-01-05"})
    met = verified(report, patient, trial="NCT06222853", **{"screening-date": "2026-11-02"})

    assert (demanded.code, met.code) == (10, 0)
    assert "Not as demanded: the report is not about rd06-04-sle" in demanded.out
    assert "it was judged on 2026-11-02, not on 2026-01-05" in " ".join(demanded.out.split())


def test_trials_cut_out_of_a_report(tmp_path: Path) -> None:
    """What the options and the criteria name, and the report lacks, was cut out."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient)
    (data,) = json.loads(report.read_text("utf-8"))
    del data["trials"][2]
    report.write_text(json.dumps([data]), "utf-8")
    done = verified(report, patient)

    assert done.code == 10
    assert "bcma-cd70-csle: absent -> " in done.out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"verdict": "ineligible"', '"verdict": "eligible"'),
        ('"status": "failed"', '"status": "matched"'),
        ('"value": "0.5 10^9/L"', '"value": "5 10^9/L"'),
        ('"matched": 0', '"matched": 1'),
    ],
)
def test_a_report_that_was_altered(tmp_path: Path, pack: Path, old: str, new: str) -> None:
    """By the same tool, criteria and profile the report would say something else."""
    patient = profile(tmp_path, lab={"neutrophils": "0.5 10^9/L"}, **RULED_OUT)
    report = written(tmp_path, patient, "--criteria", pack)
    text = report.read_text("utf-8")
    assert old in text
    report.write_text(text.replace(old, new), "utf-8")
    done = verified(report, patient, pack=pack)

    assert done.code == 10
    assert "is not what was written" in " ".join(done.out.split())


# whose report it is


def test_a_profile_under_another_name(tmp_path: Path, pack: Path) -> None:
    """The pseudonym says whose report it is."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    moved = (tmp_path / "patient.toml").rename(tmp_path / "moved.toml")

    assert verified(report, tmp_path / "patient.toml", pack=pack).code == 3
    assert outcomes(verified(report, moved, pack=pack, format="json")) == ["same"]


def test_a_profile_of_somebody_else(tmp_path: Path, pack: Path) -> None:
    """A report is never held against another patient."""
    report = written(tmp_path, profile(tmp_path, **FITS), "--criteria", pack)
    other = profile(tmp_path, "other.toml", patient="P-2", **FITS)
    done = verified(report, other, pack=pack)

    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"error: {other}: {report} has no report about the pseudonym in this profile.\n"
    )


def test_a_batch(tmp_path: Path, pack: Path) -> None:
    """Each report is held against its own profile; a file that failed then is no report."""
    one = profile(tmp_path, "one.toml", **FITS)
    two = profile(tmp_path, "two.toml", **RULED_OUT, patient="P-2")
    report = tmp_path / "reports.json"
    command = ("check", one, "none.toml", two, "--criteria", pack, "--format", "json")
    run(*command, "--output", report)
    whole = verified(report, one, two, pack=pack)
    part = verified(report, two, pack=pack)
    judged = [line for line in whole.out.splitlines() if not line.startswith(" ")]

    assert (whole.code, part.code) == (11, 11)
    assert [line.partition(",")[0] for line in judged] == ["P-1", "P-2"]
    assert "P-2, judged on 2026-11-02: the report holds to the letter." in part.out
    failed = f"warning: {report}: 1 file was not judged then: there is nothing of it to verify.\n"
    assert whole.err == failed
    assert part.err == (
        f"warning: {report}: 1 report was not verified: no profile of the patient is given.\n"
        f"{failed}"
    )


def test_one_pseudonym_of_two_files(tmp_path: Path, pack: Path) -> None:
    """They are told apart by their hashes, else by the names of their files, or not at all."""
    one = profile(tmp_path, "one.toml", **FITS)
    two = profile(tmp_path, "two.toml", **RULED_OUT)
    report = written(tmp_path, one, two, "--criteria", pack)
    moved = [path.rename(path.with_suffix(".old")) for path in (one, two)]
    by_hash = verified(report, *moved, pack=pack, format="json")
    alone = verified(report, moved[0], pack=pack, format="json")
    for path in moved:
        path.write_text(f"{path.read_text('utf-8')}# since\n", "utf-8")
    neither = verified(report, *moved, pack=pack)
    for path in moved:
        path.rename(path.with_suffix(".toml"))

    assert outcomes(by_hash) == ["same", "same"]
    assert (alone.code, outcomes(alone)) == (11, ["same"]), "the other is not held against it"
    assert (neither.code, neither.out) == (3, "")
    assert "have one pseudonym; verify them apart" in neither.err
    by_name = verified(report, one, two, pack=pack, format="json")
    assert outcomes(by_name) == ["holds", "holds"]


def test_reports_of_two_packs(tmp_path: Path, pack: Path) -> None:
    """Reports of different criteria in one file are verified apart."""
    patient = profile(tmp_path, **FITS)
    first = written(tmp_path, patient, "--criteria", pack, format="ndjson").read_text("utf-8")
    second = written(tmp_path, patient, "--trial", "cd19-csle", format="ndjson")
    second.write_text(first + second.read_text("utf-8"), "utf-8")
    done = verified(second, patient, pack=pack)

    assert done.code == 3
    assert "its reports are of different criteria; verify them apart" in done.err


def test_a_patient_replaced_by_a_failure(tmp_path: Path, pack: Path) -> None:
    """What says that a file could not be judged vouches for nothing, and that is said."""
    one, two = profile(tmp_path, "one.toml", **FITS), profile(tmp_path, "two.toml", patient="P-2")
    report = written(tmp_path, one, two, "--criteria", pack)
    (first, second) = json.loads(report.read_text("utf-8"))
    error = {"schema": second["schema"], "file": second["file"], "error": ["two.toml: no file."]}
    report.write_text(json.dumps([first, error]), "utf-8")

    assert verified(report, one, pack=pack).code == 11
    assert verified(report, one, two, pack=pack).code == 3


# what is no report


def spoilt(report: Path, change: dict[str, Any]) -> None:
    (data,) = json.loads(report.read_text("utf-8"))
    report.write_text(json.dumps([data | change]), "utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no report here of a patient who was judged"),
        (b"[]", "there is no report here of a patient who was judged"),
        (b"[1]", "item 1 is no cartscreen-report/1"),
        (b'[{"schema": "other"}]', "item 1 is no cartscreen-report/1"),
        (b"schema = 1", "this is not JSON"),
        (b'[{"a": 1, "a": 2}]', "the key 'a' is written twice in one place"),
        (b"[NaN]", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (
            b'{"schema": "cartscreen-report/1", "more": ' + b"[" * 50 + b"]" * 50 + b"}",
            "item 1: lists or objects lie within one another more than 12 times",
        ),
        (b"[" + b"9" * 5000 + b"]", "this is not JSON"),
        (b"\xff\xfe", "this is not a report; it is not UTF-8"),
    ],
)
def test_what_is_no_report(tmp_path: Path, content: bytes, said: str) -> None:
    """An error in one line, and nothing of what the file holds."""
    report = tmp_path / "report.json"
    report.write_bytes(content)
    done = verified(report, profile(tmp_path, **FITS))

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"error: {report}: {said}")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"trials": "none"}, "trials"),
        ({"options": {"only": ["Canary"]}}, "options.only.0"),
        ({"tool": {"name": "cartscreen", "version": 2}}, "tool.version"),
        ({"tool": "Canary"}, "tool"),
        ({"screening_date": "Canary"}, "screening_date"),
        ({"screening_date": "20261102"}, "screening_date"),
        ({"error": ["Canary"]}, "tool"),
    ],
)
def test_a_report_of_another_form(
    tmp_path: Path, pack: Path, change: dict[str, Any], place: str
) -> None:
    """The first key that does not fit is named, and no value of the report."""
    patient = profile(tmp_path, **FITS)
    report = written(tmp_path, patient, "--criteria", pack)
    spoilt(report, change)
    done = verified(report, patient, pack=pack)

    assert (done.code, done.out) == (3, "")
    assert f"is not a report as this version reads it, at '{place}'" in done.err
    assert "Canary" not in done.err.replace(f"at '{place}'", "")


def test_a_report_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than may be is refused before it is read as JSON."""
    monkeypatch.setattr("cartscreen.verify.MAX_BYTES", 2_000_000)
    report = tmp_path / "report.json"
    report.write_bytes(b" " * 3_000_000)
    done = verified(report, profile(tmp_path, **FITS))

    assert done.err == f"error: {report}: the file is larger than 2 MB.\n"


@pytest.mark.parametrize("indent", [None, 1, 2], ids=["one line", "indented", "more"])
def test_one_report_may_be_spread_over_lines(
    tmp_path: Path, pack: Path, indent: int | None
) -> None:
    """A report is JSON, however it is laid out; taken out of its array too."""
    patient = profile(tmp_path, **OPEN)
    report = written(tmp_path, patient, "--criteria", pack)
    (data,) = json.loads(report.read_text("utf-8"))
    report.write_text(json.dumps(data, indent=indent), "utf-8")

    assert outcomes(verified(report, patient, pack=pack, format="json")) == ["same"]


def test_several_reports_one_after_another(tmp_path: Path, pack: Path) -> None:
    """Objects that follow one another, of which each takes several lines, are as many reports."""
    patient = profile(tmp_path, **OPEN)
    report = written(tmp_path, patient, "--criteria", pack)
    (data,) = json.loads(report.read_text("utf-8"))
    report.write_text("\n".join([json.dumps(data, indent=2), json.dumps(data), ""]), "utf-8")

    assert outcomes(verified(report, patient, pack=pack, format="json")) == ["same", "same"]

    report.write_text(json.dumps(data, indent=2) + "\n{", "utf-8")
    done = verified(report, patient, pack=pack)
    assert done.code == 3
    assert "this is not JSON" in done.err


def test_a_plan_is_no_report(tmp_path: Path, pack: Path) -> None:
    """The schema of a plan tells it from a report."""
    patient = profile(tmp_path, **OPEN)
    found = run("plan", patient, "--criteria", pack, "--format", "json").out
    path = tmp_path / "plan.json"
    path.write_text(found, "utf-8")
    done = verified(path, patient, pack=pack)

    assert done.code == 3
    assert "item 1 is no cartscreen-report/1" in done.err
