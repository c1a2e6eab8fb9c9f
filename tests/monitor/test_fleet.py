"""The whole way through real sockets: phones, their faults, and what is allowed."""

import asyncio
import gc
from types import TracebackType

import pytest

from phonetui.config.settings import Config, ControlMode, FeedbackSettings, Secret
from phonetui.errors import AccessError, CommandRefused
from phonetui.fleet.protocol import Permission
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import CallReport, EventReport, StateReport, StatusReport
from phonetui.monitor.schedule import RetryPause
from phonetui.phone.measure import Grade
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import SimulatedPhone
from phonetui.transport.http_connection import TlsEngine
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.live import PASSWORD, Live, live, served, settings, until

SIM1, SIM2 = PhoneId("sim-1"), PhoneId("sim-2")


def putxml(phone: SimulatedPhone) -> list[str]:
    return [request.command or "" for request in phone.requests if request.path == "/putxml"]


def told(watched: Live) -> list[str]:
    """Names of the events so far."""
    return [str(report.event.name) for report in watched.reports if isinstance(report, EventReport)]


async def test_a_phone_comes_alive_and_is_known() -> None:
    async with served(2) as office, live(office) as watched:
        await until(lambda: [watched.state(name) for name in office.by_name] == ["live", "live"])
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes and watched.fleet.phones[SIM1].ports)
        phone = watched.fleet.phones[SIM1]
        assert phone.system.product_id == f"DP-{office.phones[0].model}"
        assert phone.network.ipv4
        assert phone.ports
        states = [report for report in watched.reports if isinstance(report, StateReport)]
        assert {(report.phone, report.state.value) for report in states} == {(SIM1, "live"), (SIM2, "live")}


async def test_every_leaf_is_reported_once_and_the_same() -> None:
    async with served(1) as office, live(office) as watched:
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
        await until(lambda: len(office.phones[0].tree) <= len(watched.reports))
        told = [report for report in watched.reports if isinstance(report, StatusReport)]
        final = {report.path: report.value for report in told}
        steady = {
            path: value
            for path, value in office.phones[0].tree.items()
            if path[0] not in ("HttpFeedback", "PhoneStatus", "Network")
        }
        assert {path: value for path, value in final.items() if path in steady} == steady


@pytest.mark.parametrize("push", [True, False])
async def test_a_call_shows_at_both_ends(push: bool) -> None:
    async with served(2) as office, live(office, push=push) as watched:
        await until(lambda: watched.state("sim-1") == watched.state("sim-2") == "live")
        if push:
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
        office.start_call("sim-1", "sim-2")
        took = await until(lambda: all(phone.has_live_call for phone in watched.fleet.phones.values()), 3.0)
        assert took < (3.0 if push else 3.6)
        await until(lambda: all(phone.measures for phone in watched.fleet.phones.values()))
        caller = next(watched.fleet.phones[SIM1].calls)
        assert caller.remote_number == office.phones[1].number
        office.hang_up("sim-1")
        await until(lambda: not any(phone.has_live_call for phone in watched.fleet.phones.values()))
        assert not watched.fleet.history(SIM1)
        await until(lambda: set(watched.fleet.port_history(SIM1)) == {1, 2})
        reports = [report for report in watched.reports if isinstance(report, CallReport)]
        assert {report.measure.grade for report in reports} <= {Grade.UNKNOWN, Grade.MEASURING}
        if push:
            await until(
                lambda: told(watched).count("SipCallDisconnect") == told(watched).count("SipCallSuccessful") == 2
            )


async def test_the_slot_is_given_back_on_the_way_out() -> None:
    store = SlotStore(None)
    async with served(1) as office:
        async with live(office, slots=store) as watched:
            await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
            assert any(path[0] == "HttpFeedback" for path in office.phones[0].tree)
        assert not any(path[0] == "HttpFeedback" and value for path, value in office.phones[0].tree.items())
        assert putxml(office.phones[0]) == ["HttpFeedback Register", "HttpFeedback Deregister"]


async def test_a_phone_that_refuses_feedback_is_polled() -> None:
    async with served(1) as office:
        office.phones[0].feedback.refuse = True
        async with live(office) as watched:
            await until(lambda: watched.state("sim-1") == "live")
            office.set_value("sim-1", "Standby Level", "Networked")
            await until(lambda: watched.fleet.phones[SIM1].standby == "Networked")
            await until(lambda: any("polled" in entry.text for entry in watched.fleet.entries))
            assert not watched.fleet.phones[SIM1].connection.pushes


STATES = {
    "401": ("refused", "credentials"),
    "404": ("not-xapi", "not-found"),
    "502": ("rebooting", ""),
    "deep": ("not-xapi", ""),
    "dtd": ("not-xapi", ""),
    "empty": ("not-xapi", ""),
    "garbage": ("not-xapi", ""),
    "html": ("not-xapi", "html"),
    "huge": ("not-xapi", ""),
    "truncated": ("not-xapi", ""),
}


@pytest.mark.parametrize("fault", STATES)
async def test_one_broken_phone_has_one_clear_line_and_disturbs_nobody(fault: str) -> None:
    async with served(2) as office:
        office.phones[0].fault = fault
        async with live(office) as watched:
            await until(lambda: watched.state("sim-1") == STATES[fault][0], 8.0)
            await until(lambda: watched.state("sim-2") == "live")
            connection = watched.fleet.phones[SIM1].connection
            assert connection.reason == STATES[fault][1]
            assert connection.detail
            lines = [entry.text for entry in watched.fleet.entries if entry.phone == SIM1]
            assert len([line for line in lines if line.startswith(connection.detail)]) == 1


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_a_phone_that_never_answers_becomes_unreachable(fault: str) -> None:
    async with served(2) as office:
        office.phones[0].fault = fault
        async with live(office, timeout_s=0.5) as watched:
            await until(lambda: watched.state("sim-1") == "unreachable", 10.0)
            assert watched.fleet.phones[SIM1].connection.reason == "timeout"
            await until(lambda: watched.state("sim-2") == "live")


async def test_another_password_lets_in_all_that_refused_the_same() -> None:
    async with served(2) as office, live(office, password=Secret("wrong")) as watched:
        await until(lambda: [watched.state(name) for name in office.by_name] == ["refused", "refused"])
        with pytest.raises(AccessError, match="refused"):
            await watched.fleet.sign_in(SIM1, "xapi", Secret("wrong again"))
        assert watched.state(SIM1) == "refused"
        taken = await watched.fleet.sign_in(SIM1, watched.fleet.username(SIM1), Secret(PASSWORD))
        assert taken == (SIM1, PhoneId("sim-2"))
        await until(lambda: [watched.state(name) for name in office.by_name] == ["live", "live"])
        assert "password that was typed" in " ".join(entry.text for entry in watched.fleet.entries)


async def test_a_wrong_password_is_tried_once() -> None:
    async with served(1) as office, live(office, password=Secret("wrong")) as watched:
        await until(lambda: watched.state("sim-1") == "refused")
        await asyncio.sleep(0.05)
        assert len(office.phones[0].requests) == 1
        assert "wrong" not in repr(watched.fleet.entries)


async def test_a_fault_in_the_middle_and_back() -> None:
    async with served(1) as office, live(office) as watched:
        await until(lambda: watched.state("sim-1") == "live")
        office.phones[0].fault = "502"
        await until(lambda: watched.state("sim-1") == "rebooting")
        office.phones[0].fault = None
        await until(lambda: watched.state("sim-1") == "live", 6.0)


async def test_a_reboot_is_called_so_and_survived() -> None:
    async with served(1, speed=4.0) as office, live(office) as watched:
        await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
        office.reboot("sim-1")
        await until(lambda: watched.state("sim-1") == "rebooting")
        await until(lambda: watched.state("sim-1") == "live", 10.0)
        assert "BootEvent" in told(watched)


async def test_a_phone_that_said_deep_sleep_and_fell_silent_sleeps() -> None:
    async with served(1) as office, live(office) as watched:
        await until(lambda: watched.state("sim-1") == "live")
        office.set_value("sim-1", "Standby Level", "DeepSleep")
        await until(lambda: watched.fleet.phones[SIM1].standby == "DeepSleep")
        await office.phones[0].refuse()
        await until(lambda: watched.state("sim-1") == "sleeping")
        await office.phones[0].accept()
        office.set_value("sim-1", "Standby Level", "Off")
        await until(lambda: watched.state("sim-1") == "live", 8.0)


async def test_commands_need_permission() -> None:
    async with served(1) as office:
        phone = settings(office.phones[0], control=ControlMode.CONFIRM)
        fleet = LiveFleet(Config(phones=(phone,)), pins=PinStore(None))
        assert fleet.permission(SIM1) is Permission.ASK
        with pytest.raises(AccessError, match="control was not taken"):
            await fleet.dial(SIM1, "5000")
        assert putxml(office.phones[0]) == []
        await fleet.dial(SIM1, "5000", confirmed=True)
        fleet.grant(SIM1)
        await fleet.press(SIM1, "VolDwn")
        fleet.revoke(SIM1)
        assert fleet.permission(SIM1) is Permission.ASK
        await fleet.close()
        assert putxml(office.phones[0]) == ["Call Dial", "Ui SendKey"]
        spelled = dict(office.phones[0].requests[-1].arguments)["Key"]
        assert spelled == "VolDown"


@pytest.mark.parametrize("fields", [{"read_only": True}, {"control": ControlMode.OFF}])
async def test_read_only_sends_nothing_at_all(fields: dict[str, object]) -> None:
    async with served(1) as office, live(office, **fields) as watched:  # type: ignore[arg-type]
        await until(lambda: watched.state("sim-1") == "live")
        fleet = watched.fleet
        for attempt in (
            fleet.dial(SIM1, "5000", confirmed=True),
            fleet.press(SIM1, "Hold", confirmed=True),
            fleet.command(SIM1, Command(Path.parse("SystemUnit Boot")), confirmed=True),
        ):
            with pytest.raises(AccessError, match="read-only"):
                await attempt
        fleet.grant(SIM1)
        assert fleet.permission(SIM1) is Permission.DENIED
        assert putxml(office.phones[0]) == []


async def test_keys_are_spelled_as_the_configuration_says() -> None:
    from phonetui.config.settings import SendKey

    async with served(1) as office:
        sendkey = SendKey(parameter="KeyName", names={"Hold": "HoldButton"})
        fleet = LiveFleet(Config(phones=(settings(office.phones[0], sendkey=sendkey),)), pins=PinStore(None))
        with pytest.raises(CommandRefused):
            await fleet.press(SIM1, "Hold")
        await fleet.close()
        assert dict(office.phones[0].requests[-1].arguments) == {"KeyName": "HoldButton"}


async def test_reading_once() -> None:
    async with served(1) as office:
        fleet = LiveFleet(Config(phones=(settings(office.phones[0]),)), pins=PinStore(None))
        assert not await fleet.fetch(SIM1, Path.parse("Line 1 Call"))
        with pytest.raises(CommandRefused, match="No match"):
            await fleet.fetch(SIM1, Path.parse("Novelty"))
        await fleet.close()


async def test_an_address_that_cannot_be_listened_on_leaves_polling() -> None:
    async with served(1) as office:
        config = Config(phones=(settings(office.phones[0]),), feedback=FeedbackSettings(listen="192.0.2.9:8443"))
        fleet = LiveFleet(config, pins=PinStore(None))
        task = asyncio.create_task(fleet.run())
        await until(lambda: fleet.phones[SIM1].connection.state.value == "live")
        await until(lambda: any("cannot listen" in entry.text for entry in fleet.entries))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_tries_that_failed_leave_no_connection_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the garbage collector, which seldom comes by in a program that is left running."""
    pauses: list[float] = []

    def shorter(*_: object, **__: object) -> float:
        pauses.append(0.01)
        return pauses[-1]

    monkeypatch.setattr(RetryPause, "seconds", shorter)
    async with served() as office, live(office, push=False, transport="http") as watched:
        await until(lambda: watched.state("sim-1") == "live")
        await office.phones[0].refuse()
        await until(lambda: watched.state("sim-1") == "unreachable")
        gc.collect()
        gc.disable()
        try:
            before, known = len(pauses), {id(each) for each in gc.get_objects()}
            await until(lambda: len(pauses) >= before + 20)
            kept = [each for each in gc.get_objects() if isinstance(each, TlsEngine | TracebackType)]
            kept = [each for each in kept if id(each) not in known]
        finally:
            gc.enable()
    assert len(kept) <= 4
