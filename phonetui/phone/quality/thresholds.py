"""Where a figure stops being good: the limits that `[quality]` of the configuration can move.

The defaults are a synthesis of what vendors publish (Cisco's voice readiness and MPP guides, ITU-T G.109, Microsoft
CQD, Twilio, Pexip, Unify), not one vendor's standard. Comparisons are strict: a value on the limit is still good.

Which limits a figure of a call has: a narrow codec's best is lower, so the same score means more.
"""

from dataclasses import dataclass, replace

from phonetui.phone.quality.codec import codec, is_narrow
from phonetui.phone.quality.measure import Grade, Metric
from phonetui.phone.state import Call


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond `fair`, `poor` or `critical` a figure has that grade; None where a metric knows no such step."""

    fair: float
    poor: float
    critical: float | None = None
    is_floor: bool = False
    """Whether small is bad, as with an opinion score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    loss_pct: Limits = Limits(1.0, 3.0, 5.0)
    """Also applied to loss and discard together: RFC 3611 counts them alike."""
    discard_pct: Limits = Limits(1.0, 2.0)
    jitter_ms: Limits = Limits(30.0, 50.0)
    round_trip_ms: Limits = Limits(300.0, 400.0, 500.0)
    decode_latency_ms: Limits = Limits(80.0, 150.0)
    mos: Limits = Limits(4.0, 3.5, 3.1, is_floor=True)
    """G.711, G.722, Opus."""
    mos_narrow: Limits = Limits(3.5, 3.1, 2.6, is_floor=True)
    """G.729 and iLBC, whose best is lower."""
    r_factor: Limits = Limits(80.0, 70.0, 60.0, is_floor=True)
    burst_ms: Limits = Limits(100.0, 200.0)
    stall_s: Limits = Limits(2.0, 4.0)
    """Without a received packet, in talk and not held."""
    worsen: tuple[int, int] = (3, 5)
    """Samples of the last so many before a grade falls."""
    recover: tuple[int, int] = (3, 5)
    """Samples of the last so many before a grade rises."""


DEFAULT = Thresholds()


def digits(value: float, limits: Limits, least: int) -> int:
    """Decimals that show on which side of its limits a value lies: 3.46 is below 3.5, which "3.5" is not."""
    true = step(value, limits)
    return next((more for more in range(least, least + 3) if step(round(value, more), limits) is true), least)


def step(value: float, limits: Limits) -> Grade:
    """The grade of one value by itself."""
    sign = -1.0 if limits.is_floor else 1.0
    for limit, grade in ((limits.critical, Grade.CRITICAL), (limits.poor, Grade.POOR), (limits.fair, Grade.FAIR)):
        if limit is not None and sign * value > sign * limit:
            return grade
    return Grade.GOOD


def limits(metric: Metric, call: Call, thresholds: Thresholds) -> Limits:
    return {
        Metric.LOSS: thresholds.loss_pct,
        Metric.DISCARD: thresholds.discard_pct,
        Metric.JITTER: thresholds.jitter_ms,
        Metric.DELAY: thresholds.round_trip_ms,
        Metric.DECODER: thresholds.decode_latency_ms,
        Metric.MOS: mos_limits(call, thresholds),
        Metric.RATING: r_factor_limits(call, thresholds),
        Metric.BURST: thresholds.burst_ms,
        Metric.STALL: thresholds.stall_s,
    }[metric]


def mos_limits(call: Call, thresholds: Thresholds) -> Limits:
    return thresholds.mos_narrow if is_narrow(call.decoder) else thresholds.mos


def r_factor_limits(call: Call, thresholds: Thresholds) -> Limits:
    """A narrow codec's own impairment comes off what its best call can be rated, as with its scores."""
    known, limits = codec(call.decoder), thresholds.r_factor
    if known is None or not known.is_narrow:
        return limits
    critical = None if limits.critical is None else limits.critical - known.ie
    return replace(limits, fair=limits.fair - known.ie, poor=limits.poor - known.ie, critical=critical)
