"""Frozen records of named values, declared as pydantic's models are, without importing pydantic.

    class Counts(Model):
        matched: int
        failed: int = Field(default=0, description="of the counted criteria")

A record that the program makes itself is not checked again: mypy has checked it. What comes from a
file is checked by `model_validate`, and a JSON Schema is made by `schema_model`: both let pydantic
see the same declaration, and only they import it, which takes longer than to judge a patient.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    NoReturn,
    Self,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

from cartscreen.frozen import is_of_class, slotted

if TYPE_CHECKING:
    from pydantic import BaseModel

_NOTHING: Any = object()


@slotted
class Declared:
    """What is declared of one field: its default, and all else that pydantic's Field takes."""

    default: Any
    more: Mapping[str, Any]
    annotation: Any = None

    @property
    def is_required(self) -> bool:
        return self.default is _NOTHING

    @property
    def description(self) -> str | None:
        return self.more.get("description")


def Field(default: Any = _NOTHING, **more: Any) -> Any:  # noqa: N802 (as pydantic's own)
    """The default of a field, its description, and what else a value must be: see pydantic."""
    return Declared(default, more)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Model:
    """A frozen record; it refuses any key that it does not declare."""

    __slots__ = ()

    model_config: ClassVar[Mapping[str, Any]] = {
        "extra": "forbid",
        "hide_input_in_errors": True,
        "validate_by_name": True,
    }
    model_fields: ClassVar[Mapping[str, Declared]] = {}
    _required: ClassVar[frozenset[str]] = frozenset()
    _read: "ClassVar[Callable[[Any], tuple[Any, ...]]]" = staticmethod(lambda _: ())

    def __init_subclass__(cls) -> None:
        if "model_fields" in cls.__dict__:
            return  # `compact` makes the class again
        fields, required = dict(cls.model_fields), set(cls._required)
        for name, annotation in cls.__annotations__.items():
            if is_of_class(annotation):
                continue
            given = cls.__dict__.get(name, _NOTHING)
            is_told = type(given) is Declared
            default, more = (given.default, given.more) if is_told else (given, {})
            fields[name] = Declared(default, more, annotation)
            if default is _NOTHING:
                required.add(name)
                if is_told:
                    delattr(cls, name)
            else:
                required.discard(name)
                if is_told:
                    setattr(cls, name, default)  # where a record that has no other finds it
        cls.model_fields = fields
        cls._required = frozenset(required)
        cls._read = staticmethod(_reader(tuple(fields)))

    def __init__(self, **values: Any) -> None:
        given, declared = values.keys(), self.model_fields.keys()
        if given != declared and not self._required <= given <= declared:
            wrong = (self._required - values.keys()) | (values.keys() - self.model_fields.keys())
            listed = ", ".join(sorted(wrong))
            raise TypeError(f"{type(self).__name__}: missing, or not declared: {listed}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def _values(self) -> tuple[Any, ...]:
        return type(self)._read(self)  # not what a property has cached

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Each field with its value: dict(record)."""
        return zip(self.model_fields, self._values(), strict=True)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self._values() == other._values()

    def __hash__(self) -> int:
        return hash(tuple(self._values()))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self)
        return f"{type(self).__name__}({values})"

    def __getstate__(self) -> dict[str, Any]:
        """What is copied to another process: the fields, not what has been worked out of them."""
        return {name: self.__dict__[name] for name in self.model_fields if name in self.__dict__}

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The record with other values."""
        return type(self)(**{**dict(self), **update})

    def model_dump(self, *, by_alias: bool = False) -> dict[str, Any]:
        """The record as plain dicts; by alias, each field under the name that it has in JSON."""
        return {
            field.more.get("serialization_alias", name) if by_alias else name: _dumped(
                getattr(self, name), by_alias
            )
            for name, field in self.model_fields.items()
        }

    @classmethod
    def model_validate(cls, data: Any, *, strict: bool | None = None) -> Self:
        """The record of data that a file holds. Raises pydantic's ValidationError."""
        return _read_from(cls, schema_model(cls).model_validate(data, strict=strict))


def compact(kind: "type[_M]") -> "type[_M]":
    """The kind with slots, for records that are made by the thousand: a third of the memory.

    They are frozen to the type checker alone, as what is `slotted`.
    """
    made: Any = slotted(kind)
    made.__setattr__, made.__delattr__ = object.__setattr__, object.__delattr__
    made.__getstate__ = lambda self: (None, dict(self))
    return made  # type: ignore[no-any-return]


def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values of these fields from a record, in order."""
    read: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()
    return (lambda record: (read(record),)) if len(names) == 1 else read


def _dumped(value: Any, by_alias: bool) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, Model):
        return value.model_dump(by_alias=by_alias)
    if isinstance(value, list):
        return [_dumped(item, by_alias) for item in value]
    if isinstance(value, dict):
        return {key: _dumped(item, by_alias) for key, item in value.items()}
    return value


def _read_from(cls: "type[_M]", found: "BaseModel") -> "_M":
    """The record of what pydantic has read; the records inside it are ours already."""
    return cls(**{name: getattr(found, name) for name in found.model_fields_set})


def schema_model(cls: type[Model]) -> "type[BaseModel]":
    """The same record as a model of pydantic, which checks data and has a JSON Schema."""
    if cls not in _MADE:
        _MADE[cls] = _made_of(cls)
    return _MADE[cls]


_MADE: "dict[type[Model], type[BaseModel]]" = {}


def _made_of(cls: type[Model]) -> "type[BaseModel]":
    from pydantic import ConfigDict, create_model
    from pydantic import Field as PydanticField

    fields: dict[str, Any] = {
        name: (
            _for_pydantic(field.annotation),
            PydanticField(... if field.is_required else field.default, **field.more),
        )
        for name, field in cls.model_fields.items()
    }
    config = ConfigDict(
        **cls.model_config,  # type: ignore[typeddict-item]
        arbitrary_types_allowed=True,  # records of frozen.py, which no file holds
    )
    made: type[BaseModel] = create_model(
        cls.__name__, __config__=config, __doc__=cls.__doc__, __module__=cls.__module__, **fields
    )
    return made


def _for_pydantic(annotation: Any) -> Any:
    """A type with pydantic's models in place of ours, which read into ours."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        from pydantic import WrapValidator

        own = annotation

        def read(value: Any, handler: Any) -> Model:
            return value if isinstance(value, own) else _read_from(own, handler(value))

        return Annotated[schema_model(own), WrapValidator(read)]
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (list, tuple, dict):
        return origin[tuple(_for_pydantic(item) for item in inside)]
    if origin in (UnionType, Union):
        return Union[tuple(_for_pydantic(item) for item in inside)]  # noqa: UP007
    return annotation


if TYPE_CHECKING:
    from typing import TypeVar

    _M = TypeVar("_M", bound=Model)
