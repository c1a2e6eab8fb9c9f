"""The log of a run: a file made with the first entry; nothing goes to standard error."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from phonetui import private
from phonetui.config.places import log
from phonetui.errors import ConfigError


@contextmanager
def log_to_file(file: str | None, level: str | None) -> Iterator[None]:
    """Log entries of this run go to `file`, from `level` (default: warnings). Raises ConfigError.

    The file is made with the first entry, or at once where the operator named one.
    """
    place = private.expand_user(file).absolute() if file else log()

    def opened() -> logging.Handler:
        from phonetui.cli.log_file import LogFile

        return LogFile(place, private.opener if file else private.open_regular, at_once=bool(file))

    try:
        handler = opened() if file else _DeferredHandler(opened)
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


class _DeferredHandler(logging.Handler):
    """Makes the handler that writes once there is something to write: most runs log nothing."""

    def __init__(self, opened: Callable[[], logging.Handler]) -> None:
        super().__init__()
        self._opened = opened
        self._writer: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._writer is None:
            self._writer = self._opened()
        self._writer.handle(record)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        super().close()
