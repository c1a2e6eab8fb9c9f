"""A call's figures as cells: number, unit and grade after hysteresis, for one end or both.

Everything comes from the one reading of an end (`Measure`) and the phone's own words beside it (`Call`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta, tzinfo
from typing import NamedTuple

from phonetui.numeric import decimal
from phonetui.phone.diagnosis import CallEnd
from phonetui.phone.history import CallHistory, Series, columns
from phonetui.phone.measure import WORDS, Grade, JudgedMetric, Measure, Metric, Shares, WorstWindow
from phonetui.phone.quality.emodel import AS_IF_RANDOM, ESTIMATE, stream_burst_ratio
from phonetui.phone.quality.grading import Limits, Thresholds, digits, step
from phonetui.phone.quality.grading import limits as limits_of
from phonetui.phone.state import Call, Phone
from phonetui.text import Printable
from phonetui.ui.snapshot import Snapshot, seen
from phonetui.ui.text.format import DASH, GRADES, name, number
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, right, row, sparkline


class PhoneReported(NamedTuple):
    """A text for each metric, empty where the phone says nothing of it."""

    loss: str
    discard: str
    burst: str
    buffer: str
    scores: str

    def summary(self) -> str:
        """The figures in one row, what matters most first."""
        loss, discard = self.loss and f"loss {self.loss}", self.discard and f"discard {self.discard}"
        return "  ".join(filter(None, (self.scores, loss, discard, self.burst, self.buffer)))


def phone_reported(call: Call, measure: Measure) -> PhoneReported:
    """What the phone says itself, of the whole call."""
    own = {SCORE_NAMES.get(measure.mos_source or "", ""): measure.mos}
    scores = (("CQ", own.get("CQ", call.mos_cq), 1), ("LQ", own.get("LQ", call.mos_lq), 1), ("R", call.r_factor, 0))
    gap_s = None if call.gap_ms is None else call.gap_ms / 1000
    return PhoneReported(
        _rate(call.loss_rate, measure.phone_loss_pct),
        _rate(call.discard_rate, measure.phone_discard_pct),
        _phone_figures((("burst", call.burst_ms, "ms", 0), ("gap", gap_s, "s", 1))) or _unshaped(call, measure),
        _phone_figures((("buffer", call.decode_latency_ms, "ms", 0),)),
        " ".join(f"{name} {value:.{digits}f}" for name, value, digits in scores if value is not None),
    )


def _unshaped(call: Call, measure: Measure) -> str:
    """That our estimate had no bursts to compute with, where anything is lost that could lie in some."""
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
"""A column of a line over time: the shortest interval at which calls are read by default."""
SCORE_NAMES = {"phone-cq": "CQ", "phone-lq": "LQ", ESTIMATE: "est"}
"""Whose opinion score it is: the phone's, conversational or listening, or our estimate."""
_WIDE_FROM = 112
"""Cells of a block from which on figures have room for the time until which a grade is held."""
LABEL_CELLS, CELL_CELLS, ROOMY_CELLS = 9, 20, 26
"""Of a row of figures; the last is a cell with room for the time until which hysteresis holds a grade."""


class MetricStyle(NamedTuple):
    """How a figure is drawn. The scales are fixed, so that a height means the same on every call."""

    judged: Metric
    label: str
    unit: str
    digits: int
    low: float
    high: float
    ticks: tuple[float, ...]
    """Numbers of the scale between its ends."""
    rooted: bool
    series: Callable[[CallHistory], Series]

    @property
    def is_floor(self) -> bool:
        """Whether small is bad."""
        return self.judged.is_floor


MOS = MetricStyle(Metric.MOS, "MOS", "", 1, 1.0, 5.0, (2, 3, 4), False, lambda history: history.mos)
LOSS = MetricStyle(Metric.LOSS, "loss", "%", 1, 0.0, 10.0, (1, 2, 5), True, lambda history: history.loss_pct)
DISCARD = MetricStyle(
    Metric.DISCARD, "discard", "%", 1, 0.0, 10.0, (1, 2, 5), True, lambda history: history.discard_pct
)
JITTER = MetricStyle(
    Metric.JITTER, "jitter", "ms", 0, 0.0, 100.0, (25, 50, 75), False, lambda history: history.jitter_ms
)
RTT = MetricStyle(
    Metric.DELAY, "RTT", "ms", 0, 0.0, 500.0, (100, 200, 300, 400), False, lambda history: history.round_trip_ms
)
METRICS = (MOS, LOSS, DISCARD, JITTER, RTT)
"""Those that are kept over time, in the order of their rows."""
_GROUNDS = {Metric.BURST: "burst", Metric.RATING: "R", Metric.DECODER: "buffer"}
"""Figures that have a row only while a call isn't good because of them: a headline says no word that stands nowhere."""


def limits(style: MetricStyle, call: Call, thresholds: Thresholds) -> Limits:
    return limits_of(style.judged, call, thresholds)


def value(style: MetricStyle, end: CallEnd) -> float | None:
    """The current figure of one end; None where the phone gives none."""
    measure, call = end.measure, end.call
    if style is JITTER:
        return call.jitter_ms
    if style is RTT:
        return call.round_trip_ms
    if measure is None:
        return None
    return {Metric.MOS: measure.mos, Metric.LOSS: measure.loss_pct}.get(style.judged, measure.discard_pct)


def judgement(style: MetricStyle, measure: Measure | None) -> JudgedMetric | None:
    """The grade of that figure; None where it takes no part."""
    if measure is None:
        return None
    is_ours = style is MOS and measure.mos_source == ESTIMATE
    return measure.judgement(Metric.ESTIMATE if is_ours else style.judged)


def label(style: MetricStyle, end: CallEnd) -> str:
    """The label of a figure, with whose score it is."""
    source = end.measure.mos_source if end.measure and style is MOS else None
    return f"{style.label} {SCORE_NAMES.get(source, '')}" if source else style.label


class CurrentFigure(NamedTuple):
    """One current figure of one end."""

    style: MetricStyle
    value: float | None
    judged: JudgedMetric | None
    """None where it takes no part in the grade."""
    limits: Limits


def current_figure(style: MetricStyle, end: CallEnd, thresholds: Thresholds) -> CurrentFigure:
    found = value(style, end)
    return CurrentFigure(style, found, judgement(style, end.measure), limits(style, end.call, thresholds))


def estimated_figure(end: CallEnd, thresholds: Thresholds) -> CurrentFigure:
    """Our own score of the current figures, beside the phone's."""
    judged = end.measure.judgement(Metric.ESTIMATE) if end.measure else None
    found = end.measure.estimate if end.measure else None
    return CurrentFigure(MOS, found, judged, limits(MOS, end.call, thresholds))


def ground_rows(ends: Sequence[CallEnd], thresholds: Thresholds) -> Iterator[tuple[str, Sequence[CurrentFigure]]]:
    """What makes the call at any of these ends worse than good and has no other row, with its figure at each."""
    for metric, label in _GROUNDS.items():
        judged = [end.measure.judgement(metric) if end.measure else None for end in ends]
        if any(found is not None and found.grade.is_impaired for found in judged):
            words = WORDS[metric]
            style = MetricStyle(
                metric, label, words.unit.strip(), words.digits, 0.0, 1.0, (), False, lambda _: Series()
            )
            yield (
                label,
                [
                    CurrentFigure(style, found.value if found else None, found, limits(style, end.call, thresholds))
                    for found, end in zip(judged, ends, strict=True)
                ],
            )


def has_estimate_row(*ends: CallEnd | None) -> bool:
    """Whether our score is another figure than the call's own."""
    return any(
        end is not None and end.measure and end.measure.estimate is not None and end.measure.mos_source != ESTIMATE
        for end in ends
    )


def figure_cell(figure: CurrentFigure, end: CallEnd, zone: tzinfo | None, cells: int) -> Row:
    """`6.0 % ✗ CRITICAL until 12:04:31` in exactly so many cells, as much of it as fits."""
    style, found, judged, limits = figure
    shown = style.digits if found is None else digits(found, limits, style.digits)
    told = Run(right(number(found, style.unit, digits=shown), 7), Role.DIM if found is None else Role.VALUE)
    mark = () if found is None or judged is None else (" ", grade_run(judged, end, zone, cells - 8))
    drawn = clipped(row(told, *mark), cells)
    return seen(end.phone, row(*drawn, " " * (cells - cell_width(drawn))))


def grade_run(judged: JudgedMetric, end: CallEnd, zone: tzinfo | None, cells: int) -> Run:
    """A grade, and why it is another one than the figure beside it earns: the longest wording that fits."""
    mark, words = GRADES[judged.grade], [GRADES[judged.grade].word]
    if judged.is_recovering:
        words = ["recovering", "↗"]
        seen_at = end.phone.connection.seen_at
        if judged.holds_s is not None and seen_at is not None:
            until = (seen_at + timedelta(seconds=judged.holds_s)).astimezone(zone)
            words = [f"{mark.word} until {until:%H:%M:%S}", f"until {until:%H:%M:%S}", *words]
    elif judged.is_worsening:
        words = [f"{mark.word}, worsening", "worsening", "↘"]
    fitting = (f"{mark.glyph} {word}" for word in words if len(word) + 2 <= cells)
    return Run(next(fitting, mark.glyph), mark.role)


def table_rows(snapshot: Snapshot, near: CallEnd, far: CallEnd | None, width: int) -> list[Row]:
    """A row a figure, a column an end; headed by who hears it where there are two."""
    cells = ROOMY_CELLS if width >= _WIDE_FROM else CELL_CELLS
    ends = [near] if far is None or width < LABEL_CELLS + 2 * cells else [near, far]

    def cell(figure: CurrentFigure, end: CallEnd) -> Row:
        return figure_cell(figure, end, snapshot.zone, cells)

    drawn = [_heads(ends, cells)] if len(ends) > 1 else []
    for style in METRICS:
        current = [run for end in ends for run in cell(current_figure(style, end, snapshot.thresholds), end)]
        drawn.append(_labelled(label(style, near), current))
        if style is MOS and has_estimate_row(*ends):
            ours = [run for end in ends for run in cell(estimated_figure(end, snapshot.thresholds), end)]
            drawn.append(_labelled("MOS est", ours))
    for words, figures in ground_rows(ends, snapshot.thresholds):
        runs = [run for figure, end in zip(figures, ends, strict=True) for run in cell(figure, end)]
        drawn.append(_labelled(words, runs))
    return drawn


def _heads(ends: Sequence[CallEnd], cells: int) -> Row:
    heads = [pad(f" {clip(name(end.phone), cells - 8)} hears", cells) for end in ends]
    return row(" " * LABEL_CELLS, Run("".join(heads), Role.TITLE))


def _labelled(label: str, figures: Sequence[Run]) -> Row:
    return (Run(pad(f"  {label}", LABEL_CELLS), Role.LABEL), *row(*figures))


def worse_measure(near: CallEnd, far: CallEnd | None) -> Measure | None:
    """A call is as bad as its worse end, which every headline and list goes by."""
    measures = [end.measure for end in (near, far) if end is not None and end.measure is not None]
    return max(measures, key=lambda measure: measure.grade, default=None)


def sparkline_row(phone: Phone, style: MetricStyle, history: CallHistory | None, limits: Limits, room: int) -> Row:
    """A figure over time, newest at the right end; shorter than `room` for as long as the call is.

    It ends at the newest answer, not now: so it stands still while nothing comes, and the age beside it grows.
    """
    until = phone.connection.fresh_at
    if history is None or until is None or room < 4:
        return ()
    begun = int(until // STEP_S) - int(history.since_at // STEP_S) + 1
    values = columns(
        style.series(history), until=until, width=max(min(room, begun), 1), step_s=STEP_S, lowest=style.is_floor
    )
    if not any(value is not None for value in values):
        return ()
    drawn = sparkline(values, style.low, style.high, rooted=style.rooted)
    if not phone.is_current:
        return row(Run(drawn, Role.STALE))
    return row(*(Run(block, _role(value, limits)) for block, value in zip(drawn, values, strict=True)))


def _role(value: float | None, limits: Limits) -> Role:
    if value is None:
        return Role.GAP
    found = step(value, limits)
    return Role.CRITICAL_LINE if found is Grade.CRITICAL else GRADES[found].role


def packets_row(snapshot: Snapshot, call: Call) -> Row:
    """What was counted, since the call began or since a chosen moment."""
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


def so_far_row(measure: Measure, zone: tzinfo | None) -> Row:
    """The whole call; empty before there is anything to tell of it."""
    told = []
    if measure.grade.is_verdict and measure.shares.total_s:
        told.append(Run(share_summary(measure.shares)))
        if measure.worst:
            told.append(Run(f"   {worst_words(measure.worst, zone)}", Role.LABEL))
    if lasted := _lasted(measure.measured_s):
        told.append(Run(f"{'   ' if told else ''}measured {lasted}", Role.LABEL))
    return row("  ", Run("so far   ", Role.LABEL), *told) if told else ()


def worst_words(worst: WorstWindow | None, zone: tzinfo | None) -> str:
    """`worst 10 s: 9.2 % lost or late, 12:03:24`; empty where there is none."""
    if worst is None:
        return ""
    began = worst.began_at.astimezone(zone)
    return f"worst {worst.seconds:.0f} s: {worst.loss_discard_pct:.1f} % lost or late, {began:%H:%M:%S}"


def _lasted(seconds: float) -> str:
    """In steps of 10 s, then of minutes, so that it changes no more often than worth a look."""
    if seconds < 10:
        return ""
    return f"{int(seconds // 10) * 10} s" if seconds < 120 else f"{int(seconds // 60)} min"


def received_words(call: Call) -> str:
    """`4065 / 4250`: received of what was expected."""
    if call.packets_received is None:
        return DASH
    return f"{call.packets_received} / {call.packets_received + (call.lost_packets or 0)}"
