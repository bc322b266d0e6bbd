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
from cartscreen.evaluate.since import compared
from cartscreen.pack.pack import Pack
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
    held = tuple(item for item in pack.contradictions if evaluate(item.rule, chart).answer is YES)
    return Chart(profile, pack, on, evaluate, held, spoken_on, chart, earlier) if held else chart


def evaluate(
    rule: Rule, chart: Chart, asked: Asked | None = None, entry: Entry | None = None
) -> Finding:
    """The finding of a rule, for the chart's patient on the chart's date."""
    match rule:
        case Test():
            asks = compared if rule.since else leaf
            return chart.kept(rule, entry, lambda: asks(rule, chart, entry))
        case Group(k, rules, none):
            parts = tuple(evaluate(part, chart, asked, entry) for part in rules)
            return combine(k, parts, none=none)
        case Records(name=name):
            found = records(rule, chart, asked)
            return (
                _in_doubt(name, chart) if found.answer is NO and name in chart.conflicts else found
            )
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
