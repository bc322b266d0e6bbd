"""The ledger of a study: every way to be wrong, and what its dates, answers and decisions do."""

from datetime import date
from typing import Any

import pytest
from ledgers import AS_OF, TRIAL, judged, rows_of

from cartscreen.errors import InputError, Problem
from cartscreen.escalation.ledger import parse_ledger, what_if
from cartscreen.render.escalation import event_line

HEAD = 'schema = 1\n\n[[patient]]\npatient = "A"\nlevel = "DL1"\ninfusion = 2026-03-02\n'
SECOND = '\n[[patient]]\npatient = "B"\nlevel = "DL1"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty; examples/ledgers/rd06-04-sle.toml is one to begin with."),
        ("schema = 2", "line 1: schema: is missing or not known; write `schema = 1` at the top."),
        (
            "schema = 1\ntrial = 'cd19-csle'",
            "line 2: trial: 'cd19-csle' is not the trial asked for",
        ),
        (
            "schema = 1\npatients = 3",
            "line 2: patients: is no key of a ledger. Did you mean 'patient'?",
        ),
        (
            'schema = 1\npatient = "A"',
            "this is the profile of a patient, not the ledger of a study",
        ),
        ("schema = 1\npatient = 3", "line 2: patient: is not a list of tables; write [[patient]]"),
        ("schema = 1\n[patient]\nlevel = 'DL1'", "line 2: patient: is not a list of tables"),
        (
            "schema = 1\n[[patient]]\nlevel = 'DL1'",
            "line 2: patient number 1, patient: is missing.",
        ),
        (
            HEAD.replace("DL1", "DL3"),
            "line 5: patient number 1, level: 'DL3' is not a dose level of this trial. There are "
            "DL1, DL2.",
        ),
        (HEAD.replace('"DL1"', "1"), "level: 1 is not the name of a level; write it in quotes"),
        (
            HEAD + 'dose = "3e5 cells/kg"',
            "line 5: patient number 1, level: level and dose stand both there; write one of them.",
        ),
        (HEAD.replace('level = "DL1"\n', ""), "level: level and dose are both missing"),
        (
            HEAD + SECOND.replace('"B"', '"A"'),
            "line 9: patient number 2, patient: 'A' is that of patient number 1 too. Each patient "
            "has one entry; of a second infusion the page says nothing (G21).",
        ),
        (
            HEAD + "dtl = true",
            "line 7: patient number 1, dtl: is no key of [[patient]]. There are patient, level",
        ),
        (HEAD + "dlt = 1", 'line 7: patient number 1, dlt: 1 is not true, false or "pending".'),
        (HEAD + 'dlt = "maybe"', "dlt: 'maybe' is not true, false or \"pending\"."),
        (
            HEAD + "enrolled = 2026-03-09",
            "line 6: patient number 1, infusion: 2026-03-02 lies before enrolled, 2026-03-09; is "
            "one of the two a slip?",
        ),
        (
            HEAD + "dlt = true\noccurred = 2026-03-01",
            "line 8: patient number 1, occurred: 2026-03-01 lies before infusion, 2026-03-02",
        ),
        (
            HEAD + "dlt = true\noccurred = 2026-03-09\nknown = 2026-03-04",
            "line 9: patient number 1, known: 2026-03-04 lies before occurred, 2026-03-09",
        ),
        (HEAD.replace("2026-03-02", "'2026-03'"), "'2026-03' is not a day; a ledger needs the day"),
        (HEAD.replace("2026-03-02", "'soon'"), "infusion: 'soon' is not a date"),
        (HEAD + SECOND + "dlt = false", "line 11: patient number 2, dlt: infusion is missing"),
        (
            HEAD + "cells = -5\nweight = '58 kg'",
            "line 7: patient number 1, cells: -5 is not a number",
        ),
        (
            HEAD + "cells = '5e6'\nweight = '58 kg'",
            "cells: '5e6' is not a number; write it without",
        ),
        (HEAD + "cells = 5e6", "line 7: patient number 1, cells: weight is missing beside it."),
        (
            HEAD + "weight = '58 kg'",
            "line 7: patient number 1, weight: cells is missing beside it.",
        ),
        (HEAD + "weight = 58\ncells = 5e6", 'weight: 58 is not a weight; write "58 kg".'),
        (HEAD + "weight = '-58 kg'\ncells = 5e6", "weight: '-58 kg' is below 0."),
        (HEAD + "given = '1e5 cells/kg'\ncells = 5e6", "given: stands beside cells or weight"),
        (HEAD + "given = '1e5 cells'", "given: the unit 'cells' is not known"),
        (HEAD + "given = 1", "given: 1 is not a dose in cells per kilogram"),
        (
            HEAD + "given = '<1e5 cells/kg'",
            "given: '<1e5 cells/kg' is not a dose in cells per kilogram",
        ),
        (HEAD + "given = '5 mg/kg'", "given: '5 mg/kg' is not a dose in cells per kilogram"),
        (HEAD + "dlt = false\ngrade = 3", "grade: is for a DLT; write `dlt = true`."),
        (HEAD + "dlt = true\ngrade = 7", "grade: 7 is not a grade from 1 to 5."),
        (HEAD + "known = 2026-04-01", "known: is for a result; write dlt = true or false."),
        (HEAD + "evaluable = false", "evaluable: needs the reason beside it, why = ..."),
        (HEAD + "evaluable = 'no'", "evaluable: 'no' is neither true nor false."),
        (HEAD + "why = 'died'", "why: is for evaluable = false."),
        (
            HEAD + "evaluable = false\nwhy = 'x'\ndlt = true",
            "dlt: a patient with a DLT was evaluated",
        ),
        (HEAD + "note = ''", "note: '' is not text; write it in quotes."),
        (HEAD + f"note = '{'x' * 501}'", "note: it has more than 500 letters."),
        (HEAD + '[[answer]]\ngap = "G99"', "line 8: answer number 1, gap: 'G99' is not a gap"),
        (HEAD + "[[answer]]\ngap = []", "gap: a list is not a gap of the page."),
        (HEAD + "[[decision]]\nclause = {}", "clause: a table is not a clause of the page."),
        (HEAD + '[[answer]]\ngap = "G1"\nsays = "28 days"', "answer number 1, source: is missing."),
        (
            HEAD + '[[answer]]\ngap = "G1"\nsays = "x"\nsource = "y"\nvalue = "long"',
            "line 11: answer number 1, value: 'long' is not a length of time; write \"28 days\".",
        ),
        (
            HEAD + '[[answer]]\ngap = "G16"\nsays = "x"\nsource = "y"\nvalue = 20',
            'value: 20 is not a tolerance; write "20 %".',
        ),
        (
            HEAD + '[[answer]]\ngap = "G18"\nsays = "x"\nsource = "y"\nvalue = "all"',
            'value: \'all\' is neither "treated" nor "enrolled".',
        ),
        (
            HEAD + '[[answer]]\ngap = "G2"\nsays = "x"\nsource = "y"\nvalue = "yes"',
            "value: G2 takes no value; write it in says.",
        ),
        (
            HEAD + '[[answer]]\ngap = "G2"\nsays = "x"\nsource = "y"\n' * 2,
            "line 12: answer number 2, gap: 'G2' is that of answer number 1 too; join the two",
        ),
        (
            HEAD + '[[decision]]\nclause = "P9"',
            "line 8: decision number 1, clause: 'P9' is not a clause",
        ),
        (HEAD + '[[decision]]\nclause = "P3"\nby = "x"', "decision number 1, date: is missing."),
        ("schema = 1\n\npatient = [{ level = 'DL1' }]", "line 3: patient number 1, patient: is"),
        (
            "schema = 1\n[[patient]]\nlevel = 'DL1'" + SECOND,
            "line 2: patient number 1, patient: is missing.",
        ),
        ("schema = 1\n[[answer]]\n[patient]\nlevel = 1", "line 3: patient: is not a list"),
        ("schema = 1\nx = [", "is not TOML"),
        ("schema = 1\n" + "patient.".join([""] * 12) + "a = 1", "has a name of more than 10 parts"),
        ("schema = 1\n" + "a = 1\n" * 50_001, "is too large for the ledger of one study."),
        ("schema = 1\n" + "[[patient]]\n" * 501, "patient: stands there more than 500 times."),
    ],
)
def test_fault_is_named_with_line_field_and_fix(text: str, said: str) -> None:
    """File, line, entry, field, value, what was expected, and the likely fix."""
    with pytest.raises(InputError) as fault:
        parse_ledger(text.encode(), TRIAL, "study.toml")

    assert all(line.startswith("study.toml: ") for line in fault.value.faults)
    assert said in str(fault.value)


def test_all_faults_are_named_at_once() -> None:
    """Two faults of two patients are two sentences."""
    with pytest.raises(InputError) as fault:
        parse_ledger((HEAD + "dlt = 1" + SECOND + "grade = 0").encode(), TRIAL, "study.toml")

    assert len(fault.value.faults) == 2


def test_not_utf8() -> None:
    """Bytes that are no text are refused like a profile's."""
    with pytest.raises(InputError, match="not UTF-8"):
        parse_ledger(b"schema = 1\nnote = '\xff'", TRIAL, "study.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DL2: -1 of 3", "has a negative count; both are 0 or more."),
        ("DL2: 1 of -3", "has a negative count"),
        ("DL2: 4 of 3", "4 of 3 patients cannot be."),
        ("DL2: 0 of 0", "0 of 0 patients cannot be."),
        ("DL9: 1 of 3", "'DL9' is not a dose level of this trial."),
        ("DL2 1 of 3", 'is not of the form "DL2: 1 of 3".'),
    ],
)
def test_what_if_that_cannot_be(text: str, said: str) -> None:
    """Counts are not negative, and no more patients have a DLT than there are."""
    with pytest.raises(Problem) as fault:
        list(what_if([text], TRIAL.doses, AS_OF))

    assert said in str(fault.value)


def test_what_if_adds_patients() -> None:
    """Three further patients at DL2, one with a DLT: as if they had been treated and evaluated."""
    supposed = judged("1NNN", suppose=("DL2: 1 of 3",))

    assert supposed.now == judged("1NNN 2NNT").now
    assert supposed.size.treated == 6
    assert supposed.what_if == ["DL2: 1 of 3"]


def test_what_if_does_not_wait_for_the_window() -> None:
    """What is supposed is supposed to be known, whatever the DLT window."""
    assert judged("1NNN", suppose=("DL2: 0 of 3",), answer=[WINDOW]).depends_on == []


# As of a day


WINDOW = {"gap": "G1", "says": "28 days", "value": "28 days", "source": "protocol 6.3"}


def row(name: str, level: str, infusion: date, **more: Any) -> dict[str, Any]:
    return {"patient": name, "level": level, "infusion": infusion, **more}


def test_what_lies_after_the_day_is_not_known() -> None:
    """On the day before it was known, a DLT is pending; before the infusion nobody is treated."""
    rows = [row("A", "DL1", date(2026, 3, 2), dlt=True, occurred=date(2026, 3, 9))]

    def level(day: date) -> tuple[int, int, list[str]]:
        counts = judged(rows, as_of=day).levels[0]
        return counts.treated, counts.dlt, counts.pending

    assert level(date(2026, 3, 1)) == (0, 0, [])
    assert level(date(2026, 3, 8)) == (1, 0, ["A"])
    assert level(date(2026, 3, 9)) == (1, 1, [])


@pytest.mark.parametrize(("day", "pending"), [(date(2026, 3, 30), ["A"]), (date(2026, 3, 31), [])])
def test_window_of_the_sponsor_makes_a_patient_pending(day: date, pending: list[str]) -> None:
    """28 days after 2 March end with 30 March; so long a patient without DLT is pending."""
    rows = [row("A", "DL1", date(2026, 3, 2), dlt=False)]
    report = judged(rows, as_of=day, answer=[WINDOW])

    assert report.levels[0].pending == pending
    assert report.window == "28 days"
    assert [(item.weight, item.gaps) for item in report.breaches] == (
        [("note", ["G1"])] if pending else []
    )
    assert judged(rows, as_of=day).levels[0].pending == [], "without a window nothing is computed"


def test_window_that_ended_without_a_result() -> None:
    """A patient whose window is over stays pending, and the missing result is named."""
    rows = [row("A", "DL1", date(2026, 3, 2))]
    report = judged(rows, as_of=date(2026, 4, 1), answer=[WINDOW])

    assert report.levels[0].pending == ["A"]
    assert [item.says for item in report.breaches] == [
        "has no result, and the DLT window ended on 2026-03-30"
    ]


def test_an_answer_stands_with_its_gap() -> None:
    """The gap of the window is named while somebody is pending; the answer stands beside it."""
    asked = {item.id: item.answer for item in judged("1NNP").questions}
    told = {item.id: item.answer for item in judged("1NNP", answer=[WINDOW]).questions}

    assert asked["G1"] == ""
    assert told["G1"] == "28 days (28 days)"


def test_dlt_known_only_after_the_next_level() -> None:
    """It was right to open DL2 as things were known; the DLT that came later has no rule (G19)."""
    first = date(2026, 3, 2)
    rows = [row(name, "DL1", first, dlt=False) for name in "AB"]
    rows.append(row("C", "DL1", first, dlt=True, occurred=date(2026, 5, 4)))
    rows.append(row("D", "DL2", date(2026, 4, 20), dlt=False))
    report = judged(rows)

    assert [(item.weight, item.patient, item.gaps) for item in report.breaches] == [
        ("note", "C", ["G19"])
    ]
    assert not report.follows, "1 of 3 at DL1, and DL2 opened: the page does not say what follows"


def test_next_level_while_a_window_runs() -> None:
    """The page has no rule on waiting; that a window still ran is noted."""
    rows = [row(name, "DL1", date(2026, 3, 2), dlt=False) for name in "ABC"]
    rows.append(row("D", "DL2", date(2026, 3, 20), dlt=False))
    report = judged(rows, answer=[WINDOW])

    assert [(item.weight, item.patient, item.gaps) for item in report.breaches] == [
        ("note", "D", ["G14"])
    ]


# Size, doses, decisions


def test_who_counts_is_open_until_it_is_answered() -> None:
    """Eleven treated and two more enrolled: 1 place is left, or none."""
    rows = rows_of("1NNT 1NNN 2NNT 2NN")
    rows += [{"patient": name, "level": "DL2", "enrolled": date(2026, 6, 1)} for name in "AB"]

    def left(**more: Any) -> tuple[int, int, str]:
        report = judged(rows, **more)
        return report.size.left_least, report.size.left_most, report.verdict

    answer = {"gap": "G18", "says": "as treated", "source": "sponsor"}
    assert left() == (0, 1, "open")
    assert "G18" in {item.id for item in judged(rows).questions}
    assert left(answer=[{**answer, "value": "treated"}]) == (1, 1, "one answer")
    assert left(answer=[{**answer, "value": "enrolled"}]) == (0, 0, "none more")


def test_a_thirteenth_patient() -> None:
    """One more than the 12 of the page is a breach."""
    report = judged("1NNN 2NNN 2+NNNNNNN")

    assert [(item.weight, item.patient, item.says) for item in report.breaches] == [
        ("breach", "2+.7", "is number 13 of at most 12 patients")
    ]


def test_dose_given_beside_the_level() -> None:
    """5.2 x 10^6 cells at 52 kg are 1 x 10^5 per kg; 4.16 x 10^6 are 80 % of it."""
    rows = rows_of("1NNN")
    for item, cells in zip(rows, (5_200_000, 4_160_000, 4_159_999), strict=True):
        item |= {"weight": "52 kg", "cells": cells}
    answer = {"gap": "G16", "says": "20 % off", "value": "20 %", "source": "protocol 5.2"}
    given = judged(rows).given
    told = judged(rows, answer=[answer])

    assert [(item.given, item.percent) for item in given[:2]] == [
        ("1 x 10^5 cells/kg", "100 %"),
        ("8 x 10^4 cells/kg", "80 %"),
    ]
    assert [item.outside for item in given] == [None, None, None], "the page states no tolerance"
    assert [item.outside for item in told.given] == [False, False, True]
    assert [(item.weight, item.patient) for item in told.breaches] == [("breach", "1.3")]


def test_a_decision_chooses() -> None:
    """Of the two clauses after 2 of 3 at DL2, the board chose one: it is not asked again."""
    decision = {"clause": "P2c", "date": date(2026, 2, 2), "by": "data safety board"}
    report = judged("1NNN 2NTT", decision=[decision])

    assert {item.kind: item.decision for item in report.now} == {
        "exceeds": "",
        "treat": "chosen on 2026-02-02 by data safety board",
        "between": "not chosen",
    }
    assert report.verdict == "one answer"
    assert judged("1NNN 2NTT", as_of=date(2026, 2, 1), decision=[decision]).verdict == "open"


def test_the_latest_decision_holds() -> None:
    """A later decision for the other clause takes the place of the first."""
    first = {"clause": "P2c", "date": date(2026, 2, 2), "by": "board"}
    second = {"clause": "P3", "date": date(2026, 3, 2), "by": "board"}
    report = judged("1NNN 2NTT", decision=[second, first])

    assert [item.kind for item in report.now if item.decision.startswith("chosen")] == ["between"]


@pytest.mark.parametrize(
    ("words", "dose", "breaches"),
    [
        ("1NNN 2TTT", "3e5 cells/kg", 0),
        ("1NNN 2NNN", "3e5 cells/kg", 1),
        ("1NNN 2NNN", "1e6 cells/kg", 0),
        ("1NNN 2TTT", "1e6 cells/kg", 1),
        ("1NNN 2TTT", "5e4 cells/kg", 1),
    ],
)
def test_another_dose(words: str, dose: str, breaches: int) -> None:
    """In between after 2 DLTs at the highest level, above it after none; it counts for the 12."""
    other = {"patient": "A", "dose": dose, "infusion": date(2026, 6, 1), "dlt": False}
    report = judged([*rows_of(words), other])

    assert len(report.breaches) == breaches
    assert report.size.treated == 7
    assert (report.levels[2].id, report.levels[2].evaluated) == ("", 1)
    assert "G20" in {item.id for item in report.questions}


def test_where_another_dose_stands() -> None:
    """The row of another dose says where it lies among the levels."""
    rows = [
        {"patient": dose, "dose": f"{dose} cells/kg", "infusion": date(2026, 6, 1)}
        for dose in ("5e4", "3e5", "1e6")
    ]

    assert [item.dose for item in judged(rows).levels[2:]] == [
        "5 x 10^4 cells/kg, below DL1",
        "3 x 10^5 cells/kg, between DL1 and DL2",
        "1 x 10^6 cells/kg, above DL2",
    ]


def test_too_many_pending_patients_are_left_open() -> None:
    """With dozens pending there are thousands of ways; nothing is said, and all are named."""
    report = judged(f"1{'P' * 70}")

    assert (report.now, report.ways, report.verdict) == ([], [], "none more")
    assert len(report.depends_on) == 70


def test_terms_and_notes_are_shown() -> None:
    """Term, grade, days and notes of each DLT, and why a patient cannot be evaluated."""
    known = date(2026, 3, 9)
    more = {"term": "neurotoxicity", "grade": 3, "note": "in hospital", "known": known}
    rows = [row("A", "DL1", date(2026, 3, 2), dlt=True, **more)]
    rows.append(row("B", "DL1", known, evaluable=False, why="died on day 2 of another cause"))
    rows.append(row("C", "DL1", known, expansion=True, dlt=True))
    rows.append({"patient": "D", "dose": "3e5 cells/kg", "infusion": known, "dlt": True})

    assert list(map(event_line, judged(rows).events)) == [
        "A at DL1: DLT (neurotoxicity, grade 3, known 2026-03-09, in hospital)",
        "B at DL1: not evaluable (died on day 2 of another cause)",
        "C at DL1: event of an expansion case",
        "D at 3 x 10^5 cells/kg: DLT",
    ]
    assert judged(rows, as_of=date(2026, 3, 8)).events == []
