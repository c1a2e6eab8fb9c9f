"""A fleet over phones that are a function: everything of the program but the sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import zip_longest
from typing import Any
from xml.sax.saxutils import escape

from phonetui.config.settings import Config, FeedbackSettings, PhoneSettings, Poll
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import Report
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.transport.base import Sink, parse_off_loop
from phonetui.transport.feedback import PostQueue
from phonetui.transport.trust import PinStore
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Document, Event, Update
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import Path
from phonetui.xapi.xml import parse_status

POLL = Poll(call_s=1.0, idle_s=1.0, slow_s=1.0)

Says = Callable[[float], Mapping[str, str]]
"""The leaves of a phone's tree, by path in words, at a moment of the loop's clock."""
Answers = Callable[[float], bytes]
"""The same as it goes over the wire."""


_Tree = dict[tuple[str, int | None], Any]
_place = lru_cache(maxsize=4096)(Path.parse)


def xml(leaves: Mapping[str, str]) -> bytes:
    """A status tree as a phone writes it."""
    tree: _Tree = {}
    for place, said in leaves.items():
        node = tree
        *above, name = _steps(_place(place))
        for step in above:
            node = node.setdefault(step, {})
        node[name] = said
    return f"<Status>{_written(tree)}</Status>".encode()


def _steps(path: Path) -> Iterator[tuple[str, int | None]]:
    for step, after in zip_longest(path, path[1:]):
        if isinstance(step, str):
            yield step, after if isinstance(after, int) else None


def _written(tree: _Tree) -> str:
    parts = []
    for (name, item), child in tree.items():
        mark = "" if item is None else f' item="{item}"'
        parts.append(f"<{name}{mark}>{_written(child) if isinstance(child, dict) else escape(child)}</{name}>")
    return "".join(parts)


class ScriptedPhone:
    """Answers at once with what its script says; pushes when it is told to."""

    def __init__(self, says: Says | Answers) -> None:
        self.says = says
        self.pushes = True
        """Whether it takes a subscription."""
        self.read_at: list[float] = []
        """When it was asked for its tree."""
        self._sink: Sink | None = None
        self._posts: PostQueue | None = None

    async def fetch(self, path: Path) -> Document:
        now = asyncio.get_running_loop().time()
        if not path:
            self.read_at.append(now)
        await asyncio.sleep(0.005)
        said = self.says(now)
        body = said if isinstance(said, bytes) else xml(said)
        return (await parse_off_loop(parse_status, body)).under(path)

    async def command(self, command: Command) -> CommandResult:
        return CommandResult(printable("".join(command.path.names)))

    async def subscribe(self, sink: Sink) -> bool:
        self._sink, self._posts = sink, PostQueue(sink)
        return self.pushes

    async def renew(self) -> bool:
        return False

    async def close(self) -> None:
        self._sink = None

    def push(self, leaves: Mapping[str, str | None], *events: Event) -> None:
        assert self._sink is not None, "nobody subscribed"
        at = asyncio.get_running_loop().time()
        updates = [
            Update(Path.parse(place), None if said is None else printable(said), at) for place, said in leaves.items()
        ]
        self._sink(Push(tuple(updates), tuple(events), None))

    def post(self, body: bytes) -> None:
        """As the listener takes it."""
        assert self._posts is not None, "nobody subscribed"
        self._posts.put(body, asyncio.get_running_loop().time())


class Scripted:
    """The fleet, its phones by name, and what it reported."""

    def __init__(self, phones: Mapping[str, Says | Answers], **more: Any) -> None:
        self.reports: list[Report] = []
        self.phones = {PhoneId(name): ScriptedPhone(says) for name, says in phones.items()}
        settings = tuple(
            PhoneSettings(id=phone, host=f"{phone}.example", username="xapi", poll=POLL) for phone in self.phones
        )
        config = Config(phones=settings, feedback=FeedbackSettings(listen="off"))
        self.fleet = LiveFleet(config, pins=PinStore(None), report=self.reports.append, **more)
        for phone, scripted in self.phones.items():
            self.fleet._watches[phone]._connect = lambda found=scripted: found  # type: ignore[misc]  # a default binds it

    def state(self, phone: str) -> str:
        return str(self.fleet.phones[PhoneId(phone)].connection.state)

    def faults(self) -> list[str]:
        """What the journal tells of mistakes of our own."""
        return [f"{entry.phone}: {entry.text}" for entry in self.fleet.entries if "fault" in entry.text]


@asynccontextmanager
async def scripted(phones: Mapping[str, Says | Answers], **more: Any) -> AsyncIterator[Scripted]:
    found = Scripted(phones, **more)
    task = asyncio.create_task(found.fleet.run())
    try:
        yield found
        if task.done():
            task.result()
            raise AssertionError("the fleet ended by itself")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def calling(call: int = 0, *, line: int = 1, began: float = 1000.0, lost: int = 0) -> Says:
    """A phone of two lines with one call that goes well: 50 packets a second, all of which arrive but `lost` a second."""

    def says(now: float) -> Mapping[str, str]:
        seconds = int(max(now - began, 0.0)) + 20
        place = f"Line {line} Call {call}"
        return {
            "SystemUnit ProductId": "DP-9851",
            "SystemUnit Software Version": "PHONEOS.3-6-1-0001-45",
            "Network IPv4 Address": "192.0.2.21",
            "Network Statistics Port 1 RxTotalPkt": str(seconds * 120),
            "Network Statistics Port 1 RxCrcErr": "0",
            "PhoneStatus ElapsedTime": f"7 days, 00:{seconds // 60 % 60:02}:{seconds % 60:02}",
            "PhoneStatus SWPort": "1000 Full",
            "ExtStatus 1 RegistrationState": "Registered",
            "ExtStatus 2 RegistrationState": "Registered",
            f"{place} CallState": "Connected",
            f"{place} Type": "Inbound",
            f"{place} Encoder": "G722",
            f"{place} Decoder": "G722",
            f"{place} PeerName": "Front Desk",
            f"{place} PeerPhone": "5000",
            f"{place} Duration": f"00:{seconds // 60 % 60:02}:{seconds % 60:02}",
            f"{place} PacketsSent": str(seconds * 50),
            f"{place} PacketsReceived": str(seconds * (50 - lost)),
            f"{place} PacketsLost": str(seconds * lost),
            f"{place} PacketsDiscarded": "0",
            f"{place} Jitter": "4",
            f"{place} RoundTripDelay": "40",
            f"{place} MOSLQ": "4.2",
            f"{place} MOSCQ": "4.1",
            f"{place} Rfactor": "86",
            f"{place} LossRate": "0",
            f"{place} DiscardRate": "0",
        }

    return says
