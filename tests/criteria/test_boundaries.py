"""Every limit, window, word and connective of every criterion is held by a case of its trial."""

import pytest
from mutation import main
from support import TRIALS


@pytest.mark.slow
@pytest.mark.mutation
@pytest.mark.parametrize("trial", TRIALS)
def test_every_change_is_noticed(trial: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each small change to a criterion fails a case, or equivalent.toml says why it cannot."""
    status = main([trial])

    assert capsys.readouterr().out == ""
    assert status == 0
