"""What is fuzzed: each target reads any bytes, and nothing but a declared error may come of it.

A seed is an input to begin with: a file of corpus/<target>/, a line of its lines.jsonl (a JSON
string each, so that a control character shows), or a bomb, which is too large for a file.
"""

import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from pathlib import Path

from cartscreen.dates import PartialDate
from cartscreen.errors import CartscreenError, CriteriaError, InputError, Problem
from cartscreen.evaluate.chart import Chart
from cartscreen.evaluate.evaluator import chart_on
from cartscreen.explain import derived_facts
from cartscreen.interview import Session
from cartscreen.pack.files import check_bounded, heads, read_toml
from cartscreen.pack.pack import bundled_pack, load_pack
from cartscreen.pack.read_trial import parse_trial
from cartscreen.plan.outlook import outlook
from cartscreen.plan.plan import plan_and_outlook
from cartscreen.profile.model import Profile
from cartscreen.profile.read import parse_profile
from cartscreen.render import checklist, csv, html, log, markdown, table
from cartscreen.render import explain as explained
from cartscreen.render import json as as_json
from cartscreen.render import plan as plans
from cartscreen.render.draw import draw
from cartscreen.report import report
from cartscreen.rule.english import describe
from cartscreen.rule.parse import parse_rule
from cartscreen.units import parse_quantity, unit_named

CORPUS = Path(__file__).parent / "corpus"
MOST_SECONDS = 3.0
"""Of processor time for one input: the second that a file may take, times three where many run."""

VALID = (CORPUS / "profile" / "whole.toml").read_bytes()
"""A profile with a value of every kind."""

TOKENS = [
    "nan", "inf", "-1", "0", "1e999", "9e999999999999999999", "0x" + "f" * 700, "9" * 5000,
    "1,5", "true", '""', '"""', "'''", "'", '"', "[", "]", "[[", "{", "}", "{}", "[]", "=", ".",
    ",", "\n", "\r", "\0", "\x1b", "\u202e", "\ufeff", "\ud800", "\\", "\\u0000", "\\U0010ffff",
    "[" * 2000, "{a=" * 2000, "a." * 10_000, '"a".' * 20, "# ", "1:8", "ULN", "%", "<", " U/L",
    "2025-02-30", "0001-01-01", "9999-12-31", "24:00:00", "12:00:00", "unknown", "not done",
    "ongoing", "lab", "[lab]\n", "[[treatment]]\n", "schema = 1\n", "value", "date", "status",
]  # fmt: skip
"""Pieces of a profile, and what has been known to hurt its readers."""

RULE_TOKENS = [
    *TOKENS, " within ", " before ", " months", "half-lives", " is ", " or ", " rose >= ", " <= ",
    "{ all = [", "] }", "{ some = ", "where = [", "at_least", "different", "ask", "none", "any",
    "drug", "lasted", "diagnosis.sle", "lab.alt", "treatment", "[[inclusion]]\n", "[trial]\n",
    "[fact.my.x]\n", "[drug.x]\n", "derive = ", "name = ", "needs = ", "readings = ", "rule = ",
    "id = ", "title = ", "where = ", "1/0", '"9e9999"', "10**10**10",
]  # fmt: skip
"""Pieces of rules and packs as well."""

TINY = """[trial]
id = "tiny"
name = "A tiny trial"
source = "tiny.txt"
checked = 2026-11-01
[[inclusion]]
id = "I1"
title = "Lupus"
source = "Inclusion 1"
rule = "diagnosis.sle"
"""


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")  # as the command line is read


def profile(content: bytes) -> None:
    """The bytes as a patient's file."""
    parse_profile(content, bundled_pack().vocabulary, "p.toml")


def chart(content: bytes) -> None:
    """The bytes as a patient's file, judged by all trials, in every format; and what follows."""
    patient = parse_profile(content, bundled_pack().vocabulary, "p.toml")
    try:
        _judged(patient)
    except CartscreenError as fault:
        raise AssertionError("what can be read can be judged") from fault


def _judged(patient: Profile) -> None:
    pack = bundled_pack()
    on = patient.screening.earliest if patient.screening else date(2025, 6, 2)
    judged = chart_on(patient, pack, on)
    found = report(judged, pack.trials, file="p.toml", date_from="profile")
    shown = ("failed", "unknown", "matched")
    outlined = outlook(judged, pack.trials, file="p.toml", date_from="profile", dated=False)
    table.render(outlined, only=shown, width=80, colour=False)
    markdown.render(found, only=shown)
    csv.render(found, only=shown, header=True)
    as_json.render(found, lines=True)
    html.render([found], only=shown)
    for judged_by in found.trials:
        checklist.html(found, judged_by)
        checklist.markdown(found, judged_by)
    log.csv(found, header=True)
    log.html(log.rows(found), 1)
    draw(explained.lines(list(derived_facts(judged, []))), width=80, colour=False)
    planned = plan_and_outlook(judged, pack.trials[:1], file="p.toml", date_from="profile", days=1)
    draw(plans.lines(*planned, 80), width=80, colour=False)


def trial(content: bytes) -> None:
    """The bytes as a trial's file, read as list-trials does, and as check does."""
    contents = {"t.toml": content}
    check_bounded(contents, Path("pack"))
    list(heads(contents, "pack/"))
    parse_trial(content, bundled_pack().vocabulary, "pack/t.toml")


def _pack_with(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        Path(folder, "tiny.toml").write_text(TINY, "utf-8")
        Path(folder, name).write_bytes(content)
        load_pack(Path(folder))


@cache
def _memory() -> str | None:
    """A folder that is no disk, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def facts(content: bytes) -> None:
    """The bytes as the facts.toml of a folder of criteria."""
    _pack_with("facts.toml", content)


def drugs(content: bytes) -> None:
    """The bytes as its drugs.toml."""
    _pack_with("drugs.toml", content)


def unit(content: bytes) -> None:
    """The text as a value, and as a unit."""
    text = _text(content)
    for read in (parse_quantity, unit_named):
        for wanted in ("g/L", "1", "titre"):
            _declared(lambda read=read, wanted=wanted: read(text, wanted))


def rule(content: bytes) -> None:
    """The text as a rule: a test or, where it is TOML, a group; and the rule in English."""
    text = _text(content)
    vocabulary = bundled_pack().vocabulary
    try:
        written = f"rule = {text}".encode("utf-8", "surrogatepass")
        check_bounded({"rule": written}, Path("pack"))
        data = read_toml(written, "rule")["rule"]
    except CriteriaError:
        data = text
    for record in (None, vocabulary.records["treatment"]):
        _declared(
            lambda record=record: describe(parse_rule(data, vocabulary, record), vocabulary, record)
        )


def day(content: bytes) -> None:
    """The text as a date, known in whole or in part."""
    PartialDate.parse(_text(content))


def change(content: bytes) -> None:
    """The text as a --set, and then the profile that it makes."""
    parse_profile(VALID, bundled_pack().vocabulary, "p.toml", [_text(content)])


def ask(content: bytes) -> None:
    """The first three lines of the text as answers, each to the question that is asked then."""
    pack = bundled_pack()

    def load(kept: bytes) -> tuple[Chart, str]:
        return chart_on(
            parse_profile(kept, pack.vocabulary, "p"), pack, date(2025, 6, 2)
        ), "profile"

    session = Session(VALID, load, pack.trials[:1], date(2025, 6, 2), where="p")
    for line in _text(content).split("\n")[:3]:
        if session.answer(line.strip()).left:
            break


TARGETS: dict[str, Callable[[bytes], None]] = {
    read.__name__: read
    for read in (profile, chart, trial, facts, drugs, unit, rule, day, change, ask)
}


def _declared(read: Callable[[], object]) -> None:
    with suppress(InputError, CriteriaError, Problem):
        read()


def attempt(target: str, content: bytes) -> float:
    """Give the input to the target; seconds of processor time. Raises what it should not."""
    start = time.process_time()
    _declared(lambda: TARGETS[target](content))
    took = time.process_time() - start
    assert took < MOST_SECONDS, f"{target} took {took:.1f} s for {len(content)} bytes"
    return took


MB = 1_000_000
MOST_MEMORY = 200 * MB


@contextmanager
def little_memory() -> Iterator[None]:
    """Whoever asks for more than MOST_MEMORY gets MemoryError, which is no declared error."""
    if not Path("/proc/self/statm").exists():
        yield  # no other system keeps to RLIMIT_AS
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


BOMBS: dict[str, dict[str, Callable[[], str]]] = {
    "trial": {
        "name of 10 000 parts": lambda: ".".join(["a"] * 10_000) + " = 1",
        "5000 digits": lambda: f"x = {'9' * 5000}",
        "hex number": lambda: f"x = 0x{'f' * MB}",
        "50 000 lists": lambda: f"{TINY}applies = {'[' * 50_000}{']' * 50_000}",
        "40 groups": lambda: f"{TINY}applies = {'{ all = [' * 40}'diagnosis.sle'{'] }' * 40}",
        "a test of a megabyte": lambda: f"{TINY}applies = 'lab.alt >= 1 U{' ' * MB}x'",
        "a group of 100 000": lambda: TINY + "applies = { any = [" + "'lab.alt'," * 100_000 + "] }",
        "1000 criteria": lambda: TINY + "".join(criterion(f"I{n}") for n in range(2, 1001)),
        "1000 children": lambda: (
            TINY.replace('rule = "diagnosis.sle"\n', "")
            + "".join(criterion(f"I1.{n}") for n in range(999))
        ),
        "8000 criteria": lambda: TINY + "".join(criterion(f"I{n}") for n in range(2, 8000)),
        "a long id": lambda: criterion(f"I1{'.1' * 40_000}") + TINY,
        "4 MB comment": lambda: "#" * (4 * MB),
    },
    "facts": {
        "a chain of 2000": lambda: _fact("x0", "") + "".join(
            _fact(f"x{n}", f'derive = {{ stated = "my.x{n - 1}" }}') for n in range(1, 2000)
        ),
        "a ladder of 19": lambda: _fact("x0", "") + _fact("y0", "") + "".join(
            _fact(f"{side}{n}", f'derive = {{ rule = {{ all = ["my.x{n - 1}", "my.y{n - 1}"] }} }}')
            for n in range(1, 19) for side in "xy"
        ),
        "5000 facts": lambda: "".join(_fact(f"x{n}", "") for n in range(5000)),
        "50 000 choices": lambda: _fact("x", f"choices = [{','.join(map(repr, range(50_000)))}]"),
        "a score of 5000": lambda: "".join(_fact(f"x{n}", "") for n in range(5000)) + (
            "[fact.my.s]\nlabel = 'S'\nkind = 'quantity'\nunit = '1'\nderive = { sum = ["
            + ",".join(f"{{ fact = 'my.x{n}', weight = 1 }}" for n in range(5000)) + "] }\n"
        ),
        "a long name": lambda: _fact("x" * MB, ""),
        "a long default": lambda: _MY.replace("{short}", "{short}" * MB) + "[fact.my]\n" + "".join(
            f"x{n}.short = 'x'\n" for n in range(5000)
        ),
        "5000 scores of 5000": lambda: _MY + "[item.my]\n" + "".join(
            f"x{n} = {{ short = 'x', weight = 1 }}\n" for n in range(5000)
        ) + "[fact.my]\n" + "".join(
            f"s{n} = {{ short = 's', kind = 'quantity', unit = '1', derive = {{ sum = 'my' }} }}\n"
            for n in range(5000)
        ),
    },
    "drugs": {
        "5000 drugs": lambda: "".join(
            f"[drug.z{n}]\nlabel = 'Z'\nclasses = ['none']\n" for n in range(5000)
        ),
        "50 000 names": lambda: (
            "[class.c]\nlabel = 'C'\n[drug.z]\nlabel = 'Z'\nclasses = ['c']\nnames = ["
            + ",".join(f"'n{n}'" for n in range(50_000)) + "]\n"
        ),
    },
    "unit": {
        "digits": lambda: "1" * MB,
        "letters": lambda: "a" * 100_000,
        "a unit of letters": lambda: "5 " + "g" * 100_000,
        "brackets": lambda: "(" * 5000,
        "factors": lambda: "5 " + "*g" * 5000,
        "spaces": lambda: "5 g" + " " * MB,
        "points": lambda: "5" + "." * 50_000,
        "micro": lambda: "µ" * 100_000,
    },
    "rule": {
        "spaces in a unit": lambda: "lab.alt >= 1 U" + " " * 100_000 + "x",
        "spaces in a word": lambda: "heart.ecg is a" + " " * 100_000 + "x",
        "windows": lambda: "lab.alt >= 1 U/L" + " within 6 months" * 10_000,
        "words": lambda: "heart.ecg is normal" + " or normal" * 10_000,
        "a name": lambda: "a" * MB,
        "digits": lambda: f"lab.alt >= {'1' * MB} U/L",
        "a group of 50 000": lambda: "{ any = [" + "'diagnosis.sle'," * 50_000 + "] }",
    },
    "day": {"digits": lambda: "1" * MB, "hyphens": lambda: "2025" + "-01" * 100_000},
    "change": {
        "a long value": lambda: f"lab.alt={'x' * MB}",
        "a long name": lambda: f"{'x' * MB}.alt=1",
        "a deep name": lambda: ".".join(["a"] * 10_000) + "=1",
        "a deep value": lambda: f"lab.alt={'[' * 50_000}",
        "digits": lambda: f"lab.alt={'9' * 5000}",
    },
    "ask": {"digits": lambda: "9" * 10_000, "letters": lambda: "x" * 10_000},
}  # fmt: skip


def criterion(name: str) -> str:
    """A criterion of this id, as TOML."""
    head = f"[[inclusion]]\nid = '{name}'\ntitle = 'One'\nsource = 'One'\n"
    return f"{head}rule = 'diagnosis.sle'\n"


_MY = "[default.my]\nlabel = '{short}'\nkind = 'finding'\n"


def _fact(name: str, more: str) -> str:
    return f"[fact.my.{name}]\nlabel = 'X'\nkind = 'finding'\n{more}\n"


def seeds(target: str) -> Iterator[tuple[str, bytes]]:
    """(name, input) of each seed but the bombs."""
    if target == "chart":
        yield from seeds("profile")
    for path in sorted((CORPUS / target).iterdir()):
        if path.suffix == ".jsonl":
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                yield f"line {number}", json.loads(line).encode("utf-8", "surrogatepass")
        else:
            yield path.name, path.read_bytes()


def bombs(target: str) -> Iterator[tuple[str, bytes]]:
    """(name, input) of each bomb."""
    for name, made in BOMBS.get(target, {}).items():
        yield name, made().encode()
