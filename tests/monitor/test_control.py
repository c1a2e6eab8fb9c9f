"""Control of a phone, as the fleet enforces it: it ends by itself, is asked for again, and leaves a trace."""

import asyncio
from pathlib import Path as File

import pytest

from phonetui import private
from phonetui.cli.audit_log import AuditLog
from phonetui.config.settings import Config, ControlMode
from phonetui.errors import AccessError, CommandRefused
from phonetui.fleet.protocol import Permission
from phonetui.monitor import control_policy
from phonetui.monitor.control_policy import AuditEntry
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.storage.writer import WRITER, StorageNotices
from phonetui.transport.trust import PinStore
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.live import live, served, settings, until

SIM1 = PhoneId("sim-1")
BOOT = Command(Path.of("SystemUnit", "Boot"))


async def test_control_is_given_back_by_itself_and_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_policy, "IDLE_S", 0.2)
    async with served() as office, live(office, control=ControlMode.CONFIRM) as watched:
        fleet = watched.fleet
        fleet.grant(SIM1)
        assert fleet.granted == {SIM1}
        await until(lambda: fleet.permission(SIM1) is Permission.ASK)
        with pytest.raises(AccessError, match="control was not taken"):
            await fleet.press(SIM1, "KeyPad1")
        fleet.grant(SIM1)
        fleet.revoke(SIM1)
        fleet.revoke(SIM1)
        told = [entry.text for entry in fleet.entries if "control" in entry.text]
        assert told == [
            "control taken",
            "control given back: 0 minutes without a key",  # five, but for this test
            "control taken",
            "control given back",
        ]


async def test_what_takes_the_phone_from_its_user_is_asked_even_where_control_is_on() -> None:
    async with served() as office:
        fleet = LiveFleet(Config(phones=(settings(office.phones[0], control=ControlMode.ON),)), pins=PinStore(None))
        for command in (BOOT, Command(Path.of("Ui", "SendKey"), (("Key", "ActionButton"),))):
            with pytest.raises(AccessError, match="not confirmed: nothing was sent"):
                await fleet.command(SIM1, command)
        assert [request for request in office.phones[0].requests if request.path == "/putxml"] == []
        await fleet.command(SIM1, BOOT, confirmed=True)
        await fleet.close()


async def test_every_deed_is_handed_to_the_audit_with_its_answer() -> None:
    entries: list[AuditEntry] = []
    async with served() as office:
        fleet = LiveFleet(Config(phones=(settings(office.phones[0]),)), pins=PinStore(None), audit=entries.append)
        await fleet.press(SIM1, "Release")
        with pytest.raises(CommandRefused):
            await fleet.command(SIM1, Command(Path.of("No", "Such")))
        office.phones[0].fault = "hang"
        hanging = asyncio.create_task(fleet.dial(SIM1, "5999"))
        await until(lambda: office.phones[0].requests[-1].path == "/putxml" and len(entries) == 2)
        await asyncio.sleep(0.02)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        await fleet.close()
    assert [(str(entry.command), entry.answer) for entry in entries] == [
        ("Ui SendKey", "OK"),
        ("No Such", "refused"),
        ("Call Dial", "interrupted"),
    ]


async def test_a_log_that_cannot_be_written_is_told_once_and_the_keys_go_on(tmp_path: File) -> None:
    place, storage, said = tmp_path / "audit.jsonl", StorageNotices(), list[str]()
    place.mkdir()
    log = AuditLog(place, storage)
    async with served() as office:
        config = Config(phones=(settings(office.phones[0]),))
        fleet = LiveFleet(config, pins=PinStore(None), audit=log.write, notice=said.append, storage=storage)
        for _ in range(3):
            await fleet.press(SIM1, "Release")
            await asyncio.to_thread(WRITER.flush, 30.0)
        place.rmdir()
        await fleet.close()
    assert said == [f"files: the audit log cannot be written, commands go on: Is a directory ({place})"]
    assert len(place.read_text().splitlines()) == 3  # nothing is missing once it can be written again


@pytest.mark.timeout(20)
async def test_a_held_lock_on_the_audit_log_stops_nothing(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    place, storage, said = tmp_path / "audit.jsonl", StorageNotices(), list[str]()
    log = AuditLog(place, storage)
    async with served() as office:
        config = Config(phones=(settings(office.phones[0]),))
        fleet = LiveFleet(config, pins=PinStore(None), audit=log.write, notice=said.append, storage=storage)
        with place.open("ab") as held:
            private.lock(held.fileno())
            began = asyncio.get_running_loop().time()
            await fleet.press(SIM1, "Release")
            assert asyncio.get_running_loop().time() - began < 0.4
            await asyncio.to_thread(WRITER.flush, 30.0)
        await fleet.press(SIM1, "Release")
        await fleet.close()
    (words,) = said
    assert "another program has held its lock for 0.5 s" in words
    assert len(place.read_text().splitlines()) == 2


async def test_the_journal_keeps_no_secret_of_a_command() -> None:
    async with served() as office:
        fleet = LiveFleet(Config(phones=(settings(office.phones[0]),)), pins=PinStore(None))
        with pytest.raises(CommandRefused):
            await fleet.command(SIM1, Command(Path.of("User", "Set"), (("Passphrase", "hunter2-Zq9"),)))
        await fleet.close()
        assert [entry.text for entry in fleet.entries if "hunter2" in entry.text] == []
        assert any("User Set Passphrase=***" in entry.text for entry in fleet.entries)
