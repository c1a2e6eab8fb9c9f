"""Trust in one certificate: accepted on first use, and the same one ever after.

The pin is checked inside the handshake, before the first byte of a request or a credential leaves. All phones share one
context of the ssl module, which would take 16 KB for each of them.
"""

import functools
import hashlib
import ssl
from collections.abc import Callable

from phonetui.tls import unverified_context
from phonetui.transport.status_errors import RefusedCertificate


def fingerprint(der: bytes) -> str:
    """`sha256:` and 64 lower-case hex digits of the DER certificate."""
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


class PinnedContext:
    """Believes the pinned certificate of one phone alone."""

    __slots__ = ("_first_use", "_pinned", "_seen")

    def __init__(
        self,
        pinned: Callable[[], str | None],
        first_use: Callable[[str], None],
        seen: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        """`first_use` is given the fingerprint where none is pinned, `seen` each accepted certificate, in DER."""
        self._pinned, self._first_use, self._seen = pinned, first_use, seen

    @property
    def shared(self) -> ssl.SSLContext:
        """For a handshake whose certificate the caller has checked by `check`: this context believes every one."""
        return _shared()

    def check(self, der: bytes) -> None:
        """Raises RefusedCertificate for another certificate than the pinned one."""
        shown, expected = fingerprint(der), self._pinned()
        if expected is None:
            self._first_use(shown)
        elif expected != shown:
            words = f"the certificate changed: accepted {expected}, now {shown}"
            raise RefusedCertificate(words, "If the phone was reset or replaced, accept it with 'phonetui trust'")
        self._seen(der)

    def with_check(self) -> ssl.SSLContext:
        """A context of the phone's own, for libraries that shake hands themselves: the check is part of that."""
        check = self.check

        class PinnedObject(ssl.SSLObject):
            def do_handshake(self) -> None:
                super().do_handshake()  # raises SSLWantRead until it is through
                check(self.getpeercert(binary_form=True) or b"")

        context = unverified_context()
        context.sslobject_class = PinnedObject
        return context


class VerifiedContext:
    """Believes by chain and name, and tells which certificate it was."""

    __slots__ = ("_seen", "shared")

    def __init__(self, shared: ssl.SSLContext, seen: Callable[[bytes], None]) -> None:
        """`shared` verifies for many phones; `seen` is given each accepted certificate, in DER."""
        self.shared = shared
        self._seen = seen

    def check(self, der: bytes) -> None:
        """After the handshake, which has verified it."""
        if der:
            self._seen(der)

    def with_check(self) -> ssl.SSLContext:
        """For libraries that shake hands themselves: one of the phone's own would take 690 KB, so none is told of."""
        return self.shared


TlsContext = ssl.SSLContext | PinnedContext | VerifiedContext
"""Whose certificate is believed: any, as the ssl module knows it, by its pin, or by chain and name."""


@functools.cache
def _shared() -> ssl.SSLContext:
    return unverified_context()
