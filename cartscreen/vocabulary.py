"""The vocabulary: the facts, records and drugs of a pack, as one immutable Vocabulary.

A fact is declared once, here; profiles, rules, templates and schemas all read this declaration.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar

from cartscreen.answer import Answer
from cartscreen.build import ReadLater
from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, ROLES, Takes
from cartscreen.derive.treatment import Role
from cartscreen.errors import CriteriaError, Faults, Problem
from cartscreen.frozen import EMPTY, frozen, replace
from cartscreen.frozen import field as field_made
from cartscreen.model import Field, Model
from cartscreen.observation import Observation, OneOf
from cartscreen.pattern import pattern
from cartscreen.place import is_visit
from cartscreen.speaks import AGES, Length, Speaks, parse_speaks
from cartscreen.text import (
    asked,
    compatible,
    did_you_mean,
    has_figure,
    is_slip,
    letters_apart,
    sentence,
    shown,
    slip_of,
)
from cartscreen.units import Interval, factor, parse_quantity, unit_named

if TYPE_CHECKING:
    from cartscreen.entries import Extension, WeightedFact  # of packs, as they are read

NOT_DONE = "not done"
NOT_KNOWN = ("unknown", NOT_DONE, "indeterminate")
"""What a profile may write instead of any value: asked for, and still open."""

Kind = Literal["quantity", "finding", "date", "duration", "drug", "text", "steps"]
Obtain = Literal[
    "chart", "question", "examination", "blood", "urine", "imaging", "biopsy", "investigator"
]
Changes = Literal["time", "measurement", "treatment", "decision", "never"]


class _Entry(Model):
    model_config: ClassVar = {
        "strict": True,
        "extra": "forbid",
        "hide_input_in_errors": True,
        "allow_inf_nan": False,
    }


_E = TypeVar("_E", bound=_Entry)


@frozen
class Stated:
    """The fact is what the profile states of another fact."""

    fact: str


@frozen
class Ruled:
    """The finding is what a rule says (in its TOML form).

    yes, no   the value that either answer gives; None where that answer gives no value
    """

    rule: Any
    yes: str | bool | None = True
    no: str | bool | None = False


@frozen
class Item:
    """A part of a score: a finding that counts its weight, or a number that is multiplied by it."""

    fact: str
    weight: Fraction


@frozen
class Score:
    """The highest item of each domain, added up. A plain sum has one item in each domain.

    window     how far back from the visit the items of a score of activity may lie
    answered   of how many items at least the sum stands for all, where the others are stated to be
               not done: it is then their mean, as many times as there are items; 0: all are needed
    """

    domains: tuple[tuple[Item, ...], ...]
    window: Length | None = None
    answered: int = 0

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for domain in self.domains for item in domain)


@frozen
class Count:
    """How many of the findings have this word; `window` as of a Score."""

    word: str
    of: tuple[str, ...]
    window: Length | None = None


@frozen
class Formula:
    """A formula of cartscreen.derive.formulas; its arguments are facts (or fields), by name.

    unless   a rule, in its TOML form, under which the formula does not hold; None where it always
             holds. Only its YES counts: what is not recorded does not open the formula.
    """

    name: str
    inputs: tuple[tuple[str, str], ...]
    unless: Any = None


Derivation = Stated | Ruled | Score | Count | Formula


def _item(data: Any) -> Item:
    match data:
        case {"fact": str(fact), "weight": weight, **rest} if not rest:
            return Item(fact, _above_0(weight, "the weight"))
    raise Problem("an item of a score is { fact = ..., weight = ... }")


def _above_0(value: Any, what: str) -> Fraction:
    """A number of the pack: 8, 1.25 or "20/3". (Fraction would work out "1e99999999".)"""
    written = format(value, "f") if isinstance(value, Decimal) else str(value)
    number = Fraction(0)
    if _ABOVE_0.fullmatch(written):
        with suppress(ZeroDivisionError):
            number = Fraction(written)
    if number <= 0:
        raise Problem(f"{what} {shown(value)} is not a number above 0 and below {_MOST}")
    return number


_ABOVE_0 = pattern(r"\d{1,6}(?:\.\d{1,20}|/\d{1,6})?", re.ASCII)
_MOST = "1 000 000"


def _derivation(data: Any) -> Derivation:
    match data:
        case {"stated": str(fact), **rest} if not rest:
            return Stated(fact)
        case {"rule": rule, **rest} if not rest:
            return Ruled(rule)
        case {"rule": rule, **rest} if rest.keys() <= {"yes", "no"}:
            return Ruled(rule, _word(rest.get("yes")), _word(rest.get("no")))
        case {"sum": list(items), **rest} if items and rest.keys() <= {"window", "answered"}:
            most = _answered(rest.pop("answered", 0), items)
            return Score(tuple((_item(item),) for item in items), _window(rest), most)
        case {"highest": list(domains), **rest} if domains and rest.keys() <= {"window"}:
            if not all(isinstance(domain, list) and domain for domain in domains):
                raise Problem("a domain of a score is a list of items")
            listed = tuple(tuple(_item(item) for item in domain) for domain in domains)
            return Score(listed, _window(rest))
        case {"count": str(word), "of": list(facts), **rest} if facts and rest.keys() <= {"window"}:
            return Count(word, tuple(facts), _window(rest))
        case {"formula": str(name), **inputs}:
            unless = inputs.pop("unless", None)
            read = tuple((str(key), str(fact)) for key, fact in inputs.items())
            return Formula(name, read, unless)
    raise Problem("derive is not one of stated, rule, sum, highest, count ... of, formula")


def _word(value: object) -> str | bool | None:
    if value is None or isinstance(value, str | bool):
        return value
    raise Problem(f"{shown(value)} is no word and neither true nor false")


def _answered(value: Any, items: list[Any]) -> int:
    if value != 0 and (type(value) is not int or not 0 < value <= len(items)):
        raise Problem(f"answered = {shown(value)} is not a number of items from 1 to {len(items)}")
    return int(value)


def _window(data: Mapping[Any, Any]) -> Length | None:
    """How far back from the visit the items of a score may lie, where it says so."""
    try:
        return Length.parse(data.get("window", "always"))
    except Problem as fault:
        raise Problem(f"the window of a score: {fault}") from None


def reads(derivation: Derivation) -> tuple[str, ...]:
    """The facts a derivation reads, those of a rule apart."""
    match derivation:
        case Stated(fact):
            return (fact,)
        case Score():
            return tuple(item.fact for item in derivation.items)
        case Count(_, facts):
            return facts
        case Formula(_, inputs):
            return tuple(fact for _, fact in inputs)
        case Ruled():
            return ()


class Measured(_Entry):
    """How a number says which word a finding is, held against the limit that the laboratory gives.

    beyond    the word of a number above the limit (below it, where the limit is `lower`)
    within    the word of any other number
    unseen    the word that "<20", at or below the limit, may also mean: nothing was found
    limit     the limit that the number needs: upper or lower of normal, or of detection
    cutoffs   from which value on it is `beyond`, where the laboratory states no limit: one, or the
              lowest and the highest that laboratories have, which then have to agree
    """

    beyond: str
    within: str
    unseen: str = ""
    limit: Literal["upper", "lower", "limit"] = "upper"
    cutoffs: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words that a number may say."""
        return tuple(filter(None, (self.unseen, self.within, self.beyond)))

    @property
    def keys(self) -> tuple[str, ...]:
        """The limits that a result may state."""
        return ("upper", "cutoff") if self.limit == "upper" else (self.limit,)

    def words_said(self, number: Interval, said: Set[Answer]) -> tuple[str, ...]:
        """The words that a number may say, where `said` is whether it is beyond its limits."""
        is_seen = number.low is not None and (number.low > 0 or number.low_open)
        words = []
        if said != {Answer.YES}:
            words += [self.unseen] * (bool(self.unseen) and not is_seen) + [self.within]
        if said != {Answer.NO}:
            words.append(self.beyond)
        return tuple(dict.fromkeys(words))

    def said_of(self, item: Observation) -> Observation:
        """A result of another finding, by the cut-offs of this one alone.

        That is as it stands where it is a word, or a number in another unit.
        """
        if not has_figure(item.text):
            return item
        try:
            number, unit = parse_quantity(item.text)
        except Problem:
            return item
        cutoffs = [limit for limit, of in map(parse_quantity, self.cutoffs) if of == unit]
        if not cutoffs:
            return item
        said = {number.compare(">=", limit.low) for limit in cutoffs if limit.low is not None}
        words = self.words_said(number, said)
        value = words[0] if len(words) == 1 else OneOf(words)
        return replace(item, value=value, limits="", why_inexact="", missing=())


class FactEntry(_Entry):
    """One fact, or one field of a record.

    also        what else it is called, WBC say: what is sought, and hints, know it, nothing else
    speaks      for how long after its date a value still says what is so, and because of what
    negative    the word that says that there was no such event, where it is not "no"
    grows       a time or an age: stated on a day, and longer by the days since then
    adult_from  of the age: the completed years from which a person is an adult
    may_precede of a visit without a date: how long before screening it may lie
    not_before  the visit, or the date of the same entry, before which this one does not lie

    Of a field of a record alone:

    default    what an entry says that leaves the field out
    synonyms   other words -> the choice that they mean
    local      choices of a route by which a drug acts where it is given; a rule calls them "local"
    adequate   the choice of a response that says that the treatment worked
    not_given  choices of a response of which, without a date, it follows that it was never given
    averaged   of a dose: where more than so many days lie between two, each is of its own day, and
               no average is a dose of a day; 0 where it always is
    alike      how many times what follows for it a stated number may be, or be contained in it
    """

    name: str
    label: str
    kind: Kind
    also: tuple[str, ...] = ()
    unit: str = ""
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    latest: bool = False
    measured: Measured | None = None
    steps: Decimal | int = 0
    values: tuple[Decimal | int, ...] = ()
    bounds: tuple[Decimal | int, Decimal | int] | None = None
    plausible: tuple[Decimal | int, Decimal | int] | None = None
    molar_mass: str = ""
    molar_mass_below: tuple[str, str] | None = None
    source: str = ""
    question: str = ""
    obtain: Obtain = "chart"
    changes: Changes = "never"
    derive: tuple[Derivation, ...] = ()
    speaks: Speaks = Speaks()
    speaks_because: str = ""
    negative: str = ""
    grows: Literal["", "always", "while ongoing"] = ""
    adult_from: int | None = None
    may_precede: str = ""

    @cached_property
    def days_before_screening(self) -> Length | None:
        """How long before screening this visit may lie where its date is not stated."""
        return Length.parse(self.may_precede) if self.may_precede else None

    def is_negative(self, value: object) -> bool:
        """Does the value say that there was no such event?"""
        return value is False or (bool(self.negative) and value == self.negative)

    default: str | bool | None = None
    synonyms: dict[str, str] = Field(default={})
    local: tuple[str, ...] = ()
    adequate: str = ""
    not_given: tuple[str, ...] = ()
    not_before: str = ""
    alike: Decimal | int = 1
    averaged: int = 0

    def alike_to(self, follows: Interval) -> Interval:
        """What may be stated of a field for which this follows."""
        times = Fraction(self.alike)
        return Interval(
            None if follows.low is None else follows.low / times,
            None if follows.high is None else follows.high * times,
            follows.low_open,
            follows.high_open,
        )

    @cached_property
    def askable(self) -> tuple[str, ...]:
        """The words that a rule may ask for."""
        return (*self.choices, *self.words, *(("local",) if self.local else ()))

    @cached_property
    def grams_per_mole(self) -> Fraction | None:
        return Fraction(self.molar_mass.removesuffix(" g/mol")) if self.molar_mass else None

    @cached_property
    def is_age(self) -> bool:
        """Does it count completed years?"""
        return any(
            isinstance(by, Formula)
            and by.name in FACT_FORMULAS
            and FACT_FORMULAS[by.name].completed_years
            for by in self.derive
        )

    def to_unit(self, value: Interval, unit: str) -> Interval:
        """The value in this fact's unit. Raises Problem if the two units cannot be converted."""
        times = factor(unit, self.unit, self.grams_per_mole)
        if times is None:
            written = f"in {unit!r}" if unit != "1" else "without a unit"
            wanted = f"{self.unit!r} or a unit that converts to it"
            if self.unit == "1":
                wanted = "a number without a unit"
            raise Problem(f"the value is {written}; expected {wanted}.")
        if times == 1:
            return value
        other = self._other_factor(value, unit)
        return value.times(times) if other is None else value.between(times, other)

    def _other_factor(self, value: Interval, unit: str) -> Fraction | None:
        """The factor by the other molar mass, where so low a value in moles may be by that."""
        if self.molar_mass_below is None or factor(unit, self.unit) is not None:
            return None
        below, mass = self.molar_mass_below
        limit, in_unit = parse_quantity(below)
        times = factor(in_unit, unit)
        if limit.low is None or times is None:
            return None
        is_low = value.compare("<", limit.low * times) is not Answer.NO
        return factor(unit, self.unit, Fraction(mass.removesuffix(" g/mol"))) if is_low else None


class RecordEntry(_Entry):
    """A list of records: what it holds, the fields of each entry, and which field has which role.

    roles    role -> field
    guessed  the pack declares no role, and these go by the names of the fields
    speaks   for how long after its day a review still says that the list is complete
    empties  the lists that are empty, too, where this one is reviewed and empty
    example  an entry in one line, as a person would type it for `ask`
    """

    name: str
    label: str
    question: str
    obtain: Obtain
    changes: Changes
    fields: dict[str, FactEntry]
    roles: dict[Role, str] = Field(default={})
    guessed: bool = False
    speaks: Speaks = Speaks()
    speaks_because: str = ""
    empties: tuple[str, ...] = ()
    example: str = ""

    @cached_property
    def first_date(self) -> str | None:
        """The field that says when an entry began; none where only its last day is recorded."""
        if not self.guessed:
            return self.roles.get("begins")
        for name, field in self.fields.items():
            if field.kind == "date" and "ongoing" not in field.words and "last" not in name:
                return name
        return None

    @cached_property
    def course_begins(self) -> str | None:
        """The field before which no date of an entry lies: a list that tells of courses has one."""
        return self.roles.get("begins") if self.guessed or "ends" in self.roles else None

    @cached_property
    def not_before(self) -> Mapping[str, str]:
        """Each date that does not lie before another of its entry, with that."""
        return {name: field.not_before for name, field in self.fields.items() if field.not_before}

    @cached_property
    def made_of(self) -> Mapping[str, tuple[str, ...]]:
        """Each field that follows from others, with the dates and doses of which it is made."""
        found: dict[str, tuple[str, ...]] = {}
        for name, field in self.fields.items():
            each: list[str] = []
            for by in field.derive:
                assert isinstance(by, Formula)
                formula = FIELD_FORMULAS[by.name]
                given = [date for key, date in by.inputs if formula.takes[key].of_entry]
                each += (
                    *given,
                    *(self.not_before[date] for date in given if date in self.not_before),
                )
                roles = formula.dates or formula.doses
                each += (self.roles[role] for role in roles if role in self.roles)
            if each:
                found[name] = tuple(dict.fromkeys(each))
        return found

    @cached_property
    def facts_read(self) -> tuple[str, ...]:
        """The facts from which a field may follow, the body weight say."""
        names: dict[str, None] = {}
        for field in self.fields.values():
            for derivation in field.derive:
                assert isinstance(derivation, Formula)
                takes = FIELD_FORMULAS[derivation.name].takes
                for argument, name in derivation.inputs:
                    if not takes[argument].of_entry:
                        names[name] = None
        return tuple(names)

    def has_role(self, field: str, role: Role) -> bool:
        """Is this the field of that role?"""
        return self.roles.get(role) == field

    def of_role(self, role: Role) -> FactEntry | None:
        """The field of that role, if the list has one."""
        return self.fields.get(self.roles.get(role, ""))

    @cached_property
    def doses(self) -> tuple[str, ...]:
        """The fields of the dose and of the dose per kg, if the list has them."""
        roles: tuple[Role, ...] = ("dose", "dose_per_kg")
        return tuple(field.name for role in roles if (field := self.of_role(role)))

    def is_of_one_drug(self, field: str) -> bool:
        """Is it a dose as it is, of which only those of one drug add up?"""
        return field in self.doses

    def is_written(self, field: str) -> bool:
        """Is it for people to write, and does not only follow from the other fields?"""
        entry = self.fields[field]
        return not entry.derive or entry.kind != "quantity" or self.is_of_one_drug(field)

    def adds_up(self, field: str) -> bool:
        """Is it a dose, which adds up over the entries that run on the same day?"""
        return self.is_of_one_drug(field) or any(
            FIELD_FORMULAS[by.name].adds_up
            for by in self.fields[field].derive
            if isinstance(by, Formula)
        )

    @cached_property
    def tells_of_drugs(self) -> bool:
        """Does an entry tell of a drug that was given from one day to another?"""
        wanted: tuple[Role, ...] = ("begins", "ends", "drug")
        return all(self.of_role(role) is not None for role in wanted)


OLD_ROLES: Mapping[Role, str] = {
    "begins": "start",
    "ends": "stop",
    "last": "last_dose",
    "last_change": "last_change",
    "lasted": "lasted",
    "drug": "drug",
    "dose": "dose",
    "dose_per_kg": "dose_per_kg",
    "route": "route",
    "half_life": "half_life",
}
"""By which names fields had a role before a list could declare any. A list that declares none is
still read so, and the vocabulary warns."""


class HalfLife(_Entry):
    """From the shortest to the longest half-life of a population; or only what it is at most."""

    low: str = ""
    high: str = ""
    at_most: str = ""
    kind: Literal["", "range of means", "mean ± SD", "mean", "range"] = ""
    source: str
    verified: bool

    @cached_property
    def shortest_days(self) -> Fraction:
        return _days(self.low) if self.low else Fraction(0)

    @cached_property
    def longest_days(self) -> Fraction:
        return _days(self.high or self.at_most)

    def __str__(self) -> str:
        span = self.low if self.low == self.high else f"{self.low} to {self.high}"
        span = f"at most {self.at_most}" if self.at_most else span
        return span if self.verified else f"{span} (figure not verified)"


class DosingInterval(_Entry):
    """How far apart two doses are given: as a rule, and at the longest, from one to the next."""

    usual: str
    longest: str
    source: str

    @cached_property
    def usual_days(self) -> Fraction:
        return _days(self.usual)

    @cached_property
    def longest_days(self) -> Fraction:
        return _days(self.longest)

    def __str__(self) -> str:
        return f"{self.usual}, at the longest {self.longest}"


class Drug(_Entry):
    """One active ingredient, a depot of it, or a procedure that is recorded among the drugs."""

    name: str
    label: str
    classes: tuple[str, ...]
    names: tuple[str, ...] = ()
    routed_names: dict[str, tuple[str, ...]] = Field(default={})
    usual_route: str = ""
    also_local: tuple[str, ...] = ()
    atc: tuple[str, ...] = ()
    prednisone_equivalent: tuple[Fraction, Fraction] | None = None
    prednisone_equivalent_source: str = ""
    half_life: HalfLife | None = None
    interval: DosingInterval | None = None
    list: str = ""
    note: str = ""

    @cached_property
    def all_names(self) -> tuple[tuple[str, str], ...]:
        """(name, the route that this name tells, or empty) for each of its names."""
        named = [(self.name, ""), *[(name, "") for name in self.names]]
        for route, names in self.routed_names.items():
            named += [(name, route) for name in names]
        return tuple(named)


@frozen
class Preparation:
    """What the name of a drug says: the drug, and the route where the name tells it."""

    drug: Drug
    route: str = ""


class AmbiguousName(_Entry):
    """A name that stands for several drugs, and is therefore not read as any of them."""

    name: str
    means: tuple[str, ...]


class Wording(_Entry):
    """The words that may stand around the name of a drug."""

    salts: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    routes: dict[str, tuple[str, ...]] = Field(default={})
    suffixed: tuple[str, ...] = ()

    COMPILED: ClassVar[tuple[str, ...]] = ("word_routes",)

    def plus(self, other: "Wording") -> "Wording":
        return Wording(
            salts=self.salts + other.salts,
            forms=self.forms + other.forms,
            routes={
                route: self.routes.get(route, ()) + other.routes.get(route, ())
                for route in {**self.routes, **other.routes}
            },
            suffixed=self.suffixed + other.suffixed,
        )

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The words for a form, as an entry may state it."""
        return (*self.forms, *(word for words in self.routes.values() for word in words))

    @cached_property
    def word_routes(self) -> Mapping[str, str]:
        """Every word that may stand around a name -> the route that it tells, or empty."""
        neutral = dict.fromkeys((*self.salts, *self.forms), "")
        told = {word: route for route, words in self.routes.items() for word in words}
        return {_one_word(word): route for word, route in {**neutral, **told}.items()}


class DrugClass(_Entry):
    """A class of drugs; an entry by another stated route than `routes` is not of the class.

    A drug says of which classes it is; a class of one's own may name `members` among our drugs.
    """

    name: str
    label: str
    members: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


_NO_WORDING = Wording()


class ContradictionEntry(_Entry):
    """A rule, in its TOML form, that holds of no patient, and what it puts in doubt: facts, lists.

    list     the list of whose entries, each by itself, the rule holds of none; `doubts` are then
             fields of the entry
    """

    says: str
    rule: Any
    doubts: tuple[str, ...]
    list: str = ""


@frozen
class Vocabulary(ReadLater):
    """Every fact, record, drug and drug class that profiles and rules may name."""

    facts: Mapping[str, FactEntry]
    records: Mapping[str, RecordEntry]
    drugs: Mapping[str, Drug]
    classes: Mapping[str, DrugClass]
    contradictions: tuple[ContradictionEntry, ...] = field_made(default_factory=tuple)
    items: "tuple[WeightedFact, ...]" = field_made(default_factory=tuple)
    files: Mapping[str, str] = field_made(default_factory=lambda: EMPTY)
    """"fact lab.alt" -> the file of its pack that declares it: "facts/lab.toml"."""
    ambiguous: tuple[AmbiguousName, ...] = ()
    wording: Wording = _NO_WORDING
    speaks: Mapping[str, Mapping[str, Any]] = EMPTY
    """How long facts of the bundled pack speak in this one, by fact: the keys speaks and because.
    """
    extensions: "tuple[Extension, ...]" = ()
    """What is added to the vocabulary that this one is added to, by `plus`."""

    COMPILED: ClassVar[tuple[str, ...]] = ("_names",)
    LATER = ("contradictions", "items", "files")

    @cached_property
    def age(self) -> FactEntry | None:
        """The fact that says from when a person is an adult."""
        return next((entry for entry in self.facts.values() if entry.adult_from is not None), None)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a pack leaves to be guessed."""
        return tuple(
            f"{self.file_of(f'record {name}')}: record {name}: no role is declared; by the names "
            f"of its fields {guess}; declare under [record.{name}] which field is what."
            for name, entry in self.records.items()
            if (guess := _guess(entry))
        )

    @classmethod
    def parse(
        cls,
        files: Mapping[str, Mapping[str, Any]],
        where: str,
        base: "Vocabulary | None" = None,
    ) -> Self:
        """The vocabulary in the TOML data of these files, by name: "facts.toml", "drugs.toml" ...

        Raises CriteriaError with file, entry and fault.

        With a base, names may be of the base, to which this vocabulary is then added by `plus`.
        """
        from cartscreen.entries import only, tables, written_out

        entries = written_out(
            files,
            where,
            [key for key in FactEntry.model_fields if key not in ("name", "derive")],
            base.facts if base else (),
            base.items if base else (),
        )
        listed = files.get("drugs.toml", {})
        drug_file = f"{where}drugs.toml"
        only(listed, ("class", "drug", "ambiguous", "wording"), drug_file)
        places = {f"fact {name}": file for name, (_, file) in entries.facts.items()}
        places |= {f"record {name}": file for name, (_, file) in entries.records.items()}
        faults = Faults()
        facts: dict[str, FactEntry] = {}
        for name, (entry, file) in entries.facts.items():
            with faults.gathered():
                facts[name] = _fact(name, entry, f"{where}{file}")
        for item in entries.items:
            place = f"{where}{places[f'fact {item.fact}']}: item {item.fact}"
            with faults.gathered(), _placed(place):
                for weight in item.weights.values():
                    _above_0(weight, "the weight")
        records: dict[str, RecordEntry] = {}
        for name, (entry, file) in entries.records.items():
            with faults.gathered():
                records[name] = _record(name, entry, f"{where}{file}")
        contradictions = []
        for entry, file in entries.contradictions:
            with faults.gathered():
                parsed = _checked(ContradictionEntry, "contradiction", f"{where}{file}", entry)
                contradictions.append(parsed)
                places[f"contradiction {parsed.says}"] = file
        drugs: dict[str, Drug] = {}
        for name, entry in tables(listed, "drug", drug_file).items():
            with faults.gathered():
                drugs[name] = _drug(name, entry, drug_file)
        classes: dict[str, DrugClass] = {}
        for name, entry in tables(listed, "class", drug_file).items():
            with faults.gathered():
                classes[name] = _checked(DrugClass, f"class {name}", drug_file, entry, name=name)
        ambiguous = []
        for name, entry in tables(listed, "ambiguous", drug_file).items():
            with faults.gathered():
                place = f"ambiguous {name}"
                ambiguous.append(_checked(AmbiguousName, place, drug_file, entry, name=name))
        faults.end()
        vocabulary = cls(
            _in_order(facts, files, where),
            records,
            drugs,
            classes,
            tuple(contradictions),
            tuple(entries.items),
            places,
            tuple(ambiguous),
            _wording(tables(listed, "wording", drug_file, inside=False), drug_file),
            _overriding(files, where),
            tuple(entries.extensions),
        )
        if entries.extensions and not base:
            file = f"{where}{entries.extensions[0].file}"
            raise CriteriaError(f"{file}: extend adds to the bundled pack, which has no other.")
        return vocabulary if base else vocabulary._spoken(where)._linted(where)

    def plus(self, other: "Vocabulary", where: str) -> "Vocabulary":
        """Both vocabularies; CriteriaError where they declare the same name."""
        mine, theirs = (
            {
                *(f"fact {name}" for name in v.facts),
                *(f"record {name}" for name in v.records),
                *(f"drug name {name!r}" for name in v.drug_names),
                *(f"drug class {name}" for name in v.classes),
            }
            for v in (self, other)
        )
        if clash := sorted(mine & theirs):
            raise CriteriaError(
                *(f"{where}: {name} is declared by the bundled pack already." for name in clash)
            )
        return (
            Vocabulary(
                {**self._facts_with(other.extensions, where), **other.facts},
                {**self._records_with(other.extensions, where), **other.records},
                self._drugs_with(other, where),
                {**self.classes, **other.classes},
                self.contradictions + other.contradictions,
                self.items + other.items,
                {**self.files, **other.files},
                self.ambiguous + other.ambiguous,
                self.wording.plus(other.wording),
                other.speaks,
            )
            ._spoken(where)
            ._linted(where)
        )

    def _spoken(self, where: str) -> Self:
        """With what [speaks.SECTION] says of facts that are declared elsewhere."""
        from cartscreen.entries import only

        facts = dict(self.facts)
        for name, data in self.speaks.items():
            place = f"{where}{self.file_of(f'speaks {name}')}: speaks {name}"
            if name not in facts:
                raise CriteriaError(f"{place}: there is no such fact.{self.suggestion(name)}")
            only(data, ("speaks", "speaks_because"), place)
            try:
                speaks = parse_speaks(data.get("speaks"), _words_of(facts[name]))
            except Problem as fault:
                raise CriteriaError(f"{place}: {_closed(str(fault))}") from None
            because = data.get("speaks_because", "")
            if not isinstance(because, str):
                raise CriteriaError(f"{place}: speaks_because is not a text.")
            facts[name] = facts[name].model_copy(
                update={"speaks": speaks, "speaks_because": because}
            )
        return replace(self, facts=facts)

    def _facts_with(self, extensions: "Iterable[Extension]", where: str) -> Mapping[str, FactEntry]:
        """The facts, with the choices that are added to some."""
        facts = dict(self.facts)
        for added in extensions:
            if added.kind == "fact":
                place = f"{where}{added.file}: {added.place}"
                if added.name not in facts:
                    hint = self.suggestion(added.name)
                    raise CriteriaError(f"{place}: the bundled pack has no such fact.{hint}")
                facts[added.name] = _with_choices(facts[added.name], added, place)
                for entry in self.facts.values():
                    if any(
                        added.name in reads(by) and _misfit(entry, by, facts) for by in entry.derive
                    ):
                        raise CriteriaError(
                            f"{place}: {entry.name} is computed from it, which knows its words "
                            "alone; declare a fact of your own."
                        )
        return facts

    def _records_with(
        self, extensions: "Iterable[Extension]", where: str
    ) -> Mapping[str, RecordEntry]:
        """The lists, with the fields, and the choices of fields, that are added to some."""
        records = dict(self.records)
        for added in extensions:
            if added.kind == "record":
                place = f"{where}{added.file}: {added.place}"
                record = records.get(added.name)
                if record is None:
                    hint = did_you_mean(added.name, records)
                    raise CriteriaError(f"{place}: the bundled pack has no such list.{hint}")
                if there := record.fields.get(added.field):
                    field = _with_choices(there, added, place)
                else:
                    field = _field(_fact(added.field, added.data, place), place)
                fields = {**record.fields, added.field: field}
                declared = {key: getattr(record, key) for key in RecordEntry.model_fields}
                records[added.name] = RecordEntry(**{**declared, "fields": fields})
        return records

    def _drugs_with(self, other: "Vocabulary", where: str) -> Mapping[str, Drug]:
        """The drugs of both, those that the other's classes name as members in these classes."""
        drugs = {**self.drugs, **other.drugs}
        for added in other.classes.values():
            for name in added.members:
                if name not in drugs:
                    raise CriteriaError(
                        f"{where}drugs.toml: class {added.name}: there is no drug {shown(name)} to "
                        f"be a member.{did_you_mean(name, drugs)}"
                    )
                classes = dict.fromkeys((*drugs[name].classes, added.name))
                drugs[name] = drugs[name].model_copy(update={"classes": tuple(classes)})
        return drugs

    def file_of(self, entry: str) -> str:
        """The file that declares an entry, "fact lab.alt" say, by its name in the pack."""
        return self.files.get(entry, "facts.toml")

    def _linted(self, where: str) -> Self:
        """Raises CriteriaError with each thing that does not fit another."""
        faults = [
            *self._faults_of_facts(where),
            *(f"{where}drugs.toml: {said}" for said in self._faults_of_drugs()),
        ]
        if faults:
            raise CriteriaError(*faults)
        self._names  # noqa: B018  (building it finds a name that two drugs claim)
        taken = [
            f"{where}drugs.toml: {entry.name!r} is ambiguous, and a name of {drug}."
            for entry in self.ambiguous
            if (drug := self.drug_names.get(_spelled(entry.name)))
        ]
        if taken:
            raise CriteriaError(*taken)
        return self

    def _faults_of_facts(self, where: str) -> Iterator[str]:
        for name, entry in self.facts.items():
            file = f"{where}{self.file_of(f'fact {name}')}"
            for derivation in entry.derive:
                unknown = [read for read in reads(derivation) if read not in self.facts]
                for read in unknown:
                    yield (
                        f"{file}: fact {name} derives from {read!r}, which is not declared."
                        f"{did_you_mean(read, self.facts)}"
                    )
                if not unknown and (fault := _misfit(entry, derivation, self.facts)):
                    yield f"{file}: fact {name}: {_closed(fault)}"
            two = (name, entry.not_before)
            if entry.not_before and not all(each in self.facts and is_visit(each) for each in two):
                yield f"{file}: fact {name}: not_before is of two visits."
            if entry.speaks.by_age and self.age is None:
                yield (
                    f"{file}: fact {name}: how long it speaks depends on the age, and no fact says "
                    "adult_from."
                )
        for record in self.records.values():
            place = f"{where}{self.file_of(f'record {record.name}')}: record {record.name}"
            for other in record.empties:
                if other not in self.records:
                    hint = did_you_mean(other, self.records)
                    yield f"{place}: empties names {other!r}, no list.{hint}"
            if fault := _misfit_of_record(record, self.facts):
                yield f"{place}: {_closed(fault)}"
            stated = record.of_role("class")
            for name in stated.choices if stated else ():
                if name not in self.classes:
                    yield (
                        f"{place}: field {stated and stated.name}: {name!r} is no class of "
                        f"drugs.toml.{did_you_mean(name, self.classes)}"
                    )
        for section, names in self.sections.items():
            if section in (*self.records, "schema", "patient", "reviewed", "answers"):
                file = f"{where}{self.file_of(f'fact {section}.{names[0]}')}"
                yield (
                    f"{file}: the section {section!r} has another meaning in a profile; give it "
                    "another name."
                )

    def _faults_of_drugs(self) -> Iterator[str]:
        for drug in self.drugs.values():
            for name in drug.classes:
                if name not in self.classes:
                    yield (
                        f"drug {drug.name} is of the class {name!r}, which is not declared."
                        f"{did_you_mean(name, self.classes)}"
                    )
            if drug.list and drug.list not in self.records:
                yield (
                    f"drug {drug.name} belongs in the list {drug.list!r}, which is not declared."
                    f"{did_you_mean(drug.list, self.records)}"
                )
        for word in (*self.drugs, *self.classes):
            if " or " in word:
                yield f"{word!r} holds ' or ', which rules write between drugs."
        for ambiguous in self.ambiguous:
            for name in ambiguous.means:
                if name not in self.drugs:
                    yield (
                        f"ambiguous {ambiguous.name} may mean {name!r}, which is not a drug of "
                        f"the list.{did_you_mean(name, self.drugs)}"
                    )

    def factors(self, formula: Formula, entry: FactEntry) -> dict[str, Fraction]:
        """What a number of each fact is multiplied by for a formula, by argument.

        Under "" stands what the result is multiplied by, to be in the unit of the entry.
        """
        known = FACT_FORMULAS[formula.name]
        facts = {argument: self.facts[fact] for argument, fact in formula.inputs}
        common, factors = _common_unit(entry, facts), {}
        for argument, fact in (*facts.items(), ("", entry)):
            if fact.kind == "quantity":
                times = _times(known.takes.get(argument, known.gives), fact, common)
                assert times is not None, "the loader has held it against the table"
                factors[argument] = times if argument else 1 / times
        return factors

    def field_factors(self, formula: Formula) -> dict[str, Fraction]:
        """What a number of each fact is multiplied by for a formula of a field, by argument."""
        takes, factors = FIELD_FORMULAS[formula.name].takes, {}
        for argument, name in formula.inputs:
            if takes[argument].kind == "quantity" and not takes[argument].of_entry:
                times = _times(takes[argument], self.facts[name], "")
                assert times is not None, "the loader has held it against the table"
                factors[argument] = times
        return factors

    def is_steroid(self, drug: Drug) -> bool:
        """Is it of a class in which a drug is measured as prednisone?"""
        return not self._steroid_classes.isdisjoint(drug.classes)

    @cached_property
    def kept_values(self) -> dict[Hashable, Any]:
        """What values say, whoever the patient is: `ProfileReader.once` keeps it."""
        return {}

    @cached_property
    def _steroid_classes(self) -> set[str]:
        measured = [drug.classes for drug in self.drugs.values() if drug.prednisone_equivalent]
        return {name for classes in measured for name in classes}

    @cached_property
    def drug_names(self) -> dict[str, str]:
        """Every name of every drug, as names are compared -> the drug."""
        return {name: found.drug.name for name, found in self._names.items()}

    @cached_property
    def _names(self) -> dict[str, Preparation]:
        """Every name of every drug, as names are compared -> what it says."""
        names: dict[str, Preparation] = {}
        for drug in self.drugs.values():
            by_route: dict[str, Preparation] = {}
            for name, route in drug.all_names:
                told = route or drug.usual_route
                said = by_route.get(told) or by_route.setdefault(told, Preparation(drug, told))
                taken = names.setdefault(_spelled(name), said)
                if taken is said:
                    continue
                if taken.drug is not drug:
                    raise CriteriaError(
                        f"drugs.toml: {name!r} is a name of {drug.name} and of {taken.drug.name}."
                    )
                if taken.route != said.route:
                    raise CriteriaError(
                        f"drugs.toml: {name!r} of {drug.name} tells two routes, "
                        f"{taken.route or 'none'} and {said.route or 'none'}."
                    )
        return names

    def drug_named(self, text: str) -> Drug | None:
        """The drug of this name, synonym or brand; None if it is not listed.

        Raises Problem if the name stands for several drugs.
        """
        found = self.preparation(text)
        return found.drug if found else None

    def preparation(self, text: str) -> Preparation | None:
        """The drug that is written here, and the route where the words tell it.

        A name counts in any case, with any blanks and with full-width letters. Around it may stand
        the words of drugs.toml (a salt, a form, a route), a strength, and after the name of a
        biologic the four letters of a biosimilar: "Tacrolimus 0.5 mg capsules", "rituximab-abbs".
        They may stand in brackets, and so may another name of the same drug, "prednisone
        (Deltasone)". A strength says which drug it is, never what dose was given. A word that is
        not known there (depot, say) leaves the whole unknown: it might be another drug or form.

        None if it is no drug of the list. Raises Problem if the name stands for several drugs.
        """
        written = _spelled(text)
        if found := self._around(written.split()):
            return found
        joined = _STRENGTH.sub(" ", written)
        for phrase in self.wording.word_routes:
            joined = joined.replace(phrase.replace("_", " "), phrase) if "_" in phrase else joined
        unbracketed = joined.translate(_NO_BRACKETS)
        return self._around(unbracketed.split()) or self._named_twice(written)

    def _named_twice(self, written: str) -> Preparation | None:
        """The drug of a name and of the one in brackets, if it is one."""
        found = _BRACKETED.fullmatch(written)
        if found is None:
            return None
        one, other = (self.preparation(name) for name in (f"{found[1]} {found[3]}", found[2]))
        if one is None or other is None or one.drug is not other.drug:
            return None
        routes = {one.route, other.route} - {""}
        return Preparation(one.drug, *routes) if len(routes) <= 1 else None

    def route_of_form(self, text: str) -> str | None:
        """The route that a form tells ("ointment"), or empty; None if the form is not known."""
        known = self.wording.word_routes
        if (whole := known.get(_one_word(text))) is not None:
            return whole
        told = {known.get(_spelled(word)) for word in text.split()}
        if None in told or len(told - {""}) > 1:
            return None
        return next((route for route in told if route), "")

    def _around(self, words: list[str]) -> Preparation | None:
        """The longest name in these words, where only words that may stand around it are left."""
        around = self.wording.word_routes
        most_before = next((n for n, word in enumerate(words) if word not in around), len(words))
        for length in range(len(words), 0, -1):
            for before in range(min(most_before, len(words) - length) + 1):
                rest = words[:before] + words[before + length :]
                if all(word in around for word in rest):
                    told = {around[word] for word in rest} - {""}
                    if found := self._named(" ".join(words[before : before + length]), told):
                        return found
        return None

    @cached_property
    def _written(self) -> dict[str, str]:
        """Every name of every drug as it is declared, by how names are compared."""
        names = (name for drug in self.drugs.values() for name, _ in drug.all_names)
        return {_spelled(name): name for name in names}

    @cached_property
    def _ambiguous(self) -> dict[str, AmbiguousName]:
        return {_spelled(entry.name): entry for entry in self.ambiguous}

    def _named(self, name: str, told: set[str]) -> Preparation | None:
        """The drug of this name, given by the routes that were told beside it."""
        if ambiguous := self._ambiguous.get(name):
            either = " or ".join(ambiguous.means)
            raise Problem(f"{shown(ambiguous.name)} stands for {either}; write which of them.")
        found = self._names.get(name) or self._biosimilar(name) or self._unspaced(name)
        if found is None:
            return None
        usual = {found.drug.usual_route}
        routes = told | ({found.route} - usual if told else {found.route}) - {""}
        return Preparation(found.drug, *routes) if len(routes) <= 1 else None

    def _biosimilar(self, name: str) -> Preparation | None:
        base = _SUFFIX.sub("", name)
        found = self._names.get(base) if base != name else None
        suffixed = found and not set(self.wording.suffixed).isdisjoint(found.drug.classes)
        return found if suffixed else None

    def _unspaced(self, name: str) -> Preparation | None:
        """A name in a script without blanks, with the words that stand around it."""
        if name.isascii() or len(name) > _LONGEST_UNSPACED:
            return None
        around = {w: route for w, route in self.wording.word_routes.items() if not w.isascii()}
        left = {(name, "")}
        seen = set(left)
        while left:
            rest, told = left.pop()
            if found := self._names.get(rest):
                fits = not told or found.route in ("", told, found.drug.usual_route)
                return Preparation(found.drug, told or found.route) if fits else None
            for word, route in around.items():
                for shorter in (rest.removeprefix(word), rest.removesuffix(word)):
                    state = (shorter, route or told)
                    if shorter != rest and not (told and route) and state not in seen:
                        seen.add(state)
                        left.add(state)
        return None

    def drug_suggestion(self, text: str, among: Iterable[str] | None = None) -> str:
        """A closing sentence with the names (all of them, or `among`) one or two letters off.

        A short word is near to too many names, and a name of another length is another drug. Words
        that name a class, "a glucocorticoid" or "biologics", are no drug's name: the sentence says
        where a class is written.
        """
        if among is None and (named := self._class_in(text)):
            return f" If only its class is known, give `class` ({named}) in place of the drug."
        word = _spelled(text)
        if not _LEAST_SUGGESTED <= len(word) <= _LONGEST_SUGGESTED:
            return ""
        written = self._written if among is None else {_spelled(name): name for name in among}
        near = {
            name: away
            for name in written
            if len(name) >= _LEAST_SUGGESTED and (away := letters_apart(word, name, most=2)) <= 2
        }
        nearest = [name for name, away in near.items() if away == min(near.values())][:2]
        return asked(written[name] for name in nearest)

    def _class_in(self, text: str) -> str:
        """The one class of drugs that a text names: "oral glucocorticoids" is no drug's name."""
        words = f" {' '.join(word.removesuffix('s') for word in text.casefold().split())} "
        named = [name for name in self.classes if f" {name.casefold()} " in words]
        return named[0] if len(named) == 1 and named[0] != OF_NO_CLASS else ""

    def fact(self, name: str) -> FactEntry:
        """The entry of a fact. Raises Problem, with a suggestion, if it is not declared."""
        if name not in self.facts:
            raise Problem(f"there is no fact {shown(name)}.{self.suggestion(name)}")
        return self.facts[name]

    def suggestion(self, name: str) -> str:
        """Facts whose last part is that of `name`, which are also called so, or of which it is a
        slip.
        """
        short = name.rpartition(".")[2]
        if same := [fact for fact in self.facts if fact.partition(".")[2] == short]:
            return asked(same)
        written = _bare(short)
        if called := [fact for fact, of in self.facts.items() if written in map(_bare, of.also)]:
            return asked(called)
        return slip_of(name, self.facts) or asked(
            [fact for fact in self.facts if is_slip(short, fact.partition(".")[2])][:2]
        )

    @cached_property
    def sections(self) -> dict[str, list[str]]:
        """Section -> the names of its facts, in order."""
        sections: dict[str, list[str]] = {}
        for name in self.facts:
            section, _, short = name.partition(".")
            sections.setdefault(section, []).append(short)
        return sections


def _overriding(files: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Mapping[str, Any]]:
    """What the tables [speaks.SECTION] say, by fact. Raises CriteriaError."""
    from cartscreen.entries import tables

    found: dict[str, Mapping[str, Any]] = {}
    for file, data in files.items():
        for section, facts in tables(data, "speaks", f"{where}{file}").items():
            for short, said in facts.items():
                if not isinstance(said, dict):
                    raise CriteriaError(
                        f"{where}{file}: speaks {section}.{short} is not a table; write "
                        '{ speaks = "14 days", speaks_because = "..." }.'
                    )
                found[f"{section}.{short}"] = said
    return found


def _in_order(
    facts: Mapping[str, FactEntry], files: Mapping[str, Mapping[str, Any]], where: str
) -> dict[str, FactEntry]:
    """The facts by section, as `order` of [pack] says, and else as their files list them."""
    from cartscreen.entries import pack_table

    order = pack_table(files, where).get("order", [])
    file = f"{where}{'pack.toml' if 'pack' in files.get('pack.toml', {}) else 'facts.toml'}"
    if not isinstance(order, list) or not all(isinstance(name, str) for name in order):
        raise CriteriaError(f"{file}: order of [pack] is not a list of sections and facts.")
    sections = dict.fromkeys(name.partition(".")[0] for name in facts)
    for name in order:
        if name not in facts and name not in sections:
            raise CriteriaError(
                f"{file}: order of [pack] names {shown(name)}, no section and no fact of these "
                f"files.{did_you_mean(name, [*sections, *facts])}"
            )
    listed = dict.fromkeys([*order, *sections])
    fact_rank = {name: number for number, name in enumerate(listed)}
    section_rank: dict[str, int] = {}
    for number, name in enumerate(listed):
        section_rank.setdefault(name.partition(".")[0], number)

    def rank(name: str) -> tuple[int, int]:
        return section_rank[name.partition(".")[0]], fact_rank.get(name, len(fact_rank))

    return {name: facts[name] for name in sorted(facts, key=rank)}


def _closed(fault: str) -> str:
    return fault if fault.endswith((".", "?")) else f"{fault}."


def _checked(model: type[_E], place: str, where: str, data: Mapping[str, Any], **ours: Any) -> _E:
    """The entry of these keys of its file, and of ours, which a file does not write."""
    from pydantic import ValidationError

    for key in ours.keys() & data.keys():
        raise CriteriaError(f"{where}: {place}: there is no key {key!r}.")
    try:
        return model.model_validate(
            {key: _frozen(value) for key, value in {**data, **ours}.items()}
        )
    except ValidationError as fault:
        raise CriteriaError(f"{where}: {place}: {sentence(fault, model)}") from None


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """A Problem inside, which may lack its full stop, is a fault at this place."""
    try:
        yield
    except Problem as fault:
        raise CriteriaError(f"{place}: {_closed(str(fault))}") from None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _misfit(entry: FactEntry, derivation: Derivation, facts: Mapping[str, FactEntry]) -> str:
    """What does not fit in the derivation of a fact; empty if everything does."""
    match derivation:
        case Stated(fact):
            other = facts[fact]
            if (other.kind, other.unit, other.choices) != (entry.kind, entry.unit, entry.choices):
                return f"it follows from {fact}, which takes other values"
        case Ruled(_, yes, no):
            return _ruled_fault(entry, yes, no)
        case Score() | Count() if entry.unit != "1":
            return 'a score has the unit "1"'
        case Score():
            counted = Counter(item.fact for item in derivation.items)
            for item in derivation.items:
                part = facts[item.fact]
                if part.kind != "quantity" and not _is_yes_or_no(part):
                    return f"a score counts findings and numbers, and {item.fact} is neither"
                if part.kind == "quantity" and (part.bounds is None or part.bounds[0] < 0):
                    return f"a score needs a number's bounds, from 0 up, and {item.fact} has none"
                if counted[item.fact] > 1:
                    return f"a score counts each item once, and {item.fact} stands in it twice"
        case Count(word, among):
            for fact in among:
                if word not in facts[fact].choices:
                    return f"{word!r} is not a word of {fact}"
        case Formula():
            return _formula_fault(derivation, entry, facts)
    return ""


def _ruled_fault(entry: FactEntry, *words: str | bool | None) -> str:
    """What does not fit in the values that a rule gives to a fact."""
    if entry.kind != "finding":
        return "only a finding follows from a rule"
    given = [word for word in words if word is not None]
    if not given:
        return "a rule gives no value here; write yes = ... or no = ..."
    if entry.choices:
        for word in given:
            if word not in entry.choices:
                listed = ", ".join(entry.choices)
                return f"a rule gives it {shown(word)}; its words are {listed}"
    elif not all(isinstance(word, bool) for word in given):
        return "a rule gives it true or false"
    return ""


def _is_yes_or_no(entry: FactEntry) -> bool:
    return entry.kind == "finding" and not entry.choices


def _formula_fault(formula: Formula, entry: FactEntry, facts: Mapping[str, FactEntry]) -> str:
    """What does not fit in a formula for a fact: its name, an argument, or what it gives."""
    name = formula.name
    if name not in FACT_FORMULAS:
        return f"there is no formula {shown(name)}.{did_you_mean(name, FACT_FORMULAS)}"
    known = FACT_FORMULAS[name]
    read = {argument: facts[fact] for argument, fact in formula.inputs}
    return (
        _arguments_fault(name, known.takes, read)
        or _gives_fault(name, known.gives, entry, _common_unit(entry, read))
        or _inputs_fault(name, known.takes, read, _common_unit(entry, read))
    )


def _arguments_fault(name: str, takes: Mapping[str, Takes], given: Iterable[str]) -> str:
    """What is wrong with the arguments, by their names."""
    given = set(given)
    needed = {argument for argument, wanted in takes.items() if not wanted.optional}
    if needed <= given <= takes.keys():
        return ""
    listed = [f"{key} (may be left out)" if takes[key].optional else key for key in takes]
    return f"the formula {name} takes {', '.join(listed) or 'nothing'}"


def _common_unit(entry: FactEntry, read: Mapping[str, FactEntry]) -> str:
    """The unit of a formula whose numbers may be in any unit, as long as it is the same."""
    quantities = [fact.unit for fact in (entry, *read.values()) if fact.kind == "quantity"]
    return quantities[0] if quantities else ""


def _inputs_fault(
    name: str, takes: Mapping[str, Takes], read: Mapping[str, FactEntry], common: str
) -> str:
    for argument, fact in read.items():
        if not _takes(takes[argument], fact, common):
            wanted = _expected(takes[argument], common)
            return (
                f"{argument} = {fact.name!r} of the formula {name} is {_what(fact)}; "
                f"expected {wanted}"
            )
    return ""


def _gives_fault(name: str, gives: Takes, entry: FactEntry, common: str) -> str:
    if _takes(gives, entry, common):
        return ""
    return f"it is {_what(entry)}, and the formula {name} gives {_expected(gives, common)}"


def _expected(wanted: Takes, common: str) -> str:
    return str(replace(wanted, unit=common) if wanted.unit == "*" and common else wanted)


def _what(fact: FactEntry) -> str:
    """The kind of a fact, as the end of a message says it."""
    match fact.kind:
        case "quantity":
            return f"a quantity in {fact.unit!r}"
        case "finding" if fact.choices:
            return f"a finding of the words {', '.join(fact.choices)}"
        case "finding":
            return "a yes-or-no finding"
        case "text":
            return "text"
        case kind:
            return f"a {kind}"


def _takes(wanted: Takes, fact: FactEntry, common: str = "") -> bool:
    """Is the fact of this kind, its unit convertible, its words known?"""
    if fact.kind != wanted.kind:
        return False
    if wanted.kind == "quantity":
        return _times(wanted, fact, common) is not None
    if wanted.any_words or not wanted.choices:
        return bool(fact.choices) is wanted.any_words
    return bool(fact.choices) and set(fact.choices) <= set(wanted.choices)


def _times(wanted: Takes, fact: FactEntry, common: str) -> Fraction | None:
    """What a number of the fact is multiplied by to be in the unit that is wanted.

    None where it cannot be converted; an age is in years and is never converted.
    """
    unit = common if wanted.unit == "*" else wanted.unit
    if "years" in (unit, fact.unit):
        return Fraction(1) if unit == fact.unit else None
    return factor(fact.unit, unit, fact.grams_per_mole)


def _misfit_of_record(record: RecordEntry, facts: Mapping[str, FactEntry]) -> str:
    """What does not fit in the roles and formulas of a list; empty if everything does."""
    for role, field in () if record.guessed else record.roles.items():
        wanted = ROLES[role]
        if field not in record.fields:
            return f"{role} names {field!r}, which is no field.{did_you_mean(field, record.fields)}"
        own = record.fields[field]
        if own.unit != wanted.unit or not _takes(wanted, own):
            said = f"a quantity in {wanted.unit!r}" if wanted.unit else wanted
            return f"{role} = {field!r} is {_what(own)}; expected {said}"
    if "lasted" in record.roles and not record.guessed:
        for role in ("begins", "ends"):
            if role not in record.roles:
                return f"lasted is from the first day to the last, and the role {role} is missing"
    for entry in record.fields.values():
        if entry.not_before:
            dates = [name for name, field in record.fields.items() if field.kind == "date"]
            if entry.kind != "date" or entry.not_before not in dates:
                return f"field {entry.name}: not_before is of two dates of the list"
        for derivation in entry.derive:
            assert isinstance(derivation, Formula)
            if fault := _field_formula_fault(derivation, entry, record, facts):
                return f"field {entry.name}: {fault}"
    return ""


def _field_formula_fault(
    formula: Formula, entry: FactEntry, record: RecordEntry, facts: Mapping[str, FactEntry]
) -> str:
    known, name = FIELD_FORMULAS[formula.name], formula.name
    read: dict[str, FactEntry] = {}
    for argument, given in formula.inputs:
        wanted = known.takes[argument]
        among = record.fields if wanted.of_entry else facts
        if given not in among:
            kind = "field" if wanted.of_entry else "fact"
            return f"{argument} names {given!r}, which is no {kind}.{did_you_mean(given, among)}"
        read[argument] = among[given]
    if fault := _inputs_fault(name, known.takes, read, ""):
        return fault
    if known.gives.kind != entry.kind or known.gives.unit != entry.unit:
        said = f"a quantity in {known.gives.unit!r}" if known.gives.unit else known.gives
        return f"it is {_what(entry)}, and the formula {name} gives {said}"
    for role in known.needs:
        if role not in record.roles:
            return f"the formula {name} needs the role {role}, which the list does not declare"
    return ""


def _guess(record: RecordEntry) -> str:
    """What is taken from the names of the fields, where a list declares no role; or nothing."""
    dates = [name for name, field in record.fields.items() if field.kind == "date"]
    found = {role: name for role, name in record.roles.items() if name in record.fields}
    if not record.guessed or not (found or dates):
        return ""
    if record.first_date:
        found["begins"] = record.first_date
    if not found:
        return "none of its dates is taken for its beginning"
    return f"it is read as {', '.join(f'{role} = {name!r}' for role, name in found.items())}"


def _fact(name: str, data: Any, where: str) -> FactEntry:
    from cartscreen.entries import tables

    place = f"fact {name}"
    if not all(_NAME.fullmatch(part) for part in name.split(".", 1)):
        raise CriteriaError(
            f"{where}: {place}: a name is of small letters, digits and underscores, a letter "
            "first, and at most 60."
        )
    if not isinstance(data, dict):
        raise CriteriaError(f"{where}: {place} is not a table.")
    derive = data.get("derive", [])
    try:
        listed = derive if isinstance(derive, list) else [derive]
        parsed = tuple(_derivation(item) for item in listed)
        rest = {
            key: value for key, value in data.items() if key not in ("derive", "speaks", "measured")
        }
        if "measured" in data:
            written = tables(data, "measured", f"{where}: {place}", inside=False)
            rest["measured"] = _checked(Measured, f"{place}: measured", where, written)
        entry = _checked(FactEntry, place, where, rest, name=name, derive=parsed)
        if "speaks" in data:
            speaks = parse_speaks(data["speaks"], _words_of(entry))
            entry = entry.model_copy(update={"speaks": speaks})
        if entry.negative and entry.negative not in entry.choices:
            raise Problem(f"negative = {shown(entry.negative)} is none of its words")
        if entry.may_precede:
            Length.parse(entry.may_precede)
        if entry.measured:
            _check_measured(entry, entry.measured)
        if (entry.steps or entry.values) and (entry.kind != "quantity" or entry.unit != "1"):
            raise Problem('steps and values are of a quantity in the unit "1"')
        if (entry.kind == "quantity") != bool(entry.unit):
            raise Problem("a quantity, and nothing else, has a unit")
        if any(" or " in choice for choice in entry.choices):
            raise Problem("a choice holds ' or ', which rules write between choices")
        _check_words(entry)
        if entry.unit and (named := unit_named(entry.unit)) != entry.unit:
            raise Problem(f"the unit {entry.unit!r} is written {named!r}")
        for ends in (entry.bounds, entry.plausible):
            if ends and not -(10**15) <= ends[0] <= ends[1] <= 10**15:
                raise Problem(f"{shown(ends[0])} to {shown(ends[1])} is no range")
        if entry.molar_mass:
            _above_0(entry.molar_mass.removesuffix(" g/mol"), "the molar mass, in g/mol,")
        if entry.molar_mass_below:
            below, mass = entry.molar_mass_below
            _above_0(mass.removesuffix(" g/mol"), "the molar mass, in g/mol,")
            if factor(parse_quantity(below)[1], entry.unit, entry.grams_per_mole) is None:
                raise Problem(f"{shown(below)} does not fit {entry.unit}")
    except Problem as fault:
        raise CriteriaError(f"{where}: {place}: {_closed(str(fault))}") from None
    return entry


def _check_measured(entry: FactEntry, measured: Measured) -> None:
    """Raises Problem for a word that the finding does not have, or a cut-off that is no value."""
    for word in measured.words:
        if word not in entry.choices:
            raise Problem(f"measured gives the word {shown(word)}, which is not among its choices")
    for cutoff in measured.cutoffs:
        if not parse_quantity(cutoff)[0].is_exact:
            raise Problem(f"the cut-off {shown(cutoff)} is not one value")


def _check_words(entry: FactEntry) -> None:
    """The words that a key names are choices. Raises Problem."""
    named = {
        "default": [entry.default] if isinstance(entry.default, str) else [],
        "synonyms": entry.synonyms.values(),
        "local": entry.local,
        "adequate": [entry.adequate] if entry.adequate else [],
        "not_given": entry.not_given,
    }
    for key, words in named.items():
        for word in words:
            if word not in entry.choices:
                hint = did_you_mean(word, entry.choices)
                raise Problem(f"{key} names {shown(word)}, which is no choice.{hint}")
    if isinstance(entry.default, bool) and (entry.kind != "finding" or entry.choices):
        raise Problem("default is true or false, and the field is no yes-or-no finding")
    if entry.local and "local" in entry.choices:
        raise Problem("'local' stands for the words of local, and is a choice, too")


_NAME = pattern(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


def _words_of(entry: FactEntry) -> tuple[str, ...]:
    """By which words it may be said how long a value of the fact speaks."""
    match entry.kind:
        case "finding":
            return entry.choices or ("yes", "no")
        case "quantity":
            return AGES
    return ()


def _with_choices(entry: FactEntry, added: "Extension", place: str) -> FactEntry:
    """The entry with more choices; nothing else of the bundled pack can be changed."""
    from cartscreen.entries import only

    only(added.data, ("choices",), place)
    choices = added.data.get("choices")
    if not entry.choices or not isinstance(choices, list) or not choices:
        raise CriteriaError(
            f"{place}: it takes choices = [...], the words to add, where ours has choices."
        )
    words = [*entry.choices, *choices]
    for word in choices:
        if not isinstance(word, str) or words.count(word) > 1 or not word.strip() or " or " in word:
            raise CriteriaError(
                f"{place}: {shown(word)} is no new word; a word holds no ' or ', and stands once."
            )
    stated = {key: getattr(entry, key) for key in FactEntry.model_fields}
    return FactEntry(**{**stated, "choices": tuple(words)})


def _record(name: str, data: dict[str, Any], where: str) -> RecordEntry:
    from cartscreen.entries import tables

    place = f"{where}: record {name}"
    fields = {
        field: _field(_fact(field, entry, place), place)
        for field, entry in tables(data, "field", place).items()
    }
    declared = {key: value for key, value in data.items() if key in ROLES}
    for role, value in declared.items():
        if not isinstance(value, str):
            raise CriteriaError(f"{place}: {role} = {shown(value)} is not the name of a field.")
    rest = {key: value for key, value in data.items() if key not in ("field", "speaks", *ROLES)}
    try:
        speaks = parse_speaks(data.get("speaks", "always"), ())
    except Problem as fault:
        raise CriteriaError(f"{place}: {_closed(str(fault))}") from None
    return _checked(
        RecordEntry,
        f"record {name}",
        where,
        rest,
        name=name,
        fields=fields,
        roles=declared or _old_roles(fields),
        guessed=not declared,
        speaks=speaks,
    )


def _field(entry: FactEntry, place: str) -> FactEntry:
    """The field, its formulas with the arguments that they usually have where none is written."""
    formulas = []
    for derivation in entry.derive:
        fault = "a field follows from a formula"
        if isinstance(derivation, Formula):
            name, given = derivation.name, dict(derivation.inputs)
            if name in FIELD_FORMULAS:
                takes = FIELD_FORMULAS[name].takes
                usual = {key: wanted.usually for key, wanted in takes.items() if wanted.usually}
                formulas.append(Formula(name, tuple({**usual, **given}.items())))
                fault = _arguments_fault(name, takes, given)
            else:
                fault = f"there is no formula {shown(name)}.{did_you_mean(name, FIELD_FORMULAS)}"
        if fault:
            raise CriteriaError(f"{place}: fact {entry.name}: {_closed(fault)}")
    return entry.model_copy(update={"derive": tuple(formulas)})


def _old_roles(fields: Mapping[str, FactEntry]) -> dict[Role, str]:
    """The roles by the names of the fields; not of one that is of another kind."""
    return {
        role: name
        for role, name in OLD_ROLES.items()
        if name not in fields or fields[name].kind == ROLES[role].kind
    }


def _spelled(name: str) -> str:
    """A name as names are compared: case, blanks and full-width letters do not matter."""
    return " ".join(compatible(name).split()).casefold()


def _bare(name: str) -> str:
    """A name by its letters and figures alone."""
    return "".join(filter(str.isalnum, name.casefold()))


def _one_word(name: str) -> str:
    """A word, or a phrase ("eye drops") as one word."""
    return _spelled(name).replace(" ", "_")


_NO_BRACKETS = str.maketrans("()", "  ")
_BRACKETED = pattern(r"([^()]+)\(([^()]+)\)([^()]*)")
_STRENGTH = pattern(
    r"(?<![\w.-])\d[\d.,]*\s?(?:mg|g|mcg|ug|μg|ml|iu|u|%|毫克|克)"
    r"(?:/\s?\d*\s?(?:ml|tab|tablet|cap|capsule|vial|片|粒|支))?(?![\w/])",
    re.ASCII,
)
_SUFFIX = pattern(r"-[a-z]{4}$", re.ASCII)
OF_NO_CLASS = "other"  # the class of drugs that no criterion asks for
_LEAST_SUGGESTED = 6
_LONGEST_SUGGESTED = 60
_LONGEST_UNSPACED = 40


def _wording(data: Mapping[str, Any], where: str) -> Wording:
    return _checked(Wording, "wording", where, _with_tuples(data, "routes"))


def _with_tuples(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The data, where the lists in the table under this key are tuples."""
    table = data.get(key)
    if not isinstance(table, dict):
        return dict(data)
    return {**data, key: {name: _frozen(value) for name, value in table.items()}}


def _drug(name: str, data: dict[str, Any], where: str) -> Drug:
    from cartscreen.entries import tables

    place = f"drug {name}"
    parsed = _with_tuples(data, "routed_names")
    try:
        if "prednisone_equivalent" in data:
            stated = data["prednisone_equivalent"]
            listed = stated if isinstance(stated, list) and stated else [stated]
            ends = [_above_0(end, "the prednisone equivalent") for end in listed]
            parsed["prednisone_equivalent"] = (min(ends), max(ends))
        if "half_life" in data:
            written = tables(data, "half_life", f"{where}: {place}", inside=False)
            parsed["half_life"] = _half_life(written, f"{place}: half_life", where)
        if "interval" in data:
            written = tables(data, "interval", f"{where}: {place}", inside=False)
            between = _checked(DosingInterval, f"{place}: interval", where, written)
            if between.usual_days > between.longest_days:
                raise Problem(f"the usual interval, {between.usual}, is above the longest")
            parsed["interval"] = between
    except Problem as fault:
        raise CriteriaError(f"{where}: {place}: {_closed(str(fault))}") from None
    return _checked(Drug, place, where, parsed, name=name)


def _half_life(data: Mapping[str, Any], place: str, where: str) -> HalfLife:
    if "at_most" not in data:
        for key in ("low", "high"):
            if key not in data:
                raise CriteriaError(f"{where}: {place}: the key {key!r} is missing.")
    half_life = _checked(HalfLife, place, where, data)
    if half_life.at_most and (half_life.low or half_life.high or half_life.kind):
        raise Problem("the half-life says at_most and, beside it, low, high or kind")
    if half_life.shortest_days > half_life.longest_days:
        raise Problem(f"the half-life ends at {half_life.high}, below {half_life.low}")
    return half_life


_DAYS = {"days": Fraction(1), "hours": Fraction(1, 24)}


def _days(text: str) -> Fraction:
    value, unit = parse_quantity(text)
    if unit not in _DAYS or value.high is None:
        raise Problem(f"the half-life {shown(text)} is not in days or hours")
    return value.high * _DAYS[unit]
