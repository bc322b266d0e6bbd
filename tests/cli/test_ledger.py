"""`derive FILE treatment`: the ledger of treatments, and from when a drug is clear of washouts."""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from program import TINY_TRIAL, is_whole, profile, run, tiny_pack
from rich.cells import cell_len

from cartscreen.answer import NO, YES
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import judge
from cartscreen.ledger import GOES_ON, OVER, ledger
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile

WASHOUT = """
[[exclusion]]
id     = "E2"
title  = "Immunosuppressant in the 4 weeks before screening"
source = "Exclusion 2"
rule   = { some = "treatment", where = ["drug is immunosuppressant", "last_dose within 4 weeks"] }
"""

TREATMENTS = """
[[treatment]]
drug = "methylprednisolone"
dose = "500 mg/day"
start = 2026-03-01
stop = 2026-03-03
[[treatment]]
drug = "prednisone"
dose = "20 mg/day"
start = 2026-03-04
stop = "ongoing"
[[treatment]]
drug = "MMF"
dose = "2 g/day"
start = 2026-04-01
stop = "ongoing"
[[treatment]]
drug = "azathioprine"
dose = "100 mg/day"
start = 2026-09-01
stop = 2026-10-20
[[treatment]]
drug = "methotrexate"
dose = "15 mg/week"
start = 2025-01-01
stop = 2026-01-31
[[treatment]]
drug = "cyclophosphamide"
start = 2026-02-01
stop = "2026-10"
[[treatment]]
drug = "tacrolimus"
start = "2026"
[[treatment]]
drug = "azathioprine"
dose = "50 mg/day"
start = 2024-01-01
stop = 2024-01-31
"""


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """Screened on 2 November 2026, 50 kg."""
    weighed = {"value": "50 kg", "date": date(2026, 3, 1)}
    person = {"weight": weighed, "birth_date": date(1990, 1, 1)}
    return profile(tmp_path, person=person, **tomllib.loads(TREATMENTS))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path, TINY_TRIAL + WASHOUT)


def lines_of(*arguments: str | Path, width: int = 100) -> list[str]:
    done = run(*arguments, COLUMNS=str(width))
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_each_entry_is_a_line(patient: Path, pack: Path) -> None:
    """Worked out by hand. 500 mg of methylprednisolone are 625 mg of prednisone (4 mg are 5 mg),
    12.5 mg/kg at 50 kg. From 4 March to 2 November lie 27+30+31+30+31+31+30+31+2 = 243 days.

    4 weeks after 20 October is 17 November, which is inside; what stopped in some day of October
    is clear for sure 4 weeks and a day after the 31st, on 29 November, and perhaps is so now. The
    older course of azathioprine stands with the drug.
    """
    lines = lines_of("derive", patient, "treatment", "--criteria", pack, width=120)

    heads = ["No", "Drug", "Dose", "From", "To", "Days", "sone", "Per kg", "Clear from"]
    assert (lines[3].strip(), re.split(r" {2,}", lines[4])) == ("Predni-", heads)
    assert [re.split(r" {2,}", line.strip()) for line in lines[6:14]] == [
        ["1", "methylprednisolone", "500", "2026-03-01", "2026-03-03", "3", "625", "12.5"],
        ["2", "prednisone", "20", "2026-03-04", "ongoing", "243", "20", "0.4"],
        ["3", "MMF", "2 g/day", "2026-04-01", "ongoing", "215", "goes on"],
        ["4", "azathioprine", "100", "2026-09-01", "2026-10-20", "50", "2026-11-18"],
        ["5", "methotrexate", "15 mg/week", "2025-01-01", "2026-01-31", "396", "now"],
        ["6", "cyclophosphamide", "2026-02-01", "2026-10", "243 to 273", "2026-11-29"],
        ["7", "tacrolimus", "2026", "?", "?", "?"],
        ["8", "azathioprine", "50", "2024-01-01", "2024-01-31", "31", "2026-11-18"],
    ]
    said = " ".join(" ".join(lines[15:]).split())
    assert said == (
        "Clear from: the first screening date on which no washout of a trial counts the drug any "
        "more, with nothing new happening tiny E2 Immunosuppressant in the 4 weeks before "
        "screening: MMF goes on; azathioprine 2026-11-18; cyclophosphamide 2026-11-29 "
        "(perhaps now); tacrolimus ?; now: methotrexate"
    )


REGIMEN = """
[[inclusion]]
id     = "I2"
title  = "Glucocorticoid for at least 3 months at 1 mg/kg/day"
short  = "3 months of 1 mg/kg/day"
source = "Inclusion 2"
rule   = { some = "treatment", where = [
  "drug is glucocorticoid", "prednisone_dose_per_kg >= 1 mg/kg/day", "lasted >= 3 months",
] }
"""


def test_what_the_nearest_entries_miss_stands_below(tmp_path: Path, patient: Path) -> None:
    """20 mg at 50 kg are 0.4 mg/kg, from 4 March till 2 November; with the pulse before it, which
    touches it, three days more. The pulse alone has the dose asked for: 3 of the 92 days that 3
    months from 1 March are."""
    text = patient.read_text("utf-8")
    patient.write_text(f"{text}\n[reviewed]\ntreatment = 2026-11-02\n", "utf-8")
    pack = tiny_pack(tmp_path, TINY_TRIAL + REGIMEN)
    lines = lines_of("derive", patient, "treatment", "--criteria", pack, width=300)

    assert lines[-2:] == [
        "Criteria that these entries miss, and how near they come:",
        "tiny I2 3 months of 1 mg/kg/day: 246 days at 0.4 of 1 mg/kg/day (treatment 1, 2); "
        "3 of 92 days at 1 mg/kg/day (treatment 1)",
    ]


@pytest.mark.parametrize("columns", [20, 40, 60, 72, 80, 87, 100, 120, 200])
def test_the_ledger_fits_every_width(patient: Path, pack: Path, columns: int) -> None:
    """And says the same in each: as a table where it has room, else entry by entry."""
    lines = lines_of("derive", patient, "treatment", "--criteria", pack, width=columns)
    text = "\n".join(lines)

    assert max(map(cell_len, lines)) <= columns
    for word in ("625", "12.5", "2026-10-20", "2026-11-18", "2026-11-29", "243"):
        assert is_whole(word, text)
    assert ("Days" in text) == (columns >= 80)


def test_without_a_washout_there_is_no_such_column(tmp_path: Path, patient: Path) -> None:
    lines = lines_of("derive", patient, "treatment", "--criteria", tiny_pack(tmp_path))

    assert "clear" not in " ".join(lines).casefold()
    assert lines[-1].split() == ["8", "azathioprine", "50", "2024-01-01", "2024-01-31", "31"]


def test_readings_that_count_a_drug_are_named(tmp_path: Path, patient: Path) -> None:
    """Two readings of a page, of which one counts glucocorticoids; a person's choice ends it."""
    window = '"last_dose within 4 weeks"'
    rules = [
        f'{{ label = "{label}", rule = {{ some = "treatment", where = ["{drugs}", {window}] }} }}'
        for label, drugs in (
            ("not meant", "drug is azathioprine"),
            ("meant", "drug is azathioprine or glucocorticoid"),
        )
    ]
    rule = WASHOUT[: WASHOUT.index("rule ")] + f"readings = [{', '.join(rules)}]\n"
    pack = ("--criteria", tiny_pack(tmp_path, TINY_TRIAL + rule))
    read = lines_of("derive", patient, "treatment", *pack, width=300)[-1]

    title = "tiny E2 Immunosuppressant in the 4 weeks before screening: "
    only = "(counted only by the reading 'meant')"
    assert read == (
        f"{title}prednisone goes on {only}; azathioprine 2026-11-18; now: methylprednisolone {only}"
    )
    text = patient.read_text("utf-8")
    patient.write_text(f'{text}\n[answers.tiny]\nE2 = "not meant"\n', "utf-8")
    read = lines_of("derive", patient, "treatment", *pack, width=200)[-1]
    assert read == f"{title}azathioprine 2026-11-18"


def test_one_entry_shows_how_its_values_follow(patient: Path, pack: Path) -> None:
    """Its formulas, inputs and sources, as `derive` without a name shows them of all entries."""
    lines = lines_of("derive", patient, "treatment[2]", "--criteria", pack)
    all_ = lines_of("derive", patient, "--criteria", pack)

    assert lines[0] == "treatment 2 (prednisone): time on this drug and dose: 243 days"
    assert "  fact: treatment[2].prednisone_dose_per_kg" in lines
    assert not [line for line in lines if "treatment[1]" in line or "treatment[3]" in line]
    assert {*lines} <= {*all_}


def test_an_entry_that_is_not_there_is_named(patient: Path) -> None:
    done = run("derive", patient, "treatment[9]")

    assert (done.code, done.out) == (3, "")
    said = "there is no treatment[9]; treatment has 8 entries, counted from 1."
    assert done.err == f"error: {patient}: {said}\n"
    assert run("derive", patient, "malignancy[1]").code == 2, "from which nothing is derived"


def test_a_list_without_entries(tmp_path: Path) -> None:
    lines = lines_of("derive", profile(tmp_path), "treatment")

    assert lines[1:] == ["No entry is listed."]


# the law: a drug is clear from the day from which the criterion, asked of it alone, is matched


STOPPED = {
    "tacrolimus": ["2026-10-30", "2026-02-01"],
    "rituximab": ["2026-08-01"],
    "azathioprine": ["2026-11-01"],
    "mycophenolate": ['"2026-11"'],
    "methotrexate": ['"ongoing"'],
    "hydroxychloroquine": ["2026-11-01"],
}
HORIZON = 40


def treated(*drugs: str, reviewed: date) -> Profile:
    """Somebody who has had these drugs and no others."""
    text = f'schema = 1\npatient = "P"\nreviewed.treatment = {reviewed}\n'
    for drug in drugs:
        for stop in STOPPED[drug]:
            text += f'[[treatment]]\ndrug = "{drug}"\nstart = 2026-01-05\nstop = {stop}\n'
    return parse_profile(text.encode(), bundled_pack().vocabulary, "p.toml")


def test_a_drug_is_clear_when_it_alone_no_longer_rules_out() -> None:
    """By brute force, day by day: E11 of ucar-cd19-bcma-sle, which counts half-lives, of a patient
    who has had no other drug, without glucocorticoids, of which its readings differ."""
    pack, first = bundled_pack(), date(2026, 11, 2)
    days = [first + timedelta(days=number) for number in range(HORIZON)]
    (trial,) = pack.select(["ucar-cd19-bcma-sle"])
    all_ = treated(*STOPPED, reviewed=first)
    (washout,) = ledger("treatment", chart_on(all_, pack, first)).washouts
    said = {drug.drug: drug for drug in washout.drugs}

    assert (washout.criterion, {*said}) == ("E11", {*STOPPED} - {"hydroxychloroquine"})
    for drug in said:
        alone = treated(drug, reviewed=days[-1])
        answers = {
            day: judge(trial.by_id["E11"], trial, chart_on(alone, pack, day, first)).finding.answer
            for day in days
        }
        counts = [day for day, answer in answers.items() if answer is not NO]
        sure = [day for day, answer in answers.items() if answer is YES]
        if counts[-1] == days[-1]:
            assert (drug, said[drug].clear_from) == ("methotrexate", GOES_ON)
        else:
            perhaps = str(sure[-1] + timedelta(days=1)) if sure else OVER
            assert said[drug].clear_from == str(counts[-1] + timedelta(days=1)), drug
            assert said[drug].perhaps_from in (perhaps, ""), drug
    assert {each.perhaps_from for each in said.values()} > {""}, "a half-life is a range"
