"""What `ask` shows: the question, what came of an answer, the verdict of each trial."""

from collections.abc import Iterable, Mapping, Sequence

from cartscreen.interview import Change, Explanation, Question, Reply, Session, are_numbered
from cartscreen.plan.obstacles import ACTIONS
from cartscreen.render.colour import Part, painted, word
from cartscreen.render.draw import item
from cartscreen.render.paper import RenderableType, Text
from cartscreen.render.plan import outcome_parts
from cartscreen.render.summary import still_open
from cartscreen.render.text import VERDICTS, heading
from cartscreen.text import visible

HELP = (
    "An empty line skips a question, ? explains it, u undoes the last answer, q leaves. "
    'Every answer is saved at once. You may also answer "unknown" or "not done". '
    "A result may carry its limits of normal and its date, and several may be typed at once: "
    "18 U/L (0-40) 2026-10-09; 24 U/L (0-40) 2026-04-02."
)


OUTCOMES = {"eligible": "met", "ineligible": "not met", "undetermined": "open"}
"""The verdicts, where the trials are outcomes of a visit."""


def opening(session: Session) -> Iterable[RenderableType]:
    """About whom the questions are, the verdict of each trial so far, and what may be typed."""
    patient, judged = heading(session.outlook)[:2]
    yield Text(patient, style="bold")
    if session.of_visit:
        yield Text(
            f"Visit of {session.outlook.screening_date}, looked at without the earlier visits"
        )
    else:
        yield Text(judged)
    for warning in session.outlook.warnings:
        yield item("!", visible(warning))
    yield from _verdicts(session)
    yield Text(HELP)


def question(asked: Question, *, of_visit: bool = False) -> Iterable[RenderableType]:
    """The question, where its answer is written, and how it may be answered."""
    yield Text()
    yield Text(visible(asked.text), style="bold")
    about = [asked.place] if asked.place else []
    if asked.trials:
        about.append(_count(asked.trials, "outcome" if of_visit else "trial"))
    if asked.of:
        about.append(f"{asked.number} of {asked.of}")
    if asked.recorded:
        about.append(f"recorded: {asked.recorded}")
    if about:
        yield item(" ", visible("; ".join(about)))
    numbered = are_numbered(asked.choices)
    for number, choice in enumerate(asked.choices, start=1):
        yield item(f"  {number}" if numbered else "  -", visible(choice))
    if asked.instead:
        yield item(" ", visible(f"i: ask instead for {', '.join(asked.instead)}"))
    yield item(" ", visible(f"Answer: {asked.how}"))


def reply(said: Reply, *, of_visit: bool = False) -> Iterable[RenderableType]:
    """What came of a line that was typed: what was saved, which verdicts changed, or the help."""
    for note in said.notes:
        yield Text(visible(note))
    for change in said.changes:
        yield painted(*_changed(change, OUTCOMES if of_visit else VERDICTS))
    for warning in said.warnings:
        yield item("!", visible(warning))
    if said.explanation is not None:
        yield from _explained(said.explanation)


def closing(session: Session, file: str) -> Iterable[RenderableType]:
    """How many answers were saved, each trial's verdict, and what is left to write by hand."""
    yield Text()
    if session.question is None:
        yield Text("There is nothing to ask.")
    for said in session.by_hand:
        yield item("!", visible(f"Only you can settle this, in the file itself: {said}"))
    left = f"; {_count(session.left, 'question')} left for another time" if session.left else ""
    yield Text(visible(f"{_count(session.answers, 'answer')} saved in {file}{left}"))
    yield from _verdicts(session)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _verdicts(session: Session) -> Iterable[RenderableType]:
    """What stands now, trial by trial: what rules out, or how much is left to do."""
    words = OUTCOMES if session.of_visit else VERDICTS
    for trial in session.outlook.ranked:
        by = _by(session.verdicts[trial.id][1])
        left = still_open(*(len(trial.to_do(kind)) for kind in ACTIONS))
        more = f", {left}" if left and trial.verdict == "undetermined" else by
        yield item(" ", painted(f"{trial.id}: ", word(trial.verdict, words[trial.verdict]), more))


def _by(criteria: Sequence[str]) -> str:
    return f" by {', '.join(criteria)}" if criteria else ""


def _changed(change: Change, words: Mapping[str, str]) -> Iterable[Part]:
    before, after = (word(said, words[said]) for said in (change.before, change.after))
    return f"{change.trial}: ", before, " -> ", after, _by(change.by)


def _explained(explanation: Explanation) -> Iterable[RenderableType]:
    for trial, criterion, title in explanation.criteria:
        yield item(" ", visible(f"{trial} {criterion}: {title}"))
    for outcome in explanation.outcomes:
        yield item("   -", painted(*outcome_parts(outcome)))
