"""One phone's feedback slot: registered, renewed, released.

    closed ──open──► registered ──renew: URL gone──► Register again
                         │      ──renew: not OK────► Enable, else Register
                         └─close──► Deregister

The commands are published; that a slot stops after failed posts and how it is started again is known from room devices.
How a phone shows `HttpFeedback URL` is unpublished: it may add a slash, change the letter case, cut the end off or
escape what it likes. Whoever takes such a URL for another program's wastes another of the phone's four slots each time.

The URLs that we registered are remembered across a crash: a slot that still bears one of an earlier run is taken over.
One that bears the URL of another program of the same user, which still runs, is that program's.
"""

import html
from collections.abc import Iterable, Mapping
from pathlib import Path as File
from typing import Any, Protocol
from urllib.parse import unquote

from phonetui.errors import CommandRefused
from phonetui.storage.json_store import JsonStore, Owners
from phonetui.storage.writer import StorageNotices
from phonetui.transport.base import Sink
from phonetui.transport.feedback import PostQueue, Receiver
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import EXPRESSIONS
from phonetui.xapi.path import Path

SECRET_LEAST = 6
"""Characters of the secret at its end that a cut URL must still have: as many tell two programs apart."""


def is_shown_as(url: str, shown: str) -> bool:
    """Whether `shown` can be what a phone makes of `url`, and of no other program's."""
    whole, seen = _folded(url), _folded(shown)
    least = whole.rfind("/") + 1 + SECRET_LEAST
    return seen == whole or (len(seen) >= least and whole.startswith(seen))


def tells_program(url: str, shown: str) -> bool:
    """Whether enough of `url` is left in `shown` to name the address and the port that one program listens on."""
    whole, seen = _folded(url), _folded(shown)
    path_at = whole.find("/", whole.find("://") + 3)
    return whole.startswith(seen) and len(seen) >= path_at > 0


def _folded(url: str) -> str:
    return unquote(html.unescape(url)).strip().casefold().rstrip("/")


MOST = 8
"""URLs of one phone and program: a registration whose answer never came may stand there or not, and so may the one
before."""
_Row = dict[str, str]
"""`url` and `owner`, the program that registered it."""


class SlotStore:
    """URLs by phone, in a file that only its owner can read (they are secrets); in memory where `file` is None.

    What cannot be read is forgotten: losing it costs one slot on a phone, never a start.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "our feedback slots", notices=notices)
        self._owners = Owners(file)

    def get(self, phone: str) -> tuple[str, ...]:
        """URLs that are ours to use: of this run and of those that have ended.

        Any may stand on the phone; the newest comes last.
        """
        return self._urls(phone, elsewhere=False)

    def of_others(self, phone: str) -> tuple[str, ...]:
        """URLs of other programs that run now: their slots are alive, and not ours to take."""
        return self._urls(phone, elsewhere=True)

    def add(self, phone: str, url: str) -> None:
        """Remembers a URL before it is registered: whether the registration arrives is not known yet."""
        others = tuple(known for known in self.get(phone) if known != url)
        self._keep(phone, (*others, url)[-MOST:])

    def settle(self, phone: str, url: str | None) -> None:
        """The phone has this one and no other of ours; None where it has none."""
        self._keep(phone, () if url is None else (url,))

    def close(self) -> None:
        """Leaves the URLs of this program to the next one."""
        self._owners.close()

    def _keep(self, phone: str, urls: Iterable[str]) -> None:
        """Those of other running programs stay beside ours."""
        self._owners.hold()
        own = [{"url": url, "owner": self._owners.own} for url in urls]

        def change(phones: dict[str, Any]) -> dict[str, Any]:
            rows = [row for row in _rows(phones.get(phone)) if self._is_elsewhere(row)] + own
            rest = {other: known for other, known in phones.items() if other != phone}
            return {**rest, phone: rows} if rows else rest

        self._store.update(phone, change)

    def _urls(self, phone: str, *, elsewhere: bool) -> tuple[str, ...]:
        rows = _rows(self._store.get().get(phone))
        return tuple(row["url"] for row in rows if self._is_elsewhere(row) is elsewhere)

    def _is_elsewhere(self, row: _Row) -> bool:
        return row["owner"] != self._owners.own and self._owners.is_running(row["owner"])


def _rows(found: Any) -> list[_Row]:
    """As they are written, and as earlier releases wrote them: a list of URLs, or one."""
    rows = found if isinstance(found, list) else [found]
    known = [row if isinstance(row, dict) else {"url": row} for row in rows if isinstance(row, dict | str)]
    return [{"url": str(row["url"]), "owner": str(row.get("owner", ""))} for row in known if "url" in row]


PREFERRED = (4, 2, 1)
"""Slots that are taken when empty; 3 belongs to Cisco's TMS by convention."""


_FEEDBACK = Path.of("HttpFeedback")


class FeedbackPeer(Protocol):
    """What a slot needs of the connection to its phone."""

    async def fetch(self, path: Path) -> Document: ...
    async def command(self, command: Command) -> CommandResult: ...


class PushReceiver(Protocol):
    """The place at which pushes arrive: our own listener, or a jump host's port that leads to it."""

    async def register(self, host: str, receiver: Receiver) -> str | None:
        """The URL that the phone at `host` shall post to; None where nothing could arrive."""

    async def is_reachable(self, host: str, url: str) -> bool:
        """Whether what the phone at `host` posts there still arrives."""

    def unregister(self, url: str) -> None: ...


class Subscription:
    """Knows which slot is ours and which URL it bears."""

    def __init__(self, listener: PushReceiver, store: SlotStore, key: str, host: str, slot: int | None = None) -> None:
        """`slot` is the one that the configuration names; None chooses."""
        self._listener = listener
        self._store = store
        self._key = key
        self._host = host
        self._configured = slot
        self._slot: int | None = None
        self._url = ""
        self._registered = ("", "")
        """The URL that was registered last, and what the phone showed of it right after; empty where it showed none."""
        self._receiver: Receiver | None = None

    async def open(self, phone: FeedbackPeer, sink: Sink) -> bool:
        """False where no push could arrive. Raises CommandRefused where the phone has no free slot."""
        self._receiver = PostQueue(sink).put
        if not await self._listen():
            return False
        self._slot = self._choose(_urls(await phone.fetch(_FEEDBACK)))
        await self._register(phone, self._slot)
        return True

    async def renew(self, phone: FeedbackPeer) -> bool:
        if self._slot is None:
            return False
        if not await self._listen():
            await self.close(phone)
            raise CommandRefused("pushes no longer arrive here", "It is polled")
        status = await phone.fetch(_FEEDBACK)
        slots = _urls(status)
        if self._is_own(slots.get(self._slot, "")):
            word = status.get(_FEEDBACK / self._slot / "Status")
            if word is None or word.casefold() == "ok":
                return False
            try:
                await phone.command(_slot_command("Enable", self._slot))
            except CommandRefused:
                await self._register(phone, self._slot)
            return True
        self._slot = self._choose(slots)
        await self._register(phone, self._slot)
        return True

    async def close(self, phone: FeedbackPeer) -> None:
        """The listener drops the phone's URL at once, whether the phone can be reached or not."""
        self._listener.unregister(self._url)
        slot, self._slot, self._url, self._registered = self._slot, None, "", ("", "")
        if slot is not None:
            await phone.command(_slot_command("Deregister", slot))
            self._store.settle(self._key, None)

    async def _listen(self) -> bool:
        """Whether there is a URL that leads here."""
        if self._url and await self._listener.is_reachable(self._host, self._url):
            return True
        self._listener.unregister(self._url)
        assert self._receiver is not None  # noqa: S101 - `renew` follows `open`
        self._url = await self._listener.register(self._host, self._receiver) or ""
        return bool(self._url)

    def _is_own(self, shown: str) -> bool:
        """Whether a slot still has our URL: whatever the phone made of it stands there unchanged."""
        url, then = self._registered
        return url == self._url and bool(shown) and (shown == then or is_shown_as(url, shown))

    def _choose(self, slots: Mapping[int, str]) -> int:
        """A slot of this run or of a program that ended, else an empty one: never a living program's."""
        ours, others = {self._url, *self._store.get(self._key)}, self._store.of_others(self._key)
        own = [
            slot
            for slot, shown in slots.items()
            if (slot == self._slot and shown == self._registered[1]) or (_has(ours, shown) and not _has(others, shown))
        ]
        candidates = (self._configured,) if self._configured is not None else PREFERRED
        empty = [slot for slot in candidates if not slots.get(slot)]
        if not (own or empty):
            raise CommandRefused("no free feedback slot", "Free one, or set [feedback] slot; until then it is polled")
        return (own + empty)[0]

    async def _register(self, phone: FeedbackPeer, slot: int) -> None:
        self._store.add(self._key, self._url)
        expressions = (("Expression", expression) for expression in EXPRESSIONS)
        await phone.command(_slot_command("Register", slot, ("ServerUrl", self._url), ("Format", "XML"), *expressions))
        self._store.settle(self._key, self._url)
        shown = _urls(await phone.fetch(_FEEDBACK)).get(slot, "")
        self._registered = (self._url, shown)
        if not is_shown_as(self._url, shown) and tells_program(self._url, shown):
            self._store.add(self._key, shown)  # so that the next run knows it again, too


def _urls(status: Document) -> dict[int, str]:
    slots = {slot: status.get(_FEEDBACK / slot / "URL") for slot in status.indices(_FEEDBACK)}
    return {slot: str(url) for slot, url in slots.items() if url}


def _has(urls: Iterable[str], shown: str) -> bool:
    return any(is_shown_as(url, shown) for url in urls)


def _slot_command(verb: str, slot: int, *more: tuple[str, str]) -> Command:
    return Command(_FEEDBACK / verb, (("FeedbackSlot", str(slot)), *more))
