"""What is laid out plain is laid out as rich does it."""

from io import StringIO
from random import Random
from typing import Any

import pytest
from rich.console import Console

from cartscreen.render.draw import Indented, Pairs, draw, item, ruled
from cartscreen.render.paper import (
    _ONE_EACH,
    Group,
    NotPlain,
    Padding,
    Table,
    Text,
    cell_len,
    plain_lines,
)

WORDS = (
    "a", "of", "x10^9/L", "immunosuppressants", "2026-10-12,", "≥", "µg", "--all", "━━━", " ",
    "anti-dsDNA", "a\nb", "\n", "    ", "", "100", "(I2.b)", "Hydroxychloroquine/methotrexate" * 2,
)  # fmt: skip


def by_rich(part: Any, width: int) -> list[str]:
    """The lines of the part as rich lays them out, without what may be at their ends."""
    file = StringIO()
    console = Console(
        file=file, width=width, no_color=True, highlight=False, emoji=False, markup=False,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(part)
    return [line.rstrip() for line in file.getvalue().split("\n")[:-1]]


def some_text(draw: Random) -> Text:
    text = Text("", draw.choice(["", "bold"]))
    for _ in range(draw.randrange(draw.choice([2, 9, 30]))):
        words = draw.choice(WORDS)
        text.append(Text(words, "red") if draw.random() < 0.1 else words, draw.choice(["", "red"]))
        text.append(draw.choice([" ", " ", " ", ""]))
    return text


def some_table(draw: Random, depth: int) -> Table:
    names = [draw.choice(WORDS) for _ in range(draw.randrange(1, 6))]
    table = ruled(*names, between=draw.randrange(3))
    if draw.random() < 0.5:
        table = Table.grid(padding=(0, draw.randrange(1, 3)))
        for _ in names:
            table.add_column(
                no_wrap=draw.random() < 0.3,
                overflow=draw.choice(["fold", ""]),
                justify=draw.choice(["left", "right"]),
            )
    for column in table.columns:
        column.width = draw.choice([None, None, None, 7])
    for _ in range(draw.randrange(1, 5)):
        table.add_row(*(some_part(draw, depth - 1) for _ in names[draw.randrange(2) :]))
    return table


def some_part(draw: Random, depth: int) -> Any:
    kinds = [some_text, some_text]
    if depth > 0:
        kinds += [
            lambda draw: some_table(draw, depth),
            lambda draw: some_table(draw, 0),
            lambda draw: item(draw.choice(WORDS), some_text(draw)),
            lambda draw: Padding(some_part(draw, depth - 1), (0, 0, 0, draw.randrange(5))),
            lambda draw: Indented(some_part(draw, depth - 1), draw.randrange(9)),
            lambda draw: Group(some_text(draw), item("-", some_text(draw))),
            lambda draw: Pairs([(draw.choice(WORDS), str(some_text(draw)))] * 2, indent=2),
        ]
    return draw.choice(kinds)(draw)


@pytest.mark.slow
def test_plain_is_as_rich_lays_it_out() -> None:
    """Any parts at any width; of some, rich must lay them out, but not of most."""
    draw = Random(5)
    plain = 0
    for number in range(600):
        part, width = some_part(draw, 2), draw.randrange(8, 90)
        try:
            lines = [line.rstrip() for line in plain_lines(part, width)]
        except NotPlain:
            continue
        plain += 1
        assert lines == by_rich(part, width), (number, width)

    assert plain > 400


@pytest.mark.parametrize(
    "text", ["", "plain", "Σ ≥ µ ·", "抗体 100", "e\u0301", "\u200b", "👍🏽", "\uff46\uff55", "é"]
)
def test_a_text_takes_as_many_columns_as_rich_says(text: str) -> None:
    from rich.cells import cell_len as rich_cell_len

    assert cell_len(text) == rich_cell_len(text)


def test_of_the_letters_that_take_one_column_each_rich_says_the_same() -> None:
    from rich.cells import cell_len as rich_cell_len

    letters = [chr(number) for number in range(0x3000) if _ONE_EACH.fullmatch(chr(number))]

    assert [letter for letter in letters if rich_cell_len(letter) != 1] == []
    assert len(letters) > 1000


@pytest.mark.parametrize("text", ["a\tb", "抗核抗体阳性患者", "a\rb"])
def test_what_is_not_known_is_laid_out_by_rich(text: str) -> None:
    with pytest.raises(NotPlain):
        plain_lines(Text(text), 5)

    assert draw([Text(text)], width=5, colour=False).split("\n")[:-1] == by_rich(Text(text), 5)


def test_in_colour_words_have_their_styles() -> None:
    text = Text("a ", "bold").append("b", "red").append(Text("c", "green"))

    assert draw([text], width=80, colour=True) == (
        "\x1b[1ma \x1b[0m\x1b[1;31mb\x1b[0m\x1b[1;32mc\x1b[0m\n"
    )
