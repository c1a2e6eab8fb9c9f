"""The figures of a call that is over, as they stand side by side: what was measured, and what the phone said itself."""

from collections.abc import Callable
from typing import NamedTuple

from phonetui.phone.quality.scales import percent
from phonetui.phone.record import CallRecord
from phonetui.text import Printable

Value = float | Printable | None
"""Words where the phone's unit isn't known."""

Reader = Callable[[CallRecord], Value]


class Figure(NamedTuple):
    name: str
    unit: str
    digits: int
    measured: Reader | None
    said: Reader | None
    """By the phone: at the end where it reported that, else when it was last seen."""

    def sides(self, record: CallRecord) -> tuple[str | None, str | None]:
        """Measured and said, in words; None where there is nothing to be had, empty where nobody said."""
        measured = self._words(self.measured(record)) if self.measured else None
        return measured, self._words(self.said(record)) if self.said else None

    def _words(self, value: Value) -> str:
        """`raw 3` where only the phone knows what it counts in."""
        if value is None:
            return ""
        return f"raw {value}" if isinstance(value, str) else f"{value:.{self.digits}f} {self.unit}".rstrip()


def _rate(raw: Printable | None, record: CallRecord) -> Value:
    pct = percent(raw, record.rates)
    return raw if pct is None else pct


def _estimate(record: CallRecord) -> Value:
    return record.mos if record.mos_source == "estimate" else None


FIGURES = (
    Figure("loss", "%", 1, lambda one: one.loss_pct, lambda one: _rate(one.call.loss_rate, one)),
    Figure("discard", "%", 1, lambda one: one.discard_pct, lambda one: _rate(one.call.discard_rate, one)),
    Figure("jitter, highest", "ms", 0, lambda one: one.highest_jitter_ms, None),
    Figure("jitter, last", "ms", 0, None, lambda one: one.call.jitter_ms),
    Figure("round trip, highest", "ms", 0, lambda one: one.highest_round_trip_ms, None),
    Figure("round trip, last", "ms", 0, None, lambda one: one.call.round_trip_ms),
    Figure("decode latency", "ms", 0, None, lambda one: one.call.decode_latency_ms),
    Figure("MOS CQ", "", 1, _estimate, lambda one: one.call.mos_cq),
    Figure("MOS LQ", "", 1, None, lambda one: one.call.mos_lq),
    Figure("R factor", "", 0, None, lambda one: one.call.r_factor),
    Figure("burst", "ms", 0, None, lambda one: one.call.burst_ms),
    Figure("gap", "ms", 0, None, lambda one: one.call.gap_ms),
    Figure("packets sent", "", 0, None, lambda one: one.call.packets_sent),
    Figure("packets received", "", 0, None, lambda one: one.call.packets_received),
    Figure("packets lost", "", 0, None, lambda one: one.call.lost_packets),
    Figure("packets discarded", "", 0, None, lambda one: one.call.discarded_packets),
)
