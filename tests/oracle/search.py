"""Look for a case on which the two evaluators disagree: python tests/oracle/search.py [SECONDS]

Draws criteria and patients until the time is over (60 seconds, if none is given), others each
time. Prints how many it judged. The first disagreement is shrunk, printed as a case for
regressions.toml, and ends the search with exit status 1.
"""

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import tomli_w
from generated import Data, cases
from hypothesis import HealthCheck, Phase, given, settings
from oracle.comparison import compared, trial_of
from oracle.worlds import NotCovered, TooManyWorlds

ROUND = 500


def search(seconds: float) -> int:
    """The exit status."""
    until = time.monotonic() + seconds
    seen: Counter[str] = Counter()
    differing: list[tuple[Data, Data, str]] = []

    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def look(case: tuple[Data, list[Data]]) -> None:
        criterion, patients = case
        trial = trial_of(criterion)
        for data in patients:
            try:
                comparison = compared(trial, criterion, data)
            except (NotCovered, TooManyWorlds):
                seen["left out"] += 1
                continue
            seen["by law (b)" if comparison.verdict.exact else "by law (a)"] += 1
            if not comparison.agree:
                differing.append((criterion, data, str(comparison)))
                raise AssertionError

    while time.monotonic() < until and not differing:
        try:
            look()
        except AssertionError:
            criterion, data, said = differing[-1]
            print(f"# {said}\n{tomli_w.dumps({'case': [{**criterion, 'profile': data}]})}")
    counted = ", ".join(f"{count} {how}" for how, count in sorted(seen.items()))
    print(f"{seen.total()} cases: {counted}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(search(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
