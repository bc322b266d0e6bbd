"""What a finding names: the places of a profile that it read, or that would settle it.

    Fact("lab.alt")                         lab.alt
    Field("treatment", (2,), "stop")        treatment[2].stop
    Field("treatment", (1, 3), "lasted")    treatment[1, 3].lasted     of several entries together
    Field("treatment", (2,))                treatment[2]               the entry as a whole
    List("treatment")                       treatment                  whether the list is complete
    Visit("consent")                        dates.consent
    AnswerTo("E19")                         answers.E19                what a person answers
    Part(Fact("lab.alt"), "upper")          lab.alt.upper
    Then(Fact("lab.alt"), "baseline")       lab.alt at baseline

A Part is what a recorded value lacks: a limit of normal or of detection, its date, or its unit.
`name` tells every place from every other. `str` is the text that a report gives under `missing`:
the name, except that a missing date or unit is listed there as the value itself, `lab.alt` in place
of `lab.alt.date`.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, ClassVar, Literal, Self

from cartscreen.frozen import slotted

Which = Literal["upper", "lower", "limit", "cutoff", "date", "unit"]


class _Named:
    """What all places have: a name, which is also their text."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of this place and of no other."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.name


class _OneOfAName(_Named):
    """A place that has one name. All of a name are one object: more is looked up by them than by
    anything else, and an object is known by itself at once.
    """

    __slots__ = ()
    __eq__, __hash__ = object.__eq__, object.__hash__
    known: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        cls.known = {}

    def __new__(cls, name: str) -> Self:
        known: Self | None = cls.known.get(name)
        if known is None:
            known = cls.known[name] = object.__new__(cls)
        return known

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        (own,) = self.__match_args__  # type: ignore[attr-defined]
        return type(self), (getattr(self, own),)


@slotted
class Fact(_OneOfAName):
    """A fact of the vocabulary, by its name there."""

    fact: str

    @property
    def name(self) -> str:
        return self.fact

    def __str__(self) -> str:
        return self.fact


@slotted
class Field(_Named):
    """A field of an entry of a list, or of several together; without `field`, the entry itself.

    numbers count from 1, as a person would.
    """

    list: str
    numbers: tuple[int, ...]
    field: str = ""

    @property
    def name(self) -> str:
        entry = f"{self.list}[{', '.join(map(str, self.numbers))}]"
        return f"{entry}.{self.field}" if self.field else entry

    def __hash__(self) -> int:
        """Of all fields: written out, as no other place is looked up so often."""
        return hash((self.list, self.numbers, self.field))


@slotted
class List(_OneOfAName):
    """A list: what would settle it is the word that it is complete, or one more entry."""

    list: str

    @property
    def name(self) -> str:
        return self.list


@slotted
class Visit(_OneOfAName):
    """The date of a study visit: screening, consent, enrollment and so on."""

    visit: str

    @property
    def name(self) -> str:
        return f"{_VISITS}.{self.visit}"


@slotted
class AnswerTo(_OneOfAName):
    """What a person answers: to the question of a criterion, or which label of a choice holds.

    to  the id of the criterion, or the name of the choice
    """

    to: str

    @property
    def name(self) -> str:
        return f"answers.{self.to}"


@slotted
class Part(_Named):
    """What a recorded value lacks: a limit of normal or detection, a cut-off, its date or unit."""

    of: Fact | Field | Visit
    which: Which

    @property
    def name(self) -> str:
        return f"{self.of}.{self.which}"

    def __str__(self) -> str:
        return str(self.of) if self.which in ("date", "unit") else self.name


@slotted
class Then(_Named):
    """A place of the profile of an earlier visit; without one, that visit itself.

    visit  "baseline" or "previous"
    """

    of: "Place | None"
    visit: str

    @property
    def name(self) -> str:
        return f"{self.of.name} at {self.visit}" if self.of else self.visit


Place = Fact | Field | List | Visit | AnswerTo | Part | Then
Value = Fact | Field | Visit
"""The places that hold a value, of which there may be a Part."""

_VISITS = "dates"


@lru_cache(maxsize=4096)  # as many as the facts of a large vocabulary
def fact_place(fact: str) -> Fact | Visit:
    """The place of a fact by its name: a Visit for "dates.consent", else a Fact."""
    section, _, visit = fact.partition(".")
    return Visit(visit) if section == _VISITS else Fact(fact)


def is_visit(fact: str) -> bool:
    """Is a fact of this name the date of a visit?"""
    return isinstance(fact_place(fact), Visit)


def texts(places: Iterable[Place]) -> tuple[str, ...]:
    """The places as a report names them, each once, in order."""
    return tuple(dict.fromkeys(map(str, places)))


def is_of_entry(name: str) -> bool:
    """Is this name, as a report has it, that of a field of an entry: "treatment[2].stop"?"""
    return "]." in name
