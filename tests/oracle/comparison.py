"""One criterion and one patient, judged by the program and by the second evaluator."""

import tomllib
from dataclasses import dataclass
from typing import Any

import tomli_w
from oracle.data import Data
from oracle.evaluator import decide
from oracle.worlds import Verdict
from support import SCREENING, TRIAL_HEAD, chart_of

from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.read_trial import parse_trial
from cartscreen.pack.trial import Trial


@dataclass(frozen=True)
class Comparison:
    """What the two say."""

    finding: Finding
    verdict: Verdict

    @property
    def agree(self) -> bool:
        """Law (b) where it applies, else law (a)."""
        said = self.finding.answer.value
        return said == self.verdict.answer or (said == "unknown" and not self.verdict.exact)

    def __str__(self) -> str:
        law = "(b)" if self.verdict.exact else "(a)"
        reason = f" ({self.finding.reason})" * bool(self.finding.reason)
        return (
            f"the program says {self.finding.answer.value}{reason}, "
            f"enumeration {self.verdict.answer}, under law {law}"
        )


def trial_of(criterion: Data) -> Trial:
    """A trial of this one criterion."""
    content = tomli_w.dumps({**tomllib.loads(TRIAL_HEAD), "inclusion": [criterion]}).encode()
    return parse_trial(content, bundled_pack().vocabulary, "example.toml")


def compared(trial: Trial, criterion: Data, data: Data) -> Comparison:
    """The only criterion of a trial, also as TOML data, and a patient as TOML data."""
    (found,) = screen(trial, chart_of(data)).criteria
    answers: dict[str, Any] = data.get("answers", {}).get(trial.id, {})
    verdict = decide(rules_of(criterion), data, SCREENING, answers.get(found.criterion.id))
    return Comparison(found.finding, verdict)


def rules_of(criterion: Data) -> tuple[Any, ...]:
    """The rule of a criterion, or its readings, as TOML data."""
    if "rule" in criterion:
        return (criterion["rule"],)
    return tuple(reading["rule"] for reading in criterion["readings"])
