"""Whatever stands in the place of an element, the chart is read and the profile can be."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from importing.test_traps import imported
from importing.traps import PERSON, TRAPS, Trap

from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile

JUNK = (
    None,
    True,
    5,
    Decimal("1E+400"),
    "",
    "x\n\u202e",
    [],
    [None, 5],
    {},
    {"coding": 5},
    {"x": []},
)
EXTRA = {"deceasedBoolean": True, "extension": [5, {"url": "us-core-birthsex", "valueCode": "M"}]}


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in the data."""
    for key in data if isinstance(data, dict) else range(len(data)):
        yield (*path, key)
        if isinstance(data[key], dict | list):
            yield from places(data[key], (*path, key))


def replaced(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(data)
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_no_shape_is_trusted(trap: Trap) -> None:
    """Each element, one after another, is something else: one fate, and a profile that loads."""
    for number, path in enumerate(places(trap.resource)):
        if path != ("resourceType",):
            junk = JUNK[number % len(JUNK)]
            resource = {**replaced(trap.resource, path, junk), "id": "1"}
            draft, tally = imported([PERSON, resource])

            assert tally.resources == 2, (path, junk)
            parse_profile(draft.toml("P").encode(), bundled_pack().vocabulary, "P")


def test_no_shape_of_a_person_is_trusted() -> None:
    person = {**PERSON, **EXTRA}
    for path in places(person):
        for junk in JUNK:
            if path not in (("resourceType",), ("id",)):
                draft, tally = imported([replaced(person, path, junk)])

                assert tally.resources == 1
                parse_profile(draft.toml("P").encode(), bundled_pack().vocabulary, "P")
