"""Charts and tables of others, judged as they are: one patient after another, in bounded memory."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cartscreen.cli.charts import charts_of
from cartscreen.cli.files import View, chart_of_profile, is_omop, is_table, judge
from cartscreen.cli.output import complain
from cartscreen.errors import InputError
from cartscreen.frozen import frozen, replace
from cartscreen.importing.patient import How, PatientReader
from cartscreen.importing.tally import KINDS, Tally
from cartscreen.text import did_you_mean, shown

if TYPE_CHECKING:
    from cartscreen.cli.charts import Charts
    from cartscreen.cli.omop import Omop
    from cartscreen.cli.tables import Tables
    from cartscreen.contract import DateFrom, Failure, Options, Report
    from cartscreen.evaluate.chart import Chart
    from cartscreen.importing.draft import Draft
    from cartscreen.pack.model import Pack
    from cartscreen.pack.trial import Trial
    from cartscreen.plan.obstacles import Outlook
    from cartscreen.profile.model import Profile
    from cartscreen.verdicts import Verdicts


@frozen
class Source:
    """A source of charts, as the command line names it.

    map_      what the columns of a table say, if it is one
    patient   the pseudonym of the one patient to be judged; empty for all
    """

    name: str
    map_: Path | None = None
    patient: str = ""


def profiles(
    source: Source, pack: "Pack", changes: "Sequence[str]" = (), *, alone: bool = False
) -> "Iterator[tuple[str, Profile | InputError, str]]":
    """(the patient's place, the profile or why there is none, the hash of the source) for each.

    alone: Raises InputError where there are several, and none is named.
    """
    from cartscreen.profile.read import parse_profile

    name = source.name
    with ExitStack() as stack:
        opened, drafts, tally = _opened_source(source, pack, stack)
        known: list[str] = []
        for number, draft in enumerate(drafts, start=1):
            pseudonym = draft.pseudonym or f"P-{number:04}"
            if alone and opened.count > 1 and not source.patient:
                raise InputError(
                    f"{name}: it has {opened.count} patients; name the one, "
                    f"--patient {pseudonym} say."
                )
            if source.patient and pseudonym != source.patient:
                known += [pseudonym] * (len(known) < _MOST_NAMES)
                continue
            where = name if opened.count == 1 else f"{name} {pseudonym}"
            content = draft.toml(pseudonym).encode()
            try:
                profile = parse_profile(content, pack.vocabulary, where, changes)
                yield where, profile, opened.sha256
            except InputError as fault:
                yield where, fault, opened.sha256
            if source.patient:
                return
        if source.patient:
            hint = did_you_mean(source.patient, known) or f" The first is {known[0]}."
            raise InputError(f"{name}: it has no patient {shown(source.patient)}.{hint}")
    used, ambiguous, unused = (tally.of(kind) for kind in KINDS)
    complain(
        f"{name}: {tally.resources} {tally.noun} read, {used} used, {ambiguous} ambiguous, "
        f"{unused} not used; `cartscreen import` lists them.",
        kind="note",
    )


_MOST_NAMES = 1_000


def _opened_source(
    source: Source, pack: "Pack", stack: ExitStack
) -> "tuple[Charts | Omop | Tables, Iterator[Draft], Tally]":
    """What is opened, the drafts of its patients, and what becomes of all that is read."""
    how = How(date.today())
    if source.map_ is not None or is_table(source.name):
        from cartscreen.cli.tables import by_a_map, of_redcap

        if source.map_ is not None:
            tables, drafts, tally = by_a_map([source.name], how, pack, source.map_, stack)
            if tables.left_out:
                others = ", ".join(map(shown, tables.left_out))
                raise InputError(
                    f"{source.name}: the map has the sheets {others}, too; `cartscreen import` "
                    "reads several tables as one chart."
                )
            return tables, drafts, tally
        return of_redcap([source.name], how, pack, stack)
    tally = Tally("rows" if is_omop(source.name) else "resources")
    reader = PatientReader(pack, how, tally)
    charts = charts_of([source.name], pack.codes, tally)
    stack.push(charts)
    return charts, charts.drafts(reader), reader.tally


def only_chart(
    source: Source, pack: "Pack", day: date | None, changes: "Sequence[str]" = ()
) -> "tuple[Chart, DateFrom, str]":
    """The chart of one patient of a source, where its date comes from, and the source's hash.

    Raises InputError where there are several, and none is named.
    """
    ((where, profile, hash_),) = profiles(source, pack, changes, alone=True)
    if isinstance(profile, InputError):
        raise profile
    return *chart_of_profile(profile, where, pack, day), hash_


def judge_charts(
    source: Source,
    pack: "Pack",
    trials: "Sequence[Trial]",
    day: date | None,
    options: "Options",
    view: View,
) -> "Iterator[Report | Outlook | Verdicts | Failure]":
    """The report of each patient of a source, or why there is none, one after another."""
    from cartscreen.contract import Failure
    from cartscreen.verdicts import Verdicts

    try:
        for where, profile, hash_ in profiles(source, pack, options.set):
            try:
                if isinstance(profile, InputError):
                    raise profile
                found = judge(profile, where, pack, trials, day, options, view)
            except InputError as fault:
                yield Failure(file=where, error=list(fault.faults))
                continue
            if isinstance(found, Verdicts):
                yield replace(found, source_sha256=hash_)
            else:
                yield found.model_copy(update={"source_sha256": hash_})
    except InputError as fault:
        yield Failure(file=source.name, error=list(fault.faults))
