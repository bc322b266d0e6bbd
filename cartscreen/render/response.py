"""Responses as text: table, CSV, Markdown, and one page of HTML."""

import csv as writing
from collections.abc import Iterator, Sequence
from io import StringIO

from cartscreen.place import is_of_entry
from cartscreen.render.csv import guarded
from cartscreen.render.draw import item, ruled
from cartscreen.render.markdown import escaped
from cartscreen.render.paper import RenderableType, Text
from cartscreen.render.text import MARKS, criteria, program
from cartscreen.response.contract import (
    AssessmentReport,
    ComponentReport,
    DefinitionReport,
    OutcomeReport,
    Rate,
    Response,
    Responses,
    TrialResponse,
    ValueReport,
)
from cartscreen.text import visible

_STYLE = {"met": "bold green", "not met": "bold red", "open": "bold yellow"}
_TONE = {"met": "matched", "not met": "failed", "open": "unknown"}
_WORD = {"yes": "yes", "no": "no", "unknown": "open"}
_STACK_BELOW = 72
_ALIKE = 4


# What every form says


def _subject(said: Responses) -> Iterator[str]:
    """By what the patients were judged."""
    yield f"{program(said)}, criteria {criteria(said)}"
    typed = [said.options.typed, f'--window "{said.window}"' if said.window else ""]
    if any(typed):
        yield f"Options: {' '.join(part for part in typed if part)}"
    if said.options.preferred:
        yield "Ambiguous components are judged by their preferred reading alone."
    if said.fixed_readings:
        yield f"Readings that the site has fixed: {'; '.join(said.fixed_readings)}"


def _dates(patient: Response) -> Iterator[tuple[str, str]]:
    """The infusion and the visits of a patient, by name."""
    yield "infusion", patient.infusion or "not stated"
    for one in patient.assessments:
        if one.role == "between":
            continue
        name = {"previous": "previous assessment"}.get(one.role, one.role)
        yield name, f"{one.date}{_since(one)}, {one.file}"
    if patient.judged is None:
        yield "visit", "none after the infusion"
    if patient.died:
        yield "died", patient.died


def _with_outcomes(patient: Response) -> list[TrialResponse]:
    return [trial for trial in patient.trials if trial.outcomes]


def without_outcomes(patient: Response) -> str:
    """Which of the trials have a page that defines no response, in a sentence; empty for none."""
    named = [trial.id for trial in patient.trials if not trial.outcomes]
    if not named:
        return ""
    if len(named) == 1:
        return f"The page of {named[0]} defines no response."
    return f"The pages of {', '.join(named[:-1])} and {named[-1]} define no response."


def _since(one: AssessmentReport) -> str:
    """How far from the infusion it lies, in words."""
    days = one.days_since_infusion
    if not days:
        return ""
    if days.startswith("-"):
        ends = sorted(days.replace("-", "").split(" to "), key=int)
        return f" ({' to '.join(ends)} days before the infusion)"
    return f" ({days} days after the infusion)"


def cells(component: ComponentReport, patient: Response) -> tuple[str, str]:
    """What the earlier visits and the visit say, in a line each.

    A date stands beside a value where it is not that of the visit.
    """
    days = {one.role: one.date for one in patient.assessments}
    by_visit = {
        visit: _values([v for v in component.values if v.visit == visit], days.get(visit, ""))
        for visit in ("baseline", "previous", "visit")
    }
    earlier = [by_visit["baseline"]]
    if by_visit["previous"]:
        earlier.append(f"previous: {by_visit['previous']}")
    return "; ".join(part for part in earlier if part), by_visit["visit"]


def _values(values: Sequence[ValueReport], day: str) -> str:
    """The values of one visit; many that say one thing are counted.

    Of nine systems: "BILAG-2004 grade: D in 7, renal B, haematological C".
    """
    used = [value for value in values if value.decides] or list(values)
    facts = {value.fact: value for value in used}
    texts = {value.value for value in used}
    if len(facts) == 1 and not is_of_entry(used[0].fact):
        return f"{used[0].value}{_of(used[0], day)}"
    if len(texts) == 1 and len(facts) >= _ALIKE:
        return f"{texts.pop()} in all {len(facts)}"
    groups: dict[str, list[ValueReport]] = {}
    for value in used:
        head, colon, _ = value.label.partition(": ")
        groups.setdefault(head if colon else "", []).append(value)
    parts = [f"{value.label} {value.value}{_of(value, day)}" for value in groups.pop("", [])]
    parts += [f"{head}: {_alike(same, head, day)}" for head, same in groups.items()]
    return "; ".join(dict.fromkeys(parts))


def _alike(values: Sequence[ValueReport], head: str, day: str) -> str:
    """The values whose labels begin alike, each without that beginning."""
    counted: dict[str, list[ValueReport]] = {}
    for value in values:
        counted.setdefault(value.value, []).append(value)
    parts = []
    for text, same in counted.items():
        if len(same) >= _ALIKE:
            parts.append(f"{text} in {len(same)}")
        else:
            parts += [f"{v.label.removeprefix(f'{head}: ')} {text}{_of(v, day)}" for v in same]
    return ", ".join(dict.fromkeys(parts))


def _of(value: ValueReport, day: str) -> str:
    told = ("" if value.date == day else value.date, value.source, value.note)
    details = [part for part in told if part]
    return f" ({', '.join(details)})" if details else ""


def said_of(component: ComponentReport) -> str:
    """Yes, no, or open and why."""
    word = _WORD[component.answer]
    return f"{word}: {component.why}" if component.why else word


def _beside(outcome: OutcomeReport) -> str:
    """The published definition of an outcome, and what it says."""
    published = outcome.published
    if published is None:
        return ""
    differs = "differs" if outcome.differs else "agrees"
    return f"Published definition ({published.source}) {differs}: {published.said}"


def _otherwise(outcome: OutcomeReport) -> list[ComponentReport]:
    """The components of the published definition by which it differs."""
    published = outcome.published
    if published is None or not outcome.differs:
        return []
    answer = {"not met": "no", "open": "unknown"}.get(published.status)
    return [part for part in published.components if part.answer == answer]


def _rate(rate: Rate) -> str:
    """Three counts, and the two ends of the rate."""
    low, high = rate.ends
    between = low if rate.open == 0 else f"{low} to {high}"
    counts = f"{rate.met} met, {rate.not_met} not met, {rate.open} open"
    return f"{counts} of {rate.patients}; rate {between}"


def _name(rate: Rate) -> str:
    by = "" if rate.by == "page" else ", published definition"
    return f"{rate.trial} {rate.outcome}{by}"


# Table


def lines(said: Responses, width: int) -> Iterator[RenderableType]:
    """One patient in full, or the table of many with the rates."""
    if len(said.patients) == 1 and not said.failures:
        yield from _patient(said.patients[0], width)
    else:
        yield from _many(said)
    yield Text()
    for line in _subject(said):
        yield Text(visible(line))
    yield Text(f"Criteria sha256 {said.pack.sha256}")
    for patient in said.patients[:1] if len(said.patients) == 1 else []:
        for one in patient.assessments:
            yield Text(visible(f"Profile sha256 {one.profile_sha256} {one.file}"))
    yield Text(said.notice)


def _patient(patient: Response, width: int) -> Iterator[RenderableType]:
    yield Text(visible(f"Patient {patient.patient}"), style="bold")
    for name, text in _dates(patient):
        yield item(f"{name.capitalize()}:", visible(text))
    for warning in patient.warnings:
        yield item("!", visible(warning))
    for trial in _with_outcomes(patient):
        yield Text()
        title = " ".join(part for part in (trial.id, trial.registry) if part)
        yield Text(visible(f"{title}: {trial.name}"), style="bold")
        for outcome in trial.outcomes:
            yield from _outcome(outcome, patient, width)
    if without := without_outcomes(patient):
        yield Text()
        yield Text(visible(without))


def _outcome(outcome: OutcomeReport, patient: Response, width: int) -> Iterator[RenderableType]:
    yield Text()
    head = Text(visible(f"{outcome.id}: "), style="bold")
    head.append(visible(outcome.said), _STYLE[outcome.status])
    yield head
    yield from _components(outcome, patient, width)
    if beside := _beside(outcome):
        yield item("=" if not outcome.differs else "!", visible(beside))
        for part in _otherwise(outcome):
            why = f": {part.why}" if part.why else ""
            yield item("  ", visible(f"{part.id} {part.title}{why}"))


def _components(
    definition: DefinitionReport, patient: Response, width: int
) -> Iterator[RenderableType]:
    if not definition.components:
        return
    if width < _STACK_BELOW:
        for part in definition.components:
            then, now = cells(part, patient)
            was = f" Before: {then}." if then else ""
            text = f"{part.id} {part.title}: {said_of(part)}.{was} Visit: {now or 'nothing'}."
            yield item(MARKS[part.answer], visible(text))
        return
    table = ruled()
    baseline, visit = (patient.assessments[at].date for at in (0, -1))
    for name, ratio in (
        ("No.", None),
        ("Component", 4),
        (f"Baseline {baseline}", 4),
        (f"Visit {visit}", 4),
        ("Holds", 3),
    ):
        table.add_column(name, overflow="fold", ratio=ratio)
    table.expand = True
    for part in definition.components:
        then, now = cells(part, patient)
        texts = (f"{MARKS[part.answer]} {part.id}", part.title, then, now, said_of(part))
        table.add_row(*(Text(visible(text)) for text in texts))
    yield table


def _many(said: Responses) -> Iterator[RenderableType]:
    yield Text(f"{len(said.patients)} patients judged, {len(said.failures)} not", style="bold")
    for failure in said.failures:
        for fault in failure.error:
            yield item("x", visible(fault))
    if said.rates:
        table = ruled(*map(visible, _heads(said)))
        for patient, when, outcomes in _overview(said):
            cells = [Text(visible(_short(one)), style=_STYLE[one.status]) for one in outcomes]
            table.add_row(Text(visible(patient.patient)), *map(Text, when), *cells)
        yield Text()
        yield table
    yield Text()
    for rate in said.rates:
        yield item(f"{_name(rate)}:", _rate(rate))
    if warned := sum(bool(patient.warnings) for patient in said.patients):
        patients = "patient has" if warned == 1 else "patients have"
        yield item("!", f"{warned} {patients} warnings; the report of each alone prints them.")
    if said.patients and (without := without_outcomes(said.patients[0])):
        yield Text(visible(without))


def _heads(said: Responses) -> list[str]:
    """Of the table of many patients."""
    return ["Patient", "Visit", "Days", *(outcome for _, outcome in _named(said))]


def _named(said: Responses) -> list[tuple[str, str]]:
    return list(dict.fromkeys((rate.trial, rate.outcome) for rate in said.rates))


def _overview(said: Responses) -> Iterator[tuple[Response, tuple[str, str], list[OutcomeReport]]]:
    """Each patient with the day of the visit, the days since the infusion, and the outcomes."""
    for patient in said.patients:
        visit = patient.judged
        when = (visit.date, visit.days_since_infusion) if visit else ("none", "")
        found = {(trial.id, one.id): one for trial in patient.trials for one in trial.outcomes}
        yield patient, when, [found[name] for name in _named(said)]


def _short(outcome: OutcomeReport) -> str:
    other = outcome.published
    beside = f" (published: {other.status})" if other and outcome.differs else ""
    return f"{outcome.said}{beside}"


# CSV

COLUMNS = (
    "patient", "infusion", "baseline_date", "visit_date", "days_since_infusion", "trial",
    "outcome", "status", "published_status", "component", "title", "source", "answer", "baseline",
    "visit", "reason", "missing", "explanation", "warnings", "tool", "pack", "pack_sha256",
    "options", "window", "error", "notice",
)  # fmt: skip


def csv(said: Responses) -> str:
    """A line for each component; for an outcome without a visit, one."""
    file = StringIO()
    writer = writing.DictWriter(file, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for row in _rows(said):
        writer.writerow({name: guarded(value) for name, value in row.items()})
    return file.getvalue()


def _rows(said: Responses) -> Iterator[dict[str, str]]:
    by = {
        "tool": program(said),
        "pack": f"{said.pack.id} {said.pack.version}",
        "pack_sha256": said.pack.sha256,
        "options": said.options.typed,
        "window": said.window,
        "notice": said.notice,
    }
    for patient in said.patients:
        visit = patient.judged
        person = {
            "patient": patient.patient,
            "infusion": patient.infusion,
            "baseline_date": patient.assessments[0].date,
            "visit_date": visit.date if visit else "",
            "days_since_infusion": visit.days_since_infusion if visit else "",
            "warnings": " ".join(patient.warnings),
        }
        for trial in patient.trials:
            for outcome in trial.outcomes:
                about = {
                    "trial": trial.id,
                    "outcome": outcome.id,
                    "status": outcome.status,
                    "published_status": outcome.published.status if outcome.published else "",
                }
                if not outcome.components:
                    yield {**person, **about, "explanation": outcome.why, **by}
                for part in outcome.components:
                    yield {**person, **about, **_row(part, patient), **by}
    for failure in said.failures:
        yield {"error": " ".join(failure.error), **by}


def _row(part: ComponentReport, patient: Response) -> dict[str, str]:
    then, now = cells(part, patient)
    return {
        "component": part.id,
        "title": part.title,
        "source": part.source,
        "answer": part.answer,
        "baseline": then,
        "visit": now,
        "reason": part.reason,
        "missing": " ".join(part.missing),
        "explanation": part.why,
    }


# Markdown


def markdown(said: Responses) -> str:
    """For a ticket or a note."""
    return "\n".join(_markdown(said)) + "\n"


def _markdown(said: Responses) -> Iterator[str]:
    for line in _subject(said):
        yield f"{escaped(line)}  "
    if len(said.patients) != 1 or said.failures:
        yield ""
        yield f"# {len(said.patients)} patients judged, {len(said.failures)} not"
        yield ""
        yield from (f"- {escaped(fault)}" for f in said.failures for fault in f.error)
        yield from (f"- {escaped(_name(rate))}: {escaped(_rate(rate))}" for rate in said.rates)
    for patient in said.patients:
        yield ""
        yield f"# Patient {escaped(patient.patient)}"
        yield ""
        yield from (f"- {name}: {escaped(text)}" for name, text in _dates(patient))
        yield from (f"- **!** {escaped(warning)}" for warning in patient.warnings)
        for trial in _with_outcomes(patient):
            yield ""
            yield f"## {escaped(trial.id)}: {escaped(trial.name)}"
            for outcome in trial.outcomes:
                yield from _markdown_of(outcome, patient)
        if without := without_outcomes(patient):
            yield ""
            yield escaped(without)
    yield ""
    yield said.notice


def _markdown_of(outcome: OutcomeReport, patient: Response) -> Iterator[str]:
    yield ""
    yield f"### {escaped(outcome.title)}: {escaped(outcome.said)}"
    if outcome.components:
        yield ""
        yield "| No. | Component | Baseline | Visit | Holds |"
        yield "|---|---|---|---|---|"
    for part in outcome.components:
        texts = (part.id, part.title, *cells(part, patient), said_of(part))
        yield f"| {' | '.join(map(escaped, texts))} |"
    if beside := _beside(outcome):
        yield ""
        yield escaped(beside)
        for part in _otherwise(outcome):
            yield f"- {escaped(f'{part.id} {part.title}: {said_of(part)}')}"


# HTML


def html(said: Responses) -> str:
    """One page to read, print or file, which loads nothing and runs no script."""
    from cartscreen.render.page import page

    return page(
        "response.html.jinja",
        said=said,
        subject=list(_subject(said)),
        heads=_heads(said),
        overview=[
            (patient, [*when, *map(_short, outcomes)])
            for patient, when, outcomes in _overview(said)
        ],
        TONE=_TONE,
        with_outcomes=_with_outcomes,
        without_outcomes=without_outcomes,
        dates=_dates,
        cells=cells,
        said_of=said_of,
        beside=_beside,
        otherwise=_otherwise,
        rate_name=_name,
        rate=_rate,
    )
