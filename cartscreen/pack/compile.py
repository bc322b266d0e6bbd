"""Keeps what the program's own TOML files say in a form that loads quickly: see build.py.

    python -m cartscreen.pack.compile

The installation does this. In a checkout it is to be done again after a change, if the speed of a
start is to be measured; without it, the TOML is read.
"""

import copyreg
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from pickle import Pickler
from pickletools import optimize
from typing import Any

from cartscreen.build import AS_BYTES, COMPILED, packed, sizes_of
from cartscreen.frozen import fields
from cartscreen.model import Model
from cartscreen.pack.files import (
    KEPT_HASH,
    KEPT_HEADS,
    bundled_folder,
    hash_of,
    heads,
    paths_in,
    toml_files,
)
from cartscreen.pack.pack import KEPT_PACK
from cartscreen.pack.read import pack_of
from cartscreen.speaks import Length, Speaks
from cartscreen.units import (
    KEPT_RATIOS,
    KEPT_TABLE,
    KEPT_UNITS,
    ratios_of_pint,
    table_of_file,
    units_read,
)


def compile_into(package: Path, criteria: Path | None = None) -> None:
    """Write the file into a folder that is a copy of the package cartscreen.

    criteria: where the bundled pack lies; without it, where the program finds it.
    """
    folder = bundled_folder() if criteria is None else criteria
    contents = {name: path.read_bytes() for name, path in paths_in(folder).items()}
    parts = {
        KEPT_HASH: pickled(hash_of(contents)),
        KEPT_PACK: pickled(pack_of(contents, "criteria/")),
        KEPT_HEADS: pickled(tuple(heads(contents, "criteria/"))),
        KEPT_TABLE: pickled(table_of_file()),
        KEPT_UNITS: pickled(units_read()),
        KEPT_RATIOS: pickled(ratios_of_pint()),
    }
    content = packed(parts, str(package), {KEPT_HASH: sizes_of(toml_files(folder))})
    made = package / COMPILED
    made.parent.mkdir(exist_ok=True)
    temporary = made.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(made)


def pickled(value: Any) -> bytes:
    """The value as the same bytes in every process.

    What properties have cached is left out, as it may be true in one process alone; but for those
    that a class names as COMPILED, which follow from the fields.
    """
    file = BytesIO()
    writer = _Writer(file, protocol=5)
    writer.dump(writer.plain(value))
    return optimize(file.getvalue())


_SMALL = (str, Fraction, Length, Speaks)


class _Sorted(tuple[Any, ...]):
    """The elements of a set, in an order."""

    __slots__ = ()


class _Writer(Pickler):
    """Writes records by their fields, those with their defaults left out.

    Equal texts, numbers and sets are one, and so is how long facts speak.
    """

    def __init__(self, file: BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self.small: dict[tuple[type, Any], Any] = {}
        self.sets: dict[frozenset[Any], _Sorted] = {}

    def plain(self, value: Any) -> Any:
        """The value with one object for all small ones that are equal, and its sets in an order."""
        kind = type(value)
        if kind in _SMALL:
            return self.small.setdefault((kind, value), value)
        if kind in (list, tuple):
            return kind(map(self.plain, value))
        if kind is dict:
            return {self.plain(key): self.plain(item) for key, item in value.items()}
        if kind is frozenset:
            if value not in self.sets:
                self.sets[value] = _Sorted(sorted(map(self.plain, value), key=repr))
            return self.sets[value]
        return value

    def reducer_override(self, value: Any) -> Any:
        """How an object is made again."""
        if isinstance(value, Fraction):
            above, below = value.as_integer_ratio()
            return Fraction, (above,) if below == 1 else (above, below)
        if isinstance(value, _Sorted):
            return frozenset, ((*value,),)
        if isinstance(value, Model):
            listed = [*value.model_fields]
        elif hasattr(type(value), "__fields__") and hasattr(value, "__dict__"):
            listed = [field.name for field in fields(value)]
        else:
            return NotImplemented
        later = getattr(value, "LATER", ())
        names = [name for name in listed if name not in later]
        names += getattr(value, "COMPILED", ())
        stated = {name: getattr(value, name) for name in names if not _is_default(value, name)}
        if later:
            stated[AS_BYTES] = {name: pickled(getattr(value, name)) for name in later}
        made = copyreg.__newobj__, (type(value),)  # type: ignore[attr-defined]
        return (*made, self.plain(stated)) if stated else made


def _is_default(value: Any, name: str) -> bool:
    """Is it what a record without that field says, as its class does?"""
    default, given = getattr(type(value), name, _NONE), getattr(value, name)
    return type(given) is type(default) and bool(given == default)


_NONE = object()


if __name__ == "__main__":
    compile_into(Path(__file__).parents[1])
