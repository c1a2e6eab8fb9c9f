"""Signals: those that end the program, those that mean nothing to it, and being stopped and continued."""

import os
import signal
import subprocess
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from phonetui.simulator.phone import SimulatedPhone
from tests.faults.programs import (
    ALLOWED,
    END_S,
    PHONETUI,
    SLOW_S,
    configured,
    dashboard,
    environment,
    office,
    registered,
    slots,
    started,
    urls,
    wait,
)
from tests.faults.table import fault
from tests.faults.test_terminal import STEADY
from tests.terminal import Terminal
from tests.ui.test_terminal import left_set, state_of

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGXCPU)
MEANINGLESS = (signal.SIGUSR1, signal.SIGUSR2)


@pytest.fixture
def phones() -> Iterator[list[SimulatedPhone]]:
    with office() as served:
        yield served


def stopped(terminal: Terminal) -> None:
    """Stops the program as nobody is told of, and waits until it stands."""
    terminal.settle(0.3)
    os.kill(terminal.process, signal.SIGSTOP)
    wait(lambda: state_of(terminal.process) == "T", SLOW_S)


def continued(terminal: Terminal) -> None:
    """Continues it, and waits for all of the screen to be painted again."""
    before = len(terminal.output)
    os.kill(terminal.process, signal.SIGCONT)
    terminal.pump(SLOW_S, lambda: b"quit" in terminal.output[before:])
    assert b"quit" in terminal.output[before:], "nothing was painted after SIGCONT"


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDING)
@fault("a signal ends the dashboard", holds="the terminal is as it was, the feedback slot is empty", seconds=60)
def test_signals_that_end_the_dashboard(number: signal.Signals, tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        slave = os.open(terminal.slave, os.O_RDWR | os.O_NOCTTY)
        os.kill(terminal.process, number)
        assert terminal.close(seconds=END_S * ALLOWED) == 128 + number
        assert left_set(bytes(terminal.output)) == set()
        assert b"Traceback" not in terminal.output
        os.close(slave)
    assert slots(phones[0]) == []


@pytest.mark.parametrize("number", ENDING)
@fault("a signal ends `watch`", holds="its feedback slot is given back, no traceback", seconds=60)
def test_signals_that_end_watch(number: signal.Signals, tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    words = ("--config", str(configured(tmp_path, phones)), "watch")
    with started(tmp_path, *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as watch:
        registered(phones[0])
        watch.send_signal(number)
        _, complaints = watch.communicate(timeout=END_S * ALLOWED)
    expected = {signal.SIGTERM: 0, signal.SIGINT: 130}
    assert watch.returncode == expected.get(number, 128 + number)
    assert complaints == b""
    assert slots(phones[0]) == []


@pytest.mark.parametrize("number", MEANINGLESS)
@fault("a signal comes that means nothing to `watch`", holds="it goes on", seconds=60)
def test_signals_that_mean_nothing_to_watch(
    number: signal.Signals, tmp_path: Path, phones: list[SimulatedPhone]
) -> None:
    words = ("--config", str(configured(tmp_path, phones)), "watch", "--for", "60")
    with started(tmp_path, *words, stdout=subprocess.DEVNULL) as watch:
        registered(phones[0])
        watch.send_signal(number)
        before = len(phones[0].requests)
        wait(lambda: len(phones[0].requests) > before + 2)
        assert watch.poll() is None
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(END_S * ALLOWED) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", MEANINGLESS)
@fault("a signal comes that means nothing to the dashboard", holds="keys work, and q ends it", seconds=60)
def test_signals_that_mean_nothing_to_the_dashboard(number: signal.Signals, tmp_path: Path) -> None:
    terminal = Terminal(STEADY, environment=environment(tmp_path))
    terminal.until("quit", SLOW_S)
    os.kill(terminal.process, number)
    terminal.send("?")
    terminal.until("Keys on the main screen", SLOW_S)
    terminal.send("\x1b")
    terminal.pump(SLOW_S, lambda: "Keys on the main screen" not in terminal.text)
    assert terminal.close("q", SLOW_S) == 0
    assert left_set(bytes(terminal.output)) == set()


@fault("`watch` runs under nohup and the terminal hangs up", holds="it goes on", seconds=60)
def test_nohup(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    words = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PHONETUI]
    words += ["--config", str(configured(tmp_path, phones)), "watch"]
    with subprocess.Popen(words, env=environment(tmp_path), stdout=subprocess.DEVNULL) as watch:
        registered(phones[0])
        watch.send_signal(signal.SIGHUP)
        before = len(phones[0].requests)
        wait(lambda: len(phones[0].requests) > before + 2)
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(END_S * ALLOWED) == 0


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 3])
@fault("the dashboard is stopped (SIGSTOP) and continued", holds="it paints, keys work, q ends it", seconds=90)
def test_stopped_and_continued(times: int, tmp_path: Path) -> None:
    terminal = Terminal(STEADY, environment=environment(tmp_path))
    before = terminal.manners
    terminal.until("quit", SLOW_S)
    for _ in range(times):
        stopped(terminal)
        continued(terminal)
    terminal.send("?")
    terminal.until("Keys on the main screen", SLOW_S)
    terminal.send("\x1b")
    terminal.pump(SLOW_S, lambda: "Keys on the main screen" not in terminal.text)
    assert terminal.close("q", SLOW_S) == 0
    assert left_set(bytes(terminal.output)) == set()
    assert before


@pytest.mark.slow
@fault("the dashboard was stopped and continued, then SIGTERM comes", holds="it ends, its slot is empty", seconds=90)
def test_ended_after_it_was_stopped(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        stopped(terminal)
        continued(terminal)
        os.kill(terminal.process, signal.SIGTERM)
        assert terminal.close(seconds=END_S * ALLOWED) == 128 + signal.SIGTERM
        assert left_set(bytes(terminal.output)) == set()
    assert slots(phones[0]) == []


@pytest.mark.slow
@fault("a shell changed the terminal while the dashboard stood", holds="keys work after it goes on", seconds=90)
def test_a_shell_had_the_terminal_meanwhile(tmp_path: Path) -> None:
    terminal = Terminal(STEADY, environment=environment(tmp_path))
    cooked = terminal.manners
    terminal.until("quit", SLOW_S)
    stopped(terminal)
    slave = os.open(terminal.slave, os.O_RDWR | os.O_NOCTTY)
    termios.tcsetattr(slave, termios.TCSANOW, cooked)  # type: ignore[arg-type]  # as it was read
    continued(terminal)
    assert not _is_cooked(slave), "what is typed waits for the end of a line"
    os.kill(terminal.process, signal.SIGTERM)
    terminal.pump(END_S * ALLOWED, lambda: _is_cooked(slave))
    assert _is_cooked(slave)
    os.close(slave)
    assert terminal.close(seconds=END_S * ALLOWED) == 128 + signal.SIGTERM


def _is_cooked(slave: int) -> bool:
    return bool(termios.tcgetattr(slave)[tty.LFLAG] & termios.ICANON)


@pytest.mark.slow
@fault("the dashboard is continued without having been stopped", holds="keys work, q ends it", seconds=60)
def test_continued_without_a_stop(tmp_path: Path) -> None:
    terminal = Terminal(STEADY, environment=environment(tmp_path))
    terminal.until("quit", SLOW_S)
    for _ in range(3):
        os.kill(terminal.process, signal.SIGCONT)
        time.sleep(0.05)
    terminal.settle(0.3)
    terminal.send("?")
    terminal.until("Keys on the main screen", SLOW_S)
    terminal.send("\x1b")
    terminal.pump(SLOW_S, lambda: "Keys on the main screen" not in terminal.text)
    assert terminal.close("q", SLOW_S) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
@fault("a signal comes while a password is asked", holds="what is typed is seen again", seconds=60)
def test_a_signal_at_the_password(number: signal.Signals, tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    known = environment(tmp_path)
    del known["PHONETUI_PASSWORD"]
    terminal = Terminal(
        ["env", "-u", "PHONETUI_PASSWORD", *PHONETUI, "status", *urls(phones), "Standby"], environment=known
    )
    terminal.until("Password", SLOW_S)
    slave = os.open(terminal.slave, os.O_RDWR | os.O_NOCTTY)
    assert not termios.tcgetattr(slave)[tty.LFLAG] & termios.ECHO
    os.kill(terminal.process, number)
    assert terminal.ended(SLOW_S) == 128 + number
    assert termios.tcgetattr(slave)[tty.LFLAG] & termios.ECHO, "the terminal doesn't show what is typed"
    terminal.close()
    os.close(slave)
    assert b"Traceback" not in terminal.output


@fault("SIGTERM comes while `status` waits for a phone", holds="it ends at once, no traceback", seconds=60)
def test_a_signal_while_a_phone_hangs(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    phones[0].fault = "hang"
    words = ("--config", str(configured(tmp_path, phones)), "status", phones[0].name, "Standby")
    with started(tmp_path, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as status:
        wait(lambda: phones[0].requests)
        status.send_signal(signal.SIGTERM)
        out, complaints = status.communicate(timeout=END_S * ALLOWED)
    assert (status.returncode, out, complaints) == (128 + signal.SIGTERM, b"", b"")
