"""Whether packets come and go, as far as the phone's refreshing lets one tell.

A received stream stands where it didn't rise while the sent one did: then the phone has refreshed its counters, and
nothing came. Where both stand, either nothing goes both ways or the phone hasn't counted yet.
"""

from dataclasses import dataclass

from phonetui.phone.quality.codec import codec, packet_ms
from phonetui.phone.quality.intervals import Interval
from phonetui.phone.state import Call

SLOWEST_PER_S = 25.0
"""Packets a second of a stream that flows: 40 ms of speech in each."""


SLOWEST_REFRESH_S = 6.0
"""Between two readings that differ, of a phone that counts every five seconds."""
FULL_RATE = 0.9
"""Of a codec's packets a second, what a stream without a pause has at least, as far as two readings can tell."""


def has_pauses(call: Call, received_per_s: float | None) -> bool:
    """Whether fewer packets come than speech without a pause has: comfort noise comes in its place (RFC 3389)."""
    known = codec(call.decoder)
    if known is None or received_per_s is None:
        return False
    full_per_s = 1000.0 / packet_ms(known, call.packets_received, call.bytes_received)
    return received_per_s < FULL_RATE * full_per_s


@dataclass(frozen=True, slots=True)
class Flow:
    moved_at: float
    """Monotonic seconds of the reading that last saw a packet go either way."""
    stall_s: float | None = 0.0
    """Seconds for which packets were sent and none came; None where the phone doesn't count those it sends."""
    refresh_s: float = SLOWEST_REFRESH_S
    """How long the counters last took to move."""

    def after(self, interval: Interval, at: float, *, is_held: bool) -> "Flow":
        """`is_held`: the far end holds, so that nothing has to come."""
        if not interval.received and not interval.sent:
            return self
        return Flow(at, self._stall_s(interval, is_held=is_held), min(interval.seconds, SLOWEST_REFRESH_S))

    def silent_s(self, at: float) -> float:
        """Seconds since a packet went either way; 0 for as long as the phone may just not have counted yet."""
        seconds = at - self.moved_at
        return seconds if seconds > 1.5 * self.refresh_s else 0.0

    def _stall_s(self, interval: Interval, *, is_held: bool) -> float | None:
        if interval.sent is None:
            return None
        if interval.received or is_held:
            return 0.0
        # A silence that both kept before is no stall: only as long as these packets took to send.
        return (self.stall_s or 0.0) + min(interval.seconds, interval.sent / SLOWEST_PER_S)
