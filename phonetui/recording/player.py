"""Plays a recording: the fleet as it was at any moment, made by the code that makes the live fleet.

    seek ──► latest keyframe before ──► its states ──► observations from there on, one after another ──► the moment

Nothing of it knows a clock: a moment is microseconds since 1970.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from phonetui.errors import ProtocolError
from phonetui.monitor.journal import MOST_ENTRIES, Report
from phonetui.monitor.observations import Observation, ObservationSink
from phonetui.monitor.observed_fleet import ObservedFleet
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.history import CallHistory, FigureSamples, PortHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import CallKey, PhoneId
from phonetui.recording.reader import Position, Recording, Restart
from phonetui.recording.reconstruction import Reconstruction, ReplayJournal
from phonetui.recording.values import microseconds, moment_of

if TYPE_CHECKING:
    from phonetui.monitor.keyframe import Keyframe

History = TypeVar("History", CallHistory, PortHistory)
MOST_CALLS = 5_000
"""The most ended calls that are listed, the latest."""
_FIGURES_S = 3600.0


class Player:
    def __init__(
        self,
        recording: Recording,
        *,
        report: Callable[[Report], None] | None = None,
        with_states: bool = True,
    ) -> None:
        """`report` is called with what `watch` prints. `with_states`: whether keyframes count beyond their documents.

        Raises ProtocolError where no keyframe can be read.
        """
        self.recording = recording
        self._made: Reconstruction | None = None
        self._sink: ObservationSink | None = None
        self.at = 0.0
        """Monotonic seconds of the recorded program."""
        self.position_us = recording.first_us
        self._report = report
        self._with_states = with_states
        self._keyframe: Position
        self._keyframe_at: float
        self._earlier: _EarlierFigures
        self._steps: Iterator[list[Observation] | Restart]
        self._block: list[Observation] = []
        self._next = 0
        self._latest = (0.0, 0)
        """The moment of the latest observation by both clocks."""
        self._has_calls = False
        self._has_figures: set[PhoneId] = set()
        self.seek(self.position_us)

    @property
    def fleet(self) -> ObservedFleet:
        return self.reconstruction.fleet

    @property
    def journal(self) -> ReplayJournal:
        return self.reconstruction.journal

    @property
    def reconstruction(self) -> Reconstruction:
        if self._made is None:
            raise ProtocolError("nothing of it was read")
        return self._made

    @property
    def moment(self) -> datetime:
        """Aware UTC."""
        return moment_of(self.position_us)

    def copy_to(self, sink: ObservationSink) -> None:
        """Gives all that is gone through from here on to a recorder, too, also past what is lost."""
        self._sink = sink
        self.reconstruction.copy_to(sink)

    @property
    def is_over(self) -> bool:
        return self.position_us >= self.recording.last_us

    def seek(self, at_us: int) -> None:
        """Goes to a moment, clamped to the recording. Raises ProtocolError where no keyframe can be read."""
        at_us = min(max(at_us, self.recording.first_us), self.recording.last_us)
        with _garbage_left():
            position, keyframe = self.recording.keyframe_near(at_us)
            self._restore(position, keyframe)
            self._steps = self.recording.steps_after(position)
            self._block, self._next = [], 0
            self.advance(at_us)

    def go_to(self, at_us: int) -> None:
        """Like `seek`, but plays forward where that is less work."""
        keyframe = self.recording.position_before(at_us)
        if at_us < self.position_us or (keyframe.file, keyframe.place) > (self._keyframe.file, self._keyframe.place):
            self.seek(at_us)
        else:
            self.advance(at_us)

    def advance(self, at_us: int, most: int | None = None) -> bool:
        """Plays forward to a moment, at most `most` observations; whether it is reached."""
        for taken, observation in enumerate(self._observations(at_us)):
            self.reconstruction.take(observation)
            if most is not None and taken + 1 >= most:
                self.position_us = max(self.position_us, min(self._latest[1], at_us))
                self._set_at()
                return False
        self.position_us = max(self.position_us, min(at_us, self.recording.last_us))
        self._set_at()
        return True

    def _set_at(self) -> None:
        self.at = self._latest[0] + max(self.position_us - self._latest[1], 0) / 1e6

    def _observations(self, until_us: int) -> Iterator[Observation]:
        """Those up to a moment; what has no time of its own goes with what came before it."""
        while True:
            while self._next < len(self._block):
                observation = self._block[self._next]
                seen_at: datetime | None = getattr(observation, "seen_at", None)
                if seen_at is not None:
                    seen_us = microseconds(seen_at)
                    if seen_us > until_us:
                        return
                    self._latest = (getattr(observation, "at"), seen_us)  # noqa: B009 - goes with `seen_at`
                self._next += 1
                yield observation
            step = next(self._steps, None)
            if step is None:
                return
            if isinstance(step, Restart):
                if step.position.at_us > until_us:
                    self._steps = _again(step, self._steps)
                    return
                self._restore(step.position, step.keyframe)
                continue
            self._block, self._next = step, 0

    def _restore(self, position: Position, keyframe: "Keyframe") -> None:
        entries = self.recording.outcomes(JournalEntry, position, MOST_ENTRIES)
        if not self._with_states:
            bare = {phone: each._replace(state=None) for phone, each in keyframe.phones.items()}
            keyframe = keyframe._replace(phones=bare, alerts=None, analysis=None)
        version = self._made.journal.version if self._made is not None else 0
        self._made = Reconstruction.of(keyframe, self._report)
        self._made.journal.restore(entries, version + 1)
        if self._sink is not None:
            self._sink.take_keyframe(keyframe)
            self._made.copy_to(self._sink)
        self._keyframe = position
        self._latest = (keyframe.at, position.at_us)
        self.position_us = position.at_us
        self.at = keyframe.at
        self._keyframe_at = keyframe.at
        self._earlier = _EarlierFigures(self.recording.figures(position))
        for phone, observed in self._made.fleet.observed.items():
            observed.knowledge.whole_history = partial(self._whole_history, phone)
        self._has_calls = False
        self._has_figures = set()

    def records(self) -> None:
        """Brings the calls that were over before the keyframe, once somebody looks at calls."""
        if not self._has_calls:
            self._has_calls = True
            with _garbage_left():
                self.fleet.records.add(self.recording.outcomes(CallRecord, self._keyframe, MOST_CALLS)[::-1])

    def figures(self, phone: PhoneId) -> None:
        """Brings a phone's figures over the hour before the keyframe, once somebody looks at the phone."""
        observed = self.fleet.observed.get(phone)
        if observed is None or phone in self._has_figures:
            return
        self._has_figures.add(phone)
        knowledge, earlier = observed.knowledge, self._earlier
        earlier.read(self._keyframe.at_us - round(_FIGURES_S * 1e6))
        for key, history in knowledge.histories.items():
            knowledge.histories[key] = earlier.before(phone, key, history)
        for index, ports in knowledge.port_histories.items():
            knowledge.port_histories[index] = earlier.before(phone, (index,), ports)

    def _whole_history(self, phone: PhoneId, key: CallKey, history: CallHistory) -> CallHistory:
        """With what was recorded of the call before the keyframe; for one that ends while nobody looks."""
        if phone in self._has_figures:
            return history
        since_s = min(max(self._keyframe_at - history.since_at, 0.0), _FIGURES_S)
        self._earlier.read(self._keyframe.at_us - round(since_s * 1e6))
        return self._earlier.before(phone, key, history)


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Nobody looks for garbage meanwhile: of much that is made at once and stays, it is a third of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _EarlierFigures:
    """Figures that were recorded before a keyframe, of all phones, as far back as somebody wanted."""

    def __init__(self, recorded: Iterator[tuple[Any, int]]) -> None:
        """`recorded`: rows of each keyframe, the newest first, and its moment in µs."""
        self._recorded = recorded
        self._read_us: int | None = None
        self._samples: dict[tuple[PhoneId, tuple[int, ...], float], list[FigureSamples]] = {}
        """By phone, call or port, and since when it is kept; the newest first."""

    def read(self, since_us: int) -> None:
        while self._read_us is None or self._read_us > since_us:
            rows, self._read_us = next(self._recorded, ((), -1))
            with suppress(TypeError, ValueError):
                for phone, key, since_at, times, columns in rows:
                    known = self._samples.setdefault((phone, tuple(key), since_at), [])
                    known.append(FigureSamples(times, tuple(columns)))

    def before(self, phone: PhoneId, key: tuple[int, ...], latest: History) -> History:
        """A history with what was read of it before. Raises ProtocolError."""
        whole = type(latest)(latest.since_at)
        earlier = self._samples.get((phone, key, latest.since_at), ())
        _join(whole, reversed(earlier), latest)
        return whole


def _join(
    whole: CallHistory | PortHistory, earlier: Iterable[FigureSamples], latest: CallHistory | PortHistory
) -> None:
    """Joins what was recorded before with what came since."""
    series = whole.mos if isinstance(whole, CallHistory) else whole.rx_per_s
    since = latest.mos if isinstance(latest, CallHistory) else latest.rx_per_s
    for samples in (*earlier, since.samples_after(float("-inf"))):
        try:
            series.join(samples)
        except ValueError as error:
            raise ProtocolError("figures that cannot be read") from error


def _again(first: Restart, rest: Iterator[list[Observation] | Restart]) -> Iterator[list[Observation] | Restart]:
    yield first
    yield from rest
