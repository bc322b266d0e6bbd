"""What is typed in one line, taken apart: a result with its limits of normal and its date.

    18 U/L (0-40) 2026-10-09     value, lower and upper limit, date
    negative 2026-10-09          no limit
    22 (ULN 35)                  the upper limit alone; the unit is the one that was asked for

The value stays text: whoever reads profiles says whether it is one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cartscreen.errors import Problem
from cartscreen.text import shown

DAY = r"\d{4}-\d{2}(?:-\d{2})?"
"""A day or a month, as a profile writes it."""

_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = r"(?:\s*(?P<unit>[^\s\d(),-][^(),]*?))?"
_LIMITS = (
    re.compile(rf"(?P<lower>{_NUMBER})\s*[-\u2013~]\s*(?P<upper>{_NUMBER}){_UNIT}"),
    re.compile(rf"(?:ULN|<=?|\u2264)\s*(?P<upper>{_NUMBER}){_UNIT}", re.IGNORECASE),
    re.compile(rf"(?:LLN|>=?|\u2265)\s*(?P<lower>{_NUMBER}){_UNIT}", re.IGNORECASE),
    re.compile(rf"limit\s*(?P<limit>{_NUMBER}){_UNIT}", re.IGNORECASE),
)
_LINE = re.compile(
    rf"(?P<value>.*?\S)(?:\s+\((?P<limits>[^()]*)\))?(?:\s+(?P<date>{DAY}|today))?", re.IGNORECASE
)


@dataclass(frozen=True)
class ResultLine:
    """A line that says a result.

    limits  upper, lower, or limit (of detection) -> its number, and its unit where one is written
    date    as typed; empty where none is
    """

    value: str
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    date: str = ""


def parse_result(text: str) -> ResultLine:
    """Result: VALUE [ "(" LIMITS ")" ] [ DATE ].

    LIMITS is "0-40", "<= 40" or "ULN 40", ">= 7" or "LLN 7", "limit 20" (of detection); their unit
    may follow, and is else that of the value. Raises Problem for other words in brackets.
    """
    found = _LINE.fullmatch(text)
    if found is None:
        return ResultLine(text)
    limits: dict[str, tuple[str, str]] = {}
    if found["limits"] is not None:
        limits = _limits(found["limits"].strip())
    return ResultLine(found["value"], limits, found["date"] or "")


def _limits(text: str) -> dict[str, tuple[str, str]]:
    for form in _LIMITS:
        if found := form.fullmatch(text):
            unit = found["unit"] or ""
            said = found.groupdict().items()
            return {key: (number, unit) for key, number in said if key != "unit"}
    raise Problem(
        f"{shown(f'({text})')} is not a normal range; write (0-40), (ULN 40), (LLN 7), or "
        "(limit 20) for a limit of detection."
    )
