"""Where a study stands: what the page says of the ledger, and what has gone against the page.

What is open is tried in every way. A pending patient ends with a DLT, without one, or can no longer
be evaluated; what the page says in each of these ways is the answer, and the rest depends on the
patient. Nothing is advised: the page's clauses are shown, and people decide.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product
from math import prod
from typing import Literal

from cartscreen.escalation.contract import (
    BreachReport,
    ClauseReport,
    DecisionReport,
    Escalation,
    EventReport,
    GivenReport,
    LevelCounts,
    QuestionReport,
    SaidReport,
    SizeReport,
    Verdict,
    WayReport,
    Weight,
)
from cartscreen.escalation.ledger import Decision, Ledger, Patient, Window
from cartscreen.escalation.table import (
    Count,
    Said,
    State,
    follows,
    moves,
    next_level,
    said_of,
)
from cartscreen.escalation.words import in_words
from cartscreen.frozen import frozen
from cartscreen.pack.doses import About, Doses, dose_text
from cartscreen.pack.model import Pack
from cartscreen.pack.trial import Trial
from cartscreen.report import pack_id, tool
from cartscreen.units import about, decimal

Result = Literal["dlt", "none", "pending", "not evaluable"]

_MOST_WAYS = 2000
_ALWAYS = ("exceeds", "ask")


@frozen
class _Way:
    """One way that the pending patients can end.

    ends     for each level: how many end with a DLT, and how many can no longer be evaluated
    said     what the page says then
    follows  following the page was found to lead to the counts
    """

    ends: tuple[tuple[int, int], ...]
    said: tuple[Said, ...]
    follows: bool

    @property
    def key(self) -> tuple[bool, frozenset[object]]:
        """What two ways have in common that come to the same."""
        return self.follows, frozenset(each.key for each in self.said)


def escalation(
    trial: Trial,
    ledger: Ledger,
    pack: Pack,
    *,
    file: str,
    as_of: date,
    as_of_from: Literal["option", "today"],
    supposed: Sequence[Patient] = (),
    what_if: Sequence[str] = (),
) -> Escalation:
    """The report of one ledger on one day, with the patients of --what-if supposed."""
    study = Study(trial.doses, ledger, as_of, supposed)
    now = study.now
    ways = [*study.way_reports()]
    breaches = [*study.breaches()]
    given = [*study.given()]
    said = [study.report(item) for item in now]
    of_ways = [item for way in ways for item in way.said]
    named = {name for item in (*said, *of_ways) for name in item.clauses}
    named |= {name for item in breaches for name in item.clauses}
    arising = {name for item in (*said, *of_ways) for name in item.gaps}
    arising |= {name for item in breaches for name in item.gaps}
    return Escalation(
        tool=tool(),
        pack=pack_id(pack),
        trial=trial.id,
        registry=trial.about.registry,
        file=file,
        ledger_sha256=ledger.sha256,
        as_of=as_of.isoformat(),
        as_of_from=as_of_from,
        what_if=list(what_if),
        window=str(study.window or ""),
        levels=[*study.counts()],
        size=study.size,
        follows=study.follows,
        now=said,
        depends_on=study.depends_on,
        verdict=study.verdict,
        ways=ways,
        breaches=breaches,
        events=[*study.events()],
        given=given,
        clauses=[
            ClauseReport(id=clause.id, says=clause.says, source=clause.source)
            for clause in trial.doses.clauses
            if clause.id in named or any(item.clause == clause.id for item in study.decisions)
        ],
        questions=[*study.questions(arising | {*study.arising(given)})],
        decisions=[
            DecisionReport(
                clause=item.clause, date=item.day.isoformat(), by=item.by, note=item.note
            )
            for item in study.decisions
        ],
    )


class Study:
    """A ledger on one day, read by the rules of its trial."""

    def __init__(
        self, doses: Doses, ledger: Ledger, as_of: date, supposed: Sequence[Patient] = ()
    ) -> None:
        self.doses = doses
        self.ledger = ledger
        self.as_of = as_of
        reply = ledger.reply_about(doses.gap_about("window"))
        self.window = reply.value if reply and isinstance(reply.value, Window) else None
        self.supposed = frozenset(supposed)
        everybody = (*ledger.patients, *supposed)
        self.enrolled = [p for p in everybody if _is_by(p.enrolled or p.infusion, as_of)]
        treated = [p for p in everybody if p.infusion is not None and p.infusion <= as_of]
        self.treated = sorted(treated, key=lambda p: p.infusion or as_of)
        self.decisions = [item for item in ledger.decisions if item.day <= as_of]
        self.pending = [
            [p for p in self.evaluated_at(level) if self.result(p) == "pending"]
            for level in range(len(doses.levels))
        ]
        self.state = tuple(self._count(level) for level in range(len(doses.levels)))
        self.too_many = prod(len(_ends(len(each))) for each in self.pending) > _MOST_WAYS
        self.ways = [] if self.too_many else [*self._ways()]

    # Counts

    def evaluated_at(self, level: int) -> list[Patient]:
        """Who is treated at a level to be evaluated for DLT."""
        return [p for p in self.treated if p.level == level and not p.expansion]

    def result(self, patient: Patient) -> Result:
        """What is known of a patient's DLT on the day looked at."""
        if not patient.evaluable:
            return "not evaluable"
        if patient.dlt is None or not _is_by(patient.known_from, self.as_of):
            return "pending"
        if patient.dlt:
            return "dlt"
        return "pending" if self.is_in_window(patient, self.as_of) else "none"

    def is_in_window(self, patient: Patient, day: date) -> bool:
        """May a DLT of the patient still come, by the sponsor's answer?"""
        if self.window is None or patient.infusion is None or patient in self.supposed:
            return False
        return day <= self.window.last_day(patient.infusion)

    def _count(self, level: int) -> Count:
        results = [self.result(p) for p in self.evaluated_at(level)]
        dlt = results.count("dlt")
        return Count(dlt + results.count("none"), dlt, bool(results))

    def counts(self) -> Iterator[LevelCounts]:
        """A row for each level, then for each other dose."""
        for number, level in enumerate(self.doses.levels):
            yield self._row(level.id, dose_text(level.dose), number, None)
        for dose in sorted({p.dose for p in self.enrolled if p.dose is not None}):
            yield self._row("", f"{dose_text(dose)}, {self.where(dose)}", None, dose)

    def _row(self, name: str, text: str, level: int | None, dose: Fraction | None) -> LevelCounts:
        enrolled = [p for p in self.enrolled if (p.level, p.dose) == (level, dose)]
        treated = [p for p in self.treated if (p.level, p.dose) == (level, dose)]
        judged = [p for p in treated if not p.expansion]
        found = {p.name: self.result(p) for p in judged}
        results = [*found.values()]
        expansion = [p for p in treated if p.expansion]
        return LevelCounts(
            id=name,
            dose=text,
            enrolled=len(enrolled),
            treated=len(treated),
            evaluated=results.count("dlt") + results.count("none"),
            dlt=results.count("dlt"),
            pending=[name for name, result in found.items() if result == "pending"],
            not_evaluable=[name for name, result in found.items() if result == "not evaluable"],
            expansion=len(expansion),
            expansion_dlt=sum(self.result(p) == "dlt" for p in expansion),
        )

    def events(self) -> Iterator[EventReport]:
        """Each DLT that is known, and each patient who can no longer be evaluated."""
        for patient in self.treated:
            result = self.result(patient)
            if patient in self.supposed or result not in ("dlt", "not evaluable"):
                continue
            is_dlt = result == "dlt"
            kind: Literal["DLT", "event of an expansion case", "not evaluable"] = "not evaluable"
            if is_dlt:
                kind = "event of an expansion case" if patient.expansion else "DLT"
            yield EventReport(
                patient=patient.name,
                level=self.level_text(patient),
                what=kind,
                occurred=str(patient.occurred or ""),
                known=str(patient.known or ""),
                term=patient.term,
                grade=patient.grade,
                why=patient.why,
                note=patient.note,
            )

    def level_text(self, patient: Patient) -> str:
        """The level of a patient, or the other dose."""
        if patient.level is not None:
            return self.doses.levels[patient.level].id
        assert patient.dose is not None
        return dose_text(patient.dose)

    def where(self, dose: Fraction) -> str:
        """Where another dose stands among the levels."""
        below = [level.id for level in self.doses.levels if level.dose < dose]
        above = [level.id for level in self.doses.levels if level.dose > dose]
        if below and above:
            return f"between {below[-1]} and {above[0]}"
        return f"above {below[-1]}" if below else f"below {above[0]}"

    @property
    def size(self) -> SizeReport:
        """Of how many patients there is one each; who counts may be open."""
        assert self.doses.most is not None
        reply = self.ledger.reply_about(self.doses.gap_about("counts"))
        counted = {"treated": len(self.treated), "enrolled": len(self.enrolled)}
        used = [counted[str(reply.value)]] if reply and reply.value else [*counted.values()]
        return SizeReport(
            most=self.doses.most,
            source=self.doses.most_source,
            treated=counted["treated"],
            enrolled=counted["enrolled"],
            left_least=max(0, self.doses.most - max(used)),
            left_most=max(0, self.doses.most - min(used)),
        )

    # What the page says

    def _ways(self) -> Iterator[_Way]:
        for ends in product(*(_ends(len(pending)) for pending in self.pending)):
            state = tuple(
                Count(count.treated + len(waiting) - gone, count.dlt + dlt, count.opened)
                for count, waiting, (dlt, gone) in zip(self.state, self.pending, ends, strict=True)
            )
            yield self._way(ends, state)

    def _way(self, ends: tuple[tuple[int, int], ...], state: State) -> _Way:
        """What the page says of a state; options only where there is room for a patient.

        Of counts that following the page cannot lead to, it says only what exceeds the MTD: that
        holds however the DLTs came about.
        """
        is_followed = follows(self.doses, state)
        return _Way(
            ends,
            tuple(
                said
                for said in said_of(self.doses, state)
                if not said.rule.beyond
                and (is_followed or said.kind in _ALWAYS)
                and (self.size.left_most > 0 or not said.is_option)
            ),
            is_followed,
        )

    @property
    def follows(self) -> bool:
        """Was following the page found to lead to the counts, in some way?"""
        return any(way.follows for way in self.ways)

    @property
    def now(self) -> list[Said]:
        """What the page says in every way that the pending patients can end.

        Where the ways have it from several rules, by the weakest of them: with 2 DLTs of 5 and one
        pending, the page says that 2 of 6 exceed the MTD; if the sixth cannot be evaluated, that is
        certain and not stated.
        """
        first, *others = self.ways or [_Way((), (), follows=False)]
        said_in = [{said.key: said for said in way.said} for way in others]
        return [
            max((said, *(each[said.key] for each in said_in)), key=_weakness)
            for said in first.said
            if all(said.key in each for each in said_in)
        ]

    @property
    def depends_on(self) -> list[str]:
        """The pending patients, where not every way says the same."""
        if len({way.key for way in self.ways}) == 1:
            return []
        return [p.name for pending in self.pending for p in pending]

    @property
    def verdict(self) -> Verdict:
        """Does the page give one answer for the next patient, allow none, or leave it open?"""
        size = self.size
        if size.left_most == 0:
            return "none more"
        if not self.follows or self.depends_on or size.left_least == 0:
            return "open"
        options = [said for said in self.now if said.is_option]
        chosen = [said for said in options if self.chosen(said)]
        if len(chosen or options) == 1:
            return "one answer"
        return "open" if options else "none more"

    def chosen(self, said: Said) -> Decision | None:
        """The decision for one of several options: the latest that names a clause of any."""
        options = [item for item in self.now if item.is_option]
        if said not in options or len(options) < 2:
            return None
        clauses = {name for item in options for name in item.rule.by}
        latest = next((d for d in reversed(self.decisions) if d.clause in clauses), None)
        return latest if latest and latest.clause in said.rule.by else None

    def report(self, said: Said) -> SaidReport:
        """What is said, in words, with its clauses and gaps."""
        decision = ""
        if chosen := self.chosen(said):
            decision = f"chosen on {chosen.day} by {chosen.by}"
        elif said.is_option and any(self.chosen(other) for other in self.now):
            decision = "not chosen"
        return self._plain(said, decision)

    def _plain(self, said: Said, decision: str = "") -> SaidReport:
        return SaidReport(
            kind=said.kind,
            levels=[self.doses.levels[level].id for level in said.levels],
            says=in_words(said, self.doses),
            clauses=list(said.rule.by),
            basis=said.rule.basis,
            gaps=list(said.rule.gaps),
            decision=decision,
        )

    def way_reports(self) -> Iterator[WayReport]:
        """What each way would bring: of the pending patients, or else of the next one."""
        if any(self.pending):
            for way in self.ways:
                yield self._way_report(_ended(way.ends, self.pending), way)
            return
        for said in self.now:
            level = next_level(said)
            if level is not None and said.is_option:
                for dlt in (False, True):
                    count = self.state[level].with_one(dlt=dlt)
                    after = (*self.state[:level], count, *self.state[level + 1 :])
                    what = f"next at {self.doses.levels[level].id}: {'DLT' if dlt else 'no DLT'}"
                    yield self._way_report(what, self._way((), after))

    def _way_report(self, what: str, way: _Way) -> WayReport:
        listed = [self._plain(item) for item in way.said]
        return WayReport(what=what, said=listed, comes_about=way.follows)

    # What has gone against the page

    def breaches(self) -> Iterator[BreachReport]:
        """Each patient who was treated otherwise than the page had it then, in order."""
        for place, patient in enumerate(self.treated):
            yield from self._of_patient(patient, self.treated[:place])
        for patient in self.treated:
            yield from self._late(patient)
            yield from self._unrecorded(patient)
        for given in self.given():
            if given.outside:
                says = f"was given {given.given}, {given.percent} of {given.level}: outside of the "
                yield self._breach("breach", given.patient, f"{says}tolerance", about="tolerance")

    def _of_patient(self, patient: Patient, earlier: list[Patient]) -> Iterator[BreachReport]:
        assert self.doses.most is not None
        if len(earlier) >= self.doses.most:
            says = f"is number {len(earlier) + 1} of at most {self.doses.most} patients"
            yield self._breach("breach", patient.name, says, about="size")
        states = [*self._states_before(patient, earlier)]
        if patient.level is None or patient.expansion:
            yield from self._of_other(patient, states)
            return
        level = self.doses.levels[patient.level].id
        there = [p for p in earlier if p.level == patient.level and not p.expansion and p.evaluable]
        if patient.evaluable and len(there) >= (self.doses.per_level or 0):
            says = (
                f"is number {len(there) + 1} to be evaluated at {level}, and the page has at most "
                f"{self.doses.per_level}; is one of them an expansion case?"
            )
            yield self._breach("breach", patient.name, says)
            return
        allowed = [
            moves(self.doses, state)[patient.level]
            for state in states
            if patient.level in moves(self.doses, state)
        ]
        if not allowed:
            yield self._against(patient, f"was treated at {level}", states)
        elif all(said.rule.beyond for said in allowed):
            rule = allowed[0].rule
            says = f"is number {len(there) + 1} at {level}, beyond those expected without a DLT"
            yield self._breach("warning", patient.name, says, rule.by, rule.gaps)
        if waiting := self._waited_for(patient, earlier):
            says = f"was treated at {level} while the DLT window of {waiting} at a lower level ran"
            yield self._breach("note", patient.name, says, about="waiting")

    def _of_other(self, patient: Patient, states: list[State]) -> Iterator[BreachReport]:
        """An expansion case, or a patient at another dose: allowed by what is said then?"""
        said = [item for state in states for item in said_of(self.doses, state)]
        if patient.expansion and patient.level is not None:
            level = self.doses.levels[patient.level].id
            if not any(item.kind == "expand" and patient.level in item.levels for item in said):
                does = f"is an expansion case at {level}"
                yield self._against(patient, does, states, "early expansion")
            return
        assert patient.dose is not None
        place = self.where(patient.dose)
        kind = {"between": "between", "above": "higher"}.get(place.partition(" ")[0])
        if not any(item.kind == kind for item in said):
            yield self._against(patient, f"was treated at a dose {place}", states, "another dose")

    def _against(
        self, patient: Patient, does: str, states: list[State], about: About | None = None
    ) -> BreachReport:
        said = [
            item
            for state in states
            for item in said_of(self.doses, state)
            if not item.rule.beyond and item.kind not in ("ask", "complete")
        ]
        words = dict.fromkeys(in_words(item, self.doses) for item in said)
        says = f"{does}, and the page had then: {'; or '.join(words) or 'nothing'}"
        clauses = dict.fromkeys(name for item in said for name in item.rule.by)
        gaps = dict.fromkeys(name for item in said for name in item.rule.gaps)
        return self._breach("breach", patient.name, says, clauses, gaps, about)

    def _states_before(self, patient: Patient, earlier: list[Patient]) -> Iterator[State]:
        """What may have been known when a patient was infused: each state that it may have been."""
        day = patient.infusion
        assert day is not None
        choices = []
        for level in range(len(self.doses.levels)):
            there = [p for p in earlier if p.level == level and not p.expansion]
            judged = [p for p in there if p.evaluable]
            known = [p for p in judged if self.was_known(p, day)]
            dlt = sum(p.dlt is True for p in known)
            open_ = len(judged) - len(known)
            choices.append(
                [Count(len(judged), dlt + more, bool(there)) for more in range(open_ + 1)]
            )
        yield from product(*choices)

    def was_known(self, patient: Patient, day: date) -> bool:
        """Was the result of a patient known on a day? A DLT without a date may have been or not."""
        if patient.dlt is None or patient in self.supposed:
            return False
        if patient.known_from is None:
            return not patient.dlt
        return patient.known_from <= day

    def _waited_for(self, patient: Patient, earlier: list[Patient]) -> str:
        """Who, at a lower level, could still have a DLT when a patient was infused."""
        day, level = patient.infusion, patient.level
        assert day is not None and level is not None
        return ", ".join(
            p.name
            for p in earlier
            if p.level is not None and p.level < level and not p.expansion and p.evaluable
            if self.is_in_window(p, day)
        )

    def _late(self, patient: Patient) -> Iterator[BreachReport]:
        """A DLT that was known only after somebody was treated at a higher level."""
        known = patient.known_from
        if patient.level is None or not patient.dlt or known is None or known > self.as_of:
            return
        above = [
            p.name
            for p in self.treated
            if p.level is not None
            and p.level > patient.level
            and p.infusion is not None
            and (patient.infusion or p.infusion) <= p.infusion < known
        ]
        if above and not patient.expansion:
            says = (
                f"had a DLT that was known on {known}, after {', '.join(above)} had the level above"
            )
            yield self._breach("note", patient.name, says, about="known late")

    def _unrecorded(self, patient: Patient) -> Iterator[BreachReport]:
        if self.window is None or patient.infusion is None or patient in self.supposed:
            return
        last = self.window.last_day(patient.infusion)
        if (
            patient.dlt is None
            and patient.evaluable
            and not patient.expansion
            and last < self.as_of
        ):
            says = f"has no result, and the DLT window ended on {last}"
            yield self._breach("note", patient.name, says, about="window")
        if patient.dlt is False and self.is_in_window(patient, self.as_of):
            says = f"is recorded as without DLT, and the window runs until {last}: pending"
            yield self._breach("note", patient.name, says, about="window")

    def _breach(
        self,
        weight: Weight,
        patient: str,
        says: str,
        clauses: Iterable[str] = (),
        gaps: Iterable[str] = (),
        about: About | None = None,
    ) -> BreachReport:
        gap = self.doses.gap_about(about) if about else None
        return BreachReport(
            weight=weight,
            patient=patient,
            says=says,
            clauses=list(clauses),
            gaps=[*gaps, *([gap.id] if gap else [])],
        )

    def given(self) -> Iterator[GivenReport]:
        """The dose of each patient whose dose is recorded, beside that of the level."""
        reply = self.ledger.reply_about(self.doses.gap_about("tolerance"))
        tolerance = self.doses.tolerance
        if tolerance is None and reply and isinstance(reply.value, Fraction):
            tolerance = reply.value
        for patient in self.treated:
            if patient.given is None:
                continue
            level = None if patient.level is None else self.doses.levels[patient.level]
            meant = level.dose if level else patient.dose
            assert meant is not None
            share = patient.given / meant
            yield GivenReport(
                patient=patient.name,
                level=self.level_text(patient),
                given=dose_text(patient.given),
                percent=_percent(share),
                outside=None if tolerance is None else abs(share - 1) > tolerance,
            )

    # Gaps

    def arising(self, given: Sequence[GivenReport]) -> Iterator[str]:
        """The gaps that what the ledger holds brings up, beside those of the rules."""
        size = self.size
        abouts: Mapping[About, bool] = {
            "window": any(self.result(p) == "pending" for p in self.treated if not p.expansion),
            "waiting": any(self.pending),
            "not evaluable": any(self.pending)
            or any(self.result(p) == "not evaluable" for p in self.treated),
            "counts": size.treated != size.enrolled,
            "tolerance": bool(given),
            "another dose": any(p.dose is not None for p in self.treated),
            "size": size.left_most == 0,
        }
        for subject, arises in abouts.items():
            gap = self.doses.gap_about(subject)
            if gap and arises:
                yield gap.id

    def questions(self, arising: set[str]) -> Iterator[QuestionReport]:
        """Each gap that matters here, with its answer."""
        for gap in self.doses.gaps:
            reply = self.ledger.replies.get(gap.id)
            if gap.id in arising or reply:
                value = f" ({_value_text(reply.value)})" if reply and reply.value else ""
                yield QuestionReport(
                    id=gap.id,
                    asks=gap.asks,
                    answer=f"{reply.says}{value}" if reply else "",
                    source=reply.source if reply else "",
                    date=reply.day.isoformat() if reply and reply.day else "",
                )


def _weakness(said: Said) -> tuple[int, int]:
    """How far from the page's own words: first what is certain, then implied, then stated."""
    return ("stated", "implied", "certain").index(said.rule.basis), len(said.rule.gaps)


def _is_by(day: date | None, as_of: date) -> bool:
    """Is a day not after the one looked at? What has no date counts as before."""
    return day is None or day <= as_of


def _ends(waiting: int) -> list[tuple[int, int]]:
    """How so many pending patients of a level can end: (with a DLT, no longer evaluable)."""
    return [(dlt, gone) for gone in range(waiting + 1) for dlt in range(waiting - gone + 1)]


def _ended(ends: tuple[tuple[int, int], ...], pending: list[list[Patient]]) -> str:
    """One way in words: "P-4, P-5: 1 DLT, 1 not evaluable"."""
    parts = []
    for (dlt, gone), waiting in zip(ends, pending, strict=True):
        if not waiting:
            continue
        names = ", ".join(p.name for p in waiting)
        if len(waiting) == 1:
            said = "DLT" if dlt else "not evaluable" if gone else "no DLT"
        else:
            said = f"{dlt or 'no'} DLT{'s' if dlt > 1 else ''} of {len(waiting) - gone}"
            said += f", {gone} not evaluable" if gone else ""
        parts.append(f"{names}: {said}")
    return "; ".join(parts)


def _value_text(value: object) -> str:
    return _percent(value) if isinstance(value, Fraction) else str(value)


def _percent(share: Fraction) -> str:
    """A share in percent, to one place where it has more."""
    tenths = share * 1000
    return f"{decimal(share * 100) if tenths.denominator == 1 else about(share * 100, 1)} %"
