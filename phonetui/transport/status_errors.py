"""The table from HTTP status and place on the phone to an error; and the libraries' exceptions as ours.

What a refusal means depends on what was asked for: a 404 for a part of the status tree says that there is no xAPI; for
a whole document, which no phone is known to offer, only that this document is not to be had. Whoever asks a phone
anything judges the answer by this one table. Whether a 401 concerns the place alone or the phone as a whole is up to
the caller, who knows what else the phone answers.

Which status a phone gives where is unpublished. 400, 401, 403, 502 and 503 are read as known of room devices and of
Cisco's clients for them; all others are inferred.
"""

import errno
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from typing import Self

from msgspec import Struct

from phonetui import errors, numeric
from phonetui.errors import AccessError, PhonetuiError
from phonetui.text import printable

WHERE = (
    "Control Hub sets it for the whole organisation, BroadWorks and other SIP servers in the provisioning profile, "
    "Unified CM for the device or its group; the phone's own web page shows its state"
)
"""Where each deployment sets the xAPI account and web access (PhoneOS release notes and frequently asked questions)."""

ACCOUNT = f"Check the xAPI account: {WHERE}"
ROLE = f"Check the role of the xAPI account (ADMIN, INTEGRATOR, USER): {WHERE}"
NOT_OFFERED = f"xAPI needs PhoneOS 3.5 or later, and web access and an xAPI account switched on: {WHERE}"
NO_WEBSOCKET = 'This phone offers no WebSocket, or has it switched off: use transport = "http" or "auto"'

_OLD_TLS = "it speaks no TLS 1.2 or newer, and older versions are not accepted"
_TLS_REASONS = {
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD_TLS,  # its alert 70, RFC 8446 6.2
    "UNSUPPORTED_PROTOCOL": _OLD_TLS,  # it answered with an old one
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it shares no TLS cipher with us",  # alert 40
}
"""By OpenSSL's names of reasons: what the phone cannot."""
_SEVERAL = "Multiple exceptions: "
"""How asyncio words it that none of a host's addresses could be connected to: one error without a number of its own."""
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL}


class RefusedCertificate(ssl.SSLCertVerificationError):
    """Raised inside a handshake where a certificate is not believed; `error` is what to raise for it."""

    def __init__(self, words: str, hint: str) -> None:
        super().__init__(words)
        self.error = AccessError(words, hint, reason="certificate")


def translate(error: BaseException) -> PhonetuiError:
    """The first of an exception's causes that is known here; raised with `from error` by the caller."""
    for cause in _causes(error):
        if (known := _known(cause)) is not None:
            return known
    return errors.Dropped(f"the connection broke: {str(error) or type(error).__name__}")


def retry_after_s(raw: str) -> float | None:
    """`Retry-After` in seconds; the date form of RFC 9110 10.2.3 is not worth trusting a phone's clock for."""
    return numeric.integer(raw.strip(), most=numeric.MAX_INDEX)


def _known(cause: BaseException) -> PhonetuiError | None:
    match cause:
        case PhonetuiError():
            return cause
        case RefusedCertificate():
            return cause.error
        case ssl.SSLCertVerificationError():
            words = f"the certificate is not trusted: {cause.verify_message or cause}"
            return AccessError(words, 'Set tls_ca or tls_name, or tls = "pin"', reason="certificate")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            hint = "Is this its https port, and does it speak TLS 1.2? Older versions are not accepted"
            return errors.Dropped("the phone hung up during the TLS handshake", hint)
        case ssl.SSLWantReadError() | ssl.SSLWantWriteError():
            return None  # TLS needs more bytes: a step on the way, not the cause
        case ssl.SSLError() if cause.reason in _TLS_REASONS:
            return errors.ProtocolError(_TLS_REASONS[cause.reason], "Update its firmware")
        case ssl.SSLError():
            words = f"no TLS that we understand on this port: {cause.reason or cause}"
            return errors.ProtocolError(words, "Try http:// or a port")
        case socket.gaierror() | UnicodeError():
            hint = "Check the host name, or use the address"
            return errors.Unreachable("the name cannot be resolved", hint, reason="name")
        case ConnectionRefusedError():
            hint = "Is web access switched on, and is this its port?"
            return errors.Unreachable("connection refused", hint, reason="connection-refused")
        case OSError() if cause.errno in _NO_ROUTE:
            hint = "Is it powered, awake and in a network you can reach?"
            return errors.Unreachable("no route to the phone", hint, reason="no-route")
        case OSError() if str(cause).startswith(_SEVERAL):
            numbers = [numeric.integer(digits) or 0 for digits in re.findall(r"\[Errno (\d+)\]", str(cause))]
            telling = errno.ECONNREFUSED if errno.ECONNREFUSED in numbers else next(iter(numbers), 0)
            return _known(OSError(telling, os.strerror(telling)))
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, what it was raised from, and the members of groups among them: innermost causes last."""
    waiting = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(cause for cause in (current.__cause__, current.__context__) if cause is not None)


class ServerPlace(IntEnum):
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


class Refusal(Struct, frozen=True, kw_only=True):
    """An answer that doesn't bring what was asked for."""

    status: int
    username: str
    retry_after: str = ""
    """The header's value, empty without one; so is the next."""
    location: str = ""
    body: bytes = b""
    is_encrypted: bool = True
    """False for a WebSocket without TLS."""

    @classmethod
    def of(cls, status: int, username: str, headers: Mapping[str, str], body: bytes = b"") -> Self:
        """A refusal with this HTTP status, and what its headers and body say beside it."""
        retry_after, location = headers.get("Retry-After", ""), headers.get("Location", "")
        return cls(status=status, username=username, retry_after=retry_after, location=location, body=body)


def error_of(place: ServerPlace, refusal: Refusal) -> PhonetuiError:
    """What `refusal` of `place` means; for a status that the table doesn't name, by its first digit."""
    row = _TABLE.get(refusal.status) or _TABLE.get(refusal.status // 100) or _TABLE[5]
    return row[place](refusal)


def _credentials(refusal: Refusal) -> AccessError:
    hint = ACCOUNT
    if not refusal.is_encrypted:
        hint = f"Plain HTTP may be switched off: try wss://. {hint}"  # what 401 says to Cisco's own client
    return AccessError(f"user '{refusal.username}' or its password is refused", hint, reason="credentials")


def _unreadable(refusal: Refusal) -> errors.CommandRefused:
    words = printable(refusal.body[:200].decode("utf-8", "replace"))
    return errors.CommandRefused(f"the phone cannot read our request: {words}")


_Meaning = Callable[[Refusal], PhonetuiError]


def _error(kind: type[PhonetuiError], words: str, hint: str = "", reason: str = "") -> _Meaning:
    """`words` may hold `{status}`, `{username}` and `{location}`."""

    def meaning(refusal: Refusal) -> PhonetuiError:
        location = printable(refusal.location or "nowhere")
        filled = words.format(status=refusal.status, username=refusal.username, location=location)
        return kind(filled, hint, reason=reason)

    return meaning


def _limit(words: str) -> _Meaning:
    return lambda refusal: errors.Busy(words, retry_after_s=retry_after_s(refusal.retry_after))


_role = _error(errors.PermissionDenied, "user '{username}' may not do this", ROLE, "role")
_no_login = _error(AccessError, "user '{username}' may not log in", ROLE, "role")
_no_connection = _error(AccessError, "user '{username}' is refused on the WebSocket", ACCOUNT, "credentials")
"""Known clients read 403 as wrong credentials on this wire; a role that may not is worded alike."""
_no_xapi = _error(errors.ProtocolError, "no xAPI at this address", NOT_OFFERED, "not-found")
_absent = _error(errors.NotOffered, "not offered by this phone (HTTP {status})", NOT_OFFERED, "not-found")
_no_commands = _error(errors.NotOffered, "the phone takes no commands (HTTP {status})", NOT_OFFERED, "not-found")
_no_sessions = _error(errors.NotOffered, "the phone offers no sessions", NOT_OFFERED, "not-found")
_no_websocket = _error(errors.NotOffered, "no WebSocket at this address (HTTP {status})", NO_WEBSOCKET, "not-found")
_moved = _error(errors.ProtocolError, "the phone redirects to {location}", "Use that address if it is the phone's")
_moved_websocket = _error(errors.NotOffered, "the phone redirects to {location}", NO_WEBSOCKET, "not-found")
_starting = _error(errors.Restarting, "the phone is starting", "It should be back within minutes")
_failed = _error(errors.ServerError, "the phone answers with HTTP {status}")
_busy = _limit("the phone limits requests")
_busy_sessions = _limit("the phone has too many sessions")
_busy_connections = _limit("the phone limits connections")

_TABLE: Mapping[int, tuple[_Meaning, ...]] = {
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
