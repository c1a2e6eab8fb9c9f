"""Whether packets come and go, as far as the phone's refreshing lets one tell, and whether silence may be a pause.

A received stream stands where it didn't rise while the sent one did: then the phone has refreshed its counters, and
nothing came. Where both stand, either nothing goes both ways or the phone hasn't counted yet.

Both counters are of one moment, so a far end that never pauses is received in step with what is sent:

    sent       ████████████████████████      every packet that is sent has one that came or was counted as lost
    no pause   ████████████████████████      in step for STEADY_S: when it stops, something broke
    loss       ████████      ▒▒▒▒▒▒████      the numbering jumped, the missing ones are counted as lost: still in step
    pause      ████████   █       ████       the numbering went on: this far end pauses (RFC 3389, or the codec's own)
"""

from dataclasses import dataclass, replace

from phonetui.phone.quality.codec import Codec, codec, packet_ms
from phonetui.phone.quality.interval_counters import Counts, Interval
from phonetui.phone.quality.measure import Pause
from phonetui.phone.state import Call

SLOWEST_PER_S = 25.0
"""Packets a second of a stream that flows: 40 ms of speech in each."""
SLOWEST_REFRESH_S = 6.0
"""Between two readings that differ, of a phone that counts every five seconds."""
FULL_RATE = 0.9
"""Of a codec's packets a second, what a stream without a pause has at least, as far as two readings can tell."""
USUAL_PER_S = 50.0
"""20 ms of speech in each packet."""
STEADY_S = 10.0
"""In step for so long, a stream isn't one with pauses: spurts of speech last a second in the mean (ITU-T P.59)."""
FIRST_S = 3.9
"""After the beginning of talk, in which gateways and forked calls may still be about to send."""
_SLACK, _SLACK_SHARE = 8, 0.02
"""Packets, and the share of those sent, by which two counters of one moment differ without a pause: jitter."""
_BETWEEN = 100
"""Packets that pass between readings of two phones."""


@dataclass(frozen=True, slots=True)
class ReceiveStall:
    """For how long a received stream has stood still while packets were sent, and what speaks for a pause."""

    seconds: float | None = None
    """None where the phone doesn't count."""
    pause: Pause = Pause.NONE
    unheard: int | None = None
    """Packets that the other end sent meanwhile; None where that isn't known."""


@dataclass(frozen=True, slots=True)
class MediaFlow:
    began_at: float
    """Monotonic seconds of the first reading of this stretch of talk."""
    moved_at: float
    """Of the reading that last saw a packet go either way."""
    received_at: float
    """Of the one that last saw one come."""
    stall_s: float | None = 0.0
    """Seconds for which packets were sent and none came; None where the phone doesn't count those it sends."""
    refresh_s: float = SLOWEST_REFRESH_S
    """The shortest that the counters took to move."""
    steady_s: float = 0.0
    """How long the received stream was in step with the sent one before it fell behind."""
    missing: int = 0
    """By how many packets it is behind since then."""
    has_pauses: bool = False
    """Whether it ever fell behind and went on without a jump in its numbering."""
    has_come: bool = False
    """Whether any packet came in this stretch."""
    far_sent: int | None = None
    """The other end's own count at the latest reading; None where it is no monitored phone in sight."""
    ahead: int | None = None
    """By how many packets that was ahead of what was expected here, at most, while packets came."""

    def resumed(self, at: float) -> "MediaFlow":
        """The same far end after a hold or a gap in what is known: counted afresh, but what it is like is kept."""
        return MediaFlow(at, at, at, steady_s=self.steady_s, has_pauses=self.has_pauses)

    def held(self, at: float) -> "MediaFlow":
        """The far end holds: nothing has to go either way."""
        stall_s = None if self.stall_s is None else 0.0
        return replace(self, moved_at=at, received_at=at, stall_s=stall_s, missing=0, far_sent=None)

    def beside(self, counts: Counts, far_sent: int | None) -> "MediaFlow":
        """With the other end's own count of what it sent, beside what came of it."""
        if far_sent is None:
            return replace(self, far_sent=None, ahead=None)
        if self.far_sent is not None and far_sent >= self.far_sent:
            return replace(self, far_sent=far_sent)
        # Both phones are read at moments of their own: at first it may be ahead by as much as comes in between.
        return replace(self, far_sent=far_sent, ahead=far_sent - counts.expected + _BETWEEN if counts.received else 0)

    def after(self, interval: Interval, counts: Counts, at: float) -> "MediaFlow":
        """Packets went either way; `counts` are those at the end of `interval`."""
        onward = replace(self, moved_at=at, refresh_s=min(interval.seconds, self.refresh_s))._in_step(interval)
        if interval.received:
            ahead = None if self.far_sent is None else self.far_sent - counts.expected
            most = ahead if ahead is None or self.ahead is None or not self.has_come else max(ahead, self.ahead)
            onward = replace(onward, received_at=at, has_come=True, ahead=most)
        return replace(onward, stall_s=onward._stall_s(interval, counts, self.stall_s))

    def silent_s(self, at: float) -> float:
        """Seconds since a packet went either way; 0 for as long as the phone may just not have counted yet."""
        seconds = at - self.moved_at
        return seconds if seconds > 1.5 * self.refresh_s else 0.0

    def unheard(self, counts: Counts, known: Codec | None) -> int | None:
        """Packets that the other end sent and of which none came; None where that isn't known."""
        if self.far_sent is None or self.ahead is None:
            return None
        # It may be ahead by what comes while our phone hasn't counted, and in a stream that never paused so far by what
        # the other one hasn't: only in a pause are both up to date.
        paused = self.has_pauses or (known is not None and known.has_dtx)
        ahead_s = max(self.refresh_s, 1.0) + (0.0 if paused else 1.0)
        found = self.far_sent - counts.expected - self.ahead
        return found if found > FULL_RATE * USUAL_PER_S * ahead_s else 0

    def pause(self, call: Call, counts: Counts, at: float) -> Pause:
        """What speaks for a pause of the far end, where nothing comes at monotonic second `at`.

        Its own counters decide where it is a monitored phone; else its codec, and what it was like so far.
        """
        if not self.has_come and at - self.began_at < FIRST_S:
            return Pause.LIKELY
        known = codec(call.decoder)
        if self.far_sent is not None:
            return Pause.NONE if self.unheard(counts, known) else Pause.LIKELY
        has_dtx = known is None or known.has_dtx
        is_new = not (self.has_come or self.steady_s or self.has_pauses)
        if not counts.received or (is_new and not has_dtx):
            return Pause.NONE
        if has_dtx or self.has_pauses or self.steady_s < STEADY_S:
            return Pause.LIKELY
        return Pause.POSSIBLE if call.remote_hold is None else Pause.NONE

    def _stall_s(self, interval: Interval, counts: Counts, before: float | None) -> float | None:
        if interval.sent is None:
            return None
        if interval.received:
            return 0.0
        if not counts.received:
            return self.moved_at - self.began_at
        # A silence that both kept before is no stall: only as long as these packets took to send.
        return (before or 0.0) + min(interval.seconds, interval.sent / SLOWEST_PER_S)

    def _in_step(self, interval: Interval) -> "MediaFlow":
        """While this phone itself sends less than it receives, it pauses, and nothing can be told by it."""
        if not interval.sent or interval.sent < FULL_RATE * interval.expected:
            return self
        missing = max(self.missing + interval.sent - interval.expected, 0)
        slack = _SLACK + _SLACK_SHARE * interval.sent
        if missing <= slack:
            return replace(self, steady_s=self.steady_s + interval.seconds, missing=0)
        if interval.received and interval.expected >= interval.sent - slack:
            return replace(self, steady_s=interval.seconds, missing=0, has_pauses=True)
        return replace(self, missing=missing)


def has_pauses(call: Call, received_per_s: float | None) -> bool:
    """Whether fewer packets come than speech without a pause has: comfort noise comes in its place (RFC 3389)."""
    known = codec(call.decoder)
    if known is None or received_per_s is None:
        return False
    full_per_s = 1000.0 / packet_ms(known, call.packets_received, call.bytes_received)
    return received_per_s < FULL_RATE * full_per_s
