"""One call's figures: number, grade and line over time of each metric, what the phone reports itself, and totals."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from phonetui.numeric import decimal
from phonetui.phone import measure as measures
from phonetui.phone.history import CallHistory, Series, columns
from phonetui.phone.measure import Grade, Measure, Shares
from phonetui.phone.quality.emodel import AS_IF_RANDOM, ESTIMATE, stream_burst_ratio
from phonetui.phone.quality.grading import Limits, digits, step
from phonetui.phone.quality.grading import limits as limits_of
from phonetui.phone.state import Call, Phone
from phonetui.text import Printable
from phonetui.ui.snapshot import Snapshot, seen
from phonetui.ui.text.format import GRADES, aged, number
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, right, row, sparkline


class PhoneReported(NamedTuple):
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


def phone_reported(call: Call, measure: Measure) -> PhoneReported:
    scores = (("CQ", call.mos_cq, 1), ("LQ", call.mos_lq, 1), ("R", call.r_factor, 0))
    gap_s = None if call.gap_ms is None else call.gap_ms / 1000
    return PhoneReported(
        _rate(call.loss_rate, measure.phone_loss_pct),
        _rate(call.discard_rate, measure.phone_discard_pct),
        _phone_figures((("burst", call.burst_ms, "ms", 0), ("gap", gap_s, "s", 1))) or _unshaped(call, measure),
        _phone_figures((("decoder", call.decode_latency_ms, "ms", 0),)),
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
    said = decimal(raw)
    return said is not None and abs(said - pct) < 0.05


def _phone_figures(parts: Iterable[tuple[str, float | None, str, int]]) -> str:
    return " ".join(
        f"{name} {number(value, unit, digits=digits)}" for name, value, unit, digits in parts if value is not None
    )


_HEIGHTS = {Grade.GOOD: "▁", Grade.FAIR: "▃", Grade.POOR: "▅", Grade.CRITICAL: "█"}
"""Worse is higher, so that the bar tells without colours."""


def grade_seconds(shares: Shares) -> tuple[tuple[Grade, float], ...]:
    """Grade and seconds, best first."""
    return (
        (Grade.GOOD, shares.good_s),
        (Grade.FAIR, shares.fair_s),
        (Grade.POOR, shares.poor_s),
        (Grade.CRITICAL, shares.critical_s),
    )


def share_bar(shares: Shares, cells: int) -> Row:
    """`cells` cells, best first; what held at all has one at least. Blank where nothing was judged."""
    held = [(grade, seconds) for grade, seconds in grade_seconds(shares) if seconds]
    if not held:
        return row(Run(" " * cells))
    drawn, left, rest_s = [], cells, shares.total_s
    for place, (grade, seconds) in enumerate(held):
        others = len(held) - place - 1
        width = left if not others else min(max(round(left * seconds / rest_s), 1), left - others)
        drawn.append(Run(_HEIGHTS[grade] * width, GRADES[grade].role))
        left -= width
        rest_s -= seconds
    return row(*drawn)


def share_rows(shares: Shares) -> Iterator[Row]:
    """A row a grade that held: glyph and word, seconds, percent."""
    for grade, seconds in grade_seconds(shares):
        if seconds:
            told = f"{seconds:6.0f} s {100 * seconds / shares.total_s:5.0f} %"
            yield row(GRADES[grade].run(), " " * (10 - len(GRADES[grade].word)), Run(told, Role.VALUE))


def share_summary(shares: Shares) -> str:
    """`good 92 %, poor 8 %`; empty where nothing was judged."""
    told = ((grade.word, round(100 * seconds / shares.total_s)) for grade, seconds in grade_seconds(shares) if seconds)
    return ", ".join(f"{word} {percent} %" for word, percent in told)


STEP_S = 2.0
"""A column of a sparkline: the shortest interval at which calls are read by default."""
SIDE = 29
"""Cells for what the phone says itself, at the right of the lines."""
_SIDE_FROM = 84
_LEAD = 28
"""Cells before a line: its label, number and grade."""
_SOURCES = {"phone-cq": "CQ", "phone-lq": "LQ", "estimate": "est"}
"""Whose opinion score it is: the phone's, conversational or listening, or our estimate."""


class MetricStyle(NamedTuple):
    """How a figure is drawn. The scales are fixed, so that a height means the same on every call."""

    judged: measures.Metric
    label: str
    unit: str
    digits: int
    low: float
    high: float
    rooted: bool
    series: Callable[[CallHistory], Series]


METRICS = (
    MetricStyle(measures.Metric.LOSS, "loss", "%", 1, 0.0, 10.0, True, lambda history: history.loss_pct),
    MetricStyle(measures.Metric.DISCARD, "discard", "%", 1, 0.0, 10.0, True, lambda history: history.discard_pct),
    MetricStyle(measures.Metric.JITTER, "jitter", "ms", 0, 0.0, 100.0, False, lambda history: history.jitter_ms),
    MetricStyle(measures.Metric.DELAY, "delay", "ms", 0, 0.0, 500.0, False, lambda history: history.round_trip_ms),
    MetricStyle(measures.Metric.MOS, "MOS", "", 1, 1.0, 5.0, False, lambda history: history.mos),
)


def figures(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    """A row a metric; one row of explanation where the phone gives nothing to draw."""
    measure = phone.measure(call.key) or Measure(call.line, call.id)
    values = (measure.loss_pct, measure.discard_pct, call.jitter_ms, call.round_trip_ms, measure.mos)
    told = phone_reported(call, measure).beside()
    if not any(value is not None for value in values) and not measure.grade.is_verdict and not any(told):
        yield row("  ", Run("? unknown: the phone gives no figures for this call", Role.UNKNOWN))
        return
    has_side = width >= _SIDE_FROM
    room = width - _LEAD - (SIDE + 1 if has_side else 0)
    history = snapshot.histories.get(call.key)
    for metric, value, side in zip(METRICS, values, told, strict=True):
        limits = limits_of(metric.judged, call, snapshot.thresholds)
        drawn = _course(phone, metric, history, limits, room)
        runs = row(*_figure(phone, measure, metric, value, limits), *drawn)
        if has_side and side:
            runs = row(
                *runs, " " * (width - SIDE - cell_width(runs)), *seen(phone, (Run(clip(side, SIDE), Role.LABEL),))
            )
        yield runs


def totals(snapshot: Snapshot, phone: Phone, call: Call, width: int) -> Iterator[Row]:
    """Below the figures: packets, how the call stood so far, and what had no room beside the lines."""
    measure = phone.measure(call.key) or Measure(call.line, call.id)
    yield seen(phone, clipped(_packets(snapshot, call), width))
    yield from (seen(phone, clipped(runs, width)) for runs in _so_far(measure))
    if width < _SIDE_FROM and (told := phone_reported(call, measure).in_short()):
        yield seen(phone, row("  ", Run(clip(told, width - 2), Role.LABEL)))


def _figure(phone: Phone, measure: Measure, metric: MetricStyle, value: float | None, limits: Limits) -> Row:
    """Label, number and the grade of that number: `_LEAD` cells. An opinion score says whose it is."""
    shown = metric.digits if value is None else digits(value, limits, metric.digits)
    told = Run(right(number(value, metric.unit, digits=shown), 7), Role.DIM if value is None else Role.VALUE)
    source = _SOURCES.get(measure.mos_source or "", "") if metric.judged is measures.Metric.MOS else ""
    label = Run(f"  {pad(f'{metric.label} {source}'.rstrip(), 7)}", Role.LABEL)
    judged = measure.judgement(metric.judged)
    if judged is None and measure.mos_source == ESTIMATE and metric.judged is measures.Metric.MOS:
        judged = measure.judgement(measures.Metric.ESTIMATE)
    mark = None if value is None or judged is None else GRADES[judged.grade]
    grade = Run(pad(f" {mark.glyph} {mark.word}", 12), mark.role) if mark else Run(" " * 12)
    return row(label, told, grade) if phone.is_current else row(label, aged(told), aged(grade))


def _course(phone: Phone, metric: MetricStyle, history: CallHistory | None, limits: Limits, room: int) -> Row:
    """The figure over time, newest at the right end; shorter than `room` for as long as the call is.

    It ends at the newest answer, not now: so it stands still while nothing comes, and the age beside it grows.
    """
    until = phone.connection.fresh_at
    if history is None or until is None or room < 4:
        return ()
    begun = int(until // STEP_S) - int(history.since_at // STEP_S) + 1
    values = columns(metric.series(history), until=until, width=max(min(room, begun), 1), step_s=STEP_S)
    if not any(value is not None for value in values):
        return ()
    drawn = sparkline(values, metric.low, metric.high, rooted=metric.rooted)
    if not phone.is_current:
        return row(Run(drawn, Role.STALE))
    return row(*(Run(block, _role(value, limits)) for block, value in zip(drawn, values, strict=True)))


def _role(value: float | None, limits: Limits) -> Role:
    if value is None:
        return Role.GAP
    found = step(value, limits)
    return Role.CRITICAL_LINE if found is Grade.CRITICAL else GRADES[found].role


def _packets(snapshot: Snapshot, call: Call) -> Row:
    call = snapshot.baseline.call(call) if snapshot.baseline else call
    counted = (
        ("sent", call.packets_sent),
        ("received", call.packets_received),
        ("lost", call.lost_packets),
        ("discarded", call.discarded_packets),
    )
    parts = [
        run for name, value in counted for run in (Run(f"{name} ", Role.LABEL), Run(f"{number(value)}   ", Role.PLAIN))
    ]
    return row("  ", Run("packets  ", Role.LABEL), *parts, Run(snapshot.since, Role.ACCENT))


def _so_far(measure: Measure) -> Iterator[Row]:
    """Nothing before there is anything to tell of the whole call."""
    told = []
    if measure.grade.is_verdict and measure.shares.total_s:
        told.append(Run(share_summary(measure.shares)))
        if measure.worst:
            told.append(
                Run(f"   worst {measure.worst.seconds:.0f} s: {measure.worst.loss_discard_pct:.1f} % gone", Role.LABEL)
            )
    if lasted := _lasted(measure.measured_s):
        told.append(Run(f"{'   ' if told else ''}measured {lasted}", Role.LABEL))
    if told:
        yield row("  ", Run("so far   ", Role.LABEL), *told)


def _lasted(seconds: float) -> str:
    """In steps of 10 s, then of minutes, so that it changes no more often than worth a look."""
    if seconds < 10:
        return ""
    return f"{int(seconds // 10) * 10} s" if seconds < 120 else f"{int(seconds // 60)} min"
