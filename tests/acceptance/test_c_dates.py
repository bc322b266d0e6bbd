"""Acceptance checks 35 to 49: dates, and which result counts. The rest: not_taken.py."""

import json
import re
import time
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from program import EXAMPLES, FITS, IN_FULL, TINY_TRIAL, Done, in_full, profile, run, tiny_pack
from support import ROOT, asked, profile_toml, rule_toml, says

from cartscreen.cli import files as cli_files
from cartscreen.cli.output import Format
from cartscreen.errors import InputError, Problem

DOCUMENTED = " ".join((ROOT / "docs" / "rules.md").read_text("utf-8").split())
BIOPSY = "renal.biopsy_date"


def trial_of(rule: str, title: str) -> str:
    """The tiny trial with this rule, and a title that says its number, in place of its first."""
    trial = TINY_TRIAL.replace("lab.neutrophils >= 1 10^9/L", rule)
    return trial.replace("Neutrophils at least 1 x 10^9/L", title)


HAEMOGLOBIN = trial_of("lab.hemoglobin >= 80 g/L", "Haemoglobin at least 80 g/L")


def shown(done: Done) -> str:
    """What was printed, without the line breaks, the escapes and the spans of the formats."""
    return " ".join(re.sub(r"</?span[^>]*>", "", done.out.replace("\\", "")).split())


def statuses(done: Done) -> dict[str, str]:
    """The status of each criterion of the one trial of a JSON report."""
    assert done.code == 0, done.err
    (report,) = json.loads(done.out)
    (trial,) = report["trials"]
    return {found["id"]: found["status"] for found in trial["criteria"]}


@pytest.mark.parametrize(("on", "answer"), [(date(2017, 12, 31), "no"), (date(2018, 1, 1), "yes")])
def test_35_the_age_turns_on_the_birthday(on: date, answer: str) -> None:
    """Born on 1 January 2000: not yet 18 on 31 December 2017, and 18 on 1 January 2018."""
    assert says("person.age >= 18 years", "person.birth_date = 2000-01-01", on) == answer


@pytest.mark.parametrize(
    ("age", "at_least_18", "at_most_18"),
    [
        ("17.9 years", "no", "yes"),
        ("18 years", "yes", "yes"),
        ("18.5 years", "yes", "yes"),  # 18 completed years, as on any day before the 19th birthday
        ("227 months", "yes", "yes"),  # 18 years and 11 months
        ("228 months", "yes", "no"),
        ("19 years", "yes", "no"),
        ("<18.5 years", "unknown, censored: person.age", "yes"),
        ("<18 years", "no", "yes"),
        (">18.5 years", "yes", "unknown, censored: person.age"),
    ],
)
def test_35_a_stated_age_is_in_completed_years_too(
    age: str, at_least_18: str, at_most_18: str
) -> None:
    """An age that is stated counts its completed years, as one does that follows from a birth."""
    assert says("person.age >= 18 years", f'person.age = "{age}"') == at_least_18
    assert says("person.age <= 18 years", f'person.age = "{age}"') == at_most_18


@pytest.mark.parametrize("format", ["table", "markdown", "html"])
@pytest.mark.parametrize(
    ("age", "head"),
    [
        ("18 years", "Patient P-1: 18 years"),
        ("18 y", "Patient P-1: 18 y"),
        ("227 months", "Patient P-1: 227 months (18 completed years)"),
    ],
)
def test_35_the_age_is_shown_as_it_was_stated(
    tmp_path: Path, format: str, age: str, head: str
) -> None:
    """A stated age heads the report as it was written, with the completed years that count."""
    patient = profile(tmp_path, person={"age": age})
    done = run("check", patient, "--criteria", tiny_pack(tmp_path), "--format", format)

    assert f"{head} Judged on" in " ".join(re.sub(r"<[^>]*>", " ", shown(done)).split())


@pytest.mark.parametrize("limit", ["6 months", "18.5 years", "59 months"])
def test_35_no_rule_compares_an_age_with_part_of_a_year(limit: str) -> None:
    """A child of 7 months has 0 completed years: a rule that asks for 6 months is refused."""
    with pytest.raises(Problem, match="an age is in completed years; write whole years"):
        rule_toml(f"person.age >= {limit}")
    assert says("person.birth_date within 6 months", "person.birth_date = 2024-11-02") == "no"
    assert says("person.age >= 60 months", "person.birth_date = 2020-06-02") == "yes"


@pytest.mark.parametrize(
    ("on", "answer"),
    [(date(2026, 2, 27), "no"), (date(2026, 2, 28), "no"), (date(2026, 3, 1), "yes")],
)
def test_36_a_leap_day_birthday_is_on_1_march_of_a_common_year(
    tmp_path: Path, on: date, answer: str
) -> None:
    """Born on 29 February 2008: 18 from 1 March 2026 on, and not before; the manual says so."""
    pack = tiny_pack(tmp_path, trial_of("person.age >= 18 years", "Age at least 18 years"))
    patient = profile(tmp_path, person={"birth_date": date(2008, 2, 29)})
    done = run(
        "check", patient, "--criteria", pack, "--screening-date", on.isoformat(), "--format", "json"
    )

    assert statuses(done)["I1"] == {"yes": "matched", "no": "failed"}[answer]
    assert says("person.age >= 18 years", "person.birth_date = 2008-02-29", on) == answer
    assert "someone born on 29 February has the birthday on 1 March" in DOCUMENTED


@pytest.mark.parametrize(
    ("on", "event", "answer"),
    [
        (date(2026, 8, 31), "2026-03-01", "yes"),
        (date(2026, 8, 31), "2026-02-28", "yes"),
        (date(2026, 8, 31), "2026-02-27", "no"),
        (date(2024, 8, 31), "2024-02-29", "yes"),  # the end of February in a leap year
        (date(2024, 8, 31), "2024-02-28", "no"),
    ],
)
def test_37_months_are_clamped_to_the_end_of_the_month(on: date, event: str, answer: str) -> None:
    """6 months before 31 August 2026 begin on 28 February; the 27th is outside, as documented."""
    assert says(f"{BIOPSY} within 6 months", f"{BIOPSY} = {event}", on) == answer
    assert "clamped to the month's end" in DOCUMENTED


@pytest.mark.parametrize("days", [1, 7, 28, 60, 365])
def test_38_both_ends_of_a_window_of_days_count(days: int) -> None:
    """A result exactly n days old counts in a window of n days; one day older, it is too old."""
    on = date(2026, 6, 2)
    rule = f"lab.hemoglobin >= 80 g/L within {days} days"
    result = 'lab.hemoglobin = {{ value = "{} g/L", date = {} }}'

    for value, answer in [(90, "yes"), (70, "no")]:
        just = result.format(value, on - timedelta(days))
        older = result.format(value, on - timedelta(days + 1))
        assert says(rule, just, on) == answer
        assert says(rule, older, on) == "unknown, not_recorded: lab.hemoglobin"
        assert f"the newest is of {on - timedelta(days + 1)}" in asked(rule, older, on).note


@pytest.mark.parametrize(
    "rule", ["lab.hemoglobin >= 80 g/L", "lab.hemoglobin >= 80 g/L within 7 days"]
)
@pytest.mark.parametrize("value", ["90 g/L", "70 g/L"])
def test_39_a_result_after_the_date_judged_is_never_used(rule: str, value: str) -> None:
    """A result of tomorrow decides nothing (future_dated); an older one is used in its place."""
    on = date(2026, 6, 2)
    tomorrow = f'{{ value = "{value}", date = 2026-06-03 }}'
    today = '{ value = "85 g/L", date = 2026-06-02 }'

    assert says(rule, f"lab.hemoglobin = {tomorrow}", on) == "unknown, future_dated: lab.hemoglobin"
    assert says(rule, f"lab.hemoglobin = [{tomorrow}, {today}]", on) == "yes"


@pytest.mark.parametrize("format", ["table", "json", "ndjson", "markdown", "html"])
def test_39_a_result_after_the_date_judged_is_listed(tmp_path: Path, format: str) -> None:
    """What lies after the date judged is named: it may be that the date is the slip."""
    results = [
        {"value": "90 g/L", "date": date(2026, 10, 30)},
        {"value": "70 g/L", "date": date(2026, 11, 3)},
    ]
    patient = profile(tmp_path, lab={"hemoglobin": results}, diagnosis={"lupus_nephritis": False})
    pack = tiny_pack(tmp_path, HAEMOGLOBIN)
    done = run("check", patient, "--criteria", pack, "--format", format)

    assert "the result of 2026-11-03 lies after the date judged" in shown(done)
    assert "70 g/L" not in shown(done)
    later = run(
        "check", patient, "--criteria", pack, "--format", format, "--screening-date", "2026-11-03"
    )
    assert "lies after the date judged" not in shown(later)
    assert "ineligible" in later.out


@pytest.mark.parametrize(
    ("birth", "on"),
    [("2026-06-03", "2026-06-02"), ("1896-06-01", "2026-06-02"), ("1900-06-01", "2030-06-02")],
)
@pytest.mark.parametrize("by_option", [True, False])
def test_40_nobody_is_judged_before_birth_or_past_130(
    tmp_path: Path, birth: str, on: str, by_option: bool
) -> None:
    """A birth after the date judged, or more than 130 years before it, is a load error."""
    dates = {} if by_option else {"screening": date.fromisoformat(on)}
    patient = profile(tmp_path, dates=dates, person={"birth_date": date.fromisoformat(birth)})
    options = ["--screening-date", on] if by_option else []
    done = run("check", patient, "--criteria", tiny_pack(tmp_path), "--format", "json", *options)

    assert done.code == 3
    assert "verdict" not in done.out
    assert "person.birth_date" in json.loads(done.out)[0]["error"][0]


@pytest.mark.parametrize("value", ["90 g/L", "70 g/L"])
def test_41_a_result_without_a_date_is_not_of_today(value: str) -> None:
    """A window leaves a result that has no date open (not_dated), whatever its value."""
    toml = f'lab.hemoglobin = "{value}"'

    assert (
        says("lab.hemoglobin >= 80 g/L within 7 days", toml) == "unknown, not_dated: lab.hemoglobin"
    )
    assert says("lab.hemoglobin within 7 days", toml) == "unknown, not_dated: lab.hemoglobin"


@pytest.mark.parametrize(
    ("on", "answer"),
    [
        (date(2026, 8, 31), "yes"),  # from 28 February
        (date(2026, 9, 1), "yes"),  # from 1 March
        (date(2026, 9, 2), f"unknown, imprecise_date: {BIOPSY}"),
        (date(2026, 9, 15), f"unknown, imprecise_date: {BIOPSY}"),
        (date(2026, 9, 30), f"unknown, imprecise_date: {BIOPSY}"),
        (date(2026, 10, 1), "no"),  # from 1 April
    ],
)
def test_42_a_month_is_each_of_its_days(on: date, answer: str) -> None:
    """March 2026 is inside a window if each of its days is; with the edge in March it is open."""
    assert says(f"{BIOPSY} within 6 months", f'{BIOPSY} = "2026-03"', on) == answer


@pytest.mark.parametrize(
    ("on", "status"),
    [("2026-01-01", "matched"), ("2026-01-02", "matched"), ("2026-01-03", "unknown")],
)
def test_43_the_time_zone_of_the_machine_does_not_matter(
    tmp_path: Path, on: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2 o'clock UTC on 1 January is 1 January in New York and in Tokyo too: byte for byte."""
    zones = ("UTC", "America/New_York", "Asia/Tokyo")
    trial = HAEMOGLOBIN.replace(">= 80 g/L", ">= 80 g/L within 1 day")
    result = {"value": "90 g/L", "date": datetime.fromisoformat("2026-01-01T02:00:00+00:00")}
    patient = profile(tmp_path, lab={"hemoglobin": result})
    pack = tiny_pack(tmp_path, trial)
    options = ("--criteria", pack, "--format", "json", "--screening-date", on)
    found = []
    try:
        for zone in zones:
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            found.append(run("check", patient, *options))
    finally:
        monkeypatch.undo()
        time.tzset()
    first, *others = found

    assert statuses(first)["I1"] == status
    assert others == [first, first]


@pytest.mark.parametrize(
    "day", ["0", "86400", "20260301", '"01/02/1950"', '"1 March 2026"', "1950.5", "true"]
)
@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("person.birth_date = {}", "person.birth_date"),
        ("dates.screening = {}", "dates.screening"),
        ('lab.hemoglobin = {{ value = "90 g/L", date = {} }}', "lab.hemoglobin.date"),
        ('treatment = [{{ drug = "prednisone", start = {} }}]', "treatment[1].start"),
        ("reviewed.treatment = {}", "reviewed.treatment"),
    ],
)
def test_44_what_is_no_date_is_refused(toml: str, field: str, day: str) -> None:
    """A number, or a date in another order, is an error that names the field and the form."""
    with pytest.raises(InputError) as error:
        profile_toml(toml.format(day))

    assert str(error.value).startswith(f"test.toml: line 3, {field}: ")
    assert "is not a date; write 2025-03-01" in str(error.value)


def series(*results: tuple[str, str]) -> list[dict[str, Any]]:
    """Dated results."""
    return [{"value": value, "date": date.fromisoformat(day)} for value, day in results]


@pytest.mark.parametrize("format", IN_FULL)
def test_45_results_of_one_day_on_both_sides_are_a_conflict(tmp_path: Path, format: str) -> None:
    """Two results of one day on both sides of a limit are open (conflict), and both are shown."""
    results = series(("79 g/L", "2026-10-30"), ("81 g/L", "2026-10-30"))
    patient = profile(tmp_path, lab={"hemoglobin": results})
    done = run("check", patient, "--criteria", tiny_pack(tmp_path, HAEMOGLOBIN), *in_full(format))

    assert "79 g/L" in shown(done)
    assert "81 g/L" in shown(done)
    assert "undetermined" in done.out
    assert ("conflict" if format.endswith("json") else "results of the same day differ") in shown(
        done
    )


@pytest.mark.parametrize("format", IN_FULL)
def test_45_what_follows_from_a_conflict_shows_both_results(tmp_path: Path, format: str) -> None:
    """A clearance from two differing results of creatinine is open, and both of them are shown."""
    trial = trial_of("renal.creatinine_clearance >= 30 mL/min", "Clearance at least 30 mL/min")
    patient = profile(
        tmp_path,
        person={"birth_date": date(1966, 1, 1), "sex": "male", "weight": "60 kg"},
        lab={"creatinine": series(("1.0 mg/dL", "2026-10-30"), ("3.0 mg/dL", "2026-10-30"))},
    )
    done = run("check", patient, "--criteria", tiny_pack(tmp_path, trial), *in_full(format))

    assert "undetermined" in done.out
    assert "results of the same day differ" in shown(done)
    assert "1.0 mg/dL, 3.0 mg/dL" in shown(done)


@pytest.mark.parametrize(
    ("values", "answer"),
    [(("80 g/L", "95 g/L"), "yes"), (("79 g/L", "60 g/L"), "no"), (("8 g/dL", "80 g/L"), "yes")],
)
def test_45_results_of_one_day_on_one_side_decide(values: tuple[str, str], answer: str) -> None:
    """Two results of one day on the same side of a limit decide, in whichever order."""
    for one, other in (values, values[::-1]):
        toml = (
            f'lab.hemoglobin = [{{ value = "{one}", date = 2025-05-30 }}, '
            f'{{ value = "{other}", date = 2025-05-30 }}]'
        )
        assert says("lab.hemoglobin >= 80 g/L", toml) == answer


@pytest.mark.parametrize("format", IN_FULL)
@pytest.mark.parametrize(
    ("newer", "older", "status"), [("85 g/L", "75 g/L", "matched"), ("75 g/L", "85 g/L", "failed")]
)
def test_46_the_newest_result_decides_and_the_older_is_shown(
    tmp_path: Path, format: str, newer: str, older: str, status: str
) -> None:
    """Of an older and a newer result that disagree the newer decides; every format shows both."""
    trial = HAEMOGLOBIN.replace(">= 80 g/L", ">= 80 g/L within 60 days")
    results = series((older, "2026-10-01"), (newer, "2026-10-30"))
    patient = profile(tmp_path, lab={"hemoglobin": results})
    pack = tiny_pack(tmp_path, trial)
    done = run("check", patient, "--criteria", pack, *in_full(format))

    as_json = run("check", patient, "--criteria", pack, "--format", "json")
    assert statuses(as_json)["I1"] == status
    for part in (newer, "2026-10-30", f"{older} on 2026-10-01"):
        assert part in shown(done)


FHIR_STATUSES = {
    "final": "used",
    "preliminary": "used with a warning",
    "entered-in-error": "left out and listed",
    "cancelled": "left out and listed",
    "registered": "refused",
    "amended": "refused",  # whether it replaces a result, or is replaced, is for a person to say
    "corrected": "refused",
    "unknown": "refused",
}


@pytest.mark.parametrize(("status", "use"), FHIR_STATUSES.items())
def test_47_the_status_of_a_result_says_whether_it_is_used(
    tmp_path: Path, status: str, use: str
) -> None:
    """Entered in error or cancelled: left out and listed; preliminary: used with a warning."""
    result = {"value": "90 g/L", "date": date(2026, 10, 30), "status": status}
    patient = profile(tmp_path, lab={"hemoglobin": result})
    pack = tiny_pack(tmp_path, HAEMOGLOBIN)
    done = run("check", patient, "--criteria", pack, "--format", "json")
    (report,) = json.loads(done.out)

    match use:
        case "refused":
            assert done.code == 3
            assert f"lab.hemoglobin.status: '{status}' is not a status" in report["error"][0]
        case "used":
            assert statuses(done)["I1"] == "matched"
            assert report["warnings"] == []
        case "used with a warning":
            assert statuses(done)["I1"] == "matched"
            assert report["warnings"] == ["lab.hemoglobin: a preliminary result is used."]
        case _:
            assert statuses(done)["I1"] == "unknown"
            assert "90 g/L" not in json.dumps(report["trials"])
            assert report["warnings"] == [f"lab.hemoglobin: a result marked {status} was left out."]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_47_a_withdrawn_result_gives_way_to_an_older_one(status: str) -> None:
    """Without the newest result, which was withdrawn, the one before it is the newest."""
    toml = (
        'lab.hemoglobin = [{ value = "79 g/L", date = 2025-05-01 }, '
        f'{{ value = "90 g/L", date = 2025-06-01, status = "{status}" }}]'
    )

    assert says("lab.hemoglobin >= 80 g/L", toml) == "no"


@pytest.mark.parametrize("format", Format)
def test_48_the_date_that_was_filled_in_is_printed(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a date in the profile or an option, today's is used, and stands in every format."""

    class Day(date):
        @classmethod
        def today(cls) -> "Day":
            return cls(2026, 11, 5)

    monkeypatch.setattr(cli_files, "date", Day)
    patient = profile(tmp_path, dates={}, **FITS)
    done = run("check", patient, "--criteria", tiny_pack(tmp_path), "--format", format)

    assert done.code == 0
    assert "2026-11-05" in shown(done)
    if format not in ("csv", "log"):
        assert "today" in shown(done)


EXAMPLE_FILES = sorted(EXAMPLES.glob("*.toml"))
PARTIAL = re.compile(r"(?:19|20)\d\d(?:-\d\d)?")


def moved(data: Any, years: int) -> Any:
    """The data with every date so many years later, 28 years being 10 227 days of any calendar."""
    days = timedelta(10_227 * years // 28)
    match data:
        case dict():
            return {key: moved(value, years) for key, value in data.items()}
        case list():
            return [moved(item, years) for item in data]
        case date():
            return data + days
        case str() if PARTIAL.fullmatch(data):
            return f"{int(data[:4]) + years}{data[4:]}"
    return data


@pytest.mark.parametrize(
    ("file", "years"),
    [(file, (-28, 28)[number % 2]) for number, file in enumerate(EXAMPLE_FILES)],
    ids=[file.stem for file in EXAMPLE_FILES],
)
def test_49_28_years_earlier_or_later_change_nothing(
    tmp_path: Path, file: Path, years: int
) -> None:
    """Every date of an example 10 227 days earlier or later: the same verdicts and statuses."""
    data = tomllib.loads(file.read_text("utf-8"))
    later = moved(data, years)
    before = json.loads(run("check", file, "--format", "json").out)[0]
    after = json.loads(run("check", profile(tmp_path, **later), "--format", "json").out)[0]

    assert date.fromisoformat(after["screening_date"]) - date.fromisoformat(
        before["screening_date"]
    ) == timedelta(10_227 * years // 28)
    for one, other in zip(before["trials"], after["trials"], strict=True):
        assert one["verdict"] == other["verdict"], one["id"]
        assert one["counts"] == other["counts"], one["id"]
        assert [(c["id"], c["status"], c["reason"]) for c in one["criteria"]] == [
            (c["id"], c["status"], c["reason"]) for c in other["criteria"]
        ]
