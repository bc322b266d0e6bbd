"""JSON Schemas of what commands write as JSON, a trial file and a patient profile (2020-12)."""

from typing import Any

from cartscreen.contract import Failure, Report, VerdictLine
from cartscreen.model import schema_model
from cartscreen.pack.read_trial import TrialFile
from cartscreen.profile.model import LONGEST_PSEUDONYM, MARK, STATUSES
from cartscreen.vocabulary import NOT_KNOWN, FactEntry, Vocabulary

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def report_schema() -> dict[str, Any]:
    """An array of reports and failures, as `check --format json` writes it."""
    from pydantic import TypeAdapter

    listed: Any = list[schema_model(Report) | schema_model(Failure)]  # type: ignore[misc]
    schema = TypeAdapter(listed).json_schema(mode="serialization")
    return {"$schema": DRAFT, "title": "cartscreen reports", **schema}


def verdict_schema() -> dict[str, Any]:
    """A line of `check --format verdicts`: a verdict (cartscreen-verdict/1), or a failure."""
    from pydantic import TypeAdapter

    line: Any = schema_model(VerdictLine) | schema_model(Failure)
    schema = TypeAdapter(line).json_schema(mode="serialization")
    return {"$schema": DRAFT, "title": "cartscreen verdict", **schema}


def plan_schema() -> dict[str, Any]:
    """One plan (cartscreen-plan/1), as `plan --format json` writes it.

    It has all that a report has; its trials, and `wanted`, say what comes next.
    """
    from cartscreen.plan.contract import Plan

    return {"$schema": DRAFT, **schema_model(Plan).model_json_schema(mode="serialization")}


def response_schema() -> dict[str, Any]:
    """What `response --format json` writes (cartscreen-response/1)."""
    from cartscreen.response.contract import Responses

    return {"$schema": DRAFT, **schema_model(Responses).model_json_schema(mode="serialization")}


def trial_schema() -> dict[str, Any]:
    """A trial file, read as TOML."""
    return {"$schema": DRAFT, **schema_model(TrialFile).model_json_schema()}


def escalation_schema() -> dict[str, Any]:
    """The report on a ledger (cartscreen-escalation/1), as `escalation --format json` writes it."""
    from cartscreen.escalation.contract import Escalation

    return {"$schema": DRAFT, **schema_model(Escalation).model_json_schema(mode="serialization")}


def ledger_schema() -> dict[str, Any]:
    """The ledger of a study for `escalation`, read as TOML (its dates as ISO text)."""
    text = {"type": "string", "minLength": 1}
    day = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    dose = {**text, "description": "cells per kilogram, 3e5 cells/kg"}
    patient = {
        "patient": {**text, "description": "a pseudonym"},
        "level": {**text, "description": "a dose level of the trial"},
        "dose": {**dose, "description": "another dose, in place of level"},
        **dict.fromkeys(("enrolled", "infusion", "occurred", "known"), day),
        "weight": {**text, "description": "58 kg; with cells"},
        "cells": {"type": "number", "exclusiveMinimum": 0, "description": "with weight"},
        "given": {**dose, "description": "the dose given, in place of cells and weight"},
        "dlt": {"enum": [True, False, "pending"]},
        "grade": {"type": "integer", "minimum": 1, "maximum": 5},
        **{key: {"type": "boolean"} for key in ("evaluable", "expansion")},
        **dict.fromkeys(("term", "why", "note"), text),
    }
    answer = {**dict.fromkeys(("gap", "says", "value", "source"), text), "date": day}
    decision = {**dict.fromkeys(("clause", "by", "note"), text), "date": day}
    one_dose = [{"required": ["level"]}, {"required": ["dose"]}]
    tables = {
        "patient": {**_table(patient), "required": ["patient"], "oneOf": one_dose},
        "answer": {**_table(answer), "required": ["gap", "says", "source"]},
        "decision": {**_table(decision), "required": ["clause", "date", "by"]},
    }
    listed = {name: {"type": "array", "items": entry} for name, entry in tables.items()}
    table = _table({"schema": {"const": 1}, "trial": text, "note": text, **listed})
    return {"$schema": DRAFT, "title": "cartscreen ledger", **table, "required": ["schema"]}


def profile_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """A patient profile, read as TOML (its dates as ISO text)."""
    sections = {
        section: _table({name: _fact(vocabulary.facts[f"{section}.{name}"]) for name in names})
        for section, names in vocabulary.sections.items()
    }
    records = {
        name: {
            "type": "array",
            "minItems": 1,
            "description": entry.label,
            "items": _table(_REMARKS | {field: _value(e) for field, e in entry.fields.items()}),
        }
        for name, entry in vocabulary.records.items()
    }
    said = {"type": ["boolean", "string"]}
    mark = {"type": "string", "pattern": f"^{MARK}$", "description": "of the question answered"}
    more = {"answer": said, "question": mark, "by": {"type": "string"}, "date": _DATE}
    given = {"anyOf": [said, {**_table(more), "required": ["answer"]}]}
    answers = {"type": "object", "additionalProperties": given}
    told = _table({"date": _DATE, **_REMARKS, "by": {"type": "string"}})
    review = {"anyOf": [_DATE, {**told, "required": ["date"]}]}
    own = {
        "schema": {"const": 1},
        "patient": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_PSEUDONYM,
            "pattern": r"^\S+( \S+)*$",
        },
        "reviewed": _table(dict.fromkeys(vocabulary.records, review)),
        "answers": {"type": "object", "additionalProperties": answers},
    }
    table = _table({**own, **sections, **records})
    required = {"required": ["schema", "patient"]}
    return {"$schema": DRAFT, "title": "cartscreen profile", **table, **required}


_DATE = {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}


_REMARKS: dict[str, Any] = {"source": {"type": "string"}, "note": {"type": "string"}}
_NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"\d"}]}


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _fact(entry: FactEntry) -> dict[str, Any]:
    """A plain value, a result, or a series of results."""
    value = _value(entry)
    more: dict[str, Any] = {"value": value, "date": _DATE}
    more["status"] = {"enum": [*STATUSES]}
    if entry.kind == "quantity":
        more |= {"upper": value, "lower": value}
    elif entry.measured:
        more |= dict.fromkeys(entry.measured.keys, _NUMBER)
    more |= _REMARKS
    result = {**_table(more), "required": ["value"]}
    forms = [value, result]
    if entry.kind != "date":
        forms.append({"type": "array", "minItems": 1, "items": {"anyOf": [value, result]}})
    return {"description": entry.question, "anyOf": forms}


def _value(entry: FactEntry) -> dict[str, Any]:
    described = {"description": entry.label}
    open_ = {"enum": list(NOT_KNOWN)}
    match entry.kind:
        case "quantity" if entry.unit == "1":
            return {**described, "anyOf": [{"type": "number"}, {"type": "string"}]}
        case "finding" if entry.measured:
            words = {"enum": [*entry.choices, *NOT_KNOWN]}
            return {**described, "anyOf": [words, *_NUMBER["anyOf"]]}
        case "finding" if entry.choices:
            return {**described, "enum": [*entry.choices, *entry.synonyms, *NOT_KNOWN]}
        case "finding":
            return {**described, "anyOf": [{"type": "boolean"}, open_]}
        case "date":
            return {**described, "anyOf": [_DATE, {"enum": [*entry.words, *NOT_KNOWN]}]}
        case "steps":
            step = {"type": "object", "required": ["from"], "properties": {"from": _DATE}}
            return {**described, "type": "array", "minItems": 1, "items": step}
    return {**described, "type": "string"}
