"""`plan` for a person: the table and the Markdown, and how many facts are shown."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from program import EXAMPLES, FITS, profile, run, tiny_pack

from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.plan.plan import plan_and_outlook
from cartscreen.profile.read import parse_profile
from cartscreen.render.draw import draw
from cartscreen.render.plan import lines as lines_of

TRIALS = """
[trial]
id       = "{id}"
name     = "A trial of ours"
source   = "page.txt"
checked  = 2026-11-01

[[inclusion]]
id     = "I1"
title  = "Neutrophils within a month"
source = "Inclusion 1"
rule   = "lab.neutrophils >= 1 10^9/L within 1 month"

[[inclusion]]
id     = "I2"
title  = "Old enough"
source = "Inclusion 2"
rule   = "{adult}"

[[inclusion]]
id     = "I3"
title  = "No reason against it"
source = "Inclusion 3"
rule   = {{ ask = "Does the investigator agree?" }}

[[exclusion]]
id     = "E1"
title  = "Kidney failure"
source = "Exclusion 1"
rule   = "renal.creatinine_clearance < 30 mL/min"
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A trial for everyone from 16 years of age, and one for adults."""
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, years in (("minor", 16), ("adult", 18)):
        text = TRIALS.format(id=name, adult=f"person.age >= {years} years")
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """17 years old until 15 January 2027, neutrophils of 20 October, screened on 2 November."""
    return profile(
        tmp_path,
        person={"birth_date": date(2009, 1, 15), "weight": "400 kg"},
        lab={"neutrophils": {"value": "3.2 10^9/L", "date": date(2026, 10, 20)}},
    )


def planned(patient: Path, pack: Path, *arguments: str) -> str:
    done = run("plan", patient, "--criteria", pack, *arguments, COLUMNS="150")
    assert (done.code, done.err) == (0, "")
    return done.out


def part(lines: list[str], first: str, end: str) -> list[str]:
    """The lines from the one that begins so up to the next one that is this."""
    start = next(at for at, line in enumerate(lines) if line.startswith(first))
    return lines[start : lines.index(end, start)]


def test_the_table_says_when_how_far_and_what_to_ask(patient: Path, pack: Path) -> None:
    """The trial that nothing rules out stands first; the other begins to fit on a birthday."""
    lines = planned(patient, pack).splitlines()

    assert [line for line in lines if line.startswith("!")] == [
        "! person.weight: '400 kg' is outside what is plausible, 10 to 200 kg. Is it 400 lb?"
    ]
    # a month after 20 October ends with 20 November; two years are looked ahead
    rule = re.compile("━+$")
    assert [rule.sub("━", line) for line in part(lines, "minor  no", "")] == [
        "minor  no registry number  A trial of ours  ? undetermined  status not stated ━",
        "  When (with nothing new happening):",
        "    2026-11-02 to 2026-11-20: undetermined, 2 unknown",
        "    2026-11-21 to 2028-11-01 (the last day looked at): undetermined, 3 unknown",
        "      - I1 Neutrophils within a month: matched, now unknown",
        "  To repeat or renew before it is too old:",
        "    - I1 Neutrophils within a month: matched until 2026-11-20, then unknown",
        "   Fewest missing facts and answers that could match every criterion: 2",
        "  To get: what the most trials wait for stands first, then what takes the least effort",
        "    1. Creatinine clearance (Cockcroft-Gault) (blood; 1 trial;"
        " or derived from Sex, Serum creatinine)",
        "       - below 30 mL/min: rules out E1",
        "       - at least 30 mL/min: settles E1",
        "  Questions, to be answered under [answers.minor]:",
        "    I3 (judgement) Does the investigator agree?",
    ]
    # 17 of 18 years: 1/18 is 5.56 %
    assert [rule.sub("━", line) for line in part(lines, "adult  no", "")] == [
        "adult  no registry number  A trial of ours  x ineligible  status not stated ━",
        "  When (with nothing new happening):",
        "    2026-11-02 to 2026-11-20: ineligible by I2",
        "    2026-11-21 to 2027-01-14: ineligible by I2",
        "      - I1 Neutrophils within a month: matched, now unknown",
        "    2027-01-15 to 2028-11-01 (the last day looked at): undetermined, 3 unknown",
        "      - I2 Old enough: failed, now matched",
        "  What rules the patient out, and by how much:",
        "    x I2 Old enough. Age: 1 years below 18 years (5.56 % of the limit)."
        " Passes with time, on 2027-01-15",
        "    = these data alone rule the patient out: Age 17 years",
        "  To repeat or renew before it is too old:",
        "    - I1 Neutrophils within a month: matched until 2026-11-20, then unknown",
    ]


def test_the_summary_and_the_answer_are_those_of_a_check(patient: Path, pack: Path) -> None:
    """To the letter: the same trials, in the same order, with the same in their way."""
    lines = planned(patient, pack).splitlines()
    checked = run("check", patient, "--criteria", pack, COLUMNS="150").out.splitlines()

    end = checked.index("")
    summary = checked[: checked.index("", end + 1)]
    assert lines[: len(summary)] == summary
    assert lines[-1] == checked[-1] == "1 open: minor, 1 to get, 1 to ask; 1 ruled out"


@pytest.mark.parametrize("name", ["sle-chart-half-filled", "sle-us-units"])
def test_what_to_get_of_a_trial_is_as_many_as_the_summary_says(name: str) -> None:
    """The facts in a trial's block, and in the plan, are those that the summary counts."""
    pack, path = bundled_pack(), EXAMPLES / f"{name}.toml"
    read = parse_profile(path.read_bytes(), pack.vocabulary, name)
    assert read.screening
    chart = chart_on(read, pack, read.screening.earliest)
    found = plan_and_outlook(chart, pack.trials, file=name, date_from="profile", days=1)
    out = draw(lines_of(*found, 200), width=200, colour=False)
    row = re.compile(r"^(\S+) +[?x] [a-z]+ +\d+ +\d+ +\d+  (?:(\d+) to get)?", re.MULTILINE)
    summary = {trial: int(count or 0) for trial, count in row.findall(out)}

    assert {*summary} == {trial.id for trial in pack.trials}
    assert any(summary.values())
    for trial, count in summary.items():
        block = out.partition(f"\n\n{trial}  ")[2].partition("\n\n")[0]
        listed = re.findall(r"^ {3,4}\d+\. ", block, re.MULTILINE)
        left = map(int, re.findall(r"`--format json` lists (\d+) more", block))
        assert len(listed) + sum(left) == count
        assert sum(trial in fact.trials for fact in found[0].wanted) == count


def test_markdown_says_the_same_after_the_report(patient: Path, pack: Path) -> None:
    """Under a heading for each trial, its parts as lists; what has nothing to say is left out."""
    lines = planned(patient, pack, "--format", "markdown").splitlines()

    assert part(lines, "## minor: what next", "## adult: what next") == [
        "## minor: what next",
        "",
        "### When",
        "",
        "- 2026-11-02 to 2026-11-20: undetermined, 2 unknown",
        "- 2026-11-21 to 2028-11-01 (the last day looked at): undetermined, 3 unknown",
        "  - I1 Neutrophils within a month: matched, now unknown",
        "",
        "### To repeat or renew before it is too old",
        "",
        "- I1 Neutrophils within a month: matched until 2026-11-20, then unknown",
        "",
        "### Questions",
        "",
        "- I3 (judgement) Does the investigator agree?",
        "",
    ]
    assert lines[lines.index("### What rules the patient out") :][:8] == [
        "### What rules the patient out",
        "",
        "- I2 Old enough. Age: 1 years below 18 years (5.56 % of the limit)."
        " Passes with time, on 2027-01-15",
        "",
        "### Data that alone rule the patient out",
        "",
        "- Age 17 years",
        "",
    ]
    assert lines[-5:] == [
        "## What to get",
        "",
        "1. Creatinine clearance (Cockcroft-Gault) (blood; 1 trial; or derived from Sex, "
        "Serum creatinine)",
        "   - below 30 mL/min: rules out minor E1",
        "   - at least 30 mL/min: settles minor E1",
    ]


def test_someone_who_fits_has_nothing_left_to_do(tmp_path: Path) -> None:
    """No obstacle, nothing to get or to ask; only what speaks for a time is to be repeated.

    The neutrophils of 2026-11-02 speak for 90 days, a "no" to nephritis for 180.
    """
    criteria = tiny_pack(tmp_path)
    patient = profile(tmp_path, **FITS)
    table = planned(patient, criteria).splitlines()
    markdown = planned(patient, criteria, "--format", "markdown").splitlines()

    title, *block = part(table, "tiny  NCT00000001", "")
    assert title.rstrip("━") == (
        "tiny  NCT00000001  A tiny trial  + meets every listed criterion  status not stated "
    )
    assert block == [
        "  When (with nothing new happening):",
        "    2026-11-02 to 2028-11-01 (the last day looked at): meets every listed criterion",
    ]
    assert not any(line.startswith("  To get") for line in table)
    assert markdown[-12:] == [
        "## tiny: what next",
        "",
        "### When",
        "",
        "- 2026-11-02 to 2028-11-01 (the last day looked at): meets every listed criterion",
        "",
        "## Repeat by",
        "",
        "The periods assume that these are repeated with the same result.",
        "",
        "- 2027-01-31: Neutrophils",
        "- 2027-05-01: Lupus nephritis",
    ]


def test_a_trial_shows_ten_facts_and_counts_the_others(tmp_path: Path) -> None:
    """Of a blank profile everything is to get; the JSON has it all."""
    patient = profile(tmp_path)
    trial = ("--trial", "cd19-csle")
    wanted = json.loads(run("plan", patient, *trial, "--format", "json").out)["wanted"]
    lines = run("plan", patient, *trial, COLUMNS="200").out.splitlines()

    numbered = [line[:6] for line in lines if re.match(r" {3,4}\d+\. ", line)]
    assert numbered == [f"   {number:2}." for number in range(1, 11)]
    assert f"       `--format json` lists {len(wanted) - 10} more" in lines
