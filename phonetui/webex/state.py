"""What is known of the organization in Webex, and how asking for it goes."""

from dataclasses import dataclass, field

from phonetui.text import NOTHING, Printable
from phonetui.webex.inventory import Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudState:
    inventory: Inventory = field(default_factory=Inventory)
    """The same object as long as nothing in it changed."""
    is_whole: bool = False
    """Whether a sweep has reached its end yet."""
    swept_at: float | None = None
    """When the last whole sweep ended, in monotonic seconds."""
    failure: Printable = NOTHING
    """Why the last sweep broke off."""
    waits_until: float | None = None
    """Until when Webex wants to be left alone, in monotonic seconds; None where it may be asked."""
