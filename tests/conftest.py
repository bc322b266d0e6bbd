"""Generated examples are the same on every run, and as many as tests/draws.py says; no network."""

import importlib.util
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from draws import DRAWS
from hypothesis import settings

settings.register_profile(
    "same", derandomize=True, deadline=None, database=None, max_examples=max(1, DRAWS // 10)
)
settings.load_profile("same")

OFFLINE = Path(__file__).parent / "offline"
_hook = importlib.util.spec_from_file_location("offline", OFFLINE / "sitecustomize.py")
assert _hook is not None
assert _hook.loader is not None
_hook.loader.exec_module(importlib.util.module_from_spec(_hook))
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(OFFLINE), *filter(None, [os.environ.get("PYTHONPATH")])]
)


@pytest.fixture
def judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile is judged once and its report kept: for tests of how it is then shown.

    The report is known by all that it is made from: the profile, the pack, the date, the trials,
    the name of the file and the options. A test of how it is made must not ask for this.
    """
    for name in ("report.report", "verify.report", "plan.outlook.outlook",
                 "plan.plan.plan_and_outlook"):  # fmt: skip
        module, _, function = f"cartscreen.{name}".rpartition(".")
        made = getattr(importlib.import_module(module), function)
        monkeypatch.setattr(f"{module}.{function}", _kept(made))


_JUDGED: dict[object, list[tuple[Any, Any]]] = {}
"""Reports, each with its profile, by what else they are made from."""


def _kept(made: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a chart and trials, with what it made before."""

    def kept(chart: Any, trials: Iterable[Any], **how: Any) -> Any:
        given = list(trials)
        by = (made, chart.pack.sha256, chart.on, *(trial.id for trial in given), repr(how))
        for profile, report in _JUDGED.get(by, []):
            if profile == chart.profile:
                return report
        if len(_JUDGED) == 50:
            del _JUDGED[next(iter(_JUDGED))]
        report = made(chart, given, **how)
        _JUDGED.setdefault(by, []).append((chart.profile, report))
        return report

    return kept
