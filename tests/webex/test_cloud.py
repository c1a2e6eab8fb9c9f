"""The organization as the fleet keeps it: swept, asked, and written down, against the made-up Webex."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from phonetui.config.settings import Config
from phonetui.errors import AccessError, Busy, CommandRefused, PhonetuiError, Unreachable
from phonetui.monitor import cloud as clouds
from phonetui.monitor.cloud import WebexOrganization
from phonetui.monitor.control_policy import AuditEntry, audit_line
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.journal import Weight
from phonetui.text import printable
from phonetui.transport.trust import PinStore
from phonetui.webex.auth import FixedToken
from phonetui.webex.client import WebexClient
from tests.live import until
from tests.webex.fake.site import ADMIN, READER, Fake, Trouble
from tests.webex.fake.world import PERSON, device, ident


@dataclass
class Heard:
    changes: int = 0
    notes: list[str] = field(default_factory=list)
    deeds: list[AuditEntry] = field(default_factory=list)

    def changed(self) -> None:
        self.changes += 1

    def note(self, words: str, _: Weight) -> None:
        self.notes.append(words)


def opening(fake: Fake, token: str = ADMIN) -> Callable[[Callable[[str], None]], WebexClient]:
    return lambda tell: WebexClient(fake.base_url, FixedToken(token), notice=tell)


@asynccontextmanager
async def running(
    fake: Fake, heard: Heard, *, token: str = ADMIN, read_only: bool = False
) -> AsyncIterator[WebexOrganization]:
    cloud = WebexOrganization(
        opening(fake, token), changed=heard.changed, note=heard.note, record=heard.deeds.append, is_read_only=read_only
    )
    task = asyncio.create_task(cloud.run())
    try:
        yield cloud
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_sweep_fills_the_inventory_and_a_repeated_one_changes_nothing(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clouds, "SWEEP_S", 0.01)
    fake.page_size, heard = 2, Heard()
    async with running(fake, heard) as cloud:
        await until(lambda: cloud.state.is_whole and cloud.state.inventory.locations, what="a sweep has ended")
        known, changes, swept_at = cloud.state.inventory, heard.changes, cloud.state.swept_at
        assert len(known.devices) == 5
        assert swept_at is not None
        await until(lambda: (cloud.state.swept_at or 0) > swept_at, what="another sweep has ended")
        assert cloud.state.inventory is known
        assert heard.changes == changes
        fake.world.devices.pop(ident("DEVICE", 5))
        await until(lambda: len(cloud.state.inventory.devices) == 4, what="a phone that is gone leaves")


async def test_a_failure_takes_nothing_away_and_is_told_once(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "SWEEP_S", 0.01)
    monkeypatch.setattr(clouds, "retry_s", lambda *_: 0.01)
    heard = Heard()
    async with running(fake, heard) as cloud:
        await until(lambda: cloud.state.is_whole, what="a sweep has ended")
        fake.trouble.append(Trouble(503, "/devices", times=5))
        await until(lambda: cloud.state.failure, what="the failure shows")
        assert len(cloud.state.inventory.devices) == 5
        await until(lambda: not cloud.state.failure, what="it is over")
    assert len([words for words in heard.notes if "503" in words]) == 1


async def test_a_fault_of_our_own_ends_neither_the_cloud_nor_the_phones(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clouds, "retry_s", lambda *_: 0.01)
    heard, faults = Heard(), iter([ZeroDivisionError("made up")])

    async def sweep(
        cloud: WebexOrganization, real: Callable[[WebexOrganization], Awaitable[None]] = WebexOrganization._sweep
    ) -> None:
        for fault in faults:
            raise fault
        await real(cloud)

    monkeypatch.setattr(WebexOrganization, "_sweep", sweep)
    async with running(fake, heard) as cloud:
        await until(lambda: cloud.state.is_whole, what="the next sweep goes well")
    assert [words for words in heard.notes if "fault in phonetui: ZeroDivisionError" in words]


async def test_a_pause_is_known_to_the_second(fake: Fake) -> None:
    fake.trouble.append(Trouble(429, "/devices", {"Retry-After": "40"}))
    async with running(fake, Heard()) as cloud:
        await until(lambda: cloud.state.waits_until, what="Webex asked to wait")
        assert 39 < (cloud.state.waits_until or 0) - asyncio.get_running_loop().time() < 45
        with pytest.raises(Busy):
            await cloud.ask("devices list", {})


async def test_writes_are_asked_for_and_written_down_without_secrets(fake: Fake) -> None:
    heard = Heard()
    async with running(fake, heard) as cloud:
        gone = {"deviceId": ident("DEVICE", 5)}
        with pytest.raises(AccessError, match="not confirmed"):
            await cloud.ask("devices delete", gone)
        await cloud.ask("devices delete", gone, about=printable("lobby"), confirmed=True)
        with pytest.raises(CommandRefused):
            await cloud.ask("devices delete", gone, about=printable("lobby"), confirmed=True)
        secret = {"mac": "020000000099", "model": "9851", "personId": PERSON, "password": "sip-Zq9"}
        await cloud.ask("devices create", secret)
        fake.trouble.append(Trouble(400, "/devices", body=json.dumps({"message": "sip-Zq9 is too weak"}).encode()))
        with pytest.raises(CommandRefused, match=r"\*\*\* is too weak"):
            await cloud.ask("devices create", secret)
        await cloud.ask("devices tag", {"deviceId": ident("DEVICE", 1), "op": "add", "value": ["5"]})
    assert [(deed.phone, str(deed.command), deed.answer) for deed in heard.deeds] == [
        ("lobby", "webex devices delete", "OK"),
        ("lobby", "webex devices delete", "refused"),
        ("webex", "webex devices create", "OK"),
        ("webex", "webex devices create", "refused"),
        ("webex", "webex devices tag", "OK"),
    ]
    lines = [audit_line(deed, "operator") for deed in heard.deeds]
    assert '"tracking":"FAKE_' in lines[0]
    assert json.loads(lines[4])["arguments"] == {"deviceId": ident("DEVICE", 1), "op": "add", "value": ["5"]}
    assert not any("Zq9" in words for words in [*lines, *heard.notes])


async def test_read_only_sends_no_write(fake: Fake) -> None:
    async with running(fake, Heard(), read_only=True) as cloud:
        with pytest.raises(AccessError, match="read-only"):
            await cloud.ask("devices delete", {"deviceId": ident("DEVICE", 5)}, confirmed=True)
    assert not fake.writes


async def test_a_token_that_may_only_read_is_told_its_missing_scope(fake: Fake) -> None:
    async with running(fake, Heard(), token=READER) as cloud:
        with pytest.raises(AccessError, match="scope spark-admin:devices_write"):
            await cloud.ask("devices delete", {"deviceId": ident("DEVICE", 5)}, confirmed=True)


async def test_a_fleet_has_its_cloud_beside_its_phones(fake: Fake) -> None:
    fake.world.devices[ident("DEVICE", 6)] = device(6, displayName="six")
    fleet = LiveFleet(Config(), pins=PinStore(None), webex=opening(fake))
    assert fleet.cloud is not None
    before, task = fleet.version, asyncio.create_task(fleet.run())
    await until(lambda: fleet.cloud and fleet.cloud.state.is_whole, what="a sweep has ended")
    assert fleet.version > before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_failed_otherwise_before_does_not_make_it_wait(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[PhonetuiError | None] = [
        *(Unreachable("no network") for _ in range(9)), Busy("later"), Busy("later"), None, Busy("later"),
    ]  # fmt: skip
    waits = []

    async def sweep(_: WebexOrganization) -> PhonetuiError | None:
        if not failures:
            await asyncio.Event().wait()
        return failures.pop(0)

    def counted(failure: PhonetuiError, number: int, _: object) -> float:
        waits.append((type(failure), number))
        return 0.0

    monkeypatch.setattr(WebexOrganization, "_try_sweep", sweep)
    monkeypatch.setattr(clouds, "retry_s", counted)
    monkeypatch.setattr(clouds, "SWEEP_S", 0.0)
    async with running(fake, Heard()):
        await until(lambda: len(waits) == 12)
    assert [number for kind, number in waits if kind is Busy] == [1, 2, 1]
