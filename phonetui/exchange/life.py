"""A collector's heartbeats, and what its silence means."""

from msgspec import Struct

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import Moment
from phonetui.phone.state import PhoneId

LIFE_S = 5.0
"""Between two signs of life."""
SILENT_S = 15.0
"""Without one: nobody knows any more how the collector's phones are."""


class CollectorLife(Struct, frozen=True):
    site: str
    collector: str
    """Its name, unique in the site: host and process."""
    at: Moment
    version: str
    """Of phonetui."""
    shards: int
    """In how many parts the site's phones are divided."""
    number: int = 0
    """Of the latest row before it."""
    epochs: dict[int, int] = {}
    """The shards that it holds, each with its epoch."""
    late: dict[PhoneId, float] = {}
    """Live phones whose answer is due, each with the seconds since the last one; all others answered within their
    interval."""
    hints: tuple[Diagnosis, ...] = ()
    alerts: tuple[Alert, ...] = ()
    """Those that are no single phone's: of jump hosts."""
    is_leaving: bool = False
    """Whether this is the last one."""


class ShardHolder(Struct, frozen=True):
    """Under a shard's own key among the rows: who watches its phones since when."""

    epoch: int
    """Higher with each collector that takes the shard."""
    collector: str
    shards: int


class ShardClaim(Struct, frozen=True):
    """Among the claims, for as long as it is renewed."""

    collector: str
    """Empty once it was given back."""
    shards: int
