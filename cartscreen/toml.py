"""Checks before a TOML file is read, and what is wrong with one that cannot be read."""

import re
from typing import Any

from cartscreen.pattern import pattern

_MOST_PARTS = 10
_MOST_DIGITS = 600

# Where tomli is not compiled, it takes seconds and hundreds of megabytes for a name of ten thousand
# parts or a number of a million digits; and it raises a plain ValueError for one of 4301. Quoted
# text and comments are skipped; where a quotation mark is not closed, tomli says so later.
_ODD = {
    "deep": f"a name of more than {_MOST_PARTS} parts; three are enough",
    "long": f"a number of more than {_MOST_DIGITS} digits",
}
_LEXEME = pattern(
    r"""
    (?P<deep> (?<![\w-])
        (?: (?> [\w-]++ | "(?>(?:[^"\\\n]|\\.)*)" | '[^'\n]*+' ) [ \t]*+ \. [ \t]*+ ){PARTS} )
    | (?P<long> (?<![\w.]) \d [\w.]{DIGITS} )
    | \"{3} (?> (?: [^"\\] | \\[\s\S] | "(?!"") )* ) (?: \"{3} | \Z )
    | '{3} (?> (?: [^'] | '(?!'') )* ) (?: '{3} | \Z )
    | " (?> (?: [^"\\\n] | \\. )* ) (?: " | $ | \\ )
    | ' [^'\n]*+
    | \# [^\n]*+
    """.replace("PARTS", str(_MOST_PARTS)).replace("DIGITS", str(_MOST_DIGITS)),
    re.ASCII | re.MULTILINE | re.VERBOSE,
)


def oddity(text: str) -> tuple[int, str] | None:
    """(position, description) of a name or number too long to be meant; None if there is none."""
    between = text.split(".")[1:-1]  # two points; a deep name has so many on one line
    has_many = bytes(_MOST_PARTS - 1) in bytes(["\n" in each for each in between])
    if not has_many and max(map(len, text.split("\n"))) <= _MOST_DIGITS:
        return None
    odd = next((found for found in _LEXEME.finditer(text) if found.lastgroup), None)
    return (odd.start(), _ODD[odd.lastgroup or ""]) if odd else None


def signs(text: str) -> int:
    """An upper bound for the lines and values in the text, and so for the time to read it."""
    return sum(map(text.count, "\n=,[."))


def is_deep(data: dict[str, Any], most: int) -> bool:
    """Do lists or tables lie within one another more than `most` levels deep?"""
    level: list[Any] = [data]
    for _ in range(most):
        inside = (item.values() if isinstance(item, dict) else item for item in level)
        level = [each for items in inside for each in items if isinstance(each, (dict, list))]
        if not level:
            return False
    return True


def place_in(text: str, position: int) -> str:
    """The line of a position in the text, with the name that the line gives a value to, if any."""
    return _place(text, text.count("\n", 0, position) + 1)


def _place(text: str, line: int) -> str:
    written = text.split("\n")[line - 1]
    name = re.match(r"\s*(?:\[\[?\s*([\w.-]{1,60})\s*\]|([\w.-]{1,60})\s*=)", written, re.A)
    return f"line {line} ({name[1] or name[2]})" if name else f"line {line}"


_QUOTES = "text, and a number with its unit, stand in quotes"

_TOML_FAULTS = (  # how a message of tomli begins, and what it means here
    ("Cannot overwrite a value", "this name is written twice; keep one"),
    ("Cannot declare", "this table is written twice; join the two"),
    ("Cannot mutate immutable", "this table is written twice; join the two"),
    ("Cannot redefine namespace", "this table is written twice; join the two"),
    ("Duplicate inline table key", "a name is written twice in { }; keep one"),
    ("Illegal character '\\n'", "text has no closing quotation mark"),
    ("Illegal character", "there is a control character"),
    ("Found invalid character", "there is a control character"),
    ("Invalid date", "a date is not in the calendar"),
    ("Unterminated string", "text has no closing quotation mark"),
    ("Unescaped", "text has a \\ that means nothing; write it twice"),
    ("Invalid hex value", "text has a \\u that means nothing"),
    ("Escaped character is not", "text has a \\u that means nothing"),
    ("Expected '=' after a key", "a name is not followed by `=` and a value"),
    ("Expected ']", "a `]` is missing"),
    ("Unclosed array", "a `]` or a comma is missing"),
    ("Unclosed inline table", "a `}` or a comma is missing"),
    ("Invalid initial character", "a name is missing or odd; what stands in { } is on one line"),
    ("Invalid value", f"a value is missing or cannot be read; {_QUOTES}"),
    ("Expected newline", f"something follows the value; {_QUOTES}"),
    ("Invalid statement", "expected a [section], a name = value, or a # comment"),
)


_SLIPS = (  # what a line holds, outside quotation marks and comments, and what it means here
    (r"=\s*[+-]?\d[\d.]*,\d",
     "a number has a comma; write a decimal point and no thousands separator, 1.5 or 1500"),
    ("[\u201c-\u201f\u2018-\u201b\u00ab\u00bb]",
     'a quotation mark is curly; write a straight one, "'),
    (r"\bYYYY\b",
     "YYYY-MM-DD is the template's placeholder; write the date, or take the line away"),
    (r"=\s*(?!\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b)"
     r"(?:\d{4}-\d{1,2}\b|\d{1,4}([-./])\d{1,2}\1\d{1,4}\b)",
     'a date is written 2025-03-01, or in quotes "2025-03" when the day is not known'),
    (r"=\s*(?!(?:true|false)\b)(?i:true|false|yes|no)\s*(?:[,}].*)?$",
     "yes and no are written true and false, in small letters and without quotes"),
    (r"=\s*(?:[,}].*)?$",
     f"a value is missing; write it, or take the line away; {_QUOTES}"),
)  # fmt: skip
_QUOTED_OR_COMMENT = pattern(r"""("(?>(?:[^"\\]|\\.)*)"|'[^']*+')|\#.*""")


def not_toml(fault: ValueError, text: str) -> str:
    """What tomli found wrong with the text, in our words: its own may quote patient data."""
    message = str(fault)
    at = re.search(r"\(at line (\d+), column \d+\)$", message)
    line = int(at[1]) if at else text.count("\n", 0, len(text.rstrip())) + 1
    said = next((ours for start, ours in _TOML_FAULTS if message.startswith(start)), "")
    bare = _QUOTED_OR_COMMENT.sub(
        lambda found: '""' if found[1] else "", text.split("\n")[line - 1]
    )
    said = next((ours for slip, ours in _SLIPS if re.search(slip, bare.rstrip())), said)
    return f"{_place(text, line)} is not TOML{': ' if said else ''}{said}."


def another_format(text: str) -> str:
    """What a text that is not TOML is instead, "JSON" say; empty where nothing tells."""
    if re.match(r"\s*(?:\{|\[\s*\{)", text):
        return "JSON"
    if re.match(r"\s*<[?!\w]", text):
        return "XML or HTML"
    first, *rest = [line for line in text[:10_000].split("\n") if line.strip()][:3] or [""]
    if re.search(r"[=#\[]", first):
        return ""
    is_table = any(all(mark in line for line in (first, *rest[:1])) for mark in ",;\t")
    return "a table (CSV)" if is_table else ""
