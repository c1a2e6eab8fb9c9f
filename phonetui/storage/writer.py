"""The thread that waits for file locks and disks, and notices about files that cannot be written.

However often a write fails, an operator reads of it once.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

RETRY_S = 30.0
"""Seconds between two tries of a job that failed."""
FLUSH_S = 1.0
"""Time limit for what is left at the end: a stuck lock or disk must not hold an exit up for longer."""

Job = Callable[[], bool]
"""Whether it succeeded."""
_log = logging.getLogger(__name__)


class BackgroundWriter:
    """Runs jobs one after another, and those that failed again after RETRY_S."""

    def __init__(self) -> None:
        self._due: dict[Job, float] = {}
        """When each is to be run, in monotonic seconds."""
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_busy = False

    def submit(self, job: Job, delay_s: float = 0.0) -> None:
        """Runs `job` soon, or after `delay_s`; one that waits already is run once."""
        with self._changed:
            self._due[job] = time.monotonic() + delay_s if delay_s else 0.0
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="state files", daemon=True)
                self._thread.start()
                atexit.register(self.flush, again=False)  # for commands without a loop; others have flushed before
            self._changed.notify_all()

    def flush(self, limit_s: float = FLUSH_S, *, again: bool = True) -> bool:
        """Returns when each job was tried, or with False after `limit_s`. Blocks.

        Those that failed before are tried once more if `again`.
        """
        with self._changed:
            if again:
                self._due = dict.fromkeys(self._due, 0.0)
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._is_busy and 0.0 not in self._due.values(), limit_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                job = self._next()
                while job is None:
                    self._changed.wait(min(self._due.values()) - time.monotonic() if self._due else None)
                    job = self._next()
                self._is_busy = True
            try:
                succeeded = job()
            except Exception:  # noqa: BLE001 - a mistake of ours costs this write, never all later ones
                _log.exception("fault in the program")
                succeeded = True
            with self._changed:
                self._is_busy = False
                if not succeeded:
                    self._due.setdefault(job, time.monotonic() + RETRY_S)
                self._changed.notify_all()

    def _next(self) -> Job | None:
        """Takes out a job that is due."""
        now = time.monotonic()
        job = next((job for job, due in self._due.items() if due <= now), None)
        if job is not None:
            del self._due[job]
        return job


WRITER = BackgroundWriter()
"""One for all files of the process."""


class StorageNotices:
    """Filled by any thread, emptied by the program that can show them."""

    def __init__(self) -> None:
        self._known: set[tuple[Path, str]] = set()
        self._reported: set[str] = set()
        self._waiting: list[str] = []
        self._turn = threading.Lock()

    def failed(self, what: str, file: Path, error: Exception) -> None:
        """`what`, as in "accepted certificates", cannot be kept in `file`. Noted once a directory and reason."""
        why = reason(error)
        with self._turn:
            if (file.parent, why) in self._known:
                return
            self._known.add((file.parent, why))
        self.add(f"{what} cannot be kept in {file}: {why}. This run goes on from memory")

    def add(self, words: str) -> None:
        """Any other words about a file, noted once."""
        with self._turn:
            if words in self._reported:
                return
            self._reported.add(words)
            self._waiting.append(words)
        _log.warning("%s", words)

    def take(self) -> tuple[str, ...]:
        """What came since the last time."""
        with self._turn:
            taken, self._waiting = tuple(self._waiting), []
        return taken


def reason(error: Exception) -> str:
    """An error's words without its number and file."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
