"""A record as the flat row that other programs get: the same names in CSV and JSON Lines, more as time goes by."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from phonetui.phone.calls.call_record import CallRecord

Cell = str | int | float | bool | None


def row(record: CallRecord) -> dict[str, Cell]:
    """Percent, milliseconds and seconds as the names say; times in UTC; None where nobody said."""
    return {name: read(record) for name, read in COLUMNS.items()}


def instant(at: datetime | None) -> str | None:
    """`2026-11-21T12:00:00.123Z`"""
    return None if at is None else f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _fate(record: CallRecord) -> str:
    return "up" if record.is_up else "lost" if record.is_lost else "ended"


def _rounded(figure: float | None) -> float | None:
    """Two decimals, as in all that the program prints for programs."""
    return None if figure is None else round(figure, 2)


COLUMNS: Mapping[str, Callable[[CallRecord], Cell]] = {
    "id": lambda record: record.id,
    "phone": lambda record: record.phone,
    "model": lambda record: record.model,
    "version": lambda record: record.version,
    "line": lambda record: record.call.line,
    "call": lambda record: record.call.id,
    "direction": lambda record: record.call.direction,
    "remote_name": lambda record: record.call.remote_name,
    "remote_number": lambda record: record.call.remote_number,
    "began_at": lambda record: instant(record.began_at),
    "answered_at": lambda record: instant(record.answered_at),
    "seen_at": lambda record: instant(record.seen_at),
    "ended_at": lambda record: instant(record.ended_at),
    "fate": _fate,
    "talk_s": lambda record: _rounded(record.talk_s),
    "encoder": lambda record: record.call.encoder,
    "decoder": lambda record: record.call.decoder,
    "grade": lambda record: record.grade.word,
    "good_s": lambda record: _rounded(record.shares.good_s),
    "fair_s": lambda record: _rounded(record.shares.fair_s),
    "poor_s": lambda record: _rounded(record.shares.poor_s),
    "critical_s": lambda record: _rounded(record.shares.critical_s),
    "worst_at": lambda record: instant(record.worst.began_at) if record.worst else None,
    "worst_s": lambda record: _rounded(record.worst.seconds) if record.worst else None,
    "worst_gone_pct": lambda record: _rounded(record.worst.gone_pct) if record.worst else None,
    "worst_loss_pct": lambda record: _rounded(record.worst.loss_pct) if record.worst else None,
    "worst_jitter_ms": lambda record: _rounded(record.worst.jitter_ms) if record.worst else None,
    "worst_mos": lambda record: _rounded(record.worst.mos) if record.worst else None,
    "loss_pct": lambda record: _rounded(record.loss_pct),
    "discard_pct": lambda record: _rounded(record.discard_pct),
    "highest_jitter_ms": lambda record: _rounded(record.highest_jitter_ms),
    "highest_round_trip_ms": lambda record: _rounded(record.highest_round_trip_ms),
    "mos": lambda record: _rounded(record.mos),
    "mos_source": lambda record: record.mos_source,
    "packets_sent": lambda record: record.call.packets_sent,
    "packets_received": lambda record: record.call.packets_received,
    "lost_packets": lambda record: record.call.lost_packets,
    "discarded_packets": lambda record: record.call.discarded_packets,
    "jitter_ms": lambda record: _rounded(record.call.jitter_ms),
    "round_trip_ms": lambda record: _rounded(record.call.round_trip_ms),
    "decode_latency_ms": lambda record: _rounded(record.call.decode_latency_ms),
    "burst_ms": lambda record: _rounded(record.call.burst_ms),
    "gap_ms": lambda record: _rounded(record.call.gap_ms),
    "mos_lq": lambda record: _rounded(record.call.mos_lq),
    "mos_cq": lambda record: _rounded(record.call.mos_cq),
    "r_factor": lambda record: _rounded(record.call.r_factor),
    "loss_rate": lambda record: record.call.loss_rate,
    "discard_rate": lambda record: record.call.discard_rate,
    "final": lambda record: record.is_final,
    "cause_code": lambda record: record.cause_code,
    "cause": lambda record: record.cause,
    "other_phone": lambda record: record.partner[0] if record.partner else None,
    "other_line": lambda record: record.partner[1][0] if record.partner else None,
    "other_call": lambda record: record.partner[1][1] if record.partner else None,
}
"""`loss_rate` and `discard_rate` are the phone's own words, in a unit that is not published."""
