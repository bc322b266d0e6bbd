"""What `ask` begins a new profile with: the table [ask] of pack.toml."""

from collections.abc import Mapping
from typing import Any, Literal

from cartscreen.entries import only
from cartscreen.errors import CriteriaError
from cartscreen.frozen import frozen
from cartscreen.text import did_you_mean, shown
from cartscreen.vocabulary import Vocabulary

DISEASES: Literal["diseases"] = "diseases"
REVIEWED: Literal["reviewed"] = "reviewed"


@frozen
class First:
    """The first questions, which a new profile is begun with, in their order.

    order     facts and lists by name; "diseases" stands for the question which of them the person
              has, "reviewed" for the one which lists were read to the end of the chart
    diseases  of each the facts that say so: a person with it has the first, one without it none
    """

    order: tuple[str, ...] = ()
    diseases: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def parse(cls, data: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> "First":
        """From the table [ask]; none is no first question. Raises CriteriaError."""
        if not isinstance(data, dict):
            raise CriteriaError(f"{where}: ask is not a table.")
        only(data, ("first", DISEASES), f"{where}: ask")
        order, diseases = data.get("first", []), data.get(DISEASES, [])
        if not isinstance(order, list) or not isinstance(diseases, list):
            raise CriteriaError(f"{where}: ask: first and diseases are lists.")
        known = (*vocabulary.facts, *vocabulary.records, DISEASES, REVIEWED)
        for name in order:
            if name not in known:
                hint = did_you_mean(str(name), known)
                raise CriteriaError(f"{where}: ask: first: there is no {shown(name)}.{hint}")
        yes_or_no = [
            name
            for name, entry in vocabulary.facts.items()
            if entry.kind == "finding" and not entry.choices
        ]
        for facts in diseases:
            for name in facts if isinstance(facts, list) and facts else [facts]:
                if name not in yes_or_no:
                    raise CriteriaError(
                        f"{where}: ask: diseases: {shown(name)} is no fact that is yes or no."
                        f"{did_you_mean(str(name), yes_or_no)}"
                    )
        return cls(tuple(order), tuple(map(tuple, diseases)))


NO_FIRST = First()
