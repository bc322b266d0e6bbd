"""What a batch takes: CPU time and size of NDJSON and of verdicts, a patient.

    python benchmarks/batch.py [PATIENTS] [OTHER]

The patients are random ones of tests/patients.py (100). OTHER is the `cartscreen` of another
version: its NDJSON is then what the verdicts are compared with, of the patients that it can read.
Runs are interleaved, and the median of three paired ratios counts.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

import tomli_w

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from patients import patient
from support import TRIALS

PROGRAM = str(Path(sys.executable).with_name("cartscreen"))
LEAST_TIMES = 6.0
RUNS = 3


def written(folder: Path, count: int) -> None:
    """So many patients, a file each."""
    for number, trial in enumerate(islice(cycle(TRIALS), count)):
        found = patient(trial, number // len(TRIALS))
        data = {"schema": 1, **found.data, "patient": f"P-{number:04}"}
        (folder / f"P-{number:04}.toml").write_text(tomli_w.dumps(data))


def run(program: str, files: list[str], *options: str) -> tuple[float, bytes]:
    """CPU seconds of the program and of its processes, and what it wrote."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [program, "check", *files, *options]
    done = subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 3), done.stderr.decode()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, done.stdout


def main(count: int, other: str) -> int:
    """Print the figures; 1 where another version was named and the bar does not hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, count)
        files = sorted(map(str, folder.iterdir()))
        if other != PROGRAM:  # an earlier version does not know all that a profile may say
            files = [f for f in files if b'"error"' not in run(other, [f], "--format", "ndjson")[1]]
        ratios = []
        alone = ("--jobs", "1") if other == PROGRAM else ()
        for _ in range(RUNS):
            reports, text = run(other, files, "--format", "ndjson", *alone)
            verdicts, lines = run(PROGRAM, files, "--format", "verdicts", "--jobs", "1")
            ratios.append(reports / verdicts)
            print(
                f"{len(files)} patients: NDJSON {1000 * reports / len(files):.1f} ms and "
                f"{len(text) / len(files) / 1000:.0f} kB, verdicts "
                f"{1000 * verdicts / len(files):.1f} ms and {len(lines) / len(files) / 1000:.1f} "
                f"kB a patient; {ratios[-1]:.2f} times as fast"
            )
        _, once = run(PROGRAM, files, "--format", "ndjson", "--static", "once")
        print(f"NDJSON with --static once: {len(once) / len(files) / 1000:.0f} kB a patient")
        median = statistics.median(ratios)
        print(f"verdicts: {median:.2f} times as fast as NDJSON")
        if other == PROGRAM:
            return 0
        print(f"at least {LEAST_TIMES} is wanted: {'holds' if median >= LEAST_TIMES else 'fails'}")
        return 0 if median >= LEAST_TIMES else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int(given[0]) if given else 100, given[1] if len(given) > 1 else PROGRAM))
