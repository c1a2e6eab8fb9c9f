"""The program in a real pseudo-terminal: what it writes, and how it leaves."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # real time, a real pseudo-terminal

HERE = Path(__file__).parents[2]


class Terminal:
    def __init__(self, master: int, process: "subprocess.Popen[bytes]") -> None:
        self.master = master
        self.process = process
        self.written = b""

    def read(self, seconds: float) -> bytes:
        """What the program writes within `seconds`."""
        end, got = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0 and select.select([self.master], [], [], left)[0]:
            try:
                got += os.read(self.master, 65536)
            except OSError:
                break
        self.written += got
        return got

    def wait_for(self, words: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while words.encode() not in self.written and time.monotonic() < end:
            self.read(0.1)
        assert words.encode() in self.written, self.written[-2000:]

    def leave(self) -> int:
        end = time.monotonic() + 20.0
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        self.read(0.1)
        return self.process.wait(1)


@contextmanager
def started(way: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.made_up", way], cwd=HERE, stdin=slave, stdout=slave, stderr=slave, env=environment,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(5)
        os.close(master)


def restored(terminal: Terminal) -> bool:
    """Whether the main screen and the cursor are back."""
    return b"\x1b[?1049l" in terminal.written and b"\x1b[?25h" in terminal.written


def test_a_steady_screen_writes_nothing_and_a_key_little() -> None:
    with started("steady") as terminal:
        terminal.wait_for("quit")
        terminal.read(1.0)
        steady = terminal.read(2.0)
        os.write(terminal.master, b"j")
        moved = terminal.read(0.5)
        print(f"\nsteady screen: {len(steady)} bytes in 2 s; another phone selected: {len(moved)} bytes")
        assert steady == b""
        assert 0 < len(moved) < 12_000
        os.write(terminal.master, b"q")
        assert terminal.leave() == 0
        assert restored(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_leave_the_terminal_as_it_was(number: signal.Signals) -> None:
    with started("steady") as terminal:
        terminal.wait_for("quit")
        terminal.process.send_signal(number)
        assert terminal.leave() == 128 + number
        assert restored(terminal)
        assert b"Traceback" not in terminal.written


def test_a_terminal_that_went_away_is_no_traceback() -> None:
    with started("steady") as terminal:
        terminal.wait_for("quit")
        os.close(terminal.master)
        terminal.process.send_signal(signal.SIGHUP)
        try:
            assert terminal.process.wait(20) != 0
        finally:
            terminal.master = os.open(os.devnull, os.O_RDONLY)


def test_a_crash_of_the_fleet_is_one_line_after_the_screen() -> None:
    with started("crash") as terminal:
        assert terminal.leave() == 1
        assert restored(terminal)
        last = terminal.written.rpartition(b"\x1b[?1049l")[2]
        assert b"phonetui: watching the phones stopped: RuntimeError: made up" in last
        assert b"Traceback" not in terminal.written


def test_no_control_of_the_terminal_passes_the_last_wall() -> None:
    with started("hostile") as terminal:
        terminal.wait_for("quit")
        terminal.read(0.5)
        os.write(terminal.master, b"q")
        terminal.leave()
        assert b"\x1b]52" not in terminal.written
        assert b"\xc2\x9b" not in terminal.written
        assert "\u202e".encode() not in terminal.written


def test_suspend_and_back_shows_the_whole_screen_again() -> None:
    with started("steady") as terminal:
        terminal.wait_for("quit")
        terminal.read(0.5)
        os.write(terminal.master, b"\x1a")
        terminal.read(0.5)
        assert Path(f"/proc/{terminal.process.pid}/stat").read_text().split()[2] == "T" or sys.platform != "linux"
        terminal.written = b""
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("quit")
        assert b"Front" in terminal.written
        os.write(terminal.master, b"q")
        assert terminal.leave() == 0


@pytest.mark.parametrize("term", ["dumb", ""])
def test_where_no_screen_can_be_drawn_the_way_out_is_named(term: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.ui.made_up", "steady"], cwd=HERE, capture_output=True, text=True, check=False,
        env={**os.environ, "TERM": term}, stdin=subprocess.DEVNULL, timeout=30,
    )  # fmt: skip
    assert said.returncode == 2
    assert "phonetui status" in said.stderr
    assert said.stdout == ""


def test_the_toolkit_is_imported_only_for_a_terminal() -> None:
    code = "import sys, phonetui.ui.run; print('textual' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True, timeout=30
    )
    assert said.stdout == "False\n"
