"""Ledgers of a study for tests, from a word for each cohort: "1NNN 2NTP 2+N"."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import tomli_w

from cartscreen.escalation.contract import Escalation
from cartscreen.escalation.judge import escalation
from cartscreen.escalation.ledger import Ledger, parse_ledger, what_if
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial

FIRST = date(2026, 1, 5)
AS_OF = date(2026, 12, 1)
LETTERS: dict[str, dict[str, Any]] = {
    "N": {"dlt": False},
    "T": {"dlt": True},
    "P": {"dlt": "pending"},
    "X": {"evaluable": False, "why": "died on day 2 of another cause"},
}
TRIAL = bundled_pack().select(["rd06-04-sle"])[0]


def rows_of(words: str, trial: Trial = TRIAL) -> list[dict[str, Any]]:
    """A row for each letter: N no DLT, T a DLT, P pending, X not evaluable; "2+" is an expansion.

    The patients of a word are infused on one day, and their DLTs occur on the next; the next word
    is two days later. The first patient at the second level is named 2.1.
    """
    rows = []
    seen: Counter[str] = Counter()
    for number, word in enumerate(words.split()):
        day = FIRST + timedelta(days=2 * number)
        name = word.rstrip("".join(LETTERS))
        for letter in word.removeprefix(name):
            seen[name] += 1
            row = {"patient": f"{name}.{seen[name]}", "infusion": day, **LETTERS[letter]}
            row["level"] = trial.doses.levels[int(name.rstrip("+")) - 1].id
            if "+" in name:
                row["expansion"] = True
            if letter == "T":
                row["occurred"] = day + timedelta(days=1)
            rows.append(row)
    return rows


def ledger_of(rows: list[dict[str, Any]], trial: Trial = TRIAL, **more: Any) -> Ledger:
    """The ledger of these patients, with other tables beside them."""
    content = tomli_w.dumps({"schema": 1, "patient": rows, **more})
    return parse_ledger(content.encode(), trial, "ledger.toml")


def judged(
    patients: str | list[dict[str, Any]],
    trial: Trial = TRIAL,
    as_of: date = AS_OF,
    suppose: tuple[str, ...] = (),
    **more: Any,
) -> Escalation:
    """The report on these patients, words or rows."""
    rows = rows_of(patients, trial) if isinstance(patients, str) else patients
    return escalation(
        trial,
        ledger_of(rows, trial, **more),
        bundled_pack(),
        file="ledger.toml",
        as_of=as_of,
        as_of_from="option",
        supposed=[*what_if(suppose, trial.doses, as_of)],
        what_if=suppose,
    )
