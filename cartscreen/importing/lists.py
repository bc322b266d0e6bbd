"""Rows of a table become entries of lists: treatments, malignancies, infections.

A map says in which columns the fields of an entry stand. An entry is written as a whole or not at
all, but for a dose that is not plain: that is left out, and a note says where it stands.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property

from cartscreen.codes import plain
from cartscreen.errors import Problem
from cartscreen.importing.cells import Cell, Row
from cartscreen.importing.draft import Draft, one_line
from cartscreen.importing.drugs import LOCAL_TOO, NO_CLASS, Drugs, drugs_by_atc, is_of_no_class
from cartscreen.importing.mapping import EntryMap, Field
from cartscreen.importing.results import NO_WORD, NotRead
from cartscreen.importing.tally import UNMAPPED, Fate, Tally
from cartscreen.pack.model import Pack
from cartscreen.schedule import parse_dose
from cartscreen.vocabulary import NOT_KNOWN, Preparation

NO_VALUE = "no value"
AGAIN = "the same again"
NO_DRUG = "nothing says which drug"
UNFIT = "its fields do not fit one another; does it end before it begins?"
_MOST_KEPT = 10_000
_DOSE_ELSEWHERE = "its dose is in the source"


class _Unmapped(Exception):
    """The drug is none of ours; the text is its name."""


class Lists:
    """Reads the rows of patients into the lists of their drafts."""

    def __init__(self, pack: Pack, today: date, tally: Tally) -> None:
        self.pack = pack
        self.today = today
        self.tally = tally
        self._drugs: dict[str, Preparation | Exception] = {}

    @cached_property
    def _reader(self) -> Drugs:
        """Who reads names of drugs; what they are of does not matter."""
        by_atc = drugs_by_atc(self.pack.vocabulary)
        of_nobody = Draft(self.pack.vocabulary)
        return Drugs(of_nobody, self.pack.codes, self.today, lambda _: None, by_atc)

    def read(self, draft: Draft, rows: Iterable[Row]) -> None:
        """The entries of the one patient of whom these are the rows; what is said twice, once."""
        seen: set[tuple[object, ...]] = set()
        for row in rows:
            for of in row.by.entries:
                source = f"{row.source}, {of.place}"[:120]
                self.tally.add("Entry", self._entry(draft, row, of, source, seen), source)

    def _entry(
        self, draft: Draft, row: Row, of: EntryMap, source: str, seen: set[tuple[object, ...]]
    ) -> Fate:
        """What becomes of the entry that a row may have."""
        name = of.record.name
        if all(row.is_empty(row.cells[column]) for column in of.own):
            return Fate("not used", NO_VALUE, name)
        said: dict[str, str | bool] = {}
        doubts: list[Fate] = []
        for field in of.fields:
            key = field.entry.name
            try:
                if (value := self._value(row, field)) != "":
                    said[key] = value
            except NotRead as fault:
                doubts.append(Fate("ambiguous", str(fault), f"{name}.{key}"))
            except _Unmapped as unmapped:
                return Fate("not used", UNMAPPED, str(unmapped))
        dose = of.record.roles.get("dose", "")
        if all(doubt.name == f"{name}.{dose}" for doubt in doubts):
            if fate := self._settled(of, said):
                return fate
            if draft.fault_of_entry(name, said):
                doubts += self._faults(draft, of, said)
        if worse := [doubt for doubt in doubts if doubt.name != f"{name}.{dose}"]:
            return worse[0]
        for doubt in doubts:
            said.pop(dose, None)
            self.tally.add("Entry", doubt, source, part=True)
        entry = {key: said[key] for key in of.record.fields if key in said}
        if (whole := (name, *entry.items(), bool(doubts) and source)) in seen:
            return Fate("not used", AGAIN)
        seen.add(whole)
        self._add(draft, of, entry, source, _DOSE_ELSEWHERE if doubts else "")
        return Fate("used", name)

    def _settled(self, of: EntryMap, said: dict[str, str | bool]) -> Fate | None:
        """What the fields say together: the drug with its route; None where they can be written."""
        if of.record.of_role("drug") is not None:
            try:
                if fate := self._drug(of, said):
                    return fate
            except NotRead as fault:
                return Fate("ambiguous", str(fault), of.record.name)
        for key, entry in of.record.fields.items():
            if entry.choices and entry.default is not None:
                said.setdefault(key, "unknown")
        return None

    def _faults(self, draft: Draft, of: EntryMap, said: dict[str, str | bool]) -> Iterator[Fate]:
        """Why a profile would refuse the entry: for a field alone, or else for all together."""
        name = of.record.name
        alone = {key: draft.fault_of_entry(name, {key: value}) for key, value in said.items()}
        yield from (Fate("ambiguous", why, f"{name}.{key}") for key, why in alone.items() if why)
        if not any(alone.values()):
            yield Fate("ambiguous", UNFIT, name)

    def _drug(self, of: EntryMap, said: dict[str, str | bool]) -> Fate | None:
        """The route that the name of a drug tells is written, too. Raises NotRead."""
        drug, route = of.record.of_role("drug"), of.record.of_role("route")
        class_ = of.record.of_role("class")
        assert drug is not None
        if drug.name not in said:
            if class_ is None or class_.name not in said:
                raise NotRead(NO_DRUG)
            return None
        found = self._preparation(str(said[drug.name]))
        if is_of_no_class(found.drug):
            return Fate("not used", NO_CLASS, found.drug.name)
        said[drug.name] = found.drug.name
        if route is None:
            return None
        told = {str(said.get(route.name, "")), found.route} - {""}
        if len(told) > 1:
            raise NotRead("its name and its route differ")
        if not told and found.drug.also_local:
            example = f'words = {{ ... = "{found.drug.name} oral" }}'
            raise NotRead(f"{LOCAL_TOO}; the map may say it, {example} for example")
        if told:
            said[route.name] = told.pop()
        return None

    def _preparation(self, text: str) -> Preparation:
        """The drug of a name. Raises NotRead where it is not sure, _Unmapped for none of ours."""
        found = self._drugs.get(text)
        if found is None:
            try:
                found = self._reader.named(text) or _Unmapped(one_line(text)[:100])
            except NotRead as fault:
                found = fault
            if len(self._drugs) > _MOST_KEPT:
                self._drugs.clear()
            self._drugs[text] = found
        if isinstance(found, Exception):
            raise found
        return found

    def _add(
        self, draft: Draft, of: EntryMap, entry: dict[str, str | bool], source: str, note: str
    ) -> None:
        """Where `source` is a field of its own, the note says the place."""
        if "source" in of.record.fields:
            more = {"note": source}
        else:
            more = {"source": source, **({"note": note} if note else {})}
        draft.add_entry(of.record.name, {**entry, **more})

    # one field

    def _value(self, row: Row, field: Field) -> str | bool:
        """The value of a field; empty where none is told. Raises NotRead and _Unmapped."""
        if not field.column:
            return field.fixed
        cell = row.cells[field.column]
        if cell.kind == "fault":
            raise NotRead(cell.text)
        if row.is_empty(cell) or plain(cell.text) in NOT_KNOWN:
            return ""
        word = field.words.get(plain(cell.text), "")
        match field.entry.kind:
            case "date":
                return word or row.day_that_has_come(cell, self.today)
            case "finding":
                return self._word(field, cell, word)
            case "drug":
                self._preparation(word or cell.text)
                return word or cell.text
            case "quantity" | "duration":
                return self._amount(row, field, cell)
            case _:
                return one_line(cell.text)

    def _word(self, field: Field, cell: Cell, word: str) -> str | bool:
        """What a word says: by the map, or as the vocabulary spells it. Raises NotRead."""
        if not field.entry.choices:
            if not word:
                raise NotRead(NO_WORD)
            return word == "yes"
        said = plain(cell.text)
        found = (
            {word}
            if word
            else {
                choice
                for choice in field.entry.choices
                if said == plain(choice) or said in self.pack.codes.words.get(choice, ())
            }
        )
        if len(found) != 1:
            raise NotRead(NO_WORD)
        return found.pop()

    def _amount(self, row: Row, field: Field, cell: Cell) -> str:
        """A number with its unit, as a profile writes it. Raises NotRead."""
        found = row.number(cell)
        if found is None:
            raise NotRead("its value is no number")
        unit = row.unit(found, field.unit_column, field.unit)
        unit = field.words.get(plain(unit), unit)
        if field.entry.unit == "1" and not unit:
            return f"{found.comparator}{found.number}"
        if not unit:
            raise NotRead("no unit")
        text = f"{found.comparator}{found.number} {unit}"
        if field.is_dose and not says_how_often(text):
            raise NotRead("its unit does not say how often it was given")
        return text


def says_how_often(dose: str) -> bool:
    """Is it a dose as a profile takes one: a mass, and how often it was given?"""
    try:
        parse_dose(dose)
    except Problem:
        return False
    return True
