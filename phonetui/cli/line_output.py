"""What `watch` writes: lines for a reader that may stall, go away, or have a full disk behind it."""

import asyncio
import threading
from contextlib import suppress
from datetime import UTC, datetime

from phonetui.cli.json_lines import compact, instant
from phonetui.cli.streams import OutputLost
from phonetui.output_writer import OutputWriter

LIMIT = 4 * 1024 * 1024
"""Bytes kept for a reader that is behind: what a hundred phones say in a minute or so."""
LEAVE_S = 1.0
"""For a reader that is behind, at the end."""


class LineOutput:
    """Lines reach the reader in order and whole, or are counted as skipped; whoever writes one never waits."""

    def __init__(self, descriptor: int, ended: asyncio.Event, limit: int = LIMIT) -> None:
        """`ended` is set once nothing can be written any more; `limit` is in bytes."""
        self._writer = OutputWriter(descriptor, limit, failed=self._break, emptied=self._tell_skipped)
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._failure: OSError | None = None
        self._skipped = 0
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        with self._lock:
            if self._skipped or not self._writer.offer(f"{line}\n".encode()):
                self._skipped += 1

    def close(self) -> None:
        """Waits for what is pending, for `LEAVE_S` at most.

        Raises BrokenPipeError where the reader went away, OutputLost where nothing can be written.
        """
        self._writer.drain(LEAVE_S)
        if isinstance(self._failure, BrokenPipeError):
            raise self._failure
        if self._failure is not None:
            raise OutputLost(self._failure)

    def _break(self, error: OSError) -> None:
        self._failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._ended.set)

    def _tell_skipped(self) -> None:
        """The reader has caught up: everything before the gap was written."""
        with self._lock:
            fields = {"type": "skipped", "lines": self._skipped, "at": instant(datetime.now(UTC))}
            self._writer.offer(f"{compact(fields)}\n".encode())
            self._skipped = 0
