"""A record as plain values and back: what is kept in the file, whatever release wrote it.

Nothing is left out of what is written but fields at their default; reading takes what it knows and passes the rest by.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade
from phonetui.text import printable

Plain = dict[str, Any]

FILED_AS = {"loss_discard_pct": "gone_pct"}
"""Field → its name in the file, where the first releases had another word."""
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
            FILED_AS.get(field.name, field.name): _written(known)
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
            if (filed := FILED_AS.get(name, name)) in values:
                known[name] = reader(values[filed])
            elif is_needed:
                raise ValueError(f"{kind.__name__} without {name}")
        return kind(**known)

    return read


def _is_needed(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING
