"""TLS towards a phone: the certificate that is trusted, sessions that are resumed, and the work of handshakes.

A pinned certificate is accepted on first use and is the only one accepted from then on. The pin is checked inside the
handshake, before the first byte of a request or a credential leaves. All phones share one context of the ssl module,
which would take 16 KB for each of them.

A session makes the next handshake with the same phone a short one (RFC 8446 2.2, RFC 5246 7.3). The ssl module loses
some 5 KB whenever it is asked for a connection's session (CPython 3.11 with OpenSSL 3, measured), so it is asked for a
new one only where the phone did not take the one before. A ticket that is used twice tells an onlooker that it is the
same client (RFC 8446 C.4), which the address tells as well.

A handshake takes some 0.5 ms of CPU. A thousand phones that answer at once would delay a key by half a second, so each
turn of the event loop computes one step of one handshake.
"""

import asyncio
import functools
import hashlib
import ssl
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

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
        """A context for handshakes whose certificate the caller checks by `check`: this context believes every one."""
        return _shared()

    def check(self, der: bytes) -> None:
        """Compares a certificate (DER) with the pinned one. Raises RefusedCertificate for another one."""
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
        """Does nothing: the handshake has verified the certificate."""
        if der:
            self._seen(der)

    def with_check(self) -> ssl.SSLContext:
        """The context for libraries that do the handshake themselves: one of the phone's own would take 690 KB."""
        return self.shared


TlsContext = ssl.SSLContext | PinnedContext | VerifiedContext
"""Whose certificate is believed: any, as the ssl module knows it, by its pin, or by chain and name."""


@functools.cache
def _shared() -> ssl.SSLContext:
    return unverified_context()


MOST_REFUSED = 3
"""After so many sessions in a row that the server did not take, it is offered none any more."""


class TlsResumption:
    """The TLS session of one phone that is offered in the next handshake, and how often the phone refused one."""

    def __init__(self) -> None:
        self._session: ssl.SSLSession | None = None
        self._refused = 0

    @property
    def session(self) -> ssl.SSLSession | None:
        """The session to offer in the next handshake; None where there is none."""
        return self._session

    def note_end(self, connection: ssl.SSLObject, *, has_answered: bool) -> None:
        """Takes the session of a connection that is let go, its handshake through.

        One that brought no answer is not followed by another of its session: a session may never prevent a connection.
        """
        if not has_answered:
            self.forget()
        elif connection.session_reused:
            self._refused = 0
        else:
            self._refused += self._session is not None
            self._session = connection.session if self._refused < MOST_REFUSED else None

    def forget(self) -> None:
        """A handshake in which the session was offered failed."""
        self._session = None


class HandshakeQueue:
    """Steps of handshakes, in the order in which they came."""

    def __init__(self) -> None:
        self._steps: deque[Callable[[], None]] = deque()

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> "HandshakeQueue":
        """The one that all connections of a loop share."""
        return _QUEUES.setdefault(loop, cls())

    def put(self, step: Callable[[], None]) -> None:
        """Has `step` called in a turn of its own of the running loop."""
        self._steps.append(step)
        if len(self._steps) == 1:
            asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        """Takes the step out only when it is over: whoever puts one meanwhile knows that the next turn is arranged."""
        try:
            self._steps[0]()
        finally:
            self._steps.popleft()
            if self._steps:
                asyncio.get_running_loop().call_soon(self._run)


_QUEUES: WeakKeyDictionary[asyncio.AbstractEventLoop, HandshakeQueue] = WeakKeyDictionary()
