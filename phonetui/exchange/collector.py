"""A collector's side of the exchange: claims decide which phones its fleet watches, and all is published.

claims ──► shards held ──► the fleet's phones
fleet  ──► rows and states, events, signs of life
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui import __version__
from phonetui.config.settings import Config
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.answers import Answers
from phonetui.exchange.command_service import CommandService
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.event_log import EventOutbox
from phonetui.exchange.life import LIFE_S, SILENT_S, CollectorLife, digest_of, life_of
from phonetui.exchange.publisher import Publisher
from phonetui.exchange.shard_claims import HeldShard, ShardClaims
from phonetui.phone.state import State

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from phonetui.monitor.fleet import LiveFleet
    from phonetui.phone.state import PhoneId

EVENTS_S = 0.05
"""Seconds between two looks at what happened."""
CONNECT_AGAIN_S = 3.0
LEAVE_S = 1.0
"""Time limit for giving the shards back: what cannot be said in time runs out by itself."""
MOST_LATE = 5000
_MOST_DIFFERING = 100
_log = logging.getLogger(__name__)


def collector_name() -> str:
    """A name of this process, unlike that of any other one that runs."""
    return f"{socket.gethostname()}-{os.getpid()}"


class CollectorService:
    """Runs beside a fleet that begins without phones; `configure` has those that the collectors of the site share."""

    def __init__(self, fleet: "LiveFleet", config: Config, notice: Callable[[str], None], name: str = "") -> None:
        """`notice` takes what the operator should know. Raises ConfigError."""
        self._fleet = fleet
        self._config = config
        self._notice = notice
        self._name = name or collector_name()
        nats = config.nats
        self._site = nats.site
        self._shards = nats.shards
        check_shards(config)
        self.connection = NatsConnection(nats, f"phonetui collector {self._site}/{self._name}")
        self.connection.on_connected = self._resume
        self.connection.on_lost = self._note_lost
        self._publisher = Publisher(self.connection, fleet, self._site, self._name, self._shards)
        self._events = EventOutbox(fleet, self._site, notice)
        self.take_report, self.take_audit = self._events.take_report, self._events.take_audit
        self._others: dict[str, float] = {}
        """Collectors of the site, by the monotonic second of their latest sign of life."""
        self._claims = ShardClaims(
            self.connection, self._site, self._name, self._shards,
            collectors=self._count_collectors, changed=self._watch_held, notice=notice,
        )  # fmt: skip
        self._answers = Answers(self.connection, fleet, self._site, self._changed_life)
        self._commands = CommandService(self.connection, fleet, self._site, nats.operators, self._epoch_of)
        self._digest = digest_of(phone.id for phone in config.phones)
        self._differing: set[tuple[str, int, int]] = set()
        """Collectors that were told of, with the digests of both."""
        self._is_lost = False
        self._alive = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        fleet.reconfigure(replace(config, phones=()))

    @property
    def held(self) -> "Mapping[int, HeldShard]":
        """The shards that this collector watches."""
        return self._claims.held

    def configure(self, config: Config) -> None:
        """These phones from now on, as far as their shards are held. Raises ConfigError before anything changed."""
        check_shards(config)
        before, self._config = self._config, config
        self._digest = digest_of(phone.id for phone in config.phones)
        try:
            self._watch_held()
        except ConfigError:
            self._config = before
            self._digest = digest_of(phone.id for phone in before.phones)
            raise
        gone = {phone.id for phone in before.phones} - {phone.id for phone in config.phones}
        if gone:
            task = asyncio.create_task(self._forget(gone))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Runs until cancelled; gives the shards back on the way out. Raises ConfigError."""
        await self._connect()
        self._notice(f"connected to NATS as collector {self._name} of {self._site}")
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in (self._claims, self._publisher):
                    tasks.create_task(part.run())
                tasks.create_task(self._send_events())
                tasks.create_task(self._live())
        except* ConfigError as errors:
            raise errors.exceptions[0] from None
        finally:
            await asyncio.create_task(self._leave())  # not cancelled as this one is

    async def _leave(self) -> None:
        with suppress(PhonetuiError, TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._claims.release()
                await self._say_alive(is_leaving=True)
        await self.connection.close()

    async def _connect(self) -> None:
        """Tries until it works: nothing is watched before, as another collector may do so. Raises ConfigError."""
        told = ""
        while True:
            try:
                await self.connection.connect()
                await self.connection.ensure_streams(self._site)
                await self._answers.subscribe()
                await self._commands.subscribe()
                await self.connection.subscribe(f"hb.{subjects.token(self._site)}.*", self._take_life)
            except ConfigError:
                raise
            except PhonetuiError as error:
                if str(error) != told:
                    self._notice(f"{error}; no phone is watched until then")
                    told = str(error)
                await self.connection.close()
                await asyncio.sleep(CONNECT_AGAIN_S)
            else:
                return

    def _watch_held(self) -> None:
        """Has the fleet watch the phones of the shards that are held."""
        held = self._claims.held
        phones = tuple(
            phone for phone in self._config.phones if subjects.shard_of(phone.id, self._shards) in held
        )  # fmt: skip
        self._fleet.reconfigure(replace(self._config, phones=phones))
        self._publisher.hold({shard: each.epoch for shard, each in held.items()})
        self._changed_life()

    def _epoch_of(self, phone: "PhoneId") -> int | None:
        held = self._claims.held.get(subjects.shard_of(phone, self._shards))
        return held.epoch if held is not None else None

    def _changed_life(self) -> None:
        self._alive.set()

    async def _live(self) -> None:
        while True:
            self._alive.clear()
            with suppress(PhonetuiError):
                await self._say_alive()
            with suppress(TimeoutError):
                async with asyncio.timeout(LIFE_S):
                    await self._alive.wait()

    async def _say_alive(self, *, is_leaving: bool = False) -> None:
        life = CollectorLife(
            self._site, self._name, datetime.now(UTC), __version__, self._shards, self._publisher.number,
            {shard: each.epoch for shard, each in self._claims.held.items()}, self._late(),
            tuple(self._fleet.hints), tuple(alert for alert in self._fleet.alerts if alert.phone is None),
            self._digest, is_leaving,
        )  # fmt: skip
        await self.connection.publish(subjects.life_subject(self._site, self._name), wire.encode(life))
        if is_leaving:
            await self.connection.flush()

    def _late(self) -> "dict[PhoneId, float]":
        now = asyncio.get_running_loop().time()
        late: dict[PhoneId, float] = {}
        for phone in self._fleet.phones.values():
            connection = phone.connection
            if connection.state is State.LIVE and connection.fresh_at is not None:
                age_s = now - connection.fresh_at
                if age_s > connection.interval_s and len(late) < MOST_LATE:
                    late[phone.id] = round(age_s, 1)
        return late

    async def _take_life(self, message: "Msg") -> None:
        try:
            life = life_of(message.subject, message.data)
        except PhonetuiError as error:
            _log.info("a collector's sign of life: %s", error)
            return
        if life.is_leaving:
            self._others.pop(life.collector, None)
        elif life.collector != self._name:
            self._others[life.collector] = asyncio.get_running_loop().time()
            self._compare(life)

    def _compare(self, life: CollectorLife) -> None:
        """Tells once where another collector of the site has other phones."""
        place = (life.collector, life.digest, self._digest)
        if life.digest in (0, self._digest) or place in self._differing or len(self._differing) >= _MOST_DIFFERING:
            return
        self._differing.add(place)
        self._notice(
            f"collector {life.collector} has other phones in its configuration: those that one of the two alone has "
            "may be watched by nobody"
        )

    def _count_collectors(self) -> int:
        now = asyncio.get_running_loop().time()
        return 1 + sum(now - heard_at < SILENT_S for heard_at in self._others.values())

    async def _send_events(self) -> None:
        while True:
            self._events.collect()
            if self.connection.is_connected:
                with suppress(PhonetuiError):
                    await self._events.send(self.connection)
            await asyncio.sleep(EVENTS_S)

    async def _forget(self, phones: "set[PhoneId]") -> None:
        with suppress(PhonetuiError):
            await self._publisher.forget(phones)

    def _resume(self) -> None:
        self._is_lost = False
        self._notice("connected to NATS again: everything is sent anew")
        self._publisher.send_again()
        self._changed_life()

    def _note_lost(self) -> None:
        if not self._is_lost or self.connection.is_refused:
            self._is_lost = True
            self._notice(f"{self.connection.failure}; it is tried again")


def check_shards(config: Config) -> None:
    """Raises ConfigError where a shard would have more phones than a snapshot can bring; otherwise does nothing."""
    counts: dict[int, int] = {}
    for phone in config.phones:
        shard = subjects.shard_of(phone.id, config.nats.shards)
        counts[shard] = counts.get(shard, 0) + 1
    if max(counts.values(), default=0) > subjects.MOST_PHONES:
        wanted = -(-len(config.phones) // (subjects.MOST_PHONES * 3 // 4))
        words = f"{len(config.phones)} phones are too many for {config.nats.shards} shards"
        raise ConfigError(words, f"Set [nats] shards to {wanted}, for all collectors of the site")
