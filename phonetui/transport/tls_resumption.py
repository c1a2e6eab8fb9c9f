"""The TLS session of one server, which makes the next handshake a short one (RFC 8446 2.2, RFC 5246 7.3).

The ssl module loses some 5 KB whenever it is asked for a connection's session (CPython 3.11 with OpenSSL 3, measured),
so it is asked for a new one only where the server did not take the one before. That serves again and again: a ticket
that is used twice tells an onlooker that it is the same client (RFC 8446 C.4), which the address tells as well.
"""

import ssl

MOST_REFUSED = 3
"""After so many sessions in a row that the server did not take, it is offered none any more."""


class TlsResumption:
    def __init__(self) -> None:
        self._session: ssl.SSLSession | None = None
        self._refused = 0

    @property
    def session(self) -> ssl.SSLSession | None:
        """To be offered in the next handshake; None where there is none."""
        return self._session

    def note_end(self, connection: ssl.SSLObject, *, has_answered: bool) -> None:
        """Takes the session of a connection that is let go, its handshake through.

        One that brought no answer is not followed by another of its session: nothing about one may keep us out.
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
