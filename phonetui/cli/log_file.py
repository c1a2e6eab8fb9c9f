"""The log file: mode 0600, rotated by size, one line an entry."""

import logging
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from phonetui import private
from phonetui.text import printable

LARGEST_BYTES = 2 * 1024 * 1024
"""Then it becomes `….1`, the one before is dropped."""


class LogFile(RotatingFileHandler):
    def __init__(self, place: Path, opener: Callable[[str, int], int], *, at_once: bool) -> None:
        """Opened with the first entry, or `at_once`: then raises OSError."""
        self._place = place
        self._opener = opener
        super().__init__(place, maxBytes=LARGEST_BYTES, backupCount=1, encoding="utf-8", delay=True)
        self.setFormatter(_LogLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
        if at_once:
            self.stream = self._open()

    def _open(self) -> Any:
        private.make_directory(self._place.parent)
        return open(self._place, "a", encoding="utf-8", errors="backslashreplace", opener=self._opener)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """A full disk must not write into the dashboard."""


class _LogLine(logging.Formatter):
    """A stranger's words cannot start a line of their own; tracebacks keep theirs, each behind a bar."""

    def format(self, record: logging.LogRecord) -> str:
        """Not the library's: that takes over what another handler has made of a traceback."""
        record.message = record.getMessage()
        record.asctime = self.formatTime(record)
        lines = [self.formatMessage(record)]
        if record.exc_info:
            lines += (f"  | {line}" for line in self.formatException(record.exc_info).splitlines())
        return "\n".join(map(printable, lines))
