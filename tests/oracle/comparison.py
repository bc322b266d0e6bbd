"""One criterion and one patient, judged by the program and by the second evaluator."""

import tomllib
from dataclasses import dataclass
from typing import Any

import tomli_w
from oracle.evaluator import Data, Verdict, decide
from support import SCREENING, TRIAL_HEAD, chart_of

from cartscreen.evaluate.finding import Finding
from cartscreen.evaluate.screening import screen
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial, parse_trial


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


def compared(trial: Trial, data: Data) -> Comparison:
    """The only criterion of a trial, and a patient as TOML data."""
    (found,) = screen(trial, chart_of(data)).criteria
    rules = tuple(reading.rule for reading in found.criterion.readings)
    answers: dict[str, Any] = data.get("answers", {}).get(trial.id, {})
    verdict = decide(rules, data, SCREENING, answers.get(found.criterion.id))
    return Comparison(found.finding, verdict)
