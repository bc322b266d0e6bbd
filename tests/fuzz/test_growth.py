"""What is four times as long takes about four times as long to answer, and not sixteen times."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from fuzz.targets import MB, TINY, criterion
from support import SCREENING, bundled_pack, profile_toml

from cartscreen.errors import CriteriaError, InputError, Problem
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.pack.read_trial import parse_trial
from cartscreen.plan.plan import plan
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile
from cartscreen.report import report
from cartscreen.rule.parse import parse_rule
from cartscreen.text import did_you_mean
from cartscreen.units import parse_quantity, unit_named

PERSON = 'person.birth_date = 1990-01-01\nperson.sex = "female"\nperson.weight = "60 kg"\n'


def results(count: int, day: Callable[[int], Any]) -> str:
    """A series of so many results of ALT, dated by their number."""
    items = (
        f'{{ value = "{30 + n % 70} U/L", upper = "40 U/L", date = {day(n)} }}'
        for n in range(count)
    )
    return f"{PERSON}lab.alt = [{', '.join(items)}]\n"


def treatments(count: int, fields: Callable[[int], str]) -> str:
    """So many entries of treatment, each with the fields of its number."""
    return PERSON + "".join(f"[[treatment]]\n{fields(n)}\n" for n in range(count))


def overlapping(count: int) -> str:
    """Courses of one drug that are known to the month or year, and may all overlap."""

    def fields(number: int) -> str:
        start = f"{2000 + number % 25}-{1 + number % 12:02}"
        return f'drug = "azathioprine"\nstart = "{start}"\nstop = "2025"\nresponse = "inadequate"'

    return treatments(count, fields)


def in_turn(count: int) -> str:
    """Courses of one drug for a week each, one after another, at one of seven doses."""
    return treatments(
        count,
        lambda n: (
            f'drug = "prednisone"\ndose = "{5 + 5 * (n % 7)} mg/day"\n'
            f"start = {SCREENING - timedelta(7 * n + 6)}\nstop = {SCREENING - timedelta(7 * n)}"
        ),
    )


def daily(count: int) -> str:
    """A dose for each of the last days."""
    return treatments(
        count,
        lambda n: (
            f'drug = "prednisone"\ndose = "{1 + n % 60} mg/day"\nstart = {SCREENING - timedelta(n)}'
            f"\nstop = {SCREENING - timedelta(n)}"
        ),
    )


def to_come(count: int) -> str:
    """Courses that begin in the weeks to come, of which no end is known."""
    return treatments(
        count, lambda n: f'drug = "prednisone"\nstart = {SCREENING + timedelta(7 * n + 1)}'
    )


def read(toml: str) -> None:
    """The profile, which is one: what is longer than any chart is refused unread."""
    profile_toml(toml)


def read_faults(toml: str) -> None:
    """What is wrong with the profile, and not that it is too long."""
    with pytest.raises(InputError, match="is not a fact"):
        profile_toml(toml)


def change_to(text: str) -> None:
    """The text as a `--set` of an empty profile, or why it is none."""
    with suppress(InputError):
        parse_profile(b'schema = 1\npatient = "P"', bundled_pack().vocabulary, "p", [text])


def checked(toml: str) -> None:
    """The report on all trials."""
    chart = chart_on(profile_toml(toml), bundled_pack(), SCREENING)
    report(chart, bundled_pack().trials, file="p.toml", date_from="profile")


def planned(toml: str) -> None:
    """The plan for one trial; its 731 days are looked at whatever the length of the profile."""
    chart = chart_on(profile_toml(toml), bundled_pack(), SCREENING)
    plan(chart, bundled_pack().trials[:1], file="p.toml", date_from="profile")


def refused(parse: Callable[..., Any], *given: Any) -> None:
    """What is no value, unit, rule or trial."""
    with pytest.raises((Problem, CriteriaError)):
        parse(*given)


def _rule(text: str) -> None:
    refused(parse_rule, text, bundled_pack().vocabulary)


def _trial(text: str) -> None:
    parse_trial(text.encode(), bundled_pack().vocabulary, "t.toml")


def _exact(number: int) -> date:
    return SCREENING - timedelta(days=number)


CASES: dict[str, tuple[Callable[[Any], Any], Callable[[int], Any], int]] = {
    # what is done, with what for a size, and the greater size
    "a series of results": (read, lambda n: results(n, _exact), 4000),
    "entries of a list": (read, overlapping, 2000),
    "drugs that nobody knows": (
        read,
        lambda n: treatments(n, lambda k: f'drug = "prednisolon{k}"'),
        3000,
    ),
    "faults": (read_faults, lambda n: "[lab]\n" + "".join(f"k{k} = 1\n" for k in range(n)), 20_000),
    "a comment": (read, lambda n: "#" * n, 9 * MB),
    "a name": (read_faults, lambda n: f"lab.{'x' * n} = 1", MB),
    "a word": (lambda word: did_you_mean(word, ["lab.alt"]), lambda n: "lab.al" + "t" * n, MB),
    "a value": (lambda text: refused(parse_quantity, text), lambda n: "1 " + "g/" * n, MB),
    "a unit": (lambda text: refused(unit_named, text), lambda n: "g" + "/L" * n, MB),
    "a rule's spaces": (_rule, lambda n: "lab.alt >= 1 U" + " " * n + "x", MB),
    "a rule's words": (_rule, lambda n: "heart.ecg is normal" + " or a" * n, MB),
    "a rule's windows": (_rule, lambda n: "lab.alt" + " within 6 months" * n, MB // 10),
    "a change": (
        change_to,
        lambda n: f"lab.alt={'x' * n}",
        MB,
    ),
    "criteria": (
        _trial, lambda n: TINY + "".join(criterion(f"I{k}") for k in range(2, n)), 1000,
    ),
    "a check of results": (checked, lambda n: results(n, _exact), 2000),
    "a check of results of one day": (
        checked, lambda n: results(n, lambda _: SCREENING), 1000,
    ),
    "a check of results of some month": (
        checked, lambda n: results(n, lambda k: f'"2025-0{1 + k % 6}"'), 600,
    ),
    "a check of courses that overlap": (checked, overlapping, 140),
    "a check of courses one after another": (checked, in_turn, 200),
    "a plan of courses that overlap": (planned, overlapping, 56),
    "a plan of daily doses": (planned, daily, 24),
    "a plan of courses to come": (planned, to_come, 60),
}  # fmt: skip


def seconds(act: Callable[[Any], Any], given: Any) -> float:
    """Of processor time."""
    start = time.process_time()
    act(given)
    return time.process_time() - start


@pytest.mark.parametrize("name", CASES)
def test_four_times_as_much_takes_about_four_times_as_long(name: str) -> None:
    """At most eight times, and a tenth of a second for what takes no time: sixteen is quadratic."""
    act, made, size = CASES[name]
    little, much = made(size // 4), made(size)
    short = min(seconds(act, little), seconds(act, little))  # the first may have to begin something
    bound = 8 * short + 0.1
    long = seconds(act, much)
    if long >= bound:  # the machine may have had something else to do
        long = seconds(act, much)

    assert long < bound, f"{short:.3f} s became {long:.3f} s"


def undated(number: int) -> str:
    """Each may be of one course with any other."""
    return f'drug = "azathioprine"\ndose = "{50 + number % 9} mg/day"'


def by_class(number: int) -> str:
    """Known by month and by class, at doses that may be the same."""
    dose = ("<{} mg/day", "{} mg/day", "10 mg/day", "{} mg/m2 monthly")[number % 4]
    return (
        f'class = "glucocorticoid"\ndose = "{dose.format(1 + number)}"\n'
        f'start = "{2000 + number % 25}-{1 + number % 12:02}"\nstop = "2025"'
    )


def going(number: int) -> str:
    """All run on the day judged; every other names no drug."""
    drug = 'drug = "prednisone"\n' * (number % 2)
    start = SCREENING - timedelta(number)
    return f'{drug}dose = "{1 + number} mg/day"\nstart = {start}\nstop = "ongoing"'


def calls(act: Callable[[Any], Any], given: Any) -> int:
    """How many functions were called, hashes and comparisons of ours among them."""
    count = 0

    def called(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        act(given)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("fields", [undated, by_class, going])
def test_entries_that_may_all_be_one_course_take_their_share_each(
    fields: Callable[[int], str],
) -> None:
    """Three times as many take at most 3.6 times as many calls; each with each would take nine."""
    trial = next(trial for trial in bundled_pack().trials if trial.id == "ucar-cd19-bcma-sle")
    little, much = (profile_toml(treatments(count, fields)) for count in (40, 120))

    def screened(profile: Profile) -> None:
        screen(trial, chart_on(profile, bundled_pack(), SCREENING))

    few, many = calls(screened, little), calls(screened, much)

    assert many <= 3.6 * few
