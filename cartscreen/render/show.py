"""The pack for a person: what `show` prints of a trial, and `facts` of the vocabulary."""

import json
from collections.abc import Iterable
from typing import Any

from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Criterion, Gate, Outcome, Trial
from cartscreen.render.colour import STYLES, Part
from cartscreen.render.draw import Indented, Pairs, item
from cartscreen.render.escalation import levels_part
from cartscreen.render.paper import RenderableType, Text
from cartscreen.rule.english import describe
from cartscreen.rule.tree import names_read
from cartscreen.speaks import Length
from cartscreen.text import visible
from cartscreen.units import decimal
from cartscreen.vocabulary import (
    Count,
    Drug,
    FactEntry,
    Formula,
    RecordEntry,
    Ruled,
    Score,
    Stated,
    Vocabulary,
)


def trial_page(trial: Trial, vocabulary: Vocabulary) -> Iterable[RenderableType]:
    """One trial: what the page says of it, its gaps, and every criterion with our reading."""
    about = trial.about
    yield Text(visible(f"{about.id}: {about.name}"), "bold")
    said = {key: v for key, v in about if key not in ("id", "name", "gaps")}
    told = {key: "; ".join(v) if isinstance(v, list) else str(v) for key, v in said.items()}
    yield Pairs((key.replace("_", " "), visible(v or "not stated")) for key, v in told.items())
    yield Text()
    yield Text(f"What the page lacks or contradicts ({len(about.gaps)})", "bold")
    for gap in about.gaps:
        yield item(Text("-", STYLES["unknown"]), visible(gap))
    yield Text()
    yield Text("Dose levels", "bold")
    yield from levels_part(trial)
    if trial.doses.rules:
        yield Text(f"`cartscreen show {trial.id} --doses` prints the clauses and what follows.")
    for kind in ("inclusion", "exclusion"):
        yield Text()
        yield Text(f"{kind.capitalize()} criteria", "bold")
        for criterion in trial.criteria:
            if criterion.kind == kind:
                yield from _criterion(criterion, vocabulary)
    for outcome in trial.outcomes:
        yield from _outcome(outcome, vocabulary)


def _outcome(outcome: Outcome, vocabulary: Vocabulary) -> Iterable[RenderableType]:
    """What makes a response, each component with our reading."""
    yield Text()
    yield Text(visible(f"Outcome {outcome.id}: {outcome.title}"), "bold")
    told = [("source", outcome.source)]
    told += [("judged", f"{outcome.visit} after the infusion")] if outcome.visit else []
    told += [("published as", outcome.published)] if outcome.published else []
    yield Pairs((name, visible(text)) for name, text in told)
    for note in outcome.notes:
        yield item("-", visible(note))
    for component in outcome.components:
        yield from _criterion(component, vocabulary)


def published_page(published: Trial, vocabulary: Vocabulary) -> Iterable[RenderableType]:
    """The published definitions of response."""
    yield Text(visible(published.about.name), "bold")
    for outcome in published.outcomes:
        yield from _outcome(outcome, vocabulary)


def _criterion(criterion: Criterion, vocabulary: Vocabulary) -> Iterable[RenderableType]:
    depth = criterion.id.count(".")
    yield Text()
    yield Indented(
        item(Text(criterion.id, "bold"), Text(visible(criterion.title), "bold")), 2 * depth
    )
    lines: list[Part] = [f"source: {criterion.source}"]
    if not criterion.decisive:
        lines.append("failing alone, it does not rule a patient out")
    if criterion.gate:
        lines.append(f"needs: {_gate_in_words(criterion.gate)}")
    if criterion.applies:
        lines += [
            "applies only where this holds:",
            *_indented(describe(criterion.applies, vocabulary)),
        ]
    for choice in criterion.choices:
        if choice != criterion.id:
            lines.append((f"choice: {choice}", STYLES["unknown"]))
    for reading in criterion.readings:
        named = (f"reading '{reading.label}':", STYLES["unknown"])
        lines.append(named if reading.label else "rule:")
        lines += _indented(describe(reading.rule, vocabulary))
    if criterion.note:
        lines.append(f"note: {criterion.note}")
    for line in lines:
        words, style = (line, "") if isinstance(line, str) else line
        indent = len(words) - len(words.lstrip())
        yield Indented(Text(visible(words.lstrip()), style), 2 * depth + 4 + indent)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _gate_in_words(gate: Gate) -> str:
    parts = [part if isinstance(part, str) else f"({_gate_in_words(part)})" for part in gate.parts]
    if gate.k == len(parts):
        return " and ".join(parts)
    return " or ".join(parts) if gate.k == 1 else f"at least {gate.k} of {', '.join(parts)}"


def fact_list(vocabulary: Vocabulary) -> Iterable[RenderableType]:
    """Every fact, section by section, and every list with its fields."""
    for section, names in vocabulary.sections.items():
        yield Text(f"[{section}]", "bold")
        table = _grid()
        for name in names:
            entry = vocabulary.facts[f"{section}.{name}"]
            table.add_row(*_listed(entry, name))
        yield table
        yield Text()
    for record in vocabulary.records.values():
        yield Text(visible(f"[[{record.name}]]  {record.label}"), "bold")
        table = _grid()
        for field in record.fields.values():
            table.add_row(*_listed(field, field.name))
        yield table
        yield Text()


def _listed(entry: FactEntry, name: str) -> tuple[Text, Text, Text]:
    return (
        Text(name, "bold"),
        Text(visible(_how_written(entry))),
        Text(visible(entry.label)),
    )


def _grid() -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, show_header=False, show_edge=False, pad_edge=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    return table


def _how_written(entry: FactEntry) -> str:
    """How a profile writes a value of this fact."""
    match entry.kind:
        case "quantity":
            return "number" if entry.unit == "1" else f"number, {entry.unit}"
        case "finding":
            return " | ".join(entry.choices) if entry.choices else "true | false"
        case "date":
            return " | ".join(["date", *entry.words])
        case "duration":
            return 'derived, or "8 months"'
        case other:
            return other


def fact_page(name: str, pack: Pack) -> Iterable[RenderableType]:
    """One fact, section, list or drug. Raises KeyError for any other name."""
    vocabulary = pack.vocabulary
    if name in vocabulary.facts:
        return _fact(vocabulary.facts[name], pack)
    if name in vocabulary.records:
        return _record(vocabulary.records[name], pack)
    if drug := vocabulary.drug_named(name):
        return _drug(drug)
    if name in vocabulary.sections:
        facts = (vocabulary.facts[f"{name}.{fact}"] for fact in vocabulary.sections[name])
        return [part for entry in facts for part in (*_fact(entry, pack), Text())]
    raise KeyError(name)


def _lines(title: str, rows: Iterable[tuple[str, str]]) -> Iterable[RenderableType]:
    yield Text(visible(title), "bold")
    yield Pairs(((name, visible(value)) for name, value in rows if value), indent=2)


def _fact(entry: FactEntry, pack: Pack) -> Iterable[RenderableType]:
    rows = [
        ("what", entry.label),
        ("also called", ", ".join(entry.also)),
        ("ask", entry.question),
        ("write", _how_written(entry)),
        ("range", _range(entry)),
        ("molar mass", entry.molar_mass),
        ("LOINC", ", ".join(code for code, _ in pack.codes.codes_of(entry.name))),
        ("obtain by", entry.obtain),
        ("speaks", _speaks(entry)),
        ("source", entry.source),
        *(("derived", line) for derivation in entry.derive for line in _derivation(derivation)),
        *(("read by", f"{trial}: {ids}") for trial, ids in _criteria_that_read(entry.name, pack)),
    ]
    return _lines(entry.name, rows)


def _speaks(entry: FactEntry | RecordEntry) -> str:
    """How long a value, or the review of a list, says what is so, and why."""
    because = f": {entry.speaks_because}" if entry.speaks_because else ""
    return f"{entry.speaks}{because}"


def _range(entry: FactEntry) -> str:
    if entry.bounds is None:
        return ""
    plausible = entry.plausible
    usual = f", plausibly {plausible[0]} to {plausible[1]}" if plausible else ""
    return f"{entry.bounds[0]} to {entry.bounds[1]}{usual}"


def _derivation(derivation: object) -> Iterable[str]:
    match derivation:
        case Stated(fact):
            yield f"as stated for {fact}"
        case Ruled():
            yield f"by the rule {json.dumps(derivation.rule)}{_gives(derivation)}"
        case Score(domains, window=window):
            single = all(len(domain) == 1 for domain in domains)
            said = "the sum of" if single else "the sum of the highest of each domain"
            yield f"{said}{_before_visit(window)}:"
            for domain in domains:
                yield "; ".join(f"{item.fact} {decimal(item.weight)}" for item in domain)
        case Count(word, facts, window):
            yield f"how many are {word}{_before_visit(window)}: {', '.join(facts)}"
        case Formula(name, inputs):
            said = ", ".join(f"{argument} = {fact}" for argument, fact in inputs)
            yield f"{name.replace('_', ' ')} from {said}"
            if derivation.unless is not None:
                yield f"but not where {json.dumps(derivation.unless)} holds"


def _gives(ruled: Ruled) -> str:
    """Which values the answers to a rule give, where they are not plain yes and no."""
    if (ruled.yes, ruled.no) == (True, False):
        return ""
    given = (("yes", ruled.yes), ("no", ruled.no))
    said = [
        f"{answer} gives {'yes' if value is True else 'no' if value is False else value}"
        if value is not None
        else f"{answer} gives nothing"
        for answer, value in given
    ]
    return f" ({', '.join(said)})"


def _before_visit(window: Length | None) -> str:
    return f", of the {window} before the visit" if window else ""


def _criteria_that_read(name: str, pack: Pack) -> Iterable[tuple[str, str]]:
    """(trial, the ids of its criteria whose rules name this fact or list)."""
    for trial in (*pack.trials, *([pack.published] if pack.published else [])):
        ids = [
            criterion.id
            for criterion in trial.by_id.values()
            if any(name in names_read(reading.rule) for reading in criterion.readings)
            or (criterion.applies and name in names_read(criterion.applies))
        ]
        if ids:
            yield trial.id, ", ".join(ids)


def _record(record: RecordEntry, pack: Pack) -> Iterable[RenderableType]:
    rows = [
        ("what", record.label),
        ("ask", record.question),
        ("review", _speaks(record)),
        *(
            (f"{field.name}", f"{_how_written(field)}: {field.label}")
            for field in record.fields.values()
        ),
        *(("read by", f"{trial}: {ids}") for trial, ids in _criteria_that_read(record.name, pack)),
    ]
    return _lines(f"[[{record.name}]]", rows)


def _drug(drug: Drug) -> Iterable[RenderableType]:
    equivalent = drug.prednisone_equivalent
    each = " to ".join(dict.fromkeys(decimal(end) for end in equivalent)) if equivalent else ""
    rows = [
        ("class", ", ".join(drug.classes)),
        ("also called", ", ".join(drug.names)),
        *((f"{route} as", ", ".join(names)) for route, names in drug.routed_names.items()),
        ("usual route", drug.usual_route),
        ("local route too", ", ".join(drug.also_local)),
        ("ATC", ", ".join(drug.atc)),
        (
            "half-life",
            str(drug.half_life) if drug.half_life else "not known; give it in the profile",
        ),
        ("kind of figure", drug.half_life.kind if drug.half_life else ""),
        ("source", drug.half_life.source if drug.half_life else ""),
        ("given every", str(drug.interval) if drug.interval else ""),
        ("source", drug.interval.source if drug.interval else ""),
        ("1 mg equals", f"{each} mg of prednisone" if each else ""),
        ("source", drug.prednisone_equivalent_source),
        ("belongs in", f"[[{drug.list}]], which the rules read" if drug.list else ""),
        ("note", drug.note),
    ]
    return _lines(drug.name, rows)
