"""The mark and the colour of each status, answer and verdict.

A colour never stands alone: beside it there is always the mark, or the word itself.
"""

from collections.abc import Iterable

from cartscreen.render.paper import Text
from cartscreen.render.text import MARKS
from cartscreen.text import visible

STYLES = {
    "matched": "green",
    "failed": "red",
    "unknown": "yellow",
    "yes": "green",
    "no": "red",
    "eligible": "bold green",
    "ineligible": "bold red",
    "undetermined": "bold yellow",
}
"""By the names that a report uses; of an answer, "yes" is what is asked for."""


Part = str | tuple[str, str]
"""Words, plain or with their style."""


def plain(parts: Iterable[Part]) -> str:
    """The words of the parts alone."""
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def painted(*parts: Part) -> Text:
    """One text of parts, each plain or (words, style); invisible letters are made visible."""
    pairs = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((visible(words), style) for words, style in pairs))


def mark(name: str) -> tuple[str, str]:
    """The mark of a status or an answer, with its style: ("+", "green") for matched."""
    return MARKS[name], STYLES[name]


def word(name: str, shown: str = "") -> tuple[str, str]:
    """The name, or what is shown for it, with its style; a name that has none stays plain."""
    return shown or name, STYLES.get(name, "")
