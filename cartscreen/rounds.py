"""In which order `ask` asks: one place to look in after another, what can rule out first.

An answer is found in a place: among the blood results, in the chart, with the person. The place
where facts may rule the patient out of the most trials comes first, of equal ones the place that
takes the least effort. A place is looked at to its end before the next. Within it, first comes what
alone may rule out of the most trials, then what the most trials wait for, and judgements and
promises last: a fact may make them needless.
"""

from collections.abc import Iterable, Mapping

from cartscreen.frozen import frozen

ENTRIES, PROTOCOL = "entries", "protocol"

PLACES: Mapping[str, str] = {
    "chart": "from the chart",
    "question": "by the person",
    "examination": "from the examination",
    "blood": "from the blood results",
    "urine": "from the urine results",
    "imaging": "from imaging",
    "investigator": "by the investigator",
    "biopsy": "from the biopsy report",
    ENTRIES: "from the chart, about the entries of lists",
    PROTOCOL: "from the protocol",
}
"""Where an answer is found, or who has it: what it takes to obtain a fact, and two places more. The
fields that entries lack come after all facts, and what the page of a trial leaves open comes last.
"""

FEW = 3
"""So many questions of one place are asked one after the other; of more, one question asks first
which of them can be answered there."""

MANY = 20
"""So many questions at most are shown together."""


@frozen
class Turn:
    """When a question has its turn.

    name       of the question
    place      where its answer is found, a word of PLACES
    put_off    the profile says that it is not known: it comes after all others
    of_person  it asks for a judgement or a promise, which may become needless by a fact
    rules_out  the trials of which its answer alone may rule the patient out
    """

    name: str
    place: str
    put_off: bool
    of_person: bool
    rules_out: frozenset[str]

    @property
    def round(self) -> tuple[bool, str]:
        """What is asked in one go: the questions of one place, those put off apart."""
        return self.put_off, self.place


def in_rounds(turns: Iterable[Turn], looked_at: Iterable[tuple[bool, str]]) -> list[Turn]:
    """The questions in their order; of equal ones, that which is given first.

    looked_at  the rounds that were begun, the latest last: this one is finished before any other,
               and what turns up later in the others waits for the places not yet looked at
    """
    listed = list(turns)
    begun = list(looked_at)
    ruled_out: dict[tuple[bool, str], set[str]] = {}
    for turn in listed:
        ruled_out.setdefault(turn.round, set()).update(() if turn.of_person else turn.rules_out)
    places, last = list(PLACES), (ENTRIES, PROTOCOL)

    def rank(turn: Turn) -> tuple[bool, bool, int, bool, int, int, bool, int]:
        return (
            turn.put_off,
            begun[-1:] != [turn.round],
            last.index(turn.place) + 1 if turn.place in last else 0,
            turn.round in begun,
            -len(ruled_out[turn.round]),
            places.index(turn.place),
            turn.of_person,
            -len(turn.rules_out),
        )

    return sorted(listed, key=rank)
