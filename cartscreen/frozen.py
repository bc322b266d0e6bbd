"""Frozen dataclasses that a program can afford by the hundred, and their values by the thousand.

For a frozen dataclass the library writes and compiles seven methods, which takes as long for all of
ours as importing Typer. `frozen` has it find the fields, and compiles only `__init__`; the other
methods are the same for every class.

What is made by the thousand for each patient is `slotted`: a frozen dataclass sets each attribute
by `object.__setattr__`, which takes twice as long as setting it, and would be most of the time of a
large batch.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: _C) -> _C:
    """The class as `dataclass(frozen=True)` makes it, without slots; a method of its own stays."""
    dataclass(init=False, repr=False, eq=False)(made)
    methods = {
        "__init__": _init_of(made),
        "__repr__": _repr,
        "__setattr__": _set,
        "__delattr__": _delete,
        **_comparison_of(made),
    }
    for name, method in methods.items():
        if name not in made.__dict__:
            setattr(made, name, method)
    return made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def slotted(made: _C) -> _C:
    """The class as a dataclass with slots; its own `__hash__` is kept, if it has one.

    To the type checker it is frozen: `mypy` refuses what changes one.
    """
    decorate: Callable[[Any], Any] = dataclass(
        slots=True, unsafe_hash="__hash__" not in made.__dict__
    )
    return decorate(made)  # type: ignore[no-any-return]


def _init_of(made: type) -> Any:
    """`def __init__(self, one, other=default)`, which sets them without asking `__setattr__`."""
    known: dict[str, Any] = {"_not_given": _NOT_GIVEN}
    arguments, lines = ["self"], ["_own = self.__dict__"]
    for each in fields(made):
        name, given = each.name, each.name
        if each.default_factory is not MISSING:
            known[f"_new_{name}"] = each.default_factory
            arguments.append(f"{name}=_not_given")
            given = f"_new_{name}() if {name} is _not_given else {name}"
        elif each.default is not MISSING:
            known[f"_default_{name}"] = each.default
            arguments.append(f"{name}=_default_{name}")
        else:
            arguments.append(name)
        lines.append(f"_own[{name!r}] = {given}")
    body = "\n    ".join(lines)
    exec(f"def __init__({', '.join(arguments)}):\n    {body}", known)  # noqa: S102 (our fields)
    init = known["__init__"]
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


class _Cached:
    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, of: Any, _: type | None = None) -> Any:
        if of is None:
            return self
        found = of.__dict__[self._name] = self._make(of)
        return found


if TYPE_CHECKING:
    from functools import cached_property

    cached = cached_property
else:
    cached = _Cached
"""A property that is worked out once: functools.cached_property, without the lock that Python 3.11
takes each time, which is longer than most of what is worked out so takes."""
