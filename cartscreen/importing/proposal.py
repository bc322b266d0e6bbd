"""A map for a person to read and to complete, proposed from the headers of tables alone.

A name is sure where it is the whole name of one fact, "lab.creatinine" or "Creatinine (mg/dL)", or
of a field of the one list that fits. All else stands in a comment. Without `read_by` no map is
taken.
"""

import re
from collections.abc import Iterator, Mapping

from cartscreen.codes import plain
from cartscreen.importing.mapping import DATES, DELIMITERS, YES_NO, unit_fault
from cartscreen.place import is_visit
from cartscreen.profile.edit import quoted
from cartscreen.vocabulary import FactEntry, RecordEntry, Vocabulary


def draft_map(
    headers: Mapping[str, tuple[int, list[str]]],
    vocabulary: Vocabulary,
    delimiter: str,
    encoding: str,
) -> str:
    """The map of a table, or of the sheets of a spreadsheet: name -> (row, header)."""
    lines = [*_HEAD]
    if delimiter != ",":
        said = next(key for key, letter in DELIMITERS.items() if letter == delimiter)
        lines.append(f"delimiter = {quoted(said)}")
    if encoding != "utf-8":
        lines.append(f"encoding = {quoted(encoding)}   # do the names below look right?")
    names = _names(vocabulary)
    for sheet, (row, header) in headers.items():
        within = f"sheet.{quoted(sheet)}." if len(headers) > 1 else ""
        proposed = [*_Proposal(header, vocabulary, names, within).lines()]
        is_known = not within or any(line.startswith("[") for line in proposed)
        lines += [""] * bool(within)
        lines += [f"{'' if is_known else '# '}[{within[:-1]}]"] * bool(within)
        lines += [f"header = {row}"] * (row > 1 and is_known)
        lines += [*_SAID_OF_EACH, *proposed]
    return "\n".join(lines) + "\n"


_HEAD = (
    "# A map that was drafted from the header alone. Compare each line with the table, take away",
    '# the "#" before what holds, and write your initials: no map without them is taken.',
    'read_by = ""',
    '# pseudonym = "..."   # the column whose text may stand in profiles',
    '# patient = "..."     # the column that tells patients apart; it never leaves the reader',
    f'# dates = "{DATES[0]}"   # or {", ".join(DATES[1:])}',
    '# decimal = ","',
    "# missing = []        # what stands where there is no value",
)
_SAID_OF_EACH = (
    '# date = "..."        # the column of the day of the results',
    "# ignore = []",
)


_NOT_KNOWN = (
    '# Columns that are not known. Map each: [column."NAME"] with fact = "lab.alt", say, or',
    '# [[treatment]] with drug = "NAME"; `cartscreen facts` lists facts and lists. A table with a',
    '# row for each result has test_column, value and [test."CREA"]. Or name it in `ignore`:',
)


def _names(vocabulary: Vocabulary) -> Mapping[str, set[str]]:
    """What a header may call a fact -> the facts that are called so."""
    names: dict[str, set[str]] = {}
    for name, entry in vocabulary.facts.items():
        for text in (name, name.partition(".")[2].replace("_", " "), entry.label):
            names.setdefault(plain(text), set()).add(name)
    return names


class _Proposal:
    """The map of one header; `within` is what stands before the names of its tables."""

    def __init__(
        self, header: list[str], vocabulary: Vocabulary, names: Mapping[str, set[str]], within: str
    ) -> None:
        self.header = header
        self.vocabulary = vocabulary
        self.names = names
        self.within = within

    def lines(self) -> Iterator[str]:
        lists, taken = self._lists()
        left: list[str] = []
        sure: list[str] = []
        for column in self.header:
            if column in taken:
                continue
            entry = self._fact(column)
            if entry is None:
                left.append(column)
            else:
                sure += ["", f"[{self.within}column.{quoted(column)}]", *_of_fact(entry, column)]
        if left:
            yield ""
            yield from _NOT_KNOWN
        yield from (f"# {quoted(column)}" for column in left)
        yield from sure
        yield from lists

    def _fact(self, column: str) -> FactEntry | None:
        """The one fact that a column names; which visit it means, is never sure."""
        found = self.names.get(plain(column)) or self.names.get(plain(_with_unit(column)[0]), set())
        if len(found) != 1:
            return None
        entry = self.vocabulary.facts[next(iter(found))]
        return None if is_visit(entry.name) else entry

    def _lists(self) -> tuple[list[str], set[str]]:
        """The entries that the header names, and their columns.

        It names a list where it has what the entries are of, a drug or an organ say, and one more
        field; where it may be several lists, that is said.
        """
        by_number: dict[str, dict[str, str]] = {}
        for column in self.header:
            name, number = _numbered(_with_unit(column)[0])
            by_number.setdefault(number, {}).setdefault(plain(name).replace("_", " "), column)
        lines: list[str] = []
        taken: set[str] = set()
        numbers = [number for number in by_number if number]
        for number in ([""] if "" in by_number else []) + numbers[:1]:
            fitting = self._fitting(by_number[number])
            if len(fitting) > 1:
                told = ", ".join(record.name for record, _ in fitting)
                lines += ["", f"# These columns may be of one of the lists {told}: write [[LIST]]."]
                lines += [f"# {key} = {quoted(column)}" for key, column in fitting[0][1].items()]
            if len(fitting) != 1:
                continue
            record, fields = fitting[0]
            of = [number] if not number else self._repeated(fields)
            lines += ["", f"[[{self.within}{record.name}]]"]
            lines += [f"repeat = {len(of)}"] * bool(number)
            for key, column in fields.items():
                taken |= {_of_number(column, n) for n in of} if number else {column}
                written = _of_number(column, "{n}") if number else column
                lines += _of_field(record, record.fields[key], written)
            for key, entry in record.fields.items():
                if entry.choices and entry.default is not None and key not in fields:
                    lines.append(f"# {key} = {{ is = {quoted(str(entry.default))} }}  # of all")
        return lines, taken

    def _fitting(self, columns: Mapping[str, str]) -> list[tuple[RecordEntry, dict[str, str]]]:
        """The lists of which the columns name what entries are of and the most fields."""
        found: list[tuple[RecordEntry, dict[str, str]]] = []
        for record in self.vocabulary.records.values():
            fields = {}
            for key, entry in record.fields.items():
                told = (key.replace("_", " "), plain(entry.label))
                column = next((columns[text] for text in told if text in columns), "")
                if column and entry.kind != "steps":
                    fields[key] = column
            if next(iter(record.fields)) in fields and len(fields) > 1:
                found.append((record, fields))
        most = max((len(fields) for _, fields in found), default=0)
        return [one for one in found if len(one[1]) == most]

    def _repeated(self, fields: Mapping[str, str]) -> list[str]:
        """The numbers from 1 on under which the header has each of these columns."""
        found: list[str] = []
        while all(
            _of_number(column, str(len(found) + 1)) in self.header for column in fields.values()
        ):
            found.append(str(len(found) + 1))
        return found


def _numbered(name: str) -> tuple[str, str]:
    """The name and the number of "drug1", "Drug 1" and "drug_1"."""
    found = re.fullmatch(r"(.*?[^\W\d_])[ _]?([1-9]\d?)", name.strip())
    return (found[1], found[2]) if found else (name, "")


def _of_number(column: str, number: str) -> str:
    """The name of the column of another number: "Dose {n} (mg)" for "Dose 1 (mg)"."""
    return re.sub(r"(?<=[^\W\d_])([ _]?)[1-9]\d?(?!\d)", rf"\g<1>{number}", column, count=1)


def _of_fact(entry: FactEntry, column: str) -> Iterator[str]:
    unit = _with_unit(column)[1]
    yield f"fact = {quoted(entry.name)}"
    if entry.kind == "quantity" and entry.unit != "1":
        is_unit = unit and not unit_fault(entry, unit)
        yield f"{'' if is_unit else '# '}unit = {quoted(unit if is_unit else '...')}"
    elif entry.kind == "finding":
        yield f"# words = {{ ... }}  # of {', '.join(entry.choices or YES_NO)}"


def _of_field(record: RecordEntry, entry: FactEntry, column: str) -> Iterator[str]:
    """What a map says of a field; a comment has what a person has to add."""
    unit = _with_unit(column)[1]
    words = entry.choices or (YES_NO if entry.kind == "finding" else entry.words)
    if record.has_role(entry.name, "dose"):
        yield f"{entry.name} = {{ column = {quoted(column)}, unit = {quoted(unit or '...')} }}"
    elif words:
        said = f"{{ column = {quoted(column)}, words = {{}} }}"
        yield f"{entry.name} = {said}  # what cells say, for {', '.join(words)}"
    else:
        yield f"{entry.name} = {quoted(column)}"


def _with_unit(column: str) -> tuple[str, str]:
    """The name and the unit of "Creatinine (mg/dL)" and "Creatinine [mg/dL]"."""
    for opens, closes in (("(", ")"), ("[", "]")):
        name, _, rest = column.strip().partition(opens)
        if rest.endswith(closes):
            return name.strip(), rest.removesuffix(closes).strip()
    return column, ""
