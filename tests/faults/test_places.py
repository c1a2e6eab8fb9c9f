"""Phones that answer at one place of their web server and refuse another: watched by what they answer."""

import asyncio

import pytest

from phonetui.config.settings import Config, Poll
from phonetui.errors import PhonetuiError
from phonetui.monitor import feedback, transports, watch
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import StateReport
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import SimulatedPhone
from phonetui.transport.trust import PinStore
from phonetui.xapi.path import ROOT, Path
from tests.faults.table import fault
from tests.live import Live, live, served, settings, until

SIM = PhoneId("sim-1")
REFUSALS = (401, 403, 405, 500, 501, 503)
RARE = Poll(call_s=1.0, idle_s=20.0, slow_s=60.0)
"""So that nearly every request comes from the way in which a refusal is met."""
WHOLE = {"/status.xml", "/getxml?/Status"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree of fifteen parts takes four seconds at the pace that real phones are asked."""
    monkeypatch.setattr(watch, "REQUEST_GAP_S", 0.02)


def asked(phone: SimulatedPhone, path: str) -> int:
    return sum(request.path == path for request in phone.requests)


def is_read(watched: Live) -> bool:
    """The last part in the order of reading, and one that everybody looks at."""
    document = watched.fleet.document(SIM)
    return bool(document.under(Path.of("ExtStatus"))) and bool(document.under(Path.of("DownloadStatus")))


def states(watched: Live) -> set[str]:
    return {str(report.state) for report in watched.reports if isinstance(report, StateReport)}


@pytest.mark.parametrize("status", REFUSALS)
@fault("the whole tree is refused, its parts are not", holds="the phone is watched by its parts, and asked once")
async def test_a_phone_without_a_whole_tree_is_watched_by_its_parts(status: int) -> None:
    async with served() as office:
        phone = office.phones[0]
        phone.behaviour.refused = dict.fromkeys(WHOLE, status)
        async with live(office, push=False, transport="http", poll=RARE) as watched:
            await until(lambda: is_read(watched))
            before = len(phone.requests)
            await asyncio.sleep(0.5)
            assert len(phone.requests) - before <= 1
            assert states(watched) <= {"connecting", "live"}
            assert asked(phone, "/status.xml") == 1


@pytest.mark.parametrize("status", REFUSALS)
@fault("the whole tree is refused to somebody who reads it once", holds="it is read by its parts")
async def test_a_whole_tree_is_read_once_by_its_parts(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "REQUEST_GAP_S", 0.0)
    async with served() as office:
        phone = office.phones[0]
        fleet = LiveFleet(Config(phones=(settings(phone, transport="http"),)), pins=PinStore(None))
        whole = await fleet.fetch(SIM, ROOT)
        phone.behaviour.refused = dict.fromkeys(WHOLE | {"/getxml?/Status/Security"}, status)
        parts = await fleet.fetch(SIM, ROOT)
        assert {path[0] for path in parts} == {path[0] for path in whole} - {"Security"}
        before = len(phone.requests)
        phone.behaviour.refused = {"/status.xml": status, "/getxml": status}
        with pytest.raises(PhonetuiError, match=r"refused|may not|not offered|HTTP 500|limits"):
            await fleet.fetch(SIM, ROOT)
        assert len(phone.requests) - before <= 3
        await fleet.close()


@fault("the whole tree is refused after it was given", holds="the phone stays live, and is watched by its parts")
@pytest.mark.parametrize("status", [401, 500])
async def test_a_whole_tree_that_is_refused_from_some_time_on(status: int) -> None:
    async with served() as office:
        phone = office.phones[0]
        async with live(office, push=False, transport="http") as watched:
            await until(lambda: asked(phone, "/status.xml") >= 2)
            phone.behaviour.refused = dict.fromkeys(WHOLE, status)
            office.set_value("sim-1", "Standby Level", "Halfwake")
            level = Path.parse("Standby Level")
            await until(lambda: watched.fleet.document(SIM).get(level) == "Halfwake", 8.0)
            assert states(watched) <= {"connecting", "live"}


@pytest.mark.parametrize("status", REFUSALS)
@fault("a registration for pushes is refused by an HTTP status", holds="the phone is polled, and asked once in minutes")
async def test_a_phone_that_takes_no_registration_is_polled(status: int) -> None:
    async with served() as office:
        phone = office.phones[0]
        phone.behaviour.refused = {"/putxml": status}
        async with live(office, transport="http", poll=RARE) as watched:
            await until(lambda: watched.fleet.phones[SIM].connection.unpushed)
            await until(lambda: is_read(watched))
            before = len(phone.requests)
            await asyncio.sleep(0.5)
            assert len(phone.requests) - before <= 1
            assert asked(phone, "/putxml") == 1
            assert states(watched) <= {"connecting", "live"}


@fault("a registration is refused for a while", holds="it is asked for again, and pushes flow")
async def test_a_refused_registration_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "RENEW_S", 0.1)
    monkeypatch.setattr(feedback, "ASK_AGAIN_S", 0.3)
    async with served() as office:
        phone = office.phones[0]
        phone.behaviour.refused = {"/putxml": 503}
        async with live(office, transport="http") as watched:
            await until(lambda: watched.fleet.phones[SIM].connection.unpushed)
            phone.behaviour.refused = {}
            await until(lambda: watched.fleet.phones[SIM].connection.pushes)


@pytest.mark.parametrize("status", [403, 500, 503])
@fault("one part of the tree is refused", holds="all the others are read, and the phone stays live")
async def test_a_part_that_is_refused_is_left_out(status: int) -> None:
    async with served() as office:
        phone = office.phones[0]
        refused = WHOLE | {"/getxml?/Status/Line", "/getxml?/Status/Security"}
        phone.behaviour.refused = dict.fromkeys(refused, status)
        async with live(office, push=False, transport="http", poll=RARE) as watched:
            await until(lambda: is_read(watched), 8.0)
            assert states(watched) <= {"connecting", "live"}
            words = "this account may not see Line" if status == 403 else "Line cannot be read"
            await until(lambda: any(words in entry.text for entry in watched.fleet.entries), what=words)


@pytest.mark.parametrize(("name", "state"), [("401", "refused"), ("503", "connecting")])
@fault("a phone refuses everything", holds="it is left alone for as long as the refusal says")
async def test_a_phone_that_refuses_everything_is_left_alone(name: str, state: str) -> None:
    async with served() as office:
        phone = office.phones[0]
        phone.fault = name
        async with live(office, transport="http", poll=RARE) as watched:
            await until(lambda: phone.requests)
            await asyncio.sleep(1.0)
            assert len(phone.requests) == 1
            assert watched.state(SIM) == state


@fault("a phone limits requests", holds="it is not asked for its parts instead, which would be more requests")
async def test_a_limit_of_requests_is_no_refusal_of_a_place() -> None:
    async with served() as office:
        phone = office.phones[0]
        async with live(office, push=False, transport="http") as watched:
            await until(lambda: asked(phone, "/status.xml") >= 2)
            phone.fault = "503"
            before = len(phone.requests)
            await asyncio.sleep(2.0)
            assert len(phone.requests) - before <= 2
            phone.fault = None
            await until(lambda: watched.state(SIM) == "live")
            assert not any(request.location.endswith("/ExtStatus") for request in phone.requests)
