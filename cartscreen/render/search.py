"""What `facts` finds by words: facts, lists and drugs whose names and labels hold them."""

from collections.abc import Iterable, Iterator

from cartscreen.codes import Codes
from cartscreen.render.draw import Pairs
from cartscreen.render.paper import RenderableType, Text
from cartscreen.text import visible
from cartscreen.vocabulary import Drug, FactEntry, RecordEntry, Vocabulary

_LEAST = 2  # letters of a word to look for: one stands in nearly every label


def found(vocabulary: Vocabulary, codes: Codes, text: str) -> list[tuple[str, str]]:
    """(name, label) of all whose names, label or choices hold every word of the text.

    Where none does, those whose question does.
    """
    words = text.casefold().split()
    if any(len(word) < _LEAST for word in words):
        return []
    for texts in (_names, _questions):
        hits = [
            (entry.name, entry.label)
            for entry in _entries(vocabulary)
            if all(word in " ".join(texts(entry, codes)).casefold() for word in words)
        ]
        if hits:
            return hits
    return []


def _entries(vocabulary: Vocabulary) -> Iterator[FactEntry | RecordEntry | Drug]:
    yield from vocabulary.facts.values()
    yield from vocabulary.records.values()
    yield from vocabulary.drugs.values()


def _names(entry: FactEntry | RecordEntry | Drug, codes: Codes) -> Iterator[str]:
    yield from (entry.name, entry.label)
    match entry:
        case FactEntry():
            yield from (*entry.choices, *entry.also)
            yield from (code for code, _ in codes.codes_of(entry.name))
        case RecordEntry():
            yield from (field.label for field in entry.fields.values())
        case Drug():
            yield from (name for name, _ in entry.all_names)
            yield from (*entry.classes, *entry.atc)


def _questions(entry: FactEntry | RecordEntry | Drug, _: Codes) -> Iterator[str]:
    if not isinstance(entry, Drug):
        yield entry.question


def lines(text: str, hits: Iterable[tuple[str, str]]) -> Iterable[RenderableType]:
    """The hits, and how to see more of one."""
    yield Text(visible(f"Nothing is named {text!r}. These have it in what they are called:"))
    yield Pairs(((name, visible(label)) for name, label in hits), indent=2)
    yield Text("`cartscreen facts NAME` shows one.")
