"""Outcomes of one patient: each component at the visit judged, and whether all of them hold."""

from collections.abc import Mapping

from cartscreen.answer import UNKNOWN, Answer, at_least
from cartscreen.dates import shift
from cartscreen.evaluate.screening import CriterionFinding, judge
from cartscreen.frozen import frozen
from cartscreen.pack.trial import Outcome, Trial
from cartscreen.response.visits import FollowUp
from cartscreen.speaks import Length


@frozen
class OutcomeFinding:
    """One outcome of one patient.

    trial     whose outcome it is; the published definitions are a trial without criteria
    judged    each component by its id; empty where there is no visit
    unmet     why the visit is none by which it is judged, in words; empty where it is one
    """

    outcome: Outcome
    trial: Trial
    judged: Mapping[str, CriterionFinding]
    unmet: str = ""

    @property
    def answer(self) -> Answer:
        """Is it met? Open where there is no visit by which it is judged."""
        if self.unmet:
            return UNKNOWN
        return at_least(len(self.judged), (item.finding.answer for item in self.judged.values()))


def judge_outcome(
    outcome: Outcome,
    trial: Trial,
    seen: FollowUp,
    *,
    due: Length | None = None,
    window: Length | None = None,
    preferred: bool = False,
) -> OutcomeFinding:
    """The outcome at the last visit.

    due     how long after the infusion it is judged, and `window`, how far from that day the visit
            may lie; without a window, every visit will do
    preferred takes the first reading of an ambiguous component instead of asking that all agree
    """
    if seen.judged is None:
        died = f"; died {seen.died}" if seen.died else ""
        return OutcomeFinding(outcome, trial, {}, f"no visit after the infusion{died}")
    chart = seen.judged.chart
    judged = {
        item.id: judge(item, trial, chart, preferred=preferred) for item in outcome.components
    }
    unmet = _outside(seen, due, window) if due and window else ""
    return OutcomeFinding(outcome, trial, judged, unmet)


def _outside(seen: FollowUp, due: Length, window: Length) -> str:
    """That the visit does not lie in the window around the day on which it is due, in words."""
    infusion, visit = seen.infusion, seen.judged
    assert infusion is not None and visit is not None, "a visit lies after the infusion"
    planned = due.after(infusion)
    first, last = (-window.count, window.unit), (window.count, window.unit)
    said = {
        shift(day, *first) <= visit.day <= shift(day, *last)
        for day in (planned.earliest, planned.latest)
    }
    if said == {True}:
        return ""
    lies = "does not lie" if said == {False} else "may not lie"
    return f"the visit of {visit.day} {lies} within {window} of {due} after the infusion"
