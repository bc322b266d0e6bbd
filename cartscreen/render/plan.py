"""A plan for a person, as text and as Markdown: what the command `plan` prints."""

from collections.abc import Iterable, Iterator

from cartscreen.plan.contract import (
    Outcome,
    PeriodReport,
    Plan,
    Repeat,
    TrialPlan,
    Turn,
    WantedReport,
)
from cartscreen.plan.obstacles import Obstacle, Outlook
from cartscreen.render.colour import STYLES, Part, mark, painted, plain, word
from cartscreen.render.draw import item
from cartscreen.render.markdown import escaped, report_lines
from cartscreen.render.paper import RenderableType, Text
from cartscreen.render.table import foot, head, title_line
from cartscreen.render.text import ORDER, STATUSES, VERDICTS
from cartscreen.text import visible

WAYS = {
    "time": "Passes with time",
    "measurement": "May change when measured again",
    "treatment": "May change with treatment",
    "decision": "A person's decision",
    "never": "Nothing foreseen changes it",
}
FEWEST = "Fewest missing facts and answers that could match every criterion"
_SHOWN = 10


def lines(plan: Plan, outlook: Outlook, width: int) -> Iterable[RenderableType]:
    """The plan as rich renderables; the trial with the least in its way stands first.

    The summary of `check` stands above the trials, and its answer below them.
    """
    yield from head(outlook)
    for trial in plan.trials:
        yield from _trial(trial, plan.wanted, width)
    if plan.repeat_by:
        yield Text()
        yield Text(f"REPEAT BY: {REPEATED}")
    for line in repeat_lines(plan):
        yield item("  -", visible(line))
    yield from foot(outlook, width, everything=True)


def _trial(trial: TrialPlan, wanted: list[WantedReport], width: int) -> Iterable[RenderableType]:
    yield Text()
    yield title_line(trial, width)
    for warning in trial.warnings:
        yield item("  !", visible(warning))
    yield Text("  When (with nothing new happening):")
    for period in trial.periods:
        yield item("   ", painted(*_period_parts(period, trial.periods[-1])))
        for turn in period.turns:
            yield item("      -", painted(*_turn_parts(turn)))
    if trial.obstacles:
        yield Text("  What rules the patient out, and by how much:")
    for obstacle in trial.obstacles:
        yield item(painted("    ", mark("failed")), painted(*_obstacle_parts(obstacle)))
    if trial.proof:
        shown = "; ".join(f"{read.label} {read.value}" for read in trial.proof)
        yield item("    =", visible(f"these data alone rule the patient out: {shown}"))
    if trial.repeats:
        yield Text("  To repeat or renew before it is too old:")
    for repeat in trial.repeats:
        yield item("    -", painted(*_repeat_parts(repeat)))
    if trial.fewest:
        yield item("  ", f"{FEWEST}: {len(trial.fewest)}")
    yield from _get(trial, [fact for fact in wanted if trial.id in fact.trials])
    if trial.questions and trial.verdict != "ineligible":
        yield Text(f"  Questions, to be answered under [answers.{trial.id}]:")
        for question in trial.questions:
            more = f" (settles {', '.join(question.settles)})" if len(question.settles) > 1 else ""
            said = f"({question.about}) {question.question}{more}"
            yield item(f"    {question.key}", visible(said))


REPEATED = "the periods assume that these are repeated with the same result"


def repeat_lines(plan: Plan) -> Iterable[str]:
    """What will be too old, by the last day on which it still speaks."""
    by_day: dict[str, list[str]] = {}
    for repeat in plan.repeat_by:
        by_day.setdefault(repeat.until, []).append(repeat.label)
    for day, labels in by_day.items():
        yield f"{day}: {', '.join(labels)}"


def period_line(period: PeriodReport, last: PeriodReport) -> str:
    """Screening dates between which nothing changes, and the verdict on each of them."""
    return plain(_period_parts(period, last))


def _period_parts(period: PeriodReport, last: PeriodReport) -> Iterator[Part]:
    until = f"{period.last} (the last day looked at)" if period is last else period.last
    yield f"{period.first} to {until}: "
    yield word(period.verdict, VERDICTS[period.verdict])
    if period.failed:
        yield f" by {', '.join(period.failed)}"
    elif period.unknown:
        yield f", {period.unknown} unknown"


def _turn_parts(turn: Turn) -> Iterator[Part]:
    yield from (f"{turn.criterion} {turn.title}: ", word(turn.before), ", now ", word(turn.after))


def _repeat_parts(repeat: Repeat) -> Iterator[Part]:
    yield f"{repeat.criterion} {repeat.title}: matched until {repeat.until}, then "
    yield word(repeat.becomes)


def obstacle_line(obstacle: Obstacle) -> str:
    """A criterion that rules the patient out, by how much, and what could change it."""
    return plain(_obstacle_parts(obstacle))


def _obstacle_parts(obstacle: Obstacle) -> Iterator[Part]:
    yield f"{obstacle.criterion} {obstacle.title.rstrip('.')}. "
    far = []
    for distance in obstacle.distances:
        percent = f" ({distance.percent} % of the limit)" if distance.percent else ""
        far.append(f"{distance.label}: {distance.by}{percent}".rstrip("."))
    way = WAYS[obstacle.way]
    far.append(f"{way}, on {obstacle.passes_on}" if obstacle.passes_on else way)
    yield ". ".join(far), STYLES["failed"]


def _get(trial: TrialPlan, wanted: list[WantedReport]) -> Iterable[RenderableType]:
    if not wanted:
        return
    yield item("  To get:", ORDER)
    for number, fact in enumerate(wanted[:_SHOWN], start=1):
        yield item(f"   {number:2}.", visible(wanted_line(fact)))
        for outcome in fact.outcomes:
            if parts := [*outcome_parts(outcome, f"{trial.id} ")]:
                yield item("       -", painted(*parts))
    if len(wanted) > _SHOWN:
        yield Text(f"       `--format json` lists {len(wanted) - _SHOWN} more")


def outcome_parts(outcome: Outcome, of_trial: str = "") -> Iterator[Part]:
    """What a value would decide; in one trial, "cd19-csle ", whose name stands above."""
    told = (
        ("rules out", STYLES["failed"], outcome.rules_out),
        ("settles", STYLES["matched"], outcome.settles),
    )
    before = f"{outcome.value}: "
    for said, style, places in told:
        named = [place.removeprefix(of_trial) for place in places if place.startswith(of_trial)]
        if named:
            yield before
            yield said, style
            yield f" {', '.join(named)}"
            before = "; "


def wanted_line(fact: WantedReport) -> str:
    """A missing fact: what it takes to get it, and how many trials wait for it."""
    trials = f"{len(fact.trials)} trial{'s' * (len(fact.trials) > 1)}"
    instead = f"; or derived from {', '.join(fact.or_from)}" if fact.or_from else ""
    return f"{fact.label} ({fact.obtain}; {trials}{instead})"


def outcome_line(outcome: Outcome) -> str:
    """What a value would decide: "below 55 %: rules out cd19-csle I4.a"."""
    return plain(outcome_parts(outcome))


def markdown(plan: Plan) -> str:
    """A plan as Markdown: what a report says, then of each trial what comes next."""
    lines = [*report_lines(plan, plan.trials, (), STATUSES)]
    for trial in plan.trials:
        lines += _next_of(trial)
    if plan.repeat_by:
        lines += ["", "## Repeat by", "", escaped(f"{REPEATED[0].upper()}{REPEATED[1:]}."), ""]
        lines += [f"- {escaped(line)}" for line in repeat_lines(plan)]
    if plan.wanted:
        lines += ["", "## What to get", ""]
    for fact in plan.wanted:
        lines.append(f"1. {escaped(wanted_line(fact))}")
        lines += [f"   - {escaped(outcome_line(outcome))}" for outcome in fact.outcomes]
    return "\n".join(lines) + "\n"


def _next_of(trial: TrialPlan) -> Iterable[str]:
    yield from ("", f"## {escaped(trial.id)}: what next", "", "### When", "")
    for period in trial.periods:
        yield f"- {escaped(period_line(period, trial.periods[-1]))}"
        for turn in period.turns:
            yield f"  - {escaped(plain(_turn_parts(turn)))}"
    listed = {
        "What rules the patient out": [obstacle_line(item) for item in trial.obstacles],
        "Data that alone rule the patient out": [
            f"{read.label} {read.value}" for read in trial.proof
        ],
        "To repeat or renew before it is too old": [
            plain(_repeat_parts(item)) for item in trial.repeats
        ],
        "Questions": [
            f"{item.criterion} ({item.about}) {item.question}" for item in trial.questions
        ],
    }
    for name, items in listed.items():
        if items:
            yield from ("", f"### {name}", "")
            yield from (f"- {escaped(item)}" for item in items)
