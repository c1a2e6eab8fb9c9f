"""A call's readings as a phone gives them, packet by packet by a plain rule: what the tests of measuring read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.measure import Measure
from phonetui.phone.quality import emodel
from phonetui.phone.quality.call_quality import CallQuality, take
from phonetui.phone.quality.emodel import codec
from phonetui.phone.quality.grading import DEFAULT, Thresholds
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Call, Phase
from phonetui.text import printable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TALK = Call(1, 0, state=printable("Connected"), phase=Phase.TALK, decoder=printable("G722"), remote_hold=False)
PACKETS_PER_S = 50


class Weather(Struct, frozen=True):
    """What the network does, and what the phone says of it."""

    loss: float = 0.0
    """Share of the packets sent to the phone."""
    discard: float = 0.0
    comes: bool = True
    goes: bool = True
    jitter_ms: float | None = 3.0
    round_trip_ms: float | None = 20.0
    decode_latency_ms: float | None = 45.0


FAIR_WEATHER = Weather()


class Conversation:
    """Counts evenly: of 100 packets at 3 % loss three are lost, as far apart as can be."""

    def __init__(self, decoder: str = "G722", *, scored: bool = True) -> None:
        self.at = 0.0
        self.weather = FAIR_WEATHER
        self._decoder = printable(decoder)
        self._scored = scored
        self._sent = self._came = self._lost = self._discarded = self._missed = 0.0

    def wait(self, seconds: float) -> None:
        weather, packets = self.weather, seconds * PACKETS_PER_S
        self.at += seconds
        self._sent += packets * weather.goes
        if not weather.comes:
            self._missed += packets
            return
        # What stood and comes again jumps in its numbering: the gap counts as lost.
        self._lost += packets * weather.loss + self._missed
        self._came += packets * (1 - weather.loss)
        self._discarded += packets * weather.discard
        self._missed = 0.0

    def reading(self) -> Call:
        """The phone's scores are averages since the call began."""
        weather, expected = self.weather, self._came + self._lost
        call = replace(
            TALK,
            decoder=self._decoder,
            packets_sent=int(self._sent + 1e-6),
            packets_received=int(self._came + 1e-6),
            lost_packets=int(self._lost + 1e-6),
            discarded_packets=int(self._discarded + 1e-6),
            jitter_ms=weather.jitter_ms,
            round_trip_ms=weather.round_trip_ms,
            decode_latency_ms=weather.decode_latency_ms,
            duration_s=float(int(self.at)),
        )
        known = codec(self._decoder)
        if not self._scored or known is None or not expected:
            return call
        loss_discard_pct = 100 * (self._lost + self._discarded) / expected
        delay_ms = emodel.one_way_delay_ms(call.round_trip_ms, call.decode_latency_ms)
        rating = emodel.r_factor(known, loss_discard_pct, delay_ms)
        return replace(call, mos_cq=round(emodel.mos_of_rating(rating), 1), r_factor=float(round(rating)))

    def readings(self, seconds: float, every_s: float) -> Iterator[tuple[float, Call]]:
        for _ in range(round(seconds / every_s)):
            self.wait(every_s)
            yield self.at, self.reading()


class Desk:
    """Takes readings as the monitor does."""

    def __init__(self, thresholds: Thresholds = DEFAULT, scale: LossRateUnit | None = None) -> None:
        self.tally: CallQuality | None = None
        self._thresholds = thresholds
        self._scale = scale

    def take(self, at: float, call: Call) -> Measure:
        seen_at = NOON + timedelta(seconds=at)
        self.tally = take(self.tally, call, at, seen_at, self._thresholds, scale=self._scale)
        return self.tally.measure

    def follow(self, conversation: Conversation, seconds: float, every_s: float = 2.0) -> list[Measure]:
        return [self.take(at, call) for at, call in conversation.readings(seconds, every_s)]
