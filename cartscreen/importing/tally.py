"""What became of every resource that was read, and why: counts that add up, and names."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cartscreen.frozen import frozen

Kind = Literal["used", "ambiguous", "not used"]
KINDS: tuple[Kind, ...] = ("used", "ambiguous", "not used")
"""From the best to the worst that can become of a resource."""

MOST_SOURCES = 20
"""So many places are named of what has one reason and one name; all are counted."""


@frozen
class Fate:
    """What became of a resource, or of a part of one.

    reason   why; of what is used, what it became
    name     what it is about, as its code calls it: a test, a diagnosis, a drug
    code     the code of what is mapped to nothing, "icd10cm E11.9" say
    """

    kind: Kind
    reason: str
    name: str = ""
    code: str = ""


UNMAPPED = "no fact or list of ours"
"""The reason of what no code and no name of the pack maps."""


@dataclass
class Row:
    """How many have one fate, and where the first of them stand."""

    count: int = 0
    sources: list[str] = field(default_factory=list)


class Tally:
    """The fates of all resources, by type and reason. Its size depends on the reasons and names."""

    def __init__(self, noun: str = "resources") -> None:
        self.noun = noun  # what is counted
        self.patients = 0
        self.rows: dict[tuple[str, Fate], Row] = {}
        self.parts: dict[tuple[str, Fate], Row] = {}
        self.notes: Counter[str] = Counter()

    def add(
        self, type_: str, fate: Fate, source: str = "", *, part: bool = False, count: int = 1
    ) -> None:
        """Count a resource, or the part of a resource that fared worse than the whole."""
        row = (self.parts if part else self.rows).setdefault((type_, fate), Row())
        row.count += count
        if source and fate.kind == "ambiguous" and len(row.sources) < MOST_SOURCES:
            row.sources.append(source)

    @property
    def resources(self) -> int:
        """How many resources were read."""
        return sum(row.count for row in self.rows.values())

    def of(self, kind: Kind) -> int:
        """How many have this fate."""
        return sum(row.count for (_, fate), row in self.rows.items() if fate.kind == kind)

    def by_reason(self, kind: Kind) -> Mapping[tuple[str, str], int]:
        """(type, reason) -> count, the most first."""
        found: Counter[tuple[str, str]] = Counter()
        for (type_, fate), row in self.rows.items():
            if fate.kind == kind:
                found[type_, fate.reason] += row.count
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def ambiguous(self) -> Iterator[tuple[str, Fate, Row]]:
        """What a person has to look at: resources, and parts of used ones."""
        for rows in (self.rows, self.parts):
            for (type_, fate), row in rows.items():
                if fate.kind == "ambiguous":
                    yield type_, fate, row

    def unmapped(self) -> Mapping[str, Mapping[tuple[str, str], int]]:
        """Type -> (name, code) -> count, of diagnoses, drugs, procedures that map to nothing."""
        found: dict[str, Counter[tuple[str, str]]] = {}
        for (type_, fate), row in self.rows.items():
            if fate.reason == UNMAPPED and fate.name:
                found.setdefault(type_, Counter())[fate.name, fate.code] += row.count
        return {
            type_: dict(sorted(names.items(), key=lambda item: (-item[1], item[0])))
            for type_, names in sorted(found.items())
        }

    def data(self) -> dict[str, Any]:
        """All of it as plain values, for the report in JSON."""
        return {
            "patients": self.patients,
            "resources": self.resources,
            "fates": {kind: self.of(kind) for kind in KINDS},
            "rows": [_row(*item) for item in self._sorted(self.rows)],
            "parts": [_row(*item) for item in self._sorted(self.parts)],
            "notes": [{"note": note, "count": count} for note, count in sorted(self.notes.items())],
        }

    def _sorted(self, rows: Mapping[tuple[str, Fate], Row]) -> list[tuple[str, Fate, Row]]:
        listed = [(type_, fate, row) for (type_, fate), row in rows.items()]
        return sorted(
            listed,
            key=lambda item: (KINDS.index(item[1].kind), item[0], item[1].reason, item[1].name),
        )


def _row(type_: str, fate: Fate, row: Row) -> dict[str, Any]:
    return {
        "fate": fate.kind,
        "type": type_,
        "reason": fate.reason,
        "name": fate.name,
        "code": fate.code,
        "count": row.count,
        "sources": row.sources,
    }
