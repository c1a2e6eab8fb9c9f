"""Ways through a network: how packets are lost and delayed, one by one."""

import math
from dataclasses import dataclass, replace
from random import Random


@dataclass(frozen=True, slots=True)
class Profile:
    """A way through the network; chances are per packet."""

    to_bad: float
    to_good: float
    bad_loss: float
    delay_ms: float
    """One way, with an empty queue."""
    scatter_ms: float
    """Scale of the exponential push that each packet gives the queue."""
    spike: float = 0.0
    """Chance that the queue jumps by 80 to 160 ms, as radio does."""

    @property
    def loss_share(self) -> float:
        """Expected share of packets lost, 0 to 1."""
        return self.to_bad / (self.to_bad + self.to_good) * self.bad_loss


PROFILES = {
    "clean": Profile(0.00002, 0.5, 0.4, 6, 0.4),
    "glitch": Profile(0.0005, 0.25, 0.4, 8, 0.8),
    "wifi": Profile(0.004, 0.10, 0.35, 10, 12, spike=0.002),
    "congested": Profile(0.010, 0.08, 0.4, 45, 8),
    "broken": Profile(0.05, 0.05, 0.5, 60, 14),
}


def losing(share: float, *, mean_run: float | None = None, over: Profile = PROFILES["clean"]) -> Profile:
    """`over` with this share of packets lost, 0 to less than 1; `mean_run` packets in a row, None: at random."""
    to_good = 1 - share if mean_run is None else 1 / mean_run
    return replace(over, to_bad=share * to_good / (1 - share), to_good=to_good, bad_loss=1.0)


class Route:
    """Packets one after the other: a Gilbert-Elliott chain, and a queue that swells while the chain is bad."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self.profile = profile
        """May be replaced between two packets."""
        self._random = random
        self._bad = False
        self._queue_ms = 0.0

    def carry(self) -> float | None:
        """Milliseconds that the next packet waits, on top of the profile's delay; None when it is lost."""
        chance, profile = self._random.random, self.profile
        if chance() < (profile.to_good if self._bad else profile.to_bad):
            self._bad = not self._bad
        push = -math.log(1.0 - chance()) * profile.scatter_ms * (2 if self._bad else 1)
        self._queue_ms = self._queue_ms * 0.5 + push
        if profile.spike and chance() < profile.spike:
            self._queue_ms += 80 + 80 * chance()
        if self._bad and chance() < profile.bad_loss:
            return None
        return self._queue_ms
