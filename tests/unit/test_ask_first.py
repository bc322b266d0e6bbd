"""What a new profile is begun with, and a whole chart typed in."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import TRIAL_HEAD

from cartscreen.contract import DateFrom
from cartscreen.errors import CriteriaError
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.interview import Session, new_profile
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.profile.edit import data_of, written_as
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
    assert "unless a date follows" not in asked.question.how
    asked.answer("2-3, 5 2026-10-11")
    assert "Read as: read to the end on 2026-10-11: " in asked.question.text
    asked.answer("yes")

    assert text_of(asked).count(" = 2026-10-11\n") == 3
    assert "treatment = " not in text_of(asked).partition("[reviewed]")[2]
    assert asked.question.text.startswith("Which of these can be answered")


def test_the_day_of_the_last_review_closes_several_lists() -> None:
    asked = begun(*DISEASES, "1", "yes", "", "", "none 2026-10-11")
    assert asked.question is not None
    assert asked.question.how.endswith("; they were read as of 2026-10-11, unless a date follows")
    asked.answer("1")
    asked.answer("yes")

    assert text_of(asked).count(" = 2026-10-11\n") == 2


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


# A whole chart

Letter = dict[str, str | list[str]]

NEPHRITIS: Letter = {
    "person.birth_date": "1988-11-30",
    "person.sex": "female",
    "diagnosis": "1 2026-09-14",
    "renal.biopsy_date": "2025-12-04",
    "renal.biopsy_class": "IV",
    "reviewed.treatment": [
        "hydroxychloroquine 400 mg/day 2021-05..ongoing",
        "methylprednisolone 1 g 2025-12-06 2025-12-07 2025-12-08",
        "prednisone 50 mg/day 2025-12-09..2026-01-31 inadequate",
        "prednisone 20 mg/day 2026-02-01..2026-05-31 inadequate",
        "prednisone 12.5 mg/day 2026-06-01..ongoing inadequate",
        "mycophenolate 3 g/day 2025-12-09..ongoing inadequate",
        "tacrolimus 4 mg/day 2026-03-02..ongoing inadequate",
        "belimumab 2022-04..2024-10",
        "nothing more 2026-09-14",
    ],
    "reviewed": "malignancy transplant car_t other_trial",
    "reviewed.vaccine": ["pneumococcus not live 2026-03", "", "no"],
    "reviewed.infection_episode": ["bacterial proven 2026-02-03..2026-02-12", "", "no"],
    "diagnosis.sle_eular_acr_2019": "yes 2021-05",
    "history.standard_treatment_intolerance": "no 2026-09-14",
    "person.fertility": "fertile 2026-09-14",
    "pregnancy.blood_test": "negative 2026-09-10",
    "pregnancy.lactating": "no 2026-09-14",
    "person.weight": "68 kg 2026-09-14",
    "activity.sledai_2k": "14 2026-09-14",
    "vitals.spo2": "97% 2026-09-14",
    "vitals.spo2_on_room_air": "yes",
    "heart.nyha": "no heart disease",
    "lab.neutrophils": "4.4 2026-09-10",
    "lab.hemoglobin": "11.6 g/dL 2026-09-10",
    "lab.platelets": "233 2026-09-10",
    "lab.lymphocytes": "1.2 2026-09-10",
    "lab.ast": "19 (ULN 35) 2026-09-10",
    "lab.alt": "24 (ULN 35) 2026-09-10",
    "lab.bilirubin": "0.4 mg/dL (ULN 1.2) 2026-09-10",
    "lab.creatinine": "0.9 (ULN 1.0) 2026-09-10",
    "lab.inr": "1.1 (ULN 1.2) 2026-09-10",
    "lab.aptt": "32 (ULN 36) 2026-09-10",
    "lab.iga": "1.6 (LLN 0.8) 2026-09-10",
    "lab.igg": "8.8 (LLN 7.0) 2026-09-10",
    "antibody.anti_dsdna": "95 IU/mL (ULN 20) 2026-09-10",
    "renal.protein_24h": "2.7 2026-09-11",
    "infection.hbsag": "negative 2026-09-10",
    "infection.hbcab": "negative 2026-09-10",
    "infection.hcv_antibody": "negative 2026-09-10",
    "infection.hiv": "negative 2026-09-10",
    "infection.treponemal_test": "negative 2026-09-10",
    "infection.cmv_dna": "negative 2026-09-10",
    "infection.igra": "negative 2026-09-10",
    "heart.lvef": "60% 2026-09-08",
    "heart.lvef_by_echo": "yes",
    "heart.pericardial_effusion": "none 2026-09-08",
    "heart.ecg": "normal 2026-09-08",
    "lung.pleural_effusion": "none 2026-09-09",
}
"""A woman of 37 with lupus nephritis that has come back: our own, as a letter would have it."""

SCLEROSIS: Letter = {
    "person.birth_date": "1970-03-02",
    "person.sex": "male",
    "diagnosis": "2 2026-09-14",
    "reviewed.treatment": [
        "prednisone 10 mg/day 2023-06..ongoing inadequate",
        "mycophenolate 2 g/day 2023-06..2024-12 inadequate",
        "rituximab 1000 mg 2025-09-01 2025-09-15 inadequate",
        "nothing more 2026-09-14",
    ],
    "reviewed": "malignancy transplant car_t other_trial cardiovascular_event",
    "diagnosis.ssc_subset": "diffuse",
    "diagnosis.ild": "yes",
    "diagnosis.ild_date": "2023-05",
    "activity.mrss": "24 2026-09-14; 19 2026-03-20",
    "lung.fvc": "62 2026-09-07; 71 2026-03-18",
    "lung.dlco": "48 2026-09-07; 57 2026-03-18",
    "person.weight": "74 kg 2026-09-14",
    "vitals.spo2": "94% 2026-09-14",
    "vitals.spo2_on_room_air": "yes",
    "heart.nyha": "II 2026-09-14",
    "heart.lvef": "58% 2026-09-07",
    "heart.pericardial_effusion": "trace 2026-09-07",
    "lung.systolic_pap_echo": "38 mmHg 2026-09-07",
    "heart.ecg": "not significant 2026-09-14",
    "lab.neutrophils": "6.2 2026-09-10",
    "lab.hemoglobin": "13.1 g/dL 2026-09-10",
    "lab.platelets": "301 2026-09-10",
    "lab.ast": "31 (ULN 50) 2026-09-10",
    "lab.alt": "27 (ULN 50) 2026-09-10",
    "lab.bilirubin": "9 (ULN 21) 2026-09-10",
    "lab.creatinine": "82 umol/L (ULN 104) 2026-09-10",
    "lab.igg": "9.9 (LLN 7.0) 2026-09-10",
    "infection.hbsag": "negative 2026-09-10",
    "infection.hcv_antibody": "negative 2026-09-10",
    "infection.hiv": "negative 2026-09-10",
}
"""A man of 56 with systemic sclerosis: other questions, of another trial."""


class Typist:
    """Types in a chart: a line for each place that it speaks of, and none for what it does not say.

    chart  the place of a question -> the line; of a list the lines, of "reviewed" the lists that
           were read to their end
    typed  the places of which something was typed
    """

    def __init__(self, chart: Letter) -> None:
        self.chart = chart
        self.typed: set[str] = set()
        self._lines = {place: iter(said) for place, said in chart.items() if isinstance(said, list)}

    def _can_say(self, item: Any, name: str, instead: str = "", *, asked: Session) -> bool:
        """Does the chart say what is asked for, or instead of it some of what it follows from?"""
        offered = next(of for of in item.offered if of.name == name)
        says = written_as(offered.path) in self.chart
        sources = (place.name for place in asked._sources(offered))
        return not says and any(of in self.chart for of in sources) if instead else says

    def line(self, asked: Session) -> str:
        """The line for what is asked now."""
        item, question = asked._items[0], asked.question
        assert question is not None
        if question.text.startswith("Read as"):
            return "yes"
        if item.kind == "round":
            numbered = enumerate(item.several, start=1)
            return ", ".join(str(n) for n, of in numbered if self._can_say(item, *of, asked=asked))
        if question.place not in self.chart:
            return ""
        self.typed.add(question.place)
        if item.kind == "reviewed":
            lists = str(self.chart["reviewed"]).split()
            numbered = enumerate(item.several, start=1)
            return ", ".join(str(n) for n, (name,) in numbered if name in lists)
        said = self.chart[question.place]
        return said if isinstance(said, str) else next(self._lines[question.place])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chart", "most", "out"),
    [
        (NEPHRITIS, 90, {"cd19-csle", "ucar-cd19-bcma-sle"}),
        (SCLEROSIS, 55, {"cd19-csle", "ucar-cd19-bcma-sle", "bcma-cd70-csle", "rd06-04-sle"}),
    ],
    ids=["nephritis", "sclerosis"],
)
def test_a_chart_is_typed_in(chart: Letter, most: int, out: set[str]) -> None:
    """To the last question, in few prompts, where what the chart does not say is skipped; the file
    says what was typed, and nothing else.
    """
    asked, typist = begun(), Typist(chart)
    prompts, early = 2, set[str]()  # the pseudonym and the date of screening were asked for
    while asked.question is not None and asked.question.text != "There is nothing left to ask.":
        line = typist.line(asked)
        assert asked.answer(line).refused == ()
        prompts += 1
        if prompts == 12:
            early = {trial for trial, (now, _) in asked.verdicts.items() if now == "ineligible"}
    data = data_of(text_of(asked))
    facts = {
        f"{section}.{name}"
        for section, table in data.items()
        if isinstance(table, dict) and section not in ("dates", "diagnosis", "reviewed")
        for name in table
    }
    typed = {place for place in typist.typed if "." in place}

    assert early == out
    assert prompts <= most
    assert facts == {name for name in typed if name.split(".")[0] not in ("diagnosis", "reviewed")}
    assert {f"reviewed.{name}" for name, listed in data.items() if isinstance(listed, list)} == {
        name for name in typed if name.startswith("reviewed.")
    }
    assert {*data["reviewed"]} == {"treatment", *str(chart["reviewed"]).split()}


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
