"""Where a study stands between its dose levels: what `escalation` prints, and `show --doses`."""

from collections.abc import Iterable, Iterator

from cartscreen.escalation.contract import (
    BreachReport,
    Escalation,
    EventReport,
    QuestionReport,
    SaidReport,
    WayReport,
)
from cartscreen.escalation.table import Said, State, empty, reachable, said_of
from cartscreen.escalation.words import BASIS, in_words
from cartscreen.pack.doses import Doses, dose_text
from cartscreen.pack.trial import Trial
from cartscreen.render.draw import Pairs, item, ruled
from cartscreen.render.markdown import escaped
from cartscreen.render.paper import RenderableType, Text
from cartscreen.render.text import program
from cartscreen.text import visible

COLUMNS = (
    "trial", "file", "as_of", "part", "subject", "says", "clauses", "basis", "gaps", "more",
    "tool", "pack_sha256", "ledger_sha256", "notice",
)  # fmt: skip
"""Of the CSV: a line for each level, each thing that the page says, each breach and so on."""

_COUNTS = ("Level", "Dose", "Enrolled", "Treated", "Evaluated", "DLT", "Pending", "Expansion")
_SENTENCES_BELOW = 72  # columns: the heads of the counts stay whole in no fewer

NO_RULE = "The page gives no rule for moving between dose levels."
_SEVERAL = "The page does not say which of the options comes first; people choose."
_NONE_LEFT = "No further patient, by the page."
_CANNOT = "following the page was not found to lead to these counts; it has no option for them"


def lines(report: Escalation, width: int) -> Iterable[RenderableType]:
    """The report as rich renderables; in a narrow terminal the counts are sentences."""
    title, *head = heading(report)
    yield Text(visible(title), "bold")
    for line in head:
        yield Text(visible(line))
    yield Text()
    if width < _SENTENCES_BELOW:
        yield from (item(name, visible(f"{says} ({dose})")) for name, says, dose in _told(report))
    else:
        yield _counts(report)
    yield Text(visible(size_line(report)))
    for title, rows in sections(report):
        yield Text()
        yield Text(title.upper(), "bold")
        for mark, text in rows:
            yield item(visible(mark), visible(text))
    yield Text()
    yield Text(f"Criteria sha256 {report.pack.sha256}")
    yield Text(f"Ledger sha256 {report.ledger_sha256}")
    yield Text(report.notice)


def _counts(report: Escalation) -> RenderableType:
    table = ruled()
    for name in _COUNTS:
        table.add_column(name, overflow="fold", justify="left" if name in _COUNTS[:2] else "right")
    for row in count_rows(report):
        table.add_row(*(Text(visible(cell)) for cell in row))
    return table


def heading(report: Escalation) -> list[str]:
    """Of which study, on which day, by what; what is supposed, and how long a DLT counts."""
    parts = (_study(report), _ledger(report), made_by(report), supposed(report), _window(report))
    return [part for part in parts if part]


def _study(report: Escalation) -> str:
    named = " ".join(part for part in (report.trial, report.registry) if part)
    return f"{named}: dose escalation"


def _ledger(report: Escalation) -> str:
    return f"Ledger {report.file} as of {report.as_of} ({_FROM[report.as_of_from]})"


_FROM = {"option": "by --as-of", "today": "today"}


def made_by(report: Escalation) -> str:
    """The program and the criteria that made the report."""
    bundled = "" if report.pack.bundled else ", not those that come with the program"
    return f"{program(report)}, criteria {report.pack.id} {report.pack.version}{bundled}"


def supposed(report: Escalation) -> str:
    """The further patients of --what-if; empty where nobody is supposed."""
    counts = "; ".join(report.what_if)
    return f"What if: {counts} (further patients)" if counts else ""


def _window(report: Escalation) -> str:
    if not report.window:
        return ""
    return f"DLT window by the sponsor's answer: {report.window} after the infusion"


def count_rows(report: Escalation) -> Iterator[tuple[str, ...]]:
    """A row for each level and other dose, under _COUNTS."""
    for level in report.levels:
        events = f" ({level.expansion_dlt} DLT)" if level.expansion_dlt else ""
        yield (
            level.id or "other",
            level.dose,
            *map(str, (level.enrolled, level.treated, level.evaluated, level.dlt)),
            str(len(level.pending)),
            f"{level.expansion}{events}",
        )


def size_line(report: Escalation) -> str:
    """N of 12."""
    size = report.size
    used = f"{size.treated} treated"
    if size.enrolled != size.treated:
        used += f" and {size.enrolled} enrolled"
    left = f"{size.left_most} left"
    if size.left_least != size.left_most:
        left = f"{size.left_least} or {size.left_most} left, as it is open who counts"
    return f"{used}, of at most {size.most} ({size.source}): {left}"


def sections(report: Escalation) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The parts below the counts, each with its rows: (mark, text)."""
    yield "What the page says now", [*_now(report)]
    if report.ways:
        title = "What each way would bring"
        yield title, [("-", f"{what}: {says}") for what, says in ways(report)]
    if report.breaches:
        yield (
            "Against the page, or where it has no rule",
            [(_MARK[each.weight], breach_line(each)) for each in report.breaches],
        )
    if report.events:
        title = "DLTs, and who can no longer be evaluated"
        yield title, [("-", event_line(event)) for event in report.events]
    if report.given:
        yield "Doses given", [("-", text) for text in _given(report)]
    if report.decisions:
        told = [
            ("-", f"{d.date} {d.clause}, by {d.by}{f': {d.note}' if d.note else ''}")
            for d in report.decisions
        ]
        yield "Decisions", told
    if report.clauses:
        told = [(clause.id, f"{clause.says} [{clause.source}]") for clause in report.clauses]
        yield "The clauses, restated, with their place on the page", told
    if report.questions:
        yield "What the page leaves open", [(q.id, text) for q, text in _questions(report)]


_MARK = {"breach": "x", "warning": "!", "note": "-"}


def _now(report: Escalation) -> Iterator[tuple[str, str]]:
    for said in report.now:
        yield "-", said_line(said)
    yield from _ends(report)


def _ends(report: Escalation) -> Iterator[tuple[str, str]]:
    """What stands below the clauses: no place, no level, no choice made, or who is waited for."""
    if not report.follows:
        yield "x", _CANNOT
        return
    if report.size.left_most == 0:
        yield "x", f"{report.size.most} patients are reached: none is left."
    elif report.depends_on:
        rest = "the rest depends" if report.now else "it depends"
        yield "?", f"{rest} on {', '.join(report.depends_on)}"
    elif report.verdict == "none more":
        yield "x", _NONE_LEFT
    options = [said for said in report.now if said.kind in _OPEN]
    if len(options) > 1 and not any(said.decision for said in options):
        yield "?", f"{_SEVERAL} They share the places that are left."


_OPEN = ("treat", "open", "between", "higher", "expand")


def said_line(said: SaidReport) -> str:
    """What the page says, with its clauses, on what basis, and by whom it was chosen."""
    more = [", ".join((*said.clauses, *said.gaps)), BASIS[said.basis], said.decision]
    return f"{said.says} ({'; '.join(part for part in more if part)})"


def ways(report: Escalation) -> Iterator[tuple[str, str]]:
    """(ways that come to the same, what the page says then)."""
    for what, way in _ways(report):
        said = [f"{each.says} ({', '.join((*each.clauses, *each.gaps))})" for each in way.said]
        yield what, "; ".join((*said, *_end_of(way)))


def _ways(report: Escalation) -> Iterator[tuple[str, WayReport]]:
    """(ways that come to the same, one of them)."""
    found: list[tuple[list[str], WayReport]] = []
    for way in report.ways:
        for whats, same in found:
            if (same.said, same.comes_about) == (way.said, way.comes_about):
                whats.append(way.what)
                break
        else:
            found.append(([way.what], way))
    for whats, way in found:
        yield " / ".join(whats), way


def _end_of(way: WayReport) -> list[str]:
    """What stands beside the clauses of a way, or in their place."""
    if not way.comes_about:
        return [_CANNOT]
    return [] if way.said else [_NONE_LEFT]


def breach_line(breach: BreachReport) -> str:
    """What was done otherwise than the page has it, by whom, with clauses and gaps."""
    places = ", ".join((*breach.clauses, *breach.gaps))
    return f"{breach.patient} {breach.says}{f' ({places})' if places else ''}"


def event_line(event: EventReport) -> str:
    """A DLT with term, grade and days, or why a patient can no longer be evaluated."""
    told = [
        event.term,
        f"grade {event.grade}" if event.grade is not None else "",
        event.occurred,
        f"known {event.known}" if event.known else "",
        event.why,
        event.note,
    ]
    more = ", ".join(part for part in told if part)
    return f"{event.patient} at {event.level}: {event.what}{f' ({more})' if more else ''}"


def _given(report: Escalation) -> Iterator[str]:
    for given in report.given:
        yield (
            f"{given.patient}: {given.given}, {given.percent} of {given.level}; "
            f"{_OUTSIDE[given.outside]}"
        )


_OUTSIDE = {
    None: "no tolerance is stated",
    True: "outside of the tolerance",
    False: "inside",
}


def _questions(report: Escalation) -> Iterator[tuple[QuestionReport, str]]:
    for question in report.questions:
        told = ", ".join(part for part in (question.source, question.date) if part)
        answer = f" Answered: {question.answer} [{told}]" if question.answer else ""
        yield question, f"{question.asks}{answer}"


def markdown(report: Escalation) -> str:
    """The report as Markdown."""
    title, *head = heading(report)
    text = [f"# {escaped(title)}", "", *(f"{escaped(line)}  " for line in head), ""]
    text += [f"| {' | '.join(_COUNTS)} |", f"|{'---|' * len(_COUNTS)}"]
    text += [f"| {' | '.join(map(escaped, row))} |" for row in count_rows(report)]
    text += ["", escaped(size_line(report))]
    for title, rows in sections(report):
        text += ["", f"## {escaped(title)}", ""]
        text += [
            f"- {escaped(said)}" if mark in _PLAIN else f"- **{escaped(mark)}** {escaped(said)}"
            for mark, said in rows
        ]
    text += ["", f"Criteria sha256 {report.pack.sha256}  "]
    text += [f"Ledger sha256 {report.ledger_sha256}  ", "", f"*{escaped(report.notice)}*"]
    return "\n".join(text) + "\n"


_PLAIN = ("-",)


def rows(report: Escalation) -> list[dict[str, object]]:
    """The report as rows of one form, for CSV."""
    head = {"trial": report.trial, "file": report.file, "as_of": report.as_of}
    end = {
        "tool": program(report),
        "pack_sha256": report.pack.sha256,
        "ledger_sha256": report.ledger_sha256,
        "notice": report.notice,
    }
    return [
        {**dict.fromkeys(COLUMNS, ""), **head, **row, **end}
        for row in (*_level_rows(report), *_said_rows(report), *_other_rows(report))
    ]


def _told(report: Escalation) -> Iterator[tuple[str, str, str]]:
    """(level, its counts in words, its dose)."""
    for name, dose, *counts in count_rows(report):
        words = zip(counts, _COUNTS[2:], strict=True)
        yield name, ", ".join(f"{n} {w if w == 'DLT' else w.lower()}" for n, w in words), dose


def _level_rows(report: Escalation) -> Iterator[dict[str, object]]:
    for name, says, dose in _told(report):
        yield {"part": "level", "subject": name, "says": says, "more": dose}
    yield {"part": "size", "says": size_line(report)}


def _said_rows(report: Escalation) -> Iterator[dict[str, object]]:
    for said in report.now:
        yield {"part": "now", "subject": " ".join(said.levels), **_of(said), "more": said.decision}
    depends = ", ".join(report.depends_on)
    more = f"depends on {depends}" if depends else "" if report.follows else _CANNOT
    yield {"part": "verdict", "says": report.verdict, "more": more}
    for way in report.ways:
        more = "" if way.comes_about else _CANNOT
        for said in way.said:
            yield {"part": "way", "subject": way.what, **_of(said), "more": more}
        if not way.said:
            yield {"part": "way", "subject": way.what, "says": _NONE_LEFT, "more": more}


def _of(said: SaidReport | BreachReport) -> dict[str, object]:
    basis = said.basis if isinstance(said, SaidReport) else ""
    return {
        "says": said.says,
        "clauses": " ".join(said.clauses),
        "basis": basis,
        "gaps": " ".join(said.gaps),
    }


def _other_rows(report: Escalation) -> Iterator[dict[str, object]]:
    for breach in report.breaches:
        yield {"part": breach.weight, "subject": breach.patient, **_of(breach)}
    for event in report.events:
        yield {"part": "event", "subject": event.patient, "says": event_line(event)}
    for given, text in zip(report.given, _given(report), strict=True):
        yield {"part": "dose", "subject": given.patient, "says": text}
    for decision in report.decisions:
        says = f"{decision.clause}, by {decision.by}"
        more = decision.note
        yield {"part": "decision", "subject": decision.date, "says": says, "more": more}
    for question in report.questions:
        told = {"says": question.asks, "more": question.answer}
        yield {"part": "question", "subject": question.id, **told}


def html(report: Escalation) -> str:
    """One page to read, print or file, which loads nothing and runs no script."""
    from cartscreen.render.page import page

    return page(
        "escalation.html.jinja",
        report=report,
        study=_study(report),
        ledger=_ledger(report),
        supposed=supposed(report),
        window=_window(report),
        made_by=made_by(report),
        heads=_COUNTS,
        counts=list(zip(report.levels, count_rows(report), strict=True)),
        size=size_line(report),
        ends=list(_ends(report)),
        ways=[(what, way, _end_of(way)) for what, way in _ways(report)],
        clauses={clause.id for clause in report.clauses},
        gaps={question.id for question in report.questions},
        BASIS=BASIS,
        OUTSIDE=_OUTSIDE,
        TONE=_TONE,
    )


_TONE = {"x": "failed", "?": "unknown", "breach": "failed", "warning": "unknown"}


# show --doses


def doses_page(trial: Trial) -> Iterable[RenderableType]:
    """What the page gives of dose levels, its clauses and gaps, and the whole decision table."""
    yield Text(visible(f"{trial.id}: dose levels"), "bold")
    yield from levels_part(trial)
    doses = trial.doses
    if not doses.rules:
        return
    yield Text()
    yield Text("The clauses, restated, with their place on the page", "bold")
    for clause in doses.clauses:
        yield item(clause.id, visible(f"{clause.says} [{clause.source}]"))
    yield Text()
    yield Text("What the page leaves open", "bold")
    for gap in doses.gaps:
        yield item(gap.id, visible(gap.asks))
    yield from _table_of(doses)


def levels_part(trial: Trial) -> Iterable[RenderableType]:
    """Levels, size and design, as far as the page has them."""
    doses = trial.doses
    for level in doses.levels:
        note = f"; {level.note}" if level.note else ""
        yield item("-", visible(f"{level.id}: {dose_text(level.dose)} [{level.source}{note}]"))
    if not doses.levels:
        yield Text("The page names no dose levels.")
    size = trial.about.enrollment or "not stated"
    if doses.most:
        size = f"at most {doses.most} [{doses.most_source}]"
    design = f"{doses.design} [{doses.source}]" if doses.design else "not stated"
    yield Pairs((("design", visible(design)), ("patients", visible(size))))
    if not doses.rules:
        yield Text(NO_RULE)


MOST_SHOWN = 5000
"""Two levels by 3+3 have a few hundred states; nobody could read a table of more than so many."""


def _table_of(doses: Doses) -> Iterable[RenderableType]:
    states = []
    for state in reachable(doses):
        states.append(state)
        if len(states) > MOST_SHOWN:
            yield Text()
            yield Text(f"There are more than {MOST_SHOWN} states; the table is not printed.")
            return
    rows = grouped(doses, states)
    yield Text()
    title = f"What the page says, by DLTs among patients evaluated ({len(states)} states)"
    yield Text(title, "bold")
    names = [level.id for level in doses.levels]
    for cells, said in rows:
        yield Text()
        told = [f"{name} {cell}" for name, cell in zip(names, cells, strict=True) if cell]
        yield Text(visible("; ".join(told)), "bold")
        for each in said:
            yield item("  -", visible(each))
    yield Text()
    yield Text(
        f"With {doses.most} patients there is no place left for an option. The table counts nobody "
        "who is pending, no longer evaluable, of an expansion or at another dose."
    )


def grouped(doses: Doses, states: Iterable[State]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(for each level, its counts; what the page says): states that it says the same of, together.

    Counts are DLTs/patients, those of a level that belong together with commas between.
    """
    rows = [
        (tuple(_cell(state, level) for level in range(len(state))), _said_lines(doses, state))
        for state in states
    ]
    for level in reversed(range(len(empty(doses)))):
        joined: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for cells, said in rows:
            others = (*cells[:level], "", *cells[level + 1 :])
            joined.setdefault((others, said), []).append(cells[level])
        rows = [
            ((*others[:level], ", ".join(listed), *others[level + 1 :]), said)
            for (others, said), listed in joined.items()
        ]
    return rows


def _cell(state: State, level: int) -> str:
    return state[level].text if state[level].opened or level == 0 else ""


def _said_lines(doses: Doses, state: State) -> tuple[str, ...]:
    """What the page says of a state; where all places are taken, only what is concluded."""
    full = doses.most is not None and sum(count.treated for count in state) >= doses.most
    said = [each for each in said_of(doses, state) if not (full and each.is_option)]
    lines = [_said_line(each, doses) for each in said if not each.rule.beyond]
    if any(said.rule.beyond for said in said) and not full:
        lines += [f"{_said_line(s, doses)}: warned about" for s in said if s.rule.beyond]
    return (*lines, *([f"{doses.most} patients are reached"] if full else []))


def _said_line(said: Said, doses: Doses) -> str:
    basis = BASIS[said.rule.basis]
    places = ", ".join((*said.rule.by, *said.rule.gaps))
    return f"{in_words(said, doses)} ({places}{f'; {basis}' if basis else ''})"
