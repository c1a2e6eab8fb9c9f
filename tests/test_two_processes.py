"""The dashboard in a terminal, the phones in another process: what an operator sees, and how soon.

Times are printed; tests allow a multiple of the target, because the machines that run them are shared.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path as File

import pytest

from tests.deadlines import SLOWER
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.live]
ALLOWED = float(SLOWER)
"""Times the target."""
PHONETUI = [sys.executable, "-m", "phonetui"]


class Simulator:
    """`phonetui simulate` as a process of its own, which can be killed and started again on the same ports."""

    def __init__(self, folder: File, *, phones: int = 5, scenario: str = "quiet") -> None:
        self._arguments = ["simulate", "--phones", str(phones), "--seed", "7", "--scenario", scenario]
        self.log = folder / "office.log"
        self.phones: list[dict[str, str]] = []
        self._start()

    def _start(self) -> None:
        port = ["--port", self.phones[0]["url"].rpartition(":")[2]] if self.phones else []
        self._process = subprocess.Popen(
            [*PHONETUI, *self._arguments, *port, "--log", str(self.log)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.phones = []
        for line in self._process.stdout:
            said = json.loads(line)
            if said["type"] == "ready":
                break
            self.phones.append(said)
        assert self.phones, "the simulator did not start"

    @property
    def urls(self) -> list[str]:
        return [phone["url"].replace("https://", "https://xapi@") for phone in self.phones]

    @property
    def process(self) -> int:
        """Its id."""
        return self._process.pid

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def restart(self) -> None:
        self._start()

    def changes(self, path: str) -> list[str]:
        """Every value that a leaf of any phone had, in order."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [
            line["value"] for line in lines if line["type"] == "status" and line["path"] == path and "value" in line
        ]


@pytest.fixture
def simulator(tmp_path: File) -> Iterator[Simulator]:
    # The first port is chosen by the system; a restart asks for the same, with the others behind it.
    simulator = Simulator(tmp_path, phones=1)
    yield simulator
    simulator.kill()


def environment(folder: File) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "PHONETUI_PASSWORD": "phonetui"}


@contextlib.contextmanager
def dashboard(folder: File, *arguments: str, columns: int = 120, rows: int = 36) -> Iterator[Terminal]:
    terminal = Terminal([*PHONETUI, *arguments], columns=columns, rows=rows, environment=environment(folder))
    try:
        yield terminal
    finally:
        terminal.close("q")


def run(folder: File, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PHONETUI, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment(folder)}
    )


def test_a_phone_and_its_calls(simulator: Simulator, tmp_path: File) -> None:
    (url,) = simulator.urls
    with dashboard(tmp_path, "--phone", url) as screen:
        began = time.monotonic()
        for words in (simulator.phones[0]["model"], "127.0.0.1", "3.6.1"):
            screen.until(words)
        known_s = time.monotonic() - began
        print(f"\nmodel, address and version on screen: {known_s:.2f} s (target 2)")
        assert known_s < 2.0 * ALLOWED
        screen.wait_for(lambda: simulator.changes("HttpFeedback 4 URL"), "pushes are asked for")

        assert run(tmp_path, "dial", url, "5999").returncode == 0
        pushed_s = screen.until("5999")
        print(f"a call shows by push: {pushed_s:.2f} s after 'phonetui dial' came back (target 1)")
        assert pushed_s < 1.0 * ALLOWED


def test_a_call_without_pushes_shows_within_the_poll_interval(simulator: Simulator, tmp_path: File) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[defaults]\npoll = {{ idle = 2.0 }}\n[feedback]\nlisten = "off"\n[[phone]]\nname = "desk"\nurl = "{simulator.phones[0]["url"]}"\n'
    )
    with dashboard(tmp_path, "--config", str(config)) as screen:
        screen.until("3.6.1")
        assert run(tmp_path, "dial", "desk", "5999", "--config", str(config)).returncode == 0
        polled_s = screen.until("5999")
        print(f"\na call shows by polling: {polled_s:.2f} s (poll interval 2)")
        assert polled_s < 2.0 * ALLOWED


def test_dialling_and_keys_from_the_screen(simulator: Simulator, tmp_path: File) -> None:
    (url,) = simulator.urls
    with dashboard(tmp_path, "--phone", url) as screen:
        screen.until("3.6.1")
        screen.send("d")
        screen.until("Dial a number on")
        screen.read()
        screen.send("y")
        screen.until("Dial on")
        screen.settle()
        screen.send("5999\r")
        screen.wait_for(lambda: "5999" in simulator.changes("Line 1 Call 0 PeerPhone"), "the phone dials")
        screen.until("1 call ")
        screen.until("0 calls", 15.0)  # nobody has that number: reorder tone, then idle

        screen.send("i")
        screen.until("CONTROL: keys go to")
        screen.read()
        for key in ("5", "0", "7", "3", "\r"):
            screen.send(key)
        screen.wait_for(lambda: "5073" in simulator.changes("Line 1 Call 0 PeerPhone"), "the phone dials")
        screen.press("\x1b")


def test_killed_and_back_without_a_key_pressed(simulator: Simulator, tmp_path: File) -> None:
    (url,) = simulator.urls
    with dashboard(tmp_path, "--phone", url) as screen:
        screen.until("3.6.1")
        screen.settle()
        simulator.kill()
        screen.until("unreachable", 15.0)
        simulator.restart()
        back_s = screen.wait_for(
            lambda: "unreachable" not in screen.text.split("Events")[0], "it is back", 5.0 * ALLOWED
        )
        print(f"\nlive again {back_s:.2f} s after the phone came back (target 5)")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
def test_read_only_sends_nothing_from_any_key(simulator: Simulator, tmp_path: File, size: tuple[int, int]) -> None:
    (url,) = simulator.urls
    with dashboard(tmp_path, "--phone", url, "--read-only", columns=size[0], rows=size[1]) as screen:
        screen.until("3.6.1" if size[0] > 100 else "9841")
        before = simulator.log.read_text().count("CallState")
        for keys in ("d", "5999\r", "y", "\x1b", "i", "y", "123\r", "\x1b", "A", "y", "H", "y", "\x1b"):
            screen.press(keys)
        screen.settle(0.5)
        assert simulator.log.read_text().count("CallState") == before
        assert "Traceback" not in screen.text
    assert run(tmp_path, "dial", url, "5999", "--read-only").returncode == 4


def test_a_wrong_password_is_refused_in_words(simulator: Simulator, tmp_path: File) -> None:
    terminal = Terminal(
        [*PHONETUI, "--phone", simulator.urls[0]],
        environment={**environment(tmp_path), "PHONETUI_PASSWORD": "planted-secret"},
    )
    try:
        terminal.until("refused")
        terminal.settle(0.5)
        assert b"planted-secret" not in terminal.output
    finally:
        assert terminal.close("q") == 0
