"""Terminals and pipes that take nothing, come back, go away, or say nothing of themselves."""

import os
import signal
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
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
    lines_of,
    office,
    registered,
    slots,
    started,
    wait,
)
from tests.faults.table import fault
from tests.terminal import Terminal
from tests.ui.test_terminal import left_set

THEMES = 40
"""Times that everything is painted in other colours: some 2 MB, far more than any terminal keeps for its reader."""
STEADY = [sys.executable, "-m", "tests.ui.made_up", "steady"]
"""The dashboard over made-up phones that stand still."""
PUSH = b"<Status><Standby><Level>Off</Level></Standby></Status>"


def choke(terminal: Terminal, keys: str = "t" * THEMES) -> None:
    """Has more painted than fits, and reads none of it."""
    for key in keys:
        terminal.send(key)
        time.sleep(0.02)


def goes_on(phone: SimulatedPhone) -> None:
    """Fails unless the phone is read and its pushes are answered."""
    before = len(phone.requests)
    wait(lambda: len(phone.requests) >= before + 4, 5.0 * ALLOWED, "the phone is not read any more")
    with urllib.request.urlopen(slots(phone)[0], PUSH, timeout=END_S * ALLOWED) as answer:
        assert answer.status == 200


@pytest.fixture
def phones() -> Iterator[list[SimulatedPhone]]:
    with office() as served:
        yield served


@pytest.mark.slow
@fault("nobody reads the dashboard's terminal", holds="phones are read, pushes answered, SIGTERM ends it", seconds=90)
def test_a_terminal_that_nobody_reads(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        choke(terminal)
        goes_on(phones[0])
        os.kill(terminal.process, signal.SIGTERM)
        assert terminal.ended(END_S * ALLOWED) == 128 + signal.SIGTERM
        assert slots(phones[0]) == [], "it kept its feedback slot"


@pytest.mark.slow
@fault("nobody reads for long while keys come", holds="memory stays bounded, and q ends it", seconds=90)
def test_memory_while_nobody_reads(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        choke(terminal)
        before = psutil.Process(terminal.process).memory_info().rss
        choke(terminal)
        goes_on(phones[0])
        grown = psutil.Process(terminal.process).memory_info().rss - before
        print(f"grown by {grown / 2**20:.1f} MB")
        assert grown < (8 + 10) * 2**20, "what is kept to go back to takes ten of them at most"
        terminal.send("q")
        assert terminal.ended(END_S * ALLOWED) == 0


@pytest.mark.slow
@fault("a terminal that nobody read is read again", holds="the whole screen comes, as it is now", seconds=90)
def test_a_terminal_that_comes_back(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        terminal.settle(0.5)
        choke(terminal)
        goes_on(phones[0])
        terminal.send("?")  # another screen, of which nothing was painted that arrived
        time.sleep(0.3)
        terminal.pump(SLOW_S, lambda: "Keys on the main screen" in terminal.text)
        assert "Keys on the main screen" in terminal.text
        terminal.settle(0.5)
        shown = terminal.text
        terminal.resize(119, 36)  # everything anew, by the toolkit's own doing
        terminal.resize(120, 36)
        terminal.settle(0.5)
        assert terminal.text == shown
        terminal.send("\x1b")
        terminal.pump(SLOW_S, lambda: "Keys on the main screen" not in terminal.text)
        assert terminal.close("q", SLOW_S) == 0
        assert left_set(bytes(terminal.output)) == set()


@pytest.mark.slow
@fault("output is stopped at the terminal itself (ctrl+s)", holds="phones are read, SIGTERM ends it", seconds=90)
def test_output_that_is_stopped(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal, stopped(terminal):
        choke(terminal)
        goes_on(phones[0])
        os.kill(terminal.process, signal.SIGTERM)
        assert terminal.ended(END_S * ALLOWED) == 128 + signal.SIGTERM
        assert slots(phones[0]) == []


@contextmanager
def stopped(terminal: Terminal) -> Iterator[None]:
    """Nothing that is written arrives."""
    slave = os.open(terminal.slave, os.O_RDWR | os.O_NOCTTY)
    try:
        termios.tcflow(slave, termios.TCOOFF)
        yield
    finally:
        os.close(slave)


@pytest.mark.slow
@fault("a reader stood when the dashboard was ended", holds="the modes of the terminal are restored", seconds=90)
def test_what_is_left_of_a_terminal_that_nobody_read(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        choke(terminal)
        os.kill(terminal.process, signal.SIGTERM)
        slave = os.open(terminal.slave, os.O_RDWR | os.O_NOCTTY)
        assert terminal.ended(END_S * ALLOWED) == 128 + signal.SIGTERM
        assert termios.tcgetattr(slave)[3] & termios.ECHO, "the terminal is left raw"
        os.close(slave)
        terminal.pump(1.0)
        assert left_set(bytes(terminal.output)) == set()


@pytest.mark.slow
@fault("the terminal is closed", holds="the dashboard ends and gives its feedback slot back", seconds=90)
def test_a_terminal_that_is_closed(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    with dashboard(tmp_path, phones) as terminal:
        assert terminal.hang_up(END_S * ALLOWED) == 128 + signal.SIGHUP
    assert slots(phones[0]) == []


@fault("the terminal of `watch` is closed", holds="it ends and gives its feedback slot back", seconds=90)
def test_the_terminal_of_watch_is_closed(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    words = [*PHONETUI, "--config", str(configured(tmp_path, phones)), "watch"]
    terminal = Terminal(words, environment=environment(tmp_path))
    registered(phones[0])
    assert terminal.hang_up(END_S * ALLOWED) == 128 + signal.SIGHUP
    assert slots(phones[0]) == []


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (200, 2), (2, 500)])
@pytest.mark.slow
@fault("the terminal says an impossible size", holds="the dashboard starts, and q ends it", seconds=60)
def test_sizes(size: tuple[int, int], tmp_path: Path) -> None:
    columns, rows = size
    shell = f'stty columns {columns} rows {rows}; exec "$@"'
    terminal = Terminal(["sh", "-c", shell, "sh", *STEADY], environment=environment(tmp_path))
    terminal.pump(SLOW_S, lambda: b"\x1b[?2026l" in terminal.output)  # the end of a paint
    terminal.settle(0.3)
    assert terminal.close("q", SLOW_S) == 0
    assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("term", ["xyzzy", "vt52"])
@pytest.mark.slow
@fault("TERM names a terminal that nobody knows", holds="the dashboard starts, and q ends it", seconds=60)
def test_unknown_terminals(term: str, tmp_path: Path) -> None:
    terminal = Terminal(STEADY, environment=environment(tmp_path, TERM=term))
    terminal.until("quit", SLOW_S)
    assert terminal.close("q", SLOW_S) == 0


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
@fault("TERM says that nothing can be drawn", holds="one line says what to use instead, exit 2", seconds=60)
def test_terminals_that_cannot_draw(term: str, tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    words = [*PHONETUI, "--config", str(configured(tmp_path, phones))]
    terminal = Terminal(words, environment=environment(tmp_path, TERM=term))
    assert terminal.close(seconds=SLOW_S) == 2
    assert b"phonetui status" in terminal.output
    assert b"\x1b[" not in terminal.output


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """A pipe into which nothing fits any more: where it is read and where it is written."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with os.fdopen(reading, "rb", 0) as reader, os.fdopen(writing, "wb", 0) as writer:
        while writer.write(bytes(4096)):
            pass
        os.set_blocking(writing, True)
        yield reader.fileno(), writer.fileno()


@pytest.mark.parametrize("stalled", ["stdout", "stderr"])
@fault("the reader of `watch` stalls", holds="phones are read, pushes answered, SIGTERM ends it", seconds=90)
def test_a_stalled_reader_of_watch(stalled: str, tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    file = configured(tmp_path, phones)
    if stalled == "stderr":  # what is said there: trust on first use
        file.write_text("\n".join(line for line in file.read_text().splitlines() if "fingerprint" not in line))
    with full_pipe() as (_, writing):
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stalled: writing}
        with started(tmp_path, "--config", str(file), "watch", **streams) as watch:
            registered(phones[0])
            goes_on(phones[0])
            watch.send_signal(signal.SIGTERM)
            assert watch.wait(END_S * ALLOWED) == 0
    assert slots(phones[0]) == []


@fault("the reader of `watch` stalls and reads again", holds="whole lines, and a count of those left out", seconds=60)
async def test_skipped_lines_are_counted() -> None:
    import asyncio

    from phonetui.cli.json_lines import LineOutput

    reading, writing = os.pipe()
    written = 20_000
    out = LineOutput(writing, asyncio.Event(), limit=100_000)
    for number in range(written):
        out.write(f'{{"type":"status","number":{number}}}')
    with os.fdopen(reading, "rb") as reader:

        def read() -> bytes:
            got = b""
            while b'"skipped"' not in got:
                got += os.read(reading, 65536)
            return got

        got = await asyncio.to_thread(read)
        out.write('{"type":"status","number":-1}')
        await asyncio.to_thread(out.close)
        os.close(writing)
        lines = lines_of(got + reader.read())
    numbers = [line["number"] for line in lines if line["type"] == "status"]
    (skipped,) = [line for line in lines if line["type"] == "skipped"]
    kept = len(numbers) - 1
    assert numbers == [*range(kept), -1]
    assert skipped["lines"] == written - kept > 0
    assert str(skipped["at"]).endswith("Z")
    assert lines.index(skipped) == kept


@fault("the reader of `simulate` stalls", holds="the phones answer, SIGTERM ends it", seconds=60)
def test_a_stalled_reader_of_simulate(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ("simulate", "--phones", "1", "--log", str(log))
    with full_pipe() as (_, writing), started(tmp_path, *words, stdout=writing) as serving:
        wait(lambda: log.exists() and log.read_text())
        time.sleep(0.3)
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(END_S * ALLOWED) == 0


@fault("the reader of `watch` goes away", holds="it ends quietly with 0 and gives its slot back", seconds=60)
def test_a_reader_of_watch_that_goes_away(tmp_path: Path, phones: list[SimulatedPhone]) -> None:
    words = ("--config", str(configured(tmp_path, phones)), "watch")
    with started(tmp_path, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        registered(phones[0])
        watch.stdout.close()
        with urllib.request.urlopen(slots(phones[0])[0], PUSH.replace(b"Off", b"Gone"), timeout=SLOW_S):
            pass
        assert watch.wait(SLOW_S) == 0
        assert watch.stderr.read() == b""
    assert slots(phones[0]) == []
