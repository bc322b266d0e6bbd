"""A rule in English, for the clinician who holds our reading against the page."""

from cartscreen.rule.parse import entry_named
from cartscreen.rule.tree import (
    Change,
    Compare,
    Group,
    Is,
    NotDone,
    Present,
    Question,
    Records,
    Rule,
    Test,
)
from cartscreen.units import LLN, ULN, decimal
from cartscreen.vocabulary import RecordEntry, Vocabulary

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
        case Records(name, where, k, different):
            entry = vocabulary.records[name]
            kind = f"entries with different {different}" if different else "entry"
            head = f"at least {k} {kind} under '{entry.label}'"
            if not where:
                return [head]
            return [f"{head} with all of:", *_indented(where, vocabulary, entry)]


def _indented(
    rules: tuple[Rule, ...], vocabulary: Vocabulary, record: RecordEntry | None
) -> list[str]:
    return [f"  {line}" for rule in rules for line in describe(rule, vocabulary, record)]


def _describe_test(test: Test, vocabulary: Vocabulary, record: RecordEntry | None) -> str:
    entry = entry_named(test.fact, vocabulary, record)
    window = f", {test.window}" if test.window else ""
    match test.check:
        case Present():
            return f"{entry.label}{window}"
        case Is(words):
            return f"{entry.label}: {' or '.join(words)}{window}"
        case NotDone():
            return f"{entry.label}: not done"
        case Compare(operator, limit, unit):
            number = f"1:{decimal(limit)}" if unit == "titre" else decimal(limit)
            shown_unit = {"1": "", "titre": "", ULN: " x ULN", LLN: " x LLN"}.get(unit, f" {unit}")
            return f"{entry.label} {_SAID[operator]} {number}{shown_unit}{window}"
        case Change(direction, by, relative, unit):
            shown_unit = " % of the earlier result" if relative else f" {unit}" * (unit != "1")
            return f"{entry.label} {direction} by at least {decimal(by)}{shown_unit}{window}"
