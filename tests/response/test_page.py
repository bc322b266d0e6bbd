"""docs/response.md: its profile and its outcome are read."""

import re
import tomllib

from support import ROOT, profile_of, trial_toml

PAGE = ROOT / "docs" / "response.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = PAGE.read_text("utf-8")


def test_the_profile_and_the_outcome_load() -> None:
    """What the page shows of a visit's profile, and of an outcome in a trial's file."""
    profile, outcome = (body for kind, body in BLOCK.findall(TEXT) if kind == "toml")
    data = tomllib.loads(profile)
    del data["schema"], data["patient"]
    about = 'title = "Lupus"\nsource = "Inclusion 1"\nrule = "diagnosis.sle"'
    trial = trial_toml(f'[[inclusion]]\nid = "I1"\n{about}\n{outcome}')

    assert profile_of(data).warnings == ()
    assert [(item.id, str(item.visit)) for item in trial.outcomes] == [("SRI-4", "3 months")]
