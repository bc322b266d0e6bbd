"""Trial files and packs: one faulty text for each fault, and what its message says."""

import re
import shutil
from pathlib import Path

import pytest
from support import ROOT, TRIAL_HEAD, asked, finding_for, screened, told, trial_toml

from cartscreen.answer import Answer
from cartscreen.errors import CriteriaError
from cartscreen.pack.lint import check_limits
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.pack.read_trial import parse_trial
from cartscreen.pack.trial import Gate

I1 = """
[[inclusion]]
id     = "I1"
title  = "Lupus"
source = "Inclusion 1"
rule   = "diagnosis.sle"
"""
HEADING = I1.replace('rule   = "diagnosis.sle"\n', "")


def child(letter: str, more: str = "") -> str:
    return I1.replace('"I1"', f'"I1.{letter}"') + more + "\n"


def two_readings(label: object, rule: str, other: str = '"diagnosis.ild"') -> str:
    """Two readings, the second with the label "b"."""
    return f'readings = [{{ label = {label}, rule = {rule} }}, {{ label = "b", rule = {other} }}]'


def crossed(*pairs: str) -> str:
    """Readings under the choices one and two, each written "label label", of different rules."""
    readings = [
        f'{{ label = {{ one = "{one}", two = "{two}" }}, rule = "lab.alt < {number} U/L" }}'
        for number, (one, two) in enumerate((pair.split() for pair in pairs), start=1)
    ]
    return f"readings = [{', '.join(readings)}]\n"


def test_a_trial_as_it_is_parsed() -> None:
    """A trial keeps what the page says of the study, and its criteria in their order."""
    text = """
    [[inclusion]]
    id      = "I1"
    title   = "Lupus, treated"
    source  = "Inclusion 1"
    needs   = { all = ["I1.a", { any = ["I1.b", "I1.c"] }] }
    note    = "a heading"
    [[inclusion]]
    id      = "I1.a"
    title   = "Lupus"
    source  = "Inclusion 1 a"
    rule    = "diagnosis.sle"
    [[inclusion]]
    id      = "I1.b"
    title   = "Treated"
    source  = "Inclusion 1 b"
    readings = [
      { label = "at all", rule = { some = "treatment" } },
      { label = "in the last year", rule = { some = "treatment", where = [
        "last_dose within 1 year",
      ] } },
    ]
    [[inclusion]]
    id      = "I1.c"
    title   = "Not pregnant"
    source  = "Inclusion 1 c"
    applies = "person.can_become_pregnant"
    rule    = "pregnancy.test is negative within 7 days before enrollment"
    [[exclusion]]
    id      = "E1"
    title   = "Any other reason"
    source  = "Exclusion 1"
    rule    = { ask = "Any other reason?" }
    """
    trial = trial_toml(text)
    heading, lupus, treated, pregnant, reason = trial.criteria

    assert (trial.id, trial.about.name, str(trial.about.checked)) == (
        "example",
        "An example",
        "2025-06-01",
    )
    assert [criterion.kind for criterion in trial.criteria] == ["inclusion"] * 4 + ["exclusion"]
    assert heading.gate == Gate(2, ("I1.a", Gate(1, ("I1.b", "I1.c"))))
    assert heading.gate.children == ("I1.a", "I1.b", "I1.c")
    assert (heading.readings, heading.note) == ((), "a heading")
    assert (lupus.parent, lupus.gate, [r.label for r in lupus.readings]) == ("I1", None, [""])
    assert [reading.label for reading in treated.readings] == ["at all", "in the last year"]
    assert (pregnant.applies is not None, pregnant.question) == (True, None)
    assert reason.question is not None
    assert reason.question.text == "Any other reason?"
    assert trial.by_id["I1.c"] is pregnant
    assert trial.names_read == (
        "diagnosis.sle", "treatment", "person.can_become_pregnant", "pregnancy.test",
        "dates.enrollment",
    )  # fmt: skip


def test_the_short_title() -> None:
    """A criterion may have a short title of at most 30 characters; without it `brief` is the title.

    The title itself stays as it is.
    """
    with_short, without = trial_toml(
        I1 + f'short = "{"x" * 30}"' + I1.replace("I1", "I2").replace("Lupus", "Lupus, any")
    ).criteria

    assert (with_short.title, with_short.short, with_short.brief) == ("Lupus", "x" * 30, "x" * 30)
    assert (without.title, without.short, without.brief) == ("Lupus, any", "", "Lupus, any")


def test_a_fault_of_a_criterion_names_its_line() -> None:
    """The line of the key at fault; of a missing key, that of its table; of no table, none."""
    first = TRIAL_HEAD.count("\n") + I1.count("\n")
    two = I1 + I1.replace('"I1"', '"I2"')

    with pytest.raises(CriteriaError) as fault:
        trial_toml(two[::-1].replace('"Lupus"'[::-1], "3", 1)[::-1])
    assert str(fault.value) == (
        f"example.toml: line {first + 4} (title): criterion I2: title: input should be a valid "
        "string."
    )

    with pytest.raises(CriteriaError) as fault:
        trial_toml(I1 + HEADING.replace("source", "sauce"))
    assert str(fault.value).startswith(f"example.toml: line {first + 2} (inclusion): criterion I1:")

    listed = 'inclusion = [{ id = "I1", title = 3, source = "here", rule = "diagnosis.sle" }]\n'
    with pytest.raises(CriteriaError, match=r"^example.toml: criterion I1: title: input should be"):
        trial_toml("", listed + TRIAL_HEAD)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # keys
        (I1.replace("rule ", "rul "), "I1: there is no key 'rul'. Did you mean 'rule'"),
        (I1.replace("title ", "titel "), "I1: .*'tit(el|le)'"),
        (I1.replace('title  = "Lupus"', ""), "I1: the key 'title' is missing"),
        (I1.replace('source = "Inclusion 1"', ""), "I1: the key 'source' is missing"),
        (I1.replace('"Lupus"', '"L"'), "I1: title: string should have at least 3"),
        (I1.replace('id     = "I1"', ""), "inclusion number 1: the key 'id' is missing"),
        (I1.replace('"Lupus"', "3"), "I1: title: input should be a valid string"),
        # the short title: beside the title, on one line of at most 30 characters
        (
            I1 + 'short = "Systemic lupus erythematosus ..."',
            "I1: short is not of its form: 3 to 30 characters on one line",
        ),
        (I1 + 'short = ""', "I1: short is not of its form"),
        (I1 + 'short = " SLE"', "I1: short is not of its form"),
        (I1 + 'short = "SLE\\nor not"', "I1: short is not of its form"),
        # ids
        (I1.replace('"I1"', '"X1"'), "X1: id is not of its form: I or E and a number"),
        (I1.replace('"I1"', '"I-1"'), "I-1: id is not of its form"),
        (I1.replace('"I1"', '"E1"'), "E1: the id of an inclusion begins with I"),
        (I1.replace("[[inclusion]]", "[[exclusion]]"), "I1: the id of an exclusion begins with E"),
        (I1 + I1, "I1: the id is written twice"),
        (child("a"), "I1.a: its heading I1 is missing"),
        (I1 + I1.replace('"I1"', '"I2.a.b"'), "I2.a.b: its heading I2.a is missing"),
        (child("a") + HEADING, "I1.a: its heading I1 stands below it; a heading comes first"),
        # what a criterion has
        (HEADING, "I1: it needs exactly one of rule, readings, or children"),
        (I1 + "readings = []", "I1: it needs exactly one of rule, readings, or children"),
        (I1 + child("a"), r"I1: a heading over others \(I1.a\) takes no rule"),
        (
            HEADING + 'readings = [{ label = "a", rule = "diagnosis.sle" }]' + child("a"),
            r"I1: a heading over others \(I1.a\) takes no readings",
        ),
        # needs
        (I1 + 'needs = "any"', "I1: needs is for a heading, and this one has no children"),
        (HEADING + 'needs = "both"' + child("a"), 'I1: needs = \'both\' is not "all", "any"'),
        (HEADING + "needs = true" + child("a"), 'I1: needs = .* is not "all", "any"'),
        (HEADING + "needs = 0" + child("a"), "I1: needs = 0, and there are 1 children"),
        (HEADING + "needs = 2" + child("a"), "I1: needs = 2, and there are 1 children"),
        (HEADING + "needs = { all = [] }" + child("a"), "I1: needs is not a shape"),
        (HEADING + 'needs = { al = ["I1.a"] }' + child("a"), "I1: needs is not a shape"),
        (HEADING + "needs = { any = [] }" + child("a"), "I1: needs is not a shape"),
        (HEADING + "needs = { at_least = 1, of = [] }" + child("a"), "I1: needs is not a shape"),
        (
            HEADING + 'needs = { at_least = 0, of = ["I1.a"] }' + child("a"),
            "I1: at_least = 0 of 1 children",
        ),
        (HEADING + "needs = { all = [1] }" + child("a"), "I1: needs is not a shape"),
        (
            HEADING + 'needs = { all = ["I1.a", "I1.bb"] }' + child("a") + child("b"),
            "I1: needs names 'I1.bb', no child. Did you mean 'I1.b'",
        ),
        (
            HEADING + 'needs = { all = ["I1.a", { any = ["I1.a"] }] }' + child("a"),
            "I1: needs names a child twice",
        ),
        (
            HEADING + 'needs = { at_least = 3, of = ["I1.a", "I1.b"] }' + child("a") + child("b"),
            "I1: at_least = 3 of 2 children",
        ),
        (
            HEADING + 'needs = { all = ["I1.a"] }' + child("a") + child("b"),
            "I1.b: its heading's needs does not name it; say in a note what it is for",
        ),
        (HEADING + 'needs = { all = ["I2"] }', "I1: it needs exactly one of"),
        (
            HEADING + 'needs = { all = ["E1"] }' + I1.replace("I1", "E1").replace("incl", "excl"),
            "I1: it needs exactly one of",
        ),
        # readings
        (HEADING + "readings = []", "I1: readings are at least two; write rule for one"),
        (
            HEADING + 'readings = [{ label = "a", rule = "diagnosis.sle" }]',
            "I1: readings are at least two",
        ),
        (
            HEADING
            + 'readings = [{ label = "a", rule = "diagnosis.sle" }, { rule = "diagnosis.ild" }]',
            r"I1: a reading is \{ label = ..., rule = ... \}",
        ),
        (
            HEADING + two_readings(1, '"diagnosis.sle"'),
            r"I1: a reading is \{ label = ..., rule = ... \}",
        ),
        (
            HEADING + two_readings('"b"', '"diagnosis.sle"'),
            "I1: each reading needs a label of its own",
        ),
        (
            HEADING + two_readings('""', '"diagnosis.sle"'),
            "I1: each reading needs a label of its own",
        ),
        (
            HEADING + two_readings('"a"', '"diagnosis.ild"'),
            "I1: the readings 'a' and 'b' of I1 are alike: they have one rule",
        ),
        (
            HEADING + two_readings('"a"', '{ ask = "A?" }'),
            'I1: it asks a question and has readings.*name the choice.*choice = "contraception"',
        ),
        (I1 + 'choice = "a choice"', "I1: choice is a name for the choice between readings"),
        (
            HEADING + 'choice = "a choice"' + child("a"),
            "I1: choice is for a criterion with readings, and this one is a heading",
        ),
        (
            HEADING + 'choice = "I2"\n' + two_readings('"a"', '"diagnosis.sle"'),
            "I1: choice is not of its form: a name in small letters",
        ),
        (
            HEADING + 'choice = "one"\n' + two_readings('{ two = "a" }', '"diagnosis.sle"'),
            "I1: the labels name their choices in a table; leave out the key choice",
        ),
        (
            HEADING + two_readings('{ I2 = "a" }', '"diagnosis.sle"'),
            "I1: 'I2' is not a name in small letters for a choice",
        ),
        (HEADING + crossed("a x", "b x", "a y"), "I1: there is no reading for 'b', 'y'"),
        (
            HEADING + crossed("a x", "b x", "a y", "b y", "a y"),
            "I1: there are two readings for 'a', 'y'",
        ),
        (HEADING + crossed("a x", "b x", "a b", "b b"), "I1: a label stands under two choices"),
        (
            HEADING
            + 'choice = "one"\n'
            + two_readings('"a"', '"diagnosis.sle"')
            + HEADING.replace('"I1"', '"I2"')
            + 'choice = "one"\n'
            + two_readings('"c"', '"diagnosis.sle"'),
            "criterion I2: it shares the choice 'one' with I1, and 'a' is a label of one of them",
        ),
        # questions
        (
            HEADING + two_readings('"a"', '{ ask = "A?" }', '{ ask = "B?" }'),
            "I1: it asks different questions; one answer could not serve both",
        ),
        (
            HEADING + 'rule = { all = [{ ask = "A?" }, { ask = "B?" }] }',
            "I1: it asks different questions",
        ),
        (I1 + 'applies = { ask = "A?" }', "I1: applies asks a question, which nobody could answer"),
        # rules, everywhere they stand
        (
            I1.replace("sle", "slee"),
            "I1: there is no fact 'diagnosis.slee'.*Did you mean 'diagnosis.sle'",
        ),
        (I1 + 'applies = "diagnosis.slee"', "I1: there is no fact 'diagnosis.slee'"),
        (I1.replace('"diagnosis.sle"', "3"), "I1: 3 is not a rule"),
        (
            HEADING + two_readings('"a"', '"diagnosis.slee"'),
            "I1: there is no fact 'diagnosis.slee'",
        ),
    ],
)
def test_a_fault_of_a_criterion(text: str, words: str) -> None:
    """The error names the file, the criterion, the fault, and the likely fix."""
    with pytest.raises(
        CriteriaError, match=rf"^example.toml: (line \d+ \(\w+\): )?(criterion )?{words}"
    ):
        trial_toml(text)


@pytest.mark.parametrize(
    ("head", "text", "words"),
    [
        (TRIAL_HEAD, "", "the trial has no criteria; an empty list would fit everyone"),
        (TRIAL_HEAD, "inclusion = []\n", r"\[trial\]: there is no key 'inclusion'"),
        ("", I1, "the key 'trial' is missing"),
        ("trial = 3", I1, "trial: "),
        (TRIAL_HEAD + 'sponsr = "x"', I1, r"\[trial\]: there is no key 'sponsr'.*'sponsor'"),
        (TRIAL_HEAD.replace("name ", "#"), I1, r"\[trial\]: the key 'name' is missing"),
        (TRIAL_HEAD.replace("2025-06-01", '"2025"'), I1, r"\[trial\]: checked: .*valid date"),
        (TRIAL_HEAD.replace('"example"', '"An Example"'), I1, r"\[trial\]: id is not of its form"),
        (TRIAL_HEAD + "sites = 'x'", I1, r"\[trial\]: sites: .*valid list"),
        (f"inclusions = 3{TRIAL_HEAD}", I1, "there is no key 'inclusions'.*'inclusion'"),
        (f"inclusion = 3{TRIAL_HEAD}", "", "inclusion: .*valid list"),
        (
            f"inclusion = [3]{TRIAL_HEAD}",
            "",
            r"inclusion number 1 is not a table; write \[\[inclusion",
        ),
        (TRIAL_HEAD, "[[inclusion", "line 7 is not TOML: a `]` is missing"),
        (TRIAL_HEAD, f"{I1}rule = 3", r"line \d+ .*is not TOML: this name is written twice"),
    ],
)
def test_a_fault_of_the_file(head: str, text: str, words: str) -> None:
    """The error names the file, and the table or key."""
    with pytest.raises(CriteriaError, match=rf"^example.toml: {words}"):
        trial_toml(text, head)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe[trial]", "this is not UTF-8"),
        (b"\x00", "line 1 is not TOML"),
        (b"[trial]\nid = '\xe9'", "this is not UTF-8"),
    ],
)
def test_a_file_that_is_no_text(content: bytes, words: str) -> None:
    """Bytes that are not UTF-8 TOML are refused with the name of the file."""
    with pytest.raises(CriteriaError, match=f"^example.toml: {words}"):
        parse_trial(content, bundled_pack().vocabulary, "example.toml")


FACT = """
[fact.my.{name}]
label    = "A fact of ours"
kind     = "{kind}"
question = "Is it so?"
{more}
"""


def pack_of(folder: Path, trial: str = I1, **files: str) -> Path:
    """A folder with a trial, facts.toml and drugs.toml."""
    if trial:
        (folder / "ours.toml").write_text(TRIAL_HEAD + trial, "utf-8")
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder


def test_a_pack_of_ones_own_adds_its_facts_drugs_and_classes(tmp_path: Path) -> None:
    """A folder may bring facts, lists, drugs and classes; the bundled ones are there as well."""
    facts = """
    [pack]
    id      = "ours"
    version = "7"
    [fact.my.marker]
    label    = "A marker of ours"
    kind     = "quantity"
    unit     = "mg/L"
    question = "What is the marker?"
    [fact.lab.our_test]
    label    = "A test of ours"
    kind     = "finding"
    choices  = ["low", "high"]
    question = "Which?"
    [record.surgery]
    label    = "Operations"
    question = "Which operations?"
    obtain   = "chart"
    changes  = "time"
    [record.surgery.field.day]
    label    = "Day"
    kind     = "date"
    """
    drugs = """
    [class.ourclass]
    label   = "our class"
    [drug.zorkumab]
    label   = "zorkumab"
    names   = ["Zork"]
    classes = ["biologic", "ourclass"]
    """
    rule = """rule = { all = [
        "my.marker < 5 mg/L", "lab.our_test is low", "diagnosis.sle",
        { some = "surgery", where = ["day within 1 year"] },
        { some = "treatment", where = [
            "drug is zorkumab", "drug is biologic", "drug is ourclass",
        ] },
    ] }
    """
    pack = load_pack(pack_of(tmp_path, HEADING + rule, facts=facts, drugs=drugs))
    profile = """
    my.marker     = "4 mg/L"
    lab.our_test  = "low"
    diagnosis.sle = true
    surgery       = [{ day = 2025-01-10 }]
    treatment     = [{ drug = "ZORK" }]
    """
    (trial,) = pack.trials
    rule_text = rule.removeprefix("rule = ").strip()

    assert (pack.id, pack.version, trial.id) == ("ours", "7", "example")
    assert told(asked(rule_text, profile, pack=pack)) == "yes"
    assert told(asked(rule_text, pack=pack)).startswith("unknown, not_recorded: my.marker")
    assert "diagnosis.ild" in pack.vocabulary.facts
    assert len(pack.contradictions) == len(bundled_pack().contradictions)


def test_a_pack_of_trials_alone(tmp_path: Path) -> None:
    """A folder without facts.toml takes the bundled vocabulary, and its own name."""
    pack = load_pack(pack_of(tmp_path))

    assert [trial.id for trial in pack.trials] == ["example"]
    assert pack.vocabulary.facts == bundled_pack().vocabulary.facts
    assert pack.id == tmp_path.name


def test_a_pack_may_score_in_its_own_way(tmp_path: Path) -> None:
    """A variant of a score is data: a sum of weights, or the highest item of each domain."""
    facts = FACT.format(
        name="score",
        kind="quantity",
        more="""unit = "1"
        derive = { highest = [
          [{ fact = "sledai.rash", weight = 2 }, { fact = "sledai.seizure", weight = 8 }],
          [{ fact = "activity.ecog", weight = 3 }],
        ] }""",
    )
    pack = load_pack(pack_of(tmp_path, facts=facts))
    profile = "sledai.rash = true\nsledai.seizure = {seizure}\nactivity.ecog = 2"

    def score(limit: int, seizure: str) -> str:
        return told(asked(f"my.score >= {limit}", profile.format(seizure=seizure), pack=pack))

    assert score(14, "true") == "yes"  # 8 of the first domain, 2 x 3 of the second
    assert score(15, "true") == "no"
    assert score(8, "false") == "yes"  # 2 and 6
    assert score(9, "false") == "no"
    assert score(8, '"unknown"') == "yes"
    assert score(9, '"unknown"').startswith("unknown, not_recorded: ")


@pytest.mark.parametrize(
    ("facts", "drugs", "words"),
    [
        # a clash with the bundled pack
        (FACT.format(name="a", kind="finding", more="").replace("my.a", "diagnosis.sle"), "",
         "fact diagnosis.sle is declared by the bundled pack already"),
        ('[record.treatment]\nlabel = "x"\nquestion = "x"\nobtain = "chart"\nchanges = "time"', "",
         "record treatment is declared by the bundled pack already"),
        ("", '[drug.prednisone]\nlabel = "x"\nclasses = ["other"]',
         "drug name 'prednisone' is declared by the bundled pack already"),
        ("", '[drug.zork]\nlabel = "x"\nclasses = ["other"]\nnames = ["mmf"]',
         "drug name 'mmf' is declared by the bundled pack already"),
        ("", '[class.biologic]\nlabel = "x"',
         "drug class biologic is declared by the bundled pack already"),
        # circles
        (FACT.format(name="a", kind="finding", more='derive = { rule = "my.a" }'), "",
         "fact my.a derives from itself"),
        (FACT.format(name="a", kind="finding", more='derive = { rule = "my.b" }')
         + FACT.format(name="b", kind="finding", more='derive = { stated = "my.a" }'), "",
         "fact my.[ab] derives from itself, by my.[ab]"),
        # a rule that does not parse
        (FACT.format(name="a", kind="finding", more='derive = { rule = "my.c" }'), "",
         "facts.toml: fact my.a: there is no fact 'my.c'"),
        ('[[contradiction]]\nsays = "x"\nrule = "diagnosis.slee"\ndoubts = ["diagnosis.sle"]', "",
         "facts.toml: contradiction: there is no fact 'diagnosis.slee'.*Did you mean"),
        ('[[contradiction]]\nsays = "x"\nrule = "diagnosis.sle"\ndoubts = ["diagnosis.slee"]', "",
         "facts.toml: contradiction: there is no fact 'diagnosis.slee'.*Did you mean"),
    ],
)  # fmt: skip
def test_a_fault_of_a_pack(tmp_path: Path, facts: str, drugs: str, words: str) -> None:
    """A clash, a circle or a broken rule names the folder, the entry, and what is wrong."""
    with pytest.raises(CriteriaError, match=words) as error:
        load_pack(pack_of(tmp_path, facts=facts, drugs=drugs))

    assert str(error.value).startswith(str(tmp_path))


def test_an_empty_folder_is_no_pack(tmp_path: Path) -> None:
    """Without a trial there is nothing to be eligible for."""
    with pytest.raises(CriteriaError, match="no trial file"):
        load_pack(tmp_path)
    with pytest.raises(CriteriaError, match="no trial file"):
        load_pack(pack_of(tmp_path, trial="", facts=FACT.format(name="a", kind="finding", more="")))


def test_what_is_no_folder_is_no_pack(tmp_path: Path) -> None:
    """A missing folder, or a file in its place, is named."""
    with pytest.raises(CriteriaError, match=r"nowhere: .*--criteria takes a folder"):
        load_pack(tmp_path / "nowhere")
    (tmp_path / "file.toml").write_text("")
    with pytest.raises(CriteriaError, match=r"file.toml: .*--criteria takes a folder"):
        load_pack(tmp_path / "file.toml")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (TRIAL_HEAD, r"ours\.toml and .*second\.toml have the same id, 'example'"),
        (
            TRIAL_HEAD.replace('"example"', '"other"') + 'registry = "NCT00000001"',
            r"ours\.toml and .*second\.toml have the same registry, 'NCT00000001'",
        ),
    ],
)
def test_two_trials_are_told_apart(tmp_path: Path, head: str, words: str) -> None:
    """No two trials of a pack have one id, or one registry number."""
    pack_of(tmp_path, 'registry = "NCT00000001"' + I1)
    (tmp_path / "second.toml").write_text(head + I1)

    with pytest.raises(CriteriaError, match=words):
        load_pack(tmp_path)


def test_a_link_out_of_the_folder_is_an_error(tmp_path: Path) -> None:
    """Only what lies in the folder itself is read, and nothing is left out without a word."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    pack_of(inside)
    (outside / "other.toml").write_text(TRIAL_HEAD.replace("example", "other") + I1)
    (inside / "link.toml").symlink_to(outside / "other.toml")
    (inside / "loop.toml").symlink_to(inside / "loop.toml")

    with pytest.raises(CriteriaError, match=r"link\.toml: this is a link out of the folder"):
        load_pack(inside)
    (inside / "link.toml").unlink()
    with pytest.raises(CriteriaError, match=r"loop\.toml"):
        load_pack(inside)
    (inside / "loop.toml").unlink()
    assert [trial.id for trial in load_pack(inside).trials] == ["example"]


@pytest.mark.parametrize(
    ("change", "same"),
    [("", True), ("\n# a comment", False)],
)
def test_the_hash_is_of_every_byte(tmp_path: Path, change: str, same: bool) -> None:
    """Packs with the same files have the same hash; one byte more, another one."""
    first = load_pack(pack_of(tmp_path)).sha256
    second = load_pack(pack_of(tmp_path, I1 + change)).sha256

    assert (first == second) is same


def test_the_bundled_pack_as_a_folder_clashes_with_itself(tmp_path: Path) -> None:
    """Its vocabulary is declared twice then; its trials without it load."""
    for path in (ROOT / "criteria").glob("*.toml"):
        shutil.copy(path, tmp_path)
    for folder in ("facts", "scores"):
        shutil.copytree(ROOT / "criteria" / folder, tmp_path / folder)
    with pytest.raises(CriteriaError, match="declared by the bundled pack already"):
        load_pack(tmp_path)
    for name in ("codes.toml", "drugs.toml", "outcomes.toml", "pack.toml"):
        (tmp_path / name).unlink()
    for folder in ("facts", "scores"):
        shutil.rmtree(tmp_path / folder)
    alone = load_pack(tmp_path)
    assert alone.trials == bundled_pack().trials
    # its rules are the bundled ones: so they are where they are read again, beside an empty file
    (tmp_path / "drugs.toml").touch()
    again = load_pack(tmp_path)
    for field in ("trials", "derived_rules", "contradictions", "conditions", "of_entries"):
        assert getattr(again, field) == getattr(alone, field), field
    assert again.vocabulary.facts == alone.vocabulary.facts
    assert again.vocabulary.records == alone.vocabulary.records
    assert again.vocabulary.drugs == alone.vocabulary.drugs


def test_trials_are_selected_by_id_or_registry_number() -> None:
    """They stand in the order of the pack; without names, all are selected."""
    pack = bundled_pack()
    ids = [trial.id for trial in pack.trials]

    assert ids == [
        "ucar-cd19-bcma-sle",
        "auto-cd19-bcma-aid",
        "bcma-cd70-csle",
        "rd06-04-sle",
        "cd19-csle",
    ]
    assert [trial.id for trial in pack.select([])] == ids
    assert [trial.id for trial in pack.select(["cd19-csle"])] == ["cd19-csle"]
    assert [trial.id for trial in pack.select(["NCT06222853"])] == ["cd19-csle"]
    assert [trial.id for trial in pack.select(["NCT06222853", "rd06-04-sle", "cd19-csle"])] == [
        "rd06-04-sle", "cd19-csle",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cd19-csl", "no trial 'cd19-csl'. Did you mean 'cd19-csle'"),
        ("NCT99999999", "no trial 'NCT99999999'"),
        ("zork", "no trial 'zork'. `cartscreen list-trials` lists them"),
    ],
)
def test_an_unknown_trial_is_named_with_the_likely_one(name: str, words: str) -> None:
    """A trial that is not in the pack is never passed over."""
    with pytest.raises(CriteriaError, match=words):
        bundled_pack().select(["cd19-csle", name])


@pytest.mark.parametrize("trial", bundled_pack().trials, ids=lambda trial: trial.id)
def test_a_bundled_trial_gives_source_and_gaps(trial) -> None:
    """Each criterion says where it stands on the page; each study has a source and its gaps."""
    assert trial.about.source.endswith(".txt")
    assert trial.about.gaps
    assert [c.id for c in trial.criteria if not c.source or not c.title] == []


def test_a_screening_of_a_trial_of_ones_own(tmp_path: Path) -> None:
    """A pack's trial is screened like a bundled one."""
    trial = load_pack(pack_of(tmp_path)).trials[0]
    screening = screened(trial, "diagnosis.sle = true")

    assert screening.verdict == "eligible"
    assert finding_for(screening, "I1").answer is Answer.YES


# what a folder of one's own may add, and what it may not mean


def one_rule(rule: str, title: str = "A limit") -> str:
    """A trial of one criterion."""
    return f'[[inclusion]]\nid = "I1"\ntitle = "{title}"\nsource = "page"\nrule = {rule}\n'


EXTENSION = """
[extend.fact.person.fertility]
choices = ["not asked"]
[extend.record.treatment.field.line]
label    = "line of treatment"
kind     = "quantity"
unit     = "1"
[extend.record.treatment.field.route]
choices = ["by a pump of ours"]
"""


def test_a_pack_adds_words_fields_and_members(tmp_path: Path) -> None:
    """A choice of a fact, a field of a list and its choice, bundled drugs in a class of its own."""
    drugs = '[class.second_line]\nlabel = "second line"\nmembers = ["rituximab", "belimumab"]\n'
    facts = EXTENSION
    rule = """{ all = ["person.fertility is not asked", { some = "treatment", where = [
        "line >= 2", "route is by a pump of ours", "drug is second_line",
    ] }] }"""
    pack = load_pack(pack_of(tmp_path, one_rule(rule), facts=facts, drugs=drugs))
    profile = """
    person.fertility = "{fertility}"
    treatment = [{{ drug = "{drug}", line = 2, route = "by a pump of ours" }}]
    reviewed.treatment = 2025-06-02
    """

    def said(fertility: str, drug: str) -> str:
        return told(
            asked(rule, profile.format(fertility=fertility, drug=drug), pack=pack)
        ).partition(",")[0]

    assert said("not asked", "MabThera") == "yes"
    assert said("sterile", "MabThera") == "no"
    assert said("not asked", "tocilizumab") == "no"
    bundled = bundled_pack().vocabulary
    assert "not asked" not in bundled.facts["person.fertility"].choices
    assert "line" not in bundled.records["treatment"].fields
    assert "second_line" not in bundled.drugs["rituximab"].classes


@pytest.mark.parametrize(
    ("facts", "drugs", "words"),
    [
        ("[extend.fact.person.sex]\nchoices = ['x']", "", "renal.creatinine_clearance is"),
        ("[extend.fact.person.sexx]\nchoices = ['x']", "", "no such fact. Did you mean"),
        ("[extend.fact.person.sex]\nlabel = 'x'", "", "there is no key 'label'"),
        ("[extend.fact.person.sex]\nchoices = ['female']", "", "'female' is no new word"),
        ("[extend.fact.person.sex]\nchoices = ['a or b']", "", "'a or b' is no new word"),
        ("[extend.fact.lab.neutrophils]\nchoices = ['x']", "", "where ours has choices"),
        ("[extend.record.treatments.field.x]\nkind = 'text'", "", "no such list. Did you mean"),
        ("[extend.record.treatment.field.x]\nkind = 'text'", "", "fact x: the key 'label'"),
        ("[extend.record.treatment]\nlabel = 'x'", "", "there is no key 'label'"),
        ("[extend.drug.rituximab]\nnames = ['x']", "", "there is no key 'drug'"),
        ("", "[class.x]\nlabel = 'x'\nmembers = ['rituximap']", "no drug 'rituximap'"),
    ],
)  # fmt: skip
def test_what_a_pack_cannot_add(tmp_path: Path, facts: str, drugs: str, words: str) -> None:
    """Nothing of the bundled pack is changed, and a slip is named with its place."""
    with pytest.raises(CriteriaError, match=words) as error:
        load_pack(pack_of(tmp_path, facts=facts, drugs=drugs))

    assert str(error.value).startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('"activity.sledai_2k >= 200"', "values are from 0 to 105"),
        ('"lab.hemoglobin >= 8 g/L"', "plausible values are from 20 to 220 g/L"),
        ('{ all = ["heart.lvef >= 50 %", "heart.lvef < 30 %"] }', "never hold of one patient"),
        ('{ all = ["heart.lvef > 50 %", "heart.lvef <= 50 %"] }', "never hold of one patient"),
        ('{ all = ["person.sex is male", "person.sex is female"] }', "never hold of one patient"),
        (
            '{ some = "treatment", where = ["dose > 9 mg/day", "dose < 5 mg/day"] }',
            "never hold of one patient",
        ),
    ],
)
def test_a_rule_that_cannot_be_meant(tmp_path: Path, rule: str, words: str) -> None:
    """A limit that no plausible value lies beyond, and what holds of nobody, are errors."""
    with pytest.raises(CriteriaError, match=words) as error:
        load_pack(pack_of(tmp_path, one_rule(rule)))

    assert "ours.toml: criterion I1: " in str(error.value)


@pytest.mark.parametrize(
    "rule",
    [
        '"renal.protein_24h > 0 g/day"',
        '{ all = ["heart.lvef >= 30 %", "heart.lvef < 50 %"] }',
        '{ all = ["heart.lvef >= 50 %", "heart.lvef <= 50 %"] }',
        '{ any = ["heart.lvef >= 50 %", "heart.lvef < 30 %"] }',
        '{ all = ["heart.lvef >= 50 %", "heart.lvef < 30 % within 3 months"] }',
        '{ some = "treatment", where = ["drug is prednisone", "drug is glucocorticoid"] }',
    ],
)
def test_a_rule_that_can_be_meant(tmp_path: Path, rule: str) -> None:
    """Neither a range, nor results of other times, nor a drug and its class contradict."""
    load_pack(pack_of(tmp_path, one_rule(rule)))


@pytest.mark.parametrize(
    ("title", "is_fault"),
    [
        ("LVEF at least 75 %", True),
        ("LVEF at least 50 %", False),
        ("LVEF at least 50,0% (75 % in phase 2)", False),
        ("LVEF at least one half", False),
        ("LVEF normal in CD19 trials", False),
    ],
)
def test_a_title_that_says_another_number(tmp_path: Path, title: str, is_fault: bool) -> None:
    """A title over one limit that names numbers names that of the rule."""
    pack_of(tmp_path, one_rule('"heart.lvef >= 50 %"', title))
    if is_fault:
        with pytest.raises(CriteriaError, match="the title says 75, and the rule"):
            load_pack(tmp_path)
    else:
        load_pack(tmp_path)


@pytest.mark.parametrize(
    ("short", "wrong"),
    [
        ("LVEF >= 50 %", ""),
        ("LVEF >= 50.0 %", ""),
        ("LVEF of CD19 trials", ""),
        ("LVEF", ""),
        ("LVEF >= 55 %", "55"),
        ("LVEF >= 50 %, 2 tests", "2"),
    ],
)
def test_a_short_title_that_says_another_number(tmp_path: Path, short: str, wrong: str) -> None:
    """A short title has no number that its title does not write; it may leave numbers out."""
    rule = one_rule('"heart.lvef >= 50 %"', "LVEF at least 50 %")
    pack_of(tmp_path, f'{rule}\nshort = "{short}"\n')
    if wrong:
        with pytest.raises(CriteriaError, match=f"criterion I1: short says {wrong}, and the title"):
            load_pack(tmp_path)
    else:
        load_pack(tmp_path)


COMPARED = {  # how a title words the comparison that a short title writes as a sign
    "<": r"\b(under|below|less than) {}",
    "<=": r"\bat most {}",
    ">": r"\b(over|above|more than) {}",
    ">=": r"\bat least {}|(?<![\d.]){}( \S+)? or (more|higher)\b",
}


def test_the_short_titles_of_the_bundled_trials() -> None:
    """Each criterion has one, and no two of a trial the same; its comparisons are the title's.

    "> 6" stands for "above 6", ">= 8" for "at least 8", and neither for the other.
    """
    for trial in bundled_pack().trials:
        shorts = [criterion.short for criterion in trial.criteria]
        assert all(shorts)
        assert len(set(shorts)) == len(shorts)
        for criterion in trial.criteria:
            assert len(criterion.short) <= 30
            title = criterion.title.replace("the lower limit of normal", "LLN")
            signs = re.findall(r"([<>]=?) ([\w.:]+)", criterion.short)
            assert len(signs) == len(re.findall(r"[<>=≤≥]+", criterion.short))
            for sign, number in signs:
                whole = re.escape(number) + (r"(\.0)?(?![\d.:]*\d)" if number.isdigit() else r"\b")
                worded = COMPARED[sign].replace("{}", whole)
                assert re.search(worded, title, re.IGNORECASE), (trial.id, criterion.id)


def test_the_bundled_trials_can_be_meant() -> None:
    """What a folder of one's own is refused for is found in none of our trials."""
    pack = bundled_pack()
    for trial in pack.trials:
        check_limits(trial, pack.vocabulary, trial.id)


def test_all_faults_of_a_pack_are_named_at_once(tmp_path: Path) -> None:
    """One line each, over all files; those of rules once the vocabulary has none."""
    pack_of(
        tmp_path,
        one_rule('"lab.neutrophil >= 1 10^9/L"')
        + one_rule('"heart.lvef >= 50"').replace("I1", "I2")
        + one_rule('"activity.sledai_2k >= 200"').replace("I1", "I3"),
        facts=FACT.format(name="a", kind="fact", more="") + FACT.format(name="b", kind="", more=""),
        drugs='[drug.zork]\nlabel = 3\nclasses = ["other"]\n',
    )
    (tmp_path / "second.toml").write_text("[[[", "utf-8")
    (tmp_path / "third.toml").write_text("[trial]\nid = 'A'\nname = 'x'\n[[inclusion]]\nid = 3\n")
    with pytest.raises(CriteriaError) as error:
        load_pack(tmp_path)
    (tmp_path / "facts.toml").unlink()
    (tmp_path / "drugs.toml").unlink()
    with pytest.raises(CriteriaError) as of_rules:
        load_pack(tmp_path)

    def places(fault: CriteriaError) -> list[str]:
        return [said.removeprefix(f"{tmp_path}/").partition(": ")[0] for said in fault.faults]

    form = ["second.toml", *["third.toml"] * 2]
    assert places(error.value) == [*form, *["facts.toml"] * 2, "drugs.toml"]
    assert places(of_rules.value) == [*form, *["ours.toml"] * 2]


def test_at_most_a_hundred_faults_are_named(tmp_path: Path) -> None:
    """Of more, that there are more."""
    rules = "".join(one_rule('"a.b"').replace("I1", f"I{number}") for number in range(1, 200))
    with pytest.raises(CriteriaError) as error:
        load_pack(pack_of(tmp_path, rules))

    assert len(error.value.faults) == 101
    assert error.value.faults[-1].endswith("more faults, at least.")


def test_a_registry_number_is_no_id(tmp_path: Path) -> None:
    """The two are told apart by their form, so that neither is taken for the other."""
    pack_of(tmp_path, 'registry = "cd19-csle"' + I1)
    with pytest.raises(CriteriaError, match="registry is not of its form: as its registry writes"):
        load_pack(tmp_path)
    (tmp_path / "ours.toml").write_text(TRIAL_HEAD.replace('"example"', '"2024-1-2"') + I1)
    with pytest.raises(CriteriaError, match="id is not of its form"):
        load_pack(tmp_path)
    pack_of(tmp_path, 'registry = "2024-512345-12-00"' + I1)
    assert load_pack(tmp_path).select(["2024-512345-12-00"])[0].id == "example"


def test_line_ends_do_not_change_the_hash(tmp_path: Path) -> None:
    """A checkout with the line ends of Windows is the same pack."""
    before = load_pack(pack_of(tmp_path))
    path = tmp_path / "ours.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert load_pack(tmp_path).sha256 == before.sha256
