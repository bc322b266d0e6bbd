"""Frozen records of named values: a program can afford a hundred, and values by the thousand.

They are declared as the library's dataclasses are, which writes and compiles seven methods for a
frozen class: for all of ours that takes as long as importing Typer. `frozen` compiles `__init__`
alone; the other methods are the same for every class.

What is made by the thousand for each patient is `slotted`: a frozen dataclass sets each attribute
by `object.__setattr__`, which takes twice as long as setting it, and would be most of the time of a
large batch.

Nothing is set through `__dict__`, though that is quicker: once it has been asked for, every
attribute of the object is read five times as slowly (Python 3.11).

`__init__` is made when it is first called, as a start makes no value of most classes; and of
classes with as many fields it is one code, as it differs in their names alone. `shapes.py` has the
code of those that a start needs.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar, dataclass_transform

from cartscreen.shapes import SHAPES

if TYPE_CHECKING:
    from dataclasses import field as field
    from dataclasses import fields as fields
    from dataclasses import replace as replace

_C = TypeVar("_C", bound=type)
_Made = TypeVar("_Made")
_NONE: Any = object()
EMPTY: Mapping[Any, Any] = {}
"""The default of a field that holds a mapping."""


class Field:
    """What is declared of a field, as by the library's `field`.

    default, default_factory  its value where none is given; the second makes one each time
    init                      is it an argument? What is none begins with its default
    repr, compare             does it stand in the text, and is it asked whether two are equal?
    """

    name: str
    default: Any = _NONE
    default_factory: Callable[[], Any] | None = None
    init = repr = compare = True

    def __init__(self, default: Any = _NONE, **more: Any) -> None:
        self.default = default
        for name, said in more.items():
            setattr(self, name, said)


if not TYPE_CHECKING:
    field = Field

    def fields(of: Any) -> tuple[Field, ...]:
        """The fields of a class or of a value, in order."""
        return of.__fields__

    def replace(value: Any, /, **changes: Any) -> Any:
        """The value with other values of these fields."""
        values_of, place = _arguments(type(value))
        _, *values = values_of(value)
        for name, changed in changes.items():
            values[place[name]] = changed
        return type(value)(*values)

    @cache
    def _arguments(made: Any) -> Any:
        """What reads the arguments of `__init__`, after the first of them; and their places."""
        names = made.__match_args__
        return attrgetter(names[0], *names), {name: at for at, name in enumerate(names)}


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: _C) -> _C:
    """The class as `dataclass(frozen=True)` makes it, without slots; a method of its own stays."""
    _find_fields(made)
    for name, method in _lacking(made, _FROZEN):
        setattr(made, name, method)
    if "__init__" not in made.__dict__:
        made.__init__ = _first_init(lambda: made)  # type: ignore[misc]
    return made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def slotted(made: _C) -> _C:
    """The same with slots, frozen to the type checker alone: `mypy` refuses what changes one."""
    own = _find_fields(made)
    body = {**made.__dict__, **dict(_lacking(made, _METHODS)), "__slots__": (*own,)}
    for name in ("__dict__", "__weakref__", *own):
        body.pop(name, None)
    body.setdefault("__init__", _first_init(lambda: with_slots))
    body["__qualname__"] = made.__qualname__
    with_slots: _C = type(made)(made.__name__, made.__bases__, body)  # another class
    return with_slots


def _find_fields(made: Any) -> dict[str, Field]:
    """The fields that the class itself declares; it is given `__fields__`, with those of others.

    As in the library a class has the default of a field, and none of one that is made each time.
    """
    own: dict[str, Field] = {}
    values = made.__dict__
    for name, kind in made.__annotations__.items():
        if is_of_class(kind):
            continue
        one = values.get(name, _NONE)
        if type(one) is not Field:
            one = Field(one)
        elif one.default is not _NONE:
            setattr(made, name, one.default)
        else:
            delattr(made, name)
        one.name = name
        own[name] = one
    every = own
    if made.__base__ is not object:
        bases = (base.__dict__.get("__fields__", ()) for base in made.__mro__[:0:-1])
        every = {each.name: each for inherited in bases for each in inherited} | own
    made.__fields__ = (*every.values(),)
    arguments = [each.name for each in every.values() if each.init]
    made.__match_args__ = (*arguments,)  # type: ignore[misc]
    return own


def is_of_class(annotation: Any) -> bool:
    """Is what is annotated so a variable of the class, and no field?"""
    return getattr(annotation, "__origin__", annotation) is ClassVar


def _lacking(made: type, methods: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Those that the class has not of its own, nor the one that it is a kind of."""
    own, above = made.__dict__, made.__base__
    there = own if above is None or above is object else own.keys() | above.__dict__.keys()
    return [(name, method) for name, method in methods.items() if name not in there]


def _first_init(of: Callable[[], type]) -> Callable[..., None]:
    """An `__init__` that makes that of the class when it is first called, and puts it in place."""

    def method(self: Any, *given: Any, **named: Any) -> None:
        made = of()
        made.__init__ = stays = _init_of(made)  # type: ignore[misc]
        stays(self, *given, **named)

    return method


@cache
def _values_of(made: Any) -> Callable[[Any], Any]:
    """What takes the values that are compared from a record of this class."""
    compared = [each.name for each in fields(made) if each.compare]
    return attrgetter(*compared) if compared else lambda _: ()


def _eq(self: Any, other: object) -> Any:
    if self is other:
        return True
    made: Any = type(self)
    values = _values_of(made)
    return values(self) == values(other) if type(other) is made else NotImplemented


def _hash(self: Any) -> int:
    made: Any = type(self)
    return hash(_values_of(made)(self))


def _init_of(made: type) -> Any:
    """`def __init__(self, one, other=default)`, which sets them without asking `__setattr__`."""
    listed = fields(made)
    has_slots = "__slots__" in made.__dict__
    known: dict[str, Any] = {"_not_given": _NONE, "_set": object.__setattr__}
    code = None
    if not hasattr(made, "__post_init__") and all(map(_is_plain, listed)):
        code = SHAPES.get((has_slots, len(listed)))
    if code is None:
        for number, each in enumerate(listed):
            known[f"_new_f{number}"] = each.default_factory
            known[f"_default_f{number}"] = each.default
        code = _code(_written(made, has_slots=has_slots))
    name_of = {f"f{number}": each.name for number, each in enumerate(listed)}.get
    own = code.replace(
        co_name="__init__",
        co_qualname=f"{made.__qualname__}.__init__",
        co_varnames=(*map(name_of, code.co_varnames, code.co_varnames),),
        co_names=(*map(name_of, code.co_names, code.co_names),),
        co_consts=(*map(name_of, code.co_consts, code.co_consts),),
    )
    may_lack = [each for each in listed if each.default is not _NONE or each.default_factory]
    defaults = tuple([each.default for each in may_lack if each.init])
    return FunctionType(own, known, "__init__", defaults)


def _is_plain(each: Any) -> bool:
    """Is it an argument, and set as it is given?"""
    return each.init and each.default_factory is None


def _written(made: type, *, has_slots: bool) -> str:
    """The text of a function, in which f0, f1 ... stand for the names of the fields."""
    arguments, lines = ["self"], list[str]()
    for number, each in enumerate(fields(made)):
        name = given = f"f{number}"
        if each.init:
            arguments.append(name)
        if each.default_factory is not None:
            given = f"_new_{name}() if {name} is _not_given else {name}"
        elif not each.init:
            given = f"_default_{name}"
        lines.append(f"self.{name} = {given}" if has_slots else f"_set(self, {name!r}, {given})")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n    ".join(lines or ["pass"])
    return f"def _({', '.join(arguments)}):\n    {body}"


@cache
def _code(function: str) -> CodeType:
    """The code of a function; it is compiled once for all classes that need the like."""
    module = compile(function, "<string>", "exec")
    return next(each for each in module.co_consts if isinstance(each, CodeType))


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


_METHODS = {"__repr__": _repr, "__hash__": _hash, "__eq__": _eq}
"""What all records have."""


def _set(_: Any, name: str, __: object) -> NoReturn:
    raise AttributeError(f"cannot assign to field {name!r}")


def _delete(_: Any, name: str) -> NoReturn:
    raise AttributeError(f"cannot delete field {name!r}")


_FROZEN = {**_METHODS, "__setattr__": _set, "__delattr__": _delete}
"""What those have besides that are frozen at run time, too."""


class _Cached:
    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, of: Any, _: type | None = None) -> Any:
        if of is None:
            return self
        found = self._make(of)
        object.__setattr__(of, self._name, found)
        return found


if TYPE_CHECKING:
    from functools import cached_property

    cached = cached_property
else:
    cached = _Cached
"""A property that is worked out once: functools.cached_property, without the lock that Python 3.11
takes each time, which is longer than most of what is worked out so takes."""


def once(
    kept: dict[Any, Any], key: Hashable, make: Callable[[], _Made], held: object = None
) -> _Made:
    """What is kept under a key, made when it is first asked for.

    held  what the key names by its identity, which it would leave to another when it is gone
    """
    known: tuple[object, _Made] | None = kept.get(key)
    if known is None:
        known = kept[key] = held, make()
    return known[1]
