"""Frozen dataclasses that a program can afford by the hundred, and their values by the thousand.

For a frozen dataclass the library writes and compiles seven methods, which takes as long for all of
ours as importing Typer. `frozen` has it find the fields, and compiles only `__init__`; the other
methods are the same for every class.

What is made by the thousand for each patient is `slotted`: a frozen dataclass sets each attribute
by `object.__setattr__`, which takes twice as long as setting it, and would be most of the time of a
large batch. Its values are also compared so often that `__eq__` and `__hash__` are compiled.

A method is compiled when it is first called: a start makes no value of most classes.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: _C) -> _C:
    """The class as `dataclass(frozen=True)` makes it, without slots; a method of its own stays."""
    _of_library(made, slots=False)
    compared = _compared(made)
    values: Callable[[Any], Any] = attrgetter(*compared) if compared else lambda _: ()

    def equals(self: Any, other: object) -> Any:
        if self is other:
            return True
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    _add(
        made,
        __init__=_when_called(made, "__init__", _init_of),
        __repr__=_repr,
        __setattr__=_set,
        __delattr__=_delete,
        __hash__=hashed,
        __eq__=equals,
    )
    return made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def slotted(made: _C) -> _C:
    """The same with slots, frozen to the type checker alone: `mypy` refuses what changes one."""
    with_slots: _C = _of_library(made, slots=True)  # another class
    _add(
        with_slots,
        __init__=_when_called(with_slots, "__init__", _init_of),
        __repr__=_repr,
        __hash__=_when_called(with_slots, "__hash__", _hash_of),
        __eq__=_when_called(with_slots, "__eq__", _eq_of),
    )
    return with_slots


def _of_library(made: Any, *, slots: bool) -> Any:
    """The class with its fields. Of one without a docstring, the library would print a signature
    as its docstring, which takes longer than all else here.
    """
    made.__doc__ = made.__doc__ or made.__name__
    return dataclass(init=False, repr=False, eq=False, slots=slots)(made)


def _add(made: type, **methods: Any) -> None:
    """Give the class these methods, where it has none of its own."""
    for name, method in methods.items():
        if name not in made.__dict__:
            setattr(made, name, method)


def _when_called(made: type, name: str, compiled: Callable[[type], Any]) -> Callable[..., Any]:
    """A method that, when it is first called, is compiled for the class and put in this place."""

    def method(self: Any, *given: Any, **named: Any) -> Any:
        stays = compiled(made)
        setattr(made, name, stays)
        return stays(self, *given, **named)

    return method


def _compared(made: type) -> list[str]:
    return [each.name for each in fields(made) if each.compare]


def _init_of(made: type) -> Any:
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
    return _function(made, "__init__", arguments, lines or ["pass"], known)


_NOT_GIVEN = object()


def _eq_of(made: type) -> Any:
    """`def __eq__(self, other)`, by the fields that are compared."""
    one, two = (_tuple(of, _compared(made)) for of in ("self", "other"))
    said = f"return {one} == {two} if other.__class__ is self.__class__ else NotImplemented"
    return _function(made, "__eq__", ["self", "other"], [said], {})


def _hash_of(made: type) -> Any:
    """`def __hash__(self)`, by the same fields."""
    said = f"return hash({_tuple('self', _compared(made))})"
    return _function(made, "__hash__", ["self"], [said], {})


def _tuple(of: str, names: list[str]) -> str:
    return f"({''.join(f'{of}.{name}, ' for name in names)})"


def _function(
    made: type, name: str, arguments: list[str], lines: list[str], known: dict[str, Any]
) -> Any:
    body = "\n    ".join(lines)
    exec(f"def {name}({', '.join(arguments)}):\n    {body}", known)  # noqa: S102 (our fields)
    compiled = known[name]
    compiled.__qualname__ = f"{made.__qualname__}.{name}"
    return compiled


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
