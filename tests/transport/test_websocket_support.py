"""HTTP first, WebSocket where it is offered, tried once for each model and firmware."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as File

import pytest

from phonetui.errors import Dropped, PhonetuiError
from phonetui.simulator.server import SimulatedPhone
from phonetui.storage.writer import WRITER
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.websocket import WebSocketTransport
from phonetui.transport.websocket_support import UpgradingTransport, WebSocketSupport
from phonetui.xapi.command import Command
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import Path
from tests.deadlines import ANSWER_S
from tests.live import PASSWORD, served, until

SYSTEM = Path.of("SystemUnit")


@asynccontextmanager
async def reached(
    phone: SimulatedPhone, offers: WebSocketSupport, timeout_s: float = ANSWER_S
) -> AsyncIterator[UpgradingTransport]:
    port = int(phone.url.rpartition(":")[2])
    where = Address(
        scheme="https", host="127.0.0.1", port=port, username="xapi", password=PASSWORD, timeout_s=timeout_s
    )
    context = unverified_context()
    transport = UpgradingTransport(HttpTransport(where, context), WebSocketTransport(where, context), offers)
    try:
        yield transport
    finally:
        await transport.close()


def tries(*phones: SimulatedPhone) -> int:
    return sum(request.method == "GET" and request.path == "/ws" for phone in phones for request in phone.requests)


async def test_a_phone_that_offers_it_is_upgraded_after_its_first_reading() -> None:
    offers = WebSocketSupport(None)
    heard: list[Push | PhonetuiError] = []
    async with served(1, dialect="websocket") as office, reached(office.phones[0], offers) as transport:
        phone = office.phones[0]
        await transport.fetch(SYSTEM)
        assert tries(phone) == 0
        assert await transport.subscribe(heard.append)
        await transport.fetch(Path.of("Standby"))
        await transport.command(Command(Path.parse("Call Dial"), (("Number", "5001"),)))
        assert [request.path for request in phone.requests].count("/putxml") == 0
        assert not await transport.renew()
        assert offers.get(f"DP-{phone.model} PHONEOS.3-6-1-0001") is True
        office.set_value("sim-1", "Standby Level", "Networked")
        await until(lambda: heard)


async def test_a_firmware_without_it_is_tried_once_whatever_the_number_of_phones(tmp_path: File) -> None:
    store = tmp_path / "offers.json"
    async with served(10) as office:
        twins = [phone for phone in office.phones if phone.model == office.phones[0].model]
        assert len(twins) > 1
        offers = WebSocketSupport(store)

        async def follow(phone: SimulatedPhone) -> None:
            async with reached(phone, offers) as transport:
                await transport.fetch(SYSTEM)
                assert not await transport.subscribe(lambda _: None)  # not set up for feedback: it is polled
                assert await transport.fetch(Path.of("Standby"))

        await asyncio.gather(*(follow(phone) for phone in twins))
        assert tries(*twins) == 1
        assert await asyncio.to_thread(WRITER.flush, ANSWER_S)  # a thread writes what was found out
        offers = WebSocketSupport(store)
        await follow(twins[0])
        assert tries(*twins) == 1


async def test_a_phone_that_has_it_switched_off_does_not_speak_for_its_twins() -> None:
    async with served(1) as office:
        kind = f"DP-{office.phones[0].model} PHONEOS.3-6-1-0001"
        offers = WebSocketSupport(None)
        offers.put(kind, offered=True)
        async with reached(office.phones[0], offers) as transport:
            await transport.fetch(SYSTEM)
            for _ in range(2):
                assert not await transport.subscribe(lambda _: None)
        assert tries(office.phones[0]) == 1
        assert offers.get(kind) is True


@pytest.mark.parametrize("fault", ["503", "502", "hang"])
async def test_out_of_order_is_no_verdict_and_http_goes_on(fault: str, tmp_path: File) -> None:
    file = tmp_path / "offers.json"
    offers = WebSocketSupport(file)
    timeout_s = 1.0 if fault == "hang" else ANSWER_S
    async with served(1, dialect="websocket") as office, reached(office.phones[0], offers, timeout_s) as transport:
        phone = office.phones[0]
        await transport.fetch(SYSTEM)
        phone.fault = fault
        assert not await transport.subscribe(lambda _: None)
        phone.fault = None
        assert await transport.fetch(Path.of("Standby"))
        kind = f"DP-{phone.model} PHONEOS.3-6-1-0001"
        assert offers.get(kind) is (False if fault == "hang" else None)  # twins need not hang, too
        assert WebSocketSupport(file).get(kind) is None


async def test_a_break_leads_back_to_http_and_up_again() -> None:
    offers = WebSocketSupport(None)
    heard: list[Push | PhonetuiError] = []
    async with served(1, dialect="websocket") as office, reached(office.phones[0], offers) as transport:
        phone = office.phones[0]
        await transport.fetch(SYSTEM)
        await transport.subscribe(heard.append)
        phone.cut()
        await until(lambda: heard)
        assert isinstance(heard[0], Dropped)
        before = [request.path for request in phone.requests].count("/getxml")
        await transport.fetch(SYSTEM)
        assert [request.path for request in phone.requests].count("/getxml") == before + 1
        phone.fault = "503"
        assert not await transport.subscribe(heard.append)
        phone.fault = None
        assert await transport.renew()  # known to have it: tried again
        assert phone.connections == 1


def test_a_store_that_cannot_be_read_is_empty(tmp_path: File) -> None:
    file = tmp_path / "offers.json"
    for written in ("[]", "{", "[" * 100_000):
        file.write_text(written)
        assert WebSocketSupport(file).get("x") is None
    WebSocketSupport(file).put("x", offered=False)
    assert WebSocketSupport(file).get("x") is False


def test_a_fleet_is_made_without_the_network_stack() -> None:
    """The first frame comes before it: what needs it is loaded with the first phone."""
    script = (
        "import sys, phonetui.monitor.fleet; print({'aiohttp', 'asyncssh', 'httpx', 'websockets'} & {*sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"
