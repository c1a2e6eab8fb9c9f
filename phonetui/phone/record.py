"""A call as it is remembered: who, when, how it stood, how it ended. What history keeps and exports."""

from dataclasses import dataclass, field
from datetime import datetime

from phonetui.phone.measure import Grade, Shares, Stretch
from phonetui.phone.state import Call, CallKey, PhoneId
from phonetui.text import Printable


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    phone: PhoneId
    model: Printable | None = None
    version: Printable | None = None
    call: Call
    """As last seen; once it is over, with the final figures of the phone's own report where it gave them."""
    began_at: datetime
    """Aware UTC: since when we know of it; earlier than that by the phone's own duration where it was up already."""
    answered_at: datetime | None = None
    """None where it was never in talk."""
    ended_at: datetime | None = None
    """None while it is up, and where it was lost from sight."""
    grade: Grade = Grade.UNKNOWN
    """Of the whole call: the grade that held longest."""
    shares: Shares = field(default_factory=Shares)
    worst: Stretch | None = None
    mos: float | None = None
    """The latest opinion score and where it comes from, as in `Measure`."""
    mos_source: str | None = None
    loss_pct: float | None = None
    """Of the whole call, from its counters over holds and resets."""
    discard_pct: float | None = None
    highest_jitter_ms: float | None = None
    highest_round_trip_ms: float | None = None
    cause: Printable | None = None
    """Why it ended, in the phone's words."""
    is_final: bool = False
    """Whether the phone's own report of the end was heard."""
    alerts: tuple[Printable, ...] = ()
    """What was raised while it was up, in words, oldest first."""
    hints: tuple[Printable, ...] = ()
    """Where to look, each with its evidence, as last known."""
    partner: tuple[PhoneId, CallKey] | None = None
    """The other end, where it is a monitored phone."""

    @property
    def key(self) -> CallKey:
        return self.call.key

    @property
    def id(self) -> str:
        """One of a kind in all history: phone, place and beginning."""
        return f"{self.phone}/{self.call.line}/{self.call.id}/{self.began_at.timestamp():.0f}"
