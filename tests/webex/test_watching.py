"""Phones that are watched through Webex: the whole way, against the made-up Webex with simulated phones behind it."""

import asyncio
import dataclasses
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from phonetui.config.settings import Config, ControlMode, FeedbackSettings, PhoneSettings, Poll
from phonetui.errors import AccessError, CommandRefused, ConfigError
from phonetui.fleet.protocol import Permission
from phonetui.monitor import adopted_phones, schedule
from phonetui.monitor.cloud import WebexOrganization
from phonetui.monitor.control_policy import AuditEntry
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.schedule import METERED, Budget
from phonetui.phone.state import Phone, PhoneId
from phonetui.transport.trust import PinStore
from phonetui.ui.panes.call import title
from phonetui.webex.auth import FixedToken
from phonetui.webex.client import WebexClient
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import screenshot_picture
from phonetui.xapi.path import Path
from phonetui.xapi.schema import ValueSpace
from tests.live import settings, until
from tests.webex.conftest import Behind
from tests.webex.fake.site import ADMIN, READER, Fake, Trouble
from tests.webex.fake.world import device, ident

FAR = PhoneId("far")
QUICK = Budget(Poll(call_s=0.1, idle_s=0.2, slow_s=0.5), retry_s=0.05, whole_at_call=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same ways, walked faster."""
    monkeypatch.setattr("phonetui.monitor.fleet.METERED", QUICK)
    monkeypatch.setattr("phonetui.monitor.cloud.SWEEP_S", 0.05)
    monkeypatch.setattr(schedule, "RETRY_S", (0.02, 0.02, 0.02))


def far(**said: Any) -> PhoneSettings:
    usual = {"id": FAR, "host": "", "transport": "webex", "device": ident("DEVICE", 1), "control": ControlMode.ON}
    return PhoneSettings(**{**usual, "poll": QUICK.floors, **said})


def made(
    fake: Fake, *phones: PhoneSettings, token: str = ADMIN, read_only: bool = False, deeds: Any = None
) -> LiveFleet:
    config = Config(phones=phones, read_only=read_only, feedback=FeedbackSettings(listen="off"))
    return LiveFleet(
        config,
        pins=PinStore(None),
        audit=deeds,
        webex=lambda tell: WebexClient(fake.base_url, FixedToken(token), notice=tell),
    )


@asynccontextmanager
async def running(fake: Fake, *phones: PhoneSettings, **said: Any) -> AsyncIterator[LiveFleet]:
    fleet = made(fake, *phones, **said)
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await fleet.close()


def state(fleet: LiveFleet, phone: PhoneId = FAR) -> str:
    return fleet.phones[phone].connection.state.value


def asked(fake: Fake, path: str) -> int:
    return sum(each.path.startswith(path) for each in fake.seen)


@pytest.mark.usefixtures("quick")
async def test_the_same_phone_over_https_and_through_webex(behind: Behind) -> None:
    near = settings(behind.office.phones[0], id=PhoneId("near"))
    async with running(behind.fake, near, far()) as fleet:
        await until(lambda: state(fleet) == state(fleet, near.id) == "live", 10.0, "both answer")
        behind.do(lambda office: office.start_call("sim-1", "sim-2"))
        await until(lambda: all(phone.measures for phone in fleet.phones.values()), 10.0, "both see the call")
        behind.do(lambda office: office.hang_up("sim-1"))
        await until(lambda: not any(phone.has_live_call for phone in fleet.phones.values()), 10.0, "both see its end")
        await until(lambda: _steady(fleet.phones[near.id]) == _steady(fleet.phones[FAR]), 10.0, "both show the same")
        assert set(fleet.document(near.id)) == set(fleet.document(FAR))
        assert fleet.phones[FAR].ports
        assert fleet.phones[FAR].lights.message
        assert str(fleet.phones[FAR].via) == "Webex"


def _steady(phone: Phone) -> dict[str, object]:
    """All that it shows but who it is to us, how it is reached, and what counts on between two readings."""
    ours = {"id", "name", "address", "via", "is_behind_webex", "connection", "claim", "clock", "up_s", "ports"}
    shown: dict[str, object] = {name: value for name, value in asdict(phone).items() if name not in ours}
    ports = [replace(port, counted_at=None, counters=(), rx_per_s=None, tx_per_s=None) for port in phone.ports]
    return shown | {"ports": ports}


@pytest.mark.usefixtures("quick")
async def test_dialling_and_hanging_up_through_webex(behind: Behind) -> None:
    deeds: list[AuditEntry] = []
    async with running(behind.fake, far(), deeds=deeds.append) as fleet:
        await until(lambda: state(fleet) == "live", 10.0)
        await fleet.dial(FAR, behind.office.phones[1].number)
        await until(lambda: fleet.phones[FAR].has_live_call, what="the call is up")
        await fleet.press(FAR, "Release")
        await until(lambda: not fleet.phones[FAR].has_live_call, what="it is over")
        with pytest.raises(CommandRefused, match=r"^the phone refuses: \[Command 'Not.There' not supported\]$"):
            await fleet.command(FAR, Command(Path.of("Not", "There")))
        with pytest.raises(CommandRefused) as refused:
            await fleet.command(FAR, Command(Path.of("Ui", "SendKey"), (("Key", "NoSuchKey"),)))
        assert refused.value.block[-1] == "** end"
        assert refused.value.reference.startswith("FAKE_")
        picture = await fleet.command(FAR, Command(Path.of("Ui", "GetDeviceScreenshot")))
        assert screenshot_picture(picture)[1] == "png"
    assert [str(deed.command) for deed in deeds[:2]] == ["Call Dial", "Ui SendKey"]
    assert [deed.answer for deed in deeds] == ["OK", "OK", "refused", "refused", "OK"]
    assert {each.path for each in behind.fake.writes[:2]} == {"/xapi/command/Call.Dial", "/xapi/command/Ui.SendKey"}


@pytest.mark.usefixtures("quick")
async def test_the_forms_of_commands_are_webex_s_own_and_asked_for_once(fake: Fake) -> None:
    async with running(fake, far()) as fleet:
        await until(lambda: state(fleet) == "live")
        schema = await fleet.commands(FAR)
        assert schema.is_the_phones
        dial, volume = schema.find(Path.of("Call", "Dial")), schema.find(Path.of("Audio", "Volume", "Set"))
        assert dial is not None
        assert dial.missing(()) == ("Number",)
        assert volume is not None
        assert volume.is_multiline
        assert [str(one.name) for one in volume.parameters if one.repeats] == ["Tag"]
        assert {one.name: one.space for one in volume.parameters}["Level"] == ValueSpace("integer", low=0, high=100)
        assert {one.name: one.space.words for one in volume.parameters}["Device"] == ("Speaker", "Handset")
        assert schema.find(Path.of("SystemUnit", "Boot")), "published, though Webex leaves it out"
        assert await fleet.commands(FAR) is schema
    assert asked(fake, "/xapi/schema") == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "odd", [b"[]", b"{}", b"[{}]", b'[{"commands": []}]', b'[{"commands": {"[": {}, "A": 1}}]', b""]
)
async def test_odd_schemas_are_what_is_published(fake: Fake, odd: bytes) -> None:
    fake.trouble.append(Trouble(200, "/xapi/schema", body=odd))
    async with running(fake, far()) as fleet:
        assert (await fleet.commands(FAR)).find(Path.of("Call", "Dial"))


@pytest.mark.usefixtures("quick")
async def test_read_only_sends_no_write(fake: Fake) -> None:
    async with running(fake, far(), read_only=True) as fleet:
        await until(lambda: state(fleet) == "live")
        with pytest.raises(AccessError, match="read-only"):
            await fleet.dial(FAR, "5000", confirmed=True)
        assert fleet.permission(FAR) is Permission.DENIED
    assert not fake.writes


def _permissions(cloud: WebexOrganization) -> tuple[str, ...]:
    device = cloud.state.inventory.devices.get(ident("DEVICE", 1))
    return tuple(map(str, device.permissions)) if device else ()


@pytest.mark.usefixtures("quick")
async def test_who_may_only_read_is_told_why(fake: Fake) -> None:
    async with running(fake, far(), token=READER) as fleet:
        await until(lambda: state(fleet) == "live")
        with pytest.raises(AccessError, match="spark:xapi_commands"):
            await fleet.dial(FAR, "5000")
        fake.world.devices[ident("DEVICE", 1)]["permissions"] = ["xapi:readonly"]
        fake.seen.clear()
        await until(lambda: fleet.cloud and _permissions(fleet.cloud) == ("xapi:readonly",))
        with pytest.raises(AccessError, match="xapi:readonly: nothing was sent"):
            await fleet.dial(FAR, "5000")
    assert not fake.writes


SAID = {
    "deep sleep": ({"connectionStatus": "offline_deep_sleep"}, "sleeping", ""),
    "disconnected": ({"connectionStatus": "disconnected"}, "unreachable", "no-route"),
    "never online": ({"connectionStatus": "activating"}, "unreachable", ""),
    "no xAPI": ({"capabilities": []}, "refused", "role"),
}
ANSWERED = {
    "404": (Trouble(404, "/xapi"), "unreachable", "not-found"),
    "403": (Trouble(403, "/xapi"), "refused", "role"),
    "401": (Trouble(401), "refused", "credentials"),
    "500": (Trouble(500, "/xapi"), "unreachable", ""),
    "502": (Trouble(502, "/xapi", body=b"<html>"), "unreachable", "no-route"),
    "503": (Trouble(503, "/xapi"), "unreachable", "no-route"),
    "504": (Trouble(504, "/xapi"), "unreachable", "no-route"),
    "no JSON": (Trouble(200, "/xapi", body=b"<html>"), "not-xapi", ""),
    "no result": (Trouble(200, "/xapi", body=b"[]"), "not-xapi", ""),
    "nothing": (Trouble(200, "/xapi", body=b'{"result": {}}'), "live", ""),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("what", SAID)
async def test_what_webex_says_of_a_phone_is_its_state_and_nothing_is_sent(fake: Fake, what: str) -> None:
    said, expected, reason = SAID[what]
    fake.world.devices[ident("DEVICE", 1)].update(said)
    async with running(fake, far()) as fleet:
        await until(lambda: state(fleet) == expected)
        assert fleet.phones[FAR].connection.reason == reason
        assert fleet.phones[FAR].connection.hint
    assert not asked(fake, "/xapi")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("what", ANSWERED)
async def test_what_webex_answers_is_the_phones_state(fake: Fake, what: str) -> None:
    trouble, expected, reason = ANSWERED[what]
    fake.trouble.append(dataclasses.replace(trouble, times=10_000))
    async with running(fake, far()) as fleet:
        await until(lambda: state(fleet) == expected)
        assert fleet.phones[FAR].connection.reason == reason


@pytest.mark.usefixtures("quick")
async def test_a_phone_comes_and_goes(fake: Fake) -> None:
    claimed = fake.world.devices[ident("DEVICE", 1)]
    async with running(fake, far()) as fleet:
        await until(lambda: state(fleet) == "live")
        claimed["connectionStatus"] = "offline_deep_sleep"
        await until(lambda: state(fleet) == "sleeping")
        claimed["connectionStatus"] = "connected"
        await until(lambda: state(fleet) == "live")
        fake.world.devices.pop(claimed["id"])
        await until(lambda: state(fleet) == "unreachable")


@pytest.mark.usefixtures("quick")
async def test_told_to_wait_all_polling_pauses_and_says_so(fake: Fake) -> None:
    other = far(id=PhoneId("other"), device=ident("DEVICE", 2))
    async with running(fake, far(), other) as fleet:
        await until(lambda: state(fleet) == state(fleet, other.id) == "live")
        fake.trouble.append(Trouble(429, "/xapi", {"Retry-After": "1"}))
        await until(lambda: not fake.trouble[0].times)
        await until(lambda: fleet.phones[FAR].connection.detail and fleet.phones[other.id].connection.detail)
        before = len(fake.seen)
        assert "Webex limits requests" in fleet.phones[FAR].connection.detail
        assert "Try again" in fleet.phones[FAR].connection.hint
        assert len(fake.seen) == before
        await until(lambda: not fleet.phones[FAR].connection.detail, what="it goes on")
        assert len(fake.seen) > before
        told = [entry for entry in fleet.entries if "wait" in entry.text or "limits" in entry.text]
        assert {str(entry.phone) for entry in told} == {"webex"}


@pytest.mark.usefixtures("quick")
async def test_without_an_id_it_is_found_by_its_address_if_that_is_the_only_one(fake: Fake) -> None:
    here, nowhere, twice = (
        far(id=PhoneId(host), host=host, device=None) for host in ("192.0.2.3", "192.0.2.99", "192.0.2.4")
    )
    fake.world.devices[ident("DEVICE", 9)] = device(9, ip="192.0.2.4")
    fake.page_size = 2
    async with running(fake, here, nowhere, twice) as fleet:
        assert state(fleet, nowhere.id) == "connecting"
        await until(lambda: state(fleet, here.id) == "live")
        await until(lambda: state(fleet, nowhere.id) == state(fleet, twice.id) == "unreachable")
        missing, double = fleet.phones[nowhere.id].connection, fleet.phones[twice.id].connection
        assert missing.detail == "Webex lists no phone with 192.0.2.99"
        assert double.detail == "Webex lists 2 phones with 192.0.2.4"
        assert "Set device" in missing.hint
        assert missing.reason == double.reason == "not-found"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("said", [{"mac": "02-00-00-00-00-03"}, {"serial": "fvh00000003"}])
async def test_without_an_id_it_is_found_by_what_is_printed_on_it(fake: Fake, said: dict[str, str]) -> None:
    async with running(fake, far(device=None, **said)) as fleet:
        await until(lambda: state(fleet) == "live")
        assert {value for each in fake.seen for name, value in each.query if name == "deviceId"} == {ident("DEVICE", 3)}


async def test_without_a_sign_in_it_is_said_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"far: .*signed in.*phonetui webex login"):
        LiveFleet(Config(phones=(far(),)), pins=PinStore(None))


@pytest.mark.usefixtures("quick")
async def test_a_phone_that_only_webex_knows_is_adopted(fake: Fake) -> None:
    async with running(fake) as fleet:
        await until(lambda: fleet.cloud and fleet.cloud.state.is_whole and fleet.cloud.state.inventory.workspaces)
        known = fleet.adopt(ident("DEVICE", 2))
        assert known == "Phone 2"
        assert fleet.adopt(ident("DEVICE", 2)) == known
        phone = fleet.phones[known]
        assert phone.group == ("Webex", "Headquarters", "Lobby")
        assert phone.expected_model == "9851"
        await until(lambda: state(fleet, known) == "live")
        assert "via Webex, every 10 s" in title(fleet.phones[known])
        fake.world.devices[ident("DEVICE", 7)] = device(7, displayName="Phone 2")
        await until(lambda: fleet.cloud and ident("DEVICE", 7) in fleet.cloud.state.inventory.devices)
        assert fleet.adopt(ident("DEVICE", 7)) == "Phone 2 000000000007"
        with pytest.raises(ConfigError, match="doesn't list"):
            fleet.adopt("gone")


@pytest.mark.usefixtures("quick")
async def test_of_too_many_the_one_longest_not_looked_at_goes_and_leaves_nothing(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopted_phones, "MOST", 2)
    async with running(fake, far()) as fleet:
        await until(lambda: fleet.cloud and fleet.cloud.state.is_whole)
        first, second = fleet.adopt(ident("DEVICE", 2)), fleet.adopt(ident("DEVICE", 3))
        await until(lambda: state(fleet, first) == state(fleet, second) == "live")
        before = len(asyncio.all_tasks())
        let_go = weakref.ref(fleet._watches[second])
        fleet.grant(second)
        fleet.history(first)
        third = fleet.adopt(ident("DEVICE", 5))
        await until(lambda: state(fleet, third) == "live")
        assert set(fleet.phones) == {FAR, first, third}
        assert len(asyncio.all_tasks()) == before
        gc.collect()
        assert let_go() is None
        left = (
            fleet._match._locals,
            fleet._match._pairs,
            fleet._match._sources,
            fleet._alerts._cases,
            fleet._records._seen,
            fleet._analysis._rises,
            fleet._watches.settings,
            fleet.granted,
        )
        await until(lambda: not any(second in each for each in left), what="nobody keeps anything of it")
        assert second not in fleet._analysis._pairing.asked
        assert fleet.permission(second) is Permission.DENIED
        assert not fleet.history(second)
        assert not fleet.document(second)
        fleet._adopted.release(FAR)
        fleet._adopted.release(second)
        assert FAR in fleet.phones
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.usefixtures("quick")
async def test_a_call_of_a_phone_that_is_let_go_does_not_stay_up(behind: Behind) -> None:
    async with running(behind.fake) as fleet:
        await until(lambda: fleet.cloud and fleet.cloud.state.is_whole)
        guest = fleet.adopt(ident("DEVICE", 1))
        behind.do(lambda office: office.start_call("sim-1", "sim-2"))
        await until(lambda: any(record.is_up for record in fleet.records), 10.0)
        fleet._adopted.release(guest)
        assert fleet.records
        assert not any(record.is_up for record in fleet.records)


def test_the_budget_in_requests_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """By the schedule alone: a whole reading takes two requests."""
    spent = {in_call: _readings(in_call=in_call) * 2 / 10 for in_call in (False, True)}
    with capsys.disabled():
        print(
            f"\nthrough Webex: {spent[False]:g} requests a minute for an idle phone, {spent[True]:g} for one in a call"
        )
    assert spent == {False: 2.0, True: 8.0}


def _readings(*, in_call: bool) -> int:
    """In ten minutes; what the settings wish for makes no difference, however often they are raised."""
    plan, at, count = schedule.Schedule(Poll(), METERED), 0.0, 0
    plan.begin(at, whole=True)
    for _ in range(5):
        plan.pace(2.0, at)
    while (due := plan.next())[1] < 600.0:
        at, count = due[1], count + 1
        plan.done(due[0], at, in_call=in_call)
    return count
