"""The rows of an OMOP CDM, each as the resource of FHIR that says the same.

What becomes of a row is then decided by the laws for FHIR. Tables, columns and what they mean are
those of the OMOP Common Data Model 5.4 (https://ohdsi.github.io/CommonDataModel/cdm54.html) and of
its conventions (https://ohdsi.github.io/Themis). An id of a concept is no code: which code it
stands for, and of which vocabulary, is said by the table CONCEPT alone.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Context, Decimal
from typing import Any

from cartscreen.frozen import EMPTY, frozen
from cartscreen.importing.draft import is_before, is_later
from cartscreen.importing.elements import SYSTEMS, Resource, TableRow, day_of
from cartscreen.pattern import pattern

Row = Mapping[str, str]
"""Column -> its text; empty where there is no value, and where there is no such concept (0)."""


@frozen
class Table:
    """A table of the CDM, as far as it is read.

    id        the column that tells its rows apart
    columns   what is read of it, all of which releases 5.3 and 5.4 have
    newer     what 5.4 has and 5.3 has not
    settles   the columns by which it may be settled that a row is of no fact of ours
    type      what its rows are in FHIR
    """

    name: str
    id: str
    columns: tuple[str, ...]
    newer: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    type: str = ""

    @property
    def concepts(self) -> tuple[str, ...]:
        """The columns whose ids of concepts CONCEPT has to say; of the others we know the ids."""
        return tuple(
            name for name in self.columns if name.endswith("_concept_id") and name not in _KNOWN
        )


_KNOWN = (
    "gender_concept_id",
    "operator_concept_id",
    "condition_status_concept_id",
    "measurement_type_concept_id",
    "observation_type_concept_id",
    "condition_type_concept_id",
    "drug_type_concept_id",
    "procedure_type_concept_id",
)
_MEASURED = ("value_as_number", "value_as_concept_id", "unit_concept_id", "unit_source_value")
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "person",
            "person_id",
            ("gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth"),
            type="Patient",
        ),
        Table("death", "person_id", ("death_date",), type="Patient"),
        Table(
            "measurement",
            "measurement_id",
            (
                *("measurement_concept_id", "measurement_source_concept_id"),
                *("measurement_source_value", "measurement_date", "measurement_type_concept_id"),
                *(*_MEASURED, "operator_concept_id", "value_source_value"),
                *("range_low", "range_high"),
            ),
            settles=("measurement_concept_id", "measurement_source_concept_id"),
            type="Observation",
        ),
        Table(
            "observation",
            "observation_id",
            (
                *("observation_concept_id", "observation_source_concept_id"),
                *("observation_source_value", "observation_date", "observation_type_concept_id"),
                *(*_MEASURED, "value_as_string"),
            ),
            newer=("value_source_value",),
            settles=(
                *("observation_concept_id", "observation_source_concept_id"),
                "value_as_concept_id",
            ),
            type="Observation",
        ),
        Table(
            "condition_occurrence",
            "condition_occurrence_id",
            (
                *("condition_concept_id", "condition_source_concept_id", "condition_source_value"),
                *("condition_start_date", "condition_end_date", "condition_type_concept_id"),
                "condition_status_concept_id",
            ),
            type="Condition",
        ),
        Table(
            "drug_exposure",
            "drug_exposure_id",
            (
                *("drug_concept_id", "drug_source_concept_id", "drug_source_value"),
                *("drug_exposure_start_date", "drug_exposure_end_date", "verbatim_end_date"),
                *("drug_type_concept_id", "route_concept_id", "route_source_value", "sig"),
            ),
            type="MedicationStatement",
        ),
        Table(
            "procedure_occurrence",
            "procedure_occurrence_id",
            (
                *("procedure_concept_id", "procedure_source_concept_id", "procedure_source_value"),
                *("procedure_date", "procedure_type_concept_id"),
            ),
            newer=("procedure_end_date",),
            type="Procedure",
        ),
    )
}
"""The tables of which a patient's profile is made, by name."""

HOLDS = {
    "problem-list": ("condition_occurrence",),
    "medications": ("drug_exposure",),
    "procedures": ("procedure_occurrence",),
}
"""What a site may declare complete -> the table that holds it."""

CONCEPT = Table(
    "concept",
    "concept_id",
    ("concept_name", "domain_id", "vocabulary_id", "concept_class_id", "concept_code"),
)
CONCEPT_ANCESTOR = Table("concept_ancestor", "descendant_concept_id", ("ancestor_concept_id",))


@frozen
class Concept:
    """A row of CONCEPT: "718-7", of the vocabulary LOINC, say."""

    name: str
    domain: str
    vocabulary: str
    kind: str
    code: str


_ADDRESSES = {name: address for address, name in reversed([*SYSTEMS.items()])}
_VOCABULARIES = {
    "LOINC": "loinc",
    "RxNorm": "rxnorm",
    "ICD10CM": "icd10cm",
    "ICD10": "icd10",
    "SNOMED": "snomed",
    "ATC": "atc",
    "UCUM": "ucum",
}
"""vocabulary_id -> our name for its system."""

_GENDERS = {"8507": "male", "8532": "female"}
"""https://github.com/OHDSI/Vocabulary-v5.0/wiki/Vocab.-GENDER: its two standard concepts."""

_OPERATORS = {
    "": "",
    "4172703": "",  # "=", which the CDM says is the same as none
    "4171756": "<",
    "4171754": "<=",
    "4172704": ">",
    "4171755": ">=",
}
"""Concepts of the domain Meas Value Operator."""

# of the vocabulary Condition Status
_CONFIRMED, _PRELIMINARY = "32893", "32899"

# of the vocabulary Type Concept: where a record comes from
_PROBLEM_LIST = "32840"  # its forerunner, 38000245, stands in many sources for any diagnosis
_ADMINISTERED = "32818"
_ORDERED = "32833"
_PLANNED = ("32811", "32837")  # a claim's authorization; a planned dispensing
_FROM_TEXT = "32858"  # found by a program in a note

_NO_VACCINE, _UNKNOWN_VACCINE = "998", "999"
"""Codes of CVX that stand for no vaccine given, and for one that nobody knows."""


@frozen
class Cdm:
    """What the rows of a CDM are read by.

    files        table -> the name of the file that holds it
    concepts     id -> concept;  ingredients   id of a drug -> its ingredients
    """

    files: Mapping[str, str] = EMPTY
    concepts: Mapping[str, Concept] = EMPTY
    ingredients: Mapping[str, tuple[Concept, ...]] = EMPTY

    def person(self, row: Row, deaths: Iterable[Row], today: date) -> Resource:
        """A row of PERSON, with those of DEATH that are about the same person."""
        gender = row.get("gender_concept_id", "")
        birth = _birth(row)
        found: dict[str, Any] = {
            "gender": _GENDERS.get(gender, "unknown" if gender else None),
            "birthDate": birth or " ".join(row.get(column, "") for column, _ in _BORN).strip(),
            **_died([_day(death.get("death_date", "")) for death in deaths], birth, today),
        }
        return self._placed("person", {}, found)

    def resource(self, table: str, row: Row) -> Resource:
        """A row of one of the other tables."""
        match table:
            case "measurement":
                found = self._measurement(row)
            case "observation":
                found = self._observation(row)
            case "condition_occurrence":
                found = self._condition(row, "condition")
            case "drug_exposure":
                found = self._drug(row)
            case _:
                found = self._procedure(row)
        return self._placed(table, row, found)

    def _placed(self, table: str, row: Row, found: Resource) -> TableRow:
        """With where it stands: "measurement/7 (measurement.csv)". A person has no place."""
        id_ = row.get(TABLES[table].id, "")
        place = f"{table}/{id_}" if id_ else table
        file = self.files.get(table, "")
        return TableRow({"resourceType": TABLES[table].type, **found}, table, f"{place} ({file})")

    # results

    def _measurement(self, row: Row) -> Resource:
        """A result. Where the source has a number, it has to be this one, with its comparator."""
        said = row.get("value_source_value", "")
        found = self._result(row, "measurement", said)
        if "valueQuantity" in found:
            operator = _OPERATORS.get(row.get("operator_concept_id", ""))
            if operator is None or not _agrees(said, found["valueQuantity"]["value"], operator):
                return {**found, "dataAbsentReason": {"text": "its source says another number"}}
            found["valueQuantity"]["comparator"] = operator
        ends = (("low", "range_low"), ("high", "range_high"))
        limits = {end: {"value": _number(row.get(column, ""))} for end, column in ends}
        return {**found, "referenceRange": [limits]}

    def _observation(self, row: Row) -> Resource:
        """A result; or a diagnosis: what lies in the past, is suspected or of the family."""
        concepts = self._concepts(row, "observation_concept_id", "observation_source_concept_id")
        value = self.concepts.get(row.get("value_as_concept_id", ""))
        if value and value.domain == "Condition":
            return {**self._condition(row, "observation"), "code": _of_both(concepts, value)}
        if any(map(_is_diagnosis, concepts)):
            return self._condition(row, "observation")
        said = row.get("value_as_string") or row.get("value_source_value", "")
        return self._result(row, "observation", said)

    def _result(self, row: Row, name: str, said: str) -> dict[str, Any]:
        """What MEASUREMENT and OBSERVATION say alike."""
        found: dict[str, Any] = {
            "status": "" if row.get(f"{name}_type_concept_id") == _FROM_TEXT else "final",
            "code": self._concept(row, name),
            "effectiveDateTime": _day(row.get(f"{name}_date", "")),
        }
        text = row.get("unit_source_value", "")
        if number := row.get("value_as_number", ""):
            unit = self.concepts.get(row.get("unit_concept_id", ""))
            coded = (
                {"system": _ADDRESSES["ucum"], "code": unit.code}
                if unit and unit.vocabulary == "UCUM"
                else {}
            )
            found["valueQuantity"] = {"value": _number(number), "unit": text, **coded}
        elif said:
            found["valueString"] = f"{said} {text}" if _BARE.fullmatch(said) else said
        if value := row.get("value_as_concept_id", ""):
            told = self.concepts.get(value)
            found["valueCodeableConcept"] = {"coding": [{"display": told.name if told else value}]}
        return found

    # diagnoses and procedures

    def _condition(self, row: Row, name: str) -> Resource:
        """A diagnosis. Its start is when it was recorded: the CDM takes the one for the other.

        An end is that of the disease only in a problem list, and if it is another day than the
        start: a source with one date may write it into both, one with visits the end of the visit.
        """
        type_ = row.get(f"{name}_type_concept_id", "")
        status = row.get("condition_status_concept_id", "")
        verified = {_CONFIRMED: "confirmed", _PRELIMINARY: "provisional"}.get(status, status)
        start = _day(row.get(f"{name}_start_date", "") or row.get(f"{name}_date", ""))
        end = _day(row.get(f"{name}_end_date", ""))
        found: dict[str, Any] = {
            "resourceType": "Condition",
            "code": self._concept(row, name),
            "verificationStatus": "unconfirmed" if type_ == _FROM_TEXT else verified,
            "recordedDate": start,
        }
        if type_ == _PROBLEM_LIST:
            found["category"] = [{"coding": [{"code": "problem-list-item"}]}]
        if end and end != start:
            is_of_disease = type_ == _PROBLEM_LIST and end > start
            found |= {"abatementDateTime": end} if is_of_disease else {"clinicalStatus": "ended"}
        return found

    def _procedure(self, row: Row) -> Resource:
        """A procedure. The table has what was only ordered, too."""
        type_ = row.get("procedure_type_concept_id", "")
        start = _day(row.get("procedure_date", ""))
        end = _day(row.get("procedure_end_date", ""))
        return {
            "status": "" if type_ in (_ORDERED, *_PLANNED, _FROM_TEXT) else "completed",
            "code": self._concept(row, "procedure"),
            "performedPeriod": {"start": start, "end": end or start},
        }

    # drugs

    def _drug(self, row: Row) -> Resource:
        """A drug, or a vaccine. The end that the CDM demands may be inferred, and is not read."""
        concepts = self._concepts(row, "drug_concept_id", "drug_source_concept_id")
        start = _day(row.get("drug_exposure_start_date", ""))
        type_ = row.get("drug_type_concept_id", "")
        code = self._concept(row, "drug")
        if any(concept.vocabulary == "CVX" for concept in concepts):
            codes = {concept.code for concept in concepts if concept.vocabulary == "CVX"}
            status = "not-done" if _NO_VACCINE in codes else "completed"
            is_sure = _UNKNOWN_VACCINE not in codes and type_ not in (*_PLANNED, _FROM_TEXT)
            return {
                "resourceType": "Immunization",
                "status": status if is_sure else "",
                "vaccineCode": code,
                "occurrenceDateTime": start,
            }
        found: dict[str, Any] = {
            "status": "intended" if type_ in _PLANNED else "" if type_ == _FROM_TEXT else "active",
            "contained": [{"id": "drug", "code": code, "ingredient": self._ingredients(row)}],
            "medicationReference": {"reference": "#drug"},
            "effectivePeriod": {"start": start, "end": _day(row.get("verbatim_end_date", ""))},
        }
        if instruction := self._instruction(row):
            found["dosage"] = [instruction]
        if type_ == _ADMINISTERED and start == _day(row.get("drug_exposure_end_date", "")):
            found |= {
                "resourceType": "MedicationAdministration",
                "status": "completed",
                "effectivePeriod": {"start": start, "end": start},
            }
        return found

    def _ingredients(self, row: Row) -> list[Resource]:
        found = self.ingredients.get(row.get("drug_concept_id", ""), ())
        return [{"itemCodeableConcept": {"coding": [_coding(each)]}} for each in found]

    def _instruction(self, row: Row) -> dict[str, Any]:
        """The route, by its concept or else as the source has it, and that there is a text."""
        found: dict[str, Any] = {}
        concept = self.concepts.get(row.get("route_concept_id", ""))
        if route := concept.name if concept else row.get("route_source_value", ""):
            found["route"] = {"text": route}
        if row.get("sig"):
            found["text"] = "sig"
        return found

    # concepts

    def _concepts(self, row: Row, *columns: str) -> list[Concept]:
        ids = dict.fromkeys(row.get(column, "") for column in columns)
        return [self.concepts[id_] for id_ in ids if id_ in self.concepts]

    def _concept(self, row: Row, name: str) -> dict[str, Any]:
        """The standard concept of a row, that of its source, and the text of the source."""
        columns = (f"{name}_concept_id", f"{name}_source_concept_id")
        ids = dict.fromkeys(row.get(column, "") for column in columns)
        coding = [
            _coding(self.concepts[id_])
            if id_ in self.concepts
            else {"system": "OMOP concept", "code": id_}
            for id_ in ids
            if id_
        ]
        return {"coding": coding, "text": row.get(f"{name}_source_value", "")}


def _coding(concept: Concept) -> dict[str, str]:
    system = _VOCABULARIES.get(concept.vocabulary, "")
    address = _ADDRESSES[system] if system else concept.vocabulary
    return {"system": address, "code": concept.code, "display": concept.name}


def _is_diagnosis(concept: Concept) -> bool:
    """Is it a diagnosis, though it stands in OBSERVATION?

    The CDM keeps there what is past, of the family or not sure. In SNOMED CT such concepts are
    situations with explicit context.
    """
    return (
        concept.domain == "Condition"
        or concept.vocabulary.startswith("ICD")
        or concept.kind == "Context-dependent"
    )


def _of_both(concepts: list[Concept], value: Concept) -> dict[str, Any]:
    """The code of a diagnosis that is the value of another concept: "History of event: Stroke".

    It is in no vocabulary, so that what a site says of the one alone is not taken for this.
    """
    return {
        "coding": [
            {
                "system": "OMOP",
                "code": f"{concept.code} = {value.code}",
                "display": f"{concept.name}: {value.name}",
            }
            for concept in concepts[:1]
        ],
        "text": value.name,
    }


_BORN = (("year_of_birth", 4), ("month_of_birth", 2), ("day_of_birth", 2))
"""The parts of a birth date, with their digits."""


def _birth(row: Row) -> str:
    """The birth date as far as it is known: the parts after one that is missing say nothing."""
    parts = []
    for column, length in _BORN:
        part = _WHOLE.fullmatch(row.get(column, ""))
        if part is None or not int(part[1]):
            break
        parts.append(part[1].zfill(length))
    return day_of("-".join(parts))


def _died(days: list[str], birth: str, today: date) -> Resource:
    """That somebody has died, and when, if that is sure.

    Where only the year is known, the CDM writes its last day, which need not have come yet.
    """
    if not days:
        return {}
    day = days[0] if len({*days}) == 1 else ""
    if not day or is_later(day, today) or (birth and is_before(day, birth)):
        return {"deceasedBoolean": True}
    return {"deceasedDateTime": day}


_WHOLE = pattern(r"(\d{1,4})(?:\.0*)?", re.ASCII)
_SAID = pattern(
    r"([<>]=?|[\u2264\u2265=])?\s*(?:1\s*:\s*)?([+-]?(?:\d+\.?\d*|\.\d+))"
    r"(?![\d.,:/]|\s*(?:-|\u2013|~|to\b)\s*\d).*"
)
_ALIKE = {"\u2264": "<=", "\u2265": ">=", "=": "", None: None}
_SINGLE = Context(prec=6)
"""So many digits a number keeps in a column of single precision (FLT_DIG of IEEE 754)."""
_BARE = pattern(r"(?:[<>]=?)?\s*\d+(?:\.\d+)?", re.ASCII)
_DAY = pattern(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?|(\d{4})(\d\d)(\d\d)", re.ASCII)
_NUMBER = pattern(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def _day(text: str) -> str:
    """The day of a date, or of a time, as written; empty for what is no date of ISO 8601."""
    found = _DAY.fullmatch(text)
    return day_of("-".join(filter(None, found.groups()))) if found else ""


def _agrees(said: str, number: Decimal | None, operator: str) -> bool:
    """Is the number that the source has, as written there, this one, with the same comparator?

    A loader may have lost "<" of "<20", or taken 20 of "20-30" or of "less than 20". A text without
    a digit says nothing of the number.
    """
    if number is None or not any(map(str.isdigit, said)):
        return True
    found = _SAID.fullmatch(said)
    if found is None:
        return False
    compared = _ALIKE.get(found[1], found[1])
    is_number = _SINGLE.plus(Decimal(found[2])) == _SINGLE.plus(number)
    return is_number and compared in (None, operator)


def _number(text: str) -> Decimal | None:
    """The number as it was written, digit for digit."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
