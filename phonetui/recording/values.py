"""The program's frozen values as msgpack and back: the states in a keyframe.

A value may be reached by several ways and is the same object afterwards: what is written twice is a reference to the
first. Only classes of the rooms below come out, whatever a file asks for, and every text passes `printable`. Fields
go by their names, so that a class may gain or lose some; what cannot be read is an error, which the reader answers by
judging the documents anew.

    [0, …] tuple   [1, n] the n-th value that was finished   [2, k, v, …] mapping   [3, …] set   [4, µs] moment
    [5, µs] span   [6, class, name] of an enumeration        [7, …] path            [8 + class, …] by its fields
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from importlib import import_module
from operator import attrgetter
from pkgutil import walk_packages
from types import MappingProxyType
from typing import Any

from msgspec import Raw

from phonetui.errors import ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi.path import Path

_ROOM = "phonetui.phone"
_MODULES = ("phonetui.monitor.alert_journal", "phonetui.monitor.keyframe", "phonetui.xapi.document")
"""Whose classes may stand in a recording: all of the room of frozen states, wherever in it, and of three modules."""
_TUPLE, _REFERENCE, _MAPPING, _SET, _MOMENT, _SPAN, _ENUM, _PATH, _CLASS = range(9)
_ATOMS = frozenset({type(None), bool, int, float, str, bytes})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(since_1970_us: int) -> datetime:
    """Raises ProtocolError for a moment that no calendar has."""
    try:
        return _EPOCH + timedelta(microseconds=since_1970_us)
    except (OverflowError, TypeError) as error:
        raise ProtocolError("a moment that no calendar has") from error


def fields(kind: Any) -> tuple[str, ...]:
    """The names of a class's fields, in the order of its parameters; empty where it is no class of values."""
    if kind not in _FIELDS:
        _FIELDS[kind] = _fields(kind)
    return _FIELDS[kind]


_GETTERS: dict[type, Callable[[Any], tuple[Any, ...]]] = {}
"""All fields of a value at once; of classes that have more than one."""
_FIELDS: dict[Any, tuple[str, ...]] = {}


def _fields(kind: Any) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind) if field.init)
    names: tuple[str, ...] = getattr(kind, "_fields", ()) or getattr(kind, "__struct_fields__", ())
    return names


@cache
def _classes() -> Mapping[str, type]:
    """By name; a class name occurs once in the program."""
    room = import_module(_ROOM)
    modules = [found.name for found in walk_packages(room.__path__, f"{_ROOM}.")]
    return {
        name: kind
        for module in (*modules, *_MODULES)
        for name, kind in vars(import_module(module)).items()
        if isinstance(kind, type) and kind.__module__ == module and (issubclass(kind, Enum) or fields(kind))
    }


class ValueEncoder:
    """For the values of one frame: `classes` has to go along with what `encode` gives."""

    def __init__(self) -> None:
        self.classes: list[tuple[str, tuple[str, ...]]] = []
        """Names with the names of their fields."""
        self._numbers: dict[type, int] = {}
        self._places: dict[int, int] = {}
        self._kept: list[object] = []
        """So that no identity is used again."""

    def encode(self, value: Any) -> Any:
        """Raises TypeError for what is no value of the program."""
        kind = type(value)
        if kind in _ATOMS:
            return value
        if (place := self._places.get(id(value))) is not None:
            return (_REFERENCE, place)
        encoded = self._encoded(kind, value)
        self._finish(value)
        return encoded

    def encode_packed(self, mapping: Mapping[Any, Any], pack: Callable[[Any], bytes]) -> Any:
        """As `encode`, with each value packed at once: of a thousand phones there is never more than one in pieces."""
        parts = [part for key, value in mapping.items() for part in (key, Raw(pack(self.encode(value))))]
        self._finish(mapping)
        return (_MAPPING, *parts)

    def encode_parts(self, *parts: Any) -> Any:
        """A tuple of what is encoded already."""
        return (_TUPLE, *parts)

    def _finish(self, value: object) -> None:
        self._places[id(value)] = len(self._kept)
        self._kept.append(value)

    def _encoded(self, kind: type, value: Any) -> tuple[Any, ...]:
        encode, atoms = self.encode, _ATOMS
        known = self._numbers.get(kind)
        if known is not None and kind in _GETTERS:
            parts = _GETTERS[kind](value)
            return (_CLASS + known, *[part if type(part) in atoms else encode(part) for part in parts])
        if kind is tuple or kind is list:
            return (_TUPLE, *[part if type(part) in atoms else encode(part) for part in value])
        if kind is dict or kind is MappingProxyType:
            return (_MAPPING, *[encode(part) for item in value.items() for part in item])
        if kind is Path:
            return (_PATH, *value)
        if kind is frozenset or kind is set:
            return (_SET, *map(encode, value))
        if kind is datetime:
            return (_MOMENT, microseconds(value))
        if kind is timedelta:
            return (_SPAN, value // _MICROSECOND)
        if isinstance(value, Enum):
            return (_ENUM, self._number(kind), value.name)
        names = fields(kind)
        number = self._number(kind)
        if len(names) > 1:
            _GETTERS[kind] = attrgetter(*names)
        return (_CLASS + number, *[encode(getattr(value, name)) for name in names])

    def _number(self, kind: type) -> int:
        if kind not in self._numbers:
            if _classes().get(kind.__name__) is not kind:
                raise TypeError(f"{kind.__name__} is no value of a recording")
            self._numbers[kind] = len(self.classes)
            self.classes.append((kind.__name__, () if issubclass(kind, Enum) else fields(kind)))
        return self._numbers[kind]


class _Texts(dict[str, Printable]):
    """Each text as it may be shown; most stand there many times."""

    def __missing__(self, text: str) -> Printable:
        known = self[text] = printable(text)
        return known


class ValueDecoder:
    def __init__(self, classes: Any) -> None:
        """`classes` as the encoder had them in the end. Raises ProtocolError for one that does not exist."""
        self._makers = tuple(_maker(*entry) for entry in _pairs(classes))
        self._done: list[object] = []
        self._texts = _Texts()

    def decode(self, encoded: Any) -> Any:
        """Raises ProtocolError for what is no value of the program."""
        if type(encoded) is str:
            return self._texts[encoded]
        if type(encoded) is not list:
            return encoded
        try:
            tag = encoded[0]
            if tag == _REFERENCE:
                return self._done[encoded[1]]
            value = self._decoded(tag, encoded)
        except ProtocolError:
            raise
        except Exception as error:
            raise ProtocolError(f"a value that cannot be read: {type(error).__name__}") from error
        self._done.append(value)
        return value

    def _parts(self, encoded: list[Any]) -> list[Any]:
        decode, texts = self.decode, self._texts
        return [
            decode(part) if type(part) is list else texts[part] if type(part) is str else part for part in encoded[1:]
        ]

    def _decoded(self, tag: int, encoded: list[Any]) -> Any:
        if tag >= _CLASS:
            return self._makers[tag - _CLASS](self._parts(encoded))
        match tag:
            case 0:
                return tuple(self._parts(encoded))
            case 2:
                parts = self._parts(encoded)
                return dict(zip(parts[::2], parts[1::2], strict=True))
            case 3:
                return frozenset(self._parts(encoded))
            case 4:
                return moment_of(encoded[1])
            case 5:
                return timedelta(microseconds=encoded[1])
            case 6:
                return self._makers[encoded[1]](encoded[2])
        return path_of(encoded[1:])


def path_of(steps: Any) -> Path:
    """Raises ProtocolError for what cannot be a path."""
    if not isinstance(steps, list) or not all(type(step) in (str, int) for step in steps):
        raise ProtocolError("a path that cannot be read")
    return Path(printable(step) if isinstance(step, str) else step for step in steps)


def _pairs(classes: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    try:
        for name, names in classes:
            yield str(name), tuple(map(str, names))
    except (TypeError, ValueError) as error:
        raise ProtocolError("a table of classes that cannot be read") from error


def _maker(name: str, written: tuple[str, ...]) -> Callable[[Any], Any]:
    """Makes a value of its fields, in the order in which they were written."""
    kind = _classes().get(name)
    if kind is None:
        raise ProtocolError(f"a value of the unknown kind {printable(name[:40])}")
    if issubclass(kind, Enum):
        return lambda member: kind[member]
    known = fields(kind)

    def make(values: list[Any]) -> Any:
        return kind(**dict(zip(written, values, strict=True)))

    def make_of_known(values: list[Any]) -> Any:
        return kind(**{field: value for field, value in zip(written, values, strict=True) if field in known})

    return make if known == written else make_of_known
