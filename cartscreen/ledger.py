"""The entries of a list of drugs as a ledger: what they miss, and when washouts are over.

A washout is an exclusion that counts an entry by the time since its last dose: a test with a window
on the field of the role `last`. A drug is clear from the first screening date on which no washout
of a trial counts any of its entries, nor does on a later date, with nothing new happening and the
visits moving with screening. Nothing is judged here that the criterion itself does not judge.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from cartscreen.answer import NO, UNKNOWN, YES, Answer, at_least
from cartscreen.contract import Plain
from cartscreen.derive import Gap
from cartscreen.derive.formulas import FIELD_FORMULAS
from cartscreen.derive.treatment import Role
from cartscreen.evaluate.answers import chosen
from cartscreen.evaluate.chart import Chart, Entry
from cartscreen.evaluate.evaluator import chart_on, evaluate
from cartscreen.evaluate.records import entries_found
from cartscreen.evaluate.screening import screen
from cartscreen.frozen import replace
from cartscreen.observation import Observation, Ongoing
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.plan.calendar import Calendar
from cartscreen.plan.outlook import distances
from cartscreen.rule.tree import Records, Rule, Test, walk
from cartscreen.vocabulary import Formula


class Line(Plain):
    """One entry. A value that is not known is "?"; one that does not concern the drug is empty."""

    number: int
    drug: str
    dose: str
    begins: str
    ends: str
    days: str
    as_prednisone: str
    per_kg: str
    clear_from: str


class Clear(Plain):
    """From when one washout no longer counts a drug; and by which readings, if not by all."""

    drug: str
    written: str
    clear_from: str
    perhaps_from: str
    readings: list[str]


class Washout(Plain):
    """One criterion, and the drugs that it counts or has counted until the day judged."""

    trial: str
    criterion: str
    title: str
    drugs: list[Clear]


class Missed(Plain):
    """An inclusion that has failed, and how near the entries came to it."""

    trial: str
    criterion: str
    title: str
    by: list[str]


class Ledger(Plain):
    """The entries of one list in their order, and what the trials say of them."""

    name: str
    label: str
    lines: list[Line]
    missed: list[Missed]
    washouts: list[Washout]


OVER = "now"
GOES_ON = "goes on"
NOT_KNOWN = "?"


def ledger(name: str, chart: Chart) -> Ledger:
    """The list of this name as a ledger."""
    washouts = [*_washouts(name, chart)]
    return Ledger(
        name=name,
        label=chart.vocabulary.records[name].label,
        lines=[_line(entry, washouts) for entry in chart.entries(name)],
        missed=[*_missed(name, chart)],
        washouts=washouts,
    )


def _line(entry: Entry, washouts: Sequence[Washout]) -> Line:
    """The entry as it stands in the profile, not with the dates of a course that it is part of."""
    own = replace(entry, record=entry.own)
    drug = _drug(entry)
    clear = [item.clear_from for each in washouts for item in each.drugs if item.drug == drug]
    return Line(
        number=entry.record.number,
        drug=_written(own),
        dose=_stated(own, "steps", "dose", "dose_per_kg").removesuffix(" mg/day"),
        begins=_stated(own, "begins") or NOT_KNOWN,
        ends=_stated(own, "ends") or NOT_KNOWN,
        days=_length(own).removesuffix(" days"),
        as_prednisone=_steroid(own, "mg/day"),
        per_kg=_steroid(own, "mg/kg/day"),
        clear_from=max(clear, key=_lateness, default=""),
    )


def _drug(entry: Entry) -> str:
    """The drug by the name that all its entries share; what is not known stands by itself."""
    if entry.drug is not None:
        return entry.drug.name
    return _stated(entry, "drug", "class") or f"{entry.list_name}[{entry.record.number}]"


def _written(entry: Entry) -> str:
    return _stated(entry, "drug", "class") or NOT_KNOWN


def _stated(entry: Entry, *roles: Role) -> str:
    """What the entry says in the first of these fields that it fills."""
    for role in roles:
        found = entry.course.stated(role)
        if isinstance(found, Observation):
            return found.text
    return ""


def _length(entry: Entry) -> str:
    field = entry.declared.of_role("lasted")
    found = entry.read(field.name, field) if field else Gap("")
    return found.text if isinstance(found, Observation) else NOT_KNOWN if field else ""


def _steroid(entry: Entry, unit: str) -> str:
    """The dose as prednisone in this unit; empty for a drug that stands for none."""
    if entry.drug is None or entry.drug.prednisone_equivalent is None:
        return ""
    for field in entry.declared.fields.values():
        by = (FIELD_FORMULAS[each.name] for each in field.derive if isinstance(each, Formula))
        if field.unit == unit and any(formula.of_steroid for formula in by):
            found = entry.read(field.name, field)
            if isinstance(found, Gap):
                return NOT_KNOWN
            return found.text.removesuffix(f" {unit}").replace("~", "")
    return ""


def _lateness(clear_from: str) -> tuple[int, str]:
    """The order of what is said of a drug: over, from a day on, not known, while it goes on."""
    special = (OVER, "", NOT_KNOWN, GOES_ON)
    return special.index(clear_from) if clear_from in special else 1, clear_from


def _missed(name: str, chart: Chart) -> Iterator[Missed]:
    """The inclusions that have failed for want of such entries, with the nearest of them."""
    for trial in chart.pack.trials:
        for item in screen(trial, chart).criteria:
            criterion = item.criterion
            if item.status == "failed" and criterion.kind == "inclusion" and not criterion.gate:
                found = distances(item.finding, chart)
                if by := [each.by for each in found if each.fact.startswith(f"{name}[")]:
                    yield Missed(
                        trial=trial.id, criterion=criterion.id, title=criterion.brief, by=by
                    )


# Washouts


def _washouts(name: str, chart: Chart) -> Iterator[Washout]:
    """The washouts that count a drug of the list, or have counted one before the date judged."""
    listed = {**chart.profile.reviewed, name: chart.today}
    reviewed = replace(chart.profile, reviewed=listed)
    calendar = Calendar(chart_on(reviewed, chart.pack, chart.on))
    for trial in chart.pack.trials:
        for criterion in trial.criteria:
            rules = {
                label: found
                for label, rule in _readings_left(criterion, trial, chart)
                if (found := [*_of_last_dose(rule, name, chart)])
            }
            drugs = [*_clear(rules, name, calendar)] if rules else []
            if drugs:
                yield Washout(
                    trial=trial.id, criterion=criterion.id, title=criterion.title, drugs=drugs
                )


def _readings_left(criterion: Criterion, trial: Trial, chart: Chart) -> Iterator[tuple[str, Rule]]:
    """The readings of an exclusion that the decided choices leave, by label."""
    decided = chosen(criterion, trial, chart.profile, preferred=False)
    labels = {choice: item.label for choice, item in decided.items()}
    for reading in criterion.readings:
        if criterion.kind == "exclusion" and reading.fits(labels):
            yield reading.label, reading.rule


def _of_last_dose(rule: Rule, name: str, chart: Chart) -> Iterator[Records]:
    """The parts of a rule that count entries of the list by the time since the last dose."""
    for part in walk(rule):
        if isinstance(part, Records) and part.name == name and any(_windows(part, chart)):
            yield part


def _windows(rule: Records, chart: Chart) -> Iterator[bool]:
    """Of each part of `where`: is it a window on the last dose?"""
    declared = chart.vocabulary.records[rule.name]
    for part in rule.where:
        of_last = isinstance(part, Test) and declared.has_role(part.fact, "last")
        yield of_last and isinstance(part, Test) and part.window is not None


def _clear(
    rules: Mapping[str, Sequence[Records]], name: str, calendar: Calendar
) -> Iterator[Clear]:
    """From when each drug that one of these rules counts, by reading, is clear of them all."""
    chart, every = calendar.chart, [rule for of in rules.values() for rule in of]
    days = calendar.days_of_change(every)
    counted = [_counted(every, calendar.on(day)) for day in days]
    ever = {
        label: _counted([_without_window(rule, chart) for rule in of], chart)
        for label, of in rules.items()
    }
    going = {_drug(entry) for entry in chart.entries(name) if _goes_on(entry)}
    for drug, written in {_drug(entry): _written(entry) for entry in chart.entries(name)}.items():
        by = [label for label in ever if drug in ever[label]]
        said = [by_drug.get(drug, NO) for by_drug in counted]
        since = _first_after(said, (YES, UNKNOWN))
        perhaps = _first_after(said, (YES,))
        if not by:
            continue
        if since == len(days):
            clear_from = GOES_ON if drug in going else NOT_KNOWN
        else:
            clear_from = _day(days, since)
        yield Clear(
            drug=drug,
            written=written,
            clear_from=clear_from,
            perhaps_from=_day(days, perhaps) if perhaps < since < len(days) else "",
            readings=by if len(by) < len(ever) else [],
        )


def _day(days: Sequence[date], at: int) -> str:
    return days[at].isoformat() if at else OVER


def _first_after(said: Sequence[Answer], answers: tuple[Answer, ...]) -> int:
    """The place after the last of these answers; 0 where there is none."""
    return max((at + 1 for at, answer in enumerate(said) if answer in answers), default=0)


def _counted(rules: Sequence[Records], chart: Chart) -> dict[str, Answer]:
    """Each drug with whether one of the rules counts one of its entries on the chart's date."""
    found: dict[str, Answer] = {}
    for rule in rules:
        whole = evaluate(rule, chart).answer
        for entry, finding in entries_found(rule, chart):
            drug, said = _drug(entry), at_least(2, (whole, finding.answer))
            found[drug] = at_least(1, (said, found.get(drug, NO)))
    return {drug: said for drug, said in found.items() if said is not NO}


def _without_window(rule: Records, chart: Chart) -> Records:
    """The rule that asks nothing of when the last dose was."""
    windows = _windows(rule, chart)
    kept = (part for part, is_window in zip(rule.where, windows, strict=True) if not is_window)
    return replace(rule, where=tuple(kept))


def _goes_on(entry: Entry) -> bool:
    return isinstance(entry.course.when("ends"), Ongoing)
