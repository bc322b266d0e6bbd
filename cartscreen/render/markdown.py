"""Markdown, for pasting into a ticket or a note."""

import re
from collections.abc import Iterable, Sequence

from cartscreen.contract import Failure, Head, Next, Report, TrialReport
from cartscreen.pattern import pattern
from cartscreen.render.text import STATUSES, VERDICTS, explained, hashes, heading, of_heading, rows
from cartscreen.text import visible


def render(item: Report | Failure, *, only: tuple[str, ...] = STATUSES) -> str:
    """One report as Markdown."""
    if isinstance(item, Failure):
        lines = _failure(item)
    else:
        lines = report_lines(item, item.trials, item.next, only)
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in a table cell too: no markup, no link and no mention.

    Trackers make links of addresses and of names (@name, #12, !12) in the finished page, where a
    backslash is gone; an empty comment in the middle keeps them apart, and is not shown.
    """
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for letter in "\\`*_[]|#~":
        shown = shown.replace(letter, f"\\{letter}")
    return _LINKED.sub(lambda found: f"{found[0]}<!-- -->", shown)


_LINKED = pattern(
    r"@(?=\w)|:(?=//)|\bwww(?=\.)|#(?=\d)|(?<!\w)!(?=\d)|\b(?:mailto|tel|xmpp)(?=:)", re.IGNORECASE
)


def _failure(failure: Failure) -> Iterable[str]:
    yield f"# {escaped(failure.file)}: not judged"
    yield ""
    yield from (f"- {escaped(fault)}" for fault in failure.error)


def report_lines(
    head: Head, trials: Sequence[TrialReport], following: Sequence[Next], only: tuple[str, ...]
) -> Iterable[str]:
    """The lines of a report: who was judged by what, then each trial, then what to get next."""
    first, *others = heading(head)
    yield f"# {escaped(first)}"
    yield ""
    yield from (f"{escaped(line)}  " for line in others)
    yield ""
    yield "| Trial | Matched | Failed | Unknown | Verdict | Registry status |"
    yield "|---|---:|---:|---:|---|---|"
    for trial in trials:
        counts = trial.counts
        yield (
            f"| {escaped(trial.id)} | {counts.matched} | {counts.failed} | {counts.unknown} "
            f"| **{VERDICTS[trial.verdict]}** | {escaped(trial.registry_status or 'not stated')} |"
        )
    yield ""
    yield from (f"- Warning: {escaped(warning)}" for warning in head.warnings)
    for trial in trials:
        yield from _trial(trial, only)

    if following:
        yield from ("", "## What to get next", "")
    for item in following:
        yield f"1. {escaped(item.label)} ({item.obtain}): {escaped(', '.join(item.trials))}"
    yield ""
    yield from (f"{line}  " for line in hashes(head))
    yield from ("", f"*{escaped(head.notice)}*")


def _trial(trial: TrialReport, only: tuple[str, ...]) -> Iterable[str]:
    yield from ("", f"## {escaped(trial.id)} {escaped(trial.registry)}: {escaped(trial.name)}", "")
    yield f"**{VERDICTS[trial.verdict]}**"
    yield from (f"- Warning: {escaped(warning)}" for warning in trial.warnings)
    for status in STATUSES:
        shown = list(rows(trial, status))
        if status in only and shown:
            count = sum(depth == 0 for depth, _ in shown)
            yield from ("", f"### {status.capitalize()} ({count})", "")
            yield from (
                "| Id | Criterion | What was found, or why it is unknown |",
                "|---|---|---|",
            )
            for depth, criterion in shown:
                said = of_heading(criterion, trial) if criterion.heading else explained(criterion)
                title = f"{'– ' * depth}{criterion.title} ({criterion.source})"  # noqa: RUF001
                yield f"| {escaped(criterion.id)} | {escaped(title)} | {escaped(said)} |"
    if trial.gaps:
        yield from ("", "What the page lacks or contradicts:", "")
        yield from (f"- {escaped(gap)}" for gap in trial.gaps)
