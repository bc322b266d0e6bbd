"""The page: text stays text, nothing is loaded, and nothing that the report says is left out."""

import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest
from pages import HOSTILE, Page, spoilt
from program import PATIENCE, is_whole, run
from support import ROOT

from cartscreen.contract import Failure, Report
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.pack.pack import bundled_pack
from cartscreen.plan.contract import Plan, TrialPlan
from cartscreen.plan.plan import plan
from cartscreen.profile.read import parse_profile
from cartscreen.render import html
from cartscreen.render.text import VERDICTS
from cartscreen.report import report
from cartscreen.text import visible

pytestmark = pytest.mark.slow


def chart(name: str) -> Chart:
    path = ROOT / "examples" / f"{name}.toml"
    pack = bundled_pack()
    profile = parse_profile(path.read_bytes(), pack.vocabulary, path.name)
    assert profile.screening is not None
    return chart_on(profile, pack, profile.screening.earliest)


@cache
def planned(name: str) -> Plan:
    return plan(chart(name), bundled_pack().trials, file=f"{name}.toml", date_from="profile")


@cache
def reported(name: str) -> Report:
    return report(chart(name), bundled_pack().trials, file=f"{name}.toml", date_from="profile")


ADULT, SCLERODERMA, HALF = "sle-nephritis-adult", "ssc-diffuse", "sle-chart-half-filled"
BROKEN = Failure(file="broken.toml", error=["broken.toml: lab.alt has no unit."])


KINDS = [
    "plan",
    "all to get",
    "report",
    "several",
    "failed only",
    "nothing judged",
    "nothing asked",
]


@cache
def page_of(kind: str) -> str:
    """A page of each kind."""
    match kind:
        case "plan":
            return html.render([planned(ADULT)])
        case "all to get":
            return html.render([planned(HALF)])
        case "report":
            return html.render([reported(ADULT)])
        case "several":
            return html.render([reported(ADULT), BROKEN, reported(SCLERODERMA)])
        case "failed only":
            return html.render([reported(ADULT)], only=("failed",))
        case "nothing judged":
            return html.render([BROKEN, BROKEN])
        case _:
            return html.render([])


# hostile data


def spoilt_plan(origin: str = "http://127.0.0.1:9") -> Plan:
    data = planned(ADULT).model_dump()
    name = data["tool"].pop("name")
    data = spoilt(data, origin=origin)
    data["tool"]["name"] = name
    return Plan.model_validate(data)


@pytest.fixture(scope="module")
def hostile() -> Plan:
    return spoilt_plan()


def test_data_make_no_element_and_no_attribute(hostile: Plan) -> None:
    """The page of hostile data has the elements and attributes of the page of tame data."""
    tame = Page(html.render([planned(ADULT)]))
    page = Page(html.render([hostile]))

    assert page.tags == tame.tags
    assert page.faults == []


def test_data_make_no_element_in_a_page_of_several_patients(hostile: Plan) -> None:
    """So it is with a file that could not be judged, and in the overview."""
    failure = Failure(file=f"x{HOSTILE}", error=[HOSTILE, HOSTILE])
    tame = Page(html.render([planned(ADULT), Failure(file="x", error=["a", "b"]), planned(ADULT)]))
    page = Page(html.render([hostile, failure, hostile]))

    assert page.tags == tame.tags
    assert page.faults == []


def test_control_and_bidirectional_characters_are_shown_as_escapes(hostile: Plan) -> None:
    """A reader sees where they stood."""
    text = html.render([hostile])
    page = Page(text)

    assert visible(HOSTILE).split("--> ")[1] in page.words
    assert "\\u0000\\u001b[31m\\u000d\\u000a\\u2028\\u202e\\u200b\\ud800\\ufeff" in page.words
    for letter in "\0\x1b\r\u2028\u202e\u200b\ufeff":
        assert letter not in text
        assert f"&#{ord(letter)};" not in text


def test_data_are_no_template() -> None:
    """What looks like a template in data is written as it is."""
    page = Page(html.render([Failure(file="{{ 7 * 7 }}", error=["{% if x %}"])]))

    assert "{{ 7 * 7 }}" in page.words
    assert "{% if x %}" in page.words


def test_a_newline_in_data_stays_inside_its_line() -> None:
    """A patient cannot be named so that the name looks like two lines of ours."""
    named = reported(ADULT).model_copy(update={"patient": "P\nVerdict: eligible"})
    page = Page(html.render([named]))

    assert "Patient P\\u000aVerdict: eligible: 34 years, female" in page.words


# nothing is loaded


@pytest.mark.parametrize("kind", KINDS)
def test_the_policy_lets_nothing_be_loaded_but_this_style(kind: str) -> None:
    """The policy names the hash of the only style, and allows nothing else."""
    text = page_of(kind)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(styles) == 1
    digest = b64encode(sha256(styles[0].encode()).digest()).decode()
    policies = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)

    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert text.index("Content-Security-Policy") < text.index("<style>")


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_no_script_and_no_reference_to_anything_outside(kind: str) -> None:
    """No script, no handler, no style attribute; links lead to places of the page that exist."""
    text = page_of(kind)
    page = Page(text)
    loading = {"script", "img", "link", "iframe", "object", "embed", "form", "image", "use"}
    names = {name for name, _ in page.attributes}

    assert not loading & {tag for tag, _ in page.tags}
    assert not [name for name in names if name.startswith("on")]
    assert not names & {"src", "srcset", "style", "action", "formaction", "xlink:href", "data"}
    assert {href.removeprefix("#") for href in page.named("href")} <= set(page.named("id"))
    assert len(page.named("id")) == len(set(page.named("id")))
    assert "url(" not in text
    assert "@import" not in text
    assert "http:" not in text
    assert "https:" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_element_is_closed_where_it_should_be(kind: str) -> None:
    """Elements are closed in the order in which they were opened."""
    page = Page(page_of(kind))

    assert page.faults == []
    assert page.open == []


def test_the_page_is_the_same_in_every_encoding() -> None:
    """The page is ASCII; any other letter is a character reference."""
    failure = Failure(file="Sjögren.toml", error=["≥ 1 µmol/L"])
    text = html.render([failure])

    assert text.isascii()
    assert "Sjögren.toml" in Page(text).words
    assert "≥ 1 µmol/L" in Page(text).words


# nothing is left out


@pytest.mark.parametrize("name", [ADULT, SCLERODERMA, HALF])
def test_the_page_names_every_criterion_with_title_and_source(name: str) -> None:
    """Counted or not, matched or not, headings too."""
    for item in (planned(name), reported(name)):
        words = Page(html.render([item])).words
        for trial in item.trials:
            for criterion in trial.criteria:
                shown = f"{criterion.id} {' '.join(criterion.title.split())}"
                assert shown in words, (trial.id, criterion.id)
                assert criterion.source in words


def test_each_criterion_stands_in_the_list_of_its_status() -> None:
    """The lists are those of the counts."""
    words = Page(html.render([reported(ADULT)])).words
    for trial in reported(ADULT).trials:
        section = words.split(f"{trial.id} {trial.registry}".strip() + ": ")[1]
        counts = trial.counts
        for status in ("failed", "unknown", "matched"):
            if count := getattr(counts, status):
                assert f"{status.capitalize()} ({count})" in section


@pytest.mark.parametrize("only", ["failed", "unknown", "matched"])
def test_only_leaves_out_the_lists_that_were_not_asked_for(only: str) -> None:
    """The counts stay, the lists of the other statuses go."""
    words = Page(html.render([reported(ADULT)], only=(only,))).words
    listed = {status for status in ("failed", "unknown", "matched")
              if re.search(rf"{status.capitalize()} \(\d+\)", words)}  # fmt: skip

    assert listed == {only}
    assert "33 matched, 0 failed, 4 unknown" in words


def test_verdicts_and_statuses_are_words() -> None:
    """Each badge has its word in it; a mark or a colour alone would not do."""
    text = html.render([planned(ADULT), planned(SCLERODERMA)])
    words = re.findall(r"</span>&nbsp;([^<]*)</span>", text)

    assert len(words) == text.count('<span class="badge')
    assert set(words) == {*VERDICTS.values(), "matched", "failed", "unknown"}


def test_the_page_says_who_what_and_when() -> None:
    """Notice, tool, pack and profile with their hashes, date judged and warnings."""
    for item in (planned(HALF), reported(HALF)):
        words = Page(html.render([item])).words

        assert item.notice in words
        assert f"cartscreen {item.tool.version}" in words
        assert f"{item.pack.id} {item.pack.version}, sha256 {item.pack.sha256}" in words
        assert f"{item.file} , sha256 {item.profile_sha256}" in words
        assert f"Judged on {item.screening_date} (the profile's screening date)" in words
        assert item.warnings
        for warning in item.warnings:
            assert warning in words


def test_the_gaps_of_each_page_are_given_in_full() -> None:
    """None is cut, and none is only counted; with several patients, each stands once."""
    alone = Page(html.render([reported(ADULT)])).words
    several = Page(html.render([reported(ADULT), reported(SCLERODERMA)])).words

    for trial in reported(ADULT).trials:
        assert f"contradicts ({len(trial.gaps)})" in alone
        for gap in trial.gaps:
            assert " ".join(gap.split()) in alone
            assert " ".join(gap.split()) in several
    assert several.count(reported(ADULT).trials[0].gaps[0]) == 1


def details(text: str) -> dict[str, str]:
    """Id -> the tag of each section that can be folded."""
    return {
        match[2]: match[0] for match in re.finditer(r'<details( [^>]*?)id="([^"]+)"[^>]*>', text)
    }


@pytest.mark.parametrize("name", [ADULT, SCLERODERMA, HALF])
def test_gaps_are_folded_unless_they_keep_a_criterion_open(name: str) -> None:
    """They are open where a criterion waits for what the page lacks, or for how it is read."""
    tags = details(html.render([reported(name)]))
    for number, trial in enumerate(reported(name).trials, start=1):
        tag = tags[f"p1-t{number}-gaps"]
        reasons = {item.reason for item in trial.criteria if item.counted}

        assert tag.endswith(" open>") == bool(reasons & {"source_gap", "depends_on_reading"})


def test_gaps_of_several_patients_are_open_if_those_of_one_are() -> None:
    """Trial by trial, over all patients."""
    both = [reported(ADULT), reported(SCLERODERMA)]
    tags = details(html.render(both))
    for at, trials in enumerate(zip(*(item.trials for item in both), strict=True)):
        reasons = {item.reason for trial in trials for item in trial.criteria if item.counted}

        assert tags[f"g{at}"].endswith(" open>") == bool(
            reasons & {"source_gap", "depends_on_reading"}
        )


@pytest.mark.parametrize("name", [ADULT, HALF])
def test_the_list_of_contents_leads_to_each_part(name: str) -> None:
    """What to get, each trial, and of each trial the lists with their counts, and its gaps."""
    for item in (planned(name), reported(name)):
        text = html.render([item])
        nav = re.findall(r'<nav class="contents".*?</nav>', text, re.DOTALL)
        assert len(nav) == 1
        links = Page(nav[0])
        assert set(links.named("href")) <= {f"#{place}" for place in Page(text).named("id")}
        for number, trial in enumerate(item.trials, start=1):
            assert f"#p1-t{number}" in links.named("href")
            assert f"#p1-t{number}-gaps" in links.named("href")
            for status in ("failed", "unknown", "matched"):
                if count := getattr(trial.counts, status):
                    assert f"#p1-t{number}-{status}" in links.named("href")
                    assert f"{status} ({count})" in links.words


def test_what_each_printed_page_repeats_names_patient_trial_and_date() -> None:
    """A head for the part before the trials, and one for each trial, which begins a page."""
    found = reported(ADULT)
    running = re.findall(r'<div class="running" aria-hidden="true">(.*?)</div>', page_of("report"))
    named = [f", {trial.id} {trial.registry}".rstrip() for trial in found.trials]

    assert [re.sub("<.*?>", "", part) for part in running] == [
        f"P-0001{name}, judged on 2026-10-12" for name in ("", *named)
    ]


def test_several_patients_end_with_an_overview() -> None:
    """One row a file, with the verdicts in words; links lead to each patient, and back."""
    page = Page(html.render([reported(ADULT), BROKEN, reported(SCLERODERMA)]))
    links = page.named("href")

    assert "2 patients judged, 1 file not judged" in page.words
    assert "P-0001 2026-10-12" in page.words
    assert "broken.toml not judged" in page.words
    assert links[:2] == ["#overview"] * 2
    assert links.count("#overview") == 4, "at the beginning, and at each patient"
    assert links[-3:] == ["#p1", "#p2", "#p3"]
    assert "overview" in page.named("id")
    assert "#overview" not in Page(html.render([reported(ADULT)])).named("href")


def test_a_page_of_several_patients_holds_none_that_is_written() -> None:
    """The first waits for the second, whose page is another; then each is written as it comes."""
    page = html.Page()
    pieces = [page.put(item) for item in (reported(ADULT), BROKEN, reported(SCLERODERMA))]

    assert pieces[0] == ""
    assert page.waiting is None
    assert [piece.count('<section class="patient" id="p') for piece in pieces] == [0, 2, 1]
    assert len(page.end()) < len(pieces[2]) / 2, "what is kept is a line of the overview"


# the plan


def test_a_report_has_no_plan() -> None:
    """`check` does not pretend to have looked ahead."""
    words = Page(html.render([reported(ADULT)])).words

    assert "nothing new happening" not in words
    assert "What could change it" not in words


def stretches(text: str) -> list[list[str]]:
    """What each lane says of its stretches, lane by lane, for all trials."""
    lanes = re.findall(r'<svg width="100%" height="24".*?</svg>\s*</div>', text, re.DOTALL)
    return [re.findall(r'<g class="stretch \w+"><title>(.*?)</title>', lane) for lane in lanes]


@pytest.mark.parametrize("name", [ADULT, SCLERODERMA, HALF])
def test_the_timeline_has_one_stretch_for_each_period(name: str) -> None:
    """The verdicts, from day to day, and every day of change has its date."""
    lanes = stretches(html.render([planned(name)]))
    verdicts = [lane for lane in lanes if lane[0].split(" from ")[0] in VERDICTS.values()]

    assert verdicts == [
        [f"{VERDICTS[p.verdict]} from {p.first} to {p.last}" for p in trial.periods]
        for trial in planned(name).trials
    ]


def test_a_criterion_that_turns_has_a_bar_of_its_own() -> None:
    """The biopsy of a trial: matched, then open while its date could count, then too old."""
    trial = next(t for t in planned(ADULT).trials if t.id == "ucar-cd19-bcma-sle")
    lanes = {lane.id: [s.says for s in lane.stretches] for lane in html.timeline(trial).lanes}

    assert lanes["I2.b"] == [
        "matched from 2026-10-12 to 2027-01-13",
        "unknown from 2027-01-14 to 2027-01-20",
        "failed from 2027-01-21 to 2028-10-11",
    ]
    assert lanes["I11.b"] == [
        "matched from 2026-10-12 to 2026-10-12",
        "unknown from 2026-10-13 to 2028-10-11",
    ]
    assert list(lanes) == ["", "I2.b", "I11.b"]


@pytest.mark.parametrize("name", [ADULT, SCLERODERMA, HALF])
def test_the_stretches_of_a_lane_fill_the_days_without_a_gap(name: str) -> None:
    """Each lane runs from the first day to the last, in dates and on the picture."""
    for trial in planned(name).trials:
        for lane in html.timeline(trial).lanes:
            spans = [re.findall(r"\d{4}-\d\d-\d\d", stretch.says) for stretch in lane.stretches]
            firsts = [date.fromisoformat(first) for first, _ in spans]
            lasts = [date.fromisoformat(last) for _, last in spans]

            assert firsts[0].isoformat() == trial.periods[0].first
            assert lasts[-1].isoformat() == trial.periods[-1].last
            assert firsts[1:] == [last + timedelta(days=1) for last in lasts[:-1]]
            end = 0.0
            for stretch in lane.stretches:
                assert float(stretch.x.rstrip("%")) == pytest.approx(end, abs=0.02)
                end += float(stretch.width.rstrip("%"))
            assert end == pytest.approx(100, abs=0.05)


def test_no_date_is_written_over_another() -> None:
    """On one line, two dates are as far apart as a date is wide on a narrow screen."""
    trial = planned(ADULT).trials[0]
    days = [date(2026, 10, 12) + timedelta(days=step) for step in (0, 1, 2, 3, 100, 400, 729, 730)]
    crowded = trial.model_copy(
        update={
            "periods": [
                trial.periods[0].model_copy(
                    update={
                        "first": day.isoformat(),
                        "last": (after - timedelta(days=1)).isoformat(),
                        "turns": [],
                    }
                )
                for day, after in zip(days, [*days[1:], date(2028, 10, 12)], strict=True)
            ]
        }
    )
    drawn = html.timeline(crowded)
    width = 70 / 300 * 100
    taken: dict[int, list[tuple[float, float]]] = {}
    for label in drawn.labels:
        at = float(label.x.rstrip("%"))
        left = {"start": at, "middle": at - width / 2, "end": at - width}[label.anchor]
        taken.setdefault(label.line, []).append((left, left + width))

    assert len(drawn.labels) == len(days) + 1
    assert max(taken) + 1 == drawn.lines
    for spans in taken.values():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start + 1e-6
        assert spans[0][0] >= -1e-6
        assert spans[-1][1] <= 100 + 1e-6


def turned(trial: TrialPlan, turns: dict[str, tuple[str, str]]) -> list[str]:
    """What the lane of I2.b says when it turns on these days."""
    last = trial.periods[-1].last
    days = [trial.periods[0].first, *turns]
    ends = [(date.fromisoformat(day) - timedelta(days=1)).isoformat() for day in days[1:]]
    turn = trial.periods[-1].turns[0]
    periods = [
        trial.periods[-1].model_copy(
            update={
                "first": first,
                "last": end,
                "turns": [
                    turn.model_copy(update={"before": turns[first][0], "after": turns[first][1]})
                ]
                if first in turns
                else [],
            }
        )
        for first, end in zip(days, [*ends, last], strict=True)
    ]
    drawn = html.timeline(trial.model_copy(update={"periods": periods}))
    return [stretch.says for stretch in next(x for x in drawn.lanes if x.id == "I2.b").stretches]


def test_a_status_that_the_plan_does_not_date_is_not_made_up() -> None:
    """Where a heading turns unseen between two turns, the bar names both and no day."""
    trial = next(t for t in planned(ADULT).trials if t.id == "ucar-cd19-bcma-sle")
    said = turned(
        trial, {"2027-01-14": ("matched", "unknown"), "2027-03-01": ("failed", "matched")}
    )

    assert said == [
        "matched from 2026-10-12 to 2027-01-13",
        "unknown, then failed from 2027-01-14 to 2027-02-28",
        "matched from 2027-03-01 to 2028-10-11",
    ]


def test_the_plan_says_what_rules_out_and_by_how_much() -> None:
    """Each obstacle with its distances and what could change it; and the smallest proof."""
    words = Page(html.render([planned(ADULT)])).words

    assert "Urine protein in 24 hours: 0.6 g/day above 4 g/day (15 % of the limit)" in words
    for trial in planned(ADULT).trials:
        for obstacle in trial.obstacles:
            assert html.WAYS[obstacle.way] in words
            for distance in obstacle.distances:
                assert distance.by in words
        for read in trial.proof:
            assert f"{read.label} {read.value}" in words


def test_the_plan_says_what_to_repeat_to_get_and_to_ask() -> None:
    """Every repeat, every missing fact with what it would decide, every question with room."""
    for name in (ADULT, HALF):
        found = planned(name)
        page = Page(html.render([found]))
        questions = [question for trial in found.trials for question in trial.questions]

        for trial in found.trials:
            for repeat in trial.repeats:
                assert f"{repeat.title} {repeat.until}" in page.words
        for fact in found.wanted:
            assert f"{fact.label} {fact.question}" in page.words
            for outcome in fact.outcomes:
                assert html.outcome_line(outcome) in page.words
        for question in questions:
            assert question.question in page.words
        boxes = sum(len(question.answers) for question in questions)
        assert page.named("class").count("box") == boxes
        assert page.words.count("Signature") == sum(bool(t.questions) for t in found.trials)


# colours


def colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", style))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_that_of_the_definition() -> None:
    """Black on white is 21 to 1; the grey of WCAG's own example is 4.5."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_schemes(scheme: str) -> None:
    """4.5 to 1 for every text on every ground that it may stand on (WCAG 2.2, 1.4.3)."""
    style = html.render([]).split("<style>")[1]
    light, dark = style.split("prefers-color-scheme: dark")[:2]
    of = colours(light) if scheme == "light" else colours(dark.split("* {")[0])
    pairs = [(text, ground) for text in ("text", "muted", "link") for ground in ("page", "panel")]
    for status in ("matched", "unknown", "failed"):
        pairs += [(status, f"{status}-tint"), (status, "page")]

    assert {name for pair in pairs for name in pair} <= of.keys()
    for text, ground in pairs:
        assert contrast(of[text], of[ground]) >= 4.5, (scheme, text, ground)


# the commands


def test_check_writes_one_page_for_all_files(tmp_path: Path) -> None:
    """A file that cannot be judged stands on the page, and ends the program with 3."""
    bad = tmp_path / "bad.toml"
    bad.write_text("schema = 1\n", "utf-8")
    done = run(
        "check", bad, ROOT / f"examples/{ADULT}.toml", "--format", "html", "--only", "failed"
    )
    page = Page(done.out)

    assert done.code == 3
    assert page.faults == []
    assert "1 patient judged, 1 file not judged" in page.words
    assert "patient is missing" in page.words
    assert "nothing new happening" not in page.words
    assert "Unknown (" not in page.words


@pytest.mark.usefixtures("judged_once")
def test_plan_writes_a_page_with_the_plan(tmp_path: Path) -> None:
    """On standard output as in a file."""
    profile, path = ROOT / f"examples/{ADULT}.toml", tmp_path / "plan.html"
    command = ("plan", profile, "--trial", "cd19-csle", "--format", "html")
    done, filed = run(*command), run(*command, "--output", path)

    assert (done.code, filed.code, filed.out) == (0, 0, "")
    assert path.read_text("utf-8") == done.out
    assert "When, with nothing new happening" in Page(done.out).words


@pytest.mark.parametrize("command", [["list-trials"], ["derive", ROOT / f"examples/{ADULT}.toml"]])
def test_a_command_without_a_page_says_which_formats_it_has(command: list[str]) -> None:
    """It refuses, rather than write a table into a file called .html."""
    done = run(*command, "--format", "html")

    assert (done.code, done.out) == (2, "")
    assert "'html' is not one of 'table', 'json'" in done.err


# in a browser


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@contextmanager
def served(pages: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """(origin, the paths that were asked for) of a server on this machine."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = pages.get(self.path, "").replace("ORIGIN", origin).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield origin, asked
        finally:
            server.shutdown()
            thread.join()


def printed(text: str, folder: Path) -> list[str]:
    """The text of each page that the browser prints."""
    assert CHROMIUM is not None
    (folder / "page.html").write_text(text, "utf-8")
    subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder / 'browser'}",
            f"--print-to-pdf={folder / 'page.pdf'}",
            (folder / "page.html").as_uri(),
        ],
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    read = ["pdftotext", "-layout", str(folder / "page.pdf"), "-"]
    done = subprocess.run(read, capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


@pytest.mark.skipif(
    CHROMIUM is None or shutil.which("pdftotext") is None,
    reason="Chromium or pdftotext is not installed",
)
def test_paper_has_every_criterion_and_a_head_and_a_number_on_each_page(tmp_path: Path) -> None:
    """Chromium prints what is folded of the criteria, and no gaps that keep nothing open."""
    found = reported(ADULT)
    kept = [trial for trial in found.trials if trial.id in ("cd19-csle", "bcma-cd70-csle")]
    pages = printed(html.render([found.model_copy(update={"trials": kept})]), tmp_path)
    whole = " ".join(" ".join(pages).split())

    for number, text in enumerate(pages, start=1):
        words = " ".join(text.split())
        assert "P-0001" in words
        assert "judged on 2026-10-12" in words
        assert words.endswith(f"page {number} of {len(pages)}")
        assert number == 1 or any(f"P-0001, {trial.id}" in words for trial in kept)
    for trial in kept:
        for criterion in trial.criteria:
            assert is_whole(criterion.id, whole), criterion.id
        assert trial.gaps[0] not in whole


def browsed(url: str, folder: Path) -> tuple[str, list[str]]:
    """(the document as the browser has it, what was written to the console)."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--enable-logging=stderr",
            f"--user-data-dir={folder}",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_loads_nothing_and_has_nothing_to_say(tmp_path: Path) -> None:
    """Chromium asks for the page alone, logs nothing, and builds the elements that we wrote.

    A page without the policy and with a script shows that a request and a message would be seen.
    """
    text = html.render([spoilt_plan("ORIGIN"), reported(SCLERODERMA), BROKEN])
    loading = '<script>console.log("seen")</script><img src="/seen.png">'
    open_page = text.replace("Content-Security-Policy", "x").replace("</main>", f"{loading}</main>")
    with served({"/": text, "/open": open_page}) as (origin, asked):
        built, said = browsed(f"{origin}/", tmp_path)
        asked_by_page = [*asked]
        _, said_by_open = browsed(f"{origin}/open", tmp_path)

    assert [path for path in asked_by_page if path != "/favicon.ico"] == ["/"]
    assert said == []
    assert [tag for tag, _ in Page(built).tags] == [tag for tag, _ in Page(text).tags]
    assert "/seen.png" in asked
    assert any("seen" in line for line in said_by_open)
