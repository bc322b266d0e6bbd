"""A session: what it asks, what it takes for an answer, what it writes."""

import random
import re
from datetime import date
from pathlib import Path

import pytest
from support import ROOT, SCREENING, TRIAL_HEAD, trial_toml

from cartscreen.contract import DateFrom
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.evaluate.screening import screen
from cartscreen.interview import Reply, Session, new_profile
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.profile.model import question_mark
from cartscreen.profile.read import parse_profile
from cartscreen.rounds import ENTRIES, PLACES, PROTOCOL
from cartscreen.wanted import EFFORT

TODAY = date(2025, 6, 20)
HEAD = 'schema  = 1\npatient = "P-1"   # a pseudonym\n\n[dates]\nscreening = 2025-06-02\n'


def load(content: bytes) -> tuple[Chart, DateFrom]:
    pack = bundled_pack()
    profile = parse_profile(content, pack.vocabulary, "p.toml")
    if profile.screening is None:
        return chart_on(profile, pack, SCREENING), "today"
    return chart_on(profile, pack, profile.screening.earliest), "profile"


def criterion(name: str, rule: str, more: str = "") -> str:
    kind = "inclusion" if name[0] == "I" else "exclusion"
    return (
        f'\n[[{kind}]]\nid = "{name}"\ntitle = "Title of {name}"\nsource = "page"\n{rule}\n{more}'
    )


def session(*criteria: str, profile: str = "", head: str = HEAD) -> Session:
    """A session of a trial with these criteria, each "I1: rule", and of one whose id is other."""
    written = "".join(
        criterion(name, f"rule = {rule if '{' in rule else repr(rule)}")
        for name, _, rule in (item.partition(": ") for item in criteria)
    )
    return sitting(written, f"{head}{profile}")


def sitting(written: str, text: str) -> Session:
    return Session(text.encode(), load, [trial_toml(written)], TODAY, where="p.toml")


def text_of(asked: Session) -> str:
    """The profile as the session would have it kept."""
    return asked._now.text


def added(asked: Session, head: str = HEAD) -> str:
    """What the session has written below the head."""
    text = text_of(asked)
    assert text.startswith(head)
    return text.removeprefix(head)


def place(asked: Session) -> str:
    assert asked.question is not None
    return asked.question.place


def told(reply: Reply) -> list[str]:
    """The verdicts that changed, as "before -> after by criteria"."""
    return [
        f"{change.before} -> {change.after} {', '.join(change.by)}".strip()
        for change in reply.changes
    ]


# What it takes for an answer


@pytest.mark.parametrize(
    ("rule", "answers", "written"),
    [
        ("lab.alt <= 40 U/L", ["22 U/L"], '[lab]\nalt = "22 U/L"\n'),
        ("lab.alt <= 40 U/L", ["  22   IU/L "], '[lab]\nalt = "22 IU/L"\n'),
        ("lab.alt <= 40 U/L", ["<5 U/L"], '[lab]\nalt = "<5 U/L"\n'),
        ("lab.alt <= 40 U/L", ["22"], '[lab]\nalt = "22 U/L"\n'),
        ("lab.alt <= 40 U/L", ["<5"], '[lab]\nalt = "<5 U/L"\n'),
        ("lab.neutrophils >= 1 10^9/L", ["3.20"], '[lab]\nneutrophils = "3.20 10^9/L"\n'),
        (
            "lab.alt <= 40 U/L",
            ["18 U/L (0-40) 2025-05-30"],
            '[lab]\nalt = { value = "18 U/L", lower = "0 U/L", upper = "40 U/L", '
            "date = 2025-05-30 }\n",
        ),
        (
            "lab.alt <= 40 U/L",
            ["22 (ULN 35) today"],
            '[lab]\nalt = { value = "22 U/L", upper = "35 U/L", date = 2025-06-20 }\n',
        ),
        (
            "lab.hemoglobin >= 80 g/L",
            ["10.2 g/dL (LLN 120 g/L) 2025-05"],
            '[lab]\nhemoglobin = { value = "10.2 g/dL", lower = "120 g/L", date = "2025-05" }\n',
        ),
        (
            "lab.bilirubin <= 2 mg/dL",
            ["5 (0.2-1.2 mg/dL) 2025-05-30"],
            '[lab]\nbilirubin = { value = "5 mg/dL", lower = "0.2 mg/dL", upper = "1.2 mg/dL", '
            "date = 2025-05-30 }\n",
        ),
        (
            "renal.protein_24h <= 1 g/day",
            ["300 (ULN 150 mg/day)"],
            '[renal]\nprotein_24h = { value = "300 mg/day", upper = "150 mg/day" }\n',
        ),
        (
            "antibody.anti_dsdna is positive",
            ["240 (ULN 15 IU/mL)"],
            '[antibody]\nanti_dsdna = { value = "240 IU/mL", upper = "15 IU/mL" }\n',
        ),
        ("lab.iga >= 0 g/L", ["0"], '[lab]\niga = "0 g/L"\n'),
        (
            "lab.inr <= 1.5",
            ["1.0 (<= 1.2)"],
            "[lab]\ninr = { value = 1.0, upper = 1.2 }\n",
        ),
        (
            "antibody.anti_dsdna is positive",
            ["240 IU/mL (ULN 15)"],
            '[antibody]\nanti_dsdna = { value = "240 IU/mL", upper = "15 IU/mL" }\n',
        ),
        (
            "infection.hbv_dna is below limit",
            ["<20 IU/mL (limit 20) 2025-05-30"],
            '[infection]\nhbv_dna = { value = "<20 IU/mL", limit = "20 IU/mL", '
            "date = 2025-05-30 }\n",
        ),
        (
            "infection.hbsag is negative",
            ["1 2025-05-30"],
            '[infection]\nhbsag = { value = "negative", date = 2025-05-30 }\n',
        ),
        (
            "diagnosis.sle",
            ["yes 2019-03"],
            '[diagnosis]\nsle = { value = true, date = "2019-03" }\n',
        ),
        ("lab.hemoglobin >= 80 g/L", ["9.8", "g/dL"], '[lab]\nhemoglobin = "9.8 g/dL"\n'),
        (
            "lab.hemoglobin >= 80 g/L",
            ["9.8 (12-16) 2025-05-30", "g/dL"],
            '[lab]\nhemoglobin = { value = "9.8 g/dL", lower = "12 g/dL", upper = "16 g/dL", '
            "date = 2025-05-30 }\n",
        ),
        ("lab.hemoglobin >= 80 g/L", ["9.8", "98"], '[lab]\nhemoglobin = "98 g/L"\n'),
        ("heart.lvef >= 55 %", ["60%"], '[heart]\nlvef = "60%"\n'),
        ("activity.sledai_2k >= 8", ["12"], "[activity]\nsledai_2k = 12\n"),
        ("activity.pga <= 1.5", ["1.50"], "[activity]\npga = 1.50\n"),
        ("activity.sledai_2k >= 8", ["<4"], '[activity]\nsledai_2k = "<4"\n'),
        ("diagnosis.sle", ["yes"], "[diagnosis]\nsle = true\n"),
        ("diagnosis.sle", ["Y"], "[diagnosis]\nsle = true\n"),
        ("diagnosis.sle", ["n"], "[diagnosis]\nsle = false\n"),
        ("diagnosis.sle", ["No"], "[diagnosis]\nsle = false\n"),
        ("infection.hbsag is negative", ["1"], '[infection]\nhbsag = "negative"\n'),
        ("infection.hbsag is negative", ["POSITIVE"], '[infection]\nhbsag = "positive"\n'),
        ("infection.hbsag is negative", ["Unknown"], '[infection]\nhbsag = "unknown"\n'),
        ("lab.alt <= 40 U/L", ["not done"], '[lab]\nalt = "not done"\n'),
        (
            "renal.biopsy_date within 6 months",
            ["2025-03"],
            '[renal]\nbiopsy_date = "2025-03"\n',
        ),
        (
            "renal.biopsy_date within 6 months",
            ["2025-03-04"],
            "[renal]\nbiopsy_date = 2025-03-04\n",
        ),
        ("renal.biopsy_date within 6 months", ["Today"], "[renal]\nbiopsy_date = 2025-06-20\n"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else "",
)
def test_an_answer_is_written_as_a_profile_writes_it(
    rule: str, answers: list[str], written: str
) -> None:
    asked = session(f"I1: {rule}")
    for answer in answers:
        reply = asked.answer(answer)
        assert reply.refused == ()

    assert added(asked) == f"\n{written}"
    assert reply.content == text_of(asked).encode()


def test_several_results_in_one_line() -> None:
    """Each with its date, the newest first in the file, whatever their order in the line."""
    asked = session("I1: lab.alt <= 40 U/L within 1 month")
    asked.answer("44 2024-03-01; 22 (ULN 40) 2025-05-30; 31 U/L 2024-11")
    assert added(asked) == (
        "\n[lab]\nalt = [\n"
        '  { value = "22 U/L", upper = "40 U/L", date = 2025-05-30 },\n'
        '  { value = "31 U/L", date = "2024-11" },\n'
        '  { value = "44 U/L", date = 2024-03-01 },\n]\n'
    )

    asked = session("I1: lab.hemoglobin >= 80 g/L")
    for line in ("98; 102 2025-05-30", "9.8 2024-03-01; 102 2025-05-30"):
        assert "of several results each needs its date" in asked.answer(line).refused[0]
    assert added(asked) == ""


@pytest.mark.parametrize(
    ("rule", "answer", "sentence"),
    [
        ("lab.alt <= 40 U/L", "abc", "lab.alt: 'abc' is not a value; write a number and its unit"),
        ("lab.alt <= 40 U/L", "3,5 U/L", "write a decimal point and no thousands separator"),
        ("lab.alt <= 40 U/L", "22 g/L", "lab.alt: the value is in 'g/L'; expected 'U/L'"),
        ("lab.alt <= 40 U/L", "22 u/dl h", "the unit 'u/dl h' is not known"),
        ("lab.alt <= 40 U/L", "22 (high)", "'(high)' is not a normal range; write (0-40)"),
        ("lab.alt <= 40 U/L", "22 (40-7)", "is above the upper limit"),
        ("diagnosis.sle", "yes (1-2)", "lower"),
        ("lab.alt <= 40 U/L", "i", None),
        ("diagnosis.sle", "maybe", "diagnosis.sle: 'maybe' is not a finding"),
        ("infection.hbsag is negative", "negatve", "Did you mean 'negative'?"),
        ("infection.hbsag is negative", "3", "'3' is none of 'negative', 'positive'"),
        ("infection.hbsag is negative", "0", "'0' is none of"),
        ("renal.biopsy_date within 6 months", "2.6.2025", "'2.6.2025' is not a date"),
        ("renal.biopsy_date within 6 months", "2025-02-30", "is not a day of the calendar"),
        ("renal.biopsy_date within 6 months", "ongoing", "'ongoing' is not a date"),
        ("dates.enrollment within 1 month before screening", "2025-05-01", "lies before the scr"),
        ("lab.alt <= 40 U/L", "22 U/L\x1b[31m", "holds a character that does not show"),
        ("lab.alt <= 40 U/L", "22 U/L\u202e", "holds a character that does not show"),
    ],
)
def test_what_does_not_load_is_refused_and_asked_again(
    rule: str, answer: str, sentence: str | None
) -> None:
    """The refusal is the loader's own, without the file's name; nothing is written."""
    asked = session(f"I1: {rule}")
    question = asked.question
    reply = asked.answer(answer)

    assert (reply.content, reply.changes, asked.question) == (None, (), question)
    assert added(asked) == ""
    if sentence is None:
        assert reply.notes
    else:
        assert sentence in reply.refused[0]
        assert "p.toml" not in reply.refused[0]


def test_a_number_takes_the_unit_of_the_question() -> None:
    """The question names it, and what was taken is said."""
    asked = session("I1: lab.alt <= 40 U/L")
    assert asked.question is not None
    assert asked.question.how == "a number in U/L, or a number and its unit"
    assert asked.answer("22").notes == ("Taken as 22 U/L.",)


@pytest.mark.parametrize(
    ("fact", "typed", "doubt"),
    [
        ("lab.hemoglobin", "9.8", "9.8 g/L"),
        ("lab.bilirubin", "5 (0.2-1.2)", "0.2 umol/L"),  # as 5 mg/dL with its limits is
        ("lab.hemoglobin", "98 (12-16 g/dL)", "98 g/dL"),
    ],
)
def test_a_number_that_would_be_implausible_does_not(fact: str, typed: str, doubt: str) -> None:
    """Nor where a limit beside it would be: which unit it is in is asked, and nothing written."""
    asked = session(f"I1: {fact} >= 0 {bundled_pack().vocabulary.facts[fact].unit}")
    reply = asked.answer(typed)

    number = typed.partition(" ")[0]
    assert (reply.content, reply.refused) == (None, ())
    assert asked.question is not None
    assert asked.question.text == f"{doubt} is outside what is plausible: {number} in which unit?"


def test_the_unit_is_asked_for_until_there_is_one() -> None:
    asked = session("I1: lab.hemoglobin >= 80 g/L")
    assert asked.answer("9.8").content is None
    assert asked.question is not None
    assert asked.question.text == "9.8 g/L is outside what is plausible: 9.8 in which unit?"
    assert asked.question.how == "a unit, g/L, g/dL or mmol/L say"

    assert "the value is in 'g'; expected 'g/L'" in asked.answer("g").refused[0]
    assert "in which unit?" in asked.question.text
    assert asked.answer("u").content is None, "half an answer is taken back"
    assert asked.question.text.startswith("What is")

    asked.answer("9.8")
    assert asked.answer("").notes == ("Nothing was written.",)
    assert asked.question is None
    assert added(asked) == ""


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ("5 umol/L (0.2-1.2 mg/dL)", "the value is in 'umol/L' and its limits are in 'mg/dL'"),
        ("14 umol/L (0.2-0.5)", "a limit of 0.2 umol/L is outside what is plausible"),
        ("5 (0.2-1.2 mg)", "the value is in 'mg'; expected 'umol/L'"),
    ],
)
def test_a_value_and_its_limits_are_in_one_kind_of_unit(typed: str, refused: str) -> None:
    """Of two kinds one is a slip; those that convert to one another by a number are one kind."""
    asked = session("I1: lab.bilirubin <= 1.5 ULN")
    assert refused in asked.answer(typed).refused[0]
    assert added(asked) == ""

    asked.answer("12 mg/L (ULN 1.2 mg/dL)")
    assert added(asked) == '\n[lab]\nbilirubin = { value = "12 mg/L", upper = "1.2 mg/dL" }\n'


def test_a_limit_is_in_the_unit_of_its_result() -> None:
    """A creatinine of 80 umol/L has its limit of 104 in umol/L, though the fact is in mg/dL."""
    asked = session("I1: lab.creatinine <= 1.5 ULN")
    asked.answer("80 umol/L")
    assert asked.question is not None
    assert asked.question.how == "a number in umol/L, or a number and its unit"
    assert "the result is in umol/L, and '1.2 mg/dL' is not" in asked.answer("1.2 mg/dL").refused[0]
    assert asked.answer("1.2").content is None
    assert asked.question.text == "1.2 umol/L is outside what is plausible: 1.2 in which unit?"
    asked.answer("u")

    assert asked.answer("104").notes == ("Taken as 104 umol/L.",)
    assert added(asked) == '\n[lab]\ncreatinine = { value = "80 umol/L", upper = "104 umol/L" }\n'


# What it asks


def asked_for(asked: Session) -> list[str]:
    """The places of all questions, each of which is skipped."""
    places = []
    while asked.question is not None:
        places.append(place(asked))
        asked.answer("")
    return places


def test_what_can_rule_out_first() -> None:
    """Too low a fraction rules out alone; lupus, or a low ALT, does not: the other may be there.
    What a person judges comes after the facts that can rule out.
    """
    asked = session(
        'E1: { ask = "Any other reason?", about = "judgement" }',
        "I1: { any = ['lab.alt <= 10 U/L', 'diagnosis.sle'] }",
        "I2: { any = ['lab.alt <= 10 U/L', 'diagnosis.sle'] }",
        "I3: heart.lvef >= 55 %",
    )

    assert next(iter(asked._now.wanted)).name == "diagnosis.sle", "the most criteria wait for it"
    assert asked_for(asked) == ["heart.lvef", "diagnosis.sle", "lab.alt", "answers.example.E1"]


def test_one_place_after_another() -> None:
    """The two blood results one after the other, though more may be ruled out from the chart."""
    asked = session(
        "I1: lab.alt <= 40 U/L",
        "I2: diagnosis.sle",
        "I3: { any = ['lab.ast <= 40 U/L', 'diagnosis.ild'] }",
        "E1: renal.end_stage",
    )

    assert asked_for(asked) == [
        "diagnosis.sle", "renal.end_stage", "lab.alt", "lab.ast", "diagnosis.ild",
    ]  # fmt: skip


BLOOD = [
    f"I{number}: {rule}"
    for number, rule in enumerate(
        ("lab.alt <= 40 U/L", "lab.ast <= 40 U/L", "lab.hemoglobin >= 80 g/L",
         "lab.platelets >= 50 10^9/L", "renal.creatinine_clearance >= 60 mL/min"),
        start=1,
    )
]  # fmt: skip


def test_of_many_questions_in_one_place_it_is_asked_which_can_be_answered() -> None:
    """The others are skipped together, and nothing is written of them."""
    asked = session(*BLOOD, "I6: diagnosis.sle")
    asked.answer("")
    question = asked.question
    assert question is not None
    assert question.text == "Which of these can be answered from the blood results?"
    assert question.how == (
        "the numbers of those that can, 1-3, 5 say, or all; an empty line skips them all"
    )
    assert (question.number, question.of, question.place) == (2, 6, "")
    assert question.choices == (
        "Alanine aminotransferase (ALT)",
        "Aspartate aminotransferase (AST)",
        "Haemoglobin",
        "Platelets",
        "Creatinine clearance (Cockcroft-Gault)",
        "instead of 5: Age; Date of birth; Sex; 2 more",
    )
    assert "none of the numbers 1 to 6" in asked.answer("22 U/L").refused[0]
    assert asked.answer("i").notes == ("There is nothing to ask instead.",)
    explained = asked.answer("?").explanation
    assert explained is not None
    assert [name for _, name, _ in explained.criteria] == ["I1", "I2", "I3", "I4", "I5"]

    assert asked.answer("1, 4").notes == ("3 questions skipped; nothing was written.",)
    assert (place(asked), added(asked)) == ("lab.alt", "")
    assert asked.answer("u").notes == (), "and it may be chosen again"
    assert asked.question == question
    asked.answer("all")
    assert asked_for(asked) == [
        "lab.alt", "lab.ast", "lab.hemoglobin", "lab.platelets", "renal.creatinine_clearance",
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["", "none"])
def test_a_whole_place_is_skipped(line: str) -> None:
    """To be asked again in the next sitting, or at once after a slip."""
    asked = session(*BLOOD)
    before = asked.question
    assert asked.answer(line).notes == ("5 questions skipped; nothing was written.",)
    assert asked.left == 5
    assert asked.question is not None
    assert asked.question.text == "There is nothing left to ask."

    asked.answer("u")
    assert asked.question == before


def test_a_place_that_was_skipped_by_a_slip_is_looked_at_again() -> None:
    """Before the next place, of which nothing was said yet."""
    examined = ("vitals.spo2 >= 92 %", "activity.ecog <= 2", "activity.pga <= 2")
    more = [f"I{number}: {rule}" for number, rule in enumerate(examined, start=6)]
    asked = session(*BLOOD, *more, "I9: activity.sledai_2k >= 8")
    before = asked.question
    asked.answer("")
    assert asked.question != before
    asked.answer("u")
    assert asked.question == before


def test_in_place_of_what_follows_from_others_these_are_chosen() -> None:
    """The weight, which is found elsewhere, and the creatinine: the clearance follows."""
    asked = session(*BLOOD, profile='\n[person]\nage = "40 years"\nsex = "male"\n')
    assert asked.question is not None
    assert asked.question.choices[5] == "instead of 5: Body weight; Serum creatinine"
    asked.answer("6")
    assert place(asked) == "person.weight"
    asked.answer("60 kg")
    assert place(asked) == "lab.creatinine"

    assert told(asked.answer("2.4 mg/dL")) == ["undetermined -> ineligible I5"]


def test_every_place_of_a_fact_has_its_words() -> None:
    assert {*EFFORT} == {*PLACES} - {ENTRIES, PROTOCOL}


def test_nothing_is_asked_that_is_settled() -> None:
    asked = session(
        "I1: { any = ['diagnosis.sle', 'lab.alt <= 10 U/L'] }", "I2: heart.lvef >= 55 %"
    )
    asked.answer("yes")
    assert place(asked) == "heart.lvef"

    reply = asked.answer("40 %")
    assert told(reply) == ["undetermined -> ineligible I2"]
    assert asked.question is not None
    assert asked.question.text == "There is nothing left to ask."


def test_the_screening_date_comes_first_where_there_is_none() -> None:
    """Every window counts from it."""
    head = new_profile(' P-1  "x" ').decode()
    assert head == 'schema  = 1\npatient = "P-1 \\"x\\""\n'

    asked = session("I1: diagnosis.sle", head=head)
    assert place(asked) == "dates.screening"
    assert "is not a full date" in asked.answer("2025-06").refused[0]
    asked.answer("today")
    assert added(asked, head) == "\n[dates]\nscreening = 2025-06-20\n"
    assert place(asked) == "diagnosis.sle"


@pytest.mark.parametrize(
    ("rule", "limit", "answers", "written"),
    [
        ("lab.alt <= 3 ULN", "upper", ["200 U/L", "40 U/L"], '"200 U/L", upper = "40 U/L"'),
        ("lab.alt <= 3 ULN", "upper", ["200 U/L", "40"], '"200 U/L", upper = "40 U/L"'),
        ("lab.hemoglobin >= 1 LLN", "lower", ["90 g/L", "12 g/dL"], '"90 g/L", lower = "12 g/dL"'),
        (  # plausible in its own unit, if in no other
            "lab.creatinine <= 3 ULN",
            "upper",
            ["500 umol/L", "104"],
            '"500 umol/L", upper = "104 umol/L"',
        ),
        ("lab.inr <= 1.5 ULN", "upper", ["2.0", "1.20"], "2.0, upper = 1.20"),
    ],
)
def test_a_limit_is_asked_for_after_its_result(
    rule: str, limit: str, answers: list[str], written: str
) -> None:
    asked = session(f"I1: {rule}", "I2: diagnosis.sle", profile="\n[diagnosis]\nsle = true\n")
    fact = place(asked)
    asked.answer(answers[0])
    assert place(asked) == f"{fact}.{limit}"
    assert asked.question is not None
    assert f"what is this result's {limit} limit of normal?" in asked.question.text

    replies = [asked.answer(answer) for answer in answers[1:]]
    assert told(replies[-1]) == ["undetermined -> ineligible I1"]
    assert f"= {{ value = {written} }}\n" in text_of(asked)


def test_no_limit_is_asked_for_where_nothing_needs_it() -> None:
    asked = session("I1: lab.alt <= 40 U/L", 'E1: { ask = "Any other reason?" }')
    asked.answer("22 U/L")

    assert place(asked) == "answers.example.E1"


def test_a_date_is_asked_for_where_there_is_a_window() -> None:
    asked = session("I1: pregnancy.test is negative within 7 days")
    asked.answer("negative")
    assert place(asked) == "pregnancy.test.date"
    asked.answer("2025-05-30")

    assert added(asked) == '\n[pregnancy]\ntest = { value = "negative", date = 2025-05-30 }\n'


def test_an_absent_finding_needs_no_date() -> None:
    asked = session("E1: diagnosis.sle within 6 months", 'E2: { ask = "Any other reason?" }')
    asked.answer("no")
    assert place(asked) == "answers.example.E2"

    asked.answer("u")
    asked.answer("yes")
    assert place(asked) == "diagnosis.sle.date"


def test_an_outdated_result_is_followed_by_a_newer_one() -> None:
    """The new result is kept with its date, before the old one; without a date it is refused."""
    old = '\n[pregnancy]\ntest = { value = "negative", date = 2025-03-01 }  # by the GP\n'
    asked = session("I1: pregnancy.test is negative within 7 days", profile=old)
    assert asked.question is not None
    assert "the newest is of 2025-03-01" in asked.question.text
    assert asked.question.recorded == "negative"

    assert "is none of" in asked.answer("unclear").refused[0]
    assert asked.answer("negative").content is None
    assert asked.question.text == "Pregnancy test, serum or urine, negative: of what date is this?"
    assert "without a date" in asked.answer("unknown").refused[0]
    reply = asked.answer("2025-06-01")
    assert told(reply) == ["undetermined -> eligible"]
    assert added(asked) == (
        '\n[pregnancy]\ntest = [\n  { value = "negative", date = 2025-06-01 },\n'
        '  { value = "negative", date = 2025-03-01 },\n]  # by the GP\n'
    )


def test_an_answer_that_does_not_settle_it_is_said_to() -> None:
    asked = session("I1: pregnancy.test is negative within 7 days")
    asked.answer("negative")
    reply = asked.answer("2025-03-01")
    assert "Still open: no result within 7 days before screening" in reply.notes[0]

    asked = session("I1: pregnancy.test is negative within 7 days")
    asked.answer("negative")
    assert asked.answer("today").notes == (
        "Still open: the only result is dated after 2025-06-02.",
    )


def test_what_is_recorded_as_not_known_comes_last_and_is_replaced() -> None:
    """It is asked once in a session, and again in the next one."""
    rules = ("E1: infection.hiv is positive", "I1: heart.lvef >= 55 %")
    asked = session(*rules)
    assert place(asked) == "infection.hiv"
    asked.answer("unknown")
    assert place(asked) == "heart.lvef"
    asked.answer("")
    assert text_of(asked) == f'{HEAD}\n[infection]\nhiv = "unknown"\n'

    again = session(*rules, profile='\n[infection]\nhiv = "unknown"   # ask again\n')
    assert place(again) == "heart.lvef"
    again.answer("")
    assert again.question is not None
    assert (place(again), again.question.recorded) == ("infection.hiv", "unknown")
    again.answer("negative")
    assert added(again) == '\n[infection]\nhiv = "negative"   # ask again\n'


def test_a_range_without_a_date_gets_its_date_before_a_newer_result() -> None:
    """A profile takes several results only with their dates."""
    asked = session(
        "I1: lab.platelets >= 150 10^9/L", profile='\n[lab]\nplatelets = ">99 10^9/L"\n'
    )
    assert place(asked) == "lab.platelets.date"
    asked.answer("2025-05-01")
    assert place(asked) == "lab.platelets"
    asked.answer("180 10^9/L")

    assert told(asked.answer("2025-05-30")) == ["undetermined -> eligible"]


def test_a_vague_date_is_asked_for_again() -> None:
    profile = '\n[renal]\nbiopsy_date = "2025"  # which day?\n'
    asked = session("I1: renal.biopsy_date within 3 months", profile=profile)
    assert asked.question is not None
    assert (place(asked), asked.question.recorded) == ("renal.biopsy_date", "2025")
    asked.answer("2025-05-02")

    assert added(asked) == "\n[renal]\nbiopsy_date = 2025-05-02  # which day?\n"


def test_the_vague_date_of_a_result() -> None:
    profile = '\n[lab]\nalt = { value = "22 U/L", date = "2025-03" }\n'
    asked = session("I1: lab.alt <= 40 U/L within 3 months", profile=profile)
    assert place(asked) == "lab.alt.date"
    asked.answer("2025-03-20")

    assert added(asked) == '\n[lab]\nalt = { value = "22 U/L", date = 2025-03-20 }\n'


def test_the_limit_of_the_result_that_counts() -> None:
    """In a series it is the limit of the newest result not entered in error."""
    profile = """
[lab]
alt = [
  { value = "90 U/L", date = 2025-05-30, status = "entered-in-error" },
  { value = "50 U/L", date = 2025-04-30 },   # old
  { value = "60 U/L", date = 2025-05-29 },   # new
]
"""
    asked = session("I1: lab.alt <= 1 ULN", profile=profile)
    assert place(asked) == "lab.alt[3].upper"
    asked.answer("40 U/L")

    new = '{ value = "60 U/L", date = 2025-05-29, upper = "40 U/L" },   # new'
    old = '{ value = "60 U/L", date = 2025-05-29 },   # new'
    assert added(asked) == profile.replace(old, new)


LISTS = "I1: { some = 'treatment', where = ['drug is mycophenolate', 'stop is ongoing'] }"


def test_a_list_is_complete_or_a_person_adds_to_it() -> None:
    asked = session(LISTS)
    assert asked.question is not None
    assert asked.question.text.endswith("None listed.")
    assert asked.question.how == (
        "an entry in one line, prednisone 60 mg/day 2026-03-08..2026-04-19 inadequate say; or none"
    )

    asked = session(LISTS)
    assert asked.answer("none").content is None
    assert told(asked.answer("2025-06-01")) == ["undetermined -> ineligible I1"]
    assert added(asked) == "\n[reviewed]\ntreatment = 2025-06-01\n"

    asked = session(LISTS)
    asked.answer("none")
    asked.answer("today")
    assert added(asked) == "\n[reviewed]\ntreatment = 2025-06-20\n"


def test_the_day_of_the_last_review_closes_the_next_list() -> None:
    """It is shown in the question; another day may follow the word."""
    asked = session(*(f"E{n}: {{ some = '{name}' }}" for n, name in enumerate(CLOSED, start=1)))
    first = place(asked)
    asked.answer("none 2025-06-01")
    assert asked.question is not None
    assert asked.question.how.endswith("; none is as of 2025-06-01, unless a date follows")
    second = place(asked)
    assert "Read to its end on 2025-06-01." in asked.answer("none").notes
    third = place(asked)
    asked.answer("none 2025-05-20")

    assert sorted((first, second, third)) == [f"reviewed.{name}" for name in CLOSED]
    days = ("2025-06-01", "2025-06-01", "2025-05-20")
    for name, day in zip((first, second, third), days, strict=True):
        assert f"\n{name.removeprefix('reviewed.')} = {day}\n" in added(asked).replace(" " * 2, " ")


CLOSED = ("car_t", "malignancy", "transplant")


@pytest.mark.parametrize("answer", ["yes", "no", "y", "2025-06-01", "today"])
def test_a_list_is_not_closed_by_what_may_mean_the_opposite(answer: str) -> None:
    """ "yes" may mean that there are some, a date be that of a treatment."""
    asked = session(LISTS)

    assert asked.answer(answer).refused == (f"'{answer}' is neither an entry nor 'none'.",)
    assert added(asked) == ""


def test_entries_are_shown_before_they_are_written() -> None:
    """And asked for until an empty line; the list is closed by a yes with a date alone."""
    asked = session(LISTS)
    assert asked.answer("rituximab 1000 mg 2024-02-03 2024-02-17").content is None
    assert asked.question is not None
    assert asked.question.text == (
        "Read as: 2 entries. "
        "Drug: rituximab; Dose: 1000 mg once; First day at this dose: 2024-02-03; "
        "Last day at this dose: 2024-02-03 / "
        "Drug: rituximab; Dose: 1000 mg once; First day at this dose: 2024-02-17; "
        "Last day at this dose: 2024-02-17. Is this right?"
    )
    assert asked.answer("perhaps").refused == ("'perhaps' is not yes or no.",)
    assert asked.answer("no").notes == ("Nothing was written.",)
    assert place(asked) == "reviewed.treatment"

    asked.answer("mycophenolate 1 g bid 2023-05-01..2024-01-31")
    asked.answer("yes")
    assert added(asked) == (
        '\n[[treatment]]\ndrug  = "mycophenolate"\ndose  = "1 g bid"\n'
        "start = 2023-05-01\nstop  = 2024-01-31\n"
    )
    assert asked.question.text.endswith("1 listed.")
    assert "is not a drug of the vocabulary" in asked.answer("prednisolon 5 mg").refused[0]
    assert "treatment[2].dose" in asked.answer("prednisone 5 furlongs 2024-01..2024-02").refused[0]

    assert asked.answer("").content is None
    assert asked.question.text.startswith("Is this all for 'Treatments")
    assert "is not yes or no" in asked.answer("2025-06-01").refused[0]
    assert asked.answer("yes").content is None
    assert asked.question.text.startswith("On what date was the chart read to its end")
    assert told(asked.answer("2025-06-01")) == ["undetermined -> ineligible I1"]
    assert added(asked).endswith("\n[reviewed]\ntreatment = 2025-06-01\n")


@pytest.mark.parametrize("last", ["no", ""])
def test_a_list_that_is_not_said_to_be_complete_stays_open(last: str) -> None:
    asked = session(LISTS, "I2: diagnosis.sle")
    while place(asked) != "reviewed.treatment":
        asked.answer("")
    for line in ("MMF 1 g bid 2023-05..2024-01", "yes", "HCQ 400 mg/day 2023-05..ongoing", "yes"):
        assert asked.answer(line).refused == ()
    asked.answer("")

    assert asked.answer(last).notes == ("The list stays open.",)
    assert "reviewed" not in added(asked)
    assert asked.answers == 2
    assert asked.question is not None
    while asked.question.text != "There is nothing left to ask.":
        assert place(asked) != "reviewed.treatment", "once in a sitting"
        asked.answer("")


def test_an_entry_is_undone() -> None:
    asked = session(LISTS)
    for line in ("MMF 1 g bid 2023-05..2024-01", "yes", "HCQ 400 mg/day 2023-05..2024-01", "yes"):
        asked.answer(line)
    assert asked.answer("u").notes == ("Undone: treatment[2]",)
    assert asked.question is not None
    assert asked.question.text.endswith("1 listed.")
    assert asked.answer("u").notes == ("Undone: treatment[1]",)
    assert (added(asked), asked.answers) == ("", 0)
    assert asked.question.text.endswith("None listed.")


def test_a_list_with_entries() -> None:
    asked = session(LISTS, profile='\n[[treatment]]\ndrug = "HCQ"\n')
    while place(asked) != "reviewed.treatment":
        asked.answer("")
    assert asked.question is not None
    assert asked.question.text.endswith("1 listed.")
    asked.answer("nothing more")
    assert "with nothing more found for" in asked.question.text
    asked.answer("2025-06-01")

    assert added(asked).endswith("\n[reviewed]\ntreatment = 2025-06-01\n")


def test_a_field_of_an_entry() -> None:
    entries = '\n[[treatment]]\ndrug = "MMF"   # since when?\n\n[[treatment]]\ndrug = "HCQ"\n'
    asked = session(LISTS, profile=entries)
    while place(asked) != "treatment[1].stop":
        asked.answer("")
    assert asked.question is not None
    assert asked.question.text.startswith("Treatment 1 (MMF): ")

    assert told(asked.answer("ongoing")) == ["undetermined -> eligible"]
    assert added(asked) == entries.replace("when?\n", 'when?\nstop = "ongoing"\n')


def test_what_only_a_person_can_answer() -> None:
    asked = session('E1: { ask = "Any other reason?", about = "judgement" }')
    assert asked.question is not None
    assert asked.question.text == "example E1 (the investigator judges): Any other reason?"
    assert asked.answer("perhaps").refused == ("'perhaps' is not yes or no.",)

    assert told(asked.answer("no")) == ["undetermined -> eligible"]
    mark = question_mark("Any other reason?")
    assert added(asked) == (
        f'\n[answers.example]\nE1 = {{ answer = false, question = "{mark}" }}\n'
    )


def test_which_reading_holds() -> None:
    readings = """readings = [
      { label = "as measured", rule = "vitals.spo2 >= 92 %" },
      { label = "on room air", rule = "vitals.spo2 >= 98 %" },
    ]"""
    text = f'{HEAD}\n[vitals]\nspo2 = "96 %"\n'
    asked = sitting(criterion("I1", readings), text)
    assert asked.question is not None
    assert asked.question.choices == ("as measured", "on room air")
    assert asked.answer("3").refused == ("'3' is none of 'as measured', 'on room air'.",)
    explanation = asked.answer("?").explanation
    assert explanation is not None
    assert [(o.value, o.rules_out, o.settles) for o in explanation.outcomes] == [
        ("as measured", [], ["example I1"]),
        ("on room air", ["example I1"], []),
    ]

    assert told(asked.answer("2")) == ["undetermined -> ineligible I1"]
    assert text_of(asked) == f'{text}\n[answers.example]\nI1 = "on room air"\n'


def test_instead_of_what_follows_from_others() -> None:
    """A fact, or those that it follows from."""
    asked = session("I1: person.age >= 18 years")
    assert asked.question is not None
    assert (place(asked), asked.question.instead) == ("person.age", ("Date of birth",))
    asked.answer("i")
    assert place(asked) == "person.birth_date"

    assert told(asked.answer("1990-02-03")) == ["undetermined -> eligible"]
    assert added(asked) == "\n[person]\nbirth_date = 1990-02-03\n"
    assert session("I1: diagnosis.sle").answer("i").notes == ("There is nothing to ask instead.",)


def test_the_date_of_what_stands_for_the_fact() -> None:
    """A blood test stands for any pregnancy test: its date is what lacks."""
    asked = session(
        "I1: pregnancy.test is negative within 7 days",
        profile='\n[pregnancy]\nblood_test = "negative"\n',
    )
    assert place(asked) == "pregnancy.blood_test.date"

    assert told(asked.answer("2025-05-30")) == ["undetermined -> eligible"]
    assert text_of(asked).endswith('blood_test = { value = "negative", date = 2025-05-30 }\n')


CLEARANCE = """
[person]
age = "40 years"
sex = "male"
weight = "60 kg"

[lab]
creatinine = "1 mg/dL"
"""


def test_what_was_computed_has_no_limit_to_ask_for() -> None:
    """The person may state a result of the laboratory in its place."""
    asked = session("I1: renal.creatinine_clearance >= 1 LLN", profile=CLEARANCE)

    assert asked.question is None
    assert asked.by_hand == (
        "Creatinine clearance (Cockcroft-Gault): lower limit of normal"
        " (renal.creatinine_clearance.lower) (the result has no lower limit of normal)",
    )


def test_the_date_of_what_was_computed_is_that_of_its_last_input() -> None:
    """A clearance is as old as its creatinine; no other of its inputs is asked for a date."""
    asked = session("I1: renal.creatinine_clearance >= 60 mL/min within 7 days", profile=CLEARANCE)

    assert asked.question is not None
    assert asked.question.text == "Serum creatinine, 1 mg/dL: of what date is this?"
    assert place(asked) == "lab.creatinine.date"
    assert told(asked.answer("2025-06-01")) == ["undetermined -> eligible"]
    assert asked.question.text == "There is nothing left to ask."


STAYS = """
[record.stay]
label    = "Stays in hospital"
question = "Which stays in hospital were there?"
obtain   = "chart"
changes  = "time"

[record.stay.field.ward]
label = "Ward"
kind  = "finding"

[record.stay.field.length]
label = "Length of the stay"
kind  = "duration"
"""


def stay(folder: Path, field: str, facts: str = STAYS) -> Session:
    """A session about one stay in hospital, with a pack that knows of stays."""
    (folder / "facts.toml").write_text(facts, "utf-8")
    rule = criterion("I1", f'rule = {{ some = "stay", where = ["{field} >= 3 days"] }}')
    (folder / "ours.toml").write_text(TRIAL_HEAD + rule, "utf-8")
    pack = load_pack(folder)

    def load_with_pack(content: bytes) -> tuple[Chart, DateFrom]:
        return chart_on(
            parse_profile(content, pack.vocabulary, "p.toml"), pack, SCREENING
        ), "profile"

    text = f"{HEAD}\n[reviewed]\nstay = 2025-06-01\n\n[[stay]]\nward = true\n"
    return Session(text.encode(), load_with_pack, list(pack.trials), TODAY, where="p.toml")


def test_a_length_of_time(tmp_path: Path) -> None:
    asked = stay(tmp_path, "length")
    assert asked.question is not None
    assert (place(asked), asked.question.how) == ("stay[1].length", "a time, 8 months say")

    assert told(asked.answer("3 days")) == ["undetermined -> eligible"]
    assert text_of(asked).endswith('ward = true\nlength = "3 days"\n')


def test_a_list_of_ones_own_without_the_dates_of_a_course(tmp_path: Path) -> None:
    """A length that follows from dates which the entries do not have is left to the person."""
    facts = STAYS.replace("length", "lasted") + 'derive = { formula = "course_length" }\n'
    asked = stay(tmp_path, "lasted", facts)

    assert asked.question is None
    assert [said.partition(" (stay")[2] for said in asked.by_hand] == ["[1].start)", "[1].stop)"]


def test_the_drug_of_an_entry() -> None:
    asked = session(
        "I1: { some = 'treatment', where = ['drug is rituximab'] }",
        profile="\n[reviewed]\ntreatment = 2025-06-01\n\n[[treatment]]\nstart = 2025-01-01\n",
    )
    assert asked.question is not None
    assert (place(asked), asked.question.how) == ("treatment[1].drug", "the name of the drug")

    assert told(asked.answer("rituximab")) == ["undetermined -> eligible"]


def test_a_series_is_recorded_as_so_many_results() -> None:
    """All of them outdated: what is asked for is one more."""
    asked = session(
        "I1: lab.neutrophils >= 1 10^9/L within 1 month",
        profile='\n[lab]\nneutrophils = [{ value = "3 10^9/L", date = 2025-01-05 }, '
        '{ value = "2 10^9/L", date = 2024-01-05 }]\n',
    )

    assert asked.question is not None
    assert (place(asked), asked.question.recorded) == ("lab.neutrophils", "2 results")


SHARED = "".join(
    criterion(
        name,
        'choice = "months"\nreadings = [\n'
        '  { label = "three", rule = "renal.biopsy_date within 3 months" },\n'
        '  { label = "six", rule = "renal.biopsy_date within 6 months" },\n]',
    )
    for name in ("I1", "I2")
)


def test_a_choice_of_several_criteria_is_asked_once() -> None:
    """The label is written under the choice's name; both criteria follow it, and undo takes it."""
    asked = sitting(SHARED, f"{HEAD}\n[renal]\nbiopsy_date = 2025-01-15\n")

    assert asked.question is not None
    assert (place(asked), asked.question.choices) == ("answers.example.months", ("three", "six"))
    explanation = asked.answer("?").explanation
    assert explanation is not None
    assert [(o.value, o.rules_out, o.settles) for o in explanation.outcomes] == [
        ("three", ["example I1", "example I2"], []),
        ("six", [], ["example I1", "example I2"]),
    ]
    assert told(asked.answer("six")) == ["undetermined -> eligible"]
    assert text_of(asked).endswith('\n[answers.example]\nmonths = "six"\n')
    assert asked.answer("u").notes == ("Undone: answers.example.months = six",)


def test_an_answer_to_another_wording_is_asked_for_again() -> None:
    """It is shown as recorded, and the new one takes its place, with the mark of the question."""
    old = '\n[answers.example]\nE1 = { answer = false, question = "000000", by = "AB" }\n'
    asked = session('E1: { ask = "Any other reason?" }', profile=old)

    assert asked.question is not None
    assert (place(asked), asked.question.recorded) == ("answers.example.E1", "no")
    assert told(asked.answer("no")) == ["undetermined -> eligible"]
    mark = question_mark("Any other reason?")
    assert added(asked) == (
        f'\n[answers.example]\nE1 = {{ answer = false, question = "{mark}" }}\n'
    )
    assert asked.answer("u").notes == ("Undone: answers.example.E1 = no",)


def test_an_answer_that_would_decide_nothing_is_no_outcome() -> None:
    """Without another reason it still depends on the lupus; with one it is settled."""
    asked = session('E1: { any = ["diagnosis.sle", { ask = "Any other reason?" }] }')
    asked.answer("")
    assert place(asked) == "answers.example.E1"
    explanation = asked.answer("?").explanation

    assert explanation is not None
    assert [(o.value, o.rules_out, o.settles) for o in explanation.outcomes] == [
        ("yes", ["example E1"], [])
    ]


def test_a_contradiction_is_left_to_the_person() -> None:
    profile = """
[lab]
alt = [{ value = "20 U/L", date = 2025-05-30 }, { value = "60 U/L", date = 2025-05-30 }]
"""
    asked = session("I1: lab.alt <= 40 U/L", profile=profile)

    assert asked.question is None
    (said,) = asked.by_hand
    assert "lab.alt" in said
    assert "results of the same day differ" in said


# ?, u, and nothing


def test_the_explanation() -> None:
    """The criteria that wait, and what each value would decide."""
    asked = session(
        "I1: heart.lvef >= 55 %", "E1: { all = ['heart.lvef < 50 %', 'diagnosis.sle'] }"
    )
    while place(asked) != "heart.lvef":
        asked.answer("")
    explanation = asked.answer("?").explanation

    assert explanation is not None
    assert explanation.criteria == (
        ("example", "I1", "Title of I1"),
        ("example", "E1", "Title of E1"),
    )
    assert [(o.value, o.rules_out, o.settles) for o in explanation.outcomes] == [
        ("below 50 %", ["example I1"], []),
        ("from 50 to below 55 %", ["example I1"], ["example E1"]),
        ("at least 55 %", [], ["example I1", "example E1"]),
    ]
    assert place(asked) == "heart.lvef"


def test_undo_gives_back_every_byte_and_asks_again() -> None:
    asked = session("I1: diagnosis.sle", profile="# tail")
    asked.answer("yes")
    assert asked.answers == 1

    reply = asked.answer("u")
    assert reply.notes == ("Undone: diagnosis.sle = yes",)
    assert reply.content == f"{HEAD}# tail".encode()
    assert (place(asked), asked.answers) == ("diagnosis.sle", 0)
    assert asked.answer("u").notes == ("There is nothing to undo.",)


def test_a_result_and_its_limit_are_undone_one_by_one() -> None:
    asked = session("I1: lab.alt <= 3 ULN")
    asked.answer("200 U/L")
    asked.answer("40 U/L")
    assert asked.question is not None
    assert asked.question.text == "There is nothing left to ask.", "and the slip can be undone"

    reply = asked.answer("u")
    assert told(reply) == ["ineligible -> undetermined"]
    assert (place(asked), added(asked)) == ("lab.alt.upper", '\n[lab]\nalt = "200 U/L"\n')
    asked.answer("u")
    assert (place(asked), added(asked)) == ("lab.alt", "")


def test_what_is_skipped_comes_again_in_the_next_sitting() -> None:
    asked = session("I1: diagnosis.sle", "I2: heart.lvef >= 55 %")
    first = place(asked)
    reply = asked.answer("  ")

    assert reply == Reply()
    assert place(asked) != first
    assert place(session("I1: diagnosis.sle", "I2: heart.lvef >= 55 %")) == first


def test_leaving() -> None:
    asked = session("I1: diagnosis.sle")

    assert asked.answer(" Q ") == Reply(left=True)
    asked.answer("yes")
    assert asked.answer("") == Reply(left=True), "nothing is left to ask"


def test_a_new_warning_is_shown_once() -> None:
    asked = session("I1: lab.hemoglobin >= 80 g/L", "I2: diagnosis.sle")
    while place(asked) != "lab.hemoglobin":
        asked.answer("")
    implausible = [w for w in asked.answer("9 g/L").warnings if "outside what is plausible" in w]

    assert len(implausible) == 1
    asked.answer("u")
    assert not any("outside" in warning for warning in asked.answer("100 g/L").warnings)


# The law


TYPED = [
    *("", "u", "?", "i", "unknown", "not done", "yes", "no", "today", "2025-05", "2025-05-30"),
    *("ongoing", "7", "7.50", "55 %", "<3 U/L", "1:80", "8 months", 'x "y"', "prednisone"),
    *("none", "none 2025-05-30", "18 U/L (0-40) 2025-05-30", "negative 2025-05", "other 2024-05"),
]


def guess(asked: Session, chance: random.Random) -> str:
    """A line to type, often a good answer."""
    question = asked.question
    assert question is not None
    options = [*TYPED, *question.choices]
    if named := re.search(r"a number in (\S+), or", question.how):
        options += [str(chance.choice([1, 5, 90])), f"{chance.choice([1, 5, 90])} {named[1]}"] * 10
    if named := re.search(r"^\S+ (\S+) is outside", question.text):
        options += [named[1]] * 20
    if named := re.search(r"an entry in one line, (.*) say;", question.how):
        options += [named[1]] * 20
    if question.how.startswith("yes or no"):
        options += ["yes", "no"] * 10
    return chance.choice(options)


PROFILES = {path.stem: path.read_bytes() for path in sorted((ROOT / "examples").glob("*.toml"))}


@pytest.mark.parametrize("name", ["empty", *PROFILES])
def test_whatever_is_typed_what_was_there_stays(name: str) -> None:
    """Each text loads and has lost at most one line, the one that it replaced; and all of it is
    undone to the last byte. Each example is asked about one of the trials.
    """
    content = PROFILES.get(name, HEAD.encode())
    chance = random.Random(name)
    trials = bundled_pack().trials
    trial = trials[sorted(PROFILES).index(name) % len(trials) if name in PROFILES else 0]
    asked = Session(content, load, [trial], TODAY, where="p.toml")
    before = content
    for _ in range(40):
        line = guess(asked, chance) if asked.question else "q"
        reply = asked.answer(line)
        if reply.left:
            break
        if reply.content is not None:
            load(reply.content)
            assert line == "u" or len(lost(before, reply.content)) <= 1
            before = reply.content
    assert asked._now.screenings == [screen(trial, load(before)[0])], "as if judged anew"
    while asked.answers:
        before = asked.answer("u").content or before  # None: half an answer was taken back

    assert before == content


def lost(before: bytes, after: bytes) -> list[bytes]:
    """The lines between the common beginning and the common end that are gone."""
    old, new = before.split(b"\n"), after.split(b"\n")
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return old
