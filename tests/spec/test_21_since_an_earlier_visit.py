"""21. Since: a rule of an outcome compares the visit with an earlier one, a chart of its own."""

from datetime import date

import pytest
from support import profile_toml, rule_toml, told

from cartscreen.errors import Problem
from cartscreen.evaluate.evaluator import chart_on, evaluate
from cartscreen.evaluate.finding import Finding
from cartscreen.pack.pack import bundled_pack
from cartscreen.rule.english import describe
from cartscreen.rule.parse import of_one_date, parse_rule, rule_to_toml

DAYS = {"baseline": date(2025, 3, 1), "previous": date(2025, 5, 1), "": date(2025, 6, 2)}


def found(rule: str, now: str = "", **earlier: str) -> Finding:
    """What the rule finds at a visit, beside earlier ones, each as lines of TOML."""
    pack = bundled_pack()
    charts = {at: chart_on(profile_toml(text), pack, DAYS[at]) for at, text in earlier.items()}
    chart = chart_on(profile_toml(now), pack, DAYS[""], earlier=charts)
    return evaluate(rule_toml(rule, pack), chart)


def says(rule: str, now: str = "", **earlier: str) -> str:
    """The answer in one line."""
    return told(found(rule, now, **earlier))


@pytest.mark.parametrize(
    ("before", "after", "fell", "rose"),
    [
        ("2.0", "1.7", "yes", "no"),  # exactly 0.3
        ("2.0", "1.71", "no", "no"),
        ("2.0", "2.3", "no", "yes"),  # 2.3 - 2.0 is 0.3
        ("1.0", "1.29", "no", "no"),
        ("1.0", "1.0", "no", "no"),
        ("0.2", "0.5", "no", "yes"),
        ("2.9", "2.6", "yes", "no"),
    ],
)
def test_a_number_rose_or_fell(before: str, after: str, fell: str, rose: str) -> None:
    """By so much or more, in exact decimals; the other direction is no."""
    baseline = f"activity.pga = {before}"
    visit = f"activity.pga = {after}"

    assert says("activity.pga fell >= 0.3 since baseline", visit, baseline=baseline) == fell
    assert says("activity.pga rose >= 0.3 since baseline", visit, baseline=baseline) == rose


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        ("", "activity.pga = 0.2", "no"),  # from 0, at most 0.2
        ("", "activity.pga = 0.3", "unknown, not_recorded: activity.pga at baseline"),
        ("activity.pga = 2.8", "", "no"),  # to 3, at most 0.2
        ("activity.pga = 2.7", "", "unknown, not_recorded: activity.pga"),
        ("", "", "unknown, not_recorded: activity.pga at baseline, activity.pga"),
        ('activity.pga = "not done"', "activity.pga = 0.2", "no"),
        ('activity.pga = "<0.5"', "activity.pga = 0.8", "yes"),  # by more than 0.3
        ('activity.pga = "<=0.5"', "activity.pga = 0.8", "yes"),
        (
            'activity.pga = "<0.6"',
            "activity.pga = 0.8",
            "unknown, censored: activity.pga at baseline",
        ),
    ],
)
def test_what_is_open_may_be_anything_that_the_fact_can_be(
    before: str, after: str, answer: str
) -> None:
    """Decided where every value that the open one can have says the same."""
    assert says("activity.pga rose >= 0.3 since baseline", after, baseline=before) == answer


def test_a_score_is_a_range_where_items_are_open() -> None:
    """8 to 10 (alopecia is open), then 4: a fall of 4 to 6."""
    items = bundled_pack().vocabulary.facts
    names = [n.partition(".")[2] for n in items if n.startswith("sledai.") and "due_to" not in n]

    def scored(*there: str, open_: str = "") -> str:
        rows = [f"{name} = {str(name in there).lower()}" for name in names if name != open_]
        return "\n".join(["[sledai]", *rows])

    before, after = scored("vasculitis", open_="alopecia"), scored("arthritis")

    assert says("activity.sledai_2k fell >= 4 since baseline", after, baseline=before) == "yes"
    assert says("activity.sledai_2k fell >= 7 since baseline", after, baseline=before) == "no"
    assert says("activity.sledai_2k fell >= 5 since baseline", after, baseline=before) == (
        "unknown, not_recorded: activity.sledai_2k at baseline, sledai.alopecia at baseline"
    )


def test_a_change_that_the_earlier_value_leaves_no_room_for() -> None:
    """From 3, a total cannot fall by 4, and the finding says so."""
    finding = found(
        "activity.sledai_2k fell >= 4 since baseline", baseline="activity.sledai_2k = 3"
    )

    assert told(finding) == "no"
    assert finding.note == "from 3, a fall of 4 is impossible"


@pytest.mark.parametrize(
    ("before", "after", "new_a", "new_b"),
    [
        ("B", "A", "yes", "no"),
        ("A", "A", "no", "no"),
        ("A", "B", "no", "no"),  # it has improved
        ("B", "B", "no", "no"),
        ("C", "B", "no", "yes"),
        ("E", "B", "no", "yes"),
        ("E", "A", "yes", "no"),
        ("D", "C", "no", "no"),
        ("A", None, "no", "no"),  # neither a new A nor a B from C, D or E
        ("B", None, "unknown, not_recorded: bilag.renal", "no"),
        (None, "B", "no", "unknown, not_recorded: bilag.renal at baseline"),
        (None, "A", "unknown, not_recorded: bilag.renal at baseline", "no"),
        (None, "C", "no", "no"),
    ],
)
def test_items_are_new(before: str | None, after: str | None, new_a: str, new_b: str) -> None:
    """An item of a count is new where it has the word and had another; `from` names which."""
    pack = bundled_pack()
    names = [name.partition(".")[2] for name in pack.vocabulary.facts if name.startswith("bilag.")]

    def graded(renal: str | None) -> str:
        rows = [f'{name} = "D"' for name in names if name != "renal"]
        return "\n".join(["[bilag]", *rows, *([f'renal = "{renal}"'] if renal else [])])

    visits = {"now": graded(after), "baseline": graded(before)}

    assert says("activity.bilag_a new >= 1 since baseline", **visits) == new_a
    assert says("activity.bilag_b new >= 1 from C or D or E since baseline", **visits) == new_b


def test_an_item_of_a_score_is_new_where_it_is_there_and_was_not() -> None:
    """Items that a score leaves out are none of its new ones."""
    rule = "activity.sledai_2k{} new >= 1 since previous"
    before = "sledai.rash = false\nsledai.low_complement = false\nsledai.fever = true"
    after = "sledai.rash = false\nsledai.low_complement = true\nsledai.fever = true"

    assert says(rule.format(""), after, previous=before) == "yes"
    assert says(rule.format("_doris"), after, previous=before).startswith("unknown, not_recorded")
    assert says(rule.format("_doris"), "sledai.rash = true", previous=before) == "yes"


@pytest.mark.parametrize(
    ("since", "answer"),
    [
        ("2025-04-30", "yes"),
        ("2025-05-01", "yes"),  # the day of the previous assessment itself
        ("2025-05-02", "no"),
        ('"2025-05"', "unknown"),  # on the 1st, or later
    ],
)
def test_a_time_has_lasted_since(since: str, answer: str) -> None:
    """A dose is unchanged since the previous assessment where it began by that day."""
    rule = '{ some = "treatment", where = ["drug is mycophenolate", "unchanged since previous"] }'
    now = (
        f'treatment = [{{ drug = "mycophenolate", dose = "2 g/day", start = {since}, '
        'stop = "ongoing" }]\nreviewed.treatment = 2025-06-02'
    )

    assert says(rule, now, previous="").partition(",")[0] == answer


def test_without_the_earlier_visit_it_is_open() -> None:
    """The visit itself is named, where others are given; what is absent now is never new."""
    rule = "activity.bilag_a new >= 1 since previous"
    quiet = "[bilag]\n" + "\n".join(
        f'{name.partition(".")[2]} = "C"'
        for name in bundled_pack().vocabulary.facts
        if name.startswith("bilag.")
    )

    assert says(rule, quiet, baseline="") == "no"
    assert says(rule, 'bilag.renal = "A"', baseline="").startswith(
        "unknown, not_recorded: previous"
    )
    assert says("activity.pga rose >= 0.3 since previous", "activity.pga = 1") == (
        "unknown, not_recorded: "
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("activity.pga rose >= 0.3 since basline", "'basline' is no earlier visit. Did you mean"),
        ("activity.pga rose >= 10 % since baseline", "a number in the unit of activity.pga"),
        ("activity.pga <= 1 since baseline", "`since` stands after rose, fell or new"),
        ("activity.pga new >= 1 since baseline", "adds up no items that could be new"),
        ("activity.bilag_a new >= 1", "new needs an earlier visit"),
        ("activity.bilag_a new >= 10 since baseline", "can never be decided by them"),
        ("activity.bilag_b new >= 1 from B since baseline", "what was B is not new as B"),
        ("activity.sledai_2k new >= 1 from A since baseline", "have no words to come from"),
        ("any activity.pga rose >= 0.3 since baseline", "leave any out"),
        ("sledai.rash since baseline", "`since` stands after rose, fell or new"),
    ],
)
def test_what_since_does_not_take(rule: str, said: str) -> None:
    """The likely fix is named."""
    with pytest.raises(Problem) as raised:
        parse_rule(rule, bundled_pack().vocabulary)

    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("rule", "english"),
    [
        (
            "activity.sledai_2k fell >= 4 since baseline",
            "SLEDAI-2K, total fell by at least 4, since baseline",
        ),
        (
            "activity.bilag_b new >= 2 from C or D or E since previous",
            "BILAG-2004 systems graded B: at least 2 new that were C or D or E, since the previous "
            "assessment",
        ),
    ],
)
def test_it_is_written_back_and_said_in_english(rule: str, english: str) -> None:
    """And no rule of one date takes it."""
    vocabulary = bundled_pack().vocabulary
    parsed = parse_rule(rule, vocabulary)

    assert parse_rule(rule_to_toml(parsed), vocabulary) == parsed
    assert describe(parsed, vocabulary) == [english]
    with pytest.raises(Problem, match="only a rule of an outcome knows an earlier visit"):
        of_one_date(parsed)
