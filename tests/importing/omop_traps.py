"""One row of an OMOP CDM a trap, with its fate by hand: what is easily taken for evidence.

Each stands alone beside a woman born on 1990-05-01; the day of the import is 2026-11-27. The ids of
tests, diagnoses and drugs are made up, as every CONCEPT says its own; those of genders, operators,
types and statuses are those of the standard.
"""

from dataclasses import dataclass
from typing import Any

from cartscreen.importing.omop import Concept

USED, AMBIGUOUS, NOT_USED = "used", "ambiguous", "not used"
LAB, EHR, PROBLEM_LIST, FROM_TEXT = "32856", "32817", "32840", "32858"
ADMINISTERED, ORDERED, PLANNED, PRESCRIBED = "32818", "32833", "32837", "32838"
CONFIRMED, PRELIMINARY = "32893", "32899"

CONCEPTS = {
    # name, domain, vocabulary, class, code
    "101": Concept("Creatinine", "Measurement", "LOINC", "Lab Test", "2160-0"),
    "102": Concept("HBV surface Ag", "Measurement", "LOINC", "Lab Test", "5195-3"),
    "103": Concept("Albumin/Creatinine", "Measurement", "LOINC", "Lab Test", "9318-7"),
    "104": Concept("Sodium", "Measurement", "LOINC", "Lab Test", "2951-2"),
    "105": Concept("ECOG Performance Status score", "Measurement", "LOINC", "Survey", "89247-1"),
    "106": Concept("Creatinine", "Measurement", "SNOMED", "Procedure", "70901006"),
    "107": Concept("Nuclear Ab", "Measurement", "LOINC", "Lab Test", "29953-7"),
    "108": Concept("ALT", "Measurement", "LOINC", "Lab Test", "1742-6"),
    "201": Concept("milligram per deciliter", "Unit", "UCUM", "Unit", "mg/dL"),
    "202": Concept("micromole per liter", "Unit", "UCUM", "Unit", "umol/L"),
    "203": Concept("millimole per liter", "Unit", "UCUM", "Unit", "mmol/L"),
    "204": Concept("mg/dl", "Unit", "Our units", "Unit", "MGDL"),
    "205": Concept("unit per liter", "Unit", "UCUM", "Unit", "[U]/L"),
    "301": Concept("Negative", "Meas Value", "LOINC", "Answer", "LA6577-6"),
    "302": Concept("Positive", "Meas Value", "LOINC", "Answer", "LA6576-8"),
    "401": Concept("Systemic lupus erythematosus, unspecified", "Condition", "ICD10CM", "code", "M32.9"),
    "402": Concept("Suspected lupus", "Condition", "SNOMED", "Context-dependent", "1000002"),
    "403": Concept("Malignant neoplasm of breast", "Condition", "ICD10CM", "code", "C50.9"),
    "404": Concept("Essential (primary) hypertension", "Condition", "ICD10CM", "code", "I10"),
    "405": Concept("Systemic lupus erythematosus, unspecified", "Condition", "ICD10", "code", "M32.9"),
    "406": Concept("Pregnant state, incidental", "Observation", "ICD10CM", "code", "Z33.1"),
    "407": Concept("Kidney transplant status", "Observation", "ICD10CM", "code", "Z94.0"),
    "408": Concept("History of renal transplant", "Observation", "SNOMED", "Context-dependent", "1000003"),
    "409": Concept("Family history of clinical finding", "Observation", "SNOMED", "Context-dependent", "1000004"),
    "410": Concept("History of event", "Observation", "OMOP Extension", "Observation", "OMOP1"),
    "501": Concept("prednisone", "Drug", "RxNorm", "Ingredient", "8640"),
    "502": Concept("Xylo 5 MG Oral Tablet", "Drug", "RxNorm Extension", "Marketed Product", "OMOP2"),
    "503": Concept("hydrocortisone 10 MG/ML Topical Cream", "Drug", "RxNorm", "Clinical Drug", "103401"),
    "504": Concept("hydrocortisone", "Drug", "RxNorm", "Ingredient", "5492"),
    "505": Concept("Lisinoprilum forte", "Drug", "RxNorm", "Clinical Drug", "314076"),
    "506": Concept("Xylodon Oral Tablet", "Drug", "RxNorm Extension", "Branded Drug", "OMOP3"),
    "507": Concept("influenza, seasonal, injectable", "Drug", "CVX", "CVX", "141"),
    "508": Concept("no vaccine administered", "Drug", "CVX", "CVX", "998"),
    "509": Concept("unknown", "Drug", "CVX", "CVX", "999"),
    "510": Concept("methotrexate", "Drug", "ATC", "ATC 5th", "L04AX03"),
    "601": Concept("Oral", "Route", "SNOMED", "Qualifier Value", "26643006"),
    "602": Concept("Epidural", "Route", "SNOMED", "Qualifier Value", "404820008"),
    "701": Concept("Plasma exchange", "Procedure", "SNOMED", "Procedure", "1000005"),
    "702": Concept("Colonoscopy", "Procedure", "CPT4", "CPT4", "45378"),
}  # fmt: skip
INGREDIENTS = {
    "502": ("501",),
    "503": ("504",),
    "506": ("501", "504"),
}
"""A drug -> its ingredients, as CONCEPT_ANCESTOR has them."""


@dataclass(frozen=True)
class Trap:
    """A row, its fate and reason, and what is written of it: fact or list -> result."""

    name: str
    table: str
    row: dict[str, str]
    fate: str
    reason: str = ""
    written: dict[str, dict[str, Any]] | None = None


def row_of(base: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """The row with these changes; without what is empty, as rows are read."""
    return {column: text for column, text in {**base, **changes}.items() if text}


def creatinine(**more: str) -> dict[str, str]:
    base = {
        "measurement_concept_id": "101", "measurement_source_value": "CREA",
        "measurement_date": "2026-10-01", "measurement_type_concept_id": LAB,
        "value_as_number": "1.1", "unit_concept_id": "201", "unit_source_value": "mg/dL",
    }  # fmt: skip
    return row_of(base, more)


def hbsag(**more: str) -> dict[str, str]:
    base = {"measurement_concept_id": "102", "value_as_number": "", "unit_concept_id": ""}
    return creatinine(**{**base, "unit_source_value": "", **more})


def observed(concept: str, **more: str) -> dict[str, str]:
    base = {
        "observation_concept_id": concept, "observation_date": "2026-10-01",
        "observation_type_concept_id": EHR,
    }  # fmt: skip
    return row_of(base, more)


def diagnosis(source: str = "401", **more: str) -> dict[str, str]:
    """A row of a problem list."""
    base = {
        "condition_source_concept_id": source, "condition_start_date": "2020-03-04",
        "condition_type_concept_id": PROBLEM_LIST,
    }  # fmt: skip
    return row_of(base, more)


def drug(concept: str, **more: str) -> dict[str, str]:
    base = {
        "drug_concept_id": concept, "drug_exposure_start_date": "2026-09-01",
        "drug_exposure_end_date": "2026-09-30", "drug_type_concept_id": PRESCRIBED,
    }  # fmt: skip
    return row_of(base, more)


def procedure(concept: str, **more: str) -> dict[str, str]:
    base = {
        "procedure_concept_id": concept, "procedure_date": "2026-09-01",
        "procedure_type_concept_id": EHR,
    }  # fmt: skip
    return row_of(base, more)


ON = "2026-10-01"
CREATININE = {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}
SLE = {"diagnosis.sle": {"value": True, "date": "2020-03-04"}}
GIVEN = {"start": "2026-09-01", "purpose": "unknown"}
M, OBS, C = "measurement", "observation", "condition_occurrence"
D, P = "drug_exposure", "procedure_occurrence"

TRAPS = [
    # results: which
    Trap("a result", M, creatinine(), USED, "lab.creatinine", CREATININE),
    Trap("by the concept of its source", M, creatinine(
        measurement_concept_id="106", measurement_source_concept_id="101"), USED, "", CREATININE),
    Trap("a code without a vocabulary", M, creatinine(
        measurement_concept_id="", measurement_source_value="2160-0"), NOT_USED, "no code of ours"),
    Trap("an id that is the number of a code", M, creatinine(measurement_concept_id="2160"),
         NOT_USED, "no code of ours"),
    Trap("another test", M, creatinine(measurement_concept_id="104"), NOT_USED, "no code of ours"),
    Trap("albumin", M, creatinine(measurement_concept_id="103"), NOT_USED, "albumin"),
    # results: the number
    Trap("every digit", M, creatinine(value_as_number="1.100"), USED, "",
         {"lab.creatinine": {"value": "1.100 mg/dL", "date": ON}}),
    Trap("a power of ten", M, creatinine(value_as_number="11e-1"), USED, "", CREATININE),
    Trap("below", M, creatinine(operator_concept_id="4171756"), USED, "",
         {"lab.creatinine": {"value": "<1.1 mg/dL", "date": ON}}),
    Trap("at least", M, creatinine(operator_concept_id="4171755", value_source_value="≥1.1"), USED, "",
         {"lab.creatinine": {"value": ">=1.1 mg/dL", "date": ON}}),
    Trap("equal", M, creatinine(operator_concept_id="4172703"), USED, "", CREATININE),
    Trap("an operator that nobody knows", M, creatinine(operator_concept_id="4171753"), AMBIGUOUS,
         "differs in itself"),
    Trap("a comparator that was lost", M, creatinine(value_source_value="<1.1"), AMBIGUOUS,
         "differs in itself"),
    Trap("a comparator in words", M, creatinine(value_source_value="less than 1.1"), AMBIGUOUS,
         "differs in itself"),
    Trap("the first number of a range", M, creatinine(value_source_value="1.1 - 1.3"), AMBIGUOUS,
         "differs in itself"),
    Trap("another number than the source", M, creatinine(value_source_value="11"), AMBIGUOUS,
         "differs in itself"),
    Trap("the number of the source with a flag", M, creatinine(value_source_value="1.10 H"), USED, "",
         CREATININE),
    Trap("a number of single precision", M, creatinine(
        value_as_number="1.10000002384185791", value_source_value="1.1"), USED, "",
        {"lab.creatinine": {"value": "1.10000002384185791 mg/dL", "date": ON}}),
    Trap("a number and a word", M, creatinine(value_source_value="High"), USED, "", CREATININE),
    Trap("a titre", M, hbsag(measurement_concept_id="107", value_as_number="320",
                             value_source_value="1:320"), USED, "",
         {"antibody.ana": {"value": "1:320", "date": ON}}),
    Trap("the number of the source alone", M, creatinine(value_as_number="", value_source_value="< 0.5"),
         USED, "", {"lab.creatinine": {"value": "< 0.5 mg/dL", "date": ON}}),
    Trap("a text for a number", M, creatinine(value_as_number="", value_source_value="PT IN DEPT"),
         AMBIGUOUS, "no number"),
    Trap("a number that is none", M, creatinine(value_as_number="1,1"), AMBIGUOUS, "no number"),
    Trap("an order", M, creatinine(value_as_number="", measurement_type_concept_id=ORDERED), NOT_USED,
         "no value"),
    Trap("out of range", M, creatinine(value_as_number="999"), AMBIGUOUS, "out of range"),
    Trap("found in a note by a program", M, creatinine(measurement_type_concept_id=FROM_TEXT),
         AMBIGUOUS, "status"),
    # results: unit and limits
    Trap("the unit of the source alone", M, creatinine(unit_concept_id=""), USED, "", CREATININE),
    Trap("the concept of the unit alone", M, creatinine(unit_source_value=""), USED, "", CREATININE),
    Trap("a unit of another vocabulary", M, creatinine(unit_concept_id="204"), USED, "", CREATININE),
    Trap("no unit", M, creatinine(unit_concept_id="", unit_source_value=""), AMBIGUOUS, "no unit"),
    Trap("a wrong unit", M, creatinine(unit_concept_id="", unit_source_value="U/L"), AMBIGUOUS,
         "its unit does not fit"),
    Trap("units that differ", M, creatinine(unit_concept_id="202"), AMBIGUOUS, "differ"),
    Trap("limits", M, creatinine(range_low="0.5", range_high="1.2"), USED, "", {"lab.creatinine": {
        "value": "1.1 mg/dL", "upper": "1.2 mg/dL", "lower": "0.5 mg/dL", "date": ON}}),
    Trap("units in brackets", M, creatinine(measurement_concept_id="108", value_as_number="22",
         unit_concept_id="205", unit_source_value="U/L", range_low="7", range_high="40"), USED, "",
         {"lab.alt": {"value": "22 [U]/L", "upper": "40 [U]/L", "lower": "7 [U]/L", "date": ON}}),
    Trap("limits that are none", M, creatinine(range_low="0", range_high="0.0"), USED, "", CREATININE),
    Trap("limits whose ends are reversed", M, creatinine(range_low="1.1", range_high="0.5"), USED, "",
         CREATININE),
    # results: the day
    Trap("a day with a time", M, creatinine(measurement_date="2026-10-01 00:00:00"), USED, "", CREATININE),
    Trap("a day without dashes", M, creatinine(measurement_date="20261001"), USED, "", CREATININE),
    Trap("a day that may be two", M, creatinine(measurement_date="10/01/2026"), AMBIGUOUS, "no date"),
    Trap("the future", M, creatinine(measurement_date="2026-11-28"), AMBIGUOUS, "future"),
    Trap("before birth", M, creatinine(measurement_date="1989-01-01"), AMBIGUOUS, "before birth"),
    # results: words
    Trap("a word", M, hbsag(value_as_concept_id="301"), USED, "",
         {"infection.hbsag": {"value": "negative", "date": ON}}),
    Trap("the word of the source alone", M, hbsag(value_source_value="Non-Reactive"), USED, "",
         {"infection.hbsag": {"value": "negative", "date": ON}}),
    Trap("a word and its source that differ", M, hbsag(
        value_as_concept_id="302", value_source_value="negative"), AMBIGUOUS, "differs in itself"),
    Trap("a word that CONCEPT has not", M, hbsag(value_as_concept_id="999"), AMBIGUOUS, "its word"),
    # observations
    Trap("a score", OBS, observed("105", value_as_number="1"), USED, "",
         {"activity.ecog": {"value": "1", "date": ON}}),
    Trap("an answer in words", OBS, observed("105", value_as_string="one"), AMBIGUOUS, "no number"),
    Trap("another observation", OBS, observed("104", value_as_number="1"), NOT_USED, "no code of ours"),
    Trap("a state after a transplantation", OBS, observed(
        "", observation_source_concept_id="407", observation_type_concept_id=PROBLEM_LIST), USED, "",
        {"transplant": {"organ": "kidney"}}),
    Trap("the same as history", OBS, observed(
        "408", observation_source_concept_id="407", observation_type_concept_id=PROBLEM_LIST),
        AMBIGUOUS, "the word 'history'"),
    Trap("of the family", OBS, observed("409", value_as_concept_id="403"), NOT_USED, "no fact or list"),
    Trap("a history whose value is the diagnosis", OBS, observed("410", value_as_concept_id="401"),
         NOT_USED, "no fact or list"),
    # diagnoses
    Trap("of a problem list", C, diagnosis(), USED, "diagnosis.sle", SLE),
    Trap("of what was once called a problem list", C, diagnosis(condition_type_concept_id="38000245"),
         AMBIGUOUS, "confirmed"),
    Trap("confirmed", C, diagnosis(condition_type_concept_id=EHR, condition_status_concept_id=CONFIRMED),
         USED, "", SLE),
    Trap("of a visit", C, diagnosis(condition_type_concept_id=EHR), AMBIGUOUS, "confirmed"),
    Trap("the first of a visit", C, diagnosis(
        condition_type_concept_id=EHR, condition_status_concept_id="32902"), AMBIGUOUS, "confirmed"),
    Trap("of a list, with a status that says no such thing", C, diagnosis(
        condition_status_concept_id="32902"), AMBIGUOUS, "confirmed"),
    Trap("preliminary", C, diagnosis(condition_status_concept_id=PRELIMINARY), AMBIGUOUS, "provisional"),
    Trap("found in a note", C, diagnosis(condition_type_concept_id=FROM_TEXT), AMBIGUOUS, "unconfirmed"),
    Trap("suspected", C, diagnosis(condition_concept_id="402"), AMBIGUOUS, "'suspected'"),
    Trap("ruled out by its source", C, diagnosis(condition_source_value="r/o SLE"), AMBIGUOUS, "'r/o'"),
    Trap("a code of no vocabulary", C, diagnosis("", condition_source_value="M32.9"), NOT_USED,
         "no fact or list"),
    Trap("a code of the WHO", C, diagnosis("405"), NOT_USED, "no fact or list"),
    Trap("another diagnosis", C, diagnosis("404"), NOT_USED, "no fact or list"),
    Trap("one date written twice", C, diagnosis(condition_end_date="2020-03-04"), USED, "", SLE),
    Trap("of a list, resolved", C, diagnosis("403", condition_end_date="2021-05-06"), USED, "",
         {"malignancy": {"kind": "other", "last_active": "2021-05-06"}}),
    Trap("of a fact that lasts, resolved", C, diagnosis(condition_end_date="2021-05-06"), AMBIGUOUS, "past"),
    Trap("an end that may be that of the visit", C, diagnosis(
        "403", condition_type_concept_id=EHR, condition_status_concept_id=CONFIRMED,
        condition_end_date="2020-03-09"), AMBIGUOUS, "clinical status"),
    Trap("an end before the start", C, diagnosis("403", condition_end_date="2020-03-01"), AMBIGUOUS,
         "clinical status"),
    Trap("a diagnosis of the future", C, diagnosis(condition_start_date="2027-03-04"), AMBIGUOUS, "future"),
    Trap("a pregnancy that nobody closed", C, diagnosis("406"), AMBIGUOUS, "active"),
    # drugs
    Trap("by its ingredient", D, drug("502"), USED, "treatment",
         {"treatment": {"drug": "prednisone", "route": "oral", **GIVEN}}),
    Trap("an ingredient", D, drug("501"), USED, "", {"treatment": {"drug": "prednisone", **GIVEN}}),
    Trap("by the ATC", D, drug("510"), USED, "", {"treatment": {"drug": "methotrexate", **GIVEN}}),
    Trap("by its whole name", D, drug("", drug_source_value="Prednisone tablets"), USED, "",
         {"treatment": {"drug": "prednisone", **GIVEN}}),
    Trap("a part of a name", D, drug("", drug_source_value="prednisone taper kit"), AMBIGUOUS, "words"),
    Trap("two ingredients", D, drug("506"), AMBIGUOUS, "combination"),
    Trap("another drug", D, drug("505"), NOT_USED, "no fact or list"),
    Trap("the end of the source", D, drug("501", verbatim_end_date="2026-09-15"), USED, "",
         {"treatment": {"drug": "prednisone", "start": "2026-09-01", "stop": "2026-09-15",
                        "purpose": "unknown"}}),
    Trap("an instruction", D, drug("501", sig="1 tab daily"), USED, "", {"treatment": {
        "drug": "prednisone", **GIVEN, "note": "its dose is in the source"}}),
    Trap("given on a day", D, drug(
        "501", drug_type_concept_id=ADMINISTERED, drug_exposure_end_date="2026-09-01"), USED, "",
        {"treatment": {"drug": "prednisone", "start": "2026-09-01", "stop": "2026-09-01",
                       "purpose": "unknown"}}),
    Trap("given, to an end that is inferred", D, drug("501", drug_type_concept_id=ADMINISTERED), USED, "",
         {"treatment": {"drug": "prednisone", **GIVEN}}),
    Trap("a cream", D, drug("503"), USED, "",
         {"treatment": {"drug": "hydrocortisone", "route": "topical", **GIVEN}}),
    Trap("a cream, or not", D, drug("504"), AMBIGUOUS, "locally"),
    Trap("a route", D, drug("504", route_concept_id="601"), USED, "",
         {"treatment": {"drug": "hydrocortisone", "route": "oral", **GIVEN}}),
    Trap("the route of the source", D, drug("504", route_source_value="PO"), USED, "",
         {"treatment": {"drug": "hydrocortisone", "route": "oral", **GIVEN}}),
    Trap("a route that is not known", D, drug("501", route_concept_id="602"), AMBIGUOUS, "its route"),
    Trap("a cream by mouth", D, drug("503", route_concept_id="601"), AMBIGUOUS, "differ"),
    Trap("planned", D, drug("501", drug_type_concept_id=PLANNED), AMBIGUOUS, "planned"),
    Trap("a drug in a note", D, drug("501", drug_type_concept_id=FROM_TEXT), AMBIGUOUS, "status"),
    Trap("a drug of the future", D, drug("501", drug_exposure_start_date="2027-01-01"), AMBIGUOUS, "future"),
    # vaccines
    Trap("a vaccine", D, drug("507"), USED, "vaccine",
         {"vaccine": {"name": "influenza, seasonal, injectable", "date": "2026-09-01"}}),
    Trap("no vaccine", D, drug("508"), NOT_USED, "not done"),
    Trap("a vaccine that nobody knows", D, drug("509"), AMBIGUOUS, "status"),
    Trap("a vaccine that is planned", D, drug("507", drug_type_concept_id=PLANNED), AMBIGUOUS, "status"),
    # procedures
    Trap("a procedure that is a treatment", P, procedure("701"), USED, "treatment", {"treatment": {
        "drug": "plasma exchange", "start": "2026-09-01", "stop": "2026-09-01", "purpose": "unknown"}}),
    Trap("a procedure of some days", P, procedure("701", procedure_end_date="2026-09-04"), USED, "",
         {"treatment": {"drug": "plasma exchange", "start": "2026-09-01", "stop": "2026-09-04",
                        "purpose": "unknown"}}),
    Trap("a procedure that was ordered", P, procedure("701", procedure_type_concept_id=ORDERED),
         AMBIGUOUS, "status"),
    Trap("another procedure", P, procedure("702"), NOT_USED, "no fact or list"),
]  # fmt: skip
