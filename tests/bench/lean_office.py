"""A whole office of phones that cost hardly anything: trees of 10 KB, some in calls, counters that run, pushes if asked.

`python -m tests.bench.lean_office PHONES [PUSHES_PER_S]` prints their fingerprint and the port of each on one line, and serves until it
is ended. One phone in five is in a call with its neighbour. With the second argument a phone that was asked to pushes
two leaves so often; without it phones refuse to register.
"""

import asyncio
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from urllib.parse import unquote

from phonetui.simulator.security import certificate, server_context
from phonetui.tls import limit_read_buffers

LOOPBACK = "127.0.0.1"
BARE = ("aiohttp", "httpx")
"""Libraries that name themselves in each request."""
CALLING = 5
"""One phone in so many is in a call."""
_STEP_S = 5.0
"""How often counters of ports move; those of calls move with every second."""
_SERVER_URL = re.compile(rb"<ServerUrl>([^<]+)</ServerUrl>")
_HEAD = b'<?xml version="1.0"?>\n<Status product="Cisco IP Phone" version="PHONEOS.3-6-1-0001" apiVersion="4">\n'
_EMPTY = b'<?xml version="1.0"?>\n<EmptyResult product="Cisco IP Phone"/>\n'
_DONE = b'<?xml version="1.0"?>\n<Command><HttpFeedbackRegisterResult status="OK"/></Command>\n'
_REFUSED = (
    b'<?xml version="1.0"?>\n<Command><HttpFeedbackRegisterResult status="Error"><Reason>No slot</Reason>'
    b"</HttpFeedbackRegisterResult></Command>\n"
)
_COUNTERS = (
    *("RxTotalPkt", "RxCrcErr", "RxAlignErr", "RxMulticast", "RxBroadcast", "RxUnicast", "RxSize64", "RxSize65to127"),
    *("RxSize128to255", "RxSize256to511", "RxSize512to1023", "RxSize1024to1518", "TxLateCollision", "TxTotalGoodPkt"),
    *("TxCollisions", "TxBroadcast", "TxMulticast", "LldpFramesOutTotal", "LldpFramesInTotal", "RxDropPkts"),
)
_STILL = frozenset({"RxCrcErr", "RxAlignErr", "TxLateCollision", "TxCollisions", "RxDropPkts"})
_PARTS = (
    *("Bookings", "Conference", "DownloadStatus", "ExtStatus", "HttpFeedback", "LEDStatus", "Line", "Network"),
    *("PhoneStatus", "Security", "Standby", "SystemUnit"),
)
_MOVING = frozenset({"HttpFeedback", "Network", "PhoneStatus"})


def _row(name: str, text: object) -> str:
    return f"      <{name}>{text}</{name}>\n"


def _item(name: str, number: int, inside: str) -> str:
    return f'    <{name} item="{number}" maxOccurrence="n">\n{inside}    </{name}>\n'


def _wrapped(name: str, inside: str) -> str:
    return f"  <{name}>\n{inside}  </{name}>\n" if inside else ""


@lru_cache(8)
def _network(step: int) -> str:
    inside = "".join(_row(name, 7 if name in _STILL else 1000 + step * (7 + at)) for at, name in enumerate(_COUNTERS))
    ports = "".join(_item("Port", port, inside) for port in (1, 2))
    return f"    <IPv4>{_row('Address', '192.0.2.7')}</IPv4>\n  <Statistics>\n{ports}  </Statistics>\n"


_SPARE = "".join(_row(f"Spare{at}", "nothing of interest") for at in range(60))


@lru_cache(8)
def _phone_status(seconds: int) -> str:
    now = datetime.now(UTC)
    return (
        _row("CurrentTime", f"{now:%m/%d/%y %I:%M:%S} {'a.m.' if now.hour < 12 else 'p.m.'}")
        + _row("ElapsedTime", f"3 days, 00:{seconds // 60 % 60:02}:{seconds % 60:02}")
        + _row("SWPort", "1000 Full")
        + _row("PCPort", "1000 Full")
        + _SPARE
    )


class LeanOfficePhone:
    """What one phone says at second `t`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.in_call = number % (2 * CALLING) < 2
        self.receiver = b""
        """Where it pushes to."""
        self.far_name = ""
        self.news = asyncio.Event()
        """There is another name of the far end to push."""
        self._still: dict[str, str] = {}
        """Parts that never change."""

    def part(self, name: str, t: float) -> str:
        if name in _MOVING:
            return _wrapped(name, getattr(self, f"_{name.casefold()}")(t))
        if name not in self._still:
            write = getattr(self, f"_{name.casefold()}", None)
            self._still[name] = _wrapped(name, write(t)) if write else ""
        return self._still[name]

    def whole(self, t: float) -> str:
        return "".join(self.part(name, t) if name != "Line" else self.lines(t) for name in _PARTS)

    def lines(self, t: float) -> str:
        return self._line(t) if self.in_call else ""

    def _systemunit(self, _: float) -> str:
        hardware = _row("MACAddress", f"00:00:5E:00:{self.number // 256:02X}:{self.number % 256:02X}")
        return (
            _row("ProductId", "DP-9841")
            + _row("ProductType", "Cisco IP Phone")
            + _row("HostName", f"SEP{self.number:06}")
            + f"    <Hardware><Module>{hardware}</Module></Hardware>\n"
            + "    <Software><Version>PHONEOS.3-6-1-0001</Version></Software>\n"
        )

    def _network(self, t: float) -> str:
        return _network(int(t // _STEP_S))

    def _phonestatus(self, t: float) -> str:
        return _phone_status(int(t))

    def _extstatus(self, _: float) -> str:
        inside = _row("MessageWaiting", "No") + _row("RegistrationState", "Registered")
        return "".join(_item("ExtStatus", number, inside) for number in (1, 2))

    def _ledstatus(self, _: float) -> str:
        lit = _row("LEDCadence", "Steady") + _row("LEDColor", "Green" if self.in_call else "Off")
        lights = "".join(
            _row(f"{name}LED{what}", "Off") for name in ("Mute", "Speaker") for what in ("Color", "Cadence")
        )
        return lights + "".join(_item("Line", number, lit) for number in (1, 2, 3, 4))

    def _standby(self, _: float) -> str:
        return _row("Level", "Off")

    def _downloadstatus(self, _: float) -> str:
        return "".join(_item("FirmwareUpgradeStatus", number, _row("Status", "no news")) for number in range(1, 24))

    def _conference(self, _: float) -> str:
        return _row("SelectedCallProtocol", "SIP")

    def _httpfeedback(self, _: float) -> str:
        return _item("HttpFeedback", 4, _row("URL", self.receiver.decode())) if self.receiver else ""

    def _line(self, t: float) -> str:
        seconds = int(t)
        peer = self.number + (1 if self.number % 2 == 0 else -1)
        texts = {
            "CallAppearance": 1, "CallState": "Connected", "Callback": "", "Decoder": "G722", "Encoder": "G722",
            "Duration": f"00:{seconds // 60 % 60:02}:{seconds % 60:02}", "MappedRtpPort": 16384,
            "PeerName": self.far_name or f"phone {peer}", "PeerPhone": 5000 + peer, "RemoteHold": "No",
            "Type": "Outbound" if self.number % 2 else "Inbound", "Tone": "None",
            "PacketsSent": 50 * seconds, "PacketsReceived": 50 * seconds, "PacketsLost": seconds // 20,
            "PacketsDiscarded": 0, "BytesSent": 8000 * seconds, "BytesReceived": 8000 * seconds,
            "Jitter": seconds * (3 + self.number) % 11, "DecodeLatency": 45, "RoundTripDelay": 20 + seconds % 7,
            "BurstDuration": 0, "GapDuration": 30000, "LossRate": 0, "DiscardRate": 0, "Rfactor": 93,
            "MOSLQ": 4.4, "MOSCQ": 4.3,
        }  # fmt: skip
        inside = "".join(_row(name, text) for name, text in texts.items())
        return f'  <Line item="1" maxOccurrence="n">\n{_item("Call", 0, inside)}  </Line>\n'

    def answer(self, target: str, t: float) -> bytes:
        name = unquote(target.partition("location=")[2]).strip("/").partition("/")[2]
        if target.startswith("/status.xml"):
            inside = self.whole(t)
        else:
            inside = self.lines(t) if name == "Line" else self.part(name, t)
        return _HEAD + inside.encode() + b"</Status>\n" if inside else _EMPTY


def respond(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class LeanOfficeProtocol(asyncio.Protocol):
    def __init__(self, phone: LeanOfficePhone, office: "LeanOffice") -> None:
        self._phone = phone
        self._office = office
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n") + 4) > 3:
            head = self._came[:end]
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            size = int(length[1]) if length else 0
            if len(self._came) < end + size:
                return
            body, self._came = self._came[end : end + size], self._came[end + size :]
            method, target, _ = head.split(b" ", 2)
            self._office.requests[next((one for one in BARE if one.encode() in head), "ours")] += 1
            if method == b"POST":
                self._transport.write(respond(self._office.register(self._phone, body)))
            else:
                self._transport.write(respond(self._phone.answer(target.decode(), self._office.now)))
                if target.startswith(b"/status.xml"):
                    self._office.answered.add(self._phone.number)


class LeanOffice:
    def __init__(self, count: int, pushes_per_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._pushes_per_s = pushes_per_s
        self._pushing: set[asyncio.Task[None]] = set()
        self.phones = [LeanOfficePhone(number) for number in range(count)]
        self.requests = dict.fromkeys(("ours", *BARE), 0)
        """By who asked."""
        self.answered: set[int] = set()
        """Phones that have given their whole tree."""

    @property
    def now(self) -> float:
        return 600.0 + self._loop.time() - self._began

    def register(self, phone: LeanOfficePhone, body: bytes) -> bytes:
        found = _SERVER_URL.search(body)
        if not self._pushes_per_s:
            return _REFUSED
        if found:
            phone.receiver = found[1]
            task = self._loop.create_task(self._push_on(phone))
            self._pushing.add(task)
            task.add_done_callback(self._pushing.discard)
        return _DONE

    def obey(self, words: list[str]) -> None:
        """`reset` counts anew who was answered; `name NUMBER WORD` has a phone push another name of its far end."""
        if words == ["reset"]:
            self.answered.clear()
        elif words and words[0] == "name":
            phone = self.phones[int(words[1])]
            phone.far_name = words[2]
            phone.news.set()

    async def _push_on(self, phone: LeanOfficePhone) -> None:
        """Connects again where a receiver takes no more connections from here at the moment."""
        while True:
            with suppress(OSError):
                await self._push(phone)
            await asyncio.sleep(1.0)

    async def _push(self, phone: LeanOfficePhone) -> None:
        """Posts, one after the other over a connection that is kept, until the receiver is gone."""
        place, target = phone.receiver.decode().removeprefix("http://").split("/", 1)
        host, _, port = place.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        every_s, number = 1.0 / self._pushes_per_s, 0
        await asyncio.sleep(every_s * (phone.number % 97) / 97)
        head = f"POST /{target} HTTP/1.1\r\nHost: {place}\r\nContent-Type: text/xml\r\nContent-Length: "
        while not writer.is_closing():
            number += 1
            if phone.news.is_set():
                phone.news.clear()
                inside = f'<Line item="1"><Call item="0"><PeerName>{phone.far_name}</PeerName></Call></Line>'
                writer.write(_posted(head, inside))
                await reader.read(4096)
            level = ("Off", "Standby")[number % 2]
            inside = (
                f"<Standby><Level>{level}</Level></Standby><PhoneStatus>{_row('SIPMessageSent', number)}</PhoneStatus>"
            )
            writer.write(_posted(head, inside))
            if not await reader.read(4096):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await phone.news.wait()


def _posted(head: str, inside: str) -> bytes:
    body = f'<?xml version="1.0"?>\n<Status>{inside}</Status>\n'
    return f"{head}{len(body)}\r\n\r\n{body}".encode()


async def serve(count: int, pushes_per_s: float) -> None:
    limit_read_buffers()
    office = LeanOffice(count, pushes_per_s)
    made = certificate(8, 1, "lean", LOOPBACK)
    context = server_context(made)
    loop, ports = asyncio.get_running_loop(), []
    for phone in office.phones:
        listening = await loop.create_server(
            partial(LeanOfficeProtocol, phone, office), LOOPBACK, 0, ssl=context, backlog=16
        )
        ports.append(listening.sockets[0].getsockname()[1])
    print(made.fingerprint, *ports, flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        office.obey(line.decode().split())
        print(len(office.answered), *office.requests.values(), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
