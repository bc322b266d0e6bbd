"""What a new profile is begun with, and a whole chart typed in."""

from datetime import date
from pathlib import Path

import pytest
from support import TRIAL_HEAD

from cartscreen.contract import DateFrom
from cartscreen.errors import CriteriaError
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.interview import Session, new_profile
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.profile.read import parse_profile

DAY = date(2026, 10, 12)
PACK = bundled_pack()


def load(content: bytes) -> tuple[Chart, DateFrom]:
    profile = parse_profile(content, PACK.vocabulary, "p.toml")
    if profile.screening is None:
        return chart_on(profile, PACK, DAY), "today"
    return chart_on(profile, PACK, profile.screening.earliest), "profile"


def begun(*lines: str, only: str = "") -> Session:
    """A new profile of this trial, or of all, screened on DAY, after these lines."""
    trials = [trial for trial in PACK.trials if only in ("", trial.id)]
    asked = Session(new_profile("P-1"), load, trials, DAY, where="p.toml", first=PACK.first)
    for line in (DAY.isoformat(), *lines):
        assert asked.answer(line).refused == ()
    return asked


def place(asked: Session) -> str:
    assert asked.question is not None
    return asked.question.place


def text_of(asked: Session) -> str:
    return asked._now.text


def test_the_first_questions() -> None:
    """They follow the date of screening, whether or not they are answered."""
    asked = begun()
    places = []
    for _ in range(7):
        places.append(place(asked))
        asked.answer("")

    assert places == [
        "person.birth_date",
        "person.sex",
        "diagnosis",
        "renal.biopsy_date",
        "renal.biopsy_class",
        "reviewed.treatment",
        "reviewed",
    ]


def test_only_what_the_trials_read() -> None:
    """This one is of lupus alone; no date of a biopsy matters to it, only what it showed."""
    asked = begun("2012-05-17", "female", only="cd19-csle")
    assert asked.question is not None
    assert asked.question.choices == ("Systemic lupus erythematosus, on any basis",)
    asked.answer("")
    assert place(asked) == "renal.biopsy_class"


def test_an_ordinary_profile_is_not_begun() -> None:
    asked = Session(new_profile("P-1"), load, PACK.trials, DAY, where="p.toml")
    asked.answer("2026-10-12")
    assert place(asked) not in ("diagnosis", "reviewed")


DISEASES = ("1995-05-17", "female")
NO = '{ value = false, note = "not among the diseases that the person has, as said when the profile was begun" }'  # noqa: E501


def test_the_other_diseases_are_written_as_not_there() -> None:
    """After a yes to what will be written, each with the note that the person said so."""
    asked = begun(*DISEASES, "2")
    assert asked.question is not None
    assert asked.question.text == (
        "Read as: yes: Systemic sclerosis by the 2013 ACR/EULAR classification; "
        "no: Systemic lupus erythematosus, on any basis, SLE by the 2019 EULAR/ACR classification, "
        "SLE by the 2012 SLICC criteria, Inflammatory myopathy at least probable (2017 EULAR/ACR, "
        "55 %), Sjögren's disease by the 2016 ACR/EULAR classification, Autoimmune haemolytic "
        "anaemia by the Chinese guideline of 2023, Multiple sclerosis by the Chinese guideline of "
        "2023. Is this right?"
    )
    before = text_of(asked)
    assert "[diagnosis]" not in before
    asked.answer("yes")

    for name in ("sle", "sle_eular_acr_2019", "sle_slicc_2012", "iim_probable", "ms_china_2023"):
        assert f"\n{name} = {NO}\n" in text_of(asked)
    assert "\nssc_acr_eular_2013 = true\n" in text_of(asked)
    assert asked.verdicts["rd06-04-sle"][0] == "ineligible"
    assert asked.answer("u").notes == ("Undone: diagnosis",)
    assert (text_of(asked), place(asked)) == (before, "diagnosis")


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("7", "'7' is none of the numbers 1 to 6; write 1, 3 or 2-5 say, all or none."),
        ("yes", "'yes' is none of the numbers 1 to 6; write 1, 3 or 2-5 say, all or none."),
        ("3-2", "'3-2' is none of the numbers 1 to 6; write 1, 3 or 2-5 say, all or none."),
        ("SLE", "'SLE' is none of the numbers 1 to 6; write 1, 3 or 2-5 say, all or none."),
    ],
)
def test_what_names_no_disease_is_refused(line: str, refused: str) -> None:
    asked = begun(*DISEASES)

    assert asked.answer(line).refused == (refused,)
    assert "[diagnosis]" not in text_of(asked)


def test_nothing_is_written_of_diseases_that_were_not_asked_about() -> None:
    """A line that is skipped or denied says nothing."""
    asked = begun(*DISEASES, "1", "no")
    assert place(asked) == "diagnosis"
    asked.answer("")

    assert "[diagnosis]" not in text_of(asked)
    assert place(asked) == "renal.biopsy_date"


def test_the_day_of_what_is_said() -> None:
    asked = begun(*DISEASES, "1 2026-10-01", "yes")

    assert "\nsle = { value = true, date = 2026-10-01 }\n" in text_of(asked)
    assert "\nssc_acr_eular_2013 = { value = false, date = 2026-10-01, note = " in text_of(asked)


def test_several_lists_are_closed_in_one_line() -> None:
    """Only those that are named, on the day that is said, after a yes."""
    asked = begun(*DISEASES, "1", "yes", "", "", "")
    assert asked.question is not None
    assert place(asked) == "reviewed"
    assert asked.question.choices[0] == (
        "Treatments for the autoimmune disease, one entry for each drug and dose: none listed"
    )
    assert asked.answer("2-3").refused == ("say on what day, too: all 2025-06-02, say.",)
    asked.answer("2-3, 5 2026-10-11")
    assert "Read as: read to the end on 2026-10-11: " in asked.question.text
    asked.answer("yes")

    assert text_of(asked).count(" = 2026-10-11\n") == 3
    assert "treatment = " not in text_of(asked).partition("[reviewed]")[2]


@pytest.mark.parametrize(
    ("lines", "out"),
    [
        (
            # a woman of 31: one trial takes children; another wants nephritis biopsied in the last
            # six months, and hers, which the class says it is, was so seven months ago
            ["1995-05-17", "female", "1", "yes", "2026-03-03", "IV"],
            {"cd19-csle", "ucar-cd19-bcma-sle"},
        ),
        (
            # a man of 56 with systemic sclerosis: all but one trial are of lupus
            ["1970-03-02", "male", "2", "yes"],
            {"cd19-csle", "ucar-cd19-bcma-sle", "bcma-cd70-csle", "rd06-04-sle"},
        ),
    ],
)
def test_the_first_questions_rule_out(lines: list[str], out: set[str]) -> None:
    """Two trials at least, within twelve prompts, of charts that have little in common."""
    asked = begun(*lines)

    assert {
        trial for trial, (verdict, _) in asked.verdicts.items() if verdict == "ineligible"
    } == out
    assert len(out) >= 2
    assert len(lines) + 1 <= 12


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("ask = 1", "ask is not a table"),
        ("[ask]\nlast = []", "there is no key 'last'"),
        ("[ask]\nfirst = 1", "first and diseases are lists"),
        ("[ask]\nfirst = ['person.six']", "there is no 'person.six'. Did you mean 'person.sex'"),
        ("[ask]\ndiseases = ['lab.alt']", "'lab.alt' is no fact that is yes or no"),
        ("[ask]\ndiseases = [['person.sex']]", "'person.sex' is no fact that is yes or no"),
    ],
)
def test_a_pack_that_begins_with_what_there_is_not(tmp_path: Path, table: str, fault: str) -> None:
    rule = '\n[[inclusion]]\nid = "I1"\ntitle = "Lupus"\nsource = "page"\nrule = "diagnosis.sle"\n'
    (tmp_path / "ours.toml").write_text(TRIAL_HEAD + rule, "utf-8")
    (tmp_path / "pack.toml").write_text(table, "utf-8")
    with pytest.raises(CriteriaError) as refused:
        load_pack(tmp_path)

    assert fault in str(refused.value)
