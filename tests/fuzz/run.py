"""Fuzz one target with atheris: python tests/fuzz/run.py TARGET [SECONDS]

Begins from the corpus, the bombs and, for a profile and a trial, our own files. Ends after
SECONDS (600), at the first undeclared error, at three seconds of processor time for one input, or
at 1 GB. What it found lies in the folder that it names; put the input into corpus/TARGET/, and a
test keeps it.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))

with atheris.instrument_imports(include=["cartscreen", "tomli"]):
    from fuzz import targets

OWN = {"profile": "examples/*.toml", "trial": "criteria/*-*.toml"}


def as_token(piece: str) -> str:
    """A piece as libFuzzer's dictionaries write it."""
    content = piece.encode("utf-8", "surrogatepass")[:60]
    return '"' + "".join(f"\\x{byte:02x}" for byte in content) + '"'


def main() -> None:
    """The arguments in our words become libFuzzer's."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in targets.TARGETS:
        sys.exit(f"{__doc__}\nTARGET is one of {', '.join(targets.TARGETS)}.")
    target, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 600
    folder = Path(tempfile.mkdtemp(prefix=f"cartscreen-fuzz-{target}-"))
    known = folder / "corpus"
    known.mkdir()
    for number, (_, content) in enumerate([*targets.seeds(target), *targets.bombs(target)]):
        (known / str(number)).write_bytes(content)
    for path in ROOT.glob(OWN[target]) if target in OWN else ():
        (known / path.name).write_bytes(path.read_bytes())
    words = folder / "words"
    words.write_text("\n".join(map(as_token, targets.RULE_TOKENS)) + "\n", "utf-8")
    print(f"what is found lies in {folder}", flush=True)
    options = [
        f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", f"-dict={words}",
        "-max_len=20000", "-len_control=50", "-timeout=60", "-rss_limit_mb=1000",
        "-print_final_stats=1", str(known),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], lambda content: targets.attempt(target, content))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
