"""One patient, as the program has it: facts, lists, what was reviewed, answers."""

from collections.abc import Mapping

from cartscreen.dates import PartialDate
from cartscreen.frozen import EMPTY, frozen, slotted
from cartscreen.hashing import sha256
from cartscreen.observation import Observation, Record

WITHDRAWN = ("entered-in-error", "cancelled")
STATUSES = ("final", "preliminary", *WITHDRAWN)
"""What a result may be; one that is withdrawn is left out, and the report says so."""

LONGEST_PSEUDONYM = 40

MARK = "[0-9a-f]{6}"
"""What `question_mark` gives, as a pattern."""


@slotted
class Given:
    """What a person has answered: true or false to a question, or the label of a reading.

    question  to what wording of the question, as `question_mark` gives it; empty if not stated
    by, date  who answered, and when, if stated
    """

    said: bool | str
    question: str = ""
    by: str = ""
    date: PartialDate | None = None


@frozen
class Remarks:
    """What a review says beside its date: on what it rests, a remark, and who made it."""

    source: str = ""
    note: str = ""
    by: str = ""


NO_REMARKS = Remarks()


def question_mark(text: str) -> str:
    """Six letters and digits that tell a question from another, however its lines are broken.

    An answer that carries them belongs to this wording, and to none that the question may get.
    """
    return sha256(" ".join(text.split()).encode()).hexdigest()[:6]


@frozen
class Profile:
    """One patient: pseudonym, facts, records, lists that were reviewed, answers by trial.

    reviews   what the review of a list says beside its date, where it says more
    """

    patient: str
    facts: Mapping[str, tuple[Observation, ...]] = EMPTY
    records: Mapping[str, tuple[Record, ...]] = EMPTY
    reviewed: Mapping[str, PartialDate] = EMPTY
    answers: Mapping[str, Mapping[str, Given]] = EMPTY
    reviews: Mapping[str, Remarks] = EMPTY
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


BLANK = Profile("")
"""The profile of a patient of whom nothing is known."""
