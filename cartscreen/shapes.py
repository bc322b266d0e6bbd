"""What `__init__` looks like of records with so many fields; `frozen.py` fits it to each.

These are the shapes that a start has need of. Python compiles them once, with this module; to
compile them anew would take each start a fortieth of its time. Of any other shape `frozen.py`
writes what would stand here. Tests hold the two against one another.
"""
# fmt: off
# ruff: noqa: ANN001, ANN202, E702
# mypy: allow-untyped-defs

from types import CodeType

_set = object.__setattr__


def _slots_1(self, f0):
    self.f0 = f0


def _slots_2(self, f0, f1):
    self.f0 = f0; self.f1 = f1


def _slots_3(self, f0, f1, f2):
    self.f0 = f0; self.f1 = f1; self.f2 = f2


def _slots_4(self, f0, f1, f2, f3):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3


def _slots_5(self, f0, f1, f2, f3, f4):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4


def _slots_7(self, f0, f1, f2, f3, f4, f5, f6):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4; self.f5 = f5
    self.f6 = f6


def _slots_8(self, f0, f1, f2, f3, f4, f5, f6, f7):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4; self.f5 = f5
    self.f6 = f6; self.f7 = f7


def _slots_10(self, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4; self.f5 = f5
    self.f6 = f6; self.f7 = f7; self.f8 = f8; self.f9 = f9


def _slots_12(self, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4; self.f5 = f5
    self.f6 = f6; self.f7 = f7; self.f8 = f8; self.f9 = f9; self.f10 = f10; self.f11 = f11


def _slots_13(self, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4; self.f5 = f5
    self.f6 = f6; self.f7 = f7; self.f8 = f8; self.f9 = f9; self.f10 = f10; self.f11 = f11
    self.f12 = f12


def _slots_18(self, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17):
    self.f0 = f0; self.f1 = f1; self.f2 = f2; self.f3 = f3; self.f4 = f4; self.f5 = f5
    self.f6 = f6; self.f7 = f7; self.f8 = f8; self.f9 = f9; self.f10 = f10; self.f11 = f11
    self.f12 = f12; self.f13 = f13; self.f14 = f14; self.f15 = f15; self.f16 = f16; self.f17 = f17


def _dict_1(self, f0):
    _set(self, "f0", f0)


def _dict_2(self, f0, f1):
    _set(self, "f0", f0); _set(self, "f1", f1)


def _dict_3(self, f0, f1, f2):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2)


def _dict_4(self, f0, f1, f2, f3):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)


def _dict_5(self, f0, f1, f2, f3, f4):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)
    _set(self, "f4", f4)


def _dict_6(self, f0, f1, f2, f3, f4, f5):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)
    _set(self, "f4", f4); _set(self, "f5", f5)


def _dict_7(self, f0, f1, f2, f3, f4, f5, f6):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)
    _set(self, "f4", f4); _set(self, "f5", f5); _set(self, "f6", f6)


def _dict_8(self, f0, f1, f2, f3, f4, f5, f6, f7):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)
    _set(self, "f4", f4); _set(self, "f5", f5); _set(self, "f6", f6); _set(self, "f7", f7)


def _dict_9(self, f0, f1, f2, f3, f4, f5, f6, f7, f8):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)
    _set(self, "f4", f4); _set(self, "f5", f5); _set(self, "f6", f6); _set(self, "f7", f7)
    _set(self, "f8", f8)


def _dict_10(self, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9):
    _set(self, "f0", f0); _set(self, "f1", f1); _set(self, "f2", f2); _set(self, "f3", f3)
    _set(self, "f4", f4); _set(self, "f5", f5); _set(self, "f6", f6); _set(self, "f7", f7)
    _set(self, "f8", f8); _set(self, "f9", f9)


SHAPES: dict[tuple[bool, int], CodeType] = {
    **{(True, made.__code__.co_argcount - 1): made.__code__ for made in (
        _slots_1, _slots_2, _slots_3, _slots_4, _slots_5, _slots_7, _slots_8, _slots_10,
        _slots_12, _slots_13, _slots_18,
    )},
    **{(False, made.__code__.co_argcount - 1): made.__code__ for made in (
        _dict_1, _dict_2, _dict_3, _dict_4, _dict_5, _dict_6, _dict_7, _dict_8,
        _dict_9, _dict_10,
    )},
}
"""By whether the record has slots, and by the number of its fields."""
