"""What whole commands take: CPU time beside `import typer`, peak memory, and what they import.

    python benchmarks/startup.py [RUNS]

CPU time is user and system together, of runs that are interleaved; the median of the paired ratios
counts, so that a busy machine does as much to both sides. Compile first: `just compile` keeps the
pack, and `python -m compileall` is needed where PYTHONDONTWRITEBYTECODE is set.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from cartscreen.pack.files import kept_of_bundled
from cartscreen.pack.pack import KEPT_PACK

ROOT = Path(__file__).parent.parent
PROGRAM = str(Path(sys.executable).with_name("cartscreen"))
LARGEST = str(max((ROOT / "examples").glob("*.toml"), key=lambda path: path.stat().st_size))
US_UNITS = str(ROOT / "examples" / "sle-us-units.toml")
BASE = [sys.executable, "-c", "import typer"]
BARS = {  # the command -> how many times as long as `import typer` it may take
    "check LARGEST": (["check", LARGEST], 2.2),
    "check US-UNITS": (["check", US_UNITS], 2.2),
    "check LARGEST --format ndjson": (["check", LARGEST, "--format", "ndjson"], 2.2),
    "list-trials": (["list-trials"], 1.6),
    "plan LARGEST": (["plan", LARGEST], 5.0),
}
MEMORY_MIB = 32  # of check
NOT_IMPORTED = ("pydantic", "pint", "jinja2", "rich")
COUNT = """
import json, os, sys
from contextlib import suppress
said = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
from cartscreen.cli.main import main
with suppress(SystemExit):
    main()
os.write(said, json.dumps(sorted(sys.modules)).encode())
"""


def cpu_and_peak(command: list[str]) -> tuple[float, float]:
    """Seconds of CPU time, and the peak of memory in MiB, of one run; its output thrown away."""
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 1)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    os.close(null)
    assert status == 0, command
    assert isinstance(usage, resource.struct_rusage)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def imported(arguments: list[str]) -> set[str]:
    """The modules that a command has imported when it ends."""
    command = [sys.executable, "-c", COUNT, *arguments]
    return set(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def verdict(holds: bool) -> str:
    """Of a bar, in words."""
    return "holds" if holds else "DOES NOT HOLD"


def main() -> int:
    """Print the figures, and which bars hold; 1 if one does not."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    is_kept = kept_of_bundled(KEPT_PACK) is not None
    print(f"Python {sys.version.split()[0]}, typer {version('typer')}; {runs} pairs; the pack is "
          + ("compiled" if is_kept else "read as TOML: see `just compile`"))  # fmt: skip
    all_hold = True
    commands = {name: [PROGRAM, *arguments] for name, (arguments, _) in BARS.items()}
    ratios: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, list[float]] = {name: [] for name in commands}
    for command in (BASE, *commands.values()):
        cpu_and_peak(command)  # warm the file cache
    for _ in range(runs):
        base, _ = cpu_and_peak(BASE)
        for name, command in commands.items():
            seconds, peak = cpu_and_peak(command)
            ratios[name].append(seconds / base)
            peaks[name].append(peak)
    for name, (arguments, bar) in BARS.items():
        ratio, peak = statistics.median(ratios[name]), statistics.median(peaks[name])
        found = imported(arguments)
        slow = [package for package in NOT_IMPORTED if package in found]
        holds = [ratio <= bar, peak <= MEMORY_MIB or arguments[0] != "check", not slow]
        all_hold &= all(holds)
        print(f"{name}: {ratio:.2f} x import typer (bar {bar:g}: {verdict(holds[0])}); "
              f"{peak:.0f} MiB (bar for check {MEMORY_MIB}: {verdict(holds[1])}); "
              f"{len(found)} modules, of {', '.join(NOT_IMPORTED)}: {', '.join(slow) or 'none'} "
              f"({verdict(holds[2])})")  # fmt: skip
    return int(not all_hold)


if __name__ == "__main__":
    sys.exit(main())
