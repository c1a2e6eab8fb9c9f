"""What the program cannot keep, told once: however often a write fails, an operator reads of it a single time."""

import logging
import threading
from pathlib import Path

_log = logging.getLogger(__name__)


class StorageNotices:
    """Filled by any thread, emptied by whoever can show it."""

    def __init__(self) -> None:
        self._known: set[tuple[Path, str]] = set()
        self._said: set[str] = set()
        self._waiting: list[str] = []
        self._turn = threading.Lock()

    def failed(self, what: str, file: Path, error: Exception) -> None:
        """`what`, as in "accepted certificates", cannot be kept in `file`. One reason in one directory is told once."""
        why = reason(error)
        with self._turn:
            if (file.parent, why) in self._known:
                return
            self._known.add((file.parent, why))
        self.add(f"{what} cannot be kept in {file}: {why}. This run goes on from memory")

    def add(self, words: str) -> None:
        """Whatever else happened to a file, told once."""
        with self._turn:
            if words in self._said:
                return
            self._said.add(words)
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
