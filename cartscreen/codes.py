"""The codes of other people's charts, and what each says: the file codes.toml of a pack.

    a code of LOINC -> a fact, and whether its result is a number or a word
    a code of a diagnosis or procedure -> a fact that is then true, or an entry of a list
    a code of RxNorm -> a drug

Each code is checked when the pack is loaded: its form, that it has a name, that it stands once, and
that what it says can be written: a number is no result of a fact that holds words alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any, Self

from cartscreen.entries import only, tables
from cartscreen.errors import CriteriaError, Faults, Problem
from cartscreen.frozen import EMPTY, field, frozen, replace
from cartscreen.text import did_you_mean, shown
from cartscreen.vocabulary import NOT_KNOWN, FactEntry, Vocabulary

SCALES = ("Qn", "Ord", "Nom", "?")
"""Of a result: a number, a word of an order, a word of none; "?" where it was not seen."""

_FORMS = {
    "loinc": r"\d{1,7}-\d",
    "rxnorm": r"\d{1,8}",
    "icd10cm": r"[A-Z](?:\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)?",
    "icd10": r"[A-Z](?:\d\d(?:\.\d{1,2})?)?",
    "snomed": r"\d{6,18}",
}
BY_PREFIX = ("icd10cm", "icd10")
"""Here a code stands for all that begin with it: M32.1 for M32.14."""
SYSTEMS = ("icd10cm", "icd10", "snomed")
"""The systems of codes for diagnoses and procedures."""
KINDS = ("condition", "procedure")


@frozen
class ResultCode:
    """What a code of LOINC is the result of."""

    fact: str
    scale: str
    name: str


@frozen
class Meaning:
    """What a diagnosis or a procedure says: a fact is true, or a list has an entry.

    fact, list          one of the two
    fields              what the entry says in any case
    onset, abatement    the fields of the entry that take these dates of the diagnosis
    ask                 why a person has to look; then nothing is written
    name                what the code is called
    """

    fact: str = ""
    list: str = ""
    fields: Mapping[str, str] = field(default=EMPTY, compare=False)
    onset: str = ""
    abatement: str = ""
    ask: str = ""
    name: str = ""

    @property
    def target(self) -> str:
        """The fact or the list."""
        return self.fact or self.list


_Coded = Mapping[tuple[str, str], Mapping[str, tuple[Meaning, ...]]]


@frozen
class Codes:
    """All codes of a pack.

    results    code of LOINC -> the fact that it is a result of
    says       code of LOINC -> facts that are true where there is a result under it
    unlike     code of LOINC -> what it is, though it looks like one of ours
    coded      (condition or procedure, system) -> code -> what it says
    none       (system, code) of what is known to be in no list
    words      word of a fact -> what stands for it in a result
    interpretations   how a laboratory says how high or low a value is, by code and in words
    materials  what is examined, "urine" -> what it is called in codes and charts
    doubtful   words that make of a diagnosis one that may not be the patient's
    undoubted  phrases in which such words do not
    never_given   words of the reason of a status by which a drug may never have been given
    plain_instructions   words of the text of an instruction that change no dose
    closes     what a site may declare complete -> the lists that are then closed
    drugs      code of RxNorm -> drug
    purposes   what a drug was given for -> the facts of a reason that say so
    """

    results: Mapping[str, ResultCode] = EMPTY
    says: Mapping[str, tuple[str, ...]] = EMPTY
    unlike: Mapping[str, str] = EMPTY
    coded: _Coded = EMPTY
    none: frozenset[tuple[str, str]] = frozenset()
    words: Mapping[str, frozenset[str]] = EMPTY
    interpretations: frozenset[str] = frozenset()
    materials: tuple[tuple[str, tuple[str, ...]], ...] = ()
    doubtful: tuple[str, ...] = ()
    undoubted: tuple[str, ...] = ()
    never_given: tuple[str, ...] = ()
    plain_instructions: frozenset[str] = frozenset()
    closes: Mapping[str, tuple[str, ...]] = EMPTY
    drugs: Mapping[str, str] = EMPTY
    purposes: Mapping[str, tuple[str, ...]] = EMPTY

    @classmethod
    def parse(cls, data: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> Self:
        """The codes in the data of codes.toml. Raises CriteriaError with each fault."""
        known = (
            "loinc",
            "says",
            "unlike",
            "words",
            "interpretations",
            "materials",
            "doubtful",
            "never_given",
            "instructions",
            *KINDS,
            "none",
            "closes",
            "rxnorm",
            "purpose",
        )
        only(data, known, where)
        reader = _Reader(vocabulary, where)
        results = dict(reader.results(tables(data, "loinc", where)))
        says: dict[str, tuple[str, ...]] = {}
        for code, fact in reader.says(data.get("says", []), results):
            says[code] = (*says.get(code, ()), fact)
        unlike = tables(tables(data, "unlike", where), "loinc", f"{where}: unlike", inside=False)
        for code in unlike:
            reader.check("loinc", code, unlike[code], "unlike")
            if code in results:
                reader.fault(f"unlike {code}: it is a result of {results[code].fact}, too.")
        coded: dict[tuple[str, str], dict[str, tuple[Meaning, ...]]] = {}
        for kind in KINDS:
            for system, code, meaning in reader.meanings(kind, data.get(kind, [])):
                of_system = coded.setdefault((kind, system), {})
                of_system[code] = (*of_system.get(code, ()), meaning)
        found = cls(
            results,
            says,
            {code: str(said) for code, said in unlike.items()},
            coded,
            frozenset(reader.none(tables(data, "none", where))),
            dict(reader.words(tables(data, "words", where, inside=False))),
            frozenset(reader.phrases(data, "interpretations", "values")),
            tuple(reader.materials(tables(data, "materials", where, inside=False))),
            reader.phrases(data, "doubtful", "words"),
            reader.phrases(data, "doubtful", "but"),
            reader.phrases(data, "never_given", "words"),
            frozenset(reader.phrases(data, "instructions", "plain")),
            dict(reader.closes(tables(data, "closes", where, inside=False))),
            dict(reader.drugs(tables(data, "rxnorm", where))),
            dict(reader.purposes(tables(data, "purpose", where, inside=False))),
        )
        reader.faults.end()
        return found

    def plus(self, other: "Codes", where: str) -> "Codes":
        """Both; CriteriaError where the two say different things of one code."""
        faults = Faults()
        mine, theirs = ({**codes.results, **codes.unlike} for codes in (self, other))
        for code in sorted(mine.keys() & theirs.keys()):
            with faults.gathered():
                raise CriteriaError(f"{where}: {code} is a code of the bundled pack already.")
        faults.end()
        coded: dict[tuple[str, str], dict[str, tuple[Meaning, ...]]] = {}
        for key, codes in chain(self.coded.items(), other.coded.items()):
            known = coded.setdefault(key, {})
            for code, meanings in codes.items():
                known[code] = (*known.get(code, ()), *meanings)
        words = {
            word: self.words.get(word, frozenset()) | other.words.get(word, frozenset())
            for word in (*self.words, *other.words)
        }
        return replace(
            self,
            results={**self.results, **other.results},
            says={**self.says, **other.says},
            unlike={
                **{c: s for c, s in self.unlike.items() if c not in other.results},
                **other.unlike,
            },
            coded=coded,
            none=self.none | other.none,
            words=words,
            interpretations=self.interpretations | other.interpretations,
            materials=self.materials + other.materials,
            doubtful=self.doubtful + other.doubtful,
            undoubted=self.undoubted + other.undoubted,
            never_given=self.never_given + other.never_given,
            plain_instructions=self.plain_instructions | other.plain_instructions,
            closes={**self.closes, **other.closes},
            drugs={**self.drugs, **other.drugs},
            purposes={**self.purposes, **other.purposes},
        )

    def meanings(self, kind: str, system: str, code: str) -> tuple[Meaning, ...]:
        """What a code says of facts and lists, one meaning each: that of its longest prefix."""
        known = self.coded.get((kind, system), {})
        if system not in BY_PREFIX:
            return known.get(code, ())
        found: dict[str, Meaning] = {}
        plain = code.replace(".", "")
        for length in range(1, len(plain) + 1):
            for meaning in self._undotted[kind, system].get(plain[:length], ()):
                found[meaning.target] = meaning
        return tuple(found.values())

    @cached_property
    def _undotted(self) -> _Coded:
        return {
            (kind, system): {
                code.replace(".", ""): meanings
                for code, meanings in self.coded.get((kind, system), {}).items()
            }
            for kind in KINDS
            for system in BY_PREFIX
        }

    def codes_of(self, fact: str) -> Iterator[tuple[str, ResultCode]]:
        """The codes of LOINC whose results are of a fact."""
        return ((code, result) for code, result in self.results.items() if result.fact == fact)


NO_CODES = Codes()


class _Reader:
    """Reads the tables of codes.toml and gathers their faults."""

    def __init__(self, vocabulary: Vocabulary, where: str) -> None:
        self.vocabulary = vocabulary
        self.where = where
        self.faults = Faults()

    def fault(self, said: str) -> None:
        with self.faults.gathered():
            raise CriteriaError(f"{self.where}: {said}")

    def check(self, system: str, code: str, name: object, place: str) -> None:
        """Has the code its form, and a name?"""
        if not re.fullmatch(_FORMS[system], code, re.ASCII):
            self.fault(f"{place}: {shown(code)} is no code of {system}.")
        elif system == "loinc" and not _has_check_digit(code):
            self.fault(f"{place}: {shown(code)} is no code of LOINC; its last digit does not fit.")
        if not isinstance(name, str) or not name.strip():
            self.fault(f"{place}: {shown(code)} has no name.")

    def fact(self, name: str, place: str) -> FactEntry | None:
        try:
            return self.vocabulary.fact(name)
        except Problem as problem:
            self.fault(f"{place}: {problem}")
            return None

    def results(self, sections: Mapping[str, Any]) -> Iterator[tuple[str, ResultCode]]:
        seen: dict[str, str] = {}
        for section, facts in sections.items():
            for short in facts:
                name, place = f"{section}.{short}", f"loinc {section}.{short}"
                scales = tables(facts, short, f"{self.where}: {place}")
                entry = self.fact(name, place)
                for scale, codes in scales.items() if entry else ():
                    assert entry is not None
                    if fault := _scale_fault(entry, scale):
                        self.fault(f"{place}: {fault}")
                    for code, said in codes.items():
                        self.check("loinc", code, said, place)
                        if code in seen:
                            self.fault(f"{place}: {code} is a code of {seen[code]}, too.")
                        seen[code] = name
                        yield code, ResultCode(name, scale, str(said))

    def says(self, data: Any, results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for item in self.entries("says", data):
            only(item, ("fact", "loinc"), f"{self.where}: says")
            entry = self.fact(str(item.get("fact")), "says")
            if entry and (entry.kind != "finding" or entry.choices):
                self.fault(f"says: {entry.name} is no yes-or-no finding.")
            for code in self.listed(item.get("loinc", []), "says"):
                if code not in results:
                    self.fault(f"says: {shown(code)} is a result of no fact.")
                yield code, str(item.get("fact"))

    def meanings(self, kind: str, data: Any) -> Iterator[tuple[str, str, Meaning]]:
        for item in self.entries(kind, data):
            keys = ("fact", "list", "fields", "onset", "abatement", "ask", *SYSTEMS)
            only(item, keys, f"{self.where}: {kind}")
            told = {key: item.get(key, "") for key in ("fact", "list", "onset", "abatement", "ask")}
            written = tables(item, "fields", f"{self.where}: {kind}", inside=False)
            fields = {name: str(said) for name, said in written.items()}
            meaning = Meaning(**{key: str(said) for key, said in told.items()}, fields=fields)
            place = f"{kind} {meaning.target}"
            self.check_meaning(meaning, place)
            for system in SYSTEMS:
                codes = tables(item, system, f"{self.where}: {place}", inside=False)
                for code, name in codes.items():
                    self.check(system, code, name, place)
                    yield system, code, replace(meaning, name=str(name))

    def check_meaning(self, meaning: Meaning, place: str) -> None:
        """Can it be written?"""
        if bool(meaning.fact) is bool(meaning.list):
            self.fault(f"{place}: it takes either a fact or a list.")
        elif meaning.fact:
            entry = self.fact(meaning.fact, place)
            if entry and (entry.kind != "finding" or entry.choices):
                self.fault(f"{place}: a diagnosis is true or not, and the fact is no such finding.")
            if meaning.fields or meaning.onset or meaning.abatement:
                self.fault(f"{place}: fields are of a list.")
        elif record := self.vocabulary.records.get(meaning.list):
            dates = [name for name in (meaning.onset, meaning.abatement) if name]
            for name in (*meaning.fields, *dates):
                if name not in record.fields:
                    self.fault(
                        f"{place}: no field {shown(name)}.{did_you_mean(name, record.fields)}"
                    )
                elif name in dates and record.fields[name].kind != "date":
                    self.fault(f"{place}: {name} is no date.")
                elif said := meaning.fields.get(name):
                    choices = record.fields[name].choices
                    if choices and said not in (*choices, *NOT_KNOWN):
                        self.fault(f"{place}: {shown(said)} is no word of {name}.")
        else:
            hint = did_you_mean(meaning.list, self.vocabulary.records)
            self.fault(f"{place}: there is no such list.{hint}")

    def none(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        only(data, SYSTEMS, f"{self.where}: none")
        for system, codes in data.items():
            for code, name in codes.items():
                self.check(system, code, name, "none")
                yield system, code

    def words(self, data: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
        known = {word for entry in self.vocabulary.facts.values() for word in entry.choices}
        for word, spellings in data.items():
            if word not in known:
                self.fault(f"words: {shown(word)} is no word of a fact.{did_you_mean(word, known)}")
            said = self.listed(spellings, f"words {word}")
            yield word, frozenset(plain(text) for text in said)

    def materials(self, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for material, called in data.items():
            yield material, tuple(self.listed(called, f"materials {material}"))

    def phrases(self, data: Mapping[str, Any], table: str, key: str) -> tuple[str, ...]:
        """The one list of texts in a table, as texts are compared."""
        said: Any = tables(data, table, self.where, inside=False).get(key, [])
        return tuple(plain(text) for text in self.listed(said, table))

    def closes(self, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for what, lists in data.items():
            for name in self.listed(lists, f"closes {what}"):
                if name not in self.vocabulary.records:
                    hint = did_you_mean(name, self.vocabulary.records)
                    self.fault(f"closes {what}: there is no list {shown(name)}.{hint}")
            yield what, tuple(self.listed(lists, f"closes {what}"))

    def drugs(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for drug, codes in data.items():
            if drug not in self.vocabulary.drugs:
                hint = did_you_mean(drug, self.vocabulary.drugs)
                self.fault(f"rxnorm: there is no drug {shown(drug)}.{hint}")
            for code, name in codes.items():
                self.check("rxnorm", code, name, f"rxnorm {drug}")
                yield code, drug

    def purposes(self, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for purpose, facts in data.items():
            listed = self.listed(facts, f"purpose {purpose}")
            for name in listed:
                self.fact(name, f"purpose {purpose}")
            yield purpose, tuple(listed)

    def entries(self, kind: str, data: Any) -> list[dict[str, Any]]:
        if isinstance(data, list) and all(isinstance(item, dict) for item in data):
            return data
        self.fault(f"{kind} is no list; write [[{kind}]] above each.")
        return []

    def listed(self, data: Any, place: str) -> list[str]:
        if isinstance(data, list) and all(isinstance(item, str) for item in data):
            return data
        self.fault(f"{place}: this is no list of texts.")
        return []


def plain(text: str) -> str:
    """A text as words of results are compared."""
    return " ".join(text.split()).casefold()


def _scale_fault(entry: FactEntry, scale: str) -> str:
    """What does not fit between the scale of a result and the fact that it is of."""
    if scale not in SCALES:
        return f"{shown(scale)} is no scale; expected {', '.join(SCALES)}."
    is_number = entry.kind == "quantity" or entry.measured is not None
    if scale == "Qn" and not is_number:
        return f"{scale} is the scale of a number, and {entry.name} holds no number."
    if scale in ("Ord", "Nom") and not entry.choices:
        return f"{scale} is the scale of a word, and {entry.name} has no words."
    return ""


def _has_check_digit(code: str) -> bool:
    """Is the last digit of a code of LOINC that which the others demand (mod 10, Luhn)?"""
    digits = [int(digit) for digit in code.replace("-", "")]
    doubled: Iterable[int] = (
        sum(divmod(2 * digit, 10)) if number % 2 else digit
        for number, digit in enumerate(reversed(digits))
    )
    return sum(doubled) % 10 == 0
