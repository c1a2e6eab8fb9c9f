"""The program in real terminals: what it starts in, what it writes, and how it leaves."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deadlines import EVENTUALLY_S
from tests.terminal import Terminal

pytestmark = pytest.mark.slow  # real time, real pseudo-terminals

HERE = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.ui.made_up"]
TERMS = ("xterm-256color", "screen-256color", "tmux-256color", "linux")
_SET = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_NORMALLY_ON = {7, 25}
"""Modes of the terminal that are set before any program runs: lines wrap, the cursor is seen."""
_OF_NO_CONSEQUENCE = {2026, 2048}
"""Ends of paints, and reports of sizes that only a terminal that knows them gives."""


@contextmanager
def started(way: str = "steady", **environment: str) -> Iterator[Terminal]:
    terminal = Terminal([*PROGRAM, way], environment={"PYTHONPATH": str(HERE), **environment})
    try:
        yield terminal
    finally:
        if terminal.status is None and terminal.is_open:
            terminal.close("q")


def left_set(output: bytes) -> set[int]:
    """Private modes (ECMA-48 8.3.106 and xterm's) that differ from how the program found them."""
    modes = {int(mode): how == b"h" for found, how in _SET.findall(output) for mode in found.split(b";")}
    return {mode for mode, is_set in modes.items() if is_set != (mode in _NORMALLY_ON)} - _OF_NO_CONSEQUENCE


def state_of(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_steady_screen_writes_nothing_and_a_key_little() -> None:
    with started() as terminal:
        terminal.until("quit", 20.0)
        terminal.settle(1.0)
        before = len(terminal.output)
        terminal.pump(2.0)
        steady = len(terminal.output) - before

        def moved() -> int:
            """Bytes of the next phone's selection."""
            written = len(terminal.output)
            terminal.press("j")
            return len(terminal.output) - written

        with_call = moved()
        assert "─ 2 Calls · reception" in terminal.text
        terminal.press("j", "j", "j")
        assert "─ 2 Calls · desk-31" in terminal.text
        alike = moved()
        print(f"\nsteady screen: {steady} bytes in 2 s; another phone: {alike} bytes, panes that move: {with_call}")
        assert steady == 0
        assert 0 < alike < 12_000
        assert with_call < 32_000, "panes make room for a call: painted twice at most"
        before = len(terminal.output)
        terminal.send("\x1b[O\x1b[I")  # a look at another window, and back
        terminal.settle(0.5)
        assert len(terminal.output) == before


@pytest.mark.parametrize("encoding", ["C", "C.UTF-8"])
@pytest.mark.parametrize("term", TERMS)
def test_it_starts_suspends_comes_back_whole_and_leaves_everything_as_it_was(term: str, encoding: str) -> None:
    with started(TERM=term, LC_ALL=encoding, COLORTERM="") as terminal:
        manners = terminal.manners
        terminal.until("quit", 20.0)
        terminal.settle(0.3)
        shown = terminal.text
        assert shown.isascii() is (encoding == "C")
        terminal.send("\x1a")
        terminal.wait_for(lambda: state_of(terminal.process) == "T", "the program is stopped")
        terminal.settle()
        assert left_set(bytes(terminal.output)) == set()
        assert terminal.manners == manners
        before = len(terminal.output)
        os.kill(terminal.process, signal.SIGCONT)
        terminal.wait_for(lambda: b"quit" in terminal.output[before:], "the screen is painted again")
        terminal.settle(0.3)
        assert terminal.text == shown
        assert terminal.close("q") == 0
        assert left_set(bytes(terminal.output)) == set()


@pytest.mark.parametrize(
    ("way", "keys", "number", "code", "last"),
    [
        ("steady", "q", 0, 0, b""),
        ("steady", "", signal.SIGTERM, 128 + signal.SIGTERM, b""),
        ("steady", "", signal.SIGHUP, 128 + signal.SIGHUP, b""),
        ("steady", "", signal.SIGINT, 128 + signal.SIGINT, b""),
        ("crash", "", 0, 1, b"phonetui: watching the phones stopped: RuntimeError: made up"),
        ("fault", "j" * 20, 0, 1, b"phonetui: a mistake in phonetui itself: ZeroDivisionError"),
    ],
)
def test_every_end_gives_the_terminal_back(way: str, keys: str, number: int, code: int, last: bytes) -> None:
    for _ in range(3):  # ended by a signal it waits a second for its terminal, which is read late where others are busy
        with started(way) as terminal:
            terminal.pump(EVENTUALLY_S, lambda: "quit" in terminal.text)  # what ends at once may never show it
            if number:
                os.kill(terminal.process, number)
            assert terminal.close(keys) == code
            output = bytes(terminal.output)
        assert b"Traceback" not in output
        assert b"planted-secret" not in output
        if not left_set(output):
            break
    assert left_set(output) == set()
    assert last in output.rpartition(b"\x1b[?1049l")[2]


def test_a_terminal_that_went_away_is_no_traceback() -> None:
    with started() as terminal:
        terminal.until("quit", 20.0)
        os.kill(terminal.process, signal.SIGHUP)
        assert terminal.close() != 0
        assert b"Traceback" not in terminal.output


def test_a_program_that_may_not_be_hung_up_ends_with_its_terminal() -> None:
    began = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PROGRAM, "steady"]
    terminal = Terminal(began, environment={"PYTHONPATH": str(HERE)})
    terminal.until("quit", 20.0)
    assert terminal.hang_up() is not None, "it goes on without a terminal"


def test_no_control_of_the_terminal_passes_the_last_wall() -> None:
    with started("hostile") as terminal:
        terminal.until("quit", 20.0)
        terminal.settle(0.5)
        terminal.close("q")
        assert b"\x1b]52" not in terminal.output
        assert b"\xc2\x9b" not in terminal.output
        assert "\u202e".encode() not in terminal.output


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_draw_is_told_the_way_out(term: str) -> None:
    with started(TERM=term) as terminal:
        assert terminal.close() == 2
        assert b"phonetui status" in terminal.output
        assert b"\x1b[?1049h" not in terminal.output


def test_what_is_no_terminal_is_told_the_way_out() -> None:
    said = subprocess.run(
        [*PROGRAM, "steady"], cwd=HERE, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=EVENTUALLY_S
    )  # fmt: skip
    assert said.returncode == 2
    assert "phonetui status" in said.stderr
    assert said.stdout == ""


def test_the_toolkit_is_imported_only_for_a_terminal() -> None:
    code = "import sys, phonetui.ui.run; print('textual' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True, timeout=EVENTUALLY_S
    )
    assert said.stdout == "False\n"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("encoding", ["C", "C.UTF-8"])
@pytest.mark.parametrize("term", ["tmux-256color", "screen-256color"])
def test_in_a_shell_of_tmux_it_suspends_and_fg_brings_it_back(term: str, encoding: str, tmp_path: Path) -> None:
    with tmux(tmp_path, term, encoding) as multiplexer:
        multiplexer.type(f"{shlex.join([*PROGRAM, 'steady'])}\n")
        multiplexer.until("freeze")
        shown = multiplexer.text
        multiplexer.type("\x1a")
        multiplexer.until("Stopped")
        multiplexer.type("fg\n")
        multiplexer.until("freeze")
        assert multiplexer.text == shown
        multiplexer.type("q")
        multiplexer.until("fg")
        multiplexer.type("echo left-$?\n")
        multiplexer.until("left-0")


class Multiplexer:
    """A tmux server of the test's own, with one shell in it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._environment = {**os.environ, "TMUX_TMPDIR": str(folder), **environment}

    def say(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", "phonetui", "-f", os.devnull, *words], cwd=HERE, env=self._environment, capture_output=True,
            text=True, check=True, encoding="utf-8", timeout=EVENTUALLY_S,
        ).stdout  # fmt: skip

    def type(self, words: str) -> None:
        self.say("send-keys", "-H", *(f"{byte:02x}" for byte in words.encode()))

    @property
    def text(self) -> str:
        return self.say("capture-pane", "-p")

    def until(self, words: str) -> None:
        end = time.monotonic() + EVENTUALLY_S
        while words not in self.text:
            assert time.monotonic() < end, f"'{words}' did not show:\n{self.text}"
            time.sleep(0.05)


@contextmanager
def tmux(folder: Path, term: str, encoding: str) -> Iterator[Multiplexer]:
    multiplexer = Multiplexer(folder, {"LC_ALL": encoding, "PS1": "$ ", "TERM": "xterm-256color"})
    shell = "bash --norc --noprofile"
    multiplexer.say(
        "-u", "new-session", "-d", "-x", "120", "-y", "36", shell, ";", "set", "-g", "default-terminal", term
    )
    try:
        multiplexer.type(f"export TERM={term}\n")  # the first shell came before the setting
        multiplexer.until("export")
        yield multiplexer
    finally:
        multiplexer.say("kill-server")
