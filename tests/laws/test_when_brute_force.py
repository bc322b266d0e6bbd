"""Law: the days on which an answer changes are those that judging every day finds.

The calendar finds them from the rules and the dates; here each criterion is judged day by day for
two years, and neither way knows of the other. The tests look at a sample of the days;

    python tests/laws/test_when_brute_force.py FILE...
    python tests/laws/test_when_brute_force.py --random COUNT [FIRST_SEED]

look at every day.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent))  # where this file is run as a command

from draws import DRAWS, thinned
from generated import RULES, profiles
from support import ROOT, SCREENING, TRIALS, cases_of, profile_of

from cartscreen.answer import Answer
from cartscreen.dates import PartialDate
from cartscreen.errors import InputError
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on, evaluate
from cartscreen.evaluate.screening import judge, screen
from cartscreen.frozen import replace
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Criterion, Reading, Trial
from cartscreen.plan.boundaries import leaves_of as parts_of
from cartscreen.plan.calendar import HORIZON_DAYS, Calendar
from cartscreen.plan.turns import changes
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile
from cartscreen.rule.parse import parse_rule
from cartscreen.rule.tree import Records, Together
from cartscreen.vocabulary import FactEntry, RecordEntry

PACK = bundled_pack()
BY_ID = {trial.id: trial for trial in PACK.trials}
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
SEEDS = range(DRAWS // 66)
MORE = range(3 * len(SEEDS))
PER_TEST = 3
NEAR = 2
STRIDE = 37

Said = tuple[Answer, bool]


class Days:
    """A profile judged day by day; the charts are made without the calendar under test."""

    def __init__(self, profile: Profile, first: date) -> None:
        self.profile = profile
        self.first = first
        self.last = first + timedelta(days=HORIZON_DAYS - 1)
        self.charts: dict[date, Chart] = {}

    def chart(self, day: date) -> Chart:
        if day not in self.charts:
            self.charts[day] = chart_on(self.profile, PACK, day, self.first)
        return self.charts[day]

    def said(self, criterion: Criterion, trial: Trial, day: date) -> Said:
        found = judge(criterion, trial, self.chart(day))
        return found.finding.answer, found.applicable

    def all(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(HORIZON_DAYS)]

    def sample(self, turns: Iterable[date], start: int) -> list[date]:
        """One day in STRIDE, and the days about each claimed change.

        start   the first of them; all criteria of a patient have it, as charts cost the most
        """
        days = set(range(start, HORIZON_DAYS, STRIDE))
        days |= {0, HORIZON_DAYS - 1}
        for turn in turns:
            here = (turn - self.first).days
            days |= set(range(here - NEAR, here + NEAR + 1))
        return [self.first + timedelta(days=n) for n in sorted(days) if 0 <= n < HORIZON_DAYS]


def leaves(trial: Trial) -> list[Criterion]:
    return [criterion for criterion in trial.criteria if criterion.gate is None]


def alone(criterion: Criterion, trial: Trial) -> Trial:
    """A trial of this criterion and no other."""
    return Trial(trial.about, (replace(criterion, parent=""),))


def claimed(calendar: Calendar, criterion: Criterion, trial: Trial) -> list[tuple[date, Said]]:
    """(first day, answer) of each period of one criterion."""
    periods = calendar.periods(alone(criterion, trial))
    assert periods[0].first == calendar.first
    assert periods[-1].last == calendar.last
    for one, other in pairwise(periods):
        assert other.first - one.last == timedelta(days=1)
    found = [(period.screening.criteria[0], period.first) for period in periods]
    return [(first, (item.answer, item.applicable)) for item, first in found]


def faults(
    profile: Profile, first: date, trials: Iterable[Trial], rng: Random | None
) -> Iterator[str]:
    """Days on which a criterion says another thing than its period; every day without a sample."""
    days, calendar = Days(profile, first), Calendar(chart_on(profile, PACK, first))
    start = rng.randrange(STRIDE) if rng else 0
    for trial in trials:
        for criterion in leaves(trial):
            steps = claimed(calendar, criterion, trial)
            for (_, one), (turn, other) in pairwise(steps):
                if one == other:
                    yield f"{trial.id} {criterion.id}: nothing changes on {turn}"
            turns = [turn for turn, _ in steps[1:]]
            for day in days.sample(turns, start) if rng else days.all():
                expected = [said for turn, said in steps if turn <= day][-1]
                if (said := days.said(criterion, trial, day)) != expected:
                    yield f"{trial.id} {criterion.id}: on {day} {said}, and not {expected}"
                    break


# Profiles


def example(path: Path) -> tuple[Profile, date]:
    profile = parse_profile(path.read_bytes(), PACK.vocabulary, path.name)
    assert profile.screening is not None
    return profile, profile.screening.earliest


LENGTHS = (0, 1, 7, 14, 28, 30, 56, 60, 84, 90, 91, 92, 180, 182, 365, 366, 730)
ORDER = ("start", "diagnosed", "disease_free_since", "last_change", "last_dose", "stop")


class Made:
    """A random patient: what the trial that matches every criterion has, or nothing, made anew."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.trial = self.rng.choice(TRIALS)
        self.on = self.day_of(date(2024, self.rng.randint(1, 12), 1))
        self.data: dict[str, Any] = {}
        if self.rng.random() < 0.6:
            full, _ = full_of(self.trial)
            shift = self.on - full["dates"]["screening"]
            self.data = moved(full, shift)
        self.data["dates"] = dict(self.visits())
        self.data["person"] = {**self.data.get("person", {}), **dict(self.person())}
        self.facts()
        self.records()

    def day_of(self, month: date) -> date:
        """A day of the month, more often than not one of its last four or its first."""
        days = [date.fromordinal(month.toordinal() + n) for n in range(31)]
        inside = [day for day in days if day.month == month.month]
        return self.rng.choice([*inside[-4:], inside[0], self.rng.choice(inside)])

    def near(self, *, later: bool = True) -> date:
        """A day that lies about a length of a window before the day judged, or soon after it."""
        length = self.rng.choice(LENGTHS) + self.rng.randint(-3, 3)
        if later and self.rng.random() < 0.25:
            return self.on + timedelta(days=abs(length) // 2)
        back = self.on - timedelta(days=abs(length))
        return self.day_of(back.replace(day=1)) if self.rng.random() < 0.3 else back

    def written(self, day: date) -> date | str:
        """As a profile may write it: to the day, the month or the year."""
        part = self.rng.random()
        if part < 0.06:
            return f"{day:%Y}"
        return f"{day:%Y-%m}" if part < 0.15 else day

    def visits(self) -> Iterator[tuple[str, date | str]]:
        if self.rng.random() < 0.9:
            yield "screening", self.on
        if self.rng.random() < 0.3:
            yield "consent", self.written(self.near(later=False))
        ahead = self.on
        for name in ("enrollment", "leukapheresis", "lymphodepletion", "infusion"):
            ahead += timedelta(days=self.rng.choice((0, 1, 7, 14, 28, 40)))
            if self.rng.random() < 0.6:
                yield name, self.written(ahead)

    def person(self) -> Iterator[tuple[str, Any]]:
        years = self.rng.choice((1, 4, 5, 11, 12, 16, 17, 18, 18, 24, 25, 29, 39, 64, 69, 70))
        birth = self.near().replace(day=1)
        birth = self.day_of(birth.replace(year=birth.year - years))
        if self.rng.random() < 0.15:
            birth = date(2000 + 4 * self.rng.randint(-9, 5), 2, 29)
        if self.rng.random() < 0.9:
            yield "birth_date", self.written(birth)
        yield "sex", self.rng.choice(("female", "male"))
        yield "height", {"value": f"{self.rng.randint(90, 190)} cm", "date": self.near()}
        weights = [f"{self.rng.randint(15, 110)} kg" for _ in range(self.rng.randint(1, 3))]
        yield "weight", [{"value": value, "date": self.near()} for value in weights]

    def facts(self) -> None:
        """Some facts that the trial reads, or that follow from one another, with dates."""
        names = [n for n in PACK.vocabulary.facts if not n.startswith(("dates.", "person."))]
        kidney = ["renal.egfr", "renal.creatinine_clearance", "renal.egfr_child"]
        for name in kidney:
            section, _, key = name.partition(".")
            if self.rng.random() < 0.7:
                self.data.get(section, {}).pop(key, None)
        read = [name for name in BY_ID[self.trial].names_read if name in names]
        chosen = [name for name in read if self.rng.random() < 0.3]
        chosen += [name for name in names if self.rng.random() < 0.05] + ["lab.creatinine"]
        for name in chosen:
            section, _, key = name.partition(".")
            self.put(section, key, self.fact(PACK.vocabulary.facts[name]))

    def put(self, section: str, key: str, value: Any) -> None:
        """The value under its name, if a profile may say that."""
        if valid({section: {key: value}}):
            self.data.setdefault(section, {})[key] = value

    def fact(self, entry: FactEntry) -> Any:
        if entry.kind == "date":
            return self.written(self.near())
        count = self.rng.choice((1, 1, 1, 2, 3))
        results = []
        for _ in range(count):
            result = {"value": self.value(entry), "date": self.written(self.near())}
            if entry.kind == "quantity" and entry.obtain in ("blood", "urine"):
                result["upper"] = self.value(entry)
            results.append(result)
        if count == 1 and self.rng.random() < 0.2:
            return results[0]["value"]
        return results if count > 1 else results[0]

    def value(self, entry: FactEntry) -> Any:
        match entry.kind:
            case "quantity":
                low, high = entry.plausible or entry.bounds or (0, 10)
                number = float(low) + self.rng.random() ** 2 * float(high - low)
                if entry.name == "lab.creatinine":
                    number = self.rng.uniform(0.3, 3.5) * (88.4 if entry.unit == "umol/L" else 1)
                text = f"{number:.2f}"
                return text if entry.unit == "1" else f"{text} {entry.unit}"
            case "finding":
                return self.rng.choice(entry.choices) if entry.choices else self.rng.random() < 0.5
            case "drug":
                return self.rng.choice(DRUGS)
            case "duration":
                return f"{self.rng.randint(1, 30)} {self.rng.choice(('days', 'weeks', 'months'))}"
            case "date":
                return self.written(self.near())
        return "text"

    def records(self) -> None:
        read = [name for name in BY_ID[self.trial].names_read if name in PACK.vocabulary.records]
        for name in read:
            entry = PACK.vocabulary.records[name]
            most = 5 if name == "treatment" else 2
            made = [self.record(entry) for _ in range(self.rng.randint(0, most))]
            kept = self.data.get(name, []) if self.rng.random() < 0.5 else []
            listed = [item for item in [*kept, *made] if valid({name: [item]})]
            self.data.pop(name, None)
            if listed:
                self.data[name] = listed
        reviewed = {name: self.near(later=False) for name in read if self.rng.random() < 0.8}
        self.data["reviewed"] = {**self.data.get("reviewed", {}), **reviewed}

    def record(self, entry: RecordEntry) -> dict[str, Any]:
        record: dict[str, Any] = {}
        ahead = self.near(later=False)
        names = sorted(entry.fields, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))
        for name in names:
            field = entry.fields[name]
            rare = field.derive or name in ("half_life", "last_dose", "dose_per_kg")
            if self.rng.random() < (0.9 if rare else 0.15):
                continue
            if field.kind == "date":
                if field.words and self.rng.random() < 0.35:
                    record[name] = field.words[0]
                    continue
                ahead = max(ahead, self.near()) if self.rng.random() < 0.7 else ahead
                record[name] = self.written(ahead)
            else:
                record[name] = self.value(field)
        return record


DRUGS = (
    "prednisone", "prednisone", "methylprednisolone", "mycophenolate", "rituximab", "tacrolimus",
    "hydroxychloroquine", "cyclophosphamide", "azathioprine", "leflunomide", "belimumab",
)  # fmt: skip


def valid(data: dict[str, Any]) -> bool:
    try:
        profile_of(data)
    except InputError:
        return False
    return True


@cache
def full_of(trial: str) -> tuple[dict[str, Any], list[Any]]:
    return cases_of(trial)


def moved(data: Any, by: timedelta) -> Any:
    """The data with every date as much later."""
    match data:
        case dict():
            return {key: moved(value, by) for key, value in data.items()}
        case list():
            return [moved(value, by) for value in data]
        case date():
            return data + by
    return data


def made(seed: int) -> tuple[Profile, date, Trial] | None:
    """The random patient of this number, the day judged and the trial; None where none came out."""
    patient = Made(seed)
    try:
        profile = profile_of(patient.data)
    except InputError:
        return None  # a birth after the screening date, say
    stated = profile.facts.get("person.birth_date")
    born = stated[0].value if stated else None
    if isinstance(born, PartialDate) and born.earliest > patient.on:
        return None
    return profile, patient.on, BY_ID[patient.trial]


# The laws


@pytest.mark.parametrize(
    ("number", "path"),
    [*enumerate(thinned(EXAMPLES, 6))],
    ids=lambda of: getattr(of, "stem", None),
)
def test_each_criterion_of_an_example_changes_on_the_days_found_and_on_no_other(
    number: int, path: Path
) -> None:
    """Judged day by day, every criterion of a trial says what its period says.

    Every second trial meets one example, the others the next; with DRAWS=10000 all meet most.
    """
    profile, first = example(path)
    trials = thinned(PACK.trials[number % 2 :], 2)

    assert list(faults(profile, first, trials, Random(path.stem))) == []


@pytest.mark.parametrize("start", SEEDS[::PER_TEST])
def test_each_criterion_of_a_random_patient_changes_on_the_days_found(start: int) -> None:
    """The same, of patients whose treatments, events, results, births and visits are random."""
    found = {}
    for seed in range(start, start + PER_TEST):
        if patient := made(seed):
            profile, first, trial = patient
            found[seed] = list(faults(profile, first, [trial], Random(seed)))

    assert {seed: said for seed, said in found.items() if said} == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rule_about_lists_turns_where_asking_on_each_day_finds_it(seed: int) -> None:
    """Where its answers are bounded, none of the days on which they may change is another one."""
    patient = made(seed)
    if patient is None:
        pytest.skip("no patient came out")
    profile, first, trial = patient
    calendar, days = Calendar(chart_on(profile, PACK, first)), Days(profile, first)
    for criterion in leaves(trial):
        for rule in parts_of(reading.rule for reading in criterion.readings):
            if isinstance(rule, Records | Together) and rule.question is None:
                on = calendar.days_of_change([rule])
                each = [(day, evaluate(rule, days.chart(day)).answer) for day in on]
                assert calendar.turns(rule) == changes(each), criterion.id


def test_random_patients_change() -> None:
    """The generator makes what the law is about: patients, and answers that turn, and turn back."""
    assert sum(made(seed) is not None for seed in MORE) >= len(MORE) * 5 // 6

    turned: list[int] = []
    for profile, first, trial in filter(None, map(made, MORE)):
        calendar = Calendar(chart_on(profile, PACK, first))
        turned += [len(claimed(calendar, criterion, trial)) - 1 for criterion in leaves(trial)]
    assert sum(turned) >= 15
    assert sum(count >= 2 for count in turned) >= 2


@settings(max_examples=DRAWS // 40)
@given(profiles(), RULES, st.booleans(), st.randoms(use_true_random=False))
def test_a_random_rule_changes_on_the_days_found(
    data: dict[str, Any], rule: object, dated: bool, rng: Random
) -> None:
    """The same, of random rules; with a screening date of its own, a profile's visits move."""
    if dated:
        data = {**data, "dates": {**data.get("dates", {}), "screening": SCREENING}}
    assume(valid(data))
    parsed = parse_rule(rule, PACK.vocabulary)
    criterion = Criterion("I1", "inclusion", "a rule", "here", readings=(Reading("", parsed),))
    trial = Trial(PACK.trials[0].about, (criterion,))

    assert list(faults(profile_of(data), SCREENING, [trial], rng)) == []


@pytest.mark.parametrize("path", thinned(EXAMPLES, 6), ids=lambda path: path.stem)
def test_a_period_has_the_verdict_of_its_first_and_of_its_last_day(path: Path) -> None:
    """Headings and verdicts follow from the criteria: whole screenings of these days agree."""
    profile, first = example(path)
    calendar, days = Calendar(chart_on(profile, PACK, first)), Days(profile, first)
    for trial in PACK.trials:
        for period in calendar.periods(trial):
            for day in (period.first, period.last):
                found = screen(trial, days.chart(day))
                assert found.verdict == period.screening.verdict, (trial.id, day)
                assert [
                    (item.status, item.applicable, item.counted) for item in found.criteria
                ] == [
                    (item.status, item.applicable, item.counted)
                    for item in period.screening.criteria
                ], (trial.id, day)


def main(arguments: list[str]) -> int:
    """Every day of these files, or of so many random patients; 1 if a period is wrong."""
    wrong = 0
    if arguments[0] == "--random":
        start = int(arguments[2]) if len(arguments) > 2 else 0
        for seed in range(start, start + int(arguments[1])):
            if patient := made(seed):
                profile, first, trial = patient
                for fault in faults(profile, first, [trial], None):
                    wrong += 1
                    _say(f"seed {seed}: {fault}")
        return int(wrong > 0)
    for name in arguments:
        profile, first = example(Path(name))
        for fault in faults(profile, first, PACK.trials, None):
            wrong += 1
            _say(f"{name}: {fault}")
        _say(f"{name}: every day looked at")
    return int(wrong > 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
