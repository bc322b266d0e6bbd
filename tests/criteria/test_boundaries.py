"""Every limit, window, word and connective of every criterion is held by a case of its trial."""

import subprocess
import sys
from pathlib import Path

import pytest
from support import TRIALS

MUTATION = Path(__file__).parent / "mutation.py"


@pytest.mark.parametrize("trial", TRIALS)
def test_every_change_is_noticed(trial: str) -> None:
    """Each small change to a criterion fails a case, or equivalent.toml says why it cannot."""
    done = subprocess.run([sys.executable, MUTATION, trial], capture_output=True, text=True)

    assert done.stdout.splitlines() == []
    assert done.returncode == 0, done.stderr
