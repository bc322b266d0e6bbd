"""A plan for a person, as text and as Markdown: what the command `plan` prints."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from cartscreen.plan.contract import Obstacle, Outcome, PeriodReport, Plan, TrialPlan, WantedReport
from cartscreen.render.draw import item
from cartscreen.render.markdown import escaped, report_lines
from cartscreen.render.text import ORDER, STATUSES, VERDICTS, hashes, heading
from cartscreen.text import visible

WAYS = {
    "time": "Passes with time",
    "measurement": "May change when measured again",
    "treatment": "May change with treatment",
    "decision": "A person's decision",
    "never": "Nothing foreseen changes it",
}
FEWEST = "Fewest missing facts and answers that could match every criterion"
_SHOWN = 15


def lines(plan: Plan) -> Iterable[RenderableType]:
    """The plan as rich renderables; the trial with the least in its way stands first."""
    for line in heading(plan):
        yield Text(line, style="bold" if line.startswith("Patient") else "")
    for warning in plan.warnings:
        yield item("!", visible(warning))
    for trial in plan.trials:
        yield from _trial(trial)
    if plan.repeat_by:
        yield Text()
        yield Text(f"REPEAT BY: {REPEATED}")
    for line in repeat_lines(plan):
        yield item("  -", visible(line))
    yield from _get(plan.wanted)
    yield Text()
    for line in hashes(plan):
        yield Text(line)
    yield Text(plan.notice)


def _trial(trial: TrialPlan) -> Iterable[RenderableType]:
    yield Text()
    title = " ".join(part for part in (trial.id, trial.registry) if part)
    yield Text(visible(f"{title}: {trial.name}"), style="bold")
    status = trial.registry_status or "not stated"
    yield Text(visible(f"{VERDICTS[trial.verdict]}; registry status {status}"))
    for warning in trial.warnings:
        yield item("  !", visible(warning))
    yield Text("  When (with nothing new happening):")
    for period in trial.periods:
        yield item("   ", period_line(period, trial.periods[-1]))
        for turn in period.turns:
            said = f"{turn.criterion} {turn.title}: {turn.before}, now {turn.after}"
            yield item("      -", visible(said))
    if trial.obstacles:
        yield Text("  What rules the patient out, and by how much:")
    for obstacle in trial.obstacles:
        yield item("    x", visible(obstacle_line(obstacle)))
    if trial.proof:
        shown = "; ".join(f"{read.label} {read.value}" for read in trial.proof)
        yield item("    =", visible(f"these data alone rule the patient out: {shown}"))
    if trial.repeats:
        yield Text("  To repeat or renew before it is too old:")
    for repeat in trial.repeats:
        said = (
            f"{repeat.criterion} {repeat.title}: matched until {repeat.until}, "
            f"then {repeat.becomes}"
        )
        yield item("    -", visible(said))
    if trial.fewest:
        yield item("  ", f"{FEWEST}: {len(trial.fewest)}")
    if trial.questions and trial.verdict != "ineligible":
        yield Text(f"  Questions, to be answered under [answers.{trial.id}]:")
        for question in trial.questions:
            said = f"({question.about}) {question.question}"
            yield item(f"    {question.criterion}", visible(said))


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
    until = f"{period.last} (the last day looked at)" if period is last else period.last
    said = VERDICTS[period.verdict]
    if period.failed:
        said = f"{said} by {', '.join(period.failed)}"
    elif period.unknown:
        said = f"{said}, {period.unknown} unknown"
    return f"{period.first} to {until}: {said}"


def obstacle_line(obstacle: Obstacle) -> str:
    """A criterion that rules the patient out, by how much, and what could change it."""
    parts = [f"{obstacle.criterion} {obstacle.title}"]
    for distance in obstacle.distances:
        percent = f" ({distance.percent} % of the limit)" if distance.percent else ""
        parts.append(f"{distance.label}: {distance.by}{percent}")
    way = WAYS[obstacle.way]
    parts.append(f"{way}, on {obstacle.passes_on}" if obstacle.passes_on else way)
    return ". ".join(part.rstrip(".") for part in parts)


def _get(wanted: list[WantedReport]) -> Iterable[RenderableType]:
    if not wanted:
        return
    yield Text()
    yield Text(f"WHAT TO GET: {ORDER}")
    for number, fact in enumerate(wanted[:_SHOWN], start=1):
        yield item(f"{number:2}.", visible(wanted_line(fact)))
        for outcome in fact.outcomes:
            yield item("      -", visible(outcome_line(outcome)))
    if len(wanted) > _SHOWN:
        yield Text(f"    `--format json` lists {len(wanted) - _SHOWN} more")


def wanted_line(fact: WantedReport) -> str:
    """A missing fact: what it takes to get it, and how many trials wait for it."""
    trials = f"{len(fact.trials)} trial{'s' * (len(fact.trials) > 1)}"
    instead = f"; or derived from {', '.join(fact.or_from)}" if fact.or_from else ""
    return f"{fact.label} ({fact.obtain}; {trials}{instead})"


def outcome_line(outcome: Outcome) -> str:
    """What a value would decide: "below 55 %: rules out cd19-csle I4.a"."""
    parts = []
    if outcome.rules_out:
        parts.append(f"rules out {', '.join(outcome.rules_out)}")
    if outcome.settles:
        parts.append(f"settles {', '.join(outcome.settles)}")
    return f"{outcome.value}: {'; '.join(parts)}"


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
            said = f"{turn.criterion} {turn.title}: {turn.before}, now {turn.after}"
            yield f"  - {escaped(said)}"
    listed = {
        "What rules the patient out": [obstacle_line(item) for item in trial.obstacles],
        "Data that alone rule the patient out": [
            f"{read.label} {read.value}" for read in trial.proof
        ],
        "To repeat or renew before it is too old": [
            f"{item.criterion} {item.title}: matched until {item.until}, then {item.becomes}"
            for item in trial.repeats
        ],
        "Questions": [
            f"{item.criterion} ({item.about}) {item.question}" for item in trial.questions
        ],
    }
    for name, items in listed.items():
        if items:
            yield from ("", f"### {name}", "")
            yield from (f"- {escaped(item)}" for item in items)
