"""Observations as columns, one list a field: a block of a recording. It stands for itself, whatever became of others.

A leaf's value that is a whole number is its difference to the leaf's number before in the block; every other one is a
place in the block's table of words. Times are differences in microseconds. What comes seldom is among `objects`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from phonetui.errors import ProtocolError
from phonetui.monitor.observations import (
    AlertMuted,
    CallsResumed,
    ClaimChanged,
    ConnectionChanged,
    CountingResumed,
    EntryWritten,
    EventTaken,
    FleetCompared,
    LeavesChanged,
    MarkSet,
    Observation,
    PhoneAdded,
    PhoneRemoved,
    PlacesForbidden,
    ReadingScope,
    SightLost,
    TunnelsChanged,
    VoiceReportTaken,
)
from phonetui.phone.state import Connection, PhoneId
from phonetui.recording.values import ValueDecoder, ValueEncoder, fields, microseconds, moment_of, path_of
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event, Update

KINDS: tuple[type, ...] = (
    LeavesChanged, ConnectionChanged, FleetCompared, EventTaken, SightLost, CountingResumed, PlacesForbidden,
    ClaimChanged, CallsResumed, PhoneAdded, PhoneRemoved, TunnelsChanged, AlertMuted, EntryWritten, MarkSet,
    VoiceReportTaken,
)  # fmt: skip
"""By their numbers in a file: what is new stands at the end."""
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_GHOST, _NUMBER, _WORD = 0, 1, 2
_DIGITS = 15
"""Of a number that is kept as one."""
_CONNECTION = fields(Connection)
_PARTS = attrgetter(*_CONNECTION)
_SECOND = 1_000_000


def _is_number(digits: str) -> bool:
    """Whether a text of digits is written as a number would be."""
    return digits[0] != "0" and len(digits) <= _DIGITS and digits.isascii() if len(digits) > 1 else digits.isascii()


def _us(seconds: float) -> int:
    return round(seconds * _SECOND)


class BlockEncoder:
    """Takes observations of one block; `content` is what goes into the file."""

    def __init__(self) -> None:
        self._kinds = bytearray()
        self._times: list[int] = []
        """Of each observation that has one: monotonic, then wall less monotonic."""
        self._phones: dict[str, int] = {}
        self._of: list[int] = []
        self._scopes = bytearray()
        self._counts: list[int] = []
        self._paths: dict[Any, int] = {}
        self._leaves: list[int] = []
        """Three times the path's number, and what the value is."""
        self._numbers: list[int] = []
        self._words: dict[str, int] = {}
        self._texts: list[int] = []
        self._connected: list[int] = []
        self._objects: list[Any] = []
        self._values = ValueEncoder()
        self._before: dict[int, int] = {}
        self._connections: dict[int, tuple[Any, ...]] = {}
        self._at = self._offset = 0
        self.first_us = self.last_us = 0

    def __len__(self) -> int:
        return len(self._kinds)

    def add(self, observation: Observation) -> None:
        kind = type(observation)
        self._kinds.append(_NUMBERS[kind])
        if isinstance(observation, LeavesChanged):  # nearly all of them
            self._add_time(observation.at, observation.seen_at)
            self._add_leaves(self._phone(observation.phone), observation.changes, observation.scope)
            return
        match observation:
            case ConnectionChanged(phone, at, seen_at, connection, is_shared):
                self._add_time(at, seen_at)
                self._add_connection(self._phone(phone), connection, at, seen_at, is_shared)
            case FleetCompared(at, seen_at):
                self._add_time(at, seen_at)
            case EventTaken(phone, at, seen_at, event):
                self._add_time(at, seen_at)
                self._phone(phone)
                self._objects.append((event.name, event.fields, event.at))
            case SightLost(phone, at, seen_at) | CountingResumed(phone, at, seen_at):
                self._add_time(at, seen_at)
                self._phone(phone)
            case (
                PlacesForbidden(phone, at, seen_at, what)
                | ClaimChanged(phone, at, seen_at, what)
                | VoiceReportTaken(phone, at, seen_at, what)
            ):
                self._add_time(at, seen_at)
                self._phone(phone)
                self._objects.append(self._values.encode(what))
            case MarkSet(at, seen_at, words):
                self._add_time(at, seen_at)
                self._objects.append(words)
            case _:
                self._objects.append(self._values.encode(tuple(observation)))

    @property
    def content(self) -> dict[str, Any]:
        return {
            "kinds": bytes(self._kinds), "times": self._times, "phones": list(self._phones), "of": self._of,
            "scopes": bytes(self._scopes), "counts": self._counts, "paths": list(self._paths), "leaves": self._leaves,
            "numbers": self._numbers, "words": list(self._words), "texts": self._texts, "connected": self._connected,
            "connection": _CONNECTION, "objects": self._objects, "classes": self._values.classes,
        }  # fmt: skip

    def _add_time(self, at: float, seen_at: datetime) -> None:
        now, wall = _us(at), microseconds(seen_at)
        offset = wall - now
        self._times.append(now - self._at)
        self._times.append(offset - self._offset)
        self._at, self._offset = now, offset
        self.first_us = self.first_us or wall
        self.last_us = max(self.last_us, wall)

    def _phone(self, phone: str) -> int:
        number = self._phones.setdefault(phone, len(self._phones))
        self._of.append(number)
        return number

    def _add_leaves(self, phone: int, changes: Sequence[Update], scope: ReadingScope) -> None:
        self._scopes.append(scope)
        self._counts.append(len(changes))
        paths, words, before, leaves = self._paths, self._words, self._before, self._leaves
        above = phone << 32
        for place, value, _ in changes:
            path = paths.get(place)
            if path is None:
                path = paths[place] = len(paths)
            if value is None:
                leaves.append(3 * path + _GHOST)
            elif value.isdigit() and _is_number(value):
                number, key = int(value), above | path
                leaves.append(3 * path + _NUMBER)
                self._numbers.append(number - before.get(key, 0))
                before[key] = number
            else:
                leaves.append(3 * path + _WORD)
                word = words.get(value)
                if word is None:
                    word = words[value] = len(words)
                self._texts.append(word)

    def _add_connection(
        self, phone: int, connection: Connection, at: float, seen_at: datetime, is_shared: bool
    ) -> None:
        """Which fields differ from before, as bits; of these the times and the answer's duration as numbers."""
        now, before = _PARTS(connection), self._connections.get(phone)
        self._connections[phone] = now
        bits = sum(1 << place for place, value in enumerate(now) if before is None or value != before[place])
        connected = self._connected
        connected.append(bits << 1 | is_shared)
        for place, name in enumerate(_CONNECTION):
            if bits >> place & 1:
                value = now[place]
                if value is None:
                    connected.append(0)
                elif name == "fresh_at":
                    connected.append(1 + max(_us(at) - _us(value), 0))
                elif name == "seen_at":
                    connected.append(1 + max(microseconds(seen_at) - microseconds(value), 0))
                elif name == "answer_ms":
                    connected.append(1 + round(value * 1000))
                else:
                    connected.append(1)
                    self._objects.append(self._values.encode(value))


class _Column:
    """Hands out a column's values one by one."""

    def __init__(self, content: Any, name: str, kind: type) -> None:
        found = content[name]
        if type(found) is not kind:
            raise ProtocolError(f"a block whose {name} cannot be read")
        self.next: Callable[[], Any] = iter(content[name]).__next__


def observations_of(content: Any) -> Iterator[Observation]:
    """What `BlockEncoder` was given. Raises ProtocolError where the columns don't fit each other."""
    try:
        yield from _BlockDecoder(content).read()
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a block that cannot be read: {type(error).__name__}") from error


class _BlockDecoder:
    def __init__(self, content: Any) -> None:
        self._kinds = bytes(content["kinds"])
        self._times = _Column(content, "times", list).next
        self._phones = [PhoneId(printable(name)) for name in content["phones"]]
        self._of = _Column(content, "of", list).next
        self._scopes = _Column(content, "scopes", bytes).next
        self._counts = _Column(content, "counts", list).next
        self._paths = [path_of(steps) for steps in content["paths"]]
        self._leaves = _Column(content, "leaves", list).next
        self._numbers = _Column(content, "numbers", list).next
        self._words = [printable(word) for word in content["words"]]
        self._texts = _Column(content, "texts", list).next
        self._connected = _Column(content, "connected", list).next
        self._objects = _Column(content, "objects", list).next
        self._fields: list[str] = content["connection"]
        self._values = ValueDecoder(content["classes"])
        self._before: dict[tuple[PhoneId, int], int] = {}
        self._connections: dict[PhoneId, Connection] = {}
        self._at = self._offset = 0

    def read(self) -> Iterator[Observation]:
        for number in self._kinds:
            kind = KINDS[number]
            if kind is LeavesChanged:
                at, seen_at = self._moment()
                phone, scope = self._phones[self._of()], ReadingScope(self._scopes())
                yield LeavesChanged(phone, at, seen_at, self._changes(phone, at), scope)
            elif kind is FleetCompared:
                yield FleetCompared(*self._moment())
            elif kind is ConnectionChanged:
                at, seen_at = self._moment()
                phone = self._phones[self._of()]
                yield ConnectionChanged(phone, at, seen_at, *self._connection(phone, at, seen_at))
            elif kind is EventTaken:
                at, seen_at = self._moment()
                yield EventTaken(self._phones[self._of()], at, seen_at, _event(self._objects()))
            elif kind in (SightLost, CountingResumed):
                at, seen_at = self._moment()
                yield kind(self._phones[self._of()], at, seen_at)
            elif kind in (PlacesForbidden, ClaimChanged, VoiceReportTaken):
                at, seen_at = self._moment()
                yield kind(self._phones[self._of()], at, seen_at, self._values.decode(self._objects()))
            elif kind is MarkSet:
                yield MarkSet(*self._moment(), printable(self._objects()))
            else:
                yield kind(*self._values.decode(self._objects()))

    def _moment(self) -> tuple[float, datetime]:
        self._at += self._times()
        self._offset += self._times()
        return self._at / _SECOND, moment_of(self._at + self._offset)

    def _changes(self, phone: PhoneId, at: float) -> tuple[Update, ...]:
        changes = []
        for _ in range(self._counts()):
            path, what = divmod(self._leaves(), 3)
            value: Printable | None = None
            if what == _NUMBER:
                number = self._before[phone, path] = self._before.get((phone, path), 0) + self._numbers()
                value = Printable(str(number))
            elif what == _WORD:
                value = self._words[self._texts()]
            changes.append(Update(self._paths[path], value, at))
        return tuple(changes)

    def _connection(self, phone: PhoneId, at: float, seen_at: datetime) -> tuple[Connection, bool]:
        bits, is_shared = divmod(self._connected(), 2)
        changed: dict[str, Any] = {}
        for place, name in enumerate(self._fields):
            if bits >> place & 1:
                word = self._connected()
                if name == "fresh_at":
                    changed[name] = (_us(at) - word + 1) / _SECOND if word else None
                elif name == "seen_at":
                    changed[name] = moment_of(microseconds(seen_at) - word + 1) if word else None
                elif name == "answer_ms":
                    changed[name] = (word - 1) / 1000 if word else None
                else:
                    changed[name] = self._values.decode(self._objects()) if word else None
        known = {name: value for name, value in changed.items() if name in _CONNECTION}
        self._connections[phone] = connection = replace(self._connections.get(phone, Connection()), **known)
        return connection, bool(is_shared)


def _event(written: Any) -> Event:
    name, pairs, at = written
    return Event(printable(name), tuple((printable(key), printable(value)) for key, value in pairs), float(at))


def block(taken: Iterable[Observation]) -> BlockEncoder:
    """All of `taken` in one block."""
    encoder = BlockEncoder()
    for observation in taken:
        encoder.add(observation)
    return encoder
