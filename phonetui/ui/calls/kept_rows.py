"""Rows of a call that ended or went out of sight, from its record: figures over time, grades, alerts, causes.

Below all that, for whoever scrolls, stands the whole card. A record without figures over time is the card alone.
"""

from collections.abc import Sequence
from datetime import tzinfo

from phonetui.phone.alerts.alert import FIGURES, AlertId
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.history import CallHistory
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.next_steps import impaired_step
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.text import Printable
from phonetui.ui.calls.call_rows import CallSpan, ShownCall, ShownEnd, ShownFigure, titled
from phonetui.ui.calls.card import call_card, headline
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call_metrics import MetricStyle
from phonetui.ui.text.format import GRADES, SEVERITIES, TIMES, number
from phonetui.ui.text.rows import Role, Row, Run, clip, clipped, pad, right, row

NOT_KEPT = "No figures over time are kept of this end."
NONE_KEPT = "No figures over time are kept of this call: it was not read while it was up, or an older release kept it."
_SHARE_CELLS = 24
_NAME_CELLS = 16


def kept_call(
    records: Sequence[CallRecord], thresholds: Thresholds, zone: tzinfo | None, *, is_silent: bool = False
) -> ShownCall | None:
    """`records` are those of its ends that there are, the one that was opened first; None where no end has figures."""
    histories = [CallHistory.kept(record.series) if record.series else None for record in records]
    known = [history for history in histories if history is not None]
    if not known:
        return None
    near, other = records[0], records[1] if len(records) > 1 else None
    newest = max(record.last_at for record in records)
    span = CallSpan(min(history.since_at for history in known), newest.timestamp(), is_over=True)
    ends = [
        _end(record, records[1 - place] if other else None, history, thresholds)
        for place, (record, history) in enumerate(zip(records, histories, strict=True))
    ]

    def below(width: int, height: int) -> list[Row]:
        most = max(height // 8, 1)
        return [
            row(Run("─" * width, Role.DIM)),
            *titled("GRADE", [_grades(record, zone, is_named=len(records) > 1) for record in records], width),
            *titled("EVENTS", _alerts(records, zone)[:most], width),
            *titled("NEXT", hint_rows(records)[:most], width),
        ]

    def more(width: int) -> list[Row]:
        return [(), *call_card(near, other, zone, width, is_silent=is_silent)[1:]]

    def above(width: int) -> list[Row]:
        return [headline(near, zone, width, is_silent=is_silent, other=other)]

    return ShownCall(
        tuple(ends), span, newest, zone, above, below, more
    )  # fmt: skip


def without_figures(card: list[Row], width: int) -> list[Row]:
    """The card alone, and why it is alone."""
    return [*card[:1], clipped(row(" ", Run(NONE_KEPT, Role.DIM)), width), *card[1:]]


def _end(record: CallRecord, other: CallRecord | None, history: CallHistory | None, thresholds: Thresholds) -> ShownEnd:
    def limits(style: MetricStyle) -> Limits:
        return metrics.limits(style, record.call, thresholds)

    call, step_s = record.call, record.series.column_s if record.series else metrics.STEP_S
    counted = f"received {metrics.received_words(call)}  lost {number(call.lost_packets)}"
    total = row(Run("total  ", Role.LABEL), f"{counted}  discarded {number(call.discarded_packets)}")
    mark = GRADES[record.grade]
    words = " ".join(filter(None, (mark.glyph, mark.word, _part(record))))
    return ShownEnd(
        record.phone, other.phone if other else "", Run(words, mark.role), _figures(record), total, history, limits,
        gap_s=3 * step_s, why_blank=NOT_KEPT,
    )  # fmt: skip


def _part(record: CallRecord) -> str:
    """For how much of the call its grade held, which was the longest of all; empty where none did."""
    seconds = dict(metrics.grade_seconds(record.shares)).get(record.grade, 0.0)
    if not seconds:
        return ""
    total_s = record.shares.total_s
    return "throughout" if seconds == total_s else f"{100 * seconds / total_s:.0f} % of it"


def _figures(record: CallRecord) -> list[ShownFigure]:
    """Of the whole call: numbers alone, because grades are those of ten seconds each."""
    source = metrics.SCORE_NAMES.get(record.mos_source or "", "")
    return [
        _figure(metrics.MOS, f"MOS {source}".rstrip(), record.mos),
        _figure(metrics.LOSS, "loss", record.loss_pct),
        _figure(metrics.DISCARD, "discard", record.discard_pct),
        _figure(metrics.JITTER, "jitter", record.highest_jitter_ms, "up to"),
        _figure(metrics.RTT, "RTT", record.highest_round_trip_ms, "up to"),
    ]


def _figure(style: MetricStyle, label: str, value: float | None, words: str = "") -> ShownFigure:
    told = number(value, style.unit, digits=style.digits)
    role = Role.DIM if value is None else Role.VALUE

    def cell(cells: int) -> Row:
        said = f"{words} {told}" if words and value is not None else told
        return (Run(pad(right(said, 7) if not words else said, cells), role),)

    return ShownFigure(style, label, cell)


def _grades(record: CallRecord, zone: tzinfo | None, *, is_named: bool) -> Row:
    who = Run(f"{pad(record.phone, _NAME_CELLS)} ", Role.LABEL) if is_named else Run("")
    if not record.shares.total_s:
        why = "measuring: too few packets" if record.grade is Grade.MEASURING else "nothing could be judged"
        return row(who, Run(why, Role.DIM))
    bar = metrics.share_bar(record.shares, _SHARE_CELLS)
    return row(
        who,
        *bar,
        f"  {metrics.share_summary(record.shares)}   ",
        Run(metrics.worst_words(record.worst, zone), Role.LABEL),
    )


def _alerts(records: Sequence[CallRecord], zone: tzinfo | None) -> list[Row]:
    """What held while it was up, at either end, the newest first."""
    found = sorted(((alert, record) for record in records for alert in record.alerts), key=lambda one: one[0].raised_at)
    rows = []
    for alert, record in reversed(found):
        mark = SEVERITIES[alert.severity]
        cleared = f" to {alert.cleared_at.astimezone(zone):%H:%M:%S}" if alert.cleared_at else ""
        times = f"  ({TIMES}{alert.times})" if alert.times > 1 else ""
        rows.append(
            row(
                Run(f"{alert.raised_at.astimezone(zone):%H:%M:%S}{cleared} ", Role.DIM),
                Run(f"{clip(record.phone, _NAME_CELLS)} ", Role.LABEL),
                Run(f"{mark.glyph} {alert.text}", mark.role),
                Run(times, Role.LABEL),
            )
        )
    return rows or [row(Run("no alert while it was up", Role.DIM))]


def hint_rows(records: Sequence[CallRecord]) -> list[Row]:
    """Where to look, as known when it was seen last; what no figure explained has a step that finds out more."""
    hints: list[Printable] = list(dict.fromkeys(hint for record in records for hint in record.hints))
    lines = [row(Run(f"{place} {hint}", Role.INFO)) for place, hint in enumerate(hints, 1)]
    impaired = [record for record in records if record.grade.is_impaired]
    other = {record.phone: records[1 - place].phone for place, record in enumerate(records) if len(records) > 1}
    steps = [impaired_step(record.phone, other.get(record.phone, ""), _bad(record)) for record in impaired]
    lines = lines or [row(Run(step, Role.INFO)) for step in steps]
    return lines or [row(Run("nothing to do: no figure pointed anywhere", Role.DIM))]


def _bad(record: CallRecord) -> list[Metric]:
    """By the alerts that held, whose ids are the figures' words."""
    found = {alert.id: _METRICS.get(alert.id) for alert in record.alerts}
    return [metric for metric in found.values() if metric is not None]


_METRICS = {
    **{id_: Metric(id_.value) for id_ in FIGURES},
    AlertId.ONE_WAY_AUDIO: Metric.STALL,
    AlertId.SILENCE: Metric.STALL,
}
