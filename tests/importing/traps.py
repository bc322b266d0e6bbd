"""One resource a trap, with its fate by hand: what an importer may easily take for evidence.

Each stands alone beside a woman born on 1990-05-01; the day of the import is 2026-11-27.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SCT, LNC = "http://snomed.info/sct", "http://loinc.org"
ICD, RXN = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
PERSON = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-05-01"}
SUBJECT = {"reference": "Patient/p"}
USED, AMBIGUOUS, NOT_USED = "used", "ambiguous", "not used"


@dataclass(frozen=True)
class Trap:
    """A resource, its fate and reason, and what is written of it: fact or list -> result."""

    name: str
    resource: dict[str, Any]
    fate: str
    reason: str = ""
    written: dict[str, dict[str, Any]] | None = None


def concept(code: str, display: str = "", system: str = LNC, text: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"coding": [{"system": system, "code": code, "display": display}]}
    return {**found, **({"text": text} if text else {})}


def quantity(value: str, unit: str, **more: Any) -> dict[str, Any]:
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": unit, **more}


def result(loinc: str, **more: Any) -> dict[str, Any]:
    """A final Observation of 2026-10-01."""
    base = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(loinc),
        "subject": SUBJECT,
        "effectiveDateTime": "2026-10-01T08:00:00+02:00",
    }
    return {key: value for key, value in {**base, **more}.items() if value is not None}


def creatinine(**more: Any) -> dict[str, Any]:
    return result("2160-0", **{"valueQuantity": quantity("1.1", "mg/dL"), **more})


def interpreted(code: str, display: str = "") -> list[dict[str, Any]]:
    """How a laboratory interprets a result."""
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return [concept(code, display, system)]


def coded(system: str, code: str) -> dict[str, Any]:
    url = f"http://terminology.hl7.org/CodeSystem/condition-{system}"
    return {"coding": [{"system": url, "code": code}]}


def diagnosis(icd: str, **more: Any) -> dict[str, Any]:
    """A confirmed, active Condition of 2020-03-04."""
    base = {
        "resourceType": "Condition",
        "clinicalStatus": coded("clinical", "active"),
        "verificationStatus": coded("ver-status", "confirmed"),
        "code": concept(icd, "", ICD),
        "subject": SUBJECT,
        "onsetDateTime": "2020-03-04",
    }
    return {key: value for key, value in {**base, **more}.items() if value is not None}


def of_text(text: str) -> dict[str, Any]:
    """A confirmed lymphoma of 2020-03-04, with this text of its own."""
    return diagnosis("C82.90", code=concept("C82.90", "", ICD, text=text))


def drug(name: str, code: str = "", **more: Any) -> dict[str, Any]:
    """An active order of 2026-09-01."""
    base = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(code, name, RXN) if code else {"text": name},
        "subject": SUBJECT,
        "authoredOn": "2026-09-01",
    }
    return {key: value for key, value in {**base, **more}.items() if value is not None}


def taken(value: str, unit: str, **more: Any) -> list[dict[str, Any]]:
    """A dose instruction."""
    amount = {"doseQuantity": {"value": Decimal(value), "unit": unit}}
    return [{"doseAndRate": [amount], **more}]


def timed(frequency: int, period: int, unit: str) -> dict[str, Any]:
    repeat = {"frequency": frequency, "period": period, "periodUnit": unit}
    return {"timing": {"repeat": repeat}}


def prednisone(value: str, **repeat: Any) -> dict[str, Any]:
    """An order of so many mg, by this schedule."""
    timing = {"timing": {"repeat": repeat}}
    return drug("prednisone", dosageInstruction=taken(value, "mg", **timing))


def daily(value: str, **more: Any) -> dict[str, Any]:
    """An order of so many mg a day; 40 mg as tablets of 20."""
    name = "prednisone 20 MG Oral Tablet" if value == "40" else "prednisone"
    return drug(name, dosageInstruction=taken(value, "mg", **{**timed(1, 1, "d"), **more}))


ON = "2026-10-01"
ORDERED = {"start": "2026-09-01", "purpose": "unknown"}
NO_DOSE = {"treatment": {
    "drug": "prednisone", **ORDERED, "note": "its dose is in the source"}}  # fmt: skip
STATED = {
    "resourceType": "MedicationStatement", "authoredOn": None,
    "effectivePeriod": {"start": "2025-01-01", "end": "2025-06-30"},
}  # fmt: skip
STATED_AT = {
    "drug": "prednisone", "start": "2025-01-01", "stop": "2025-06-30", "purpose": "unknown",
}  # fmt: skip


def dosed(dose: str) -> dict[str, Any]:
    return {"treatment": {"drug": "prednisone", **ORDERED, "dose": dose}}


SLE = {"diagnosis.sle": {"value": True, "date": "2020-03-04"}}

ALLERGY = {
    "resourceType": "AllergyIntolerance", "type": "allergy", "category": ["medication"],
    "patient": SUBJECT, "code": {"text": "Penicillin"}, "recordedDate": "2019-01-02",
    "clinicalStatus": coded("clinical", "active"),
    "verificationStatus": coded("ver-status", "confirmed"), "reaction": [{"severity": "severe"}],
}  # fmt: skip

TRAPS = [
    # what is read
    Trap("a result", creatinine(), USED, "lab.creatinine",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("every digit of a number", creatinine(valueQuantity=quantity("0.7325560040002931", "mg/dL")),
         USED, "", {"lab.creatinine": {"value": "0.7325560040002931 mg/dL", "date": ON}}),
    Trap("late in the evening of the day before in UTC",
         creatinine(effectiveDateTime="2026-10-01T23:30:00-05:00"), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("early in the morning of the day after in UTC",
         creatinine(effectiveDateTime="2026-10-01T01:30:00+08:00"), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("a month", creatinine(effectiveDateTime="2026-09"), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": "2026-09"}}),
    Trap("a value below the limit of the method",
         result("1968-7", valueQuantity=quantity("0.1", "mg/dL", comparator="<")), USED, "",
         {"lab.bilirubin_direct": {"value": "<0.1 mg/dL", "date": ON}}),
    Trap("a preliminary result", creatinine(status="preliminary"), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON, "status": "preliminary"}}),
    Trap("24 hours of urine",
         result("2889-4", valueQuantity=quantity("1.2", "g/(24.h)"), effectiveDateTime=None,
                effectivePeriod={"start": "2026-09-30T08:00:00Z", "end": "2026-10-01T08:00:00Z"}),
         USED, "", {"renal.protein_24h": {"value": "1.2 g/(24.h)", "date": ON}}),
    Trap("a component", result("85354-9", component=[
        {"code": concept("1742-6"), "valueQuantity": quantity("22", "U/L")}]), USED, "lab.alt",
        {"lab.alt": {"value": "22 U/L", "date": ON}}),
    Trap("an echocardiogram", result("8806-2", valueQuantity=quantity("60", "%")), USED, "",
         {"heart.lvef": {"value": "60 %", "date": ON},
          "heart.lvef_by_echo": {"value": True, "date": ON}}),
    # limits
    Trap("the limits of normal", result("1742-6", valueQuantity=quantity("22", "U/L"), referenceRange=[
        {"low": quantity("5", "U/L"), "high": quantity("40", "U/L")}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "upper": "40 U/L", "lower": "5 U/L", "date": ON}}),
    Trap("limits as text", result("1742-6", valueQuantity=quantity("22", "U/L"), referenceRange=[
        {"text": "7 ~ 40"}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "upper": "40 U/L", "lower": "7 U/L", "date": ON}}),
    Trap("limits that are none", result("1742-6", valueQuantity=quantity("22", "U/L"), referenceRange=[
        {"low": quantity("0", "U/L"), "high": quantity("0", "U/L")}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "date": ON}}),
    Trap("limits of women and of men", result("1742-6", valueQuantity=quantity("22", "U/L"),
        referenceRange=[{"high": quantity("35", "U/L")}, {"high": quantity("50", "U/L")}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "date": ON}}),
    Trap("a therapeutic range", result("6301-6", valueQuantity=quantity("2.5", "{INR}"), referenceRange=[
        {"type": {"coding": [{"code": "therapeutic"}]}, "high": quantity("3", "{INR}")}]), USED, "",
        {"lab.inr": {"value": "2.5", "date": ON}}),
    Trap("limits whose ends are reversed", result("1742-6", valueQuantity=quantity("22", "U/L"),
        referenceRange=[{"low": quantity("40", "U/L"), "high": quantity("7", "U/L")}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "date": ON}}),
    Trap("limits as text whose ends are reversed", result("1742-6", valueQuantity=quantity(
        "22", "U/L"), referenceRange=[{"text": "40-7"}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "date": ON}}),
    Trap("limits in two units whose ends are reversed", creatinine(referenceRange=[
        {"low": quantity("1.1", "mg/dL"), "high": quantity("44", "umol/L")}]), USED, "",
        {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),  # 44 umol/L is 0.5 mg/dL
    Trap("limits in two units", creatinine(referenceRange=[
        {"low": quantity("0.5", "mg/dL"), "high": quantity("97", "umol/L")}]), USED, "",
        {"lab.creatinine": {"value": "1.1 mg/dL", "lower": "0.5 mg/dL", "upper": "97 umol/L",
                            "date": ON}}),  # 97 umol/L is 1.1 mg/dL
    Trap("reversed limits of an antibody, which has no lower one", result("33569-5",
        valueQuantity=quantity("12", "U/mL"), referenceRange=[{"text": "20 - 7"}]), USED, "",
        {"antibody.anti_ro": {"value": "12 U/mL", "date": ON}}),
    Trap("limits in another unit", result("1742-6", valueQuantity=quantity("22", "U/L"),
        referenceRange=[{"high": quantity("40", "mmol/L")}]), USED, "",
        {"lab.alt": {"value": "22 U/L", "date": ON}}),
    # words
    Trap("a word", result("5195-3", valueCodeableConcept={"text": "Non-Reactive"}), USED, "",
         {"infection.hbsag": {"value": "negative", "date": ON}}),
    Trap("a word with its kind", result("5195-3", valueCodeableConcept=concept(
        "10828004", "Positive (qualifier value)", SCT)), USED, "",
        {"infection.hbsag": {"value": "positive", "date": ON}}),
    Trap("two words that differ", result("5195-3", valueCodeableConcept=concept(
        "260385009", "Negative", SCT, text="positive")), AMBIGUOUS, "differs in itself"),
    Trap("a word that is none", result("5195-3", valueString="see note"), AMBIGUOUS, "its word"),
    Trap("a number with its limit, of an antibody", {**result("33569-5"),
        "valueQuantity": quantity("120", "U/mL"), "referenceRange": [{"high": quantity("20", "U/mL")}]},
        USED, "", {"antibody.anti_ro": {"value": "120 U/mL", "upper": "20 U/mL", "date": ON}}),
    Trap("a number that is interpreted otherwise", {**result("33569-5"),
        "valueQuantity": quantity("120", "U/mL"), "referenceRange": [{"high": quantity("20", "U/mL")}],
        "interpretation": [{"coding": [{"code": "NEG"}]}]}, AMBIGUOUS, "differs in itself"),
    Trap("a titre", result("29953-7", valueString="1:320"), USED, "",
         {"antibody.ana": {"value": "1:320", "date": ON}}),
    Trap("a titre as a ratio", result("31147-2", valueRatio={
        "numerator": {"value": 1}, "denominator": {"value": 8}}), USED, "",
        {"infection.syphilis_titre": {"value": "1:8", "date": ON}}),
    # ... what the laboratory says of it
    Trap("high", creatinine(interpretation=interpreted("H", "High")), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("high, in words alone", creatinine(interpretation=[{"text": "Above normal"}]), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("high, by a code of the laboratory", creatinine(interpretation=[{"coding": [
        {"system": "urn:local", "code": "17", "display": "High"}]}]), USED, "",
        {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("a failure of quality control", creatinine(interpretation=interpreted("QCF")), AMBIGUOUS,
         "let it stand"),
    Trap("the same, as older releases have it", creatinine(interpretation=interpreted("QCF")[0]),
         AMBIGUOUS, "let it stand"),
    Trap("a failure of quality control that is called high", creatinine(
        interpretation=interpreted("QCF", "High")), AMBIGUOUS, "let it stand"),
    Trap("hemolyzed", creatinine(interpretation=[{"text": "hemolyzed, do not use"}]), AMBIGUOUS,
         "let it stand"),
    Trap("high, and hemolyzed", creatinine(interpretation=[{**interpreted("H")[0],
        "text": "High (hemolyzed)"}]), AMBIGUOUS, "let it stand"),
    Trap("a word that is indeterminate", result("5195-3", valueString="negative",
        interpretation=interpreted("IND")), AMBIGUOUS, "let it stand"),
    Trap("a word that is interpreted alike", result("5195-3", valueString="negative",
        interpretation=interpreted("NR")), USED, "", {"infection.hbsag": {
            "value": "negative", "date": ON}}),
    Trap("positive and negative", result("5195-3", interpretation=[
        *interpreted("POS"), *interpreted("NEG")]), AMBIGUOUS, "differs in itself"),
    Trap("off the scale, and no comparator", creatinine(interpretation=interpreted(">")), AMBIGUOUS,
         "let it stand"),
    Trap("off the scale, with its comparator", creatinine(valueQuantity=quantity(
        "20", "mg/dL", comparator=">"), interpretation=interpreted(">", "Off scale high")), USED, "",
        {"lab.creatinine": {"value": ">20 mg/dL", "date": ON}}),
    Trap("off the scale, with the other comparator", creatinine(valueQuantity=quantity(
        "20", "mg/dL", comparator=">"), interpretation=interpreted("<")), AMBIGUOUS, "let it stand"),
    Trap("a panel that failed", result("24325-3", interpretation=interpreted("QCF"), component=[
        {"code": concept("1742-6"), "valueQuantity": quantity("22", "U/L")}]), AMBIGUOUS,
        "let it stand"),
    # ... and what was examined
    Trap("serum", creatinine(specimen={"display": "Serum"}), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("blood, for serum", creatinine(specimen={"display": "Venous blood"}), USED, "",
         {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    Trap("urine, for serum", creatinine(specimen={"display": "Urine"}), AMBIGUOUS, "specimen"),
    Trap("urine, for serum, by its resource", creatinine(specimen={"reference": "#s"}, contained=[
        {"resourceType": "Specimen", "id": "s", "type": concept("x", "Random urine", SCT)}]),
        AMBIGUOUS, "specimen"),
    Trap("urine, for serum, by the name of its code", creatinine(
        code=concept("2160-0", "Creatinine, Urine")), AMBIGUOUS, "specimen"),
    Trap("a specimen of which nobody knows what it is", creatinine(specimen={"display": "Tube 3"}),
         USED, "", {"lab.creatinine": {"value": "1.1 mg/dL", "date": ON}}),
    # what is no result
    Trap("no value", creatinine(valueQuantity=None, dataAbsentReason={
        "coding": [{"code": "error"}]}), NOT_USED, "no value (error)"),
    Trap("entered in error", creatinine(status="entered-in-error"), NOT_USED, "entered in error"),
    Trap("cancelled", creatinine(status="cancelled"), NOT_USED, "cancelled"),
    Trap("registered", creatinine(status="registered"), NOT_USED, "registered"),
    Trap("an unknown status", creatinine(status="unknown"), AMBIGUOUS, "status"),
    Trap("dated in the future", creatinine(effectiveDateTime="2027-01-01"), AMBIGUOUS, "future"),
    Trap("no date but that of its issue", creatinine(
        effectiveDateTime=None, issued="2026-10-01T08:00:00Z"), AMBIGUOUS, "no date"),
    Trap("a period of a month", creatinine(effectiveDateTime=None, effectivePeriod={
        "start": "2026-09-01", "end": "2026-09-30"}), AMBIGUOUS, "more than a day"),
    Trap("before birth", creatinine(effectiveDateTime="1989-01-01"), AMBIGUOUS, "before birth"),
    Trap("a wrong unit", result("1742-6", valueQuantity=quantity("22", "mmol/L")), AMBIGUOUS,
         "its unit does not fit"),
    Trap("no unit", creatinine(valueQuantity={"value": Decimal("1.1")}), AMBIGUOUS, "no unit"),
    Trap("a unit and a code that differ", creatinine(valueQuantity={
        "value": 88, "unit": "mg/dL", "system": UCUM, "code": "umol/L"}), AMBIGUOUS, "differ"),
    Trap("out of range", creatinine(valueQuantity=quantity("999", "mg/dL")), AMBIGUOUS,
         "out of range"),
    Trap("a text for a number", creatinine(valueQuantity=None, valueString="PT IN DEPT"), AMBIGUOUS,
         "no number"),
    Trap("of the fetus", creatinine(focus=[{"display": "fetus"}]), NOT_USED, "about somebody"),
    Trap("an extension that may say not", creatinine(modifierExtension=[{"url": "x"}]), AMBIGUOUS,
         "extension"),
    Trap("albumin", result("9318-7", valueQuantity=quantity("30", "mg/g")), NOT_USED, "albumin"),
    Trap("another eGFR", result("33914-3", valueQuantity=quantity("60", "mL/min/{1.73_m2}")),
         NOT_USED, "another formula"),
    Trap("two tests in one code", creatinine(code={"coding": [
        {"system": LNC, "code": "2160-0"}, {"system": LNC, "code": "1742-6"}]}), AMBIGUOUS,
        "different things"),
    Trap("the same number in another system", creatinine(code=concept("2160-0", "", "urn:local")),
         NOT_USED, "no code of ours"),
    # diagnoses
    Trap("a diagnosis", diagnosis("M32.9"), USED, "diagnosis.sle", SLE),
    Trap("its code without a point", diagnosis("M329"), USED, "diagnosis.sle", SLE),
    Trap("in the code of the WHO", diagnosis("x", code=concept(
        "M32.9", "SLE", "http://hl7.org/fhir/sid/icd-10")), NOT_USED, "no fact or list of ours"),
    Trap("lupus by drugs", diagnosis("M32.0"), NOT_USED, "no fact or list of ours"),
    Trap("refuted", diagnosis("M32.9", verificationStatus=coded("ver-status", "refuted")), NOT_USED,
         "refuted"),
    Trap("a diagnosis in error", diagnosis("M32.9", verificationStatus=coded(
        "ver-status", "entered-in-error")), NOT_USED, "entered in error"),
    Trap("provisional", diagnosis("M32.9", verificationStatus=coded("ver-status", "provisional")),
         AMBIGUOUS, "provisional"),
    Trap("differential", diagnosis("C85.9", verificationStatus=coded("ver-status", "differential")),
         AMBIGUOUS, "one of several"),
    Trap("of a visit, and nobody confirmed it", diagnosis("M32.9", verificationStatus=None, category=[
        {"coding": [{"code": "encounter-diagnosis"}]}]), AMBIGUOUS, "confirmed"),
    Trap("of the problem list", diagnosis("M32.9", verificationStatus=None, category=[
        {"coding": [{"code": "problem-list-item"}]}]), USED, "", SLE),
    Trap("resolved", diagnosis("M32.9", clinicalStatus=coded("clinical", "resolved")), AMBIGUOUS,
         "it is past"),
    Trap("active, and over", diagnosis("I50.9", abatementDateTime="2020-12-31"), AMBIGUOUS,
         "differs in itself"),
    Trap("a cancer that came back, and is over", diagnosis("C50.9", abatementAge={"value": 31},
        clinicalStatus=coded("clinical", "recurrence")), AMBIGUOUS, "differs in itself"),
    Trap("active, and not over", diagnosis("M32.9", abatementBoolean=False), USED, "", SLE),
    Trap("in remission, and over", diagnosis("C50.9", clinicalStatus=coded("clinical", "remission"),
        abatementDateTime="2021-06-01"), USED, "", {"malignancy": {
            "kind": "other", "diagnosed": "2020-03-04", "last_active": "2021-06-01"}}),
    Trap("active and resolved", diagnosis("C50.9", clinicalStatus={"coding": [
        {"code": "active"}, {"code": "resolved"}]}), AMBIGUOUS, "clinical status"),
    Trap("resolved, in words", diagnosis("M32.9", clinicalStatus={"text": "Resolved"}), AMBIGUOUS,
         "it is past"),
    Trap("active, by two systems", diagnosis("M32.9", clinicalStatus={"coding": [
        {"code": "active"}, {"system": SCT, "code": "55561003"}]}), USED, "", SLE),
    Trap("confirmed and refuted, in the problem list", diagnosis("M32.9", verificationStatus={
        "coding": [{"code": "confirmed"}, {"code": "refuted"}]}, category=[
            {"coding": [{"code": "problem-list-item"}]}]), AMBIGUOUS, "confirmed"),
    Trap("in remission", diagnosis("M32.9", clinicalStatus=coded("clinical", "remission")), USED, "",
         SLE),
    Trap("of the family, by its text", diagnosis("M32.9", code=concept(
        "M32.9", "SLE", ICD, text="Family history of lupus")), AMBIGUOUS, "'history'"),
    Trap("of the family, by its category", diagnosis("M32.9", category=[{"text": "Family history"}]),
         AMBIGUOUS, "'history'"),
    Trap("denied", of_text("No follicular lymphoma"), AMBIGUOUS, "'no'"),
    Trap("excluded", of_text("Hodgkin lymphoma - excluded by biopsy"), AMBIGUOUS, "'excluded'"),
    Trap("of the mother", of_text("mother: lymphoma"), AMBIGUOUS, "'mother'"),
    Trap("of a sister", of_text("Melanoma in sister/brother"), AMBIGUOUS, "'sister'"),
    Trap("suspected, in German", of_text("V.a. Lymphom"), AMBIGUOUS, "'v.a.'"),
    Trap("with no as a part of a word", of_text("Nodular lymphoma, nonfollicular"), USED, "",
         {"malignancy": {"kind": "other", "diagnosed": "2020-03-04"}}),
    Trap("with words that deny something else", diagnosis("G40.909", code=concept("G40.909",
        "Epilepsy, unspecified, not intractable, without status epilepticus", ICD)), USED,
        "", {"cns_event": {"kind": "epilepsy", "start": "2020-03-04"}}),
    Trap("the same words, denied", diagnosis("G40.909", code=concept("G40.909",
        "Epilepsy, not intractable", ICD, text="not epilepsy")), AMBIGUOUS, "'not'"),
    Trap("an allergy of the mother", ALLERGY | {"code": {"text": "Penicillin (mother)"}}, AMBIGUOUS,
         "'mother'"),
    Trap("of the family, by its code", diagnosis("Z80.3"), NOT_USED, "no fact or list of ours"),
    Trap("to be ruled out", diagnosis("I21.9", code=concept("I21.9", "MI", ICD, text="R/O MI")),
         AMBIGUOUS, "'r/o'"),
    Trap("a cancer that is over", diagnosis("C50.9", clinicalStatus=coded("clinical", "resolved"),
        abatementDateTime="2021-06-01"), USED, "malignancy", {"malignancy": {
            "kind": "other", "diagnosed": "2020-03-04", "last_active": "2021-06-01"}}),
    Trap("a cancer that nobody closed", diagnosis("C50.9"), USED, "malignancy",
         {"malignancy": {"kind": "other", "diagnosed": "2020-03-04"}}),
    Trap("a history of cancer", diagnosis("Z85.3"), AMBIGUOUS, "a malignancy of the past"),
    Trap("an infarction whose end nobody knows", diagnosis("I21.9"), USED, "cardiovascular_event",
         {"cardiovascular_event": {"kind": "myocardial infarction"}}),
    Trap("a pregnancy", diagnosis("Z33.1", onsetDateTime="2026-11-01"), USED, "pregnancy.pregnant",
         {"pregnancy.pregnant": {"value": True, "date": "2026-11-01"}}),
    Trap("a pregnancy that is over", diagnosis("Z33.1", clinicalStatus=coded("clinical", "resolved"),
        abatementDateTime="2026-09-01"), NOT_USED,
         "it is past"),
    Trap("a pregnancy without a date", diagnosis("Z33.1", onsetDateTime=None), AMBIGUOUS, "no date"),
    Trap("tuberculosis, resolved", diagnosis("A15.0", clinicalStatus=coded("clinical", "resolved")),
         NOT_USED, "it is past"),
    Trap("latent tuberculosis", diagnosis("Z22.7"), NOT_USED, "no fact or list of ours"),
    Trap("a kidney transplant, whose date is not that of its code", diagnosis("Z94.0"), USED,
         "transplant", {"transplant": {"organ": "kidney"}}),
    Trap("a diagnosis of the future", diagnosis("M32.9", onsetDateTime="2027-05-01"), AMBIGUOUS,
         "future"),
    Trap("a family history", {"resourceType": "FamilyMemberHistory", "patient": SUBJECT}, NOT_USED,
         "of the family"),
    # drugs
    Trap("an ingredient", drug("prednisone", "8640"), USED, "treatment",
         {"treatment": {"drug": "prednisone", **ORDERED}}),
    Trap("tablets, by their strength", drug("predniSONE 20 MG Oral Tablet",
        dosageInstruction=taken("2", "tablet", **timed(1, 1, "d"))), USED, "", {"treatment": {
            "drug": "prednisone", "route": "oral", **ORDERED, "dose": "40 mg every 1 days"}}),
    Trap("a dose by weight every month", drug("belimumab", dosageInstruction=taken(
        "10", "mg/kg", **timed(1, 4, "wk"))), USED, "", {"treatment": {
            "drug": "belimumab", **ORDERED, "dose": "10 mg/kg every 4 weeks"}}),
    Trap("twice a day at two times", prednisone("20", frequency=2, period=1, periodUnit="d",
        timeOfDay=["08:00:00", "20:00:00"]), USED, "", dosed("20 mg 2 times a day")),
    Trap("once a day at two times", prednisone("30", frequency=1, period=1, periodUnit="d",
        timeOfDay=["08:00:00", "20:00:00"]), USED, "", NO_DOSE),
    Trap("at two times of a day", prednisone("30", period=1, periodUnit="d", when=["MORN", "EVE"]),
         USED, "", NO_DOSE),
    Trap("in the morning", prednisone("30", period=1, periodUnit="d", when=["MORN"]), USED, "",
         dosed("30 mg every 1 days")),
    Trap("before meals, of which nobody says how many", prednisone("30", frequency=1, period=1,
        periodUnit="d", when=["AC"]), USED, "", NO_DOSE),
    Trap("a code and a schedule that differ", drug("prednisone", dosageInstruction=taken(
        "30", "mg", timing={"code": {"coding": [{"code": "BID"}]}, **timed(1, 1, "d")["timing"]})),
        USED, "", NO_DOSE),
    Trap("a code and a schedule that are alike", drug("prednisone", dosageInstruction=taken(
        "30", "mg", timing={"code": {"coding": [{"code": "BID"}]}, **timed(1, 12, "h")["timing"]})),
        USED, "", dosed("30 mg every 12 hours")),
    Trap("a code and its text that differ", drug("prednisone", dosageInstruction=taken(
        "30", "mg", timing={"code": {"coding": [{"code": "QD"}], "text": "every other day"}})),
        USED, "", NO_DOSE),
    Trap("a dose whose unit and code differ", drug("prednisone", dosageInstruction=[{"doseAndRate": [
        {"doseQuantity": quantity("60", "mg", code="ug")}], **timed(1, 1, "d")}]), USED, "", NO_DOSE),
    Trap("a dose whose unit and code are alike", drug("prednisone", dosageInstruction=[{
        "doseAndRate": [{"doseQuantity": quantity("60", "mcg", code="ug")}], **timed(1, 1, "d")}]),
        USED, "", dosed("60 mcg every 1 days")),
    Trap("a dose whose unit and code differ, in words", drug("prednisone", dosageInstruction=[{
        "doseAndRate": [{"doseQuantity": quantity("30", "milligram", code="g")}],
        **timed(1, 1, "d")}]), USED, "", NO_DOSE),
    Trap("a dose in capital letters", drug("prednisone", dosageInstruction=taken(
        "30", "MG", **timed(1, 1, "d"))), USED, "", dosed("30 mg every 1 days")),
    Trap("a volume whose code is a mass", drug("prednisone", dosageInstruction=[{"doseAndRate": [
        {"doseQuantity": quantity("30", "mL", code="mg")}], **timed(1, 1, "d")}]), USED, "", NO_DOSE),
    Trap("tablets whose code is a mass", drug("prednisone 20 MG", dosageInstruction=[{"doseAndRate": [
        {"doseQuantity": quantity("2", "tablet", code="mg")}], **timed(1, 1, "d")}]), USED, "", NO_DOSE),
    Trap("a dose for five days of an order without an end", prednisone("60", frequency=1, period=1,
        periodUnit="d", boundsDuration={"value": 5, "unit": "d"}), USED, "", NO_DOSE),
    Trap("a dose that is given once, in an order without an end", prednisone("60", frequency=1,
        period=1, periodUnit="d", count=1), USED, "", NO_DOSE),
    Trap("a dose with its period", prednisone("60", frequency=1, period=1, periodUnit="d",
        boundsPeriod={"start": "2026-03-02", "end": "2026-03-05"}), USED, "", {"treatment": {
            "drug": "prednisone", "start": "2026-03-02", "stop": "2026-03-05",
            "purpose": "unknown", "dose": "60 mg every 1 days"}}),
    Trap("a dose with a shorter period than that of the statement", {**prednisone("60", frequency=1,
        period=1, periodUnit="d", boundsPeriod={"start": "2025-01-01", "end": "2025-01-05"}),
        **STATED}, USED, "", {"treatment": {**STATED_AT, "note": "its dose is in the source"}}),
    Trap("a dose with a longer period than that of the statement", {**prednisone("60", frequency=1,
        period=1, periodUnit="d", boundsPeriod={"start": "2024-12", "end": "2025-12-31"}),
        **STATED}, USED, "", {"treatment": {**STATED_AT, "dose": "60 mg every 1 days"}}),
    Trap("a dose to an end that nobody can read", {**prednisone("60", frequency=1, period=1,
        periodUnit="d", boundsPeriod={"end": "5 January"}), **STATED}, USED, "", {
            "treatment": {**STATED_AT, "note": "its dose is in the source"}}),
    Trap("a text that changes the dose", daily("60", text="60 mg for 5 days, then taper to 5 mg"),
         USED, "", NO_DOSE),
    Trap("an instruction that ends the dose", daily("60", additionalInstruction=[
        {"text": "only for 3 days, then stop"}]), USED, "", NO_DOSE),
    Trap("words for the patient that change the dose", daily("60", patientInstruction="Half of it."),
         USED, "", NO_DOSE),
    Trap("a text that says the same", daily("40", text="Take 40 mg (2 tablets) by mouth once daily.",
        additionalInstruction=[{"text": "with food"}]), USED, "", {"treatment": {
            **dosed("40 mg every 1 days")["treatment"], "route": "oral"}}),
    Trap("a text that says another number of tablets", daily("40", text="3 tablets daily"), USED, "",
         {"treatment": {**NO_DOSE["treatment"], "route": "oral"}}),
    Trap("a text that says another rhythm", daily("40", text="40 mg twice a day"), USED, "",
         {"treatment": {**NO_DOSE["treatment"], "route": "oral"}}),
    Trap("most a day", daily("60", maxDosePerPeriod={"numerator": {"value": 30, "unit": "mg"}}), USED,
         "", NO_DOSE),
    Trap("when needed", drug("prednisone", dosageInstruction=taken(
        "5", "mg", asNeededBoolean=True, **timed(1, 1, "d"))), USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED, "note": "its dose is in the source"}}),
    Trap("for lupus", drug("prednisone", reasonCode=[concept("M32.9", "SLE", ICD)]), USED, "",
         {"treatment": {"drug": "prednisone", "start": "2026-09-01", "purpose": "this disease"}}),
    Trap("for asthma", drug("prednisone", reasonCode=[concept("J45.9", "Asthma", ICD)]), USED, "",
         {"treatment": {"drug": "prednisone", **ORDERED}}),
    Trap("a cream", drug("hydrocortisone 10 MG/ML Topical Cream"), USED, "", {"treatment": {
        "drug": "hydrocortisone", "route": "topical", **ORDERED}}),
    Trap("a drug that may be a cream", drug("hydrocortisone", "5492"), AMBIGUOUS, "given locally"),
    Trap("eye drops by their route", drug("dexamethasone", dosageInstruction=[
        {"route": {"text": "Ophthalmic route"}}]), USED, "", {"treatment": {
            "drug": "dexamethasone", "route": "ophthalmic", **ORDERED}}),
    Trap("by a route that nobody knows", drug("prednisone", dosageInstruction=[
        {"route": {"text": "as directed"}}]), AMBIGUOUS, "route"),
    Trap("by name a cream and by route a tablet", drug("tacrolimus ointment", dosageInstruction=[
        {"route": {"text": "Oral"}}]), AMBIGUOUS, "differ"),
    Trap("a combination", drug("ciprofloxacin 3 MG/ML / dexamethasone 1 MG/ML Otic Suspension"),
         AMBIGUOUS, "a combination of drugs"),
    Trap("a drug among other words", drug("prednisone allergy test kit"), AMBIGUOUS,
         "among words that are not known"),
    Trap("a name of two drugs", drug("AZT"), AMBIGUOUS, "several drugs"),
    Trap("a code and a name that differ", drug("prednisolone", "8640"), AMBIGUOUS, "different drugs"),
    Trap("no drug of ours", drug("Lisinoprilum forte"), NOT_USED, "no fact or list of ours"),
    Trap("planned", drug("rituximab", intent="plan"), AMBIGUOUS, "planned"),
    Trap("a draft", drug("rituximab", status="draft"), NOT_USED, "planned"),
    Trap("cancelled before it was given", drug("rituximab", status="cancelled"), NOT_USED,
         "cancelled"),
    Trap("an order not to give it", drug("rituximab", doNotPerform=True), NOT_USED, "not to give"),
    Trap("not taken", {**drug("cyclophosphamide"), "resourceType": "MedicationStatement",
        "status": "not-taken"}, NOT_USED, "not taken"),
    Trap("never started", drug("belimumab", status="stopped", statusReason={
        "text": "Never started, denied by insurance"}), AMBIGUOUS, "'never'"),
    Trap("never given, by the code of the reason", {**drug("rituximab"), "status": "completed",
        "resourceType": "MedicationStatement", "statusReason": [
            concept("x", "Drug not administered", SCT)]}, AMBIGUOUS, "'not administered'"),
    Trap("stopped for a reason", drug("prednisone", status="stopped", statusReason={
        "text": "No longer effective"}), USED, "", {"treatment": {"drug": "prednisone", **ORDERED}}),
    Trap("an order on hold", drug("cyclophosphamide", status="on-hold"), AMBIGUOUS, "on hold"),
    Trap("a drug on hold", {**drug("rituximab"), "resourceType": "MedicationStatement",
        "status": "on-hold"}, AMBIGUOUS, "on hold"),
    Trap("a procedure that was refused", {"resourceType": "Procedure", "status": "completed",
        "subject": SUBJECT, "code": {"text": "Plasma exchange"}, "performedDateTime": "2026-05-06",
        "statusReason": {"text": "patient refused"}}, AMBIGUOUS, "'refused'"),
    Trap("intended", {**drug("cyclophosphamide"), "resourceType": "MedicationStatement",
        "status": "intended"}, AMBIGUOUS, "planned"),
    Trap("stated of a time", {**drug("azathioprine", authoredOn=None),
        "resourceType": "MedicationStatement", "status": "completed",
        "effectivePeriod": {"start": "2024-01", "end": "2025-02-03"}}, USED, "", {"treatment": {
            "drug": "azathioprine", "start": "2024-01", "stop": "2025-02-03",
            "purpose": "unknown"}}),
    Trap("an infusion", {**drug("rituximab", authoredOn=None),
        "resourceType": "MedicationAdministration", "status": "completed",
        "effectiveDateTime": "2026-02-03T10:00:00Z",
        "dosage": {"dose": {"value": 1000, "unit": "mg"}}}, USED, "", {"treatment": {
            "drug": "rituximab", "start": "2026-02-03", "stop": "2026-02-03",
            "purpose": "unknown", "dose": "1000 mg once"}}),
    Trap("not given", {**drug("rituximab"), "resourceType": "MedicationAdministration",
        "status": "not-done"}, NOT_USED, "not given"),
    Trap("an end that has not come", drug("prednisone", dosageInstruction=[{"timing": {"repeat": {
        "boundsPeriod": {"start": "2026-11-01", "end": "2027-01-01"}}}}]), USED, "", {"treatment": {
            "drug": "prednisone", "start": "2026-11-01", "purpose": "unknown",
            "note": "its dose is in the source"}}),
    # procedures, vaccines, allergies
    Trap("a plasma exchange", {"resourceType": "Procedure", "status": "completed", "subject": SUBJECT,
        "code": {"text": "Plasma exchange"}, "performedDateTime": "2026-05-06"}, USED, "treatment",
        {"treatment": {"drug": "plasma exchange", "start": "2026-05-06", "stop": "2026-05-06",
                       "purpose": "unknown"}}),
    Trap("a procedure that was not done", {"resourceType": "Procedure", "status": "not-done",
        "subject": SUBJECT, "code": {"text": "Plasma exchange"}}, NOT_USED, "not done"),
    Trap("a procedure of ours under no code", {"resourceType": "Procedure", "status": "completed",
        "subject": SUBJECT, "code": {"text": "Bone scan"}}, NOT_USED, "no fact or list of ours"),
    Trap("a vaccine", {"resourceType": "Immunization", "status": "completed", "patient": SUBJECT,
        "vaccineCode": {"text": "Influenza"}, "occurrenceDateTime": "2026-10-10"}, USED, "vaccine",
        {"vaccine": {"name": "Influenza", "date": "2026-10-10"}}),
    Trap("a vaccine that was refused", {"resourceType": "Immunization", "status": "not-done",
        "patient": SUBJECT, "vaccineCode": {"text": "Influenza"},
        "occurrenceDateTime": "2026-10-10"}, NOT_USED, "not done"),
    Trap("a severe allergy to a drug", {"resourceType": "AllergyIntolerance", "type": "allergy",
        "category": ["medication"], "patient": SUBJECT, "code": {"text": "Penicillin"},
        "clinicalStatus": coded("clinical", "active"),
        "verificationStatus": coded("ver-status", "confirmed"), "recordedDate": "2019-01-02",
        "reaction": [{"severity": "severe"}]}, USED, "allergy.severe_drug",
        {"allergy.severe_drug": {"value": True, "date": "2019-01-02"}}),
    Trap("no known allergy", {"resourceType": "AllergyIntolerance", "patient": SUBJECT,
        "category": ["medication"], "code": {"text": "No known drug allergy"},
        "verificationStatus": coded("ver-status", "confirmed")}, NOT_USED, "closes nothing"),
    Trap("an allergy to peanuts", {"resourceType": "AllergyIntolerance", "patient": SUBJECT,
        "category": ["food"], "code": {"text": "Peanut"}, "reaction": [{"severity": "severe"}]},
        NOT_USED, "no allergy to a drug"),
    Trap("an intolerance", {"resourceType": "AllergyIntolerance", "type": "intolerance",
        "category": ["medication"], "patient": SUBJECT, "code": {"text": "Codeine"},
        "verificationStatus": coded("ver-status", "confirmed"),
        "reaction": [{"severity": "severe"}]}, AMBIGUOUS, "not all is recorded"),
    Trap("a report", {"resourceType": "DiagnosticReport", "subject": SUBJECT}, NOT_USED,
         "its results are Observations"),
    # ... and what is odd
    Trap("a long history of drugs", drug("prednisone", "8640", authoredOn="1985-01-01"), AMBIGUOUS,
         "before birth"),
    Trap("an order of the future", drug("prednisone", authoredOn="2027-01-01"), AMBIGUOUS, "future"),
    Trap("an order whose status nobody knows", drug("prednisone", status="unknown"), AMBIGUOUS,
         "status"),
    Trap("an order that an extension changes", drug("prednisone", modifierExtension=[{"url": "x"}]),
         AMBIGUOUS, "extension"),
    Trap("a drug for no immunity", drug("naproxen"), NOT_USED, "of no class of drugs"),
    Trap("a drug that stands elsewhere", {**drug("x", medicationReference={"reference": "Medication/9"})},
         AMBIGUOUS, "not in the source"),
    Trap("a drug that stands elsewhere, and is named", {**drug("x", medicationReference={
        "reference": "Medication/9", "display": "prednisone"})}, USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED}}),
    Trap("a drug that is inside", drug("x", medicationReference={"reference": "#m"}, contained=[
        {"resourceType": "Medication", "id": "m", "code": {"text": "prednisone"},
         "form": {"text": "tablet"}}]), USED, "", {"treatment": {"drug": "prednisone", **ORDERED}}),
    Trap("two ingredients inside", drug("x", medicationReference={"reference": "#m"}, contained=[
        {"resourceType": "Medication", "id": "m", "ingredient": [
            {"itemCodeableConcept": {"text": "prednisone"}},
            {"itemCodeableConcept": {"text": "Salt"}}]}]), AMBIGUOUS, "a combination of drugs"),
    Trap("two names with two routes", drug("x", medicationCodeableConcept={
        "coding": [{"display": "tacrolimus ointment"}, {"display": "tacrolimus oral"}]}), AMBIGUOUS,
        "different routes"),
    Trap("by the code of the ATC", drug("x", medicationCodeableConcept=concept(
        "H02AB07", "", "http://www.whocc.no/atc")), USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED}}),
    Trap("twice a day, by a code", drug("prednisone", dosageInstruction=taken(
        "5", "mg", timing={"code": {"coding": [{"code": "BID"}]}})), USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED, "dose": "5 mg bid"}}),
    Trap("three times a day", drug("prednisone", dosageInstruction=taken(
        "5", "mg", **timed(3, 1, "d"))), USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED, "dose": "5 mg 3 times a day"}}),
    Trap("three times in two days", drug("prednisone", dosageInstruction=taken(
        "5", "mg", **timed(3, 2, "d"))), USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED, "note": "its dose is in the source"}}),
    Trap("on Mondays", drug("methotrexate", dosageInstruction=taken("15", "mg", timing={"repeat": {
        "frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"]}})), USED, "",
        {"treatment": {"drug": "methotrexate", **ORDERED, "note": "its dose is in the source"}}),
    Trap("without saying how often", drug("prednisone", dosageInstruction=taken(
        "5", "mg", timing={"repeat": {"boundsPeriod": {"start": "2026-09-02"}}})), USED, "",
        {"treatment": {"drug": "prednisone", "start": "2026-09-02", "purpose": "unknown",
                       "note": "its dose is in the source"}}),
    Trap("two doses", drug("prednisone", dosageInstruction=2 * taken("5", "mg", **timed(1, 1, "d"))),
         USED, "", {"treatment": {"drug": "prednisone", **ORDERED,
                                  "note": "its dose is in the source"}}),
    Trap("a dose that is no dose of a day", drug("prednisone", dosageInstruction=taken(
        "999999", "mg", **timed(1, 1, "d"))), USED, "", {"treatment": {
            "drug": "prednisone", **ORDERED, "note": "its dose is in the source"}}),
    Trap("less than a dose", drug("prednisone", dosageInstruction=[{"doseAndRate": [{
        "doseQuantity": {"value": 5, "unit": "mg", "comparator": "<"}}], **timed(1, 1, "d")}]), USED,
        "", {"treatment": {"drug": "prednisone", **ORDERED, "note": "its dose is in the source"}}),
    Trap("drops", drug("prednisone", dosageInstruction=taken("5", "drop", **timed(1, 1, "d"))), USED,
         "", {"treatment": {"drug": "prednisone", **ORDERED, "note": "its dose is in the source"}}),
    Trap("a diagnosis that an extension changes", diagnosis("M32.9", modifierExtension=[{"url": "x"}]),
         AMBIGUOUS, "extension"),
    Trap("a diagnosis of an odd status", diagnosis("M32.9", clinicalStatus=coded("clinical", "x")),
         AMBIGUOUS, "clinical status"),
    Trap("a pregnancy of no status", diagnosis("Z33.1", clinicalStatus=None), AMBIGUOUS,
         "nothing says that it is active"),
    Trap("a diagnosis before birth", diagnosis("M32.9", onsetDateTime="1980-01-01"), AMBIGUOUS,
         "before birth"),
    Trap("a cancer before birth", diagnosis("C50.9", onsetDateTime="1980-01-01"), AMBIGUOUS,
         "before birth"),
    Trap("a cancer that was over before it began", diagnosis("C50.9", abatementDateTime="2019-01-01",
        clinicalStatus=coded("clinical", "resolved")), AMBIGUOUS, "its end lies before"),
    Trap("a skin cancer of an unknown kind and day", diagnosis("C44.91", onsetDateTime=None), USED,
         "malignancy", {"malignancy": {"kind": "unknown"}}),
    Trap("a procedure that an extension changes", {"resourceType": "Procedure", "subject": SUBJECT,
        "status": "completed", "code": {"text": "Plasma exchange"}, "modifierExtension": [{}]},
        AMBIGUOUS, "extension"),
    Trap("a procedure of an odd status", {"resourceType": "Procedure", "subject": SUBJECT,
        "status": "unknown", "code": {"text": "Plasma exchange"}}, AMBIGUOUS, "status"),
    Trap("a procedure of the future", {"resourceType": "Procedure", "subject": SUBJECT,
        "status": "completed", "code": {"text": "Plasma exchange"},
        "performedPeriod": {"start": "2027-01-01"}}, AMBIGUOUS, "future"),
    Trap("a vaccine without a status", {"resourceType": "Immunization", "patient": SUBJECT},
         AMBIGUOUS, "no known status"),
    Trap("a vaccine without a day", {"resourceType": "Immunization", "patient": SUBJECT,
        "status": "completed", "occurrenceString": "as a child"}, AMBIGUOUS, "no date"),
    Trap("a vaccine without a name", {"resourceType": "Immunization", "patient": SUBJECT,
        "status": "completed", "occurrenceDateTime": "2026-10-10"}, AMBIGUOUS, "no name"),
    Trap("an allergy that was refuted", ALLERGY | {
        "verificationStatus": coded("ver-status", "refuted")}, NOT_USED, "refuted"),
    Trap("a mild allergy", ALLERGY | {"reaction": [{"severity": "mild"}]}, NOT_USED,
         "no severe reaction"),
    Trap("an allergy that is past", ALLERGY | {"clinicalStatus": coded("clinical", "resolved")},
         AMBIGUOUS, "past"),
    Trap("an allergy of the future", ALLERGY | {"recordedDate": "2027-01-02"}, AMBIGUOUS, "future"),
    Trap("an allergy that an extension changes", ALLERGY | {"modifierExtension": [{"url": "x"}]},
         AMBIGUOUS, "extension"),
    Trap("a period without its end", creatinine(effectiveDateTime=None, effectivePeriod={
        "start": "2026-09-01"}), AMBIGUOUS, "without its end"),
    Trap("a period of two months", creatinine(effectiveDateTime=None, effectivePeriod={
        "start": "2026-08", "end": "2026-09"}), AMBIGUOUS, "more than a day"),
    Trap("a value, and a reason for none", creatinine(dataAbsentReason={
        "coding": [{"code": "error"}]}), AMBIGUOUS, "differs in itself"),
    Trap("no value, and no reason", creatinine(valueQuantity=None), NOT_USED, "no value"),
    Trap("an interpretation alone", result("5195-3", interpretation=[
        {"coding": [{"code": "POS"}]}]), USED, "", {"infection.hbsag": {
            "value": "positive", "date": ON}}),
    Trap("a word that is interpreted otherwise", result("5195-3", valueString="negative",
        interpretation=[{"coding": [{"code": "POS"}]}]), AMBIGUOUS, "differs in itself"),
    Trap("a number without its limit that is interpreted", result("33569-5",
        valueQuantity=quantity("120", "U/mL"), interpretation=[{"coding": [{"code": "POS"}]}]), USED,
        "", {"antibody.anti_ro": {"value": "positive", "date": ON,
                                  "note": "120 U/mL, as it was interpreted"}}),
    Trap("a number without its limit", result("33569-5", valueQuantity=quantity("120", "U/mL")), USED,
         "", {"antibody.anti_ro": {"value": "120 U/mL", "date": ON}}),
    Trap("an antibody below nothing", result("33569-5", valueQuantity=quantity("-1", "U/mL")),
         AMBIGUOUS, "out of range"),
    Trap("a number without a number", creatinine(valueQuantity={"unit": "mg/dL"}), AMBIGUOUS,
         "no number"),
    Trap("a comparator of later releases", creatinine(valueQuantity=quantity(
        "1", "mg/dL", comparator="ad")), AMBIGUOUS, "comparator"),
    Trap("a whole number", result("89247-1", valueInteger=1), USED, "", {"activity.ecog": {
        "value": "1", "date": ON}}),
    Trap("a whole number without a unit", creatinine(valueQuantity=None, valueInteger=1), AMBIGUOUS,
         "no unit"),
    Trap("a ratio that is no titre", creatinine(valueQuantity=None, valueRatio={
        "numerator": {"value": 2}, "denominator": {"value": 8}}), AMBIGUOUS, "no titre"),
    Trap("a unit that nobody knows beside its code", creatinine(valueQuantity={
        "value": 1, "unit": "milligrams%", "system": UCUM, "code": "mg/dL"}), USED, "",
        {"lab.creatinine": {"value": "1 mg/dL", "date": ON}}),
    Trap("a unit and a code of an antibody that differ", result("33569-5", valueQuantity={
        "value": 5, "unit": "U/mL", "system": UCUM, "code": "[iU]/mL"}), AMBIGUOUS, "differ"),
    Trap("a unit and a code of which one is no amount by volume", creatinine(valueQuantity={
        "value": 1, "unit": "mg/dL", "system": UCUM, "code": "U/L"}), AMBIGUOUS, "differ"),
    Trap("a titre of what has none", creatinine(valueQuantity=None, valueString="1:8"), AMBIGUOUS,
         "its unit does not fit"),
    Trap("a number that its scale has not", result("89247-1", valueQuantity=quantity("1.5", "{score}")),
         AMBIGUOUS, "not understood"),
    Trap("a titre with a point", result("29953-7", valueQuantity=quantity("320.0", "{titer}")), USED,
         "", {"antibody.ana": {"value": "1:320", "date": ON}}),
    Trap("a titre without its one", result("29953-7", valueQuantity=quantity("320", "{titer}")), USED,
         "", {"antibody.ana": {"value": "1:320", "date": ON}}),
    Trap("a number of another scale", creatinine(valueQuantity=quantity("1E+20", "mg/dL")), AMBIGUOUS,
         "no number"),
    Trap("a day that is none", creatinine(effectiveDateTime="2026-02-30"), AMBIGUOUS, "no date"),
]  # fmt: skip
