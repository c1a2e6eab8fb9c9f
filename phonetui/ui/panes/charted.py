"""What a chart can draw: each figure of a call or of a port, on which scale, and where it stops being good."""

from dataclasses import dataclass
from math import inf, log10, trunc

from phonetui.phone.history import CallHistory, PortHistory, Series
from phonetui.phone.quality.measure import Metric as Judged
from phonetui.phone.quality.thresholds import Limits, Thresholds
from phonetui.phone.quality.thresholds import limits as limits_of
from phonetui.phone.state import Call
from phonetui.ui.panes.figures import METRICS

_TICKS: dict[Judged, tuple[float, ...]] = {
    Judged.MOS: (1, 2, 3, 4, 5),
    Judged.LOSS: (0, 1, 2, 5, 10),
    Judged.JITTER: (0, 25, 50, 75, 100),
    Judged.DELAY: (0, 100, 200, 300, 400, 500),
    Judged.DISCARD: (0, 1, 2, 5, 10),
}
"""Those figures first that are looked for first: the last ones give way where there is no room."""
_NONE_AT_ALL = Limits(0.0, 0.0)
_LEAST = 10.0
"""The top of a port's scale, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    label: str
    unit: str
    digits: int
    ticks: tuple[float, ...]
    """Numbers of the scale, which reaches from the first to the last."""
    rooted: bool = False
    """Whether small values get more room than large ones."""
    limits: Limits | None = None
    """None where no value is better than another."""
    near: Series
    far: Series | None = None
    """Of the other end, where that is a phone of this dashboard."""


def of_call(
    call: Call, thresholds: Thresholds, near: CallHistory, far: CallHistory | None = None
) -> tuple[Figure, ...]:
    """On fixed scales, so that a height means the same on every call."""
    metrics = {metric.judged: metric for metric in METRICS}
    return tuple(
        Figure(
            label=metrics[judged].label,
            unit=metrics[judged].unit,
            digits=metrics[judged].digits,
            ticks=ticks,
            rooted=metrics[judged].rooted,
            limits=limits_of(judged, call, thresholds),
            near=metrics[judged].series(near),
            far=metrics[judged].series(far) if far else None,
        )
        for judged, ticks in _TICKS.items()
    )


def of_port(history: PortHistory) -> tuple[Figure, ...]:
    """Both ways on one scale, which grows with the most that was seen."""
    rates = _ticks(history.rx_per_s, history.tx_per_s)
    errors = _ticks(history.errors)
    return (
        Figure(label="received", unit="p/s", digits=0, ticks=rates, near=history.rx_per_s),
        Figure(label="sent", unit="p/s", digits=0, ticks=rates, near=history.tx_per_s),
        Figure(label="errors", unit="", digits=0, ticks=errors, limits=_NONE_AT_ALL, near=history.errors),
    )


def _ticks(*series: Series) -> tuple[float, ...]:
    """Up to a round number that nothing kept exceeds."""
    most = max((value for each in series for _, value in each.window(-inf, inf) if value is not None), default=0.0)
    most = max(most, _LEAST)
    ten = 10.0 ** trunc(log10(most))
    times, parts = next(step for step in ((1, 2), (2, 4), (5, 5), (10, 2)) if step[0] * ten >= most)
    return tuple(times * ten * part / parts for part in range(parts + 1))
