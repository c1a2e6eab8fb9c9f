"""Being pushed to: the listener, and one phone's slot."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from phonetui.errors import CommandRefused, ConfigError, PhonetuiError
from phonetui.text import printable
from phonetui.transport.feedback import CAP, Listener
from phonetui.transport.subscription import SlotStore, Subscription
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import EXPRESSIONS, Push
from phonetui.xapi.path import Path
from tests.live import until

Post = tuple[bytes, float]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    yield listener
    await listener.close()


async def test_one_secret_path_for_each_phone(listener: Listener) -> None:
    heard: dict[str, list[bytes]] = {"a": [], "b": []}
    urls = {
        name: await listener.register("127.0.0.1", lambda body, at, name=name: heard[name].append(body))  # type: ignore[misc]
        for name in heard
    }
    assert urls["a"].rpartition("/")[0] == urls["b"].rpartition("/")[0]
    assert urls["a"].startswith("http://127.0.0.1:")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(urls["b"], content=b"<Status/>")).status_code == 200
        await until(lambda: heard["b"])
        for url in (urls["a"] + "x", urls["a"].rpartition("/")[0], urls["a"].replace("/fb/", "/")):
            assert (await client.post(url, content=b"x")).status_code == 404
        assert (await client.get(urls["a"])).status_code == 404
        assert (await client.post(urls["a"], content=b"x" * (CAP + 1))).status_code == 413
        listener.unregister(urls["b"])
        assert (await client.post(urls["b"], content=b"x")).status_code == 404
    assert heard == {"a": [], "b": [b"<Status/>"]}


async def test_an_address_that_is_not_ours() -> None:
    listener = Listener(listen="192.0.2.1:8443")
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:8443"):
        await listener.register("127.0.0.1", lambda *_: None)
    await listener.close()


async def test_phones_can_be_told_another_address() -> None:
    listener = Listener(advertise="198.51.100.7")
    url = await listener.register("127.0.0.1", lambda *_: None)
    assert url.startswith("http://198.51.100.7:")
    await listener.close()


class Slots:
    """A phone's four slots, and what it was told to do with them."""

    def __init__(self, **urls: str) -> None:
        self.urls = {int(slot[1:]): url for slot, url in urls.items()}
        self.status = dict.fromkeys(self.urls, "OK")
        self.told: list[tuple[str, dict[str, list[str]]]] = []
        self.enables = True

    async def fetch(self, path: Path) -> Document:
        place = Path.of("HttpFeedback")
        return Document(
            {place / slot / "URL": printable(url) for slot, url in self.urls.items()}
            | {place / slot / "Status": printable(status) for slot, status in self.status.items()}
        )

    async def command(self, command: Command) -> CommandResult:
        arguments: dict[str, list[str]] = {}
        for name, value in command.arguments:
            arguments.setdefault(name, []).append(value)
        verb, slot = str(command.path[-1]), int(arguments["FeedbackSlot"][0])
        self.told.append((verb, arguments))
        if verb == "Enable" and not self.enables:
            raise CommandRefused("no")
        if verb == "Deregister":
            self.urls.pop(slot, None)
        else:
            self.urls[slot] = arguments.get("ServerUrl", [self.urls.get(slot, "")])[0]
            self.status[slot] = "OK"
        return CommandResult(printable("R"))

    @property
    def verbs(self) -> list[str]:
        return [f"{verb} {arguments['FeedbackSlot'][0]}" for verb, arguments in self.told]


def subscription(listener: Listener, store: SlotStore | None = None, slot: int | None = None) -> Subscription:
    return Subscription(listener, store or SlotStore(None), "192.0.2.1:443", "127.0.0.1", slot)


def ignore(_: Push | PhonetuiError) -> None:
    pass


OTHER = "http://198.51.100.9/other"


@pytest.mark.parametrize(
    ("taken", "wish", "expected"),
    [
        ({}, None, "Register 4"),
        ({"_4": OTHER}, None, "Register 2"),
        ({"_4": OTHER, "_2": OTHER}, None, "Register 1"),
        ({"_4": ""}, None, "Register 4"),
        ({}, 3, "Register 3"),
        ({"_1": "http://127.0.0.1/ours"}, None, "Register 1"),
    ],
)
async def test_which_slot_is_taken(listener: Listener, taken: dict[str, str], wish: int | None, expected: str) -> None:
    store = SlotStore(None)
    store.add("192.0.2.1:443", "http://127.0.0.1/ours")
    store.add("192.0.2.1:443", "http://127.0.0.1/whose-registration-was-lost")
    phone = Slots(**taken)
    await subscription(listener, store, wish).open(phone, ignore)
    assert phone.verbs == [expected]
    assert phone.told[0][1]["Expression"] == list(EXPRESSIONS)
    assert phone.told[0][1]["Format"] == ["XML"]


@pytest.mark.parametrize("wish", [None, 4])
async def test_somebody_elses_slots_are_left_alone(listener: Listener, wish: int | None) -> None:
    phone = Slots(_1=OTHER, _2=OTHER, _4=OTHER)
    with pytest.raises(CommandRefused, match="no free feedback slot"):
        await subscription(listener, slot=wish).open(phone, ignore)
    assert phone.told == []


async def test_at_most_fifteen_expressions() -> None:
    assert len(EXPRESSIONS) <= 15
    assert all(len(expression) <= 255 for expression in EXPRESSIONS)


async def test_the_watchdog_mends_what_it_finds(listener: Listener) -> None:
    phone = Slots()
    ours = subscription(listener)
    await ours.open(phone, ignore)
    assert await ours.renew(phone) is False
    phone.status[4] = "Failed"
    assert await ours.renew(phone) is True
    phone.status[4], phone.enables = "Failed", False
    assert await ours.renew(phone) is True
    phone.urls.clear()
    assert await ours.renew(phone) is True
    phone.urls[4] = OTHER
    assert await ours.renew(phone) is True
    assert phone.verbs == ["Register 4", "Enable 4", "Enable 4", "Register 4", "Register 4", "Register 2"]


async def test_the_slot_is_given_back_and_forgotten(listener: Listener) -> None:
    phone, store = Slots(), SlotStore(None)
    ours = subscription(listener, store)
    await ours.open(phone, ignore)
    url = phone.urls[4]
    assert store.get("192.0.2.1:443") == (url,)
    await ours.close(phone)
    assert phone.urls == {}
    assert store.get("192.0.2.1:443") == ()
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(url, content=b"x")).status_code == 404


async def test_pushes_arrive_in_order_and_broken_ones_as_errors(listener: Listener) -> None:
    phone = Slots()
    heard: list[Push | PhonetuiError] = []
    await subscription(listener).open(phone, heard.append)
    async with httpx.AsyncClient(trust_env=False) as client:
        for body in (b"<Status><Standby><Level>Off</Level></Standby></Status>", b"<Status", b'{"Status":{'):
            await client.post(phone.urls[4], content=body)
    await until(lambda: len(heard) == 3)
    assert isinstance(heard[0], Push)
    assert [type(push).__name__ for push in heard] == ["Push", "ProtocolError", "ProtocolError"]


async def test_a_slow_sender_is_let_go(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.transport.feedback.FIRST_REQUEST_S", 0.1)
    url = httpx.URL(await listener.register("127.0.0.1", lambda *_: None))
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<Status>".encode())
    assert b"408" in await asyncio.wait_for(reader.readline(), 2)
    writer.close()
    await writer.wait_closed()
