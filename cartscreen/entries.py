"""The facts, lists and contradictions of a vocabulary's files, with all that the files abbreviate.

A pack declares its facts in `facts.toml`, or by theme in `facts/` and `scores/`. There a fact may
leave to `[default.SECTION]` what it shares with its neighbours, an item of a score is one line with
its weight, and a score says whose items it adds: `{ sum = "sledai", without = ["fever"] }`. Here
each fact gets what its default says, and each score the list of its items. `criteria/README.md`
describes the format.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cartscreen.errors import CriteriaError, Problem
from cartscreen.frozen import field, frozen
from cartscreen.pattern import pattern
from cartscreen.text import did_you_mean, shown

_TEXTS = ("label", "question")
_LONGEST_TEXT = 1000  # of a default, which every fact of its section repeats
_MOST_COUNTED = 20_000  # by all scores of a pack together; the bundled ones count 170
_KEYS = ("default", "fact", "item", "record", "contradiction", "speaks", "extend")


@frozen
class WeightedFact:
    """An item of a score: a fact, and how much it adds when it is present.

    weights  the weight by name. Its name is "" where it is the only one; where an item weighs more
             with a biopsy than without, say, each weight has a name.
    domain   the group of items of which a score may count the highest alone
    """

    fact: str
    weights: Mapping[str, Any]
    domain: str = ""

    @property
    def section(self) -> str:
        return self.fact.partition(".")[0]

    @property
    def short(self) -> str:
        return self.fact.partition(".")[2]


@frozen
class Extension:
    """What a folder adds to a fact or a list of the bundled pack.

    Of [extend.record.treatment.field.line] the kind is "record", the name "treatment", the field
    "line"; of [extend.fact.person.sex] they are "fact", "person.sex" and "". `data` is the table.
    """

    kind: str
    name: str
    field: str
    data: dict[str, Any]
    file: str

    @property
    def place(self) -> str:
        inside = f".field.{self.field}" if self.field else ""
        return f"extend.{self.kind}.{self.name}{inside}"


@frozen
class Entries:
    """All that the files declare: each table with the name of its file, and the items of scores."""

    facts: dict[str, tuple[Any, str]] = field(default_factory=dict)
    records: dict[str, tuple[Any, str]] = field(default_factory=dict)
    contradictions: list[tuple[Any, str]] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    items: list[WeightedFact] = field(default_factory=list)

    def add(self, kind: str, name: str, data: Any, file: str, where: str) -> None:
        """Keep a fact or a list. Raises CriteriaError where its name is declared already."""
        declared = self.records if kind == "record" else self.facts
        if name in declared:
            other = declared[name][1]
            also = f"{where}{other}" if other != file else "this file"
            raise CriteriaError(
                f"{where}{file}: {kind} {name} is declared twice: in {also}, too. Keep one."
            )
        declared[name] = (data, file)


def tables(
    data: Mapping[str, Any], key: str, where: str, *, inside: bool = True
) -> dict[str, dict[str, Any]]:
    """The table under this key, empty if there is none. Raises CriteriaError for anything else.

    inside: what stands in it has to be tables, too.
    """
    found = data.get(key, {})
    if not isinstance(found, dict):
        raise CriteriaError(f"{where}: {key} is not a table.")
    for name, entry in found.items():
        if inside and not isinstance(entry, dict):
            raise CriteriaError(f"{where}: {key} {name} is not a table.")
    return found


def only(data: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raises CriteriaError if the table has a key that is not known."""
    for key in data:
        if key not in known:
            raise CriteriaError(f"{where}: there is no key {shown(key)}.{did_you_mean(key, known)}")


def pack_table(files: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Any]:
    """The table [pack], which stands in pack.toml or in facts.toml. Raises CriteriaError."""
    stated = [name for name in ("pack.toml", "facts.toml") if "pack" in files.get(name, {})]
    if len(stated) > 1:
        raise CriteriaError(f"{where}pack.toml: [pack] stands in {where}facts.toml, too. Keep one.")
    for name in stated:
        return tables(files[name], "pack", f"{where}{name}", inside=False)
    return {}


def written_out(
    files: Mapping[str, Mapping[str, Any]],
    where: str,
    keys: Collection[str],
    facts: Collection[str] = (),
    items: Sequence[WeightedFact] = (),
) -> Entries:
    """The facts, lists and contradictions of the files, with nothing left to defaults.

    `keys` are those that a default may give a fact. `facts` and `items` are of another pack, whose
    items the scores of these files may count. Raises CriteriaError with file, entry and fault.
    """
    entries = Entries()
    for name, data in files.items():
        place = f"{where}{name}"
        match name:
            case "drugs.toml" | "codes.toml":
                continue
            case "pack.toml":
                only(data, ("pack", "readings", "ask"), place)
            case "facts.toml":
                only(data, ("pack", *_KEYS), place)
            case _:
                only(data, _KEYS, place)
        for kind, fact, entry in _with_defaults(data, place, keys):
            if kind == "item":
                entry = _without_weight(entry, fact, place, entries.items)
            entries.add("fact", fact, entry, name, where)
        for record, entry in tables(data, "record", place).items():
            entries.add("record", record, entry, name, where)
        entries.extensions.extend(_extensions(data, name, place))
        contradictions = data.get("contradiction", [])
        if not isinstance(contradictions, list) or not all(
            isinstance(item, dict) for item in contradictions
        ):
            raise CriteriaError(
                f"{place}: contradiction is no list; write [[contradiction]] above each."
            )
        entries.contradictions.extend((entry, name) for entry in contradictions)
    known = [*facts, *(fact for fact in entries.facts if fact not in facts)]
    scores = _Scores(known, (*items, *entries.items))
    for fact, (entry, name) in entries.facts.items():
        if isinstance(entry, dict) and "derive" in entry:
            try:
                derive = scores.listed(entry["derive"])
            except Problem as fault:
                raise CriteriaError(f"{where}{name}: fact {fact}: {fault}") from None
            entries.facts[fact] = ({**entry, "derive": derive}, name)
    return entries


def _extensions(data: Mapping[str, Any], file: str, place: str) -> Iterator[Extension]:
    """What a file adds to entries of the bundled pack, each with the place that it names."""
    extended = tables(data, "extend", place)
    only(extended, ("fact", "record"), f"{place}: extend")
    for section, facts in tables(extended, "fact", f"{place}: extend").items():
        for name in facts:
            entry = tables(facts, name, f"{place}: extend.fact.{section}", inside=False)
            yield Extension("fact", f"{section}.{name}", "", entry, file)
    for name, record in tables(extended, "record", f"{place}: extend").items():
        inside = f"{place}: extend.record.{name}"
        only(record, ("field",), inside)
        for field_name, entry in tables(record, "field", inside).items():
            yield Extension("record", name, field_name, entry, file)


# ----------------------------------------------------------------------
# Defaults


def _with_defaults(
    data: Mapping[str, Any], place: str, keys: Collection[str]
) -> Iterator[tuple[str, str, Any]]:
    """("item" or "fact", its name, its table with what the default of its section adds)."""
    defaults = tables(data, "default", place)
    declared = {kind: tables(data, kind, place) for kind in ("item", "fact")}
    for section, default in defaults.items():
        _check_default(section, default, declared, place, keys)
    for kind, sections in declared.items():
        for section, entries in sections.items():
            default = defaults.get(section, {})
            if kind == "fact":
                default = {key: value for key, value in default.items() if key != "weight"}
            for name, entry in entries.items():
                fact = f"{section}.{name}"
                if isinstance(entry, dict):
                    yield kind, fact, _entry_with_default(entry, default, f"{place}: {kind} {fact}")
                else:
                    yield kind, fact, entry


def _check_default(
    section: str,
    default: Mapping[str, Any],
    declared: Mapping[str, Mapping[str, Any]],
    place: str,
    keys: Collection[str],
) -> None:
    place = f"{place}: default {section}"
    only(default, (*keys, "weight"), place)
    if not any(section in sections for sections in declared.values()):
        known = [name for sections in declared.values() for name in sections]
        raise CriteriaError(
            f"{place}: this file has no facts and no items of the section {shown(section)}."
            f"{did_you_mean(section, known)}"
        )
    if "weight" in default and section not in declared["item"]:
        raise CriteriaError(f"{place}: weight is for items; this file has none in [item.{section}]")
    for key in _TEXTS:
        text = str(default.get(key, ""))
        if len(text) > _LONGEST_TEXT:
            raise CriteriaError(f"{place}: {key} is longer than {_LONGEST_TEXT} characters.")
        for blank in _BLANK.findall(text):
            if blank not in _BLANKS:
                raise CriteriaError(
                    f"{place}: {key} has no place {shown(blank)}; expected {', '.join(_BLANKS)}."
                )


_BLANK = pattern(r"\{\w*\}")
_BLANKS = ("{short}", "{Short}", "{asks}")


def _entry_with_default(
    entry: Mapping[str, Any], default: Mapping[str, Any], place: str
) -> dict[str, Any]:
    """The entry with the keys of the default that it lacks.

    In the default's label and question, {short} and {asks} stand for texts of the entry: the
    default question "Ever: {asks}?" with short = "fever" and asks = "fever above 38 °C" makes
    "Ever: fever above 38 °C?". Where the entry says no asks, short takes its place; {Short} begins
    with a capital letter.
    """
    full = {**default, **entry}
    blank = {key for key in _TEXTS if _BLANK.search(str(default.get(key, "")))}
    if not blank:
        return full
    short = full.pop("short", "")
    asks = full.pop("asks", short)
    for key in sorted(blank - entry.keys()):
        if not isinstance(short, str) or not isinstance(asks, str) or not short:
            raise CriteriaError(
                f"{place}: it has no text short = ... to stand in the default {key} "
                f"{shown(default[key])}, nor a {key} of its own."
            )
        full[key] = (
            default[key]
            .replace("{asks}", asks)
            .replace("{short}", short)
            .replace("{Short}", short[:1].upper() + short[1:])
        )
    return full


# ----------------------------------------------------------------------
# Scores


def _without_weight(entry: Any, fact: str, place: str, items: list[WeightedFact]) -> dict[str, Any]:
    """The item as a fact; its weight and domain go into `items`."""
    if not isinstance(entry, dict):
        raise CriteriaError(f"{place}: item {fact} is not a table.")
    section = fact.partition(".")[0]
    weight, domain = entry.get("weight"), entry.get("domain", "")
    if weight is None:
        raise CriteriaError(
            f"{place}: item {fact} has no weight; write weight = ... in its line, or in "
            f"[default.{section}] for all. A fact that no score counts stands in [fact.{section}]."
        )
    if not isinstance(domain, str):
        raise CriteriaError(f"{place}: item {fact}: domain is not a text.")
    weights = weight if isinstance(weight, dict) else {"": weight}
    if not weights:
        raise CriteriaError(f"{place}: item {fact}: weight is an empty table.")
    items.append(WeightedFact(fact, weights, domain))
    return {key: value for key, value in entry.items() if key not in ("weight", "domain")}


class _Scores:
    """Writes out scores: `{ sum = "sledai" }` becomes the list of its items with their weights."""

    def __init__(self, facts: Collection[str], items: Sequence[WeightedFact]) -> None:
        self.facts: dict[str, list[str]] = {}
        for fact in facts:
            self.facts.setdefault(fact.partition(".")[0], []).append(fact)
        self.items: dict[str, dict[str, WeightedFact]] = {}
        for item in items:
            self.items.setdefault(item.section, {})[item.short] = item
        self.left = _MOST_COUNTED

    def listed(self, derive: Any) -> Any:
        """What a fact derives from, with each score and count by its members. Raises Problem."""
        if isinstance(derive, list):
            return [self.listed(one) for one in derive]
        match derive:
            case {"sum": str(section), **how}:
                more = {key: how.pop(key) for key in ("window", "answered") if key in how}
                return {"sum": [weighed for _, weighed in self._weighed(section, how)], **more}
            case {"highest": str(section), **how}:
                window = {key: how.pop(key) for key in ("window",) if key in how}
                domains: dict[str, list[Any]] = {}
                for item, weighed in self._weighed(section, how):
                    domains.setdefault(item.domain or item.fact, []).append(weighed)
                return {"highest": list(domains.values()), **window}
            case {"count": word, "of": str(section), **rest}:
                if section not in self.facts:
                    hint = did_you_mean(section, self.facts)
                    raise Problem(f"there is no section {shown(section)} to count in.{hint}")
                self._count(len(self.facts[section]))
                return {"count": word, "of": self.facts[section], **rest}
        return derive

    def _count(self, members: int) -> None:
        """Raises Problem where the scores list too many facts: a short file could list millions."""
        self.left -= members
        if self.left < 0:
            raise Problem(f"the scores count more than {_MOST_COUNTED} facts together.")

    def _weighed(
        self, section: str, how: Mapping[Any, Any]
    ) -> Iterator[tuple[WeightedFact, dict[str, Any]]]:
        """(item, its fact and weight as a score lists them) for each item that a score counts."""
        for key in how:
            if key not in _HOW:
                raise Problem(
                    f"a score has no key {shown(key)}; it takes {', '.join(_HOW)}, window."
                )
        if section not in self.items:
            hint = did_you_mean(section, self.items)
            raise Problem(f"there are no items [item.{section}] for the score to count.{hint}")
        self._count(len(self.items[section]))
        items = self._chosen(section, how)
        wanted = how.get("weight", "")
        names = list(dict.fromkeys(name for item in items for name in item.weights))
        if names != [wanted] and ("weight" not in how or wanted not in names):
            stated = ", ".join(repr(name) for name in names if name) or "one, without a name"
            raise Problem(
                f"the weights of {section} are {stated}; weight = ... says which of several the "
                "score counts."
            )
        for item in items:
            if wanted in item.weights:
                yield item, {"fact": item.fact, "weight": item.weights[wanted]}

    def _chosen(self, section: str, how: Mapping[Any, Any]) -> list[WeightedFact]:
        items = self.items[section]
        if "only" in how and "without" in how:
            raise Problem("a score takes only or without, not both.")
        for key in ("only", "without"):
            named = how.get(key, [])
            if not isinstance(named, list) or (key in how and not named):
                raise Problem(f"{key} is not a list of items.")
            for name in named:
                if not isinstance(name, str) or name not in items:
                    hint = did_you_mean(str(name), items)
                    raise Problem(f"{key} names {shown(name)}, no item of {section}.{hint}")
        chosen = [
            item
            for name, item in items.items()
            if name not in how.get("without", []) and name in how.get("only", items)
        ]
        if not chosen:
            raise Problem(f"without these, no item of {section} is left.")
        return chosen


_HOW = ("only", "without", "weight")
