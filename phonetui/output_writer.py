"""Writes to a file descriptor from a thread, so that a reader that has stopped never blocks the caller.

    offer ──► pending bytes, at most `limit` ──► a thread of its own ──► os.write, which may block for good
      │ no room
      ▼
    refused: the caller repaints later what is missing; `emptied` is called when everything before it was written

A terminal whose reader hangs, a pipe behind which a program stopped, output held by ctrl+s: all of them let `write`
block without limit, and setting O_NONBLOCK would set it for every other program on the same terminal.
"""

import os
import select
import threading
from collections import deque
from collections.abc import Callable

CHUNK = 4 * 1024
"""Bytes given to the system at once: these cannot be taken back. Some pseudo-terminals keep no more than 12 KB."""
_RETRY_S = 0.5
"""Seconds between two tries where the descriptor was made non-blocking by somebody else and takes nothing."""


class OutputWriter:
    """Bytes for one descriptor, in order. All methods may be called from any thread."""

    def __init__(
        self, descriptor: int, limit: int, *, failed: Callable[[OSError], object], emptied: Callable[[], object]
    ) -> None:
        """`limit` is in bytes. `failed` is called once, when nothing can be written any more; from then on all that is
        offered is taken and dropped. `emptied` is called when everything was written after something had been refused.

        Both are called in the writing thread.
        """
        self._descriptor = descriptor
        self._limit = limit
        self._failed = failed
        self._emptied = emptied
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._under_way = b""
        self.accepted = 0
        """Bytes that were taken since the start."""
        self._is_writing = False
        self._has_refused = False
        self._is_reporting = False
        self._is_broken = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def pending(self) -> int:
        """Bytes that were taken and that the system has not accepted yet."""
        return self._waiting_bytes + len(self._under_way)

    @property
    def has_gap(self) -> bool:
        """Whether something was refused, and `emptied` was not called yet."""
        return self._has_refused or self._is_reporting

    def offer(self, data: bytes) -> bool:
        """Whether `data` was taken. All of it or nothing: half an escape sequence or half a line is worse than none."""
        with self._changed:
            if self._is_broken or not data:
                return True
            if self.pending and self.pending + len(data) > self._limit:
                self._has_refused = True
                return False
            self.accepted += len(data)
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            if self._thread is None:  # a daemon: blocked in a write, it must not keep the program from ending
                self._thread = threading.Thread(target=self._run, name="output", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return True

    def discard(self) -> None:
        """Forgets what is pending, in the midst of a piece where one is under way: `CHUNK` of it may still come."""
        with self._changed:
            self._waiting.clear()
            self._waiting_bytes, self._under_way = 0, b""
            self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Waits until everything was written, for `seconds` at most; whether nothing is pending any more.

        After `discard` it waits for the piece that was under way: nothing that is offered comes out before its end.
        """
        with self._changed:
            return self._changed.wait_for(lambda: not (self.pending or self._is_writing or self._is_reporting), seconds)

    def _run(self) -> None:
        while True:
            chunk = self._next()
            try:
                written = os.write(self._descriptor, chunk)
            except BlockingIOError:  # somebody else made it non-blocking
                self._wrote(0)
                select.select([], [self._descriptor], [], _RETRY_S)
            except OSError as error:
                self._is_broken, self._is_writing = True, False
                self.discard()
                self._failed(error)
                return
            else:
                self._wrote(written)

    def _next(self) -> bytes:
        """What to write next, once there is something."""
        with self._changed:
            self._changed.wait_for(lambda: self.pending)
            while self._waiting and len(self._under_way) < CHUNK:
                piece = self._waiting.popleft()
                self._waiting_bytes -= len(piece)
                self._under_way += piece
            self._is_writing = True
            return self._under_way[:CHUNK]

    def _wrote(self, count: int) -> None:
        with self._changed:
            self._is_writing = False
            self._under_way = self._under_way[count:]  # empty already where it was discarded meanwhile
            if self._has_refused and not self.pending:
                self._has_refused, self._is_reporting = False, True
            self._changed.notify_all()
        if self._is_reporting:
            self._emptied()  # without the lock: it may offer, and has locks of its own
            with self._changed:
                self._is_reporting = False
                self._changed.notify_all()
