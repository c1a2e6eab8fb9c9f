"""A viewer's side of the exchange: takes what collectors send, subscribes to phones that are shown.

First a core subscription, then a snapshot by batched direct gets, and of each phone whatever is newer; the same again
after every reconnection. Viewers make no consumer.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

from phonetui.errors import AccessError, PhonetuiError, Unreachable
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.attached_phones import AttachedPhones
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.event_log import happened
from phonetui.exchange.fleet_row import FleetRow
from phonetui.exchange.life import ShardHolder, life_of, oddities
from phonetui.exchange.nats_subjects import PhoneKey
from phonetui.exchange.whole_state import WholeState
from phonetui.phone.state import PhoneId

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

    from phonetui.monitor.journal import AlertReport, EventReport
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.journal import JournalEntry

LOOK_S = 1.0
"""Seconds between two checks for silent collectors and phones no longer shown."""
LOOKED_AT_S = 30.0
"""How long after the latest look whole states of a phone are subscribed to."""
CONNECT_AGAIN_S = 2.0
EARLIER = timedelta(hours=1)
"""How far back the events go that a viewer begins with."""
MOST_EARLIER = 1000
"""The most such events of a site."""
MOST_NOTED = 50
_NO_PHONE = PhoneId("")
_log = logging.getLogger(__name__)

Happened = Callable[[str, "JournalEntry | EventReport | AlertReport | CallRecord", bool], None]
"""Is given the site, what happened there, and whether that was before this viewer came."""


class Viewer:
    """Follows the sites on the server and keeps `AttachedPhones` up to date."""

    def __init__(
        self,
        connection: NatsConnection,
        sites: tuple[str, ...],
        phones: AttachedPhones,
        *,
        changed: Callable[[], None],
        took: Happened,
        took_state: Callable[[PhoneId], None],
        note: Callable[[str], None],
    ) -> None:
        """`changed` is called whenever there is something else to see, `note` with what the operator should know."""
        self.connection = connection
        self._sites = sites
        self._phones = phones
        self._changed = changed
        self._took = took
        self._took_state = took_state
        self._note = note
        self._looked_at: dict[PhoneId, float] = {}
        self._states: dict[PhoneId, Subscription] = {}
        self._noted: set[str] = set()
        """Kinds of notices that were given once."""
        self._places: list[str] = []
        """Where in subjects a site's token stands: those that are shown."""
        self._again = asyncio.Event()
        self._wanted = asyncio.Event()
        self.has_begun = asyncio.Event()
        """Set once the first snapshot is complete."""
        self.lost_at: datetime | None = None
        """Aware UTC; since when the server is away. None while it is there."""
        connection.on_connected = self._resume
        connection.on_lost = self._lose

    def look_at(self, phone: PhoneId) -> None:
        """Requests whole states of a phone, because it is shown."""
        now = asyncio.get_running_loop().time()
        if phone not in self._looked_at:
            self._wanted.set()
        self._looked_at[phone] = now

    async def follow_states(self, phones: frozenset[PhoneId]) -> None:
        """Has whole states come all the time, of these phones; without any, of all. Raises PhonetuiError."""
        for phone in phones:
            self._looked_at[phone] = inf
        self._wanted.set()
        for site in self._places if not phones else ():
            await self.connection.subscribe(f"$KV.{subjects.STATES}.{site}.>", self._take_state)

    async def run(self) -> None:
        """Runs until cancelled. Raises ConfigError."""
        try:
            await self._keep_connecting()
            self._again.set()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._snapshots())
                tasks.create_task(self._follow_looks())
                tasks.create_task(self._watch_collectors())
        finally:
            await self.connection.close()

    async def connect(self) -> None:
        """Connects once. Raises PhonetuiError."""
        await self.connection.connect()
        self.lost_at = None
        self._places = await self._visible_places()
        for site in self._places:
            await self.connection.subscribe(f"$KV.{subjects.ROWS}.{site}.>", self._take_row)
            await self.connection.subscribe(f"hb.{site}.*", self._take_life)
            await self.connection.subscribe(f"ev.{site}.>", self._take_event)

    async def _keep_connecting(self) -> None:
        told = ""
        while not self.connection.is_connected:
            try:
                await self.connect()
            except PhonetuiError as error:
                if str(error) != told:
                    self._note(str(error))
                    told = str(error)
                await self.connection.close()
                await asyncio.sleep(CONNECT_AGAIN_S)

    async def _visible_places(self) -> list[str]:
        """The sites as tokens; a star for all. Raises PhonetuiError."""
        named, visible = [subjects.token(site) for site in self._sites], await self.connection.visible_sites()
        hidden = [] if visible is None else [site for site in named if site not in visible]
        if hidden:
            words = f"this key does not see the site {', '.join(map(subjects.name_of, hidden))}"
            raise AccessError(words, "'phonetui nats init' makes keys; without --site all that it sees is shown")
        return named or (["*"] if visible is None else visible)

    async def _snapshots(self) -> None:
        """One at the beginning, and one after each reconnection; tried again until it is whole."""
        is_first, told = True, ""
        while True:
            await self._again.wait()
            self._again.clear()
            try:
                await self._take_snapshot()
                if is_first:
                    await self.take_earlier()
                is_first = False
                self.has_begun.set()
            except PhonetuiError as error:
                _log.info("the snapshot is not whole: %s", error)
                if str(error) != told:
                    self._note(f"not everything that is known came: {error}")
                    told = str(error)
                await asyncio.sleep(LOOK_S)
                self._again.set()

    async def _take_snapshot(self) -> None:
        """Raises PhonetuiError where not all of it came."""
        known = self._phones.sites  # before the question: a row may come meanwhile, of a site that began just now
        sites, shards = await self._site_tokens(), list[PhoneKey]()
        if known - set(sites):
            raise Unreachable("the NATS server has lost what it kept: collectors send it again")
        async for values in self.connection.direct(
            _latest(subjects.ROWS, site, f"{site}.*.{subjects.SHARD_KEY}") for site in sites
        ):
            for value in values:
                self._take_value(value.subject, value.data, is_deleted=value.is_deleted)
                shards.append(PhoneKey.parse(value.subject))
        for site in sites:
            await self.connection.publish(f"ask.{site}.{subjects.token('')}.life", b"")
        if self._phones.began_at is None:
            self._phones.began_at = asyncio.get_running_loop().time()
        gone = set(self._phones.phones)
        self._phones.is_arriving = True
        try:
            async for values in self.connection.direct(
                _latest(subjects.ROWS, key.site, f"{key.site}.{key.shard}.*") for key in shards
            ):
                for value in values:
                    gone.discard(self._take_value(value.subject, value.data, is_deleted=value.is_deleted))
        finally:
            self._phones.is_arriving = False
        for phone in gone:
            self._phones.remove(self._phones.phones[phone].key)
        for phone in tuple(self._states):
            await self._take_latest_state(phone)
        self._changed()

    async def _site_tokens(self) -> list[str]:
        """Raises PhonetuiError."""
        return await self.connection.sites() if self._places == ["*"] else self._places

    async def take_earlier(self) -> None:
        """Takes events from before this viewer came."""
        since = (datetime.now(UTC) - EARLIER).isoformat()
        requests = [
            (
                subjects.stream_of(subjects.EVENTS, site),
                {"batch": MOST_EARLIER, "start_time": since, "next_by_subj": f"ev.{site}.>"},
            )
            for site in await self._site_tokens()
        ]
        async for values in self.connection.direct(requests):
            for value in values:
                self._take_happened(value.subject, value.data, was_before=True)
        self._changed()

    async def _take_row(self, message: "Msg") -> None:
        is_deleted = bool(message.headers) and (message.headers or {}).get("KV-Operation") in ("DEL", "PURGE")
        self._take_value(message.subject, message.data, is_deleted=is_deleted)
        self._changed()

    def _take_value(self, subject: str, data: bytes, *, is_deleted: bool) -> PhoneId:
        """The phone whose row it is; an empty name where it is none's."""
        at, moment = asyncio.get_running_loop().time(), datetime.now(UTC)
        try:
            key = PhoneKey.parse(subject)
            if key.is_shard:
                self._phones.take_holder(key, wire.decode(data, ShardHolder), at)
            elif is_deleted:
                self._phones.remove(key)
            else:
                return self._phones.take_row(key, wire.decode(data, FleetRow), at, moment)
        except PhonetuiError as error:
            self._note_unreadable(subject, error)
        return _NO_PHONE

    async def _take_state(self, message: "Msg") -> None:
        self._take_state_value(message.subject, message.data)
        self._changed()

    def _take_state_value(self, subject: str, data: bytes) -> None:
        at, moment = asyncio.get_running_loop().time(), datetime.now(UTC)
        try:
            key = PhoneKey.parse(subject)
            phone = self._phones.take_state(key, wire.decode(data, WholeState), at, moment)
            if phone is not None:
                self._took_state(phone)
        except PhonetuiError as error:
            self._note_unreadable(subject, error)

    async def _take_life(self, message: "Msg") -> None:
        try:
            life = life_of(message.subject, message.data)
        except PhonetuiError as error:
            self._note_unreadable(message.subject, error)
            return
        if self._sites and life.site not in self._sites:
            return
        for _ in self._phones.take_life(life, asyncio.get_running_loop().time(), datetime.now(UTC)):
            await asyncio.sleep(0)
        heard = self._phones.collectors[life.site, life.collector]
        for kind, words in oddities(heard, self._phones.collectors.values()):
            self._note_once(kind, words)
        self._changed()

    async def _take_event(self, message: "Msg") -> None:
        self._take_happened(message.subject, message.data, was_before=False)
        self._changed()

    def _take_happened(self, subject: str, data: bytes, *, was_before: bool) -> None:
        try:
            self._took(subjects.name_of(subject.split(".")[1]), happened(subject, data), was_before)
        except PhonetuiError as error:
            self._note_unreadable(subject, error)

    def _note_unreadable(self, subject: str, error: PhonetuiError) -> None:
        """Once for each kind of failure: every row of a newer release would say the same."""
        _log.info("%s: %s", subject, error)
        self._note_once(str(error), f"what a collector sent is not shown: {error}")

    def _note_once(self, kind: str, words: str) -> None:
        if kind not in self._noted and len(self._noted) < MOST_NOTED:
            self._noted.add(kind)
            self._note(words)

    async def _follow_looks(self) -> None:
        """Subscribes to the whole states of phones that are looked at, and away from others."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wanted.wait()
            self._wanted.clear()
            now = asyncio.get_running_loop().time()
            with suppress(PhonetuiError):
                for phone, looked_at in tuple(self._looked_at.items()):
                    if phone not in self._phones.phones or now - looked_at > LOOKED_AT_S:
                        await self._look_away(phone)
                    elif phone not in self._states and self.connection.is_connected:
                        subject = self._phones.phones[phone].key.subject(subjects.STATES)
                        self._states[phone] = await self.connection.subscribe(subject, self._take_state)
                        await self._take_latest_state(phone)
                        self._changed()

    async def _look_away(self, phone: PhoneId) -> None:
        del self._looked_at[phone]
        subscription = self._states.pop(phone, None)
        self._phones.look_away(phone)
        if subscription is not None and self.connection.is_connected:
            await subscription.unsubscribe()

    async def _take_latest_state(self, phone: PhoneId) -> None:
        known = self._phones.phones.get(phone)
        if known is not None:
            stream = subjects.stream_of(subjects.STATES, known.source.site)
            value = await self.connection.last(stream, known.key.subject(subjects.STATES))
            if value is not None and not value.is_deleted:
                self._take_state_value(value.subject, value.data)

    async def _watch_collectors(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if self._phones.look(loop.time()):
                self._note("a collector is not heard any more: nobody knows how its phones are")
                self._changed()
            await asyncio.sleep(LOOK_S / 4)

    def _resume(self) -> None:
        self.lost_at = None
        self._note("the NATS server is there again")
        self._again.set()

    def _lose(self) -> None:
        if self.lost_at is None:
            self.lost_at = datetime.now(UTC)
            self._note(f"{self.connection.failure}: what is shown grows old until it is back")
        elif self.connection.is_refused:
            self._note(f"{self.connection.failure}; it is tried again")


def _latest(kind: str, site: str, keys: str) -> tuple[str, dict[str, Any]]:
    """Asks for the latest value of each key that fits; at most 1,024."""
    return subjects.stream_of(kind, site), {"multi_last": [f"$KV.{kind}.{keys}"], "batch": 1024}
