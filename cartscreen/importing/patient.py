"""All resources of one patient become a draft, and what became of each is counted."""

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date

from cartscreen.codes import Codes
from cartscreen.errors import InputError
from cartscreen.frozen import EMPTY, frozen
from cartscreen.importing.diagnoses import Diagnoses
from cartscreen.importing.draft import Draft, Read, is_later
from cartscreen.importing.drugs import Drugs, drugs_by_atc
from cartscreen.importing.elements import (
    Resource,
    day_of,
    kind_of,
    listed,
    source_of,
    table,
    text_of,
)
from cartscreen.importing.results import Lookup, Results, settled
from cartscreen.importing.tally import UNMAPPED, Fate, Tally
from cartscreen.pack.model import Pack

NOT_READ = "this type is not read"
_OTHER = {
    "FamilyMemberHistory": "of the family, and not of the patient",
    "DiagnosticReport": "its results are Observations, which are read",
    "Medication": "read where an order names it",
    "MedicationDispense": "the order is read, and not what was handed out",
}
DRUGS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
READ = (
    "Patient",
    "Observation",
    "Condition",
    "Procedure",
    "Immunization",
    "AllergyIntolerance",
    *DRUGS,
)
"""The types of which a patient's profile is made."""

HOLDS = {"problem-list": ("Condition",), "medications": DRUGS, "procedures": ("Procedure",)}
"""What a site may declare complete -> the types that hold it."""


@frozen
class How:
    """How charts are read.

    today   no result lies after it;  since   results before it are left out, where it is a date
    closed  what the site declares complete -> up to which day
    """

    today: date
    since: str = ""
    closed: Mapping[str, str] = EMPTY


def settled_alone(resource: Resource, codes: Codes) -> Fate | None:
    """What becomes of a resource that is not used, whatever else is known of the patient."""
    type_ = text_of(resource.get("resourceType"))
    if type_ not in READ:
        return Fate("not used", _OTHER.get(type_, NOT_READ))
    return settled(resource, codes) if type_ == "Observation" else None


class PatientReader:
    """Reads the charts of patients, one after another."""

    def __init__(self, pack: Pack, how: How, tally: Tally) -> None:
        self.pack = pack
        self.how = how
        self.tally = tally
        self.by_atc = drugs_by_atc(pack.vocabulary)
        self._seen: Read = {}

    def read(self, resources: Iterable[Resource], lookup: Lookup) -> Draft:
        """The draft of one patient, of whom these are all resources that `settled_alone` left."""
        draft = Draft(self.pack.vocabulary, self._seen)
        codes, today = self.pack.codes, self.how.today
        results = Results(draft, codes, today, self.how.since, lookup)
        diagnoses = Diagnoses(draft, codes, today)
        drugs = Drugs(draft, codes, today, lookup, self.by_atc)
        left_open: set[str] = set()
        kept, twice = _once(resources)
        for resource, fate in twice:
            self._count(resource, [fate], left_open)
        for resource in sorted(kept, key=lambda item: item.get("resourceType") != "Patient"):
            match resource.get("resourceType"):
                case "Patient":
                    fates = list(self._person(resource, draft))
                case "Observation":
                    fates = list(results.read(resource))
                case "Condition":
                    fates = [diagnoses.condition(resource)]
                case "Procedure":
                    fates = [diagnoses.procedure(resource)]
                case "Immunization":
                    fates = [diagnoses.immunization(resource)]
                case "AllergyIntolerance":
                    fates = [diagnoses.allergy(resource)]
                case _:
                    fates = [drugs.read(resource)]
            self._count(resource, fates, left_open)
        _settle_undated(draft)
        self._close(draft, left_open)
        self.tally.patients += 1
        return draft

    def _count(self, resource: Resource, fates: list[Fate], left_open: set[str]) -> None:
        """The resource has the best fate of its parts; those that fared worse are told, too."""
        type_, kind = text_of(resource.get("resourceType")), kind_of(resource)
        source = kind if type_ == "Patient" else source_of(resource)  # whose id is never told
        order = ("used", "ambiguous", "not used")
        best, *others = sorted(fates, key=lambda fate: order.index(fate.kind))
        self.tally.add(kind, best, source)
        for other in (fate for fate in others if fate.kind != "used"):
            self.tally.add(kind, other, source, part=True)
        for fate in fates:
            if fate.kind == "ambiguous" or fate.reason == UNMAPPED:
                left_open.add(type_)

    def _person(self, resource: Resource, draft: Draft) -> Iterator[Fate]:
        """Birth, sex and death; a name, an address or a number of the person is never looked at."""
        yield Fate("used", "person")
        said: dict[str, dict[str, str | bool]] = {}
        if birth := day_of(resource.get("birthDate")):
            said["person.birth_date"] = {"value": birth}
        elif resource.get("birthDate"):
            yield Fate("ambiguous", "its date is not read", "person.birth_date")
        sexes = {text_of(resource.get("gender"))} | {
            {"M": "male", "F": "female"}.get(text_of(item.get("valueCode")), "")
            for item in map(table, listed(resource.get("extension")))
            if text_of(item.get("url")).endswith("us-core-birthsex")
        }
        if len(sexes & {"male", "female"}) == 1 and not sexes & {"other", "unknown"}:
            said["person.sex"] = {"value": (sexes & {"male", "female"}).pop()}
        elif sexes - {""}:
            yield Fate("ambiguous", "its gender says no sex, or two")
        died = day_of(resource.get("deceasedDateTime"))
        if died:
            said["person.died"] = {"value": died}
        elif resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime"):
            today = self.how.today.isoformat()
            note = "has died by this day; the source does not say when"
            said["person.died"] = {"value": today, "note": note}
        elif resource.get("deceasedBoolean") not in (None, False):
            yield Fate("ambiguous", "neither yes nor no", "person.died")
        for fact, result in said.items():
            found, fault = draft.tried(fact, result)
            if fault or (
                day_of(result["value"]) and is_later(str(result["value"]), self.how.today)
            ):
                yield Fate("ambiguous", fault or "dated in the future", fact)
                continue
            draft.person[fact] = result
            if fact == "person.birth_date" and found is not None:
                draft.birth = found.value  # type: ignore[assignment]

    def _close(self, draft: Draft, left_open: set[str]) -> None:
        """Reviews on the site's word, where nothing of that kind is left to be looked at."""
        for what, day in self.how.closed.items():
            if left_open & set(HOLDS[what]):
                said = "not closed: something is ambiguous or maps to nothing of ours"
                self.tally.notes[f"{what}: {said}"] += 1
                continue
            self.tally.notes[f"{what}: closed on the site's word as of {day}"] += 1
            for name in self.pack.codes.closes[what]:
                source = f"{what} complete, on the site's word"
                draft.reviewed[name] = {"date": day, "source": source}


def check_exported(
    closed: Mapping[str, str],
    types: Container[str],
    holds: Mapping[str, tuple[str, ...]] = HOLDS,
) -> None:
    """Raises InputError where the source has nothing at all of what is said to be complete."""
    for what in closed:
        if not any(type_ in types for type_ in holds[what]):
            raise InputError(
                f"--closed {what}: the source has no {' and no '.join(holds[what])} at all; what "
                "was not exported closes no list."
            )


def check_closed(closed: Mapping[str, str], codes: Codes, today: date) -> None:
    """Raises InputError for what cannot be closed, and for a day that has not come."""
    for what, day in closed.items():
        if what not in codes.closes or what not in HOLDS:
            known = ", ".join(codes.closes)
            raise InputError(
                f"--closed {what}: expected one of {known}, as problem-list=2026-10-01."
            )
        if len(day_of(day)) != len("2026-10-01") or is_later(day, today):
            raise InputError(f"--closed {what}={day}: write a day that has come, 2026-10-01 say.")


def _once(resources: Iterable[Resource]) -> tuple[list[Resource], list[tuple[Resource, Fate]]]:
    """Each resource once; and those that stand twice, with their fates.

    Two that say the same count once. Of two that differ neither is known to hold.
    """
    by_id: dict[str, list[Resource]] = {}
    kept: list[Resource] = []
    for resource in resources:
        key = source_of(resource)
        if "/" in key:
            by_id.setdefault(key, []).append(resource)
        else:
            kept.append(resource)
    twice: list[tuple[Resource, Fate]] = []
    for same in by_id.values():
        if all(item == same[0] for item in same):
            kept.append(same[0])
            twice += [(item, Fate("not used", "the same resource again")) for item in same[1:]]
        else:
            fate = Fate("ambiguous", "several resources of one id that differ")
            twice += [(item, fate) for item in same]
    return kept, twice


def _settle_undated(draft: Draft) -> None:
    """Of a fact with a dated result, one without a date says nothing more; of several, one does."""
    for fact, results in draft.facts.items():
        dated = [result for result in results if "date" in result]
        draft.facts[fact] = dated or results[:1]
