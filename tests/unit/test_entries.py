"""What the files of a vocabulary leave to defaults, items and scores, and every way to be wrong."""

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from support import ROOT

from cartscreen.errors import CriteriaError
from cartscreen.pack.pack import load_pack
from cartscreen.vocabulary import Count, Item, Score, Vocabulary

DEFAULT = """
[default.my]
label    = "Scale: {short}"
question = "Ever: {asks}?"
kind     = "finding"
changes  = "time"
"""
ITEMS = """
[item.my]
rash  = { weight = 2, domain = "skin", short = "rash" }
ulcer = { weight = 3, domain = "skin", short = "ulcer", asks = "an ulcer of the mouth" }
fever = { weight = 1, short = "fever", obtain = "question" }
"""
TOTAL = """
[fact.score.total]
label    = "The score"
kind     = "quantity"
unit     = "1"
question = "What is the score?"
derive   = DERIVE
"""


def parsed(**files: str) -> Vocabulary:
    """The vocabulary of these files: `scores_a` is scores/a.toml."""
    data = {
        f"{name.replace('_', '/')}.toml": tomllib.loads(text, parse_float=Decimal)
        for name, text in files.items()
    }
    return Vocabulary.parse(data, "ours/")


def total(derive: str, items: str = ITEMS) -> tuple[str, ...]:
    """The items that the score counts with their weights: a domain is between bars."""
    facts = parsed(scores_a=DEFAULT + items + TOTAL.replace("DERIVE", derive)).facts
    (score,) = facts["score.total"].derive
    assert isinstance(score, Score)
    return tuple(
        " ".join(f"{item.weight} x {item.fact}" for item in domain) for domain in score.domains
    )


def test_an_entry_takes_from_its_default_what_it_does_not_say() -> None:
    """Keys it lacks, and the words around its own; asks is short where it is not written."""
    facts = parsed(scores_a=DEFAULT + ITEMS).facts
    rash, ulcer, fever = (facts[f"my.{name}"] for name in ("rash", "ulcer", "fever"))

    assert (rash.label, rash.question) == ("Scale: rash", "Ever: rash?")
    assert (ulcer.label, ulcer.question) == ("Scale: ulcer", "Ever: an ulcer of the mouth?")
    assert (rash.kind, rash.changes, rash.obtain) == ("finding", "time", "chart")
    assert (fever.kind, fever.changes, fever.obtain) == ("finding", "time", "question")


def test_a_text_of_its_own_replaces_that_of_the_default() -> None:
    """The words of the default stand only around `short` and `asks`."""
    own = """
    [fact.my]
    other = { short = "x", question = "What else?" }
    word  = { label = "W", question = "w?" }
    """
    facts = parsed(facts_a=DEFAULT + own).facts

    assert (facts["my.other"].label, facts["my.other"].question) == ("Scale: x", "What else?")
    assert (facts["my.word"].label, facts["my.word"].question) == ("W", "w?")


def test_a_capital_letter_for_short() -> None:
    """{Short} begins a sentence; the rest stays as it is written."""
    default = DEFAULT.replace("Ever: {asks}?", "{Short}?")
    items = '[item.my]\na = { weight = 1, short = "increased DNA binding" }'

    assert parsed(scores_a=default + items).facts["my.a"].question == "Increased DNA binding?"


def test_a_default_holds_in_its_own_file() -> None:
    """The same section in another file says its own."""
    other = '[fact.my]\nb = { label = "B", kind = "date", question = "b?" }'
    facts = parsed(scores_a=DEFAULT + ITEMS, facts_b=other).facts

    assert (facts["my.b"].kind, facts["my.b"].changes) == ("date", "never")


@pytest.mark.parametrize(
    ("derive", "expected"),
    [
        ('{ sum = "my" }', ("2 x my.rash", "3 x my.ulcer", "1 x my.fever")),
        ('{ sum = "my", without = ["rash", "fever"] }', ("3 x my.ulcer",)),
        ('{ sum = "my", only = ["rash", "fever"] }', ("2 x my.rash", "1 x my.fever")),
        ('{ highest = "my" }', ("2 x my.rash 3 x my.ulcer", "1 x my.fever")),
        ('{ highest = "my", without = ["ulcer"] }', ("2 x my.rash", "1 x my.fever")),
    ],
)
def test_a_score_by_the_items_of_a_section(derive: str, expected: tuple[str, ...]) -> None:
    """All items, or only some, or all without some; the highest of each domain."""
    assert total(derive) == expected


def test_a_score_by_one_of_several_weights() -> None:
    """An item that lacks this weight is no item of this score."""
    items = """
    [item.my]
    rash = { weight = { bare = 2, biopsy = 1.5 }, short = "rash" }
    cell = { weight = { biopsy = 3 }, short = "cells" }
    """

    assert total('{ sum = "my", weight = "bare" }', items) == ("2 x my.rash",)
    assert total('{ sum = "my", weight = "biopsy" }', items) == ("3/2 x my.rash", "3 x my.cell")


def test_a_weight_that_all_items_share() -> None:
    """The default of the section has it; a fact that is no item does not get it."""
    text = DEFAULT + "weight = 2\n" + '[item.my]\na = { short = "a" }\n[fact.my]\nb.short = "b"'
    vocabulary = parsed(scores_a=text + TOTAL.replace("DERIVE", '{ sum = "my" }'))

    assert vocabulary.facts["score.total"].derive == (Score(((Item("my.a", Fraction(2)),),)),)
    assert "my.b" in vocabulary.facts


def test_a_count_over_a_section() -> None:
    """It counts the facts of the section, in the order of the files."""
    text = DEFAULT + 'choices = ["A", "B"]\n[fact.my]\na.short = "a"\nb.short = "b"'
    facts = parsed(scores_a=text + TOTAL.replace("DERIVE", '{ count = "A", of = "my" }')).facts

    assert facts["score.total"].derive == (Count("A", ("my.a", "my.b")),)


def test_the_order_in_which_people_see_facts() -> None:
    """As [pack] says: sections and facts that it names, then the others as the files list them."""
    one = "{ label = 'L', kind = 'finding', question = 'q?' }"
    files = {
        "facts_a": f"[fact.first]\na = {one}\nb = {one}\n[fact.last]\nc = {one}",
        "scores_b": f"[fact.last]\nd = {one}\n[fact.other]\ne = {one}",
    }
    ordered = parsed(**files, pack='[pack]\norder = ["last.d", "first"]').facts

    assert list(parsed(**files).facts) == ["first.a", "first.b", "last.c", "last.d", "other.e"]
    assert list(ordered) == ["last.d", "last.c", "first.a", "first.b", "other.e"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        # defaults
        ({"scores_a": DEFAULT + 'wieght = 1\n' + ITEMS},
         "ours/scores/a.toml: default my: there is no key 'wieght'. Did you mean 'weight'"),
        ({"scores_a": DEFAULT + "derive = { sum = 'my' }\n" + ITEMS},
         "ours/scores/a.toml: default my: there is no key 'derive'"),
        ({"scores_a": DEFAULT.replace("default.my", "default.mi") + ITEMS},
         "default mi: this file has no facts and no items of the section 'mi'"),
        ({"scores_a": DEFAULT + "weight = 1\n[fact.my]\na.short = 'a'"},
         "default my: weight is for items; this file has none in [item.my]"),
        ({"scores_a": DEFAULT.replace("{asks}", "{ask}") + ITEMS},
         "default my: question has no place '{ask}'; expected {short}, {Short}, {asks}"),
        ({"scores_a": DEFAULT.replace("Ever", "E" * 1001) + ITEMS},
         "default my: question is longer than 1000 characters"),
        ({"scores_a": "default = 3"}, "ours/scores/a.toml: default is not a table"),
        ({"scores_a": DEFAULT + "[fact.my]\na.kind = 'date'"},
         "fact my.a: it has no text short = ... to stand in the default label 'Scale: {short}', "
         "nor a label of its own"),
        ({"scores_a": DEFAULT + "[fact.my]\na.short = 3"}, "fact my.a: it has no text short"),
        ({"scores_a": "[fact.my]\na = { label = 'A', short = 'a', kind = 'date', question = '?' }"},
         "fact my.a: there is no key 'short'"),
        # items
        ({"scores_a": DEFAULT + "[item.my]\na.short = 'a'"},
         "ours/scores/a.toml: item my.a has no weight; write weight = ... in its line, or in "
         "[default.my] for all"),
        ({"scores_a": DEFAULT + "[item.my]\na = 3"}, "scores/a.toml: item my.a is not a table"),
        ({"scores_a": DEFAULT + "[item.my]\na = { short = 'a', weight = 0 }"},
         "item my.a: the weight 0 is not a number above 0"),
        ({"scores_a": DEFAULT + "[item.my]\na = { short = 'a', weight = {} }"},
         "item my.a: weight is an empty table"),
        ({"scores_a": DEFAULT + "[item.my]\na = { short = 'a', weight = 1, domain = 2 }"},
         "item my.a: domain is not a text"),
        ({"scores_a": DEFAULT + "[fact.my]\na = { short = 'a', weight = 1 }"},
         "fact my.a: there is no key 'weight'"),
        # declared twice
        ({"scores_a": DEFAULT + ITEMS + "[fact.my]\nrash = { short = 'rash' }"},
         "ours/scores/a.toml: fact my.rash is declared twice: in this file, too"),
        ({"scores_a": DEFAULT + ITEMS, "scores_b": DEFAULT + ITEMS},
         "ours/scores/b.toml: fact my.rash is declared twice: in ours/scores/a.toml, too"),
        ({"facts": "[record.my]", "facts_b": "[record.my]"},
         "ours/facts/b.toml: record my is declared twice: in ours/facts.toml, too"),
        ({"facts": "[pack]", "pack": "[pack]"},
         "ours/pack.toml: [pack] stands in ours/facts.toml, too"),
        # keys of a file
        ({"pack": "[trial]"}, "ours/pack.toml: there is no key 'trial'"),
        ({"facts_a": "[pack]"}, "ours/facts/a.toml: there is no key 'pack'"),
        ({"facts_a": "contradiction = 3"}, "ours/facts/a.toml: contradiction is no list"),
        ({"pack": "[pack]\norder = 'my'"}, "ours/pack.toml: order of [pack] is not a list"),
        ({"facts": "[pack]\norder = ['mi']", "scores_a": DEFAULT + ITEMS},
         "ours/facts.toml: order of [pack] names 'mi', no section and no fact"),
        # a fault of an entry names the entry's file
        ({"facts_a": "[fact.my]\na = { label = 'A', kind = 'zork', question = '?' }"},
         "ours/facts/a.toml: fact my.a: kind: input should be"),
        ({"facts_a": DEFAULT + "[fact.my]\na = { short = 'a', derive = { stated = 'my.b' } }"},
         "ours/facts/a.toml: fact my.a derives from 'my.b', which is not declared"),
        ({"facts_a": "[fact.answers]\na = { label = 'A', kind = 'date', question = '?' }"},
         "ours/facts/a.toml: the section 'answers' has another meaning"),
    ],
)  # fmt: skip
def test_a_fault_of_the_files(files: dict[str, str], words: str) -> None:
    """The error names the file, the entry and what is wrong with it; where two clash, both."""
    with pytest.raises(CriteriaError) as error:
        parsed(**files)

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("derive", "words"),
    [
        ('{ sum = "mys" }', "there are no items [item.mys] for the score to count. Did you mean"),
        ('{ sum = "my", withot = ["rash"] }', "a score has no key 'withot'; it takes only"),
        ('{ sum = "my", without = ["rsh"] }', "without names 'rsh', no item of my. Did you mean"),
        ('{ sum = "my", only = [3] }', "only names 3, no item of my"),
        ('{ sum = "my", only = "rash" }', "only is not a list of items"),
        ('{ sum = "my", only = [] }', "only is not a list of items"),
        ('{ sum = "my", only = ["rash"], without = ["fever"] }', "only or without, not both"),
        ('{ sum = "my", without = ["rash", "ulcer", "fever"] }', "no item of my is left"),
        ('{ sum = "my", weight = "biopsy" }', "the weights of my are one, without a name"),
        ('{ sum = "my", weight = [] }', "the weights of my are one, without a name"),
        ('{ count = "A", of = "mys" }', "there is no section 'mys' to count in. Did you mean"),
    ],
)  # fmt: skip
def test_a_fault_of_a_score(derive: str, words: str) -> None:
    """The error names the file, the score, and the item that is not one."""
    with pytest.raises(CriteriaError) as error:
        total(derive)

    assert str(error.value).startswith("ours/scores/a.toml: fact score.total: ")
    assert words in str(error.value)


def test_a_score_of_items_with_several_weights_says_which() -> None:
    """No weight is taken in place of another."""
    items = '[item.my]\na = { weight = { bare = 2, biopsy = 1 }, short = "a" }'
    for derive in ('{ sum = "my" }', '{ sum = "my", weight = "bear" }'):
        with pytest.raises(CriteriaError, match="the weights of my are 'bare', 'biopsy'"):
            total(derive, items)


def test_scores_are_bounded() -> None:
    """A short file cannot ask for lists of millions of items."""
    items = "[item.my]\n" + "".join(f"a{n} = {{ weight = 1, short = 'a' }}\n" for n in range(150))
    scores = "".join(
        TOTAL.replace("total", f"t{n}").replace("DERIVE", '{ sum = "my" }') for n in range(150)
    )
    with pytest.raises(CriteriaError, match="the scores count more than 20000 facts together"):
        parsed(scores_a=DEFAULT + items + scores)


# folders


TRIAL = """
[trial]
id      = "ours"
name    = "A study of ours"
source  = "ours.txt"
checked = 2026-11-23
[[inclusion]]
id     = "I1"
title  = "A score of at least 4"
source = "Inclusion 1"
rule   = "activity.our_sledai >= 4"
"""
OUR_SCORE = """
[fact.activity.our_sledai]
label    = "SLEDAI-2K without fever"
kind     = "quantity"
unit     = "1"
question = "What is the SLEDAI-2K without fever?"
derive   = { sum = "sledai", without = ["fever"] }
"""


def test_a_folder_of_ones_own_may_have_folders_and_count_our_items(tmp_path: Path) -> None:
    """`facts/` and `scores/` are read; a score without one of our items is one line."""
    (tmp_path / "ours.toml").write_text(TRIAL, "utf-8")
    for folder in ("facts", "scores", "cases"):
        (tmp_path / folder).mkdir()
    (tmp_path / "scores" / "own.toml").write_text(OUR_SCORE, "utf-8")
    (tmp_path / "facts" / "own.toml").write_text(DEFAULT + "[fact.my]\na.short = 'a'", "utf-8")
    (tmp_path / "pack.toml").write_text('[pack]\nid = "ours"\nversion = "1"', "utf-8")
    pack = load_pack(tmp_path)
    (score,) = pack.vocabulary.facts["activity.our_sledai"].derive
    (whole,) = pack.vocabulary.facts["activity.sledai_2k"].derive

    assert isinstance(score, Score)
    assert isinstance(whole, Score)
    assert score.items == tuple(item for item in whole.items if item.fact != "sledai.fever")
    assert (pack.id, pack.version, "my.a" in pack.vocabulary.facts) == ("ours", "1", True)

    (tmp_path / "cases" / "ours.toml").write_text("this is no TOML", "utf-8")
    assert load_pack(tmp_path).sha256 == pack.sha256, "cases are no part of the pack"
    (tmp_path / "scores" / "own.toml").write_text(OUR_SCORE + "\n", "utf-8")
    assert load_pack(tmp_path).sha256 != pack.sha256


def test_a_link_out_of_a_folder_of_the_pack_is_an_error(tmp_path: Path) -> None:
    """Neither a file of `facts/` nor the folder itself may lie elsewhere."""
    pack, outside = tmp_path / "pack", tmp_path / "out"
    for folder in (pack, outside, pack / "facts"):
        folder.mkdir()
    trial = TRIAL.replace("activity.our_sledai", "activity.sledai_2k")
    (pack / "ours.toml").write_text(trial, "utf-8")
    (outside / "own.toml").write_text(OUR_SCORE, "utf-8")
    (pack / "facts" / "own.toml").symlink_to(outside / "own.toml")
    (pack / "scores").symlink_to(outside)

    with pytest.raises(CriteriaError) as error:
        load_pack(pack)
    assert [fault.partition(": ")[0] for fault in error.value.faults] == [
        str(pack / folder / "own.toml") for folder in ("facts", "scores")
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("scores/a.toml", "[[[", "scores/a.toml: line 1 is not TOML"),
        ("scores/a.toml", "[item.my]\na = { weight = 1 }\na = { weight = 1 }\n",
         r"scores/a.toml: line 3 \(a\) is not TOML: this name is written twice"),
        ("facts/a.toml",
         "[fact.my]\na = { label='A', kind='finding', question='?', derive={ rule='my.x' } }",
         "facts/a.toml: fact my.a: there is no fact 'my.x'"),
        ("facts/a.toml", '[[contradiction]]\nsays = "s"\nrule = "my.x"\ndoubts = []',
         "facts/a.toml: contradiction: there is no fact 'my.x'"),
        ("facts/a.toml", OUR_SCORE.replace("our_sledai", "sledai_2k"),
         "fact activity.sledai_2k is declared by the bundled pack already"),
    ],
)  # fmt: skip
def test_a_fault_in_a_folder_of_the_pack(tmp_path: Path, name: str, text: str, words: str) -> None:
    """An item that is written twice in its file is a fault of TOML; every fault names its file."""
    trial = TRIAL.replace("activity.our_sledai", "activity.sledai_2k")
    (tmp_path / "ours.toml").write_text(trial, "utf-8")
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(CriteriaError, match=words):
        load_pack(tmp_path)


# the bundled files


FILES = {
    f"{path.parent.name}/{path.name}": tomllib.loads(path.read_text("utf-8"))
    for folder in ("facts", "scores")
    for path in sorted((ROOT / "criteria" / folder).glob("*.toml"))
}


@pytest.mark.parametrize("file", FILES)
def test_no_weight_and_no_unit_is_written_twice(file: str) -> None:
    """A weight stands with its item alone, and what a whole section shares in its default alone."""
    data = FILES[file]
    for section in data.get("fact", {}).keys() | data.get("item", {}).keys():
        default = data.get("default", {}).get(section, {})
        items = list(data.get("item", {}).get(section, {}).values())
        entries = [*items, *data.get("fact", {}).get(section, {}).values()]
        restated = [
            key for entry in entries for key, value in entry.items() if default.get(key) == value
        ]
        listed = [
            score
            for entry in entries
            for derive in (entry.get("derive", []),)
            for score in (derive if isinstance(derive, list) else [derive])
            if not isinstance(score.get("sum", score.get("highest", "")), str)
        ]
        shared = {
            key
            for key, all_of in (("unit", entries), ("weight", items))
            if len(all_of) > 1
            and len({str(entry.get(key)) for entry in all_of} - {"None"}) == 1
            and all(key in entry for entry in all_of)
        }

        assert (section, restated) == (section, [])
        assert (section, shared) == (section, set()), "write it once, in the default"
        assert (section, listed) == (section, []), "a score names items, and never their weights"
