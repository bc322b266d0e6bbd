"""Rules: text and TOML become a small immutable tree, and the tree becomes English.

    rule  = leaf | { all = [rule ...] } | { any = [rule ...] } | { none = [rule ...] }
          | { at_least = n, of = [rule ...] }
          | records | { together = [records ...], lasted = "> 6 months [in all]" }
          | { ask = "question", about = "judgement" | "promise" | "gap" }
    records = { some = "list", where = [rule ...], despite = true }
            | { at_least = n, different = "field", of = "list", where = [rule ...], despite = true }
    leaf  = ["any"] fact [check] [window]                   see _leaf

A tree holds no patient, no clock and no function: screen.py asks it of a profile.
"""

import re
from fractions import Fraction
from typing import Any

from cartscreen.dates import Window
from cartscreen.errors import Problem
from cartscreen.frozen import replace
from cartscreen.pattern import pattern
from cartscreen.rule.tree import (
    ANCHORS,
    EARLIER,
    TIMES,
    Change,
    Check,
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
    walk,
)
from cartscreen.text import did_you_mean, shown
from cartscreen.units import LLN, ULN, factor, unit_named
from cartscreen.vocabulary import NOT_DONE, Count, FactEntry, RecordEntry, Score, Vocabulary, reads


def parse_rule(data: Any, vocabulary: Vocabulary, record: RecordEntry | None = None) -> Rule:
    """The rule in its TOML form; inside `where`, bare names are fields of the record.

    Raises Problem with the likely fix for anything that is not in the language above.
    """
    if isinstance(data, str):
        return _leaf(data, vocabulary, record)
    if not isinstance(data, dict):
        raise Problem(f"{shown(data)} is not a rule; write a test in quotes, or {_GROUPS}.")
    for key in data:
        if key not in _KEYS:
            meant = {"and": "all", "or": "any", "not": "none"}
            hint = did_you_mean(meant.get(key) or str(key), _KEYS) or f" A group is {_GROUPS}."
            raise Problem(f"there is no group {shown(key)}.{hint}")
    match data:
        case {"all": list(rules), **rest} if not rest:
            listed = _group(rules, vocabulary, record)
            return Group(len(listed), listed)
        case {"any": list(rules), **rest} if not rest:
            return Group(1, _group(rules, vocabulary, record))
        case {"none": list(rules), **rest} if not rest:
            return Group(1, _group(rules, vocabulary, record), none=True)
        case {"at_least": bool() | str() | float()}:
            raise Problem("at_least is not a number; write at_least = 2, say, without quotes.")
        case {"all": str() | dict()} | {"any": str() | dict()} | {"none": str() | dict()}:
            key = next(key for key in ("all", "any", "none") if key in data)
            raise Problem(f"{key} is not a list of rules; write {{ {key} = [...] }}.")
        case {"at_least": int(k), "of": list(rules), **rest} if not rest:
            listed = _group(rules, vocabulary, record)
            if not 1 <= k <= len(listed):
                raise Problem(
                    f"at_least = {k} of {len(listed)} rules can never be decided by them."
                )
            return Group(k, listed)
        case {"some": str(name), **rest} if rest.keys() <= {"where", "despite"}:
            return _records(name, rest, 1, "", vocabulary)
        case {"at_least": int(k), "different": str(field), "of": str(name), **rest} if (
            rest.keys() <= {"where", "despite"}
        ):
            return _records(name, rest, k, field, vocabulary)
        case {"together": list(parts), **rest} if rest.keys() <= {"lasted"}:
            return _together(parts, rest.get("lasted"), vocabulary)
        case {"ask": str(text), **rest} if rest.keys() <= {"about"}:
            about = rest.get("about", "judgement")
            if about not in ("judgement", "promise", "gap"):
                raise Problem(f'about = {shown(about)} is not "judgement", "promise" or "gap".')
            if not text.strip():
                raise Problem("ask has no question.")
            return Question(text, about)
    keys = ", ".join(data) or "(none)"
    raise Problem(f"the keys {keys} do not make a rule together; a group is {_GROUPS}.")


_GROUPS = (
    "{ all = [...] }, { any = [...] }, { none = [...] }, { at_least = 2, of = [...] }, "
    '{ some = "treatment", where = [...] } or { ask = "..." }'
)
_KEYS = (
    "all", "any", "none", "at_least", "of", "some", "where", "different", "despite", "together",
    "lasted", "ask", "about",
)  # fmt: skip


def _rules(data: list[Any], vocabulary: Vocabulary, record: RecordEntry | None) -> tuple[Rule, ...]:
    if not data:
        raise Problem("a group has no rules; an empty list would hold of everyone.")
    return tuple(parse_rule(item, vocabulary, record) for item in data)


def _group(data: list[Any], vocabulary: Vocabulary, record: RecordEntry | None) -> tuple[Rule, ...]:
    """The rules of a group. Only `where` itself joins entries, measures courses and adds doses."""
    rules = _rules(data, vocabulary, record)
    for rule in rules:
        if isinstance(rule, Test) and record and record.has_role(rule.fact, "lasted"):
            raise Problem(
                f"{shown(rule.text)}: {rule.fact} stands in where itself, in no group there."
            )
        if isinstance(rule, Test) and record and _is_dose(rule, record):
            raise Problem(
                f"{shown(rule.text)}: {rule.fact} is asked of the doses of a day together; it "
                "stands in where itself, in no group there."
            )
    return rules


def _is_in_all(test: Test) -> bool:
    return isinstance(test.check, Compare) and test.check.in_all


def _is_dose(test: Test, record: RecordEntry) -> bool:
    return "." not in test.fact and isinstance(test.check, Compare) and record.adds_up(test.fact)


def _together(parts: list[Any], lasted: Any, vocabulary: Vocabulary) -> Together:
    """What holds at one time: two or more rules about lists, and how long."""
    listed = tuple(parse_rule(part, vocabulary) for part in parts)
    if len(listed) < 2:
        raise Problem("together takes two rules or more that hold at one time.")
    records = []
    for part in listed:
        if not isinstance(part, Records):
            raise Problem("together takes { some = ... } and { at_least = ..., different = ... }.")
        entry = vocabulary.records[part.name]
        if not {"begins", "ends"} <= {r for r in entry.roles if entry.of_role(r)}:
            raise Problem(f"{part.name} has no first and last day, by which it runs at a time.")
        for test in part.where:
            if isinstance(test, Test) and entry.has_role(test.fact, "lasted"):
                raise Problem(f"{shown(test.text)}: lasted stands beside together, not inside it.")
        records.append(part)
    if lasted is None:
        return Together(tuple(records))
    match = _LASTED.fullmatch(lasted.strip()) if isinstance(lasted, str) else None
    if match is None:
        raise Problem(f'lasted = {shown(lasted)} is no time; write ">= 3 months" or "> 6 months".')
    count, unit = Fraction(match["number"]), f"{match['unit'].rstrip('s')}s"
    check = Compare(match["operator"], count, unit, in_all=bool(match["all"]))
    return Together(tuple(records), check, lasted.strip())


_LASTED = pattern(
    r"(?P<operator>>=|>) (?P<number>\d{1,4}) (?P<unit>(?:day|week|month|year)s?)(?P<all> in all)?",
    re.ASCII,
)


def _records(
    name: str, rest: dict[str, Any], k: int, different: str, vocabulary: Vocabulary
) -> Records:
    where, despite = rest.get("where"), rest.get("despite", False)
    entry = vocabulary.records.get(name)
    if entry is None:
        raise Problem(
            f"there is no list of records {shown(name)}.{did_you_mean(name, vocabulary.records)}"
        )
    if where is not None and not isinstance(where, list):
        raise Problem("where is not a list of rules.")
    if different and different not in entry.fields:
        raise Problem(
            f"{name} has no field {shown(different)}.{did_you_mean(different, entry.fields)}"
        )
    if k < 1:
        raise Problem(f"at_least = {k} would hold of everyone.")
    rules = _rules(where, vocabulary, entry) if where is not None else ()
    for test in (part for rule in rules for part in walk(rule) if isinstance(part, Test)):
        if test.ends_with:
            raise Problem(f"{shown(test.text)}: {test.ends_with} is no study visit.")
    for rule in rules:
        if isinstance(rule, Test) and _is_in_all(rule) and not entry.has_role(rule.fact, "lasted"):
            raise Problem(f"{shown(rule.text)}: only lasted adds up, in all.")
        if (
            isinstance(rule, Test)
            and entry.has_role(rule.fact, "lasted")
            and not (isinstance(rule.check, Compare) and rule.check.asks_for_more)
        ):
            raise Problem(f"{shown(rule.text)}: {rule.fact} takes > or >= and a time.")
    if despite not in (True, False):
        raise Problem(f"despite = {shown(despite)} is not true.")
    response = entry.of_role("response")
    if despite and (response is None or not response.adequate):
        raise Problem(f"{name} has no response of which a word says that it worked, for despite.")
    tests = [part for rule in rules for part in walk(rule) if isinstance(part, Test)]
    if any(entry.has_role(test.fact, "route") for test in tests):
        rules = tuple(_by_any_route(rule, entry) for rule in rules)
    return Records(name, rules, k, different, despite)


def _by_any_route(rule: Rule, record: RecordEntry) -> Rule:
    """The rule, where its tests of the drug take what is given locally: it asks for the route."""
    match rule:
        case Group(rules=rules):
            return replace(rule, rules=tuple(_by_any_route(part, record) for part in rules))
        case Test(fact=fact, check=Is() as check) if record.has_role(fact, "drug"):
            return replace(rule, check=replace(check, any_route=True))
    return rule


_NAME = r"[a-z][a-z0-9_]*"
_NUMBER = r"\d{1,15}(?:\.\d{1,15})?"
_UNIT = r"(?!within\s|since\s)\S.*?"
_LEAF = pattern(
    rf"""(?:(?P<any>any)\s+)?(?P<fact>{_NAME}(?:\.{_NAME})?)
    (?:\s+(?:
        (?P<operator><=|>=|<|>)\s+(?:1:(?P<titre>\d{{1,9}})|(?P<number>{_NUMBER})(?:\s+(?P<unit>{_UNIT}))?)
      | is\s+(?P<words>\S.*?)
      | (?P<direction>rose|fell)\s+>=\s+(?P<by>{_NUMBER})(?:\s+(?P<by_unit>{_UNIT}))?
      | new\s+>=\s+(?P<new>\d{{1,4}})(?:\s+from\s+(?P<before>\S.*?))?
    ))?
    (?:\s+within\s+(?P<count>\d{{1,4}})\s+(?P<time>days?|weeks?|months?|years?|half-li(?:fe|ves)|intervals?)
       (?:\s+before\s+(?P<anchor>\S+))?
      |\s+since\s+(?P<since>\S+))?""",
    re.VERBOSE | re.ASCII,
)


_LONGEST = 500  # the longest of the bundled ones has 188


def _leaf(text: str, vocabulary: Vocabulary, record: RecordEntry | None) -> Test:
    """Leaf   = ["any"] fact [check] [window | since]
    check  = ("<" | "<=" | ">" | ">=") number [unit] ["in all"] | "is" word {"or" word}
           | "is not done"
           | ("rose" | "fell") ">=" number [unit]
           | "new" ">=" number ["from" word {"or" word}]
    window = "within" number time ["before" anchor]
    since  = "since" ("baseline" | "previous")              of an outcome: see docs/response.md
    """
    if len(text) > _LONGEST:
        raise Problem(f"{shown(text)} is longer than the {_LONGEST} characters of a test.")
    match = _LEAF.fullmatch(text.strip())
    if match is None:
        raise Problem(f"{shown(text)} is not a test.{_leaf_hint(text)}")
    entry = entry_named(match["fact"], vocabulary, record)
    texts = match.group("unit", "by_unit", "words")
    if any(part and re.search(r"\swithin\s", part) for part in texts):
        raise Problem(f"{shown(text)}: a window is `within 6 months [before enrollment]`, say.")
    if any(part and _RUN_ON.search(part) for part in texts):
        raise Problem(f"{shown(text)} is not a test.{_leaf_hint(text)}")
    try:
        check = _check(match, entry, vocabulary)
        window = _window(match, entry, record)
        since = _since(match, entry, check)
        if not since:
            _fits(entry, check, window, field="." not in match["fact"])
        if match["any"]:
            _fits_any(entry, check)
    except Problem as problem:
        raise Problem(f"{shown(text)}: {problem}") from None
    return Test(match["fact"], check, window, text.strip(), any=bool(match["any"]), since=since)


def _since(match: re.Match[str], entry: FactEntry, check: Check) -> str:
    """The earlier visit that the test compares with; empty where it compares with none."""
    since = match["since"] or ""
    if not since:
        if isinstance(check, New):
            raise Problem("new needs an earlier visit: `since baseline` or `since previous`.")
        return ""
    if since not in EARLIER:
        hint = did_you_mean(since, EARLIER) or f" It is one of {', '.join(EARLIER)}."
        raise Problem(f"{shown(since)} is no earlier visit.{hint}")
    if match["any"]:
        raise Problem("the visit is compared with an earlier one; leave any out.")
    match check:
        case New():
            return since
        case Change(relative=False) if entry.bounds is not None:
            return since
        case Change(relative=True):
            raise Problem(f"a change since a visit is a number in the unit of {entry.name}.")
        case Change():
            raise Problem(f"{entry.name} has no bounds, which a value that is open lies between.")
        case Present() if entry.kind == "duration":
            return since
    raise Problem("`since` stands after rose, fell or new, or after a time that goes on.")


def of_one_date(rule: Rule) -> Rule:
    """The rule, which compares with no earlier visit. Raises Problem where it does."""
    for part in walk(rule):
        if isinstance(part, Test) and part.since:
            raise Problem(f"{shown(part.text)}: only a rule of an outcome knows an earlier visit.")
    return rule


_IN_THE_PAST = r"\b(?:in|over|during|for) the (?:last|past|previous) (\d+ \w+)"
_PAST = pattern(_IN_THE_PAST)
_RUN_ON = pattern(rf"\sand\s+{_NAME}\.{_NAME}|{_IN_THE_PAST}")
"""What follows a unit or a word where a second test begins, or a window in other words."""


def _leaf_hint(text: str) -> str:
    if text.lstrip().startswith(("{", "[")):
        return f" A group stands without quotes around it: {_GROUPS}."
    if past := _PAST.search(text):
        return f" A window is `within {past[1]}`."
    if re.search(rf"\sand\s+{_NAME}\.{_NAME}", text):
        return " Write two tests in { all = [...] }."
    if re.search(r"""[<>]=?\s*["']\s*\d""", text):
        return " A number stands without quotes of its own: `lab.alt <= 3 ULN`, say."
    if re.search(r"[^<>]=|==", text):
        return " Write `fact is word`, or <= and >= for a number."
    if re.search(r"\S[<>]|[<>]=?[^\s=]", text):
        return " Put a space on both sides of the comparison."
    if re.search(r"\d,\d", text):
        return " Write a decimal point."
    if re.search(r"(rose|fell) (>|<|<=) ", text):
        return " A change is written with >=."
    if re.search(r"[≤≥]", text):
        return " Write <= or >=."
    if " within " in text:
        return " A window is `within 6 months [before enrollment]`, say."
    if " and " in text:
        return " Write two tests in { all = [...] }."
    return " It begins with a fact: `lab.alt <= 3 ULN`, say."


def entry_named(name: str, vocabulary: Vocabulary, record: RecordEntry | None) -> FactEntry:
    """The fact of this name, or the field of the record. Raises Problem with a suggestion."""
    if "." in name:
        return vocabulary.fact(name)
    if record is None:
        raise Problem(f"{shown(name)} has no section; outside `where` a fact is section.name.")
    if name not in record.fields:
        hint = did_you_mean(name, record.fields) or f" It has {', '.join(record.fields)}."
        raise Problem(f"{record.name} has no field {shown(name)}.{hint}")
    return record.fields[name]


def _check(match: re.Match[str], entry: FactEntry, vocabulary: Vocabulary) -> Check:
    if match["operator"]:
        said = match["unit"] or ""
        in_all = entry.kind == "duration" and said.endswith(" in all")
        unit = said.removesuffix(" in all") if in_all else match["unit"]
        limit, unit = _limit(entry, match["titre"], match["number"], unit)
        return Compare(match["operator"], limit, unit, in_all=in_all)
    if match["words"] == NOT_DONE and "." in match["fact"]:
        return NotDone()
    if match["words"]:
        return Is(_words(match["words"], entry, vocabulary))
    if match["direction"]:
        return _change(match, entry)
    if match["new"]:
        return _new(match, entry, vocabulary)
    return Present()


def _limit(
    entry: FactEntry, titre: str | None, number: str | None, unit: str | None
) -> tuple[Fraction, str]:
    """The limit and its unit: the fact's own, ULN, LLN, or a calendar unit of a duration."""
    if entry.kind not in ("quantity", "duration"):
        raise Problem(f"{entry.name} is no number; write `{entry.name}` alone or `is`.")
    if titre:
        if entry.unit != "titre":
            raise Problem(f"{entry.name} is no titre.")
        return Fraction(titre), "titre"
    assert number is not None
    if unit is None and entry.unit not in ("", "1"):
        raise Problem(f"the unit is missing; {entry.name} is in {entry.unit}.")
    named = unit_named(unit or "", "months" if entry.kind == "duration" else entry.unit)
    if entry.kind == "duration":
        if named not in TIMES or "." in number:
            raise Problem("a time is a whole number of days, weeks, months or years.")
        return Fraction(number), named
    if named in (ULN, LLN):
        return Fraction(number), named
    times = factor(named, entry.unit, entry.grams_per_mole)
    if times is None:
        raise Problem(f"{named} does not fit {entry.name}, which is in {entry.unit}.")
    limit = Fraction(number) * times
    if entry.is_age and limit.denominator != 1:
        other = "person.birth_date within 6 months"
        raise Problem(f"an age is in completed years; write whole years, or `{other}`, say.")
    return limit, entry.unit


def _change(match: re.Match[str], entry: FactEntry) -> Change:
    if entry.kind != "quantity" or "." not in entry.name:
        raise Problem(f"{entry.name} has no series of numbers to rise or fall.")
    by, unit = Fraction(match["by"]), unit_named(match["by_unit"] or "", entry.unit)
    if by <= 0:
        raise Problem("a change is by more than 0.")
    if unit == "%":
        return Change(match["direction"], by, relative=True, unit="%")
    times = factor(unit, entry.unit, entry.grams_per_mole)
    if times is None:
        raise Problem(f"{unit} does not fit {entry.name}, which is in {entry.unit}.")
    own = "percentage points" if entry.unit == "%" else entry.unit  # "%" alone is relative
    return Change(match["direction"], by * times, relative=False, unit=own)


def _new(match: re.Match[str], entry: FactEntry, vocabulary: Vocabulary) -> New:
    counted = next((by for by in entry.derive if isinstance(by, Score | Count)), None)
    if counted is None:
        raise Problem(f"{entry.name} adds up no items that could be new.")
    items = [vocabulary.fact(name) for name in reads(counted)]
    if isinstance(counted, Score) and any(item.kind != "finding" or item.choices for item in items):
        raise Problem(f"{entry.name} has items that are no yes-or-no findings.")
    k = int(match["new"])
    before: tuple[str, ...] = ()
    if not 1 <= k <= len(items):
        raise Problem(f"new >= {k} of {len(items)} items can never be decided by them.")
    if match["before"]:
        if not isinstance(counted, Count):
            raise Problem(f"the items of {entry.name} have no words to come from.")
        before = _words(match["before"], items[0], vocabulary)
        if counted.word in before:
            raise Problem(f"what was {counted.word} is not new as {counted.word}.")
    return New(k, before)


def _words(text: str, entry: FactEntry, vocabulary: Vocabulary) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(" or "))
    if entry.kind == "drug":
        known = [*vocabulary.drugs, *vocabulary.classes]
    elif entry.askable:
        known = [*entry.askable]
    else:
        raise Problem(f"{entry.name} has no words; write `{entry.name}` alone, or a comparison.")
    if len(words) != len(set(words)):
        raise Problem("a word is written twice.")
    for word in words:
        if word not in known:
            if entry.kind == "drug":
                hint = vocabulary.drug_suggestion(word, vocabulary.drugs)
                hint = hint or did_you_mean(word, vocabulary.classes)
            else:
                hint = did_you_mean(word, known)
            listed = f" It is one of {', '.join(known)}." if len(known) < 15 else ""
            raise Problem(f"{shown(word)} is not a word of {entry.name}.{hint or listed}")
    return words


def _window(match: re.Match[str], entry: FactEntry, record: RecordEntry | None) -> Window | None:
    if not match["count"]:
        return None
    anchor = match["anchor"] or "screening"
    own = record.fields.get(anchor) if record else None
    if anchor not in ANCHORS and (own is None or own.kind != "date"):
        hint = did_you_mean(anchor, ANCHORS) or f" The visits are {', '.join(ANCHORS)}."
        raise Problem(f"{shown(anchor)} is not a study visit.{hint}")
    if int(match["count"]) == 0:
        raise Problem("a window is at least one day long.")
    unit = match["time"]
    if unit.startswith("half"):
        if not record or not record.has_role(entry.name, "last"):
            raise Problem(f"half-lives are measured from {_last_of(record)}.")
        if "half_life" not in record.roles:
            raise Problem(f"{record.name} has no field of the role half_life.")
        unit = "half-lives"
    if unit.startswith("interval") and not (
        record and record.has_role(entry.name, "last") and "every" in record.roles
    ):
        raise Problem(f"intervals between doses are measured from {_last_of(record)}.")
    return Window(int(match["count"]), unit if unit.endswith("s") else f"{unit}s", anchor)


def _last_of(record: RecordEntry | None) -> str:
    if record is None:
        return "the last dose in an entry of a list"
    last = record.roles.get("last")
    return f"the {last} of a {record.name}" if last else "a field of the role last"


def _fits(
    entry: FactEntry,
    check: Check,
    window: Window | None,
    *,
    field: bool,
) -> None:
    """field: of a record, where only a date can lie in a window."""
    if isinstance(check, NotDone) and window is not None:
        raise Problem("what was not done has no date to lie in a window.")
    if isinstance(check, Change) and window is None:
        raise Problem("a change needs a window: `fell >= 10 % within 6 months`.")
    is_yes_or_no = entry.kind == "finding" and not entry.choices
    if isinstance(check, Present) and window is None and not is_yes_or_no:
        raise Problem(f"{entry.name} is not a yes-or-no finding; compare it, or write `is`.")
    if field and window is not None and not (isinstance(check, Present) and entry.kind == "date"):
        raise Problem(f"{entry.name} has no date to lie in a window; name the field that is one.")


def _fits_any(entry: FactEntry, check: Check) -> None:
    """Only a fact may have several results, of which some satisfies the check."""
    if "." not in entry.name or entry.kind == "date" or entry.latest:
        raise Problem(f"{entry.name} has one value alone; write the test without any.")
    if isinstance(check, Change):
        raise Problem("a change compares the newest result with earlier ones; leave any out.")


def rule_to_toml(rule: Rule) -> Any:
    """The rule as TOML data, from which parse_rule makes the same rule again."""
    match rule:
        case Test(text=text):
            return text
        case Question(text, about):
            return {"ask": text} if about == "judgement" else {"ask": text, "about": about}
        case Group(k, rules, none):
            listed = [rule_to_toml(part) for part in rules]
            if none:
                return {"none": listed}
            if k == len(rules):
                return {"all": listed}
            return {"any": listed} if k == 1 else {"at_least": k, "of": listed}
        case Records(name, where, k, different, despite):
            written: dict[str, Any] = (
                {"at_least": k, "different": different, "of": name} if different else {"some": name}
            )
            if despite:
                written["despite"] = True
            if where:
                written["where"] = [rule_to_toml(part) for part in where]
            return written
        case Together(parts, _, text):
            listed = [rule_to_toml(part) for part in parts]
            return {"together": listed, "lasted": text} if text else {"together": listed}
