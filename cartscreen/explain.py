"""What follows from a profile, and how: each derived value with its formula, inputs and source."""

import inspect
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from math import ceil

from pydantic import Field

from cartscreen.dates import PartialDate
from cartscreen.derive import NUMERIC, Gap
from cartscreen.derive import treatment as courses
from cartscreen.profile import Observation
from cartscreen.report import REASONS, Plain, label_of
from cartscreen.screen import Chart, Entry
from cartscreen.units import decimal
from cartscreen.vocabulary import (
    Count,
    Derivation,
    FactEntry,
    Formula,
    HalfLife,
    Ruled,
    Score,
    Stated,
    reads,
)
from cartscreen.when import closure

HALF_LIVES = 5


class Input(Plain):
    """One datum that a derivation read."""

    fact: str
    label: str
    value: str
    date: str


class Derived(Plain):
    """A derived value, or why there is none."""

    fact: str
    label: str
    value: str = Field(description="empty when it could not be derived")
    date: str
    how: str = Field(description="the formula in words")
    validity: str
    citation: str
    inputs: list[Input]
    stated: str = Field(description="what the profile states for it; a stated value is used")
    lacks: list[str] = Field(description="what would give it, or make a range a number")
    note: str


def derived_facts(chart: Chart, names: Iterable[str] = ()) -> Iterator[Derived]:
    """The named facts; without names, all of which the profile holds at least one input."""
    wanted = tuple(names)
    for name, entry in chart.vocabulary.facts.items():
        if not entry.derive or (wanted and name not in wanted):
            continue
        if wanted or _touched(name, chart):
            yield _derived(entry, chart)
    if not wanted or "treatment" in wanted:
        for record in chart.profile.records.get("treatment", ()):
            yield from _course(Entry(record, "treatment", chart))


def _touched(name: str, chart: Chart) -> bool:
    """Does the profile state anything that the fact may follow from?"""
    return any(source in chart.profile.facts for source in closure([name], chart) - {name})


def _derived(entry: FactEntry, chart: Chart) -> Derived:
    tried = list(chart.followed(entry))
    used, found = next(
        ((by, value) for by, value in tried if isinstance(value, Observation)), tried[0]
    )
    how, validity, citation = _said(used, entry, chart)
    stated = chart.profile.facts.get(entry.name, ())
    if isinstance(found, Gap):
        lacking = chart.derived(entry.name)
        gap = lacking if isinstance(lacking, Gap) else found
        lacks, note = gap.missing, gap.note or REASONS[gap.reason]
    else:
        lacks = found.missing if not _is_exact(found) else ()
        note = ""
    return Derived(
        fact=entry.name,
        label=entry.label,
        value=found.text if isinstance(found, Observation) else "",
        date=str(found.date or "") if isinstance(found, Observation) else "",
        how=how,
        validity=validity,
        citation=entry.source or citation,
        inputs=[_input(*read, chart) for read in found.inputs]
        if isinstance(found, Observation)
        else [],
        stated="; ".join(item.text for item in stated),
        lacks=[label_of(name, chart) for name in lacks if name != entry.name],
        note=note,
    )


def _is_exact(found: Observation) -> bool:
    return bool(getattr(found.value, "is_exact", True))


def _input(fact: str, item: Observation, chart: Chart) -> Input:
    return Input(fact=fact, label=label_of(fact, chart), value=item.text, date=str(item.date or ""))


def _said(derivation: Derivation, entry: FactEntry, chart: Chart) -> tuple[str, str, str]:
    """(formula in words, where it holds, citation)."""
    match derivation:
        case Formula(name, _) if name in NUMERIC:
            formula = NUMERIC[name]
            text, domain, _ = _paragraphs(inspect.getdoc(formula.function) or "")
            return text, domain, formula.citation
        case Formula("age", _):
            return "Completed years from the date of birth to the date judged.", "", ""
        case Formula("at_most", _):
            return "A part of a score cannot exceed its total.", "", ""
        case Formula():
            return f"By {derivation.name.replace('_', ' ')}.", "", ""
        case Score(domains):
            if all(len(domain) == 1 for domain in domains):
                return f"The weights of {len(domains)} items, added up.", "", ""
            return f"The highest item of each of {len(domains)} domains, added up.", "", ""
        case Count(word, of):
            return f"How many of {len(of)} are {word}.", "", ""
        case Stated(fact):
            return f"As stated for {label_of(fact, chart)}.", "", ""
        case Ruled():
            names = ", ".join(label_of(name, chart) for name in _read_by_rules(entry, chart))
            return f"By a rule over {names}.", "", ""


def _read_by_rules(entry: FactEntry, chart: Chart) -> list[str]:
    stated = {name for derivation in entry.derive for name in reads(derivation)}
    return sorted(closure([entry.name], chart) - {entry.name} - stated)[:6]


def _paragraphs(doc: str) -> tuple[str, str, str]:
    """(what comes before the units, the domain, the source) of a formula's docstring."""
    text = " ".join(doc.partition("Units")[0].split())
    domain = re.search(r"Domain: (.*?)(?=\n[A-Z]\w+:|\Z)", doc, re.DOTALL)
    source = re.search(r"Source: (.*?)(?=\n[A-Z]\w+:|\Z)", doc, re.DOTALL)
    found = [" ".join(match[1].split()) if match else "" for match in (domain, source)]
    return text, found[0], found[1]


def _course(entry: Entry) -> Iterator[Derived]:
    """What follows for one entry of the treatments: length, dose as prednisone, washout."""
    fields = entry.chart.vocabulary.records["treatment"].fields
    drug = entry.drug
    for name in ("lasted", "unchanged", "prednisone_dose", "prednisone_dose_per_kg"):
        if name.startswith("prednisone") and (drug is None or not drug.prednisone_equivalent):
            continue
        found = entry.read(name, fields[name])
        citation = drug.prednisone_equivalent_source if drug and "prednisone" in name else ""
        yield _of_entry(entry, name, fields[name].label, found, citation)
    if drug is not None and drug.half_life is not None:
        yield _washout(entry, drug.half_life)


def _of_entry(
    entry: Entry, name: str, label: str, found: Observation | Gap, citation: str
) -> Derived:
    drug = entry.record.fields.get("drug")
    lacks = found.missing if isinstance(found, Gap) else ()
    return Derived(
        fact=entry.name(name),
        label=f"treatment {entry.record.number} ({drug.text if drug else 'drug not recorded'}): "
        f"{label[0].lower()}{label[1:]}",
        value=found.text if isinstance(found, Observation) else "",
        date="",
        how=found.origin if isinstance(found, Observation) else "",
        validity="",
        citation=citation,
        inputs=[],
        stated="",
        lacks=[label_of(name, entry.chart) for name in lacks],
        note=(found.note or REASONS[found.reason]) if isinstance(found, Gap) else "",
    )


def _washout(entry: Entry, half_life: HalfLife) -> Derived:
    """The day on which five half-lives have passed: from the shortest to the longest published."""
    last = courses.last_dose(entry.record)
    name, label = "washout", f"five half-lives ({half_life}) have passed"
    if not isinstance(last, PartialDate):
        gap = last if isinstance(last, Gap) else Gap("not_recorded", ("last_dose",), "it goes on")
        own = tuple(entry.name(field) for field in gap.missing)
        return _of_entry(entry, name, label, Gap(gap.reason, own, gap.note), half_life.source)
    days = [
        ceil(HALF_LIVES * length) + 1
        for length in (half_life.shortest_days, half_life.longest_days)
    ]
    first, final = (last.earliest + timedelta(days=days[0]), last.latest + timedelta(days=days[1]))
    said = str(first) if first == final else f"{first} to {final}"
    origin = f"last dose {last}; {decimal(HALF_LIVES * half_life.longest_days)} days at the most"
    found = Observation(PartialDate(first, final), f"from {said}", origin=origin)
    return _of_entry(entry, name, label, found, half_life.source)
