"""The vocabulary: the facts, records and drugs of a pack, as one immutable Vocabulary.

A fact is declared once, here; profiles, rules, templates and schemas all read this declaration.
"""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cartscreen.about import sentence
from cartscreen.entries import WeightedFact, only, pack_table, tables, written_out
from cartscreen.errors import CriteriaError, Problem, did_you_mean, shown
from cartscreen.units import Interval, factor, parse_quantity, unit_named

NOT_KNOWN = ("unknown", "not done", "indeterminate")
"""What a profile may write instead of any value: asked for, and still open."""

Kind = Literal["quantity", "finding", "date", "duration", "drug", "text"]
Obtain = Literal[
    "chart", "question", "examination", "blood", "urine", "imaging", "biopsy", "investigator"
]
Changes = Literal["time", "measurement", "treatment", "decision", "never"]


class _Entry(BaseModel):
    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )


_E = TypeVar("_E", bound=_Entry)


@dataclass(frozen=True)
class Stated:
    """The fact is what the profile states of another fact."""

    fact: str


@dataclass(frozen=True)
class Ruled:
    """The finding is the answer to a rule (in its TOML form)."""

    rule: Any


@dataclass(frozen=True)
class Item:
    """A part of a score: a finding that counts its weight, or a number that is multiplied by it."""

    fact: str
    weight: Fraction


@dataclass(frozen=True)
class Score:
    """The highest item of each domain, added up. A plain sum has one item in each domain."""

    domains: tuple[tuple[Item, ...], ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for domain in self.domains for item in domain)


@dataclass(frozen=True)
class Count:
    """How many of the findings have this word."""

    word: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """A function of cartscreen.derive; its arguments are facts, by name."""

    name: str
    inputs: tuple[tuple[str, str], ...]


Derivation = Stated | Ruled | Score | Count | Formula


FORMULAS: Mapping[str, tuple[str, ...]] = {
    "age": ("birth_date",),
    "at_most": ("total",),
    "more_than_half": ("part", "whole"),
    "cockcroft_gault": ("age", "sex", "weight", "creatinine"),
    "ckd_epi_2021": ("age", "sex", "creatinine"),
    "ckid_u25": ("birth_date", "sex", "height", "creatinine"),
    "bedside_schwartz": ("age", "height", "creatinine"),
    "mosteller": ("height", "weight"),
    "deindexed": ("surface", "gfr"),
    "edss_progression": ("single_relapse", "edss"),
    "neutrophil_count": ("white_cells", "percent"),
    "neutrophil_count_with_bands": ("white_cells", "segmented", "bands"),
    "reticulocyte_count": ("red_cells", "percent"),
    "indirect_bilirubin": ("total", "direct"),
}
"""The formulas of cartscreen.derive for facts, and what each is given. `unless` may be added: a
finding under which the formula does not hold."""

FIELD_FORMULAS: Mapping[str, tuple[str, ...]] = {
    "course_length": (),
    "time_since_change": (),
    "time_since": ("since",),
    "prednisone_equivalent": (),
    "prednisone_equivalent_per_kg": (),
}
"""The formulas for fields of a record."""


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


_ABOVE_0 = re.compile(r"\d{1,6}(?:\.\d{1,20}|/\d{1,6})?", re.ASCII)
_MOST = "1 000 000"


def _derivation(data: Any) -> Derivation:
    match data:
        case {"stated": str(fact), **rest} if not rest:
            return Stated(fact)
        case {"rule": rule, **rest} if not rest:
            return Ruled(rule)
        case {"sum": list(items), **rest} if items and not rest:
            return Score(tuple((_item(item),) for item in items))
        case {"highest": list(domains), **rest} if domains and not rest:
            if not all(isinstance(domain, list) and domain for domain in domains):
                raise Problem("a domain of a score is a list of items")
            return Score(tuple(tuple(_item(item) for item in domain) for domain in domains))
        case {"count": str(word), "of": list(facts), **rest} if facts and not rest:
            return Count(word, tuple(facts))
        case {"formula": str(name), **inputs}:
            return Formula(name, tuple((str(key), str(fact)) for key, fact in inputs.items()))
    raise Problem("derive is not one of stated, rule, sum, highest, count ... of, formula")


def reads(derivation: Derivation) -> tuple[str, ...]:
    """The facts a derivation reads, a rule's apart."""
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


class FactEntry(_Entry):
    """One fact, or one field of a record."""

    name: str
    label: str
    kind: Kind
    unit: str = ""
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    latest: bool = False
    bounds: tuple[Decimal | int, Decimal | int] | None = None
    plausible: tuple[Decimal | int, Decimal | int] | None = None
    molar_mass: str = ""
    loinc: tuple[str, ...] = ()
    source: str = ""
    question: str = ""
    obtain: Obtain = "chart"
    changes: Changes = "never"
    derive: tuple[Derivation, ...] = ()

    @cached_property
    def grams_per_mole(self) -> Fraction | None:
        return Fraction(self.molar_mass.removesuffix(" g/mol")) if self.molar_mass else None

    @cached_property
    def is_age(self) -> bool:
        """Does it count completed years?"""
        return any(isinstance(by, Formula) and by.name == "age" for by in self.derive)

    def to_unit(self, value: Interval, unit: str) -> Interval:
        """The value in this fact's unit. Raises Problem if the two units cannot be converted."""
        times = factor(unit, self.unit, self.grams_per_mole)
        if times is None:
            written = f"in {unit!r}" if unit != "1" else "without a unit"
            wanted = f"{self.unit!r} or a unit that converts to it"
            if self.unit == "1":
                wanted = "a number without a unit"
            raise Problem(f"the value is {written}; expected {wanted}.")
        return value if times == 1 else value.times(times)


class RecordEntry(_Entry):
    """A list of records: what it holds, and the fields of each entry."""

    name: str
    label: str
    question: str
    obtain: Obtain
    changes: Changes
    fields: dict[str, FactEntry]

    @cached_property
    def first_date(self) -> str | None:
        """The field that says when an entry began; none where only its last day is recorded."""
        for name, field in self.fields.items():
            if field.kind == "date" and "ongoing" not in field.words and "last" not in name:
                return name
        return None


class HalfLife(_Entry):
    """From the shortest to the longest published half-life."""

    low: str
    high: str
    source: str
    verified: bool

    @cached_property
    def shortest_days(self) -> Fraction:
        return _days(self.low)

    @cached_property
    def longest_days(self) -> Fraction:
        return _days(self.high)

    def __str__(self) -> str:
        span = self.low if self.low == self.high else f"{self.low} to {self.high}"
        return span if self.verified else f"{span} (figure not verified)"


class Drug(_Entry):
    """One active ingredient."""

    name: str
    label: str
    classes: tuple[str, ...]
    names: tuple[str, ...] = ()
    atc: tuple[str, ...] = ()
    prednisone_equivalent: tuple[Fraction, Fraction] | None = None
    prednisone_equivalent_source: str = ""
    half_life: HalfLife | None = None
    note: str = ""


class DrugClass(_Entry):
    """A class of drugs; an entry by another stated route than `routes` is not of the class."""

    name: str
    label: str
    routes: tuple[str, ...] = ()


class ContradictionEntry(_Entry):
    """A rule, in its TOML form, that holds of no patient, and the facts that it puts in doubt."""

    says: str
    rule: Any
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Every fact, record, drug and drug class that profiles and rules may name."""

    facts: Mapping[str, FactEntry]
    records: Mapping[str, RecordEntry]
    drugs: Mapping[str, Drug]
    classes: Mapping[str, DrugClass]
    contradictions: tuple[ContradictionEntry, ...] = ()
    items: tuple[WeightedFact, ...] = ()
    files: Mapping[str, str] = attribute(default_factory=dict)
    """"fact lab.alt" -> the file of its pack that declares it: "facts/lab.toml"."""

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
        entries = written_out(
            files,
            where,
            [key for key in FactEntry.model_fields if key not in ("name", "derive")],
            base.facts if base else (),
            base.items if base else (),
        )
        listed = files.get("drugs.toml", {})
        drug_file = f"{where}drugs.toml"
        only(listed, ("class", "drug"), drug_file)
        places = {f"fact {name}": file for name, (_, file) in entries.facts.items()}
        places |= {f"record {name}": file for name, (_, file) in entries.records.items()}
        facts = {
            name: _fact(name, entry, f"{where}{file}")
            for name, (entry, file) in entries.facts.items()
        }
        for item in entries.items:
            try:
                for weight in item.weights.values():
                    _above_0(weight, "the weight")
            except Problem as fault:
                place = f"{where}{places[f'fact {item.fact}']}: item {item.fact}"
                raise CriteriaError(f"{place}: {_closed(str(fault))}") from None
        records = {
            name: _record(name, entry, f"{where}{file}")
            for name, (entry, file) in entries.records.items()
        }
        contradictions = []
        for entry, file in entries.contradictions:
            parsed = _checked(ContradictionEntry, "contradiction", f"{where}{file}", entry)
            contradictions.append(parsed)
            places[f"contradiction {parsed.says}"] = file
        vocabulary = cls(
            _in_order(facts, files, where),
            records,
            {
                name: _drug(name, entry, drug_file)
                for name, entry in tables(listed, "drug", drug_file).items()
            },
            {
                name: _checked(DrugClass, f"class {name}", drug_file, entry, name=name)
                for name, entry in tables(listed, "class", drug_file).items()
            },
            tuple(contradictions),
            tuple(entries.items),
            places,
        )
        return vocabulary if base else vocabulary._linted(where)

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
            raise CriteriaError(f"{where}: {clash[0]} is declared by the bundled pack already.")
        return Vocabulary(
            {**self.facts, **other.facts},
            {**self.records, **other.records},
            {**self.drugs, **other.drugs},
            {**self.classes, **other.classes},
            self.contradictions + other.contradictions,
            self.items + other.items,
            {**self.files, **other.files},
        )._linted(where)

    def file_of(self, entry: str) -> str:
        """The file that declares an entry, "fact lab.alt" say, by its name in the pack."""
        return self.files.get(entry, "facts.toml")

    def _linted(self, where: str) -> Self:
        for name, entry in self.facts.items():
            for derivation in entry.derive:
                for read in reads(derivation):
                    if read not in self.facts:
                        raise CriteriaError(
                            f"{where}{self.file_of(f'fact {name}')}: fact {name} derives from "
                            f"{read!r}, which is not declared.{did_you_mean(read, self.facts)}"
                        )
                if fault := _misfit(entry, derivation, self.facts):
                    file = f"{where}{self.file_of(f'fact {name}')}"
                    raise CriteriaError(f"{file}: fact {name}: {_closed(fault)}")
        for section, names in self.sections.items():
            if section in (*self.records, "schema", "patient", "reviewed", "answers"):
                file = f"{where}{self.file_of(f'fact {section}.{names[0]}')}"
                raise CriteriaError(
                    f"{file}: the section {section!r} has another meaning in a profile; give it "
                    "another name."
                )
        for drug in self.drugs.values():
            for name in drug.classes:
                if name not in self.classes:
                    raise CriteriaError(
                        f"{where}drugs.toml: drug {drug.name} is of the class {name!r}, which is "
                        f"not declared.{did_you_mean(name, self.classes)}"
                    )
        for word in (*self.drugs, *self.classes):
            if " or " in word:
                raise CriteriaError(
                    f"{where}drugs.toml: {word!r} holds ' or ', which rules write between drugs."
                )
        self.drug_names  # noqa: B018  (building it finds a name that two drugs claim)
        return self

    @cached_property
    def drug_names(self) -> dict[str, str]:
        """Every name of every drug, in lower case -> the drug."""
        names: dict[str, str] = {}
        for drug in self.drugs.values():
            for name in (drug.name, *drug.names):
                if names.setdefault(name.casefold(), drug.name) != drug.name:
                    raise CriteriaError(
                        f"drugs.toml: {name!r} is a name of {drug.name} and of "
                        f"{names[name.casefold()]}."
                    )
        return names

    def drug_named(self, text: str) -> Drug | None:
        """The drug of this name, synonym or brand; None if it is not listed."""
        name = self.drug_names.get(" ".join(text.split()).casefold())
        return self.drugs[name] if name else None

    def fact(self, name: str) -> FactEntry:
        """The entry of a fact. Raises Problem, with a suggestion, if it is not declared."""
        if name not in self.facts:
            raise Problem(f"there is no fact {shown(name)}.{self.suggestion(name)}")
        return self.facts[name]

    def suggestion(self, name: str) -> str:
        """Facts whose whole name, or whose last part, is near to `name`."""
        if hint := did_you_mean(name, self.facts):
            return hint
        last = {fact.partition(".")[2]: fact for fact in self.facts}
        hint = did_you_mean(name.rpartition(".")[2], last)
        for short, full in last.items():
            hint = hint.replace(f"'{short}'", f"'{full}'")
        return hint

    @cached_property
    def sections(self) -> dict[str, list[str]]:
        """Section -> the names of its facts, in order."""
        sections: dict[str, list[str]] = {}
        for name in self.facts:
            section, _, short = name.partition(".")
            sections.setdefault(section, []).append(short)
        return sections


def _in_order(
    facts: Mapping[str, FactEntry], files: Mapping[str, Mapping[str, Any]], where: str
) -> dict[str, FactEntry]:
    """The facts by section, as `order` of [pack] says, and else as their files list them."""
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
    for key in ours.keys() & data.keys():
        raise CriteriaError(f"{where}: {place}: there is no key {key!r}.")
    try:
        return model.model_validate(
            {key: _frozen(value) for key, value in {**data, **ours}.items()}
        )
    except ValidationError as fault:
        raise CriteriaError(f"{where}: {place}: {sentence(fault, model)}") from None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _misfit(entry: FactEntry, derivation: Derivation, facts: Mapping[str, FactEntry]) -> str:
    """What does not fit in the derivation of a fact; empty if everything does."""
    match derivation:
        case Stated(fact):
            other = facts[fact]
            if (other.kind, other.unit, other.choices) != (entry.kind, entry.unit, entry.choices):
                return f"it follows from {fact}, which takes other values"
        case Ruled() if entry.kind != "finding" or entry.choices:
            return "only a yes-or-no finding follows from a rule"
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
            return _formula_fault(derivation, FORMULAS)
    return ""


def _is_yes_or_no(entry: FactEntry) -> bool:
    return entry.kind == "finding" and not entry.choices


def _formula_fault(formula: Formula, known: Mapping[str, tuple[str, ...]]) -> str:
    if formula.name not in known:
        return f"there is no formula {shown(formula.name)}.{did_you_mean(formula.name, known)}"
    given = {name for name, _ in formula.inputs} - {"unless"}
    if given != set(known[formula.name]):
        return f"the formula {formula.name} takes {', '.join(known[formula.name]) or 'nothing'}"
    return ""


def _fact(name: str, data: Any, where: str) -> FactEntry:
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
        rest = {key: value for key, value in data.items() if key != "derive"}
        entry = _checked(FactEntry, place, where, rest, name=name, derive=parsed)
        if (entry.kind == "quantity") != bool(entry.unit):
            raise Problem("a quantity, and nothing else, has a unit")
        if any(" or " in choice for choice in entry.choices):
            raise Problem("a choice holds ' or ', which rules write between choices")
        if entry.unit and unit_named(entry.unit) != entry.unit:
            raise Problem(f"{entry.unit!r} is not a canonical unit of units.toml")
        for ends in (entry.bounds, entry.plausible):
            if ends and not -(10**15) <= ends[0] <= ends[1] <= 10**15:
                raise Problem(f"{shown(ends[0])} to {shown(ends[1])} is no range")
        if entry.molar_mass:
            _above_0(entry.molar_mass.removesuffix(" g/mol"), "the molar mass, in g/mol,")
    except Problem as fault:
        raise CriteriaError(f"{where}: {place}: {_closed(str(fault))}") from None
    return entry


_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


def _record(name: str, data: dict[str, Any], where: str) -> RecordEntry:
    place = f"{where}: record {name}"
    fields = {
        field: _fact(field, entry, place) for field, entry in tables(data, "field", place).items()
    }
    for field, entry in fields.items():
        for derivation in entry.derive:
            fault = "a field follows from a formula"
            if isinstance(derivation, Formula):
                fault = _formula_fault(derivation, FIELD_FORMULAS)
            if fault:
                raise CriteriaError(f"{place}: fact {field}: {_closed(fault)}")
    rest = {key: value for key, value in data.items() if key != "field"}
    return _checked(RecordEntry, f"record {name}", where, rest, name=name, fields=fields)


def _drug(name: str, data: dict[str, Any], where: str) -> Drug:
    place = f"drug {name}"
    parsed = dict(data)
    try:
        if "prednisone_equivalent" in data:
            stated = data["prednisone_equivalent"]
            listed = stated if isinstance(stated, list) and stated else [stated]
            ends = [_above_0(end, "the prednisone equivalent") for end in listed]
            parsed["prednisone_equivalent"] = (min(ends), max(ends))
        if "half_life" in data:
            written = tables(data, "half_life", f"{where}: {place}", inside=False)
            parsed["half_life"] = _checked(HalfLife, f"{place}: half_life", where, written)
            for end in (parsed["half_life"].low, parsed["half_life"].high):
                _days(end)
    except Problem as fault:
        raise CriteriaError(f"{where}: {place}: {_closed(str(fault))}") from None
    return _checked(Drug, place, where, parsed, name=name)


_DAYS = {"days": Fraction(1), "hours": Fraction(1, 24)}


def _days(text: str) -> Fraction:
    value, unit = parse_quantity(text)
    if unit not in _DAYS or value.high is None:
        raise Problem(f"the half-life {shown(text)} is not in days or hours")
    return value.high * _DAYS[unit]
