"""Which certificates are trusted: `pin` (trust on first use, see `tls_client`), `ca` (chain and name), `off`."""

import asyncio
import ssl
from datetime import datetime
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from phonetui import private
from phonetui.errors import AccessError, ConfigError, TimedOut, TransportError
from phonetui.storage.json_store import DamagedFile, JsonStore
from phonetui.storage.writer import StorageNotices, reason
from phonetui.text import Printable, printable
from phonetui.tls import default_context, unverified_context
from phonetui.transport.base import authority
from phonetui.transport.status_errors import RefusedCertificate, translate
from phonetui.transport.tls_client import fingerprint

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel


PINS_HINT = "Put the file right, from a copy if there is one; without it every certificate would be believed anew"


class Certificate(Struct, frozen=True):
    """What is shown of a certificate: who it is for, who signed it, how long it holds, and its fingerprint."""

    subject: Printable
    issuer: Printable
    not_after: datetime
    """Aware UTC."""
    fingerprint: str


class PinStore:
    """Accepted fingerprints by place, in a JSON file that the user's other programs share.

    In memory alone where `file` is None, or cannot be read or written: the second certificate of a place is refused all
    the same. A file that is damaged, or that everybody may write, is an error and never taken for an empty one.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        """Raises AccessError for a file that cannot be believed."""
        self._file = file
        self._store: JsonStore[dict[str, Any]] = JsonStore(
            file, {}, "accepted certificates", notices=notices, check=_are_fingerprints, is_essential=True
        )
        try:
            self._store.get()
        except (DamagedFile, private.WritableByOthers) as error:
            raise AccessError(self._complaint(error), PINS_HINT, reason="certificate") from error

    def get(self, key: str) -> str | None:
        """The pin as it is now, also where another program has accepted it meanwhile.

        Raises RefusedCertificate where the file became one that cannot be believed.
        """
        try:
            found: str | None = self._store.get().get(key)
        except (DamagedFile, private.WritableByOthers) as error:
            raise RefusedCertificate(self._complaint(error), PINS_HINT) from error
        return found

    def accept_first(self, key: str, fingerprint: str) -> None:
        """Pins the first certificate of a place; where another program was faster, its pin counts."""
        self._store.update(key, lambda pins: {key: fingerprint, **pins})

    def put(self, key: str, fingerprint: str) -> None:
        """Pins what the operator has accepted, whatever was pinned before."""
        self._store.update(key, lambda pins: {**pins, key: fingerprint})

    def save(self) -> None:
        """Waits until pins are on the disk. Raises ConfigError where they cannot be kept there."""
        try:
            self._store.save()
        except (OSError, DamagedFile) as error:
            words = f"the accepted certificate cannot be kept in {self._file}: {reason(error)}"
            raise ConfigError(words, "See 'phonetui config path'") from error

    def _complaint(self, error: Exception) -> str:
        return f"the file of accepted certificates cannot be read: {self._file}: {reason(error)}"


def _are_fingerprints(pins: dict[str, Any]) -> bool:
    return all(isinstance(pin, str) and pin.startswith("sha256:") for pin in pins.values())


def pin_key(host: str, port: int, jump: str | None = None) -> str:
    """The key under which a pin is kept: the same address behind another jump host is another phone."""
    place = authority(host, port)
    return f"{jump}!{place}" if jump else place


def verified_context(ca_file: str | None) -> ssl.SSLContext:
    """Chain and name against the system's store or `ca_file`. Costs 17 ms and 690 KB: share one among phones."""
    try:
        return default_context(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise AccessError(f"the CA file {ca_file} cannot be used: {error}", "Check tls_ca") from error


async def shown_certificate(host: str, port: int, timeout_s: float, tunnel: "Tunnel | None" = None) -> bytes:
    """The DER certificate that a server shows; not a byte of a request is sent. Raises PhonetuiErrors."""
    try:
        async with asyncio.timeout(timeout_s):
            place: dict[str, Any] = {"host": host, "port": port}
            if tunnel is not None:
                place = {"sock": await tunnel.open_socket(host, port, timeout_s), "server_hostname": host}
            _, writer = await asyncio.open_connection(**place, ssl=unverified_context())
    except TimeoutError as error:
        raise TimedOut("the TLS handshake", timeout_s) from error
    except (OSError, ssl.SSLError) as error:
        raise translate(error) from error
    shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    if not shown:
        raise TransportError("the server shows no certificate")
    return shown


def read_certificate(der: bytes) -> Certificate:
    """What is shown of a certificate (DER). Raises AccessError where it cannot be read."""
    from cryptography import x509  # noqa: PLC0415 - 40 ms that only looking at certificates needs

    try:
        read = x509.load_der_x509_certificate(der)
        subject, issuer = read.subject.rfc4514_string(), read.issuer.rfc4514_string()
        return Certificate(printable(subject), printable(issuer), read.not_valid_after_utc, fingerprint(der))
    except (ValueError, x509.InvalidVersion) as error:
        raise AccessError(f"the certificate cannot be read: {error}", reason="certificate") from error
