"""One call's figures: each with its number, its grade, its line over time on a fixed scale, and what the phone says."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from phonetui.phone.history import CallHistory, Series, columns
from phonetui.phone.quality import measure as measures
from phonetui.phone.quality.measure import Grade, Measure
from phonetui.phone.quality.thresholds import Limits, digits, step
from phonetui.phone.quality.thresholds import limits as limits_of
from phonetui.phone.state import Call, Phone
from phonetui.ui.format import GRADES, aged, number
from phonetui.ui.panes import shares
from phonetui.ui.panes.said import said
from phonetui.ui.panes.scene import Scene, seen
from phonetui.ui.row import Role, Row, Run, clip, clipped, pad, right, row, width
from phonetui.ui.widgets.sparkline import sparkline

STEP_S = 2.0
"""A column of a sparkline: the shortest interval at which calls are read by default."""
SIDE = 29
"""Cells for what the phone says itself, at the right of the lines."""
_SIDE_FROM = 84
_LEAD = 28
"""Cells before a line: its label, number and grade."""
_SOURCES = {"phone-cq": "CQ", "phone-lq": "LQ", "estimate": "est"}
"""Whose opinion score it is: the phone's, conversational or listening, or our estimate."""


class Metric(NamedTuple):
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
    Metric(measures.Metric.LOSS, "loss", "%", 1, 0.0, 10.0, True, lambda history: history.loss_pct),
    Metric(measures.Metric.DISCARD, "discard", "%", 1, 0.0, 10.0, True, lambda history: history.discard_pct),
    Metric(measures.Metric.JITTER, "jitter", "ms", 0, 0.0, 100.0, False, lambda history: history.jitter_ms),
    Metric(measures.Metric.DELAY, "delay", "ms", 0, 0.0, 500.0, False, lambda history: history.round_trip_ms),
    Metric(measures.Metric.MOS, "MOS", "", 1, 1.0, 5.0, False, lambda history: history.mos),
)


def figures(scene: Scene, phone: Phone, call: Call, across: int) -> Iterator[Row]:
    """A row a metric; one row of explanation where the phone gives nothing to draw."""
    measure = phone.measure(call.key) or Measure(call.line, call.id)
    values = (measure.loss_pct, measure.discard_pct, call.jitter_ms, call.round_trip_ms, measure.mos)
    told = said(call, measure).beside()
    if not any(value is not None for value in values) and not measure.grade.is_verdict and not any(told):
        yield row("  ", Run("? unknown: the phone gives no figures for this call", Role.UNKNOWN))
        return
    has_side = across >= _SIDE_FROM
    room = across - _LEAD - (SIDE + 1 if has_side else 0)
    history = scene.histories.get(call.key)
    for metric, value, side in zip(METRICS, values, told, strict=True):
        limits = limits_of(metric.judged, call, scene.thresholds)
        drawn = _course(phone, metric, history, limits, room)
        runs = row(*_figure(phone, measure, metric, value, limits), *drawn)
        if has_side and side:
            runs = row(*runs, " " * (across - SIDE - width(runs)), *seen(phone, (Run(clip(side, SIDE), Role.LABEL),)))
        yield runs


def totals(scene: Scene, phone: Phone, call: Call, across: int) -> Iterator[Row]:
    """Below the figures: packets, how the call stood so far, and what had no room beside the lines."""
    measure = phone.measure(call.key) or Measure(call.line, call.id)
    yield seen(phone, clipped(_packets(scene, call), across))
    yield from (seen(phone, clipped(runs, across)) for runs in _so_far(measure))
    if across < _SIDE_FROM and (told := said(call, measure).in_short()):
        yield seen(phone, row("  ", Run(clip(told, across - 2), Role.LABEL)))


def _figure(phone: Phone, measure: Measure, metric: Metric, value: float | None, limits: Limits) -> Row:
    """Label, number and what the number is by itself: `_LEAD` cells. An opinion score says whose it is.

    The call's own grade waits until trouble lasts; this one speaks of now, as the line beside it does.
    """
    shown = metric.digits if value is None else digits(value, limits, metric.digits)
    told = Run(right(number(value, metric.unit, digits=shown), 7), Role.DIM if value is None else Role.VALUE)
    source = _SOURCES.get(measure.mos_source or "", "") if metric.judged is measures.Metric.MOS else ""
    label = Run(f"  {pad(f'{metric.label} {source}'.rstrip(), 7)}", Role.LABEL)
    mark = None if value is None or not _takes_part(measure, metric) else GRADES[step(value, limits)]
    grade = Run(pad(f" {mark.glyph} {mark.word}", 12), mark.role) if mark else Run(" " * 12)
    return row(label, told, grade) if phone.is_current else row(label, aged(told), aged(grade))


def _takes_part(measure: Measure, metric: Metric) -> bool:
    return any(judged.metric is metric.judged for judged in measure.settled)


def _course(phone: Phone, metric: Metric, history: CallHistory | None, limits: Limits, room: int) -> Row:
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


def _packets(scene: Scene, call: Call) -> Row:
    call = scene.baseline.call(call) if scene.baseline else call
    counted = (
        ("sent", call.packets_sent),
        ("received", call.packets_received),
        ("lost", call.lost_packets),
        ("discarded", call.discarded_packets),
    )
    parts = [
        run for name, value in counted for run in (Run(f"{name} ", Role.LABEL), Run(f"{number(value)}   ", Role.PLAIN))
    ]
    return row("  ", Run("packets  ", Role.LABEL), *parts, Run(scene.since, Role.ACCENT))


def _so_far(measure: Measure) -> Iterator[Row]:
    """Nothing before there is anything to tell of the whole call."""
    told = []
    if measure.grade.is_verdict and measure.shares.total_s:
        told.append(Run(shares.in_short(measure.shares)))
        if measure.worst:
            told.append(Run(f"   worst {measure.worst.seconds:.0f} s: {measure.worst.gone_pct:.1f} % gone", Role.LABEL))
    if lasted := _lasted(measure.measured_s):
        told.append(Run(f"{'   ' if told else ''}measured {lasted}", Role.LABEL))
    if told:
        yield row("  ", Run("so far   ", Role.LABEL), *told)


def _lasted(seconds: float) -> str:
    """In steps of 10 s, then of minutes, so that it changes no more often than worth a look."""
    if seconds < 10:
        return ""
    return f"{int(seconds // 10) * 10} s" if seconds < 120 else f"{int(seconds // 60)} min"
