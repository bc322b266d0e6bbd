"""The visits of one patient: ordinary profiles, each of one date, the baseline first.

A profile is of its `dates.visit`, or where it states none of its screening date. Everything in it
without a date is of that day. What a visit's profile dates on the day of the infusion or before is
not of the visit: it is set aside, and told.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from cartscreen.dates import PartialDate
from cartscreen.errors import InputError, Problem
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.frozen import frozen, replace
from cartscreen.observation import Observation
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.profile.model import Profile
from cartscreen.vocabulary import Vocabulary

_VISIT, _SCREENING, _INFUSION = "dates.visit", "dates.screening", "dates.infusion"


@frozen
class Assessment:
    """One profile of a patient, on the day that it is of.

    set_aside  what it dated on the day of the infusion or before, in words: none of it is used
    """

    file: str
    profile: Profile
    chart: Chart
    set_aside: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        return self.chart.on


@frozen
class FollowUp:
    """The baseline of a patient, and the visits after the infusion in order; there may be none.

    infusion  its date, None where no file states it
    """

    baseline: Assessment
    visits: tuple[Assessment, ...]
    infusion: PartialDate | None

    @property
    def judged(self) -> Assessment | None:
        """The visit that is judged: the last one."""
        return self.visits[-1] if self.visits else None

    @property
    def died(self) -> PartialDate | None:
        """The date of death, where a file states it."""
        each = (item.profile.died for item in (self.baseline, *self.visits))
        return next((day for day in each if day), None)

    def days_since_infusion(self, day: date) -> str:
        """How many days the infusion lies before a day: "92", or "90 to 97"; empty if not known."""
        if self.infusion is None:
            return ""
        ends = sorted({(day - self.infusion.earliest).days, (day - self.infusion.latest).days})
        return " to ".join(map(str, ends))


def follow_up(files: Sequence[tuple[str, Profile]], pack: Pack) -> FollowUp:
    """The visits of these profiles, each with the name of its file.

    Raises InputError for another patient's file, dates of infusion that differ, visits out of
    order, a baseline that is not before the infusion, and a visit that is not after it.
    """
    _check_one_patient(files)
    infusion = _infusion(files)
    days = [day_of(name, profile) for name, profile in files]
    for ((before, _), first), ((name, _), day) in pairwise(zip(files, days, strict=True)):
        if day <= first:
            raise InputError(
                f"{name}: it is of {day}, and {before}, which stands before it, of {first}; "
                "write the baseline first and then the visits in the order of their dates."
            )
    _check_infusion(files, days, infusion)
    earlier: dict[str, Chart] = {}
    found: list[Assessment] = []
    for (name, profile), day in zip(files, days, strict=True):
        used, set_aside = _of_visit(profile, day, infusion if found else None, pack.vocabulary)
        chart = _chart(name, used, pack, day, earlier)
        found.append(Assessment(name, profile, chart, set_aside))
        earlier = {"previous": chart} if len(found) > 1 else {}
        earlier["baseline"] = found[0].chart
    return FollowUp(found[0], tuple(found[1:]), infusion)


def chart_of_visit(name: str, profile: Profile, pack: Pack, day: date) -> Chart:
    """The chart of a visit that is looked at alone, on its day. Raises InputError."""
    used, _ = _of_visit(profile, day, _stated(profile, _INFUSION), pack.vocabulary)
    return _chart(name, used, pack, day, {})


def stated_visit(profile: Profile) -> date | None:
    """The day of the visit after the infusion that a profile is of, if it states one in full."""
    day = _stated(profile, _VISIT)
    return day.earliest if day and day.is_exact else None


def outcomes_apart(trials: Iterable[Trial], published: Trial | None) -> tuple[Trial, ...]:
    """Each outcome, and the published definition beside it, as a trial of its components alone.

    So the facts of a visit are asked for as those of a screening are; one outcome that is not met
    stops no question about another.
    """
    found: dict[str, Trial] = {}
    for trial in trials:
        for outcome in trial.outcomes:
            pairs = [(trial, outcome)]
            if published is not None:
                pairs += [(published, o) for o in published.outcomes if o.id == outcome.published]
            for of, item in pairs:
                name = f"{of.id} {item.id}"
                about = of.about.model_copy(update={"id": name, "name": item.title})
                found[name] = replace(of, about=about, criteria=item.components, outcomes=())
    return tuple(found.values())


def _chart(
    name: str, profile: Profile, pack: Pack, day: date, earlier: Mapping[str, Chart]
) -> Chart:
    if profile.died is not None and profile.died.latest < day:
        raise InputError(f"{name}: person.died {profile.died} lies before the visit, {day}.")
    try:
        return chart_on(profile, pack, day, earlier=earlier)
    except Problem as problem:
        raise InputError(f"{name}: {problem}") from None


def _check_one_patient(files: Iterable[tuple[str, Profile]]) -> None:
    (first, one), *others = files
    for name, other in others:
        if other.patient != one.patient:
            raise InputError(
                f"{name}: its pseudonym is not that of {first}; the visits of one patient are "
                "judged together."
            )
        if one.birth and other.birth and _apart(one.birth, other.birth):
            raise InputError(
                f"{name}: its person.birth_date is not that of {first}; is it another patient's?"
            )


def _apart(one: PartialDate, other: PartialDate) -> bool:
    """Can the two not be one day?"""
    return one.latest < other.earliest or other.latest < one.earliest


def _stated(profile: Profile, name: str) -> PartialDate | None:
    stated = profile.facts.get(name)
    value = stated[0].value if stated else None
    return value if isinstance(value, PartialDate) else None


def day_of(name: str, profile: Profile) -> date:
    """The day that a profile is of. Raises InputError where it states none, or only a month."""
    for fact in (_VISIT, _SCREENING):
        if day := _stated(profile, fact):
            if day.is_exact:
                return day.earliest
            raise InputError(f"{name}: {fact} {day} is not a full date; write year, month and day.")
    raise InputError(
        f"{name}: nothing says of which day it is; write visit = 2026-09-01, say, under [dates] "
        "(in a baseline, screening)."
    )


def _infusion(files: Iterable[tuple[str, Profile]]) -> PartialDate | None:
    """The date of the infusion, as exactly as a file states it."""
    found: tuple[str, PartialDate] | None = None
    for name, profile in files:
        day = _stated(profile, _INFUSION)
        if day is None:
            continue
        if found and _apart(found[1], day):
            raise InputError(
                f"{name}: its dates.infusion, {day}, is not that of {found[0]}, {found[1]}; "
                "write the day of the one infusion in both."
            )
        if found is None or day.is_exact:
            found = name, day
    return found[1] if found else None


def _check_infusion(
    files: Sequence[tuple[str, Profile]], days: Sequence[date], infusion: PartialDate | None
) -> None:
    """The baseline lies before the infusion, and every visit after it."""
    if infusion is None:
        if len(files) > 1:
            raise InputError(
                f"{files[-1][0]}: neither it nor another file states the infusion; write "
                "infusion = 2026-06-01, say, under [dates]."
            )
        return
    for at, ((name, _), day) in enumerate(zip(files, days, strict=True)):
        what, lies = ("the visit", "after") if at else ("the baseline", "before")
        if day > infusion.latest if at else day < infusion.earliest:
            continue
        is_open = not infusion.is_exact and infusion.earliest <= day <= infusion.latest
        fix = " Write the full date of the infusion." if is_open else ""
        raise InputError(
            f"{name}: {what} of {day} does not lie {lies} the infusion, {infusion}.{fix}"
        )


def _of_visit(
    profile: Profile, day: date, infusion: PartialDate | None, vocabulary: Vocabulary
) -> tuple[Profile, tuple[str, ...]]:
    """The profile as it is of its day, without what lies before the infusion.

    What always speaks, as a diagnosis, stays; of a value that is set aside, its text stays. A list
    that was reviewed before the infusion is not closed for the days since.
    """
    facts = {**profile.facts, _SCREENING: (Observation(PartialDate.day(day), str(day)),)}
    told = []
    for name, results in profile.facts.items():
        entry = vocabulary.facts[name]
        kept = []
        for item in results:
            is_before = (
                infusion is not None
                and item.date is not None
                and item.date.earliest <= infusion.latest
                and entry.speaks.of(item.value) is not None
            )
            if is_before:
                told.append(f"{entry.label} {item.text} ({item.date})")
                text = f"{item.text}, which is not after the infusion"
                item = replace(item, value=None, text=text)
            kept.append(item)
        if name != _SCREENING:
            facts[name] = tuple(kept)
    reviewed = {}
    for name, seen in profile.reviewed.items():
        if infusion is None or seen.earliest > infusion.latest:
            reviewed[name] = seen
        else:
            told.append(f"the review of the {name.replace('_', ' ')} list ({seen})")
    return replace(profile, facts=facts, reviewed=reviewed), tuple(told)
