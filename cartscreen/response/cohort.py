"""The files of many patients, put together by patient."""

from collections.abc import Iterable
from contextlib import suppress

import tomli

from cartscreen.errors import InputError
from cartscreen.profile.model import Profile
from cartscreen.response.visits import day_of

Files = list[tuple[str, Profile]]
"""The profiles of one patient, each with the name of its file."""


def by_patient(files: Iterable[tuple[str, Profile]]) -> list[Files]:
    """The files of a folder by pseudonym, each patient's in the order of their dates.

    Where a file does not say of which day it is, they stay in the order given: it is refused when
    they are judged.
    """
    found: dict[str, Files] = {}
    for name, profile in files:
        found.setdefault(profile.patient, []).append((name, profile))
    for same in found.values():
        with suppress(InputError):
            same.sort(key=lambda item: day_of(*item))
    return list(found.values())


def check_apart(rows: Iterable[tuple[int, Files]], where: str) -> None:
    """No patient stands in two lines of a list, and would count twice. Raises InputError."""
    lines: dict[str, int] = {}
    for number, files in rows:
        patient = files[0][1].patient
        first = lines.setdefault(patient, number)
        if first != number:
            raise InputError(
                f"{where}: lines {first} and {number} are of one pseudonym, which would count "
                "twice; write a patient's files in one line."
            )


def pseudonym_of(content: bytes) -> str:
    """The pseudonym in a profile that cannot be read as a whole; empty where it says none."""
    try:
        data = tomli.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return ""
    return str(data.get("patient", ""))
