"""Each trap has its fate, and together they add up; nothing is written as absent."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from importing.traps import PERSON, TRAPS, Trap

from cartscreen.importing.draft import Draft
from cartscreen.importing.patient import How, PatientReader, settled_alone
from cartscreen.importing.tally import Tally
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile

TODAY = date(2026, 11, 27)


def imported(resources: Iterable[dict[str, Any]], **how: Any) -> tuple[Draft, Tally]:
    """The draft of one patient with these resources, and what became of them."""
    pack, tally = bundled_pack(), Tally()
    left = []
    for resource in resources:
        if fate := settled_alone(resource, pack.codes):
            tally.add(resource["resourceType"], fate)
        else:
            left.append(resource)
    return PatientReader(pack, How(TODAY, **how), tally).read(left, lambda _: None), tally


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_has_its_fate(trap: Trap) -> None:
    """Its fate, the reason, and what is written of it: nothing, unless it is used."""
    draft, tally = imported([PERSON, {**trap.resource, "id": "1"}])
    ((_, fate),) = [key for key in tally.rows if key[1].reason != "person"]
    source = f"{trap.resource['resourceType']}/1"
    written = {
        **{fact: results[0] for fact, results in draft.facts.items()},
        **{name: entries[0] for name, entries in draft.records.items()},
    }

    assert (fate.kind, trap.reason in fate.reason) == (trap.fate, True), fate
    assert written == {
        name: {**result, "source": source} for name, result in (trap.written or {}).items()
    }


def test_all_traps_in_one_chart() -> None:
    """The counts are those of the traps; every profile that is made can be read."""
    resources = [{**trap.resource, "id": str(number)} for number, trap in enumerate(TRAPS)]
    draft, tally = imported([PERSON, *resources])
    text = draft.toml("P-0001")
    profile = parse_profile(text.encode(), bundled_pack().vocabulary, "P-0001")

    assert len(TRAPS) >= 45
    assert tally.resources == len(TRAPS) + 1
    assert {kind: tally.of(kind) for kind in ("used", "ambiguous", "not used")} == {
        **Counter(trap.fate for trap in TRAPS),
        "used": sum(trap.fate == "used" for trap in TRAPS) + 1,
    }
    assert profile.reviewed == {}
    assert list(false_in(tomllib.loads(text))) == []


def false_in(data: Any) -> Iterable[Any]:
    """Every false in the data, and every word of what goes on."""
    if isinstance(data, dict):
        for value in data.values():
            yield from false_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from false_in(value)
    elif data is False or data == "ongoing":
        yield data
