"""What can be read can be judged: profiles of the least, the greatest and the vaguest values."""

from functools import cache

from draws import DRAWS
from fuzz.targets import attempt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import bundled_pack, profile_toml

from cartscreen.errors import InputError
from cartscreen.vocabulary import FactEntry

DATES = st.sampled_from(
    [
        "1900-01-01", "1993-01-15", "2024-02-29", "2025-06-01", "2025-06-02", "2025-07-01",
        "9999-12-31", '"1900"', '"2024-02"', '"2025"', '"2025-06"', '"9999"', '"9999-12"',
        '"unknown"',
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [
        "0", "1", "-0", "55", "0.333333333333333", "999999999999999", "0.000000000000001", "1e15",
        "1e99", "1e-99", "<0", "<=0", ">0", ">=0", "<1", ">1", ">1e99", "<1e-99",
    ]
)  # fmt: skip
LENGTHS = st.sampled_from(
    ['"0 days"', '"<3 weeks"', '"1.5 months"', '"9999 years"', '"1e99 years"', '">1e-99 days"']
)


def values(entry: FactEntry) -> st.SearchStrategy[str]:
    """Values of a fact or field, as TOML; the loader may refuse some."""
    match entry.kind:
        case "quantity" if entry.unit == "titre":
            found = st.sampled_from(['"1:1"', '"<1:8"', '"1:999999999"'])
        case "quantity":
            unit = "" if entry.unit == "1" else f" {entry.unit}"
            units = st.sampled_from([unit, unit, unit, " ULN", " LLN"])
            found = st.tuples(NUMBERS, units).map(lambda pair: f'"{pair[0]}{pair[1]}"')
        case "finding" if entry.choices:
            found = st.sampled_from([f'"{choice}"' for choice in entry.choices])
        case "finding":
            found = st.sampled_from(["true", "false"])
        case "date":
            found = DATES | st.sampled_from([f'"{word}"' for word in entry.words] or ["2025-06-02"])
        case "duration":
            found = LENGTHS
        case "drug":
            found = st.sampled_from([f'"{drug}"' for drug in bundled_pack().vocabulary.drugs])
        case _:
            found = st.just('"\\u001b[31m\\u202e"')
    return st.one_of(found, found, found, st.just('"unknown"'), st.just('"indeterminate"'))


@st.composite
def results(draw: st.DrawFn, entry: FactEntry) -> str:
    """A value, alone or with its limits and date, or a series."""
    several = draw(st.integers(0, 3))
    if several == 0:
        return draw(values(entry))
    written = []
    for _ in range(several):
        parts = {"value": draw(values(entry)), "date": draw(DATES)}
        if entry.kind == "quantity" and draw(st.booleans()):
            parts |= {"upper": draw(values(entry)), "lower": draw(values(entry))}
        written.append("{ " + ", ".join(f"{k} = {v}" for k, v in parts.items()) + " }")
    return written[0] if several == 1 else f"[{', '.join(written)}]"


@cache
def loads(toml: str) -> bool:
    """Can these lines be read?"""
    try:
        profile_toml(toml)
    except InputError:
        return False
    return True


@st.composite
def extremes(draw: st.DrawFn) -> str:
    """Some facts and entries, each of which can be read."""
    vocabulary = bundled_pack().vocabulary
    names = st.lists(
        st.sampled_from(sorted(vocabulary.facts)), min_size=5, max_size=25, unique=True
    )
    lines = [f"{name} = {draw(results(vocabulary.facts[name]))}\n" for name in draw(names)]
    lists = st.lists(st.sampled_from(sorted(vocabulary.records)), max_size=4, unique=True)
    for name in draw(lists):
        for _ in range(draw(st.integers(1, 3))):
            fields = vocabulary.records[name].fields
            chosen = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, unique=True))
            written = [f"{field} = {draw(values(fields[field]))}\n" for field in chosen]
            kept = [line for line in written if loads(f"[[{name}]]\n{line}")]
            lines.append(f"[[{name}]]\n{''.join(kept)}" if kept else "")
    reviewed = "".join(f"{name} = {draw(DATES)}\n" for name in draw(lists))
    return "".join(filter(loads, lines)) + f"[reviewed]\n{reviewed}"


@settings(max_examples=DRAWS // 50, suppress_health_check=list(HealthCheck))
@given(extremes())
def test_what_can_be_read_can_be_judged(toml: str) -> None:
    """Each command has an answer to it, in every format, and no error."""
    attempt("chart", f'schema = 1\npatient = "P-1"\n{toml}'.encode())


def test_most_of_them_can_be_read() -> None:
    """Else the test above would test little: visits and entries may still be out of order."""
    read = []

    @settings(max_examples=DRAWS // 20, suppress_health_check=list(HealthCheck))
    @given(extremes())
    def tried(toml: str) -> None:
        read.append(loads(toml))

    tried()

    assert sum(read) > len(read) / 2
