"""Records that are declared as pydantic's models are, and checked by pydantic only where asked."""

import pickle
from functools import cached_property
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from cartscreen.model import Field, Model, compact, schema_model


class Part(Model):
    """A part."""

    name: str
    parts: list[str] = Field(default=[], description="of the part")

    @cached_property
    def length(self) -> int:
        return len(self.name)


@compact
class Small(Model):
    """One of thousands."""

    name: str = Field(serialization_alias="as")
    note: str = ""


class Whole(Model):
    """A whole, of parts."""

    model_config: ClassVar = {"strict": True, "extra": "forbid", "hide_input_in_errors": True}

    form: str = Field(default="whole/1", serialization_alias="schema")
    part: Part
    others: tuple[Part, ...] = ()
    by_name: dict[str, Part | None] = Field(default={})


def test_a_record_has_its_values_and_defaults() -> None:
    whole = Whole(part=Part(name="a"))

    assert (whole.form, whole.part.name, whole.part.parts, whole.others) == ("whole/1", "a", [], ())
    assert whole.model_copy(update={"form": "b"}) == Whole(form="b", part=Part(name="a"))
    assert repr(whole.part) == "Part(name='a', parts=[])"


@pytest.mark.parametrize("values", [{}, {"name": "a", "odd": 1}])
def test_a_field_that_is_missing_or_unknown_is_named(values: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="odd" if values else "name"):
        Part(**values)


def test_nothing_can_be_set_or_deleted() -> None:
    part = Part(name="a")

    with pytest.raises(AttributeError, match="frozen"):
        part.name = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del part.name


def test_records_of_equal_fields_are_equal_whatever_was_worked_out() -> None:
    """What a property has cached is no value; nor is a default other than the same value given."""
    one, other = Part(name="a", parts=["x"]), Part(name="a", parts=["x"])

    assert one.length == 1
    assert one == other
    assert Part(name="a") == Part(name="a", parts=[])
    assert one != Part(name="a")
    assert one != Whole(part=one)
    assert len({Part(name="a", parts=()), Part(name="a", parts=())}) == 1  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(one)) == other


def test_a_compact_record_has_no_dictionary_and_is_a_record_as_others_are() -> None:
    """What a record of each name and value is can be told; it is copied to other processes."""
    small = Small(name="a")

    assert not hasattr(small, "__dict__")
    assert dict(small) == {"name": "a", "note": ""}
    assert small.model_dump(by_alias=True) == {"as": "a", "note": ""}
    assert small.model_copy(update={"note": "b"}) == Small(name="a", note="b") != small
    assert pickle.loads(pickle.dumps(small)) == small == Small.model_validate({"name": "a"})
    with pytest.raises(ValidationError):
        Small.model_validate({"name": "a", "odd": "b"})
    with pytest.raises(TypeError, match="odd"):
        Small(name="a", odd="b")  # type: ignore[call-arg]


def test_what_a_file_holds_is_checked_and_read_into_records_at_every_depth() -> None:
    read = Whole.model_validate(
        {"part": {"name": "a"}, "others": ({"name": "b"}, Part(name="c")), "by_name": {"d": None}}
    )

    assert read == Whole(
        part=Part(name="a"), others=(Part(name="b"), Part(name="c")), by_name={"d": None}
    )
    with pytest.raises(ValidationError, match=r"others\.0\.parts\.0") as refused:
        Whole.model_validate({"part": {"name": "a"}, "others": ({"name": "b", "parts": [1]},)})
    assert "input_value" not in str(refused.value)


def test_a_record_as_data_has_the_names_of_its_json() -> None:
    whole = Whole(part=Part(name="a", parts=["x"]), by_name={"b": Part(name="b")})

    assert whole.model_dump(by_alias=True) == {
        "schema": "whole/1",
        "part": {"name": "a", "parts": ["x"]},
        "others": (),
        "by_name": {"b": {"name": "b", "parts": []}},
    }
    assert list(schema_model(Whole).model_json_schema(mode="serialization")["properties"]) == [
        "schema", "part", "others", "by_name",
    ]  # fmt: skip
