"""A rule in English, for the clinician who holds our reading against the page."""

from collections.abc import Sequence

from cartscreen.rule.parse import entry_named
from cartscreen.rule.tree import (
    EARLIER,
    Change,
    Compare,
    Group,
    Is,
    New,
    NotDone,
    Present,
    Question,
    Records,
    Rule,
    Test,
    Together,
)
from cartscreen.units import LLN, ULN, decimal
from cartscreen.vocabulary import RecordEntry, Vocabulary

_SAID_OF_TIME = {">=": "at least", ">": "more than"}
_SAID = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}


def describe(rule: Rule, vocabulary: Vocabulary, record: RecordEntry | None = None) -> list[str]:
    """The rule in English, a line for each part, indented by two spaces for each level."""
    match rule:
        case Test():
            return [_describe_test(rule, vocabulary, record)]
        case Question(text, about):
            said = {
                "judgement": "the investigator judges",
                "promise": "the person is asked",
                "gap": "the page does not say",
            }
            return [f"{said[about]}: {text}"]
        case Group(k, rules, none):
            if none:
                head = "none of:" if len(rules) > 1 else "not:"
            elif len(rules) == 1:
                return describe(rules[0], vocabulary, record)
            else:
                head = {1: "any of:", len(rules): "all of:"}.get(k, f"at least {k} of:")
            return [head, *_indented(rules, vocabulary, record)]
        case Records(name, where, k, different, despite):
            entry = vocabulary.records[name]
            kind = f"entries with different {different}" if different else "entry"
            head = f"at least {k} {kind} under '{entry.label}'"
            if despite:
                head += ", whatever came of it (open where it worked),"
            if not where:
                return [head.rstrip(",")]
            return [f"{head} with all of:", *_indented(where, vocabulary, entry)]
        case Together(parts, lasted, _):
            head = "at the same time"
            if lasted is not None:
                how_long = _SAID_OF_TIME[lasted.operator]
                head += f", for {how_long} {decimal(lasted.limit)} {lasted.unit}"
                head += ", its pieces added up" if lasted.in_all else ""
            return [f"{head}, all of:", *_indented(parts, vocabulary, record)]


def _indented(
    rules: Sequence[Rule], vocabulary: Vocabulary, record: RecordEntry | None
) -> list[str]:
    return [f"  {line}" for rule in rules for line in describe(rule, vocabulary, record)]


def _describe_test(test: Test, vocabulary: Vocabulary, record: RecordEntry | None) -> str:
    entry = entry_named(test.fact, vocabulary, record)
    window = f", {test.window}" if test.window else ""
    since = f", since {EARLIER[test.since]}" if test.since else ""
    label = f"any result ever: {entry.label}" if test.any else entry.label
    label = f"any result of the window: {entry.label}" if test.any and test.window else label
    match test.check:
        case Present():
            return f"{label}{window}{since}"
        case Is(words):
            return f"{label}: {' or '.join(words)}{window}"
        case NotDone():
            return f"{label}: not done"
        case Compare(operator, limit, unit):
            number = f"1:{decimal(limit)}" if unit == "titre" else decimal(limit)
            shown_unit = {"1": "", "titre": "", ULN: " x ULN", LLN: " x LLN"}.get(unit, f" {unit}")
            added = ", its pieces added up" if test.check.in_all else ""
            return f"{label} {_SAID[operator]} {number}{shown_unit}{added}{window}"
        case Change(direction, by, relative, unit):
            shown_unit = " % of the earlier result" if relative else f" {unit}" * (unit != "1")
            return f"{entry.label} {direction} by at least {decimal(by)}{shown_unit}{window}{since}"
        case New(k, before):
            came = f" that were {' or '.join(before)}" if before else ""
            return f"{entry.label}: at least {k} new{came}{since}"
