"""Call figures out of a simulated packet stream.

One `Stream` carries packets one way. Each packet is lost or not by a Gilbert-Elliott chain and takes its time through a
queue that swells in the chain's bad state; every figure that the receiving phone reports is read off that one stream,
so that no two of them can disagree.

    sent ──► chain: lost? ──► queue: transit ms ──► beyond the jitter buffer? ──► played
                 │                                        │
                 └────────────── bad packets ─────────────┘   (RFC 3611: lost and discarded count alike)
"""

import math
from dataclasses import dataclass
from random import Random

from phonetui.simulator.quality import Codec

PACKET_S = 0.02
"""Seconds of speech in a packet: 50 packets a second."""
GMIN = 16
"""Good packets in a row that end a burst (RFC 3611 §4.7.2, its default)."""
_LEAST_BUFFER_MS, _MOST_BUFFER_MS = 40, 120


@dataclass(frozen=True, slots=True)
class Profile:
    """A way through the network; chances are per packet."""

    to_bad: float
    to_good: float
    bad_loss: float
    delay_ms: float
    """One way, with an empty queue."""
    scatter_ms: float
    """Scale of the exponential push that each packet gives the queue."""
    spike: float = 0.0
    """Chance that the queue jumps by 80 to 160 ms, as radio does."""

    @property
    def loss_share(self) -> float:
        """Expected share of packets lost, 0 to 1."""
        return self.to_bad / (self.to_bad + self.to_good) * self.bad_loss


PROFILES = {
    "clean": Profile(0.00002, 0.5, 0.4, 6, 0.4),
    "glitch": Profile(0.0005, 0.25, 0.4, 8, 0.8),
    "wifi": Profile(0.004, 0.10, 0.35, 10, 12, spike=0.002),
    "congested": Profile(0.010, 0.08, 0.4, 45, 8),
    "broken": Profile(0.05, 0.05, 0.5, 60, 14),
}


@dataclass(frozen=True, slots=True)
class Reception:
    """What a receiver has counted since the call began."""

    received: int
    lost: int
    discarded: int
    """Received, but too late to play."""
    jitter_ms: float
    buffer_ms: int
    burst_ms: int
    gap_ms: int
    burst_ratio: float
    """Mean run of bad packets over the mean run if they fell at random; 1 or more."""

    @property
    def expected(self) -> int:
        return self.received + self.lost

    @property
    def loss_share(self) -> float:
        return self.lost / self.expected if self.expected else 0.0

    @property
    def discard_share(self) -> float:
        return self.discarded / self.expected if self.expected else 0.0


class Runs:
    """Stretches of heavy loss, packet by packet (RFC 3611 §4.7.2).

    A burst begins and ends with a bad packet and never has GMIN good ones in a row; a single bad one belongs to a gap.
    """

    def __init__(self) -> None:
        self.total = 0
        self._first = self._last = -1
        self._bad = 0
        self._bursts = self._burst_packets = 0
        self._opens_with_burst = False
        self.bad_runs = 0
        self.bad_packets = 0

    def add(self, bad: bool) -> None:
        if bad:
            self._add_bad(self.total)
        self.total += 1

    def durations_ms(self) -> tuple[int, int]:
        """Mean burst and mean gap, each at most 65535 as the 16 bits of the report allow."""
        bursts, packets, opens = self._bursts, self._burst_packets, self._opens_with_burst
        if self._bad > 1:  # the stretch that isn't over yet counts as it stands
            bursts, packets, opens = bursts + 1, packets + self._last - self._first + 1, opens or self._first == 0
        ends = self._bad > 1 and self._last == self.total - 1
        gaps = bursts + 1 - opens - ends
        burst_ms = packets * 20 / bursts if bursts else 0
        gap_ms = (self.total - packets) * 20 / gaps if gaps > 0 else 0
        return min(65535, round(burst_ms)), min(65535, round(gap_ms))

    def ratio(self) -> float:
        if not self.bad_runs:
            return 1.0
        share = self.bad_packets / self.total
        return max(1.0, self.bad_packets / self.bad_runs * (1 - share))

    def _add_bad(self, index: int) -> None:
        self.bad_packets += 1
        if self._last != index - 1 or index == 0:
            self.bad_runs += 1
        if self._bad and index - self._last - 1 < GMIN:
            self._bad += 1
        else:
            self._close()
            self._first, self._bad = index, 1
        self._last = index

    def _close(self) -> None:
        if self._bad > 1:
            self._bursts += 1
            self._burst_packets += self._last - self._first + 1
            self._opens_with_burst = self._opens_with_burst or self._first == 0


class Stream:
    """Packets one way; `flow` and `freeze` start and stop them, `advance` lets time pass (seconds)."""

    def __init__(self, profile: Profile, codec: Codec, random: Random) -> None:
        self.profile = profile
        self.codec = codec
        self._random = random
        self._began: float | None = None
        self._sent_before = 0
        self.sent = 0
        self._lost = self._received = self._discarded = 0
        self._bad = False
        self._queue_ms = 0.0
        self.mean_transit_ms = profile.delay_ms
        self._last_transit: float | None = None
        self._jitter_ms = 0.0
        self._buffer_ms = _LEAST_BUFFER_MS
        self._runs = Runs()

    def flow(self, t: float) -> None:
        if self._began is None:
            self._began, self._sent_before = t, self.sent
            self._last_transit = None

    def freeze(self, t: float) -> None:
        """Nothing more is sent; what was under way arrives or is lost."""
        self.advance(t)
        self._began = None
        self._carry(self.sent)

    def advance(self, t: float) -> None:
        if self._began is None:
            return
        passed = t - self._began + 1e-6
        self.sent = self._sent_before + int(passed / PACKET_S)
        arrived = passed - self.profile.delay_ms / 1000
        self._carry(self._sent_before + max(0, int(arrived / PACKET_S)))

    def reception(self) -> Reception:
        burst_ms, gap_ms = self._runs.durations_ms()
        return Reception(
            received=self._received,
            lost=self._lost,
            discarded=self._discarded,
            jitter_ms=self._jitter_ms,
            buffer_ms=self._buffer_ms,
            burst_ms=burst_ms,
            gap_ms=gap_ms,
            burst_ratio=self._runs.ratio(),
        )

    def _carry(self, target: int) -> None:
        for _ in range(target - self._received - self._lost):
            self._packet()

    def _packet(self) -> None:
        chance, profile = self._random.random, self.profile
        if chance() < (profile.to_good if self._bad else profile.to_bad):
            self._bad = not self._bad
        push = -math.log(1.0 - chance()) * profile.scatter_ms * (2 if self._bad else 1)
        self._queue_ms = self._queue_ms * 0.5 + push
        if profile.spike and chance() < profile.spike:
            self._queue_ms += 80 + 80 * chance()
        if self._bad and chance() < profile.bad_loss:
            self._lost += 1
            self._runs.add(bad=True)
            return
        self._arrive(profile.delay_ms + self._queue_ms)

    def _arrive(self, transit_ms: float) -> None:
        self._received += 1
        if self._last_transit is not None:  # RFC 3550 §6.4.1: J += (|D| - J) / 16
            self._jitter_ms += (abs(transit_ms - self._last_transit) - self._jitter_ms) / 16
        self._last_transit = transit_ms
        self.mean_transit_ms += (transit_ms - self.mean_transit_ms) / 64
        late = self._queue_ms > self._buffer_ms
        self._discarded += late
        self._runs.add(bad=late)
        if self._received % 50 == 0:
            wanted = math.ceil((20 + 4 * self._jitter_ms) / 10) * 10
            self._buffer_ms = min(_MOST_BUFFER_MS, max(_LEAST_BUFFER_MS, wanted))
