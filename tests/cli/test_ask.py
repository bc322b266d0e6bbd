"""`ask`: a sitting at a terminal or from a pipe, and the file that it writes."""

import fcntl
import os
import pty
import select
import signal
import stat
import subprocess
import sys
import termios
import time
from codecs import BOM_UTF8
from collections.abc import Callable
from difflib import ndiff
from pathlib import Path

import pytest
from program import (
    EXAMPLES,
    FITS,
    PATIENCE,
    PROGRAM,
    Done,
    environment_of,
    flat,
    profile,
    run,
    started,
    tiny_pack,
)

from cartscreen.cli.files import KeptFile

TEXT = """\
# Ours. Do not tidy.
schema  = 1
patient = "P-1"        # the pseudonym

[dates]
screening = 2026-11-02

[lab]                  # of the last visit
hemoglobin  = 9.80e1   # is refused below
"""
PROFILE = TEXT.replace("9.80e1   # is refused below", '"98.0 g/L"   # as printed')


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Neutrophils at least 1 x 10^9/L; no lupus nephritis."""
    return tiny_pack(tmp_path)


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    path = tmp_path / "patient.toml"
    path.write_text(PROFILE, "utf-8")
    return path


Asked = Callable[..., Done]


@pytest.fixture
def asked(patient: Path, pack: Path) -> Asked:
    """A sitting with these lines."""

    def sitting(*lines: str, file: Path = patient) -> Done:
        typed = "".join(f"{line}\n" for line in lines).encode()
        return run("ask", file, "--criteria", pack, stdin=typed)

    return sitting


def test_a_sitting(asked: Asked, patient: Path) -> None:
    """Questions, answers and verdicts on standard output; the file has two more lines."""
    done = asked("no", "3.20")

    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n> ") == 3, "two questions, and whether to undo"
    assert "\nTaken as 3.20 10^9/L.\n" in done.out
    assert "\n> no\n" in done.out, "a pipe's answers are shown"
    assert "\ntiny: undetermined -> meets every listed criterion\n" in done.out
    assert patient.read_text("utf-8") == (
        PROFILE.replace("as printed\n", 'as printed\nneutrophils = "3.20 10^9/L"\n')
        + "\n[diagnosis]\nlupus_nephritis = false\n"
    )


def test_the_criteria_that_rule_out(asked: Asked) -> None:
    assert "\ntiny: undetermined -> ineligible by E1\n" in asked("y").out


def test_it_can_be_resumed(asked: Asked, patient: Path) -> None:
    """Each answer is on the disk at once; the next sitting begins where this one ended."""
    first = asked("no", "q")
    assert "1 answer saved in" in first.out
    assert "lupus_nephritis = false" in patient.read_text("utf-8")

    second = asked("0.5 10^9/L")
    *_, question = second.out.partition("> ")[0].split("\n\n")  # what comes before it are warnings
    assert "Neutrophil" in question
    assert "nephritis" not in question
    assert "\ntiny: undetermined -> ineligible by I1\n" in second.out
    assert run("check", patient, "--criteria", patient.parent / "pack", "--gate").code == 10


def test_undo_is_saved_too(asked: Asked, patient: Path) -> None:
    done = asked("yes", "u", "u", "q")

    assert "\ntiny: ineligible -> undetermined\n" in done.out
    assert "There is nothing to undo." in done.out
    assert patient.read_text("utf-8") == PROFILE


def test_refusals_are_errors(asked: Asked, patient: Path) -> None:
    """On standard error, in the loader's words; the question comes again."""
    done = asked("perhaps", "no", "120", "fortnights", "")

    assert done.code == 0
    assert done.err.splitlines() == [
        "error: diagnosis.lupus_nephritis: 'perhaps' is not a finding; write true or false, "
        'without quotes, or "unknown" or "not done".',
        "error: lab.neutrophils: the unit 'fortnights' is not known; expected 10^9/L or a unit "
        "that converts to it.",
    ]
    assert done.out.count("Has the person lupus nephritis?") == 2
    assert "neutrophils" not in patient.read_text("utf-8")


def test_the_explanation(asked: Asked) -> None:
    out = " ".join(asked("?", "q").out.split())

    assert "tiny E1: Lupus nephritis - yes: rules out tiny E1 - no: settles tiny E1" in out


@pytest.mark.parametrize("name", ["sle-us-units", "sle-man"])
def test_a_real_chart(tmp_path: Path, name: str) -> None:
    """Five trials; what is added to the example is the only difference, and none of it is lost.

    First it is asked which questions of the first place can be answered.
    """
    path = tmp_path / "chart.toml"
    example = (EXAMPLES / f"{name}.toml").read_bytes()
    path.write_bytes(example)
    done = run("ask", path, stdin=b"all\nunknown\nnot done\nunknown\nq\n")
    compared = list(
        ndiff(*(text.decode().splitlines(True) for text in (example, path.read_bytes())))
    )

    assert (done.code, done.err) == (0, "")
    assert "3 answers saved in" in done.out
    assert [line for line in compared if line[0] == "-"] == []
    assert 3 <= len([line for line in compared if line[0] == "+"]) <= 9, "lines, heads, spaces"
    assert run("validate", path).code == 0


# The file


def test_a_new_file(tmp_path: Path, asked: Asked) -> None:
    """After a pseudonym; nothing is made before."""
    path = tmp_path / "new.toml"
    done = asked("q", file=path)
    assert (done.code, path.exists()) == (0, False)
    assert asked(file=path).code == 0
    assert not path.exists()

    done = asked("", "P\x1b[1m", "P-7", "2026-11-02", "no", "q", file=path)
    assert done.code == 0
    assert "patient is not a pseudonym in quotes" in done.err
    assert "holds a character that does not show" in done.err
    assert path.read_text("utf-8") == (
        'schema  = 1\npatient = "P-7"\n\n[dates]\nscreening = 2026-11-02\n\n'
        "[diagnosis]\nlupus_nephritis = false\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "a patient's data are for their owner"


def test_a_byte_order_mark_stays(asked: Asked, patient: Path) -> None:
    """It is written by editors of Windows; an answer is added behind it, and undone behind it."""
    marked = BOM_UTF8 + PROFILE.encode()
    patient.write_bytes(marked)

    assert asked("no", "u", "q").code == 0
    assert patient.read_bytes() == marked
    assert asked("no", "q").code == 0
    assert patient.read_bytes() == marked + b"\n[diagnosis]\nlupus_nephritis = false\n"


def test_a_slip_in_the_name_of_the_file_is_named(asked: Asked, patient: Path) -> None:
    """Before a second profile of the same patient is begun."""
    done = asked("q", file=patient.with_name("pateint.toml"))

    assert "pateint.toml yet. Did you mean 'patient.toml'? A new profile" in flat(done.out)


def test_permissions_and_links_stay(asked: Asked, patient: Path, tmp_path: Path) -> None:
    patient.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(patient.name)
    asked("no", file=link)

    assert link.is_symlink()
    assert "lupus_nephritis" in patient.read_text("utf-8")
    assert stat.S_IMODE(patient.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "pack", "patient.toml"]


def read_to(prompt: bytes, stream: int) -> bytes:
    """What the program has printed, once it has asked."""
    read = b""
    while not read.endswith(prompt):
        assert select.select([stream], [], [], PATIENCE)[0], read
        read += os.read(stream, 65536)
    return read


@pytest.mark.parametrize("change", ["edited", "gone"])
def test_a_file_that_somebody_else_changes(patient: Path, pack: Path, change: str) -> None:
    """It is left as it is; what was answered before stays."""
    with started("ask", patient, "--criteria", pack) as process:
        assert process.stdin and process.stdout and process.stderr
        read_to(b"> ", process.stdout.fileno())
        process.stdin.write(b"no\n")
        process.stdin.flush()
        read_to(b"\n> ", process.stdout.fileno())
        saved = patient.read_bytes()
        assert b"lupus_nephritis = false" in saved
        if change == "gone":
            patient.unlink()
        else:
            patient.write_bytes(saved + b"# by hand\n")
        process.stdin.write(b"3 10^9/L\n")
        process.stdin.flush()
        code, err = process.wait(PATIENCE), process.stderr.read().decode()

    assert code == 5
    assert "changed or taken away by somebody else meanwhile; the last answer was not saved" in err
    assert err.count("\n") == 1
    if change == "edited":
        assert patient.read_bytes() == saved + b"# by hand\n"
    assert not [path for path in patient.parent.iterdir() if path.name.startswith(".")]


def test_a_new_file_that_somebody_else_makes(tmp_path: Path, pack: Path) -> None:
    path = tmp_path / "new.toml"
    with started("ask", path, "--criteria", pack) as process:
        assert process.stdin and process.stdout and process.stderr
        read_to(b": ", process.stdout.fileno())
        path.write_text("theirs")
        process.stdin.write(b"P-7\n")
        process.stdin.flush()
        code, err = process.wait(PATIENCE), process.stderr.read().decode()

    assert code == 5
    assert "was made by somebody else" in err
    assert path.read_text() == "theirs"


WRITER = """
import sys
from cartscreen.cli.files import KeptFile
from cartscreen.errors import OutputError
for number in range(int(sys.argv[3])):
    kept = KeptFile(sys.argv[1])
    try:
        kept.save(kept.content + f"{sys.argv[2]}{number}\\n".encode())
        print(f"{sys.argv[2]}{number}")
    except OutputError:
        pass
"""


def test_two_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    """What one of them says is saved stands in the file; the other says that it is not."""
    path = tmp_path / "patient.toml"
    path.write_text("", "utf-8")
    commands = [[sys.executable, "-c", WRITER, str(path), who, "40"] for who in "ab"]
    writers = [subprocess.Popen(one, stdout=subprocess.PIPE, text=True) for one in commands]
    said = [line for writer in writers for line in writer.communicate()[0].splitlines()]

    assert sorted(path.read_text("utf-8").splitlines()) == sorted(said)
    assert [item.name for item in tmp_path.iterdir()] == ["patient.toml"]


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    """A file of ours that is a minute old and that no program writes any more; and no other."""
    names = ("abandoned", "is__young", "is_locked", "is_a_link", "of-others", "longername")
    paths = {name: tmp_path / f".cartscreen-{name[:8]}" for name in names}
    paths["longername"] = tmp_path / ".cartscreen-longername"
    for name, path in paths.items():
        path.symlink_to(tmp_path / "none") if name == "is_a_link" else path.write_text("a patient")
        if name not in ("is__young", "is_a_link"):
            os.utime(path, (0, time.time() - 61))
    with paths["is_locked"].open() as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        KeptFile(str(tmp_path / "patient.toml"))
        left = {name for name, path in paths.items() if os.path.lexists(path)}

    assert left == set(names) - {"abandoned"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_nothing_is_asked_that_could_not_be_saved(asked: Asked, patient: Path, what: str) -> None:
    place = patient if what == "file" else patient.parent
    mode = place.stat().st_mode
    place.chmod(0o555)
    done = asked("no")
    place.chmod(mode)

    assert (done.code, done.out) == (5, "")
    assert "it may only be read" in done.err


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        ("-", 2, "answers are saved in a file"),
        ("", 3, "there is no such file"),
        (".", 3, "this is"),
        ("no/such/new.toml", 5, "there is no such folder"),
    ],
)
def test_what_is_no_file_for_answers(
    tmp_path: Path, pack: Path, file: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("ask", file, "--criteria", pack, stdin=b"no\n")

    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_a_faulty_profile_is_not_asked_about(asked: Asked, patient: Path) -> None:
    patient.write_text(TEXT, "utf-8")
    done = asked("no")

    assert (done.code, done.out) == (3, "")
    assert "lab.hemoglobin: 98" in done.err
    assert patient.read_text("utf-8") == TEXT


def test_the_date_of_the_command_line(asked: Asked, patient: Path, pack: Path) -> None:
    """It is judged by, and not written; and no screening date is asked for."""
    patient.write_text(PROFILE.replace("screening = 2026-11-02\n", ""), "utf-8")
    done = run("ask", patient, "--criteria", pack, "--screening-date", "2026-11-02", stdin=b"no\n")

    assert "Judged on 2026-11-02 (given on the command line)" in done.out
    assert "screened?" not in done.out
    assert "screened?" in asked("q").out
    assert "2026-11-02" not in patient.read_text("utf-8")


def test_nothing_to_ask(patient: Path, pack: Path) -> None:
    patient.write_text(f'{PROFILE}neutrophils = "0.5 10^9/L"\n', "utf-8")
    done = run("ask", patient, "--criteria", pack)

    assert done.code == 0
    assert "There is nothing to ask." in done.out


@pytest.mark.parametrize(
    "typed", [b"\xff\xfe\n", b"a\0b\n", b"x" * 100_000 + b"\n", "\u202e\n".encode(), b"\x1b[A\n"]
)
def test_odd_bytes_are_refused(patient: Path, pack: Path, typed: bytes) -> None:
    """As one answer, shown as text, and the next is taken."""
    done = run("ask", patient, "--criteria", pack, stdin=typed + b"no\n")

    assert done.code == 0
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err
    assert "lupus_nephritis = false" in patient.read_text("utf-8")


# Signals and terminals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(patient: Path, pack: Path, number: int) -> None:
    """What was answered is saved."""
    with started("ask", patient, "--criteria", pack) as process:
        assert process.stdin and process.stdout and process.stderr
        read_to(b"> ", process.stdout.fileno())
        process.stdin.write(b"no\n")
        process.stdin.flush()
        read_to(b"\n> ", process.stdout.fileno())
        process.send_signal(number)
        code, err = process.wait(PATIENCE), process.stderr.read()

    assert code == 128 + number
    assert err == b""
    assert "lupus_nephritis = false" in patient.read_text("utf-8")
    assert not [path for path in patient.parent.iterdir() if path.name.startswith(".")]


def at_its_terminal() -> None:
    """A process begins as a shell at this terminal would start it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(("key", "code"), [(b"\x03", 130), (b"\x04", 0), (b"q\n", 0)])
def test_at_a_terminal(tmp_path: Path, patient: Path, pack: Path, key: bytes, code: int) -> None:
    """Typing is echoed once; Ctrl-C, Ctrl-D and q leave with all answers saved."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "ask", patient.name, "--criteria", pack.name],
        cwd=tmp_path,  # a long path would wrap in the terminal
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment_of(NO_COLOR="1"),
        start_new_session=True,
        preexec_fn=at_its_terminal,
    )
    try:
        os.close(slave)
        read = read_to(b"> ", master)
        os.write(master, b"nope\x7f\x7f\x7f\x7fno\n")  # a slip, rubbed out
        read += read_to(b"\n> ", master)
        os.write(master, key)
        while select.select([master], [], [], PATIENCE)[0]:
            try:
                read += os.read(master, 65536)
            except OSError:  # Linux says EIO when the other side is closed
                break
        assert process.wait(PATIENCE) == code
    finally:
        process.kill()
        process.wait()
        os.close(master)
    text = read.decode().replace("\r\n", "\n")

    assert "1 answer saved in" in text
    assert "Traceback" not in text
    assert "\nno\n" not in text, "echoed by the terminal alone"
    assert patient.read_text("utf-8") == f"{PROFILE}\n[diagnosis]\nlupus_nephritis = false\n"


# What is shown beside questions and answers


def test_warnings_are_shown_at_the_beginning_and_after_an_answer(
    asked: Asked, patient: Path
) -> None:
    """What is outside the plausible is taken, and doubted."""
    patient.write_text(f'{PROFILE}\n[person]\nweight = "250 kg"\n', "utf-8")
    done = asked("no", "150 10^9/L", "q")
    said = " ".join(done.out.split())

    assert (done.code, done.err) == (0, "")
    assert said.count("! person.weight: '250 kg' is outside what is plausible") == 1
    assert said.count("! lab.neutrophils: '150 10^9/L' is outside what is plausible") == 1


def test_what_a_person_must_settle_in_the_file_is_said_at_the_end(
    asked: Asked, patient: Path
) -> None:
    """Two results of one day, of which one is too low."""
    patient.write_text(
        f"{PROFILE}neutrophils = [\n"
        '  { value = "0.5 10^9/L", date = 2026-11-01 },\n'
        '  { value = "2.0 10^9/L", date = 2026-11-01 },\n'
        "]\n",
        "utf-8",
    )
    done = asked("no")

    assert (done.code, done.err) == (0, "")
    assert "! Only you can settle this, in the file itself: Neutrophils (lab.neutrophils)" in (
        " ".join(done.out.split())
    )


def test_a_question_says_how_many_there_are(asked: Asked) -> None:
    """Lupus nephritis first, and then the neutrophils."""
    said = " ".join(asked("no", "q").out.split())

    assert "diagnosis.lupus_nephritis; 1 trial; 1 of 2 " in said
    assert "lab.neutrophils; 1 trial; 2 of 2 " in said


def test_what_is_recorded_as_unknown_is_asked_for_again(tmp_path: Path) -> None:
    """With what stands there."""
    patient = profile(tmp_path, **FITS | {"diagnosis": {"lupus_nephritis": "unknown"}})
    done = run("ask", patient, "--criteria", tiny_pack(tmp_path), stdin=b"q\n")

    assert "diagnosis.lupus_nephritis; 1 trial; 1 of 1; recorded: unknown" in done.out
