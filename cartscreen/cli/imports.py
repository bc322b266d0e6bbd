"""`cartscreen import`: charts of other systems become profiles."""

import json
import sys
from contextlib import ExitStack, suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cartscreen import NOTICE
from cartscreen.cli.commands import Criteria, Force, _pack, app, date_option
from cartscreen.cli.files import KeptFile, is_omop, is_table, output_to, put_file
from cartscreen.cli.help import JUDGING, WRITING
from cartscreen.cli.output import complain, fitted_to
from cartscreen.errors import InputError, OutputError, Problem, refusal
from cartscreen.text import shown, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartscreen.cli.charts import Charts
    from cartscreen.cli.omop import Omop
    from cartscreen.cli.tables import Tables
    from cartscreen.importing.draft import Draft
    from cartscreen.importing.patient import How
    from cartscreen.importing.tally import Tally
    from cartscreen.pack.model import Pack

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="FHIR R4: a Bundle (.json), NDJSON, or a folder of either; an OMOP CDM: a folder of "
        ".csv or .parquet, or a .duckdb; a raw export of REDCap; with --map, .csv and .xlsx.",
    ),
]


class ImportFormat(StrEnum):
    """How profiles are written."""

    TOML = "toml"
    NDJSON = "ndjson"


class SourceKind(StrEnum):
    """What a source may be taken for, whatever its name says."""

    FHIR = "fhir"
    OMOP = "omop"
    REDCAP = "redcap"


@app.command(
    "import",
    help="""Make profiles from charts of other systems.

    Reads FHIR R4, the OMOP CDM, and tables with a map of your own, and writes what they say for
    certain, each value with its source: results, diagnoses, treatments, vaccines, death. What is
    ambiguous is not written but listed, and so is what maps to nothing of ours; the counts add up
    to what was read.
    Nothing is ever written as absent, and no list is closed unless --closed says so. Names,
    addresses and numbers of the patient are never read.
    """,
    epilog=NOTICE,
)
def import_(
    sources: Sources,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            readable=False,
            help="Write to this file; of several patients, a file each to this folder.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    format_: Annotated[
        ImportFormat,
        typer.Option(
            "--format",
            "-f",
            help="Profiles in TOML; or in NDJSON, a line for each patient, all in one file.",
            rich_help_panel=WRITING,
        ),
    ] = ImportFormat.TOML,
    patient: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The pseudonym of the one patient.", rich_help_panel=WRITING
        ),
    ] = "P-0001",
    since: Annotated[str | None, date_option("Leave out results from before this day.")] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=DATE",
            help="On the site's word: the problem-list, medications or procedures are complete up "
            "to this day. May be repeated.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            readable=False,
            help="Write all counts and names as JSON.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write what is missing into this profile; what differs is listed, never replaced.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    map_: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            readable=False,
            help="What the columns of a table say (TOML).",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    draft_map: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            readable=False,
            help="Begin a map from the header of a table, for a person to read and to complete.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    from_: Annotated[
        SourceKind | None,
        typer.Option(
            "--from",
            metavar="KIND",
            help="Take the source for fhir, omop or redcap, whatever its name is.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    criteria: Criteria = None,
    force: Force = False,
) -> None:
    if draft_map is not None:
        _draft_map(sources, draft_map, criteria, force)
        return
    if into is not None and output is not None:
        raise typer.BadParameter("--into names the file to write.", param_hint="--output")
    if into is not None and format_ is ImportFormat.NDJSON:
        raise typer.BadParameter("--into writes a profile in TOML.", param_hint="--format")
    from cartscreen.cli.tables import by_a_map, of_redcap
    from cartscreen.importing.patient import How, check_closed
    from cartscreen.render.importing import lines

    pack = _pack(criteria)
    today = date.today()
    declared = dict(_declared(item) for item in closed or [])
    check_closed(declared, pack.codes, today)
    how = How(today, _day(since), declared)
    source: Charts | Omop | Tables
    with ExitStack() as stack:
        if map_ is not None:
            if from_ is not None:
                raise typer.BadParameter("--map is of a table.", param_hint="--from")
            source, drafts, tally = by_a_map(sources, how, pack, map_, stack)
        elif from_ is SourceKind.REDCAP or (from_ is None and any(map(is_table, sources))):
            source, drafts, tally = of_redcap(sources, how, pack, stack)
        elif from_ is SourceKind.OMOP or (from_ is None and is_omop(sources[0])):
            source, drafts, tally = _omop(sources, how, pack, stack)
        else:
            source, drafts, tally = _charts(sources, how, pack, stack)
        inputs = [str(file.path) for file in source.files]
        write_report = (
            stack.enter_context(output_to(report, inputs, force)) if report is not None else None
        )
        if into is not None:
            _write_into(drafts, source.count, into, pack)
        elif format_ is ImportFormat.NDJSON:
            with output_to(output, inputs, force) as write:
                for number, draft in enumerate(drafts, start=1):
                    alone = patient if source.count == 1 else f"P-{number:04}"
                    write(_line(draft, draft.pseudonym or alone))
        elif source.count == 1 and not (output is not None and output.is_dir()):
            with output_to(output, inputs, force) as write:
                (draft,) = drafts
                write(_text(draft, draft.pseudonym or patient))
        else:
            _write_each(drafts, output, force)
        if write_report is not None:
            found = {
                "schema": "cartscreen-import/1",
                "sources": [{"file": str(f.path), "sha256": f.sha256} for f in source.files],
                "pack": {"id": pack.id, "version": pack.version, "sha256": pack.sha256},
                **tally.data(),
            }
            write_report(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    _tell(lines(tally))


def _charts(
    sources: list[str], how: "How", pack: "Pack", stack: ExitStack
) -> "tuple[Charts, Iterator[Draft], Tally]":
    """Charts in FHIR, and who reads them."""
    from cartscreen.cli.charts import Charts
    from cartscreen.importing.patient import PatientReader, check_exported
    from cartscreen.importing.tally import Tally

    reader = PatientReader(pack, how, Tally())
    charts = stack.enter_context(Charts(sources, pack.codes, reader.tally))
    if charts.has_next:
        said = "it is one page of several; give the others, too."
        if how.closed:
            raise InputError(f"{sources[0]}: {said} A list cannot be closed by a part.")
        complain(f"{sources[0]}: {said}", kind="warning")
    check_exported(how.closed, charts.types)
    return charts, charts.drafts(reader), reader.tally


def _omop(
    sources: list[str], how: "How", pack: "Pack", stack: ExitStack
) -> "tuple[Omop, Iterator[Draft], Tally]":
    """An OMOP CDM, and who reads it."""
    from cartscreen.cli.omop import Omop
    from cartscreen.importing.patient import PatientReader
    from cartscreen.importing.tally import Tally

    reader = PatientReader(pack, how, Tally("rows"))
    cdm = stack.enter_context(Omop(sources, pack.codes, reader.tally))
    cdm.check_closed(how.closed)
    return cdm, cdm.drafts(reader), reader.tally


def _draft_map(sources: list[str], file: Path, criteria: Path | None, force: bool) -> None:
    """A map for a person to read, from the header of the one table."""
    from cartscreen.cli.tables import drafted

    if len(sources) > 1:
        raise typer.BadParameter("name one table.", param_hint="SOURCE")
    with output_to(file, sources, force) as write:
        write(drafted(Path(sources[0]), _pack(criteria).vocabulary))
    complain(
        f"{file}: read it line by line, complete it, and write your initials at read_by; no map "
        "is taken without them.",
        kind="note",
    )


def _write_each(drafts: "Iterator[Draft]", folder: Path | None, force: bool) -> None:
    """A file for each patient, named by its pseudonym: a number, in the order of the source."""
    if folder is None:
        raise typer.BadParameter(
            "the source has several patients; name a folder, -o profiles/ say.", param_hint="-o"
        )
    try:
        folder.mkdir(exist_ok=True)
        if any(folder.iterdir()) and not force:
            raise OutputError(f"{folder}: this folder is not empty; --force writes into it.")
    except OSError as fault:
        raise OutputError(f"{folder}: {refusal(fault)}.") from None
    for number, draft in enumerate(drafts, start=1):
        name = draft.pseudonym or f"P-{number:04}"
        put_file(folder / f"{name}.toml", _text(draft, name))


def _write_into(drafts: "Iterator[Draft]", count: int, file: str, pack: "Pack") -> None:
    """The one patient of the source, merged into a profile, which is read before and after."""
    from cartscreen.importing.merge import lines, merge
    from cartscreen.profile.read import parse_profile

    if count > 1:
        raise InputError(f"the source has {count} patients; --into takes one.")
    kept = KeptFile(file)
    if kept.content is None:
        raise InputError(f"{file}: there is no such file; -o writes a new one.")
    parse_profile(kept.content, pack.vocabulary, file)
    (draft,) = drafts
    found = merge(kept.content.decode(), draft)
    content = found.text.encode()
    parse_profile(content, pack.vocabulary, file)
    if content != kept.content:
        kept.save(content)
    _tell(lines(found))


def _tell(lines: "Iterable[str]") -> None:
    for line in lines:
        with suppress(OSError, ValueError):
            sys.stderr.write(fitted_to(f"{visible(line)}\n", sys.stderr.encoding))


def _text(draft: "Draft", patient: str) -> str:
    """The profile, where it is not too large to be one."""
    from cartscreen.profile.read import check_size

    text = draft.toml(patient)
    try:
        check_size(text.encode())
    except Problem as problem:
        raise InputError(f"{patient}: {problem} --since leaves out old results.") from None
    return text


def _line(draft: "Draft", patient: str) -> str:
    """The profile as a line of JSON; an import writes no numbers, and a date is text there."""
    from cartscreen.profile.edit import data_of

    return f"{json.dumps(data_of(_text(draft, patient)), default=str)}\n"


def _day(text: str | None) -> str:
    from cartscreen.dates import PartialDate

    try:
        return str(PartialDate.parse(text)) if text is not None else ""
    except Problem as problem:
        raise typer.BadParameter(str(problem), param_hint="--since") from None


def _declared(text: str) -> tuple[str, str]:
    what, equals, day = text.partition("=")
    if not equals:
        raise typer.BadParameter(
            f"{shown(text)}: write WHAT=DATE, problem-list=2026-10-01 say.", param_hint="--closed"
        )
    return what, day
