"""Protocols that only some fleets fulfil: moving through time, and taking voice quality reports.

A replay has the first, and so does a frozen display that goes back through its own recording. A live fleet has the
second; a replay and a fleet behind a mask don't.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from msgspec import Struct

from phonetui.phone.state import PhoneId
from phonetui.text import Printable

if TYPE_CHECKING:
    from phonetui.phone.quality.voice_report import VoiceQualityReport


class TimeMark(Struct, frozen=True, order=True):
    """The operator's word for a moment."""

    at: datetime
    """Aware UTC."""
    words: Printable


class TimeJump(Struct, frozen=True):
    """What was jumped to."""

    phone: PhoneId | None
    """None where it is no single phone's."""
    words: Printable


@runtime_checkable
class ReplayControl(Protocol):
    """A fleet that can be looked at at other moments than now."""

    speed: int
    """How many times as fast as it was, 1 … 64."""
    is_running: bool

    @property
    def version(self) -> int:
        """Moves whenever anything that can be seen changed."""

    async def run(self) -> None:
        """Lets time go on while it runs, until it is cancelled."""

    @property
    def position(self) -> datetime:
        """The moment that is shown, aware UTC."""

    @property
    def at(self) -> float:
        """The moment in monotonic seconds of the program that recorded it."""

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last moment."""

    @property
    def lost(self) -> Sequence[str]:
        """What of the recording cannot be shown, in words."""

    @property
    def damage(self) -> str:
        """Why what is shown may not be how it was: something before it is lost. Empty where all is there."""

    def toggle(self) -> bool:
        """Runs or stops; whether it runs now."""

    def set_speed(self, speed: int) -> None: ...

    def seek(self, moment: datetime) -> None:
        """Goes to a moment, or to the nearest recorded one."""

    def step_change(self, phone: PhoneId, by: int) -> bool:
        """Goes to the next (1) or previous (-1) moment at which something of the phone changed.

        Returns whether there is one.
        """

    def step_call(self, by: int, phone: PhoneId | None = None) -> "TimeJump | None":
        """Goes to the beginning of the next or previous call, of one phone or of any; None where there is none."""

    def step_problem(self, by: int) -> "TimeJump | None":
        """Goes to the next or previous alert; None where there is none."""

    def strip(self, cells: int, phone: PhoneId | None = None) -> Sequence[int]:
        """The worst grade (0 … 5) of the fleet or of a phone in each of so many equal parts of the span."""

    @property
    def marks(self) -> Sequence[TimeMark]: ...

    def seek_words(self, words: str, zone: tzinfo | None) -> None:
        """Goes to `14:03`, `-5m` or an instant; `zone` is that of times of day. Raises ConfigError for other words."""

    def close(self) -> None:
        """Frees what the replay holds, once it is not looked at any more."""

    def mark(self, words: str) -> str:
        """Remembers the moment that is shown; why it is for this run alone, empty where it is kept."""


class VoiceReportSink(Protocol):
    """Takes what phones report of their calls by SIP (RFC 6035)."""

    def sources(self) -> Mapping[str, int]:
        """The addresses that phones may send from, each with how many are there."""

    def take(self, report: "VoiceQualityReport", source: str, *, is_relayed: bool) -> PhoneId | None:
        """Gives a report to its phone; None where that isn't known surely, and the report is dropped.

        `source` is where it came from; `is_relayed`: that is no phone, but a proxy that speaks for all.
        """


@runtime_checkable
class VoiceReportFleet(Protocol):
    """A fleet that phones may report their calls to."""

    @property
    def voice_reports(self) -> VoiceReportSink: ...
