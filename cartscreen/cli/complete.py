"""What the shell may complete: ids of trials, facts, drugs, statuses.

Completion must be quick and must never fail: whatever goes wrong, nothing is offered.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

Offer = tuple[str, str]
"""A word, and what it is."""

_STATUSES = ("failed", "unknown", "matched")


def offers(kind: str, criteria: object, begun: str) -> list[Offer]:
    """The words of this kind that begin with what has been typed, with what each is.

    criteria: the folder of --criteria, where the command line names one.
    """
    with suppress(Exception):
        folder = Path(str(criteria)) if criteria else None
        return [offer for offer in _every(kind, folder, begun) if offer[0].startswith(begun)]
    return []


def _every(kind: str, folder: Path | None, begun: str) -> Iterable[Offer]:
    match kind:
        case "trial":
            return _trials(folder, begun)
        case "status":
            before, comma, _ = begun.rpartition(",")
            rest = (status for status in _STATUSES if status not in before.split(","))
            return ((f"{before}{comma}{status}", "") for status in rest)
        case "readings":
            said = {"cautious": "all readings must agree", "preferred": "the first reading"}
            return said.items()
        case "command":
            from cartscreen.cli.manual import EXAMPLES

            return ((name, "") for name in EXAMPLES if name)
    return _names(kind, folder)


def _trials(folder: Path | None, begun: str) -> Iterator[Offer]:
    """The ids; registry numbers where one is being typed."""
    from cartscreen.pack.files import bundled_heads, files_in, heads

    for head in heads(files_in(folder), "") if folder else bundled_heads():
        yield head.about.id, head.about.name
        if begun and head.about.registry:
            yield head.about.registry, head.about.name


def _names(kind: str, folder: Path | None) -> Iterator[Offer]:
    """Facts; with sections, lists and drugs, or only those that are derived, or to be set."""
    from cartscreen.pack.pack import bundled_pack, load_pack

    vocabulary = (load_pack(folder) if folder else bundled_pack()).vocabulary
    for name, entry in vocabulary.facts.items():
        if kind == "set":
            yield f"{name}=", entry.label
        elif kind == "name" or entry.derive:
            yield name, entry.label
    if kind == "name":
        yield from ((record.name, record.label) for record in vocabulary.records.values())
        yield from ((section, "") for section in vocabulary.sections)
        yield from ((drug.name, "drug") for drug in vocabulary.drugs.values())
    if kind == "derived":
        from cartscreen.explain import explained_lists

        yield from ((name, "list") for name in explained_lists(vocabulary))
