"""What loads and cannot be meant: limits that no value meets, rules that hold of nobody.

A folder of one's own is refused for these, with each place at once. They are not asked of the
bundled trials each time they are loaded: a test asks it once.
"""

from collections.abc import Iterator
from fractions import Fraction

from cartscreen.errors import CriteriaError
from cartscreen.pack.trial import Criterion, Trial
from cartscreen.pattern import pattern
from cartscreen.rule.parse import entry_named
from cartscreen.rule.tree import Compare, Group, Is, Records, Rule, Test
from cartscreen.vocabulary import FactEntry, RecordEntry, Vocabulary


def check_limits(trial: Trial, vocabulary: Vocabulary, where: str) -> None:
    """Raises CriteriaError with each rule of the trial that cannot be meant."""
    said = [
        f"{where}: criterion {criterion.id}: {fault}"
        for criterion in trial.by_id.values()
        for fault in _faults(criterion, vocabulary)
    ]
    if said:
        raise CriteriaError(*said)


def _faults(criterion: Criterion, vocabulary: Vocabulary) -> Iterator[str]:
    rules = [reading.rule for reading in criterion.readings]
    for rule in (*rules, *([criterion.applies] if criterion.applies else [])):
        yield from dict.fromkeys(_of_rule(rule, vocabulary, None))
    if len(rules) == 1:
        yield from _of_title(criterion.title, rules[0])
    yield from _of_short(criterion)


def _of_rule(rule: Rule, vocabulary: Vocabulary, record: RecordEntry | None) -> Iterator[str]:
    match rule:
        case Test(check=Compare() as check):
            yield from _of_limit(rule, check, entry_named(rule.fact, vocabulary, record))
        case Group():
            if rule.k == len(rule.rules) and not rule.none:
                yield from _contradiction(rule.rules, vocabulary, record)
            for part in rule.rules:
                yield from _of_rule(part, vocabulary, record)
        case Records():
            inside = vocabulary.records[rule.name]
            yield from _contradiction(rule.where, vocabulary, inside)
            for part in rule.where:
                yield from _of_rule(part, vocabulary, inside)


def _of_limit(test: Test, check: Compare, entry: FactEntry) -> Iterator[str]:
    """A limit that no value lies beyond, or on whose other side no plausible value lies."""
    ends = entry.plausible or entry.bounds
    if ends is None or check.unit != entry.unit or check.limit == 0:
        return
    low, high = map(Fraction, ends)
    if not low <= check.limit <= high:
        kind = "plausible values are" if entry.plausible else "values are"
        unit = "" if entry.unit == "1" else f" {entry.unit}"
        yield (
            f"{test.text!r}: the limit cannot be meant: {kind} from {ends[0]} to {ends[1]}{unit}; "
            "is it in another unit, or of another fact?"
        )


def _contradiction(
    rules: tuple[Rule, ...], vocabulary: Vocabulary, record: RecordEntry | None
) -> Iterator[str]:
    """Two tests of one value that never hold together, where both must hold.

    Tests of any result are not of one value, nor is a drug of one class alone.
    """
    tests = [
        rule
        for rule in rules
        if isinstance(rule, Test)
        and not rule.text.startswith("any ")
        and entry_named(rule.fact, vocabulary, record).kind != "drug"
    ]
    for number, one in enumerate(tests):
        for other in tests[:number]:
            if (one.fact, one.window) == (other.fact, other.window) and _never_both(one, other):
                yield f"{other.text!r} and {one.text!r} never hold of one patient."


def _never_both(one: Test, other: Test) -> bool:
    match one.check, other.check:
        case Is(words=these), Is(words=those):
            return not set(these) & set(those)
        case Compare() as low, Compare() as high if low.unit == high.unit:
            return _apart(low, high) or _apart(high, low)
    return False


def _apart(above: Compare, below: Compare) -> bool:
    """Does everything that meets the first lie above all that meets the second?"""
    if above.operator not in (">", ">=", "=") or below.operator not in ("<", "<=", "="):
        return False
    open_end = above.operator == ">" or below.operator == "<"
    return above.limit > below.limit or (above.limit == below.limit and open_end)


_NUMBER = pattern(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)")


def _of_title(title: str, rule: Rule) -> Iterator[str]:
    """A title with numbers, over a rule of one limit that is none of them as it is written."""
    if not isinstance(rule, Test) or not isinstance(rule.check, Compare):
        return
    titled = _NUMBER.findall(title)
    limit = _NUMBER.findall(rule.text.partition(rule.check.operator)[2].partition(" within ")[0])
    if titled and limit and all(_meant(limit[0]).isdisjoint(_meant(number)) for number in titled):
        yield f"the title says {titled[0]}, and the rule {rule.text!r}."


def _of_short(criterion: Criterion) -> Iterator[str]:
    """A short title with a number that the title does not write; 3 and 3.0 are one number."""
    titled = [_meant(number) for number in _NUMBER.findall(criterion.title)]
    for number in dict.fromkeys(_NUMBER.findall(criterion.short)):
        if all(_meant(number).isdisjoint(each) for each in titled):
            yield f"short says {number}, and the title does not; write a number of the title."


def _meant(number: str) -> set[Fraction]:
    """What a written number may mean: a comma is a decimal point, or parts thousands."""
    ways = {number.replace(",", ""), number.replace(",", ".")}
    return {Fraction(way) for way in ways if way.count(".") <= 1}
