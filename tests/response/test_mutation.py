"""Each limit, strictness, word, visit and part of the outcomes, changed in turn: a case notices."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from followed import CASES, ITEMS, patient_of, seen, trial

from cartscreen.frozen import replace
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Criterion, Outcome, Trial
from cartscreen.response.judge import judge_outcome
from cartscreen.response.visits import FollowUp
from cartscreen.rule.tree import Change, Compare, Group, Is, New, Records, Rule, Test

OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
ALIKE = {  # what no patient can tell
    "drop drug is glucocorticoid": "no other drug has a dose as prednisone",
}


def changes(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """(what was changed, the rule) for each single change."""
    match rule:
        case Test(check=Compare() as check, text=text):
            step = Fraction(1, 10) if "pga" in rule.fact or "dose" in rule.fact else Fraction(1)
            other = replace(check, operator=OTHER[check.operator])
            for name, made in (
                (OTHER[check.operator], other),
                ("higher", replace(check, limit=check.limit + step)),
                ("lower", replace(check, limit=check.limit - step)),
            ):
                yield f"{text} {name}", replace(rule, check=made, text=f"{text} #{name}")
        case Test(check=Change() as check, text=text):
            step = Fraction(1, 100) if check.by < 1 else Fraction(1)
            turned = {"rose": "fell", "fell": "rose"}[check.direction]
            for name, made in (
                ("more", replace(check, by=check.by + step)),
                ("less", replace(check, by=check.by - step)),
                (turned, replace(check, direction=turned)),
            ):
                yield f"{text} {name}", replace(rule, check=made, text=f"{text} #{name}")
        case Test(check=New() as check, text=text):
            yield (
                f"{text} more",
                replace(rule, check=replace(check, k=check.k + 1), text=f"{text}+"),
            )
            since = "baseline" if rule.since == "previous" else "previous"
            yield f"{text} since {since}", replace(rule, since=since, text=f"{text} #{since}")
            for word in check.before:
                fewer = tuple(one for one in check.before if one != word)
                made = replace(check, before=fewer)
                yield f"{text} without {word}", replace(rule, check=made, text=f"{text} #{word}")
        case Test(check=Is(words=words) as check, text=text) if len(words) > 1:
            for word in words:
                made = replace(check, words=tuple(one for one in words if one != word))
                yield f"{text} without {word}", replace(rule, check=made, text=f"{text} #{word}")
        case Group(rules=rules):
            for at, part in enumerate(rules):
                if len(rules) > 1:
                    k = min(rule.k, len(rules) - 1)
                    left = rules[:at] + rules[at + 1 :]
                    yield f"drop {_told(part)}", replace(rule, rules=left, k=k)
                for what, made in changes(part):
                    yield what, replace(rule, rules=(*rules[:at], made, *rules[at + 1 :]))
        case Records(where=where):
            for at, part in enumerate(where):
                if len(where) > 1:
                    yield f"drop {_told(part)}", replace(rule, where=where[:at] + where[at + 1 :])
                for what, made in changes(part):
                    yield what, replace(rule, where=(*where[:at], made, *where[at + 1 :]))


def _told(rule: Rule) -> str:
    match rule:
        case Test(text=text):
            return text
        case Group(rules=(first, *_)):
            return f"[{_told(first)} ...]"
        case Records(where=(first, *_)):
            return f"[{_told(first)} ...]"
    return "?"


def answers(component: Criterion, of: Trial, patient: FollowUp) -> tuple[str, ...]:
    """What one component says, reading by reading."""
    alone = Outcome("X", "", "", (component,))
    judged = judge_outcome(alone, of, patient).judged[component.id]
    return (judged.finding.answer.value, *(found.answer.value for _, found in judged.readings))


def patients() -> dict[str, dict[str, FollowUp]]:
    """Those of the cases, by outcome, and one with each descriptor alone."""
    found: dict[str, dict[str, FollowUp]] = {}
    for case in CASES:
        found.setdefault(case["outcome"], {})[case["id"]] = patient_of(case)
    for item in ITEMS:
        there: dict[str, Any] = {"sledai": [item]}
        found["LLDAS"][item] = seen(there, there, there)
    return found


@pytest.mark.mutation
def test_a_case_notices_each_change() -> None:
    """Of a component by itself; what no patient can tell is listed above, with the reason."""
    pack, listed = bundled_pack(), patients()
    assert pack.published is not None
    alive = []
    for of in (trial(), pack.published):
        for item in of.outcomes:
            for part in item.components:
                before = {n: answers(part, of, p) for n, p in listed[item.id].items()}
                for at, reading in enumerate(part.readings):
                    for what, rule in changes(reading.rule):
                        made = replace(reading, rule=rule)
                        readings = (*part.readings[:at], made, *part.readings[at + 1 :])
                        changed = replace(part, readings=readings)
                        seen_by = (
                            name
                            for name, patient in listed[item.id].items()
                            if answers(changed, of, patient) != before[name]
                        )
                        if next(seen_by, None) is None and what not in ALIKE:
                            alive.append(f"{of.id} {part.id} {reading.label}: {what}")

    assert alive == []
