"""What happens to the way on which phones send their changes by themselves."""

import asyncio
import contextlib
import html
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path as File
from urllib.parse import quote

import httpx
import pytest

from phonetui.config.reader import load
from phonetui.config.settings import Config, FeedbackSettings, Poll
from phonetui.monitor import feedback as phone_feedback
from phonetui.monitor.journal import EventReport, StatusReport
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import ServedOffice, SimulatedPhone
from phonetui.text import Printable
from phonetui.transport import connection_limiter, feedback
from phonetui.transport.feedback import Listener
from phonetui.transport.subscription import SlotStore
from phonetui.xapi.path import Path
from tests.deadlines import ANSWER_S
from tests.faults.table import fault
from tests.live import Live, served, settings, until

SIM = PhoneId("sim-1")
LEVEL = Path.parse("Standby Level")
SLOTS = (1, 2, 4)
BODY = b"<Status><Standby><Level>Off</Level></Standby></Status>"


def registered(phone: SimulatedPhone) -> dict[int, str]:
    """What each slot of the phone shows."""
    urls = {slot: phone.tree.get(Path.of("HttpFeedback") / slot / "URL", "") for slot in SLOTS}
    return {slot: url for slot, url in urls.items() if url}


async def is_pushed(office: ServedOffice, watched: Live, word: str, seconds: float = 2.0) -> None:
    """A change arrives long before the next poll would have found it."""
    office.set_value("sim-1", "Standby Level", word)
    await until(lambda: watched.fleet.document(SIM).get(LEVEL) == word, seconds, f"a push of {word}")


@contextlib.asynccontextmanager
async def running(
    office: ServedOffice, listening: FeedbackSettings, slots: SlotStore | None = None, *, call_s: float = 60.0
) -> AsyncIterator[Live]:
    """A fleet whose polls are too rare to help."""
    phones = tuple(settings(phone, transport="http", poll=Poll(call_s, 60.0, 60.0)) for phone in office.phones)
    watched = Live(Config(phones=phones, feedback=listening), slots)
    task = asyncio.create_task(watched.fleet.run())
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@fault("our address towards the phone changes: Wi-Fi, VPN", holds="the phone is told the new one within a minute")
async def test_an_address_that_no_longer_holds_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = "127.0.0.1"

    async def local(_: str) -> str:
        return ours

    assert phone_feedback.RENEW_S < 60
    monkeypatch.setattr(phone_feedback, "RENEW_S", 0.1)
    monkeypatch.setattr(feedback, "_local_address", local)
    async with served() as office, running(office, FeedbackSettings()) as watched:
        phone = office.phones[0]
        await until(lambda: watched.fleet.phones[SIM].connection.pushes)
        assert registered(phone)[4].startswith("http://127.0.0.1:")
        ours = "127.0.0.2"
        await until(lambda: registered(phone).get(4, "").startswith("http://127.0.0.2:"))
        assert set(registered(phone)) == {4}
        await is_pushed(office, watched, "Halfwake")


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "127.0.0.1:0"])
@fault("the listener is configured for every address, or for any port", holds="phones are told a real one")
async def test_a_phone_is_never_told_an_address_that_is_none(listen: str) -> None:
    async with served() as office, running(office, FeedbackSettings(listen=listen)) as watched:
        await until(lambda: watched.fleet.phones[SIM].connection.pushes)
        url = httpx.URL(registered(office.phones[0])[4])
        assert url.host == "127.0.0.1"
        assert url.port
        await is_pushed(office, watched, "Halfwake")


@fault("port 0 in the configuration", holds="it is taken for a free port")
def test_port_zero_may_be_configured(tmp_path: File) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[feedback]\nlisten = "0.0.0.0:0"\n')
    assert load(file, environ={}).feedback.listen == "0.0.0.0:0"


def cut(length: int) -> Callable[[str], str]:
    return lambda url: url[:length]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("slash", lambda url: f"{url}/"),
        ("lower", str.lower),
        ("upper", str.upper),
        ("escaped", lambda url: quote(url, safe="")),
        ("markup", lambda url: html.escape(url).replace("/", "&#47;")),
        ("cut", cut(38)),
        ("cut-short", cut(29)),
        ("cut-in-the-address", cut(12)),
        ("hidden", lambda _: "********"),
    ],
)
@fault("a phone shows our URL otherwise than it was registered", holds="it costs one slot, and pushes flow")
async def test_a_url_that_is_shown_altered_costs_one_slot(
    name: str, shown: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_feedback, "RENEW_S", 0.05)
    slots = SlotStore(None)
    async with served() as office:
        phone = office.phones[0]
        phone.feedback.shown = shown
        async with running(office, FeedbackSettings(), slots) as watched:
            await until(lambda: watched.fleet.phones[SIM].connection.pushes)
            looks = sum(request.location.endswith("HttpFeedback") for request in phone.requests)
            await until(lambda: sum(r.location.endswith("HttpFeedback") for r in phone.requests) >= looks + 3)
            assert set(registered(phone)) == {4}
            assert sum("Register" in request.command for request in phone.requests) == 1
            await is_pushed(office, watched, "Halfwake")
            left = registered(phone)
            phone.behaviour.refused = {"/putxml": 500}  # the end of a program that cannot give its slot back
        phone.behaviour.refused = {}
        assert registered(phone) == left
        async with running(office, FeedbackSettings(), slots) as watched:
            await until(lambda: watched.fleet.phones[SIM].connection.pushes)
            assert len(registered(phone)) == (2 if name in ("cut-in-the-address", "hidden") else 1)


@fault("a second program of the same user watches the same phone", holds="each has a slot of its own, and both hear")
async def test_a_living_slot_is_never_taken(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_feedback, "RENEW_S", 0.1)
    file = tmp_path / "slots.json"
    async with served() as office, running(office, FeedbackSettings(), SlotStore(file)) as first:
        phone = office.phones[0]
        await until(lambda: first.fleet.phones[SIM].connection.pushes)
        url = registered(phone)[4]
        async with running(office, FeedbackSettings(), SlotStore(file)) as second:
            await until(lambda: second.fleet.phones[SIM].connection.pushes)
            assert registered(phone)[4] == url
            assert set(registered(phone)) == {4, 2}
            await is_pushed(office, second, "Halfwake")
            await is_pushed(office, first, "Halfwake")
        await until(lambda: set(registered(phone)) == {4})
        await is_pushed(office, first, "Networked")


@fault("a push is overtaken by the next one", holds="what stands wrong is noticed by a reading of that part, soon")
async def test_an_overtaken_push_is_noticed_soon() -> None:
    async with served() as office, running(office, FeedbackSettings(), call_s=0.5) as watched:
        await until(lambda: watched.fleet.phones[SIM].connection.pushes)
        office.phones[0].feedback.overtake = True
        office.set_value("sim-1", "Standby Level", "Older")
        office.set_value("sim-1", "Standby Level", "Newer")

        def told() -> list[Printable | None]:
            changes = (report for report in watched.reports if isinstance(report, StatusReport))
            return [change.value for change in changes if change.path == LEVEL][-3:]

        await until(lambda: told() == ["Newer", "Older", "Newer"])
        assert watched.fleet.document(SIM).get(LEVEL) == "Newer"


@fault("every post is delivered twice", holds="an event is told once")
async def test_an_event_that_is_delivered_twice_is_told_once() -> None:
    async with served(2) as office, running(office, FeedbackSettings()) as watched:
        await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
        for phone in office.phones:
            phone.feedback.duplicate = True
        office.start_call("sim-1", "sim-2", answer_after_s=0.1)

        def told() -> Counter[tuple[str, str]]:
            events = (report for report in watched.reports if isinstance(report, EventReport))
            return Counter((report.phone, str(report.event.name)) for report in events)

        await until(lambda: len(told()) == 2)
        office.hang_up("sim-1")
        await until(lambda: len(told()) == 4)
        office.set_value("sim-1", "Standby Level", "Halfwake")
        office.set_value("sim-2", "Standby Level", "Halfwake")
        fleet = watched.fleet
        await until(lambda: all(fleet.document(phone).get(LEVEL) == "Halfwake" for phone in fleet.phones))
        assert set(told().values()) == {1}


async def posted(urls: list[str]) -> list[int]:
    """What each post is answered with, on a connection of its own."""
    once = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_S, limits=once) as client:
        return [(await client.post(url, content=BODY)).status_code for url in urls]


@contextlib.asynccontextmanager
async def slow(url: str, count: int, words: bytes) -> AsyncIterator[list[socket.socket]]:
    """So many connections that begin with `words` and go on saying nothing."""
    where = httpx.URL(url)
    opened = []
    try:
        for number in range(count):
            opened.append(socket.create_connection((where.host, where.port or 80)))
            if words:
                opened[-1].sendall(words)
            if number % 20 == 0:
                await asyncio.sleep(0)
        yield opened
    finally:
        for each in opened:
            each.close()


@pytest.mark.parametrize("kind", ["silent", "line", "headers", "body"])
@fault("300 slow connections from the address that phones come from, too", holds="no phone loses a push")
async def test_slow_connections_cost_nobody_a_push(kind: str) -> None:
    """As behind a jump host or NAT: what is slow may even bear another phone's secret."""
    listener = Listener()
    heard: Counter[str] = Counter()

    def count(name: str) -> feedback.Receiver:
        return lambda *_: heard.update([name])

    other = await listener.register("127.0.0.1", count("other"))
    urls = [await listener.register("127.0.0.1", count(f"phone {number}")) for number in range(11)]
    path = httpx.URL(other).path.encode()
    words = {
        "silent": b"",
        "line": b"POST /f",
        "headers": b"POST " + path + b" HTTP/1.1\r\nX-Slow: ",
        "body": b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<Status>",
    }[kind]
    async with slow(other, 300, words):
        assert await posted(urls * 2) == [200] * 22
    await until(lambda: heard == {f"phone {number}": 2 for number in range(11)})
    await listener.close()


@fault("a flood of posts that never end", holds="the memory that they take is bounded")
async def test_the_memory_of_unfinished_posts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MOST_BYTES", 2**20)
    monkeypatch.setattr(connection_limiter, "MAX_OF_SENDER", 100)
    listener = Listener()
    url = await listener.register("127.0.0.1", lambda *_: None)
    begun = b"POST " + httpx.URL(url).path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n"
    async with slow(url, 30, begun) as opened:
        for each in opened:
            each.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                each.send(b"x" * 100_000)
        await until(lambda: sum(_says(each, b"413") for each in opened) > 10)
        assert listener._reading <= 2**20 + 2**18
    await until(lambda: listener._reading == 0)
    await listener.close()


def _says(sock: socket.socket, word: bytes) -> bool:
    try:
        return word in sock.recv(100, socket.MSG_PEEK)
    except OSError:
        return False


@fault("5,000 posts a second from the address that phones come from", holds="other phones' posts are all taken")
async def test_a_flood_from_one_phone_is_refused_cheaply() -> None:
    """The flood has no pause: it takes all the time that the listener leaves it."""
    listener = Listener()
    heard: Counter[str] = Counter()
    loud = await listener.register("127.0.0.1", lambda *_: heard.update(["loud"]))
    quiet = await listener.register("127.0.0.1", lambda *_: heard.update(["quiet"]))
    where = httpx.URL(loud)
    head = b"POST " + where.path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    sent = Counter[bytes]()

    loop = asyncio.get_running_loop()

    async def flood() -> None:
        while True:
            with socket.socket() as sock:
                sock.setblocking(False)
                await loop.sock_connect(sock, (where.host, where.port))
                await loop.sock_sendall(sock, head + BODY)
                with contextlib.suppress(OSError):
                    sent[(await loop.sock_recv(sock, 12))[-3:]] += 1

    floods = [asyncio.create_task(flood()) for _ in range(20)]
    await until(lambda: sent[b"429"] > 500)
    assert await posted([quiet] * 10) == [200] * 10
    for each in floods:
        each.cancel()
    await asyncio.gather(*floods, return_exceptions=True)
    await until(lambda: heard["quiet"] == 10)
    assert heard["loud"] <= feedback.POSTS_AT_ONCE + 20 * feedback.POSTS_PER_S
    await listener.close()
