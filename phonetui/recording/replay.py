"""A fleet from a recording: all screens work on it, commands don't, and the operator moves through time.

It runs as a live fleet does, beside the screen. A turn of the loop takes a bounded number of observations, so keys are
answered while a busy hour is gone through; a speed that this machine doesn't reach is simply not reached.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from phonetui.config.settings import Poll
from phonetui.errors import AccessError, ProtocolError
from phonetui.fleet.extensions import TimeJump, TimeMark
from phonetui.fleet.protocol import Permission, Trust
from phonetui.monitor.observations import LeavesChanged, Observation
from phonetui.phone.alerts.alert import subject_words
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.recording.moments import moment_from
from phonetui.recording.outline import Outline
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording, Restart
from phonetui.recording.values import microseconds, moment_of
from phonetui.text import Printable, printable
from phonetui.xapi.schema import CommandSchema, published

if TYPE_CHECKING:
    from phonetui.fleet.protocol import KeptCalls
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.journal import JournalEntry
    from phonetui.phone.quality.grading import Thresholds
    from phonetui.xapi.control_commands import KeyArgument
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path

SPEEDS = (1, 64)
TURN_S = 0.1
"""Seconds between two turns."""
IN_A_TURN = 200
"""Observations, of which a busy one costs half a millisecond."""
_US = 1_000_000


class ReplayFleet:
    """A `Fleet`, a `TreeFleet` and a `ReplayControl` over a recording."""

    def __init__(self, recording: Recording) -> None:
        """Raises ProtocolError where nothing of the recording can be played."""
        self.recording = recording
        self.outline = Outline(recording)
        self.speed = 1
        self.is_running = False
        self._player = Player(recording)
        self._marks = [TimeMark(moment_of(mark.at_us), mark.words) for mark in self.outline.marks]
        self._version = 0
        self._problem: int | None = None
        """The number of the one that was jumped to last."""
        self._is_closed = False

    @property
    def thresholds(self) -> "Thresholds":
        """The limits by which the calls were graded."""
        return self._player.fleet.thresholds

    @property
    def version(self) -> int:
        return self._player.journal.version + self._version

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        return self._player.fleet.phones

    @property
    def entries(self) -> "Sequence[JournalEntry]":
        return self._player.journal.entries

    @property
    def alerts(self) -> "Sequence[Alert]":
        return self._player.fleet.alerts.alerts

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        return self._player.fleet.analysis.hints

    @property
    def records(self) -> "Sequence[CallRecord]":
        self._player.records()
        return self._player.fleet.records.newest_first

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        self._player.figures(phone)
        return self._player.fleet.histories(phone)

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        self._player.figures(phone)
        return self._player.fleet.port_histories(phone)

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        return self._player.fleet.partner(phone, call)

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        return self._player.fleet.causes(phone, call)

    @property
    def unkept(self) -> str:
        return "of this recording alone"

    @property
    def older_calls(self) -> "KeptCalls | None":
        return None

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        self._player.fleet.alerts.mute(alert, muted=muted)

    def pace(self, phone: PhoneId, by: float) -> Poll:  # noqa: ARG002 - nothing is read here
        """The intervals at which the phone was polled."""
        interval_s = self.phones[phone].connection.interval_s
        return Poll(call_s=interval_s, idle_s=interval_s)

    def permission(self, phone: PhoneId) -> Permission:  # noqa: ARG002 - the same for all
        return Permission.DENIED

    def grant(self, phone: PhoneId) -> None:
        """Does nothing: a replay grants no control."""

    def revoke(self, phone: PhoneId) -> None:
        """Does nothing: nothing was granted."""

    @property
    def granted(self) -> Set[PhoneId]:
        return frozenset()

    async def dial(self, phone: PhoneId, number: str) -> Any:  # noqa: ARG002 - whatever it is
        raise _refusal()

    async def press(self, phone: PhoneId, key: str) -> Any:  # noqa: ARG002 - whatever it is
        raise _refusal()

    def document(self, phone: PhoneId) -> "Document":
        return self._player.fleet.document(phone)

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        return self._player.fleet.changed_at(phone)

    def trust(self, phone: PhoneId) -> Trust:
        """Trust as known elsewhere: certificates are not recorded."""
        return Trust.elsewhere(self.phones.get(phone))

    async def commands(self, phone: PhoneId) -> CommandSchema:  # noqa: ARG002 - what is published of all
        return published()

    def key_argument(self, phone: PhoneId) -> "KeyArgument":  # noqa: ARG002 - nothing is sent
        from phonetui.xapi.control_commands import (  # noqa: PLC0415 - seldom asked for
            ASSUMED_KEY_ARGUMENT,
            KeyArgument,
            KeyArgumentOrigin,
        )

        return KeyArgument(ASSUMED_KEY_ARGUMENT, KeyArgumentOrigin.ASSUMPTION)

    async def command(self, phone: PhoneId, command: Any, *, confirmed: bool = False) -> Any:  # noqa: ARG002 - any
        raise _refusal()

    async def run(self) -> None:
        """Lets time go on while it runs, until it is closed."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        while not self._is_closed:
            await asyncio.sleep(TURN_S)
            now = loop.time()
            if self.is_running:
                target = self._player.position_us + round((now - before) * self.speed * _US)
                while not self._player.advance(target, IN_A_TURN) and self._goes_on():
                    self._version += 1
                    await asyncio.sleep(0)
                self._version += 1
                if self._player.is_over:
                    self.is_running = False
            before = now

    def _goes_on(self) -> bool:
        """Whether it still runs."""
        return self.is_running

    # A timeline: see `fleet.replay_control`.

    @property
    def position(self) -> datetime:
        return moment_of(self._player.position_us)

    @property
    def at(self) -> float:
        return self._player.at

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.recording.first, self.recording.last

    @property
    def lost(self) -> Sequence[str]:
        return (*self.recording.warnings, *(span.words for span in self.recording.lost))

    @property
    def damage(self) -> str:
        span = self.recording.lost_before(self._player.position_us)
        return span.words if span is not None else ""

    def toggle(self) -> bool:
        self.is_running = not (self.is_running or self._player.is_over)
        self._version += 1
        return self.is_running

    def set_speed(self, speed: int) -> None:
        self.speed = min(max(speed, SPEEDS[0]), SPEEDS[1])
        self._version += 1

    def seek(self, moment: datetime) -> None:
        self._go_to(microseconds(moment))

    def seek_words(self, words: str, zone: tzinfo | None) -> None:
        self.seek(moment_from(words, self.span, self.position, zone))

    def step_change(self, phone: PhoneId, by: int) -> bool:
        found = self._next_change(phone) if by > 0 else self._previous_change(phone)
        return self._jump(found)

    def step_call(self, by: int, phone: PhoneId | None = None) -> TimeJump | None:
        found = self.outline.call(self._player.position_us, by, phone)
        if found is None:
            return None
        self._jump(found.at_us)
        return TimeJump(found.phone, Printable("a call began"))

    def step_problem(self, by: int) -> TimeJump | None:
        found = self.outline.problem(self._player.position_us, by, self._problem)
        if found is None:
            return None
        self._problem, alert = found
        self._jump(alert.at_us)
        words = f"{alert.id} {alert.severity}" + (f", {subject_words(alert.subject)}" if alert.subject else "")
        return TimeJump(alert.phone, printable(words))

    def strip(self, cells: int, phone: PhoneId | None = None) -> Sequence[int]:
        return self.outline.strip(cells, phone)

    @property
    def marks(self) -> Sequence[TimeMark]:
        return tuple(sorted(self._marks))

    def close(self) -> None:
        self.is_running, self._is_closed = False, True
        self.recording.close()

    def mark(self, words: str) -> str:
        self._marks.append(TimeMark(self.position, printable(words)))
        self._version += 1
        return self.recording.keep_mark(self._player.position_us, words)

    def _jump(self, at_us: int | None) -> bool:
        if at_us is None:
            return False
        self.is_running = False
        self._go_to(at_us)
        return True

    def _go_to(self, at_us: int) -> None:
        try:
            self._player.go_to(at_us)
        except ProtocolError:
            self.is_running = False
        self._version += 1

    def _next_change(self, phone: PhoneId) -> int | None:
        position = self.recording.position_before(self._player.position_us)
        for step in self.recording.steps_after(position):
            if (
                not isinstance(step, Restart)
                and (last := _changes(step, phone))
                and last[-1] > self._player.position_us
            ):
                return next(at_us for at_us in last if at_us > self._player.position_us)
        return None

    def _previous_change(self, phone: PhoneId) -> int | None:
        """From keyframe to keyframe back, until one is found."""
        until_us = self._player.position_us
        while True:
            position = self.recording.position_before(until_us - 1)
            found: list[int] = []
            for step in self.recording.steps_after(position):
                if isinstance(step, Restart):
                    continue
                changes = _changes(step, phone)
                found += [at_us for at_us in changes if at_us < self._player.position_us]
                if changes and changes[-1] >= self._player.position_us:
                    break
            if found:
                return found[-1]
            if position.at_us <= self.recording.first_us:
                return None
            until_us = position.at_us


def _changes(observed: Sequence[Observation], phone: PhoneId) -> list[int]:
    """The moments at which something that the phone reports changed."""
    return [
        microseconds(each.seen_at)
        for each in observed
        if isinstance(each, LeavesChanged) and each.phone == phone and each.changes
    ]


def _refusal() -> AccessError:
    return AccessError("this is a recording: nothing was sent", "Commands work on a live dashboard")
