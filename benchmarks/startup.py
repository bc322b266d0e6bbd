"""How long whole commands take, as ratios to others, and their peak memory.

    python benchmarks/startup.py [RUNS]

Runs are interleaved, and it is the median of the paired ratios that counts, so that a busy machine
slows both sides alike. Compile first (python -m compileall on the environment) where
PYTHONDONTWRITEBYTECODE is set.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAM = str(Path(sys.executable).with_name("cartscreen"))
PROFILE = str(ROOT / "examples" / "sle-nephritis-adult.toml")
LARGEST = str(max((ROOT / "examples").glob("*.toml"), key=lambda path: path.stat().st_size))
COMMANDS = {
    "import typer": [sys.executable, "-c", "import typer"],
    "check": [PROGRAM, "check", PROFILE],
    "list-trials": [PROGRAM, "list-trials"],
    "check largest": [PROGRAM, "check", LARGEST],
    "plan largest": [PROGRAM, "plan", LARGEST],
}
LIMITS = [  # command, what it is compared with, how many times that it may take
    ("check", "import typer", 5.0),
    ("list-trials", "import typer", 4.0),
    ("plan largest", "check largest", 4.0),
]
MEMORY_LIMIT_MIB = 80


def seconds(command: list[str]) -> float:
    """One run of a command, its output thrown away."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def peak_mib(command: list[str]) -> float:
    """The largest resident set of a child that runs the command."""
    pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-c", _QUIET, *command])
    _, _, usage = os.wait4(pid, 0)
    assert isinstance(usage, resource.struct_rusage)
    return usage.ru_maxrss / 1024


_QUIET = """
import os, sys
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.execv(sys.argv[1], sys.argv[1:])
"""


def main() -> int:
    """Print the figures; 1 if one is over its limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        seconds(command)  # warm the file cache
    for _ in range(runs):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    over = False
    for name, base, limit in LIMITS:
        ratio = statistics.median(
            one / other for one, other in zip(times[name], times[base], strict=True)
        )
        over |= ratio > limit
        print(f"{name}: {ratio:.2f} x {base} (limit {limit:g})")
    memory = peak_mib(COMMANDS["check"])
    over |= memory > MEMORY_LIMIT_MIB
    print(f"check: {memory:.0f} MiB at its peak (limit {MEMORY_LIMIT_MIB})")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
