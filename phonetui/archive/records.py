"""A call record as plain JSON values and back: the form in which the archive keeps it, whatever release wrote it.

Fields at their default are left out when written; reading takes the fields that it knows and passes over the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache, partial
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
    values: Plain = _written(record)
    return values


def record(values: Mapping[str, Any]) -> CallRecord:
    """Raises ValueError, TypeError or KeyError for what was never a record."""
    found: CallRecord = _reader(CallRecord)(values)
    return found


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
        (some,) = (_reader(part) for part in get_args(kind) if part is not NoneType)
        return lambda value: None if value is None else some(value)
    if get_origin(kind) is tuple:
        readers = [_reader(part) for part in get_args(kind) if part is not ...]
        if ... in get_args(kind):
            return lambda values: tuple(map(readers[0], values))
        return lambda values: tuple(read(value) for read, value in zip(readers, values, strict=True))
    kind = getattr(kind, "__supertype__", kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass_reader(kind)
    if kind is Grade:
        return {grade.word: grade for grade in Grade}.__getitem__
    if kind is datetime:
        return _moment
    return printable if kind is str else kind if issubclass(kind, Enum) else partial(_number, kind)


def _number(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"no number: {value!r}")
    return kind(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone: {value}")
    return moment


def _dataclass_reader(kind: type) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {
        (name, FILED_AS.get(name, name)): _reader(hints[name]) for name in (field.name for field in fields(kind))
    }

    def read(values: Any) -> Any:
        return kind(**{name: reader(values[filed]) for (name, filed), reader in readers.items() if filed in values})

    return read
