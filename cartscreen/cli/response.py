"""The command `response`: the visits of one patient, or of a folder or list of patients."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cartscreen import NOTICE
from cartscreen.cli.commands import (
    FORM,
    Criteria,
    Force,
    Output,
    ReadingsOption,
    Trials,
    _options,
    _selected,
    app,
)
from cartscreen.cli.files import content_of, files_of_criteria, output_to, profile_of_file
from cartscreen.cli.help import JUDGING, WRITING
from cartscreen.cli.output import as_json, complain, drawn_text, terminal_width
from cartscreen.errors import InputError, Problem, refusal
from cartscreen.text import shown

if TYPE_CHECKING:
    from cartscreen.pack.model import Pack
    from cartscreen.pack.trial import Trial
    from cartscreen.profile.model import Profile
    from cartscreen.response.contract import Response, ResponseFailure, Responses
    from cartscreen.speaks import Length


class ResponseFormat(StrEnum):
    """How responses are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


@app.command(
    help="""Say whether a patient has responded.

    The profiles of one patient, the baseline first and the visit that is judged last, are compared
    by what the page of a trial calls a response: each component with both values, and each outcome
    met, not met or open with what is lacking, beside the published definition. A folder of
    profiles, or a list (.csv, a line a patient: baseline, visits), gives counts and rates.
    """,
    epilog=NOTICE,
)
def response(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="BASELINE [VISIT...] LAST",
            help="Profiles (TOML) in order of their dates; or one folder, or one list (.csv).",
        ),
    ],
    trial: Trials = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help='How far from its day the visit may lie: "14 days". Without it, any visit will '
            "do, and the days since the infusion are shown.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Let the exit status tell the outcome (see below).",
            rich_help_panel=WRITING,
        ),
    ] = False,
    format: Annotated[ResponseFormat, FORM] = ResponseFormat.TABLE,
    output: Output = None,
    criteria: Criteria = None,
    readings: ReadingsOption = None,
    force: Force = False,
) -> None:
    """Judge what the user named, and write it."""
    from cartscreen.response.report import responses

    allowed = _window(window)
    options = _options(trial, None, criteria, readings)
    pack, chosen = _selected(criteria, trial, options)
    judge = _Judge(pack, chosen, allowed, preferred=options.preferred)
    groups = _groups(files)
    inputs = [*files, *(name for _, names in groups for name in names)]
    with output_to(output, [*inputs, *files_of_criteria(criteria)], force) as write:
        said = responses(judge.all(files, groups), pack, chosen, options, allowed)
        write(_text(said, format, to_file=output is not None))
    for failure in said.failures:
        complain(*failure.error)
    if said.failures:
        raise typer.Exit(InputError.exit_code)
    if gate and (code := _gate(said)):
        raise typer.Exit(code)


def _window(text: str | None) -> "Length | None":
    from cartscreen.speaks import Length

    try:
        length = Length.parse(text) if text is not None else None
    except Problem:
        length = None
    if text is not None and length is None:
        raise typer.BadParameter(
            f"{shown(text)} is not a time like 14 days.", param_hint="--window"
        )
    return length


def _gate(said: "Responses") -> int:
    statuses = {
        outcome.status
        for patient in said.patients
        for trial in patient.trials
        for outcome in trial.outcomes
    }
    if "not met" in statuses:
        return 10
    return 0 if statuses == {"met"} else 11


def _text(said: "Responses", format: ResponseFormat, *, to_file: bool) -> str:
    if format is ResponseFormat.JSON:
        return as_json(said.model_dump(by_alias=True))
    from cartscreen.render import response as renderer

    match format:
        case ResponseFormat.CSV:
            return renderer.csv(said)
        case ResponseFormat.MARKDOWN:
            return renderer.markdown(said)
        case ResponseFormat.HTML:
            return renderer.html(said)
    return drawn_text(renderer.lines(said, terminal_width()), to_file=to_file)


def _is_folder(files: Sequence[str]) -> bool:
    return len(files) == 1 and Path(files[0]).is_dir()


def _is_list(files: Sequence[str]) -> bool:
    return len(files) == 1 and files[0].endswith(".csv")


def _groups(files: Sequence[str]) -> "list[tuple[int, list[str]]]":
    """The files that the user named, patient by patient where that is known, else one by one.

    Each with the number of its line in a list, or 0.
    """
    if _is_list(files):
        return list(_lines(Path(files[0])))
    if not _is_folder(files):
        return [(0, list(files))]
    folder = Path(files[0])
    try:
        names = sorted(str(path) for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as fault:
        raise InputError(f"{folder}: {refusal(fault)}.") from None
    if not names:
        raise InputError(f"{folder}: there is no profile (*.toml) in this folder.")
    return [(0, [name]) for name in names]


def _lines(path: Path) -> "Iterator[tuple[int, list[str]]]":
    """(number, the files that it names) of each line of a list, from the folder of the list."""
    import csv

    try:
        text = content_of(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: this is not UTF-8; save the list as UTF-8.") from None
    found = False
    reader = csv.reader(StringIO(text))
    try:
        for row in reader:
            names = [cell.strip() for cell in row if cell.strip()]
            if names and not names[0].startswith("#"):
                found = True
                yield reader.line_num, [str(path.parent / name) for name in names]
    except csv.Error:
        raise InputError(f"{path}: line {reader.line_num} is no line of a CSV file.") from None
    if not found:
        raise InputError(f"{path}: the list names no file; write a line a patient.")


class _Judge:
    """Judges the files of a patient, or of many of whom one that fails stops no other."""

    def __init__(
        self,
        pack: "Pack",
        trials: "Sequence[Trial]",
        window: "Length | None",
        *,
        preferred: bool,
    ) -> None:
        self.pack, self.trials = pack, trials
        self.window, self.preferred = window, preferred

    def all(
        self, files: Sequence[str], groups: "Sequence[tuple[int, list[str]]]"
    ) -> "Iterator[Response | ResponseFailure]":
        """Each patient of what the user named."""
        if _is_folder(files):
            yield from self.folder([name for _, names in groups for name in names])
        elif _is_list(files):
            yield from self.list(files[0], groups)
        elif files.count("-") > 1:
            raise InputError("-: standard input can be one file only.")
        else:
            yield self.one([(name, profile_of_file(name, self.pack)) for name in files])

    def one(self, files: "Sequence[tuple[str, Profile]]") -> "Response":
        """One patient. Raises InputError."""
        from cartscreen.response.report import response as responded
        from cartscreen.response.visits import follow_up

        seen = follow_up(files, self.pack)
        return responded(seen, self.pack, self.trials, window=self.window, preferred=self.preferred)

    def tried(self, files: "Sequence[tuple[str, Profile]]") -> "Response | ResponseFailure":
        """One patient of many."""
        from cartscreen.response.contract import ResponseFailure

        try:
            return self.one(files)
        except InputError as fault:
            return ResponseFailure(files=[name for name, _ in files], error=list(fault.faults))

    def folder(self, names: Sequence[str]) -> "Iterator[Response | ResponseFailure]":
        """Every profile of a folder, by pseudonym.

        Who has a file that cannot be read is not judged by the others.
        """
        from cartscreen.response.cohort import by_patient, pseudonym_of
        from cartscreen.response.contract import ResponseFailure

        read: list[tuple[str, Profile]] = []
        spoilt: dict[str, str] = {}
        for name in names:
            try:
                read.append((name, profile_of_file(name, self.pack)))
            except InputError as fault:
                with suppress(InputError):
                    spoilt[pseudonym_of(content_of(name))] = name
                yield ResponseFailure(files=[name], error=list(fault.faults))
        for patient in by_patient(read):
            name, profile = patient[0]
            if bad := spoilt.get(profile.patient):
                said = f"{name}: not judged, as {bad} of the same patient cannot be read."
                yield ResponseFailure(files=[name for name, _ in patient], error=[said])
            else:
                yield self.tried(patient)

    def list(
        self, path: str, groups: "Sequence[tuple[int, list[str]]]"
    ) -> "Iterator[Response | ResponseFailure]":
        """A line a patient: the baseline, then the visits.

        A line of the baseline alone is a patient without a visit, who counts as open.
        """
        from cartscreen.response.cohort import check_apart
        from cartscreen.response.contract import ResponseFailure

        rows: list[tuple[int, list[tuple[str, Profile]]]] = []
        for number, names in groups:
            try:
                rows.append((number, [(name, profile_of_file(name, self.pack)) for name in names]))
            except InputError as fault:
                yield ResponseFailure(files=names, error=list(fault.faults))
        check_apart(rows, path)
        for _, files in rows:
            yield self.tried(files)
