"""The log file: 0600, one line an entry, nothing on standard error."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from phonetui import private
from phonetui.config.places import log
from phonetui.errors import ConfigError
from phonetui.text import printable

LARGEST_BYTES = 2 * 1024 * 1024
"""Then it becomes `….1`, the one before is dropped."""


@contextmanager
def log_to_file(file: str | None, level: str | None) -> Iterator[None]:
    """Log entries of this run go to `file`, from `level` (default: warnings). Raises ConfigError.

    The file is made with the first entry, or at once where the operator named one.
    """
    place = private.expand_user(file).absolute() if file else log()
    handler = _Private(place, private.opener if file else private.open_regular)
    handler.setFormatter(_LogLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    if file:
        try:
            handler.open_now()
        except OSError as error:
            raise ConfigError(f"{place}: the log cannot be written: {error.strerror}", "Look at --log-file") from error
    top, own = logging.getLogger(), logging.getLogger("phonetui")
    before = own.level
    # Other libraries stay at warnings even for `debug`: some write the headers of requests, credentials and all.
    own.setLevel((level or "warning").upper())
    top.addHandler(handler)
    try:
        yield
    finally:
        top.removeHandler(handler)
        own.setLevel(before)
        handler.close()


class _Private(RotatingFileHandler):
    def __init__(self, place: Path, opener: Callable[[str, int], int]) -> None:
        self._place = place
        self._opener = opener
        super().__init__(place, maxBytes=LARGEST_BYTES, backupCount=1, encoding="utf-8", delay=True)

    def open_now(self) -> None:
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
