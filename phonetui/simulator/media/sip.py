"""Media of real SIP calls: a softphone process at each end, and its RTP through the relay.

    Link     connect     flow            freeze, flow       end         close
    SIP      INVITE, 180 200 OK, ACK     re-INVITEs         BYE         both processes end

The simulated phones lead: what happens to their call happens to the SIP call right afterwards. Figures are the SIP
stack's own; what it doesn't measure (bursts) is 0. A stack that cannot go on leaves its call silent, with a warning.
"""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from phonetui.simulator.media.model import Media, MediaLink, Profile
from phonetui.simulator.media.reception import CODECS, Reception, SimulatedCodec
from phonetui.simulator.media.relay import Address, DatagramObserver, PortPair, Relay, RelayPath, pair

_log = logging.getLogger(__name__)
_PROGRAM = "phonetui.simulator.media.softphone"
_END_S = 3.0


class SoftphoneProcess:
    """One softphone: commands in, events and figures out.

    Its counters begin again with each stream, so those of all streams make up the call's.
    """

    def __init__(self, name: str, rtp: Address, public: str, codec: str) -> None:
        """`rtp` is where it listens, `public` the address that it gives others to send to."""
        self.rtp = rtp
        self._words = ["--name", name, "--address", rtp[0], "--rtp", str(rtp[1]), "--public", public, "--codec", codec]
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.events: list[dict[str, Any]] = []
        """Everything but figures, oldest first."""
        self._streams: dict[int, dict[str, float]] = {}

    async def start(self) -> None:
        """Starts the process. Raises OSError when there is no room for another one."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        words = [sys.executable, "-m", _PROGRAM, *self._words]
        self._process = await asyncio.create_subprocess_exec(
            *words, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
        )
        self._reader = asyncio.create_task(self._read(self._process))

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def say(self, command: str) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.write(f"{command}\n".encode())

    async def uri(self) -> str:
        """The SIP URI at which it can be called."""
        return str((await self._event(lambda event: event["event"] == "up"))["uri"])

    async def reaches(self, state: str) -> None:
        """Waits for its call to be in a state, in the stack's words, or to have been."""
        await self._event(lambda event: event.get("state") == state)

    async def turns(self, *, active: bool) -> None:
        """Waits for speech to be sent and heard, or not to be."""
        while not (media := self.media) or (media == (1, 3)) is not active:
            await self._next()

    @property
    def media(self) -> tuple[int, int] | None:
        """Status and direction of the call's audio as the stack numbers them: (1, 3) while both talk."""
        last = next((event for event in reversed(self.events) if event["event"] == "media"), None)
        return (last["status"], last["direction"]) if last else None

    def total(self, count: str) -> int:
        return int(sum(figures[count] for figures in self._streams.values()))

    def latest(self, figure: str) -> float:
        """A figure of the stream that was opened last; 0 before the first."""
        return self._streams[max(self._streams)][figure] if self._streams else 0.0

    async def close(self) -> None:
        """Ends the process, and returns once it has ended."""
        if self._process is None or self._reader is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader

    async def _read(self, process: Process) -> None:
        assert process.stdout  # noqa: S101 - it was started with one
        async for line in process.stdout:
            if line.startswith(b"{"):  # the stack says things of its own before it can be told not to
                self._note(json.loads(line))
        self._news.set()

    def _note(self, event: dict[str, Any]) -> None:
        if event["event"] == "figures":
            self._streams[event["stream"]] = event
        else:
            self.events.append(event)
            self._news.set()

    async def _event(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            for event in self.events:
                if wanted(event):
                    return event
            await self._next()

    async def _next(self) -> None:
        """Raises OSError when there is nothing more to come."""
        if self._reader is None or self._reader.done():
            raise OSError("the softphone has ended")
        self._news.clear()
        await self._news.wait()


class SipEnd:
    """What one softphone counts."""

    def __init__(self, inward: RelayPath) -> None:
        self._inward = inward
        self.phone: SoftphoneProcess | None = None

    def impair(self, profile: Profile, _: float) -> None:
        self._inward.impair(profile)

    @property
    def sent(self) -> int:
        return self.phone.total("sent") if self.phone else 0

    @property
    def round_trip_ms(self) -> int:
        return round(self.phone.latest("round_trip_ms")) if self.phone else 0

    def reception(self) -> Reception:
        counts = {name: self.phone.total(name) if self.phone else 0 for name in ("received", "lost", "discarded")}
        jitter_ms, buffer_ms = (self.phone.latest(name) if self.phone else 0.0 for name in ("jitter_ms", "buffer_ms"))
        return Reception(
            **counts, jitter_ms=jitter_ms, buffer_ms=round(buffer_ms), burst_ms=0, gap_ms=0, burst_ratio=1.0
        )


STACK_CODECS = {"G722": "G722/16000", "G711u": "PCMU/8000", "G711a": "PCMA/8000"}
_FALLBACK_CODEC = "G711u"
"""What phones agree on where one lacks what the other offers."""
_OVER = ("hangup", "quit")
_REACHED = {"answer": "CONFIRMED", "hangup": "DISCONNECTED"}
"""What a call comes to by an order, in the stack's words."""
_STEP_S = 10.0
_ATTEMPTS = 16


class SipLink(MediaLink):
    """One SIP call; what is asked of it is done in order, each step once the one before has been confirmed."""

    def __init__(self, codec: SimulatedCodec, relay: Relay, number: int) -> None:
        self.codec = codec
        self.relay = relay
        self.caller, self.callee = SipEnd(relay.back), SipEnd(relay.there)
        self._number = number
        self._orders: asyncio.Queue[str] = asyncio.Queue()
        self._last_order = ""

    def flow(self, _: float) -> None:
        self._order("resume" if self._last_order else "answer")

    def freeze(self, _: float) -> None:
        if self._last_order:
            self._order("hold")

    def end(self, _: float) -> None:
        self._order("hangup")

    def close(self) -> None:
        self._order("quit")

    async def run(self) -> None:
        """Runs the call, from the first softphone's start to the last one's end."""
        phones: list[SoftphoneProcess] = []
        try:
            async with asyncio.timeout(_STEP_S):
                caller, callee = await self._set_up(phones)
            while (order := await self._orders.get()) != "quit":
                async with asyncio.timeout(_STEP_S):
                    await _carry_out(order, caller, callee)
        except (OSError, TimeoutError) as error:
            _log.warning("a SIP call stays silent: %s", str(error) or "its softphones don't answer")
        finally:
            await asyncio.gather(*(phone.close() for phone in phones))
            self.relay.close()

    def _order(self, order: str) -> None:
        """Each once, however often it is asked for; after a hang-up there is nothing left but to quit."""
        flows = order == "resume" and self._last_order == "answer"
        if order != self._last_order and not flows and (order == "quit" or self._last_order not in _OVER):
            self._last_order = order
            self._orders.put_nowait(order)

    async def _set_up(self, phones: list[SoftphoneProcess]) -> tuple[SoftphoneProcess, SoftphoneProcess]:
        """Rings: the caller has invited the callee, by addresses that lead through the relay."""
        names = ("caller", "callee")
        reserved = [self._reserve(at) for at in (1, 2)]
        (near, to_far), (far, to_near) = reserved
        self.relay.join(near.addresses, to_near, far.addresses, to_far)
        for name, end, (own, face) in zip(names, (self.caller, self.callee), reserved, strict=True):
            own.close()
            phone = end.phone = SoftphoneProcess(
                name, own.rtp.address, face.rtp.address[0], STACK_CODECS[self.codec.name]
            )
            phones.append(phone)
        for phone in phones:
            await phone.start()
        caller, callee = phones
        caller.say(f"dial {await callee.uri()}")
        await caller.reaches("EARLY")
        return caller, callee

    def _reserve(self, at: int) -> tuple[PortPair, PortPair]:
        """Ports of a softphone, and the relay's that stand for it: another address, the same numbers."""
        for _ in range(_ATTEMPTS):
            own = pair(f"127.30.{self._number % 250}.{at}")
            try:
                return own, self.relay.face(f"127.31.{self._number % 250}.{at}", own.rtp.address[1])
            except OSError:
                own.close()
        raise OSError("no ports are free for a softphone")


async def _carry_out(order: str, caller: SoftphoneProcess, callee: SoftphoneProcess) -> None:
    """Until both have noticed. Raises OSError when one of them has ended meanwhile."""
    (callee if order == "answer" else caller).say(order)
    for phone in (callee, caller):
        if order in _REACHED:
            await phone.reaches(_REACHED[order])
        else:
            await phone.turns(active=order == "resume")


class SipMedia(Media):
    """Links that are SIP calls, carried by the loop that runs when it is constructed."""

    def __init__(self) -> None:
        self.observer: DatagramObserver | None = None
        """Is given every datagram at the relay, from the next link on."""
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open_links(self) -> int:
        """The number of links that hold processes and sockets."""
        return len(self._tasks)

    def connect(self, codec: SimulatedCodec, there: Profile, back: Profile, random: Random) -> SipLink:
        """A codec that the stack lacks becomes the one that everybody has."""
        agreed = codec if codec.name in STACK_CODECS else CODECS[_FALLBACK_CODEC]
        relay = Relay(there, back, random, loop=self._loop, observer=self.observer)
        link = SipLink(agreed, relay, next(self._numbers))
        task = self._loop.create_task(link.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return link

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
