"""Whether the operator may act on a phone."""

from enum import Enum


class Permission(Enum):
    GRANTED = "granted"
    ASK = "ask"
    """The operator must say yes once for this phone."""
    DENIED = "denied"
    """Read-only: nothing is sent."""
