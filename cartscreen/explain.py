"""The derived values of a profile, each with its formula in words, its inputs and its source."""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil

from cartscreen.contract import REASONS, Plain
from cartscreen.dates import PartialDate, Span, shift
from cartscreen.derive import Gap
from cartscreen.derive import treatment as courses
from cartscreen.derive.formulas import FACT_FORMULAS, FieldFormula
from cartscreen.evaluate.chart import Chart, Entry
from cartscreen.evaluate.evaluator import evaluate
from cartscreen.model import Field
from cartscreen.observation import Observation
from cartscreen.pattern import pattern
from cartscreen.place import Place, fact_place
from cartscreen.report import deciding_evidence
from cartscreen.rule.english import describe
from cartscreen.rule.tree import Rule
from cartscreen.text import entries
from cartscreen.units import Interval, decimal
from cartscreen.vocabulary import (
    Count,
    Derivation,
    FactEntry,
    Formula,
    Ruled,
    Score,
    Stated,
    Vocabulary,
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
    stated: str = Field(description="what the profile states for it; of the two the newer is used")
    lacks: list[str] = Field(
        description="what would give a value, or one number where it is a range"
    )
    note: str


def derived_facts(chart: Chart, names: Iterable[str] = ()) -> Iterator[Derived]:
    """The named facts, lists and entries; without names, all that have an input in the profile.

    An entry is named by its list and its number, `treatment[3]`.
    """
    wanted = tuple(names)
    for name, entry in chart.vocabulary.facts.items():
        if not entry.derive or (wanted and name not in wanted):
            continue
        if wanted or _has_input(name, chart):
            yield _derived_fact(entry, chart)
    for name in explained_lists(chart.vocabulary):
        for each in chart.entries(name):
            if not wanted or name in wanted or each.record.place().name in wanted:
                yield from _derived_of_entry(each)


def explained_lists(vocabulary: Vocabulary) -> list[str]:
    """The lists that `derive` explains: those with the role `drug` or `lasted`."""
    return [
        name
        for name, entry in vocabulary.records.items()
        if any(entry.roles.get(role) in entry.fields for role in ("drug", "lasted"))
    ]


def list_of_entry(name: str) -> str:
    """The list of an entry that is named so, "treatment" of "treatment[3]"; else nothing."""
    found = _ENTRY.fullmatch(name)
    return found[1] if found else ""


_ENTRY = pattern(r"(\w+)\[\d+\]", re.ASCII)


def not_listed(names: Iterable[str], chart: Chart) -> Iterator[str]:
    """Each of these entries that its list has not, in a sentence."""
    for name in names:
        listed = chart.entries(of) if (of := list_of_entry(name)) else ()
        if of and all(name != each.record.place().name for each in listed):
            yield f"there is no {name}; {of} has {entries(len(listed))}, counted from 1."


def _has_input(name: str, chart: Chart) -> bool:
    """Does the profile state anything that the fact may follow from?"""
    return any(source in chart.profile.facts for source in chart.pack.closure([name]) - {name})


def _derived_fact(entry: FactEntry, chart: Chart) -> Derived:
    used, found, read = _derivation_used(entry, chart)
    how, validity, citation = _in_words(used, entry, chart)
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


_InputsRead = list[tuple[Place, Observation]]


def _derivation_used(
    entry: FactEntry, chart: Chart
) -> tuple[Derivation, Observation | Gap, _InputsRead]:
    """(the derivation that gives the fact, the derived value or why there is none, its inputs)."""
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
    """The stated values of the fact that are known, and dated on the date judged or before."""
    stated = chart.profile.facts.get(name, ())
    usable = [item for item in stated if item.date is None or item.date.earliest <= chart.on]
    return [item for item in usable if item.value is not None or item.text == "indeterminate"]


def _read_by(rule: Rule, chart: Chart) -> Iterator[tuple[Place, Observation]]:
    """The data that decided the rule."""
    for read in deciding_evidence(evaluate(rule, chart)):
        yield read.place, Observation(None, read.value, read.date)


def _is_exact(found: Observation) -> bool:
    if isinstance(found.value, Span):
        return found.value.start.is_exact and found.value.end.is_exact
    return found.value.is_exact if isinstance(found.value, Interval) else True


def _input(place: Place, item: Observation, chart: Chart) -> Input:
    return Input(
        fact=place.name, label=label_of(place, chart), value=item.text, date=str(item.date or "")
    )


def _in_words(derivation: Derivation, entry: FactEntry, chart: Chart) -> tuple[str, str, str]:
    """(formula in words, where it holds, citation)."""
    match derivation:
        case Formula(name, inputs):
            formula = FACT_FORMULAS[name]
            labels = {argument: label_of(fact_place(fact), chart) for argument, fact in inputs}
            said = formula.says.format_map(labels) if formula.says else formula.words
            return said, formula.domain, formula.citation
        case Score(domains, window):
            within = f", of the {window} before the visit" if window else ""
            if all(len(domain) == 1 for domain in domains):
                return f"The weights of {len(domains)} items{within}, added up.", "", ""
            return f"The highest item of each of {len(domains)} domains{within}, added up.", "", ""
        case Count(word, of, window):
            within = f", of the {window} before the visit" if window else ""
            return f"How many of {len(of)} are {word}{within}.", "", ""
        case Stated(fact):
            return f"As stated for {label_of(fact_place(fact), chart)}.", "", ""
        case Ruled():
            ruled = [item for item in entry.derive if isinstance(item, Ruled)]
            number = next(n for n, item in enumerate(ruled) if item is derivation)
            rule = chart.pack.derived_rules[entry.name][number]
            return f"{_in_one_line(describe(rule, chart.vocabulary))}.", "", ""


def _in_one_line(lines: list[str]) -> str:
    """The lines of a rule in English as one line; what was indented stands in brackets."""
    said = lines[0]
    for before, line in pairwise(lines):
        step = _depth(line) - _depth(before)
        said = f"{said.removesuffix(':')} (" if step > 0 else f"{said}{')' * -step}; "
        said += line.strip()
    return said + ")" * _depth(lines[-1])


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip())) // 2


def _derived_of_entry(entry: Entry) -> Iterator[Derived]:
    """The derived fields of one entry (length, dose as prednisone), and its washout."""
    drug = entry.drug
    equivalent = drug.prednisone_equivalent if drug else None
    for field in entry.declared.fields.values():
        made_of = entry.declared.made_of.get(field.name, ())
        is_dose = entry.declared.is_of_one_drug(field.name)
        if not field.derive or (is_dose and entry.record.fields.keys().isdisjoint(made_of)):
            continue
        tried = [*entry.followed(field)]
        given = (by for by, found in tried if isinstance(found, Observation))
        formula = next(given, tried[0][0])
        found = entry.as_given(field.name, field, entry.derived(field))
        found = entry.conflict(field.name) or found
        if not formula.of_steroid:
            read = _dates_read(entry, formula)
            yield _derived_field(entry, field.name, field.label, found, formula.says, read=read)
        elif drug is not None and equivalent is not None:
            ends = " to ".join(dict.fromkeys(decimal(end) for end in equivalent))
            how = formula.says.format(equivalent=ends)
            source = drug.prednisone_equivalent_source
            yield _derived_field(entry, field.name, field.label, found, how, source)
    yield from _washout(entry)


def _dates_read(entry: Entry, formula: FieldFormula) -> list[Input]:
    """The dates of the entry from which the formula starts."""
    found = [
        _input(entry.course.place(role), item, entry.chart)
        for role in formula.dates
        if isinstance(item := entry.course.stated(role), Observation)
    ]
    return found[:1] if formula.first_date_only else found


def _derived_field(
    entry: Entry,
    name: str,
    label: str,
    found: Observation | Gap,
    how: str,
    citation: str = "",
    read: Iterable[Input] = (),
) -> Derived:
    """One derived field of an entry; `read` are inputs that `found` does not name itself."""
    drug = entry.record.fields.get(entry.course.field("drug"))
    of = f" ({drug.text if drug else 'drug not recorded'})" if "drug" in entry.course.roles else ""
    stated = entry.record.fields.get(name)
    is_stated = stated is not None and (stated.value is not None or entry.conflict(name))
    missing = () if isinstance(found, Observation) and _is_exact(found) else found.missing
    return Derived(
        fact=entry.record.place(name).name,
        label=f"{entry.list_name.replace('_', ' ')} {entry.record.number}{of}: "
        f"{label[0].lower()}{label[1:]}",
        value=found.text if isinstance(found, Observation) else "",
        date="",
        how=how,
        validity="",
        citation=citation,
        inputs=[*read, *_inputs_of(entry, found)],
        stated=stated.text if stated is not None and is_stated else "",
        lacks=[label_of(each, entry.chart) for each in missing],
        note=(found.note or REASONS[found.reason]) if isinstance(found, Gap) else "",
    )


def _inputs_of(entry: Entry, found: Observation | Gap) -> Iterator[Input]:
    """The fields of the entry, and the facts, that were read."""
    for fact, item in found.inputs if isinstance(found, Observation) else ():
        place = fact_place(fact) if "." in fact else entry.record.place(fact)
        yield _input(place, item, entry.chart)


def _washout(entry: Entry) -> Iterator[Derived]:
    """The first day after five half-lives: by the shortest and by the longest published."""
    stated, field = entry.course.stated("half_life"), entry.course.field("last")
    known = entry.drug.half_life if entry.drug else None
    half_life = entry.half_life()
    if isinstance(half_life, Gap) or half_life.high is None:
        return
    shortest, longest = half_life.low or Fraction(0), half_life.high
    if isinstance(stated, Observation):
        said, citation = stated.text, "the chart"
    else:
        assert known is not None
        said, citation = str(known), known.source
    label = f"first day after five half-lives ({said})"
    how = "The last dose, and five half-lives in full days: of the shortest, and of the longest."
    last = courses.last_dose(entry.course)
    if not isinstance(last, PartialDate):
        gap = (
            last
            if isinstance(last, Gap)
            else Gap("not_recorded", (entry.course.place("last"),), "it goes on")
        )
        yield _derived_field(entry, "washout", label, gap, how, citation)
        return
    days = [ceil(HALF_LIVES * length) + 1 for length in (shortest, longest)]
    first, final = shift(last.earliest, days[0], "days"), shift(last.latest, days[1], "days")
    text = str(first) if first == final else f"{first} to {final}"
    found = Observation(PartialDate(first, final), text, inputs=((field, _as_observation(last)),))
    yield _derived_field(entry, "washout", label, found, how, citation)


def _as_observation(day: PartialDate) -> Observation:
    return Observation(day, str(day))
