"""What drawing costs: every byte that goes to the terminal is counted here, and nowhere else."""

from dataclasses import dataclass

from textual.driver import Driver

_SYNCHRONISED = ("\x1b[?2026h", "\x1b[?2026l")
"""Around a paint, and no paint."""


@dataclass(slots=True)
class Meter:
    """Counts since the start."""

    written: int = 0
    """Bytes."""
    paints: int = 0


def metered(driver: type[Driver], meter: Meter) -> type[Driver]:
    """A driver that counts what passes through it."""

    class Metered(driver):  # type: ignore[valid-type,misc]  # which driver depends on the platform
        def write(self, data: str) -> None:
            meter.written += len(data.encode(errors="replace"))
            meter.paints += data not in _SYNCHRONISED
            super().write(data)

    return Metered
