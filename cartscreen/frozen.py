"""Values that are made by the thousand for each patient, and never changed.

A frozen dataclass sets each attribute by `object.__setattr__`, which takes twice as long as setting
it; it is what most of the time of a large batch would go into. A class that is `frozen` here has
slots, and to the type checker it is a frozen dataclass: `mypy` refuses what changes one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: _C) -> _C:
    """The class as a dataclass with slots; its own `__hash__` is kept, if it has one."""
    decorate: Callable[[Any], Any] = dataclass(
        slots=True, unsafe_hash="__hash__" not in made.__dict__
    )
    return decorate(made)  # type: ignore[no-any-return]
