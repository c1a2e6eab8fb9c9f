"""The three accounts of a simulated phone, and sessions as room devices have them.

The CA certificates that an administrator installed on a simulated phone.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from phonetui import tls
from phonetui.simulator.manual import ADMIN, INTEGRATOR, USER

ROLES = {"xapi": ADMIN, "integrator": INTEGRATOR, "user": USER}
MAX_SESSIONS = 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


class Accounts:
    """Knows one password for all three; sessions don't expire but for a restart."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._sessions: dict[str, str] = {}

    def offered(self, authorization: str) -> tuple[str, str]:
        """User name and password of a Basic header; two empty strings where there is none that can be read."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "basic":
            return "", ""
        try:
            return _halves(base64.b64decode(token.strip(), validate=True))
        except binascii.Error:
            return "", ""

    def offered_as_protocol(self, protocol: str) -> tuple[str, str]:
        """The same of the WebSocket sub-protocol `auth-<base64url without padding>`."""
        token = protocol.removeprefix("auth-")
        if not _TOKEN.fullmatch(token):
            return "", ""
        try:
            return _halves(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        except binascii.Error:
            return "", ""

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


def _halves(credentials: bytes) -> tuple[str, str]:
    try:
        user, _, password = credentials.decode().partition(":")
    except UnicodeDecodeError:
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
        """For posting to https receivers: only what is installed here is trusted, or with `verify` off anybody."""
        context = tls.client_context() if verify else tls.unverified_context()
        for _, _, pem in self.shown():
            context.load_verify_locations(cadata=pem)
        return context
