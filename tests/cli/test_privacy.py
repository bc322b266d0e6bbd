"""What the program imports, leaves on the disk, and never runs."""

from pathlib import Path

from program import ADULT, OPEN, profile, run, tiny_pack, watched

# modules that could reach a network

FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html", "log"]


def test_check_imports_nothing_that_could_reach_a_network(tmp_path: Path) -> None:
    """Neither what we import nor what that imports."""
    patient = str(profile(tmp_path, lab={"creatinine": "1.1 mg/dL"}))
    shown = ["check", ADULT, "--trial", "cd19-csle", "--format"]
    found = watched(["check", patient], *([*shown, name] for name in FORMATS))
    network = {  # the standard library's email, which pydantic needs, imports socket
        "_ssl", "aiohttp", "asyncio", "ftplib", "http.client", "http.server", "httpx",
        "multiprocessing", "requests", "smtplib", "socketserver", "ssl", "urllib.request",
        "urllib3", "xmlrpc.client",
    }  # fmt: skip

    assert found.codes == [0] * (1 + len(FORMATS))
    assert "cartscreen.evaluate.evaluator" in found.modules
    assert network & found.modules == set()


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    """No cache, no history, no log: not in the home folder, nor where the program was started."""
    patient = profile(tmp_path, **OPEN)
    home = tmp_path / "home"
    home.mkdir()
    places = {
        name: str(home)
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMPDIR")
    }
    commands = (["check", str(patient)], ["validate", str(patient)], ["facts"], ["template"])
    found = watched(*commands, cwd=home, **places, PYTHONDONTWRITEBYTECODE="1")

    assert found.codes == [0] * 4
    assert list(home.iterdir()) == []


def test_a_pack_cannot_run_code(tmp_path: Path) -> None:
    """Python beside the criteria of a folder is not imported."""
    pack = tiny_pack(tmp_path)
    for name in ("__init__.py", "facts.py", "tiny.py", "sitecustomize.py"):
        (pack / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", "utf-8")
    done = run("check", profile(tmp_path, **OPEN), "--criteria", pack)

    assert done.code == 0
    assert not (tmp_path / "ran").exists()
