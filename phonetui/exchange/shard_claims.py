"""Which phones of a site this collector watches: shards claimed by compare-and-set, and renewed.

    free ──compare-and-set──► held ──renewed every RENEW_S──► held
                               │ renewal refused, or unanswered for GIVE_UP_S
                               ▼
                              lost: its phones are not polled any more, before CLAIM_TTL_S lets another one in

A collector that holds more than its share while others live gives shards back one after another, so that each has
about as many. Every one that takes a shard moves its epoch on, which is kept on the server's disk: what a collector
still sends that doesn't hold the shard any more has an older one. An epoch is at least the second in which it began, so
that those of a server that lost its disk go on from there.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from phonetui.errors import ConfigError, PhonetuiError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.connection import ConflictError, NatsConnection
from phonetui.exchange.life import ShardClaim, ShardHolder
from phonetui.exchange.nats_answers import StoredValue
from phonetui.exchange.nats_subjects import CLAIM_TTL_S, PhoneKey

RENEW_S = 5.0
GIVE_UP_S = 10.0
"""Since the latest renewal that was answered was sent: five seconds before the server lets another one in."""
LOOK_S = 1.0
"""Seconds between two looks for free shards."""
PAUSE_S = 1.5
"""Between the last question to a phone and its shard's being given back: nobody asks a phone twice in a second."""
_log = logging.getLogger(__name__)


@dataclass
class HeldShard:
    """A shard that this collector holds."""

    epoch: int
    sequence: int
    renewed_at: float
    """Monotonic seconds at which the latest renewal that was answered was sent."""


def share(shards: int, collectors: int) -> int:
    """How many shards a collector should hold at most while so many live."""
    return ceil(shards / max(collectors, 1))


class ShardClaims:
    """Claims and renews the shards of one collector."""

    def __init__(
        self,
        connection: NatsConnection,
        site: str,
        collector: str,
        shards: int,
        *,
        collectors: Callable[[], int],
        changed: Callable[[], None],
        notice: Callable[[str], None],
    ) -> None:
        """`collectors` counts those of the site that live, this one among them; `changed` is called whenever `held`
        is another set, and stops what is not held before it returns.
        """
        self._connection = connection
        self._site, self._collector, self._shards = site, collector, shards
        self._collectors = collectors
        self._changed = changed
        self._notice = notice
        self._held: dict[int, HeldShard] = {}
        self._releases: set[asyncio.Task[None]] = set()
        self._unreadable: set[int] = set()
        """Shards whose claims were told of."""
        self._leaving: dict[int, HeldShard] = {}
        """Shards that are no longer watched and not yet given back."""

    @property
    def held(self) -> Mapping[int, HeldShard]:
        return self._held

    async def run(self) -> None:
        """Runs until cancelled. Raises ConfigError where others divide the site's phones in another way."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_renewing())
                tasks.create_task(self._keep_taking())
                tasks.create_task(self._keep_giving_up())
        except* ConfigError as errors:
            raise errors.exceptions[0] from None

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.gather(*(self._renew(shard, each) for shard, each in dict(self._held).items()))
            await asyncio.sleep(RENEW_S)

    async def _keep_giving_up(self) -> None:
        """By the clock alone: a server that doesn't answer keeps no shard."""
        loop = asyncio.get_running_loop()
        while True:
            self.give_up(loop.time())
            await asyncio.sleep(min(LOOK_S / 4, max(self._next_give_up() - loop.time(), 0)))

    async def _keep_taking(self) -> None:
        while True:
            if self._connection.is_connected:
                try:
                    await self._take_free()
                except ConfigError:
                    raise
                except PhonetuiError as error:
                    _log.info("claims: %s", error)
                    with suppress(PhonetuiError):  # a server may have lost all that it kept
                        await self._connection.ensure_streams(self._site)
            await asyncio.sleep(LOOK_S)

    def _next_give_up(self) -> float:
        now = asyncio.get_running_loop().time()
        return min((each.renewed_at + GIVE_UP_S for each in self._held.values()), default=now + CLAIM_TTL_S)

    def give_up(self, at: float) -> None:
        """Gives up, at monotonic second `at`, the shards whose claim was not renewed in time."""
        lost = [shard for shard, each in self._held.items() if at - each.renewed_at >= GIVE_UP_S]
        if lost:
            for shard in lost:
                del self._held[shard]
            self._changed()
            self._notice(f"{len(lost)} shards could not be renewed: their phones are not watched from here any more")

    async def release(self) -> None:
        """Gives everything back, at the end. What cannot be said to the server runs out by itself."""
        self._leaving |= self._held
        self._held.clear()
        self._changed()
        for task in self._releases:
            task.cancel()
        await asyncio.gather(*(self._give_back(shard, each) for shard, each in dict(self._leaving).items()))

    async def _renew(self, shard: int, held: HeldShard) -> None:
        sent_at = asyncio.get_running_loop().time()
        try:
            held.sequence = await self._claim(shard, held.sequence)
        except ConflictError:
            if self._held.get(shard) is held and not await self._is_ours(shard, held):
                del self._held[shard]
                self._changed()
                self._notice(f"shard {shard} was taken by another collector, or the server has lost its claim")
        except PhonetuiError as error:
            _log.info("shard %d: not renewed: %s", shard, error)
        else:
            held.renewed_at = sent_at

    async def _is_ours(self, shard: int, held: HeldShard) -> bool:
        """A renewal whose answer was lost moved the sequence on: that is no other collector's doing."""
        try:
            found = (await self._read([shard])).get(shard)
        except PhonetuiError:
            return True  # not known: it is given up in time, if nothing is heard
        if found is None or found[1].collector != self._collector:
            return False
        held.sequence = found[0]
        return True

    async def _take_free(self) -> None:
        claims = await self._read(range(self._shards))
        for _, claim in claims.values():
            if claim.shards != self._shards:
                words = f"{claim.collector or 'another collector'} divides {self._site} into {claim.shards} shards"
                raise ConfigError(f"{words}, this one into {self._shards}", "Give all of them the same [nats] shards")
        fair = share(self._shards, self._collectors())
        if len(self._held) > fair:
            self._release_one()
            return
        begin = sum(map(ord, self._collector)) % self._shards  # so that two don't reach for the same one
        for place in range(self._shards):
            shard = (begin + place) % self._shards
            sequence, claim = claims.get(shard, (0, ShardClaim("", self._shards)))
            if len(self._held) >= fair or shard in self._held or shard in self._leaving:
                continue
            if claim.collector in ("", self._collector):
                await self._take(shard, sequence)

    async def _take(self, shard: int, sequence: int) -> None:
        sent_at = asyncio.get_running_loop().time()
        try:
            sequence = await self._claim(shard, sequence)
            epoch = await self._next_epoch(shard)
        except ConflictError:
            return  # another one was faster
        self._held[shard] = HeldShard(epoch, sequence, sent_at)
        self._changed()

    async def _next_epoch(self, shard: int) -> int:
        key = PhoneKey(subjects.token(self._site), str(shard), subjects.SHARD_KEY)
        subject = key.subject(subjects.ROWS)
        sequence, epoch = 0, 0
        value = await self._connection.last(subjects.stream_of(subjects.ROWS, key.site), subject)
        if value is not None:
            sequence, epoch = value.sequence, wire.decode(value.data, ShardHolder).epoch
        epoch = max(epoch + 1, int(datetime.now(UTC).timestamp()))  # higher than before, though the value was lost
        holder = ShardHolder(epoch, self._collector, self._shards)
        await self._connection.store(subject, wire.encode(holder), expected=sequence)
        return holder.epoch

    async def _claim(self, shard: int, sequence: int) -> int:
        claim = wire.encode(ShardClaim(self._collector, self._shards))
        subject = subjects.claim_subject(self._site, shard)
        return await self._connection.store(subject, claim, expected=sequence, ttl_s=CLAIM_TTL_S)

    async def _read(self, shards: Iterable[int]) -> dict[int, tuple[int, ShardClaim]]:
        """The claims that stand, each with its sequence: one request each, which the server can tell from others'."""
        bucket = subjects.stream_of(subjects.CLAIMS, subjects.token(self._site))

        async def read(shard: int) -> tuple[int, StoredValue | None]:
            return shard, await self._connection.last(bucket, subjects.claim_subject(self._site, shard))

        values = await asyncio.gather(*map(read, shards))
        return {
            shard: (value.sequence, self._claim_of(shard, value))
            for shard, value in values
            if value is not None and not value.is_deleted
        }

    def _claim_of(self, shard: int, value: StoredValue) -> ShardClaim:
        """One that cannot be read is somebody's: the others' don't depend on it."""
        try:
            return wire.decode(value.data, ShardClaim)
        except PhonetuiError as error:
            if shard not in self._unreadable:
                self._unreadable.add(shard)
                self._notice(f"who watches shard {shard} cannot be read, so it is not watched from here: {error}")
            return ShardClaim("?", self._shards)

    def _release_one(self) -> None:
        """Gives back the shard that was taken last."""
        shard, held = self._held.popitem()
        self._leaving[shard] = held
        self._changed()
        task = asyncio.create_task(self._give_back_later(shard, held))
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)

    async def _give_back_later(self, shard: int, held: HeldShard) -> None:
        await asyncio.sleep(PAUSE_S)
        await self._give_back(shard, held)

    async def _give_back(self, shard: int, held: HeldShard) -> None:
        nobody = wire.encode(ShardClaim("", self._shards))
        subject = subjects.claim_subject(self._site, shard)
        try:
            await self._connection.store(subject, nobody, expected=held.sequence, ttl_s=CLAIM_TTL_S)
        except PhonetuiError as error:
            _log.info("shard %d: it was not given back: %s", shard, error)
        self._leaving.pop(shard, None)
