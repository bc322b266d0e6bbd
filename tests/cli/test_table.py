"""The table of `check`: its length, and that all it says is what the JSON says."""

import re
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
from program import ADULT, EXAMPLES, flat, is_whole

from cartscreen.cli.files import chart_of_file
from cartscreen.contract import CriterionReport, Report, TrialReport
from cartscreen.pack.pack import bundled_pack
from cartscreen.plan.obstacles import Outlook
from cartscreen.plan.outlook import outlook
from cartscreen.plan.plan import plan
from cartscreen.render import batch, table
from cartscreen.render.text import VERDICTS
from cartscreen.report import report

FILES = sorted(EXAMPLES.glob("*.toml"))
EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
MARKS = {"failed": "x", "unknown": "?", "matched": "+"}


@cache
def seen(file: Path) -> Outlook:
    pack = bundled_pack()
    chart, origin = chart_of_file(str(file), pack, None)
    return outlook(chart, pack.trials, file=str(file), date_from=origin)


@cache
def told(file: Path) -> Report:
    """What the JSON has."""
    pack = bundled_pack()
    chart, origin = chart_of_file(str(file), pack, None)
    return report(chart, pack.trials, file=str(file), date_from=origin)


def counted(trial: TrialReport, status: str) -> list[CriterionReport]:
    return [one for one in trial.criteria if one.counted and one.status == status]


def things_to_do(trial: TrialReport, found: Report) -> tuple[int, int, int]:
    """How much there is to get, to ask and to look up, by the JSON alone.

    To get is each entry of `next` that names the trial. A question is open where a criterion that
    is unknown waits for its answer, and can still decide; a gap of the page, and a choice between
    readings, are for the protocol.
    """
    get = sum(trial.id in item.trials for item in found.next)
    by_id = {one.id: one for one in trial.criteria}
    waiting: dict[str, CriterionReport] = {}
    for one in trial.criteria:
        above, opened = one.parent, one.status == "unknown" and not one.heading
        while opened and above:
            opened, above = by_id[above].status == "unknown", by_id[above].parent
        for place in one.missing if opened else ():
            if place.startswith("answers."):
                waiting.setdefault(place.removeprefix("answers."), one)
    trial_read = next(item for item in bundled_pack().trials if item.id == trial.id)
    asked = {
        key: question.about
        for key in waiting
        if key not in trial_read.choices
        and (question := trial_read.by_id[key].question) is not None
    }
    ask = sum(about in ("judgement", "promise") for about in asked.values())
    return get, ask, len(waiting) - ask


# how long it is


@pytest.mark.parametrize(("width", "most"), [(80, 120), (120, 100)])
def test_the_full_example_is_short(width: int, most: int) -> None:
    """Five trials of one patient whose chart is full, on about two pages."""
    lines = table.render(seen(Path(ADULT)), width=width).splitlines()

    assert len(lines) <= most
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_all_unfolds_every_criterion(width: int) -> None:
    """Each counted criterion stands in a row of its own, with its title as the page has it."""
    out = table.render(seen(Path(ADULT)), everything=True, width=width)

    for trial in told(Path(ADULT)).trials:
        block = block_of(trial, out)
        for one in (one for one in trial.criteria if one.counted):
            mark = re.escape(MARKS[one.status])
            assert re.search(rf"^{mark} +{re.escape(one.id)} ", block, re.MULTILINE), one.id
            if width == 120:
                first = flat(one.title)[:30].rpartition(" ")[0]
                assert first in flat(block), one.title


def block_of(trial: TrialReport, out: str) -> str:
    """What the table says of one trial, after the summary."""
    _, _, blocks = out.partition("x failed, ? unknown")
    _, _, block = blocks.partition(f"\n{trial.id}  ")
    return block.partition("\n\n")[0]


# what it says


@EACH
def test_every_word_of_the_summary_is_true_of_the_json(file: Path) -> None:
    """Order, verdict, counts, what rules out, how much is open, and the sentence at the end."""
    found = told(file)
    lines = {row.trial: row for row in table.rows_of(seen(file).ranked)}
    assert lines.keys() == {trial.id for trial in found.trials}

    for trial in found.trials:
        row = lines[trial.id]
        assert (row.verdict, row.counts) == (trial.verdict, trial.counts)
        failed = [one.id for one in counted(trial, "failed")]
        if failed:
            first, _, others = row.says.partition("; also ")
            assert [first.split(" ")[0], *filter(None, others.split(", "))] != []
            assert {first.split(" ")[0], *filter(None, others.split(", "))} == set(failed)
        else:
            numbers = re.findall(r"(\d+) (to get|to ask|for the protocol)", row.says)
            said = {what: int(number) for number, what in numbers}
            wanted = things_to_do(trial, found)
            names = ("to get", "to ask", "for the protocol")
            assert tuple(said.get(name, 0) for name in names) == wanted
            assert bool(row.says) == (trial.verdict == "undetermined")

    by_verdict = {
        verdict: [trial.id for trial in found.trials if trial.verdict == verdict]
        for verdict in VERDICTS
    }
    out = table.render(seen(file), width=200)
    last = flat(out.rpartition("\n\n")[2])
    for verdict, words in (("eligible", "meet"), ("undetermined", "open: ")):
        ids = by_verdict[verdict]
        assert (f"{len(ids)} {words}" in last) == bool(ids)
        assert all(is_whole(name, last) for name in ids)
    out_of = by_verdict["ineligible"]
    assert last.endswith(f"{len(out_of)} ruled out") or not out_of


@pytest.mark.parametrize("name", ["sle-ruled-out", "sle-nephritis-adult", "sle-child-refractory"])
def test_how_far_and_in_what_order_is_as_the_plan_has_it(name: str) -> None:
    """What rules out, its distances, what could change it and when, and the order of the trials.

    The plan looks at every criterion of all days ahead, the table only at those that have failed
    and may pass: no longer at the age of an adult, who is too old for a trial of children.
    """
    file, pack = EXAMPLES / f"{name}.toml", bundled_pack()
    chart, origin = chart_of_file(str(file), pack, None)
    planned = plan(chart, pack.trials, file=str(file), date_from=origin)

    assert [trial.id for trial in seen(file).ranked] == [trial.id for trial in planned.trials]
    for ours, theirs in zip(seen(file).ranked, planned.trials, strict=True):
        assert ours.obstacles == theirs.obstacles


@pytest.mark.parametrize(
    ("file", "width"),
    [*zip(FILES, cycle([60, 80, 120]))],
    ids=lambda of: getattr(of, "stem", None),
)
def test_every_trial_shows_all_three_statuses(file: Path, width: int) -> None:
    """Each counted criterion is in the block of its trial, by its mark, at any width."""
    out = table.render(seen(file), width=width)

    assert all(len(line) <= width for line in out.splitlines())
    for trial in told(file).trials:
        block = block_of(trial, out)
        for status, mark in MARKS.items():
            listed = counted(trial, status)
            assert not listed or re.search(rf"^{re.escape(mark)} ", block, re.MULTILINE)
            assert [one.id for one in listed if not is_whole(one.id, block)] == []


@EACH
def test_what_is_excluded_and_absent_does_not_read_as_present(file: Path) -> None:
    """A matched exclusion says "no ...", or that it does not apply, or a number, or "negative"."""
    for trial in seen(file).trials:
        for one in counted(trial, "matched"):
            cell = table.cell(one, trial, 31)
            if one.kind == "exclusion":
                assert re.match(r"no ", cell) or re.search(
                    r": does not apply$| negative$| ~?[<>]?=?\d", cell
                ), (one.id, cell)


@EACH
def test_what_to_get_is_what_the_report_lists(file: Path) -> None:
    """Each thing that an undetermined trial waits for is in its block, as `next` calls it."""
    out = table.render(seen(file), width=1000)
    for trial in told(file).trials:
        if trial.verdict == "undetermined":
            block = block_of(trial, out)
            waits = [item.label for item in told(file).next if trial.id in item.trials]
            assert [label for label in waits if label not in block] == []


def test_a_batch_says_what_each_summary_says() -> None:
    """A cell of the matrix has the ids that rule out, or the counts; the totals are of the JSON."""
    lines = [batch.line_of(seen(file)) for file in FILES]
    out = flat(batch.render(lines, width=200))

    for file, line in zip(FILES, lines, strict=True):
        for trial in told(file).trials:
            cell = line.cells[trial.id]
            assert cell.verdict == trial.verdict
            match trial.verdict:
                case "ineligible":
                    assert cell.says.split() == [one.id for one in counted(trial, "failed")]
                case "undetermined":
                    get, ask, protocol = things_to_do(trial, told(file))
                    counts = ((get, "get"), (ask, "ask"), (protocol, "protocol"))
                    assert cell.says == " ".join(f"{n} {what}" for n, what in counts if n)
                case _:
                    assert cell.says == "meets all"
    best = [{trial.verdict for trial in told(file).trials} for file in FILES]
    fits = sum("eligible" in each for each in best)
    opened = sum("undetermined" in each and "eligible" not in each for each in best)
    assert f"{len(FILES)} patients judged: {fits} meet every listed criterion of a trial" in out
    assert f"{opened} open for one or more" in out
