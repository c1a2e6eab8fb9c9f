"""Sessions with a phone's web server: begun once, always ended."""

import pytest

from phonetui.errors import AccessError, Busy, PhonetuiError, ProtocolError, Restarting, TimedOut
from phonetui.simulator.security import MAX_SESSIONS
from phonetui.simulator.server import ServedOffice
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.http_client import HttpClient
from phonetui.transport.web_session import WebSession
from tests.deadlines import ANSWER_S
from tests.live import PASSWORD, served


def login(office: ServedOffice, password: str = PASSWORD, timeout_s: float = ANSWER_S) -> WebSession:
    port = int(office.phones[0].url.rpartition(":")[2])
    where = Address(
        scheme="https", host="127.0.0.1", port=port, username="xapi", password=password, timeout_s=timeout_s
    )
    return WebSession(where, HttpClient(where, unverified_context()))


async def test_a_session_is_begun_once_and_ended() -> None:
    async with served(1) as office:
        sessions = office.phones[0]._web_server.accounts._sessions
        one = login(office)
        cookie = await one.begin()
        assert cookie == await one.begin() == one.cookie
        assert cookie.startswith("SessionId=")
        assert len(sessions) == 1
        await one.end()
        assert not sessions
        assert not one.cookie
        await one.end()
        assert [request.path for request in office.phones[0].requests] == [
            "/xmlapi/session/begin",
            "/xmlapi/session/end",
        ]


async def test_as_many_as_there_are_and_no_more() -> None:
    async with served(1) as office:
        logins = [login(office) for _ in range(MAX_SESSIONS)]
        for each in logins:
            await each.begin()
        with pytest.raises(Busy, match="too many sessions"):
            await login(office).begin()
        for each in logins:
            await each.end()
        assert not office.phones[0]._web_server.accounts._sessions


FAULTS: dict[str, type[PhonetuiError]] = {
    "401": AccessError,
    "404": ProtocolError,
    "502": Restarting,
    "503": Busy,
    "hang": TimedOut,
    "html": ProtocolError,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_may_go_wrong(fault: str) -> None:
    async with served(1) as office:
        office.phones[0].fault = fault
        with pytest.raises(FAULTS[fault]) as caught:
            await login(office, "planted", 0.3 if fault == "hang" else ANSWER_S).begin()
        assert "planted" not in str(caught.value) + repr(caught.value.__cause__)


async def test_a_phone_that_is_gone_is_no_reason_not_to_leave() -> None:
    async with served(1) as office:
        one = login(office)
        await one.begin()
        await office.phones[0].refuse()
        await one.end()
        assert not one.cookie
