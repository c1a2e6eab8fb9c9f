"""The CA certificates that an administrator installed on a simulated phone."""

import hashlib
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from phonetui import tls


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
