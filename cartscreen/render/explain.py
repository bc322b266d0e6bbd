"""Derived values for a person."""

from collections.abc import Iterable

from cartscreen.explain import Derived
from cartscreen.render.paper import Padding, RenderableType, Text
from cartscreen.text import visible


def lines(found: Iterable[Derived]) -> Iterable[RenderableType]:
    """Each derived value with how it follows; those that do not follow at the end."""
    listed = list(found)
    if not listed:
        yield Text("Nothing is derived from this profile.")
    for item in listed:
        if item.value:
            yield from _value(item)
    lacking = [item for item in listed if not item.value]
    if lacking:
        yield Text()
        yield Text("Not derived", style="bold")
    for item in lacking:
        needs = f"; needs {', '.join(item.lacks)}" if item.lacks else ""
        yield Text(visible(f"{item.fact}: {item.note}{needs}"))
        if item.stated:
            yield Padding(Text(visible(f"stated as {item.stated}")), (0, 0, 0, 2))


def _value(item: Derived) -> Iterable[RenderableType]:
    dated = f" ({item.date})" if item.date else ""
    yield Text(visible(f"{item.label}: {item.value}{dated}"), style="bold")
    inputs = ", ".join(
        f"{read.label} {read.value}{f' ({read.date})' if read.date else ''}" for read in item.inputs
    )
    for name, text in (
        ("fact", item.fact),
        ("how", item.how),
        ("from", inputs),
        ("holds", item.validity),
        ("source", item.citation),
        ("stated", f"{item.stated}; the stated value is used" if item.stated else ""),
        ("to be one number, needs", ", ".join(item.lacks)),
    ):
        if text:
            yield Padding(Text(visible(f"{name}: {text}")), (0, 0, 0, 2))
