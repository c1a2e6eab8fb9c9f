"""A record as plain values and back: what is kept in the file, whatever release wrote it.

Nothing is left out of what is written but fields at their default; reading takes what it knows and passes the rest by.

A record as the flat row that other programs get: the same names in CSV and JSON Lines, more as time goes by.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade
from phonetui.text import printable

Plain = dict[str, Any]

LONGEST = 1000
"""Characters kept of one text: a phone that babbles shall not fill the disk."""


def plain(record: CallRecord) -> Plain:
    """Strings, numbers, lists and dictionaries only, as JSON has them."""
    written: Plain = _written(record)
    return written


def record(values: Mapping[str, Any]) -> CallRecord:
    """Raises ValueError, TypeError or KeyError for what was never a record."""
    read: CallRecord = _reader(CallRecord)(values)
    return read


def _written(value: Any) -> Any:
    if isinstance(value, Grade):
        return value.word
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if isinstance(value, str):
        return value[:LONGEST]
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _written(known)
            for field in fields(value)
            if (known := getattr(value, field.name)) is not None and known != field.default
        }
    return value


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What reads a value of a type; all of them raise ValueError, TypeError or KeyError for what isn't one."""
    if get_origin(kind) in (Union, UnionType):
        (some,) = (part for part in get_args(kind) if part is not NoneType)
        return _optional(_reader(some))
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if parts[1:] == (...,):
            return _sequence(_reader(parts[0]))
        return _pair(tuple(_reader(part) for part in parts))
    kind = getattr(kind, "__supertype__", kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind)
    if kind is Grade:
        return {grade.word: grade for grade in Grade}.__getitem__
    if kind is datetime:
        return _moment
    return printable if kind is str else kind if issubclass(kind, Enum) else _number(kind)


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _sequence(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda values: tuple(read(value) for value in values)


def _pair(readers: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    return lambda values: tuple(read(value) for read, value in zip(readers, values, strict=True))


def _number(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, (bool, int, float)):
            raise TypeError(f"no number: {value!r}")
        return kind(value)

    return read


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone: {value}")
    return moment


def _dataclass(kind: type) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: (_reader(hints[field.name]), _is_needed(field)) for field in fields(kind)}

    def read(values: Any) -> Any:
        known = {}
        for name, (reader, is_needed) in readers.items():
            if name in values:
                known[name] = reader(values[name])
            elif is_needed:
                raise ValueError(f"{kind.__name__} without {name}")
        return kind(**known)

    return read


def _is_needed(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


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
