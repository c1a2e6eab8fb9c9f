"""A softphone's process as whoever started it sees it, and the end of a call that it makes up."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from typing import Any

from phonetui.simulator.media.profile import Profile
from phonetui.simulator.media.reception import Reception
from phonetui.simulator.media.relay import Way
from phonetui.simulator.media.udp import Address

_PROGRAM = "phonetui.simulator.media.softphone"
_END_S = 3.0


class Handset:
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
        """Raises OSError when there is no room for another process."""
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
        """Where it can be called."""
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
        told = [event for event in self.events if event["event"] == "media"]
        return (told[-1]["status"], told[-1]["direction"]) if told else None

    def total(self, count: str) -> int:
        return int(sum(figures[count] for figures in self._streams.values()))

    def latest(self, figure: str) -> float:
        """Of the stream that was opened last; 0 before the first."""
        return self._streams[max(self._streams)][figure] if self._streams else 0.0

    async def close(self) -> None:
        """Its process has ended when this returns."""
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

    def __init__(self, inward: Way) -> None:
        self._inward = inward
        self.phone: Handset | None = None

    @property
    def hears(self) -> Profile:
        return self._inward.profile

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
