"""The outline of a recording, from its blocks' summaries: grades for the time strip; alerts, calls, marks to jump to.

It is read when a recording is opened. Of each block and phone it keeps a byte.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from phonetui.errors import ProtocolError
from phonetui.phone.state import PhoneId
from phonetui.recording.frame import FrameType
from phonetui.recording.reader import Recording
from phonetui.text import Printable, printable

_FACTS = frozenset({"reboot", "port-link"})
"""Alerts that are information as long as they last, and what somebody looks for afterwards."""


class RecordedAlert(NamedTuple):
    """An alert that was raised, changed or cleared."""

    at_us: int
    phone: PhoneId | None
    id: str
    subject: str
    severity: str
    is_active: bool


class RecordedCall(NamedTuple):
    """A call that began."""

    at_us: int
    phone: PhoneId


class RecordedMark(NamedTuple):
    at_us: int
    words: Printable


class Outline:
    def __init__(self, recording: Recording) -> None:
        self._first = array("q")
        self._last = array("q")
        self._worst = bytearray()
        self._grades: dict[str, bytearray] = {}
        self.alerts: list[RecordedAlert] = []
        """In the order of time; of each that was raised the moments at which it was, or became another one."""
        self.calls: list[RecordedCall] = []
        self.marks: list[RecordedMark] = []
        self.span = (recording.first_us, recording.last_us)
        for file in recording.files:
            summaries = file.of_type(FrameType.SUMMARY)
            for place, first, last in zip(summaries.offsets, summaries.first_us, summaries.last_us, strict=True):
                with suppress(ProtocolError, KeyError, TypeError, ValueError):
                    self._add(file.content(place), first, last)
            marks = file.of_type(FrameType.MARK)
            for place, at_us in zip(marks.offsets, marks.first_us, strict=True):
                with suppress(ProtocolError, KeyError, TypeError):
                    self.marks.append(RecordedMark(at_us, printable(file.content(place)["words"])))
        self.alerts.sort()
        self.calls.sort()
        self.marks.sort()

    def _add(self, content: Any, first_us: int, last_us: int) -> None:
        count = len(self._first)
        self._first.append(first_us)
        self._last.append(last_us)
        self._worst.append(max(content["grades"].values(), default=0))
        for phone, grade in content["grades"].items():
            known = self._grades.setdefault(phone, bytearray())
            known.extend(bytes(count - len(known)))
            known.append(grade)
        for at_us, phone, id_, subject, severity, is_active in content["alerts"]:
            whose = None if phone is None else PhoneId(printable(phone))
            self.alerts.append(RecordedAlert(at_us, whose, id_, printable(subject), severity, is_active))
        for at_us, phone, *_ in content["calls"]:
            self.calls.append(RecordedCall(at_us, PhoneId(printable(phone))))

    def strip(self, cells: int, phone: PhoneId | None = None) -> Sequence[int]:
        """The worst grade of the fleet or a phone (`Grade.severity`, 0 for none) in each of `cells` equal parts."""
        first_us, last_us = self.span
        length = max(last_us - first_us, 1)
        worst = [0] * cells
        grades = self._worst if phone is None else self._grades.get(phone, bytearray())
        for place, grade in enumerate(grades):
            if not grade:
                continue
            low = (self._first[place] - first_us) * cells // length
            high = (self._last[place] - first_us) * cells // length
            for cell in range(max(low, 0), min(high, cells - 1) + 1):
                worst[cell] = max(worst[cell], grade)
        return worst

    def problems(self) -> Iterator[int]:
        """When alerts were raised, oldest first; a restart is one, too, other information is none."""
        raised: set[tuple[PhoneId | None, str, str]] = set()
        for alert in self.alerts:
            key = (alert.phone, alert.id, alert.subject)
            if alert.is_active and key not in raised and (alert.severity != "info" or alert.id in _FACTS):
                raised.add(key)
                yield alert.at_us
            elif not alert.is_active:
                raised.discard(key)

    def problem(self, at_us: int, by: int) -> RecordedAlert | None:
        """The next one after a moment (`by` 1), or the previous one before it (-1)."""
        moments = list(self.problems())
        found = _step(moments, at_us, by)
        return next((alert for alert in self.alerts if alert.at_us == found and alert.is_active), None)

    def call(self, at_us: int, by: int, phone: PhoneId | None = None) -> RecordedCall | None:
        calls = [call for call in self.calls if phone is None or call.phone == phone]
        found = _step([call.at_us for call in calls], at_us, by)
        return next((call for call in calls if call.at_us == found), None)


def _step(moments: Sequence[int], at_us: int, by: int) -> int | None:
    if by > 0:
        place = bisect_right(moments, at_us)
        return moments[place] if place < len(moments) else None
    place = bisect_left(moments, at_us)
    return moments[place - 1] if place else None
