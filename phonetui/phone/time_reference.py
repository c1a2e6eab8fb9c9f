"""Whether the wall clock was set: one moment by two clocks, of which the other one only counts. Pure: times come in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LEAST_STEP = timedelta(seconds=2)
"""A clock that is steered (adjtime, NTP) and not set differs by far less between two looks."""
NOT_SET = timedelta()


@dataclass(frozen=True, slots=True)
class TimeReference:
    at: float
    """Monotonic seconds, those among them in which the machine slept."""
    seen_at: datetime
    """The same moment by the wall clock, aware UTC."""

    def set_by(self, at: float, seen_at: datetime) -> timedelta:
        """By how much the wall clock was set forward since (back: negative); NOT_SET for less than `LEAST_STEP`."""
        step = (seen_at - self.seen_at) - timedelta(seconds=at - self.at)
        return step if abs(step) >= LEAST_STEP else NOT_SET
