"""What is open stays inside the answer: every way to complete a patient says the same.

The outcomes are written here a second time, as plain arithmetic over complete patients: they are
the standard that the rules of the page are held against.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import pytest
from followed import CASES, ITEMS, SYSTEMS, outcome, patient_of, responded, seen, visit_data
from support import profile_of

from cartscreen.pack.pack import bundled_pack
from cartscreen.response.contract import OutcomeReport
from cartscreen.response.visits import follow_up

WEIGHTS = {  # Gladman, Ibanez, Urowitz. J Rheumatol 2002;29:288-91
    **dict.fromkeys(["seizure", "psychosis", "organic_brain_syndrome", "visual_disturbance"], 8),
    **dict.fromkeys(
        ["cranial_nerve_disorder", "lupus_headache", "cerebrovascular_accident", "vasculitis"], 8
    ),
    **dict.fromkeys(["arthritis", "myositis", "urinary_casts", "hematuria", "proteinuria"], 4),
    "pyuria": 4,
    **dict.fromkeys(["rash", "alopecia", "mucosal_ulcers", "pleurisy", "pericarditis"], 2),
    **dict.fromkeys(["low_complement", "increased_dna_binding"], 2),
    **dict.fromkeys(["fever", "thrombocytopenia", "leukopenia"], 1),
}
SEROLOGY = {"low_complement", "increased_dna_binding"}
PGA = [Decimal(n) / 10 for n in range(31)]
GRADES = "ABCDE"

Visit = Mapping[str, Any]  # there, open: items; pga: a number or None; grades: a letter or None


def drawn(random: Random, there: int, open_: int) -> dict[str, Any]:
    """A visit with so many items there at most, and some that are open."""
    items = random.sample(ITEMS, there + open_)
    used = {s: random.choice("ABCD") for s in random.sample(SYSTEMS, 2)}
    grades: dict[str, str | None] = dict.fromkeys(SYSTEMS, "D") | used
    for system in random.sample(SYSTEMS, random.choice([0, 0, 1])):
        grades[system] = None
    return {
        "there": items[:there],
        "open": items[there:],
        "pga": random.choice([None, *random.sample(PGA, 6)]),
        "grades": grades,
    }


def as_case(visit: Visit) -> dict[str, Any]:
    """The visit as a case writes it."""
    grades = {name: grade or "not assessed" for name, grade in visit["grades"].items()}
    pga = "not done" if visit["pga"] is None else str(visit["pga"])
    return {"sledai": visit["there"], "open": visit["open"], "pga": pga, "bilag": grades}


def totals(visit: Visit, *, without: frozenset[str] = frozenset()) -> set[int]:
    """Every total that the visit may have."""
    known = sum(WEIGHTS[name] for name in visit["there"] if name not in without)
    open_ = [WEIGHTS[name] for name in visit["open"] if name not in without]
    return {known + sum(way) for way in product(*((0, weight) for weight in open_))}


def graded(visit: Visit) -> Iterator[tuple[str, ...]]:
    """Every way in which the systems may be graded."""
    return product(*(visit["grades"][s] or GRADES for s in SYSTEMS))


def new_grades(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[int, int]:
    """(new A, new B): from A to B is no new B."""
    pairs = list(zip(before, after, strict=True))
    return (
        sum(now == "A" and was != "A" for was, now in pairs),
        sum(now == "B" and was in "CDE" for was, now in pairs),
    )


def told(answers: set[bool]) -> str:
    """Yes or no where every completion says so."""
    return {frozenset([True]): "yes", frozenset([False]): "no"}.get(frozenset(answers), "unknown")


def sri_4(before: Visit, after: Visit) -> dict[str, str]:
    """What each component says of all completions; S3 by each of its readings."""
    fell = {was - now >= 4 for was in totals(before) for now in totals(after)}
    ends = [PGA if item["pga"] is None else [item["pga"]] for item in (before, after)]
    rose = {now - was < Decimal("0.3") for was in ends[0] for now in ends[1]}
    first, second = set(), set()
    for was in graded(before):
        for now in graded(after):
            new_a, new_b = new_grades(was, now)
            first.add(new_a == 0 and new_b < 2)
            second.add(new_a == 0 and now.count("B") < 2)
    return {
        "S1": told(fell),
        "S2": told(rose),
        "fewer than 2 new B": told(first),
        "fewer than 2 B, new or not": told(second),
    }


def answers_of(found: OutcomeReport) -> dict[str, str]:
    """The same of the program."""
    said = {item.id: item.answer for item in found.components if not item.readings}
    return said | {r.label: r.answer for item in found.components for r in item.readings}


@pytest.mark.parametrize("seed", range(30))
def test_sri_4_is_decided_where_every_completion_agrees(seed: int) -> None:
    """And only there: neither a decided answer that could be otherwise, nor one left open."""
    random = Random(seed)
    before, after = drawn(random, 4, random.randrange(3)), drawn(random, 2, random.randrange(3))
    found = outcome(responded(seen(as_case(before), as_case(after))), "SRI-4")

    expected = sri_4(before, after)

    assert answers_of(found) == expected
    every = {"met": "yes", "not met": "no", "open": "unknown"}
    whole = set(expected.values())
    readings = {expected[name] for name in expected if name.startswith("fewer")}
    first = {expected["S1"], expected["S2"], readings.pop() if len(readings) == 1 else "unknown"}
    assert every[found.status] == (
        "no" if "no" in first else "yes" if first == {"yes"} else "unknown"
    ), whole


@pytest.mark.parametrize("seed", range(20))
def test_doris_is_decided_where_every_completion_agrees(seed: int) -> None:
    """The clinical score is of every item but serology; the PGA is below 0.5."""
    random = Random(seed)
    visit = drawn(random, random.choice([0, 0, 1]), random.randrange(3))
    dose = random.choice(["4.9", "5", "5.1"])
    drugs = [{"drug": "prednisolone", "dose": f"{dose} mg/day", "start": "2026-05-01"}]
    found = outcome(responded(seen({}, {**as_case(visit), "drugs": drugs})), "DORIS")

    clinical = {total == 0 for total in totals(visit, without=frozenset(SEROLOGY))}
    pga = {now < Decimal("0.5") for now in (PGA if visit["pga"] is None else [visit["pga"]])}

    assert answers_of(found) == {
        "D1": told(clinical),
        "D2": told(pga),
        "D4": told({Decimal(dose) <= 5}),
        "D5": "yes",
    }


@pytest.mark.parametrize("total", range(12))
def test_doris_of_a_stated_total(total: int) -> None:
    """Serology is worth 0, 2 or 4: 0 is yes, above 4 no; below, the range of the rest is open."""
    found = outcome(responded(seen({}, {"sledai": total, "pga": "0.2"})), "DORIS")
    clinical = next(item for item in found.components if item.id == "D1")

    assert clinical.answer == ("yes" if total == 0 else "no" if total > 4 else "unknown")


MAJOR = {
    *["urinary_casts", "hematuria", "proteinuria", "pyuria", "pericarditis", "pleurisy"],
    *["seizure", "psychosis", "organic_brain_syndrome", "visual_disturbance"],
    *["cranial_nerve_disorder", "lupus_headache", "cerebrovascular_accident"],
}


@pytest.mark.parametrize("item", ITEMS)
def test_which_descriptor_is_activity_of_a_major_organ(item: str) -> None:
    """Kidney, nervous system, heart, lungs; vasculitis and fever are named beside them."""
    there = {"sledai": [item]}
    found = outcome(responded(seen(there, there, there)), "LLDAS")
    assert found.published is not None
    said = {part.id: part.answer for part in (*found.components, *found.published.components)}
    named = item in ("vasculitis", "fever")

    assert said["L1b"] == ("no" if item in MAJOR else "yes")
    assert said["L1c"] == ("no" if named else "yes")
    assert said["PL1b"] == ("no" if item in MAJOR or named else "yes")


KNOWN = [
    case for case in CASES if case["outcome"] != "SRI-4" or case["id"] in ("S08", "S11", "S15")
]


@pytest.mark.parametrize("case", KNOWN[::2], ids=lambda case: case["id"])
def test_knowing_more_never_flips(case: dict[str, Any]) -> None:
    """With half of what the three visits record left out, no outcome says the opposite."""
    random = Random(case["id"])
    files = []
    for at in ("baseline", "previous", "visit"):
        data = visit_data(at, case.get(at, {}))
        for section in ("sledai", "bilag", "activity", "visit"):
            kept = data.get(section, {})
            data[section] = {key: value for key, value in kept.items() if random.random() < 0.5}
        if random.random() < 0.5:
            data.pop("reviewed", None)
        profile = profile_of({key: value for key, value in data.items() if value != {}})
        files.append((f"{at}.toml", profile))
    less = responded(follow_up(files, bundled_pack()))
    more = responded(patient_of({**case, "outcome": "LLDAS"}))

    for name in ("SRI-4", "LLDAS", "DORIS"):
        both = {outcome(less, name).status, outcome(more, name).status}
        assert both != {"met", "not met"}, name
        pairs = (outcome(item, name).published for item in (less, more))
        assert {item.status for item in pairs if item} != {"met", "not met"}, name


def test_a_patient_of_whom_nothing_is_recorded_is_open() -> None:
    """By every component that asks for something, of the page and of the papers."""
    dates = {"infusion": "2026-04-01"}
    blank = [{"screening": "2026-03-01"}, {"visit": "2026-06-01"}, {"visit": "2026-07-01"}]
    files = [
        (f"{at}.toml", profile_of({"dates": {**dates, **day}})) for at, day in enumerate(blank)
    ]
    found = responded(follow_up(files, bundled_pack()))

    for item in found.trials[0].outcomes:
        assert item.published is not None
        for definition in (item, item.published):
            assert definition.status == "open"
            assert {part.answer for part in definition.components} == {"unknown"}
