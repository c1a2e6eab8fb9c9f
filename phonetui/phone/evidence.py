"""The figures of one end of a call that are worse than good, and how they are told as evidence."""

from math import inf

from phonetui.phone.ends import End
from phonetui.phone.measure import Judged, Metric

_UNITS = {
    Metric.LOSS: ("loss", " %", 1),
    Metric.BURST: ("bursts of loss", " ms", 0),
    Metric.DISCARD: ("discard", " %", 1),
    Metric.JITTER: ("jitter", " ms", 0),
    Metric.DELAY: ("round trip", " ms", 0),
    Metric.MOS: ("MOS", "", 1),
}


def bad(end: End, metric: Metric) -> Judged | None:
    """None where the figure is good, unknown, or of a call that is held."""
    return end.judged(metric) if end.is_open and end.is_bad(metric) else None


def loss(end: End) -> Judged | None:
    """Loss that stands, or that comes in bursts with good stretches between them."""
    return bad(end, Metric.LOSS) or bad(end, Metric.BURST)


def told_loss(end: End, judged: Judged) -> str:
    """With the worst of it, because lately there may be none."""
    worst = end.measure.worst if end.measure else None
    if judged.metric is not Metric.LOSS or worst is None or worst.gone_pct <= judged.value:
        return told(judged)
    return f"{told(judged)}, {worst.gone_pct:.1f} % in the worst {worst.seconds:.0f} s"


def told(judged: Judged) -> str:
    name, unit, digits = _UNITS[judged.metric]
    return f"{name} {judged.value:.{digits}f}{unit}{window(judged.window_s, 'at the last reading')}"


def window(seconds: float | None, moment: str) -> str:
    """` over 8 s`, ` since the call began`, or ` ` and `moment` for a figure of one; empty where it isn't known."""
    if seconds is None:
        return ""
    if seconds == inf:
        return " since the call began"
    return f" over {max(round(seconds), 1)} s" if seconds else f" {moment}"


def told_if_judged(end: End, metric: Metric) -> str:
    judged = end.judged(metric)
    return told(judged) if judged else ""
