"""How a call stands: rates from counter differences, and a grade by fixed thresholds.

A phone's own rates are averages since the call began; they hide fresh trouble in a long call and keep blaming old
trouble. So loss is what happened between two readings. A metric that the phone doesn't give takes no part, and without
any metric a call is unknown, never good.
"""

from dataclasses import dataclass

from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import Call, Phase
from phonetui.phone.thresholds import Limits, Thresholds

MIN_PACKETS = 500
"""Expected packets before a grade: Microsoft CQD leaves shorter streams unclassified."""
MIN_TALK_S = 10.0
MIN_TALK_NARROW_S = 30.0
"""Cisco's MPP guide reads MOS after 10 s of G.711 and 30 s of G.729."""
_NARROW = ("g729", "ilbc", "g723", "g728")


@dataclass(frozen=True, slots=True)
class Counts:
    """A call's counters at one reading."""

    at: float
    """Monotonic seconds."""
    received: int
    lost: int
    discarded: int

    @property
    def expected(self) -> int:
        return self.received + self.lost


@dataclass(frozen=True, slots=True)
class Interval:
    """What happened to the received stream between two readings."""

    expected: int
    loss_pct: float | None
    """None when no packet was expected."""
    discard_pct: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """A stretch of talk under measurement: from its first reading to its latest."""

    baseline: Counts
    latest: Counts


def counts(call: Call, at: float) -> Counts | None:
    """None where the phone publishes no counters for the call."""
    if call.packets_received is None:
        return None
    return Counts(at, call.packets_received, call.lost_packets or 0, call.discarded_packets or 0)


def interval(before: Counts, after: Counts) -> Interval | None:
    """None after a reset: a counter that went back by more than late packets explain, or another call in the slot."""
    received = after.received - before.received
    lost = max(after.lost - before.lost, 0)  # RFC 3550 A.3: duplicates can take a lost packet back
    discarded = after.discarded - before.discarded
    if received < 0 or discarded < 0 or after.lost < before.lost - received - 1:
        return None
    expected = received + lost
    if not expected:
        return Interval(0, None, None)
    return Interval(expected, 100.0 * lost / expected, min(100.0 * discarded / expected, 100.0))


def take(tally: Tally | None, call: Call, at: float, thresholds: Thresholds) -> tuple[Tally | None, Measure | None]:
    """The next reading of a call: the tally to keep, and the measure to show; (None, None) outside of talk.

    Hold, resume and a counter that went back begin a new tally.
    """
    if call.phase is not Phase.TALK:
        return None, None
    now = counts(call, at)
    if now is None:
        return None, _measure(call, None, None, thresholds)
    passed = interval(tally.latest, now) if tally else None
    if tally is None or passed is None:
        tally = Tally(now, now)
        return tally, _measure(call, tally, None, thresholds)
    tally = Tally(tally.baseline, now)
    return tally, _measure(call, tally, passed, thresholds)


def is_narrow(codec: str | None) -> bool:
    """Whether a codec's best score is lower than G.711's, so that the same score means more."""
    folded = "".join(filter(str.isalnum, codec or "")).casefold()
    return any(name in folded for name in _NARROW)


def phone_mos(call: Call) -> tuple[float | None, str | None]:
    """The phone's opinion score and its source: conversational before listening quality."""
    if call.mos_cq is not None:
        return call.mos_cq, "phone-cq"
    return (call.mos_lq, "phone-lq") if call.mos_lq is not None else (None, None)


def step(value: float | None, limits: Limits) -> Grade | None:
    """The grade of one figure; None where there is none."""
    if value is None:
        return None
    sign = -1.0 if limits.is_floor else 1.0
    for limit, grade in ((limits.critical, Grade.CRITICAL), (limits.poor, Grade.POOR), (limits.fair, Grade.FAIR)):
        if limit is not None and sign * value > sign * limit:
            return grade
    return Grade.GOOD


def grade(call: Call, passed: Interval | None, thresholds: Thresholds) -> Grade:
    """The worst of the figures that exist; jitter alone is at most fair while hardly anything is lost by it."""
    loss = passed.loss_pct if passed else None
    discard = passed.discard_pct if passed else None
    gone = None if loss is None or discard is None else loss + discard
    mos_limits = thresholds.mos_narrow if is_narrow(call.decoder) else thresholds.mos
    steps = [
        step(loss, thresholds.loss_pct),
        step(discard, thresholds.discard_pct),
        step(gone, thresholds.loss_pct),
        step(call.round_trip_ms, thresholds.round_trip_ms),
        step(call.decode_latency_ms, thresholds.decode_latency_ms),
        step(phone_mos(call)[0], mos_limits),
        step(call.r_factor, thresholds.r_factor),
        step(call.burst_ms, thresholds.burst_ms),
        _jitter_step(call.jitter_ms, gone, thresholds),
    ]
    return max((found for found in steps if found), key=lambda found: found.severity, default=Grade.UNKNOWN)


def _jitter_step(jitter_ms: float | None, gone_pct: float | None, thresholds: Thresholds) -> Grade | None:
    found = step(jitter_ms, thresholds.jitter_ms)
    absorbed = gone_pct is not None and gone_pct < thresholds.loss_pct.fair
    return Grade.FAIR if absorbed and found and found.severity > Grade.FAIR.severity else found


def _measure(call: Call, tally: Tally | None, passed: Interval | None, thresholds: Thresholds) -> Measure:
    mos, source = phone_mos(call)
    packets = tally.latest.expected - tally.baseline.expected if tally else 0
    seconds = tally.latest.at - tally.baseline.at if tally else 0.0
    found = grade(call, passed, thresholds)
    minimum_s = MIN_TALK_NARROW_S if is_narrow(call.decoder) else MIN_TALK_S
    if tally is not None and (packets < MIN_PACKETS or seconds < minimum_s):
        found = Grade.MEASURING
    return Measure(
        call.line,
        call.id,
        grade=found,
        loss_pct=passed.loss_pct if passed else None,
        discard_pct=passed.discard_pct if passed else None,
        mos=mos,
        mos_source=source,
        measured_s=seconds,
        measured_packets=packets,
    )
