"""What there is to know of facts, lists and drugs, numbers and days: the second evaluator's own.

The data of a pack is read anew, and so are numbers and dates. Nothing here is of the program.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from oracle.language import Rule, parsed

Data = dict[str, Any]
"""A profile, or an entry of a pack, as TOML data."""

CRITERIA = Path(__file__).parent.parent.parent / "criteria"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# ----------------------------------------------------------------------
# Numbers

FACTORS = {
    "g/L": {"g/L": Fraction(1), "g/dL": Fraction(10)},
    "U/L": {"U/L": Fraction(1), "ukat/L": Fraction(60)},
    "10^9/L": {"10^9/L": Fraction(1), "/uL": Fraction(1, 1000)},
    "umol/L": {"umol/L": Fraction(1), "mg/dL": Fraction(10_000) / Fraction("584.66")},  # bilirubin
    "years": {"years": Fraction(1), "year": Fraction(1)},
    "months": {"months": Fraction(1), "years": Fraction(12)},
    "kg": {"kg": Fraction(1), "lb": Fraction("0.45359237")},
    "mg/day": {"mg/day": Fraction(1), "mg/week": Fraction(1, 7)},
    "days": {"days": Fraction(1), "hours": Fraction(1, 24), "weeks": Fraction(7)},
    "1": {"": Fraction(1)},
    "titre": {"": Fraction(1)},
}
"""For each canonical unit, what a value in another unit is multiplied by."""

_QUANTITY = re.compile(r"([<>]=?)?(?:1:)?(\d+(?:\.\d+)?)(?: (.+))?")
_TIME = re.compile(r"(\d+) (day|week|month|year)s?")


@dataclass(frozen=True)
class Range:
    """The numbers that a value may be; None is no end."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool = True
    high_in: bool = True

    def __contains__(self, number: Fraction) -> bool:
        above = self.low is None or number > self.low or (self.low_in and number == self.low)
        below = self.high is None or number < self.high or (self.high_in and number == self.high)
        return above and below

    @property
    def exact(self) -> bool:
        return self.low is not None and self.low == self.high

    def points(self, critical: Iterable[Fraction]) -> list[Fraction]:
        """A number at, below and above each critical one, as far as they lie in the range."""
        ends = [end for end in (self.low, self.high) if end is not None]
        cuts = sorted({*ends, *critical}) or [Fraction(1)]
        between = [(a + b) / 2 for a, b in pairwise(cuts)]
        below = cuts[0] / 2 if cuts[0] > 0 else cuts[0] - 1
        return [n for n in (*cuts, *between, below, cuts[-1] * 2 + 1) if n in self]


ANY_NUMBER = Range(None, None)
POSITIVE = Range(Fraction(0), None, low_in=False)


def converted(digits: str, spelled: str, unit: str) -> Fraction:
    """A number as written in a unit, in the canonical unit."""
    if spelled == unit:
        return Fraction(digits)
    return Fraction(digits) * FACTORS[unit][spelled]


def quantity(written: Any, unit: str) -> tuple[Range, str]:
    """The numbers that this may be, and "ULN" or "LLN" if it is a multiple of such a limit."""
    if not isinstance(written, str):
        number = Fraction(written)
        return Range(number, number), ""
    match = _QUANTITY.fullmatch(written)
    assert match, written
    sign, digits, spelled = match.groups()
    multiple = spelled if spelled in ("ULN", "LLN") else ""
    number = Fraction(digits) if multiple else converted(digits, spelled or "", unit)
    ends = {
        None: Range(number, number),
        "<": Range(None, number, high_in=False),
        "<=": Range(None, number),
        ">": Range(number, None, low_in=False),
        ">=": Range(number, None),
    }
    return ends[sign], multiple


def time(written: str) -> tuple[int, str]:
    """A length of time: "3 weeks" is (3, "weeks")."""
    match = _TIME.fullmatch(written)
    assert match, written
    return int(match[1]), f"{match[2]}s"


def holds(value: Fraction, operator: str, limit: Fraction) -> bool:
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
    }[operator]


# ----------------------------------------------------------------------
# Days

Span = tuple[date, date]
"""The days from the first to the last, both included."""

DAY = timedelta(days=1)


def last_of_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - DAY


def span_of(written: Any) -> Span:
    """The days that a date may be."""
    if isinstance(written, date):
        return written, written
    year, *rest = (int(part) for part in written.split("-"))
    if not rest:
        return date(year, 1, 1), date(year, 12, 31)
    if len(rest) == 1:
        return date(year, rest[0], 1), last_of_month(year, rest[0])
    return date(year, *rest), date(year, *rest)


def moved(day: date, count: int, unit: str) -> date:
    """The day so many calendar units later; in months and years, at most the month's last day."""
    if unit in ("days", "weeks"):
        return day + timedelta(days=count * (7 if unit == "weeks" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "years" else 1)
    last = last_of_month(months // 12, months % 12 + 1)
    return last.replace(day=min(day.day, last.day))


def completed_years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


# ----------------------------------------------------------------------
# A pack


def _named(data: Any) -> list[str]:
    """Every word in the texts of this TOML data."""
    if isinstance(data, str):
        return data.split()
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [word for part in parts for word in _named(part)]


class Pack:
    """Facts, lists, contradictions and drugs, with defaults filled in."""

    def __init__(self, *folders: Path) -> None:
        self.facts: dict[str, Data] = {}
        self.lists: dict[str, Data] = {}
        self.drugs: Data = {}
        self.classes: Data = {}
        self._impossible: list[Data] = []
        weights: Data = {}
        for folder in folders or (CRITERIA,):
            paths = [*folder.glob("facts/*.toml"), *folder.glob("scores/*.toml")]
            for path in [*paths, *folder.glob("facts.toml"), *folder.glob("drugs.toml")]:
                self._add(tomllib.loads(path.read_text("utf-8"), parse_float=Decimal), weights)
        for entry in self.facts.values():
            if "derive" in entry:
                entry["derive"] = [_by_items(each, weights) for each in as_list(entry["derive"])]

    def _add(self, data: Data, weights: Data) -> None:
        for kind in ("fact", "item"):
            for section, entries in data.get(kind, {}).items():
                default = data.get("default", {}).get(section, {})
                for name, entry in entries.items():
                    full = {**default, **entry, "item": kind == "item"}
                    self.facts[f"{section}.{name}"] = full
                    if kind == "item":
                        weights.setdefault(section, {})[name] = full["weight"]
        self.lists.update(data.get("record", {}))
        self.drugs.update(data.get("drug", {}))
        self.classes.update(data.get("class", {}))
        self._impossible += data.get("contradiction", [])

    # -- rules

    def rule(self, written: Any) -> Rule:
        """The rule that this TOML data is."""
        return parsed(written, self._convert)

    def _convert(self, name: str, digits: str, spelled: str) -> tuple[Fraction, str]:
        if spelled in ("ULN", "LLN"):
            return Fraction(digits), spelled
        records, _, field = name.partition(".")
        entry = self.facts.get(name) or self.lists[records]["field"][field]
        if entry["kind"] != "quantity":
            count, unit = time(f"{digits} {spelled}")
            return Fraction(count), unit
        return converted(digits, spelled, entry["unit"]), entry["unit"]

    @cached_property
    def ruled(self) -> dict[str, list[tuple[Rule, Data]]]:
        """The facts that follow from rules: each rule, with the words of its answers."""
        return {
            name: [(self.rule(each["rule"]), each) for each in entry["derive"] if "rule" in each]
            for name, entry in self.facts.items()
            if any("rule" in each for each in entry.get("derive", ()))
        }

    @cached_property
    def contradictions(self) -> list[tuple[Rule, list[str]]]:
        """What no patient can be, and the facts that it puts in doubt."""
        return [
            (self.rule(item["rule"]), item["doubts"])
            for item in self._impossible
            if "list" not in item
        ]

    @cached_property
    def entry_contradictions(self) -> list[tuple[str, Rule, list[str]]]:
        """The same of the fields of one entry: of which list, the rule, and the fields."""
        return [
            (item["list"], parsed(item["rule"], self._convert, item["list"]), item["doubts"])
            for item in self._impossible
            if "list" in item
        ]

    def sources(self, name: str) -> set[str]:
        """The fact or list itself, and all facts and lists that its derivations name."""
        found, ahead = set[str](), [name]
        while ahead:
            if (one := ahead.pop()) not in found:
                found.add(one)
                ahead += _named(self.facts.get(one, {}).get("derive", []))
        return {one for one in found if one in self.facts or one in self.lists}

    # -- lists

    def field(self, records: str, name: str) -> Data:
        entry: Data = self.lists[records]["field"][name]
        return entry

    def role(self, records: str, role: str) -> str | None:
        """The field of a list that has this role."""
        name: str | None = self.lists[records].get(role)
        return name

    @cached_property
    def local_routes(self) -> tuple[str, ...]:
        """The routes by which a drug acts where it is given."""
        routes = self.lists["treatment"]["field"]["route"]
        return tuple(routes.get("local", ()))

    # -- drugs

    @cached_property
    def drug_by_name(self) -> dict[str, tuple[str, str | None]]:
        """Every spelling in small letters -> the drug, and the route that the name tells."""
        found: dict[str, tuple[str, str | None]] = {}
        for name, drug in self.drugs.items():
            for spelling in (name, *drug.get("names", ())):
                found[spelling.lower()] = (name, None)
            for route, spellings in drug.get("routed_names", {}).items():
                for spelling in spellings:
                    found[spelling.lower()] = (name, route)
        return found

    def named(self, written: Any) -> str | None:
        """The drug of this name, if there is one."""
        found = self.drug_by_name.get(str(written).lower())
        return found[0] if found else None


def _by_items(derive: Data, weights: Data) -> Data:
    """A sum over a section, as the list of its items; anything else as it is."""
    if "sum" not in derive or not isinstance(derive["sum"], str):
        return derive
    section = derive["sum"]
    items = []
    for name, weight in weights[section].items():
        if name in derive.get("without", ()) or name not in derive.get("only", (name,)):
            continue
        alone = weight.get(derive["weight"]) if "weight" in derive else weight
        if alone is not None:
            items.append({"fact": f"{section}.{name}", "weight": alone})
    return {"sum": items}
