"""The README of the criteria: its blocks are a pack, and its tables name all that there is."""

import re
from pathlib import Path

import pytest
from support import KEYS, ROOT, cases_of, chart_of

from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, ROLES
from cartscreen.evaluate.screening import screen
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import load_pack
from cartscreen.vocabulary import FactEntry

README = (ROOT / "criteria" / "README.md").read_text("utf-8")
ADDING = (ROOT / "docs" / "adding-a-trial.md").read_text("utf-8")
BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Each block as the file that its first line names, and the trial of docs/adding-a-trial.md."""
    for text in BLOCK.findall(README):
        path = tmp_path / text.partition("\n")[0].removeprefix("# ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "my-trial.toml").write_text(BLOCK.findall(ADDING)[0], "utf-8")
    return load_pack(tmp_path)


def test_its_blocks_are_a_pack(pack: Pack) -> None:
    """Facts, defaults, scores, a record and a contradiction load as they are printed."""
    facts = pack.vocabulary.facts
    own = [name for name in facts if name.split(".")[0] in ("marker", "skin", "joint")]

    assert (pack.id, pack.version) == ("ours", "1")
    assert own[:2] == ["marker.protein", "marker.raised"]
    assert facts["skin.ulcer"].label == "Skin: ulcer"
    assert facts["skin.ulcer"].question == "Is there an ulcer of skin or mouth?"
    assert "surgery" in pack.vocabulary.records
    assert "not asked" in facts["person.fertility"].choices
    assert "line" in pack.vocabulary.records["treatment"].fields
    assert "second_line" in pack.vocabulary.drugs["rituximab"].classes


def test_its_cases_hold(pack: Pack, tmp_path: Path) -> None:
    """The cases that it prints are answered as they say, and its full patient is eligible."""
    full, cases = cases_of("my-trial", tmp_path / "cases")
    (trial,) = pack.trials
    on = full["dates"]["screening"]
    found = {
        case.name: next(
            (item.answer.value, item.finding.reason)
            for item in screen(trial, chart_of(case.data, case.on, pack)).criteria
            if item.criterion.id == case.criterion
        )
        for case in cases
    }

    assert screen(trial, chart_of(full, on, pack)).verdict == "eligible"
    assert found == {
        "exactly 55 %": ("yes", ""),
        "not measured": ("unknown", "not_recorded"),
    }


@pytest.mark.parametrize(
    "name",
    [
        *(key for key in FactEntry.model_fields if key != "name"),
        *FACT_FORMULAS,
        *FIELD_FORMULAS,
        *sorted({key for formula in FACT_FORMULAS.values() for key in formula.takes}),
        *ROLES,
        *sorted(KEYS),
        *("default", "item", "order", "short", "asks", "domain", "weight", "only", "without"),
        *("extend", "members"),
    ],
)
def test_it_names_every_key_formula_and_argument(name: str) -> None:
    """What a file may say, its README says."""
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", README)
