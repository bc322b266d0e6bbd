"""The vocabulary: what its files may say, and how names are found in them."""

import tomllib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from support import SCREENING, chart_of

from cartscreen.derive import Gap
from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS
from cartscreen.errors import CriteriaError, Problem
from cartscreen.pack.pack import bundled_pack
from cartscreen.place import texts
from cartscreen.units import Interval
from cartscreen.vocabulary import Formula, Vocabulary

BUNDLED = bundled_pack().vocabulary

FACT = """
[fact.my.{name}]
label    = "A fact"
kind     = "{kind}"
question = "Is it so?"
{more}
"""
FINDING = FACT.format(name="a", kind="finding", more="")
WORD = FACT.format(name="word", kind="finding", more='choices = ["low", "high"]')
NUMBER = FACT.format(name="number", kind="quantity", more='unit = "g/L"')
DRUG = """
[class.kind]
label = "kind"
[drug.zork]
label   = "zork"
classes = ["kind"]
{more}
"""
RECORD = """
[record.visit]
label    = "Visits"
question = "Which visits?"
obtain   = "chart"
changes  = "time"
[record.visit.field.day]
label    = "Day"
kind     = "date"
{more}
"""


def parsed(facts: str = "", drugs: str = "") -> Vocabulary:
    data, listed = (tomllib.loads(text, parse_float=Decimal) for text in (facts, drugs))
    return Vocabulary.parse({"facts.toml": data, "drugs.toml": listed}, "ours/")


def derived(kind: str, derive: str, unit: str = "") -> str:
    """A fact of this kind that follows from others."""
    more = (f'unit = "{unit}"\n' if unit else "") + f"derive = {derive}"
    return FINDING + WORD + NUMBER + FACT.format(name="it", kind=kind, more=more)


@pytest.mark.parametrize(
    "unit",
    ["pg/mL", "ng/mL", "U/mL", "mIU/mL", "mg/m2", "ms", "mm/h", "kg/m2", "10^3/uL", "/uL", "fL"],
)
def test_a_fact_may_be_in_any_unit_that_is_composed_of_known_parts(unit: str) -> None:
    """A pack is not bound to the units that the bundled one uses."""
    assert parsed(NUMBER.replace("g/L", unit)).facts["my.number"].unit == unit


def test_what_a_vocabulary_holds() -> None:
    """Facts by section and name, lists with their fields, drugs and classes."""
    vocabulary = parsed(
        NUMBER + WORD + RECORD.format(more=""),
        DRUG.format(more='names = ["Zorkine", "ZRK"]\nprednisone_equivalent = ["20/3", 8]'),
    )
    number, word = vocabulary.facts["my.number"], vocabulary.facts["my.word"]

    assert (number.name, number.kind, number.unit) == ("my.number", "quantity", "g/L")
    assert word.choices == ("low", "high")
    assert vocabulary.sections == {"my": ["number", "word"]}
    assert vocabulary.records["visit"].fields["day"].kind == "date"
    assert vocabulary.records["visit"].first_date == "day"
    assert vocabulary.drugs["zork"].prednisone_equivalent == (Fraction(20, 3), Fraction(8))
    assert vocabulary.drugs["zork"].classes == ("kind",)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        # shape of the file
        ("facts = 3", "ours/facts.toml: there is no key 'facts'. Did you mean 'fact'"),
        ("fact = 3", "ours/facts.toml: fact is not a table"),
        ("[fact]\nmy = 3", "ours/facts.toml: fact my is not a table"),
        ("[fact.my]\na = 3", "ours/facts.toml: fact my.a is not a table"),
        ("record = 3", "ours/facts.toml: record is not a table"),
        ("[record]\nvisit = 3", "ours/facts.toml: record visit is not a table"),
        ("pack = 3", "ours/facts.toml: pack is not a table"),
        ("contradiction = 3", "contradiction is no list"),
        ("contradiction = [3]", "contradiction is no list"),
        ('[[contradiction]]\nsays = "x"', "contradiction: the key 'rule' is missing"),
        # names
        (FINDING.replace("my.a", "my.A"), "fact my.A: a name is of small letters"),
        (FINDING.replace("my.a", "My.a"), "fact My.a: a name is of small letters"),
        (FINDING.replace("my.a", 'my."a b"'), "fact my.a b: a name is of small letters"),
        (FINDING.replace("my.a", "my.1a"), "fact my.1a: a name is of small letters"),
        (FINDING.replace("fact.my", "fact.reviewed"), "section 'reviewed' has another meaning"),
        (FINDING.replace("fact.my", "fact.answers"), "section 'answers' has another meaning"),
        (RECORD.format(more="") + FINDING.replace("fact.my", "fact.visit"), "section 'visit' has"),
        # keys of a fact
        (FINDING.replace("label ", "lable "), "fact my.a: .*'la(be|bl)"),
        (FINDING.replace('label    = "A fact"', ""), "fact my.a: the key 'label' is missing"),
        (
            FACT.format(name="a", kind="zork", more=""),
            "fact my.a: kind: input should be 'quantity'",
        ),
        (
            FACT.format(name="a", kind="finding", more='obtain = "magic"'),
            "fact my.a: obtain: input",
        ),
        (FACT.format(name="a", kind="finding", more='unit = "g/L"'), "nothing else, has a unit"),
        (
            FACT.format(name="a", kind="quantity", more=""),
            "a quantity, and nothing else, has a unit",
        ),
        (NUMBER.replace("g/L", "g/l"), "the unit 'g/l' is written 'g/L'"),
        (NUMBER.replace("g/L", "G/dL"), "the unit 'G/dL' is not known.*Did you mean 'g/dL'"),
        (FACT.format(name="a", kind="finding", more='choices = ["x or y"]'), "holds ' or '"),
        (
            FACT.format(name="a", kind="date", more='not_before = "dates.infusion"'),
            "fact my.a: not_before is of two visits",
        ),
        (NUMBER + "bounds = [3, 1]", "fact my.number: 3 to 1 is no range"),
        (NUMBER + "plausible = [3, 1]", "fact my.number: 3 to 1 is no range"),
        (NUMBER + "bounds = [3]", "fact my.number: .*bounds"),
        (NUMBER + 'molar_mass_below = ["3 mg", "9 g/mol"]', "'3 mg' does not fit g/L"),
        (NUMBER + 'molar_mass_below = ["3 g/L", "much"]', "'much' is not a number above 0"),
        (NUMBER + 'molar_mass = "much"', "molar mass, in g/mol, 'much' is not a number above 0"),
        # derivations
        (derived("finding", '{ rul = "my.a" }'), "my.it: derive is not one of stated, rule, sum"),
        (derived("finding", "{ rule = 'my.a', sum = [] }"), "my.it: derive is not one of"),
        (
            derived("finding", '{ stated = "my.b" }'),
            "my.it derives from 'my.b', which is not declared",
        ),
        (
            derived("finding", '{ stated = "my.number" }'),
            "my.it: it follows from my.number, which takes",
        ),
        (
            derived("finding", '{ stated = "my.word" }'),
            "my.it: it follows from my.word, which takes",
        ),
        (
            derived("quantity", '{ rule = "my.a" }', "1"),
            "my.it: only a finding follows from a rule",
        ),
        (derived("quantity", "{ sum = [] }", "1"), "my.it: derive is not one of"),
        (derived("quantity", "{ sum = [3] }", "1"), r"my.it: an item of a score is \{ fact"),
        (derived("quantity", '{ sum = [{ fact = "my.a" }] }', "1"), "my.it: an item of a score"),
        (
            derived("quantity", '{ sum = [{ fact = "my.z", weight = 1 }] }', "1"),
            "my.it derives from 'my.z', which is not declared",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.a", weight = 0 }] }', "1"),
            "my.it: the weight 0 is not a number above 0",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.a", weight = -1 }] }', "1"),
            "my.it: the weight -1 is not a number above 0",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.a", weight = "much" }] }', "1"),
            "my.it: the weight 'much' is not a number above 0",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.a", weight = true }] }', "1"),
            "my.it: the weight .* is not a number above 0",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.a", weight = nan }] }', "1"),
            "my.it: the weight .* is not a number above 0",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.word", weight = 1 }] }', "1"),
            "my.it: a score counts findings and numbers, and my.word is neither",
        ),
        (
            derived("quantity", '{ sum = [{ fact = "my.a", weight = 1 }] }', "g/L"),
            'my.it: a score has the unit "1"',
        ),
        (derived("quantity", "{ highest = [] }", "1"), "my.it: derive is not one of"),
        (derived("quantity", "{ highest = [[]] }", "1"), "my.it: a domain of a score is a list"),
        (derived("quantity", "{ highest = [3] }", "1"), "my.it: a domain of a score is a list"),
        (derived("quantity", '{ count = "low", of = [] }', "1"), "my.it: derive is not one of"),
        (
            derived("quantity", '{ count = "lo", of = ["my.word"] }', "1"),
            "my.it: 'lo' is not a word of my.word",
        ),
        (
            derived("quantity", '{ count = "low", of = ["my.wrd"] }', "1"),
            "my.it derives from 'my.wrd'.*Did you mean 'my.word'",
        ),
        (
            derived("quantity", '{ formula = "agee" }', "1"),
            "my.it: there is no formula 'agee'.*'age'",
        ),
        (
            derived("quantity", '{ formula = "age" }', "1"),
            "my.it: the formula age takes birth_date",
        ),
        (
            derived("quantity", '{ formula = "age", birth_date = "my.a", x = "my.a" }', "1"),
            "my.it: the formula age takes birth_date",
        ),
        (
            derived("quantity", '{ formula = "age", birth_date = "my.z" }', "1"),
            "my.it derives from 'my.z', which is not declared",
        ),
        # records
        (
            RECORD.replace('label    = "Visits"', "").format(more=""),
            "visit: the key 'label' is missing",
        ),
        (RECORD.format(more="zork = 3"), "visit: fact day: there is no key 'zork'"),
        (
            RECORD.format(more="[record.visit.field.Two]"),
            "visit: fact Two: a name is of small letters",
        ),
        (RECORD.format(more='derive = { rule = "my.a" }'), "day: a field follows from a formula"),
        (RECORD.format(more='derive = { formula = "zork" }'), "day: there is no formula 'zork'"),
        (
            RECORD.format(more='derive = { formula = "time_since" }'),
            "formula time_since takes since",
        ),
        (RECORD.format(more='derive = { formula = "course_length", x = "y" }'), "takes nothing"),
    ],
)
def test_a_fault_of_facts_toml(facts: str, words: str) -> None:
    """The error names the file, the entry, and what is wrong with it."""
    with pytest.raises(CriteriaError, match=words) as error:
        parsed(facts)

    assert str(error.value).startswith("ours/facts.toml: ")


@pytest.mark.parametrize(
    ("drugs", "words"),
    [
        ("drugs = 3", "there is no key 'drugs'. Did you mean 'drug'"),
        ("drug = 3", "drug is not a table"),
        ("[drug]\nzork = 3", "drug zork is not a table"),
        ("class = 3", "class is not a table"),
        (DRUG.format(more="zork = 3"), "drug zork: there is no key 'zork'"),
        (
            DRUG.format(more="").replace('label   = "zork"', ""),
            "drug zork: the key 'label' is missing",
        ),
        (
            DRUG.format(more="").replace('["kind"]', '["kin"]'),
            "drug zork is of the class 'kin'.*'kind'",
        ),
        (DRUG.format(more="") + '[class."a or b"]\nlabel = "x"', "'a or b' holds ' or '"),
        (
            DRUG.format(more='names = ["ZRK"]') + '[drug.bork]\nlabel = "b"\nclasses = ["kind"]\n'
            'names = ["zrk"]',
            "'zrk' is a name of bork and of zork",
        ),
        (
            DRUG.format(more='prednisone_equivalent = "much"'),
            "equivalent 'much' is not a number above 0",
        ),
        (
            DRUG.format(more='prednisone_equivalent = "1/0"'),
            "equivalent '1/0' is not a number above 0",
        ),
        (DRUG.format(more="prednisone_equivalent = 0"), "equivalent 0 is not a number above 0"),
        (DRUG.format(more="prednisone_equivalent = []"), "equivalent .* is not a number above 0"),
        (DRUG.format(more='half_life = "3 days"'), "drug zork: half_life is not a table"),
        (
            DRUG.format(more='half_life = { low = "3 days" }'),
            "half_life: the key 'high' is missing",
        ),
        (
            DRUG.format(
                more='half_life = { low = "1 days", high = "3 moons", '
                'source = "s", verified = true }'
            ),
            "drug zork: the unit 'moons' is not known",
        ),
        (
            DRUG.format(
                more='half_life = { low = "1 weeks", high = "3 days", '
                'source = "s", verified = true }'
            ),
            "the half-life '1 weeks' is not in days or hours",
        ),
        (
            DRUG.format(
                more='half_life = { low = "3 days", high = "2 days", '
                'source = "s", verified = true }'
            ),
            "drug zork: the half-life ends at 2 days, below 3 days",
        ),
        (
            DRUG.format(
                more='half_life = { at_most = "3 days", low = "2 days", high = "3 days", '
                'source = "s", verified = true }'
            ),
            "drug zork: the half-life says at_most and, beside it, low, high or kind",
        ),
        (
            DRUG.format(
                more='half_life = { low = "1 days", high = "3 days", kind = "median", '
                'source = "s", verified = true }'
            ),
            "drug zork: half_life: kind: .*'range of means'",
        ),
        (
            DRUG.format(more='interval = { usual = "28 days", longest = "56 days" }'),
            "drug zork: interval: the key 'source' is missing",
        ),
        (
            DRUG.format(more='interval = { usual = "28 days", longest = "7 days", source = "s" }'),
            "drug zork: the usual interval, 28 days, is above the longest",
        ),
        (
            DRUG.format(more='routed_names = { topical = "Zorkderm" }'),
            "drug zork: routed_names",
        ),
        (
            DRUG.format(more='names = ["ZRK"]\nrouted_names = { topical = ["zrk"] }'),
            "'zrk' of zork tells two routes, none and topical",
        ),
        (
            DRUG.format(more="") + '[ambiguous.ZO]\nmeans = ["zork", "bork"]\n',
            "ambiguous ZO may mean 'bork', which is not a drug of the list",
        ),
        (
            DRUG.format(more='names = ["ZO"]') + '[ambiguous.zo]\nmeans = ["zork"]\n',
            "'zo' is ambiguous, and a name of zork",
        ),
        (DRUG.format(more="") + "[wording]\nsalt = []\n", "wording: there is no key 'salt'"),
    ],
)
def test_a_fault_of_drugs_toml(drugs: str, words: str) -> None:
    """The error names the file, the drug, and what is wrong with it."""
    with pytest.raises(CriteriaError, match=words) as error:
        parsed("", drugs)

    assert "drugs.toml: " in str(error.value)


def test_a_half_life_in_days() -> None:
    """From the shortest to the longest, in days, and marked where the figure was not verified."""
    stated = 'half_life = {{ low = "12 hours", high = "2 days", source = "s", verified = {} }}'
    verified = parsed("", DRUG.format(more=stated.format("true"))).drugs["zork"].half_life
    from_memory = parsed("", DRUG.format(more=stated.format("false"))).drugs["zork"].half_life

    assert verified is not None
    assert (verified.shortest_days, verified.longest_days) == (Fraction(1, 2), 2)
    assert str(verified) == "12 hours to 2 days"
    assert str(from_memory) == "12 hours to 2 days (figure not verified)"


def test_a_half_life_of_which_only_an_upper_bound_is_known() -> None:
    """It is a range from 0 to that bound."""
    bound = 'half_life = { at_most = "30 days", source = "s", verified = true }'
    half_life = parsed("", DRUG.format(more=bound)).drugs["zork"].half_life

    assert half_life is not None
    assert (half_life.shortest_days, half_life.longest_days) == (0, 30)
    assert str(half_life) == "at most 30 days"


def test_an_interval_between_doses() -> None:
    """It has a usual and a longest length."""
    stated = 'interval = { usual = "28 days", longest = "56 days", source = "label" }'
    interval = parsed("", DRUG.format(more=stated)).drugs["zork"].interval

    assert interval is not None
    assert (interval.usual_days, interval.longest_days) == (28, 56)
    assert str(interval) == "28 days, at the longest 56 days"


def test_the_wording_of_a_pack_adds_to_ours() -> None:
    """Its words stand around our names and its own, and ours around its names."""
    own = DRUG.format(more="") + '[wording]\nforms = ["elixir"]\nroutes = { otic = ["earwash"] }\n'
    files = {"drugs.toml": tomllib.loads(own)}
    both = BUNDLED.plus(Vocabulary.parse(files, "ours/", BUNDLED), "ours/")

    assert both.preparation("prednisone elixir") == both.preparation("prednisone")
    zork = both.preparation("zork sulfate earwash")
    assert zork is not None
    assert (zork.drug.name, zork.route) == ("zork", "otic")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lab.altt", "there is no fact 'lab.altt'.*Did you mean 'lab.alt'"),
        ("labs.neutrophils", "Did you mean 'lab.neutrophils'"),
        ("lab.anc", "Did you mean 'lab.neutrophils'"),  # what it is also called
        ("infection.anti_hbc", "Did you mean 'infection.hbcab'"),
        ("blood.neutrophils", "Did you mean 'lab.neutrophils'"),
        ("zzz.zzz", "there is no fact 'zzz.zzz'.$"),
    ],
)
def test_a_fact_that_is_not_there_is_named_with_the_likely_one(name: str, words: str) -> None:
    """By the whole name, or by its last part in another section; nothing where nothing is near."""
    with pytest.raises(Problem, match=words):
        BUNDLED.fact(name)


def test_a_fact_that_is_there() -> None:
    """A declared fact is its entry."""
    assert BUNDLED.fact("lab.alt").unit == "U/L"


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("prednisone", "prednisone"),
        ("PREDNISONE", "prednisone"),
        ("Deltasone", "prednisone"),
        ("  mycophenolate   mofetil ", "mycophenolate"),
        ("mycophenolate mofetil", "mycophenolate"),
        ("MMF", "mycophenolate"),
        ("prednison", None),
        ("", None),
    ],
)
def test_a_drug_is_found_by_any_of_its_names(text: str, drug: str | None) -> None:
    """Case and spaces do not matter; a near name is not taken for one."""
    found = BUNDLED.drug_named(text)

    assert (found.name if found else None) == drug


@pytest.mark.parametrize(
    ("fact", "value", "unit", "expected"),
    [
        ("lab.hemoglobin", 6, "g/dL", 60),
        ("lab.hemoglobin", 60, "g/L", 60),
        ("lab.creatinine", "113.12", "mg/L", "11.312"),
        ("lab.creatinine", 100, "umol/L", "1.1312"),
    ],
)
def test_a_value_comes_into_the_unit_of_its_fact(
    fact: str, value: Any, unit: str, expected: Any
) -> None:
    """Every value is kept in the unit that the vocabulary declares."""
    converted = BUNDLED.fact(fact).to_unit(Interval.exactly(Fraction(value)), unit)

    assert converted == Interval.exactly(Fraction(expected))


@pytest.mark.parametrize(
    ("fact", "unit", "words"),
    [
        ("lab.iga", "mmol/L", "in 'mmol/L'; expected 'g/L' or a unit that converts to it"),
        ("lab.hemoglobin", "1", "without a unit; expected 'g/L'"),
        ("activity.sledai_2k", "kg", "in 'kg'; expected a number without a unit"),
        ("activity.sledai_2k", "%", "in '%'; expected a number without a unit"),
    ],
)
def test_a_unit_of_another_kind_is_refused(fact: str, unit: str, words: str) -> None:
    """A value that cannot be in the fact's unit is an error, with the unit that was expected."""
    with pytest.raises(Problem, match=words):
        BUNDLED.fact(fact).to_unit(Interval.exactly(1), unit)


@pytest.mark.parametrize("name", [name for name, entry in BUNDLED.facts.items() if entry.derive])
def test_nothing_follows_from_nothing(name: str) -> None:
    """Every derivation of the pack is known to the program, and a blank profile leaves it open."""
    found = chart_of({}).results(name, SCREENING)

    assert isinstance(found, Gap)
    assert found.reason in ("not_recorded", "list_not_reviewed")
    assert name in texts(found.missing)


def test_every_formula_is_used() -> None:
    """A formula that no fact follows from would be dead."""
    named = {
        derivation.name
        for entry in BUNDLED.facts.values()
        for derivation in entry.derive
        if isinstance(derivation, Formula)
    }
    in_records = {
        derivation.name
        for record in BUNDLED.records.values()
        for field in record.fields.values()
        for derivation in field.derive
        if isinstance(derivation, Formula)
    }

    assert named == FACT_FORMULAS.keys()
    assert in_records == FIELD_FORMULAS.keys()


@pytest.mark.parametrize("name", BUNDLED.facts)
def test_a_bundled_fact_can_be_asked_for(name: str) -> None:
    """Each fact has a label that begins with a capital or an abbreviation, and a question."""
    entry = BUNDLED.facts[name]

    assert entry.question.endswith("?")
    assert (
        entry.label[0].isupper() or not entry.label[0].isalpha() or entry.label.startswith("eGFR")
    )
