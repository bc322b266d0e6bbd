"""Every page of HTML: it loads nothing, a screen reader can find its way, and it can be printed."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from pages import Page
from program import EXAMPLES, run

ADULT = str(EXAMPLES / "sle-nephritis-adult.toml")
VISITS = [str(EXAMPLES / "response" / f"{visit}.toml") for visit in ("baseline", "month-3")]
LEDGER = str(EXAMPLES / "ledgers" / "rd06-04-sle.toml")
COMMANDS = {
    "check": ["check", ADULT, "--format", "html"],
    "log": ["check", ADULT, "--format", "log"],
    "checklist": ["check", ADULT, "--trial", "cd19-csle", "--format", "checklist"],
    "response": ["response", *VISITS, "--format", "html"],
    "responses": ["response", "LIST", "--format", "html"],
    "escalation": ["escalation", "rd06-04-sle", LEDGER, "--format", "html"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "LIST.csv").write_text(f"{','.join(VISITS)}\n{ADULT}\n", "utf-8")
    return folder


@cache
def written(kind: str, folder: Path) -> str:
    target = folder / f"{kind}.html"
    command = [str(folder / "LIST.csv") if part == "LIST" else part for part in COMMANDS[kind]]
    done = run(*command, "--output", str(target))
    assert done.err == ""
    return target.read_text("ascii")


@pytest.fixture(params=COMMANDS)
def text(request: pytest.FixtureRequest, folder: Path) -> str:
    return written(request.param, folder)


def test_nothing_is_loaded_and_no_style_but_its_own_applies(text: str) -> None:
    """The policy names the hash of the only style; links lead to places of the page that exist."""
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    page = Page(text)

    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'" in text
    assert not re.search(r"<(script|link|img|iframe|object|form)\b|@import|url\(|https?:", text)
    assert not {"src", "srcset", "style", "action", "data"} & {name for name, _ in page.attributes}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert {href.removeprefix("#") for href in page.named("href")} <= set(page.named("id"))
    assert len(page.named("id")) == len(set(page.named("id")))


def test_every_element_is_closed_where_it_should_be(text: str) -> None:
    """Elements are closed in the order in which they were opened."""
    page = Page(text)

    assert (page.faults, page.open) == ([], [])


def test_a_screen_reader_finds_its_way(text: str) -> None:
    """The language is named; one first heading, no level skipped; each head of a table a scope."""
    page = Page(text)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]

    assert page.named("lang") == ["en"]
    assert [tag for tag, _ in page.tags].count("main") == 1
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all("scope" in names for tag, names in page.tags if tag == "th")
    assert set(page.named("scope")) <= {"col", "colgroup", "row"}


def test_it_can_be_printed(text: str) -> None:
    """On paper it is light, its pages are numbered, and the heads of tables are repeated."""
    _, _, printed = text.partition("@media print {")

    assert "color-scheme: light;" in printed
    assert "counter(page)" in printed
    assert "thead { display: table-header-group; }" in printed
