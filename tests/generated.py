"""Random patients and random rules over a few facts of each kind, for the laws and the oracle."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from support import SCREENING

from cartscreen.errors import CartscreenError
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.parse import parse_rule

Data = dict[str, Any]
"""A profile, or a rule, as TOML data."""

VOCABULARY = bundled_pack().vocabulary

DAYS = st.one_of(st.integers(-400, 0), st.integers(-60, 0), st.integers(-10, 40)).map(
    lambda days: SCREENING + timedelta(days=days)
)


def _vague(day: date) -> list[date | str]:
    return [day, day, day, f"{day:%Y-%m}", f"{day:%Y}"]


DATES = DAYS.flatmap(lambda day: st.sampled_from(_vague(day)))
"""Dates of the last year and the next weeks, some of them known only in part."""


_STATUS = st.sampled_from(["final", "preliminary", "entered-in-error"])


def _result(values: st.SearchStrategy[str], upper: str, lower: str) -> st.SearchStrategy[Any]:
    """A value alone, with its limits, or a series of dated ones."""
    alone = st.fixed_dictionaries(
        {"value": values},
        optional={
            "upper": st.just(upper),
            "lower": st.just(lower),
            "date": DATES,
            "status": _STATUS,
        },
    )
    dated = st.fixed_dictionaries(
        {"value": values, "date": st.one_of(DAYS, DAYS, DATES)},
        optional={"upper": st.just(upper), "status": _STATUS},
    )
    same_day = st.fixed_dictionaries({"value": values, "date": st.just(SCREENING)})
    series = st.lists(st.one_of(dated, same_day), min_size=2, max_size=3)
    return st.one_of(values, alone, series, st.lists(same_day, min_size=2, max_size=2))


def _words(*words: str) -> st.SearchStrategy[Any]:
    """A word alone, dated, or in a series; also what is asked for and still open."""
    value = st.sampled_from([*words, *words, *words, "unknown", "not done", "indeterminate"])
    dated = st.fixed_dictionaries({"value": value, "date": DATES}, optional={"status": _STATUS})
    return st.one_of(value, value, dated, st.lists(dated, min_size=2, max_size=3))


def _numbers(low: int, high: int, unit: str) -> st.SearchStrategy[str]:
    sign = st.sampled_from(
        ["", "", "", "", "", "", "<", ">", "<=", ">=", "indeterminate", "unknown"]
    )
    return st.tuples(sign, st.integers(low, high)).map(
        lambda pair: pair[0] if len(pair[0]) > 2 else f"{pair[0]}{pair[1]} {unit}"
    )


def _read_by_program(rule: Any, name: str = "") -> bool:
    """Whether the program reads this rule, or, within `where`, of the list of that name."""
    try:
        parse_rule({"some": name, "where": [rule]} if name else rule, VOCABULARY)
    except CartscreenError:
        return False
    return True


def _leaves(*rules: Any, of: str = "") -> list[Any]:
    return [rule for rule in rules if _read_by_program(rule, of)]


def _sometimes_dated(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value alone, or with its date."""
    return st.one_of(
        values, st.fixed_dictionaries({"value": values, "date": st.one_of(DAYS, DATES)})
    )


FACTS: dict[str, st.SearchStrategy[Any]] = {
    "diagnosis.sle": st.one_of(
        st.booleans(),
        st.lists(
            st.fixed_dictionaries({"value": st.booleans(), "date": DATES}), min_size=1, max_size=2
        ),
    ),
    "diagnosis.ild": st.booleans(),
    "heart.ecg": _words("normal", "not significant", "significant"),
    "lab.hemoglobin": _result(_numbers(70, 90, "g/L"), "160 g/L", "120 g/L"),
    "lab.alt": st.booleans().flatmap(
        lambda multiple: (
            st.sampled_from(["2 ULN", "4 ULN"])
            if multiple
            else _result(st.one_of(_numbers(30, 150, "U/L"), st.just("3 ULN")), "40 U/L", "5 U/L")
        )
    ),
    "lung.fvc": _result(_numbers(60, 80, "%"), "100 %", "70 %"),
    "infection.syphilis_titre": _sometimes_dated(st.sampled_from(["1:4", "1:8", "1:16", "<1:8"])),
    "infection.syphilis_test": _words("negative", "positive"),
    "infection.hbsag": _words("negative", "positive"),
    "infection.hbv_dna": st.sampled_from(["not detected", "below limit"]),
    "pregnancy.test": _words("negative", "positive"),
    "pregnancy.blood_test": _words("negative", "positive"),
    "lab.bilirubin": _result(
        st.sampled_from(["17 umol/L", "1 mg/dL", "<2 mg/dL", "40 umol/L"]), "1.2 mg/dL", "3 umol/L"
    ),
    "judgement.life_expectancy": st.sampled_from(["6 months", "2 years", "<12 months", ">1 years"]),
    "renal.biopsy_date": DATES,
    "ms.relapse": st.one_of(
        st.booleans(), st.fixed_dictionaries({"value": st.booleans()}, optional={"date": DATES})
    ),
    "person.birth_date": st.sampled_from([date(2007, 6, 2), date(2007, 6, 3), "2007", "2007-06"]),
    "person.age": st.one_of(
        st.sampled_from(["17 years", "18 years", "unknown"]),
        st.fixed_dictionaries({"value": st.sampled_from(["17 years", "18 years"]), "date": DAYS}),
    ),
    "person.can_become_pregnant": st.sampled_from([True, False, "unknown"]),
    "activity.sledai_2k": _sometimes_dated(st.sampled_from([6, 8, "unknown"])),
    "person.sex": st.sampled_from(["female", "male"]),
    "person.fertility": st.sampled_from(["fertile", "sterile"]),
    "person.weight": st.one_of(
        st.sampled_from(["40 kg", "60 kg"]),
        st.fixed_dictionaries({"value": st.sampled_from(["40 kg", "60 kg"]), "date": DAYS}),
    ),
    "sledai.rash": _sometimes_dated(st.booleans()),
    "sledai.arthritis": _sometimes_dated(st.booleans()),
    "lung.ventilation": _sometimes_dated(st.sampled_from(["none", "invasive"])),
    "dates.screening": st.sampled_from([date(2025, 6, 2), date(2025, 5, 1), date(2025, 2, 1)]),
    "dates.consent": st.sampled_from([date(2025, 5, 20), "2025-05"]),
    "dates.enrollment": st.sampled_from(
        [date(2025, 5, 28), date(2025, 6, 2), date(2025, 6, 9), "2025-06", "2025-07"]
    ),
    "dates.leukapheresis": st.sampled_from([date(2025, 6, 9), date(2025, 6, 30)]),
    "dates.lymphodepletion": st.sampled_from([date(2025, 6, 18), "2025-07", "unknown"]),
    "dates.infusion": st.sampled_from([date(2025, 6, 20), date(2025, 7, 1)]),
}
_DRUG = st.sampled_from(
    [
        "prednisone", "prednisone", "prednisolone", "betamethasone", "IVMP", "budesonide",
        "azathioprine", "MMF", "leflunomide", "Zorkine", "rituximab", "belimumab",
    ]
)  # fmt: skip


def _fields(**values: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Those of a treatment that the program knows."""
    known = VOCABULARY.records["treatment"].fields
    return {name: drawn for name, drawn in values.items() if name in known}


_TREATMENT = st.fixed_dictionaries(
    {"drug": _DRUG},
    optional={
        "dose": st.sampled_from(["10 mg/day", "60 mg/day", "140 mg/week", "<40 mg/day", "unknown"]),
        "dose_per_kg": st.sampled_from(["0.5 mg/kg/day", "1 mg/kg/day"]),
        "route": st.sampled_from(["oral", "topical"]),
        "response": st.sampled_from(["adequate", "inadequate", "contraindication"]),
        "purpose": st.sampled_from(["other disease"]),
        **_fields(
            given=st.sampled_from([False, False, True, "unknown"]),
            together=st.just(value=True),
            **{"class": st.sampled_from(["glucocorticoid", "immunosuppressant", "biologic"])},
        ),
        "effective_dose": st.booleans(),
        "half_life": st.sampled_from(["10 days", "12 hours", "unknown"]),
        "unchanged": st.sampled_from(["3 weeks", "1 months"]),
        "lasted": st.sampled_from(["2 months", "15 weeks", "1 year"]),
    },
)


@st.composite
def _treatment(draw: st.DrawFn) -> Data:
    """One treatment, which neither changes nor stops before its start."""
    entry = draw(_TREATMENT)
    if entry["drug"] in ("IVMP", "budesonide"):
        entry.pop("route", None)  # the name tells it, or how it is chiefly given
    if entry["drug"] != "Zorkine":
        entry.pop("class", None)  # so does that of any drug which is known
    start, change, stop = sorted(draw(st.lists(DAYS, min_size=3, max_size=3)))
    dates = {
        "start": st.sampled_from(_vague(start)),
        "last_change": st.sampled_from(_vague(change)),
        "stop": st.sampled_from([*_vague(stop), "ongoing", "ongoing"]),
    }
    if change <= SCREENING:
        dates["last_dose"] = st.just(change)
    return entry | draw(st.fixed_dictionaries({}, optional=dates))


@st.composite
def _exposure(draw: st.DrawFn) -> Data:
    """One of a few treatments with days in full: doses that overlap, touch, or follow.

    The days are few, so that it often matters which comes first.
    """
    entry: Data = {"drug": draw(st.sampled_from(["prednisone", "prednisone", "prednisolone"]))}
    if draw(st.integers(0, 3)) == 0:
        entry["drug"] = draw(st.sampled_from(["rituximab", "belimumab", "azathioprine"]))
    else:
        entry["dose"] = draw(st.sampled_from(["10 mg/day", "10 mg/day", "15 mg/day", "60 mg/day"]))
    first, last = sorted(draw(st.lists(_EXPOSED, min_size=2, max_size=2)))
    entry["start"], entry["stop"] = first, draw(st.sampled_from([first, last, last, "ongoing"]))
    rare = _fields(
        together=st.just(value=True), given=st.just(value=False), route=st.just("topical")
    )
    for name, values in rare.items():
        if draw(st.integers(0, 7)) == 0:
            entry[name] = draw(values)
    return entry


_EXPOSED = st.sampled_from(
    [SCREENING - timedelta(days=days) for days in (200, 120, 92, 91, 64, 63, 35, 28, 27, 0)]
)


@st.composite
def _infection(draw: st.DrawFn) -> Data:
    """One infection, which does not end before its start."""
    start, last = sorted(draw(st.lists(DAYS, min_size=2, max_size=2)))
    dates = {
        "start": st.sampled_from(_vague(start)),
        "last_active": st.sampled_from([*_vague(last), "ongoing", "ongoing"]),
    }
    entry = {"organism": draw(st.sampled_from(["viral", "bacterial"]))}
    return entry | draw(st.fixed_dictionaries({}, optional=dates))


RECORDS = {
    "treatment": st.one_of(
        st.lists(_treatment(), min_size=1, max_size=3),
        st.lists(_exposure(), min_size=2, max_size=3),
    ),
    "vaccine": st.lists(
        st.fixed_dictionaries(
            {"live": st.booleans()}, optional={"date": DATES, "name": st.just("yellow fever")}
        ),
        min_size=1,
        max_size=2,
    ),
    "malignancy": st.lists(
        st.tuples(
            st.fixed_dictionaries(
                {"kind": st.sampled_from(["cervical carcinoma in situ", "other", "unknown"])},
                optional={"cured": st.booleans()},
            ),
            st.one_of(
                st.just({}),
                st.fixed_dictionaries(
                    {
                        "disease_free_since": st.sampled_from(
                            [date(2023, 6, 2), date(2023, 6, 3), "2024", "2023-06"]
                        )
                    }
                ),
                st.fixed_dictionaries({"disease_free": st.sampled_from(["3 years", "90 weeks"])}),
            ),
        ).map(lambda parts: {**parts[0], **parts[1]}),
        min_size=1,
        max_size=2,
    ),
    "infection_episode": st.lists(_infection(), min_size=1, max_size=2),
}


_REVIEWED_ON = st.sampled_from(
    [SCREENING] * 5 + [SCREENING - timedelta(days=days) for days in (20, 60, 100, 200)]
)
_REVIEWED = st.one_of(_REVIEWED_ON, st.sampled_from(["2025-05", "2025"]))
"""When a list was reviewed."""

_BEHIND = {
    "person.age": ("person.birth_date",),
    "person.can_become_pregnant": ("person.sex", "person.fertility", "pregnancy.blood_test"),
    "activity.sledai_2k": ("sledai.rash", "sledai.arthritis"),
    "activity.sledai_2k_clinical": ("activity.sledai_2k", "sledai.rash", "sledai.arthritis"),
    "infection.hbsag": ("infection.hbv_dna",),
    "infection.syphilis_test": ("infection.syphilis_titre",),
    "pregnancy.test": ("pregnancy.blood_test", "person.sex"),
    "per_kg": ("person.weight",),
}
"""What facts follow from, or are contradicted by."""


def _read(rules: object) -> set[str]:
    """The facts and the lists that a rule in its TOML form reads, and those behind them."""
    text = str(rules)
    names = {name for name in (*FACTS, *RECORDS) if name in text}
    names |= {name for key, behind in _BEHIND.items() if key in text for name in behind}
    names |= {f"dates.{visit}" for visit in _VISITS if f"before {visit}" in text}
    return names | {"dates.screening"} if "dates.screening" not in text else names


_VISITS = ("consent", "enrollment", "leukapheresis", "lymphodepletion", "infusion")


@st.composite
def profiles(draw: st.DrawFn, rules: object = None) -> Data:
    """A small patient: some of the facts, some lists, some of them reviewed.

    rules: record only what these read.
    """
    data: Data = {}
    read = {*FACTS, *RECORDS} if rules is None else _read(rules)
    often = st.integers(0, 3 if rules is None else 8)
    for name, values in FACTS.items():
        if name in read and draw(often):
            section, _, key = name.partition(".")
            data.setdefault(section, {})[key] = draw(values)
    if len(data.get("dates", {})) > 1:
        data["dates"].pop("screening", None)  # it is not after the others
    for name, lists in RECORDS.items():
        if name in read and draw(often):
            data[name] = draw(lists)
        if name in read and draw(st.integers(0, 2)):
            days = name in ("treatment", "malignancy")  # times in their entries grow from it
            data.setdefault("reviewed", {})[name] = draw(_REVIEWED_ON if days else _REVIEWED)
    return data


_OPERATOR = st.sampled_from(["<", "<=", ">", ">="])
_WINDOW = st.sampled_from(
    [
        "within 7 days", "within 4 weeks", "within 6 months", "within 1 year",
        "within 6 months before enrollment", "within 4 weeks before infusion",
        "within 3 months before consent", "within 10 days before leukapheresis",
        "within 2 weeks before lymphodepletion",
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
                "lab.bilirubin {} 17.1 umol/L", "lab.bilirubin {} 2 ULN", "lab.alt {} 1 LLN",
                "judgement.life_expectancy {} 1 years",
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
            "heart.ecg is normal or not significant", "heart.ecg is normal within 4 weeks",
            "infection.hbsag is negative", "infection.syphilis_test is positive",
            "pregnancy.test is negative", "pregnancy.test is negative within 7 days",
            "pregnancy.test is negative within 10 days before leukapheresis",
            "lab.hemoglobin fell >= 10 % within 6 months",
            "lab.hemoglobin rose >= 5 g/L within 1 year",
            "lab.hemoglobin rose >= 10 % within 4 weeks", "lab.alt rose >= 50 % within 6 months",
            "lung.fvc fell >= 5 percentage points within 6 months",
            "lung.ventilation is invasive within 4 weeks",
            "lung.ventilation is invasive or non-invasive within 2 weeks before enrollment",
            *_leaves(
                "any lab.hemoglobin < 80 g/L", "any lab.hemoglobin < 80 g/L within 6 months",
                "any lab.alt > 60 U/L within 4 weeks before infusion", "any lab.alt > 3 ULN",
                "any heart.ecg is significant", "any heart.ecg is normal within 1 year",
                "any infection.hbsag is positive", "any infection.syphilis_test is positive",
                "any pregnancy.test is positive within 6 months before enrollment",
                "any lung.ventilation is invasive within 1 year", "any lung.fvc <= 70 %",
            ),
        ]
    ),
    st.sampled_from(
        ["heart.ecg is not done", "infection.hbsag is not done"]
    ),
    st.tuples(
        st.sampled_from(["renal.biopsy_date", "ms.relapse", "lab.alt", "heart.ecg"]), _WINDOW
    ).map(" ".join),
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
            "unchanged <= 4 weeks", "last_dose within 3 half-lives before lymphodepletion",
            "half_life > 5 days", "effective_dose", "dose < 60 mg/day", "route is topical",
            "start within 1 year", "diagnosis.sle",
            "lab.alt <= 3 ULN within 4 weeks",
            *_leaves(
                "lasted >= 3 months in all", "lasted > 2 weeks in all", "purpose is this disease",
                "given", "route is local", "together", "response is contraindication",
                "drug is belimumab or rituximab", "drug is budesonide",
                of="treatment",
            ),
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


_IN_MALIGNANCY = st.sampled_from(
    ["kind is other", "cured", "disease_free >= 2 years", "disease_free < 2 years"]
)


def _kind_of_dose(condition: Any) -> str:
    text = str(condition)
    return "a dose" if text.startswith(("dose", "prednisone_dose")) else text


def _some(name: str, conditions: st.SearchStrategy[str]) -> st.SearchStrategy[Data]:
    # doses and lengths are asked of all entries at once
    inner = conditions.filter(lambda c: not c.startswith(("lasted", "prednisone_dose", "dose")))
    pairs = st.lists(inner, min_size=2, max_size=2, unique=True)
    nested = st.one_of(
        conditions,
        conditions,
        inner.map(lambda c: {"none": [c]}),
        pairs.map(lambda pair: {"any": pair}),
        pairs.map(lambda pair: {"none": [{"all": pair}]}),
    )
    # of doses, one kind is asked about at a time
    where = st.lists(nested, max_size=3, unique_by=_kind_of_dose)
    return where.map(lambda rules: {"some": name} | ({"where": rules} if rules else {}))


_DIFFERENT = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["drug", "drug", "drug", "response", "start"]),
    st.lists(
        _IN_TREATMENT.filter(lambda c: not c.startswith(("prednisone_dose", "dose"))),
        max_size=2,
        unique=True,
    ),
).map(
    lambda drawn: (
        {"at_least": drawn[0], "different": drawn[1], "of": "treatment"}
        | ({"where": drawn[2]} if drawn[2] else {})
    )
)

_PART = st.sampled_from(
    [
        {"some": "treatment", "where": ["drug is glucocorticoid"]},
        {"some": "treatment", "where": ["drug is immunosuppressant or biologic"]},
        {"some": "treatment", "where": ["drug is prednisone", "prednisone_dose >= 20 mg/day"]},
        {"some": "treatment", "where": ["prednisone_dose >= 25 mg/day"]},
        {"at_least": 2, "different": "drug", "of": "treatment"},
        {"some": "treatment", "where": ["drug is azathioprine", "stop is ongoing"]},
    ]
)
_TOGETHER = st.tuples(
    st.permutations([0, 1]),
    st.lists(_PART, min_size=2, max_size=2, unique_by=str),
    st.sampled_from(["", "", ">= 4 weeks", "> 3 months", ">= 3 months in all"]),
).map(
    lambda drawn: (
        {"together": [drawn[1][n] for n in drawn[0]]} | ({"lasted": drawn[2]} if drawn[2] else {})
    )
)
_TREATED = _some("treatment", _IN_TREATMENT)
_NEWER: list[st.SearchStrategy[Any]] = []
"""Rules of a form that is not in every version of the language."""
if _read_by_program({"some": "treatment", "despite": True}):
    _NEWER += [_TREATED.map(lambda rule: {**rule, "despite": True})]
if _read_by_program({"together": [{"some": "treatment"}, {"some": "treatment"}]}):
    _NEWER += [_TOGETHER, _TOGETHER]
_EXPOSURE = st.sampled_from(
    [
        ["drug is glucocorticoid", "prednisone_dose >= 20 mg/day"],
        ["drug is glucocorticoid", "prednisone_dose >= 20 mg/day", "lasted >= 4 weeks"],
        ["drug is prednisone", "prednisone_dose > 15 mg/day", "stop is ongoing"],
        ["drug is glucocorticoid", "prednisone_dose <= 20 mg/day", "stop is ongoing"],
        ["drug is glucocorticoid", "prednisone_dose >= 20 mg/day", "lasted >= 3 months"],
        ["drug is glucocorticoid", "lasted >= 3 months", "stop is ongoing"],
        ["drug is glucocorticoid", "prednisone_dose_per_kg >= 0.5 mg/kg/day"],
        ["drug is biologic", "lasted >= 3 months"],
        ["drug is rituximab", "lasted >= 8 weeks"],
        ["drug is prednisone", "unchanged >= 4 weeks", "stop is ongoing"],
        ["drug is prednisone", "start within 3 months"],
    ]
).map(lambda where: {"some": "treatment", "where": where})
_SIMPLE: st.SearchStrategy[Any] = st.one_of(
    _LEAF,
    _LEAF,
    _TREATED,
    _EXPOSURE,
    *_NEWER,
    _some("vaccine", _IN_VACCINE),
    _DIFFERENT,
    _some("infection_episode", _IN_INFECTION),
    _some("malignancy", _IN_MALIGNANCY),
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

_QUESTION = st.sampled_from(
    [
        {"ask": "Is there any other reason?"},
        {"ask": "Has the person consented?", "about": "promise"},
        {"ask": "Does what the page lacks hold?", "about": "gap"},
    ]
)


PATIENTS = 3


@st.composite
def cases(draw: st.DrawFn) -> tuple[Data, list[Data]]:
    """A criterion, and PATIENTS patients of whom only what it reads is recorded.

    The criterion may ask a question, and may have two readings; a person may have answered.
    """
    most = draw(st.sampled_from([1, 1, 1, 1, 2]))
    rules = draw(st.lists(RULES, min_size=1, max_size=most, unique_by=str))
    asks = draw(st.integers(0, 5)) == 0
    if asks:
        pair = draw(st.permutations([rules[0], draw(_QUESTION)]))
        rules[0] = {draw(st.sampled_from(["all", "any"])): pair}
    criterion: Data = {"id": "I1", "title": "An example", "source": "Inclusion 1"}
    if len(rules) == 1:
        criterion["rule"] = rules[0]
    else:
        if asks:
            criterion["choice"] = "letters"  # its id is for the answer to the question
        criterion["readings"] = [
            {"label": label, "rule": rule} for label, rule in zip("ab", rules, strict=True)
        ]
    patients = [draw(profiles(rules)) for _ in range(PATIENTS)]
    if asks and draw(st.booleans()):
        given = draw(st.sampled_from([True, False, "unknown"]))
        patients[0]["answers"] = {"example": {"I1": given}}
    return criterion, patients


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
