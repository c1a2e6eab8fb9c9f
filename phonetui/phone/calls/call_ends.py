"""Calls as people count them: a call between two monitored phones is one call with two records."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from phonetui.phone.calls.call_record import CallRecord, overlap
from phonetui.phone.measure import Grade, WorstWindow
from phonetui.phone.state import CallDirection, CallKey, PhoneId

RECENT = 200
"""Records of ended calls among which the other end of a call that is up is looked for: the two end at other moments."""


class CallEnds(NamedTuple):
    """One call as people count it: its record, and that of its other end where that is a monitored phone."""

    near: CallRecord
    """The caller's, unless the call is seen from the other end."""
    far: CallRecord | None = None
    """None where the other end is no phone of ours, or is not known to be one."""

    @property
    def id(self) -> str:
        """An id of the call that is the same from whichever end it is seen."""
        return self.near.id if self.far is None else min(self.near.id, self.far.id)

    @property
    def records(self) -> tuple[CallRecord, ...]:
        return (self.near,) if self.far is None else (self.near, self.far)

    @property
    def is_up(self) -> bool:
        return any(record.is_up for record in self.records)

    @property
    def worse(self) -> CallRecord:
        """The end that the call is graded by."""
        return max(self.records, key=lambda record: record.grade.severity)

    @property
    def grade(self) -> Grade:
        return self.worse.grade

    @property
    def worst(self) -> WorstWindow | None:
        """The worst window of both ends."""
        windows = [record.worst for record in self.records if record.worst is not None]
        return max(windows, key=lambda window: window.loss_discard_pct, default=None)

    def is_of(self, phone: PhoneId | None) -> bool:
        """Whether one of the ends is this phone."""
        return any(record.phone == phone for record in self.records)

    def seen_from(self, phone: PhoneId | None) -> "CallEnds":
        """The call with the end at this phone as the near one, where it has one."""
        if self.far is not None and self.near.phone != phone and self.far.phone == phone:
            return CallEnds(self.far, self.near)
        return self


def join_ends(records: Sequence[CallRecord]) -> list[CallEnds]:
    """Each call once, where its first record stands."""
    wanted = {record.partner for record in records if record.partner is not None}
    if not wanted:
        return [CallEnds(record) for record in records]
    places: dict[tuple[PhoneId, CallKey], list[CallRecord]] = {}
    phones = {phone for phone, _ in wanted}
    for record in records:
        if record.phone in phones and (record.phone, record.key) in wanted:
            places.setdefault((record.phone, record.key), []).append(record)
    taken: set[int] = set()
    found = []
    for record in records:
        if id(record) in taken:
            continue
        far = _far(record, places.get(record.partner, ()) if record.partner else (), taken)
        if far is None:
            found.append(CallEnds(record))
            continue
        taken |= {id(record), id(far)}
        found.append(_ordered(record, far))
    return found


def _far(record: CallRecord, candidates: Iterable[CallRecord], taken: set[int]) -> CallRecord | None:
    for other in candidates:
        is_mutual = other.partner in (None, (record.phone, record.key))
        if other is not record and id(other) not in taken and is_mutual and overlap(record, other):
            return other
    return None


def _ordered(one: CallRecord, other: CallRecord) -> CallEnds:
    """The caller first."""
    is_callee = one.call.direction is CallDirection.INCOMING and other.call.direction is not CallDirection.INCOMING
    return CallEnds(other, one) if is_callee else CallEnds(one, other)


class JoinedCalls:
    """The calls of a long list of records, of which only those that are up change often."""

    def __init__(self) -> None:
        self._ended: Sequence[CallRecord] = ()
        self._joined: list[CallEnds] = []
        """Of those that are over."""

    def calls(self, records: Sequence[CallRecord]) -> Sequence[CallEnds]:
        """The records as calls, those that are up on top."""
        up = tuple(takewhile(lambda record: record.is_up, records))
        ended = tuple(records[len(up) :])
        if ended != self._ended:  # mostly the same objects: quickly compared
            self._ended, self._joined = ended, join_ends(ended)
        half_up = {record.partner for record in up} - {(record.phone, record.key) for record in up} - {None}
        if not half_up:
            return [*join_ends(up), *self._joined]
        return (
            join_ends([*up, *(record for call in self._joined[:RECENT] for record in call.records)])
            + self._joined[RECENT:]
        )
