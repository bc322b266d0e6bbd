"""One patient, as the program has it: facts, lists, what was reviewed, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cartscreen.dates import PartialDate
from cartscreen.observation import Observation, Record

WITHDRAWN = ("entered-in-error", "cancelled")
STATUSES = ("final", "preliminary", *WITHDRAWN)
"""What a result may be; one that is withdrawn is left out, and the report says so."""


@dataclass(frozen=True)
class Profile:
    """One patient: pseudonym, facts, records, lists that were reviewed, answers by trial."""

    patient: str
    facts: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    reviewed: Mapping[str, PartialDate] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, bool | str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def screening(self) -> PartialDate | None:
        """The screening date, if the profile states one."""
        return self._date("dates.screening")

    @property
    def birth(self) -> PartialDate | None:
        """The date of birth, if the profile states one."""
        return self._date("person.birth_date")

    @property
    def died(self) -> PartialDate | None:
        """The date of death, if the profile states one."""
        return self._date("person.died")

    def _date(self, fact: str) -> PartialDate | None:
        stated = self.facts.get(fact)
        value = stated[0].value if stated else None
        return value if isinstance(value, PartialDate) else None
