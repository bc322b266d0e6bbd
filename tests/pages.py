"""What tests of pages share: a page as a browser begins to read it, and hostile data."""

from functools import cached_property
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """What a page consists of, read as a browser would begin to read it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> in {self.open}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @cached_property
    def words(self) -> str:
        """The text outside the style."""
        return " ".join(" ".join(self.texts).split())

    def named(self, name: str) -> list[str]:
        """The values of the attributes of this name."""
        return [value for key, value in self.attributes if key == name]


HOSTILE = (
    "</td></p></style></title></svg><script>alert(1)</script>"
    '" onmouseover="alert(1)" \' onfocus=\'alert(2)'
    '<img src="{origin}/loaded.png" onerror=alert(3)><style>@import "{origin}/loaded.css";</style>'
    "<link rel=stylesheet href={origin}/loaded.css> &lt; &#60; {{{{ 7 * 7 }}}} {{% raw %}} ]]> --> "
    "\0\x1b[31m\r\n\u2028\u202e\u200b\ud800\ufeff"
)
FIXED = {
    "schema_", "verdict", "status", "kind", "answer", "reason", "screening_date",
    "screening_date_from", "readings", "only", "first", "last", "before", "after", "becomes",
    "until", "way", "passes_on", "about",
    "as_of_from", "weight", "basis",
}  # fmt: skip
"""Fields that hold a word of ours, or a date that we have written."""


def spoilt(value: Any, key: str = "", origin: str = "http://127.0.0.1:9") -> Any:
    """The same values, with something hostile after each text that is data."""
    match value:
        case dict():
            return {name: spoilt(inner, name, origin) for name, inner in value.items()}
        case list():
            return [spoilt(inner, key, origin) for inner in value]
        case str() if value and key not in FIXED:
            return value + HOSTILE.format(origin=origin)
    return value
