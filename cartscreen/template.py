"""A commented profile that asks only for what the chosen trials read, or still lack."""

from collections.abc import Iterable, Sequence

import tomli_w

from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.screening import screen
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.place import AnswerTo, Fact, Field, Part, Place, Visit, Which
from cartscreen.profile.model import question_mark
from cartscreen.rule.tree import names_read
from cartscreen.text import visible
from cartscreen.vocabulary import FactEntry, RecordEntry, reads

DAY = "YYYY-MM-DD"
"""What stands for a date: like all that the template leaves open, no profile with it is read."""

_HEAD = """\
# A patient profile for cartscreen. Take away the "#" before a line and write the value.
#
# What stays out is unknown, and unknown is never no. "unknown", "not done" may stand for a value.
# A quantity has a unit:      neutrophils = "3.2 10^9/L"          below a limit: "<0.1 10^9/L"
# A result may say more:      alt = { value = "22 U/L", upper = "40 U/L", date = 2025-05-30 }
# A series, newest used:      [{ value = "...", date = ... }, { value = "...", date = ... }]
# A date may be partial:      2025-05-30, or in quotes "2025-05" or "2025"
"""


def template(
    trials: Sequence[Trial],
    pack: Pack,
    chart: Chart | None = None,
    *,
    preferred: bool = False,
    visits: Sequence[str] = ("screening",),
) -> str:
    """TOML text with a comment for every fact; for a chart, only for what it lacks.

    preferred takes the first reading of an ambiguous criterion instead of asking that all agree.
    visits are asked for in any case, where there is no chart
    """
    wanted = (
        _lacking(trials, chart, preferred=preferred)
        if chart
        else names_wanted(trials, pack, visits)
    )
    patient = chart.profile.patient if chart else "P-0001"
    head = f"{_HEAD}\n{tomli_w.dumps({'schema': 1, 'patient': patient})}"
    lines = head.split("\n")  # in TOML, no other letter ends a line
    sections: dict[str, list[FactEntry]] = {}
    for name, entry in pack.vocabulary.facts.items():
        if name in wanted or _limits(name, wanted):
            sections.setdefault(name.partition(".")[0], []).append(entry)
    for section, entries in sections.items():
        lines.append(f"[{section}]")
        for entry in entries:
            lines += _fact(entry, _limits(entry.name, wanted))
        lines.append("")
    records = [entry for name, entry in pack.vocabulary.records.items() if name in wanted]
    for record in records:
        lines += [*entry_lines(record), ""]
    if records:
        lines.append("[reviewed]  # looked for to the end of the chart: not listed did not happen")
        lines += [f"# {record.name} = {DAY}" for record in records]
    for trial in trials:
        lines += _answers(trial, wanted if chart else None)
    return "\n".join(visible(line) for line in lines).rstrip() + "\n"


def names_wanted(trials: Iterable[Trial], pack: Pack, visits: Iterable[str]) -> set[str]:
    """Every fact that the trials read, what it may be derived from, and the visits."""
    wanted = {Visit(visit).name for visit in visits}
    todo = [name for trial in trials for name in trial.names_read]
    while todo:
        name = todo.pop()
        if name in wanted:
            continue
        wanted.add(name)
        if entry := pack.vocabulary.facts.get(name):
            todo += [fact for derivation in entry.derive for fact in reads(derivation)]
        for rule in pack.rules_of(name):
            todo += names_read(rule)
    return wanted


def _lacking(trials: Iterable[Trial], chart: Chart, *, preferred: bool) -> set[str]:
    """What would settle the open criteria of the trials that are not ruled out.

    Facts, their limits and lists by name; an answer by trial and criterion or choice.
    """
    wanted: set[str] = set()
    for trial in trials:
        screening = screen(trial, chart, preferred=preferred)
        if screening.verdict == "undetermined":
            for item in screening.counted("unknown"):
                wanted.update(_written(place, trial) for place in item.finding.missing)
    return wanted


def _written(place: Place, trial: Trial) -> str:
    match place:
        case AnswerTo(key):
            return f"{trial.id} {key}"
        case Field(name):
            return name
        case Part(Field(name), _):
            return name
    return str(place)


_LIMITS: tuple[Which, ...] = ("upper", "lower")


def _limits(name: str, wanted: set[str]) -> list[str]:
    """The limits of normal that a recorded result lacks."""
    return [which for which in _LIMITS if str(Part(Fact(name), which)) in wanted]


def _fact(entry: FactEntry, limits: list[str]) -> Iterable[str]:
    name = entry.name.partition(".")[2]
    yield f"# {entry.question}"
    match entry.kind:
        case "quantity" if limits:
            value = "..." if entry.unit == "1" else f'"... {entry.unit}"'
            yield f"# {name} = {{ {', '.join(f'{key} = {value}' for key in ('value', *limits))} }}"
        case "quantity" if entry.unit == "1":
            yield f"# {name} = "
        case "quantity":
            example = "1:..." if entry.unit == "titre" else f"... {entry.unit}"
            yield f'# {name} = "{example}"'
        case "date":
            yield f"# {name} = {DAY}"
        case _ if entry.choices:
            yield f'# {name} = ""    # one of: {", ".join(entry.choices)}'
        case _:
            yield f"# {name} =       # true or false"


def entry_lines(record: RecordEntry) -> Iterable[str]:
    """How an entry of the list is written, as comments."""
    yield f"# {record.question}"
    yield f"# One [[{record.name}]] for each entry."
    yield f"# [[{record.name}]]"
    for field in record.fields.values():
        if not record.is_written(field.name):
            continue
        hint = ", ".join(field.choices) if field.choices else field.label
        value = DAY if field.kind == "date" else "     "
        yield f"# {field.name} = {value} # {hint}"


def _answers(trial: Trial, wanted: set[str] | None) -> list[str]:
    """The questions, each with its mark, and the choices between readings that are still open."""
    lines: list[str] = []
    for criterion in trial.criteria:
        question = criterion.question
        if question is not None and (wanted is None or f"{trial.id} {criterion.id}" in wanted):
            mark = question_mark(question.text)
            lines += [
                f"# {question.text}",
                f'# "{criterion.id}" = {{ answer = , question = "{mark}" }}',
            ]
    for choice in trial.choices.values():
        if wanted is not None and f"{trial.id} {choice.name}" in wanted:
            lines += [
                f"# Which reading holds for {', '.join(choice.criteria)}?",
                f'# "{choice.name}" = ""    # one of: {"; ".join(choice.labels)}',
            ]
    if not lines:
        return []
    return ["", f"[answers.{trial.id}]  # what only a person can answer: true or false", *lines]
