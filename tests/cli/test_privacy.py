"""What the program imports, leaves on the disk, and never runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from program import ADULT, OPEN, environment_of, profile, run, tiny_pack, watched

# modules that could reach a network

FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html"]


@pytest.mark.parametrize("format", FORMATS)
def test_check_imports_nothing_that_could_reach_a_network(format: str) -> None:
    """Neither what we import nor what that imports."""
    _, _, modules = watched(["check", ADULT, "--format", format])
    network = {  # the standard library's email, which pydantic needs, imports socket
        "_ssl", "aiohttp", "asyncio", "ftplib", "http.client", "http.server", "httpx",
        "multiprocessing", "requests", "smtplib", "socketserver", "ssl", "urllib.request",
        "urllib3", "xmlrpc.client",
    }  # fmt: skip

    assert "cartscreen.screen" in modules
    assert network & set(modules) == set()


@pytest.mark.parametrize(
    ("value", "imported"), [("1.1 mg/dL", False), ("97 umol/L", True), ("0.011 g/L", True)]
)
def test_pint_is_imported_for_other_units_only(tmp_path: Path, value: str, imported: bool) -> None:
    """A profile in canonical units needs no conversion, and half the time to start."""
    patient = profile(tmp_path, lab={"creatinine": value})
    codes, _, modules = watched(["check", str(patient)])

    assert codes == [0]
    assert ("pint" in modules) == imported


def test_the_adult_example_needs_no_pint() -> None:
    """The whole of a real chart, all five trials."""
    assert "pint" not in watched(["check", ADULT])[2]


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    """No cache, no history, no log: not in the home folder, nor where the program was started."""
    patient = profile(tmp_path, **OPEN)
    home = tmp_path / "home"
    home.mkdir()
    places = {
        name: str(home)
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMPDIR")
    }
    for command in (["check", patient], ["validate", patient], ["facts"], ["template"]):
        subprocess.run(
            [sys.executable, "-c", "from cartscreen.cli import main; main()", *command],
            cwd=home,
            env=environment_of(**places, PYTHONDONTWRITEBYTECODE="1"),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    assert list(home.iterdir()) == []


def test_a_pack_cannot_run_code(tmp_path: Path) -> None:
    """Python beside the criteria of a folder is not imported."""
    pack = tiny_pack(tmp_path)
    for name in ("__init__.py", "facts.py", "tiny.py", "sitecustomize.py"):
        (pack / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", "utf-8")
    done = run("check", profile(tmp_path, **OPEN), "--criteria", pack)

    assert done.code == 0
    assert not (tmp_path / "ran").exists()
