"""A fleet over WebSocket: the same knowledge, and what a break looks like."""

import asyncio
from typing import Any

import pytest

from phonetui.config.settings import Config, ControlMode, Poll, Secret
from phonetui.errors import CommandRefused
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import EventReport, StateReport
from phonetui.phone.state import PhoneId
from phonetui.transport.trust import PinStore
from phonetui.transport.websocket_support import WebSocketSupport
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.live import Live, live, served, settings, until

SIM1, SIM2 = PhoneId("sim-1"), PhoneId("sim-2")
WAYS: list[dict[str, Any]] = [{"transport": "websocket"}, {"transport": "auto"}, {"scheme": "wss"}]
RARE = Poll(call_s=60.0, idle_s=60.0, slow_s=60.0)
"""Later than anything is waited for."""


def states(watched: Live, phone: str = "sim-1") -> list[str]:
    return [r.state.value for r in watched.reports if isinstance(r, StateReport) and r.phone == phone]


def told(watched: Live) -> list[str]:
    """Names of the events so far."""
    return [str(report.event.name) for report in watched.reports if isinstance(report, EventReport)]


@pytest.mark.parametrize("way", WAYS)
async def test_a_call_shows_at_both_ends(way: dict[str, Any]) -> None:
    async with served(2, dialect="websocket") as office, live(office, **way) as watched:
        await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
        office.start_call("sim-1", "sim-2")
        await until(lambda: all(phone.has_live_call for phone in watched.fleet.phones.values()), 3.0)
        assert next(watched.fleet.phones[SIM1].calls).remote_number == office.phones[1].number
        await until(lambda: all(phone.measures for phone in watched.fleet.phones.values()))
        office.hang_up("sim-1")
        await until(lambda: not any(phone.has_live_call for phone in watched.fleet.phones.values()))
        await until(lambda: told(watched).count("SipCallDisconnect") == told(watched).count("SipCallSuccessful") == 2)
        await until(lambda: [record.cause for record in watched.fleet.records if record.phone == SIM1] == ["Normal"])
        assert not any(request.path == "/putxml" for phone in office.phones for request in phone.requests)
        assert [phone.connections for phone in office.phones] == [1, 1]
    await until(lambda: [phone.connections for phone in office.phones] == [0, 0])


@pytest.mark.parametrize("way", WAYS)
async def test_a_break_shows_and_what_changed_meanwhile_is_found(way: dict[str, Any]) -> None:
    async with served(1, dialect="websocket") as office, live(office, poll=RARE, **way) as watched:
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
        office.phones[0].cut()
        office.set_value("sim-1", "Standby Level", "Networked")
        await until(lambda: watched.state("sim-1") == "connecting")
        assert not watched.fleet.phones[SIM1].connection.pushes
        await until(lambda: watched.state("sim-1") == "live" and watched.fleet.phones[SIM1].connection.pushes)
        assert watched.fleet.phones[SIM1].standby == "Networked"
        assert states(watched) == ["live", "connecting", "live"]
        lines = [entry.text for entry in watched.fleet.entries]
        assert [line for line in lines if "WebSocket" in line] == ["the WebSocket broke"]
        office.set_value("sim-1", "Standby Level", "Off")
        await until(lambda: watched.fleet.phones[SIM1].standby == "Off", what="it is pushed, long before the next poll")


async def test_a_reboot_is_called_so_and_survived() -> None:
    async with served(1, dialect="websocket", speed=4.0) as office, live(office, transport="websocket") as watched:
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
        office.reboot("sim-1")
        await until(lambda: watched.state("sim-1") == "rebooting")
        await until(lambda: watched.state("sim-1") == "live", 10.0)
        assert "connecting" not in states(watched)


async def test_read_only_is_told_of_changes_and_leaves_no_trace() -> None:
    office_ = served(1, dialect="websocket")
    async with office_ as office, live(office, transport="auto", read_only=True) as watched:
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
        assert all(request.method in ("GET", "xGet", "xFeedback/Subscribe") for request in office.phones[0].requests)


async def test_a_phone_without_it_says_so_when_it_was_demanded() -> None:
    async with served(1) as office, live(office, transport="websocket") as watched:
        await until(lambda: watched.state("sim-1") == "not-xapi")
        connection = watched.fleet.phones[SIM1].connection
        assert connection.reason == "not-found"
        assert "no WebSocket" in connection.detail
        assert 'transport = "http"' in connection.hint


async def test_a_phone_without_it_is_followed_over_http_without_a_word() -> None:
    offers = WebSocketSupport(None)
    async with served(1) as office:
        reports: list[object] = []
        config = Config(phones=(settings(office.phones[0]),))
        fleet = LiveFleet(config, pins=PinStore(None), websocket_support=offers, report=reports.append)
        task = asyncio.create_task(fleet.run())
        await until(lambda: fleet.phones[SIM1].connection.pushes)
        assert [entry.text for entry in fleet.entries] == ["live"]
        asked = [request.path for request in office.phones[0].requests]
        assert asked.index("/ws") > asked.index("/status.xml")  # the first reading waited for nothing
        assert offers.get(f"DP-{office.phones[0].model} PHONEOS.3-6-1-0001") is False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_wrong_password_is_refused() -> None:
    office_ = served(1, dialect="websocket")
    async with office_ as office, live(office, transport="websocket", password=Secret("wrong")) as watched:
        await until(lambda: watched.state("sim-1") == "refused")
        assert watched.fleet.phones[SIM1].connection.reason == "credentials"
        assert "wrong" not in repr(watched.fleet.entries)


@pytest.mark.parametrize("way", [{"transport": "websocket"}, {"scheme": "wss", "transport": "auto"}])
async def test_single_requests(way: dict[str, Any]) -> None:
    async with served(1, dialect="websocket") as office:
        phone = settings(office.phones[0], control=ControlMode.ON, **way)
        fleet = LiveFleet(Config(phones=(phone,)), pins=PinStore(None))
        assert await fleet.fetch(SIM1, Path.parse("SystemUnit ProductId"))
        assert not await fleet.fetch(SIM1, Path.parse("Line 1 Call"))
        with pytest.raises(CommandRefused, match="No match"):
            await fleet.fetch(SIM1, Path.parse("Novelty"))
        await fleet.press(SIM1, "VolDwn")
        with pytest.raises(CommandRefused):
            await fleet.command(SIM1, Command(Path.parse("Call Dila")))
        await fleet.close()
        assert all(request.path == "/ws" for request in office.phones[0].requests)


async def test_the_plain_port() -> None:
    async with served(1, dialect="websocket", plain=True) as office:
        port = int(office.phones[0].plain_url.rpartition(":")[2])
        async with live(office, scheme="ws", port=port) as watched:
            await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
