"""Terminals: narrow, plain, without colour or Unicode; and data that would act on them."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import (
    ADULT,
    EXAMPLES,
    FITS,
    PROGRAM,
    TINY_TRIAL,
    environment_of,
    profile,
    run,
    spawned,
    tiny_pack,
)
from rich.cells import cell_len

RULED_OUT = str(EXAMPLES / "sle-ruled-out.toml")
CHILD = str(EXAMPLES / "sle-child-refractory.toml")
WIDTHS = ["0", "1", "20", "40", "60", "71", "72", "80", "200", "abc", "-1", "", "999999999999"]
PAGES = [
    ["check", RULED_OUT, "--trial", "rd06-04-sle"],
    ["check", RULED_OUT, CHILD, "--trial", "cd19-csle", "--only", "failed"],
    ["show", "rd06-04-sle"],
    ["list-trials"],
    ["facts"],
    ["facts", "treatment"],
    ["facts", "activity.sledai_2k"],
]
PAGE_IDS = [" ".join(page).replace(str(EXAMPLES), "") for page in PAGES]
ESCAPE = "\x1b"


def flat(text: str) -> str:
    return " ".join(text.split())


def is_whole(word: str, text: str) -> bool:
    """The word stands in the text between other words, and is not broken by a line's end."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) is not None


# widths


@pytest.mark.parametrize("columns", WIDTHS)
def test_verdicts_and_criteria_are_readable_at_every_width(columns: str) -> None:
    """Each verdict, trial and counted criterion can be read whole, from 0 columns to a billion."""
    trials = ("--trial", "rd06-04-sle", "--trial", "cd19-csle")
    reports = json.loads(run("check", RULED_OUT, CHILD, *trials, "--format", "json").out)
    done = run("check", RULED_OUT, CHILD, *trials, COLUMNS=columns)
    words = {"eligible": "meets every listed criterion"}

    assert done.code == 0
    for report in reports:
        for trial in report["trials"]:
            assert is_whole(trial["id"], done.out)
            assert words.get(trial["verdict"], trial["verdict"]) in flat(done.out)
            ids = [found["id"] for found in trial["criteria"] if found["counted"]]
            assert len(ids) > 10
            assert [name for name in ids if not is_whole(name, done.out)] == []


@pytest.mark.parametrize("columns", ["40", "60", "71", "72", "80", "200"])
@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_no_line_is_longer_than_the_terminal(page: list[str], columns: str) -> None:
    """From 40 columns on, nothing is left to the terminal to break."""
    done = run(*page, COLUMNS=columns)
    long = [line for line in done.out.splitlines() if cell_len(line) > int(columns)]

    assert done.out.strip()
    assert long == []


HELP = [["--help"], ["check", "--help"]]


@pytest.mark.parametrize("page", [*PAGES, *HELP], ids=[*PAGE_IDS, "help", "check help"])
@pytest.mark.parametrize("columns", ["0", "abc", "-5", ""])
def test_a_width_that_is_none_is_not_asked_for(page: list[str], columns: str) -> None:
    """A senseless width is no width: 80 columns."""
    assert run(*page, COLUMNS=columns) == run(*page, COLUMNS="80")


@pytest.mark.parametrize("page", [*PAGES[2:], HELP[1]], ids=[*PAGE_IDS[2:], "check help"])
@pytest.mark.parametrize("columns", ["1", "20", "40", "60"])
def test_a_narrow_terminal_hides_nothing(page: list[str], columns: str) -> None:
    """Every letter of the wide page is there."""
    wide, narrow = run(*page, COLUMNS="200"), run(*page, COLUMNS=columns)

    assert sorted(re.findall(r"\w", narrow.out)) == sorted(re.findall(r"\w", wide.out))


def test_columns_without_end_take_no_memory() -> None:
    """rich would fill every line with that many spaces."""
    assert run("facts", "lab", COLUMNS="100000000").out == run("facts", "lab", COLUMNS="1000").out


LONG_TRIAL = TINY_TRIAL.replace('"tiny"', f'"{"tiny-" * 30}trial"').replace(
    '[[inclusion]]\nid     = "I1"',
    '[[inclusion]]\nid = "I1"\ntitle = "Heading"\nsource = "page"\n\n'
    f'[[inclusion]]\nid = "I1.{"1" * 60}"',
)


@pytest.mark.parametrize("columns", ["20", "40", "60", "80", "200"])
def test_very_long_names(tmp_path: Path, columns: str) -> None:
    """A pseudonym of 200 letters, a trial's id of 155, a criterion's of 63: none is cut off."""
    pack = tiny_pack(tmp_path, LONG_TRIAL)
    name = "Q" * 200
    patient = profile(tmp_path, patient=name, **FITS)
    done = run("check", patient, patient, "--criteria", pack, COLUMNS=columns)
    listed = run("list-trials", "--criteria", pack, COLUMNS=columns)
    shown = run("show", "NCT00000001", "--criteria", pack, COLUMNS=columns)

    for found in (done, listed, shown):
        assert found.code == 0
        assert max(map(cell_len, found.out.splitlines())) <= int(columns)
        assert "tiny-" * 30 + "trial" in re.sub(r"\s", "", found.out)
    assert done.out.count("Q") == 4 * 200, "two reports, two lines of the overview"
    for found in (done, shown):
        assert "I1." + "1" * 60 in re.sub(r"\s", "", found.out)
        assert is_whole("Neutrophils", found.out) or columns == "20"
    assert "meets every listed criterion" in flat(done.out)


# colour


def on_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What the program writes to a terminal."""
    master, slave = pty.openpty()
    more = {"PYTHONIOENCODING": "utf-8", **environment}
    given = {name: text for name, text in environment_of(**more).items() if name != "COLUMNS"}
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=slave, stdout=slave, stderr=slave, env=given
    )
    os.close(slave)
    parts = list(chunks(master))
    os.close(master)
    process.wait(30)
    return b"".join(parts).decode().replace("\r\n", "\n")


def chunks(handle: int) -> Iterator[bytes]:
    with contextlib.suppress(OSError):  # Linux says EIO when the other side is closed
        while select.select([handle], [], [], 30)[0] and (part := os.read(handle, 65536)):
            yield part


def test_colour_on_a_terminal_and_only_there() -> None:
    """A terminal gets the same letters as a pipe, and colour; its width is the terminal's own."""
    command = ("check", RULED_OUT, "--trial", "cd19-csle")
    text = on_terminal(*command, columns=66)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)

    assert re.search(r"\x1b\[[0-9;]*31m", text), "failed is red"
    assert ESCAPE not in plain
    assert plain == run(*command, COLUMNS="66").out


@pytest.mark.parametrize(
    "environment",
    [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}],
    ids=str,
)
@pytest.mark.parametrize(
    "arguments",
    [["check", RULED_OUT, "--trial", "cd19-csle"], ["show", "cd19-csle"], ["--help"], ["check"]],
    ids=["check", "show", "help", "usage"],
)
def test_no_colour_where_it_is_not_wanted(
    arguments: list[str], environment: dict[str, str]
) -> None:
    """Not a single escape, neither in reports nor in help or errors."""
    text = on_terminal(*arguments, **environment)

    assert len(text) > 50
    assert ESCAPE not in text


@pytest.mark.parametrize(
    "arguments",
    [["check", RULED_OUT], ["check", RULED_OUT, "--format", "markdown"], ["--help"], ["check"]],
    ids=["table", "markdown", "help", "usage"],
)
def test_a_pipe_gets_no_colour(arguments: list[str]) -> None:
    """Not even with FORCE_COLOR, or where a build server is guessed."""
    done = spawned(*arguments, FORCE_COLOR="1", GITHUB_ACTIONS="true", CLICOLOR_FORCE="1")

    assert len(done.out + done.err) > 50
    assert ESCAPE not in done.out + done.err


# encodings


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
@pytest.mark.parametrize(
    "arguments",
    [
        *(
            ["check", RULED_OUT, "--format", name]
            for name in ("table", "csv", "markdown", "ndjson")
        ),
        ["list-trials"],
        ["show", "rd06-04-sle"],
        ["facts"],
        ["template"],
        ["schema", "profile"],
        ["--help"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(RULED_OUT, "FILE"),
)
def test_an_encoding_without_our_letters(arguments: list[str], encoding: str) -> None:
    """What it has not is spelt otherwise; what it has is left as it is."""
    usual, other = run(*arguments), run(*arguments, encoding=encoding)
    kept = "".join(letter for letter in usual.out if can(letter, encoding))

    assert (other.code, other.err) == (0, "")
    assert "?" * 3 not in other.out
    assert other.out.count("?") == usual.out.count("?")
    assert (other.out == usual.out) == (kept == usual.out)
    assert set(kept) <= set(other.out)


def can(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def test_likenesses_of_an_ascii_terminal(tmp_path: Path) -> None:
    """A line, a limit and a name, letter by letter."""
    trial = TINY_TRIAL.replace("at least 1 x 10^9/L", "≥ 1 × 10⁹/L (Sjögren)")  # noqa: RUF001
    pack = tiny_pack(tmp_path, trial)
    patient = profile(tmp_path, patient="P-中", **FITS)
    out = run("check", patient, "--criteria", pack, encoding="ascii", COLUMNS="200").out

    assert "Neutrophils >= 1 x 10\\u2079/L (Sjoegren)" in out
    assert "Patient P-\\u4e2d:" in out
    assert "-" * 30 in out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_template_stays_a_profile_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    """The pseudonym comes back as it was, whatever the terminal can show."""
    name = "P-ñ 中 \U0001f600 \u202e \U000e0001 \x85 \x7f"
    patient = profile(tmp_path, patient=name)
    done = run("template", "--for", patient, "--trial", "cd19-csle", encoding=encoding)

    assert tomllib.loads(done.out)["patient"] == name


# data that would act on a terminal, or be taken for markup

NASTY = {
    "markup": ("[red]x[/red]", "[red]x[/red]"),
    "end of markup": ("[/red]", "[/red]"),
    "emoji code": (":x: :smile:", ":x: :smile:"),
    "link": ("[link=javascript:alert(1)]x[/link]", "[link=javascript:alert(1)]x[/link]"),
    "ESC": ("a\x1b[31mb", "a\\u001b[31mb"),
    "OSC 8": ("\x1b]8;;http://x\x07y", "\\u001b]8;;http://x\\u0007y"),
    "C1": ("a\x9b31mb", "a\\u009b31mb"),
    "bidi": ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    "zero width": ("a\u200bb\u200dc\ufeffd", "a\\u200bb\\u200dc\\ufeffd"),
    "NUL": ("a\0b", "a\\u0000b"),
    "CR": ("a\rb", "a\\u000db"),
    "line end": ("a\nb", "a\\u000ab"),
    "line separator": ("a\u2028b\x85c", "a\\u2028b\\u0085c"),
    "DEL": ("a\x7fb", "a\\u007fb"),
    "tag": ("a\U000e0041b", "a\\U000e0041b"),
}
CANNOT_BE_SEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


@pytest.mark.parametrize(("text", "shown"), NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("format", ["table", "markdown", "csv"])
def test_a_patient_is_shown_as_text(tmp_path: Path, format: str, text: str, shown: str) -> None:
    """In pseudonym, drug and answer: every letter visible, none of them obeyed."""
    drug = {"drug": text, "start": "2026-01", "stop": "2026-02"}
    data = {"treatment": [drug], "answers": {text: {"I1": True}, "cd19-csle": {text: True}}}
    patient = profile(tmp_path, patient=text, **data)
    done = run("check", patient, "--trial", "cd19-csle", "--format", format, COLUMNS="200")

    assert done.code == 0
    assert CANNOT_BE_SEEN.findall(done.out) == []
    assert shown in as_text(done.out, format)
    if format != "csv":  # which has no warnings
        count = seen(as_text(done.out, format)).count(seen(shown))
        assert count == 4, "a pseudonym, a drug, a trial and a criterion that was answered"


def as_text(out: str, format: str) -> str:
    """What the reader of the format sees."""
    if format == "markdown":
        return re.sub(r"\\([\\`*_\[\]|#~])", r"\1", out)
    return out


@pytest.mark.parametrize(("text", "shown"), NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("command", ["check", "validate"])
def test_an_error_is_shown_as_text(tmp_path: Path, command: str, text: str, shown: str) -> None:
    """On standard error, and in the table: names of fields, values and files."""
    wrong = {"sle": text, text: True}
    patient = profile(tmp_path, diagnosis=wrong)
    done = run(command, patient, COLUMNS="200")

    assert done.code == 3
    assert CANNOT_BE_SEEN.findall(done.err + done.out) == []
    assert done.err.count("\n") == 2
    for line in done.err.splitlines():
        assert seen(shown) in seen(line)


def seen(text: str) -> str:
    """Escapes of Python and of ours written alike: an error may quote a value as Python does."""

    def longer(match: re.Match[str]) -> str:
        named = {"n": 10, "r": 13, "t": 9}
        code = named.get(match[1]) or int(match[1][1:], 16)
        return f"\\u{code:04x}"

    return re.sub(r"\\+(n|r|t|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", longer, text)


def test_a_name_of_a_file_is_shown_as_text(tmp_path: Path) -> None:
    """A file may be named to deceive."""
    patient = profile(tmp_path, "red\x1b[31m\u202e.toml", **FITS)
    for command in (["check"], ["check", "--format", "markdown"], ["validate"]):
        done = run(*command, patient, patient, tmp_path / "no\x1b[31m\u202e.toml")
        assert done.code == 3
        assert CANNOT_BE_SEEN.findall(done.err + done.out) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", ADULT, "--\u202ebogus"],
        ["check", ADULT, "--format", "\x1b[31m"],
        ["check", ADULT, "--only", "\u202e"],
        ["check", ADULT, "--trial", "\u202e\x1b[31m"],
        ["check", ADULT, "--screening-date", "\x9b"],
        ["check", ADULT, "--criteria", "\u202e\x1b[31m"],
        ["check", ADULT, "--output", "\u202e\x1b[31m/x"],
        ["show", "\u202e\x1b[31m"],
        ["facts", "\u202e\x1b[31m[red]"],
        ["\u202e\x1b[31m"],
    ],
    ids=lambda arguments: " ".join(arguments[2:] or arguments).encode("unicode_escape").decode(),
)
def test_wrong_usage_is_shown_as_text(arguments: list[str]) -> None:
    """What the command line said is quoted, and not obeyed."""
    done = run(*arguments)

    assert done.code in (2, 4, 5)
    assert "\\" in done.err
    assert CANNOT_BE_SEEN.findall(done.err) == []


def test_a_pack_is_shown_as_text(tmp_path: Path) -> None:
    """Titles, gaps, labels and questions of somebody else's criteria cannot act either."""
    text = "a\\u001b[31m\\u202e[red]:x:\\nb"
    head, body = TINY_TRIAL.split("\n\n", 1)
    head = head.replace("A tiny trial", text).replace("NCT00000001", text)
    head += f'\nsponsor = "{text}"\ntitle = "{text}"\nstatus = "{text}"\ngaps = ["{text}"]\n'
    asked = f'\n[[exclusion]]\nid = "E2"\ntitle = "{text}"\nsource = "{text}"\n'
    asked += f'note = "{text}"\nrule = {{ ask = "{text}" }}\n'
    asked += '\n[[exclusion]]\nid = "E3"\ntitle = "Odd"\nsource = "page"\nrule = "odd.fact"\n'
    pack = tiny_pack(tmp_path, f"{head}\n{body}{asked}")
    (pack / "facts.toml").write_text(
        f'[fact.odd.fact]\nlabel = "{text}"\nkind = "finding"\nquestion = "{text}"\n'
        f'obtain = "question"\nchanges = "never"\nsource = "{text}"\n',
        "utf-8",
    )
    patient = profile(tmp_path, **FITS)
    pages = [
        ["list-trials"],
        ["list-trials", "--format", "csv"],
        ["list-trials", "--format", "markdown"],
        ["list-trials", "--format", "json"],
        ["show", "tiny"],
        ["facts"],
        ["facts", "odd.fact"],
        ["template"],
        ["template", "--for", str(patient)],
        *(["check", str(patient), "--format", f] for f in ("table", "markdown", "csv", "json")),
    ]
    for page in pages:
        done = run(*page, "--criteria", pack, COLUMNS="200")
        assert (done.code, done.err) == (0, ""), page
        assert CANNOT_BE_SEEN.findall(done.out) == [], page
        assert "u001b" in done.out, page
