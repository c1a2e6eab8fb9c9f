"""Decodes a block of columns into observations; `columns` describes the form."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from phonetui.errors import ProtocolError
from phonetui.monitor.observations import (
    ClaimChanged,
    ConnectionChanged,
    CountingResumed,
    EventTaken,
    FleetCompared,
    LeavesChanged,
    MarkSet,
    Observation,
    PlacesForbidden,
    ReadingScope,
    SightLost,
    VoiceReportTaken,
)
from phonetui.phone.state import Connection, PhoneId
from phonetui.recording.columns import CONNECTION, GHOST, KINDS, NUMBER, SECOND, WORD, microseconds_of
from phonetui.recording.keyframes import KeyframeTables
from phonetui.recording.values import ValueDecoder, microseconds, moment_of, path_of
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event, Update


def observations_of(content: Any, base: KeyframeTables | None = None) -> Iterator[Observation]:
    """What a `BlockEncoder` was given; `base` is the keyframe that `base_of` names.

    Raises ProtocolError where the columns don't fit each other, or go on from another keyframe.
    """
    try:
        yield from _BlockDecoder(content, base).read()
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a block that cannot be read: {type(error).__name__}") from error


def base_of(content: Any) -> int | None:
    """The moment of the keyframe that a block goes on from; None where it stands for itself, as in format 1.

    Raises ProtocolError.
    """
    base = content.get("base") if isinstance(content, dict) else None
    if base is not None and type(base) is not int:
        raise ProtocolError("a block that cannot be read")
    return base


class _Column:
    """Hands out a column's values one by one."""

    def __init__(self, content: Any, name: str, kind: type) -> None:
        found: Any = content[name]
        if type(found) is not kind:
            raise ProtocolError(f"a block whose {name} cannot be read")
        self.next: Callable[[], Any] = iter(content[name]).__next__


class _BlockDecoder:
    def __init__(self, content: Any, base: KeyframeTables | None) -> None:
        base_us = base_of(content)
        if base_us is None:
            base = None
        elif base is None or base.at_us != base_us:
            raise ProtocolError("the keyframe that it goes on from is lost")
        self._base = base
        self._kinds = bytes(content["kinds"])
        self._times = _Column(content, "times", list).next
        own_phones = [PhoneId(printable(name)) for name in content["phones"]]
        self._phones: Sequence[PhoneId] = (*base.phones, *own_phones) if base else own_phones
        self._of = _Column(content, "of", list).next
        self._scopes = _Column(content, "scopes", bytes).next
        self._counts = _Column(content, "counts", list).next
        own_paths = [path_of(steps) for steps in content["paths"]]
        self._paths = (*base.paths, *own_paths) if base else own_paths
        self._leaves = _Column(content, "leaves", list).next
        self._numbers = _Column(content, "numbers", list).next
        self._words = [printable(word) for word in content["words"]]
        self._texts = _Column(content, "texts", list).next
        self._connected = _Column(content, "connected", list).next
        self._objects = _Column(content, "objects", list).next
        self._fields: list[str] = content["connection"]
        self._values = ValueDecoder(content["classes"])
        self._before: dict[tuple[int, int], int] = {}
        """Numbers, by phone and path."""
        self._connections: dict[PhoneId, Connection] = {}
        self._read_us: dict[PhoneId, int] = {}
        self._at = self._offset = 0

    def read(self) -> Iterator[Observation]:
        for number in self._kinds:
            kind = KINDS[number]
            if kind is LeavesChanged:
                at, seen_at = self._moment()
                place, scope = self._of(), ReadingScope(self._scopes())
                phone = self._phones[place]
                self._read_us[phone] = self._at
                yield LeavesChanged(phone, at, seen_at, self._changes(place, at), scope)
            elif kind is FleetCompared:
                yield FleetCompared(*self._moment())
            elif kind is ConnectionChanged:
                at, seen_at = self._moment()
                phone = self._phones[self._of()]
                connection, is_shared = self._connection(phone, at, seen_at)
                yield ConnectionChanged(phone, at, seen_at, connection, is_shared)
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
        return self._at / SECOND, moment_of(self._at + self._offset)

    def _changes(self, phone: int, at: float) -> tuple[Update, ...]:
        changes = []
        base, before = self._base, self._before
        for _ in range(self._counts()):
            path, what = divmod(self._leaves(), 3)
            value: Printable | None = None
            if what == NUMBER:
                known = before.get((phone, path))
                if known is None:
                    known = base.number(phone, path) if base is not None else 0
                number = before[phone, path] = known + self._numbers()
                value = Printable(str(number))
            elif what == WORD:
                value = self._words[self._texts()]
            elif what != GHOST:
                raise ProtocolError("a leaf that cannot be read")
            changes.append(Update(self._paths[path], value, at))
        return tuple(changes)

    def _connection(self, phone: PhoneId, at: float, seen_at: datetime) -> tuple[Connection, bool]:
        bits, is_shared = divmod(self._connected(), 2)
        names = [name for place, name in enumerate(self._fields) if bits >> place & 1]
        changed = {name: self._connection_field(name, phone, at, seen_at) for name in names}
        known = {name: value for name, value in changed.items() if name in CONNECTION}
        self._connections[phone] = connection = replace(self._connections.get(phone, Connection()), **known)
        return connection, bool(is_shared)

    def _connection_field(self, name: str, phone: PhoneId, at: float, seen_at: datetime) -> Any:
        is_first_format = self._base is None
        if name not in ("fresh_at", "seen_at", "answer_ms"):
            return self._values.decode(self._objects()) if not is_first_format or self._connected() else None
        word = self._connected()
        if not word:
            return None
        if name == "answer_ms":
            return (word - 1) / 1000
        since = word - 1 if is_first_format else _signed(word - 1)
        if name == "seen_at":
            return moment_of(microseconds(seen_at) - since)
        if is_first_format:
            return (microseconds_of(at) - since) / SECOND
        return (self._read_us.get(phone, self._at) + since) / SECOND


def _signed(number: int) -> int:
    return -((number + 1) >> 1) if number & 1 else number >> 1


def _event(written: Any) -> Event:
    name, pairs, at = written
    return Event(printable(name), tuple((printable(key), printable(value)) for key, value in pairs), float(at))
