"""Terminals: long names, odd encodings, and data that would act on them."""

import re
import tomllib
from pathlib import Path

import pytest
from program import (
    ADULT,
    CANNOT_BE_SEEN,
    EXAMPLES,
    FITS,
    NASTY,
    TINY_TRIAL,
    flat,
    is_whole,
    on_terminal,
    profile,
    run,
    tiny_pack,
)
from rich.cells import cell_len

RULED_OUT = str(EXAMPLES / "sle-ruled-out.toml")

LONG_TRIAL = TINY_TRIAL.replace('"tiny"', f'"{"tiny-" * 30}trial"').replace(
    '[[inclusion]]\nid     = "I1"',
    '[[inclusion]]\nid = "I1"\ntitle = "Heading"\nsource = "page"\n\n'
    f'[[inclusion]]\nid = "I1.{"1" * 60}"',
)


@pytest.mark.parametrize("columns", ["20", "40", "80"])
def test_very_long_names(tmp_path: Path, columns: str) -> None:
    """A pseudonym of 40 letters, a trial's id of 155, a criterion's of 63: none is cut off."""
    pack = tiny_pack(tmp_path, LONG_TRIAL)
    name = "Q" * 40
    patient = profile(tmp_path, patient=name, **FITS)
    options = ("--criteria", pack)
    done = run("check", patient, patient, *options, COLUMNS=columns)
    listed = run("list-trials", *options, COLUMNS=columns)
    shown = run("show", "NCT00000001", *options, COLUMNS=columns)
    planned = run("plan", patient, *options, COLUMNS=columns)
    beside = run("compare", patient, *options, COLUMNS=columns)
    change = ("--criteria-before", pack, "--set", "lab.neutrophils=0.1 10^9/L")
    differs = run("diff", patient, *options, *change, COLUMNS=columns)
    asked = run("ask", patient, *options, COLUMNS=columns)

    for found in (done, listed, shown, planned, beside, differs, asked):
        assert found.code == 0
        assert max(map(cell_len, found.out.splitlines())) <= int(columns)
        assert "tiny-" * 30 + "trial" in re.sub(r"\s", "", found.out)
    assert done.out.count("Q") == 4 * 40, "two reports, two lines of the overview"
    for found in (done, shown, beside, differs):
        assert "I1." + "1" * 60 in re.sub(r"\s", "", found.out)
        assert is_whole("Neutrophils", found.out) or columns == "20"
    assert "meets every listed criterion" in flat(done.out)


def test_a_terminal_gets_its_own_width_and_colour() -> None:
    """Its letters are those of a pipe of that width."""
    command = ("check", RULED_OUT, "--trial", "cd19-csle")
    text = on_terminal(*command, columns=66)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)

    assert plain != text
    assert plain == run(*command, COLUMNS="66").out


RED, GREEN, YELLOW = "31", "32", "33"
COLOURED = {
    "plan": (["plan", RULED_OUT, "--trial", "rd06-04-sle"], {RED, GREEN, YELLOW}),
    "ask": (["ask", RULED_OUT, "--trial", "cd19-csle"], {RED}),
    "compare": (["compare", RULED_OUT], {RED, GREEN, YELLOW}),
    "diff": (["diff", RULED_OUT, ADULT, "--trial", "cd19-csle"], {RED, GREEN, YELLOW}),
    "show": (["show", "cd19-csle"], {YELLOW}),
    "facts": (["facts", "lab.alt"], set()),
    "ledger": (["derive", RULED_OUT, "treatment"], {GREEN, YELLOW}),
}


@pytest.mark.usefixtures("judged_once")
@pytest.mark.parametrize(("page", "colours"), COLOURED.values(), ids=COLOURED)
def test_a_colour_says_nothing_that_words_do_not(
    monkeypatch: pytest.MonkeyPatch, page: list[str], colours: set[str]
) -> None:
    """A terminal gets the letters of a pipe, which has all marks and words; NO_COLOR, a pipe's."""
    plain = run(*page, stdin=b"q\n").out
    monkeypatch.setattr("program._Stream.isatty", lambda _: True)
    text = run(*page, stdin=b"q\n").out
    codes = re.findall(r"\x1b\[([0-9;]+)m", text)

    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == plain
    assert {part for code in codes for part in code.split(";") if part[0] == "3"} == colours
    assert run(*page, stdin=b"q\n", NO_COLOR="1").out == plain


def test_columns_without_end_take_no_memory() -> None:
    """rich would fill every line with that many spaces."""
    assert run("facts", "lab", COLUMNS="100000000").out == run("facts", "lab", COLUMNS="1000").out


# encodings


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_template_stays_a_profile_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    """The pseudonym comes back as it was, whatever the terminal can show."""
    name = "P-ñ 中 \U0001f600 \u202e \U000e0001\x85\x7f"
    patient = profile(tmp_path, patient=name)
    done = run("template", "--for", patient, "--trial", "cd19-csle", encoding=encoding)

    assert tomllib.loads(done.out)["patient"] == name


# data that would act on a terminal, or be taken for markup


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
    """What the reader of the format sees. (A comment keeps an address from becoming a link.)"""
    if format == "markdown":
        out = out.replace("<!-- -->", "")
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
