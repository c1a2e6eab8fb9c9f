"""By how much a port counted errors lately: counters run since boot, so only what rises counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from phonetui.phone.counters import is_error
from phonetui.phone.state import Port

WINDOW_S = 60.0
"""How far back errors count as present ones."""
STEP_S = 5.0
"""Between two readings that are kept: a window has a dozen."""
_BAD_SUMS = ("crc", "fcs")
"""Parts of the names of counters of frames with a bad checksum."""

Reading = tuple[float, Mapping[str, int]]
"""A monotonic second, and the error counters under the phone's own names."""


@dataclass(frozen=True, slots=True)
class Rise:
    """The error counters of one port over the last minute."""

    readings: tuple[Reading, ...] = ()
    """Oldest first: those of the window and the one before."""

    def read(self, port: Port | None, at: float) -> "Rise":
        """With what the port shows at monotonic second `at`; the same Rise where nothing moved."""
        if port is None or port.counted_at is None:
            return self if not self.readings else Rise()
        kept = self.readings
        if not kept or kept[-1][0] != port.counted_at:
            counts = {name: value for name, value in port.counters if is_error(name)}
            kept = (*self._before(port.counted_at, counts), (port.counted_at, counts))
        pace_s = kept[-1][0] - kept[-2][0] if len(kept) > 1 else 0.0
        if kept[-1][0] < at - max(WINDOW_S, 1.5 * pace_s):  # one that is read seldom isn't late yet
            kept = kept[-1:]
        return self if kept == self.readings else Rise(kept)

    def _before(self, counted_at: float, counts: Mapping[str, int]) -> tuple[Reading, ...]:
        """What a new reading is compared with."""
        kept = self.readings
        if kept and any(counts.get(name, 0) < value for name, value in kept[-1][1].items()):
            return ()  # counted afresh: a reboot, or a wrap
        if len(kept) > 1 and kept[-1][0] - kept[-2][0] < STEP_S:
            kept = kept[:-1]
        while len(kept) > 1 and kept[1][0] <= counted_at - WINDOW_S:
            kept = kept[1:]
        return kept

    @property
    def by_counter(self) -> Mapping[str, int]:
        """Those that rose, each since it was first given: a total that only now is told is of any age."""
        if len(self.readings) < 2:
            return {}
        first: dict[str, int] = {}
        for _, counts in reversed(self.readings):
            first.update(counts)
        return {name: value - first[name] for name, value in self.readings[-1][1].items() if value != first[name]}

    @property
    def seconds(self) -> float:
        """How much of the window was seen."""
        return self.readings[-1][0] - self.readings[0][0] if self.readings else 0.0

    @property
    def bad_sums(self) -> int:
        """Frames with a bad checksum."""
        return sum(rise for name, rise in self.by_counter.items() if any(part in name.casefold() for part in _BAD_SUMS))

    @property
    def errors(self) -> int:
        return sum(self.by_counter.values())

    def __str__(self) -> str:
        """`CRC errors +14 in the last minute`; empty where none rose."""
        if not self.errors:
            return ""
        kind, count = ("CRC errors", self.bad_sums) if self.bad_sums else ("errors", self.errors)
        minutes = round(self.seconds / WINDOW_S)
        return f"{kind} +{count} in the last {'minute' if minutes < 2 else f'{minutes} minutes'}"
