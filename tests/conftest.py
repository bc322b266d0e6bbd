"""Generated examples are the same on every run, and as many as tests/draws.py says; no network."""

import importlib.util
import os
from pathlib import Path

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
