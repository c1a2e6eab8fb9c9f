"""How much of a stream is gone lately: over a stretch that is short enough for now and long enough to tell.

One packet gone of three is no trouble worth waking for, and at a packet or two a second chance alone would carry a
share over any limit. So heavy loss is told by the shortest stretch that says anything, and anything less by two longer
ones that must agree: the shorter of them forgets what is over, the longer one doesn't mind a single mishap.

    … ▕ interval ▕ interval ▕ interval ▕ interval ▏◄ now
                                        └ ENOUGH ─┘
                             └───── PLENTY ───────┘
      └────────────── twice PLENTY ───────────────┘    but nothing older than KEPT_S
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from phonetui.phone.quality.intervals import Interval, joined

ENOUGH = 40
"""Expected packets: a second of speech, less what the timing of two readings takes from it."""
PLENTY = 200
"""Four seconds of speech."""
KEPT_S = 30.0


@dataclass(frozen=True, slots=True)
class Lately:
    """Percent of the packets expected lately; None where the phone doesn't count that, or too few were expected."""

    loss_pct: float | None = None
    discard_pct: float | None = None
    gone_pct: float | None = None
    """Lost and discarded together."""
    received_per_s: float | None = None
    loss_s: float | None = None
    """Over how long each was counted."""
    discard_s: float | None = None
    gone_s: float | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """The latest intervals of one stream, oldest first."""

    intervals: tuple[Interval, ...] = ()

    def followed(self, interval: Interval) -> "Recent":
        kept, seconds = [interval], interval.seconds
        for earlier in reversed(self.intervals):
            seconds += earlier.seconds
            if seconds > KEPT_S:
                break
            kept.append(earlier)
        return Recent(tuple(reversed(kept)))

    def lately(self, heavy_pct: float) -> Lately:
        """`heavy_pct` is the share from which on it must be told soon."""
        near, *wider = (self._stretch(packets) for packets in (ENOUGH, PLENTY, 2 * PLENTY))
        if near.expected < ENOUGH:
            return Lately()
        (loss_pct, loss_s), (discard_pct, discard_s), (gone_pct, gone_s) = (
            _share(near, wider, pct, heavy_pct) for pct in _SHARES
        )
        return Lately(loss_pct, discard_pct, gone_pct, wider[-1].received_per_s, loss_s, discard_s, gone_s)

    def _stretch(self, packets: int) -> Interval:
        """The shortest latest one with so many expected packets, or all there is."""
        expected = 0
        for place in range(len(self.intervals) - 1, -1, -1):
            expected += self.intervals[place].expected
            if expected >= packets:
                return joined(self.intervals[place:])
        return joined(self.intervals)


_SHARES: tuple[Callable[[Interval], float | None], ...] = (
    lambda stretch: stretch.loss_pct,
    lambda stretch: stretch.discard_pct,
    lambda stretch: stretch.gone_pct,
)


def _share(
    near: Interval, wider: Iterable[Interval], share: Callable[[Interval], float | None], heavy_pct: float
) -> tuple[float | None, float | None]:
    """Percent, and the seconds of the stretch that it is of."""
    close = share(near)
    known = [(pct, stretch.seconds) for stretch in wider if (pct := share(stretch)) is not None]
    if close is None or not known:
        return None, None
    return (close, near.seconds) if close > heavy_pct else min(known)
