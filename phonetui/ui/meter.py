"""The way to the terminal: what is written is counted here alone, and a terminal that hangs or goes is borne.

The toolkit queues what it paints for a thread that writes. Where that thread ended with an error, or stood because
nobody reads at the other end, the full queue would stop the whole program: keys, readings, pushes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from textual.driver import Driver

_SYNCHRONISED = ("\x1b[?2026h", "\x1b[?2026l")
"""Around a paint, and no paint."""
CLOGGED = 10
"""Pieces under way at which nothing more is painted; the toolkit's queue holds 30, and keys paint, too."""


@dataclass(slots=True)
class Meter:
    """Counts since the start."""

    written: int = 0
    """Bytes."""
    paints: int = 0
    queued: int = 0
    """Pieces given to the thread that writes."""
    gone: int | None = None
    """Pieces that it wrote; None where there is no such thread."""

    @property
    def is_clogged(self) -> bool:
        """Whether the terminal takes less than it is given."""
        return self.gone is not None and self.queued - self.gone > CLOGGED

    def has_written(self, queued: int) -> bool:
        """Whether all went out that was there when `queued` pieces had been given."""
        return self.gone is None or self.gone >= queued


class _Outlet:
    """The terminal's file, as the thread that writes sees it: what no longer arrives is dropped."""

    def __init__(self, file: IO[str], meter: Meter, lost: Callable[[], object]) -> None:
        self._file = file
        self._meter = meter
        self._lost = lost
        self._is_open = True

    def write(self, text: str) -> None:
        self._attempt(lambda: self._file.write(text))
        self._meter.gone = (self._meter.gone or 0) + 1

    def flush(self) -> None:
        self._attempt(self._file.flush)

    def _attempt(self, act: Callable[[], object]) -> None:
        if not self._is_open:
            return
        try:
            act()
        except (OSError, ValueError):  # the latter for a file that was closed
            self._is_open = False
            self._lost()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def metered(driver: type[Driver], meter: Meter, lost: Callable[[], object]) -> type[Driver]:
    """A driver that counts what passes through it; `lost` is called, in any thread, once the terminal is gone."""

    class Metered(driver):  # type: ignore[valid-type,misc]  # which driver depends on the platform
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            file = getattr(self, "_file", None)  # the one private name: a driver without a terminal has none
            if file is not None:
                meter.gone = 0
                self._file = _Outlet(file, meter, lost)

        def write(self, data: str) -> None:
            meter.written += len(data.encode(errors="replace"))
            meter.paints += data not in _SYNCHRONISED
            meter.queued += 1
            super().write(data)

    return Metered
