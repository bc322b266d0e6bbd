"""docs/escalation.md: its TOML is read, and names all that there is."""

import re
import tomllib
from typing import get_args

from ledgers import TRIAL
from support import ROOT, bundled_pack, trial_toml

from cartscreen.escalation.ledger import parse_ledger
from cartscreen.pack.doses import About
from cartscreen.pack.read_doses import _THEN

PAGE = ROOT / "docs" / "escalation.md"
TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(TEXT) if kind == language]


def test_ledger_of_the_page_loads() -> None:
    """The ledger printed there is one."""
    ledger = parse_ledger(blocks("toml")[0].encode(), TRIAL, "page")

    assert [patient.name for patient in ledger.patients] == ["L-001"]


def test_doses_of_the_page_load() -> None:
    """The tables printed there, below a criterion, are those of a trial."""
    criterion = 'id = "I1"\ntitle = "Age"\nsource = "page"\nrule = "person.age >= 18 years"'
    trial = trial_toml(f"[[inclusion]]\n{criterion}\n{blocks('toml')[1]}")

    assert [level.id for level in trial.doses.levels] == ["DL1"]
    assert tomllib.loads(blocks("toml")[1])["doses"]["rule"]


def test_page_names_all_that_there_is() -> None:
    """Each trial, each `then` and each `about` stands on the page."""
    named = {f"`{trial.id}`" for trial in bundled_pack().trials}
    named |= {f"`{then}`" for then in _THEN}
    named |= {f"`{about}`" for about in get_args(About)}

    assert [name for name in named if name not in TEXT] == []
