"""Jump hosts as values: which they are, how one stands, and whom it may ask while it logs in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump host as the operator names it; what is None comes from the OpenSSH client configuration."""

    name: str
    host: str
    """An address, a name, or a `Host` alias of the OpenSSH client configuration."""
    port: int | None = None
    user: str | None = None
    key_file: str | None = None
    known_hosts: str | None = None
    via: str | None = None
    """The jump host that leads to this one; else `ProxyJump` decides."""
    advertise: str | None = None
    """Under which of its addresses phones reach it; None finds out."""


class Stand(StrEnum):
    OPENING = "opening"
    UP = "up"
    LOST = "lost"
    """Not reached, or broken; tried again."""
    REFUSED = "refused"
    """Its host key or our login; tried again at long intervals."""


class Asking(Protocol):
    """Puts questions to the operator. Both may take as long as people take, and are asked one at a time."""

    async def trust(self, jump: str, words: str) -> bool:
        """Whether a host key that nobody knows is to be believed from now on."""

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None:
        """A passphrase, a password, a one-time code; `shown` while it is typed. None where it is not given."""
