"""One call's figures: each with its number, its grade, and its own line over time on a fixed scale."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from phonetui.phone.history import CallHistory, Series, columns
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.quality import is_narrow, step
from phonetui.phone.state import Call, Phone
from phonetui.phone.thresholds import Limits
from phonetui.ui.format import GRADES, aged, number
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Role, Row, Run, pad, right, row, width
from phonetui.ui.widgets.sparkline import sparkline

STEP_S = 2.0
"""A column of a sparkline: the shortest interval at which calls are read by default."""
SIDE = 26
"""Cells for what the phone says itself, at the right of the lines."""
_SIDE_FROM = 84
_LEAD = 28
"""Cells before a line: its label, number and grade."""


class Metric(NamedTuple):
    """How a figure is drawn. The scales are fixed, so that a height means the same on every call."""

    label: str
    unit: str
    digits: int
    low: float
    high: float
    rooted: bool
    series: Callable[[CallHistory], Series]


MOS = Metric("MOS", "", 1, 1.0, 5.0, rooted=False, series=lambda history: history.mos)
LOSS = Metric("loss", "%", 1, 0.0, 10.0, rooted=True, series=lambda history: history.loss_pct)
JITTER = Metric("jitter", "ms", 0, 0.0, 100.0, rooted=False, series=lambda history: history.jitter_ms)
DELAY = Metric("delay", "ms", 0, 0.0, 500.0, rooted=False, series=lambda history: history.round_trip_ms)
METRICS = (MOS, LOSS, JITTER, DELAY)


def figures(scene: Scene, phone: Phone, call: Call, across: int) -> Iterator[Row]:
    """A row a metric, then the counters; one row of explanation where the phone gives nothing to draw."""
    measure, limits = phone.measure(call.key), scene.thresholds
    said = _phone_says(call, measure)
    values = (
        measure.mos if measure else None,
        measure.loss_pct if measure else None,
        call.jitter_ms,
        call.round_trip_ms,
    )
    is_judged = measure is not None and measure.grade not in (Grade.MEASURING, Grade.UNKNOWN)
    if not any(value is not None for value in values) and not is_judged and not any(said):
        yield row("  ", Run("? unknown: the phone gives no figures for this call", Role.UNKNOWN))
        return
    mos_limits = limits.mos_narrow if is_narrow(call.decoder) else limits.mos
    steps = (mos_limits, limits.loss_pct, limits.jitter_ms, limits.round_trip_ms)
    has_side = across >= _SIDE_FROM
    history = scene.histories.get(call.key)
    room = across - _LEAD - (SIDE + 1 if has_side else 0)
    for metric, value, limit, side in zip(METRICS, values, steps, said, strict=True):
        drawn = _course(phone, metric, history, limit, room)
        runs = row(*_figure(phone, metric, value, limit if is_judged else None), *drawn)
        yield row(*runs, " " * (across - SIDE - width(runs)), Run(side, Role.LABEL)) if has_side and side else runs
    yield _counters(call)
    if not has_side and any(said[:3]):
        yield row("  ", Run("  ".join(filter(None, said[:3])), Role.LABEL))


def _figure(phone: Phone, metric: Metric, value: float | None, limits: Limits | None) -> Row:
    """Label, number and grade: `_LEAD` cells."""
    told = Run(right(number(value, metric.unit, digits=metric.digits), 7), Role.DIM if value is None else Role.VALUE)
    found = step(value, limits) if limits else None
    grade = Run(pad(f" {GRADES[found].glyph} {GRADES[found].word}", 12), GRADES[found].role) if found else Run(" " * 12)
    label = Run(f"  {metric.label:<7}", Role.LABEL)
    return row(label, told, grade) if phone.is_current else row(label, aged(told), aged(grade))


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
    found = step(value, limits)
    return GRADES[found].role if found else Role.GAP


def _phone_says(call: Call, measure: Measure | None) -> tuple[str, str, str, str]:
    """The phone's own figures, one text beside each line; they are shown, not judged."""
    scores = (("CQ", call.mos_cq, 1), ("LQ", call.mos_lq, 1), ("R", call.r_factor, 0))
    mos = " ".join(f"{name} {value:.{digits}f}" for name, value, digits in scores if value is not None)
    losses = (("discard", measure.discard_pct if measure else None, "%", 1), ("burst", call.burst_ms, "ms", 0))
    gap_s = None if call.gap_ms is None else call.gap_ms / 1000
    buffers = (("decoder", call.decode_latency_ms, "ms", 0), ("gap", gap_s, "s", 1))
    return (
        f"phone {mos}" if mos else "",
        _told(losses),
        _told(buffers),
        "round trip" if call.round_trip_ms is not None else "",
    )


def _told(parts: Iterable[tuple[str, float | None, str, int]]) -> str:
    return " ".join(
        f"{name} {number(value, unit, digits=digits)}" for name, value, unit, digits in parts if value is not None
    )


def _counters(call: Call) -> Row:
    counted = (
        ("sent", call.packets_sent),
        ("received", call.packets_received),
        ("lost", call.lost_packets),
        ("discarded", call.discarded_packets),
    )
    parts = [
        run for name, value in counted for run in (Run(f"{name} ", Role.LABEL), Run(f"{number(value)}   ", Role.PLAIN))
    ]
    return row("  ", Run("packets  ", Role.LABEL), *parts)
