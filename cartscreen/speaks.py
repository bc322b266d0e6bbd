"""How long a value speaks: for how long after its date it still says what is so.

"90 days"  "12 months"                  so long after its date, both ends included
"always"                                until a newer entry
{ yes = "always", no = "180 days" }     by what it says; by word for a finding with words
{ minor = "3 months", adult = "6 months" }    by whose it is on the day it was observed
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from cartscreen.dates import PartialDate, shift
from cartscreen.errors import Problem
from cartscreen.frozen import cached, frozen, slotted
from cartscreen.text import is_count, shown

AGES = ("minor", "adult")
_UNITS = ("day", "week", "month", "year")
_MOST = 9999


@slotted
class Length:
    """A number of days, weeks, months or years."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: Any) -> "Length | None":
        """The length that is written here, None for "always". Raises Problem."""
        if text == "always":
            return None
        number, _, unit = text.partition(" ") if isinstance(text, str) else ("", "", "")
        unit = unit.removesuffix("s")
        if unit not in _UNITS or not is_count(number, _MOST):
            raise Problem(f'{shown(text)} is not a time; write "90 days", say, or "always"')
        return cls(int(number), f"{unit}s")

    def after(self, day: PartialDate) -> PartialDate:
        """The last day on which what was observed on that day still speaks."""
        return _after(day.earliest, day.latest, self.count, self.unit)

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


@lru_cache(maxsize=4096)  # most of what a patient has is of few days
def _after(earliest: date, latest: date, count: int, unit: str) -> PartialDate:
    return PartialDate(shift(earliest, count, unit), shift(latest, count, unit))


@frozen
class Speaks:
    """The length of each word; under "" that of every value. None is always."""

    lengths: tuple[tuple[str, Length | None], ...] = (("", None),)

    @cached
    def by_age(self) -> bool:
        """Does it depend on whether it was observed in a minor or in an adult?

        Such a value is of the body, and speaks for the days before it, too.
        """
        return any(word in AGES for word, _ in self.lengths)

    def of(self, value: object, *, is_adult: bool = False) -> Length | None:
        """How long this value speaks; in somebody whose age is not known, as in a minor."""
        word, length = self.lengths[0]
        if not word:
            return length
        if self.by_age:
            return self._by_word["adult" if is_adult else "minor"]
        word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        return self._by_word.get(word)

    @cached
    def _by_word(self) -> Mapping[str, Length | None]:
        return dict(self.lengths)

    def __str__(self) -> str:
        said = [(word, str(length) if length else "always") for word, length in self.lengths]
        return ", ".join(f"{word}: {length}" if word else length for word, length in said)


def parse_speaks(data: Any, words: tuple[str, ...]) -> Speaks:
    """How long a value of these words speaks. Raises Problem.

    words  of the finding; those of the two ages where the fact is a number
    """
    if not isinstance(data, Mapping):
        return Speaks((("", Length.parse(data)),))
    if set(data) != set(words):
        known = ", ".join(words) if words else "no words: write one time for all"
        raise Problem(f"speaks is by {', '.join(map(str, data))}; the fact takes {known}")
    return Speaks(tuple((word, Length.parse(data[word])) for word in words))
