"""A value is written into a profile's text, and every other byte of the text stays."""

from pathlib import Path
from typing import Any

import pytest
from draws import thinned
from support import ROOT

from cartscreen.errors import Problem
from cartscreen.profile.edit import data_of, lines_of, piece, value_at, with_result, with_value

LAST = '"#y"'
TEXTS = f"""'"]', "]#\\\\\\"", {LAST}, '{{', '''\n'''', \"\"\"x\"\"\"\"\""""

# (what it shows, the text before, the path, the value, the text after)
PLACES: list[tuple[str, str, tuple[str | int, ...], str, str]] = [
    (
        "a key goes below the last of its table, above the comment of the next",
        '[lab]  # of May\nalt = "22 U/L" # ours\n\n# the heart\n[heart]\nlvef = "60 %"\n',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab]  # of May\nalt = "22 U/L" # ours\nast = "30 U/L"\n\n'
        '# the heart\n[heart]\nlvef = "60 %"\n',
    ),
    (
        "a key stands in the column of those above it",
        '[lab]\nalt         = "22 U/L"\nneutrophils = "3 10^9/L"\n',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab]\nalt         = "22 U/L"\nneutrophils = "3 10^9/L"\nast         = "30 U/L"\n',
    ),
    (
        "there is no column where the keys above have none",
        '[lab]\nalt = "22 U/L"\nneutrophils = "3 10^9/L"\n',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab]\nalt = "22 U/L"\nneutrophils = "3 10^9/L"\nast = "30 U/L"\n',
    ),
    (
        "a key longer than its column pushes only its own sign",
        '[lab]\nalt = "22 U/L"\nast = "30 U/L"\n',
        ("lab", "neutrophils"),
        '"3 10^9/L"',
        '[lab]\nalt = "22 U/L"\nast = "30 U/L"\nneutrophils = "3 10^9/L"\n',
    ),
    (
        "an indented table stays indented",
        '[lab]\n  alt = "22 U/L"\n\n[heart]\n',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab]\n  alt = "22 U/L"\n  ast = "30 U/L"\n\n[heart]\n',
    ),
    (
        "below a value of many lines",
        '[lab]\ncreatinine = [ # two\n  { value = "1 mg/dL", date = 2025-05-30 },\n]  # end\n# x\n',
        ("lab", "alt"),
        '"22 U/L"',
        '[lab]\ncreatinine = [ # two\n  { value = "1 mg/dL", date = 2025-05-30 },\n]  # end\n'
        'alt        = "22 U/L"\n# x\n',
    ),
    (
        "a table with nothing but comments",
        "[reviewed]  # to the end\n# nothing yet\n\n[lab]\n",
        ("reviewed", "treatment"),
        "2025-06-02",
        "[reviewed]  # to the end\ntreatment = 2025-06-02\n# nothing yet\n\n[lab]\n",
    ),
    (
        "a table that is not there comes at the end",
        'patient = "P-1" # no line end',
        ("lab", "alt"),
        '"22 U/L"',
        'patient = "P-1" # no line end\n\n[lab]\nalt = "22 U/L"\n',
    ),
    (
        "the last line has no end",
        '[lab]\nalt = "22 U/L" # no line end',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab]\nalt = "22 U/L" # no line end\nast = "30 U/L"\n',
    ),
    (
        "an answer's key is quoted",
        "[lab]\n",
        ("answers", "cd19-csle", "I11.a"),
        "true",
        '[lab]\n\n[answers.cd19-csle]\n"I11.a" = true\n',
    ),
    (
        "answers of one trial among those of others",
        '[answers.a]\n"I1" = true\n\n[lab]\n\n[answers.b]\n"I1.a" = false  # no\n\n# end\n',
        ("answers", "b", "I2"),
        "true",
        '[answers.a]\n"I1" = true\n\n[lab]\n\n[answers.b]\n"I1.a" = false  # no\nI2     = true\n'
        "\n# end\n",
    ),
    (
        "answers of one more trial",
        '[answers.a]\n"I1" = true\n\n[lab]\n',
        ("answers", "b", "I2"),
        "true",
        '[answers.a]\n"I1" = true\n\n[lab]\n\n[answers.b]\nI2 = true\n',
    ),
    (
        "a value is replaced, its comment stays",
        '[infection]\nhiv   = "unknown"   # ask the GP\nhbsag = "negative"\n',
        ("infection", "hiv"),
        '"negative"',
        '[infection]\nhiv   = "negative"   # ask the GP\nhbsag = "negative"\n',
    ),
    (
        "a date is replaced, and the space behind it stays",
        "[dates]\nscreening = 2025-06-02   # planned\n",
        ("dates", "screening"),
        "2025-06-09",
        "[dates]\nscreening = 2025-06-09   # planned\n",
    ),
    (
        "a result in braces gains a limit; the others keep the space behind their dates",
        '[lab]\nalt = { value = "22 U/L", date = 2025-05-30 }  # a\n'
        'ast = { value = "30 U/L", date = 2025-05-30 }\n',
        ("lab", "alt", "upper"),
        '"40 U/L"',
        '[lab]\nalt = { value = "22 U/L", date = 2025-05-30, upper = "40 U/L" }  # a\n'
        'ast = { value = "30 U/L", date = 2025-05-30 }\n',
    ),
    (
        "a date in braces",
        '[lab]\nalt = { value = "22 U/L", date = "2025-05" , upper = "40 U/L" }\n',
        ("lab", "alt", "date"),
        "2025-05-30",
        '[lab]\nalt = { value = "22 U/L", date = 2025-05-30 , upper = "40 U/L" }\n',
    ),
    (
        "one result of a series",
        "[lab]\ncr = [ { value = 1.50, date = 2025-05-30 } , "
        "{ value = 2e0, date = 2025-04-30 } ]\n",
        ("lab", "cr", 1, "upper"),
        "1.10",
        "[lab]\ncr = [ { value = 1.50, date = 2025-05-30 } , "
        "{ value = 2e0, date = 2025-04-30, upper = 1.10 } ]\n",
    ),
    (
        "a result with a head of its own",
        '[lab.alt]\nvalue = "22 U/L"\n\n[heart]\n',
        ("lab", "alt", "upper"),
        '"40 U/L"',
        '[lab.alt]\nvalue = "22 U/L"\nupper = "40 U/L"\n\n[heart]\n',
    ),
    (
        "a field of an entry",
        '[[treatment]]\ndrug = "MMF"  # a\n\n[[treatment]]\ndrug  = "HCQ"\n'
        "start = 2020-01-01\n\n# end\n",
        ("treatment", 0, "stop"),
        '"ongoing"',
        '[[treatment]]\ndrug = "MMF"  # a\nstop = "ongoing"\n\n'
        '[[treatment]]\ndrug  = "HCQ"\nstart = 2020-01-01\n\n# end\n',
    ),
    (
        "a section in braces",
        'lab = { alt = "22 U/L" }\n',
        ("lab", "ast"),
        '"30 U/L"',
        'lab = { alt = "22 U/L", ast = "30 U/L" }\n',
    ),
    (
        "a section in empty braces",
        "lab = { }\n",
        ("lab", "ast"),
        '"30 U/L"',
        'lab = { ast = "30 U/L" }\n',
    ),
    (
        "lines that end as on Windows",
        '[lab]\r\nalt = "22 U/L"\r\n\r\n[heart]\r\n',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab]\r\nalt = "22 U/L"\r\nast = "30 U/L"\r\n\r\n[heart]\r\n',
    ),
    (
        "a new section in lines that end as on Windows",
        'patient = "P-1"\r\n',
        ("lab", "alt"),
        '"22 U/L"',
        'patient = "P-1"\r\n\r\n[lab]\r\nalt = "22 U/L"\r\n',
    ),
    (
        "a head in quotes",
        '[ "lab" ]\n["answers" . "a.b"]\n',
        ("answers", "a.b", "I1"),
        "true",
        '[ "lab" ]\n["answers" . "a.b"]\nI1 = true\n',
    ),
    (
        "a section of which only parts have a head",
        '[lab.alt]\nvalue = "22 U/L"\n',
        ("lab", "ast"),
        '"30 U/L"',
        '[lab.alt]\nvalue = "22 U/L"\n\n[lab]\nast = "30 U/L"\n',
    ),
    (
        "entries that stand apart",
        '[[treatment]]\ndrug = "MMF"\n\n[[car_t]]\ndate = 2025-01-01\n\n'
        '[[treatment]]\ndrug = "X"\n',
        ("treatment", 1, "stop"),
        '"ongoing"',
        '[[treatment]]\ndrug = "MMF"\n\n[[car_t]]\ndate = 2025-01-01\n\n'
        '[[treatment]]\ndrug = "X"\nstop = "ongoing"\n',
    ),
    (
        "a field of a part of an entry",
        "[[a]]\n[a.b]\nx = 1\n\n[[a]]\n[a.b]\nx = 2\n",
        ("a", 1, "b", "y"),
        "3",
        "[[a]]\n[a.b]\nx = 1\n\n[[a]]\n[a.b]\nx = 2\ny = 3\n",
    ),
    (
        "values of every kind, with brackets in text and comments",
        f"a = [ 1.50, 1e3, 0x1F, [ -inf, {TEXTS} ], # ]\n true, '}}' ]\n"
        "t = 2025-05-30 07:00:00Z\nz = 0.50 # }\n",
        ("a", 3, 3),
        "1",
        f"a = [ 1.50, 1e3, 0x1F, [ -inf, {TEXTS.replace(LAST, '1')} ], # ]\n true, '}}' ]\n"
        "t = 2025-05-30 07:00:00Z\nz = 0.50 # }\n",
    ),
    (
        "a comment among those above has no column",
        '[lab]\nalt = "22 U/L"\n# newer\nast = "30 U/L"\n',
        ("lab", "inr"),
        "1.1",
        '[lab]\nalt = "22 U/L"\n# newer\nast = "30 U/L"\ninr = 1.1\n',
    ),
    (
        "a key that belongs to no table",
        'schema  = 1\npatient = "P-1"\n\n[lab]\nalt = "22 U/L"\n',
        ("note",),
        '"x"',
        'schema  = 1\npatient = "P-1"\nnote    = "x"\n\n[lab]\nalt = "22 U/L"\n',
    ),
    (
        "text that looks like a table",
        'patient = """\n[lab]\nalt = 1\n"""\n\n[lab]\nast = "30 U/L"\n',
        ("lab", "alt"),
        '"22 U/L"',
        'patient = """\n[lab]\nalt = 1\n"""\n\n[lab]\nast = "30 U/L"\nalt = "22 U/L"\n',
    ),
]


@pytest.mark.parametrize(
    ("text", "path", "value", "after"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES]
)
def test_a_value_is_written(text: str, path: tuple[str | int, ...], value: str, after: str) -> None:
    assert with_value(text, path, value) == after


# (what it shows, the text before, the text after) of a newer result of lab.cr
SERIES = [
    (
        "one result becomes two, on lines of their own",
        '[lab]\ncr = { value = "1 mg/dL", date = 2025-05-01 }  # old\nalt = "2 U/L"\n',
        '[lab]\ncr = [\n  { value = "2 mg/dL", date = 2025-05-30 },\n'
        '  { value = "1 mg/dL", date = 2025-05-01 },\n]  # old\nalt = "2 U/L"\n',
    ),
    (
        "a series of lines gets one more, with the same indent, before the others",
        "[lab]\ncr = [   # newest first\n    # May\n"
        '    { value = "1 mg/dL", date = 2025-05-01 },   # a\n]\n',
        '[lab]\ncr = [   # newest first\n    { value = "2 mg/dL", date = 2025-05-30 },\n    # May\n'
        '    { value = "1 mg/dL", date = 2025-05-01 },   # a\n]\n',
    ),
    (
        "a series on one line stays there",
        '[lab]\ncr = [ { value = "1 mg/dL", date = 2025-05-01 } ]\n',
        '[lab]\ncr = [{ value = "2 mg/dL", date = 2025-05-30 }, '
        '{ value = "1 mg/dL", date = 2025-05-01 } ]\n',
    ),
    (
        "lines that end as on Windows",
        '[lab]\r\ncr = { value = "1 mg/dL", date = 2025-05-01 }\r\n',
        '[lab]\r\ncr = [\r\n  { value = "2 mg/dL", date = 2025-05-30 },\r\n'
        '  { value = "1 mg/dL", date = 2025-05-01 },\r\n]\r\n',
    ),
]


@pytest.mark.parametrize(
    ("text", "after"), [row[1:] for row in SERIES], ids=[row[0] for row in SERIES]
)
def test_a_newer_result_stands_first(text: str, after: str) -> None:
    written = '{ value = "2 mg/dL", date = 2025-05-30 }'

    assert with_result(text, ("lab", "cr"), written) == after


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('lab.alt = "22 U/L"\n', ("lab", "ast")),
        ("answers = {}\n", ("answers", "a", "I1")),
        ('lab = "none"\n', ("lab", "ast")),
    ],
    ids=["dotted name", "braces", "no table"],
)
def test_what_cannot_be_written_is_refused(text: str, path: tuple[str | int, ...]) -> None:
    """A layout that nobody uses: the person is told what to write, and where."""
    with pytest.raises(Problem, match="cannot be added here; write it there"):
        with_value(text, path, "1")


@pytest.mark.parametrize(
    "text",
    ["[lab]\n", "lab = {", "lab = [1, 2", "= 1", "lab = }", "lab = { alt }"],
    ids=["another", "open table", "open list", "no key", "no value", "no sign of equality"],
)
def test_a_value_that_is_not_there_is_not_found(text: str) -> None:
    """Nothing is taken for it by mistake, even in a text that is not TOML."""
    with pytest.raises(Problem, match="cannot be added here; write it there"):
        piece(text, ("lab", "alt"))


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value that holds no other."""
    if isinstance(data, dict):
        return [leaf for step, value in data.items() for leaf in leaves(value, (*path, step))]
    if isinstance(data, list):
        return [leaf for step, value in enumerate(data) for leaf in leaves(value, (*path, step))]
    return [path]


EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", thinned(EXAMPLES, 4), ids=lambda path: path.stem)
def test_every_value_is_found_letter_by_letter(path: Path) -> None:
    """A value of an example is what TOML says it is; put in its own place, it changes nothing."""
    text = path.read_bytes().decode()
    data = data_of(text)
    found = leaves(data)

    assert len(found) > 50
    for place in found[:: len(found) // 50]:
        value = piece(text, place)
        assert data_of(f"value = {value}")["value"] == value_at(data, place)
        assert with_value(text, place, value) == text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("section", ["dates", "reviewed"])
def test_an_example_gains_one_line(path: Path, section: str) -> None:
    """Every other byte of the example stays."""
    text = path.read_bytes().decode()
    after = with_value(text, (section, "added"), "2026-01-01")
    start = after.index("\nadded ")
    end = after.index("\n", start + 1)

    assert after[:start] + after[end:] == text


def test_the_lines_of_a_text() -> None:
    """Each value and table has the line on which it begins; where that cannot be told, none has."""
    text = "a = 1\r\n[b]\r\nc = [\r\n  2,\r\n]\r\n[[d]]\r\n\r\n[[d]]\r\ne.f = 3\r\n"

    assert lines_of(text) == {
        ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "c", 0): 4,
        ("d",): 6, ("d", 0): 6, ("d", 1): 8, ("d", 1, "e"): 9, ("d", 1, "e", "f"): 9,
    }  # fmt: skip
    assert lines_of("no TOML") == {}
