"""Foreign exceptions → ours, at the edge that owns the libraries; whoever raises keeps the cause."""

import errno
import socket
import ssl
from collections.abc import Iterator

from phonetui import numeric
from phonetui.errors import AccessError, Dropped, PhonetuiError, ProtocolError, Unreachable

_OLD_TLS = "it speaks no TLS 1.2 or newer, and older versions are not accepted"
_TLS_REASONS = {
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD_TLS,  # its alert 70, RFC 8446 6.2
    "UNSUPPORTED_PROTOCOL": _OLD_TLS,  # it answered with an old one
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it shares no TLS cipher with us",  # alert 40
}
"""By OpenSSL's names of reasons: what the phone cannot."""
_UPDATE = "Update its firmware"
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL}


def translated(error: BaseException) -> PhonetuiError:
    """The first thing in an exception's causes that says what to do next."""
    for cause in _causes(error):
        if (known := _known(cause)) is not None:
            return known
    return Dropped(f"the connection broke: {str(error) or type(error).__name__}")


def retry_after_s(raw: str) -> float | None:
    """`Retry-After` in seconds; the date form of RFC 9110 10.2.3 is not worth trusting a phone's clock for."""
    return numeric.integer(raw.strip(), most=numeric.MAX_INDEX)


def _known(cause: BaseException) -> PhonetuiError | None:
    if isinstance(cause, PhonetuiError):
        return cause
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _certificate(cause)
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        hint = "Is this its https port, and does it speak TLS 1.2? Older versions are not accepted"
        return Dropped("the phone hung up during the TLS handshake", hint)
    if isinstance(cause, ssl.SSLWantReadError | ssl.SSLWantWriteError):
        return None  # how TLS says "more, please": in the way when the connection is reset, and not why
    if isinstance(cause, ssl.SSLError) and (words := _TLS_REASONS.get(cause.reason)):
        return ProtocolError(words, _UPDATE)
    if isinstance(cause, ssl.SSLError):
        return ProtocolError(
            f"no TLS that we understand on this port: {cause.reason or cause}", "Try http:// or a port"
        )
    if isinstance(cause, socket.gaierror):
        return Unreachable("the name cannot be resolved", "Check the host name, or use the address", reason="name")
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable(
            "connection refused", "Is web access switched on, and is this its port?", reason="connection-refused"
        )
    if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
        return Unreachable(
            "no route to the phone", "Is it powered, awake and in a network you can reach?", reason="no-route"
        )
    return None


def _certificate(cause: ssl.SSLCertVerificationError) -> AccessError:
    if words := getattr(cause, "words", None):
        return AccessError(words, getattr(cause, "hint", ""), reason="certificate")
    pinned, shown = getattr(cause, "pinned", None), getattr(cause, "shown", None)
    if pinned and shown:
        return AccessError(
            f"the certificate changed: accepted {pinned}, now {shown}",
            "If the phone was reset or replaced, accept it with 'phonetui trust'",
            reason="certificate",
        )
    return AccessError(
        f"the certificate is not trusted: {cause.verify_message or cause}",
        'Set tls_ca or tls_name, or tls = "pin"',
        reason="certificate",
    )


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
