"""Text for people: how errors show a value, suggest a name, and make invisible letters visible."""

import difflib
import unicodedata
from collections.abc import Iterable
from datetime import date, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from cartscreen.model import Model

_MOST_NAMES = 3000  # to find the nearest of so many names takes 0.05 s


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence " Did you mean 'sex'?", to be appended; empty where no known word is near.

    Suggestions only: no caller ever takes one without asking.
    """
    lowered = {name.casefold(): name for name in known}
    if same := lowered.get(word.casefold()):
        return f" Did you mean {same!r}?"
    if len(lowered) > _MOST_NAMES:
        return ""
    near = difflib.get_close_matches(word[:60].casefold(), lowered, n=2, cutoff=0.7)
    return f" Did you mean {' or '.join(repr(lowered[name]) for name in near)}?" if near else ""


def entries(number: int) -> str:
    """How many entries a list has: "no entries", "1 entry", "2 entries"."""
    return "1 entry" if number == 1 else f"{number or 'no'} entries"


def shown(value: object) -> str:
    """A value as an error may print it: as in TOML, at most 60 characters, none of them invisible.

    What stands in a table or a list is not shown: it may be about more than the fault.
    """
    match value:
        case str():
            return _quoted(value)
        case bool():
            return "true" if value else "false"
        case dict():
            return "a table"
        case list():
            return "a list"
        case date() | time():
            return value.isoformat()
    try:
        text = str(value)
    except ValueError:  # an integer of more than 4300 digits has no decimal text
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _quoted(text: str) -> str:
    short = text if len(text) <= 58 else f"{text[:55]}..."
    while len(repr(short)) > 60:  # escapes take room
        short = f"{short[:-4]}..."
    return repr(short)


_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = {  # letters and marks that print as nothing: with them, two pseudonyms could look alike
    *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
    *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
}


def visible(text: str) -> str:
    """The text with every control, bidirectional, zero-width and blank character as its escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        escape(letter) if letter in _BLANK or unicodedata.category(letter) in _INVISIBLE else letter
        for letter in text
    )


def escape(letter: str) -> str:
    """A letter as Python and TOML escape it."""
    return f"\\u{ord(letter):04x}" if letter <= "\uffff" else f"\\U{ord(letter):08x}"


def inside_sentence(label: str) -> str:
    """A label inside a sentence: "Serum creatinine" as "serum creatinine", "IgG" as it is."""
    first = label.split(" ")[0]
    return f"{label[0].lower()}{label[1:]}" if first[1:].islower() else label


def sentence(fault: "ValidationError", model: "type[Model]") -> str:
    """The first fault that pydantic found in a table, as a sentence; an unknown key with a hint."""
    return sentence_of(fault.errors(include_input=False, include_url=False)[0], model)


def sentence_of(fault: "ErrorDetails", model: "type[Model]", depth: int = 0) -> str:
    """One of the faults that pydantic found, as a sentence; an unknown key with a hint.

    depth: how many steps of the path to the fault are left out, since the caller has named them.
    """
    key = ".".join(str(part) for part in fault["loc"][depth:])
    if fault["type"] == "extra_forbidden":
        return f"there is no key {shown(key)}.{did_you_mean(key, model.model_fields)}"
    if fault["type"] == "missing":
        return f"the key {key!r} is missing."
    if fault["type"] == "string_pattern_mismatch":
        return f"{key} is not of its form: {model.model_fields[key].description}."
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}."
