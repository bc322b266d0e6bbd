"""What the loader holds against the table of formulas, and against the roles of a list."""

import inspect
import re
from pathlib import Path

import pytest
from support import SCREENING, TRIAL_HEAD, chart_of, says

from cartscreen.derive.formulas import FACT_FORMULAS, FIELD_FORMULAS, ROLES
from cartscreen.errors import CriteriaError
from cartscreen.observation import Observation
from cartscreen.pack.files import PUBLISHED, bundled_files, is_trial, read_toml
from cartscreen.pack.model import Pack
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.report import report
from cartscreen.units import Interval
from cartscreen.vocabulary import Vocabulary

TRIAL = f"""{TRIAL_HEAD}
[[inclusion]]
id     = "I1"
title  = "An adult"
source = "Inclusion 1"
rule   = "person.age >= 18 years"
"""


def pack_of(folder: Path, facts: str) -> Pack:
    """The bundled pack with these lines of facts.toml, and a trial."""
    (folder / "facts.toml").write_text(facts, "utf-8")
    (folder / "ours.toml").write_text(TRIAL, "utf-8")
    return load_pack(folder)


def fact(name: str, kind: str, more: str = "", derive: str = "") -> str:
    """A fact of the section `my`."""
    lines = f'[fact.my.{name}]\nlabel = "L"\nkind = "{kind}"\nquestion = "Q?"\n{more}\n'
    return lines + (f"derive = {derive}\n" if derive else "")


def quantity(name: str, unit: str, derive: str = "") -> str:
    return fact(name, "quantity", f'unit = "{unit}"', derive)


def field(name: str, kind: str, more: str = "") -> str:
    """A field of the list `episode`."""
    return f'[record.episode.field.{name}]\nlabel = "{name}"\nkind = "{kind}"\n{more}\n'


def since(name: str) -> str:
    more = f'derive = {{ formula = "time_since", since = "{name}" }}'
    return field("since", "duration", more)


def episodes(roles: str, *fields: str) -> str:
    """A list of a pack of its own."""
    head = '[record.episode]\nlabel = "Episodes"\nquestion = "Which?"\nobtain = "chart"\n'
    return f'{head}changes = "time"\n{roles}\n' + "".join(fields)


DAYS = field("from", "date") + field("until", "date", 'words = ["ongoing"]')
LENGTH = field("held", "duration", 'derive = { formula = "course_length" }')
HELD = 'begins = "from"\nends = "until"\nlasted = "held"'
AGE, SEX, SLE = "person.age", "person.sex", "diagnosis.sle"
BY_HEIGHT = '{ formula = "prednisone_equivalent_per_kg", weight = "person.height" }'
BY_BIRTH = '{ formula = "age", birth_date = "person.birth_date" }'
HALF = '{ formula = "more_than_half", part = "person.weight", whole = "person.height" }'
MOSTELLER = '{{ formula = "mosteller", height = "{}", weight = "{}" }}'
CLEARANCE = (
    '{{ formula = "cockcroft_gault", age = "{}", sex = "{}", weight = "person.weight", '
    'creatinine = "lab.creatinine", unless = "{}" }}'
)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        # an argument of another unit, kind or words
        (
            quantity("it", "m2", MOSTELLER.format("person.height", "person.height")),
            "fact my.it: weight = 'person.height' of the formula mosteller is a quantity in 'cm'; "
            "expected a quantity in 'kg' or a unit that converts to it.",
        ),
        (
            quantity("it", "m2", MOSTELLER.format("person.sex", "person.weight")),
            "fact my.it: height = 'person.sex' of the formula mosteller is a finding of the words "
            "female, male; expected a quantity in 'cm' or a unit that converts to it.",
        ),
        (
            quantity("months", "months")
            + quantity("it", "mL/min", CLEARANCE.format("my.months", SEX, SLE)),
            "fact my.it: age = 'my.months' of the formula cockcroft_gault is a quantity in "
            "'months'; expected a quantity in 'years'.",
        ),
        (
            quantity("it", "mL/min", CLEARANCE.format(AGE, SLE, SLE)),
            "fact my.it: sex = 'diagnosis.sle' of the formula cockcroft_gault is a yes-or-no "
            "finding; expected a finding of the words female, male.",
        ),
        (
            quantity("it", "mL/min", CLEARANCE.format(AGE, "person.fertility", SEX)),
            "fact my.it: sex = 'person.fertility' of the formula cockcroft_gault is a finding of "
            "the words fertile, prepubertal, before menarche, infertile, postmenopausal, sterile; "
            "expected a finding of the words female, male.",
        ),
        (
            quantity("it", "mL/min", CLEARANCE.format(AGE, SEX, SEX)),
            "fact my.it: 'person.sex': person.sex is not a yes-or-no finding; compare it, or write "
            "`is`.",
        ),
        (
            quantity("it", "years", '{ formula = "age", birth_date = "person.age" }'),
            "fact my.it: birth_date = 'person.age' of the formula age is a quantity in 'years'; "
            "expected a date.",
        ),
        # numbers that must be in one unit, whichever it is
        (
            fact("it", "finding", "", HALF),
            "fact my.it: whole = 'person.height' of the formula more_than_half is a quantity in "
            "'cm'; expected a quantity in 'kg' or a unit that converts to it.",
        ),
        (
            quantity("it", "1", '{ formula = "at_most", of = "person.weight" }'),
            "fact my.it: of = 'person.weight' of the formula at_most is a quantity in 'kg'; "
            "expected a quantity in '1'.",
        ),
        # a result of another unit or kind
        (
            quantity("it", "kg", MOSTELLER.format("person.height", "person.weight")),
            "fact my.it: it is a quantity in 'kg', and the formula mosteller gives a quantity in "
            "'m2' or a unit that converts to it.",
        ),
        (
            fact("it", "finding", "", MOSTELLER.format("person.height", "person.weight")),
            "fact my.it: it is a yes-or-no finding, and the formula mosteller gives a quantity in "
            "'m2' or a unit that converts to it.",
        ),
        (
            quantity("it", "months", BY_BIRTH),
            "fact my.it: it is a quantity in 'months', and the formula age gives a quantity in "
            "'years'.",
        ),
        # arguments by name
        (
            quantity("it", "m2", '{ formula = "mosteller", height = "person.height" }'),
            "fact my.it: the formula mosteller takes height, weight.",
        ),
        (
            quantity("it", "years", BY_BIRTH.replace("}", ', sex = "person.sex" }')),
            "fact my.it: the formula age takes birth_date.",
        ),
        # roles
        (
            episodes('begins = "form"', DAYS),
            "record episode: begins names 'form', which is no field. Did you mean 'from'?",
        ),
        (episodes("begins = 3", DAYS), "record episode: begins = 3 is not the name of a field."),
        (
            episodes('begins = "held"', DAYS, field("held", "duration")),
            "record episode: begins = 'held' is a duration; expected a date.",
        ),
        (
            episodes('dose = "from"', DAYS),
            "record episode: dose = 'from' is a date; expected a quantity in 'mg/day'.",
        ),
        (
            episodes('dose = "amount"', field("amount", "quantity", 'unit = "g/day"')),
            "record episode: dose = 'amount' is a quantity in 'g/day'; expected a quantity in "
            "'mg/day'.",
        ),
        (
            episodes('route = "way"', field("way", "finding")),
            "record episode: route = 'way' is a yes-or-no finding; expected a finding with "
            "choices.",
        ),
        (
            episodes('drug = "name"', field("name", "text")),
            "record episode: drug = 'name' is text; expected a drug.",
        ),
        (
            episodes('begins = "from"\nlasted = "held"', DAYS, field("held", "duration")),
            "record episode: lasted is from the first day to the last, and the role ends is "
            "missing.",
        ),
        # formulas of fields
        (
            episodes('begins = "from"', DAYS, LENGTH),
            "record episode: field held: the formula course_length needs the role ends, which the "
            "list does not declare.",
        ),
        (
            episodes(HELD, DAYS, LENGTH.replace("duration", "date")),
            "record episode: lasted = 'held' is a date; expected a duration.",
        ),
        (
            episodes('begins = "from"\nends = "until"', DAYS, LENGTH.replace("duration", "date")),
            "record episode: field held: it is a date, and the formula course_length gives a "
            "duration.",
        ),
        (
            episodes(HELD, DAYS, LENGTH, since("form")),
            "record episode: field since: since names 'form', which is no field. Did you mean "
            "'from'?",
        ),
        (
            episodes(HELD, DAYS, LENGTH, since("held")),
            "record episode: field since: since = 'held' of the formula time_since is a duration; "
            "expected a date.",
        ),
        (
            episodes(
                'begins = "from"\ndrug = "what"\ndose = "much"',
                DAYS,
                field("what", "drug"),
                field("much", "quantity", 'unit = "mg/day"'),
                field("it", "quantity", f'unit = "mg/kg/day"\nderive = {BY_HEIGHT}'),
            ),
            "record episode: field it: weight = 'person.height' of the formula "
            "prednisone_equivalent_per_kg is a quantity in 'cm'; expected a quantity in 'kg' or a "
            "unit that converts to it.",
        ),
    ],
)
def test_a_fault_of_a_formula_or_role(facts: str, words: str, tmp_path: Path) -> None:
    """The error names file, fact or list, argument or role, what was given and what is expected."""
    with pytest.raises(CriteriaError) as error:
        pack_of(tmp_path, facts)

    assert str(error.value) == f"{tmp_path}/facts.toml: {words}"


def exactly(found: object) -> Interval:
    assert isinstance(found, Observation)
    assert isinstance(found.value, Interval)
    return found.value


def test_a_convertible_unit_is_converted_exactly(tmp_path: Path) -> None:
    """72 kg in lb, 1 mg/dL in umol/L, 60 mL/min in mL/s: the formula gets its own units.

    Cockcroft-Gault for a man of 40: (140 - 40) x 72 kg / (72 x 1 mg/dL) = 100 mL/min, which is
    100/60 mL/s. A pound is 0.45359237 kg, so 72 kg are 7200000000/45359237 lb; that number does
    not end, so 100 lb is taken: 100 x 45.359237 / 72 mL/min.
    """
    facts = quantity("lb", "lb") + quantity(
        "it",
        "mL/s",
        '{ formula = "cockcroft_gault", age = "person.age", sex = "person.sex", weight = "my.lb", '
        'creatinine = "lab.creatinine" }',
    )
    pack = pack_of(tmp_path, facts)
    data = {
        "person": {"age": "40 years", "sex": "male"},
        "lab": {"creatinine": "1 mg/dL"},
        "my": {"lb": "100 lb"},
    }

    (value,) = {exactly(chart_of(data, pack=pack).derived("my.it")).low}
    assert value is not None
    assert value * 60 * 72 * 1000000 == 100 * 45359237


def test_numbers_of_one_unit_whichever_it_is(tmp_path: Path) -> None:
    """Bilirubin in g/L less bilirubin in mg/dL, in mg/L: 0.03 g/L less 1 mg/dL are 20 mg/L."""
    derive = '{ formula = "indirect_bilirubin", total = "my.total", direct = "my.direct" }'
    facts = quantity("total", "g/L") + quantity("direct", "mg/dL") + quantity("it", "mg/L", derive)
    pack = pack_of(tmp_path, facts)
    data = {"my": {"total": "0.03 g/L", "direct": "1 mg/dL"}}

    assert exactly(chart_of(data, pack=pack).derived("my.it")) == Interval.exactly(20)


def test_an_age_of_ones_own_counts_completed_years(tmp_path: Path) -> None:
    """What follows by the formula `age` is an age, under whatever name; nothing else is."""
    pack = pack_of(tmp_path, quantity("it", "years", BY_BIRTH) + quantity("other", "years"))

    assert pack.vocabulary.facts["my.it"].is_age
    assert not pack.vocabulary.facts["my.other"].is_age


@pytest.mark.parametrize("name", [*FACT_FORMULAS, *FIELD_FORMULAS])
def test_a_formula_says_what_it_is(name: str) -> None:
    """Its docstring gives units, domain, direction and source, or says where they stand."""
    functions: list[object] = [FIELD_FORMULAS[name].function] if name in FIELD_FORMULAS else []
    if name in FACT_FORMULAS:
        functions = [FACT_FORMULAS[name].documented, FACT_FORMULAS[name].function]
    doc = "\n".join(inspect.getdoc(function) or "" for function in functions)

    for part in ("units", "domain", "monotone|direction", "source"):
        assert re.search(rf"\b({part})\b", doc, re.IGNORECASE), part


def test_every_role_is_one_of_a_bundled_list() -> None:
    """A role that no list has would be dead, and no bundled list leaves anything to be guessed."""
    lists = bundled_pack().vocabulary.records.values()

    assert {role for entry in lists for role in entry.roles if not entry.guessed} == ROLES.keys()
    assert bundled_pack().vocabulary.warnings == ()


# A list that declares no role


OLD = episodes(
    "",
    field("blast_crisis", "date"),
    field("last_seen", "date", 'words = ["ongoing"]'),
)
BLAST = "\n[reviewed]\nepisode = 2025-06-01\n\n[[episode]]\nblast_crisis = 2025-07-01\n"
SOME = "{ some = 'episode' }"


def test_a_beginning_is_declared_and_not_guessed(tmp_path: Path) -> None:
    """`blast_crisis` has "last" in its name, and is the first day all the same: it lies ahead.

    By the old rule, which still holds where no role is declared, it was no beginning.
    """
    old = pack_of(tmp_path, OLD)
    assert says(SOME, BLAST, pack=old) == "yes"

    declared = OLD.replace('changes = "time"\n', 'changes = "time"\nbegins = "blast_crisis"\n')
    new = pack_of(tmp_path, declared)
    assert says(SOME, BLAST, pack=new) == "unknown, future_dated: episode[1].blast_crisis"


def test_what_is_guessed_is_warned_about(tmp_path: Path) -> None:
    """Each report names the list, and which role each field was taken for."""
    fields = field("admitted", "date") + field("stop", "date") + field("dose", "text")
    pack = pack_of(tmp_path, episodes("", fields))
    (warning,) = pack.vocabulary.warnings
    made = report(chart_of({}, pack=pack), pack.trials, file="p.toml", date_from="option")

    assert warning == (
        "facts.toml: record episode: no role is declared; by the names of its fields it is read "
        "as ends = 'stop', begins = 'admitted'; declare under [record.episode] which field is what."
    )
    assert warning in made.warnings


def test_dates_of_which_none_is_a_beginning(tmp_path: Path) -> None:
    """A list whose only date has "last" in its name has no beginning; that, too, was a guess."""
    pack = pack_of(tmp_path, episodes("", field("blast_crisis", "date")))

    assert pack.vocabulary.warnings == (
        "facts.toml: record episode: no role is declared; by the names of its fields none of its "
        "dates is taken for its beginning; declare under [record.episode] which field is what.",
    )


def test_nothing_is_guessed_where_nothing_could_be(tmp_path: Path) -> None:
    """A list without dates and without fields of the old names gives no warning."""
    assert pack_of(tmp_path, episodes("", field("name", "text"))).vocabulary.warnings == ()


def test_where_a_role_is_declared_nothing_is_guessed(tmp_path: Path) -> None:
    """`start` is no beginning, `stop` no end, of a list that says only which field is the drug."""
    fields = field("start", "date") + field("stop", "date") + field("drug", "drug")
    pack = pack_of(tmp_path, episodes('drug = "drug"', fields))
    ahead = "\n[[episode]]\nstart = 2025-07-01\nstop = 2025-06-01\n"  # no order to be held to

    assert pack.vocabulary.records["episode"].roles == {"drug": "drug"}
    assert says(SOME, ahead, pack=pack) == "yes"


def test_a_second_derivation_of_a_field(tmp_path: Path) -> None:
    """They are tried in order; where none gives a value, what each lacks is missing."""
    more = (
        'derive = [{ formula = "time_since", since = "from" }, '
        '{ formula = "time_since", since = "until" }]'
    )
    facts = episodes('begins = "from"', DAYS, field("ago", "duration", more))
    pack = pack_of(tmp_path, facts)
    rule = "{ some = 'episode', where = ['ago >= 3 months'] }"

    def answer(fields: str) -> str:
        return says(
            rule, f"\n[reviewed]\nepisode = 2025-06-02\n\n[[episode]]\n{fields}\n", pack=pack
        )

    assert SCREENING.isoformat() == "2025-06-02"
    assert answer("until = 2025-03-02") == "yes"
    assert answer("until = 2025-03-03") == "no"
    assert answer("from = 2025-03-03\nuntil = 2025-03-02") == "no"
    assert answer('from = "unknown"\nuntil = "unknown"') == (
        "unknown, not_recorded: episode[1].from, episode[1].until"
    )


def test_the_weight_of_a_dose_per_kg_may_be_left_out() -> None:
    """Left out, as in older packs, it is person.weight."""
    files = {
        name: read_toml(content, name)
        for name, content in bundled_files().items()
        if not is_trial(name) and name != PUBLISHED
    }
    field = files["facts/records.toml"]["record"]["treatment"]["field"]["prednisone_dose_per_kg"]
    assert field["derive"][0].pop("weight") == "person.weight"
    fields = Vocabulary.parse(files, "ours/").records["treatment"].fields

    assert (
        fields["prednisone_dose_per_kg"]
        == (bundled_pack().vocabulary.records["treatment"].fields["prednisone_dose_per_kg"])
    )
