"""Formulas: facts and fields that are calculated, in Python, from other facts or fields.

`formulas.FORMULAS` lists them all, with what each takes and gives. A formula is given a Call and
returns an Observation, or a Gap that says why there is none and which facts would give one. Every
formula over numbers is monotone in each of its arguments, so a range of inputs gives the range
between the results at its ends.
"""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import product

from cartscreen.dates import PartialDate, completed_years
from cartscreen.derive import edss, kidney
from cartscreen.frozen import replace, slotted
from cartscreen.observation import Observation
from cartscreen.place import Fact, Part, Place
from cartscreen.units import Interval, about, decimal

DAYS_PER_YEAR = Fraction(1461, 4)  # for age in decimal years, as the CKiD U25 equations take it


@slotted
class Gap:
    """Why there is no value.

    reason   a code, a key of contract.REASONS
    missing  the places that would give a value
    note     the reason in words, where the code does not say it all
    """

    reason: str
    missing: tuple[Place, ...] = ()
    note: str = ""


Read = Callable[[str], Observation | Gap]


@slotted
class Call:
    """What a formula for a fact is given.

    Its measured input is its last but `unless`: the result that dates what follows from it.

    name     the fact that is derived, and `unit`, its unit (empty where it is no quantity)
    inputs   argument -> the fact it is read from
    factors  argument -> what a number of that fact is multiplied by, to be in the formula's unit;
             "" -> what the result is multiplied by, to be in `unit`
    on       the date judged
    newest   the newest result of a fact
    series   all its results
    """

    name: str
    unit: str
    inputs: Mapping[str, str]
    factors: Mapping[str, Fraction]
    on: date
    newest: Read
    series: Callable[[str], tuple[Observation, ...] | Gap]

    def read(self, argument: str) -> Observation | Gap:
        """The newest result for an argument, its number in the formula's unit."""
        found = self.newest(self.inputs[argument])
        return (
            found if isinstance(found, Gap) else converted(found, self.factors.get(argument, ONE))
        )


ONE = Fraction(1)


def converted(item: Observation, factor: Fraction) -> Observation:
    """The observation with its number converted; its text stays as it was written."""
    if factor is ONE or factor == ONE or item.unit or not isinstance(item.value, Interval):
        return item
    return replace(item, value=item.value.times(factor))


def at_most(call: Call) -> Observation | Gap:
    """What is not above another number, where only that is known: from 0 to it.

    A part of a score is not above its total; a mean pressure is not above the systolic one. A
    number that is itself derived says no more of the part than its own inputs do.

    Units: both in the same unit.
    Domain: a number that is stated, of which this one is a part, or that it cannot exceed.
    Monotone: the upper end rises with the number.
    Source: the definition of a sum, and of a mean.
    """
    whole = call.read("of")
    if isinstance(whole, Gap) or whole.origin:
        return Gap("not_recorded", (Fact(call.name),))
    assert isinstance(whole.value, Interval)
    if whole.unit:
        return Gap("no_unit", (Part(Fact(call.inputs["of"]), "unit"),))
    part = Interval(Fraction(0), whole.value.high, high_open=whole.value.high_open)
    part = part.times(call.factors.get("", ONE))
    return Observation(
        part,
        str(part),
        whole.date,
        why_inexact="not_recorded",
        origin=f"not above {call.inputs['of']}, which is {whole.text}",
        inputs=((call.inputs["of"], whole),),
        dated_by=(call.inputs["of"],),
    )


def age(call: Call) -> Observation | Gap:
    """Completed years from the date of birth to the date judged.

    Units: a date; years.
    Domain: a birth on the date judged or before it.
    Monotone: falls with the date of birth.
    Source: the calendar; someone born on 29 February has the birthday on 1 March.
    """
    birth = call.read("birth_date")
    if isinstance(birth, Gap):
        return birth
    assert isinstance(birth.value, PartialDate)
    dates = birth.value.latest, birth.value.earliest
    low, high = (completed_years(day, call.on) for day in dates)
    return Observation(
        Interval(Fraction(low), Fraction(high)),
        f"{low} years" if low == high else f"{low} to {high} years",
        why_inexact="imprecise_date",
        missing=(Fact(call.inputs["birth_date"]),),
        origin=f"from the date of birth, on {call.on}",
        inputs=((call.inputs["birth_date"], birth),),
    )


def more_than_half(call: Call) -> Observation | Gap:
    """Is the part more than half of the whole? ("Predominantly": our reading of the word.)

    Units: both in the same unit.
    Domain: two exact numbers.
    Monotone: becomes true as the part rises, false as the whole rises.
    Source: the word.
    """
    inputs = call.inputs
    part, whole = call.read("part"), call.read("whole")
    if isinstance(part, Gap) or isinstance(whole, Gap):
        return _joined_gaps([part, whole])
    assert isinstance(part.value, Interval) and isinstance(whole.value, Interval)
    if not (part.value.is_exact and whole.value.is_exact) or part.unit or whole.unit:
        both = Fact(inputs["part"]), Fact(inputs["whole"])
        return Gap("censored", both, "a value is only a range")
    assert part.value.low is not None and whole.value.low is not None
    more = 2 * part.value.low > whole.value.low
    return Observation(
        more,
        "yes" if more else "no",
        whole.date,
        origin=f"{part.text} of {whole.text}",
        inputs=((inputs["part"], part), (inputs["whole"], whole)),
        dated_by=(inputs["whole"],),
    )


def numbers(
    formula: Callable[..., Fraction], title: str, *, one_sample: bool = False
) -> Callable[[Call], Observation | Gap]:
    """A formula over numbers, made to take a Call: both ends of each range, the last input's date.

    A date is given to the formula as the age in decimal years.

    title        how a report names it
    one_sample   its inputs are parts of one result, and count only where their dates agree
    """
    return partial(_numbers, formula, title, one_sample)


def _numbers(
    formula: Callable[..., Fraction], title: str, one_sample: bool, call: Call
) -> Observation | Gap:
    inputs = dict(call.inputs)
    found = {argument: call.read(argument) for argument in inputs}
    if any(isinstance(item, Gap) for item in found.values()):
        return _joined_gaps(list(found.values()))
    observed = [item for item in found.values() if isinstance(item, Observation)]
    if one_sample and len({item.date for item in observed}) > 1:
        return Gap("not_recorded", (Fact(call.name),), "its inputs are not of one day")
    ends: dict[str, tuple[Fraction | str, ...]] = {}
    missing_inputs: list[Place] = []
    why: list[str] = []
    for argument, item in found.items():
        assert isinstance(item, Observation)
        fact = inputs[argument]
        match item.value:
            case PartialDate() as birth:
                days = {(call.on - day).days for day in (birth.earliest, birth.latest)}
                ends["age"] = tuple(Fraction(count) / DAYS_PER_YEAR for count in sorted(days))
            case Interval(Fraction() as low, Fraction() as high) if not item.unit:
                ends[argument] = (low,) if low == high else (low, high)
            case str() as word:
                ends[argument] = (word,)
            case _:
                return Gap("censored", (Fact(fact),), f"{title} needs {fact} as a number")
        if len(ends["age" if isinstance(item.value, PartialDate) else argument]) > 1:
            missing_inputs += item.missing or (Fact(fact),)
            why.append(item.why_inexact if isinstance(item.value, Interval) else "imprecise_date")
    results: list[Fraction] = []
    outside: list[kidney.OutsideDomain] = []
    for point in product(*ends.values()):
        try:
            results.append(formula(**dict(zip(ends, point, strict=True))))
        except kidney.OutsideDomain as fault:
            outside.append(fault)
    if outside and results:  # by the inexact input, another formula may be the one that holds
        return Gap("imprecise_date", tuple(missing_inputs), str(outside[0]))
    if outside:
        return Gap("not_recorded", (Fact(call.name),), str(outside[0]))
    low, high, factor = min(results), max(results), call.factors.get("", ONE)
    if factor != ONE:
        low, high = low * factor, high * factor
    return Observation(
        Interval(low, high),
        _with_unit(low, high, call.unit),
        observed[-1].date,
        why_inexact=why[0] if why else "censored",
        missing=tuple(missing_inputs),
        origin=f"{title} from "
        + ", ".join(
            f"{name.replace('_', ' ')} {item.text}"
            for name, item in zip(found, observed, strict=True)
        ),
        inputs=tuple(zip(inputs.values(), observed, strict=True)),
        dated_by=tuple(inputs.values())[-1:],
    )


def _with_unit(low: Fraction, high: Fraction, unit: str) -> str:
    """A derived value as text, with its unit: each end in full if short, else to two places."""
    ends = [_short_number(low)] if low == high else dict.fromkeys(map(_short_number, (low, high)))
    return f"{' to '.join(ends)} {unit}"


def _short_number(number: Fraction) -> str:
    """A number in full where that is short or takes two places; else to two, marked with "~"."""
    full = decimal(number)
    return full if len(full) <= 6 or (number * 100).denominator == 1 else about(number, 2)


def _joined_gaps(found: list[Observation | Gap]) -> Gap:
    """The gaps among several inputs as one: the first reason, and all that is missing."""
    gaps = [item for item in found if isinstance(item, Gap)]
    missing = dict.fromkeys(name for gap in gaps for name in gap.missing)
    return Gap(gaps[0].reason, tuple(missing), gaps[0].note)


def edss_progression(call: Call) -> Observation | Gap:
    """Is there confirmed progression of the EDSS that is not due to a single relapse?

    Units and source: as edss.is_progression.
    Domain: results of exact dates and values that show a progression, or that there is none.
    Direction: false by a single relapse, or where the newest result has risen too little.
    """
    results, relapse = call.series(call.inputs["edss"]), call.read("single_relapse")
    if isinstance(results, Gap):
        return results
    dated = sorted(
        (item.date.earliest, item.value.low)
        for item in results
        if item.date is not None
        and item.date.is_exact
        and isinstance(item.value, Interval)
        and item.value.is_exact
        and item.value.low is not None
    )
    found = edss.is_progression(dated) if len(dated) == len(results) else None
    if found is None:
        return Gap(
            "not_recorded", (Fact(call.name),), "the EDSS results show no confirmed progression"
        )
    if found and isinstance(relapse, Gap):
        return relapse
    said = "; ".join(f"{decimal(points)} on {day}" for day, points in dated)
    confirmed = found and isinstance(relapse, Observation) and relapse.value is False
    return Observation(
        confirmed,
        "yes" if confirmed else "no",
        PartialDate.day(dated[-1][0]),
        origin=f"EDSS {said}",
        dated_by=(call.inputs["edss"],),
        since=PartialDate.day(dated[0][0]),
    )
