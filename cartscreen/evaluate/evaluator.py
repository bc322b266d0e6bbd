"""Rule meets profile: evaluate(rule, chart) -> Finding.

No clock is read and nothing is changed: the date judged is the chart's, and the same arguments give
the same finding.
"""

from collections.abc import Mapping
from datetime import date

from cartscreen.answer import NO, YES, answer
from cartscreen.evaluate.chart import Asked, Chart, Entry
from cartscreen.evaluate.finding import Finding, answer_read, combine, unknown
from cartscreen.evaluate.leaf import leaf
from cartscreen.evaluate.records import records, together
from cartscreen.pack.model import Pack
from cartscreen.place import AnswerTo, List
from cartscreen.profile.model import Profile
from cartscreen.rule.tree import Group, Question, Records, Rule, Test, Together


def chart_on(
    profile: Profile,
    pack: Pack,
    on: date,
    spoken_on: date | None = None,
    beside: Chart | None = None,
    earlier: Mapping[str, Chart] | None = None,
) -> Chart:
    """The chart of a profile on a date; what contradictions of the pack put in doubt is open in it.

    spoken_on, beside, earlier  as of a Chart

    Raises Problem for a date before the patient's birth, or more than 130 years after it.
    """
    chart = Chart(profile, pack, on, evaluate, (), spoken_on, beside, earlier)
    held = tuple(item for item in pack.contradictions if holds(item.rule, chart))
    return Chart(profile, pack, on, evaluate, held, spoken_on, chart, earlier) if held else chart


def holds(rule: Rule, chart: Chart) -> bool:
    """Does it surely hold? Of rules that must all hold, none is asked after one that does not.

    Where nothing is known that it reads, nothing surely holds.
    """
    if chart.silent_on(rule.names):
        return False
    if isinstance(rule, Group) and rule.k == len(rule.rules) and not rule.none:
        return all(holds(part, chart) for part in rule.rules)
    return evaluate(rule, chart).answer is YES


def evaluate(
    rule: Rule, chart: Chart, asked: Asked | None = None, entry: Entry | None = None
) -> Finding:
    """The finding of a rule, for the chart's patient on the chart's date."""
    if entry is not None and not (isinstance(rule, Test) and not rule.is_of_entry):
        return _of_entry(rule, chart, asked, entry)
    kept, key = chart.kept, id(rule)
    known = kept.get(key)
    if known is not None:
        return known[1]
    if rule.question is not None:  # it depends on whom it is asked for
        return _evaluated(rule, chart, asked, None)
    blank = chart.blank
    if blank is not None and rule.names.isdisjoint(chart.heard):
        return evaluate(rule, blank)
    finding = _evaluated(rule, chart, asked, None)
    kept[key] = rule, finding
    return finding


def _of_entry(rule: Rule, chart: Chart, asked: Asked | None, entry: Entry) -> Finding:
    finding = entry.kept.get(rule.key)
    if finding is None:
        finding = _evaluated(rule, chart, asked, entry)
        if rule.question is None:
            entry.kept[rule.key] = finding
    return finding


def _evaluated(rule: Rule, chart: Chart, asked: Asked | None, entry: Entry | None) -> Finding:
    match rule:
        case Test():
            if not rule.since:
                return leaf(rule, chart, entry)
            from cartscreen.evaluate.since import compared  # of outcomes, mostly

            return compared(rule, chart, entry)
        case Group():
            parts = tuple([evaluate(part, chart, asked, entry) for part in rule.rules])
            return combine(rule.k, parts, rule.none)
        case Records():
            found = records(rule, chart, asked)
            is_doubtful = found.answer is NO and rule.name in chart.conflicts
            return _in_doubt(rule.name, chart) if is_doubtful else found
        case Together():
            return together(rule, chart, asked)
        case Question():
            return _question(rule, asked)


def _in_doubt(name: str, chart: Chart) -> Finding:
    """No entry satisfies, of a list that the profile contradicts elsewhere."""
    return unknown("conflict", List(name), note=f"the profile says that {chart.conflicts[name]}")


def _question(question: Question, asked: Asked | None) -> Finding:
    if asked is not None and asked.given is not None:
        said = answer(asked.given.said is True)
        read = answer_read(AnswerTo(asked.criterion), asked.given, question.text, said)
        return Finding(said, because=(read,))
    reason = "source_gap" if question.about == "gap" else "needs_person"
    missing = (AnswerTo(asked.criterion),) if asked else ()
    return unknown(reason, *missing, note=question.text)
