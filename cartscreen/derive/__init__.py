"""Derived facts: what follows from what stands in facts.toml; only formulas are Python.

A derivation is given the observations it reads and returns an Observation, or a Gap that says why
there is none and which facts would give one. Every formula is monotone in each of its arguments,
so a range of inputs gives the range between the results at its ends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product

from cartscreen.dates import PartialDate, completed_years
from cartscreen.derive import body, edss, kidney, laboratory
from cartscreen.place import Fact, Place
from cartscreen.profile import Observation
from cartscreen.units import Interval, about, decimal
from cartscreen.vocabulary import Count, FactEntry, Formula, Item, Score

DAYS_PER_YEAR = Fraction(1461, 4)  # for age in decimal years, as the CKiD U25 equations take it


@dataclass(frozen=True)
class Gap:
    """Why there is no value (a reason code), in words, and the places that would give one."""

    reason: str
    missing: tuple[Place, ...] = ()
    note: str = ""


Read = Callable[[str], Observation | Gap]


@dataclass(frozen=True)
class Numeric:
    """A formula over numbers and words, and how a report names it.

    one_sample   its inputs are parts of one result, and count only where their dates agree
    """

    function: Callable[..., Fraction]
    name: str
    citation: str
    one_sample: bool = False


NUMERIC = {
    "cockcroft_gault": Numeric(
        kidney.cockcroft_gault,
        "Cockcroft-Gault",
        "Cockcroft, Gault. Nephron 1976;16:31-41",
    ),
    "ckd_epi_2021": Numeric(
        kidney.ckd_epi_2021,
        "CKD-EPI 2021 (creatinine)",
        "Inker et al. N Engl J Med 2021;385:1737-49",
    ),
    "ckid_u25": Numeric(
        kidney.ckid_u25,
        "CKiD U25 (creatinine)",
        "Pierce et al. Kidney Int 2021;99:948-56",
    ),
    "bedside_schwartz": Numeric(
        kidney.bedside_schwartz,
        "bedside Schwartz",
        "Schwartz et al. J Am Soc Nephrol 2009;20:629-37",
    ),
    "mosteller": Numeric(body.mosteller, "Mosteller", "Mosteller. N Engl J Med 1987;317:1098"),
    "deindexed": Numeric(
        body.deindexed,
        "indexed GFR times body surface over 1.73 m2",
        "definition of the index",
    ),
    "neutrophil_count": Numeric(
        laboratory.neutrophil_count,
        "white cells times percentage",
        "Severe Chronic Neutropenia International Registry",
        one_sample=True,
    ),
    "neutrophil_count_with_bands": Numeric(
        laboratory.neutrophil_count_with_bands,
        "white cells times percentages",
        "Severe Chronic Neutropenia International Registry",
        one_sample=True,
    ),
    "reticulocyte_count": Numeric(
        laboratory.reticulocyte_count,
        "red cells times percentage",
        "Auckland District Health Board",
        one_sample=True,
    ),
    "indirect_bilirubin": Numeric(
        laboratory.indirect_bilirubin, "total less direct", "definition", one_sample=True
    ),
}


def derive(
    entry: FactEntry,
    derivation: Formula | Score | Count,
    read: Read,
    facts: Mapping[str, FactEntry],
    on: date,
) -> Observation | Gap:
    """The fact by this derivation on this date, or why not."""
    match derivation:
        case Score():
            return _score(entry, derivation, read, facts)
        case Count(word, among):
            return _count(word, among, read)
        case Formula("age", inputs):
            return _age(dict(inputs)["birth_date"], read, on)
        case Formula("at_most", inputs):
            return _at_most(entry, dict(inputs)["total"], read)
        case Formula("more_than_half", inputs):
            return _more_than_half(dict(inputs), read)
        case Formula(name, inputs):
            return _numeric(entry, NUMERIC[name], dict(inputs), read, on)


def _score(
    entry: FactEntry, score: Score, read: Read, facts: Mapping[str, FactEntry]
) -> Observation | Gap:
    """The highest item of each domain, added up: from the least to the most it can be.

    An item that is not assessed counts from 0 to the most it could. Where the profile states none
    of the items, it is the score that is missing, and not a page of items.
    """
    found = {item.fact: read(item.fact) for item in score.items}
    known = {fact: seen for fact, seen in found.items() if isinstance(seen, Observation)}
    if not known:
        return Gap("not_recorded", (Fact(entry.name),))
    low = high = Fraction(0)
    for domain in score.domains:
        ends = [_worth(item, known.get(item.fact), facts[item.fact]) for item in domain]
        low += max(end[0] for end in ends)
        high += max(end[1] for end in ends)
    total = Interval(low, high)
    open_ = [Fact(fact) for fact in found if fact not in known]
    begun = any(not seen.origin for seen in known.values())
    present = tuple((fact, seen) for fact, seen in known.items() if _counts(seen))
    return Observation(
        total,
        str(total),
        _oldest(list(known.values())),
        vague="not_recorded",
        missing=(Fact(entry.name), *(open_ if begun else ())),
        origin=f"from {len(known)} of {len(found)} items",
        inputs=present,
        dated_by=tuple(known),
    )


def _worth(item: Item, seen: Observation | None, entry: FactEntry) -> tuple[Fraction, Fraction]:
    """(least, most) that an item adds."""
    most = Fraction(entry.bounds[1]) if entry.bounds else Fraction(1)
    match seen.value if seen else None:
        case bool() as present:
            low = high = Fraction(present)
        case Interval() as value:
            low, high = value.low or Fraction(0), most if value.high is None else value.high
        case _:
            low, high = Fraction(0), most
    return low * item.weight, high * item.weight


def _counts(seen: Observation) -> bool:
    return seen.value is True or (isinstance(seen.value, Interval) and seen.value.high != 0)


def _count(word: str, facts: tuple[str, ...], read: Read) -> Observation | Gap:
    """How many have the word; from those that have it to those that may."""
    found = {fact: read(fact) for fact in facts}
    scored = {f: o for f, o in found.items() if isinstance(o, Observation) and o.value is not None}
    if not scored:
        return Gap("not_recorded", tuple(map(Fact, facts)))
    low = sum(item.value == word for item in scored.values())
    high = low + len(facts) - len(scored)
    return Observation(
        Interval(Fraction(low), Fraction(high)),
        f"{low} to {high}" if high > low else str(low),
        _oldest(list(scored.values())),
        vague="not_recorded",
        missing=tuple(Fact(fact) for fact in facts if fact not in scored),
        origin=f"count of {word} in {len(scored)} of {len(facts)}",
        inputs=tuple((fact, item) for fact, item in scored.items() if item.value == word),
        dated_by=tuple(scored),
    )


def _oldest(items: list[Observation]) -> PartialDate | None:
    """The date of the oldest item; none if an item has no date."""
    dates = [item.date for item in items if item.date is not None]
    return min(dates, key=lambda day: day.earliest) if len(dates) == len(items) else None


def _at_most(entry: FactEntry, total: str, read: Read) -> Observation | Gap:
    """A part of a score, where only the total is known: from 0 to the total.

    A total that is itself derived says no more of the part than its own items do.
    """
    whole = read(total)
    if isinstance(whole, Gap) or whole.origin:
        return Gap("not_recorded", (Fact(entry.name),))
    assert isinstance(whole.value, Interval)
    part = Interval(Fraction(0), whole.value.high)
    return Observation(
        part,
        str(part),
        whole.date,
        vague="not_recorded",
        origin=f"a part of the total of {whole.text}",
        inputs=((total, whole),),
        dated_by=(total,),
    )


def _age(birth_date: str, read: Read, on: date) -> Observation | Gap:
    birth = read(birth_date)
    if isinstance(birth, Gap):
        return birth
    assert isinstance(birth.value, PartialDate)
    low, high = (completed_years(day, on) for day in (birth.value.latest, birth.value.earliest))
    return Observation(
        Interval(Fraction(low), Fraction(high)),
        f"{low} years" if low == high else f"{low} to {high} years",
        vague="imprecise_date",
        missing=(Fact(birth_date),),
        origin=f"from the date of birth, on {on}",
        inputs=((birth_date, birth),),
    )


def _more_than_half(inputs: dict[str, str], read: Read) -> Observation | Gap:
    """Is the part more than half of the whole? ("Predominantly": our reading of the word.)"""
    part, whole = read(inputs["part"]), read(inputs["whole"])
    if isinstance(part, Gap) or isinstance(whole, Gap):
        return _gaps([part, whole])
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


def _numeric(
    entry: FactEntry, formula: Numeric, inputs: dict[str, str], read: Read, on: date
) -> Observation | Gap:
    """The formula at every end of its inputs; dated as its last input."""
    if unless := inputs.pop("unless", ""):
        unstable = read(unless)
        if isinstance(unstable, Observation) and unstable.value is True:
            return Gap(
                "not_recorded", (Fact(entry.name),), f"{formula.name} does not hold: unsteady state"
            )
    found = {argument: read(fact) for argument, fact in inputs.items()}
    if any(isinstance(item, Gap) for item in found.values()):
        return _gaps(list(found.values()))
    dates = {item.date for item in found.values() if isinstance(item, Observation)}
    if formula.one_sample and len(dates) > 1:
        return Gap("not_recorded", (Fact(entry.name),), "what it follows from is not of one day")
    ends: dict[str, tuple[Fraction | str, ...]] = {}
    vague: list[Place] = []
    why: list[str] = []
    for argument, item in found.items():
        assert isinstance(item, Observation)
        fact = inputs[argument]
        match item.value:
            case PartialDate() as birth:
                days = {(on - day).days for day in (birth.earliest, birth.latest)}
                ends["age"] = tuple(Fraction(count) / DAYS_PER_YEAR for count in sorted(days))
            case Interval(Fraction() as low, Fraction() as high) if not item.unit:
                ends[argument] = (low,) if low == high else (low, high)
            case str() as word:
                ends[argument] = (word,)
            case _:
                return Gap("censored", (Fact(fact),), f"{formula.name} needs {fact} as a number")
        if len(ends["age" if isinstance(item.value, PartialDate) else argument]) > 1:
            vague += item.missing or (Fact(fact),)
            why.append(item.vague if isinstance(item.value, Interval) else "imprecise_date")
    results: list[Fraction] = []
    outside: list[kidney.OutsideDomain] = []
    for point in product(*ends.values()):
        try:
            results.append(formula.function(**dict(zip(ends, point, strict=True))))
        except kidney.OutsideDomain as fault:
            outside.append(fault)
    if outside and results:  # it may be that another formula is the one that holds
        return Gap("imprecise_date", tuple(vague), str(outside[0]))
    if outside:
        return Gap("not_recorded", (Fact(entry.name),), str(outside[0]))
    low, high = min(results), max(results)
    observed = [item for item in found.values() if isinstance(item, Observation)]
    return Observation(
        Interval(low, high),
        _with_unit(low, high, entry.unit),
        observed[-1].date,
        vague=why[0] if why else "censored",
        missing=tuple(vague),
        origin=f"{formula.name} from "
        + ", ".join(
            f"{name.replace('_', ' ')} {item.text}"
            for name, item in zip(found, observed, strict=True)
        ),
        inputs=tuple(zip(inputs.values(), observed, strict=True)),
        dated_by=tuple(inputs.values())[-1:],
    )


def _with_unit(low: Fraction, high: Fraction, unit: str) -> str:
    """A derived value for display: in full if short, else to two places."""
    ends = dict.fromkeys((_brief(low), _brief(high)))
    return f"{' to '.join(ends)} {unit}"


def _brief(number: Fraction) -> str:
    """In full where that is short or takes two places; else to two, marked with "~"."""
    full = decimal(number)
    return full if len(full) <= 6 or (number * 100).denominator == 1 else about(number, 2)


def _gaps(found: list[Observation | Gap]) -> Gap:
    """The gaps among several inputs, as one."""
    gaps = [item for item in found if isinstance(item, Gap)]
    missing = dict.fromkeys(name for gap in gaps for name in gap.missing)
    return Gap(gaps[0].reason, tuple(missing), gaps[0].note)


def edss_progression(
    entry: FactEntry, results: tuple[Observation, ...] | Gap, relapse: Observation | Gap
) -> Observation | Gap:
    """Confirmed progression from dated EDSS results, if it is not due to a single relapse."""
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
    if len(dated) < len(results) or not edss.is_progression(dated):
        return Gap("not_recorded", (Fact(entry.name),), "the EDSS results do not show it")
    if isinstance(relapse, Gap):
        return relapse
    said = "; ".join(f"{decimal(points)} on {day}" for day, points in dated)
    confirmed = relapse.value is False
    return Observation(confirmed, "yes" if confirmed else "no", origin=f"EDSS {said}")
