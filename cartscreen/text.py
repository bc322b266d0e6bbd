"""Text for people: how errors show a value, suggest a name, and make invisible letters visible."""

import difflib
from collections.abc import Iterable
from datetime import date, time
from itertools import groupby
from typing import TYPE_CHECKING

from cartscreen.pattern import pattern

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
        return asked([same])
    if len(lowered) > _MOST_NAMES:
        return ""
    near = difflib.get_close_matches(word[:60].casefold(), lowered, n=2, cutoff=0.7)
    return asked(lowered[name] for name in near)


def asked(names: Iterable[str]) -> str:
    """The sentence " Did you mean 'sex' or 'age'?" of these names; empty where there is none."""
    listed = " or ".join(map(repr, names))
    return f" Did you mean {listed}?" if listed else ""


def either(words: Iterable[str]) -> str:
    """One or more words in a sentence: "a", "a or b", "a, b or c"."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def slip_of(word: str, known: Iterable[str]) -> str:
    """Likewise, where names that are near mean different things: tests, and the words for results.

    Only what a slip of the pen makes of a name is held for it: "platelet" and "paltelets" are
    "platelets". But "anti_hbs" is no "hbsag", "detected" no "not detected", "abnormal" no "normal":
    whoever follows such a hint has written something else.
    """
    return asked([name for name in known if is_slip(word, name)][:2])


def is_slip(word: str, name: str) -> bool:
    """May the word be this name, and hardly that of another thing? See `slip_of`."""
    ones, others = map(_words, (word, name))
    if len(ones) > len(others):
        ones = [one for one in ones if not any(_is_slip_of_word(one, each) for each in _GENERAL)]
    if "".join(ones) == "".join(others):
        return bool(ones)
    return len(ones) == len(others) and all(map(_is_slip_of_word, ones, others))


_GENERAL = ("count", "level", "result", "score", "status", "test", "value")
"""What people add to the name of a result: `platelet_count` is the platelets, and nothing else."""


def _words(name: str) -> list[str]:
    """The words of a name, in whatever order: "screening_date" is "dates.screening"."""
    seen = "".join(filter(str.isprintable, name[:60]))
    return sorted(_APART.sub(" ", seen.casefold()).split())


_APART = pattern(r"[\s_.-]+")


def _is_slip_of_word(one: str, other: str) -> bool:
    """A letter doubled, or one at the end left out or too many; two swapped; or some wrong, of so
    many that hardly another word is like it. The first letter and all figures are right.
    """
    if one == other or _single(one) == _single(other):
        return True
    if one[0] != other[0] or _FIGURES.findall(one) != _FIGURES.findall(other):
        return False
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= 3 and longer[:-1] == shorter:
        return True
    is_swapped = len(shorter) >= 4 and sorted(one) == sorted(other)
    is_long = len(shorter) >= 6 or len(shorter) == 5 != len(longer)
    most = 2 if len(shorter) >= 9 else 1 if is_long or is_swapped else 0
    return letters_apart(one, other, most=2) <= most


def _single(word: str) -> str:
    """The word with each doubled letter once."""
    return "".join(letter for letter, _ in groupby(word))


_FIGURES = pattern(r"\d")


def is_count(text: str, most: int) -> bool:
    """Is it a whole number above 0, in figures alone, and at most so much?"""
    return (
        text.isascii()
        and text.isdecimal()
        and text[0] != "0"
        and len(text) <= len(str(most))
        and int(text) <= most
    )


def has_figure(text: str) -> bool:
    """Is there a figure in it, as in every number?"""
    return any(map(str.isdecimal, text))


def letters_apart(one: str, other: str, *, most: int) -> int:
    """How many letters are to be added, left out, changed, or swapped with the next.

    More than `most` is not counted further: the answer is then most + 1.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i, *[most + 1] * len(other)]
        for j in range(max(1, i - most), min(len(other), i + most) + 1):  # farther is too far
            also = other[j - 1]
            apart = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != also))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == also:
                apart = min(apart, before[j - 2] + 1)
            row[j] = apart
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


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
    from unicodedata import category  # a megabyte, and of few texts

    return "".join(
        escape(letter) if letter in _BLANK or category(letter) in _INVISIBLE else letter
        for letter in text
    )


def compatible(text: str) -> str:
    """The text with one letter for all forms of it, full-width ones say (NFKC)."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFKC", text)


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
