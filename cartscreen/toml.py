"""What tomllib could not read in bounded time and memory, found before it sees the text."""

import re
from typing import Any

_MOST_PARTS = 10
_MOST_DIGITS = 600

# tomllib takes seconds and hundreds of megabytes for a name of ten thousand parts or a number of a
# million digits, and raises a plain ValueError for one of 4301. Text and comments are passed over;
# where they do not end, tomllib says so later.
_ODD = {
    "deep": f"a name of more than {_MOST_PARTS} parts; three are enough",
    "long": f"a number of more than {_MOST_DIGITS} digits",
}
_LEXEME = re.compile(
    r"""
    (?P<deep> (?<![\w-])
        (?: (?> [\w-]++ | "(?:[^"\\\n]|\\.)*+" | '[^'\n]*+' ) [ \t]*+ \. [ \t]*+ ){PARTS} )
    | (?P<long> (?<![\w.]) \d [\w.]{DIGITS} )
    | \"{3} (?: [^"\\] | \\[\s\S] | "{1,2}(?!") )*+ (?: \"{3} | \Z )
    | '{3} (?: [^'] | '{1,2}(?!') )*+ (?: '{3} | \Z )
    | " (?: [^"\\\n] | \\. )*+ (?: " | $ | \\ )
    | ' [^'\n]*+
    | \# [^\n]*+
    """.replace("PARTS", str(_MOST_PARTS)).replace("DIGITS", str(_MOST_DIGITS)),
    re.ASCII | re.MULTILINE | re.VERBOSE,
)


def oddity(text: str) -> tuple[int, str] | None:
    """(where it begins, what it is): a name or number that no file here needs; None without."""
    odd = next((found for found in _LEXEME.finditer(text) if found.lastgroup), None)
    return (odd.start(), _ODD[odd.lastgroup or ""]) if odd else None


def signs(text: str) -> int:
    """How many lines and values the text can have at most; each takes tomllib its time."""
    return sum(map(text.count, "\n=,[."))


def is_deep(data: dict[str, Any], most: int) -> bool:
    """Do lists or tables lie within one another more than so many times?"""
    level: list[Any] = [data]
    for _ in range(most):
        inside = (item.values() if isinstance(item, dict) else item for item in level)
        level = [each for items in inside for each in items if isinstance(each, dict | list)]
    return bool(level)
