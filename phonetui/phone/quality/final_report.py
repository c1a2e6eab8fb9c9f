"""How a call stood by the phone's own report of its end: all there is to judge by where a phone publishes no calls.

The report's figures are means and sums over the whole call, so they are graded as they are, without hysteresis.
"""

from dataclasses import dataclass

from phonetui.phone.measure import Grade
from phonetui.phone.quality.flow import Standstill
from phonetui.phone.quality.grading import Figure, call_grade, figures
from phonetui.phone.quality.recent import Lately
from phonetui.phone.quality.score import phone_score
from phonetui.phone.quality.talk import MIN_PACKETS
from phonetui.phone.state import Call
from phonetui.phone.thresholds import Thresholds


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
        """By the rules for a call that is up; UNKNOWN without any figure, and instead of good where loss isn't told."""
        return call_grade(self.figures)


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
    gone_pct = None if loss_pct is None else min(loss_pct + (discard_pct or 0.0), 100.0)
    found = figures(call, Lately(loss_pct, discard_pct, gone_pct), score, Standstill(), thresholds)
    return FinalReport(found, loss_pct, discard_pct, score.mos, score.source)
