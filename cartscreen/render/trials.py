"""The list of trials."""

from collections.abc import Iterable
from typing import Any

from cartscreen.pack.files import Head
from cartscreen.render.draw import Pairs
from cartscreen.render.paper import Padding, RenderableType, Text
from cartscreen.text import visible

COLUMNS = (
    "id", "registry", "product", "targets", "phase", "status", "ages", "enrollment", "dose_levels",
    "sponsor", "city", "criteria", "outcomes", "gaps", "title",
)  # fmt: skip


def trial_row(head: Head) -> dict[str, Any]:
    """What list-trials says of one trial; empty where the page does not state it."""
    about = head.about
    return {
        "id": about.id,
        "registry": about.registry,
        "product": about.product,
        "targets": ", ".join(about.targets),
        "phase": about.phase,
        "status": about.status,
        "ages": about.ages,
        "enrollment": about.enrollment,
        "dose_levels": str(head.levels or ""),
        "sponsor": about.sponsor,
        "city": about.city,
        "criteria": head.criteria,
        "outcomes": ", ".join(head.outcomes),
        "gaps": len(about.gaps),
        "title": about.title or about.name,
    }


def trial_list(rows: Iterable[dict[str, Any]]) -> Iterable[RenderableType]:
    """The trials, a paragraph each: it fits any width."""
    for row in rows:
        yield Text(
            visible(f"{row['id']}  {row['registry'] or '(registry number not known)'}"), "bold"
        )
        yield Padding(Text(visible(row["title"])), (0, 0, 0, 2))
        told = (
            (name.replace("_", " "), visible(str(row[name] or "not stated")))
            for name in COLUMNS[2:-1]
        )
        yield Pairs(told, indent=2)
        yield Text()
