"""HttpFeedback of a simulated phone: four slots, and for each a poster that sends one body after another."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import aiohttp

from phonetui.simulator import documents, json_trees, locations
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.tree import Notice, TreeChange, TreeEvent, TreeSetting, subject
from phonetui.xapi.path import Path

SLOTS = 4
MAX_EXPRESSIONS = 15
RETRIES = 10
"""How often an unreachable receiver is tried again, one second apart (SX20 guide); an error answer ends it at once."""
_BACKLOG = 2000
_CONTENT_TYPES = {"XML": "text/xml; charset=utf-8", "JSON": "application/json"}


@dataclass(slots=True)
class Switches:
    """Ways in which a phone's feedback may misbehave; to be flipped while it runs."""

    refuse: bool = False
    """Register answers an error: a phone that can only be polled."""
    duplicate: bool = False
    """Each body is posted twice."""
    overtake: bool = False
    """Neighbours are posted in the wrong order."""
    persist: bool = False
    """An error answer is tried again like no answer, instead of ending it at once."""
    silent: bool = False
    """Nothing is posted; what changes meanwhile is lost."""
    shown: Callable[[str], str] = str
    """What the tree shows of a URL that was registered."""
    keep_over_restart: bool = True
    """Registrations are still there after a restart."""


@dataclass(slots=True, eq=False)
class SimulatedSlot:
    """A registered HttpFeedback slot."""

    number: int
    url: str
    format: str
    expressions: tuple[str, ...]
    wanted: tuple[locations.Location, ...]
    ok: bool = True
    bodies: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(_BACKLOG))
    task: asyncio.Task[None] | None = None


class Feedback:
    """A phone's slots. What is published follows the tree; a slot's own state is part of that tree."""

    def __init__(
        self,
        device: SimulatedDevice,
        head: DocHeader,
        session: aiohttp.ClientSession,
        *,
        tls: Callable[[], ssl.SSLContext],
        changed: Callable[[], None],
        second: float,
    ) -> None:
        """`changed` is called after a poster changed the tree by itself; `second` is a second's length in real time."""
        self.switches = Switches()
        self._device = device
        self._head = head
        self._session = session
        self._tls = tls
        self._changed = changed
        self._second = second
        self._slots: dict[int, SimulatedSlot] = {}

    def register(self, number: int, url: str, form: str, expressions: Sequence[str]) -> None:
        """Takes a slot over, whoever had it; an expression that cannot be read matches nothing."""
        self.deregister(number)
        wanted = []
        for expression in expressions:
            with contextlib.suppress(locations.Unparsable):
                wanted.append(locations.parse(expression))
        slot = SimulatedSlot(number, url, form, tuple(expressions), tuple(wanted))
        self._slots[number] = slot
        self._show(slot)
        self._start(slot)

    def deregister(self, number: int) -> None:
        slot = self._slots.pop(number, None)
        if slot:
            _stop(slot)
            self._device.tree.drop(Path.of("HttpFeedback", number))

    def enable(self, number: int) -> bool:
        """Starts a failed slot again; False where nothing is registered. What happened meanwhile is lost."""
        slot = self._slots.get(number)
        if slot is None:
            return False
        if not slot.ok:
            slot.ok = True
            self._show(slot)
            self._start(slot)
        return True

    def restart(self) -> None:
        """The phone came up again."""
        for number, slot in tuple(self._slots.items()):
            if self.switches.keep_over_restart:
                self._show(slot)
            else:
                self.deregister(number)

    def publish(self, notices: Sequence[Notice]) -> None:
        """Queues for each slot what its expressions match, in order."""
        for slot in self._slots.values():
            if slot.ok and not self.switches.silent:
                for body in bodies(self._head, slot, notices):
                    with contextlib.suppress(asyncio.QueueFull):  # a receiver so far behind has lost the thread anyway
                        slot.bodies.put_nowait(body)

    async def close(self) -> None:
        tasks = [slot.task for slot in self._slots.values() if slot.task]
        for slot in self._slots.values():
            _stop(slot)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _show(self, slot: SimulatedSlot) -> None:
        at, tree = Path.of("HttpFeedback", slot.number), self._device.tree
        for number, expression in enumerate(slot.expressions, start=1):
            tree.put(at / "Expression" / number, expression)
        tree.put(at / "Format", slot.format)
        tree.put(at / "Status", "OK" if slot.ok else "Failed")
        tree.put(at / "URL", self.switches.shown(slot.url))

    def _start(self, slot: SimulatedSlot) -> None:
        slot.bodies = asyncio.Queue(_BACKLOG)
        slot.task = asyncio.get_running_loop().create_task(self._deliver(slot), name=f"feedback {slot.number}")

    async def _deliver(self, slot: SimulatedSlot) -> None:
        while all([await self._post(slot, body) for body in await self._next(slot)]):
            pass
        slot.ok = False
        self._show(slot)
        self._changed()

    async def _next(self, slot: SimulatedSlot) -> list[bytes]:
        bodies = [await slot.bodies.get()]
        if self.switches.overtake:
            with contextlib.suppress(TimeoutError):
                bodies.insert(0, await asyncio.wait_for(slot.bodies.get(), 0.3 * self._second))
        if self.switches.duplicate:
            bodies = [body for body in bodies for _ in range(2)]
        return bodies

    async def _post(self, slot: SimulatedSlot, body: bytes) -> bool:
        """Whether the receiver took it in the end."""
        for attempt in range(RETRIES + 1):
            if attempt:
                await asyncio.sleep(self._second)
            try:
                tls = self._tls() if slot.url.casefold().startswith("https:") else True
                headers = {"Content-Type": _CONTENT_TYPES[slot.format]}
                async with self._session.post(
                    slot.url, data=body, headers=headers, ssl=tls, allow_redirects=False
                ) as answer:
                    if answer.status < 400:
                        return True
                    if not self.switches.persist:
                        return False
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                continue
        return False


def bodies(head: DocHeader, slot: SimulatedSlot, notices: Sequence[Notice]) -> list[bytes]:
    """What a slot posts of these, in order; changes of the status that follow each other share a body."""
    made: list[bytes] = []
    form = documents if slot.format == "XML" else json_trees
    for kind, group in groupby(notices, type):
        wanted = [notice for notice in group if _wants(slot, notice)]
        if kind is TreeChange:
            made += form.feedback(head, [notice for notice in wanted if isinstance(notice, TreeChange)])
            continue
        for notice in wanted:
            if isinstance(notice, TreeSetting):
                made.append(form.setting(head, notice))
            elif isinstance(notice, TreeEvent):
                made.append(form.event(head, notice))
    return made


def _wants(slot: SimulatedSlot, notice: Notice) -> bool:
    document, path = subject(notice) or ("", Path())
    return any(place.document == document.casefold() and locations.covers(place, path) for place in slot.wanted)


def _stop(slot: SimulatedSlot) -> None:
    if slot.task:
        slot.task.cancel()
