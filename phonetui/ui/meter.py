"""What is written to the terminal is counted here alone."""

from dataclasses import dataclass
from typing import Protocol

from textual.driver import Driver

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


@dataclass(slots=True)
class Meter:
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


def metered(driver: type[Driver], meter: Meter) -> type[Driver]:
    """A driver that counts what passes through it."""

    class Metered(driver):  # type: ignore[valid-type,misc]  # which driver depends on the platform
        def write(self, data: str) -> None:
            meter.written += len(data.encode(errors="replace"))
            meter.paints += data not in _SYNCHRONISED
            super().write(data)

    return Metered
