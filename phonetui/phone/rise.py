"""By how much a phone's network port counted errors lately: counters run since boot, so only what rises counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from phonetui.phone.counters import is_error
from phonetui.phone.link import network_port
from phonetui.phone.state import Phone

WINDOW_S = 60.0
_BAD_SUMS = ("crc", "fcs")
"""Parts of the names of counters of frames with a bad checksum."""


@dataclass(frozen=True, slots=True)
class Rise:
    """The error counters of one port over the last minute."""

    readings: tuple[tuple[float, Mapping[str, int]], ...] = ()
    """By the monotonic second of the reading, oldest first."""

    def read(self, phone: Phone, at: float) -> "Rise":
        """With what the phone's network port shows at monotonic second `at`; the same Rise where nothing moved."""
        port = network_port(phone)
        if port is None or port.counted_at is None:
            return self if not self.readings else Rise()
        counts = {name: value for name, value in port.counters if is_error(name)}
        kept = tuple(reading for reading in self.readings if reading[0] >= at - WINDOW_S)
        if kept and any(counts.get(name, 0) < value for name, value in kept[-1][1].items()):
            kept = ()  # counted afresh
        if not kept or kept[-1][0] != port.counted_at:
            kept = (*kept, (port.counted_at, counts))
        return self if kept == self.readings else Rise(kept)

    @property
    def bad_sums(self) -> int:
        """Frames with a bad checksum."""
        return sum(rise for name, rise in self._risen() if any(part in name.casefold() for part in _BAD_SUMS))

    @property
    def errors(self) -> int:
        return sum(rise for _, rise in self._risen())

    def __str__(self) -> str:
        """`CRC errors +14 in the last minute`; empty where none rose."""
        if not self.errors:
            return ""
        kind, count = ("CRC errors", self.bad_sums) if self.bad_sums else ("errors", self.errors)
        return f"{kind} +{count} in the last minute"

    def _risen(self) -> list[tuple[str, int]]:
        if len(self.readings) < 2:
            return []
        before, now = self.readings[0][1], self.readings[-1][1]
        return [(name, value - before.get(name, value)) for name, value in now.items()]
