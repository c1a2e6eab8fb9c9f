"""Encodes observations as a block of columns; `columns` describes the form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

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
from phonetui.recording.columns import CONNECTION, DIGITS, GHOST, KINDS, NUMBER, WORD, microseconds_of, number_of
from phonetui.recording.keyframes import KeyframeTables
from phonetui.recording.values import ValueEncoder, microseconds
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import Path

_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_MOVING = ("seen_at", "fresh_at", "answer_ms")
"""Fields that differ with every answer of a phone."""
_STILL = attrgetter(*(name for name in CONNECTION if name not in _MOVING))
_PARTS = attrgetter(*CONNECTION)
_BITS = {name: 1 << place for place, name in enumerate(CONNECTION)}
_UNCONNECTED = Connection()


class _Leaf:
    """A leaf of a phone since the latest keyframe."""

    __slots__ = ("block", "first", "is_known", "last", "path")

    def __init__(self, path: int | None, first: int) -> None:
        self.path = 3 * (path or 0)
        """Three times its path's number in the present block."""
        self.is_known = path is not None
        """Whether the keyframe has the path."""
        self.first = self.last = first
        """Its number in the keyframe, and before in the present block."""
        self.block = 0


class BlockBase:
    """The keyframe that the blocks after it go on from, and how far each leaf is since."""

    def __init__(self, at_us: int, documents: Mapping[PhoneId, Document], tables: KeyframeTables) -> None:
        """What stood at `at_us` in the phones' trees, and by which numbers the keyframe has phones and paths."""
        self.at_us = at_us
        self.phones = {phone: number for number, phone in enumerate(tables.phones)}
        self.paths = {path: number for number, path in enumerate(tables.paths)}
        self.leaves: dict[PhoneId, dict[Path, _Leaf]] = {}
        self.blocks = 0
        self._documents = documents

    def leaf(self, phone: PhoneId, path: Path) -> _Leaf:
        """A leaf that no block has had yet."""
        document = self._documents.get(phone)
        value = document.get(path) if document is not None else None
        return _Leaf(self.paths.get(path), (number_of(value) if value is not None else None) or 0)


class BlockEncoder:
    """Takes observations of one block; `content` is what goes into the file."""

    def __init__(self, base: BlockBase) -> None:
        self._base = base
        base.blocks += 1
        self._number = base.blocks
        self._kinds = bytearray()
        self._times: list[int] = []
        self._phones: dict[PhoneId, int] = {}
        self._of: list[int] = []
        self._scopes = bytearray()
        self._counts: list[int] = []
        self._paths: dict[Path, int] = {}
        self._leaves: list[int] = []
        self._numbers: list[int] = []
        self._words: dict[str, int] = {}
        self._texts: list[int] = []
        self._connected: list[int] = []
        self._objects: list[Any] = []
        self._values = ValueEncoder()
        self._connections: dict[PhoneId, tuple[Connection, Any]] = {}
        self._read_us: dict[PhoneId, int] = {}
        """When each phone was read last."""
        self._at = self._offset = 0
        self._seen: datetime | None = None
        self.first_us = self.last_us = 0

    def __len__(self) -> int:
        return len(self._kinds)

    def add(self, observation: Observation) -> None:
        kind = type(observation)
        self._kinds.append(_NUMBERS[kind])
        if isinstance(observation, LeavesChanged):  # nearly all of them
            phone, at, seen_at, changes, scope = observation
            self._add_time(at, seen_at)
            self._add_leaves(phone, changes, scope)
            return
        match observation:
            case ConnectionChanged(phone, at, seen_at, connection, is_shared):
                self._add_time(at, seen_at)
                self._add_phone(phone)
                self._add_connection(phone, connection, is_shared)
            case FleetCompared(at, seen_at):
                self._add_time(at, seen_at)
            case EventTaken(phone, at, seen_at, event):
                self._add_time(at, seen_at)
                self._add_phone(phone)
                self._objects.append((event.name, event.fields, event.at))
            case SightLost(phone, at, seen_at) | CountingResumed(phone, at, seen_at):
                self._add_time(at, seen_at)
                self._add_phone(phone)
            case (
                PlacesForbidden(phone, at, seen_at, what)
                | ClaimChanged(phone, at, seen_at, what)
                | VoiceReportTaken(phone, at, seen_at, what)
            ):
                self._add_time(at, seen_at)
                self._add_phone(phone)
                self._objects.append(self._values.encode(what))
            case MarkSet(at, seen_at, words):
                self._add_time(at, seen_at)
                self._objects.append(words)
            case _:
                self._objects.append(self._values.encode(tuple(observation)))

    @property
    def content(self) -> dict[str, Any]:
        return {
            "base": self._base.at_us, "kinds": bytes(self._kinds), "times": self._times, "phones": list(self._phones),
            "of": self._of, "scopes": bytes(self._scopes), "counts": self._counts, "paths": list(self._paths),
            "leaves": self._leaves, "numbers": self._numbers, "words": list(self._words), "texts": self._texts,
            "connected": self._connected, "connection": CONNECTION, "objects": self._objects,
            "classes": self._values.classes,
        }  # fmt: skip

    def _add_time(self, at: float, seen_at: datetime) -> None:
        now = round(at * 1_000_000)
        if seen_at is not self._seen:
            self._seen = seen_at
            self.last_us = max(self.last_us, microseconds(seen_at))
            self._wall = microseconds(seen_at)
        offset = self._wall - now
        self._times += (now - self._at, offset - self._offset)
        self._at, self._offset = now, offset
        self.first_us = self.first_us or self._wall

    def _add_phone(self, phone: PhoneId) -> None:
        base = self._base.phones
        number = base.get(phone)
        if number is None:
            number = self._phones.setdefault(phone, len(base) + len(self._phones))
        self._of.append(number)

    def _add_leaves(self, phone: PhoneId, changes: Sequence[Update], scope: ReadingScope) -> None:
        self._add_phone(phone)
        self._scopes.append(scope)
        self._counts.append(len(changes))
        self._read_us[phone] = self._at
        known = self._base.leaves.get(phone)
        if known is None:
            known = self._base.leaves[phone] = {}
        leaves, numbers, block = self._leaves, self._numbers, self._number
        for place, value, _ in changes:
            leaf = known.get(place)
            if leaf is None:
                leaf = known[place] = self._base.leaf(phone, place)
            if leaf.block != block:
                self._begin_leaf(leaf, place)
            if value is None:
                leaves.append(leaf.path + GHOST)
            elif value.isdigit() and len(value) <= DIGITS and (value[0] != "0" or value == "0") and value.isascii():
                number = int(value)
                leaves.append(leaf.path + NUMBER)
                numbers.append(number - leaf.last)
                leaf.last = number
            else:
                leaves.append(leaf.path + WORD)
                self._texts.append(self._words.setdefault(value, len(self._words)))

    def _begin_leaf(self, leaf: _Leaf, place: Path) -> None:
        """Starts a leaf in this block."""
        leaf.block, leaf.last = self._number, leaf.first
        if not leaf.is_known:
            leaf.path = 3 * self._paths.setdefault(place, len(self._base.paths) + len(self._paths))

    def _add_connection(self, phone: PhoneId, connection: Connection, is_shared: bool) -> None:
        still = _STILL(connection)
        known = self._connections.get(phone)
        if known is None:
            known = (_UNCONNECTED, _STILL(_UNCONNECTED))
        before, was_still = known
        self._connections[phone] = (connection, still)
        bits, at = 0, self._connected
        place = len(at)
        at.append(0)
        if connection.seen_at != before.seen_at:
            bits |= _BITS["seen_at"]
            seen_at = connection.seen_at
            at.append(0 if seen_at is None else 1 + _signed(self._wall - microseconds(seen_at)))
        if connection.fresh_at != before.fresh_at:
            bits |= _BITS["fresh_at"]
            fresh_at = connection.fresh_at
            since = self._read_us.get(phone, self._at)
            at.append(0 if fresh_at is None else 1 + _signed(microseconds_of(fresh_at) - since))
        if connection.answer_ms != before.answer_ms:
            bits |= _BITS["answer_ms"]
            at.append(0 if connection.answer_ms is None else 1 + round(connection.answer_ms * 1000))
        if still != was_still:
            for name, value, other in zip(CONNECTION, _PARTS(connection), _PARTS(before), strict=True):
                if name not in _MOVING and value != other:
                    bits |= _BITS[name]
                    self._objects.append(self._values.encode(value))
        at[place] = bits << 1 | is_shared


def _signed(number: int) -> int:
    """Zigzag encoding: non-negative for either sign, small near 0."""
    return number << 1 if number >= 0 else (-number << 1) - 1
