"""What follows from a profile, and how: each derived value with its formula, inputs and source."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from math import ceil

from pydantic import Field

from cartscreen.dates import PartialDate, Span, shift
from cartscreen.derive import NUMERIC, Gap, edss
from cartscreen.derive import treatment as courses
from cartscreen.place import Place, fact_place
from cartscreen.profile import Observation
from cartscreen.report import REASONS, Plain, deciding_evidence
from cartscreen.rule import Rule, describe
from cartscreen.screen import Chart, Entry, ask
from cartscreen.units import Interval, decimal
from cartscreen.vocabulary import (
    Count,
    Derivation,
    FactEntry,
    Formula,
    Ruled,
    Score,
    Stated,
    reads,
)
from cartscreen.wanted import label_of

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
    return any(source in chart.profile.facts for source in chart.pack.closure([name]) - {name})


def _derived(entry: FactEntry, chart: Chart) -> Derived:
    used, found, read = _followed(entry, chart)
    how, validity, citation = _said(used, entry, chart)
    own = fact_place(entry.name)
    if isinstance(found, Gap):
        lacks, note = found.missing, found.note or REASONS[found.reason]
    else:
        lacks, note = () if _is_exact(found) else found.missing, ""
    return Derived(
        fact=entry.name,
        label=entry.label,
        value=found.text if isinstance(found, Observation) else "",
        date=str(found.date or "") if isinstance(found, Observation) else "",
        how=how,
        validity=validity,
        citation=entry.source or citation,
        inputs=[_input(place, item, chart) for place, item in read],
        stated="; ".join(item.text for item in _stated(entry.name, chart)),
        lacks=[label_of(place, chart) for place in lacks if place != own],
        note=note,
    )


_Read = list[tuple[Place, Observation]]


def _followed(entry: FactEntry, chart: Chart) -> tuple[Derivation, Observation | Gap, _Read]:
    """By which derivation the fact follows, what would be used if it were not stated, from what."""
    if entry.name in chart.conflicts:
        says = f"the profile says that {chart.conflicts[entry.name]}"
        return entry.derive[0], Gap("conflict", (fact_place(entry.name),), says), []
    for derivation in entry.derive:
        if isinstance(derivation, Stated) and _stated(derivation.fact, chart):
            found = chart.newest(derivation.fact)
            if isinstance(found, Gap):
                return derivation, found, []
            return derivation, found, [(fact_place(derivation.fact), found)]
    rules = iter(chart.pack.derived_rules.get(entry.name, ()))
    for derivation, given in chart.followed(entry):
        rule = next(rules) if isinstance(derivation, Ruled) else None
        if isinstance(given, Gap) and given.reason != "imprecise_date":
            continue
        found = chart.derived(entry.name)
        if isinstance(found, Gap):
            return derivation, found, []
        if rule is not None:
            return derivation, found, list(_read_by(rule, chart))
        inputs = list(found.inputs)
        if isinstance(derivation, Formula) and not inputs:
            inputs = [(fact, item) for fact in reads(derivation) for item in _stated(fact, chart)]
        return derivation, found, [(fact_place(fact), item) for fact, item in inputs]
    return entry.derive[0], chart.derived(entry.name), []


def _stated(name: str, chart: Chart) -> list[Observation]:
    """What the profile states of the fact and the program would use."""
    stated = chart.profile.facts.get(name, ())
    usable = [item for item in stated if item.date is None or item.date.earliest <= chart.on]
    return [item for item in usable if item.value is not None or item.text == "indeterminate"]


def _read_by(rule: Rule, chart: Chart) -> Iterator[tuple[Place, Observation]]:
    """The data by which a rule was decided."""
    for read in deciding_evidence(ask(rule, chart)):
        yield read.place, Observation(None, read.value, read.date)


def _is_exact(found: Observation) -> bool:
    if isinstance(found.value, Span):
        return found.value.start.is_exact and found.value.end.is_exact
    return found.value.is_exact if isinstance(found.value, Interval) else True


def _input(place: Place, item: Observation, chart: Chart) -> Input:
    return Input(
        fact=place.name, label=label_of(place, chart), value=item.text, date=str(item.date or "")
    )


def _said(derivation: Derivation, entry: FactEntry, chart: Chart) -> tuple[str, str, str]:
    """(formula in words, where it holds, citation)."""
    match derivation:
        case Formula(name, _) if name in NUMERIC:
            formula = NUMERIC[name]
            text, domain, _ = _paragraphs(formula.function)
            return text, domain, formula.citation
        case Formula("age", _):
            return "Completed years from the date of birth to the date judged.", "", ""
        case Formula("at_most", _):
            return "A part of a score cannot exceed its total.", "", ""
        case Formula("more_than_half", inputs):
            facts = dict(inputs)
            part, whole = (label_of(fact_place(facts[name]), chart) for name in ("part", "whole"))
            return f"Whether {part} is more than half of {whole}.", "", ""
        case Formula():  # edss_progression
            return _paragraphs(edss.is_progression)
        case Score(domains):
            if all(len(domain) == 1 for domain in domains):
                return f"The weights of {len(domains)} items, added up.", "", ""
            return f"The highest item of each of {len(domains)} domains, added up.", "", ""
        case Count(word, of):
            return f"How many of {len(of)} are {word}.", "", ""
        case Stated(fact):
            return f"As stated for {label_of(fact_place(fact), chart)}.", "", ""
        case Ruled():
            ruled = [item for item in entry.derive if isinstance(item, Ruled)]
            rule = chart.pack.derived_rules[entry.name][ruled.index(derivation)]
            return f"{_in_one_line(describe(rule, chart.vocabulary))}.", "", ""


def _in_one_line(lines: list[str]) -> str:
    """A rule in English, its levels in brackets."""
    said = lines[0]
    for before, line in pairwise(lines):
        step = _depth(line) - _depth(before)
        said = f"{said.removesuffix(':')} (" if step > 0 else f"{said}{')' * -step}; "
        said += line.strip()
    return said + ")" * _depth(lines[-1])


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip())) // 2


def _paragraphs(function: Callable[..., object]) -> tuple[str, str, str]:
    """(what comes before the units, the domain, the source) of a formula's docstring."""
    doc = inspect.getdoc(function) or ""
    text = " ".join(doc.partition("Units")[0].split())
    domain = re.search(r"Domain: (.*?)(?=\n[A-Z]\w+:|\Z)", doc, re.DOTALL)
    source = re.search(r"Source: (.*?)(?=\n[A-Z]\w+:|\Z)", doc, re.DOTALL)
    found = [" ".join(match[1].split()) if match else "" for match in (domain, source)]
    return text, found[0], found[1]


_HOW = {
    "lasted": "From the first day to the day after the last, not beyond the date judged.",
    "unchanged": "From the last change of dose, or else from the first day, to the date judged.",
    "prednisone_dose": "The dose, times the prednisone that 1 mg of the drug stands for",
    "prednisone_dose_per_kg": "The dose as prednisone, over the weight nearest to the first day.",
}
_FROM = {"lasted": ("start", "stop"), "unchanged": ("last_change", "start")}
"""The fields that are dates: `unchanged` reads the first that is there."""


def _course(entry: Entry) -> Iterator[Derived]:
    """What follows for one entry of the treatments: length, dose as prednisone, washout."""
    fields = entry.chart.vocabulary.records["treatment"].fields
    equivalent = entry.drug.prednisone_equivalent if entry.drug else None
    for name, how in _HOW.items():
        if not name.startswith("prednisone"):
            yield _of_entry(entry, name, fields[name].label, entry.derived(fields[name]), how)
        elif entry.drug is not None and equivalent is not None:
            if name == "prednisone_dose":
                ends = " to ".join(dict.fromkeys(decimal(end) for end in equivalent))
                how = f"{how}: {ends} mg."
            source = entry.drug.prednisone_equivalent_source
            found = entry.derived(fields[name])
            yield _of_entry(entry, name, fields[name].label, found, how, source)
    yield from _washout(entry)


def _of_entry(
    entry: Entry, name: str, label: str, found: Observation | Gap, how: str, citation: str = ""
) -> Derived:
    drug = entry.record.fields.get("drug")
    stated = courses.stated(entry.record, name)
    missing = () if isinstance(found, Observation) and _is_exact(found) else found.missing
    return Derived(
        fact=entry.record.place(name).name,
        label=f"treatment {entry.record.number} ({drug.text if drug else 'drug not recorded'}): "
        f"{label[0].lower()}{label[1:]}",
        value=found.text if isinstance(found, Observation) else "",
        date="",
        how=how,
        validity="",
        citation=citation,
        inputs=list(_fields_read(entry, name, found)),
        stated=stated.text if isinstance(stated, Observation) else "",
        lacks=[label_of(each, entry.chart) for each in missing],
        note=(found.note or REASONS[found.reason]) if isinstance(found, Gap) else "",
    )


def _fields_read(entry: Entry, name: str, found: Observation | Gap) -> Iterator[Input]:
    """The fields of the entry, and the weight, that were read."""
    dates = [(field, courses.stated(entry.record, field)) for field in _FROM.get(name, ())]
    there = [(field, item) for field, item in dates if isinstance(item, Observation)]
    for field, item in there[:1] if name == "unchanged" else there:
        yield _input(entry.record.place(field), item, entry.chart)
    for fact, item in found.inputs if isinstance(found, Observation) else ():
        place = fact_place(fact) if "." in fact else entry.record.place(fact)
        yield _input(place, item, entry.chart)


def _washout(entry: Entry) -> Iterator[Derived]:
    """The first day after five half-lives: by the shortest and by the longest published."""
    stated = courses.stated(entry.record, "half_life")
    known = entry.drug.half_life if entry.drug else None
    longest = entry.half_life()
    if isinstance(longest, Gap):
        return
    if isinstance(stated, Observation):
        shortest, said, citation = longest, stated.text, "the chart"
    else:
        assert known is not None
        shortest, said, citation = known.shortest_days, str(known), known.source
    label = f"first day after five half-lives ({said})"
    how = "The last dose, and five half-lives in full days; the longest half-life counts."
    last = courses.last_dose(entry.record)
    if not isinstance(last, PartialDate):
        gap = (
            last
            if isinstance(last, Gap)
            else Gap("not_recorded", (entry.record.place("last_dose"),), "it goes on")
        )
        yield _of_entry(entry, "washout", label, gap, how, citation)
        return
    days = [ceil(HALF_LIVES * length) + 1 for length in (shortest, longest)]
    first, final = shift(last.earliest, days[0], "days"), shift(last.latest, days[1], "days")
    text = str(first) if first == final else f"{first} to {final}"
    found = Observation(PartialDate(first, final), text, inputs=(("last_dose", _seen(last)),))
    yield _of_entry(entry, "washout", label, found, how, citation)


def _seen(day: PartialDate) -> Observation:
    return Observation(day, str(day))
