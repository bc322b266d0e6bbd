"""Frozen dataclasses that are quick to make behave as the library's own."""

import dataclasses
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cartscreen import frozen as records
from cartscreen.frozen import field, fields, frozen, replace, slotted
from cartscreen.shapes import SHAPES


@frozen
class Base:
    """Two fields, of names that its `__init__` might use itself."""

    own: int
    given: str = "a"


@frozen
class Made(Base):
    """Every kind of field."""

    listed: Mapping[str, int] = field(default_factory=dict)
    ignored: int = field(default=0, compare=False)
    hidden: int = field(default=0, repr=False)


@frozen
class Alone:
    """Without a field."""


@slotted
class Slotted:
    """The same, with slots."""

    own: int
    given: str = "a"
    listed: Mapping[str, int] = field(default_factory=dict)
    ignored: int = field(default=0, compare=False)
    hidden: int = field(default=0, repr=False)


@dataclasses.dataclass(frozen=True)
class Library:
    """The same, by the library."""

    own: int
    given: str = "a"
    listed: Mapping[str, int] = dataclasses.field(default_factory=dict)
    ignored: int = dataclasses.field(default=0, compare=False)
    hidden: int = dataclasses.field(default=0, repr=False)


CALLS: dict[str, Callable[[Any], Any]] = {
    "by place": lambda made: made(1, "b", {"c": 1}, 2, 3),
    "by name": lambda made: made(own=1, hidden=4),
    "another": lambda made: (dataclasses.replace if made is Library else replace)(
        made(1), given="c"
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("made", [Made, Slotted])
def test_it_has_the_values_and_the_text_of_the_library_s_own(
    call: Callable[[Any], Any], made: type
) -> None:
    one, other = call(made), call(Library)
    names = [each.name for each in fields(one)]

    assert names == [each.name for each in dataclasses.fields(other)]
    assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]
    assert repr(one) == repr(other).replace("Library", made.__name__)
    assert pickle.loads(pickle.dumps(one)) == one
    assert hasattr(one, "__dict__") == (made is Made)


@pytest.mark.parametrize("values", [{}, {"own": 1, "odd": 2}])
def test_what_is_missing_or_unknown_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Made(**values)


def test_equal_are_those_of_one_class_whose_compared_fields_are() -> None:
    assert Base(1) == Base(1, "a")
    assert Base(1) != Base(2)
    assert Made(1, ignored=1) == Made(1, ignored=2)
    assert Made(1, hidden=1) != Made(1, hidden=2)
    assert Base(1) != Made(1)
    assert Alone() == Alone()
    assert Slotted(1, ignored=1) == Slotted(1, ignored=2) != Slotted(2)
    assert len({Base(1), Base(1), Base(2), Alone(), Alone()}) == 3


def test_nothing_can_be_set_or_deleted_and_a_list_is_each_one_s_own() -> None:
    made = Made(1)

    with pytest.raises(AttributeError, match="'own'"):
        made.own = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="'own'"):
        del made.own
    assert made.listed is not Made(1).listed


def test_its_fields_match_by_place() -> None:
    match Base(1, "b"):
        case Base(number, text):
            assert (number, text) == (1, "b")


@pytest.mark.parametrize("kind", [frozen, slotted])
def test_a_field_that_is_no_argument_begins_with_its_default_and_what_is_made_is_checked(
    kind: Callable[[Any], Any],
) -> None:
    class Checked:
        own: int
        kept: str = field(default="", init=False)

        def __post_init__(self) -> None:
            assert self.own > 0

    made = kind(Checked)

    assert made(1).kept == ""
    with pytest.raises(AssertionError):
        made(0)
    with pytest.raises(TypeError):
        made(1, kept="a")


@pytest.mark.parametrize(("has_slots", "number"), SHAPES)
def test_a_shape_is_what_would_be_compiled(has_slots: bool, number: int) -> None:
    annotations = {f"f{at}": int for at in range(number)}
    kind: Any = slotted if has_slots else frozen
    made = kind(type("Made", (), {"__annotations__": annotations, "__module__": __name__}))
    shape = SHAPES[has_slots, number]
    code = records._code(records._written(made, has_slots=has_slots))

    for part in ("co_code", "co_consts", "co_names", "co_varnames", "co_stacksize", "co_flags"):
        assert getattr(shape, part) == getattr(code, part), part
