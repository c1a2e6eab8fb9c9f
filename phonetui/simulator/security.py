"""A simulated phone's accounts and sessions, its own certificate, and the CA certificates installed on it."""

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec import Struct

from phonetui import tls
from phonetui.simulator.schema import ADMIN, INTEGRATOR, USER

ROLES = {"xapi": ADMIN, "integrator": INTEGRATOR, "user": USER}
MAX_SESSIONS = 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_URLSAFE = str.maketrans("-_", "+/")


class Accounts:
    """Knows one password for all three; sessions don't expire but for a restart."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._sessions: dict[str, str] = {}

    def offered(self, authorization: str) -> tuple[str, str]:
        """User name and password of a Basic header; two empty strings where there is none that can be read."""
        scheme, _, token = authorization.partition(" ")
        return _credentials(token.strip()) if scheme.casefold() == "basic" else ("", "")

    def offered_as_protocol(self, protocol: str) -> tuple[str, str]:
        """User and password in the WebSocket sub-protocol `auth-<base64url without padding>`; empty for another one."""
        token = protocol.removeprefix("auth-")
        if not _TOKEN.fullmatch(token):
            return "", ""
        return _credentials(token.translate(_URLSAFE) + "=" * (-len(token) % 4))

    def admits(self, user: str, password: str) -> bool:
        return user in ROLES and hmac.compare_digest(password.encode(), self._password)

    def begin(self, user: str) -> str | None:
        """A new session's id; None when there are as many as there can be."""
        if len(self._sessions) >= MAX_SESSIONS:
            return None
        session = secrets.token_hex(8)
        self._sessions[session] = user
        return session

    def user_of(self, session: str) -> str | None:
        return self._sessions.get(session)

    def end(self, session: str) -> None:
        self._sessions.pop(session, None)

    def end_all(self) -> None:
        self._sessions.clear()


def _credentials(token: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:  # neither base64 nor UTF-8
        return "", ""
    return user, password


class Authorities:
    """Certificates by the SHA-256 of their DER form, upper-case hex without separators."""

    def __init__(self) -> None:
        self._held: dict[str, x509.Certificate] = {}

    def add(self, pem: str) -> str:
        """The new one's fingerprint. Raises ValueError for what isn't a PEM certificate."""
        held = x509.load_pem_x509_certificate(pem.strip().encode())
        fingerprint = hashlib.sha256(held.public_bytes(Encoding.DER)).hexdigest().upper()
        self._held[fingerprint] = held
        return fingerprint

    def delete(self, fingerprint: str) -> bool:
        """Whether there was one; separators and letter case don't matter."""
        return self._held.pop(fingerprint.replace(":", "").upper(), None) is not None

    def shown(self) -> list[tuple[str, str, str]]:
        """Fingerprint, subject and PEM of each."""
        return [
            (fingerprint, held.subject.rfc4514_string(), held.public_bytes(Encoding.PEM).decode())
            for fingerprint, held in self._held.items()
        ]

    def client_context(self, *, verify: bool) -> ssl.SSLContext:
        """A context for posting to https receivers.

        Only what is installed here is trusted, or with `verify` off anybody.
        """
        context = tls.client_context() if verify else tls.unverified_context()
        for _, _, pem in self.shown():
            context.load_verify_locations(cadata=pem)
        return context


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (FIPS 186-4 D.1.2.3): private keys are 1 to one less."""
_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
"""AlgorithmIdentifier 1.2.840.10045.4.3.2 in DER."""
_BEGINS, _ENDS = datetime(2024, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC)


class ServerCertificate(Struct, frozen=True):
    """PEM texts; the key is worth nothing, since anybody can derive it."""

    chain: bytes
    key: bytes
    fingerprint: str
    """`sha256:` and 64 lower-case hex digits of the DER form."""


def certificate(seed: int, number: int, subject: str, host: str) -> ServerCertificate:
    """The certificate of phone `number`, valid for loopback and `host`."""
    digest = hashlib.sha256(f"phonetui simulator {seed} {number}".encode()).digest()
    key = ec.derive_private_key(int.from_bytes(digest) % (_ORDER - 1) + 1, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(digest[:15]) + 1)
        .not_valid_before(_BEGINS)
        .not_valid_after(_ENDS)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    made = _signed(builder, key)
    der = made.public_bytes(serialization.Encoding.DER)
    return ServerCertificate(
        chain=made.public_bytes(serialization.Encoding.PEM),
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        fingerprint=f"sha256:{hashlib.sha256(der).hexdigest()}",
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The certificate with a signature that has no random number in it (RFC 6979).

    The builder signs at random in the older releases of the library that we allow, so the signature is made apart and
    put behind the signed part and the algorithm's name (RFC 5280 §4.1).
    """
    signed_part = builder.sign(key, hashes.SHA256()).tbs_certificate_bytes
    signature = key.sign(signed_part, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    body = signed_part + _ECDSA_WITH_SHA256 + _tagged(0x03, b"\0" + signature)
    return x509.load_der_x509_certificate(_tagged(0x30, body))


def _tagged(tag: int, content: bytes) -> bytes:
    """A DER value with its tag and length (X.690 §8.1)."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def server_context(of: ServerCertificate) -> ssl.SSLContext:
    """ssl reads keys from files only: they lie in a private directory for the moment of reading."""
    context = tls.server_context()
    with tempfile.TemporaryDirectory(prefix="phonetui-") as folder:
        pem = Path(folder, "phone.pem")
        pem.write_bytes(of.key + of.chain)
        context.load_cert_chain(pem)
    return context


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    addresses = {"127.0.0.1": None, host: None}
    for address in addresses:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        except ValueError:
            if address not in ("", "localhost"):
                names.append(x509.DNSName(address))
    return names
