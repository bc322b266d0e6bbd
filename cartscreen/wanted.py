"""What to get: the missing places that can still decide a criterion, the best first.

`check` lists them as its next, `plan` with what each value would decide; `ask` asks for them, place
by place (`cartscreen.rounds`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial

from cartscreen.answer import UNKNOWN, Answer
from cartscreen.derive import Gap
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.finding import union
from cartscreen.evaluate.screening import CriterionFinding, Screening
from cartscreen.frozen import slotted
from cartscreen.observation import Observation
from cartscreen.pack.trial import Criterion, Gate, Trial
from cartscreen.place import (
    AnswerTo,
    Fact,
    Field,
    List,
    Part,
    Place,
    Then,
    Value,
    Visit,
    fact_place,
)
from cartscreen.rule.tree import EARLIER
from cartscreen.text import inside_sentence
from cartscreen.vocabulary import FactEntry, RecordEntry, Stated

EFFORT = (
    "chart", "question", "examination", "blood", "urine", "imaging", "investigator", "biopsy",
)  # fmt: skip
"""What it takes to obtain a fact, from least to most."""


@slotted
class Open:
    """A criterion whose status is unknown, of a trial that is not ruled out."""

    trial: Trial
    criterion: Criterion


@slotted
class Wanted:
    """A missing place, what it takes to get it, and the criteria that wait for it.

    sources  other missing places that it could be derived from
    trials   the ids of the trials of these criteria
    """

    place: Place
    label: str
    question: str
    obtain: str
    sources: tuple[Place, ...]
    open: tuple[Open, ...]
    trials: list[str]


def wanted(screenings: Iterable[Screening], chart: Chart) -> list[Wanted]:
    """The missing places that can still decide a criterion of a trial that is not ruled out.

    The ones that the most trials wait for stand first, then the ones that take the least effort,
    then the ones that the most criteria wait for. Where one missing fact would be derived from
    others, only that one is listed, and the others are its sources: the creatinine clearance, with
    creatinine and weight as sources.
    """
    open_ = [screening for screening in screenings if screening.verdict == "undetermined"]
    return wanted_whatever(open_, chart)


def wanted_whatever(screenings: Iterable[Screening], chart: Chart) -> list[Wanted]:
    """The same for these trials, whatever their verdict."""
    waiting: dict[Place, tuple[list[Open], list[tuple[Place, ...]], dict[str, None]]] = {}
    for screening in screenings:
        trial = screening.trial
        name = trial.id
        for item in awaited(screening):
            open_ = Open(trial, item.criterion)
            for place, others in _with_sources(item.finding.missing, chart).items():
                if (known := waiting.get(place)) is None:
                    known = waiting[place] = [], [], {}
                known[0].append(open_)
                known[1].append(others)
                known[2][name] = None
    listed = [
        Wanted(place, *_in_words(place, chart), union(sources), tuple(open_of), list(names))
        for place, (open_of, sources, names) in waiting.items()
    ]
    return sorted(listed, key=_rank)


def _in_words(place: Place, chart: Chart) -> tuple[str, str, str]:
    """The label, the question, and what it takes to get it.

    Of a fact without a value, nothing is too old.
    """
    if isinstance(place, Fact) and isinstance(chart.newest(place.fact), Gap):
        entry = chart.vocabulary.facts[place.fact]
        return entry.label, entry.question, entry.obtain
    return wanted_label(place, chart), question_for(place, chart), _how_to_obtain(place, chart)


def _rank(item: Wanted) -> tuple[int, int, int]:
    return -len(item.trials), EFFORT.index(item.obtain), -len(item.open)


def awaited(screening: Screening) -> Iterator[CriterionFinding]:
    """The unknown criteria that can still decide: every heading above them is unknown, too.

    A heading itself is not among them.
    """
    said = [item.finding.answer for item in screening.criteria]
    answers = dict(zip(screening.trial.among, said, strict=True))
    deciding: set[str] = set()
    for item in screening.criteria:  # a heading before its children
        if item.status != "unknown":
            continue
        criterion = item.criterion
        if criterion.parent and criterion.id not in deciding:
            continue
        if criterion.gate is None:
            yield item
        else:
            deciding.update(_still_deciding(criterion.gate, answers))


def _still_deciding(gate: Gate, answers: Mapping[str, Answer]) -> list[str]:
    """The children whose answers can still change what the gate says."""
    if gate.answer(answers) is not UNKNOWN:
        return []
    found: list[str] = []
    for part in gate.parts:
        found += [part] if isinstance(part, str) else _still_deciding(part, answers)
    return found


def _with_sources(missing: tuple[Place, ...], chart: Chart) -> Mapping[Place, tuple[Place, ...]]:
    """The missing places from which no other missing one is derived, each with its sources.

    Its sources are the missing places that it could be derived from. Where clearance and creatinine
    are missing, the result is the clearance, with creatinine as its source.
    """
    if Part in map(type, missing):
        missing = in_profile(missing, chart)

    return chart.pack.of_places("sources of places", missing, partial(_derived, missing, chart))


def _derived(missing: tuple[Place, ...], chart: Chart) -> Mapping[Place, tuple[Place, ...]]:
    places = [each for each in dict.fromkeys(missing) if not isinstance(each, AnswerTo)]
    facts = [place for place in places if isinstance(place, Fact)]  # nothing else has sources
    below: dict[Place, frozenset[Place]] = {each: _sources(each, chart) for each in facts}
    inner = set().union(*below.values())
    return {
        place: tuple(other for other in facts if other in below.get(place, ()))
        for place in places
        if place not in inner
    }


def _sources(place: Fact, chart: Chart) -> frozenset[Place]:
    """The places that a fact may be derived from."""

    def made() -> frozenset[Place]:
        below = chart.pack.closure([place.fact]) - {place.fact}
        return frozenset(fact_place(name) for name in below)

    return chart.pack.always(("sources", place.fact), made)


def in_profile(missing: Iterable[Place], chart: Chart) -> tuple[Place, ...]:
    """The missing places, with each Part put where the profile would have to state it.

    The date of a derived clearance becomes the date of the creatinine that it was derived from. The
    date of a fact that is stated under another name becomes the date of that other fact. Where
    nothing is stated that could have a date or a unit, the fact itself is missing.
    """
    found: dict[Place, None] = {}
    for place in missing:
        if not isinstance(place, Part) or not isinstance(place.of, Fact):
            found[place] = None
        elif stated := [*_facts_stating(place.of.fact, place, chart)]:
            found.update(dict.fromkeys(Part(Fact(name), place.which) for name in stated))
        else:
            found[place.of if place.which in ("date", "unit") else place] = None
    return tuple(found)


def _facts_stating(fact: str, part: Part, chart: Chart) -> Iterator[str]:
    """The facts in the profile that give this one its value, and lack the part."""
    if fact in chart.profile.facts:
        yield fact
        return
    for by in chart.vocabulary.facts[fact].derive:
        if isinstance(by, Stated) and by.fact in chart.profile.facts:
            yield by.fact
            return
    derived = chart.derived(fact)
    if isinstance(derived, Observation) and part.which == "date":
        for name in derived.dated_by:
            found = chart.newest(name)
            exact = isinstance(found, Observation) and found.date and found.date.is_exact
            if not exact:
                yield from _facts_stating(name, part, chart)


# In words


def label_of(place: Place, chart: Chart) -> str:
    """A place as a person would call it; for the date or the unit of a value, the value's name."""
    vocabulary = chart.vocabulary
    if isinstance(place, Fact):  # most are
        return vocabulary.facts[place.fact].label
    match place:
        case Visit():
            return vocabulary.facts[place.name].label
        case Field(name, numbers, ""):
            return f"{name} {', '.join(map(str, numbers))}"
        case Field(name, numbers, field):
            entry = f"{name.replace('_', ' ')} {', '.join(map(str, numbers))}"
            declared_as = vocabulary.records[name].fields.get(field)
            return f"{entry}: {_label_in_lower_case(declared_as) if declared_as else field}"
        case List(name):
            return f"{name.replace('_', ' ')} list"
        case AnswerTo(key):
            return f"answer to {key}"
        case Part(of, "upper" | "lower" as which):
            return f"{label_of(of, chart)}: {which} limit of normal"
        case Part(of, "limit"):
            return f"{label_of(of, chart)}: limit of detection"
        case Part(of, "cutoff"):
            return f"{label_of(of, chart)}: the laboratory's cut-off"
        case Part(of, _):
            return label_of(of, chart)
        case Then(earlier, visit):
            at = EARLIER[visit]
            return f"{label_of(earlier, chart)}, at {at}" if earlier else at


def outdated(place: Place, chart: Chart) -> str:
    """What the chart says, and of when, where that is too old; empty where it is not."""
    match place:
        case List(name):
            seen = chart.review(name)
            length = chart.vocabulary.records[name].speaks.of(None)
            old = seen and length and length.after(seen).earliest < chart.spoken_on
            return f"reviewed on {seen}, too old" if old else ""
        case Fact(name):
            found, entry = chart.newest(name), chart.vocabulary.facts[name]
            if isinstance(found, Observation) and chart.speaks(entry, found) is Answer.NO:
                return f"{found.text} of {chart.as_of(found)}, too old"
    return ""


def wanted_label(place: Place, chart: Chart) -> str:
    """What is to be got: "Serum creatinine", or only "the date of serum creatinine 1.1 mg/dL".

    What is there and too old is to be repeated.
    """
    said = outdated(place, chart)
    return f"{_label(place, chart)}, to be repeated ({said})" if said else _label(place, chart)


def _label(place: Place, chart: Chart) -> str:
    match place:
        case List(name):
            return chart.vocabulary.records[name].label
        case Part(of, "date" | "unit" as which):
            result = result_lacking(place, chart)
            label = inside_sentence(label_of(of, chart))
            value = f"{label} {result.text}" if result else label
            if which == "unit":
                return f"{value} in {_value_entry(of, chart).unit}"
            if result is not None and result.date is not None:
                return f"the exact date of {value} ({result.date})"
            return f"the date of {value}"
    return label_of(place, chart)


def result_lacking(part: Part, chart: Chart) -> Observation | None:
    """The result in the profile that lacks this part; None where the profile has no such result.

    A date is wanted of the first result without one, else of the newest. A limit or a unit is
    wanted of the newest result that is not after the date judged.
    """
    if not isinstance(part.of, Fact):
        return None
    results = chart.profile.facts.get(part.of.fact, ())
    if part.which == "date":
        undated = next((item for item in results if item.date is None), None)
        return undated or max(results, key=earliest, default=None)
    past = [item for item in results if earliest(item) <= chart.on]
    return max(past, key=earliest, default=None)


def earliest(result: Observation) -> date:
    """The first day that a result may be of; a result without a date sorts before all others."""
    return result.date.earliest if result.date else date.min


def question_for(place: Place, chart: Chart) -> str:
    """How to ask for it: the question of the vocabulary, or what a recorded result lacks."""
    match place:
        case Part(of, which) if (result := result_lacking(place, chart)) is not None:
            value = f"{label_of(of, chart)}, {result.text}"
            match which:
                case "date":
                    return f"{value}: of what date is this?"
                case "unit":
                    return f"{value}: how much is this in {_value_entry(of, chart).unit}?"
                case "limit":
                    return f"{value}: what is this result's limit of detection?"
                case "cutoff":
                    return f"{value}: from which value on does the laboratory call it positive?"
            return f"{value}: what is this result's {which} limit of normal?"
        case Part(of, _):
            return question_for(of, chart)
    return declared(place, chart).question


def _how_to_obtain(place: Place, chart: Chart) -> str:
    """What it takes to get a place, a word of EFFORT.

    The date, limit or unit of a recorded result stands in the chart, where the result was found.
    """
    if isinstance(place, Part) and result_lacking(place, chart) is not None:
        return "chart"
    return declared(place, chart).obtain


def declared(place: Place, chart: Chart) -> FactEntry | RecordEntry:
    """The vocabulary's entry for a place: for a field, that of its list. Not for an AnswerTo."""
    match place:
        case Part(of, _):
            return declared(of, chart)
        case Field(name) | List(name):
            return chart.vocabulary.records[name]
        case _:
            return chart.vocabulary.facts[place.name]


def _value_entry(value: Value, chart: Chart) -> FactEntry:
    if isinstance(value, Field):
        return chart.vocabulary.records[value.list].fields[value.field]
    return chart.vocabulary.facts[value.name]


def _label_in_lower_case(entry: FactEntry) -> str:
    return f"{entry.label[0].lower()}{entry.label[1:]}"
