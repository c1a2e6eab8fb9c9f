"""How a jump host stands that phones are reached through, as a frozen value."""

from dataclasses import dataclass
from datetime import datetime

from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelState:
    name: Printable
    """As the configuration names the jump host."""
    state: str
    """`opening`, `up`, `lost` or `refused`."""
    since: datetime
    """Aware UTC."""
    round_trip_ms: float | None = None
    """Of the SSH connection; None while it isn't up."""
    phones: tuple[PhoneId, ...] = ()
    """Those that are reached through it, in the order of the configuration."""
    reason: str = ""
    """One word of the contract: `tunnel`, `host-key`, `credentials`; empty while all is well."""
    detail: Printable = NOTHING
    """What happened, in one line."""
    hint: Printable = NOTHING
    blamed: Printable | None = None
    """The jump host on the way to this one that is down, and has what is wrong; None where the way is open."""
