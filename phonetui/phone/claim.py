"""What Webex says of a phone of ours: a claim with an age, to stand beside what we see ourselves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phonetui.text import Printable


class Disagreement(StrEnum):
    """What one side says and the other denies."""

    ONLY_WEBEX = "Webex says it is online, here it doesn't answer"
    ONLY_HERE = "it answers here, Webex says it is offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    device: str
    """Under which the inventory keeps the device."""
    by: str
    """What tells that it is this phone: `id`, `mac`, `serial` or `address`."""
    status: Printable | None = None
    """In Webex's word; None where it gives none."""
    is_online: bool | None = None
    """None where the word doesn't tell."""
    problems: tuple[Printable, ...] = ()
    """Error codes that go with it."""
    seen_at: datetime | None = None
    """Aware UTC; when Webex last heard of the phone."""
    told_at: float
    """Monotonic seconds: since when sweeps bring this status."""
    place: tuple[Printable, ...] = ()
    """Organization, location, workspace or person."""
    disagreement: Disagreement | None = None
