"""Limits that depend on the codec: a narrow one's best is lower, so the same score means more."""

from dataclasses import replace

from phonetui.phone.quality.codec import codec, is_narrow
from phonetui.phone.state import Call
from phonetui.phone.thresholds import Limits, Thresholds


def mos_limits(call: Call, thresholds: Thresholds) -> Limits:
    return thresholds.mos_narrow if is_narrow(call.decoder) else thresholds.mos


def r_factor_limits(call: Call, thresholds: Thresholds) -> Limits:
    """A narrow codec's own impairment comes off what its best call can be rated, as with its scores."""
    known, limits = codec(call.decoder), thresholds.r_factor
    if known is None or not known.is_narrow:
        return limits
    critical = None if limits.critical is None else limits.critical - known.ie
    return replace(limits, fair=limits.fair - known.ie, poor=limits.poor - known.ie, critical=critical)
