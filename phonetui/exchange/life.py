"""A collector's heartbeats, and what its silence means."""

from collections.abc import Iterable
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


class CollectorLife(Struct, frozen=True):
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
    """Raises ProtocolError, also for one in the name of another collector: who may send where, the server sees to."""
    life = wire.decode(data, CollectorLife)
    if subject != life_subject(life.site, life.collector):
        raise ProtocolError("a sign of life in the name of another collector")
    return life


def digest_of(phones: Iterable[str]) -> int:
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
