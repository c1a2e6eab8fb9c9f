"""Whose certificate is believed: pin (trust on first use), ca (chain and name), off.

A pin is checked inside the handshake, before the first byte of a request or a credential leaves: the object that
performs the handshake is our own, so whichever library opens the connection is covered.
"""

import asyncio
import hashlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from phonetui import private
from phonetui.errors import AccessError, TimedOut, TransportError
from phonetui.text import Printable, printable
from phonetui.tls import default_context, unverified_context
from phonetui.transport.failure import translated

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel


class PinMismatch(ssl.SSLCertVerificationError):
    """The phone shows another certificate than the one that was accepted."""

    def __init__(self, pinned: str, shown: str) -> None:
        super().__init__(f"pinned {pinned}, shown {shown}")
        self.pinned = pinned
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Certificate:
    subject: Printable
    issuer: Printable
    not_after: datetime
    """Aware UTC."""
    fingerprint: str


class PinStore:
    """Accepted fingerprints by place, in a JSON file that only its owner can read; in memory where `file` is None."""

    def __init__(self, file: File | None) -> None:
        self._file = file
        self._pins = _loaded(file)

    def get(self, key: str) -> str | None:
        return self._pins.get(key)

    def put(self, key: str, fingerprint: str) -> None:
        self._pins[key] = fingerprint
        if self._file is not None:
            private.write(self._file, json.dumps(self._pins, indent=1, sort_keys=True))


def pin_key(host: str, port: int, jump: str | None = None) -> str:
    """Where a pin belongs: the same address behind another jump host is another phone."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{jump}!{place}" if jump else place


def fingerprint(der: bytes) -> str:
    """`sha256:` and 64 lower-case hex digits of the DER certificate."""
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def pinned_context(
    pinned: Callable[[], str | None],
    first_use: Callable[[str], None],
    seen: Callable[[bytes], None] = lambda _: None,
) -> ssl.SSLContext:
    """A bare context that accepts the pinned certificate alone; `first_use` is told the first one where none is.

    `seen` is given each certificate, in DER, that was accepted.
    """

    class PinnedObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()  # raises SSLWantRead until it is through
            der = self.getpeercert(binary_form=True) or b""
            shown = fingerprint(der)
            expected = pinned()
            if expected is None:
                first_use(shown)
            elif expected != shown:
                raise PinMismatch(expected, shown)
            seen(der)

    context = unverified_context()
    context.sslobject_class = PinnedObject
    return context


def verified_context(ca_file: str | None) -> ssl.SSLContext:
    """Chain and name against the system's store or `ca_file`. Costs 17 ms and 690 KB: share one among phones."""
    try:
        return default_context(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise AccessError(f"the CA file {ca_file} cannot be used: {error}", "Check tls_ca") from error


async def certificate(host: str, port: int, timeout_s: float, tunnel: "Tunnel | None" = None) -> bytes:
    """The DER certificate that a server shows; not a byte of a request is sent. Raises PhonetuiErrors."""
    try:
        async with asyncio.timeout(timeout_s):
            place: dict[str, Any] = {"host": host, "port": port}
            if tunnel is not None:
                place = {"sock": await tunnel.plug(host, port, timeout_s), "server_hostname": host}
            _, writer = await asyncio.open_connection(**place, ssl=unverified_context())
    except TimeoutError as error:
        raise TimedOut("the TLS handshake", timeout_s) from error
    except (OSError, ssl.SSLError) as error:
        raise translated(error) from error
    shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    if not shown:
        raise TransportError("the server shows no certificate")
    return shown


def describe(der: bytes) -> Certificate:
    """Raises AccessError where the certificate cannot be read."""
    from cryptography import x509  # noqa: PLC0415 - 40 ms that only looking at certificates needs

    try:
        read = x509.load_der_x509_certificate(der)
        subject, issuer = read.subject.rfc4514_string(), read.issuer.rfc4514_string()
        return Certificate(printable(subject), printable(issuer), read.not_valid_after_utc, fingerprint(der))
    except ValueError as error:
        raise AccessError(f"the certificate cannot be read: {error}", reason="certificate") from error


def _loaded(file: File | None) -> dict[str, str]:
    if file is None or not file.exists():
        return {}
    try:
        pins = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AccessError(f"the file of accepted certificates cannot be read: {file}: {error}") from error
    return {str(key): str(value) for key, value in pins.items()} if isinstance(pins, dict) else {}
