"""HTTP status and place on the phone's web server → error: what a refusal means depends on what was asked for.

A 404 for a part of the status tree says that there is no xAPI; for a whole document, which no phone is known to offer,
only that this document is not to be had. Whoever asks a phone anything judges the answer by this one table. Whether a
401 concerns the place alone or the phone as a whole is up to whoever knows what else the phone answers.

Which status a phone gives where is unpublished. 400, 401, 403, 502 and 503 are read as known of room devices and of
Cisco's clients for them; all others are inferred.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from phonetui.errors import (
    AccessError,
    Busy,
    CommandRefused,
    NotOffered,
    PermissionDenied,
    PhonetuiError,
    ProtocolError,
    Restarting,
    ServerError,
)
from phonetui.text import printable
from phonetui.transport import hints
from phonetui.transport.failure import retry_after_s


class Place(IntEnum):
    """What a phone's web server was asked for; the number is its column in the table."""

    PART = 0
    """`/getxml` with a location below `/Status`."""
    WHOLE = 1
    """`/status.xml`, or `/getxml` with the whole status tree."""
    COMMAND = 2
    """`/putxml`."""
    CATALOGUE = 3
    """`/command.xml` and `/valuespace.xml`."""
    SESSION = 4
    """`/xmlapi/session/begin`."""
    WEBSOCKET = 5
    """The handshake at `/ws`."""
    PICTURE = 6
    """A file that the answer to a command names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that doesn't bring what was asked for."""

    status: int
    username: str
    retry_after: str = ""
    """The header's value, empty without one; so is the next."""
    location: str = ""
    body: bytes = b""
    is_encrypted: bool = True
    """False for a WebSocket without TLS."""


def error_of(place: Place, refusal: Refusal) -> PhonetuiError:
    """What `refusal` of `place` means; for a status that the table doesn't name, by its first digit."""
    row = _TABLE.get(refusal.status) or _TABLE.get(refusal.status // 100) or _TABLE[5]
    return row[place](refusal)


def _credentials(refusal: Refusal) -> AccessError:
    hint = hints.ACCOUNT
    if not refusal.is_encrypted:
        hint = f"Plain HTTP may be switched off: try wss://. {hint}"  # what 401 says to Cisco's own client
    return AccessError(f"user '{refusal.username}' or its password is refused", hint, reason="credentials")


def _role(refusal: Refusal) -> PermissionDenied:
    return PermissionDenied(f"user '{refusal.username}' may not do this", hints.ROLE, reason="role")


def _no_login(refusal: Refusal) -> AccessError:
    return AccessError(f"user '{refusal.username}' may not log in", hints.ROLE, reason="role")


def _no_connection(refusal: Refusal) -> AccessError:
    """Known clients read 403 as wrong credentials on this wire; a role that may not is worded alike."""
    words = f"user '{refusal.username}' is refused on the WebSocket"
    return AccessError(words, hints.ACCOUNT, reason="credentials")


def _no_xapi(_: Refusal) -> ProtocolError:
    return ProtocolError("no xAPI at this address", hints.NOT_OFFERED, reason="not-found")


def _absent(refusal: Refusal) -> NotOffered:
    return NotOffered(f"not offered by this phone (HTTP {refusal.status})", hints.NOT_OFFERED, reason="not-found")


def _no_commands(refusal: Refusal) -> NotOffered:
    words = f"the phone takes no commands (HTTP {refusal.status})"
    return NotOffered(words, hints.NOT_OFFERED, reason="not-found")


def _no_sessions(_: Refusal) -> NotOffered:
    return NotOffered("the phone offers no sessions", hints.NOT_OFFERED, reason="not-found")


def _no_websocket(refusal: Refusal) -> NotOffered:
    words = f"no WebSocket at this address (HTTP {refusal.status})"
    return NotOffered(words, hints.NO_WEBSOCKET, reason="not-found")


def _moved(refusal: Refusal) -> ProtocolError:
    return ProtocolError(_redirects(refusal), "Use that address if it is the phone's")


def _moved_websocket(refusal: Refusal) -> NotOffered:
    return NotOffered(_redirects(refusal), hints.NO_WEBSOCKET, reason="not-found")


def _redirects(refusal: Refusal) -> str:
    return f"the phone redirects to {printable(refusal.location or 'nowhere')}"


def _unreadable(refusal: Refusal) -> CommandRefused:
    words = printable(refusal.body[:200].decode("utf-8", "replace"))
    return CommandRefused(f"the phone cannot read our request: {words}")


def _starting(_: Refusal) -> Restarting:
    return Restarting("the phone is starting", "It should be back within minutes")


def _busy(refusal: Refusal) -> Busy:
    return Busy("the phone limits requests", retry_after_s=retry_after_s(refusal.retry_after))


def _busy_sessions(refusal: Refusal) -> Busy:
    return Busy("the phone has too many sessions", retry_after_s=retry_after_s(refusal.retry_after))


def _busy_connections(refusal: Refusal) -> Busy:
    return Busy("the phone limits connections", retry_after_s=retry_after_s(refusal.retry_after))


def _failed(refusal: Refusal) -> ServerError:
    return ServerError(f"the phone answers with HTTP {refusal.status}")


_Column = Callable[[Refusal], PhonetuiError]


_TABLE: Mapping[int, tuple[_Column, ...]] = {
    #     PART          WHOLE         COMMAND       CATALOGUE     SESSION         WEBSOCKET          PICTURE
    2:   (_failed,      _absent,      _failed,      _absent,      _no_sessions,   _no_websocket, _absent),
    3:   (_moved,       _moved,       _moved,       _absent,      _no_sessions,   _moved_websocket, _absent),
    400: (_unreadable,  _unreadable,  _unreadable,  _absent,      _no_sessions,   _no_websocket, _absent),
    401: (_credentials, _credentials, _credentials, _credentials, _credentials,   _credentials, _credentials),
    403: (_role,        _role,        _role,        _role,        _no_login,      _no_connection, _role),
    404: (_no_xapi,     _absent,      _no_xapi,     _absent,      _no_sessions,   _no_websocket, _absent),
    405: (_no_xapi,     _absent,      _no_commands, _absent,      _no_sessions,   _no_websocket, _absent),
    429: (_busy,        _busy,        _busy,        _busy,        _busy_sessions, _busy_connections, _busy),
    501: (_no_xapi,     _absent,      _no_commands, _absent,      _no_sessions,   _no_websocket, _absent),
    502: (_starting,    _starting,    _starting,    _starting,    _starting,      _starting, _starting),
    503: (_busy,        _busy,        _busy,        _busy,        _busy_sessions, _busy_connections, _busy),
    4:   (_failed,      _absent,      _failed,      _absent,      _no_sessions,   _no_websocket, _absent),
    5:   (_failed,      _failed,      _failed,      _failed,      _no_sessions,   _no_websocket, _failed),
}  # fmt: skip
"""By status, else by its first digit: 2 stands for a success that brings nothing of use."""
