"""What several tests share: the bundled pack, profiles from TOML data, the cases of a trial."""

import tomllib
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli_w

from cartscreen.answer import Answer
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on, evaluate
from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.screening import CriterionFinding, Screening, screen
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.read_trial import parse_trial
from cartscreen.pack.trial import Trial
from cartscreen.place import texts
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile
from cartscreen.rule.parse import parse_rule
from cartscreen.rule.tree import Rule

ROOT = Path(__file__).parent.parent
CASES = ROOT / "criteria" / "cases"
SCREENING = date(2025, 6, 2)


def profile_of(data: dict[str, Any], pack: Pack | None = None) -> Profile:
    """The profile that this TOML data describes."""
    content = tomli_w.dumps({"schema": 1, "patient": "test", **data}).encode()
    return parse_profile(content, (pack or bundled_pack()).vocabulary, "test.toml")


def chart_of(data: dict[str, Any], on: date = SCREENING, pack: Pack | None = None) -> Chart:
    """A chart of this TOML data on a date."""
    return chart_on(profile_of(data, pack), pack or bundled_pack(), on)


def profile_toml(text: str, pack: Pack | None = None) -> Profile:
    """The profile of these lines of TOML, below `schema` and `patient`."""
    content = f'schema = 1\npatient = "test"\n{text}'.encode()
    return parse_profile(content, (pack or bundled_pack()).vocabulary, "test.toml")


def rule_toml(text: str, pack: Pack | None = None) -> Rule:
    """The rule as a criterion writes it: a test, or a group in braces."""
    data = tomllib.loads(f"rule = {text}", parse_float=Decimal)["rule"] if "{" in text else text
    return parse_rule(data, (pack or bundled_pack()).vocabulary)


def asked(rule: str, profile: str = "", on: date = SCREENING, pack: Pack | None = None) -> Finding:
    """What the rule finds in the profile, both as TOML, on a date."""
    chart = chart_on(profile_toml(profile, pack), pack or bundled_pack(), on)
    return evaluate(rule_toml(rule, pack), chart)


def told(finding: Finding) -> str:
    """The answer in one line: "yes", "no", or "unknown, reason: what would settle it"."""
    if finding.answer is not Answer.UNKNOWN:
        assert finding.reason == "", "a decided answer has no reason to be unknown"
        return finding.answer.value
    return f"unknown, {finding.reason}: {', '.join(texts(finding.missing))}"


def says(rule: str, profile: str = "", on: date = SCREENING, pack: Pack | None = None) -> str:
    """The answer to the rule in one line."""
    return told(asked(rule, profile, on, pack))


TRIAL_HEAD = """
[trial]
id      = "example"
name    = "An example"
source  = "example.txt"
checked = 2025-06-01
"""


def trial_toml(text: str, head: str = TRIAL_HEAD, pack: Pack | None = None) -> Trial:
    """The trial whose criteria these lines of TOML are."""
    vocabulary = (pack or bundled_pack()).vocabulary
    return parse_trial(f"{head}{text}".encode(), vocabulary, "example.toml")


def screened(
    trial: str | Trial, profile: str = "", on: date = SCREENING, *, preferred: bool = False
) -> Screening:
    """The screening of a profile by a trial, both as TOML, on a date."""
    asked_of = trial_toml(trial) if isinstance(trial, str) else trial
    chart = chart_on(profile_toml(profile), bundled_pack(), on)
    return screen(asked_of, chart, preferred=preferred)


def finding_for(screening: Screening, criterion: str) -> CriterionFinding:
    """What the screening says of one criterion."""
    return next(item for item in screening.criteria if item.criterion.id == criterion)


def merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, table by table; a list or a result replaces what was there."""
    result = deepcopy(under)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and "value" not in value:
            result[key] = merged(old, value)
        else:
            result[key] = deepcopy(value)
    return result


def removed(data: dict[str, Any], name: str, trial: str) -> dict[str, Any]:
    """The data without a fact, a list of records, `reviewed.<list>` or `answers.<criterion>`."""
    result = deepcopy(data)
    if name.startswith("answers."):
        del result["answers"][trial][name.removeprefix("answers.")]
        return result
    section, _, key = name.partition(".")
    if key:
        del result[section][key]
    else:
        del result[section]
    return result


@dataclass(frozen=True)
class Case:
    """One row of criteria/cases/<trial>.toml."""

    trial: str
    criterion: str
    name: str
    expect: str
    data: dict[str, Any]
    reason: str = ""
    applicable: bool = True

    def __str__(self) -> str:
        return f"{self.trial} {self.criterion}: {self.name}"

    @property
    def on(self) -> date:
        return self.data["dates"]["screening"]


KEYS = {
    "criterion",
    "name",
    "expect",
    "profile",
    "from",
    "without",
    "reason",
    "applicable",
    "answers",
    "why",
}


def cases_of(trial: str, folder: Path = CASES) -> tuple[dict[str, Any], list[Case]]:
    """(the profile that matches every criterion, the cases) of a trial."""
    data = tomllib.loads((folder / f"{trial}.toml").read_text("utf-8"))
    assert data.keys() <= {"base", "full", "case"}, data.keys()
    full = merged(data["base"], data["full"])
    cases = []
    for row in data["case"]:
        assert row.keys() <= KEYS, row
        assert row.get("from", "full") == "full", row
        profile = merged(full if "from" in row else data["base"], row.get("profile", {}))
        for name in row.get("without", []):
            profile = removed(profile, name, trial)
        if "answers" in row:
            profile = merged(profile, {"answers": {trial: row["answers"]}})
        cases.append(
            Case(
                trial,
                row["criterion"],
                row["name"],
                row["expect"],
                profile,
                row.get("reason", ""),
                row.get("applicable", True),
            )
        )
    return full, cases


TRIALS = sorted(path.stem for path in CASES.glob("*.toml"))
