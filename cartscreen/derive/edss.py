"""Confirmed progression of the EDSS."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from cartscreen.dates import shift

CONFIRMED_MONTHS = 6
RISE_FROM_0 = Fraction(3, 2)
RISE_FROM_1 = Fraction(1)


def is_progression(results: Sequence[tuple[date, Fraction]]) -> bool | None:
    """Has the EDSS risen from its first result, and stayed so for at least 6 months?

    The rise is at least 1.5 from a first result of 0, and at least 1.0 from one of 1.0 or more. It
    is confirmed by a result 6 months later or more; every result in between is that high, too.
    False where no rise is confirmed, and the newest of several results is not that high: then none
    goes on. None where that is not known: a rise that no result confirms yet, fewer than two
    results, or a first result for which the page sets no rise.

    Units: EDSS points (0 to 10), one result a day, in order of time.
    Source: inclusion 3.6 (2)(c) of auto-cd19-bcma-aid; EDSS: Kurtzke. Neurology 1983;33:1444-52.
    """
    if len(results) < 2:
        return None
    baseline = results[0][1]
    if baseline == 0:
        needed = RISE_FROM_0
    elif baseline >= 1:
        needed = baseline + RISE_FROM_1
    else:
        return None
    since: date | None = None
    for day, points in results[1:]:
        if points < needed:
            since = None
        elif since is None:
            since = day
        elif day >= shift(since, CONFIRMED_MONTHS, "months"):
            return True
    return None if since else False
