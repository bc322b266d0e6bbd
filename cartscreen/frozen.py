"""Frozen dataclasses that a program can afford by the hundred, and their values by the thousand.

For a frozen dataclass the library writes and compiles seven methods, which takes as long for all of
ours as importing Typer. `frozen` has it find the fields, and compiles only `__init__`, when the
first value is made: of most classes a start makes none, or loads those that were kept. The other
methods are the same for every class.

What is made by the thousand for each patient is `slotted`: a frozen dataclass refuses to set an
attribute, and a value that has no `__dict__` is to set each of its own, which takes twice as long
past a refusal, and would be most of the time of a large batch.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: _C) -> _C:
    """The class as `dataclass(frozen=True)` makes it, without slots; a method of its own stays."""
    dataclass(init=False, repr=False, eq=False)(made)
    _add_methods(made, {"__setattr__": _set, "__delattr__": _delete})
    return made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def slotted(made: _C) -> _C:
    """The same with slots, frozen to the type checker alone: `mypy` refuses what changes one."""
    decorate: Callable[[Any], Any] = dataclass(init=False, repr=False, eq=False, slots=True)
    with_slots: _C = decorate(made)  # another class
    _add_methods(with_slots, {})
    return with_slots


def _add_methods(made: type, others: dict[str, Any]) -> None:
    """Give the class the methods of a dataclass, and these others, where it has none of its own."""
    methods = {
        "__init__": _init_when_needed(made),
        "__repr__": _repr,
        **_comparison_of(made),
        **others,
    }
    for name, method in methods.items():
        if name not in made.__dict__:
            setattr(made, name, method)


def _init_when_needed(made: type) -> Callable[..., None]:
    """`__init__` of a class of which no value was made yet: it compiles the one that stays."""

    def init(self: Any, *given: Any, **named: Any) -> None:
        compiled = made.__init__ = _init_of(made)  # type: ignore[misc]
        compiled(self, *given, **named)

    return init


def _init_of(made: type) -> Callable[..., None]:
    """`def __init__(self, one, other=default)`, which sets them without asking `__setattr__`."""
    known: dict[str, Any] = {"_not_given": _NOT_GIVEN}
    arguments, lines = ["self"], []
    has_slots = "__slots__" in made.__dict__
    if not has_slots:
        lines.append("_own = self.__dict__")
    for each in fields(made):
        name, given = each.name, each.name
        if each.default_factory is not MISSING:
            known[f"_new_{name}"] = each.default_factory
            arguments.append(f"{name}=_not_given")
            given = f"_new_{name}() if {name} is _not_given else {name}"
        elif each.default is not MISSING:
            known[f"_default_{name}"] = each.default
            if each.init:
                arguments.append(f"{name}=_default_{name}")
            else:
                given = f"_default_{name}"
        else:
            arguments.append(name)
        lines.append(f"self.{name} = {given}" if has_slots else f"_own[{name!r}] = {given}")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n    ".join(lines or ["pass"])
    exec(f"def __init__({', '.join(arguments)}):\n    {body}", known)  # noqa: S102 (our fields)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


_NOT_GIVEN = object()


def _comparison_of(made: type) -> dict[str, Any]:
    """`__eq__` and `__hash__`, by the fields that are compared."""
    names = [each.name for each in fields(made) if each.compare]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def equals(self: Any, other: object) -> Any:
        if self is other:
            return True
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equals} | ({"__hash__": hashed} if "__eq__" not in made.__dict__ else {})


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _set(_: Any, name: str, __: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
