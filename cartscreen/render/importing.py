"""What became of the resources that an import read, as text for the terminal."""

from collections.abc import Iterator

from cartscreen.importing.tally import Tally

_MOST_NAMES = 30
_PLURAL = {
    "Condition": "diagnoses",
    "Procedure": "procedures",
    "MedicationRequest": "drugs ordered",
    "MedicationStatement": "drugs stated",
    "MedicationAdministration": "drugs given",
    "condition_occurrence": "diagnoses",
    "observation": "diagnoses among observations",
    "procedure_occurrence": "procedures",
    "drug_exposure": "drugs",
    "Entry": "drugs of lists",
}


def lines(tally: Tally, *, everything: bool = False) -> Iterator[str]:
    """The counts, then what is ambiguous and what maps to nothing, each by name.

    everything: of the names, all, and not the most frequent alone.
    """
    most = None if everything else _MOST_NAMES
    used, ambiguous, unused = (tally.of(kind) for kind in ("used", "ambiguous", "not used"))
    yield (
        f"Read {tally.resources} {tally.noun} of {tally.patients} "
        f"patient{'s' * (tally.patients != 1)}: {used} used, {ambiguous} ambiguous, "
        f"{unused} not used."
    )
    for kind in ("used", "not used"):
        yield f"{kind.capitalize()}:"
        for (type_, reason), count in tally.by_reason(kind).items():
            yield f"  {count:>6}  {type_}: {reason}"
    listed = list(tally.ambiguous())
    if listed:
        yield "Ambiguous, and not written; somebody should look:"
    for type_, fate, row in listed[:most]:
        places = ", ".join(row.sources[:3])
        more = f" and {row.count - 3} more" if row.count > 3 else ""
        name = f" {fate.name}" if fate.name else ""
        yield f"  {row.count:>6}  {type_}{name}: {fate.reason} ({places}{more})"
    yield from _left(len(listed), most)
    for type_, names in tally.unmapped().items():
        yield f"Mapped to nothing of ours, {_PLURAL.get(type_, type_)}:"
        for (name, code), count in list(names.items())[:most]:
            yield f"  {count:>6}  {name}{f' ({code})' if code else ''}"
        yield from _left(len(names), most)
    for note, count in sorted(tally.notes.items()):
        yield f"{note}{f' ({count} patients)' if count > 1 else ''}"


def _left(there: int, most: int | None) -> Iterator[str]:
    if most is not None and there > most:
        yield f"          and {there - most} more; --report FILE has all of them"
