"""Standard streams that are closed, full, or that nobody reads."""

import subprocess
from itertools import combinations
from pathlib import Path

import pytest

from tests.faults.programs import PHONETUI, environment
from tests.faults.table import fault

NOWHERE = "https://xapi@127.0.0.1:9"
"""Nobody listens there."""
COMMANDS = {
    ("--version",): 0,
    ("--help",): 0,
    ("config", "path"): 0,
    ("fax",): 2,
    ("status", NOWHERE, "Standby"): 3,
    ("status", NOWHERE, "Standby", "--json"): 3,
    ("watch", NOWHERE, "--for", "0.2"): 0,
    ("--phone", NOWHERE): 2,
}
"""Words → the exit code where no stream is a terminal."""
CLOSED = [closed for count in (1, 2, 3) for closed in combinations((0, 1, 2), count)]


def run(folder: Path, words: tuple[str, ...], redirections: str) -> subprocess.CompletedProcess[str]:
    shell = ["sh", "-c", f'exec "$@" {redirections}', "sh", *PHONETUI, *words]
    return subprocess.run(
        shell, env=environment(folder), capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("closed", CLOSED, ids=lambda closed: "".join(map(str, closed)))
@fault("standard streams are closed", holds="every command ends with the exit code it has anyhow", seconds=180)
def test_closed_streams(closed: tuple[int, ...], tmp_path: Path) -> None:
    redirections = " ".join(f"{descriptor}{'<' if descriptor == 0 else '>'}&-" for descriptor in closed)
    codes = {}
    for words in COMMANDS:
        ended = run(tmp_path, words, redirections)
        codes[words] = ended.returncode
        assert "Traceback" not in ended.stderr, words
        assert "Exception ignored" not in ended.stderr, words
    assert codes == COMMANDS


@pytest.mark.parametrize("words", [*COMMANDS], ids=" ".join)
@fault("standard output is full", holds="one line on standard error says so, or what failed before", seconds=60)
def test_full_output(words: tuple[str, ...], tmp_path: Path) -> None:
    ended = run(tmp_path, words, ">/dev/full")
    lines = ended.stderr.splitlines()
    assert "Traceback" not in ended.stderr
    if words[0] == "watch" and "--for" in words:
        assert ended.returncode in (0, 2)  # whether there was a line to write is a matter of time
    elif COMMANDS[words] == 0 or "--json" in words:
        assert ended.returncode == 2
        assert lines[-1] == "phonetui: standard output cannot be written: No space left on device."
    else:
        assert ended.returncode == COMMANDS[words]
        assert lines[0].startswith("phonetui: ")


@pytest.mark.parametrize("words", [*COMMANDS], ids=" ".join)
@fault("standard error is full", holds="the exit code is what it is anyhow", seconds=60)
def test_full_errors(words: tuple[str, ...], tmp_path: Path) -> None:
    assert run(tmp_path, words, "2>/dev/full").returncode == COMMANDS[words]


@fault("standard output was closed and files are opened", holds="nothing is printed into them", seconds=60)
def test_no_file_takes_the_place_of_a_stream(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ended = run(tmp_path, ("--log-file", str(log), "config", "path"), "0<&- 1>&- 2>&-")
    assert ended.returncode == 0
    assert log.read_text() == ""
