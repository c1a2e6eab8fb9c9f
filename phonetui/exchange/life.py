"""A collector's heartbeats, its claims of shards, and what a viewer makes of them: silence, clocks that differ."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from zlib import crc32

from msgspec import Struct

from phonetui.errors import ProtocolError
from phonetui.exchange import wire
from phonetui.exchange.nats_subjects import life_subject
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import Moment
from phonetui.phone.state import PhoneId

LIFE_S = 5.0
"""Seconds between two heartbeats."""
SILENT_S = 15.0
"""Seconds without a heartbeat after which the state of the collector's phones is unknown."""
MOST_AHEAD = timedelta(seconds=60)
"""Clocks that differ by more are reported: commands are signed for seconds, and times of events stand side by side."""


class CollectorLife(Struct, frozen=True):
    """One heartbeat of a collector."""

    site: str
    collector: str
    """Its name, unique in the site: host and process."""
    at: Moment
    version: str
    """The version of phonetui."""
    shards: int
    """The number of shards of the site."""
    number: int = 0
    """The number of the latest row before it."""
    epochs: dict[int, int] = {}
    """The shards that it holds, each with its epoch."""
    late: dict[PhoneId, float] = {}
    """Live phones whose answer is due, each with the seconds since the last one; all others answered within their
    interval."""
    hints: tuple[Diagnosis, ...] = ()
    alerts: tuple[Alert, ...] = ()
    """Alerts that are no single phone's, such as those of jump hosts."""
    digest: int = 0
    """Of the names of all phones that its configuration has: collectors of a site should agree. 0 is not told."""
    is_leaving: bool = False
    """Whether this is the last heartbeat."""


def life_of(subject: str, data: bytes) -> CollectorLife:
    """The heartbeat in a message.

    Raises ProtocolError, also for one in the name of another collector: who may send where, the server sees to.
    """
    life = wire.decode(data, CollectorLife)
    if subject != life_subject(life.site, life.collector):
        raise ProtocolError("a sign of life in the name of another collector")
    return life


def digest_of(phones: Iterable[str]) -> int:
    """A number that is the same for the same names in any order; never 0."""
    return crc32("\n".join(sorted(phones)).encode()) or 1


class ShardHolder(Struct, frozen=True):
    """Under a shard's own key among the rows: who watches its phones since when."""

    epoch: int
    """Increases with each collector that claims the shard."""
    collector: str
    shards: int


class ShardClaim(Struct, frozen=True):
    """A collector's claim of a shard, which lasts while it is renewed."""

    collector: str
    """The collector's name; empty once the shard was given back."""
    shards: int


@dataclass(slots=True)
class HeardCollector:
    """A collector as a viewer hears it."""

    life: CollectorLife
    """Its latest heartbeat."""
    heard_at: float
    """When that came, in the viewer's monotonic seconds."""
    ahead: timedelta
    """By how much its clock is ahead of this machine's, messages taking no time."""
    phones: set[PhoneId] = field(default_factory=set)
    """The phones that its rows are of."""
    is_silent: bool = False
    """Whether the last heartbeat is older than SILENT_S."""

    def holds(self, shard: str, epoch: int, number: int) -> bool:
        """Whether it watches the phones of a shard's epoch, as far as it has told.

        A row whose `number` is above that of the latest heartbeat may be of a shard claimed since.
        """
        return self.life.epochs.get(int(shard)) == epoch or number > self.life.number


def oddities(heard: HeardCollector, all_heard: Iterable[HeardCollector]) -> Iterator[tuple[str, str]]:
    """What cannot be right about a collector beside others of its site.

    Each oddity has a key, so that it is reported once, and a sentence for people.
    """
    name, site = heard.life.collector, heard.life.site
    if abs(heard.ahead) > MOST_AHEAD:
        apart = timedelta(seconds=round(abs(heard.ahead).total_seconds()))
        side = "ahead of" if heard.ahead > timedelta() else "behind"
        words = f"{apart} {side} this machine's: times of its phones are by that clock"
        yield f"clock {site}/{name}", f"the clock of collector {name} of {site} is {words}"
    for other in all_heard:
        if other.is_silent or other.life.site != site or heard.life.digest in (0, other.life.digest):
            continue
        if other.life.digest:
            first, second = sorted((name, other.life.collector))
            words = (
                "have other phones in their configurations: those that one of them alone has may be watched by nobody"
            )
            yield f"phones {site}/{first}/{second}", f"collectors {first} and {second} of {site} {words}"
