"""Textual's terminal driver, extended to survive a terminal that stops reading, closes, or is taken away.

The toolkit's own driver hands what it paints to a thread through a queue of 30 pieces: while nobody reads at the other
end, the thread stands in `write`, then the queue is full, and whoever paints stands, too: no reading, no push, no
signal is answered any more. Here a paint that finds no room is left out, and all is painted anew once there is.

              SIGTSTP                            SIGCONT
  drawing ──terminal given back──► stopped ──────────────────► drawing
     ╰──────────SIGSTOP, of which nobody is told──────► stopped ──► given back first, as it may be anyhow ──► drawing

What is written to the terminal is counted here alone.
"""

import asyncio
import os
import select
import signal
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, Protocol

from msgspec import Struct
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from phonetui.output_writer import OutputWriter
from phonetui.ui.terminal_input import TerminalInput

_SYNCHRONISED = ("\x1b[?2026h", "\x1b[?2026l")
"""Around a paint, and no paint."""
CLOGGED = 4096
"""Bytes that wait for the terminal at which nothing more is painted but what a key changes."""


class Backlog(Protocol):
    """What stands between the program and its terminal."""

    accepted: int
    """Bytes that were taken since the start."""

    @property
    def pending(self) -> int:
        """Bytes of these that the terminal has not taken yet."""

    @property
    def has_gap(self) -> bool:
        """Whether something was left out since then, because too much was pending."""


class OutputStats(Struct, eq=False):
    """Counts since the start."""

    written: int = 0
    """Bytes."""
    paints: int = 0
    backlog: Backlog | None = None
    """None where there is no terminal."""

    @property
    def is_clogged(self) -> bool:
        """Whether the terminal takes less than it is given."""
        return self.backlog is not None and self.backlog.pending > CLOGGED

    @property
    def accepted(self) -> int:
        """Bytes on the way to the terminal, or there."""
        return self.backlog.accepted if self.backlog is not None else 0

    def has_written(self, accepted: int) -> bool:
        """Whether the terminal took all that was on the way when `accepted` bytes were."""
        backlog = self.backlog
        return backlog is None or (not backlog.has_gap and backlog.accepted - backlog.pending >= accepted)


def counting_driver(driver: type[Driver], output_stats: OutputStats) -> type[Driver]:
    """A driver that counts what passes through it."""

    class Metered(driver):  # type: ignore[valid-type,misc]  # which driver depends on the platform
        def write(self, data: str) -> None:
            output_stats.written += len(data.encode(errors="replace"))
            output_stats.paints += data not in _SYNCHRONISED
            super().write(data)

    return Metered


LIMIT = 1024 * 1024
"""Bytes that may wait for the terminal: several screens full, and a picture."""
FLUSHES, FLUSH_S = 6, 0.05
"""Times that what nobody read is thrown away, and how long each may take to let the write end that stands."""
DRAIN_S = 0.3
"""For what was painted last, when the terminal is given back."""
LEAVE_S = 0.6
"""For the last words, which restore its modes."""
HANG_UP_S = 5.0
"""Between two looks at whether the terminal that is drawn on is still there: whoever reads notices it at once."""
_CANCEL = "\x18\x1b\\"
"""Ends whatever sequence was cut off: CAN (ECMA-48 8.3.6), and ST for strings."""


class TerminalDriver(LinuxDriver):
    """Writes beside the loop, and stops and continues with its process."""

    output_stats: ClassVar[OutputStats]
    lost: ClassVar[Callable[[], object]]
    """Called in any thread once the terminal is gone."""
    caught_up: ClassVar[Callable[[], object]]
    """Called in any thread once the terminal takes again what it is given, after something was left out."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        stream = sys.__stderr__  # where the toolkit draws; a terminal was made sure of
        assert stream is not None  # noqa: S101 - as above
        self._terminal, self._encoding = stream.fileno(), stream.encoding
        self._input: TerminalInput | None = None
        self._output = OutputWriter(
            self._terminal, LIMIT, failed=lambda _: type(self).lost(), emptied=lambda: type(self).caught_up()
        )
        self.output_stats.backlog = self._output
        self._is_drawing = False
        self._has_stopped = self._is_suspending = False
        self._farewell: list[str] | None = None
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._stop)
        loop.add_signal_handler(signal.SIGCONT, self._continue)
        loop.call_later(HANG_UP_S, self._look_for_hang_up)

    def write(self, data: str) -> None:
        if self._farewell is not None:
            self._farewell.append(data)
        elif self._is_drawing:
            self._output.offer(data.encode(self._encoding, "backslashreplace"))

    def start_application_mode(self) -> None:
        self._is_drawing = True
        self._input = self._input or TerminalInput(self.fileno)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # the toolkit's own

    def stop_application_mode(self) -> None:
        """Restores the terminal's modes, and waits a moment for its last words to arrive."""
        self._farewell = []
        super().stop_application_mode()
        farewell, self._farewell = "".join(self._farewell), None
        self._is_drawing = False
        self._leave(farewell)

    def suspend_application_mode(self) -> None:
        self._is_suspending = True
        super().suspend_application_mode()
        self._is_suspending = False

    def run_input_thread(self) -> None:
        try:
            if self._input is not None:
                self._input.read(self.process_message, debug=self._debug)
        except OSError:  # EIO: the other side is closed
            type(self).lost()

    def disable_input(self) -> None:
        if self._input is not None and self._key_thread is not None and self._key_thread.is_alive():
            self._input.end()
        super().disable_input()

    def close(self) -> None:
        """When it ends, and when the program is stopped: it may begin again."""
        super().close()
        if self._input is not None:
            self._input.close()
            self._input = None

    def _leave(self, farewell: str) -> None:
        is_whole = self._output.drain(DRAIN_S)
        if not is_whole:  # nobody reads: what is stuck would be in the way of what matters
            self._output.discard()
            self._make_room()
        self._output.offer((farewell if is_whole else _CANCEL + farewell).encode(self._encoding, "backslashreplace"))
        if not self._output.drain(LEAVE_S) and not self._is_suspending:
            self._abandon()

    def _make_room(self) -> None:
        """Until the write that stands has ended: the rest of its piece may fill what was made empty once more."""
        for _ in range(FLUSHES):
            self._flush()
            if self._output.drain(FLUSH_S):
                break

    def _flush(self) -> None:
        """Throws away what the system keeps for the reader. Starting output again wakes the thread that writes, too."""
        if not self._is_in_foreground():
            return  # the system would stop the program for it
        with suppress(termios.error):  # no terminal any more
            termios.tcflush(self._terminal, termios.TCOFLUSH)
            for action in (termios.TCOOFF, termios.TCOON):
                termios.tcflow(self._terminal, action)

    def _abandon(self) -> None:
        """What is still printed on the way out would only stand and wait."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            if os.isatty(descriptor):
                os.dup2(nowhere, descriptor)
        os.close(nowhere)

    def _stop(self) -> None:
        """Somebody typed ctrl+z, or another program sends SIGTSTP."""
        if self._is_drawing:
            self._has_stopped = True
            self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continue(self) -> None:
        """After a SIGSTOP, too, which nobody is told of: a shell has had the terminal meanwhile."""
        if not (self._is_drawing or self._has_stopped):
            return
        if not self._is_in_foreground():  # `bg`: whoever draws from there is stopped by the system
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        if self._is_drawing:
            self.suspend_application_mode()
        self._has_stopped = False
        self.resume_application_mode()
        self.send_message(self.SignalResume())

    def _is_in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:
            return True

    def _look_for_hang_up(self) -> None:
        poll = select.poll()
        poll.register(self._terminal, 0)
        if any(events & select.POLLHUP for _, events in poll.poll(0)):
            type(self).lost()
        else:
            asyncio.get_running_loop().call_later(HANG_UP_S, self._look_for_hang_up)


def terminal_driver(
    output_stats: OutputStats, *, lost: Callable[[], object], caught_up: Callable[[], object]
) -> type[Driver]:
    """The driver of one application."""
    hooks = {"output_stats": output_stats, "lost": staticmethod(lost), "caught_up": staticmethod(caught_up)}
    return type("ApplicationDriver", (TerminalDriver,), hooks)
