"""A scenario: how much goes on in the office. The files are `scenarios/*.toml`; times in them are seconds.

What is to happen when: a queue of actions by simulated time.
"""

import heapq
from collections.abc import Callable

from msgspec import Struct

from phonetui.simulator import data_names, read_data
from phonetui.simulator.media.model import PROFILES, SILENT, Profile


class Scenario(Struct, frozen=True, kw_only=True):
    """One file's content; what a file leaves out does not happen."""

    title: str
    answer_after_s: float | None = None
    """When a simulated phone picks up a call that an operator dialled; None: somebody must press its keys."""
    boot_s: float = 8.0
    first_call_s: float | None = None
    """When traffic begins; None: nobody calls."""
    calls_per_minute: float = 0.0
    """Mean, over the whole office, the troubled call not counted."""
    calls_per_phone_and_minute: float = 0.0
    """The same of each phone, where that comes to more: an office's traffic grows with it."""
    busy_share: float = 0.0
    """At most this share of the phones is in a call of the traffic's making."""
    ring_s: tuple[float, float] = (1.0, 4.0)
    talk_s: tuple[float, float] = (15.0, 60.0)
    hold_probability: float = 0.0
    hold_s: tuple[float, float] = (4.0, 10.0)
    unanswered_probability: float = 0.0
    glitch_probability: float = 0.0
    """Chance that an ordinary call's network isn't quite clean."""
    troubled_profile: str = ""
    """How the troubled call's callee hears; empty: no call is troubled."""
    troubled_talk_s: tuple[float, float] = (240.0, 420.0)
    reboot_every_s: float = 0.0
    waiting: tuple[int, ...] = ()
    """Phones with voice mail at the start."""
    crc_errors: tuple[int, ...] = ()
    """Phones whose network cable breaks frames."""
    half_duplex: tuple[int, ...] = ()
    """Phones whose switch port came up at 100 Mbit/s half duplex: collisions."""
    transfer_probability: float = 0.0
    """Chance that an ordinary call without a hold is passed on to a third phone."""
    engaged: tuple[str, ...] = ()
    """Numbers where it is always busy."""
    engaged_probability: float = 0.0
    """Chance that an ordinary call goes to one of these."""
    heard_after_s: float | None = None
    """When somebody listens to a message that was left."""
    flap_every_s: float = 0.0
    """How often a phone loses its registration."""
    flap_s: float = 4.0
    """For how long."""

    inbound: tuple[int, ...] = ()
    """Phones of one site whose access impairs what comes in: they hear everybody else through `inbound_profile`."""
    inbound_profile: str = ""
    one_way: tuple[tuple[int, int], ...] = ()
    """Speaker and listener: what the one says never reaches the other."""
    ignores_keys: tuple[int, ...] = ()
    """Phones that do nothing when a key is sent."""
    engaged_phones: tuple[int, ...] = ()
    """Phones whose user is in a call with somebody outside, all day."""

    def calls_per_s(self, phones: int) -> float:
        """Mean, of an office with so many phones."""
        return max(self.calls_per_minute, self.calls_per_phone_and_minute * phones) / 60

    def network(self, speaker: int, listener: int) -> Profile | None:
        """What lies between two phones, by their numbers; None where nothing in particular does."""
        if (speaker, listener) in self.one_way:
            return SILENT
        is_inbound = listener in self.inbound and speaker not in self.inbound
        return PROFILES[self.inbound_profile] if is_inbound and self.inbound_profile else None


def scenarios() -> tuple[str, ...]:
    """The names there are."""
    return data_names("scenarios")


def read(name: str) -> Scenario:
    """Raises ConfigError for a name that isn't known, naming those that are."""
    return Scenario(**read_data("scenarios", name))


Action = Callable[[float], None]
"""Is given the time it was due at, in seconds, however late time is let pass."""


class Timeline:
    """Runs actions in order of time, and of arrival within one instant."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Action]] = []
        self._arrivals = 0

    @property
    def next_due(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def at(self, t: float, action: Action) -> None:
        self._arrivals += 1
        heapq.heappush(self._queue, (t, self._arrivals, action))

    def every(self, first: float, period: float, action: Action) -> None:
        """Runs `action` at `first` and then each `period` seconds, without drift."""

        def again(t: float) -> None:
            self.at(t + period, again)
            action(t)

        self.at(first, again)

    def run_one(self, until: float) -> bool:
        """Runs the next action due by `until`; False when there is none."""
        if not self._queue or self._queue[0][0] > until:
            return False
        due, _, action = heapq.heappop(self._queue)
        action(due)
        return True
