"""When a session is offered again, and when no more."""

import ssl
from types import SimpleNamespace
from typing import cast

from phonetui.transport.tls_client import MOST_REFUSED, TlsResumption


def tls(*, reused: bool) -> ssl.SSLObject:
    return cast(ssl.SSLObject, SimpleNamespace(session=object(), session_reused=reused))


def test_a_session_serves_until_a_connection_brings_no_answer() -> None:
    resumption, first = TlsResumption(), tls(reused=False)
    resumption.note_end(first, has_answered=True)
    resumption.note_end(tls(reused=True), has_answered=True)
    assert resumption.session is first.session
    resumption.note_end(tls(reused=True), has_answered=False)
    assert resumption.session is None


def test_a_server_that_takes_no_session_is_offered_none_any_more() -> None:
    resumption, offered = TlsResumption(), 0
    for _ in range(10):
        offered += resumption.session is not None
        resumption.note_end(tls(reused=False), has_answered=True)
    assert offered == MOST_REFUSED


def test_a_restarted_server_is_given_a_new_one() -> None:
    resumption = TlsResumption()
    for _ in range(2 * MOST_REFUSED):
        fresh = tls(reused=False)
        resumption.note_end(fresh, has_answered=True)
        assert resumption.session is fresh.session
        resumption.note_end(tls(reused=True), has_answered=True)
