"""What a file of another system is: FHIR R4 as JSON, or which other format, said in a sentence."""

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cartscreen.errors import InputError
from cartscreen.frozen import frozen
from cartscreen.importing.elements import Resource, listed, table, text_of

MOST_BYTES = 200_000_000
"""Of a file of JSON, which is read whole; NDJSON is read line by line."""

LONGEST_LINE = 20_000_000

_DSTU = ("MedicationPrescription", "MedicationOrder", "DiagnosticOrder", "Alert", "Other")
_OLD = {  # elements that R4 has not, by type
    "Observation": ("name", "appliesDateTime", "appliesPeriod", "comments", "related"),
    "Condition": ("dateAsserted", "dateRecorded", "assertedDate", "context"),
    "Patient": ("animal", "careProvider"),
    "MedicationStatement": ("taken", "wasNotTaken", "dateAsserted_"),
    "MedicationRequest": ("definition",),
    "Immunization": ("date", "wasNotGiven", "notGiven"),
    "Procedure": ("notPerformed", "notDone"),
}
_NEW = {
    "MedicationRequest": ("medication",),
    "MedicationStatement": ("medication",),
    "MedicationAdministration": ("medication", "occurenceDateTime", "occurencePeriod"),
    "Procedure": ("occurrenceDateTime", "occurrencePeriod"),
}


@frozen
class Bundle:
    """The resources of a file, each with its address where a Bundle gives one.

    has_next   the file says that it is one page of several
    """

    resources: tuple[tuple[str, Resource], ...]
    has_next: bool = False


def parsed(content: bytes, where: str) -> Any:
    """JSON with exact numbers. Raises InputError that says what the file is instead."""
    text = _decoded(content, where)
    if text[:_HEAD].lstrip().startswith("<"):
        raise InputError(f"{where}: {_of_xml(text)}")
    try:
        return json.loads(text, parse_float=Decimal)
    except RecursionError:
        raise InputError(f"{where}: the JSON lies within itself too deeply to be FHIR.") from None
    except json.JSONDecodeError as fault:
        if not text[fault.pos :].strip() or fault.msg.startswith("Unterminated string"):
            raise InputError(f"{where}: the JSON ends too early; is the file cut off?") from None
        place = f"line {fault.lineno}, column {fault.colno}"
        raise InputError(f"{where}: {place}: this is not JSON.") from None
    except ValueError:  # a number of thousands of digits
        raise InputError(f"{where}: the JSON has a number that is none.") from None


def bundle(data: Any, where: str) -> Bundle:
    """The resources in the data of a file. Raises InputError for what is not FHIR R4."""
    if not isinstance(data, dict) or not isinstance(data.get("resourceType"), str):
        raise InputError(f"{where}: {_not_fhir(data)}")
    found = tuple(_resources(data, where))
    links = map(table, listed(data.get("link")))
    has_next = data["resourceType"] == "Bundle" and any(
        text_of(link.get("relation")) == "next" for link in links
    )
    return Bundle(found, has_next)


def _resources(data: Resource, where: str) -> Iterator[tuple[str, Resource]]:
    if data.get("resourceType") != "Bundle":
        check_version(data, where)
        yield "", data
        return
    if data.get("type") == "history":
        raise InputError(
            f"{where}: this Bundle is a history, which has old versions; export what holds now."
        )
    for item in map(table, listed(data.get("entry"))):
        resource = table(item.get("resource"))
        if resource.get("resourceType") == "Bundle":
            yield from _resources(resource, where)
        elif resource:
            check_version(resource, where)
            yield text_of(item.get("fullUrl")), resource


def check_version(resource: Resource, where: str) -> None:
    """Raises InputError for a resource that R4 does not have in this form."""
    type_ = text_of(resource.get("resourceType"))
    status = resource.get("clinicalStatus")
    marks = (
        []
        if resource.keys().isdisjoint(_OLD.get(type_, ()))
        else [key for key in _OLD[type_] if key in resource]
    )
    if type_ in ("Condition", "AllergyIntolerance") and isinstance(status, str):
        marks.append("clinicalStatus")
    if type_ in _DSTU or marks:
        said = f"{type_}.{marks[0]}" if marks else type_
        raise InputError(
            f"{where}: this is FHIR of an older release than R4 (it has {said}); export it as R4."
        )
    if not resource.keys().isdisjoint(_NEW.get(type_, ())) or type_ == "MedicationUsage":
        raise InputError(f"{where}: this is FHIR of a later release than R4; export it as R4.")


def line_of(content: bytes, where: str) -> Resource:
    """The resource in a line of NDJSON. Raises InputError."""
    data = parsed(content, where)
    if not isinstance(data, dict) or not isinstance(data.get("resourceType"), str):
        raise InputError(f"{where}: {_not_fhir(data)}")
    if data["resourceType"] == "Bundle":
        raise InputError(f"{where}: a line of NDJSON is one resource, and this is a Bundle.")
    check_version(data, where)
    return data


def _decoded(content: bytes, where: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{where}: the file is UTF-16; FHIR is UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise InputError(f"{where}: line {line} is not UTF-8, in which FHIR is written.") from None
    if not text or text.isspace():
        raise InputError(f"{where}: the file is empty.")
    return text


_HEAD = 2000


def _of_xml(text: str) -> str:
    head = text[:_HEAD]
    if "ClinicalDocument" in head:
        return "this is C-CDA, which cartscreen does not read; export FHIR R4 as JSON."
    if "http://hl7.org/fhir" in head:
        return "this is FHIR as XML; export it as JSON."
    return "this is XML, and no FHIR R4 as JSON."


def _not_fhir(data: Any) -> str:
    if isinstance(data, dict) and ("phenotypicFeatures" in data or "phenopacket" in data):
        return "this is a phenopacket, which has no dated results; cartscreen reads FHIR R4."
    if isinstance(data, list):
        return "this is a list; FHIR is a Bundle, or NDJSON with a resource in each line."
    return "this is no FHIR: it has no resourceType."
