"""What happens where somebody sits at a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from phonetui.cli.simulate import SimulatorThread
from tests.cli.conftest import PASSWORD
from tests.deadlines import EVENTUALLY_S


class Terminal:
    """A process on a pseudo-terminal of its own."""

    def __init__(self, *words: str) -> None:
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "phonetui", *words])
        self.seen = ""

    def until(self, words: str) -> None:
        deadline = time.monotonic() + EVENTUALLY_S
        while words not in self.seen:
            ready, _, _ = select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"never came: {words!r} in {self.seen!r}"
            self.seen += self._read()

    def type(self, words: str) -> None:
        os.write(self._end, words.encode())

    def end(self) -> int:
        """Reads to the end; the exit code."""
        while read := self._read():
            self.seen += read
        os.close(self._end)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> str:
        try:
            return os.read(self._end, 65536).decode()
        except OSError:  # Linux says so when the other end is closed
            return ""


def test_the_password_is_asked_and_not_shown(office: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHONETUI_PASSWORD")
    phone = office.phones()[0]
    terminal = Terminal("status", phone.url, "SystemUnit", "ProductId")
    terminal.until("Password of xapi on 127.0.0.1:")
    terminal.type(f"{PASSWORD}\n")
    assert terminal.end() == 0
    assert f'*s SystemUnit ProductId: "DP-{phone.model}"' in terminal.seen
    assert PASSWORD not in terminal.seen


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("", 4)])
def test_trust_asks(answer: str, code: int, office: SimulatorThread) -> None:
    terminal = Terminal("trust", office.phones()[0].url)
    terminal.until("Accept it? [y/N]")
    terminal.type(f"{answer}\n")
    assert terminal.end() == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_watch_is_stopped(number: signal.Signals, code: int, office: SimulatorThread, home: Path) -> None:
    words = [sys.executable, "-m", "phonetui", "watch", office.phones()[0].url, "--log-file", str(home / "log")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ.copy()) as watch:
        assert watch.stdout is not None
        watch.stdout.readline()
        watch.send_signal(number)
        _, complaints = watch.communicate(timeout=EVENTUALLY_S)
    assert watch.returncode == code
    assert b"Traceback" not in complaints
    assert complaints.count(b"\n") == 1  # trust on first use
