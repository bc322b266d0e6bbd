"""Random patients and random rules over a few facts of each kind, for the laws."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from support import SCREENING

Data = dict[str, Any]
"""A profile, or a rule, as TOML data."""

DAYS = st.one_of(st.integers(-400, 0), st.integers(-60, 0), st.integers(-10, 40)).map(
    lambda days: SCREENING + timedelta(days=days)
)


def _vague(day: date) -> list[date | str]:
    return [day, day, day, f"{day:%Y-%m}", f"{day:%Y}"]


DATES = DAYS.flatmap(lambda day: st.sampled_from(_vague(day)))
"""Dates of the last year and the next weeks, some of them known only in part."""


def _result(values: st.SearchStrategy[str], upper: str, lower: str) -> st.SearchStrategy[Any]:
    """A value alone, with its limits, or a series of dated ones."""
    alone = st.fixed_dictionaries(
        {"value": values},
        optional={"upper": st.just(upper), "lower": st.just(lower), "date": DATES},
    )
    dated = st.fixed_dictionaries(
        {"value": values, "date": DAYS}, optional={"upper": st.just(upper)}
    )
    same_day = st.fixed_dictionaries({"value": values, "date": st.just(SCREENING)})
    series = st.lists(st.one_of(dated, same_day), min_size=2, max_size=3)
    return st.one_of(values, alone, series, st.lists(same_day, min_size=2, max_size=2))


def _numbers(low: int, high: int, unit: str) -> st.SearchStrategy[str]:
    sign = st.sampled_from(["", "", "", "", "<", ">"])
    return st.tuples(sign, st.integers(low, high)).map(lambda pair: f"{pair[0]}{pair[1]} {unit}")


FACTS: dict[str, st.SearchStrategy[Any]] = {
    "diagnosis.sle": st.booleans(),
    "diagnosis.ild": st.booleans(),
    "heart.ecg": st.sampled_from(["normal", "not significant", "significant", "unknown"]),
    "lab.hemoglobin": _result(_numbers(70, 90, "g/L"), "160 g/L", "120 g/L"),
    "lab.alt": st.booleans().flatmap(
        lambda multiple: (
            st.sampled_from(["2 ULN", "4 ULN"])
            if multiple
            else _result(_numbers(30, 150, "U/L"), "40 U/L", "5 U/L")
        )
    ),
    "lung.fvc": _result(_numbers(60, 80, "%"), "100 %", "70 %"),
    "infection.syphilis_titre": st.sampled_from(["1:4", "1:8", "1:16", "<1:8"]),
    "renal.biopsy_date": DATES,
    "ms.relapse": st.one_of(
        st.booleans(), st.fixed_dictionaries({"value": st.booleans()}, optional={"date": DATES})
    ),
    "person.birth_date": st.sampled_from([date(2007, 6, 2), date(2007, 6, 3), "2007", "2007-06"]),
    "person.sex": st.sampled_from(["female", "male"]),
    "person.fertility": st.sampled_from(["fertile", "sterile"]),
    "person.weight": st.sampled_from(["40 kg", "60 kg"]),
    "sledai.rash": st.booleans(),
    "sledai.arthritis": st.booleans(),
    "dates.consent": st.sampled_from([date(2025, 5, 20), "2025-05"]),
    "dates.enrollment": st.sampled_from([date(2025, 6, 2), date(2025, 6, 9), "2025-07"]),
    "dates.infusion": st.sampled_from([date(2025, 6, 20), date(2025, 7, 1)]),
}
_DRUG = st.sampled_from(
    ["prednisone", "azathioprine", "MMF", "leflunomide", "Zorkine", "rituximab"]
)
_TREATMENT = st.fixed_dictionaries(
    {"drug": _DRUG},
    optional={
        "dose": st.sampled_from(["10 mg/day", "60 mg/day", "unknown"]),
        "response": st.sampled_from(["adequate", "inadequate"]),
    },
)


@st.composite
def _treatment(draw: st.DrawFn) -> Data:
    """One treatment, which neither changes nor stops before its start."""
    entry = draw(_TREATMENT)
    start, change, stop = sorted(draw(st.lists(DAYS, min_size=3, max_size=3)))
    dates = {
        "start": st.sampled_from(_vague(start)),
        "last_change": st.sampled_from(_vague(change)),
        "stop": st.sampled_from([*_vague(stop), "ongoing", "ongoing"]),
    }
    return entry | draw(st.fixed_dictionaries({}, optional=dates))


RECORDS = {
    "treatment": st.lists(_treatment(), min_size=1, max_size=3),
    "vaccine": st.lists(
        st.fixed_dictionaries({"live": st.booleans()}, optional={"date": DATES}),
        min_size=1,
        max_size=2,
    ),
    "infection_episode": st.lists(
        st.fixed_dictionaries(
            {"organism": st.sampled_from(["viral", "bacterial"])},
            optional={"last_active": st.one_of(DATES, st.just("ongoing"))},
        ),
        min_size=1,
        max_size=2,
    ),
}


@st.composite
def profiles(draw: st.DrawFn) -> Data:
    """A small patient: some of the facts, some lists, some of them reviewed."""
    data: Data = {}
    for name, values in FACTS.items():
        if draw(st.integers(0, 3)):
            section, _, key = name.partition(".")
            data.setdefault(section, {})[key] = draw(values)
    for name, lists in RECORDS.items():
        if draw(st.integers(0, 3)):
            data[name] = draw(lists)
        if draw(st.integers(0, 2)):
            data.setdefault("reviewed", {})[name] = SCREENING
    return data


_OPERATOR = st.sampled_from(["<", "<=", ">", ">="])
_WINDOW = st.sampled_from(
    [
        "within 7 days", "within 4 weeks", "within 6 months", "within 1 year",
        "within 6 months before enrollment", "within 4 weeks before infusion",
        "within 3 months before consent",
    ]
)  # fmt: skip


@st.composite
def _comparison(draw: st.DrawFn) -> str:
    limit = draw(
        st.sampled_from(
            [
                "lab.hemoglobin {} 80 g/L", "lab.hemoglobin {} 8.0 g/dL", "lab.hemoglobin {} 1 LLN",
                "lab.alt {} 3 ULN", "lab.alt {} 60 U/L", "lung.fvc {} 70 %",
                "infection.syphilis_titre {} 1:8", "person.age {} 18 years",
                "activity.sledai_2k {} 4", "activity.sledai_2k_clinical {} 6",
            ]
        )
    )  # fmt: skip
    window = draw(st.one_of(st.just(""), _WINDOW))
    return f"{limit.format(draw(_OPERATOR))} {window}".strip()


_LEAF = st.one_of(
    _comparison(),
    st.sampled_from(
        [
            "diagnosis.sle", "diagnosis.ild", "person.can_become_pregnant", "heart.ecg is normal",
            "heart.ecg is normal or not significant",
            "lab.hemoglobin fell >= 10 % within 6 months",
            "lab.hemoglobin rose >= 5 g/L within 1 year",
            "lung.fvc fell >= 5 percentage points within 6 months",
        ]
    ),
    st.tuples(st.sampled_from(["renal.biopsy_date", "ms.relapse", "lab.alt"]), _WINDOW).map(
        " ".join
    ),
)  # fmt: skip
_IN_TREATMENT = st.one_of(
    st.sampled_from(
        [
            "drug is prednisone", "drug is immunosuppressant", "drug is glucocorticoid or biologic",
            "dose >= 60 mg/day", "prednisone_dose >= 20 mg/day", "response is inadequate",
            "prednisone_dose_per_kg >= 1 mg/kg/day", "stop is ongoing", "lasted >= 3 months",
            "lasted > 2 weeks", "unchanged > 4 weeks", "last_dose within 5 half-lives",
            "last_dose within 4 weeks before enrollment",
            "last_dose within 4 weeks before infusion",
            "start within 1 year", "diagnosis.sle",
            "lab.alt <= 3 ULN within 4 weeks",
        ]
    )
)  # fmt: skip
_IN_VACCINE = st.sampled_from(
    ["live", "date within 4 weeks", "date within 4 weeks before infusion"]
)


_IN_INFECTION = st.sampled_from(
    [
        "organism is viral",
        "last_active within 4 weeks",
        "last_active within 4 weeks before infusion",
    ]
)


def _some(name: str, conditions: st.SearchStrategy[str]) -> st.SearchStrategy[Data]:
    negated = st.one_of(
        conditions,
        conditions.filter(lambda c: "lasted" not in c).map(lambda c: {"none": [c]}),
    )
    where = st.lists(negated, min_size=1, max_size=3, unique_by=str)
    return where.map(lambda rules: {"some": name, "where": rules})


_DIFFERENT = st.tuples(st.integers(1, 3), st.lists(_IN_TREATMENT, max_size=2, unique=True)).map(
    lambda pair: (
        {"at_least": pair[0], "different": "drug", "of": "treatment"}
        | ({"where": pair[1]} if pair[1] else {})
    )
)
_SIMPLE: st.SearchStrategy[Any] = st.one_of(
    _LEAF,
    _LEAF,
    _some("treatment", _IN_TREATMENT),
    _some("vaccine", _IN_VACCINE),
    _DIFFERENT,
    _some("infection_episode", _IN_INFECTION),
)


def _grouped(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.lists(rules, min_size=1, max_size=3)
    return st.one_of(
        members.map(lambda listed: {"all": listed}),
        members.map(lambda listed: {"any": listed}),
        members.map(lambda listed: {"none": listed}),
        members.flatmap(
            lambda listed: st.integers(1, len(listed)).map(lambda k: {"at_least": k, "of": listed})
        ),
    )


RULES: st.SearchStrategy[Any] = st.recursive(_SIMPLE, _grouped, max_leaves=5)
"""Small rules, as TOML data, over the facts above."""


def removable(data: Data) -> list[tuple[str, ...]]:
    """The paths of what might not have been recorded: facts, lists, limits, dates, fields.

    A list goes together with its review. What is left out of an entry may have a default, as the
    last dose has the last day; that is not offered.
    """
    paths: list[tuple[str, ...]] = []
    for section, content in data.items():
        if section in ("reviewed", "answers"):
            paths += [(section, *key) for key in _keys(content)]
        elif isinstance(content, list):
            paths.append((section,))
            for number, entry in enumerate(content):
                paths += [(section, str(number), key) for key in entry if len(entry) > 1]
        elif isinstance(content, dict):
            for key, value in content.items():
                paths.append((section, key))
                if isinstance(value, dict):
                    paths += [(section, key, part) for part in value if part != "value"]
    return paths


def _keys(content: Data) -> list[tuple[str, ...]]:
    return [
        (key, inner) if isinstance(value, dict) else (key,)
        for key, value in content.items()
        for inner in (value if isinstance(value, dict) else [""])
    ]


def without(data: Data, paths: list[tuple[str, ...]]) -> Data:
    """The data without what stands at these paths."""
    result = deepcopy(data)
    for path in paths:
        _remove(result, path)
    return {key: value for key, value in result.items() if value or value is False}


def _remove(data: Data, path: tuple[str, ...]) -> None:
    content: Any = data
    for part in path[:-1]:
        if isinstance(content, list):
            content = content[int(part)]
        elif part in content:
            content = content[part]
        else:
            return
    if not isinstance(content, dict) or (len(content) == 1 and path[0] in RECORDS):
        return
    content.pop(path[-1], None)
    if len(path) == 1:
        data.get("reviewed", {}).pop(path[0], None)


def _coarser(value: Any) -> Any:
    """A date known only to its month; anything else as it is."""
    return f"{value:%Y-%m}" if isinstance(value, date) else value


def with_vaguer_dates(data: Data, chosen: set[str]) -> Data:
    """The data with the dates under these keys known only to their month."""
    if isinstance(data, list):
        return [with_vaguer_dates(item, chosen) for item in data]  # type: ignore[return-value]
    if not isinstance(data, dict):
        return data
    return {
        key: _coarser(value) if key in chosen else with_vaguer_dates(value, chosen)
        for key, value in data.items()
    }


_DATES = (
    "date",
    "start",
    "stop",
    "last_change",
    "birth_date",
    "biopsy_date",
    "enrollment",
    "consent",
)


@st.composite
def with_less(draw: st.DrawFn, data: Data) -> Data:
    """The same patient, of whom less is recorded, or less exactly."""
    paths = removable(data)
    less = without(data, draw(st.lists(st.sampled_from(paths), unique=True)) if paths else [])
    return with_vaguer_dates(less, draw(st.sets(st.sampled_from(_DATES), max_size=3)))
