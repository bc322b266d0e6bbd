"""What a benchmark needs of the program is there, and of the machine may be missing."""

import runpy
import sys
from pathlib import Path

import pytest
from support import ROOT

pytest.importorskip("resource", reason="the benchmarks measure by what Unix tells of a process")


def test_peers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rules enough are translated for another engine; without node a sentence says what lacks."""
    monkeypatch.setattr(sys, "path", [*sys.path])  # the script adds to it
    peers = runpy.run_path(str(ROOT / "benchmarks" / "peers.py"))
    rules = peers["spread"](peers["quantitative"]()[0])
    library = peers["Translation"]().library(rules)["library"]

    assert [each["name"] for each in library["statements"]["def"]] == ["Patient", *rules]
    assert len(rules) == 30

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        peers["installed"](tmp_path)

    assert ended.value.code == 69
    assert capsys.readouterr().err == (
        "This benchmark needs node and npm, which the PATH does not hold.\n"
    )
