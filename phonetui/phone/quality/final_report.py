"""How a call stood by the phone's own report of its end: all there is to judge by where a phone publishes no calls.

The report's figures are means and sums over the whole call, so they are graded as they are, without hysteresis.
"""

from dataclasses import dataclass

from phonetui.phone.measure import Grade, Metric
from phonetui.phone.quality.grading import Figure
from phonetui.phone.quality.limits import limits
from phonetui.phone.quality.score import phone_score
from phonetui.phone.quality.talk import MIN_PACKETS
from phonetui.phone.state import Call
from phonetui.phone.thresholds import Thresholds, step


@dataclass(frozen=True, slots=True)
class FinalReport:
    """What a report comes to; None and no figure for what it doesn't tell."""

    figures: tuple[Figure, ...]
    """Those that can be graded."""
    loss_pct: float | None
    """Percent of the packets that were expected."""
    discard_pct: float | None
    mos: float | None
    mos_source: str | None
    """`phone-cq` or `phone-lq`."""

    @property
    def grade(self) -> Grade:
        """The worst figure's; UNKNOWN without any, and instead of good where the loss isn't told."""
        worst = max((figure.grade or Grade.UNKNOWN for figure in self.figures), key=_severity, default=Grade.UNKNOWN)
        return Grade.UNKNOWN if worst is Grade.GOOD and self.loss_pct is None else worst


def final_report(call: Call, thresholds: Thresholds) -> FinalReport:
    """`call` with the figures of its end."""
    expected = None
    if call.packets_received is not None and call.lost_packets is not None:
        expected = call.packets_received + call.lost_packets
    enough = expected is not None and expected >= MIN_PACKETS
    loss_pct = 100.0 * (call.lost_packets or 0) / expected if enough and expected else None
    discard_pct = None
    if loss_pct is not None and call.discarded_packets is not None and expected:
        discard_pct = min(100.0 * call.discarded_packets / expected, 100.0)
    score = phone_score(call)
    values = {
        Metric.LOSS: loss_pct,
        Metric.DISCARD: discard_pct,
        Metric.JITTER: call.jitter_ms,
        Metric.DELAY: call.round_trip_ms,
        Metric.DECODER: call.decode_latency_ms,
        Metric.MOS: score.mos if score.speaks_for_now else None,
    }
    found = tuple(
        Figure(metric, value, step(value, limits(metric, call, thresholds)))
        for metric, value in values.items()
        if value is not None
    )
    return FinalReport(found, loss_pct, discard_pct, score.mos, score.source)


def _severity(grade: Grade) -> int:
    return grade.severity
