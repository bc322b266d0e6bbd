"""Rules that are compiled answer as `screen` does: of every criterion, of every patient.

    python tests/laws/test_compiled.py [SEEDS]

tries so many patients of each trial (400), and prints every criterion that differs. The cases
of criteria/cases are held against it in tests/criteria/test_cases.py.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "criteria")]

from draws import DRAWS
from patients import patient
from support import SCREENING, TRIALS, profile_of
from test_charts import SHORT, data_of

from cartscreen.errors import CartscreenError, Problem
from cartscreen.evaluate.compiled import Compiled
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen, standing_of
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.model import Profile

PACK = bundled_pack()
COMPILED = {
    how: Compiled(PACK, PACK.trials, preferred=how == "preferred")
    for how in ("cautious", "preferred")
}


def differences(profile: Profile, on: date, how: str = "cautious") -> Iterator[str]:
    """Where the compiled rules and the evaluator differ: a status, what counts, a verdict."""
    compiled = COMPILED[how]
    try:
        chart = chart_on(profile, PACK, on)
    except Problem:
        with pytest.raises(Problem):
            compiled.chart_on(profile, on)
        return
    bare = compiled.chart_on(profile, on)
    if bare.contradictions != chart.contradictions:
        yield "contradictions"
    for trial in compiled.compiled:
        screening = screen(trial.trial, chart, preferred=how == "preferred")
        (said, spared), standing = trial.judged(bare), standing_of(screening)
        for item in screening.criteria:
            name = item.criterion.id
            if (said[name], name not in spared) != (item.answer, item.applicable):
                yield f"{trial.trial.id} {name}: {item.answer} here, {said[name]} compiled"
        if trial.standing(bare) != standing:
            yield f"{trial.trial.id}: {standing} here, {trial.standing(bare)} compiled"


@pytest.mark.parametrize("trial", TRIALS)
def test_random_patients(trial: str) -> None:
    """Of random patients, with every reading and with the preferred ones."""
    for seed in range(max(1, DRAWS // 40)):
        found = patient(trial, seed)
        profile, on = profile_of(found.data), found.data["dates"]["screening"]

        assert [*differences(profile, on)] == [], found
        assert [*differences(profile, on, "preferred")] == [], found


@pytest.mark.parametrize("row", SHORT, ids=[row["name"] for row in SHORT])
def test_charts(row: dict[str, Any]) -> None:
    """Of the charts that are hard to write down."""
    on: date = row.get("profile", {}).get("dates", {}).get("screening", SCREENING)
    with suppress(CartscreenError):  # some of them are refused
        assert [*differences(profile_of(data_of(row)), on)] == []


def main(seeds: int) -> int:
    """Many patients of each trial: how many criteria of theirs differ."""
    count = 0
    for trial in TRIALS:
        for seed in range(seeds):
            found = patient(trial, seed)
            profile, on = profile_of(found.data), found.data["dates"]["screening"]
            for how in COMPILED:
                for said in differences(profile, on, how):
                    count += 1
                    print(f"{found}, {how}: {said}")
        print(f"{trial}: {seeds} patients, {count} differences so far")
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
