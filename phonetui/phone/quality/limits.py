"""Which limits a figure of a call has: a narrow codec's best is lower, so the same score means more."""

from dataclasses import replace

from phonetui.phone.measure import Metric
from phonetui.phone.quality.codec import codec, is_narrow
from phonetui.phone.state import Call
from phonetui.phone.thresholds import Limits, Thresholds


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
