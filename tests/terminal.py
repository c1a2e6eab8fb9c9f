"""A terminal to run the program in: a pty, an emulator that reads what it paints, and every byte kept."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pyte

from phonetui.ui.screens.dialog import PAUSE_S
from tests.deadlines import EVENTUALLY_S, SLOWER

_QUERIES = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronised output: can do
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",  # in-band resize: cannot
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[?u": b"\x1b[?0u",
}
"""What programs ask, and what a common terminal answers."""
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:<=>?!$]*|[P_\]][^\x07\x1b]*\x1b?)?\Z")
"""A sequence whose rest is still to be read: a read ends anywhere."""
_BEYOND_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$[a-z]|\x1b[P_\]][^\x07\x1b]*(?:\x07|\x1b\\)")


BURST_S = 0.002
"""Bytes that come sooner after others belong to the same paint."""


class _Screen(pyte.Screen):
    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        super().select_graphic_rendition(*attributes)

    def report_device_attributes(self, mode: int = 0, **_: bool) -> None:
        pass


class Terminal:
    """One program in a terminal of its own. `close` ends it by its id and no other."""

    def __init__(
        self,
        command: list[str],
        *,
        columns: int = 120,
        rows: int = 36,
        environment: Mapping[str, str] = {},
        folder: Path | None = None,
        answers: Mapping[bytes, bytes] = {},
    ) -> None:
        """`folder` is where it is started, by default here; `answers` go before those of a common terminal."""
        self._answers = {**_QUERIES, **answers}
        self._unread = b""
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.output = bytearray()
        """Every byte that the program wrote."""
        self.began = self.heard_at = time.monotonic()
        """When it was started, and when the latest bytes came: reading what they paint takes its own time."""
        self.process, self._fd = pty.fork()
        if self.process == 0:
            known = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
            os.chdir(folder or ".")
            _measure(0, columns, rows)  # before it starts: it would have to notice a change while it does
            ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
            os.execvpe(command[0], command, {**ours, **known, **environment})
        self._tasks = Path(f"/proc/{self.process}/task")
        os.set_blocking(self._fd, False)
        self.is_open = True
        self.status: int | None = None

    def resize(self, columns: int, rows: int) -> None:
        _measure(self._fd, columns, rows)
        self._screen.resize(rows, columns)

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def send(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def pump(self, seconds: float, stop: Callable[[], object] = lambda: False) -> float:
        """Reads for `seconds` or until `stop` holds; how long it took."""
        began = time.monotonic()
        while self.is_open and not stop():
            left = began + seconds - time.monotonic()
            if left <= 0:
                break
            if select.select([self._fd], [], [], min(left, 0.05))[0]:
                self._read()
        return time.monotonic() - began

    def until(self, words: str, seconds: float = 10.0) -> float:
        """Seconds until `words` stand on the screen. Fails with the screen where they don't come."""
        return self.wait_for(lambda: words in self.text, f"'{words}' on the screen", seconds)

    def wait_for(self, holds: Callable[[], object], what: str, seconds: float = 10.0) -> float:
        """Reads until `holds`; the seconds that it took. `seconds` are an idle machine's, a busy one gets `SLOWER` times
        as many; fails then with the screen.
        """
        took = self.pump(SLOWER * seconds, holds)
        assert holds(), f"not within {took:.0f} s: {what}; the screen:\n{self.text}"
        return took

    def press(self, *keys: str) -> None:
        """Types one after the other, each when what the one before did is on the screen and was read."""
        for key in keys:
            self.send(key)
            self.read()

    def read(self) -> None:
        """As somebody does who reads what is painted before the next key: whoever answers at once has not read it."""
        self.settle()
        self.pump(PAUSE_S)

    def settle(self, quiet_s: float = 0.2, limit_s: float = 3.0) -> None:
        """Reads until the program has slept for `quiet_s` and nothing was written meanwhile, or for `limit_s`.

        A program that waits for a processor doesn't sleep: on a busy machine this takes longer, and ends no sooner. One
        that always has something to do, as with phones that change all the time, is given up after `limit_s`.
        """
        end, written, quiet_since = time.monotonic() + SLOWER * limit_s, len(self.output), time.monotonic()
        while self.is_open and (now := time.monotonic()) < end and now < quiet_since + quiet_s:
            if select.select([self._fd], [], [], 0.01)[0]:
                self._read()
            if len(self.output) != written or not self._sleeps():
                written, quiet_since = len(self.output), time.monotonic()

    def highlighted(self) -> str:
        """The words of the line with a ground that no other line has: where a list's cursor is."""
        grounds = [self._screen.buffer[y][8].bg for y in range(2, self._screen.lines - 2)]
        return next((self._screen.display[y] for y, ground in enumerate(grounds, 2) if grounds.count(ground) == 1), "")

    def paint_s(self, key: str, watched: Callable[[], object], limit_s: float = 1.0) -> float | None:
        """Seconds from a key to the bytes that move what is watched; None where none came.

        All that comes together is taken before the emulator reads it, which takes longer than painting it did.
        """
        before, sent = watched(), time.monotonic()
        self.send(key)
        while (left := sent + limit_s - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return None
            for at, chunk in self._burst():
                self._take(chunk)
                if watched() != before:
                    return at - sent
        return None

    def _burst(self) -> list[tuple[float, bytes]]:
        """Bytes that follow each other without a pause, each with the moment when it came."""
        found: list[tuple[float, bytes]] = []
        while select.select([self._fd], [], [], 0.0 if not found else BURST_S)[0]:
            at = time.monotonic()
            found.append((at, self._received()))
            if not self.is_open:
                break
        return found

    @property
    def manners(self) -> list[object]:
        """How the terminal treats what is typed and written: echo, lines, signals."""
        return termios.tcgetattr(self._fd)

    def cpu_s(self) -> float:
        return cpu_s(self.process)

    def hang_up(self, seconds: float = EVENTUALLY_S) -> int | None:
        """Takes the terminal away and waits for the end, as `close` does."""
        os.close(self._fd)
        self.is_open = False
        if self.ended(seconds) is None:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        return self.status

    def ended(self, seconds: float) -> int | None:
        """Waits for the end and reads nothing; the exit status, None where it doesn't end."""
        deadline = time.monotonic() + seconds
        while not self._reaped() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.status

    @property
    def slave(self) -> str:
        """The name of the terminal as the program has it, while the program runs."""
        return str(Path(f"/proc/{self.process}/fd/0").readlink())

    def close(self, keys: str = "", seconds: float = EVENTUALLY_S) -> int | None:
        """Types `keys` and waits for the end; ends the program where it doesn't. Its exit status, None if killed.

        They are typed twice if need be: what comes while a dialog is being closed is meant for nobody.
        """
        for part in (0.5, 0.5) if keys else (1.0,):
            if keys and self.is_open and not self._reaped():
                with contextlib.suppress(OSError):
                    self.send(keys)
            self.pump(part * seconds, self._reaped)
        for _ in range(100):  # its last byte comes before its end
            if self._reaped():
                break
            time.sleep(0.02)
        if not self._reaped():
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        self.pump(1.0)  # what it wrote last may still lie in the terminal
        os.close(self._fd)
        return self.status

    def _sleeps(self) -> bool:
        """Whether no thread of the program runs or waits for a processor (proc(5))."""
        try:
            states = [file.read_bytes().rpartition(b")")[2].split()[0] for file in self._tasks.glob("*/stat")]
        except OSError:  # one of them has just ended
            return False
        return all(state in b"SITZ" for state in states)

    def _reaped(self) -> bool:
        if self.status is None:
            try:
                process, status = os.waitpid(self.process, os.WNOHANG)
            except ChildProcessError:  # `close` had to kill it before
                return True
            if process:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def _read(self) -> None:
        self._take(self._received())

    def _received(self) -> bytes:
        try:
            chunk = os.read(self._fd, 1 << 18)
        except OSError:  # the other side is closed
            chunk = b""
        self.heard_at = time.monotonic()
        self.is_open = bool(chunk)
        self.output += chunk
        return chunk

    def _take(self, chunk: bytes) -> None:
        chunk = self._unread + chunk
        unfinished = _UNFINISHED.search(chunk)
        read = unfinished.start() if unfinished else len(chunk)
        chunk, self._unread = chunk[:read], chunk[read:]
        for query in sorted(filter(chunk.__contains__, self._answers), key=chunk.index):
            os.write(self._fd, self._answers[query])
        self._feed(_BEYOND_PYTE.sub(b"", chunk))

    def _feed(self, chunk: bytes) -> None:
        """A program that is told to end throws away what nobody reads, in the middle of a sequence."""
        try:
            self._stream.feed(chunk)
        except TypeError:
            self._stream = pyte.ByteStream(self._screen)


def cpu_s(process: int) -> float:
    """Seconds of CPU of a process: by the scheduler's nanoseconds where there are some, else by ticks of 10 ms."""
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except (OSError, IndexError):
        times = psutil.Process(process).cpu_times()
        return float(times.user + times.system)


def _measure(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
