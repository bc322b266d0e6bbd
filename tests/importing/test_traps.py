"""Each trap has its fate, and together they add up; nothing is written as absent."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from importing.traps import (
    PERSON,
    SCT,
    TRAPS,
    Trap,
    concept,
    creatinine,
    diagnosis,
    drug,
    quantity,
    result,
)

from cartscreen.codes import Codes
from cartscreen.frozen import replace
from cartscreen.importing import draft as draft_module
from cartscreen.importing.draft import Draft
from cartscreen.importing.patient import How, PatientReader, settled_alone
from cartscreen.importing.tally import Tally
from cartscreen.pack.pack import bundled_pack
from cartscreen.profile.read import parse_profile

TODAY = date(2026, 11, 27)


def imported(resources: Iterable[dict[str, Any]], **how: Any) -> tuple[Draft, Tally]:
    """The draft of one patient with these resources, and what became of them."""
    pack, tally = bundled_pack(), Tally()
    left = []
    for resource in resources:
        if fate := settled_alone(resource, pack.codes):
            tally.add(resource["resourceType"], fate)
        else:
            left.append(resource)
    return PatientReader(pack, How(TODAY, **how), tally).read(left, lambda _: None), tally


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_has_its_fate(trap: Trap) -> None:
    """Its fate, the reason, and what is written of it: nothing, unless it is used."""
    draft, tally = imported([PERSON, {**trap.resource, "id": "1"}])
    ((_, fate),) = [key for key in tally.rows if key[1].reason != "person"]
    source = f"{trap.resource['resourceType']}/1"
    written = {
        **{fact: results[0] for fact, results in draft.facts.items()},
        **{name: entries[0] for name, entries in draft.records.items()},
    }

    assert (fate.kind, trap.reason in fate.reason) == (trap.fate, True), fate
    assert written == {
        name: {**result, "source": source} for name, result in (trap.written or {}).items()
    }


def test_all_traps_in_one_chart() -> None:
    """The counts are those of the traps; every profile that is made can be read."""
    resources = [{**trap.resource, "id": str(number)} for number, trap in enumerate(TRAPS)]
    draft, tally = imported([PERSON, *resources])
    text = draft.toml("P-0001")
    profile = parse_profile(text.encode(), bundled_pack().vocabulary, "P-0001")

    assert len(TRAPS) >= 45
    assert tally.resources == len(TRAPS) + 1
    assert {kind: tally.of(kind) for kind in ("used", "ambiguous", "not used")} == {
        **Counter(trap.fate for trap in TRAPS),
        "used": sum(trap.fate == "used" for trap in TRAPS) + 1,
    }
    assert profile.reviewed == {}
    assert list(false_in(tomllib.loads(text))) == []


def false_in(data: Any) -> Iterable[Any]:
    """Every false in the data, and every word of what goes on."""
    if isinstance(data, dict):
        for value in data.values():
            yield from false_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from false_in(value)
    elif data is False or data == "ongoing":
        yield data


def persons(**more: Any) -> dict[str, Any]:
    """What is written of a person with these elements: fact -> result."""
    draft, _ = imported([{**PERSON, **more}])
    return {fact: dict(result) for fact, result in draft.person.items()}


BIRTH = {"person.birth_date": {"value": "1990-05-01"}}
FEMALE = {"person.sex": {"value": "female"}}
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {**BIRTH, **FEMALE}),
        ({"birthDate": "1990"}, {"person.birth_date": {"value": "1990"}, **FEMALE}),
        ({"birthDate": "2027-01-01"}, FEMALE),
        ({"gender": "other"}, BIRTH),
        ({"gender": None}, BIRTH),
        ({"extension": [{"url": US_CORE, "valueCode": "F"}]}, {**BIRTH, **FEMALE}),
        ({"extension": [{"url": US_CORE, "valueCode": "M"}]}, BIRTH),  # they differ
        ({"deceasedDateTime": "2020-02-03T10:00:00Z"},
         {**BIRTH, **FEMALE, "person.died": {"value": "2020-02-03"}}),
        ({"deceasedBoolean": True}, {**BIRTH, **FEMALE, "person.died": {
            "value": "2026-11-27", "note": "has died by this day; the source does not say when"}}),
        ({"deceasedBoolean": False}, {**BIRTH, **FEMALE}),
    ],
)  # fmt: skip
def test_a_person_is_born_and_may_have_died(more: dict[str, Any], expected: dict[str, Any]) -> None:
    """Of a death without a date: by the day of the import, with a note."""
    assert persons(**more) == expected


@pytest.mark.parametrize(
    ("more", "fact"),
    [
        ({"birthDate": "05.05.1990"}, "person.birth_date"),
        ({"birthDate": 1990}, "person.birth_date"),
        ({"birthDate": "2027-01-01"}, "person.birth_date"),
        ({"deceasedBoolean": "true"}, "person.died"),
    ],
)
def test_what_is_not_read_of_a_person_is_told(more: dict[str, Any], fact: str) -> None:
    """By the name of the fact, and never with what stands there."""
    draft, tally = imported([{**PERSON, **more}])

    assert [fate.name for _, fate in tally.parts if fate.kind == "ambiguous"] == [fact]
    assert fact not in draft.person
    assert str(next(iter(more.values()))) not in str([fate.reason for _, fate in tally.parts])


def test_of_a_panel_each_part_has_its_fate() -> None:
    """The resource is used where a part of it is; what fared worse is told beside it."""
    parts = [
        {"code": concept("1742-6"), "valueQuantity": quantity("22", "U/L")},
        {"code": concept("1920-8"), "valueQuantity": quantity("22", "mmol/L")},
    ]
    _, tally = imported([{**result("24325-3", component=parts), "id": "1"}])
    ((_, fate),) = tally.parts

    assert (tally.resources, tally.of("used")) == (1, 1)
    assert (fate.kind, fate.reason) == ("ambiguous", "its unit does not fit")
    assert [fate.name for _, fate, _ in tally.ambiguous()] == ["1920-8"]


def test_what_was_read_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of values that charts repeat is bounded."""
    monkeypatch.setattr(draft_module, "_MOST_KEPT", 1)
    results = [
        {**creatinine(valueQuantity=quantity(str(n), "mg/dL")), "id": str(n)} for n in range(1, 9)
    ]
    draft, _ = imported(results)

    assert len(draft.facts["lab.creatinine"]) == 8


def test_old_results_may_be_left_out() -> None:
    """Those dated before --since; what lasts is kept."""
    chart = [PERSON, {**creatinine(), "id": "1"}, {**diagnosis("M32.9"), "id": "2"}]
    draft, tally = imported(chart, since="2026-10-02")

    assert list(draft.facts) == ["diagnosis.sle"]
    assert tally.by_reason("not used") == {("Observation", "dated before --since"): 1}


def test_one_diagnosis_without_a_date_is_enough() -> None:
    """Beside one with a date, it says nothing more: a series of results has dates."""
    undated = diagnosis("M32.9", onsetDateTime=None)
    two, _ = imported([{**undated, "id": "1"}, {**undated, "id": "2"}])
    dated, _ = imported([{**undated, "id": "1"}, {**diagnosis("M32.9"), "id": "2"}])

    assert [item["source"] for item in two.facts["diagnosis.sle"]] == ["Condition/1"]
    assert [item["source"] for item in dated.facts["diagnosis.sle"]] == ["Condition/2"]


def test_a_resource_without_an_id_is_read() -> None:
    draft, _ = imported([creatinine()])

    assert draft.facts["lab.creatinine"][0]["source"] == "Observation"


def test_the_reason_of_an_order_may_be_a_diagnosis_of_the_chart() -> None:
    """By reference: for lupus it was given for this disease."""
    chart = {"Condition/1": diagnosis("M32.9")}
    order = drug("prednisone", reasonReference=[{"reference": "Condition/1"}, {"reference": "x"}])
    tally = Tally()
    draft = PatientReader(bundled_pack(), How(TODAY), tally).read([order], chart.get)

    assert draft.records["treatment"][0]["purpose"] == "this disease"


def test_the_specimen_of_a_result_may_stand_elsewhere() -> None:
    """By reference: a result of urine is none of serum."""
    chart = {"Specimen/1": {"resourceType": "Specimen", "type": {"text": "Urine"}}}
    of_urine = creatinine(specimen={"reference": "Specimen/1"})
    tally = Tally()
    PatientReader(bundled_pack(), How(TODAY), tally).read([of_urine], chart.get)

    assert [fate.reason for _, fate, _ in tally.ambiguous()] == [
        "its specimen is not that of its code"
    ]


def test_a_procedure_has_codes_of_the_site() -> None:
    """An entry of the list that they name, with the days on which it began and ended."""
    own = Codes.parse(
        tomllib.loads(
            '[[procedure]]\nlist = "renal_replacement"\nonset = "start"\n'
            'abatement = "last_session"\n[procedure.snomed]\n"1000001" = "our dialysis"'
        ),
        bundled_pack().vocabulary,
        "codes.toml",
    )
    pack = replace(bundled_pack(), codes=own)
    dialysis = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": concept("1000001", "", SCT),
        "performedPeriod": {"start": "2026-01-02", "end": "2026-03-04"},
    }
    draft = PatientReader(pack, How(TODAY), Tally()).read([dialysis], lambda _: None)

    undated = {key: dialysis[key] for key in dialysis if key != "performedPeriod"}
    tally = Tally()
    PatientReader(pack, How(TODAY), tally).read([undated], lambda _: None)

    assert [fate.reason for _, fate, _ in tally.ambiguous()] == [
        "nothing that the list has room for"
    ]
    assert draft.records["renal_replacement"] == [
        {"start": "2026-01-02", "last_session": "2026-03-04", "source": "Procedure"}
    ]
