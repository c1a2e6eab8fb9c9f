"""Derives the connection state (one of eight) from what is known of a connection. Pure: time is a parameter.

connecting ──answer──► live ──older than three intervals──► stale
     │                  │ ╲──BootEvent, Shutdown, our Boot, 502──► rebooting (at most 300 s)
     │                  ╰──three failures, a certain one──► unreachable, or sleeping after DeepSleep
     │                  ╰──a connection that was held open broke──► connecting
     ╰──access refused──► refused          ╰──an answer that isn't xAPI──► not-xapi
"""

from math import inf

from msgspec import Struct
from msgspec.structs import replace

from phonetui.errors import AccessError, Busy, ConfigError, PhonetuiError, ProtocolError, Restarting, TransportError
from phonetui.phone.state import State

FAILURES = 3
"""Failures in a row before a phone counts as unreachable."""
STALE_INTERVALS = 3
REBOOT_S = 300.0
"""The longest that a boot may take before it is called something else."""
BOOT_NOTICE_S = 15.0
"""How long a phone may still answer after it announced that it goes down."""
_ROUNDING_S = 1.0
"""A sum of seconds and a difference don't pass a limit at the same moment."""


class ConnectionFacts(Struct, frozen=True):
    """What happened, as far as the state depends on it."""

    answered_at: float | None = None
    paced_at: float = 0.0
    """When the present interval came into force: an answer older than that was due by another one."""
    error: PhonetuiError | None = None
    """The error of the latest try; None after a success."""
    failures: int = 0
    boot_at: float | None = None
    """When the restart of the phone became known."""
    asleep: bool = False
    """Whether the last Standby was DeepSleep."""
    broken: bool = False
    """Whether a connection that was held open broke and no answer came since: what happens now is not heard of."""

    def after_answer(self, at: float) -> "ConnectionFacts":
        """The facts once the phone answered at monotonic second `at`."""
        still_going_down = self.boot_at is not None and not self.failures and at - self.boot_at < BOOT_NOTICE_S
        boot_at = self.boot_at if still_going_down else None
        return replace(self, answered_at=at, error=None, failures=0, boot_at=boot_at, broken=False)

    def after_failure(self, error: PhonetuiError, at: float, *, asleep: bool = False) -> "ConnectionFacts":
        """A pause that Webex asks of all phones behind it says nothing of this one."""
        boot_at = at if self.boot_at is None and isinstance(error, Restarting) else self.boot_at
        failures = self.failures if isinstance(error, Busy) and error.is_shared else self.failures + 1
        return replace(self, error=error.without_frames(), failures=failures, boot_at=boot_at, asleep=asleep)


def state(facts: ConnectionFacts, interval_s: float, now: float) -> State:
    """The connection's state at monotonic second `now`, for a phone that is asked every `interval_s` seconds."""
    if isinstance(facts.error, AccessError | ConfigError):
        return State.REFUSED
    if isinstance(facts.error, ProtocolError):
        return State.NOT_XAPI
    if facts.boot_at is not None and now - facts.boot_at <= REBOOT_S:
        return State.REBOOTING
    if facts.failures and facts.asleep:
        return State.SLEEPING
    if facts.failures >= FAILURES or (isinstance(facts.error, TransportError) and facts.error.is_certain):
        return State.UNREACHABLE
    if facts.answered_at is None or facts.broken:
        return State.CONNECTING
    expected_from = max(facts.answered_at, facts.paced_at)
    return State.STALE if now - expected_from > STALE_INTERVALS * interval_s else State.LIVE


def lasts_until(facts: ConnectionFacts, interval_s: float, now: float) -> float:
    """When time alone may make another state of it."""
    ends = []
    if facts.boot_at is not None:
        ends.append(facts.boot_at + REBOOT_S)
    if facts.answered_at is not None:
        ends.append(max(facts.answered_at, facts.paced_at) + STALE_INTERVALS * interval_s)
    return min((end for end in ends if end > now - _ROUNDING_S), default=inf)


def is_away(facts: ConnectionFacts, interval_s: float, now: float) -> bool:
    """Whether what goes on at the phone is not known: not merely late, as after one failure."""
    return state(facts, interval_s, now) not in (State.LIVE, State.STALE, State.CONNECTING)
