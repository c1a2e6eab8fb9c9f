"""The outline of a recording, from its blocks' summaries: grades for the time strip; alerts, calls, marks to jump to.

It is read when a recording is opened. Of each block and phone it keeps a byte, of calls and alerts some 12 and 28.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from phonetui.phone.state import PhoneId
from phonetui.recording.frame import FrameType
from phonetui.recording.reader import Recording
from phonetui.text import NOTHING, Printable, printable

_FACTS = frozenset({"reboot", "port-link"})
"""Alerts that are information as long as they last, and what somebody looks for afterwards."""
_ACTIVE = "active"
Text = str | None


class RecordedAlert(NamedTuple):
    """An alert that was raised, changed or cleared."""

    at_us: int
    phone: PhoneId | None
    id: Printable
    subject: Printable
    severity: Printable
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
        self._alerts = MomentTable(5)
        self._calls = MomentTable(1)
        self.marks: list[RecordedMark] = []
        self.span = (recording.first_us, recording.last_us)
        for number, file in enumerate(recording.files):
            summaries = file.of_type(FrameType.SUMMARY)
            for place, first, last in zip(summaries.offsets, summaries.first_us, summaries.last_us, strict=True):
                with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError):
                    self._add(recording.content(number, place), first, last)
            marks = file.of_type(FrameType.MARK)
            for place, at_us in zip(marks.offsets, marks.first_us, strict=True):
                with suppress(KeyError, TypeError, AttributeError):
                    self.marks.append(RecordedMark(at_us, printable(recording.content(number, place)["words"])))
        self._alerts.sort()
        self._calls.sort()
        self.marks.sort()
        self._problems = array("i", self._raised())
        self._problems_us = array("q", [self._alerts.at_us[place] for place in self._problems])

    def _add(self, content: Any, first_us: int, last_us: int) -> None:
        """Adds the summary of a block. Raises what an unexpected body raises."""
        grades, count = (
            {printable(phone): int(grade) & 0xFF for phone, grade in content["grades"].items()},
            len(self._first),
        )
        self._first.append(first_us)
        self._last.append(last_us)
        self._worst.append(max(grades.values(), default=0))
        for phone, grade in grades.items():
            known = self._grades.setdefault(phone, bytearray())
            known.extend(bytes(count - len(known)))
            known.append(grade)
        for at_us, alerting, id_, subject, severity, is_active in content["alerts"]:
            self._alerts.add(at_us, alerting, id_, subject, severity, _ACTIVE if is_active else None)
        for at_us, calling, *_ in content["calls"]:
            self._calls.add(at_us, calling)

    @property
    def alerts(self) -> Iterator[RecordedAlert]:
        """In the order of time; of each that was raised the moments at which it was, or became another one."""
        return map(self._alert, range(len(self._alerts)))

    @property
    def calls(self) -> int:
        """How many calls began."""
        return len(self._calls)

    @property
    def problems(self) -> Sequence[int]:
        """When alerts were raised, oldest first; a restart is one, too, other information is none."""
        return self._problems_us

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

    def problem(self, at_us: int, by: int, since: int | None = None) -> tuple[int, RecordedAlert] | None:
        """The next one after a moment (`by` 1), or the previous one before it (-1), and its number among `problems`.

        Several may be raised at one moment: whoever stands at number `since` there comes to each of them.
        """
        if since is not None and 0 <= since < len(self._problems) and self._problems_us[since] == at_us:
            found: int | None = since + by
        else:
            found = step(self._problems_us, at_us, by)
        if found is None or not 0 <= found < len(self._problems):
            return None
        return found, self._alert(self._problems[found])

    def call(self, at_us: int, by: int, phone: PhoneId | None = None) -> RecordedCall | None:
        if phone is None:
            moments, found = self._calls.at_us, step(self._calls.at_us, at_us, by)
        else:
            moments = array("q", [self._calls.at_us[place] for place in self._calls.places(0, phone)])
            found = step(moments, at_us, by)
        if found is None:
            return None
        whose = phone if phone is not None else PhoneId(self._calls.texts(found)[0] or NOTHING)
        return RecordedCall(moments[found], whose)

    def _alert(self, place: int) -> RecordedAlert:
        phone, id_, subject, severity, active = self._alerts.texts(place)
        whose = None if phone is None else PhoneId(phone)
        return RecordedAlert(
            self._alerts.at_us[place], whose, id_ or NOTHING, subject or NOTHING, severity or NOTHING, active == _ACTIVE
        )

    def _raised(self) -> Iterator[int]:
        """The indices of alerts that are problems."""
        raised: set[tuple[PhoneId | None, str, str]] = set()
        for place, alert in enumerate(self.alerts):
            key = (alert.phone, alert.id, alert.subject)
            if alert.is_active and key not in raised and (alert.severity != "info" or alert.id in _FACTS):
                raised.add(key)
                yield place
            elif not alert.is_active:
                raised.discard(key)


class MomentTable:
    """Many rows of a moment and some texts in little memory: 8 bytes the moment, 4 each text, which is kept once."""

    def __init__(self, width: int) -> None:
        """Each row has `width` texts."""
        self.at_us = array("q")
        self._columns = [array("i") for _ in range(width)]
        self._numbers: dict[Text, int] = {}
        self._texts: list[Printable | None] = []

    def __len__(self) -> int:
        return len(self.at_us)

    def add(self, at_us: int, *texts: Text) -> None:
        """Raises TypeError for what is no moment or text; the table is as before then."""
        numbers = list(map(self._number, texts))
        self.at_us.append(at_us)
        for column, number in zip(self._columns, numbers, strict=True):
            column.append(number)

    def texts(self, place: int) -> "tuple[Printable | None, ...]":
        """Of a row."""
        return tuple(self._texts[column[place]] for column in self._columns)

    def sort(self) -> None:
        """By the moment; rows of one keep their order."""
        order = sorted(range(len(self)), key=self.at_us.__getitem__)
        self.at_us = array("q", [self.at_us[place] for place in order])
        self._columns = [array("i", [column[place] for place in order]) for column in self._columns]

    def places(self, column: int, text: Text) -> "array[int]":
        """Of the rows that have a text in a column."""
        number = self._numbers.get(text)
        return array("i", [place for place, each in enumerate(self._columns[column]) if each == number])

    def _number(self, text: Text) -> int:
        number = self._numbers.get(text)
        if number is None:
            self._texts.append(None if text is None else printable(text))
            number = self._numbers[text] = len(self._texts) - 1
        return number


def step(moments: "array[int]", at_us: int, by: int) -> int | None:
    """The place of the next moment after `at_us` (`by` 1), or of the previous one before it (-1)."""
    place = bisect_right(moments, at_us) if by > 0 else bisect_left(moments, at_us) - 1
    return place if 0 <= place < len(moments) else None
