"""Laws of exposure: how a treatment is cut into entries, and in which order, never matters."""

from datetime import date, timedelta
from typing import Any

from draws import DRAWS
from hypothesis import given, settings
from hypothesis import strategies as st
from support import asked, says

from cartscreen.answer import Answer
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.tree import Records, Test, walk

FIRST, LAST = date(2025, 1, 1), date(2025, 5, 31)
DAYS = (LAST - FIRST).days
REVIEWED = "reviewed.treatment = 2025-06-02\n"


def some(*where: str) -> str:
    return f'{{ some = "treatment", where = [{", ".join(map(repr, where))}] }}'


QUESTIONS = [
    some("drug is prednisone", "prednisone_dose >= 20 mg/day", "lasted >= 5 months"),
    some("drug is prednisone", "prednisone_dose > 20 mg/day"),
    some("drug is prednisone", "lasted > 5 months"),
    some("drug is prednisone", "lasted >= 5 months in all"),
    some("drug is prednisone", "start within 5 months"),
    some("drug is prednisone", "start within 6 months"),
    some("drug is prednisone", "last_dose within 2 days"),
    some("drug is prednisone", "last_dose within 1 day"),
    some("drug is prednisone", "stop is ongoing"),
    some("drug is prednisone", "unchanged > 2 weeks"),
    '{ at_least = 2, different = "start", of = "treatment", where = ["drug is prednisone"] }',
    f"{{ together = [{some('drug is prednisone')}, {some('drug is glucocorticoid')}], "
    "lasted = '>= 5 months' }",
]


def course(first: date, last: date | str) -> str:
    stop = f'"{last}"' if isinstance(last, str) else str(last)
    return f'{{ drug = "prednisone", dose = "20 mg/day", start = {first}, stop = {stop} }}'


def listed(entries: list[str]) -> str:
    return f"{REVIEWED}treatment = [{', '.join(entries)}]"


@settings(max_examples=DRAWS // 10)
@given(
    cuts=st.sets(st.integers(1, DAYS - 1), max_size=4),
    goes_on=st.booleans(),
    question=st.sampled_from(QUESTIONS),
    data=st.data(),
)
def test_a_course_may_be_cut_into_touching_entries(
    cuts: set[int], goes_on: bool, question: str, data: Any
) -> None:
    """Refills that follow one another say what one entry says, in whatever order they stand."""
    starts = [FIRST, *(FIRST + timedelta(days=cut) for cut in sorted(cuts))]
    stops: list[date | str] = [start - timedelta(days=1) for start in starts[1:]]
    last: date | str = "ongoing" if goes_on else LAST
    entries = [course(a, b) for a, b in zip(starts, [*stops, last], strict=True)]
    shuffled = data.draw(st.permutations(entries))

    assert says(question, listed(shuffled)) == says(question, listed([course(FIRST, last)]))


OTHERS = [
    'drug = "methylprednisolone", dose = "8 mg/day", start = 2025-02-01, stop = 2025-03-01',
    'drug = "prednisone", dose = "10 mg/day", start = "2025-02", stop = "ongoing"',
    'drug = "prednisone", start = 2025-03-01, stop = 2025-04-01',
    'drug = "prednisone", dose = "20 mg/day", lasted = "5 months"',
    'drug = "rituximab", start = 2025-03-01, stop = 2025-03-01',
    'drug = "Zorkol", dose = "20 mg/day", start = 2025-04-02',
]


@settings(max_examples=DRAWS // 10)
@given(
    entries=st.permutations(OTHERS).flatmap(
        lambda each: st.integers(1, 4).map(lambda count: list(each[:count]))
    ),
    question=st.sampled_from(QUESTIONS),
)
def test_the_order_of_entries_never_matters(entries: list[str], question: str) -> None:
    """Nor does an entry of what was never given, unless the rule asks for it."""
    tables = [f"{{ {entry} }}" for entry in entries]
    answer = asked(question, listed(tables)).answer
    never = '{ drug = "prednisone", dose = "60 mg/day", given = false }'

    assert asked(question, listed(tables[::-1])).answer is answer
    assert asked(question, listed([*tables, never])).answer is answer


MORE = {
    "dose": ['"20 mg/day"', '"5 mg/day"'],
    "start": ["2025-01-01", "2025-03-15", "2025-05-25"],
    "stop": ["2025-05-26", "2025-06-01", '"ongoing"'],
    "drug": ['"prednisone"', '"azathioprine"'],
    "response": ['"adequate"', '"inadequate"'],
    "last_change": ["2025-05-26"],
}
ENTRY = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in MORE.items()}).filter(
    lambda entry: bool(entry) and entry.get("last_change", "9") >= entry.get("start", "")
)


@settings(max_examples=DRAWS // 10)
@given(
    entries=st.lists(ENTRY, min_size=1, max_size=3),
    question=st.sampled_from(QUESTIONS),
    data=st.data(),
)
def test_what_is_missing_never_flips_an_answer(
    entries: list[dict[str, str]], question: str, data: Any
) -> None:
    """A field that is filled in may decide what was open, and turns no answer round."""
    before = asked(question, _toml(entries)).answer
    at = data.draw(st.integers(0, len(entries) - 1))
    empty = [key for key in MORE if key not in entries[at]]
    if before is Answer.UNKNOWN or not empty:
        return
    key = data.draw(st.sampled_from(empty))
    filled = {**entries[at], key: data.draw(st.sampled_from(MORE[key]))}
    if filled.get("last_change", "9999") < filled.get("start", ""):
        return
    after = asked(question, _toml([*entries[:at], filled, *entries[at + 1 :]])).answer

    assert after in (before, Answer.UNKNOWN)


def _toml(entries: list[dict[str, str]]) -> str:
    tables = (", ".join(f"{key} = {value}" for key, value in e.items()) for e in entries)
    return listed([f"{{ {table} }}" for table in tables])


NOT_TESTED = {
    "treatment.class": "stands for a drug whose name is not known",
    "treatment.form": "tells the route",
    "treatment.given": "what was not given counts in no rule that does not ask for it",
    "treatment.together": "says whether doses of one drug add up",
    "treatment.every": "says whether doses are one course",
    "treatment.steps": "doses, each from a day on",
    "treatment.purpose": "the criteria on earlier treatment of the disease are to ask for it",
    "treatment.start": "begins the course",
    "malignancy.disease_free_since": "disease_free follows from it",
    "autoimmune_disease.name": "for the reader",
    "vaccine.name": "for the reader",
    "car_t.source": "for the reader; no page tells autologous cells from others",
    "lupus_crisis.kind": "for the reader; any crisis counts",
    "infection_episode.certainty": "for the reader; a suspected infection counts like a proven one",
}
"""The fields that no criterion tests, and what they are there for."""


def test_every_field_of_a_list_is_read() -> None:
    """A field that no criterion reads, and no rule of an entry, would be asked for in vain."""
    pack = bundled_pack()
    rules = [
        *(reading.rule for t in pack.trials for c in t.criteria for reading in c.readings),
        *(c.applies for t in pack.trials for c in t.criteria if c.applies is not None),
        *(rule for each in pack.derived_rules.values() for rule in each),
        *(contradiction.rule for contradiction in pack.contradictions),
    ]
    read: dict[str, set[str]] = {name: set() for name in pack.vocabulary.records}
    for rule in rules:
        for records in walk(rule):
            if isinstance(records, Records):
                tests = (part for part in walk(records) if isinstance(part, Test))
                read[records.name] |= {test.fact for test in tests} | {records.different}
    unread = {
        f"{name}.{field}"
        for name, entry in pack.vocabulary.records.items()
        for field in entry.fields
        if field not in read[name] | {*entry.roles.values()}
    }

    assert unread <= NOT_TESTED.keys()
