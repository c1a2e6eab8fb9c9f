"""A receiver's counts, and its bursts of loss (RFC 3611, 4.7).

The short E-model: what listeners would say of a stream's figures (ITU-T G.107, codecs from G.113).
"""

import math
from dataclasses import dataclass

from msgspec import Struct

PACKET_S = 0.02
"""Seconds of speech in a packet: 50 packets a second."""
GMIN = 16
"""Good packets in a row that end a burst (RFC 3611 §4.7.2, its default)."""
LEAST_BUFFER_MS, MOST_BUFFER_MS = 40, 120
DECODING_MS = 5


class Reception(Struct, frozen=True):
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
    burst_density: float = 0.0
    """Share of packets inside bursts that were lost or discarded, 0 to 1 (RFC 3611 §4.7.2)."""
    gap_density: float = 0.0
    """The same inside gaps."""

    @property
    def expected(self) -> int:
        return self.received + self.lost

    @property
    def loss_share(self) -> float:
        return self.lost / self.expected if self.expected else 0.0

    @property
    def discard_share(self) -> float:
        return self.discarded / self.expected if self.expected else 0.0

    @property
    def decode_latency_ms(self) -> int:
        """The jitter buffer's depth and the time of decoding."""
        return self.buffer_ms + DECODING_MS


class Runs:
    """Stretches of heavy loss, packet by packet (RFC 3611 §4.7.2).

    A burst begins and ends with a bad packet and never has GMIN good ones in a row; a single bad one belongs to a gap.
    """

    def __init__(self) -> None:
        self.total = 0
        self._first = self._last = -1
        self._bad = 0
        self._bursts = self._burst_packets = self._burst_bad = 0
        self._opens_with_burst = False
        self.bad_runs = 0
        self.bad_packets = 0

    def add(self, bad: bool) -> None:
        if bad:
            self._add_bad(self.total)
        self.total += 1

    def durations_ms(self) -> tuple[int, int]:
        """Mean burst and mean gap, each at most 65535 as the 16 bits of the report allow."""
        bursts, packets, _ = self._so_far()
        opens = self._opens_with_burst or (self._bad > 1 and self._first == 0)
        ends = self._bad > 1 and self._last == self.total - 1
        gaps = bursts + 1 - opens - ends
        burst_ms = packets * 20 / bursts if bursts else 0
        gap_ms = (self.total - packets) * 20 / gaps if gaps > 0 else 0
        return min(65535, round(burst_ms)), min(65535, round(gap_ms))

    def densities(self) -> tuple[float, float]:
        """Share of bad packets within bursts and within gaps, each 0 to 1."""
        _, packets, bad = self._so_far()
        gap_packets = self.total - packets
        in_bursts = bad / packets if packets else 0.0
        return in_bursts, (self.bad_packets - bad) / gap_packets if gap_packets else 0.0

    def ratio(self) -> float:
        if not self.bad_runs:
            return 1.0
        share = self.bad_packets / self.total
        return max(1.0, self.bad_packets / self.bad_runs * (1 - share))

    def _so_far(self) -> tuple[int, int, int]:
        """Bursts, the packets in them and the bad ones of these; the stretch that isn't over yet as it stands."""
        if self._bad <= 1:
            return self._bursts, self._burst_packets, self._burst_bad
        length = self._last - self._first + 1
        return self._bursts + 1, self._burst_packets + length, self._burst_bad + self._bad

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
            self._bursts, self._burst_packets, self._burst_bad = self._so_far()
            self._opens_with_burst = self._opens_with_burst or self._first == 0


@dataclass(slots=True)
class JitterBuffer:
    """An adaptive one: the packets of one source that reach it, and how deep it makes itself, in whole 10 ms."""

    received: int = 0
    discarded: int = 0
    jitter_ms: float = 0.0
    depth_ms: int = LEAST_BUFFER_MS
    _transit_ms: float | None = None

    def arrive(self, transit_ms: float, delay_ms: float) -> bool:
        """Whether a packet comes too late to play: `delay_ms` is what its transit takes beyond the shortest."""
        self.received += 1
        if self._transit_ms is not None:  # RFC 3550 §6.4.1 and A.8: J += (|D| - J) / 16
            self.jitter_ms += (abs(transit_ms - self._transit_ms) - self.jitter_ms) / 16
        self._transit_ms = transit_ms
        late = delay_ms > self.depth_ms
        self.discarded += late
        if self.received % 50 == 0:
            wanted = math.ceil((20 + 4 * self.jitter_ms) / 10) * 10
            self.depth_ms = min(MOST_BUFFER_MS, max(LEAST_BUFFER_MS, wanted))
        return late

    def restart(self) -> None:
        """Goes on after a silence: what comes next isn't compared with what came before."""
        self._transit_ms = None


def reception(runs: Runs, buffer: JitterBuffer, *, lost: int) -> Reception:
    """Counts and the shape of the loss, as one report."""
    burst_ms, gap_ms = runs.durations_ms()
    burst_density, gap_density = runs.densities()
    return Reception(
        received=buffer.received,
        lost=lost,
        discarded=buffer.discarded,
        jitter_ms=buffer.jitter_ms,
        buffer_ms=buffer.depth_ms,
        burst_ms=burst_ms,
        gap_ms=gap_ms,
        burst_ratio=runs.ratio(),
        burst_density=burst_density,
        gap_density=gap_density,
    )


PACKET_MS = 20


class SimulatedCodec(Struct, frozen=True):
    """`ie` is the codec's own impairment, `bpl` its robustness to loss (G.113 appendix I); payload in bytes."""

    name: str
    payload: int
    ie: float
    bpl: float
    payload_type: int
    """As RFC 3551 §6 numbers it; from 96 on by agreement."""
    clock_hz: int = 8000
    """Of RTP timestamps: for G722 not that of its audio (RFC 3551 §4.5.2), for OPUS always 48 kHz (RFC 7587 §4.1)."""


CODECS = {
    codec.name: codec
    for codec in (
        SimulatedCodec("G722", 160, 0, 25.1, 9),
        SimulatedCodec("G711u", 160, 0, 25.1, 0),
        SimulatedCodec("G711a", 160, 0, 25.1, 8),
        SimulatedCodec("OPUS", 80, 0, 20, 114, 48000),
        SimulatedCodec("G729a", 20, 11, 19, 18),
    )
}


class Scores(Struct, frozen=True):
    """What a phone says of a reception as a whole."""

    r_factor: float
    mos_lq: float
    mos_cq: float


def quality_scores(codec: SimulatedCodec, heard: Reception, round_trip_ms: float) -> Scores:
    """Listening without delay, conversation with it: half the round trip, the decoder's latency and a packet."""
    bad_pct = 100 * (heard.loss_share + heard.discard_share)
    one_way_ms = round_trip_ms / 2 + heard.decode_latency_ms + PACKET_MS
    listening = r_factor(codec, bad_pct, heard.burst_ratio, None)
    conversing = r_factor(codec, bad_pct, heard.burst_ratio, one_way_ms)
    return Scores(conversing, mos(listening), mos(conversing))


def r_factor(codec: SimulatedCodec, bad_pct: float, burst_ratio: float, one_way_ms: float | None) -> float:
    """The rating, 0 to 93.2; `bad_pct` is loss plus discard, without `one_way_ms` delay is left out (listening)."""
    ie_eff = codec.ie
    if bad_pct > 0:
        ie_eff += (95 - codec.ie) * bad_pct / (bad_pct / burst_ratio + codec.bpl)
    i_d = 0.0
    if one_way_ms is not None:  # Cole and Rosenbluth's fit of G.107's delay curve
        i_d = 0.024 * one_way_ms + max(0.0, 0.11 * (one_way_ms - 177.3))
    return min(93.2, max(0.0, 93.2 - i_d - ie_eff))


def mos(r: float) -> float:
    """Opinion score 1.0 to 4.5 of a rating (G.107 annex B); where the cubic dips under 1, it is 1."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
