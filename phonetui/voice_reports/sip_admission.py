"""Who may send how much to a SIP server: nothing for an unknown source, and a bounded share for each known one."""

from collections.abc import Callable
from ipaddress import ip_address

from phonetui.transport.connection_limiter import TokenBucket

MESSAGES_PER_S, MESSAGES_AT_ONCE = 2.0, 50.0
"""Of one phone, which sends a few at the end of a call."""
ALL_PER_S, ALL_AT_ONCE = 1000.0, 2000.0
"""Datagrams of everybody, unknown sources among them."""
MOST_SOURCES = 4096
"""Whose shares are remembered; of more, the oldest begin anew."""
MOST_CONNECTIONS = 512
CONNECTIONS_OF_PHONE = 8
"""At a time: one that opens a connection for each report may leave those before to be closed here."""


def plain_address(text: str) -> str:
    """An address as it is compared: without an interface, and IPv4 as IPv4 whatever socket it came by."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)


class SourceAdmission:
    def __init__(self, phones_at: Callable[[str], int | None], refused: Callable[[str, str], None]) -> None:
        """`phones_at` gives how many phones are at an address, None for an unknown one.

        `refused` is told of what was not taken: `unknown_sender`, `limited` or `malformed`, and of where it came from.
        """
        self._phones_at = phones_at
        self.refused = refused
        self._all = TokenBucket(ALL_PER_S, ALL_AT_ONCE, 0.0)
        self._sources: dict[str, TokenBucket] = {}
        self._connections: dict[str, int] = {}

    def has_room(self, at: float) -> bool:
        """Whether one more datagram may be read at monotonic second `at`."""
        return self._all.take(at)

    def is_known(self, source: str) -> bool:
        if self._phones_at(source) is not None:
            return True
        self.refused("unknown_sender", source)
        return False

    def take(self, source: str, at: float) -> bool:
        """Whether a known source may send one more now."""
        bucket = self._sources.get(source)
        if bucket is None:
            phones = self._phones_at(source) or 1
            bucket = TokenBucket(MESSAGES_PER_S * phones, MESSAGES_AT_ONCE * phones, at)
            if len(self._sources) >= MOST_SOURCES:
                del self._sources[next(iter(self._sources))]
            self._sources[source] = bucket
        return bucket.take(at)

    def connect(self, source: str) -> bool:
        """Whether a known source may have one more connection; `disconnect` gives it back."""
        most = CONNECTIONS_OF_PHONE * max(self._phones_at(source) or 1, 1)
        count = self._connections.get(source, 0)
        if count >= most or sum(self._connections.values()) >= MOST_CONNECTIONS:
            self.refused("limited", source)
            return False
        self._connections[source] = count + 1
        return True

    def disconnect(self, source: str) -> None:
        left = self._connections.pop(source, 1) - 1
        if left:
            self._connections[source] = left
