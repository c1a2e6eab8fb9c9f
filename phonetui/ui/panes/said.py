"""What a phone itself says of a call: averages since it began, shown beside what we measure and hardly judged."""

from collections.abc import Iterable
from typing import NamedTuple

from phonetui.phone.parse import number as number_of
from phonetui.phone.quality.emodel import AS_IF_RANDOM, ESTIMATE, stream_burst_ratio
from phonetui.phone.quality.measure import Measure
from phonetui.phone.state import Call
from phonetui.text import Printable
from phonetui.ui.format import number
from phonetui.ui.row import clip


class Said(NamedTuple):
    """A text for each metric, empty where the phone says nothing of it."""

    loss: str
    discard: str
    burst: str
    decoder: str
    scores: str

    def beside(self) -> tuple[str, ...]:
        """As they stand at the right of the lines."""
        return tuple(f"phone says {text}" if text and text not in (self.burst, self.decoder) else text for text in self)

    def in_short(self) -> str:
        """In one row, what matters most first."""
        loss, discard = self.loss and f"loss {self.loss}", self.discard and f"discard {self.discard}"
        told = ", ".join(filter(None, (self.scores, loss, discard, self.burst, self.decoder)))
        return f"phone says {told}" if told else ""


def said(call: Call, measure: Measure) -> Said:
    scores = (("CQ", call.mos_cq, 1), ("LQ", call.mos_lq, 1), ("R", call.r_factor, 0))
    gap_s = None if call.gap_ms is None else call.gap_ms / 1000
    return Said(
        _rate(call.loss_rate, measure.phone_loss_pct),
        _rate(call.discard_rate, measure.phone_discard_pct),
        _told((("burst", call.burst_ms, "ms", 0), ("gap", gap_s, "s", 1))) or _unshaped(call, measure),
        _told((("decoder", call.decode_latency_ms, "ms", 0),)),
        " ".join(f"{name} {value:.{digits}f}" for name, value, digits in scores if value is not None),
    )


def _unshaped(call: Call, measure: Measure) -> str:
    """That our estimate had no bursts to reckon with, where anything is lost that could lie in some."""
    counts = measure.mos_source == ESTIMATE and (measure.loss_pct or measure.discard_pct)
    return AS_IF_RANDOM if counts and stream_burst_ratio(call) is None else ""


def _rate(raw: Printable | None, pct: float | None) -> str:
    """A share as the phone gives it, beside what it is in percent, where its unit is known."""
    if raw is None:
        return ""
    if pct is None:
        return f"{clip(raw, 8)} (unit?)"
    return f"{pct:.1f} %" if _is_same(raw, pct) else f"{pct:.1f} % (raw {clip(raw, 8)})"


def _is_same(raw: Printable, pct: float) -> bool:
    said = number_of(raw)
    return said is not None and abs(said - pct) < 0.05


def _told(parts: Iterable[tuple[str, float | None, str, int]]) -> str:
    return " ".join(
        f"{name} {number(value, unit, digits=digits)}" for name, value, unit, digits in parts if value is not None
    )
