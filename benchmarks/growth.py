"""How processor time grows with the length of a profile or a pack, as exponents; peak memory.

    python benchmarks/growth.py [NAME ...]

An exponent of 1 is twice the time for twice the length, 2 is four times. Each size is run in
processes of its own, of which the median counts; what the program takes for nothing at all is taken
off. It is the exponent between the first and the last size that counts. Prints which limit holds;
exits with 1 where one does not.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import log
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
PROGRAM = str(Path(sys.executable).with_name("cartscreen"))
RUNS = 5
SCREENING = date(2025, 12, 1)
HEAD = (
    f'schema = 1\npatient = "P"\ndates.screening = {SCREENING}\nperson.birth_date = 1925-01-01\n'
    'person.sex = "female"\nperson.weight = "60 kg"\n'
)
FACTS = {"alt": "U/L", "ast": "U/L", "bilirubin": "umol/L", "creatinine": "mg/dL", "igg": "g/L"}


def results(count: int) -> str:
    """So many results of each of five facts, on days of their own."""
    lines = []
    for fact, unit in FACTS.items():
        dated = (
            f'{{ value = "{1 + n % 9} {unit}", upper = "40 {unit}", date = {_ago(n)} }}'
            for n in range(count)
        )
        lines.append(f"lab.{fact} = [{', '.join(dated)}]")
    return HEAD + "\n".join(lines)


def entries(fields: Callable[[int], str]) -> Callable[[int], str]:
    """What makes a profile of so many treatments, of the fields of the first, the second, ..."""

    def made(count: int) -> str:
        return HEAD + "".join(f"[[treatment]]\n{fields(n)}\n" for n in range(count))

    return made


@entries
def treatments(n: int) -> str:
    """One drug, an entry after another, each for a week, at one of some doses."""
    return (
        f'drug = "prednisone"\ndose = "{5 + 5 * (n % 7)} mg/day"\n'
        f'start = {_ago(7 * n + 6)}\nstop = {_ago(7 * n)}\nresponse = "inadequate"'
    )


@entries
def overlapping(n: int) -> str:
    """Courses of one drug that are known to the month or year, and may all overlap."""
    start = f"{2000 + n % 25}-{1 + n % 12:02}"
    return f'drug = "azathioprine"\nstart = "{start}"\nstop = "2025"\nresponse = "inadequate"'


@entries
def undated(n: int) -> str:
    """Entries without dates at one of some doses: each may be of one course with any other."""
    return f'drug = "azathioprine"\ndose = "{50 + n % 9} mg/day"'


DRUGS = (
    "azathioprine", "prednisone", "mycophenolate mofetil", "rituximab", "belimumab",
    "hydroxychloroquine", "methotrexate", "cyclophosphamide", "tacrolimus", "voclosporin",
)  # fmt: skip


@entries
def nested(n: int) -> str:
    """Courses of ten drugs, each within others: thousands run on one day."""
    days = f"start = {_ago(n + 30)}\nstop = {_ago(n // 2)}"
    return f'drug = "{DRUGS[n % 10]}"\n{days}\nresponse = "inadequate"'


@entries
def going(n: int) -> str:
    """Doses that begin on days of their own and all go on, of glucocorticoids known by class."""
    dose = f'dose = "{5 + n % 9} mg/day"'
    return f'class = "glucocorticoid"\n{dose}\nstart = {_ago(n)}\nstop = "ongoing"'


@entries
def months(n: int) -> str:
    """Courses known by month and by class, at doses that may be the same."""
    doses = ("<{} mg/day", "{} mg/day", "10 mg/day", "{} mg/m2 monthly")
    return (
        f'class = "glucocorticoid"\ndose = "{doses[n % 4].format(1 + n)}"\n'
        f'start = "{2000 + n % 25}-{1 + n % 12:02}"\nstop = "2025"'
    )


def by_class(count: int) -> str:
    """The same, in a list that is reviewed."""
    return f"{months(count)}[reviewed]\ntreatment = {SCREENING}\n"


@entries
def nameless(n: int) -> str:
    """Courses of which every other names no drug, one after another."""
    drug = 'drug = "prednisone"\n' if n % 2 else ""
    return f'{drug}dose = "{1 + n} mg/day"\nstart = {_ago(3 * n + 2)}\nstop = {_ago(3 * n)}'


def tumours(count: int) -> str:
    """Entries of another list, without dates."""
    return HEAD + '[[malignancy]]\nkind = "other"\n' * count


def future(count: int) -> str:
    """So many entries that begin on a day after the one judged, in a line each."""
    entries = (
        f'{{ drug = "prednisone", start = {SCREENING + timedelta(days=7 * n + 1)} }}'
        for n in range(count)
    )
    return f"{HEAD}treatment = [{', '.join(entries)}]"


def _ago(days: int) -> date:
    return SCREENING - timedelta(days=days)


def trials(count: int) -> str:
    """A pack of copies of the bundled trials; the profile is empty."""
    return str(count)


@dataclass(frozen=True)
class Case:
    """A command on files of growing size, and the exponent, or the times, that it may grow by."""

    command: list[str]
    made: Callable[[int], str]
    sizes: tuple[int, ...]
    exponent: float | None = None
    times: float | None = None
    seconds: float | None = None
    mib: float | None = None


CHECK = ["check", "--format", "ndjson"]
CASES = {
    "check of results": Case(CHECK, results, (100, 300, 1000, 3000), exponent=1.2),
    "check of treatments": Case(CHECK, treatments, (100, 300, 1000), exponent=1.2),
    "check of overlapping courses": Case(CHECK, overlapping, (100, 300, 1000), exponent=1.2),
    "check of undated treatments": Case(CHECK, undated, (100, 300, 1000), exponent=1.2),
    "check of nested courses": Case(CHECK, nested, (100, 300, 1000), exponent=1.2),
    "check of courses that go on": Case(CHECK, going, (100, 300, 1000), exponent=1.2),
    "check of courses by class": Case(CHECK, by_class, (100, 300, 1000), exponent=1.2),
    "check of nameless courses": Case(CHECK, nameless, (100, 300, 1000), exponent=1.2),
    "check of tumours": Case(CHECK, tumours, (100, 300, 1000), exponent=1.2),
    "check of many results": Case(CHECK, results, (2000,), seconds=10, mib=300),
    "check of many treatments": Case(CHECK, treatments, (5000,), seconds=10, mib=300),
    "check of many overlapping courses": Case(CHECK, overlapping, (5000,), seconds=10, mib=300),
    "check of many undated treatments": Case(CHECK, undated, (5000,), seconds=10, mib=300),
    "check of many nested courses": Case(CHECK, nested, (5000,), seconds=10, mib=300),
    "plan of treatments": Case(["plan", "--format", "json"], treatments, (100, 400), times=8),
    "plan of future dates": Case(["plan", "--format", "json"], future, (100,), seconds=2, mib=100),
    "check by trials": Case(CHECK, trials, (5, 50, 500), exponent=1.2),
}


def used(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak MiB of a command, as medians: one run may be a third off by chance."""
    runs = [_used(command) for _ in range(RUNS)]
    return median(cpu for cpu, _ in runs), median(mib for _, mib in runs)


def _used(command: list[str]) -> tuple[float, float]:
    pid = subprocess.Popen(command, stdout=subprocess.DEVNULL).pid
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{' '.join(command)} was refused")
    assert isinstance(usage, resource.struct_rusage)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measured(case: Case, size: int, folder: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of one size."""
    path, more = folder / "patient.toml", []
    text = case.made(size)
    if case.made is trials:
        text, more = HEAD, ["--criteria", str(_pack(size, folder))]
    path.write_text(text, "utf-8")
    return used([PROGRAM, *case.command, *more, str(path)])


def _pack(count: int, folder: Path) -> Path:
    """A folder of so many trials, copies of the bundled ones under other ids."""
    pack = folder / f"pack{count}"
    pack.mkdir()
    bundled = [
        path for path in sorted((ROOT / "criteria").glob("*.toml")) if "[trial]" in path.read_text()
    ]
    for number in range(count):
        text = bundled[number % len(bundled)].read_text("utf-8")
        kept = [line for line in text.splitlines() if not line.startswith("registry ")]
        own = [f'id = "trial-{number}"' if line.startswith("id ") else line for line in kept[:40]]
        (pack / f"{number:03}.toml").write_text("\n".join(own + kept[40:]), "utf-8")
    return pack


def main(names: list[str]) -> int:
    """Print the figures; 1 if one is over its limit."""
    over = False
    for name, case in CASES.items():
        if names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = {size: measured(case, size, Path(folder)) for size in case.sizes}
            (Path(folder) / "none.toml").write_text(HEAD, "utf-8")
            nothing, _ = used([PROGRAM, *case.command, f"{folder}/none.toml"])
        told = [f"{size}: {cpu:.2f} s, {mib:.0f} MiB" for size, (cpu, mib) in found.items()]
        first, last = case.sizes[0], case.sizes[-1]
        most, mib = found[last]
        net = [max(found[size][0] - nothing, 0.01) for size in (first, last)]
        exponent = log(net[1] / net[0]) / log(last / first) if last > first else 0
        bars = [
            ("exponent", exponent, case.exponent),
            ("times", net[1] / net[0], case.times),
            ("s", most, case.seconds),
            ("MiB", mib, case.mib),
        ]
        print(f"{name}: {'; '.join(told)}")
        for what, value, limit in bars:
            if limit is not None:
                over |= value > limit
                said = "holds" if value <= limit else "OVER"
                print(f"    {what} {value:.2f}, at most {limit:g}: {said}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
